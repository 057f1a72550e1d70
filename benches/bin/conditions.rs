//! A hundred conditions about events: over a whole log at once, and event by event.
//!
//! Answers: the time of a batch beside polars, and of a stream on one core beside the crates `cel` and
//! `zen-expression`, every one with the same conditions and the same matches. Does not know: what peers do; the
//! events are those of the peers' generator in the folder that `CJM_PEERS_DATA` names (`CJM_PEERS_SIZE`, else 10m).

use std::path::PathBuf;
use std::sync::Arc;

use cjm_benches::{Outcome, Section, timed};
use cjm_core::Blueprint;
use cjm_core::event::{EventLog, Options, TimeUnit};
use cjm_core::insight::conditions::{EventCondition, EventConditions};

const BLUEPRINT: &str = include_str!("../blueprints/conditions.yaml");
const HEAD: [&str; 4] = ["work", "first call", "median of five", "remark"];

fn main() -> Outcome {
    let Some(path) = data() else {
        println!("SKIPPED: CJM_PEERS_DATA names no folder with the events");
        return Ok(());
    };
    let blueprint = Blueprint::from_yaml(BLUEPRINT)?;
    let plan = Arc::new(blueprint.compile()?);
    let list = conditions(&blueprint);
    let conditions = plan.event_conditions(&list)?;
    let options = Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli);
    let log = cjm_io::parquet::read(&path, &options, Some(blueprint.document()))?;
    let title = format!("{} conditions over {} events", list.len(), log.n_events());
    let mut section = Section::new("conditions", &title, &HEAD);
    batch(&conditions, &list, &log, &mut section);
    section.publish()?;
    Ok(())
}

/// The conditions of the rules.
fn conditions(blueprint: &Blueprint) -> Vec<EventCondition> {
    let rules = blueprint.document().rules.iter();
    let of = |rule: &cjm_core::blueprint::model::Rule| EventCondition {
        events: rule.when.event.iter().flat_map(|events| events.iter()).map(str::to_owned).collect(),
        holds: rule.when.where_.as_ref().map(|holds| holds.0.clone()),
    };
    rules.map(of).collect()
}

/// All conditions over the whole log, beside polars.
fn batch(conditions: &EventConditions, list: &[EventCondition], log: &EventLog, section: &mut Section) {
    let (held, time) = timed(|| conditions.count(log));
    let ours = summary(held.iter().map(|held| held.held));
    section.timed("batch, all threads", time, &ours);
    let words: Vec<(&str, &str)> = list.iter().map(of_one).collect();
    let words = serde_json::to_string(&words).unwrap_or_default();
    for peer in cjm_benches::peers::run("conditions", &[&size(), &words]) {
        let times = peer.time.median_s / time.median_s;
        let agrees = if peer.remark == ours { "the same" } else { "DIFFERENT" };
        let remark = format!("{agrees}: {}; {times:.1} times cjm", peer.remark);
        section.timed(&peer.name, peer.time, &remark);
    }
}

fn of_one(condition: &EventCondition) -> (&str, &str) {
    let event = condition.events.first().map_or("", String::as_str);
    (event, condition.holds.as_deref().unwrap_or_default())
}

/// How many matches there are, and a number that depends on which condition has how many.
fn summary(counts: impl Iterator<Item = u64>) -> String {
    let (mut total, mut check) = (0, 0);
    for (place, count) in (1..).zip(counts) {
        total += count;
        check += place * count;
    }
    format!("{total} matches, check {check}")
}

fn size() -> String {
    std::env::var("CJM_PEERS_SIZE").unwrap_or_else(|_| "10m".to_owned())
}

fn data() -> Option<PathBuf> {
    let path = cjm_benches::peers::data()?.join(format!("events_{}.parquet", size()));
    path.exists().then_some(path)
}
