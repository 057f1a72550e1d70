//! Everyone an engine knows: states by customer, who has which identity, when each next wants to hear of time.
//!
//! Answers: the customer of an event, uniting customers whom an event links, letting time pass for those it concerns.
//! Does not know: budgets, persons, what becomes of decisions.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::customer::stitch::{LinkPolicy, LinkRefusal};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::plan::Plan;

use super::super::live::Input;
use super::super::state::CustomerState;
use super::super::{Answer, Stepped};
use super::RefusedLink;

/// All customers.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct People {
    /// By number; a number whose customer was united with another or forgotten is free.
    states: Vec<Option<CustomerState>>,
    free: Vec<u32>,
    /// Whose an identity is. Seeded, as identities are anybody's to choose.
    index: HashMap<IdentityKey, u32, foldhash::fast::RandomState>,
    /// Who next wants to hear of time, and when.
    deadlines: BTreeSet<(Timestamp, u32)>,
    /// By weaker identity of a kind with `max_links`: the stronger ones it was linked to.
    links: BTreeMap<IdentityKey, BTreeSet<IdentityKey>>,
}

/// Whom an event concerns.
#[derive(Default)]
struct Concerned {
    /// The event without the identities whose link was refused, where any was.
    filtered: Option<Event>,
    /// Links that were refused.
    refused: Vec<RefusedLink>,
    /// Weaker identities with the stronger one they are linked to, where links are counted.
    links: Vec<(IdentityKey, IdentityKey)>,
    /// Known customers it names, each once, in the order of identities.
    known: Vec<u32>,
    /// The identities that are the customer's.
    keys: Vec<IdentityKey>,
}

/// Whether a link is one that is counted, or why it is refused.
type Allowed = std::result::Result<bool, LinkRefusal>;

/// What one input came to.
pub(in crate::engine) struct Pushed {
    /// What the step gave.
    pub(in crate::engine) stepped: Stepped,
    /// Links that were refused.
    pub(in crate::engine) refused: Vec<RefusedLink>,
}

impl People {
    /// How many customers.
    pub(in crate::engine) fn len(&self) -> usize {
        self.states.len() - self.free.len()
    }

    /// The customer who has an identity.
    pub(in crate::engine) fn number(&self, key: &IdentityKey) -> Option<u32> {
        self.index.get(key).copied()
    }

    /// A customer's state.
    pub(in crate::engine) fn state(&self, number: u32) -> Option<&CustomerState> {
        self.states.get(number as usize)?.as_ref()
    }

    /// Every customer with its number, by number.
    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = (u32, &CustomerState)> {
        (0_u32..).zip(&self.states).filter_map(|(number, state)| Some((number, state.as_ref()?)))
    }

    /// The next instant at which somebody wants to hear of time.
    pub(in crate::engine) fn next_due(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    /// The counted links, by weaker identity.
    pub(in crate::engine) fn links(&self) -> &BTreeMap<IdentityKey, BTreeSet<IdentityKey>> {
        &self.links
    }

    /// Takes the counted links over.
    pub(in crate::engine) fn set_links(&mut self, links: BTreeMap<IdentityKey, BTreeSet<IdentityKey>>) {
        self.links = links;
    }

    /// Feeds an event to whom it concerns; customers whom it links become one first. `now` is the time up to which
    /// everybody has heard.
    ///
    /// # Errors
    /// Those of [`Plan::step`]; nothing changed.
    pub(in crate::engine) fn push(
        &mut self,
        plan: &Plan,
        event: &Event,
        now: Option<Timestamp>,
    ) -> Result<Pushed> {
        let Concerned { filtered, refused, links, known, keys } = self.concerned(plan, event)?;
        let event = filtered.as_ref().unwrap_or(event);
        let (number, stepped) = match known.as_slice() {
            [one] => (*one, self.step(plan, *one, Input::Event(event), now)?),
            many => self.unite(plan, many, event, now)?,
        };
        // also while the event itself waits for late ones
        self.find_by(number, keys);
        for (weak, strong) in links {
            self.links.entry(weak).or_default().insert(strong);
        }
        Ok(Pushed { stepped, refused })
    }

    /// Feeds an event to a new customer, or to the one whom several turn out to be.
    fn unite(
        &mut self,
        plan: &Plan,
        many: &[u32],
        event: &Event,
        now: Option<Timestamp>,
    ) -> Result<(u32, Stepped)> {
        let mut united: Option<CustomerState> = None;
        for own in many.iter().filter_map(|number| self.state(*number)) {
            united = Some(match united {
                None => own.clone(),
                Some(so_far) => plan.merge(&so_far, own).0,
            });
        }
        let mut state = united.unwrap_or_else(|| CustomerState::new(plan));
        let caught_up = catch_up(plan, &mut state, now);
        let stepped = joined(caught_up, plan.step(&mut state, Input::Event(event))?);
        for gone in many.get(1..).unwrap_or_default() {
            self.take(*gone);
        }
        Ok((self.put(many.first().copied(), state), stepped))
    }

    /// Feeds an answer to whom it concerns, likewise.
    ///
    /// # Errors
    /// Those of [`Plan::step`]; nothing changed.
    pub(in crate::engine) fn answer(
        &mut self,
        plan: &Plan,
        answer: &Answer,
        now: Option<Timestamp>,
    ) -> Result<Pushed> {
        self.push(plan, &plan.answered(answer)?, now)
    }

    /// Feeds any input to a customer.
    ///
    /// # Errors
    /// Those of [`Plan::step`]; nothing changed.
    pub(in crate::engine) fn step(
        &mut self,
        plan: &Plan,
        number: u32,
        input: Input<'_>,
        now: Option<Timestamp>,
    ) -> Result<Stepped> {
        let slot = self.states.get_mut(number as usize).and_then(Option::as_mut);
        let Some(state) = slot else { return Err(Error::new(ErrorCode::NotFound, "no such customer")) };
        let before = state.next_due();
        let caught_up = catch_up(plan, state, now);
        let stepped = plan.step(state, input);
        let after = state.next_due();
        self.renew(number, before, after);
        Ok(joined(caught_up, stepped?))
    }

    /// Lets a customer be found by identities.
    fn find_by(&mut self, number: u32, keys: Vec<IdentityKey>) {
        for key in keys {
            if self.index.get(&key) != Some(&number) {
                self.index.insert(key, number);
            }
        }
    }

    /// Lets time pass for everybody whom it concerns, each at its own instants.
    pub(in crate::engine) fn advance(&mut self, plan: &Plan, now: Timestamp) -> Vec<Pushed> {
        let mut all = Vec::new();
        while let Some((due, number)) = self.deadlines.first().copied().filter(|(due, _)| *due <= now) {
            match self.step(plan, number, Input::Tick(now), None) {
                Ok(stepped) => all.push(Pushed { stepped, refused: Vec::new() }),
                Err(_) => _ = self.deadlines.remove(&(due, number)),
            }
        }
        all
    }

    /// Lets time pass for everybody up to `now` and closes it, also for those whom it does not concern.
    pub(in crate::engine) fn close(&mut self, plan: &Plan, now: Timestamp) -> Vec<Pushed> {
        let numbers: Vec<u32> = self.iter().map(|(number, _)| number).collect();
        let step = |number| self.step(plan, number, Input::Tick(now), None).ok();
        let all = numbers.into_iter().filter_map(step);
        all.map(|stepped| Pushed { stepped, refused: Vec::new() }).collect()
    }

    /// The state of a customer as of `now`.
    pub(in crate::engine) fn state_at(
        &self,
        plan: &Plan,
        number: u32,
        now: Option<Timestamp>,
    ) -> Option<CustomerState> {
        let mut state = self.state(number)?.clone();
        let _nothing_due = catch_up(plan, &mut state, now);
        Some(state)
    }

    /// Puts a state in: under its number, or as a new customer.
    pub(in crate::engine) fn put(&mut self, number: Option<u32>, state: CustomerState) -> u32 {
        let number = number.or_else(|| self.free.pop()).unwrap_or_else(|| {
            self.states.push(None);
            u32::try_from(self.states.len() - 1).unwrap_or(u32::MAX)
        });
        let before = self.state(number).and_then(CustomerState::next_due);
        let (after, keys) = (state.next_due(), keys_of(&state));
        if let Some(slot) = self.states.get_mut(number as usize) {
            *slot = Some(state);
        }
        self.renew(number, before, after);
        self.find_by(number, keys);
        number
    }

    /// Takes a customer out, with its identities.
    pub(in crate::engine) fn take(&mut self, number: u32) -> Option<CustomerState> {
        let state = self.states.get_mut(number as usize)?.take()?;
        self.renew(number, state.next_due(), None);
        for key in keys_of(&state) {
            if self.index.get(&key) == Some(&number) {
                self.index.remove(&key);
            }
        }
        self.free.push(number);
        Some(state)
    }

    fn renew(&mut self, number: u32, before: Option<Timestamp>, after: Option<Timestamp>) {
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.deadlines.remove(&(before, number));
        }
        if let Some(after) = after {
            self.deadlines.insert((after, number));
        }
    }

    /// Whom an event concerns, the strongest identity first.
    fn concerned(&self, plan: &Plan, event: &Event) -> Result<Concerned> {
        let keys = plan.identities_of(event)?;
        let mut concerned = Concerned::default();
        let mut keys = keys.into_iter();
        let Some(strong) = keys.next() else { return Ok(concerned) };
        concerned.known.extend(self.number(&strong));
        concerned.keys.push(strong.clone());
        for weak in keys {
            match self.may_link(plan, &strong, &weak) {
                Ok(counted) => {
                    let known = self.number(&weak).filter(|number| !concerned.known.contains(number));
                    concerned.known.extend(known);
                    concerned.links.extend(counted.then(|| (weak.clone(), strong.clone())));
                    concerned.keys.push(weak);
                }
                Err(reason) => {
                    let named = |(kind, value): &(std::sync::Arc<str>, std::sync::Arc<str>)| {
                        *kind == weak.kind && *value == weak.value
                    };
                    let filtered = concerned.filtered.get_or_insert_with(|| event.clone());
                    filtered.identities.retain(|identity| !named(identity));
                    let strong = strong.clone();
                    concerned.refused.push(RefusedLink { reason, strong, weak, at: event.time });
                }
            }
        }
        Ok(concerned)
    }

    /// Whether a link holds by the policy of the weaker one's kind; gives whether it is one that is counted.
    fn may_link(&self, plan: &Plan, strong: &IdentityKey, weak: &IdentityKey) -> Allowed {
        let kind = plan.document.identities.iter().find(|kind| *kind.id == *weak.kind);
        let Some(policy) = kind.map(LinkPolicy::of) else { return Ok(false) };
        if policy.deny.iter().any(|denied| **denied == *weak.value) {
            return Err(LinkRefusal::Denied);
        }
        let Some(most) = policy.max_links else { return Ok(false) };
        let known = self.links.get(weak);
        if known.is_some_and(|links| links.contains(strong)) {
            return Ok(true);
        }
        if known.map_or(0, BTreeSet::len) >= most as usize {
            return Err(LinkRefusal::MaxLinks);
        }
        Ok(true)
    }
}

/// The identities of a customer, its key first; those of events that wait for late ones too.
pub(in crate::engine) fn keys_of(state: &CustomerState) -> Vec<IdentityKey> {
    let own = state.facts().identities.iter().map(|identity| identity.key.clone());
    let waiting = state.waiting.events().flat_map(|event| &event.identities);
    let waiting = waiting.map(|(kind, value)| IdentityKey { kind: kind.clone(), value: value.clone() });
    own.chain(waiting).collect()
}

/// Lets a customer hear of the time that has passed for everybody: its frontier follows.
fn catch_up(plan: &Plan, state: &mut CustomerState, now: Option<Timestamp>) -> Option<Stepped> {
    let behind = state.frontier().zip(now).filter(|(frontier, now)| frontier <= now);
    behind.and_then(|(_, now)| plan.step(state, Input::Tick(now)).ok())
}

/// What two inputs gave, one after the other.
fn joined(first: Option<Stepped>, mut then: Stepped) -> Stepped {
    let Some(mut first) = first else { return then };
    first.decisions.append(&mut then.decisions);
    first.refusals.append(&mut then.refusals);
    first.outcomes.append(&mut then.outcomes);
    first.moments.append(&mut then.moments);
    first.tickets.append(&mut then.tickets);
    first.withdrawn.append(&mut then.withdrawn);
    first
}
