//! Laws over all inputs, good and bad, in any order: an input that errs changes nothing, a state is its bytes, and
//! nothing that matched is lost.

use std::sync::Arc;

use proptest::prelude::*;

use super::rules::HEAD;
use super::{at, plan};
use crate::base::time::{Duration, MINUTE_US, Timestamp};
use crate::engine::{AckOutcome, ActionKind, Answer, CustomerState, Input, Stepped};
use crate::outreach::DecisionId;
use crate::plan::Plan;
use crate::{Event, Value};

const RULES: &str = "
surveys: [{ id: nps, kind: nps, questions: [{ id: score, kind: nps }] }]
tickets: { queues: [{ id: care, pool: [ann] }], close: { requires: [told] } }
outreach: { quiet: { from: '22:00', to: '08:00', then: defer, max_hold: 12h, purposes: [marketing] }, caps: [{ at_most: 3, within: 1d }] }
rules:
  - { id: lost, when: { after: cart, without: paid, for: 30m, key: event.order }, late: fire_if_valid, do: [{ send: hello, purpose: service, channels: [wechat] }], cool_down: 1h, goal: { event: paid, within: 1d, tag: saved }, then: [{ delay: 2h, unless: \"decision.outcome == 'opened'\", do: [{ send: again, purpose: marketing, channels: [wechat, sms] }] }] }
  - { id: often, when: { count: cart, at_least: 2, within: 3h }, do: [{ tag: keen }, { emit: cancelled }] }
  - { id: sad, when: { event: cancelled }, do: [{ ticket: care, contact_within: 20m, escalate: [{ delay: 10m, to: boss }] }] }
  - { id: low, when: { answer: nps, where: answer.score < 7 }, priority: 5, do: [{ call: back }], exit: { event: paid } }
  - { id: told, when: { event: ticket_step }, do: [{ set: { name: event.by } }] }
  - { id: clicked, when: { event: ack, where: event.outcome == 'clicked' }, if: decision.rule != null, do: [{ call: note, with: { of: decision.id } }] }
  - { id: seq, when: { sequence: [cart, paid], within: 2h }, skip: no_skip, do: [{ call: seq }] }
";

/// An input in words that a random number can choose.
#[derive(Debug, Clone)]
struct Pick {
    kind: u8,
    minutes: i64,
    back: i64,
    n: usize,
    name: u8,
}

fn picks() -> impl Strategy<Value = Vec<Pick>> {
    let pick = (0..16_u8, 0..50_i64, 0..90_i64, 0..12_usize, 0..4_u8);
    let pick = pick.prop_map(|(kind, minutes, back, n, name)| Pick { kind, minutes, back, n, name });
    prop::collection::vec(pick, 1..40)
}

/// What happened so far, for inputs that speak of it.
#[derive(Default)]
struct Past {
    member: String,
    decisions: Vec<DecisionId>,
    tickets: Vec<DecisionId>,
    events: usize,
}

fn event(pick: &Pick, past: &Past, time: Timestamp) -> Event {
    let member = |event: Event| event.identity("member", format!("m{}", past.member));
    let new = |name: &str| Event::new(name, time).id("s", format!("{}{}", past.member, past.events));
    match pick.kind {
        0..=2 => member(new("cart").with("order", format!("o{}", pick.n % 3)).with("dish", "d")),
        3 => member(new("paid").with("order", format!("o{}", pick.n % 3))),
        4 => member(new("cancelled")).identity("phone", pick.n.to_string()),
        5 => member(new("agreed").with("purpose", "marketing").with("granted", pick.n < 6)),
        6 => member(
            Event::new("cart", time).id("s", format!("{}{}", past.member, pick.n)).with("order", "again"),
        ),
        7 => new("nobody"),
        8 => member(new("paid").with("order", 7)),
        9 => member(Event::new("cart", time).with("order", "o1").with("dish", "d")),
        _ => {
            let ticket = past.tickets.get(pick.n % 4).map_or_else(|| "0".repeat(32), |id| id.to_string());
            let step = ["contacted", "told", "closed", "reopened"][usize::from(pick.name)];
            member(new("ticket_step").with("ticket", ticket).with("step", step).with("by", "ann"))
        }
    }
}

/// Feeds one input; checks that an error leaves the state and that the state is its bytes.
fn feed(plan: &Plan, state: &mut CustomerState, pick: &Pick, past: &mut Past, now: Timestamp) -> Stepped {
    let time = now.minus(Duration::from_micros(if pick.back > 60 { pick.back * MINUTE_US } else { 0 }));
    let before = state.clone();
    let chosen = past.decisions.get(pick.n).copied().unwrap_or(DecisionId::from_bytes([1; 16]));
    let outcome = AckOutcome::ALL[(pick.n + usize::from(pick.name)) % 10];
    let answer = Answer::new(if pick.name == 0 { "csat" } else { "nps" }, time)
        .id(format!("{}{}", past.member, pick.n));
    let answer = answer.identity("member", format!("m{}", past.member)).with("score", pick.n as i64);
    let (event, id) = (event(pick, past, time), format!("{}{}", past.member, pick.n));
    let input = match pick.kind {
        11 => Input::Tick(now),
        12 => Input::Ack { id: chosen, outcome, at: (pick.name > 1).then_some(time) },
        13 => Input::Answer(&answer),
        14 => Input::Retract { source: "s", id: &id },
        15 => Input::Tick(time),
        _ => Input::Event(&event),
    };
    past.events += 1;
    match plan.step(state, input) {
        Err(_) => {
            assert_eq!(*state, before, "{input:?}");
            assert_eq!(state.encode(), before.encode());
            Stepped::default()
        }
        Ok(stepped) => {
            let bytes = state.encode();
            // the state was its bytes before: so this one step covers what it added
            let (covered, held) = (state.size as usize, state.n_bytes());
            assert!(covered >= held, "{covered} for {held} bytes after {input:?}");
            assert!(state.n_waiting() > 0 || held == bytes.len(), "weighed without writing: {held}");
            let back = CustomerState::decode(plan, &bytes).unwrap();
            assert_eq!(back, *state, "{input:?}");
            assert_eq!(back.encode(), bytes);
            assert_eq!(back.next_due(), state.next_due());
            *state = back;
            for made in &stepped.decisions {
                past.decisions.push(made.id);
                past.tickets.extend(Some(made.id).filter(|_| made.action == ActionKind::Ticket));
            }
            stepped
        }
    }
}

fn worlds() -> [Arc<Plan>; 2] {
    let late = "sources: [{ id: s, lateness: 1h }]";
    [plan(&format!("{HEAD}{RULES}")), plan(&format!("{HEAD}{late}{RULES}"))]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn an_input_that_errs_changes_nothing_and_a_state_is_its_bytes(picks in picks()) {
        for plan in worlds() {
            let (mut state, mut past) = (CustomerState::new(&plan), Past::default());
            let mut now = at("2026-03-01T04:00");
            for pick in &picks {
                now = now.plus(Duration::from_micros(pick.minutes * MINUTE_US));
                let stepped = feed(&plan, &mut state, pick, &mut past, now);
                let due = |d: &crate::Decision| d.due;
                prop_assert!(stepped.decisions.is_sorted_by_key(due));
                prop_assert!(stepped.refusals.is_sorted_by_key(|r| r.due));
            }
        }
    }

    /// Whoever is merged into whom, and in which order, the same customer comes of it.
    #[test]
    fn merging_is_commutative_and_associative(a in picks(), b in picks(), c in picks()) {
        for plan in worlds() {
            let side = |picks: &[Pick], member: &str| {
                let (mut state, mut past) = (CustomerState::new(&plan), Past { member: member.into(), ..Past::default() });
                let mut now = at("2026-03-01T04:00");
                for pick in picks.iter().take(12) {
                    now = now.plus(Duration::from_micros(pick.minutes * MINUTE_US));
                    feed(&plan, &mut state, pick, &mut past, now);
                }
                state
            };
            let (a, b, c) = (side(&a, "a"), side(&b, "b"), side(&c, "c"));
            let one = |x: &CustomerState, y: &CustomerState| plan.merge(x, y).0;
            prop_assert_eq!(one(&a, &b).encode(), one(&b, &a).encode());
            let (left, right) = (one(&one(&a, &b), &c), one(&a, &one(&b, &c)));
            prop_assert_eq!(&left.rules, &right.rules);
            prop_assert_eq!(left.tickets(), right.tickets());
            prop_assert_eq!(left.encode(), right.encode());
        }
    }

    /// Every item of every match ends as a decision, a refusal, or stands ahead.
    #[test]
    fn nothing_that_matched_is_lost(minutes in prop::collection::vec((0..30_i64, 0..3_usize), 1..40)) {
        let rules = "
outreach: { quiet: { from: '12:00', to: '13:00', then: defer, purposes: [service] } }
rules:
  - { id: one, when: { event: cancelled }, do: [{ send: hello, purpose: service, channels: [wechat] }, { call: note }], caps: [{ at_most: 3, within: 1h }] }
  - { id: two, when: { event: paid }, if: event.order == 'o1', do: [{ tag: t }], then: [{ delay: 20m, do: [{ call: later }] }] }
";
        let plan = plan(&format!("{HEAD}{rules}"));
        let mut state = CustomerState::new(&plan);
        let (mut time, mut items) = (at("2026-03-01T03:00"), 0);
        let (mut ended, mut going_on) = (0, 0);
        let mut count = |stepped: &Stepped| {
            for refusal in &stepped.refusals {
                // a match refused as a whole has the items of its step
                ended += if &*refusal.rule == "one" && refusal.item.is_none() { 2 } else { 1 };
            }
            ended += stepped.decisions.len();
            going_on += stepped.decisions.iter().filter(|d| &*d.rule == "two" && d.step == 0).count();
        };
        for (n, (wait, order)) in minutes.into_iter().enumerate() {
            time = time.plus(Duration::from_micros(wait * MINUTE_US));
            let event = Event::new(if order == 2 { "cancelled" } else { "paid" }, time).id("s", n.to_string());
            let event = event.identity("member", "m").with("order", Value::from(format!("o{order}").as_str()));
            items += if order == 2 { 2 } else { 1 };
            count(&plan.step(&mut state, Input::Event(&event)).unwrap());
        }
        count(&plan.step(&mut state, Input::Tick(at("2026-03-05T00:00"))).unwrap());
        prop_assert!(state.rules.ahead.is_empty());
        prop_assert_eq!(ended, items + going_on);
    }
}
