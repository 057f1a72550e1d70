//! Tests of reading: what is said of which text, with line and column; what goes in comes out.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::*;
use crate::base::catalogue;
use crate::base::text::Language;

mod hostile;
mod laws;

/// The example that comes with the design; `None`, loudly, where it is not there.
pub(super) fn restaurant() -> Option<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/api/restaurant.yaml");
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        eprintln!("SKIPPED: {path} is not there");
    }
    text
}

/// A text as plain JSON, as the tree has it.
pub(super) fn raw(text: &str) -> serde_json::Value {
    decode::json(&tree::read(text, &mut sink::Sink::default()).unwrap())
}

#[test]
fn the_restaurant_reads_without_a_finding() {
    let Some(text) = restaurant() else { return };
    let (blueprint, findings) = Blueprint::read(&text);
    assert_eq!(findings, []);
    assert_eq!(blueprint.unwrap().document().journeys[0].stages.len(), 6);
}

/// Texts that do not get as far as the top of a document.
const TEXTS: &[&str] = &[
    "",
    "# nothing but a comment\n",
    "just text\n",
    "- a\n- list\n",
    "a: [\n]b",
    "cjm: 1\nid: a: b\n",
    "cjm: 1\nid:\n\tx\n",
    "cjm: 1\ntopics: [{id: a}, {id: b}\n",
    "cjm: 1\nid: \"x\n",
    "cjm: 1\nid: 'x",
    "cjm: 1\nid: & x\n",
    "cjm: 1\nid: x\0y\n",
    "cjm: 1\nid: x\n---\ncjm: 1\nid: y\n",
    "cjm: 1\nid: x\n<<: {version: a}\n",
    "cjm: 1\nid: &name x\nversion: *name\ntitle: *other\n",
    "cjm: 1\nid: x\nx-caf\u{e9}: 1\nx-cafe\u{301}: 2\nid: y\n",
    "cjm: 1\nid: x\n1: one\nnull: none\n[a]: list\n? {b: c}\n: map\n",
    "[]",
    "{}",
    "{\"cjm\": 1, \"id\": \"x\", \"version\": 2}",
    "cjm: 2\nid: x\n",
    "cjm: 0\nid: x\n",
    "cjm: one\nid: x\n",
];

/// What follows `cjm: 1` and `id: x`.
const BODIES: &[&str] = &[
    // keys
    "titel: Shop\nx-note: {any: [thing, 1, true, ~]}\nzzzzz: 1\n",
    "journeys:\n- {title: no id}\n- text\n- ~\n",
    "rules:\n- id: r\n  when: {after: a, withut: b, for: 5m, again: nevr}\n",
    "rules:\n- id: r\n  when: {event: a, sequence: [a, b], within: 1d}\n",
    "rules:\n- id: r\n  when: {becoms: lost}\n  do: [{}, {send: m, tag: t}, {sent: m}]\n",
    "customer: {features: {f: {}, g: {sum: a.b, count: a}, h: {sum: a.b, x-why: x, whre: c}}}\n",
    "events: {a: {b: {int: [1, 2], x-a: 1}, c: {enum: [], list: {}}, d: {int: [5, 1]}, e: {enum: [a, b, a]}}}\n",
    "journeys: [{id: j, reenter: {after: 3d, x-a: 1}}, {id: k, reenter: alwas}, {id: l, reenter: {}}]\n",
    // shapes
    "topics: {id: a}\nevents: []\ntitle: [a]\nversion: {a: b}\ncustomer: text\n",
    "version: 1.0\nlanguage: true\ncurrency: yuan\nzone: Mars/Base\ntitle: {english: a, en: 5}\n",
    "title: {}\nversion: 2026-11-1\nlanguage: no\ndimensions: [a b, 5, store]\n",
    "title: {{ name }}\nscenarios: [{id: a, if: !x}, {id: b, if: &y z}, {id: c, if: [a]}, {id: d, if: ''}]\n",
    "scenarios:\n- id: a\n  if: visits >= 2 # and more\n- {id: b, if: true}\n",
    "events: {a: text, b: {c: txt, d: optional intt, e: [1]}, '': {}, f: {'g h': int}}\n",
    "identities: [{id: Member, max_links: 0}, {id: phone-2, max_links: 1.5}, {id: a, max_links: many}]\n",
    "channels: [{id: app, kind: digtal}, {id: b, kind: 5}]\nsources: [{id: till 1, lateness: 5}, {id: ''}]\n",
    "journeys: [{id: j, enter: {event: a}, goal: {event: []}, stages: [{id: s, touchpoints: [{id: t, optional: yes}]}]}]\n",
    // numbers, times, money
    "journeys:\n- id: j\n  idle: 0s\n  stages:\n  - id: s\n    touchpoints:\n    - {id: a, expected: 1.5, feels: .nan}\n\
         \x20   - {id: b, expected: 1e999, wait: -5m}\n    - {id: c, expected: -0.0, wait: 30, tier: 3}\n",
    "outreach: {quiet: {from: 22:00, to: 8:00, then: wait}}\n",
    "outreach: {quiet: {from: '24:30', to: 1320, max_hold: 1 day}}\n",
    "outreach: {quiet: {from: '+9:30', to: '09:+5'}}\nrules: [{id: r, when: {every: month +5 10:00}}, {id: s, when: {every: month 5 10:+1}}]\n",
    "tickets: {calendar: {hours: '21:00-09:00', days: [mon, tues], holidays: [2027-02-30, 1]}}\n",
    "offers: [{id: a, cost: 1e3}, {id: b, cost: '12.50'}, {id: c, cost: -1}, {id: d, budget: {per: year}}]\n",
    "rules:\n- id: r\n  when: {every: 'day 25:00'}\n  ramp: 100.1\n  priority: high\n- {id: s, when: {every: tue 9:00}, ramp: NaN}\n",
    "rules: [{id: r, when: {sequence: [{event: a, times: [3, 1]}, {event: b, times: [1, ~]}, {not: c, as: d}]}}]\n",
    "rules: [{id: r, when: {sum: a..b, at_least: 5, within: 1d}, skip: {to_last: 5}, caps: [{at_most: -1}]}]\n",
    "rules: [{id: r, when: {count: a, at_least: 0, within: 1d}}, {id: s, when: {count: a, at_least: -3, within: 1d}}, {id: t, when: {count: a, at_least: x, within: 1d}}]\n",
    "rules: [{id: r, when: {sum: a.b, at_least: 0, within: 1d}}, {id: s, when: {count: a, at_least: 1, within: 1d}}]\n",
    "surveys: [{id: s, kind: npss, at: a/b/c, ask: {sample: 2}, questions: [{id: q, kind: multi}]}]\n",
    "improvements: [{id: i, status: open, due: tomorrow}]\n",
    // text
    "title: \"a\\0b\"\nversion: \"a\\u202Eb\"\nobjective: x\n",
    "topics: [{id: t, words: {en: [yes, off, 'no', on time], xx-toolongtag: [a], z: []}}]\n",
    "rules: [{id: r, when: {event: a}, do: [{tag: \"\"}, {send: m}, {ticket: t, contact_within: 0s}]}]\n",
    "rules:\n  - { id: a, when: { event: paid }, do: [{ set: {} }] }\n",
];

fn told(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        writeln!(text, "    {finding}").unwrap();
        text
    })
}

/// Every case with what is said of it. `INSTA_UPDATE=always` writes the snapshot anew.
#[test]
fn findings_of_reading() {
    let mut report = String::new();
    let head = "cjm: 1\nid: x\n";
    let bodies = BODIES.iter().map(|body| format!("{head}{body}"));
    for text in TEXTS.iter().map(|t| (*t).to_owned()).chain(bodies) {
        let (blueprint, findings) = Blueprint::read(&text);
        let wrong = findings.iter().any(|f| f.severity() == Severity::Error);
        assert_eq!(blueprint.is_none(), wrong, "{text}");
        let shown = text.strip_prefix(head).unwrap_or(&text).replace('\0', "\\0");
        writeln!(report, "{}\n{}", shown.trim_end(), told(&findings)).unwrap();
    }
    insta::assert_snapshot!(report);
}

/// Every finding of reading is made by some case here or among the hostile texts.
#[test]
fn every_finding_of_reading_has_a_case() {
    let head = "cjm: 1\nid: x\n";
    let bodies = BODIES.iter().map(|body| format!("{head}{body}"));
    let mut made: BTreeSet<&str> = BTreeSet::new();
    for text in TEXTS.iter().map(|t| (*t).to_owned()).chain(bodies).chain(hostile::limits().map(|(_, t)| t)) {
        made.extend(Blueprint::read(&text).1.iter().map(Finding::code));
    }
    let missing: Vec<&str> =
        catalogue::blueprint::ALL.iter().map(|e| e.code).filter(|c| !made.contains(c)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// A file as a tired author leaves it: everything is told at once, in both languages.
#[test]
fn a_broken_blueprint() {
    let findings = Blueprint::read(include_str!("tests/broken.yaml")).1;
    let mut report = String::new();
    for f in &findings {
        let (line, column) = (f.position.line, f.position.column);
        writeln!(report, "{line}:{column} {} {}", f.code(), f.path).unwrap();
        for language in [Language::En, Language::Zh] {
            writeln!(report, "    {} | {}", f.message(language), f.help(language)).unwrap();
        }
    }
    insta::assert_snapshot!(report);
}

#[test]
fn json_and_yaml_are_told_apart() {
    assert!(Blueprint::from_json("cjm: 1\nid: x\n").is_err());
    assert!(Blueprint::from_json("{\"cjm\": 1, \"id\": \"x\"}").is_ok());
    let error = Blueprint::from_json("{\"cjm\": 1,\n \"id\": }").unwrap_err();
    assert_eq!(error.findings()[0].position, Position { line: 2, column: 8 });
    let emoji = Blueprint::from_json("{\"cjm\": 1, \"id\": \"x\", \"title\": \"\\ud83d\\ude00\"}").unwrap();
    assert_eq!(emoji.document().title, Some("😀".into()));
}

#[test]
fn positions_of_paths() {
    let text = "cjm: 1\nid: x\nsources:\n- {id: till 1, lateness: 5m}\njourneys:\n- id: j\n  enter: a\n  personas:\n  - \
                {id: p}\n  stages:\n  - id: s\n    touchpoints:\n    - {id: t, wait: 5m}\n";
    let blueprint = Blueprint::from_yaml(text).unwrap();
    for (path, line, column) in [
        ("", 1, 1),
        ("id", 2, 5),
        ("sources.\"till 1\".lateness", 4, 26),
        ("sources[0].lateness", 4, 26),
        ("journeys.j.enter", 7, 10),
        ("journeys.j.enter[0]", 7, 10),
        ("journeys.j.personas[0]", 9, 5),
        ("journeys.j.personas.p", 9, 5),
        ("journeys.j.stages.s.touchpoints.t.wait", 13, 21),
        // what is not written is where its surroundings are
        ("journeys.j.stages.s.touchpoints.t.expected", 13, 7),
        ("journeys.k.stages", 6, 3),
        ("rules.r.when", 1, 1),
    ] {
        assert_eq!(blueprint.position(path), Position { line, column }, "{path}");
    }
}

/// Too much of a section is told where the section is.
#[test]
fn too_many_stands_at_its_section() {
    let journeys: String = (0..1_025).map(|n| format!("- {{id: j{n}}}\n")).collect();
    let findings = Blueprint::read(&format!("cjm: 1\nid: x\ntitle: t\njourneys:\n{journeys}")).1;
    let told: Vec<String> =
        findings.iter().filter(|f| f.code() == "too_many").map(Finding::to_string).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("error[too_many] 5:3 journeys: "), "{told:?}");
}

#[test]
fn positions_inside_expressions() {
    // `#` stands where the byte in question is
    let cases = [
        "if: visits >= #two",
        "if: 'a == ''b'' && #two'",
        r#"if: "a == \"b\" \u0026& 中 #two""#,
        "if: |\n    visits >= 2\n    && #two\n    || x",
        "if: |\n\n    visits\n    && #two",
        "if: |2\n      visits\n    && #two",
        "if: visits\n    && #two",
        "if: \"visits\n    && #two\"",
    ];
    for scalar in cases {
        let text = format!("cjm: 1\nid: x\nscenarios:\n- id: s\n  {}\n", scalar.replace('#', ""));
        let blueprint = Blueprint::from_yaml(&text).unwrap();
        let source = blueprint.document().scenarios[0].if_.as_ref().unwrap().0.clone();
        let position = blueprint.position_in("scenarios.s.if", source.find("two").unwrap());
        let mark = format!("  {scalar}")
            .lines()
            .enumerate()
            .find_map(|(n, l)| Some((n, l.find('#')?, l.to_owned())));
        let (n, byte, marked) = mark.unwrap();
        let column = marked[..byte].chars().count() + 1;
        assert_eq!(position, Position { line: 5 + n as u32, column: column as u32 }, "{scalar}");
    }
    let folded = "cjm: 1\nid: x\nscenarios:\n- id: s\n  if: >\n    a\n    && two\n";
    let blueprint = Blueprint::from_yaml(folded).unwrap();
    assert_eq!(blueprint.position_in("scenarios.s.if", 5), Position { line: 7, column: 5 });
}

#[test]
fn anchors_tabs_and_quoted_numbers_are_placed_and_told_once() {
    for (text, expect) in [
        ("cjm: 1\nid: &x a\n", &["anchor 2:5"][..]),
        ("cjm: 1\nid: a\ntitle: &title\n  en: b\n", &["anchor 3:8"]),
        ("cjm: 1\nid: a\nevents: { 'é': 1, b: &x {} }\n", &["not_a_map 3:16", "anchor 3:22"]),
        ("cjm: 1\nid: a\ntitle: b\n\tzone: UTC\n", &["tab_indent 4:1"]),
        ("cjm: \"1\"\nid: a\n", &["not_int 1:6"]),
        ("cjm: 01\nid: a\n", &["not_int 1:6"]),
        ("cjm: 1\nid: a\nidentities: [{ id: m, max_links: '0' }]\n", &["not_int 3:34"]),
    ] {
        let (_, found) = Blueprint::read(text);
        let told = |f: &Finding| format!("{} {}:{}", f.code(), f.position.line, f.position.column);
        assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expect, "{text}");
    }
}
