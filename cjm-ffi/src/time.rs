//! Instants between C and Rust.
//!
//! Answers: the instant of a text, the text of an instant. Does not know: clocks.

use std::ffi::c_char;

use cjm_core::{Error, ErrorCode, Result, Timestamp};

use crate::guard::{done, put, told};
use crate::status::cjm_status;
use crate::text::{cjm_text, copy};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
pub type cjm_time = i64;

/// No instant of its own: the one that the engine stands at.
pub const CJM_NOW: cjm_time = i64::MIN;

/// The instant that C hands in.
pub(crate) fn instant(time: cjm_time) -> Result<Timestamp> {
    let words =
        || Error::new(ErrorCode::Argument, format!("{time} microseconds are out of the range of time"));
    Timestamp::from_micros(time).ok_or_else(words)
}

/// The instant that C hands in, where it is one.
pub(crate) fn some_instant(time: cjm_time) -> Result<Option<Timestamp>> {
    if time == CJM_NOW { Ok(None) } else { instant(time).map(Some) }
}

/// Reads RFC 3339 text, as in `2026-03-01T12:00:00+08:00`.
///
/// # Safety
/// `text` is as [`cjm_text`] says; `time` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_time_parse(text: cjm_text, time: *mut cjm_time) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for both
        let written = unsafe { text.str("text") }?;
        let refused = |e| Error::new(ErrorCode::Argument, format!("`{}`: {e}", short(written)));
        let at = Timestamp::parse(written).map_err(refused)?;
        // SAFETY: the caller vouches for it
        unsafe { put(time, at.as_micros(), "time") }
    })
}

/// Writes an instant as RFC 3339 text in UTC into a buffer, as `cjm_last_error` writes; 0 for one out of range.
///
/// # Safety
/// `buffer` is null, or `size` bytes may be written there.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_time_format(time: cjm_time, buffer: *mut c_char, size: usize) -> usize {
    let text = told(|| instant(time).map(|at| at.to_string()).unwrap_or_default());
    // SAFETY: the caller vouches for the buffer
    unsafe { copy(&text, buffer, size) }
}

/// A text that is not too long for a message.
fn short(text: &str) -> String {
    text.chars().take(100).collect()
}
