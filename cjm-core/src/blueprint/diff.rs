//! What changed between two blueprints, by id and not by line.
//!
//! Answers: which parts were added, removed, changed or moved, as typed rows in a stated order.
//! Does not know: what the change does to customers (see `engine`).

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::catalogue::{Words, blueprint as words};
use crate::base::text::Language;
use crate::error::{Error, ErrorCode, Result};

use super::{Blueprint, DocPath};

/// How a part changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is only in the later document.
    Added,
    /// It is only in the earlier document.
    Removed,
    /// It is in both and says something else.
    Changed,
    /// It is in both and stands elsewhere among its neighbours.
    Moved,
}

/// One difference between two documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// How the part changed.
    pub kind: ChangeKind,
    /// The part, as findings name it. See [`DocPath`].
    pub path: String,
    /// What stood there before; of a moved part its index from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What stands there now; of a moved part its index from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl Blueprint {
    /// What changed from this blueprint to a later one.
    ///
    /// Items with an id are compared by id, other lists by index, lists of plain names as a whole. Of maps the order
    /// counts among features, which read those above them, and under a touchpoint's `in`, where the first scenario that
    /// holds decides. Rows follow the earlier document; what only the later one has comes after what both have, part by
    /// part.
    ///
    /// ```
    /// use cjm_core::{Blueprint, Language};
    /// let before = Blueprint::from_yaml("{cjm: 1, id: shop, topics: [{id: taste}, {id: speed}]}")?;
    /// let after = Blueprint::from_yaml("{cjm: 1, id: shop, topics: [{id: speed, title: Speed}, {id: price}]}")?;
    /// let changes: Vec<String> = before.diff(&after)?.iter().map(|c| c.text(Language::En)).collect();
    /// assert_eq!(changes, [
    ///     r#"removed `topics.taste`: {"id":"taste"}"#,
    ///     r#"added `topics.speed.title`: "Speed""#,
    ///     r#"added `topics.price`: {"id":"price"}"#,
    /// ]);
    /// # Ok::<(), cjm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::Format`] when a number of a document made by a program is not finite.
    pub fn diff(&self, later: &Self) -> Result<Vec<Change>> {
        let value = |blueprint: &Self| {
            serde_json::to_value(blueprint.document())
                .map_err(|e| Error::new(ErrorCode::Format, format!("the blueprint can not be compared: {e}")))
        };
        let mut rows = Vec::new();
        compare(&DocPath::root(), &value(self)?, &value(later)?, 0, &mut rows);
        Ok(rows)
    }
}

impl Change {
    /// The change in one line, in a language.
    pub fn text(&self, language: Language) -> String {
        let words: &Words = match self.kind {
            ChangeKind::Added => &words::PART_ADDED,
            ChangeKind::Removed => &words::PART_REMOVED,
            ChangeKind::Changed => &words::PART_CHANGED,
            ChangeKind::Moved => &words::PART_MOVED,
        };
        let moved = self.kind == ChangeKind::Moved;
        let shown = |value: &Option<Value>| match value {
            Some(Value::Number(index)) if moved => index.as_u64().unwrap_or(0).saturating_add(1).to_string(),
            Some(value) => shortened(&value.to_string()),
            None => String::new(),
        };
        let path = if self.path.is_empty() { "." } else { &self.path };
        let values = [("path", path), ("before", &shown(&self.before)), ("after", &shown(&self.after))];
        words.fill(language, &values)
    }
}

/// A value on one line of bearable length.
fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 100;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// Deepest nesting that is compared part by part; deeper values are compared as a whole.
const MAX_DEPTH: usize = 48;

fn compare(path: &DocPath, before: &Value, after: &Value, depth: usize, rows: &mut Vec<Change>) {
    match (before, after) {
        _ if identical(before, after) => {}
        (Value::Object(a), Value::Object(b)) if is_ordered(path) => {
            items(path, &named(a), &named(b), depth, rows);
        }
        (Value::Object(a), Value::Object(b)) if depth < MAX_DEPTH => maps(path, a, b, depth, rows),
        (Value::Array(a), Value::Array(b)) if depth < MAX_DEPTH => match (ids(a), ids(b)) {
            (Some(a), Some(b)) => items(path, &a, &b, depth, rows),
            _ if a.iter().chain(b).all(Value::is_object) => indexed(path, a, b, depth, rows),
            _ if before == after => {}
            _ => rows.push(row(ChangeKind::Changed, path, Some(before), Some(after))),
        },
        _ if before == after => {}
        _ => rows.push(row(ChangeKind::Changed, path, Some(before), Some(after))),
    }
}

/// Whether the order of a map's keys says something: a feature reads those above it, and of the scenarios that a
/// touchpoint names the first that holds decides.
fn is_ordered(path: &DocPath) -> bool {
    let path = path.as_str();
    let mut parts = path.rsplit('.');
    path == "customer.features"
        || path.starts_with("journeys")
            && parts.next() == Some("in")
            && (parts.next().is_some_and(|item| item.starts_with("touchpoints["))
                || parts.next() == Some("touchpoints"))
}

/// Whether two values are the same, maps in their order too.
fn identical(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && identical(a.1, b.1))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| identical(a, b))
        }
        _ => before == after,
    }
}

fn named(map: &Map<String, Value>) -> Vec<Item<'_>> {
    map.iter().map(|(name, value)| (name.as_str(), value)).collect()
}

fn row(kind: ChangeKind, path: &DocPath, before: Option<&Value>, after: Option<&Value>) -> Change {
    Change { kind, path: path.into(), before: before.cloned(), after: after.cloned() }
}

fn maps(
    path: &DocPath,
    a: &Map<String, Value>,
    b: &Map<String, Value>,
    depth: usize,
    rows: &mut Vec<Change>,
) {
    for (key, before) in a {
        match b.get(key) {
            Some(after) => compare(&path.key(key), before, after, depth + 1, rows),
            None => rows.push(row(ChangeKind::Removed, &path.key(key), Some(before), None)),
        }
    }
    for (key, after) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
        rows.push(row(ChangeKind::Added, &path.key(key), None, Some(after)));
    }
}

/// Lists of maps without ids: item by item.
fn indexed(path: &DocPath, a: &[Value], b: &[Value], depth: usize, rows: &mut Vec<Change>) {
    for (index, (before, after)) in a.iter().zip(b).enumerate() {
        compare(&path.index(index), before, after, depth + 1, rows);
    }
    for (index, before) in a.iter().enumerate().skip(b.len()) {
        rows.push(row(ChangeKind::Removed, &path.index(index), Some(before), None));
    }
    for (index, after) in b.iter().enumerate().skip(a.len()) {
        rows.push(row(ChangeKind::Added, &path.index(index), None, Some(after)));
    }
}

type Item<'v> = (&'v str, &'v Value);

/// The items with their ids, when every item has one of its own.
fn ids(items: &[Value]) -> Option<Vec<Item<'_>>> {
    let mut seen = HashSet::new();
    let with_id = |item| Some((Value::get(item, "id")?.as_str()?, item));
    let items: Vec<Item<'_>> = items.iter().map(with_id).collect::<Option<_>>()?;
    items.iter().all(|(id, _)| seen.insert(*id)).then_some(items)
}

/// Lists of items with ids: by id, and which of them moved.
fn items(path: &DocPath, a: &[Item<'_>], b: &[Item<'_>], depth: usize, rows: &mut Vec<Change>) {
    let later: HashMap<&str, (usize, &Value)> =
        b.iter().enumerate().map(|(index, (id, value))| (*id, (index, *value))).collect();
    let earlier: HashSet<&str> = a.iter().map(|(id, _)| *id).collect();
    let common: Vec<usize> = a.iter().filter_map(|(id, _)| later.get(id).map(|(index, _)| *index)).collect();
    let kept: HashSet<usize> = longest_rise(&common).into_iter().collect();
    for (index, (id, before)) in a.iter().enumerate() {
        let here = path.id(id);
        let Some((place, after)) = later.get(id) else {
            rows.push(row(ChangeKind::Removed, &here, Some(before), None));
            continue;
        };
        if !kept.contains(place) {
            let (from, to) = (Value::from(index), Value::from(*place));
            rows.push(row(ChangeKind::Moved, &here, Some(&from), Some(&to)));
        }
        compare(&here, before, after, depth + 1, rows);
    }
    for (id, after) in b.iter().filter(|(id, _)| !earlier.contains(id)) {
        rows.push(row(ChangeKind::Added, &path.id(id), None, Some(after)));
    }
}

/// The longest run of numbers that rises, leaving out as few as possible: what did not move.
fn longest_rise(numbers: &[usize]) -> Vec<usize> {
    // ends[n]: index of the smallest number that ends a rise of length n + 1
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    let at = |index: usize| numbers.get(index).copied().unwrap_or(usize::MAX);
    for (index, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| at(*end) < *number);
        before.push(length.checked_sub(1).and_then(|n| ends.get(n).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut rise = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(index) = next {
        rise.push(at(index));
        next = before.get(index).copied().flatten();
    }
    rise.reverse();
    rise
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(before: &str, after: &str) -> Vec<String> {
        let read = |text: &str| Blueprint::from_yaml(&format!("{{cjm: 1, id: x, {text}}}")).unwrap();
        read(before).diff(&read(after)).unwrap().iter().map(|c| c.text(Language::En)).collect()
    }

    #[test]
    fn rows_by_id() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("", "", &[]),
            ("version: a", "version: b", &[r#"changed `version`: "a" -> "b""#]),
            ("zone: UTC", "", &[r#"removed `zone`: "UTC""#]),
            (
                "topics: [{id: a}, {id: b}, {id: c}]",
                "topics: [{id: c}, {id: a}, {id: b}]",
                &["moved `topics.c`: from place 3 to 1"],
            ),
            (
                "journeys: [{id: j, enter: a, stages: [{id: s, touchpoints: [{id: t, wait: 5m}]}]}]",
                "journeys: [{id: j, enter: [a, b], stages: [{id: s, touchpoints: [{id: t, wait: 10m}]}]}]",
                &[
                    r#"changed `journeys.j.enter`: "a" -> ["a","b"]"#,
                    r#"changed `journeys.j.stages.s.touchpoints.t.wait`: "5m" -> "10m""#,
                ],
            ),
            (
                "rules: [{id: r, when: {event: a}, do: [{tag: x}]}]",
                "rules: [{id: r, when: {event: a}, do: [{tag: y}, {tag: z}]}]",
                &[r#"changed `rules.r.do[0].tag`: "x" -> "y""#, r#"added `rules.r.do[1]`: {"tag":"z"}"#],
            ),
            ("events: {a: {}, b: {}}", "events: {b: {}, a: {}}", &[]),
            (
                "customer: {features: {a: {count: x}, b: {count: x}, c: {count: x}}}",
                "customer: {features: {b: {count: x}, c: {count: y}, a: {count: x}}}",
                &[
                    "moved `customer.features.a`: from place 1 to 3",
                    r#"changed `customer.features.c.count`: "x" -> "y""#,
                ],
            ),
            (
                "customer: {features: {a: {count: x}, b: {count: x}}, profile: {d: text, e: text}}",
                "customer: {profile: {e: text, d: text}, features: {b: {count: x}, a: {count: x}}}",
                &["moved `customer.features.a`: from place 1 to 2"],
            ),
            (
                "customer: {features: {a: {count: x}}}",
                "customer: {features: {b: {count: x}, a: {count: x}}}",
                &[r#"added `customer.features.b`: {"count":"x"}"#],
            ),
            (
                "journeys: [{id: j, stages: [{id: s, touchpoints: [{id: t, in: {late: {wait: 5m}, wet: {wait: 10m}}}]}]}]",
                "journeys: [{id: j, stages: [{id: s, touchpoints: [{id: t, in: {wet: {wait: 10m}, late: {wait: 6m}}}]}]}]",
                &[
                    "moved `journeys.j.stages.s.touchpoints.t.in.late`: from place 1 to 2",
                    r#"changed `journeys.j.stages.s.touchpoints.t.in.late.wait`: "5m" -> "6m""#,
                ],
            ),
            (
                "journeys: [{id: j, stages: [{id: s, touchpoints: [{id: t, in: {a: {wait: 5m}, b: {wait: 9m}}}, {id: t}]}]}]",
                "journeys: [{id: j, stages: [{id: s, touchpoints: [{id: t, in: {b: {wait: 9m}, a: {wait: 5m}}}, {id: t}]}]}]",
                &["moved `journeys.j.stages.s.touchpoints[0].in.a`: from place 1 to 2"],
            ),
            (
                "rules: [{id: r, when: {event: a}, do: [{set: {x: '1', y: '2'}}]}]",
                "rules: [{id: r, when: {event: a}, do: [{set: {y: '2', x: '1'}}]}]",
                &[],
            ),
            ("sources: [{id: till 1}]", "sources: []", &[r#"removed `sources`: [{"id":"till 1"}]"#]),
        ];
        for (before, after, rows) in cases {
            assert_eq!(diff(before, after), *rows, "{before} to {after}");
        }
    }

    #[test]
    fn rows_in_chinese_and_as_json() {
        let read = |text: &str| Blueprint::from_yaml(text).unwrap();
        let rows = read("{cjm: 1, id: x, version: a}").diff(&read("{cjm: 1, id: x, version: b}")).unwrap();
        assert_eq!(rows[0].text(Language::Zh), r#"更改 `version`："a" -> "b""#);
        let json = serde_json::to_string(&rows).unwrap();
        assert_eq!(json, r#"[{"kind":"changed","path":"version","before":"a","after":"b"}]"#);
    }

    #[test]
    fn what_did_not_move() {
        assert_eq!(longest_rise(&[2, 0, 1]), [0, 1]);
        assert_eq!(longest_rise(&[]), Vec::<usize>::new());
        assert_eq!(longest_rise(&[3, 2, 1]), [1]);
    }
}
