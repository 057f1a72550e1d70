//! Trips abandoned by time alone: each rests on the event that landed on it last.

use super::complaints::{Story, told};
use super::rules::fed;
use super::{at, event, plan};
use crate::customer::identity::IdentityKey;
use crate::engine::host::Engine;
use crate::engine::rules::key_text;
use crate::engine::{AckOutcome, CustomerState, Decision, Input, Stepped};
use crate::install::Policy;
use crate::plan::Plan;

const HEAD: &str = "
cjm: 1
id: t
zone: UTC
identities: [{ id: member }, { id: phone }]
events: { a: { k: optional text, n: optional int }, b: { k: optional text }, x: { k: optional text }, y: {} }
journeys:
  - id: j
    enter: [a]
    exit: { event: x }
    idle: 1h
    reenter: { concurrent: event.k }
    stages:
      - { id: s1, touchpoints: [{ id: t1, event: a }] }
      - { id: s2, touchpoints: [{ id: t2, event: b, repeat: true }] }
";
const LEFT: &str =
    "rules: [{ id: left, when: { abandoned: j }, do: [{ call: ask, with: { k: event.k } }] }]\n";

const TWO: &str = "a 2026-03-02T10:00 id=1 k=p
    a 2026-03-02T10:00 id=2 k=q";

fn world() -> String {
    format!("{HEAD}{LEFT}")
}

fn fed_all(plan: &Plan, lines: &str) -> (CustomerState, Vec<Decision>) {
    let mut state = CustomerState::new(plan);
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let decisions = lines.flat_map(|line| fed(plan, &mut state, line).decisions).collect();
    (state, decisions)
}

/// The decisions as `instant event,event arguments`.
fn rested(decisions: &[Decision]) -> Vec<String> {
    let line = |d: &Decision| {
        let events: Vec<&str> = d.events.iter().map(|(_, id)| &**id).collect();
        let text = |value| key_text(value).unwrap_or_else(|| "null".into());
        let said: Vec<String> = d.arguments.iter().map(|(name, v)| format!("{name}={}", text(v))).collect();
        format!("{} {} {}", super::rules::short(d.due), events.join(","), said.join(" "))
    };
    decisions.iter().map(line).collect()
}

fn retract(plan: &Plan, state: &mut CustomerState, id: &str) -> Stepped {
    plan.step(state, Input::Retract { source: "s", id }).unwrap()
}

#[test]
fn concurrent_trips_abandoned_at_one_instant_are_decided_each_on_its_own() {
    let plan = plan(&world());
    let (_, decisions) = fed_all(&plan, &format!("{TWO}\ntick 2026-03-02T12:00"));
    assert_eq!(rested(&decisions), ["03-02T11:00 1 k=p", "03-02T11:00 2 k=q"]);
    assert_ne!(decisions[0].id, decisions[1].id);
    // the host keeps both, and one that was packed or restored in between too
    for hot in [0, usize::MAX] {
        let mut engine = Engine::new(plan.clone()).with_hot(hot);
        for line in TWO.lines() {
            assert!(engine.push(&event(line)).unwrap().is_empty());
        }
        let mut engine = Engine::restore(plan.clone(), &engine.snapshot()).unwrap().with_hot(hot);
        let told = engine.advance(at("2026-03-02T12:00"));
        assert_eq!(told, decisions);
        assert_eq!(engine.outbox().count(), 2);
    }
}

#[test]
fn the_last_event_that_landed_counts_and_an_exit_rests_on_itself() {
    let plan = plan(&world());
    let lines = "a 2026-03-02T10:00 id=1 k=p
        b 2026-03-02T10:10 id=2 k=p
        a 2026-03-02T10:20 id=3 k=q
        y 2026-03-02T10:30 id=4
        x 2026-03-02T10:40 id=5 k=q
        a 2026-03-02T10:50 id=6 k=q
        tick 2026-03-02T12:00";
    let (state, decisions) = fed_all(&plan, lines);
    let wanted = ["03-02T10:40 5 k=q", "03-02T11:10 2 k=p", "03-02T11:50 6 k=q"];
    assert_eq!(rested(&decisions), wanted);
    assert!(state.rules.matcher.is_empty(), "ended trips are forgotten");
}

#[test]
fn a_key_is_that_of_the_last_event() {
    let rules = "rules: [{ id: left, when: { abandoned: j }, key: event.n, do: [{ call: ask }] }]\n";
    let plan = plan(&format!("{HEAD}{rules}"));
    let lines = "a 2026-03-02T10:00 id=1 k=p n=7
        a 2026-03-02T10:00 id=2 k=q
        tick 2026-03-02T12:00";
    let (_, decisions) = fed_all(&plan, lines);
    assert_eq!(rested(&decisions), ["03-02T11:00 1 "]);
    assert_eq!(decisions[0].key.as_deref(), Some("7"));
}

#[test]
fn a_trip_whose_last_event_is_taken_back_ends_unheard_until_another_lands() {
    let plan = plan(&world());
    let begun = || fed_all(&plan, TWO).0;
    let told_by = |state: &mut CustomerState, line: &str| told(&fed(&plan, state, line));
    let end = "tick 2026-03-02T13:00";

    let mut state = begun();
    assert_eq!(retract(&plan, &mut state, "1"), Stepped::default());
    assert_eq!(
        (state.trips().len(), CustomerState::decode(&plan, &state.encode()).unwrap()),
        (2, state.clone())
    );
    assert_eq!(told_by(&mut state, end), ["03-02T11:00 left call ask"]);

    let mut state = begun();
    retract(&plan, &mut state, "1");
    fed(&plan, &mut state, "b 2026-03-02T10:30 id=3 k=p");
    assert_eq!(told_by(&mut state, end), ["03-02T11:00 left call ask", "03-02T11:30 left call ask"]);

    // by an event it ends as ever
    let mut state = begun();
    retract(&plan, &mut state, "1");
    assert_eq!(told_by(&mut state, "x 2026-03-02T10:30 id=3 k=p"), ["03-02T10:30 left call ask"]);

    // one that did not land last changes nothing
    let mut state = begun();
    fed(&plan, &mut state, "b 2026-03-02T10:30 id=3 k=p");
    retract(&plan, &mut state, "1");
    assert_eq!(told_by(&mut state, end), ["03-02T11:00 left call ask", "03-02T11:30 left call ask"]);
}

#[test]
fn decisions_go_with_the_event_they_rest_on() {
    let plan = plan(&world());
    let (mut state, decisions) = fed_all(&plan, &format!("{TWO}\ntick 2026-03-02T12:00"));
    let [p, q] = [decisions[0].id, decisions[1].id];
    assert_eq!((state.decisions_of("s", "1"), state.decisions_of("s", "2")), (vec![p], vec![q]));
    assert_eq!(retract(&plan, &mut state, "1").withdrawn, [p]);
    plan.step(&mut state, Input::Ack { id: q, outcome: AckOutcome::Sent, at: None }).unwrap();
    assert_eq!(told(&retract(&plan, &mut state, "2")), ["03-02T12:00 left revoke ask"]);
}

#[test]
fn two_customers_who_are_one_keep_what_landed_on_the_trips_that_stay() {
    let plan = plan(&world());
    let (a, _) = fed_all(
        &plan,
        "a 2026-03-02T10:00 id=1 k=p member=a
        a 2026-03-02T10:00 id=2 k=q member=a",
    );
    let (b, _) = fed_all(
        &plan,
        "a 2026-03-02T10:00 id=3 k=r member=b
        a 2026-03-02T10:20 id=4 k=q member=b",
    );
    let (mut one, _) = plan.merge(&a, &b);
    assert_eq!(one.encode(), plan.merge(&b, &a).0.encode());
    let end = "tick 2026-03-02T13:00";
    let wanted = ["03-02T11:00 1 k=p", "03-02T11:00 3 k=r", "03-02T11:20 4 k=q"];
    let sorted = |decisions: &[Decision]| {
        let mut lines = rested(decisions);
        lines.sort();
        lines
    };
    assert_eq!(sorted(&fed(&plan, &mut one.clone(), end).decisions), wanted);
    // trips stay with the rest when an identity leaves again
    let key = IdentityKey { kind: "member".into(), value: "b".into() };
    let (mut left, _) = plan.unlink(&mut one, &key).unwrap();
    assert_eq!(sorted(&fed(&plan, &mut one, end).decisions), wanted);
    assert!(fed(&plan, &mut left, end).decisions.is_empty());
}

#[test]
fn only_plans_that_hear_of_it_remember_it() {
    let (heard, deaf) = (plan(&world()), plan(HEAD));
    let endless = plan(&world().replace("    idle: 1h\n", ""));
    for plan in [&deaf, &endless] {
        assert!(fed_all(plan, TWO).0.rules.matcher.is_empty());
    }
    let (state, _) = fed_all(&heard, TWO);
    assert_eq!(CustomerState::decode(&heard, &state.encode()).unwrap(), state);
    let (under, _) = deaf.migrate(&heard, &state, &Policy::default()).unwrap();
    assert!(under.rules.matcher.is_empty() && under.unknown.is_empty());
    // a trip from before the rule rests on nothing that is known, until something lands on it
    let (mut back, _) = heard.migrate(&deaf, &under, &Policy::default()).unwrap();
    fed(&heard, &mut back, "b 2026-03-02T10:30 id=3 k=q");
    let told = fed(&heard, &mut back, "tick 2026-03-02T13:00").decisions;
    assert_eq!(rested(&told), ["03-02T11:00  k=null", "03-02T11:30 3 k=q"]);
    // another text of the rule keeps it
    let other = plan(&world().replace("call: ask,", "call: beg,"));
    let (mut moved, _) = other.migrate(&heard, &state, &Policy::default()).unwrap();
    let told = fed(&other, &mut moved, "tick 2026-03-02T13:00").decisions;
    assert_eq!(rested(&told), ["03-02T11:00 1 k=p", "03-02T11:00 2 k=q"]);
}

#[test]
fn further_steps_know_the_event() {
    let rules = "rules:
  - id: left
    when: { abandoned: j }
    if: event.k == 'p'
    do: [{ call: ask }]
    then: [{ delay: 1h, unless: event.k != 'p', do: [{ call: again, with: { k: event.k } }] }]
";
    Story::under(&format!("{HEAD}{rules}")).feed(&format!("{TWO}\ntick 2026-03-02T13:00")).gives(&[
        "03-02T11:00 left call ask",
        "03-02T12:00 left call again",
        "03-02T11:00 left -if_false",
    ]);
}
