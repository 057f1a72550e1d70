//! The published conformance tests of CEL, as far as they use what the condition language has.
//!
//! Every case of twelve files either passes or stands in `cel_conformance_excluded.txt` under a feature that the
//! language leaves out. A case belongs there exactly when its text shows the feature's mark, so that no case that
//! the language could take can hide in the list.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use cjm_core::expr::{self, Name, Scope, Type, Types};
use cjm_core::{Duration, Value, ValueRef, Zone};
use regex::Regex;
use serde_json::Value as Json;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/cel-conformance/tests.jsonl.gz");
const EXCLUDED: &str = include_str!("cel_conformance_excluded.txt");
const FILES: [&str; 12] = [
    "basic",
    "comparisons",
    "conversions",
    "fields",
    "fp_math",
    "integer_math",
    "lists",
    "logic",
    "macros",
    "parse",
    "string",
    "timestamps",
];

#[test]
fn every_case_of_the_subset_passes_and_the_list_of_others_is_exact() {
    let Some(cases) = cases() else {
        eprintln!("SKIPPED: the conformance tests are not at {DATA}");
        return;
    };
    assert_eq!(cases.len(), 873, "the twelve files are all there");
    let listed = listed();
    let marks = Marks::new();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut n_passed = 0;
    for case in &cases {
        let id = format!("{}/{}/{}", text(&case["file"]), text(&case["section"]), text(&case["name"]));
        let reason = marks.reason(case);
        if listed.get(id.as_str()).copied() != reason {
            wrong.push(format!("{id}: listed as {:?}, shows {reason:?}", listed.get(id.as_str())));
        }
        match reason {
            Some(_) => assert!(seen.insert(id)),
            None => match check(case) {
                Ok(()) => n_passed += 1,
                Err(found) => wrong.push(format!("{id}: `{}` {found}", text(&case["expr"]))),
            },
        }
    }
    wrong.extend(listed.keys().filter(|id| !seen.contains(**id)).map(|id| format!("{id}: no such case")));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    println!("{n_passed} cases pass, {} use what the language leaves out", seen.len());
    assert!(n_passed > 400, "most cases are of the subset: {n_passed}");
}

/// The committed list: lines of ids under `[reason]`.
fn listed() -> BTreeMap<&'static str, &'static str> {
    let mut reason = "";
    let mut listed = BTreeMap::new();
    for line in EXCLUDED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => reason = name,
            None => assert!(listed.insert(line, reason).is_none(), "{line} stands there twice"),
        }
    }
    listed
}

/// The features left out and how a case shows them, outside of its texts.
struct Marks {
    texts: Regex,
    marks: Vec<(&'static str, Regex)>,
}

impl Marks {
    fn new() -> Self {
        let texts = r#"(?s)[rR]?(?:'''.*?'''|""".*?"""|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"#;
        let marks = [
            ("protobuf messages", r"TestAllTypes|google\.protobuf|cel\.expr|GlobalEnum|NestedEnum"),
            ("unsigned integers", r"\b(?:0[xX][0-9a-fA-F]+|[0-9]+)[uU]\b|\buint\b"),
            ("bytes", r#"\b[bB][rR]?@|\b[rR][bB]@|\bbytes\b"#),
            ("dyn()", r"\bdyn\b"),
            ("type()", r"\btype\b"),
        ];
        let marks = marks.into_iter().map(|(name, mark)| (name, Regex::new(mark).unwrap())).collect();
        Self { texts: Regex::new(texts).unwrap(), marks }
    }

    fn reason(&self, case: &Json) -> Option<&'static str> {
        let bare = self.texts.replace_all(text(&case["expr"]), "@");
        let mark = self.marks.iter().find(|(_, mark)| mark.is_match(&bare)).map(|(name, _)| *name);
        let value = |kind: &str| case["value"].get(kind).is_some();
        mark.or_else(|| value("type_value").then_some("type()"))
    }
}

fn cases() -> Option<Vec<Json>> {
    let file = std::fs::File::open(Path::new(DATA)).ok()?;
    let mut lines = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut lines).unwrap();
    let all = lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    Some(all.filter(|case| FILES.contains(&text(&case["file"]))).collect())
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or("")
}

fn check(case: &Json) -> Result<(), String> {
    let facts = Facts::new(case);
    let unchecked = case["disable_check"] == true;
    let compile = if unchecked { expr::compile_unchecked } else { expr::compile };
    let result = match compile(text(&case["expr"]), &facts) {
        Ok(program) => program.eval(&facts).map_err(|e| e.to_string()),
        Err(findings) => Err(findings.iter().map(|f| format!("{f}; ")).collect()),
    };
    match (case.get("eval_error"), result) {
        (Some(_), Err(_)) => Ok(()),
        (Some(_), Ok(value)) => Err(format!("gives {value:?}, not an error")),
        (None, Ok(found)) => {
            let same = same(&found, &case["value"]);
            if same { Ok(()) } else { Err(format!("gives {found:?}, not {}", case["value"])) }
        }
        (None, Err(e)) => Err(format!("fails: {e}")),
    }
}

/// Whether a value is the one that the case expects.
fn same(found: &Value, expected: &Json) -> bool {
    match (found, value(expected)) {
        // the JSON reader may miss the last bit of a float
        (Value::Number(a), Value::Number(b)) => {
            a.to_bits().abs_diff(b.to_bits()) <= 1 || (a.is_nan() && b.is_nan())
        }
        (Value::List(a), Value::List(b)) => *a == b,
        (Value::Record(a), Value::Record(b)) => {
            let sorted = |fields: &Arc<[(Arc<str>, Value)]>| {
                fields.iter().map(|(k, v)| format!("{k}: {v:?}")).collect::<BTreeSet<_>>()
            };
            sorted(a) == sorted(&b)
        }
        (a, b) => *a == b,
    }
}

/// A value in the JSON form of protobuf.
fn value(json: &Json) -> Value {
    let (kind, inner) = json.as_object().and_then(|o| o.iter().next()).expect("a value has one kind");
    match kind.as_str() {
        "null_value" => Value::Null,
        "bool_value" => Value::Bool(inner.as_bool().unwrap()),
        "int64_value" => Value::Int(text(inner).parse().unwrap()),
        "double_value" => Value::Number(match inner {
            Json::String(t) if t == "Infinity" => f64::INFINITY,
            Json::String(t) if t == "-Infinity" => f64::NEG_INFINITY,
            Json::String(_) => f64::NAN,
            number => number.as_f64().unwrap(),
        }),
        "string_value" => Value::from(text(inner)),
        "list_value" => {
            let items = inner["values"].as_array().map(Vec::as_slice).unwrap_or_default();
            Value::List(items.iter().map(value).collect())
        }
        "map_value" => {
            let entries = inner["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
            let pair = |e: &Json| (Arc::from(text(&e["key"]["string_value"])), value(&e["value"]));
            Value::Record(entries.iter().map(pair).collect())
        }
        "object_value" if text(&inner["@type"]).ends_with("google.protobuf.Duration") => {
            let seconds: f64 = text(&inner["value"]).trim_end_matches('s').parse().unwrap();
            Value::Duration(Duration::from_micros((seconds * 1e6).floor() as i64))
        }
        other => panic!("no value of kind {other}"),
    }
}

/// The bindings of a case.
struct Facts {
    names: Vec<(String, Value)>,
    zone: Zone,
}

impl Facts {
    fn new(case: &Json) -> Self {
        let bindings = case["bindings"].as_object().into_iter().flatten();
        let names = bindings.map(|(name, bound)| (name.clone(), value(&bound["value"]))).collect();
        Self { names, zone: Zone::utc() }
    }
}

impl Types for Facts {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        let slot = self.names.iter().position(|(name, _)| *name == path.join("."))?;
        let ty = match &self.names[slot].1 {
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Number(_) => Type::Number,
            Value::Text(_) => Type::Text,
            Value::Duration(_) => Type::Duration,
            Value::List(_) => Type::List,
            Value::Record(_) => Type::Record,
            _ => Type::Any,
        };
        Some(Name { slot: u32::try_from(slot).unwrap(), ty })
    }

    fn children(&self, _: &[&str]) -> Vec<String> {
        Vec::new()
    }
}

impl Scope for Facts {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        self.names[slot as usize].1.as_ref()
    }

    fn member(&self, _: u32, _: &str) -> bool {
        false
    }

    fn names(&self, _: u32) -> Vec<Value> {
        Vec::new()
    }

    fn zone(&self) -> &Zone {
        &self.zone
    }
}
