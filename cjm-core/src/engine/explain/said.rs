//! What an explanation says: plain data with names instead of numbers.
//!
//! Answers: nothing by itself; it is what explaining gives. Does not know: how it is found out, nor the words.

use std::sync::Arc;

use serde::Serialize;

use crate::base::text::Text;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::customer::identity::IdentityKey;
use crate::engine::ack::AckOutcome;
use crate::engine::decision::{ActionKind, Refusal};
use crate::expr::{Assessed, json};
use crate::outreach::{DecisionId, RefusalReason};

/// Why a rule did, does or does not act on one customer, as of an instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The rule.
    pub rule: Arc<str>,
    /// What people call it.
    pub title: Option<Text>,
    /// The customer's key; `None` of a state that knows nobody yet.
    pub customer: Option<IdentityKey>,
    /// As of when: the instant asked for, or the customer's frontier where that is later.
    pub at: Timestamp,
    /// The zone of the customer's clock, by name.
    pub zone: String,
    /// Whether the rule makes a decision at that very instant.
    pub fires: bool,
    /// What it waits for and what of that has been seen.
    pub trigger: Trigger,
    /// What the checks are made on: the match that is under way or came last; `None` when nothing was seen, and the
    /// checks then suppose a match at `at`.
    pub candidate: Option<Candidate>,
    /// Every check of the policy as of `at`, in the order in which they are made, also those behind the first that
    /// refuses.
    pub checks: Vec<Check>,
    /// What the checks come to.
    pub result: Fate,
    /// Matches that came about while the explanation was followed, oldest first, each exactly as it was decided: of a
    /// log the last 16, of a state those that time alone had brought about since its frontier.
    pub matches: Vec<Walk>,
    /// Decisions of the rule that are remembered, oldest first, at most 16.
    pub decisions: Vec<PastDecision>,
    /// Refusals of the rule that are known, oldest first, at most 16.
    pub refusals: Vec<Refusal>,
    /// The fewest changes that would make it act, or would have made its last match act: one where one does. Empty
    /// when it acts.
    pub nearest: Vec<Change>,
}

/// A match under way, or the last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The rule's key as text, where it has one.
    pub key: Option<Arc<str>>,
    /// When its first event happened.
    pub began: Timestamp,
    /// When it came about, or will.
    pub due: Timestamp,
    /// Its events in order.
    pub events: Vec<Happened>,
}

/// An event by name and time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Happened {
    /// Its name; `None` when the plan no longer declares it.
    pub event: Option<Arc<str>>,
    /// When.
    pub at: Timestamp,
}

/// What a rule waits for, and what of it has been seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trigger {
    /// Its form.
    pub form: Form,
    /// The rule's key as written, where it has one.
    pub key: Option<String>,
    /// The events that have a part in it; none of a moment or a schedule.
    pub parts: Vec<Part>,
    /// Waits, open ones first, each by due.
    pub waits: Vec<Wait>,
    /// Partial matches of a sequence.
    pub partial: Vec<Partial>,
    /// Counts or sums, by key.
    pub windows: Vec<Window>,
}

/// The form of a trigger.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// At an event, perhaps the answer to a survey.
    Event {
        /// The survey.
        survey: Option<Arc<str>>,
    },
    /// At the event that completes a sequence.
    Sequence {
        /// From its first event on.
        within: Duration,
    },
    /// When something did not come in time.
    Absence {
        /// How long.
        lasts: Duration,
    },
    /// When enough came in a window.
    Total {
        /// What is summed; `None` counts events.
        sum: Option<Arc<str>>,
        /// The bound.
        #[serde(serialize_with = "value")]
        at_least: Value,
        /// The window.
        within: Duration,
    },
    /// At a moment.
    Moment {
        /// Which, as in `becomes`.
        moment: &'static str,
        /// The stage, touchpoint, journey, state or segment it is about.
        of: Arc<str>,
        /// Where the customer stands in this respect: a stage, a state; `None` where there is nothing to tell.
        standing: Option<Arc<str>>,
        /// Since when.
        since: Option<Timestamp>,
        /// When it comes about by time alone, where that is known.
        due: Option<Timestamp>,
    },
    /// At a civil time.
    Schedule {
        /// Its next occurrence; `None` when the customer is not meant.
        next: Option<Timestamp>,
    },
}

/// An event, or one of several, that has a part in a trigger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Which part.
    pub role: Role,
    /// The events that play it.
    pub events: Vec<Arc<str>>,
    /// Only where this holds.
    pub condition: Option<String>,
    /// How many of the recent events up to then have one of these names.
    pub n_seen: usize,
    /// How many of them fit the condition too.
    pub n_fit: usize,
    /// The last three of them, the latest first.
    pub last: Vec<Seen>,
}

/// The part an event plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It is the trigger.
    Event,
    /// It arms a wait.
    After,
    /// It ends a wait.
    Without,
    /// It counts.
    Counted,
    /// The step of a sequence at this position.
    Step(u32),
    /// A step that must not come.
    Not(u32),
}

/// A recent event as a trigger looks at it: attributes that no rule reads are not remembered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// Its name.
    pub event: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// The rule's key as text, where it has one.
    pub key: Option<Arc<str>>,
    /// The condition with the event's values and what is known of the customer now.
    pub condition: Option<Assessed>,
}

/// A wait.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wait {
    /// The rule's key as text, where it has one.
    pub key: Option<Arc<str>>,
    /// When it was armed.
    pub since: Timestamp,
    /// When it comes about, or would have.
    pub due: Timestamp,
    /// What ended it; empty of an open one.
    pub ended_by: Vec<Happened>,
}

/// A sequence that has begun.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Partial {
    /// The rule's key as text, where it has one.
    pub key: Option<Arc<str>>,
    /// The events taken so far.
    pub events: Vec<Happened>,
    /// The events that may come next.
    pub next: Vec<Arc<str>>,
    /// The last instant at which it can complete.
    pub until: Timestamp,
}

/// The count or sum of a window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Window {
    /// The rule's key as text, where it has one.
    pub key: Option<Arc<str>>,
    /// The count or sum.
    #[serde(serialize_with = "maybe")]
    pub total: Option<Value>,
    /// When its oldest event happened.
    pub oldest: Timestamp,
}

/// One check of the policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Position of the item it is about; the whole match without one.
    pub item: Option<u32>,
    /// What is checked, with what was found.
    pub test: Test,
    /// What it comes to.
    pub verdict: Verdict,
}

/// What a check comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing stands in the way.
    Passes,
    /// It is refused.
    Refuses(RefusalReason),
    /// It waits until then and is checked again.
    Waits(Timestamp),
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// The rule's `if`.
    If(Assessed),
    /// The step's `unless`: it must not hold.
    Unless(Assessed),
    /// The rule's goal, not reached since the match began.
    Goal {
        /// When the match began.
        since: Timestamp,
        /// The events that reach it.
        events: Vec<Arc<str>>,
        /// When the goal was last reached.
        reached: Option<Timestamp>,
    },
    /// The rule's exit, not come since the match began.
    Exit {
        /// When the match began.
        since: Timestamp,
        /// The events that are it.
        events: Vec<Arc<str>>,
        /// When the exit last came.
        came: Option<Timestamp>,
        /// The exit's condition: it must not hold.
        condition: Option<Assessed>,
    },
    /// The share of customers that the rule acts on.
    Ramp {
        /// The customer's place in [0, 1).
        bucket: f64,
        /// The share.
        share: f64,
    },
    /// The experiment that the rule serves.
    Arm {
        /// Its id.
        experiment: Arc<str>,
        /// The customer's arm.
        arm: Arc<str>,
        /// The customer's place in [0, 1).
        bucket: f64,
        /// Whether the arm gets nothing.
        hold: bool,
        /// The one arm that the rule serves, if it serves only one.
        serves: Option<Arc<str>>,
    },
    /// No earlier match of the rule and key has a step ahead.
    Running {
        /// When the last step ahead is due.
        until: Option<Timestamp>,
    },
    /// The rule's cool-down.
    CoolDown {
        /// How long it is.
        lasts: Duration,
        /// Until when it lasts; `None` when it does not.
        until: Option<Timestamp>,
    },
    /// No rule of higher priority in the group decided at that instant.
    Group {
        /// The group.
        group: Arc<str>,
    },
    /// A channel, each of those that may be tried.
    Channel {
        /// The channel.
        channel: Arc<str>,
        /// The purpose.
        purpose: Option<Arc<str>>,
        /// Whether the customer consents.
        consent: bool,
        /// Whether what the channel needs is known.
        reachable: bool,
        /// What it needs, as `field` or `kind` of an identity.
        needs: Option<Arc<str>>,
        /// Its own caps.
        caps: Vec<CapUse>,
    },
    /// A cap on the channel chosen.
    Cap(CapUse),
    /// Quiet hours.
    Quiet {
        /// When they begin, local.
        from: String,
        /// When they end, local.
        to: String,
        /// Until when they last; `None` outside.
        until: Option<Timestamp>,
    },
    /// How long message and offer hold.
    Valid {
        /// Until then.
        until: Timestamp,
    },
    /// Room among the customer's timers, for what quiet hours hold back.
    Timers {
        /// How many there are.
        n: usize,
        /// How many are allowed.
        at_most: usize,
    },
}

/// How much of a cap is used up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapUse {
    /// Whether it is the rule's own, or shared.
    pub own: bool,
    /// The channel it is about.
    pub channel: Option<Arc<str>>,
    /// The purpose it is about.
    pub purpose: Option<Arc<str>>,
    /// The span, as in `30d` or `day`.
    pub span: String,
    /// How many decisions it counts.
    pub used: u32,
    /// How many it allows.
    pub at_most: u32,
    /// When there is room again; `None` when there is, or never will be.
    pub frees: Option<Timestamp>,
}

/// What becomes of a match, or of an item of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// At least one item becomes a decision.
    Acts,
    /// Nothing does, for this reason: that of the match, else that of its first item.
    Refused(RefusalReason),
    /// Its first item is held back until then.
    Deferred(Timestamp),
    /// There is nothing left to do.
    Nothing,
}

/// One match as it was decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Walk {
    /// The match.
    pub candidate: Candidate,
    /// When it was decided.
    pub at: Timestamp,
    /// Which step of the rule, from 0.
    pub step: u32,
    /// Every check, as of then.
    pub checks: Vec<Check>,
    /// By item that was looked at: its position and what became of it.
    pub items: Vec<(u32, Fate)>,
    /// What became of it.
    pub result: Fate,
}

/// A decision that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PastDecision {
    /// Its id.
    pub id: DecisionId,
    /// Its due.
    pub due: Timestamp,
    /// Which step of the rule, from 0.
    pub step: u32,
    /// Which item of the step, from 0.
    pub item: u32,
    /// What kind of thing it is.
    pub action: Option<ActionKind>,
    /// What it names.
    pub target: Option<Arc<str>>,
    /// The channel chosen.
    pub channel: Option<Arc<str>>,
    /// What became of it last.
    pub outcome: Option<AckOutcome>,
    /// Whether what it rests on was taken back.
    pub withdrawn: bool,
}

/// Something that would have to be otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// An event happens, or so many more of it.
    Event {
        /// Any of these.
        events: Vec<Arc<str>>,
        /// How many.
        n: u64,
        /// Until when; `None` at any time.
        until: Option<Timestamp>,
        /// In which span, where it is a count.
        within: Option<Duration>,
    },
    /// So much more of an attribute comes in the window.
    Amount {
        /// The attribute.
        attribute: Arc<str>,
        /// How much more.
        #[serde(serialize_with = "value")]
        missing: Value,
        /// The window.
        within: Duration,
    },
    /// An event had not happened.
    Without {
        /// Any of these.
        events: Vec<Arc<str>>,
        /// When it happened.
        at: Timestamp,
    },
    /// A moment comes.
    Moment {
        /// Which, as in `becomes`.
        moment: &'static str,
        /// What it is about.
        of: Arc<str>,
    },
    /// A value is another one.
    Value {
        /// What, as written.
        operand: String,
        /// What it is; null where it has no value.
        #[serde(serialize_with = "maybe")]
        from: Option<Value>,
        /// How it has to stand to the bound, as in `>`.
        relation: Option<&'static str>,
        /// The bound.
        #[serde(serialize_with = "maybe")]
        than: Option<Value>,
        /// The nearest value that does, where there is a nearest.
        #[serde(serialize_with = "maybe")]
        to: Option<Value>,
    },
    /// Time passes.
    Wait {
        /// Until then.
        until: Timestamp,
        /// What ends then.
        what: Waiting,
    },
    /// The customer consents.
    Consent {
        /// To a purpose.
        purpose: Arc<str>,
        /// On a channel.
        channel: Arc<str>,
    },
    /// Something becomes known of the customer.
    Known {
        /// The profile field or kind of identity.
        what: Arc<str>,
        /// The channel that needs it.
        channel: Arc<str>,
    },
    /// The rule acts on more customers.
    Ramp {
        /// The share now.
        share: f64,
        /// The customer's place: the share has to be above.
        above: f64,
    },
    /// The customer is in another arm.
    Arm {
        /// The experiment.
        experiment: Arc<str>,
        /// The customer's arm.
        from: Arc<str>,
    },
    /// What is refused without anything that could change it: the reason says it all.
    Other {
        /// The reason.
        reason: RefusalReason,
    },
}

/// What the end of a span of time brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The trigger comes about.
    Trigger,
    /// The cool-down ends.
    CoolDown,
    /// The steps ahead of an earlier match are done.
    Running,
    /// A cap has room.
    Cap,
    /// Quiet hours end.
    Quiet,
}

fn value<S: serde::Serializer>(value: &Value, s: S) -> Result<S::Ok, S::Error> {
    json::json(value).serialize(s)
}

fn maybe<S: serde::Serializer>(value: &Option<Value>, s: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map_or(serde_json::Value::Null, json::json).serialize(s)
}
