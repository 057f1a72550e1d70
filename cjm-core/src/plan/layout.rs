//! Stable ids of everything a state remembers, so that bytes never hold positions; how long its events wait.
//!
//! Answers: position to stable id and back, for features, fields, events, states, segments, journeys and their parts.
//! Does not know: the encoding.

use hashbrown::HashMap;

use crate::base::hash::{sha256_fields, stable_id};
use crate::base::pack::Words;
use crate::base::time::Duration;
use crate::blueprint::model::Document;
use crate::event::EventId;

use super::names::Names;
use super::rule::RuleSpec;

/// Longest text of a document that is taken for a name.
const MAX_WORD: usize = 40;

/// Stable ids by position. Each list is in the plan's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// First 16 bytes of the hash of the document: which plan a state was made under.
    pub lineage: [u8; 16],
    /// Profile fields.
    pub fields: Ids,
    /// Features.
    pub features: Ids,
    /// Tracked events.
    pub tracked: Ids,
    /// Lifecycle states.
    pub lifecycle: Ids,
    /// Segments.
    pub segments: Ids,
    /// Channels.
    pub channels: Ids,
    /// Purposes.
    pub purposes: Ids,
    /// Every event.
    pub events: Ids,
    /// Every attribute.
    pub attributes: Ids,
    /// Rules, those that ask surveys included.
    pub rules: Ids,
    /// Ramps by their numbers: ids of the rules that have them.
    pub ramps: Ids,
    /// Experiments.
    pub experiments: Ids,
    /// By experiment: its arms.
    pub arms: Vec<Ids>,
    /// Journeys.
    pub journeys: Ids,
    /// By journey.
    pub parts: Vec<JourneyIds>,
    /// How long events wait for late ones: the largest lateness of the sources.
    pub lateness: Duration,
    /// Texts and ids that states of the plan often hold.
    pub(crate) words: Words,
}

/// Stable ids of one journey's parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JourneyIds {
    /// Stages.
    pub stages: Ids,
    /// Touchpoints.
    pub touchpoints: Ids,
    /// Personas.
    pub personas: Ids,
}

/// Positions and their stable ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ids {
    list: Vec<u64>,
    places: HashMap<u64, u32, foldhash::fast::FixedState>,
}

impl Ids {
    /// The stable ids of names of a kind, in order.
    pub fn of<'a>(kind: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::listed(names.into_iter().map(|name| stable_id(kind, name)).collect())
    }

    /// Stable ids that are known, in order.
    pub fn listed(list: Vec<u64>) -> Self {
        let places = list.iter().zip(0_u32..).map(|(id, place)| (*id, place)).collect();
        Self { list, places }
    }

    /// The stable id at a position.
    pub fn id(&self, place: u32) -> Option<u64> {
        self.list.get(place as usize).copied()
    }

    /// The position of a stable id.
    pub fn place(&self, id: u64) -> Option<u32> {
        self.places.get(&id).copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl Layout {
    /// The layout of a document with its names, tracked events and rules.
    pub fn of(document: &Document, names: &Names, tracked: &[EventId], rules: &[RuleSpec]) -> Self {
        fn texts<'a>(list: impl IntoIterator<Item = &'a std::sync::Arc<str>>) -> Vec<&'a str> {
            list.into_iter().map(|t| &**t).collect()
        }
        let text = serde_json::to_string(document).unwrap_or_default();
        let digest = sha256_fields([b"blueprint".as_slice(), text.as_bytes()]);
        let events = Ids::of("event", texts(names.events()));
        let attributes = Ids::of("attribute", texts(names.attributes()));
        Self {
            words: words(document, names, [&events, &attributes]),
            lineage: digest.first_chunk::<16>().copied().unwrap_or_default(),
            fields: Ids::of("field", texts(names.fields().keys())),
            features: Ids::of("feature", texts(names.features())),
            tracked: Ids::of("event", tracked.iter().filter_map(|e| names.event_name(*e)).map(|n| &**n)),
            lifecycle: Ids::of("lifecycle", texts(names.lifecycle())),
            segments: Ids::of("segment", texts(names.segments())),
            channels: Ids::of("channel", texts(names.channels())),
            purposes: Ids::of("purpose", texts(names.purposes())),
            events,
            attributes,
            rules: Ids::listed(rules.iter().map(|rule| rule.stable).collect()),
            ramps: ramps(rules),
            experiments: Ids::of("experiment", document.experiments.iter().map(|e| e.id.as_str())),
            arms: document
                .experiments
                .iter()
                .map(|e| Ids::of("arm", e.arms.iter().map(|a| a.id.as_str())))
                .collect(),
            journeys: Ids::of("journey", document.journeys.iter().map(|j| j.id.as_str())),
            parts: document.journeys.iter().map(JourneyIds::of).collect(),
            lateness: document.sources.iter().filter_map(|source| source.lateness).max().unwrap_or_default(),
        }
    }
}

/// The rules with a ramp, each once, in the order in which the ramps are numbered.
fn ramps(rules: &[RuleSpec]) -> Ids {
    let mut ids: Vec<(u32, &str)> = rules.iter().filter_map(|r| Some((r.ramp?.1, &*r.id))).collect();
    ids.sort_unstable();
    ids.dedup();
    Ids::of("ramp", ids.into_iter().map(|(_, id)| id))
}

/// The names that states hold most often first, then every other short text of the document.
fn words(document: &Document, names: &Names, ids: [&Ids; 2]) -> Words {
    let mut texts: Vec<String> = names.kinds().iter().map(|kind| kind.to_string()).collect();
    texts.extend(document.sources.iter().map(|source| source.id.clone()));
    texts.extend(names.channels().iter().map(|channel| channel.to_string()));
    let mut rest = vec![serde_json::to_value(document).unwrap_or_default()];
    while let Some(value) = rest.pop() {
        match value {
            serde_json::Value::String(text) if text.len() <= MAX_WORD => texts.push(text),
            serde_json::Value::Array(items) => rest.extend(items.into_iter().rev()),
            serde_json::Value::Object(fields) => {
                rest.extend(fields.into_iter().rev().map(|(_, value)| value))
            }
            _ => {}
        }
    }
    let zero = [0_u64];
    let ids = ids.into_iter().flat_map(|ids| &ids.list).chain(&zero);
    Words::of(texts.iter().map(String::as_str), ids.copied())
}

impl JourneyIds {
    fn of(journey: &crate::blueprint::model::Journey) -> Self {
        let touchpoints = journey.stages.iter().flat_map(|s| &s.touchpoints);
        Self {
            stages: Ids::of("stage", journey.stages.iter().map(|s| s.id.as_str())),
            touchpoints: Ids::of("touchpoint", touchpoints.map(|t| t.id.as_str())),
            personas: Ids::of("persona", journey.personas.iter().map(|p| p.id.as_str())),
        }
    }
}
