//! Single events gathered into a log.
//!
//! Answers: the log of a list of events. Does not know: files; see the crate `cjm-io` for those.

use super::batch::BatchBuilder;
use super::build::LogBuilder;
use super::log::EventLog;
use super::options::Options;
use super::single::Event;
use crate::base::value::ValueRef;
use crate::blueprint::model::Document;
use crate::error::Result;

// columns of the envelope; no attribute can be called so, since a colon is in no id
const EVENT: &str = "cjm:event";
const TIME: &str = "cjm:time";
const SOURCE: &str = "cjm:source";
const ID: &str = "cjm:id";
const CHANNEL: &str = "cjm:channel";
const SEQUENCE: &str = "cjm:sequence";
const IDENTITY: &str = "cjm:identity:";

impl EventLog {
    /// The log of events in order of arrival; a blueprint gives types and the order of identity kinds.
    ///
    /// ```
    /// use cjm_core::event::EventLog;
    /// use cjm_core::{Event, Timestamp};
    /// let at = |text: &str| text.parse::<Timestamp>();
    /// let events = [
    ///     Event::new("paid", at("2026-03-01T12:00:00Z")?).identity("member", "m-1").with("amount", 12),
    ///     Event::new("seated", at("2026-03-01T11:00:00Z")?).identity("member", "m-1"),
    /// ];
    /// let log = EventLog::of_events(&events, None)?;
    /// assert_eq!((log.n_events(), log.n_customers()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`LogBuilder::finish`]: bad events are counted in [`EventLog::rejected`], not errors.
    pub fn of_events<'a>(
        events: impl IntoIterator<Item = &'a Event>,
        document: Option<&Document>,
    ) -> Result<Self> {
        let mut rows = BatchBuilder::default();
        let mut options = Options::default();
        for (line, event) in (1..).zip(events) {
            rows.begin_row(line);
            add(&mut rows, &mut options, event);
        }
        for (option, column) in [(&mut options.event, EVENT), (&mut options.time, TIME)] {
            rows.column(column);
            *option = Some(column.to_owned());
        }
        let mut builder = LogBuilder::new(options);
        if let Some(document) = document {
            builder = builder.with_blueprint(document);
        }
        builder.push(rows.finish());
        builder.finish()
    }
}

fn add(rows: &mut BatchBuilder, options: &mut Options, event: &Event) {
    let mut put = |name: &str, value: ValueRef<'_>| {
        let column = rows.column(name);
        rows.push(column, value);
    };
    put(EVENT, ValueRef::Text(&event.name));
    put(TIME, ValueRef::Time(event.time));
    for (kind, value) in &event.identities {
        let column = format!("{IDENTITY}{kind}");
        put(&column, ValueRef::Text(value));
        options.identities.entry(kind.to_string()).or_insert(column);
    }
    let keyed = [(&event.source, SOURCE, &mut options.source), (&event.id, ID, &mut options.id)];
    for (text, column, option) in keyed {
        if !text.is_empty() {
            put(column, ValueRef::Text(text));
            *option = Some(column.to_owned());
        }
    }
    if let Some(channel) = &event.channel {
        put(CHANNEL, ValueRef::Text(channel));
        options.channel = Some(CHANNEL.to_owned());
    }
    if event.sequence != 0 {
        put(SEQUENCE, ValueRef::Int(event.sequence));
        options.sequence = Some(SEQUENCE.to_owned());
    }
    for (name, value) in &event.attributes {
        put(name, value.as_ref());
    }
}
