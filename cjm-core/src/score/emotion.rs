//! Emotion: every source of feeling brought to one scale from -1 to 1, and collected.
//!
//! Answers: the emotion of an answer, the mean emotion of many with its sources and the share of bad scores.
//! Does not know: touchpoints, nor what a comment's sentiment is.

use super::{Estimate, MeanAcc, ScoreKind, share};
use crate::error::Result;

/// Where an observation of emotion came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmotionSource {
    /// A CSAT answer.
    Csat,
    /// A CES answer.
    Ces,
    /// The emotion that the map declares for an event; counts only where the event has no answer.
    Feels,
    /// An NPS answer.
    Nps,
    /// A score that the event itself carried.
    Score,
    /// The sentiment of a comment.
    Sentiment,
}

impl EmotionSource {
    /// Every source, sorted by name.
    pub const ALL: [Self; 6] = [Self::Ces, Self::Csat, Self::Feels, Self::Nps, Self::Score, Self::Sentiment];

    /// The name that results carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csat => "csat",
            Self::Ces => "ces",
            Self::Feels => "feels",
            Self::Nps => "nps",
            Self::Score => "score",
            Self::Sentiment => "sentiment",
        }
    }

    /// Whether it is a score that a customer gave: an answer, or a score that an event carried.
    pub const fn is_score(self) -> bool {
        matches!(self, Self::Csat | Self::Ces | Self::Nps | Self::Score)
    }
}

impl From<ScoreKind> for EmotionSource {
    fn from(kind: ScoreKind) -> Self {
        match kind {
            ScoreKind::Nps => Self::Nps,
            ScoreKind::Csat => Self::Csat,
            ScoreKind::Ces => Self::Ces,
        }
    }
}

/// The emotion of an answer, -1 to 1: CSAT (x - 3) / 2, CES (x - 4) / 3, NPS (x - 5) / 5.
///
/// # Errors
/// `argument` when the answer lies outside the kind's scale.
///
/// ```
/// use cjm_core::score::{ScoreKind, emotion_of};
/// assert_eq!(emotion_of(ScoreKind::Nps, 0)?, -1.0);
/// assert_eq!(emotion_of(ScoreKind::Csat, 4)?, 0.5);
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn emotion_of(kind: ScoreKind, answer: i64) -> Result<f64> {
    let answer = kind.checked(answer)? as f64;
    Ok(match kind {
        ScoreKind::Csat => (answer - 3.0) / 2.0,
        ScoreKind::Ces => (answer - 4.0) / 3.0,
        ScoreKind::Nps => (answer - 5.0) / 5.0,
    })
}

/// Observations of emotion at one place: each weighs 1. Merging in any order gives the same bits.
///
/// ```
/// use cjm_core::score::{EmotionAcc, EmotionSource, ScoreKind};
/// let mut serving = EmotionAcc::new();
/// serving.add_answer(ScoreKind::Csat, 2)?;
/// serving.add(EmotionSource::Sentiment, 0.5);
/// assert_eq!(serving.estimate().value, Some(0.0));
/// assert_eq!(serving.bad_share().value, Some(1.0));
/// assert_eq!(serving.sources().collect::<Vec<_>>(), ["csat", "sentiment"]);
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EmotionAcc {
    all: MeanAcc,
    by_source: [u64; 6],
    scores: u64,
    bad: u64,
}

impl EmotionAcc {
    /// Nothing observed yet.
    pub const fn new() -> Self {
        Self { all: MeanAcc::new(), by_source: [0; 6], scores: 0, bad: 0 }
    }

    /// Adds an observation from -1 to 1; anything else is not taken, and `false` says so.
    pub fn add(&mut self, source: EmotionSource, emotion: f64) -> bool {
        self.add_many(source, emotion, 1)
    }

    /// Adds an observation as if it had been made `count` times.
    pub fn add_many(&mut self, source: EmotionSource, emotion: f64, count: u64) -> bool {
        if !(-1.0..=1.0).contains(&emotion) {
            return false;
        }
        self.all.add_many(emotion, count);
        if let Some(n) = self.by_source.get_mut(source as usize) {
            *n = n.saturating_add(count);
        }
        if source.is_score() {
            self.scores = self.scores.saturating_add(count);
            self.bad = self.bad.saturating_add(if emotion < 0.0 { count } else { 0 });
        }
        true
    }

    /// Adds the emotion of an answer.
    ///
    /// # Errors
    /// `argument` when the answer lies outside the kind's scale; nothing is added then.
    pub fn add_answer(&mut self, kind: ScoreKind, answer: i64) -> Result<()> {
        let emotion = emotion_of(kind, answer)?;
        self.add(kind.into(), emotion);
        Ok(())
    }

    /// Adds the observations of another place or part.
    pub fn merge(&mut self, other: &Self) {
        self.all.merge(&other.all);
        for (mine, theirs) in self.by_source.iter_mut().zip(&other.by_source) {
            *mine = mine.saturating_add(*theirs);
        }
        self.scores = self.scores.saturating_add(other.scores);
        self.bad = self.bad.saturating_add(other.bad);
    }

    /// How many observations.
    pub const fn n(&self) -> u64 {
        self.all.n()
    }

    /// The mean emotion, -1 to 1, with its t interval held inside the scale.
    pub fn estimate(&self) -> Estimate {
        let mean = self.all.estimate();
        Estimate { low: mean.low.map(|x| x.max(-1.0)), high: mean.high.map(|x| x.min(1.0)), ..mean }
    }

    /// The share of scores with an emotion below 0, Wilson; comments and declared feelings are no scores.
    pub fn bad_share(&self) -> Estimate {
        share(self.bad, self.scores)
    }

    /// How many observations a source gave.
    pub fn n_of(&self, source: EmotionSource) -> u64 {
        self.by_source.get(source as usize).copied().unwrap_or(0)
    }

    /// The names of the sources that gave any, sorted.
    pub fn sources(&self) -> impl Iterator<Item = &'static str> + '_ {
        EmotionSource::ALL.into_iter().filter(|s| self.n_of(*s) > 0).map(EmotionSource::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scale_reaches_from_minus_one_to_one() {
        for kind in ScoreKind::ALL {
            let (low, high) = kind.scale();
            assert_eq!(emotion_of(kind, low).unwrap(), -1.0);
            assert_eq!(emotion_of(kind, high).unwrap(), 1.0);
            assert_eq!(emotion_of(kind, (low + high) / 2).unwrap(), 0.0);
            assert!(emotion_of(kind, high + 1).is_err() && emotion_of(kind, low - 1).is_err());
        }
        assert_eq!(emotion_of(ScoreKind::Ces, 6).unwrap(), 2.0 / 3.0);
        assert_eq!(emotion_of(ScoreKind::Nps, 8).unwrap(), 0.6);
    }

    #[test]
    fn sources_are_named_in_order_and_only_scores_can_be_bad() {
        assert!(EmotionSource::ALL.map(EmotionSource::name).is_sorted());
        let mut acc = EmotionAcc::new();
        acc.add(EmotionSource::Feels, -0.6);
        acc.add(EmotionSource::Sentiment, -0.2);
        assert_eq!(acc.bad_share(), Estimate::none("wilson"));
        acc.add(EmotionSource::Score, -0.5);
        acc.add(EmotionSource::Nps, 0.0);
        assert_eq!((acc.bad_share().value, acc.bad_share().n), (Some(0.5), 2));
        assert_eq!(acc.sources().collect::<Vec<_>>(), ["feels", "nps", "score", "sentiment"]);
        assert_eq!((acc.n(), acc.n_of(EmotionSource::Feels)), (4, 1));
    }

    #[test]
    fn what_is_no_emotion_is_not_taken() {
        let mut acc = EmotionAcc::new();
        for bad in [1.01, -2.0, f64::NAN, f64::INFINITY] {
            assert!(!acc.add(EmotionSource::Sentiment, bad));
        }
        assert_eq!(acc, EmotionAcc::new());
        assert_eq!(acc.estimate(), Estimate::none("t"));
    }

    #[test]
    fn the_interval_stays_on_the_scale() {
        let mut acc = EmotionAcc::new();
        acc.add(EmotionSource::Csat, 1.0);
        acc.add(EmotionSource::Csat, -1.0);
        let e = acc.estimate();
        assert_eq!((e.value, e.low, e.high), (Some(0.0), Some(-1.0), Some(1.0)));
    }
}
