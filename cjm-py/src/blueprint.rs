//! Blueprints as Python objects: loaded, checked, compared, exported, and put to work on logs.
//!
//! Answers: everything that can be asked of a blueprint alone or with a log. Does not know: live customers (see
//! [`crate::engine`]).

use std::sync::{Arc, OnceLock};

use cjm_core::blueprint::Document;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::ActionKind;
use cjm_core::engine::words::Messages;
use cjm_core::insight::tracking;
use cjm_core::outreach::Markup;
use cjm_core::payload::webhook::{Envelope, envelope};
use cjm_core::{
    Blueprint as Inner, Error, ErrorCode, Language, Plan, ReplayOptions, StudyOptions, Timestamp, Until,
};
use cjm_core::{IdentityView, simulate};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::call;
use crate::convert;
use crate::decision::Decision;
use crate::errors::{OrRaise, error};
use crate::journey::JourneyMap;
use crate::log::EventLog;
use crate::options::path;
use crate::records;
use crate::replay::Replay;
use crate::study::Study;

/// Largest file of a blueprint that is read.
const MAX_FILE: u64 = 16 << 20;

/// A blueprint: journeys, events, rules and all, read from YAML or JSON.
///
/// It never changes, so threads may share it. Two are equal when their documents are, however their texts are laid out.
/// It can be pickled. Methods that put it to work compile it once and raise ``BlueprintError`` when it has errors.
/// Instants are aware datetimes or RFC 3339 text, those without an offset are of its zone where it names one; what is
/// no time raises ``BadEventError``.
///
///     >>> shop = cjm.Blueprint.parse('''
///     ... cjm: 1
///     ... id: shop
///     ... zone: UTC
///     ... identities: [{ id: member }]
///     ... events: { cart: { item: text }, paid: {} }
///     ... rules:
///     ...   - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }
///     ... ''')
///     >>> shop
///     <Blueprint shop: 0 journeys, 1 rule>
///     >>> shop.id, shop.rules, shop.journeys
///     ('shop', ['forgot'], [])
#[pyclass(frozen, weakref, module = "cjm", name = "Blueprint")]
pub(crate) struct Blueprint {
    pub(crate) inner: Inner,
    plan: Arc<OnceLock<cjm_core::Result<Arc<Plan>>>>,
}

impl Blueprint {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// The compiled blueprint, or what keeps it from being one.
    pub(crate) fn compiled(&self) -> cjm_core::Result<Arc<Plan>> {
        self.plan.get_or_init(|| self.inner.compile().map(Arc::new)).clone()
    }

    /// The compiled blueprint. Ctrl-C ends the wait for it.
    pub(crate) fn plan(&self, py: Python<'_>) -> PyResult<Arc<Plan>> {
        if let Some(plan) = self.plan.get() {
            return plan.clone().or_raise(py);
        }
        let (inner, plan) = (self.inner.clone(), self.plan.clone());
        call::whole(py, move || plan.get_or_init(|| inner.compile().map(Arc::new)).clone())
    }

    /// The language of what is made of it: as asked, else its own, else English.
    pub(crate) fn language(&self, py: Python<'_>, asked: Option<&str>) -> PyResult<Language> {
        match asked {
            Some(tag) => convert::language(py, tag),
            None => {
                let own = self.inner.document().language.as_deref().and_then(Language::of_tag);
                Ok(own.unwrap_or_default())
            }
        }
    }
}

#[pymethods]
impl Blueprint {
    /// Reads a file of YAML or JSON in UTF-8, of at most 4 MiB.
    ///
    /// ``file`` is a path: text or any ``os.PathLike``. Raises ``BlueprintError``, with every error in ``findings``,
    /// when the file is no blueprint; ``FileError`` when it can not be read, ``FormatError`` when it is not UTF-8,
    /// ``LimitError`` when it is too large to be looked at.
    ///
    ///     >>> import pathlib, tempfile
    ///     >>> folder = tempfile.TemporaryDirectory()
    ///     >>> file = pathlib.Path(folder.name, "shop.yaml")
    ///     >>> _ = file.write_text("{ cjm: 1, id: shop }")
    ///     >>> cjm.Blueprint.load(file)
    ///     <Blueprint shop: 0 journeys, 0 rules>
    ///     >>> folder.cleanup()
    #[staticmethod]
    fn load(py: Python<'_>, file: &Bound<'_, PyAny>) -> PyResult<Self> {
        let path = path(file)?;
        call::whole(py, move || {
            let name = path.display().to_string();
            let failed = |e: std::io::Error| Error::new(ErrorCode::Io, e.to_string()).in_file(&name);
            let size = std::fs::metadata(&path).map_err(failed)?.len();
            if size > MAX_FILE {
                let words = format!("the file has {size} bytes, at most {MAX_FILE} are read");
                return Err(Error::new(ErrorCode::Limit, words).in_file(&name));
            }
            let bytes = std::fs::read(&path).map_err(failed)?;
            let text = String::from_utf8(bytes)
                .map_err(|_| Error::new(ErrorCode::Format, "the file is no UTF-8 text").in_file(&name))?;
            Inner::parse(&text)
        })
        .map(Self::new)
    }

    /// Reads a text of YAML or JSON, of at most 4 MiB.
    ///
    /// Raises ``BlueprintError``, with every error in ``findings``, when the text is no blueprint.
    ///
    ///     >>> cjm.Blueprint.parse("{ cjm: 1, id: shop }")
    ///     <Blueprint shop: 0 journeys, 0 rules>
    ///     >>> try:
    ///     ...     cjm.Blueprint.parse("{ cjm: 1, id: shop, zone: Mars }")
    ///     ... except cjm.BlueprintError as error:
    ///     ...     print([(finding.line, finding.path) for finding in error.findings])
    ///     [(1, 'zone')]
    #[staticmethod]
    fn parse(py: Python<'_>, text: &Bound<'_, PyString>) -> PyResult<Self> {
        let text = convert::text(text, "text")?;
        call::whole(py, move || Inner::parse(&text)).map(Self::new)
    }

    /// The format as JSON Schema, for editors: a dict.
    ///
    ///     >>> sorted(cjm.Blueprint.schema()["required"])
    ///     ['cjm', 'id']
    #[staticmethod]
    fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        records::plain(py, &cjm_core::blueprint::schema::schema())
    }

    /// Its id.
    #[getter]
    fn id(&self) -> &str {
        &self.inner.document().id
    }

    /// The text it was read from; ``None`` when there is none.
    #[getter]
    fn source(&self) -> Option<&str> {
        self.inner.source()
    }

    /// Its journey maps, in document order: a list of ``JourneyMap``.
    #[getter]
    fn journeys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let maps = (0..self.inner.journeys().len()).map(|place| JourneyMap {
            blueprint: self.inner.clone(),
            place,
            language: None,
        });
        let all: PyResult<Vec<_>> = maps.map(|map| Bound::new(py, map)).collect();
        PyList::new(py, all?)
    }

    /// The journey map with an id. Raises ``NotFoundError`` when there is none.
    ///
    ///     >>> blueprint.journey("buy").title
    ///     'Buying'
    fn journey(&self, py: Python<'_>, id: &str) -> PyResult<JourneyMap> {
        let found = self.inner.journeys().iter().position(|map| map.id() == id);
        let place =
            found.ok_or_else(|| error(py, ErrorCode::NotFound, format!("there is no journey `{id}`")))?;
        Ok(JourneyMap { blueprint: self.inner.clone(), place, language: None })
    }

    /// Ids of its rules, in document order.
    #[getter]
    fn rules(&self) -> Vec<&str> {
        self.inner.document().rules.iter().map(|rule| rule.id.as_str()).collect()
    }

    /// The document as dicts and lists, keys in the order of the format; what has its default may be left out.
    ///
    ///     >>> cjm.Blueprint.parse("{ id: shop, cjm: 1 }").to_dict()
    ///     {'cjm': 1, 'id': 'shop'}
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let json = self.to_json(py)?;
        py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (json,))
    }

    /// The document as JSON text, indented by two spaces, keys in the order of the format.
    ///
    /// It reads back as an equal blueprint.
    ///
    ///     >>> print(blueprint.to_json()[:20])
    ///     {
    ///       "cjm": 1,
    ///       "id"
    ///     >>> cjm.Blueprint.parse(blueprint.to_json()) == blueprint
    ///     True
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.to_json().or_raise(py)
    }

    /// The document as YAML text, keys in the order of the format, without comments.
    ///
    /// It reads back as an equal blueprint.
    ///
    ///     >>> print(cjm.Blueprint.parse('{ "id": "shop", "cjm": 1 }').to_yaml(), end="")
    ///     cjm: 1
    ///     id: shop
    fn to_yaml(&self, py: Python<'_>) -> PyResult<String> {
        self.inner.to_yaml().or_raise(py)
    }

    /// Everything that there is to say about it: a list of ``Finding``, by line, column, path and code.
    ///
    /// Errors, warnings and hints; only errors keep a blueprint from being used. ``language`` is that of the words,
    /// ``en`` or ``zh``: raises ``ArgumentError`` for another. At most 1,000 errors and 1,000 others are told.
    ///
    ///     >>> blueprint.check()
    ///     []
    ///     >>> typo = cjm.Blueprint.parse(blueprint.source.replace("ticket: care", "ticket: car"))
    ///     >>> for finding in typo.check():
    ///     ...     print(finding.severity, finding.code, finding.path, finding.help)
    ///     error unknown_queue rules.sorry.do[0].ticket did you mean `care`?
    #[pyo3(signature = (*, language="en"))]
    fn check<'py>(&self, py: Python<'py>, language: &str) -> PyResult<Bound<'py, PyAny>> {
        let language = convert::language(py, language)?;
        let inner = self.inner.clone();
        let findings = call::whole(py, move || Ok(inner.check()))?;
        findings_in(py, &findings, language)
    }

    /// What changed from this blueprint to a later one: a list of ``Change``, in the order of this one.
    ///
    /// Parts with an id are compared by id, other lists by index, lists of plain names as a whole. Parts that only the
    /// later one has come after those that both have, part by part.
    ///
    ///     >>> later = cjm.Blueprint.parse(blueprint.source.replace("for: 30m", "for: 1h"))
    ///     >>> [(change.kind, change.path, change.before, change.after) for change in blueprint.diff(later)]
    ///     [('changed', 'rules.forgot.when.for', '30m', '1h')]
    fn diff<'py>(&self, py: Python<'py>, later: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (inner, later) = (self.inner.clone(), later.get().inner.clone());
        let changes = call::whole(py, move || inner.diff(&later))?;
        records::record(py, &changes)
    }

    /// The arm of an experiment that a customer falls into who was not exposed to it yet: its id.
    ///
    /// It is the same on every machine. ``id`` is that of the experiment, or of a rule that serves it; ``customer`` is
    /// a dict as ``{"member": "m-1"}``, of several identities the kind that the blueprint declares first counts.
    /// ``None`` of a rule without an experiment, and where no arm has a share. Raises ``NotFoundError`` for an unknown
    /// id, ``ArgumentError`` without an identity of a declared kind.
    ///
    ///     >>> trial = cjm.Blueprint.parse('''
    ///     ... cjm: 1
    ///     ... id: trial
    ///     ... identities: [{ id: member }]
    ///     ... events: { cart: {}, paid: {} }
    ///     ... rules:
    ///     ...   - { id: forgot, when: { event: cart }, do: [{ call: remind }], experiment: reminder }
    ///     ... experiments:
    ///     ...   - { id: reminder, arms: [{ id: treated, share: 0.5 }, { id: control, share: 0.5, hold: true }] }
    ///     ... ''')
    ///     >>> [trial.arm("reminder", {"member": name}) for name in ("ann", "bob", "cat", "dan")]
    ///     ['treated', 'control', 'control', 'treated']
    fn arm(&self, py: Python<'_>, id: &str, customer: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let customer = convert::customer(customer)?;
        let plan = self.plan(py)?;
        plan.arm(id, &customer).map(|arm| arm.map(str::to_owned)).or_raise(py)
    }

    /// Studies a log: every customer walks the maps once. Gives a ``Study``, the same on one thread as on many.
    ///
    /// ``by`` names cuts beside everyone: ``persona``, ``scenario``, ``segment`` or a dimension of the blueprint.
    /// ``until`` is the instant as of which to look, an aware datetime or RFC 3339 text, the log's last event unless
    /// said: later events are left out, idle trips end and lifecycle states change up to then. With
    /// ``identity="final"`` whoever is one customer at the end of the log always was; with ``"as_known"`` from the
    /// event on that links the identities.
    ///
    /// Raises ``ArgumentError`` for a cut that the blueprint does not have. Ctrl-C ends it.
    ///
    ///     >>> blueprint.study(log)
    ///     <Study of shop: 10 events of 3 customers>
    ///     >>> blueprint.study(log, until="2026-03-01T12:30:00Z").summary.left_out
    ///     5
    #[pyo3(signature = (log, *, by=None, until=None, identity="final"))]
    fn study(
        &self,
        py: Python<'_>,
        log: &Bound<'_, EventLog>,
        by: Option<Vec<String>>,
        until: Option<&Bound<'_, PyAny>>,
        identity: &str,
    ) -> PyResult<Study> {
        let identity = match identity {
            "final" => IdentityView::Final,
            "as_known" => IdentityView::AsKnown,
            other => {
                let words = format!("`{other}` is no view of identities; give `final` or `as_known`");
                return Err(error(py, ErrorCode::Argument, words));
            }
        };
        let until = until.map(|until| convert::instant(until, self.zone(), "until")).transpose()?;
        let options = StudyOptions { by: by.unwrap_or_default(), until, identity };
        let (plan, log) = (self.plan(py)?, log.get().inner.clone());
        let own = log.clone();
        let study = call::long(py, move || plan.study(&log, &options))?;
        Ok(Study { inner: Arc::new(study), log: own })
    }

    /// What the rules would have done with the events of a log: a ``Replay``, the same on one thread as on many.
    ///
    /// ``until`` says up to when time passes: ``"last_event"`` (unless said), ``"end_of_waits"``, when nobody waits for
    /// anything any more, or an instant, an aware datetime or RFC 3339 text: later events are left out and counted.
    /// Nothing is acknowledged. Ctrl-C ends it.
    ///
    ///     >>> blueprint.replay(log)
    ///     <Replay of 10 events: 2 decisions, 1 refusal, 1 ticket>
    ///     >>> blueprint.replay(log, until="2026-03-01T12:20:00Z").waiting()["rule"]
    ///     ['forgot']
    #[pyo3(signature = (log, *, until=None))]
    fn replay(
        &self,
        py: Python<'_>,
        log: &Bound<'_, EventLog>,
        until: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Replay> {
        let until = match until {
            None => Until::LastEvent,
            Some(until) => match until.cast::<PyString>().ok().map(|text| text.to_cow()).transpose()? {
                Some(text) if text == "last_event" => Until::LastEvent,
                Some(text) if text == "end_of_waits" => Until::EndOfWaits,
                _ => Until::At(convert::instant(until, self.zone(), "until")?),
            },
        };
        let options = ReplayOptions { until, ..ReplayOptions::default() };
        let (plan, log) = (self.plan(py)?, log.get().inner.clone());
        let own = plan.clone();
        let replay = call::long(py, move || Ok(plan.replay(&log, options)))?;
        Ok(Replay { inner: Arc::new(replay), plan: own })
    }

    /// Why a rule did, does or does not act on a customer of a log: an ``Explanation``.
    ///
    /// ``at`` is the instant asked for, an aware datetime or RFC 3339 text, the log's last event unless said.
    /// ``customer`` is a dict as ``{"member": "m-1"}``, of several identities the kind that the blueprint declares
    /// first counts. Raises ``NotFoundError`` for a customer of whom the log has no event up to then, and for an
    /// unknown rule.
    ///
    ///     >>> why = blueprint.explain(log, {"member": "m1"}, "forgot", at="2026-03-01T12:35:00Z")
    ///     >>> why.fires
    ///     True
    ///     >>> print(why)
    ///     Forgotten basket for member m1, as of 2026-03-01 12:35 (UTC)
    ///     It acts at this instant.
    ///     Trigger: after cart without paid for 30m
    ///     ...
    #[pyo3(signature = (log, customer, rule, *, at=None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        log: &Bound<'py, EventLog>,
        customer: &Bound<'py, PyAny>,
        rule: &str,
        at: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let key = key(self.inner.document(), customer)?;
        let at = self.at(at)?;
        let (plan, log, rule) = (self.plan(py)?, log.get().inner.clone(), rule.to_owned());
        let own = plan.clone();
        let explanation = call::long(py, move || plan.explain_log(&log, &key, &rule, at))?;
        explained(py, &own, &explanation)
    }

    /// Five lines about a customer of a log for front-line staff: a ``Brief``.
    ///
    /// ``at`` is the instant as of which to look, an aware datetime or RFC 3339 text, the log's last event unless said;
    /// ``customer`` is a dict as ``{"member": "m-1"}``; ``language`` is ``en`` or ``zh``, the blueprint's unless said.
    /// Raises ``NotFoundError`` for a customer of whom the log has no event up to then.
    ///
    ///     >>> print(blueprint.brief(log, {"member": "m1"}, at="2026-03-01T12:10:00Z"))
    ///     Where: Buying, stage Order, since 12:05
    ///     Last steps: Basket 12:05
    ///     Mood: no answer yet
    ///     Promises: Forgotten basket due 12:35
    ///     Open tickets: none
    #[pyo3(signature = (log, customer, *, at=None, language=None))]
    fn brief<'py>(
        &self,
        py: Python<'py>,
        log: &Bound<'py, EventLog>,
        customer: &Bound<'py, PyAny>,
        at: Option<&Bound<'py, PyAny>>,
        language: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let key = key(self.inner.document(), customer)?;
        let (at, language) = (self.at(at)?, self.language(py, language)?);
        let (plan, log) = (self.plan(py)?, log.get().inner.clone());
        let brief = call::long(py, move || plan.brief_log(&log, &key, at, language))?;
        records::record(py, &brief)
    }

    /// Events of made-up customers who walk the maps, wait, drop out, answer and come back: an ``EventLog``.
    ///
    /// ``customers`` is how many come at least once, ``days`` the length of the time, ``start`` its beginning
    /// (2026-01-01 in UTC unless said), ``noise`` the share of visits with an event that is not declared, and of events
    /// that come late. The same ``seed`` gives the same events on every machine. Raises ``ArgumentError`` when no
    /// journey has a touchpoint with an event or the noise is no share, ``LimitError`` for too many customers, days or
    /// events. Ctrl-C ends it.
    ///
    ///     >>> log = blueprint.simulate(customers=50, days=30, seed=7)
    ///     >>> log.n_customers
    ///     50
    ///     >>> blueprint.simulate(customers=50, days=30, seed=7).n_events == log.n_events
    ///     True
    #[pyo3(signature = (*, customers=2_000, days=180, seed=1, start=None, noise=0.01))]
    fn simulate(
        &self,
        py: Python<'_>,
        customers: u64,
        days: u32,
        seed: u64,
        start: Option<&Bound<'_, PyAny>>,
        noise: f64,
    ) -> PyResult<EventLog> {
        let mut options = simulate::Options { customers, days, seed, noise, ..simulate::Options::default() };
        if let Some(start) = start {
            options.start = convert::instant(start, self.zone(), "start")?;
        }
        let own = self.inner.clone();
        let log = call::long(py, move || {
            let events = simulate::simulate(own.document(), options)?;
            cjm_core::event::log_of(&events, Some(own.document()))
        })?;
        Ok(EventLog::new(log, Some(self)))
    }

    /// What a decision to send says: the message's body filled with the decision's arguments.
    ///
    /// ``markup`` says how arguments are written into it: ``none`` as they are, ``html`` escaped, ``chat`` so that no
    /// chat tool reads tags, mentions or links in them. ``language`` is the blueprint's unless said. Raises
    /// ``NotFoundError`` for a decision that sends nothing or a message without a body, ``ArgumentError`` when the body
    /// needs what the decision does not give.
    ///
    ///     >>> shop = cjm.Blueprint.parse('''
    ///     ... cjm: 1
    ///     ... id: shop
    ///     ... identities: [{ id: member }]
    ///     ... events: { cart: { item: text } }
    ///     ... channels: [{ id: mail }]
    ///     ... consent: { purposes: [{ id: service, default: allow }] }
    ///     ... messages: [{ id: nudge, body: "Still want {{ item }}?" }]
    ///     ... rules:
    ///     ...   - id: again
    ///     ...     when: { event: cart }
    ///     ...     do: [{ send: nudge, purpose: service, channels: [mail], with: { item: event.item } }]
    ///     ... ''')
    ///     >>> (decision,) = cjm.Engine(shop).push(cart | {"attributes": {"item": "tea"}})
    ///     >>> shop.message(decision)
    ///     'Still want tea?'
    #[pyo3(signature = (decision, *, language=None, markup="none"))]
    fn message(
        &self,
        py: Python<'_>,
        decision: &Bound<'_, Decision>,
        language: Option<&str>,
        markup: &str,
    ) -> PyResult<String> {
        let markup = match markup {
            "none" => Markup::None,
            "html" => Markup::Html,
            "chat" => Markup::Chat,
            other => {
                let words = format!("`{other}` is no markup; give none, html or chat");
                return Err(error(py, ErrorCode::Argument, words));
            }
        };
        let (plan, language) = (self.plan(py)?, self.language(py, language)?);
        let decision = decision.get().0.clone();
        call::short(py, || Messages::of(&plan, markup)?.text(&decision, language))
    }

    /// A decision for a plain web hook: a CloudEvents 1.0 event in JSON as a ``Payload``. Nothing is sent.
    ///
    /// Its id is the decision's, so that the receiver can drop what it has seen; its type is ``cjm.decision``, of a
    /// revocation ``cjm.revoke``; its data is what ``Decision.to_dict`` gives. Raises ``LimitError`` beyond 256 KiB.
    ///
    ///     >>> sent = blueprint.envelope(replay.decisions[0])
    ///     >>> sent.body["type"], sent.body["source"], sent.body["time"], sent.body["data"]["rule"]
    ///     ('cjm.decision', 'cjm/shop', '2026-03-01T12:35:00Z', 'forgot')
    fn envelope<'py>(&self, py: Python<'py>, decision: &Bound<'py, Decision>) -> PyResult<Bound<'py, PyAny>> {
        let decision = &decision.get().0;
        let kind = if decision.action == ActionKind::Revoke { "revoke" } else { "decision" };
        let id = decision.id.to_string();
        let head = Envelope { id: &id, blueprint: &self.inner.document().id, kind, time: decision.due };
        crate::chat::made(py, envelope(&head, &decision.to_json()))
    }

    /// The tracking plan: which events with which attributes are to be recorded where, as text.
    ///
    /// ``format`` is ``markdown`` or ``csv``, ``language`` ``en`` or ``zh``, the blueprint's unless said. Raises
    /// ``ArgumentError`` for another.
    ///
    ///     >>> print(blueprint.tracking_plan().splitlines()[0])
    ///     | Event | When | Attribute | Type | Required | Touchpoint | Stage | Journey | Channel | Owner |
    #[pyo3(signature = (*, format="markdown", language=None))]
    fn tracking_plan(&self, py: Python<'_>, format: &str, language: Option<&str>) -> PyResult<String> {
        let language = self.language(py, language)?;
        let rows = self.inner.tracking_plan();
        match format {
            "markdown" => Ok(tracking::plan_markdown(&rows, language)),
            "csv" => Ok(tracking::plan_csv(&rows, language)),
            other => {
                let words = format!("`{other}` is no format; give markdown or csv");
                Err(error(py, ErrorCode::Argument, words))
            }
        }
    }

    /// How a log keeps to the tracking plan: events and attributes that are missing, refused or unknown.
    ///
    /// A list of ``Finding``, in ``en`` or ``zh``. Raises ``ArgumentError`` for another language. Ctrl-C ends it.
    ///
    ///     >>> [(finding.severity, finding.code, finding.path) for finding in blueprint.check_tracking(log)]
    ///     [('hint', 'tracking_undeclared_event', 'events.chat'), ('hint', 'tracking_unmapped', 'events.chat')]
    #[pyo3(signature = (log, *, language="en"))]
    fn check_tracking<'py>(
        &self,
        py: Python<'py>,
        log: &Bound<'py, EventLog>,
        language: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let language = convert::language(py, language)?;
        let (own, log) = (self.inner.clone(), log.get().inner.clone());
        let issues = call::long(py, move || Ok(own.check_tracking(&log)))?;
        let findings: Vec<cjm_core::Finding> = issues.iter().map(tracking::TrackingIssue::finding).collect();
        findings_in(py, &findings, language)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().inner == self.inner)
    }

    fn __repr__(&self) -> String {
        let document = self.inner.document();
        format!(
            "<Blueprint {}: {}, {}>",
            document.id,
            convert::counted(document.journeys.len(), "journey"),
            convert::counted(document.rules.len(), "rule")
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let text = slf.get().text(py)?;
        records::restored(py, "Blueprint", PyBytes::new(py, text.as_bytes()))
    }

    #[staticmethod]
    fn _from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|_| error(py, ErrorCode::State, "the bytes are no blueprint"))?;
        Inner::parse(text).or_raise(py).map(Self::new)
    }
}

impl Blueprint {
    /// Its text: the source, or what a document made by a program reads as.
    pub(crate) fn text(&self, py: Python<'_>) -> PyResult<String> {
        match self.inner.source() {
            Some(source) => Ok(source.to_owned()),
            None => self.to_json(py),
        }
    }

    pub(crate) fn zone(&self) -> Option<&cjm_core::Zone> {
        self.inner.document().zone.as_ref()
    }

    fn at(&self, at: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Timestamp>> {
        at.map(|at| convert::instant(at, self.zone(), "at")).transpose()
    }
}

/// The one identity that a customer is asked for by: of several that of the kind which the blueprint declares first.
pub(crate) fn key(document: &Document, customer: &Bound<'_, PyAny>) -> PyResult<IdentityKey> {
    let place = |key: &IdentityKey| {
        let found = document.identities.iter().position(|kind| *kind.id == *key.kind);
        found.unwrap_or(usize::MAX)
    };
    let first = convert::customer(customer)?.into_iter().min_by_key(place);
    first.ok_or_else(|| error(customer.py(), ErrorCode::Argument, "the customer has no identity"))
}

/// Findings as objects, in a language.
fn findings_in<'py>(
    py: Python<'py>,
    findings: &[cjm_core::Finding],
    language: Language,
) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "Finding"))?;
    let all: PyResult<Vec<_>> = findings
        .iter()
        .map(|finding| {
            let fields = PyDict::new(py);
            fields.set_item("severity", records::record(py, &finding.severity())?)?;
            fields.set_item("code", finding.code())?;
            fields.set_item("path", &finding.path)?;
            fields.set_item("line", finding.position.line)?;
            fields.set_item("column", finding.position.column)?;
            fields.set_item("message", finding.message(language))?;
            fields.set_item("help", finding.help(language))?;
            class.call((), Some(&fields))
        })
        .collect();
    Ok(PyList::new(py, all?)?.into_any())
}

/// An explanation as an object, with its lines in both languages.
pub(crate) fn explained<'py>(
    py: Python<'py>,
    plan: &Plan,
    explanation: &cjm_core::Explanation,
) -> PyResult<Bound<'py, PyAny>> {
    let fields = records::plain(py, explanation)?.cast_into::<PyDict>()?;
    let texts = PyDict::new(py);
    texts.set_item("en", explanation.text(plan, Language::En))?;
    texts.set_item("zh", explanation.text(plan, Language::Zh))?;
    let class = py.import(intern!(py, "cjm._records"))?.getattr(intern!(py, "Explanation"))?;
    class.call((fields, texts), None)
}
