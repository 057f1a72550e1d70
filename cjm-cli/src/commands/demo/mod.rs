//! `cjm demo`: the whole loop on customers who were made up.
//!
//! Answers: events, a report, a summary and one detractor's closed loop in one go. Does not know: anything that the other
//! commands do not.

mod closed_loop;

use crate::args::{Columns, Demo, Identity, Input};
use crate::commands::simulate;
use crate::documents;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;
use crate::studies;
use crate::words;

/// The blueprint of the demo unless another one is named.
const RESTAURANT: &str = include_str!("../../../../examples/blueprints/restaurant.yaml");

/// Simulates, writes the events, reads them back, studies them, writes the report.
pub(crate) fn run(args: &Demo, host: &mut Host<'_>) -> Result<(), Failure> {
    let copy = args.out.join("blueprint.yaml");
    let text = args.blueprint.as_deref().map_or_else(|| Ok(RESTAURANT.to_owned()), files::read)?;
    files::write(&copy, text.as_bytes())?;
    let blueprint = documents::usable_text(&copy.display().to_string(), text)?;
    let language = host.language_of(blueprint.document());
    let made = simulate::events(blueprint.document(), &args.crowd)?;
    let events = args.out.join("events.jsonl");
    simulate::write(&events, &made, blueprint.document())?;
    let counts = [made.len(), args.crowd.customers as usize, args.crowd.days as usize].map(|n| n.to_string());
    let [n_events, customers, days] = &counts;
    host.say(&words::SIMULATED.say(language, &[n_events, customers, days]))?;

    let input = Input {
        events: events.clone(),
        blueprint: copy.clone(),
        by: Vec::new(),
        until: None,
        identity_view: Identity::Final,
        columns: Columns::default(),
    };
    let studied = studies::of(&input, host)?;
    let report = args.out.join("report.html");
    files::write(&report, studied.html(language)?.as_bytes())?;
    host.say(&format!("\n{}", studied.text(language)))?;
    if let Some(story) = closed_loop::story(&blueprint, &made, language)? {
        host.say(&format!("\n{story}\n"))?;
    }
    for path in [copy, events, report] {
        host.say(&words::WRITTEN.say(language, &[&path.display().to_string()]))?;
    }
    Ok(())
}
