//! Event logs from the outside: CSV, JSON lines and XES as text, Arrow and Parquet as columns; answers as Arrow tables.
//!
//! Answers: what a file holds, as a log of `cjm-core`, with every bad row counted by reason; rows as columns.
//! Does not know: blueprints beyond the types they declare, what events mean.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

#[cfg(feature = "arrow")]
pub mod arrow;
#[cfg(feature = "csv")]
mod columns;
#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "csv")]
mod declared;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
pub mod encoding;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
mod events;
#[cfg(any(feature = "json", feature = "xes"))]
mod grid;
#[cfg(feature = "json")]
mod json_line;
#[cfg(feature = "json")]
mod jsonl;
#[cfg(any(feature = "csv", feature = "parquet"))]
mod named;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
mod progress;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
pub mod source;
#[cfg(any(feature = "csv", feature = "xes"))]
mod stamp;
#[cfg(feature = "sqlite")]
pub mod store;
#[cfg(feature = "arrow")]
pub mod tables;
#[cfg(any(feature = "csv", feature = "xes"))]
mod times;
#[cfg(feature = "json")]
pub mod wire;
#[cfg(all(feature = "csv", feature = "json"))]
mod write;
#[cfg(feature = "xes")]
mod xes;

#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
pub use encoding::TextEncoding;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
pub use events::{EventReader, Format, log_of, read_events, read_events_from};
#[cfg(feature = "json")]
pub use json_line::event_of_line;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
pub use progress::Progress;
#[cfg(any(feature = "csv", feature = "json", feature = "xes"))]
pub use source::TextLimits;
#[cfg(all(feature = "csv", feature = "json"))]
pub use write::{write_events, write_events_to};
