//! The names of one plan and their numbers: events, attributes, profile fields, channels, purposes, identity kinds.
//!
//! Answers: name to number and back, which attributes an event declares. Does not know: what is done with them.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::blueprint::model::{AttributeType, Document};
use crate::event::{AttributeId, EventId};

use super::reserved;

/// Every name of a plan.
#[derive(Debug, Clone, Default)]
pub struct Names {
    events: IndexMap<Arc<str>, Vec<(AttributeId, AttributeType)>>,
    attributes: IndexSet<Arc<str>>,
    fields: IndexMap<Arc<str>, AttributeType>,
    features: IndexSet<Arc<str>>,
    channels: IndexSet<Arc<str>>,
    purposes: IndexSet<Arc<str>>,
    kinds: IndexSet<Arc<str>>,
    lifecycle: Vec<Arc<str>>,
    segments: Vec<Arc<str>>,
    scenarios: Vec<Arc<str>>,
}

impl Names {
    /// The names of a document, declared events first, then the reserved ones.
    pub fn of(document: &Document) -> Self {
        let mut names = Self::default();
        for (event, model) in &document.events {
            let attributes = model
                .attributes
                .iter()
                .map(|(name, ty)| (names.attribute_number(name), ty.clone()))
                .collect();
            names.events.insert(event.as_str().into(), attributes);
        }
        let customer = document.customer.as_ref();
        for (field, ty) in customer.iter().flat_map(|c| &c.profile) {
            names.fields.insert(field.as_str().into(), ty.clone());
        }
        for field in reserved::FIELDS {
            names.fields.entry(field.into()).or_insert_with(optional_text);
        }
        names.reserve(document);
        names.features = customer.iter().flat_map(|c| c.features.keys()).map(|k| k.as_str().into()).collect();
        names.channels = document.channels.iter().map(|c| c.id.as_str().into()).collect();
        let purposes = document.consent.iter().flat_map(|c| &c.purposes);
        names.purposes = purposes.map(|p| p.id.as_str().into()).collect();
        names.kinds = document.identities.iter().map(|k| k.id.as_str().into()).collect();
        names.lifecycle = customer.iter().flat_map(|c| &c.lifecycle).map(|r| r.id.as_str().into()).collect();
        names.segments = customer.iter().flat_map(|c| &c.segments).map(|s| s.id.as_str().into()).collect();
        names.scenarios = document.scenarios.iter().map(|s| s.id.as_str().into()).collect();
        names
    }

    /// The reserved events: `answered` has `survey` and every question, `ticket_step` what it
    /// says beside the facts, `ack` the decision and what became of it.
    fn reserve(&mut self, document: &Document) {
        for event in reserved::ALL {
            let mut attributes = Vec::new();
            if event == reserved::ANSWERED {
                attributes.push((self.attribute_number("survey"), optional_text()));
                for question in document.surveys.iter().flat_map(|s| &s.questions) {
                    let number = self.attribute_number(&question.id);
                    let ty = super::types::answer_type(question.kind);
                    match attributes.iter_mut().find(|(known, _)| *known == number) {
                        Some((_, known)) => super::types::widen(known, &ty),
                        None => attributes.push((number, ty)),
                    }
                }
            }
            let texts: &[&str] = match event {
                reserved::TICKET_STEP => &["ticket", "step", "by"],
                reserved::ACK => &["decision", "outcome", "rule", "action"],
                _ => &[],
            };
            attributes.extend(texts.iter().map(|name| (self.attribute_number(name), optional_text())));
            self.events.entry(event.into()).or_default().extend(attributes);
        }
        let settable: Vec<_> = self.fields.iter().map(|(name, ty)| (name.clone(), ty.clone())).collect();
        for (name, ty) in settable {
            let number = self.attribute_number(&name);
            if let Some(attributes) = self.events.get_mut(reserved::PROFILE_SET) {
                attributes.push((number, AttributeType { optional: true, ..ty }));
            }
        }
        for name in ["channel", "purpose", "granted"] {
            self.attribute_number(name);
        }
    }

    fn attribute_number(&mut self, name: &str) -> AttributeId {
        let place = self.attributes.get_index_of(name);
        let place = place.unwrap_or_else(|| self.attributes.insert_full(name.into()).0);
        AttributeId(u32::try_from(place).unwrap_or(u32::MAX))
    }

    /// The number of an event.
    pub fn event(&self, name: &str) -> Option<EventId> {
        self.events.get_index_of(name).and_then(|n| u32::try_from(n).ok()).map(EventId)
    }

    /// The name of an event.
    pub fn event_name(&self, event: EventId) -> Option<&Arc<str>> {
        self.events.get_index(event.index()).map(|(name, _)| name)
    }

    /// How many events there are, the reserved ones included.
    pub fn n_events(&self) -> usize {
        self.events.len()
    }

    /// Event names in order of their numbers.
    pub fn events(&self) -> impl Iterator<Item = &Arc<str>> {
        self.events.keys()
    }

    /// The attributes an event declares.
    pub fn attributes_of(&self, event: EventId) -> &[(AttributeId, AttributeType)] {
        self.events.get_index(event.index()).map_or(&[], |(_, attributes)| attributes.as_slice())
    }

    /// The number of an attribute name.
    pub fn attribute(&self, name: &str) -> Option<AttributeId> {
        self.attributes.get_index_of(name).and_then(|n| u32::try_from(n).ok()).map(AttributeId)
    }

    /// The name of an attribute.
    pub fn attribute_name(&self, attribute: AttributeId) -> Option<&Arc<str>> {
        self.attributes.get_index(attribute.index())
    }

    /// Attribute names in order of their numbers.
    pub fn attributes(&self) -> impl Iterator<Item = &Arc<str>> {
        self.attributes.iter()
    }

    /// Profile fields in order of their numbers.
    pub fn fields(&self) -> &IndexMap<Arc<str>, AttributeType> {
        &self.fields
    }

    /// The number of a profile field.
    pub fn field(&self, name: &str) -> Option<u32> {
        self.fields.get_index_of(name).and_then(|n| u32::try_from(n).ok())
    }

    /// Features in document order.
    pub fn features(&self) -> &IndexSet<Arc<str>> {
        &self.features
    }

    /// Channels in document order.
    pub fn channels(&self) -> &IndexSet<Arc<str>> {
        &self.channels
    }

    /// Purposes in document order.
    pub fn purposes(&self) -> &IndexSet<Arc<str>> {
        &self.purposes
    }

    /// Whether an identity of this kind names a customer: any where no kind is declared.
    pub fn takes_kind(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.contains(kind)
    }

    /// Identity kinds in document order: the stronger first.
    pub fn kinds(&self) -> &IndexSet<Arc<str>> {
        &self.kinds
    }

    /// Lifecycle states in document order.
    pub fn lifecycle(&self) -> &[Arc<str>] {
        &self.lifecycle
    }

    /// Segments in document order.
    pub fn segments(&self) -> &[Arc<str>] {
        &self.segments
    }

    /// Scenarios in document order.
    pub fn scenarios(&self) -> &[Arc<str>] {
        &self.scenarios
    }
}

fn optional_text() -> AttributeType {
    AttributeType { optional: true, ..AttributeType::default() }
}
