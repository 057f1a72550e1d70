//! Stories of single customers: trips, re-entry, waits, lifecycle at its exact instants, late events, refusals.

use super::*;
use crate::base::value::Value;
use crate::error::ErrorCode;

const HEAD: &str = "
cjm: 1
id: t
identities: [{ id: member }, { id: phone }]
events: { a: { n: optional int }, b: {}, c: {}, bye: {}, off: { channel: optional text, purpose: optional text, granted: bool } }
";

fn map(rest: &str) -> String {
    format!(
        "{HEAD}
journeys:
  - id: j
    enter: [a]
    goal: {{ event: c }}
    {rest}
    stages:
      - {{ id: one, touchpoints: [{{ id: ta, event: a, repeat: true }}] }}
      - {{ id: two, touchpoints: [{{ id: tb, event: b }}] }}
      - {{ id: three, touchpoints: [{{ id: tc, event: c }}] }}
"
    )
}

#[test]
fn a_trip_from_enter_to_goal() {
    check(
        &map("idle: 1d"),
        "a 2026-01-01T10:00
         a 2026-01-01T10:01
         b 2026-01-01T10:05
         c 2026-01-01T10:07
         tick 2026-01-02T10:07",
        &[],
        "2026-01-01T10:00:00Z opened j#0 -
         2026-01-01T10:00:00Z enter one
         2026-01-01T10:00:00Z landed ta#0 wait -
         2026-01-01T10:01:00Z landed ta#0 wait -
         2026-01-01T10:05:00Z leave one after 5m
         2026-01-01T10:05:00Z enter two
         2026-01-01T10:05:00Z landed tb#0 wait 4m
         2026-01-01T10:07:00Z leave two after 2m
         2026-01-01T10:07:00Z enter three
         2026-01-01T10:07:00Z landed tc#0 wait 2m
         2026-01-01T10:07:00Z reached j#0
         2026-01-02T10:07:00Z ended j#0 Completed",
    );
}

#[test]
fn idle_ends_a_trip_at_its_exact_instant() {
    let lines = "a 2026-01-01T10:00
                 b 2026-01-03T09:00";
    check(
        &map("idle: 1d"),
        lines,
        &["ended", "outside", "opened"],
        "2026-01-01T10:00:00Z opened j#0 -
         2026-01-02T10:00:00Z ended j#0 Abandoned
         2026-01-03T09:00:00Z outside tb",
    );
    // an event at the very instant still moves the trip: timers fire before, not at, an event's time
    check(
        &map("idle: 1d"),
        "a 2026-01-01T10:00
         b 2026-01-02T10:00",
        &["ended", "outside", "tb"],
        "2026-01-02T10:00:00Z landed tb#0 wait 1d",
    );
}

#[test]
fn once_reached_the_next_enter_event_opens_a_new_trip() {
    check(
        &map("idle: 30d"),
        "a 2026-01-01T10:00
         c 2026-01-01T10:01
         b 2026-01-01T10:02
         a 2026-01-01T10:03",
        &["opened", "ended", "skip", "back", "tb"],
        "2026-01-01T10:00:00Z opened j#0 -
         2026-01-01T10:01:00Z skip tb
         2026-01-01T10:02:00Z back two
         2026-01-01T10:02:00Z landed tb#0 wait 1m
         2026-01-01T10:03:00Z ended j#0 Completed
         2026-01-01T10:03:00Z opened j#1 -",
    );
}

#[test]
fn re_entry_as_the_map_says() {
    let lines = "a 2026-01-01T10:00
                 c 2026-01-01T10:01
                 bye 2026-01-01T10:02
                 a 2026-01-02T10:00
                 bye 2026-01-02T10:01
                 a 2026-01-08T10:02";
    let opened = |rest: &str, expected: &str| {
        check(
            &map(&format!("exit: {{ event: bye }}\n    idle: 30d\n    {rest}")),
            lines,
            &["opened"],
            expected,
        );
    };
    let [first, second, third] = [
        "2026-01-01T10:00:00Z opened j#0 -",
        "2026-01-02T10:00:00Z opened j#1 -",
        "2026-01-08T10:02:00Z opened j#2 -",
    ];
    opened("reenter: after_end", &format!("{first}\n{second}\n{third}"));
    opened("reenter: never", first);
    let later = third.replace("#2", "#1");
    opened("reenter: { after: 7d, clock: entry }", &format!("{first}\n{later}"));
    opened("reenter: { after: 7d, clock: exit }", &format!("{first}\n{later}"));
}

#[test]
fn concurrent_trips_are_kept_apart_by_their_key() {
    check(
        &map("idle: 1d\n    reenter: { concurrent: event.n }").replace("b: {}", "b: { n: int }"),
        "a 2026-01-01T10:00 n=1
         a 2026-01-01T10:01 n=2
         a 2026-01-01T10:02
         b 2026-01-01T10:03 n=1
         b 2026-01-01T10:04 n=3",
        &["opened", "tb", "outside"],
        "2026-01-01T10:00:00Z opened j#0 -
         2026-01-01T10:01:00Z opened j#1 -
         2026-01-01T10:03:00Z landed tb#0 wait 3m
         2026-01-01T10:02:00Z outside ta
         2026-01-01T10:04:00Z outside tb"
            .replace("2026-01-01T10:02:00Z outside ta\n         ", "")
            .replace("2026-01-01T10:03:00Z", "2026-01-01T10:02:00Z outside ta\n         2026-01-01T10:03:00Z")
            .as_str(),
    );
}

const LIFE: &str = "
cjm: 1
id: t
identities: [{ id: member }, { id: phone }]
events: { paid: { amount: money }, seen: {} }
customer:
  profile: { name: optional text, city: optional text }
  features:
    visits: { count: paid }
    spend: { sum: paid.amount, within: 10d }
  lifecycle:
    - { id: guest }
    - { id: buyer, if: visits >= 1 }
    - { id: big, if: spend >= 100 }
    - { id: asleep, idle: { event: paid, for: 20d } }
    - { id: gone, idle: { event: paid, for: 60d } }
  segments:
    - { id: spender, if: spend > 50 }
    - { id: vip, if: customer.lifecycle == 'big' }
    - { id: local, if: customer.city == 'X' }
";

#[test]
fn lifecycle_and_segments_change_at_their_exact_instants() {
    check(
        LIFE,
        "seen 2026-01-01T00:00
         paid 2026-01-02T12:00 amount=60
         paid 2026-01-03T12:00 amount=60
         seen 2026-04-01T00:00",
        &[],
        "2026-01-01T00:00:00Z - -> guest
         2026-01-02T12:00:00Z guest -> buyer
         2026-01-02T12:00:00Z joins spender
         2026-01-03T12:00:00Z buyer -> big
         2026-01-03T12:00:00Z joins vip
         2026-01-12T12:00:00Z big -> buyer
         2026-01-12T12:00:00Z quits vip
         2026-01-13T12:00:00Z quits spender
         2026-01-23T12:00:00Z buyer -> asleep
         2026-03-04T12:00:00Z asleep -> gone",
    );
}

#[test]
fn a_purchase_wakes_the_sleeper() {
    check(
        LIFE,
        "paid 2026-01-01T00:00 amount=1
         paid 2026-02-01T00:00 amount=1
         tick 2026-02-20T23:59
         tick 2026-02-21T00:00",
        &["->"],
        "2026-01-01T00:00:00Z - -> buyer
         2026-01-21T00:00:00Z buyer -> asleep
         2026-02-01T00:00:00Z asleep -> buyer
         2026-02-21T00:00:00Z buyer -> asleep",
    );
}

#[test]
fn an_event_at_the_instant_of_a_timer_prevents_it() {
    check(
        LIFE,
        "paid 2026-01-01T00:00 amount=1
         paid 2026-01-21T00:00 amount=1
         seen 2026-01-22T00:00",
        &["->"],
        "2026-01-01T00:00:00Z - -> buyer",
    );
    // another event at that instant does not, and the timer is not lost
    check(
        LIFE,
        "paid 2026-01-01T00:00 amount=1
         seen 2026-01-21T00:00
         seen 2026-01-21T00:00
         seen 2026-01-22T00:00",
        &["->"],
        "2026-01-01T00:00:00Z - -> buyer
         2026-01-21T00:00:00Z buyer -> asleep",
    );
}

#[test]
fn now_going_back_counts_as_the_last_and_leaping_loses_nothing() {
    check(
        LIFE,
        "paid 2026-01-01T00:00 amount=1
         tick 2026-01-10T00:00
         tick 2026-01-05T00:00
         tick 2036-01-01T00:00
         tick 2036-01-01T00:00",
        &["->"],
        "2026-01-01T00:00:00Z - -> buyer
         2026-01-21T00:00:00Z buyer -> asleep
         2026-03-02T00:00:00Z asleep -> gone",
    );
}

#[test]
fn profile_is_set_and_cleared_and_moves_segments() {
    let plan = plan(LIFE);
    let mut state = CustomerState::new(&plan);
    let set = event("profile_set 2026-01-01T00:00 city=X name=Li");
    let clear = event("profile_set 2026-01-02T00:00").with("city", Value::Null);
    let older = event("profile_set 2026-01-01T12:00 city=Y");
    let mut moments = Vec::new();
    for event in [&set, &clear, &older] {
        moments.extend(plan.observe(&mut state, Input::Event(event)).unwrap());
    }
    let told = told(&plan, &moments);
    assert_eq!(told[1..], ["2026-01-01T00:00:00Z joins local", "2026-01-02T00:00:00Z quits local"]);
    let field = |name: &str| state.facts.profile.value(plan.names.field(name).unwrap() as usize).clone();
    assert_eq!((field("city"), field("name")), (Value::Null, Value::from("Li")));
    assert_eq!(state.counters().late, 1);
}

#[test]
fn a_late_event_moves_features_at_its_own_time_and_no_trip() {
    let plan = plan(LIFE);
    let mut state = CustomerState::new(&plan);
    feed(&plan, &mut state, "seen 2026-01-20T00:00\npaid 2026-01-15T00:00 amount=200").unwrap();
    assert_eq!(state.lifecycle(&plan), Some("big"));
    assert_eq!(state.next_due(), Some(at("2026-01-25T00:00")));
}

#[test]
fn consent_of_a_missing_channel_or_purpose_means_all() {
    let text = format!(
        "{HEAD}
channels: [{{ id: sms }}, {{ id: app }}]
consent: {{ event: off, purposes: [{{ id: ads, default: allow }}, {{ id: news, default: deny }}] }}
"
    );
    let plan = plan(&text);
    let mut state = CustomerState::new(&plan);
    let granted = |state: &CustomerState| -> Vec<Option<bool>> {
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(c, p)| state.facts.consents.said(c, p)).to_vec()
    };
    assert_eq!(granted(&state), [None; 4]);
    let say = |state: &mut CustomerState, event: Event| plan.observe(state, Input::Event(&event)).map(drop);
    say(&mut state, event("off 2026-01-01T00:00 channel=sms").with("granted", false)).unwrap();
    assert_eq!(granted(&state), [Some(false), Some(false), None, None]);
    say(&mut state, event("off 2026-01-02T00:00").with("granted", true)).unwrap();
    assert_eq!(granted(&state), [Some(true); 4]);
}

#[test]
fn repeats_have_no_effect_and_conflicts_change_nothing() {
    let plan = plan(LIFE);
    let mut state = CustomerState::new(&plan);
    feed(&plan, &mut state, "paid 2026-01-01T00:00 id=1 amount=5").unwrap();
    let before = state.clone();
    let again = feed(&plan, &mut state, "paid 2026-01-01T00:00 id=1 amount=5").unwrap();
    assert_eq!((again.len(), state.counters().repeats), (0, 1));
    state.counters.repeats = 0;
    assert_eq!(state, before);
    for (line, code) in [
        ("paid 2026-01-01T00:00 id=1 amount=6", ErrorCode::Conflict),
        ("paid 2026-01-02T00:00 id=2 amount=lots", ErrorCode::BadEvent),
        ("paid 2026-01-02T00:00 id=2 amount=5 member=", ErrorCode::BadEvent),
    ] {
        assert_eq!(feed(&plan, &mut state, line).unwrap_err().code(), code, "{line}");
        assert_eq!(state, before, "{line}");
    }
    let long = event("seen 2026-01-02T00:00").with("x", "y".repeat(9_000));
    assert_eq!(plan.observe(&mut state, Input::Event(&long)).unwrap_err().code(), ErrorCode::Limit);
    assert_eq!(state, before);
}

#[test]
fn an_amount_is_the_decimal_its_text_says() {
    let plan = plan(LIFE);
    let mut state = CustomerState::new(&plan);
    for amount in [Value::from("38.10"), Value::from(38.1), Value::from(1)] {
        let event = event("paid 2026-01-01T00:00").with("amount", amount);
        plan.observe(&mut state, Input::Event(&event)).unwrap();
    }
    let spend = state.facts.features[1].value(&plan.features[1].spec, at("2026-01-01T00:00"));
    assert_eq!(spend.to_value(), Value::Money("77.20".parse().unwrap()));
}

#[test]
fn one_customer_with_many_events_keeps_memory_flat() {
    let plan = plan(LIFE);
    let mut state = CustomerState::new(&plan);
    let mut most = 0;
    for i in 0..3_000_i64 {
        let time = Timestamp::saturating(1_767_225_600_000_000 + i * 1_800_000_000);
        let event = Event::new("paid", time).id("s", i.to_string()).identity("member", "m").with("amount", 1);
        plan.observe(&mut state, Input::Event(&event)).unwrap();
        if i >= 1_000 && i % 500 == 0 {
            most = most.max(state.encode().len());
        }
    }
    let last = state.encode().len();
    assert!(last <= most + 64, "{last} bytes after {most}");
    assert!(last <= 32 * 1024, "{last}");
    let visits = state.facts.features[0].value(&plan.features[0].spec, at("2026-04-01T00:00"));
    assert_eq!(visits.to_value(), Value::Int(3_000));
}

#[test]
fn the_last_segment_and_scenario_that_a_plan_takes_do_hold() {
    use crate::plan::{MAX_SCENARIOS, MAX_SEGMENTS};
    let named = |n: usize| {
        let item = |i: usize| format!("{{id: s{i}, if: customer.zone == 'Z{i}' || {i} + 1 == {n}}}");
        (0..n).map(item).collect::<Vec<_>>().join(", ")
    };
    let text = format!(
        "cjm: 1\nid: x\nidentities: [{{id: member}}]\nevents: {{paid: {{}}}}\nscenarios: [{}]\n\
         customer: {{segments: [{}]}}\njourneys:\n- id: j\n  enter: paid\n  goal: paid\n  idle: 1d\n\
         \x20 stages: [{{id: s, touchpoints: [{{id: t, event: paid}}]}}]\n",
        named(MAX_SCENARIOS),
        named(MAX_SEGMENTS)
    );
    let plan = plan(&text);
    let mut state = CustomerState::new(&plan);
    let moments = feed(&plan, &mut state, "paid 2026-01-01T10:00 id=1").unwrap();
    assert!(told(&plan, &moments).iter().any(|line| line.ends_with("joins s127")), "{moments:?}");
    let landed = moments.iter().find_map(|m| match m.moment {
        Moment::Landed(l) => Some(l.scenarios),
        _ => None,
    });
    assert_eq!(landed, Some(1_u128 << 127));
}
