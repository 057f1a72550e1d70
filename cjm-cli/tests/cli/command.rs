//! The `cjm` command as a user meets it: what it prints and how it ends.

use cjm_core::Language;

use crate::common::{answer, cjm, cjm_in};

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
    let code = cjm_cli::run(["cjm", "eval", "1"], &mut cjm_cli::Host::of(&mut Closed, &mut err));
    assert_eq!((code, err.as_slice()), (0, &b""[..]));
}
