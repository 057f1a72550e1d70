//! What durability costs: the same events pushed into an engine in memory and into stores.
//!
//! Answers: events a second with each event in a transaction of its own, with and without waiting for the disk, and
//! thousands to a transaction; what a wait for the disk takes here. Does not know: other disks; the events are those of
//! the folder that `CJM_PEERS_DATA` names.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cjm_benches::{Outcome, Section};
use cjm_core::event::{Attributes, BatchEvents, Options, TimeUnit};
use cjm_core::{Blueprint, Engine, Event};
use cjm_io::store::{Durability, Store, StoreOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

const BLUEPRINT: &str = include_str!("../blueprints/triggers.yaml");
/// Events that each go into a transaction of their own.
const SINGLE: usize = 20_000;

fn main() -> Outcome {
    let Some(folder) = cjm_benches::peers::data() else {
        println!("SKIPPED: CJM_PEERS_DATA names no folder with the events");
        return Ok(());
    };
    let text = BLUEPRINT.replace("identities:", "sources: [{ id: log, lateness: 10m }]\nidentities:");
    let blueprint = Blueprint::from_yaml(&text)?;
    let events = events(&folder.join("events_1m.parquet"), &blueprint)?;
    let title = "A durable engine in a file, beside one in memory";
    let mut section = Section::new("store", title, &["work", "events", "time", "events a second", "remark"]);
    let mut tell = |work: &str, n: usize, time: Duration, remark: &str| {
        let rate = n as f64 / time.as_secs_f64();
        section.row(&[
            work,
            &n.to_string(),
            &format!("{:.2} s", time.as_secs_f64()),
            &format!("{rate:.0}"),
            remark,
        ]);
    };

    let mut engine = Engine::new(Arc::new(blueprint.compile()?));
    let start = Instant::now();
    engine.push_many(&events).map_err(|(_, _, error)| error)?;
    tell("engine in memory", events.len(), start.elapsed(), "");

    let single = events.get(..SINGLE).unwrap_or(&events);
    let few = format!("{} waits for the disk alone: {:.0} us each", 200, wait_us()?);
    for (name, durability, remark) in [
        ("store, one event a transaction", Durability::Full, few.as_str()),
        (
            "store, one event a transaction",
            Durability::Batch(Duration::from_millis(100)),
            "waits every 100 ms",
        ),
        ("store, one event a transaction", Durability::Off, "never waits"),
    ] {
        let place = tempfile::tempdir()?;
        let mut store = open(&place.path().join("till.db"), &blueprint, durability)?;
        let start = Instant::now();
        for event in single {
            store.push(event)?;
        }
        tell(name, single.len(), start.elapsed(), &format!("{durability:?}: {remark}"));
    }

    let place = tempfile::tempdir()?;
    let path = place.path().join("till.db");
    let mut store = open(&path, &blueprint, Durability::Full)?;
    let start = Instant::now();
    store.push_many(&events).map_err(|(_, _, error)| error)?;
    tell("store, in bulk", events.len(), start.elapsed(), "Full");
    let waiting = store.outbox().count();
    let start = Instant::now();
    store.close()?;
    let size = std::fs::metadata(&path)?.len() / 1_000_000;
    tell("close", 1, start.elapsed(), &format!("{size} MB, {waiting} decisions waiting"));
    let start = Instant::now();
    let store = open(&path, &blueprint, Durability::Full)?;
    tell("open", 1, start.elapsed(), &format!("{} customers", store.n_customers()));
    section.publish()?;
    Ok(())
}

fn open(path: &Path, blueprint: &Blueprint, durability: Durability) -> cjm_core::Result<Store> {
    Store::open_with(path, blueprint, StoreOptions { durability, ..StoreOptions::default() })
}

/// What one wait for the disk takes, in microseconds.
fn wait_us() -> std::io::Result<f64> {
    let mut file = tempfile::tempfile()?;
    let start = Instant::now();
    for _ in 0..200 {
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / 200.0)
}

fn events(path: &Path, blueprint: &Blueprint) -> Result<Vec<Event>, Box<dyn std::error::Error>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path)?)?.build()?;
    let options = Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli);
    let options = Options { attributes: Attributes::Only(Vec::new()), ..options };
    let mut all = Vec::new();
    for batch in cjm_io::arrow::batches(reader, &options, None)? {
        let rows = BatchEvents::of(&batch, &options, Some(blueprint.document()))?;
        for row in 0..rows.len() {
            let event = rows.event(row)?;
            let id = format!("{}", all.len());
            all.push(event.id("log", id));
        }
    }
    Ok(all)
}
