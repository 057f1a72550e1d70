//! One line of JSON as its fields, and a whole event as a live engine takes it.
//!
//! Answers: the fields of an object, or what is wrong with the line; the event that a whole one is. Files and live
//! engines ask here, so that a line means the same to both. Does not know: files, columns, declared types.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use cjm_core::blueprint::model::{AttributeKind, AttributeType};
use cjm_core::event::{Event, Excess, Reason, excess as excess_of, typed};
use cjm_core::{Error, ErrorCode, Result, Value, ValueRef, Zone};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::source::TextLimits;

/// Longest name of an identity's kind in bytes.
const MAX_KIND_BYTES: usize = 128;
/// Fields of a whole event beside its identities and attributes.
const ENVELOPE: [&str; 6] = ["id", "source", "name", "time", "channel", "sequence"];

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Columns by name.
    Flat,
    /// Whole events.
    Whole,
}

/// Which object of a line a field stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The line itself.
    Top,
    /// Its identities.
    Identities,
    /// Its attributes.
    Attributes,
}

/// One field of a line.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) part: Part,
    pub(crate) key: String,
    pub(crate) value: Value,
}

/// The event that a line of JSON says, as `{"name", "time", "identities": {kind: value}, "source", "id", "channel",
/// "sequence", "attributes": {..}}`: what a file of such lines would make of it. Times without an offset are of `zone`.
///
/// # Errors
/// `bad_event` when it is no such object or says what no event can; `limit` when it says too much.
///
/// ```
/// let line = r#"{"name": "paid", "time": "2026-03-01T12:00:00Z", "identities": {"member": 7}}"#;
/// let event = cjm_io::event_of_line(line.as_bytes(), None)?;
/// assert_eq!((&*event.name, event.identity_of("member")), ("paid", Some("7")));
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn event_of_line(line: &[u8], zone: Option<&Zone>) -> Result<Event> {
    let refused = |reason: Reason, column: &str, value: ValueRef<'_>| {
        let code = match reason {
            Reason::IdTooLong | Reason::TextTooLong | Reason::TooManyAttributes | Reason::EventTooLarge => {
                ErrorCode::Limit
            }
            _ => ErrorCode::BadEvent,
        };
        Error::of_finding(code, reason.of_value(column, value))
    };
    let fields = fields(line, Shape::Whole, TextLimits::default().max_depth)
        .map_err(|words| refused(Reason::BadRow, "", ValueRef::Text(&words)))?;
    if let Some((reason, column, text)) = excess(&fields) {
        return Err(refused(reason, &column, ValueRef::Text(&text)));
    }
    let mut seen = BTreeSet::new();
    if let Some(field) = fields.iter().find(|field| !seen.insert((field.part, field.key.as_str()))) {
        return Err(refused(Reason::BadRow, "", ValueRef::Text(&twice(&field.key))));
    }
    let top = |key: &str| {
        let found = fields.iter().find(|field| field.part == Part::Top && field.key == key);
        found.map_or(ValueRef::Null, |field| field.value.as_ref())
    };
    let id = |key: &str, value: ValueRef<'_>| -> Result<Option<Arc<str>>> {
        let text = typed::id(value).map_err(|reason| refused(reason, key, value))?;
        Ok(text.map(|text| text.as_ref().into()))
    };
    let name = id("name", top("name"))?;
    let name = name.ok_or_else(|| refused(Reason::MissingEvent, "name", ValueRef::Null))?;
    let time = typed::instant(top("time"), zone).map_err(|reason| refused(reason, "time", top("time")))?;
    let mut event = Event::new(name, time);
    event.source = id("source", top("source"))?.unwrap_or_default();
    event.id = id("id", top("id"))?.unwrap_or_default();
    event.channel = id("channel", top("channel"))?;
    let whole = AttributeType { optional: true, kind: AttributeKind::Int };
    event.sequence = match typed::typed(top("sequence"), &whole, None) {
        Ok(Value::Int(n)) => n,
        Ok(_) => 0,
        Err(reason) => return Err(refused(reason, "sequence", top("sequence"))),
    };
    for field in &fields {
        let Field { part: Part::Identities, key, value } = field else { continue };
        if let Some(text) = id(key, value.as_ref())? {
            event.identities.push((key.as_str().into(), text));
        }
    }
    event.identities.sort_by(|a, b| a.0.cmp(&b.0));
    let attributes = fields.into_iter().filter(|field| field.part == Part::Attributes);
    event.attributes = attributes.map(|field| (field.key.into(), field.value)).collect();
    Ok(event)
}

/// What is too much of a whole event: reason, attribute and text of the row that is refused.
pub(crate) fn excess(fields: &[Field]) -> Option<(Reason, String, String)> {
    let long = |field: &&Field| field.part == Part::Identities && field.key.len() > MAX_KIND_BYTES;
    if let Some(field) = fields.iter().find(long) {
        return Some((Reason::IdTooLong, "identities".to_owned(), field.key.clone()));
    }
    let name = fields.iter().find(|field| field.part == Part::Top && field.key == "name");
    let name = match name.map(|field| &field.value) {
        Some(Value::Text(name)) => name,
        _ => "",
    };
    let attributes = fields.iter().filter(|field| field.part == Part::Attributes);
    let attributes = attributes.map(|field| (field.key.as_str(), &field.value));
    let much = excess_of(name, attributes)?;
    let (column, text) = match much {
        Excess::Text(name, text) => (name.to_owned(), text.to_owned()),
        Excess::Attributes(n) | Excess::Event(n) => (String::new(), n.to_string()),
    };
    Some((much.reason(), column, text))
}

/// What is wrong where a key is not alone.
pub(crate) fn twice(key: &str) -> String {
    format!("the key `{key}` stands twice")
}

/// The fields of a line, or what is wrong with it. A key of the line may still stand twice.
pub(crate) fn fields(object: &[u8], shape: Shape, depth: usize) -> std::result::Result<Vec<Field>, String> {
    let mut outcome = Outcome::default();
    let mut fields = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(object);
    let row = Row { fields: &mut fields, shape, part: Part::Top, depth, outcome: &mut outcome };
    match row.deserialize(&mut json).and_then(|()| json.end()) {
        Ok(()) => {
            facts_as_text(&mut fields);
            Ok(fields)
        }
        Err(e) => Err(outcome.words.unwrap_or_else(|| told(&e))),
    }
}

/// What a step of a ticket found may be a record; a table has it as JSON text, and so has the event.
fn facts_as_text(fields: &mut [Field]) {
    let is_name = |field: &Field| field.part == Part::Top && field.key == "name";
    let is_step = |field: &Field| matches!(&field.value, Value::Text(name) if **name == *"ticket_step");
    if !fields.iter().any(|field| is_name(field) && is_step(field)) {
        return;
    }
    for field in fields.iter_mut().filter(|field| field.part == Part::Attributes && field.key == "facts") {
        if let Value::Record(_) = field.value {
            field.value = cjm_core::expr::json::json(&field.value).to_string().into();
        }
    }
}

/// What is wrong with a line, without the line that the reader of one line counts.
fn told(e: &serde_json::Error) -> String {
    let words = e.to_string();
    let what = words.split_once(" at line ").map_or(words.as_str(), |(what, _)| what);
    format!("{what}, at column {}", e.column())
}

/// What a line's reading leaves beside its fields.
#[derive(Default)]
struct Outcome {
    /// Why the line is bad, where the words are ours.
    words: Option<String>,
}

impl Outcome {
    fn bad<E: serde::de::Error>(&mut self, words: String) -> E {
        self.words.get_or_insert(words);
        E::custom("bad row")
    }
}

/// Reads an object's fields.
struct Row<'g> {
    fields: &'g mut Vec<Field>,
    shape: Shape,
    part: Part,
    depth: usize,
    outcome: &'g mut Outcome,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.part == Part::Top { "one object a line" } else { "an object" })
    }

    fn visit_unit<E: serde::de::Error>(self) -> std::result::Result<(), E> {
        // `"attributes": null` is as good as none
        if self.part == Part::Top { Err(E::custom("an object is expected")) } else { Ok(()) }
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        let Self { fields, shape, part, depth, outcome } = self;
        let mut parts_seen = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let inner = match (shape, part, key.as_str()) {
                (Shape::Whole, Part::Top, "identities") => Some(Part::Identities),
                (Shape::Whole, Part::Top, "attributes") => Some(Part::Attributes),
                _ => None,
            };
            if let Some(part) = inner {
                if parts_seen.contains(&part) {
                    return Err(outcome.bad(twice(&key)));
                }
                parts_seen.push(part);
                let outcome = &mut *outcome;
                map.next_value_seed(Row { fields, shape, part, depth, outcome })?;
                continue;
            }
            if shape == Shape::Whole && part == Part::Top && !ENVELOPE.contains(&key.as_str()) {
                return Err(outcome
                    .bad(format!("an event has no field `{key}`; attributes stand under `attributes`")));
            }
            let value = map.next_value_seed(Any { depth, outcome })?;
            fields.push(Field { part, key, value });
        }
        Ok(())
    }
}

/// Any value, nested at most `depth` deep.
struct Any<'o> {
    depth: usize,
    outcome: &'o mut Outcome,
}

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl Any<'_> {
    fn deeper<E: serde::de::Error>(self) -> std::result::Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, outcome: self.outcome }),
            None => Err(self.outcome.bad("values are nested deeper than `max_depth`".into())),
        }
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, x: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(x))
    }

    fn visit_i64<E>(self, x: i64) -> std::result::Result<Value, E> {
        Ok(Value::Int(x))
    }

    fn visit_u64<E: serde::de::Error>(self, x: u64) -> std::result::Result<Value, E> {
        match i64::try_from(x) {
            Ok(x) => Ok(Value::Int(x)),
            Err(_) => Err(self.outcome.bad("a whole number beyond 64 bits with a sign".into())),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, x: f64) -> std::result::Result<Value, E> {
        // a whole number that fits no integer arrives here with its last digits lost
        if x.fract() == 0.0 && x.abs() >= i64::MAX as f64 {
            return Err(self.outcome.bad("a whole number beyond 64 bits with a sign".into()));
        }
        Ok(Value::Number(x))
    }

    fn visit_str<E: serde::de::Error>(self, x: &str) -> std::result::Result<Value, E> {
        if x.contains('\0') { Err(self.outcome.bad("a NUL character".into())) } else { Ok(Value::from(x)) }
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<Value, S::Error> {
        let Any { depth, outcome } = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Any { depth, outcome })? {
            values.push(value);
        }
        Ok(Value::List(values.into()))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<Value, M::Error> {
        let Any { depth, outcome } = self.deeper()?;
        let mut fields: Vec<(Arc<str>, Value)> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let key: Arc<str> = key.into();
            if !names.insert(Arc::clone(&key)) {
                return Err(outcome.bad(twice(&key)));
            }
            let value = map.next_value_seed(Any { depth, outcome })?;
            fields.push((key, value));
        }
        Ok(Value::Record(fields.into()))
    }
}
