//! Briefs: five lines about customers of the restaurant, in both languages.

use std::sync::Arc;

use proptest::prelude::*;

use super::explain::{RULES, history};
use super::{event, plan};
use crate::customer::identity::IdentityKey;
use crate::engine::brief::{Brief, MoodLevel};
use crate::engine::{AckOutcome, Answer, CustomerState, Engine, Input};
use crate::error::ErrorCode;
use crate::{Language, Plan, Timestamp};

fn restaurant() -> Arc<Plan> {
    plan(include_str!("../../../../examples/blueprints/restaurant.yaml"))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn member(value: &str) -> IdentityKey {
    IdentityKey { kind: "member".into(), value: value.into() }
}

fn both(brief: impl Fn(Language) -> Brief) -> String {
    format!("{}\n\n{}", brief(Language::En), brief(Language::Zh))
}

/// An engine that was fed lines, for the member `m-1`.
fn fed(lines: &str) -> Engine {
    let mut engine = Engine::new(restaurant());
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        engine.push(&event(&format!("{line} member=m-1"))).unwrap();
    }
    engine
}

const EVENING: &str = "
    consent_changed 2026-03-01T10:00+08:00 id=0 channel=wechat purpose=marketing granted=true
    seated 2026-03-01T12:00+08:00 id=1 store=s table=t party=2
    menu_view 2026-03-01T12:02+08:00 id=2 dish=soup
    add_to_cart 2026-03-01T12:05+08:00 id=3 order_id=o-1 dish=noodles amount=38
    served 2026-03-01T12:20+08:00 id=4 order_id=o-0";

#[test]
fn a_guest_at_the_table() {
    let engine = fed(EVENING);
    insta::assert_snapshot!(both(|language| engine.brief(&member("m-1"), language).unwrap()));
}

#[test]
fn a_detractor_with_a_ticket() {
    let mut engine = fed(EVENING);
    let sent = engine.advance(time("2026-03-01T12:35:00+08:00"));
    let answer = Answer::new("nps", time("2026-03-01T15:00:00+08:00"))
        .id("a1")
        .identity("member", "m-1")
        .with("score", 3)
        .with("area", "service");
    engine.answer(&answer).unwrap();
    let brief = |language| engine.brief(&member("m-1"), language).unwrap();
    let mood = brief(Language::En).mood.unwrap();
    assert_eq!((mood.level, mood.kind, mood.score), (MoodLevel::Bad, Some("nps"), Some(3)));
    insta::assert_snapshot!("ticket", both(brief));
    engine.advance(time("2026-03-02T15:01:00+08:00"));
    insta::assert_snapshot!("overdue", both(|language| engine.brief(&member("m-1"), language).unwrap()));
    // what did not reach the customer is no promise
    let [rescue] = sent.as_slice() else { panic!("{sent:#?}") };
    engine.ack(rescue.id, AckOutcome::Failed, None).unwrap();
    assert!(engine.brief(&member("m-1"), Language::En).unwrap().sent.is_empty());
}

#[test]
fn a_review_and_a_complaint_move_the_mood() {
    let mut engine = fed(EVENING);
    let mut say = |line: &str| {
        engine.push(&event(&format!("{line} member=m-1"))).unwrap();
        engine.brief(&member("m-1"), Language::En).unwrap().lines[2].clone()
    };
    assert_eq!(say("review 2026-03-01T13:00+08:00 id=7 stars=5"), "Mood: good, CSAT 5 at 13:00");
    assert_eq!(say("complaint 2026-03-01T13:30+08:00 id=8 kind=food"), "Mood: bad, after Complaint at 13:30");
}

#[test]
fn nothing_known_is_said_so() {
    let plan = restaurant();
    let nobody = plan.brief(&CustomerState::new(&plan), Language::Zh);
    let lines = ["所在：没有进行中的旅程", "最近动作：无", "情绪：暂无评价", "承诺：无", "未关闭工单：无"];
    assert_eq!(nobody.lines, lines);
    let unknown = Engine::new(plan).brief(&member("m-9"), Language::En).unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::NotFound);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn it_is_always_five_lines((_, events) in history()) {
        let plan = plan(RULES);
        let mut state = CustomerState::new(&plan);
        for event in &events {
            plan.step(&mut state, Input::Event(event)).unwrap();
            for language in [Language::En, Language::Zh] {
                let brief = plan.brief(&state, language);
                prop_assert_eq!(brief.to_string().lines().count(), 5);
                prop_assert!(brief.lines.iter().all(|line| !line.contains(['{', '\n'])), "{}", brief);
                prop_assert!(brief.steps.is_sorted_by_key(|step| step.at));
                prop_assert!(serde_json::to_string(&brief).is_ok());
            }
        }
    }
}
