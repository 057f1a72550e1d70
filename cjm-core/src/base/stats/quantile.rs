//! Exact quantiles of collected whole numbers, such as waits in microseconds.
//!
//! Answers: the median, the 95th percentile. Does not know: units, nor how to estimate without the values.

use super::distribution::Z95;

/// The `q` quantile of `values` by linear interpolation between neighbours (type 7, numpy's default);
/// `None` when there are no values or `q` is outside [0, 1]. Reorders `values`; the answer does not depend on
/// their order.
///
/// ```
/// use cjm_core::base::stats::quantile;
/// assert_eq!(quantile(&mut [40, 10, 30, 20], 0.5), Some(25.0));
/// assert_eq!(quantile(&mut [], 0.5), None);
/// ```
pub fn quantile(values: &mut [i64], q: f64) -> Option<f64> {
    at_rank(values, Rank::of(values.len(), q)?)
}

/// The value at a rank; `None` when there are fewer values. Reorders `values`.
pub fn at_rank(values: &mut [i64], rank: Rank) -> Option<f64> {
    let Rank { index, share } = rank;
    if index >= values.len() {
        return None;
    }
    let (_, below, rest) = values.select_nth_unstable(index);
    let low = *below;
    let high = if share > 0.0 { rest.iter().min().copied()? } else { low };
    Some(between(low, high, share))
}

/// Where a quantile lies among sorted values: at an index, and so far on towards the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// Position of the value below.
    pub index: usize,
    /// Share of the way to the next value, below 1.
    pub share: f64,
}

impl Rank {
    /// The rank of the `q` quantile of `n` values; `None` when there are none or `q` is outside [0, 1].
    pub fn of(n: usize, q: f64) -> Option<Self> {
        let last = n.checked_sub(1).filter(|_| (0.0..=1.0).contains(&q))?;
        let place = q * last as f64;
        Some(Self { index: (place as usize).min(last), share: place.fract() })
    }
}

/// The value so far on the way from `low` to `high`.
pub fn between(low: i64, high: i64, share: f64) -> f64 {
    low as f64 + share * (i128::from(high) - i128::from(low)) as f64
}

/// The median of `values`; `None` when there are none. Reorders `values`.
pub fn median(values: &mut [i64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Up to how many values the interval of their median is counted out exactly.
const COUNTED: usize = 1_000;

/// Between which of `n` sorted values (positions from 0) the median lies in 95 % of samples, whatever the values are
/// like: the narrowest pair of equal ranks from both ends. Below 6 values there is none.
pub fn median_interval(n: usize) -> Option<(usize, usize)> {
    let rank = if n > COUNTED {
        let n = n as f64;
        (n / 2.0 + 0.5 - Z95 * n.sqrt() / 2.0).floor() as usize
    } else {
        let mut chance = 0.5_f64.powi(i32::try_from(n).ok()?);
        let (mut below, mut rank) = (chance, 0);
        while below <= 0.025 && rank < n {
            chance *= (n - rank) as f64 / (rank + 1) as f64;
            rank += 1;
            below += chance;
        }
        rank
    };
    Some((rank.checked_sub(1)?, n.checked_sub(rank)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lower rank from 1, from exact sums of binomials: as in tables of the sign test.
    #[test]
    fn the_interval_of_a_median_by_rank() {
        for (n, rank) in [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (25, 8), (50, 18), (100, 40)] {
            assert_eq!(median_interval(n), Some((rank - 1, n - rank)), "{n}");
        }
        for n in 0..6 {
            assert_eq!(median_interval(n), None, "{n}");
        }
        // counted out, then by the normal curve: a rank wider at most where they meet
        assert_eq!((median_interval(1_000), median_interval(1_001)), (Some((468, 531)), Some((468, 532))));
    }

    #[test]
    fn as_numpy_does() {
        let values = [7, 1, 5, 3, 9, 11];
        for (q, expected) in [(0.0, 1.0), (0.25, 3.5), (0.5, 6.0), (0.95, 10.5), (1.0, 11.0)] {
            assert_eq!(quantile(&mut values.clone(), q), Some(expected), "{q}");
        }
        assert_eq!(median(&mut [5]), Some(5.0));
        assert_eq!(median(&mut [i64::MIN, i64::MAX]), Some(0.0));
        for q in [-0.1, 1.1, f64::NAN] {
            assert_eq!(quantile(&mut [1, 2], q), None);
        }
    }

    proptest! {
        #[test]
        fn equals_the_sorted_definition(
            mut values in prop::collection::vec(-1_000_i64..1_000, 1..60),
            q in 0.0_f64..=1.0,
        ) {
            let found = quantile(&mut values, q).unwrap();
            values.sort_unstable();
            let place = q * (values.len() - 1) as f64;
            let low = values[place.floor() as usize] as f64;
            let high = values[place.ceil() as usize] as f64;
            prop_assert!((found - (low + place.fract() * (high - low))).abs() < 1e-9);
        }

        #[test]
        fn grows_with_q(
            mut values in prop::collection::vec(any::<i32>().prop_map(i64::from), 1..60),
            a in 0.0_f64..=1.0,
            b in 0.0_f64..=1.0,
        ) {
            let (low, high) = (quantile(&mut values, a.min(b)).unwrap(), quantile(&mut values, a.max(b)).unwrap());
            prop_assert!(low <= high + 1e-6);
        }
    }
}
