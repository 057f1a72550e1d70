//! Replays as Python objects.
//!
//! Answers: what the rules would have done, as decisions and tables; two replays side by side. Does not know: how.

use std::sync::Arc;

use cjm_core::{Plan, Replay as Inner};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::convert::{self, counted};
use crate::decision::{self, Decision};
use crate::records;
use crate::table::Table;

/// What the rules would have done with a log: decisions, refusals, goals, tickets and what was still waiting.
///
/// Made by ``Blueprint.replay``. It never changes. ``len()`` is the number of decisions.
///
///     >>> replay
///     <Replay of 10 events: 2 decisions, 1 refusal, 1 ticket>
///     >>> [(decision.rule, decision.action, decision.target) for decision in replay.decisions]
///     [('forgot', 'call', 'remind'), ('sorry', 'ticket', 'care')]
///     >>> replay.n_events, replay.n_left_out, replay.errors
///     (10, 0, {})
///     >>> replay.tickets[0].queue
///     'care'
#[pyclass(frozen, weakref, module = "cjm", name = "Replay")]
pub(crate) struct Replay {
    pub(crate) inner: Arc<Inner>,
    pub(crate) plan: Arc<Plan>,
}

#[pymethods]
impl Replay {
    /// The decisions by due, customer, priority, order of the blueprint, item: a new list of ``Decision`` each time.
    #[getter]
    fn decisions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        decision::list(py, self.inner.decisions.clone())
    }

    /// How many decisions there are.
    #[getter]
    fn n_decisions(&self) -> usize {
        self.inner.decisions.len()
    }

    /// How many events were taken in.
    #[getter]
    fn n_events(&self) -> u64 {
        self.inner.n_events
    }

    /// How many events came after the instant up to which was replayed.
    #[getter]
    fn n_left_out(&self) -> u64 {
        self.inner.n_left_out
    }

    /// Events that could not be taken in: code of the error to (how many, the first message), by code.
    #[getter]
    fn errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (code, (n, message)) in &self.inner.errors {
            dict.set_item(*code, (*n, message.as_str()))?;
        }
        Ok(dict)
    }

    /// Tickets as they were at the end, by (opened, id): a list of ``Ticket``.
    #[getter]
    fn tickets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        records::record(py, &self.inner.tickets)
    }

    /// The decisions as a ``Table``, in their order.
    ///
    /// Columns: ``id``, ``rule``, ``identity``, ``customer``, ``key``, ``due``, ``step``, ``item``, ``action``,
    /// ``target``, ``channel``, ``purpose``, ``arguments`` (JSON text), ``arm``, ``applied``, ``events`` (each with
    /// ``source`` and ``id``), ``dimensions`` (JSON text).
    ///
    ///     >>> table = replay.to_table()
    ///     >>> table["customer"], table["arguments"]
    ///     (['m1', 'm1'], ['{"item":"tea"}', '{}'])
    fn to_table(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.decisions)
    }

    /// What was not done and why, by due and customer: a ``Table``.
    ///
    /// Columns: ``reason``, ``rule``, ``identity``, ``customer``, ``key``, ``due``, ``step``, ``item`` (null of a whole
    /// match), ``channel``.
    ///
    ///     >>> [(row["rule"], row["reason"], row["due"].hour) for row in replay.refusals()]
    ///     [('forgot', 'cool_down', 14)]
    fn refusals(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.refusals)
    }

    /// Goals that were met, by time and decision: a ``Table``.
    ///
    /// Columns: ``decision`` (its id), ``rule``, ``arm``, ``held_out`` (whether the customer got nothing), ``at``.
    ///
    ///     >>> [(row["rule"], row["at"].isoformat()) for row in replay.outcomes()]
    ///     [('forgot', '2026-03-01T15:00:00+00:00')]
    fn outcomes(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.outcomes)
    }

    /// What had not come about at the end, by due, customer and rule: a ``Table``.
    ///
    /// Columns: ``due``, ``identity``, ``customer``, ``rule``, ``key``.
    ///
    ///     >>> early = blueprint.replay(log, until="2026-03-01T12:20:00Z")
    ///     >>> [(row["rule"], row["customer"], row["due"].minute) for row in early.waiting()]
    ///     [('forgot', 'm1', 35)]
    ///     >>> len(replay.waiting())
    ///     0
    fn waiting(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.waiting)
    }

    /// Links between two identities that were refused, by time: a ``Table``.
    ///
    /// Columns: ``reason`` (``denied`` or ``max_links``), ``strong_identity`` and ``strong``, ``weak_identity`` and
    /// ``weak``, ``at``.
    ///
    ///     >>> [(row["reason"], row["strong"], row["weak"]) for row in replay.refused_links()]
    ///     [('denied', 'm3', 'kiosk')]
    fn refused_links(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.refused_links)
    }

    /// How often each rule was refused for each reason, by rule and reason: a ``Table``.
    ///
    /// Columns: ``rule``, ``reason``, ``n``.
    ///
    ///     >>> replay.refused().to_dicts()
    ///     [{'rule': 'forgot', 'reason': 'cool_down', 'n': 1}]
    fn refused(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.refused())
    }

    /// How many decisions are handed over, by day and channel: a ``Table`` of ``day``, ``channel`` and ``n``.
    ///
    /// Days are those of ``zone``, an IANA name, the blueprint's unless said; the channel of tickets and calls is
    /// empty. Tags, fields and events, which are applied at once, do not count. Raises ``ArgumentError`` for an unknown
    /// zone.
    ///
    ///     >>> [(row["day"].isoformat(), row["n"]) for row in replay.sent()]
    ///     [('2026-03-01', 2)]
    ///     >>> [(row["day"].isoformat(), row["n"]) for row in replay.sent(zone="Pacific/Auckland")]
    ///     [('2026-03-02', 2)]
    #[pyo3(signature = (*, zone=None))]
    fn sent(&self, py: Python<'_>, zone: Option<&str>) -> PyResult<Table> {
        let zone = match zone {
            Some(name) => convert::zone(py, name)?,
            None => self.plan.document.zone.clone().unwrap_or_else(cjm_core::Zone::utc),
        };
        Table::of(py, &self.inner.sent(&zone))
    }

    /// Pairs of rules that decided for the same customers, most customers first: a ``Table``.
    ///
    /// Columns: ``rule`` (the smaller id), ``other``, ``customers``.
    ///
    ///     >>> replay.overlap().to_dicts()
    ///     [{'rule': 'forgot', 'other': 'sorry', 'customers': 1}]
    fn overlap(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.overlap())
    }

    /// What a later replay of the same log, under another blueprint, decides differently: a ``ReplayDifference``.
    ///
    ///     >>> later = cjm.Blueprint.parse(blueprint.source.replace("for: 30m", "for: 1h"))
    ///     >>> difference = replay.diff(later.replay(log, until="end_of_waits"))
    ///     >>> difference.rules["rule"], difference.rules["gone"], difference.rules["new"]
    ///     (['forgot', 'sorry'], [1, 0], [1, 0])
    ///     >>> difference.decisions[0]
    ///     (<Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>, None)
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

    /// It never changes: a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __repr__(&self) -> String {
        let Inner { decisions, refusals, tickets, n_events, .. } = &*self.inner;
        let events = counted(n_events, "event");
        let parts = [
            counted(decisions.len(), "decision"),
            counted(refusals.len(), "refusal"),
            counted(tickets.len(), "ticket"),
        ];
        format!("<Replay of {events}: {}>", parts.join(", "))
    }
}
