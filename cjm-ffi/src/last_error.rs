//! The words of the last call of a thread that failed.
//!
//! Answers: its message, or all of it as JSON. Does not know: calls that went well; they leave it as it was.

use std::cell::RefCell;
use std::ffi::c_char;

use cjm_core::{Error, Language};
use serde_json::json;

use crate::guard;
use crate::status::cjm_status;
use crate::text::copy;

thread_local! {
    static LAST: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Keeps an error for whoever asks; gives its status.
pub(crate) fn keep(error: Error) -> cjm_status {
    let status = cjm_status::of(error.code());
    // a thread that ends has its error no more, but may still make calls, as from destructors of `pthread_key_create`
    let _ = LAST.try_with(|last| last.replace(Some(error)));
    status
}

/// Copies the message of this thread's last failed call into a buffer, in English, with a zero behind it; cut at a
/// character's border where it does not fit. Gives how many bytes the whole message has, the zero not counted; 0 when no
/// call failed. A null buffer asks for the length alone.
///
/// # Safety
/// `buffer` is null, or `size` bytes may be written there.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_last_error(buffer: *mut c_char, size: usize) -> usize {
    // SAFETY: the caller vouches for the buffer
    unsafe { copy(&told(|error| error.message().to_owned()), buffer, size) }
}

/// Copies this thread's last error as JSON into a buffer, as `cjm_last_error` does: `code`, `number`, `message` and,
/// where there are any, `path`, `line`, `column`, `help`, `findings`.
///
/// # Safety
/// As of `cjm_last_error`.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_last_error_json(buffer: *mut c_char, size: usize) -> usize {
    // SAFETY: the caller vouches for the buffer
    unsafe { copy(&told(written), buffer, size) }
}

/// What there is to tell of this thread's last error; nothing of none, and of a thread that is about to end.
fn told(of: impl Fn(&Error) -> String) -> String {
    guard::told(|| LAST.try_with(|last| last.borrow().as_ref().map(of)).ok().flatten().unwrap_or_default())
}

fn written(error: &Error) -> String {
    let mut all = json!({
        "code": error.code().slug(),
        "number": error.code().number(),
        "message": error.message(),
    });
    let Some(fields) = all.as_object_mut() else { return String::new() };
    if let Some(finding) = error.finding() {
        let place = [
            ("path", json!(finding.path)),
            ("line", json!(finding.position.line)),
            ("column", json!(finding.position.column)),
            ("help", json!(finding.help(Language::En))),
        ];
        let said = place.into_iter().filter(|(_, value)| *value != json!("") && *value != json!(0));
        fields.extend(said.map(|(name, value)| (name.to_owned(), value)));
    }
    if !error.findings().is_empty() {
        fields.insert("findings".to_owned(), json!(error.findings()));
    }
    all.to_string()
}
