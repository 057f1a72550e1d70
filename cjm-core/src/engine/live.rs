//! Single inputs to one customer's state: the repeat check, declared types, identities, then the kernel.
//!
//! Answers: the moments that an event or a tick gives, or a typed error with the state untouched.
//! Does not know: decisions, other customers, logs.

use std::sync::Arc;

use crate::base::hash::stable_id;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::{Value, ValueRef};
use crate::customer::identity::{Identity, IdentityKey};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{AttributeId, EnvelopeField, Event, EventId, EventView, typed};
use crate::outreach::DecisionId;
use crate::plan::{Plan, reserved};
use crate::signal::Dated;

use super::ack::AckOutcome;
use super::answer::Answer;
use super::kernel;
use super::recent::{Known, RecentEvent, attribute_texts, body_of};
use super::rules::Who;
use super::state::CustomerState;
use super::step::Stepping;
use super::tickets;
use super::waiting::Waits;
use crate::ticket::TicketStep;

/// What a state can be fed with.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// Something happened.
    Event(&'a Event),
    /// Something happened that was checked and typed before: see [`Plan::typed`].
    Typed(&'a TypedEvent<'a>),
    /// Somebody answered a survey.
    Answer(&'a Answer),
    /// Something became of a decision.
    Ack {
        /// The decision.
        id: DecisionId,
        /// What became of it.
        outcome: AckOutcome,
        /// When; below the customer's frontier, and unless said, it acts at the frontier and is never late.
        at: Option<Timestamp>,
    },
    /// An event is taken back: of the customer's last 256.
    Retract {
        /// Its source.
        source: &'a str,
        /// Its id.
        id: &'a str,
    },
    /// Time has passed up to here; an earlier one than before counts as the last.
    Tick(Timestamp),
}

/// An event with the plan's numbers and declared types.
#[derive(Debug, Clone)]
pub(super) struct Live<'a> {
    event: &'a Event,
    id: Option<EventId>,
    attributes: Vec<(AttributeId, Value)>,
}

/// An event checked and typed against a plan.
#[derive(Debug, Clone)]
pub struct TypedEvent<'a> {
    event: &'a Event,
    /// Hash of source and id, where it has an id.
    key: Option<u64>,
    /// Hash of the typed body.
    body: u64,
    good: Result<Good<'a>>,
}

/// What an event is that nothing is wrong with.
#[derive(Debug, Clone)]
struct Good<'a> {
    typed: Typed<'a>,
    /// Whom it concerns, the strongest identity first.
    identities: Vec<IdentityKey>,
    /// The step of a ticket that it tells.
    step: Option<TicketStep>,
    /// Its attributes as text, where it has no id.
    texts: Vec<(Box<str>, String)>,
    /// Stable id of its name.
    name: u64,
    /// What is remembered of it.
    values: Option<Box<[(u64, Value)]>>,
}

impl TypedEvent<'_> {
    /// The event as conditions see it; what is wrong with it, when something is.
    pub(crate) fn view(&self) -> Result<&dyn EventView> {
        match &self.good {
            Ok(good) => Ok(&good.typed.live),
            Err(error) => Err(error.clone()),
        }
    }

    /// When it happened.
    pub fn time(&self) -> Timestamp {
        self.event.time
    }
}

/// An event that fits its declaration.
#[derive(Debug, Clone)]
struct Typed<'a> {
    live: Live<'a>,
    /// Attributes that are not optional and were missing.
    missing: u32,
    /// Attributes that are not declared.
    dropped: u32,
}

impl Live<'_> {
    /// Its attributes as text, by name: declared ones as declared, those of an undeclared event as given.
    fn texts<'a>(&'a self, plan: &'a Plan) -> Vec<(&'a str, String)> {
        if self.id.is_none() {
            return attribute_texts(self.event.attributes.iter().map(|(name, value)| (&**name, value)));
        }
        let named = |(attribute, value): &'a (AttributeId, Value)| {
            Some((&**plan.names.attribute_name(*attribute)?, value))
        };
        let declared = self.attributes.iter().filter_map(named);
        let facts = Some(&*self.event.name).filter(|name| *name == reserved::TICKET_STEP);
        let facts = facts.map(|_| (tickets::FACTS, self.event.attribute(tickets::FACTS)));
        attribute_texts(declared.chain(facts))
    }
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

    /// Checks an event and gives it the plan's types once, so that feeding it costs no more than what it does: for
    /// streams that know their events before they know their turn.
    ///
    /// # Errors
    /// `limit` beyond a size limit. What is wrong with its types or identities is told when it is fed, after the
    /// check for repeats.
    ///
    /// ```
    /// use cjm_core::{Blueprint, CustomerState, Event, Input};
    /// let text = "cjm: 1\nid: shop\nidentities: [{ id: member }]\nevents: { paid: { amount: money } }\n";
    /// let plan = Blueprint::from_yaml(text)?.compile()?;
    /// let paid = Event::new("paid", "2026-03-01T12:00:00Z".parse()?).identity("member", "m1").with("amount", "9.50");
    /// let typed = plan.typed(&paid)?;
    /// let mut state = CustomerState::new(&plan);
    /// plan.step(&mut state, Input::Typed(&typed))?;
    /// assert_eq!(state.counters().events, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn typed<'e>(&'e self, event: &'e Event) -> Result<TypedEvent<'e>> {
        event.check()?;
        let typed = self.type_event(event);
        let mut texts = Vec::new();
        if let Ok(typed) = &typed {
            texts.extend(typed.live.texts(self).into_iter().map(|(name, text)| (Box::from(name), text)));
        }
        let body = body_of(event, &texts);
        let key = (!event.id.is_empty()).then(|| stable_id(&event.source, &event.id));
        if key.is_some() {
            // only what has no id is known by what it says
            texts = Vec::new();
        }
        let good = typed.and_then(|typed| {
            let (identities, step) = (self.identities_of(event)?, tickets::step_of(event)?);
            let name = self.name_id(event, typed.live.id);
            let values = RecentEvent::values_of(self, &typed.live);
            Ok(Good { typed, identities, step, texts, name, values })
        });
        Ok(TypedEvent { event, key, body, good })
    }

    /// The stable id of an event's name.
    fn name_id(&self, event: &Event, id: Option<EventId>) -> u64 {
        let known = id.and_then(|id| self.layout.events.id(id.0));
        known.unwrap_or_else(|| stable_id("event", &event.name))
    }

    pub(super) fn take_event(
        &self,
        state: &mut CustomerState,
        event: &Event,
        stepping: &mut Stepping<'_>,
    ) -> Result<()> {
        self.take_typed(state, &self.typed(event)?, stepping)
    }

    pub(super) fn take_typed(
        &self,
        state: &mut CustomerState,
        TypedEvent { event, key, body, good }: &TypedEvent<'_>,
        stepping: &mut Stepping<'_>,
    ) -> Result<()> {
        let known = match key.map_or(Known::New, |key| state.recent.known(key, *body)) {
            Known::New => key.map_or(Known::New, |key| state.waiting.known(key, *body)),
            known => known,
        };
        match known {
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
        let good = good.as_ref().map_err(Clone::clone)?;
        let lateness = self.layout.lateness;
        if lateness > Duration::ZERO && !kernel::is_late(state, event.time) {
            let bytes = u32::try_from(event.bytes()).unwrap_or(u32::MAX);
            let waits = Waits { key: key.unwrap_or(0), body: *body, bytes, event: (*event).clone() };
            state.waiting.admit(waits, lateness)?;
            if let Some(edge) = state.waiting.edge(lateness) {
                self.release(state, edge, false, stepping);
            }
            return Ok(());
        }
        if let Some(step) = &good.step {
            let before = state.clone();
            if let Err(refusal) = stepping.ticket_step(state, step, event.time) {
                *state = before;
                return Err(refusal.into());
            }
        }
        self.play(state, good, (*key, *body), stepping);
        Ok(())
    }

    /// Lets time pass up to `now`, less what sources may be late, and closes it.
    pub(super) fn take_tick(&self, state: &mut CustomerState, now: Timestamp, stepping: &mut Stepping<'_>) {
        let lateness = self.layout.lateness;
        if lateness == Duration::ZERO {
            return stepping.tick(state, now);
        }
        let edge = now.minus(lateness);
        self.release(state, edge, true, stepping);
        stepping.tick(state, edge);
    }

    /// Lets the waiting events happen whose turn it is: those before `edge`, or at it too when it is `closed`.
    fn release(&self, state: &mut CustomerState, edge: Timestamp, closed: bool, stepping: &mut Stepping<'_>) {
        while let Some(Waits { event, .. }) = state.waiting.take(edge, closed) {
            // it was found good when it came; under another plan since it may no longer be
            let Ok(TypedEvent { key, body, good: Ok(good), .. }) = self.typed(&event) else {
                state.counters.refused_in_turn = state.counters.refused_in_turn.saturating_add(1);
                continue;
            };
            if let Some(step) = &good.step
                && let Err(why) = stepping.ticket_step(state, step, event.time)
            {
                state.counters.refused_in_turn = state.counters.refused_in_turn.saturating_add(1);
                stepping.refuse_step(step.clone(), why);
                continue;
            }
            self.play(state, &good, (key, body), stepping);
        }
    }

    /// Lets an event that was found good happen: who it concerns, what it does, that it is remembered.
    fn play(
        &self,
        state: &mut CustomerState,
        Good { typed, identities, texts, name, values, .. }: &Good<'_>,
        (key, body): (Option<u64>, u64),
        stepping: &mut Stepping<'_>,
    ) {
        let event = typed.live.event;
        let refused = state.name(event, identities);
        if state.trips.origin == 0 {
            state.renew_origin();
        }
        state.counters.missing = state.counters.missing.saturating_add(typed.missing);
        state.counters.dropped = state.counters.dropped.saturating_add(typed.dropped);
        state.counters.identities_refused = state.counters.identities_refused.saturating_add(refused);
        let by = identities.first().and_then(|key| state.facts.identities.number(key)).unwrap_or(0);
        let who = match key {
            Some(key) => Who { key, source: event.source.clone(), id: event.id.clone(), by },
            None => state.unnamed(event, texts, by),
        };
        state.grow(self, event, typed.live.id);
        let waits = state.rules.matcher.n_waits();
        stepping.event(state, &typed.live, &who);
        state.grow_waits(event, state.rules.matcher.n_waits().saturating_sub(waits));
        state.recent.remember(RecentEvent {
            key: who.key,
            body,
            at: event.time,
            name: *name,
            by,
            retracted: false,
            sequence: event.sequence,
            values: values.clone(),
        });
        self.bound(state);
    }

    /// The identities of an event, those of stronger kinds first; undeclared kinds come last in the order given.
    pub(super) fn identities_of(&self, event: &Event) -> Result<Vec<IdentityKey>> {
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

    /// A derived event with its attributes as declared; one of the wrong type is left out.
    pub(super) fn lenient<'e>(&self, event: &'e Event) -> Live<'e> {
        let id = self.names.event(&event.name);
        let declared = id.map_or(&[][..], |id| self.names.attributes_of(id));
        let typed = |(attribute, ty): &(AttributeId, crate::blueprint::model::AttributeType)| {
            let given = event.attribute(self.names.attribute_name(*attribute)?);
            Some((*attribute, typed::typed(given.as_ref(), ty, &self.zone)?))
        };
        let attributes = declared.iter().filter_map(typed).filter(|(_, value)| !value.is_null()).collect();
        Live { event, id, attributes }
    }

    /// An event with its attributes as declared.
    fn type_event<'e>(&self, event: &'e Event) -> Result<Typed<'e>> {
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
        let dropped = u32::try_from(dropped).unwrap_or(u32::MAX);
        Ok(Typed { live: Live { event, id, attributes }, missing, dropped })
    }
}

impl CustomerState {
    /// Who an event without an id is to rules: the hash of what it says and its place among equals.
    fn unnamed(&self, event: &Event, texts: &[(Box<str>, String)], by: u8) -> Who {
        let time = event.time.as_micros().to_string();
        let customer = self.key().map_or("", |key| &key.value);
        let attributes = texts.iter().flat_map(|(name, value)| [&**name, value.as_str()]);
        let said: Vec<&str> = [customer, &time, &event.name].into_iter().chain(attributes).collect();
        Who::unnamed(event.source.clone(), &said, by, |key| self.recent.has(key))
    }

    /// Records who the event concerns, with the event as evidence. Gives how many identities were beyond the limit.
    fn name(&mut self, event: &Event, identities: &[IdentityKey]) -> u32 {
        let mut refused = 0;
        for (place, key) in identities.iter().enumerate() {
            if self.facts.identities.number(key).is_some() {
                continue;
            }
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
