//! Floor 3: the journey map as a graph, a drawing and a document for other tools.
//!
//! Answers: which touchpoint may follow which, what is wrong with a map, how it looks as SVG, Mermaid, DOT and
//! JSON, what many maps have in common. Does not know: events of real customers, trips, scores; whoever has
//! measured emotions hands them in as [`svg::CurvePoint`]s.

pub mod atlas;
#[cfg(test)]
mod atlas_tests;
mod check;
#[cfg(test)]
mod check_tests;
mod dot;
mod escape;
#[cfg(test)]
mod export_tests;
mod graph;
#[cfg(test)]
mod graph_tests;
mod journey_map;
mod json;
pub mod measure;
pub mod mermaid;
#[cfg(test)]
mod sample;
pub mod svg;

pub use self::atlas::Atlas;
pub use self::check::{check, check_all};
pub use self::graph::{Map, StagePos, Step, StepKind, TouchpointPos};
pub use self::journey_map::JourneyMap;

/// Most maps in one blueprint.
pub const MAX_MAPS: usize = 1_024;
/// Most touchpoints in one blueprint, all maps together.
pub const MAX_TOUCHPOINTS: usize = 10_000;
/// Most stages in one map.
pub const MAX_STAGES: usize = 10_000;
/// Most successions that the `flow` of one map may list.
pub const MAX_SUCCESSIONS: usize = 262_144;
