//! What conditions see: one customer's facts, the event at hand, the trip, the instant.
//!
//! Answers: the value behind every slot of the plan. Does not know: how values came about.

use std::cell::Cell;

use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::customer::Facts;
use crate::event::{EnvelopeField, EventView};
use crate::expr::{Assessed, Program, Scope, Together};
use crate::journey::{Ask, Situation};
use crate::plan::Plan;
use crate::plan::slots::{Slot, TouchpointField, TripField};
use crate::rule::{Match, Matched, Read, SoFar};

use super::rules::About;

/// Evaluates conditions over one customer and perhaps one event.
pub(crate) struct Asker<'a, E> {
    plan: &'a Plan,
    facts: &'a Facts,
    zone: &'a Zone,
    event: Option<&'a E>,
    now: Timestamp,
    /// The scenarios of the landed event, once they are known.
    scenarios: Cell<u128>,
    /// Conditions that ended in an error.
    errors: &'a Cell<u32>,
    /// The decision at hand.
    decision: Option<&'a About>,
}

impl<'a, E> Asker<'a, E> {
    /// Asks about a customer, whose own zone may differ from the blueprint's, and perhaps an event.
    pub(crate) fn new(
        plan: &'a Plan,
        facts: &'a Facts,
        zone: Option<&'a Zone>,
        event: Option<&'a E>,
        now: Timestamp,
        errors: &'a Cell<u32>,
    ) -> Self {
        let zone = zone.unwrap_or(&plan.zone);
        Self { plan, facts, zone, event, now, scenarios: Cell::new(0), errors, decision: None }
    }

    /// The same about a decision: the one acknowledged, or the last that the match at hand has led to.
    pub(crate) fn about(self, decision: Option<&'a About>) -> Self {
        Self { decision, ..self }
    }
}

impl<E: EventView> Asker<'_, E> {
    /// Whether a condition holds that may look back on a sequence; `None` when it ends in an error, which is counted.
    pub(crate) fn test(&self, condition: &Program, at: Situation<'_>, steps: &dyn Steps) -> Option<bool> {
        let held = condition.holds(&Here { asker: self, at, steps }).ok();
        if held.is_none() {
            self.errors.set(self.errors.get().saturating_add(1));
        }
        held
    }

    /// Tells the numbers of the conditions that hold, in order; errors are counted.
    pub(crate) fn each_that_holds(
        &self,
        conditions: &Together,
        at: Situation<'_>,
        found: &mut dyn FnMut(u32),
    ) {
        let failed = conditions.each(&Here { asker: self, at, steps: &() }, found);
        self.errors.set(self.errors.get().saturating_add(failed));
    }

    /// A condition taken apart, with what it needs to be what is wanted; an error is not counted.
    pub(crate) fn assess(
        &self,
        (condition, wanted): (&Program, bool),
        at: Situation<'_>,
        steps: &dyn Steps,
    ) -> Assessed {
        condition.assess_for(&Here { asker: self, at, steps }, wanted)
    }

    /// The value of an expression that may look back on a sequence; null when it ends in an error, which is counted.
    pub(crate) fn compute(&self, expression: &Program, at: Situation<'_>, steps: &dyn Steps) -> Value {
        match expression.eval(&Here { asker: self, at, steps }) {
            Ok(value) => value,
            Err(_) => {
                self.errors.set(self.errors.get().saturating_add(1));
                Value::Null
            }
        }
    }
}

impl<E: EventView> Ask for Asker<'_, E> {
    #[inline]
    fn holds(&self, condition: &Program, at: Situation<'_>) -> bool {
        self.test(condition, at, &()).unwrap_or(false)
    }

    fn value(&self, expression: &Program, at: Situation<'_>) -> Value {
        self.compute(expression, at, &())
    }

    fn scenarios(&self, at: Situation<'_>) -> u128 {
        let mut mask = 0;
        for (bit, scenario) in self.plan.scenarios.iter().enumerate() {
            let holds = scenario.as_ref().is_none_or(|condition| self.holds(condition, at));
            mask |= u128::from(holds).checked_shl(bit as u32).unwrap_or(0);
        }
        self.scenarios.set(mask);
        mask
    }
}

/// The scope of one evaluation.
struct Here<'a, E> {
    asker: &'a Asker<'a, E>,
    at: Situation<'a>,
    /// What a sequence matched before the event at hand.
    steps: &'a dyn Steps,
}

/// The events that a sequence matched, by the position of the step that took them.
pub(crate) trait Steps {
    /// The first or the last event that a step took.
    fn step(&self, step: u32, last: bool) -> Option<&Matched>;
}

/// No sequence.
impl Steps for () {
    fn step(&self, _: u32, _: bool) -> Option<&Matched> {
        None
    }
}

impl Steps for SoFar<'_> {
    fn step(&self, step: u32, last: bool) -> Option<&Matched> {
        if last { self.last(step) } else { self.first(step) }
    }
}

impl Steps for Match {
    fn step(&self, step: u32, last: bool) -> Option<&Matched> {
        let mut taken = self.steps.iter().zip(&self.events).filter(|(taken, _)| **taken == step);
        let found = if last { taken.next_back() } else { taken.next() };
        found.map(|(_, event)| &**event)
    }
}

impl<'a, E: EventView> Here<'a, E> {
    fn trip(&self, field: TripField) -> ValueRef<'a> {
        let Some(trip) = self.at.trip else { return ValueRef::Null };
        let document = &self.asker.plan.document;
        let journey = document.journeys.get(trip.journey as usize);
        let stage = || trip.stop.and_then(|s| journey?.stages.get(s.stage as usize));
        match field {
            TripField::Journey => journey.map_or(ValueRef::Null, |j| ValueRef::Text(&j.id)),
            TripField::Stage => stage().map_or(ValueRef::Null, |s| ValueRef::Text(&s.id)),
            TripField::Touchpoint => match (trip.stop, journey) {
                (Some(stop), Some(_)) => self.touchpoint_id(trip.journey, stop.touchpoint),
                _ => ValueRef::Null,
            },
            TripField::Started => ValueRef::Time(trip.opened),
            TripField::Steps => ValueRef::Int(i64::from(trip.steps)),
            TripField::Key => trip.key.as_ref(),
            TripField::Reached => ValueRef::Bool(trip.reached.is_some()),
        }
    }

    fn touchpoint_id(&self, journey: u32, touchpoint: u32) -> ValueRef<'a> {
        self.model(journey, touchpoint).map_or(ValueRef::Null, |t| ValueRef::Text(&t.id))
    }

    fn model(&self, journey: u32, touchpoint: u32) -> Option<&'a crate::blueprint::model::Touchpoint> {
        let journey = self.asker.plan.document.journeys.get(journey as usize)?;
        journey.stages.iter().flat_map(|s| &s.touchpoints).nth(touchpoint as usize)
    }

    fn touchpoint(&self, field: TouchpointField) -> ValueRef<'a> {
        let Some(stop) = self.at.trip.and_then(|trip| trip.stop) else { return ValueRef::Null };
        let Some(model) = self.model(stop.journey, stop.touchpoint) else { return ValueRef::Null };
        let text = |t: Option<&'a str>| t.map_or(ValueRef::Null, ValueRef::Text);
        match field {
            TouchpointField::Id => ValueRef::Text(&model.id),
            TouchpointField::Stage => {
                let journey = self.asker.plan.document.journeys.get(stop.journey as usize);
                text(journey.and_then(|j| j.stages.get(stop.stage as usize)).map(|s| s.id.as_str()))
            }
            TouchpointField::Channel => text(model.channel.as_deref()),
            TouchpointField::Wait => stop.wait.map_or(ValueRef::Null, ValueRef::Duration),
            TouchpointField::Expected => {
                let special = self.asker.plan.journeys.get(stop.journey as usize);
                let special = special.and_then(|j| j.touchpoint(stop.touchpoint)).and_then(|t| {
                    let holds = |a: &&crate::journey::Alternative| {
                        a.expected.is_some() && a.scenario & self.asker.scenarios.get() != 0
                    };
                    t.alternatives.iter().find(holds).and_then(|a| a.expected)
                });
                special.or(model.expected).map_or(ValueRef::Null, ValueRef::Number)
            }
        }
    }

    fn profile(&self, name: &str) -> ValueRef<'a> {
        let field = self.asker.plan.names.field(name);
        field.map_or(ValueRef::Null, |f| self.asker.facts.profile.value(f as usize).as_ref())
    }
}

impl<E: EventView> Scope for Here<'_, E> {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        let asker = self.asker;
        let event = asker.event;
        match asker.plan.slot(slot) {
            Some(Slot::Attribute(a)) => event.map_or(ValueRef::Null, |e| e.attribute(a)),
            Some(Slot::AttributeOr(a, field)) => event.map_or(ValueRef::Null, |e| match e.attribute(a) {
                ValueRef::Null => e.envelope(field),
                value => value,
            }),
            Some(Slot::Envelope(field)) => event.map_or(ValueRef::Null, |e| e.envelope(field)),
            Some(Slot::Profile(field)) => asker.facts.profile.value(field as usize).as_ref(),
            Some(Slot::Feature(place)) => {
                let spec = asker.plan.features.get(place as usize);
                let state = asker.facts.features.get(place as usize);
                state.zip(spec).map_or(ValueRef::Null, |(state, f)| state.value(&f.spec, asker.now))
            }
            Some(Slot::Lifecycle) => {
                let row =
                    asker.facts.lifecycle.row.and_then(|r| asker.plan.names.lifecycle().get(r as usize));
                row.map_or(ValueRef::Null, |id| ValueRef::Text(id))
            }
            Some(Slot::Zone) => match self.profile("zone") {
                ValueRef::Null => ValueRef::Text(&asker.plan.zone_name),
                said => said,
            },
            Some(Slot::Language) => match self.profile("language") {
                ValueRef::Null => {
                    asker.plan.document.language.as_deref().map_or(ValueRef::Null, ValueRef::Text)
                }
                said => said,
            },
            Some(Slot::Trip(field)) => self.trip(field),
            Some(Slot::Touchpoint(field)) => self.touchpoint(field),
            Some(Slot::Now) => ValueRef::Time(asker.now),
            Some(Slot::Tags | Slot::Segments | Slot::Scenarios) | None => ValueRef::Null,
            Some(Slot::Step { step, last, read }) => match (self.steps.step(step, last), read) {
                (None, _) => ValueRef::Null,
                (Some(event), Read::Attribute(attribute)) => event.attribute(attribute),
                (Some(event), Read::Channel) => event.envelope(EnvelopeField::Channel),
            },
            Some(Slot::StepTime { step, last }) => {
                self.steps.step(step, last).map_or(ValueRef::Null, |event| ValueRef::Time(event.time))
            }
            Some(Slot::Decision(field)) => asker.decision.map_or(ValueRef::Null, |d| d.value(field)),
        }
    }

    fn member(&self, slot: u32, text: &str) -> bool {
        let names = &self.asker.plan.names;
        let bit = |list: &[std::sync::Arc<str>], mask: u128| {
            let place = list.iter().position(|n| **n == *text);
            place.is_some_and(|p| mask.checked_shr(p as u32).unwrap_or(0) & 1 == 1)
        };
        match self.asker.plan.slot(slot) {
            Some(Slot::Tags) => self.asker.facts.profile.has_tag(text),
            Some(Slot::Segments) => bit(names.segments(), self.asker.facts.segments),
            Some(Slot::Scenarios) => bit(names.scenarios(), self.asker.scenarios.get()),
            _ => false,
        }
    }

    fn names(&self, slot: u32) -> Vec<Value> {
        let names = &self.asker.plan.names;
        let bits = |list: &[std::sync::Arc<str>], mask: u128| {
            let set = |p: usize| mask.checked_shr(p as u32).unwrap_or(0) & 1 == 1;
            list.iter().enumerate().filter(|(p, _)| set(*p)).map(|(_, n)| Value::Text(n.clone())).collect()
        };
        match self.asker.plan.slot(slot) {
            Some(Slot::Tags) => {
                let set = self.asker.facts.profile.tags.iter().filter(|t| t.set);
                set.map(|t| Value::Text(t.name.clone())).collect()
            }
            Some(Slot::Segments) => bits(names.segments(), self.asker.facts.segments),
            Some(Slot::Scenarios) => bits(names.scenarios(), self.asker.scenarios.get()),
            _ => Vec::new(),
        }
    }

    fn zone(&self) -> &Zone {
        self.asker.zone
    }
}
