//! Event logs from Arrow record batches.
//!
//! Answers: a log of any tables that speak Arrow, sharing their memory where types allow.
//! Does not know: where the tables come from, which rows are good (the log's builder judges them).

mod cells;
mod check;
mod decimals;
mod plain;
#[cfg(test)]
mod tests;
mod times;
mod values;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::ArrowError;
use cjm_core::base::par;
use cjm_core::blueprint::model::Document;
use cjm_core::event::{Batch, BatchColumn, EventLog, LogBuilder, Options, Reason};
use cjm_core::{Error, ErrorCode, Result, ValueRef};

pub(crate) use cells::Texts;
pub use check::{checked, checked_table};

/// Rows of a piece: one thread turns one piece after the other into columns.
const PIECE_ROWS: usize = 1 << 17;

/// Reads record batches into a log.
///
/// Batches are taken as they are; those that come from outside of safe code go through [`checked`] first.
/// A message names the row of the whole table, from 1.
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
/// use cjm_core::event::{Options, TimeUnit};
/// let table = RecordBatch::try_from_iter([
///     ("user", Arc::new(Int64Array::from(vec![7, 7, 8])) as ArrayRef),
///     ("event", Arc::new(StringArray::from(vec!["visit", "pay", "visit"]))),
///     ("ms", Arc::new(Int64Array::from(vec![3_000, 2_000, 1_000]))),
/// ])?;
/// let options = Options::new("user", "event", "ms").with_unit(TimeUnit::Milli);
/// let log = cjm_io::arrow::read([Ok(table)], &options, None)?;
/// assert_eq!((log.n_events(), log.n_customers()), (3, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorCode::Format`] when a batch can not be had or holds a type that has no place in a log,
/// [`ErrorCode::Argument`] for times without a zone where none is given, else those of [`LogBuilder::finish`].
pub fn read(
    tables: impl IntoIterator<Item = std::result::Result<RecordBatch, ArrowError>>,
    options: &Options,
    blueprint: Option<&Document>,
) -> Result<EventLog> {
    let mut builder = LogBuilder::new(options.clone());
    if let Some(document) = blueprint {
        builder = builder.with_blueprint(document);
    }
    batches(tables, options, blueprint)?.into_iter().for_each(|batch| builder.push(batch));
    builder.finish()
}

/// Record batches as batches of rows in their order of arrival, not judged yet: what a live engine is fed with.
///
/// Batches are taken as they are, as [`read`] takes them.
///
/// # Errors
/// [`ErrorCode::Format`] when a batch can not be had or holds a type that has no place in a log,
/// [`ErrorCode::Argument`] for times without a zone where none is given.
pub fn batches(
    tables: impl IntoIterator<Item = std::result::Result<RecordBatch, ArrowError>>,
    options: &Options,
    blueprint: Option<&Document>,
) -> Result<Vec<Batch>> {
    let mut pieces = Vec::new();
    let mut row = 1;
    for table in tables {
        pieces.extend(pieces_of(&table.map_err(|error| failed(&error))?, &mut row));
    }
    let declared = blueprint.map(declared_names);
    let batches = par::map_with(pieces, Texts::default, |texts, (first, piece)| {
        batch_of(&piece, first, (options, declared.as_ref()), texts)
    });
    batches.into_iter().collect()
}

/// Like [`batches`], of record batches that nobody vouches for (from C, from another process): each column is checked
/// in full, so that no offset, view, null bitmap, dictionary key or text can lead astray.
///
/// # Errors
/// Those of [`batches`]; [`ErrorCode::Format`] when the data contradict their type.
pub fn checked_batches(
    tables: &[RecordBatch],
    options: &Options,
    blueprint: Option<&Document>,
) -> Result<Vec<Batch>> {
    let whole: Vec<&ArrayRef> = tables.iter().flat_map(RecordBatch::columns).collect();
    let whole = par::map(whole, check::whole);
    let mut checks = whole.into_iter();
    let (mut pieces, mut row) = (Vec::new(), 1);
    for table in tables {
        let columns = checks.by_ref().take(table.num_columns()).collect::<Result<Vec<check::Left>>>()?;
        let columns: Arc<[check::Left]> = columns.into();
        pieces.extend(pieces_of(table, &mut row).map(|(first, piece)| (first, piece, columns.clone())));
    }
    let declared = blueprint.map(declared_names);
    let batches = par::map_with(pieces, Texts::default, |texts, (first, piece, columns)| {
        // what is left to check is checked here, while it is about to be read
        let mut columns = std::iter::zip(piece.columns(), columns.iter());
        columns.try_for_each(|(column, left)| check::part(column, *left))?;
        batch_of(&piece, first, (options, declared.as_ref()), texts)
    });
    batches.into_iter().collect()
}

/// A table in pieces, each with its first row in the whole; `row` is that of the table, and then of what comes next.
fn pieces_of(table: &RecordBatch, row: &mut u64) -> impl Iterator<Item = (u64, RecordBatch)> {
    let (first, n) = (*row, table.num_rows());
    *row += n as u64;
    let from = (0..n.max(1)).step_by(PIECE_ROWS);
    from.map(move |from| (first + from as u64, table.slice(from, PIECE_ROWS.min(n - from))))
}

/// A record batch as a batch of rows, of which the first is row `first` of the whole table.
pub(crate) fn batch_of(
    table: &RecordBatch,
    first: u64,
    (options, declared): (&Options, Option<&BTreeSet<String>>),
    texts: &mut Texts,
) -> Result<Batch> {
    let mut columns = Vec::with_capacity(table.num_columns());
    let mut left_out: Vec<(&String, &ArrayRef)> = Vec::new();
    for (field, array) in std::iter::zip(table.schema_ref().fields(), table.columns()) {
        if options.uses(field.name()) {
            let is_time = options.time.as_deref() == Some(field.name());
            let about = cells::About { name: field.name(), zone: options.zone.as_ref(), is_time };
            let (cells, validity) = match cells::cells(about, array, texts) {
                Ok(found) => found,
                Err(_) if is_dropped(field.name(), options, declared) => {
                    left_out.push((field.name(), array));
                    continue;
                }
                Err(error) => return Err(error),
            };
            columns.push(BatchColumn { validity, ..BatchColumn::new(field.name(), cells) });
        }
    }
    let mut batch = Batch::new(first, table.num_rows(), columns)?;
    for (name, array) in left_out {
        let Some(row) = (0..array.len()).find(|row| array.is_valid(*row)) else { continue };
        let n = (array.len() - array.null_count()) as u64;
        let event =
            options.event.as_deref().and_then(|name| batch.column(name)).map(|names| names.value(row));
        let event = match event {
            Some(ValueRef::Text(event)) => event.to_owned(),
            _ => options.event_name.clone().unwrap_or_default(),
        };
        batch.notice(Reason::AttributeUndeclared, name, n, first + row as u64, &event);
    }
    Ok(batch)
}

/// Every name that some event of the blueprint has an attribute of, the reserved ones included.
pub(crate) fn declared_names(document: &Document) -> BTreeSet<String> {
    const RESERVED: [&str; 7] = ["survey", "zone", "language", "ticket", "step", "by", "facts"];
    let attributes = document.events.values().flat_map(|event| event.attributes.keys());
    let fields = document.customer.iter().flat_map(|customer| customer.profile.keys());
    let questions = document.surveys.iter().flat_map(|survey| &survey.questions).map(|question| &question.id);
    let names = attributes.chain(fields).chain(questions).cloned();
    names.chain(RESERVED.map(str::to_owned)).collect()
}

/// Whether a column is of no use: no part of the envelope, and no event declares it.
fn is_dropped(name: &str, options: &Options, declared: Option<&BTreeSet<String>>) -> bool {
    declared.is_some_and(|declared| !declared.contains(name))
        && !options.envelope().any(|column| column == name)
}

/// Arrow and Parquet are not ours: where damaged data make them panic, that is an error like any other.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::new(ErrorCode::Format, "the data contradict themselves")))
}

pub(crate) fn failed(error: &ArrowError) -> Error {
    Error::new(ErrorCode::Format, format!("the Arrow data can not be read: {error}"))
}
