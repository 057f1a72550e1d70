//! The live engine as a Python object: events in, decisions out.
//!
//! Answers: every call of the engine, one at a time, whatever threads ask. Does not know: clocks and files.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cjm_core::blueprint::model::Edit;
use cjm_core::event::{Batch, BatchEvents, Options};
use cjm_core::install::Policy;
use cjm_core::{AckOutcome, Decision, Engine as Inner, Error, ErrorCode, Event, Result, Timestamp, Zone};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::blueprint::{Blueprint, explained, key};
use crate::call::{self, lock};
use crate::convert;
use crate::decision::{self, id_of};
use crate::errors::{OrRaise, error, raise};
use crate::event::{Answered, answer, event};
use crate::options::mapping;
use crate::records;
use crate::table::Table;
use crate::tables_in::{self, TableIn};
use crate::value;

/// Rows of a table that are turned into events at once.
const PIECE: usize = 8_192;

/// A live engine. Calls from several threads take turns.
#[pyclass(frozen, module = "cjm", name = "Engine")]
pub(crate) struct Engine {
    blueprint: Mutex<Py<Blueprint>>,
    inner: Arc<Mutex<Inner>>,
    /// The blueprint's zone: of times without an offset.
    zone: Mutex<Option<Zone>>,
}

impl Engine {
    fn new(blueprint: &Bound<'_, Blueprint>, inner: Inner) -> Self {
        Self {
            blueprint: Mutex::new(blueprint.clone().unbind()),
            inner: Arc::new(Mutex::new(inner)),
            zone: Mutex::new(blueprint.get().zone().cloned()),
        }
    }

    /// Does something with the engine, without the interpreter's lock.
    fn with<T: Send>(&self, py: Python<'_>, f: impl FnOnce(&mut Inner) -> Result<T> + Send) -> PyResult<T> {
        call::short(py, || f(&mut lock(&self.inner)))
    }

    fn time(&self, at: &Bound<'_, PyAny>, what: &str) -> PyResult<Timestamp> {
        let zone = lock(&self.zone).clone();
        convert::instant(at, zone.as_ref(), what)
    }

    fn some_time(&self, at: Option<&Bound<'_, PyAny>>, what: &str) -> PyResult<Option<Timestamp>> {
        at.filter(|at| !at.is_none()).map(|at| self.time(at, what)).transpose()
    }
}

/// What a push of many came to: how many were taken in, their decisions, and what ended it early.
type Pushed = (usize, Vec<Decision>, Option<Error>);

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (blueprint, *, hot=None))]
    fn make(py: Python<'_>, blueprint: &Bound<'_, Blueprint>, hot: Option<usize>) -> PyResult<Self> {
        let inner = Inner::new(blueprint.get().plan(py)?);
        let inner = match hot {
            Some(0) => return Err(error(py, ErrorCode::Argument, "`hot` is 1 at least")),
            Some(hot) => inner.with_hot(hot),
            None => inner,
        };
        Ok(Self::new(blueprint, inner))
    }

    /// An engine as a snapshot has it, under a blueprint.
    #[staticmethod]
    fn restore(py: Python<'_>, blueprint: &Bound<'_, Blueprint>, snapshot: &[u8]) -> PyResult<Self> {
        let plan = blueprint.get().plan(py)?;
        let bytes = snapshot.to_vec();
        let inner = call::long(py, move |_| Inner::restore(plan, &bytes))?;
        Ok(Self::new(blueprint, inner))
    }

    /// The whole engine as bytes.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let inner = self.inner.clone();
        let bytes = call::long(py, move |_| Ok(lock(&inner).snapshot()))?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[getter]
    fn blueprint(&self, py: Python<'_>) -> Py<Blueprint> {
        lock(&self.blueprint).clone_ref(py)
    }

    #[pyo3(signature = (event, *, now=None))]
    fn push<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyAny>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let zone = lock(&self.zone).clone();
        let event = crate::event::event(event, zone.as_ref())?;
        let now = self.some_time(now, "now")?;
        let decisions = self.with(py, |engine| match now {
            Some(now) => engine.push_at(&event, now),
            None => engine.push(&event),
        })?;
        decision::list(py, decisions)
    }

    /// Takes many events in: single ones, or a table with what its columns mean.
    #[pyo3(signature = (events, **arguments))]
    #[pyo3(
        text_signature = "($self, events, *, customer=None, event=None, time=None, identities=None, event_name=None, time_unit=None, zone=None, source=None, id=None, channel=None, sequence=None, attributes=None)"
    )]
    fn push_many<'py>(
        &self,
        py: Python<'py>,
        events: &Bound<'py, PyAny>,
        arguments: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let inner = self.inner.clone();
        let zone = lock(&self.zone).clone();
        let (n, decisions, failed) = match arguments {
            Some(_) => {
                let options = mapping(py, arguments)?;
                let table = tables_in::table(events)?;
                let document = lock(&self.blueprint).get().inner.clone();
                call::long(py, move |wish| {
                    let batches = match table {
                        TableIn::Rows(rows) => vec![*rows],
                        TableIn::Arrow(reader) => {
                            let tables = tables_in::batches(reader)?;
                            cjm_io::arrow::batches(
                                tables.into_iter().map(Ok),
                                &options,
                                Some(document.document()),
                            )?
                        }
                    };
                    push_rows(&inner, &batches, (&options, &document), wish)
                })?
            }
            None => {
                let mut all = Vec::new();
                for one in events.try_iter()? {
                    all.push(event(&one?, zone.as_ref())?);
                }
                call::long(py, move |wish| Ok(push_all(&mut lock(&inner), all.into_iter().map(Ok), wish)))?
            }
        };
        let decisions = decision::list(py, decisions)?;
        let Some(failed) = failed else { return Ok(decisions) };
        let raised = raise(py, &failed);
        let exception = raised.value(py);
        exception.setattr(intern!(py, "taken"), n)?;
        exception.setattr(intern!(py, "decisions"), decisions)?;
        Err(raised)
    }

    #[pyo3(signature = (survey, values, *, customer, at, id=None, source=None, channel=None))]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the call in Python")]
    fn answer<'py>(
        &self,
        py: Python<'py>,
        survey: &Bound<'py, PyString>,
        values: &Bound<'py, PyAny>,
        customer: &Bound<'py, PyAny>,
        at: &Bound<'py, PyAny>,
        id: Option<&Bound<'py, PyAny>>,
        source: Option<&Bound<'py, PyAny>>,
        channel: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let at = self.time(at, "at")?;
        let answer = answer(&Answered { survey, values, customer, at, id, source, channel })?;
        decision::list(py, self.with(py, |engine| engine.answer(&answer))?)
    }

    fn advance<'py>(&self, py: Python<'py>, now: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let now = self.time(now, "now")?;
        let inner = self.inner.clone();
        let idle = self.with(py, |engine| Ok(engine.next_due().is_none_or(|due| due > now)))?;
        let decisions = if idle {
            self.with(py, |engine| Ok(engine.advance(now)))?
        } else {
            call::long(py, move |_| Ok(lock(&inner).advance(now)))?
        };
        decision::list(py, decisions)
    }

    #[pyo3(signature = (decision, outcome, *, at=None))]
    fn ack<'py>(
        &self,
        py: Python<'py>,
        decision: &Bound<'py, PyAny>,
        outcome: &str,
        at: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let id = id_of(decision)?;
        let outcome: AckOutcome = outcome.parse().or_raise(py)?;
        let at = self.some_time(at, "at")?;
        decision::list(py, self.with(py, |engine| engine.ack(id, outcome, at))?)
    }

    fn retract<'py>(
        &self,
        py: Python<'py>,
        customer: &Bound<'py, PyAny>,
        source: &str,
        id: &str,
    ) -> PyResult<Bound<'py, PyList>> {
        let key = key(py, customer)?;
        decision::list(py, self.with(py, |engine| engine.retract(&key, source, id))?)
    }

    #[pyo3(signature = (decision, *, now=None))]
    fn still_valid(
        &self,
        py: Python<'_>,
        decision: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let (id, now) = (id_of(decision)?, self.some_time(now, "now")?);
        self.with(py, |engine| engine.still_valid(id, now))
    }

    /// What speaks against a decision going out now.
    #[pyo3(signature = (decision, *, now=None))]
    fn objection(
        &self,
        py: Python<'_>,
        decision: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<&'static str>> {
        let (id, now) = (id_of(decision)?, self.some_time(now, "now")?);
        let reason = self.with(py, |engine| engine.objection(id, now))?;
        Ok(reason.map(|reason| reason.name()))
    }

    fn outbox<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        decision::list(py, self.with(py, |engine| Ok(engine.outbox().cloned().collect()))?)
    }

    fn next_due<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let due = self.with(py, |engine| Ok(engine.next_due()))?;
        due.map(|due| value::datetime(py, due)).transpose()
    }

    fn now<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let now = self.with(py, |engine| Ok(engine.now()))?;
        now.map(|now| value::datetime(py, now)).transpose()
    }

    #[getter]
    fn n_customers(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |engine| Ok(engine.n_customers()))
    }

    #[getter]
    fn n_late(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |engine| Ok(engine.n_late()))
    }

    /// Everything known of a customer.
    fn customer<'py>(&self, py: Python<'py>, customer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let key = key(py, customer)?;
        let view = self.with(py, |engine| engine.view(&key).ok_or_else(|| unknown(&key)))?;
        records::record(py, &view)
    }

    #[pyo3(signature = (customer, *, language=None))]
    fn brief<'py>(
        &self,
        py: Python<'py>,
        customer: &Bound<'py, PyAny>,
        language: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let language = lock(&self.blueprint).get().language(py, language)?;
        let key = key(py, customer)?;
        let brief = self.with(py, |engine| engine.brief(&key, language))?;
        records::record(py, &brief)
    }

    #[pyo3(signature = (customer, rule, *, at=None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        customer: &Bound<'py, PyAny>,
        rule: &str,
        at: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (key, at) = (key(py, customer)?, self.some_time(at, "at")?);
        let (explanation, plan) =
            self.with(py, |engine| Ok((engine.explain(&key, rule, at)?, engine.plan().clone())))?;
        explained(py, &plan, &explanation)
    }

    fn tickets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        records::record(py, &self.with(py, |engine| Ok(engine.tickets()))?)
    }

    #[pyo3(signature = (customer=None))]
    fn refusals(&self, py: Python<'_>, customer: Option<&Bound<'_, PyAny>>) -> PyResult<Table> {
        let key = customer.map(|customer| key(py, customer)).transpose()?;
        let rows = self.with(py, |engine| {
            Ok(match &key {
                Some(key) => engine.refusals_of(key).collect(),
                None => engine.refusals(),
            })
        })?;
        Table::of(py, &rows)
    }

    /// How often each rule was refused for each reason, ever.
    fn refused<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = self.with(py, |engine| Ok(engine.refused().clone()))?;
        let dict = PyDict::new(py);
        for ((rule, reason), n) in all {
            dict.set_item((&*rule, &*reason), n)?;
        }
        Ok(dict)
    }

    /// Takes the goals that were met since the last call.
    fn take_outcomes(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.with(py, |engine| Ok(engine.take_outcomes()))?)
    }

    fn refused_links(&self, py: Python<'_>) -> PyResult<Table> {
        let rows: Vec<_> = self.with(py, |engine| Ok(engine.refused_links().cloned().collect()))?;
        Table::of(py, &rows)
    }

    /// Forgets a customer. Whether there was one.
    fn erase(&self, py: Python<'_>, customer: &Bound<'_, PyAny>) -> PyResult<bool> {
        let key = key(py, customer)?;
        self.with(py, |engine| Ok(engine.erase(&key)))
    }

    /// Goes on under another blueprint.
    #[pyo3(signature = (blueprint, *, stages=None, edits=None, preview=false))]
    fn install<'py>(
        &self,
        py: Python<'py>,
        blueprint: &Bound<'py, Blueprint>,
        stages: Option<BTreeMap<String, String>>,
        edits: Option<BTreeMap<String, String>>,
        preview: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let plan = blueprint.get().plan(py)?;
        let mut policy = Policy { stages: stages.unwrap_or_default(), edits: BTreeMap::new() };
        for (rule, name) in edits.unwrap_or_default() {
            policy.edits.insert(rule, edit(py, &name)?);
        }
        let inner = self.inner.clone();
        let installed = call::long(py, move |_| {
            let mut engine = lock(&inner);
            if preview { engine.preview(&plan, &policy) } else { engine.install(&plan, &policy) }
        })?;
        if !preview {
            *lock(&self.zone) = blueprint.get().zone().cloned();
            let before = std::mem::replace(&mut *lock(&self.blueprint), blueprint.clone().unbind());
            before.drop_ref(py);
        }
        records::record(py, &installed)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (n, waiting, now) =
            self.with(py, |engine| Ok((engine.n_customers(), engine.outbox().count(), engine.now())))?;
        let id = lock(&self.blueprint).get().inner.document().id.clone();
        let now = now.map(|now| format!(" at {now}")).unwrap_or_default();
        Ok(format!("<Engine of {id}: {n} customers, {waiting} decisions waiting{now}>"))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let class = py.get_type::<Self>().getattr("restore")?;
        let blueprint = slf.get().blueprint(py);
        (class, (blueprint, slf.get().snapshot(py)?)).into_pyobject(py)
    }
}

fn unknown(key: &cjm_core::customer::identity::IdentityKey) -> Error {
    Error::new(ErrorCode::NotFound, format!("nobody is known as `{}` `{}`", key.kind, key.value))
}

fn edit(py: Python<'_>, name: &str) -> PyResult<Edit> {
    Ok(match name {
        "migrate" => Edit::Migrate,
        "pin" => Edit::Pin,
        "restart" => Edit::Restart,
        "drain" => Edit::Drain,
        other => {
            let words = format!("`{other}` is no edit; give migrate, pin, restart or drain");
            return Err(error(py, ErrorCode::Argument, words));
        }
    })
}

/// Pushes events one after the other, until one errs or somebody asks to stop: what was taken in stays so.
fn push_all(
    engine: &mut Inner,
    events: impl Iterator<Item = Result<Event>>,
    wish: &cjm_core::base::stop::Stop,
) -> Pushed {
    let mut all = Vec::new();
    let mut n = 0;
    for event in events {
        if wish.is_asked() {
            break;
        }
        match event.and_then(|event| engine.push(&event)) {
            Ok(mut decisions) => all.append(&mut decisions),
            Err(error) => return (n, all, Some(error)),
        }
        n += 1;
    }
    (n, all, None)
}

/// Pushes the rows of batches, piece by piece: the next rows become events while the engine takes these in.
fn push_rows(
    engine: &Mutex<Inner>,
    batches: &[Batch],
    (options, blueprint): (&Options, &cjm_core::Blueprint),
    wish: &cjm_core::base::stop::Stop,
) -> Result<Pushed> {
    let mut held = lock(engine);
    let engine = &mut *held;
    let (mut n, mut all) = (0, Vec::new());
    for batch in batches {
        let rows = BatchEvents::of(batch, options, Some(blueprint.document()))?;
        let piece = |from: usize| -> Vec<Result<Event>> {
            (from..(from + PIECE).min(rows.len())).map(|row| rows.event(row)).collect()
        };
        let mut next = piece(0);
        let mut from = 0;
        while from < rows.len() {
            from += PIECE;
            let now = std::mem::take(&mut next);
            let (pushed, ahead) = rayon::join(|| push_all(engine, now.into_iter(), wish), || piece(from));
            next = ahead;
            let (taken, mut decisions, failed) = pushed;
            n += taken;
            all.append(&mut decisions);
            if failed.is_some() || wish.is_asked() {
                return Ok((n, all, failed));
            }
        }
    }
    Ok((n, all, None))
}
