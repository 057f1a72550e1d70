//! Floors 8-9: answers over many customers, as typed rows.
//!
//! Answers: what each table of a study holds and how it follows from what was counted.
//! Does not know: how tables are drawn, how customers are walked.

pub mod conditions;
pub mod curve;
pub mod durations;
pub mod journey;
pub mod lifecycle;
pub mod loss;
pub mod pain;
pub mod record;
pub mod rows;
pub mod tally;
pub mod tracking;
pub mod walk;
