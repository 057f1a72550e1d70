//! An event taken back: what it did to the customer is undone where it still can be.
//!
//! Answers: what features, windows, waits, goals, steps ahead and decisions make of it. Trips and the history of the
//! lifecycle are not rewound, nor is what the event said of profile, consent and the steps of tickets; tags stay. Does
//! not know: the outbox.
//!
//! A retracted event stays among the recent ones: a resend of it does not bring it back. What rules derived from it
//! is taken back with it.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::base::hash::{event_key, stable_id};
use crate::base::time::Timestamp;
use crate::error::{Error, ErrorCode, Result};
use crate::outreach::{DecisionId, RefusalReason};
use crate::plan::Plan;
use crate::rule::Passed;
use crate::ticket::TicketId;

use super::decision::{ActionKind, Decision, TicketNews};
use super::emit::EMITTED;
use super::recent::{NOBODY, RecentEvent};
use super::rules::{Ahead, Made};
use super::state::CustomerState;
use super::step::Stepping;

impl CustomerState {
    /// The decisions that rest on an event, by (due, id): those among the last 64 of the customer.
    pub fn decisions_of(&self, source: &str, id: &str) -> Vec<DecisionId> {
        let keys = [Some(event_key(source, id)), key_in(id)];
        let rests = |made: &&Made| keys.iter().flatten().any(|key| made.found.rests_on(*key));
        self.rules.all_made().filter(rests).map(|made| made.id).collect()
    }
}

/// The key of an event without an id of its own, whose id is the hash of what it says: it begins with the key.
fn key_in(id: &str) -> Option<u64> {
    let hash = Some(id).filter(|id| id.len() == 32 && id.is_ascii())?;
    u64::from_str_radix(hash.get(..16)?, 16).ok()
}

impl Plan {
    /// Takes an event back. One that was taken back before stays so.
    pub(super) fn take_retract(
        &self,
        state: &mut CustomerState,
        (source, id): (&str, &str),
        stepping: &mut Stepping<'_>,
    ) -> Result<()> {
        let own = event_key(source, id);
        let key = key_in(id).filter(|key| state.recent.has(*key) && !state.recent.has(own)).unwrap_or(own);
        if let Some(waits) = state.waiting.withdraw(key) {
            let event = waits.event();
            let (at, name) = (event.time, stable_id("event", &event.name));
            let (body, sequence) = (waits.body(), event.sequence);
            // it never happened: its identity may not be the customer's yet
            let first = self.identities_of(event).ok().and_then(|keys| keys.into_iter().next());
            let by = first.and_then(|key| state.facts.identities.number(&key)).unwrap_or(NOBODY);
            let gone = RecentEvent { key, body, at, name, by, retracted: true, sequence, values: None };
            state.recent.remember(gone);
            return Ok(());
        }
        let Some(known) = state.recent.find_mut(key) else {
            let words =
                format!("the event `{id}` of source `{source}` is not among the customer's recent ones");
            return Err(Error::new(ErrorCode::TooOld, words));
        };
        if known.retracted {
            state.counters.repeats = state.counters.repeats.saturating_add(1);
            return Ok(());
        }
        known.retracted = true;
        let mut undone = vec![(key, known.at)];
        let mut next = 0;
        while let Some((key, at)) = undone.get(next).copied() {
            next += 1;
            self.forget_event(state, key, at);
            stepping.drop_steps(state, key);
            undone.extend(stepping.withdraw(state, key));
        }
        stepping.settle(state);
        self.bound(state);
        Ok(())
    }

    /// Features, windows, waits and goals forget an event.
    fn forget_event(&self, state: &mut CustomerState, key: u64, at: Timestamp) {
        for feature in &mut state.facts.features {
            feature.retract(at, key);
        }
        let until = state.clock.frontier.unwrap_or(Timestamp::MIN);
        let passed = Passed { until, closed: state.clock.closed };
        state.rules.matcher.retract(&self.rules.patterns, key, passed);
        state.rules.ends.iter_mut().for_each(|ends| ends.retract(key));
        state.rules.ends.retain(|ends| !ends.is_empty());
    }
}

impl Stepping<'_> {
    /// Refuses the steps and items ahead that rest on an event.
    fn drop_steps(&mut self, state: &mut CustomerState, key: u64) {
        let gone: Vec<Ahead> = state.rules.ahead.extract_if(.., |ahead| ahead.found.rests_on(key)).collect();
        for ahead in gone {
            self.decided.turn_down(self.plan, state, ahead, RefusalReason::Retracted);
        }
    }

    /// Withdraws the decisions that rest on an event: those not acknowledged leave the outbox, the others are revoked.
    /// Gives the derived events among them.
    fn withdraw(&mut self, state: &mut CustomerState, key: u64) -> Vec<(u64, Timestamp)> {
        let mut derived = Vec::new();
        let resting = |made: &&mut Made| !made.withdrawn && made.found.rests_on(key);
        let mut withdrawn: Vec<Made> = Vec::new();
        for made in state.rules.made.iter_mut().filter(resting) {
            made.withdrawn = true;
            withdrawn.push(made.clone());
        }
        for made in withdrawn {
            let rule = self.plan.rules.list.get(made.found.rule as usize);
            let action = rule.and_then(|rule| made.action(rule));
            if action == Some(ActionKind::Emit) && !made.held_out {
                derived.push((event_key(EMITTED, &made.id.to_string()), made.due));
            }
            if made.held_out {
                give_back(state, made.id);
            } else if made.outcomes == 0 {
                self.unmake(state, (made.id, made.due), action);
            } else if let Some(decision) = revoke(self.plan, state, &made) {
                let rank = (
                    decision.due,
                    Reverse(rule.map_or(0, |r| r.priority)),
                    made.found.rule,
                    made.step,
                    made.item,
                );
                self.decided.decisions.push((rank, decision));
            }
        }
        // those that the customer no longer remembers wait to be handed over all the same
        let forgotten = |held: &mut Decision| {
            let rests =
                |(source, id): &(Arc<str>, Arc<str>)| event_key(source, id) == key || key_in(id) == Some(key);
            held.events.iter().any(rests) && state.rules.made(held.id).is_none()
        };
        let forgotten: Vec<Decision> = self.held.extract_if(.., forgotten).collect();
        for held in forgotten {
            self.unmake(state, (held.id, held.due), Some(held.action));
        }
        derived
    }

    /// Undoes a decision that nobody acted upon.
    fn unmake(
        &mut self,
        state: &mut CustomerState,
        (id, due): (DecisionId, Timestamp),
        action: Option<ActionKind>,
    ) {
        give_back(state, id);
        if action == Some(ActionKind::Ticket)
            && let Some(ticket) = state.tickets.withdraw(TicketId(*id.as_bytes()))
        {
            let at = state.clock.frontier.unwrap_or(due);
            self.decided.tickets.push(TicketNews::Gone { ticket: ticket.id(), at });
        }
        if action != Some(ActionKind::Emit) {
            self.out.withdrawn.push(id);
        }
    }
}

/// Gives back what a decision used up, and forgets its goal.
fn give_back(state: &mut CustomerState, id: DecisionId) {
    state.rules.usage.give_back(id);
    state.rules.goals.retain(|goal| goal.decision != id);
}

/// The decision that takes back one that was acknowledged: it has the same id, and is due now.
fn revoke(plan: &Plan, state: &CustomerState, made: &Made) -> Option<Decision> {
    let rule = plan.rules.list.get(made.found.rule as usize)?;
    let item = rule.steps.get(made.step as usize)?.items.get(made.item as usize)?;
    let place = |place: u32| place as usize;
    Some(Decision {
        id: made.id,
        rule: rule.id.clone(),
        customer: state.key()?.clone(),
        key: crate::engine::rules::key_text(&made.found.key),
        due: state.clock.frontier.unwrap_or(made.due),
        step: made.step,
        item: made.item,
        action: ActionKind::Revoke,
        target: item.target.clone(),
        channel: made.channel.and_then(|c| plan.names.channels().get_index(place(c))).cloned(),
        purpose: item.purpose.and_then(|p| plan.names.purposes().get_index(place(p))).cloned(),
        arguments: Vec::new(),
        arm: None,
        applied: false,
        events: made.found.events.iter().map(|e| (e.source.clone(), e.id.clone())).collect(),
        dimensions: Vec::new(),
    })
}
