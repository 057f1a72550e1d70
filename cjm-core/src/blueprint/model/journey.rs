//! Journeys: maps of stages and touchpoints, personas, scenarios, what improves them.
//!
//! Answers: what a CX team draws. Does not know: graphs (see `map`), trips (see `journey`).

use indexmap::IndexMap;
use serde::Serialize;

use super::*;

/// A named condition over event, customer and trip; every landed event carries all that hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Scenario {
    /// Id, unique among scenarios.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// When it holds.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub if_: Option<Expr>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One journey map.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Journey {
    /// Id, unique among journeys.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// What the journey is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Text>,
    /// Department that answers for the journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who walks it; a customer belongs to the first that holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<Persona>,
    /// The situation the map was drawn for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Text>,
    /// Events that open a trip.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub enter: OneOrMany,
    /// The event that reaches the goal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<EventMatch>,
    /// The event that ends a trip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<EventMatch>,
    /// A trip ends after this long without a landed event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Duration>,
    /// When a customer may start again; `after_end` unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reenter: Option<Reenter>,
    /// The stages in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// Allowed successions, where order matters more than the document's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<Vec<Flow>>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Who walks a journey.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Persona {
    /// Id, unique among personas of the journey.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// When a customer belongs to it, asked when the trip opens.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub if_: Option<Expr>,
    /// What they need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Text>,
    /// What they want to reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Text>,
    /// Who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Text>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An event, perhaps only where a condition holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct EventMatch {
    /// Event names.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub event: OneOrMany,
    /// Condition on the event.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub where_: Option<Expr>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Touchpoints that may follow one.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Flow {
    /// Touchpoint id.
    pub from: String,
    /// Touchpoint ids that may follow; an empty list ends the journey.
    pub to: OneOrMany,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A stage of a journey.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Stage {
    /// Id, unique among stages of the journey.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// What the customer wants here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Text>,
    /// Department that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The touchpoints in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touchpoints: Vec<Touchpoint>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where a touchpoint happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TouchpointKind {
    /// On a screen.
    #[default]
    Digital,
    /// In the world.
    Physical,
}

/// A point where customer and company meet.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Touchpoint {
    /// Id, unique among touchpoints of the journey.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Events that land here.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub event: OneOrMany,
    /// Only events for which this holds.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub where_: Option<Expr>,
    /// Digital or physical; else the channel's kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TouchpointKind>,
    /// Channel label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// 1 or 2: how detailed the touchpoint is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
    /// Department that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// System behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// What the customer expects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expects: Vec<Expectation>,
    /// Expected emotion, -1 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
    /// Expected wait before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Duration>,
    /// Emotion of an event without an answer, -1 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feels: Option<f64>,
    /// A score that the event itself carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreSource>,
    /// May be skipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// May follow itself and any touchpoint of its stage.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
    /// Pain points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pains: Vec<Pain>,
    /// Opportunities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opportunities: Vec<Opportunity>,
    /// Topics of comments that speak of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// What the customer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub does: Option<Text>,
    /// What the customer thinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinks: Option<Text>,
    /// Internal steps behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<Behind>,
    /// What is different in a scenario.
    #[serde(rename = "in", default, skip_serializing_if = "IndexMap::is_empty")]
    pub in_: IndexMap<String, InScenario>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a customer expects at a touchpoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Expectation {
    /// In words.
    pub text: Text,
    /// When it is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Expr>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A score that an event carries: exactly one kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct ScoreSource {
    /// 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csat: Option<Expr>,
    /// 1 to 7, higher is easier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ces: Option<Expr>,
    /// 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nps: Option<Expr>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A pain point.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Pain {
    /// Id, unique among pains.
    pub id: String,
    /// In words.
    pub text: Text,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An opportunity.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Opportunity {
    /// Id, unique among opportunities.
    pub id: String,
    /// In words.
    pub text: Text,
    /// Pains it would solve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub solves: Vec<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An internal step behind a touchpoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Behind {
    /// Id.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// System.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a scenario changes at a touchpoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct InScenario {
    /// Expected wait there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Duration>,
    /// Expected emotion there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
    /// Expectations there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expects: Vec<Expectation>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A figure to be reached.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Target {
    /// Id, unique among targets.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Name of the figure: nps, csat, ces, ...
    pub metric: String,
    /// Journey it is measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<String>,
    /// Touchpoint it is measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touchpoint: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Where it shall stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Date>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Something done about pains.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Improvement {
    /// Id, unique among improvements.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// process, product, people, system ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Pains it solves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub solves: Vec<String>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// The target it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// planned, doing, done, dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What comments are about.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Topic {
    /// Id, unique among topics.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Language tag to words that show it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub words: IndexMap<String, Vec<String>>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}
