//! Tables that answers come in: rows and columns with the Arrow C stream, for any data frame library.
//!
//! Answers: rows, columns, slices, exports. Does not know: what the columns mean.

use arrow_array::{Array, RecordBatch, cast::AsArray, types};
use arrow_schema::{DataType, TimeUnit};
use cjm_core::{Date, ErrorCode, Timestamp};
use cjm_io::tables::Rows;
use pyo3::exceptions::{PyIndexError, PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList, PySlice, PyString, PyTuple};
use pyo3_arrow::ffi::to_schema_pycapsule;

use crate::call;
use crate::convert;
use crate::errors::{OrRaise, error};
use crate::value;

/// Rows shown in a notebook.
const SHOWN: usize = 20;

/// Rows with named, typed columns: what answers over many customers come in.
///
/// It never changes; two are equal when all columns are; it can be pickled. ``table["name"]`` is a column as a list,
/// ``table[0]`` a row as a dict, ``table[1:3]`` a table of those rows; ``len()`` is the number of rows, iterating gives
/// them as dicts, and a table without rows is false. Times are aware datetimes in UTC, what is not known is ``None``.
/// It speaks Arrow (``__arrow_c_stream__``): data frame libraries take it as it is.
///
///     >>> table = study.lifecycle()
///     >>> table.shape, table.columns[:4]
///     ((2, 10), ['state', 'by', 'value', 'customers'])
///     >>> table["state"]
///     ['guest', 'buyer']
///     >>> table[-1]["customers"]
///     2
///     >>> replay.refused()
///     Table: 1 rows, 3 columns
///     rule | reason | n
///     forgot | cool_down | 1
#[pyclass(frozen, weakref, module = "cjm", name = "Table", sequence)]
pub(crate) struct Table(RecordBatch);

impl Table {
    /// The table of rows.
    pub(crate) fn of<R: Rows>(py: Python<'_>, rows: &[R]) -> PyResult<Self> {
        call::caught(py, || R::table(rows).map(Self).or_raise(py))
    }

    fn cell<'py>(&self, py: Python<'py>, column: usize, row: usize) -> PyResult<Bound<'py, PyAny>> {
        cell(py, self.0.column(column).as_ref(), row)
    }

    fn names(&self) -> Vec<&str> {
        self.0.schema_ref().fields().iter().map(|field| field.name().as_str()).collect()
    }

    fn row<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (column, name) in self.names().into_iter().enumerate() {
            dict.set_item(PyString::intern(py, name), self.cell(py, column, row)?)?;
        }
        Ok(dict)
    }

    fn list<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyList>> {
        let place = self.0.schema_ref().index_of(name).map_err(|_| {
            let near = cjm_core::base::ids::nearest(name, self.names());
            let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            PyKeyError::new_err(format!("there is no column `{name}`{help}"))
        })?;
        let cells: PyResult<Vec<_>> = (0..self.0.num_rows()).map(|row| self.cell(py, place, row)).collect();
        PyList::new(py, cells?)
    }

    /// The place of an index that may count from the end.
    fn place(&self, index: isize) -> PyResult<usize> {
        let n = self.0.num_rows();
        let place = if index < 0 { n.checked_add_signed(index) } else { usize::try_from(index).ok() };
        place
            .filter(|place| *place < n)
            .ok_or_else(|| PyIndexError::new_err(format!("there is no row {index}; the table has {n}")))
    }

    fn drawn(&self, py: Python<'_>, row: usize) -> PyResult<Vec<String>> {
        let texts = (0..self.0.num_columns()).map(|column| {
            let cell = self.cell(py, column, row)?;
            if cell.is_none() { Ok(String::new()) } else { Ok(cell.str()?.to_cow()?.into_owned()) }
        });
        texts.collect()
    }
}

#[pymethods]
impl Table {
    /// Names of the columns, in order.
    #[getter]
    fn columns(&self) -> Vec<&str> {
        self.names()
    }

    /// (rows, columns).
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.0.num_rows(), self.0.num_columns())
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    fn __bool__(&self) -> bool {
        self.0.num_rows() > 0
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.to_dicts(py)?.try_iter()?.into_any())
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(name) = key.cast::<PyString>() {
            return Ok(self.list(py, &convert::text(name, "column")?)?.into_any());
        }
        if let Ok(slice) = key.cast::<PySlice>() {
            let places = slice.indices(isize::try_from(self.0.num_rows()).unwrap_or(isize::MAX))?;
            if places.step != 1 {
                let words = "a slice of a table has no step; use to_polars or to_pandas for that";
                return Err(error(py, ErrorCode::Argument, words));
            }
            let from = usize::try_from(places.start).unwrap_or(0);
            let sliced = Self(self.0.slice(from, places.slicelength));
            return Ok(Bound::new(py, sliced)?.into_any());
        }
        let Ok(index) = key.extract::<isize>() else {
            return Err(PyTypeError::new_err(
                "a table is asked by a column's name, a row's index or a slice",
            ));
        };
        Ok(self.row(py, self.place(index)?)?.into_any())
    }

    /// Every row as a dict, in order.
    ///
    ///     >>> replay.refused().to_dicts()
    ///     [{'rule': 'forgot', 'reason': 'cool_down', 'n': 1}]
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows: PyResult<Vec<_>> = (0..self.0.num_rows()).map(|row| self.row(py, row)).collect();
        PyList::new(py, rows?)
    }

    /// Every column as a list, by name.
    ///
    ///     >>> replay.refused().to_dict()
    ///     {'rule': ['forgot'], 'reason': ['cool_down'], 'n': [1]}
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for name in self.names() {
            dict.set_item(name, self.list(py, name)?)?;
        }
        Ok(dict)
    }

    /// The table as a ``polars.DataFrame``. Raises ``ImportError`` without polars.
    ///
    ///     >>> replay.refused().to_polars().shape
    ///     (1, 3)
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("polars")?.getattr("DataFrame")?.call1((slf,))
    }

    /// The table as a ``pyarrow.Table``. Raises ``ImportError`` without pyarrow.
    ///
    ///     >>> replay.refused().to_arrow().column_names
    ///     ['rule', 'reason', 'n']
    fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("pyarrow")?.getattr("table")?.call1((slf,))
    }

    /// The table as a ``pandas.DataFrame``, by way of pyarrow where it is there. Raises ``ImportError`` without pandas.
    ///
    ///     >>> replay.refused().to_pandas().shape
    ///     (1, 3)
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let frame = py.import("pandas")?.getattr("DataFrame")?;
        if py.import("pyarrow").is_ok() {
            return Self::to_arrow(slf)?.call_method0("to_pandas");
        }
        frame.call1((slf.get().to_dict(py)?,))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let schema = self.0.schema();
        let table = pyo3_arrow::PyTable::try_new(vec![self.0.clone()], schema)?.into_pyobject(py)?;
        table.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(to_schema_pycapsule(py, self.0.schema_ref().as_ref())?.into_any())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().0 == self.0)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (rows, columns) = self.shape();
        let mut lines = vec![format!("Table: {rows} rows, {columns} columns"), self.names().join(" | ")];
        for row in 0..rows.min(SHOWN) {
            lines.push(self.drawn(py, row)?.join(" | "));
        }
        if rows > SHOWN {
            lines.push(format!("... and {} more", rows - SHOWN));
        }
        Ok(lines.join("\n"))
    }

    pub(crate) fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let cells = |tag: &str, texts: &[String]| -> String {
            texts.iter().map(|text| format!("<{tag}>{}</{tag}>", escaped(text))).collect()
        };
        let names: Vec<String> = self.names().into_iter().map(str::to_owned).collect();
        let mut rows = String::new();
        for row in 0..self.0.num_rows().min(SHOWN) {
            rows.push_str(&format!("<tr>{}</tr>", cells("td", &self.drawn(py, row)?)));
        }
        let n = self.0.num_rows();
        let note =
            if n > SHOWN { format!("<p>{n} rows, the first {SHOWN} shown</p>") } else { String::new() };
        let head = cells("th", &names);
        Ok(format!("<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let bytes = PyBytes::new(py, &crate::tables_in::bytes_of(py, &slf.get().0)?);
        crate::records::restored(py, "Table", bytes)
    }

    #[staticmethod]
    fn _from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        crate::tables_in::of_bytes(py, bytes).map(Self)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The object of a cell.
fn cell<'py>(py: Python<'py>, array: &dyn Array, row: usize) -> PyResult<Bound<'py, PyAny>> {
    if array.is_null(row) {
        return Ok(py.None().into_bound(py));
    }
    Ok(match array.data_type() {
        DataType::Utf8 => PyString::new(py, array.as_string::<i32>().value(row)).into_any(),
        DataType::UInt64 => {
            array.as_primitive::<types::UInt64Type>().value(row).into_pyobject(py)?.into_any()
        }
        DataType::UInt32 => {
            array.as_primitive::<types::UInt32Type>().value(row).into_pyobject(py)?.into_any()
        }
        DataType::Int64 => array.as_primitive::<types::Int64Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::Float64 => {
            array.as_primitive::<types::Float64Type>().value(row).into_pyobject(py)?.into_any()
        }
        DataType::Boolean => array.as_boolean().value(row).into_pyobject(py)?.to_owned().into_any(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let us = array.as_primitive::<types::TimestampMicrosecondType>().value(row);
            value::datetime(py, Timestamp::saturating(us))?
        }
        DataType::Date32 => {
            let days = array.as_primitive::<types::Date32Type>().value(row);
            value::date(py, Date::from_days(i64::from(days)))?
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            let all: PyResult<Vec<_>> = (0..items.len()).map(|item| cell(py, items.as_ref(), item)).collect();
            PyList::new(py, all?)?.into_any()
        }
        DataType::Struct(_) => {
            let fields = array.as_struct();
            let dict = PyDict::new(py);
            for (name, column) in fields.column_names().into_iter().zip(fields.columns()) {
                dict.set_item(name, cell(py, column.as_ref(), row)?)?;
            }
            dict.into_any()
        }
        other => return Err(error(py, ErrorCode::Internal, format!("a table has no columns of {other}"))),
    })
}
