//! The study in a few lines of plain text, aligned for a terminal.
//!
//! Answers: what was looked at, the scores, how journeys end, the three worst pains.
//! Does not know: colours, widths of screens.

use std::fmt::Write;

use super::names::Names;
use super::say::{Say, Unit, w};
use super::width::{columns, pad};
use crate::base::text::Language;
use crate::base::zone::Zone;
use crate::blueprint::model::Document;
use crate::insight::rows::{PainRow, StudyTables};

const WORST: usize = 3;

/// A label with its figure.
type Line = (String, String);

pub(super) fn summary(document: &Document, tables: &StudyTables, language: Language) -> String {
    let zone = document.zone.clone().unwrap_or_else(Zone::utc);
    let (say, names) = (Say::new(language, zone), Names::new(document, language));
    let mut out = format!("{}\n{}\n", one_line(&names.blueprint()), looked_at(&say, tables));
    block(&mut out, w!(say, "headline"), &figures(&say, &names, tables));
    let felt = tables.pains.iter().filter(|p| p.group.by.is_none() && p.harmed > 0);
    let pains: Vec<&PainRow> = felt.take(WORST).collect();
    _ = write!(out, "\n{}\n", w!(say, "worst_pains"));
    if pains.is_empty() {
        _ = writeln!(out, "  {}", w!(say, "no_pains"));
    }
    for pain in pains {
        let place = [names.journey(&pain.journey), names.stage(&pain.journey, &pain.stage)].join(" / ");
        let name = names.touchpoint(&pain.journey, &pain.touchpoint);
        _ = writeln!(out, "  {}. {}", pain.rank, one_line(&say.beside(&name, &place)));
        lines(&mut out, 5, &pain_lines(&say, &names, pain));
    }
    out
}

fn looked_at(say: &Say, tables: &StudyTables) -> String {
    let summary = &tables.summary;
    let period = match summary.first.zip(summary.last) {
        Some((first, last)) => say.beside(&format!("{} – {}", say.day(first), say.day(last)), &say.zone()),
        None => w!(say, "no_events").to_owned(),
    };
    let (events, customers) = (say.count(summary.events), say.count(summary.customers));
    let args = [("events", events.as_str()), ("customers", &customers), ("period", &period)];
    say.fill(w!(say, "summary_looked_at"), &args)
}

fn figures(say: &Say, names: &Names<'_>, tables: &StudyTables) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for kind in ["nps", "csat", "ces"] {
        let row = tables.scores.iter().rev().filter(|r| r.kind == kind).max_by_key(|r| r.score.n);
        let figure = match (row, kind) {
            (None, _) => say.unknown(0).to_owned(),
            (Some(r), "nps") => say.line(&r.score, Unit::Nps),
            (Some(r), "ces") => say.line(&r.mean, Unit::Mean),
            (Some(r), _) => say.line(&r.score, Unit::Share),
        };
        lines.push((say.known("score_", kind).into_owned(), figure));
    }
    for row in tables.journeys.iter().filter(|r| r.group.by.is_none()) {
        let label = say.beside(w!(say, "goal_rate"), &names.journey(&row.journey));
        lines.push((label, say.line(&row.reached_share, Unit::Share)));
        if row.median_to_goal_s.value.is_some() {
            let label = say.beside(w!(say, "median_to_goal"), &names.journey(&row.journey));
            lines.push((label, say.line(&row.median_to_goal_s, Unit::Time)));
        }
    }
    lines
}

fn pain_lines(say: &Say, names: &Names<'_>, pain: &PainRow) -> Vec<Line> {
    let (harmed, customers) = (say.count(pain.harmed), say.count(pain.customers));
    let share = say.line(&pain.harmed_share, Unit::Share);
    let args = [("harmed", harmed.as_str()), ("customers", &customers), ("share", &share)];
    let mut lines = vec![(w!(say, "harmed").to_owned(), say.fill(w!(say, "summary_harmed"), &args))];
    for (label, factor) in [
        (w!(say, "factor_drop_off"), &pain.drop_off),
        (w!(say, "factor_bad_score"), &pain.bad_score),
        (w!(say, "factor_wait_over"), &pain.wait_over),
    ] {
        lines.push((label.to_owned(), say.line(&factor.share, Unit::Share)));
    }
    let known: Vec<String> = pain.known.iter().map(|id| names.pain(&pain.journey, id)).collect();
    let under_way: Vec<String> = pain.improvements.iter().map(|id| names.improvement(id)).collect();
    let or = |list: &[String], none: &str| if list.is_empty() { none.to_owned() } else { say.list(list) };
    lines.push((w!(say, "known_pains").to_owned(), or(&known, w!(say, "no_known_pain"))));
    lines.push((w!(say, "improvements").to_owned(), or(&under_way, w!(say, "no_improvement"))));
    lines
}

fn block(out: &mut String, title: &str, rows: &[Line]) {
    _ = write!(out, "\n{title}\n");
    lines(out, 2, rows);
}

/// Labels padded to one width, so that all figures begin in one column.
fn lines(out: &mut String, indent: usize, rows: &[Line]) {
    let rows: Vec<Line> = rows.iter().map(|(label, figure)| (one_line(label), one_line(figure))).collect();
    let width = rows.iter().map(|(label, _)| columns(label)).max().unwrap_or(0);
    for (label, figure) in &rows {
        _ = writeln!(out, "{:indent$}{}  {figure}", "", pad(label, width));
    }
}

/// No control character reaches a terminal: line ends become spaces, the others and direction marks are dropped.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| {
            !c.is_control()
                && !matches!(*c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        })
        .collect()
}
