//! The record of what was decided lately: what conditions call `decision`, what acknowledgements and retractions find.
//!
//! Answers: a remembered decision by its id, what became of it. Bounded: the last 64 of a customer; the oldest gives
//! way. Does not know: the outbox.

use std::sync::Arc;

use crate::base::pack::packs;
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::engine::ack::AckOutcome;
use crate::engine::bound::{grows, least_record_bytes, match_bytes};
use crate::engine::decision::{ActionKind, Decision};
use crate::outreach::DecisionId;
use crate::plan::slots::DecisionField;
use crate::plan::{Plan, RuleSpec};
use crate::rule::Match;
use crate::ticket::TicketId;

use super::{RuleState, made};

/// Most decisions that are remembered.
pub(crate) const MAX_MADE: usize = 64;

/// A decision that was handed over, or that a held-out customer would have had.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    /// Its id.
    pub(crate) id: DecisionId,
    /// Its due.
    pub(crate) due: Timestamp,
    /// When it was due before quiet hours held it back.
    pub(crate) first_due: Timestamp,
    /// Which step of the rule.
    pub(crate) step: u32,
    /// Which item of the step.
    pub(crate) item: u32,
    /// Position of the channel chosen.
    pub(crate) channel: Option<u32>,
    /// Position of the arm.
    pub(crate) arm: Option<u32>,
    /// The ticket that it escalates.
    pub(crate) escalates: Option<TicketId>,
    /// Number of the identity that brought what it rests on.
    pub(crate) by: u8,
    /// What became of it, a bit for each outcome.
    pub(crate) outcomes: u16,
    /// What became of it last.
    pub(crate) last: Option<AckOutcome>,
    /// Whether an event that it rests on was taken back.
    pub(crate) withdrawn: bool,
    /// Whether the customer was held out: nothing was handed over, but what it used up can be given back.
    pub(crate) held_out: bool,
    /// What it rests on.
    pub(crate) found: Match,
}

/// A decision as conditions see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct About {
    id: Arc<str>,
    pub(crate) rule: Arc<str>,
    pub(crate) action: ActionKind,
    pub(crate) channel: Option<Arc<str>>,
    due: Timestamp,
    arm: Option<Arc<str>>,
    step: u32,
    outcome: Option<AckOutcome>,
}

impl Made {
    /// Whether an outcome was told before.
    pub(crate) fn told(&self, outcome: AckOutcome) -> bool {
        self.outcomes & outcome.bit() != 0
    }

    /// Notes an outcome.
    pub(crate) fn tell(&mut self, outcome: AckOutcome) {
        self.outcomes |= outcome.bit();
        self.last = Some(outcome);
    }

    /// Position of its purpose.
    pub(crate) fn purpose(&self, plan: &Plan) -> Option<u32> {
        let rule = plan.rules.list.get(self.found.rule as usize)?;
        rule.steps.get(self.step as usize)?.items.get(self.item as usize)?.purpose
    }

    /// What kind of thing it is.
    pub(crate) fn action(&self, rule: &RuleSpec) -> Option<ActionKind> {
        if self.escalates.is_some() {
            return Some(ActionKind::Escalate);
        }
        let item = rule.steps.get(self.step as usize)?.items.get(self.item as usize)?;
        Some(made::kind_of(&item.action))
    }

    fn rank(&self) -> (Timestamp, DecisionId) {
        (self.due, self.id)
    }
}

impl About {
    /// A remembered decision with names; `None` when the plan no longer has its rule and item.
    pub(crate) fn of(plan: &Plan, made: &Made) -> Option<Self> {
        let rule = plan.rules.list.get(made.found.rule as usize)?;
        let experiment =
            rule.experiment.and_then(|(experiment, _)| plan.document.experiments.get(experiment as usize));
        let arm = made.arm.and_then(|arm| experiment?.arms.get(arm as usize));
        let channel = made.channel.and_then(|c| plan.names.channels().get_index(c as usize));
        Some(Self {
            id: made.id.to_string().into(),
            rule: rule.id.clone(),
            action: made.action(rule)?,
            channel: channel.cloned(),
            due: made.due,
            arm: arm.map(|arm| arm.id.as_str().into()),
            step: made.step,
            outcome: made.last,
        })
    }

    /// A decision that waits to be handed over and is no longer remembered, with what became of it.
    pub(crate) fn held(decision: &Decision, outcome: AckOutcome) -> Self {
        Self {
            id: decision.id.to_string().into(),
            rule: decision.rule.clone(),
            action: decision.action,
            channel: decision.channel.clone(),
            due: decision.due,
            arm: decision.arm.clone(),
            step: decision.step,
            outcome: Some(outcome),
        }
    }

    /// What a condition reads of it.
    pub(crate) fn value(&self, field: DecisionField) -> ValueRef<'_> {
        fn text(text: &Option<Arc<str>>) -> ValueRef<'_> {
            text.as_deref().map_or(ValueRef::Null, ValueRef::Text)
        }
        match field {
            DecisionField::Id => ValueRef::Text(&self.id),
            DecisionField::Rule => ValueRef::Text(&self.rule),
            DecisionField::Action => ValueRef::Text(self.action.name()),
            DecisionField::Channel => text(&self.channel),
            DecisionField::Arm => text(&self.arm),
            DecisionField::Due => ValueRef::Time(self.due),
            DecisionField::Step => ValueRef::Int(i64::from(self.step)),
            DecisionField::Outcome => self.outcome.map_or(ValueRef::Null, |o| ValueRef::Text(o.name())),
        }
    }
}

impl RuleState {
    /// The decisions that are remembered, by (due, id).
    pub(crate) fn all_made(&self) -> impl Iterator<Item = &Made> {
        self.made.iter().filter(|made| !made.held_out)
    }

    /// A decision that is remembered.
    pub(crate) fn made(&self, id: DecisionId) -> Option<&Made> {
        self.all_made().find(|made| made.id == id)
    }

    /// The same, to be changed.
    pub(crate) fn made_mut(&mut self, id: DecisionId) -> Option<&mut Made> {
        self.made.iter_mut().find(|made| made.id == id && !made.held_out)
    }

    /// Remembers the escalation of a ticket, where the plan still has the ticket's rule.
    pub(crate) fn remember_escalation(&mut self, plan: &Plan, decision: &Decision, ticket: TicketId) {
        let rule = (0..).zip(&plan.rules.list).find(|(_, rule)| rule.id == decision.rule);
        let Some((rule, _)) = rule else { return };
        self.remember(Made {
            id: decision.id,
            due: decision.due,
            first_due: decision.due,
            step: decision.step,
            item: decision.item,
            channel: None,
            arm: None,
            escalates: Some(ticket),
            by: 0,
            outcomes: 0,
            last: None,
            withdrawn: false,
            held_out: false,
            found: Match::at(rule, decision.due),
        });
    }

    /// Remembers a decision by (due, id); the oldest gives way. One that is known learns what became of it.
    pub(crate) fn remember(&mut self, new: Made) {
        if let Some(known) = self.made.iter_mut().find(|made| made.id == new.id) {
            known.outcomes |= new.outcomes;
            known.last = known.last.max(new.last);
            known.withdrawn |= new.withdrawn;
            known.held_out &= new.held_out;
            return;
        }
        self.grown.add(grows::RECORD + match_bytes(&new.found));
        if self.made.len() < 4 {
            self.made.reserve_exact(1);
        }
        let place = self.made.partition_point(|known| known.rank() <= new.rank());
        self.made.insert(place, new);
        if self.made.len() > MAX_MADE {
            let gone = self.made.remove(0);
            self.grown.less(least_record_bytes(&gone.found));
        }
    }
}

packs! {
    Made {
        id, due, first_due, step, item, channel, arm, escalates, by, outcomes, last, withdrawn, held_out, found,
    }
}
