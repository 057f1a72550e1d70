//! What a rule waits for and what of it has been seen: the trigger's half of an explanation.
//!
//! Answers: the parts of a trigger with the recent events that played them, the match under way or the last one, and
//! what is still missing. Does not know: policy. It sees what a state remembers: the last 256 events, of each only the
//! attributes that some rule reads.

use std::cell::Cell;
use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::engine::recent::{Again, CHANNEL, RecentEvent};
use crate::engine::rules::{key_text, present_trip};
use crate::engine::scope::Asker;
use crate::engine::state::CustomerState;
use crate::event::{AttributeId, EventId, EventView};
use crate::expr::{Assessed, Program};
use crate::journey::Situation;
use crate::plan::Plan;
use crate::rule::{self, AbsenceSpec, EventTest, Match, Matched, MomentTest, PatternSpec, Read, TotalSpec};

use super::said::{Change, Form, Happened, Part, Partial, Role, Seen, Trigger, Wait, Waiting, Window};

/// How many of the recent events of a part are shown.
const SHOWN: usize = 3;

/// A trigger looked at, with the match that comes nearest.
pub(super) struct Looked {
    /// What it waits for and what was seen.
    pub(super) trigger: Trigger,
    /// The match under way, or the last.
    pub(super) found: Option<Match>,
    /// Whether the match is still to come.
    pub(super) pending: bool,
    /// What is still missing for a match.
    pub(super) gap: Vec<Change>,
}

/// One rule's trigger over one state.
pub(super) struct Look<'a> {
    pub(super) plan: &'a Plan,
    pub(super) state: &'a CustomerState,
    pub(super) rule: u32,
    pub(super) at: Timestamp,
}

/// A recent event in its part.
struct Fitting<'a> {
    recent: &'a RecentEvent,
    key: Value,
    fits: bool,
    condition: Option<Assessed>,
}

impl Look<'_> {
    /// Looks at the trigger; `None` of a rule that the plan does not have.
    pub(super) fn look(&self) -> Option<Looked> {
        let spec = self.plan.rules.patterns.spec(self.rule)?;
        let parts = self.parts(spec);
        let gap = self.gap(spec);
        let patterns = &self.plan.rules.patterns;
        let matcher = &self.state.rules.matcher;
        let waits = matcher.seen_waits(self.rule);
        let partial = matcher.seen_runs(patterns, self.rule, self.at);
        let windows = matcher.seen_windows(patterns, self.rule, self.at);
        let trigger = Trigger {
            form: self.form(spec),
            key: spec.key.as_ref().map(|key| key.text().to_owned()),
            parts,
            waits: waits.iter().map(|wait| self.wait(wait)).collect(),
            partial: partial.iter().map(|run| self.partial(spec, run)).collect(),
            windows: windows.into_iter().map(window).collect(),
        };
        let (found, pending) = self.found(spec, &waits);
        Some(Looked { trigger, found, pending, gap })
    }

    /// The match under way, else the last there was.
    fn found(&self, spec: &PatternSpec, waits: &[rule::SeenWait]) -> (Option<Match>, bool) {
        let own = |found: &Match| found.rule == self.rule;
        let first = |a: &&crate::engine::rules::Ahead| own(&a.found) && (a.item.is_some() || a.step == 0);
        if let Some(ahead) = self.state.rules.ahead.iter().find(first) {
            return (Some(ahead.found.clone()), true);
        }
        if let Some(wait) = waits.iter().find(|wait| wait.ended_by.is_empty()) {
            let events = wait.event.iter().cloned().collect();
            let nth = wait.event.as_ref().map_or(0, |event| event.nth);
            let found = Match { began: wait.since, nth, events, ..Match::at(self.rule, wait.due) };
            return (Some(Match { key: wait.key.clone(), ..found }), true);
        }
        let made = self.state.rules.made.iter().filter(|made| made.escalates.is_none() && own(&made.found));
        let made = made.map(|made| made.found.clone()).max_by_key(|found| found.due);
        let recent = self.again(spec);
        let last = match (made, recent) {
            (Some(made), Some(recent)) if recent.due > made.due => Some(recent),
            (made, recent) => made.or(recent),
        };
        (last, false)
    }

    /// The last match that the recent events tell of: of an event, a count or sum, a wait that was not ended.
    fn again(&self, spec: &PatternSpec) -> Option<Match> {
        let of = |test: &EventTest| {
            let mut fitting = self.fitting(spec, std::slice::from_ref(test)).into_iter();
            fitting.find(|f| f.fits)
        };
        let found = |f: &Fitting<'_>, due: Timestamp| Match {
            key: f.key.clone(),
            began: f.recent.at,
            events: std::iter::once(Arc::new(self.matched(f.recent))).collect(),
            ..Match::at(self.rule, due)
        };
        match &spec.form {
            rule::Form::Event(test, _) => of(test).map(|f| found(&f, f.recent.at)),
            rule::Form::Total(total) => of(&total.test).map(|f| found(&f, f.recent.at)),
            rule::Form::Absence(absence) => {
                let after = self.fitting(spec, &absence.after);
                let armed = after.iter().find(|f| f.fits)?;
                Some(found(armed, armed.recent.at.plus(absence.lasts)))
            }
            _ => None,
        }
    }

    /// The recent events of some tests, the latest first.
    fn fitting(&self, spec: &PatternSpec, tests: &[EventTest]) -> Vec<Fitting<'_>> {
        let seen = |recent: &&RecentEvent| !recent.retracted && recent.at <= self.at;
        let mut recent: Vec<&RecentEvent> = self.state.recent.iter().filter(seen).collect();
        recent.sort_by_key(|recent| (recent.at, recent.sequence));
        recent.into_iter().rev().filter_map(|recent| self.fits(spec, tests, recent)).collect()
    }

    /// A recent event in its part; `None` when no test names it.
    fn fits<'s>(
        &'s self,
        spec: &PatternSpec,
        tests: &[EventTest],
        recent: &'s RecentEvent,
    ) -> Option<Fitting<'s>> {
        let event = Again { recent, layout: &self.plan.layout };
        let name = event.event()?;
        let named: Vec<&EventTest> = tests.iter().filter(|test| test.events.contains(&name)).collect();
        if named.is_empty() {
            return None;
        }
        let errors = Cell::new(0);
        let (facts, zone) = (&self.state.facts, self.state.zone.as_ref());
        let asker = Asker::new(self.plan, facts, zone, Some(&event), recent.at, &errors);
        let at = Situation { trip: present_trip(&self.state.trips.open) };
        let key = spec.key.as_ref().map(|key| asker.compute(key, at, &()));
        let assess = |condition: &Program| asker.assess((condition, true), at, &());
        let assessed: Vec<Option<Assessed>> =
            named.iter().map(|test| test.condition.as_ref().map(assess)).collect();
        let holds = |a: &Option<Assessed>| a.as_ref().is_none_or(|a| a.holds == Some(true));
        let asked = match &spec.form {
            rule::Form::Event(_, Some((attribute, id))) => event.attribute(*attribute) == ValueRef::Text(id),
            _ => true,
        };
        let keyed = key.as_ref().is_none_or(|key| !key.is_null());
        let fits = asked && keyed && assessed.iter().any(holds);
        let shown = assessed.iter().find(|a| holds(a)).or(assessed.first()).cloned().flatten();
        Some(Fitting { recent, key: key.unwrap_or_default(), fits, condition: shown })
    }

    /// The small copy of a recent event that a match would hold: source and id are not remembered.
    fn matched(&self, recent: &RecentEvent) -> Matched {
        let layout = &self.plan.layout;
        let value = |(id, value): &(u64, Value)| {
            let read = match *id {
                CHANNEL => Read::Channel,
                id => Read::Attribute(AttributeId(layout.attributes.place(id)?)),
            };
            Some((read, value.clone()))
        };
        Matched {
            key: recent.key,
            source: "".into(),
            id: "".into(),
            name: layout.events.place(recent.name).map(EventId),
            time: recent.at,
            sequence: recent.sequence,
            nth: 0,
            by: recent.by,
            values: recent.values.iter().flatten().filter_map(value).collect(),
        }
    }

    fn parts(&self, spec: &PatternSpec) -> Vec<Part> {
        let one = |role: Role, test: &EventTest| self.part(spec, role, test);
        match &spec.form {
            rule::Form::Event(test, _) => vec![one(Role::Event, test)],
            rule::Form::Total(total) => vec![one(Role::Counted, &total.test)],
            rule::Form::Absence(absence) => {
                let after = absence.after.iter().map(|test| one(Role::After, test));
                after.chain(absence.without.iter().map(|test| one(Role::Without, test))).collect()
            }
            rule::Form::Sequence(sequence) => {
                let steps = (0_u32..).zip(sequence.steps());
                let role = |place, negated| if negated { Role::Not(place) } else { Role::Step(place) };
                steps.map(|(place, step)| one(role(place, step.negated), &step.test)).collect()
            }
            rule::Form::Moment(_) | rule::Form::Stay(..) | rule::Form::Schedule(_) => Vec::new(),
        }
    }

    fn part(&self, spec: &PatternSpec, role: Role, test: &EventTest) -> Part {
        let fitting = self.fitting(spec, std::slice::from_ref(test));
        let seen = |f: &Fitting<'_>| {
            let event = self.plan.layout.events.place(f.recent.name).map(EventId);
            let event = event.and_then(|event| self.plan.names.event_name(event)).cloned();
            let (at, key, condition) = (f.recent.at, key_text(&f.key), f.condition.clone());
            Seen { event: event.unwrap_or_default(), at, key, condition }
        };
        Part {
            role,
            events: self.names(&test.events),
            condition: test.condition.as_ref().map(|condition| condition.text().to_owned()),
            n_seen: fitting.len(),
            n_fit: fitting.iter().filter(|f| f.fits).count(),
            last: fitting.iter().take(SHOWN).map(seen).collect(),
        }
    }

    fn names(&self, events: &[EventId]) -> Vec<Arc<str>> {
        events.iter().filter_map(|event| self.plan.names.event_name(*event)).cloned().collect()
    }

    fn form(&self, spec: &PatternSpec) -> Form {
        match &spec.form {
            rule::Form::Event(_, survey) => Form::Event { survey: survey.as_ref().map(|(_, id)| id.clone()) },
            rule::Form::Sequence(sequence) => Form::Sequence { within: sequence.within() },
            rule::Form::Absence(absence) => Form::Absence { lasts: absence.lasts },
            rule::Form::Total(total) => {
                let TotalSpec { attribute, at_least, within, .. } = total;
                let sum = attribute.and_then(|a| self.plan.names.attribute_name(a)).cloned();
                Form::Total { sum, at_least: Value::Money(*at_least), within: *within }
            }
            rule::Form::Moment(test) => self.moment(test, None),
            rule::Form::Stay(test, _) => {
                let waits = self.state.rules.matcher.seen_waits(self.rule);
                self.moment(test, waits.first().map(|wait| wait.due))
            }
            rule::Form::Schedule(_) => Form::Schedule { next: self.state.rules.matcher.seen_next(self.rule) },
        }
    }

    fn moment(&self, test: &MomentTest, stay: Option<Timestamp>) -> Form {
        let stays =
            matches!(self.plan.rules.patterns.spec(self.rule).map(|s| &s.form), Some(rule::Form::Stay(..)));
        let (moment, of) = self.moment_words(test);
        let moment = if stays { "stay" } else { moment };
        let (standing, since) = self.standing(test);
        Form::Moment { moment, of, standing, since, due: stay.or_else(|| self.becomes_at(test)) }
    }

    /// The kind of a moment and what it is about.
    fn moment_words(&self, test: &MomentTest) -> (&'static str, Arc<str>) {
        let document = &self.plan.document;
        let journey = |j: u32| document.journeys.get(j as usize);
        let stage = |j: u32, s: u32| journey(j).and_then(|j| j.stages.get(s as usize)).map(|s| s.id.as_str());
        let touchpoint = |j: u32, t: u32| {
            let all = journey(j)?.stages.iter().flat_map(|s| &s.touchpoints);
            all.map(|t| t.id.as_str()).nth(t as usize)
        };
        let (moment, of) = match *test {
            MomentTest::Enter { journey, stage: s } => ("enter", stage(journey, s)),
            MomentTest::Leave { journey, stage: s } => ("leave", stage(journey, s)),
            MomentTest::Back { journey, stage: s } => ("back", stage(journey, s)),
            MomentTest::Land { journey, touchpoint: t } => ("land", touchpoint(journey, t)),
            MomentTest::Skip { journey, touchpoint: t } => ("skip", touchpoint(journey, t)),
            MomentTest::Reached { journey: j } => ("reached", journey(j).map(|j| j.id.as_str())),
            MomentTest::Abandoned { journey: j } => ("abandoned", journey(j).map(|j| j.id.as_str())),
            MomentTest::Becomes { state } => {
                ("becomes", self.plan.names.lifecycle().get(state as usize).map(|s| &**s))
            }
            MomentTest::Joins { segment } => {
                ("joins", self.plan.names.segments().get(segment as usize).map(|s| &**s))
            }
            MomentTest::Quits { segment } => {
                ("quits", self.plan.names.segments().get(segment as usize).map(|s| &**s))
            }
        };
        (moment, of.unwrap_or_default().into())
    }

    /// Where the customer stands in what a moment is about, and since when.
    fn standing(&self, test: &MomentTest) -> (Option<Arc<str>>, Option<Timestamp>) {
        let journey = match *test {
            MomentTest::Becomes { .. } => {
                let lifecycle = &self.state.facts.lifecycle;
                let state = self.state.lifecycle(self.plan).map(Arc::from);
                return (state, lifecycle.row.map(|_| lifecycle.since));
            }
            MomentTest::Joins { segment } | MomentTest::Quits { segment } => {
                let member = self.state.facts.segments.checked_shr(segment).unwrap_or(0) & 1 == 1;
                let name = self.plan.names.segments().get(segment as usize);
                return (name.filter(|_| member).cloned(), None);
            }
            MomentTest::Enter { journey, .. }
            | MomentTest::Leave { journey, .. }
            | MomentTest::Back { journey, .. }
            | MomentTest::Land { journey, .. }
            | MomentTest::Skip { journey, .. }
            | MomentTest::Reached { journey }
            | MomentTest::Abandoned { journey } => journey,
        };
        let open = self.state.trips.open.iter().filter(|trip| trip.journey == journey);
        let Some(trip) = open.max_by_key(|trip| (trip.landed, trip.opened)) else { return (None, None) };
        let stages = self.plan.document.journeys.get(journey as usize).map(|journey| &journey.stages);
        let stage = trip.stop.and_then(|stop| stages?.get(stop.stage as usize));
        (stage.map(|stage| stage.id.as_str().into()), Some(trip.stage_since))
    }

    /// When a lifecycle state begins by time alone.
    fn becomes_at(&self, test: &MomentTest) -> Option<Timestamp> {
        let MomentTest::Becomes { state } = test else { return None };
        let (tracked, lasts) = self.plan.lifecycle.get(*state as usize)?.idle?;
        let seen = self.state.facts.lifecycle.seen.get(tracked as usize)?.as_ref()?;
        Some(seen.last.plus(lasts)).filter(|due| *due > self.at)
    }

    fn wait(&self, wait: &rule::SeenWait) -> Wait {
        let ended = |key: &u64| {
            let recent = self.state.recent.iter().find(|recent| recent.key == *key)?;
            let event = self.plan.layout.events.place(recent.name).map(EventId);
            let event = event.and_then(|event| self.plan.names.event_name(event)).cloned();
            Some(Happened { event, at: recent.at })
        };
        let ended_by = wait.ended_by.iter().filter_map(ended).collect();
        Wait { key: key_text(&wait.key), since: wait.since, due: wait.due, ended_by }
    }

    fn partial(&self, spec: &PatternSpec, run: &rule::SeenRun) -> Partial {
        let rule::Form::Sequence(sequence) = &spec.form else {
            return Partial { key: None, events: Vec::new(), next: Vec::new(), until: run.until };
        };
        let name = |event: Option<EventId>| event.and_then(|e| self.plan.names.event_name(e)).cloned();
        let steps = run.next.iter().filter_map(|step| sequence.steps().get(*step as usize));
        Partial {
            key: key_text(&run.key),
            events: run.taken.iter().map(|(_, e)| Happened { event: name(e.name), at: e.time }).collect(),
            next: steps.flat_map(|step| self.names(&step.test.events)).collect(),
            until: run.until,
        }
    }

    /// What is still missing for a match.
    fn gap(&self, spec: &PatternSpec) -> Vec<Change> {
        let wait = |until: Timestamp| vec![Change::Wait { until, what: Waiting::Trigger }];
        if let Some(ahead) = self.state.rules.ahead.iter().find(|a| a.found.rule == self.rule && a.step == 0)
        {
            let what = if ahead.item.is_some() { Waiting::Quiet } else { Waiting::Trigger };
            return vec![Change::Wait { until: ahead.due, what }];
        }
        match &spec.form {
            rule::Form::Event(test, _) => self.missing(spec, std::slice::from_ref(test)),
            rule::Form::Absence(absence) => self.absence_gap(spec, absence),
            rule::Form::Total(total) => self.total_gap(spec, total),
            rule::Form::Sequence(sequence) => {
                let runs = self.state.rules.matcher.seen_runs(&self.plan.rules.patterns, self.rule, self.at);
                let furthest = runs.iter().rev().max_by_key(|run| run.taken.last().map(|(step, _)| *step));
                let (steps, until) = match furthest {
                    Some(run) => (run.next.clone(), Some(run.until)),
                    None => ((0..1).collect(), None),
                };
                let steps = steps.iter().filter_map(|step| sequence.steps().get(*step as usize));
                let events = steps.flat_map(|step| self.names(&step.test.events)).collect();
                vec![Change::Event { events, n: 1, until, within: None }]
            }
            rule::Form::Moment(_) | rule::Form::Stay(..) => match self.form(spec) {
                Form::Moment { due: Some(due), .. } => wait(due),
                Form::Moment { moment, of, .. } => vec![Change::Moment { moment, of }],
                _ => Vec::new(),
            },
            rule::Form::Schedule(_) => self.state.rules.matcher.seen_next(self.rule).map_or(Vec::new(), wait),
        }
    }

    /// Nothing when an event fits; else what the last one would have to be, else that one comes.
    fn missing(&self, spec: &PatternSpec, tests: &[EventTest]) -> Vec<Change> {
        let fitting = self.fitting(spec, tests);
        if fitting.iter().any(|f| f.fits) {
            return Vec::new();
        }
        let condition = fitting.first().and_then(|f| f.condition.as_ref());
        let changes = condition.map(super::nearest::values).unwrap_or_default();
        if !changes.is_empty() {
            return changes;
        }
        let events = tests.iter().flat_map(|test| self.names(&test.events)).collect();
        vec![Change::Event { events, n: 1, until: None, within: None }]
    }

    fn absence_gap(&self, spec: &PatternSpec, absence: &AbsenceSpec) -> Vec<Change> {
        let waits = self.state.rules.matcher.seen_waits(self.rule);
        if let Some(open) = waits.iter().find(|wait| wait.ended_by.is_empty()) {
            return vec![Change::Wait { until: open.due, what: Waiting::Trigger }];
        }
        let after = self.fitting(spec, &absence.after);
        let Some(armed) = after.iter().find(|f| f.fits) else { return self.missing(spec, &absence.after) };
        let rank = |recent: &RecentEvent| (recent.at, recent.sequence);
        let due = armed.recent.at.plus(absence.lasts);
        let ends = |f: &&Fitting<'_>| {
            f.fits && f.key == armed.key && rank(f.recent) > rank(armed.recent) && f.recent.at <= due
        };
        let without = self.fitting(spec, &absence.without);
        let enders = without.iter().filter(ends).map(|f| {
            let event = self.plan.layout.events.place(f.recent.name).map(EventId);
            let event = event.and_then(|event| self.plan.names.event_name(event)).cloned();
            Change::Without { events: event.into_iter().collect(), at: f.recent.at }
        });
        let mut changes: Vec<Change> = enders.collect();
        changes.reverse();
        if due > self.at {
            changes.push(Change::Wait { until: due, what: Waiting::Trigger });
        }
        changes
    }

    fn total_gap(&self, spec: &PatternSpec, total: &TotalSpec) -> Vec<Change> {
        let windows = self.state.rules.matcher.seen_windows(&self.plan.rules.patterns, self.rule, self.at);
        let amount = |value: &Value| match value {
            Value::Int(i) => Some(rust_decimal::Decimal::from(*i)),
            Value::Money(d) => Some(*d),
            value => value.as_ref().as_f64().and_then(|x| rust_decimal::Decimal::try_from(x).ok()),
        };
        let totals = windows.iter().filter_map(|window| amount(window.total.as_ref()?));
        let most = totals.max().unwrap_or_default();
        let Some(missing) = total
            .at_least
            .checked_sub(most)
            .filter(|missing| missing.is_sign_positive() && !missing.is_zero())
        else {
            return Vec::new();
        };
        if let Some(attribute) = total.attribute.and_then(|a| self.plan.names.attribute_name(a)) {
            let (attribute, missing) = (attribute.clone(), Value::Money(missing.normalize()));
            return vec![Change::Amount { attribute, missing, within: total.within }];
        }
        let n = u64::try_from(missing.ceil()).unwrap_or(u64::MAX);
        let changes = if windows.is_empty() {
            self.missing(spec, std::slice::from_ref(&total.test))
        } else {
            Vec::new()
        };
        let more = Change::Event {
            events: self.names(&total.test.events),
            n,
            until: None,
            within: Some(total.within),
        };
        let values = changes.into_iter().filter(|change| n == 1 && matches!(change, Change::Value { .. }));
        let values: Vec<Change> = values.collect();
        if values.is_empty() { vec![more] } else { values }
    }
}

fn window(window: rule::SeenWindow) -> Window {
    Window { key: key_text(&window.key), total: window.total, oldest: window.oldest }
}
