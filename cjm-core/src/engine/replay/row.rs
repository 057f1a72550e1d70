//! A customer of a log without any detour: rows go to the engine's steps as they lie in the log.
//!
//! Answers: the same as handing the rows over as events, for customers of one identity whose values are typed already.
//! Does not know: repeats (a log has none), links, what is remembered of recent events (nobody takes rows back).

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::sync::Arc;

use crate::base::time::{Duration, Timestamp};
use crate::customer::identity::{Identity, IdentityKey};
use crate::event::EventView;
use crate::plan::reserved;
use crate::rule::{Identified, Matched};

use super::super::bind::RowView;
use super::super::decision::Stepped;
use super::super::kernel;
use super::super::recent::attribute_texts;
use super::super::rules::{Names, Who, Whose};
use super::super::state::CustomerState;
use super::super::step::Stepping;
use super::person::{Reader, Story, text};
use super::{Until, Waiting};

/// Most rows of a customer that go without a detour. A state that has seen more may have outgrown its bound, and then
/// it forgets things: that is the engine's own to decide.
pub(super) const MOST_ROWS: usize = 128;

/// Who a row is, found out when somebody asks.
struct RowWho<'r, 'a> {
    reader: &'r Reader<'a>,
    view: &'r RowView<'r>,
    row: usize,
    /// The customer's rows before it.
    before: Range<usize>,
    customer: &'r str,
    known: OnceCell<Who>,
}

impl Whose for RowWho<'_, '_> {
    fn by(&self) -> u8 {
        0
    }

    fn key(&self) -> u64 {
        self.known().key
    }

    fn identified(&self) -> Identified {
        self.known().identified()
    }
}

/// Who a row is as long as nobody decides: its number stands for its key, and it has no name yet.
struct Numbered<'r> {
    row: usize,
    nameless: &'r Arc<str>,
}

impl Whose for Numbered<'_> {
    fn by(&self) -> u8 {
        0
    }

    fn key(&self) -> u64 {
        self.row as u64
    }

    fn identified(&self) -> Identified {
        Identified { source: self.nameless.clone(), id: self.nameless.clone() }
    }
}

/// Names the rows of a customer that decisions rest on.
struct RowNames<'r, 'a> {
    reader: &'r Reader<'a>,
    rows: Range<usize>,
    customer: &'r str,
}

impl RowNames<'_, '_> {
    fn who(&self, row: usize) -> Who {
        let view = self.reader.binding.row(row);
        let before = self.rows.start..row;
        let (reader, customer) = (self.reader, self.customer);
        RowWho { reader, view: &view, row, before, customer, known: OnceCell::new() }.known().clone()
    }
}

impl Names for RowNames<'_, '_> {
    fn name(&self, event: &Matched) -> Matched {
        // its number stays its key, by which all that is remembered of rows is known
        let Who { source, id, .. } = self.who(event.key as usize);
        Matched { source, id, ..event.clone() }
    }
}

impl RowWho<'_, '_> {
    fn known(&self) -> &Who {
        self.known.get_or_init(|| {
            let log = self.reader.log;
            let source = text(log.source(), self.row).unwrap_or_default();
            if let Some(id) = text(log.event_id(), self.row).filter(|id| !id.is_empty()) {
                return Who::of(source, id, 0);
            }
            let time = self.view.time();
            let texts = self.texts(self.view);
            // equal events of one instant are told apart by their place among them
            let same = |row: usize| {
                let other = self.reader.binding.row(row);
                other.time() == time && other.code == self.view.code && self.texts(&other) == texts
            };
            let earlier = self.before.clone().rev().take_while(|row| self.reader.binding.time(*row) == time);
            let left = Cell::new(earlier.filter(|row| same(*row)).count());
            let name = log.event_names().get(self.view.code as usize).cloned().unwrap_or_default();
            let time = time.as_micros().to_string();
            let attributes = texts.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
            let said: Vec<&str> = [self.customer, &time, &name].into_iter().chain(attributes).collect();
            Who::unnamed(source, &said, 0, |_| left.replace(left.get().saturating_sub(1)) > 0)
        })
    }

    fn texts(&self, view: &RowView<'_>) -> Vec<(String, String)> {
        let names = &self.reader.plan.names;
        let declared = view.event().map_or(&[][..], |id| names.attributes_of(id));
        let values: Vec<(&str, crate::Value)> = declared
            .iter()
            .filter_map(|(attribute, _)| {
                let value = view.attribute(*attribute).to_value();
                let said = !value.is_null() || view.clears(*attribute);
                said.then_some((&**names.attribute_name(*attribute)?, value))
            })
            .collect();
        let texts = attribute_texts(values.iter().map(|(name, value)| (*name, value)));
        texts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
    }
}

impl Reader<'_> {
    /// Whether rows may go without a detour.
    pub(super) fn is_direct(&self) -> bool {
        let reserved = [reserved::TICKET_STEP, reserved::LINKED];
        let plain = self.log.event_names().iter().all(|name| !reserved.contains(&&**name));
        plain
            && !self.options.states
            && self.plan.layout.lateness == Duration::ZERO
            && self.log.identities().len() < 2
            && self.log.is_typed_by(&self.plan.document)
    }

    /// Tells the story of one customer.
    pub(super) fn customer(&self, customer: usize, state: &mut CustomerState, story: &mut Story) {
        let plan = self.plan;
        let rows = self.own_rows(customer);
        story.replay.n_left_out += (self.log.rows(customer).len() - rows.len()) as u64;
        let heard = |row: usize| !self.binding.event(row).is_some_and(|id| plan.is_idle(id));
        if !rows.clone().any(heard) {
            // nothing looks at any of them, and nothing waits for time to pass
            story.replay.n_events += rows.len() as u64;
            return;
        }
        let key = self.log.customer_key(customer);
        state.clear();
        state.facts.identities.add(Identity {
            key: IdentityKey { kind: self.kind.clone(), value: (&*key).into() },
            since: self.binding.time(rows.start),
            source: text(self.log.source(), rows.start).unwrap_or_default(),
            event: text(self.log.event_id(), rows.start).unwrap_or_default(),
            own: true,
        });
        state.renew_origin();
        let names = RowNames { reader: self, rows: rows.clone(), customer: &key };
        // rows of one instant are put in order by their keys
        let instants = self.log.times_us().get(rows.clone()).unwrap_or_default();
        let names = Some(&names).filter(|_| self.late_names && instants.is_sorted_by(|a, b| a < b));
        for row in rows.clone() {
            let view = self.binding.row(row);
            story.replay.n_events += 1;
            let at = view.time();
            if view.event().is_some_and(|id| plan.is_idle(id)) && kernel::skim(state, at) {
                continue;
            }
            let mut stepping = self.stepping(names);
            if names.is_some() {
                stepping.event(state, &view, &Numbered { row, nameless: &self.nameless });
            } else {
                let before = rows.start..row;
                let known = OnceCell::new();
                let who = RowWho { reader: self, view: &view, row, before, customer: &key, known };
                stepping.event(state, &view, &who);
            }
            self.tell(stepping.finish(), state, story);
        }
        self.close(state, names, story);
        for Waiting { due, customer, rule, key } in self.left(state) {
            story.replay.waiting.push(Waiting { due, customer, rule, key });
        }
        story.replay.tickets.extend(state.tickets());
    }

    /// Lets time pass to the end.
    fn close(&self, state: &mut CustomerState, names: Option<&RowNames<'_, '_>>, story: &mut Story) {
        let last = self.log.last().unwrap_or_default();
        let until = match self.options.until {
            Until::LastEvent | Until::EndOfWaits => last,
            Until::At(at) => at,
        };
        self.tick(state, until, names, story);
        if self.options.until != Until::EndOfWaits {
            return;
        }
        for _ in 0..super::person::MAX_ROUNDS {
            let Some(next) = state.next_but_schedules() else { return };
            self.tick(state, next, names, story);
        }
    }

    fn stepping<'s>(&'s self, names: Option<&'s RowNames<'_, '_>>) -> Stepping<'s> {
        let stepping = Stepping::new(self.plan);
        match names {
            Some(names) => stepping.naming(names),
            None => stepping,
        }
    }

    fn tick(
        &self,
        state: &mut CustomerState,
        until: Timestamp,
        names: Option<&RowNames<'_, '_>>,
        story: &mut Story,
    ) {
        let mut stepping = self.stepping(names);
        stepping.tick(state, until);
        self.tell(stepping.finish(), state, story);
    }

    fn tell(&self, stepped: Stepped, state: &CustomerState, story: &mut Story) {
        story.take(self.plan, &|_| Some(Cow::Borrowed(state)), stepped);
    }
}
