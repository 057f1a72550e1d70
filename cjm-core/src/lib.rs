//! cjm: an embeddable customer-journey engine. One blueprint file, one engine, the same answer everywhere.
//!
//! Pure logic: no clock, no files, no network, no global state. Time is an argument.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod base;
pub mod blueprint;
pub mod customer;
pub mod engine;
pub mod error;
pub mod event;
pub mod expr;
pub mod insight;
pub mod journey;
pub mod map;
pub mod outreach;
pub mod plan;
#[cfg(feature = "report")]
pub mod report;
pub mod rule;
pub mod score;
pub mod signal;
pub mod simulate;
pub mod study;
pub mod ticket;

pub use base::finding::{Finding, Severity};
pub use base::text::{Language, Text};
pub use base::time::{Duration, Timestamp};
pub use base::value::{Value, ValueRef};
pub use base::zone::{Date, Zone};
pub use blueprint::Blueprint;
pub use engine::brief::Brief;
pub use engine::explain::Explanation;
pub use engine::install;
pub use engine::{
    AckOutcome, Answer, CustomerState, Decision, Engine, Input, Refusal, Replay, ReplayOptions, Stepped,
    TypedEvent, Until,
};
pub use error::{Error, ErrorCode, Result};
pub use event::Event;
#[cfg(feature = "messages")]
pub use outreach::payload;
pub use plan::Plan;
pub use study::{IdentityView, Study, StudyOptions};
