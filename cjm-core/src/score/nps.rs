//! NPS: promoters (9-10) less detractors (0-6), in points from -100 to 100.
//!
//! Answers: the score with its standard error and interval, and how far apart two scores are.
//! Does not know: who answered, nor when.

use super::{Difference, Estimate, ScoreCounts, ScoreKind};
use crate::base::stats::{Z95, two_sided_p};
use crate::error::Result;

/// How many promoters, passives and detractors answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NpsGroups {
    /// Answers of 9 and 10.
    pub promoters: u64,
    /// Answers of 7 and 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
}

/// How the interval of an NPS is computed. The value is the plain score whichever is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NpsMethod {
    /// Three quarters of an answer added to promoters and detractors, three to n; clipped to [-100, 100]. Good
    /// for few answers, never without width. The middle is nearer to 0 than the score; where one or two answers leave
    /// the score outside, the end on its side is the score.
    #[default]
    AdjustedWald,
    /// The score plus and minus 1.96 standard errors (variance over n). No interval when all answers agree.
    Wald,
    /// As `Wald` with the variance over n - 1.
    WaldUnbiased,
}

impl NpsMethod {
    /// The name that results carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AdjustedWald => "adjusted_wald",
            Self::Wald => "wald",
            Self::WaldUnbiased => "wald_n_minus_1",
        }
    }
}

impl NpsGroups {
    /// How many answered.
    pub const fn n(self) -> u64 {
        self.promoters.saturating_add(self.passives).saturating_add(self.detractors)
    }

    /// The plain score, -100 to 100; `None` without answers.
    pub fn score(self) -> Option<f64> {
        let net = self.promoters as f64 - self.detractors as f64;
        (self.n() > 0).then(|| 100.0 * net / self.n() as f64)
    }

    /// The standard error in points that a method works with; `None` without answers, or for `WaldUnbiased` with one.
    pub fn standard_error(self, method: NpsMethod) -> Option<f64> {
        self.centre_and_error(method).map(|(_, error)| error)
    }

    /// The middle of the interval and the standard error, both in points.
    fn centre_and_error(self, method: NpsMethod) -> Option<(f64, f64)> {
        let (added, least) = match method {
            NpsMethod::AdjustedWald => (0.75, 1),
            NpsMethod::Wald => (0.0, 1),
            NpsMethod::WaldUnbiased => (0.0, 2),
        };
        if self.n() < least {
            return None;
        }
        let n = self.n() as f64 + 4.0 * added;
        let (p, d) = ((self.promoters as f64 + added) / n, (self.detractors as f64 + added) / n);
        let degrees = if method == NpsMethod::WaldUnbiased { n - 1.0 } else { n };
        let net = p - d;
        Some((100.0 * net, 100.0 * ((p + d - net * net) / degrees).max(0.0).sqrt()))
    }
}

/// The NPS of answers 0 to 10 with its adjusted-Wald interval. An answer of 0 is a detractor.
///
/// # Errors
/// `argument` when an answer lies outside 0 to 10.
///
/// ```
/// let s = cjm_core::score::nps(&[10, 10, 9, 8, 0])?;
/// assert_eq!((s.value, s.n, s.method), (Some(40.0), 5, "adjusted_wald"));
/// assert_eq!(cjm_core::score::nps(&[])?.value, None);
/// assert!(cjm_core::score::nps(&[11]).is_err());
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn nps(answers: &[i64]) -> Result<Estimate> {
    nps_by(answers, NpsMethod::default())
}

/// The NPS of answers 0 to 10 with the interval of a method.
///
/// # Errors
/// As [`nps`].
pub fn nps_by(answers: &[i64], method: NpsMethod) -> Result<Estimate> {
    Ok(nps_estimate(groups(answers)?, method))
}

/// The NPS of counted answers with the interval of a method.
pub fn nps_estimate(groups: NpsGroups, method: NpsMethod) -> Estimate {
    let Some(value) = groups.score() else { return Estimate::none(method.name()) };
    let interval = groups.centre_and_error(method).map(|(centre, error)| {
        let (low, high) = around(centre, error, value);
        (low.clamp(-100.0, 100.0), high.clamp(-100.0, 100.0))
    });
    Estimate::of(value, interval, groups.n(), method.name())
}

/// The 95 % interval around a middle, as wide as it must be to hold the value.
fn around(centre: f64, error: f64, value: f64) -> (f64, f64) {
    ((centre - Z95 * error).min(value), (centre + Z95 * error).max(value))
}

/// How far apart two NPS are (first minus second), with the plain standard errors.
///
/// There is no settled test for this; the result names the one used. See [`compare_nps_by`] for the adjusted one.
///
/// # Errors
/// `argument` when an answer lies outside 0 to 10.
///
/// ```
/// let d = cjm_core::score::compare_nps(&[10, 10, 9, 3], &[10, 8, 5, 3])?;
/// assert_eq!(d.difference, Some(75.0));
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn compare_nps(first: &[i64], second: &[i64]) -> Result<Difference> {
    compare_nps_by(first, second, NpsMethod::Wald)
}

/// How far apart two NPS are (first minus second), with the standard errors of a method.
///
/// # Errors
/// `argument` when an answer lies outside 0 to 10.
pub fn compare_nps_by(first: &[i64], second: &[i64], method: NpsMethod) -> Result<Difference> {
    Ok(nps_difference(groups(first)?, groups(second)?, method))
}

/// How far apart the NPS of two sets of counted answers are.
///
/// The difference is that of the plain scores; the interval and the z use the method's own centres and errors. The
/// interval always holds the difference, as [`NpsMethod::AdjustedWald`] says.
/// Where neither side varies there is nothing to test: interval, statistic and p are `None`.
pub fn nps_difference(first: NpsGroups, second: NpsGroups, method: NpsMethod) -> Difference {
    let centred = first.centre_and_error(method).zip(second.centre_and_error(method));
    let tested =
        centred.map(|((a, e_a), (b, e_b))| (a - b, e_a.hypot(e_b))).filter(|(_, error)| *error > 0.0);
    let statistic = tested.map(|(centre, error)| centre / error);
    let difference = first.score().zip(second.score()).map(|(a, b)| a - b);
    let ends = tested.zip(difference).map(|((centre, error), value)| around(centre, error, value));
    Difference {
        difference,
        low: ends.map(|(low, _)| low.clamp(-200.0, 200.0)),
        high: ends.map(|(_, high)| high.clamp(-200.0, 200.0)),
        statistic,
        p: statistic.map(two_sided_p),
        n_first: first.n(),
        n_second: second.n(),
        method: method.name(),
        test: "z",
    }
}

fn groups(answers: &[i64]) -> Result<NpsGroups> {
    Ok(ScoreCounts::of(ScoreKind::Nps, answers)?.nps_groups())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(promoters: u64, passives: u64, detractors: u64) -> NpsGroups {
        NpsGroups { promoters, passives, detractors }
    }

    fn near(actual: Option<f64>, expected: f64, tolerance: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() < tolerance, "{actual} is not {expected}");
    }

    #[test]
    fn published_values() {
        use NpsMethod::{AdjustedWald, Wald, WaldUnbiased};
        assert_eq!(of(50, 30, 20).score(), Some(30.0));
        assert_eq!(of(70, 20, 10).score(), Some(60.0));
        near(of(50, 30, 20).standard_error(Wald), 7.810249675906654, 1e-9);
        near(of(50, 30, 20).standard_error(WaldUnbiased), 7.849596270902192, 1e-9);
        near(of(70, 20, 10).standard_error(Wald), 6.6332495807108, 1e-9);
        for (groups, centre, low, high) in [
            (of(50, 30, 20), 29.126214, 14.051130, 44.201297),
            (of(70, 20, 10), 58.252427, 45.269760, 71.235094),
            (of(3, 1, 1), 25.0, -29.782659, 79.782659),
        ] {
            let s = nps_estimate(groups, AdjustedWald);
            near(s.low, low, 1e-6);
            near(s.high, high, 1e-6);
            near(groups.centre_and_error(AdjustedWald).map(|(c, _)| c), centre, 1e-6);
        }
    }

    #[test]
    fn published_difference() {
        let d = nps_difference(of(70, 20, 10), of(50, 30, 20), NpsMethod::Wald);
        near(d.difference, 30.0, 1e-9);
        near(d.statistic, 2.9277002188455996, 1e-9);
        near(d.p, 0.0034147911781178164, 1e-9);
        near(d.difference.zip(d.statistic).map(|(d, z)| d / z), 10.246950765959598, 1e-9);
        let adjusted = nps_difference(of(70, 20, 10), of(50, 30, 20), NpsMethod::AdjustedWald);
        assert_eq!((adjusted.difference, adjusted.method), (Some(30.0), "adjusted_wald"));
        assert!(adjusted.p > d.p, "the adjusted test is the more careful one");
    }

    #[test]
    fn answers_that_agree_have_no_interval_without_width() {
        let s = nps_estimate(of(0, 0, 5), NpsMethod::Wald);
        assert_eq!((s.value, s.low, s.high, s.n), (Some(-100.0), None, None, 5));
        let s = nps_estimate(of(0, 0, 5), NpsMethod::AdjustedWald);
        assert!(s.low == Some(-100.0) && s.high.unwrap() > -100.0, "{s:?}");
        let d = nps_difference(of(5, 0, 0), of(0, 0, 5), NpsMethod::Wald);
        assert_eq!((d.difference, d.low, d.statistic, d.p), (Some(200.0), None, None, None));
    }

    #[test]
    fn one_answer_lies_in_its_interval() {
        for (answer, low, high) in [(0, -100.0, 48.5), (7, -60.0, 60.0), (10, -48.5, 100.0)] {
            let s = nps(&[answer]).unwrap();
            let (value, ends) = (s.value.unwrap(), (s.low.unwrap(), s.high.unwrap()));
            assert!((ends.0 - low).abs() < 0.1 && (ends.1 - high).abs() < 0.1, "{s:?}");
            assert!(ends.0 <= value && value <= ends.1, "{s:?}");
        }
    }

    #[test]
    fn nobody_is_none_zero_is_an_answer_and_eleven_is_not() {
        assert_eq!(nps(&[]).unwrap(), Estimate::none("adjusted_wald"));
        assert_eq!(nps(&[0, 0]).unwrap().value, Some(-100.0));
        assert_eq!(nps_by(&[9], NpsMethod::WaldUnbiased).unwrap().low, None);
        for bad in [11, -1, i64::MAX, i64::MIN] {
            let error = nps(&[9, bad]).unwrap_err();
            assert_eq!(error.code().slug(), "argument");
            assert!(error.message().contains(&bad.to_string()), "{error}");
        }
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_score(p in 0_u64..500, q in 0_u64..500, d in 0_u64..500) {
            prop_assume!(p + q + d > 0);
            let s = nps_estimate(of(p, q, d), NpsMethod::AdjustedWald);
            let (value, low, high) = (s.value.unwrap(), s.low.unwrap(), s.high.unwrap());
            prop_assert!(-100.0 <= low && low <= value && value <= high && high <= 100.0 && low < high);
            let mirrored = nps_estimate(of(d, q, p), NpsMethod::AdjustedWald);
            prop_assert!((mirrored.low.unwrap() + high).abs() < 1e-9, "promoters and detractors are mirror images");
        }

        #[test]
        fn few_answers_lie_in_their_interval_and_so_does_a_difference(
            one in (0_u64..4, 0_u64..4, 0_u64..4),
            two in (0_u64..4, 0_u64..4, 0_u64..4),
        ) {
            let (one, two) = (of(one.0, one.1, one.2), of(two.0, two.1, two.2));
            prop_assume!(one.n() > 0 && two.n() > 0);
            for method in [NpsMethod::AdjustedWald, NpsMethod::Wald, NpsMethod::WaldUnbiased] {
                let s = nps_estimate(one, method);
                let holds = |value: Option<f64>, low: Option<f64>, high: Option<f64>| {
                    low.is_none_or(|low| Some(low) <= value) && high.is_none_or(|high| value <= Some(high))
                };
                prop_assert!(holds(s.value, s.low, s.high), "{s:?}");
                let d = nps_difference(one, two, method);
                prop_assert!(holds(d.difference, d.low, d.high), "{d:?}");
            }
        }

        #[test]
        fn a_promoter_more_never_lowers_the_score(p in 0_u64..500, q in 0_u64..500, d in 1_u64..500) {
            prop_assert!(of(p + 1, q, d).score() > of(p, q, d).score());
            prop_assert!(of(p, q, d).score() > of(p, q, d + 1).score() || p + q == 0);
        }
    }
}
