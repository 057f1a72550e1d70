//! Counts and sums in sliding windows, by rule and key.
//!
//! Answers: the total over (t-D, t] with and without the event at hand, exact up to 256 entries; beyond, the oldest
//! neighbours of one slice of the window become one entry. Does not know: which events count.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use crate::base::money;
use crate::base::pack::packs;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;

use super::Passed;
use super::spec::TotalSpec;

/// Most entries of a window.
pub const MAX_WINDOW: usize = 256;
/// Slices of a window whose entries may become one.
const SLICES: i64 = 64;
/// Entries kept beyond the bound of a count, so that a few can be taken back.
const SLACK: usize = 16;

/// The window of a rule for one key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    /// Position of the rule.
    pub(super) rule: u32,
    /// The rule's key.
    pub(super) key: Value,
    /// Entries, oldest first.
    pub(super) entries: Vec<Entry>,
}

/// An event in a window, or several of one slice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// When; of several the last.
    pub(super) at: Timestamp,
    /// Key of the event; of several 0.
    pub(super) event: u64,
    /// How many events.
    pub(super) n: u32,
    /// Number of the identity that brought it.
    pub(super) by: u8,
    /// What it adds; none in a count.
    pub(super) amount: Option<Box<Value>>,
}

impl Entry {
    /// Whether it is in the window at an instant; for a late event also whether its own has not passed.
    fn counts(&self, within: Duration, at: Timestamp, late: Option<Passed>) -> bool {
        let passed = late.is_some_and(|passed| passed.over(self.at.plus(within)));
        self.at > at.minus(within) && self.at <= at && !passed
    }
}

impl TotalSpec {
    /// Whether entries add up to the bound.
    fn enough<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> bool {
        if self.attribute.is_none() {
            let n: u64 = entries.map(|e| u64::from(e.n)).sum();
            return n >= self.at_least_n;
        }
        match total(entries.filter_map(|e| e.amount.as_deref())) {
            Some(Sum::Exact(sum)) => sum >= self.at_least,
            Some(Sum::Float(sum)) => {
                sum.partial_cmp(&money::to_float(self.at_least)).is_some_and(Ordering::is_ge)
            }
            None => false,
        }
    }

    /// How many entries the bound of a count needs.
    fn needed(&self) -> Option<usize> {
        let bound = usize::try_from(self.at_least_n).ok().filter(|_| self.attribute.is_none())?;
        bound.checked_add(SLACK).filter(|n| *n < MAX_WINDOW)
    }
}

impl Window {
    /// Takes an entry in; gives whether the total without it and with it reaches the bound at its instant.
    /// For a late one entries whose window has passed do not count, and a total that reached the bound later, without
    /// it, counts as reached.
    pub(super) fn add(&mut self, spec: &TotalSpec, entry: Entry, late: Option<Passed>) -> (bool, bool) {
        self.expire(spec.within, entry.at);
        let at = entry.at;
        let inside = |e: &&Entry| e.counts(spec.within, at, late);
        let reached_later = || {
            let has_it = |e: &&Entry| e.at > at && e.at.minus(spec.within) < at;
            let reached =
                |e: &Entry| spec.enough(self.entries.iter().filter(|o| o.counts(spec.within, e.at, None)));
            self.entries.iter().filter(has_it).any(reached)
        };
        let before = spec.enough(self.entries.iter().filter(inside)) || (late.is_some() && reached_later());
        let place = self.entries.partition_point(|e| e.at <= at);
        self.entries.insert(place, entry);
        let after = spec.enough(self.entries.iter().filter(inside));
        self.shrink(spec);
        (before, after)
    }

    /// Keys of the events in the window at an instant, without that of the event at hand.
    pub(super) fn keys(
        &self,
        within: Duration,
        at: Timestamp,
        (but, late): (u64, Option<Passed>),
    ) -> Vec<u64> {
        let inside = self.entries.iter().filter(|e| e.counts(within, at, late));
        inside.map(|e| e.event).filter(|k| *k != but && *k != 0).collect()
    }

    /// Forgets what left the window before an instant or at it.
    pub(super) fn expire(&mut self, within: Duration, at: Timestamp) {
        let edge = at.minus(within);
        let gone = self.entries.partition_point(|e| e.at <= edge);
        self.entries.drain(..gone);
    }

    /// Forgets an event; gives whether it was there.
    pub(super) fn retract(&mut self, key: u64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|e| e.event != key);
        self.entries.len() < before
    }

    /// Unites the entries of two sides.
    pub(super) fn merge(&mut self, spec: Option<&TotalSpec>, other: Self) {
        self.entries.extend(other.entries);
        self.entries.sort_by_key(|e| (e.at, e.event, e.by));
        self.entries.dedup_by(|a, b| a.event != 0 && a.event == b.event && a.at == b.at);
        if let Some(spec) = spec {
            self.shrink(spec);
        }
    }

    /// When its last event happened.
    pub(super) fn touched(&self) -> Option<Timestamp> {
        self.entries.last().map(|e| e.at)
    }

    fn shrink(&mut self, spec: &TotalSpec) {
        if let Some(needed) = spec.needed() {
            let surplus = self.entries.len().saturating_sub(needed);
            self.entries.drain(..surplus);
        }
        while self.entries.len() > MAX_WINDOW && self.fold(spec.within) {}
    }

    /// Makes the oldest two neighbours of one slice one entry; gives whether there were any.
    fn fold(&mut self, within: Duration) -> bool {
        let width = (within.as_micros() / SLICES).max(1);
        let slice = |e: &Entry| e.at.as_micros().div_euclid(width);
        let found = self.entries.windows(2).position(|pair| match pair {
            [a, b] => slice(a) == slice(b),
            _ => false,
        });
        let Some(place) = found else { return false };
        let old = self.entries.remove(place);
        if let Some(new) = self.entries.get_mut(place) {
            new.event = 0;
            new.n = new.n.saturating_add(old.n);
            new.amount = match (old.amount, new.amount.take()) {
                (Some(a), Some(b)) => total([&*a, &*b].into_iter()).map(|sum| Box::new(sum.value())),
                (a, b) => a.or(b),
            };
        }
        true
    }
}

/// A total: exact while all amounts are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sum {
    Exact(Decimal),
    Float(f64),
}

impl Sum {
    pub(super) fn value(self) -> Value {
        match self {
            Self::Exact(sum) => Value::Money(sum),
            Self::Float(sum) => Value::Number(sum),
        }
    }
}

/// The total of amounts; `None` of nothing that is a number and beyond the range of decimals.
pub(super) fn total<'a>(amounts: impl Iterator<Item = &'a Value>) -> Option<Sum> {
    let mut sum = Sum::Exact(Decimal::ZERO);
    for amount in amounts {
        let exact = match amount {
            Value::Int(i) => Some(Decimal::from(*i)),
            Value::Money(d) => Some(*d),
            _ => None,
        };
        sum = match (sum, exact) {
            (Sum::Exact(sum), Some(d)) => Sum::Exact(sum.checked_add(d)?),
            (Sum::Exact(sum), None) => Sum::Float(money::to_float(sum) + amount.as_ref().as_f64()?),
            (Sum::Float(sum), _) => Sum::Float(sum + amount.as_ref().as_f64()?),
        };
    }
    Some(sum)
}

packs! {
    Window { rule, key, entries }
    Entry { at, event as hash, n, by, amount }
}
