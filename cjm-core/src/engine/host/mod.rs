//! The engine of a live host: everyone's state, who has which identity, what is due, what is to be handed over.
//!
//! Answers: events in, decisions out, for all customers. One thread at a time. Does not know: clocks (time is an
//! argument), files and databases (see the store), channels.

mod deadlines;
mod hot;
mod index;
mod links;
mod outbox;
pub(super) mod people;
mod refusals;
pub mod shelf;
mod snapshot;
pub(crate) mod stage;
mod table;

use std::borrow::Borrow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::time::{Duration, Timestamp};
use crate::customer::identity::IdentityKey;
use crate::customer::stitch::LinkRefusal;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::outreach::{DecisionId, RefusalReason};
use crate::plan::Plan;
use crate::ticket::TicketRow;

use self::outbox::Outbox;
use self::people::{HOT, People, Pushed};
use self::refusals::Refusals;
use self::shelf::Track;
use self::stage::{Charges, Stage};
use super::decision::{ActionKind, Decision, Outcome, Refusal, Stepped};
use super::live::Input;
use super::state::CustomerState;
use super::step::MAX_AHEAD;
use super::typed::TypedEvent;
use super::{AckOutcome, Answer};

pub use self::refusals::MAX_REFUSALS;

/// Most outcomes and refused links that wait to be read; the oldest give way.
const MAX_NEWS: usize = 100_000;

/// How often each rule was refused for each reason: (rule, name of the reason) to count.
pub type Refused = BTreeMap<(Arc<str>, Arc<str>), u64>;

/// A link between two identities that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedLink {
    /// Why.
    pub reason: LinkRefusal,
    /// The stronger identity.
    pub strong: IdentityKey,
    /// The weaker one.
    pub weak: IdentityKey,
    /// When the event carried both.
    pub at: Timestamp,
}

/// A live engine. Time is an argument: events carry theirs, and [`Engine::advance`] says how late it is.
///
/// ```
/// use std::sync::Arc;
/// use cjm_core::{Blueprint, Engine, Event};
/// let text = r#"
/// cjm: 1
/// id: shop
/// zone: UTC
/// identities: [{ id: member }]
/// events: { cart: { item: text }, paid: {} }
/// rules:
///   - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind, with: { item: event.item } }] }
/// "#;
/// let mut engine = Engine::new(Arc::new(Blueprint::from_yaml(text)?.compile()?));
/// let cart = Event::new("cart", "2026-03-01T12:00:00Z".parse()?).id("web", "e1").identity("member", "m1").with("item", "tea");
/// assert!(engine.push(&cart)?.is_empty());
/// let decisions = engine.advance("2026-03-01T12:31:00Z".parse()?);
/// assert_eq!((&*decisions[0].rule, &*decisions[0].target), ("forgot", "remind"));
/// assert_eq!(engine.outbox().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    plan: Arc<Plan>,
    charges: Charges,
    pub(in crate::engine) people: People,
    /// The last time that everybody heard of.
    now: Option<Timestamp>,
    outbox: Outbox,
    stage: Stage,
    refusals: Refusals,
    refused: Refused,
    refused_links: VecDeque<RefusedLink>,
    outcomes: VecDeque<Outcome>,
    /// How often time was said to be earlier than before.
    set_back: u64,
    max_ahead: Duration,
    /// What changed, where a store wants to know.
    track: Option<Track>,
}

impl Engine {
    /// An engine that knows nobody yet.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            charges: Charges::of(&plan),
            people: People::new(&plan, HOT),
            now: None,
            outbox: Outbox::default(),
            stage: Stage::default(),
            refusals: Refusals::new(plan.layout.clone()),
            refused: Refused::new(),
            refused_links: VecDeque::new(),
            outcomes: VecDeque::new(),
            set_back: 0,
            max_ahead: MAX_AHEAD,
            track: None,
            plan,
        }
    }

    /// The same, with another bound on how far an event may be ahead of [`Engine::push_at`]'s `now`.
    #[must_use]
    pub fn with_max_ahead(self, max_ahead: Duration) -> Self {
        Self { max_ahead, ..self }
    }

    /// The same, keeping so many customers unpacked who were touched lately; one at least, 1,024 unless said. Steps of
    /// the others take longer by unpacking and packing them. What is decided does not depend on it.
    #[must_use]
    pub fn with_hot(mut self, most: usize) -> Self {
        self.people.keep_hot(most);
        self
    }

    /// The plan it works by.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Takes an event in. Gives the decisions it led to, those that are applied already (tags, fields) too, in the
    /// order of (due, customer, priority, document, item). A repeat has no effect and gives nothing.
    ///
    /// # Errors
    /// Those of [`Plan::step`]; `backpressure` when 100,000 decisions wait to be acknowledged. Nothing changed then.
    pub fn push(&mut self, event: &Event) -> Result<Vec<Decision>> {
        self.room()?;
        let pushed = self.people.push(&self.plan, event, self.now)?;
        Ok(self.settle(vec![pushed]))
    }

    /// Takes an event in that was checked and typed before, in another thread perhaps: see [`Plan::typed_own`]. One that
    /// was typed by another plan is typed again.
    ///
    /// # Errors
    /// Those of [`Engine::push`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use cjm_core::{Blueprint, Engine, Event};
    /// let text = "{ cjm: 1, id: shop, identities: [{ id: member }], events: { paid: {} } }";
    /// let plan = Arc::new(Blueprint::from_yaml(text)?.compile()?);
    /// let mut engine = Engine::new(plan.clone());
    /// let paid = Event::new("paid", "2026-03-01T12:00:00Z".parse()?).identity("member", "m1");
    /// let typed = plan.typed_own(paid).map_err(|_| "beyond a size limit")?;
    /// assert!(engine.push_typed(&typed)?.is_empty());
    /// assert_eq!(engine.n_customers(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push_typed(&mut self, event: &TypedEvent<'_>) -> Result<Vec<Decision>> {
        self.room()?;
        let pushed = self.people.push_typed(&self.plan, event, self.now)?;
        Ok(self.settle(vec![pushed]))
    }

    /// Takes an event in as of `now`: one that is later by more than a day, or what [`Engine::with_max_ahead`] said, is
    /// refused.
    ///
    /// # Errors
    /// `future` for such an event; else those of [`Engine::push`].
    pub fn push_at(&mut self, event: &Event, now: Timestamp) -> Result<Vec<Decision>> {
        self.check_ahead(event, now)?;
        self.push(event)
    }

    /// Whether an event is not too far ahead of `now`.
    ///
    /// # Errors
    /// `future` for one that is.
    pub fn check_ahead(&self, event: &Event, now: Timestamp) -> Result<()> {
        let ahead = self.max_ahead;
        if event.time <= now.plus(ahead) {
            return Ok(());
        }
        let words = format!("the event `{}` at {} is more than {ahead} after {now}", event.name, event.time);
        Err(Error::new(ErrorCode::Future, words))
    }

    /// Takes events in one after the other, stopping at the first that errs. Gives the decisions of all.
    ///
    /// # Errors
    /// How many were taken in, their decisions, and the error of the next one.
    pub fn push_many<E: Borrow<Event>>(
        &mut self,
        events: impl IntoIterator<Item = E>,
    ) -> std::result::Result<Vec<Decision>, (usize, Vec<Decision>, Error)> {
        let mut all = Vec::new();
        for (n, event) in events.into_iter().enumerate() {
            match self.push(event.borrow()) {
                Ok(mut decisions) => all.append(&mut decisions),
                Err(error) => return Err((n, all, error)),
            }
        }
        Ok(all)
    }

    /// Takes the answer to a survey in.
    ///
    /// # Errors
    /// `not_found` for an unknown survey or question, `bad_event` for a value out of its scale; else those of
    /// [`Engine::push`].
    pub fn answer(&mut self, answer: &Answer) -> Result<Vec<Decision>> {
        self.room()?;
        let pushed = self.people.answer(&self.plan, answer, self.now)?;
        Ok(self.settle(vec![pushed]))
    }

    /// Lets time pass up to `now` for everybody: waits end, tickets become overdue, held messages are released, each
    /// at its own instant. An earlier `now` than before counts as the last one and is counted.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Decision> {
        let last = self.now.filter(|last| now < *last);
        self.set_back += u64::from(last.is_some());
        let now = last.unwrap_or(now);
        self.now = Some(now);
        let pushed = self.people.advance(&self.plan, now);
        self.settle(pushed)
    }

    /// Tells what became of a decision; it is handed over no more. Gives the decisions that this leads to.
    ///
    /// # Errors
    /// `not_found` for a decision that neither the customer remembers nor the outbox holds.
    pub fn ack(
        &mut self,
        id: DecisionId,
        outcome: AckOutcome,
        at: Option<Timestamp>,
    ) -> Result<Vec<Decision>> {
        let number = self.holder(id)?;
        let at = at.or(self.now);
        let input = Input::Ack { id, outcome, at };
        let stepped = match self.people.step(&self.plan, number, input, self.now) {
            // the customer no longer remembers it
            Err(error) if error.code() == ErrorCode::NotFound => match self.outbox.open(id) {
                Some(held) => {
                    let held = vec![held.clone()];
                    self.people.step_holding(&self.plan, number, (input, held), self.now)?
                }
                None if self.outbox.told(id, outcome) => return Ok(Vec::new()),
                None => return Err(error),
            },
            stepped => stepped?,
        };
        self.outbox.heard(id, outcome);
        Ok(self.settle(vec![Pushed { stepped, refused: Vec::new() }]))
    }

    /// Takes an event of the customer back, one of the last 256: features and windows forget it, waits it started are
    /// dropped, those it ended open again. Decisions that rest on it leave the outbox; those acknowledged are revoked
    /// by decisions with the same ids.
    ///
    /// # Errors
    /// `not_found` for an unknown customer, `too_old` for an event that is not remembered.
    pub fn retract(&mut self, customer: &IdentityKey, source: &str, id: &str) -> Result<Vec<Decision>> {
        let number = self.people.number(customer).ok_or_else(|| {
            let words = format!("nobody is known as `{}` `{}`", customer.kind, customer.value);
            Error::new(ErrorCode::NotFound, words)
        })?;
        let held = self.outbox.iter().filter(|decision| {
            decision.action != ActionKind::Revoke && self.people.number(&decision.customer) == Some(number)
        });
        let input = (Input::Retract { source, id }, held.cloned().collect());
        let stepped = self.people.step_holding(&self.plan, number, input, self.now)?;
        Ok(self.settle(vec![Pushed { stepped, refused: Vec::new() }]))
    }

    /// Whether a decision may still go out now: consent, goal, exit, quiet hours and validity are looked at again.
    ///
    /// # Errors
    /// `not_found` for a decision that is not remembered.
    pub fn still_valid(&self, id: DecisionId, now: Option<Timestamp>) -> Result<bool> {
        Ok(self.objection(id, now)?.is_none())
    }

    /// What speaks against a decision going out now; `None` when nothing does.
    ///
    /// # Errors
    /// `not_found` for a decision that is not remembered.
    pub fn objection(&self, id: DecisionId, now: Option<Timestamp>) -> Result<Option<RefusalReason>> {
        let number = self.holder(id)?;
        let state = self.people.state(number).ok_or_else(|| unknown(id))?;
        let now = now.or(self.now).or(state.frontier()).unwrap_or_default();
        self.plan.objection(&state, id, now)
    }

    /// When the engine next wants to be told of time.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.people.next_due()
    }

    /// The last time it was told.
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// How often it was told an earlier time than before.
    pub fn set_back(&self) -> u64 {
        self.set_back
    }

    /// How many events it took in that came later than its customers' time allows, since it was made or restored.
    pub fn n_late(&self) -> u64 {
        self.people.n_late()
    }

    /// What waits to be acknowledged, in the order in which it was decided. What is applied already never does.
    pub fn outbox(&self) -> impl Iterator<Item = &Decision> {
        self.outbox.iter()
    }

    /// How many customers it knows.
    pub fn n_customers(&self) -> usize {
        self.people.len()
    }

    /// The state of the customer who has an identity, as of the last time the engine was told.
    pub fn customer(&self, key: &IdentityKey) -> Option<CustomerState> {
        self.people.state_at(&self.plan, self.people.number(key)?, self.now)
    }

    /// Every ticket, by (opened, id), with who has it.
    pub fn tickets(&self) -> Vec<TicketRow> {
        let mut all: Vec<TicketRow> =
            self.people.with_tickets().flat_map(|state| state.tickets_at(self.stage.desk())).collect();
        all.sort_by_key(|row| (row.opened, row.id));
        all
    }

    /// The refusals that are kept, at most 256 of each customer, by (due, customer).
    pub fn refusals(&self) -> Vec<Refusal> {
        let mut all: Vec<Refusal> = self.refusals.all().into_iter().flat_map(|(_, all)| all).collect();
        stage::sort_refusals(&mut all);
        all
    }

    /// The refusals that are kept of the customer who has an identity, at most 256, in the order in which they came.
    pub fn refusals_of(&self, customer: &IdentityKey) -> impl Iterator<Item = Refusal> {
        let state = self.people.number(customer).and_then(|number| self.people.state(number));
        let keys = state.map(|state| people::keys_of(&state)).unwrap_or_default();
        keys.into_iter().flat_map(|key| self.refusals.of(&key))
    }

    /// How often each rule was refused for each reason, ever.
    pub fn refused(&self) -> &Refused {
        &self.refused
    }

    /// Takes the goals that were met since the last call; beyond 100,000 the oldest are lost.
    pub fn take_outcomes(&mut self) -> Vec<Outcome> {
        self.outcomes.drain(..).collect()
    }

    /// Links between identities that were refused; the last 100,000.
    pub fn refused_links(&self) -> impl Iterator<Item = &RefusedLink> {
        self.refused_links.iter()
    }

    /// Budgets and desk.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Forgets a customer: state, identities with their counted links, timers, tickets, what waits to be handed over,
    /// refusals, goals that were met. Gives whether there was one.
    pub fn erase(&mut self, key: &IdentityKey) -> bool {
        let Some(number) = self.people.number(key) else { return false };
        let Some(state) = self.people.take(number) else { return false };
        for row in state.tickets() {
            self.stage.forget(row.id);
            self.track.iter_mut().for_each(|track| track.forget(row.id));
        }
        let keys = people::keys_of(&state);
        self.people.forget_links(&self.plan, &keys);
        let theirs =
            |outcome: &Outcome| self.outbox.customer(outcome.decision).is_some_and(|own| keys.contains(own));
        self.outcomes.retain(|outcome| !theirs(outcome));
        self.outbox.forget(|own| keys.contains(own));
        self.refusals.forget(&keys);
        self.refused_links.retain(|link| !keys.contains(&link.strong) && !keys.contains(&link.weak));
        true
    }

    /// Goes on under another plan with everyone's state under it.
    pub(in crate::engine) fn replace_plan(&mut self, plan: Arc<Plan>, people: People) {
        self.charges = Charges::of(&plan);
        self.refusals = self.refusals.under(plan.layout.clone());
        self.people = people;
        self.plan = plan;
    }

    fn room(&self) -> Result<()> {
        if self.outbox.has_room() {
            return Ok(());
        }
        let words = format!("{} decisions wait to be acknowledged", outbox::MAX_OPEN);
        Err(Error::new(ErrorCode::Backpressure, words))
    }

    /// The customer whose decision it is.
    fn holder(&self, id: DecisionId) -> Result<u32> {
        let number = self.outbox.customer(id).and_then(|key| self.people.number(key));
        number.ok_or_else(|| unknown(id))
    }

    /// Brings what the steps of one call gave through the host's stage and into the outbox.
    fn settle(&mut self, pushed: Vec<Pushed>) -> Vec<Decision> {
        let (mut decisions, mut refusals, mut news) = (Vec::new(), Vec::new(), Vec::new());
        for Pushed { stepped, refused } in pushed {
            let Stepped { decisions: own, refusals: not, outcomes, tickets, withdrawn, .. } = stepped;
            withdrawn.into_iter().for_each(|id| self.outbox.withdraw(id));
            decisions.extend(own);
            refusals.extend(not);
            news.extend(tickets);
            keep(&mut self.outcomes, outcomes, MAX_NEWS);
            keep(&mut self.refused_links, refused, MAX_NEWS);
        }
        stage::sort(&mut decisions);
        let (plan, people) = (&self.plan, &self.people);
        let state = |decision: &Decision| people.state(people.number(&decision.customer)?);
        let request =
            |decision: &Decision| state(decision)?.request(crate::ticket::TicketId(*decision.id.as_bytes()));
        let mut route = |decision: &Decision, queue: usize| plan.route(&*state(decision)?, queue);
        refusals.extend(self.stage.settle(
            plan,
            &self.charges,
            (&mut decisions, &mut news),
            &request,
            &mut route,
        ));
        if let Some(track) = &mut self.track {
            track.note(&decisions, &news);
        }
        stage::sort_refusals(&mut refusals);
        refusals.into_iter().for_each(|refusal| self.refuse(refusal));
        decisions.iter().filter(|decision| !decision.applied).for_each(|decision| self.outbox.put(decision));
        decisions
    }

    /// Counts a refusal and keeps it among the last of its customer.
    fn refuse(&mut self, refusal: Refusal) {
        let name = (refusal.rule.clone(), refusal.reason.name().into());
        *self.refused.entry(name).or_default() += 1;
        match &mut self.track {
            Some(track) => track.refuse(refusal),
            None => self.refusals.add(&refusal),
        }
    }
}

fn unknown(id: DecisionId) -> Error {
    Error::new(ErrorCode::NotFound, format!("the decision `{id}` is not remembered"))
}

/// Puts news behind the others; the oldest give way.
fn keep<T>(list: &mut VecDeque<T>, news: impl IntoIterator<Item = T>, most: usize) {
    list.extend(news);
    while list.len() > most {
        list.pop_front();
    }
}
