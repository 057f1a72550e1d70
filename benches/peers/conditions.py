"""A hundred conditions over all events at once.  usage: conditions.py 10m '[["pay", "event.amount >= 20.0"], ..]'"""
import json
import re
import sys

import polars as pl

from common import DATA, timed

SIZE = sys.argv[1]
NAMES = ["event_type", "channel", "amount", "tier", "region"]


def part(text):
    name, op, known = re.fullmatch(r"event\.(\w+) (==|!=|>=|in) (.+)", text).groups()
    known = json.loads(known.replace("'", '"'))
    column = pl.col(name)
    return {"==": column.eq, "!=": column.ne, ">=": column.ge, "in": column.is_in}[op](known)


def condition(event, text):
    holds = pl.col("event_type") == event
    for one in filter(None, text.split(" && ")):
        holds = holds & part(one)
    return holds


CONDITIONS = [condition(*one) for one in json.loads(sys.argv[2])]
frame = pl.read_parquet(f"{DATA}/events_{SIZE}.parquet", columns=NAMES)
# texts as codes of an enum, as a table that is asked often has them
enums = {name: pl.Enum(frame[name].unique().sort()) for name in NAMES if frame[name].dtype == pl.String}
frame = frame.with_columns(pl.col(name).cast(enum) for name, enum in enums.items())


def count():
    sums = (holds.sum().alias(str(i)) for i, holds in enumerate(CONDITIONS))
    return frame.lazy().select(sums).collect().row(0)


def summary(counts):
    return f"{sum(counts)} matches, check {sum((i + 1) * n for i, n in enumerate(counts))}"


timed(f"polars {pl.__version__}, in memory, texts as enums", count, summary)
