//! A state kept small: what of it gives way when its bytes would be more than [`MAX_STATE`].
//!
//! Answers: how large a state is at most, and a smaller state when that is too much. Features fold, then the oldest
//! recent events go, then the oldest partial matches; each is counted. Facts, trips, waits, tickets, steps ahead,
//! goals and what decisions used up never go: where these alone are more, they are the bound. Events that wait for
//! late ones have a bound of their own and do not count, so that no order of arrivals decides otherwise.
//! Does not know: bytes (see [`super::encode`]), when a step is over.
//!
//! Nothing is encoded on an ordinary step: a number that never falls short of the bytes grows with what comes in, and
//! only when it passes the limit is the state weighed.

use crate::base::pack::packs;
use crate::base::time::Timestamp;
use crate::base::value::Value;
use crate::event::{Event, EventId};
use crate::plan::Plan;
use crate::rule::{Match, Passed};

use super::kernel;
use super::state::CustomerState;

/// Most bytes of an encoded state, but for what never gives way.
pub const MAX_STATE: usize = 32 * 1024;
/// What is aimed at once something has to give way, so that the next step need not weigh again.
const AIM: usize = MAX_STATE - 8 * 1024;
/// How many entries and buckets a feature keeps, tried in turn.
const FOLDS: [usize; 4] = [64, 16, 4, 0];
/// How many partial matches give way before the state is weighed again.
const SHED: usize = 16;
/// Bytes that an outcome or an event taken back adds to a state, at most.
pub(super) const NOTE: usize = 96;
/// Bytes that a new, empty state has at most.
pub(super) const EMPTY: u32 = 512;

/// Bytes that something adds to a state, at most: what a decision leaves behind, trips.
pub(crate) mod grows {
    /// A rule of which nothing was remembered.
    pub(crate) const RULE: usize = 32;
    /// What it used up.
    pub(crate) const USE: usize = 72;
    /// Its goal.
    pub(crate) const GOAL: usize = 56;
    /// An arm or a ramp.
    pub(crate) const EXPOSURE: usize = 40;
    /// Its ticket, but for what the events say.
    pub(crate) const TICKET: usize = 448;
    /// The record of it, but for what the events say.
    pub(crate) const RECORD: usize = 96;
    /// What is known of a journey's trips.
    pub(crate) const HISTORY: usize = 72;
    /// An open trip, but for its key.
    pub(crate) const TRIP: usize = 192;
}

/// How much a part of a state has grown since it was last asked; no part of what the state is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Grown(u32);

impl PartialEq for Grown {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Grown {
    /// So many bytes more, at most.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.0 = self.0.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// So many bytes fewer, at least; what is saved beyond what has grown is not counted.
    pub(crate) fn less(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    fn take(&mut self) -> u32 {
        std::mem::take(&mut self.0)
    }
}

/// Bytes that an event of so many bytes may add to a state, at most; who it concerns and that it is remembered left
/// out.
pub(super) fn growth(plan: &Plan, event: &Event, id: Option<EventId>, bytes: usize) -> usize {
    let named = event.source.len() + event.id.len();
    let bytes = bytes + 24 * event.attributes.len() + named + 72;
    let role = id.and_then(|id| plan.roles.get(id.index()));
    let feeds = role.map_or(0, |role| role.feeds.len());
    let says = role.is_some_and(|role| role.says);
    if id.is_some_and(|id| plan.is_idle(id)) {
        return 0;
    }
    let keepers = id.map_or(0, |id| plan.rules.patterns.n_keepers(id));
    let landed = |journey: &&u32| plan.rules.patterns.arms(**journey);
    let landed = role.map_or(0, |role| role.concerns.iter().filter(landed).count());
    let watched = id.and_then(|id| plan.rules.watched.get(id.index())).map_or(0, Vec::len);
    // what the profile takes from it, what features and patterns keep; trips count for themselves
    let stored = (usize::from(says) + feeds + 2 * keepers + landed) * bytes;
    let fixed = 64 + 128 * (keepers + landed) + 48 * watched;
    stored + fixed
}

impl CustomerState {
    /// Counts what an event moved of trips, at most: `before` is what was known of the journeys.
    pub(super) fn grow_trips(&mut self, concerned: &[u32], before: (usize, u32)) {
        let now = self.trips.known(concerned);
        // a touchpoint more, and numbers that get longer
        let mut bytes = 16 * concerned.len() + grows::HISTORY * now.0.saturating_sub(before.0);
        let opened = now.1.saturating_sub(before.1) as usize;
        if opened > 0 {
            let of = self.trips.open.iter().filter(|trip| concerned.contains(&trip.journey));
            let key = of.map(|trip| value_bytes(&trip.key)).max().unwrap_or(0);
            bytes += opened * (grows::TRIP + key);
        }
        self.rules.grown.add(bytes);
    }

    /// Counts waits that an event armed by what it moved, at most.
    pub(super) fn grow_waits(&mut self, event: &Event, n: usize) {
        if n > 0 {
            let bytes =
                event.bytes() + event.source.len() + event.id.len() + 24 * event.attributes.len() + 192;
            self.rules.grown.add(n * bytes);
        }
    }
}

impl Plan {
    /// Makes a state that may have become too large smaller.
    pub(super) fn bound(&self, state: &mut CustomerState) {
        state.size = state.size.saturating_add(state.rules.grown.take());
        if state.size as usize > MAX_STATE && state.weigh() > MAX_STATE {
            self.squeeze(state);
            kernel::renew_due(self, state);
            state.timer = None;
        }
    }

    /// Lets give way what may, in the stated order, until the state is small enough.
    fn squeeze(&self, state: &mut CustomerState) {
        self.forget_passed(state);
        let mut bytes = state.weigh();
        for most in FOLDS {
            if bytes <= AIM {
                return;
            }
            let features = self.features.iter().zip(&mut state.facts.features);
            let folded: usize = features.map(|(feature, state)| state.fold(&feature.spec, most)).sum();
            if folded > 0 {
                count(&mut state.counters.entries_folded, folded);
                bytes = state.weigh();
            }
        }
        while bytes > AIM {
            let dropped = state.recent.shed(bytes - AIM);
            if dropped == 0 {
                break;
            }
            count(&mut state.counters.recent_shed, dropped);
            bytes = state.weigh();
        }
        while bytes > AIM {
            let dropped = (0..SHED).map_while(|_| state.rules.matcher.shed()).count();
            if dropped == 0 {
                break;
            }
            count(&mut state.counters.matches_shed, dropped);
            bytes = state.weigh();
        }
    }

    /// Lets go what time has passed by: the same whether a tick told of it or not.
    fn forget_passed(&self, state: &mut CustomerState) {
        let until = state.clock.frontier.unwrap_or(Timestamp::MIN);
        let passed = Passed { until, closed: state.clock.closed };
        state.rules.matcher.forget_passed(&self.rules.patterns, passed);
        for (feature, known) in self.features.iter().zip(&mut state.facts.features) {
            known.expire(&feature.spec, until);
        }
    }
}

impl CustomerState {
    /// The bytes of the state, less the events that wait; it is known from here on.
    fn weigh(&mut self) -> usize {
        let bytes = self.n_bytes();
        self.size = u32::try_from(bytes).unwrap_or(u32::MAX);
        bytes
    }
}

/// Bytes that a match adds to a state, at most.
pub(crate) fn match_bytes(found: &Match) -> usize {
    let event = |event: &std::sync::Arc<crate::rule::Matched>| {
        let values: usize = event.values.iter().map(|(_, value)| 10 + value_bytes(value)).sum();
        event.source.len() + event.id.len() + 64 + values
    };
    let events: usize = found.events.iter().map(event).sum();
    64 + value_bytes(&found.key) + events + 5 * found.steps.len() + 10 * found.rests_on.len()
}

/// Bytes of a remembered decision, at least: its id, its fields, the names of its events.
pub(crate) fn least_record_bytes(found: &Match) -> usize {
    let events = found.events.iter().map(|event| event.source.len() + event.id.len() + 10);
    32 + events.sum::<usize>()
}

/// Bytes of a value, at most.
pub(crate) fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len() + 6,
        Value::List(_) | Value::Record(_) => {
            postcard::to_stdvec(value).map_or(usize::MAX, |bytes| bytes.len())
        }
        _ => 24,
    }
}

/// Counts so many more.
pub(super) fn count(counter: &mut u32, n: usize) {
    *counter = counter.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
}

packs!(newtype Grown);
