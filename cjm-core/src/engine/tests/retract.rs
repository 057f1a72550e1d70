//! Events taken back by cases: what is undone, what is withdrawn and what is revoked.

use proptest::prelude::*;

use super::rules::{HEAD, fed, short};
use super::{at, event, plan};
use crate::Event;
use crate::base::time::{Duration, MINUTE_US};
use crate::engine::{AckOutcome, ActionKind, CustomerState, Input, Stepped, TicketNews};
use crate::error::{Error, ErrorCode};
use crate::plan::Plan;
use crate::rule::Passed;

fn retract(plan: &Plan, state: &mut CustomerState, id: &str) -> Result<Stepped, Error> {
    let stepped = plan.step(state, Input::Retract { source: "s", id })?;
    let bytes = state.encode();
    let back = CustomerState::decode(plan, &bytes).unwrap();
    assert_eq!((&back, back.encode()), (&*state, bytes));
    Ok(stepped)
}

fn told(stepped: &Stepped) -> Vec<String> {
    let made =
        stepped.decisions.iter().map(|d| format!("{} {} {} {}", short(d.due), d.rule, d.action, d.target));
    let refused = stepped.refusals.iter().map(|r| format!("{} {} -{}", short(r.due), r.rule, r.reason));
    let outside = stepped.withdrawn.iter().map(|_| "withdrawn".to_owned());
    made.chain(refused).chain(outside).collect()
}

const LOST: &str = "
rules:
  - id: lost
    when: { after: cart, without: paid, for: 30m, key: event.order }
    do: [{ send: hello, purpose: service, channels: [wechat] }]
    goal: { event: paid, within: 1d }
    cool_down: 1d
    then: [{ delay: 1d, do: [{ send: again, purpose: service, channels: [wechat] }] }]
";

#[test]
fn waits_it_started_are_dropped_and_waits_it_ended_open_again() {
    let plan = plan(&format!("{HEAD}{LOST}"));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=a dish=d");
    retract(&plan, &mut state, "1").unwrap();
    assert_eq!(state.next_due(), None);
    fed(&plan, &mut state, "cart 2026-03-01T05:00 id=2 order=b dish=d");
    fed(&plan, &mut state, "paid 2026-03-01T05:10 id=3 order=b");
    assert_eq!(state.next_due(), None);
    assert_eq!(
        state.facts().features[0].value(&plan.features[0].spec, at("2026-03-01T05:10")),
        crate::ValueRef::Int(1)
    );
    retract(&plan, &mut state, "3").unwrap();
    assert_eq!(
        state.facts().features[0].value(&plan.features[0].spec, at("2026-03-01T05:10")),
        crate::ValueRef::Int(0)
    );
    assert_eq!(state.next_due(), Some(at("2026-03-01T05:30")));
    // neither did the goal come
    let stepped = fed(&plan, &mut state, "tick 2026-03-01T06:00");
    assert_eq!(told(&stepped), ["03-01T05:30 lost send hello"]);
    // a resend of what was taken back has no effect, nor has taking it back again
    let before = state.clone();
    assert_eq!(fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=a dish=d"), Stepped::default());
    assert_eq!(retract(&plan, &mut state, "1").unwrap(), Stepped::default());
    assert_eq!((state.counters().repeats, &state.rules), (2, &before.rules));
}

#[test]
fn a_wait_that_another_took_the_place_of_opens_again() {
    let rules = "
rules:
  - { id: w, when: { after: cart, without: paid, for: 30m, again: restart }, do: [{ call: w }] }
";
    let carts = |ids: &[u32]| {
        let plan = plan(&format!("{HEAD}{rules}"));
        let mut state = CustomerState::new(&plan);
        for n in ids {
            fed(&plan, &mut state, &format!("cart 2026-03-01T04:{n:02} id={n} order=a dish=d"));
        }
        (plan, state)
    };
    for (ids, gone, due) in [
        (&[0, 10][..], &["10"][..], Some("2026-03-01T04:30")),
        (&[0, 10, 20], &["20"], Some("2026-03-01T04:40")),
        (&[0, 10, 20], &["10"], Some("2026-03-01T04:50")),
        (&[0, 10, 20], &["10", "20"], Some("2026-03-01T04:30")),
        (&[0, 10, 20], &["20", "10", "0"], None),
        (&[0, 29, 59], &["59"], Some("2026-03-01T04:59")),
        (&[0, 29, 59], &["59", "29"], None),
    ] {
        let (plan, mut state) = carts(ids);
        gone.iter().for_each(|id| drop(retract(&plan, &mut state, id).unwrap()));
        assert_eq!(state.next_due(), due.map(at), "{ids:?} without {gone:?}");
    }
    // what was paid for in between stays ended
    let (plan, mut state) = carts(&[0, 10]);
    fed(&plan, &mut state, "paid 2026-03-01T04:11 id=p order=a");
    retract(&plan, &mut state, "10").unwrap();
    assert_eq!(state.next_due(), None);
    retract(&plan, &mut state, "p").unwrap();
    assert_eq!(state.next_due(), Some(at("2026-03-01T04:30")));
    // however often it moves, little is remembered
    let (_, state) = carts(&(0..29).collect::<Vec<_>>());
    assert!(state.rules.matcher.n_waits() <= 6, "{}", state.rules.matcher.n_waits());
}

#[test]
fn decisions_that_rest_on_it_are_withdrawn_or_revoked() {
    let plan = plan(&format!("{HEAD}{LOST}"));
    let decided = || {
        let mut state = CustomerState::new(&plan);
        fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=a dish=d");
        let id = fed(&plan, &mut state, "tick 2026-03-01T05:00").decisions[0].id;
        (state, id)
    };
    let (mut state, id) = decided();
    assert_eq!(state.decisions_of("s", "1"), [id]);
    let stepped = retract(&plan, &mut state, "1").unwrap();
    assert_eq!(told(&stepped), ["03-02T04:30 lost -retracted", "withdrawn"]);
    assert_eq!(stepped.withdrawn, [id]);
    assert_eq!(
        plan.objection(&state, id, at("2026-03-01T05:00")).unwrap().map(|r| r.name()),
        Some("retracted")
    );
    // what it used up is given back: the next cart is decided within the cool-down
    fed(&plan, &mut state, "cart 2026-03-01T06:00 id=2 order=b dish=d");
    assert_eq!(told(&fed(&plan, &mut state, "tick 2026-03-01T07:00")), ["03-01T06:30 lost send hello"]);

    let (mut state, id) = decided();
    plan.step(&mut state, Input::Ack { id, outcome: AckOutcome::Sent, at: None }).unwrap();
    let stepped = retract(&plan, &mut state, "1").unwrap();
    assert_eq!(told(&stepped), ["03-01T05:00 lost revoke hello", "03-02T04:30 lost -retracted"]);
    let revoke = &stepped.decisions[0];
    assert_eq!(
        (revoke.id, revoke.action, revoke.channel.as_deref()),
        (id, ActionKind::Revoke, Some("wechat"))
    );
    assert_eq!(revoke.key.as_deref(), Some("a"));
    fed(&plan, &mut state, "cart 2026-03-01T06:00 id=2 order=b dish=d");
    assert_eq!(told(&fed(&plan, &mut state, "tick 2026-03-01T07:00")), ["03-01T06:30 lost -cool_down"]);
}

#[test]
fn only_recent_events_can_be_taken_back() {
    let plan = plan(&format!("{HEAD}{LOST}"));
    let mut state = CustomerState::new(&plan);
    for n in 0..257 {
        fed(&plan, &mut state, &format!("cancelled 2026-03-01T04:{:02} id={n}", n % 60));
    }
    let before = state.clone();
    for id in ["0", "none"] {
        let error = retract(&plan, &mut state, id).unwrap_err();
        assert_eq!((error.code(), &state), (ErrorCode::TooOld, &before));
    }
    assert!(retract(&plan, &mut state, "1").is_ok());
}

#[test]
fn windows_tickets_segments_and_derived_events_follow() {
    let rules = "
tickets: { queues: [{ id: care, pool: [ann] }] }
rules:
  - { id: often, when: { count: cancelled, at_least: 2, within: 1d, fire: each }, do: [{ ticket: care }, { emit: paid, with: { order: \"'o'\" } }] }
  - { id: after, when: { event: paid }, do: [{ call: note }] }
  - { id: quits, when: { quits: payers }, do: [{ call: bye }] }
";
    let head = HEAD.replace(
        "features: { pays: { count: paid } }",
        "features: { pays: { count: paid } }, segments: [{ id: payers, if: pays >= 1 }]",
    );
    let plan = plan(&format!("{head}{rules}"));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "cancelled 2026-03-01T04:00 id=1");
    let both = fed(&plan, &mut state, "cancelled 2026-03-01T05:00 id=2");
    assert_eq!(told(&both).len(), 3);
    assert_eq!((state.tickets().len(), state.facts().segments), (1, 1));
    // the earlier one of the window: everything that came of the count goes, what was derived too
    let stepped = retract(&plan, &mut state, "1").unwrap();
    assert_eq!(told(&stepped), ["03-01T05:00 quits call bye", "withdrawn", "withdrawn"]);
    assert!(matches!(stepped.tickets[..], [TicketNews::Gone { .. }]));
    assert_eq!((state.tickets().len(), state.facts().segments), (0, 0));
    let third = fed(&plan, &mut state, "cancelled 2026-03-01T06:00 id=3");
    assert_eq!(told(&third).len(), 3, "two are left in the window");
}

#[test]
fn an_event_that_waits_is_taken_out() {
    let plan = plan(&format!("{HEAD}sources: [{{ id: s, lateness: 1h }}]{LOST}"));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=a dish=d");
    assert_eq!(retract(&plan, &mut state, "1").unwrap(), Stepped::default());
    assert_eq!((state.n_waiting(), state.next_due()), (0, None));
    fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=a dish=d");
    assert_eq!((state.n_waiting(), state.counters().repeats), (0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// An event taken back at once leaves features, windows, waits and what the rules used up as if it had not come.
    #[test]
    fn what_is_taken_back_at_once_did_nothing(steps in prop::collection::vec((0..3_usize, 0..40_i64, 0..3_i64), 1..20)) {
        let rules = "
rules:
  - { id: lost, when: { after: cart, without: paid, for: 30m, key: event.order, again: each }, do: [{ call: note }], cool_down: 5m }
  - { id: often, when: { count: cancelled, at_least: 2, within: 30d, fire: each }, do: [{ ticket: care }] }
tickets: { queues: [{ id: care, pool: [ann] }] }
";
        let plan = plan(&format!("{HEAD}{rules}"));
        let mut state = CustomerState::new(&plan);
        let mut time = at("2026-03-01T04:00");
        for (n, (pick, minutes, order)) in steps.into_iter().enumerate() {
            time = time.plus(Duration::from_micros(minutes * MINUTE_US));
            let event = Event::new(["cart", "paid", "cancelled"][pick], time).id("s", n.to_string()).identity("member", "m");
            let event = if pick < 2 { event.with("order", format!("o{order}")).with("dish", "d") } else { event };
            // time has come so far, so that only the event's own effects are seen
            let mut before = state.clone();
            if n > 0 {
                plan.step(&mut before, Input::Tick(time.minus(Duration::from_micros(1)))).unwrap();
            }
            let mut after = before.clone();
            plan.step(&mut after, Input::Event(&event)).unwrap();
            retract(&plan, &mut after, &n.to_string()).unwrap();
            prop_assert_eq!(&after.facts.features, &before.facts.features);
            // taking back forgets waits that were ended and whose instant has passed
            let passed = Passed { until: time, closed: false };
            before.rules.matcher.retract(&plan.rules.patterns, 1, passed);
            prop_assert_eq!(&after.rules.matcher, &before.rules.matcher);
            prop_assert_eq!(&after.rules.usage, &before.rules.usage);
            prop_assert_eq!(after.tickets(), before.tickets());
            plan.step(&mut state, Input::Event(&event)).unwrap();
        }
    }
}

#[test]
fn an_event_without_an_id_goes_by_the_hash_that_decisions_name() {
    let plan = plan(&format!("{HEAD}{LOST}"));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "cart 2026-03-01T04:00 order=a dish=d");
    let decisions = plan.step(&mut state, Input::Tick(at("2026-03-01T05:00"))).unwrap().decisions;
    let (source, id) = decisions[0].events[0].clone();
    assert_eq!(state.decisions_of(&source, &id), [decisions[0].id]);
    let taken_back = plan.step(&mut state, Input::Retract { source: &source, id: &id }).unwrap();
    assert_eq!(taken_back.withdrawn, [decisions[0].id]);
}

/// Its own source is told apart.
#[test]
fn the_key_is_source_and_id() {
    let plan = plan(&format!("{HEAD}{LOST}"));
    let mut state = CustomerState::new(&plan);
    plan.step(&mut state, Input::Event(&event("cancelled 2026-03-01T04:00 id=1"))).unwrap();
    let error = plan.step(&mut state, Input::Retract { source: "t", id: "1" }).unwrap_err();
    assert_eq!(error.message(), "the event `1` of source `t` is not among the customer's recent ones");
}
