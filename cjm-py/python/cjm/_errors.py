"""The exceptions of cjm: one class for each code of the error table.

Answers: which class an error is, what it says of its place. Does not know: when errors happen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
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
    """The blueprint has errors; ``findings`` lists them."""

    code, number = "blueprint", 1


class ConditionError(CjmError, ValueError):
    """A condition could not be read, checked or evaluated."""

    code, number = "condition", 2


class BadEventError(CjmError, ValueError):
    """A row or event does not fit the format or its declared types."""

    code, number = "bad_event", 3


class ConflictError(CjmError):
    """An event with this source and id was seen with another body."""

    code, number = "conflict", 4


class BackpressureError(CjmError):
    """Too much is waiting; take the results first."""

    code, number = "backpressure", 5


class FutureError(CjmError):
    """The event is later than now allows."""

    code, number = "future", 6


class TooOldError(CjmError):
    """The event is no longer remembered."""

    code, number = "too_old", 7


class StateError(CjmError):
    """The bytes are no state of this engine, or were damaged."""

    code, number = "state", 8


class NewerFormatError(CjmError):
    """The bytes are of a newer format than this library reads."""

    code, number = "newer_format", 9


class LimitError(CjmError):
    """A limit was reached."""

    code, number = "limit", 10


class OutOfRangeError(CjmError, ArithmeticError):
    """A number left its range."""

    code, number = "overflow", 11


class NotFoundError(CjmError, LookupError):
    """There is nothing of that name."""

    code, number = "not_found", 12


class FileError(CjmError, OSError):
    """A file or stream could not be read or written."""

    code, number = "io", 13


class FormatError(CjmError, ValueError):
    """The file is not of the format it claims."""

    code, number = "format", 14


class ArgumentError(CjmError, ValueError):
    """An argument is missing, contradicts another or makes no sense."""

    code, number = "argument", 15


class InternalError(CjmError):
    """The library itself is at fault: please report what led to it."""

    code, number = "internal", 16


BY_CODE: dict[str, type[CjmError]] = {kind.code: kind for kind in CjmError.__subclasses__()}
"""The class of each code."""
