//! What a step gives: decisions, refusals, outcomes, news of tickets, as plain data with names instead of numbers.
//!
//! Answers: what is to be done for whom, when, by which channel, with which words, and what was not done and why.
//! Does not know: how it came about.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::base::value::Value;
use crate::customer::identity::IdentityKey;
use crate::expr::json::json;
use crate::outreach::{DecisionId, RefusalReason};
use crate::signal::Dated;
use crate::ticket::{Change, StepRefusal, TicketId, TicketMoment, TicketStep};

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The same for the same facts, on every machine and after every restart.
    pub id: DecisionId,
    /// The rule.
    pub rule: Arc<str>,
    /// For whom.
    pub customer: IdentityKey,
    /// The rule's key as text, where it has one.
    pub key: Option<Arc<str>>,
    /// When it is due.
    pub due: Timestamp,
    /// Which step of the rule, from 0.
    pub step: u32,
    /// Which item of the step, from 0.
    pub item: u32,
    /// What kind of thing it is.
    pub action: ActionKind,
    /// The message, survey, queue, call, tag, field or event that it names.
    pub target: Arc<str>,
    /// The channel chosen, of what reaches a customer.
    pub channel: Option<Arc<str>>,
    /// The purpose, of what reaches a customer.
    pub purpose: Option<Arc<str>>,
    /// What the message is filled with, in the blueprint's order; of a ticket its `kind`.
    pub arguments: Vec<(Arc<str>, Value)>,
    /// The arm of the experiment, where the rule serves one.
    pub arm: Option<Arc<str>>,
    /// Whether it is done already: tags and fields are set at once and never handed over.
    pub applied: bool,
    /// Source and id of the events it rests on, in the order of the match.
    pub events: Vec<(Arc<str>, Arc<str>)>,
    /// The dimensions that budgets are split by, each with the value of the event that the match ended with, else of
    /// the profile.
    pub dimensions: Vec<(Arc<str>, Value)>,
}

/// Kinds of things that rules do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A message to the customer.
    Send,
    /// A survey to the customer.
    Ask,
    /// A ticket to staff.
    Ticket,
    /// Something the host knows by name.
    Call,
    /// A tag set.
    Tag,
    /// A tag taken away.
    Untag,
    /// Profile fields set.
    Set,
    /// An event of the engine's own.
    Emit,
    /// A ticket to somebody else, because a limit was missed; the arguments name the ticket and the limit.
    Escalate,
    /// An earlier decision of the same id taken back, because an event that it rests on was.
    Revoke,
}

/// Something that was not done, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// The rule.
    pub rule: Arc<str>,
    /// For whom it would have been.
    pub customer: IdentityKey,
    /// The rule's key as text, where it has one.
    pub key: Option<Arc<str>>,
    /// When it would have been due.
    pub due: Timestamp,
    /// Which step of the rule, from 0.
    pub step: u32,
    /// Which item of the step; the whole match without one.
    pub item: Option<u32>,
    /// The channel that was tried, or would have been used.
    pub channel: Option<Arc<str>>,
}

/// A goal that was met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The decision, made or held out.
    pub decision: DecisionId,
    /// Its rule.
    pub rule: Arc<str>,
    /// The arm of the experiment, where the rule serves one.
    pub arm: Option<Arc<str>>,
    /// Whether the customer was held out.
    pub held_out: bool,
    /// When the goal was met.
    pub at: Timestamp,
}

/// What one input gives. Decisions and refusals come by (due, priority descending, document order, item).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stepped {
    /// What is to be done.
    pub decisions: Vec<Decision>,
    /// What was not done.
    pub refusals: Vec<Refusal>,
    /// Goals that were met.
    pub outcomes: Vec<Outcome>,
    /// What happened to trips, lifecycle and segments.
    pub moments: Vec<Dated>,
    /// What happened to tickets beside being opened, in order of time.
    pub tickets: Vec<TicketNews>,
    /// Decisions that leave the outbox: nobody acknowledged them and an event that they rest on was taken back.
    pub withdrawn: Vec<DecisionId>,
}

/// Something that happened to a ticket after it was opened: what the desk follows.
#[derive(Debug, Clone, PartialEq)]
pub enum TicketNews {
    /// A limit was missed, or an escalation of a missed one is due; the latter is a decision too.
    Missed(TicketMoment),
    /// A step was done.
    Done {
        /// The step.
        step: TicketStep,
        /// What it changed.
        change: Change,
        /// When.
        at: Timestamp,
    },
    /// A step that waited for late events was refused when its turn came.
    Refused {
        /// The step.
        step: TicketStep,
        /// Why.
        why: StepRefusal,
    },
    /// A closed ticket gave way to a new one, or the decision that opened it was withdrawn.
    Gone {
        /// Which ticket.
        ticket: TicketId,
        /// When.
        at: Timestamp,
    },
}

impl TicketNews {
    /// The ticket whose seat it may change.
    pub(crate) fn ticket(&self) -> Option<TicketId> {
        match self {
            Self::Done { change, .. } => Some(change.ticket),
            Self::Gone { ticket, .. } => Some(*ticket),
            Self::Missed(_) | Self::Refused { .. } => None,
        }
    }

    /// When it happened; nothing of a step that was refused.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Missed(moment) => Some(moment.due),
            Self::Done { at, .. } | Self::Gone { at, .. } => Some(*at),
            Self::Refused { .. } => None,
        }
    }
}

impl Decision {
    /// The decision as plain JSON, as hosts read it: arguments and dimensions as objects, times as RFC 3339 text,
    /// what is not there left out.
    pub fn to_json(&self) -> serde_json::Value {
        let object = |pairs: &[(Arc<str>, Value)]| -> serde_json::Value {
            pairs
                .iter()
                .map(|(name, value)| (name.to_string(), json(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let event =
            |(source, id): &(Arc<str>, Arc<str>)| serde_json::json!({ "source": **source, "id": **id });
        let mut all = serde_json::json!({
            "id": self.id.to_string(),
            "rule": *self.rule,
            "action": self.action.name(),
            "target": *self.target,
            "customer": { &*self.customer.kind: *self.customer.value },
            "due": self.due.to_string(),
            "step": self.step,
            "item": self.item,
            "applied": self.applied,
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
            "arguments": object(&self.arguments),
        });
        if let Some(fields) = all.as_object_mut() {
            let texts = [
                ("key", &self.key),
                ("channel", &self.channel),
                ("purpose", &self.purpose),
                ("arm", &self.arm),
            ];
            for (name, text) in texts {
                if let Some(text) = text {
                    fields.insert(name.to_owned(), (**text).into());
                }
            }
            if !self.dimensions.is_empty() {
                fields.insert("dimensions".to_owned(), object(&self.dimensions));
            }
        }
        all
    }
}

impl ActionKind {
    /// The name, as in `send`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Ask => "ask",
            Self::Ticket => "ticket",
            Self::Call => "call",
            Self::Tag => "tag",
            Self::Untag => "untag",
            Self::Set => "set",
            Self::Emit => "emit",
            Self::Escalate => "escalate",
            Self::Revoke => "revoke",
        }
    }

    /// Whether it is done at once, inside the state.
    pub const fn applies(self) -> bool {
        matches!(self, Self::Tag | Self::Untag | Self::Set | Self::Emit)
    }

    /// Whether it reaches the customer: it needs a channel, consent and room under the caps.
    pub const fn reaches(self) -> bool {
        matches!(self, Self::Send | Self::Ask)
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
