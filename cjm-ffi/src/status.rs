//! What calls end with: one number for each kind of error, the same in Rust, Python and C.
//!
//! Answers: the status of an error. Does not know: the words (see [`crate::last_error`]).

use cjm_core::ErrorCode;

use crate::text::cjm_text;

/// How a call ended. Below 100 are errors, by the one table of errors; numbers are never reused.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum cjm_status {
    /// It did what was asked.
    CJM_OK = 0,
    /// The blueprint has errors.
    CJM_BLUEPRINT = 1,
    /// A condition could not be read, checked or evaluated.
    CJM_CONDITION = 2,
    /// An event does not fit the format or its declared types.
    CJM_BAD_EVENT = 3,
    /// An event with this source and id was seen with another body.
    CJM_CONFLICT = 4,
    /// Too much is waiting; take the results first.
    CJM_BACKPRESSURE = 5,
    /// The event is later than now allows.
    CJM_FUTURE = 6,
    /// The event is no longer remembered.
    CJM_TOO_OLD = 7,
    /// The bytes are no state of this engine, or were damaged.
    CJM_STATE = 8,
    /// The bytes are of a newer format than this library reads.
    CJM_NEWER_FORMAT = 9,
    /// A limit was reached.
    CJM_LIMIT = 10,
    /// A number left its range.
    CJM_OVERFLOW = 11,
    /// There is nothing of that name.
    CJM_NOT_FOUND = 12,
    /// A file or stream could not be read or written.
    CJM_IO = 13,
    /// The file is not of the format it claims.
    CJM_FORMAT = 14,
    /// An argument is missing, contradicts another or makes no sense.
    CJM_ARGUMENT = 15,
    /// The library itself is at fault: please report what led to it.
    CJM_INTERNAL = 16,
    /// The store is open elsewhere.
    CJM_LOCKED = 17,
    /// The handle names nothing: it was closed, or never was one of this type.
    CJM_BAD_HANDLE = 18,
    /// Another thread is using the handle.
    CJM_BUSY = 19,
    /// There is a row: the out-parameter holds it.
    CJM_ROW = 100,
    /// There are no more rows.
    CJM_DONE = 101,
}

impl cjm_status {
    /// Every status that is an error, by number.
    ///
    /// cbindgen:ignore
    pub const ERRORS: [Self; 19] = [
        Self::CJM_BLUEPRINT,
        Self::CJM_CONDITION,
        Self::CJM_BAD_EVENT,
        Self::CJM_CONFLICT,
        Self::CJM_BACKPRESSURE,
        Self::CJM_FUTURE,
        Self::CJM_TOO_OLD,
        Self::CJM_STATE,
        Self::CJM_NEWER_FORMAT,
        Self::CJM_LIMIT,
        Self::CJM_OVERFLOW,
        Self::CJM_NOT_FOUND,
        Self::CJM_IO,
        Self::CJM_FORMAT,
        Self::CJM_ARGUMENT,
        Self::CJM_INTERNAL,
        Self::CJM_LOCKED,
        Self::CJM_BAD_HANDLE,
        Self::CJM_BUSY,
    ];

    /// The status of an error.
    pub fn of(code: ErrorCode) -> Self {
        let found = Self::ERRORS.into_iter().find(|status| *status as i32 == code.number());
        found.unwrap_or(Self::CJM_INTERNAL)
    }
}

/// The stable name of a status, as in `bad_event`; empty for a number that is none. It lives as long as the library.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_status_name(status: i32) -> cjm_text {
    let known = ErrorCode::ALL.iter().find(|code| code.number() == status);
    let own = match status {
        0 => "ok",
        100 => "row",
        101 => "done",
        _ => "",
    };
    cjm_text::of(known.map_or(own, |code| code.slug()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_status() {
        let codes: Vec<i32> = ErrorCode::ALL.iter().map(|code| code.number()).collect();
        assert_eq!(cjm_status::ERRORS.map(|status| status as i32).to_vec(), codes);
        for code in ErrorCode::ALL {
            let name = format!("CJM_{}", code.slug().to_uppercase());
            assert_eq!(format!("{:?}", cjm_status::of(*code)), name);
        }
    }
}
