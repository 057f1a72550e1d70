//! Derived events: what a rule emits happens to the customer at once, at the same instant.
//!
//! Answers: the event of an `emit` with its declared types. Does not know: how deep rules may set each other off.

use crate::event::Event;
use crate::plan::Plan;

use super::rules::{Emitted, Who};
use super::state::CustomerState;

/// The source of derived events; their id is that of the decision.
pub const EMITTED: &str = "emitted";

impl Plan {
    /// The event that a rule derives and who it is; `None` before the customer has a name.
    pub(super) fn derived(&self, state: &CustomerState, emitted: Emitted) -> Option<(Event, Who)> {
        let key = state.key()?;
        let event = Event {
            attributes: emitted.attributes,
            ..Event::new(emitted.name, emitted.at)
                .id(EMITTED, emitted.id.to_string())
                .identity(key.kind.clone(), key.value.clone())
        };
        let who = Who::of(event.source.clone(), event.id.clone(), emitted.by);
        Some((event, who))
    }
}
