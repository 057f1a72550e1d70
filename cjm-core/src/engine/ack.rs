//! What became of decisions: acknowledgements by the host, and whether a decision may still go out.
//!
//! Answers: what an acknowledgement changes, the reserved event `ack` that rules hear of it, what speaks against a
//! decision at a later instant. Does not know: the outbox; which decisions are still to be handed over is the host's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base::ids::nearest;
use crate::base::pack::{Pack, Packer, Unpacker};
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::customer::identity::IdentityKey;
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventView};
use crate::outreach::{DecisionId, RefusalReason};
use crate::plan::{Plan, reserved};

use super::decision::Decision;
use super::rules::{self, About};
use super::state::CustomerState;
use super::step::Stepping;

/// The source of the events that acknowledgements are.
pub const ACKS: &str = "acks";

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckOutcome {
    /// It went out.
    Sent,
    /// It arrived.
    Delivered,
    /// It was opened.
    Opened,
    /// Something in it was followed.
    Clicked,
    /// It was answered.
    Replied,
    /// It could not be done; what it used up of caps and cool-down is given back.
    Failed,
    /// The host or the channel refused it; given back likewise.
    Rejected,
    /// The host left it out; given back likewise.
    Skipped,
    /// The customer no longer wants the purpose on the channel.
    Unsubscribed,
    /// It was not handed over in time; given back likewise.
    Expired,
}

impl AckOutcome {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Sent,
        Self::Delivered,
        Self::Opened,
        Self::Clicked,
        Self::Replied,
        Self::Failed,
        Self::Rejected,
        Self::Skipped,
        Self::Unsubscribed,
        Self::Expired,
    ];

    /// The stable name, as in `delivered`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Replied => "replied",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Skipped => "skipped",
            Self::Unsubscribed => "unsubscribed",
            Self::Expired => "expired",
        }
    }

    /// The outcome of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// Its bit among those of all outcomes.
    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// Whether the customer got nothing, so that caps and cool-down are given back.
    pub const fn gives_back(self) -> bool {
        matches!(self, Self::Failed | Self::Rejected | Self::Skipped | Self::Expired)
    }
}

impl fmt::Display for AckOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AckOutcome {
    type Err = Error;

    /// Reads a name.
    ///
    /// # Errors
    /// `argument` for any other text, with the nearest name.
    fn from_str(text: &str) -> Result<Self> {
        Self::named(text).ok_or_else(|| {
            let near = nearest(text, Self::ALL.map(Self::name));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let shown: String = text.chars().take(64).collect();
            Error::new(ErrorCode::Argument, format!("`{shown}` is no outcome of a decision{hint}"))
        })
    }
}

impl Plan {
    /// What speaks against a decision going out at `now`, the first of: it was withdrawn, its goal or exit came, the
    /// customer does not consent any more or can not be reached, quiet hours, message or offer ran out. `None` when
    /// nothing does.
    ///
    /// # Errors
    /// `not_found` when the state does not remember the decision: the last 64 of a customer are.
    pub fn objection(
        &self,
        state: &CustomerState,
        decision: DecisionId,
        now: Timestamp,
    ) -> Result<Option<RefusalReason>> {
        let made = state.rules.made(decision).ok_or_else(|| unknown(decision))?;
        let now = state.frontier().map_or(now, |frontier| now.max(frontier));
        Ok(rules::objection(self, state, made, now))
    }

    /// Whether nothing speaks against a decision going out at `now`; see [`Plan::objection`].
    ///
    /// # Errors
    /// `not_found` when the state does not remember the decision.
    pub fn still_valid(&self, state: &CustomerState, decision: DecisionId, now: Timestamp) -> Result<bool> {
        Ok(self.objection(state, decision, now)?.is_none())
    }

    /// Takes in what became of a decision. The same outcome again has no effect.
    pub(super) fn take_ack(
        &self,
        state: &mut CustomerState,
        (id, outcome, at): (DecisionId, AckOutcome, Option<Timestamp>),
        stepping: &mut Stepping<'_>,
    ) -> Result<()> {
        let (made, held) = (state.rules.made(id), stepping.held(id));
        if made.is_some_and(|made| made.told(outcome)) {
            state.counters.repeats = state.counters.repeats.saturating_add(1);
            return Ok(());
        }
        let due = made.map(|made| made.due).or(held.map(|held| held.due)).ok_or_else(|| unknown(id))?;
        let about = made
            .and_then(|made| About::of(self, made))
            .or_else(|| held.map(|held| About::held(held, outcome)));
        let frontier = state.clock.frontier.unwrap_or(due);
        let at = at.map_or(frontier, |at| at.max(frontier));
        let Some(customer) = state.key() else { return Err(unknown(id)) };
        let event = event_of(id, about, customer, outcome, at);
        self.take_event(state, &event, stepping)?;
        // where the event has to wait for late ones, what the customer wants counts at once
        note(self, state, stepping.held(id), (id, outcome), at);
        Ok(())
    }
}

/// The event that rules hear.
fn event_of(
    id: DecisionId,
    about: Option<About>,
    customer: &IdentityKey,
    outcome: AckOutcome,
    at: Timestamp,
) -> Event {
    let decision = id.to_string();
    let event = Event::new(reserved::ACK, at)
        .id(ACKS, format!("{decision}:{outcome}"))
        .identity(customer.kind.clone(), customer.value.clone())
        .with("decision", decision.as_str())
        .with("outcome", outcome.name());
    let Some(about) = about else { return event };
    let event = event.with("rule", &*about.rule).with("action", about.action.name());
    match about.channel {
        Some(channel) => event.channel(channel),
        None => event,
    }
}

/// The decision and outcome that an event `ack` tells.
pub(super) fn read<E: EventView>(plan: &Plan, event: &E) -> Option<(DecisionId, AckOutcome)> {
    let text = |name: &str| match event.attribute(plan.names.attribute(name)?) {
        ValueRef::Text(text) => Some(text),
        _ => None,
    };
    Some((text("decision")?.parse().ok()?, AckOutcome::named(text("outcome")?)?))
}

/// Notes what became of a decision, once: gives back what it used up, denies what the customer no longer wants. One
/// that the customer no longer remembers is the one that is held.
pub(super) fn note(
    plan: &Plan,
    state: &mut CustomerState,
    held: Option<&Decision>,
    (id, outcome): (DecisionId, AckOutcome),
    at: Timestamp,
) {
    let (channel, purpose, by) = match (state.rules.made_mut(id), held) {
        (Some(made), _) if made.told(outcome) => return,
        (Some(made), _) => {
            made.tell(outcome);
            (made.channel, made.purpose(plan), made.by)
        }
        (None, Some(held)) => {
            let place = |place: usize| u32::try_from(place).ok();
            let channel = held.channel.as_ref().and_then(|name| plan.names.channels().get_index_of(name));
            let purpose = held.purpose.as_ref().and_then(|name| plan.names.purposes().get_index_of(name));
            (channel.and_then(place), purpose.and_then(place), 0)
        }
        (None, None) => return,
    };
    if outcome.gives_back() {
        state.rules.usage.give_back(id);
    }
    if let Some(channel) = channel.filter(|_| outcome == AckOutcome::Unsubscribed) {
        let all = 0..u32::try_from(plan.names.purposes().len()).unwrap_or(u32::MAX);
        for purpose in all.filter(|p| purpose.is_none_or(|own| own == *p)) {
            state.facts.consents.say(channel, purpose, false, at, by);
        }
    }
}

fn unknown(id: DecisionId) -> Error {
    Error::new(ErrorCode::NotFound, format!("the customer has no remembered decision `{id}`"))
}

impl Pack for AckOutcome {
    fn pack(&self, to: &mut Packer<'_>) {
        to.byte(*self as u8);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let place = from.byte()?;
        Self::ALL.into_iter().find(|outcome| *outcome as u8 == place)
    }
}
