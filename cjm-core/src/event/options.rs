//! What the columns of a source mean: which is the customer, the event, the time, and what becomes of the rest.
//!
//! Answers: the one set of options that all readers share. Does not know: formats, nor how rows are read.

use indexmap::IndexMap;

use super::cells::TimeUnit;
use crate::base::zone::Zone;

/// The kind of the `customer` column when nothing else says it.
pub const DEFAULT_IDENTITY: &str = "customer";

/// How the columns of a source map to events.
///
/// ```
/// use cjm_core::event::Options;
/// use cjm_core::Zone;
/// let options = Options::new("user_id", "event", "timestamp").with_zone(Zone::utc());
/// assert_eq!(options.customer.as_deref(), Some("user_id"));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// Column of the customer: the first identity kind of the blueprint, else the kind `customer`.
    pub customer: Option<String>,
    /// Identity kind to column; the first of them (in the blueprint's order, else this one) that a row has names
    /// its customer. Stands beside or instead of `customer`.
    pub identities: IndexMap<String, String>,
    /// Column of the event name.
    pub event: Option<String>,
    /// Name of every event, for sources without such a column.
    pub event_name: Option<String>,
    /// Column of the time.
    pub time: Option<String>,
    /// What one step of a number in the time column is.
    pub time_unit: Option<TimeUnit>,
    /// Zone of times without an offset.
    pub zone: Option<Zone>,
    /// Column of the source.
    pub source: Option<String>,
    /// Column of the event id: with the source it is the key by which repeats of one customer are known.
    pub id: Option<String>,
    /// Column of the channel.
    pub channel: Option<String>,
    /// Column of the order among events at one instant.
    pub sequence: Option<String>,
    /// Which of the other columns become attributes.
    pub attributes: Attributes,
    /// Whether the first bad row is an error.
    pub strict: bool,
}

/// Which columns become attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Attributes {
    /// Every column that nothing else names.
    #[default]
    All,
    /// These columns, in this order.
    Only(Vec<String>),
}

impl Options {
    /// The three columns that every log has.
    pub fn new(customer: &str, event: &str, time: &str) -> Self {
        Self {
            customer: Some(customer.to_owned()),
            event: Some(event.to_owned()),
            time: Some(time.to_owned()),
            ..Self::default()
        }
    }

    /// Takes times without an offset in `zone`.
    #[must_use]
    pub fn with_zone(mut self, zone: Zone) -> Self {
        self.zone = Some(zone);
        self
    }

    /// Takes numbers in the time column in steps of `unit`.
    #[must_use]
    pub fn with_unit(mut self, unit: TimeUnit) -> Self {
        self.time_unit = Some(unit);
        self
    }

    /// Whether a source's column is used at all: readers may skip the others.
    pub fn uses(&self, column: &str) -> bool {
        match &self.attributes {
            Attributes::All => true,
            Attributes::Only(names) => {
                names.iter().any(|name| name == column) || self.envelope().any(|name| name == column)
            }
        }
    }

    /// The columns of the envelope that are named: never attributes.
    pub fn envelope(&self) -> impl Iterator<Item = &str> {
        let fixed = [&self.customer, &self.event, &self.time, &self.source, &self.id, &self.channel];
        let fixed = fixed.into_iter().chain([&self.sequence]).filter_map(|name| name.as_deref());
        fixed.chain(self.identities.values().map(String::as_str))
    }
}
