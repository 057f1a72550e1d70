//! `cjm simulate`: events of customers who were made up.
//!
//! Answers: the events as JSON lines (whole events) or as a table. Does not know: how customers behave, how a file
//! of events is written.

use std::path::Path;

use cjm_core::blueprint::model::Document;
use cjm_core::event::Options as Columns;
use cjm_core::simulate::{Options, simulate};
use cjm_core::{Date, Duration, Error, Event, Zone};
use cjm_io::{Format, write_events, write_events_to};

use crate::args::{Crowd, EventFormat, Simulate};
use crate::documents;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;
use crate::words;

/// Simulates and writes; of a table it says with which flags it is read.
pub(crate) fn run(args: &Simulate, host: &mut Host<'_>) -> Result<(), Failure> {
    let blueprint = documents::usable(&args.blueprint)?;
    let document = blueprint.document();
    let events = events(document, &args.crowd)?;
    let asked = args.format.map(|format| match format {
        EventFormat::Csv => Format::Csv,
        EventFormat::Jsonl => Format::JsonLines,
    });
    let columns = match (&args.out, asked) {
        (Some(path), None) if path.as_os_str() != "-" => write(path, &events, document)?,
        (out, asked) => {
            let mut bytes = Vec::new();
            let columns = write_events_to(&mut bytes, asked.unwrap_or(Format::JsonLines), &events, document)?;
            files::put(host, out.as_ref(), &String::from_utf8_lossy(&bytes))?;
            columns
        }
    };
    match flags(&columns) {
        flags if flags.is_empty() => Ok(()),
        flags => host.complain(&words::READ_WITH.say(host.language, &[&flags])),
    }
}

/// Writes events into a file, in the format that its name says. Gives back how its columns are to be read.
pub(crate) fn write(path: &Path, events: &[Event], document: &Document) -> Result<Columns, Failure> {
    let mut columns = Columns::default();
    files::replace(path, |part| {
        columns = write_events(part, events, document).map_err(|error| {
            let words = error.message().replace(&part.display().to_string(), &path.display().to_string());
            Error::new(error.code(), words)
        })?;
        Ok(())
    })?;
    Ok(columns)
}

/// The flags that name the columns of a table; none for whole events.
fn flags(columns: &Columns) -> String {
    let named = [
        ("event", &columns.event),
        ("time", &columns.time),
        ("source", &columns.source),
        ("id", &columns.id),
        ("channel", &columns.channel),
        ("sequence", &columns.sequence),
    ];
    let named = named.iter().filter_map(|(flag, column)| column.as_ref().map(|c| format!("--{flag} {c}")));
    let identities = columns.identities.iter().map(|(kind, column)| format!("--identity {kind}={column}"));
    identities.chain(named).collect::<Vec<_>>().join(" ")
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
