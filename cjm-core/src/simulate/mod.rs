//! Simulated customers walking a blueprint: believable events for demos, load tests and dry runs.
//!
//! Answers: events of seeded customers who arrive, walk the journeys, wait, drop out, answer surveys, complain,
//! come back or stay away. The same blueprint, options and seed give the same events on every machine.
//! Does not know: customers' features and trips. A `where` over the event alone is satisfied (by drawing again, a
//! bounded number of times), a scenario over its time alone changes the expected wait, a question's `if` over the
//! answers decides whether it is asked; conditions that speak of more are left out.
//!
//! What is put in on purpose, so that a study has something to find: touchpoints with declared pains are slow in
//! busy hours, the second value of each dimension is worse than the others, waits beyond what was expected cost
//! mood, bad moods drop out, complain, score low and stay away.

mod calendar;
mod condition;
mod fill;
mod hello;
mod person;
mod route;
mod survey;
mod voice;
mod walk;
mod world;

use crate::base::text::Language;
use crate::base::time::{DAY_US, Duration, Timestamp};
use crate::blueprint::model::Document;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;

use self::person::Person;
use self::walk::Visit;
use self::world::World;

/// Most customers of one simulation.
pub const MAX_CUSTOMERS: u64 = 50_000_000;
/// Longest span in days.
pub const MAX_DAYS: u32 = 3_660;
/// Most visits of one customer.
const MAX_VISITS: u64 = 2_000;

/// Who is simulated, when and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// How many customers come at least once.
    pub customers: u64,
    /// Length of the span in days; no visit begins after it.
    pub days: u32,
    /// The seed: the same seed gives the same events.
    pub seed: u64,
    /// Where the span begins.
    pub start: Timestamp,
    /// Language of comments; the blueprint's unless said.
    pub language: Option<Language>,
    /// How many customers come in each local hour, in any unit; by the blueprint's channels unless said.
    pub hours: Option<[f64; 24]>,
    /// Share of visits with an event that no blueprint declares, and of events that arrive late; 0 to 1.
    pub noise: f64,
    /// Most events in memory at once.
    pub max_events: usize,
}

impl Default for Options {
    /// 2,000 customers over 180 days from 2026-01-01, seed 1, a hundredth of noise.
    fn default() -> Self {
        Self {
            customers: 2_000,
            days: 180,
            seed: 1,
            start: Timestamp::saturating(1_767_225_600_000_000),
            language: None,
            hours: None,
            noise: 0.01,
            max_events: 50_000_000,
        }
    }
}

/// A prepared simulation: customers can be taken one by one, in any order, on any thread.
#[derive(Debug)]
pub struct Simulation {
    world: World,
    options: Options,
}

impl Simulation {
    /// Prepares a simulation of a blueprint.
    ///
    /// # Errors
    /// `argument` when no journey has a touchpoint with an event or the noise is no share; `limit` when there are
    /// more customers or days than allowed.
    pub fn new(document: &Document, options: Options) -> Result<Self> {
        if options.customers > MAX_CUSTOMERS || options.days > MAX_DAYS {
            let message = format!("at most {MAX_CUSTOMERS} customers and {MAX_DAYS} days can be simulated");
            return Err(Error::new(ErrorCode::Limit, message));
        }
        if !(0.0..=1.0).contains(&options.noise) {
            let message = format!("the noise `{}` is no share between 0 and 1", options.noise);
            return Err(Error::new(ErrorCode::Argument, message));
        }
        let world = World::of(document, &options);
        if world.routes.is_empty() {
            let message = "no journey of the blueprint has a touchpoint with an event";
            return Err(Error::new(ErrorCode::Argument, message));
        }
        Ok(Self { world, options })
    }

    /// The events of one customer (from 0), ordered by time. Every customer is independent of all others.
    pub fn customer(&self, index: u64) -> Vec<Event> {
        let mut events: Vec<Event> = self.arrivals(index).into_iter().map(|(_, event)| event).collect();
        events.sort_by_key(|event| event.time);
        events
    }

    /// All events in the order in which they arrive: by time, but for the share of late ones.
    ///
    /// # Errors
    /// `limit` when there are more than `max_events`.
    pub fn events(&self) -> Result<Vec<Event>> {
        let mut all: Vec<(Timestamp, Event)> = Vec::new();
        for index in 0..self.options.customers {
            all.append(&mut self.arrivals(index));
            if all.len() > self.options.max_events {
                let message =
                    format!("more than {} events; take fewer customers or days", self.options.max_events);
                return Err(Error::new(ErrorCode::Limit, message));
            }
        }
        all.sort_by_key(|(arrival, _)| *arrival);
        Ok(all.into_iter().map(|(_, event)| event).collect())
    }

    /// The events of one customer, each with the instant at which it arrives.
    fn arrivals(&self, index: u64) -> Vec<(Timestamp, Event)> {
        let mut person = Person::new(&self.world, self.options.seed, index);
        let until = self.options.start.plus(Duration::from_micros(i64::from(self.options.days) * DAY_US));
        let mut next = calendar::first_visit(&self.world, &mut person.random, self.options.start, until);
        let mut n_visits = 0;
        while let Some(begin) = next.filter(|t| *t < until && n_visits < MAX_VISITS) {
            let visit = Visit::walk(&self.world, &mut person, begin, n_visits);
            n_visits += 1;
            next = person
                .comes_back(visit.mood)
                .then(|| calendar::next_visit(&self.world, &mut person.random, visit.end, person.gap_days));
        }
        person.arrivals(self.options.noise)
    }
}

/// All events of a simulation, in the order in which they arrive.
///
/// # Errors
/// As [`Simulation::new`] and [`Simulation::events`].
///
/// ```
/// use cjm_core::simulate::{Options, simulate};
/// let text = "
/// cjm: 1
/// id: shop
/// events: { visit: {}, buy: { amount: money } }
/// journeys:
///   - id: purchase
///     enter: visit
///     goal: { event: buy }
///     stages: [{ id: look, touchpoints: [{ id: page, event: visit }] }, { id: pay, touchpoints: [{ id: till, event: buy }] }]
/// ";
/// let shop = cjm_core::Blueprint::from_yaml(text)?;
/// let options = Options { customers: 20, days: 30, ..Options::default() };
/// let events = simulate(shop.document(), options.clone())?;
/// assert!(events.len() >= 20);
/// assert_eq!(events, simulate(shop.document(), options)?);
/// # Ok::<(), cjm_core::Error>(())
/// ```
pub fn simulate(document: &Document, options: Options) -> Result<Vec<Event>> {
    Simulation::new(document, options)?.events()
}

#[cfg(test)]
mod tests;
