//! Floor 5: what events mean on a map: landing, trips, stages, moments.
//!
//! Answers: where an event lands, which trip it moves, when a trip opens, reaches its goal and ends.
//! Does not know: how conditions are evaluated (it asks through [`Ask`]), rules, other customers.

mod spec;
mod trip;

pub use self::spec::{
    Alternative, EventTest, JourneySpec, PersonaSpec, ReenterSpec, ScoreSpec, TouchpointSpec,
};
pub use self::trip::{History, Stop, Trip, Trips, Visited};

use crate::base::value::Value;
use crate::expr::Program;

/// What conditions may look at besides event and customer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Situation<'a> {
    /// The trip, when one is open; it says where it stands.
    pub trip: Option<&'a Trip>,
}

/// Evaluates conditions over the event and customer at hand.
pub trait Ask {
    /// Whether a condition holds; one that ends in an error does not.
    fn holds(&self, condition: &Program, at: Situation<'_>) -> bool;

    /// The value of an expression; null when it ends in an error.
    fn value(&self, expression: &Program, at: Situation<'_>) -> Value;

    /// The scenarios that hold, a bit each.
    fn scenarios(&self, at: Situation<'_>) -> u128;
}
