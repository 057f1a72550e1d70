//! Event logs from files and tables: CSV, JSON lines, Parquet, XES, Arrow.
