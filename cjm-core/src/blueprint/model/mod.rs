//! The typed model of the whole format: what a document says, nothing computed.
//!
//! Answers: every section of a blueprint as plain data in document order.
//! Does not know: positions in the text, references between sections, how any of it behaves.

mod customer;
mod journey;
mod outreach;
mod rule;
mod words;

use indexmap::IndexMap;
use serde::Serialize;

pub use self::customer::*;
pub use self::journey::*;
pub use self::outreach::*;
pub use self::rule::*;
pub use self::words::*;
pub use crate::base::text::Text;
pub use crate::base::time::Duration;
pub use crate::base::zone::{Date, Zone};

/// Keys that begin with `x-`, kept as they are.
pub type Extra = IndexMap<String, serde_json::Value>;

/// A whole blueprint document.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Document {
    /// Version of the format: 1.
    pub cjm: u32,
    /// Id of the blueprint.
    pub id: String,
    /// Version of the content, any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Zone of civil things; UTC unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Language of reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Currency of all money, as in `CNY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Event attributes or profile fields for drill-down and budgets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<String>,
    /// Ways to reach and meet customers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Where events come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Identity kinds; the first that an event carries names the customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<IdentityKind>,
    /// Event name to its attributes.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub events: IndexMap<String, EventModel>,
    /// What is known of a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerModel>,
    /// How consent is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Named conditions over event, customer and trip.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<Scenario>,
    /// Journey maps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journeys: Vec<Journey>,
    /// Figures to be reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// What is done about pains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub improvements: Vec<Improvement>,
    /// What comments are about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Topic>,
    /// Surveys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surveys: Vec<Survey>,
    /// Closed-loop tickets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tickets: Option<Tickets>,
    /// What the host sends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// Offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
    /// Order of channels, quiet hours, caps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outreach: Option<Outreach>,
    /// Rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Experiments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<Experiment>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Document {
    /// The event that a path names, and the attribute: the one reading for checks, the engine and tables.
    pub fn event_of<'p>(&self, path: &'p Path) -> (&'p str, Option<&'p str>) {
        path.event(|name| self.events.contains_key(name))
    }
}
