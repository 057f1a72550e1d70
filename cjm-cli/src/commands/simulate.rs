//! `cjm simulate`: events of customers who were made up.
//!
//! Answers: the events as JSON lines (whole events) or as a table. Does not know: how customers behave.

use std::fmt::Write;

use cjm_core::blueprint::model::Document;
use cjm_core::simulate::{Options, simulate};
use cjm_core::{Date, Duration, Event, Value, Zone, expr};
use serde_json::{Map, Value as Json, json};

use crate::args::{Crowd, EventFormat, Simulate};
use crate::documents;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;

/// Simulates and writes.
pub(crate) fn run(args: &Simulate, host: &mut Host<'_>) -> Result<(), Failure> {
    let blueprint = documents::usable(&args.blueprint)?;
    let events = events(blueprint.document(), &args.crowd)?;
    let by_name = args.out.as_ref().and_then(|path| path.extension()).is_some_and(|end| end == "csv");
    let text = match args.format {
        Some(EventFormat::Csv) => csv(&events),
        None if by_name => csv(&events),
        _ => json_lines(&events),
    };
    files::put(host, args.out.as_ref(), &text)
}

/// The events of a crowd, in the order in which they arrive.
pub(crate) fn events(document: &Document, crowd: &Crowd) -> Result<Vec<Event>, Failure> {
    let date = Date::parse(&crowd.start).map_err(|_| {
        Failure::Usage(format!("`{}` is no date; write one such as `2026-01-01`", crowd.start))
    })?;
    let zone = document.zone.clone().unwrap_or_else(Zone::utc);
    let start = zone
        .instant(date, Duration::from_micros(0))
        .map_err(|_| Failure::Usage(format!("`{}` is out of range", crowd.start)))?;
    let options = Options {
        customers: u64::from(crowd.customers),
        days: crowd.days,
        seed: crowd.seed,
        start,
        ..Options::default()
    };
    Ok(simulate(document, options)?)
}

/// One whole event a line, as the reader of JSON lines understands it without any flag.
pub(crate) fn json_lines(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        text.push_str(&whole(event).to_string());
        text.push('\n');
    }
    text
}

fn whole(event: &Event) -> Json {
    let identities: Map<String, Json> =
        event.identities.iter().map(|(kind, value)| (kind.to_string(), Json::from(&**value))).collect();
    let attributes: Map<String, Json> =
        event.attributes.iter().map(|(name, value)| (name.to_string(), expr::json::json(value))).collect();
    let mut row = json!({ "name": &*event.name, "time": event.time.to_string(), "identities": identities });
    let optional =
        [("source", &*event.source), ("id", &*event.id), ("channel", event.channel.as_deref().unwrap_or(""))];
    if let Some(fields) = row.as_object_mut() {
        let given = optional.iter().filter(|(_, value)| !value.is_empty());
        fields.extend(given.map(|(name, value)| ((*name).to_owned(), Json::from(*value))));
        if event.sequence != 0 {
            fields.insert("sequence".to_owned(), event.sequence.into());
        }
        fields.insert("attributes".to_owned(), attributes.into());
    }
    row
}

/// Envelope columns of the table.
const ENVELOPE: [&str; 5] = ["time", "event", "source", "id", "channel"];

/// A table: time, event, source, id, channel, then a column per identity kind and per attribute, in order of first
/// appearance. Where a kind or an attribute has the name of a column before it, that one is called `envelope.NAME`
/// or `identity.NAME`. A text that a spreadsheet would take for a formula gets a `'` in front.
pub(crate) fn csv(events: &[Event]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for event in events {
        gather(&mut kinds, event.identities.iter().map(|(kind, _)| &**kind));
        gather(&mut names, event.attributes.iter().map(|(name, _)| &**name));
    }
    let apart = |prefix: &str, name: &str, taken: bool| {
        if taken { format!("{prefix}.{name}") } else { name.to_owned() }
    };
    let envelope =
        ENVELOPE.map(|name| apart("envelope", name, kinds.contains(&name) || names.contains(&name)));
    let identities = kinds.iter().map(|name| apart("identity", name, names.contains(name)));
    let attributes = names.iter().map(|name| (*name).to_owned());
    let mut text = String::new();
    line(&mut text, envelope.into_iter().chain(identities).chain(attributes));
    for event in events {
        let channel = event.channel.as_deref().unwrap_or("");
        let envelope =
            [event.time.to_string(), safe(&event.name), safe(&event.source), safe(&event.id), safe(channel)];
        let identities = kinds.iter().map(|kind| safe(event.identity_of(kind).unwrap_or("")));
        let attributes = names.iter().map(|name| cell(event.attribute(name)));
        line(&mut text, envelope.into_iter().chain(identities).chain(attributes));
    }
    text
}

fn gather<'a>(all: &mut Vec<&'a str>, more: impl Iterator<Item = &'a str>) {
    for name in more {
        if !all.contains(&name) {
            all.push(name);
        }
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) => safe(text),
        Value::Null => String::new(),
        other => match expr::json::json(other) {
            Json::String(text) => text,
            json => json.to_string(),
        },
    }
}

/// A text that no spreadsheet takes for a formula.
fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let quoted = cell.contains([',', '"', '\n', '\r']);
        // writing into a String does not fail
        let _ = match quoted {
            true => write!(text, "{comma}\"{}\"", cell.replace('"', "\"\"")),
            false => write!(text, "{comma}{cell}"),
        };
    }
    text.push('\n');
}
