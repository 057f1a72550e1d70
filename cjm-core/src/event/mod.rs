//! Floor 3: what happened: single events and the columnar log.
//!
//! Answers: how rows of any source become typed, sorted columns, and which rows did not make it and why.
//! Does not know: files and formats (see the crate `cjm-io`), maps, rules, what a customer is beyond a key.

pub mod batch;
pub mod bits;
pub mod cells;
pub mod ids;
pub mod options;
pub mod reject;
pub mod single;
pub mod strings;
pub mod typed;
pub mod view;

pub use batch::{Batch, BatchBuilder, BatchColumn};
pub use bits::Bits;
pub use cells::{Cells, Codes, Shared, TimeUnit};
pub use ids::{AttributeId, EventId};
pub use options::{Attributes, Options};
pub use reject::{Reason, Rejected, RejectedRows};
pub use single::Event;
pub use strings::{Interner, Strings};
pub use view::{EnvelopeField, EventView};
