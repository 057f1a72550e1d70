"""The exceptions of cjm: one class for each code of the error table.

Answers: which class an error is, what it says of its place. Does not know: when errors happen.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ._cjm import Decision
    from ._records import Finding


class CjmError(Exception):
    """Any error of cjm.

    Catch this class to catch them all; the subclasses tell the kinds apart.

    >>> import cjm
    >>> try:
    ...     cjm.evaluate("1 +")
    ... except cjm.CjmError as error:
    ...     print(error.code)
    condition
    """

    code: ClassVar[str] = "internal"
    """The stable slug of the kind of error, the same in Rust, C and Python."""
    number: ClassVar[int] = 16
    """The stable number of the kind of error, the same in Rust, C and Python."""

    path: str | None
    """Where in a blueprint, as in ``journeys.dine_in.stages.arrive``."""
    line: int | None
    """Line of the text, or row of the source, from 1."""
    column: int | None
    """Column in characters, from 1."""
    help: str | None
    """What to do about it."""
    findings: tuple[Finding, ...]
    """Everything that keeps a blueprint from being used."""
    taken: int | None
    """Of ``push_many``: how many events were taken in before this one."""
    decisions: list[Decision]
    """Of ``push_many``: the decisions of the events before this one."""

    def __init__(
        self,
        message: str = "",
        *,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
        help: str | None = None,
        findings: tuple[Finding, ...] = (),
        taken: int | None = None,
        decisions: list[Decision] | None = None,
    ) -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.column = column
        self.help = help
        self.findings = findings
        self.taken = taken
        self.decisions = [] if decisions is None else decisions

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), self.args, self.__dict__)


class BlueprintError(CjmError, ValueError):
    """The blueprint has errors; ``findings`` lists them.

    >>> import cjm
    >>> try:
    ...     cjm.Blueprint.parse("{ cjm: 1, id: shop, zone: Mars }")
    ... except cjm.BlueprintError as error:
    ...     print(error.path, error.line, len(error.findings))
    zone 1 1
    """

    code, number = "blueprint", 1


class ConditionError(CjmError, ValueError):
    """A condition could not be read, checked or evaluated.

    >>> import cjm
    >>> try:
    ...     cjm.evaluate("visit > 2", {"visits": 3})
    ... except cjm.ConditionError as error:
    ...     print("visits" in str(error))
    True
    """

    code, number = "condition", 2


class BadEventError(CjmError, ValueError):
    """A row or event does not fit the format or its declared types.

    >>> import cjm
    >>> try:
    ...     cjm.EventLog.from_events([{"name": "paid", "time": "noon", "identities": {"member": "m1"}}])
    ... except cjm.BadEventError as error:
    ...     print(error.path)
    time
    """

    code, number = "bad_event", 3


class ConflictError(CjmError):
    """An event with this source and id was seen with another body.

    >>> import cjm
    >>> engine.push(cart)
    []
    >>> try:
    ...     engine.push(cart | {"attributes": {"item": "jam", "amount": "3.00"}})
    ... except cjm.ConflictError as error:
    ...     print(error.code)
    conflict
    """

    code, number = "conflict", 4


class BackpressureError(CjmError):
    """Too much is waiting; take the results first.

    >>> import cjm
    >>> cjm.BackpressureError.code, cjm.BackpressureError.number
    ('backpressure', 5)
    """

    code, number = "backpressure", 5


class FutureError(CjmError):
    """The event is later than now allows.

    >>> import cjm
    >>> try:
    ...     engine.push(cart, now="2026-02-01T12:00:00Z")
    ... except cjm.FutureError as error:
    ...     print(error.code)
    future
    """

    code, number = "future", 6


class TooOldError(CjmError):
    """The event is no longer remembered.

    >>> import cjm
    >>> engine.push(cart)
    []
    >>> try:
    ...     engine.retract({"member": "m1"}, "web", "e0")
    ... except cjm.TooOldError as error:
    ...     print(error.code)
    too_old
    """

    code, number = "too_old", 7


class StateError(CjmError):
    """The bytes are no state of this engine, or were damaged.

    >>> import cjm
    >>> try:
    ...     cjm.Engine.restore(blueprint, b"")
    ... except cjm.StateError as error:
    ...     print(error)
    the snapshot can not be read: it is too short
    """

    code, number = "state", 8


class NewerFormatError(CjmError):
    """The bytes are of a newer format than this library reads.

    >>> import cjm
    >>> snapshot = bytearray(engine.snapshot())
    >>> snapshot[4] = 99
    >>> try:
    ...     cjm.Engine.restore(blueprint, bytes(snapshot))
    ... except cjm.NewerFormatError as error:
    ...     print(error)
    the snapshot has format 99; this version reads up to ...
    """

    code, number = "newer_format", 9


class LimitError(CjmError):
    """A limit was reached.

    >>> import cjm
    >>> try:
    ...     cjm.EventLog.from_events([cart | {"name": 200 * "x"}])
    ... except cjm.LimitError as error:
    ...     print(error)
    the event's name has 200 bytes, at most 128 are allowed
    """

    code, number = "limit", 10


class OutOfRangeError(CjmError, ArithmeticError):
    """A number left its range.

    >>> import cjm
    >>> try:
    ...     cjm.evaluate("n + 1", {"n": 2**63 - 1})
    ... except cjm.OutOfRangeError as error:
    ...     print(error)
    `n + 1` left its range
    """

    code, number = "overflow", 11


class NotFoundError(CjmError, LookupError):
    """There is nothing of that name.

    >>> import cjm
    >>> try:
    ...     blueprint.journey("sell")
    ... except cjm.NotFoundError as error:
    ...     print(error)
    there is no journey `sell`
    """

    code, number = "not_found", 12


class FileError(CjmError, OSError):
    """A file or stream could not be read or written.

    >>> import cjm
    >>> try:
    ...     cjm.Blueprint.load("nowhere/shop.yaml")
    ... except cjm.FileError as error:
    ...     print(error.code)
    io
    """

    code, number = "io", 13


class FormatError(CjmError, ValueError):
    """The file is not of the format it claims.

    >>> import cjm, pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "shop.yaml")
    >>> _ = file.write_bytes(b"\\xff")
    >>> try:
    ...     cjm.Blueprint.load(file)
    ... except cjm.FormatError as error:
    ...     print(error.code)
    format
    >>> folder.cleanup()
    """

    code, number = "format", 14


class ArgumentError(CjmError, ValueError):
    """An argument is missing, contradicts another or makes no sense.

    >>> import cjm
    >>> try:
    ...     cjm.share(3, 2)
    ... except cjm.ArgumentError as error:
    ...     print(error)
    3 of 2 is no share
    """

    code, number = "argument", 15


class LockedError(CjmError):
    """The store is open elsewhere.

    >>> import cjm, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> shop = cjm.Blueprint.parse("{ cjm: 1, id: shop }")
    >>> till = cjm.Store.open(f"{folder.name}/till.db", shop)
    >>> try:
    ...     cjm.Store.open(f"{folder.name}/till.db", shop)
    ... except cjm.LockedError as error:
    ...     print(error.code)
    locked
    >>> till.close()
    >>> folder.cleanup()
    """

    code, number = "locked", 17


class BadHandleError(CjmError):
    """A handle of the C face names nothing. Python has no handles; the class completes the table.

    >>> import cjm
    >>> cjm.BadHandleError.code, cjm.BadHandleError.number
    ('bad_handle', 18)
    """

    code, number = "bad_handle", 18


class BusyError(CjmError):
    """Another thread is using a handle of the C face. In Python calls take turns; the class completes the table.

    >>> import cjm
    >>> cjm.BusyError.code, cjm.BusyError.number
    ('busy', 19)
    """

    code, number = "busy", 19


class InternalError(CjmError):
    """The library itself is at fault: please report what led to it.

    >>> import cjm
    >>> cjm.InternalError.code, cjm.InternalError.number
    ('internal', 16)
    """

    code, number = "internal", 16


BY_CODE: dict[str, type[CjmError]] = {kind.code: kind for kind in CjmError.__subclasses__()}
"""The class of each code."""
