//! `cjm replay` and `cjm run`: rules over a log of the past, and over a pipe.

use std::path::Path;

use super::common::{answer, cjm};

const SHOP: &str = r#"
cjm: 1
id: shop
zone: Asia/Shanghai
identities: [{ id: member }]
channels: [{ id: app, kind: digital }]
consent: { purposes: [{ id: care, default: allow }] }
events: { cart: { item: text }, paid: {} }
messages: [{ id: hello }]
outreach: { order: [app], caps: [{ channel: app, at_most: 1, within: 1d }] }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m, again: each }, do: [{ send: hello, purpose: care, with: { item: event.item } }] }
"#;

const LINES: &str = r#"{"name": "cart", "time": "2026-03-01T10:00:00+08:00", "source": "web", "id": "e1", "identities": {"member": "m1"}, "attributes": {"item": "tea"}}
{"name": "cart", "time": "2026-03-01T10:05:00+08:00", "source": "web", "id": "e2", "identities": {"member": "m1"}, "attributes": {"item": "cake"}}
{"name": "cart", "time": "2026-03-01T10:06:00+08:00", "source": "web", "id": "e3", "identities": {"member": "m2"}, "attributes": {"item": "tea"}}
"#;

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_replay_counts_decisions_and_refusals() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let events = write(folder.path(), "events.jsonl", LINES);
    let words = ["replay", "--blueprint", &blueprint, &events];
    assert!(answer(&words).starts_with("3 events: 0 decisions, 0 refusals, 3 still waiting"));
    let ended = answer(&[&words[..], &["--until", "end_of_waits"]].concat());
    insta::assert_snapshot!(ended);
    let lines = answer(&[&words[..], &["--until", "2026-03-01T10:36", "--format", "jsonl"]].concat());
    let rules: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        rules.iter().map(|d| &d["due"]).collect::<Vec<_>>(),
        ["2026-03-01T02:30:00Z", "2026-03-01T02:36:00Z"]
    );
    assert_eq!(cjm(&[&words[..], &["--until", "soon"]].concat()).code, 2);
}

#[test]
fn what_lies_after_until_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let events = write(folder.path(), "events.jsonl", LINES);
    for command in ["replay", "study"] {
        let ran = cjm(&[command, "--blueprint", &blueprint, &events, "--until", "2026-03-01T10:05"]);
        assert_eq!((ran.code, ran.err.trim()), (0, "1 events after `--until` are left out"), "{command}");
        assert!(ran.out.contains("2 events"), "{}", ran.out);
    }
}

#[test]
fn a_replay_tells_what_another_blueprint_decided() {
    let folder = tempfile::tempdir().unwrap();
    let before = write(folder.path(), "before.yaml", SHOP);
    let greet =
        "  - { id: greet, when: { event: cart, where: event.item == 'cake' }, do: [{ call: greet }] }\n";
    let slower = SHOP.replace("for: 30m", "for: 40m").replace("at_most: 1", "at_most: 2");
    let louder = SHOP.replace("item: event.item }", "item: event.item, loud: \"true\" }");
    let events = write(folder.path(), "events.jsonl", LINES);
    let compare = |name: &str, text: &str, form: &str| {
        let after = write(folder.path(), name, text);
        let words = ["replay", "--blueprint", &after, "--before", &before, &events];
        answer(&[&words[..], &["--until", "end_of_waits", "--format", form]].concat())
    };
    insta::assert_snapshot!(compare("slower.yaml", &format!("{slower}{greet}"), "text"));
    let json: serde_json::Value = serde_json::from_str(&compare("louder.yaml", &louder, "json")).unwrap();
    let row = &json["rules"][0];
    assert_eq!((&row["before"], &row["same"], &row["changed"]), (&2.into(), &0.into(), &2.into()));
    assert_eq!(json["decisions"][0]["after"]["arguments"]["loud"], true);
    assert_eq!(compare("same.yaml", SHOP, "jsonl").trim(), "", "nothing differs");
}

#[test]
fn a_pipe_gives_decisions_and_keeps_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let state = folder.path().join("engine.state").display().to_string();
    let run = |name: &str, text: &str| {
        let lines = write(folder.path(), name, text);
        cjm(&["run", "--blueprint", &blueprint, "--state", &state, &lines])
    };
    let first = run("first.jsonl", LINES);
    assert_eq!((first.code, first.out.as_str(), first.err.as_str()), (0, "", ""));
    // the same lines again are repeats; then time passes
    let second = run("second.jsonl", &format!("{LINES}{}", r#"{"tick": "2026-03-01T10:31:00+08:00"}"#));
    assert_eq!(second.code, 0, "{}", second.err);
    let decision: serde_json::Value = serde_json::from_str(&second.out).unwrap();
    assert_eq!((&decision["rule"], &decision["arguments"]["item"]), (&"forgot".into(), &"tea".into()));
    let ack = format!(r#"{{"ack": {}, "outcome": "sent"}}"#, decision["id"]);
    assert_eq!(run("ack.jsonl", &ack).code, 0);
    let third = run("third.jsonl", "{\"name\": 1}\n\n{\"tick\": \"2026-03-01T10:36:00+08:00\"}\n");
    assert_eq!(third.code, 1, "a line was refused, the others were not");
    assert!(third.err.contains("third.jsonl:1: error[bad_event]"), "{}", third.err);
    assert_eq!(third.out.lines().count(), 1, "the second cart of m1 is capped: {}", third.out);
    std::fs::write(&state, "no engine").unwrap();
    assert_eq!(run("fourth.jsonl", "").code, 1);
}

#[test]
fn a_rule_is_explained_and_a_customer_briefed() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let events = write(folder.path(), "events.jsonl", LINES);
    let ask = |command: &str, more: &[&str]| {
        let words = [command, "--blueprint", &blueprint, &events];
        cjm(&[&words[..], more].concat())
    };
    let told = |command: &str, more: &[&str]| {
        let answer = ask(command, more);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""));
        answer.out
    };
    let first = ["--customer-id", "m1", "--rule", "forgot", "--at", "2026-03-01T10:30"];
    insta::assert_snapshot!(told("explain", &first));
    let json = told("explain", &[&first[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["fires"], &json["nearest"]), (&true.into(), &serde_json::json!([])));
    let chinese = told("explain", &["--who", "member=m2", "--rule", "forgot", "--language", "zh"]);
    assert!(chinese.contains("等到 2026-03-01 10:36，届时触发"), "{chinese}");
    let lines = told("brief", &["--customer-id", "m1", "--language", "en"]);
    assert_eq!(lines.lines().count(), 5, "{lines}");
    assert!(lines.contains("Last steps: cart 10:00 > cart 10:05"), "{lines}");
    let nobody = ask("explain", &["--customer-id", "m9", "--rule", "forgot"]);
    assert_eq!(nobody.code, 1);
    assert!(nobody.err.contains("not_found") && nobody.err.contains("`m9`"), "{}", nobody.err);
    assert!(
        ask("explain", &["--customer-id", "m1", "--rule", "forgets"]).err.contains("nearest is `forgot`")
    );
    assert_eq!(ask("brief", &["--customer-id", "m1", "--at", "soon"]).code, 2);
    assert_eq!(ask("brief", &[]).code, 2, "no customer named");
}

/// A reader that takes so many bytes and then fails so.
struct Sink(usize, std::io::ErrorKind);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(self.1)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs with a reader that takes nothing: code and stderr.
fn unheard(words: &[&str], kind: std::io::ErrorKind) -> (i32, String) {
    let (mut out, mut err) = (std::io::BufWriter::new(Sink(0, kind)), Vec::new());
    let mut host = cjm_cli::Host::new(&mut out, &mut err);
    let code = cjm_cli::run(std::iter::once(&"cjm").chain(words), &mut host);
    (code, String::from_utf8(err).unwrap())
}

#[test]
fn decisions_that_nobody_took_are_told_and_printed_by_the_next_run() {
    use std::io::ErrorKind::{BrokenPipe, StorageFull};
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let lines =
        write(folder.path(), "e.jsonl", &format!("{LINES}{}", r#"{"tick": "2026-03-01T10:31:00+08:00"}"#));
    let none = write(folder.path(), "none.jsonl", "");
    for kind in [StorageFull, BrokenPipe] {
        let state = folder.path().join(format!("{kind:?}.state")).display().to_string();
        let words = ["run", "--blueprint", &blueprint, "--state", &state];
        let (code, err) = unheard(&[&words[..], &[&lines]].concat(), kind);
        assert_eq!(code, 3, "{err}");
        assert!(err.contains("`output`"), "{err}");
        let again = answer(&[&words[..], &[&none]].concat());
        let decision: serde_json::Value = serde_json::from_str(again.trim()).unwrap();
        assert_eq!(decision["rule"], "forgot");
        let ack = write(
            folder.path(),
            "ack.jsonl",
            &format!(r#"{{"ack": {}, "outcome": "sent"}}"#, decision["id"]),
        );
        assert_eq!(answer(&[&words[..], &[&ack]].concat()), again, "printed until it is acknowledged");
        assert_eq!(answer(&[&words[..], &[&none]].concat()), "");
    }
}

#[test]
fn an_answer_that_can_not_be_written_is_a_failure_unless_nobody_reads_on() {
    use std::io::ErrorKind::{BrokenPipe, StorageFull};
    for words in [&["eval", "1 + 1"][..], &["--help"], &["--version"]] {
        assert_eq!(unheard(words, StorageFull).0, 3, "{words:?}");
        assert_eq!(unheard(words, BrokenPipe), (0, String::new()), "{words:?}");
    }
    assert_eq!(unheard(&["eval", "nobody"], StorageFull).0, 1, "what went wrong first counts");
}

#[test]
fn the_engine_is_kept_while_lines_still_come() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let state = folder.path().join("engine.state").display().to_string();
    let line = |i: usize| {
        format!(
            "{{\"name\": \"paid\", \"time\": \"2026-03-01T10:00:00Z\", \"source\": \"s\", \"id\": \"{i}\", \"identities\": {{\"member\": \"m1\"}}}}\n"
        )
    };
    let watched = |text: &str| {
        let mut seen = Vec::new();
        let lines = write(folder.path(), "e.jsonl", text);
        let mut err = Seen(&state, &mut seen);
        let mut out = Vec::new();
        let mut host = cjm_cli::Host::new(&mut out, &mut err);
        cjm_cli::run(["cjm", "run", "--blueprint", &blueprint, "--state", &state, &lines], &mut host);
        std::fs::remove_file(&state).unwrap();
        seen
    };
    let many = |n: usize| (0..n).map(line).collect::<String>();
    // a refused line makes the watcher look whether the state is there
    assert_eq!(watched(&format!("{}oops\n", many(999))), [false]);
    assert_eq!(watched(&format!("{}oops\n", many(1_000))), [true]);
    let tick = "{\"tick\": \"2026-03-01T11:00:00Z\"}\n";
    assert_eq!(watched(&format!("oops\n{}{tick}oops\n", many(3))), [false, true]);
    let long = format!("{{\"name\": \"{}\"}}\n{}", "x".repeat(3 << 20), line(1));
    assert_eq!(watched(&long), [false], "a line that is too long is one line");
}

/// Stderr that notes, line by line, whether a file is there.
struct Seen<'a>(&'a str, &'a mut Vec<bool>);

impl std::io::Write for Seen<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = bytes.iter().filter(|b| **b == b'\n').count();
        self.1.extend(std::iter::repeat_n(Path::new(self.0).exists(), n));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Lines of which each has something that nobody declared, and what both a pipe and a replay say of them.
const ODD: &str = r#"{"name": "cart", "time": "2026-03-01T10:00:00+08:00", "identities": {"member": "m1", "membr": "m2"}, "attributes": {"item": "tea"}}
{"name": "cart", "time": "2026-03-01T10:05:00+08:00", "identities": {"member": "m1"}, "attributes": {"itm": "cake"}}
{"name": "crat", "time": "2026-03-01T10:06:00+08:00", "identities": {"member": "m2"}}
{"name": "crat", "time": "2026-03-01T10:07:00+08:00", "identities": {"member": "m2"}}
"#;

const ODD_TOLD: &str = "warning[identity_undeclared]: FILE:1: the blueprint declares no identity `membr`; it is dropped (rows: 1)
warning[attribute_undeclared]: FILE:2: the event `cart` does not declare `itm`; it is dropped (rows: 1)
warning[attribute_missing]: FILE:2: the event `cart` has no `item` (rows: 1)
warning[event_undeclared]: FILE:3: the event `crat` is not declared; it is kept as unmapped (rows: 2)
";

#[test]
fn a_pipe_tells_at_its_end_what_a_replay_tells_of_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let events = write(folder.path(), "odd.jsonl", ODD);
    for command in ["run", "replay", "study"] {
        let ran = cjm(&[command, "--blueprint", &blueprint, &events]);
        assert_eq!((ran.code, ran.err), (0, ODD_TOLD.replace("FILE", &events)), "{command}");
    }
    let checked = cjm(&["tracking", &blueprint, "--check", &events]);
    assert!(checked.err.contains("warning[identity_undeclared]"), "{}", checked.err);
}

#[test]
fn an_answer_by_an_identity_that_nobody_declared_is_told_like_an_event() {
    let folder = tempfile::tempdir().unwrap();
    let survey = "surveys: [{ id: nps, questions: [{ id: score, kind: nps }] }]\n";
    let blueprint = write(folder.path(), "shop.yaml", &format!("{SHOP}{survey}"));
    let line = r#"{"answer": "nps", "at": "2026-03-01T10:00:00+08:00", "identities": {"member": "m1", "membr": "m2"}, "values": {"score": 9}}"#;
    let answers = write(folder.path(), "answers.jsonl", &format!("{line}\n{line}\n"));
    let ran = cjm(&["run", "--blueprint", &blueprint, &answers]);
    let told = format!(
        "warning[identity_undeclared]: {answers}:1: the blueprint declares no identity `membr`; it is dropped (rows: 2)\n"
    );
    assert_eq!((ran.code, ran.err), (0, told));
    let strict = cjm(&["run", "--strict", "--blueprint", &blueprint, &answers]);
    assert_eq!(strict.code, 1, "{}", strict.err);
    assert!(
        strict.err.contains(&format!("{answers}:1: ")) && strict.err.contains("`membr`"),
        "{}",
        strict.err
    );
}

#[test]
fn what_is_not_declared_is_an_error_of_its_line_when_strict() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let good = ODD.lines().next().unwrap().replace(", \"membr\": \"m2\"", "");
    let odd = [
        (0, "the blueprint declares no identity `membr`"),
        (1, "the event `cart` does not declare `itm`"),
        (2, "the event `crat` is not declared"),
    ];
    for (line, words) in odd {
        let text = format!("{good}\n{}\n{good}\n", ODD.lines().nth(line).unwrap());
        let events = write(folder.path(), "odd.jsonl", &text);
        for command in [&["run"][..], &["replay"], &["study"], &["tracking", "--check"]] {
            let (last, flag) = match command {
                ["tracking", _] => (&[&*blueprint, "--check", &events][..], "tracking"),
                _ => (&["--blueprint", &blueprint, &events][..], command[0]),
            };
            let ran = cjm(&[&[flag], last, &["--strict"]].concat());
            assert_eq!(ran.code, 1, "{flag}: {}", ran.err);
            let told = ran.err.trim();
            let place = format!("{events}:2: ");
            assert!(told.contains(&place) && told.ends_with(words) && told.contains("bad_event"), "{told}");
            assert_eq!(told.lines().count(), 1, "{told}");
        }
    }
}

#[test]
fn a_pipe_tells_of_time_that_goes_back_and_of_events_that_come_too_late() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = write(folder.path(), "shop.yaml", SHOP);
    let cart = |day: u8, id: &str| {
        format!(
            "{{\"name\": \"cart\", \"time\": \"2026-03-{day:02}T10:00:00Z\", \"id\": \"{id}\", \"identities\": {{\"member\": \"m1\"}}, \"attributes\": {{\"item\": \"tea\"}}}}\n"
        )
    };
    let tick = |day: u8| format!("{{\"tick\": \"2026-03-{day:02}T00:00:00Z\"}}\n");
    let lines = [cart(5, "a"), tick(9), cart(4, "b"), tick(8), cart(10, "c"), cart(6, "d")].concat();
    let events = write(folder.path(), "late.jsonl", &lines);
    let ran = cjm(&["run", "--blueprint", &blueprint, &events]);
    let told = format!(
        "{events}:4: warning: the time 2026-03-08T00:00:00Z is earlier than 2026-03-09T00:00:00Z and counts as it\n\
         warning[tracking_late]: {events}:3: 2 of 4 `cart` came later than their source may (rows: 2)\n"
    );
    assert_eq!((ran.code, ran.err), (0, told));
}
