//! A state stays small whatever a customer sends: 32 KiB encoded, and what never gives way on top.

use super::*;
use crate::base::time::Duration;
use crate::engine::MAX_STATE;

/// Everything that grows with events: features of texts, windows, partial matches by key, waits, counts.
const GREEDY: &str = "
cjm: 1
id: greedy
zone: UTC
identities: [{ id: member }, { id: phone }]
events: { say: { n: int, word: text, long: optional text }, end: { word: text }, paid: { amount: money } }
customer:
  profile: { note: optional text }
  features:
    words: { distinct: say.word }
    words_lately: { distinct: say.word, within: 30d }
    last_long: { last: say.long, within: 30d }
    n: { count: say, within: 30d }
    sum: { sum: say.n, within: 30d }
    top: { max: paid.amount }
  segments: [{ id: chatty, if: n > 100 }]
rules:
  - { id: pair, when: { sequence: [{ event: say, as: a }, { event: end, where: 'event.word == first.a.word' }], within: 60d, key: event.word }, do: [{ call: x, with: { long: event.word } }] }
  - { id: runs, when: { sequence: [{ event: say, as: a }, { event: say, as: b, where: 'event.n < last.a.n' }, end], within: 60d }, skip: no_skip, do: [{ call: x }] }
  - { id: many, when: { count: say, at_least: 200, within: 60d, key: event.word }, do: [{ call: x }] }
  - { id: quiet, when: { after: say, without: end, for: 40d, key: event.n, again: each }, do: [{ call: x, with: { long: event.long } }] }
";

/// The nth event of a hostile customer: new words, long texts, old events, repeats, ever other keys.
fn hostile(n: usize) -> Event {
    let time = at("2026-01-01T00:00").plus(Duration::from_micros(n as i64 * 7_000_000));
    let word = format!("word-{}-{}", n % 977, "w".repeat(n % 20));
    let late = Duration::from_micros(i64::from(n.is_multiple_of(13)) * 3_600_000_000);
    let event = match n % 11 {
        0 => Event::new("end", time).with("word", word.as_str()),
        1 => Event::new("paid", time.minus(late)).with("amount", n as i64),
        2 => Event::new("nobody_declared_this", time).with("x", "y".repeat(500).as_str()),
        3 => Event::new("profile_set", time).with("note", "z".repeat(n % 2_000).as_str()),
        _ => Event::new("say", time).with("n", (n % 501) as i64).with("word", word.as_str()),
    };
    let event = event.id("till", format!("{}", n - n % 17 % 2)).identity("member", "m");
    let event =
        if n.is_multiple_of(1_009) { event.identity("phone", format!("{n:0>60}").as_str()) } else { event };
    if n % 29 == 4 { event.with("long", "t".repeat(n % 300).as_str()) } else { event }
}

/// The bytes of a state that may never give way: it without features, recent events and partial matches.
fn remainder(state: &CustomerState) -> usize {
    let mut rest = state.clone();
    rest.facts.features.iter_mut().for_each(|feature| feature.clear());
    rest.recent.clear();
    while rest.rules.matcher.shed().is_some() {}
    rest.encode().len()
}

#[test]
fn a_hostile_customer_of_100_000_events_stays_small() {
    // all of them in the long run
    let n_events = if std::env::var_os("CJM_LONG").is_some() { 100_000 } else { 10_000 };
    let plan = plan(GREEDY);
    let mut state = CustomerState::new(&plan);
    let mut largest = 0;
    for n in 0..n_events {
        let _conflicts_are_part_of_it = plan.step(&mut state, Input::Event(&hostile(n)));
        if n % 251 == 0 {
            let bytes = state.encode();
            largest = largest.max(bytes.len());
            assert!(bytes.len() <= MAX_STATE, "{} bytes after {n} events", bytes.len());
            let back = CustomerState::decode(&plan, &bytes).unwrap();
            assert!(back == state && back.encode() == bytes, "after {n} events");
        }
    }
    assert!(largest > MAX_STATE / 2, "it came near its bound: {largest}");
    let counters = state.counters();
    assert!(
        counters.entries_folded > 0 && counters.recent_shed > 0 && counters.matches_shed > 0,
        "{counters:?}"
    );
    assert_eq!(state.rules.matcher.n_timers(), 128, "no wait gave way");
}

#[test]
fn partial_matches_and_keys_that_give_way_are_counted() {
    let rules = |key: &str| {
        let rules = GREEDY.split("rules:").next().unwrap();
        let rule = "{ id: r, when: { sequence: [say, end], within: 60d }, skip: no_skip, do: [{ call: x }]";
        plan(&format!("{rules}rules: [{rule}{key} }}]"))
    };
    let fed = |plan: &Plan, member: &str, range: std::ops::Range<usize>| {
        let mut state = CustomerState::new(plan);
        for n in range {
            let say = event(&format!("say 2026-01-01T10:{n:02} id={n} n={n} word=w{n} member={member}"));
            plan.step(&mut state, Input::Event(&say)).unwrap();
        }
        state
    };
    let one_key = rules("");
    let state = fed(&one_key, "m", 0..19);
    assert_eq!(state.counters().matches_gave_way, 3);
    assert_eq!(CustomerState::decode(&one_key, &state.encode()).unwrap().counters().matches_gave_way, 3);
    let by_key = rules(", key: event.word");
    assert_eq!(fed(&by_key, "m", 0..60).counters().matches_gave_way, 0);
    // two sides of one customer have too many together
    let merged = |plan: &Plan, n: usize| {
        let (a, b) = (fed(plan, "a", 0..n), fed(plan, "b", n..2 * n));
        plan.merge(&a, &b).0.counters().matches_gave_way
    };
    assert_eq!((merged(&one_key, 8), merged(&one_key, 10), merged(&by_key, 29)), (0, 4, 0));
}

#[test]
fn every_single_step_keeps_the_bound() {
    let plan = plan(GREEDY);
    let mut state = CustomerState::new(&plan);
    for n in 0..1_500 {
        let _conflicts_are_part_of_it = plan.step(&mut state, Input::Event(&hostile(n)));
        let bytes = state.encode().len();
        assert!(bytes <= MAX_STATE, "{bytes} bytes after {n} events");
        assert!(state.size as usize >= bytes, "{} does not cover {bytes} bytes after {n} events", state.size);
    }
}

/// Rules that match at the event alone: what they keep is counted where they match.
const EAGER: &str = "
cjm: 1
id: eager
zone: UTC
identities: [{ id: member }]
consent: { purposes: [{ id: service, default: allow }] }
channels: [{ id: sms }, { id: app }]
events: { say: { n: int, word: text }, end: { word: text } }
messages: [{ id: hello, title: hello, body: hello }]
experiments: [{ id: e, arms: [{ id: x, share: 0.5 }, { id: y, share: 0.5 }] }]
rules:
  - { id: a, when: { event: say, where: event.n > 1 }, do: [{ call: x, with: { word: event.word } }] }
  - { id: b, when: { event: say, where: \"event.word != 'q'\" }, key: event.word, cool_down: 20s, do: [{ call: x }, { tag: t }] }
  - { id: c, when: { event: say }, if: event.n > 250, do: [{ call: x }], then: [{ delay: 1d, do: [{ call: y }] }] }
  - { id: d, when: { event: [say, end] }, ramp: 0.5, do: [{ send: hello, purpose: service, channels: [app, sms] }] }
  - { id: e, when: { event: end, where: event.word.size() > 9 }, experiment: e, do: [{ call: x }], goal: { event: say, within: 30d } }
  - { id: f, when: { event: say, where: event.n > 100 }, key: event.n, do: [{ untag: t }, { call: x, with: { n: event.n } }] }
";

#[test]
fn rules_that_match_at_each_event_are_counted() {
    let plan = plan(EAGER);
    let mut state = CustomerState::new(&plan);
    let mut n_decisions = 0;
    for n in 0..1_500 {
        n_decisions +=
            plan.step(&mut state, Input::Event(&hostile(n))).map_or(0, |stepped| stepped.decisions.len());
        let bytes = state.encode().len();
        assert!(state.size as usize >= bytes, "{} does not cover {bytes} bytes after {n} events", state.size);
    }
    assert!(n_decisions > 1_500, "{n_decisions} decisions");
}

#[test]
fn what_gives_way_does_not_depend_on_restarts_and_ticks() {
    let plan = plan(GREEDY);
    let (mut whole, mut torn) = (CustomerState::new(&plan), CustomerState::new(&plan));
    for n in 0..2_500 {
        let event = hostile(n);
        let a = plan.step(&mut whole, Input::Event(&event));
        let b = plan.step(&mut torn, Input::Event(&event));
        assert_eq!(a.is_ok(), b.is_ok());
        if n % 7 == 0 {
            torn = CustomerState::decode(&plan, &torn.encode()).unwrap();
        }
    }
    assert!(whole.counters().recent_shed > 0);
    assert_eq!(whole.encode(), torn.encode());
}

#[test]
fn what_never_gives_way_is_the_bound_where_it_alone_is_more() {
    let plan = plan(GREEDY);
    let mut state = CustomerState::new(&plan);
    for n in 0..150 {
        let time = at("2026-01-01T00:00").plus(Duration::from_micros(n * 1_000_000));
        let event =
            Event::new("say", time).with("n", n).with("word", "w").with("long", "t".repeat(1_000).as_str());
        plan.step(&mut state, Input::Event(&event.id("s", n.to_string()).identity("member", "m"))).unwrap();
    }
    let bytes = state.encode();
    assert_eq!(state.rules.matcher.n_timers(), 128, "waits stay");
    assert!(bytes.len() > 128 * 1_000, "each with the text that its rule reads");
    assert!(bytes.len() <= remainder(&state) + 16 * 1024, "{} of {}", bytes.len(), remainder(&state));
    assert_eq!(CustomerState::decode(&plan, &bytes).unwrap(), state);
    assert_eq!(state.recent.iter().count(), 0, "all else gave way");
    // and it is said that a resend is no longer known
    assert_eq!(state.counters().recent_shed, 150);
}

#[test]
fn two_large_states_unite_into_a_bounded_one() {
    let plan = plan(GREEDY);
    let fed = |member: &str, from: usize| {
        let mut state = CustomerState::new(&plan);
        for n in from..from + 500 {
            let mut event = hostile(n);
            event.identities = vec![("member".into(), member.into())];
            let _conflicts_are_part_of_it = plan.step(&mut state, Input::Event(&event));
        }
        state
    };
    let (a, b) = (fed("a", 0), fed("b", 5_000));
    let (one, _) = plan.merge(&a, &b);
    let (other, _) = plan.merge(&b, &a);
    let bytes = one.encode().len();
    assert!(bytes <= MAX_STATE.max(remainder(&one) + 16 * 1024), "{bytes} of {}", remainder(&one));
    assert_eq!(one.encode(), other.encode());
}

#[test]
fn an_ordinary_customer_is_never_weighed() {
    let plan = plan(GREEDY);
    let mut state = CustomerState::new(&plan);
    for line in ["say 2026-01-01T00:00 id=1 n=1 word=a", "end 2026-01-01T00:01 id=2 word=a"] {
        plan.step(&mut state, Input::Event(&event(line))).unwrap();
    }
    assert!((state.size as usize) < MAX_STATE / 4, "{}", state.size);
    assert_eq!(state.counters().recent_shed, 0);
}
