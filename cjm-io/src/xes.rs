//! Process logs in XES (IEEE 1849) as batches of rows.
//!
//! Answers: one row per event with the typed attributes of the event and, as `case:...`, those of its trace; where
//! in the file something is wrong. Does not know: what becomes of the rows (see `cjm_core::event`).
//!
//! Strict where a reader could otherwise guess wrong: unknown or misplaced elements, attributes without key or
//! value and document type declarations (so entities of any kind) are errors with line and column. Lenient where
//! files in the wild differ: the order of elements of the log. Attributes nested in attributes are left out and
//! counted.

use std::io::{self, BufRead, Read};

use cjm_core::event::{Batch, Options, Reason};
use cjm_core::{Error, ErrorCode, Result, Value};
use quick_xml::events::{BytesStart, Event};

use crate::encoding::TextReader;
use crate::grid::Grid;
use crate::progress::Meter;
use crate::source::TextLimits;
use crate::stamp::Clock;
use crate::times::instant_of;

/// Which column is what unless the caller says otherwise: customer, event, time.
const USUAL: [&str; 3] = ["case:concept:name", "concept:name", "time:timestamp"];
/// The key by which events of an activity's life differ.
const TRANSITION: &str = "lifecycle:transition";

/// Reads a whole log, and with what options its batch is to be understood. With `transition`, only events of that
/// lifecycle transition (in any case), as in `complete`; the others are left out.
pub(crate) fn read(
    text: TextReader<'_>,
    options: &Options,
    transition: Option<&str>,
    limits: &TextLimits,
    meter: &mut Meter<'_>,
) -> Result<(Batch, Options)> {
    let mut xml = quick_xml::Reader::from_reader(Placed::new(text, limits));
    xml.config_mut().expand_empty_elements = true;
    let mut walk = Walk::new(options, transition, limits);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        walk.place = xml.get_mut().begin_token();
        let done = match xml.read_event_into(&mut buffer) {
            Ok(event) => walk.take(event)?,
            Err(e) => return Err(xml_error(e, walk.place)),
        };
        xml.get_mut().check_token()?;
        walk.bytes = xml.get_mut().bytes;
        meter.rows(walk.grid.n_rows());
        if done {
            break;
        }
    }
    meter.done();
    let options = understood(options);
    Ok((walk.grid.finish(&options), options))
}

/// The options with the columns that XES has by standard where the caller names none.
fn understood(options: &Options) -> Options {
    let [customer, event, time] = USUAL.map(|name| Some(name.to_owned()));
    let mut all = options.clone();
    if all.identities.is_empty() {
        all.customer = all.customer.or(customer);
    }
    if all.event_name.is_none() {
        all.event = all.event.or(event);
    }
    all.time = all.time.or(time);
    all
}

/// Line and column in characters, both from 1.
type Place = (u64, u64);

fn error(place: Place, words: &str) -> Error {
    Error::new(ErrorCode::Format, format!("line {}, column {}: {words}", place.0, place.1))
}

fn xml_error(e: quick_xml::Error, place: Place) -> Error {
    match e {
        quick_xml::Error::Io(e) => match e.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(ours) => ours.clone(),
            None => Error::new(ErrorCode::Io, e.to_string()),
        },
        other => error(place, &other.to_string()),
    }
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Log,
    Trace,
    Event,
    /// An attribute, or what stands in it.
    Attribute,
    /// Declarations: extensions, globals, classifiers.
    Declaration,
}

impl Open {
    const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Trace => "trace",
            Self::Event => "event",
            Self::Attribute => "an attribute",
            Self::Declaration => "a declaration",
        }
    }
}

/// The walk through the elements.
struct Walk<'a> {
    grid: Grid,
    open: Vec<Open>,
    ended: bool,
    /// Where the current token begins, and how many bytes of text came before.
    place: Place,
    bytes: u64,
    clock: Clock,
    options: &'a Options,
    transition: Option<&'a str>,
    max_depth: usize,
    /// Attributes of the open trace and of the open event.
    case: Vec<(usize, Value)>,
    case_has_events: bool,
    event: Vec<(usize, Value)>,
    event_line: u64,
    event_transition: Option<bool>,
    bad: Option<(Reason, String, String)>,
    /// Key of the attribute that is open directly under the log, a trace or an event.
    key: String,
}

impl<'a> Walk<'a> {
    fn new(options: &'a Options, transition: Option<&'a str>, limits: &TextLimits) -> Self {
        Self {
            grid: Grid::new(limits, options.strict),
            open: Vec::new(),
            ended: false,
            place: (1, 1),
            bytes: 0,
            clock: Clock::new(options.zone.clone()),
            options,
            transition,
            max_depth: limits.max_depth,
            case: Vec::new(),
            case_has_events: false,
            event: Vec::new(),
            event_line: 0,
            event_transition: None,
            bad: None,
            key: String::new(),
        }
    }

    /// Takes one token; `true` after the last.
    fn take(&mut self, token: Event<'_>) -> Result<bool> {
        match token {
            Event::Start(element) => self.start(&element)?,
            Event::End(_) => self.end()?,
            Event::Text(text) if text.trim_ascii().is_empty() => {}
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                return Err(error(self.place, "text stands between the elements"));
            }
            Event::DocType(_) => {
                return Err(error(self.place, "a document type declaration is not accepted"));
            }
            Event::Eof => {
                let words = match self.open.last() {
                    Some(open) => format!("the file ends inside {}", quoted(*open)),
                    None if self.ended => return Ok(true),
                    None => "there is no `log` element".to_owned(),
                };
                return Err(error(self.place, &words));
            }
            _ => {}
        }
        Ok(false)
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<()> {
        if self.open.len() >= self.max_depth {
            let (line, column) = self.place;
            let words = format!(
                "line {line}, column {column}: elements nest deeper than `max_depth` {}",
                self.max_depth
            );
            return Err(Error::new(ErrorCode::Limit, words));
        }
        let local = element.local_name();
        let name = local.as_ref();
        let attribute =
            matches!(name, "string" | "date" | "int" | "float" | "boolean" | "id" | "list" | "container");
        let opened = match (self.open.last(), name) {
            (None, "log") if !self.ended => Open::Log,
            (None, _) => {
                return Err(error(self.place, &format!("`{name}` stands where one `log` is expected")));
            }
            (Some(Open::Declaration), _) => Open::Declaration,
            (Some(Open::Log), "extension" | "global" | "classifier") => Open::Declaration,
            (Some(Open::Log), "trace") => {
                self.case.clear();
                self.case_has_events = false;
                Open::Trace
            }
            (Some(Open::Log | Open::Trace), "event") => self.open_event(),
            (Some(Open::Attribute), "values") => Open::Attribute,
            (Some(Open::Attribute), _) if attribute => self.nested(),
            (Some(parent), _) if attribute => self.attribute(*parent, name, element)?,
            (Some(parent), _) => {
                let words = format!("`{name}` can not stand in {}", quoted(*parent));
                return Err(error(self.place, &words));
            }
        };
        self.open.push(opened);
        Ok(())
    }

    fn open_event(&mut self) -> Open {
        if self.open.last() == Some(&Open::Log) {
            self.case.clear();
        }
        self.case_has_events = true;
        self.event.clear();
        self.event_line = self.place.0;
        self.event_transition = None;
        self.bad = None;
        Open::Event
    }

    fn nested(&mut self) -> Open {
        if self.open.len() > 2 {
            self.grid.notice(Reason::NestedLeftOut, &self.key, self.place.0, &self.key);
        }
        Open::Attribute
    }

    /// An attribute of the log, a trace or an event.
    fn attribute(&mut self, parent: Open, kind: &str, element: &BytesStart<'_>) -> Result<Open> {
        let (key, text) = self.key_and_value(kind, element)?;
        let read = match text.as_deref() {
            Some(text) => self.value(kind, text),
            None => Ok(Value::Null),
        };
        self.key.clear();
        self.key.push_str(&key);
        match (parent, read) {
            (Open::Event, read) => self.event_attribute(&key, text.as_deref().unwrap_or_default(), read)?,
            (Open::Trace, Ok(value)) if !self.case_has_events => {
                let column = format!("case:{key}");
                if self.options.uses(&column) || USUAL.contains(&column.as_str()) {
                    self.case.push((self.grid.column(&column)?, value));
                }
            }
            (Open::Trace, Ok(_)) => {
                return Err(error(self.place, "an attribute of the trace stands behind its events"));
            }
            (_, Ok(_)) => {}
            (_, Err(Reason::TimeWithoutZone)) if parent == Open::Log => {}
            (_, Err(_)) => {
                let text = text.unwrap_or_default();
                let words = format!("`{text}` in `{key}` is not of the type `{kind}`");
                return Err(error(self.place, &words));
            }
        }
        Ok(Open::Attribute)
    }

    fn event_attribute(
        &mut self,
        key: &str,
        text: &str,
        read: std::result::Result<Value, Reason>,
    ) -> Result<()> {
        if key == TRANSITION {
            self.event_transition = self.transition.map(|wanted| wanted.eq_ignore_ascii_case(text));
        }
        match read {
            Ok(value) if self.options.uses(key) || USUAL.contains(&key) => {
                self.event.push((self.grid.column(key)?, value));
            }
            Ok(_) => {}
            Err(reason) => {
                self.bad.get_or_insert_with(|| (reason, key.to_owned(), text.to_owned()));
            }
        }
        Ok(())
    }

    fn key_and_value(&self, kind: &str, element: &BytesStart<'_>) -> Result<(String, Option<String>)> {
        let (mut key, mut value) = (None, None);
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|e| xml_error(e.into(), self.place))?;
            let target = match attribute.key.into_inner() {
                "key" => &mut key,
                "value" => &mut value,
                _ => continue,
            };
            let text = attribute.normalized_value(quick_xml::XmlVersion::default());
            *target = Some(text.map_err(|e| xml_error(e, self.place))?.into_owned());
        }
        let Some(key) = key else { return Err(error(self.place, &format!("`{kind}` has no key"))) };
        if value.is_none() && !matches!(kind, "list" | "container") {
            return Err(error(self.place, &format!("`{kind}` has no value")));
        }
        Ok((key, value))
    }

    /// The typed value of an attribute.
    fn value(&mut self, kind: &str, text: &str) -> std::result::Result<Value, Reason> {
        Ok(match kind {
            "date" => {
                Value::Time(instant_of(text.trim_ascii(), &mut self.clock, self.options.zone.as_ref())?.0)
            }
            "int" => Value::Int(text.trim_ascii().parse().map_err(|_| Reason::WrongType)?),
            "float" => {
                let x: f64 = text.trim_ascii().parse().map_err(|_| Reason::WrongType)?;
                if !x.is_finite() {
                    return Err(Reason::NotFinite);
                }
                Value::Number(x)
            }
            "boolean" => match text.trim_ascii() {
                "true" | "1" => Value::Bool(true),
                "false" | "0" => Value::Bool(false),
                _ => return Err(Reason::WrongType),
            },
            "list" | "container" => Value::Null,
            _ => Value::from(text),
        })
    }

    fn end(&mut self) -> Result<()> {
        match self.open.pop() {
            Some(Open::Event) => self.end_event()?,
            Some(Open::Trace) => self.case.clear(),
            Some(Open::Log) => self.ended = true,
            _ => {}
        }
        Ok(())
    }

    fn end_event(&mut self) -> Result<()> {
        if self.transition.is_some() && self.event_transition != Some(true) {
            return Ok(());
        }
        self.grid.begin_row(self.event_line, self.bytes)?;
        let mut twice = false;
        for (column, value) in self.event.drain(..).chain(self.case.iter().cloned()) {
            twice |= !self.grid.push(column, value.as_ref());
        }
        match self.bad.take() {
            Some((reason, key, text)) => self.grid.reject_row(reason, &key, &text),
            None if twice => self.grid.reject_row(Reason::BadRow, "", "an attribute stands twice"),
            None => Ok(()),
        }
    }
}

fn quoted(open: Open) -> String {
    match open {
        Open::Attribute | Open::Declaration => open.name().to_owned(),
        _ => format!("`{}`", open.name()),
    }
}

/// Counts lines and columns, and bounds how long one token may be.
struct Placed<'a> {
    inner: TextReader<'a>,
    line: u64,
    column: u64,
    bytes: u64,
    token_bytes: usize,
    max_token_bytes: usize,
}

impl<'a> Placed<'a> {
    fn new(inner: TextReader<'a>, limits: &TextLimits) -> Self {
        let max_token_bytes = limits.max_record_bytes;
        Self { inner, line: 1, column: 1, bytes: 0, token_bytes: 0, max_token_bytes }
    }

    fn begin_token(&mut self) -> Place {
        self.token_bytes = 0;
        (self.line, self.column)
    }

    fn check_token(&self) -> Result<()> {
        if self.token_bytes <= self.max_token_bytes {
            return Ok(());
        }
        let limit = self.max_token_bytes;
        let words = format!("line {}: an XML tag is longer than `max_record_bytes` {limit}", self.line);
        Err(Error::new(ErrorCode::Limit, words))
    }
}

impl Read for Placed<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let block = self.fill_buf()?;
        let n = block.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..n), block.get(..n)) {
            to.copy_from_slice(from);
        }
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Placed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check_token().map_err(io::Error::other)?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        if let Ok(block) = self.inner.fill_buf() {
            // blocks and tokens are cut between characters
            let used = std::str::from_utf8(block.get(..n).unwrap_or(block)).unwrap_or_default();
            match used.rsplit_once('\n') {
                Some((before, last)) => {
                    self.line += 1 + before.matches('\n').count() as u64;
                    self.column = 1 + last.chars().count() as u64;
                }
                None => self.column += used.chars().count() as u64,
            }
        }
        self.bytes += n as u64;
        self.token_bytes += n;
        self.inner.consume(n);
    }
}
