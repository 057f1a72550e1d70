//! Floor 4: scores and their intervals, pure arithmetic equal to the published formulas.
//!
//! Answers: NPS, CSAT, CES, means, shares, differences, emotion, curve summaries, each with n and interval.
//! Does not know: where answers come from.
//!
//! Two ways in: functions over slices ([`nps`], [`csat`], [`ces`], [`mean`], ...) and accumulators for batches
//! ([`ScoreCounts`], [`MeanAcc`], [`EmotionAcc`]). Accumulators hold whole numbers only, so merging them in any
//! order or on any number of threads gives the same bits.

mod curve;
mod emotion;
mod estimate;
mod kinds;
mod mean;
mod nps;
mod share;

pub use self::curve::{CurveItem, CurvePlace, CurveSummary, summarize_curve};
pub use self::emotion::{EmotionAcc, EmotionSource, emotion_of};
pub use self::estimate::{Difference, Estimate};
pub use self::kinds::{ScoreCounts, ScoreKind, ces, csat};
pub use self::mean::{MeanAcc, compare_means, mean, weighted_mean};
pub use self::nps::{
    NpsGroups, NpsMethod, compare_nps, compare_nps_by, nps, nps_by, nps_difference, nps_estimate,
};
pub use self::share::{compare_shares, share, share_by_adjusted_wald};
pub use crate::base::stats::{benjamini_hochberg, holm, median, quantile};
