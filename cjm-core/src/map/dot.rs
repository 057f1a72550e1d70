//! The map as a DOT graph for Graphviz and its readers.
//!
//! Answers: the text of a `digraph`, one cluster per stage. Does not know: layout.

use std::fmt::Write;

use super::escape::{dot as quoted, dot_label};
use super::graph::{Map, Step, StepKind};
use crate::base::text::Language;
use crate::blueprint::model::{Journey, Text};

/// Nodes are named by touchpoint id, start and end `(start)` and `(end)`; what may be skipped is dashed, what takes
/// no event is dotted.
pub(super) fn write(journey: &Journey, map: &Map, language: Language) -> String {
    let mut out = String::new();
    // Writing to a String can not fail.
    let _ = writeln!(out, "digraph \"{}\" {{", quoted(&journey.id));
    let _ = writeln!(
        out,
        "  rankdir=LR; label=\"{}\"; labelloc=t;",
        title(&journey.title, &journey.id, language)
    );
    out.push_str("  node [shape=box, style=rounded];\n");
    out.push_str("  \"(start)\" [shape=circle, label=\"\", width=0.2, style=filled, fillcolor=black];\n");
    out.push_str(
        "  \"(end)\" [shape=doublecircle, label=\"\", width=0.15, style=filled, fillcolor=black];\n",
    );
    for stage in &journey.stages {
        let _ = writeln!(out, "  subgraph \"cluster_{}\" {{", quoted(&stage.id));
        let _ = writeln!(out, "    label=\"{}\";", title(&stage.title, &stage.id, language));
        for t in &stage.touchpoints {
            let look = match (t.event.is_empty(), t.optional) {
                (true, _) => ", style=\"rounded,dotted\"",
                (false, true) => ", style=\"rounded,dashed\"",
                (false, false) => "",
            };
            let label = title(&t.title, &t.id, language);
            let _ = writeln!(out, "    \"{}\" [label=\"{label}\"{look}];", quoted(&t.id));
        }
        out.push_str("  }\n");
    }
    for Step { from, to, kind } in map.steps() {
        let place =
            |p: Option<_>, other: &str| p.map_or_else(|| other.to_owned(), |p| quoted(map.touchpoint_id(p)));
        let look = if matches!(kind, StepKind::Enter | StepKind::End) { " [style=dashed]" } else { "" };
        let _ = writeln!(out, "  \"{}\" -> \"{}\"{look};", place(from, "(start)"), place(to, "(end)"));
    }
    out.push_str("}\n");
    out
}

fn title(title: &Option<Text>, id: &str, language: Language) -> String {
    let shown = title.as_ref().map(|t| t.get(language)).filter(|t| !t.trim().is_empty());
    dot_label(shown.unwrap_or(id))
}
