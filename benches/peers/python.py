"""The package `cjm` from Python, and what an analyst would pick instead.  usage: python.py 10m"""
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import cjm
import polars as pl

from common import DATA, once, timed

SIZE = sys.argv[1]
COLUMNS = dict(customer="customer_id", event="event_type", time="ts_ms", time_unit="ms")
TRIGGERS = Path(__file__).parent.parent / "blueprints/triggers.yaml"

# a fresh interpreter each time, the cost of the interpreter itself left out
program = "import time; t = time.perf_counter(); import cjm; print(time.perf_counter() - t)"
imports = [float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout) for _ in range(21)]
module = Path(cjm._cjm.__file__)
remark = f"{module.stat().st_size / 1e6:.1f} MB module, alone in a fresh interpreter, median of twenty"
print(json.dumps(dict(peer="Python: import cjm", first_s=imports[0], median_s=statistics.median(imports[1:]), remark=remark)))

frame = pl.read_parquet(f"{DATA}/events_{SIZE}.parquet")
timed("Python: polars frame to log", lambda: cjm.EventLog.from_table(frame, **COLUMNS), lambda log: f"{len(log)} events")

text = TRIGGERS.read_text().replace("identities:", "sources: [{ id: log, lateness: 10m }]\nidentities:")
blueprint = cjm.Blueprint.parse(text)
frame = pl.read_parquet(f"{DATA}/events_1m.parquet")


def push():
    engine = cjm.Engine(blueprint)
    return len(engine.push_many(frame, attributes=[], **COLUMNS))


timed("Python: push_many of a polars frame", push, lambda n: f"{len(frame)} events; {n} decisions")

# sessions of half an hour: trips of a map on which any event may land
names = sorted(frame["event_type"].unique())
events = "".join(f"  {name}: {{}}\n" for name in names)
points = "".join(f"      - {{ id: {name}, event: {name}, repeat: true }}\n" for name in names)
sessions = cjm.Blueprint.parse(
    f"cjm: 1\nid: sessions\nzone: UTC\nidentities: [{{ id: customer }}]\nevents:\n{events}journeys:\n- id: session\n"
    f"  enter: [{', '.join(names)}]\n  idle: 30m\n  stages:\n  - id: all\n    touchpoints:\n{points}"
)
pandas = frame.select("customer_id", "event_type", pl.from_epoch("ts_ms", "ms").alias("ts")).to_pandas()
read = dict(customer="customer_id", event="event_type", time="ts", zone="UTC", blueprint=sessions)
timed("cjm: pandas frame of 1 M to log", lambda: cjm.EventLog.from_table(pandas, **read), lambda log: f"{len(log)} events")
log = cjm.EventLog.from_table(pandas, **read)
timed("cjm: sessions of 30 minutes", lambda: sessions.study(log).journeys()[0]["trips"], lambda n: f"{n} trips, with every other figure of the study")

try:
    os.environ["RETENTIONEERING_NO_TRACK"] = "1"
    from retentioneering import Eventstream
except ImportError:
    sys.exit()
schema = {"path_cols": ["customer_id"], "event_col": "event_type", "timestamp_col": "ts"}
timed("retentioneering: load of 1 M", lambda: Eventstream(pandas, schema=schema), lambda _: f"{len(pandas)} events")
stream = Eventstream(pandas, schema=schema)
once("retentioneering: sessions of 30 minutes", lambda: int(stream.split_sessions(timeout="30m").to_dataframe()["session_id"].nunique()),
     lambda n: f"{n} sessions")
