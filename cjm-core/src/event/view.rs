//! How the kernel looks at an event, whether it is a single one or a row of a log.
//!
//! Answers: name, time, envelope and attributes by number, borrowed. Does not know: where the event is kept.

use crate::base::time::Timestamp;
use crate::base::value::ValueRef;

use super::ids::{AttributeId, EventId};

/// A field of an event's envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnvelopeField {
    /// The event's id within its source.
    Id,
    /// Where it came from.
    Source,
    /// Its name.
    Name,
    /// When it happened.
    Time,
    /// The channel it came through.
    Channel,
    /// Its order among events of one instant.
    Sequence,
}

impl EnvelopeField {
    /// Every field with the name that conditions use.
    pub const ALL: [(&'static str, Self); 6] = [
        ("id", Self::Id),
        ("source", Self::Source),
        ("name", Self::Name),
        ("time", Self::Time),
        ("channel", Self::Channel),
        ("sequence", Self::Sequence),
    ];

    /// The field of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, field)| *field)
    }
}

/// One event as the kernel sees it.
pub trait EventView {
    /// The plan's number for the event's name; `None` when the blueprint does not declare it.
    fn event(&self) -> Option<EventId>;

    /// When it happened.
    fn time(&self) -> Timestamp;

    /// The value of an attribute; null when absent.
    fn attribute(&self, attribute: AttributeId) -> ValueRef<'_>;

    /// Whether the event says that an attribute is null, which clears a profile field; silence does not.
    fn clears(&self, _attribute: AttributeId) -> bool {
        false
    }

    /// The value of a field of the envelope; null when absent.
    fn envelope(&self, field: EnvelopeField) -> ValueRef<'_>;
}
