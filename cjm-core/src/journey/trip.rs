//! Trips: one customer's walks through the maps, and the moments they give.
//!
//! Answers: opening, landing, stage changes, goal, end, re-entry, merging. Bounded: at most 64 open trips.
//! Does not know: how moments are used.

use serde::{Deserialize, Serialize};

use crate::base::pack::{Pack, Packer, Unpacker, packs};
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::event::EventId;
use crate::signal::{Dated, Hear, Landing, Moment, TripEnd, TripId};

use super::{Ask, JourneySpec, ReenterSpec, Situation};

/// Most open trips of one customer.
const MAX_OPEN_TRIPS: usize = 64;

/// One walk of one customer through one map.
#[derive(Debug, Clone, PartialEq)]
pub struct Trip {
    /// Position of the journey.
    pub journey: u32,
    /// Which of the customer's trips on this journey.
    pub id: TripId,
    /// What keeps concurrent trips apart; null otherwise.
    pub key: Value,
    /// When it opened.
    pub opened: Timestamp,
    /// When an event last landed (or it opened).
    pub landed: Timestamp,
    /// Where it stands; `None` before anything landed.
    pub stop: Option<Stop>,
    /// When it came into the stage.
    pub stage_since: Timestamp,
    /// When an event last landed on another touchpoint than the present one.
    pub before: Option<Timestamp>,
    /// Landed events.
    pub steps: u32,
    /// When the goal was reached.
    pub reached: Option<Timestamp>,
    /// Position of the persona; `None` is unassigned.
    pub persona: Option<u32>,
    /// Touchpoints landed on.
    pub visited: Visited,
    /// Position below which passed-over touchpoints were already told.
    pub told: u32,
}

/// A set of touchpoint positions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Visited {
    low: u64,
    high: Vec<u32>,
}

impl Visited {
    /// Adds a position.
    pub fn add(&mut self, place: u32) {
        match 1_u64.checked_shl(place) {
            Some(bit) => self.low |= bit,
            None => {
                if let Err(at) = self.high.binary_search(&place) {
                    self.high.insert(at, place);
                }
            }
        }
    }

    /// Whether a position was added.
    pub fn has(&self, place: u32) -> bool {
        match 1_u64.checked_shl(place) {
            Some(bit) => self.low & bit != 0,
            None => self.high.binary_search(&place).is_ok(),
        }
    }
}

/// Where a trip stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// Position of the journey.
    pub journey: u32,
    /// Position of the touchpoint.
    pub touchpoint: u32,
    /// Position of its stage.
    pub stage: u32,
    /// The measured wait.
    pub wait: Option<Duration>,
}

/// What is remembered of ended trips of one journey.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct History {
    /// Trips ever opened.
    pub trips: u32,
    /// When the last one opened.
    pub entered: Option<Timestamp>,
    /// When the last one ended.
    pub ended: Option<Timestamp>,
    /// When the last decision of a trip was made.
    pub decided: Option<Timestamp>,
    /// Events that would have landed while no trip was open.
    pub outside: u32,
}

/// Open trips and the history of each journey.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trips {
    /// Open trips, by (journey, id).
    pub open: Vec<Trip>,
    /// By position of the journey.
    pub history: Vec<History>,
    /// What new trips are told apart by from those of customers merged in later.
    pub origin: u64,
}

impl Trips {
    /// No trip yet, for so many journeys.
    pub fn new(n_journeys: usize) -> Self {
        Self { open: Vec::new(), history: vec![History::default(); n_journeys], origin: 0 }
    }

    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.open.clear();
        self.origin = 0;
        self.history.iter_mut().for_each(|h| *h = History::default());
    }

    /// Of some journeys: how many the customer ever came near, and how many trips ever opened.
    pub(crate) fn known(&self, journeys: &[u32]) -> (usize, u32) {
        let of = journeys.iter().filter_map(|journey| self.history.get(*journey as usize));
        of.fold((0, 0), |(near, trips), history| {
            (near + usize::from(*history != History::default()), trips.saturating_add(history.trips))
        })
    }

    /// Brings the open trips into their order.
    pub fn sort(&mut self) {
        self.open.sort_by_key(|trip| (trip.journey, trip.id));
    }

    /// The next instant at which a trip ends by time alone.
    pub fn next_end(&self, specs: &[JourneySpec]) -> Option<Timestamp> {
        self.open
            .iter()
            .filter_map(|trip| specs.get(trip.journey as usize)?.idle.map(|idle| trip.landed.plus(idle)))
            .min()
    }

    /// Ends the trips whose idle time is over at `now`, each at its own instant, in order of (instant, journey, id).
    pub fn end_idle(&mut self, specs: &[JourneySpec], now: Timestamp, out: &mut impl Hear) {
        let due = |trip: &Trip| {
            let idle = specs.get(trip.journey as usize)?.idle?;
            Some(trip.landed.plus(idle)).filter(|due| *due <= now)
        };
        while let Some((at, place)) =
            self.open.iter().enumerate().filter_map(|(place, t)| due(t).map(|at| (at, place))).min()
        {
            self.end(place, at, out);
        }
    }

    /// Moves the trips of one journey by an event. Gives whether a trip could not open because too many are.
    pub fn apply(
        &mut self,
        journey: u32,
        spec: &JourneySpec,
        event: EventId,
        at: Timestamp,
        ask: &impl Ask,
        out: &mut impl Hear,
    ) -> bool {
        let key = match &spec.reenter {
            ReenterSpec::Concurrent(key) => ask.value(key, Situation::default()),
            _ => Value::Null,
        };
        let keyless = matches!(spec.reenter, ReenterSpec::Concurrent(_)) && key.is_null();
        let mut place = if keyless { None } else { self.place(journey, &key) };
        let mut crowded = false;
        let enters = !keyless && spec.enter.get(event.index()).copied().unwrap_or(false);
        if enters {
            let finished = place.and_then(|p| self.open.get(p)).is_some_and(|trip| trip.reached.is_some());
            if let Some(p) = place.filter(|_| finished) {
                self.end(p, at, out);
                place = None;
            }
            if place.is_none() && self.may_enter(journey, spec, at) {
                crowded = self.open.len() >= MAX_OPEN_TRIPS;
                if crowded {
                    out.hear(Dated { at, moment: Moment::Crowded { journey } });
                } else {
                    place = self.open(journey, spec, at, key, ask, out);
                }
            }
        }
        self.land(journey, spec, event, at, place, ask, out);
        self.mark(spec, event, at, place, ask, out);
        crowded
    }

    fn may_enter(&self, journey: u32, spec: &JourneySpec, at: Timestamp) -> bool {
        self.history.get(journey as usize).is_some_and(|history| may_enter(history, &spec.reenter, at))
    }

    /// Ends every open trip of a customer who was merged away, or one by position.
    fn end(&mut self, place: usize, at: Timestamp, out: &mut impl Hear) {
        if place >= self.open.len() {
            return;
        }
        let trip = self.open.remove(place);
        if let Some(history) = self.history.get_mut(trip.journey as usize) {
            history.ended = history.ended.max(Some(at));
        }
        let end = if trip.reached.is_some() { TripEnd::Completed } else { TripEnd::Abandoned };
        out.hear(Dated { at, moment: Moment::Ended { journey: trip.journey, trip: trip.id, end } });
    }

    fn place(&self, journey: u32, key: &Value) -> Option<usize> {
        self.open.iter().position(|t| t.journey == journey && t.key == *key)
    }

    fn open(
        &mut self,
        journey: u32,
        spec: &JourneySpec,
        at: Timestamp,
        key: Value,
        ask: &impl Ask,
        out: &mut impl Hear,
    ) -> Option<usize> {
        let history = self.history.get_mut(journey as usize)?;
        let number = history.trips;
        history.trips = history.trips.saturating_add(1);
        history.entered = Some(at);
        let id = TripId { origin: self.origin, number };
        let mut trip = Trip {
            journey,
            id,
            key,
            opened: at,
            landed: at,
            stop: None,
            stage_since: at,
            before: None,
            steps: 0,
            reached: None,
            persona: None,
            visited: Visited::default(),
            told: 0,
        };
        trip.persona = spec.persona(ask, Situation { trip: Some(&trip) });
        out.hear(Dated { at, moment: Moment::Opened { journey, trip: id, persona: trip.persona } });
        let place = self.open.partition_point(|t| (t.journey, t.id) < (journey, id));
        self.open.insert(place, trip);
        Some(place)
    }

    #[expect(clippy::too_many_arguments, reason = "one event's whole context, used only here")]
    fn land(
        &mut self,
        journey: u32,
        spec: &JourneySpec,
        event: EventId,
        at: Timestamp,
        place: Option<usize>,
        ask: &impl Ask,
        out: &mut impl Hear,
    ) {
        let trip = place.and_then(|p| self.open.get_mut(p));
        let situation = Situation { trip: trip.as_deref() };
        let Some(touchpoint) = spec.lands(event, ask, situation) else { return };
        let Some(trip) = trip else {
            if let Some(history) = self.history.get_mut(journey as usize) {
                history.outside = history.outside.saturating_add(1);
            }
            out.hear(Dated { at, moment: Moment::Outside { journey, touchpoint } });
            return;
        };
        let stage = spec.touchpoint(touchpoint).map_or(0, |t| t.stage);
        let came_from = trip.stop;
        trip.step(Stop { journey, touchpoint, stage, wait: None }, at);
        let scenarios = ask.scenarios(Situation { trip: Some(trip) });
        stage_moments(trip, came_from, spec, at, out);
        let wait = trip.stop.and_then(|s| s.wait);
        let score = spec.touchpoint(touchpoint).and_then(|t| t.score.as_ref()).and_then(|score| {
            let value = ask.value(&score.value, Situation { trip: Some(trip) });
            u8::try_from(score.kind.answer_of(value.as_ref()).ok()?).ok()
        });
        let landing = Landing { journey, trip: trip.id, touchpoint, stage, wait, scenarios, score };
        out.hear(Dated { at, moment: Moment::Landed(landing) });
    }

    fn mark(
        &mut self,
        spec: &JourneySpec,
        event: EventId,
        at: Timestamp,
        place: Option<usize>,
        ask: &impl Ask,
        out: &mut impl Hear,
    ) {
        let Some(place) = place else { return };
        let Some(trip) = self.open.get_mut(place) else { return };
        let test = |test: &Option<super::EventTest>, trip: &Trip| {
            test.as_ref().is_some_and(|t| t.takes(event, ask, Situation { trip: Some(trip) }))
        };
        if trip.reached.is_none() && test(&spec.goal, trip) {
            trip.reached = Some(at);
            out.hear(Dated { at, moment: Moment::Reached { journey: trip.journey, trip: trip.id } });
        }
        if test(&spec.exit, trip) {
            self.end(place, at, out);
        }
    }

    /// Unites two sides: of two open trips of one map (and key) the one landed in later stays, the other ends merged.
    /// Of more trips than may be open those landed in last stay, and the others end likewise: gives how many.
    pub fn merge(&mut self, other: &Self, at: Timestamp, out: &mut impl Hear) -> usize {
        for (mine, theirs) in self.history.iter_mut().zip(&other.history) {
            mine.trips = mine.trips.saturating_add(theirs.trips);
            mine.entered = mine.entered.max(theirs.entered);
            mine.ended = mine.ended.max(theirs.ended);
            mine.decided = mine.decided.max(theirs.decided);
            mine.outside = mine.outside.saturating_add(theirs.outside);
        }
        for theirs in &other.open {
            let twin = self.open.iter_mut().find(|t| t.journey == theirs.journey && t.key == theirs.key);
            let ended = match twin {
                None => {
                    self.open.push(theirs.clone());
                    continue;
                }
                Some(mine) if rank(theirs) > rank(mine) => std::mem::replace(mine, theirs.clone()),
                Some(_) => theirs.clone(),
            };
            let (journey, trip) = (ended.journey, ended.id);
            out.hear(Dated { at, moment: Moment::Ended { journey, trip, end: TripEnd::Merged } });
        }
        self.sort();
        let surplus = self.open.len().saturating_sub(MAX_OPEN_TRIPS);
        let place = |trip: &Trip| (rank(trip), trip.journey);
        let mut places: Vec<_> = self.open.iter().map(place).collect();
        places.sort_unstable();
        let Some(least) = places.get(surplus).filter(|_| surplus > 0) else { return 0 };
        self.open.retain(|trip| {
            let stays = place(trip) >= *least;
            if !stays {
                let (journey, trip) = (trip.journey, trip.id);
                out.hear(Dated { at, moment: Moment::Ended { journey, trip, end: TripEnd::Merged } });
            }
            stays
        });
        surplus
    }
}

/// What decides between two open trips, whoever is merged into whom.
fn rank(trip: &Trip) -> (Timestamp, Timestamp, u32, TripId) {
    (trip.landed, trip.opened, trip.steps, trip.id)
}

impl Trip {
    /// Moves to a touchpoint, measuring the wait since the last event landed on another one.
    fn step(&mut self, mut stop: Stop, at: Timestamp) {
        let same = self.stop.is_some_and(|s| s.touchpoint == stop.touchpoint);
        if !same && self.steps > 0 {
            self.before = Some(self.landed);
        }
        stop.wait = self.before.map(|before| at.since(before));
        self.stop = Some(stop);
        self.visited.add(stop.touchpoint);
        self.landed = self.landed.max(at);
        self.steps = self.steps.saturating_add(1);
    }
}

fn may_enter(history: &History, reenter: &ReenterSpec, at: Timestamp) -> bool {
    let over = |since: Option<Timestamp>, after: Duration| since.is_none_or(|t| t.plus(after) <= at);
    match reenter {
        ReenterSpec::Never => history.trips == 0,
        ReenterSpec::AfterEnd | ReenterSpec::Concurrent(_) => true,
        ReenterSpec::AfterEntry(after) => over(history.entered, *after),
        ReenterSpec::AfterExit(after) => over(history.ended, *after),
        ReenterSpec::AfterDecision(after) => over(history.decided, *after),
    }
}

/// Leave, back, skip and enter, in this order, when the stage changes. Each passed-over touchpoint is told once.
fn stage_moments(
    trip: &mut Trip,
    came_from: Option<Stop>,
    spec: &JourneySpec,
    at: Timestamp,
    out: &mut impl Hear,
) {
    let Some(stop) = trip.stop else { return };
    let (journey, id, stage) = (trip.journey, trip.id, stop.stage);
    if came_from.is_some_and(|s| s.stage == stage) {
        return;
    }
    let mut say = |moment| out.hear(Dated { at, moment });
    if let Some(from) = came_from {
        let stay = at.since(trip.stage_since);
        say(Moment::Leave { journey, trip: id, stage: from.stage, stay });
        if stage < from.stage {
            say(Moment::Back { journey, trip: id, stage });
        }
    }
    if came_from.is_none_or(|s| s.stage < stage) {
        for touchpoint in trip.told..stop.touchpoint {
            let required = spec.touchpoint(touchpoint).is_some_and(|t| t.required);
            if required && !trip.visited.has(touchpoint) {
                say(Moment::Skip { journey, trip: id, touchpoint });
            }
        }
        trip.told = trip.told.max(stop.touchpoint);
    }
    say(Moment::Enter { journey, trip: id, stage });
    trip.stage_since = at;
}

packs! {
    Trip { journey, id, key, opened, landed, stop, stage_since, before, steps, reached, persona, visited, told }
    Visited { low, high }
    Stop { journey, touchpoint, stage, wait }
    History { trips, entered, ended, decided, outside }
}

impl Pack for Trips {
    fn pack(&self, to: &mut Packer<'_>) {
        to.hash(self.origin);
        self.open.pack(to);
        to.sparse(&self.history, |history| *history == History::default());
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let origin = from.hash()?;
        Some(Self { origin, open: Pack::unpack(from)?, history: from.sparse()? })
    }
}
