//! Counting: one customer's trips, answers and lapses into the cells of a group.
//!
//! Answers: what a trip adds to journey, stages and touchpoints. Does not know: which groups a trip belongs to.

use crate::insight::record::{CustomerRecord, Step, TripRecord};
use crate::insight::walk::first_deviation;
use crate::journey::TouchpointSpec;
use crate::plan::Plan;
use crate::score::{EmotionSource, emotion_of};
use crate::signal::TripEnd;

use super::cells::{Fate, GroupCells, JourneyCell, LapseCell, StageCell, TouchCell, flag};

/// Numbers of the present customer and trip, by which cells count each of them once.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Serials {
    pub(super) customer: u32,
    pub(super) trip: u64,
}

/// How the visit of a step went on.
pub(super) fn fate_of(trip: &TripRecord, step: usize) -> Fate {
    match trip.end {
        _ if step + 1 < trip.steps.len() => Fate::Went,
        Some(TripEnd::Abandoned) => Fate::Dropped,
        _ => Fate::Rest,
    }
}

/// Whether a step of the trip had a negative emotion of its own.
fn complained(plan: &Plan, trip: &TripRecord) -> bool {
    let touchpoints = plan.journeys.get(trip.journey as usize).map_or(&[][..], |j| &j.touchpoints);
    let own = |step: &Step| own_emotion(touchpoints.get(step.touchpoint as usize)?, step);
    trip.steps.iter().any(|step| own(step).is_some_and(|(_, emotion)| emotion < 0.0))
}

/// The emotion that an event itself shows: its score, else what the map says it feels when nobody answered.
fn own_emotion(spec: &TouchpointSpec, step: &Step) -> Option<(EmotionSource, f64)> {
    match scored(spec, step) {
        Some(score) => score.map(|emotion| (EmotionSource::Score, emotion)),
        None => spec.feels.filter(|_| !step.answered).map(|emotion| (EmotionSource::Feels, emotion)),
    }
}

/// The emotion of the score that an event carried, if it carried one and it lies on its scale.
#[inline]
fn scored(spec: &TouchpointSpec, step: &Step) -> Option<Option<f64>> {
    let (answer, score) = step.score.zip(spec.score.as_ref())?;
    Some(emotion_of(score.kind, i64::from(answer)).ok())
}

impl GroupCells {
    /// Counts a trip; with `mask` only its steps in that scenario.
    pub(super) fn trip(&mut self, plan: &Plan, trip: &TripRecord, mask: Option<u128>, serials: Serials) {
        let Some(journey) = self.journeys.get_mut(trip.journey as usize) else { return };
        journey.count(plan, trip, serials.customer);
        journey.count_stages(trip, mask, serials);
        journey.count_touchpoints(plan, trip, mask, serials);
    }

    /// Counts what concerns the customer as a whole: lifecycle, moves, lapses.
    pub(super) fn customer(
        &mut self,
        plan: &Plan,
        record: &CustomerRecord,
        state: Option<u32>,
        serials: Serials,
    ) {
        self.customers += 1;
        self.bump(state, 0);
        for moved in &record.moves {
            self.bump(Some(moved.to), 1);
            self.bump(moved.from, 2);
            if plan.lifecycle.get(moved.to as usize).is_some_and(|row| row.idle.is_some()) {
                self.lapse(plan, record, moved.to, moved.step, serials.customer);
            }
        }
    }

    fn bump(&mut self, state: Option<u32>, column: usize) {
        let cell = state.and_then(|s| self.lifecycle.get_mut(s as usize)).and_then(|c| c.get_mut(column));
        if let Some(count) = cell {
            *count += 1;
        }
    }

    /// Counts a move to a lifecycle row that has `idle`, at the step landed last.
    fn lapse(
        &mut self,
        plan: &Plan,
        record: &CustomerRecord,
        to: u32,
        step: Option<(usize, usize)>,
        serial: u32,
    ) {
        let last = step.and_then(|(t, s)| Some((record.trips().get(t)?, s, t)));
        let key = last.and_then(|(t, s, _)| Some((t.journey, t.steps.get(s)?.touchpoint)));
        let cell = self.lapses.entry((to, key)).or_default();
        cell.losses += 1;
        if cell.mark == serial {
            return;
        }
        cell.mark = serial;
        cell.customers += 1;
        if let Some((trip, step, place)) = last {
            cell.complained += u64::from(complained(plan, trip));
            cell.take(plan, record, trip, step, place);
        }
    }
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
            self.to_goal.add(reached - trip.opened_us);
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

    fn count_stages(&mut self, trip: &TripRecord, mask: Option<u128>, serials: Serials) {
        let mut place = 0;
        for visit in trip.steps.chunk_by(|a, b| a.stage == b.stage) {
            let first_place = place;
            place += visit.len();
            let (Some(first), Some(last)) = (visit.first(), visit.last()) else { continue };
            if mask.is_some_and(|m| trip.scenarios(first_place) & m == 0) {
                continue;
            }
            if let Some(cell) = self.stages.get_mut(first.stage as usize) {
                cell.meet(serials);
                let next = trip.steps.get(place).map(|next| next.at_us);
                cell.leave((first.at_us, last.at_us), next, trip.end);
            }
        }
    }

    fn count_touchpoints(&mut self, plan: &Plan, trip: &TripRecord, mask: Option<u128>, serials: Serials) {
        let Some(spec) = plan.journeys.get(trip.journey as usize) else { return };
        let mut complained = false;
        for (place, step) in trip.steps.iter().enumerate() {
            let Some(touchpoint) = spec.touchpoint(step.touchpoint) else { continue };
            let score = scored(touchpoint, step);
            let felt = touchpoint.feels.is_some() & score.is_none() & !step.answered;
            complained |= score.flatten().or(touchpoint.feels.filter(|_| felt)).is_some_and(|e| e < 0.0);
            let scenarios = trip.scenarios(place);
            if mask.is_some_and(|m| scenarios & m == 0) {
                continue;
            }
            let Some(cell) = self.touchpoints.get_mut(step.touchpoint as usize) else { continue };
            cell.meet(serials.customer, true);
            cell.meet_trip(serials.trip);
            if let Some(next) = trip.steps.get(place + 1) {
                cell.next += u64::from(next.touchpoint != step.touchpoint);
                cell.dwell.add(next.at_us - step.at_us);
            }
            let expected = touchpoint.expected_wait(scenarios).map(|w| w.as_micros());
            let fate = fate_of(trip, place);
            cell.visit(fate, [step.wait_us, expected], felt, complained);
            cell.raise(if trip.end.is_some() | (fate == Fate::Went) { flag::DECIDED } else { 0 });
            if let Some(Some(emotion)) = score {
                cell.feel(fate, EmotionSource::Score, emotion);
            }
            if fate == Fate::Dropped {
                cell.give_reasons(&trip.reasons);
            }
        }
    }
}

impl StageCell {
    #[inline]
    fn meet(&mut self, serials: Serials) {
        self.entered += 1;
        self.customers += u64::from(self.mark != serials.customer);
        self.mark = serials.customer;
        self.trips += u64::from(self.trip_mark != serials.trip);
        self.trip_mark = serials.trip;
    }

    /// How a visit of the stage, from its first to its last landed event, went on.
    fn leave(&mut self, (first_us, last_us): (i64, i64), next_us: Option<i64>, end: Option<TripEnd>) {
        let (count, until_us) = match (next_us, end) {
            (Some(next), _) => (&mut self.left, Some(next)),
            (None, None) => (&mut self.inside, None),
            (None, Some(TripEnd::Completed)) => (&mut self.completed, Some(last_us)),
            (None, Some(_)) => (&mut self.dropped, Some(last_us)),
        };
        *count += 1;
        if let Some(until) = until_us {
            self.stays.add(until - first_us);
        }
    }
}

impl TouchCell {
    /// A trip was abandoned right here, for the reasons its events stated.
    fn give_reasons(&mut self, reasons: &[std::sync::Arc<str>]) {
        for reason in reasons {
            *self.reasons.entry(reason.clone()).or_default() += 1;
        }
    }
}

impl LapseCell {
    fn take(&mut self, plan: &Plan, record: &CustomerRecord, trip: &TripRecord, step: usize, place: usize) {
        let Some(last) = trip.steps.get(step) else { return };
        if let Some(wait) = last.wait_us {
            self.waits.add(wait);
        }
        let spec = plan.journeys.get(trip.journey as usize).and_then(|j| j.touchpoint(last.touchpoint));
        if let Some((source, emotion)) = spec.and_then(|spec| own_emotion(spec, last)) {
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
