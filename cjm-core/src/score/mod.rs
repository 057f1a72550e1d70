//! Floor 4: scores and their intervals, pure arithmetic equal to the published formulas.
//!
//! Answers: NPS, CSAT, CES, means, proportions, differences, emotion, curve summaries, each with n and interval.
//! Does not know: where answers come from.

mod estimate;

pub use self::estimate::Estimate;
