//! What the ids in a study are called: titles from the blueprint, in a language.
//!
//! Answers: the words for every id, and the parts of the map behind it. Does not know: figures.

use std::collections::BTreeMap;

use crate::base::text::Language;
use crate::blueprint::model::{Document, Improvement, Journey, Pain, Persona, Stage, Text, Touchpoint};
use crate::insight::rows::Group;

use super::say::{Say, w};

/// The longest text shown, in characters: a name is no place for a book.
const MAX_CHARS: usize = 500;

/// Looks names up by id. An id that the blueprint does not know stands for itself.
pub(super) struct Names<'a> {
    pub(super) document: &'a Document,
    language: Language,
    journeys: BTreeMap<&'a str, &'a Journey>,
    stages: BTreeMap<(&'a str, &'a str), &'a Stage>,
    touchpoints: BTreeMap<(&'a str, &'a str), &'a Touchpoint>,
    pains: BTreeMap<(&'a str, &'a str), &'a Pain>,
    improvements: BTreeMap<&'a str, &'a Improvement>,
    /// Titles of personas by journey and id.
    personas: BTreeMap<(&'a str, &'a str), &'a Text>,
    /// Titles of the values that tables are cut by: (`scenario`, id) to title.
    values: BTreeMap<(&'a str, &'a str), &'a Text>,
}

impl<'a> Names<'a> {
    pub(super) fn new(document: &'a Document, language: Language) -> Self {
        let mut names = Self {
            document,
            language,
            journeys: BTreeMap::new(),
            stages: BTreeMap::new(),
            touchpoints: BTreeMap::new(),
            pains: BTreeMap::new(),
            improvements: document.improvements.iter().map(|i| (i.id.as_str(), i)).collect(),
            personas: BTreeMap::new(),
            values: BTreeMap::new(),
        };
        for journey in &document.journeys {
            names.take_journey(journey);
        }
        names.take_values();
        names
    }

    fn take_journey(&mut self, journey: &'a Journey) {
        self.journeys.insert(&journey.id, journey);
        for stage in &journey.stages {
            self.stages.insert((&journey.id, &stage.id), stage);
            for touchpoint in &stage.touchpoints {
                self.touchpoints.insert((&journey.id, &touchpoint.id), touchpoint);
                let own = touchpoint.pains.iter().map(|p| ((journey.id.as_str(), p.id.as_str()), p));
                self.pains.extend(own);
            }
        }
        let titled = |p: &'a Persona| Some(((journey.id.as_str(), p.id.as_str()), p.title.as_ref()?));
        self.personas.extend(journey.personas.iter().filter_map(titled));
    }

    fn take_values(&mut self) {
        let document = self.document;
        self.take_titles(document.scenarios.iter().map(|s| ("scenario", &s.id, &s.title)));
        self.take_titles(document.surveys.iter().map(|s| ("survey", &s.id, &s.title)));
        self.take_titles(document.channels.iter().map(|c| ("channel", &c.id, &c.title)));
        if let Some(customer) = &document.customer {
            self.take_titles(customer.segments.iter().map(|s| ("segment", &s.id, &s.title)));
            self.take_titles(customer.lifecycle.iter().map(|l| ("state", &l.id, &l.title)));
        }
    }

    fn take_titles(&mut self, rows: impl Iterator<Item = (&'a str, &'a String, &'a Option<Text>)>) {
        for (kind, id, title) in rows {
            if let Some(title) = title {
                self.values.entry((kind, id)).or_insert(title);
            }
        }
    }

    /// The words of a text, cut where they are longer than any name should be.
    pub(super) fn text(&self, text: &Text) -> String {
        clip(text.get(self.language))
    }

    fn titled(&self, title: Option<&Text>, id: &str) -> String {
        title.map(|t| t.get(self.language)).filter(|t| !t.is_empty()).map_or_else(|| clip(id), clip)
    }

    pub(super) fn blueprint(&self) -> String {
        self.titled(self.document.title.as_ref(), &self.document.id)
    }

    pub(super) fn journey_model(&self, journey: &str) -> Option<&'a Journey> {
        self.journeys.get(journey).copied()
    }

    pub(super) fn journey(&self, journey: &str) -> String {
        self.titled(self.journey_model(journey).and_then(|j| j.title.as_ref()), journey)
    }

    pub(super) fn stage(&self, journey: &str, stage: &str) -> String {
        self.titled(self.stages.get(&(journey, stage)).and_then(|s| s.title.as_ref()), stage)
    }

    pub(super) fn touchpoint(&self, journey: &str, touchpoint: &str) -> String {
        let found = self.touchpoints.get(&(journey, touchpoint));
        self.titled(found.and_then(|t| t.title.as_ref()), touchpoint)
    }

    /// The pain in words.
    pub(super) fn pain(&self, journey: &str, pain: &str) -> String {
        self.titled(self.pains.get(&(journey, pain)).map(|p| &p.text), pain)
    }

    pub(super) fn improvement_model(&self, improvement: &str) -> Option<&'a Improvement> {
        self.improvements.get(improvement).copied()
    }

    pub(super) fn improvement(&self, improvement: &str) -> String {
        self.titled(self.improvement_model(improvement).and_then(|i| i.title.as_ref()), improvement)
    }

    /// A persona of a journey; of none in particular its title where all journeys that have it agree on one.
    fn persona(&self, journey: Option<&str>, id: &str) -> String {
        let mut titles = self.personas.iter().filter(|((_, own), _)| *own == id).map(|(_, title)| *title);
        let title = match journey {
            Some(journey) => self.personas.get(&(journey, id)).copied(),
            None => titles.next().filter(|first| titles.all(|other| other == *first)),
        };
        self.titled(title, id)
    }

    /// A value of a kind: `scenario`, `segment`, `state`, `survey`, `channel`.
    pub(super) fn value(&self, kind: &str, id: &str) -> String {
        self.titled(self.values.get(&(kind, id)).copied(), id)
    }

    /// A question by its words; else by its survey's; else by its id.
    pub(super) fn question(&self, survey: &str, question: &str) -> String {
        let survey = self.document.surveys.iter().find(|s| s.id == survey);
        let found = survey.and_then(|s| s.questions.iter().find(|q| q.id == question));
        let title = found.and_then(|q| q.title.as_ref()).or(survey.and_then(|s| s.title.as_ref()));
        self.titled(title, question)
    }

    /// The value of a cut, on a journey where it is about one; customers without one are `unassigned`.
    pub(super) fn group(&self, say: &Say, group: &Group, journey: Option<&str>) -> String {
        match (group.by.as_deref(), group.value.as_deref()) {
            (_, None) | (Some("persona"), Some("unassigned")) => w!(say, "unassigned").to_owned(),
            (Some("persona"), Some(id)) => self.persona(journey, id),
            (by, Some(value)) => self.value(by.unwrap_or(""), value),
        }
    }
}

/// At most [`MAX_CHARS`] characters.
pub(super) fn clip(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
    }
}
