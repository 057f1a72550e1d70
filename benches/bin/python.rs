//! What the border to Python costs: the same work in Rust and through the package `cjm`, in one run.
//!
//! Answers: a frame of events to a log, many events pushed into an engine, the import, the size of the module; beside
//! what an analyst would pick instead. Does not know: how the package does it; the python of `CJM_PEERS` has it
//! installed, and the events are those of the folder that `CJM_PEERS_DATA` names.

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema};
use cjm_benches::{Outcome, Section, timed};
use cjm_core::event::{Attributes, BatchEvents, EventLog, Options, TimeUnit};
use cjm_core::{Blueprint, Engine, Event};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

const BLUEPRINT: &str = include_str!("../blueprints/triggers.yaml");

fn main() -> Outcome {
    let Some(folder) = cjm_benches::peers::data() else {
        println!("SKIPPED: CJM_PEERS_DATA names no folder with the events");
        return Ok(());
    };
    let size = std::env::var("CJM_PEERS_SIZE").unwrap_or_else(|_| "10m".to_owned());
    let title = "The border to Python, beside the same work in Rust";
    let mut section = Section::new("python", title, &["work", "first call", "median of five", "remark"]);
    let log = frame_to_log(&folder.join(format!("events_{size}.parquet")), &mut section)?;
    let push = push_many(&folder.join("events_1m.parquet"), &mut section)?;
    for peer in cjm_benches::peers::run("python", &[&size]) {
        let mut remark = peer.remark.clone();
        let rust = match peer.name.as_str() {
            "Python: polars frame to log" => Some(log),
            "Python: push_many of a polars frame" => Some(push),
            _ => None,
        };
        if let Some(rust) = rust {
            remark = format!("{remark}; {:.2} times Rust", peer.time.median_s / rust);
        }
        section.timed(&peer.name, peer.time, &remark);
    }
    section.publish()?;
    Ok(())
}

fn options() -> Options {
    Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli)
}

/// The file in memory as a data frame has it: texts as views.
fn tables(path: &Path) -> Result<Vec<RecordBatch>, Box<dyn std::error::Error>> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path)?)?.with_batch_size(1 << 20);
    let mut all = Vec::new();
    for table in reader.build()? {
        let table = table?;
        let (mut columns, mut fields) = (Vec::new(), Vec::new());
        for (field, column) in table.schema().fields().iter().zip(table.columns()) {
            let column = match column.data_type() {
                DataType::Utf8 | DataType::LargeUtf8 => cast(column, &DataType::Utf8View)?,
                _ => column.clone(),
            };
            fields.push(Field::new(field.name(), column.data_type().clone(), true));
            columns.push(column);
        }
        all.push(RecordBatch::try_new(Schema::new(fields).into(), columns)?);
    }
    Ok(all)
}

fn frame_to_log(path: &Path, section: &mut Section) -> Result<f64, Box<dyn std::error::Error>> {
    let tables = tables(path)?;
    let read = || -> cjm_core::Result<EventLog> {
        cjm_io::arrow::read(tables.iter().cloned().map(Ok), &options(), None)
    };
    let (log, time) = timed(read);
    section.timed("Rust: Arrow with text views to log", time, &format!("{} events", log?.n_events()));
    Ok(time.median_s)
}

fn push_many(path: &Path, section: &mut Section) -> Result<f64, Box<dyn std::error::Error>> {
    let text = BLUEPRINT.replace("identities:", "sources: [{ id: log, lateness: 10m }]\nidentities:");
    let blueprint = Blueprint::from_yaml(&text)?;
    let plan = Arc::new(blueprint.compile()?);
    let options = Options { attributes: Attributes::Only(Vec::new()), ..options() };
    let mut events: Vec<Event> = Vec::new();
    for batch in cjm_io::arrow::batches(tables(path)?.into_iter().map(Ok), &options, None)? {
        let rows = BatchEvents::of(&batch, &options, Some(blueprint.document()))?;
        for row in 0..rows.len() {
            events.push(rows.event(row)?);
        }
    }
    let (decided, time) = timed(|| {
        let mut engine = Engine::new(plan.clone());
        engine.push_many(&events).map(|decisions| decisions.len()).map_err(|(_, _, error)| error)
    });
    let remark = format!("{} events, made before; {} decisions", events.len(), decided?);
    section.timed("Rust: Engine::push_many", time, &remark);
    Ok(time.median_s)
}
