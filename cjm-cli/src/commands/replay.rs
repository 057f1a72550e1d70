//! `cjm replay`: a log of the past through the rules of a blueprint.
//!
//! Answers: how many decisions and refusals, by rule, reason, day and channel; or every one of them as JSON; what
//! another blueprint would have decided instead.
//! Does not know: how they come about.

mod compare;

use std::collections::BTreeMap;

use cjm_core::base::zone::parse_instant;
use cjm_core::{Language, Replay, ReplayOptions, Until, Zone};

use crate::args::{Replay as Args, ReplayFormat};
use crate::documents;
use crate::events;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;
use crate::studies::say_left_out;
use crate::table::{Align, lines};
use crate::words;

/// Rows of a table that a summary shows.
const SHOWN: usize = 20;

/// Replays and writes.
pub(crate) fn run(args: &Args, host: &mut Host<'_>) -> Result<(), Failure> {
    let blueprint = documents::usable(&args.blueprint)?;
    let zone = blueprint.document().zone.clone().unwrap_or_else(Zone::utc);
    let log = events::read(&args.events, &args.columns, Some(blueprint.document()), host)?;
    let until = match args.until.as_deref() {
        None | Some("last_event") => Until::LastEvent,
        Some("end_of_waits") => Until::EndOfWaits,
        Some(text) => Until::At(parse_instant(text, Some(&zone)).map_err(|error| {
            Failure::Usage(format!("`--until {text}`: {error}; write a time, last_event or end_of_waits"))
        })?),
    };
    let options = ReplayOptions { until, ..ReplayOptions::default() };
    let replay = blueprint.compile()?.replay(&log, options);
    say_left_out(replay.n_left_out, host)?;
    if let Some(path) = &args.before {
        let before = documents::usable(path)?.compile()?.replay(&log, options);
        let text = compare::text(&before, &replay, args.format, host.language_of(blueprint.document()));
        return files::put(host, args.out.as_ref(), &text);
    }
    for (code, (n, first)) in &replay.errors {
        host.complain(&words::EVENTS_REFUSED.say(host.language, &[code, &n.to_string(), first]))?;
    }
    let text = match args.format {
        ReplayFormat::Text => summary(&replay, &zone, host.language_of(blueprint.document())),
        ReplayFormat::Json => serde_json::to_string_pretty(&replay.to_json(&zone)).unwrap_or_default(),
        ReplayFormat::Jsonl => {
            let lines: Vec<String> =
                replay.decisions.iter().map(|decision| decision.to_json().to_string()).collect();
            lines.join("\n")
        }
    };
    files::put(host, args.out.as_ref(), &text)
}

/// A summary to read on a terminal.
fn summary(replay: &Replay, zone: &Zone, language: Language) -> String {
    let say = |phrase: words::Phrase, values: &[&str]| phrase.say(language, values);
    let n = |n: usize| n.to_string();
    let counts = [
        n(replay.n_events as usize),
        n(replay.decisions.len()),
        n(replay.refusals.len()),
        n(replay.waiting.len()),
    ];
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let mut text = say(words::REPLAYED, &counts);
    let mut table = |title: words::Phrase, head: &[(String, Align)], rows: &[Vec<String>]| {
        if rows.is_empty() {
            return;
        }
        let head: Vec<(&str, Align)> = head.iter().map(|(name, align)| (name.as_str(), *align)).collect();
        let shown = rows.get(..rows.len().min(SHOWN)).unwrap_or_default();
        text += &format!("\n\n{}\n{}", say(title, &[]), lines(&head, shown).trim_end());
        if rows.len() > SHOWN {
            text += &format!("\n{}", say(words::MORE, &[&n(rows.len() - SHOWN)]));
        }
    };
    let left = |phrase| (say(phrase, &[]), Align::Left);
    let right = |phrase| (say(phrase, &[]), Align::Right);
    let mut made: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for decision in &replay.decisions {
        let kind = (&*decision.rule, decision.action.name(), &*decision.target);
        *made.entry(kind).or_default() += 1;
    }
    let rows: Vec<_> = made
        .iter()
        .map(|((rule, action, target), count)| {
            vec![(*rule).to_owned(), format!("{action} {target}"), n(*count)]
        })
        .collect();
    table(words::DECISIONS, &[left(words::RULE), left(words::ACTION), right(words::COUNT)], &rows);
    let rows: Vec<_> = replay
        .refused()
        .iter()
        .map(|row| vec![row.rule.to_string(), row.reason.to_owned(), row.n.to_string()])
        .collect();
    table(words::REFUSALS, &[left(words::RULE), left(words::REASON), right(words::COUNT)], &rows);
    let rows: Vec<_> = replay
        .sent(zone)
        .iter()
        .map(|row| vec![row.day.to_string(), row.channel.to_string(), row.n.to_string()])
        .collect();
    table(words::BY_DAY, &[left(words::DAY), left(words::SAME_CHANNEL), right(words::COUNT)], &rows);
    let rows: Vec<_> = replay
        .overlap()
        .iter()
        .map(|row| vec![row.rule.to_string(), row.other.to_string(), row.customers.to_string()])
        .collect();
    table(words::OVERLAP, &[left(words::RULE), left(words::RULE), right(words::CUSTOMERS)], &rows);
    text
}
