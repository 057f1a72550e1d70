//! Rules that mean harm: each gives a named finding or a defined result, in bounded work, on a small stack.

use std::fmt::Write;

use crate::Blueprint;
use crate::base::finding::{Finding, Severity};
use crate::blueprint::MAX_FINDINGS;

const HEAD: &str = "cjm: 1\nid: x\n";

/// The codes of what is said, of reading or else of checking, each with its path.
fn said(body: &str) -> Vec<String> {
    let (blueprint, found) = Blueprint::read(&format!("{HEAD}{body}"));
    let found = blueprint.map_or(found, |blueprint| blueprint.check());
    found.iter().map(|f| format!("{} {}", f.code(), f.path)).collect()
}

/// A rule with these keys beside a trigger and an action.
fn rule(keys: &str) -> String {
    format!("events: {{a: {{n: int}}}}\nrules:\n- {{id: r, when: {{event: a}}, do: [{{tag: x}}], {keys}}}\n")
}

fn small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn shares_ramps_delays_and_windows_out_of_range() {
    for (keys, expected) in [
        ("ramp: 0", &["ramp_of_nobody rules.r.ramp"][..]),
        ("ramp: 1", &[]),
        ("ramp: 100", &["out_of_range rules.r.ramp"]),
        ("ramp: 100.1", &["out_of_range rules.r.ramp"]),
        ("ramp: -0.1", &["out_of_range rules.r.ramp"]),
        ("ramp: .nan", &["not_a_number rules.r.ramp"]),
        ("ramp: NaN", &["not_a_number rules.r.ramp"]),
        ("ramp: 1e999", &["not_a_number rules.r.ramp"]),
        ("then: [{delay: 0s, do: [{tag: v}]}]", &[]),
        ("then: [{delay: -1s, do: [{tag: v}]}]", &["bad_duration rules.r.then[0].delay"]),
        ("then: [{delay: 5m ago, do: [{tag: v}]}]", &["bad_duration rules.r.then[0].delay"]),
        ("then: [{delay: 106751991d, do: [{tag: v}]}]", &[]),
        ("then: [{delay: 106751992d, do: [{tag: v}]}]", &["bad_duration rules.r.then[0].delay"]),
        ("then: [{delay: 99999999999999999999d, do: [{tag: v}]}]", &["bad_duration rules.r.then[0].delay"]),
        ("cool_down: -1d", &["bad_duration rules.r.cool_down"]),
        ("caps: [{at_most: -1, per: day}]", &["too_small rules.r.caps[0].at_most"]),
        ("goal: {event: a, within: 0s}", &["zero_duration rules.r.goal.within"]),
        ("priority: 9223372036854775808", &["not_int rules.r.priority"]),
        ("if: null", &[]),
        ("if: \"\"", &["not_an_expression rules.r.if"]),
    ] {
        assert_eq!(said(&rule(keys)), expected, "{keys}");
    }
}

#[test]
fn schedules_that_never_come() {
    for (every, good) in [
        ("day 10:00", true),
        ("mon 00:00", true),
        ("month 31 23:59", true),
        ("month 0 10:00", false),
        ("month 32 10:00", false),
        ("month -1 10:00", false),
        ("month 256 10:00", false),
        ("day 24:00", false),
        ("day 10:60", false),
        ("day 25:00", false),
        ("day 9:00", false),
        ("funday 10:00", false),
        ("day  10:00", false),
        ("day 10:00:00", false),
        ("", false),
        ("day", false),
        ("day １０:００", false),
    ] {
        let body = format!("rules: [{{id: r, when: {{every: '{every}'}}, do: [{{tag: x}}]}}]\n");
        let expected: &[&str] = if good { &[] } else { &["bad_every rules.r.when.every"] };
        assert_eq!(said(&body), expected, "{every}");
    }
    let body = "customer: {profile: {born: date}}\nrules: [{id: r, when: {date: customer.born, before: -3d, at: '24:01'}, do: [{tag: x}]}]\n";
    assert_eq!(said(body), ["bad_duration rules.r.when.before", "bad_clock_time rules.r.when.at"]);
}

#[test]
fn zones_times_and_quiet_hours() {
    for (body, expected) in [
        ("zone: Mars/Olympus", &["unknown_zone zone"][..]),
        ("zone: +08:00", &[]),
        ("zone: asia/shanghai", &[]),
        ("outreach: {quiet: {from: '22:00', to: '08:00'}}", &[]),
        ("outreach: {quiet: {from: '00:00', to: '24:00'}}", &["quiet_always outreach.quiet.from"]),
        ("outreach: {quiet: {from: '08:00', to: '08:00'}}", &["quiet_never outreach.quiet.from"]),
        ("outreach: {quiet: {from: '24:00', to: '00:00'}}", &["quiet_never outreach.quiet.from"]),
        ("outreach: {quiet: {from: '00:00', to: '00:00'}}", &["quiet_never outreach.quiet.from"]),
        ("outreach: {quiet: {from: 22:00, to: '08:00'}}", &["unquoted_time outreach.quiet.from"]),
        ("outreach: {quiet: {from: '24:01', to: '08:00'}}", &["bad_clock_time outreach.quiet.from"]),
    ] {
        assert_eq!(said(&format!("{body}\n")), expected, "{body}");
    }
}

#[test]
fn lists_beyond_what_the_engine_takes() {
    let steps = |n| {
        format!(
            "events: {{a: {{}}}}\nrules: [{{id: r, when: {{sequence: [{}], within: 1d}}, do: [{{tag: x}}]}}]\n",
            "a, ".repeat(n)
        )
    };
    assert_eq!(said(&steps(8)), [""; 0]);
    assert_eq!(said(&steps(64)), ["state_too_large customer.features"]);
    assert_eq!(said(&steps(65)), ["state_too_large customer.features", "too_many rules.r.when.sequence"]);
    let escalations = |n| {
        let list = "{to: q}, ".repeat(n);
        format!(
            "events: {{a: {{}}}}\ntickets: {{queues: [{{id: q, pool: [x]}}]}}\nrules: [{{id: r, when: {{event: a}}, do: [{{ticket: q, accept_within: 1h, escalate: [{list}]}}]}}]\n"
        )
    };
    assert_eq!(said(&escalations(16)), [""; 0]);
    assert_eq!(said(&escalations(17)), ["too_many rules.r.do[0].escalate"]);
}

#[test]
fn a_million_tokens_of_a_condition() {
    small_stack(|| {
        for token in ["(", "[", "!", "-", "a.", "1+", "&& ", "? :", "'", "\\w{300}", ".", "not ", "in "] {
            let long =
                serde_json::Value::from(token.repeat(1_000_000.min(2_000_000 / token.len()))).to_string();
            assert_eq!(
                said(&rule(&format!("if: {long}"))).first().map(String::as_str),
                Some("expr_too_long rules.r.if"),
                "{token}"
            );
        }
    });
}

#[test]
fn the_longest_condition_of_any_token_is_judged() {
    small_stack(|| {
        for token in [
            "(",
            "[",
            "!",
            "-",
            "a.",
            "1+",
            "event.n > 1 && ",
            "event.n == 1 || ",
            "event.n in [1] ? ",
            "!(",
            "\\",
        ] {
            let long = serde_json::Value::from(token.repeat(4_000 / token.len())).to_string();
            assert!(
                said(&rule(&format!("if: {long}"))).iter().any(|line| line.starts_with("expr_")),
                "{token}"
            );
        }
        let alike = "event.n == 1 || event.n == 2 && ".repeat(100) + "event.n < 3";
        assert_eq!(said(&rule(&format!("if: {alike}"))), [""; 0]);
    });
}

#[test]
fn a_pattern_too_large_to_compile() {
    for (pattern, code) in [
        ("(a|b){9}", None),
        (r"\\w{300}", Some("expr_pattern rules.r.if")),
        (r"(\\w{300}){300}", Some("expr_pattern rules.r.if")),
        ("(", Some("expr_pattern rules.r.if")),
    ] {
        let text = format!(
            "events: {{a: {{t: text}}}}\nrules: [{{id: r, when: {{event: a}}, if: \"event.t.matches('{}')\", do: [{{tag: x}}]}}]\n",
            pattern.replace('\\', "\\\\")
        );
        assert_eq!(said(&text), code.into_iter().collect::<Vec<_>>(), "{pattern}");
    }
    let long = format!(
        "events: {{a: {{t: text}}}}\nrules: [{{id: r, when: {{event: a}}, if: \"event.t.matches('{}')\", do: [{{tag: x}}]}}]\n",
        "a".repeat(257)
    );
    assert_eq!(said(&long), ["expr_pattern_long rules.r.if"]);
}

/// Every operator on every pair of types, and on null: a finding or a condition, the same each time.
#[test]
fn every_operator_on_every_pair_of_types() {
    let names = ["t", "i", "x", "m", "b", "at", "day", "list"].map(|name| format!("event.{name}"));
    let others =
        ["null", "customer.tags", "duration('1h')", "local(event.at)", "[]", "{}", "1", "'a'", "true", "1.5"];
    let operands: Vec<&str> = names.iter().map(String::as_str).chain(others).collect();
    let operators = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"];
    let mut text = format!(
        "{HEAD}events: {{a: {{t: text, i: int, x: number, m: money, b: bool, at: time, day: date, list: {{list: {{n: int}}}}}}}}\nrules:\n"
    );
    let mut n = 0;
    for left in &operands {
        for right in &operands {
            for operator in operators {
                writeln!(text, "- {{id: r{n}, when: {{event: a}}, if: \"{left} {operator} {right} == true\", do: [{{tag: x}}]}}").unwrap();
                n += 1;
            }
        }
    }
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    let findings = blueprint.check();
    assert_eq!(findings, blueprint.check());
    assert!(findings.iter().all(|f| f.code().starts_with("expr_") || f.code().starts_with("more_")));
    assert_eq!(findings.iter().filter(|f| f.severity() == Severity::Error).count(), MAX_FINDINGS + 1);
}

#[test]
fn ten_thousand_rules_on_one_event_compile() {
    let mut text = format!("{HEAD}events: {{a: {{n: int}}}}\nrules:\n");
    for n in 0..10_000 {
        writeln!(text, "- {{id: r{n}, when: {{event: a, where: event.n == {n}}}, do: [{{tag: t{n}}}]}}")
            .unwrap();
    }
    let plan = Blueprint::from_yaml(&text).unwrap().compile().unwrap();
    assert_eq!(plan.rules.list.len(), 10_000);
}

/// So many wrong names beside so many known ones: suggestions end, and so do findings.
#[test]
fn a_flood_of_unknown_names_is_told_and_counted() {
    let mut text = format!("{HEAD}events:\n");
    (0..5_000).for_each(|n| writeln!(text, "  known{n}: {{}}").unwrap());
    text.push_str("rules:\n");
    (0..5_000).for_each(|n| {
        writeln!(text, "- {{id: r{n}, when: {{event: knwon{n}}}, if: evnt.x, do: [{{tag: x}}]}}").unwrap()
    });
    let findings = Blueprint::from_yaml(&text).unwrap().check();
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    assert_eq!(findings.last().map(Finding::code), Some("more_findings"));
    let suggested = findings.iter().filter(|f| !f.help(crate::Language::En).is_empty()).count();
    assert!((1..MAX_FINDINGS / 2).contains(&suggested), "{suggested}");
}

/// Cut at every character: findings or none, never an abort.
#[test]
fn rules_cut_at_every_character() {
    let whole = "events: {a: {n: int}}\nmessages: [{id: m, body: 'x {{ n }}'}]\nrules:\n- id: r\n  when: {sequence: [{event: a, as: s}, {not: a, where: event.n > 1}, a], within: 1h, key: event.n}\n\
                 \x20 if: first.s.n > 1 && 'x' in customer.tags\n  do: [{emit: a, with: {n: '1'}}]\n  then: [{delay: 1d, unless: event.n == 2, do: [{untag: x}]}]\n";
    small_stack(move || whole.char_indices().for_each(|(at, _)| drop(said(&whole[..at]))));
}
