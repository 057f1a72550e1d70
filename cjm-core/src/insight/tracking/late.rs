//! Events that arrive after later ones.
//!
//! Answers: per event name, how many rows of a source came later than the blueprint's sources may, and how late.
//! Does not know: a log (its rows are sorted, their arrival is forgotten): it reads the batches before.

use super::check::{Issue, TrackingIssue};
use super::used::uses;
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::base::zone::parse_instant;
use crate::blueprint::model::Document;
use crate::event::{Batch, BatchColumn, Interner, Options};

/// Rows in arrival order held against the lateness that the document allows (the largest of its sources, 0 unless
/// said): late is a row whose time lies more than that before a time its customer had already reached.
///
/// Order: event names by first arrival. Rows without customer, event or time are left to the log.
pub fn late(document: &Document, options: &Options, batches: &[Batch]) -> Vec<TrackingIssue> {
    let allowed = document.sources.iter().filter_map(|s| s.lateness).max().unwrap_or_default().as_micros();
    let mut count = Count::default();
    for batch in batches {
        let rows = Rows::of(batch, options);
        for row in 0..batch.n_rows() {
            if let Some((customer, event, us)) = rows.read(row, options, &mut count) {
                count.take(customer, event, us, allowed);
            }
        }
    }
    let uses = uses(document);
    let names = count.events.strings();
    let found = count.by_event.iter().enumerate().filter(|(_, seen)| seen.late > 0);
    let issue = |(code, seen): (usize, &SeenLate)| {
        let event = names.get(code).to_owned();
        let at = uses.get(&event).map_or(&[][..], |used| used.at.as_slice());
        TrackingIssue {
            issue: Issue::Late,
            attribute: None,
            count: seen.late,
            of: seen.n,
            worst_s: Some(seen.worst_us as f64 / 1e6),
            touchpoints: at.iter().map(super::plan::TrackedAt::path).collect(),
            event,
        }
    };
    found.map(issue).collect()
}

#[derive(Debug, Default, Clone, Copy)]
struct SeenLate {
    n: u64,
    late: u64,
    worst_us: i64,
}

/// Customers' latest times and events' counts so far.
#[derive(Default)]
struct Count {
    customers: Interner,
    latest: Vec<i64>,
    events: Interner,
    by_event: Vec<SeenLate>,
}

impl Count {
    fn take(&mut self, customer: u32, event: u32, us: i64, allowed: i64) {
        let (customer, event) = (customer as usize, event as usize);
        if self.latest.len() <= customer {
            self.latest.resize(customer + 1, i64::MIN);
        }
        if self.by_event.len() <= event {
            self.by_event.resize(event + 1, SeenLate::default());
        }
        let (Some(latest), Some(seen)) = (self.latest.get_mut(customer), self.by_event.get_mut(event)) else {
            return;
        };
        seen.n += 1;
        let behind = latest.saturating_sub(us);
        if *latest != i64::MIN && behind > allowed {
            seen.late += 1;
            seen.worst_us = seen.worst_us.max(behind);
        }
        *latest = (*latest).max(us);
    }
}

/// The columns that matter here.
struct Rows<'b> {
    customers: Vec<&'b BatchColumn>,
    event: Option<&'b BatchColumn>,
    time: Option<&'b BatchColumn>,
}

impl<'b> Rows<'b> {
    fn of(batch: &'b Batch, options: &Options) -> Self {
        let column = |name: &Option<String>| name.as_deref().and_then(|name| batch.column(name));
        let identities = options.identities.values().filter_map(|name| batch.column(name));
        Self {
            customers: column(&options.customer).into_iter().chain(identities).collect(),
            event: column(&options.event),
            time: column(&options.time),
        }
    }

    /// Customer, event and time of a row, where it has all three.
    fn read(&self, row: usize, options: &Options, count: &mut Count) -> Option<(u32, u32, i64)> {
        let us = instant(self.time?.value(row), options)?;
        let key = self.customers.iter().find_map(|column| match column.value(row) {
            ValueRef::Text("") | ValueRef::Null => None,
            ValueRef::Text(text) => Some(count.customers.intern(text)),
            ValueRef::Int(x) => Some(count.customers.intern(&x.to_string())),
            _ => None,
        })?;
        let event = match self.event.map(|column| column.value(row)) {
            Some(ValueRef::Text(text)) if !text.is_empty() => text,
            Some(_) => return None,
            None => options.event_name.as_deref()?,
        };
        Some((key, count.events.intern(event), us))
    }
}

fn instant(value: ValueRef<'_>, options: &Options) -> Option<i64> {
    match value {
        ValueRef::Time(t) => Some(t.as_micros()),
        ValueRef::Text(text) => parse_instant(text, options.zone.as_ref()).ok().map(Timestamp::as_micros),
        ValueRef::Int(ticks) => options.time_unit?.micros(ticks),
        _ => None,
    }
}
