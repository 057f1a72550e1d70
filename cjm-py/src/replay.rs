//! Replays as Python objects.
//!
//! Answers: what the rules would have done, as decisions and tables; two replays side by side. Does not know: how.

use std::sync::Arc;

use cjm_core::{Plan, Replay as Inner};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::convert;
use crate::decision::{self, Decision};
use crate::records;
use crate::table::Table;

/// What a replay gives. Frozen.
#[pyclass(frozen, module = "cjm", name = "Replay")]
pub(crate) struct Replay {
    pub(crate) inner: Arc<Inner>,
    pub(crate) plan: Arc<Plan>,
}

#[pymethods]
impl Replay {
    #[getter]
    fn decisions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        decision::list(py, self.inner.decisions.clone())
    }

    #[getter]
    fn n_decisions(&self) -> usize {
        self.inner.decisions.len()
    }

    #[getter]
    fn n_events(&self) -> u64 {
        self.inner.n_events
    }

    #[getter]
    fn n_left_out(&self) -> u64 {
        self.inner.n_left_out
    }

    /// Events that could not be taken in: by code, how many and the first message.
    #[getter]
    fn errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (code, (n, message)) in &self.inner.errors {
            dict.set_item(*code, (*n, message.as_str()))?;
        }
        Ok(dict)
    }

    #[getter]
    fn tickets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        records::record(py, &self.inner.tickets)
    }

    fn to_table(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.decisions)
    }

    fn refusals(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.refusals)
    }

    fn outcomes(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.outcomes)
    }

    fn waiting(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.waiting)
    }

    fn refused_links(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.refused_links)
    }

    fn refused(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.refused())
    }

    /// What is handed over, by day in a zone and channel.
    #[pyo3(signature = (*, zone=None))]
    fn sent(&self, py: Python<'_>, zone: Option<&str>) -> PyResult<Table> {
        let zone = match zone {
            Some(name) => convert::zone(py, name)?,
            None => self.plan.document.zone.clone().unwrap_or_else(cjm_core::Zone::utc),
        };
        Table::of(py, &self.inner.sent(&zone))
    }

    fn overlap(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.overlap())
    }

    /// What a later replay of the same log decides differently.
    fn diff<'py>(&self, py: Python<'py>, later: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let later = later.get().inner.clone();
        let difference = py.detach(|| self.inner.diff(&later));
        let one = |decision: Option<cjm_core::Decision>| -> PyResult<Option<Bound<'py, Decision>>> {
            decision.map(|decision| Bound::new(py, Decision(Arc::new(decision)))).transpose()
        };
        let pairs: PyResult<Vec<_>> =
            difference.decisions.into_iter().map(|pair| Ok((one(pair.before)?, one(pair.after)?))).collect();
        let class = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "ReplayDifference"))?;
        let rules = Bound::new(py, Table::of(py, &difference.rules)?)?;
        let refused = Bound::new(py, Table::of(py, &difference.refused)?)?;
        class.call1((rules, refused, PyList::new(py, pairs?)?))
    }

    fn __len__(&self) -> usize {
        self.inner.decisions.len()
    }

    fn __repr__(&self) -> String {
        let Inner { decisions, refusals, tickets, n_events, .. } = &*self.inner;
        let (d, r, t) = (decisions.len(), refusals.len(), tickets.len());
        format!("<Replay of {n_events} events: {d} decisions, {r} refusals, {t} tickets>")
    }
}
