//! Rows of a batch as single events, in their order of arrival: what a live engine is fed with from a table.
//!
//! Answers: the event that a row is, or why it is none. Does not know: declared types, repeats, the order of time; the
//! engine judges those as for any other event.

use std::borrow::Cow;
use std::sync::Arc;

use super::batch::{Batch, BatchColumn};
use super::cast::cell;
use super::cells::Cells;
use super::declared::Declared;
use super::layout::Layout;
use super::options::Options;
use super::reject::Reason;
use super::single::Event;
use super::ticks::instant;
use super::typed;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::blueprint::model::Document;
use crate::error::{Error, ErrorCode, Result};

/// The events of a batch.
///
/// ```
/// use cjm_core::ValueRef;
/// use cjm_core::event::{BatchBuilder, BatchEvents, Options};
/// let mut rows = BatchBuilder::default();
/// let columns = ["who", "what", "when", "dish"].map(|name| rows.column(name));
/// rows.begin_row(1);
/// for (column, text) in columns.into_iter().zip(["m1", "paid", "2026-03-01T12:00:00Z", "soup"]) {
///     rows.push(column, ValueRef::Text(text));
/// }
/// let (batch, options) = (rows.finish(), Options::new("who", "what", "when"));
/// let events = BatchEvents::of(&batch, &options, None)?;
/// let event = events.event(0)?;
/// assert_eq!((&*event.name, event.identity_of("customer")), ("paid", Some("m1")));
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Debug)]
pub struct BatchEvents<'a> {
    batch: &'a Batch,
    options: &'a Options,
    zone: Option<Zone>,
    time: Option<&'a BatchColumn>,
    name: Texts<'a>,
    source: Texts<'a>,
    id: Texts<'a>,
    channel: Texts<'a>,
    sequence: Option<&'a BatchColumn>,
    /// Identity kind and its column, in order of kinds.
    identities: Vec<(Arc<str>, Texts<'a>)>,
    attributes: Vec<Texts<'a>>,
}

impl<'a> BatchEvents<'a> {
    /// The events of a batch whose columns mean what the options say. Of a blueprint the kind of the customer column,
    /// and the zone of times without an offset unless the options name one.
    ///
    /// # Errors
    /// `argument` when the options name a column that is not there or leave out one that events need.
    pub fn of(batch: &'a Batch, options: &'a Options, document: Option<&Document>) -> Result<Self> {
        if options.event.is_none() && options.event_name.is_none() {
            return Err(Error::new(ErrorCode::Argument, "no column was named for the event"));
        }
        let declared = document.map(Declared::of);
        let columns = Layout::columns(std::slice::from_ref(batch), options, declared.as_ref())?;
        let find = |name: &str| batch.columns().iter().find(|column| *column.name == *name);
        let texts = |name: &Option<String>| Texts::of(name.as_deref().and_then(find));
        let mut identities: Vec<(Arc<str>, Texts<'a>)> =
            columns.kinds.iter().map(|(kind, name)| (kind.clone(), Texts::of(find(name)))).collect();
        identities.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self {
            batch,
            options,
            zone: options.zone.clone().or_else(|| document.and_then(|document| document.zone.clone())),
            time: options.time.as_deref().and_then(find),
            name: texts(&options.event),
            source: texts(&options.source),
            id: texts(&options.id),
            channel: texts(&options.channel),
            sequence: options.sequence.as_deref().and_then(find),
            identities,
            attributes: columns.attributes.iter().map(|name| Texts::of(find(name))).collect(),
        })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.batch.n_rows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The event of a row, from 0; one whose event column is empty has no name, and so beyond the last row.
    ///
    /// # Errors
    /// `bad_event` for a row that is no event, with the row's place in its source in front.
    pub fn event(&self, row: usize) -> Result<Event> {
        self.read(row).map_err(|error| error.at_row(self.batch.line(row)))
    }

    fn read(&self, row: usize) -> Result<Event> {
        let name = match (&self.options.event_name, self.options.event.is_some()) {
            (Some(name), false) => Arc::<str>::from(name.as_str()),
            _ => self.name.id(row)?.ok_or_else(|| {
                let column = self.options.event.as_deref().unwrap_or_default();
                refused(Reason::MissingEvent, column, ValueRef::Null)
            })?,
        };
        let mut event = Event::new(name, self.time(row)?);
        event.source = self.source.id(row)?.unwrap_or_default();
        event.id = self.id.id(row)?.unwrap_or_default();
        event.channel = self.channel.id(row)?;
        event.sequence = self.sequence(row)?;
        for (kind, texts) in &self.identities {
            if let Some(value) = texts.id(row)? {
                event.identities.push((kind.clone(), value));
            }
        }
        event.attributes.reserve(self.attributes.len());
        for column in &self.attributes {
            if let Some((name, value)) = column.attribute(row)? {
                event.attributes.push((name, value));
            }
        }
        Ok(event)
    }

    fn time(&self, row: usize) -> Result<crate::Timestamp> {
        let Some(column) = self.time else {
            return Err(refused(Reason::MissingTime, "", ValueRef::Null));
        };
        let value = if column.is_valid(row) { cell(&column.cells, row) } else { Ok(ValueRef::Null) };
        let shown = *value.as_ref().unwrap_or(&ValueRef::Null);
        value
            .and_then(|value| instant(value, self.zone.as_ref(), self.options.time_unit))
            .map_err(|reason| refused(reason, &column.name, shown))
    }

    fn sequence(&self, row: usize) -> Result<i64> {
        let Some(column) = self.sequence else { return Ok(0) };
        match column.value(row) {
            ValueRef::Null => Ok(0),
            ValueRef::Int(n) => Ok(n),
            ValueRef::Number(x) if x.fract() == 0.0 && x.abs() <= (1_u64 << 53) as f64 => Ok(x as i64),
            other => Err(refused(Reason::WrongType, &column.name, other)),
        }
    }
}

/// A column that is there or not, with its recurring texts ready to be shared.
#[derive(Debug)]
struct Texts<'a> {
    column: Option<&'a BatchColumn>,
    /// Text of each code, where texts recur.
    shared: Vec<Arc<str>>,
}

impl<'a> Texts<'a> {
    fn of(column: Option<&'a BatchColumn>) -> Self {
        let shared = match column.map(|column| &column.cells) {
            Some(Cells::Coded { texts, .. }) => texts.iter().map(Arc::from).collect(),
            _ => Vec::new(),
        };
        Self { column, shared }
    }

    /// The shared text of a row, where texts recur.
    fn shared(&self, row: usize) -> Option<&Arc<str>> {
        let Cells::Coded { codes, .. } = &self.column?.cells else { return None };
        self.shared.get(codes.get(row) as usize)
    }

    /// The text of a field of the envelope; none where the row has none or an empty one.
    fn id(&self, row: usize) -> Result<Option<Arc<str>>> {
        let Some(column) = self.column.filter(|column| column.is_valid(row)) else { return Ok(None) };
        if let Some(text) = self.shared(row) {
            return Ok(Some(text).filter(|text| !text.is_empty()).cloned());
        }
        let value = column.value(row);
        let text = typed::id(value).map_err(|reason| refused(reason, &column.name, value))?;
        Ok(text.map(|text| match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }))
    }

    /// The name and value of an attribute: null only where the source says it in so many words.
    fn attribute(&self, row: usize) -> Result<Option<(Arc<str>, Value)>> {
        let Some(column) = self.column else { return Ok(None) };
        if !column.is_valid(row) {
            let said = column.said_null.as_ref().is_some_and(|bits| bits.get(row));
            return Ok(said.then(|| (column.name.clone(), Value::Null)));
        }
        if let Some(text) = self.shared(row) {
            let blank = column.untyped && text.is_empty();
            return Ok((!blank).then(|| (column.name.clone(), Value::Text(text.clone()))));
        }
        match cell(&column.cells, row) {
            Ok(ValueRef::Number(x)) if !x.is_finite() => {
                Err(refused(Reason::NotFinite, &column.name, ValueRef::Number(x)))
            }
            Ok(ValueRef::Text("")) if column.untyped => Ok(None),
            Ok(value) => Ok(Some((column.name.clone(), value.to_value()))),
            Err(reason) => Err(refused(reason, &column.name, ValueRef::Null)),
        }
    }
}

fn refused(reason: Reason, column: &str, value: ValueRef<'_>) -> Error {
    Error::of_finding(ErrorCode::BadEvent, reason.of_value(column, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::BatchBuilder;

    const COLUMNS: [&str; 7] = ["member", "phone", "what", "when", "no", "dish", "amount"];

    fn batch(rows: &[[ValueRef<'_>; 7]]) -> Batch {
        let mut builder = BatchBuilder::default();
        let columns = COLUMNS.map(|name| builder.column(name));
        for (line, row) in (1..).zip(rows) {
            builder.begin_row(line);
            let given = columns.into_iter().zip(row).filter(|(_, value)| **value != ValueRef::Null);
            given.for_each(|(column, value)| {
                builder.push(column, *value);
            });
        }
        builder.finish()
    }

    fn options() -> Options {
        let identities = ["phone", "member"].map(|kind| (kind.to_owned(), kind.to_owned()));
        Options {
            customer: None,
            identities: identities.into_iter().collect(),
            id: Some("no".to_owned()),
            ..Options::new("", "what", "when")
        }
    }

    #[test]
    fn a_row_is_the_event_that_a_program_would_have_written() {
        use ValueRef::{Int, Null, Text};
        let time = Text("2026-03-01T12:00:00Z");
        let rows = [
            [Text("m1"), Null, Text("paid"), time, Int(7), Text("soup"), Int(3)],
            [Null, Text("555"), Text("paid"), time, Null, Null, Null],
        ];
        let (batch, options) = (batch(&rows), options());
        let events = BatchEvents::of(&batch, &options, None).unwrap();
        let at = "2026-03-01T12:00:00Z".parse().unwrap();
        let first = Event::new("paid", at)
            .id("", "7")
            .identity("member", "m1")
            .with("dish", "soup")
            .with("amount", 3);
        assert_eq!((events.len(), events.event(0).unwrap()), (2, first));
        assert_eq!(events.event(1).unwrap(), Event::new("paid", at).identity("phone", "555"));
    }

    #[test]
    fn a_row_that_is_no_event_is_told_with_its_place() {
        use ValueRef::{Null, Number, Text};
        let time = Text("2026-03-01T12:00:00Z");
        let rows = [
            [Text("m"), Null, Null, time, Null, Null, Null],
            [Text("m"), Null, Text("paid"), Text("2026-03-01 12:00"), Null, Null, Null],
            [Text("m"), Null, Text("paid"), time, Null, Null, Number(f64::NAN)],
            [Text("m"), Null, Text("paid"), Null, Null, Null, Null],
        ];
        let (batch, options) = (batch(&rows), options());
        let events = BatchEvents::of(&batch, &options, None).unwrap();
        for row in 0..4 {
            let error = events.event(row).unwrap_err();
            assert_eq!(error.code(), ErrorCode::BadEvent);
            assert!(error.message().starts_with(&format!("row {}: ", row + 1)), "{error}");
        }
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        let batch = batch(&[]);
        let options = Options { channel: Some("chanel".to_owned()), ..options() };
        let error = BatchEvents::of(&batch, &options, None).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Argument);
        assert!(error.message().contains("`chanel`"), "{error}");
    }
}
