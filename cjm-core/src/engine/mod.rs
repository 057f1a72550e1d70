//! Floor 7: the one place that wires behaviour together: the per-customer kernel.
//!
//! Answers: what one event or a passing of time does to one customer's state. Batch and stream use the same kernel.
//! Does not know: where states are kept, what time it is now.

pub mod encode;
pub mod kernel;
pub mod live;
pub mod merge;
pub mod recent;
pub mod scope;
pub mod state;

pub use self::live::Input;
pub use self::state::CustomerState;

#[cfg(test)]
mod tests;
