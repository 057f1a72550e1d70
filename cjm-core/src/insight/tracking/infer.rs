//! A tracking plan drawn from data: the `events` section that a log seems to follow.
//!
//! Answers: the events of a log with their attributes, types and which of them are optional.
//! Does not know: what was meant; a person should read it before it becomes law.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Serialize;

use crate::base::value::{Value, ValueRef};
use crate::blueprint::model::{AttributeKind, AttributeType, Document, EventModel};
use crate::event::{Column, ColumnData, EventLog};
use crate::plan::reserved;

/// Most different texts of an attribute that counts as an enumeration.
const MAX_ENUM: usize = 12;
/// How often the texts of an enumeration come on average, at least.
const ENUM_REPEATS: u64 = 5;
/// Longest text of an enumeration in bytes.
const MAX_ENUM_TEXT: usize = 64;

/// What a log seems to record.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct InferredEvents {
    /// The `events` section: events in the order of their first arrival, attributes in the log's order. Reserved events,
    /// as `answered`, are none of it.
    pub events: IndexMap<String, EventModel>,
    /// Columns whose names conditions can not read (`case:concept:name`), left out, in the log's order.
    pub skipped: Vec<String>,
}

impl InferredEvents {
    /// A document that holds nothing but these events.
    pub fn document(&self, id: &str) -> Document {
        Document { cjm: 1, id: id.to_owned(), events: self.events.clone(), ..Document::default() }
    }
}

/// Draws the `events` section from a log.
///
/// An attribute belongs to every event that has it at least once and is optional where it is sometimes missing.
/// A text with at most 12 values that recur five times on average is an enumeration.
pub fn infer(log: &EventLog) -> InferredEvents {
    let n_names = log.event_names().len();
    let mut n_events = vec![0_u64; n_names];
    for code in log.names().iter() {
        if let Some(n) = n_events.get_mut(code as usize) {
            *n += 1;
        }
    }
    let mut found = InferredEvents::default();
    // what the engine reserves has its attributes from elsewhere in a blueprint
    let own = |name: &str| !reserved::ALL.contains(&name);
    for (name, _) in log.event_names().iter().zip(&n_events).filter(|(name, n)| **n > 0 && own(name)) {
        found.events.insert(name.to_string(), EventModel::default());
    }
    for column in log.columns() {
        if !is_field(&column.name) {
            found.skipped.push(column.name.to_string());
            continue;
        }
        let seen = look(log, column, n_names);
        for ((name, n), seen) in log.event_names().iter().zip(&n_events).zip(seen) {
            if seen.n == 0 {
                continue;
            }
            if let Some(model) = found.events.get_mut(name.as_ref()) {
                let kind = AttributeType { optional: seen.n < *n, kind: seen.kind(column) };
                model.attributes.insert(column.name.to_string(), kind);
            }
        }
    }
    found
}

/// Whether conditions can read the name behind a dot.
fn is_field(name: &str) -> bool {
    let head = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    head && name.len() <= crate::base::ids::MAX_ID_BYTES
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What one event has in one column.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// Events with a value.
    n: u64,
    /// Codes of the texts, at most one more than an enumeration may have.
    codes: BTreeSet<u32>,
    /// Fields of the records of a list, with the kind that all their values share.
    fields: IndexMap<String, AttributeType>,
    /// Values that are no list of records.
    odd: bool,
    records: u64,
}

/// Looks at every value of a column, event by event.
fn look(log: &EventLog, column: &Column, n_names: usize) -> Vec<Seen> {
    let mut all = vec![Seen::default(); n_names];
    for (row, code) in log.names().iter().enumerate() {
        let Some(seen) = all.get_mut(code as usize).filter(|_| column.is_valid(row)) else { continue };
        seen.n += 1;
        match &column.data {
            ColumnData::Text { codes, .. } if seen.codes.len() <= MAX_ENUM => {
                seen.codes.insert(codes.get(row));
            }
            ColumnData::List(values) => match values.get(row) {
                Some(Value::List(records)) => seen.take_records(records),
                _ => seen.odd = true,
            },
            _ => {}
        }
    }
    all
}

impl Seen {
    fn take_records(&mut self, records: &[Value]) {
        for record in records {
            let Value::Record(fields) = record else {
                self.odd = true;
                continue;
            };
            self.records += 1;
            for (name, value) in fields.iter().filter(|(name, value)| is_field(name) && !value.is_null()) {
                let kind = kind_of(value);
                let known = self.fields.entry(name.to_string());
                let known = known.or_insert_with(|| AttributeType { optional: false, kind: kind.clone() });
                known.kind = common(&known.kind, &kind);
            }
        }
    }

    fn kind(&self, column: &Column) -> AttributeKind {
        match &column.data {
            ColumnData::Text { texts, .. } => {
                let values: Vec<&str> = self.codes.iter().map(|c| texts.get(*c as usize)).collect();
                let recur = self.n >= ENUM_REPEATS * values.len() as u64;
                let plain = values.iter().all(|v| !v.is_empty() && v.len() <= MAX_ENUM_TEXT);
                let words = values.iter().any(|v| v.bytes().any(|b| !b.is_ascii_digit()));
                if values.len() > MAX_ENUM || !recur || !plain || !words {
                    return AttributeKind::Text;
                }
                let mut values: Vec<String> = values.into_iter().map(str::to_owned).collect();
                values.sort_unstable();
                AttributeKind::Enum(values)
            }
            ColumnData::Int(_) => AttributeKind::Int,
            ColumnData::Number(_) => AttributeKind::Number,
            ColumnData::Money(_) => AttributeKind::Money,
            ColumnData::Bool(_) => AttributeKind::Bool,
            ColumnData::Time(_) => AttributeKind::Time,
            ColumnData::Date(_) => AttributeKind::Date,
            ColumnData::List(_) if !self.odd && self.records > 0 && !self.fields.is_empty() => {
                AttributeKind::List(self.fields.clone())
            }
            ColumnData::List(_) => AttributeKind::Text,
        }
    }
}

fn kind_of(value: &Value) -> AttributeKind {
    match value.as_ref() {
        ValueRef::Bool(_) => AttributeKind::Bool,
        ValueRef::Int(_) => AttributeKind::Int,
        ValueRef::Number(_) => AttributeKind::Number,
        ValueRef::Money(_) => AttributeKind::Money,
        ValueRef::Time(_) => AttributeKind::Time,
        ValueRef::Date(_) => AttributeKind::Date,
        _ => AttributeKind::Text,
    }
}

fn common(a: &AttributeKind, b: &AttributeKind) -> AttributeKind {
    match (a, b) {
        _ if a == b => a.clone(),
        (AttributeKind::Int | AttributeKind::Number, AttributeKind::Int | AttributeKind::Number) => {
            AttributeKind::Number
        }
        _ => AttributeKind::Text,
    }
}
