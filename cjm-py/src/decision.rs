//! Decisions as Python objects.
//!
//! Answers: every part of a decision. Does not know: how it came about.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use cjm_core::outreach::DecisionId;
use cjm_core::{Decision as Inner, ErrorCode};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::convert;
use crate::errors::error;
use crate::records;
use crate::value;

/// Something to be done. Frozen; equal when all parts are.
#[pyclass(frozen, module = "cjm", name = "Decision")]
pub(crate) struct Decision(pub(crate) Arc<Inner>);

/// Decisions as a list of objects.
pub(crate) fn list(py: Python<'_>, all: Vec<Inner>) -> PyResult<Bound<'_, PyList>> {
    let objects: PyResult<Vec<_>> =
        all.into_iter().map(|one| Bound::new(py, Decision(Arc::new(one)))).collect();
    PyList::new(py, objects?)
}

/// The id of a decision: its text, or the decision itself.
pub(crate) fn id_of(object: &Bound<'_, PyAny>) -> PyResult<DecisionId> {
    if let Ok(decision) = object.cast::<Decision>() {
        return Ok(decision.get().0.id);
    }
    let py = object.py();
    let Ok(text) = object.cast::<PyString>() else {
        return Err(error(py, ErrorCode::Argument, "the id of a decision is text"));
    };
    let text = convert::text(text, "decision")?;
    text.parse().map_err(|e| crate::errors::raise(py, &e))
}

#[pymethods]
impl Decision {
    #[getter]
    fn id(&self) -> String {
        self.0.id.to_string()
    }

    #[getter]
    fn rule(&self) -> &str {
        &self.0.rule
    }

    #[getter]
    fn customer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item(&*self.0.customer.kind, &*self.0.customer.value)?;
        Ok(dict)
    }

    #[getter]
    fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    #[getter]
    fn due<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value::datetime(py, self.0.due)
    }

    #[getter]
    fn step(&self) -> u32 {
        self.0.step
    }

    #[getter]
    fn item(&self) -> u32 {
        self.0.item
    }

    #[getter]
    fn action(&self) -> &'static str {
        self.0.action.name()
    }

    #[getter]
    fn target(&self) -> &str {
        &self.0.target
    }

    #[getter]
    fn channel(&self) -> Option<&str> {
        self.0.channel.as_deref()
    }

    #[getter]
    fn purpose(&self) -> Option<&str> {
        self.0.purpose.as_deref()
    }

    #[getter]
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::named(py, &self.0.arguments)
    }

    #[getter]
    fn arm(&self) -> Option<&str> {
        self.0.arm.as_deref()
    }

    #[getter]
    fn applied(&self) -> bool {
        self.0.applied
    }

    #[getter]
    fn events(&self) -> Vec<(&str, &str)> {
        self.0.events.iter().map(|(source, id)| (&**source, &**id)).collect()
    }

    #[getter]
    fn dimensions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::named(py, &self.0.dimensions)
    }

    fn to_json(&self) -> String {
        self.0.to_json().to_string()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        records::plain(py, &self.0.to_json())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().0 == self.0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.id.hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let Inner { rule, action, target, customer, due, .. } = &*self.0;
        let channel = self.0.channel.as_ref().map(|channel| format!(" by {channel}")).unwrap_or_default();
        format!(
            "<Decision {rule}: {action} {target}{channel} to {}={} at {due}>",
            customer.kind, customer.value
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let failed = |e: serde_json::Error| error(py, ErrorCode::Format, e.to_string());
        let bytes = serde_json::to_vec(&*slf.get().0).map_err(failed)?;
        records::restored(py, "Decision", PyBytes::new(py, &bytes))
    }

    #[staticmethod]
    fn _from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        let failed =
            |e: serde_json::Error| error(py, ErrorCode::State, format!("the bytes are no decision: {e}"));
        serde_json::from_slice(bytes).map(|inner| Self(Arc::new(inner))).map_err(failed)
    }
}
