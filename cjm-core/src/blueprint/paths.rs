//! Paths: how a finding names a place of the document, and where in the text that place is.
//!
//! Answers: the path of a part, the part behind a path, the position of a byte inside a scalar.
//! Does not know: what the parts mean.
//!
//! A path is a chain of steps from the top of the document:
//! - a key of a map is `.key`, without the dot at the very beginning: `outreach.quiet.from`;
//! - an item of a list that has an `id` is `.id`: `journeys.dine_in.stages.arrive.touchpoints.seating.wait`;
//! - an item without an id (or one of several with the same id) is its index from 0: `rules.cart_rescue.do[0].send`;
//! - a key or id with other characters than letters, digits, `_` and `-` is written as JSON text: `sources."till 1"`.
//!
//! A part that may be written as one value or as a list of values may be named by index in both forms:
//! `journeys.dine_in.enter[0]` is the scalar itself when there is no list. A path that names something
//! which is not written resolves to the nearest part around it that is.

use std::fmt;

use super::tree::{Kind, Node, Scalar, Style};
use crate::base::finding::Position;

/// A path under construction.
///
/// ```
/// use cjm_core::blueprint::DocPath;
/// let wait = DocPath::root().key("journeys").id("dine_in").key("stages").id("arrive");
/// let wait = wait.key("touchpoints").id("seating").key("wait");
/// assert_eq!(wait.to_string(), "journeys.dine_in.stages.arrive.touchpoints.seating.wait");
/// assert_eq!(DocPath::root().key("sources").id("till 1").to_string(), r#"sources."till 1""#);
/// assert_eq!(DocPath::root().key("rules").index(3).key("id").to_string(), "rules[3].id");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DocPath(String);

impl DocPath {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The value under a key of a map.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut path = self.0.clone();
        if !path.is_empty() {
            path.push('.');
        }
        if is_plain(key) {
            path.push_str(key);
        } else {
            path.push_str(&serde_json::Value::from(key).to_string());
        }
        Self(path)
    }

    /// The item of a list that has this `id`.
    #[must_use]
    pub fn id(&self, id: &str) -> Self {
        self.key(id)
    }

    /// The item of a list at an index from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A journey.
    pub fn journey(journey: &str) -> Self {
        Self::root().key("journeys").id(journey)
    }

    /// A stage of a journey.
    pub fn stage(journey: &str, stage: &str) -> Self {
        Self::journey(journey).key("stages").id(stage)
    }

    /// A touchpoint of a stage of a journey.
    pub fn touchpoint(journey: &str, stage: &str, touchpoint: &str) -> Self {
        Self::stage(journey, stage).key("touchpoints").id(touchpoint)
    }

    /// A rule.
    pub fn rule(rule: &str) -> Self {
        Self::root().key("rules").id(rule)
    }

    /// A survey.
    pub fn survey(survey: &str) -> Self {
        Self::root().key("surveys").id(survey)
    }
}

impl fmt::Display for DocPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DocPath> for String {
    fn from(path: DocPath) -> Self {
        path.0
    }
}

impl From<&DocPath> for String {
    fn from(path: &DocPath) -> Self {
        path.0.clone()
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// One step of a written path.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

/// The steps of a written path, as far as they can be read.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let taken = if let Some(inside) = rest.strip_prefix('[') {
            inside.split_once(']').and_then(|(n, tail)| Some((Step::Index(n.parse().ok()?), tail)))
        } else if rest.starts_with('"') {
            quoted(rest).map(|(name, tail)| (Step::Name(name), tail))
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            rest.split_at_checked(end).map(|(name, tail)| (Step::Name(name.to_owned()), tail))
        };
        let Some((step, tail)) = taken else { break };
        steps.push(step);
        rest = tail;
    }
    steps
}

/// The JSON text at the beginning of `rest`, and what follows it.
fn quoted(rest: &str) -> Option<(String, &str)> {
    let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    let name = texts.next()?.ok()?;
    Some((name, rest.get(texts.byte_offset()..)?))
}

/// The node behind a path: the deepest that is written; and where its key stands, else the node itself.
pub(super) fn resolve<'t>(root: &'t Node, path: &str) -> (&'t Node, Position) {
    let mut found = (root, root.position);
    for step in steps(path) {
        let (node, key) = found;
        let item = |node: &'t Node| (node, node.position);
        let next = match (&node.kind, &step) {
            (Kind::Map(entries), Step::Name(name)) => entries.named(name).map(|e| (&e.value, e.position)),
            (Kind::List(items), Step::Index(index)) => items.get(*index).map(item),
            (Kind::List(items), Step::Name(name)) => items.named(name).map(item),
            (_, Step::Index(0)) => Some((node, key)),
            _ => None,
        };
        let Some(next) = next else { break };
        found = next;
    }
    found
}

/// The id of an item of a list.
pub(super) fn id_of(node: &Node) -> Option<&str> {
    let Kind::Map(entries) = &node.kind else { return None };
    let value = &entries.named("id")?.value;
    match &value.kind {
        Kind::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}

/// The position of a byte of a scalar's text.
///
/// Exact for plain, quoted and literal (`|`) scalars; of a folded one (`>`) the line is exact and the
/// column is that of the line's first character.
pub(super) fn inside(source: &str, node: &Node, offset: usize) -> Position {
    let Kind::Scalar(scalar) = &node.kind else { return node.position };
    let Some(raw) = source.get(scalar.start as usize..scalar.end as usize) else { return node.position };
    let n = scalar.text.get(..offset).unwrap_or(&scalar.text);
    let wanted = Wanted {
        n_solid: n.chars().filter(|c| !c.is_whitespace()).count(),
        n_blank_after: n.chars().rev().take_while(|c| c.is_whitespace()).count(),
        at_solid: scalar
            .text
            .get(offset..)
            .and_then(|t| t.chars().next())
            .is_some_and(|c| !c.is_whitespace()),
    };
    let found = wanted.find(raw, scalar);
    let before = raw.get(..found).unwrap_or(raw);
    let mut position = node.position;
    let lines = before.matches('\n').count() as u32;
    let column = |t: &str| u32::try_from(t.chars().count()).unwrap_or(u32::MAX);
    position.line = position.line.saturating_add(lines);
    match before.rsplit_once('\n') {
        Some((_, line)) => position.column = column(line).saturating_add(1),
        None => position.column = position.column.saturating_add(column(before)),
    }
    if scalar.style == Style::Folded {
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        let line = raw.get(start..).unwrap_or("");
        let indent = line.len().saturating_sub(line.trim_start_matches(' ').len());
        position.column = if start == 0 { node.position.column } else { indent as u32 + 1 };
    }
    position
}

/// A place in a scalar told by what folding and indentation leave alone: the characters that are no white space.
struct Wanted {
    n_solid: usize,
    n_blank_after: usize,
    at_solid: bool,
}

impl Wanted {
    /// The byte offset of the place in the text as written.
    fn find(&self, raw: &str, scalar: &Scalar) -> usize {
        let mut rest = Units { raw, at: 0, style: scalar.style };
        rest.skip_opening_quote();
        let mut n_solid = 0;
        let mut after_last = rest.at;
        while let Some((start, solid)) = rest.next_unit() {
            if solid && n_solid == self.n_solid && self.at_solid {
                return start;
            }
            if solid {
                n_solid += 1;
                if n_solid <= self.n_solid {
                    after_last = rest.at;
                }
            }
            if n_solid > self.n_solid {
                break;
            }
        }
        (after_last + self.n_blank_after).min(raw.len())
    }
}

/// Walks the characters of a scalar as written, an escape being one.
struct Units<'a> {
    raw: &'a str,
    at: usize,
    style: Style,
}

impl Units<'_> {
    fn skip_opening_quote(&mut self) {
        if matches!(self.style, Style::SingleQuoted | Style::DoubleQuoted) {
            self.at = 1;
        }
    }

    /// Where the next character begins, and whether it is no white space; the walk stands after it.
    fn next_unit(&mut self) -> Option<(usize, bool)> {
        let start = self.at;
        let rest = self.raw.get(start..)?;
        let mut chars = rest.chars();
        let first = chars.next()?;
        match (self.style, first, chars.next()) {
            (Style::SingleQuoted, '\'', Some('\'')) => self.at += 2,
            (Style::SingleQuoted, '\'', _) | (Style::DoubleQuoted, '"', _) => return None,
            (Style::DoubleQuoted, '\\', Some(_)) => {
                let (length, meant) = escape(rest);
                self.at += length;
                return Some((start, !meant.is_some_and(char::is_whitespace)));
            }
            _ => self.at += first.len_utf8(),
        }
        Some((start, !first.is_whitespace()))
    }
}

/// The length of the escape that `rest` begins with, and the character it stands for if that is one alone.
fn escape(rest: &str) -> (usize, Option<char>) {
    let kind = rest.chars().nth(1).unwrap_or('\\');
    let n_digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        ' ' | 't' | '\t' | 'n' | '\n' | 'v' | 'f' | 'r' | 'N' | '_' | 'L' | 'P' => return (2, Some(' ')),
        other => return (1 + other.len_utf8(), Some(other)),
    };
    let length = 2 + n_digits;
    let code = rest.get(2..length).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0);
    let pair = (0xD800..0xDC00).contains(&code) && rest.get(length..).is_some_and(|t| t.starts_with("\\u"));
    if pair { (length + 6, None) } else { (length, char::from_u32(code)) }
}
