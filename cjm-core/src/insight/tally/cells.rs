//! What is counted of one group: journeys, stages, touchpoints, lapses.
//!
//! Answers: every count, duration and emotion behind the tables; merging in any order gives the same tables.
//! Does not know: what a trip is (see [`super::count`]), how rows are written.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::insight::durations::{Durations, Spread};
use crate::plan::Plan;
use crate::score::{EmotionAcc, EmotionSource};

/// How a visit went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The trip went on to another landed event.
    Went,
    /// The trip was abandoned right here.
    Dropped,
    /// The trip was completed here, is still open here, was merged, or came to the same touchpoint again.
    Rest,
}

/// Visits of one fate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FateCell {
    /// Visits.
    pub visits: u64,
    /// Measured waits.
    pub waits: Durations,
    /// Emotions.
    pub emotion: EmotionAcc,
    /// Visits of trips that had complained by then.
    pub complained: u64,
    /// Visits that felt what the map declares; part of the emotions once sealed.
    pub(super) felt: u64,
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
    /// Stops: visits in a row count as one.
    pub stops: u64,
    /// Stops after which the trip went on to another touchpoint.
    pub next: u64,
    /// Times from the beginning of a stop until the trip's next landed event elsewhere.
    pub dwell: Durations,
    /// Visits by what was expected of them (see `TouchpointSpec::expects`): wait, emotion. Only where scenarios
    /// change it.
    pub expected: Vec<[u64; 2]>,
    /// Customers as they were here last, by the states with `idle` that they ever lapsed into, a bit each.
    pub(super) stayed: Vec<(u128, StayCell)>,
    pub(super) stay_mark: u32,
    /// Customers who were here or said how it was.
    pub reach: u64,
    /// Waits of all visits, whatever became of them; known once sealed.
    pub waits: Spread,
    /// Visits with a wait and an expectation.
    pub rated: u64,
    /// Of those the ones that waited longer than expected.
    pub over: u64,
    /// Customers by the flags of what happened to them here.
    harm: Harm,
    /// Stated reasons of the trips that were abandoned right here.
    pub reasons: BTreeMap<Arc<str>, u64>,
    mark: u32,
    flags: u8,
    pub(super) trip_mark: u64,
}

/// A visit as it is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Visit {
    /// The wait before it, microseconds.
    pub(super) wait: Option<i64>,
    /// How long that may be.
    pub(super) expected: Option<i64>,
    /// Whether the trip went on from here or ended with or without its goal.
    pub(super) decided: bool,
    /// Whether it felt what the map declares.
    pub(super) felt: bool,
    /// Whether its trip had complained by then.
    pub(super) complained: bool,
}

/// Customers at a touchpoint, each as of the last visit there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StayCell {
    /// Customers.
    pub customers: u64,
    /// Those who had complained in that trip.
    pub complained: u64,
    /// Emotions of the last visits.
    pub emotion: EmotionAcc,
    /// Waits before them.
    pub waits: Durations,
    /// Last visits that felt what the map declares; part of the emotions once sealed.
    pub(super) felt: u64,
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
    pub(super) const DROPPED: u8 = 1;
    pub(super) const DECIDED: u8 = 2;
    pub(super) const BAD: u8 = 4;
    pub(super) const SCORED: u8 = 8;
    pub(super) const OVER: u8 = 16;
    pub(super) const RATED: u8 = 32;
    pub(super) const HARMED: u8 = DROPPED | BAD | OVER;
    /// Sets of flags.
    pub(super) const SETS: usize = 64;
}

/// Customers by the set of flags that each has by now. The first place, of those with none, is not kept.
#[derive(Debug, Clone, PartialEq)]
struct Harm([u32; flag::SETS]);

impl Default for Harm {
    fn default() -> Self {
        Self([0; flag::SETS])
    }
}

impl Harm {
    /// A customer with some flags has others now. No branch, as which are new is anyone's guess.
    #[inline]
    fn replace(&mut self, flags: u8, by: u8) {
        if let Some(before) = self.0.get_mut(usize::from(flags) % flag::SETS) {
            *before = before.wrapping_sub(1);
        }
        if let Some(now) = self.0.get_mut(usize::from(by) % flag::SETS) {
            *now = now.wrapping_add(1);
        }
    }

    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = mine.wrapping_add(*theirs);
        }
    }

    fn counts(&self) -> HarmCounts {
        let having = |any: u8| {
            let sets = (0_u8..).zip(&self.0).filter(|(flags, _)| flags & any != 0);
            sets.map(|(_, customers)| u64::from(*customers)).sum()
        };
        HarmCounts {
            harmed: having(flag::HARMED),
            dropped: having(flag::DROPPED),
            decided: having(flag::DECIDED),
            bad: having(flag::BAD),
            scored: having(flag::SCORED),
            over: having(flag::OVER),
            rated: having(flag::RATED),
        }
    }
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
    /// Trips that ended here without it.
    pub dropped: u64,
    /// Trips that another one took over here in a merge.
    pub merged: u64,
    /// Open trips here.
    pub inside: u64,
    /// Stays of visits of which an event tells the end.
    pub stays: Durations,
    pub(super) mark: u32,
    pub(super) trip_mark: u64,
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
    /// Trips that could not open because too many were.
    pub not_opened: u64,
    /// Answers that belong to no step.
    pub strays: u64,
    /// Times from entry to goal.
    pub to_goal: Durations,
    /// By position.
    pub stages: Vec<StageCell>,
    /// By position.
    pub touchpoints: Vec<TouchCell>,
    /// Trips that no event landed on.
    pub nowhere: NowhereCell,
    /// First deviations, in no order.
    pub deviations: HashMap<Deviation, u64, FixedState>,
    pub(super) mark: u32,
}

/// Trips that an event opened without landing, and on which none has landed since: they stand in no stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NowhereCell {
    /// Open ones.
    pub open: u64,
    /// Abandoned ones.
    pub dropped: u64,
    /// Customers who abandoned one.
    pub customers: u64,
    /// Abandoned ones about which a bad answer was given.
    pub complained: u64,
    pub(super) mark: u32,
}

/// What a trip did first that the map does not say. The map tells its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// Touchpoint before; none at the start.
    pub after: Option<u32>,
    /// Touchpoint done instead; none at the end.
    pub then: Option<u32>,
}

impl Hash for Deviation {
    // one word: this is looked up for every trip that deviates
    fn hash<H: Hasher>(&self, state: &mut H) {
        let half = |place: Option<u32>| place.map_or(0, |p| u64::from(p) + 1);
        state.write_u64((half(self.after) << 32) ^ half(self.then));
    }
}

/// Kinds of deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// Waits before it.
    pub waits: Durations,
    /// Customers whose last trip had complained.
    pub complained: u64,
    /// Stated reasons.
    pub reasons: BTreeMap<Arc<str>, u64>,
    /// Customers at the same touchpoint who never lapsed into the state; known once sealed.
    pub stayed: StayCell,
    pub(super) mark: u32,
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
    /// Lifecycle moves: count and customers.
    pub moves: BTreeMap<(Option<u32>, Option<u32>), (u64, u64)>,
    /// Customers of the group.
    pub customers: u64,
}

impl GroupCells {
    /// Nothing counted yet.
    pub(super) fn new(plan: &Plan) -> Self {
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

impl JourneyCell {
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
        self.not_opened += other.not_opened;
        self.strays += other.strays;
        self.to_goal.merge(other.to_goal);
        self.nowhere.merge(&other.nowhere);
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

impl NowhereCell {
    fn merge(&mut self, other: &Self) {
        self.open += other.open;
        self.dropped += other.dropped;
        self.customers += other.customers;
        self.complained += other.complained;
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
        self.merged += other.merged;
        self.inside += other.inside;
        self.stays.merge(other.stays);
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
    #[inline]
    pub(super) fn meet(&mut self, serial: u32, visit: bool) {
        let first = self.mark != serial;
        self.mark = serial;
        self.flags = if first { 0 } else { self.flags };
        self.customers += u64::from(first & visit);
        self.reach += u64::from(first);
    }

    /// A trip is here: the first time it counts.
    #[inline]
    pub(super) fn meet_trip(&mut self, serial: u64) {
        self.trips += u64::from(self.trip_mark != serial);
        self.trip_mark = serial;
    }

    /// Raises flags of the present customer.
    #[inline]
    fn raise(&mut self, flags: u8) {
        let before = self.flags;
        self.flags |= flags;
        self.harm.replace(before, self.flags);
    }

    /// Customers by what happened to them here.
    pub fn harm(&self) -> HarmCounts {
        self.harm.counts()
    }

    /// A visit.
    #[inline]
    pub(super) fn visit(&mut self, fate: Fate, visit: &Visit) {
        let Visit { wait, expected, decided, felt, complained } = *visit;
        let rated = wait.is_some() & expected.is_some();
        let over = wait.unwrap_or(i64::MIN) > expected.unwrap_or(i64::MAX);
        self.rated += u64::from(rated);
        self.over += u64::from(over);
        let when = |held: bool, flag: u8| if held { flag } else { 0 };
        let went = when(fate == Fate::Dropped, flag::DROPPED) | when(decided, flag::DECIDED);
        self.raise(went | when(rated, flag::RATED) | when(over, flag::OVER));
        let cell = self.fate_mut(fate);
        cell.visits += 1;
        cell.complained += u64::from(complained);
        cell.felt += u64::from(felt);
        if let Some(wait) = wait {
            cell.waits.add(wait);
        }
    }

    /// A visit of which scenarios change what is expected.
    pub(super) fn expect(&mut self, places: [usize; 2]) {
        let [wait, emotion] = places;
        self.expected.resize(self.expected.len().max(wait + 1).max(emotion + 1), [0; 2]);
        if let Some([n, _]) = self.expected.get_mut(wait) {
            *n += 1;
        }
        if let Some([_, n]) = self.expected.get_mut(emotion) {
            *n += 1;
        }
    }

    /// A stop is over; how long it was, where the trip went on.
    #[inline]
    pub(super) fn stop(&mut self, dwell: Option<i64>) {
        self.stops += 1;
        if let Some(us) = dwell {
            self.next += 1;
            self.dwell.add(us);
        }
    }

    /// The customers who lapsed into just these states.
    #[inline]
    pub(super) fn stayed(&mut self, states: u128) -> Option<&mut StayCell> {
        // by states: those who never lapsed, mostly, come first
        let place = match self.stayed.first() {
            Some((first, _)) if *first == states => 0,
            _ => match self.stayed.binary_search_by_key(&states, |(known, _)| *known) {
                Ok(place) => place,
                Err(place) => {
                    self.stayed.insert(place, (states, StayCell::default()));
                    place
                }
            },
        };
        self.stayed.get_mut(place).map(|(_, cell)| cell)
    }

    pub(super) fn feel(&mut self, fate: Fate, source: EmotionSource, emotion: f64) {
        self.fate_mut(fate).emotion.add(source, emotion);
        if source.is_score() {
            self.raise(flag::SCORED);
            if emotion < 0.0 {
                self.raise(flag::BAD);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.customers += other.customers;
        self.trips += other.trips;
        self.stops += other.stops;
        self.next += other.next;
        self.reach += other.reach;
        self.expected.resize(self.expected.len().max(other.expected.len()), [0; 2]);
        for (mine, theirs) in self.expected.iter_mut().flatten().zip(other.expected.iter().flatten()) {
            *mine += theirs;
        }
        for (states, theirs) in other.stayed {
            if let Some(mine) = self.stayed(states) {
                mine.merge(theirs);
            }
        }
        self.rated += other.rated;
        self.over += other.over;
        self.harm.merge(&other.harm);
        self.dwell.merge(other.dwell);
        for (mine, theirs) in self.fates.iter_mut().zip(other.fates) {
            mine.visits += theirs.visits;
            mine.complained += theirs.complained;
            mine.felt += theirs.felt;
            mine.emotion.merge(&theirs.emotion);
            mine.waits.merge(theirs.waits);
        }
        for (reason, n) in other.reasons {
            *self.reasons.entry(reason).or_default() += n;
        }
    }
}

impl StayCell {
    fn merge(&mut self, other: Self) {
        self.customers += other.customers;
        self.complained += other.complained;
        self.felt += other.felt;
        self.emotion.merge(&other.emotion);
        self.waits.merge(other.waits);
    }
}

impl GroupCells {
    pub(super) fn merge(&mut self, other: Self) {
        self.customers += other.customers;
        for (key, (count, customers)) in other.moves {
            let mine = self.moves.entry(key).or_default();
            mine.0 += count;
            mine.1 += customers;
        }
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
            mine.waits.merge(theirs.waits);
            for (reason, n) in theirs.reasons {
                *mine.reasons.entry(reason).or_default() += n;
            }
        }
    }
}

impl GroupCells {
    /// Counts the visits that felt what the map declares among the emotions.
    pub(super) fn feel_declared(&mut self, plan: &Plan) {
        for (cells, spec) in self.journeys.iter_mut().zip(&plan.journeys) {
            for (cell, touchpoint) in cells.touchpoints.iter_mut().zip(&spec.touchpoints) {
                let Some(feels) = touchpoint.feels else { continue };
                let fates = cell.fates.iter_mut().map(|fate| (&mut fate.emotion, &mut fate.felt));
                let stays = cell.stayed.iter_mut().map(|(_, stay)| (&mut stay.emotion, &mut stay.felt));
                for (emotion, felt) in fates.chain(stays) {
                    emotion.add_many(EmotionSource::Feels, feels, std::mem::take(felt));
                }
            }
        }
    }

    /// Lapses beside the touchpoint they began at, so that those who stayed can be told side by side.
    pub(super) fn lapsed(&mut self) -> impl Iterator<Item = Lapsed<'_>> {
        let journeys = &self.journeys;
        self.lapses.iter_mut().filter_map(|((state, at), cell)| {
            let (journey, touchpoint) = (*at)?;
            let here = journeys.get(journey as usize)?.touchpoints.get(touchpoint as usize)?;
            Some(Lapsed { state: *state, cell, here })
        })
    }

    /// Everything with durations, so that their spreads can be computed side by side.
    pub(super) fn timed(&mut self) -> impl Iterator<Item = Timed<'_>> {
        let lapses = self.lapses.values_mut().map(|cell| Timed::One(&mut cell.waits));
        let journeys = self.journeys.iter_mut().flat_map(|journey| {
            let stages = journey.stages.iter_mut().map(|stage| Timed::One(&mut stage.stays));
            let touchpoints = journey.touchpoints.iter_mut().map(Timed::Touch);
            std::iter::once(Timed::One(&mut journey.to_goal)).chain(stages).chain(touchpoints)
        });
        lapses.chain(journeys)
    }
}

/// Lapses into a state, and the touchpoint they began at.
pub(super) struct Lapsed<'a> {
    state: u32,
    cell: &'a mut LapseCell,
    here: &'a TouchCell,
}

impl Lapsed<'_> {
    /// Takes in those who were at the touchpoint too and never lapsed into the state.
    pub(super) fn compare(self) {
        let lapsed = 1_u128.checked_shl(self.state).unwrap_or(0);
        let all = self.here.stayed.iter().filter(|(states, _)| *states & lapsed == 0).map(|(_, cell)| cell);
        let stayed = &mut self.cell.stayed;
        for cell in all.clone() {
            stayed.customers += cell.customers;
            stayed.complained += cell.complained;
            stayed.emotion.merge(&cell.emotion);
        }
        stayed.waits = Durations::sealed(&all.map(|cell| &cell.waits).collect::<Vec<_>>());
    }
}

/// Durations that belong together.
pub(super) enum Timed<'a> {
    /// One collection.
    One(&'a mut Durations),
    /// Dwell and waits of a touchpoint.
    Touch(&'a mut TouchCell),
}

impl Timed<'_> {
    /// Computes the spreads and lets the values go.
    pub(super) fn seal(self) {
        match self {
            Self::One(durations) => durations.seal(),
            Self::Touch(cell) => {
                cell.dwell.seal();
                cell.stayed.clear();
                let [went, dropped, rest] = &cell.fates;
                cell.waits = Spread::of(&[&went.waits, &dropped.waits, &rest.waits]);
                cell.fates.iter_mut().for_each(|fate| fate.waits.seal());
            }
        }
    }
}
