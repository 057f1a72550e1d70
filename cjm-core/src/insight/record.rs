//! One customer's trips as the kernel told them: the raw material of every table.
//!
//! Answers: which steps each trip took, how it ended, which answers belong to which step.
//! Does not know: other customers. Memory is reused from customer to customer.

use std::sync::Arc;

use crate::score::{ScoreKind, emotion_of};
use crate::signal::{Landing, TripEnd, TripId};

/// How many trips back an answer looks for its step.
const SEARCHED_TRIPS: usize = 64;

/// One landed event of a trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Position of the touchpoint.
    pub touchpoint: u32,
    /// Position of its stage.
    pub stage: u32,
    /// When, microseconds.
    pub at_us: i64,
    /// Measured wait, microseconds.
    pub wait_us: Option<i64>,
    /// The score that the event carried.
    pub score: Option<u8>,
    /// Whether a survey answer belongs to it.
    pub answered: bool,
}

/// One trip of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct TripRecord {
    /// Position of the journey.
    pub journey: u32,
    /// Which of the customer's trips on the journey.
    pub id: TripId,
    /// Which of the customers later known to be one it belongs to.
    side: u32,
    /// Position of the persona.
    pub persona: Option<u32>,
    /// Segments the customer was in once the event that opened it was taken in.
    pub segments: u128,
    /// When it opened, microseconds.
    pub opened_us: i64,
    /// When the goal was reached.
    pub reached_us: Option<i64>,
    /// How it ended; open when `None`.
    pub end: Option<TripEnd>,
    /// When an event ended it; `None` when time alone or a merge did.
    pub closed_us: Option<i64>,
    /// Landed events in order.
    pub steps: Vec<Step>,
    /// Stated reasons, each with the position of the step that stated it.
    pub reasons: Vec<(usize, Arc<str>)>,
    /// When a bad answer (emotion below 0) was first given about it; the end of time when none was.
    pub bad_us: i64,
    /// Whether a step carries a score.
    pub scored: bool,
    /// Values of the dimensions asked for by number, the first that an event or the profile gave.
    pub dimensions: Vec<Option<u32>>,
    /// Scenarios by step, a bit each; shorter than the steps where the last ones were in none.
    scenarios: Vec<u128>,
}

/// A survey answer and the step it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerRecord {
    /// Position of the journey.
    pub journey: u32,
    /// Position of the touchpoint.
    pub touchpoint: u32,
    /// Position in the record of the trip that it is about: the one of its step, else the latest on the journey.
    pub trip: Option<usize>,
    /// Position in that trip of the step that it is about; none where no event landed on the touchpoint.
    pub step: Option<usize>,
    /// The scale.
    pub kind: ScoreKind,
    /// The answer.
    pub answer: u8,
}

/// A change of the lifecycle state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoveRecord {
    /// State before.
    pub from: Option<u32>,
    /// State after; `None` where the customer turned out to be another, whose state stays.
    pub to: Option<u32>,
    /// When, microseconds.
    pub at_us: i64,
    /// Last trip and step landed before the change.
    pub step: Option<(usize, usize)>,
}

/// Everything about one customer.
#[derive(Debug, Clone, Default)]
pub struct CustomerRecord {
    trips: Vec<TripRecord>,
    used: usize,
    /// Survey answers in order.
    pub answers: Vec<AnswerRecord>,
    /// Lifecycle changes in order.
    pub moves: Vec<MoveRecord>,
    /// By journey: events that landed while no trip was open.
    pub outside: Vec<u32>,
    /// By journey: trips that could not open because too many were.
    pub crowded: Vec<u32>,
    /// Values of the dimensions asked for by number, as the profile gives them; filled when the customer is settled.
    pub profile: Vec<Option<u32>>,
    /// Who is being told of.
    pub side: Side,
    /// Positions of the trips that the event at hand landed on.
    landed: Vec<usize>,
}

/// One of the customers who will turn out to be one; most people have only this one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Side {
    /// Its number.
    pub number: u32,
    /// Its segments now.
    pub segments: u128,
    /// Its trip and step landed last.
    pub last: Option<(usize, usize)>,
}

impl TripRecord {
    const NONE: Self = Self {
        journey: 0,
        id: TripId { origin: 0, number: 0 },
        side: 0,
        persona: None,
        segments: 0,
        opened_us: 0,
        reached_us: None,
        end: None,
        closed_us: None,
        steps: Vec::new(),
        reasons: Vec::new(),
        bad_us: i64::MAX,
        scored: false,
        dimensions: Vec::new(),
        scenarios: Vec::new(),
    };

    /// The scenarios that held at a step, a bit each.
    pub fn scenarios(&self, step: usize) -> u128 {
        self.scenarios.get(step).copied().unwrap_or(0)
    }

    /// The scenarios that held at any step.
    pub fn all_scenarios(&self) -> u128 {
        self.scenarios.iter().fold(0, |all, held| all | held)
    }
}

impl CustomerRecord {
    /// Room for so many journeys.
    pub fn new(n_journeys: usize) -> Self {
        Self { outside: vec![0; n_journeys], crowded: vec![0; n_journeys], ..Self::default() }
    }

    /// The next customer.
    pub fn clear(&mut self) {
        self.used = 0;
        self.answers.clear();
        self.moves.clear();
        self.landed.clear();
        self.profile.clear();
        self.outside.iter_mut().chain(&mut self.crowded).for_each(|n| *n = 0);
        self.side = Side::default();
    }

    /// The trips in the order in which they opened.
    pub fn trips(&self) -> &[TripRecord] {
        self.trips.get(..self.used).unwrap_or(&[])
    }

    /// A trip opened.
    pub fn open(&mut self, journey: u32, id: TripId, persona: Option<u32>, at_us: i64, n_dimensions: usize) {
        if self.used == self.trips.len() {
            self.trips.push(TripRecord::NONE);
        }
        if let Some(trip) = self.trips.get_mut(self.used) {
            trip.journey = journey;
            trip.id = id;
            trip.persona = persona;
            trip.side = self.side.number;
            trip.opened_us = at_us;
            trip.reached_us = None;
            trip.end = None;
            trip.closed_us = None;
            trip.steps.clear();
            trip.reasons.clear();
            trip.bad_us = i64::MAX;
            trip.scored = false;
            trip.scenarios.clear();
            trip.dimensions.clear();
            trip.dimensions.resize(n_dimensions, None);
        }
        self.used += 1;
    }

    /// An event landed.
    pub fn land(&mut self, landing: &Landing, at_us: i64) {
        let Some(place) = self.place(landing.journey, landing.trip) else { return };
        let Some(trip) = self.trips.get_mut(place) else { return };
        trip.steps.push(Step {
            touchpoint: landing.touchpoint,
            stage: landing.stage,
            at_us,
            wait_us: landing.wait.map(|w| w.as_micros()),
            score: landing.score,
            answered: false,
        });
        trip.scored |= landing.score.is_some();
        if landing.scenarios != 0 {
            trip.scenarios.resize(trip.steps.len() - 1, 0);
            trip.scenarios.push(landing.scenarios);
        }
        self.side.last = Some((place, trip.steps.len() - 1));
        self.landed.push(place);
    }

    /// An event would have landed, but no trip was open.
    pub fn outside(&mut self, journey: u32) {
        if let Some(count) = self.outside.get_mut(journey as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// A trip would have opened, but too many were.
    pub fn crowded(&mut self, journey: u32) {
        if let Some(count) = self.crowded.get_mut(journey as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// The trip of a journey by its id.
    pub fn trip_mut(&mut self, journey: u32, id: TripId) -> Option<&mut TripRecord> {
        let place = self.place(journey, id)?;
        self.trips.get_mut(place)
    }

    /// An event begins. Gives how many trips are known before it.
    #[inline]
    pub fn begin_event(&mut self) -> usize {
        self.landed.clear();
        self.used
    }

    /// An event was taken in: trips that it opened belong to the segments as they are after it.
    #[inline]
    pub fn end_event(&mut self, known: usize) {
        for trip in self.trips.get_mut(known..self.used).unwrap_or_default() {
            trip.segments = self.side.segments;
        }
    }

    /// Positions of the trips that the event at hand landed on.
    #[inline]
    pub fn landed(&self) -> &[usize] {
        &self.landed
    }

    /// One of them.
    pub fn landed_mut(&mut self, place: usize) -> Option<&mut TripRecord> {
        self.trips.get_mut(*self.landed.get(place)?)
    }

    /// The profile's value of the next dimension, which every trip gets that has none.
    pub fn fill_dimension(&mut self, value: Option<u32>) {
        let dimension = self.profile.len();
        self.profile.push(value);
        let Some(value) = value else { return };
        for trip in self.trips.get_mut(..self.used).unwrap_or_default() {
            if let Some(empty) = trip.dimensions.get_mut(dimension).filter(|d| d.is_none()) {
                *empty = Some(value);
            }
        }
    }

    /// The lifecycle changed.
    pub fn moved(&mut self, from: Option<u32>, to: Option<u32>, at_us: i64) {
        self.moves.push(MoveRecord { from, to, at_us, step: self.side.last });
    }

    /// Of two steps the one landed later.
    pub fn later(&self, one: Option<(usize, usize)>, two: Option<(usize, usize)>) -> Option<(usize, usize)> {
        let at_us = |(trip, step): (usize, usize)| Some(self.trips().get(trip)?.steps.get(step)?.at_us);
        [one, two].into_iter().max_by_key(|place| (place.and_then(at_us), *place)).flatten()
    }

    /// A survey was answered: the answer belongs to the last step on its touchpoint, else to the journey's latest trip.
    pub fn answer(&mut self, (journey, touchpoint): (u32, u32), kind: ScoreKind, answer: u8, at_us: i64) {
        let side = self.side.number;
        let used = self.trips.get_mut(..self.used).unwrap_or_default();
        let (mut latest, mut found) = (None, None);
        let own = used.iter_mut().enumerate().rev().take(SEARCHED_TRIPS);
        for (place, trip) in own.filter(|(_, t)| t.journey == journey && t.side == side) {
            latest.get_or_insert(place);
            found = trip.steps.iter().rposition(|s| s.touchpoint == touchpoint).map(|step| (place, step));
            if let Some(step) = found.and_then(|(_, step)| trip.steps.get_mut(step)) {
                step.answered = true;
                break;
            }
        }
        let trip = found.map(|(place, _)| place).or(latest);
        let bad = emotion_of(kind, i64::from(answer)).is_ok_and(|emotion| emotion < 0.0);
        if let Some(trip) = trip.filter(|_| bad).and_then(|place| used.get_mut(place)) {
            trip.bad_us = trip.bad_us.min(at_us);
        }
        let step = found.map(|(_, step)| step);
        self.answers.push(AnswerRecord { journey, touchpoint, trip, step, kind, answer });
    }

    /// One side turned out to be another.
    pub fn unite(&mut self, side: u32, into: u32) {
        let used = self.trips.get_mut(..self.used).unwrap_or_default();
        used.iter_mut().filter(|trip| trip.side == side).for_each(|trip| trip.side = into);
    }

    fn place(&self, journey: u32, id: TripId) -> Option<usize> {
        self.trips().iter().rposition(|t| t.id == id && t.journey == journey)
    }
}
