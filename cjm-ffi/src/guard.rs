//! The border that no panic crosses.
//!
//! Answers: the status of a piece of work, with its error kept for whoever asks; the text of one that has none. Does not
//! know: the work.
//!
//! What stands outside of it can not panic: it copies bytes, looks into tables that are constant, or fills in a struct.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cjm_core::{Error, ErrorCode, Result};

use crate::last_error::keep;
use crate::status::cjm_status;

/// The status of work that either does what was asked or errs.
pub(crate) fn done(work: impl FnOnce() -> Result<()>) -> cjm_status {
    status(|| work().map(|()| cjm_status::CJM_OK))
}

/// The status that work gives; an error and a panic are kept.
pub(crate) fn status(work: impl FnOnce() -> Result<cjm_status>) -> cjm_status {
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|why| Err(panicked(&*why)));
    done.unwrap_or_else(keep)
}

/// The text of a call that has no status: nothing where the work panics.
pub(crate) fn told(work: impl FnOnce() -> String) -> String {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_default()
}

/// The error that a panic is.
pub(crate) fn panicked(why: &(dyn Any + Send)) -> Error {
    let text = why.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| why.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::new(ErrorCode::Internal, format!("the library itself is at fault: {text}"))
}

/// Writes to an out-parameter.
///
/// # Safety
/// `to` is null or may be written to.
///
/// # Errors
/// `argument` for a null pointer.
pub(crate) unsafe fn put<T>(to: *mut T, value: T, what: &str) -> Result<()> {
    if to.is_null() {
        return Err(null(what));
    }
    // SAFETY: it is not null, and the caller vouches that it may be written to
    unsafe { to.write(value) };
    Ok(())
}

/// The error of a pointer that is null.
pub(crate) fn null(what: &str) -> Error {
    Error::new(ErrorCode::Argument, format!("`{what}` is a null pointer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_panic_gets_out() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let (text, failed) = (told(|| panic!("a fault")), done(|| panic!("a fault")));
        let odd = status(|| std::panic::panic_any(7));
        std::panic::set_hook(hook);
        assert_eq!((text.as_str(), failed), ("", cjm_status::CJM_INTERNAL));
        assert_eq!((told(|| "whole".to_owned()).as_str(), odd), ("whole", cjm_status::CJM_INTERNAL));
    }
}
