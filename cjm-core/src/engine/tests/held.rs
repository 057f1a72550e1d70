//! What waits to be handed over while its customer goes on: decisions that the customer no longer remembers, inputs that
//! err behind the time that everybody has heard of.

use std::sync::Arc;

use super::{at, event, plan};
use crate::customer::identity::IdentityKey;
use crate::engine::host::Engine;
use crate::engine::{AckOutcome, Decision};
use crate::error::ErrorCode;
use crate::outreach::DecisionId;

const HEAD: &str = "
cjm: 1
id: t
zone: UTC
channels: [{ id: app, kind: digital }]
identities: [{ id: member }]
events: { cart: { n: int }, paid: {}, view: {} }
consent: { purposes: [{ id: ads, default: allow }] }
messages: [{ id: m1 }]
outreach: { order: [app] }
";

fn engine(rules: &str) -> Engine {
    Engine::new(plan(&format!("{HEAD}{rules}")))
}

fn member(value: &str) -> IdentityKey {
    IdentityKey { kind: "member".into(), value: value.into() }
}

fn push(engine: &mut Engine, lines: &str) -> Vec<Decision> {
    lines.lines().flat_map(|line| engine.push(&event(line)).unwrap()).collect()
}

/// An engine with a rule that has sent 70 messages to one customer, and their ids.
fn seventy(rule: &str) -> (Engine, Vec<DecisionId>) {
    let mut engine = engine(&format!("rules: [{rule}]"));
    let line = |n: usize| format!("cart 2026-03-01T10:{:02}:{:02} id={n} n={n}", n / 60, n % 60);
    let ids = (0..70).flat_map(|n| push(&mut engine, &line(n))).map(|made| made.id).collect();
    (engine, ids)
}

const SENDS: &str =
    "{ id: r, when: { event: cart }, caps: [{ at_most: 70, within: 1d }], do: [{ send: m1, purpose: ads }] }";

fn waiting(engine: &Engine) -> Vec<DecisionId> {
    engine.outbox().map(|made| made.id).collect()
}

#[test]
fn an_acknowledgement_ends_what_only_the_outbox_remembers() {
    let (mut engine, ids) = seventy(SENDS);
    assert_eq!(waiting(&engine), ids);
    let state = engine.customer(&member("m")).unwrap();
    assert_eq!(state.rules.made(ids[0]), None);
    assert!(push(&mut engine, "cart 2026-03-01T11:00 id=a n=1").is_empty(), "the cap is reached");
    // its use of the cap is given back
    engine.ack(ids[0], AckOutcome::Failed, None).unwrap();
    assert_eq!(waiting(&engine), ids[1..]);
    assert_eq!(push(&mut engine, "cart 2026-03-01T11:01 id=b n=1").len(), 1);
    // the same outcome again has no effect, another of what is handed over is of nothing that anybody knows
    let before = engine.snapshot();
    assert_eq!(engine.ack(ids[0], AckOutcome::Failed, None).unwrap(), []);
    assert_eq!(engine.ack(ids[0], AckOutcome::Opened, None).unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(engine.snapshot(), before);
    let mut back = Engine::restore(Arc::clone(engine.plan()), &before).unwrap();
    assert_eq!(back.ack(ids[0], AckOutcome::Failed, None).unwrap(), []);
    assert_eq!(back.snapshot(), before);
}

#[test]
fn who_unsubscribes_by_what_only_the_outbox_remembers_gets_nothing_more() {
    let heard = "{ id: heard, when: { event: ack, where: \"event.outcome == 'unsubscribed' && decision.rule == 'r'\" }, do: [{ call: note, with: { by: event.channel } }] }";
    let (mut engine, ids) = seventy(&format!("{}, {heard}", SENDS.replace("70", "700")));
    let heard = engine.ack(ids[1], AckOutcome::Unsubscribed, None).unwrap();
    assert_eq!((heard.len(), &*heard[0].target), (1, "note"));
    assert_eq!(heard[0].arguments, [("by".into(), "app".into())]);
    assert_eq!(push(&mut engine, "cart 2026-03-01T11:00 id=a n=1"), []);
    assert_eq!(engine.refusals().last().unwrap().reason.name(), "no_consent");
}

#[test]
fn taking_an_event_back_withdraws_what_only_the_outbox_remembers() {
    let (mut engine, ids) = seventy(SENDS);
    assert_eq!(engine.retract(&member("m"), "s", "0").unwrap(), []);
    assert_eq!(waiting(&engine), ids[1..]);
    assert_eq!(push(&mut engine, "cart 2026-03-01T11:01 id=b n=1").len(), 1, "its cap is free again");
    let chain = "{ id: e, when: { event: cart }, do: [{ emit: paid }] }, { id: r, when: { event: paid }, do: [{ call: x }] }";
    let (mut engine, ids) = seventy(chain);
    let calls: Vec<DecisionId> = ids.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(waiting(&engine), calls);
    engine.retract(&member("m"), "s", "69").unwrap();
    assert_eq!(waiting(&engine), calls[..69], "through the event that was derived from it");
}

#[test]
fn an_input_that_errs_behind_the_time_of_everybody_swallows_nothing() {
    let rules = "rules: [{ id: w, when: { after: cart, without: paid, for: 30m }, do: [{ send: m1, purpose: ads }] }]";
    let before = || {
        let mut engine = engine(rules);
        push(&mut engine, "view 2026-03-01T10:00 id=0 member=x");
        engine.advance(at("2026-03-01T12:00"));
        push(&mut engine, "cart 2026-03-01T10:00 id=1 n=1");
        engine
    };
    let (mut without, mut with) = (before(), before());
    let untouched = with.snapshot();
    let m = member("m");
    let errs = |engine: &mut Engine| {
        let conflict = engine.push(&event("cart 2026-03-01T10:00 id=1 n=2")).unwrap_err();
        let bad = engine.push(&event("cart 2026-03-01T10:05 id=9 n=much")).unwrap_err();
        let old = engine.retract(&m, "s", "nothing").unwrap_err();
        assert_eq!(
            [conflict.code(), bad.code(), old.code()],
            [ErrorCode::Conflict, ErrorCode::BadEvent, ErrorCode::TooOld]
        );
    };
    errs(&mut with);
    assert_eq!(with.snapshot(), untouched);
    let decided = without.advance(at("2026-03-01T13:00"));
    assert_eq!(decided.len(), 1);
    assert_eq!(with.advance(at("2026-03-01T13:00")), decided);
    assert_eq!((with.snapshot(), waiting(&with)), (without.snapshot(), vec![decided[0].id]));
    // also where nothing is due by then
    let untouched = with.snapshot();
    errs(&mut with);
    assert_eq!(with.ack(decided[0].id, AckOutcome::Sent, None).map(|led| led.len()).unwrap(), 0);
    assert_ne!(with.snapshot(), untouched);
}
