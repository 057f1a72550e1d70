//! A blueprint and real events in, a study and a report out.
//!     cargo run --release --example first_look -- blueprint.yaml events.csv.gz

use cjm_core::event::Options;
use cjm_core::report::{self, ReportOptions};
use cjm_core::{Blueprint, StudyOptions, Zone};
use cjm_io::EventReader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (blueprint, events) =
        words.next().zip(words.next()).ok_or("a blueprint and an event file, please")?;

    let blueprint = Blueprint::parse(&std::fs::read_to_string(blueprint)?)?;
    for finding in blueprint.check() {
        eprintln!("{finding}");
    }

    let columns = Options::new("user_id", "event", "timestamp").with_zone(Zone::utc());
    let log = EventReader::new().blueprint(blueprint.document()).read(events, &columns)?;
    println!("{} events of {} customers", log.n_events(), log.n_customers());

    let study = blueprint.study(&log, &StudyOptions::default())?;
    for pain in study.tables().pains.iter().take(3) {
        println!(
            "{}. {}: {} of {} customers harmed",
            pain.rank, pain.touchpoint, pain.harmed, pain.customers
        );
    }

    let html = report::html(blueprint.document(), study.tables(), &ReportOptions::default())?;
    std::fs::write("report.html", html)?;
    Ok(())
}
