//! One journey map, compiled for landing: touchpoints by event, enter, goal and exit tests, personas.
//!
//! Answers: which touchpoint an event may land on, in the order to try. Does not know: texts and positions.

use crate::base::time::Duration;
use crate::event::EventId;
use crate::expr::Program;
use crate::score::ScoreKind;

use super::{Ask, Situation};

/// A compiled journey.
#[derive(Debug, Clone, Default)]
pub struct JourneySpec {
    /// Touchpoints in document order.
    pub touchpoints: Vec<TouchpointSpec>,
    /// Number of stages.
    pub n_stages: u32,
    /// By event: the touchpoints it may land on, with `where` before without, then document order.
    pub landing: Vec<Vec<u32>>,
    /// By event: whether it opens a trip.
    pub enter: Vec<bool>,
    /// The moment of the goal.
    pub goal: Option<EventTest>,
    /// What ends a trip.
    pub exit: Option<EventTest>,
    /// A trip ends after so long without a landed event.
    pub idle: Option<Duration>,
    /// When a customer may start again.
    pub reenter: ReenterSpec,
    /// Personas in document order.
    pub personas: Vec<PersonaSpec>,
}

/// A compiled touchpoint.
#[derive(Debug, Clone, Default)]
pub struct TouchpointSpec {
    /// Position of its stage.
    pub stage: u32,
    /// Only events for which this holds.
    pub condition: Option<Program>,
    /// Whether passing over it is a moment: it takes events and is not optional.
    pub required: bool,
    /// Expected wait.
    pub wait: Option<Duration>,
    /// Expected wait by scenario, in document order; the first that holds counts.
    pub alternatives: Vec<Alternative>,
    /// A score that the event carries.
    pub score: Option<ScoreSpec>,
    /// Emotion of an event without an answer.
    pub feels: Option<f64>,
}

/// What a scenario changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alternative {
    /// Bit of the scenario.
    pub scenario: u128,
    /// Expected wait there.
    pub wait: Option<Duration>,
    /// Expected emotion there.
    pub expected: Option<f64>,
}

/// A score carried by an event.
#[derive(Debug, Clone)]
pub struct ScoreSpec {
    /// Its scale.
    pub kind: ScoreKind,
    /// Where it stands.
    pub value: Program,
}

/// Events, perhaps only where a condition holds.
#[derive(Debug, Clone, Default)]
pub struct EventTest {
    /// By event: whether it counts.
    pub events: Vec<bool>,
    /// The condition.
    pub condition: Option<Program>,
}

/// A persona's condition; none always holds.
#[derive(Debug, Clone, Default)]
pub struct PersonaSpec {
    /// The condition.
    pub condition: Option<Program>,
}

/// When a customer may start again.
#[derive(Debug, Clone, Default)]
pub enum ReenterSpec {
    /// Never.
    Never,
    /// After the trip's end.
    #[default]
    AfterEnd,
    /// So long after the last trip's entry.
    AfterEntry(Duration),
    /// So long after the last trip's end.
    AfterExit(Duration),
    /// So long after the last decision of the last trip.
    AfterDecision(Duration),
    /// One trip per value.
    Concurrent(Program),
}

impl EventTest {
    /// Whether the event counts.
    pub fn takes(&self, event: EventId, ask: &impl Ask, at: Situation<'_>) -> bool {
        self.events.get(event.index()).copied().unwrap_or(false)
            && self.condition.as_ref().is_none_or(|condition| ask.holds(condition, at))
    }
}

impl JourneySpec {
    /// The touchpoint an event lands on.
    pub fn lands(&self, event: EventId, ask: &impl Ask, at: Situation<'_>) -> Option<u32> {
        let candidates = self.landing.get(event.index())?;
        candidates.iter().copied().find(|place| {
            self.touchpoint(*place)
                .and_then(|t| t.condition.as_ref())
                .is_none_or(|condition| ask.holds(condition, at))
        })
    }

    /// Whether the event may matter to this journey at all.
    pub fn concerns(&self, event: EventId) -> bool {
        let i = event.index();
        let test = |t: &Option<EventTest>| t.as_ref().is_some_and(|t| t.events.get(i) == Some(&true));
        self.landing.get(i).is_some_and(|c| !c.is_empty())
            || self.enter.get(i) == Some(&true)
            || test(&self.goal)
            || test(&self.exit)
    }

    /// A touchpoint by position.
    pub fn touchpoint(&self, place: u32) -> Option<&TouchpointSpec> {
        self.touchpoints.get(place as usize)
    }

    /// The first persona that holds.
    pub fn persona(&self, ask: &impl Ask, at: Situation<'_>) -> Option<u32> {
        let found = self.personas.iter().position(|p| p.condition.as_ref().is_none_or(|c| ask.holds(c, at)));
        found.and_then(|place| u32::try_from(place).ok())
    }
}

impl TouchpointSpec {
    /// The expected wait where these scenarios hold.
    pub fn expected_wait(&self, scenarios: u128) -> Option<Duration> {
        let special = self.alternatives.iter().find(|a| a.wait.is_some() && a.scenario & scenarios != 0);
        special.and_then(|a| a.wait).or(self.wait)
    }

    /// What expected wait and what expected emotion count where these scenarios hold: 0 the touchpoint's own, else one
    /// more than the position of the alternative.
    pub fn expects(&self, scenarios: u128) -> [usize; 2] {
        let first = |says: fn(&Alternative) -> bool| {
            self.alternatives.iter().position(|a| says(a) && a.scenario & scenarios != 0).map_or(0, |p| p + 1)
        };
        [first(|a| a.wait.is_some()), first(|a| a.expected.is_some())]
    }
}
