//! Shares of a whole as estimates, and two shares compared.
//!
//! Answers: `count / n` with its Wilson or adjusted-Wald interval, the difference of two shares with its test.
//! Does not know: of which whole it is a share; the field that holds it says so (`of_all`, `of_entrants`).

use super::{Difference, Estimate};
use crate::base::stats;

/// The share `count / n`, 0 to 1, with its Wilson interval. Nothing of nothing, or more than all, is no share: `None`.
///
/// ```
/// let s = cjm_core::score::share(45, 60);
/// assert_eq!((s.value, s.n, s.method), (Some(0.75), 60, "wilson"));
/// assert_eq!(cjm_core::score::share(0, 0).value, None);
/// ```
pub fn share(count: u64, n: u64) -> Estimate {
    estimate(count, n, stats::wilson(count, n), "wilson")
}

/// The share `count / n` with its adjusted-Wald (Agresti-Coull) interval.
pub fn share_by_adjusted_wald(count: u64, n: u64) -> Estimate {
    estimate(count, n, stats::adjusted_wald(count, n), "adjusted_wald")
}

fn estimate(count: u64, n: u64, interval: Option<(f64, f64)>, method: &'static str) -> Estimate {
    match interval {
        Some(_) => Estimate::of(count as f64 / n as f64, interval, n, method),
        None => Estimate { n, ..Estimate::none(method) },
    }
}

/// How far apart two shares are, each given as (count, n): Newcombe's interval and the pooled z test.
///
/// ```
/// let d = cjm_core::score::compare_shares((56, 70), (48, 80));
/// assert!((d.p.unwrap() - 0.008_045_081_4).abs() < 1e-9);
/// ```
pub fn compare_shares(first: (u64, u64), second: (u64, u64)) -> Difference {
    let interval = stats::newcombe(first, second);
    let (low, high) = interval.unzip();
    let (statistic, p) = stats::pooled_z(first, second).unzip();
    let value = |(count, n): (u64, u64)| count as f64 / n as f64;
    Difference {
        difference: interval.map(|_| value(first) - value(second)),
        low,
        high,
        statistic,
        p,
        n_first: first.1,
        n_second: second.1,
        method: "newcombe",
        test: "pooled_z",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_shares_are_none() {
        assert_eq!(share(0, 0), Estimate::none("wilson"));
        let more_than_all = share(3, 2);
        assert_eq!((more_than_all.value, more_than_all.low, more_than_all.n), (None, None, 2));
        let d = compare_shares((0, 0), (1, 2));
        assert_eq!((d.difference, d.low, d.statistic, d.p), (None, None, None, None));
    }

    #[test]
    fn a_difference_has_its_interval_and_its_test() {
        let d = compare_shares((56, 70), (48, 80));
        assert!((d.difference.unwrap() - 0.2).abs() < 1e-12);
        assert!((d.low.unwrap() - 0.052_431_471_5).abs() < 1e-9);
        assert!((d.statistic.unwrap() - 2.650_171_951_258_533_6).abs() < 1e-9);
        assert_eq!(compare_shares((5, 5), (7, 7)).statistic, None, "all of both leaves nothing to test");
        assert!(compare_shares((5, 5), (7, 7)).low.is_some(), "the interval still says how little is known");
    }
}
