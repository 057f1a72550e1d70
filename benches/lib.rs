//! What the bench programs share: the clock, the machine's name, the peers, the file of results.
//!
//! Answers: how long a work takes and where the figure goes. Does not know: what is measured.
//!
//! A bench program is a `[[bin]]` of this crate: it measures, prints its table and replaces its own section of
//! `benches/RESULTS.md`. Figures are printed and written, never asserted.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod clock;
pub mod machine;
pub mod peers;
pub mod results;
pub mod visits;

pub use clock::{Timed, timed};
pub use results::Section;

/// How every bench program ends.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;
