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
    /// The same by identity, where another one than the first brought any: by (event, identity).
    pub shares: Vec<Share>,
}

/// What one identity brought of a tracked event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Position of the tracked event.
    pub tracked: u32,
    /// Number of the identity.
    pub by: u8,
    /// When.
    pub seen: Seen,
}

impl Share {
    fn key(&self) -> (u32, u8) {
        (self.tracked, self.by)
    }
}

impl Seen {
    fn with(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

impl LifecycleState {
    /// Nothing seen, with room for `n` tracked events.
    pub fn new(n: usize) -> Self {
        Self { seen: vec![None; n], ..Self::default() }
    }

    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.row = None;
        self.since = Timestamp::default();
        self.evaluated = None;
        self.seen.iter_mut().for_each(|s| *s = None);
        self.shares.clear();
    }

    /// Records a tracked event that an identity brought.
    pub fn see(&mut self, tracked: u32, at: Timestamp, by: u8) {
        let Some(place) = self.seen.get_mut(tracked as usize) else { return };
        let now = Seen { first: at, last: at };
        let before = place.replace(place.map_or(now, |seen| seen.with(now)));
        if by == 0 && self.shares.is_empty() {
            return;
        }
        match self.shares.binary_search_by_key(&(tracked, by), Share::key) {
            Ok(place) => {
                self.shares.get_mut(place).into_iter().for_each(|share| share.seen = share.seen.with(now))
            }
            Err(place) if self.is_shared(tracked) => {
                self.shares.insert(place, Share { tracked, by, seen: now })
            }
            Err(_) if by == 0 => {}
            Err(place) => {
                self.shares.insert(place, Share { tracked, by, seen: now });
                // what came before was the first identity's
                before.into_iter().for_each(|seen| self.shares.insert(place, Share { tracked, by: 0, seen }));
            }
        }
    }

    fn is_shared(&self, tracked: u32) -> bool {
        self.shares.iter().any(|share| share.tracked == tracked)
    }

    /// What every identity brought.
    fn all_shares(&self) -> Vec<Share> {
        let first = (0_u32..).zip(&self.seen).filter(|(tracked, _)| !self.is_shared(*tracked));
        let first = first.filter_map(|(tracked, seen)| Some(Share { tracked, by: 0, seen: (*seen)? }));
        first.chain(self.shares.iter().copied()).collect()
    }

    /// Is what identities brought.
    fn share(&mut self, mut shares: Vec<Share>) {
        shares.sort_by_key(Share::key);
        shares.dedup_by(|later, first| {
            let same = later.key() == first.key();
            if same {
                first.seen = first.seen.with(later.seen);
            }
            same
        });
        self.seen.iter_mut().for_each(|seen| *seen = None);
        for share in &shares {
            if let Some(place) = self.seen.get_mut(share.tracked as usize) {
                *place = Some(place.map_or(share.seen, |seen| seen.with(share.seen)));
            }
        }
        let others: Vec<u32> =
            shares.iter().filter(|share| share.by != 0).map(|share| share.tracked).collect();
        shares.retain(|share| others.binary_search(&share.tracked).is_ok());
        self.shares = shares;
    }

    /// Puts back what an identity brought, as it was.
    pub fn put(&mut self, share: Share) {
        match self.shares.binary_search_by_key(&share.key(), Share::key) {
            Ok(place) => self.shares.get_mut(place).into_iter().for_each(|known| *known = share),
            Err(place) => self.shares.insert(place, share),
        }
    }

    /// Takes out what an identity brought. The row is found anew by the kernel.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let mut left = Self::new(self.seen.len());
        let (gone, kept) = self.all_shares().into_iter().partition(|share| leaves(share.by));
        self.share(kept);
        left.share(gone);
        left.renumber(renumber);
        left.since = self.since;
        left
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        let all = self.all_shares().into_iter();
        self.share(all.map(|share| Share { by: renumber(share.by), ..share }).collect());
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
    pub fn merge(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        let theirs = other.all_shares().into_iter();
        let theirs = theirs.map(|share| Share { by: renumber(share.by), ..share });
        self.share(self.all_shares().into_iter().chain(theirs).collect());
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
    Share { tracked, by, seen }
}

impl Pack for LifecycleState {
    /// What each identity brought is left out: the state packs it where there is any.
    fn pack(&self, to: &mut Packer<'_>) {
        self.row.pack(to);
        self.since.pack(to);
        self.evaluated.pack(to);
        to.sparse(&self.seen, Option::is_none);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let (row, since) = (Pack::unpack(from)?, Pack::unpack(from)?);
        let (evaluated, seen) = (Pack::unpack(from)?, from.sparse()?);
        Some(Self { row, since, evaluated, seen, shares: Vec::new() })
    }
}
