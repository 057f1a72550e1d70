//! Event files by their flags: what they mean, and that none is ignored in silence.

use super::common::{cjm, cjm_in, project};
use cjm_core::Language;

const SHOP: &str = r#"
cjm: 1
id: shop
zone: Asia/Shanghai
identities: [{ id: member }, { id: phone }]
events: { pay: { amount: optional money } }
journeys: [{ id: buy, enter: pay, stages: [{ id: s, touchpoints: [{ id: pay, event: pay }] }] }]
"#;

const WHOLE: &str =
    "{\"name\": \"pay\", \"time\": \"2026-03-01T10:00:00Z\", \"identities\": {\"member\": \"u1\"}}\n";
const FLAT: &str =
    "{\"customer\": \"u1\", \"event\": \"pay\", \"time\": \"2026-03-01T10:00:00Z\", \"amount\": \"5\"}\n";
const TABLE: &str = "customer,event,time,amount\nu1,pay,2026-03-01 10:00,5\n";

/// Replays a file of this name and text with these flags: code, first line of the answer, stderr.
fn replay(name: &str, text: impl AsRef<[u8]>, flags: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let [blueprint, events] = ["b.yaml", name].map(|name| folder.path().join(name));
    std::fs::write(&blueprint, SHOP).unwrap();
    std::fs::write(&events, text).unwrap();
    let words = ["replay", "--blueprint", blueprint.to_str().unwrap(), events.to_str().unwrap()];
    let ran = cjm(&[&words[..], flags].concat());
    (ran.code, ran.out.lines().next().unwrap_or_default().to_owned(), ran.err)
}

#[test]
fn what_a_line_is_decides_the_first_that_can_be_read() {
    for (text, n_events) in [
        (format!("{{\n{WHOLE}{WHOLE}"), 2),
        (format!("oops\n{FLAT}"), 1),
        (FLAT.repeat(2), 2),
        (format!("[1]\n\n{WHOLE}"), 1),
    ] {
        let (code, answer, err) = replay("e.jsonl", &text, &[]);
        assert_eq!(code, 0, "{text}{err}");
        assert!(answer.starts_with(&format!("{n_events} events")), "{text}{answer}");
        assert_eq!(err.contains("bad_row"), n_events == 1 || text.starts_with("{\n"), "{err}");
    }
}

#[test]
fn a_flag_that_means_nothing_is_an_error() {
    for (name, text, flags, words) in [
        ("e.jsonl", WHOLE, &["--customer", "nosuch"][..], "`nosuch` means nothing here"),
        ("e.jsonl", WHOLE, &["--sequence", "n"], "`n` means nothing here"),
        ("e.jsonl", FLAT, &["--event", "what"], "there is no column `what`"),
        ("e.jsonl", FLAT, &["--delimiter", ";"], "JSON lines has no delimiter"),
        ("e.csv", TABLE, &["--transition", "complete"], "CSV has no lifecycle transitions"),
        ("e.csv", TABLE, &["--identity", "mmeber=customer"], "did you mean `member`?"),
        (
            "e.csv",
            TABLE,
            &["--identity", "member=customer", "--identity", "member=event"],
            "`member` is named twice",
        ),
        ("e.csv", TABLE, &["--identity", "member=customer", "--customer", "event"], "the identity `member`"),
        ("e.csv", TABLE, &["--encoding", "latin-99"], "there is no encoding `latin-99`"),
        ("e.csv", TABLE, &["--delimiter", "::"], "one character is meant"),
        ("e.csv", "user,event,time\n", &[], "--customer, --event and --time"),
        (
            "e.csv",
            TABLE,
            &["--attributes", "amount,nope"],
            "the columns are `customer`, `event`, `time`, `amount`",
        ),
    ] {
        let (code, _, err) = replay(name, text, flags);
        assert_eq!(code, 2, "{flags:?} {err}");
        assert!(err.contains(words), "{flags:?} {err}");
    }
}

#[test]
fn times_without_an_offset_are_of_the_blueprints_zone() {
    let (code, answer, err) = replay("e.csv", TABLE, &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{answer}");
    assert!(answer.starts_with("1 events"), "{answer}");
}

#[test]
fn encoding_and_delimiter_may_be_named() {
    let table = b"customer|event|time\ncaf\xe9|pay|2026-03-01 10:00\n";
    assert_eq!(replay("e.csv", table, &[]).0, 1, "not UTF-8, not GBK");
    let named = ["--encoding", "windows-1252", "--delimiter", "|"];
    let (code, answer, err) = replay("e.csv", table, &named);
    assert_eq!(code, 0, "{err}");
    assert!(answer.starts_with("1 events"), "{answer}");
}

#[test]
fn an_inferred_plan_says_what_it_leaves_out_and_is_a_blueprint() {
    let folder = tempfile::tempdir().unwrap();
    let [events, plan] = ["e.csv", "plan.json"].map(|name| folder.path().join(name).display().to_string());
    let rows = "customer,event,time,金额,unit price,n\nu1,pay,2026-03-01T10:00:00Z,5,1,2\nu1,answered,2026-03-01T11:00:00Z,,2,3\n";
    std::fs::write(&events, rows).unwrap();
    let words = ["tracking", "--infer", &events, "--format", "json", "--out", &plan];
    let ran = cjm(&words);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.contains("the column `金额` is left out") && ran.err.contains("(values: 1)"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("the column `unit price` is left out") && ran.err.contains("(values: 2)"));
    assert!(cjm_in(Language::Zh, &words).err.contains("列 `金额` 未纳入"));
    let checked = cjm(&["check", &plan]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
}

#[test]
fn a_bad_row_is_told_in_the_language_of_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let [blueprint, table, lines] =
        ["b.yaml", "e.csv", "e.jsonl"].map(|name| folder.path().join(name).display().to_string());
    std::fs::write(&blueprint, SHOP).unwrap();
    std::fs::write(&table, format!("{TABLE}u2,pay,soon,5\n")).unwrap();
    std::fs::write(&lines, WHOLE.replace("2026-03-01T10:00:00Z", "9999-12-31T00:00:00Z")).unwrap();
    for (words, told) in [
        (["replay", "--strict", "--blueprint", &blueprint, &table], "`time` 中的 `soon` 不是时间"),
        (["run", "--strict", "--blueprint", &blueprint, &lines], "至 9999-12-30T22:00Z 之间"),
        (["replay", "--strict", "--blueprint", &blueprint, &lines], "至 9999-12-30T22:00Z 之间"),
    ] {
        let ran = cjm_in(Language::Zh, &words);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}

#[test]
fn what_is_wrong_with_a_whole_file_names_the_file_and_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let head = "customer,event,time\n";
    for (name, text, words) in [
        ("zone.csv", format!("{head}a,e,2026-01-01 10:00:00\n"), "give --zone, as in `Asia/Shanghai`"),
        ("unit.csv", format!("{head}a,e,1767225600\n"), "give --time-unit: s, ms, us or ns"),
        (
            "unit.jsonl",
            r#"{"customer": "a", "event": "e", "time": 1767225600}"#.to_owned(),
            "give --time-unit: s, ms, us or ns",
        ),
        ("cut.parquet", "PAR1".to_owned(), "the Parquet file can not be read"),
    ] {
        let path = file(name, &text);
        let ran = cjm(&["tracking", "--infer", &path]);
        assert!(ran.code != 0 && ran.err.contains(words), "{name}: {}", ran.err);
        assert!(ran.err.contains(&format!("`{path}`: ")), "{name}: {}", ran.err);
    }
    let blueprint = project("examples/blueprints/restaurant.yaml");
    let out = folder.path().join("x.parquet").display().to_string();
    let ran = cjm(&["simulate", &blueprint, "--out", &out]);
    assert!(ran.code == 2 && ran.err.contains(&format!("`{out}` should end in .csv")), "{}", ran.err);
}
