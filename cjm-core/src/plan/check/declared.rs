//! The names that a blueprint declares, by kind.
//!
//! Answers: whether a name is declared, which declared name is nearest, which places a short name can mean.
//! Does not know: where names are used.

use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};

use crate::base::catalogue::{Entry, plan as entry};
use crate::blueprint::model::{AttributeKind, AttributeType, Document};
use crate::event::AttributeId;
use crate::plan::names::Names;

/// Events that the engine itself understands; nobody declares them.
pub(crate) const RESERVED_EVENTS: [&str; 5] = ["answered", "profile_set", "linked", "ticket_step", "ack"];
/// What every event carries beside its attributes.
pub(crate) const ENVELOPE: [&str; 6] = ["id", "source", "name", "time", "channel", "sequence"];
/// Names under `customer.` that are neither profile nor features.
pub(crate) const CUSTOMER_NAMES: [&str; 5] = ["tags", "lifecycle", "segments", "zone", "language"];

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Event,
    Channel,
    ChannelLabel,
    Purpose,
    Profile,
    Lifecycle,
    Segment,
    Scenario,
    Journey,
    Topic,
    Survey,
    Queue,
    Message,
    Offer,
    Target,
    Experiment,
    Dimension,
}

impl Kind {
    /// The finding for a name of this kind that nobody declares.
    pub(crate) fn unknown(self) -> &'static Entry {
        match self {
            Self::Event => &entry::UNKNOWN_EVENT,
            Self::Channel => &entry::UNKNOWN_CHANNEL,
            Self::ChannelLabel => &entry::UNKNOWN_CHANNEL_LABEL,
            Self::Purpose => &entry::UNKNOWN_PURPOSE,
            Self::Profile => &entry::UNKNOWN_PROFILE,
            Self::Lifecycle => &entry::UNKNOWN_LIFECYCLE,
            Self::Segment => &entry::UNKNOWN_SEGMENT,
            Self::Scenario => &entry::UNKNOWN_SCENARIO,
            Self::Journey => &entry::UNKNOWN_JOURNEY,
            Self::Topic => &entry::UNKNOWN_TOPIC,
            Self::Survey => &entry::UNKNOWN_SURVEY,
            Self::Queue => &entry::UNKNOWN_QUEUE,
            Self::Message => &entry::UNKNOWN_MESSAGE,
            Self::Offer => &entry::UNKNOWN_OFFER,
            Self::Target => &entry::UNKNOWN_TARGET,
            Self::Experiment => &entry::UNKNOWN_EXPERIMENT,
            Self::Dimension => &entry::UNKNOWN_DIMENSION,
        }
    }
}

/// A part of a map that is named by its id, or by `journey/id` where several journeys have one of that id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    Stage,
    Touchpoint,
    Pain,
}

impl PlaceKind {
    /// The finding for a place that no journey has.
    pub(crate) fn unknown(self) -> &'static Entry {
        match self {
            Self::Stage => &entry::UNKNOWN_STAGE,
            Self::Touchpoint => &entry::UNKNOWN_TOUCHPOINT,
            Self::Pain => &entry::UNKNOWN_PAIN,
        }
    }
}

type Set<'a> = IndexSet<&'a str>;
/// Id to the journeys that have it, by their index.
type Places<'a> = BTreeMap<&'a str, Vec<usize>>;

/// Every declared name of a document.
pub(crate) struct Declared<'a> {
    document: &'a Document,
    events: Set<'a>,
    /// The attributes of the engine's own events, by event.
    reserved: BTreeMap<&'static str, IndexMap<String, AttributeKind>>,
    channels: Set<'a>,
    purposes: Set<'a>,
    profile: Set<'a>,
    lifecycle: Set<'a>,
    segments: Set<'a>,
    scenarios: Set<'a>,
    journeys: Set<'a>,
    topics: Set<'a>,
    surveys: Set<'a>,
    queues: Set<'a>,
    messages: Set<'a>,
    offers: Set<'a>,
    targets: Set<'a>,
    experiments: Set<'a>,
    dimensions: Set<'a>,
    stages: Places<'a>,
    touchpoints: Places<'a>,
    pains: Places<'a>,
}

impl<'a> Declared<'a> {
    /// Gathers the names of a document.
    pub(crate) fn of(document: &'a Document) -> Self {
        let d = document;
        let customer = d.customer.as_ref();
        let (mut stages, mut touchpoints, mut pains) = (Places::new(), Places::new(), Places::new());
        for (index, journey) in d.journeys.iter().enumerate() {
            for stage in &journey.stages {
                place(&mut stages, &stage.id, index);
                for touchpoint in &stage.touchpoints {
                    place(&mut touchpoints, &touchpoint.id, index);
                    touchpoint.pains.iter().for_each(|pain| place(&mut pains, &pain.id, index));
                }
            }
        }
        let events = d.events.keys().map(String::as_str).chain(RESERVED_EVENTS).collect();
        Self {
            document,
            events,
            reserved: reserved(document),
            channels: ids(&d.channels, |x| &x.id),
            purposes: d.consent.iter().flat_map(|c| &c.purposes).map(|p| p.id.as_str()).collect(),
            profile: customer.iter().flat_map(|c| c.profile.keys()).map(String::as_str).collect(),
            lifecycle: customer.iter().flat_map(|c| &c.lifecycle).map(|row| row.id.as_str()).collect(),
            segments: customer.iter().flat_map(|c| &c.segments).map(|s| s.id.as_str()).collect(),
            scenarios: ids(&d.scenarios, |x| &x.id),
            journeys: ids(&d.journeys, |x| &x.id),
            topics: ids(&d.topics, |x| &x.id),
            surveys: ids(&d.surveys, |x| &x.id),
            queues: d.tickets.iter().flat_map(|t| &t.queues).map(|q| q.id.as_str()).collect(),
            messages: ids(&d.messages, |x| &x.id),
            offers: ids(&d.offers, |x| &x.id),
            targets: ids(&d.targets, |x| &x.id),
            experiments: ids(&d.experiments, |x| &x.id),
            dimensions: d.dimensions.iter().map(String::as_str).collect(),
            stages,
            touchpoints,
            pains,
        }
    }

    /// The declared names of a kind, in document order.
    pub(crate) fn all(&self, kind: Kind) -> &Set<'a> {
        match kind {
            Kind::Event => &self.events,
            Kind::Channel | Kind::ChannelLabel => &self.channels,
            Kind::Purpose => &self.purposes,
            Kind::Profile => &self.profile,
            Kind::Lifecycle => &self.lifecycle,
            Kind::Segment => &self.segments,
            Kind::Scenario => &self.scenarios,
            Kind::Journey => &self.journeys,
            Kind::Topic => &self.topics,
            Kind::Survey => &self.surveys,
            Kind::Queue => &self.queues,
            Kind::Message => &self.messages,
            Kind::Offer => &self.offers,
            Kind::Target => &self.targets,
            Kind::Experiment => &self.experiments,
            Kind::Dimension => &self.dimensions,
        }
    }

    /// Whether a name of a kind is declared.
    pub(crate) fn has(&self, kind: Kind, name: &str) -> bool {
        self.all(kind).contains(name)
    }

    fn places(&self, kind: PlaceKind) -> &Places<'a> {
        match kind {
            PlaceKind::Stage => &self.stages,
            PlaceKind::Touchpoint => &self.touchpoints,
            PlaceKind::Pain => &self.pains,
        }
    }

    /// The ids of places of a kind, sorted.
    pub(crate) fn place_ids(&self, kind: PlaceKind) -> impl Iterator<Item = &'a str> {
        self.places(kind).keys().copied()
    }

    /// The journeys, by index, that a short or full name of a place can mean.
    pub(crate) fn journeys_of(&self, kind: PlaceKind, name: &str) -> Vec<usize> {
        let (journey, id) = name.split_once('/').map_or((None, name), |(j, id)| (Some(j), id));
        let found = self.places(kind).get(id).map(Vec::as_slice).unwrap_or_default();
        let wanted = journey.map(|j| self.journeys.get_index_of(j));
        found.iter().copied().filter(|index| wanted.is_none_or(|w| w == Some(*index))).collect()
    }

    /// The type of an event's attribute, else of what every event carries; `None` when there is neither.
    pub(crate) fn attribute(&self, event: &str, attribute: &str) -> Option<&AttributeKind> {
        let declared = self.document.events.get(event).and_then(|e| e.attributes.get(attribute));
        let own = || self.reserved.get(event)?.get(attribute);
        declared.map(|t| &t.kind).or_else(own).or_else(|| envelope(attribute))
    }

    /// The names of an event's attributes; none of an event that nobody declares.
    pub(crate) fn attributes(&self, event: &str) -> Vec<&str> {
        let declared = self.document.events.get(event).into_iter().flat_map(|e| e.attributes.keys());
        let own = self.reserved.get(event).into_iter().flat_map(|own| own.keys());
        declared.chain(own).map(String::as_str).collect()
    }
}

/// What the engine's own events carry: answers, fields of the profile, steps of tickets.
fn reserved(document: &Document) -> BTreeMap<&'static str, IndexMap<String, AttributeKind>> {
    let names = Names::of(document);
    let of = |event: &'static str| {
        let attributes = names.event(event).map_or(&[][..], |event| names.attributes_of(event));
        let own = |(a, ty): &(AttributeId, AttributeType)| {
            Some((names.attribute_name(*a)?.to_string(), ty.kind.clone()))
        };
        (event, attributes.iter().filter_map(own).collect())
    };
    RESERVED_EVENTS.into_iter().filter(|event| !document.events.contains_key(*event)).map(of).collect()
}

/// The type of what every event carries beside its attributes.
fn envelope(field: &str) -> Option<&'static AttributeKind> {
    static TEXT: AttributeKind = AttributeKind::Text;
    static TIME: AttributeKind = AttributeKind::Time;
    static INT: AttributeKind = AttributeKind::Int;
    let known = ENVELOPE.contains(&field);
    known.then_some(match field {
        "time" => &TIME,
        "sequence" => &INT,
        _ => &TEXT,
    })
}

fn ids<'a, T>(items: &'a [T], id: fn(&T) -> &String) -> Set<'a> {
    items.iter().map(|item| id(item).as_str()).collect()
}

fn place<'a>(places: &mut Places<'a>, id: &'a str, journey: usize) {
    let journeys = places.entry(id).or_default();
    if journeys.last() != Some(&journey) {
        journeys.push(journey);
    }
}
