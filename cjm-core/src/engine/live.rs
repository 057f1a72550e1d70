//! Single inputs to one customer's state: the repeat check, declared types, identities, then the kernel.
//!
//! Answers: the moments that an event or a tick gives, or a typed error with the state untouched.
//! Does not know: decisions, other customers, logs.

use std::sync::Arc;

use crate::base::hash::stable_id;
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::customer::identity::{Identity, IdentityKey};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{AttributeId, EnvelopeField, Event, EventId, EventView, typed};
use crate::plan::{Plan, reserved};
use crate::signal::Dated;

use super::recent::Known;
use super::rules::who;
use super::state::CustomerState;
use super::step::Stepping;
use super::tickets;

/// What a state can be fed with.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// Something happened.
    Event(&'a Event),
    /// Time has passed up to here; an earlier one than before counts as the last.
    Tick(Timestamp),
}

/// An event with the plan's numbers and declared types.
struct Live<'a> {
    event: &'a Event,
    id: Option<EventId>,
    attributes: Vec<(AttributeId, Value)>,
}

impl EventView for Live<'_> {
    fn event(&self) -> Option<EventId> {
        self.id
    }

    fn time(&self) -> Timestamp {
        self.event.time
    }

    fn attribute(&self, attribute: AttributeId) -> ValueRef<'_> {
        self.attributes.iter().find(|(a, _)| *a == attribute).map_or(ValueRef::Null, |(_, v)| v.as_ref())
    }

    fn clears(&self, attribute: AttributeId) -> bool {
        self.attributes.iter().any(|(a, v)| *a == attribute && v.is_null())
    }

    fn envelope(&self, field: EnvelopeField) -> ValueRef<'_> {
        let text = |t: &'_ Arc<str>| !t.is_empty();
        match field {
            EnvelopeField::Id if text(&self.event.id) => ValueRef::Text(&self.event.id),
            EnvelopeField::Source if text(&self.event.source) => ValueRef::Text(&self.event.source),
            EnvelopeField::Id | EnvelopeField::Source => ValueRef::Null,
            EnvelopeField::Name => ValueRef::Text(&self.event.name),
            EnvelopeField::Time => ValueRef::Time(self.event.time),
            EnvelopeField::Channel => self.event.channel.as_deref().map_or(ValueRef::Null, ValueRef::Text),
            EnvelopeField::Sequence => ValueRef::Int(self.event.sequence),
        }
    }
}

impl Plan {
    /// Feeds one input to one customer's state and gives the moments it caused, in order.
    ///
    /// A repeat of a remembered event has no effect and gives nothing.
    ///
    /// # Errors
    /// `conflict` for a remembered key with another body, `bad_event` for an attribute of the wrong type or an event
    /// without identity, `limit` beyond a size limit. On an error the state is exactly what it was.
    pub fn observe(&self, state: &mut CustomerState, input: Input<'_>) -> Result<Vec<Dated>> {
        Ok(self.step(state, input)?.moments)
    }

    pub(super) fn take_event(
        &self,
        state: &mut CustomerState,
        event: &Event,
        stepping: &mut Stepping<'_>,
    ) -> Result<()> {
        event.check()?;
        match state.recent.known(event) {
            Known::New => {}
            Known::Repeat => {
                state.counters.repeats = state.counters.repeats.saturating_add(1);
                return Ok(());
            }
            Known::Conflict => {
                let (source, id) = (&event.source, &event.id);
                let words = format!("the event `{id}` of source `{source}` was seen with another body");
                return Err(Error::new(ErrorCode::Conflict, words));
            }
        }
        let identities = self.identities_of(event)?;
        let (live, missing, dropped) = self.type_event(event)?;
        if let Some(step) = tickets::step_of(event)? {
            let before = state.clone();
            if let Err(refusal) = stepping.ticket_step(state, step, event.time) {
                *state = before;
                return Err(refusal.into());
            }
        }
        let refused = state.name(event, &identities);
        if state.trips.origin == 0 {
            state.renew_origin();
        }
        state.counters.missing = state.counters.missing.saturating_add(missing);
        state.counters.dropped = state.counters.dropped.saturating_add(dropped);
        state.counters.identities_refused = state.counters.identities_refused.saturating_add(refused);
        let by = identities.first().and_then(|key| state.facts.identities.number(key)).unwrap_or(0);
        let customer = state.key().map_or("", |key| &key.value);
        let who = who(&live, customer, &event.name, by);
        stepping.event(state, &live, &who);
        state.recent.remember(event, stable_id("event", &event.name), by);
        Ok(())
    }

    /// The identities of an event, those of stronger kinds first; undeclared kinds come last in the order given.
    fn identities_of(&self, event: &Event) -> Result<Vec<IdentityKey>> {
        let rank = |kind: &str| self.names.kinds().get_index_of(kind).unwrap_or(usize::MAX);
        let mut keys: Vec<IdentityKey> = event
            .identities
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(kind, value)| IdentityKey { kind: kind.clone(), value: value.clone() })
            .collect();
        keys.sort_by_key(|key| rank(&key.kind));
        if keys.is_empty() {
            let words = format!("the event `{}` names no customer", event.name);
            return Err(Error::new(ErrorCode::BadEvent, words));
        }
        Ok(keys)
    }

    /// Attributes as declared; gives how many were missing and how many are not declared.
    fn type_event<'e>(&self, event: &'e Event) -> Result<(Live<'e>, u32, u32)> {
        let id = self.names.event(&event.name);
        let declared = id.map_or(&[][..], |id| self.names.attributes_of(id));
        let mut attributes = Vec::with_capacity(declared.len());
        let mut missing = 0;
        for (attribute, ty) in declared {
            let Some(name) = self.names.attribute_name(*attribute) else { continue };
            let given = event.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v);
            match given {
                None => missing += u32::from(!ty.optional),
                Some(value) => {
                    let typed = typed::typed(value.as_ref(), ty, &self.zone).ok_or_else(|| {
                        let kind = ty.kind.name();
                        let words =
                            format!("`{name}` of the event `{}` is not of its type {kind}", event.name);
                        Error::new(ErrorCode::BadEvent, words)
                    })?;
                    missing += u32::from(typed.is_null() && !ty.optional);
                    attributes.push((*attribute, typed));
                }
            }
        }
        let facts = *event.name == *reserved::TICKET_STEP;
        let known = |name: &str| {
            (facts && name == tickets::FACTS)
                || self
                    .names
                    .attribute(name)
                    .is_some_and(|a| declared.iter().any(|(declared, _)| *declared == a))
        };
        let dropped = event.attributes.iter().filter(|(name, _)| id.is_some() && !known(name)).count();
        Ok((Live { event, id, attributes }, missing, u32::try_from(dropped).unwrap_or(u32::MAX)))
    }
}

impl CustomerState {
    /// Records who the event concerns, with the event as evidence. Gives how many identities were beyond the limit.
    fn name(&mut self, event: &Event, identities: &[IdentityKey]) -> u32 {
        let mut refused = 0;
        for (place, key) in identities.iter().enumerate() {
            let identity = Identity {
                key: key.clone(),
                since: event.time,
                source: event.source.clone(),
                event: event.id.clone(),
                own: place == 0,
            };
            refused += u32::from(self.facts.identities.add(identity).is_none());
        }
        refused
    }
}
