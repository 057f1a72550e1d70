//! Event logs as Python objects: from files, tables and single events.
//!
//! Answers: a log, what was rejected and why. Does not know: what events mean.

use std::sync::Arc;

use cjm_core::base::stop;
use cjm_core::event::{EventLog as Inner, RejectedRows, log_of};
use cjm_core::{ErrorCode, Plan};
use cjm_io::Progress;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::blueprint::Blueprint;
use crate::call;
use crate::convert::counted;
use crate::errors::error;
use crate::options::{FileOptions, mapping, path};
use crate::table::Table;
use crate::tables_in;
use crate::value;

/// Events in columns, sorted by customer, then time. What blueprints study and replay.
///
/// Made by ``cjm.read_events``, ``EventLog.from_table``, ``EventLog.from_events`` or ``Blueprint.simulate``. It never
/// changes. ``len()`` is the number of events.
///
///     >>> log = cjm.EventLog.from_events([cart])
///     >>> log
///     <EventLog: 1 event of 1 customer from 2026-03-01T12:05:00Z to 2026-03-01T12:05:00Z>
///     >>> len(log), log.n_customers, log.n_rejected, log.event_names
///     (1, 1, 0, ['cart'])
///     >>> log.first
///     datetime.datetime(2026, 3, 1, 12, 5, tzinfo=datetime.timezone.utc)
#[pyclass(frozen, weakref, module = "cjm", name = "EventLog")]
pub(crate) struct EventLog {
    pub(crate) inner: Arc<Inner>,
    /// The blueprint whose types the events have.
    plan: Option<Arc<Plan>>,
}

impl EventLog {
    pub(crate) fn new(inner: Inner, blueprint: Option<&Blueprint>) -> Self {
        let plan = blueprint.and_then(|blueprint| blueprint.compiled().ok());
        Self { inner: Arc::new(inner), plan }
    }
}

#[pymethods]
impl EventLog {
    /// A log of a table: a data frame that speaks Arrow (pandas, polars, pyarrow, duckdb) or a dict of lists.
    ///
    /// ``customer``, ``event``, ``time``, ``source``, ``id``, ``channel`` and ``sequence`` name columns; ``identities``
    /// maps identity kinds to columns. Columns that nothing names become attributes, of them only ``attributes`` where
    /// given. ``event_name`` names every event of a table without such a column. Times without an offset are of
    /// ``zone``, else of the blueprint's; numbers as times count ``time_unit`` (``s``, ``ms``, ``us`` or ``ns``) since
    /// 1970, and what is finer than a microsecond is cut. With a ``blueprint`` attributes have their declared types.
    ///
    /// Rows that make no sense are counted, see ``rejected``; with ``strict`` the first of them, or of those that the
    /// blueprint does not declare, raises ``BadEventError`` or ``ConflictError`` with its row in ``line``. Raises
    /// ``ArgumentError`` for a column that is not there or contradicts another. Ctrl-C ends it.
    ///
    ///     >>> table = {"who": ["m1", "m2"], "what": ["cart", "paid"], "when": ["2026-03-01 12:05", "never"]}
    ///     >>> log = cjm.EventLog.from_table(table, customer="who", event="what", time="when", zone="UTC")
    ///     >>> log.n_events, log.n_rejected
    ///     (1, 1)
    #[staticmethod]
    #[pyo3(signature = (table, *, blueprint=None, **arguments))]
    #[pyo3(
        text_signature = "(table, *, customer=None, event=None, time=None, identities=None, event_name=None, time_unit=None, zone=None, source=None, id=None, channel=None, sequence=None, attributes=None, strict=False, blueprint=None)"
    )]
    fn from_table(
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        blueprint: Option<&Bound<'_, Blueprint>>,
        arguments: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = mapping(py, arguments)?;
        let own = blueprint.map(|blueprint| blueprint.get().inner.clone());
        let zone = options.zone.clone().or_else(|| own.as_ref()?.document().zone.clone());
        let table = tables_in::table(table, zone.as_ref())?;
        let log = call::long(py, move || {
            let document = own.as_ref().map(|blueprint| blueprint.document());
            let batches = table.batches(&options, document)?;
            cjm_io::log_of(batches, options, document)
        })?;
        Ok(Self::new(log, blueprint.map(|blueprint| blueprint.get())))
    }

    /// A log of single events in their order of arrival, each a dict or a ``cjm.Event`` as ``Engine.push`` takes them.
    ///
    /// With a ``blueprint`` attributes have their declared types, and times without an offset are of its zone; what
    /// does not fit is counted, see ``rejected``. Raises ``BadEventError`` for what is no event, ``LimitError`` for too
    /// large a one.
    ///
    ///     >>> events = [cart, cjm.Event("paid", "2026-03-01T12:20:00Z", {"member": "m1"})]
    ///     >>> cjm.EventLog.from_events(events, blueprint=blueprint)
    ///     <EventLog: 2 events of 1 customer from 2026-03-01T12:05:00Z to 2026-03-01T12:20:00Z>
    #[staticmethod]
    #[pyo3(signature = (events, *, blueprint=None))]
    fn from_events(
        py: Python<'_>,
        events: &Bound<'_, PyAny>,
        blueprint: Option<&Bound<'_, Blueprint>>,
    ) -> PyResult<Self> {
        let own = blueprint.map(|blueprint| blueprint.get().inner.clone());
        let zone = own.as_ref().and_then(|blueprint| blueprint.document().zone.clone());
        let all = call::each(events, |event| crate::event::event(&event, zone.as_ref()))?;
        let log = call::long(py, move || log_of(&all, own.as_ref().map(|blueprint| blueprint.document())))?;
        Ok(Self::new(log, blueprint.map(|blueprint| blueprint.get())))
    }

    /// How many events there are.
    #[getter]
    fn n_events(&self) -> usize {
        self.inner.n_events()
    }

    /// How many customers there are.
    #[getter]
    fn n_customers(&self) -> usize {
        self.inner.n_customers()
    }

    /// How many rows the source had: events, rejected rows and repeats.
    #[getter]
    fn n_rows_read(&self) -> u64 {
        self.inner.n_rows_read()
    }

    /// How many rows became no events and should have; repeats are not among them.
    #[getter]
    fn n_rejected(&self) -> u64 {
        self.inner.rejected().n_rejected()
    }

    /// Memory that it holds, in bytes.
    #[getter]
    fn n_bytes(&self) -> usize {
        self.inner.bytes()
    }

    /// When the earliest event happened, an aware datetime in UTC; ``None`` of an empty log.
    #[getter]
    fn first<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.first().map(|at| value::datetime(py, at)).transpose()
    }

    /// When the latest event happened, an aware datetime in UTC; ``None`` of an empty log.
    #[getter]
    fn last<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.last().map(|at| value::datetime(py, at)).transpose()
    }

    /// The names of its events, in the order in which they first arrived.
    #[getter]
    fn event_names(&self) -> Vec<&str> {
        self.inner.event_names().iter().map(|name| &**name).collect()
    }

    /// Rows that became no events, by reason and column: a ``Table``.
    ///
    /// Columns: ``reason`` (a stable name), ``column`` (empty where the whole row is meant), ``count``, ``message``,
    /// ``examples``: the first five, each with its ``line`` and ``text``.
    ///
    ///     >>> table = {"who": ["m1", "m2"], "what": ["cart", "paid"], "when": ["2026-03-01T12:05:00Z", "never"]}
    ///     >>> log = cjm.EventLog.from_table(table, customer="who", event="what", time="when")
    ///     >>> row = log.rejected()[0]
    ///     >>> row["reason"], row["column"], row["count"], row["examples"]
    ///     ('bad_time', 'when', 1, [{'line': 2, 'text': 'never'}])
    fn rejected(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.inner.rejected().rejected())
    }

    /// What else was counted while reading, by reason and column: repeats, what is not declared, what was left out.
    ///
    /// A ``Table`` with the columns of ``rejected``. No event is missing for it.
    ///
    ///     >>> [(row["reason"], row["count"], row["examples"][0]["text"]) for row in log.noticed()]
    ///     [('event_undeclared', 1, 'chat')]
    fn noticed(&self, py: Python<'_>) -> PyResult<Table> {
        let rows: Vec<RejectedRows> = self.inner.rejected().noticed();
        Table::of(py, &rows)
    }

    /// Event names that no touchpoint of any map takes, most events first: a ``Table``.
    ///
    /// Columns: ``event``, ``declared`` (whether the blueprint declares it), ``count``, ``customers``. ``blueprint`` is
    /// the one that the log was read with unless said; raises ``ArgumentError`` when there is none.
    ///
    ///     >>> log.unmapped().to_dicts()
    ///     [{'event': 'chat', 'declared': False, 'count': 1, 'customers': 1}]
    #[pyo3(signature = (blueprint=None))]
    fn unmapped(&self, py: Python<'_>, blueprint: Option<&Bound<'_, Blueprint>>) -> PyResult<Table> {
        let plan = match blueprint {
            Some(blueprint) => blueprint.get().plan(py)?,
            None => self.plan.clone().ok_or_else(|| {
                let words = "the log was read without a blueprint; give one, as in `log.unmapped(blueprint)`";
                error(py, ErrorCode::Argument, words)
            })?,
        };
        let log = self.inner.clone();
        Table::of(py, &call::long(py, move || Ok(plan.unmapped(&log)))?)
    }

    fn __len__(&self) -> usize {
        self.inner.n_events()
    }

    /// It never changes: a copy is the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __repr__(&self) -> String {
        let events = counted(self.inner.n_events(), "event");
        let customers = counted(self.inner.n_customers(), "customer");
        let span = self.inner.first().zip(self.inner.last());
        let span = span.map(|(first, last)| format!(" from {first} to {last}")).unwrap_or_default();
        format!("<EventLog: {events} of {customers}{span}>")
    }
}

/// A file of events as a log: see the package.
#[pyfunction]
#[pyo3(name = "_read_events", signature = (file, *, blueprint=None, format=None, delimiter=None, encoding=None,
    transition=None, progress=None, **arguments))]
#[expect(clippy::too_many_arguments, reason = "each is an argument of the call in Python")]
pub(crate) fn read_events(
    py: Python<'_>,
    file: &Bound<'_, PyAny>,
    blueprint: Option<&Bound<'_, Blueprint>>,
    format: Option<&str>,
    delimiter: Option<&str>,
    encoding: Option<&str>,
    transition: Option<String>,
    progress: Option<Py<PyAny>>,
    arguments: Option<&Bound<'_, PyDict>>,
) -> PyResult<EventLog> {
    let options = mapping(py, arguments)?;
    let own = blueprint.map(|blueprint| blueprint.get().inner.clone());
    let (path, how) = (path(file)?, FileOptions::of(py, format, delimiter, encoding, transition)?);
    let wanted = progress.is_some();
    let done = call::told(
        py,
        move |tell| {
            let mut report = |now: Progress| if wanted { tell(now) } else { stop::heed() };
            let reader = how.reader().progress(&mut report);
            let reader = match &own {
                Some(blueprint) => reader.blueprint(blueprint.document()),
                None => reader,
            };
            reader.read(&path, &options)
        },
        |py, Progress { bytes, total_bytes, rows }| match &progress {
            Some(callback) => callback.call1(py, (bytes, total_bytes, rows)).map(drop),
            None => Ok(()),
        },
    )?;
    Ok(EventLog::new(done, blueprint.map(|blueprint| blueprint.get())))
}
