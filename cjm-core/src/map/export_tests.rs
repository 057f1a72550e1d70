//! Tests of the exports: snapshots of one map in every form, hostile names in every form.

use proptest::prelude::*;
use serde_json::Value;

use super::escape::HOSTILE;
use super::svg::Style;
use super::*;
use crate::base::text::Language;
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Document, Journey, Pain, Text};

fn restaurant(language: &str) -> Document {
    Document {
        cjm: 1,
        id: "restaurant".into(),
        language: Some(language.into()),
        channels: sample::channels(),
        journeys: vec![sample::dine_in()],
        ..Document::default()
    }
}

#[test]
fn every_form_of_one_map() {
    let document = restaurant("en");
    let map = JourneyMap::all(&document)[0];
    insta::assert_snapshot!("mermaid", map.to_mermaid());
    insta::assert_snapshot!("flowchart", map.to_flowchart().unwrap());
    insta::assert_snapshot!("dot", map.to_dot().unwrap());
    let json: Value = serde_json::from_str(&map.to_json().unwrap()).unwrap();
    insta::assert_snapshot!("json_graph", serde_json::to_string_pretty(&json["graph"]).unwrap());
    assert_eq!(json["journey"], serde_json::to_value(&document.journeys[0]).unwrap());
    insta::assert_snapshot!("svg", map.draw(Some(&sample::curve())));
    insta::assert_snapshot!("svg_zh", map.in_language(Language::Zh).to_svg());
    insta::assert_snapshot!("mermaid_zh", map.in_language(Language::Zh).to_mermaid());
}

#[test]
fn the_restaurant_blueprint_in_every_form() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/api/restaurant.yaml");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED the_restaurant_blueprint_in_every_form: no {path}");
        return;
    };
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    let map = blueprint.journey("dine_in").unwrap();
    insta::assert_snapshot!("restaurant_mermaid", map.to_mermaid());
    insta::assert_snapshot!("restaurant_dot", map.to_dot().unwrap());
    insta::assert_snapshot!("restaurant_flowchart", map.to_flowchart().unwrap());
    insta::assert_snapshot!("restaurant_svg", map.to_svg());
    let json: Value = serde_json::from_str(&map.to_json().unwrap()).unwrap();
    assert_eq!(json["journey"], serde_json::to_value(map.journey()).unwrap());
    assert_eq!(json["graph"]["shortest_path_len"], 5);
    assert!(blueprint.journey("take_away").is_none());
}

/// A journey in which every text is the same.
fn named(name: &str) -> Journey {
    let mut j = sample::dine_in();
    let text = Some(Text::from(name));
    (j.title, j.objective, j.scenario) = (text.clone(), text.clone(), text.clone());
    j.personas[0].title = text.clone();
    j.personas[0].needs = vec![Text::from(name)];
    for stage in &mut j.stages {
        (stage.title, stage.goal) = (text.clone(), text.clone());
        for t in &mut stage.touchpoints {
            (t.title, t.does, t.thinks) = (text.clone(), text.clone(), text.clone());
            (t.owner, t.channel) = (Some(name.to_owned()), Some(name.to_owned()));
            t.pains = vec![Pain { id: name.to_owned(), text: Text::from(name), ..Pain::default() }];
        }
    }
    j
}

/// Whether every element is closed, every attribute quoted, every `&` an entity and every character allowed.
fn is_well_formed(xml: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some((before, tail)) = rest.split_once('<') {
        let Some((tag, after)) = tail.split_once('>') else { return false };
        if before.contains('>')
            || before.contains(['"', '\''])
            || tag.contains('<')
            || tag.matches('"').count() % 2 != 0
        {
            return false;
        }
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or("");
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = after;
    }
    let entity = |tail: &str| ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|e| tail.starts_with(e));
    let allowed = |c: char| !c.is_control() || c == '\n' || c == '\t';
    open.is_empty() && xml.split('&').skip(1).all(entity) && xml.chars().all(allowed)
}

/// Reads DOT as its grammar says: quoted strings with escapes, brackets that close what they open, statements
/// that end. Gives the number of labels, or what is wrong.
fn dot_labels(dot: &str) -> Result<usize, String> {
    let mut open = Vec::new();
    let mut n_labels = 0;
    let mut rest = dot;
    let mut before = "";
    while let Some(at) = rest.find(['"', '{', '}', '[', ']', ';']) {
        let (word, tail) = rest.split_at(at);
        let mut chars = tail.chars();
        let mark = chars.next().unwrap();
        rest = chars.as_str();
        match mark {
            '"' => {
                let end = string_end(rest).ok_or_else(|| format!("a string is open: {rest}"))?;
                let text = &rest[..end];
                let is_label = word.trim_end().ends_with("label=");
                n_labels += usize::from(is_label);
                let is_plain = |tail: &str| tail.starts_with("amp;");
                if text.contains('\n') || is_label && !text.split('&').skip(1).all(is_plain) {
                    return Err(format!("`{text}`"));
                }
                rest = &rest[end + 1..];
            }
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' if open.pop() != Some(mark) => return Err(format!("`{mark}` after `{before}`")),
            _ => {}
        }
        before = word;
    }
    if open.is_empty() && rest.trim().is_empty() {
        Ok(n_labels)
    } else {
        Err(format!("not closed: {open:?}"))
    }
}

/// Where a DOT string ends.
fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

fn plain_dot() -> String {
    let document = Document { journeys: vec![sample::dine_in()], ..Document::default() };
    JourneyMap::all(&document)[0].to_dot().unwrap()
}

fn check_name(name: &str) {
    let j = named(name);
    let curve = sample::curve();
    let svg = svg::draw(&j, Some(&curve), Language::En, &Style::default());
    assert!(is_well_formed(&svg), "{name:?}\n{svg}");
    assert!(!svg.contains("<script"), "{name:?}");
    let document = Document { journeys: vec![j], ..Document::default() };
    let map = JourneyMap::all(&document)[0];
    let mermaid = map.to_mermaid();
    let plain = sample::dine_in().stages.iter().map(|s| s.touchpoints.len() + 1).sum::<usize>() + 4;
    assert_eq!(mermaid.lines().count(), plain, "{name:?}\n{mermaid}");
    let flowchart = map.to_flowchart().unwrap();
    assert!(flowchart.lines().all(|l| l.matches('"').count() % 2 == 0), "{name:?}\n{flowchart}");
    let n_subgraphs = flowchart.lines().filter(|l| l.trim_start().starts_with("subgraph ")).count();
    let n_ends = flowchart.lines().filter(|l| l.trim() == "end").count();
    assert_eq!(
        (n_subgraphs, n_ends),
        (document.journeys[0].stages.len(), n_subgraphs),
        "{name:?}\n{flowchart}"
    );
    let dot = map.to_dot().unwrap();
    assert_eq!(dot_labels(&dot), dot_labels(&plain_dot()), "{name:?}\n{dot}");
    let json = map.to_json().unwrap();
    let back: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(back["journey"]["title"], name);
    assert!(!json.contains(['<', '>', '&', '\u{202E}', '\u{2028}']), "{json}");
    for text in [&svg, &mermaid, &flowchart, &dot] {
        assert!(!text.contains(['\u{202E}', '\0']), "{name:?}");
    }
}

#[test]
fn the_reader_of_dot_refuses_what_graphviz_refuses() {
    for wrong in
        ["digraph {", "digraph { a [label=\"x]; }", "digraph { a [label=\"x\"; }", "digraph { \"a\\\" }"]
    {
        assert!(dot_labels(wrong).is_err(), "{wrong}");
    }
    assert!(dot_labels("digraph { a [label=\"&lt;\"]; }").is_err(), "entities are read in labels");
    assert_eq!(dot_labels("digraph \"a\\\\\" { b [label=\"x\\\"]}\"]; }"), Ok(1));
}

#[test]
fn hostile_names_break_nothing() {
    HOSTILE.iter().for_each(|name| check_name(name));
    check_name(&"x".repeat(8 * 1024));
    let mut huge = sample::dine_in();
    huge.title = Some(Text::from("长".repeat(10 << 20).as_str()));
    huge.stages[0].touchpoints[0].title.clone_from(&huge.title);
    let svg = svg::draw(&huge, None, Language::Zh, &Style::default());
    assert!(is_well_formed(&svg) && svg.len() < 1 << 16, "{}", svg.len());
}

#[test]
fn hostile_emotions_are_drawn_inside_the_sheet() {
    let mut j = sample::dine_in();
    let wild = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e308, -7.0];
    for (t, x) in j.stages.iter_mut().flat_map(|s| &mut s.touchpoints).zip(wild) {
        (t.expected, t.feels) = (Some(x), Some(x));
    }
    let ids: Vec<String> = j.stages.iter().flat_map(|s| &s.touchpoints).map(|t| t.id.clone()).collect();
    let point = |(id, x): (&String, f64)| svg::CurvePoint {
        touchpoint: id.clone(),
        expected: Some(x),
        actual: Some(x),
        low: Some(-x),
        high: Some(x),
        n: u64::MAX,
    };
    let curve: Vec<_> = ids.iter().zip(wild.into_iter().cycle()).map(point).collect();
    let svg = svg::draw(&j, Some(&curve), Language::Zh, &Style { column_px: f64::NAN, ..Style::default() });
    assert!(is_well_formed(&svg) && !svg.contains("NaN") && !svg.contains("inf\""));
    let document = Document { journeys: vec![j], ..Document::default() };
    mermaid::read(&JourneyMap::all(&document)[0].to_mermaid()).unwrap();
}

#[test]
fn empty_and_huge_maps_are_drawn() {
    for text in ["", "|", "a-"] {
        let svg = svg::draw(&sample::journey(text), Some(&[]), Language::En, &Style::default());
        assert!(is_well_formed(&svg), "{svg}");
    }
    let long = sample::journey(&(0..2_000).map(|i| format!("t{i}")).collect::<Vec<_>>().join(" "));
    let svg = svg::draw(&long, None, Language::En, &Style { max_columns: 10, ..Style::default() });
    assert!(is_well_formed(&svg));
    assert_eq!(svg.matches("class=\"touchpoint\"").count(), 2_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_name_breaks_nothing(name in "[a-zA-Z]\\PC{0,30}[a-zA-Z]") {
        check_name(&name);
    }
}
