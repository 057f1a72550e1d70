//! Event files of every text format, read the same way.
//!
//! Answers: which format a file is in (by its name, else by its first bytes), its rows as one batch, the batch as a
//! log. Does not know: how a format is written down (see its module).

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use cjm_core::base::ids::nearest;
use cjm_core::blueprint::model::Document;
use cjm_core::event::{Batch, EventLog, LogBuilder, Options, Reason, Rejected};
use cjm_core::{Error, ErrorCode, Result};

use crate::encoding::{TextEncoding, TextReader};
use crate::progress::{Meter, Progress};
use crate::source::{self, ByteCount, TextLimits, error_of_io};

/// First bytes looked at to tell formats apart.
const HEAD_BYTES: u64 = 1_024;

/// A format that event files come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A table of text: comma-separated and the like.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A process log (IEEE 1849).
    Xes,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// By the name of a file, a trailing `.gz` aside.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            "xes" | "xml" => Some(Self::Xes),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// By the first bytes of the unpacked file: `<` begins XES, `{` JSON lines, everything else is a table.
    fn of_head(head: &[u8]) -> Self {
        if head.starts_with(b"PAR1") {
            return Self::Parquet;
        }
        let visible = head
            .iter()
            .find(|b| !matches!(b, 0 | b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf | 0xfe | 0xff));
        match visible {
            Some(b'<') => Self::Xes,
            Some(b'{') => Self::JsonLines,
            _ => Self::Csv,
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV",
            Self::JsonLines => "JSON lines",
            Self::Xes => "XES",
            Self::Parquet => "Parquet",
        })
    }
}

/// How an event file is read. Everything has a default.
///
/// ```
/// use cjm_core::Zone;
/// use cjm_core::event::Options;
/// use cjm_io::EventReader;
/// let table = "user;event;at\nu1;seen;2026-03-01 12:00:00\nu1;bought;2026-03-01 12:05:00\n";
/// let options = Options::new("user", "event", "at").with_zone(Zone::utc());
/// let log = EventReader::new().read_from(table.as_bytes(), &options)?;
/// assert_eq!((log.n_events(), log.n_customers()), (2, 1));
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Default)]
pub struct EventReader<'a> {
    format: Option<Format>,
    delimiter: Option<u8>,
    encoding: Option<TextEncoding>,
    transition: Option<&'a str>,
    limits: TextLimits,
    blueprint: Option<&'a Document>,
    total_bytes: Option<u64>,
    report: Option<&'a mut dyn FnMut(Progress)>,
}

impl<'a> EventReader<'a> {
    /// Reads with what is recognised and the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// The format, instead of the recognised one.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// The delimiter of a table, instead of the one in its header.
    #[must_use]
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// The encoding, instead of the recognised one.
    #[must_use]
    pub fn encoding(mut self, encoding: TextEncoding) -> Self {
        self.encoding = Some(encoding);
        self
    }

    /// Of an XES file only the events of this lifecycle transition, as in `complete`. All of them unless given.
    #[must_use]
    pub fn transition(mut self, transition: &'a str) -> Self {
        self.transition = Some(transition);
        self
    }

    /// Other limits.
    #[must_use]
    pub fn limits(mut self, limits: TextLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The blueprint whose declared types the rows must have.
    #[must_use]
    pub fn blueprint(mut self, blueprint: &'a Document) -> Self {
        self.blueprint = Some(blueprint);
        self
    }

    /// Whom to tell how far the read has come.
    #[must_use]
    pub fn progress(mut self, report: &'a mut dyn FnMut(Progress)) -> Self {
        self.report = Some(report);
        self
    }

    /// A file as a log, sorted and judged.
    ///
    /// # Errors
    /// As [`EventReader::batch`], and those of [`LogBuilder::finish`].
    pub fn read(self, path: impl AsRef<Path>, options: &Options) -> Result<EventLog> {
        let (blueprint, path) = (self.blueprint, path.as_ref());
        let (batches, options) = self.batches(path, options)?;
        log_of(batches, options, blueprint).map_err(|error| in_file(error, path))
    }

    /// A file of any format as rows in their order of arrival; a text file is one batch. Else as [`EventReader::batch`].
    ///
    /// # Errors
    /// As [`EventReader::batch`].
    pub fn batches(self, path: impl AsRef<Path>, options: &Options) -> Result<(Vec<Batch>, Options)> {
        let path = path.as_ref();
        #[cfg(feature = "parquet")]
        if self.format.or_else(|| Format::of_path(path)).or_else(|| parquet_of_head(path))
            == Some(Format::Parquet)
        {
            let options = self.zoned(options);
            let batches = self.parquet(path, &options).map_err(|error| in_file(error, path))?;
            return Ok((batches, options));
        }
        let (batch, options) = self.batch(path, options)?;
        Ok((vec![batch], options))
    }

    #[cfg(feature = "parquet")]
    fn parquet(self, path: &Path, options: &Options) -> Result<Vec<Batch>> {
        self.makes_sense(Format::Parquet, options)?;
        let mut silent = |_: Progress| {};
        let report = self.report.unwrap_or(&mut silent);
        let total_bytes = std::fs::metadata(path).ok().map(|m| m.len());
        crate::parquet::batches(path, options, self.blueprint, &mut |rows, total_rows| {
            // the file's bytes in proportion to its rows
            let share = rows as f64 / total_rows.max(1) as f64;
            let bytes = total_bytes.map_or(0, |total| (share * total as f64) as u64);
            report(Progress { bytes, total_bytes, rows });
        })
    }

    /// The options with the blueprint's zone where they name none, as the log's builder has it.
    fn zoned(&self, options: &Options) -> Options {
        let zone = options.zone.clone().or_else(|| self.blueprint.and_then(|document| document.zone.clone()));
        Options { zone, ..options.clone() }
    }

    /// Whether the options mean something: the transition to this format, the kinds of identities to the blueprint.
    fn makes_sense(&self, format: Format, options: &Options) -> Result<()> {
        if self.transition.is_some() && format != Format::Xes {
            let words = format!("{format} has no lifecycle transitions; only XES has");
            return Err(Error::new(ErrorCode::Argument, words));
        }
        if self.delimiter.is_some() && format != Format::Csv {
            let words = format!("{format} has no delimiter; only CSV has");
            return Err(Error::new(ErrorCode::Argument, words));
        }
        if self.encoding.is_some() && format == Format::Parquet {
            return Err(Error::new(ErrorCode::Argument, "Parquet is no text and has no encoding"));
        }
        let declared: Vec<&str> =
            self.blueprint.iter().flat_map(|b| &b.identities).map(|kind| kind.id.as_str()).collect();
        let unknown = options.identities.keys().find(|kind| !declared.contains(&kind.as_str()));
        let Some(kind) = unknown.filter(|_| !declared.is_empty()) else { return Ok(()) };
        let near = nearest(kind, declared.iter().copied());
        let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let words = format!("the blueprint has no identity `{kind}`{help}");
        Err(Error::new(ErrorCode::Argument, words))
    }

    /// Like [`EventReader::read`], from any stream of bytes; Parquet comes from files alone.
    ///
    /// # Errors
    /// As [`EventReader::read`].
    pub fn read_from(self, bytes: impl Read, options: &Options) -> Result<EventLog> {
        let blueprint = self.blueprint;
        let (batch, options) = self.batch_from(bytes, options)?;
        log_of(vec![batch], options, blueprint)
    }

    /// A text file as rows, and the options with which they are understood: the caller's, completed by what the
    /// format knows itself (XES and whole events in JSON name their columns).
    ///
    /// # Errors
    /// `io` when the file can not be read; `format` when it is not what it claims to be; `limit` when it is beyond
    /// [`TextLimits`]; `argument` when the options name a column that is not there or lack a zone or unit that all
    /// times need; `bad_event` for the first bad row when the options are strict.
    pub fn batch(mut self, path: impl AsRef<Path>, options: &Options) -> Result<(Batch, Options)> {
        let path = path.as_ref();
        let failed = |e: std::io::Error| in_file(Error::new(ErrorCode::Io, e.to_string()), path);
        let file = File::open(path).map_err(failed)?;
        self.total_bytes = file.metadata().ok().map(|m| m.len());
        self.format = self.format.or_else(|| Format::of_path(path));
        self.batch_from(file, options).map_err(|error| in_file(error, path))
    }

    /// Like [`EventReader::batch`], from any stream of bytes.
    ///
    /// # Errors
    /// As [`EventReader::batch`].
    pub fn batch_from(self, bytes: impl Read, options: &Options) -> Result<(Batch, Options)> {
        let options = &self.zoned(options);
        let count = ByteCount::default();
        let mut unpacked = source::open(bytes, &self.limits, &count)?;
        let mut head = Vec::new();
        unpacked.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(error_of_io)?;
        let format = self.format.unwrap_or_else(|| Format::of_head(&head));
        self.makes_sense(format, options)?;
        let encoding = self.encoding.or_else(|| declared_encoding(format, &head));
        let text = TextReader::new(Box::new(Cursor::new(head).chain(unpacked)), encoding);
        let mut silent = |_: Progress| {};
        let report = self.report.unwrap_or(&mut silent);
        let mut meter = Meter::new(count, self.total_bytes, report);
        match format {
            #[cfg(feature = "csv")]
            Format::Csv => {
                let declared = self.blueprint.map(crate::declared::Declared::of);
                let (delimiter, declared) = (self.delimiter, declared.as_ref());
                let table = crate::csv::Table { delimiter, options: Some(options), declared };
                Ok((crate::csv::read(text, &table, &self.limits, &mut meter)?, options.clone()))
            }
            #[cfg(feature = "json")]
            Format::JsonLines => crate::jsonl::read(text, options, &self.limits, &mut meter),
            #[cfg(feature = "xes")]
            Format::Xes => crate::xes::read(text, options, self.transition, &self.limits, &mut meter),
            other => {
                Err(Error::new(ErrorCode::Argument, format!("{other} can not be read from a stream here")))
            }
        }
    }
}

fn in_file(error: Error, path: &Path) -> Error {
    error.in_file(&path.display().to_string())
}

/// Reads a file of events as a log: the format by the file's name, else by its content.
///
/// # Errors
/// As [`EventReader::read`].
pub fn read_events(path: impl AsRef<Path>, options: &Options) -> Result<EventLog> {
    EventReader::new().read(path, options)
}

/// Reads events from any stream of bytes as a log; without a format, by the content.
///
/// # Errors
/// As [`EventReader::read`].
pub fn read_events_from(bytes: impl Read, format: Option<Format>, options: &Options) -> Result<EventLog> {
    let reader = EventReader { format, ..EventReader::default() };
    reader.read_from(bytes, options)
}

/// Rows as a log, sorted and judged: the same for every format.
///
/// # Errors
/// Those of [`LogBuilder::finish`]; `argument` when no row is left because all times lack a zone or unit.
pub fn log_of(batches: Vec<Batch>, options: Options, blueprint: Option<&Document>) -> Result<EventLog> {
    let mut builder = LogBuilder::new(options);
    if let Some(document) = blueprint {
        builder = builder.with_blueprint(document);
    }
    batches.into_iter().for_each(|batch| builder.push(batch));
    let log = builder.finish()?;
    let lacking = if log.n_events() == 0 { missing_option(log.rejected()) } else { None };
    lacking.map_or(Ok(log), Err)
}

/// Parquet by the first bytes of a file; a pipe is not looked into, because what is read of it is gone.
#[cfg(feature = "parquet")]
fn parquet_of_head(path: &Path) -> Option<Format> {
    let mut head = [0; 4];
    let mut file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|m| m.is_file()))?;
    file.read_exact(&mut head).ok()?;
    (head == *b"PAR1").then_some(Format::Parquet)
}

/// The encoding that an XML declaration names, unless the text begins with a byte order mark.
fn declared_encoding(format: Format, head: &[u8]) -> Option<TextEncoding> {
    if format != Format::Xes || !head.starts_with(b"<?xml") {
        return None;
    }
    let end = head.iter().position(|b| *b == b'>')?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let quoted = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let name = quoted.get(1..)?.split(quote).next()?;
    // a declaration that can be read as ASCII is not UTF-16, whatever it says
    TextEncoding::named(name).ok().filter(|e| !e.name().starts_with("UTF-16"))
}

/// The option for want of which times could not be read, as an error; for sources of which no row could be read.
pub(crate) fn missing_option(rejected: &Rejected) -> Option<Error> {
    let first = |reason| rejected.all().find(|rows| rows.reason == reason);
    let (rows, lack) = match first(Reason::TimeWithoutZone) {
        Some(rows) => (rows, "have no offset"),
        None => (first(Reason::TimeWithoutUnit)?, "are numbers"),
    };
    let example = rows.examples.first().map_or("", |example| example.text.as_str());
    let give = match rows.reason {
        Reason::TimeWithoutZone => "`zone`, as in `Asia/Shanghai`",
        _ => "`time_unit`: s, ms, us or ns",
    };
    let words = format!("the times in `{}` {lack}, as in `{example}`; give {give}", rows.column);
    Some(Error::new(ErrorCode::Argument, words))
}
