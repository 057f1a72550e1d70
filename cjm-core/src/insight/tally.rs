//! Counting: one customer's record into mergeable cells, by journey, touchpoint and group.
//!
//! Answers: every count, duration and emotion behind the tables. Merging in any order gives the same tables.
//! Does not know: how rows are written (see the table modules), where records come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use smallvec::{SmallVec, smallvec};

use crate::plan::Plan;
use crate::score::{EmotionAcc, EmotionSource, ScoreCounts, ScoreKind, emotion_of};
use crate::signal::TripEnd;

use super::record::{AnswerRecord, CustomerRecord, Step, TripRecord};
use super::rows::Group;
use super::walk::first_deviation;

/// Groups of a trip by position, with the scenario's bit where only its steps count.
type Groups = SmallVec<[(usize, Option<u128>); 8]>;

/// What tables are cut by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// The persona of the trip.
    Persona,
    /// The scenarios of the landed event.
    Scenario,
    /// The segments of the customer when the trip opened.
    Segment,
    /// A dimension: an event attribute or a profile field.
    Dimension(Arc<str>),
}

/// How a visit went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The trip went on to another landed event.
    Went,
    /// The trip was abandoned right here.
    Dropped,
    /// The trip was completed here, is still open here or was merged.
    Rest,
}

/// Visits of one fate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FateCell {
    /// Visits.
    pub visits: u64,
    /// Measured waits, microseconds.
    pub waits_us: Vec<i64>,
    /// Emotions.
    pub emotion: EmotionAcc,
    /// Visits of trips that had complained by then.
    pub complained: u64,
}

/// One touchpoint in one group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TouchCell {
    /// Customers who were here.
    pub customers: u64,
    /// Trips that were here.
    pub trips: u64,
    /// Visits by how they went on: went, dropped, rest.
    pub fates: [FateCell; 3],
    /// Visits after which the trip went on to another touchpoint.
    pub next: u64,
    /// Times until the trip's next landed event, microseconds.
    pub dwell_us: Vec<i64>,
    /// Visits with a wait and an expectation.
    pub rated: u64,
    /// Of those the ones that waited longer than expected.
    pub over: u64,
    /// Customers by what happened to them here.
    pub harm: HarmCounts,
    /// Customers lost right here and why they said so.
    pub lost_customers: u64,
    /// Stated reasons of those.
    pub reasons: BTreeMap<Arc<str>, u64>,
    mark: u32,
    flags: u8,
    trip_mark: u64,
}

/// Customers at a touchpoint, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HarmCounts {
    /// Harmed by anything below.
    pub harmed: u64,
    /// Abandoned a trip right here.
    pub dropped: u64,
    /// Had a visit whose trip went on or ended.
    pub decided: u64,
    /// Gave a bad score.
    pub bad: u64,
    /// Gave a score.
    pub scored: u64,
    /// Waited longer than expected.
    pub over: u64,
    /// Had a wait with an expectation.
    pub rated: u64,
}

mod flag {
    pub(super) const HARMED: u8 = 1;
    pub(super) const DROPPED: u8 = 2;
    pub(super) const DECIDED: u8 = 4;
    pub(super) const BAD: u8 = 8;
    pub(super) const SCORED: u8 = 16;
    pub(super) const OVER: u8 = 32;
    pub(super) const RATED: u8 = 64;
}

/// One stage in one group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StageCell {
    /// Trips ever here.
    pub trips: u64,
    /// Customers ever here.
    pub customers: u64,
    /// Times entered.
    pub entered: u64,
    /// Times left for another stage.
    pub left: u64,
    /// Trips that ended here with the goal.
    pub completed: u64,
    /// Trips that ended here without it, or were merged.
    pub dropped: u64,
    /// Open trips here.
    pub inside: u64,
    /// Stays of visits that ended, microseconds.
    pub stays_us: Vec<i64>,
    mark: u32,
    trip_mark: u64,
}

/// One journey in one group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JourneyCell {
    /// Customers with a trip.
    pub customers: u64,
    /// Trips.
    pub trips: u64,
    /// Trips that reached the goal.
    pub reached: u64,
    /// Trips that ended with the goal.
    pub completed: u64,
    /// Trips that ended without it.
    pub abandoned: u64,
    /// Trips taken over in a merge.
    pub merged: u64,
    /// Open trips.
    pub open: u64,
    /// Trips without a deviation.
    pub conforming: u64,
    /// Trips whose persona is unassigned.
    pub unassigned: u64,
    /// Events that landed while no trip was open.
    pub outside: u64,
    /// Times from entry to goal, microseconds.
    pub to_goal_us: Vec<i64>,
    /// By position.
    pub stages: Vec<StageCell>,
    /// By position.
    pub touchpoints: Vec<TouchCell>,
    /// First deviations.
    pub deviations: BTreeMap<Deviation, u64>,
    mark: u32,
}

/// What a trip did first that the map does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deviation {
    /// Touchpoint before; none at the start.
    pub after: Option<u32>,
    /// Touchpoint done instead; none at the end.
    pub then: Option<u32>,
    /// What kind.
    pub kind: DeviationKind,
}

/// Kinds of deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviationKind {
    /// A required touchpoint was passed over.
    Skipped,
    /// An earlier touchpoint came again.
    Back,
    /// A touchpoint that may not repeat came twice in a row.
    Repeated,
    /// Not among the allowed successions.
    NotInFlow,
}

/// Customers lapsed into a state from a touchpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LapseCell {
    /// Lapses.
    pub losses: u64,
    /// Customers.
    pub customers: u64,
    /// Emotion at the last touchpoint.
    pub emotion: EmotionAcc,
    /// Waits before it, microseconds.
    pub waits_us: Vec<i64>,
    /// Customers whose last trip had complained.
    pub complained: u64,
    /// Stated reasons.
    pub reasons: BTreeMap<Arc<str>, u64>,
    mark: u32,
}

/// Everything counted for one group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupCells {
    /// By position.
    pub journeys: Vec<JourneyCell>,
    /// Customers by lifecycle state now, times moved in, times moved out.
    pub lifecycle: Vec<[u64; 3]>,
    /// Lapses by (state, journey, touchpoint); none where nothing had landed.
    pub lapses: BTreeMap<(u32, Option<(u32, u32)>), LapseCell>,
    /// Customers of the group.
    pub customers: u64,
}

/// Everything counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// Groups by their cut; everyone first.
    pub groups: IndexMap<Group, GroupCells>,
    /// Lifecycle moves: count and customers.
    pub moves: BTreeMap<(Option<u32>, u32), (u64, u64)>,
    /// Survey scores by (survey, question).
    pub scores: BTreeMap<(u32, u32), ScoreCounts>,
    /// Scores that events carried, by (journey, touchpoint).
    pub event_scores: BTreeMap<(u32, u32), ScoreCounts>,
    /// Events.
    pub events: u64,
    /// Customers.
    pub customers: u64,
    /// Conditions that ended in an error.
    pub condition_errors: u64,
    /// By number of the log's event names: events and customers of names that no touchpoint takes.
    pub unmapped: Vec<(u64, u64)>,
    serial: u32,
    trip_serial: u64,
}

impl GroupCells {
    fn new(plan: &Plan) -> Self {
        let journey = |spec: &crate::journey::JourneySpec| JourneyCell {
            stages: vec![StageCell::default(); spec.n_stages as usize],
            touchpoints: vec![TouchCell::default(); spec.touchpoints.len()],
            ..JourneyCell::default()
        };
        Self {
            journeys: plan.journeys.iter().map(journey).collect(),
            lifecycle: vec![[0; 3]; plan.lifecycle.len()],
            ..Self::default()
        }
    }
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(plan: &Plan, n_log_names: usize) -> Self {
        let mut tally = Self { unmapped: vec![(0, 0); n_log_names], ..Self::default() };
        tally.groups.insert(Group::default(), GroupCells::new(plan));
        tally
    }

    /// Counts one customer.
    pub fn add(&mut self, plan: &Plan, cuts: &[Cut], record: &CustomerRecord, state: Option<u32>) {
        self.serial += 1;
        self.customers += 1;
        for trip in record.trips() {
            self.trip_serial += 1;
            for (group, mask) in self.groups_of(plan, cuts, trip) {
                self.trip(plan, group, mask, trip);
            }
            self.count_event_scores(plan, trip);
        }
        for answer in &record.answers {
            self.answer(plan, cuts, record, answer);
        }
        let own = record.trips().last().map(|t| self.groups_of(plan, cuts, t));
        for (group, mask) in own.unwrap_or_else(|| smallvec![(0, None)]) {
            if mask.is_none() {
                self.customer(plan, group, record, state);
            }
        }
        self.strays(record);
    }

    /// The emotion of a survey answer, in every group of the step it belongs to.
    fn answer(&mut self, plan: &Plan, cuts: &[Cut], record: &CustomerRecord, answer: &AnswerRecord) {
        let Some((place, step)) = answer.step else { return };
        let Some(trip) = record.trips().get(place) else { return };
        let (Some(at), Ok(emotion)) =
            (trip.steps.get(step), emotion_of(answer.kind, i64::from(answer.answer)))
        else {
            return;
        };
        let fate = fate_of(trip, step);
        let serial = self.serial;
        for (group, mask) in self.groups_of(plan, cuts, trip) {
            if mask.is_some_and(|m| at.scenarios & m == 0) {
                continue;
            }
            let cells = self.groups.get_index_mut(group).map(|(_, cells)| cells);
            let journey = cells.and_then(|c| c.journeys.get_mut(trip.journey as usize));
            if let Some(cell) = journey.and_then(|j| j.touchpoints.get_mut(at.touchpoint as usize)) {
                cell.meet(serial, true);
                cell.feel(fate, answer.kind.into(), emotion);
            }
        }
    }

    /// Events that landed outside trips, and answers that belong to no step.
    fn strays(&mut self, record: &CustomerRecord) {
        let serial = self.serial;
        let Some((_, all)) = self.groups.get_index_mut(0) else { return };
        for (journey, outside) in all.journeys.iter_mut().zip(&record.outside) {
            journey.outside += u64::from(*outside);
        }
        for answer in record.answers.iter().filter(|a| a.step.is_none()) {
            let journey = all.journeys.get_mut(answer.journey as usize);
            let cell = journey.and_then(|j| j.touchpoints.get_mut(answer.touchpoint as usize));
            let emotion = emotion_of(answer.kind, i64::from(answer.answer));
            if let (Some(cell), Ok(emotion)) = (cell, emotion) {
                cell.meet(serial, false);
                cell.feel(Fate::Rest, answer.kind.into(), emotion);
            }
        }
    }

    /// Counts a survey answer.
    pub fn score(&mut self, survey: u32, question: u32, kind: ScoreKind, answer: u8) {
        let counts = self.scores.entry((survey, question)).or_insert_with(|| ScoreCounts::new(kind));
        let _in_range = counts.add(i64::from(answer));
    }

    fn count_event_scores(&mut self, plan: &Plan, trip: &TripRecord) {
        for step in &trip.steps {
            let Some(answer) = step.score else { continue };
            let spec = plan.journeys.get(trip.journey as usize).and_then(|j| j.touchpoint(step.touchpoint));
            let Some(kind) = spec.and_then(|t| t.score.as_ref()).map(|s| s.kind) else { continue };
            let place = (trip.journey, step.touchpoint);
            let counts = self.event_scores.entry(place).or_insert_with(|| ScoreCounts::new(kind));
            let _in_range = counts.add(i64::from(answer));
        }
    }

    /// The groups a trip belongs to, everyone first. A scenario's group comes with its bit: only steps in it count.
    fn groups_of(&mut self, plan: &Plan, cuts: &[Cut], trip: &TripRecord) -> Groups {
        let mut groups: Groups = smallvec![(0, None)];
        let mut dimension = 0;
        for cut in cuts {
            match cut {
                Cut::Scenario => {
                    for (bit, name) in (0_u32..).zip(plan.names.scenarios()) {
                        let mask = 1_u128.checked_shl(bit).unwrap_or(0);
                        if trip.steps.iter().any(|s| s.scenarios & mask != 0) {
                            groups.push((self.group(plan, "scenario", Some(name)), Some(mask)));
                        }
                    }
                }
                Cut::Persona => {
                    let journey = plan.document.journeys.get(trip.journey as usize);
                    let persona = trip.persona.and_then(|p| journey?.personas.get(p as usize));
                    groups.push((self.group(plan, "persona", persona.map(|p| p.id.as_str())), None));
                }
                Cut::Segment => {
                    for (bit, name) in plan.names.segments().iter().enumerate() {
                        if trip.segments.checked_shr(bit as u32).unwrap_or(0) & 1 == 1 {
                            groups.push((self.group(plan, "segment", Some(name)), None));
                        }
                    }
                }
                Cut::Dimension(name) => {
                    let value = trip.dimensions.get(dimension).cloned().flatten();
                    groups.push((self.group(plan, name, value.as_deref()), None));
                    dimension += 1;
                }
            }
        }
        groups
    }

    fn group(&mut self, plan: &Plan, by: &str, value: Option<&str>) -> usize {
        let group = Group { by: Some(by.to_owned()), value: value.map(str::to_owned) };
        match self.groups.get_index_of(&group) {
            Some(place) => place,
            None => self.groups.insert_full(group, GroupCells::new(plan)).0,
        }
    }

    /// Counts one trip in one group; with `mask` only its steps in that scenario.
    fn trip(&mut self, plan: &Plan, group: usize, mask: Option<u128>, trip: &TripRecord) {
        let serials = (self.serial, self.trip_serial);
        let Some((_, cells)) = self.groups.get_index_mut(group) else { return };
        let Some(journey) = cells.journeys.get_mut(trip.journey as usize) else { return };
        journey.count(plan, trip, serials.0);
        journey.count_stages(trip, mask, serials);
        journey.count_touchpoints(plan, trip, mask, serials);
    }

    /// Counts what concerns the customer as a whole: lifecycle, moves, lapses.
    fn customer(&mut self, plan: &Plan, group: usize, record: &CustomerRecord, state: Option<u32>) {
        let serial = self.serial;
        let Some((_, cells)) = self.groups.get_index_mut(group) else { return };
        cells.customers += 1;
        let mut bump = |state: Option<u32>, column: usize| {
            let cell =
                state.and_then(|s| cells.lifecycle.get_mut(s as usize)).and_then(|c| c.get_mut(column));
            if let Some(count) = cell {
                *count += 1;
            }
        };
        bump(state, 0);
        for moved in &record.moves {
            bump(Some(moved.to), 1);
            bump(moved.from, 2);
        }
        for moved in &record.moves {
            let idle = plan.lifecycle.get(moved.to as usize).is_some_and(|r| r.idle.is_some());
            if !idle {
                continue;
            }
            let last = moved.step.and_then(|(t, s)| Some((record.trips().get(t)?, s, t)));
            let key = last.and_then(|(t, s, _)| Some((t.journey, t.steps.get(s)?.touchpoint)));
            let cell = cells.lapses.entry((moved.to, key)).or_default();
            cell.losses += 1;
            if cell.mark != serial {
                cell.mark = serial;
                cell.customers += 1;
                if let Some((trip, step, place)) = last {
                    cell.complained += u64::from(complained(plan, trip));
                    cell.take(plan, record, trip, step, place);
                }
            }
        }
        if group == 0 {
            let mut seen = Vec::with_capacity(record.moves.len());
            for moved in &record.moves {
                let key = (moved.from, moved.to);
                let counts = self.moves.entry(key).or_default();
                counts.0 += 1;
                if !seen.contains(&key) {
                    seen.push(key);
                    counts.1 += 1;
                }
            }
        }
    }

    /// Adds what another tally counted of other customers.
    pub fn merge(&mut self, other: Self) {
        for (group, cells) in other.groups {
            match self.groups.get_mut(&group) {
                Some(mine) => mine.merge(cells),
                None => drop(self.groups.insert(group, cells)),
            }
        }
        for (key, (count, customers)) in other.moves {
            let mine = self.moves.entry(key).or_default();
            mine.0 += count;
            mine.1 += customers;
        }
        merge_scores(&mut self.scores, other.scores);
        merge_scores(&mut self.event_scores, other.event_scores);
        self.events += other.events;
        self.customers += other.customers;
        self.condition_errors += other.condition_errors;
        for (mine, theirs) in self.unmapped.iter_mut().zip(other.unmapped) {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
    }
}

fn merge_scores(mine: &mut BTreeMap<(u32, u32), ScoreCounts>, theirs: BTreeMap<(u32, u32), ScoreCounts>) {
    for (key, counts) in theirs {
        match mine.get_mut(&key) {
            Some(known) => {
                let _same_kind = known.merge(&counts);
            }
            None => drop(mine.insert(key, counts)),
        }
    }
}

/// How the visit of a step went on.
fn fate_of(trip: &TripRecord, step: usize) -> Fate {
    match trip.end {
        _ if step + 1 < trip.steps.len() => Fate::Went,
        Some(TripEnd::Abandoned) => Fate::Dropped,
        _ => Fate::Rest,
    }
}

/// Whether a step of the trip had a negative emotion of its own.
fn complained(plan: &Plan, trip: &TripRecord) -> bool {
    trip.steps.iter().any(|s| own_emotion(plan, trip, s).is_some_and(|(_, e)| e < 0.0))
}

/// The emotion that an event itself shows: its score, else what the map says it feels when nobody answered.
fn own_emotion(plan: &Plan, trip: &TripRecord, step: &Step) -> Option<(EmotionSource, f64)> {
    let spec = plan.journeys.get(trip.journey as usize)?.touchpoint(step.touchpoint)?;
    if let (Some(answer), Some(score)) = (step.score, &spec.score) {
        return emotion_of(score.kind, i64::from(answer)).ok().map(|e| (EmotionSource::Score, e));
    }
    spec.feels.filter(|_| !step.answered).map(|e| (EmotionSource::Feels, e))
}

impl JourneyCell {
    fn count(&mut self, plan: &Plan, trip: &TripRecord, serial: u32) {
        self.trips += 1;
        if self.mark != serial {
            self.mark = serial;
            self.customers += 1;
        }
        self.unassigned += u64::from(trip.persona.is_none());
        if let Some(reached) = trip.reached_us {
            self.reached += 1;
            self.to_goal_us.push(reached - trip.opened_us);
        }
        match trip.end {
            None => self.open += 1,
            Some(TripEnd::Completed) => self.completed += 1,
            Some(TripEnd::Abandoned) => self.abandoned += 1,
            Some(TripEnd::Merged) => self.merged += 1,
        }
        let map = plan.maps.get(trip.journey as usize);
        match map.and_then(|map| first_deviation(map, trip)) {
            None => self.conforming += 1,
            Some(deviation) => *self.deviations.entry(deviation).or_default() += 1,
        }
    }

    fn count_stages(&mut self, trip: &TripRecord, mask: Option<u128>, (serial, trip_serial): (u32, u64)) {
        let steps = &trip.steps;
        let mut from = 0;
        while let Some(first) = steps.get(from) {
            let length = steps.iter().skip(from).take_while(|s| s.stage == first.stage).count();
            let next = from + length;
            let last = steps.get(next - 1).unwrap_or(first);
            from = next;
            if mask.is_some_and(|m| first.scenarios & m == 0) {
                continue;
            }
            let Some(cell) = self.stages.get_mut(first.stage as usize) else { continue };
            cell.entered += 1;
            if cell.mark != serial {
                cell.mark = serial;
                cell.customers += 1;
            }
            if cell.trip_mark != trip_serial {
                cell.trip_mark = trip_serial;
                cell.trips += 1;
            }
            let ended = match (steps.get(next), trip.end) {
                (Some(after), _) => {
                    cell.left += 1;
                    Some(after.at_us)
                }
                (None, None) => {
                    cell.inside += 1;
                    None
                }
                (None, Some(TripEnd::Completed)) => {
                    cell.completed += 1;
                    Some(last.at_us)
                }
                (None, Some(_)) => {
                    cell.dropped += 1;
                    Some(last.at_us)
                }
            };
            cell.stays_us.extend(ended.map(|at| at - first.at_us));
        }
    }

    fn count_touchpoints(
        &mut self,
        plan: &Plan,
        trip: &TripRecord,
        mask: Option<u128>,
        (serial, trip_serial): (u32, u64),
    ) {
        let Some(spec) = plan.journeys.get(trip.journey as usize) else { return };
        let mut complained = false;
        for (place, step) in trip.steps.iter().enumerate() {
            let own = own_emotion(plan, trip, step);
            complained |= own.is_some_and(|(_, e)| e < 0.0);
            if mask.is_some_and(|m| step.scenarios & m == 0) {
                continue;
            }
            let fate = fate_of(trip, place);
            let Some(cell) = self.touchpoints.get_mut(step.touchpoint as usize) else { continue };
            cell.meet(serial, true);
            cell.trips += u64::from(cell.trip_mark != trip_serial);
            cell.trip_mark = trip_serial;
            if let Some(next) = trip.steps.get(place + 1) {
                cell.next += u64::from(next.touchpoint != step.touchpoint);
                cell.dwell_us.push(next.at_us - step.at_us);
            }
            let expected = spec.touchpoint(step.touchpoint).and_then(|t| t.expected_wait(step.scenarios));
            cell.wait(step.wait_us, expected.map(|w| w.as_micros()));
            cell.visit(fate, step.wait_us, complained);
            if let Some((source, emotion)) = own {
                cell.feel(fate, source, emotion);
            }
            if fate == Fate::Dropped {
                cell.lost_customers += u64::from(cell.raise(flag::DROPPED));
                cell.harm();
                for reason in &trip.reasons {
                    *cell.reasons.entry(reason.clone()).or_default() += 1;
                }
            }
            if trip.end.is_some() || fate == Fate::Went {
                cell.raise(flag::DECIDED);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.customers += other.customers;
        self.trips += other.trips;
        self.reached += other.reached;
        self.completed += other.completed;
        self.abandoned += other.abandoned;
        self.merged += other.merged;
        self.open += other.open;
        self.conforming += other.conforming;
        self.unassigned += other.unassigned;
        self.outside += other.outside;
        append(&mut self.to_goal_us, other.to_goal_us);
        for (key, n) in other.deviations {
            *self.deviations.entry(key).or_default() += n;
        }
        for (mine, theirs) in self.stages.iter_mut().zip(other.stages) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.touchpoints.iter_mut().zip(other.touchpoints) {
            mine.merge(theirs);
        }
    }
}

impl StageCell {
    fn merge(&mut self, other: Self) {
        self.trips += other.trips;
        self.customers += other.customers;
        self.entered += other.entered;
        self.left += other.left;
        self.completed += other.completed;
        self.dropped += other.dropped;
        self.inside += other.inside;
        append(&mut self.stays_us, other.stays_us);
    }
}

impl TouchCell {
    /// The cell of a fate.
    pub fn fate(&self, fate: Fate) -> &FateCell {
        let [went, dropped, rest] = &self.fates;
        match fate {
            Fate::Went => went,
            Fate::Dropped => dropped,
            Fate::Rest => rest,
        }
    }

    fn fate_mut(&mut self, fate: Fate) -> &mut FateCell {
        let [went, dropped, rest] = &mut self.fates;
        match fate {
            Fate::Went => went,
            Fate::Dropped => dropped,
            Fate::Rest => rest,
        }
    }

    /// A customer is here: the first time it counts. An answer alone is no visit.
    fn meet(&mut self, serial: u32, visit: bool) {
        if self.mark != serial {
            self.mark = serial;
            self.flags = 0;
            self.customers += u64::from(visit);
        }
    }

    /// Raises a flag of the present customer; `true` the first time.
    fn raise(&mut self, flag: u8) -> bool {
        if self.flags & flag != 0 {
            return false;
        }
        self.flags |= flag;
        let count = match flag {
            flag::HARMED => &mut self.harm.harmed,
            flag::DROPPED => &mut self.harm.dropped,
            flag::DECIDED => &mut self.harm.decided,
            flag::BAD => &mut self.harm.bad,
            flag::SCORED => &mut self.harm.scored,
            flag::OVER => &mut self.harm.over,
            _ => &mut self.harm.rated,
        };
        *count += 1;
        true
    }

    fn harm(&mut self) {
        self.raise(flag::HARMED);
    }

    fn wait(&mut self, wait_us: Option<i64>, expected_us: Option<i64>) {
        let Some((wait, expected)) = wait_us.zip(expected_us) else { return };
        self.rated += 1;
        self.raise(flag::RATED);
        if wait > expected {
            self.over += 1;
            self.raise(flag::OVER);
            self.harm();
        }
    }

    fn visit(&mut self, fate: Fate, wait_us: Option<i64>, complained: bool) {
        let cell = self.fate_mut(fate);
        cell.visits += 1;
        cell.waits_us.extend(wait_us);
        cell.complained += u64::from(complained);
    }

    fn feel(&mut self, fate: Fate, source: EmotionSource, emotion: f64) {
        self.fate_mut(fate).emotion.add(source, emotion);
        if source.is_score() {
            self.raise(flag::SCORED);
            if emotion < 0.0 {
                self.raise(flag::BAD);
                self.harm();
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.customers += other.customers;
        self.trips += other.trips;
        self.next += other.next;
        self.rated += other.rated;
        self.over += other.over;
        self.lost_customers += other.lost_customers;
        self.harm.merge(&other.harm);
        append(&mut self.dwell_us, other.dwell_us);
        for (mine, theirs) in self.fates.iter_mut().zip(other.fates) {
            mine.visits += theirs.visits;
            mine.complained += theirs.complained;
            mine.emotion.merge(&theirs.emotion);
            append(&mut mine.waits_us, theirs.waits_us);
        }
        for (reason, n) in other.reasons {
            *self.reasons.entry(reason).or_default() += n;
        }
    }
}

impl HarmCounts {
    fn merge(&mut self, other: &Self) {
        self.harmed += other.harmed;
        self.dropped += other.dropped;
        self.decided += other.decided;
        self.bad += other.bad;
        self.scored += other.scored;
        self.over += other.over;
        self.rated += other.rated;
    }
}

impl LapseCell {
    fn take(&mut self, plan: &Plan, record: &CustomerRecord, trip: &TripRecord, step: usize, place: usize) {
        let Some(last) = trip.steps.get(step) else { return };
        self.waits_us.extend(last.wait_us);
        if let Some((source, emotion)) = own_emotion(plan, trip, last) {
            self.emotion.add(source, emotion);
        }
        for answer in record.answers.iter().filter(|a| a.step == Some((place, step))) {
            if let Ok(emotion) = emotion_of(answer.kind, i64::from(answer.answer)) {
                self.emotion.add(answer.kind.into(), emotion);
            }
        }
        for reason in &trip.reasons {
            *self.reasons.entry(reason.clone()).or_default() += 1;
        }
    }
}

impl GroupCells {
    fn merge(&mut self, other: Self) {
        self.customers += other.customers;
        for (mine, theirs) in self.journeys.iter_mut().zip(other.journeys) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.lifecycle.iter_mut().zip(other.lifecycle) {
            mine.iter_mut().zip(theirs).for_each(|(m, t)| *m += t);
        }
        for (key, theirs) in other.lapses {
            let mine = self.lapses.entry(key).or_default();
            mine.losses += theirs.losses;
            mine.customers += theirs.customers;
            mine.complained += theirs.complained;
            mine.emotion.merge(&theirs.emotion);
            append(&mut mine.waits_us, theirs.waits_us);
            for (reason, n) in theirs.reasons {
                *mine.reasons.entry(reason).or_default() += n;
            }
        }
    }
}

/// Appends to the longer of the two, so that merging many parts moves each value seldom.
fn append(mine: &mut Vec<i64>, mut theirs: Vec<i64>) {
    if theirs.len() > mine.len() {
        std::mem::swap(mine, &mut theirs);
    }
    mine.append(&mut theirs);
}
