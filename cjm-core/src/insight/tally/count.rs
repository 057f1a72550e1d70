//! Counting: one customer's trips, answers and lapses into the cells of a group.
//!
//! Answers: what a trip adds to journey, stages and touchpoints. Does not know: which groups a trip belongs to.

use smallvec::SmallVec;

use crate::insight::durations::Durations;
use crate::insight::record::{CustomerRecord, MoveRecord, Step, TripRecord};
use crate::insight::walk::first_deviation;
use crate::journey::TouchpointSpec;
use crate::plan::Plan;
use crate::score::{EmotionAcc, EmotionSource, emotion_of};
use crate::signal::TripEnd;

use super::cells::{Fate, GroupCells, JourneyCell, NowhereCell, StageCell, TouchCell, Visit};

/// Numbers of the present customer and trip, by which cells count each of them once.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Serials {
    pub(super) customer: u32,
    pub(super) trip: u64,
}

/// How a trip ended as it is counted: where there is no goal there is none to miss.
fn end_of(plan: &Plan, trip: &TripRecord) -> Option<TripEnd> {
    match trip.end {
        Some(TripEnd::Abandoned) if !has_goal(plan, trip) => Some(TripEnd::Completed),
        end => end,
    }
}

fn has_goal(plan: &Plan, trip: &TripRecord) -> bool {
    plan.journeys.get(trip.journey as usize).is_some_and(|spec| spec.goal.is_some())
}

/// How the visit of a step went on.
pub(super) fn fate_of(plan: &Plan, trip: &TripRecord, step: usize) -> Fate {
    let next = trip.steps.get(step + 1);
    fate(trip.steps.get(step).map_or(0, |s| s.touchpoint), next, end_of(plan, trip))
}

#[inline]
fn fate(touchpoint: u32, next: Option<&Step>, end: Option<TripEnd>) -> Fate {
    match next {
        Some(next) if next.touchpoint != touchpoint => Fate::Went,
        None if end == Some(TripEnd::Abandoned) => Fate::Dropped,
        _ => Fate::Rest,
    }
}

/// Whether one of the first steps of the trip had a negative emotion of its own, or a bad answer was given about the
/// trip by then.
fn complained(plan: &Plan, trip: &TripRecord, n_steps: usize, by_us: i64) -> bool {
    if trip.bad_us <= by_us && trip.bad_us < i64::MAX {
        return true;
    }
    let touchpoints = plan.journeys.get(trip.journey as usize).map_or(&[][..], |j| &j.touchpoints);
    let own = |step: &Step| own_emotion(touchpoints.get(step.touchpoint as usize)?, step);
    trip.steps.iter().take(n_steps).any(|step| own(step).is_some_and(|(_, emotion)| emotion < 0.0))
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
        journey.count_stages(plan, trip, mask, serials);
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
        let lapses = |state: u32| plan.lifecycle.get(state as usize).is_some_and(|row| row.idle.is_some());
        let mut lapsed = 0_u128;
        let mut seen: SmallVec<[_; 8]> = SmallVec::new();
        for moved in &record.moves {
            self.bump(moved.to, 1);
            self.bump(moved.from, 2);
            let key = (moved.from, moved.to);
            let counts = self.moves.entry(key).or_default();
            counts.0 += 1;
            if !seen.contains(&key) {
                seen.push(key);
                counts.1 += 1;
            }
            if let Some(to) = moved.to.filter(|to| lapses(*to)) {
                lapsed |= 1_u128.checked_shl(to).unwrap_or(0);
                self.lapse(plan, record, (to, moved), serials.customer);
            }
        }
        if plan.lifecycle.iter().any(|row| row.idle.is_some()) {
            self.stay(plan, record, lapsed, serials.customer);
        }
    }

    /// Counts the customer at every touchpoint ever visited, as of the last visit there.
    fn stay(&mut self, plan: &Plan, record: &CustomerRecord, lapsed: u128, serial: u32) {
        for (place, trip) in record.trips().iter().enumerate().rev() {
            let spec = plan.journeys.get(trip.journey as usize);
            let Some((spec, journey)) = spec.zip(self.journeys.get_mut(trip.journey as usize)) else {
                continue;
            };
            let mut bad = None;
            for (step, last) in trip.steps.iter().enumerate().rev() {
                let cell = journey.touchpoints.get_mut(last.touchpoint as usize);
                let Some(cell) = cell.filter(|cell| cell.stay_mark != serial) else { continue };
                cell.stay_mark = serial;
                let touchpoint = spec.touchpoint(last.touchpoint);
                let Some((stayed, touchpoint)) = cell.stayed(lapsed).zip(touchpoint) else { continue };
                stayed.customers += 1;
                let of_trip = || complained(plan, trip, usize::MAX, i64::MAX);
                stayed.complained += u64::from(*bad.get_or_insert_with(of_trip));
                if let Some(wait) = last.wait_us {
                    stayed.waits.add(wait);
                }
                if last.answered | (last.score.is_some() & touchpoint.score.is_some()) {
                    feel_said(touchpoint, record, (place, step), last, &mut stayed.emotion);
                } else {
                    stayed.felt += u64::from(touchpoint.feels.is_some());
                }
            }
        }
    }

    fn bump(&mut self, state: Option<u32>, column: usize) {
        let cell = state.and_then(|s| self.lifecycle.get_mut(s as usize)).and_then(|c| c.get_mut(column));
        if let Some(count) = cell {
            *count += 1;
        }
    }

    /// Counts a move to a lifecycle row that has `idle`, at the step landed last. What came later does not count.
    fn lapse(&mut self, plan: &Plan, record: &CustomerRecord, (to, moved): (u32, &MoveRecord), serial: u32) {
        let trip = moved.step.and_then(|(trip, _)| record.trips().get(trip));
        let key = trip.zip(moved.step).and_then(|(t, (_, s))| Some((t.journey, t.steps.get(s)?.touchpoint)));
        let cell = self.lapses.entry((to, key)).or_default();
        cell.losses += 1;
        if cell.mark == serial {
            return;
        }
        cell.mark = serial;
        cell.customers += 1;
        if let Some((trip, place)) = trip.zip(moved.step) {
            cell.complained += u64::from(complained(plan, trip, place.1.saturating_add(1), moved.at_us));
            feel_last(plan, record, place, &mut cell.waits, &mut cell.emotion);
            for (_, reason) in trip.reasons.iter().filter(|(step, _)| *step <= place.1) {
                *cell.reasons.entry(reason.clone()).or_default() += 1;
            }
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
        match end_of(plan, trip) {
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
        if trip.steps.is_empty() {
            self.nowhere.count(end_of(plan, trip), trip, serial);
        }
    }

    fn count_stages(&mut self, plan: &Plan, trip: &TripRecord, mask: Option<u128>, serials: Serials) {
        let end = end_of(plan, trip);
        let mut place = 0;
        for visit in trip.steps.chunk_by(|a, b| a.stage == b.stage) {
            let places = place..place + visit.len();
            place = places.end;
            let Some(first) = visit.first() else { continue };
            // a visit is in every scenario that one of its events is in
            if mask.is_some_and(|m| places.into_iter().all(|step| trip.scenarios(step) & m == 0)) {
                continue;
            }
            if let Some(cell) = self.stages.get_mut(first.stage as usize) {
                cell.meet(serials);
                let next = trip.steps.get(place).map(|next| next.at_us);
                cell.leave(first.at_us, next.or(trip.closed_us), (next.is_some(), end));
            }
        }
    }

    fn count_touchpoints(&mut self, plan: &Plan, trip: &TripRecord, mask: Option<u128>, serials: Serials) {
        let Some(spec) = plan.journeys.get(trip.journey as usize) else { return };
        let end = end_of(plan, trip);
        let decided = spec.goal.is_some() & matches!(end, Some(TripEnd::Completed | TripEnd::Abandoned));
        let mut complained = false;
        let mut stop = (u32::MAX, 0, false);
        for (place, step) in trip.steps.iter().enumerate() {
            let Some(touchpoint) = spec.touchpoint(step.touchpoint) else { continue };
            let score = scored(touchpoint, step);
            let felt = touchpoint.feels.is_some() & score.is_none() & !step.answered;
            complained |= score.flatten().or(touchpoint.feels.filter(|_| felt)).is_some_and(|e| e < 0.0);
            let scenarios = trip.scenarios(place);
            let counts = mask.is_none_or(|m| scenarios & m != 0);
            if stop.0 != step.touchpoint {
                stop = (step.touchpoint, step.at_us, counts);
            }
            let next = trip.steps.get(place + 1);
            let Some(cell) = self.touchpoints.get_mut(step.touchpoint as usize) else { continue };
            let fate = fate(step.touchpoint, next, end);
            if stop.2 & ((fate == Fate::Went) | next.is_none()) {
                cell.stop(next.map(|next| next.at_us - stop.1));
            }
            if !counts {
                continue;
            }
            cell.meet(serials.customer, true);
            cell.meet_trip(serials.trip);
            if !touchpoint.alternatives.is_empty() {
                cell.expect(touchpoint.expects(scenarios));
            }
            let visit = Visit {
                wait: step.wait_us,
                expected: touchpoint.expected_wait(scenarios).map(|wait| wait.as_micros()),
                decided: decided | next.is_some(),
                felt,
                complained: complained | (trip.bad_us < next.map_or(i64::MAX, |next| next.at_us)),
            };
            cell.visit(fate, &visit);
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

    /// How a visit of the stage went on. Its length is known where an event after the first one ended it.
    fn leave(&mut self, first_us: i64, until_us: Option<i64>, (left, end): (bool, Option<TripEnd>)) {
        let count = match end {
            _ if left => &mut self.left,
            None => &mut self.inside,
            Some(TripEnd::Completed) => &mut self.completed,
            Some(TripEnd::Abandoned) => &mut self.dropped,
            Some(TripEnd::Merged) => &mut self.merged,
        };
        *count += 1;
        if let Some(until) = until_us.filter(|until| left || *until > first_us) {
            self.stays.add(until - first_us);
        }
    }
}

impl NowhereCell {
    fn count(&mut self, end: Option<TripEnd>, trip: &TripRecord, serial: u32) {
        match end {
            None => self.open += 1,
            Some(TripEnd::Abandoned) => {
                self.dropped += 1;
                self.complained += u64::from(trip.bad_us < i64::MAX);
                self.customers += u64::from(self.mark != serial);
                self.mark = serial;
            }
            Some(TripEnd::Completed | TripEnd::Merged) => {}
        }
    }
}

impl TouchCell {
    /// A trip was abandoned right here, for the reasons its events stated.
    fn give_reasons(&mut self, reasons: &[(usize, std::sync::Arc<str>)]) {
        for (_, reason) in reasons {
            *self.reasons.entry(reason.clone()).or_default() += 1;
        }
    }
}

/// The wait before a visit, and what it felt like: by the event itself and by the answers about it.
fn feel_last(
    plan: &Plan,
    record: &CustomerRecord,
    (trip, step): (usize, usize),
    waits: &mut Durations,
    emotion: &mut EmotionAcc,
) {
    let Some((of, last)) = record.trips().get(trip).and_then(|t| Some((t, t.steps.get(step)?))) else {
        return;
    };
    if let Some(wait) = last.wait_us {
        waits.add(wait);
    }
    let spec = plan.journeys.get(of.journey as usize).and_then(|j| j.touchpoint(last.touchpoint));
    if let Some(spec) = spec {
        feel_said(spec, record, (trip, step), last, emotion);
    }
}

/// What a visit felt like: by the event itself and by the answers about it.
fn feel_said(
    spec: &TouchpointSpec,
    record: &CustomerRecord,
    (trip, step): (usize, usize),
    last: &Step,
    emotion: &mut EmotionAcc,
) {
    if let Some((source, own)) = own_emotion(spec, last) {
        emotion.add(source, own);
    }
    if !last.answered {
        return;
    }
    for answer in record.answers.iter().filter(|a| (a.trip, a.step) == (Some(trip), Some(step))) {
        if let Ok(own) = emotion_of(answer.kind, i64::from(answer.answer)) {
            emotion.add(answer.kind.into(), own);
        }
    }
}
