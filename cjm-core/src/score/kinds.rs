//! The three kinds of scores and counted answers to them.
//!
//! Answers: which answers a kind allows, what its score and mean are. Does not know: surveys and touchpoints.

use serde::Serialize;

use super::nps::{NpsGroups, NpsMethod, nps_estimate};
use super::{Estimate, MeanAcc, share};
use crate::base::value::ValueRef;
use crate::error::{Error, ErrorCode, Result};

/// A kind of score: its scale and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// Net promoter score, answers 0 to 10.
    Nps,
    /// Customer satisfaction, answers 1 to 5; 4 and 5 are satisfied.
    Csat,
    /// Customer effort (version 2: "made it easy"), answers 1 to 7, higher is easier; 5 to 7 agree. Version 1,
    /// where higher meant more effort, is the other way round and must be turned before it comes here.
    Ces,
}

impl ScoreKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Nps, Self::Csat, Self::Ces];

    /// The name used in documents and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nps => "nps",
            Self::Csat => "csat",
            Self::Ces => "ces",
        }
    }

    /// The smallest and the largest answer.
    pub const fn scale(self) -> (i64, i64) {
        match self {
            Self::Nps => (0, 10),
            Self::Csat => (1, 5),
            Self::Ces => (1, 7),
        }
    }

    /// The answer that a value gives: a whole number on the scale, whatever number type carries it.
    ///
    /// # Errors
    /// `argument` when the value is no whole number or lies outside the scale. A missing value is no answer and
    /// must not come here.
    pub fn answer_of(self, value: ValueRef<'_>) -> Result<i64> {
        let whole = match value {
            ValueRef::Int(answer) => Some(answer),
            other => other.as_f64().filter(|x| x.fract() == 0.0 && x.abs() < 1e6).map(|x| x as i64),
        };
        match (whole, value.as_f64()) {
            (Some(answer), _) => self.checked(answer),
            (None, Some(x)) => Err(self.refused(format!("{x}"))),
            (None, None) => Err(self.refused("this".to_owned())),
        }
    }

    /// The answer itself when it lies on the scale.
    ///
    /// # Errors
    /// `argument` when it does not.
    pub fn checked(self, answer: i64) -> Result<i64> {
        let (low, high) = self.scale();
        if (low..=high).contains(&answer) { Ok(answer) } else { Err(self.refused(answer.to_string())) }
    }

    fn refused(self, what: String) -> Error {
        let (low, high) = self.scale();
        let message =
            format!("`{what}` is no {} answer; it is a whole number from {low} to {high}", self.name());
        Error::new(ErrorCode::Argument, message)
    }
}

/// How often each answer was given. Adding and merging in any order give the same counts and so the same figures.
///
/// ```
/// use cjm_core::score::{ScoreCounts, ScoreKind};
/// let mut morning = ScoreCounts::new(ScoreKind::Csat);
/// morning.add(5)?;
/// let mut evening = ScoreCounts::new(ScoreKind::Csat);
/// evening.add(2)?;
/// morning.merge(&evening)?;
/// assert_eq!(morning.score().value, Some(0.5));
/// assert_eq!(morning.mean().value, Some(3.5));
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreCounts {
    kind: ScoreKind,
    counts: [u64; 11],
}

impl ScoreCounts {
    /// No answers yet.
    pub const fn new(kind: ScoreKind) -> Self {
        Self { kind, counts: [0; 11] }
    }

    /// Counts answers.
    ///
    /// # Errors
    /// `argument` when an answer lies outside the kind's scale.
    pub fn of(kind: ScoreKind, answers: &[i64]) -> Result<Self> {
        let mut counts = Self::new(kind);
        answers.iter().try_for_each(|answer| counts.add(*answer))?;
        Ok(counts)
    }

    /// The kind of the answers.
    pub const fn kind(&self) -> ScoreKind {
        self.kind
    }

    /// Counts one answer.
    ///
    /// # Errors
    /// `argument` when it lies outside the kind's scale; nothing is counted then.
    pub fn add(&mut self, answer: i64) -> Result<()> {
        let answer = self.kind.checked(answer)?;
        if let Some(count) = usize::try_from(answer).ok().and_then(|a| self.counts.get_mut(a)) {
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    /// Adds the answers of another set.
    ///
    /// # Errors
    /// `argument` when the other set is of another kind.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.kind != other.kind {
            let message =
                format!("{} answers can not be added to {} answers", other.kind.name(), self.kind.name());
            return Err(Error::new(ErrorCode::Argument, message));
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
        Ok(())
    }

    /// How many answered.
    pub fn n(&self) -> u64 {
        self.between(0, 10)
    }

    /// Answers and how often each was given, by answer, over the kind's whole scale.
    pub fn by_answer(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        let (low, high) = self.kind.scale();
        (0..).zip(self.counts).filter(move |(answer, _)| (low..=high).contains(answer))
    }

    /// The score of the kind: NPS in points with its adjusted-Wald interval; CSAT as the share of 4 and 5, CES as
    /// the share of 5 to 7, both 0 to 1 with Wilson.
    pub fn score(&self) -> Estimate {
        match self.kind {
            ScoreKind::Nps => nps_estimate(self.nps_groups(), NpsMethod::default()),
            ScoreKind::Csat => share(self.between(4, 5), self.n()),
            ScoreKind::Ces => share(self.between(5, 7), self.n()),
        }
    }

    /// The mean answer with its t interval.
    pub fn mean(&self) -> Estimate {
        let mut mean = MeanAcc::new();
        for (answer, count) in self.by_answer() {
            mean.add_many(answer as f64, count);
        }
        mean.estimate()
    }

    /// Promoters, passives and detractors; meaningful for NPS answers.
    pub fn nps_groups(&self) -> NpsGroups {
        NpsGroups {
            promoters: self.between(9, 10),
            passives: self.between(7, 8),
            detractors: self.between(0, 6),
        }
    }

    fn between(&self, low: usize, high: usize) -> u64 {
        let wanted = self.counts.iter().skip(low).take(high + 1 - low);
        wanted.fold(0_u64, |sum, count| sum.saturating_add(*count))
    }
}

/// CSAT of answers 1 to 5: the share of 4 and 5 (top-2 box), 0 to 1, with Wilson.
///
/// # Errors
/// `argument` when an answer lies outside 1 to 5.
///
/// ```
/// let s = cjm_core::score::csat(&[5, 4, 4, 2])?;
/// assert_eq!((s.value, s.n), (Some(0.75), 4));
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn csat(answers: &[i64]) -> Result<Estimate> {
    Ok(ScoreCounts::of(ScoreKind::Csat, answers)?.score())
}

/// CES version 2 of answers 1 to 7, higher is easier: the mean answer with its t interval. The share of 5 to 7 is
/// [`ScoreCounts::score`].
///
/// # Errors
/// `argument` when an answer lies outside 1 to 7.
///
/// ```
/// let s = cjm_core::score::ces(&[7, 6, 2])?;
/// assert_eq!((s.value, s.n, s.method), (Some(5.0), 3, "t"));
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn ces(answers: &[i64]) -> Result<Estimate> {
    Ok(ScoreCounts::of(ScoreKind::Ces, answers)?.mean())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn csat_is_the_top_two_box() {
        let mut answers = vec![5; 20];
        answers.extend([4; 25]);
        answers.extend([3; 10]);
        answers.extend([1; 5]);
        let s = csat(&answers).unwrap();
        assert_eq!((s.value, s.n, s.method), (Some(0.75), 60, "wilson"));
        assert!((s.low.unwrap() - 0.627_679_299_3).abs() < 1e-9);
        assert!((s.high.unwrap() - 0.842_234_774_7).abs() < 1e-9);
        let mean = ScoreCounts::of(ScoreKind::Csat, &answers).unwrap().mean();
        assert_eq!((mean.value, mean.method), (Some(235.0 / 60.0), "t"));
    }

    #[test]
    fn ces_is_a_mean_and_a_share_of_five_to_seven() {
        let counts = ScoreCounts::of(ScoreKind::Ces, &[7, 6, 5, 4, 1]).unwrap();
        assert_eq!((counts.score().value, counts.score().method), (Some(0.6), "wilson"));
        assert_eq!(ces(&[7, 6, 5, 4, 1]).unwrap().value, Some(4.6));
        assert_eq!(ces(&[]).unwrap(), Estimate::none("t"));
    }

    #[test]
    fn what_is_off_the_scale_is_refused() {
        for (kind, bad) in
            [(ScoreKind::Nps, 11), (ScoreKind::Csat, 0), (ScoreKind::Csat, 6), (ScoreKind::Ces, 8)]
        {
            let mut counts = ScoreCounts::new(kind);
            assert_eq!(counts.add(bad).unwrap_err().code(), ErrorCode::Argument);
            assert_eq!(counts.n(), 0, "a refused answer is not counted");
        }
    }

    #[test]
    fn a_value_is_an_answer_only_when_it_is_whole() {
        let nps = |value| ScoreKind::Nps.answer_of(value).map_err(|e| e.message().to_owned());
        assert_eq!(nps(ValueRef::Int(0)), Ok(0));
        assert_eq!(nps(ValueRef::Number(9.0)), Ok(9));
        assert_eq!(nps(ValueRef::Money(Decimal::new(70, 1))), Ok(7));
        assert_eq!(
            nps(ValueRef::Number(8.5)),
            Err("`8.5` is no nps answer; it is a whole number from 0 to 10".into())
        );
        for bad in [
            ValueRef::Int(11),
            ValueRef::Number(f64::NAN),
            ValueRef::Number(1e300),
            ValueRef::Text("9"),
            ValueRef::Bool(true),
            ValueRef::Null,
        ] {
            assert!(nps(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn kinds_do_not_mix() {
        let mut nps = ScoreCounts::new(ScoreKind::Nps);
        assert!(nps.merge(&ScoreCounts::new(ScoreKind::Ces)).is_err());
    }

    proptest! {
        #[test]
        fn merging_in_any_cut_and_order_is_counting_at_once(
            answers in prop::collection::vec(1_i64..=5, 0..60),
            cut in 0_usize..60,
        ) {
            let whole = ScoreCounts::of(ScoreKind::Csat, &answers).unwrap();
            let (left, right) = answers.split_at(cut.min(answers.len()));
            let mut a = ScoreCounts::of(ScoreKind::Csat, left).unwrap();
            let b = ScoreCounts::of(ScoreKind::Csat, right).unwrap();
            let mut turned = b;
            a.merge(&b).unwrap();
            turned.merge(&ScoreCounts::of(ScoreKind::Csat, left).unwrap()).unwrap();
            prop_assert_eq!(a, whole);
            prop_assert_eq!(turned, whole);
            prop_assert_eq!(whole.by_answer().map(|(_, n)| n).sum::<u64>(), answers.len() as u64);
        }
    }
}
