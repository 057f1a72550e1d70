"""cjm: an embeddable customer-journey engine. One blueprint file, one engine, the same answer everywhere.

>>> import cjm
>>> blueprint = cjm.Blueprint.parse('''
... cjm: 1
... id: shop
... zone: UTC
... identities: [{ id: member }]
... events: { cart: { item: text }, paid: {} }
... rules:
...   - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind, with: { item: event.item } }] }
... ''')
>>> engine = cjm.Engine(blueprint)
>>> engine.push({"name": "cart", "time": "2026-03-01T12:00:00Z", "identities": {"member": "m1"}, "attributes": {"item": "tea"}})
[]
>>> engine.advance("2026-03-01T12:31:00Z")
[<Decision forgot: call remind to member=m1 at 2026-03-01T12:30:00Z>]
"""

from ._cjm import (
    Blueprint,
    Decision,
    Engine,
    EventLog,
    JourneyMap,
    Replay,
    Store,
    Study,
    Table,
    __version__,
    atlas,
    ces,
    chat_note,
    chat_todo,
    compare_means,
    compare_nps,
    compare_shares,
    csat,
    emotion,
    evaluate,
    mean,
    nps,
    set_threads,
    share,
    summarize_curve,
    threads,
    weighted_mean,
)
from ._errors import (
    ArgumentError,
    BackpressureError,
    BadEventError,
    BadHandleError,
    BlueprintError,
    BusyError,
    CjmError,
    ConditionError,
    ConflictError,
    FileError,
    FormatError,
    FutureError,
    InternalError,
    LimitError,
    LockedError,
    NewerFormatError,
    NotFoundError,
    OutOfRangeError,
    StateError,
    TooOldError,
)
from ._read import read_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._records import (
        Ahead,
        Atlas,
        Brief,
        Change,
        Chart,
        CurveSummary,
        CustomerView,
        Drawing,
        Erased,
        Estimate,
        Event,
        Explanation,
        Exposed,
        Finding,
        Installed,
        KnownIdentity,
        Mood,
        Moved,
        OnTrip,
        OpenTrip,
        Payload,
        ReplayDifference,
        SaidConsent,
        ScoreDifference,
        Sent,
        Step,
        Summary,
        Ticket,
        Timer,
    )

__all__ = [
    "Ahead",
    "ArgumentError",
    "Atlas",
    "BackpressureError",
    "BadEventError",
    "BadHandleError",
    "Blueprint",
    "BlueprintError",
    "Brief",
    "BusyError",
    "Change",
    "Chart",
    "CjmError",
    "ConditionError",
    "ConflictError",
    "CurveSummary",
    "CustomerView",
    "Decision",
    "Drawing",
    "Engine",
    "Erased",
    "Estimate",
    "Event",
    "EventLog",
    "Explanation",
    "Exposed",
    "FileError",
    "Finding",
    "FormatError",
    "FutureError",
    "Installed",
    "InternalError",
    "JourneyMap",
    "KnownIdentity",
    "LimitError",
    "LockedError",
    "Mood",
    "Moved",
    "NewerFormatError",
    "NotFoundError",
    "OnTrip",
    "OpenTrip",
    "OutOfRangeError",
    "Payload",
    "Replay",
    "ReplayDifference",
    "SaidConsent",
    "ScoreDifference",
    "Sent",
    "StateError",
    "Step",
    "Store",
    "Study",
    "Summary",
    "Table",
    "Ticket",
    "Timer",
    "TooOldError",
    "__version__",
    "atlas",
    "ces",
    "chat_note",
    "chat_todo",
    "compare_means",
    "compare_nps",
    "compare_shares",
    "csat",
    "emotion",
    "evaluate",
    "mean",
    "nps",
    "read_events",
    "set_threads",
    "share",
    "summarize_curve",
    "threads",
    "weighted_mean",
]

_ROWS = frozenset(
    {
        "Ahead",
        "Atlas",
        "Brief",
        "Change",
        "Chart",
        "CurveSummary",
        "CustomerView",
        "Drawing",
        "Erased",
        "Estimate",
        "Event",
        "Explanation",
        "Exposed",
        "Finding",
        "Installed",
        "KnownIdentity",
        "Mood",
        "Moved",
        "OnTrip",
        "OpenTrip",
        "Payload",
        "ReplayDifference",
        "SaidConsent",
        "ScoreDifference",
        "Sent",
        "Step",
        "Summary",
        "Ticket",
        "Timer",
    }
)


def __getattr__(name: str) -> object:
    """The classes of rows, loaded when they are first asked for: most programs never name one."""
    if name not in _ROWS:
        raise AttributeError(f"module 'cjm' has no attribute {name!r}")
    from . import _records

    found: object = getattr(_records, name)
    globals()[name] = found
    return found
