//! One customer's state: a value that encodes on its own and says when it next wants to hear of time.
//!
//! Answers: facts, open trips, tickets, the frontier, what was counted. Does not know: other customers, the clock.

use std::sync::Arc;

use crate::base::hash::stable_id;
use crate::base::time::{Duration, Timestamp};
use crate::base::zone::Zone;
use crate::customer::Facts;
use crate::customer::identity::IdentityKey;
use crate::journey::{Trip, Trips};
use crate::plan::{Layout, Plan};
use crate::ticket::Tickets;

use super::bound;
use super::recent::Recent;
use super::rules::RuleState;
use super::waiting::Waiting;

/// Everything the engine remembers of one customer. What every event looks at stands together, from the end of `rules` to
/// the beginning of `facts`: of a customer who was long away it is what has to be fetched.
#[derive(Debug, Clone)]
#[repr(C)]
pub struct CustomerState {
    pub(crate) rules: RuleState,
    pub(crate) clock: Clock,
    /// What [`CustomerState::next_timer`] is, where that is known; no part of what the state is.
    pub(crate) timer: Option<Option<Timestamp>>,
    pub(crate) recent: Recent,
    pub(crate) waiting: Waiting,
    /// Bytes of the encoded state, at most; no part of what the state is.
    pub(crate) size: u32,
    pub(crate) counters: Counters,
    pub(crate) facts: Facts,
    pub(crate) layout: Arc<Layout>,
    pub(crate) trips: Trips,
    pub(crate) tickets: Tickets,
    /// Parts of a state that this plan does not know, as they were read.
    pub(crate) unknown: Vec<UnknownPart>,
    /// The customer's own zone, read from the profile.
    pub(crate) zone: Option<Zone>,
}

/// The customer's own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Clock {
    /// Everything up to here has happened.
    pub(crate) frontier: Option<Timestamp>,
    /// Whether the frontier's instant itself is over: a tick closed it.
    pub(crate) closed: bool,
    /// The next instant at which a trip ends by time alone.
    pub(crate) trips_due: Option<Timestamp>,
    /// The next instant at which lifecycle or segments may change by time alone.
    pub(crate) facts_due: Option<Timestamp>,
}

impl Clock {
    /// The next instant at which something changes by time alone.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        match (self.trips_due, self.facts_due) {
            (Some(trips), Some(facts)) => Some(trips.min(facts)),
            (trips, facts) => trips.or(facts),
        }
    }
}

/// What was counted while the state was fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Counters {
    /// Events applied.
    pub events: u64,
    /// Events below the frontier: they move features and profile only.
    pub late: u32,
    /// Events whose name the blueprint does not declare.
    pub undeclared: u32,
    /// Repeats of an event still remembered.
    pub repeats: u32,
    /// Conditions that ended in an error and therefore did not hold.
    pub condition_errors: u32,
    /// Declared attributes that are not optional and were missing.
    pub missing: u32,
    /// Attributes that the blueprint does not declare; they are dropped.
    pub dropped: u32,
    /// Identities beyond the limit of 32.
    pub identities_refused: u32,
    /// Events that waited for late ones and were refused when their turn came: steps of tickets.
    pub refused_in_turn: u32,
    /// Entries of features that folded earlier than their number asks for, to keep the state small.
    pub entries_folded: u32,
    /// Recent events that are no longer remembered, to keep the state small: a resend of them counts as new.
    pub recent_shed: u32,
    /// Partial matches and windows that gave way, to keep the state small.
    pub matches_shed: u32,
    /// Partial matches and keys of a rule that gave way to younger ones, because there were too many.
    pub matches_gave_way: u32,
    /// Goals that were still open and gave way to younger ones: more than 64 were.
    pub goals_shed: u32,
}

/// A part of an encoded state that a plan does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnknownPart {
    pub(crate) tag: u8,
    pub(crate) bytes: Vec<u8>,
}

impl PartialEq for CustomerState {
    fn eq(&self, other: &Self) -> bool {
        self.layout == other.layout
            && self.facts == other.facts
            && self.trips == other.trips
            && self.rules == other.rules
            && self.tickets == other.tickets
            && self.waiting == other.waiting
            && self.clock == other.clock
            && self.counters == other.counters
            && self.recent == other.recent
            && self.unknown == other.unknown
    }
}

impl CustomerState {
    /// A state that knows nobody yet: the first event names the customer.
    pub fn new(plan: &Plan) -> Self {
        let layout = plan.layout.clone();
        Self {
            facts: Facts::new(layout.features.len(), layout.fields.len(), layout.tracked.len()),
            trips: Trips::new(layout.journeys.len()),
            rules: RuleState::default(),
            tickets: Tickets::default(),
            waiting: Waiting::default(),
            clock: Clock::default(),
            counters: Counters::default(),
            recent: Recent::default(),
            unknown: Vec::new(),
            zone: None,
            size: bound::EMPTY,
            timer: None,
            layout,
        }
    }

    /// Forgets everything, keeping memory: the next customer of a batch.
    pub(crate) fn clear(&mut self) {
        self.facts.clear();
        self.trips.clear();
        self.rules.clear();
        self.tickets.clear();
        self.waiting.clear();
        self.clock = Clock::default();
        self.counters = Counters::default();
        self.recent.clear();
        self.unknown.clear();
        self.zone = None;
        self.size = bound::EMPTY;
        self.timer = None;
    }

    /// What the customer's trips are told apart by, after the customer got a key or another one.
    pub(crate) fn renew_origin(&mut self) {
        let key = self.key().filter(|_| !self.layout.journeys.is_empty());
        self.trips.origin = key.map_or(0, |key| stable_id(&key.kind, &key.value));
    }

    /// The customer key: kind and value of the identity that created the customer.
    pub fn key(&self) -> Option<&IdentityKey> {
        self.facts.identities.key()
    }

    /// What is known besides trips.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Open trips by (journey, number).
    pub fn trips(&self) -> &[Trip] {
        &self.trips.open
    }

    /// Up to where this customer's time has gone.
    pub fn frontier(&self) -> Option<Timestamp> {
        self.clock.frontier
    }

    /// When the state next wants a tick: the next instant at which something changes by time alone. Where sources may
    /// be late, that much later, and for events that wait too.
    pub fn next_due(&self) -> Option<Timestamp> {
        let lateness = self.layout.lateness;
        if lateness == Duration::ZERO {
            return self.next_timer();
        }
        let due = self.next_timer().into_iter().chain(self.waiting.first()).min()?;
        Some(due.plus(lateness))
    }

    /// How many events were applied: what tells apart the order of those of one instant.
    pub(crate) fn nth(&self) -> u32 {
        u32::try_from(self.counters.events).unwrap_or(u32::MAX)
    }

    /// How many events wait for late ones.
    pub fn n_waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The next instant at which something comes about by time alone.
    pub(crate) fn next_timer(&self) -> Option<Timestamp> {
        if let Some(known) = self.timer {
            debug_assert_eq!(known, self.find_timer(), "the timer that is remembered is the next");
            return known;
        }
        self.find_timer()
    }

    /// Finds the next timer once for all who ask until something changes.
    pub(crate) fn know_timer(&mut self) {
        self.timer = Some(self.find_timer());
    }

    fn find_timer(&self) -> Option<Timestamp> {
        let timers = self.clock.due().into_iter().chain(self.rules.next_due());
        timers.chain(self.tickets.next_due()).min()
    }

    /// The next instant at which something comes about by time alone, schedules left out, which never end; and the
    /// last of the events that wait for late ones.
    pub(crate) fn next_but_schedules(&self) -> Option<Timestamp> {
        let ahead = self.rules.ahead.first().map(|ahead| ahead.due);
        let waits = self.rules.matcher.next_wait();
        let timers = self.clock.due().into_iter().chain(waits).chain(ahead).chain(self.tickets.next_due());
        timers.chain(self.waiting.last()).min()
    }

    /// The next instant at which something but a step ahead or the limit of a ticket comes about by time alone.
    pub(crate) fn next_but_steps(&self) -> Option<Timestamp> {
        self.clock.due().into_iter().chain(self.rules.matcher.next_due()).min()
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The lifecycle state's id.
    pub fn lifecycle<'p>(&self, plan: &'p Plan) -> Option<&'p str> {
        let row = self.facts.lifecycle.row?;
        plan.names.lifecycle().get(row as usize).map(|id| &**id)
    }
}
