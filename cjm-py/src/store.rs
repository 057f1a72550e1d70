//! The durable engine as a Python object: everything that it knows lies in one file.
//!
//! Answers: every call of the store, one at a time, whatever threads ask. Does not know: what is in the file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cjm_core::base::stop::Stop;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::event::{Batch, BatchEvents, Options};
use cjm_core::{AckOutcome, Blueprint as Core, Decision, Error, ErrorCode, Event, Result, Timestamp, Zone};
use cjm_io::store::{Durability, Store as Inner, StoreOptions};
use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyDict, PyList, PyString};

use crate::blueprint::{Blueprint, explained, key};
use crate::call::{self, Turns, lock};
use crate::convert;
use crate::decision::{self, Pushed, id_of};
use crate::engine::{policy, unknown};
use crate::errors::{OrRaise, error};
use crate::event::{Answered, answer, event};
use crate::log::EventLog;
use crate::options::path;
use crate::records;
use crate::table::Table;
use crate::tables_in;
use crate::value;

/// Events that are handed to the store at once.
const PIECE: usize = 65_536;

/// A durable engine: the calls of ``Engine``, on a file. What a call changed is in the file when it returns.
///
/// Made by ``Store.open``. Reopened, it goes on exactly where it was, after a crash or a power cut too; what waited to be
/// acknowledged waits again. One process at a time has the file; calls from several threads take turns. A call that
/// raises changes nothing, but for ``push_many``. Times are aware datetimes or RFC 3339 text, those without an offset
/// are of the blueprint's zone where it names one. A customer is a dict as ``{"member": "m-1"}``. It closes itself at
/// the end of a ``with`` block.
///
///     >>> import tempfile
///     >>> folder = tempfile.TemporaryDirectory()
///     >>> with cjm.Store.open(f"{folder.name}/till.db", blueprint) as till:
///     ...     till.push(cart)
///     []
///     >>> with cjm.Store.open(f"{folder.name}/till.db", blueprint) as till:
///     ...     till.advance("2026-03-01T12:40:00Z")
///     [<Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>]
///     >>> folder.cleanup()
#[pyclass(frozen, weakref, module = "cjm", name = "Store")]
pub(crate) struct Store {
    /// Nothing once it is closed.
    inner: Arc<Turns<Option<Inner>>>,
    /// What it works by; changed by whoever has a turn, looked at by anybody.
    blueprint: Arc<Mutex<Core>>,
    /// The process that opened it: no other may touch the file through it.
    process: u32,
}

impl Store {
    /// Does something with the store, without the interpreter's lock.
    fn with<T: Send>(&self, py: Python<'_>, f: impl FnOnce(&mut Inner) -> Result<T> + Send) -> PyResult<T> {
        self.own(py)?;
        self.inner.take(py, |store| {
            let store = open(store)?;
            // a write that failed may have left memory behind the file
            store.ready()?;
            f(store)
        })
    }

    /// The store for work in another thread, once a turn of this one came: one that never comes is told here.
    fn ready(&self, py: Python<'_>) -> PyResult<Arc<Turns<Option<Inner>>>> {
        self.with(py, |_| Ok(()))?;
        Ok(self.inner.clone())
    }

    fn own(&self, py: Python<'_>) -> PyResult<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(error(py, ErrorCode::State, "the store was opened before the process was forked; open it again"))
    }

    /// What it works by.
    fn core(&self) -> Core {
        lock(&self.blueprint).clone()
    }

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

impl Drop for Store {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // the file is the parent's; closing it here would take it away from there
            std::mem::forget(self.inner.clone());
        }
    }
}

/// The store, unless it is closed.
fn open(store: &mut Option<Inner>) -> Result<&mut Inner> {
    store.as_mut().ok_or_else(|| Error::new(ErrorCode::Argument, "the store is closed"))
}

#[pymethods]
impl Store {
    /// Opens the store in a file, or makes one.
    ///
    /// ``file`` is a path: text or any ``os.PathLike``. ``durability`` says when a call waits for the disk: ``"full"``,
    /// before it returns; a ``timedelta``, when so long has passed since one last did, so that a power cut loses at most
    /// what came since; ``"off"``, never. A crash of the program alone loses nothing in any of them. ``last_sequence`` is
    /// the last delivery sequence that you have seen, where you remember it: a file that stands below it says
    /// ``is_restored_backup``. ``hold`` is how many customers stay in memory between calls. A blueprint that changed
    /// since is installed with what it says of edits.
    ///
    /// Raises ``LockedError`` when it is open elsewhere, ``BlueprintError`` when the blueprint has errors, ``FormatError``
    /// for a file that is no store, ``NewerFormatError`` for one of a newer version, ``StateError`` for a damaged one,
    /// ``FileError`` when it can not be read or written, and what ``install`` raises.
    ///
    ///     >>> import tempfile
    ///     >>> folder = tempfile.TemporaryDirectory()
    ///     >>> till = cjm.Store.open(f"{folder.name}/till.db", blueprint)
    ///     >>> till
    ///     <Store of shop: 0 customers, 0 decisions waiting>
    ///     >>> till.close()
    ///     >>> folder.cleanup()
    #[staticmethod]
    #[pyo3(name = "open", signature = (file, blueprint, *, durability=None, last_sequence=None, hold=10_000))]
    fn make(
        py: Python<'_>,
        file: &Bound<'_, PyAny>,
        blueprint: &Bound<'_, Blueprint>,
        durability: Option<&Bound<'_, PyAny>>,
        last_sequence: Option<u64>,
        hold: usize,
    ) -> PyResult<Self> {
        let file = path(file)?;
        // findings are told before a file is made
        blueprint.get().plan(py)?;
        let options = StoreOptions {
            durability: waits(py, durability)?,
            last_sequence,
            hold,
            ..StoreOptions::default()
        };
        let core = blueprint.get().inner.clone();
        let own = core.clone();
        let inner = call::whole(py, move || Inner::open_with(&file, &own, options))?;
        Ok(Self {
            inner: Arc::new(Turns::new(Some(inner))),
            blueprint: Arc::new(Mutex::new(core)),
            process: std::process::id(),
        })
    }

    /// Closes the file. Whoever uses the store after it gets an ``ArgumentError``; closing it twice does nothing.
    ///
    ///     >>> store.close()
    ///     >>> store.close()
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.own(py)?;
        let taken = self.inner.take(py, |store| Ok(store.take()))?;
        call::whole(py, move || taken.map_or(Ok(()), Inner::close))
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_why))]
    fn __exit__(&self, py: Python<'_>, _why: &Bound<'_, PyAny>) -> PyResult<()> {
        self.close(py)
    }

    /// Waits for the disk: what returned before is durable then, whatever ``durability`` says.
    ///
    ///     >>> store.flush()
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, Inner::flush)
    }

    /// The blueprint that it works by.
    #[getter]
    fn blueprint(&self) -> Blueprint {
        Blueprint::new(self.core())
    }

    /// Whether the file is a copy made by ``backup``, or stands below ``last_sequence``: what came since has to be sent
    /// again. True until ``caught_up``.
    #[getter]
    fn is_restored_backup(&self, py: Python<'_>) -> PyResult<bool> {
        self.with(py, |store| Ok(store.is_restored_backup()))
    }

    /// Says that what came since a backup was sent again.
    ///
    ///     >>> store.caught_up()
    ///     >>> store.is_restored_backup
    ///     False
    fn caught_up(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, Inner::caught_up)
    }

    /// Takes an event in: the decisions it led to; as ``Engine.push``, and in the file when it returns.
    ///
    /// A repeat has no effect, however long ago the first one was. Raises what ``Engine.push`` raises, and ``FileError``
    /// when it can not be written.
    ///
    ///     >>> store.push(cart), store.push(cart)
    ///     ([], [])
    ///     >>> store.next_due().isoformat()
    ///     '2026-03-01T12:35:00+00:00'
    #[pyo3(signature = (event, *, now=None))]
    fn push<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyAny>,
        now: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let event = crate::event::event(event, self.zone().as_ref())?;
        let now = self.some_time(now, "now")?;
        let decisions = self.with(py, |store| match now {
            Some(now) => store.push_at(&event, now),
            None => store.push(&event),
        })?;
        decision::list(py, decisions)
    }

    /// Takes many events in, thousands to a transaction: the decisions of all, in the order in which they came.
    ///
    /// ``events`` is an iterable of events, or with keyword arguments a table, as ``Engine.push_many`` takes them. It
    /// stops at the first event that errs and at Ctrl-C; the exception says in ``taken`` how many are in the file, and in
    /// ``decisions`` what they led to.
    ///
    ///     >>> store.push_many([cart, cart | {"id": "e2", "identities": {"member": "m2"}}])
    ///     []
    ///     >>> store.n_customers
    ///     2
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
                call::changing(py, move |wish| {
                    push_rows(open(&mut inner.lock())?, &batches, (&options, &blueprint), wish)
                })?
            } else {
                let zone = self.zone();
                let all = call::each(events, |one| event(&one, zone.as_ref()))?;
                call::changing(py, move |wish| {
                    let mut pushed = Pushed::default();
                    for piece in all.chunks(PIECE) {
                        if wish.is_asked() || !push_piece(open(&mut inner.lock())?, piece, &mut pushed) {
                            break;
                        }
                    }
                    Ok(pushed)
                })?
            };
        decision::of_many(py, pushed, signal)
    }

    /// Takes the answer to a survey in: as ``Engine.answer``.
    ///
    ///     >>> store.answer("nps", {"score": 9}, customer={"member": "m1"}, at="2026-03-01T18:00:00Z", id="a1")
    ///     []
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
        decision::list(py, self.with(py, |store| store.answer(&answer))?)
    }

    /// Lets time pass up to ``now`` for everybody: as ``Engine.advance``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> store.advance("2026-03-01T12:40:00Z")
    ///     [<Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>]
    fn advance<'py>(&self, py: Python<'py>, now: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let now = self.time(now, "now")?;
        let inner = self.ready(py)?;
        decision::list(py, call::whole(py, move || open(&mut inner.lock())?.advance(now))?)
    }

    /// Tells what became of a decision, which is then handed over no more: as ``Engine.ack``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> (decision,) = store.advance("2026-03-01T12:40:00Z")
    ///     >>> store.ack(decision, "delivered"), store.outbox()
    ///     ([], [])
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
        decision::list(py, self.with(py, |store| store.ack(id, outcome, at))?)
    }

    /// Takes an event of a customer back, one of the last 256: as ``Engine.retract``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> store.retract({"member": "m1"}, "web", "e1")
    ///     []
    ///     >>> store.advance("2026-03-01T12:40:00Z")
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
        decision::list(py, self.with(py, |store| store.retract(&key, &source, &id))?)
    }

    /// Whether a decision may still go out: as ``Engine.still_valid``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> (decision,) = store.advance("2026-03-01T12:40:00Z")
    ///     >>> store.still_valid(decision)
    ///     True
    #[pyo3(signature = (decision, *, now=None))]
    fn still_valid(
        &self,
        py: Python<'_>,
        decision: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let (id, now) = (id_of(decision)?, self.some_time(now, "now")?);
        self.with(py, |store| store.still_valid(id, now))
    }

    /// What speaks against a decision going out, the name of the reason: as ``Engine.objection``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> (decision,) = store.advance("2026-03-01T12:40:00Z")
    ///     >>> store.objection(decision) is None
    ///     True
    #[pyo3(signature = (decision, *, now=None))]
    fn objection(
        &self,
        py: Python<'_>,
        decision: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<&'static str>> {
        let (id, now) = (id_of(decision)?, self.some_time(now, "now")?);
        Ok(self.with(py, |store| store.objection(id, now))?.map(|reason| reason.name()))
    }

    /// What waits to be acknowledged, in delivery order: a list of ``Decision``. It is handed over until it is.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> _ = store.advance("2026-03-01T12:40:00Z")
    ///     >>> store.outbox()
    ///     [<Decision forgot: call remind to member=m1 at 2026-03-01T12:35:00Z>]
    fn outbox<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        decision::list(py, self.with(py, |store| Ok(store.outbox().cloned().collect()))?)
    }

    /// The same with delivery sequences: a list of (sequence, ``Decision``). A sequence is larger than those before it.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> _ = store.advance("2026-03-01T12:40:00Z")
    ///     >>> [(sequence, decision.rule) for sequence, decision in store.deliveries()]
    ///     [(0, 'forgot')]
    fn deliveries<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let all: Vec<(u64, Decision)> =
            self.with(py, |store| Ok(store.deliveries().map(|(n, one)| (n, one.clone())).collect()))?;
        call::list(py, all, |(sequence, one)| {
            (sequence, Bound::new(py, decision::Decision(Arc::new(one)))?).into_pyobject(py)
        })
    }

    /// When it next wants to be told of time, an aware datetime in UTC; ``None`` when nobody waits for anything.
    ///
    ///     >>> store.next_due() is None
    ///     True
    fn next_due<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let due = self.with(py, |store| store.next_due())?;
        due.map(|due| value::datetime(py, due)).transpose()
    }

    /// The last time it was told by ``advance``, an aware datetime in UTC; ``None`` before the first.
    ///
    ///     >>> store.now() is None
    ///     True
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let now = self.with(py, |store| Ok(store.now()))?;
        now.map(|now| value::datetime(py, now)).transpose()
    }

    /// How many customers it knows.
    #[getter]
    fn n_customers(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |store| Ok(store.n_customers()))
    }

    /// Everything that is known of a customer: a ``CustomerView``, as of ``Engine.customer``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> store.customer({"member": "m1"}).lifecycle
    ///     'guest'
    fn customer<'py>(&self, py: Python<'py>, customer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let key = self.key(customer)?;
        let view = self.with(py, |store| store.view(&key)?.ok_or_else(|| unknown(&key)))?;
        records::record(py, &view)
    }

    /// Five lines about a customer for front-line staff: a ``Brief``, as of ``Engine.brief``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> print(str(store.brief({"member": "m1"})).splitlines()[0])
    ///     Where: Buying, stage Order, since 12:05
    #[pyo3(signature = (customer, *, language=None))]
    fn brief<'py>(
        &self,
        py: Python<'py>,
        customer: &Bound<'py, PyAny>,
        language: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let language = self.blueprint().language(py, language)?;
        let key = self.key(customer)?;
        records::record(py, &self.with(py, |store| store.brief(&key, language))?)
    }

    /// Why a rule does or does not act on a customer: an ``Explanation``, as of ``Engine.explain``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> store.explain({"member": "m1"}, "forgot").fires
    ///     False
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
            self.with(py, |store| Ok((store.explain(&key, rule, at)?, store.plan().clone())))?;
        explained(py, &plan, &explanation)
    }

    /// Every ticket, by (opened, id), with who has it: a list of ``Ticket``.
    ///
    ///     >>> store.tickets()
    ///     []
    fn tickets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let inner = self.ready(py)?;
        records::record(py, &call::whole(py, move || open(&mut inner.lock())?.tickets())?)
    }

    /// What was not done and why: a ``Table`` with a row for each refusal that is kept, at most 256 of each customer.
    ///
    /// Of everybody by due and customer, of one customer in the order in which they came; columns as of
    /// ``Engine.refusals``.
    ///
    ///     >>> store.refusals().columns[:3]
    ///     ['reason', 'rule', 'identity']
    #[pyo3(signature = (customer=None))]
    fn refusals(&self, py: Python<'_>, customer: Option<&Bound<'_, PyAny>>) -> PyResult<Table> {
        let key = customer.map(|customer| self.key(customer)).transpose()?;
        let rows = self.with(py, |store| match &key {
            Some(key) => store.refusals_of(key),
            None => store.refusals(),
        })?;
        Table::of(py, &rows)
    }

    /// How often each rule was refused for each reason, ever: a dict of (rule, reason) to count, by rule and reason.
    ///
    ///     >>> store.refused()
    ///     {}
    fn refused<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = self.with(py, |store| Ok(store.refused().clone()))?;
        let dict = PyDict::new(py);
        for ((rule, reason), n) in all {
            dict.set_item((&*rule, &*reason), n)?;
        }
        Ok(dict)
    }

    /// Takes the goals that were met since the last call: a ``Table``, as of ``Engine.take_outcomes``.
    ///
    ///     >>> len(store.take_outcomes())
    ///     0
    fn take_outcomes(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.with(py, Inner::take_outcomes)?)
    }

    /// Links between two identities that were refused: a ``Table``, as of ``Engine.refused_links``.
    ///
    ///     >>> len(store.refused_links())
    ///     0
    fn refused_links(&self, py: Python<'_>) -> PyResult<Table> {
        Table::of(py, &self.with(py, |store| store.refused_links())?)
    }

    /// Every event that was taken in and not erased, as an ``EventLog`` to be studied and replayed.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> blueprint.study(store.log())
    ///     <Study of shop: 1 event of 1 customer>
    fn log(&self, py: Python<'_>) -> PyResult<EventLog> {
        let inner = self.ready(py)?;
        let log = call::whole(py, move || open(&mut inner.lock())?.log())?;
        Ok(EventLog::new(log, Some(&self.blueprint())))
    }

    /// Takes away everything of a customer, also from the bytes of the file: an ``Erased`` counts it.
    ///
    /// Hashes of its events' keys stay for seven days, so that an event that is sent again does not bring it back.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> store.erase({"member": "m1"}).events, store.erase({"member": "m1"}).customers
    ///     (1, 0)
    ///     >>> store.push(cart), store.n_customers
    ///     ([], 0)
    fn erase<'py>(&self, py: Python<'py>, customer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let key = self.key(customer)?;
        let inner = self.ready(py)?;
        records::record(py, &call::whole(py, move || open(&mut inner.lock())?.erase(&key))?)
    }

    /// Everything that is known of a customer, as a dict: ``customer``, ``events``, ``decisions``, ``refusals``.
    ///
    /// Raises ``NotFoundError`` for an unknown customer.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> [event["name"] for event in store.export({"member": "m1"})["events"]]
    ///     ['cart']
    fn export<'py>(&self, py: Python<'py>, customer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let key = self.key(customer)?;
        let exported = self.with(py, |store| store.export(&key)?.ok_or_else(|| unknown(&key)))?;
        records::plain(py, &exported)
    }

    /// Copies the whole store into another file, which must not be there yet. Opened, the copy says
    /// ``is_restored_backup``. Raises ``ArgumentError`` when there is such a file, ``FileError`` when it can not be written.
    ///
    ///     >>> import tempfile
    ///     >>> folder = tempfile.TemporaryDirectory()
    ///     >>> store.backup(f"{folder.name}/copy.db")
    ///     >>> with cjm.Store.open(f"{folder.name}/copy.db", blueprint) as copy:
    ///     ...     copy.is_restored_backup
    ///     True
    ///     >>> folder.cleanup()
    fn backup(&self, py: Python<'_>, file: &Bound<'_, PyAny>) -> PyResult<()> {
        let (file, inner) = (path(file)?, self.ready(py)?);
        call::whole(py, move || open(&mut inner.lock())?.backup(&file))
    }

    /// Goes on under another blueprint, with everybody moved to it at once: as ``Engine.install``.
    ///
    ///     >>> store.push(cart)
    ///     []
    ///     >>> later = cjm.Blueprint.parse(blueprint.source.replace("for: 30m", "for: 1h"))
    ///     >>> store.install(later).total.moved, store.next_due().isoformat()
    ///     (1, '2026-03-01T13:05:00+00:00')
    #[pyo3(signature = (blueprint, *, stages=None, edits=None, preview=false))]
    fn install<'py>(
        &self,
        py: Python<'py>,
        blueprint: &Bound<'py, Blueprint>,
        stages: Option<BTreeMap<String, String>>,
        edits: Option<BTreeMap<String, String>>,
        preview: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        blueprint.get().plan(py)?;
        let policy = policy(py, stages, edits)?;
        let (inner, own) = (self.ready(py)?, self.blueprint.clone());
        let later = blueprint.get().inner.clone();
        let installed = call::whole(py, move || {
            let mut store = inner.lock();
            let store = open(&mut store)?;
            if preview {
                return store.preview(&later, &policy);
            }
            let installed = store.install(&later, &policy)?;
            *lock(&own) = later;
            Ok(installed)
        })?;
        records::record(py, &installed)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let id = self.core().document().id.clone();
        self.own(py)?;
        let shown = self.inner.take(py, |store| {
            Ok(store.as_ref().map(|store| (store.n_customers(), store.outbox().count(), store.now())))
        })?;
        let Some((n, waiting, now)) = shown else { return Ok(format!("<Store of {id}: closed>")) };
        let now = now.map(|now| format!(" at {now}")).unwrap_or_default();
        let (n, waiting) = (convert::counted(n, "customer"), convert::counted(waiting, "decision"));
        Ok(format!("<Store of {id}: {n}, {waiting} waiting{now}>"))
    }
}

/// When a call waits for the disk.
fn waits(py: Python<'_>, durability: Option<&Bound<'_, PyAny>>) -> PyResult<Durability> {
    let Some(given) = durability.filter(|given| !given.is_none()) else { return Ok(Durability::Full) };
    if let Ok(every) = given.cast::<PyDelta>() {
        let micros = value::duration(every, "durability")?.as_micros();
        let micros = u64::try_from(micros)
            .map_err(|_| error(py, ErrorCode::Argument, "`durability` is no negative time"))?;
        return Ok(Durability::Batch(std::time::Duration::from_micros(micros)));
    }
    match given.cast::<PyString>().ok().map(|text| text.to_cow()).transpose()?.as_deref() {
        Some("full") => Ok(Durability::Full),
        Some("off") => Ok(Durability::Off),
        _ => Err(error(py, ErrorCode::Argument, "`durability` is \"full\", \"off\" or a timedelta")),
    }
}

/// Pushes a piece; whether it went to its end.
fn push_piece(store: &mut Inner, piece: &[Event], pushed: &mut Pushed) -> bool {
    let (n, all, failed) = pushed;
    match store.push_many(piece) {
        Ok(mut decisions) => {
            *n += piece.len();
            all.append(&mut decisions);
        }
        Err((taken, mut decisions, error)) => {
            *n += taken;
            all.append(&mut decisions);
            *failed = Some(error);
        }
    }
    failed.is_none()
}

/// Pushes the rows of batches, in pieces.
fn push_rows(
    store: &mut Inner,
    batches: &[Batch],
    (options, blueprint): (&Options, &Core),
    wish: &Stop,
) -> Result<Pushed> {
    let mut pushed = Pushed::default();
    for batch in batches {
        let rows = BatchEvents::of(batch, options, Some(blueprint.document()))?;
        for from in (0..rows.len()).step_by(PIECE) {
            if wish.is_asked() {
                return Ok(pushed);
            }
            let read = (from..(from + PIECE).min(rows.len())).map(|row| rows.event(row));
            let (mut piece, mut failed) = (Vec::new(), None);
            for event in read {
                match event {
                    Ok(event) => piece.push(event),
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            }
            let before = pushed.0;
            if !push_piece(store, &piece, &mut pushed) {
                let row = batch.line(from + pushed.0 - before);
                pushed.2 = pushed.2.map(|error| error.at_row(row));
                return Ok(pushed);
            }
            if failed.is_some() {
                pushed.2 = failed;
                return Ok(pushed);
            }
        }
    }
    Ok(pushed)
}
