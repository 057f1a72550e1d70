//! Stores that are told much: events sent many times in any order with restarts decide as the clean run does; no timer
//! is lost or fires twice, however time jumps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use cjm_core::{Blueprint, Decision, Duration, Engine, Event, Timestamp};
use cjm_io::store::{Durability, Store, StoreOptions};
use serde_json::Value as Json;

use self::story::{is_long, member, next, pick};

#[path = "common/story.rs"]
mod story;

const SHOP: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }]
sources: [{ id: till, lateness: 2h }]
events: { cart: { n: int }, paid: { n: int } }
customer: { features: { n_paid: { count: paid }, n_carts: { count: cart, within: 7d } } }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 3h }, do: [{ tag: forgetful }], goal: { event: paid, within: 2d } }
  - { id: thank, when: { count: paid, at_least: 3, within: 2d }, do: [{ call: thank, with: { n: event.n, of: n_paid } }], cool_down: 4d }
  - { id: twice, when: { sequence: [cart, { event: cart, gap: 5h }, paid], within: 1d }, do: [{ untag: forgetful }] }
"#;
const MINUTE: i64 = 60_000_000;

/// How much is told: a million in the long form, unless the program is not optimized, which would take half an hour.
fn many(short: usize) -> usize {
    match is_long() {
        false => short,
        true if cfg!(debug_assertions) => 10 * short,
        true => 1_000_000,
    }
}

fn open(path: &Path, blueprint: &Blueprint) -> Store {
    let options = StoreOptions { durability: Durability::Off, hold: 2_000, ..StoreOptions::default() };
    Store::open_with(path, blueprint, options).expect("it opens")
}

fn start() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().expect("a time")
}

/// What of decisions is compared: all of it, by id.
fn by_id(decisions: &[Decision], into: &mut BTreeMap<String, String>) {
    for decision in decisions {
        let before = into.insert(decision.id.to_string(), decision.to_json().to_string());
        assert_eq!(before, None, "nothing is decided twice");
    }
}

/// A customer, but for how often it heard the same thing twice.
fn without_counters(view: impl serde::Serialize) -> Json {
    let mut view = serde_json::to_value(view).expect("it is written");
    view.as_object_mut().map(|fields| fields.remove("counters"));
    view
}

/// Events of customers in the order of time; each a quarter of an hour to a day after the last of its customer.
fn events(n: usize, n_customers: usize, seed: &mut u64) -> Vec<Event> {
    let mut clocks = vec![start(); n_customers];
    let mut all = Vec::with_capacity(n);
    for id in 0..n {
        let who = pick(seed, n_customers);
        clocks[who] = clocks[who].plus(Duration::from_micros((15 + next(seed) as i64 % 600) * MINUTE));
        let what = ["cart", "cart", "paid"][pick(seed, 3)];
        let event = Event::new(what, clocks[who]).id("till", format!("e{id}")).with("n", id as i64);
        all.push(event.identity("member", format!("m{who}")));
    }
    all.sort_by_key(|event| event.time);
    all
}

/// Which event is sent when: each once within the lateness, and up to four times more at any time later.
fn arrivals(events: &[Event], seed: &mut u64) -> Vec<usize> {
    let mut all = Vec::new();
    for (n, event) in events.iter().enumerate() {
        let mut at = event.time.as_micros() + next(seed) as i64 % (120 * MINUTE);
        for _ in 0..=pick(seed, 5) {
            all.push((at, n));
            at += next(seed) as i64 % [MINUTE, 600 * MINUTE, 20_000 * MINUTE][pick(seed, 3)];
        }
    }
    all.sort_unstable();
    all.into_iter().map(|(_, n)| n).collect()
}

#[test]
fn events_sent_again_and_again_in_any_order_decide_as_once() {
    let n = many(5_000);
    let n_customers = n / 50;
    let shop = Blueprint::from_yaml(SHOP).expect("the blueprint is good");
    let mut seed = 17;
    let events = events(n, n_customers, &mut seed);
    let arrivals = arrivals(&events, &mut seed);
    let end = events.last().expect("some").time.plus(Duration::from_micros(40_000 * MINUTE));

    let mut engine = Engine::new(Arc::new(shop.compile().expect("it has no errors")));
    let mut expected = BTreeMap::new();
    by_id(&engine.push_many(&events).expect("they are taken in"), &mut expected);
    by_id(&engine.advance(end), &mut expected);

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("till.db");
    let (mut given, mut rest, mut n_restarts) = (BTreeMap::new(), arrivals.as_slice(), 0);
    let most = arrivals.len() / if is_long() { 100 } else { 20 };
    let mut store = open(&path, &shop);
    while !rest.is_empty() {
        let some;
        (some, rest) = rest.split_at((1 + pick(&mut seed, most)).min(rest.len()));
        let decisions = store.push_many(some.iter().map(|n| &events[*n])).expect("they are taken in");
        by_id(&decisions, &mut given);
        drop(store);
        store = open(&path, &shop);
        n_restarts += 1;
    }
    by_id(&store.advance(end).expect("time passes"), &mut given);
    assert_eq!(given.len(), expected.len());
    assert!(given == expected, "the same decisions");
    let outbox = |decisions: &mut dyn Iterator<Item = &Decision>| {
        let mut all = BTreeMap::new();
        decisions.for_each(|one| by_id(std::slice::from_ref(one), &mut all));
        all
    };
    let waiting = outbox(&mut engine.outbox());
    assert!(!waiting.is_empty() && waiting == outbox(&mut store.outbox()), "the same outbox");
    for who in 0..n_customers {
        let (clean, own) = (engine.view(&member(who)), store.view(&member(who)).expect("it is read"));
        assert_eq!(without_counters(clean), without_counters(own), "customer {who}");
    }
    assert_eq!(store.log().expect("it is read").n_events(), n);
    println!(
        "COUNTED: {n} events sent {} times in any order with {n_restarts} restarts: {} decisions, {} waiting, as sent once",
        arrivals.len(),
        given.len(),
        waiting.len()
    );
}

/// What each timer waits, in minutes.
const WAITS: [i64; 10] = [1, 7, 30, 59, 61, 240, 1_440, 10_080, 43_200, 525_600];

/// A shop whose every cart sets ten timers.
fn clockwork() -> Blueprint {
    let rule = |(n, wait): (usize, &i64)| {
        let action = if n == 3 { "call: remind".to_owned() } else { format!("tag: t{n}") };
        format!(
            "  - {{ id: r{n}, when: {{ after: cart, without: never, for: {wait}m, again: each }}, do: [{{ {action} }}] }}\n"
        )
    };
    let rules: String = WAITS.iter().enumerate().map(rule).collect();
    let head = "cjm: 1\nid: shop\nzone: UTC\nidentities: [{ id: member }]\nevents: { cart: {}, never: {} }\nrules:\n";
    Blueprint::from_yaml(&format!("{head}{rules}")).expect("the blueprint is good")
}

/// Timers that are set, by rule and event: when they are due.
#[derive(Default)]
struct Timers {
    waiting: HashMap<(String, String), Timestamp>,
    n_set: usize,
    n_fired: usize,
}

impl Timers {
    fn set(&mut self, event: &Event) {
        for (n, wait) in WAITS.iter().enumerate() {
            let due = event.time.plus(Duration::from_micros(wait * MINUTE));
            self.waiting.insert((format!("r{n}"), event.id.to_string()), due);
            self.n_set += 1;
        }
    }

    /// Each was set, did not fire before, and is due by now.
    fn fire(&mut self, decisions: &[Decision], now: Timestamp) {
        for decision in decisions {
            let timer = (decision.rule.to_string(), decision.events[0].1.to_string());
            let due = self.waiting.remove(&timer).expect("it waits and did not fire before");
            assert!(decision.due == due && due <= now, "at its own time");
            self.n_fired += 1;
        }
    }
}

/// What happened to timers.
#[derive(Default)]
struct Told {
    n_set: usize,
    n_restarts: usize,
    n_back: usize,
    n_far: usize,
}

#[test]
fn no_timer_is_lost_or_fires_twice_however_time_jumps() {
    // in files of their own: one is opened after every hundred timers, and opening takes the longer the more is known
    const EACH: usize = 50_000;
    let (mut left, mut seed, mut told) = (many(4_000), 29, Told::default());
    let shop = clockwork();
    while left > 0 {
        let some = left.min(EACH);
        in_one_file(&shop, some, &mut seed, &mut told);
        left -= some;
    }
    let Told { n_set, n_restarts, n_back, n_far } = told;
    println!("COUNTED: {n_set} timers, {n_restarts} restarts, {n_back} jumps back, {n_far} of ten years");
}

fn in_one_file(shop: &Blueprint, most: usize, seed: &mut u64, all: &mut Told) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("till.db");
    let (mut timers, mut now, mut told, mut n_rounds) = (Timers::default(), start(), start(), 0);
    let mut store = open(&path, shop);
    while timers.n_set < most {
        // ten carts of customers who have not many timers yet, told as of the last time that passed
        for place in 0..10 {
            let n = timers.n_set / WAITS.len();
            let at = told.plus(Duration::from_micros(1 + place * 1_000));
            let event = Event::new("cart", at).id("till", format!("e{n}"));
            let event = event.identity("member", format!("m{}", n % 997));
            timers.set(&event);
            let decisions = store.push(&event).expect("it is taken in");
            timers.fire(&decisions, event.time);
        }
        drop(store);
        store = open(&path, shop);
        n_rounds += 1;
        // after ten years nobody has timers
        let jump = if n_rounds % 30 == 0 { 10 * 525_960 } else { [-60, 60, 60][pick(seed, 3)] };
        all.n_back += usize::from(jump < 0);
        all.n_far += usize::from(jump > 60);
        now = now.plus(Duration::from_micros(jump * MINUTE));
        told = told.max(now);
        timers.fire(&store.advance(now).expect("time passes"), told);
        assert!(timers.waiting.values().all(|due| *due > told) || timers.n_set % 10_000 != 0, "none is late");
        now = told;
        let handed: Vec<_> = store.outbox().map(|decision| decision.id).collect();
        for id in handed {
            store.ack(id, cjm_core::AckOutcome::Delivered, None).expect("it is heard");
        }
    }
    let end = told.plus(Duration::from_micros(2 * 525_960 * MINUTE));
    timers.fire(&store.advance(end).expect("time passes"), end);
    assert_eq!((timers.waiting.len(), timers.n_fired), (0, timers.n_set));
    assert_eq!(store.advance(end).expect("time passes"), []);
    all.n_set += timers.n_set;
    all.n_restarts += n_rounds;
}
