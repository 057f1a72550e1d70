"""A part of what a study answers: per event its customers and visits, per transition its count and median wait.  usage: study.py 10m"""
import sys

import chdb
import polars as pl

from common import DATA, timed

SIZE = sys.argv[1]
PATH = f"{DATA}/events_{SIZE}.parquet"
REMARK = "customers and visits of events, transitions with median wait"

frame = pl.read_parquet(PATH, columns=["customer_id", "ts_ms", "event_type"])
frame = frame.with_columns(pl.col("event_type").cast(pl.Categorical))


def study_polars():
    rows = frame.sort(["customer_id", "ts_ms"])
    events = rows.group_by("event_type").agg(pl.len(), pl.col("customer_id").n_unique())
    rows = rows.with_columns(same=pl.col("customer_id") == pl.col("customer_id").shift(-1),
                             then=pl.col("event_type").shift(-1), wait=pl.col("ts_ms").shift(-1) - pl.col("ts_ms"))
    moves = rows.filter("same").group_by(["event_type", "then"]).agg(pl.len(), pl.col("wait").median())
    return len(events), len(moves)


timed(f"polars {pl.__version__}, in memory", study_polars, lambda a: f"{REMARK}: {a[0]} events, {a[1]} transitions")

session = chdb.session.Session()
session.query("CREATE DATABASE d ENGINE = Atomic")
session.query("CREATE TABLE d.e ENGINE = MergeTree ORDER BY (customer_id, ts_ms) SETTINGS allow_nullable_key = 1 AS "
              f"SELECT customer_id, ts_ms, toLowCardinality(event_type) AS event_type FROM file('{PATH}', Parquet)")


def study_chdb():
    events = session.query("SELECT event_type, count(), uniqExact(customer_id) FROM d.e GROUP BY event_type "
                           "SETTINGS max_threads = 2", "CSV")
    moves = session.query("""
        SELECT event_type, then, count(), median(wait) FROM (
            SELECT event_type, leadInFrame(event_type) OVER w AS then, leadInFrame(ts_ms) OVER w - ts_ms AS wait,
                   row_number() OVER w AS n, count() OVER (PARTITION BY customer_id) AS of
            FROM d.e WINDOW w AS (PARTITION BY customer_id ORDER BY ts_ms ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        ) WHERE n < of GROUP BY event_type, then SETTINGS max_threads = 2""", "CSV")
    return len(str(events).splitlines()), len(str(moves).splitlines())


timed(f"chdb {chdb.__version__}, MergeTree", study_chdb, lambda a: f"{REMARK}: {a[0]} events, {a[1]} transitions")
