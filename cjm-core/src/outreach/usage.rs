//! What a customer's decisions have used up of caps and cool-downs.
//!
//! Answers: how many decisions a cap counts at an instant, until when a rule cools down; takes back, unites, deals
//! out again. Bounded: 256 entries; beyond, the oldest fold into one entry per rule, channel and purpose. Does not
//! know: why a decision was made, nor the caps themselves (see [`super::Limits`]).

use serde::{Deserialize, Serialize};

use crate::base::pack::packs;
use crate::base::time::{Duration, Timestamp};
use crate::base::zone::Zone;

use super::caps::{CapSpec, Contact, Limits};
use super::ids::DecisionId;

/// Most entries kept one by one.
pub const MAX_USES: usize = 256;
/// Most kinds of entries that are folded; beyond, the kind used longest ago is dropped and counted.
pub const MAX_FOLDED: usize = 64;

/// One decision that was made, or the match of a held-out customer that would have led to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Use {
    /// The decision's due.
    pub at: Timestamp,
    /// The decision, made or not.
    pub id: DecisionId,
    /// Position of the rule.
    pub rule: u32,
    /// Position of the channel; `None` of what reaches no customer (a ticket, a call): it uses up the cool-down alone.
    pub channel: Option<u32>,
    /// Position of the purpose.
    pub purpose: Option<u32>,
    /// Number of the identity that brought it.
    pub by: u8,
    /// Whether it uses up shared caps.
    pub counts: bool,
    /// Whether the customer was held out: it uses up the rule's own caps and cool-down alone.
    pub held_out: bool,
}

/// Entries of one kind that became one. It counts until the newest of them leaves the span, so that a cap may
/// refuse too long, never too little.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Folded {
    /// Position of the rule.
    pub rule: u32,
    /// Position of the channel.
    pub channel: Option<u32>,
    /// Position of the purpose.
    pub purpose: Option<u32>,
    /// Whether they use up shared caps.
    pub shared: bool,
    /// When the newest was due.
    pub newest: Timestamp,
    /// How many.
    pub n: u32,
}

/// Whose cap it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapOf {
    /// The rule's at this position: it counts that rule's decisions alone, held out or made.
    Rule(u32),
    /// Shared: it counts made decisions of all rules that count.
    Outreach,
}

/// What one customer's decisions have used up. Empty, it owns no memory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    uses: Vec<Use>,
    folded: Vec<Folded>,
    dropped: u32,
}

impl Use {
    /// A made decision that reaches a customer, brought by the customer's first identity.
    pub fn made(at: Timestamp, id: DecisionId, to: Contact, limits: &Limits) -> Self {
        let Contact { rule, channel, purpose } = to;
        let counts = limits.rule(rule).is_none_or(|r| r.counts);
        Self { at, id, rule, channel: Some(channel), purpose, by: 0, counts, held_out: false }
    }

    /// Whether it uses up shared caps.
    fn shared(&self) -> bool {
        self.counts && !self.held_out
    }

    fn folded(&self) -> Folded {
        let Self { at, rule, channel, purpose, .. } = *self;
        Folded { rule, channel, purpose, shared: self.shared(), newest: at, n: 1 }
    }
}

impl Folded {
    fn kind(&self) -> (u32, Option<u32>, Option<u32>, bool) {
        (self.rule, self.channel, self.purpose, self.shared)
    }

    /// Whether a cap counts entries of this kind.
    fn counted_by(&self, cap: &CapSpec, of: CapOf) -> bool {
        let of_cap = match of {
            CapOf::Rule(rule) => self.rule == rule,
            CapOf::Outreach => self.shared,
        };
        of_cap && self.channel.is_some_and(|channel| cap.concerns(channel, self.purpose))
    }

    /// Whether anything still looks at it at `now`.
    fn looked_at(&self, limits: &Limits, now: Timestamp) -> bool {
        let length = limits.looks_back(self.rule, self.channel, self.purpose, self.shared);
        length.is_some_and(|length| now.since(self.newest) < length)
    }
}

impl Usage {
    /// From entries as they were given out by [`Usage::iter`], [`Usage::folded`] and [`Usage::dropped`].
    pub fn of(
        uses: impl IntoIterator<Item = Use>,
        folded: impl IntoIterator<Item = Folded>,
        dropped: u32,
    ) -> Self {
        let mut usage = Self { uses: uses.into_iter().collect(), folded: Vec::new(), dropped };
        folded.into_iter().for_each(|f| usage.fold(f));
        usage.tidy();
        usage
    }

    /// Whether the cap leaves room for one more at `at`.
    pub fn allows(&self, cap: &CapSpec, of: CapOf, at: Timestamp, zone: &Zone) -> bool {
        self.used(cap, of, at, zone) < cap.at_most
    }

    /// How many decisions the cap counts at `at`, in the customer's zone.
    pub fn used(&self, cap: &CapSpec, of: CapOf, at: Timestamp, zone: &Zone) -> u32 {
        let entries = self.uses.iter().map(Use::folded).chain(self.folded.iter().copied());
        let counted = entries.filter(|e| e.counted_by(cap, of) && cap.span.holds(e.newest, at, zone));
        counted.fold(0, |n, e| n.saturating_add(e.n))
    }

    /// The first instant from `at` on at which the cap leaves room again, if nothing more is decided; `at` itself when
    /// it does now, `None` when it never does.
    pub fn frees(&self, cap: &CapSpec, of: CapOf, at: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let entries = self.uses.iter().map(Use::folded).chain(self.folded.iter().copied());
        let counted = entries.filter(|e| e.counted_by(cap, of) && cap.span.holds(e.newest, at, zone));
        let mut counted: Vec<(Timestamp, u32)> = counted.map(|e| (e.newest, e.n)).collect();
        counted.sort_unstable();
        let mut used = counted.iter().fold(0_u32, |n, (_, more)| n.saturating_add(*more));
        let mut free = Some(at);
        let mut oldest = counted.into_iter();
        while used >= cap.at_most {
            let (then, n) = oldest.next()?;
            used = used.saturating_sub(n);
            free = cap.span.leaves(then, zone);
        }
        free
    }

    /// Until when a rule of this cool-down may not decide again, by the decisions for which `own` does not hold;
    /// `None` when it may at `at`. No two decisions stand nearer than the cool-down, whichever is computed first.
    pub fn cools_until(
        &self,
        rule: u32,
        cool_down: Duration,
        at: Timestamp,
        own: impl Fn(DecisionId) -> bool,
    ) -> Option<Timestamp> {
        let uses = self.uses.iter().filter(|u| u.rule == rule && !own(u.id)).map(|u| u.at);
        let folded = self.folded.iter().filter(|f| f.rule == rule).map(|f| f.newest);
        let near = |then: &Timestamp| at.since(*then).max(then.since(at)) < cool_down;
        uses.chain(folded).filter(near).max().map(|then| then.plus(cool_down))
    }

    /// Enters a decision, unless it is known or nothing will ever look at it; whether it did.
    pub fn use_up(&mut self, limits: &Limits, new: Use) -> bool {
        let idle = limits.looks_back(new.rule, new.channel, new.purpose, new.shared()).is_none();
        if idle || self.uses.iter().any(|u| u.id == new.id) {
            return false;
        }
        if self.uses.len() >= MAX_USES {
            self.prune(limits, new.at);
        }
        if self.uses.len() < 4 {
            self.uses.reserve_exact(1);
        }
        let place = self.uses.partition_point(|u| *u <= new);
        self.uses.insert(place, new);
        self.shrink();
        true
    }

    /// Gives back what a decision used up, because it did not reach anybody (`failed`, `rejected`, `skipped`,
    /// `expired`). `false` when it is not known: it used up nothing, is not looked at any more, or was folded.
    pub fn give_back(&mut self, id: DecisionId) -> bool {
        let before = self.uses.len();
        self.uses.retain(|u| u.id != id);
        self.uses.len() < before
    }

    /// Forgets what no cap or cool-down will look at again from `now` on.
    pub fn prune(&mut self, limits: &Limits, now: Timestamp) {
        self.uses.retain(|u| u.folded().looked_at(limits, now));
        self.folded.retain(|f| f.looked_at(limits, now));
    }

    /// Unites two sides entry by entry; `renumber` maps the other side's identity numbers to this side's.
    pub fn merge(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        self.uses.extend(other.uses.iter().map(|u| Use { by: renumber(u.by), ..*u }));
        other.folded.iter().for_each(|f| self.fold(*f));
        self.dropped = self.dropped.saturating_add(other.dropped);
        self.tidy();
    }

    /// Takes out what an identity brought. What was folded stays.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let (gone, kept): (Vec<Use>, Vec<Use>) = self.uses.drain(..).partition(|u| leaves(u.by));
        self.uses = kept;
        Self::of(gone.into_iter().map(|u| Use { by: renumber(u.by), ..u }), [], 0)
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        self.uses.iter_mut().for_each(|u| u.by = renumber(u.by));
    }

    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.uses.clear();
        self.folded.clear();
        self.dropped = 0;
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.folded.is_empty()
    }

    /// Every entry kept one by one, by (due, id).
    pub fn iter(&self) -> impl Iterator<Item = &Use> {
        self.uses.iter()
    }

    /// What was folded, by (rule, channel, purpose, shared).
    pub fn folded(&self) -> impl Iterator<Item = &Folded> {
        self.folded.iter()
    }

    /// How many folded decisions were dropped while something may still have looked at them.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    fn tidy(&mut self) {
        self.uses.sort_unstable();
        self.uses.dedup_by_key(|u| (u.at, u.id));
        self.shrink();
    }

    /// The oldest beyond the bound fold.
    fn shrink(&mut self) {
        let surplus = self.uses.len().saturating_sub(MAX_USES);
        let oldest: Vec<Use> = self.uses.drain(..surplus).collect();
        oldest.iter().for_each(|u| self.fold(u.folded()));
    }

    fn fold(&mut self, new: Folded) {
        match self.folded.binary_search_by_key(&new.kind(), Folded::kind) {
            Err(place) => self.folded.insert(place, new),
            Ok(place) => {
                if let Some(known) = self.folded.get_mut(place) {
                    known.n = known.n.saturating_add(new.n);
                    known.newest = known.newest.max(new.newest);
                }
            }
        }
        if self.folded.len() > MAX_FOLDED {
            let oldest =
                (0..self.folded.len()).min_by_key(|p| self.folded.get(*p).map(|f| (f.newest, f.kind())));
            let gone = oldest.map(|place| self.folded.remove(place));
            self.dropped = self.dropped.saturating_add(gone.map_or(0, |f| f.n));
        }
    }
}

packs! {
    Usage { uses, folded, dropped }
    Use { at, id, rule, channel, purpose, by, counts, held_out }
    Folded { rule, channel, purpose, shared, newest, n }
}
