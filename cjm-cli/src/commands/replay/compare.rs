//! Two replays side by side.
//!
//! Answers: what is decided differently, as tables or as JSON. Does not know: how the replays came about.

use cjm_core::engine::replay::{Difference, Differing};
use cjm_core::{Decision, Language, Replay};
use serde_json::{Value, json};

use super::SHOWN;
use crate::args::ReplayFormat;
use crate::table::{Align, lines};
use crate::words;

/// What differs, in the form that was asked for.
pub(super) fn text(before: &Replay, after: &Replay, format: ReplayFormat, language: Language) -> String {
    let difference = before.diff(after);
    match format {
        ReplayFormat::Text => summary(&difference, (before, after), language),
        ReplayFormat::Json => serde_json::to_string_pretty(&json!({
            "rules": difference.rules,
            "refused": difference.refused,
            "decisions": difference.decisions.iter().map(row).collect::<Vec<_>>(),
        }))
        .unwrap_or_default(),
        ReplayFormat::Jsonl => {
            let lines: Vec<String> = difference.decisions.iter().map(|one| row(one).to_string()).collect();
            lines.join("\n")
        }
    }
}

fn row(differing: &Differing) -> Value {
    let told = |decision: &Option<Decision>| decision.as_ref().map(Decision::to_json);
    json!({ "before": told(&differing.before), "after": told(&differing.after) })
}

/// Tables to read on a terminal.
fn summary(difference: &Difference, (before, after): (&Replay, &Replay), language: Language) -> String {
    let say = |phrase: words::Phrase, values: &[&str]| phrase.say(language, values);
    let counts =
        [after.n_events as usize, before.decisions.len(), after.decisions.len(), difference.decisions.len()];
    let counts = counts.map(|n| n.to_string());
    let mut text = say(words::COMPARED, &counts.each_ref().map(String::as_str));
    let mut table = |title: words::Phrase, head: &[(words::Phrase, Align)], rows: &[Vec<String>]| {
        if rows.is_empty() {
            return;
        }
        let head: Vec<(String, Align)> = head.iter().map(|(name, align)| (say(*name, &[]), *align)).collect();
        let head: Vec<(&str, Align)> = head.iter().map(|(name, align)| (name.as_str(), *align)).collect();
        let shown = rows.get(..rows.len().min(SHOWN)).unwrap_or_default();
        text += &format!("\n\n{}\n{}", say(title, &[]), lines(&head, shown).trim_end());
        if rows.len() > SHOWN {
            text += &format!("\n{}", say(words::MORE, &[&(rows.len() - SHOWN).to_string()]));
        }
    };
    use words::{AFTER, BEFORE, CHANGED, CUSTOMER, DUE, GONE, NEW, REASON, RULE, UNCHANGED};
    let left = |phrase| (phrase, Align::Left);
    let right = |phrase| (phrase, Align::Right);
    let rows: Vec<_> = difference
        .rules
        .iter()
        .map(|row| {
            let counts = [row.before, row.after, row.same, row.changed, row.gone, row.new];
            [row.rule.to_string()].into_iter().chain(counts.map(|n| n.to_string())).collect()
        })
        .collect();
    let head =
        [left(RULE), right(BEFORE), right(AFTER), right(UNCHANGED), right(CHANGED), right(GONE), right(NEW)];
    table(words::DECISIONS, &head, &rows);
    let rows: Vec<_> = difference
        .refused
        .iter()
        .map(|row| {
            vec![row.rule.to_string(), row.reason.into(), row.before.to_string(), row.after.to_string()]
        })
        .collect();
    table(words::REFUSALS, &[left(RULE), left(REASON), right(BEFORE), right(AFTER)], &rows);
    let rows: Vec<_> = difference.decisions.iter().filter_map(differing).collect();
    let head = [left(DUE), left(CUSTOMER), left(RULE), left(BEFORE), left(AFTER)];
    table(words::DIFFERING, &head, &rows);
    text
}

fn differing(one: &Differing) -> Option<Vec<String>> {
    let done = |decision: &Option<Decision>| {
        let told = |d: &Decision| format!("{} {}", d.action.name(), d.target);
        decision.as_ref().map_or_else(|| "-".to_owned(), told)
    };
    let any = one.before.as_ref().or(one.after.as_ref())?;
    let customer = format!("{} {}", any.customer.kind, any.customer.value);
    Some(vec![any.due.to_string(), customer, any.rule.to_string(), done(&one.before), done(&one.after)])
}
