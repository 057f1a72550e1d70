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
//! # Example
//! ```
//! use cjm_core::event::{AttributeId, EnvelopeField, EventId, EventView};
//! use cjm_core::expr::Program;
//! use cjm_core::rule::*;
//! use cjm_core::{Date, Timestamp, Value, ValueRef, Zone};
//!
//! /// An event that has nothing but a name and a time.
//! struct Bare(EventId, Timestamp);
//! impl EventView for Bare {
//!     fn event(&self) -> Option<EventId> { Some(self.0) }
//!     fn time(&self) -> Timestamp { self.1 }
//!     fn attribute(&self, _: AttributeId) -> ValueRef<'_> { ValueRef::Null }
//!     fn envelope(&self, _: EnvelopeField) -> ValueRef<'_> { ValueRef::Null }
//! }
//! impl Ask for Bare {
//!     fn holds(&self, _: &Program, _: SoFar<'_>) -> bool { true }
//!     fn value(&self, _: &Program) -> Value { Value::Null }
//!     fn event(&self) -> Option<&dyn EventView> { Some(self) }
//!     fn identified(&self) -> Identified { Identified { source: "till".into(), id: "e1".into() } }
//!     fn event_key(&self) -> u64 { 1 }
//!     fn brought_by(&self) -> u8 { 0 }
//! }
//! struct Anyone(Zone);
//! impl Calendar for Anyone {
//!     fn zone(&self) -> &Zone { &self.0 }
//!     fn member(&self, _: u32) -> bool { true }
//!     fn date(&self, _: u32) -> Option<Date> { None }
//! }
//!
//! // after a cart without a payment for 30 minutes
//! let (cart, paid) = (EventId(0), EventId(1));
//! let absence = AbsenceSpec {
//!     after: vec![EventTest::of([cart])],
//!     without: vec![EventTest::of([paid])],
//!     lasts: "30m".parse()?,
//!     again: Default::default(),
//! };
//! let patterns = Patterns::new(vec![PatternSpec::new(Form::Absence(absence))], 2);
//! let mut matcher = Matcher::new();
//! let noon: Timestamp = "2026-03-01T12:00:00Z".parse()?;
//! let feed = Feed { event: cart, at: noon, late: None, timers: 0 };
//! matcher.feed(&patterns, feed, &Bare(cart, noon), &mut |_| unreachable!("nothing matches yet"));
//! let due = matcher.next_due().ok_or("a wait is open")?;
//! let mut found = Vec::new();
//! let passed = Passed { until: due, closed: true };
//! matcher.fire(&patterns, passed, &Anyone(Zone::utc()), &mut |m: Match| found.push(m.due.to_string()));
//! assert_eq!(found, ["2026-03-01T12:30:00Z"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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
mod seen;
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
pub(crate) use self::seen::{SeenRun, SeenWait, SeenWindow};
pub use self::sequence::{MAX_STEPS, SequenceSpec, SkipTo, StepSpec};
pub use self::spec::{AbsenceSpec, EventTest, Form, MomentTest, PatternSpec, Patterns, TotalSpec};
pub use self::wait::{MAX_ENDED, MAX_TIMERS};
pub use self::window::MAX_WINDOW;

use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::event::{EventId, EventView};
use crate::expr::{Program, Together};

/// Evaluates conditions over the event and customer at hand.
pub trait Ask {
    /// Whether a condition holds; one that ends in an error does not. `so_far` is what `first.` and `last.` look at.
    fn holds(&self, condition: &Program, so_far: SoFar<'_>) -> bool;

    /// Tells the numbers of the conditions that hold, in order; those that end in an error do not.
    fn each_that_holds(&self, conditions: &Together, found: &mut dyn FnMut(u32)) {
        let all = (0..).zip(conditions.conditions());
        all.filter(|(_, condition)| self.holds(condition, SoFar::default()))
            .for_each(|(number, _)| found(number));
    }

    /// The value of an expression; null when it ends in an error.
    fn value(&self, expression: &Program) -> Value;

    /// The event at hand; `None` when something changed by time alone.
    fn event(&self) -> Option<&dyn EventView>;

    /// Who the event at hand is. Asked only when a rule remembers it.
    fn identified(&self) -> Identified;

    /// The number under which the event at hand can be taken back: a hash of its source and id, never 0.
    fn event_key(&self) -> u64;

    /// Number of the customer's identity that brought the event at hand.
    fn brought_by(&self) -> u8;

    /// For a late event: whether another that comes after it in order was heard before it, of a name that `hears` takes
    /// and, as far as that is known, of the same key; also where it is no longer known.
    fn came_after(&self, _hears: &dyn Fn(EventId) -> bool, _key: (Option<&Program>, &Value)) -> bool {
        true
    }

    /// How many events the customer had by now, the one at hand included.
    fn nth(&self) -> u32 {
        0
    }
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

    /// The first instant that is not over.
    pub fn next(self) -> Timestamp {
        self.until.plus(Duration::from_micros(i64::from(self.closed)))
    }
}
