//! Writing Mermaid: the `journey` diagram and the flowchart.
//!
//! Answers: the text of both. Does not know: how it is read back.

use std::fmt::Write;

use super::lines::KEYWORDS;
use crate::base::catalogue::words::word;
use crate::base::text::Language;
use crate::blueprint::model::{Channel, Journey, Text, Touchpoint};
use crate::map::escape;
use crate::map::graph::{Map, Step, StepKind};

/// A `journey` diagram: sections are stages, tasks are touchpoints, scores 1 to 5 are the expected emotion (3 is
/// neutral or unknown), actors are `x-actors`, else the owner, else the channel.
pub(in crate::map) fn journey(journey: &Journey, channels: &[Channel], language: Language) -> String {
    let mut out = String::from("journey\n");
    let mut line = |indent: &str, text: &str| {
        out.push_str(indent);
        out.push_str(text);
        out.push('\n');
    };
    if let Some(title) = name(&journey.title, "", language) {
        line("    ", &format!("title {title}"));
        line("    ", &format!("accTitle: {title}"));
    }
    if let Some(objective) = name(&journey.objective, "", language) {
        line("    ", &format!("accDescr: {objective}"));
    }
    for stage in &journey.stages {
        let title = name(&stage.title, &stage.id, language).unwrap_or_else(|| "-".to_owned());
        line("    ", &format!("section {title}"));
        for t in &stage.touchpoints {
            let title = name(&t.title, &t.id, language).unwrap_or_else(|| "-".to_owned());
            let mut task = format!("{}: {}", no_keyword(&title), score(t));
            let actors = actors(t, channels, language);
            if !actors.is_empty() {
                let _ = write!(task, ": {}", actors.join(", "));
            }
            line("      ", &task);
        }
    }
    out
}

/// A flowchart: one box per touchpoint, grouped by stage; what may be skipped is dashed, what takes no event is
/// dotted grey.
pub(in crate::map) fn flowchart(journey: &Journey, map: &Map, language: Language) -> String {
    let mut out = String::from("flowchart LR\n");
    let _ = writeln!(out, "    start_([{}])", word("map.start", language));
    for stage in &journey.stages {
        let title = name(&stage.title, &stage.id, language).unwrap_or_else(|| "-".to_owned());
        let _ = writeln!(out, "    subgraph {} [\"{title}\"]", node("s", &stage.id));
        for t in &stage.touchpoints {
            let title = name(&t.title, &t.id, language).unwrap_or_else(|| "-".to_owned());
            let class = match (t.event.is_empty(), t.optional) {
                (true, _) => ":::unseen",
                (false, true) => ":::optional",
                (false, false) => "",
            };
            let _ = writeln!(out, "        {}[\"{title}\"]{class}", node("t", &t.id));
        }
        out.push_str("    end\n");
    }
    let _ = writeln!(out, "    end_([{}])", word("map.end", language));
    for Step { from, to, kind } in map.steps() {
        let place = |p: Option<_>, other: &str| {
            p.map_or_else(|| other.to_owned(), |p| node("t", map.touchpoint_id(p)))
        };
        let arrow = if matches!(kind, StepKind::Enter | StepKind::End) { "-.->" } else { "-->" };
        let _ = writeln!(out, "    {} {arrow} {}", place(from, "start_"), place(to, "end_"));
    }
    out.push_str("    classDef optional stroke-dasharray: 4 3\n");
    out.push_str("    classDef unseen stroke-dasharray: 1 3,color:#5a6675\n");
    out
}

/// What people call a thing, escaped; its id when there is no title.
fn name(title: &Option<Text>, id: &str, language: Language) -> Option<String> {
    let title = title.as_ref().map(|t| t.get(language).trim()).filter(|t| !t.is_empty());
    let text = escape::mermaid(title.unwrap_or(id));
    if text.is_empty() { None } else { Some(text) }
}

/// A task whose name begins like a keyword would be taken for one: its first letter becomes an entity code.
fn no_keyword(title: &str) -> String {
    let lower = title.to_ascii_lowercase();
    match title.chars().next() {
        Some(first) if KEYWORDS.iter().any(|k| lower.starts_with(k)) => {
            let rest = title.strip_prefix(first).unwrap_or_default();
            format!("#{};{rest}", u32::from(first))
        }
        _ => title.to_owned(),
    }
}

/// Emotion -1 to 1 as 1 to 5; halves go away from the neutral 3.
fn score(t: &Touchpoint) -> i64 {
    let emotion = t.expected.or(t.feels).filter(|e| e.is_finite()).unwrap_or(0.0).clamp(-1.0, 1.0);
    3 + (emotion * 2.0).round() as i64
}

fn actors(t: &Touchpoint, channels: &[Channel], language: Language) -> Vec<String> {
    let given = t.extra.get("x-actors").and_then(|x| x.as_array());
    let names: Vec<&str> = match given {
        Some(given) => given.iter().filter_map(|a| a.as_str()).collect(),
        None => t.owner.as_deref().or_else(|| channel_title(t, channels, language)).into_iter().collect(),
    };
    names.into_iter().map(escape::mermaid).filter(|a| !a.is_empty()).collect()
}

fn channel_title<'a>(t: &'a Touchpoint, channels: &'a [Channel], language: Language) -> Option<&'a str> {
    let id = t.channel.as_deref()?;
    let title = channels.iter().find(|c| c.id == id).and_then(|c| c.title.as_ref());
    Some(title.map_or(id, |t| t.get(language)))
}

/// The name of a node: `t_` or `s_` and the id, so that no id is a word of Mermaid's own.
fn node(kind: &str, id: &str) -> String {
    let mut out = format!("{kind}_");
    for c in id.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            out.push(c);
        } else {
            let _ = write!(out, "_{:x}_", u32::from(c));
        }
    }
    out
}
