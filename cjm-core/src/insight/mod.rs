//! Floors 8-9: answers over many customers, as typed rows.
//!
//! Answers: what each table of a study holds and how it follows from what was counted.
//! Does not know: how tables are drawn, how customers are walked.

pub mod curve;
pub mod journey;
pub mod lifecycle;
pub mod loss;
pub mod pain;
pub mod record;
pub mod rows;
pub mod tally;
pub mod tracking;
pub mod walk;

use crate::base::stats::quantile;
use crate::base::time::SECOND_US;

/// A quantile of microseconds in seconds; `None` of nothing.
fn seconds(values_us: &mut [i64], q: f64) -> Option<f64> {
    quantile(values_us, q).map(|us| us / SECOND_US as f64)
}
