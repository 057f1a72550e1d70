//! Floor 5: what a match may lead to: arms, consent and channels, caps, quiet hours, the words that are sent.
//!
//! Answers: whether, by which channel and when something may reach a customer, and why not; which arm a customer
//! is in; the id of a decision; the text of a message. Does not know: patterns, conditions, states, the plan. It is
//! handed positions of one plan, instants and zones, and asks the rest through small traits.
//!
//! # Where it stands in the pipeline
//! | step | here |
//! |---|---|
//! | 3 ramp, experiment arm | [`in_ramp`], [`ExperimentSpec`], [`Arms`] |
//! | 4 cool-down | [`Limits::cools_until`] |
//! | 6 channel | [`choose`] over [`Reach`] |
//! | 7 caps | [`Limits::reached`] over [`Usage`] |
//! | 8 quiet hours | [`QuietSpec::judge`] |
//! | ids | [`DecisionFacts::id`] |
//! | hand-over | [`Bodies::render`], [`payload`] |
//!
//! Every step that says no says so with a [`RefusalReason`].

mod arms;
#[cfg(feature = "messages")]
mod body;
mod caps;
mod channel;
mod ids;
#[cfg(feature = "messages")]
pub mod payload;
mod quiet;
mod reason;
#[cfg(test)]
mod tests;
mod usage;

pub use self::arms::{ArmSpec, Arms, ExperimentSpec, Exposure, in_ramp, number_of_ramp, ramp_of_number};
#[cfg(feature = "messages")]
pub use self::body::{
    Bodies, BodyError, MAX_BLOCKS, MAX_BODY_BYTES, MAX_BRACKETS, MAX_ELIFS, MAX_TAG_BYTES, MAX_TEXT_BYTES,
    MAX_WORK, Markup,
};
pub use self::caps::{CapPlace, CapSpec, Contact, Limits, RuleLimits, Span, first_day};
pub use self::channel::{Choice, Reach, choose};
pub use self::ids::{DecisionFacts, DecisionId};
pub use self::quiet::{QuietSpec, Quieted};
pub use self::reason::RefusalReason;
pub use self::usage::{CapOf, Folded, MAX_FOLDED, MAX_USES, Usage, Use};
