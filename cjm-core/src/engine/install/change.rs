//! Two plans side by side: what becomes of what each rule of the first remembers, and of those in a stage that is gone.
//!
//! Answers: a fate for every rule, the stages that others take the place of. Does not know: customers.

use std::collections::BTreeMap;

use crate::blueprint::model::{Edit, Rule};
use crate::error::{Error, ErrorCode, Result};
use crate::plan::Plan;

use super::Policy;

/// What becomes of what a rule of before remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing changed but perhaps its position.
    Same(u32),
    /// It goes on under the new text.
    Moves(u32),
    /// What is under way is dropped, the rest goes to the rule of now.
    Restarts(u32),
    /// What is under way stays with the version of before, the rest goes to the rule of now.
    Kept {
        /// Position of the version.
        version: u32,
        /// Position of the rule of now.
        current: Option<u32>,
    },
    /// The rule is gone: it waits in the state.
    Aside,
}

/// A stage by the stable ids of its journey and itself.
pub(super) type StageId = (u64, u64);

/// What changed from one plan to another.
pub(super) struct Change<'p> {
    pub(super) old: &'p Plan,
    pub(super) new: &'p Plan,
    /// By position of the rule in the old plan.
    pub(super) fates: Vec<Fate>,
    /// Stages that are gone and those that take their place.
    pub(super) stages: BTreeMap<StageId, StageId>,
    /// The same by name.
    names: BTreeMap<String, String>,
}

impl<'p> Change<'p> {
    /// What changed under a policy.
    ///
    /// # Errors
    /// `argument` for a stage of the policy that is not there.
    pub(super) fn between(old: &'p Plan, new: &'p Plan, policy: &Policy) -> Result<Self> {
        let mut stages = BTreeMap::new();
        for (from, to) in &policy.stages {
            let place = |plan: &Plan, name: &str, when: &str| {
                stage_of(plan, name).ok_or_else(|| {
                    Error::new(ErrorCode::Argument, format!("the blueprint of {when} has no stage `{name}`"))
                })
            };
            stages.insert(place(old, from, "before")?, place(new, to, "now")?);
        }
        let fates = (0_u32..).zip(&old.rules.list).map(|(place, _)| fate(old, new, policy, place)).collect();
        Ok(Self { old, new, fates, stages, names: policy.stages.clone() })
    }

    /// Whether a stage of before is there now, or another takes its place.
    pub(super) fn knows(&self, journey: u32, stage: u32) -> bool {
        let Some(parts) = self.old.layout.parts.get(journey as usize) else { return false };
        let ids = self.old.layout.journeys.id(journey).zip(parts.stages.id(stage));
        ids.is_some_and(|id| self.stages.contains_key(&id) || has_stage(self.new, id))
    }

    /// Whether what a rule of before has under way fits the text of now.
    pub(super) fn fits(&self, old: u32, new: u32) -> bool {
        match (self.old.rule_model(old), self.new.rule_model(new)) {
            (Some(old), Some(new)) => self.texts_fit(old, new),
            // rules that ask surveys remember nothing by pattern
            _ => true,
        }
    }

    fn texts_fit(&self, old: &Rule, new: &Rule) -> bool {
        let (a, b) = (&old.when, &new.when);
        if old.key.as_ref().or(a.key.as_ref()) != new.key.as_ref().or(b.key.as_ref()) {
            return false;
        }
        if a.after.is_some() || b.after.is_some() {
            return a.after.is_some() && b.after.is_some();
        }
        if let (Some(steps), Some(others)) = (&a.sequence, &b.sequence) {
            let alike = |(x, y): (&crate::blueprint::model::Step, &crate::blueprint::model::Step)| {
                (&x.event, &x.not, &x.as_) == (&y.event, &y.not, &y.as_)
            };
            return a.order == b.order && steps.len() == others.len() && steps.iter().zip(others).all(alike);
        }
        if let (Some(stage), Some(other)) = (&a.stay, &b.stay) {
            return stage == other || self.names.get(stage) == Some(other);
        }
        let same = (&a.event, &a.count, &a.sum) == (&b.event, &b.count, &b.sum);
        same && a.sequence.is_some() == b.sequence.is_some() && a.stay.is_some() == b.stay.is_some()
    }
}

fn fate(old: &Plan, new: &Plan, policy: &Policy, place: u32) -> Fate {
    let Some(spec) = old.rules.list.get(place as usize) else { return Fate::Aside };
    let find = |closed: bool, same: bool| {
        let mut list = (0_u32..).zip(&new.rules.list);
        let is = |rule: &crate::plan::RuleSpec| {
            rule.id == spec.id && rule.closed == closed && (!same || rule.lineage == spec.lineage)
        };
        list.find(|(_, rule)| is(rule)).map(|(place, _)| place)
    };
    if let Some(same) = find(spec.closed, true) {
        return Fate::Same(same);
    }
    let current = find(false, false);
    if spec.closed {
        return current.map_or(Fate::Aside, Fate::Restarts);
    }
    let said = new.edit_of(&spec.id).or(old.edit_of(&spec.id));
    match (policy.edit(&spec.id, said), current) {
        (Edit::Pin | Edit::Drain, current) => match (find(true, true), current) {
            (Some(version), current) => Fate::Kept { version, current },
            (None, Some(current)) => Fate::Moves(current),
            (None, None) => Fate::Aside,
        },
        (Edit::Migrate, Some(current)) => Fate::Moves(current),
        (Edit::Restart, Some(current)) => Fate::Restarts(current),
        (Edit::Migrate | Edit::Restart, None) => Fate::Aside,
    }
}

/// The stage of a name, `journey/stage` or `stage` alone: the first in the document.
fn stage_of(plan: &Plan, name: &str) -> Option<StageId> {
    let (journey, stage) = name.split_once('/').map_or((None, name), |(j, s)| (Some(j), s));
    let mut journeys = (0_u32..).zip(&plan.document.journeys);
    journeys.find_map(|(place, model)| {
        let found = model.stages.iter().position(|known| known.id == stage)?;
        if journey.is_some_and(|id| id != model.id) {
            return None;
        }
        let parts = plan.layout.parts.get(place as usize)?;
        plan.layout.journeys.id(place).zip(parts.stages.id(u32::try_from(found).ok()?))
    })
}

/// Whether a plan has a stage.
pub(super) fn has_stage(plan: &Plan, (journey, stage): StageId) -> bool {
    let place = plan.layout.journeys.place(journey);
    let parts = place.and_then(|place| plan.layout.parts.get(place as usize));
    parts.is_some_and(|parts| parts.stages.place(stage).is_some())
}
