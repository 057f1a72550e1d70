//! Durable engines in one file.
//!
//! Answers: every call of the store from C. Does not know: what is in the file.

use std::path::Path;

use cjm_core::{Error, ErrorCode};
use cjm_io::store::Store;

use crate::blueprint::{BLUEPRINTS, cjm_blueprint};
use crate::decision::{Row, cjm_decision, cjm_id, cjm_outcome};
use crate::guard::{done, null, put, status};
use crate::handle::Table;
use crate::status::cjm_status;
use crate::text::cjm_text;
use crate::time::{cjm_time, instant};

/// Names an open store. Owned by who opened it, until `cjm_store_close`. One thread at a time uses it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_store {
    /// 0 names nothing.
    pub raw: u64,
}

struct Open {
    store: Store,
    /// The row that was handed out last, with the memory behind its texts.
    row: Option<Row>,
}

static STORES: Table<Open> = Table::new(2);

/// Opens a store in a file, or makes one. Durable is what a call changed when it returns.
///
/// `CJM_LOCKED` when it is open elsewhere, `CJM_FORMAT` for a file that is no store, `CJM_NEWER_FORMAT` for one of a newer
/// version, `CJM_STATE` for a damaged one, `CJM_IO` when it can not be read or written. A blueprint that changed since is
/// installed.
///
/// # Safety
/// `path` is as [`cjm_text`] says; `store` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_open(
    path: cjm_text,
    blueprint: cjm_blueprint,
    store: *mut cjm_store,
) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for it
        let path = unsafe { path.str("path") }?;
        if store.is_null() {
            return Err(null("store"));
        }
        let blueprint = BLUEPRINTS.with(blueprint.raw, |blueprint| Ok(blueprint.clone()))?;
        let opened = Store::open(Path::new(path), &blueprint)?;
        let raw = STORES.put(Open { store: opened, row: None })?;
        // SAFETY: the caller vouches for it
        unsafe { put(store, cjm_store { raw }, "store") }
    })
}

/// Closes a store. `CJM_BAD_HANDLE` for one that is none, as one that was closed; `CJM_BUSY` when another thread uses it.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_close(store: cjm_store) -> cjm_status {
    done(|| STORES.take(store.raw)?.store.close())
}

/// Takes in an event as a line of JSON: `name`, `time`, `identities` and, where there are any, `attributes`, `id`,
/// `source`, `channel`, `sequence`. It is in the file when the call returns, with everything it led to.
///
/// # Safety
/// `json` is as [`cjm_text`] says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_push_json(store: cjm_store, json: cjm_text) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for it
        let json = unsafe { json.str("json") }?;
        STORES.with(store.raw, |open| {
            let zone = open.store.plan().document.zone.clone();
            let event = cjm_io::event_of_line(json.as_bytes(), zone.as_ref())?;
            open.store.push(&event).map(drop)
        })
    })
}

/// Lets time pass up to `now` for everybody. What is decided waits in the outbox.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_advance(store: cjm_store, now: cjm_time) -> cjm_status {
    done(|| {
        let now = instant(now)?;
        STORES.with(store.raw, |open| open.store.advance(now).map(drop))
    })
}

/// The next decision of a pass over the outbox, in delivery order: `CJM_ROW` with the decision, `CJM_DONE` at its end,
/// after which a new pass begins. Each row comes once in a pass; what was not acknowledged comes again in the next one.
///
/// # Safety
/// `decision` points to a [`cjm_decision`] whose `struct_size` is set.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_next_decision(
    store: cjm_store,
    decision: *mut cjm_decision,
) -> cjm_status {
    status(|| {
        if decision.is_null() {
            return Err(null("decision"));
        }
        // SAFETY: it is not null; the caller vouches that its first field is set
        let size = unsafe { (&raw const (*decision).struct_size).read() };
        if size != size_of::<cjm_decision>() {
            let words = format!("`struct_size` is {size}; this library knows {}", size_of::<cjm_decision>());
            return Err(Error::new(ErrorCode::Argument, words));
        }
        STORES.with(store.raw, |open| {
            let after = open.row.as_ref().map(Row::sequence);
            let Some((sequence, next)) = open.store.delivery_after(after) else {
                open.row = None;
                return Ok(cjm_status::CJM_DONE);
            };
            let row = open.row.insert(Row::new(sequence, next.clone()));
            // SAFETY: it is not null, as large as this library takes it to be, and the caller vouches for it
            unsafe { put(decision, row.view(size), "decision") }?;
            Ok(cjm_status::CJM_ROW)
        })
    })
}

/// Tells what became of a decision: it is handed over no more. `outcome` is one of `cjm_outcome`.
///
/// `CJM_NOT_FOUND` for a decision that is not remembered.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_ack(store: cjm_store, decision: cjm_id, outcome: i32) -> cjm_status {
    done(|| {
        let words = || Error::new(ErrorCode::Argument, format!("{outcome} is no outcome"));
        let outcome = cjm_outcome::of(outcome).ok_or_else(words)?;
        STORES.with(store.raw, |open| open.store.ack(decision.into(), outcome, None).map(drop))
    })
}
