//! Floor 2: what people write. Reads, holds, writes and compares blueprint documents.
//!
//! Answers: the typed document with the position of every part. Does not know: what any of it does.

pub mod model;
#[cfg(feature = "schema")]
pub mod schema;
