//! What engines in memory and engines in files have in common: one piece of work behind two sets of calls.
//!
//! Answers: what every call does with whatever engine a handle names. Does not know: how C calls it.

use std::sync::Arc;

use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::host::{Refused, RefusedLink};
use cjm_core::engine::{CustomerView, Outcome, Refusal};
use cjm_core::event::{BatchEvents, EventLog};
use cjm_core::install::{Installed, Policy};
use cjm_core::outreach::{DecisionId, RefusalReason};
use cjm_core::ticket::TicketRow;
use cjm_core::{
    AckOutcome, Answer, Blueprint, Brief, Decision, Error, ErrorCode, Event, Explanation, Language, Plan,
    Result, Timestamp,
};
use cjm_io::wire::{self, Line};

use crate::arrow::Rows;
use crate::decision::{Row, cjm_decision, cjm_outcome};
use crate::event::{Maker, cjm_event};
use crate::guard::null;
use crate::sized;
use crate::status::cjm_status;
use crate::time::{cjm_time, instant, some_instant};

/// Rows of a table that are turned into events at once.
const PIECE: usize = 8_192;

/// An engine, wherever its customers are. What its calls decided waits in its outbox.
pub(crate) trait Host {
    fn plan(&self) -> &Arc<Plan>;
    fn ready(&self) -> Result<()>;
    fn push(&mut self, event: &Event) -> Result<()>;
    fn push_at(&mut self, event: &Event, now: Timestamp) -> Result<()>;
    /// How many were taken in, and what stopped it.
    fn push_all(&mut self, events: &[Event]) -> (usize, Result<()>);
    fn answer(&mut self, answer: &Answer) -> Result<()>;
    fn advance(&mut self, now: Timestamp) -> Result<()>;
    fn ack(&mut self, id: DecisionId, outcome: AckOutcome, at: Option<Timestamp>) -> Result<()>;
    fn retract(&mut self, customer: &IdentityKey, source: &str, id: &str) -> Result<()>;
    fn objection(&mut self, id: DecisionId, now: Option<Timestamp>) -> Result<Option<RefusalReason>>;
    fn delivery_after(&self, sequence: Option<u64>) -> Option<(u64, &Decision)>;
    fn next_due(&self) -> Result<Option<Timestamp>>;
    fn now(&self) -> Option<Timestamp>;
    fn n_customers(&self) -> u64;
    fn view(&mut self, customer: &IdentityKey) -> Result<Option<CustomerView>>;
    fn brief(&mut self, customer: &IdentityKey, language: Language) -> Result<Brief>;
    fn explain(&mut self, customer: &IdentityKey, rule: &str, at: Option<Timestamp>) -> Result<Explanation>;
    fn tickets(&mut self) -> Result<Vec<TicketRow>>;
    fn refusals(&mut self, customer: Option<&IdentityKey>) -> Result<Vec<Refusal>>;
    fn refused(&self) -> &Refused;
    fn refused_links(&self) -> Result<Vec<RefusedLink>>;
    fn take_outcomes(&mut self) -> Result<Vec<Outcome>>;
    /// The events that it took in; nothing where it keeps none.
    fn log(&self) -> Result<Option<EventLog>>;
    fn install(&mut self, blueprint: &Blueprint, policy: &Policy) -> Result<Installed>;
    fn preview(&mut self, blueprint: &Blueprint, policy: &Policy) -> Result<Installed>;
    /// Whether it is a copy, or stands below what its host has seen.
    fn is_restored_backup(&self) -> bool;
}

/// An engine behind a handle.
pub(crate) struct Open<H> {
    pub(crate) host: H,
    maker: Maker,
    /// The row that was handed out last, with the memory behind its texts.
    row: Option<Row>,
}

impl<H: Host> Open<H> {
    pub(crate) fn new(host: H) -> Self {
        Self { host, maker: Maker::default(), row: None }
    }

    /// Takes in a line of JSON.
    pub(crate) fn push_json(&mut self, text: &str) -> Result<()> {
        let line = wire::line(text, self.host.plan().document.zone.as_ref())?;
        match line {
            Line::Event(event) => self.host.push(&event),
            Line::Answer(answer) => self.host.answer(&answer),
            Line::Tick(now) => self.host.advance(now),
            Line::Ack(id, outcome, at) => self.host.ack(id, outcome, at),
            Line::Retract(customer, source, id) => self.host.retract(&customer, &source, &id),
        }
    }

    /// Takes in an event, as of `now` where that is said.
    ///
    /// # Safety
    /// `event` is null or as `cjm_event` says.
    pub(crate) unsafe fn push(&mut self, event: *const cjm_event, now: Option<cjm_time>) -> Result<()> {
        // SAFETY: the caller vouches for it
        let event = unsafe { self.maker.event(&sized::read(event, "event")?) }?;
        match now {
            Some(now) => self.host.push_at(event, instant(now)?),
            None => self.host.push(event),
        }
    }

    /// Takes in `n` events; gives how many were, and what stopped it.
    ///
    /// # Safety
    /// `first` is null or points to `n` events, each as long as the first one says.
    pub(crate) unsafe fn push_many(&mut self, first: *const cjm_event, n: usize) -> (usize, Result<()>) {
        if n == 0 {
            return (0, Ok(()));
        }
        // SAFETY: the caller vouches for the first event
        let size = match unsafe { sized::size_at(first, "events") } {
            Ok(size) if size.checked_mul(n).is_some_and(|all| all <= isize::MAX as usize) => size,
            Ok(_) => {
                return (0, Err(Error::new(ErrorCode::Argument, format!("`events` can not be {n} events"))));
            }
            Err(error) => return (0, Err(error)),
        };
        let (mut taken, mut piece) = (0, Vec::new());
        for from in (0..n).step_by(PIECE) {
            let mut made = Ok(());
            piece.clear();
            for place in from..n.min(from + PIECE) {
                // SAFETY: the caller vouches for n events of that size
                let event = unsafe {
                    let at = first.byte_add(place * size);
                    sized::read(at, "events").and_then(|event| self.maker.event(&event).cloned())
                };
                match event {
                    Ok(event) => piece.push(event),
                    Err(error) => {
                        made = Err(error);
                        break;
                    }
                }
            }
            let (n, pushed) = self.host.push_all(&piece);
            taken += n;
            if let Err(error) = pushed.and(made) {
                return (taken, Err(error.at_row(taken as u64 + 1)));
            }
        }
        (taken, Ok(()))
    }

    /// Takes in the rows of a table; gives how many were, and what stopped it.
    pub(crate) fn push_rows(&mut self, rows: &Rows) -> (usize, Result<()>) {
        let mut taken = 0;
        let mut all = || -> Result<()> {
            let plan = self.host.plan().clone();
            for batch in rows.batches(&plan.document)? {
                let events = BatchEvents::of(&batch, &rows.options, Some(&plan.document))?;
                for from in (0..events.len()).step_by(PIECE) {
                    let (mut piece, mut made) = (Vec::new(), Ok(()));
                    for row in from..events.len().min(from + PIECE) {
                        match events.event(row) {
                            Ok(event) => piece.push(event),
                            Err(error) => {
                                made = Err(error);
                                break;
                            }
                        }
                    }
                    let (n, pushed) = self.host.push_all(&piece);
                    taken += n;
                    pushed.map_err(|error| error.at_row(batch.line(from + n)))?;
                    made?;
                }
            }
            Ok(())
        };
        let done = all();
        (taken, done)
    }

    pub(crate) fn advance(&mut self, now: cjm_time) -> Result<()> {
        self.host.advance(instant(now)?)
    }

    /// The next row of a pass over the outbox.
    ///
    /// # Safety
    /// `to` is null or as `cjm_decision` says.
    pub(crate) unsafe fn next_decision(&mut self, to: *mut cjm_decision) -> Result<cjm_status> {
        // SAFETY: the caller vouches for it
        let size = unsafe { sized::size_at(to, "decision") }?;
        self.host.ready()?;
        let after = self.row.as_ref().map(Row::sequence);
        let Some((sequence, next)) = self.host.delivery_after(after) else {
            self.row = None;
            return Ok(cjm_status::CJM_DONE);
        };
        let row = self.row.insert(Row::new(sequence, next.clone()));
        // SAFETY: it is as long as it says and may be written to
        unsafe { sized::write(to, size, &row.view()) };
        Ok(cjm_status::CJM_ROW)
    }

    pub(crate) fn ack(&mut self, id: DecisionId, outcome: i32, at: cjm_time) -> Result<()> {
        let words =
            || Error::new(ErrorCode::Argument, format!("{outcome} is no outcome; give one of cjm_outcome"));
        let outcome = cjm_outcome::of(outcome).ok_or_else(words)?;
        self.host.ack(id, outcome, some_instant(at)?)
    }

    /// Whether a decision may still go out, as a number.
    ///
    /// # Safety
    /// `valid` is null or may be written to.
    pub(crate) unsafe fn still_valid(
        &mut self,
        id: DecisionId,
        now: cjm_time,
        valid: *mut i32,
    ) -> Result<()> {
        if valid.is_null() {
            return Err(null("valid"));
        }
        let objection = self.host.objection(id, some_instant(now)?)?;
        // SAFETY: it is not null, and the caller vouches for it
        unsafe { valid.write(i32::from(objection.is_none())) };
        Ok(())
    }

    /// When it next wants to be told of time.
    ///
    /// # Safety
    /// `due` is null or may be written to.
    pub(crate) unsafe fn next_due(&self, due: *mut cjm_time) -> Result<cjm_status> {
        if due.is_null() {
            return Err(null("due"));
        }
        let Some(next) = self.host.next_due()? else { return Ok(cjm_status::CJM_DONE) };
        // SAFETY: it is not null, and the caller vouches for it
        unsafe { due.write(next.as_micros()) };
        Ok(cjm_status::CJM_ROW)
    }
}

/// Tells how many were taken in, whether or not something stopped it.
///
/// # Safety
/// `taken` is null or may be written to.
pub(crate) unsafe fn tell((n, done): (usize, Result<()>), taken: *mut usize) -> Result<()> {
    if !taken.is_null() {
        // SAFETY: it is not null, and the caller vouches for it
        unsafe { taken.write(n) };
    }
    done
}
