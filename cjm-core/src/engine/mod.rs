//! Floor 7: the one place that wires behaviour together: the per-customer kernel.
//!
//! Answers: what one event or a passing of time does to one customer's state. Batch and stream use the same kernel.
//! Does not know: where states are kept, what time it is now.

mod ack;
mod answer;
pub(crate) mod bind;
pub(crate) mod bound;
pub mod brief;
pub mod decision;
mod emit;
pub mod encode;
pub mod explain;
pub mod host;
pub mod install;
mod keep;
pub mod kernel;
pub mod live;
pub mod merge;
mod pack;
pub mod recent;
pub mod replay;
mod retract;
mod rules;
pub mod scope;
pub mod state;
mod step;
pub mod stitch;
mod tickets;
pub mod typed;
pub mod view;
mod waiting;
#[cfg(feature = "messages")]
pub mod words;

pub use self::ack::{ACKS, AckOutcome};
pub use self::answer::{ANSWERS, Answer};
pub use self::bound::MAX_STATE;
pub use self::decision::{ActionKind, Decision, Outcome, Refusal, Stepped, TicketNews};
pub use self::emit::EMITTED;
pub use self::host::Engine;
pub use self::live::Input;
pub use self::replay::{Replay, ReplayOptions, Until};
pub(crate) use self::rules::Unasked;
pub use self::state::CustomerState;
pub use self::step::MAX_AHEAD;
pub use self::typed::TypedEvent;
pub use self::view::CustomerView;
pub use self::waiting::{MAX_WAITING, MAX_WAITING_BYTES};

#[cfg(test)]
mod tests;
