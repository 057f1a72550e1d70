//! Payloads by cases and laws: shapes in both languages, limits, and what customers write taken for nothing but text.

use std::fmt::Write;

use proptest::prelude::*;

use super::super::payload::*;
use super::{cases, zone};
use crate::base::text::Language;
use crate::base::time::Timestamp;
use crate::error::{Error, ErrorCode};

/// What a customer might write to be more than a customer.
const COMMENT: &str = "Cold! <@all> <at user_id=\"all\"></at> @13800000000 [free](https://evil.example) \
                       ![x](http://a/b.png) **bold** `code` | ~x~ #1 &lt;b&gt; www.evil.example\n- \u{202e}line\u{0} two";

type Built = Result<Payload, PayloadError>;

/// Every message of a vendor, made of one note.
fn messages(note: &Note<'_>) -> Vec<(&'static str, Built)> {
    let to = ["zhang.san", "li-si"];
    vec![
        ("wecom robot_text", wecom::robot_text(note)),
        ("wecom robot_markdown", wecom::robot_markdown(note)),
        ("wecom text", wecom::text(1_000_002, &to, note)),
        ("wecom markdown", wecom::markdown(1_000_002, &to, note)),
        ("wecom card", wecom::card(1_000_002, &to, note)),
        ("dingtalk robot_text", dingtalk::robot_text(note)),
        ("dingtalk robot_markdown", dingtalk::robot_markdown(note)),
        ("dingtalk robot_card", dingtalk::robot_card(note)),
        ("feishu bot_text", feishu::bot_text(note)),
        ("feishu bot_post", feishu::bot_post(note)),
        ("feishu bot_card", feishu::bot_card(note)),
    ]
}

fn todos(todo: &Todo<'_>) -> Vec<(&'static str, Built)> {
    vec![
        ("wecom schedule", wecom::schedule(todo)),
        ("dingtalk todo", dingtalk::todo(todo)),
        ("feishu task", feishu::task(todo)),
    ]
}

#[test]
fn every_body_has_a_name() {
    let note =
        Note { title: "t", text: Wording::Plain("x"), link: Some("https://a.example"), ..Note::default() };
    let sender = Sender { agent: Some(1_000_002), to: &["zhang.san", "li-si"] };
    let named = NoteForm::ALL.map(|form| (form.name().replace('.', " "), form.body(&note, &sender)));
    let called = messages(&note).into_iter().map(|(name, built)| (name.to_owned(), built));
    assert_eq!(named.to_vec(), called.collect::<Vec<_>>());
    let todo = Todo { id: "4f1c2d3e4f", subject: "s", due: Some(due()), people: &["ann"], ..Todo::default() };
    let named = TodoForm::ALL.map(|form| (form.name().replace('.', " "), form.body(&todo)));
    let called = todos(&todo).into_iter().map(|(name, built)| (name.to_owned(), built));
    assert_eq!(named.to_vec(), called.collect::<Vec<_>>());
    assert!(NoteForm::ALL.iter().all(|form| NoteForm::of_name(form.name()) == Some(*form)));
    assert!(TodoForm::ALL.iter().all(|form| TodoForm::of_name(form.name()) == Some(*form)));
    assert_eq!(NoteForm::of_name("wecom"), None);
    let alone = NoteForm::WecomText.body(&note, &Sender::default());
    assert_eq!(alone, Err(PayloadError::Missing { field: "agent" }));
}

fn due() -> Timestamp {
    Timestamp::parse("2026-03-02T18:00:00+08:00").unwrap()
}

/// Every body with a customer's comment, in a language. `INSTA_UPDATE=always` writes the snapshots anew.
fn report(vendor: &str, language: Language) -> String {
    let matter = Matter { customer: "m-1024 <b>", kind: Some("food"), queue: "care", due: Some(due()) };
    let (subject, lines) = matter.words(language, &zone("Asia/Shanghai"));
    let lines: Vec<(&str, &str)> = lines.iter().map(|(label, value)| (*label, value.as_str())).collect();
    let note = Note {
        title: &subject,
        text: Wording::Plain(COMMENT),
        lines: &lines,
        link: Some("https://care.example/t?id=1&x=(a)"),
        mention: Mention::People(&["care-1", "care-2"]),
        language,
    };
    let trusted =
        Note { text: Wording::Markdown("**Call back** within [a day](https://care.example)"), ..note };
    let todo = Todo {
        id: "4f1c2d3e4f5a6b7c",
        subject: &subject,
        description: COMMENT,
        lines: &lines,
        due: Some(due()),
        people: &["care-1"],
        creator: Some("boss"),
        link: Some("https://care.example/t"),
        urgency: Urgency::High,
        language,
    };
    let rich = messages(&trusted)
        .into_iter()
        .filter(|(name, _)| name.contains("markdown") || name.contains("bot_card"));
    let all = messages(&note).into_iter().chain(rich).chain(todos(&todo));
    let mut report = String::new();
    for (name, built) in all.filter(|(name, _)| name.starts_with(vendor)) {
        let body = serde_json::to_string_pretty(&built.unwrap().body).unwrap();
        writeln!(report, "{name}\n{body}\n").unwrap();
    }
    report
}

#[test]
fn bodies_in_both_languages() {
    for vendor in ["wecom", "dingtalk", "feishu"] {
        for language in [Language::En, Language::Zh] {
            let name = format!("{vendor}_{}", language.tag());
            insta::assert_snapshot!(name, report(vendor, language));
        }
    }
}

#[test]
fn everybody_is_mentioned_only_by_who_asks() {
    let note = Note { title: "t", text: Wording::Plain("x"), mention: Mention::All, ..Note::default() };
    let shown = |built: Built| built.unwrap().body.to_string();
    assert!(shown(wecom::robot_text(&note)).contains(r#""mentioned_list":["@all"]"#));
    assert_eq!(wecom::robot_markdown(&note), Err(PayloadError::Missing { field: "mention" }));
    assert!(shown(dingtalk::robot_text(&note)).contains(r#""isAtAll":true"#));
    assert!(shown(feishu::bot_text(&note)).contains(r#"<at user_id=\"all\"></at>"#));
    assert!(shown(feishu::bot_post(&note)).contains(r#"{"tag":"at","user_id":"all"}"#));
}

#[test]
fn what_can_not_be_sent_is_said() {
    let note = Note { title: "t", text: Wording::Plain("x"), ..Note::default() };
    let long = "x".repeat(4_000);
    let far = format!("https://{long}");
    let lines = [("a", long.as_str()), ("b", long.as_str())];
    let crowd = vec!["a"; 1_001];
    let links = [
        "",
        "ftp://a",
        "javascript:alert(1)",
        "https://",
        "http:///x",
        "https://a b",
        "https://a\nb",
        "//a",
        "HTTPS//a",
        "https://a\u{a0}b",
    ];
    for link in links {
        assert_eq!(
            wecom::robot_text(&Note { link: Some(link), ..note }),
            Err(PayloadError::BadLink),
            "{link}"
        );
    }
    for id in ["", "all", "@all", "a|b", "a b", "a>", "<", "张三", "a\"", &"x".repeat(65)] {
        let people = [id];
        let bad = Err(PayloadError::BadPerson { id: id.chars().take(64).collect() });
        assert_eq!(wecom::robot_text(&Note { mention: Mention::People(&people), ..note }), bad, "{id}");
        assert_eq!(wecom::text(1, &people, &note), bad, "{id}");
    }
    let missing = |field| Err(PayloadError::Missing { field });
    let too_long = |field, size, limit| Err(PayloadError::TooLong { field, size, limit });
    assert_eq!(wecom::text(1, &[], &note), missing("to"));
    assert_eq!(wecom::text(1, &crowd, &note), Err(PayloadError::TooMany { n: 1_001, limit: 1_000 }));
    assert_eq!(wecom::card(1, &["a"], &note), missing("link"));
    assert_eq!(wecom::robot_text(&Note::default()), missing("text"));
    assert_eq!(dingtalk::robot_markdown(&Note { title: " ", ..note }), missing("title"));
    assert_eq!(wecom::robot_text(&Note { link: Some(&far), ..note }), too_long("link", 4_008, 2_048));
    assert_eq!(wecom::robot_text(&Note { lines: &lines, ..note }), too_long("lines", 8_010, 2_048));
    let todo = Todo { id: "0123456789", subject: "s", people: &["a"], due: Some(due()), ..Todo::default() };
    assert!(todos(&todo).iter().all(|(_, built)| built.is_ok()));
    assert_eq!(wecom::schedule(&Todo { due: None, ..todo }), missing("due"));
    for (name, built) in todos(&Todo { people: &[], ..todo }) {
        assert_eq!(built, missing("people"), "{name}");
    }
    for (name, built) in todos(&Todo { subject: "\n", ..todo }) {
        assert_eq!(built, missing("subject"), "{name}");
    }
    assert_eq!(
        feishu::task(&Todo { id: "012345678", ..todo }),
        Err(PayloadError::TooShort { field: "id", size: 9, least: 10 })
    );
    assert_eq!(feishu::task(&Todo { id: &long, ..todo }), too_long("id", 4_000, 100));
    assert_eq!(dingtalk::todo(&Todo { id: &long, ..todo }), too_long("id", 4_000, 128));
    let error = Error::from(PayloadError::BadLink);
    assert_eq!(error.code(), ErrorCode::Argument);
    assert_eq!(PayloadError::TooMany { n: 2, limit: 1 }.code(), ErrorCode::Limit);
}

#[test]
fn envelopes_are_bounded() {
    let head = webhook::Envelope { id: "1", blueprint: "b", kind: "decision", time: due() };
    let long = "x".repeat(webhook::MAX_ENVELOPE_BYTES);
    assert!(matches!(webhook::envelope(&head, &long), Err(PayloadError::TooLong { field: "envelope", .. })));
    let odd: std::collections::BTreeMap<(u8, u8), u8> = [((1, 2), 3)].into();
    assert!(matches!(webhook::envelope(&head, &odd), Err(PayloadError::Unfit { .. })));
    let nameless = webhook::Envelope { id: "", ..head };
    assert_eq!(webhook::envelope(&nameless, &1), Err(PayloadError::Missing { field: "id" }));
}

/// The text of a body that a limit of bytes or characters holds for.
fn shown<'a>(name: &str, body: &'a serde_json::Value) -> (&'a str, usize, bool) {
    let at = |path: &str| body.pointer(path).and_then(|text| text.as_str()).unwrap();
    match name {
        "wecom robot_text" | "wecom text" => (at("/text/content"), 2_048, true),
        "wecom robot_markdown" => (at("/markdown/content"), 4_096, true),
        "wecom markdown" => (at("/markdown/content"), 2_048, true),
        "wecom card" => (at("/textcard/description"), 512, false),
        "wecom schedule" => (at("/schedule/description"), 1_000, false),
        "dingtalk todo" => (at("/description"), 4_096, false),
        "feishu task" => (at("/description"), 3_000, false),
        "dingtalk robot_text" => (at("/text/content"), dingtalk::MAX_ROBOT_BYTES, true),
        "dingtalk robot_markdown" => (at("/markdown/text"), dingtalk::MAX_ROBOT_BYTES, true),
        "dingtalk robot_card" => (at("/actionCard/text"), dingtalk::MAX_ROBOT_BYTES, true),
        "feishu bot_text" => (at("/content/text"), feishu::MAX_BOT_BYTES, true),
        "feishu bot_post" => (at("/content/post/en_us/content/0/0/text"), feishu::MAX_BOT_BYTES, true),
        _ => (at("/card/elements/0/text/content"), feishu::MAX_BOT_BYTES, true),
    }
}

/// Text of every length around the limits: whole or cut at a character, never beyond.
#[test]
fn long_text_is_cut_at_a_character_and_counted() {
    for letter in ["x", "é", "味", "😀", "\"", "\n", "\\", "a\u{301}"] {
        for n_bytes in [1_000, 2_040, 2_049, 5_000, 19_990, 20_490, 65_536] {
            let text = letter.repeat(n_bytes / letter.len());
            let note = Note {
                title: "t",
                text: Wording::Plain(&text),
                link: Some("https://a.example"),
                ..Note::default()
            };
            let todo = Todo {
                id: "0123456789",
                subject: "s",
                description: &text,
                people: &["a"],
                due: Some(due()),
                ..Todo::default()
            };
            for (name, built) in messages(&note).into_iter().chain(todos(&todo)) {
                if letter == "\n" && built == Err(PayloadError::Missing { field: "text" }) {
                    continue;
                }
                let built = built.unwrap();
                let (shown, limit, bytes) = shown(name, &built.body);
                let size = if bytes { shown.len() } else { shown.chars().count() };
                assert!(size <= limit, "{name} {letter} {n_bytes}: {size}");
                let whole = if name.starts_with("dingtalk r") || name.starts_with("feishu b") {
                    limit
                } else {
                    usize::MAX
                };
                assert!(built.body.to_string().len() <= whole, "{name} {letter} {n_bytes}");
                assert_eq!(built.n_cut > 0, shown.contains('…'), "{name} {letter} {n_bytes}");
                // what is left out and what is left make the whole
                let left = shown.chars().filter(|c| letter.contains(*c) || "＼".contains(*c)).count();
                let all = text.chars().count();
                assert!(
                    left + built.n_cut >= all && left + built.n_cut <= all + 40,
                    "{name} {letter} {n_bytes}"
                );
            }
        }
    }
}

#[test]
fn what_is_left_out_makes_no_address_of_its_neighbours() {
    let note = Note {
        title: "t",
        text: Wording::Plain("www\u{7f}.a.example :\u{202e}// :/\u{7}/"),
        ..Note::default()
    };
    for (name, built) in messages(&note) {
        // a card needs a link, which this note has not
        let Ok(built) = built else { continue };
        let (shown, ..) = shown(name, &built.body);
        assert!(!shown.contains("www.") && !shown.contains("://"), "{name}: {shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(64), failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that a customer writes stands in a body as a tag, a mention, a link or a hidden character.
    #[test]
    fn what_customers_write_is_text(text in "([<>@:/.\\[\\]()!*_`~#|&w\\\\\"a-c \n\u{202e}\u{7}味]|://|<@|<at|www.|\\]\\(){1,60}") {
        let note = Note { title: "t", text: Wording::Plain(&text), lines: &[("l", &text)], ..Note::default() };
        for (name, built) in messages(&note) {
            let Ok(built) = built else { continue };
            let (shown, ..) = shown(name, &built.body);
            let marks: &[&str] = match name {
                n if n.contains("markdown") || n == "dingtalk robot_card" => &["<", "@", "://", "www.", "[", "]", "`", "_", "~", "|", "&", "\\"],
                _ => &["<", "@", "://", "www."],
            };
            for mark in marks {
                prop_assert!(!shown.to_lowercase().contains(mark), "{name}: {mark} in {shown:?}");
            }
            let hidden = shown.contains(['\u{202e}', '\u{7}']);
            prop_assert!(!hidden, "{name}");
        }
    }
}
