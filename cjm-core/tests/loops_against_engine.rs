//! Circles of rules as the check tells them, held against what the engine does: a circle that the engine has to cut
//! was told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use cjm_core::outreach::RefusalReason;
use cjm_core::{Blueprint, CustomerState, Event, Input, Timestamp};
use proptest::prelude::*;

const HEAD: &str = "\
cjm: 1
id: x
identities: [{id: member}]
events: {a: {level: int}, b: {level: int}, c: {level: int}}
customer:
  profile: {f: int}
  features: {n: {count: c}}
  lifecycle: [{id: new}, {id: vip, if: \"'x' in customer.tags\"}, {id: rich, if: customer.f > 1}]
  segments:
  - {id: tagged, if: \"'x' in customer.tags\"}
  - {id: untagged, if: \"!('x' in customer.tags)\"}
  - {id: poor, if: customer.f == 0}
  - {id: vips, if: customer.lifecycle == 'vip'}
rules:
";

const OF_CIRCLES: [&str; 3] = ["rule_fires_itself", "rule_loop", "rules_undo"];

fn trigger() -> impl Strategy<Value = String> {
    let names = || prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        3 => names().prop_map(|name| format!("event: {name}")),
        2 => (names(), 0..3).prop_map(|(name, n)| format!("event: {name}, where: event.level == {n}")),
        1 => (names(), 0..3).prop_map(|(name, n)| format!("event: {name}, where: event.level < {n}")),
        1 => names().prop_map(|name| format!("count: {name}, at_least: 2, within: 1d, fire: each")),
        3 => prop::sample::select(vec!["tagged", "untagged", "poor", "vips"]).prop_flat_map(|segment| {
            prop::sample::select(vec![format!("joins: {segment}"), format!("quits: {segment}")])
        }),
        2 => prop::sample::select(vec!["new", "vip", "rich"]).prop_map(|state| format!("becomes: {state}")),
    ]
}

fn action() -> impl Strategy<Value = String> {
    let names = || prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        3 => names().prop_map(|name| format!("{{emit: {name}}}")),
        3 => (names(), 0..3).prop_map(|(name, n)| format!("{{emit: {name}, with: {{level: '{n}'}}}}")),
        2 => Just("{tag: x}".to_owned()),
        2 => Just("{untag: x}".to_owned()),
        2 => (0..3).prop_map(|n| format!("{{set: {{f: '{n}'}}}}")),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let conditions =
        ["", "if: \"'x' in customer.tags\", ", "if: \"!('x' in customer.tags)\", ", "if: customer.f == 1, "];
    let condition = prop::sample::select(conditions.to_vec());
    (trigger(), condition, prop::collection::vec(action(), 1..3))
        .prop_map(|(when, condition, done)| format!("when: {{{when}}}, {condition}do: [{}]", done.join(", ")))
}

fn rules() -> impl Strategy<Value = String> {
    prop::collection::vec(rule(), 1..4).prop_map(|rules| {
        rules.iter().enumerate().map(|(n, rule)| format!("- {{id: r{n}, {rule}}}\n")).collect()
    })
}

/// Whether the engine has to cut a circle while a customer does this and that.
fn cut(blueprint: &Blueprint) -> bool {
    let plan = blueprint.compile().unwrap();
    let mut state = CustomerState::new(&plan);
    let start = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
    let levels = [0, 1, 2, 1, 0, 2];
    let mut found = false;
    for n in 0..54_i64 {
        let name = ["a", "b", "c", "c", "b", "a", "b"][n as usize % 7];
        let at = Timestamp::from_micros(start.as_micros() + n * 1_000_000).unwrap();
        let event = Event::new(name, at).id("s", n.to_string()).identity("member", "m");
        let event = event.with("level", levels[n as usize % 6] as i64);
        let set =
            Event::new("profile_set", at).id("f", n.to_string()).identity("member", "m").with("f", n / 7 % 3);
        for event in [&set, &event] {
            let stepped = plan.step(&mut state, Input::Event(event)).unwrap();
            found |= stepped.refusals.iter().any(|refusal| refusal.reason == RefusalReason::TooDeep);
        }
    }
    found
}

#[test]
fn the_engine_cuts_what_goes_round() {
    let of = |rules: &str| cut(&Blueprint::from_yaml(&format!("{HEAD}{rules}")).unwrap());
    assert!(of("- {id: r, when: {event: a}, do: [{emit: a}]}\n"));
    assert!(!of("- {id: r, when: {event: a}, do: [{emit: b}]}\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_circle_that_the_engine_cuts_was_told(rules in rules()) {
        let blueprint = Blueprint::from_yaml(&format!("{HEAD}{rules}")).unwrap();
        let findings = blueprint.check();
        let told = findings.iter().any(|finding| OF_CIRCLES.contains(&finding.code()));
        prop_assert!(told || !cut(&blueprint), "{rules}");
    }
}
