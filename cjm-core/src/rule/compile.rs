//! From the model of a rule to its pattern.
//!
//! Answers: which form a `when` has and what it is by number. Does not know: names and conditions; [`Resolve`] does,
//! and keeps the findings.

use rust_decimal::Decimal;

use crate::base::time::Duration;
use crate::blueprint::model::{
    ClockTime, EventMatch, Expr, Late, OneOrMany, Order, Rule, Skip, Step, When as Model,
};
use crate::event::{AttributeId, EventId};
use crate::expr::Program;

use super::schedule::{ScheduleSpec, When};
use super::sequence::{SequenceSpec, SkipTo, StepSpec};
use super::spec::{AbsenceSpec, EventTest, Form, MomentTest, PatternSpec, TotalSpec};

/// Where an expression of a pattern stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `when.where`.
    Where,
    /// `key` of the rule or of its `when`.
    Key,
    /// `when.sequence[i].where`.
    Step(usize),
    /// `when.after[i].where`.
    After(usize),
    /// `when.without[i].where`.
    Without(usize),
}

/// Names and conditions of a plan that is being compiled.
pub trait Resolve {
    /// The number of an event.
    fn event(&self, name: &str) -> Option<EventId>;
    /// The number of an attribute.
    fn attribute(&self, name: &str) -> Option<AttributeId>;
    /// Journey and position of a stage, `stage` or `journey/stage`.
    fn stage(&self, name: &str) -> Option<(u32, u32)>;
    /// Journey and position of a touchpoint.
    fn touchpoint(&self, name: &str) -> Option<(u32, u32)>;
    /// Position of a journey.
    fn journey(&self, name: &str) -> Option<u32>;
    /// Position of a lifecycle state.
    fn state(&self, name: &str) -> Option<u32>;
    /// Position of a segment.
    fn segment(&self, name: &str) -> Option<u32>;
    /// Position of a profile field.
    fn field(&self, name: &str) -> Option<u32>;
    /// The event `answered` and its attribute `survey`.
    fn answered(&self) -> Option<(EventId, AttributeId)>;
    /// Compiles an expression; `None` when it can not be, which is a finding.
    fn program(&mut self, place: Place, text: &Expr) -> Option<Program>;
    /// Whether a program reads `first.` or `last.`.
    fn looks_back(&self, program: &Program) -> bool;
}

impl PatternSpec {
    /// The pattern of a rule. `None` when a name or condition of it is unknown, or a sequence is longer than
    /// [`super::MAX_STEPS`]: a finding of the check. What the rule reads of matched events is the caller's to add.
    pub fn compile(rule: &Rule, resolve: &mut impl Resolve) -> Option<Self> {
        let when = &rule.when;
        let key = match rule.key.as_ref().or(when.key.as_ref()) {
            Some(key) => Some(resolve.program(Place::Key, key)?),
            None => None,
        };
        let form = form(rule, when, resolve)?;
        let hears_late = rule.late == Some(Late::FireIfValid);
        Some(Self { key, hears_late, ..Self::new(form) })
    }
}

fn form(rule: &Rule, when: &Model, resolve: &mut impl Resolve) -> Option<Form> {
    if let Some(events) = &when.event {
        return Some(Form::Event(test(events, Place::Where, when.where_.as_ref(), resolve)?, None));
    }
    if let Some(survey) = &when.answer {
        let (event, attribute) = resolve.answered()?;
        let condition = condition(Place::Where, when.where_.as_ref(), resolve)?;
        let test = EventTest { events: vec![event], condition };
        return Some(Form::Event(test, Some((attribute, survey.as_str().into()))));
    }
    if let Some(steps) = &when.sequence {
        return sequence(rule, steps, resolve);
    }
    if let Some(after) = &when.after {
        return Some(Form::Absence(AbsenceSpec {
            after: tests(after, Place::After, resolve)?,
            without: tests(when.without.as_deref().unwrap_or_default(), Place::Without, resolve)?,
            lasts: when.for_?,
            again: when.again.unwrap_or_default(),
        }));
    }
    if when.count.is_some() || when.sum.is_some() {
        return total(when, resolve);
    }
    if when.every.is_some() || when.date.is_some() {
        return schedule(when, resolve).map(Form::Schedule);
    }
    if let Some(stage) = &when.stay {
        let (journey, stage) = resolve.stage(stage)?;
        return Some(Form::Stay(MomentTest::Enter { journey, stage }, when.for_?));
    }
    moment(when, resolve).map(Form::Moment)
}

fn moment(when: &Model, resolve: &impl Resolve) -> Option<MomentTest> {
    if let Some(stage) = &when.enter {
        let (journey, stage) = resolve.stage(stage)?;
        Some(MomentTest::Enter { journey, stage })
    } else if let Some(stage) = &when.leave {
        let (journey, stage) = resolve.stage(stage)?;
        Some(MomentTest::Leave { journey, stage })
    } else if let Some(stage) = &when.back {
        let (journey, stage) = resolve.stage(stage)?;
        Some(MomentTest::Back { journey, stage })
    } else if let Some(touchpoint) = &when.skip {
        let (journey, touchpoint) = resolve.touchpoint(touchpoint)?;
        Some(MomentTest::Skip { journey, touchpoint })
    } else if let Some(journey) = &when.reached {
        Some(MomentTest::Reached { journey: resolve.journey(journey)? })
    } else if let Some(journey) = &when.abandoned {
        Some(MomentTest::Abandoned { journey: resolve.journey(journey)? })
    } else if let Some(state) = &when.becomes {
        Some(MomentTest::Becomes { state: resolve.state(state)? })
    } else if let Some(segment) = &when.joins {
        Some(MomentTest::Joins { segment: resolve.segment(segment)? })
    } else {
        Some(MomentTest::Quits { segment: resolve.segment(when.quits.as_deref()?)? })
    }
}

fn schedule(when: &Model, resolve: &impl Resolve) -> Option<ScheduleSpec> {
    let segment = match &when.segment {
        Some(segment) => Some(resolve.segment(segment)?),
        None => None,
    };
    if let Some(every) = &when.every {
        return Some(ScheduleSpec { segment, ..ScheduleSpec::every(every)? });
    }
    let field = resolve.field(when.date.as_ref()?.customer_field()?)?;
    let before = when.before.unwrap_or(Duration::ZERO);
    let at = when.at.unwrap_or(ClockTime(0));
    Some(ScheduleSpec { when: When::Date { field, before }, at, segment })
}

fn total(when: &Model, resolve: &mut impl Resolve) -> Option<Form> {
    let (event, attribute) = match (&when.count, &when.sum) {
        (Some(event), _) => (event.as_str(), None),
        (_, Some(path)) => {
            let (event, attribute) = path.event(|name| resolve.event(name).is_some());
            (event, Some(resolve.attribute(attribute?)?))
        }
        _ => return None,
    };
    let events = vec![resolve.event(event)?];
    let test = EventTest { events, condition: condition(Place::Where, when.where_.as_ref(), resolve)? };
    let at_least = when.at_least.map_or(Decimal::ONE, |bound| bound.0);
    let fire = when.fire.unwrap_or_default();
    Some(Form::Total(TotalSpec::new(test, attribute, at_least, when.within?, fire)))
}

fn sequence(rule: &Rule, steps: &[Step], resolve: &mut impl Resolve) -> Option<Form> {
    let skip = match rule.skip.as_ref().unwrap_or(&Skip::PastLastEvent) {
        Skip::PastLastEvent => SkipTo::PastLastEvent,
        Skip::ToNext => SkipTo::Next,
        Skip::NoSkip => SkipTo::NoSkip,
        Skip::ToLast(name) => {
            let place = steps.iter().position(|s| s.as_.as_deref() == Some(name))?;
            SkipTo::Last(u32::try_from(place).ok()?)
        }
    };
    let strict = rule.when.order == Some(Order::Strict);
    let mut compiled = Vec::with_capacity(steps.len());
    for (place, step) in steps.iter().enumerate() {
        let negated = !step.not.is_empty();
        let events = if negated { &step.not } else { &step.event };
        let test = test(events, Place::Step(place), step.where_.as_ref(), resolve)?;
        compiled.push(StepSpec {
            looks_back: test.condition.as_ref().is_some_and(|c| resolve.looks_back(c)),
            test,
            negated,
            times: step.times.unwrap_or((1, Some(1))),
            optional: step.optional,
            reluctant: step.reluctant,
            gap: step.gap,
        });
    }
    let sequence = SequenceSpec::new(compiled, rule.when.within?, strict, skip)?;
    Some(Form::Sequence(Box::new(sequence)))
}

fn tests(
    list: &[EventMatch],
    place: fn(usize) -> Place,
    resolve: &mut impl Resolve,
) -> Option<Vec<EventTest>> {
    let one = |(i, m): (usize, &EventMatch)| test(&m.event, place(i), m.where_.as_ref(), resolve);
    list.iter().enumerate().map(one).collect()
}

fn test(
    events: &OneOrMany,
    place: Place,
    text: Option<&Expr>,
    resolve: &mut impl Resolve,
) -> Option<EventTest> {
    let events = events.iter().map(|name| resolve.event(name)).collect::<Option<_>>()?;
    Some(EventTest { events, condition: condition(place, text, resolve)? })
}

/// No condition, a condition, or none that compiles.
#[expect(clippy::option_option, reason = "the outer one is the failure")]
fn condition(place: Place, text: Option<&Expr>, resolve: &mut impl Resolve) -> Option<Option<Program>> {
    match text {
        None => Some(None),
        Some(text) => resolve.program(place, text).map(Some),
    }
}
