//! The `cjm` command as a user meets it: what it prints and how it ends.

use cjm_core::Language;

use crate::common::{answer, cjm, cjm_in, project, top};

#[test]
fn a_condition_is_tried() {
    for (expression, facts, want) in [
        ("1 + 2 * 3", "{}", "7"),
        (
            "event.amount > 100 && customer.tier == \"gold\"",
            r#"{"event":{"amount":120},"customer":{"tier":"gold"}}"#,
            "true",
        ),
        ("-1 < 0", "{}", "true"),
        ("tags.map(t, size(t))", r#"{"tags":["a","bcd"]}"#, "[1,3]"),
        ("local(timestamp('2026-01-01T20:00:00Z')).hour", "{}", "20"),
    ] {
        assert_eq!(answer(&["eval", expression, "--with", facts]).trim(), want, "{expression}");
    }
    let late = answer(&["eval", "local(timestamp('2026-01-01T20:00:00Z')).hour", "--zone", "Asia/Shanghai"]);
    assert_eq!(late.trim(), "4");
}

#[test]
fn a_condition_that_fails_ends_with_1() {
    let unknown = cjm(&["eval", "visit >= 2", "--with", r#"{"visits": 3}"#]);
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""));
    insta::assert_snapshot!("eval_unknown_name", unknown.err);
    let chinese = cjm_in(Language::Zh, &["eval", "visit >= 2", "--with", r#"{"visits": 3}"#]);
    insta::assert_snapshot!("eval_unknown_name_in_chinese", chinese.err);
    let division = cjm(&["eval", "1 / 0"]);
    assert_eq!(division.code, 1, "{}", division.err);
    assert!(division.err.starts_with("error[condition]"), "{}", division.err);
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2() {
    for words in [
        &["nothing"][..],
        &["check"],
        &["eval", "1", "--with", "{"],
        &["eval", "1", "--with", "[1]"],
        &["eval", "1", "--zone", "Mars/Olympus"],
        &["--language", "fr", "eval", "1"],
    ] {
        let ran = cjm(words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(!ran.err.is_empty(), "{words:?}");
    }
}

#[test]
fn a_file_that_is_not_there_ends_with_3() {
    let ran = cjm(&["check", "no/such/blueprint.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("no/such/blueprint.yaml"), "{}", ran.err);
}

#[test]
fn every_finding_is_shown_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.yaml");
    std::fs::write(&file, BAD).unwrap();
    let name = file.display().to_string();
    let ran = cjm(&["check", &name]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!("check", ran.out.replace(&name, "b.yaml"));
    let rows = cjm(&["check", &name, "--json"]);
    assert_eq!(rows.code, 1);
    insta::assert_snapshot!("check_json", rows.out.replace(&name, "b.yaml"));
}

/// A blueprint with mistakes that people make.
const BAD: &str = "\
cjm: 1
id: 店
titel: Shop
zone: Mars/Olympus
outreach:
  quiet: { from: 22:00, to: \"08:00\" }
journeys:
  - id: buy
    enter: visit
    stages: []
";

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(answer(&["--version"]).trim(), concat!("cjm ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = answer(&["completions", shell]);
        assert!(script.contains("check") && script.contains("eval"), "{shell}");
    }
}

const RESTAURANT: &str = "examples/blueprints/restaurant.yaml";

#[test]
fn the_restaurant_has_no_finding() {
    let file = project(RESTAURANT);
    assert_eq!(answer(&["check", &file]), format!("{file}: no finding\n"));
    assert_eq!(answer(&["check", &file, "--json"]).trim(), "[]");
    let chinese = cjm_in(Language::Zh, &["check", &file]);
    assert_eq!((chinese.code, chinese.out), (0, format!("{file}：未发现问题\n")));
}

#[test]
fn the_tracking_plan_is_written_in_three_forms() {
    let file = project(RESTAURANT);
    let chinese = answer(&["tracking", &file]);
    assert!(chinese.contains("| order\\_placed |") && chinese.contains("落座"), "{chinese}");
    let english = answer(&["tracking", &file, "--language", "en"]);
    assert!(english.contains("Seating") || english.contains("Arrive"), "{english}");
    let rows: serde_json::Value =
        serde_json::from_str(&answer(&["tracking", &file, "--format", "json"])).unwrap();
    let table = answer(&["tracking", &file, "--format", "csv"]);
    assert_eq!(table.lines().count(), rows.as_array().unwrap().len() + 1);
}

/// The words of `cjm simulate` for a small crowd.
const CROWD: [&str; 6] = ["--customers", "30", "--days", "20", "--seed", "7"];

#[test]
fn simulated_events_come_back_as_they_went_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let file = project(RESTAURANT);
    let simulate = |out: &str| {
        let out = at(out);
        answer(&[&["simulate", &file, "--out", &out][..], &CROWD].concat());
        std::fs::read_to_string(&out).unwrap()
    };
    let lines = simulate("events.jsonl");
    assert_eq!(lines, simulate("again.jsonl"), "the same seed gives the same events");
    assert_eq!(lines.lines().count(), simulate("events.csv").lines().count() - 1);
    let n = lines.lines().count().to_string();
    let checked = cjm(&["tracking", &file, "--check", &at("events.jsonl"), "--format", "json"]);
    let issues: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    for issue in issues.as_array().unwrap() {
        assert!(issue["count"].as_u64() <= n.parse().ok(), "{issue}");
    }
    let inferred = answer(&["tracking", "--infer", &at("events.jsonl"), "--format", "json"]);
    let inferred: serde_json::Value = serde_json::from_str(&inferred).unwrap();
    assert!(inferred["events"]["seated"].is_object(), "{inferred}");
    let table = at("events.csv.gz");
    let said = cjm(&[&["simulate", &file, "--out", &table][..], &CROWD].concat()).err;
    let flags: Vec<&str> = said.trim().strip_prefix("to read it: ").unwrap().split(' ').collect();
    let study = |words: &[&str]| {
        let whole = [&["study", "--blueprint", &file, "--format", "json"][..], words].concat();
        serde_json::from_str::<serde_json::Value>(&answer(&whole)).unwrap()
    };
    let (of_lines, of_table) =
        (study(&[&at("events.jsonl")]), study(&[&[table.as_str()][..], &flags].concat()));
    assert_eq!(of_lines, of_table, "the packed table says what the lines say");
}

#[test]
fn bad_rows_are_said_and_strict_refuses_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.csv").display().to_string();
    std::fs::write(
        &file,
        "customer,event,time\na,visit,2026-01-01T10:00:00Z\n,visit,2026-01-01T10:00:00Z\nb,visit,soon\n",
    )
    .unwrap();
    let ran = cjm(&["tracking", "--infer", &file]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("bad_rows", ran.err.replace(&file, "events.csv"));
    let strict = cjm(&["tracking", "--infer", &file, "--strict"]);
    assert_eq!((strict.code, strict.out.as_str()), (1, ""), "{}", strict.err);
    let missing = cjm(&["tracking", "--infer", &file, "--customer", "user"]);
    assert_eq!(missing.code, 2, "{}", missing.err);
    assert!(missing.err.contains("`user`"), "{}", missing.err);
}

#[test]
fn every_map_comes_in_every_form() {
    let file = project(RESTAURANT);
    for (format, begins) in [
        ("mermaid", "journey\n"),
        ("flowchart", "flowchart "),
        ("dot", "digraph "),
        ("svg", "<svg "),
        ("json", "{\"format\""),
    ] {
        let map = answer(&["map", &file, "--journey", "dine_in", "--format", format]);
        assert!(map.starts_with(begins), "{format}: {map:.80}");
    }
    let none = cjm(&["map", &file, "--journey", "dine_out"]);
    assert_eq!((none.code, none.out.as_str()), (2, ""));
    assert!(none.err.contains("`dine_out`") && none.err.contains("dine_in"), "{}", none.err);
}

#[test]
fn a_mermaid_journey_becomes_a_blueprint() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("lunch.mmd"), "journey\n  title Lunch\n  section Eat\n    Taste it: 5: Guest\n")
        .unwrap();
    answer(&["map", "--import", &at("lunch.mmd"), "--out", &at("lunch.yaml")]);
    let map = answer(&["map", &at("lunch.yaml")]);
    assert!(map.contains("section Eat") && map.contains("Taste it: 5"), "{map}");
    std::fs::write(at("bad.mmd"), "journey\n  Taste it: nine\n").unwrap();
    let bad = cjm(&["map", "--import", &at("bad.mmd")]);
    assert_eq!((bad.code, bad.out.as_str()), (1, ""));
    assert!(bad.err.contains("line 2"), "{}", bad.err);
}

#[test]
fn differences_are_listed_by_id() {
    let folder = tempfile::tempdir().unwrap();
    let later = folder.path().join("later.yaml").display().to_string();
    let text = std::fs::read_to_string(project(RESTAURANT)).unwrap();
    let text = text.replace("wait: 20m, expected: 0.6", "wait: 15m, expected: 0.6");
    std::fs::write(&later, text.replace("id: second_wok", "id: third_wok")).unwrap();
    let (before, same) = (project(RESTAURANT), project(RESTAURANT));
    assert_eq!(answer(&["diff", &before, &same]), "no difference\n");
    insta::assert_snapshot!("diff", answer(&["diff", &before, &later]));
    let rows: serde_json::Value =
        serde_json::from_str(&answer(&["diff", &before, &later, "--json"])).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 3);
}

#[test]
fn maps_are_laid_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.yaml").display().to_string();
    let text = std::fs::read_to_string(project(RESTAURANT)).unwrap();
    std::fs::write(&other, text.replace("id: restaurant", "id: bistro")).unwrap();
    let words = ["atlas", &project(RESTAURANT), &other];
    insta::assert_snapshot!("atlas", answer(&words));
    let tables: serde_json::Value =
        serde_json::from_str(&answer(&[&words[..], &["--format", "json"]].concat())).unwrap();
    assert_eq!(tables["pains"][0]["maps"], 2);
}

#[test]
fn the_demo_writes_events_and_a_report_and_names_three_pains() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo").display().to_string();
    let said = answer(&[&["demo", "--out", &out][..], &CROWD].concat());
    assert!(said.contains("三大痛点") && said.contains("  3. "), "{said}");
    let english = answer(&[&["demo", "--out", &out, "--language", "en"][..], &CROWD].concat());
    let story = english.split("One detractor's closed loop").nth(1).unwrap();
    let told: Vec<&str> = story.lines().skip(1).take(7).collect();
    assert!(
        told[0].contains("answers nps: 3 of 10") && told[1].contains("rule detractor opens a ticket"),
        "{story}"
    );
    assert!(
        told[6].contains("closed by") && told[2..].iter().all(|line| line.ends_with("in time")),
        "{story}"
    );
    assert!(english.contains("The three worst pains"), "{english}");
    for name in ["blueprint.yaml", "events.jsonl", "report.html"] {
        assert!(folder.path().join("demo").join(name).is_file(), "{name}");
    }
}

#[test]
fn a_study_is_cut_and_ends_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl").display().to_string();
    let file = project(RESTAURANT);
    answer(&[&["simulate", &file, "--out", &events][..], &CROWD].concat());
    let study = |words: &[&str]| -> serde_json::Value {
        let whole = ["study", "--blueprint", &file, &events, "--format", "json"];
        serde_json::from_str(&answer(&[&whole[..], words].concat())).unwrap()
    };
    let cut = study(&["--by", "persona", "--by", "store"]);
    let cuts = |by: &str| cut["stages"].as_array().unwrap().iter().filter(|row| row["by"] == by).count();
    assert!(cuts("persona") > 0 && cuts("store") > 0);
    let until = study(&["--until", "2027-01-01T00:00:00Z"]);
    assert_eq!(until["summary"]["until"], "2027-01-01T00:00:00Z");
    assert_eq!(until["journeys"][0]["open"], 0, "a year later every trip has ended");
    for (words, code) in [(["--by", "weather"], 2), (["--until", "soon"], 2)] {
        let ran = cjm(&[&["study", "--blueprint", &file, &events][..], &words].concat());
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{words:?}: {}", ran.err);
    }
}

#[test]
fn the_example_is_the_restaurant_of_the_contract() {
    let Ok(contract) = std::fs::read(top().join("../shared/api/restaurant.yaml")) else {
        return println!("SKIPPED: ../shared/api/restaurant.yaml is not there");
    };
    let example = std::fs::read(project(RESTAURANT)).unwrap();
    assert!(example == contract, "`{RESTAURANT}` is not ../shared/api/restaurant.yaml byte for byte");
}

#[test]
fn differences_are_told_in_chinese() {
    let folder = tempfile::tempdir().unwrap();
    let later = folder.path().join("later.yaml").display().to_string();
    let before = project(RESTAURANT);
    let text = std::fs::read_to_string(&before).unwrap();
    let text = text.replace("wait: 20m, expected: 0.6", "wait: 15m, expected: 0.6");
    std::fs::write(&later, text.replace("id: second_wok", "id: third_wok")).unwrap();
    let told = cjm(&["diff", &before, &later, "--language", "zh"]).out;
    let verbs: Vec<&str> = told.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(verbs, ["更改", "删除", "新增"], "{told}");
    assert_eq!(cjm_in(Language::Zh, &["diff", &before, &before]).out, "没有差异\n");
    let help = cjm_in(Language::Zh, &["diff", "--help"]).out;
    let places = ["之前的蓝图", "之后的蓝图", "以 JSON 输出差异"].map(|words| help.find(words).unwrap());
    assert!(places.is_sorted(), "arguments stand in the order in which they are written: {help}");
}

/// A reader that has had enough.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let mut err = Vec::new();
    let code = cjm_cli::run(["cjm", "eval", "1"], &mut cjm_cli::Host::new(&mut Closed, &mut err));
    assert_eq!((code, err.as_slice()), (0, &b""[..]));
}

#[test]
fn a_check_goes_on_behind_a_file_that_can_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [bad, good, nope] = ["bad.yaml", "good.yaml", "nope.yaml"].map(path);
    std::fs::write(&bad, "cjm: 1\n").unwrap();
    std::fs::write(&good, "cjm: 1\nid: a\nevents: { e: {} }\n").unwrap();
    let ran = cjm(&["check", &nope, &bad, &good]);
    assert_eq!((ran.code, ran.err.lines().count()), (3, 1), "{}", ran.err);
    assert!(ran.err.contains(&nope) && ran.out.contains(&bad) && ran.out.contains(&good), "{}", ran.out);
    let ran = cjm(&["check", "--json", &nope, &bad]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, rows.is_empty()), (3, false));
}
