//! Comma-separated tables as batches of rows.
//!
//! Answers: the columns of a CSV file with the types that their values share, the line of every row, the rows
//! that could not be read. Does not know: what becomes of the rows (see `cjm_core::event`).
//!
//! A header is required. The delimiter is `,`, `;`, a tab or `|`, found in the header unless given. Quotes are
//! doubled inside quotes. A record may span lines; blank lines are skipped; an empty value is null.

use std::io::{self, BufRead, Read};

use cjm_core::event::{Batch, Options, Reason, Rejected};
use cjm_core::{Error, ErrorCode, Result};

use crate::columns::{Column, Role};
use crate::encoding::TextReader;
use crate::events::missing_option;
use crate::named::known_columns;
use crate::progress::Meter;
use crate::source::{TextLimits, error_of_io};
use crate::times::TimeColumn;

/// Bytes of text in which the header must end for its delimiter to be found.
const SNIFF_BYTES: u64 = 64 * 1024;

/// Rows without one readable time after which the reader gives up and names the option that is missing.
const HOPELESS_ROWS: u64 = 100;

/// What is known of a table before it is read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Table<'a> {
    /// The delimiter; found in the header unless given.
    pub(crate) delimiter: Option<u8>,
    /// What the readers' caller said about columns.
    pub(crate) options: Option<&'a Options>,
    /// What a blueprint declares: attributes that are text, attributes that are money.
    pub(crate) declared: Option<&'a crate::declared::Declared>,
}

/// Reads a whole table.
pub(crate) fn read(
    text: TextReader<'_>,
    table: &Table<'_>,
    limits: &TextLimits,
    meter: &mut Meter<'_>,
) -> Result<Batch> {
    let mut text = text;
    let mut head = Vec::new();
    text.by_ref().take(SNIFF_BYTES).read_to_end(&mut head).map_err(error_of_io)?;
    let delimiter = table.delimiter.unwrap_or_else(|| sniff(&head));
    let mut records = Records::new(io::Cursor::new(head).chain(text), delimiter, limits);
    if !records.next()? {
        return Err(Error::new(ErrorCode::Format, "the file is empty; a header is expected"));
    }
    let names = header(records.record()?.fields())?;
    let mut rows = Rows::new(&names, table)?;
    while records.next()? {
        rows.take(&records.record()?)?;
        meter.rows(rows.lines.len() as u64 + rows.n_rejected);
    }
    meter.done();
    rows.finish()
}

/// The delimiter that stands most often in the first line, outside quotes.
fn sniff(head: &[u8]) -> u8 {
    const KNOWN: [u8; 4] = [b',', b';', b'\t', b'|'];
    let mut counts = [0_usize; 4];
    let mut quoted = false;
    for byte in head.iter().skip_while(|b| matches!(b, b'\n' | b'\r')) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            b if !quoted => {
                KNOWN.iter().zip(&mut counts).filter(|(k, _)| *k == b).for_each(|(_, n)| *n += 1);
            }
            _ => {}
        }
    }
    let best = KNOWN.iter().zip(counts).rev().max_by_key(|(_, n)| *n);
    best.map_or(b',', |(k, n)| if n == 0 { b',' } else { *k })
}

/// The column names: trimmed, the empty one called after its place, no two alike.
fn header<'a>(fields: impl Iterator<Item = &'a str>) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for (index, field) in fields.enumerate() {
        let place = index + 1;
        let trimmed = field.trim();
        let name = if trimmed.is_empty() { format!("column_{place}") } else { trimmed.to_owned() };
        if let Some(first) = places.insert(name.clone(), place) {
            let words = format!("the header names `{name}` twice, in columns {first} and {place}");
            return Err(Error::new(ErrorCode::Format, words));
        }
        names.push(name);
    }
    Ok(names)
}

/// The rows read so far, column by column.
struct Rows<'a> {
    cells: Vec<Cell>,
    /// The time column and its place.
    time: Option<(usize, TimeColumn)>,
    lines: Vec<u64>,
    rejected: Rejected,
    n_rejected: u64,
    options: Option<&'a Options>,
}

/// What becomes of a field.
enum Cell {
    Keep(Box<Column>),
    Time,
    Skip,
}

impl<'a> Rows<'a> {
    fn new(names: &[String], table: &Table<'a>) -> Result<Self> {
        let options = table.options;
        if let Some(options) = options {
            known_columns(options, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        let time_name = options.and_then(|o| o.time.as_deref());
        let place = names.iter().position(|name| Some(name.as_str()) == time_name);
        let time = place.zip(options.zip(time_name)).map(|(at, (o, name))| (at, TimeColumn::new(name, o)));
        let cells = names.iter().map(|name| match options {
            _ if Some(name.as_str()) == time_name => Cell::Time,
            Some(options) if !options.uses(name) => Cell::Skip,
            _ => Cell::Keep(Box::new(Column::new(name, role_of(name, table)))),
        });
        let cells = cells.collect();
        Ok(Self { cells, time, lines: Vec::new(), rejected: Rejected::default(), n_rejected: 0, options })
    }

    fn take(&mut self, record: &Record<'_>) -> Result<()> {
        let n = record.ends.len();
        if n != self.cells.len() {
            let words = format!("{n} fields where the header has {}", self.cells.len());
            return self.reject(Reason::BadRow, record.line, &words);
        }
        if record.text.as_bytes().contains(&0) {
            return self.reject(Reason::BadText, record.line, "a NUL character");
        }
        if let Some((place, time)) = &mut self.time {
            let text = record.field(*place);
            match time.read(text) {
                Ok(true) => self.rejected.add(Reason::TimeFloored, &time.name, record.line, text),
                Ok(false) => {}
                Err(reason) => return self.reject(reason, record.line, text),
            }
        }
        for (cell, field) in self.cells.iter_mut().zip(record.fields()) {
            if let Cell::Keep(column) = cell {
                column.push(field);
            }
        }
        self.lines.push(record.line);
        Ok(())
    }

    fn reject(&mut self, reason: Reason, line: u64, text: &str) -> Result<()> {
        let of_time = !matches!(reason, Reason::BadRow | Reason::BadText);
        let column = self.time.as_ref().map_or("", |(_, t)| &t.name);
        self.rejected.add(reason, if of_time { column } else { "" }, line, text);
        self.n_rejected += 1;
        if self.options.is_some_and(|o| o.strict) {
            return self.rejected.strict_error().map_or(Ok(()), Err);
        }
        if self.lines.is_empty() && self.n_rejected == HOPELESS_ROWS {
            return missing_option(&self.rejected).map_or(Ok(()), Err);
        }
        Ok(())
    }

    fn finish(self) -> Result<Batch> {
        let zone = self.options.and_then(|o| o.zone.as_ref());
        let mut columns = Vec::new();
        let mut time = self.time;
        for cell in self.cells {
            match cell {
                Cell::Keep(column) => columns.push(column.finish(zone)),
                Cell::Time => columns.extend(time.take().map(|(_, t)| t.finish())),
                Cell::Skip => {}
            }
        }
        let batch = Batch::new(1, self.lines.len(), columns)?;
        Ok(batch.with_lines(self.lines, self.rejected))
    }
}

fn role_of(name: &str, table: &Table<'_>) -> Role {
    let Some(options) = table.options else { return Role::Any };
    let is = |column: &Option<String>| column.as_deref() == Some(name);
    if is(&options.customer) || is(&options.id) || options.identities.values().any(|c| c == name) {
        return Role::Key;
    }
    if is(&options.event) || is(&options.source) || is(&options.channel) {
        return Role::Text;
    }
    table.declared.map_or(Role::Any, |d| d.role(name))
}

/// Records one by one, each with the line on which it begins.
struct Records<R> {
    input: R,
    core: csv_core::Reader,
    /// The line on which the current record begins, from 1.
    line: u64,
    next_line: u64,
    out: Vec<u8>,
    n_out: usize,
    ends: Vec<usize>,
    n_ends: usize,
    max_bytes: usize,
    max_columns: usize,
}

impl<R: BufRead> Records<R> {
    fn new(input: R, delimiter: u8, limits: &TextLimits) -> Self {
        Self {
            input,
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            line: 0,
            next_line: 1,
            out: vec![0; 4_096],
            n_out: 0,
            ends: vec![0; 64],
            n_ends: 0,
            max_bytes: limits.max_record_bytes,
            max_columns: limits.max_columns,
        }
    }

    /// Goes to the next record; `false` at the end.
    fn next(&mut self) -> Result<bool> {
        (self.n_out, self.n_ends) = (0, 0);
        let mut begun = 0_usize;
        loop {
            let block = self.input.fill_buf().map_err(error_of_io)?;
            if block.is_empty() {
                return if begun == 0 { Ok(false) } else { self.end() };
            }
            if begun == 0 {
                let blank = block.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
                self.next_line += block.iter().take(blank).filter(|b| **b == b'\n').count() as u64;
                if blank > 0 {
                    self.input.consume(blank);
                    continue;
                }
                self.line = self.next_line;
            }
            let (n_in, done) = step(
                &mut self.core,
                block,
                &mut self.out,
                &mut self.ends,
                (&mut self.n_out, &mut self.n_ends),
            );
            self.input.consume(n_in);
            begun += n_in;
            if begun > self.max_bytes {
                let words = format!(
                    "the record that begins on line {} is longer than `max_record_bytes` {}; is a quote unclosed?",
                    self.line, self.max_bytes
                );
                return Err(Error::new(ErrorCode::Limit, words));
            }
            if self.proceed(done)? {
                return Ok(true);
            }
        }
    }

    /// What a step of the tokenizer means; `true` when a record is complete.
    fn proceed(&mut self, done: csv_core::ReadRecordResult) -> Result<bool> {
        use csv_core::ReadRecordResult as Done;
        match done {
            Done::Record => {
                self.next_line = self.line + self.core.line() - 1;
                self.core.set_line(1);
                return Ok(true);
            }
            Done::OutputFull => self.out.resize(self.out.len() * 2, 0),
            Done::OutputEndsFull if self.ends.len() > self.max_columns => {
                let words =
                    format!("line {} has more columns than `max_columns` {}", self.line, self.max_columns);
                return Err(Error::new(ErrorCode::Limit, words));
            }
            Done::OutputEndsFull => self.ends.resize((self.ends.len() * 2).min(self.max_columns + 1), 0),
            Done::InputEmpty | Done::End => {}
        }
        Ok(false)
    }

    /// The input ends inside a record: a line break completes it unless a quote is open.
    fn end(&mut self) -> Result<bool> {
        loop {
            let counts = (&mut self.n_out, &mut self.n_ends);
            let (_, done) = step(&mut self.core, b"\n", &mut self.out, &mut self.ends, counts);
            if matches!(done, csv_core::ReadRecordResult::InputEmpty) {
                let words =
                    format!("a quote in the record that begins on line {} is never closed", self.line);
                return Err(Error::new(ErrorCode::Format, words));
            }
            if self.proceed(done)? {
                return Ok(true);
            }
        }
    }

    /// The current record.
    fn record(&self) -> Result<Record<'_>> {
        let out = self.out.get(..self.n_out).unwrap_or_default();
        // the decoder hands out valid text and fields are cut at ASCII bytes
        let text = std::str::from_utf8(out)
            .map_err(|_| Error::new(ErrorCode::Format, format!("line {} is no text", self.line)))?;
        Ok(Record { line: self.line, text, ends: self.ends.get(..self.n_ends).unwrap_or_default() })
    }
}

/// One record: its fields one after the other, and where each ends.
struct Record<'r> {
    line: u64,
    text: &'r str,
    ends: &'r [usize],
}

impl<'r> Record<'r> {
    fn fields(&self) -> impl Iterator<Item = &'r str> {
        let (text, mut from) = (self.text, 0);
        self.ends.iter().map(move |end| {
            let field = text.get(from..*end).unwrap_or_default();
            from = *end;
            field
        })
    }

    fn field(&self, index: usize) -> &'r str {
        let from = index.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        self.ends.get(index).and_then(|end| self.text.get(from..*end)).unwrap_or_default()
    }
}

fn step(
    core: &mut csv_core::Reader,
    input: &[u8],
    out: &mut [u8],
    ends: &mut [usize],
    (n_out, n_ends): (&mut usize, &mut usize),
) -> (usize, csv_core::ReadRecordResult) {
    let (done, n_in, wrote, ended) = core.read_record(
        input,
        out.get_mut(*n_out..).unwrap_or_default(),
        ends.get_mut(*n_ends..).unwrap_or_default(),
    );
    *n_out += wrote;
    *n_ends += ended;
    (n_in, done)
}
