//! Event logs from Arrow record batches.
//!
//! Answers: a log of any tables that speak Arrow, sharing their memory where types allow.
//! Does not know: where the tables come from, which rows are good (the log's builder judges them).

mod cells;
mod decimals;
#[cfg(test)]
mod tests;
mod times;
mod values;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, make_array};
use arrow_buffer::Buffer;
use arrow_data::{ArrayData, ByteView};
use arrow_schema::{ArrowError, DataType};
use cjm_core::base::par;
use cjm_core::blueprint::model::Document;
use cjm_core::event::{Batch, BatchColumn, EventLog, LogBuilder, Options, Reason};
use cjm_core::{Error, ErrorCode, Result, ValueRef};

pub(crate) use cells::Texts;

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
        let table = table.map_err(|error| failed(&error))?;
        for from in (0..table.num_rows().max(1)).step_by(PIECE_ROWS) {
            let n = PIECE_ROWS.min(table.num_rows() - from);
            pieces.push((row + from as u64, table.slice(from, n)));
        }
        row += table.num_rows() as u64;
    }
    let declared = blueprint.map(declared_names);
    let batches = par::map_with(pieces, Texts::default, |texts, (first, piece)| {
        batch_of(&piece, first, (options, declared.as_ref()), texts)
    });
    batches.into_iter().collect()
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

/// An array of data that nobody vouches for (from C, from another process): checked in full, so that no offset,
/// null bitmap, dictionary key or text can lead astray later.
///
/// # Errors
/// [`ErrorCode::Format`] when the data contradict their type.
pub fn checked(data: ArrayData) -> Result<ArrayRef> {
    guarded(|| {
        data.validate_full().map_err(|error| failed(&error))?;
        Ok(make_array(data))
    })
}

/// A record batch whose arrays nobody vouches for: every one is checked in full.
///
/// # Errors
/// [`ErrorCode::Format`] when the data contradict their type.
pub fn checked_table(table: &RecordBatch) -> Result<RecordBatch> {
    let columns: Result<Vec<ArrayRef>> =
        table.columns().iter().map(|array| checked(array.to_data())).collect();
    RecordBatch::try_new(Arc::clone(table.schema_ref()), columns?).map_err(|error| failed(&error))
}

/// Checks record batches whose arrays nobody vouches for in full, as [`checked_table`] does, on all threads.
///
/// # Errors
/// [`ErrorCode::Format`] when the data contradict their type.
pub fn check_tables(tables: &[RecordBatch]) -> Result<()> {
    let columns: Vec<&ArrayRef> = tables.iter().flat_map(RecordBatch::columns).collect();
    let columns = par::map(columns, |column| (column, is_behind_ascii(column)));
    let mut work = Vec::new();
    for (column, is_ascii) in columns {
        match column.data_type() {
            // only of views a part is checked at the cost of that part
            DataType::Utf8View | DataType::BinaryView => {
                let pieces = (0..column.len()).step_by(PIECE_ROWS);
                let piece = |from| column.slice(from, PIECE_ROWS.min(column.len() - from));
                work.extend(pieces.map(|from| (piece(from), is_ascii)));
            }
            _ => work.push((Arc::clone(column), false)),
        }
    }
    let done = par::map(work, |(array, is_ascii)| {
        let views = if is_ascii { array.as_string_view_opt() } else { None };
        if views.is_some_and(|texts| are_good_views(texts.views(), texts.data_buffers())) {
            return Ok(());
        }
        guarded(|| array.to_data().validate_full().map_err(|error| failed(&error)))
    });
    done.into_iter().collect()
}

/// Whether the buffers behind a column of text views hold nothing but ASCII: any part of them is a text then.
fn is_behind_ascii(column: &ArrayRef) -> bool {
    let texts = column.as_string_view_opt();
    texts.is_some_and(|texts| texts.data_buffers().iter().all(|buffer| buffer.is_ascii()))
}

/// Whether all views are good as they stand: short ones hold an ASCII text themselves, others are a part of a buffer
/// of ASCII and begin as it does.
fn are_good_views(views: &[u128], buffers: &[Buffer]) -> bool {
    const INSIDE: u32 = 12;
    const NOT_ASCII: u128 = 0x8080_8080_8080_8080_8080_8080;
    views.iter().all(|view| {
        let (len, text) = (*view as u32, view >> 32);
        if len <= INSIDE {
            return text & NOT_ASCII == 0 && text.checked_shr(len * 8).unwrap_or(0) == 0;
        }
        let ByteView { prefix, buffer_index, offset, .. } = ByteView::from(*view);
        let buffer = buffers.get(buffer_index as usize);
        let text = buffer.and_then(|buffer| buffer.get(offset as usize..)?.get(..len as usize));
        text.is_some_and(|text| text.starts_with(&prefix.to_le_bytes()))
    })
}

/// Arrow and Parquet are not ours: where damaged data make them panic, that is an error like any other.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::new(ErrorCode::Format, "the data contradict themselves")))
}

pub(crate) fn failed(error: &ArrowError) -> Error {
    Error::new(ErrorCode::Format, format!("the Arrow data can not be read: {error}"))
}
