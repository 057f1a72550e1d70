//! How long a full study of a log takes with a map of six stages, lifecycle and features.
//!
//! Answers: first call and median of five, from the log in memory, one and all threads. Does not know: how the log
//! was built; the events are those of the peers' generator in the folder that `CJM_PEERS_DATA` names.

use std::path::PathBuf;
use std::sync::Arc;

use cjm_benches::{Outcome, Section, timed};
use cjm_core::event::{Options, TimeUnit};
use cjm_core::{Blueprint, StudyOptions};

const BLUEPRINT: &str = include_str!("../blueprints/web_shop.yaml");

fn main() -> Outcome {
    let Some(path) = data() else {
        println!("SKIPPED: CJM_PEERS_DATA names no folder with the events");
        return Ok(());
    };
    let blueprint = Blueprint::from_yaml(BLUEPRINT)?;
    let plan = Arc::new(blueprint.compile()?);
    let options = Options::new("customer_id", "event_type", "ts_ms").with_unit(TimeUnit::Milli);
    let log = cjm_io::parquet::read(&path, &options, None)?;
    let title = format!("Study of {} events, {} customers, six stages", log.n_events(), log.n_customers());
    let mut section = Section::new("study", &title, &["work", "first call", "median of five", "remark"]);
    let plain = StudyOptions::default();
    let (study, time) = timed(|| plan.study(&log, &plain));
    let tables = study?;
    let journey = tables.tables().journeys.first().ok_or("no journey")?;
    let remark = format!("{} trips, {} reached the goal", journey.trips, journey.reached);
    section.timed("full study, all threads", time, &remark);
    let by = StudyOptions { by: vec!["region".into(), "tier".into()], ..StudyOptions::default() };
    let (study, time) = timed(|| plan.study(&log, &by));
    study?;
    section.timed("full study by region and tier", time, "");
    for peer in cjm_benches::peers::run("study", &[&size()]) {
        section.timed(&peer.name, peer.time, &peer.remark);
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
