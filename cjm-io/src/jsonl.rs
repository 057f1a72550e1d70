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

use cjm_core::event::{Batch, Options, Reason};
use cjm_core::{Error, ErrorCode, Result};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::encoding::TextReader;
use crate::grid::Grid;
use crate::json_line::{self, Field, Part, Shape};
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

/// The column of customers where no line names one.
const NOBODY: &str = "identities";

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
        shape = shape.or_else(|| shape_of(object, options));
        grid.begin_row(number, bytes)?;
        match json_line::fields(object, shape.unwrap_or(Shape::Flat), limits.max_depth) {
            Ok(fields) => take(fields, shape.unwrap_or(Shape::Flat), &mut grid, &mut kinds)?,
            Err(words) => grid.reject_row(Reason::BadRow, "", &words)?,
        }
        meter.rows(grid.n_rows());
    }
    meter.done();
    if shape != Some(Shape::Whole) {
        let options = flat_options(options);
        return Ok((grid.finish(&options), options));
    }
    names_nothing(options)?;
    // in the order of their names, as for a live engine: what is not declared has no other
    kinds.sort_unstable();
    let options = whole_options(options, &kinds);
    // what every event needs is a column even where no line has it: its rows are refused for that
    for needed in [&options.event, &options.time, &options.customer].into_iter().flatten() {
        grid.column(needed)?;
    }
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

/// Whole events when the first line that can be read is one and the caller names no event column.
fn shape_of(object: &[u8], options: &Options) -> Option<Shape> {
    if options.event.is_some() || options.event_name.is_some() {
        return Some(Shape::Flat);
    }
    // values are skipped, not built: the depth of the line does not matter
    let first = serde_json::from_slice::<BTreeMap<String, IsObject>>(object).ok()?;
    let is_object = |key| first.get(key).is_some_and(|value| value.0);
    let whole = first.contains_key("name") && first.contains_key("time");
    let whole = whole && (is_object("identities") || is_object("attributes"));
    Some(if whole { Shape::Whole } else { Shape::Flat })
}

/// The options of flat lines: the usual names where the caller names no column.
fn flat_options(options: &Options) -> Options {
    let or = |named: &Option<String>, usual: &str, wanted: bool| {
        named.clone().or_else(|| wanted.then(|| usual.to_owned()))
    };
    Options {
        customer: or(&options.customer, "customer", options.identities.is_empty()),
        event: or(&options.event, "event", options.event_name.is_none()),
        time: or(&options.time, "time", true),
        ..options.clone()
    }
}

/// Whole events name their parts themselves: a column that the caller names would mean nothing.
fn names_nothing(options: &Options) -> Result<()> {
    let column = options.envelope().next();
    column.map_or(Ok(()), |column| {
        let words = format!(
            "the lines are whole events, which name customer, time and the rest themselves; `{column}` means nothing here"
        );
        Err(Error::new(ErrorCode::Argument, words))
    })
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
        customer: kinds.is_empty().then(|| NOBODY.to_owned()),
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

/// Puts the fields of a line into the row that was begun.
fn take(fields: Vec<Field>, shape: Shape, grid: &mut Grid, kinds: &mut Vec<String>) -> Result<()> {
    if shape == Shape::Whole
        && let Some((reason, column, text)) = json_line::excess(&fields)
    {
        return grid.reject_row(reason, &column, &text);
    }
    for Field { part, key, value } in &fields {
        let column = match part {
            Part::Top if shape == Shape::Whole => {
                let column = ENVELOPE.iter().find(|(k, _)| k == key).map(|(_, column)| *column);
                grid.column(column.unwrap_or(key))?
            }
            Part::Identities => {
                if !kinds.contains(key) {
                    kinds.push(key.clone());
                }
                grid.column(&format!("{IDENTITY}{key}"))?
            }
            Part::Top | Part::Attributes => grid.column(key)?,
        };
        if !grid.push(column, value.as_ref()) {
            return grid.reject_row(Reason::BadRow, "", &json_line::twice(key));
        }
    }
    Ok(())
}
