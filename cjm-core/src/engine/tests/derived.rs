//! Derived events and events without ids by cases.

use super::rules::{HEAD, fed, short};
use super::{at, event, plan};
use crate::engine::{CustomerState, Input, Stepped};
use crate::error::ErrorCode;
use crate::{Event, Value};

fn told(stepped: &Stepped) -> Vec<String> {
    let made =
        stepped.decisions.iter().map(|d| format!("{} {} {} {}", short(d.due), d.rule, d.action, d.target));
    made.chain(stepped.refusals.iter().map(|r| format!("{} {} -{}", short(r.due), r.rule, r.reason)))
        .collect()
}

const RULES: &str = "
rules:
  - { id: late, when: { after: cart, without: paid, for: 30m }, do: [{ emit: cart_lost, with: { dish: event.dish, n: pays, worth: \"[1, 'much'][pays + 1]\" } }] }
  - { id: lost, when: { event: cart_lost, where: event.n == 0 }, if: event.worth == null, do: [{ call: note, with: { dish: event.dish } }, { tag: loser }] }
  - { id: twice, when: { count: cart_lost, at_least: 2, within: 1d }, do: [{ call: twice }] }
  - { id: joins, when: { joins: losers }, do: [{ call: hello }] }
";

#[test]
fn a_derived_event_happens_at_once_and_is_heard() {
    let head = HEAD
        .replace("  cancelled: {}", "  cancelled: {}\n  cart_lost: { dish: text, n: int, worth: optional money }")
        .replace("features: { pays: { count: paid } }", "features: { pays: { count: paid }, lost: { count: cart_lost } }, segments: [{ id: losers, if: \"'loser' in customer.tags && lost >= 1\" }]");
    let plan = plan(&format!("{head}{RULES}"));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=o dish=soup");
    let first = fed(&plan, &mut state, "tick 2026-03-01T05:00");
    assert_eq!(
        told(&first),
        [
            "03-01T04:30 late emit cart_lost",
            "03-01T04:30 lost call note",
            "03-01T04:30 lost tag loser",
            "03-01T04:30 joins call hello"
        ]
    );
    assert!(first.decisions[0].applied && !first.decisions[1].applied);
    assert_eq!(first.decisions[1].arguments, [("dish".into(), Value::from("soup"))]);
    let emitted = ("emitted".into(), first.decisions[0].id.to_string().as_str().into());
    assert_eq!(first.decisions[1].events, [emitted]);
    fed(&plan, &mut state, "cart 2026-03-01T06:00 id=2 order=o dish=soup");
    let second = fed(&plan, &mut state, "paid 2026-03-01T07:00 id=3 order=o");
    assert_eq!(told(&second)[3..], ["03-01T06:30 twice call twice"]);
}

#[test]
fn rules_that_set_each_other_off_are_cut_at_eight() {
    let rules = "
rules:
  - { id: ping, when: { event: cancelled }, do: [{ emit: paid, with: { order: \"'o'\" } }] }
  - { id: pong, when: { event: paid }, do: [{ emit: cancelled }, { emit: cancelled }] }
";
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    let stepped = fed(&plan, &mut state, "cancelled 2026-03-01T04:00 id=1");
    let n = |rule: &str| stepped.decisions.iter().filter(|d| &*d.rule == rule).count();
    // levels 1, 3, 5, 7 are ping's, 2, 4, 6, 8 pong's; each pong doubles
    assert_eq!((n("ping"), n("pong")), (1 + 2 + 4 + 8, 2 + 4 + 8 + 16));
    assert_eq!(stepped.refusals.len(), 16);
    assert!(stepped.refusals.iter().all(|r| r.reason.name() == "too_deep"));
    assert_eq!(state.counters().events, 1 + 45);
}

#[test]
fn a_flood_of_derived_events_is_cut_by_number() {
    let many = "{ emit: paid, with: { order: \"'o'\" } }, ".repeat(20);
    let more = "{ emit: cart, with: { order: \"'o'\", dish: \"'d'\" } }, ".repeat(20);
    let rules = format!(
        "\nrules:\n  - {{ id: a, when: {{ event: cancelled }}, do: [{many}] }}\n  - {{ id: b, when: {{ event: paid }}, do: [{more}] }}\n"
    );
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    let stepped = fed(&plan, &mut state, "cancelled 2026-03-01T04:00 id=1");
    assert_eq!((stepped.decisions.len(), stepped.refusals.len()), (256, 20 + 20 * 20 - 256));
    let next = fed(&plan, &mut state, "cancelled 2026-03-01T04:00 id=2");
    assert_eq!(next.decisions.len(), 256, "each instant of an input has its own bound");
}

#[test]
fn events_without_an_id_are_never_repeats_and_told_apart() {
    let rules = "\nrules: [{ id: note, when: { event: cart }, do: [{ call: note }] }]\n";
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    let ids: Vec<String> = [
        "cart 2026-03-01T04:00 order=o1 dish=soup",
        "cart 2026-03-01T04:00 order=o1 dish=soup",
        "cart 2026-03-01T04:00 order=o2 dish=soup",
        "cart 2026-03-01T04:00 dish=soup order=o2",
        "cart 2026-03-01T04:01 order=o1 dish=soup",
    ]
    .iter()
    .flat_map(|line| fed(&plan, &mut state, line).decisions)
    .map(|d| format!("{} {}", d.id, d.events[0].1))
    .collect();
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 5, "{ids:?}");
    let mut again = CustomerState::new(&plan);
    let other = fed(&plan, &mut again, "cart 2026-03-01T04:00 dish=soup order=o1");
    assert!(
        ids[0].starts_with(&other.decisions[0].id.to_string()),
        "the order of attributes does not matter"
    );
    let mut stranger = CustomerState::new(&plan);
    let theirs = fed(&plan, &mut stranger, "cart 2026-03-01T04:00 order=o1 dish=soup member=n");
    assert_ne!(theirs.decisions[0].events, other.decisions[0].events);
}

#[test]
fn the_typed_body_tells_repeats_from_conflicts() {
    let text =
        format!("{HEAD}rules: []").replace("paid: { order: text }", "paid: { order: text, amount: money }");
    let plan = plan(&text);
    let mut state = CustomerState::new(&plan);
    let paid = |amount: Value| Event {
        attributes: vec![("amount".into(), amount)],
        ..event("paid 2026-03-01T04:00 id=1")
    };
    plan.step(&mut state, Input::Event(&paid("38.00".into()))).unwrap();
    let same = [Value::Int(38), Value::Number(38.0), "38.0".into(), Value::Money(38.into())];
    for amount in same {
        assert_eq!(plan.step(&mut state, Input::Event(&paid(amount))).unwrap(), Stepped::default());
    }
    assert_eq!((state.counters().repeats, state.counters().events), (4, 1));
    let before = state.clone();
    for other in
        [paid("38.01".into()), paid("soup".into()), Event { time: at("2026-03-01T04:01"), ..paid(38.into()) }]
    {
        let error = plan.step(&mut state, Input::Event(&other)).unwrap_err();
        assert_eq!((error.code(), &state), (ErrorCode::Conflict, &before));
    }
}

/// The levels of a loop through timers of no length: each `on` is one deeper, and what would come beyond is refused.
#[test]
fn loops_through_timers_of_no_length_are_cut_at_eight() {
    let start = "{ id: start, when: { event: cancelled }, do: [{ emit: agreed }] }";
    let by_wait = "{ id: on, when: { after: agreed, without: cart, for: 0s }, do: [{ emit: agreed }] }";
    let by_step = "{ id: on, when: { event: agreed }, do: [{ tag: x }], then: [{ delay: 0s, do: [{ emit: agreed }] }] }";
    let by_tag =
        "{ id: on, when: { joins: tagged }, do: [{ untag: x }], then: [{ delay: 0s, do: [{ tag: x }] }] }";
    let by_first = "{ id: on, when: { event: agreed }, do: [{ call: x }], then: [{ delay: 0s, do: [{ set: { vip: true } }, { emit: agreed }] }] }";
    for (rule, start) in [
        (by_wait, start),
        (by_step, start),
        (by_first, start),
        (by_tag, "{ id: start, when: { event: cancelled }, do: [{ tag: x }] }"),
    ] {
        let head = HEAD
            .replace("customer: {", "customer: { segments: [{ id: tagged, if: \"'x' in customer.tags\" }], ");
        let plan = plan(&format!("{head}\nrules:\n  - {start}\n  - {rule}\n"));
        let mut state = CustomerState::new(&plan);
        fed(&plan, &mut state, "cancelled 2026-03-01T04:00 id=1");
        let stepped = fed(&plan, &mut state, "tick 2026-03-01T04:00");
        let deep: Vec<&str> = stepped.refusals.iter().map(|r| r.reason.name()).collect();
        assert_eq!(deep, ["too_deep"], "{rule}");
        let later = fed(&plan, &mut state, "tick 2026-03-02T04:00");
        assert_eq!((later.decisions.len(), later.refusals.len()), (0, 0), "{rule}");
    }
}

#[test]
fn many_waits_of_one_instant_are_of_one_level() {
    let rules = "
rules:
  - { id: lost, when: { after: cart, without: paid, for: 30m, key: event.order }, do: [{ emit: cancelled }] }
  - { id: heard, when: { count: cancelled, at_least: 1, within: 1d, fire: each }, do: [{ call: note }] }
  - { id: steps, when: { event: cart }, do: [{ call: note }], then: [STEPS] }
";
    // steps of no length of one match are no loop, however many
    let steps = "{ delay: 0s, do: [{ emit: agreed }] }, ".repeat(12);
    let plan = plan(&format!("{HEAD}{}", rules.replace("STEPS", &steps)));
    let mut state = CustomerState::new(&plan);
    let mut stepped = Stepped::default();
    for n in 0..20 {
        let line = format!("cart 2026-03-01T04:00 id={n} order=o{n} dish=soup");
        stepped = fed(&plan, &mut state, &line);
    }
    let last = fed(&plan, &mut state, "tick 2026-03-01T05:00");
    let n = |rule: &str| last.decisions.iter().filter(|d| &*d.rule == rule).count();
    assert_eq!((n("lost"), n("heard"), n("steps")), (20, 20, 12));
    assert!(last.refusals.is_empty(), "{:?}", last.refusals);
    assert_eq!(stepped.refusals.len(), 1, "a match is under way while its steps are");
}
