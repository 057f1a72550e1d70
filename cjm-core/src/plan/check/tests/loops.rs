//! Rules that set each other off: circles that are told with a witness, and look-alikes that are none.

use crate::Blueprint;

const HEAD: &str = "\
cjm: 1
id: x
events: {a: {level: int}, b: {}, c: {}, d.e: {n: int}}
customer:
  profile: {f: int, t: text}
  features: {n: {count: b}}
  lifecycle: [{id: new}, {id: some, if: n >= 1}, {id: vip, if: \"'z' in customer.tags\"}, {id: old, idle: {event: a, for: 9d}}]
  segments:
  - {id: tagged, if: \"'x' in customer.tags\"}
  - {id: untagged, if: \"!('x' in customer.tags)\"}
  - {id: rich, if: customer.f > 10}
  - {id: vips, if: customer.lifecycle == 'vip'}
journeys:
- id: j
  enter: a
  goal: {event: c}
  idle: 1d
  stages: [{id: s, touchpoints: [{id: ta, event: a}]}, {id: u, touchpoints: [{id: tb, event: b}, {id: tc, event: c}]}]
rules:
";

/// What is said of rules: code and message of each finding about circles.
fn told(rules: &[&str]) -> Vec<String> {
    let rules: String =
        rules.iter().enumerate().map(|(n, rule)| format!("- {{id: r{n}, {rule}}}\n")).collect();
    let findings = Blueprint::from_yaml(&format!("{HEAD}{rules}")).unwrap().check();
    let of_circles = ["rule_fires_itself", "rule_loop", "rule_loop_in_time", "rules_undo"];
    let (ours, others): (Vec<_>, Vec<_>) = findings.iter().partition(|f| of_circles.contains(&f.code()));
    assert!(others.is_empty(), "{rules}{others:#?}");
    ours.iter().map(|f| format!("{} {} {}", f.code(), f.path, f.message(crate::Language::En))).collect()
}

fn check(rules: &[&str], expected: &[&str]) {
    assert_eq!(told(rules), expected, "{rules:#?}");
}

#[test]
fn a_rule_that_fires_itself() {
    let itself = "rule_fires_itself rules.r0.do the rule `r0` sets itself off through `a`";
    check(&["when: {event: a}, do: [{emit: a}]"], &[itself]);
    check(&["when: {count: a, at_least: 3, within: 1d, fire: each}, do: [{emit: a}]"], &[itself]);
    check(&["when: {sequence: [a, a], within: 1d}, do: [{emit: a}]"], &[itself]);
    let dotted = "rule_fires_itself rules.r0.do the rule `r0` sets itself off through `d.e`";
    check(&["when: {sum: d.e.n, at_least: 3, within: 1d, fire: each}, do: [{emit: d.e}]"], &[dotted]);
    check(&["when: {event: a, where: event.level < 5}, do: [{emit: a, with: {level: '4'}}]"], &[itself]);
    check(&["when: {event: a}, if: \"!('v' in customer.tags)\", do: [{emit: a}, {tag: z}]"], &[itself]);
}

#[test]
fn a_rule_that_ends_by_itself_is_none() {
    for rule in [
        "when: {event: a, where: event.level < 5}, do: [{emit: a, with: {level: '5'}}]",
        "when: {event: a}, if: event.level == 1, do: [{emit: a, with: {level: '2'}}]",
        "when: {event: a}, if: \"!('v' in customer.tags)\", do: [{emit: a}, {tag: v}]",
        "when: {event: a}, do: [{emit: a}], cool_down: 1h",
        "when: {event: a}, do: [{emit: a}], caps: [{at_most: 1, per: day}]",
        "when: {count: a, at_least: 3, within: 1d}, do: [{emit: a}]",
        "when: {sequence: [a, b], within: 1d}, do: [{emit: a}]",
        "when: {event: a}, do: [{emit: b}]",
        "when: {joins: tagged}, do: [{tag: x}]",
        "when: {joins: tagged}, do: [{tag: v}]",
        "when: {joins: rich}, do: [{set: {f: '100'}}]",
        "when: {becomes: some}, do: [{emit: b}]",
        "when: {enter: s}, do: [{emit: a}]",
        "when: {stay: s, for: 1h}, do: [{emit: a}]",
        "when: {every: day 10:00}, do: [{tag: x}]",
    ] {
        check(&[rule], &[]);
    }
}

#[test]
fn rules_that_set_each_other_off() {
    let circle = "rule_loop rules.r0.do the rules set each other off: `r0 -> r1 -> r0`";
    check(&["when: {event: a}, do: [{emit: b}]", "when: {event: b}, do: [{emit: a}]"], &[circle]);
    check(&["when: {enter: s}, do: [{emit: b}]", "when: {enter: u}, do: [{emit: a}]"], &[circle]);
    let three = [
        "when: {event: a}, do: [{emit: b}]",
        "when: {event: b}, do: [{emit: c}]",
        "when: {event: c}, do: [{emit: a}]",
    ];
    let told = "rule_loop rules.r0.do the rules set each other off: `r0 -> r1 -> r2 -> r0`";
    check(&three, &[told]);
    // what one of them needs again is brought about by a rule that they set off, and that sets off none of them
    let helped = [
        "when: {quits: rich}, do: [{emit: b}]",
        "when: {event: b}, do: [{set: {f: '1'}}]",
        "when: {quits: rich}, do: [{set: {f: '11'}}]",
    ];
    check(&helped, &[circle]);
    check(&helped[..2], &[]);
    // a condition, a cool-down on the way ends it
    let ended = ["when: {event: a}, do: [{emit: b}]", "when: {event: b}, do: [{emit: a}], cool_down: 1d"];
    check(&ended, &[]);
    let ended = [
        "when: {event: a, where: event.level == 1}, do: [{emit: b}]",
        "when: {event: b}, do: [{emit: a, with: {level: '2'}}]",
    ];
    check(&ended, &[]);
}

#[test]
fn two_rules_that_undo_each_other() {
    let undo = "rules_undo rules.r1.do the rules `r0` and `r1` undo each other's `x`";
    check(&["when: {joins: tagged}, do: [{untag: x}]", "when: {quits: tagged}, do: [{tag: x}]"], &[undo]);
    check(&["when: {joins: tagged}, do: [{untag: x}]", "when: {joins: untagged}, do: [{tag: x}]"], &[undo]);
    let fields = "rules_undo rules.r1.do the rules `r0` and `r1` undo each other's `f`";
    check(
        &["when: {joins: rich}, do: [{set: {f: '1'}}]", "when: {quits: rich}, do: [{set: {f: '11'}}]"],
        &[fields],
    );
    // the second does not bring the first about again
    check(&["when: {joins: rich}, do: [{set: {f: '1'}}]", "when: {quits: rich}, do: [{set: {f: '2'}}]"], &[]);
    check(&["when: {joins: tagged}, do: [{tag: v}]", "when: {quits: tagged}, do: [{untag: v}]"], &[]);
}

#[test]
fn states_and_segments_over_states_turn_in_circles_too() {
    let undo = "rules_undo rules.r1.do the rules `r0` and `r1` undo each other's `z`";
    check(&["when: {becomes: vip}, do: [{untag: z}]", "when: {becomes: new}, do: [{tag: z}]"], &[undo]);
    check(&["when: {joins: vips}, do: [{untag: z}]", "when: {quits: vips}, do: [{tag: z}]"], &[undo]);
    let circle = "rule_loop rules.r0.do the rules set each other off: `r0 -> r1 -> r0`";
    check(&["when: {becomes: old}, do: [{emit: a}]", "when: {event: a}, do: [{tag: v}]"], &[]);
    check(&["when: {becomes: vip}, do: [{emit: a}]", "when: {event: a}, do: [{tag: z}]"], &[]);
    check(
        &["when: {becomes: vip}, do: [{emit: b}, {untag: z}]", "when: {event: b}, do: [{tag: z}]"],
        &[undo],
    );
    check(&["when: {event: b}, do: [{emit: a}]", "when: {event: a}, do: [{emit: b}, {tag: z}]"], &[circle]);
}

#[test]
fn loops_that_take_time_are_a_hint() {
    let itself = "rule_loop_in_time rules.r0.do the rules set each other off again and again as time passes: `r0 -> r0`";
    check(&["when: {after: a, without: b, for: 1h}, do: [{emit: a}]"], &[itself]);
    check(&["when: {event: a}, do: [{tag: v}], then: [{delay: 1d, do: [{emit: a}]}]"], &[itself]);
    let now = "rule_fires_itself rules.r0.do the rule `r0` sets itself off through `a`";
    check(&["when: {event: a}, do: [{tag: v}], then: [{delay: 0s, do: [{emit: a}]}]"], &[now]);
}

/// The engine keeps what is told: it cuts such a loop at its depth, and does nothing twice where none is told.
#[test]
fn ten_thousand_rules_that_fire_each_other_are_looked_at_in_bounded_work() {
    let mut text = String::from("cjm: 1\nid: x\nevents: {a: {}}\nrules:\n");
    (0..10_000)
        .for_each(|n| text.push_str(&format!("- {{id: r{n}, when: {{event: a}}, do: [{{emit: a}}]}}\n")));
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    assert!(blueprint.check().iter().any(|f| f.code() == "rule_duplicate"));
}
