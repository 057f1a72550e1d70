//! How long a log of 10 million events takes to build, and how much memory it holds.
//!
//! Answers: first call and median of five calls of each way in, as one JSON object a line.
//! Does not know: what peers reach; the events are those of the generator that the peers use too, in the folder that
//! `CJM_PEERS_DATA` names (`events_10m.parquet`; `CJM_PEERS_SIZE` names another size).

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use arrow_array::RecordBatch;
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema};
use cjm_core::event::{Batch, BatchColumn, Cells, Codes, EventLog, LogBuilder, Options, Strings, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Calls after the first.
const CALLS: usize = 5;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let options = Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli);
    if let Some(path) = data() {
        if wanted("parquet") {
            measure("parquet_to_log", || Ok(cjm_io::parquet::read(&path, &options, None)?))?;
        }
        if wanted("arrow_dictionary") {
            let tables = tables(&path, true)?;
            measure("arrow_dictionary_to_log", || of_tables(&tables, &options))?;
        }
        if wanted("arrow_text") {
            let tables = tables(&path, false)?;
            measure("arrow_text_to_log", || of_tables(&tables, &options))?;
        }
    } else {
        println!("{}", json!({"skipped": "CJM_PEERS_DATA names no folder with the events"}));
    }
    if wanted("hostile") {
        hostile()?;
    }
    Ok(())
}

fn data() -> Option<PathBuf> {
    let size = std::env::var("CJM_PEERS_SIZE").unwrap_or_else(|_| "10m".to_owned());
    let path = PathBuf::from(std::env::var_os("CJM_PEERS_DATA")?).join(format!("events_{size}.parquet"));
    path.exists().then_some(path)
}

/// Runs a way to build a log and prints what it took.
fn measure(name: &str, build: impl Fn() -> Outcome<EventLog>) -> Outcome<f64> {
    let mut seconds = Vec::with_capacity(CALLS + 1);
    let mut size = (0, 0, 0);
    for _ in 0..=CALLS {
        let start = Instant::now();
        let log = build()?;
        seconds.push(start.elapsed().as_secs_f64());
        size = (log.n_events(), log.n_customers(), log.bytes());
    }
    let first = seconds.first().copied().unwrap_or(f64::NAN);
    let mut later: Vec<f64> = seconds.iter().skip(1).copied().collect();
    later.sort_by(f64::total_cmp);
    let median = later.get(CALLS / 2).copied().unwrap_or(f64::NAN);
    let best = later.first().copied().unwrap_or(f64::NAN);
    let (n_events, n_customers, bytes) = size;
    println!(
        "{}",
        json!({
            "bench": name, "threads": cjm_core::base::par::threads(), "first_s": first, "median_s": median,
            "best_s": best, "n_events": n_events, "n_customers": n_customers, "log_bytes": bytes,
        })
    );
    Ok(median)
}

/// The file in memory, its texts as dictionaries or plain.
fn tables(path: &std::path::Path, dictionaries: bool) -> Outcome<Vec<RecordBatch>> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path)?)?.with_batch_size(1 << 20);
    let mut all = Vec::new();
    for table in reader.build()? {
        all.push(as_type(&table?, dictionaries)?);
    }
    Ok(all)
}

fn as_type(table: &RecordBatch, dictionaries: bool) -> Outcome<RecordBatch> {
    let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut columns = Vec::new();
    let mut fields = Vec::new();
    for (field, column) in table.schema().fields().iter().zip(table.columns()) {
        let is_text = matches!(column.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let column = match is_text {
            true if dictionaries => cast(column, &coded)?,
            true => cast(column, &DataType::Utf8)?,
            false => column.clone(),
        };
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    Ok(RecordBatch::try_new(Schema::new(fields).into(), columns)?)
}

fn of_tables(tables: &[RecordBatch], options: &Options) -> Outcome<EventLog> {
    Ok(cjm_io::arrow::read(tables.iter().cloned().map(Ok), options, None)?)
}

/// A million ids that were made to meet in one partition, beside a million random ones.
fn hostile() -> Outcome<()> {
    const N: usize = 1_000_000;
    let random: Vec<i64> = (0..N as i64).map(EventLog::order_hash).map(u64::cast_signed).collect();
    let random_s = measure("random_ids", || of_ids(&random))?;
    let hostile: Vec<i64> = (0..).filter(|id| EventLog::order_hash(*id) >> 54 == 0).take(N).collect();
    let hostile_s = measure("colliding_ids", || of_ids(&hostile))?;
    println!("{}", json!({"bench": "colliding_over_random", "ratio": hostile_s / random_s}));
    Ok(())
}

fn of_ids(ids: &[i64]) -> Outcome<EventLog> {
    let mut builder = LogBuilder::new(Options::new("id", "event", "t").with_unit(TimeUnit::Second));
    for (piece, ids) in ids.chunks(1 << 16).enumerate() {
        let names =
            Cells::Coded { codes: Codes::U8(vec![0; ids.len()]), texts: Strings::from_iter(["seen"]).into() };
        let columns = vec![
            BatchColumn::new("id", Cells::Int(ids.to_vec().into())),
            BatchColumn::new("event", names),
            BatchColumn::new("t", Cells::Int((0..ids.len() as i64).collect::<Vec<_>>().into())),
        ];
        builder.push(Batch::new((piece << 16) as u64 + 1, ids.len(), columns)?);
    }
    Ok(builder.finish()?)
}
