//! Hostile events: each gives a named error with nothing changed, or a defined result.

use super::rules::{fed, short};
use super::{at, event, plan};
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::customer::identity::IdentityKey;
use crate::engine::host::Engine;
use crate::engine::{Answer, CustomerState, Input};
use crate::error::ErrorCode;
use crate::{Event, Plan};

const WORLD: &str = "
cjm: 1
id: t
zone: America/New_York
currency: USD
channels: [{ id: app, kind: digital }]
identities: [{ id: member }, { id: phone }]
events: { cart: { order: text }, paid: { order: optional text, amount: optional money }, said: { granted: bool, channel: optional text, purpose: optional text }, seen: { n: optional int, comment: optional text } }
consent: { event: said, purposes: [{ id: care, default: deny }] }
messages: [{ id: hello }]
customer: { features: { pays: { count: paid }, spent: { sum: paid.amount } } }
surveys: [{ id: nps, kind: nps, questions: [{ id: score, kind: nps }, { id: why, kind: text }] }]
rules:
  - { id: lost, when: { after: cart, without: paid, for: 1h, key: event.order }, do: [{ call: remind }] }
  - { id: greet, when: { event: seen }, do: [{ send: hello, purpose: care, channels: [app] }] }
  - { id: low, when: { answer: nps, where: answer.score <= 6 }, do: [{ call: back }] }
";

/// The error of an event, after which the state must be what it was.
#[track_caller]
fn error_of(plan: &Plan, state: &mut CustomerState, event: &Event) -> (ErrorCode, String) {
    let before = state.encode();
    let error = plan.step(state, Input::Event(event)).unwrap_err();
    assert!(state.encode() == before, "an input that errs changes nothing: {error}");
    (error.code(), error.message().to_owned())
}

fn known(plan: &Plan) -> CustomerState {
    let mut state = CustomerState::new(plan);
    fed(plan, &mut state, "cart 2026-03-01T12:00 id=1 order=a");
    state
}

#[test]
fn the_same_id_twice_and_with_another_body() {
    let plan = plan(WORLD);
    let mut state = known(&plan);
    let again = plan.step(&mut state, Input::Event(&event("cart 2026-03-01T12:00 id=1 order=a"))).unwrap();
    assert!(again.decisions.is_empty() && state.counters().repeats == 1);
    for other in [
        "cart 2026-03-01T12:00 id=1 order=b",
        "cart 2026-03-01T12:01 id=1 order=a",
        "paid 2026-03-01T12:00 id=1 order=a",
    ] {
        let (code, words) = error_of(&plan, &mut state, &event(other));
        assert_eq!(
            (code, words.as_str()),
            (ErrorCode::Conflict, "the event `1` of source `s` was seen with another body")
        );
    }
}

#[test]
fn paid_before_cart() {
    let plan = plan(WORLD);
    let mut state = CustomerState::new(&plan);
    // paid first: nothing waits for it, and the cart that comes later waits for the next payment
    fed(&plan, &mut state, "paid 2026-03-01T11:59 id=1 order=a");
    fed(&plan, &mut state, "cart 2026-03-01T12:00 id=2 order=a");
    let stepped = fed(&plan, &mut state, "tick 2026-03-01T14:00");
    assert_eq!(stepped.decisions.iter().map(|d| short(d.due)).collect::<Vec<_>>(), ["03-01T13:00"]);
}

#[test]
fn times_at_the_ends_of_the_calendar() {
    let plan = plan(WORLD);
    for text in [
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-03-01T23:59:60Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
    // an offset of 14 hours is one; the ends themselves are instants like any other
    assert_eq!(at("2026-03-02T02:00+14:00"), at("2026-03-01T12:00Z"));
    for time in ["0001-01-01T00:00:00Z", "9999-12-30T22:00:00Z"] {
        let mut state = CustomerState::new(&plan);
        let cart = event("cart 2026-03-01T12:00 id=1 order=a");
        plan.step(&mut state, Input::Event(&Event { time: at(time), ..cart })).unwrap();
        plan.step(&mut state, Input::Tick(Timestamp::MAX)).unwrap();
        assert_eq!(CustomerState::decode(&plan, &state.encode()).unwrap(), state, "{time}");
    }
}

/// Windows, idle times, waits, delays and limits whose end lies beyond the end of time are no reason to go on for ever.
#[test]
fn every_event_of_a_whole_blueprint_at_the_ends_of_the_calendar() {
    let plan = plan(include_str!("../../../../examples/blueprints/restaurant.yaml"));
    let names: Vec<String> = plan.document.events.keys().cloned().collect();
    assert!(plan.features.iter().any(|feature| feature.spec.within.is_some()));
    for time in [Timestamp::MIN, Timestamp::MAX] {
        let mut state = CustomerState::new(&plan);
        for (id, name) in names.iter().enumerate() {
            let event = Event::new(name.as_str(), time).id("s", id.to_string()).identity("member", "m");
            plan.step(&mut state, Input::Event(&event)).unwrap();
        }
        plan.step(&mut state, Input::Tick(Timestamp::MAX)).unwrap();
        assert_eq!(state.counters().events as usize, names.len());
        assert_eq!(state.next_due(), None, "{time}");
        assert_eq!(CustomerState::decode(&plan, &state.encode()).unwrap(), state, "{time}");
    }
}

#[test]
fn a_year_ahead_is_refused_where_the_host_says_what_time_it_is() {
    let plan = plan(WORLD);
    let mut state = known(&plan);
    let (now, ahead) = (at("2026-03-01T12:00"), event("cart 2027-03-01T12:00 id=2 order=b"));
    let before = state.encode();
    let error = plan.step_at(&mut state, Input::Event(&ahead), now).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Future);
    assert!(state.encode() == before);
    let mut engine = Engine::new(plan.clone());
    assert_eq!(engine.push_at(&ahead, now).unwrap_err().code(), ErrorCode::Future);
    assert_eq!(engine.n_customers(), 0);
    // without it the event is taken at its word
    assert!(plan.step(&mut state, Input::Event(&ahead)).is_ok());
}

#[test]
fn civil_times_in_the_gap_and_in_the_fold() {
    // a gap goes to the next valid instant, a fold takes the first
    let local = |text: &str| {
        crate::base::zone::parse_instant(text, Some(&crate::Zone::named("America/New_York").unwrap()))
    };
    assert_eq!(local("2026-03-08T02:30:00").unwrap(), at("2026-03-08T07:00Z"));
    assert_eq!(local("2026-11-01T01:30:00").unwrap(), at("2026-11-01T05:30Z"));
    // 24 hours are 24 hours on either day
    let plan = plan(&WORLD.replace("for: 1h", "for: 24h"));
    for (cart, due) in [
        ("2026-03-07T12:00-05:00", "2026-03-08T13:00-04:00"),
        ("2026-10-31T12:00-04:00", "2026-11-01T11:00-05:00"),
    ] {
        let mut state = CustomerState::new(&plan);
        plan.step(
            &mut state,
            Input::Event(&Event { time: at(cart), ..event("cart 2026-01-01T00:00 id=1 order=a") }),
        )
        .unwrap();
        assert_eq!(state.next_due(), Some(at(due)));
    }
}

#[test]
fn now_goes_back_an_hour_and_then_ten_years_on() {
    let mut engine = Engine::new(plan(WORLD));
    engine.push(&event("cart 2026-03-01T12:00 id=1 order=a")).unwrap();
    assert!(engine.advance(at("2026-03-01T12:30")).is_empty());
    let before = engine.snapshot();
    assert!(engine.advance(at("2026-03-01T11:30")).is_empty());
    assert_eq!((engine.set_back(), engine.snapshot() == before), (1, true));
    let decisions = engine.advance(at("2036-03-01T12:00"));
    assert_eq!(
        decisions.iter().map(|d| short(d.due)).collect::<Vec<_>>(),
        ["03-01T13:00"],
        "once, at its instant"
    );
    assert!(engine.advance(at("2036-03-01T12:00")).is_empty());
}

#[test]
fn identities_that_go_round_in_a_circle() {
    let mut engine = Engine::new(plan(WORLD));
    let linked = |id: &str, a: (&str, &str), b: (&str, &str)| {
        Event::new("linked", at("2026-03-01T12:00")).id("crm", id).identity(a.0, a.1).identity(b.0, b.1)
    };
    let [a, b, c] = [("member", "a"), ("phone", "b"), ("member", "c")];
    for (id, x, y) in [("1", a, b), ("2", b, c), ("3", c, a), ("4", a, a)] {
        engine.push(&linked(id, x, y)).unwrap();
    }
    assert_eq!(engine.n_customers(), 1);
    let key = IdentityKey { kind: "phone".into(), value: "b".into() };
    let state = engine.customer(&key).unwrap();
    assert_eq!(state.facts().identities.iter().count(), 3);
    // with nothing to name the customer by an event is refused
    let nobody = Event::new("seen", at("2026-03-01T12:00")).id("crm", "5");
    let error = engine.push(&nobody).unwrap_err();
    assert_eq!((error.code(), error.message()), (ErrorCode::BadEvent, "the event `seen` names no customer"));
    let empty = nobody.identity("member", "");
    assert_eq!(engine.push(&empty).unwrap_err().code(), ErrorCode::BadEvent);
}

#[test]
fn opposite_consents_become_one() {
    let plan = plan(WORLD);
    let said = |member: &str, granted: bool, time: &str| {
        let mut state = CustomerState::new(&plan);
        let line = format!("said {time} id={member} granted={granted} member={member}");
        plan.step(&mut state, Input::Event(&event(&line))).unwrap();
        state
    };
    // the refusal stays, whichever was said later
    for (yes, no) in [("2026-03-01T10:00", "2026-03-01T11:00"), ("2026-03-01T11:00", "2026-03-01T10:00")] {
        let (mut one, _) = plan.merge(&said("a", true, yes), &said("b", false, no));
        let stepped = fed(&plan, &mut one, "seen 2026-03-01T12:00 id=9 member=a");
        assert_eq!(stepped.refusals.iter().map(|r| r.reason.name()).collect::<Vec<_>>(), ["no_consent"]);
    }
}

#[test]
fn consent_withdrawn_between_decision_and_delivery() {
    let mut engine = Engine::new(plan(WORLD));
    engine.push(&event("said 2026-03-01T10:00 id=1 granted=true")).unwrap();
    let decisions = engine.push(&event("seen 2026-03-01T12:00 id=2")).unwrap();
    let [decision] = &decisions[..] else { panic!("{decisions:?}") };
    assert!(engine.still_valid(decision.id, None).unwrap());
    engine.push(&event("said 2026-03-01T12:01 id=3 granted=false")).unwrap();
    assert!(!engine.still_valid(decision.id, None).unwrap());
    let objection = engine.objection(decision.id, None).unwrap();
    assert_eq!(objection.map(|reason| reason.name()), Some("no_consent"));
}

#[test]
fn amounts_that_are_none() {
    let plan = plan(WORLD);
    let mut state = known(&plan);
    for (n, amount) in ["1e400", "0x10", "1,000", "１２", "NaN", "inf", "", " 1", "1_000", "12 USD", "--1"]
        .into_iter()
        .enumerate()
    {
        let paid = event("paid 2026-03-01T12:01").id("till", n.to_string()).with("amount", amount);
        let (code, words) = error_of(&plan, &mut state, &paid);
        assert_eq!(
            (code, words.as_str()),
            (ErrorCode::BadEvent, "`amount` of the event `paid` is not of its type money"),
            "{amount}"
        );
    }
    for amount in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let paid = event("paid 2026-03-01T12:01 id=x").with("amount", Value::Number(amount));
        assert_eq!(error_of(&plan, &mut state, &paid).0, ErrorCode::BadEvent, "{amount}");
    }
    // the largest amount is one; a sum that leaves its range is null, no panic and no wrong number
    for n in 0..3 {
        let most = "79228162514264337593543950335";
        let paid = event("paid 2026-03-01T12:02").id("till", format!("m{n}")).with("amount", most);
        plan.step(&mut state, Input::Event(&paid)).unwrap();
    }
    assert_eq!(CustomerState::decode(&plan, &state.encode()).unwrap(), state);
}

#[test]
fn a_flood_of_unknown_names() {
    let plan = plan(WORLD);
    let mut state = CustomerState::new(&plan);
    for n in 0..5_000 {
        let time = at("2026-03-01T12:00").plus(Duration::from_micros(n));
        let unknown = Event::new(format!("flood_{n}"), time).id("bot", n.to_string()).identity("member", "m");
        let unknown = unknown.with(format!("field_{n}"), "x".repeat(50).as_str());
        assert!(plan.step(&mut state, Input::Event(&unknown)).unwrap().decisions.is_empty());
    }
    assert_eq!(
        (state.counters().undeclared, state.counters().events),
        (5_000, 5_000),
        "kept as unmapped and counted"
    );
    assert!(state.encode().len() < 16 * 1024, "{}", state.encode().len());
}

#[test]
fn comments_with_markup_and_formulas_stay_what_they_are() {
    let rules = "\n  - { id: echo, when: { event: seen, where: event.comment != null }, do: [{ call: note, with: { said: event.comment } }] }\n";
    let plan = plan(&format!("{WORLD}{rules}"));
    let mut state = CustomerState::new(&plan);
    for (n, comment) in [
        "<script>alert(1)</script>",
        "=HYPERLINK(\"x\")",
        "{{ 7 * 7 }}",
        "'; DROP TABLE x; --",
        "\u{202e}txt.exe\u{0}",
        "event.n == 1",
    ]
    .into_iter()
    .enumerate()
    {
        let seen = event(&format!("seen 2026-03-01T12:0{n} id={n}")).with("comment", comment);
        let stepped = plan.step(&mut state, Input::Event(&seen)).unwrap();
        assert_eq!(stepped.decisions[0].arguments, [("said".into(), Value::from(comment))]);
    }
    assert_eq!(CustomerState::decode(&plan, &state.encode()).unwrap(), state);
}

#[test]
fn an_nps_of_zero_and_one_of_eleven() {
    let plan = plan(WORLD);
    let mut state = CustomerState::new(&plan);
    let answer = |id: &str, score: i64| {
        Answer::new("nps", at("2026-03-01T12:00")).id(id).identity("member", "m").with("score", score)
    };
    let zero = plan.step(&mut state, Input::Answer(&answer("a", 0))).unwrap();
    assert_eq!(zero.decisions.iter().map(|d| &*d.rule).collect::<Vec<_>>(), ["low"]);
    let before = state.encode();
    for score in [11, -1, i64::MAX, i64::MIN] {
        let error = plan.step(&mut state, Input::Answer(&answer("b", score))).unwrap_err();
        assert_eq!(error.code(), ErrorCode::BadEvent, "{score}: {error}");
        assert!(state.encode() == before);
    }
}

#[test]
fn sizes_beyond_every_limit_are_named() {
    let plan = plan(WORLD);
    let mut state = known(&plan);
    let seen = || event("seen 2026-03-01T12:01 id=2");
    let long = "x".repeat(200);
    let many = (0..65).fold(seen(), |event, n| event.with(format!("a{n}"), n));
    for (hostile, words) in [
        (seen().id("s", long.as_str()), "the event's id has 200 bytes, at most 128 are allowed"),
        (seen().id(long.as_str(), "1"), "the event's source has 200 bytes, at most 128 are allowed"),
        (seen().identity("phone", long.as_str()), "an identity has 200 bytes, at most 128 are allowed"),
        (many, "the event has 65 attributes, at most 64 are allowed"),
        (
            seen().with("comment", "x".repeat(8 * 1024 + 1).as_str()),
            "the text of `comment` has 8193 bytes, at most 8192 are allowed",
        ),
    ] {
        let (code, told) = error_of(&plan, &mut state, &hostile);
        assert_eq!((code, told.as_str()), (ErrorCode::Limit, words));
    }
    let huge = (0..9).fold(seen(), |event, n| event.with(format!("a{n}"), "x".repeat(8_000).as_str()));
    let (code, told) = error_of(&plan, &mut state, &huge);
    assert!(code == ErrorCode::Limit && told.starts_with("the event has "), "{told}");
    // the 33rd identity is not taken, and counted
    for n in 0..40 {
        let line = format!("seen 2026-03-01T12:02 id=p{n} member=m phone=p{n}");
        plan.step(&mut state, Input::Event(&event(&line))).unwrap();
    }
    assert_eq!(state.facts().identities.iter().count(), 32);
    assert_eq!(state.counters().identities_refused, 9);
}
