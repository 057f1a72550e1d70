"""From Parquet, or from Arrow in memory, to a table sorted by customer and time.  usage: load.py 10m"""
import sys

import chdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from common import DATA, timed

SIZE = sys.argv[1]
PATH = f"{DATA}/events_{SIZE}.parquet"
KEYS = ["customer_id", "ts_ms"]


def rows(answer):
    return f"{len(answer):,} rows"


timed(f"polars {pl.__version__}, Parquet to sorted frame", lambda: pl.read_parquet(PATH).sort(KEYS), rows)
timed(f"pyarrow {pa.__version__}, Parquet to sorted table",
      lambda: pq.read_table(PATH).sort_by([(k, "ascending") for k in KEYS]), rows)
frame = pl.read_parquet(PATH)
timed(f"polars {pl.__version__}, in memory to sorted frame", lambda: frame.sort(KEYS), rows)

session = chdb.session.Session()
session.query("CREATE DATABASE d ENGINE = Atomic")


def load_chdb():
    session.query("DROP TABLE IF EXISTS d.e SYNC")
    session.query("CREATE TABLE d.e ENGINE = MergeTree ORDER BY (customer_id, ts_ms) SETTINGS allow_nullable_key = 1 "
                  f"AS SELECT * FROM file('{PATH}', Parquet) SETTINGS max_threads = 2")
    return session.query("SELECT count() FROM d.e", "CSV")


timed(f"chdb {chdb.__version__}, Parquet to MergeTree sorted by both", load_chdb, lambda a: f"{int(a.data()):,} rows")
