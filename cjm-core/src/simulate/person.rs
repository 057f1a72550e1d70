//! One simulated customer: temper, habits, identities, home, and everything that happened to them.
//!
//! Answers: who it is, whether they come back, in which order their events arrive. Does not know: journeys.

use std::sync::Arc;

use super::world::World;
use crate::base::random::Random;
use crate::base::time::{Duration, MINUTE_US, Timestamp};
use crate::base::value::Value;
use crate::event::Event;

/// Values of each dimension.
const HOMES: usize = 4;

/// A customer and their events so far.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) index: u64,
    pub(super) random: Random,
    /// Average days between visits.
    pub(super) gap_days: f64,
    /// How much milder or harsher than others they feel.
    pub(super) temper: f64,
    /// Which of the values of each dimension is theirs; the second is the worst to be at.
    pub(super) home: usize,
    /// Which of the popular things they like best.
    pub(super) favourite: usize,
    /// When each survey was last asked, by position.
    pub(super) asked: Vec<Option<Timestamp>>,
    once: bool,
    identities: Vec<(Arc<str>, Arc<str>)>,
    events: Vec<Event>,
}

impl Person {
    /// The customer of a number under a seed.
    pub(super) fn new(world: &World, seed: u64, index: u64) -> Self {
        let mut random = Random::of(seed, index);
        let kind = random.weighted(&[0.25, 0.45, 0.3]).unwrap_or(1);
        let gap_days = [60.0, 40.0, 11.0].get(kind).map_or(40.0, |mean| random.log_normal(*mean, 0.3));
        let known: Vec<bool> =
            (0..world.identities.len()).map(|place| place == 0 || random.chance(0.5)).collect();
        let kinds = world.identities.iter().zip(known).filter(|(_, known)| *known);
        Self {
            index,
            gap_days,
            temper: 0.16 * random.normal(),
            home: random.popular(HOMES),
            favourite: random.below(6) as usize,
            asked: vec![None; world.surveys.len()],
            once: kind == 0,
            identities: kinds.map(|(kind, _)| (kind.clone(), identity(kind, index))).collect(),
            events: Vec::new(),
            random,
        }
    }

    /// Whether they come again after a visit that left them in a mood of -1 to 1.
    pub(super) fn comes_back(&mut self, mood: f64) -> bool {
        let stays_away =
            if self.once { 0.8 } else { 0.06 } + if mood < 0.0 { 0.25 - 0.3 * mood } else { 0.0 };
        !self.random.chance(stays_away)
    }

    /// Their value of a dimension: `store-2`.
    pub(super) fn value_of(&self, dimension: &str) -> Value {
        Value::from(format!("{dimension}-{}", self.home + 1))
    }

    /// Whether they are at the worst of the places.
    pub(super) fn is_badly_placed(&self, world: &World) -> bool {
        !world.dimensions.is_empty() && self.home == 1
    }

    /// Something happened to them. The first identity always comes along, the others sometimes.
    pub(super) fn add(
        &mut self,
        name: &Arc<str>,
        time: Timestamp,
        source: &Arc<str>,
        channel: Option<&Arc<str>>,
    ) {
        let id = format!("c{}-{}", self.index + 1, self.events.len() + 1);
        let mut event = Event::new(name.clone(), time).id(source.clone(), id);
        event.channel = channel.cloned();
        for (place, (kind, value)) in self.identities.iter().enumerate() {
            if place == 0 || self.random.chance(0.35) {
                event.identities.push((kind.clone(), value.clone()));
            }
        }
        self.events.push(event);
    }

    /// Gives the latest event its attributes; null ones are left out.
    pub(super) fn fill(&mut self, attributes: Vec<(Arc<str>, Value)>) {
        if let Some(event) = self.events.last_mut() {
            event.attributes = attributes.into_iter().filter(|(_, value)| !value.is_null()).collect();
        }
    }

    /// Everything that happened, each with when it arrives: at its time, or up to ten minutes later for a share.
    pub(super) fn arrivals(mut self, late: f64) -> Vec<(Timestamp, Event)> {
        let mut events = std::mem::take(&mut self.events);
        events.sort_by_key(|event| event.time);
        let mut arrival = |event: &Event| {
            let delay = if self.random.chance(late) { self.random.between(1, 10 * MINUTE_US) } else { 0 };
            event.time.plus(Duration::from_micros(delay))
        };
        events.into_iter().map(|event| (arrival(&event), event)).collect()
    }
}

/// An identity's value, different for every customer: `m-12` for members, eleven digits for phones.
fn identity(kind: &str, index: u64) -> Arc<str> {
    let number = index + 1;
    match kind {
        "phone" | "mobile" => format!("139{number:08}").into(),
        "email" => format!("customer{number}@example.com").into(),
        _ => format!("{}-{number}", kind.get(..1).unwrap_or("c")).into(),
    }
}
