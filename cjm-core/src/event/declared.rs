//! What a blueprint says of events: which attributes each has, and their types.
//!
//! Answers: the expected type of an event's attribute, reserved events included. Does not know: values or columns.

use indexmap::IndexMap;

use crate::base::hash::sha256_fields;
use crate::base::zone::Zone;
use crate::blueprint::model::{AttributeKind, AttributeType, Document, QuestionKind};

/// Declared events with their attributes, in document order; reserved events last.
#[derive(Debug, Clone, Default)]
pub(super) struct Declared {
    events: IndexMap<String, IndexMap<String, AttributeType>>,
    /// Identity kinds in document order.
    pub(super) identities: Vec<String>,
}

/// A fingerprint of everything that a document says of the types of events: two documents with the same one type every
/// event alike.
pub(crate) fn fingerprint(document: &Document) -> [u8; 16] {
    let declared = Declared::of(document);
    let zone = document.zone.as_ref().map(Zone::name);
    let text = serde_json::to_string(&(&declared.events, &declared.identities, zone)).unwrap_or_default();
    sha256_fields([text.as_bytes()]).first_chunk().copied().unwrap_or_default()
}

impl Declared {
    /// What the document declares, and the attributes that reserved events have by it.
    pub(super) fn of(document: &Document) -> Self {
        let declared = document.events.iter().map(|(name, event)| (name.clone(), event.attributes.clone()));
        let mut events: IndexMap<_, _> = declared.collect();
        for (name, attributes) in reserved(document) {
            events.entry(name.to_owned()).or_insert(attributes);
        }
        Self { events, identities: document.identities.iter().map(|kind| kind.id.clone()).collect() }
    }

    /// The attributes of an event; `None` when it is not declared.
    pub(super) fn event(&self, name: &str) -> Option<&IndexMap<String, AttributeType>> {
        self.events.get(name)
    }

    /// Whether an identity of this kind names a customer: any where no kind is declared.
    pub(super) fn takes(&self, kind: &str) -> bool {
        self.identities.is_empty() || self.identities.iter().any(|declared| declared == kind)
    }

    /// Every type that some event declares for an attribute of that name.
    pub(super) fn types<'a>(&'a self, attribute: &'a str) -> impl Iterator<Item = &'a AttributeType> {
        self.events.values().filter_map(move |attributes| attributes.get(attribute))
    }
}

fn reserved(document: &Document) -> [(&'static str, IndexMap<String, AttributeType>); 4] {
    let text = |name: &str| (name.to_owned(), optional(AttributeKind::Text));
    let profile = document.customer.iter().flat_map(|customer| &customer.profile);
    let profile = profile.map(|(name, kind)| (name.clone(), optional(kind.kind.clone())));
    [
        ("answered", answered(document)),
        ("profile_set", ["zone", "language"].map(text).into_iter().chain(profile).collect()),
        ("linked", IndexMap::new()),
        ("ticket_step", ["ticket", "step", "by", "facts"].map(text).into_iter().collect()),
    ]
}

fn optional(kind: AttributeKind) -> AttributeType {
    AttributeType { optional: true, kind }
}

/// `survey` and the questions of all surveys. Questions of one name keep the range they share.
fn answered(document: &Document) -> IndexMap<String, AttributeType> {
    let mut all = IndexMap::from([("survey".to_owned(), optional(AttributeKind::Text))]);
    for question in document.surveys.iter().flat_map(|survey| &survey.questions) {
        let kind = match question.kind {
            QuestionKind::Nps => AttributeKind::IntRange(0, 10),
            QuestionKind::Csat => AttributeKind::IntRange(1, 5),
            QuestionKind::Ces => AttributeKind::IntRange(1, 7),
            QuestionKind::Choice => AttributeKind::Enum(question.options.clone()),
            QuestionKind::Number => AttributeKind::Number,
            QuestionKind::Bool => AttributeKind::Bool,
            _ => AttributeKind::Text,
        };
        let known = all.entry(question.id.clone()).or_insert_with(|| optional(kind.clone()));
        known.kind = common(&known.kind, &kind);
    }
    all
}

/// The narrowest kind that holds what either holds.
fn common(a: &AttributeKind, b: &AttributeKind) -> AttributeKind {
    match (a, b) {
        (AttributeKind::IntRange(a0, a1), AttributeKind::IntRange(b0, b1)) => {
            AttributeKind::IntRange(*a0.min(b0), *a1.max(b1))
        }
        _ if a == b => a.clone(),
        _ => AttributeKind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::model::{EventModel, Question, Survey};

    #[test]
    fn reserved_events_have_the_attributes_of_their_sections() {
        let question = |kind| Question { id: "score".into(), kind, ..Question::default() };
        let survey = |kind| Survey { questions: vec![question(kind)], ..Survey::default() };
        let document = Document {
            events: [("paid".to_owned(), EventModel::default())].into_iter().collect(),
            surveys: vec![survey(QuestionKind::Nps), survey(QuestionKind::Csat)],
            ..Document::default()
        };
        let declared = Declared::of(&document);
        assert!(declared.event("paid").is_some_and(IndexMap::is_empty));
        assert!(declared.event("unheard_of").is_none());
        let score = declared.types("score").next();
        assert_eq!(score.map(|t| t.kind.clone()), Some(AttributeKind::IntRange(0, 10)));
    }
}
