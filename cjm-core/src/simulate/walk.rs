//! One visit: a walk through one journey, touchpoint by touchpoint.
//!
//! Answers: which touchpoint follows, how long the wait is, what it does to the mood, whether the customer gives up.
//! Does not know: what attributes and answers say (see `fill` and `survey`).

use std::sync::Arc;

use super::person::Person;
use super::route::{Route, Step};
use super::world::World;
use crate::base::time::{Duration, MINUTE_US, SECOND_US, Timestamp};
use crate::base::value::Value;

/// Most touchpoints of one visit.
const MAX_STEPS: usize = 200;
/// Most repeats of one touchpoint.
const MAX_REPEATS: u32 = 8;

/// Whether an event takes something out again, by its name.
pub(super) fn is_removal(event: &str) -> bool {
    ["remove", "delete", "drop"].iter().any(|word| event.starts_with(word))
}

/// What a visit left behind.
#[derive(Debug)]
pub(super) struct Visit {
    /// The mood at the end, -1 to 1.
    pub(super) mood: f64,
    /// The last event's instant.
    pub(super) end: Timestamp,
}

/// A visit under way.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) world: &'a World,
    pub(super) route: &'a Route,
    pub(super) person: &'a mut Person,
    pub(super) clock: Timestamp,
    /// A tag of this visit, unique for the customer: `12-3`.
    pub(super) tag: String,
    /// Named texts of this visit: what was seen or chosen.
    pub(super) seen: Vec<(Arc<str>, Value)>,
    /// The price in hundredths of what was put in or taken out last.
    pub(super) touched: i64,
    /// The total in hundredths of a visit without a basket.
    pub(super) total: Option<i64>,
    /// Things chosen so far, with prices in hundredths.
    pub(super) basket: Vec<(Value, i64)>,
    pub(super) feeling: Feeling,
    reached: bool,
}

/// How a visit has felt so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Feeling {
    /// The latest touchpoint's emotion.
    pub(super) now: f64,
    /// Whether the latest wait was longer than expected.
    pub(super) late: bool,
    /// What the latest wait costs the next touchpoint, 0 or below.
    blame: f64,
    sum: f64,
    n: f64,
    worst: f64,
}

impl Feeling {
    /// The mood of -1 to 1: the average, the worst moment and the latest one.
    pub(super) fn mood(self) -> f64 {
        if self.n == 0.0 { 0.0 } else { 0.4 * self.sum / self.n + 0.3 * self.worst + 0.3 * self.now }
    }

    fn add(&mut self, emotion: f64) {
        self.now = emotion.clamp(-1.0, 1.0);
        self.worst = if self.n == 0.0 { self.now } else { self.worst.min(self.now) };
        self.sum += self.now;
        self.n += 1.0;
    }
}

impl Visit {
    /// Walks one of the journeys from an instant on; the first journey is the most usual.
    pub(super) fn walk(world: &World, person: &mut Person, begin: Timestamp, number: u64) -> Self {
        let weights: Vec<f64> =
            (0..world.routes.len()).map(|place| if place == 0 { 1.0 } else { 0.4 }).collect();
        let Some(route) = person.random.weighted(&weights).and_then(|place| world.routes.get(place)) else {
            return Self { mood: 0.0, end: begin };
        };
        let mut walk = Walk {
            world,
            route,
            tag: format!("{}-{}", person.index + 1, number + 1),
            person,
            clock: begin,
            seen: Vec::new(),
            touched: 0,
            total: None,
            basket: Vec::new(),
            feeling: Feeling::default(),
            reached: false,
        };
        walk.hello(number == 0);
        walk.all();
        Self { mood: walk.feeling.mood(), end: walk.clock }
    }
}

impl Walk<'_> {
    fn all(&mut self) {
        let open =
            |place: &usize| self.route.steps.get(*place).map_or(0.0, |s| if s.optional { 1.0 } else { 3.0 });
        let weights: Vec<f64> = self.route.starts.iter().map(open).collect();
        let start = self.person.random.weighted(&weights).and_then(|at| self.route.starts.get(at).copied());
        let mut here = start;
        if let Some(enter) = self.route.loose_enter.clone() {
            self.happen(&enter, None);
            self.rest(20 * SECOND_US, 0.5);
        }
        let mut before = None;
        for taken in 0..MAX_STEPS {
            let Some(place) = here else { break };
            let Some(step) = self.route.steps.get(place) else { break };
            self.take(step, taken == 0);
            self.reached |= step.goal;
            if step.exit || self.gives_up(step, taken) {
                break;
            }
            (here, before) = (self.next(place, before), Some(place));
        }
        self.loose_ends();
    }

    /// A goal that no touchpoint takes, and now and then an event that nobody declared.
    fn loose_ends(&mut self) {
        let gone_through = self.feeling.n >= self.route.steps.iter().filter(|s| !s.optional).count() as f64;
        if let Some(goal) = self.route.loose_goal.clone().filter(|_| gone_through) {
            self.rest(30 * SECOND_US, 0.5);
            self.happen(&goal, None);
        }
        if self.person.random.chance(self.world.noise) {
            let name = self.world.unmapped.clone();
            self.rest(5 * SECOND_US, 0.5);
            self.happen(&name, None);
        }
    }

    /// A touchpoint with its wait, its event and its repeats.
    fn take(&mut self, step: &Step, first: bool) {
        if !first {
            self.wait(step);
        }
        self.feel(step);
        let event = match (first, step.goal) {
            (true, _) => step.enter.as_ref().or(step.events.first()),
            _ => step.events.first(),
        };
        if let Some(event) = event {
            self.happen(&event.clone(), Some(step));
        }
        self.ask(step);
        let mut repeats = 0;
        while step.repeat && repeats < MAX_REPEATS && self.person.random.chance(0.45) {
            self.rest(40 * SECOND_US, 0.7);
            if let Some(event) = self.one_of(step) {
                self.happen(&event, Some(step));
            }
            repeats += 1;
        }
    }

    /// One of a touchpoint's events when it repeats: mostly the first; something is taken out only of what is in.
    fn one_of(&mut self, step: &Step) -> Option<Arc<str>> {
        let other =
            self.person.random.chance(0.18).then(|| self.person.random.pick(step.events.get(1..)?).cloned());
        let may = |event: &Arc<str>| !is_removal(event) || self.basket.len() > 1;
        other.flatten().filter(may).or_else(|| step.events.first().cloned())
    }

    /// Moves the clock by the wait before a touchpoint: around half of what is expected, more in busy hours, much
    /// more where pains are declared.
    fn wait(&mut self, step: &Step) {
        let soon = Duration::from_micros(step.wait_us.unwrap_or(0) / 2);
        let busy = self.world.is_busy(self.clock.plus(soon));
        let factor = match (busy, step.weak) {
            (false, false) => 0.55,
            (false, true) => 0.65,
            (true, false) => 0.75,
            (true, true) => 1.2,
        };
        let expected = step.wait_at(self.world, self.clock.plus(soon));
        (self.feeling.late, self.feeling.blame) = (false, 0.0);
        let Some(expected) = expected.filter(|wait| *wait > 0) else {
            let usual = match (self.reached, step.feels.is_some_and(|f| f < 0.0), step.physical) {
                (true, true, _) => 40 * MINUTE_US,
                (true, false, _) => 6 * MINUTE_US,
                (false, true, _) => 10 * MINUTE_US,
                (false, false, true) => 4 * MINUTE_US,
                (false, false, false) => MINUTE_US,
            };
            return self.rest(usual, 0.6);
        };
        let badly_placed = step.weak && self.person.is_badly_placed(self.world);
        let before = self.clock;
        self.rest((expected as f64 * factor * if badly_placed { 1.35 } else { 1.0 }) as i64, 0.42);
        let limit = step.wait_at(self.world, self.clock);
        self.feeling.late = limit.is_some_and(|limit| self.clock.since(before).as_micros() > limit);
        if self.feeling.late {
            let over = self.clock.since(before).as_micros() as f64 / expected as f64 - 1.0;
            self.feeling.blame = -0.25 - over.clamp(0.1, 0.9);
        }
    }

    /// Moves the clock by a log-normal rest around a median, between a second and four fifths of the trip's idle time.
    pub(super) fn rest(&mut self, median_us: i64, spread: f64) {
        let drawn = self.person.random.log_normal(median_us.max(SECOND_US) as f64, spread);
        let most = (self.route.idle_us as f64 * 0.8).max(SECOND_US as f64);
        let ms = (drawn.clamp(SECOND_US as f64, most) / 1_000.0) as i64;
        self.clock = self.clock.plus(Duration::from_micros(ms * 1_000));
    }

    /// What a touchpoint does to the mood: what it usually does, one's temper, chance, and the wait before it.
    fn feel(&mut self, step: &Step) {
        let place = if self.person.is_badly_placed(self.world) { -0.12 } else { 0.0 };
        let usual = step.feels.unwrap_or(step.expected * 0.7 + 0.2);
        let chance = 0.22 * self.person.random.normal();
        self.feeling.add(usual + self.person.temper + place + self.feeling.blame + chance);
    }

    /// Whether the customer leaves now: seldom when all is well, often after a bad moment, and after the goal when
    /// nothing needs to follow; in a flow, where one may go round, the more the longer it takes.
    fn gives_up(&mut self, step: &Step, taken: usize) -> bool {
        let bad = step.feels.is_some_and(|feels| feels < 0.0);
        let round = if self.route.flow.is_some() { 0.012 * taken as f64 } else { 0.0 };
        let chance = match (self.reached, bad) {
            (true, _) => {
                if round > 0.0 {
                    0.5
                } else {
                    0.1
                }
            }
            (false, true) => 0.75,
            (false, false) => {
                0.012
                    + round
                    + if self.feeling.now < 0.0 { 0.1 - 0.15 * self.feeling.now } else { 0.0 }
                    + if step.repeat { 0.03 } else { 0.0 }
            }
        };
        self.person.random.chance(chance)
    }

    /// The touchpoint after this one: by the map's flow, or the next in order with optional ones left out by taste;
    /// now and then
    /// a step is passed over or the one before is taken again.
    fn next(&mut self, place: usize, before: Option<usize>) -> Option<usize> {
        if let Some(flow) = &self.route.flow {
            let follow = flow.get(place)?;
            let weights: Vec<f64> = follow.iter().map(|next| self.taste(*next)).collect();
            return self.person.random.weighted(&weights).and_then(|at| follow.get(at).copied());
        }
        if let Some(before) = before.filter(|_| self.person.random.chance(0.01)) {
            return Some(before);
        }
        let mut later = place + 1..self.route.steps.len();
        later.find(|next| self.person.random.chance(self.taste(*next)))
    }

    /// How likely a touchpoint is taken when its turn comes.
    fn taste(&self, place: usize) -> f64 {
        let Some(step) = self.route.steps.get(place) else { return 0.0 };
        let mood = self.feeling.mood();
        match (step.feels, &step.score, step.optional) {
            (Some(feels), _, _) if feels < 0.0 && self.reached => {
                if mood < 0.0 {
                    0.3 - 0.5 * mood
                } else {
                    0.01
                }
            }
            (Some(feels), _, _) if feels < 0.0 => {
                if self.feeling.late {
                    0.25
                } else {
                    0.03
                }
            }
            (_, Some(_), true) => 0.2 + 0.3 * mood.abs(),
            (_, _, true) => 0.55,
            (_, _, false) => 0.985,
        }
    }
}
