//! Shares of a whole: Wilson and adjusted-Wald intervals, two shares compared.
//!
//! Answers: the 95 % interval of `count / n` and of a difference of two shares. Does not know: what was counted.

use super::distribution::{Z95, two_sided_p};

/// The Wilson interval of `count / n`, inside [0, 1]; `None` when `n` is 0 or smaller than `count`.
///
/// ```
/// let (low, high) = cjm_core::base::stats::wilson(0, 10).unwrap();
/// assert_eq!(low, 0.0);
/// assert!((high - 0.277_532_799_9).abs() < 1e-9);
/// ```
pub fn wilson(count: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 || count > n {
        return None;
    }
    let (k, m, z2) = (count as f64, n as f64, Z95 * Z95);
    let p = k / m;
    let centre = (p + z2 / (2.0 * m)) / (1.0 + z2 / m);
    let half = Z95 * (p * (1.0 - p) / m + z2 / (4.0 * m * m)).sqrt() / (1.0 + z2 / m);
    Some(closed(count, n, centre - half, centre + half))
}

/// The adjusted-Wald (Agresti-Coull) interval of `count / n`, clipped to [0, 1]; `None` as for [`wilson`].
pub fn adjusted_wald(count: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 || count > n {
        return None;
    }
    let z2 = Z95 * Z95;
    let m = n as f64 + z2;
    let p = (count as f64 + z2 / 2.0) / m;
    let half = Z95 * (p * (1.0 - p) / m).sqrt();
    Some(((p - half).clamp(0.0, 1.0), (p + half).clamp(0.0, 1.0)))
}

/// None of all reaches down to exactly 0, all of all up to exactly 1, whatever the rounding did.
fn closed(count: u64, n: u64, low: f64, high: f64) -> (f64, f64) {
    let low = if count == 0 { 0.0 } else { low.clamp(0.0, 1.0) };
    let high = if count == n { 1.0 } else { high.clamp(0.0, 1.0) };
    (low, high)
}

/// Newcombe's interval of `a.0 / a.1 - b.0 / b.1`, from the two Wilson intervals; `None` when either is undefined.
pub fn newcombe(a: (u64, u64), b: (u64, u64)) -> Option<(f64, f64)> {
    let ((low_a, high_a), (low_b, high_b)) = (wilson(a.0, a.1)?, wilson(b.0, b.1)?);
    let (p_a, p_b) = (a.0 as f64 / a.1 as f64, b.0 as f64 / b.1 as f64);
    let d = p_a - p_b;
    let down = (p_a - low_a).hypot(high_b - p_b);
    let up = (high_a - p_a).hypot(p_b - low_b);
    Some(((d - down).max(-1.0), (d + up).min(1.0)))
}

/// The pooled z of two shares and its two-sided p; `None` when either n is 0, a count exceeds its n, or all or
/// none of both were counted.
pub fn pooled_z(a: (u64, u64), b: (u64, u64)) -> Option<(f64, f64)> {
    if a.1 == 0 || b.1 == 0 || a.0 > a.1 || b.0 > b.1 {
        return None;
    }
    let (n_a, n_b) = (a.1 as f64, b.1 as f64);
    let pooled = (a.0 as f64 + b.0 as f64) / (n_a + n_b);
    let se = (pooled * (1.0 - pooled) * (1.0 / n_a + 1.0 / n_b)).sqrt();
    if se == 0.0 {
        return None;
    }
    let z = (a.0 as f64 / n_a - b.0 as f64 / n_b) / se;
    Some((z, two_sided_p(z)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(actual: Option<(f64, f64)>, expected: (f64, f64)) {
        let (a, b) = actual.unwrap();
        assert!(
            (a - expected.0).abs() < 1e-9 && (b - expected.1).abs() < 1e-9,
            "{a} {b} is not {expected:?}"
        );
    }

    #[test]
    fn published_values() {
        near(wilson(45, 60), (0.627_679_299_3, 0.842_234_774_7));
        near(wilson(0, 10), (0.0, 0.277_532_799_9));
        near(wilson(10, 10), (0.722_467_200_1, 1.0));
        near(wilson(1, 29), (0.006_113_214_3, 0.171_755_218_8));
        near(newcombe((56, 70), (48, 80)), (0.052_431_471_5, 0.333_872_654_0));
        near(pooled_z((56, 70), (48, 80)), (2.650_171_951_258_533_6, 0.008_045_081_368_196_56));
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(2, 1), None);
        assert_eq!(adjusted_wald(0, 0), None);
        assert_eq!(newcombe((0, 0), (1, 2)), None);
        assert_eq!(pooled_z((0, 5), (0, 7)), None);
        assert_eq!(pooled_z((5, 5), (7, 7)), None);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_share_and_grow_with_the_count(n in 1_u64..100_000, share in 0.0_f64..1.0) {
            let count = (n as f64 * share) as u64;
            let p = count as f64 / n as f64;
            for interval in [wilson, adjusted_wald] {
                let (low, high) = interval(count, n).unwrap();
                prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0 && low < high);
                let (low_next, high_next) = interval(count + 1, n + 1).unwrap();
                prop_assert!(low_next >= low && high_next >= high - 1e-12);
            }
        }

        #[test]
        fn a_difference_turns_its_sign_with_its_sides(a in 0_u64..50, b in 0_u64..50) {
            let (low, high) = newcombe((a, 50), (b, 50)).unwrap();
            let (low_back, high_back) = newcombe((b, 50), (a, 50)).unwrap();
            prop_assert!((low + high_back).abs() < 1e-12 && (high + low_back).abs() < 1e-12);
            prop_assert!(low <= (a as f64 - b as f64) / 50.0 && (a as f64 - b as f64) / 50.0 <= high);
        }
    }
}
