//! Floor 3: what happened: single events and the columnar log.
//!
//! Answers: how rows of any source become typed, sorted columns, and which rows did not make it and why.
//! Does not know: files and formats (see the crate `cjm-io`), maps, rules, what a customer is beyond a key.

mod arrange;
pub mod batch;
pub mod bits;
pub mod build;
mod cast;
pub mod cells;
mod deal;
mod declared;
mod dictionary;
mod envelope;
mod expect;
pub mod ids;
mod infer;
mod judge;
mod layout;
pub mod log;
mod marks;
mod notice;
pub mod options;
mod plane;
mod recent;
pub mod reject;
pub mod rows;
pub mod single;
pub mod strings;
#[cfg(test)]
mod tests;
mod ticks;
pub mod typed;
pub mod view;
mod whole;

pub use batch::{Batch, BatchBuilder, BatchColumn};
pub use bits::Bits;
pub use build::LogBuilder;
pub use cells::{Cells, Codes, Shared, TimeUnit};
pub use ids::{AttributeId, EventId};
pub use log::{Column, ColumnData, EventLog, Identity};
pub use notice::Expectations;
pub use options::{Attributes, Options};
pub use reject::{Reason, Rejected, RejectedRows};
pub use rows::BatchEvents;
pub use single::{Event, Excess, MAX_EVENT_BYTES, excess};
pub use strings::{Interner, Placed, Strings};
pub use view::{EnvelopeField, EventView};
pub use whole::{batch_of, log_of};
