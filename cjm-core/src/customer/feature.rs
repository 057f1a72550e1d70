//! Features: running aggregates of one customer over all time or a sliding window (t - W, t].
//!
//! Answers: the value of a feature after an event and as time passes, and when it changes next by time alone.
//! Exact up to 256 entries; then the oldest fold into buckets and the value says that it is approximate.
//! Does not know: events and conditions; it is handed a time, a value and who brought it.

use std::cmp::Ordering::{self, Greater, Less};
use std::collections::VecDeque;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::base::money;
use crate::base::pack::packs;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::{Value, ValueRef};
use crate::blueprint::model::Aggregate;

/// Entries kept exactly.
pub const EXACT_ENTRIES: usize = 256;
/// Buckets that a window is folded into.
const BUCKETS_PER_WINDOW: i64 = 64;

/// What a feature computes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureSpec {
    /// The aggregate.
    pub aggregate: Aggregate,
    /// Sliding window; all time when `None`.
    pub within: Option<Duration>,
}

/// What one customer's feature remembers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FeatureState {
    entries: VecDeque<Entry>,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    at_us: i64,
    by: u8,
    /// The lower half of the event's key, to take it back by; 0 where nobody will.
    key: u32,
    value: Value,
}

/// Entries folded together: those of one slice of time.
/// Of the values only the one that the aggregate reads is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Bucket {
    slice: i64,
    oldest_us: i64,
    newest_us: i64,
    n: u64,
    sum: Value,
    min: Value,
    max: Value,
    first: Value,
    last: Value,
}

impl FeatureSpec {
    /// Whether the value can change by time alone at known instants.
    pub fn slides(&self) -> bool {
        self.within.is_some()
    }

    fn slice_of(&self, at_us: i64) -> i64 {
        self.within.map_or(0, |w| at_us.div_euclid((w.as_micros() / BUCKETS_PER_WINDOW).max(1)))
    }
}

impl FeatureState {
    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.buckets.clear();
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.buckets.is_empty()
    }

    /// Whether the value rests on folded entries that may already have left the window, or count twice.
    pub fn approximate(&self, spec: &FeatureSpec) -> bool {
        !self.buckets.is_empty() && (spec.slides() || spec.aggregate == Aggregate::Distinct)
    }

    /// Adds a value of an event at `at`, brought by the identity numbered `by`. Entries stay in order of time.
    pub fn add(&mut self, spec: &FeatureSpec, at: Timestamp, value: Value, by: u8) {
        self.add_of(spec, at, value, by, 0);
    }

    /// The same of an event that may be taken back by its key.
    pub fn add_of(&mut self, spec: &FeatureSpec, at: Timestamp, value: Value, by: u8, key: u64) {
        let at_us = at.as_micros();
        if spec.aggregate == Aggregate::Distinct
            && let Some(known) = self.entries.iter().position(|e| e.by == by && e.value == value)
        {
            match self.entries.get(known) {
                Some(entry) if entry.at_us <= at_us => drop(self.entries.remove(known)),
                _ => return,
            }
        }
        let later = self.entries.iter().rev().take_while(|e| e.at_us > at_us).count();
        let place = self.entries.len() - later;
        self.entries.insert(place, Entry { at_us, by, key: key as u32, value });
        if self.entries.len() > EXACT_ENTRIES {
            self.fold_oldest(spec);
        }
    }

    /// Forgets the event of a key that happened at `at`, unless it was folded. Gives whether it was there.
    /// Of equal values that `distinct` keeps as one the last event stands for all.
    pub fn retract(&mut self, at: Timestamp, key: u64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|e| e.at_us != at.as_micros() || e.key != key as u32 || e.key == 0);
        self.entries.len() < before
    }

    /// Drops what has left the window at `now`.
    pub fn expire(&mut self, spec: &FeatureSpec, now: Timestamp) {
        let Some(within) = spec.within else { return };
        let edge = now.as_micros().saturating_sub(within.as_micros());
        while self.entries.front().is_some_and(|e| e.at_us <= edge) {
            self.entries.pop_front();
        }
        if !self.buckets.is_empty() {
            self.buckets.retain(|b| b.newest_us > edge);
        }
    }

    /// The next instant at which the value changes by time alone.
    pub fn next_change(&self, spec: &FeatureSpec) -> Option<Timestamp> {
        let within = spec.within?;
        let oldest = self.entries.front().map(|e| e.at_us);
        let folded = self.buckets.iter().map(|b| b.newest_us).min();
        let first = oldest.into_iter().chain(folded).min()?;
        // what would leave the window after the end of time never does
        Timestamp::from_micros(first.saturating_add(within.as_micros()))
    }

    /// The value at `now`: of nothing count, sum and distinct are 0, the others null.
    pub fn value(&self, spec: &FeatureSpec, now: Timestamp) -> ValueRef<'_> {
        let edge = spec.within.map_or(i64::MIN, |w| now.as_micros().saturating_sub(w.as_micros()));
        let live = self.entries.iter().filter(|e| e.at_us > edge);
        let old = self.buckets.iter().filter(|b| b.newest_us > edge);
        match spec.aggregate {
            Aggregate::Distinct => {
                let folded: u64 = old.map(|b| b.n).sum();
                ValueRef::Int(
                    i64::try_from(folded.saturating_add(self.n_different(edge))).unwrap_or(i64::MAX),
                )
            }
            Aggregate::Count => {
                let folded: u64 = old.map(|b| b.n).sum();
                let exact = if edge == i64::MIN { self.entries.len() } else { live.count() };
                ValueRef::Int(i64::try_from(folded.saturating_add(exact as u64)).unwrap_or(i64::MAX))
            }
            Aggregate::Sum => {
                total(old.map(|b| &b.sum).chain(live.map(|e| &e.value))).map_or(ValueRef::Int(0), scalar)
            }
            Aggregate::Mean => self.mean(edge),
            Aggregate::Min => extreme(old.map(|b| &b.min).chain(live.map(|e| &e.value)), Less).as_ref(),
            Aggregate::Max => extreme(old.map(|b| &b.max).chain(live.map(|e| &e.value)), Greater).as_ref(),
            // entries taken back or dealt out may leave others on either side of what was folded
            Aggregate::First => {
                let folded = old.map(|b| (b.oldest_us, &b.first));
                let all = folded.chain(live.map(|e| (e.at_us, &e.value)).next());
                all.min_by_key(|(at, _)| *at).map_or(ValueRef::Null, |(_, value)| value.as_ref())
            }
            Aggregate::Last => {
                let newest = self.entries.back().filter(|e| e.at_us > edge);
                let all = old.map(|b| (b.newest_us, &b.last)).chain(newest.map(|e| (e.at_us, &e.value)));
                all.max_by_key(|(at, _)| *at).map_or(ValueRef::Null, |(_, value)| value.as_ref())
            }
            Aggregate::Since => self.newest_us(edge).map_or(ValueRef::Null, |t| {
                ValueRef::Duration(Duration::from_micros(now.as_micros().saturating_sub(t)))
            }),
        }
    }

    /// Unites two sides of one customer; `renumber` maps the other side's identity numbers to this side's.
    pub fn merge(&mut self, spec: &FeatureSpec, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        for bucket in &other.buckets {
            self.fold_bucket(bucket.clone());
        }
        let mut all: Vec<Entry> = self.entries.drain(..).collect();
        all.extend(other.entries.iter().map(|e| Entry { by: renumber(e.by), ..e.clone() }));
        all.sort_by_key(|a| (a.at_us, a.by));
        if spec.aggregate == Aggregate::Distinct {
            let mut kept: Vec<Entry> = Vec::with_capacity(all.len());
            for entry in all.into_iter().rev() {
                if kept.iter().all(|k| k.by != entry.by || k.value != entry.value) {
                    kept.push(entry);
                }
            }
            kept.reverse();
            all = kept;
        }
        self.entries = all.into();
        while self.entries.len() > EXACT_ENTRIES {
            self.fold_oldest(spec);
        }
    }

    /// Takes out the entries that an identity brought. Folded entries stay.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let (gone, kept): (Vec<Entry>, Vec<Entry>) = self.entries.drain(..).partition(|e| leaves(e.by));
        self.entries = kept.into();
        let entries = gone.into_iter().map(|e| Entry { by: renumber(e.by), ..e }).collect();
        Self { entries, buckets: Vec::new() }
    }

    /// Rewrites the identity numbers of the entries.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        for entry in &mut self.entries {
            entry.by = renumber(entry.by);
        }
    }

    /// Different values; the same value brought by two identities of one customer counts once.
    fn n_different(&self, edge: i64) -> u64 {
        let live = || self.entries.iter().filter(|e| e.at_us > edge);
        let first = |(place, entry): &(usize, &Entry)| live().take(*place).all(|e| e.value != entry.value);
        let one_side = self.entries.iter().all(|e| Some(e.by) == self.entries.front().map(|f| f.by));
        if one_side { live().count() as u64 } else { live().enumerate().filter(first).count() as u64 }
    }

    fn newest_us(&self, edge: i64) -> Option<i64> {
        let folded = self.buckets.iter().map(|b| b.newest_us).max();
        self.entries.back().map(|e| e.at_us).max(folded).filter(|t| *t > edge)
    }

    fn mean(&self, edge: i64) -> ValueRef<'static> {
        let live = self.entries.iter().filter(|e| e.at_us > edge);
        let old = self.buckets.iter().filter(|b| b.newest_us > edge);
        let n: u64 = old.clone().map(|b| b.n).sum::<u64>() + live.clone().count() as u64;
        let sum = total(old.map(|b| &b.sum).chain(live.map(|e| &e.value)));
        match (n, sum) {
            (0, _) | (_, None) => ValueRef::Null,
            (n, Some(Value::Money(d))) => d
                .checked_div(Decimal::from(n))
                .map_or(ValueRef::Null, |mean| ValueRef::Money(mean.round_dp(8))),
            (n, Some(sum)) => {
                sum.as_ref().as_f64().map_or(ValueRef::Null, |x| ValueRef::Number(x / n as f64))
            }
        }
    }

    fn fold_oldest(&mut self, spec: &FeatureSpec) {
        let Some(entry) = self.entries.pop_front() else { return };
        let (slice, at_us) = (spec.slice_of(entry.at_us), entry.at_us);
        let mut bucket = Bucket { slice, oldest_us: at_us, newest_us: at_us, n: 1, ..Bucket::default() };
        let read = match spec.aggregate {
            Aggregate::Sum | Aggregate::Mean => Some(&mut bucket.sum),
            Aggregate::Min => Some(&mut bucket.min),
            Aggregate::Max => Some(&mut bucket.max),
            Aggregate::First => Some(&mut bucket.first),
            Aggregate::Last => Some(&mut bucket.last),
            Aggregate::Count | Aggregate::Distinct | Aggregate::Since => None,
        };
        if let Some(read) = read {
            *read = entry.value;
        }
        self.fold_bucket(bucket);
    }

    /// Makes what is remembered smaller: at most so many entries and, but for one, so many buckets; the oldest fold.
    /// Gives how many entries were folded.
    pub fn fold(&mut self, spec: &FeatureSpec, most: usize) -> usize {
        let surplus = self.entries.len().saturating_sub(most);
        (0..surplus).for_each(|_| self.fold_oldest(spec));
        while self.buckets.len() > most.max(1) {
            let oldest = self.buckets.remove(0);
            let Some(next) = self.buckets.first_mut() else { break };
            next.take_older(oldest);
        }
        surplus
    }

    fn fold_bucket(&mut self, new: Bucket) {
        match self.buckets.binary_search_by_key(&new.slice, |b| b.slice) {
            Err(place) => self.buckets.insert(place, new),
            Ok(place) => {
                if let Some(bucket) = self.buckets.get_mut(place) {
                    bucket.take(new);
                }
            }
        }
    }
}

impl Bucket {
    /// Takes another in, which arrived later: of what happened at one instant its own comes first.
    fn take(&mut self, new: Self) {
        self.n += new.n;
        self.sum = total([&self.sum, &new.sum].into_iter()).unwrap_or(Value::Null);
        self.min = extreme([&self.min, &new.min].into_iter(), Less).clone();
        self.max = extreme([&self.max, &new.max].into_iter(), Greater).clone();
        if new.oldest_us < self.oldest_us {
            (self.oldest_us, self.first) = (new.oldest_us, new.first);
        }
        if new.newest_us >= self.newest_us {
            (self.newest_us, self.last) = (new.newest_us, new.last);
        }
    }

    /// Takes an older slice in.
    fn take_older(&mut self, older: Self) {
        let slice = self.slice;
        let newer = std::mem::replace(self, older);
        self.take(newer);
        self.slice = slice;
    }
}

/// The exact total of ints or decimals, else the float total; `None` of nothing, and null when it left its range.
fn total<'a>(values: impl Iterator<Item = &'a Value>) -> Option<Value> {
    let mut sum: Option<Value> = None;
    for value in values {
        sum = match (sum, value) {
            (sum, Value::Null) => sum,
            (None, Value::Int(_) | Value::Number(_) | Value::Money(_)) => Some(value.clone()),
            (Some(sum), value) => Some(plus(&sum, value)),
            (None, _) => None,
        };
    }
    sum
}

fn plus(a: &Value, b: &Value) -> Value {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => x.checked_add(*y).map_or(Value::Null, Value::Int),
        (Value::Money(x), Value::Money(y)) => x.checked_add(*y).map_or(Value::Null, Value::Money),
        (Value::Money(x), Value::Int(y)) | (Value::Int(y), Value::Money(x)) => {
            x.checked_add(Decimal::from(*y)).map_or(Value::Null, Value::Money)
        }
        _ => match (a.as_ref().as_f64(), b.as_ref().as_f64()) {
            (Some(x), Some(y)) if (x + y).is_finite() => Value::Number(x + y),
            _ => Value::Null,
        },
    }
}

/// A value that owns no memory, handed out by copy; null for any other.
fn scalar(value: Value) -> ValueRef<'static> {
    match value {
        Value::Int(i) => ValueRef::Int(i),
        Value::Number(x) => ValueRef::Number(x),
        Value::Money(d) => ValueRef::Money(d),
        _ => ValueRef::Null,
    }
}

/// The smallest or largest value; the earlier of equals.
fn extreme<'a>(values: impl Iterator<Item = &'a Value>, wanted: Ordering) -> &'a Value {
    let mut best: &Value = &Value::Null;
    for value in values.filter(|v| !v.is_null()) {
        if best.is_null() || order(value, best) == Some(wanted) {
            best = value;
        }
    }
    best
}

/// The order of two values of one type; numbers, ints and money compare with each other.
pub fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Some(x.cmp(y)),
        (Value::Money(x), Value::Money(y)) => Some(x.cmp(y)),
        (Value::Money(x), Value::Int(y)) => Some(x.cmp(&Decimal::from(*y))),
        (Value::Int(x), Value::Money(y)) => Some(Decimal::from(*x).cmp(y)),
        (Value::Money(x), Value::Number(y)) => Some(x.cmp(&money::of_float(*y)?)),
        (Value::Number(x), Value::Money(y)) => Some(money::of_float(*x)?.cmp(y)),
        (Value::Text(x), Value::Text(y)) => Some(x.cmp(y)),
        (Value::Time(x), Value::Time(y)) => Some(x.cmp(y)),
        (Value::Date(x), Value::Date(y)) => Some(x.cmp(y)),
        (Value::Duration(x), Value::Duration(y)) => Some(x.cmp(y)),
        (Value::Bool(x), Value::Bool(y)) => Some(x.cmp(y)),
        _ => a.as_ref().as_f64()?.partial_cmp(&b.as_ref().as_f64()?),
    }
}

packs! {
    FeatureState { entries, buckets }
    Entry { at_us as time, by, key as half, value }
    Bucket { slice, oldest_us as time, newest_us as time, n, sum, min, max, first, last }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = crate::base::time::DAY_US;

    fn at(day: i64) -> Timestamp {
        Timestamp::saturating(day * DAY)
    }

    fn spec(aggregate: Aggregate, days: Option<i64>) -> FeatureSpec {
        FeatureSpec { aggregate, within: days.map(|d| Duration::from_micros(d * DAY)) }
    }

    fn fed(spec: &FeatureSpec, values: &[(i64, i64)]) -> FeatureState {
        let mut state = FeatureState::default();
        for (day, value) in values {
            state.add(spec, at(*day), Value::Int(*value), 0);
        }
        state
    }

    #[test]
    fn of_nothing() {
        use Aggregate::*;
        for (aggregate, expected) in [
            (Count, Value::Int(0)),
            (Sum, Value::Int(0)),
            (Distinct, Value::Int(0)),
            (Min, Value::Null),
            (Max, Value::Null),
            (Mean, Value::Null),
            (First, Value::Null),
            (Last, Value::Null),
            (Since, Value::Null),
        ] {
            assert_eq!(FeatureState::default().value(&spec(aggregate, None), at(1)), expected.as_ref());
        }
    }

    #[test]
    fn each_aggregate_over_all_time() {
        use Aggregate::*;
        let values = [(1, 5), (2, 3), (3, 5), (4, 9)];
        for (aggregate, expected) in [
            (Count, Value::Int(4)),
            (Sum, Value::Int(22)),
            (Distinct, Value::Int(3)),
            (Min, Value::Int(3)),
            (Max, Value::Int(9)),
            (Mean, Value::Number(5.5)),
            (First, Value::Int(5)),
            (Last, Value::Int(9)),
            (Since, Value::Duration(Duration::from_micros(2 * DAY))),
        ] {
            let spec = spec(aggregate, None);
            assert_eq!(fed(&spec, &values).value(&spec, at(6)), expected.as_ref(), "{aggregate:?}");
        }
    }

    #[test]
    fn a_window_is_open_at_its_old_end() {
        let spec = spec(Aggregate::Count, Some(3));
        let mut state = fed(&spec, &[(1, 0), (2, 0)]);
        assert_eq!(state.next_change(&spec), Some(at(4)));
        assert_eq!(state.value(&spec, at(4)), Value::Int(1).as_ref());
        assert_eq!(state.value(&spec, Timestamp::saturating(4 * DAY - 1)), Value::Int(2).as_ref());
        state.expire(&spec, at(4));
        assert_eq!(state.next_change(&spec), Some(at(5)));
    }

    #[test]
    fn a_window_that_ends_after_the_end_of_time_changes_no_more() {
        let spec = spec(Aggregate::Count, Some(3));
        let mut state = FeatureState::default();
        state.add(&spec, Timestamp::MAX, Value::Int(1), 0);
        assert_eq!(state.next_change(&spec), None);
        assert_eq!(state.value(&spec, Timestamp::MAX), Value::Int(1).as_ref());
    }

    #[test]
    fn folding_keeps_all_time_values_exact_and_flags_windows() {
        let values: Vec<(i64, i64)> = (0..1000).map(|i| (i, i)).collect();
        for (aggregate, expected) in [
            (Aggregate::Count, Value::Int(1000)),
            (Aggregate::Sum, Value::Int(499_500)),
            (Aggregate::Min, Value::Int(0)),
            (Aggregate::First, Value::Int(0)),
            (Aggregate::Last, Value::Int(999)),
        ] {
            let spec = spec(aggregate, None);
            let state = fed(&spec, &values);
            assert_eq!(state.value(&spec, at(1000)), expected.as_ref());
            assert!(!state.approximate(&spec));
        }
        let spec = spec(Aggregate::Count, Some(10_000));
        assert!(fed(&spec, &values).approximate(&spec));
        assert_eq!(fed(&spec, &values).value(&spec, at(1000)), Value::Int(1000).as_ref());
    }

    #[test]
    fn first_and_last_of_folded_sides_are_those_of_time() {
        let every = |from: i64, n: i64, step: i64| -> Vec<(i64, i64)> {
            (0..n).map(|i| (from + i * step, from + i * step)).collect()
        };
        // each side folds some; the other side's first or last lies before, between or behind
        let sides = [every(0, 300, 10), every(5, 300, 1), every(2_000, 300, 10), every(-7, 1, 1)];
        for (one, two) in sides.iter().flat_map(|one| sides.iter().map(move |two| (one, two))) {
            for (aggregate, latest) in [(Aggregate::First, false), (Aggregate::Last, true)] {
                let spec = spec(aggregate, None);
                let mut state = fed(&spec, one);
                state.merge(&spec, &fed(&spec, two), &|by| by);
                let days = one.iter().chain(two).map(|(day, _)| *day);
                let expected = if latest { days.max() } else { days.min() }.unwrap();
                assert_eq!(state.value(&spec, at(9_999)), Value::Int(expected).as_ref(), "{aggregate:?}");
                // a late one just behind the first, just before the last
                let late = if latest { expected - 1 } else { expected + 1 };
                state.add(&spec, at(late), Value::Int(-1), 0);
                state.fold(&spec, 1);
                state.add(&spec, at(late), Value::Int(-1), 0);
                state.fold(&spec, 0);
                assert_eq!(state.value(&spec, at(9_999)), Value::Int(expected).as_ref(), "{aggregate:?}");
            }
        }
    }

    #[test]
    fn what_was_folded_may_be_later_than_what_is_left() {
        for (aggregate, expected) in [
            (Aggregate::First, Value::Int(-5)),
            (Aggregate::Last, Value::Int(43)),
            (Aggregate::Since, Value::Duration(Duration::from_micros(57 * DAY))),
        ] {
            let spec = spec(aggregate, None);
            let mut state = fed(&spec, &(0..300).map(|i| (i, i)).collect::<Vec<_>>());
            state.split(&|_| true, &|by| by);
            state.add(&spec, at(-5), Value::Int(-5), 0);
            assert_eq!(state.value(&spec, at(100)), expected.as_ref(), "{aggregate:?}");
        }
    }

    #[test]
    fn a_total_beyond_its_range_is_undefined() {
        let spec = spec(Aggregate::Sum, None);
        assert_eq!(fed(&spec, &[(1, i64::MAX), (2, 1)]).value(&spec, at(3)), Value::Null.as_ref());
    }
}
