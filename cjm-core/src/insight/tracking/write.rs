//! Tracking plans and their issues as tables for people.
//!
//! Answers: CSV that spreadsheets open safely, and Markdown, in English and Chinese.
//! Does not know: where the rows come from.

use super::check::TrackingIssue;
use super::plan::{TrackedAt, TrackingRow};
use crate::base::catalogue::words::word;
use crate::base::sheet::{csv_line, markdown_row, markdown_rule};
use crate::base::text::{Language, Text};
use crate::blueprint::model::{AttributeKind, AttributeType};

const PLAN: [&str; 10] = [
    "tracking.event",
    "tracking.when",
    "tracking.attribute",
    "tracking.type",
    "tracking.required",
    "touchpoint",
    "stage",
    "tracking.journey",
    "tracking.channel",
    "tracking.owner",
];

const ISSUES: [&str; 7] = [
    "tracking.issue",
    "tracking.event",
    "tracking.attribute",
    "tracking.count",
    "tracking.of",
    "touchpoint",
    "tracking.remark",
];

/// The plan as CSV with a header line.
pub fn plan_csv(rows: &[TrackingRow], language: Language) -> String {
    let lines = rows.iter().map(|row| csv_line(plan_cells(row, language)));
    csv_line(PLAN.map(|key| word(key, language))) + &lines.collect::<String>()
}

/// The plan as a Markdown table.
pub fn plan_markdown(rows: &[TrackingRow], language: Language) -> String {
    let lines = rows.iter().map(|row| markdown_row(plan_cells(row, language)));
    let head = markdown_row(PLAN.map(|key| word(key, language))) + &markdown_rule(PLAN.len());
    head + &lines.collect::<String>()
}

/// The issues as CSV with a header line.
pub fn issues_csv(issues: &[TrackingIssue], language: Language) -> String {
    let lines = issues.iter().map(|issue| csv_line(issue_cells(issue, language)));
    csv_line(ISSUES.map(|key| word(key, language))) + &lines.collect::<String>()
}

/// The issues as a Markdown table.
pub fn issues_markdown(issues: &[TrackingIssue], language: Language) -> String {
    let lines = issues.iter().map(|issue| markdown_row(issue_cells(issue, language)));
    let head = markdown_row(ISSUES.map(|key| word(key, language))) + &markdown_rule(ISSUES.len());
    head + &lines.collect::<String>()
}

fn plan_cells(row: &TrackingRow, language: Language) -> [String; 10] {
    let yes = if row.optional { "tracking.no" } else { "tracking.yes" };
    let required = if row.attribute.is_some() { word(yes, language) } else { "" };
    let each = |of: &dyn Fn(&TrackedAt) -> String| distinct(row.touchpoints.iter().map(of), language);
    [
        row.event.clone(),
        when(row, language),
        row.attribute.clone().unwrap_or_default(),
        row.kind.as_ref().map(|kind| type_words(kind, language)).unwrap_or_default(),
        required.to_owned(),
        each(&|at| at.touchpoint.clone()),
        each(&|at| titled(at.stage_title.as_ref(), &at.stage, language)),
        each(&|at| titled(at.journey_title.as_ref(), &at.journey, language)),
        each(&|at| at.channel.clone().unwrap_or_default()),
        each(&|at| at.owner.clone().unwrap_or_default()),
    ]
}

/// When the event is recorded: at its touchpoints, else for what it is used, else by whom it is made.
fn when(row: &TrackingRow, language: Language) -> String {
    if !row.touchpoints.is_empty() {
        let at = row.touchpoints.iter().map(|at| {
            let title = titled(at.title.as_ref(), &at.touchpoint, language);
            match &at.condition {
                Some(condition) => format!("{title} ({condition})"),
                None => title,
            }
        });
        return distinct(at, language);
    }
    if row.emitted {
        return word("tracking.emitted", language).to_owned();
    }
    distinct(row.used_by.iter().cloned(), language)
}

fn titled(title: Option<&Text>, id: &str, language: Language) -> String {
    title.map_or(id, |title| title.get(language)).to_owned()
}

/// The different ones that are not empty, in order.
fn distinct(texts: impl Iterator<Item = String>, language: Language) -> String {
    let mut all: Vec<String> = Vec::new();
    for text in texts.filter(|text| !text.is_empty()) {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all.join(if language == Language::Zh { "；" } else { "; " })
}

/// An attribute's type in words.
fn type_words(kind: &AttributeType, language: Language) -> String {
    let comma = if language == Language::Zh { "、" } else { ", " };
    let colon = if language == Language::Zh { "：" } else { ": " };
    match &kind.kind {
        AttributeKind::Enum(values) => {
            format!("{}{colon}{}", word("tracking.type.enum", language), values.join(comma))
        }
        AttributeKind::IntRange(low, high) => format!("{} {low}–{high}", word("tracking.type.int", language)),
        AttributeKind::List(fields) => {
            let fields =
                fields.iter().map(|(name, kind)| format!("{name} {}", plain_type(&kind.kind, language)));
            let fields: Vec<String> = fields.collect();
            format!("{}{colon}{}", word("tracking.type.list", language), fields.join(comma))
        }
        plain => plain_type(plain, language).to_owned(),
    }
}

fn plain_type(kind: &AttributeKind, language: Language) -> &'static str {
    let key = match kind {
        AttributeKind::Text => "tracking.type.text",
        AttributeKind::Int | AttributeKind::IntRange(..) => "tracking.type.int",
        AttributeKind::Number => "tracking.type.number",
        AttributeKind::Money => "tracking.type.money",
        AttributeKind::Bool => "tracking.type.bool",
        AttributeKind::Time => "tracking.type.time",
        AttributeKind::Date => "tracking.type.date",
        AttributeKind::Enum(_) => "tracking.type.enum",
        AttributeKind::List(_) => "tracking.type.list",
    };
    word(key, language)
}

fn issue_cells(issue: &TrackingIssue, language: Language) -> [String; 7] {
    let finding = issue.finding();
    let kind = match issue.issue {
        super::Issue::Missing => "tracking.missing",
        super::Issue::Refused => "tracking.refused",
        super::Issue::NeverFilled => "tracking.never_filled",
        super::Issue::SometimesMissing => "tracking.sometimes_missing",
        super::Issue::Undeclared => "tracking.undeclared",
        super::Issue::Unmapped => "tracking.unmapped",
        super::Issue::Late => "tracking.late",
    };
    [
        word(kind, language).to_owned(),
        issue.event.clone(),
        issue.attribute.clone().unwrap_or_default(),
        issue.count.to_string(),
        issue.of.to_string(),
        distinct(issue.touchpoints.iter().cloned(), language),
        finding.message(language),
    ]
}
