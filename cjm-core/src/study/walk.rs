//! The walk: every person of a log through the kernel once, in parallel, counted into one tally.
//!
//! Answers: the tally of a log. Does not know: tables. Parts of the log are counted apart and merged; merging is
//! exact, so the number of threads does not matter.

use std::ops::Range;

use crate::base::par;
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::blueprint::model::AttributeKind;
use crate::engine::bind::{Binding, RowView};
use crate::engine::stitch::People;
use crate::engine::{CustomerState, Unasked, kernel};
use crate::event::{AttributeId, EventLog, EventView};
use crate::insight::record::CustomerRecord;
use crate::insight::tally::{Cut, Labels, Now, Tally};
use crate::plan::{Plan, reserved};
use crate::signal::{Dated, Hear, Moment};

use super::IdentityView;

/// Parts per thread: enough to balance, few enough to merge cheaply.
const PARTS_PER_THREAD: usize = 4;

/// What the walk knows of the plan beforehand.
pub(super) struct Guide<'a> {
    pub(super) plan: &'a Plan,
    log: &'a EventLog,
    pub(super) binding: Binding<'a>,
    cuts: &'a [Cut],
    /// Dimensions asked for: attribute and profile field of each.
    dimensions: Vec<(Option<AttributeId>, Option<u32>)>,
    /// The attribute `reason`, when an event declares it as an enum.
    reason: Option<AttributeId>,
    answered: Option<crate::event::EventId>,
    survey: Option<AttributeId>,
    until: Option<Timestamp>,
    /// After what instant rows are left out, where there are any.
    cut_us: Option<i64>,
}

/// What one thread works with.
pub(super) struct Walker<'a> {
    pub(super) guide: &'a Guide<'a>,
    pub(super) state: CustomerState,
    pub(super) record: CustomerRecord,
    tally: Tally,
    /// By the log's name code: the last customer counted as having unmapped events.
    strangers: Vec<u64>,
}

/// Walks everyone.
pub(super) fn walk(
    plan: &Plan,
    log: &EventLog,
    people: &People<'_>,
    cuts: &[Cut],
    until: Option<Timestamp>,
    view: IdentityView,
) -> Tally {
    let guide = Guide::new(plan, log, cuts, until);
    let n = people.groups.as_ref().map_or(log.n_customers(), Vec::len);
    let parts = parts(n);
    let count = |part: Range<usize>| {
        let mut walker = Walker::new(&guide, log);
        match &people.groups {
            None => part.for_each(|customer| walker.person(guide.rows(customer))),
            Some(groups) => {
                for group in groups.get(part).unwrap_or_default() {
                    match (people.whole(group), view) {
                        (Some(one), _) => walker.person(guide.rows(one)),
                        (None, IdentityView::Final) => {
                            walker.person(people.rows(group, guide.cut_us).into_iter());
                        }
                        (None, IdentityView::AsKnown) => {
                            walker.person_as_known(&people.rows(group, guide.cut_us), people);
                        }
                    }
                }
            }
        }
        walker.tally
    };
    let empty = || Tally::new(plan, cuts.len(), log.event_names().len());
    let merge = |mut a: Tally, b: Tally| {
        a.merge(b);
        a
    };
    par::fold(parts, count, empty, merge)
}

/// Ranges of people of about equal size.
fn parts(n: usize) -> Vec<Range<usize>> {
    let size = n.div_ceil(par::threads() * PARTS_PER_THREAD).max(1);
    (0..n).step_by(size).map(|from| from..(from + size).min(n)).collect()
}

impl<'a> Guide<'a> {
    fn new(plan: &'a Plan, log: &'a EventLog, cuts: &'a [Cut], until: Option<Timestamp>) -> Self {
        let dimension = |cut: &Cut| match cut {
            Cut::Dimension(name) => Some((plan.names.attribute(name), plan.names.field(name))),
            _ => None,
        };
        let declares_reason = plan.document.events.values().any(|event| {
            event.attributes.get("reason").is_some_and(|ty| matches!(ty.kind, AttributeKind::Enum(_)))
        });
        Self {
            plan,
            log,
            binding: Binding::new(plan, log),
            cuts,
            dimensions: cuts.iter().filter_map(dimension).collect(),
            reason: plan.names.attribute("reason").filter(|_| declares_reason),
            answered: plan.names.event(reserved::ANSWERED),
            survey: plan.names.attribute("survey"),
            until,
            cut_us: until.filter(|until| Some(*until) < log.last()).map(Timestamp::as_micros),
        }
    }

    /// The rows of a customer of the log that are studied.
    fn rows(&self, customer: usize) -> Range<usize> {
        let rows = self.log.rows(customer);
        let Some(cut) = self.cut_us else { return rows };
        let times = self.log.times_us().get(rows.clone()).unwrap_or_default();
        rows.start..rows.start + times.partition_point(|at| *at <= cut)
    }
}

impl Guide<'_> {
    /// What writes moments into a record.
    pub(super) fn recorder<'r>(&self, record: &'r mut CustomerRecord) -> Recorder<'r> {
        Recorder { record, n_dimensions: self.dimensions.len(), event_us: None }
    }
}

impl<'a> Walker<'a> {
    fn new(guide: &'a Guide<'a>, log: &EventLog) -> Self {
        let names = log.event_names().len();
        Self {
            guide,
            state: CustomerState::new(guide.plan),
            record: CustomerRecord::new(guide.plan.journeys.len()),
            tally: Tally::new(guide.plan, guide.cuts.len(), names),
            strangers: vec![0; names],
        }
    }

    /// One person's events, in order, then time up to the end of the study.
    fn person(&mut self, rows: impl ExactSizeIterator<Item = usize>) {
        if rows.len() == 0 {
            return;
        }
        self.state.clear();
        self.record.clear();
        rows.for_each(|row| self.event(row));
        self.finish();
        self.settle();
    }

    /// One event of the state at hand.
    pub(super) fn event(&mut self, row: usize) {
        let Guide { plan, binding, .. } = self.guide;
        let view = binding.row(row);
        self.tally.events += 1;
        self.stranger(view.code);
        if view.event().is_some() && view.event() == self.guide.answered {
            self.answer(&view);
        }
        let known = self.record.begin_event();
        let mut recorder = self.guide.recorder(&mut self.record);
        recorder.event_us = Some(view.time().as_micros());
        kernel::apply(plan, &mut self.state, &view, &Unasked, &mut recorder);
        self.record.end_event(known);
        if !self.record.landed().is_empty() {
            self.enrich(&view);
        }
    }

    /// Time passes for the state at hand up to an instant, which stays open.
    pub(super) fn pass(&mut self, until: Timestamp) {
        kernel::pass(
            self.guide.plan,
            &mut self.state,
            until,
            false,
            &mut self.guide.recorder(&mut self.record),
        );
        let clock = &mut self.state.clock;
        if clock.frontier.is_some_and(|frontier| frontier < until) {
            (clock.frontier, clock.closed) = (Some(until), false);
        }
    }

    /// Time passes for the state at hand up to the end of the study.
    pub(super) fn finish(&mut self) {
        if let Some(until) = self.guide.until {
            kernel::tick(self.guide.plan, &mut self.state, until, &mut self.guide.recorder(&mut self.record));
        }
    }

    /// Counts an event whose name no touchpoint takes.
    fn stranger(&mut self, code: u32) {
        if !self.guide.binding.is_unmapped(code) {
            return;
        }
        let customer = self.tally.customers + 1;
        let counts = self.tally.unmapped.get_mut(code as usize);
        if let Some(((events, customers), last)) = counts.zip(self.strangers.get_mut(code as usize)) {
            *events += 1;
            *customers += u64::from(*last != customer);
            *last = customer;
        }
    }

    /// The scores of a survey answer.
    fn answer(&mut self, view: &RowView<'_>) {
        let plan = self.guide.plan;
        let survey = self.guide.survey.map_or(ValueRef::Null, |a| view.attribute(a));
        let ValueRef::Text(survey) = survey else { return };
        let Some((s, spec)) = (0_u32..).zip(&plan.surveys).find(|(_, spec)| *spec.id == *survey) else {
            return;
        };
        for (q, question) in (0_u32..).zip(&spec.questions) {
            let answer = question.kind.answer_of(view.attribute(question.attribute));
            let Some(answer) = answer.ok().and_then(|a| u8::try_from(a).ok()) else { continue };
            self.tally.score(s, q, question.kind, answer);
            if let Some((journey, touchpoint)) = question.at {
                let at_us = view.time().as_micros();
                self.record.answer((journey, touchpoint), question.kind, answer, at_us);
            }
        }
    }

    /// Dimensions and stated reasons of the trips that the event landed on.
    fn enrich(&mut self, view: &RowView<'_>) {
        if self.guide.dimensions.is_empty() && self.guide.reason.is_none() {
            return;
        }
        for place in 0..self.record.landed().len() {
            let Some(trip) = self.record.landed_mut(place) else { continue };
            for ((attribute, _), known) in self.guide.dimensions.iter().zip(&mut trip.dimensions) {
                if known.is_none() {
                    *known = attribute.and_then(|a| label(&mut self.tally.labels, view.attribute(a)));
                }
            }
            let reason = self.guide.reason.and_then(|a| label(&mut self.tally.labels, view.attribute(a)));
            let reason = reason.and_then(|number| self.tally.labels.text(number));
            trip.reasons.extend(reason.map(|reason| (trip.steps.len().saturating_sub(1), reason.clone())));
        }
    }

    /// Counts the person, who is the state at hand by now.
    pub(super) fn settle(&mut self) {
        for (_, field) in &self.guide.dimensions {
            let value = field.map_or(ValueRef::Null, |f| self.state.facts.profile.value(f as usize).as_ref());
            self.record.fill_dimension(label(&mut self.tally.labels, value));
        }
        self.tally.condition_errors += u64::from(self.state.counters.condition_errors);
        let facts = &self.state.facts;
        let now = Now { state: facts.lifecycle.row, segments: facts.segments };
        self.tally.add(self.guide.plan, self.guide.cuts, &self.record, now);
    }
}

/// The number of a value as a group's name.
fn label(labels: &mut Labels, value: ValueRef<'_>) -> Option<u32> {
    match value {
        ValueRef::Text(text) => Some(labels.number(text)),
        ValueRef::Bool(b) => Some(labels.number(if b { "true" } else { "false" })),
        ValueRef::Int(i) => Some(labels.number(&i.to_string())),
        ValueRef::Number(x) => Some(labels.number(&x.to_string())),
        ValueRef::Date(d) => Some(labels.number(&d.to_string())),
        _ => None,
    }
}

/// Writes moments into the record.
pub(super) struct Recorder<'a> {
    record: &'a mut CustomerRecord,
    n_dimensions: usize,
    /// When the event at hand happened; none while only time passes.
    event_us: Option<i64>,
}

impl Hear for Recorder<'_> {
    // inlined, so that the kernel's own code for each moment leads straight to its arm
    #[inline(always)]
    fn hear(&mut self, Dated { at, moment }: Dated) {
        let record = &mut *self.record;
        match moment {
            Moment::Landed(landing) => {
                record.land(&landing, at.as_micros());
            }
            Moment::Opened { journey, trip, persona } => {
                record.open(journey, trip, persona, at.as_micros(), self.n_dimensions);
            }
            Moment::Outside { journey, .. } => record.outside(journey),
            Moment::Crowded { journey } => record.crowded(journey),
            Moment::Reached { journey, trip } => {
                if let Some(trip) = record.trip_mut(journey, trip) {
                    trip.reached_us = Some(at.as_micros());
                }
            }
            Moment::Ended { journey, trip, end } => {
                if let Some(trip) = record.trip_mut(journey, trip) {
                    trip.end = Some(end);
                    // what is due by time alone is due before the event
                    trip.closed_us = self.event_us.filter(|event| *event == at.as_micros());
                }
            }
            Moment::Becomes { from, state } => record.moved(from, Some(state), at.as_micros()),
            Moment::Joins { segment } => record.side.segments |= 1_u128.checked_shl(segment).unwrap_or(0),
            Moment::Quits { segment } => record.side.segments &= !1_u128.checked_shl(segment).unwrap_or(0),
            Moment::Enter { .. } | Moment::Leave { .. } | Moment::Skip { .. } | Moment::Back { .. } => {}
        }
    }
}
