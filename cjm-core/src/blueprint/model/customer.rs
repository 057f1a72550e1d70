//! The customer section: profile, features, lifecycle, segments, consent.
//!
//! Answers: what is known of a customer and how. Does not know: how it is computed.

use indexmap::IndexMap;
use serde::Serialize;

use super::*;

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct CustomerModel {
    /// Fields and their types.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub profile: IndexMap<String, AttributeType>,
    /// Running aggregates.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub features: IndexMap<String, FeatureModel>,
    /// The first row always holds; the last row that holds wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifecycle: Vec<LifecycleRow>,
    /// Named conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a feature computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// How many.
    #[default]
    Count,
    /// Total.
    Sum,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Average.
    Mean,
    /// Latest value.
    Last,
    /// Earliest value.
    First,
    /// How many different.
    Distinct,
    /// Time since the last.
    Since,
}

/// A state of the lifecycle. All of `event`, `if` and `idle` must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct LifecycleRow {
    /// Id, unique among lifecycle rows.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Holds from the first such event on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Holds while this does.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub if_: Option<Expr>,
    /// Holds after this long without the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Idle>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A time without an event.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Idle {
    /// The event that ends it.
    pub event: String,
    /// How long after the last one.
    #[serde(rename = "for")]
    pub for_: Duration,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Customers for whom a condition holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Segment {
    /// Id, unique among segments.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// The condition.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub if_: Option<Expr>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How consent is said and what holds until it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Consent {
    /// The event that carries channel, purpose and granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Purposes and their defaults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<Purpose>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What a message may be for.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Purpose {
    /// Id, unique among purposes.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// What holds until the customer says otherwise.
    pub default: ConsentDefault,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Allow or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConsentDefault {
    /// Not without consent.
    #[default]
    Deny,
    /// Until refused.
    Allow,
}
