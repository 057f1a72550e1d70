//! The tracking plan of a blueprint.
//!
//! Answers: one row per attribute of each event, with its type and the touchpoints that need it.
//! Does not know: data.

use serde::Serialize;

use super::used::{Used, uses};
use crate::base::text::Text;
use crate::blueprint::model::{AttributeType, Document};

/// One attribute of one event; an event without attributes has one row.
///
/// Order: declared events in document order, then events that are only used, in the order of their first use;
/// attributes in document order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackingRow {
    /// The event.
    pub event: String,
    /// Whether the event stands under `events`.
    pub declared: bool,
    /// The attribute; `None` when the event has none.
    pub attribute: Option<String>,
    /// Its type as written in a blueprint; `None` without an attribute.
    #[serde(rename = "type")]
    pub kind: Option<AttributeType>,
    /// Whether it may be missing.
    pub optional: bool,
    /// The touchpoints that take the event, in document order.
    pub touchpoints: Vec<TrackedAt>,
    /// Other parts of the blueprint that read the event, as in `journeys.dine_in.goal` or `rules.cart_rescue`.
    pub used_by: Vec<String>,
    /// Whether a rule makes the event, so that no source has to send it.
    pub emitted: bool,
}

/// A touchpoint that takes an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackedAt {
    /// Journey id.
    pub journey: String,
    /// Stage id.
    pub stage: String,
    /// Touchpoint id.
    pub touchpoint: String,
    /// What people read for the journey.
    pub journey_title: Option<Text>,
    /// What people read for the stage.
    pub stage_title: Option<Text>,
    /// What people read for the touchpoint.
    pub title: Option<Text>,
    /// The condition under which it takes the event.
    pub condition: Option<String>,
    /// Channel.
    pub channel: Option<String>,
    /// The touchpoint's owner, else its stage's, else its journey's.
    pub owner: Option<String>,
}

impl TrackedAt {
    /// The touchpoint as `journey/touchpoint`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.journey, self.touchpoint)
    }
}

/// The tracking plan of a document.
pub fn plan(document: &Document) -> Vec<TrackingRow> {
    let mut used = uses(document);
    let mut rows = Vec::new();
    for (event, model) in &document.events {
        let used = used.shift_remove(event).unwrap_or_default();
        let mut attributes = model.attributes.iter().peekable();
        if attributes.peek().is_none() {
            rows.push(row(event, true, None, &used));
        }
        rows.extend(attributes.map(|attribute| row(event, true, Some(attribute), &used)));
    }
    rows.extend(used.iter().map(|(event, used)| row(event, false, None, used)));
    rows
}

fn row(
    event: &str,
    declared: bool,
    attribute: Option<(&String, &AttributeType)>,
    used: &Used,
) -> TrackingRow {
    TrackingRow {
        event: event.to_owned(),
        declared,
        attribute: attribute.map(|(name, _)| name.clone()),
        kind: attribute.map(|(_, kind)| kind.clone()),
        optional: attribute.is_some_and(|(_, kind)| kind.optional),
        touchpoints: used.at.clone(),
        used_by: used.by.clone(),
        emitted: used.emitted,
    }
}
