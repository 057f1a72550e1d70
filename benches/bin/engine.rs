//! How fast the rules are: a stream event by event, and a log replayed.
//!
//! Answers: events per second on one core with decisions returned, and a replay on all threads, for the three temporal
//! rules of the peers. Does not know: what peers do; the events are those of the peers' generator in the folder that
//! `CJM_PEERS_DATA` names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cjm_benches::{Outcome, Section, timed};
use cjm_core::event::{EventLog, Options, TimeUnit};
use cjm_core::{Blueprint, CustomerState, Event, Input, Plan, Replay, ReplayOptions, Timestamp, Until};

const BLUEPRINT: &str = include_str!("../blueprints/triggers.yaml");
/// Events of the stream that are typed and held at a time.
const HELD: usize = 1_000_000;

fn main() -> Outcome {
    let Some(path) = data() else {
        println!("SKIPPED: CJM_PEERS_DATA names no folder with the events");
        return Ok(());
    };
    let blueprint = Blueprint::from_yaml(BLUEPRINT)?;
    let plan = blueprint.compile()?;
    let options = Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli);
    let log = cjm_io::parquet::read(&path, &options, Some(blueprint.document()))?;
    let (n, customers) = (log.n_events(), log.n_customers());
    let title = format!("Three temporal rules over {n} events of {customers} customers");
    let mut section = Section::new("engine", &title, &["work", "first call", "median of five", "remark"]);
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wanted("stream") {
        stream(&plan, &log, &mut section)?;
    }
    let ended = ReplayOptions { until: Until::EndOfWaits, ..ReplayOptions::default() };
    if wanted("replay") {
        let (replay, time) = timed(|| plan.replay(&log, ended));
        section.timed("replay until end_of_waits, all threads", time, &remark(&replay));
    }
    section.publish()?;
    Ok(())
}

/// Feeds the events one by one, in order of time, to states in a list; typing them and looking them up is not timed.
fn stream(plan: &Plan, log: &EventLog, section: &mut Section) -> Outcome {
    let rows = (0..log.n_customers()).flat_map(|c| log.rows(c).map(move |row| (row, c)));
    let mut order: Vec<(i64, usize, usize)> =
        rows.map(|(row, c)| (log.times_us().get(row).copied().unwrap_or(0), row, c)).collect();
    order.sort_unstable();
    let mut states: Vec<CustomerState> = (0..log.n_customers()).map(|_| CustomerState::new(plan)).collect();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut seconds = 0.0;
    for held in order.chunks(HELD) {
        let events: Vec<Event> =
            held.iter().map(|(at, row, c)| event(log, *at, *row, *c)).collect::<Result<_, _>>()?;
        let typed: Vec<_> = events.iter().map(|event| plan.typed(event)).collect::<Result<_, _>>()?;
        let start = std::time::Instant::now();
        for ((_, _, customer), event) in held.iter().zip(&typed) {
            let Some(state) = states.get_mut(*customer) else { continue };
            for decision in plan.step(state, Input::Typed(event))?.decisions {
                *counts.entry(decision.rule.to_string()).or_default() += 1;
            }
        }
        seconds += start.elapsed().as_secs_f64();
    }
    for state in &mut states {
        while let Some(due) = state.next_due() {
            for decision in plan.step(state, Input::Tick(due))?.decisions {
                *counts.entry(decision.rule.to_string()).or_default() += 1;
            }
        }
    }
    let rate = order.len() as f64 / seconds / 1e6;
    let remark = format!("{rate:.2} M events/s on one core; {counts:?}");
    section.row(&["stream, one event at a time", &format!("{seconds:.2} s"), "", &remark]);
    Ok(())
}

fn event(log: &EventLog, at: i64, row: usize, customer: usize) -> Result<Event, String> {
    let name = log.event_names().get(log.names().get(row) as usize).ok_or("no name")?.clone();
    let time = Timestamp::from_micros(at).ok_or("no time")?;
    Ok(Event::new(name, time).id("log", row.to_string()).identity("customer", &*log.customer_key(customer)))
}

fn remark(replay: &Replay) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for decision in &replay.decisions {
        *counts.entry(&decision.rule).or_default() += 1;
    }
    format!("{counts:?}")
}

fn size() -> String {
    std::env::var("CJM_PEERS_SIZE").unwrap_or_else(|_| "1m".to_owned())
}

fn data() -> Option<PathBuf> {
    let path = cjm_benches::peers::data()?.join(format!("events_{}.parquet", size()));
    path.exists().then_some(path)
}
