//! When the goal and the exit of a rule came: the last few times, so that one can be taken back.
//!
//! Answers: whether they came since an instant. Bounded: the last four of each. Does not know: who asks.

use serde::{Deserialize, Serialize};

use crate::base::pack::{Pack, Packer, Unpacker, packs};
use crate::base::time::Timestamp;

/// Most times that are remembered of each.
const MAX_MARKS: usize = 4;

/// When the goal and the exit of a rule last came.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Ends {
    /// Position of the rule.
    pub(crate) rule: u32,
    /// The goal.
    pub(crate) goal: Marks,
    /// The exit.
    pub(crate) exit: Marks,
}

/// The last times of something, in order: when, how many events the customer had by then, the key of the event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Marks {
    list: Vec<(Timestamp, u32, u64)>,
}

impl Ends {
    /// Whether nothing is remembered.
    pub(crate) fn is_empty(&self) -> bool {
        self.goal.list.is_empty() && self.exit.list.is_empty()
    }

    /// Unites two sides.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.goal.list.iter().for_each(|mark| self.goal.note(*mark));
        other.exit.list.iter().for_each(|mark| self.exit.note(*mark));
    }

    /// Forgets an event.
    pub(crate) fn retract(&mut self, key: u64) {
        self.goal.list.retain(|(_, _, known)| *known != key);
        self.exit.list.retain(|(_, _, known)| *known != key);
    }
}

impl Marks {
    /// When it last came, as the time and the customer's number of events by then, but for events that are `own`: what
    /// a match rests on does not end it.
    pub(crate) fn last_but(&self, own: impl Fn(u64) -> bool) -> Option<(Timestamp, u32)> {
        self.list.iter().rev().find(|(_, _, key)| !own(*key)).map(|(at, nth, _)| (*at, *nth))
    }

    /// Notes that it came: when, the customer's number of events by then, the event's key. The oldest gives way.
    pub(crate) fn note(&mut self, mark: (Timestamp, u32, u64)) {
        if let Err(place) = self.list.binary_search(&mark) {
            if self.list.len() < MAX_MARKS {
                self.list.reserve_exact(1);
            }
            self.list.insert(place, mark);
        }
        let surplus = self.list.len().saturating_sub(MAX_MARKS);
        self.list.drain(..surplus);
    }
}

packs! {
    Ends { rule, goal, exit }
}

impl Pack for Marks {
    fn pack(&self, to: &mut Packer<'_>) {
        to.number(self.list.len() as u64);
        for (at, nth, key) in &self.list {
            at.pack(to);
            nth.pack(to);
            to.hash(*key);
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let n = from.count()?;
        let mut list = from.room(n);
        for _ in 0..n {
            list.push((Pack::unpack(from)?, Pack::unpack(from)?, from.hash()?));
        }
        Some(Self { list })
    }
}
