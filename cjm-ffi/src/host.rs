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
use crate::guard::{done, null};
use crate::sized;
use crate::status::cjm_status;
use crate::time::{cjm_time, instant, some_instant};

/// An engine, wherever its customers are. What its calls decided waits in its outbox.
pub(crate) trait Host {
    fn plan(&self) -> &Arc<Plan>;
    /// Errs where nothing that it says would be true.
    fn ready(&mut self) -> Result<()>;
    fn push(&mut self, event: &Event) -> Result<()>;
    fn push_at(&mut self, event: &Event, now: Timestamp) -> Result<()>;
    /// How many were taken in, and what stopped it.
    fn push_all(&mut self, events: &mut dyn Iterator<Item = Event>) -> (usize, Result<()>);
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
        #[cfg(test)]
        assert!(text != tests::FAULT, "a fault of the library");
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

    /// Takes in `n` events; `taken` counts them, also when something stops it.
    ///
    /// # Safety
    /// `first` is null or points to `n` events, each as long as the first one says.
    pub(crate) unsafe fn push_many(
        &mut self,
        first: *const cjm_event,
        n: usize,
        taken: &mut usize,
    ) -> Result<()> {
        if n == 0 {
            return Ok(());
        }
        // SAFETY: the caller vouches for the first event
        let size = unsafe { sized::size_at(first, "events") }?;
        if size.checked_mul(n).is_none_or(|all| all > isize::MAX as usize) {
            return Err(Error::new(ErrorCode::Argument, format!("`events` can not be {n} events")));
        }
        let mut made = Made { maker: &mut self.maker, next: first, left: n, size, failed: None };
        let (n, pushed) = self.host.push_all(&mut made);
        *taken = n;
        pushed.and(made.failed.map_or(Ok(()), Err)).map_err(|error| error.at_row(n as u64 + 1))
    }

    /// Takes in the rows of a table; `taken` counts them, also when something stops it.
    pub(crate) fn push_rows(&mut self, rows: &Rows, taken: &mut usize) -> Result<()> {
        let plan = self.host.plan().clone();
        for batch in rows.batches(&plan.document)? {
            let events = BatchEvents::of(&batch, &rows.options, Some(&plan.document))?;
            let mut failed = None;
            let mut read = (0..events.len())
                .map_while(|row| events.event(row).map_err(|error| failed = Some(error)).ok())
                .fuse();
            let (n, pushed) = self.host.push_all(&mut read);
            *taken += n;
            pushed.map_err(|error| error.at_row(batch.line(n)))?;
            failed.map_or(Ok(()), Err)?;
        }
        Ok(())
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

/// Events made one by one of what C gave, up to one that can not be made.
struct Made<'a> {
    maker: &'a mut Maker,
    /// The next of `left` events of that size, for which the caller vouches.
    next: *const cjm_event,
    left: usize,
    size: usize,
    failed: Option<Error>,
}

impl Made<'_> {
    fn event(&mut self) -> Result<Event> {
        // SAFETY: the caller vouches for an event here, of that size or another one that it says
        if unsafe { sized::size_at(self.next, "events") }? != self.size {
            return Err(Error::new(ErrorCode::Argument, "`events` are of different `struct_size`"));
        }
        // SAFETY: as above
        let event = unsafe { self.maker.event(&sized::read(self.next, "events")?) }?;
        Ok(event.clone())
    }
}

impl Iterator for Made<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.left == 0 || self.failed.is_some() {
            return None;
        }
        match self.event() {
            Ok(event) => {
                self.left -= 1;
                // SAFETY: the next event, or the end of all of them
                self.next = unsafe { self.next.byte_add(self.size) };
                Some(event)
            }
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

/// The status of work that takes things in, with how many it took in: that is told however the work ended.
///
/// # Safety
/// `taken` is null or may be written to.
pub(crate) unsafe fn tell(taken: *mut usize, work: impl FnOnce(&mut usize) -> Result<()>) -> cjm_status {
    let mut n = 0;
    let status = done(|| work(&mut n));
    if !taken.is_null() {
        // SAFETY: it is not null, and the caller vouches for it
        unsafe { taken.write(n) };
    }
    status
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::blueprint::{cjm_blueprint, cjm_blueprint_free, cjm_blueprint_parse};
    use crate::engine::*;
    use crate::store::*;
    use crate::text::cjm_text;

    /// A line that makes the library fail, to see what becomes of it.
    pub(super) const FAULT: &str = "a fault";

    const SHOP: &str = "{cjm: 1, id: shop, zone: UTC, identities: [{id: member}], events: {paid: {}}}";
    const PAID: &str = r#"{"name": "paid", "time": "2026-03-01T12:00:00Z", "identities": {"member": "m-1"}}"#;

    fn shop() -> cjm_blueprint {
        let mut blueprint = cjm_blueprint { raw: 0 };
        let made = unsafe { cjm_blueprint_parse(cjm_text::of(SHOP), &raw mut blueprint) };
        assert_eq!(made, cjm_status::CJM_OK);
        blueprint
    }

    fn last_error() -> String {
        let mut words = [0_u8; 256];
        let n = unsafe { crate::last_error::cjm_last_error(words.as_mut_ptr().cast(), words.len()) };
        String::from_utf8_lossy(&words[..n]).into_owned()
    }

    /// The status of a call with the line that makes the library fail, without words on the screen.
    fn fails(push: impl Fn(cjm_text) -> cjm_status) {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let status = push(cjm_text::of(FAULT));
        std::panic::set_hook(hook);
        assert_eq!(status, cjm_status::CJM_INTERNAL);
        assert_eq!(last_error(), "the library itself is at fault: a fault of the library");
    }

    #[test]
    fn a_fault_ends_an_engine_and_nothing_else() {
        let (blueprint, mut one, mut other) = (shop(), cjm_engine { raw: 0 }, cjm_engine { raw: 0 });
        for engine in [&raw mut one, &raw mut other] {
            assert_eq!(unsafe { cjm_engine_new(blueprint, engine) }, cjm_status::CJM_OK);
        }
        fails(|line| unsafe { cjm_engine_push_json(one, line) });
        let push = |engine| unsafe { cjm_engine_push_json(engine, cjm_text::of(PAID)) };
        assert_eq!(push(one), cjm_status::CJM_INTERNAL);
        assert_eq!(cjm_engine_advance(one, 0), cjm_status::CJM_INTERNAL);
        let mut due = 7;
        assert_eq!(unsafe { cjm_engine_next_due(one, &raw mut due) }, cjm_status::CJM_INTERNAL);
        assert_eq!((push(other), due), (cjm_status::CJM_OK, 7));
        assert_eq!(cjm_engine_free(one), cjm_status::CJM_OK);
        assert_eq!(cjm_engine_free(one), cjm_status::CJM_BAD_HANDLE);
        assert_eq!(cjm_engine_free(other), cjm_status::CJM_OK);
        assert_eq!(cjm_blueprint_free(blueprint), cjm_status::CJM_OK);
    }

    #[test]
    fn a_fault_ends_a_store_whose_file_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("till.db");
        let open = |path: &Path| {
            let (blueprint, mut store) = (shop(), cjm_store { raw: 0 });
            let path = cjm_text::of(path.to_str().unwrap());
            assert_eq!(unsafe { cjm_store_open(path, blueprint, &raw mut store) }, cjm_status::CJM_OK);
            assert_eq!(cjm_blueprint_free(blueprint), cjm_status::CJM_OK);
            store
        };
        let store = open(&path);
        let push = |store| unsafe { cjm_store_push_json(store, cjm_text::of(PAID)) };
        assert_eq!(push(store), cjm_status::CJM_OK);
        fails(|line| unsafe { cjm_store_push_json(store, line) });
        assert_eq!(push(store), cjm_status::CJM_INTERNAL);
        assert_eq!(cjm_store_flush(store), cjm_status::CJM_INTERNAL);
        assert_eq!(cjm_store_close(store), cjm_status::CJM_OK);
        assert_eq!(cjm_store_close(store), cjm_status::CJM_BAD_HANDLE);
        let store = open(&path);
        assert_eq!(STORES.with(store.raw, |open| Ok(open.host.n_customers())), Ok(1));
        assert_eq!(push(store), cjm_status::CJM_OK);
        assert_eq!(cjm_store_close(store), cjm_status::CJM_OK);
    }
}
