"""Durable engines from Python: closed, forked, shared by threads, fed with tables, interrupted, used wrongly."""

import gc
import os
import sys
import threading
import weakref
from datetime import timedelta
from pathlib import Path
from typing import Any

import cjm
import pytest
from conftest import events
from places import run

TABLE: dict[str, list[Any]] = {
    "who": ["m1", "m2", "m3"],
    "what": ["cart", "review", "cart"],
    "when": ["2026-03-01T12:05:00Z", "2026-03-01T12:10:00Z", "2026-03-01T12:11:00Z"],
    "item": ["tea", None, "cup"],
    "amount": ["4.50", None, "9"],
    "stars": [None, 2, None],
}
COLUMNS = dict(customer="who", event="what", time="when")


def test_a_store_decides_as_an_engine(blueprint: cjm.Blueprint, engine: cjm.Engine, tmp_path: Path) -> None:
    path = tmp_path / "till.db"
    expected = engine.push_many(events()) + engine.advance("2026-03-03T00:00:00Z")
    got: list[cjm.Decision] = []
    for event in events():
        with cjm.Store.open(path, blueprint) as store:
            got += store.push(event)
    with cjm.Store.open(path, blueprint) as store:
        got += store.advance("2026-03-03T00:00:00Z")
        assert [one.to_json() for one in got] == [one.to_json() for one in expected]
        assert [one.id for one in store.outbox()] == [one.id for one in engine.outbox()]
        assert store.tickets() == engine.tickets()
        assert store.refused() == engine.refused()
        assert store.refusals() == engine.refusals()
        assert store.refused_links() == engine.refused_links()
        assert store.customer({"member": "m1"}) == engine.customer({"member": "m1"})
        assert store.log().n_events == len(events())
        assert blueprint.study(store.log()).summary.customers == store.n_customers == engine.n_customers


def test_a_closed_store_says_so(store: cjm.Store) -> None:
    store.close()
    assert repr(store) == "<Store of shop: closed>"
    for call in (store.outbox, store.next_due, store.tickets, store.flush, lambda: store.push(events()[0])):
        with pytest.raises(cjm.ArgumentError, match="closed"):
            call()


def test_a_store_that_nobody_holds_gives_its_file_back(blueprint: cjm.Blueprint, tmp_path: Path) -> None:
    store = cjm.Store.open(tmp_path / "till.db", blueprint)
    with pytest.raises(cjm.LockedError):
        cjm.Store.open(tmp_path / "till.db", blueprint)
    seen = weakref.ref(store)
    del store
    gc.collect()
    assert seen() is None
    cjm.Store.open(tmp_path / "till.db", blueprint).close()


def test_what_a_store_is_opened_with(blueprint: cjm.Blueprint, tmp_path: Path) -> None:
    for durability in ("full", "off", timedelta(seconds=1), timedelta(0), None):
        with cjm.Store.open(tmp_path / "till.db", blueprint, durability=durability) as store:  # type: ignore[arg-type]
            store.push(events()[0])
    for wrong in ("later", 3, timedelta(seconds=-1)):
        with pytest.raises(cjm.ArgumentError, match="durability"):
            cjm.Store.open(tmp_path / "till.db", blueprint, durability=wrong)  # type: ignore[arg-type]
    with cjm.Store.open(tmp_path / "till.db", blueprint, last_sequence=7) as store:
        assert store.is_restored_backup
    with pytest.raises(cjm.FileError):
        cjm.Store.open(tmp_path / "nowhere" / "till.db", blueprint)
    other = tmp_path / "other.db"
    other.write_text("no store at all\n" * 100)
    with pytest.raises(cjm.FormatError):
        cjm.Store.open(other, blueprint)
    # a blueprint with errors leaves no file behind
    broken = cjm.Blueprint.parse(str(blueprint.source).replace("ticket: care", "ticket: car"))
    with pytest.raises(cjm.BlueprintError):
        cjm.Store.open(tmp_path / "new.db", broken)
    assert not (tmp_path / "new.db").exists()


def test_tables_and_what_ends_them(store: cjm.Store) -> None:
    assert [one.rule for one in store.push_many(TABLE, **COLUMNS)] == ["sorry"]
    assert store.n_customers == 3
    bad = TABLE | {"when": ["2026-03-01T13:00:00Z", "2026-03-01T13:01:00Z", "noon"]}
    with pytest.raises(cjm.BadEventError) as raised:
        store.push_many(bad, **COLUMNS)
    assert (raised.value.taken, raised.value.line, len(raised.value.decisions)) == (2, 3, 2)
    assert store.log().n_events == 5
    with pytest.raises(cjm.ArgumentError):
        store.push_many(TABLE)
    with pytest.raises(TypeError):
        store.push_many(TABLE, strict=True, **COLUMNS)  # type: ignore[call-overload]
    known = events()[0]
    other = known | {"time": "2026-03-01T12:06:00Z"}
    with pytest.raises(cjm.ConflictError) as conflict:
        store.push_many([known, other, known])
    assert conflict.value.taken == 1


def test_threads_take_turns(store: cjm.Store) -> None:
    def push(n: int) -> None:
        for i in range(50):
            store.push({"name": "visit", "time": "2026-03-01T12:00:00Z", "identities": {"member": f"{n}-{i % 5}"},
                        "id": f"{n}-{i}", "source": "web"})

    threads = [threading.Thread(target=push, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (store.n_customers, store.log().n_events) == (20, 200)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_leaves_the_file_alone(blueprint: cjm.Blueprint, tmp_path: Path) -> None:
    program = """
import cjm, os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
blueprint = cjm.Blueprint.parse(sys.argv[1])
store = cjm.Store.open(sys.argv[2], blueprint)
visit = {"name": "visit", "time": "2026-03-01T12:00:00Z", "identities": {"member": "m"}, "id": "1", "source": "web"}
store.push(visit)
child = os.fork()
if child == 0:
    try:
        store.push(visit | {"id": "2"})
    except cjm.StateError as error:
        del store
        sys.exit(0 if "forked" in str(error) else 1)
    sys.exit(2)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
store.push(visit | {"id": "3"})
store.close()
with cjm.Store.open(sys.argv[2], blueprint) as store:
    print(store.log().n_events)
"""
    done = run(sys.executable, "-c", program, blueprint.to_json(), str(tmp_path / "till.db"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


def test_everything_of_a_customer_is_handed_out(store: cjm.Store) -> None:
    store.push_many(events())
    with pytest.raises(cjm.NotFoundError):
        store.export({"member": "nobody"})
    with pytest.raises(cjm.NotFoundError):
        store.customer({"member": "nobody"})
    out = store.export({"member": "m1"})
    assert {event["id"] for event in out["events"]} == {"e1", "e8", "e9", "e10"}
    assert [decision["rule"] for decision in out["decisions"]] == [one.rule for one in store.outbox()]
    assert store.erase({"member": "m1"}).events == 4
    assert store.outbox() == []
