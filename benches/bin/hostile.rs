//! How long reading 512 KiB takes when the bytes are made to be slow: blueprints, conditions, event files.
//!
//! Answers: milliseconds per input, the slowest first, beside the promise of 100 ms. Does not know: whether what is
//! read is right; the tests say that.

use std::fmt::Write;
use std::time::Instant;

use cjm_benches::{Outcome, Section, results::seconds};
use cjm_core::event::Options;
use cjm_core::{Blueprint, Value, Zone, expr};
use cjm_io::{Format, read_events_from};

/// The size that the promise speaks of.
const SIZE: usize = 512 * 1024;
/// The longest that reading it may take.
const PROMISED_S: f64 = 0.1;
/// Inputs that the table names.
const SHOWN: usize = 16;
const HEAD: &str = "cjm: 1\nid: x\n";

/// What is measured: its name, and the reading of it.
type Case = (String, Box<dyn Fn()>);

fn main() -> Outcome {
    let mut cases: Vec<Case> = Vec::new();
    blueprints(&mut cases);
    conditions(&mut cases);
    events(&mut cases);
    let mut times: Vec<(f64, &str)> = cases.iter().map(|(name, read)| (best(read), name.as_str())).collect();
    times.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut section = Section::new("hostile", "Reading 512 KiB that mean harm", &["input", "one reading"]);
    for (time, name) in times.iter().take(SHOWN) {
        section.row(&[name, &seconds(*time)]);
    }
    let n_over = times.iter().filter(|(time, _)| *time > PROMISED_S).count();
    section.note(&format!(
        "The slowest of {} inputs; this thread's own running time, the best of three each. {n_over} take more than the promised 100 ms.",
        times.len()
    ));
    section.publish()?;
    Ok(())
}

/// The best of three readings, in seconds.
fn best(read: &dyn Fn()) -> f64 {
    let start = Instant::now();
    let once = |_| {
        let before = cjm_benches::clock::ran_ns(start);
        read();
        (cjm_benches::clock::ran_ns(start) - before) / 1e9
    };
    (0..3).map(once).fold(f64::INFINITY, f64::min)
}

fn much(of: &str) -> String {
    of.repeat(SIZE.div_ceil(of.len()).saturating_sub(1))
}

/// A head and then lines by number, as many as 512 KiB hold.
fn numbered(head: &str, line: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    for at in 0.. {
        let next = line(at);
        if text.len() + next.len() > SIZE {
            break;
        }
        text.push_str(&next);
    }
    text
}

/// Reading alone, and reading with every check.
fn blueprints(cases: &mut Vec<Case>) {
    let lines =
        ["- \n", "a:\n", "a\n", "\n", "# \n", "? \n", "- a\n", "- {a: b}\n", "é\n", "- &a x\n", "- !t x\n"];
    let mut texts: Vec<(String, String)> =
        lines.iter().map(|line| (format!("lines {line:?}"), much(line))).collect();
    let marks = ["[", "{a: ", "- ", "\"", "'", "|", ">", ":", ",", "[],", "{},", "\\", "\t", "\u{feff}"];
    texts.extend(marks.iter().map(|mark| (format!("marks {mark:?}"), much(mark))));
    let own: [(&str, String); 12] = [
        ("a list under x-", numbered(&format!("{HEAD}x-l:\n"), |_| "- \n".to_owned())),
        ("unknown keys", numbered(HEAD, |n| format!("k{n}:\n"))),
        ("channels without id", numbered(&format!("{HEAD}channels:\n"), |_| "- {}\n".to_owned())),
        ("channels", numbered(&format!("{HEAD}channels:\n"), |n| format!("- {{id: c{n}}}\n"))),
        ("channels of one id", numbered(&format!("{HEAD}channels:\n"), |_| "- {id: c}\n".to_owned())),
        ("events", numbered(&format!("{HEAD}events:\n"), |n| format!("  e{n}: {{}}\n"))),
        ("dimensions", numbered(&format!("{HEAD}dimensions:\n"), |n| format!("- d{n}\n"))),
        (
            "rules",
            numbered(&format!("{HEAD}rules:\n"), |n| format!("- {{id: r{n}, when: {{event: e}}, if: x}}\n")),
        ),
        ("topics", numbered(&format!("{HEAD}topics:\n"), |n| format!("- {{id: t{n}, words: [a]}}\n"))),
        (
            "stages",
            numbered(&format!("{HEAD}journeys:\n- id: j\n  stages:\n"), |n| format!("  - {{id: s{n}}}\n")),
        ),
        (
            "touchpoints",
            numbered(&format!("{HEAD}journeys:\n- id: j\n  stages:\n  - id: s\n    touchpoints:\n"), |n| {
                format!("    - {{id: t{n}, event: e}}\n")
            }),
        ),
        ("journeys", numbered(&format!("{HEAD}journeys:\n"), |n| format!("- {{id: j{n}, enter: [a, b]}}\n"))),
    ];
    texts.extend(own.map(|(name, text)| (name.to_owned(), text)));
    for (name, text) in texts {
        let again = text.clone();
        cases.push((format!("blueprint, {name}: read"), Box::new(move || drop(Blueprint::read(&again)))));
        cases.push((
            format!("blueprint, {name}: read and check"),
            Box::new(move || {
                if let (Some(blueprint), _) = Blueprint::read(&text) {
                    blueprint.check();
                }
            }),
        ));
    }
}

/// Conditions are at most 4 KiB: 128 of them are 512 KiB.
fn conditions(cases: &mut Vec<Case>) {
    let longest = |of: &str, end: &str| {
        let n = (4_000 - end.len()) / of.len();
        format!("{}{end}", of.repeat(n))
    };
    let texts = [
        longest("a+", "a"),
        longest("a == b && ", "a"),
        longest("a == b || c != d && ", "a"),
        longest("a ? b : ", "c"),
        longest("a < 1 || ", "a > 2"),
        longest("'x' in [a, b] || ", "true"),
        longest("a in ['b','c','d','e'] && ", "true"),
        longest("!(a == 'b' || c == 'd') && ", "true"),
        longest("[1, 2, 3].exists(x, x == 2) && ", "true"),
        longest("a.matches('(a|b)*c{1,9}') && ", "true"),
        longest("a.", "b"),
        longest("1+", "1"),
        format!("a.matches('{}')", "\\\\w{300}".repeat(30)),
        format!("{}1{}", "(".repeat(60), ")".repeat(60)),
        "x".repeat(SIZE),
        longest("-", "1"),
        longest("\"\\u4e2d\" + ", "''"),
    ];
    let facts = Value::Record([("a".into(), Value::Int(1)), ("b".into(), Value::Text("b".into()))].into());
    for text in texts {
        let name: String = text.chars().take(30).collect();
        let (facts, zone) = (facts.clone(), Zone::utc());
        let n = if text.len() > 4_096 { 1 } else { 128 };
        let evaluate = move || (0..n).for_each(|_| drop(expr::evaluate(&text, &facts, &zone)));
        cases.push((format!("condition, {n} times `{name}..`"), Box::new(evaluate)));
    }
    let conditions =
        longest("customer.n == 1 || customer.t in ['a', 'b'] && !('c' in customer.tags) || ", "false");
    let mut text = format!("{HEAD}customer:\n  profile: {{n: int, t: text}}\n  segments:\n");
    for n in 0..128 {
        // writing into a String does not fail
        let _ = writeln!(text, "  - {{id: s{n}, if: \"{conditions}\"}}");
    }
    cases.push((
        "blueprint, 128 long conditions: read and check".to_owned(),
        Box::new(move || {
            if let (Some(blueprint), _) = Blueprint::read(&text) {
                blueprint.check();
            }
        }),
    ));
}

fn events(cases: &mut Vec<Case>) {
    let table = "user,event,at\n";
    let log = "<log><trace>";
    let date = "\"at\":\"2026-03-01\"";
    let inputs: Vec<(&str, Format, String)> = vec![
        ("commas", Format::Csv, much(",")),
        ("quotes", Format::Csv, much("\"")),
        ("short rows", Format::Csv, format!("{table}{}", much("u,e,2026-03-01\n"))),
        ("one field", Format::Csv, format!("{table}{}", much("x\n"))),
        ("empty lines", Format::Csv, format!("{table}{}", much("\n"))),
        ("bad times", Format::Csv, format!("{table}{}", much("u,e,2026-99-99T99:99:99.999999999999Z\n"))),
        ("quoted", Format::Csv, format!("{table}{}", much("\"u\",\"e\"\"e\",\"2026-03-01\"\n"))),
        (
            "different",
            Format::Csv,
            numbered("user,event,at,note\n", |n| format!("u{n},e{n},2026-03-01,n{n}\n")),
        ),
        ("wide", Format::Csv, numbered("", |n| format!("c{n},"))),
        ("empty objects", Format::JsonLines, much("{}\n")),
        ("open objects", Format::JsonLines, much("{\"a\":")),
        ("brackets", Format::JsonLines, much("[")),
        ("digits", Format::JsonLines, much("9")),
        ("escapes", Format::JsonLines, much("{\"a\":\"\\u4e2d\\n\"}\n")),
        ("nested", Format::JsonLines, much(&format!("{{\"a\":{}1{}}}\n", "[".repeat(60), "]".repeat(60)))),
        ("sparse", Format::JsonLines, numbered("", |n| format!("{{\"k{}\":1}}\n", n % 1_000))),
        (
            "different",
            Format::JsonLines,
            numbered("", |n| format!("{{\"user\":\"u{n}\",\"event\":\"e{n}\",{date},\"k\":{n}}}\n")),
        ),
        ("repeated keys", Format::JsonLines, format!("{{{}}}", much("\"a\":1,"))),
        ("many keys", Format::JsonLines, numbered("{", |n| format!("\"k{n}\":1,"))),
        ("elements", Format::Xes, much("<a>")),
        ("logs", Format::Xes, much("<log>")),
        ("empty events", Format::Xes, format!("{log}{}", much("<event/>"))),
        ("open events", Format::Xes, format!("{log}{}", much("<event>"))),
        ("open attributes", Format::Xes, format!("{log}{}", much("<event><string key='a' value='b'>"))),
        ("attributes in a tag", Format::Xes, format!("{log}<event {}", much("a='b' "))),
        ("numbered attributes", Format::Xes, numbered(&format!("{log}<event "), |n| format!("a{n}='b' "))),
        (
            "entities",
            Format::Xes,
            format!("{log}{}", much("<event><string key='a' value='&amp;&lt;'/></event>")),
        ),
        ("comments", Format::Xes, format!("{log}{}", much("<!-- -->"))),
        ("character data", Format::Xes, format!("{log}{}", much("<![CDATA[x]]>"))),
        ("document types", Format::Xes, much("<!DOCTYPE a [<!ENTITY b 'c'>]>")),
        (
            "different keys",
            Format::Xes,
            numbered(log, |n| format!("<event><int key='k{n}' value='1'/></event>")),
        ),
        (
            "traces",
            Format::Xes,
            numbered("<log>", |n| format!("<trace><string key='k{n}' value='v'/></trace>")),
        ),
    ];
    for (name, format, text) in inputs {
        let options = match format {
            Format::Xes => Options::default(),
            _ => Options::new("user", "event", "at").with_zone(Zone::utc()),
        };
        let read = move || drop(read_events_from(text.as_bytes(), Some(format), &options));
        cases.push((format!("{format}, {name}"), Box::new(read)));
    }
}
