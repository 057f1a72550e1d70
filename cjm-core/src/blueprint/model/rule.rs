//! Rules, experiments and their parts: what happens when.
//!
//! Answers: the shape of a rule. Does not know: matching and policy.

use indexmap::IndexMap;
use serde::Serialize;

use super::*;

/// When something happens, do something, under a policy.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Rule {
    /// Id, unique among rules.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// The pattern.
    pub when: When,
    /// Correlation inside a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Expr>,
    /// Asked at the match; a refusal when it does not hold.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub if_: Option<Expr>,
    /// Higher first; 0 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Of a group only the highest decides at one instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Items, each one decision.
    #[serde(rename = "do", default, skip_serializing_if = "Vec::is_empty")]
    pub do_: Vec<Action>,
    /// Further steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Then>,
    /// The rule's own caps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// `false`: does not use up caps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<bool>,
    /// `false`: is not checked against shared caps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obeys: Option<bool>,
    /// Per customer and rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cool_down: Option<Duration>,
    /// Share of customers, 0 to 1. Who was acted on once stays inside, also under another key, until it is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<f64>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// What ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// Experiment it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<String>,
    /// The arm it serves. Where every rule of the experiment serves one arm, the first holds out the arms with `hold`
    /// that no rule serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// After a match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
    /// What late events do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
    /// Global budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// What a live edit does to what is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The pattern of a rule: exactly one form. Which of the keys is present tells which.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct When {
    /// Fires at the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<OneOrMany>,
    /// Condition on the event.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub where_: Option<Expr>,
    /// Fires at the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Vec<Step>>,
    /// Window of a sequence, count or sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// relaxed or strict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// Absence: the event that starts the wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<EventMatch>>,
    /// Absence: events that end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Vec<EventMatch>>,
    /// Absence or stay: how long.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub for_: Option<Duration>,
    /// Absence: a second start while one waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
    /// Count: the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// Sum: EVENT.ATTRIBUTE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<Path>,
    /// Count or sum: the bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Amount>,
    /// crossing or each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fire: Option<Fire>,
    /// Stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enter: Option<String>,
    /// Stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave: Option<String>,
    /// Stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<String>,
    /// Touchpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<String>,
    /// Stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
    /// Journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<String>,
    /// Journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned: Option<String>,
    /// Lifecycle state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<String>,
    /// Segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joins: Option<String>,
    /// Segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quits: Option<String>,
    /// Survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Local civil time, as in `day 10:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// Members of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// customer.FIELD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Path>,
    /// Before the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Duration>,
    /// Local time of day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<ClockTime>,
    /// Correlation inside a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Expr>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One step of a sequence.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Step {
    /// Events; empty for a negated step.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub event: OneOrMany,
    /// Events that must not come.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub not: OneOrMany,
    /// Name for `first.` and `last.`.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub as_: Option<String>,
    /// Condition.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub where_: Option<Expr>,
    /// Least and most; null is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<(u32, Option<u32>)>,
    /// May be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// As few as possible.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reluctant: bool,
    /// Longest time since the step before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Duration>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How closely steps follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Other events may stand between.
    #[default]
    Relaxed,
    /// The next event that has the key.
    Strict,
}

/// What a second start of a wait does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// It is ignored.
    #[default]
    Keep,
    /// It moves the deadline.
    Restart,
    /// It waits on its own.
    Each,
}

/// When a count fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fire {
    /// When it goes from below to the bound.
    #[default]
    Crossing,
    /// At every event that finds it there.
    Each,
}

/// What late events do to a rule. With `fire_if_valid` they act as if on time while every bound of the match still
/// lies after the customer's frontier: a late start waits unless something remembered has ended it by then; a
/// sequence goes on with a late event only where nothing that the rule hears of its key came after it; a count or sum
/// fires at the late event's own instant, unless it was reached without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// They are recorded.
    #[default]
    Record,
    /// They fire when still in time.
    FireIfValid,
}

/// What a live edit does to what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Moved by id, timers computed anew.
    #[default]
    Migrate,
    /// Kept on the old version.
    Pin,
    /// Begun again.
    Restart,
    /// Finished, none begun.
    Drain,
}

/// Where matching goes on after a match.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// After the last event of the match.
    #[default]
    PastLastEvent,
    /// After the first event of the match.
    ToNext,
    /// Everywhere.
    NoSkip,
    /// At the last event of a named step.
    ToLast(String),
}

/// One item of a rule: exactly one of its kinds. `send` names its purpose, `ask` too unless the survey's own `ask` does.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Action {
    /// Message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<String>,
    /// Survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// Queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Name of a call that the host makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// Tag to set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Tag to take away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untag: Option<String>,
    /// Profile fields to set.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub set: IndexMap<String, Expr>,
    /// Event to derive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emit: Option<String>,
    /// Purpose of a send or ask; consent is asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Channels in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Arguments.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub with: IndexMap<String, Expr>,
    /// Queue when the first can not route.
    #[serde(rename = "else", default, skip_serializing_if = "Option::is_none")]
    pub else_: Option<String>,
    /// Kind of a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Expr>,
    /// Time limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_within: Option<Duration>,
    /// Time limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_within: Option<Duration>,
    /// Time limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_within: Option<Duration>,
    /// Time limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tell_within: Option<Duration>,
    /// wall or business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// When overdue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalate: Vec<Escalation>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Which time a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// All time.
    #[default]
    Wall,
    /// The ticket calendar's time.
    Business,
}

/// What happens when a ticket is overdue.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Escalation {
    /// After the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// Queue or person.
    pub to: String,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A further step of a rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Then {
    /// After the step before: after the last of it, where quiet hours hold some of it back.
    pub delay: Duration,
    /// Not when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<Expr>,
    /// Items.
    #[serde(rename = "do", default, skip_serializing_if = "Vec::is_empty")]
    pub do_: Vec<Action>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A cap on decisions: a rolling window or a calendar period.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Cap {
    /// How many.
    pub at_most: u32,
    /// Rolling window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// Local calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Period>,
    /// Of a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Of a purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A local calendar period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Day.
    #[default]
    Day,
    /// Week, from Monday.
    Week,
    /// Month.
    Month,
}

/// What a rule is for.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Goal {
    /// Events.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub event: OneOrMany,
    /// Condition.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub where_: Option<Expr>,
    /// From the decision's due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// Tag set when met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What ends a rule: an event or a condition.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Exit {
    /// Events.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub event: OneOrMany,
    /// Condition on the event.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub where_: Option<Expr>,
    /// Condition.
    #[serde(rename = "if", default, skip_serializing_if = "Option::is_none")]
    pub if_: Option<Expr>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A global budget.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Budget {
    /// Money.
    pub amount: Amount,
    /// Calendar period; the whole time unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Period>,
    /// Dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Arms, what they are measured by, what must not get worse.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Experiment {
    /// Id, unique among experiments.
    pub id: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// Salt of the buckets; the id unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// Arms in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arms: Vec<Arm>,
    /// What is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    /// What must not get worse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guard: Vec<Guard>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Arm {
    /// Id, unique in its experiment.
    pub id: String,
    /// Share of customers.
    pub share: f64,
    /// Gets nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold: bool,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What an experiment compares.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Metric {
    /// Events.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub event: OneOrMany,
    /// Condition.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub where_: Option<Expr>,
    /// After exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// Value of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Expr>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What must not get worse.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Guard {
    /// Events.
    #[serde(default, skip_serializing_if = "OneOrMany::is_empty")]
    pub event: OneOrMany,
    /// Condition.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub where_: Option<Expr>,
    /// After exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// By at most this share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_increase: Option<f64>,
    /// Keys that begin with `x-`, kept as they are.
    #[serde(flatten)]
    pub extra: Extra,
}
