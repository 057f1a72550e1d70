//! Floors 8-9: answers over many customers, as typed rows.
//!
//! Answers: what each table of a study holds. Does not know: how tables are drawn.

pub mod rows;
pub mod tracking;
