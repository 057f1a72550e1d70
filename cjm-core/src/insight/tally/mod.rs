//! The tally: every customer's record counted, by journey, touchpoint and group.
//!
//! Answers: every count, duration and emotion behind the tables. Merging in any order gives the same tables.
//! Does not know: how rows are written (see the table modules), where records come from.

pub mod cells;
mod count;
pub mod groups;

use std::collections::BTreeMap;

use crate::base::par;
use crate::plan::Plan;
use crate::score::{ScoreCounts, ScoreKind, emotion_of};

use self::cells::Fate;
use self::count::{Serials, fate_of};
use self::groups::{EVERYONE, Groups, Members};
use super::record::{AnswerRecord, CustomerRecord, TripRecord};

pub use self::groups::{Cut, Labels};

/// Everything counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// Groups by their cut.
    pub groups: Groups,
    /// Values of dimensions and stated reasons by number.
    pub labels: Labels,
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
    serials: Serials,
}

/// What a customer is when the study ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Position of the lifecycle state.
    pub state: Option<u32>,
    /// Segments, a bit each.
    pub segments: u128,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(plan: &Plan, n_cuts: usize, n_log_names: usize) -> Self {
        Self { groups: Groups::new(plan, n_cuts), unmapped: vec![(0, 0); n_log_names], ..Self::default() }
    }

    /// Counts one customer.
    pub fn add(&mut self, plan: &Plan, cuts: &[Cut], record: &CustomerRecord, now: Now) {
        self.serials.customer += 1;
        self.customers += 1;
        for trip in record.trips() {
            self.serials.trip += 1;
            for (group, mask) in self.members(plan, cuts, trip) {
                if let Some(cells) = self.groups.at_mut(group) {
                    cells.trip(plan, trip, mask, self.serials);
                }
            }
            if trip.scored {
                self.event_scores(plan, trip);
            }
        }
        let own = self.groups.of_customer(plan, cuts, &mut self.labels, record, now.segments);
        for answer in &record.answers {
            self.answer(plan, cuts, record, answer, &own);
        }
        for group in own {
            if let Some(cells) = self.groups.at_mut(group) {
                cells.customer(plan, record, now.state, self.serials);
            }
        }
        self.outside(record);
    }

    /// The emotion of a survey answer, in every group of the step it is about; where there is none, of its trip, where
    /// the customer never was on the journey, of the customer.
    fn answer(
        &mut self,
        plan: &Plan,
        cuts: &[Cut],
        record: &CustomerRecord,
        answer: &AnswerRecord,
        own: &[usize],
    ) {
        let Ok(emotion) = emotion_of(answer.kind, i64::from(answer.answer)) else { return };
        let trip = answer.trip.and_then(|place| record.trips().get(place));
        let members = match trip {
            Some(trip) => self.members(plan, cuts, trip),
            None => own.iter().map(|group| (*group, None)).collect(),
        };
        let step = trip.zip(answer.step);
        let fate = step.map_or(Fate::Rest, |(trip, step)| fate_of(plan, trip, step));
        for (group, mask) in members {
            let held = step.map_or(0, |(trip, step)| trip.scenarios(step));
            if mask.is_some_and(|m| held & m == 0) {
                continue;
            }
            let journey = self.groups.at_mut(group).and_then(|c| c.journeys.get_mut(answer.journey as usize));
            let Some(journey) = journey else { continue };
            journey.strays += u64::from(step.is_none());
            if let Some(cell) = journey.touchpoints.get_mut(answer.touchpoint as usize) {
                cell.meet(self.serials.customer, step.is_some());
                cell.feel(fate, answer.kind.into(), emotion);
            }
        }
    }

    /// Events that landed outside trips, and trips that could not open.
    fn outside(&mut self, record: &CustomerRecord) {
        let Some(all) = self.groups.at_mut(0) else { return };
        for (journey, outside) in all.journeys.iter_mut().zip(&record.outside) {
            journey.outside += u64::from(*outside);
        }
        for (journey, crowded) in all.journeys.iter_mut().zip(&record.crowded) {
            journey.not_opened += u64::from(*crowded);
        }
    }

    /// Counts a survey answer.
    pub fn score(&mut self, survey: u32, question: u32, kind: ScoreKind, answer: u8) {
        let counts = self.scores.entry((survey, question)).or_insert_with(|| ScoreCounts::new(kind));
        let _in_range = counts.add(i64::from(answer));
    }

    fn event_scores(&mut self, plan: &Plan, trip: &TripRecord) {
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
    fn members(&mut self, plan: &Plan, cuts: &[Cut], trip: &TripRecord) -> Members {
        if cuts.is_empty() {
            return Members::from_slice(&[EVERYONE]);
        }
        self.groups.of_trip(plan, cuts, &mut self.labels, trip)
    }

    /// Adds what another tally counted of other customers.
    pub fn merge(&mut self, other: Self) {
        self.groups.merge(other.groups);
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

    /// Computes what waits until everything is counted, such as spreads; nothing can be added any more.
    pub fn seal(&mut self, plan: &Plan) {
        self.groups.all_mut().for_each(|cells| cells.feel_declared(plan));
        par::map(self.groups.all_mut().flat_map(|cells| cells.lapsed()).collect(), cells::Lapsed::compare);
        par::map(self.groups.all_mut().flat_map(|cells| cells.timed()).collect(), cells::Timed::seal);
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
