//! Durations of many visits, kept exactly: waits, stays, dwell.
//!
//! Answers: how many there are, their median and 95th percentile; merging two collections moves no value.
//! Does not know: what was timed. Whole milliseconds take four bytes, anything finer eight.

use crate::base::stats::{Rank, at_rank, median_interval};
use crate::base::time::SECOND_US;
use crate::score::Estimate;

/// Up to how many values are simply sorted.
const FEW: usize = 2_048;
/// About how many values, evenly spread, are looked at first to see where a quantile must lie.
const SAMPLE: usize = 8_192;
/// How far around its place in the sample a quantile is looked for: about four standard deviations.
const MARGIN: usize = 192;
/// Values sifted at a time.
const BLOCK: usize = 1_024;
const MILLI_US: i64 = 1_000;
/// The method of the interval of a median.
pub const ORDER: &str = "order_statistics";

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
    /// Ends of the 95 % interval of the median by order statistics, seconds; `None` of fewer than six.
    pub interval_s: Option<(f64, f64)>,
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
        *self = Self::sealed(&[self]);
    }

    /// Nothing but the spread of several collections taken together.
    pub fn sealed(sides: &[&Self]) -> Self {
        Self { spread: Some(Spread::of(sides)), ..Self::default() }
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
        let sample = if n > FEW { sample(sides, n) } else { Vec::new() };
        let mut all: Vec<i64> = Vec::new();
        let mut find = |ranks: &[Rank]| -> Vec<Option<f64>> {
            pick(sides, &sample, n, ranks).unwrap_or_else(|| {
                // the sample was no likeness of the whole, or the whole is small
                if all.is_empty() {
                    all.extend(sides.iter().flat_map(|side| side.parts()).flat_map(Part::values));
                }
                ranks.iter().map(|rank| at_rank(&mut all, *rank)).collect()
            })
        };
        let seconds = |us: Option<f64>| us.map(|us| us / SECOND_US as f64);
        let whole = |index: usize| Rank { index, share: 0.0 };
        let (low, high) = median_interval(n).map(|(low, high)| (whole(low), whole(high))).unzip();
        let ranks: Vec<Rank> = low.into_iter().chain(Rank::of(n, 0.5)).chain(high).collect();
        let found = find(&ranks);
        let (median, interval) = match found.as_slice() {
            [low, median, high] => (*median, seconds(*low).zip(seconds(*high))),
            [median] => (*median, None),
            _ => (None, None),
        };
        let q95 = Rank::of(n, 0.95).and_then(|rank| find(&[rank]).first().copied().flatten());
        Self { n: n as u64, median_s: seconds(median), interval_s: interval, q95_s: seconds(q95) }
    }

    /// The median with its interval.
    pub fn median(&self) -> Estimate {
        match self.median_s {
            Some(median) => Estimate::of(median, self.interval_s, self.n, ORDER),
            None => Estimate::none(ORDER),
        }
    }
}

/// Every so many of the values, sorted.
fn sample(sides: &[&Durations], n: usize) -> Vec<i64> {
    let step = n.div_ceil(SAMPLE);
    let mut sample = Vec::with_capacity(SAMPLE);
    for part in sides.iter().flat_map(|side| side.parts()) {
        sample.extend(part.millis.iter().step_by(step).map(|millis| i64::from(*millis) * MILLI_US));
        sample.extend(part.micros.iter().step_by(step));
    }
    sample.sort_unstable();
    sample
}

/// The values at rising ranks close to each other, of those between two values of the sample; `None` when one of the
/// ranks does not lie there.
fn pick(sides: &[&Durations], sample: &[i64], n: usize, ranks: &[Rank]) -> Option<Vec<Option<f64>>> {
    let place =
        |rank: &Rank| usize::try_from(rank.index as u128 * sample.len() as u128 / n.max(1) as u128).ok();
    let (first, last) = (place(ranks.first()?)?, place(ranks.last()?)?);
    sample.first()?;
    let from = first.checked_sub(MARGIN).and_then(|p| sample.get(p)).copied().unwrap_or(i64::MIN);
    let to = sample.get(last + MARGIN).copied().unwrap_or(i64::MAX);
    let (mut below, mut millis, mut near) = (0, Vec::new(), Vec::new());
    for part in sides.iter().flat_map(|side| side.parts()) {
        below += sift(&part.micros, from, to, &mut near);
        below += match (u32::try_from(ceil_millis(from)), u64::try_from(to)) {
            (Err(_), _) => part.millis.len(),
            (Ok(_), Err(_)) => 0,
            (Ok(low), Ok(to)) => sift(&part.millis, low, floor_millis(to), &mut millis),
        };
    }
    near.extend(millis.into_iter().map(|millis| i64::from(millis) * MILLI_US));
    let one = |rank: &Rank| {
        let index = rank.index.checked_sub(below)?;
        at_rank(&mut near, Rank { index, share: rank.share })
    };
    let found: Vec<Option<f64>> = ranks.iter().map(one).collect();
    found.iter().all(Option::is_some).then_some(found)
}

/// The least whole millisecond that is not below a number of microseconds, from 0 on.
fn ceil_millis(us: i64) -> u64 {
    (us.max(0) as u64).div_ceil(MILLI_US as u64)
}

/// The greatest whole millisecond that is not above a number of microseconds and that four bytes hold.
fn floor_millis(us: u64) -> u32 {
    u32::try_from(us / MILLI_US as u64).unwrap_or(u32::MAX)
}

/// Keeps the values from `from` to `to`; gives how many lie below. No branch depends on a value.
fn sift<T: Copy + PartialOrd>(values: &[T], from: T, to: T, near: &mut Vec<T>) -> usize {
    let mut below = 0;
    let mut kept = [from; BLOCK];
    for block in values.chunks(BLOCK) {
        let mut n = 0;
        for value in block {
            below += usize::from(*value < from);
            if let Some(slot) = kept.get_mut(n) {
                *slot = *value;
            }
            n += usize::from((from <= *value) & (*value <= to));
        }
        near.extend_from_slice(kept.get(..n).unwrap_or_default());
    }
    below
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::stats::quantile;

    /// The spread by sorting everything.
    fn sorted(values: &mut [i64]) -> Spread {
        values.sort_unstable();
        let seconds = |us: f64| us / SECOND_US as f64;
        let ranks = median_interval(values.len());
        Spread {
            n: values.len() as u64,
            interval_s: ranks.map(|(low, high)| (seconds(values[low] as f64), seconds(values[high] as f64))),
            median_s: quantile(values, 0.5).map(seconds),
            q95_s: quantile(values, 0.95).map(seconds),
        }
    }

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
    fn a_sample_that_misleads_changes_nothing() {
        // every value that the sample sees is 0
        let n = 4 * SAMPLE;
        let mut values: Vec<i64> = (0..n as i64).map(|i| if i % 4 == 0 { 0 } else { i * MILLI_US }).collect();
        let mut all = collected(&values, n);
        all.seal();
        assert_eq!(all.spread(), sorted(&mut values));
    }

    #[test]
    fn nothing_has_no_spread() {
        let mut none = Durations::default();
        none.seal();
        assert_eq!(none.spread(), Spread::default());
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
            prop_assert_eq!(all.spread(), sorted(&mut values));
        }
    }
}
