//! What rules change by themselves: tags and profile fields, at once; goals that are met.
//!
//! Answers: whether the profile changed, which goals an event met. Does not know: who decided.

use std::cell::Cell;

use crate::base::time::Timestamp;
use crate::engine::bound::value_bytes;
use crate::engine::decision::{ActionKind, Decision, Outcome};
use crate::engine::scope::Asker;
use crate::engine::state::CustomerState;
use crate::event::{EventId, EventView};
use crate::journey::Situation;
use crate::plan::Plan;

use super::hear::Whose;
use super::hear::present_trip;

/// Does at once what a decision changes in the customer. Gives whether anything changed.
pub(crate) fn apply(plan: &Plan, state: &mut CustomerState, decision: &Decision) -> bool {
    let at = decision.due;
    let said: usize = decision.arguments.iter().map(|(_, value)| 32 + value_bytes(value)).sum();
    state.rules.grown.add(64 + decision.target.len() + said);
    match decision.action {
        ActionKind::Tag => state.facts.profile.tag(&decision.target, true, at, 0),
        ActionKind::Untag => state.facts.profile.tag(&decision.target, false, at, 0),
        ActionKind::Set => {
            let mut changed = false;
            for (name, value) in &decision.arguments {
                if let Some(field) = plan.names.field(name) {
                    changed |= state.facts.profile.set(field as usize, value.clone(), at, 0);
                }
            }
            changed
        }
        _ => false,
    }
}

/// Looks at an event as the goal or exit of rules. Gives the goals that it met, and whether a tag of theirs is new.
pub(crate) fn watch<E: EventView>(
    plan: &Plan,
    state: &mut CustomerState,
    event: &E,
    id: EventId,
    who: &impl Whose,
) -> (Vec<Outcome>, bool) {
    let (at, nth) = (event.time(), state.nth());
    let (mut outcomes, mut tagged) = (Vec::new(), false);
    for number in plan.rules.watched.get(id.index()).map_or(&[][..], Vec::as_slice) {
        let Some(rule) = plan.rules.list.get(*number as usize) else { continue };
        let (goal, exit) = {
            let errors = Cell::new(0);
            let asker = Asker::new(plan, &state.facts, state.zone.as_ref(), Some(event), at, &errors);
            let here = Situation { trip: present_trip(&state.trips.open) };
            let holds = |condition: &Option<crate::expr::Program>| {
                condition.as_ref().is_none_or(|c| asker.test(c, here, &()).unwrap_or(false))
            };
            let goal = rule.goal.as_ref().is_some_and(|g| g.events.contains(&id) && holds(&g.condition));
            let exit = rule.exit.as_ref().is_some_and(|e| e.events.contains(&id) && holds(&e.condition));
            (goal, exit)
        };
        if (goal || exit)
            && let Some(ends) = state.rules.ends_mut(*number)
        {
            if goal {
                ends.goal.note((at, nth, who.key()));
            }
            if exit {
                ends.exit.note((at, nth, who.key()));
            }
        }
        if goal {
            let (met, new) = meet(plan, state, *number, at);
            outcomes.extend(met);
            tagged |= new;
        }
    }
    (outcomes, tagged)
}

/// The open goals of a rule that are met at an instant, each once, and whether their tag is new.
fn meet(plan: &Plan, state: &mut CustomerState, rule: u32, at: Timestamp) -> (Vec<Outcome>, bool) {
    let Some(spec) = plan.rules.list.get(rule as usize) else { return Default::default() };
    let open = std::mem::take(&mut state.rules.goals);
    let (met, rest): (Vec<_>, Vec<_>) = open
        .into_iter()
        .partition(|goal| goal.rule == rule && goal.from <= at && goal.until.is_none_or(|until| at <= until));
    state.rules.goals = rest;
    let tag = spec.goal.as_ref().and_then(|goal| goal.tag.as_ref());
    let tag = tag.filter(|_| met.iter().any(|goal| !goal.held_out));
    let tagged = tag.is_some_and(|tag| state.facts.profile.tag(tag, true, at, 0));
    let arms = spec.experiment.and_then(|(e, _)| plan.document.experiments.get(e as usize));
    let outcome = |goal: super::OpenGoal| Outcome {
        decision: goal.decision,
        rule: spec.id.clone(),
        arm: goal.arm.and_then(|arm| arms?.arms.get(arm as usize)).map(|arm| arm.id.as_str().into()),
        held_out: goal.held_out,
        at,
    };
    (met.into_iter().map(outcome).collect(), tagged)
}
