//! What durability and the border to C cost: the same events pushed into engines in memory and into stores, from Rust
//! and from C.
//!
//! Answers: events a second with each event in a transaction of its own, with and without waiting for the disk, and
//! thousands to a transaction; what a wait for the disk takes here; the same through the C ABI, with the size of the
//! library and what a program with it takes in memory. Does not know: other disks; the events are those of the folder
//! that `CJM_PEERS_DATA` names, the library is the installed one that `CJM_PREFIX` names.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
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
/// Rounds of the pair whose shares are told: one in Rust, one in C, in turns.
const ROUNDS: usize = 5;

fn main() -> Outcome {
    let Some(folder) = cjm_benches::peers::data() else {
        println!("SKIPPED: CJM_PEERS_DATA names no folder with the events");
        return Ok(());
    };
    let text = BLUEPRINT.replace("identities:", "sources: [{ id: log, lateness: 10m }]\nidentities:");
    let blueprint = Blueprint::from_yaml(&text)?;
    let events = events(&folder.join("events_1m.parquet"), &blueprint)?;
    let title = "A durable engine in a file and an engine in memory, from Rust and from C";
    let mut table =
        Table(Section::new("store", title, &["work", "events", "time", "events a second", "remark"]));
    in_memory(&mut table, &text, &blueprint, &events)?;
    in_a_file(&mut table, &text, &blueprint, &events)?;
    table.0.publish()?;
    Ok(())
}

struct Table(Section);

impl Table {
    fn tell(&mut self, work: &str, n: usize, time: Duration, remark: &str) {
        let rate = n as f64 / time.as_secs_f64();
        let (n, time) = (n.to_string(), format!("{:.2} s", time.as_secs_f64()));
        self.0.row(&[work, &n, &time, &format!("{rate:.0}"), remark]);
    }
}

/// Engines in memory: Rust and C in turns, so that a busy moment meets both.
fn in_memory(table: &mut Table, text: &str, blueprint: &Blueprint, events: &[Event]) -> Outcome {
    let program = Program::new(text, events)?;
    let plan = Arc::new(blueprint.compile()?);
    let (mut rust, mut made, mut each, mut many) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut waiting = (0, 0);
    for _ in 0..ROUNDS {
        let mut engine = Engine::new(plan.clone());
        let start = Instant::now();
        for event in events {
            engine.push(event)?;
        }
        rust.push(start.elapsed());
        waiting.0 = engine.outbox().count();
        drop(engine);
        let mut engine = Engine::new(plan.clone());
        let start = Instant::now();
        for event in events {
            engine.push(&anew(event))?;
        }
        made.push(start.elapsed());
        drop(engine);
        let (time, n) = program.run("each", None)?;
        each.push(time);
        waiting.1 = n;
        many.push(program.run("many", None)?.0);
    }
    let [rust, made, each, many] = [rust, made, each, many].map(median);
    let share =
        |time: Duration| format!("{:.0} % of the Rust rate", 100.0 * rust.as_secs_f64() / time.as_secs_f64());
    let n = events.len();
    table.tell(
        "Rust: Engine::push, one by one",
        n,
        rust,
        &format!("{} decisions; median of {ROUNDS}", waiting.0),
    );
    table.tell("Rust: an event made of texts, then pushed", n, made, &share(made));
    table.tell(
        "C: cjm_engine_push, one by one",
        n,
        each,
        &format!("{}; {} decisions", share(each), waiting.1),
    );
    table.tell("C: cjm_engine_push_many", n, many, &share(many));
    let (json, _) = program.run("json", None)?;
    table.tell("C: cjm_engine_push_json, one by one", n, json, &share(json));
    let library = std::fs::metadata(program.library.join("libcjm.so"))?.len();
    let idle = program.idle()?;
    table.0.note(&format!(
        "libcjm.so, stripped: {:.2} MB. A program in C with a store and an engine open: {:.1} MB resident.",
        library as f64 / 1e6,
        idle as f64 * 1024.0 / 1e6
    ));
    Ok(())
}

/// An event with texts of its own, as a program makes it of what it has.
fn anew(event: &Event) -> Event {
    let mut all = Event::new(&*event.name, event.time).id(&*event.source, &*event.id);
    for (kind, value) in &event.identities {
        all = all.identity(&**kind, &**value);
    }
    all
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The program in C, with what it reads.
struct Program {
    folder: tempfile::TempDir,
    library: PathBuf,
}

impl Program {
    /// Compiles it against the installed library.
    fn new(blueprint: &str, events: &[Event]) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let prefix = std::env::var_os("CJM_PREFIX").map(PathBuf::from);
        let prefix =
            prefix.ok_or("CJM_PREFIX names no installed library; `cargo xtask bench store` does it all")?;
        let library = prefix.join("lib");
        let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
        let done = Command::new("cc")
            .args(["-std=c99", "-O2", "-o"])
            .arg(folder.path().join("push"))
            .arg(crates.join("c/push.c"))
            .arg("-I")
            .arg(prefix.join("include"))
            .arg("-L")
            .arg(&library)
            .arg("-lcjm")
            .status()?;
        if !done.success() {
            return Err("the program in C does not compile".into());
        }
        std::fs::write(folder.path().join("blueprint.yaml"), blueprint)?;
        let mut file = std::io::BufWriter::new(std::fs::File::create(folder.path().join("events.csv"))?);
        for event in events {
            let who = event.identities.first().map(|(_, value)| &**value).unwrap_or_default();
            writeln!(file, "{},{who},{},{}", event.id, event.name, event.time.as_micros())?;
        }
        file.flush()?;
        Ok(Self { folder, library })
    }

    fn say(
        &self,
        events: &str,
        how: &str,
        store: Option<&Path>,
    ) -> Result<String, Box<dyn std::error::Error>> {
        let mut command = Command::new(self.folder.path().join("push"));
        command.env("LD_LIBRARY_PATH", &self.library).arg(self.folder.path().join("blueprint.yaml"));
        let events = if events == "-" { PathBuf::from(events) } else { self.folder.path().join(events) };
        let out = command.arg(events).arg(how).args(store).output()?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into_owned().into());
        }
        Ok(String::from_utf8(out.stdout)?.trim().to_owned())
    }

    /// How long its pushes took, and how many decisions wait.
    fn run(&self, how: &str, store: Option<&Path>) -> Result<(Duration, usize), Box<dyn std::error::Error>> {
        let said = self.say("events.csv", how, store)?;
        let (time, n) = said.split_once(' ').ok_or("it says nothing")?;
        Ok((Duration::from_secs_f64(time.parse()?), n.parse()?))
    }

    /// What it takes in memory when it does nothing, in KiB.
    fn idle(&self) -> Result<u64, Box<dyn std::error::Error>> {
        Ok(self.say("-", "idle", Some(&self.folder.path().join("idle.db")))?.parse()?)
    }
}

/// Stores: one event a transaction, then in bulk, from Rust and from C.
fn in_a_file(table: &mut Table, text: &str, blueprint: &Blueprint, events: &[Event]) -> Outcome {
    let single = events.get(..SINGLE).unwrap_or(events);
    let few = format!("{} waits for the disk alone: {:.0} us each", 200, wait_us()?);
    for (durability, remark) in [
        (Durability::Full, few.as_str()),
        (Durability::Batch(Duration::from_millis(100)), "waits every 100 ms"),
        (Durability::Off, "never waits"),
    ] {
        let place = tempfile::tempdir()?;
        let mut store = open(&place.path().join("till.db"), blueprint, durability)?;
        let start = Instant::now();
        for event in single {
            store.push(event)?;
        }
        let remark = format!("{durability:?}: {remark}");
        table.tell("Rust: Store::push, an event a transaction", single.len(), start.elapsed(), &remark);
    }

    let place = tempfile::tempdir()?;
    let path = place.path().join("till.db");
    let mut store = open(&path, blueprint, Durability::Full)?;
    let start = Instant::now();
    store.push_many(events).map_err(|(_, _, error)| error)?;
    table.tell(
        "Rust: Store::push_many",
        events.len(),
        start.elapsed(),
        "Full, up to 131,072 events a transaction",
    );
    let waiting = store.outbox().count();
    let start = Instant::now();
    store.close()?;
    let size = std::fs::metadata(&path)?.len() / 1_000_000;
    table.tell("close", 1, start.elapsed(), &format!("{size} MB, {waiting} decisions waiting"));
    let start = Instant::now();
    let store = open(&path, blueprint, Durability::Full)?;
    table.tell("open", 1, start.elapsed(), &format!("{} customers", store.n_customers()));
    drop(store);

    let program = Program::new(text, events)?;
    let (time, waiting) = program.run("store", Some(&place.path().join("c.db")))?;
    table.tell("C: cjm_store_push_many", events.len(), time, &format!("Full; {waiting} decisions waiting"));
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
