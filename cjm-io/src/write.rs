//! Events written down: JSON lines and CSV, packed with gzip when the file's name says so.
//!
//! Answers: files that the readers of this crate take back unchanged, and with what options a table is read.
//! Does not know: where the events came from.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use cjm_core::blueprint::model::Document;
use cjm_core::event::{Event, Options};
use cjm_core::expr::json::json;
use cjm_core::{Error, ErrorCode, Result, Value};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::events::Format;
use crate::source::error_of_io;

/// Columns of a table for what every event has.
const ENVELOPE: [&str; 6] = ["event", "time", "source", "id", "channel", "sequence"];

/// Writes events into a file: CSV or JSON lines by its name, packed when that ends in `.gz`. Gives back the
/// options that read the file again.
///
/// # Errors
/// `argument` when the name is of no format that can be written, `io` when the file can not be written.
///
/// ```no_run
/// # fn main() -> cjm_core::Result<()> {
/// # let (document, events) = (cjm_core::Blueprint::from_yaml("")?, Vec::new());
/// let options = cjm_io::write_events("events.csv.gz", &events, document.document())?;
/// let log = cjm_io::EventReader::new().read("events.csv.gz", &options)?;
/// # Ok(())
/// # }
/// ```
pub fn write_events(path: impl AsRef<Path>, events: &[Event], document: &Document) -> Result<Options> {
    let path = path.as_ref();
    let format = Format::of_path(path).filter(|format| matches!(format, Format::Csv | Format::JsonLines));
    let Some(format) = format else {
        let words = format!("`{}` should end in .csv, .jsonl, .csv.gz or .jsonl.gz", path.display());
        return Err(Error::new(ErrorCode::Argument, words));
    };
    let in_file = |e: std::io::Error| Error::new(ErrorCode::Io, format!("`{}`: {e}", path.display()));
    let mut file = BufWriter::new(File::create(path).map_err(in_file)?);
    let options = if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz")) {
        let mut packed = GzEncoder::new(&mut file, Compression::default());
        let options = write_events_to(&mut packed, format, events, document)?;
        packed.finish().map_err(in_file)?;
        options
    } else {
        write_events_to(&mut file, format, events, document)?
    };
    file.flush().map_err(in_file)?;
    Ok(options)
}

/// Writes events in a format. Gives back the options that read them again.
///
/// # Errors
/// `argument` for a format other than CSV and JSON lines, `io` when `out` fails.
pub fn write_events_to(
    out: &mut dyn Write,
    format: Format,
    events: &[Event],
    document: &Document,
) -> Result<Options> {
    match format {
        Format::JsonLines => write_jsonl(out, events).map(|()| Options::default()),
        Format::Csv => write_csv(out, events, document),
        _ => Err(Error::new(ErrorCode::Argument, format!("events can not be written as {format}"))),
    }
}

/// One whole event a line.
fn write_jsonl(out: &mut dyn Write, events: &[Event]) -> Result<()> {
    for event in events {
        writeln!(out, "{}", crate::wire::event_json(event)).map_err(error_of_io)?;
    }
    Ok(())
}

/// A table with a column per identity kind and attribute that occurs, in the blueprint's order.
///
/// A cell that a spreadsheet would take for a formula gets an apostrophe in front.
fn write_csv(out: &mut dyn Write, events: &[Event], document: &Document) -> Result<Options> {
    let columns = Columns::of(events, document);
    let mut line = String::new();
    for name in columns.header() {
        push_cell(&mut line, name);
    }
    write_line(out, &mut line)?;
    for event in events {
        let time = event.time.to_string();
        let sequence = if event.sequence == 0 { String::new() } else { event.sequence.to_string() };
        let channel = event.channel.as_deref().unwrap_or_default();
        for text in [&*event.name, &time, &event.source, &event.id, channel, &sequence] {
            push_cell(&mut line, text);
        }
        for (kind, _) in &columns.identities {
            push_cell(&mut line, event.identity_of(kind).unwrap_or_default());
        }
        for name in &columns.attributes {
            push_cell(&mut line, &text_of(event.attribute(name)));
        }
        write_line(out, &mut line)?;
    }
    Ok(columns.options())
}

fn write_line(out: &mut dyn Write, line: &mut String) -> Result<()> {
    line.pop();
    line.push('\n');
    out.write_all(line.as_bytes()).map_err(error_of_io)?;
    line.clear();
    Ok(())
}

/// A cell and the comma behind it.
fn push_cell(line: &mut String, text: &str) {
    let is_number = text.parse::<f64>().is_ok();
    let guard = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    if guard || text.contains([',', '"', '\n', '\r']) {
        line.push('"');
        line.push_str(if guard { "'" } else { "" });
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
    line.push(',');
}

/// A value as text: nothing for null, JSON for lists.
fn text_of(value: &Value) -> String {
    match json(value) {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// What the columns of a table are called.
struct Columns {
    envelope: [String; 6],
    /// Kind and column.
    identities: Vec<(String, String)>,
    attributes: Vec<String>,
}

impl Columns {
    fn of(events: &[Event], document: &Document) -> Self {
        let kinds: BTreeSet<&str> =
            events.iter().flat_map(|e| &e.identities).map(|(kind, _)| &**kind).collect();
        let names: BTreeSet<&str> =
            events.iter().flat_map(|e| &e.attributes).map(|(name, _)| &**name).collect();
        let declared_kinds = document.identities.iter().map(|kind| kind.id.as_str());
        let declared_names = document.events.values().flat_map(|event| event.attributes.keys());
        let attributes = in_order(&names, declared_names.map(String::as_str));
        let free = |name: &str, prefix: &str| match names.contains(name) {
            true => format!("{prefix}{name}"),
            false => name.to_owned(),
        };
        let identities = in_order(&kinds, declared_kinds).into_iter().map(|kind| {
            let taken = ENVELOPE.contains(&kind.as_str());
            let column = if taken { format!("identities.{kind}") } else { free(&kind, "identities.") };
            (kind, column)
        });
        Self {
            envelope: ENVELOPE.map(|name| free(name, "envelope.")),
            identities: identities.collect(),
            attributes,
        }
    }

    fn header(&self) -> impl Iterator<Item = &String> {
        self.envelope.iter().chain(self.identities.iter().map(|(_, column)| column)).chain(&self.attributes)
    }

    fn options(&self) -> Options {
        let [event, time, source, id, channel, sequence] = self.envelope.clone().map(Some);
        let identities = self.identities.iter().cloned().collect();
        Options { identities, event, time, source, id, channel, sequence, ..Options::default() }
    }
}

/// The names that occur: declared ones in their order, then the others by name.
fn in_order<'a>(occur: &BTreeSet<&'a str>, declared: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in declared.filter(|name| occur.contains(name)).chain(occur.iter().copied()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use cjm_core::Blueprint;
    use cjm_core::event::{EventLog, log_of};
    use cjm_core::simulate::{Options as Simulated, simulate};

    use super::*;
    use crate::EventReader;

    fn restaurant() -> Blueprint {
        Blueprint::from_yaml(include_str!("../../examples/blueprints/restaurant.yaml")).unwrap()
    }

    /// All of a log as text, customer by customer; attributes by name, because columns may stand in any order.
    fn shown(log: &EventLog) -> String {
        let mut text = String::new();
        for customer in 0..log.n_customers() {
            writeln!(text, "{}", log.customer_key(customer)).unwrap();
            for row in log.rows(customer) {
                let time = log.times_us()[row];
                let mut values: Vec<String> = (0..log.columns().len())
                    .filter(|column| !log.value(*column, row).is_null())
                    .map(|column| format!("{}={:?}", log.columns()[column].name, log.value(column, row)))
                    .collect();
                values.sort();
                writeln!(text, "  {time} {}", values.join(" ")).unwrap();
            }
        }
        text
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let restaurant = restaurant();
        let document = restaurant.document();
        let options = Simulated { customers: 60, days: 60, ..Simulated::default() };
        let events = simulate(document, options).unwrap();
        let direct = log_of(&events, Some(document)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for name in ["e.jsonl", "e.jsonl.gz", "e.csv", "e.csv.gz"] {
            let path = folder.path().join(name);
            let options = write_events(&path, &events, document).unwrap();
            let read = EventReader::new().blueprint(document).read(&path, &options).unwrap();
            assert_eq!(read.rejected().rejected(), vec![], "{name}");
            assert_eq!(read.n_events(), events.len(), "{name}");
            let (read, direct) = (shown(&read), shown(&direct));
            let differs = read.lines().zip(direct.lines()).find(|(a, b)| a != b);
            assert_eq!((differs, read.len()), (None, direct.len()), "{name}");
        }
    }

    #[test]
    fn cells_are_quoted_and_no_formula_gets_out() {
        let cases = [
            ("plain", "plain,"),
            ("a,b", "\"a,b\","),
            ("say \"hi\"", "\"say \"\"hi\"\"\","),
            ("=1+1", "\"'=1+1\","),
            ("@SUM(A1)", "\"'@SUM(A1)\","),
            ("-12.5", "-12.5,"),
            ("-x", "\"'-x\","),
            ("\ttab", "\"'\ttab\","),
            ("", ","),
        ];
        for (text, cell) in cases {
            let mut line = String::new();
            push_cell(&mut line, text);
            assert_eq!(line, cell);
        }
    }

    #[test]
    fn names_that_collide_stay_apart() {
        let document = Document::default();
        let time = "2026-03-01T12:00:00Z".parse().unwrap();
        let event = Event::new("consent", time).identity("id", "7").channel("app").with("channel", "sms");
        let mut out = Vec::new();
        let options = write_events_to(&mut out, Format::Csv, &[event], &document).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "event,time,source,id,envelope.channel,sequence,identities.id,channel\n\
             consent,2026-03-01T12:00:00Z,,,app,,7,sms\n"
        );
        assert_eq!(options.channel.as_deref(), Some("envelope.channel"));
        assert!(write_events_to(&mut Vec::new(), Format::Xes, &[], &document).is_err());
        assert!(write_events("events.parquet", &[], &document).is_err());
    }
}
