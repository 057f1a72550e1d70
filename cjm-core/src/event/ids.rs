//! Dense numbers for event names and attributes, local to one plan; never stored.
//!
//! Answers: how hot loops name events and attributes. Does not know: the names behind the numbers.

use crate::base::pack::packs;

/// An event name of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u32);

/// An attribute name of a plan; the same name in two events is the same attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(pub u32);

impl EventId {
    /// The position in tables by event.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl AttributeId {
    /// The position in tables by attribute.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

packs!(newtype EventId);
packs!(newtype AttributeId);
