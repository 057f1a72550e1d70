//! The published examples of row patterns, read in place, against sequences.
//!
//! Their conditions are words; the rule that says the same stands here beside them, so that a change of the words is
//! a failure and not a silent pass.

use serde_json::Value as Json;

use super::super::Match;
use super::story::Story;
use crate::base::zone::parse_instant;
use crate::{Timestamp, Value, Zone};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/match-recognize/cases.json");

/// An example by name: its pattern, words of its conditions and after-match strategy, and the rule.
const RULES: [(&str, &str, &[(&str, &str)], Option<&str>, &str); 4] = [
    (
        "falling price",
        "START DOWN+ UP",
        &[
            ("DOWN", "first: price < START.price; then price < previous DOWN.price"),
            ("UP", "price > last DOWN.price"),
        ],
        Some("to last UP"),
        "sequence: [{event: e, as: start}, {event: e, as: down, times: [1, null], where: 'event.price < \
         (last.down.price == null ? last.start.price : last.down.price)'}, {event: e, as: up, where: 'event.price > \
         last.down.price'}], within: 1h, order: strict; skip: {to_last: up}",
    ),
    (
        "greedy quantifier",
        "A B* C",
        &[("A", "price>10"), ("B", "price<15"), ("C", "price>12")],
        Some("past last row"),
        "sequence: [{event: e, where: event.price > 10}, {event: e, times: [0, null], where: event.price < 15}, \
         {event: e, where: event.price > 12}], within: 1h, order: strict; skip: past_last_event",
    ),
    (
        "reluctant quantifier",
        "A B*? C",
        &[("A", "price>10"), ("B", "price<15"), ("C", "price>12")],
        Some("past last row"),
        "sequence: [{event: e, where: event.price > 10}, {event: e, times: [0, null], reluctant: true, where: \
         event.price < 15}, {event: e, where: event.price > 12}], within: 1h, order: strict; skip: past_last_event",
    ),
    (
        "up then down",
        "A+ B",
        &[("A", "first, or price > previous A.price"), ("B", "price < last A.price")],
        None,
        "sequence: [{event: e, as: a, times: [1, null], where: 'last.a.price == null || event.price > \
         last.a.price'}, {event: e, where: event.price < last.a.price}], within: 1h, order: strict",
    ),
];

#[test]
fn every_published_example() {
    let Ok(text) = std::fs::read_to_string(PATH) else {
        return eprintln!("SKIPPED every_published_example: no {PATH}");
    };
    let cases: Vec<Json> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty());
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let (_, pattern, define, after, rule) =
            RULES.iter().find(|r| r.0 == name).unwrap_or_else(|| panic!("no rule for `{name}`"));
        assert_eq!(case["pattern"], *pattern, "{name}");
        let words: serde_json::Map<String, Json> =
            define.iter().map(|(k, v)| ((*k).to_owned(), Json::from(*v))).collect();
        assert_eq!(case["define"], Json::Object(words), "{name}");
        assert_eq!(case.get("after_match").and_then(Json::as_str), *after, "{name}");
        let found = matches(rule, case["rows_time_price"].as_array().unwrap());
        compare(name, case, &found);
    }
}

/// Feeds rows of (time, price) as events `e`.
fn matches(rule: &str, rows: &[Json]) -> Vec<Match> {
    let mut story = Story::of(rule);
    for row in rows {
        let time = instant(row[0].as_str().unwrap()).as_micros() / 1_000_000;
        story.feed(&format!("e{time} price={}", row[1].as_f64().unwrap()));
    }
    std::mem::take(&mut story.found)
}

fn instant(text: &str) -> Timestamp {
    parse_instant(text, Some(&Zone::utc())).unwrap()
}

/// Compares what the example measures of its matches.
fn compare(name: &str, case: &Json, found: &[Match]) {
    let price = |m: &Match, place: usize| match m.events[place].values.first() {
        Some((_, Value::Int(price))) => *price as f64,
        Some((_, Value::Number(price))) => *price,
        other => panic!("{name}: {other:?}"),
    };
    let last_of = |m: &Match, step: u32| m.steps.iter().rposition(|s| *s == step).unwrap();
    if let Some(expected) = case.get("expected_last_price").and_then(Json::as_array) {
        let expected: Vec<f64> = expected.iter().map(|p| p.as_f64().unwrap()).collect();
        let last: Vec<f64> = found.iter().map(|m| price(m, m.events.len() - 1)).collect();
        assert_eq!(last, expected, "{name}");
        return;
    }
    let expected = case["expected"].as_array().unwrap();
    assert_eq!(found.len(), expected.len(), "{name}");
    for (m, expected) in found.iter().zip(expected) {
        for (measure, value) in expected.as_object().unwrap() {
            let place = match measure.as_str() {
                "start" | "startPrice" => 0,
                "bottom" => last_of(m, 1),
                "topPrice" => last_of(m, 0),
                "end" | "lastPrice" => m.events.len() - 1,
                _ => panic!("{name}: no measure `{measure}`"),
            };
            match value.as_str() {
                Some(time) => assert_eq!(m.events[place].time, instant(time), "{name} {measure}"),
                None => assert_eq!(price(m, place), value.as_f64().unwrap(), "{name} {measure}"),
            }
        }
    }
}
