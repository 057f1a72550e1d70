//! Rules hear: events, moments and time become matches.
//!
//! Answers: the matches of one input in the order in which they are decided. Does not know: what they lead to.

use std::cell::Cell;
use std::sync::Arc;

use crate::base::hash::{event_key, hex, sha256_fields};
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::{Date, Zone};
use crate::engine::kernel::NoEvent;
use crate::engine::recent::{Again, Recent, RecentEvent};
use crate::engine::scope::Asker;
use crate::engine::state::CustomerState;
use crate::event::{EnvelopeField, EventId, EventView};
use crate::expr::{Program, Together};
use crate::journey::{Situation, Trip};
use crate::plan::Plan;
use crate::rule::{self, Calendar, Feed, Identified, Match, Outcome, Passed, SoFar};
use crate::signal::Dated;

use super::Ahead;
use super::record::About;

/// What rules heard of one input.
#[derive(Debug, Default)]
pub(crate) struct Hearing {
    /// Matches in the order found.
    pub(crate) matches: Vec<Match>,
    /// Steps and deferred items whose time has come.
    pub(crate) ahead: Vec<Ahead>,
    /// Waits that found no room: rule, key, when.
    pub(crate) no_room: Vec<(u32, Value, Timestamp)>,
    /// Partial matches and keys that gave way and are still to be counted.
    gave_way: u32,
    /// The decision that the event at hand acknowledges.
    pub(crate) about: Option<About>,
}

/// Answers what patterns ask about the event and the customer at hand.
struct RuleAsk<'a, E, W> {
    asker: &'a Asker<'a, E>,
    at: Situation<'a>,
    event: Option<&'a E>,
    who: &'a W,
    /// For a late event: the customer, with what is remembered of those that came before it and stand after it.
    late: Option<(&'a Plan, &'a CustomerState)>,
    nth: u32,
}

/// Who the event at hand is, asked only when something rests on it.
pub(crate) trait Whose {
    /// Number of the identity that brought it.
    fn by(&self) -> u8;

    /// Hash of source and id.
    fn key(&self) -> u64;

    /// Source and id.
    fn identified(&self) -> Identified;
}

/// Nobody asks who it is.
pub(crate) struct Unasked;

impl Whose for Unasked {
    fn by(&self) -> u8 {
        0
    }

    fn key(&self) -> u64 {
        0
    }

    fn identified(&self) -> Identified {
        Identified { source: "".into(), id: "".into() }
    }
}

impl Whose for Who {
    fn by(&self) -> u8 {
        self.by
    }

    fn key(&self) -> u64 {
        self.key
    }

    fn identified(&self) -> Identified {
        Identified { source: self.source.clone(), id: self.id.clone() }
    }
}

/// Who the event at hand is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Who {
    /// Hash of source and id.
    pub(crate) key: u64,
    /// Source and id; the id of an event without one is its hash.
    pub(crate) source: Arc<str>,
    pub(crate) id: Arc<str>,
    /// Number of the identity that brought it.
    pub(crate) by: u8,
}

impl<E: EventView, W: Whose> rule::Ask for RuleAsk<'_, E, W> {
    fn holds(&self, condition: &Program, so_far: SoFar<'_>) -> bool {
        self.asker.test(condition, self.at, &so_far).unwrap_or(false)
    }

    fn each_that_holds(&self, conditions: &Together, found: &mut dyn FnMut(u32)) {
        self.asker.each_that_holds(conditions, self.at, found);
    }

    fn value(&self, expression: &Program) -> Value {
        self.asker.compute(expression, self.at, &())
    }

    fn event(&self) -> Option<&dyn EventView> {
        self.event.map(|event| event as &dyn EventView)
    }

    fn identified(&self) -> Identified {
        self.who.identified()
    }

    fn brought_by(&self) -> u8 {
        self.who.by()
    }

    fn event_key(&self) -> u64 {
        self.who.key()
    }

    fn came_after(&self, hears: &dyn Fn(EventId) -> bool, (key, value): (Option<&Program>, &Value)) -> bool {
        let (Some(event), Some((plan, state))) = (self.event, self.late) else { return true };
        let sequence = match event.envelope(EnvelopeField::Sequence) {
            ValueRef::Int(sequence) => sequence,
            _ => 0,
        };
        let place = (event.time(), sequence);
        if state.recent.begins_after(place.0) {
            return true;
        }
        let errors = Cell::new(0);
        let after = |recent: &&RecentEvent| !recent.retracted && (recent.at, recent.sequence) > place;
        let same = |recent: &RecentEvent| {
            let event = Again { recent, layout: &plan.layout };
            if !event.event().is_some_and(hears) {
                return false;
            }
            let Some(key) = key else { return true };
            let zone = state.zone.as_ref();
            let asker = Asker::new(plan, &state.facts, zone, Some(&event), recent.at, &errors);
            let known = asker.compute(key, self.at, &());
            // what is not remembered of it may be the same
            known == Value::Null || known == *value
        };
        state.recent.iter().filter(after).any(same)
    }

    fn nth(&self) -> u32 {
        self.nth
    }
}

impl Hearing {
    fn take(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Match(found) => self.matches.push(found),
            Outcome::TooManyWaits { rule, key, at, .. } => self.no_room.push((rule, key, at)),
            Outcome::GaveWay { n, .. } => self.gave_way = self.gave_way.saturating_add(n),
        }
    }

    /// Lets the rules hear an event that was applied, and the moments it caused.
    pub(crate) fn event<E: EventView, W: Whose>(
        &mut self,
        plan: &Plan,
        state: &mut CustomerState,
        (event, id, late): (&E, EventId, Option<Passed>),
        who: &W,
        moments: &[Dated],
    ) {
        let (errors, before) = (Cell::new(0), self.matches.len());
        let about = self.about.take();
        let mut matcher = std::mem::take(&mut state.rules.matcher);
        {
            let now = event.time();
            let asker = Asker::new(plan, &state.facts, state.zone.as_ref(), Some(event), now, &errors);
            let asker = asker.about(about.as_ref());
            let at = Situation { trip: present_trip(&state.trips.open) };
            let later = late.map(|_| (plan, &*state));
            let ask = RuleAsk { asker: &asker, at, event: Some(event), who, late: later, nth: state.nth() };
            let timers = state.rules.ahead.len();
            let patterns = &plan.rules.patterns;
            matcher.feed(patterns, Feed { event: id, at: now, late, timers }, &ask, &mut |o| self.take(o));
            for dated in moments {
                matcher.hear(patterns, dated, timers, &ask, &mut |o| self.take(o));
            }
        }
        if late.is_some() {
            // what came after it in order may have ended already what it arms
            Self::recheck(plan, state, &mut matcher, &state.recent, Some(who.key()));
        }
        self.settle(state, matcher, &errors, before);
    }

    /// Lets the rules hear what time alone did, and fires what is due by then.
    pub(crate) fn time(&mut self, plan: &Plan, state: &mut CustomerState, passed: Passed, moments: &[Dated]) {
        let (errors, before) = (Cell::new(0), self.matches.len());
        let mut matcher = std::mem::take(&mut state.rules.matcher);
        {
            let asker: Asker<'_, NoEvent> =
                Asker::new(plan, &state.facts, state.zone.as_ref(), None, passed.until, &errors);
            let at = Situation { trip: present_trip(&state.trips.open) };
            let ask = RuleAsk {
                asker: &asker,
                at,
                event: None,
                who: &Who::default(),
                late: None,
                nth: state.nth(),
            };
            let patterns = &plan.rules.patterns;
            for dated in moments {
                matcher.hear(patterns, dated, state.rules.ahead.len(), &ask, &mut |o| self.take(o));
            }
            let person = Person { plan, state };
            matcher.fire(patterns, passed, &person, &mut |found| self.matches.push(found));
        }
        self.settle(state, matcher, &errors, before);
    }

    /// Sets the clocks of scheduled rules anew.
    pub(crate) fn schedule(plan: &Plan, state: &mut CustomerState, passed: Passed) {
        let mut matcher = std::mem::take(&mut state.rules.matcher);
        matcher.schedule(&plan.rules.patterns, passed, &Person { plan, state });
        state.rules.matcher = matcher;
    }

    /// Lets the recent events of another side of the customer end the waits of this one that they would have ended; or
    /// recent events of its own those waits alone that a late event armed.
    pub(crate) fn recheck(
        plan: &Plan,
        state: &CustomerState,
        matcher: &mut rule::Matcher,
        recent: &Recent,
        armed: Option<u64>,
    ) {
        if matcher.n_waits() == 0 {
            return;
        }
        let errors = Cell::new(0);
        for recent in recent.iter().filter(|recent| !recent.retracted) {
            let event = Again { recent, layout: &plan.layout };
            let Some(id) = event.event() else { continue };
            let now = event.time();
            let asker = Asker::new(plan, &state.facts, state.zone.as_ref(), Some(&event), now, &errors);
            let who = Who { key: recent.key, by: recent.by, ..Who::default() };
            let at = Situation { trip: present_trip(&state.trips.open) };
            let ask =
                RuleAsk { asker: &asker, at, event: Some(&event), who: &who, late: None, nth: state.nth() };
            matcher.recheck(&plan.rules.patterns, (id, now), armed, &ask);
        }
    }

    /// Gives the state its patterns back. What began by time came after the events so far: those matches since
    /// `before` that do not begin with an event of theirs.
    fn settle(
        &mut self,
        state: &mut CustomerState,
        matcher: rule::Matcher,
        errors: &Cell<u32>,
        before: usize,
    ) {
        for found in self.matches.iter_mut().skip(before) {
            if found.events.first().is_none_or(|event| event.time != found.began) {
                found.nth = state.nth();
            }
        }
        state.rules.matcher = matcher;
        let gave_way = &mut state.counters.matches_gave_way;
        *gave_way = gave_way.saturating_add(std::mem::take(&mut self.gave_way));
        let counted = &mut state.counters.condition_errors;
        *counted = counted.saturating_add(errors.get());
    }
}

/// The trip that conditions of rules speak of: the open one that an event landed on last.
pub(crate) fn present_trip(open: &[Trip]) -> Option<&Trip> {
    open.iter().max_by_key(|trip| (trip.landed, trip.opened))
}

impl Who {
    /// An event with an id.
    pub(crate) fn of(source: Arc<str>, id: Arc<str>, by: u8) -> Self {
        Self { key: event_key(&source, &id), source, id, by }
    }

    /// An event without an id: it is known by the hash of what it says and its place among equals; `taken` tells
    /// which keys are taken by earlier ones.
    pub(crate) fn unnamed(source: Arc<str>, said: &[&str], by: u8, taken: impl Fn(u64) -> bool) -> Self {
        let mut ordinal = 0_u32;
        loop {
            let place = ordinal.to_string();
            let fields = [&*source].into_iter().chain(said.iter().copied()).chain([place.as_str()]);
            let digest = sha256_fields(fields.map(str::as_bytes));
            let id = hex(digest.first_chunk::<16>().unwrap_or(&[0; 16]));
            let key = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
            let who = Self { key, source: source.clone(), id: id.into(), by };
            if ordinal == u32::MAX || !taken(who.key) {
                return who;
            }
            ordinal += 1;
        }
    }
}

/// The customer as schedules see it.
struct Person<'a> {
    plan: &'a Plan,
    state: &'a CustomerState,
}

impl Calendar for Person<'_> {
    fn zone(&self) -> &Zone {
        self.state.zone.as_ref().unwrap_or(&self.plan.zone)
    }

    fn member(&self, segment: u32) -> bool {
        self.state.facts.segments.checked_shr(segment).unwrap_or(0) & 1 == 1
    }

    fn date(&self, field: u32) -> Option<Date> {
        match self.state.facts.profile.value(field as usize) {
            Value::Date(date) => Some(*date),
            Value::Time(time) => Some(self.zone().date(*time)),
            _ => None,
        }
    }
}
