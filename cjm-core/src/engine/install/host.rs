//! A new blueprint under a live engine.
//!
//! Answers: what an install would do, and doing it to everybody at once or not at all. Does not know: stores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::{Error, ErrorCode, Result};
use crate::plan::Plan;

use super::super::host::Engine;
use super::super::host::people::People;
use super::change::Change;
use super::{Installed, Policy};

impl Engine {
    /// What [`Engine::install`] would do; nothing changes.
    ///
    /// # Errors
    /// Those of [`Engine::install`].
    pub fn preview(&self, plan: &Plan, policy: &Policy) -> Result<Installed> {
        Ok(self.moved(plan, policy)?.2)
    }

    /// Goes on under another plan: every customer is moved as the texts of changed rules and the policy say. Nothing
    /// is decided by it; what is due at once comes about when the engine is next told of time. The outbox, tickets,
    /// budgets and refusals stay.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use cjm_core::{Blueprint, Engine, Event, install::Policy};
    /// let text = "
    /// cjm: 1
    /// id: shop
    /// identities: [{ id: member }]
    /// events: { cart: {}, paid: {} }
    /// rules: [{ id: forgot, edit: pin, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }]
    /// ";
    /// let compiled = |text: &str| Ok::<_, cjm_core::Error>(Arc::new(Blueprint::from_yaml(text)?.compile()?));
    /// let mut engine = Engine::new(compiled(text)?);
    /// let cart = Event::new("cart", "2026-03-01T12:00:00Z".parse()?).id("web", "1").identity("member", "m");
    /// engine.push(&cart)?;
    /// let done = engine.install(&*compiled(&text.replace("30m", "2h"))?, &Policy::default())?;
    /// assert_eq!((done.customers, done.total.kept, done.versions), (1, 1, 1));
    /// // the wait that had begun ends by the text it began with
    /// assert_eq!(engine.advance("2026-03-01T12:30:00Z".parse()?).len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `argument` when somebody stands in a stage that is gone and the policy names none in its place: the message
    /// says how many; or when the policy names a stage that is not there. `blueprint` when a version of a rule that
    /// has to go on names what is no longer declared. Nothing changed then.
    pub fn install(&mut self, plan: &Plan, policy: &Policy) -> Result<Installed> {
        let (plan, people, installed) = self.moved(plan, policy)?;
        self.replace_plan(Arc::new(plan), people);
        Ok(installed)
    }

    /// The plan to come, everyone's state under it, and what that comes to.
    fn moved(&self, plan: &Plan, policy: &Policy) -> Result<(Plan, People, Installed)> {
        let old = self.plan();
        let plan = plan.succeeding(old, policy, |id| self.has_under_way(id))?;
        let change = Change::between(old, &plan, policy)?;
        self.refuse_lost_stages(&change)?;
        let mut installed = Installed { versions: plan.versions().len(), ..Installed::default() };
        let people = self.people.changed(&plan, |state| {
            let (state, moved) = change.migrate(state)?;
            installed.count(moved);
            Ok(state)
        })?;
        Ok((plan, people, installed))
    }

    /// Whether anybody has something under way of a rule.
    fn has_under_way(&self, id: &str) -> bool {
        let places = (0_u32..).zip(&self.plan().rules.list).filter(|(_, rule)| &*rule.id == id);
        let places: Vec<u32> = places.map(|(place, _)| place).collect();
        self.people.iter().any(|(_, state)| places.iter().any(|place| state.rules.n_under_way(*place) > 0))
    }

    fn refuse_lost_stages(&self, change: &Change<'_>) -> Result<()> {
        let mut lost: BTreeMap<(u32, u32), BTreeSet<u32>> = BTreeMap::new();
        for (number, state) in self.people.iter() {
            for stop in state.trips().iter().filter_map(|trip| trip.stop) {
                if !change.knows(stop.journey, stop.stage) {
                    lost.entry((stop.journey, stop.stage)).or_default().insert(number);
                }
            }
        }
        if lost.is_empty() {
            return Ok(());
        }
        let name = |(journey, stage): (u32, u32)| {
            let journey = change.old.document.journeys.get(journey as usize)?;
            Some(format!("{}/{}", journey.id, journey.stages.get(stage as usize)?.id))
        };
        let told = lost.iter().filter_map(|(place, who)| Some(format!("`{}`: {}", name(*place)?, who.len())));
        let told: Vec<String> = told.collect();
        let words = format!(
            "customers stand in stages that are gone and none takes their place: {}",
            told.join(", ")
        );
        Err(Error::new(ErrorCode::Argument, words))
    }
}
