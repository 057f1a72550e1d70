//! Events checked and typed against a plan, once: what feeding them needs and nothing that can fail any more.
//!
//! Answers: keys, declared types, whom an event concerns, what is remembered of it. Does not know: states, decisions.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::base::hash::{event_key, stable_id};
use crate::base::ids::nearest;
use crate::base::text::Language;
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::blueprint::model::AttributeType;
use crate::customer::identity::{Glance, IdentityKey};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{AttributeId, EnvelopeField, Event, EventId, EventView, Reason, typed};
use crate::plan::{Layout, Plan, reserved};
use crate::ticket::TicketStep;

use super::bound;
use super::recent::{RecentEvent, attribute_texts, body_of};
use super::tickets;

/// An event checked and typed against a plan.
#[derive(Debug, Clone)]
pub struct TypedEvent<'a>(Held<'a>);

/// An event of somebody else, or one's own.
#[derive(Debug, Clone)]
enum Held<'a> {
    Lent(&'a Event, Box<Checked>),
    Own(Arc<Kept>),
}

/// An event with what checking it came to.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) event: Event,
    pub(super) checked: Checked,
}

/// What checking an event came to.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    /// Of the plan that it was checked against.
    layout: Arc<Layout>,
    /// Hash of source and id, where it has an id.
    pub(super) key: Option<u64>,
    /// Hash of the typed body.
    pub(super) body: u64,
    /// What it is, or what is wrong with it.
    pub(super) good: Result<Good>,
}

/// What an event is that nothing is wrong with.
#[derive(Debug, Clone)]
pub(super) struct Good {
    /// What is declared of it.
    pub(super) declared: Declared,
    /// Attributes that are not optional and were missing.
    pub(super) missing: u32,
    /// Attributes and identities that are not declared.
    pub(super) dropped: u32,
    /// Whom it concerns, the strongest identity first.
    pub(super) identities: Vec<IdentityKey>,
    /// The only one of them, where there is one.
    pub(super) only: Glance,
    /// The step of a ticket that it tells.
    pub(super) step: Option<TicketStep>,
    /// Its attributes as text, where it has no id.
    pub(super) texts: Vec<(Box<str>, String)>,
    /// Stable id of its name.
    pub(super) name: u64,
    /// What is remembered of it.
    pub(super) values: Option<Box<[(u64, Value)]>>,
    /// Bytes of the event.
    pub(super) bytes: usize,
    /// Bytes that a state grows by with it, at most.
    pub(super) grows: usize,
}

/// An event's number and its attributes as declared.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) id: Option<EventId>,
    pub(super) attributes: Vec<(AttributeId, Value)>,
}

/// An event with the plan's numbers and declared types.
#[derive(Debug, Clone, Copy)]
pub(super) struct Live<'a> {
    pub(super) event: &'a Event,
    pub(super) declared: &'a Declared,
}

impl TypedEvent<'_> {
    /// When it happened.
    pub fn time(&self) -> Timestamp {
        self.event().time
    }

    /// The event.
    pub fn event(&self) -> &Event {
        match &self.0 {
            Held::Lent(event, _) => event,
            Held::Own(kept) => &kept.event,
        }
    }

    /// Hash of source and id; none of an event without an id.
    pub fn key(&self) -> Option<u64> {
        self.any_checked().key
    }

    /// Hash of what it says, as the plan that typed it reads it: the same for the same facts.
    pub fn body(&self) -> u64 {
        self.any_checked().body
    }

    fn any_checked(&self) -> &Checked {
        match &self.0 {
            Held::Lent(_, checked) => checked,
            Held::Own(kept) => &kept.checked,
        }
    }

    /// The same with an event of its own, so that it need not be copied where it waits for late ones.
    pub fn into_owned(self) -> TypedEvent<'static> {
        TypedEvent(Held::Own(match self.0 {
            Held::Lent(event, checked) => Arc::new(Kept { event: event.clone(), checked: *checked }),
            Held::Own(kept) => kept,
        }))
    }

    /// What checking it came to, when that was against this plan.
    pub(super) fn checked(&self, plan: &Plan) -> Option<&Checked> {
        Some(self.any_checked()).filter(|checked| checked.is_of(plan))
    }

    /// The event as conditions of this plan see it; `None` when it was checked against another plan.
    ///
    /// # Errors
    /// What is wrong with the event.
    pub(crate) fn seen(&self, plan: &Plan) -> Result<Option<impl EventView + '_>> {
        let Some(checked) = self.checked(plan) else { return Ok(None) };
        let good = checked.good.as_ref().map_err(Clone::clone)?;
        Ok(Some(Live { event: self.event(), declared: &good.declared }))
    }

    /// The event, to be kept.
    pub(super) fn kept(&self) -> Arc<Kept> {
        match &self.0 {
            Held::Lent(event, checked) => {
                Arc::new(Kept { event: (*event).clone(), checked: (**checked).clone() })
            }
            Held::Own(kept) => kept.clone(),
        }
    }
}

impl Checked {
    /// Whether it was checked against this plan.
    pub(super) fn is_of(&self, plan: &Plan) -> bool {
        Arc::ptr_eq(&self.layout, &plan.layout)
    }
}

impl Live<'_> {
    /// Its attributes by name: declared ones as declared; what is not declared says nothing. A null is silence but for
    /// the profile, where it clears a field.
    fn said<'a>(&'a self, plan: &'a Plan) -> SmallVec<[(&'a str, &'a Value); 8]> {
        let clears = self.declared.id.is_some() && self.declared.id == plan.profile_set;
        let named = |(attribute, value): &'a (AttributeId, Value)| {
            let said = !value.is_null() || clears;
            said.then_some((&**plan.names.attribute_name(*attribute)?, value))
        };
        let declared = self.declared.attributes.iter().filter_map(named);
        let facts = Some(&*self.event.name).filter(|name| *name == reserved::TICKET_STEP);
        let facts = facts.map(|_| (tickets::FACTS, self.event.attribute(tickets::FACTS)));
        declared.chain(facts).collect()
    }
}

impl EventView for Live<'_> {
    fn event(&self) -> Option<EventId> {
        self.declared.id
    }

    fn time(&self) -> Timestamp {
        self.event.time
    }

    fn attribute(&self, attribute: AttributeId) -> ValueRef<'_> {
        self.declared
            .attributes
            .iter()
            .find(|(a, _)| *a == attribute)
            .map_or(ValueRef::Null, |(_, v)| v.as_ref())
    }

    fn clears(&self, attribute: AttributeId) -> bool {
        self.declared.attributes.iter().any(|(a, v)| *a == attribute && v.is_null())
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
    pub fn typed<'e>(&self, event: &'e Event) -> Result<TypedEvent<'e>> {
        Ok(TypedEvent(Held::Lent(event, Box::new(self.check_event(event)?))))
    }

    /// The same of an event that is handed over: nothing of it is copied where it waits for late ones.
    ///
    /// # Errors
    /// The event itself when it is beyond a size limit; feeding it tells which.
    pub fn typed_own(&self, event: Event) -> std::result::Result<TypedEvent<'static>, Box<Event>> {
        match self.check_event(&event) {
            Ok(checked) => Ok(TypedEvent(Held::Own(Arc::new(Kept { event, checked })))),
            Err(_) => Err(Box::new(event)),
        }
    }

    /// What checking an event comes to.
    pub(super) fn check_event(&self, event: &Event) -> Result<Checked> {
        event.check()?;
        let typed = self.type_event(event);
        let key = (!event.id.is_empty()).then(|| event_key(&event.source, &event.id));
        let taken: SmallVec<[(&str, &str); 4]> =
            self.taken(event).map(|(kind, value)| (&**kind, &**value)).collect();
        let given = event.identities.iter().filter(|(_, value)| !value.is_empty()).count();
        let undeclared = u32::try_from(given.saturating_sub(taken.len())).unwrap_or(u32::MAX);
        let nothing = Declared { id: None, attributes: Vec::new() };
        let (body, texts) = {
            let declared = typed.as_ref().map_or(&nothing, |(declared, ..)| declared);
            let live = Live { event, declared };
            let mut said = if typed.is_ok() { live.said(self) } else { SmallVec::new() };
            let body = body_of(event, taken, &mut said);
            // only what has no id is known by what it says
            let texts = if key.is_none() { attribute_texts(said.iter().copied()) } else { Vec::new() };
            (body, texts.into_iter().map(|(name, text)| (Box::from(name), text)).collect())
        };
        let good = typed.and_then(|(declared, missing, dropped)| {
            let (identities, step) = (self.identities_of(event)?, tickets::step_of(event)?);
            let only = match identities.as_slice() {
                [only] => Glance::of(only),
                _ => Glance::default(),
            };
            let name = self.name_id(event, declared.id);
            let values = RecentEvent::values_of(self, &Live { event, declared: &declared });
            let bytes = event.bytes();
            let grows = bound::growth(self, event, declared.id, bytes);
            let dropped = dropped.saturating_add(undeclared);
            Ok(Good { declared, missing, dropped, identities, only, step, texts, name, values, bytes, grows })
        });
        Ok(Checked { layout: self.layout.clone(), key, body, good })
    }

    /// The stable id of an event's name.
    fn name_id(&self, event: &Event, id: Option<EventId>) -> u64 {
        let known = id.and_then(|id| self.layout.events.id(id.0));
        known.unwrap_or_else(|| stable_id("event", &event.name))
    }

    /// The identities of an event that name somebody: those of kinds that the blueprint, declaring any, does not are
    /// left out.
    fn taken<'e>(&self, event: &'e Event) -> impl Iterator<Item = &'e (Arc<str>, Arc<str>)> {
        event.identities.iter().filter(|(kind, value)| !value.is_empty() && self.names.takes_kind(kind))
    }

    /// The identities of an event, those of stronger kinds first; where no kind is declared, in the order given.
    pub(super) fn identities_of(&self, event: &Event) -> Result<Vec<IdentityKey>> {
        let rank = |kind: &str| self.names.kinds().get_index_of(kind).unwrap_or(usize::MAX);
        let taken = self.taken(event);
        let mut keys: Vec<IdentityKey> =
            taken.map(|(kind, value)| IdentityKey { kind: kind.clone(), value: value.clone() }).collect();
        keys.sort_by_key(|key| rank(&key.kind));
        if keys.is_empty() {
            let mut words = format!("the event `{}` names no customer", event.name);
            if let Some((kind, _)) = event.identities.iter().find(|(_, value)| !value.is_empty()) {
                words.push_str(&format!(": the blueprint declares no identity `{kind}`"));
                let near = nearest(kind, self.names.kinds().iter().map(AsRef::as_ref));
                words.extend(near.map(|near| format!("; did you mean `{near}`?")));
            }
            return Err(Error::new(ErrorCode::BadEvent, words));
        }
        Ok(keys)
    }

    /// What is declared of a derived event; an attribute of the wrong type is left out.
    pub(super) fn lenient(&self, event: &Event) -> Declared {
        let id = self.names.event(&event.name);
        let declared = id.map_or(&[][..], |id| self.names.attributes_of(id));
        let typed = |(attribute, ty): &(AttributeId, AttributeType)| {
            let given = event.attribute(self.names.attribute_name(*attribute)?);
            Some((*attribute, typed::typed(given.as_ref(), ty, self.document.zone.as_ref()).ok()?))
        };
        let attributes = declared.iter().filter_map(typed).filter(|(_, value)| !value.is_null()).collect();
        Declared { id, attributes }
    }

    /// What is declared of an event, how many attributes are missing and how many are not declared.
    fn type_event(&self, event: &Event) -> Result<(Declared, u32, u32)> {
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
                    let typed = typed::typed(value.as_ref(), ty, self.document.zone.as_ref());
                    let typed = typed.map_err(|reason| refused(&event.name, (name, value), ty, reason))?;
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
        Ok((Declared { id, attributes }, missing, dropped))
    }
}

/// Why an event with this attribute is refused.
fn refused(event: &str, (name, value): (&str, &Value), ty: &AttributeType, reason: Reason) -> Error {
    let words = match reason {
        Reason::WrongType => {
            format!("`{name}` of the event `{event}` is not of its type {}", ty.kind.name())
        }
        reason => reason.of_value(name, value.as_ref()).message(Language::En),
    };
    Error::new(ErrorCode::BadEvent, words)
}
