//! Live edits by cases: a blueprint, a few events, another blueprint, and what comes of what was under way.

use std::sync::Arc;

use super::rules::short;
use super::{at, event, plan};
use crate::blueprint::model::Edit;
use crate::customer::identity::IdentityKey;
use crate::engine::host::Engine;
use crate::engine::install::{Installed, Policy};
use crate::engine::{CustomerState, Decision, Input};
use crate::error::ErrorCode;
use crate::{Blueprint, Plan};

const SHOP: &str = "
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }]
channels: [{ id: app, kind: digital }]
consent: { purposes: [{ id: care, default: allow }] }
messages: [{ id: hello }, { id: again }]
events: { seen: {}, cart: { order: text }, paid: { order: text }, moan: {} }
journeys:
  - id: j
    enter: seen
    idle: 30d
    stages:
      - { id: look, touchpoints: [{ id: look, event: seen }] }
      - { id: choose, touchpoints: [{ id: cart, event: cart }] }
      - { id: pay, touchpoints: [{ id: bill, event: paid }] }
rules:
  - id: lost
    when: { after: cart, without: paid, for: 30m, key: event.order, again: each }
    do: [{ call: old_text, with: { order: event.order } }]
  - id: pair
    when: { sequence: [seen, cart, paid], within: 1d }
    do: [{ call: thank }]
  - id: woo
    when: { event: moan }
    do: [{ call: sorry }]
    then: [{ delay: 2d, do: [{ call: later }] }]
    cool_down: 1h
  - id: stuck
    when: { stay: choose, for: 3h }
    do: [{ call: help }]
";

fn other(changes: &[(&str, &str)]) -> Arc<Plan> {
    let mut text = SHOP.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    plan(&text)
}

/// Two customers: one has a cart, the other has complained.
fn engine() -> Engine {
    let mut engine = Engine::new(plan(SHOP));
    for line in [
        "seen 2026-03-01T04:00 id=1 member=a",
        "cart 2026-03-01T04:01 id=2 order=x member=a",
        "moan 2026-03-01T04:00 id=3 member=b",
    ] {
        engine.push(&event(line)).unwrap();
    }
    engine.advance(at("2026-03-01T04:10"));
    engine
}

fn told(decisions: &[Decision]) -> Vec<String> {
    decisions.iter().map(|d| format!("{} {} {}", short(d.due), d.rule, d.target)).collect()
}

fn until(engine: &mut Engine, time: &str) -> Vec<String> {
    told(&engine.advance(at(time)))
}

fn edits(rule: &str, edit: Edit) -> Policy {
    Policy { edits: [(rule.to_owned(), edit)].into(), ..Policy::default() }
}

#[test]
fn what_is_under_way_goes_on_under_the_new_text() {
    let mut engine = engine();
    let new =
        other(&[("for: 30m", "for: 20m"), ("call: old_text", "call: new_text"), ("delay: 2d", "delay: 1d")]);
    let before = engine.snapshot();
    let preview = engine.preview(&new, &Policy::default()).unwrap();
    assert_eq!(engine.snapshot(), before, "a preview changes nothing");
    let done = engine.install(&new, &Policy::default()).unwrap();
    assert_eq!(done, preview);
    let total = done.total;
    assert_eq!((done.customers, done.concerned, done.waking, done.leaving, done.versions), (2, 2, 2, 0, 0));
    assert_eq!((total.moved, total.earlier, total.kept, total.exited), (2, 2, 0, 0));
    assert_eq!(until(&mut engine, "2026-03-01T05:00"), ["03-01T04:21 lost new_text"]);
    assert_eq!(until(&mut engine, "2026-03-20T00:00"), ["03-01T07:01 stuck help", "03-02T04:00 woo later"]);
}

#[test]
fn a_timer_is_never_due_before_what_has_been() {
    let mut engine = engine();
    engine.install(&other(&[("for: 30m", "for: 1m")]), &Policy::default()).unwrap();
    // everybody has heard of 04:10; the customer's own time stands at its last event
    let decisions = until(&mut engine, "2026-03-01T04:11");
    assert_eq!(decisions.len(), 1);
    assert!(
        decisions[0].ends_with("lost old_text") && decisions[0].as_str() >= "03-01T04:01",
        "{decisions:?}"
    );
    let longer = other(&[("for: 30m", "for: 6h")]);
    let mut engine = self::engine();
    assert_eq!(engine.install(&longer, &Policy::default()).unwrap().waking, 0);
    assert_eq!(
        until(&mut engine, "2026-03-02T00:00"),
        ["03-01T07:01 stuck help", "03-01T10:01 lost old_text"]
    );
}

#[test]
fn words_for_people_are_no_edit() {
    let mut engine = engine();
    let titled = other(&[("id: lost\n", "id: lost\n    title: Lost carts\n    edit: restart\n")]);
    let done = engine.install(&titled, &Policy::default()).unwrap();
    assert_eq!((done.concerned, done.total), (0, Installed::default().total));
    assert_eq!(until(&mut engine, "2026-03-01T05:00"), ["03-01T04:31 lost old_text"]);
}

#[test]
fn pinned_matches_end_under_the_text_they_began_with() {
    let mut engine = engine();
    let new = other(&[("for: 30m", "for: 1h"), ("call: old_text", "call: new_text")]);
    let done = engine.install(&new, &edits("lost", Edit::Pin)).unwrap();
    assert_eq!((done.total.kept, done.total.moved, done.versions), (1, 0, 1));
    // a state under the plan with both versions is its bytes
    let key = IdentityKey { kind: "member".into(), value: "a".into() };
    let state = engine.customer(&key).unwrap();
    assert_eq!(CustomerState::decode(engine.plan(), &state.encode()).unwrap(), state);
    // what begins now begins under the new text, and a payment ends waits of both
    engine.push(&event("cart 2026-03-01T04:15 id=4 order=y member=a")).unwrap();
    engine.push(&event("cart 2026-03-01T04:16 id=5 order=x member=a")).unwrap();
    engine.push(&event("cart 2026-03-01T04:17 id=6 order=z member=a")).unwrap();
    engine.push(&event("paid 2026-03-01T04:20 id=7 order=z member=a")).unwrap();
    assert_eq!(until(&mut engine, "2026-03-01T04:40"), ["03-01T04:31 lost old_text"]);
    let later = ["03-01T05:15 lost new_text", "03-01T05:16 lost new_text"];
    assert_eq!(until(&mut engine, "2026-03-01T06:00"), later);
    // with nothing under way the version goes with the next install
    let again = other(&[("for: 30m", "for: 2h")]);
    assert_eq!(engine.install(&again, &Policy::default()).unwrap().versions, 0);
}

#[test]
fn a_pinned_version_outlives_further_edits_until_it_is_done() {
    let mut engine = engine();
    for (n, minutes) in ["40m", "50m"].into_iter().enumerate() {
        let new = other(&[
            ("for: 30m", &format!("for: {minutes}")),
            ("id: lost\n", "id: lost\n    edit: pin\n"),
            ("call: old_text", &format!("call: text_{n}")),
        ]);
        engine.install(&new, &Policy::default()).unwrap();
        engine.push(&event(&format!("cart 2026-03-01T04:2{n} id=p{n} order=p{n} member=a"))).unwrap();
    }
    assert_eq!(engine.plan().versions().len(), 2);
    let wanted = ["03-01T04:31 lost old_text", "03-01T05:00 lost text_0", "03-01T05:11 lost text_1"];
    assert_eq!(until(&mut engine, "2026-03-01T06:30"), wanted);
}

#[test]
fn while_it_drains_the_new_text_decides_nothing() {
    let mut engine = engine();
    let new = other(&[("call: sorry", "call: so_sorry")]);
    assert_eq!(engine.install(&new, &edits("woo", Edit::Drain)).unwrap().total.kept, 1);
    assert!(engine.push(&event("moan 2026-03-02T00:00 id=8 member=b")).unwrap().is_empty());
    assert_eq!(engine.refusals().last().map(|r| r.reason.name()), Some("running"));
    // another customer has nothing under way
    let fresh = engine.push(&event("moan 2026-03-02T00:00 id=9 member=c")).unwrap();
    assert_eq!(told(&fresh), ["03-02T00:00 woo so_sorry"]);
    assert!(until(&mut engine, "2026-03-03T05:00").contains(&"03-03T04:00 woo later".to_owned()));
    let after = engine.push(&event("moan 2026-03-03T06:00 id=10 member=b")).unwrap();
    assert_eq!(told(&after), ["03-03T06:00 woo so_sorry"]);
}

#[test]
fn a_rule_that_begins_again_keeps_what_it_has_used_up() {
    let mut engine = engine();
    let new = other(&[("call: sorry", "call: so_sorry")]);
    let done = engine.install(&new, &edits("woo", Edit::Restart)).unwrap();
    assert_eq!((done.total.exited, done.leaving, done.total.moved), (1, 1, 0));
    assert!(engine.push(&event("moan 2026-03-01T04:30 id=8 member=b")).unwrap().is_empty());
    assert_eq!(engine.refusals().last().map(|r| r.reason.name()), Some("cool_down"));
    assert!(!until(&mut engine, "2026-03-09T00:00").iter().any(|line| line.contains("later")));
}

#[test]
fn what_no_longer_fits_ends_and_what_fits_goes_on() {
    for (change, exited, moved) in [
        (("key: event.order, again", "key: event.order + '!', again"), 1, 0),
        (("after: cart, without: paid", "after: seen, without: paid"), 0, 1),
        (("after: cart, without: paid, for: 30m", "event: cart"), 1, 0),
        (("within: 1d", "within: 2d"), 0, 1),
        (("sequence: [seen, cart, paid]", "sequence: [seen, paid]"), 1, 0),
        (("stay: choose", "stay: pay"), 1, 0),
        (("for: 3h", "for: 5h"), 0, 1),
        (("delay: 2d", "delay: 3d"), 0, 1),
        (("\n    then: [{ delay: 2d, do: [{ call: later }] }]", ""), 1, 0),
        (("id: pair", "id: pairs"), 1, 0),
    ] {
        let from = if change.1 == "event: cart" {
            (", key: event.order, again: each", ", key: event.order")
        } else {
            change
        };
        let new = if from == change { other(&[change]) } else { other(&[from, change]) };
        let done = engine().preview(&new, &Policy::default()).unwrap();
        assert_eq!((done.total.exited, done.total.moved), (exited, moved), "{change:?}");
    }
}

#[test]
fn a_stage_with_customers_in_it_is_not_taken_away() {
    let without = [
        ("      - { id: choose, touchpoints: [{ id: cart, event: cart }] }\n", ""),
        ("id: bill, event: paid", "id: bill, event: [paid, cart]"),
        ("stay: choose", "stay: pay"),
    ];
    let mut engine = engine();
    let before = engine.snapshot();
    for refused in [
        engine.preview(&other(&without), &Policy::default()),
        engine.install(&other(&without), &Policy::default()),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Argument);
        assert!(error.message().ends_with("`j/choose`: 1"), "{error}");
    }
    assert_eq!(engine.snapshot(), before);
    assert_eq!(engine.plan().journeys[0].touchpoints.len(), 3, "the old plan goes on");
    for (from, to) in [("choose", "nowhere"), ("nowhere", "pay")] {
        let policy = Policy { stages: [(from.to_owned(), to.to_owned())].into(), ..Policy::default() };
        assert!(engine.install(&other(&without), &policy).unwrap_err().message().contains("nowhere"));
    }
    // mapped, the trip stands in the other stage and the stay goes on there
    let policy = Policy {
        stages: [("j/choose".to_owned(), "pay".to_owned()), ("choose".to_owned(), "pay".to_owned())].into(),
        ..Policy::default()
    };
    let done = engine.install(&other(&without), &policy).unwrap();
    assert_eq!((done.total.restaged, done.total.moved, done.total.exited), (1, 1, 0));
    let key = IdentityKey { kind: "member".into(), value: "a".into() };
    let state = engine.customer(&key).unwrap();
    assert_eq!(state.trips()[0].stop.map(|stop| stop.stage), Some(1));
    assert!(until(&mut engine, "2026-03-01T08:00").contains(&"03-01T07:01 stuck help".to_owned()));
}

#[test]
fn a_version_that_names_what_is_gone_refuses_the_install() {
    let mut engine = engine();
    let gone = [
        ("paid: { order: text }", "pays: { order: text }"),
        ("event: paid", "event: pays"),
        ("without: paid", "without: pays"),
        ("[seen, cart, paid]", "[seen, cart, pays]"),
    ];
    let before = engine.snapshot();
    let error = engine.install(&other(&gone), &edits("lost", Edit::Pin)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Blueprint);
    assert!(error.findings().iter().any(|f| f.code() == "unknown_event"), "{error}");
    assert!(engine.snapshot() == before);
    // moved it goes on
    assert_eq!(engine.install(&other(&gone), &Policy::default()).unwrap().total.moved, 1);
}

#[test]
fn an_edit_of_no_rule_refuses_the_install() {
    let mut engine = engine();
    let before = engine.snapshot();
    let new = other(&[("for: 30m", "for: 1h")]);
    let error = engine.install(&new, &edits("losst", Edit::Pin)).unwrap_err();
    assert_eq!((error.code(), error.message().contains("`losst`")), (ErrorCode::Argument, true));
    assert!(engine.preview(&new, &edits("losst", Edit::Pin)).is_err());
    assert!(engine.snapshot() == before);
    // a rule that only one of the two has is known
    let without = other(&[("id: lost\n", "id: found\n")]);
    assert_eq!(engine.preview(&without, &edits("lost", Edit::Restart)).unwrap().total.exited, 1);
    assert!(engine.preview(&without, &edits("found", Edit::Pin)).is_ok());
}

#[test]
fn the_rule_that_comes_back_finds_what_had_waited() {
    let mut engine = engine();
    let without = other(&[("id: lost\n", "id: found\n")]);
    assert_eq!(engine.install(&without, &Policy::default()).unwrap().total.exited, 1);
    assert!(until(&mut engine, "2026-03-01T04:20").is_empty());
    engine.install(&plan(SHOP), &Policy::default()).unwrap();
    assert_eq!(until(&mut engine, "2026-03-01T05:00"), ["03-01T04:31 lost old_text"]);
}

#[test]
fn the_same_plan_again_moves_nothing_and_keeps_every_byte() {
    let mut engine = engine();
    let before = engine.snapshot();
    let done = engine.install(&plan(SHOP), &Policy::default()).unwrap();
    assert_eq!(done, Installed { customers: 2, ..Installed::default() });
    assert_eq!(engine.snapshot(), before);
    // a rule moved to another place is the same rule
    let text = SHOP.split("  - id: pair").next().unwrap().to_owned();
    let lost = text.split("rules:\n").nth(1).unwrap().to_owned();
    let moved = SHOP.replace(&lost, "") + &lost;
    let done = engine.install(&plan(&moved), &Policy::default()).unwrap();
    assert_eq!(done.concerned, 0);
    assert_eq!(until(&mut engine, "2026-03-01T05:00"), ["03-01T04:31 lost old_text"]);
}

#[test]
fn one_state_moves_without_an_engine() {
    let old = plan(SHOP);
    let mut state = CustomerState::new(&old);
    old.step(&mut state, Input::Event(&event("cart 2026-03-01T04:01 id=2 order=x"))).unwrap();
    let new = other(&[("for: 30m", "for: 1h"), ("call: old_text", "call: new_text")]);
    let policy = edits("lost", Edit::Pin);
    let new = new.succeeding(&old, &policy, |rule| rule == "lost").unwrap();
    let (mut state, moved) = new.migrate(&old, &state, &policy).unwrap();
    assert_eq!((moved.kept, state.next_due()), (1, Some(at("2026-03-01T04:31"))));
    // the same plan after a restart of the host: the blueprint's text and the versions kept
    let again = Blueprint::from_document((*new.document).clone()).compile_with(new.versions()).unwrap();
    let mut back = CustomerState::decode(&again, &state.encode()).unwrap();
    let a = new.step(&mut state, Input::Tick(at("2026-03-01T05:00"))).unwrap();
    let b = again.step(&mut back, Input::Tick(at("2026-03-01T05:00"))).unwrap();
    assert_eq!(told(&a.decisions), ["03-01T04:31 lost old_text"]);
    assert_eq!(a, b);
}
