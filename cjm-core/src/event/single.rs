//! One event as a program hands it over: name, time, key, identities, channel, attributes.
//!
//! Answers: how to build an event and how large it may be. Does not know: blueprints and declared types.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::reject::Reason;
use crate::base::time::Timestamp;
use crate::base::value::Value;
use crate::error::{Error, ErrorCode, Result};

/// Longest id, source, name, identity kind or value in bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// Longest text value in bytes.
pub const MAX_TEXT_BYTES: usize = 8 * 1024;
/// Most attributes of one event.
pub const MAX_ATTRIBUTES: usize = 64;
/// Most bytes of one event, names and texts together.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;

/// Something that happened to a customer.
///
/// ```
/// use cjm_core::{Event, Timestamp};
/// let time: Timestamp = "2026-03-01T12:00:00+08:00".parse()?;
/// let event = Event::new("paid", time).id("till-1", "e7").identity("member", "m-1").with("order_id", "o-1");
/// assert!(event.check().is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Event name.
    pub name: Arc<str>,
    /// When it happened.
    pub time: Timestamp,
    /// Where it came from; with `id` the idempotency key. Empty when unknown.
    pub source: Arc<str>,
    /// Id within the source. Empty when there is none: such an event is never a repeat.
    pub id: Arc<str>,
    /// Order among events of one instant; 0 unless said.
    pub sequence: i64,
    /// (kind, value) of everyone it is known to concern: one customer.
    pub identities: Vec<(Arc<str>, Arc<str>)>,
    /// Channel it came through.
    pub channel: Option<Arc<str>>,
    /// Attributes in the order given.
    pub attributes: Vec<(Arc<str>, Value)>,
}

impl Event {
    /// An event of a name at a time.
    pub fn new(name: impl Into<Arc<str>>, time: Timestamp) -> Self {
        Self {
            name: name.into(),
            time,
            source: Arc::default(),
            id: Arc::default(),
            sequence: 0,
            identities: Vec::new(),
            channel: None,
            attributes: Vec::new(),
        }
    }

    /// Sets source and id, the idempotency key.
    #[must_use]
    pub fn id(mut self, source: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        self.source = source.into();
        self.id = id.into();
        self
    }

    /// Adds an identity of the customer.
    #[must_use]
    pub fn identity(mut self, kind: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.identities.push((kind.into(), value.into()));
        self
    }

    /// Sets the channel.
    #[must_use]
    pub fn channel(mut self, channel: impl Into<Arc<str>>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// Sets the order among events of one instant.
    #[must_use]
    pub fn sequence(mut self, sequence: i64) -> Self {
        self.sequence = sequence;
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// The value of an attribute; null when absent.
    pub fn attribute(&self, name: &str) -> &Value {
        self.attributes.iter().find(|(n, _)| &**n == name).map_or(&Value::Null, |(_, value)| value)
    }

    /// The value of the identity of a kind.
    pub fn identity_of(&self, kind: &str) -> Option<&str> {
        self.identities.iter().find(|(k, _)| &**k == kind).map(|(_, value)| &**value)
    }

    /// Whether every part keeps its limit; the error names the limit.
    pub fn check(&self) -> Result<()> {
        let limit = |what: &str, bytes: usize, most: usize| {
            if bytes <= most {
                return Ok(());
            }
            Err(Error::new(ErrorCode::Limit, format!("{what} has {bytes} bytes, at most {most} are allowed")))
        };
        limit("the event's name", self.name.len(), MAX_NAME_BYTES)?;
        limit("the event's id", self.id.len(), MAX_NAME_BYTES)?;
        limit("the event's source", self.source.len(), MAX_NAME_BYTES)?;
        for (kind, value) in &self.identities {
            limit("an identity", value.len().max(kind.len()), MAX_NAME_BYTES)?;
        }
        let attributes = self.attributes.iter().map(|(name, value)| (&**name, value));
        match excess(&self.name, attributes) {
            None => Ok(()),
            Some(Excess::Attributes(n)) => {
                let words = format!("the event has {n} attributes, at most {MAX_ATTRIBUTES} are allowed");
                Err(Error::new(ErrorCode::Limit, words))
            }
            Some(Excess::Text(name, text)) => {
                limit(&format!("the text of `{name}`"), text.len(), MAX_TEXT_BYTES)
            }
            Some(Excess::Event(bytes)) => limit("the event", bytes, MAX_EVENT_BYTES),
        }
    }

    /// Bytes of its name and attributes, as its limit counts them.
    pub fn bytes(&self) -> usize {
        bytes_of(&self.name, self.attributes.iter().map(|(name, value)| (&**name, value)))
    }
}

/// What is too much of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess<'a> {
    /// So many attributes with a value.
    Attributes(usize),
    /// The text of an attribute: its name and the text.
    Text(&'a str, &'a str),
    /// So many bytes in all.
    Event(usize),
}

impl Excess<'_> {
    /// Why a row with so much is refused.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Attributes(_) => Reason::TooManyAttributes,
            Self::Text(..) => Reason::TextTooLong,
            Self::Event(_) => Reason::EventTooLarge,
        }
    }
}

/// What is too much of an event with these attributes; nulls are none.
pub fn excess<'a>(
    name: &str,
    attributes: impl Iterator<Item = (&'a str, &'a Value)> + Clone,
) -> Option<Excess<'a>> {
    let n = attributes.clone().filter(|(_, value)| !value.is_null()).count();
    if n > MAX_ATTRIBUTES {
        return Some(Excess::Attributes(n));
    }
    let long = attributes.clone().find_map(|(name, value)| match value {
        Value::Text(text) if text.len() > MAX_TEXT_BYTES => Some(Excess::Text(name, text)),
        _ => None,
    });
    let bytes = || bytes_of(name, attributes);
    long.or_else(|| Some(bytes()).filter(|bytes| *bytes > MAX_EVENT_BYTES).map(Excess::Event))
}

fn bytes_of<'a>(name: &str, attributes: impl Iterator<Item = (&'a str, &'a Value)>) -> usize {
    let attribute = |total: usize, (name, value): (&str, &Value)| {
        total.saturating_add(name.len()).saturating_add(text_bytes(value, 0))
    };
    attributes.fold(name.len(), attribute)
}

/// Bytes of a value, nested ones included to a fixed depth; deeper nesting counts as over every limit.
fn text_bytes(value: &Value, depth: usize) -> usize {
    if depth > 8 {
        return usize::MAX;
    }
    match value {
        Value::Text(text) => text.len(),
        Value::List(items) => {
            items.iter().fold(8, |n: usize, item| n.saturating_add(text_bytes(item, depth + 1)))
        }
        Value::Record(fields) => fields.iter().fold(8, |n: usize, (name, item)| {
            n.saturating_add(name.len()).saturating_add(text_bytes(item, depth + 1))
        }),
        _ => 16,
    }
}
