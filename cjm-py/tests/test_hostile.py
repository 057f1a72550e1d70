"""Objects that mean harm: each gives a clear error or a defined result, never a panic, and loses nothing."""

import gc
import math
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import cjm
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import LONG

settings.register_profile("short", max_examples=100, deadline=None, derandomize=True, database=None)
settings.register_profile("long", max_examples=10_000, deadline=None, database=None,
                          suppress_health_check=list(HealthCheck))
settings.load_profile("long" if LONG else "short")

AT = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(codec=None, categories=["Cs", "Cc", "L"]))
    | st.decimals()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
    | st.timedeltas()
    | st.binary()
    | st.just(object())
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner), max_leaves=20
)


@given(anything)
def test_any_object_as_an_event(thing: Any) -> None:
    engine = fresh()
    with pytest.raises(cjm.CjmError):
        engine.push(thing)
    assert engine.n_customers == 0


@given(st.dictionaries(st.sampled_from(["id", "source", "name", "time", "identities", "channel", "sequence",
                                        "attributes"]), anything))
def test_any_fields_of_an_event(fields: dict[str, Any]) -> None:
    engine = fresh()
    before = engine.snapshot()
    try:
        engine.push({"name": "cart", "time": AT, "identities": {"member": "m"}, **fields})
    except cjm.CjmError:
        assert engine.snapshot() == before


@given(anything)
def test_any_value_of_an_attribute(value: Any) -> None:
    engine = fresh()
    before = engine.snapshot()
    try:
        engine.push(cart(item=value, amount=value))
    except cjm.CjmError:
        assert engine.snapshot() == before


@given(st.text(), anything)
def test_any_expression_over_any_facts(expression: str, facts: Any) -> None:
    try:
        cjm.evaluate(expression, {"a": facts})
    except cjm.CjmError as error:
        assert str(error)


@given(anything)
def test_a_value_comes_back_or_is_refused(value: Any) -> None:
    try:
        back = cjm.evaluate("a", {"a": value})
    except cjm.CjmError:
        return
    if isinstance(value, (int, str, bool, Decimal)) or value is None:
        assert back == value
    if isinstance(value, float):
        assert back == value or math.isnan(value)
    if isinstance(value, datetime):
        # Python calls an hour that comes twice unequal to any instant of another zone
        assert back == value.astimezone(timezone.utc) and back.tzinfo is timezone.utc


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_as_a_blueprint(text: str) -> None:
    try:
        cjm.Blueprint.parse(text).check()
    except cjm.CjmError as error:
        assert error.code in ("blueprint", "bad_event", "limit")


@given(st.binary())
def test_any_bytes_as_a_snapshot(data: bytes) -> None:
    with pytest.raises(cjm.CjmError):
        cjm.Engine.restore(SHOP, data)


@given(st.dictionaries(st.sampled_from(["who", "what", "when", "item"]), st.lists(anything, max_size=4)))
def test_any_columns(columns: dict[str, list[Any]]) -> None:
    try:
        cjm.EventLog.from_table(columns, customer="who", event="what", time="when")
    except cjm.CjmError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (2**63, "64 bits"),
        (-(2**63) - 1, "64 bits"),
        (Decimal("sNaN"), "amount"),
        (Decimal("Infinity"), "amount"),
        (Decimal("1e400"), "amount"),
        (datetime(2026, 3, 1), "zone"),
        ("\ud800", "surrogate"),
        ({1: 2}, "text"),
        (b"bytes", "no value"),
        (object(), "no value"),
    ],
)
def test_values_that_no_event_has(what: Any, words: str) -> None:
    with pytest.raises(cjm.BadEventError, match=words):
        fresh().push(cart(item=what))


def test_a_value_without_end() -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(cjm.LimitError, match="nested"):
        fresh().push(cart(item=deep))


def test_the_second_of_an_hour_that_comes_twice() -> None:
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    second = first.replace(fold=1)
    assert cjm.evaluate("b - a", {"a": first, "b": second}).total_seconds() == 3_600


def test_an_iterable_that_raises_loses_nothing() -> None:
    engine = fresh()

    def events() -> Any:
        yield cart(item="tea")
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        engine.push_many(events())
    assert engine.n_customers == 0


def test_an_iterable_that_uses_the_engine() -> None:
    engine = fresh()

    def events() -> Any:
        engine.push(cart(item="tea", member="other"))
        yield cart(item="tea")

    engine.push_many(events())
    assert engine.n_customers == 2


def test_an_iterable_that_forgets_the_engine() -> None:
    holder = [fresh()]

    def events() -> Any:
        holder.clear()
        gc.collect()
        yield cart(item="tea")

    assert holder[0].push_many(events()) == []


def test_a_mapping_that_raises() -> None:
    class Angry(dict[str, Any]):
        def items(self) -> Any:
            raise RuntimeError("mine")

    engine = fresh()
    event = cart(item="tea")
    event["attributes"] = Angry(item="tea")
    with pytest.raises(RuntimeError, match="mine"):
        engine.push(event)
    assert engine.n_customers == 0


def test_a_bad_event_among_many() -> None:
    engine = fresh()
    good, bad = cart(item="tea", id="1"), cart(item="soup", id="1")
    with pytest.raises(cjm.ConflictError) as raised:
        engine.push_many([good, bad, cart(item="tea", member="later")])
    assert (raised.value.taken, raised.value.decisions) == (1, [])
    assert engine.n_customers == 1


def test_progress_that_raises(tmp_path: Any) -> None:
    file = tmp_path / "events.csv"
    row = "m{},cart,2026-03-01T12:00:00Z\n"
    file.write_text("who,what,when\n" + "".join(row.format(n) for n in range(50_000)))

    def told(*_: Any) -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        cjm.read_events(file, customer="who", event="what", time="when", progress=told)
    told_of = []
    log = cjm.read_events(file, customer="who", event="what", time="when", progress=lambda *now: told_of.append(now))
    assert len(log) == 50_000 and told_of and told_of[-1][1] == file.stat().st_size
    assert len(cjm.read_events(file, customer="who", event="what", time="when", progress=True)) == 50_000


def test_a_callback_that_uses_cjm_on_one_thread(tmp_path: Any) -> None:
    file = tmp_path / "events.csv"
    file.write_text("who,what,when\n" + "m,cart,2026-03-01T12:00:00Z\n" * 20_000)
    inner = []
    cjm.set_threads(1)
    try:
        log = cjm.read_events(
            file, customer="who", event="what", time="when",
            progress=lambda *_: inner.append(len(cjm.EventLog.from_events([cart()]))),
        )
    finally:
        cjm.set_threads()
    assert len(log) == 20_000 and set(inner) == {1}


def test_a_capsule_is_taken_once() -> None:
    import pyarrow as pa

    capsules = pa.record_batch({"who": ["m"], "what": ["cart"], "when": [AT]}).__arrow_c_array__()

    class Again:
        def __arrow_c_array__(self, requested_schema: object = None) -> Any:
            return capsules

    columns = {"customer": "who", "event": "what", "time": "when"}
    assert len(cjm.EventLog.from_table(Again(), **columns)) == 1
    with pytest.raises((cjm.CjmError, ValueError)):
        cjm.EventLog.from_table(Again(), **columns)


def test_a_column_nested_without_end() -> None:
    import pyarrow as pa

    nested = pa.int64()
    for _ in range(3_000):
        nested = pa.list_(nested)
    table = pa.table({"who": ["m"], "what": ["cart"], "when": [AT], "item": pa.nulls(1, nested)})
    for source in (table, table.to_batches()[0], table.to_reader()):
        with pytest.raises(cjm.LimitError, match="nested"):
            cjm.EventLog.from_table(source, customer="who", event="what", time="when")


def test_a_table_that_raises_while_it_is_read() -> None:
    import pyarrow as pa

    schema = pa.schema([("who", pa.string()), ("what", pa.string()), ("when", pa.timestamp("us", "UTC"))])

    def batches() -> Any:
        yield pa.record_batch([["m"], ["cart"], [AT]], schema=schema)
        raise RuntimeError("mine")

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    engine = fresh()
    with pytest.raises(cjm.FormatError, match="mine"):
        engine.push_many(reader, customer="who", event="what", time="when")
    assert engine.n_customers == 0


def test_columns_are_looked_for_where_there_are_no_rows() -> None:
    import pyarrow as pa

    empty = pa.Table.from_batches([], pa.schema([("who", pa.string())]))
    with pytest.raises(cjm.ArgumentError, match="nobody"):
        cjm.EventLog.from_table(empty, customer="nobody", event="what", time="when")


def test_an_amount_without_end_is_refused_at_once() -> None:
    for text in ("1e300000000", "1e99999999999", "1e-300000000", "-1e400"):
        with pytest.raises(cjm.BadEventError) as raised:
            fresh().push(cart(amount=Decimal(text)))
        assert len(str(raised.value)) < 500


def test_objects_of_numpy_and_pandas() -> None:
    import numpy as np
    import pandas as pd

    at = np.datetime64("2026-03-01T12:00:00", "ns")
    with pytest.raises(cjm.BadEventError, match="zone"):
        cjm.evaluate("a", {"a": at})
    assert cjm.evaluate("a", {"a": np.timedelta64(5, "m")}).total_seconds() == 300
    assert cjm.evaluate("a", {"a": np.float32(38.1)}) == 38.1
    assert cjm.evaluate("a", {"a": np.array([1, 2])}) == [1, 2]
    assert cjm.evaluate("a", {"a": [np.int64(3), np.bool_(True), np.str_("x")]}) == [3, True, "x"]
    assert cjm.evaluate("a", {"a": [pd.NA, pd.NaT]}) == [None, None]
    engine = fresh()
    event = {**cart(item="tea"), "id": np.int64(7), "sequence": np.int64(1), "identities": {"member": np.int64(5)}}
    engine.push(event)
    assert engine.customer({"member": 5}).customer == {"member": "5"}
    engine.retract({"member": 5}, "web", 7)


def test_datetimes_without_a_zone_are_of_the_blueprints() -> None:
    berlin = cjm.Blueprint.parse("cjm: 1\nid: shop\nzone: Europe/Berlin\nidentities: [{ id: member }]\nevents: { cart: {} }\n")
    twice = datetime(2026, 10, 25, 2, 30)
    hours = []
    for time in (twice, twice.replace(fold=1)):
        log = cjm.EventLog.from_events([{"name": "cart", "time": time, "identities": {"member": "m"}}], blueprint=berlin)
        assert log.first is not None
        hours.append(log.first.hour)
    assert hours == [0, 1]
    table = {"who": ["m"], "what": ["cart"], "when": [datetime(2026, 3, 1, 12)]}
    columns = {"customer": "who", "event": "what", "time": "when"}
    log = cjm.EventLog.from_table(table, **columns, zone="Asia/Shanghai")
    assert log.first is not None and log.first.hour == 4
    with pytest.raises(cjm.ArgumentError, match="zone"):
        cjm.EventLog.from_table(table, **columns)


def test_a_cell_that_is_no_value_makes_a_bad_row() -> None:
    table = {"who": ["m"] * 4, "what": ["cart"] * 4, "when": [AT] * 4, "item": ["tea", 2**70, b"x", Decimal("NaN")]}
    log = cjm.EventLog.from_table(table, customer="who", event="what", time="when")
    assert (len(log), log.n_rejected) == (1, 3)


def test_nothing_is_a_log_too() -> None:
    assert len(cjm.EventLog.from_events([])) == 0
    assert len(cjm.EventLog.from_events([], blueprint=SHOP)) == 0


def test_numbers_below_zero_are_told() -> None:
    for call in (lambda: cjm.set_threads(-1), lambda: cjm.Engine(SHOP, hot=-1), lambda: cjm.share(-1, 5),
                 lambda: cjm.compare_shares((1, 2), (3, -2))):
        with pytest.raises(cjm.ArgumentError):
            call()


def test_a_table_needs_to_be_told_what_its_columns_mean() -> None:
    import polars as pl

    for table in (pl.DataFrame({"who": ["m"]}), {"who": ["m"]}, cart(item="tea")):
        with pytest.raises(cjm.ArgumentError, match="columns"):
            fresh().push_many(table)  # type: ignore[call-overload]
    assert fresh().push_many([cart(item="tea")], customer=None) == []  # type: ignore[call-overload]


def test_an_event_that_errs_in_a_table_has_its_row() -> None:
    table = {"who": ["m", "m"], "what": ["cart", "cart"], "when": [AT, AT], "item": ["tea", "tea"], "amount": ["1", "x"]}
    with pytest.raises(cjm.BadEventError) as raised:
        fresh().push_many(table, customer="who", event="what", time="when")
    assert (raised.value.taken, raised.value.line) == (1, 2)


SHOP = cjm.Blueprint.parse(
    """
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }]
events: { cart: { item: text, amount: money }, paid: {} }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind, with: { item: event.item } }] }
"""
)


def fresh() -> cjm.Engine:
    return cjm.Engine(SHOP)


def cart(*, member: str = "m", id: str | None = None, **attributes: Any) -> dict[str, Any]:
    return {"name": "cart", "time": AT, "identities": {"member": member}, "id": id, "source": "web",
            "attributes": attributes}
