//! Event files: the flags that name their columns, and reading them with a progress bar.
//!
//! Answers: a log, and what was not taken, said on stderr. Does not know: formats (see `cjm_io`).

use std::path::Path;

use cjm_core::base::catalogue::log::{ATTRIBUTE_UNDECLARED, EVENT_UNDECLARED, IDENTITY_UNDECLARED};
use cjm_core::blueprint::model::Document;
use cjm_core::event::{Attributes, EventLog, Options, Rejected, TimeUnit};
use cjm_core::insight::tracking::{self, TrackingIssue};
use cjm_core::{Error, ErrorCode, Finding, Zone};
use cjm_io::{EventReader, Format, TextEncoding};

use crate::args::{Columns, Unit};
use crate::failure::Failure;
use crate::findings;
use crate::host::Host;
use crate::progress::Bar;
use crate::words::{self, Phrase};

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
    say_rejected(&path.display().to_string(), log.rejected(), host)?;
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
    let name = path.display().to_string();
    let log = cjm_io::log_of(batches, options, Some(blueprint))
        .map_err(|error| named_by_flags(error.in_file(&name), columns))?;
    say_rejected(&name, log.rejected(), host)?;
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

/// Where a column, a zone or a unit is missing: which flags name it.
fn named_by_flags(error: Error, columns: &Columns) -> Failure {
    let named = columns.customer.is_some() && columns.event.is_some() && columns.time.is_some();
    if error.code() != ErrorCode::Argument {
        return Failure::Engine(error);
    }
    let mut words = error.message().to_owned();
    if words.contains("there is no column") && !named {
        words.push_str("; name columns with --customer, --event and --time");
    }
    for (option, flag) in [("give `zone`", "give --zone"), ("give `time_unit`", "give --time-unit")] {
        words = words.replace(option, flag);
    }
    Failure::Engine(Error::new(error.code(), words))
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

/// Says which rows of a source were not taken, and what else was noticed.
pub(crate) fn say_rejected(name: &str, rejected: &Rejected, host: &mut Host<'_>) -> Result<(), Failure> {
    rejected.all().try_for_each(|rows| say_rows(name, &rows.finding(), rows.count, host))
}

/// Says what was found of so many rows of a source, the first of them at the finding's line.
pub(crate) fn say_rows(
    name: &str,
    finding: &Finding,
    count: u64,
    host: &mut Host<'_>,
) -> Result<(), Failure> {
    let severity = findings::severity_word(finding.severity()).say(host.language, &[]);
    let place = match finding.position.line {
        0 => name.to_owned(),
        line => format!("{name}:{line}"),
    };
    let message = finding.message(host.language);
    let message = became(finding).map_or(message.clone(), |words| words.say(host.language, &[&message]));
    let values = [&severity, finding.code(), &place, &message, &count.to_string()];
    host.complain(&words::ROWS.say(host.language, &values))
}

/// What became of the thing that a finding is about, where it was taken in another way than it came.
fn became(finding: &Finding) -> Option<Phrase> {
    match finding.entry {
        entry if *entry == IDENTITY_UNDECLARED || *entry == ATTRIBUTE_UNDECLARED => Some(words::IS_DROPPED),
        entry if *entry == EVENT_UNDECLARED => Some(words::IS_UNMAPPED),
        _ => None,
    }
}
