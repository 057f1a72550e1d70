//! The normal and the t distribution, as far as 95 % intervals and two-sided tests need them.
//!
//! Answers: how far from the middle 95 % reach, how unlikely a z or t is. Does not know: where either came from.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};
use statrs::function::erf::erfc;

/// The 97.5 % point of the standard normal: half-widths of 95 % intervals are this many standard errors.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Two-sided p of a standard normal `z`.
pub fn two_sided_p(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Two-sided p of `t` with `df` degrees of freedom; `None` unless `df` is positive and both are numbers.
pub fn two_sided_t_p(t: f64, df: f64) -> Option<f64> {
    let lower = StudentsT::new(0.0, 1.0, df).ok().filter(|_| t.is_finite())?.cdf(-t.abs());
    Some((2.0 * lower).min(1.0))
}

/// The 97.5 % point of the t distribution with `df` degrees of freedom (they may be fractional);
/// `None` unless `df` is positive and finite.
///
/// ```
/// let t = cjm_core::base::stats::t_quantile_95(4.0).unwrap();
/// assert!((t - 2.776_445_105_197_793_4).abs() < 1e-9);
/// ```
pub fn t_quantile_95(df: f64) -> Option<f64> {
    let t = StudentsT::new(0.0, 1.0, df).ok().filter(|_| df.is_finite())?;
    if df > 1e5 {
        return Some(nearly_normal(df));
    }
    // Newton steps on the distribution function give the digits that the library's inverse leaves open
    let mut x = t.inverse_cdf(0.975);
    for _ in 0..3 {
        let step = (t.cdf(-x) - 0.025) / t.pdf(x);
        if !step.is_finite() {
            break;
        }
        x += step;
    }
    x.is_finite().then_some(x)
}

/// The expansion of the t quantile around the normal one; its next term is below 1e-14 for `df` above 1e5.
fn nearly_normal(df: f64) -> f64 {
    let z = Z95;
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    z + first / df + second / (df * df)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy's `t.ppf(.975, df)`.
    #[test]
    fn t_quantiles() {
        for (df, expected) in [
            (1.0, 12.706204736174694),
            (2.0, 4.302652729749462),
            (3.0, 3.1824463052837078),
            (4.0, 2.7764451051977934),
            (5.0, 2.5705818356363146),
            (10.0, 2.228138851986274),
            (29.5, 2.043724966772122),
            (99.0, 1.9842169515864174),
            (1_000.0, 1.9623390808264083),
            (1e6, 1.959966356814107),
            (1e9, 1.959963986912325),
        ] {
            let t = t_quantile_95(df).unwrap();
            assert!((t - expected).abs() < 1e-9, "{df}: {t} is not {expected}");
        }
        for df in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(t_quantile_95(df), None, "{df}");
        }
    }

    /// scipy's `2 * norm.sf(z)` and `2 * t.sf(t, df)`.
    #[test]
    fn p_values() {
        for (z, p) in [(0.5, 0.6170750774519738), (1.96, 0.04999579029644087), (6.0, 1.973175290075389e-9)] {
            assert!((two_sided_p(z) - p).abs() < 1e-10 && two_sided_p(-z) == two_sided_p(z), "{z}");
        }
        let p = two_sided_t_p(1.1445861782233109, 7.982730706961685).unwrap();
        assert!((p - 0.28553715574530164).abs() < 1e-9, "{p}");
        assert_eq!(two_sided_t_p(f64::NAN, 3.0), None);
        assert_eq!(two_sided_t_p(1.0, 0.0), None);
    }
}
