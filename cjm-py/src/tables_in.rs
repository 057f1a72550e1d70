//! Tables from Python: anything that speaks the Arrow C data interface, and dicts of lists.
//!
//! Answers: record batches that may be trusted, whoever made them; rows of a batch. Does not know: what columns mean.

use arrow_array::{RecordBatch, RecordBatchReader};
use cjm_core::event::{Batch, BatchBuilder};
use cjm_core::{ErrorCode, Result};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3_arrow::input::AnyRecordBatch;

use crate::convert;
use crate::errors::error;
use crate::value::value;

/// A table on its way in.
pub(crate) enum TableIn {
    /// Arrow batches, not yet looked into.
    Arrow(Box<dyn RecordBatchReader + Send>),
    /// Rows of a dict of lists.
    Rows(Box<Batch>),
}

/// The table that an object is.
pub(crate) fn table(object: &Bound<'_, PyAny>) -> PyResult<TableIn> {
    let py = object.py();
    if let Ok(columns) = object.cast::<PyDict>() {
        return rows(columns).map(|rows| TableIn::Rows(Box::new(rows)));
    }
    let speaks = object.hasattr(intern!(py, "__arrow_c_stream__"))?
        || object.hasattr(intern!(py, "__arrow_c_array__"))?;
    if !speaks {
        let class = object.get_type().name()?;
        let words = format!(
            "a {class} is no table; give a data frame that speaks Arrow (pandas, polars, pyarrow, duckdb) or a dict of lists"
        );
        return Err(error(py, ErrorCode::Argument, words));
    }
    let reader: AnyRecordBatch = object.extract()?;
    Ok(TableIn::Arrow(reader.into_reader()?))
}

/// The batches of a reader, each checked in full: no offset, null bitmap or dictionary key may lead astray.
pub(crate) fn batches(reader: Box<dyn RecordBatchReader + Send>) -> Result<Vec<RecordBatch>> {
    let failed = |e| cjm_core::Error::new(ErrorCode::Format, format!("the table can not be had: {e}"));
    let mut all = Vec::new();
    for batch in reader {
        cjm_core::base::stop::heed();
        all.push(batch.map_err(failed)?);
    }
    let checked = cjm_core::base::par::map(all, |batch| cjm_io::arrow::checked_table(&batch));
    checked.into_iter().collect()
}

/// Rows of a dict of lists.
fn rows(columns: &Bound<'_, PyDict>) -> PyResult<Batch> {
    let py = columns.py();
    let mut builder = BatchBuilder::default();
    let mut lists = Vec::new();
    for (name, list) in columns.iter() {
        let Ok(name) = name.cast::<PyString>() else {
            return Err(error(py, ErrorCode::Argument, "the names of columns are text"));
        };
        let name = convert::text(name, "column")?;
        if list.is_instance_of::<PyString>() {
            let words = format!("the column `{name}` is a text; give a list");
            return Err(error(py, ErrorCode::Argument, words));
        }
        let cells: Vec<Bound<'_, PyAny>> = list.try_iter()?.collect::<PyResult<_>>()?;
        lists.push((builder.column(&name), name, cells));
    }
    let n = lists.first().map_or(0, |(_, _, cells)| cells.len());
    if let Some((_, name, cells)) = lists.iter().find(|(_, _, cells)| cells.len() != n) {
        let words = format!("the column `{name}` has {} rows, the first one has {n}", cells.len());
        return Err(error(py, ErrorCode::Argument, words));
    }
    for row in 0..n {
        builder.begin_row(row as u64 + 1);
        for (column, name, cells) in &lists {
            let Some(cell) = cells.get(row) else { continue };
            if !cell.is_none() {
                let cell = value(cell, name)?;
                builder.push(*column, cell.as_ref());
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
