//! Durations of many visits, kept exactly: waits, stays, dwell.
//!
//! Answers: how many there are, their median and 95th percentile; merging two collections moves no value.
//! Does not know: what was timed. Whole milliseconds take four bytes, anything finer eight.

use crate::base::stats::{Rank, between, quantile};
use crate::base::time::SECOND_US;

/// Up to how many values are simply sorted.
const FEW: usize = 2_048;
/// Values between one power of two and the next share so many buckets.
const SHARES: usize = 32;
/// Buckets for every value that fits an `i64`.
const BUCKETS: usize = 60 * SHARES;
const MILLI_US: i64 = 1_000;
/// The quantiles of a spread.
const QUANTILES: [f64; 2] = [0.5, 0.95];

/// A growing collection of durations in microseconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Durations {
    /// The part that grows.
    own: Part,
    /// Parts taken over from others.
    taken: Vec<Part>,
    spread: Option<Spread>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Part {
    millis: Vec<u32>,
    micros: Vec<i64>,
}

/// The middle and the upper end of some durations.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// How many durations.
    pub n: u64,
    /// Median, seconds; `None` of nothing.
    pub median_s: Option<f64>,
    /// 95th percentile, seconds; `None` of nothing.
    pub q95_s: Option<f64>,
}

impl Durations {
    /// Adds a duration.
    #[inline]
    pub fn add(&mut self, us: i64) {
        match u32::try_from(us / MILLI_US) {
            Ok(millis) if us % MILLI_US == 0 => self.own.millis.push(millis),
            _ => self.own.micros.push(us),
        }
    }

    /// Takes over what another collection holds.
    pub fn merge(&mut self, other: Self) {
        self.taken.extend(other.taken);
        if !other.own.is_empty() {
            self.taken.push(other.own);
        }
    }

    /// The spread, once [`Durations::seal`] has computed it.
    pub fn spread(&self) -> Spread {
        self.spread.unwrap_or_default()
    }

    /// Computes the spread and lets the values go.
    pub fn seal(&mut self) {
        *self = Self { spread: Some(Spread::of(&[self])), ..Self::default() };
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.own).chain(&self.taken)
    }

    fn len(&self) -> usize {
        self.parts().map(Part::len).sum()
    }
}

impl Part {
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        self.millis.len() + self.micros.len()
    }

    fn values(&self) -> impl Iterator<Item = i64> {
        let millis = self.millis.iter().map(|millis| i64::from(*millis) * MILLI_US);
        millis.chain(self.micros.iter().copied())
    }
}

impl Spread {
    /// The spread of several collections taken together, before any of them is sealed.
    pub fn of(sides: &[&Durations]) -> Self {
        let n: usize = sides.iter().map(|side| side.len()).sum();
        let [median, q95] = if n <= FEW {
            let mut all: Vec<i64> =
                sides.iter().flat_map(|side| side.parts()).flat_map(Part::values).collect();
            QUANTILES.map(|q| quantile(&mut all, q))
        } else {
            let counts = counts(sides);
            QUANTILES.map(|q| pick(sides, &counts, Rank::of(n, q)?))
        };
        let seconds = |us: Option<f64>| us.map(|us| us / SECOND_US as f64);
        Self { n: n as u64, median_s: seconds(median), q95_s: seconds(q95) }
    }
}

/// How many values fall into each bucket.
fn counts(sides: &[&Durations]) -> Vec<u32> {
    let mut counts = vec![0_u32; BUCKETS];
    let mut count = |us: i64| {
        if let Some(count) = counts.get_mut(bucket(us)) {
            *count += 1;
        }
    };
    for part in sides.iter().flat_map(|side| side.parts()) {
        part.millis.iter().for_each(|millis| count(i64::from(*millis) * MILLI_US));
        part.micros.iter().for_each(|us| count(*us));
    }
    counts
}

/// The value at a rank: only the values of its bucket, and of its neighbour's, are looked at.
fn pick(sides: &[&Durations], counts: &[u32], rank: Rank) -> Option<f64> {
    let Rank { index, share } = rank;
    let holds = |rank: usize| {
        let mut below = 0;
        let found = counts.iter().position(|count| {
            below += *count as usize;
            rank < below
        });
        found.map(|bucket| (bucket, below))
    };
    let (first, up_to_first) = holds(index)?;
    let last = if share > 0.0 { holds(index + 1)?.0 } else { first };
    let before = up_to_first - *counts.get(first)? as usize;
    let mut near = Vec::with_capacity(counts.get(first..=last)?.iter().map(|n| *n as usize).sum());
    let (from, to) = (lowest(first), lowest(last + 1));
    let (from_millis, to_millis) = (from.div_ceil(MILLI_US as u64), to.div_ceil(MILLI_US as u64));
    for part in sides.iter().flat_map(|side| side.parts()) {
        let millis = part.millis.iter().filter(|m| (from_millis..to_millis).contains(&u64::from(**m)));
        near.extend(millis.map(|millis| i64::from(*millis) * MILLI_US));
        near.extend(part.micros.iter().filter(|us| (from..to).contains(&((**us).max(0) as u64))));
    }
    let (_, low, rest) = near.select_nth_unstable(index - before);
    let low = *low;
    let high = rest.iter().min().copied().filter(|_| share > 0.0).unwrap_or(low);
    Some(between(low, high, share))
}

/// The lowest value of a bucket.
fn lowest(bucket: usize) -> u64 {
    let shift = (bucket / SHARES).saturating_sub(1);
    ((bucket - SHARES * shift) as u64) << shift
}

/// The bucket of a value: rising with it, and narrow beside it. Everything below zero shares the first.
#[inline]
fn bucket(us: i64) -> usize {
    let us = us.max(0) as usize;
    let shift = (us | SHARES).ilog2() - SHARES.ilog2();
    (us >> shift) + SHARES * shift as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn collected(values: &[i64], cut: usize) -> Durations {
        let mut parts = values.chunks(cut.max(1)).map(|chunk| {
            let mut part = Durations::default();
            chunk.iter().for_each(|us| part.add(*us));
            part
        });
        let mut all = parts.next().unwrap_or_default();
        parts.for_each(|part| all.merge(part));
        all
    }

    #[test]
    fn buckets_rise_with_the_value() {
        let powers = (0..63).flat_map(|e| [-1, 0, 1].map(|d| (1_i64 << e) + d));
        let mut values: Vec<i64> = powers.chain(-3..5_000).chain([i64::MIN, i64::MAX]).collect();
        values.sort_unstable();
        let buckets: Vec<usize> = values.iter().map(|us| bucket(*us)).collect();
        assert!(buckets.is_sorted());
        assert!(buckets.iter().all(|b| *b < BUCKETS));
        for (us, bucket) in values.iter().zip(buckets).filter(|(us, _)| **us >= 0) {
            assert!((lowest(bucket)..lowest(bucket + 1)).contains(&(*us as u64)), "{us}");
        }
    }

    #[test]
    fn nothing_has_no_spread() {
        let mut none = Durations::default();
        none.seal();
        assert_eq!(none.spread(), Spread { n: 0, median_s: None, q95_s: None });
    }

    proptest! {
        #[test]
        fn many_values_give_the_same_as_sorting_them(
            few in prop::collection::vec(prop_oneof![
                0_i64..5_000_000_000, (0_i64..90_000_000).prop_map(|ms| ms * MILLI_US), -5_i64..70, any::<i64>(),
            ], 1..200),
            again in 1_usize..60,
            cut in 1_usize..3_000,
        ) {
            let mut values: Vec<i64> = few.iter().cycle().take(few.len() * again).copied().collect();
            let mut all = collected(&values, cut);
            all.seal();
            let expected = QUANTILES.map(|q| quantile(&mut values, q).map(|us| us / SECOND_US as f64));
            prop_assert_eq!([all.spread().median_s, all.spread().q95_s], expected);
            prop_assert_eq!(all.spread().n, values.len() as u64);
        }
    }
}
