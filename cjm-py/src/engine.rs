//! The live engine as a Python object: events in, decisions out.
//!
//! Answers: every call of the engine, one at a time, whatever threads ask. Does not know: clocks and files.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};

use cjm_core::base::stop::Stop;
use cjm_core::blueprint::model::Edit;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::event::{Batch, BatchEvents, Options};
use cjm_core::install::Policy;
use cjm_core::{
    AckOutcome, Blueprint as Core, Decision, Engine as Inner, Error, ErrorCode, Event, Plan, Result,
    Timestamp, TypedEvent, Zone,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDelta, PyDict, PyList, PyString, PyTuple};

use crate::blueprint::{Blueprint, explained, key};
use crate::call::{self, Turns, lock};
use crate::convert;
use crate::decision::{self, Pushed, id_of};
use crate::errors::{OrRaise, error};
use crate::event::{Answered, answer, event};
use crate::records;
use crate::table::Table;
use crate::tables_in;
use crate::value;

/// Rows of a table that are turned into events at once.
const PIECE: usize = 8_192;

/// A live engine: events and answers in, decisions out. Time is an argument; it looks at no clock.
///
/// ``blueprint`` says what it does; ``hot`` is how many customers touched lately it keeps unpacked, 1,024 unless said:
/// more take more memory and less time, what is decided is the same. ``max_ahead`` is how far an event may be ahead of
/// the ``now`` that ``push`` is given, a ``timedelta``, a day unless said. Raises ``BlueprintError`` when the blueprint has
/// errors, ``ArgumentError`` for a ``hot`` of 0.
///
/// Calls from several threads take turns. A call that raises leaves the engine as it was, but for ``push_many``. Times
/// are aware datetimes or RFC 3339 text, those without an offset are of the blueprint's zone where it names one; what
/// is no time raises ``BadEventError``. A customer is a dict as ``{"member": "m-1"}``; of several identities the kind
/// that the blueprint declares first counts. It can be pickled.
///
///     >>> engine = cjm.Engine(blueprint)
///     >>> engine.push(cart)
///     []
///     >>> engine.next_due()
///     datetime.datetime(2026, 3, 1, 12, 35, tzinfo=datetime.timezone.utc)
///     >>> (decision,) = engine.advance("2026-03-01T12:40:00Z")
///     >>> decision
///     <Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>
///     >>> engine
///     <Engine of shop: 1 customer, 1 decision waiting at 2026-03-01T12:40:00Z>
///     >>> engine.ack(decision, "delivered")
///     []
///     >>> engine.outbox()
///     []
#[pyclass(frozen, weakref, module = "cjm", name = "Engine")]
pub(crate) struct Engine {
    inner: Arc<Turns<Inner>>,
    /// What it works by; changed by whoever has a turn, looked at by anybody.
    blueprint: Arc<Mutex<Core>>,
}

impl Engine {
    fn new(blueprint: &Bound<'_, Blueprint>, inner: Inner) -> Self {
        let blueprint = Arc::new(Mutex::new(blueprint.get().inner.clone()));
        Self { inner: Arc::new(Turns::new(inner)), blueprint }
    }

    /// Does something short with the engine, without the interpreter's lock.
    fn with<T: Send>(&self, py: Python<'_>, f: impl FnOnce(&mut Inner) -> Result<T> + Send) -> PyResult<T> {
        self.inner.take(py, f)
    }

    /// The engine for work in another thread, once a turn of this one came: one that never comes is told here.
    fn ready(&self, py: Python<'_>) -> PyResult<Arc<Turns<Inner>>> {
        self.with(py, |_| Ok(()))?;
        Ok(self.inner.clone())
    }

    /// What it works by.
    fn core(&self) -> Core {
        lock(&self.blueprint).clone()
    }

    /// The zone of times without an offset.
    fn zone(&self) -> Option<Zone> {
        self.core().document().zone.clone()
    }

    fn time(&self, at: &Bound<'_, PyAny>, what: &str) -> PyResult<Timestamp> {
        convert::instant(at, self.zone().as_ref(), what)
    }

    fn some_time(&self, at: Option<&Bound<'_, PyAny>>, what: &str) -> PyResult<Option<Timestamp>> {
        at.filter(|at| !at.is_none()).map(|at| self.time(at, what)).transpose()
    }

    /// The identity that a customer is asked for by.
    fn key(&self, customer: &Bound<'_, PyAny>) -> PyResult<IdentityKey> {
        key(self.core().document(), customer)
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (blueprint, *, hot=None, max_ahead=None))]
    fn make(
        py: Python<'_>,
        blueprint: &Bound<'_, Blueprint>,
        hot: Option<i64>,
        max_ahead: Option<&Bound<'_, PyDelta>>,
    ) -> PyResult<Self> {
        let mut inner = Inner::new(blueprint.get().plan(py)?);
        if let Some(ahead) = max_ahead {
            inner = inner.with_max_ahead(value::duration(ahead, "max_ahead")?);
        }
        let inner = match hot.map(usize::try_from) {
            Some(Ok(0) | Err(_)) => return Err(error(py, ErrorCode::Argument, "`hot` is 1 at least")),
            Some(Ok(hot)) => inner.with_hot(hot),
            None => inner,
        };
        Ok(Self::new(blueprint, inner))
    }

    /// The engine that a snapshot was taken of, under a blueprint.
    ///
    /// The blueprint may be another than the one that it was taken under. Raises ``StateError`` for bytes that are
    /// damaged or no snapshot, ``NewerFormatError`` for those of a newer version.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> again = cjm.Engine.restore(blueprint, engine.snapshot())
    ///     >>> again.next_due() == engine.next_due()
    ///     True
    #[staticmethod]
    fn restore(py: Python<'_>, blueprint: &Bound<'_, Blueprint>, snapshot: &[u8]) -> PyResult<Self> {
        let plan = blueprint.get().plan(py)?;
        let bytes = snapshot.to_vec();
        let inner = call::whole(py, move || Inner::restore(plan, &bytes))?;
        Ok(Self::new(blueprint, inner))
    }

    /// The whole engine as bytes; the same engine always gives the same bytes.
    ///
    ///     >>> cjm.Engine.restore(blueprint, engine.snapshot()).snapshot() == engine.snapshot()
    ///     True
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let inner = self.ready(py)?;
        let bytes = call::whole(py, move || Ok(inner.lock().snapshot()))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The blueprint that it works by.
    #[getter]
    fn blueprint(&self) -> Blueprint {
        Blueprint::new(self.core())
    }

    /// Takes an event in: the decisions it led to, those that are applied already (tags, fields) too.
    ///
    /// ``event`` is a dict or a ``cjm.Event``: ``name``, ``time`` and ``identities``, and where there are any
    /// ``attributes``, ``id``, ``source``, ``channel`` and ``sequence``. A repeat, the same source and id with the same
    /// body, has no effect. With ``now`` an event that is later by more than a day is refused. Decisions come by due,
    /// customer, priority, order of the blueprint, item.
    ///
    /// Raises ``BadEventError`` for what does not fit its declared types or has no identity, ``ConflictError`` for a
    /// known source and id with another body, ``LimitError`` for too large an event, ``FutureError`` for one too far
    /// ahead of ``now``, ``BackpressureError`` when 100,000 decisions wait to be acknowledged.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> review = {"name": "review", "time": "2026-03-01T12:20:00Z", "identities": {"member": "m1"},
    ///     ...           "attributes": {"stars": 1}}
    ///     >>> engine.push(review)
    ///     [<Decision sorry: ticket care to member=m1 at 2026-03-01T12:20:00Z>]
    #[pyo3(signature = (event, *, now=None))]
    fn push<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyAny>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let zone = self.zone();
        let event = crate::event::event(event, zone.as_ref())?;
        let now = self.some_time(now, "now")?;
        let decisions = self.with(py, |engine| match now {
            Some(now) => engine.push_at(&event, now),
            None => engine.push(&event),
        })?;
        decision::list(py, decisions)
    }

    /// Takes many events in, one after the other: the decisions of all, in the order in which they came.
    ///
    /// ``events`` is an iterable of events as ``push`` takes them. With keyword arguments it is a table: a data frame
    /// that speaks Arrow (pandas, polars, pyarrow, duckdb) or a dict of lists; the arguments say what its columns mean,
    /// as those of ``EventLog.from_table`` do.
    ///
    /// It stops at the first event that errs, as ``push`` does, and at Ctrl-C. The exception says in ``taken`` how many
    /// events were taken in before it, and in ``decisions`` what they led to; these stay taken in. An iterable is read to its end
    /// first: one that raises, or has something that is no event, changes nothing.
    ///
    ///     >>> table = {
    ///     ...     "who": ["m1", "m2"],
    ///     ...     "what": ["cart", "review"],
    ///     ...     "when": ["2026-03-01T12:05:00Z", "2026-03-01T12:10:00Z"],
    ///     ...     "item": ["tea", None],
    ///     ...     "amount": ["4.50", None],
    ///     ...     "stars": [None, 2],
    ///     ... }
    ///     >>> engine.push_many(table, customer="who", event="what", time="when")
    ///     [<Decision sorry: ticket care to member=m2 at 2026-03-01T12:10:00Z>]
    ///     >>> try:
    ///     ...     engine.push_many([cart, cart | {"attributes": {"item": "jam", "amount": "3.00"}}])
    ///     ... except cjm.ConflictError as error:
    ///     ...     print(error.taken, error.decisions)
    ///     1 []
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
        let inner = self.ready(py)?;
        let blueprint = self.core();
        let (pushed, signal) =
            if let Some((batches, options)) = tables_in::rows_of(py, events, arguments, &blueprint)? {
                call::changing(py, move |wish| push_rows(&inner, &batches, (&options, &blueprint), wish))?
            } else {
                let zone = self.zone();
                let all = call::each(events, |one| event(&one, zone.as_ref()))?;
                call::changing(py, move |wish| {
                    let events = all.into_iter().map(|event| (None, Ok(Given::Plain(Box::new(event)))));
                    Ok(push_all(&mut inner.lock(), events, wish))
                })?
            };
        decision::of_many(py, pushed, signal)
    }

    /// Takes the answer to a survey in: the decisions it led to.
    ///
    /// ``values`` are the answers by question; one that is left out or ``None`` was not answered. ``at`` is when it was
    /// given. ``source`` (``answers`` unless said) and ``id`` are the key by which repeats are known. Raises
    /// ``NotFoundError`` for an unknown survey or question, ``BadEventError`` for a value out of its scale; else what
    /// ``push`` raises.
    ///
    ///     >>> engine.answer("nps", {"score": 9}, customer={"member": "m1"}, at="2026-03-01T18:00:00Z", id="a1")
    ///     []
    ///     >>> engine.brief({"member": "m1"}).mood.score
    ///     9
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

    /// Lets time pass up to ``now`` for everybody: waits end, tickets become overdue, held messages are released.
    ///
    /// Each at its own instant. Gives the decisions, by due, customer, priority, order of the blueprint, item. An
    /// earlier ``now`` than the last one counts as the last one. Ctrl-C ends the wait for it, not the work: what is
    /// decided then stands in the outbox.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> engine.advance("2026-03-01T12:34:59Z")
    ///     []
    ///     >>> engine.advance("2026-03-01T12:35:00Z")
    ///     [<Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>]
    fn advance<'py>(&self, py: Python<'py>, now: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let now = self.time(now, "now")?;
        let inner = self.inner.clone();
        let idle = self.with(py, |engine| Ok(engine.next_due().is_none_or(|due| due > now)))?;
        let decisions = if idle {
            self.with(py, |engine| Ok(engine.advance(now)))?
        } else {
            call::whole(py, move || Ok(inner.lock().advance(now)))?
        };
        decision::list(py, decisions)
    }

    /// Tells what became of a decision, which is then handed over no more. Gives the decisions that this leads to.
    ///
    /// ``decision`` is the decision or its id. ``outcome`` is ``sent``, ``delivered``, ``opened``, ``clicked`` or
    /// ``replied``; ``failed``, ``rejected``, ``skipped`` or ``expired``, which give back what it used up of caps and
    /// cool-down; or ``unsubscribed``, which takes the consent back. ``at`` is when; the engine's ``now`` unless said.
    /// Raises ``NotFoundError`` for a decision that nobody remembers, ``ArgumentError`` for another outcome.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> (decision,) = engine.advance("2026-03-01T12:40:00Z")
    ///     >>> engine.ack(decision.id, "delivered", at="2026-03-01T12:41:00Z")
    ///     []
    ///     >>> engine.outbox()
    ///     []
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

    /// Takes an event of a customer back, one of the last 256: what it led to is undone where it still can be.
    ///
    /// Features and windows forget it, waits that it began are dropped, those that it ended open again. Decisions that
    /// rest on it leave the outbox; those acknowledged are revoked: by the decisions given, with the same ids. Raises
    /// ``NotFoundError`` for an unknown customer, ``TooOldError`` for an event that is not remembered.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> engine.retract({"member": "m1"}, "web", "e1")
    ///     []
    ///     >>> engine.advance("2026-03-01T12:40:00Z")
    ///     []
    fn retract<'py>(
        &self,
        py: Python<'py>,
        customer: &Bound<'py, PyAny>,
        source: &Bound<'py, PyAny>,
        id: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let key = self.key(customer)?;
        let source = convert::id(Some(source), "source")?.unwrap_or_default();
        let id = convert::id(Some(id), "id")?.unwrap_or_default();
        decision::list(py, self.with(py, |engine| engine.retract(&key, &source, &id))?)
    }

    /// Whether a decision may still go out: consent, goal, exit, quiet hours and validity are looked at again.
    ///
    /// ``decision`` is the decision or its id; ``now`` the instant asked for, the engine's own unless said. Raises
    /// ``NotFoundError`` for a decision that is not remembered: the last 64 of a customer are.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> (decision,) = engine.advance("2026-03-01T12:40:00Z")
    ///     >>> engine.still_valid(decision)
    ///     True
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

    /// What speaks against a decision going out: the name of the reason; ``None`` when nothing does.
    ///
    /// Arguments and errors are those of ``still_valid``.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> (decision,) = engine.advance("2026-03-01T12:40:00Z")
    ///     >>> engine.push({"name": "paid", "time": "2026-03-01T12:45:00Z", "identities": {"member": "m1"}})
    ///     []
    ///     >>> engine.objection(decision)
    ///     'goal_reached'
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

    /// What waits to be acknowledged, in the order in which it was decided. What is applied already never does.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> _ = engine.advance("2026-03-01T12:40:00Z")
    ///     >>> engine.outbox()
    ///     [<Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>]
    fn outbox<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        decision::list(py, self.with(py, |engine| Ok(engine.outbox().cloned().collect()))?)
    }

    /// When it next wants to be told of time, an aware datetime in UTC; ``None`` when nobody waits for anything.
    ///
    ///     >>> engine.next_due() is None
    ///     True
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> engine.next_due().isoformat()
    ///     '2026-03-01T12:35:00+00:00'
    fn next_due<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let due = self.with(py, |engine| Ok(engine.next_due()))?;
        due.map(|due| value::datetime(py, due)).transpose()
    }

    /// The last time it was told by ``advance``, an aware datetime in UTC; ``None`` before the first.
    ///
    ///     >>> engine.advance("2026-03-01T12:40:00Z")
    ///     []
    ///     >>> engine.now().isoformat()
    ///     '2026-03-01T12:40:00+00:00'
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let now = self.with(py, |engine| Ok(engine.now()))?;
        now.map(|now| value::datetime(py, now)).transpose()
    }

    /// How many customers it knows.
    #[getter]
    fn n_customers(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |engine| Ok(engine.n_customers()))
    }

    /// How often it was told an earlier time than before.
    #[getter]
    fn set_back(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |engine| Ok(engine.set_back()))
    }

    /// How many events it took in that came later than their customers' time allows, since it was made or restored.
    #[getter]
    fn n_late(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |engine| Ok(engine.n_late()))
    }

    /// Everything that is known of a customer, as of the last time it was told: a ``CustomerView``.
    ///
    /// Raises ``NotFoundError`` for an unknown customer.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> view = engine.customer({"member": "m1"})
    ///     >>> view.lifecycle, view.features, view.timers[0].rule
    ///     ('guest', {'orders': 0}, 'forgot')
    fn customer<'py>(&self, py: Python<'py>, customer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let key = self.key(customer)?;
        let view = self.with(py, |engine| engine.view(&key).ok_or_else(|| unknown(&key)))?;
        records::record(py, &view)
    }

    /// Five lines about a customer for front-line staff: a ``Brief``.
    ///
    /// ``language`` is ``en`` or ``zh``, the blueprint's unless said. Raises ``NotFoundError`` for an unknown customer.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> print(engine.brief({"member": "m1"}))
    ///     Where: Buying, stage Order, since 12:05
    ///     Last steps: Basket 12:05
    ///     Mood: no answer yet
    ///     Promises: Forgotten basket due 12:35
    ///     Open tickets: none
    #[pyo3(signature = (customer, *, language=None))]
    fn brief<'py>(
        &self,
        py: Python<'py>,
        customer: &Bound<'py, PyAny>,
        language: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let language = self.blueprint().language(py, language)?;
        let key = self.key(customer)?;
        let brief = self.with(py, |engine| engine.brief(&key, language))?;
        records::record(py, &brief)
    }

    /// Why a rule does or does not act on a customer: an ``Explanation``, with the refusals that the engine keeps.
    ///
    /// ``at`` is the instant asked for: the last time it was told, or the customer's last event where that is later,
    /// unless said. Raises ``NotFoundError`` for an unknown customer or rule.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> why = engine.explain({"member": "m1"}, "forgot")
    ///     >>> why.fires
    ///     False
    ///     >>> print(why)
    ///     Forgotten basket for member m1, as of 2026-03-01 12:05 (UTC)
    ///     It does not act at this instant.
    ///     ...
    #[pyo3(signature = (customer, rule, *, at=None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        customer: &Bound<'py, PyAny>,
        rule: &str,
        at: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (key, at) = (self.key(customer)?, self.some_time(at, "at")?);
        let (explanation, plan) =
            self.with(py, |engine| Ok((engine.explain(&key, rule, at)?, engine.plan().clone())))?;
        explained(py, &plan, &explanation)
    }

    /// Every ticket, by (opened, id), with who has it: a list of ``Ticket``.
    ///
    ///     >>> review = {"name": "review", "time": "2026-03-01T12:20:00Z", "identities": {"member": "m1"},
    ///     ...           "attributes": {"stars": 1}}
    ///     >>> _ = engine.push(review)
    ///     >>> [(ticket.queue, ticket.person, ticket.status) for ticket in engine.tickets()]
    ///     [('care', 'ann', 'assigned')]
    fn tickets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        records::record(py, &self.with(py, |engine| Ok(engine.tickets()))?)
    }

    /// What staff are told of a ticket: its subject, and labels with values as a dict; the limit that is next among them.
    ///
    /// ``id`` is the ticket's. ``language`` is ``en`` or ``zh``, the blueprint's unless said; times are as the clocks
    /// of the blueprint's zone show them. Raises ``NotFoundError`` for an unknown ticket.
    ///
    ///     >>> review = {"name": "review", "time": "2026-03-01T12:20:00Z", "identities": {"member": "m1"},
    ///     ...           "attributes": {"stars": 1}}
    ///     >>> (decision,) = engine.push(review)
    ///     >>> subject, lines = engine.ticket_words(decision.id)
    ///     >>> subject, lines
    ///     ('Ticket: care', {'Customer': 'm1', 'Queue': 'care', 'Due': '2026-03-02 12:20'})
    #[pyo3(signature = (id, *, language=None))]
    fn ticket_words<'py>(
        &self,
        py: Python<'py>,
        id: &str,
        language: Option<&str>,
    ) -> PyResult<(String, Bound<'py, PyDict>)> {
        let language = self.blueprint().language(py, language)?;
        let zone = self.zone().unwrap_or_else(Zone::utc);
        let (subject, lines) = self.with(py, |engine| {
            let ticket = engine.tickets().into_iter().find(|ticket| ticket.id.to_string() == id);
            let unknown = || Error::new(ErrorCode::NotFound, format!("there is no ticket `{id}`"));
            Ok(ticket.ok_or_else(unknown)?.words(language, &zone))
        })?;
        let dict = PyDict::new(py);
        for (label, value) in lines {
            dict.set_item(label, value)?;
        }
        Ok((subject, dict))
    }

    /// What was not done and why: a ``Table`` with a row for each refusal that is kept, at most 256 of each customer.
    ///
    /// Of everybody by due and customer, of one customer in the order in which they came. Columns: ``reason``,
    /// ``rule``, ``identity``, ``customer``, ``key``, ``due``, ``step``, ``item`` (null of a whole match), ``channel``.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> engine.push(cart | {"id": "e2", "time": "2026-03-01T12:50:00Z"})
    ///     [<Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>]
    ///     >>> _ = engine.advance("2026-03-01T14:00:00Z")
    ///     >>> engine.refusals({"member": "m1"})["reason"]
    ///     ['cool_down']
    #[pyo3(signature = (customer=None))]
    fn refusals(&self, py: Python<'_>, customer: Option<&Bound<'_, PyAny>>) -> PyResult<Table> {
        let key = customer.map(|customer| self.key(customer)).transpose()?;
        let rows = self.with(py, |engine| {
            Ok(match &key {
                Some(key) => engine.refusals_of(key).collect(),
                None => engine.refusals(),
            })
        })?;
        Table::of(py, &rows)
    }

    /// How often each rule was refused for each reason, ever: a dict of (rule, reason) to count, by rule and reason.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> _ = engine.push(cart | {"id": "e2", "time": "2026-03-01T12:50:00Z"})
    ///     >>> _ = engine.advance("2026-03-01T14:00:00Z")
    ///     >>> engine.refused()
    ///     {('forgot', 'cool_down'): 1}
    fn refused<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = self.with(py, |engine| Ok(engine.refused().clone()))?;
        let dict = PyDict::new(py);
        for ((rule, reason), n) in all {
            dict.set_item((&*rule, &*reason), n)?;
        }
        Ok(dict)
    }

    /// Takes the goals that were met since the last call: a ``Table``; beyond 100,000 the oldest are lost.
    ///
    /// Columns: ``decision`` (its id), ``rule``, ``arm``, ``held_out`` (whether the customer got nothing), ``at``.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> _ = engine.advance("2026-03-01T12:40:00Z")
    ///     >>> _ = engine.push({"name": "paid", "time": "2026-03-01T12:45:00Z", "identities": {"member": "m1"}})
    ///     >>> engine.take_outcomes()["rule"]
    ///     ['forgot']
    ///     >>> len(engine.take_outcomes())
    ///     0
    fn take_outcomes(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.with(py, |engine| Ok(engine.take_outcomes()))?)
    }

    /// Links between two identities that were refused, in the order in which they came: a ``Table``; the last 100,000.
    ///
    /// Columns: ``reason`` (``denied`` or ``max_links``), ``strong_identity`` and ``strong``, ``weak_identity`` and
    /// ``weak``, ``at``.
    ///
    ///     >>> who = {"member": "m3", "device": "kiosk"}
    ///     >>> engine.push({"name": "visit", "time": "2026-03-01T12:30:00Z", "identities": who})
    ///     []
    ///     >>> engine.refused_links()["reason"]
    ///     ['denied']
    fn refused_links(&self, py: Python<'_>) -> PyResult<Table> {
        let rows: Vec<_> = self.with(py, |engine| Ok(engine.refused_links().cloned().collect()))?;
        Table::of(py, &rows)
    }

    /// Forgets a customer: state, identities, tickets, refusals, what waits to be handed over. Whether there was one.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> engine.erase({"member": "m1"}), engine.erase({"member": "m1"})
    ///     (True, False)
    fn erase(&self, py: Python<'_>, customer: &Bound<'_, PyAny>) -> PyResult<bool> {
        let key = self.key(customer)?;
        self.with(py, |engine| Ok(engine.erase(&key)))
    }

    /// Goes on under another blueprint, with everybody moved to it at once: an ``Installed`` says whom that concerns.
    ///
    /// ``stages`` says what becomes of those who stand in a stage that is gone: ``stage`` or ``journey/stage`` of
    /// before to one of now. ``edits`` says what becomes of what is under way of a changed rule, by its id, before what
    /// the rule itself says: ``migrate`` goes on under the new text, ``pin`` ends under the old one, ``drain`` the
    /// same, and the new one waits for it, ``restart`` drops it. With ``preview`` nothing changes. Nothing is decided
    /// by it; what is due at once comes with the next ``advance``.
    ///
    /// Raises ``ArgumentError`` when somebody stands in a stage that is gone and ``stages`` names none in its place, it
    /// names one that is not there, or ``edits`` a rule that neither blueprint has; ``BlueprintError`` when the blueprint
    /// has errors, or a rule that has to go on names what is no longer declared. Nothing changed then.
    ///
    ///     >>> engine.push(cart)
    ///     []
    ///     >>> later = cjm.Blueprint.parse(blueprint.source.replace("for: 30m", "for: 1h"))
    ///     >>> done = engine.install(later)
    ///     >>> done.customers, done.total.moved
    ///     (1, 1)
    ///     >>> engine.next_due().isoformat()
    ///     '2026-03-01T13:05:00+00:00'
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
        let policy = policy(py, stages, edits)?;
        let (inner, own) = (self.ready(py)?, self.blueprint.clone());
        let later = blueprint.get().inner.clone();
        let installed = call::whole(py, move || {
            let mut engine = inner.lock();
            if preview {
                return engine.preview(&plan, &policy);
            }
            let installed = engine.install(&plan, &policy)?;
            // in the same turn: nobody may see the one without the other
            *lock(&own) = later;
            Ok(installed)
        })?;
        records::record(py, &installed)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (n, waiting, now) =
            self.with(py, |engine| Ok((engine.n_customers(), engine.outbox().count(), engine.now())))?;
        let id = self.core().document().id.clone();
        let now = now.map(|now| format!(" at {now}")).unwrap_or_default();
        let (n, waiting) = (convert::counted(n, "customer"), convert::counted(waiting, "decision"));
        Ok(format!("<Engine of {id}: {n}, {waiting} waiting{now}>"))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let restore = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "restore_engine"))?;
        let (inner, own) = (slf.get().ready(py)?, slf.get().blueprint.clone());
        let (blueprint, bytes) = call::whole(py, move || {
            let engine = inner.lock();
            Ok((lock(&own).clone(), engine.snapshot()))
        })?;
        let blueprint = Bound::new(py, Blueprint::new(blueprint))?;
        (restore, (blueprint, PyBytes::new(py, &bytes))).into_pyobject(py)
    }
}

/// What becomes of stages that are gone and of rules that changed.
pub(crate) fn policy(
    py: Python<'_>,
    stages: Option<BTreeMap<String, String>>,
    edits: Option<BTreeMap<String, String>>,
) -> PyResult<Policy> {
    let mut policy = Policy { stages: stages.unwrap_or_default(), edits: BTreeMap::new() };
    for (rule, name) in edits.unwrap_or_default() {
        policy.edits.insert(rule, edit(py, &name)?);
    }
    Ok(policy)
}

pub(crate) fn unknown(key: &IdentityKey) -> Error {
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

/// An event with its row in the source, where it has one.
type Row = (Option<u64>, Result<Given>);

/// An event as it comes, or typed already.
enum Given {
    Plain(Box<Event>),
    Typed(TypedEvent<'static>),
}

impl Given {
    /// The event typed by a plan, where it can be.
    fn of(plan: &Plan, event: Event) -> Self {
        plan.typed_own(event).map_or_else(Self::Plain, Self::Typed)
    }

    fn push(&self, engine: &mut Inner) -> Result<Vec<Decision>> {
        match self {
            Self::Plain(event) => engine.push(event),
            Self::Typed(event) => engine.push_typed(event),
        }
    }
}

/// Pushes events one after the other, until one errs or somebody asks to stop: what was taken in stays so.
fn push_all(engine: &mut Inner, events: impl Iterator<Item = Row>, wish: &Stop) -> Pushed {
    let mut all = Vec::new();
    let mut n = 0;
    for (row, event) in events {
        if wish.is_asked() {
            break;
        }
        let pushed = event.and_then(|event| {
            event.push(engine).map_err(|error| match row {
                Some(row) => error.at_row(row),
                None => error,
            })
        });
        match pushed {
            Ok(mut decisions) => all.append(&mut decisions),
            Err(error) => return (n, all, Some(error)),
        }
        n += 1;
    }
    (n, all, None)
}

/// Pushes the rows of batches: another thread turns the next ones into events and types them while the engine takes
/// these in.
fn push_rows(
    engine: &Turns<Inner>,
    batches: &[Batch],
    (options, blueprint): (&Options, &Core),
    wish: &Stop,
) -> Result<Pushed> {
    let rows: Vec<BatchEvents<'_>> = batches
        .iter()
        .map(|batch| BatchEvents::of(batch, options, Some(blueprint.document())))
        .collect::<Result<_>>()?;
    let mut engine = engine.lock();
    let plan = engine.plan().clone();
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel::<Vec<Row>>(2);
        let made = std::thread::Builder::new().name("cjm-rows".to_owned()).spawn_scoped(scope, move || {
            for (batch, rows) in batches.iter().zip(&rows) {
                for from in (0..rows.len()).step_by(PIECE) {
                    let typed = |row| rows.event(row).map(|event| Given::of(&plan, event));
                    let event = |row: usize| (Some(batch.line(row)), typed(row));
                    let piece = (from..(from + PIECE).min(rows.len())).map(event).collect();
                    // whoever takes them in has had enough
                    if send.send(piece).is_err() {
                        return;
                    }
                }
            }
        });
        made.map_err(|e| Error::new(ErrorCode::Limit, format!("no thread: {e}")))?;
        let (mut n, mut all) = (0, Vec::new());
        for piece in receive {
            let (taken, mut decisions, failed) = push_all(&mut engine, piece.into_iter(), wish);
            n += taken;
            all.append(&mut decisions);
            if failed.is_some() || wish.is_asked() {
                return Ok((n, all, failed));
            }
        }
        Ok((n, all, None))
    })
}
