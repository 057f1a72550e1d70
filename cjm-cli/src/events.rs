//! Event files: the flags that name their columns, and reading them with a progress bar.
//!
//! Answers: a log, and what was not taken, said on stderr. Does not know: formats (see `cjm_io`).

use std::path::Path;

use cjm_core::blueprint::model::Document;
use cjm_core::event::{Attributes, EventLog, Options, TimeUnit};
use cjm_core::insight::tracking::{self, TrackingIssue};
use cjm_core::{Error, ErrorCode, Zone};
use cjm_io::{EventReader, Format, TextEncoding};

use crate::args::{Columns, Unit};
use crate::failure::Failure;
use crate::findings;
use crate::host::Host;
use crate::progress::Bar;
use crate::words;

/// Names of the columns of tables that no flag names.
const CUSTOMER: &str = "customer";
const EVENT: &str = "event";
const TIME: &str = "time";

/// Reads a file of events; rows that were not taken, and what else was noticed, are said on stderr.
pub(crate) fn read(
    path: &Path,
    columns: &Columns,
    blueprint: Option<&Document>,
    host: &mut Host<'_>,
) -> Result<EventLog, Failure> {
    let options = options(path, columns)?;
    let log = with_reader(columns, blueprint, host, |reader| reader.read(path, &options))?;
    say_rejected(&path.display().to_string(), &log, host)?;
    Ok(log)
}

/// Like [`read`], and what came too late for a blueprint.
pub(crate) fn read_late(
    path: &Path,
    columns: &Columns,
    blueprint: &Document,
    host: &mut Host<'_>,
) -> Result<(EventLog, Vec<TrackingIssue>), Failure> {
    let options = options(path, columns)?;
    let (batches, options) =
        with_reader(columns, Some(blueprint), host, |reader| reader.batches(path, &options))?;
    let late = tracking::late(blueprint, &options, &batches);
    let log = cjm_io::log_of(batches, options, Some(blueprint))?;
    say_rejected(&path.display().to_string(), &log, host)?;
    Ok((log, late))
}

/// Reads with a progress bar.
fn with_reader<T>(
    columns: &Columns,
    blueprint: Option<&Document>,
    host: &Host<'_>,
    read: impl FnOnce(EventReader<'_>) -> cjm_core::Result<T>,
) -> Result<T, Failure> {
    let bar = Bar::new(host);
    let mut report = |progress| bar.at(progress);
    let mut reader = EventReader::new().progress(&mut report);
    if let Some(document) = blueprint {
        reader = reader.blueprint(document);
    }
    if let Some(transition) = &columns.transition {
        reader = reader.transition(transition);
    }
    if let Some(name) = &columns.encoding {
        reader = reader.encoding(TextEncoding::named(name)?);
    }
    if let Some(delimiter) = columns.delimiter {
        reader = reader.delimiter(delimiter);
    }
    let done = read(reader);
    bar.end();
    done.map_err(|error| named_by_flags(error, columns))
}

/// Where a column is missing and no flag named one: which flags do.
fn named_by_flags(error: Error, columns: &Columns) -> Failure {
    let named = columns.customer.is_some() && columns.event.is_some() && columns.time.is_some();
    let missing = error.code() == ErrorCode::Argument && error.message().contains("there is no column");
    Failure::Engine(if missing && !named {
        let words = format!("{}; name columns with --customer, --event and --time", error.message());
        Error::new(error.code(), words)
    } else {
        error
    })
}

/// The flags as the readers' options; tables have default names for customer, event and time.
fn options(path: &Path, columns: &Columns) -> Result<Options, Failure> {
    let table = matches!(Format::of_path(path), Some(Format::Csv | Format::Parquet) | None);
    let default = |flag: &Option<String>, name: &str, wanted: bool| match flag {
        None if table && wanted => Some(name.to_owned()),
        given => given.clone(),
    };
    let mut identities = Options::default().identities;
    for (kind, column) in &columns.identity {
        if identities.insert(kind.clone(), column.clone()).is_some() {
            let words = format!("the identity `{kind}` is named twice");
            return Err(Failure::Engine(Error::new(ErrorCode::Argument, words)));
        }
    }
    Ok(Options {
        customer: default(&columns.customer, CUSTOMER, columns.identity.is_empty()),
        identities,
        event: default(&columns.event, EVENT, columns.event_name.is_none()),
        event_name: columns.event_name.clone(),
        time: default(&columns.time, TIME, true),
        time_unit: columns.time_unit.map(unit),
        zone: columns.zone.as_deref().map(zone).transpose()?,
        source: columns.source.clone(),
        id: columns.id.clone(),
        channel: columns.channel.clone(),
        sequence: columns.sequence.clone(),
        attributes: match columns.attributes.as_slice() {
            [] => Attributes::All,
            names => Attributes::Only(names.to_vec()),
        },
        strict: columns.strict,
    })
}

fn unit(unit: Unit) -> TimeUnit {
    match unit {
        Unit::S => TimeUnit::Second,
        Unit::Ms => TimeUnit::Milli,
        Unit::Us => TimeUnit::Micro,
        Unit::Ns => TimeUnit::Nano,
    }
}

/// The zone of that name.
pub(crate) fn zone(name: &str) -> Result<Zone, Failure> {
    Zone::named(name).map_err(|_| {
        let words = format!("`{name}` is no zone; write one such as `UTC` or `Asia/Shanghai`");
        Failure::Engine(Error::new(ErrorCode::Argument, words))
    })
}

fn say_rejected(name: &str, log: &EventLog, host: &mut Host<'_>) -> Result<(), Failure> {
    for rows in log.rejected().all() {
        let finding = rows.finding();
        let severity = findings::severity_word(finding.severity()).say(host.language, &[]);
        let place = match finding.position.line {
            0 => name.to_owned(),
            line => format!("{name}:{line}"),
        };
        let values =
            [&severity, finding.code(), &place, &finding.message(host.language), &rows.count.to_string()];
        let text = words::ROWS.say(host.language, &values);
        host.complain(&text)?;
    }
    Ok(())
}
