//! One JSON object a line, as batches of rows.
//!
//! Answers: the fields of each line, flat (`{"user": .., "event": .., "time": ..}`) or as whole events
//! (`{"id", "source", "name", "time", "identities", "channel", "sequence", "attributes"}`), which of the two a file
//! holds, the lines that could not be read. Does not know: what becomes of the rows (see `cjm_core::event`).
//!
//! A line that is no object, repeats a key, nests too deep or holds a number beyond its type is a bad row.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufRead;
use std::sync::Arc;

use cjm_core::event::{Batch, Options, Reason};
use cjm_core::{Error, ErrorCode, Result, Value};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::encoding::TextReader;
use crate::grid::Grid;
use crate::progress::Meter;
use crate::source::{TextLimits, error_of_io};

/// Fields of a whole event, and the column each becomes.
const ENVELOPE: [(&str, &str); 6] = [
    ("id", "envelope.id"),
    ("source", "envelope.source"),
    ("name", "envelope.name"),
    ("time", "envelope.time"),
    ("channel", "envelope.channel"),
    ("sequence", "envelope.sequence"),
];

/// What identities become: a column per kind.
const IDENTITY: &str = "identities.";

/// Reads a whole file, and with what options its batch is to be understood.
pub(crate) fn read(
    mut text: TextReader<'_>,
    options: &Options,
    limits: &TextLimits,
    meter: &mut Meter<'_>,
) -> Result<(Batch, Options)> {
    let mut grid = Grid::new(limits, options.strict);
    let mut line = Vec::new();
    let (mut number, mut bytes) = (0, 0_u64);
    let mut shape = None;
    let mut kinds = Vec::new();
    while next_line(&mut text, &mut line, limits, number + 1)? {
        number += 1;
        bytes += line.len() as u64;
        let object = line.trim_ascii();
        if object.is_empty() {
            continue;
        }
        let shape = *shape.get_or_insert_with(|| shape_of(object, options));
        grid.begin_row(number, bytes)?;
        take(object, shape, &mut grid, &mut kinds, limits)?;
        meter.rows(grid.n_rows());
    }
    meter.done();
    if shape != Some(Shape::Whole) {
        return Ok((grid.finish(options), options.clone()));
    }
    let options = whole_options(options, &kinds);
    let batch = grid.finish(&options);
    let options = present(options, &batch);
    Ok((batch, options))
}

/// Reads one line without its break; `false` at the end.
fn next_line(
    text: &mut TextReader<'_>,
    line: &mut Vec<u8>,
    limits: &TextLimits,
    number: u64,
) -> Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let block = text.fill_buf().map_err(error_of_io)?;
        if block.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = block.iter().position(|b| *b == b'\n');
        let part = block.get(..end.unwrap_or(block.len())).unwrap_or_default();
        if line.len() + part.len() > limits.max_record_bytes {
            let words =
                format!("line {number} is longer than `max_record_bytes` {}", limits.max_record_bytes);
            return Err(Error::new(ErrorCode::Limit, words));
        }
        line.extend_from_slice(part);
        let n = end.map_or(part.len(), |n| n + 1);
        text.consume(n);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// What the lines of a file look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Columns by name.
    Flat,
    /// Whole events.
    Whole,
}

/// Whole events when the first line is one and the caller names no event column.
fn shape_of(object: &[u8], options: &Options) -> Shape {
    let named = options.event.is_some() || options.event_name.is_some();
    // values are skipped, not built: the depth of the line does not matter
    let first = serde_json::from_slice::<BTreeMap<String, IsObject>>(object);
    let Some(first) = first.ok().filter(|_| !named) else { return Shape::Flat };
    let is_object = |key| first.get(key).is_some_and(|value| value.0);
    let whole = first.contains_key("name") && first.contains_key("time");
    if whole && (is_object("identities") || is_object("attributes")) { Shape::Whole } else { Shape::Flat }
}

/// Whether a value is an object; what is in it is skipped.
struct IsObject(bool);

impl<'de> Deserialize<'de> for IsObject {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        json.deserialize_any(IsObjectVisitor)
    }
}

struct IsObjectVisitor;

impl<'de> Visitor<'de> for IsObjectVisitor {
    type Value = IsObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<IsObject, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(IsObject(true))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<IsObject, S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(IsObject(false))
    }

    fn visit_unit<E>(self) -> std::result::Result<IsObject, E> {
        Ok(IsObject(false))
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<IsObject, E> {
        Ok(IsObject(false))
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<IsObject, E> {
        Ok(IsObject(false))
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<IsObject, E> {
        Ok(IsObject(false))
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<IsObject, E> {
        Ok(IsObject(false))
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<IsObject, E> {
        Ok(IsObject(false))
    }
}

/// The options without the optional parts of whole events that no event of this file has.
fn present(options: Options, batch: &Batch) -> Options {
    let there = |column: Option<String>| column.filter(|name| batch.column(name).is_some());
    Options {
        source: there(options.source),
        id: there(options.id),
        channel: there(options.channel),
        sequence: there(options.sequence),
        ..options
    }
}

/// The options with which whole events are understood: what the caller said of zones and strictness stays.
fn whole_options(options: &Options, kinds: &[String]) -> Options {
    let column = |key: &str| ENVELOPE.iter().find(|(k, _)| *k == key).map(|(_, column)| (*column).to_owned());
    Options {
        customer: None,
        identities: kinds.iter().map(|kind| (kind.clone(), format!("{IDENTITY}{kind}"))).collect(),
        event: column("name"),
        time: column("time"),
        source: column("source"),
        id: column("id"),
        channel: column("channel"),
        sequence: column("sequence"),
        ..options.clone()
    }
}

fn take(
    object: &[u8],
    shape: Shape,
    grid: &mut Grid,
    kinds: &mut Vec<String>,
    limits: &TextLimits,
) -> Result<()> {
    let mut outcome = Outcome::default();
    let mut json = serde_json::Deserializer::from_slice(object);
    let row = Row { grid, kinds, shape, part: Part::Top, depth: limits.max_depth, outcome: &mut outcome };
    let read = row.deserialize(&mut json).and_then(|()| json.end());
    if let Some(error) = outcome.fatal {
        return Err(error);
    }
    match read {
        Ok(()) => Ok(()),
        Err(e) => {
            let words = outcome.words.unwrap_or_else(|| told(&e));
            grid.reject_row(Reason::BadRow, "", &words)
        }
    }
}

/// What is wrong with a line, without the line that the reader of one line counts.
fn told(e: &serde_json::Error) -> String {
    let words = e.to_string();
    let what = words.split_once(" at line ").map_or(words.as_str(), |(what, _)| what);
    format!("{what}, at column {}", e.column())
}

/// What a row's reading leaves beside its cells.
#[derive(Default)]
struct Outcome {
    /// A limit of the whole file was reached.
    fatal: Option<Error>,
    /// Why the row is bad, where the words are ours.
    words: Option<String>,
}

impl Outcome {
    fn bad<E: serde::de::Error>(&mut self, words: String) -> E {
        self.words.get_or_insert(words);
        E::custom("bad row")
    }
}

/// Which object of a line is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Top,
    Identities,
    Attributes,
}

/// Reads an object's fields into the current row.
struct Row<'g> {
    grid: &'g mut Grid,
    kinds: &'g mut Vec<String>,
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
        let Self { grid, kinds, shape, part, depth, outcome } = self;
        let mut parts_seen = Vec::new();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let inner = match (shape, part, key.as_ref()) {
                (Shape::Whole, Part::Top, "identities") => Some(Part::Identities),
                (Shape::Whole, Part::Top, "attributes") => Some(Part::Attributes),
                _ => None,
            };
            if let Some(part) = inner {
                if parts_seen.contains(&part) {
                    return Err(outcome.bad(format!("the key `{key}` stands twice")));
                }
                parts_seen.push(part);
                let outcome = &mut *outcome;
                map.next_value_seed(Row { grid, kinds, shape, part, depth, outcome })?;
                continue;
            }
            let Some(column) = column_of(&key, shape, part, kinds) else {
                return Err(outcome
                    .bad(format!("an event has no field `{key}`; attributes stand under `attributes`")));
            };
            let value = map.next_value_seed(Any { depth, outcome })?;
            let index = match grid.column(&column) {
                Ok(index) => index,
                Err(error) => {
                    outcome.fatal = Some(error);
                    return Err(M::Error::custom("limit"));
                }
            };
            if !grid.push(index, value.as_ref()) {
                return Err(outcome.bad(format!("the key `{key}` stands twice")));
            }
        }
        Ok(())
    }
}

/// The column that a key fills.
fn column_of<'k>(
    key: &'k str,
    shape: Shape,
    part: Part,
    kinds: &mut Vec<String>,
) -> Option<std::borrow::Cow<'k, str>> {
    match (shape, part) {
        (Shape::Flat, _) | (_, Part::Attributes) => Some(key.into()),
        (_, Part::Top) => ENVELOPE.iter().find(|(k, _)| *k == key).map(|(_, column)| (*column).into()),
        (_, Part::Identities) => {
            if !kinds.iter().any(|kind| kind == key) {
                kinds.push(key.to_owned());
            }
            Some(format!("{IDENTITY}{key}").into())
        }
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
                return Err(outcome.bad(format!("the key `{key}` stands twice")));
            }
            let value = map.next_value_seed(Any { depth, outcome })?;
            fields.push((key, value));
        }
        Ok(Value::Record(fields.into()))
    }
}
