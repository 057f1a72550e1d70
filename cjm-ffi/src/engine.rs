//! Engines in memory.
//!
//! Answers: every call of an engine that keeps nothing on a disk. Does not know: files; what a call means is told beside
//! that of the store.

use std::sync::Arc;

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
    AckOutcome, Answer, Blueprint, Brief, Decision, Engine, Event, Explanation, Language, Plan, Result,
    Timestamp,
};

use crate::answer::{self, cjm_answer};
use crate::arrow::Rows;
use crate::ask::{self, policy, unknown};
use crate::blueprint::{BLUEPRINTS, cjm_blueprint};
use crate::decision::{cjm_decision, cjm_id};
use crate::event::cjm_event;
use crate::guard::{done, null, status};
use crate::handle::Table;
use crate::host::{Host, Open, tell};
use crate::status::cjm_status;
use crate::store::key;
use crate::text::{bytes_of, cjm_text};
use crate::time::{CJM_NOW, cjm_time};

/// Names an engine in memory. Owned by who made it, until `cjm_engine_free`. One thread at a time uses it; several
/// engines may be used by several threads at once.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cjm_engine {
    /// 0 names nothing.
    pub raw: u64,
}

pub(crate) static ENGINES: Table<Open<Engine>> = Table::new(ask::ENGINE);

/// Makes an engine that knows nobody yet. It keeps everything in memory: `cjm_engine_snapshot` gives all of it as
/// bytes, `cjm_store` keeps it in a file instead.
///
/// # Safety
/// `engine` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_new(blueprint: cjm_blueprint, engine: *mut cjm_engine) -> cjm_status {
    // SAFETY: the caller vouches for it
    done(|| unsafe { make(blueprint, engine, |plan| Ok(Engine::new(plan))) })
}

/// Makes the engine that a snapshot was taken of. The blueprint may be another one than it was taken under.
///
/// `CJM_STATE` for bytes that are damaged or no snapshot, `CJM_NEWER_FORMAT` for those of a newer version.
///
/// # Safety
/// `bytes` points to `n` bytes; `engine` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_restore(
    blueprint: cjm_blueprint,
    bytes: *const u8,
    n: usize,
    engine: *mut cjm_engine,
) -> cjm_status {
    // SAFETY: the caller vouches for both
    done(|| unsafe {
        let bytes = bytes_of(bytes, n, "bytes")?;
        make(blueprint, engine, |plan| Engine::restore(plan, bytes))
    })
}

/// # Safety
/// `to` is null or may be written to.
unsafe fn make(
    blueprint: cjm_blueprint,
    to: *mut cjm_engine,
    work: impl FnOnce(Arc<Plan>) -> Result<Engine>,
) -> Result<()> {
    if to.is_null() {
        return Err(null("engine"));
    }
    let plan = BLUEPRINTS.with(blueprint.raw, |blueprint| blueprint.compile())?;
    let raw = ENGINES.put(Open::new(work(Arc::new(plan))?))?;
    // SAFETY: it is not null, and the caller vouches for it
    unsafe { to.write(cjm_engine { raw }) };
    Ok(())
}

/// Frees an engine, with everything that it knows. `CJM_BAD_HANDLE` for one that is none; 0 is none and is freed without a
/// word. `CJM_BUSY` when another thread uses it.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_engine_free(engine: cjm_engine) -> cjm_status {
    done(|| if engine.raw == 0 { Ok(()) } else { ENGINES.take(engine.raw).map(drop) })
}

/// All that an engine knows, as bytes: `cjm_answer_text` has them, which are no text. The same engine always gives the
/// same bytes.
///
/// # Safety
/// `answer` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_snapshot(engine: cjm_engine, answer: *mut cjm_answer) -> cjm_status {
    // SAFETY: the caller vouches for it
    done(|| unsafe { answer::put(answer, || ENGINES.with(engine.raw, |open| Ok(open.host.snapshot()))) })
}

/// As `cjm_store_push`, in memory.
///
/// # Safety
/// `event` is as `cjm_event` says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_push(engine: cjm_engine, event: *const cjm_event) -> cjm_status {
    // SAFETY: the caller vouches for it
    done(|| ENGINES.with(engine.raw, |open| unsafe { open.push(event, None) }))
}

/// As `cjm_store_push_at`, in memory.
///
/// # Safety
/// `event` is as `cjm_event` says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_push_at(
    engine: cjm_engine,
    event: *const cjm_event,
    now: cjm_time,
) -> cjm_status {
    // SAFETY: the caller vouches for it
    done(|| ENGINES.with(engine.raw, |open| unsafe { open.push(event, Some(now)) }))
}

/// As `cjm_store_push_many`, in memory.
///
/// # Safety
/// `events` points to `n` events; `taken` is null or may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_push_many(
    engine: cjm_engine,
    events: *const cjm_event,
    n: usize,
    taken: *mut usize,
) -> cjm_status {
    // SAFETY: the caller vouches for both
    unsafe { tell(taken, |taken| ENGINES.with(engine.raw, |open| open.push_many(events, n, taken))) }
}

/// As `cjm_store_push_arrow`, in memory.
///
/// # Safety
/// `schema` and `array` are as the Arrow C Data Interface says, `mapping` as [`cjm_text`] says; `taken` is null or may be
/// written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_push_arrow(
    engine: cjm_engine,
    schema: *const FFI_ArrowSchema,
    array: *mut FFI_ArrowArray,
    mapping: cjm_text,
    taken: *mut usize,
) -> cjm_status {
    // SAFETY: the caller vouches for all of it
    unsafe {
        tell(taken, |taken| {
            let rows = Rows::take(schema, array, mapping.str("mapping")?)?;
            ENGINES.with(engine.raw, |open| open.push_rows(&rows, taken))
        })
    }
}

/// As `cjm_store_push_json`, in memory.
///
/// # Safety
/// `json` is as [`cjm_text`] says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_push_json(engine: cjm_engine, json: cjm_text) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for it
        let json = unsafe { json.str("json") }?;
        ENGINES.with(engine.raw, |open| open.push_json(json))
    })
}

/// As `cjm_store_advance`, in memory.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_engine_advance(engine: cjm_engine, now: cjm_time) -> cjm_status {
    done(|| ENGINES.with(engine.raw, |open| open.advance(now)))
}

/// As `cjm_store_next_due`.
///
/// # Safety
/// `due` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_next_due(engine: cjm_engine, due: *mut cjm_time) -> cjm_status {
    // SAFETY: the caller vouches for it
    status(|| ENGINES.with(engine.raw, |open| unsafe { open.next_due(due) }))
}

/// As `cjm_store_next_decision`.
///
/// # Safety
/// `decision` points to a [`cjm_decision`] whose `struct_size` is set.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_next_decision(
    engine: cjm_engine,
    decision: *mut cjm_decision,
) -> cjm_status {
    // SAFETY: the caller vouches for it
    status(|| ENGINES.with(engine.raw, |open| unsafe { open.next_decision(decision) }))
}

/// As `cjm_store_ack`, in memory.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_engine_ack(engine: cjm_engine, decision: cjm_id, outcome: i32) -> cjm_status {
    cjm_engine_ack_at(engine, decision, outcome, CJM_NOW)
}

/// As `cjm_store_ack_at`, in memory.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn cjm_engine_ack_at(
    engine: cjm_engine,
    decision: cjm_id,
    outcome: i32,
    at: cjm_time,
) -> cjm_status {
    done(|| ENGINES.with(engine.raw, |open| open.ack(decision.into(), outcome, at)))
}

/// As `cjm_store_still_valid`.
///
/// # Safety
/// `valid` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_still_valid(
    engine: cjm_engine,
    decision: cjm_id,
    now: cjm_time,
    valid: *mut i32,
) -> cjm_status {
    // SAFETY: the caller vouches for it
    done(|| ENGINES.with(engine.raw, |open| unsafe { open.still_valid(decision.into(), now, valid) }))
}

/// As `cjm_store_retract`, in memory.
///
/// # Safety
/// The texts are as [`cjm_text`] says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_retract(
    engine: cjm_engine,
    kind: cjm_text,
    customer: cjm_text,
    source: cjm_text,
    id: cjm_text,
) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for all of them
        let (customer, source, id) = unsafe { (key(kind, customer)?, source.str("source")?, id.str("id")?) };
        ENGINES.with(engine.raw, |open| Host::retract(&mut open.host, &customer, source, id))
    })
}

/// Forgets a customer: state, identities, timers, tickets, what waits in the outbox, refusals. `CJM_NOT_FOUND` when nobody
/// has the identity.
///
/// # Safety
/// The texts are as [`cjm_text`] says.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_erase(
    engine: cjm_engine,
    kind: cjm_text,
    customer: cjm_text,
) -> cjm_status {
    done(|| {
        // SAFETY: the caller vouches for both
        let customer = unsafe { key(kind, customer) }?;
        ENGINES.with(engine.raw, |open| match open.host.erase(&customer) {
            true => Ok(()),
            false => Err(unknown(&customer)),
        })
    })
}

/// As `cjm_store_install`, in memory.
///
/// # Safety
/// `how` is as [`cjm_text`] says; `answer` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_engine_install(
    engine: cjm_engine,
    blueprint: cjm_blueprint,
    how: cjm_text,
    answer: *mut cjm_answer,
) -> cjm_status {
    // SAFETY: the caller vouches for both
    done(|| unsafe {
        let policy = policy(how.str("how")?)?;
        let later = BLUEPRINTS.with(blueprint.raw, |blueprint| Ok(blueprint.clone()))?;
        let install = |open: &mut Open<Engine>| Host::install(&mut open.host, &later, &policy);
        answer::put(answer, || ask::json(&ENGINES.with(engine.raw, install)?))
    })
}

impl Host for Engine {
    fn plan(&self) -> &Arc<Plan> {
        Self::plan(self)
    }

    fn ready(&mut self) -> Result<()> {
        Ok(())
    }

    fn push(&mut self, event: &Event) -> Result<()> {
        Self::push(self, event).map(drop)
    }

    fn push_at(&mut self, event: &Event, now: Timestamp) -> Result<()> {
        Self::push_at(self, event, now).map(drop)
    }

    fn push_all(&mut self, events: &mut dyn Iterator<Item = Event>) -> (usize, Result<()>) {
        let mut n = 0;
        match self.push_many(events.inspect(|_| n += 1)) {
            Ok(_) => (n, Ok(())),
            Err((n, _, error)) => (n, Err(error)),
        }
    }

    fn answer(&mut self, answer: &Answer) -> Result<()> {
        Self::answer(self, answer).map(drop)
    }

    fn advance(&mut self, now: Timestamp) -> Result<()> {
        Self::advance(self, now);
        Ok(())
    }

    fn ack(&mut self, id: DecisionId, outcome: AckOutcome, at: Option<Timestamp>) -> Result<()> {
        Self::ack(self, id, outcome, at).map(drop)
    }

    fn retract(&mut self, customer: &IdentityKey, source: &str, id: &str) -> Result<()> {
        Self::retract(self, customer, source, id).map(drop)
    }

    fn objection(&mut self, id: DecisionId, now: Option<Timestamp>) -> Result<Option<RefusalReason>> {
        Self::objection(self, id, now)
    }

    fn delivery_after(&self, sequence: Option<u64>) -> Option<(u64, &Decision)> {
        Self::delivery_after(self, sequence)
    }

    fn next_due(&self) -> Result<Option<Timestamp>> {
        Ok(Self::next_due(self))
    }

    fn now(&self) -> Option<Timestamp> {
        Self::now(self)
    }

    fn n_customers(&self) -> u64 {
        Self::n_customers(self) as u64
    }

    fn view(&mut self, customer: &IdentityKey) -> Result<Option<CustomerView>> {
        Ok(Self::view(self, customer))
    }

    fn brief(&mut self, customer: &IdentityKey, language: Language) -> Result<Brief> {
        Self::brief(self, customer, language)
    }

    fn explain(&mut self, customer: &IdentityKey, rule: &str, at: Option<Timestamp>) -> Result<Explanation> {
        Self::explain(self, customer, rule, at)
    }

    fn tickets(&mut self) -> Result<Vec<TicketRow>> {
        Ok(Self::tickets(self))
    }

    fn refusals(&mut self, customer: Option<&IdentityKey>) -> Result<Vec<Refusal>> {
        Ok(match customer {
            Some(customer) => self.refusals_of(customer).collect(),
            None => Self::refusals(self),
        })
    }

    fn refused(&self) -> &Refused {
        Self::refused(self)
    }

    fn refused_links(&self) -> Result<Vec<RefusedLink>> {
        Ok(Self::refused_links(self).cloned().collect())
    }

    fn take_outcomes(&mut self) -> Result<Vec<Outcome>> {
        Ok(Self::take_outcomes(self))
    }

    fn log(&self) -> Result<Option<EventLog>> {
        Ok(None)
    }

    fn install(&mut self, blueprint: &Blueprint, policy: &Policy) -> Result<Installed> {
        Self::install(self, &blueprint.compile()?, policy)
    }

    fn preview(&mut self, blueprint: &Blueprint, policy: &Policy) -> Result<Installed> {
        Self::preview(self, &blueprint.compile()?, policy)
    }

    fn is_restored_backup(&self) -> bool {
        false
    }
}
