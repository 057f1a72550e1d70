"""Event files as logs, with progress.

Answers: the log of a CSV, JSON lines, Parquet or XES file. Does not know: how files are read; the extension does.
"""

from __future__ import annotations

from . import _cjm

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Literal, TypeAlias

    _Progress: TypeAlias = Callable[[int, int | None, int], object]
    """Told of a read: bytes so far, bytes in all where they are known, rows so far."""


def read_events(
    file: str | os.PathLike[str],
    *,
    customer: str | None = None,
    event: str | None = None,
    time: str | None = None,
    identities: Mapping[str, str] | None = None,
    event_name: str | None = None,
    time_unit: Literal["s", "ms", "us", "ns"] | None = None,
    zone: str | None = None,
    source: str | None = None,
    id: str | None = None,
    channel: str | None = None,
    sequence: str | None = None,
    attributes: Sequence[str] | None = None,
    strict: bool = False,
    blueprint: _cjm.Blueprint | None = None,
    format: Literal["csv", "jsonl", "xes", "parquet"] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    transition: str | None = None,
    progress: _Progress | bool | None = None,
) -> _cjm.EventLog:
    """Reads a file of events: CSV, JSON lines, Parquet or XES, packed with gzip or not.

    ``customer``, ``event``, ``time`` and the others name columns; ``identities`` maps identity kinds to columns.
    Columns that nothing names become attributes, of them only ``attributes`` where given. ``event_name`` names every
    event of a file without such a column. Times without an offset are of ``zone``, else of the blueprint's; numbers
    as times count ``time_unit`` since 1970. With ``strict`` the first bad row raises; else bad rows are counted, see
    ``EventLog.rejected``. With a ``blueprint`` attributes have their declared types. ``transition`` takes of an XES
    file only the events of that lifecycle transition. ``progress`` is told how far the read has come; ``True`` draws
    a bar, where tqdm can be imported.

    Raises ``FileError`` when the file can not be read, ``FormatError`` when it is not what it claims to be,
    ``ArgumentError`` for a column that is not there.

    >>> import cjm, pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "events.csv")
    >>> _ = file.write_text("who,what,when\\nm1,paid,2026-03-01T12:00:00Z\\nm1,paid,never\\n")
    >>> log = cjm.read_events(file, customer="who", event="what", time="when")
    >>> log.n_events, log.rejected().to_dicts()[0]["count"]
    (1, 1)
    >>> folder.cleanup()
    """
    bar = None
    if progress is True:
        bar = _bar()
        progress = None if bar is None else bar.told
    elif progress is False:
        progress = None
    try:
        return _cjm._read_events(
            file,
            customer=customer,
            event=event,
            time=time,
            identities=None if identities is None else dict(identities),
            event_name=event_name,
            time_unit=time_unit,
            zone=zone,
            source=source,
            id=id,
            channel=channel,
            sequence=sequence,
            attributes=None if attributes is None else list(attributes),
            strict=strict,
            blueprint=blueprint,
            format=format,
            delimiter=delimiter,
            encoding=encoding,
            transition=transition,
            progress=progress,
        )
    finally:
        if bar is not None:
            bar.close()


class _Bar:
    """A progress bar of tqdm."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def told(self, done: int, total: int | None, rows: int) -> None:
        self._bar.total = total
        self._bar.set_postfix(rows=rows, refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def _bar() -> _Bar | None:
    from importlib import import_module

    try:
        tqdm = import_module("tqdm.auto").tqdm
    except ImportError:
        return None
    return _Bar(tqdm(unit="B", unit_scale=True))
