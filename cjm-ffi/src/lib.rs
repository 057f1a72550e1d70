//! The C face: blueprints and durable engines behind checked handles, for programs in C, C++ and whatever calls C.
//!
//! Answers: every function of `cjm/cjm.h`, which is made of these files. Does not know: what any call means; that is the
//! engine's.
//!
//! # Conventions
//! - **Status.** Every call that can fail gives a `cjm_status`: [`status::cjm_status`]. What it came to goes to its
//!   out-parameters, which are written only where the status is `CJM_OK` or `CJM_ROW`; but for `taken`, which counts in
//!   any case.
//! - **Text.** All text is UTF-8 as pointer and length: [`text::cjm_text`]. Text that goes in is read before the call
//!   returns; text that comes out says how long it lives.
//! - **Handles.** A handle is a number that names a slot, how often the slot was used, and a type: a stale, foreign or
//!   closed one is `CJM_BAD_HANDLE`, never a crash. One thread at a time uses a handle: another one gets `CJM_BUSY`.
//!   Answers alone are read by several at once.
//! - **Errors.** `cjm_last_error` has the words of the last call of this thread that failed.
//! - **Panics** end in `CJM_INTERNAL`; the handle that was at work gives nothing else from then on but its close.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::undocumented_unsafe_blocks
    )
)]
#![expect(non_camel_case_types, reason = "types have the names that C knows them by")]

pub mod answer;
pub mod arrow;
pub mod ask;
pub mod blueprint;
pub mod decision;
pub mod engine;
pub mod event;
mod guard;
mod handle;
mod host;
pub mod last_error;
mod sized;
pub mod status;
pub mod store;
pub mod text;
pub mod time;

/// The version of the border: what was compiled against another one must not be used with this library.
pub const CJM_ABI_VERSION: u32 = 1;

/// Whether the library is the one that a program was compiled against: hand in `CJM_ABI_VERSION`.
///
/// `CJM_NEWER_FORMAT` when it is not.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_abi_check(version: u32) -> status::cjm_status {
    guard::done(|| {
        if version == CJM_ABI_VERSION {
            return Ok(());
        }
        let words =
            format!("the program was compiled against version {version}; this library has {CJM_ABI_VERSION}");
        Err(cjm_core::Error::new(cjm_core::ErrorCode::NewerFormat, words))
    })
}

/// The version of the library, as in `0.1.0`. It lives as long as the library.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_version() -> text::cjm_text {
    text::cjm_text::of(env!("CARGO_PKG_VERSION"))
}
