//! Patterns by cases: rules as a blueprint has them, lines of events, the matches they give.

mod forms;
mod golden;
mod laws;
mod naive;
mod sequences;
mod story;
