//! Tables from Python: anything that speaks the Arrow C data interface, and dicts of lists.
//!
//! Answers: record batches that may be trusted, whoever made them; rows of a batch. Does not know: what columns mean.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::SchemaRef;
use cjm_core::blueprint::model::Document;
use cjm_core::event::{Batch, BatchBuilder, Options, Reason};
use cjm_core::{Blueprint, ErrorCode, Result, Value, Zone};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};
use pyo3_arrow::input::AnyRecordBatch;

use crate::errors::{self, error};
use crate::options::mapping;
use crate::value::{shown, value_in};
use crate::{call, convert};

/// Deepest nesting of a column.
const MAX_NESTING: usize = 64;

/// A table on its way in.
pub(crate) enum TableIn {
    /// Arrow batches of one schema, not yet looked into.
    Arrow(SchemaRef, Vec<RecordBatch>),
    /// Rows of a dict of lists.
    Rows(Box<Batch>),
}

/// Whether an object speaks Arrow.
pub(crate) fn speaks(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = object.py();
    Ok(object.hasattr(intern!(py, "__arrow_c_stream__"))?
        || object.hasattr(intern!(py, "__arrow_c_array__"))?)
}

/// The table that an object is. A stream is read here, in the thread that called: Python may be behind it. Datetimes of
/// lists without an offset are of `zone`, where there is one.
pub(crate) fn table(object: &Bound<'_, PyAny>, zone: Option<&Zone>) -> PyResult<TableIn> {
    let py = object.py();
    if !speaks(object)? {
        if let Ok(columns) = object.cast::<PyMapping>() {
            return rows(columns, zone).map(|rows| TableIn::Rows(Box::new(rows)));
        }
        let class = object.get_type().name()?;
        let words = format!(
            "a {class} is no table; give a data frame that speaks Arrow (pandas, polars, pyarrow, duckdb) or a dict of lists"
        );
        return Err(error(py, ErrorCode::Argument, words));
    }
    shallow(object)?;
    call::caught(py, || {
        let reader: AnyRecordBatch = object.extract()?;
        let mut reader = reader.into_reader()?;
        let (schema, mut all) = (reader.schema(), Vec::new());
        loop {
            // what makes the batches may need the interpreter's lock in another thread
            let (back, next) = py.detach(move || {
                let next = reader.next();
                (reader, next)
            });
            reader = back;
            py.check_signals()?;
            match next {
                Some(Ok(batch)) => all.push(batch),
                Some(Err(failed)) => {
                    return Err(error(py, ErrorCode::Format, format!("the table can not be had: {failed}")));
                }
                None => return Ok(TableIn::Arrow(schema, all)),
            }
        }
    })
}

/// The rows of a table whose columns the arguments of a call explain, with what they say; none where there are no
/// arguments and the object is no table.
pub(crate) fn rows_of(
    py: Python<'_>,
    object: &Bound<'_, PyAny>,
    arguments: Option<&Bound<'_, PyDict>>,
    blueprint: &Blueprint,
) -> PyResult<Option<(Vec<Batch>, Arc<Options>)>> {
    if !arguments.is_some_and(|all| all.values().iter().any(|value| !value.is_none())) {
        if speaks(object)? || object.is_instance_of::<PyDict>() {
            let words = "a table needs to be told what its columns mean, as in \
                         `push_many(table, customer=.., event=.., time=..)`";
            return Err(error(py, ErrorCode::Argument, words));
        }
        return Ok(None);
    }
    let options = mapping(py, arguments)?;
    if options.strict {
        return Err(PyTypeError::new_err("there is no argument `strict`"));
    }
    let zone = options.zone.clone().or_else(|| blueprint.document().zone.clone());
    let table = table(object, zone.as_ref())?;
    let (options, own) = (Arc::new(options), blueprint.clone());
    let how = options.clone();
    let batches = call::long(py, move || table.batches(&how, Some(own.document())))?;
    Ok(Some((batches, options)))
}

/// Refuses columns nested without end, as pyarrow can make them: importing them would go as deep.
fn shallow(object: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = object.py();
    let (type_of, n_of, field_of) = (intern!(py, "type"), intern!(py, "num_fields"), intern!(py, "field"));
    let Some(schema) = object.getattr_opt(intern!(py, "schema"))? else { return Ok(()) };
    if !schema.hasattr(intern!(py, "pandas_metadata"))? {
        return Ok(());
    }
    let mut waiting = Vec::new();
    for field in schema.try_iter()? {
        waiting.push((field?.getattr(type_of)?, 0_usize));
    }
    while let Some((nested, depth)) = waiting.pop() {
        if depth > MAX_NESTING {
            let words = format!("a column is nested deeper than {MAX_NESTING} levels");
            return Err(error(py, ErrorCode::Limit, words));
        }
        for n in 0..nested.getattr(n_of)?.extract::<usize>()? {
            waiting.push((nested.call_method1(field_of, (n,))?.getattr(type_of)?, depth + 1));
        }
    }
    Ok(())
}

impl TableIn {
    /// The rows as batches, those from outside checked in full: no offset, null bitmap or dictionary key may lead astray.
    pub(crate) fn batches(self, options: &Options, document: Option<&Document>) -> Result<Vec<Batch>> {
        let (schema, mut tables) = match self {
            Self::Rows(rows) => return Ok(vec![*rows]),
            Self::Arrow(schema, tables) => (schema, tables),
        };
        // columns are looked for where there are no rows too
        if tables.is_empty() {
            tables.push(RecordBatch::new_empty(schema));
        }
        let zone = options.zone.clone().or_else(|| document.and_then(|document| document.zone.clone()));
        let options = Options { zone, ..options.clone() };
        cjm_io::arrow::checked_batches(&tables, &options, document)
    }
}

/// Rows of a dict of lists.
fn rows(columns: &Bound<'_, PyMapping>, zone: Option<&Zone>) -> PyResult<Batch> {
    let py = columns.py();
    let mut builder = BatchBuilder::default();
    let mut lists = Vec::new();
    for pair in columns.items()?.iter() {
        let (name, list) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        let Ok(name) = name.cast::<PyString>() else {
            return Err(error(py, ErrorCode::Argument, "the names of columns are text"));
        };
        let name = convert::text(name, "column")?;
        if list.is_instance_of::<PyString>() {
            let words = format!("the column `{name}` is a text; give a list");
            return Err(error(py, ErrorCode::Argument, words));
        }
        let cells = call::each(&list, Ok)?;
        lists.push((builder.column(&name), name, cells));
    }
    let n = lists.first().map_or(0, |(_, _, cells)| cells.len());
    if let Some((_, name, cells)) = lists.iter().find(|(_, _, cells)| cells.len() != n) {
        let words = format!("the column `{name}` has {} rows, the first one has {n}", cells.len());
        return Err(error(py, ErrorCode::Argument, words));
    }
    for row in 0..n {
        builder.begin_row(row as u64 + 1);
        if row % 4_096 == 4_095 {
            py.check_signals()?;
        }
        for (column, name, cells) in &lists {
            let Some(cell) = cells.get(row) else { continue };
            match value_in(cell, zone, name) {
                Ok(Value::Null) => {}
                Ok(value) => {
                    builder.push(*column, value.as_ref());
                }
                // what is no value makes a bad row, as in any other table; what the object itself raises is raised
                Err(failed) if failed.is_instance(py, &errors::class(py)?) => {
                    builder.reject_row(Reason::WrongType, name, &shown(cell)?);
                    break;
                }
                Err(failed) => return Err(failed),
            }
        }
    }
    Ok(builder.finish())
}

/// A table as bytes, for pickles.
pub(crate) fn bytes_of(py: Python<'_>, batch: &RecordBatch) -> PyResult<Vec<u8>> {
    let mut bytes = Vec::new();
    let write = |bytes: &mut Vec<u8>| -> std::result::Result<(), arrow_schema::ArrowError> {
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(bytes, batch.schema_ref())?;
        writer.write(batch)?;
        writer.finish()
    };
    let failed = |e| error(py, ErrorCode::Format, format!("the table can not be written: {e}"));
    write(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// A table from such bytes.
pub(crate) fn of_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<RecordBatch> {
    let read = || -> Result<RecordBatch> {
        let failed = |e: arrow_schema::ArrowError| {
            cjm_core::Error::new(ErrorCode::State, format!("the bytes are no table: {e}"))
        };
        let reader = arrow_ipc::reader::StreamReader::try_new(bytes, None).map_err(failed)?;
        let schema = reader.schema();
        let all: Vec<RecordBatch> = reader.collect::<std::result::Result<_, _>>().map_err(failed)?;
        let whole = arrow_select::concat::concat_batches(&schema, &all).map_err(failed)?;
        cjm_io::arrow::checked_table(&whole)
    };
    crate::call::short(py, read)
}
