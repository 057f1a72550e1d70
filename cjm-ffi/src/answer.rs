//! What a question was answered with: text that the library holds until it is told to forget it.
//!
//! Answers: a handle of a text or of bytes. Does not know: what was asked.

use std::sync::Arc;

use crate::guard::{done, null};
use crate::handle::Names;
use crate::status::cjm_status;
use crate::text::cjm_text;

/// Names an answer. Owned by who asked, until `cjm_answer_free`. Any thread may read it, several at once; none while another
/// frees it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_answer {
    /// 0 names nothing.
    pub raw: u64,
}

/// Shared, so that the bytes stay where they are while the table grows.
static ANSWERS: Names<Arc<Vec<u8>>> = Names::new(4);

/// Hands out an answer.
///
/// # Safety
/// `to` is null or may be written to.
///
/// # Errors
/// `argument` for a null pointer; those of the work.
pub(crate) unsafe fn put<B: Into<Vec<u8>>>(
    to: *mut cjm_answer,
    work: impl FnOnce() -> cjm_core::Result<B>,
) -> cjm_core::Result<()> {
    if to.is_null() {
        return Err(null("answer"));
    }
    let mut bytes: Vec<u8> = work()?.into();
    bytes.shrink_to_fit();
    let raw = ANSWERS.put(Arc::new(bytes))?;
    // SAFETY: it is not null, and the caller vouches for it
    unsafe { to.write(cjm_answer { raw }) };
    Ok(())
}

/// The text of an answer: JSON in UTF-8 unless the call that gave it says otherwise. It lives until the answer is freed.
/// Never `CJM_BUSY`.
///
/// # Safety
/// `text` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_answer_text(answer: cjm_answer, text: *mut cjm_text) -> cjm_status {
    done(|| {
        if text.is_null() {
            return Err(null("text"));
        }
        // the bytes stay where they are until the answer is freed
        let whole =
            ANSWERS.look(answer.raw, |bytes| cjm_text { ptr: bytes.as_ptr().cast(), len: bytes.len() })?;
        // SAFETY: it is not null, and the caller vouches for it
        unsafe { text.write(whole) };
        Ok(())
    })
}

/// Frees an answer. `CJM_BAD_HANDLE` for one that is none; 0 is none and is freed without a word.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_answer_free(answer: cjm_answer) -> cjm_status {
    done(|| if answer.raw == 0 { Ok(()) } else { ANSWERS.take(answer.raw).map(drop) })
}
