//! Lifecycle: which state a customer is in, by events and by time.
//!
//! Answers: the last row that holds, and the next instant at which one may begin by time alone.
//! Does not know: how a row's condition is evaluated; the kernel hands that over.

use serde::{Deserialize, Serialize};

use crate::base::pack::{Pack, Packer, Unpacker, packs};
use crate::base::time::{Duration, Timestamp};
use crate::expr::Program;

/// One row, compiled. Numbers are positions of tracked events.
#[derive(Debug, Clone)]
pub struct LifecycleSpec {
    /// Holds from the first such event on.
    pub event: Option<u32>,
    /// Holds while this does.
    pub condition: Option<Program>,
    /// Holds from the last such event + duration on, never without one.
    pub idle: Option<(u32, Duration)>,
}

/// First and last instant of a tracked event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The first one.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
}

/// Where a customer stands in the lifecycle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LifecycleState {
    /// Position of the current row; `None` before the first event or without a lifecycle.
    pub row: Option<u32>,
    /// Since when.
    pub since: Timestamp,
    /// Up to which instant, itself included, the rows were evaluated.
    pub evaluated: Option<Timestamp>,
    /// Tracked events by position in the plan.
    pub seen: Vec<Option<Seen>>,
}

impl LifecycleState {
    /// Nothing seen, with room for `n` tracked events.
    pub fn new(n: usize) -> Self {
        Self { row: None, since: Timestamp::default(), evaluated: None, seen: vec![None; n] }
    }

    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.row = None;
        self.since = Timestamp::default();
        self.evaluated = None;
        self.seen.iter_mut().for_each(|s| *s = None);
    }

    /// Records a tracked event.
    pub fn see(&mut self, tracked: u32, at: Timestamp) {
        if let Some(place) = self.seen.get_mut(tracked as usize) {
            let seen = place.get_or_insert(Seen { first: at, last: at });
            seen.first = seen.first.min(at);
            seen.last = seen.last.max(at);
        }
    }

    /// The last row that holds at `now`; the first row always does.
    pub fn holds(
        &self,
        rows: &[LifecycleSpec],
        now: Timestamp,
        condition: impl Fn(&Program) -> bool,
    ) -> Option<u32> {
        let holds = |row: &LifecycleSpec| {
            row.event.is_none_or(|e| self.seen(e).is_some())
                && row.idle.is_none_or(|(e, d)| self.seen(e).is_some_and(|s| s.last.plus(d) <= now))
                && row.condition.as_ref().is_none_or(&condition)
        };
        let last = rows.iter().enumerate().rev().find(|(place, row)| *place == 0 || holds(row))?;
        u32::try_from(last.0).ok()
    }

    /// The next instant, not yet evaluated, at which an `idle` begins to hold.
    pub fn next_change(&self, rows: &[LifecycleSpec]) -> Option<Timestamp> {
        rows.iter()
            .filter_map(|row| row.idle)
            .filter_map(|(e, d)| self.seen(e).map(|s| s.last.plus(d)))
            .filter(|due| Some(*due) > self.evaluated)
            .min()
    }

    /// Unites what two sides saw. The row is found anew by the kernel.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.seen.iter_mut().zip(&other.seen) {
            *mine = match (*mine, *theirs) {
                (Some(a), Some(b)) => Some(Seen { first: a.first.min(b.first), last: a.last.max(b.last) }),
                (a, b) => a.or(b),
            };
        }
        self.row = self.row.max(other.row);
        self.since = self.since.max(other.since);
        self.evaluated = self.evaluated.max(other.evaluated);
    }

    fn seen(&self, tracked: u32) -> Option<Seen> {
        self.seen.get(tracked as usize).copied().flatten()
    }
}

packs! {
    Seen { first, last }
}

impl Pack for LifecycleState {
    fn pack(&self, to: &mut Packer<'_>) {
        self.row.pack(to);
        self.since.pack(to);
        self.evaluated.pack(to);
        to.sparse(&self.seen, Option::is_none);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let (row, since) = (Pack::unpack(from)?, Pack::unpack(from)?);
        Some(Self { row, since, evaluated: Pack::unpack(from)?, seen: from.sparse()? })
    }
}
