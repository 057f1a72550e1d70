"""The three temporal rules: by polars over the whole table, by a plain Python loop event by event.  usage: triggers.py 1m"""
import json
import os
import subprocess
import sys
from collections import defaultdict, deque
from pathlib import Path

import polars as pl

from common import DATA, once, timed

SIZE = sys.argv[1]
HALF_HOUR, DAY = 30 * 60_000, 24 * 3_600_000
HEARD = ["add_to_cart", "pay", "order_cancelled", "support_ticket"]

frame = pl.read_parquet(f"{DATA}/events_{SIZE}.parquet", columns=["customer_id", "ts_ms", "event_type"])
frame = frame.with_columns(pl.col("event_type").cast(pl.Categorical))


def whole_table():
    heard = frame.filter(pl.col("event_type").is_in(HEARD)).sort("ts_ms")
    pays = heard.filter(pl.col("event_type") == "pay").select("customer_id", "ts_ms", paid="ts_ms")

    def then_paid(event):
        one = heard.filter(pl.col("event_type") == event).select("customer_id", "ts_ms")
        return one.join_asof(pays, on="ts_ms", by="customer_id", strategy="forward", allow_exact_matches=False,
                             check_sortedness=False).select(pl.col("paid") - pl.col("ts_ms")).to_series()

    forgotten, back = then_paid("add_to_cart"), then_paid("order_cancelled")
    tickets = heard.filter(pl.col("event_type") == "support_ticket").sort(["customer_id", "ts_ms"])
    third = tickets.select((pl.col("ts_ms") - pl.col("ts_ms").shift(2).over("customer_id")) <= DAY).to_series().sum()
    return forgotten.len() - (forgotten <= HALF_HOUR).sum(), (back < DAY).sum(), third


def told(counts):
    return "r1 {}, r2 {}, r3 {}".format(*counts)


timed(f"polars {pl.__version__}, in memory, counts alone", whole_table, told)


def event_by_event():
    """In order of time already: nothing is late, nothing is remembered of an event, nothing is decided but counted."""
    carts, cancelled, tickets = defaultdict(list), defaultdict(list), defaultdict(deque)
    waits = deque()
    forgotten = back = third = 0
    for at, customer, event in rows:
        while waits and waits[0][0] < at:
            _, who, since = waits.popleft()
            if since in carts[who]:
                carts[who].remove(since)
                forgotten += 1
        if event == "add_to_cart":
            carts[customer].append(at)
            waits.append((at + HALF_HOUR, customer, at))
        elif event == "pay":
            carts.pop(customer, None)
            back += sum(at - since < DAY for since in cancelled.pop(customer, ()))
        elif event == "order_cancelled":
            cancelled[customer].append(at)
        elif event == "support_ticket":
            seen = tickets[customer]
            seen.append(at)
            while at - seen[0] > DAY:
                seen.popleft()
            third += len(seen) >= 3
    return forgotten + sum(map(len, carts.values())), back, third


if SIZE != "10m":
    rows = frame.sort("ts_ms").select("ts_ms", "customer_id", pl.col("event_type").cast(pl.String)).rows()
    once("Python, a loop over tuples in order", event_by_event, told)

# Flink in a Python of its own, because it pins old packages; its script stands beside the project
flink, script = os.environ.get("CJM_PEERS_FLINK"), Path(__file__).parents[3] / "shared/peers/w3b_flink.py"
if SIZE != "10m" and flink and script.exists():
    lines = subprocess.run([flink, script, SIZE, "R1+R2+R3"], stdout=subprocess.PIPE, text=True, env={**os.environ, "REPS": "1"}).stdout
    told_of = [json.loads(line.removeprefix("   result: ")) for line in lines.splitlines() if line.startswith(("{", "   result: "))]
    for row, result in zip(told_of[::2], told_of[1::2]):
        counts = ", ".join(f"{name.lower()} {n}" for name, n in result.items())
        rate = f"{row['events_per_s'] / 1e6:.2f} M events/s on two cores"
        print(json.dumps(dict(peer="Flink CEP, streaming, CSV inside the clock", first_s=row["wall_s"], median_s=row["wall_s"],
                              remark=f"{rate}; {counts}")), flush=True)
