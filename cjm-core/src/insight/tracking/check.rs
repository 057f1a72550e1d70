//! A log held against its blueprint: what is not recorded as planned.
//!
//! Answers: events that never come, attributes that are never or not always filled, events and attributes nobody
//! planned. Does not know: rows that did not make it into the log beyond their counts.

use indexmap::IndexMap;
use serde::Serialize;

use super::plan::TrackedAt;
use super::used::{Used, uses};
use crate::base::catalogue::{Entry, log as words};
use crate::base::finding::{Finding, Position};
use crate::blueprint::model::Document;
use crate::event::{EventLog, Reason};

/// Events that every blueprint has without declaring them.
const RESERVED: [&str; 4] = ["answered", "profile_set", "linked", "ticket_step"];

/// What is not as planned. Order: as listed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Issue {
    /// A planned event never comes.
    Missing,
    /// A planned event comes, and every row of it is bad.
    Refused,
    /// A planned attribute is never filled, though its event comes.
    NeverFilled,
    /// A required attribute is missing in some events.
    SometimesMissing,
    /// An event or attribute comes that nobody declared.
    Undeclared,
    /// An event that no touchpoint takes.
    Unmapped,
    /// Events that arrived after later ones of their customer, beyond the declared lateness.
    Late,
}

/// One thing that is not recorded as planned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackingIssue {
    /// What is the matter.
    pub issue: Issue,
    /// The event; `*` where several events have an undeclared attribute of one name.
    pub event: String,
    /// The attribute, where one is meant.
    pub attribute: Option<String>,
    /// How many events are concerned; rows with [`Issue::Refused`].
    pub count: u64,
    /// Of how many events of that name; rows with [`Issue::Refused`].
    pub of: u64,
    /// How late the latest was, in seconds; only with [`Issue::Late`].
    pub worst_s: Option<f64>,
    /// Touchpoints that take the event, as `journey/touchpoint`, in document order.
    pub touchpoints: Vec<String>,
}

impl TrackingIssue {
    /// The words behind the issue.
    pub fn entry(&self) -> &'static Entry {
        match (self.issue, &self.attribute) {
            (Issue::Missing, _) => &words::TRACKING_MISSING,
            (Issue::Refused, _) => &words::TRACKING_REFUSED,
            (Issue::NeverFilled, _) => &words::TRACKING_NEVER_FILLED,
            (Issue::SometimesMissing, _) => &words::TRACKING_SOMETIMES_MISSING,
            (Issue::Undeclared, None) => &words::TRACKING_UNDECLARED_EVENT,
            (Issue::Undeclared, Some(_)) => &words::TRACKING_UNDECLARED_ATTRIBUTE,
            (Issue::Unmapped, _) => &words::TRACKING_UNMAPPED,
            (Issue::Late, _) => &words::TRACKING_LATE,
        }
    }

    /// The issue as a finding of the catalogue.
    pub fn finding(&self) -> Finding {
        let path = match &self.attribute {
            Some(attribute) => format!("events.{}.{attribute}", self.event),
            None => format!("events.{}", self.event),
        };
        Finding::new(self.entry(), path, Position::default())
            .with("event", self.event.as_str())
            .with("attribute", self.attribute.as_deref().unwrap_or_default())
            .with("count", self.count.to_string())
            .with("of", self.of.to_string())
    }
}

/// Holds a log against a blueprint.
///
/// Order: by [`Issue`], then declared events in document order, then events of the log in the order of arrival;
/// attributes in document order, then in the log's. Attributes that were dropped while reading because nobody
/// declared them are counted from the log's own record. Without an `events` section nothing is undeclared.
pub fn check(document: &Document, log: &EventLog) -> Vec<TrackingIssue> {
    let uses = uses(document);
    let seen = Seen::of(log);
    let mut issues = Vec::new();
    missing(document, log, &uses, &seen, &mut issues);
    unfilled(document, log, &uses, &seen, &mut issues);
    undeclared(document, log, &seen, &mut issues);
    unmapped(document, &uses, &seen, &mut issues);
    issues.sort_by_key(|issue| issue.issue);
    issues
}

/// Events of a log with their counts, in the order of arrival.
struct Seen<'l> {
    names: Vec<(&'l str, u64)>,
}

impl<'l> Seen<'l> {
    fn of(log: &'l EventLog) -> Self {
        let mut names: Vec<(&str, u64)> = log.event_names().iter().map(|name| (name.as_ref(), 0)).collect();
        for code in log.names().iter() {
            if let Some((_, n)) = names.get_mut(code as usize) {
                *n += 1;
            }
        }
        Self { names }
    }

    fn count(&self, event: &str) -> u64 {
        self.names.iter().find(|(name, _)| *name == event).map_or(0, |(_, n)| *n)
    }
}

fn issue(
    issue: Issue,
    event: &str,
    attribute: Option<&str>,
    count: u64,
    of: u64,
    at: &[TrackedAt],
) -> TrackingIssue {
    TrackingIssue {
        issue,
        event: event.to_owned(),
        attribute: attribute.map(str::to_owned),
        count,
        of,
        worst_s: None,
        touchpoints: at.iter().map(TrackedAt::path).collect(),
    }
}

fn at<'u>(uses: &'u IndexMap<String, Used>, event: &str) -> &'u [TrackedAt] {
    uses.get(event).map_or(&[], |used| used.at.as_slice())
}

/// Declared or used, and never in the log, be it that no row was good; what only a rule makes is nobody's to send.
fn missing(
    document: &Document,
    log: &EventLog,
    uses: &IndexMap<String, Used>,
    seen: &Seen<'_>,
    to: &mut Vec<TrackingIssue>,
) {
    let used_only = uses.keys().filter(|event| !document.events.contains_key(*event));
    for event in document.events.keys().chain(used_only) {
        let emitted = uses.get(event).is_some_and(|used| used.emitted);
        if !emitted && !RESERVED.contains(&event.as_str()) && seen.count(event) == 0 {
            let bad = log.rejected().n_of_event(event);
            let what = if bad > 0 { Issue::Refused } else { Issue::Missing };
            to.push(issue(what, event, None, bad, bad, at(uses, event)));
        }
    }
}

/// Planned attributes that are null always, or sometimes without being optional.
fn unfilled(
    document: &Document,
    log: &EventLog,
    uses: &IndexMap<String, Used>,
    seen: &Seen<'_>,
    to: &mut Vec<TrackingIssue>,
) {
    let filled = filled(log);
    for (event, model) in &document.events {
        let n = seen.count(event);
        if n == 0 {
            continue;
        }
        let code = log.event_names().iter().position(|name| name.as_ref() == event);
        for (attribute, kind) in &model.attributes {
            let cell = log.column(attribute).and_then(|c| filled.get(c)).zip(code);
            let present = cell.and_then(|(by_event, code)| by_event.get(code)).copied().unwrap_or(0);
            let (what, count) = match present {
                0 => (Issue::NeverFilled, n),
                k if k < n && !kind.optional => (Issue::SometimesMissing, n - k),
                _ => continue,
            };
            to.push(issue(what, event, Some(attribute), count, n, at(uses, event)));
        }
    }
}

/// How many events of each name have a value, by column and event code.
fn filled(log: &EventLog) -> Vec<Vec<u64>> {
    let of_column = |column: &crate::event::Column| {
        let mut n = vec![0; log.event_names().len()];
        for (row, code) in log.names().iter().enumerate() {
            if let Some(n) = n.get_mut(code as usize).filter(|_| column.is_valid(row)) {
                *n += 1;
            }
        }
        n
    };
    log.columns().iter().map(of_column).collect()
}

/// Events and attributes that come and stand nowhere under `events`.
fn undeclared(document: &Document, log: &EventLog, seen: &Seen<'_>, to: &mut Vec<TrackingIssue>) {
    if document.events.is_empty() {
        return;
    }
    let free = |event: &str| document.events.contains_key(event) || RESERVED.contains(&event);
    for (event, n) in seen.names.iter().filter(|(event, n)| *n > 0 && !free(event)) {
        to.push(issue(Issue::Undeclared, event, None, *n, *n, &[]));
    }
    for (column, by_event) in log.columns().iter().zip(filled(log)) {
        for ((event, of), n) in seen.names.iter().zip(by_event).filter(|(_, n)| *n > 0) {
            let planned =
                document.events.get(*event).is_none_or(|m| m.attributes.contains_key(column.name.as_ref()));
            if !planned {
                to.push(issue(Issue::Undeclared, event, Some(&column.name), n, *of, &[]));
            }
        }
    }
    for rows in log.rejected().noticed().iter().filter(|rows| rows.reason == Reason::AttributeUndeclared) {
        let mut events = rows.examples.iter().map(|example| example.text.as_str());
        let first = events.next().unwrap_or_default();
        let one = events.all(|event| event == first);
        let (event, of) = if one { (first, seen.count(first)) } else { ("*", log.n_events() as u64) };
        to.push(issue(Issue::Undeclared, event, Some(&rows.column), rows.count, of, &[]));
    }
}

/// Events that come and that no touchpoint takes; consent and the reserved ones have their own use.
fn unmapped(
    document: &Document,
    uses: &IndexMap<String, Used>,
    seen: &Seen<'_>,
    to: &mut Vec<TrackingIssue>,
) {
    let consent = document.consent.as_ref().and_then(|c| c.event.as_deref());
    let own = |event: &str| RESERVED.contains(&event) || consent == Some(event);
    for (event, n) in seen.names.iter().filter(|(event, n)| *n > 0 && !own(event)) {
        if at(uses, event).is_empty() {
            to.push(issue(Issue::Unmapped, event, None, *n, *n, &[]));
        }
    }
}
