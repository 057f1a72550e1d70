"""The programs that are the contract of this face run as they stand."""

import sys
from pathlib import Path

from places import ROOT, run, shared


def test_first_look(tmp_path: Path) -> None:
    events = shared("data/simple-onlineshop/events.csv.gz")
    report = tmp_path / "report.html"
    shop = ROOT / "examples/blueprints/online_shop.yaml"
    done = run(sys.executable, "-W", "error", str(shared("api/first_look.py")), str(shop), str(events), str(report))
    assert done.returncode == 0, done.stderr
    assert "events" in done.stdout and "journey" in done.stdout
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_engine() -> None:
    program, blueprint = shared("api/engine.py"), shared("api/restaurant.yaml")
    done = run(sys.executable, "-W", "error", str(program), str(blueprint))
    assert done.returncode == 0, done.stderr
    assert "cart_rescue" in done.stdout


def test_the_tutorial() -> None:
    done = run(sys.executable, "-W", "error", str(ROOT / "examples/python/tutorial.py"))
    assert done.returncode == 0, done.stderr


def test_the_story_of_the_till(tmp_path: Path) -> None:
    blueprint = ROOT / "examples/blueprints/restaurant.yaml"
    program = ROOT / "examples/python/till.py"
    done = run(sys.executable, "-W", "error", str(program), str(blueprint), str(tmp_path / "till.db"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == (ROOT / "examples/expected/till.txt").read_text(encoding="utf-8")


def test_the_command_line() -> None:
    done = run(sys.executable, "-m", "cjm", "eval", "1 + 1")
    assert (done.returncode, done.stdout) == (0, "2\n")
    done = run(sys.executable, "-m", "cjm", "no_such_command")
    assert done.returncode == 2 and "no_such_command" in done.stderr
    script = Path(sys.executable).with_name("cjm")
    done = run(str(script), "--version")
    assert done.returncode == 0 and done.stdout.startswith("cjm ")
