//! Floor 6: checks a whole blueprint and compiles it into one immutable plan.
//!
//! Answers: what every event, attribute, feature, stage and condition of a blueprint is by number.
//! Does not know: customers. A plan is `Send + Sync`: share it between threads and engines.

pub(crate) mod check;
mod compile;
pub mod layout;
pub mod names;
pub mod rule;
pub mod slots;
pub mod types;

use std::sync::Arc;

use crate::base::text::Language;
use crate::base::zone::Zone;
use crate::blueprint::model::Document;
use crate::customer::feature::FeatureSpec;
use crate::customer::lifecycle::LifecycleSpec;
use crate::event::{AttributeId, EventId};
use crate::expr::Program;
use crate::journey::JourneySpec;
use crate::map::Map;
use crate::score::ScoreKind;

pub use self::layout::Layout;
pub use self::names::Names;
pub use self::rule::{Need, RuleSpec, Rules};
use self::slots::Slot;

/// Most scenarios of a blueprint: those that hold at a landing are the bits of one number.
pub const MAX_SCENARIOS: usize = u128::BITS as usize;
/// Most segments of a blueprint: those a customer is in are the bits of one number.
pub const MAX_SEGMENTS: usize = u128::BITS as usize;

/// A compiled blueprint.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The document it was made from.
    pub document: Arc<Document>,
    /// The blueprint's zone.
    pub zone: Zone,
    /// Its name.
    pub zone_name: Arc<str>,
    /// The blueprint's language.
    pub language: Language,
    /// Names by number.
    pub names: Names,
    /// What numbers in conditions stand for.
    pub slots: Vec<Slot>,
    /// Features in document order.
    pub features: Vec<Feature>,
    /// By event: what it has a part in.
    pub roles: Vec<Role>,
    /// Events that the lifecycle looks at.
    pub tracked: Vec<EventId>,
    /// Lifecycle rows.
    pub lifecycle: Vec<LifecycleSpec>,
    /// Features whose value moves lifecycle or segments as time passes.
    pub clocked: Vec<u32>,
    /// Whether lifecycle or segments look at profile fields or tags.
    pub profile_moves: bool,
    /// Segments.
    pub segments: Vec<Option<Program>>,
    /// Scenarios.
    pub scenarios: Vec<Option<Program>>,
    /// Journeys.
    pub journeys: Vec<JourneySpec>,
    /// The graph of each journey.
    pub maps: Vec<Map>,
    /// The reserved event that sets profile fields.
    pub profile_set: Option<EventId>,
    /// The reserved event that tells what became of a decision.
    pub ack: Option<EventId>,
    /// How consent is said.
    pub consent: Option<ConsentSpec>,
    /// Surveys.
    pub surveys: Vec<SurveySpec>,
    /// Rules.
    pub rules: Rules,
    /// Stable ids of everything that a state remembers.
    pub layout: Arc<Layout>,
    /// By event: whether nothing looks at it, so that it only lets time pass.
    pub idle: Vec<bool>,
}

/// What one event has a part in.
#[derive(Debug, Clone, Default)]
pub struct Role {
    /// Features it feeds.
    pub feeds: Vec<u32>,
    /// Journeys it may concern.
    pub concerns: Vec<u32>,
    /// Its place among the events that the lifecycle looks at.
    pub tracked: Option<u32>,
    /// Whether lifecycle and segments may change with it.
    pub moves: bool,
    /// Whether it says consent or profile.
    pub says: bool,
}

impl Role {
    /// Whether it has none: nothing of a customer changes with it.
    pub fn is_idle(&self) -> bool {
        self.feeds.is_empty() && self.concerns.is_empty() && self.tracked.is_none() && !self.says
    }
}

/// A compiled feature.
#[derive(Debug, Clone)]
pub struct Feature {
    /// Its name.
    pub id: Arc<str>,
    /// What it computes.
    pub spec: FeatureSpec,
    /// The event that feeds it.
    pub event: Option<EventId>,
    /// The attribute it reads; `None` counts events.
    pub attribute: Option<AttributeId>,
    /// Only events for which this holds.
    pub condition: Option<Program>,
}

/// The event that says consent, by number.
#[derive(Debug, Clone)]
pub struct ConsentSpec {
    /// The event.
    pub event: Option<EventId>,
    /// Its attribute `channel`.
    pub channel: AttributeId,
    /// Its attribute `purpose`.
    pub purpose: AttributeId,
    /// Its attribute `granted`.
    pub granted: AttributeId,
}

/// A compiled survey.
#[derive(Debug, Clone)]
pub struct SurveySpec {
    /// Its id.
    pub id: Arc<str>,
    /// Questions with a score.
    pub questions: Vec<ScoredQuestion>,
}

/// A question whose answer is a score.
#[derive(Debug, Clone)]
pub struct ScoredQuestion {
    /// Its id.
    pub id: Arc<str>,
    /// Its attribute of the event `answered`.
    pub attribute: AttributeId,
    /// Its scale.
    pub kind: ScoreKind,
    /// Where it counts: (journey, touchpoint).
    pub at: Option<(u32, u32)>,
}

/// Names of events that the engine itself understands.
pub mod reserved {
    /// An answer to a survey: `survey` and its questions.
    pub const ANSWERED: &str = "answered";
    /// Profile fields to set; null clears.
    pub const PROFILE_SET: &str = "profile_set";
    /// Its identities are one customer.
    pub const LINKED: &str = "linked";
    /// A step of a ticket.
    pub const TICKET_STEP: &str = "ticket_step";
    /// What became of a decision.
    pub const ACK: &str = "ack";
    /// All of them.
    pub const ALL: [&str; 5] = [ANSWERED, PROFILE_SET, LINKED, TICKET_STEP, ACK];
    /// Profile fields that every blueprint has.
    pub const FIELDS: [&str; 2] = ["zone", "language"];
}

impl Plan {
    /// Whether customers have a lifecycle or segments.
    pub fn has_states(&self) -> bool {
        !(self.lifecycle.is_empty() && self.segments.is_empty())
    }

    /// Whether nothing looks at an event.
    pub fn is_idle(&self, event: EventId) -> bool {
        self.idle.get(event.index()) == Some(&true)
    }

    fn idle_events(&self) -> Vec<bool> {
        let rules = &self.rules;
        let watches = self.has_states() || !rules.patterns.scheduled().is_empty();
        let idle = |(event, role): (u32, &Role)| {
            let event = EventId(event);
            let watched = rules.watched.get(event.index()).is_some_and(|rules| !rules.is_empty());
            let heard = rules.patterns.hears(event) || self.ack == Some(event);
            !watches && !watched && !heard && role.is_idle()
        };
        (0_u32..).zip(&self.roles).map(idle).collect()
    }

    /// What a number in a condition stands for.
    pub fn slot(&self, number: u32) -> Option<Slot> {
        self.slots.get(number as usize).copied()
    }
}
