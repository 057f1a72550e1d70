//! What names mean in each place where a condition may stand.
//!
//! Answers: the type of `event.amount` where only some events are possible, of `customer.visits`, of `trip.stage` ...
//! Does not know: values. Names outside a place's reach are unknown there.

use std::cell::RefCell;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::blueprint::model::{AttributeKind, AttributeType, Document, QuestionKind};
use crate::event::{AttributeId, EnvelopeField, EventId};
use crate::expr::{Name, Type, Types};
use crate::rule::Read;

use super::check::Suggest;
use super::names::Names;
use super::slots::{DecisionField, Slot, TouchpointField, TripField};

/// Which names a condition may read.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Events that are possible here; without any, `event` and `envelope` are unknown.
    pub events: Arc<[EventId]>,
    /// How many features, in document order, may be read.
    pub features: usize,
    /// Profile, tags, zone and language.
    pub profile: bool,
    /// The lifecycle state.
    pub lifecycle: bool,
    /// The segments.
    pub segments: bool,
    /// The trip.
    pub trip: bool,
    /// The touchpoint landed on, its scenarios.
    pub touchpoint: bool,
    /// Whether scenarios are known.
    pub scenarios: bool,
    /// The instant of the decision.
    pub now: bool,
    /// Attributes that may be named bare: a survey's questions.
    pub bare: Vec<AttributeId>,
    /// `answer.`: the questions of a survey.
    pub answer: Vec<AttributeId>,
    /// `first.` and `last.`: the named steps.
    pub steps: Vec<StepReach>,
    /// `decision.`
    pub decision: bool,
}

/// A named step of a sequence.
#[derive(Debug, Clone)]
pub struct StepReach {
    /// Its name.
    pub name: String,
    /// Its position.
    pub place: u32,
    /// Events that it may take.
    pub events: Vec<EventId>,
}

/// The names within reach of one condition; hands out slot numbers of the plan.
pub struct InReach<'a> {
    /// The plan's names.
    pub names: &'a Names,
    /// Where the ids of journeys, their parts and the options of questions stand.
    pub document: &'a Document,
    /// Types of features by position.
    pub feature_types: &'a [Type],
    /// What may be read.
    pub reach: &'a Reach,
    /// The plan's slots so far.
    pub slots: &'a RefCell<IndexSet<Slot>>,
    /// What every declared event together declares.
    pub(crate) all: &'a AllEvents,
    /// How much work may go into suggesting names; no bound without.
    pub(crate) suggest: Option<&'a Suggest>,
}

/// Every declared event, the reserved ones left out, and what they declare: looked up once, not at every name.
#[derive(Debug, Clone)]
pub(crate) struct AllEvents {
    /// The events.
    pub(crate) events: Arc<[EventId]>,
    /// By attribute: the type in all of them, and which declare it.
    attributes: IndexMap<AttributeId, (Type, Vec<EventId>)>,
}

impl AllEvents {
    /// The events of a document.
    pub(crate) fn of(document: &Document, names: &Names) -> Self {
        let declared = document.events.keys().filter(|name| !super::reserved::ALL.contains(&name.as_str()));
        let events: Arc<[EventId]> = declared.filter_map(|name| names.event(name)).collect();
        let mut attributes: IndexMap<AttributeId, (Type, Vec<EventId>)> = IndexMap::new();
        for event in events.iter() {
            for (attribute, ty) in names.attributes_of(*event) {
                let ty = type_of(ty);
                let (known, declaring) = attributes.entry(*attribute).or_insert((ty, Vec::new()));
                *known = if *known == ty { ty } else { Type::Any };
                declaring.push(*event);
            }
        }
        Self { events, attributes }
    }

    /// Those that may declare an attribute, of some events.
    pub(crate) fn declaring<'e>(&'e self, events: &'e [EventId], attribute: AttributeId) -> &'e [EventId] {
        if !std::ptr::eq(events, &*self.events) {
            return events;
        }
        self.attributes.get(&attribute).map_or(&[], |(_, declaring)| declaring)
    }
}

/// The type of an attribute in conditions.
pub fn type_of(attribute: &AttributeType) -> Type {
    match attribute.kind {
        AttributeKind::Text | AttributeKind::Enum(_) => Type::Text,
        AttributeKind::Int | AttributeKind::IntRange(..) => Type::Int,
        AttributeKind::Number => Type::Number,
        AttributeKind::Money => Type::Money,
        AttributeKind::Bool => Type::Bool,
        AttributeKind::Time => Type::Time,
        AttributeKind::Date => Type::Date,
        AttributeKind::List(_) => Type::List,
    }
}

/// The declared type of an answer.
pub fn answer_type(kind: QuestionKind) -> AttributeType {
    let kind = match kind {
        QuestionKind::Nps => AttributeKind::IntRange(0, 10),
        QuestionKind::Csat => AttributeKind::IntRange(1, 5),
        QuestionKind::Ces => AttributeKind::IntRange(1, 7),
        QuestionKind::Number => AttributeKind::Number,
        QuestionKind::Bool => AttributeKind::Bool,
        QuestionKind::Multiple => AttributeKind::List(indexmap::IndexMap::new()),
        QuestionKind::Text | QuestionKind::Choice => AttributeKind::Text,
    };
    AttributeType { optional: true, kind }
}

/// Makes room for another question of the same id: of two scales the one that holds both.
pub fn widen(known: &mut AttributeType, other: &AttributeType) {
    use AttributeKind as K;
    known.kind = match (&known.kind, &other.kind) {
        (K::IntRange(a, b), K::IntRange(c, d)) => K::IntRange(*a.min(c), *b.max(d)),
        (K::IntRange(..), K::Number) => K::Number,
        _ => return,
    };
}

const TRIP: [(&str, TripField, Type); 7] = [
    ("journey", TripField::Journey, Type::Text),
    ("stage", TripField::Stage, Type::Text),
    ("touchpoint", TripField::Touchpoint, Type::Text),
    ("started", TripField::Started, Type::Time),
    ("steps", TripField::Steps, Type::Int),
    ("key", TripField::Key, Type::Any),
    ("reached", TripField::Reached, Type::Bool),
];

const TOUCHPOINT: [(&str, TouchpointField, Type); 5] = [
    ("id", TouchpointField::Id, Type::Text),
    ("stage", TouchpointField::Stage, Type::Text),
    ("channel", TouchpointField::Channel, Type::Text),
    ("wait", TouchpointField::Wait, Type::Duration),
    ("expected", TouchpointField::Expected, Type::Number),
];

const DECISION: [(&str, DecisionField, Type); 8] = [
    ("id", DecisionField::Id, Type::Text),
    ("rule", DecisionField::Rule, Type::Text),
    ("action", DecisionField::Action, Type::Text),
    ("channel", DecisionField::Channel, Type::Text),
    ("due", DecisionField::Due, Type::Time),
    ("arm", DecisionField::Arm, Type::Text),
    ("step", DecisionField::Step, Type::Int),
    ("outcome", DecisionField::Outcome, Type::Text),
];

impl InReach<'_> {
    fn name(&self, slot: Slot, ty: Type) -> Option<Name> {
        let (place, _) = self.slots.borrow_mut().insert_full(slot);
        Some(Name { slot: u32::try_from(place).ok()?, ty })
    }

    /// The type of an attribute over several events; `None` when none declares it.
    fn attribute_type(&self, events: &[EventId], attribute: AttributeId) -> Option<Type> {
        if std::ptr::eq(events, &*self.all.events) {
            return self.all.attributes.get(&attribute).map(|(ty, _)| *ty);
        }
        let mut found: Option<Type> = None;
        for event in events {
            let declared = self.names.attributes_of(*event).iter().find(|(a, _)| *a == attribute);
            let Some((_, ty)) = declared else { continue };
            let ty = type_of(ty);
            found = Some(if found.is_none_or(|f| f == ty) { ty } else { Type::Any });
        }
        found
    }

    fn event_field(&self, name: &str) -> Option<Name> {
        if self.reach.events.is_empty() {
            return None;
        }
        let attribute = self.names.attribute(name);
        let typed = attribute.and_then(|a| Some((a, self.attribute_type(&self.reach.events, a)?)));
        let field = EnvelopeField::named(name);
        match (typed, field) {
            (Some((a, ty)), Some(field)) => {
                let ty = if ty == envelope_type(field) { ty } else { Type::Any };
                self.name(Slot::AttributeOr(a, field), ty)
            }
            (Some((a, ty)), None) => self.name(Slot::Attribute(a), ty),
            (None, Some(field)) => self.name(Slot::Envelope(field), envelope_type(field)),
            (None, None) => None,
        }
    }

    fn customer_field(&self, name: &str) -> Option<Name> {
        let reach = self.reach;
        match name {
            "tags" if reach.profile => return self.name(Slot::Tags, Type::Names),
            "zone" if reach.profile => return self.name(Slot::Zone, Type::Text),
            "language" if reach.profile => return self.name(Slot::Language, Type::Text),
            "lifecycle" if reach.lifecycle => return self.name(Slot::Lifecycle, Type::Text),
            "segments" if reach.segments => return self.name(Slot::Segments, Type::Names),
            _ => {}
        }
        if let Some(name) = self.feature(name) {
            return Some(name);
        }
        let field = self.names.field(name).filter(|_| reach.profile)?;
        let (_, ty) = self.names.fields().get_index(field as usize)?;
        self.name(Slot::Profile(field), type_of(ty))
    }

    fn feature(&self, name: &str) -> Option<Name> {
        let place = self.names.features().get_index_of(name).filter(|p| *p < self.reach.features)?;
        let ty = self.feature_types.get(place).copied().unwrap_or(Type::Any);
        self.name(Slot::Feature(u32::try_from(place).ok()?), ty)
    }

    fn answered(&self, among: &[AttributeId], name: &str) -> Option<Name> {
        let attribute = self.names.attribute(name).filter(|a| among.contains(a))?;
        let answered = self.names.event(super::reserved::ANSWERED)?;
        let ty = self.attribute_type(&[answered], attribute).unwrap_or(Type::Any);
        self.name(Slot::Attribute(attribute), ty)
    }

    /// `first.NAME.X` and `last.NAME.X`: known where the step may be an event that has X.
    fn step_field(&self, last: bool, step: &str, field: &str) -> Option<Name> {
        let StepReach { place, events, .. } = self.reach.steps.iter().find(|s| s.name == step)?;
        let attribute = self.names.attribute(field);
        let typed = attribute.and_then(|a| Some((a, self.attribute_type(events, a)?)));
        let step = *place;
        if let Some((attribute, ty)) = typed {
            return self.name(Slot::Step { step, last, read: Read::Attribute(attribute) }, ty);
        }
        match EnvelopeField::named(field)? {
            EnvelopeField::Time => self.name(Slot::StepTime { step, last }, Type::Time),
            EnvelopeField::Channel => self.name(Slot::Step { step, last, read: Read::Channel }, Type::Text),
            _ => None,
        }
    }
}

fn envelope_type(field: EnvelopeField) -> Type {
    match field {
        EnvelopeField::Time => Type::Time,
        EnvelopeField::Sequence => Type::Int,
        _ => Type::Text,
    }
}

impl Types for InReach<'_> {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        match path {
            ["now"] if self.reach.now => self.name(Slot::Now, Type::Time),
            ["scenarios"] if self.reach.scenarios => self.name(Slot::Scenarios, Type::Names),
            [bare] => self.answered(&self.reach.bare, bare).or_else(|| self.feature(bare)),
            ["event", field] => self.event_field(field),
            ["envelope", field] if !self.reach.events.is_empty() => {
                let field = EnvelopeField::named(field)?;
                self.name(Slot::Envelope(field), envelope_type(field))
            }
            ["customer", field] => self.customer_field(field),
            ["trip", field] if self.reach.trip => {
                let (_, field, ty) = TRIP.iter().find(|(name, ..)| name == field)?;
                self.name(Slot::Trip(*field), *ty)
            }
            ["touchpoint", field] if self.reach.touchpoint => {
                let (_, field, ty) = TOUCHPOINT.iter().find(|(name, ..)| name == field)?;
                self.name(Slot::Touchpoint(*field), *ty)
            }
            ["answer", question] => self.answered(&self.reach.answer, question),
            [side @ ("first" | "last"), step, field] => self.step_field(*side == "last", step, field),
            ["decision", field] if self.reach.decision => {
                let (_, field, ty) = DECISION.iter().find(|(name, ..)| name == field)?;
                self.name(Slot::Decision(*field), *ty)
            }
            _ => None,
        }
    }

    fn children(&self, path: &[&str]) -> Vec<String> {
        let reach = self.reach;
        let looked_at = if path == ["event"] { reach.events.len() } else { 8 };
        if self.suggest.is_some_and(|suggest| !suggest.spend(looked_at)) {
            return Vec::new();
        }
        // each name costs its copy and the comparison with about as long a name
        let afford = |name: &&str| self.suggest.is_none_or(|s| s.spend(name.len() * (1 + name.len())));
        let texts = |list: &mut dyn Iterator<Item = &str>| {
            list.take_while(afford).map(str::to_owned).collect::<Vec<_>>()
        };
        let features = || self.names.features().iter().take(reach.features).map(|f| &**f);
        match path {
            [] => {
                let roots = [
                    ("event", !reach.events.is_empty()),
                    ("envelope", !reach.events.is_empty()),
                    ("customer", true),
                    ("trip", reach.trip),
                    ("touchpoint", reach.touchpoint),
                    ("scenarios", reach.scenarios),
                    ("now", reach.now),
                    ("answer", !reach.answer.is_empty()),
                    ("first", !reach.steps.is_empty()),
                    ("last", !reach.steps.is_empty()),
                    ("decision", reach.decision),
                ];
                let bare = reach.bare.iter().filter_map(|a| self.names.attribute_name(*a)).map(|n| &**n);
                texts(&mut roots.iter().filter(|(_, on)| *on).map(|(n, _)| *n).chain(features()).chain(bare))
            }
            ["event"] => {
                let declared = reach.events.iter().flat_map(|e| self.names.attributes_of(*e));
                let names = declared.filter_map(|(a, _)| self.names.attribute_name(*a)).map(|n| &**n);
                texts(&mut names.chain(EnvelopeField::ALL.iter().map(|(n, _)| *n)))
            }
            ["envelope"] => texts(&mut EnvelopeField::ALL.iter().map(|(n, _)| *n)),
            ["customer"] => {
                let own = ["tags", "lifecycle", "segments", "zone", "language"];
                let fields = self.names.fields().keys().map(|f| &**f);
                texts(&mut own.into_iter().chain(features()).chain(fields))
            }
            ["trip"] => texts(&mut TRIP.iter().map(|(n, ..)| *n)),
            ["touchpoint"] => texts(&mut TOUCHPOINT.iter().map(|(n, ..)| *n)),
            ["answer"] => {
                texts(&mut reach.answer.iter().filter_map(|a| self.names.attribute_name(*a)).map(|n| &**n))
            }
            ["decision"] => texts(&mut DECISION.iter().map(|(n, ..)| *n)),
            ["first" | "last"] => texts(&mut reach.steps.iter().map(|step| step.name.as_str())),
            _ => Vec::new(),
        }
    }

    fn fields(&self, path: &[&str]) -> Vec<(String, Type)> {
        let mut fields: IndexMap<String, Type> = IndexMap::new();
        for ty in self.declared(path) {
            let AttributeKind::List(columns) = &ty.kind else { return Vec::new() };
            for (name, ty) in columns {
                let ty = type_of(ty);
                let known = fields.entry(name.clone()).or_insert(ty);
                *known = if *known == ty { ty } else { Type::Any };
            }
        }
        fields.into_iter().collect()
    }

    fn choices(&self, path: &[&str]) -> Option<Vec<String>> {
        let ids = |list: &[Arc<str>]| Some(list.iter().map(|id| id.to_string()).collect());
        match path {
            ["customer", "lifecycle"] => ids(self.names.lifecycle()),
            ["customer", "segments"] => ids(self.names.segments()),
            ["scenarios"] => ids(self.names.scenarios()),
            ["trip", part] | ["touchpoint", part] => self.parts_of_journeys(part),
            // the envelope's own value stands in where the event has none
            ["event", name] if EnvelopeField::named(name).is_some() => None,
            _ => self.one_of(path),
        }
    }
}

impl InReach<'_> {
    /// The declared types of what a path names: of the attribute in each possible event, of the profile field.
    fn declared(&self, path: &[&str]) -> Vec<&AttributeType> {
        let of_events = |events: &[EventId], name: &str| {
            let Some(attribute) = self.names.attribute(name) else { return Vec::new() };
            let declaring = self.all.declaring(events, attribute);
            let all = declaring.iter().flat_map(|event| self.names.attributes_of(*event));
            all.filter(|(a, _)| *a == attribute).map(|(_, ty)| ty).collect()
        };
        match path {
            ["event", name] => of_events(&self.reach.events, name),
            ["first" | "last", step, name] => {
                let step = self.reach.steps.iter().find(|known| known.name == *step);
                step.map_or_else(Vec::new, |step| of_events(&step.events, name))
            }
            ["customer", name] if self.feature(name).is_none() => {
                self.names.fields().get(*name).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The choices of an enum, or of the questions of one id; `None` where any text is possible.
    fn one_of(&self, path: &[&str]) -> Option<Vec<String>> {
        let mut choices: IndexSet<&String> = IndexSet::new();
        let asked = match path {
            ["answer", id] => Some((id, &self.reach.answer)),
            [id] => Some((id, &self.reach.bare)),
            _ => None,
        };
        if let Some((id, among)) = asked
            && self.names.attribute(id).is_some_and(|attribute| among.contains(&attribute))
        {
            let all = self.document.surveys.iter().flat_map(|s| &s.questions);
            for question in all.filter(|q| q.id == **id) {
                if !matches!(question.kind, QuestionKind::Choice | QuestionKind::Multiple) {
                    return None;
                }
                choices.extend(&question.options);
            }
        }
        for ty in self.declared(path) {
            let AttributeKind::Enum(values) = &ty.kind else { return None };
            choices.extend(values);
        }
        (!choices.is_empty()).then(|| choices.into_iter().cloned().collect())
    }

    /// The ids that the part of a trip, or of a landing, can have.
    fn parts_of_journeys(&self, part: &str) -> Option<Vec<String>> {
        let journeys = || self.document.journeys.iter();
        let stages = || journeys().flat_map(|j| &j.stages);
        let touchpoints = || stages().flat_map(|s| &s.touchpoints);
        Some(match part {
            "journey" => journeys().map(|j| j.id.clone()).collect(),
            "stage" => stages().map(|s| s.id.clone()).collect(),
            "touchpoint" | "id" => touchpoints().map(|t| t.id.clone()).collect(),
            "channel" => touchpoints().filter_map(|t| t.channel.clone()).collect(),
            _ => return None,
        })
    }
}
