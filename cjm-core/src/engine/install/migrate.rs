//! One customer's state under another plan.
//!
//! Answers: the state with every rule's part where its fate brings it, timers computed anew, trips in the stages that
//! take the place of others; what was moved, kept and ended. Does not know: other customers.

use crate::base::time::{Duration, Timestamp};
use crate::error::Result;
use crate::plan::Plan;
use crate::rule::{Form, Passed};

use super::super::encode::{Routed, TripPart};
use super::super::keep::RulePart;
use super::super::rules::Hearing;
use super::super::state::CustomerState;
use super::change::{Change, Fate, has_stage};
use super::{Moved, Policy};

impl Plan {
    /// A customer's state of another plan under this one, and what became of what was under way. Nothing is decided by
    /// it; what is due at once comes about with the next input. A state is never refused.
    ///
    /// For `pin` and `drain` this plan must have the versions: see [`Plan::succeeding`].
    ///
    /// ```
    /// use cjm_core::{Blueprint, CustomerState, Event, Input, install::Policy};
    /// let text = "
    /// cjm: 1
    /// id: shop
    /// identities: [{ id: member }]
    /// events: { cart: {}, paid: {} }
    /// rules: [{ id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }]
    /// ";
    /// let old = Blueprint::from_yaml(text)?.compile()?;
    /// let new = Blueprint::from_yaml(&text.replace("30m", "20m"))?.compile()?;
    /// let mut state = CustomerState::new(&old);
    /// let cart = Event::new("cart", "2026-03-01T12:00:00Z".parse()?).id("web", "1").identity("member", "m");
    /// old.step(&mut state, Input::Event(&cart))?;
    /// let (moved, what) = new.migrate(&old, &state, &Policy::default())?;
    /// assert_eq!(moved.next_due(), Some("2026-03-01T12:20:00Z".parse()?));
    /// assert_eq!((what.moved, what.earlier, what.exited), (1, 1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `argument` for a stage of the policy that is not there.
    pub fn migrate(
        &self,
        from: &Self,
        state: &CustomerState,
        policy: &Policy,
    ) -> Result<(CustomerState, Moved)> {
        Change::between(from, self, policy)?.migrate(state)
    }
}

impl Change<'_> {
    /// A customer's state under the new plan.
    pub(super) fn migrate(&self, state: &CustomerState) -> Result<(CustomerState, Moved)> {
        let mut moving = Moving { change: self, moved: Moved::default(), changed: Vec::new() };
        let mut new = CustomerState::decode_by(self.new, &state.encode(), &mut moving)?;
        let frontier = new.clock.frontier.unwrap_or(Timestamp::MIN);
        for (old, place) in std::mem::take(&mut moving.changed) {
            moving.revise(&mut new, (old, place), frontier);
        }
        if !self.new.rules.patterns.scheduled().is_empty() && !new.facts.identities.is_empty() {
            let passed = Passed { until: frontier, closed: new.clock.closed };
            Hearing::schedule(self.new, &mut new, passed);
        }
        self.new.bound(&mut new);
        Ok((new, moving.moved))
    }
}

/// A state on its way.
struct Moving<'c, 'p> {
    change: &'c Change<'p>,
    moved: Moved,
    /// Rules whose text changed under what they remember: position of before and of now.
    changed: Vec<(u32, u32)>,
}

impl Routed for Moving<'_, '_> {
    fn rule(&mut self, state: &mut CustomerState, id: u64, mut part: RulePart) -> bool {
        let (old, new) = (&self.change.old.layout, &self.change.new.layout);
        part.restage(&self.change.stages);
        let n = part.n_under_way();
        let Some(place) = old.rules.place(id) else {
            // it had waited as unknown
            return new.rules.place(id).is_some_and(|place| state.rules.take(new, place, part));
        };
        match self.change.fates.get(place as usize).copied().unwrap_or(Fate::Aside) {
            Fate::Same(to) => state.rules.take(new, to, part),
            Fate::Moves(to) => {
                self.moved.moved += n;
                self.changed.push((place, to));
                state.rules.take(new, to, part)
            }
            Fate::Restarts(to) => {
                self.moved.exited += n;
                state.rules.take(new, to, part.begun_again())
            }
            Fate::Kept { current: Some(to), .. } if n == 0 => {
                self.changed.push((place, to));
                state.rules.take(new, to, part)
            }
            Fate::Kept { version, current } => {
                self.moved.kept += n;
                let (under_way, rest) = part.part_ways();
                if !state.rules.take(new, version, under_way) {
                    return false;
                }
                let Some(current) = current else { return state.rules.take(new, version, rest) };
                if state.rules.take(new, current, rest) && !self.change.fits(place, current) {
                    state.rules.matcher.forget(current);
                }
                true
            }
            Fate::Aside => {
                self.moved.exited += n;
                false
            }
        }
    }

    fn trip(&mut self, part: &mut TripPart) {
        let Some((_, stage)) = part.place() else { return };
        let to = self.change.stages.get(&stage).copied().filter(|_| !has_stage(self.change.new, stage));
        if to.is_some_and(|to| to.0 == stage.0) {
            self.moved.restaged += 1;
        }
        let to = to.filter(|to| to.0 == stage.0).unwrap_or(stage);
        part.stand(self.change.new, to);
    }
}

impl Moving<'_, '_> {
    /// Fits what is under way to the new text: timers anew, what no longer fits ends.
    fn revise(&mut self, state: &mut CustomerState, (old, new): (u32, u32), frontier: Timestamp) {
        let before = state.rules.n_under_way(new);
        if self.change.fits(old, new) {
            let lasts = self.change.new.rules.patterns.spec(new).and_then(|spec| match &spec.form {
                Form::Absence(absence) => Some(absence.lasts),
                Form::Stay(_, lasts) => Some(*lasts),
                _ => None,
            });
            if let Some(lasts) = lasts {
                self.moved.earlier += state.rules.matcher.retime(new, lasts, frontier);
            }
        } else {
            state.rules.matcher.forget(new);
        }
        self.revise_steps(state, (old, new), frontier);
        let ended = before.saturating_sub(state.rules.n_under_way(new));
        self.moved.moved = self.moved.moved.saturating_sub(ended);
        self.moved.exited += ended;
    }

    /// Steps and items ahead with the delays of now; those that are no longer there end. Goals likewise.
    fn revise_steps(&mut self, state: &mut CustomerState, (old, new): (u32, u32), frontier: Timestamp) {
        let (was, is) =
            (self.change.old.rules.list.get(old as usize), self.change.new.rules.list.get(new as usize));
        let (Some(was), Some(is)) = (was, is) else { return };
        let own: Vec<_> = state.rules.ahead.extract_if(.., |ahead| ahead.found.rule == new).collect();
        for mut ahead in own {
            let (Some(before), Some(now)) =
                (was.steps.get(ahead.step as usize), is.steps.get(ahead.step as usize))
            else {
                continue;
            };
            match ahead.item {
                Some(item) if now.items.get(item as usize).is_none() => continue,
                Some(_) => {}
                None => {
                    let shift =
                        Duration::from_micros(now.delay.as_micros().saturating_sub(before.delay.as_micros()));
                    let due = ahead.due.plus(shift).max(frontier);
                    self.moved.earlier += usize::from(due < ahead.due);
                    (ahead.due, ahead.first_due) = (due, due);
                }
            }
            state.rules.put_ahead(ahead);
        }
        let Some(goal) = &is.goal else {
            state.rules.goals.retain(|open| open.rule != new);
            return;
        };
        for open in state.rules.goals.iter_mut().filter(|open| open.rule == new) {
            open.until = goal.within.map(|within| open.from.plus(within));
        }
    }
}
