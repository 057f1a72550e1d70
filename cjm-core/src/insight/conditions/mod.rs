//! How often conditions about events hold over a log, many conditions at once and on all cores.
//!
//! Answers: for each condition the events it was asked of, those for which it held, those for which it ended in an
//! error; on request which rows. So a `where` can be tried on history before a rule carries it, a hundred as fast as
//! one: what they have in common is looked at once. Does not know: customers and trips, whose state is not in an
//! event; what would have been decided (see [`Plan::replay`](crate::Plan::replay)).

mod kernel;
mod lay;
mod plane;
mod reading;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::sync::Arc;

use indexmap::IndexSet;
use serde::Serialize;

use crate::engine::TypedEvent;
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Bits, EventId, EventLog, EventView};
use crate::expr::{self, ExprFinding, Program, Together};
use crate::plan::Plan;
use crate::plan::slots::Slot;
use crate::plan::types::{AllEvents, InReach, Reach};

/// Most conditions that are asked at once.
pub const MAX_CONDITIONS: usize = 10_000;

/// A condition about events, as `when: { event: .., where: .. }` of a rule has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventCondition {
    /// The events it is asked of; all of them when there is none.
    pub events: Vec<String>,
    /// What has to hold, over `event.` and `envelope.`; nothing is always true.
    pub holds: Option<String>,
}

/// Conditions about events, checked and compiled against a plan: ask them of as many logs as you like.
#[derive(Debug, Clone)]
pub struct EventConditions {
    plan: Arc<Plan>,
    list: Vec<Asked>,
    slots: Vec<Slot>,
    /// By the plan's number of the event, those of undeclared events last: the conditions that are asked of it.
    by_event: Vec<OfEvent>,
}

/// The conditions that are asked of one event.
#[derive(Debug, Clone, Default)]
struct OfEvent {
    together: Together,
    /// The number of each condition.
    numbers: Vec<usize>,
    /// Conditions that ask nothing.
    always: Vec<usize>,
}

/// How often one condition held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Held {
    /// Events that it was asked of: those of its names.
    pub asked: u64,
    /// Events for which it held.
    pub held: u64,
    /// Events for which it ended in an error, a missing value mostly; it did not hold for them.
    pub failed: u64,
}

/// A compiled condition.
#[derive(Debug, Clone)]
struct Asked {
    events: Vec<Arc<str>>,
    condition: Option<Program>,
}

impl EventCondition {
    /// A condition about events of one name.
    pub fn of(event: impl Into<String>, holds: impl Into<String>) -> Self {
        Self { events: vec![event.into()], holds: Some(holds.into()) }
    }
}

impl Plan {
    /// Checks and compiles conditions about events, to ask them of logs.
    ///
    /// They say what the `where` of a rule says; `local(..)` is in the blueprint's zone, for which zone a customer
    /// was in is not in an event. Names of customers, trips and touchpoints are unknown here.
    ///
    /// ```
    /// use cjm_core::insight::conditions::EventCondition;
    /// use cjm_core::{Blueprint, Event, event};
    /// let text = "cjm: 1\nid: shop\nidentities: [{ id: member }]\n\
    ///     events: { paid: { amount: money, by: text } }\n";
    /// let blueprint = Blueprint::from_yaml(text)?;
    /// let day: cjm_core::Timestamp = "2026-03-01T12:00:00Z".parse()?;
    /// let paid = |amount, by| Event::new("paid", day).identity("member", "m1").with("amount", amount).with("by", by);
    /// let log = event::log_of(&[paid("9.50", "card"), paid("80", "cash"), paid("120", "card")], Some(blueprint.document()))?;
    ///
    /// let plan = std::sync::Arc::new(blueprint.compile()?);
    /// let conditions = plan.event_conditions(&[
    ///     EventCondition::of("paid", "event.amount >= 50"),
    ///     EventCondition::of("paid", "event.amount >= 50 && event.by == 'card'"),
    /// ])?;
    /// let held: Vec<u64> = conditions.count(&log).iter().map(|h| h.held).collect();
    /// assert_eq!(held, [2, 1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `condition` for the first condition with an error, `not_found` for an event that the blueprint does not
    /// declare, `limit` beyond [`MAX_CONDITIONS`].
    pub fn event_conditions(self: &Arc<Self>, conditions: &[EventCondition]) -> Result<EventConditions> {
        if conditions.len() > MAX_CONDITIONS {
            let words = format!("more than {MAX_CONDITIONS} conditions at once");
            return Err(Error::new(ErrorCode::Limit, words));
        }
        let slots = RefCell::new(self.slots.iter().copied().collect::<IndexSet<Slot>>());
        let all = AllEvents::of(&self.document, &self.names);
        let list: Result<Vec<Asked>> =
            conditions.iter().map(|condition| self.asked(condition, &slots, &all)).collect();
        Ok(EventConditions::new(self.clone(), list?, slots.into_inner().into_iter().collect()))
    }

    fn asked(
        &self,
        condition: &EventCondition,
        slots: &RefCell<IndexSet<Slot>>,
        all: &AllEvents,
    ) -> Result<Asked> {
        let number = |name: &String| {
            let words = || format!("the blueprint declares no event `{name}`");
            self.names.event(name).ok_or_else(|| Error::new(ErrorCode::NotFound, words()))
        };
        let events = condition.events.iter().map(number).collect::<Result<Vec<_>>>()?;
        let events = if events.is_empty() { all.events.clone() } else { events.into() };
        let reach = Reach { events, ..Reach::default() };
        let types = InReach {
            names: &self.names,
            document: &self.document,
            feature_types: &[],
            reach: &reach,
            slots,
            all,
            suggest: None,
        };
        let compile = |text: &String| expr::condition(text, &types).map_err(|found| error(text, &found));
        Ok(Asked {
            events: condition.events.iter().map(|name| name.as_str().into()).collect(),
            condition: condition.holds.as_ref().map(compile).transpose()?,
        })
    }
}

impl OfEvent {
    /// The conditions of an event of this name, or of one that is not declared.
    fn of(list: &[Asked], name: Option<&Arc<str>>) -> Self {
        let asks =
            |asked: &Asked| asked.events.is_empty() || name.is_some_and(|name| asked.events.contains(name));
        let all = || list.iter().enumerate().filter(|(_, asked)| asks(asked));
        let some = || all().filter_map(|(number, asked)| Some((number, asked.condition.as_ref()?)));
        Self {
            together: Together::of(some().map(|(_, condition)| condition)),
            numbers: some().map(|(number, _)| number).collect(),
            always: all().filter(|(_, asked)| asked.condition.is_none()).map(|(number, _)| number).collect(),
        }
    }
}

/// The first finding of a condition that is an error.
fn error(text: &str, found: &[ExprFinding]) -> Error {
    expr::Failure::Findings(found.to_vec()).of_text(text)
}

impl EventConditions {
    fn new(plan: Arc<Plan>, list: Vec<Asked>, slots: Vec<Slot>) -> Self {
        let names = plan.names.events().map(Some).chain([None]);
        let by_event = names.map(|name| OfEvent::of(&list, name)).collect();
        Self { plan, list, slots, by_event }
    }

    /// Tells the numbers of the conditions that hold for one event, in order; gives how many ended in an error. An
    /// event typed against another plan is typed anew.
    ///
    /// # Errors
    /// What is wrong with the event: `bad_event` for an attribute of the wrong type, say.
    ///
    /// ```
    /// use cjm_core::insight::conditions::EventCondition;
    /// use cjm_core::{Blueprint, Event};
    /// let text = "cjm: 1\nid: shop\nidentities: [{ id: member }]\nevents: { paid: { amount: money } }\n";
    /// let plan = std::sync::Arc::new(Blueprint::from_yaml(text)?.compile()?);
    /// let conditions = plan.event_conditions(&["event.amount < 10", "event.amount >= 10"].map(|holds| {
    ///     EventCondition::of("paid", holds)
    /// }))?;
    /// let paid = Event::new("paid", "2026-03-01T12:00:00Z".parse()?).identity("member", "m1").with("amount", "80");
    /// let mut held = Vec::new();
    /// conditions.each_that_holds(&plan.typed(&paid)?, &mut |number| held.push(number))?;
    /// assert_eq!(held, [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn each_that_holds(&self, event: &TypedEvent<'_>, found: &mut dyn FnMut(usize)) -> Result<u32> {
        let Some(view) = event.seen(&self.plan)? else {
            let typed = self.plan.typed(event.event())?;
            return self.each_that_holds(&typed, found);
        };
        let place = view.event().map_or(self.by_event.len().saturating_sub(1), EventId::index);
        let Some(of_event) = self.by_event.get(place) else { return Ok(0) };
        let seen = lay::Seen { view: &view, slots: &self.slots, zone: &self.plan.zone };
        let mut always = of_event.always.iter().copied().peekable();
        let failed = of_event.together.each(&seen, &mut |place| {
            let Some(number) = of_event.numbers.get(place as usize).copied() else { return };
            while let Some(earlier) = always.next_if(|earlier| *earlier < number) {
                found(earlier);
            }
            found(number);
        });
        always.for_each(found);
        Ok(failed)
    }

    /// How often each condition held, in the order of the conditions. One thread and many count the same.
    ///
    /// Build the log with the blueprint ([`LogBuilder::with_blueprint`](crate::event::LogBuilder::with_blueprint)),
    /// so that its values have the declared types; else conditions see them as the source had them.
    pub fn count(&self, log: &EventLog) -> Vec<Held> {
        kernel::count(self, log)
    }

    /// The rows for which each condition held, in the order of the conditions: one bit per row of the log, so an
    /// eighth of a byte per row and condition.
    pub fn rows(&self, log: &EventLog) -> Vec<Bits> {
        kernel::rows(self, log)
    }
}
