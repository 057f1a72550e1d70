//! The map as JSON: what is written about it and the graph that follows.
//!
//! Answers: one object for programs and pages. Does not know: the blueprint around the journey.

use serde::Serialize;

use super::escape;
use super::graph::{Map, StepKind, TouchpointPos};
use crate::blueprint::model::Journey;
use crate::error::{Error, ErrorCode, Result};

/// Version of the shape; grows when a field changes its meaning or goes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Export<'a> {
    format: &'static str,
    version: u32,
    journey: &'a Journey,
    graph: Graph<'a>,
}

/// Everything by touchpoint id, in document order.
#[derive(Serialize)]
struct Graph<'a> {
    /// `document` or `flow`.
    order: &'static str,
    /// Where a trip may start and end, and where it must come by.
    start: Vec<&'a str>,
    end: Vec<&'a str>,
    required: Vec<&'a str>,
    steps: Vec<Edge<'a>>,
    shortest_path_len: Option<u32>,
}

#[derive(Serialize)]
struct Edge<'a> {
    from: Option<&'a str>,
    to: Option<&'a str>,
    kind: StepKind,
}

/// JSON on one line that may also stand inside a script element.
pub(super) fn write(journey: &Journey, map: &Map) -> Result<String> {
    let id = |p: TouchpointPos| map.touchpoint_id(p);
    let edge = |s: super::graph::Step| Edge { from: s.from.map(id), to: s.to.map(id), kind: s.kind };
    let graph = Graph {
        order: if map.has_flow() { "flow" } else { "document" },
        start: map.positions().filter(|p| map.may_start(*p)).map(id).collect(),
        end: map.positions().filter(|p| map.may_end(*p)).map(id).collect(),
        required: map.positions().filter(|p| map.is_required(*p)).map(id).collect(),
        steps: map.steps().into_iter().map(edge).collect(),
        shortest_path_len: map.shortest_path_len(),
    };
    let export = Export { format: "cjm-map", version: VERSION, journey, graph };
    let text = serde_json::to_string(&export)
        .map_err(|e| Error::new(ErrorCode::Format, format!("the map can not be written as JSON: {e}")))?;
    Ok(escape::json(&text))
}
