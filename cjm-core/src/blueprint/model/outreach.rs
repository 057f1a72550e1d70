//! Channels, messages, offers, surveys, tickets: what reaches customers and staff.
//!
//! Answers: the shape of these sections. Does not know: consent, caps and routing at work.

use serde::Serialize;

use super::*;

/// A way to reach or meet customers.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Channel {
    /// Id, unique among channels.
    pub id: String,
    /// Digital or physical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TouchpointKind>,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Identity kind or profile field without which nobody can be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Order, quiet hours, caps.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Outreach {
    /// Channels in order of preference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// Quiet hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// Shared caps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Quiet hours [from, to) in the customer's zone.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Quiet {
    /// From.
    pub from: ClockTime,
    /// To.
    pub to: ClockTime,
    /// defer or drop.
    pub then: QuietThen,
    /// Longest deferral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_hold: Option<Duration>,
    /// Purposes they hold for; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What quiet hours do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuietThen {
    /// Wait for the end.
    #[default]
    Defer,
    /// Refuse.
    Drop,
}

/// What the host sends.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Message {
    /// Id, unique among messages.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Text>,
    /// Offer it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// How long it may be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Duration>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Something of value.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Offer {
    /// Id, unique among offers.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// What one costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// How long it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Duration>,
    /// Global budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Kind of a survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SurveyKind {
    /// 0 to 10.
    Nps,
    /// 1 to 5.
    Csat,
    /// 1 to 7, higher is easier.
    Ces,
    /// Its own.
    #[default]
    Custom,
}

/// What a survey is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SurveyScope {
    /// The company.
    #[default]
    Relationship,
    /// One touchpoint.
    Touchpoint,
}

/// Questions asked of customers.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Survey {
    /// Id, unique among surveys.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// nps, csat, ces or custom.
    pub kind: SurveyKind,
    /// relationship or touchpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<SurveyScope>,
    /// Touchpoint its scores count for and where it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Questions in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// When it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Kind of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// 0 to 10.
    Nps,
    /// 1 to 5.
    Csat,
    /// 1 to 7, higher is easier.
    Ces,
    /// Words.
    #[default]
    Text,
    /// One of the options.
    Choice,
    /// Some of the options.
    Multiple,
    /// A number.
    Number,
    /// Yes or no.
    Bool,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Question {
    /// Id, unique in its survey.
    pub id: String,
    /// What kind of answer.
    pub kind: QuestionKind,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Asked only when this holds.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub if_: Option<Expr>,
    /// Options of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Touchpoint that its score counts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// May be left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How a survey is asked.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Ask {
    /// Purpose; required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Channels in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// After the touchpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// Per customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cool_down: Option<Duration>,
    /// Share of customers, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<f64>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Closed-loop tickets.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Tickets {
    /// Business hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// Queues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<Queue>,
    /// What it can have been.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub root_causes: Vec<String>,
    /// What closing needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<Close>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Business hours.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Calendar {
    /// Working days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// Working hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Days off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Date>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    #[default]
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// Who takes tickets.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Queue {
    /// Id, unique among queues.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Kinds of tickets it takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Names the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Expr>,
    /// People.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pool: Vec<String>,
    /// How people are chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<Assign>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How people are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Assign {
    /// In turn.
    #[default]
    RoundRobin,
    /// Who has fewest open.
    LeastLoaded,
}

/// What closing needs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Close {
    /// Facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}
