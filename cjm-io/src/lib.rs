//! Event logs from the outside: CSV, JSON lines and XES as text, Arrow and Parquet as columns.
//!
//! Answers: what a file holds, as a log of `cjm-core`, with every bad row counted by reason.
//! Does not know: blueprints beyond the types they declare, what events mean.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

#[cfg(feature = "csv")]
mod columns;
#[cfg(feature = "csv")]
pub mod csv;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
pub mod encoding;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
pub mod source;
#[cfg(feature = "csv")]
mod stamp;
