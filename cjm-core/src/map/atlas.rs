//! Many maps beside each other: what they share, what hurts in more than one, how their stages compare.
//!
//! Answers: touchpoints that several maps have (same event, id, title or channel), pains and opportunities that
//! several maps name (same id, or same words whatever the writing), one row per stage.
//! Does not know: customers; which of the pains really hurts is for a study to say.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::base::text::{Language, Text};
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Channel, Document, Journey, Stage, Touchpoint, TouchpointKind};

/// Longest text that is compared, in characters.
const MAX_COMPARED: usize = 1_000;

/// Maps of one or many blueprints.
///
/// ```
/// let text = "cjm: 1\nid: shop\njourneys:\n\
///   - { id: buy, stages: [{ id: s, touchpoints: [{ id: pay, event: paid }] }] }\n\
///   - { id: return, stages: [{ id: s, touchpoints: [{ id: refund, event: paid }] }] }\n";
/// let blueprint = cjm_core::Blueprint::from_yaml(text)?;
/// let shared = blueprint.atlas().shared();
/// assert_eq!((shared[0].key.as_str(), shared[0].maps), ("paid", 2));
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Atlas<'a> {
    maps: Vec<MapOf<'a>>,
    language: Language,
}

/// One map and the blueprint it is of.
#[derive(Debug, Clone)]
struct MapOf<'a> {
    /// Tells the blueprint apart from every other of the atlas.
    blueprint: String,
    document: &'a Document,
    journey: &'a Journey,
}

/// One touchpoint of one map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Blueprint id; of several with one id `id#n`, n being the place among the blueprints given.
    pub blueprint: String,
    /// Journey id.
    pub journey: String,
    /// Stage id.
    pub stage: String,
    /// Touchpoint id.
    pub touchpoint: String,
}

/// By what things of several maps are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameBy {
    /// The same event lands there.
    Event,
    /// The same id.
    Id,
    /// The same words in any language, whatever their case, width, spaces and signs.
    Text,
    /// The same channel.
    Channel,
}

impl SameBy {
    /// Its name in documents and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Id => "id",
            Self::Text => "text",
            Self::Channel => "channel",
        }
    }
}

/// What several maps have in common. Order: maps descending, places descending, `by`, key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommonRow {
    /// What makes them the same.
    pub by: SameBy,
    /// The event, id, channel, or the words as first written.
    pub key: String,
    /// How many maps have it; at least 2.
    pub maps: u64,
    /// Where, in document order.
    pub places: Vec<Place>,
    /// For pains: ids of opportunities and improvements that say they solve it, sorted.
    pub solved_by: Vec<String>,
}

/// One stage of one map beside those of the others. Order: stages of one id together, by their first appearance,
/// then maps in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageRow {
    /// Blueprint id; of several with one id `id#n`, n being the place among the blueprints given.
    pub blueprint: String,
    /// Journey id.
    pub journey: String,
    /// Stage id.
    pub stage: String,
    /// What people call it; empty without a title.
    pub title: String,
    /// How many maps have a stage of this id.
    pub maps: u64,
    /// Touchpoints.
    pub touchpoints: u64,
    /// Those that take an event.
    pub with_event: u64,
    /// Those that take an event and are not optional.
    pub required: u64,
    /// Those on a screen, as they or their channel say.
    pub digital: u64,
    /// Those in the world, as they or their channel say.
    pub physical: u64,
    /// Those of tier 1.
    pub tier_1: u64,
    /// Those of tier 2.
    pub tier_2: u64,
    /// Departments that answer for the stage or its touchpoints, sorted.
    pub owners: Vec<String>,
    /// Pains named.
    pub pains: u64,
    /// Opportunities named.
    pub opportunities: u64,
    /// Mean expected emotion of the touchpoints that declare one, -1 to 1.
    pub expected: Option<f64>,
    /// Lowest expected emotion.
    pub lowest_expected: Option<f64>,
    /// How many touchpoints declare one.
    pub n_expected: u64,
}

/// Every table of an atlas: what serialises to JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AtlasTables {
    /// Touchpoints that several maps share.
    pub shared: Vec<CommonRow>,
    /// Pains that several maps name.
    pub pains: Vec<CommonRow>,
    /// Opportunities that several maps name.
    pub opportunities: Vec<CommonRow>,
    /// Stages beside each other.
    pub stages: Vec<StageRow>,
}

impl Blueprint {
    /// The maps of this blueprint beside each other; [`Atlas::of`] takes several blueprints.
    pub fn atlas(&self) -> Atlas<'_> {
        let language = self.document().language.as_deref().and_then(Language::of_tag).unwrap_or_default();
        Atlas::of([self.document()], language)
    }
}

impl<'a> Atlas<'a> {
    /// The maps of documents in their order; titles in `language`. Blueprints of one id stay apart.
    pub fn of(documents: impl IntoIterator<Item = &'a Document>, language: Language) -> Self {
        let documents: Vec<&Document> = documents.into_iter().collect();
        let mut n_of: BTreeMap<&str, usize> = BTreeMap::new();
        documents.iter().for_each(|d| *n_of.entry(&d.id).or_default() += 1);
        let mut maps = Vec::new();
        for (number, document) in (1_usize..).zip(documents.iter().copied()) {
            let alone = n_of.get(document.id.as_str()) == Some(&1);
            let blueprint = if alone { document.id.clone() } else { format!("{}#{number}", document.id) };
            let of = |journey| MapOf { blueprint: blueprint.clone(), document, journey };
            maps.extend(document.journeys.iter().map(of));
        }
        Self { maps, language }
    }

    /// Everything at once.
    pub fn tables(&self) -> AtlasTables {
        AtlasTables {
            shared: self.shared(),
            pains: self.pains(),
            opportunities: self.opportunities(),
            stages: self.stages(),
        }
    }

    /// Touchpoints that several maps have: the same event lands there, or they have the same id, title or channel.
    pub fn shared(&self) -> Vec<CommonRow> {
        let mut common = Common::default();
        for (place, t) in self.touchpoints() {
            for event in t.event.iter() {
                common.add(SameBy::Event, event, event, &place);
            }
            common.add(SameBy::Id, &t.id, &t.id, &place);
            common.add_words(t.title.as_ref(), &place);
            if let Some(channel) = &t.channel {
                common.add(SameBy::Channel, channel, channel, &place);
            }
        }
        common.rows(|_| Vec::new())
    }

    /// Pains that several maps name, by id or by words, with what is said to solve them.
    pub fn pains(&self) -> Vec<CommonRow> {
        let mut common = Common::default();
        for (place, t) in self.touchpoints() {
            for pain in &t.pains {
                common.add(SameBy::Id, &pain.id, &pain.id, &place);
                common.add_words(Some(&pain.text), &place);
                common.names(&pain.id, &place);
            }
        }
        common.rows(|ids| self.solvers(ids))
    }

    /// Opportunities that several maps name, by id or by words.
    pub fn opportunities(&self) -> Vec<CommonRow> {
        let mut common = Common::default();
        for (place, t) in self.touchpoints() {
            for chance in &t.opportunities {
                common.add(SameBy::Id, &chance.id, &chance.id, &place);
                common.add_words(Some(&chance.text), &place);
            }
        }
        common.rows(|_| Vec::new())
    }

    /// One row per stage of every map.
    pub fn stages(&self) -> Vec<StageRow> {
        let mut by_id: IndexMap<&str, Vec<StageRow>> = IndexMap::new();
        for map in &self.maps {
            for stage in &map.journey.stages {
                by_id.entry(&stage.id).or_default().push(self.stage(map, stage));
            }
        }
        for rows in by_id.values_mut() {
            let maps: BTreeSet<_> = rows.iter().map(|r| (r.blueprint.clone(), r.journey.clone())).collect();
            rows.iter_mut().for_each(|r| r.maps = maps.len() as u64);
        }
        by_id.into_values().flatten().collect()
    }

    fn touchpoints(&self) -> impl Iterator<Item = (Place, &'a Touchpoint)> + '_ {
        self.maps.iter().flat_map(|map| {
            let stages = map.journey.stages.iter();
            stages.flat_map(move |s| s.touchpoints.iter().map(move |t| (map.place(s, t), t)))
        })
    }

    /// Opportunities and improvements that say they solve one of these pains: plain ids, or `journey/id`.
    fn solvers(&self, pains: &BTreeSet<(String, String, String)>) -> Vec<String> {
        let mut found = BTreeSet::new();
        for MapOf { blueprint, document, journey } in &self.maps {
            let solves = |solved: &[String]| {
                solved.iter().any(|name| {
                    let (of, id) = name.split_once('/').unwrap_or((journey.id.as_str(), name));
                    pains.contains(&(blueprint.clone(), of.to_owned(), id.to_owned()))
                })
            };
            let chances = journey.stages.iter().flat_map(|s| &s.touchpoints).flat_map(|t| &t.opportunities);
            found.extend(chances.filter(|o| solves(&o.solves)).map(|o| o.id.clone()));
            found.extend(document.improvements.iter().filter(|i| solves(&i.solves)).map(|i| i.id.clone()));
        }
        found.into_iter().collect()
    }

    fn stage(&self, map: &MapOf<'_>, stage: &Stage) -> StageRow {
        let all = &stage.touchpoints;
        let count = |test: &dyn Fn(&Touchpoint) -> bool| all.iter().filter(|t| test(t)).count() as u64;
        let kind = |t: &Touchpoint| kind_of(t, &map.document.channels);
        let owners: BTreeSet<&String> =
            all.iter().filter_map(|t| t.owner.as_ref()).chain(&stage.owner).collect();
        let expected: Vec<f64> = all.iter().filter_map(|t| t.expected).filter(|e| e.is_finite()).collect();
        let n = expected.len() as f64;
        StageRow {
            blueprint: map.blueprint.clone(),
            journey: map.journey.id.clone(),
            stage: stage.id.clone(),
            title: stage.title.as_ref().map_or_else(String::new, |t| t.get(self.language).to_owned()),
            maps: 0,
            touchpoints: all.len() as u64,
            with_event: count(&|t| !t.event.is_empty()),
            required: count(&|t| !t.event.is_empty() && !t.optional),
            digital: count(&|t| kind(t) == Some(TouchpointKind::Digital)),
            physical: count(&|t| kind(t) == Some(TouchpointKind::Physical)),
            tier_1: count(&|t| t.tier == Some(1)),
            tier_2: count(&|t| t.tier == Some(2)),
            owners: owners.into_iter().cloned().collect(),
            pains: all.iter().map(|t| t.pains.len() as u64).sum(),
            opportunities: all.iter().map(|t| t.opportunities.len() as u64).sum(),
            expected: (!expected.is_empty()).then(|| expected.iter().sum::<f64>() / n),
            lowest_expected: expected.iter().copied().reduce(f64::min),
            n_expected: expected.len() as u64,
        }
    }
}

impl MapOf<'_> {
    fn place(&self, stage: &Stage, t: &Touchpoint) -> Place {
        Place {
            blueprint: self.blueprint.clone(),
            journey: self.journey.id.clone(),
            stage: stage.id.clone(),
            touchpoint: t.id.clone(),
        }
    }
}

fn kind_of(t: &Touchpoint, channels: &[Channel]) -> Option<TouchpointKind> {
    t.kind.or_else(|| channels.iter().find(|c| Some(&c.id) == t.channel.as_ref()).and_then(|c| c.kind))
}

/// What is gathered under one key.
struct Gathered {
    shown: String,
    places: Vec<Place>,
}

/// Places by what makes them the same.
#[derive(Default)]
struct Common {
    found: IndexMap<(SameBy, String), Gathered>,
    /// Ids of what was gathered, by the place that names them.
    named: IndexMap<Place, BTreeSet<String>>,
}

impl Common {
    fn add(&mut self, by: SameBy, key: &str, shown: &str, place: &Place) {
        let gathered = self
            .found
            .entry((by, key.to_owned()))
            .or_insert_with(|| Gathered { shown: shown.to_owned(), places: Vec::new() });
        if gathered.places.last() != Some(place) {
            gathered.places.push(place.clone());
        }
    }

    /// Adds a text under its words in every language.
    fn add_words(&mut self, text: Option<&Text>, place: &Place) {
        let texts: Vec<&str> = match text {
            None => Vec::new(),
            Some(Text::One(one)) => vec![one],
            Some(Text::Many(many)) => many.values().map(String::as_str).collect(),
        };
        for text in texts {
            let key = folded(text);
            if !key.is_empty() {
                self.add(SameBy::Text, &key, text.trim(), place);
            }
        }
    }

    fn names(&mut self, id: &str, place: &Place) {
        self.named.entry(place.clone()).or_default().insert(id.to_owned());
    }

    /// The rows of what at least two maps have; words only where no other row says the same places already.
    fn rows(self, solvers: impl Fn(&BTreeSet<(String, String, String)>) -> Vec<String>) -> Vec<CommonRow> {
        let Self { mut found, named } = self;
        found.sort_by(|(by, _), _, (other, _), _| (*by == SameBy::Text).cmp(&(*other == SameBy::Text)));
        let mut told: BTreeSet<Vec<Place>> = BTreeSet::new();
        let mut rows = Vec::new();
        for ((by, key), Gathered { shown, places }) in found {
            let maps: BTreeSet<_> = places.iter().map(|p| (&p.blueprint, &p.journey)).collect();
            let maps = maps.len() as u64;
            if maps < 2 || (by == SameBy::Text && told.contains(&places)) {
                continue;
            }
            if matches!(by, SameBy::Id | SameBy::Text) {
                told.insert(places.clone());
            }
            let same = |id: &&String| by == SameBy::Text || **id == key;
            let ids = places.iter().flat_map(|p| {
                let ids = named.get(p).into_iter().flatten().filter(same);
                ids.map(|id| (p.blueprint.clone(), p.journey.clone(), id.clone()))
            });
            let solved_by = solvers(&ids.collect());
            rows.push(CommonRow { by, key: shown, maps, places, solved_by });
        }
        rows.sort_by(|a, b| {
            (b.maps, b.places.len(), a.by, &a.key).cmp(&(a.maps, a.places.len(), b.by, &b.key))
        });
        rows
    }
}

/// Letters and digits alone, in one case and width, so that "Slow kitchen!" and "slow  Kitchen" are the same.
fn folded(text: &str) -> String {
    let letters = text.chars().take(MAX_COMPARED).nfkc().flat_map(char::to_lowercase);
    letters.filter(|c| c.is_alphanumeric()).take(MAX_COMPARED).collect()
}
