//! How long a log of 10 million events takes to build, and how much memory it holds.
//!
//! Answers: first call and median of five calls of each way in, beside the peers where they are installed.
//! Does not know: what peers do; the events are those of the generator that the peers use too, in the folder that
//! `CJM_PEERS_DATA` names (`events_10m.parquet`; `CJM_PEERS_SIZE` names another size).

use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema};
use cjm_benches::{Section, timed};
use cjm_core::event::{Batch, BatchColumn, Cells, Codes, EventLog, LogBuilder, Options, Strings, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> cjm_benches::Outcome {
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let options = Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli);
    let title = format!("From events to a sorted log, {} threads", cjm_core::base::par::threads());
    let mut section = Section::new("log", &title, &["work", "first call", "median of five", "remark"]);
    if let Some(path) = data() {
        if wanted("parquet") {
            measure(&mut section, "Parquet to log", || Ok(cjm_io::parquet::read(&path, &options, None)?))?;
        }
        if wanted("arrow_dictionary") {
            let tables = tables(&path, true)?;
            measure(&mut section, "Arrow with dictionary columns to log", || of_tables(&tables, &options))?;
        }
        if wanted("arrow_text") {
            let tables = tables(&path, false)?;
            measure(&mut section, "Arrow with text columns to log", || of_tables(&tables, &options))?;
        }
        for peer in cjm_benches::peers::run("load", &[&size()]) {
            section.timed(&peer.name, peer.time, &peer.remark);
        }
    } else {
        section.note("CJM_PEERS_DATA names no folder with the events: only made-up ids were measured.");
    }
    if wanted("hostile") {
        hostile(&mut section)?;
    }
    section.publish()?;
    Ok(())
}

fn size() -> String {
    std::env::var("CJM_PEERS_SIZE").unwrap_or_else(|_| "10m".to_owned())
}

fn data() -> Option<PathBuf> {
    let path = cjm_benches::peers::data()?.join(format!("events_{}.parquet", size()));
    path.exists().then_some(path)
}

/// Runs a way to build a log; its median in seconds.
fn measure(section: &mut Section, name: &str, build: impl Fn() -> Outcome<EventLog>) -> Outcome<f64> {
    let (log, time) = timed(build);
    let log = log?;
    let (n_events, n_customers, mb) = (log.n_events(), log.n_customers(), log.bytes() as f64 / 1e6);
    section.timed(name, time, &format!("{n_events} events, {n_customers} customers, {mb:.0} MB"));
    Ok(time.median_s)
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
fn hostile(section: &mut Section) -> Outcome<()> {
    const N: usize = 1_000_000;
    let random: Vec<i64> = (0..N as i64).map(EventLog::order_hash).map(u64::cast_signed).collect();
    let random_s = measure(section, "random ids to log", || of_ids(&random))?;
    let hostile: Vec<i64> = (0..).filter(|id| EventLog::order_hash(*id) >> 54 == 0).take(N).collect();
    let hostile_s = measure(section, "colliding ids to log", || of_ids(&hostile))?;
    section.note(&format!("Colliding ids take {:.2} times what random ids take.", hostile_s / random_s));
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
