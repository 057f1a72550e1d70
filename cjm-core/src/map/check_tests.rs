//! Tests of the findings: each one made to appear, and none on maps that are as they should be.

use super::sample::{dine_in, flow, journey, names};
use super::*;
use crate::base::catalogue;
use crate::base::finding::{Finding, Position, Severity};
use crate::base::text::Language;
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Document, EventMatch, Expr, Flow, Journey, Stage};

fn nowhere(_: &str) -> Position {
    Position::default()
}

fn told(findings: &[Finding]) -> Vec<String> {
    let one = |f: &Finding| {
        for language in [Language::En, Language::Zh] {
            assert!(!f.message(language).contains(['{', '}']), "{}", f.message(language));
        }
        format!("{} {}", f.code(), f.path)
    };
    findings.iter().map(one).collect()
}

/// A journey that enters at `enter`, reaches its goal at `goal` and ends.
fn trip(text: &str, enter: &str, goal: &str) -> Journey {
    let mut j = journey(text);
    j.enter = names(enter);
    j.goal = Some(EventMatch { event: names(goal), ..EventMatch::default() });
    j.idle = Some("1d".parse().unwrap());
    j
}

fn with_flow(mut j: Journey, text: &str) -> Journey {
    j.flow = flow(text);
    j
}

#[track_caller]
fn check_map(j: &Journey, wanted: &[&str]) {
    assert_eq!(told(&check(j, &nowhere)), wanted);
}

#[test]
fn maps_as_they_should_be() {
    check_map(&dine_in(), &[]);
    check_map(&trip("a b? | c- d", "a", "d"), &[]);
    check_map(&with_flow(trip("a b* | c- d", "a", "d"), "a > b, b > b c, c > d"), &[]);
}

#[test]
fn empty_and_drawn_maps() {
    check_map(&journey(""), &["map_empty journeys.j"]);
    check_map(&Journey { id: "j".into(), ..Journey::default() }, &["map_empty journeys.j"]);
    check_map(&journey("a- | b-"), &["map_without_events journeys.j"]);
    check_map(&trip("a | | b", "a", "b"), &["stage_empty journeys.j.stages.s1"]);
}

#[test]
fn enter_goal_and_idle() {
    let all = ["enter_missing journeys.j", "goal_missing journeys.j", "idle_missing journeys.j"];
    check_map(&journey("a b"), &all);
    check_map(&trip("a b", "a x", "b"), &["enter_lands_nowhere journeys.j.enter[1]"]);
    check_map(&trip("a b", "a", "b x"), &["goal_lands_nowhere journeys.j.goal.event[1]"]);
    let findings = check(&trip("add_to_cart pay", "add_to_crat", "pay"), &nowhere);
    assert_eq!(findings[0].help(Language::En), "did you mean `add_to_cart`?");
    let unreachable = trip("a | b c", "c", "a");
    check_map(
        &unreachable,
        &[
            "goal_unreachable journeys.j.goal",
            "touchpoint_unreachable journeys.j.stages.s0.touchpoints.a",
            "touchpoint_unreachable journeys.j.stages.s1.touchpoints.b",
        ],
    );
}

#[test]
fn what_no_trip_comes_to() {
    check_map(&trip("a b | c", "c", "c"), &["stage_unreachable journeys.j.stages.s0"]);
    check_map(&trip("p- | c", "c", "c"), &[]);
    let j = with_flow(trip("a b | c d | e f-", "a", "b"), "a > b, c > d, d > b");
    check_map(
        &j,
        &["stage_unreachable journeys.j.stages.s1", "touchpoint_orphan journeys.j.stages.s2.touchpoints.e"],
    );
}

#[test]
fn flows() {
    let base = || trip("a b c", "a", "b");
    check_map(
        &with_flow(base(), "a > a b, b > c, a > c b"),
        &["flow_self_loop journeys.j.flow[0].to[0]", "flow_duplicate journeys.j.flow[2].to[1]"],
    );
    check_map(
        &with_flow(base(), "a > b ghost, ghost > c, b > c, c >"),
        &[
            "unknown_touchpoint journeys.j.flow[0].to[1]",
            "unknown_touchpoint journeys.j.flow[1].from",
            "flow_leads_nowhere journeys.j.flow[3]",
        ],
    );
    let mut empty = base();
    empty.flow = Some(Vec::new());
    let orphan = |id: &str| format!("touchpoint_orphan journeys.j.stages.s0.touchpoints.{id}");
    let mut wanted =
        vec!["flow_empty journeys.j.flow".to_owned(), "goal_unreachable journeys.j.goal".to_owned()];
    wanted.extend(["a", "b", "c"].map(orphan));
    assert_eq!(told(&check(&empty, &nowhere)), wanted);
}

#[test]
fn circles_without_an_exit() {
    let j = with_flow(trip("a b c d", "a", "d"), "a > b d, b > c, c > b");
    check_map(&j, &["cycle_without_exit journeys.j.flow"]);
    let findings = check(&j, &nowhere);
    assert_eq!(findings[0].message(Language::En), "a trip that comes to `b`, `c` can never end");
    let mut ended = j.clone();
    ended.exit = Some(EventMatch { event: names("c"), ..EventMatch::default() });
    check_map(&ended, &[]);
    check_map(&with_flow(trip("a b c d", "a", "d"), "a > b d, b > c, c > b d"), &[]);
}

#[test]
fn two_touchpoints_for_one_event() {
    let path = |id: &str, key: &str| format!("journeys.j.stages.s0.touchpoints.{id}.{key}");
    let mut j = trip("a b:a c", "a", "c");
    assert_eq!(told(&check(&j, &nowhere)), [format!("match_ambiguous {}", path("b", "event"))]);
    let mut when = |n: usize, text: &str| {
        j.stages[0].touchpoints[n].where_ = Some(Expr(text.into()));
        told(&check(&j, &nowhere))
    };
    assert!(when(1, "event.x > 1").is_empty(), "with `where` before without");
    assert_eq!(when(0, "event.x < 5"), [format!("match_overlap {}", path("b", "where"))]);
    assert_eq!(when(0, " event.x > 1 "), [format!("match_ambiguous {}", path("b", "event"))]);
    assert_eq!(
        when(0, "(event.x>1)"),
        [format!("match_ambiguous {}", path("b", "event"))],
        "spelt otherwise"
    );
    assert!(when(0, "event.x <= 1").is_empty(), "they exclude each other");
    assert!(when(0, "event.x == 1 // alone").is_empty());
    // of three the last meets the first, not the one between
    let mut j = trip("a b:a d:a c", "a", "c");
    for (n, text) in ["event.x > 5", "event.x < 3", "event.x > 7"].into_iter().enumerate() {
        j.stages[0].touchpoints[n].where_ = Some(Expr(text.into()));
    }
    let findings = check(&j, &nowhere);
    assert_eq!(told(&findings), [format!("match_overlap {}", path("d", "where"))]);
    assert!(findings[0].message(Language::En).contains("`a` gets"), "{findings:?}");
}

#[test]
fn limits_of_maps_and_documents() {
    let long = Journey { id: "j".into(), stages: vec![Stage::default(); 100_001], ..Journey::default() };
    check_map(&long, &["map_too_large journeys.j"]);
    let many = Document { journeys: vec![Journey::default(); 1_025], ..Document::default() };
    assert_eq!(told(&check_all(&many, &nowhere)), ["too_many_maps journeys"]);
    let mut wild = trip("a", "a", "a");
    let step = Flow { from: "x".into(), to: names("y z"), ..Flow::default() };
    wild.flow = Some(vec![step; 100_000]);
    let findings = check(&wild, &nowhere);
    assert_eq!(findings.len(), MAX_FOUND + 1);
    assert!(findings.iter().any(|f| f.code() == "more_findings"));
}

#[test]
fn warnings_left_out_stop_nothing() {
    let vast = trip(&format!("a {} b", "| ".repeat(2_000)), "a", "b");
    let findings = check(&vast, &nowhere);
    assert_eq!(findings.len(), MAX_FOUND + 1);
    assert!(told(&findings).contains(&"more_warnings journeys.j".to_owned()));
    assert!(findings.iter().all(|f| f.severity() == Severity::Warning));
}

const MAX_FOUND: usize = 1_000;

#[test]
fn positions_are_those_of_the_text() {
    let text = "cjm: 1\nid: x\nevents: { a: {}, b: {} }\njourneys:\n  - id: j\n    enter: a\n    goal: { event: b }\n    \
                idle: 1d\n    stages:\n      - id: s\n        touchpoints:\n          - { id: p, event: a }\n          \
                - { id: q, event: a }\n          - { id: r, event: b }\n";
    let blueprint = Blueprint::from_yaml(text).unwrap();
    let findings = check_all(blueprint.document(), &|path| blueprint.position(path));
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].position.line, findings[0].position.column), (13, 29));
}

#[test]
fn the_restaurant_has_none() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/api/restaurant.yaml");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED the_restaurant_has_none: no {path}");
        return;
    };
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    assert_eq!(
        told(&check_all(blueprint.document(), &|path| blueprint.position(path))),
        Vec::<String>::new()
    );
}

#[test]
fn every_finding_of_the_area_has_a_test() {
    let here = include_str!("check_tests.rs");
    for entry in catalogue::map::ALL {
        assert!(here.contains(&format!("\"{} ", entry.code)), "no test of `{}`", entry.code);
    }
}
