//! A blueprint changed while customers are under way: what becomes of them, said before and done at once.
//!
//! Answers: the plan that follows another, with the versions of rules that still have something under way; a
//! customer's state under it; a preview. Per changed rule the text decides (`edit`), or the policy does:
//!
//! - `migrate` (unless said): what is under way goes on under the new text, its timers computed anew. What no longer
//!   fits (another key, another form, other steps) ends.
//! - `pin`: what is under way ends under the text it began with, beside the new text, which begins anew.
//! - `drain`: the same, but the new text decides nothing (`running`) for a customer while the old one has something
//!   under way.
//! - `restart`: what is under way is dropped; what was decided, used up and promised as a goal stays.
//!
//! A rule is changed when what it means is: a title or note changes nothing. Of a rule that is gone, what a state
//! remembers waits in it, as every part that a plan does not know. Does not know: files, where states are kept.

mod change;
mod host;
mod migrate;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::blueprint::Blueprint;
use crate::blueprint::model::{Edit, Rule};
use crate::error::{Error, ErrorCode, Result};
use crate::plan::Plan;

/// What an install does where the text of the blueprint leaves it open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// What becomes of those who stand in a stage that is gone: `journey/stage` or `stage` of before to one of now.
    pub stages: BTreeMap<String, String>,
    /// What becomes of what is under way of a changed rule, by its id; before what the rule's own `edit` says.
    pub edits: BTreeMap<String, Edit>,
}

/// What became of one customer, in matches under way: waits, partial matches, steps and messages ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Moved {
    /// That go on under a changed text.
    pub moved: usize,
    /// That end under the text they began with.
    pub kept: usize,
    /// That end here: the rule is gone or begins again, or the new text no longer fits them.
    pub exited: usize,
    /// Of those moved: that come about earlier than before.
    pub earlier: usize,
    /// Trips that stand in another stage now.
    pub restaged: usize,
}

/// What an install does, or would do, to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Installed {
    /// Customers there are.
    pub customers: usize,
    /// Customers of whom anything is moved, kept, ended or stands elsewhere.
    pub concerned: usize,
    /// Customers who leave something that was under way.
    pub leaving: usize,
    /// Customers who hear of something earlier than before.
    pub waking: usize,
    /// All of theirs together.
    pub total: Moved,
    /// Versions of rules of before that go on.
    pub versions: usize,
}

impl Policy {
    /// What becomes of what a rule has under way.
    fn edit(&self, id: &str, said: Option<Edit>) -> Edit {
        self.edits.get(id).copied().or(said).unwrap_or_default()
    }
}

impl Moved {
    fn add(&mut self, other: Self) {
        self.moved += other.moved;
        self.kept += other.kept;
        self.exited += other.exited;
        self.earlier += other.earlier;
        self.restaged += other.restaged;
    }
}

impl Installed {
    fn count(&mut self, one: Moved) {
        self.customers += 1;
        self.concerned += usize::from(one != Moved::default());
        self.leaving += usize::from(one.exited > 0);
        self.waking += usize::from(one.earlier > 0);
        self.total.add(one);
    }
}

impl Plan {
    /// This plan as the one that follows another: with those versions of changed rules that go on by their `edit` or
    /// the policy, where `under_way` says that anybody has something under way of that rule.
    ///
    /// # Errors
    /// `blueprint` when a version that has to go on names what is no longer declared; `argument` when the policy names
    /// a rule that neither plan has.
    pub fn succeeding(&self, from: &Self, policy: &Policy, under_way: impl Fn(&str) -> bool) -> Result<Self> {
        let has = |plan: &Self, id: &str| plan.rules.list.iter().any(|rule| *rule.id == *id);
        let unknown = |id: &&String| !has(from, id) && !has(self, id);
        if let Some(id) = policy.edits.keys().find(unknown) {
            let words = format!("neither blueprint has a rule `{id}` that an edit could be of");
            return Err(Error::new(ErrorCode::Argument, words));
        }
        let mut versions: Vec<Rule> = Vec::new();
        let mut drains: Vec<std::sync::Arc<str>> = Vec::new();
        for (place, spec) in (0_u32..).zip(&from.rules.list) {
            let Some(model) = from.rule_model(place).filter(|_| under_way(&spec.id)) else { continue };
            let now = self.rules.list.iter().find(|rule| rule.id == spec.id && !rule.closed);
            let edit = policy.edit(&spec.id, self.edit_of(&spec.id).or(model.edit));
            let same = now.is_some_and(|now| now.lineage == spec.lineage);
            let goes_on = spec.closed || (!same && matches!(edit, Edit::Pin | Edit::Drain));
            if goes_on {
                versions.push(model.clone());
                drains.extend((edit == Edit::Drain).then(|| spec.id.clone()));
            }
        }
        if versions.is_empty() && self.rules.versions.is_empty() {
            return Ok(self.clone());
        }
        let mut plan = Blueprint::from_document((*self.document).clone()).compile_with(&versions)?;
        let kept = plan.rules.list.iter().filter(|rule| rule.closed).count();
        if kept != versions.len() {
            let words = "a version of a rule that has to go on does not fit the new blueprint";
            return Err(Error::new(ErrorCode::Argument, words));
        }
        for rule in plan.rules.list.iter_mut().filter(|rule| !rule.closed && drains.contains(&rule.id)) {
            rule.drains = true;
        }
        Ok(plan)
    }

    /// Versions of rules of before an edit that this plan still has, with their text.
    pub fn versions(&self) -> &[Rule] {
        &self.rules.versions
    }

    /// The text of a rule; none of one that asks a survey.
    fn rule_model(&self, place: u32) -> Option<&Rule> {
        let spec = self.rules.list.get(place as usize)?;
        if spec.closed {
            let first = self.rules.list.len().checked_sub(self.rules.versions.len())?;
            return self.rules.versions.get((place as usize).checked_sub(first)?);
        }
        self.document.rules.iter().find(|rule| *rule.id == *spec.id)
    }

    /// What a rule's text says of its edit.
    fn edit_of(&self, id: &str) -> Option<Edit> {
        self.document.rules.iter().find(|rule| rule.id == id)?.edit
    }
}
