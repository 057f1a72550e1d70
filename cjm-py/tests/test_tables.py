"""Tables in from any data frame library, tables out to any."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import cjm
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

TIMES = [datetime(2026, 3, 1, 12, minute, tzinfo=timezone.utc) for minute in range(4)]
ROWS: dict[str, list[Any]] = {
    "who": ["a", "a", "b", "b"],
    "what": ["visit", "pay", "visit", "visit"],
    "when": TIMES,
    "amount": [None, 38.1, None, None],
}
COLUMNS = {"customer": "who", "event": "what", "time": "when"}


def duck() -> Any:
    rows = pa.table(ROWS)
    return duckdb.from_arrow(rows)


SOURCES = {
    "dict": lambda: ROWS,
    "pyarrow table": lambda: pa.table(ROWS),
    "pyarrow batch": lambda: pa.RecordBatch.from_pydict(ROWS),
    "pyarrow reader": lambda: pa.table(ROWS).to_reader(),
    "pandas": lambda: pd.DataFrame(ROWS),
    "polars": lambda: pl.DataFrame(ROWS),
    "polars categorical": lambda: pl.DataFrame(ROWS).with_columns(pl.col("what").cast(pl.Categorical)),
    "duckdb": duck,
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_library_gives_the_same_log(source: str) -> None:
    log = cjm.EventLog.from_table(SOURCES[source](), **COLUMNS)
    assert (log.n_events, log.n_customers, log.n_rejected) == (4, 2, 0)
    assert (log.first, log.last) == (TIMES[0], TIMES[-1])
    assert log.event_names == ["visit", "pay"]


@pytest.mark.parametrize("type", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())])
def test_every_type_of_text(type: pa.DataType) -> None:
    table = pa.table({**ROWS, "what": pa.array(ROWS["what"], pa.string()).cast(type)})
    assert cjm.EventLog.from_table(table, **COLUMNS).event_names == ["visit", "pay"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_every_unit_of_time(unit: str) -> None:
    table = pa.table({**ROWS, "when": pa.array(TIMES, pa.timestamp(unit, "UTC"))})
    assert cjm.EventLog.from_table(table, **COLUMNS).last == TIMES[-1]
    numbers = pa.table({**ROWS, "when": pa.array(TIMES, pa.timestamp(unit, "UTC")).cast(pa.int64())})
    assert cjm.EventLog.from_table(numbers, **COLUMNS, time_unit=unit).last == TIMES[-1]


def test_times_without_a_zone_need_one() -> None:
    table = pa.table({**ROWS, "when": pa.array([time.replace(tzinfo=None) for time in TIMES])})
    with pytest.raises(cjm.ArgumentError, match="zone"):
        cjm.EventLog.from_table(table, **COLUMNS)
    log = cjm.EventLog.from_table(table, **COLUMNS, zone="Asia/Shanghai")
    assert log.last == TIMES[-1] - timedelta(hours=8)


def test_what_is_no_table() -> None:
    with pytest.raises(cjm.ArgumentError, match="no table"):
        cjm.EventLog.from_table(7, **COLUMNS)  # type: ignore[arg-type]
    with pytest.raises(cjm.ArgumentError, match="did you mean `who`"):
        cjm.EventLog.from_table(ROWS, customer="whom", event="what", time="when")
    with pytest.raises(cjm.ArgumentError, match="rows"):
        cjm.EventLog.from_table({**ROWS, "what": ["visit"]}, **COLUMNS)
    with pytest.raises(TypeError, match="colour"):
        cjm.EventLog.from_table(ROWS, **COLUMNS, colour="x")  # type: ignore[arg-type]


def test_zero_rows() -> None:
    empty = pa.table({name: pa.array([], type) for name, type in
                      [("who", pa.string()), ("what", pa.string()), ("when", pa.timestamp("us", "UTC"))]})
    log = cjm.EventLog.from_table(empty, **COLUMNS)
    assert (len(log), log.first, log.last) == (0, None, None)


def test_tables_out(study: cjm.Study) -> None:
    table = study.stages()
    rows = table.to_dicts()
    assert len(table) == len(rows) == table.shape[0] > 1 and bool(table)
    assert list(rows[0]) == table.columns
    assert table[0] == rows[0] and table[-1] == rows[-1] and list(table) == rows
    assert table["stage"] == [row["stage"] for row in rows]
    assert table[1:].to_dicts() == rows[1:]
    assert pa.table(table).to_pylist() == rows == table.to_arrow().to_pylist()
    assert pl.DataFrame(table).to_dicts() == rows == table.to_polars().to_dicts()
    assert table.to_pandas()["entered"].tolist() == table["entered"]
    assert pa.schema(table).names == table.columns
    assert "<table>" in table._repr_html_()
    with pytest.raises(IndexError):
        table[len(table)]
    with pytest.raises(KeyError, match="did you mean `stage`"):
        table["stages"]


def test_markup_in_cells_is_text() -> None:
    log = cjm.EventLog.from_table({**ROWS, "what": ["<script>x</script>"] * 4}, **COLUMNS)
    blueprint = cjm.Blueprint.parse("cjm: 1\nid: shop\n")
    html = log.unmapped(blueprint)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_types_of_values() -> None:
    assert cjm.evaluate("a", {"a": Decimal("38.10")}) == Decimal("38.10")
    assert cjm.evaluate("a", {"a": TIMES[0]}) == TIMES[0]
    assert cjm.evaluate("a", {"a": date(2026, 3, 1)}) == date(2026, 3, 1)
    assert cjm.evaluate("a", {"a": timedelta(days=-1, microseconds=1)}) == timedelta(days=-1, microseconds=1)
    assert cjm.evaluate("a", {"a": [1, {"b": None}]}) == [1, {"b": None}]


def test_a_float_is_money_by_its_shortest_text() -> None:
    blueprint = cjm.Blueprint.parse(
        "cjm: 1\nid: shop\nzone: UTC\nidentities: [{ id: member }]\nevents: { paid: { amount: money } }\n"
        "rules: [{ id: r, when: { event: paid }, do: [{ call: c, with: { amount: event.amount } }] }]\n"
    )
    for amount in (38.1, "38.1", Decimal("38.1")):
        event = {"name": "paid", "time": TIMES[0], "identities": {"member": 1}, "attributes": {"amount": amount}}
        (decision,) = cjm.Engine(blueprint).push(event)
        assert decision.arguments == {"amount": Decimal("38.1")}
        table = {"who": ["1"], "what": ["paid"], "when": [TIMES[0]], "amount": [amount]}
        (same,) = cjm.Engine(blueprint).push_many(table, **COLUMNS)
        assert same.arguments == decision.arguments
