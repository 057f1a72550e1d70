//! Answers by cases: what fits a survey and what does not, and what rules make of it.

use super::rules::{HEAD, short};
use super::{at, plan};
use crate::engine::{Answer, CustomerState, Input};
use crate::error::ErrorCode;
use crate::ticket::{Desk, Status};
use crate::{Event, Value};

const SURVEYS: &str = "
surveys:
  - id: serving
    kind: csat
    questions: [{ id: score, kind: csat }, { id: fast, kind: bool }]
  - id: nps
    kind: nps
    questions:
      - { id: score, kind: nps }
      - { id: area, kind: choice, options: [food, bill] }
      - { id: liked, kind: multiple, options: [food, bill] }
      - { id: why, kind: text }
      - { id: spent, kind: number }
rules:
  - { id: detractor, when: { answer: nps, where: answer.score <= 6 }, do: [{ call: back, with: { area: answer.area } }] }
";

fn answer(survey: &str) -> Answer {
    Answer::new(survey, at("2026-03-01T15:00")).id("a1").identity("member", "m")
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Value::from(*item)).collect())
}

#[test]
fn an_answer_is_an_event_and_sets_off_its_rules() {
    let plan = plan(&format!("{HEAD}{SURVEYS}"));
    let mut state = CustomerState::new(&plan);
    let low = answer("nps").with("score", 0).with("area", "food").with("liked", list(&["food", "bill"]));
    let out = plan.step(&mut state, Input::Answer(&low)).unwrap();
    let [decision] = &out.decisions[..] else { panic!("one decision: {out:?}") };
    assert_eq!((&*decision.rule, short(decision.due)), ("detractor", "03-01T15:00".to_owned()));
    assert_eq!(decision.arguments, [("area".into(), Value::from("food"))]);
    assert_eq!(decision.events, [("answers".into(), "a1".into())]);
    let again = plan.step(&mut state, Input::Answer(&low)).unwrap();
    assert!(again.decisions.is_empty(), "the same answer again is a repeat");
    let other = plan.step(&mut state, Input::Answer(&low.clone().with("why", "cold"))).unwrap_err();
    assert_eq!(other.code(), ErrorCode::Conflict);
    // the same scale as a question of another survey, wider
    let high = answer("nps").id("a2").source("app").with("score", 10).with("why", Value::Null);
    assert!(plan.step(&mut state, Input::Answer(&high)).unwrap().decisions.is_empty());
    let by_hand = Event::new("answered", at("2026-03-02T00:00")).id("app", "a3").identity("member", "m");
    let out = plan.step(&mut state, Input::Event(&by_hand.with("survey", "nps").with("score", 2))).unwrap();
    assert_eq!(out.decisions.len(), 1);
}

#[test]
fn what_does_not_fit_is_told_and_changes_nothing() {
    let plan = plan(&format!("{HEAD}{SURVEYS}"));
    let state = CustomerState::new(&plan);
    for (answer, code, words) in [
        (
            answer("nsp").with("score", 1),
            ErrorCode::NotFound,
            "there is no survey `nsp`; did you mean `nps`?",
        ),
        (
            answer("nps").with("scores", 1),
            ErrorCode::NotFound,
            "there is no question `scores`; did you mean `score`?",
        ),
        (answer("nps").with("fast", true), ErrorCode::NotFound, "there is no question `fast`"),
        (
            answer("nps").with("score", 11),
            ErrorCode::BadEvent,
            "the answer to `score` has to be a whole number from 0 to 10",
        ),
        (
            answer("nps").with("score", -1),
            ErrorCode::BadEvent,
            "the answer to `score` has to be a whole number from 0 to 10",
        ),
        (
            answer("nps").with("score", 6.5),
            ErrorCode::BadEvent,
            "the answer to `score` has to be a whole number from 0 to 10",
        ),
        (
            answer("serving").with("score", 6),
            ErrorCode::BadEvent,
            "the answer to `score` has to be a whole number from 1 to 5",
        ),
        (
            answer("serving").with("fast", "maybe"),
            ErrorCode::BadEvent,
            "the answer to `fast` has to be true or false",
        ),
        (
            answer("nps").with("area", "view"),
            ErrorCode::BadEvent,
            "the answer to `area` has to be one of `food`, `bill`",
        ),
        (
            answer("nps").with("liked", list(&["view"])),
            ErrorCode::BadEvent,
            "the answer to `liked` has to be a list out of `food`, `bill`",
        ),
        (
            answer("nps").with("liked", "food"),
            ErrorCode::BadEvent,
            "the answer to `liked` has to be a list out of `food`, `bill`",
        ),
        (
            answer("nps").with("spent", "much"),
            ErrorCode::BadEvent,
            "the answer to `spent` has to be a number",
        ),
        (
            answer("nps").with("score", 1).with("score", 2),
            ErrorCode::BadEvent,
            "the question `score` is answered twice",
        ),
    ] {
        let mut after = state.clone();
        let error = plan.step(&mut after, Input::Answer(&answer)).unwrap_err();
        assert_eq!((error.code(), error.message()), (code, words));
        assert_eq!(after, state);
    }
    let nobody = Answer::new("nps", at("2026-03-01T15:00")).with("score", 1);
    let error = plan.step(&mut state.clone(), Input::Answer(&nobody)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BadEvent);
}

/// One detractor's loop under the restaurant chain's blueprint: low score, ticket, contact, told, closed.
#[test]
fn a_detractor_is_called_back() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blueprints/restaurant.yaml"));
    let plan = plan(text);
    let mut state = CustomerState::new(&plan);
    let low = Answer::new("nps", at("2026-03-01T15:00:00+08:00")).id("a1").identity("member", "m-1");
    let out = plan.step(&mut state, Input::Answer(&low.with("score", 3).with("area", "service"))).unwrap();
    let [ticket] = &out.decisions[..] else { panic!("one decision: {out:?}") };
    let [row] = &state.tickets()[..] else { panic!("one ticket") };
    assert_eq!((&*ticket.rule, &*row.queue, row.kind.as_deref()), ("detractor", "managers", Some("service")));
    assert_eq!(row.contact_by, Some(at("2026-03-02T15:00:00+08:00")), "wall clock");
    // no manager is known: the desk turns to `else`
    let mut desk = Desk::default();
    let request = state.request(row.id).unwrap();
    desk.assign(&plan.rules.closed_loop, &request, |queue| plan.route(&state, queue));
    assert_eq!(&*state.tickets_at(&desk)[0].queue, "care");
    let mut take = |step: &str, time: &str, facts: &str| {
        let event = Event::new("ticket_step", at(time)).id("desk", step).identity("member", "m-1");
        let event = event.with("ticket", row.id.to_string()).with("step", step).with("by", "care-1");
        plan.step(&mut state, Input::Event(&event.with("facts", facts)))
    };
    take("contacted", "2026-03-02T10:00:00+08:00", "she waited forty minutes").unwrap();
    take("told", "2026-03-02T11:00:00+08:00", "").unwrap();
    assert!(take("closed", "2026-03-02T12:00:00+08:00", "").unwrap_err().message().contains("root_cause"));
    let facts = "{\"root_cause\": \"slow_kitchen\", \"action\": \"a second wok\"}";
    take("closed", "2026-03-02T12:00:00+08:00", facts).unwrap();
    assert_eq!((state.tickets()[0].status, state.tickets()[0].overdue.len()), (Status::Closed, 0));
}
