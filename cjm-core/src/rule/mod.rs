//! Floor 5: patterns of rules: what has to happen, in which order, within which time, for a rule to match.
//!
//! Answers: the matches that an event, a moment or time alone gives to each rule, exactly at their instant.
//! Does not know: how conditions are evaluated (it asks through [`Ask`]), what a match leads to, other customers.
//!
//! # What fires when
//! - **event, answer, moment**: at the event or change.
//! - **sequence**: at the event that completes it. Each event that fits the first step begins one partial match, and
//!   a partial match has one way to go on: an event goes to the repeat it stands in while the repeat may take it (a
//!   reluctant repeat gives way to the next step), else to the nearest step that may follow; an optional step comes
//!   before the step behind it (a reluctant one after it). Of matches that one event completes the one that began
//!   first comes first, and `skip` then drops every partial match that began before the place to go on from.
//!   An event that a `not` step forbids closes the way past it until the step before takes another event; when no
//!   way is left, the partial match ends.
//! - **after .. without ..**: at A's time + D, unless B came after A and not after that instant. A first B, then A,
//!   when one event is both.
//! - **count, sum**: at an A whose window (t-D, t] holds enough. `crossing` compares the window with and without it.
//! - **stay**: at the time of coming in + D, unless the stage was left before or at that instant.
//! - **every, date**: at the local civil time, once per occurrence.
//!
//! # Bounds
//! 16 partial matches of 256 events per key, 64 keys per rule: the oldest gives way and is told. 128 timers per
//! customer: a wait beyond is not opened and told; none is dropped. Windows are exact up to 256 entries.

mod compile;
mod groups;
mod matched;
mod matcher;
mod part;
mod run;
mod schedule;
mod sequence;
mod spec;
#[cfg(test)]
mod tests;
mod wait;
mod window;

pub use self::compile::{Place, Resolve};
pub use self::matched::{Identified, Match, Matched, Outcome, Read, SoFar};
pub use self::matcher::{Feed, Matcher};
pub use self::part::{Ids, MatchPart, Part};
pub use self::run::{MAX_KEYS, MAX_RUN_EVENTS, MAX_RUNS};
pub use self::schedule::{Calendar, Every, ScheduleSpec, When};
pub use self::sequence::{MAX_STEPS, SequenceSpec, SkipTo, StepSpec};
pub use self::spec::{AbsenceSpec, EventTest, Form, MomentTest, PatternSpec, Patterns, TotalSpec};
pub use self::wait::{MAX_ENDED, MAX_TIMERS};
pub use self::window::MAX_WINDOW;

use crate::base::time::Timestamp;
use crate::base::value::Value;
use crate::event::EventView;
use crate::expr::Program;

/// Evaluates conditions over the event and customer at hand.
pub trait Ask {
    /// Whether a condition holds; one that ends in an error does not. `so_far` is what `first.` and `last.` look at.
    fn holds(&self, condition: &Program, so_far: SoFar<'_>) -> bool;

    /// The value of an expression; null when it ends in an error.
    fn value(&self, expression: &Program) -> Value;

    /// The event at hand; `None` when something changed by time alone.
    fn event(&self) -> Option<&dyn EventView>;

    /// Who the event at hand is. Asked only when a rule remembers it.
    fn identified(&self) -> Identified;

    /// The number under which the event at hand can be taken back: a hash of its source and id.
    fn event_key(&self) -> u64;
}

/// How far a customer's time has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Everything before has happened.
    pub until: Timestamp,
    /// Whether that instant itself is over.
    pub closed: bool,
}

impl Passed {
    /// Whether an instant is over.
    pub fn over(self, at: Timestamp) -> bool {
        at < self.until || (self.closed && at == self.until)
    }
}
