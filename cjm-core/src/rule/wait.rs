//! Waits: something armed, to come about at an instant unless it is ended before.
//!
//! Answers: arming, ending, taking back, what is due. Does not know: which events do so.
//!
//! A wait that was ended is kept until its instant with those who ended it, so that taking them back opens it again.
//! Where only one wait may stand (`keep`, `restart`) and two do, after a merge or after one opened again, the one
//! that would have stood decides at its instant.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::base::pack::{Pack, Packer, Unpacker, packs};
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::blueprint::model::Again;
use crate::signal::TripId;

use super::Passed;
use super::matched::Matched;

/// Most timers of one customer.
pub const MAX_TIMERS: usize = 128;
/// Most ended waits that are remembered; the first to come due gives way.
pub const MAX_ENDED: usize = 128;
/// Most events that are remembered as having ended a wait; with more it never opens again.
const MAX_ENDERS: usize = 4;

/// One wait.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wait {
    /// When it comes about.
    pub(super) due: Timestamp,
    /// Position of the rule.
    pub(super) rule: u32,
    /// The rule's key.
    pub(super) key: Value,
    /// When it was armed.
    pub(super) since: Timestamp,
    /// The event that armed it.
    pub(super) event: Option<Arc<Matched>>,
    /// For a stay: the trip and the stage.
    pub(super) stay: Option<Box<Stay>>,
}

/// What a stay is a stay in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stay {
    pub(super) journey: u32,
    pub(super) trip: TripId,
    pub(super) stage: u32,
}

/// A wait that was ended before its instant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ended {
    /// The wait.
    pub(super) wait: Wait,
    /// Keys of the events that ended it, sorted.
    pub(super) by: SmallVec<[u64; 2]>,
    /// Whether more ended it than are remembered.
    pub(super) sealed: bool,
}

/// All waits of one customer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Waits {
    /// Open ones, by rank.
    pub(super) open: Vec<Wait>,
    /// Ended ones, by rank.
    pub(super) ended: Vec<Ended>,
}

/// A new wait that found no room.
pub(super) struct NoRoom(pub(super) Wait);

impl Wait {
    /// What puts waits in order, whoever remembered them.
    fn rank(&self) -> (Timestamp, u32, u64, Option<Stay>) {
        (self.due, self.rule, self.event.as_ref().map_or(0, |e| e.key), self.stay.as_deref().copied())
    }

    fn is_of(&self, rule: u32, key: &Value) -> bool {
        self.rule == rule && self.stay.is_none() && self.key == *key
    }

    /// Whether an event of this time ends it. At the instant of its arming only a later one in order does.
    fn ends_at(&self, at: Timestamp, sequence: Option<i64>) -> bool {
        let armed = self.event.as_ref().map_or(0, |e| e.sequence);
        let after = self.since < at || (self.since == at && sequence.is_none_or(|s| s > armed));
        after && at <= self.due
    }
}

impl Ended {
    fn add(&mut self, by: u64) {
        if let Err(place) = self.by.binary_search(&by) {
            self.by.insert(place, by);
        }
        self.sealed |= self.by.len() > MAX_ENDERS;
        self.by.truncate(MAX_ENDERS);
    }
}

impl Waits {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.ended.is_empty()
    }

    /// The next instant at which one comes about.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.open.first().map(|w| w.due)
    }

    /// Opens a wait, when there is room beside `others` timers of the customer.
    pub(super) fn arm(&mut self, wait: Wait, again: Again, others: usize) -> Result<(), NoRoom> {
        let stands = |w: &Wait| w.stay.is_none() && w.is_of(wait.rule, &wait.key);
        let before = self.open.len();
        match again {
            Again::Keep if self.open.iter().any(|w| stands(w) && w.since <= wait.since) => return Ok(()),
            Again::Restart if self.open.iter().any(|w| stands(w) && w.since > wait.since) => return Ok(()),
            Again::Restart => self.move_on(&wait),
            Again::Keep | Again::Each => {}
        }
        let moves = self.open.len() < before;
        if !moves && before.saturating_add(others) >= MAX_TIMERS {
            return Err(NoRoom(wait));
        }
        self.put(wait);
        Ok(())
    }

    /// Ends every wait of a rule and key that an event of this time ends; `sequence` where the event is not the last
    /// in order.
    pub(super) fn end(&mut self, rule: u32, key: &Value, by: u64, at: Timestamp, sequence: Option<i64>) {
        self.end_those(by, |wait| wait.is_of(rule, key) && wait.ends_at(at, sequence));
    }

    /// The same of the wait alone that an event armed.
    pub(super) fn end_armed(
        &mut self,
        armed: u64,
        (rule, key): (u32, &Value),
        by: u64,
        (at, sequence): (Timestamp, Option<i64>),
    ) {
        let is_armed = |wait: &Wait| wait.event.as_ref().is_some_and(|event| event.key == armed);
        self.end_those(by, |wait| is_armed(wait) && wait.is_of(rule, key) && wait.ends_at(at, sequence));
    }

    fn end_those(&mut self, by: u64, ends: impl Fn(&Wait) -> bool) {
        self.ended.iter_mut().filter(|ended| ends(&ended.wait)).for_each(|ended| ended.add(by));
        let mut place = 0;
        while let Some(wait) = self.open.get(place) {
            if !ends(wait) {
                place += 1;
                continue;
            }
            let wait = self.open.remove(place);
            self.put_ended(Ended { wait, by: SmallVec::from_slice(&[by]), sealed: false });
        }
    }

    /// Ends what a wait of its rule and key takes the place of, by the event that arms it.
    fn move_on(&mut self, new: &Wait) {
        let by = new.event.as_ref().map(|event| event.key);
        if let Some(by) = by {
            self.end(new.rule, &new.key, by, new.since, None);
        }
        self.open.retain(|w| !w.is_of(new.rule, &new.key));
        // what so many ended never opens again, and nothing else asks for it
        self.ended.retain(|e| !(e.sealed && e.wait.is_of(new.rule, &new.key)));
    }

    /// Drops the stays of a trip.
    pub(super) fn leave(&mut self, journey: u32, trip: TripId) {
        self.open.retain(|w| w.stay.as_ref().is_none_or(|s| (s.journey, s.trip) != (journey, trip)));
    }

    /// Takes the next wait that is due, with those that would not have stood beside it; `None` inside when it would
    /// not have stood itself.
    pub(super) fn take_due(&mut self, again: impl Fn(u32) -> Again) -> Option<Wait> {
        if self.open.is_empty() {
            return None;
        }
        let wait = self.open.remove(0);
        if wait.stay.is_some() {
            return Some(wait);
        }
        match again(wait.rule) {
            Again::Each => Some(wait),
            Again::Keep => {
                self.open.retain(|w| !(w.is_of(wait.rule, &wait.key) && w.since <= wait.due));
                Some(wait)
            }
            Again::Restart => {
                let moved = self.open.iter().any(|w| w.is_of(wait.rule, &wait.key) && w.since <= wait.due);
                if moved { None } else { Some(wait) }
            }
        }
    }

    /// Computes the ends of a rule's waits anew, none before `from`; gives how many come earlier than before.
    pub(super) fn retime(&mut self, rule: u32, lasts: Duration, from: Timestamp) -> usize {
        let mut earlier = 0;
        for wait in self.open.iter_mut().filter(|wait| wait.rule == rule) {
            let due = wait.since.plus(lasts).max(from);
            earlier += usize::from(due < wait.due);
            wait.due = due;
        }
        for ended in self.ended.iter_mut().filter(|ended| ended.wait.rule == rule) {
            ended.wait.due = ended.wait.since.plus(lasts).max(from);
        }
        self.open.sort_by_key(Wait::rank);
        self.ended.sort_by_key(|ended| ended.wait.rank());
        earlier
    }

    /// Forgets ended waits whose instant has passed.
    pub(super) fn forget(&mut self, passed: Passed) {
        let gone = self.ended.partition_point(|e| passed.over(e.wait.due));
        self.ended.drain(..gone);
    }

    /// Takes an event back: what it armed is dropped, what it ended and is not yet due opens again.
    pub(super) fn retract(&mut self, key: u64, passed: Passed) -> bool {
        self.forget(passed);
        let armed = |w: &Wait| w.event.as_ref().is_some_and(|e| e.key == key);
        let before = self.open.len() + self.ended.len();
        self.open.retain(|w| !armed(w));
        self.ended.retain(|e| !armed(&e.wait));
        let mut changed = self.open.len() + self.ended.len() < before;
        let mut place = 0;
        while let Some(ended) = self.ended.get_mut(place) {
            let known = ended.by.len();
            ended.by.retain(|by| *by != key);
            changed |= ended.by.len() < known;
            if ended.by.is_empty() && !ended.sealed {
                let ended = self.ended.remove(place);
                self.put(ended.wait);
            } else {
                place += 1;
            }
        }
        changed
    }

    /// Unites two sides. A wait that one side knows as ended is ended.
    pub(super) fn merge(&mut self, other: Self) {
        for theirs in other.ended {
            self.open.retain(|w| w.rank() != theirs.wait.rank());
            match self.ended.iter_mut().find(|e| e.wait.rank() == theirs.wait.rank()) {
                None => self.put_ended(theirs),
                Some(mine) => {
                    mine.sealed |= theirs.sealed;
                    theirs.by.iter().for_each(|by| mine.add(*by));
                }
            }
        }
        for wait in other.open {
            let rank = wait.rank();
            let known = self.open.iter().chain(self.ended.iter().map(|e| &e.wait)).any(|w| w.rank() == rank);
            if !known {
                self.put(wait);
            }
        }
    }

    fn put(&mut self, wait: Wait) {
        let place = self.open.partition_point(|w| w.rank() <= wait.rank());
        if self.open.len() < 4 {
            self.open.reserve_exact(1);
        }
        self.open.insert(place, wait);
    }

    fn put_ended(&mut self, ended: Ended) {
        let place = self.ended.partition_point(|e| e.wait.rank() <= ended.wait.rank());
        if self.ended.len() < 4 {
            self.ended.reserve_exact(1);
        }
        self.ended.insert(place, ended);
        if self.ended.len() > MAX_ENDED {
            self.ended.remove(0);
        }
    }
}

/// A wait of so long from an instant on.
pub(super) fn wait(
    rule: u32,
    key: Value,
    since: Timestamp,
    lasts: Duration,
    event: Option<Arc<Matched>>,
) -> Wait {
    Wait { due: since.plus(lasts), rule, key, since, event, stay: None }
}

packs! {
    Waits { open, ended }
    Wait { due, rule, key, since, event, stay }
    Stay { journey, trip, stage }
}

impl Pack for Ended {
    fn pack(&self, to: &mut Packer<'_>) {
        self.wait.pack(to);
        to.hashes(&self.by);
        self.sealed.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { wait: Pack::unpack(from)?, by: from.hashes()?, sealed: Pack::unpack(from)? })
    }
}
