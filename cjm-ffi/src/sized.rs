//! Structs whose first field is their size as the caller knows it: older and newer callers hand in shorter and longer
//! ones.
//!
//! Answers: such a struct read or written, as much of it as both sides know. Does not know: what the fields mean.
//!
//! A struct only ever grows at its end, and what is absent is zero. A caller that was compiled against an older header
//! hands in a shorter struct: the fields that it does not have are zero. One that was compiled against a newer header
//! hands in a longer one: the fields that this library does not have must be zero, else something was asked for that
//! it can not do.

use std::mem::MaybeUninit;

use cjm_core::{Error, ErrorCode, Result};

use crate::guard::null;

/// Longest struct that is believed to be one.
const LONGEST: usize = 4_096;

/// A struct that begins with its size.
///
/// # Safety
/// Its first field is a `usize`, and all zero bytes are a value of it.
pub(crate) unsafe trait Struct: Copy {
    /// Its size in the first version of the border that had it, which stays when it grows: no caller knows less.
    const LEAST: usize;
    /// What C calls it.
    const NAME: &'static str;
}

/// The size that a caller says a struct has.
///
/// # Safety
/// `at` is null or points to a struct that is as long as it says.
///
/// # Errors
/// `argument` for a null pointer and for a size that no version has.
pub(crate) unsafe fn size_at<T: Struct>(at: *const T, what: &str) -> Result<usize> {
    if at.is_null() {
        return Err(null(what));
    }
    // SAFETY: it is not null, and the caller vouches for its first field
    let size = unsafe { at.cast::<usize>().read_unaligned() };
    if (T::LEAST..=LONGEST).contains(&size) {
        return Ok(size);
    }
    let (name, least) = (T::NAME, T::LEAST);
    let words = format!(
        "the `struct_size` of `{what}` is {size}, but a `{name}` has {least} bytes at least; set it to sizeof({name})"
    );
    Err(Error::new(ErrorCode::Argument, words))
}

/// Reads a struct.
///
/// # Safety
/// As of [`size_at`].
///
/// # Errors
/// As of [`size_at`]; `argument` for one with more fields than this library has, unless they are zero.
pub(crate) unsafe fn read<T: Struct>(at: *const T, what: &str) -> Result<T> {
    // SAFETY: the caller vouches for it
    let size = unsafe { size_at(at, what) }?;
    let known = size_of::<T>();
    // SAFETY: the struct is as long as it says
    let beyond =
        unsafe { std::slice::from_raw_parts(at.cast::<u8>(), size) }.get(known..).unwrap_or_default();
    if beyond.iter().any(|byte| *byte != 0) {
        let name = T::NAME;
        let words =
            format!("`{what}` uses fields of a newer `{name}`; this library knows {known} bytes of it");
        return Err(Error::new(ErrorCode::Argument, words));
    }
    let mut own = MaybeUninit::<T>::zeroed();
    // SAFETY: both are as long; what is not copied is zero, which is a value of it
    unsafe {
        std::ptr::copy_nonoverlapping(at.cast::<u8>(), own.as_mut_ptr().cast::<u8>(), size.min(known));
        Ok(own.assume_init())
    }
}

/// Writes as much of a struct as the caller knows; what the caller knows beyond it becomes zero. `struct_size` stays.
///
/// # Safety
/// `size` is what [`size_at`] said of `to`, which may be written to.
pub(crate) unsafe fn write<T: Struct>(to: *mut T, size: usize, value: &T) {
    const FIRST: usize = size_of::<usize>();
    let known = size_of::<T>().min(size);
    // SAFETY: `size` bytes may be written, both are `known` bytes long and more than the first field
    unsafe {
        let (to, from) = (to.cast::<u8>(), std::ptr::from_ref(value).cast::<u8>());
        std::ptr::copy_nonoverlapping(from.add(FIRST), to.add(FIRST), known - FIRST);
        std::ptr::write_bytes(to.add(known), 0, size - known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Point {
        size: usize,
        x: u64,
        y: u64,
    }

    unsafe impl Struct for Point {
        const LEAST: usize = 16;
        const NAME: &'static str = "point";
    }

    #[test]
    fn shorter_and_longer_structs_are_read_as_far_as_both_know() {
        let read = |words: &[usize]| unsafe { super::read(words.as_ptr().cast::<Point>(), "p") };
        assert_eq!(read(&[24, 1, 2]).unwrap(), Point { size: 24, x: 1, y: 2 });
        // an older caller's: behind it is something else
        assert_eq!(read(&[16, 1, 7]).unwrap(), Point { size: 16, x: 1, y: 0 });
        assert_eq!(read(&[32, 1, 2, 0]).unwrap(), Point { size: 32, x: 1, y: 2 });
        assert!(read(&[32, 1, 2, 3]).unwrap_err().message().contains("newer `point`"));
        for hostile in [0, 8, 15, LONGEST + 1, usize::MAX] {
            let error = read(&[hostile, 1, 2]).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Argument);
            assert!(error.message().contains("sizeof(point)"), "{}", error.message());
        }
        assert_eq!(
            unsafe { super::read(std::ptr::null::<Point>(), "p") }.unwrap_err().message(),
            "`p` is a null pointer"
        );
    }

    #[test]
    fn shorter_and_longer_structs_are_written_as_far_as_both_know() {
        let write = |size| {
            let mut words = [size, 7, 7, 7, 7];
            let value = Point { size: 99, x: 1, y: 2 };
            unsafe { super::write(words.as_mut_ptr().cast::<Point>(), size, &value) };
            words
        };
        assert_eq!(write(24), [24, 1, 2, 7, 7]);
        assert_eq!(write(16), [16, 1, 7, 7, 7]);
        assert_eq!(write(32), [32, 1, 2, 0, 7]);
    }
}
