"""The same decisions, byte for byte, as the Rust engine on the same random logs."""

import json
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import cjm
import pytest
from places import LONG, ROOT, program, run, shared

START = datetime(2026, 3, 1, tzinfo=timezone.utc)


def events(seed: int, n: int) -> list[dict[str, Any]]:
    """Events of a few customers of the restaurant, with repeats, late ones and links between identities."""
    chance = random.Random(seed)
    at, all_of_them = START, []
    for number in range(n):
        at += timedelta(seconds=chance.choice([1, 30, 60, 600, 3_600, 40_000]))
        who = chance.randrange(4)
        identities = {"member": f"m-{who}"} if chance.random() < 0.8 else {"phone": f"555-{who}"}
        if chance.random() < 0.1:
            identities = {"member": f"m-{who}", "phone": f"555-{who}"}
        name, attributes = chance.choice(
            [
                ("add_to_cart", {"order_id": f"o-{who}", "dish": "noodles", "amount": f"{chance.randrange(9, 99)}.50"}),
                ("order_cancelled", {"order_id": f"o-{who}", "reason": "too_slow"}),
                ("paid", {"order_id": f"o-{who}", "amount": f"{chance.randrange(9, 99)}.00"}),
                ("consent_changed", {"channel": "wechat", "purpose": "marketing", "granted": chance.random() < 0.7}),
                ("answered", {"survey": "nps", "score": chance.randrange(11), "area": "service"}),
                ("never_declared", {"x": 1}),
            ]
        )
        late = timedelta(minutes=chance.choice([0, 0, 0, 5, 50]))
        event = {
            "id": f"e{number}",
            "source": "till-1",
            "name": name,
            "time": (at - late).isoformat(),
            "identities": identities,
            "channel": "store",
            "attributes": attributes,
        }
        all_of_them.append(event)
        if chance.random() < 0.05:
            all_of_them.append(event)
    return all_of_them


@pytest.mark.parametrize("seed", range(40 if LONG else 4))
def test_python_decides_what_the_program_decides(seed: int, tmp_path: Path) -> None:
    blueprint = cjm.Blueprint.load(shared("api/restaurant.yaml"))
    log = events(seed, 400)
    now = START + timedelta(days=365)
    lines = tmp_path / "events.jsonl"
    tick = {"tick": now.isoformat()}
    lines.write_text("".join(json.dumps(line) + "\n" for line in [*log, tick]))
    done = run(program(), "run", "-b", str(shared("api/restaurant.yaml")), str(lines))
    engine = cjm.Engine(blueprint)
    ours = []
    for event in log:
        try:
            ours += engine.push(event)
        except cjm.CjmError:
            pass
    ours += engine.advance(now)
    assert [decision.to_json() for decision in ours] == done.stdout.splitlines(), done.stderr
    assert len(ours) > 20

    many = cjm.Engine(blueprint)
    whole = many.push_many(log) + many.advance(now)
    assert whole == ours
    assert many.snapshot() == engine.snapshot()


def test_a_log_gives_what_a_program_gives(tmp_path: Path) -> None:
    file = ROOT / "examples/blueprints/restaurant.yaml"
    blueprint = cjm.Blueprint.load(file)
    lines = tmp_path / "events.jsonl"
    done = run(program(), "simulate", str(file), "--customers", "50", "--days", "60", "--out", str(lines))
    assert done.returncode == 0, done.stderr
    done = run(program(), "replay", str(lines), "-b", str(file), "--format", "jsonl")
    log = cjm.read_events(lines, blueprint=blueprint)
    ours = [decision.to_json() for decision in blueprint.replay(log).decisions]
    assert ours == done.stdout.splitlines(), done.stderr
    assert ours
