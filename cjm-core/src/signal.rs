//! Plain data that floors hand to each other: what happened to one customer at one instant.
//!
//! Answers: the vocabulary of moments. Does not know: who reads them. Numbers are positions in one plan.

use serde::{Deserialize, Serialize};

use crate::base::pack::packs;
use crate::base::time::{Duration, Timestamp};

/// How a trip ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TripEnd {
    /// With the goal reached.
    Completed,
    /// Without it.
    Abandoned,
    /// When two customers turned out to be one: taken over by another trip of the same map, or one too many.
    Merged,
}

/// One of a customer's trips on a journey. It keeps its name when customers turn out to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct TripId {
    /// A hash of the customer key under which it opened; 0 where a study needs none.
    pub origin: u64,
    /// Number of that customer's trip on the journey, from 0.
    pub number: u32,
}

/// What the last step of a trip was measured to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Landing {
    /// Position of the journey.
    pub journey: u32,
    /// Which of the customer's trips on this journey.
    pub trip: TripId,
    /// Position of the touchpoint in the journey.
    pub touchpoint: u32,
    /// Position of the stage in the journey.
    pub stage: u32,
    /// Time since the trip's previous landed event on another touchpoint.
    pub wait: Option<Duration>,
    /// Scenarios that hold, a bit each in document order.
    pub scenarios: u128,
    /// The answer on the touchpoint's scale that the event itself carried.
    pub score: Option<u8>,
}

/// Something that happened to a customer, by an event or by time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// A trip opened.
    Opened {
        /// Position of the journey.
        journey: u32,
        /// Which of the customer's trips on this journey.
        trip: TripId,
        /// Position of the persona; `None` is unassigned.
        persona: Option<u32>,
    },
    /// An event landed on a touchpoint of an open trip.
    Landed(Landing),
    /// An event would have landed, but no trip was open.
    Outside {
        /// Position of the journey.
        journey: u32,
        /// Position of the touchpoint in the journey.
        touchpoint: u32,
    },
    /// A trip would have opened, but as many as may be open were.
    Crowded {
        /// Position of the journey.
        journey: u32,
    },
    /// The trip came into a stage.
    Enter {
        /// Position of the journey.
        journey: u32,
        /// Which trip.
        trip: TripId,
        /// Position of the stage.
        stage: u32,
    },
    /// The trip left a stage for another.
    Leave {
        /// Position of the journey.
        journey: u32,
        /// Which trip.
        trip: TripId,
        /// Position of the stage.
        stage: u32,
        /// How long it stood there.
        stay: Duration,
    },
    /// A required touchpoint was passed over.
    Skip {
        /// Position of the journey.
        journey: u32,
        /// Which trip.
        trip: TripId,
        /// Position of the touchpoint.
        touchpoint: u32,
    },
    /// The trip came back to an earlier stage.
    Back {
        /// Position of the journey.
        journey: u32,
        /// Which trip.
        trip: TripId,
        /// Position of the stage.
        stage: u32,
    },
    /// The goal was reached.
    Reached {
        /// Position of the journey.
        journey: u32,
        /// Which trip.
        trip: TripId,
    },
    /// The trip ended.
    Ended {
        /// Position of the journey.
        journey: u32,
        /// Which trip.
        trip: TripId,
        /// How.
        end: TripEnd,
    },
    /// A lifecycle state began.
    Becomes {
        /// State before; `None` at the customer's first.
        from: Option<u32>,
        /// Position of the state.
        state: u32,
    },
    /// The customer joined a segment.
    Joins {
        /// Position of the segment.
        segment: u32,
    },
    /// The customer quit a segment.
    Quits {
        /// Position of the segment.
        segment: u32,
    },
}

/// A moment and its instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dated {
    /// When.
    pub at: Timestamp,
    /// What.
    pub moment: Moment,
}

/// Who listens to moments as they happen: any `FnMut(Dated)`, or a type of its own where each kind of moment should
/// lead straight to its code.
pub trait Hear {
    /// A moment has happened.
    fn hear(&mut self, dated: Dated);
}

impl<F: FnMut(Dated)> Hear for F {
    #[inline]
    fn hear(&mut self, dated: Dated) {
        self(dated);
    }
}

packs! {
    TripId { origin as hash, number }
}
