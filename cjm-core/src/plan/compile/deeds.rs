//! What rules change, and which changes can set a rule off.
//!
//! Answers: the events, tags and fields that a rule changes by itself; whether such a change can bring about what
//! another rule waits for. Told "can" unless it is proved that it can not. Does not know: chains of them (see `loops`).

use std::cell::{Cell, RefCell};

use indexmap::IndexMap;

use crate::blueprint::model::{Action, Aggregate, Expr, Fire, OneOrMany, Rule, Stage};
use crate::customer::lifecycle::LifecycleSpec;
use crate::event::EnvelopeField;
use crate::expr::{self, MAX_BYTES, Program};

use super::super::slots::Slot;
use super::super::types::{InReach, Reach};
use super::super::{Feature, reserved};
use super::Builder;

/// Most conditions that are put together and judged in one check; what is beyond counts as possible.
const MAX_PROBES: usize = 1_000;

/// Something that a rule changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deed<'a> {
    pub(super) kind: DeedKind<'a>,
    /// Whether it comes later than the match.
    pub(super) later: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum DeedKind<'a> {
    Emit(&'a str, &'a IndexMap<String, Expr>),
    Tag(&'a str),
    Untag(&'a str),
    Set(&'a str, &'a Expr),
}

impl<'a> DeedKind<'a> {
    /// The event, tag or field.
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::Emit(name, _) | Self::Tag(name) | Self::Untag(name) | Self::Set(name, _) => name,
        }
    }

    /// What holds once it is done; nothing where that is not a plain value.
    fn fact(self) -> Option<String> {
        match self {
            Self::Tag(tag) => Some(tagged(tag)),
            Self::Untag(tag) => Some(format!("!({})", tagged(tag))),
            Self::Set(field, value) => Some(format!("customer.{field} == {}", literal(value)?)),
            Self::Emit(..) => None,
        }
    }

    /// Whether the other takes back what this does.
    pub(super) fn undoes(self, other: Self) -> bool {
        match (self, other) {
            (Self::Tag(a), Self::Untag(b)) | (Self::Untag(a), Self::Tag(b)) => a == b,
            (Self::Set(a, x), Self::Set(b, y)) => a == b && literal(x) != literal(y),
            _ => false,
        }
    }
}

fn tagged(tag: &str) -> String {
    format!("{} in customer.tags", serde_json::Value::from(tag))
}

/// A number, text, bool or null in one spelling.
fn literal(value: &Expr) -> Option<String> {
    let text = expr::canonical(&value.0)?;
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let is_text = inside.is_some_and(|text| !text.replace("\\\\", "").replace("\\\"", "").contains('"'));
    let plain = is_text || matches!(text.as_str(), "true" | "false" | "null") || text.parse::<f64>().is_ok();
    plain.then_some(text)
}

/// What a rule changes, in order.
pub(super) fn deeds(rule: &Rule) -> Vec<Deed<'_>> {
    let first = rule.do_.iter().map(|action| (action, false));
    let then = rule.then.iter().flat_map(|then| {
        let later = then.delay.as_micros() > 0;
        then.do_.iter().map(move |action| (action, later))
    });
    first
        .chain(then)
        .flat_map(|(action, later)| kinds(action).map(move |kind| Deed { kind, later }))
        .collect()
}

fn kinds(action: &Action) -> impl Iterator<Item = DeedKind<'_>> {
    let emit = action.emit.as_deref().map(|event| DeedKind::Emit(event, &action.with));
    let tag = action.tag.as_deref().map(DeedKind::Tag);
    let untag = action.untag.as_deref().map(DeedKind::Untag);
    let set = action.set.iter().map(|(field, value)| DeedKind::Set(field, value));
    emit.into_iter().chain(tag).chain(untag).chain(set)
}

/// What sets a rule off that a change can bring about.
#[derive(Debug)]
pub(super) enum Occasion<'a> {
    /// Any of these events; `true` when it matches some time after.
    Events(Vec<(Vec<&'a str>, Option<&'a Expr>)>, bool),
    /// The segment at this position is joined (`true`) or quit.
    Segment(usize, bool),
    /// The lifecycle state at this position begins.
    State(usize),
    /// A trip comes into the stage (`true`) or leaves it: journey and stage by position.
    Stage(usize, usize, bool),
    /// Nothing that rules change.
    Other,
}

/// The customer's side of a plan, and what was judged of it so far.
pub(super) struct World<'a, 'b> {
    pub(super) builder: &'b Builder<'a>,
    pub(super) features: &'b [Feature],
    pub(super) lifecycle: &'b [LifecycleSpec],
    pub(super) segments: &'b [Option<Program>],
    n_probes: Cell<usize>,
}

impl<'a, 'b> World<'a, 'b> {
    pub(super) fn new(
        builder: &'b Builder<'a>,
        features: &'b [Feature],
        lifecycle: &'b [LifecycleSpec],
        segments: &'b [Option<Program>],
    ) -> Self {
        Self { builder, features, lifecycle, segments, n_probes: Cell::new(0) }
    }

    /// What sets a rule off. A total that is crossed once, and a sequence that needs more than one kind of event, do
    /// not come about again and again by what rules emit.
    pub(super) fn occasion(&self, rule: &'a Rule) -> Occasion<'a> {
        let when = &rule.when;
        let names = |events: &'a OneOrMany| events.iter().collect::<Vec<&str>>();
        let document = self.builder.document;
        let customer = document.customer.as_ref();
        let segment = |id: &str| customer.and_then(|c| c.segments.iter().position(|s| s.id == id));
        if let Some(events) = &when.event {
            return Occasion::Events(vec![(names(events), when.where_.as_ref())], false);
        }
        if when.answer.is_some() {
            return Occasion::Events(vec![(vec![reserved::ANSWERED], when.where_.as_ref())], false);
        }
        if let Some(after) = &when.after {
            let tests = after.iter().map(|test| (names(&test.event), test.where_.as_ref())).collect();
            let later = when.for_.is_some_and(|lasts| lasts.as_micros() > 0);
            return Occasion::Events(tests, later);
        }
        if let (Some(Fire::Each), Some(event)) = (when.fire, when.count.as_deref()) {
            return Occasion::Events(vec![(vec![event], when.where_.as_ref())], false);
        }
        if let (Some(Fire::Each), Some(path)) = (when.fire, &when.sum) {
            return Occasion::Events(vec![(vec![document.event_of(path).0], when.where_.as_ref())], false);
        }
        if let Some(steps) = &when.sequence {
            let must = || steps.iter().filter(|step| !step.optional && !step.event.is_empty());
            let Some(first) = must().next() else { return Occasion::Other };
            let common = first.event.iter().filter(|name| must().all(|s| s.event.contains(name)));
            return Occasion::Events(vec![(common.collect(), None)], false);
        }
        if let Some(place) = when.joins.as_deref().and_then(segment) {
            return Occasion::Segment(place, true);
        }
        if let Some(place) = when.quits.as_deref().and_then(segment) {
            return Occasion::Segment(place, false);
        }
        if let Some(state) = &when.becomes {
            let place = customer.and_then(|c| c.lifecycle.iter().position(|row| row.id == *state));
            return place.map_or(Occasion::Other, Occasion::State);
        }
        let comes_in = when.enter.as_deref().or(when.back.as_deref());
        let stage = comes_in.or(when.leave.as_deref()).and_then(|name| self.stage(name));
        stage.map_or(Occasion::Other, |(j, s)| Occasion::Stage(j, s, comes_in.is_some()))
    }

    fn stage(&self, name: &str) -> Option<(usize, usize)> {
        let (journey, stage) = self.builder.find(&self.builder.stages, name)?;
        Some((journey as usize, stage as usize))
    }

    /// Whether what one rule changes can set another off by one of its deeds: `Some(true)` only with time in between.
    pub(super) fn sets_off(
        &self,
        deeds: &[Deed<'a>],
        rule: &'a Rule,
        occasion: &Occasion<'a>,
    ) -> Option<(usize, bool)> {
        let can = |deed: &Deed<'a>| match occasion {
            Occasion::Events(tests, later) => {
                self.emits(deeds, deed.kind, rule, tests).then_some(deed.later || *later)
            }
            Occasion::Other => None,
            other => (self.turns(other, deed.kind, true, &self.facts(deeds, deed.later))
                && self.allows(deeds, rule))
            .then_some(deed.later),
        };
        let found = deeds.iter().enumerate().filter_map(|(place, deed)| Some((place, can(deed)?)));
        found.min_by_key(|(place, later)| (*later, *place))
    }

    /// Whether a change is an event that a test takes under the rule's conditions.
    fn emits(
        &self,
        deeds: &[Deed<'a>],
        kind: DeedKind<'a>,
        rule: &'a Rule,
        tests: &[(Vec<&'a str>, Option<&'a Expr>)],
    ) -> bool {
        let DeedKind::Emit(event, with) = kind else { return false };
        tests.iter().filter(|(names, _)| names.contains(&event)).any(|(_, where_)| {
            let values = with.iter().filter_map(|(name, x)| Some(format!("event.{name} == {}", literal(x)?)));
            let facts = self.facts(deeds, false);
            let conditions = where_.iter().copied().chain(&rule.if_).map(|text| text.0.clone());
            let texts: Vec<String> = conditions.collect();
            let left_out = self.left_out(event, with, &texts);
            let all = texts.into_iter().chain(values).chain(left_out).chain(facts);
            self.possible(&self.builder.reach_of(&rule.when), all)
        })
    }

    /// The attributes that an emitted event is not given, of those that conditions speak of: they are null.
    fn left_out(&self, event: &str, with: &IndexMap<String, Expr>, texts: &[String]) -> Vec<String> {
        let declared = self.builder.document.events.get(event).map(|model| &model.attributes);
        let names = declared.into_iter().flat_map(|all| all.keys()).filter(|name| !with.contains_key(*name));
        let named = |name: &&String| texts.iter().any(|text| text.contains(name.as_str()));
        let envelope = |name: &&String| EnvelopeField::named(name).is_none();
        names.filter(named).filter(envelope).map(|name| format!("event.{name} == null")).collect()
    }

    /// What holds once the deeds of a rule are done that come at once, or those that come later.
    fn facts(&self, deeds: &[Deed<'a>], later: bool) -> Vec<String> {
        let taken_back = |deed: &&Deed<'a>| !deeds.iter().any(|other| other.kind.undoes(deed.kind));
        let done = deeds.iter().filter(|deed| deed.later == later).filter(taken_back);
        done.filter_map(|deed| deed.kind.fact()).collect()
    }

    /// Whether a rule's condition can hold once these deeds are done.
    pub(super) fn allows(&self, deeds: &[Deed<'a>], rule: &'a Rule) -> bool {
        let Some(condition) = &rule.if_ else { return true };
        let facts = self.facts(deeds, false);
        self.possible(&self.builder.reach_of(&rule.when), std::iter::once(condition.0.clone()).chain(facts))
    }

    /// Whether a change can turn what an occasion is about: to what sets it off (`true`), or back. What else holds then
    /// is given as facts.
    pub(super) fn turns(
        &self,
        occasion: &Occasion<'a>,
        kind: DeedKind<'a>,
        to: bool,
        facts: &[String],
    ) -> bool {
        match occasion {
            Occasion::Segment(place, joined) => {
                let condition = self.segments.get(*place).and_then(Option::as_ref);
                condition.is_some_and(|condition| self.can_make(condition, kind, *joined == to, facts))
            }
            Occasion::State(place) => self.turns_state(*place, kind, to, facts),
            Occasion::Stage(journey, stage, comes_in) => {
                let DeedKind::Emit(event, _) = kind else { return false };
                let stages = self.builder.document.journeys.get(*journey).map_or(&[][..], |j| &j.stages);
                let lands = |s: &Stage| s.touchpoints.iter().any(|t| t.event.contains(event));
                let mut lands = stages.iter().enumerate().filter(|(_, stage)| lands(stage));
                lands.any(|(place, _)| (place == *stage) == (*comes_in == to))
            }
            _ => true,
        }
    }

    /// Whether a change can make a lifecycle state begin, or end.
    fn turns_state(&self, state: usize, kind: DeedKind<'a>, to: bool, facts: &[String]) -> bool {
        let later = (state + 1..self.lifecycle.len()).any(|row| self.turns_row(row, kind, !to, facts));
        later || self.turns_row(state, kind, to, facts)
    }

    /// Whether a change can make a lifecycle row hold, or no longer hold.
    fn turns_row(&self, row: usize, kind: DeedKind<'a>, to: bool, facts: &[String]) -> bool {
        let model = self.builder.document.customer.as_ref().and_then(|c| c.lifecycle.get(row));
        let condition = self.lifecycle.get(row).and_then(|row| row.condition.as_ref());
        let by_event = model.is_some_and(|model| match kind {
            DeedKind::Emit(event, _) if to => model.event.as_deref() == Some(event),
            DeedKind::Emit(event, _) => model.idle.as_ref().is_some_and(|idle| idle.event == event),
            _ => false,
        });
        by_event || condition.is_some_and(|condition| self.can_make(condition, kind, to, facts))
    }

    /// Whether a condition of the customer can have a truth because of a change.
    fn can_make(&self, condition: &Program, kind: DeedKind<'a>, to: bool, known: &[String]) -> bool {
        let slots = self.builder.slots.borrow();
        let reads = |test: &dyn Fn(&Slot) -> bool| {
            condition.slots().iter().filter_map(|n| slots.get_index(*n as usize)).any(test)
        };
        let by_state = reads(&|slot| *slot == Slot::Lifecycle);
        let touches = match kind {
            DeedKind::Emit(event, _) => {
                let event = self.builder.names.event(event);
                let fed = |place: u32| self.features.get(place as usize).is_some_and(|f| f.event == event);
                reads(&|slot| matches!(slot, Slot::Feature(place) if fed(*place)))
            }
            DeedKind::Tag(tag) | DeedKind::Untag(tag) => {
                let named = condition.canonical().contains(&serde_json::Value::from(tag).to_string());
                named && reads(&|slot| *slot == Slot::Tags)
            }
            DeedKind::Set(field, _) => {
                let field = self.builder.names.field(field);
                reads(&|slot| matches!(slot, Slot::Profile(known) if Some(*known) == field))
            }
        };
        drop(slots);
        let wanted =
            if to { condition.canonical().to_owned() } else { format!("!{}", condition.canonical()) };
        let holds = |more: Option<String>| {
            let facts =
                kind.fact().into_iter().chain(self.counted(kind)).chain(more).chain(known.iter().cloned());
            self.possible(&self.builder.customer_reach(), std::iter::once(wanted.clone()).chain(facts))
        };
        let begins = |row: usize| {
            let id = self.builder.names.lifecycle().get(row)?;
            let here = format!("customer.lifecycle == {}", serde_json::Value::from(&**id));
            (self.turns_state(row, kind, true, known) && holds(Some(here))).then_some(())
        };
        (touches && holds(None)) || (by_state && (0..self.lifecycle.len()).any(|row| begins(row).is_some()))
    }

    /// What an emitted event makes of the features that count it.
    fn counted(&self, kind: DeedKind<'a>) -> impl Iterator<Item = String> {
        let event = match kind {
            DeedKind::Emit(event, _) => self.builder.names.event(event),
            _ => None,
        };
        let counts = move |feature: &&Feature| {
            let is_count = feature.spec.aggregate == Aggregate::Count && feature.condition.is_none();
            is_count && event.is_some() && feature.event == event
        };
        self.features.iter().filter(counts).map(|feature| format!("customer.{} >= 1", feature.id))
    }

    /// Whether conditions can hold together, as far as their texts tell.
    fn possible(&self, reach: &Reach, parts: impl Iterator<Item = String>) -> bool {
        let spelt: Vec<String> =
            parts.map(|text| format!("({})", expr::canonical(&text).unwrap_or(text))).collect();
        let text = spelt.join(" && ");
        if spelt.len() < 2 || text.len() > MAX_BYTES || self.n_probes.get() >= MAX_PROBES {
            return true;
        }
        self.n_probes.set(self.n_probes.get() + 1);
        let own = RefCell::default();
        let scope = InReach {
            names: &self.builder.names,
            document: self.builder.document,
            feature_types: &self.builder.feature_types,
            reach,
            slots: &own,
            all: &self.builder.all,
            suggest: Some(&self.builder.suggest),
        };
        expr::compile(&text, &scope).map_or(true, |program| expr::verdict(&program) != Some(false))
    }
}
