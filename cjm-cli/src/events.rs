//! Event files: the flags that name their columns, and reading them with a progress bar.
//!
//! Answers: a log, and what was not taken, said on stderr. Does not know: formats (see `cjm_io`).

use std::path::Path;

use cjm_core::blueprint::model::Document;
use cjm_core::event::{Attributes, EventLog, LogBuilder, Options, TimeUnit};
use cjm_core::insight::tracking::{self, TrackingIssue};
use cjm_core::{Error, ErrorCode, Zone};
use cjm_io::{EventReader, Format};

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

/// Like [`read`], and what came too late for a blueprint: that is known of files that keep the order of arrival.
pub(crate) fn read_late(
    path: &Path,
    columns: &Columns,
    blueprint: &Document,
    host: &mut Host<'_>,
) -> Result<(EventLog, Vec<TrackingIssue>), Failure> {
    let options = options(path, columns)?;
    if Format::of_path(path) == Some(Format::Parquet) {
        return Ok((read(path, columns, Some(blueprint), host)?, Vec::new()));
    }
    let (batch, options) =
        with_reader(columns, Some(blueprint), host, |reader| reader.batch(path, &options))?;
    let late = tracking::late(blueprint, &options, std::slice::from_ref(&batch));
    let mut builder = LogBuilder::new(options).with_blueprint(blueprint);
    builder.push(batch);
    let log = builder.finish()?;
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
    let done = read(reader);
    bar.end();
    Ok(done?)
}

/// The flags as the readers' options; tables have default names for customer, event and time.
fn options(path: &Path, columns: &Columns) -> Result<Options, Failure> {
    let table = matches!(Format::of_path(path), Some(Format::Csv | Format::Parquet) | None);
    let default = |flag: &Option<String>, name: &str, wanted: bool| match flag {
        None if table && wanted => Some(name.to_owned()),
        given => given.clone(),
    };
    Ok(Options {
        customer: default(&columns.customer, CUSTOMER, columns.identity.is_empty()),
        identities: columns.identity.iter().cloned().collect(),
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
