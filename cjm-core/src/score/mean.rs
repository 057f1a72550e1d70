//! Means with t intervals, exact in any order of adding.
//!
//! Answers: the mean of measured values with its interval, weighted means, two means compared.
//! Does not know: what was measured.

use super::{Difference, Estimate};
use crate::base::stats::distribution::{t_quantile_95, two_sided_t_p};
use crate::error::{Error, ErrorCode, Result};

/// Fixed point: values are held as whole multiples of 2^-40 (about 1e-12).
const ONE: f64 = (1_u64 << 40) as f64;

/// Sums of values and of their squares in fixed point, so that adding and merging in any order, on any number of
/// threads, give the same bits. Values lie between -128 and 128, kept to 2^-40; up to 2^32 of them.
///
/// ```
/// use cjm_core::score::MeanAcc;
/// let mut a = MeanAcc::new();
/// a.add(0.5);
/// a.add(-1.0);
/// assert_eq!(a.estimate().value, Some(-0.25));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeanAcc {
    n: u64,
    sum: i128,
    squares: i128,
}

impl MeanAcc {
    /// The largest absolute value it takes.
    pub const LIMIT: f64 = 128.0;

    /// No values yet.
    pub const fn new() -> Self {
        Self { n: 0, sum: 0, squares: 0 }
    }

    /// Adds a value; one that is no number or lies beyond [`MeanAcc::LIMIT`] is not taken, and `false` says so.
    pub fn add(&mut self, value: f64) -> bool {
        self.add_many(value, 1)
    }

    /// Adds a value as if it had come `count` times.
    pub fn add_many(&mut self, value: f64, count: u64) -> bool {
        if !(-Self::LIMIT..=Self::LIMIT).contains(&value) {
            return false;
        }
        // below 2^47, so it fits and its square does; adding a half and cutting off rounds without a library call
        let scaled = value * ONE;
        let fixed = i128::from((scaled + 0.5_f64.copysign(scaled)) as i64);
        let count_wide = i128::from(count);
        self.n = self.n.saturating_add(count);
        self.sum = self.sum.saturating_add(fixed * count_wide);
        self.squares = self.squares.saturating_add((fixed * fixed).saturating_mul(count_wide));
        true
    }

    /// Adds the values of another accumulator.
    pub fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// How many values.
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// The mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| {
            let (whole, rest) = self.divided();
            (whole as f64 + rest as f64 / self.n as f64) / ONE
        })
    }

    /// The variance over n - 1; `None` of fewer than two.
    pub fn variance(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        let (whole, rest) = self.divided();
        let n = i128::from(self.n);
        // squares around the whole part of the mean are exact, so nothing cancels
        let around = self
            .squares
            .saturating_sub(whole.saturating_mul(self.sum))
            .saturating_sub(whole.saturating_mul(rest));
        let spread = around as f64 - (rest as f64) * (rest as f64) / n as f64;
        Some((spread.max(0.0) / (n - 1) as f64) / (ONE * ONE))
    }

    /// The mean with its t interval (`t`); without two values, or when all are equal, there is no interval.
    pub fn estimate(&self) -> Estimate {
        let Some(mean) = self.mean() else { return Estimate::none("t") };
        let half = self.variance().and_then(|v| half_width(v / self.n as f64, (self.n - 1) as f64));
        Estimate::of(mean, half.map(|half| (mean - half, mean + half)), self.n, "t")
    }

    /// The sum as n times a whole number plus a rest below n.
    fn divided(&self) -> (i128, i128) {
        let n = i128::from(self.n.max(1));
        (self.sum.div_euclid(n), self.sum.rem_euclid(n))
    }
}

/// Half the width of a t interval from the squared standard error; `None` where nothing varies.
fn half_width(squared_error: f64, df: f64) -> Option<f64> {
    let t = t_quantile_95(df).filter(|_| squared_error > 0.0)?;
    Some(t * squared_error.sqrt())
}

/// The mean of values of any size with its t interval (`t`).
///
/// # Errors
/// `argument` when a value is no finite number.
///
/// ```
/// let m = cjm_core::score::mean(&[4.0, 2.0, 6.0])?;
/// assert_eq!((m.value, m.n, m.method), (Some(4.0), 3, "t"));
/// assert_eq!(cjm_core::score::mean(&[7.0])?.low, None);
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn mean(values: &[f64]) -> Result<Estimate> {
    let Some(Moments { n, mean, variance }) = Moments::of(values)? else { return Ok(Estimate::none("t")) };
    let half = variance.and_then(|v| half_width(v / n as f64, n as f64 - 1.0));
    Ok(Estimate::of(mean, half.map(|half| (mean - half, mean + half)), n, "t"))
}

/// The mean of (value, weight) pairs with its t interval (`t_weighted`).
///
/// The variance is that of reliability weights, the degrees of freedom are those of the effective number
/// (sum w)^2 / sum w^2, so equal weights give [`mean`] and multiplying all weights changes nothing. Pairs of
/// weight 0 are left out of n; weights that sum to 0 give `None`.
///
/// # Errors
/// `argument` when a value is not finite or a weight negative or not finite.
pub fn weighted_mean(pairs: &[(f64, f64)]) -> Result<Estimate> {
    if !pairs.iter().all(|(x, w)| x.is_finite() && w.is_finite() && *w >= 0.0) {
        let message = "a weighted mean needs finite values and weights that are not negative";
        return Err(Error::new(ErrorCode::Argument, message));
    }
    let counted: Vec<(f64, f64)> = pairs.iter().copied().filter(|(_, w)| *w > 0.0).collect();
    let total: f64 = counted.iter().map(|(_, w)| w).sum();
    if counted.is_empty() || !total.is_finite() {
        return Ok(Estimate::none("t_weighted"));
    }
    let mean = counted.iter().map(|(x, w)| x * (w / total)).sum::<f64>();
    let effective = 1.0 / counted.iter().map(|(_, w)| (w / total).powi(2)).sum::<f64>();
    let spread = counted.iter().map(|(x, w)| (w / total) * (x - mean).powi(2)).sum::<f64>();
    let variance = spread / (1.0 - 1.0 / effective);
    let half =
        Some(variance / effective).filter(|v| v.is_finite()).and_then(|v| half_width(v, effective - 1.0));
    let n = counted.len() as u64;
    Ok(Estimate::of(mean, half.map(|half| (mean - half, mean + half)), n, "t_weighted"))
}

/// How far apart two means are (first minus second): Welch's interval and t test, which need no equal spread.
///
/// # Errors
/// `argument` when a value is no finite number.
pub fn compare_means(first: &[f64], second: &[f64]) -> Result<Difference> {
    let (a, b) = (Moments::of(first)?, Moments::of(second)?);
    let difference = a.as_ref().zip(b.as_ref()).map(|(a, b)| a.mean - b.mean);
    let error = a.as_ref().and_then(Moments::squared_error).zip(b.as_ref().and_then(Moments::squared_error));
    let welch = error.filter(|(a, b)| a + b > 0.0).map(|(e_a, e_b)| {
        let parts = e_a * e_a / (first.len() as f64 - 1.0) + e_b * e_b / (second.len() as f64 - 1.0);
        ((e_a + e_b).sqrt(), (e_a + e_b).powi(2) / parts)
    });
    let half = welch.and_then(|(error, df)| half_width(error * error, df));
    let statistic = difference.zip(welch).map(|(d, (error, _))| d / error);
    Ok(Difference {
        difference,
        low: difference.zip(half).map(|(d, half)| d - half),
        high: difference.zip(half).map(|(d, half)| d + half),
        statistic,
        p: statistic.zip(welch).and_then(|(t, (_, df))| two_sided_t_p(t, df)),
        n_first: first.len() as u64,
        n_second: second.len() as u64,
        method: "welch",
        test: "welch_t",
    })
}

/// Mean and variance of a slice, in two passes.
struct Moments {
    n: u64,
    mean: f64,
    variance: Option<f64>,
}

impl Moments {
    fn of(values: &[f64]) -> Result<Option<Self>> {
        if !values.iter().all(|x| x.is_finite()) {
            return Err(Error::new(ErrorCode::Argument, "a mean needs finite values"));
        }
        let n = values.len() as f64;
        if values.is_empty() {
            return Ok(None);
        }
        let mean = values.iter().map(|x| x / n).sum::<f64>();
        let spread = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        // equal values have no spread, whatever the rounding of their mean left
        let varies = values.iter().any(|x| Some(x) != values.first());
        let variance = (values.len() > 1).then(|| if varies { spread / (n - 1.0) } else { 0.0 });
        Ok(Some(Self { n: values.len() as u64, mean, variance }))
    }

    fn squared_error(&self) -> Option<f64> {
        self.variance.map(|v| v / self.n as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(actual: Option<f64>, expected: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
    }

    #[test]
    fn mean_with_t_interval() {
        // by hand: mean 2, variance 14/3, t(3) 3.1824463052837078
        let half = 3.1824463052837078 * (14.0_f64 / 3.0 / 4.0).sqrt();
        let m = mean(&[4.0, 2.0, -1.0, 3.0]).unwrap();
        near(m.value, 2.0);
        near(m.low, 2.0 - half);
        near(m.high, 2.0 + half);
        let mut acc = MeanAcc::new();
        for x in [4.0, 2.0, -1.0, 3.0] {
            assert!(acc.add(x));
        }
        near(acc.estimate().low, 2.0 - half);
        near(acc.variance(), 14.0 / 3.0);
    }

    #[test]
    fn undefined_is_none_and_nothing_has_no_width() {
        assert_eq!(mean(&[]).unwrap(), Estimate::none("t"));
        for values in [&[3.0][..], &[0.1, 0.1, 0.1]] {
            let m = mean(values).unwrap();
            assert!(m.value.is_some() && m.low.is_none() && m.high.is_none(), "{m:?}");
        }
        let mut equal = MeanAcc::new();
        equal.add_many(-0.6, 1_000);
        assert_eq!((equal.estimate().low, equal.estimate().n), (None, 1_000));
        assert!(mean(&[f64::NAN]).is_err() && mean(&[f64::INFINITY]).is_err());
        let mut acc = MeanAcc::new();
        assert!(!acc.add(f64::NAN) && !acc.add(129.0) && !acc.add(f64::NEG_INFINITY));
        assert_eq!(acc, MeanAcc::new());
    }

    #[test]
    fn the_limits_of_the_accumulator_hold() {
        let mut acc = MeanAcc::new();
        acc.add_many(MeanAcc::LIMIT, 1 << 31);
        acc.add_many(-MeanAcc::LIMIT, 1 << 31);
        near(acc.mean(), 0.0);
        near(acc.variance().map(|v| v / (128.0 * 128.0)), 1.0 + 2.0_f64.powi(-32));
    }

    #[test]
    fn weighted_means() {
        let m = weighted_mean(&[(4.0, 10.0), (2.0, 5.0), (-1.0, 30.0), (3.0, 15.0)]).unwrap();
        near(m.value, 1.083_333_333_333_333_3);
        assert_eq!((m.n, m.method), (4, "t_weighted"));
        let plain = mean(&[4.0, 2.0, -1.0, 3.0]).unwrap();
        let equal = weighted_mean(&[(4.0, 7.0), (2.0, 7.0), (-1.0, 7.0), (3.0, 7.0), (99.0, 0.0)]).unwrap();
        near(equal.low, plain.low.unwrap());
        near(equal.high, plain.high.unwrap());
        assert_eq!(equal.n, 4);
        assert_eq!(weighted_mean(&[(1.0, 0.0)]).unwrap(), Estimate::none("t_weighted"));
        assert_eq!(weighted_mean(&[(1.0, 2.0)]).unwrap().low, None);
        assert!(weighted_mean(&[(1.0, -1.0)]).is_err() && weighted_mean(&[(f64::NAN, 1.0)]).is_err());
    }

    #[test]
    fn welch() {
        let d = compare_means(&[6.0, 7.0, 10.0, 12.0, 15.0], &[3.0, 5.0, 8.0, 9.0, 12.0]).unwrap();
        near(d.difference, 2.6);
        near(d.p, 0.28553715574530164);
        near(d.low, -2.6402076004877992);
        near(d.high, 7.8402076004877985);
        near(d.difference.zip(d.statistic).map(|(d, t)| d / t), 2.271_563_338_320_107_5);
        let nothing = compare_means(&[1.0], &[2.0, 3.0]).unwrap();
        assert_eq!((nothing.difference, nothing.low, nothing.p), (Some(-1.5), None, None));
        assert_eq!(compare_means(&[], &[1.0]).unwrap().difference, None);
    }

    proptest! {
        #[test]
        fn any_order_and_any_cut_give_the_same_bits(values in prop::collection::vec(-1.0_f64..=1.0, 0..80), cut in 0_usize..80) {
            let all = |values: &[f64]| values.iter().fold(MeanAcc::new(), |mut acc, x| { acc.add(*x); acc });
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged = all(right);
            merged.merge(&all(left));
            prop_assert_eq!(merged, all(&values));
            let backwards: Vec<f64> = values.iter().rev().copied().collect();
            prop_assert_eq!(all(&backwards).estimate(), all(&values).estimate());
        }

        #[test]
        fn the_accumulator_agrees_with_two_passes(values in prop::collection::vec(-100.0_f64..100.0, 2..80)) {
            let acc = values.iter().fold(MeanAcc::new(), |mut acc, x| { acc.add(*x); acc }).estimate();
            let plain = mean(&values).unwrap();
            prop_assert!((acc.value.unwrap() - plain.value.unwrap()).abs() < 1e-9);
            if let (Some(a), Some(b)) = (acc.low, plain.low) {
                prop_assert!((a - b).abs() < 1e-7 && a <= acc.value.unwrap());
            }
        }
    }
}
