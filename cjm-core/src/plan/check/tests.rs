//! Tests of the checks that need no condition: each finding with its line and column.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::Blueprint;
use crate::base::catalogue;
use crate::base::finding::Finding;

mod hostile;
mod loops;
#[cfg(feature = "messages")]
mod messages;

/// What follows `cjm: 1` and `id: x`, one mistake or a few at a time.
const BODIES: &[&str] = &[
    // doubles
    "channels: [{id: a}, {id: b}, {id: a}]\nsources: [{id: caf\u{e9}}, {id: cafe\u{301}}]\ntopics: [{id: t}]\n",
    "events: {e: {}}\njourneys:\n- id: j\n  stages:\n  - {id: s, touchpoints: [{id: t, event: e}]}\n  - id: u\n    touchpoints:\n\
     \x20   - {id: t, event: e, pains: [{id: p, text: a}, {id: p, text: b}]}\n",
    "customer: {profile: {tags: text, a: int}, features: {a: {count: answered}, zone: {count: answered}}}\n",
    "events: {answered: {}, paid: {}}\nsurveys: [{id: s}]\nrules: [{id: ask_s, when: {event: paid}, do: [{tag: a}]}]\n\
     experiments: [{id: e, arms: [{id: a, share: 0.5}, {id: a, share: 0.5}]}]\n",
    "surveys: [{id: s, ask: {purpose: p}}]\nrules: [{id: ask_s, when: {event: answered}, do: [{tag: a}]}]\n",
    // names
    "events: {paid: {store: text}}\ndimensions: [store, stroe, store]\nchannels: [{id: sms, needs: phone}]\n",
    "events: {paid: {amount: money, n: text}, left: {}}\ncustomer:\n  features:\n    a: {count: payed}\n    b: {sum: paid.amont}\n\
     \x20   c: {sum: paid}\n    d: {sum: paid.n}\n    e: {count: paid.n}\n    f: {max: paid.amount}\n    g: {last: paid.channel}\n",
    "events: {paid: {kind: {enum: [a]}}}\nsurveys: [{id: s, questions: [{id: score, kind: nps}, {id: why, kind: text}]}]\ncustomer:\n  features:\n\
     \x20   a: {sum: answered.score}\n    b: {sum: answered.why}\n    c: {mean: paid.channel}\n    d: {min: paid.time}\n    e: {max: paid.source}\n\
     \x20   f: {sum: paid.sequence}\n    g: {last: answered.wy}\n    h: {mean: ticket_step.by}\n    i: {max: paid.kind}\nrules:\n\
     - {id: r, when: {sum: answered.why, at_least: 1, within: 1d}, do: [{tag: x}]}\n\
     - {id: s, when: {sum: paid.channel, at_least: 1, within: 1d}, do: [{tag: x}]}\n",
    "events: {paid: {}}\ncustomer:\n  lifecycle:\n  - {id: new, if: a}\n  - {id: old}\n  - {id: lost, idle: {event: piad, for: 1d}}\n",
    "events: {said: {channel: text, granted: text}}\nconsent: {event: said}\n",
    "channels: [{id: app}]\nevents: {paid: {}}\njourneys:\n- id: j\n  enter: [paid, payd]\n  goal: gone\n  stages:\n  - id: s\n\
     \x20   touchpoints:\n    - {id: t, event: paid, channel: ap, topics: [taste], in: {peak: {wait: 5m}},\n\
     \x20       opportunities: [{id: o, text: a, solves: [slow]}]}\n  flow: [{from: t, to: [t, u]}]\n",
    "events: {paid: {}}\njourneys:\n- {id: a, stages: [{id: s, touchpoints: [{id: t, event: paid}]}]}\n\
     - {id: b, stages: [{id: s, touchpoints: [{id: t, event: paid}]}]}\nsurveys: [{id: q, at: t}, {id: r, at: b/t}, {id: v, at: c/t}]\n",
    "targets: [{id: t, metric: nps, journey: j, touchpoint: k}]\nimprovements: [{id: i, solves: [p], target: u, owner: a}]\n",
    "messages: [{id: m, offer: tenn}]\noffers: [{id: ten, budget: {amount: 5, by: store}}]\noutreach: {order: [sms, sms]}\n",
    // sense of journeys
    "journeys:\n- id: j\n  stages:\n  - id: kitchen\n    touchpoints:\n    - {id: t, owner: Kitchen, where: a, score: {csat: b}}\n",
    "improvements: [{id: i}]\n",
    // sense of outreach
    "surveys:\n- id: s\n  questions: [{id: a, kind: choice}, {id: b, kind: text, options: [x, x]}]\n  ask: {purpose: p, channels: [sms]}\n",
    "tickets: {queues: [{id: a}, {id: b, pool: [x, x]}], root_causes: [a, a]}\n",
    "outreach: {quiet: {from: '00:00', to: '24:00'}}\n",
    "outreach: {quiet: {from: '24:00', to: '00:00'}}\n",
    "outreach: {quiet: {from: '22:00', to: '08:00'}}\n",
    "outreach: {quiet: {from: '08:00', to: '08:00', purposes: [p]}, caps: [{at_most: 1, within: 1d, channel: c, purpose: p}]}\n",
    "channels: [{id: sms}, {id: app}]\nmessages: [{id: m}]\nevents: {said: {channel: {enum: [app]}, purpose: text, granted: bool}}\n\
     consent: {event: said, purposes: [{id: p, default: deny}]}\n\
     rules: [{id: r, when: {event: said}, do: [{send: m, purpose: p, channels: [app, sms]}]}]\n",
    "channels: [{id: sms}]\nmessages: [{id: m}]\nevents: {e: {}}\nconsent: {purposes: [{id: p, default: deny}, {id: q, default: allow}]}\n\
     outreach: {order: [sms]}\n\
     rules: [{id: r, when: {event: e}, do: [{send: m, purpose: p}, {send: m, purpose: q}]}]\n",
    // rules
    "events: {a: {n: int, t: text}, b: {}}\nrules:\n- {id: r, when: {after: [a, c], without: d, for: 5m}, do: [{tag: x}]}\n\
     - {id: s, when: {count: aa, at_least: 2, within: 1d}, do: [{tag: x}]}\n- {id: t, when: {sum: a, at_least: 2, within: 1d}, do: [{tag: x}]}\n\
     - {id: u, when: {sum: a.t, at_least: 2, within: 1d}, do: [{tag: x}]}\n",
    "rules:\n- {id: a, when: {enter: s}, do: [{tag: x}]}\n- {id: b, when: {skip: t}, do: [{tag: x}]}\n- {id: c, when: {reached: j}, do: [{tag: x}]}\n\
     - {id: d, when: {becomes: l}, do: [{tag: x}]}\n- {id: e, when: {joins: g}, do: [{tag: x}]}\n- {id: f, when: {answer: q}, do: [{tag: x}]}\n",
    "events: {e: {}}\njourneys: [{id: j, idle: 1d, stages: [{id: s, touchpoints: [{id: t, event: e, optional: true}]}]}]\n\
     rules: [{id: a, when: {stay: s, for: 2d}, do: [{tag: x}]}, {id: b, when: {skip: t}, do: [{tag: x}]}]\n",
    "customer: {profile: {born: optional date, name: text}}\nrules:\n- {id: a, when: {date: customer.name}, do: [{tag: x}]}\n\
     - {id: b, when: {date: born}, do: [{tag: x}]}\n- {id: c, when: {date: customer.borne}, do: [{tag: x}]}\n",
    "events: {a: {}, b: {}}\nrules:\n- {id: r, when: {sequence: [{not: a}, b, {not: a}], within: 1d}, do: [{tag: x}]}\n\
     - {id: s, when: {sequence: [{event: a, optional: true}], within: 1d}, do: [{tag: x}]}\n\
     - {id: t, when: {sequence: [{event: a, as: n}, {event: b, as: n}], within: 1d}, skip: {to_last: m}, do: [{tag: x}]}\n\
     - {id: u, when: {event: a}, skip: to_next, do: [{tag: x}]}\n",
    "events: {a: {}}\nrules:\n- {id: r, when: {event: a, key: event.x}, key: event.y, ramp: 0}\n- {id: s, when: {event: a}, arm: b, do: [{tag: x}]}\n\
     - {id: t, when: {event: a}, experiment: f, do: [{tag: x}]}\n- {id: u, when: {event: a}, experiment: e, arm: c, do: [{tag: x}]}\n\
     experiments: [{id: e, arms: [{id: a, share: 0.5}, {id: b, share: 0.4}]}, {id: g}]\n",
    "events: {a: {n: int}}\nrules:\n- id: r\n  when: {event: a}\n  do:\n  - {send: m, purpose: p, channels: [c]}\n  - {ask: s}\n\
     \x20 - {ticket: q, else: w}\n  - {set: {f: a}}\n  - {emit: e}\n  - {emit: a, with: {n: '1', o: '2'}}\n  then: [{delay: 1d, do: [{send: m, purpose: p}]}]\n\
     \x20 goal: {event: g}\n  exit: {event: h}\n  budget: {amount: 5, by: b}\n",
    "events: {a: {}}\nsurveys: [{id: q}, {id: s, ask: {purpose: p}, at: t}]\nrules:\n\
     - {id: r, when: {event: a}, do: [{ask: q}, {ask: s}, {ask: q, purpose: p}], then: [{delay: 1d, do: [{ask: q}]}]}\n",
    "tickets: {queues: [{id: q, pool: [x]}]}\nevents: {a: {}}\nrules:\n- {id: r, when: {event: a}, do: [{ticket: q, accept_within: 1h, clock: business}]}\n",
    // late_in_part rules.r.late, late_in_part rules.s.late
    "events: {a: {n: int}, b: {}}\nrules:\n- {id: r, when: {sequence: [a, b], within: 1d}, late: fire_if_valid, do: [{tag: x}]}\n\
     - {id: s, when: {sum: a.n, at_least: 2, within: 1d}, late: fire_if_valid, do: [{tag: y}]}\n\
     - {id: t, when: {count: a, at_least: 2, within: 1d}, late: record, do: [{tag: z}]}\n\
     - {id: u, when: {after: a, without: b, for: 1d}, late: fire_if_valid, do: [{tag: v}]}\n",
    // rules that say the same
    "events: {a: {n: int}, b: {}}\nrules:\n- {id: r, when: {event: [a, b], where: event.n>1}, if: \"'x' in customer.tags\", do: [{tag: v}]}\n\
     - {id: s, when: {event: [b, a], where: (event.n > 1)}, if: '\"x\" in customer.tags', priority: 2, cool_down: 1d, do: [{tag: v}]}\n\
     - {id: t, when: {event: [b, a], where: event.n > 2}, do: [{tag: v}]}\n",
    "events: {a: {n: int}, b: {}}\nrules:\n- {id: r, when: {event: a, where: event.n > 1}, group: g, do: [{tag: v}]}\n\
     - {id: s, when: {event: a}, group: g, priority: 5, do: [{tag: z}]}\n- {id: t, when: {event: b}, group: g, do: [{tag: z}]}\n\
     - {id: u, when: {event: a}, group: h, priority: 5, cool_down: 1d, do: [{tag: z}]}\n- {id: v, when: {event: a}, group: h, do: [{tag: w}]}\n",
    "events: {a: {n: int}}\ncustomer: {profile: {f: int}}\nrules:\n- {id: r, when: {event: a}, do: [{tag: x}, {set: {f: 1}}]}\n\
     - {id: s, when: {event: a}, do: [{untag: x}]}\n- {id: t, when: {event: a}, if: event.n > 1, do: [{untag: x}]}\n\
     - {id: u, when: {event: a}, do: [{set: {f: '2'}}]}\n",
    // messages
    "messages:\n- id: m\n  body:\n    en: |\n      Hello\n      {{ a|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper\
     |upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper|upper }}\n\
     \x20   zh: '{% set x = 1 %}'\n- {id: n, body: '{{ a'}\n- {id: o, body: '{{ [[[[[[[[[1]]]]]]]]] }}'}\n- {id: p, body: '{{ a b }}'}\n\
     - {id: q, body: '{{ a|safe }}'}\n- {id: r, body: '{{ 3 * a }}'}\n- {id: s, body: '{{ a is mapping }}'}\n",
    "events: {a: {}}\nconsent: {purposes: [{id: p, default: allow}]}\nmessages: [{id: m, body: {en: '{{ dish }} {{ n|d(1) }}', zh: '{{ who }}{{ dish }}'}}]\n\
     rules: [{id: r, when: {event: a}, do: [{send: m, purpose: p, with: {dish: \"'x'\"}}]}]\n",
    // size
    "events: {paid: {n: int}}\ncustomer: {features: {a: {distinct: paid.n}, b: {sum: paid.n, within: 1d}, c: {mean: paid.n, within: 2d},\n\
     \x20 d: {max: paid.n, within: 3d}, e: {count: paid}}}\n",
];

fn texts() -> impl Iterator<Item = String> {
    let sets = format!("scenarios: [{}]\ncustomer: {{segments: [{}]}}\n", named(129), named(129));
    let bodies = BODIES.iter().copied().map(str::to_owned).chain([sets]);
    bodies.map(|body| format!("cjm: 1\nid: x\n{body}"))
}

/// So many items of a list that nothing but their conditions tells apart.
fn named(n: usize) -> String {
    let item = |i: usize| format!("{{id: s{i}, if: customer.zone == 'Z{i}'}}");
    (0..n).map(item).collect::<Vec<_>>().join(", ")
}

/// Findings that `plan::compile` makes of conditions; each has a test of its own below.
const OF_COMPILING: &[&str] = &[
    "reads_clock",
    "value_not_taken",
    "declared_later",
    "rule_fires_itself",
    "rule_loop",
    "rule_loop_in_time",
];
/// Findings of a document that a program made: reading refuses its text before.
const OF_PROGRAMS: &[&str] = &["body_too_long"];

/// What is said of a text beside its conditions.
fn findings(text: &str) -> Vec<Finding> {
    let blueprint = Blueprint::from_yaml(text).unwrap();
    let mut all = super::references(&blueprint);
    all.extend(blueprint.warnings().iter().cloned());
    all.finish()
}

/// Every case with what is said of it. `INSTA_UPDATE=always` writes the snapshot anew.
#[test]
fn findings_of_checking() {
    let mut report = String::new();
    for text in texts() {
        let body: Vec<&str> = text.lines().skip(2).collect();
        let shown = |line: &str| line.chars().take(160).collect::<String>();
        writeln!(report, "{}", body.iter().map(|line| shown(line)).collect::<Vec<_>>().join("\n")).unwrap();
        for finding in findings(&text) {
            writeln!(report, "    {finding}").unwrap();
        }
        report.push('\n');
    }
    insta::assert_snapshot!(report);
}

#[test]
fn every_finding_of_checking_has_a_case() {
    let made: BTreeSet<&str> = texts().flat_map(|text| findings(&text)).map(|f| f.code()).collect();
    let codes = catalogue::plan::ALL
        .iter()
        .map(|e| e.code)
        .filter(|c| !OF_COMPILING.contains(c) && !OF_PROGRAMS.contains(c));
    let missing: Vec<&str> = codes.filter(|c| !made.contains(c)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "give each a case above, or name it in a list");
}

fn restaurant() -> Option<Blueprint> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/api/restaurant.yaml");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED: {path} is not there");
        return None;
    };
    Some(Blueprint::from_yaml(&text).unwrap())
}

#[test]
fn the_restaurant_checks_without_a_finding() {
    let Some(blueprint) = restaurant() else { return };
    assert_eq!(blueprint.check().iter().map(Finding::to_string).collect::<Vec<_>>(), Vec::<String>::new());
}

/// A document made by a program has no positions, and is checked all the same.
#[test]
fn documents_without_text_are_checked() {
    let Some(blueprint) = restaurant() else { return };
    let mut document = blueprint.document().clone();
    assert_eq!(Blueprint::from_document(document.clone()).check(), []);
    document.rules[0].experiment = Some("cart_rescu".into());
    let findings = Blueprint::from_document(document).check();
    assert_eq!(findings.len(), 2);
    assert_eq!((findings[0].code(), findings[0].position.line), ("unused_experiment", 0));
    assert_eq!(
        (findings[1].code(), findings[1].path.as_str()),
        ("unknown_experiment", "rules.cart_rescue.experiment")
    );
}

/// Every finding of the restaurant with one name changed stands at that name.
#[test]
fn a_changed_name_is_found_where_it_stands() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/api/restaurant.yaml");
    let Ok(text) = std::fs::read_to_string(path) else { return eprintln!("SKIPPED: {path} is not there") };
    let names = [
        ("event: menu_view }", "event: menu_viw }", "unknown_event"),
        ("channels: [wechat, sms], with", "channels: [wechat, smss], with", "unknown_channel"),
        ("at: bill", "at: bil", "unknown_touchpoint"),
        ("ticket: managers", "ticket: managrs", "unknown_queue"),
        ("becomes: dormant", "becomes: dormnt", "unknown_lifecycle"),
        ("answer: nps", "answer: npss", "unknown_survey"),
        ("solves: [slow_kitchen], owner", "solves: [slow_kitchn], owner", "unknown_pain"),
        ("send: miss_you,", "send: mis_you,", "unknown_message"),
        ("offer: twenty", "offer: twnty", "unknown_offer"),
        ("sum: paid.amount", "sum: paid.amont", "unknown_attribute"),
    ];
    for (right, wrong, code) in names {
        let at = text.find(right).unwrap();
        let changed = text.replacen(right, wrong, 1);
        let findings = Blueprint::from_yaml(&changed).unwrap().check();
        let finding =
            findings.iter().find(|f| f.code() == code).unwrap_or_else(|| panic!("{wrong}: {findings:?}"));
        assert_eq!(finding.position.line as usize, text[..at].lines().count(), "{wrong}");
        assert!(!finding.help(crate::Language::En).is_empty(), "{wrong}");
    }
}

#[test]
fn the_worst_case_grows_with_what_is_declared() {
    let Some(blueprint) = restaurant() else { return };
    let bytes = blueprint.worst_state_bytes();
    assert!((16 * 1024..32 * 1024).contains(&bytes), "{bytes}");
}

#[test]
fn sets_are_refused_beyond_their_last_bit() {
    let text =
        |n| format!("cjm: 1\nid: x\nscenarios: [{}]\ncustomer: {{segments: [{}]}}\n", named(n), named(n));
    let n_errors = |n| Blueprint::from_yaml(&text(n)).unwrap().compile().err().map(|e| e.findings().len());
    assert_eq!((n_errors(128), n_errors(129)), (None, Some(2)));
}

/// A time since an event passes without an event: nothing would say when the row or segment changes.
#[test]
fn lifecycle_and_segments_read_no_clock() {
    let text = "cjm: 1\nid: x\nevents: {paid: {}}\ncustomer:\n  features: {gone: {since: paid}, n: {count: paid}}\n\
                \x20 lifecycle:\n  - {id: new}\n  - {id: lost, if: gone > duration('30d') && n > 1}\n\
                \x20 segments:\n  - {id: away, if: n > 2 || customer.gone > duration('7d')}\n  - {id: many, if: n > 9}\n";
    let findings = Blueprint::from_yaml(text).unwrap().check();
    let told: Vec<String> = findings.iter().map(Finding::to_string).collect();
    let tail =
        "`gone` is a time since an event and changes all the time (use `idle` in the lifecycle instead)";
    let expected = [("8:20", "lifecycle.lost"), ("10:20", "segments.away")]
        .map(|(at, path)| format!("error[reads_clock] {at} customer.{path}.if: {tail}"));
    assert_eq!(told, expected);
}

#[test]
fn a_feature_that_reads_a_later_one_says_so() {
    let text = "cjm: 1\nid: x\nevents: {paid: {}}\ncustomer:\n  features:\n    a: {count: paid, where: b > 1 && customer.a > 1}\n\
                \x20   b: {count: paid, where: a > 1 && bb > 1}\n";
    let findings = Blueprint::from_yaml(text).unwrap().check();
    let told: Vec<String> = findings.iter().map(Finding::to_string).collect();
    let later = |name: &str| {
        format!(
            "`{name}` is declared later than it is read here (a feature reads only features above it: move `{name}` up)"
        )
    };
    let path = "customer.features";
    let expected = [
        format!("error[declared_later] 6:29 {path}.a.where: {}", later("b")),
        format!("error[declared_later] 6:38 {path}.a.where: {}", later("a")),
        format!("error[expr_unknown_name] 7:38 {path}.b.where: unknown name `bb`"),
    ];
    assert_eq!(told, expected);
}

/// What is wrong with a block scalar stands in it, not on the line behind.
#[test]
fn an_unfinished_expression_ends_where_its_text_does() {
    let text = "cjm: 1\nid: x\nevents: {paid: {n: int}}\nrules:\n- id: r\n  when: {event: paid}\n  if: |\n    event.n > 1\n\
                \x20     && event.n <\n  do: [{tag: a}]\n";
    let findings = Blueprint::from_yaml(text).unwrap().check();
    let told: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert_eq!(told, ["error[expr_unfinished] 9:19 rules.r.if: the expression ends too early"]);
}
