//! Event logs from the outside: Arrow, CSV, JSON lines, Parquet, XES.
//!
//! Answers: what a file holds, as a log of `cjm-core`, with every bad row counted by reason.
//! Does not know: blueprints beyond the types they declare, what events mean.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

#[cfg(feature = "arrow")]
pub mod arrow;
#[cfg(feature = "parquet")]
pub mod parquet;
