//! Errors of the engine as exceptions of the package, by the one error table.
//!
//! Answers: the exception of an error with its code, place, help and findings. Does not know: the classes, which are
//! written in Python and found by their code.

use cjm_core::{Error, ErrorCode, Language};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::records;

/// The exception of an error.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    made(py, error).unwrap_or_else(|failed| failed)
}

fn made(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let classes = py.import(intern!(py, "cjm._errors"))?.getattr(intern!(py, "BY_CODE"))?;
    let class = classes.get_item(error.code().slug())?;
    let details = PyDict::new(py);
    if let Some(finding) = error.finding() {
        if !finding.path.is_empty() {
            details.set_item(intern!(py, "path"), &finding.path)?;
        }
        if finding.position.line > 0 {
            details.set_item(intern!(py, "line"), finding.position.line)?;
            details.set_item(intern!(py, "column"), finding.position.column)?;
        }
        let help = finding.help(Language::En);
        if !help.is_empty() {
            details.set_item(intern!(py, "help"), help)?;
        }
    }
    if let Some(row) = error.row() {
        details.set_item(intern!(py, "line"), row)?;
    }
    if !error.findings().is_empty() {
        let findings = records::record(py, error.findings())?.cast_into::<pyo3::types::PyList>()?;
        details.set_item(intern!(py, "findings"), findings.to_tuple())?;
    }
    let instance = class.call((error.message(),), Some(&details))?;
    Ok(PyErr::from_value(instance))
}

/// The class of all exceptions of the package.
pub(crate) fn class(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import(intern!(py, "cjm._errors"))?.getattr(intern!(py, "CjmError"))
}

/// An error of a kind with a message.
pub(crate) fn error(py: Python<'_>, code: ErrorCode, message: impl Into<String>) -> PyErr {
    raise(py, &Error::new(code, message))
}

/// Results of the engine as Python's.
pub(crate) trait OrRaise<T> {
    /// The value, or the exception of the error.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for cjm_core::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raise(py, &error))
    }
}

/// Every error of the one table, by number: (code, number, meaning).
///
///     >>> cjm._cjm.error_codes()[0]
///     ('blueprint', 1, 'the blueprint has errors; `check` lists them')
#[pyfunction]
pub(crate) fn error_codes(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    let rows: Vec<_> =
        ErrorCode::ALL.iter().map(|code| (code.slug(), code.number(), code.meaning())).collect();
    PyTuple::new(py, rows)
}
