"""What answers are made of: frozen rows with typed fields.

Answers: the fields of each. Does not know: how they come about; the extension module fills them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import _cjm
from ._errors import ArgumentError


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a customer. A dict of the same fields does as well.

    >>> import cjm
    >>> event = cjm.Event("paid", "2026-03-01T12:00:00+08:00", {"member": "m-1"}, id="e7", source="till-1")
    >>> event.name
    'paid'
    """

    name: str
    """The event's name."""
    time: datetime | str
    """When it happened: an aware datetime, or RFC 3339 text."""
    identities: Mapping[str, str | int]
    """Whom it concerns: kinds with values, as in ``{"member": "m-1"}``."""
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else it says."""
    id: str | int | None = None
    """Its id within the source; with the source the key by which repeats are known."""
    source: str | None = None
    """Where it came from."""
    channel: str | None = None
    """The channel it came through."""
    sequence: int = 0
    """Its order among events of one instant."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure about people. What there is not enough data for is ``None``, never 0.

    >>> import cjm
    >>> cjm.csat([])
    Estimate(value=None, low=None, high=None, n=0, method='wilson')
    """

    value: float | None
    """The value."""
    low: float | None
    """Lower end of the 95 % interval."""
    high: float | None
    """Upper end of the 95 % interval."""
    n: int
    """How many observations it rests on."""
    method: str
    """Name of the method of the interval."""


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """How far apart two figures about people are: first minus second.

    >>> import cjm
    >>> apart = cjm.compare_shares((56, 70), (48, 80))
    >>> round(apart.difference, 3), round(apart.p, 3), apart.test
    (0.2, 0.008, 'pooled_z')
    """

    difference: float | None
    """First minus second."""
    low: float | None
    """Lower end of the 95 % interval."""
    high: float | None
    """Upper end of the 95 % interval."""
    statistic: float | None
    """The test's statistic."""
    p: float | None
    """Two-sided p of the statistic."""
    n_first: int
    """Observations behind the first figure."""
    n_second: int
    """Observations behind the second figure."""
    method: str
    """Name of the method of the interval."""
    test: str
    """Name of the test."""


@dataclass(frozen=True, slots=True)
class CurveSummary:
    """What an emotion curve says in a few figures. A place is a position on the curve, from 0, and the value there.

    >>> import cjm
    >>> found = cjm.summarize_curve([2.0, -4.0, None, 1.0])
    >>> found.n, found.peak, found.end, found.peak_end, found.largest_drop
    (3, (1, -4.0), (3, 1.0), -1.5, (1, -6.0))
    """

    n: int
    """Touchpoints that were measured."""
    peak: tuple[int, float] | None
    """The largest absolute value with its sign; of equal ones the later."""
    highest: tuple[int, float] | None
    """The highest value; of equal ones the later."""
    valley: tuple[int, float] | None
    """The lowest value; of equal ones the earlier."""
    end: tuple[int, float] | None
    """The last measured touchpoint."""
    peak_end: float | None
    """(peak + end) / 2 with the peak of the largest absolute value."""
    peak_end_of_highest: float | None
    """(peak + end) / 2 with the highest value as peak."""
    duration_weighted: float | None
    """The mean, each weighted by its duration; touchpoints of unknown duration are left out."""
    unweighted: bool
    """Whether that is the plain mean, because no duration is known or all are 0."""
    slope: float | None
    """Least-squares slope per touchpoint; it needs two that were measured."""
    largest_drop: tuple[int, float] | None
    """The measured touchpoint after the largest drop from the one before it, with the drop; ``None`` when nothing drops."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A body that a chat tool or a web hook takes.

    >>> import cjm
    >>> cjm.chat_note("feishu.bot_text", "hello").body
    {'msg_type': 'text', 'content': {'text': 'hello'}}
    """

    body: dict[str, Any]
    """The body of the request, as ``json.dumps`` takes it."""
    n_cut: int
    """How many characters of text were left out to keep the tool's limit."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """Many maps beside each other.

    >>> import cjm
    >>> atlas = cjm.atlas([blueprint, blueprint])
    >>> atlas.shared[0]["by"], atlas.shared[0]["maps"], len(atlas.stages)
    ('event', 2, 6)
    """

    shared: _cjm.Table
    """Touchpoints that several maps have: the same event, id, title or channel."""
    pains: _cjm.Table
    """Pains that several maps name, with what is said to solve them."""
    opportunities: _cjm.Table
    """Opportunities that several maps name."""
    stages: _cjm.Table
    """The stages of all maps, those of one id together."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing a customer removed.

    >>> store.push(cart)
    []
    >>> store.erase({"member": "m1"})
    Erased(customers=1, identities=1, events=1, decisions=0, tickets=0, refusals=0)
    """

    customers: int
    """Customers: 1, or 0 when nobody has the identity."""
    identities: int
    """Identities."""
    events: int
    """Events."""
    decisions: int
    """Decisions that waited to be handed over or were remembered."""
    tickets: int
    """Tickets."""
    refusals: int
    """Refusals."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a checker found in a blueprint.

    >>> import cjm
    >>> (finding,) = cjm.Blueprint.parse("{ cjm: 1, id: shop, journeys: [{ id: buy }] }").check()
    >>> finding.severity, finding.code, finding.path, finding.line, finding.column
    ('warning', 'map_empty', 'journeys.buy', 1, 32)
    """

    severity: str
    """``error``, ``warning`` or ``hint``. Only errors keep a blueprint from being used."""
    code: str
    """The stable code, as in ``unknown_key``."""
    path: str
    """Where in the document."""
    line: int
    """Line from 1; 0 when there is no text behind the document."""
    column: int
    """Column in characters from 1; 0 when there is no text behind the document."""
    message: str
    """What is the matter."""
    help: str
    """What to do about it; empty when there is nothing to add."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two blueprints.

    >>> import cjm
    >>> later = cjm.Blueprint.parse(blueprint.source.replace("for: 30m", "for: 1h"))
    >>> blueprint.diff(later)
    [Change(kind='changed', path='rules.forgot.when.for', before='30m', after='1h')]
    """

    kind: str
    """``added``, ``removed``, ``changed`` or ``moved``."""
    path: str
    """The part, as findings name it."""
    before: Any = None
    """What stood there before; of a moved part its index from 0."""
    after: Any = None
    """What stands there now; of a moved part its index from 0."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a study looked at.

    >>> summary = study.summary
    >>> summary.events, summary.customers, summary.unmapped, summary.refused_links
    (10, 3, 1, 1)
    """

    blueprint: str
    """The blueprint's id."""
    events: int
    """Events studied."""
    customers: int
    """Customers studied."""
    first: datetime | None
    """The first event."""
    last: datetime | None
    """The last event."""
    until: datetime | None
    """As of which instant was looked."""
    left_out: int
    """Events after it."""
    unmapped: int
    """Events that landed on no touchpoint of any map."""
    unassigned: int
    """Trips whose persona is unassigned."""
    condition_errors: int
    """Conditions that ended in an error and therefore did not hold."""
    refused_links: int
    """Identity links that were refused."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket of one customer.

    >>> (ticket,) = blueprint.replay(log).tickets
    >>> ticket.queue, ticket.person, ticket.status, ticket.contact_by.isoformat()
    ('care', 'ann', 'assigned', '2026-03-02T15:10:00+00:00')
    """

    id: str
    """The id of its decision."""
    customer: dict[str, str]
    """The customer's key."""
    rule: str
    """The rule that opened it."""
    queue: str
    """The queue that has it."""
    person: str | None
    """Who has it; ``None`` while nobody does."""
    kind: str | None
    """What kind of matter it is."""
    status: str
    """Where it stands: ``open``, ``assigned``, ..., ``closed``."""
    opened: datetime
    """When it was opened."""
    accept_by: datetime | None
    """Until when it was to be accepted."""
    contact_by: datetime | None
    """Until when the customer was to be contacted."""
    resolve_by: datetime | None
    """Until when it was to be resolved."""
    tell_by: datetime | None
    """Until when the customer was to be told."""
    overdue: list[str]
    """The limits that were missed and whose step is still not done."""
    facts: list[tuple[str, str]]
    """What staff said last: name and value, by name."""


@dataclass(frozen=True, slots=True)
class OnTrip:
    """An open trip in a brief.

    >>> trip = blueprint.brief(log, {"member": "m1"}).trip
    >>> trip.journey, trip.stage, trip.reached
    ('buy', 'after', True)
    """

    journey: str
    """The journey's id."""
    stage: str | None
    """The stage's id; ``None`` before anything landed."""
    since: datetime
    """When it came into the stage."""
    reached: bool
    """Whether the goal was reached."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that the customer did.

    >>> [step.what for step in blueprint.brief(log, {"member": "m1"}).steps]
    ['Basket', 'Basket', 'Payment', 'Review']
    """

    what: str
    """What it is called."""
    at: datetime
    """When."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How a customer last felt.

    >>> mood = blueprint.brief(log, {"member": "m1"}).mood
    >>> mood.place, mood.kind, mood.score, mood.emotion, mood.level
    ('Review', 'csat', 2, -0.5, 'bad')
    """

    at: datetime
    """When it was said or shown."""
    place: str
    """The touchpoint or survey, by its title."""
    kind: str | None
    """The scale of an answer: ``nps``, ``csat`` or ``ces``."""
    score: int | None
    """The answer on that scale."""
    emotion: float
    """The emotion, -1 to 1."""
    level: str
    """``bad``, ``fair`` or ``good``."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that was sent, asked or called for.

    >>> [(sent.rule, sent.channel) for sent in blueprint.brief(log, {"member": "m1"}).sent]
    [('Forgotten basket', None)]
    """

    rule: str
    """The rule, by its title."""
    channel: str | None
    """The channel, by its title."""
    at: datetime
    """When."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something that is still ahead.

    >>> engine.push(cart)
    []
    >>> [(ahead.rule, ahead.due.minute) for ahead in engine.brief({"member": "m1"}).ahead]
    [('Forgotten basket', 35)]
    """

    rule: str
    """The rule, by its title."""
    due: datetime
    """When it comes about, unless something ends it."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What front-line staff has to know of one customer; ``str()`` gives five lines.

    >>> engine.push(cart)
    []
    >>> brief = engine.brief({"member": "m1"})
    >>> brief.customer, len(brief.lines)
    ({'member': 'm1'}, 5)
    >>> print(brief)
    Where: Buying, stage Order, since 12:05
    ...
    """

    customer: dict[str, str] | None
    """The customer's key."""
    at: datetime | None
    """As of when."""
    trip: OnTrip | None
    """The open trip that an event landed on last."""
    steps: list[Step]
    """The last five steps, oldest first."""
    mood: Mood | None
    """How the customer last felt."""
    sent: list[Sent]
    """What was sent last and did not fail, oldest first, at most five."""
    ahead: list[Ahead]
    """What is still ahead, by due, at most five."""
    tickets: list[Ticket]
    """Open tickets, by (opened, id)."""
    lines: tuple[str, ...]
    """The five lines."""

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class KnownIdentity:
    """An identity of a customer.

    >>> engine.push(cart)
    []
    >>> [(known.kind, known.value) for known in engine.customer({"member": "m1"}).identities]
    [('member', 'm1')]
    """

    kind: str
    """Declared kind, as in ``member``."""
    value: str
    """The value, any text."""
    since: datetime
    """Since when it belongs to the customer."""


@dataclass(frozen=True, slots=True)
class SaidConsent:
    """What a customer said of messages.

    >>> import cjm
    >>> said = cjm.SaidConsent("sms", "marketing", granted=True)
    >>> said.granted
    True
    """

    channel: str
    """The channel's id."""
    purpose: str
    """The purpose's id."""
    granted: bool
    """Whether it was granted."""


@dataclass(frozen=True, slots=True)
class OpenTrip:
    """A trip that has not ended.

    >>> engine.push(cart)
    []
    >>> (trip,) = engine.customer({"member": "m1"}).trips
    >>> trip.journey, trip.stage, trip.touchpoint, trip.steps, trip.reached
    ('buy', 'order', 'basket', 1, None)
    """

    journey: str
    """The journey's id."""
    key: Any
    """What keeps concurrent trips apart; ``None`` otherwise."""
    persona: str | None
    """The persona's id; ``None`` is unassigned."""
    stage: str | None
    """The stage's id; ``None`` before anything landed."""
    touchpoint: str | None
    """The touchpoint's id; ``None`` before anything landed."""
    opened: datetime
    """When it opened."""
    since: datetime
    """When it came into the stage."""
    landed: datetime
    """When an event last landed, or it opened."""
    steps: int
    """Landed events."""
    reached: datetime | None
    """When the goal was reached."""


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that a rule waits for.

    >>> engine.push(cart)
    []
    >>> (timer,) = engine.customer({"member": "m1"}).timers
    >>> timer.rule, timer.due.isoformat()
    ('forgot', '2026-03-01T12:35:00+00:00')
    """

    due: datetime
    """When it comes about, unless something ends it."""
    rule: str
    """The rule."""
    key: str | None
    """The rule's key as text, where it has one."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """An arm of an experiment that a customer was exposed to.

    >>> import cjm, datetime
    >>> exposed = cjm.Exposed("reminder", "treated", datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc))
    >>> exposed.arm
    'treated'
    """

    experiment: str
    """The experiment's id."""
    arm: str
    """The arm's id."""
    since: datetime
    """Since when."""


@dataclass(frozen=True, slots=True)
class CustomerView:
    """Everything that is known of one customer.

    >>> engine.push(cart)
    []
    >>> view = engine.customer({"member": "m1"})
    >>> view.customer, view.lifecycle, view.features, view.next_due.isoformat()
    ({'member': 'm1'}, 'guest', {'orders': 0}, '2026-03-01T12:35:00+00:00')
    """

    customer: dict[str, str] | None
    """The customer's key."""
    at: datetime | None
    """As of when: the customer's frontier."""
    created: datetime | None
    """When the customer was first heard of."""
    identities: list[KnownIdentity]
    """Every identity; the key first, then in order of their coming."""
    profile: dict[str, Any]
    """Profile fields that are set, in the blueprint's order."""
    tags: list[str]
    """Tags that are set, by name."""
    consents: list[SaidConsent]
    """What was said of consent; unsaid ones have their default."""
    lifecycle: str | None
    """The lifecycle state's id."""
    segments: list[str]
    """Ids of the segments the customer is in."""
    features: dict[str, Any]
    """Features in the blueprint's order; ``None`` where there is nothing to tell."""
    trips: list[OpenTrip]
    """Open trips, by (journey, number)."""
    timers: list[Timer]
    """What is waited for, by (due, rule, key)."""
    arms: list[Exposed]
    """Experiments that the customer was exposed to."""
    tickets: list[Ticket]
    """Tickets, by (opened, id)."""
    next_due: datetime | None
    """When something next comes about by time alone."""
    counters: dict[str, int]
    """What was counted."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of matches under way, over all customers.

    >>> import cjm
    >>> engine.push(cart)
    []
    >>> later = cjm.Blueprint.parse(blueprint.source.replace("for: 30m", "for: 20m"))
    >>> engine.install(later, preview=True).total
    Moved(moved=1, kept=0, exited=0, earlier=1, restaged=0)
    """

    moved: int
    """That go on under a changed text."""
    kept: int
    """That end under the text they began with."""
    exited: int
    """That end here."""
    earlier: int
    """Of those moved: that come about earlier than before."""
    restaged: int
    """Trips that stand in another stage now."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What an install does, or would do, to everybody.

    >>> import cjm
    >>> engine.push(cart)
    []
    >>> later = cjm.Blueprint.parse(blueprint.source.replace("for: 30m", "for: 20m"))
    >>> done = engine.install(later, edits={"forgot": "pin"})
    >>> done.customers, done.concerned, done.total.kept, done.versions
    (1, 1, 1, 1)
    """

    customers: int
    """Customers there are."""
    concerned: int
    """Customers of whom anything is moved, kept, ended or stands elsewhere."""
    leaving: int
    """Customers who leave something that was under way."""
    waking: int
    """Customers who hear of something earlier than before."""
    total: Moved
    """All of theirs together."""
    versions: int
    """Versions of rules of before that go on."""


@dataclass(frozen=True, slots=True)
class ReplayDifference:
    """What differs between two replays of one log.

    >>> import cjm
    >>> later = cjm.Blueprint.parse(blueprint.source.replace("for: 30m", "for: 1h"))
    >>> difference = replay.diff(later.replay(log, until="end_of_waits"))
    >>> difference.rules["changed"], len(difference.refused), len(difference.decisions)
    ([0, 0], 1, 2)
    """

    rules: _cjm.Table
    """By rule: how many decisions before and after, and of those the same, changed, gone and new."""
    refused: _cjm.Table
    """By rule and reason: refusals that are not as many in both."""
    decisions: list[tuple[_cjm.Decision | None, _cjm.Decision | None]]
    """Every decision that is not the same in both, as (before, after)."""


class Explanation:
    """Why a rule did, does or does not act on one customer; ``str()`` gives the lines to read.

    Its parts are those of the explanation's JSON: ``fires``, the trigger with what was seen, every check of the policy
    with its verdict, and ``nearest``, the changes that would have made it fire.

    >>> engine.push(cart)
    []
    >>> why = engine.explain({"member": "m1"}, "forgot")
    >>> why
    <Explanation of forgot: does not fire>
    >>> why["rule"], why["trigger"]["waits"][0]["due"].isoformat()
    ('forgot', '2026-03-01T12:35:00+00:00')
    >>> print(why)
    Forgotten basket for member m1, as of 2026-03-01 12:05 (UTC)
    It does not act at this instant.
    ...
    """

    __slots__ = ("_fields", "_texts")

    def __init__(self, fields: dict[str, Any], texts: dict[str, str]) -> None:
        self._fields = fields
        self._texts = texts

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def to_dict(self) -> dict[str, Any]:
        """Every part, as dicts and lists.

        >>> why = blueprint.explain(log, {"member": "m1"}, "forgot", at="2026-03-01T12:35:00Z")
        >>> why.to_dict()["fires"], why.to_dict()["customer"]
        (True, {'member': 'm1'})
        """
        return self._fields

    @property
    def fires(self) -> bool:
        """Whether it acts at that instant."""
        return bool(self._fields["fires"])

    def text(self, *, language: str = "en") -> str:
        """The lines to read, in ``en`` or ``zh``.

        >>> why = blueprint.explain(log, {"member": "m1"}, "forgot", at="2026-03-01T12:35:00Z")
        >>> print(why.text(language="zh").splitlines()[1])
        此刻触发执行。
        """
        text = self._texts.get(language)
        if text is None:
            raise ArgumentError(f"`{language}` is no language; give `en` or `zh`")
        return text

    def __str__(self) -> str:
        return self._texts["en"]

    def __repr__(self) -> str:
        return f"<Explanation of {self._fields.get('rule')}: {'fires' if self.fires else 'does not fire'}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanation) and other._fields == self._fields

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Explanation, (self._fields, self._texts))


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as a Vega-Lite specification; notebooks draw it.

    >>> chart = study.curve_chart()
    >>> chart
    <Chart Emotion curve>
    >>> [row["touchpoint"] for row in chart.spec["data"]["values"]]
    ['Home page', 'Basket', 'Payment', 'Review']
    """

    spec: dict[str, Any]
    """The specification, with its data inside."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"application/vnd.vegalite.v5+json": self.spec, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Chart {self.spec.get('title')}>"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing as SVG; notebooks show it.

    >>> import cjm
    >>> cjm.Drawing("<svg></svg>").svg
    '<svg></svg>'
    """

    svg: str
    """The drawing, whole."""

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Drawing of {len(self.svg)} characters>"


BY_NAME: dict[str, type] = {
    "Estimate": Estimate,
    "Difference": ScoreDifference,
    "CurveSummary": CurveSummary,
    "Erased": Erased,
    "Payload": Payload,
    "Finding": Finding,
    "Change": Change,
    "Summary": Summary,
    "TicketRow": Ticket,
    "OnTrip": OnTrip,
    "Step": Step,
    "Mood": Mood,
    "Sent": Sent,
    "Ahead": Ahead,
    "Brief": Brief,
    "KnownIdentity": KnownIdentity,
    "SaidConsent": SaidConsent,
    "OpenTrip": OpenTrip,
    "Timer": Timer,
    "Exposed": Exposed,
    "CustomerView": CustomerView,
    "Moved": Moved,
    "Installed": Installed,
}
"""The class of each structure that the extension module writes."""


def restore(kind: str, data: bytes) -> Any:
    """Makes an object of the extension module of its bytes again, for pickle.

    >>> import cjm
    >>> cjm._records.restore("Blueprint", b"{ cjm: 1, id: shop }")
    <Blueprint shop: 0 journeys, 0 rules>
    """
    return getattr(_cjm, kind)._from_bytes(data)


def restore_engine(blueprint: _cjm.Blueprint, snapshot: bytes) -> _cjm.Engine:
    """Makes an engine of its blueprint and snapshot again, for pickle.

    >>> import cjm
    >>> cjm._records.restore_engine(blueprint, engine.snapshot())
    <Engine of shop: 0 customers, 0 decisions waiting>
    """
    return _cjm.Engine.restore(blueprint, snapshot)


def restore_journey(blueprint: _cjm.Blueprint, id: str, language: str | None) -> _cjm.JourneyMap:
    """Makes a map of its blueprint, id and language again, for pickle.

    >>> import cjm
    >>> cjm._records.restore_journey(blueprint, "buy", "zh").title
    '购买'
    """
    journey = blueprint.journey(id)
    return journey if language is None else journey.in_language(language)
