//! What a blueprint says of tickets, compiled: limits and escalations of an item, queues, what closing needs.
//!
//! Answers: these as plain values. Does not know: the programs for kind and route; who compiles them evaluates them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::time::Duration;
use crate::blueprint::model::{self, Action, Assign, Clock};

use super::calendar::Calendar;
use super::state::Step;

/// Most escalations of one ticket item; further ones are left out.
pub const MAX_ESCALATIONS: usize = 16;

/// The steps that may have a time limit, in the order in which they are usually done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Somebody took it on: `accept_within`.
    Accept,
    /// The customer was spoken to: `contact_within`.
    Contact,
    /// The matter was put right: `resolve_within`.
    Resolve,
    /// The customer was told the result: `tell_within`.
    Tell,
}

/// One value for each limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByLimit<T> {
    /// Of [`Limit::Accept`].
    pub accept: T,
    /// Of [`Limit::Contact`].
    pub contact: T,
    /// Of [`Limit::Resolve`].
    pub resolve: T,
    /// Of [`Limit::Tell`].
    pub tell: T,
}

/// A ticket item of a rule. An open ticket keeps the terms under which it was opened, whatever becomes of the rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TicketSpec {
    /// The named queue.
    pub queue: Arc<str>,
    /// The queue named by `else`.
    pub otherwise: Option<Arc<str>>,
    /// Time limits, counted from the opening.
    pub within: ByLimit<Option<Duration>>,
    /// Whether limits and the delays of escalations count business time instead of all time.
    pub business: bool,
    /// What happens when a limit is missed, in document order.
    pub escalate: Vec<EscalationSpec>,
}

/// One escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationSpec {
    /// Counted from the missed limit; zero unless said.
    pub delay: Duration,
    /// Queue or person.
    pub to: Arc<str>,
}

/// A queue without its route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSpec {
    /// Its id.
    pub id: Arc<str>,
    /// Kinds of tickets that it takes when the named queue can not route.
    pub kinds: Vec<Arc<str>>,
    /// Its people in document order.
    pub pool: Vec<Arc<str>>,
    /// How one of them is chosen.
    pub assign: Assign,
}

/// The section `tickets` of a blueprint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClosedLoop {
    /// Business hours; all time unless said.
    pub calendar: Calendar,
    /// Queues in document order.
    pub queues: Vec<QueueSpec>,
    /// What a root cause may be; anything where the list is empty.
    pub root_causes: Vec<Arc<str>>,
    /// What closing needs: names of facts or of steps.
    pub requires: Vec<Arc<str>>,
}

impl Limit {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Accept, Self::Contact, Self::Resolve, Self::Tell];

    /// The word in `accept_within` and in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Contact => "contact",
            Self::Resolve => "resolve",
            Self::Tell => "tell",
        }
    }

    /// The step that meets the limit.
    pub const fn step(self) -> Step {
        match self {
            Self::Accept => Step::Accepted,
            Self::Contact => Step::Contacted,
            Self::Resolve => Step::Resolved,
            Self::Tell => Step::Told,
        }
    }

    /// Whether reopening a ticket starts the limit anew.
    pub const fn starts_anew(self) -> bool {
        matches!(self, Self::Resolve | Self::Tell)
    }
}

impl<T: Copy> ByLimit<T> {
    /// The value of a limit.
    pub const fn of(&self, limit: Limit) -> T {
        match limit {
            Limit::Accept => self.accept,
            Limit::Contact => self.contact,
            Limit::Resolve => self.resolve,
            Limit::Tell => self.tell,
        }
    }

    /// Replaces the value of a limit.
    pub fn put(&mut self, limit: Limit, value: T) {
        match limit {
            Limit::Accept => self.accept = value,
            Limit::Contact => self.contact = value,
            Limit::Resolve => self.resolve = value,
            Limit::Tell => self.tell = value,
        }
    }
}

impl TicketSpec {
    /// The terms of an item of `do`; `None` when it is not a ticket.
    pub fn of(action: &Action) -> Option<Self> {
        let escalation = |written: &model::Escalation| EscalationSpec {
            delay: written.delay.unwrap_or_default(),
            to: written.to.as_str().into(),
        };
        Some(Self {
            queue: action.ticket.as_deref()?.into(),
            otherwise: action.else_.as_deref().map(Into::into),
            within: ByLimit {
                accept: action.accept_within,
                contact: action.contact_within,
                resolve: action.resolve_within,
                tell: action.tell_within,
            },
            business: action.clock == Some(Clock::Business),
            escalate: action.escalate.iter().take(MAX_ESCALATIONS).map(escalation).collect(),
        })
    }
}

impl QueueSpec {
    /// A queue of a blueprint.
    pub fn of(queue: &model::Queue) -> Self {
        Self {
            id: queue.id.as_str().into(),
            kinds: names(&queue.kinds),
            pool: names(&queue.pool),
            assign: queue.assign.unwrap_or_default(),
        }
    }
}

impl ClosedLoop {
    /// The section of a blueprint; without one there are no queues and closing needs nothing.
    pub fn of(tickets: Option<&model::Tickets>) -> Self {
        let Some(tickets) = tickets else { return Self::default() };
        Self {
            calendar: tickets.calendar.as_ref().map(Calendar::of).unwrap_or_default(),
            queues: tickets.queues.iter().map(QueueSpec::of).collect(),
            root_causes: names(&tickets.root_causes),
            requires: tickets.close.iter().flat_map(|close| names(&close.requires)).collect(),
        }
    }

    /// The place of a queue in document order.
    pub fn queue(&self, id: &str) -> Option<usize> {
        self.queues.iter().position(|queue| *queue.id == *id)
    }
}

fn names(list: &[String]) -> Vec<Arc<str>> {
    list.iter().map(|name| name.as_str().into()).collect()
}
