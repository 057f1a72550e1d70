//! Late events: what waits and for how long, that the order of arrival does not matter, what comes too late.

use std::sync::Arc;

use proptest::prelude::*;

use super::rules::{HEAD, fed, short};
use super::{at, event, plan};
use crate::base::time::{Duration, MINUTE_US, Timestamp};
use crate::engine::{CustomerState, Input, MAX_WAITING, Stepped, TicketNews};
use crate::error::ErrorCode;
use crate::outreach::DecisionId;
use crate::plan::Plan;
use crate::{Answer, Event};

const RULES: &str = "
sources: [{ id: s, lateness: 1h }, { id: fast }]
surveys: [{ id: nps, kind: nps, questions: [{ id: score, kind: nps }] }]
tickets: { queues: [{ id: care, pool: [ann] }] }
rules:
  - { id: lost, when: { after: cart, without: paid, for: 10m, key: event.order }, do: [{ send: hello, purpose: service, channels: [wechat] }], cool_down: 5m }
  - { id: thrice, when: { count: cart, at_least: 2, within: 20m }, do: [{ tag: keen }, { emit: cancelled }] }
  - { id: seq, when: { sequence: [cart, { not: cancelled }, paid], within: 1h }, skip: no_skip, do: [{ call: note }] }
  - { id: sad, when: { event: cancelled }, if: \"'keen' in customer.tags\", do: [{ ticket: care, contact_within: 5m, escalate: [{ to: boss }] }] }
  - { id: low, when: { answer: nps, where: answer.score < 7 }, do: [{ call: back }] }
";

fn world() -> Arc<Plan> {
    plan(&format!("{HEAD}{RULES}"))
}

/// Eight events of distinct times within an hour.
fn eight() -> Vec<Event> {
    [
        "cart 2026-03-01T04:00 id=1 order=a dish=soup",
        "cart 2026-03-01T04:05 id=2 order=b dish=tea",
        "paid 2026-03-01T04:09 id=3 order=a",
        "cancelled 2026-03-01T04:20 id=4",
        "cart 2026-03-01T04:22 order=c dish=rice",
        "profile_set 2026-03-01T04:23 id=6 name=Li phone=555 member=m",
        "cart 2026-03-01T04:25 id=7 order=d dish=rice phone=555",
        "paid 2026-03-01T05:00 id=8 order=d phone=555 member=m",
    ]
    .map(event)
    .into()
}

/// What several inputs gave, whichever of them gave it.
#[derive(Debug, Clone, PartialEq, Default)]
struct Told {
    ids: Vec<DecisionId>,
    decisions: Vec<String>,
    refusals: Vec<String>,
}

impl Told {
    fn extend(&mut self, more: Self) {
        self.ids.extend(more.ids);
        self.decisions.extend(more.decisions);
        self.refusals.extend(more.refusals);
    }

    /// The same by text, which begins with the instant.
    fn sorted(mut self) -> Self {
        self.ids.sort_unstable();
        self.decisions.sort_unstable();
        self.refusals.sort_unstable();
        self
    }
}

fn ids(stepped: &Stepped) -> Told {
    let line = |r: &crate::Refusal| format!("{} {} -{} {:?}", short(r.due), r.rule, r.reason, r.key);
    Told {
        ids: stepped.decisions.iter().map(|d| d.id).collect(),
        decisions: stepped.decisions.iter().map(|d| format!("{} {}", short(d.due), d.rule)).collect(),
        refusals: stepped.refusals.iter().map(line).collect(),
    }
}

fn close(plan: &Plan, state: &mut CustomerState) -> Told {
    ids(&plan.step(state, Input::Tick(at("2026-03-02T04:00"))).unwrap())
}

/// Visits every order of what is left, sharing what comes before.
fn each_order(
    plan: &Plan,
    (state, told): (&CustomerState, &Told),
    left: &[Event],
    visit: &mut dyn FnMut(CustomerState, Told),
) {
    if left.is_empty() {
        return visit(state.clone(), told.clone());
    }
    for place in 0..left.len() {
        let mut rest = left.to_vec();
        let next = rest.remove(place);
        let (mut state, mut told) = (state.clone(), told.clone());
        told.extend(ids(&plan.step(&mut state, Input::Event(&next)).unwrap()));
        each_order(plan, (&state, &told), &rest, visit);
    }
}

#[test]
fn all_40_320_orders_of_eight_events_inside_the_bound_decide_the_same() {
    let plan = world();
    let mut sorted = CustomerState::new(&plan);
    let mut wanted = Told::default();
    for event in eight() {
        wanted.extend(ids(&plan.step(&mut sorted, Input::Event(&event)).unwrap()));
    }
    let waiting = sorted.clone();
    wanted.extend(close(&plan, &mut sorted));
    insta::assert_debug_snapshot!((&wanted.decisions, &wanted.refusals));
    let (wanted_bytes, mut n) = (sorted.encode(), 0);
    let check = &mut |mut state: CustomerState, mut told: Told| {
        assert!(state == waiting, "the same waits in the same order");
        // a step depends on nothing but state and input: every hundredth order shows what comes of the same state
        if n % 101 == 0 {
            told.extend(close(&plan, &mut state));
            assert_eq!(told, wanted);
            assert!(state == sorted);
            assert_eq!(state.encode(), wanted_bytes);
        } else {
            assert_eq!(told, Told::default());
        }
        n += 1;
    };
    each_order(&plan, (&CustomerState::new(&plan), &Told::default()), &eight(), check);
    assert_eq!(n, 40_320);
}

#[test]
fn an_event_waits_until_no_late_one_can_come_before_it() {
    let plan = world();
    let mut state = CustomerState::new(&plan);
    let told = |stepped: Stepped| ids(&stepped).decisions;
    assert!(told(fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=a dish=soup")).is_empty());
    assert_eq!((state.n_waiting(), state.frontier()), (1, None));
    assert_eq!(state.next_due(), Some(at("2026-03-01T05:00")), "the hour that sources may be late");
    fed(&plan, &mut state, "paid 2026-03-01T05:00 id=2 order=z");
    assert_eq!(state.n_waiting(), 2, "the latest less an hour has reached it, not passed it");
    fed(&plan, &mut state, "paid 2026-03-01T05:01 id=3 order=z");
    assert_eq!((state.n_waiting(), state.frontier()), (2, Some(at("2026-03-01T04:00"))));
    // a repeat and a conflict are told while the first waits
    fed(&plan, &mut state, "paid 2026-03-01T05:01 id=3 order=z");
    assert_eq!((state.counters().repeats, state.n_waiting()), (1, 2));
    let other = event("paid 2026-03-01T05:01 id=3 order=y");
    assert_eq!(plan.step(&mut state, Input::Event(&other)).unwrap_err().code(), ErrorCode::Conflict);
    // the wait is due at 04:10, and that is settled an hour later
    assert_eq!(state.next_due(), Some(at("2026-03-01T05:10")));
    assert!(told(fed(&plan, &mut state, "tick 2026-03-01T05:09")).is_empty());
    assert_eq!(told(fed(&plan, &mut state, "tick 2026-03-01T05:10")), ["03-01T04:10 lost"]);
    assert_eq!((state.frontier(), state.clock.closed), (Some(at("2026-03-01T04:10")), true));
    // below the closed frontier an event is late: it moves features only
    fed(&plan, &mut state, "cart 2026-03-01T04:10 id=4 order=q dish=d");
    assert_eq!((state.counters().late, state.n_waiting()), (1, 2));
    // an answer waits like any event, an acknowledgement counts at once
    let low = Answer::new("nps", at("2026-03-01T05:30")).id("a").identity("member", "m").with("score", 2);
    assert!(plan.step(&mut state, Input::Answer(&low)).unwrap().decisions.is_empty());
    assert_eq!(told(fed(&plan, &mut state, "tick 2026-03-01T06:30")), ["03-01T05:00 seq", "03-01T05:30 low"]);
    let id = state.rules.made[0].id;
    let gone = Input::Ack { id, outcome: crate::AckOutcome::Unsubscribed, at: Some(at("2026-03-01T06:00")) };
    plan.step(&mut state, gone).unwrap();
    assert_eq!(
        (state.n_waiting(), plan.still_valid(&state, id, at("2026-03-01T06:00")).unwrap()),
        (1, false)
    );
}

#[test]
fn more_than_256_waiting_events_are_pushed_back() {
    let plan = world();
    let mut state = CustomerState::new(&plan);
    let at_second = |n: usize| {
        let time = at("2026-03-01T04:00").plus(Duration::from_micros(n as i64 * 1_000_000));
        Event { time, ..event("cancelled 2026-03-01T04:00") }.id("s", n.to_string())
    };
    for n in 0..MAX_WAITING {
        plan.step(&mut state, Input::Event(&at_second(n))).unwrap();
    }
    let before = state.clone();
    let error = plan.step(&mut state, Input::Event(&at_second(300))).unwrap_err();
    assert_eq!((error.code(), &state), (ErrorCode::Backpressure, &before));
    // one that lets others have their turn finds room
    let much_later = at_second(3_600 + 10);
    plan.step(&mut state, Input::Event(&much_later)).unwrap();
    assert_eq!(state.n_waiting(), MAX_WAITING + 1 - 10);
    assert_eq!(CustomerState::decode(&plan, &state.encode()).unwrap(), state);
}

#[test]
fn large_events_that_wait_are_bounded_by_their_bytes() {
    let plan = world();
    let mut state = CustomerState::new(&plan);
    let large = |n: usize| {
        let event = event("cart 2026-03-01T04:00 order=o").id("s", n.to_string());
        (0..7).fold(event, |event, n| event.with(format!("t{n}"), "x".repeat(8_000).as_str()))
    };
    let fits = (0..).take_while(|n| plan.step(&mut state, Input::Event(&large(*n))).is_ok()).count();
    assert_eq!((fits, state.n_waiting()), (4, 4), "events of 55 KiB, 256 KiB of them");
    let error = plan.step(&mut state, Input::Event(&large(9))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Backpressure);
    assert_eq!(CustomerState::decode(&plan, &state.encode()).unwrap(), state);
}

#[test]
fn a_step_refused_in_its_turn_is_told() {
    let plan = world();
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "cancelled 2026-03-01T04:00 id=1");
    let step = event("ticket_step 2026-03-01T04:01 id=2 step=told").with("ticket", "0".repeat(32));
    plan.step(&mut state, Input::Event(&step)).unwrap();
    let stepped = plan.step(&mut state, Input::Tick(at("2026-03-01T09:00"))).unwrap();
    assert!(
        matches!(&stepped.tickets[..], [TicketNews::Refused { why, .. }] if why.slug() == "unknown_ticket")
    );
    assert_eq!((state.counters().refused_in_turn, state.counters().events), (1, 1));
    let unreadable = event("ticket_step 2026-03-01T09:01 id=3 step=told");
    assert!(
        plan.step(&mut state, Input::Event(&unreadable)).is_err(),
        "what can not be read is told at once"
    );
}

#[test]
fn waiting_events_go_with_their_customer() {
    let plan = world();
    let side = |member: &str, minute: u32| {
        let mut state = CustomerState::new(&plan);
        fed(&plan, &mut state, &format!("cart 2026-03-01T04:00 id=0{member} order=o dish=d member={member}"));
        fed(&plan, &mut state, &format!("cancelled 2026-03-01T06:{minute} id={member} member={member}"));
        state
    };
    let (a, b) = (side("a", 10), side("b", 20));
    let (mut one, _) = plan.merge(&a, &b);
    assert_eq!(one.encode(), plan.merge(&b, &a).0.encode());
    assert_eq!(one.n_waiting(), 2);
    let key = crate::customer::identity::IdentityKey { kind: "member".into(), value: "b".into() };
    let (left, _) = plan.unlink(&mut one, &key).unwrap();
    assert_eq!((one.waiting, left.waiting), (a.waiting, b.waiting));
}

#[test]
fn late_events_fire_where_a_rule_says_so_and_all_bounds_lie_ahead() {
    let rules = "
rules:
  - { id: now, when: { event: cancelled }, late: fire_if_valid, do: [{ call: note }] }
  - { id: never, when: { event: cancelled }, do: [{ call: note }] }
  - { id: lost, when: { after: cart, without: paid, for: 1h, key: event.order }, late: fire_if_valid, do: [{ call: note }] }
";
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "paid 2026-03-01T06:00 id=1 order=z");
    let told = |stepped: Stepped| ids(&stepped).decisions;
    assert_eq!(told(fed(&plan, &mut state, "cancelled 2026-03-01T05:00 id=2")), ["03-01T05:00 now"]);
    fed(&plan, &mut state, "cart 2026-03-01T04:59 id=3 order=a dish=d");
    fed(&plan, &mut state, "cart 2026-03-01T05:01 id=4 order=b dish=d");
    assert_eq!(state.next_due(), Some(at("2026-03-01T06:01")), "the other wait's bound lay behind");
    assert_eq!(state.counters().late, 3);
    assert_eq!(told(fed(&plan, &mut state, "tick 2026-03-01T07:00")), ["03-01T06:01 lost"]);
}

#[test]
fn an_event_too_far_ahead_of_the_hosts_time_is_refused() {
    let plan = world();
    let mut state = CustomerState::new(&plan);
    let now = at("2026-03-01T04:00");
    let ahead = event("cancelled 2026-03-02T04:01 id=1");
    let error = plan.step_at(&mut state, Input::Event(&ahead), now).unwrap_err();
    assert_eq!((error.code(), &state), (ErrorCode::Future, &CustomerState::new(&plan)));
    assert_eq!(error.message(), "`2026-03-02T04:01:00Z` is more than 1d after `2026-03-01T04:00:00Z`");
    assert!(plan.step_at(&mut state, Input::Event(&event("cancelled 2026-03-02T04:00 id=1")), now).is_ok());
    let two_days = Duration::from_micros(48 * 60 * MINUTE_US);
    assert!(
        plan.step_within(&mut state, Input::Event(&ahead), now, two_days).is_err(),
        "another body: a conflict"
    );
    assert!(
        plan.step(&mut state, Input::Event(&event("cancelled 2030-03-02T04:00 id=2"))).is_ok(),
        "never in `step`"
    );
    assert!(plan.step_at(&mut state, Input::Tick(at("2040-01-01T00:00")), now).is_ok());
}

fn random_events() -> impl Strategy<Value = Vec<(Event, i64)>> {
    let one = (0..5_usize, 0..600_i64, 0..3_i64, 0..60_i64, any::<bool>());
    prop::collection::vec(one, 0..24).prop_map(|list| {
        let event = |(n, (pick, minute, order, delay, named)): (usize, (usize, i64, i64, i64, bool))| {
            let name = ["cart", "paid", "cancelled", "agreed", "profile_set"][pick];
            let time = at("2026-03-01T00:00").plus(Duration::from_micros(minute * MINUTE_US));
            let event = Event::new(name, time).identity("member", "m").sequence(n as i64);
            let event = if named { event.id("s", n.to_string()) } else { event };
            let event = match pick {
                0 | 1 => event.with("order", format!("o{order}")).with("dish", "d"),
                3 => event.with("granted", order == 0).with("purpose", "service"),
                4 => event.with("name", format!("n{order}")).identity("phone", order.to_string()),
                _ => event,
            };
            (event, minute + delay)
        };
        list.into_iter().enumerate().map(event).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// However events are delayed within the bound, through bytes after every one of them, the same comes of it.
    #[test]
    fn delays_within_the_bound_change_nothing(events in random_events()) {
        let plan = world();
        let run = |mut events: Vec<(Event, i64)>, through_bytes: bool, by: fn(&(Event, i64)) -> (i64, i64)| {
            events.sort_by_key(by);
            let mut state = CustomerState::new(&plan);
            let mut told = Told::default();
            for (event, _) in &events {
                told.extend(ids(&plan.step(&mut state, Input::Event(event)).unwrap()));
                if through_bytes {
                    let back = CustomerState::decode(&plan, &state.encode()).unwrap();
                    assert_eq!(back, state);
                    state = back;
                }
            }
            told.extend(close(&plan, &mut state));
            (told, state)
        };
        let (told, state) = run(events.clone(), false, |(event, _)| (event.time.as_micros(), event.sequence));
        let (late_told, late_state) = run(events, true, |(event, arrival)| (*arrival, event.sequence));
        // events of one instant that are let go by one call come in its order, those of two calls call by call
        prop_assert_eq!(told.sorted(), late_told.sorted());
        prop_assert_eq!(state.encode(), late_state.encode());
    }
}

/// An instant in minutes, to read failures by.
#[test]
fn times_of_the_stories_are_inside_the_bound() {
    let times: Vec<Timestamp> = eight().iter().map(|event| event.time).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(times[7].since(times[0]) <= Duration::from_micros(60 * MINUTE_US));
}
