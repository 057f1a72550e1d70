//! Decisions as Python objects.
//!
//! Answers: every part of a decision. Does not know: how it came about.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use cjm_core::outreach::DecisionId;
use cjm_core::{Decision as Inner, Error, ErrorCode};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::call;
use crate::convert;
use crate::errors::error;
use crate::records;
use crate::value;

/// Something to be done: what, for whom, when and why. Engines hand decisions out, replays list them.
///
/// It never changes. Two are equal when all their parts are; the hash is that of the id. It can be pickled.
///
///     >>> decision = replay.decisions[0]
///     >>> decision
///     <Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>
///     >>> decision.action, decision.target, decision.arguments
///     ('call', 'remind', {'item': 'tea'})
///     >>> decision.due.isoformat(), decision.customer, decision.events
///     ('2026-03-01T12:35:00+00:00', {'member': 'm1'}, [('web', 'e1')])
#[pyclass(frozen, weakref, module = "cjm", name = "Decision")]
pub(crate) struct Decision(pub(crate) Arc<Inner>);

/// Decisions as a list of objects.
pub(crate) fn list(py: Python<'_>, all: Vec<Inner>) -> PyResult<Bound<'_, PyList>> {
    call::list(py, all, |one| Bound::new(py, Decision(Arc::new(one))))
}

/// What a push of many came to: how many were taken in, their decisions, and what ended it early.
pub(crate) type Pushed = (usize, Vec<Inner>, Option<Error>);

/// The decisions of a push of many; where it ended early, the exception that says how far it came.
pub(crate) fn of_many<'py>(
    py: Python<'py>,
    (n, decisions, failed): Pushed,
    signal: Option<PyErr>,
) -> PyResult<Bound<'py, PyList>> {
    let decisions = list(py, decisions)?;
    let raised = match (failed, signal) {
        (_, Some(signal)) => signal,
        (Some(failed), None) => crate::errors::raise(py, &failed),
        (None, None) => return Ok(decisions),
    };
    let exception = raised.value(py);
    exception.setattr(intern!(py, "taken"), n)?;
    exception.setattr(intern!(py, "decisions"), decisions)?;
    Err(raised)
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
    /// Its id, 32 hex digits: the same for the same facts, on every machine and after every restart.
    #[getter]
    fn id(&self) -> String {
        self.0.id.to_string()
    }

    /// Id of the rule.
    #[getter]
    fn rule(&self) -> &str {
        &self.0.rule
    }

    /// For whom: the customer's key, as ``{"member": "m-1"}``.
    #[getter]
    fn customer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item(&*self.0.customer.kind, &*self.0.customer.value)?;
        Ok(dict)
    }

    /// The rule's key as text; ``None`` of a rule without one.
    #[getter]
    fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// When it is due: an aware datetime in UTC.
    #[getter]
    fn due<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value::datetime(py, self.0.due)
    }

    /// Which step of the rule, from 0.
    #[getter]
    fn step(&self) -> u32 {
        self.0.step
    }

    /// Which item of the step, from 0.
    #[getter]
    fn item(&self) -> u32 {
        self.0.item
    }

    /// What kind of thing it is.
    ///
    /// ``send`` a message, ``ask`` a survey, open a ``ticket``, ``call`` something that the host knows by name,
    /// ``tag``, ``untag``, ``set`` fields, ``emit`` an event of the engine's own, ``escalate`` a ticket that missed a
    /// limit, ``revoke`` an earlier decision of the same id, because an event that it rests on was taken back.
    #[getter]
    fn action(&self) -> &'static str {
        self.0.action.name()
    }

    /// The message, survey, queue, call, tag, field or event that it names.
    #[getter]
    fn target(&self) -> &str {
        &self.0.target
    }

    /// Id of the channel chosen; ``None`` of what does not reach the customer.
    #[getter]
    fn channel(&self) -> Option<&str> {
        self.0.channel.as_deref()
    }

    /// Id of the purpose; ``None`` of what does not reach the customer.
    #[getter]
    fn purpose(&self) -> Option<&str> {
        self.0.purpose.as_deref()
    }

    /// Names and values that come with it, in the blueprint's order; of a ticket its ``kind``. Amounts are ``Decimal``.
    #[getter]
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::named(py, &self.0.arguments)
    }

    /// The arm of the experiment; ``None`` where the rule serves none.
    #[getter]
    fn arm(&self) -> Option<&str> {
        self.0.arm.as_deref()
    }

    /// Whether it is done already: tags and fields are set at once and never handed over.
    #[getter]
    fn applied(&self) -> bool {
        self.0.applied
    }

    /// (source, id) of the events that it rests on, in the order of the match.
    #[getter]
    fn events(&self) -> Vec<(&str, &str)> {
        self.0.events.iter().map(|(source, id)| (&**source, &**id)).collect()
    }

    /// The dimensions that budgets are split by, each with its value.
    #[getter]
    fn dimensions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::named(py, &self.0.dimensions)
    }

    /// The decision as JSON text on one line, times as RFC 3339 text; what is not there is left out.
    ///
    ///     >>> print(replay.decisions[0].to_json())
    ///     {"id":"...","rule":"forgot","action":"call","target":"remind","customer":{"member":"m1"},...}
    fn to_json(&self) -> String {
        self.0.to_json().to_string()
    }

    /// The same as a dict.
    ///
    ///     >>> replay.decisions[0].to_dict()["events"]
    ///     [{'source': 'web', 'id': 'e1'}]
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
