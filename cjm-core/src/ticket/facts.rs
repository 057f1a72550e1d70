//! What staff say about a ticket: the root cause, what was done, what the customer was told, a note.
//!
//! Answers: the latest word on each fact, and how facts are written. Does not know: which facts closing needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::ids::MAX_ID_BYTES;
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;

use super::step::StepRefusal;

/// Most facts of one ticket.
pub const MAX_FACTS: usize = 8;
/// Most bytes of all names and values of the facts of one ticket.
pub const MAX_FACT_BYTES: usize = 1_024;
/// The fact that must be one of the declared root causes.
pub const ROOT_CAUSE: &str = "root_cause";
/// The fact that free text becomes.
pub const NOTE: &str = "note";

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name, as in `root_cause`.
    pub name: Arc<str>,
    /// What was said, as text.
    pub value: Arc<str>,
    /// How often the ticket had been reopened when it was said.
    pub round: u32,
    /// When it was said.
    pub at: Timestamp,
}

/// The facts of one ticket, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts {
    list: Vec<Fact>,
}

/// Facts as a step brings them: name and value, by name.
pub type Said = BTreeMap<Arc<str>, Arc<str>>;

impl Facts {
    /// The facts by name.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.list.iter()
    }

    /// What was said last.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fact(name).map(|fact| &*fact.value)
    }

    /// Whether something was said in a round; `false` says that it is not so.
    pub(super) fn gives(&self, name: &str, round: u32) -> bool {
        self.fact(name).is_some_and(|fact| fact.round == round && &*fact.value != "false")
    }

    /// Takes in what a step said; a later word on a fact stays. `false` beyond the bounds: then the facts are not to
    /// be kept.
    pub(super) fn say(&mut self, said: &Said, round: u32, at: Timestamp) -> bool {
        for (name, value) in said {
            self.put(Fact { name: name.clone(), value: value.clone(), round, at });
        }
        let bytes: usize = self.list.iter().map(|fact| fact.name.len() + fact.value.len()).sum();
        self.list.len() <= MAX_FACTS && bytes <= MAX_FACT_BYTES
    }

    /// Unites two sides' words on one ticket; of too many the latest stay.
    pub(super) fn join(&mut self, other: Self) {
        other.list.into_iter().for_each(|fact| self.put(fact));
        if self.list.len() > MAX_FACTS {
            self.list.sort_by(|a, b| (b.round, b.at, &b.name).cmp(&(a.round, a.at, &a.name)));
            self.list.truncate(MAX_FACTS);
            self.list.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }

    /// Whether they stand in order and within their number.
    pub(super) fn is_sound(&self) -> bool {
        self.list.len() <= MAX_FACTS && self.list.is_sorted_by(|a, b| a.name < b.name)
    }

    fn fact(&self, name: &str) -> Option<&Fact> {
        self.list.iter().find(|fact| *fact.name == *name)
    }

    fn put(&mut self, fact: Fact) {
        match self.list.binary_search_by(|known| known.name.cmp(&fact.name)) {
            Err(place) => self.list.insert(place, fact),
            Ok(place) => {
                if let Some(known) = self.list.get_mut(place)
                    && (fact.round, fact.at, &fact.value) > (known.round, known.at, &known.value)
                {
                    *known = fact;
                }
            }
        }
    }
}

/// Reads facts: a record, JSON text of one (`{"root_cause": "cold_food"}`), or any other text, which is a note.
/// What is null or blank says nothing.
///
/// # Errors
/// [`StepRefusal::BadFacts`] for JSON that is no flat record, and for a name that is empty or longer than 128 bytes.
pub(super) fn read(facts: ValueRef<'_>) -> Result<Said, StepRefusal> {
    let bad = |why: &str| StepRefusal::BadFacts(why.into());
    let mut said = Said::new();
    match facts {
        ValueRef::Null => {}
        ValueRef::Record(fields) => {
            for (name, value) in fields {
                let text = text(value.as_ref()).ok_or_else(|| bad(name))?;
                said.insert(name.clone(), text);
            }
        }
        ValueRef::Text(json) if json.trim_start().starts_with('{') => {
            let fields: BTreeMap<String, serde_json::Value> =
                serde_json::from_str(json).map_err(|_| bad(start(json)))?;
            for (name, value) in fields {
                let text = json_text(&value).ok_or_else(|| bad(&name))?;
                said.insert(name.into(), text);
            }
        }
        ValueRef::Text(note) => {
            said.insert(NOTE.into(), note.into());
        }
        other => return Err(bad(&text(other).unwrap_or_default())),
    }
    said.retain(|_, value| !value.trim().is_empty());
    match said.keys().find(|name| name.is_empty() || name.len() > MAX_ID_BYTES) {
        Some(name) => Err(bad(start(name))),
        None => Ok(said),
    }
}

/// A value as text; empty for null, `None` for lists and records.
fn text(value: ValueRef<'_>) -> Option<Arc<str>> {
    Some(match value {
        ValueRef::Null => "".into(),
        ValueRef::Bool(b) => b.to_string().into(),
        ValueRef::Int(i) => i.to_string().into(),
        ValueRef::Number(x) => x.to_string().into(),
        ValueRef::Text(t) => t.into(),
        ValueRef::Money(d) => d.to_string().into(),
        ValueRef::Time(t) => t.to_string().into(),
        ValueRef::Date(d) => d.to_string().into(),
        ValueRef::Duration(d) => d.to_string().into(),
        ValueRef::List(_) | ValueRef::Record(_) => return None,
    })
}

fn json_text(value: &serde_json::Value) -> Option<Arc<str>> {
    Some(match value {
        serde_json::Value::Null => "".into(),
        serde_json::Value::Bool(b) => b.to_string().into(),
        serde_json::Value::Number(n) => n.to_string().into(),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
    })
}

/// The beginning of a text, enough to find it again.
fn start(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}
