//! What the numbers in compiled conditions stand for.
//!
//! Answers: slot number to the thing it names, in one plan. Does not know: values.

use crate::event::{AttributeId, EnvelopeField};
use crate::rule::Read;

/// What a name in a condition stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// An attribute of the event.
    Attribute(AttributeId),
    /// An attribute of the event; the envelope's field when it is absent.
    AttributeOr(AttributeId, EnvelopeField),
    /// A field of the event's envelope.
    Envelope(EnvelopeField),
    /// A profile field.
    Profile(u32),
    /// A feature.
    Feature(u32),
    /// The customer's tags.
    Tags,
    /// The lifecycle state's id.
    Lifecycle,
    /// The ids of the segments the customer is in.
    Segments,
    /// The customer's zone.
    Zone,
    /// The customer's language.
    Language,
    /// Something about the trip.
    Trip(TripField),
    /// Something about the touchpoint landed on.
    Touchpoint(TouchpointField),
    /// The scenarios that hold.
    Scenarios,
    /// The instant of the decision.
    Now,
    /// Something of an event that a sequence matched: of the first or the last one that a step took.
    Step {
        /// Position of the step.
        step: u32,
        /// Whether it is the last one.
        last: bool,
        /// What.
        read: Read,
    },
    /// When an event that a sequence matched happened.
    StepTime {
        /// Position of the step.
        step: u32,
        /// Whether it is the last one.
        last: bool,
    },
    /// Something about the decision.
    Decision(DecisionField),
}

impl Slot {
    /// Whether it reads source or id of an event.
    pub fn names_event(self) -> bool {
        let (Self::Envelope(field) | Self::AttributeOr(_, field)) = self else { return false };
        matches!(field, EnvelopeField::Id | EnvelopeField::Source)
    }
}

/// What `decision.` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecisionField {
    /// Its id.
    Id,
    /// The rule's id.
    Rule,
    /// What it does.
    Action,
    /// The channel chosen.
    Channel,
    /// When it is due.
    Due,
    /// The arm of the experiment.
    Arm,
    /// The step of the rule, from 0.
    Step,
    /// What became of it.
    Outcome,
}

/// What `trip.` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TripField {
    /// Journey id.
    Journey,
    /// Stage id.
    Stage,
    /// Touchpoint id.
    Touchpoint,
    /// When it opened.
    Started,
    /// Landed events.
    Steps,
    /// Key of a concurrent trip.
    Key,
    /// Whether the goal was reached.
    Reached,
}

/// What `touchpoint.` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TouchpointField {
    /// Touchpoint id.
    Id,
    /// Stage id.
    Stage,
    /// Channel label.
    Channel,
    /// Measured wait.
    Wait,
    /// Expected emotion.
    Expected,
}
