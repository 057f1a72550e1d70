//! Text between C and Rust: UTF-8, pointer and length.
//!
//! Answers: the text behind a pointer, or an error. Does not know: who wrote it.

use std::ffi::{CStr, c_char};

use cjm_core::{Error, ErrorCode, Result};

/// A piece of UTF-8 text; it need not end with a zero.
///
/// Text that goes in is read before the call returns. Text that comes out is the library's; the call says how long it
/// lives. Empty text may have any pointer.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_text {
    /// Its first byte.
    pub ptr: *const c_char,
    /// How many bytes.
    pub len: usize,
}

impl cjm_text {
    /// No text.
    pub const EMPTY: Self = Self { ptr: c"".as_ptr(), len: 0 };

    /// The text of the library's own.
    pub fn of(text: &str) -> Self {
        Self { ptr: text.as_ptr().cast(), len: text.len() }
    }

    /// The text that somebody hands in.
    ///
    /// # Safety
    /// `ptr` points to `len` bytes that nobody writes to as long as the result is used.
    ///
    /// # Errors
    /// `argument` for a null pointer, a length beyond memory, or bytes that are no UTF-8.
    pub(crate) unsafe fn str<'a>(self, what: &str) -> Result<&'a str> {
        // SAFETY: the caller vouches for the bytes
        let bytes = unsafe { bytes_of(self.ptr.cast(), self.len, what) }?;
        let refused = |_| Error::new(ErrorCode::Argument, format!("`{what}` is no UTF-8"));
        std::str::from_utf8(bytes).map_err(refused)
    }
}

/// Bytes that somebody hands in.
///
/// # Safety
/// `first` is null or points to `n` bytes that nobody writes to as long as the result is used.
///
/// # Errors
/// `argument` for a null pointer and a length beyond memory.
pub(crate) unsafe fn bytes_of<'a>(first: *const u8, n: usize, what: &str) -> Result<&'a [u8]> {
    let refused = |why: &str| Error::new(ErrorCode::Argument, format!("`{what}` {why}"));
    if n == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return Err(refused("is a null pointer"));
    }
    if n > isize::MAX as usize {
        return Err(refused("is longer than memory"));
    }
    // SAFETY: the pointer is not null, the length is below the bound of slices; the caller vouches for the bytes
    Ok(unsafe { std::slice::from_raw_parts(first, n) })
}

/// The text of a string that ends with a zero; of a null pointer, no text. It lives as long as the string.
///
/// # Safety
/// `string` is null or points to bytes that end with a zero.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_text_of(string: *const c_char) -> cjm_text {
    if string.is_null() {
        return cjm_text::EMPTY;
    }
    // SAFETY: it is not null; the caller vouches for the zero at its end
    let len = unsafe { CStr::from_ptr(string) }.to_bytes().len();
    cjm_text { ptr: string, len }
}

/// Copies text into a buffer, with a zero behind it, cut at a character's border where it does not fit. Gives how many
/// bytes the whole text has, the zero not counted.
///
/// # Safety
/// `buffer` is null, or `size` bytes may be written there.
pub(crate) unsafe fn copy(text: &str, buffer: *mut c_char, size: usize) -> usize {
    if !buffer.is_null() && size > 0 {
        let mut n = text.len().min(size - 1);
        while !text.is_char_boundary(n) {
            n -= 1;
        }
        // SAFETY: n is below `size`, which the caller vouches for; the text is not in that buffer, it is our own
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast::<u8>(), n);
            buffer.add(n).write(0);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_are_errors() {
        let read = |ptr: *const u8, len| unsafe { cjm_text { ptr: ptr.cast(), len }.str("x") };
        assert_eq!(read(std::ptr::null(), 0), Ok(""));
        assert!(read(std::ptr::null(), 1).is_err());
        assert!(read(b"a".as_ptr(), usize::MAX).is_err());
        assert!(read(b"\xff".as_ptr(), 1).is_err());
        assert_eq!(read("味".as_ptr(), 3), Ok("味"));
        assert!(read("味".as_ptr(), 2).is_err());
    }

    #[test]
    fn what_does_not_fit_is_cut_between_characters() {
        let mut buffer = [1_u8; 8];
        let mut copy = |size| {
            let n = unsafe { super::copy("a味b", buffer.as_mut_ptr().cast(), size) };
            (n, CStr::from_bytes_until_nul(&buffer).unwrap().to_str().unwrap().to_owned())
        };
        assert_eq!(copy(8), (5, "a味b".to_owned()));
        assert_eq!(copy(5), (5, "a味".to_owned()));
        assert_eq!(copy(4), (5, "a".to_owned()));
        assert_eq!(copy(1), (5, String::new()));
        assert_eq!(unsafe { super::copy("a味b", std::ptr::null_mut(), 9) }, 5);
    }
}
