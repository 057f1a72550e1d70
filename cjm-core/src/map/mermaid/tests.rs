//! Tests of reading Mermaid: the reference's own cases, round trips, hostile text.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::ErrorCode;
use crate::base::ids::is_id;
use crate::base::text::Language;
use crate::blueprint::model::{Journey, Text};
use crate::map::escape::HOSTILE;
use crate::map::sample;

#[test]
fn cases_of_the_reference() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/mermaid-journey/cases.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED cases_of_the_reference: no {path}");
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 4);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let read = read(case["source"].as_str().unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        if let Some(title) = case["title"].as_str() {
            assert_eq!(read.title.as_deref(), Some(title), "{name}");
        }
        if let Some(title) = case["acc_title"].as_str() {
            assert_eq!(read.acc_title.as_deref(), Some(title), "{name}");
            assert_eq!(read.acc_description.as_deref().unwrap_or(""), case["acc_description"], "{name}");
        }
        let Some(wanted) = case["tasks"].as_array() else { continue };
        let tasks = read.sections.iter().flat_map(|s| {
            s.tasks.iter().map(|t| serde_json::json!([s.name, t.name, t.score as i64, t.actors]))
        });
        assert_eq!(&tasks.collect::<Vec<_>>(), wanted, "{name}");
    }
}

#[test]
fn sections_with_line_breaks() {
    let read = read("journey\nsection Line1<br>Line2<br/>Line3</br />Line4<br\t/>Line5").unwrap();
    assert_eq!(read.sections[0].name, "Line1\nLine2\nLine3\nLine4\nLine5");
}

#[test]
fn a_diagram_becomes_a_journey() {
    let text = "---\ntitle: \"Lunch\"\n---\n%% a comment\njourney\n  accDescr {\n    Eat\n    well\n  }\n  早到: 4: 客人\n  \
                section Order food; section Order food\n    1 menu: 3.5\n    Menu: 1: Guest, Cook %% said\n    menu: 5:\n  \
                section 吃\n   吃: 2\n   sections: 3\n   #116;itle of #58; all: 3: a#44;b\n";
    let journey = read(text).unwrap().to_journey("");
    assert_eq!(journey.id, "lunch");
    assert_eq!(journey.objective, Some(Text::from("Eat\nwell")));
    let stages: Vec<&str> = journey.stages.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(stages, ["stage_1", "order_food", "order_food_2", "stage_2"]);
    let touchpoints: Vec<(&str, Option<f64>)> =
        journey.stages.iter().flat_map(|s| &s.touchpoints).map(|t| (t.id.as_str(), t.expected)).collect();
    let wanted = [
        ("touchpoint_1", Some(0.5)),
        ("_1_menu", Some(0.25)),
        ("menu", Some(-1.0)),
        ("menu_2", Some(1.0)),
        ("touchpoint_2", Some(-0.5)),
        ("sections", Some(0.0)),
        ("title_of_all", Some(0.0)),
    ];
    assert_eq!(touchpoints, wanted);
    let last = journey.stages[3].touchpoints.last().unwrap();
    assert_eq!(last.title, Some(Text::from("title of : all")));
    assert_eq!(last.extra["x-actors"], serde_json::json!(["a,b"]));
    assert_eq!(read(text).unwrap().to_journey("at_noon").id, "at_noon");
}

#[test]
fn what_is_no_diagram_is_refused_with_its_line() {
    let check = |text: &str, line: u32, words: &str| {
        let error = read(text).unwrap_err();
        assert_eq!((error.line, error.problem.to_string().as_str()), (line, words), "{text}");
    };
    check("", 1, "a journey diagram begins with `journey`");
    check("\n\nflowchart LR\n", 3, "a journey diagram begins with `journey`");
    check("journeys\n", 1, "a journey diagram begins with `journey`");
    check("journey\n\n  Eat\n", 3, "`Eat` has no score; write `name: 3: actor`");
    check("journey\n  Eat:\n", 2, "`Eat` has no score; write `name: 3: actor`");
    check("journey\n  Eat: good\n", 2, "`good` is no score from 1 to 5");
    for score in ["0", "6", "NaN", "inf", "-1", "1e9"] {
        check(&format!("journey\nEat: {score}"), 2, &format!("`{score}` is no score from 1 to 5"));
    }
    check("journey\n : 3\n", 2, "the name is missing");
    check(
        "journey\n a: 3: b: c\n",
        2,
        "a task has a name, a score and actors; write `#58;` for a colon inside a name",
    );
    check("journey\naccDescr {\n never\n", 3, "`accDescr {` is not closed");
    check("---\ntitle: x\n", 2, "`---` is not closed");
    let error = crate::Error::from(read("journey\nEat").unwrap_err());
    assert_eq!(
        (error.code(), error.message()),
        (ErrorCode::Format, "line 2: `Eat` has no score; write `name: 3: actor`")
    );
}

#[test]
fn hostile_text_is_bounded() {
    let limit = |text: &str| crate::Error::from(read(text).unwrap_err()).code();
    assert_eq!(limit(&" ".repeat(5 << 20)), ErrorCode::Limit);
    assert_eq!(limit(&format!("journey\n{}", "a: 3\n".repeat(10_001))), ErrorCode::Limit);
    assert_eq!(limit(&format!("journey\n{}", "section a\n".repeat(10_001))), ErrorCode::Limit);
    assert_eq!(limit(&format!("journey\n{}: 3", "a".repeat(9_000))), ErrorCode::Limit);
    assert_eq!(limit(&format!("journey\na: 3: {}", "b,".repeat(100))), ErrorCode::Limit);
    assert_eq!(limit(&format!("journey\naccDescr {{\n{}", "long line\n".repeat(9_000))), ErrorCode::Limit);
    for sign in ["#", ";", ":", ",", "%", "<br", "#1", "{", "accDescr {", "\u{0}", "---\n"] {
        let _ = read(&format!("journey\n{}", sign.repeat(200_000)));
    }
    let namesakes = read(&format!("journey\n{}", "a: 3\n".repeat(10_000))).unwrap().to_journey("j");
    assert_eq!(namesakes.stages[0].touchpoints[9_999].id, "a_10000");
}

/// What of a journey a diagram keeps.
fn kept(journey: &Journey) -> Vec<(String, Vec<(String, i64)>)> {
    let title = |t: &Option<Text>, id: &str| t.as_ref().map_or(id, |t| t.get(Language::En)).to_owned();
    let score = |e: Option<f64>| 3 + (e.unwrap_or(0.0) * 2.0).round() as i64;
    let stages = journey.stages.iter().map(|s| {
        let tasks = s.touchpoints.iter().map(|t| (title(&t.title, &t.id), score(t.expected.or(t.feels))));
        (title(&s.title, &s.id), tasks.collect())
    });
    stages.collect()
}

#[test]
fn what_is_written_reads_back() {
    let mut sample = sample::dine_in();
    let text = journey(&sample, &sample::channels(), Language::En);
    let back = read(&text).unwrap().to_journey("dine_in");
    assert_eq!(kept(&back), kept(&sample));
    assert_eq!(back.objective, Some("Seat, serve and bring back".into()));
    assert_eq!(back.stages[0].touchpoints[0].extra["x-actors"], serde_json::json!(["marketing"]));
    // and once it came from Mermaid, nothing changes any more
    let again = journey(&back, &[], Language::En);
    assert_eq!(read(&again).unwrap().to_journey("dine_in"), back);
    for (t, name) in sample.stages.iter_mut().flat_map(|s| &mut s.touchpoints).zip(HOSTILE) {
        t.title = Some(Text::from(name));
    }
    let text = journey(&sample, &[], Language::En);
    let back = read(&text).unwrap();
    assert_eq!(back.sections.iter().map(|s| s.tasks.len()).collect::<Vec<_>>(), [2, 2, 4, 1, 1, 2]);
    assert_eq!(back.sections[0].tasks[0].name, HOSTILE[0]);
    assert_eq!(back.sections[2].tasks[1].name, HOSTILE[5]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_visible_names_come_back(
        names in prop::collection::vec("(title |section |accTitle:|journey|)[!-~ 点餐。：é]{0,20}[a-z]", 1..8),
        scores in prop::collection::vec(-2_i32..=2, 8),
    ) {
        let ids: Vec<String> = (0..names.len()).map(|i| format!("t{i}")).collect();
        let mut j = sample::journey(&ids.join(" "));
        for ((t, name), score) in j.stages[0].touchpoints.iter_mut().zip(&names).zip(scores) {
            t.title = Some(Text::from(name.trim()));
            t.expected = Some(f64::from(score) / 2.0);
        }
        let back = read(&journey(&j, &[], Language::En)).unwrap().to_journey("j");
        prop_assert_eq!(kept(&back), kept(&j));
        for t in &back.stages[0].touchpoints {
            prop_assert!(is_id(&t.id), "{}", t.id);
        }
    }

    #[test]
    fn any_text_gives_a_value_or_an_error(text in "(journey\n)?([a-z#;:,%<>{} \n]|title |section |br|[0-9]){0,80}") {
        if let Ok(read) = read(&text) {
            read.to_journey("");
        }
    }
}
