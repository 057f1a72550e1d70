"""Processes, threads, signals and memory."""

import copy
import gc
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import threading
import time
from typing import Any

import cjm
import pytest
from places import LONG, run

AT = "2026-03-01T12:00:00Z"


def cart(member: str) -> dict[str, Any]:
    return {"name": "cart", "time": AT, "identities": {"member": member}, "attributes": {"item": "tea", "amount": "3"}}


def test_values_can_be_pickled(blueprint: cjm.Blueprint, study: cjm.Study, engine: cjm.Engine) -> None:
    engine.push(cart("m1"))
    (decision,) = engine.advance("2026-03-01T13:00:00Z")
    customer = {"member": "m1"}
    for value in (
        decision,
        blueprint,
        blueprint.journeys[0],
        blueprint.journeys[0].in_language("zh"),
        study.stages(),
        study.summary,
        study.curve_chart(),
        engine.customer(customer),
        engine.brief(customer),
        engine.explain(customer, "forgot"),
        cjm.nps([0, 5, 9, 10]),
        cjm.Event("cart", AT, customer),
        blueprint.check(),
    ):
        assert pickle.loads(pickle.dumps(value)) == value
    for value in (study, blueprint.simulate(customers=5, days=5), blueprint.replay(blueprint.simulate(customers=5))):
        assert copy.copy(value) is value and copy.deepcopy(value) is value
    again = pickle.loads(pickle.dumps(engine))
    assert again.snapshot() == engine.snapshot()
    with pytest.raises(cjm.BlueprintError) as raised:
        cjm.Blueprint.parse("cjm: 1\nid: shop\nrules: [{ id: r, do: [{ cal: c }] }]\n")
    error = pickle.loads(pickle.dumps(raised.value))
    assert (str(error), error.findings, error.line) == (str(raised.value), raised.value.findings, raised.value.line)


def work(blueprint: cjm.Blueprint, log_customers: int) -> int:
    return blueprint.replay(blueprint.simulate(customers=log_customers, days=30)).n_decisions


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children(method: str, blueprint: cjm.Blueprint) -> None:
    expected = work(blueprint, 50)  # the parent has threads of its own by now
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        assert pool.starmap(work, [(blueprint, 50)] * 4, chunksize=1) == [expected] * 4


def test_threads_take_turns(blueprint: cjm.Blueprint) -> None:
    engine = cjm.Engine(blueprint)

    def feed(name: str) -> None:
        for number in range(200):
            engine.push(cart(f"{name}-{number}"))
            engine.n_customers

    threads = [threading.Thread(target=feed, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.n_customers == 1_600


def test_how_many_threads(blueprint: cjm.Blueprint) -> None:
    log = blueprint.simulate(customers=300, days=30)
    expected = None
    for n in (1, 2, 8):
        cjm.set_threads(n)
        assert cjm.threads() == n
        decided = blueprint.replay(log, until="end_of_waits").decisions
        assert expected in (None, decided)
        expected = decided
    cjm.set_threads()
    with pytest.raises(cjm.ArgumentError):
        cjm.set_threads(0)


def test_tables_pushed_by_threads_take_turns(blueprint: cjm.Blueprint) -> None:
    engine = cjm.Engine(blueprint)
    wide = {"who": ["m"] * 20_000, "what": ["cart"] * 20_000, "when": [AT] * 20_000, "no": ["1"] * 20_000,
            "item": [str(n) for n in range(20_000)]}
    small = {name: values[:1] for name, values in wide.items()}
    columns = {"customer": "who", "event": "what", "time": "when", "id": "no"}
    ended = []

    def push(table: dict[str, list[str]]) -> None:
        for _ in range(10):
            try:
                engine.push_many(table, **columns)
            except cjm.ConflictError:
                pass
        ended.append(True)

    threads = [threading.Thread(target=push, args=(table,), daemon=True) for table in (wide, small, wide)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(ended) == 3


def test_a_fork_while_an_engine_works(blueprint: cjm.Blueprint) -> None:
    engine = cjm.Engine(blueprint)
    rows = {"who": [str(n) for n in range(100_000)], "what": ["visit"] * 100_000, "when": [AT] * 100_000}
    columns = {"customer": "who", "event": "what", "time": "when"}
    thread = threading.Thread(target=lambda: engine.push_many(rows, **columns))
    thread.start()
    for _ in range(20):
        child = os.fork()
        if child == 0:
            # whatever the parent was at, the child gets an answer or a clear error
            try:
                engine.next_due()
            except cjm.StateError:
                pass
            except BaseException:
                os._exit(1)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    thread.join()
    assert engine.n_customers == 100_000


LONG_CALL = """
import cjm, sys, threading
blueprint = cjm.Blueprint.parse(sys.argv[1])
cjm.set_threads(2)
log = blueprint.simulate(customers=int(sys.argv[2]), days=365)
try:
    print("ready", flush=True)
    while True:
        blueprint.study(log)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_an_interrupt_ends_a_long_call(blueprint: cjm.Blueprint) -> None:
    import subprocess

    words = [sys.executable, "-c", LONG_CALL, blueprint.to_json(), "20000"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "interrupted\n"
        assert child.wait(60) == 0


PUSH = """
import cjm, sys, threading
engine = cjm.Engine(cjm.Blueprint.parse(sys.argv[1]))
at = "2026-03-01T12:00:00Z"
rows = {"who": [str(n) for n in range(500_000)], "what": ["visit"] * 500_000, "when": [at] * 500_000}
import pyarrow
table = pyarrow.table(rows)
try:
    print("ready", flush=True)
    while True:
        engine.push_many(table, customer="who", event="what", time="when")
except KeyboardInterrupt as interrupt:
    taken = getattr(interrupt, "taken", None)
    print("interrupted", taken is None or 0 <= taken <= 500_000, flush=True)
    engine.advance("2026-03-02T12:00:00Z")
"""

STREAM = """
import cjm, sys, pyarrow
from datetime import datetime, timezone
schema = pyarrow.schema([("who", pyarrow.string()), ("what", pyarrow.string()), ("when", pyarrow.timestamp("us", "UTC"))])
at = datetime(2026, 3, 1, tzinfo=timezone.utc)
def batches():
    print("ready", flush=True)
    while True:
        yield pyarrow.record_batch([["m"], ["visit"], [at]], schema=schema)
try:
    cjm.EventLog.from_table(pyarrow.RecordBatchReader.from_batches(schema, batches()), customer="who", event="what", time="when")
except (KeyboardInterrupt, cjm.FormatError):
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("program", [PUSH, STREAM])
def test_an_interrupt_of_calls_that_change_an_engine_or_run_python(program: str, blueprint: cjm.Blueprint) -> None:
    import subprocess

    words = [sys.executable, "-c", program, blueprint.to_json()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline().startswith("interrupted")
        assert child.wait(60) == 0


def test_an_interpreter_that_ends_with_a_live_engine(blueprint: cjm.Blueprint) -> None:
    program = (
        "import cjm, sys\nengine = cjm.Engine(cjm.Blueprint.parse(sys.argv[1]))\n"
        "engine.push_many([{'name': 'cart', 'time': '2026-03-01T12:00:00Z', 'identities': {'member': 'm'}}])\n"
        "sys.modules['keep'] = engine\n"
    )
    done = run(sys.executable, "-W", "error", "-c", program, blueprint.to_json())
    assert (done.returncode, done.stderr) == (0, "")


def test_no_call_leaks(blueprint: cjm.Blueprint) -> None:
    n = 1_000_000 if LONG else 20_000
    engine = cjm.Engine(blueprint)
    event = {**cart("m1"), "id": "e1", "source": "web"}

    def one_round() -> None:
        for _ in range(n // 20):
            engine.push(event)
            try:
                engine.push({"name": "cart"})
            except cjm.CjmError:
                pass
            cjm.evaluate("a + 1", {"a": 1})
            engine.customer({"member": "m1"})
            engine.next_due()

    def resident() -> int:
        gc.collect()
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    if not os.path.exists("/proc/self/statm"):
        pytest.skip("this system does not tell how much memory a process has")
    one_round()
    before = resident()
    for _ in range(3):
        one_round()
    # a leak of a hundred bytes a call would be many times that
    assert resident() - before < max(4 << 20, n * 2)


def test_the_import_is_quick_and_needs_nothing() -> None:
    program = "import sys, cjm; print([name for name in ('numpy', 'pandas', 'polars', 'pyarrow') if name in sys.modules])"
    done = run(sys.executable, "-W", "error", "-c", program)
    assert done.stdout == "[]\n", done.stderr
    assert time.monotonic() > 0
