//! Single events as rows of a log.
//!
//! Answers: the batch of many events and how its columns are to be understood, the log of them.
//! Does not know: files; whether events fit a blueprint is judged by the log's builder as for any other source.

use std::collections::BTreeSet;

use super::batch::{Batch, BatchBuilder};
use super::build::LogBuilder;
use super::log::EventLog;
use super::options::{DEFAULT_IDENTITY, Options};
use super::single::Event;
use crate::base::value::ValueRef;
use crate::blueprint::model::Document;
use crate::error::Result;

/// The log of single events, in their order of arrival.
///
/// # Errors
/// As [`LogBuilder::finish`].
///
/// ```
/// use cjm_core::event::{Event, log_of};
/// let events = [Event::new("paid", "2026-03-01T12:00:00Z".parse()?).id("till-1", "e7").identity("member", "m-1")];
/// let log = log_of(&events, None)?;
/// assert_eq!((log.n_events(), log.n_customers()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn log_of(events: &[Event], document: Option<&Document>) -> Result<EventLog> {
    let (batch, options) = batch_of(events);
    let mut builder = LogBuilder::new(options);
    if let Some(document) = document {
        builder = builder.with_blueprint(document);
    }
    builder.push(batch);
    builder.finish()
}

/// The rows of single events, and what their columns mean: `envelope.name`, `identities.KIND`, and each attribute
/// under its own name. Rows are numbered from 1.
pub fn batch_of(events: &[Event]) -> (Batch, Options) {
    let mut rows = BatchBuilder::default();
    let [name, time, source, id, channel, sequence] = ENVELOPE.map(|column| rows.column(column));
    let mut kinds = BTreeSet::new();
    for (line, event) in (1..).zip(events) {
        rows.begin_row(line);
        rows.push_text(name, &event.name);
        rows.push(time, ValueRef::Time(event.time));
        push_some(&mut rows, source, &event.source);
        push_some(&mut rows, id, &event.id);
        push_some(&mut rows, channel, event.channel.as_deref().unwrap_or_default());
        if event.sequence != 0 {
            rows.push(sequence, ValueRef::Int(event.sequence));
        }
        for (kind, value) in &event.identities {
            let column = rows.column(&column_of(kind));
            rows.push_text(column, value);
            if !kinds.contains(kind) {
                kinds.insert(kind.clone());
            }
        }
        for (attribute, value) in &event.attributes {
            let column = rows.column(attribute);
            rows.push(column, value.as_ref());
        }
    }
    // a log has a customer column, though nobody is in it
    if kinds.is_empty() {
        rows.column(&column_of(DEFAULT_IDENTITY));
        kinds.insert(DEFAULT_IDENTITY.into());
    }
    let [name, time, source, id, channel, sequence] = ENVELOPE.map(|column| Some(column.to_owned()));
    let identities = kinds.iter().map(|kind| (kind.to_string(), column_of(kind))).collect();
    let options =
        Options { identities, event: name, time, source, id, channel, sequence, ..Options::default() };
    (rows.finish(), options)
}

/// Columns of the envelope. No attribute can be called so, because ids have no dots.
const ENVELOPE: [&str; 6] = [
    "envelope.name",
    "envelope.time",
    "envelope.source",
    "envelope.id",
    "envelope.channel",
    "envelope.sequence",
];

/// The column of an identity's kind.
pub(super) fn column_of(kind: &str) -> String {
    format!("identities.{kind}")
}

fn push_some(rows: &mut BatchBuilder, column: usize, text: &str) {
    if !text.is_empty() {
        rows.push_text(column, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::base::value::Value;

    #[test]
    fn envelope_and_attributes_of_one_name_stay_apart() {
        let time: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let consent =
            Event::new("consent", time).identity("member", "m-1").channel("app").with("channel", "sms");
        let paid = Event::new("paid", time)
            .identity("phone", "139")
            .identity("member", "m-1")
            .with("amount", 12_i64);
        let (batch, options) = batch_of(&[consent, paid]);
        let names: Vec<&str> = batch.columns().iter().map(|column| &*column.name).collect();
        assert!(names.contains(&"channel") && names.contains(&"envelope.channel"), "{names:?}");
        assert_eq!(options.channel.as_deref(), Some("envelope.channel"));
        assert_eq!(options.identities.keys().collect::<Vec<_>>(), ["member", "phone"]);
        assert_eq!((batch.n_rows(), batch.line(1)), (2, 2));
    }

    #[test]
    fn declared_events_make_a_log_without_a_bad_row() {
        let text = include_str!("../../../examples/blueprints/restaurant.yaml");
        let blueprint = crate::Blueprint::from_yaml(text).unwrap();
        let at = |us: i64| Timestamp::saturating(1_772_323_200_000_000 + us);
        let events: Vec<Event> = (0..10)
            .map(|n| Event::new("paid", at(n)).id("till-1", format!("e{n}")).identity("member", "m-1"))
            .map(|event| {
                event.with("order_id", "o-1").with("amount", Value::Money(rust_decimal::Decimal::new(125, 1)))
            })
            .collect();
        let log = log_of(&events, Some(blueprint.document())).unwrap();
        assert_eq!((log.n_events(), log.n_customers(), log.rejected().n_rejected()), (10, 1, 0));
    }

    #[test]
    fn no_events_are_a_log_too_and_events_of_nobody_are_rejected() {
        let blueprint =
            crate::Blueprint::from_yaml("cjm: 1\nid: shop\nidentities: [{ id: member }]\n").unwrap();
        for document in [None, Some(blueprint.document())] {
            assert_eq!(log_of(&[], document).unwrap().n_events(), 0);
            let nobody = Event::new("paid", "2026-03-01T12:00:00Z".parse().unwrap());
            let log = log_of(&[nobody], document).unwrap();
            assert_eq!((log.n_events(), log.rejected().n_rejected()), (0, 1));
        }
    }
}
