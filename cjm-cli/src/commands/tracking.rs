//! `cjm tracking`: the tracking plan of a blueprint, events held against it, or a plan inferred from events.
//!
//! Answers: the plan or the issues as Markdown, CSV or JSON. Does not know: what belongs into a plan.

use std::path::Path;

use cjm_core::Blueprint;
use cjm_core::insight::tracking::{
    self, TrackingIssue, issues_csv, issues_markdown, plan_csv, plan_markdown,
};

use crate::args::{PlanFormat, Tracking};
use crate::documents;
use crate::events;
use crate::failure::{DATA, Failure};
use crate::files;
use crate::host::Host;
use crate::words;

/// Writes a plan, or says what events lack; missing or wrong records end with 1.
pub(crate) fn run(args: &Tracking, host: &mut Host<'_>) -> Result<(), Failure> {
    if let Some(path) = &args.infer {
        return infer(args, path, host);
    }
    let Some(path) = &args.blueprint else {
        return Err(Failure::Usage("name a blueprint, or events with `--infer`".to_owned()));
    };
    let blueprint = documents::usable(path)?;
    match &args.check {
        Some(path) => check(args, &blueprint, path, host),
        None => plan(args, &blueprint, host),
    }
}

fn plan(args: &Tracking, blueprint: &Blueprint, host: &mut Host<'_>) -> Result<(), Failure> {
    let (rows, language) = (blueprint.tracking_plan(), host.language_of(blueprint.document()));
    let text = match args.format {
        PlanFormat::Md => plan_markdown(&rows, language),
        PlanFormat::Csv => plan_csv(&rows, language),
        PlanFormat::Json => files::json(&rows)?,
    };
    files::put(host, args.out.as_ref(), &text)
}

fn check(args: &Tracking, blueprint: &Blueprint, path: &Path, host: &mut Host<'_>) -> Result<(), Failure> {
    let (log, late) = events::read_late(path, &args.columns, blueprint.document(), host)?;
    let mut issues: Vec<TrackingIssue> = blueprint.check_tracking(&log);
    issues.extend(late);
    if issues.is_empty() && args.format == PlanFormat::Md {
        return host.complain(&words::PLAN_HOLDS.say(host.language, &[&log.n_events().to_string()]));
    }
    let language = host.language_of(blueprint.document());
    let text = match args.format {
        PlanFormat::Md => issues_markdown(&issues, language),
        PlanFormat::Csv => issues_csv(&issues, language),
        PlanFormat::Json => files::json(&issues)?,
    };
    files::put(host, args.out.as_ref(), &text)?;
    if issues.is_empty() { Ok(()) } else { Err(Failure::Told(DATA)) }
}

/// The plan that events seem to follow: as rows, or with `--format json` as the `events` section of a blueprint.
fn infer(args: &Tracking, path: &Path, host: &mut Host<'_>) -> Result<(), Failure> {
    let log = events::read(path, &args.columns, None, host)?;
    let found = tracking::infer(&log);
    for name in &found.skipped {
        let column = log.column(name).and_then(|column| log.columns().get(column));
        let n = column.map_or(0, |column| (0..log.n_events()).filter(|row| column.is_valid(*row)).count());
        host.complain(&words::LEFT_OUT.say(host.language, &[name, &n.to_string()]))?;
    }
    let document = found.document("inferred");
    let rows = tracking::plan(&document);
    let text = match args.format {
        PlanFormat::Md => plan_markdown(&rows, host.language),
        PlanFormat::Csv => plan_csv(&rows, host.language),
        PlanFormat::Json => Blueprint::from_document(document).to_json()?,
    };
    files::put(host, args.out.as_ref(), &text)
}
