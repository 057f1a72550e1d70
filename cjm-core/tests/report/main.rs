//! The report through its public face: what is on the page, in both languages, for full, empty and hostile studies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod browser;
mod charts;
mod hostile;
mod looks;
mod restaurant;

use std::path::PathBuf;

use cjm_core::Language;
use cjm_core::base::catalogue::words;
use cjm_core::blueprint::model::{Document, Text};
use cjm_core::insight::rows::{StudyTables, Summary, UnmappedRow};
use cjm_core::report::{self, BadRows, ReportOptions};

fn options(language: Language) -> ReportOptions {
    let reason = match language {
        Language::En => "not a time",
        Language::Zh => "时间无法识别",
    };
    ReportOptions {
        language,
        title: None,
        source: Some("events.csv.gz".into()),
        bad_rows: vec![BadRows { reason: reason.into(), count: 12, example: Some("17".into()) }],
    }
}

/// Keeps a page where a person can look at it.
fn keep(name: &str, html: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, html).unwrap();
    path
}

/// The tables of a study that saw nothing.
fn nothing() -> StudyTables {
    StudyTables {
        summary: Summary {
            blueprint: "restaurant".into(),
            events: 0,
            customers: 0,
            first: None,
            last: None,
            until: None,
            left_out: 0,
            unmapped: 0,
            unassigned: 0,
            condition_errors: 0,
            refused_links: 0,
        },
        journeys: vec![],
        stages: vec![],
        touchpoints: vec![],
        lifecycle: vec![],
        moves: vec![],
        curve: vec![],
        curve_summary: vec![],
        scores: vec![],
        pains: vec![],
        losses: vec![],
        deviations: vec![],
        unmapped: vec![],
    }
}

#[test]
fn a_full_study_and_an_empty_one_are_drawn_in_both_languages() {
    for (language, tag) in [(Language::En, "en"), (Language::Zh, "zh")] {
        for (name, tables) in [("full", restaurant::tables()), ("empty", nothing())] {
            let html = report::html(&restaurant::document(), &tables, &options(language)).unwrap();
            keep(&format!("report-{name}-{tag}.html"), &html);
            assert!(
                !html.contains("NaN") && !html.contains("none</") && !html.contains("undefined"),
                "{name}"
            );
            assert_eq!(html, report::html(&restaurant::document(), &tables, &options(language)).unwrap());
        }
    }
}

#[test]
fn a_document_without_anything_is_drawn_too() {
    for language in [Language::En, Language::Zh] {
        let options = ReportOptions { language, ..ReportOptions::default() };
        let html = report::html(&Document::default(), &nothing(), &options).unwrap();
        assert!(html.contains(if language == Language::En { "not measured" } else { "未测量" }));
        assert!(!html.contains("<td>0"), "nothing is shown as 0");
    }
}

/// The words a reader sees: text between tags, without the style sheet.
fn words_of(html: &str) -> String {
    let body = &html[html.find("<body>").unwrap()..];
    let mut out = String::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        out.push(if tag.starts_with("span") || tag.starts_with("/span") { ' ' } else { '\n' });
        out.push_str(text);
        for attribute in ["aria-label=\"", "data-column=\""] {
            if let Some((value, _)) = tag.split_once(attribute).and_then(|(_, rest)| rest.split_once('"')) {
                out.push('\n');
                out.push_str(value);
            }
        }
    }
    out
}

#[test]
fn a_chinese_report_has_no_english_words_of_the_catalogue() {
    let html = report::html(&restaurant::document(), &restaurant::tables(), &options(Language::Zh)).unwrap();
    let text = words_of(&html);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for (key, words) in words::ALL.iter().filter(|(_, w)| w.en != w.zh) {
        // a word alone on its line, or a phrase anywhere
        let found =
            lines.iter().find(|l| **l == words.en || (words.en.contains(' ') && l.contains(words.en)));
        assert!(found.is_none(), "`{key}` is shown in English: {found:?}");
    }
    let allowed = ["n", "NPS", "CSAT", "CES", "JSON", "Wilson", "Wald", "t"];
    let known = [
        "restaurant",
        "Asia",
        "Shanghai",
        "Beijing",
        "events",
        "csv",
        "gz",
        "store",
        "too",
        "slow",
        "changed",
        "mind",
        "heartbeat",
        "consent",
    ];
    for line in &lines {
        for word in line.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()) {
            assert!(allowed.contains(&word) || known.contains(&word), "`{word}` in {line:?}");
        }
    }
}

#[test]
fn an_english_report_has_no_chinese_beside_what_the_blueprint_has() {
    let html = report::html(&restaurant::document(), &restaurant::tables(), &options(Language::En)).unwrap();
    let text = words_of(&html);
    for line in text.lines().filter(|l| l.contains(|c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c))) {
        assert!(["前厅", "后厨", "南京西路", "三里屯"].iter().any(|known| line.contains(known)), "{line:?}");
    }
}

#[test]
fn customer_effort_is_always_named_in_full_in_chinese() {
    let (document, tables) = (restaurant::document(), restaurant::tables());
    let html = report::html(&document, &tables, &options(Language::Zh)).unwrap();
    let text = report::text(&document, &tables, Language::Zh);
    for page in [words_of(&html), text] {
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let named = page.matches("客户费力度 CES (1-7，越高越省力)").count();
        assert!(named >= 1);
        assert_eq!(page.matches("CES").count(), named);
    }
}

#[test]
fn the_summary_lines_up_in_both_languages() {
    let (document, tables) = (restaurant::document(), restaurant::tables());
    for (language, tag) in [(Language::En, "en"), (Language::Zh, "zh")] {
        insta::assert_snapshot!(format!("summary-{tag}"), report::text(&document, &tables, language));
        insta::assert_snapshot!(
            format!("summary-empty-{tag}"),
            report::text(&document, &nothing(), language)
        );
    }
}

#[test]
fn a_summary_lets_no_control_character_reach_the_terminal() {
    for p in hostile::payloads() {
        let text = report::text(&hostile::document(&p), &hostile::tables(&p), Language::Zh);
        let bad = text.chars().find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202A}'..='\u{202E}'));
        assert_eq!(bad, None, "{p:?}");
        assert_eq!(
            text.lines().count(),
            report::text(&hostile::document("x"), &hostile::tables("x"), Language::Zh).lines().count()
        );
    }
}

#[test]
fn very_long_lists_and_names_are_cut_and_it_is_said() {
    let mut tables = restaurant::tables();
    let row = tables.unmapped[0].clone();
    tables.unmapped =
        (0..5_000).map(|i| UnmappedRow { event: format!("event_{i}"), ..row.clone() }).collect();
    let mut document = restaurant::document();
    document.title = Some(Text::One("长".repeat(1_000_000)));
    let html = report::html(&document, &tables, &options(Language::En)).unwrap();
    assert!(html.contains("The first 15 of 5,000 are shown"), "what is left out is said");
    assert!(html.len() < 400_000, "{}", html.len());
}

const TWINS: &str = "
cjm: 1
id: twins
identities: [{ id: member }]
events: { come: {}, rated: { stars: { int: [1, 5] } }, buy: {} }
journeys:
  - id: first
    personas: [{ id: p, title: First kind }]
    enter: [come]
    goal: { event: buy }
    idle: 1d
    stages: [{ id: s, touchpoints: [{ id: come, event: come, pains: [{ id: slow, text: Slow here }] }, { id: rated, event: rated, score: { csat: event.stars } }, { id: buy, event: buy }] }]
  - id: second
    personas: [{ id: p, title: Second kind }]
    enter: [come]
    goal: { event: buy }
    idle: 1d
    stages: [{ id: s, touchpoints: [{ id: come, event: come, pains: [{ id: slow, text: Slow there }] }, { id: buy, event: buy }] }]
targets: [{ id: t, metric: csat, to: TO }]
";

/// The report of one visit that came to nothing, and of one score.
fn twins(target: &str) -> String {
    let blueprint = cjm_core::Blueprint::from_yaml(&TWINS.replace("TO", target)).unwrap();
    let event = |name: &str, day: i64| {
        let at = cjm_core::Timestamp::saturating(1_767_225_600_000_000 + day * 86_400_000_000);
        cjm_core::Event::new(name, at).identity("member", "m")
    };
    let events = [event("come", 0), event("come", 5), event("rated", 5).with("stars", 4_i64)];
    let log = cjm_core::event::log_of(&events, Some(blueprint.document())).unwrap();
    let options = cjm_core::StudyOptions { by: vec!["persona".into()], ..Default::default() };
    let study = blueprint.study(&log, &options).unwrap();
    report::html(blueprint.document(), study.tables(), &self::options(Language::En)).unwrap()
}

#[test]
fn pains_and_personas_of_two_journeys_keep_their_own_words() {
    let page = words_of(&twins("0.9"));
    for words in ["Slow here", "Slow there", "First kind", "Second kind"] {
        assert!(page.contains(words), "{words} is missing");
    }
}

#[test]
fn a_target_is_said_in_what_it_is_set_in() {
    assert!(words_of(&twins("0.9")).contains("target 90%"));
    let page = words_of(&twins("4.5"));
    assert!(page.contains("target 4.50 (mean answer)") && !page.contains("target 100%"));
}
