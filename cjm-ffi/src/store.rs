//! Durable engines in one file.
//!
//! Answers: every call of the store from C. Does not know: what is in the file.

use std::collections::HashSet;
use std::mem::{ManuallyDrop, offset_of};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration as Elapsed;

use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::host::{Refused, RefusedLink};
use cjm_core::engine::{CustomerView, Outcome, Refusal};
use cjm_core::event::EventLog;
use cjm_core::install::{Installed, Policy};
use cjm_core::outreach::{DecisionId, RefusalReason};
use cjm_core::ticket::TicketRow;
use cjm_core::{
    AckOutcome, Answer, Blueprint, Brief, Decision, Error, ErrorCode, Event, Explanation, Language, Plan,
    Result, Timestamp,
};
use cjm_io::store::{Durability, Erased, Store, StoreOptions};
use cjm_io::wire::event_json;
use serde_json::json;

use crate::answer::{self, cjm_answer};
use crate::arrow::Rows;
use crate::ask::{self, policy, unknown};
use crate::blueprint::{BLUEPRINTS, cjm_blueprint};
use crate::decision::{cjm_decision, cjm_id};
use crate::event::cjm_event;
use crate::guard::{done, null, put, status};
use crate::handle::Table;
use crate::host::{Host, Open, tell};
use crate::sized;
use crate::status::cjm_status;
use crate::text::cjm_text;
use crate::time::{CJM_NOW, cjm_time};

/// Names an open store. Owned by who opened it, until `cjm_store_close`. One thread at a time uses it, of the process that
/// opened it: a child that was forked opens a file of its own, or closes this one and opens the file when its parent has
/// closed it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_store {
    /// 0 names nothing.
    pub raw: u64,
}

/// When a call waits for the disk.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum cjm_durability {
    /// Before it returns: nothing that returned is lost, whatever happens.
    CJM_DURABILITY_FULL = 0,
    /// When `batch_ms` have passed since a call last did. A crash of the program loses nothing; a power cut loses at most
    /// the calls since then.
    CJM_DURABILITY_BATCH = 1,
    /// Never. A crash of the program loses nothing; a power cut may lose everything since the file was last brought
    /// together, or the file.
    CJM_DURABILITY_OFF = 2,
}

/// How a store is opened. All of it zero, as `cjm_store_options options = {0}` makes it, is as `cjm_store_open` does; set
/// `struct_size`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_store_options {
    /// `sizeof` this struct, as the caller knows it.
    pub struct_size: usize,
    /// One of `cjm_durability`.
    pub durability: i32,
    /// Milliseconds of `CJM_DURABILITY_BATCH`.
    pub batch_ms: u32,
    /// The last delivery sequence that the caller has seen, where `has_last_sequence` says so: a file that stands below it
    /// is an old copy, see `cjm_store_restored_backup`.
    pub last_sequence: u64,
    /// Whether `last_sequence` counts: 0 or 1.
    pub has_last_sequence: i32,
    /// Nothing; 0.
    pub reserved: i32,
    /// Most customers held in memory between calls; 0 for 10,000.
    pub hold: u64,
}

// SAFETY: it begins with its size, and has nothing but numbers
unsafe impl sized::Struct for cjm_store_options {
    // as it was in the first version, whatever comes behind it
    const LEAST: usize = offset_of!(Self, hold) + size_of::<u64>();
    const NAME: &'static str = "cjm_store_options";
}
const _: () =
    assert!(!cfg!(target_pointer_width = "64") || <cjm_store_options as sized::Struct>::LEAST == 40);

/// A store, in the process that opened it.
#[derive(Debug)]
pub(crate) struct Durable {
    /// Left alone where another process opened it: that one has the file.
    file: ManuallyDrop<Store>,
    process: u32,
    /// Customers whom an erasure took away that erred afterwards: the file is not overwritten yet.
    half_erased: HashSet<IdentityKey>,
}

/// Most customers who are remembered so.
const MAX_HALF_ERASED: usize = 10_000;

pub(crate) static STORES: Table<Open<Durable>> = Table::new(ask::STORE);

/// Does something with a store.
fn with<R>(store: cjm_store, work: impl FnOnce(&mut Open<Durable>) -> Result<R>) -> Result<R> {
    STORES.with(store.raw, |open| {
        open.host.ready()?;
        work(open)
    })
}

/// Does something with what is behind a store's handle.
fn with_file<R>(store: cjm_store, work: impl FnOnce(&mut Store) -> Result<R>) -> Result<R> {
    with(store, |open| work(&mut open.host.file))
}

/// Opens a store in a file, or makes one. Durable is what a call changed when it returns.
///
/// `CJM_LOCKED` when it is open elsewhere, `CJM_FORMAT` for a file that is no store, `CJM_NEWER_FORMAT` for one of a newer
/// version, `CJM_STATE` for a damaged one, `CJM_IO` when it can not be read or written. A blueprint that changed since is
/// installed, and an erasure that was interrupted is finished. Where it errs, a file that was not there may be there, one of
/// an older version may be brought up to this one, and an erasure may be finished; nothing else changed.
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
    // SAFETY: the caller vouches for both
    done(|| unsafe { open(path, blueprint, StoreOptions::default(), store) })
}

/// Opens a store as `cjm_store_open` does, with options.
///
/// # Safety
/// `path` is as [`cjm_text`] says; `options` is as [`cjm_store_options`] says; `store` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_open_with(
    path: cjm_text,
    blueprint: cjm_blueprint,
    options: *const cjm_store_options,
    store: *mut cjm_store,
) -> cjm_status {
    // SAFETY: the caller vouches for all of it
    done(|| unsafe { open(path, blueprint, options_of(&sized::read(options, "options")?)?, store) })
}

fn options_of(said: &cjm_store_options) -> Result<StoreOptions> {
    let refused = |words: String| Error::new(ErrorCode::Argument, words);
    let durability = match said.durability {
        0 => Durability::Full,
        1 if said.batch_ms == 0 => return Err(refused("`batch_ms` is 1 at least".to_owned())),
        1 => Durability::Batch(Elapsed::from_millis(u64::from(said.batch_ms))),
        2 => Durability::Off,
        other => return Err(refused(format!("{other} is no durability; give one of cjm_durability"))),
    };
    if !(0..=1).contains(&said.has_last_sequence) || said.reserved != 0 {
        return Err(refused(
            "`has_last_sequence` is 0 or 1, `reserved` 0; was the struct zeroed?".to_owned(),
        ));
    }
    let hold = usize::try_from(said.hold).unwrap_or(usize::MAX);
    Ok(StoreOptions {
        durability,
        last_sequence: (said.has_last_sequence == 1).then_some(said.last_sequence),
        hold: if hold == 0 { StoreOptions::default().hold } else { hold },
        ..StoreOptions::default()
    })
}

/// # Safety
/// `path` is as [`cjm_text`] says; `to` is null or may be written to.
unsafe fn open(
    path: cjm_text,
    blueprint: cjm_blueprint,
    options: StoreOptions,
    to: *mut cjm_store,
) -> Result<()> {
    // SAFETY: the caller vouches for it
    let path = unsafe { path.str("path") }?;
    if to.is_null() {
        return Err(null("store"));
    }
    let blueprint = BLUEPRINTS.with(blueprint.raw, |blueprint| Ok(blueprint.clone()))?;
    let store = Store::open_with(Path::new(path), &blueprint, options)?;
    let (file, process) = (ManuallyDrop::new(store), std::process::id());
    let durable = Durable { file, process, half_erased: HashSet::new() };
    let raw = STORES.put(Open::new(durable))?;
    // SAFETY: it is not null, and the caller vouches for it
    unsafe { put(to, cjm_store { raw }, "store") }
}

/// Closes a store. `CJM_BAD_HANDLE` for one that is none, as one that was closed; `CJM_BUSY` when another thread uses it: it
/// stays open. A forked child may close what its parent has open: it lets go of the file and leaves it as it is.
///
/// Any other error, as `CJM_IO` when the disk could not be waited for at the end, leaves it closed all the same: its handle
/// names nothing any more. What calls took in is in the file; a power cut may take of it what it may take under the store's
/// durability, which is nothing under `CJM_DURABILITY_FULL`.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_close(store: cjm_store) -> cjm_status {
    done(|| STORES.take(store.raw)?.host.close())
}

/// Takes in an event. It is in the file when the call returns, with everything it led to: what was decided waits to be
/// handed over by `cjm_store_next_decision`.
///
/// A repeat, an event of a `source` and `id` that came before with the same body, changes nothing. `CJM_BAD_EVENT` for what
/// does not fit its declared types or has no identity, `CJM_CONFLICT` for a source and id that came before with another
/// body, `CJM_LIMIT` for too large an event, `CJM_BACKPRESSURE` when 100,000 decisions wait to be acknowledged.
///
/// # Safety
/// `event` is as [`cjm_event`] says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_push(store: cjm_store, event: *const cjm_event) -> cjm_status {
    // SAFETY: the caller vouches for it
    done(|| with(store, |open| unsafe { open.push(event, None) }))
}

/// Takes in an event as `cjm_store_push` does, when it is `now`: `CJM_FUTURE` for one that is later by more than a day.
///
/// # Safety
/// `event` is as [`cjm_event`] says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_push_at(
    store: cjm_store,
    event: *const cjm_event,
    now: cjm_time,
) -> cjm_status {
    // SAFETY: the caller vouches for it
    done(|| with(store, |open| unsafe { open.push(event, Some(now)) }))
}

/// Takes in many events, one after the other, thousands to a wait for the disk, and stops at the first that errs: `taken` is
/// how many were taken in and are in the file, whatever the status is. From 16,384 events on, a second thread writes what the
/// calling one has decided; it ends before the call returns.
///
/// # Safety
/// `events` points to `n` events, all of one `struct_size`; `taken` is null or may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_push_many(
    store: cjm_store,
    events: *const cjm_event,
    n: usize,
    taken: *mut usize,
) -> cjm_status {
    // SAFETY: the caller vouches for both
    unsafe { tell(taken, |taken| with(store, |open| open.push_many(events, n, taken))) }
}

/// Takes in the rows of a table, one after the other, as `cjm_store_push_many` does. The table comes over the Arrow C Data
/// Interface: a struct of columns, as Arrow, DuckDB, nanoarrow and data frames make it.
///
/// `mapping` is JSON that says what the columns mean: `customer`, `event` and `time` name columns, as may `source`, `id`,
/// `channel` and `sequence`; `identities` is an object of identity kinds and columns; `event_name` is the name of all events;
/// `time_unit` (`s`, `ms`, `us`, `ns`) is that of numbers, `zone` that of times without one; `attributes` lists the columns
/// that become attributes, all others unless said.
///
/// The call takes over `array`: it is released, and marked so, unless the status is `CJM_ARGUMENT`, `CJM_LIMIT` or
/// `CJM_FORMAT` and it is not marked. `schema` stays the caller's. The buffers are read as the interface describes them; who
/// hands them in vouches for their lengths. `CJM_ARGUMENT` for a table that was released.
///
/// # Safety
/// `schema` and `array` are as the Arrow C Data Interface says, `mapping` as [`cjm_text`] says; `taken` is null or may be
/// written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_push_arrow(
    store: cjm_store,
    schema: *const FFI_ArrowSchema,
    array: *mut FFI_ArrowArray,
    mapping: cjm_text,
    taken: *mut usize,
) -> cjm_status {
    // SAFETY: the caller vouches for all of it
    unsafe {
        tell(taken, |taken| {
            let rows = Rows::take(schema, array, mapping.str("mapping")?)?;
            with(store, |open| open.push_rows(&rows, taken))
        })
    }
}

/// Takes in a line of JSON. An event is an object of `name`, `time` (RFC 3339), `identities` and, where there are any,
/// `attributes`, `id`, `source`, `channel`, `sequence`. It may also be the answer to a survey,
/// `{"answer": SURVEY, "values": {QUESTION: VALUE}, "at", "identities", "id", "source", "channel"}`, and what calls say as
/// well: `{"tick": TIME}`, `{"ack": DECISION, "outcome", "at"}`, `{"retract": {"source", "id"}, "identities"}`.
///
/// It is in the file when the call returns, with everything it led to. Errors are those of `cjm_store_push`.
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
        with(store, |open| open.push_json(json))
    })
}

/// Lets time pass up to `now` for everybody. What is decided waits to be handed over. An earlier `now` than the last one
/// counts as the last one.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_advance(store: cjm_store, now: cjm_time) -> cjm_status {
    done(|| with(store, |open| open.advance(now)))
}

/// When `cjm_store_advance` next has something to do: `CJM_ROW` with the instant, `CJM_DONE` when nobody waits for anything.
///
/// # Safety
/// `due` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_next_due(store: cjm_store, due: *mut cjm_time) -> cjm_status {
    // SAFETY: the caller vouches for it
    status(|| with(store, |open| unsafe { open.next_due(due) }))
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
    // SAFETY: the caller vouches for it
    status(|| with(store, |open| unsafe { open.next_decision(decision) }))
}

/// Tells what became of a decision, as of the store's own now: it is handed over no more. `outcome` is one of `cjm_outcome`.
///
/// `CJM_NOT_FOUND` for a decision that is not remembered.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_ack(store: cjm_store, decision: cjm_id, outcome: i32) -> cjm_status {
    cjm_store_ack_at(store, decision, outcome, CJM_NOW)
}

/// Tells what became of a decision as `cjm_store_ack` does, and when; `CJM_NOW` for the store's own now.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_ack_at(
    store: cjm_store,
    decision: cjm_id,
    outcome: i32,
    at: cjm_time,
) -> cjm_status {
    done(|| with(store, |open| open.ack(decision.into(), outcome, at)))
}

/// Whether a decision may still go out at `now`, or at `CJM_NOW`, the store's own: consent, goal, exit, quiet hours and
/// validity are looked at again. `valid` becomes 1 or 0; `cjm_ask` tells what speaks against it.
///
/// `CJM_NOT_FOUND` for a decision that is not remembered: the last 64 of a customer are.
///
/// # Safety
/// `valid` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_still_valid(
    store: cjm_store,
    decision: cjm_id,
    now: cjm_time,
    valid: *mut i32,
) -> cjm_status {
    // SAFETY: the caller vouches for it
    done(|| with(store, |open| unsafe { open.still_valid(decision.into(), now, valid) }))
}

/// Takes an event of a customer back, one of the last 256: what it led to is undone where it still can be. Decisions that
/// rest on it leave the outbox; those acknowledged come again as `revoke`, with the same ids.
///
/// `CJM_NOT_FOUND` for an unknown customer, `CJM_TOO_OLD` for an event that is not remembered.
///
/// # Safety
/// The texts are as [`cjm_text`] says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_retract(
    store: cjm_store,
    kind: cjm_text,
    customer: cjm_text,
    source: cjm_text,
    id: cjm_text,
) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for all of them
        let (customer, source, id) = unsafe { (key(kind, customer)?, source.str("source")?, id.str("id")?) };
        with(store, |open| open.host.retract(&customer, source, id))
    })
}

/// Takes away everything of a customer: state, identities, timers, tickets, events, decisions, refusals. When it returns, no
/// byte of it is in the file or beside it. The answer is a receipt in JSON: how many `customers` (1), `identities`, `events`,
/// `decisions`, `tickets` and `refusals` there were. Hashes of its events' keys stay for seven days, so that an event that is
/// sent again does not bring the customer back.
///
/// `CJM_IO` when it could not be done to the end: either nothing changed, or the customer is gone and its bytes are still to
/// be overwritten. Call it again, until it gives something else: `CJM_OK`, with a receipt of zeros where all but the bytes
/// was gone before. Opening the file again finishes it, too. `CJM_NOT_FOUND` when nobody has the identity: then, too, no byte
/// of anybody who was erased is left.
///
/// # Safety
/// The texts are as [`cjm_text`] says; `receipt` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_erase(
    store: cjm_store,
    kind: cjm_text,
    customer: cjm_text,
    receipt: *mut cjm_answer,
) -> cjm_status {
    // SAFETY: the caller vouches for all of it
    done(|| unsafe {
        let customer = key(kind, customer)?;
        answer::put(receipt, || {
            let erased = with(store, |open| open.host.erase(&customer))?;
            ask::json(&erased.ok_or_else(|| unknown(&customer))?)
        })
    })
}

/// Everything that is known of a customer, as JSON: `customer`, `events`, `decisions` that wait, `refusals`.
///
/// `CJM_NOT_FOUND` when nobody has the identity.
///
/// # Safety
/// The texts are as [`cjm_text`] says; `answer` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_export(
    store: cjm_store,
    kind: cjm_text,
    customer: cjm_text,
    answer: *mut cjm_answer,
) -> cjm_status {
    // SAFETY: the caller vouches for all of it
    done(|| unsafe {
        let customer = key(kind, customer)?;
        answer::put(answer, || {
            let all = with_file(store, |file| file.export(&customer))?.ok_or_else(|| unknown(&customer))?;
            ask::json(&json!({
                "customer": all.customer,
                "events": all.events.iter().map(event_json).collect::<Vec<_>>(),
                "decisions": all.decisions.iter().map(Decision::to_json).collect::<Vec<_>>(),
                "refusals": all.refusals,
            }))
        })
    })
}

/// Copies the whole store into another file, which must not be there yet. Opened, the copy says
/// `cjm_store_restored_backup`. `CJM_ARGUMENT` when there is such a file, `CJM_IO` when it can not be written.
///
/// # Safety
/// `path` is as [`cjm_text`] says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_backup(store: cjm_store, path: cjm_text) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for it
        let path = unsafe { path.str("path") }?;
        with_file(store, |file| file.backup(Path::new(path)))
    })
}

/// Whether the file is a copy made by `cjm_store_backup`, or stands below the delivery sequence that it was opened with: what
/// came since has to be sent again. `restored` becomes 1 or 0; it is 1 until `cjm_store_caught_up`.
///
/// # Safety
/// `restored` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_restored_backup(store: cjm_store, restored: *mut i32) -> cjm_status {
    done(|| {
        let is_one = with(store, |open| Ok(open.host.is_restored_backup()))?;
        // SAFETY: the caller vouches for it
        unsafe { put(restored, i32::from(is_one), "restored") }
    })
}

/// Says that what came since a backup was sent again.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_caught_up(store: cjm_store) -> cjm_status {
    done(|| with_file(store, Store::caught_up))
}

/// Waits for the disk: what returned before is durable then, whatever the store was opened with.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_store_flush(store: cjm_store) -> cjm_status {
    done(|| with_file(store, Store::flush))
}

/// Goes on under another blueprint, with everybody moved to it at once. `how` is empty, or JSON where the blueprint leaves
/// something open: `stages`, of those that are gone, as `{"old": "new"}`, and `edits`, of rules that changed, as
/// `{"rule": "migrate"}`, `pin`, `restart` or `drain`. The answer tells in JSON what became of whom; `cjm_ask` previews it.
///
/// # Safety
/// `how` is as [`cjm_text`] says; `answer` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_store_install(
    store: cjm_store,
    blueprint: cjm_blueprint,
    how: cjm_text,
    answer: *mut cjm_answer,
) -> cjm_status {
    // SAFETY: the caller vouches for both
    done(|| unsafe {
        let policy = policy(how.str("how")?)?;
        let later = BLUEPRINTS.with(blueprint.raw, |blueprint| Ok(blueprint.clone()))?;
        answer::put(answer, || ask::json(&with_file(store, |file| file.install(&later, &policy))?))
    })
}

/// The customer that two texts name.
///
/// # Safety
/// Both are as [`cjm_text`] says.
pub(crate) unsafe fn key(kind: cjm_text, value: cjm_text) -> Result<IdentityKey> {
    // SAFETY: the caller vouches for both
    let (kind, value) = unsafe { (kind.str("kind")?, value.str("customer")?) };
    Ok(IdentityKey { kind: kind.into(), value: value.into() })
}

impl Durable {
    fn is_own(&self) -> bool {
        self.process == std::process::id()
    }

    /// Erases a customer, or finishes an erasure that erred when the customer was gone; nothing for somebody unknown.
    fn erase(&mut self, customer: &IdentityKey) -> Result<Option<Erased>> {
        let n_before = self.file.n_customers();
        match self.file.erase(customer) {
            Ok(receipt) => {
                let was_half = self.half_erased.remove(customer);
                Ok((receipt.customers > 0 || was_half).then_some(receipt))
            }
            Err(error) => {
                let is_gone = self.file.n_customers() < n_before;
                if is_gone && self.half_erased.len() < MAX_HALF_ERASED {
                    self.half_erased.insert(customer.clone());
                }
                Err(error)
            }
        }
    }

    /// Closes the file where it is this process's, and lets go of it where it is the parent's.
    fn close(self) -> Result<()> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: nothing uses it afterwards: what it was taken from is never dropped
        let file = unsafe { ManuallyDrop::take(&mut this.file) };
        if this.is_own() { file.close() } else { file.leave() }
    }
}

impl Drop for Durable {
    fn drop(&mut self) {
        // SAFETY: nothing uses it afterwards
        let file = unsafe { ManuallyDrop::take(&mut self.file) };
        if self.is_own() {
            drop(file);
        } else {
            // there is nobody to tell
            let _left = file.leave();
        }
    }
}

impl Host for Durable {
    fn plan(&self) -> &Arc<Plan> {
        self.file.plan()
    }

    fn ready(&mut self) -> Result<()> {
        if self.is_own() {
            // a write that failed may have left memory behind the file
            return self.file.ready();
        }
        let words = "the store was opened before the process was forked: close it; once the parent has closed it too, it can be opened again";
        Err(Error::new(ErrorCode::BadHandle, words))
    }

    fn push(&mut self, event: &Event) -> Result<()> {
        self.file.push(event).map(drop)
    }

    fn push_at(&mut self, event: &Event, now: Timestamp) -> Result<()> {
        self.file.push_at(event, now).map(drop)
    }

    fn push_all(&mut self, events: &mut dyn Iterator<Item = Event>) -> (usize, Result<()>) {
        let mut n = 0;
        match self.file.push_many(events.inspect(|_| n += 1)) {
            Ok(_) => (n, Ok(())),
            Err((n, _, error)) => (n, Err(error)),
        }
    }

    fn answer(&mut self, answer: &Answer) -> Result<()> {
        self.file.answer(answer).map(drop)
    }

    fn advance(&mut self, now: Timestamp) -> Result<()> {
        self.file.advance(now).map(drop)
    }

    fn ack(&mut self, id: DecisionId, outcome: AckOutcome, at: Option<Timestamp>) -> Result<()> {
        self.file.ack(id, outcome, at).map(drop)
    }

    fn retract(&mut self, customer: &IdentityKey, source: &str, id: &str) -> Result<()> {
        self.file.retract(customer, source, id).map(drop)
    }

    fn objection(&mut self, id: DecisionId, now: Option<Timestamp>) -> Result<Option<RefusalReason>> {
        self.file.objection(id, now)
    }

    fn delivery_after(&self, sequence: Option<u64>) -> Option<(u64, &Decision)> {
        self.file.delivery_after(sequence)
    }

    fn next_due(&self) -> Result<Option<Timestamp>> {
        self.file.next_due()
    }

    fn now(&self) -> Option<Timestamp> {
        self.file.now()
    }

    fn n_customers(&self) -> u64 {
        self.file.n_customers()
    }

    fn view(&mut self, customer: &IdentityKey) -> Result<Option<CustomerView>> {
        self.file.view(customer)
    }

    fn brief(&mut self, customer: &IdentityKey, language: Language) -> Result<Brief> {
        self.file.brief(customer, language)
    }

    fn explain(&mut self, customer: &IdentityKey, rule: &str, at: Option<Timestamp>) -> Result<Explanation> {
        self.file.explain(customer, rule, at)
    }

    fn tickets(&mut self) -> Result<Vec<TicketRow>> {
        self.file.tickets()
    }

    fn refusals(&mut self, customer: Option<&IdentityKey>) -> Result<Vec<Refusal>> {
        match customer {
            Some(customer) => self.file.refusals_of(customer),
            None => self.file.refusals(),
        }
    }

    fn refused(&self) -> &Refused {
        self.file.refused()
    }

    fn refused_links(&self) -> Result<Vec<RefusedLink>> {
        self.file.refused_links()
    }

    fn take_outcomes(&mut self) -> Result<Vec<Outcome>> {
        self.file.take_outcomes()
    }

    fn log(&self) -> Result<Option<EventLog>> {
        self.file.log().map(Some)
    }

    fn install(&mut self, blueprint: &Blueprint, policy: &Policy) -> Result<Installed> {
        self.file.install(blueprint, policy)
    }

    fn preview(&mut self, blueprint: &Blueprint, policy: &Policy) -> Result<Installed> {
        self.file.preview(blueprint, policy)
    }

    fn is_restored_backup(&self) -> bool {
        self.file.is_restored_backup()
    }
}
