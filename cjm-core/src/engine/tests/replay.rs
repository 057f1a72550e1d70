//! Replay: one answer with the live engine, on any number of threads, through bytes after every event.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::{at, plan};
use crate::base::value::ValueRef;
use crate::engine::host::Engine;
use crate::engine::replay::{Replay, ReplayOptions, Until};
use crate::engine::{CustomerState, Decision};
use crate::event::{BatchBuilder, EventLog, LogBuilder, Options};
use crate::{Event, Plan, Zone};

const SHOP: &str = r#"
cjm: 1
id: shop
zone: Asia/Shanghai
identities: [{ id: member }]
channels: [{ id: app, kind: digital }, { id: sms, kind: digital }]
consent: { purposes: [{ id: care, default: allow }] }
events: { cart: { n: int }, paid: { n: int }, visit: { n: int }, complaint: { n: int } }
customer:
  features: { orders: { count: paid }, recent: { count: visit, within: 2h } }
  lifecycle:
    - { id: guest }
    - { id: buyer, if: orders >= 1 }
    - { id: gone, idle: { event: paid, for: 1d } }
messages: [{ id: hello }]
outreach:
  order: [app, sms]
  quiet: { from: "22:00", to: "08:00", then: defer, max_hold: 12h, purposes: [care] }
  caps: [{ channel: app, at_most: 2, within: 1d }]
tickets: { queues: [{ id: care, pool: [ann, bo] }] }
journeys:
  - id: buy
    enter: visit
    goal: { event: paid }
    idle: 3h
    stages:
      - { id: look, touchpoints: [{ id: visit, event: visit, repeat: true }] }
      - { id: pay, touchpoints: [{ id: cart, event: cart }, { id: paid, event: paid }] }
experiments: [{ id: x, arms: [{ id: a, share: 0.5 }, { id: none, share: 0.5, hold: true }] }]
rules:
  - id: forgot
    when: { after: cart, without: paid, for: 30m, again: each }
    goal: { event: paid, within: 1d, tag: back }
    experiment: x
    do: [{ send: hello, purpose: care }]
    then: [{ delay: 2h, unless: orders >= 2, do: [{ send: hello, purpose: care }] }]
  - { id: many, when: { count: visit, at_least: 2, within: 1h }, cool_down: 1h, do: [{ tag: keen }, { send: hello, purpose: care }] }
  - { id: pair, when: { sequence: [{ event: cart, as: c }, { event: paid, where: event.n >= first.c.n }], within: 5h }, do: [{ call: thank, with: { n: event.n } }] }
  - { id: angry, when: { event: complaint }, do: [{ ticket: care, contact_within: 2h, escalate: [{ delay: 0m, to: care }] }] }
  - { id: left, when: { abandoned: buy }, do: [{ call: ask_why }] }
  - { id: lost, when: { becomes: gone }, do: [{ send: hello, purpose: care }] }
  - { id: keen, when: { skip: buy/cart }, if: "'keen' in customer.tags", do: [{ call: note }] }
"#;

static PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| plan(SHOP));

/// More in the long run.
fn cases() -> u32 {
    if std::env::var_os("CJM_LONG").is_some() { 1_000 } else { 100 }
}

#[derive(Debug, Clone)]
struct Row {
    who: u8,
    what: &'static str,
    minute: i64,
    n: i64,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let what = prop::sample::select(vec!["cart", "paid", "visit", "complaint", "visit", "cart"]);
    let row = (0..4_u8, what, 0..4_000_i64, 0..3_i64).prop_map(|(who, what, minute, n)| Row {
        who,
        what,
        minute,
        n,
    });
    prop::collection::vec(row, 0..60).prop_map(|mut rows| {
        rows.sort_by_key(|row| row.minute);
        rows
    })
}

fn time(row: &Row) -> crate::Timestamp {
    at("2026-03-01T00:00:00Z").plus(crate::Duration::from_micros(row.minute * 60_000_000))
}

fn log(rows: &[Row], ids: bool) -> EventLog {
    let mut batch = BatchBuilder::default();
    let columns = ["who", "what", "when", "id", "n"].map(|name| batch.column(name));
    for (i, row) in rows.iter().enumerate() {
        batch.begin_row(i as u64 + 1);
        let texts = [format!("m{}", row.who), row.what.to_owned(), time(row).to_string(), format!("e{i}")];
        for (column, text) in columns.iter().zip(&texts) {
            assert!(batch.push_text(*column, text));
        }
        batch.push(columns[4], ValueRef::Int(row.n));
    }
    let options = Options {
        id: ids.then(|| "id".into()),
        ..Options::new("who", "what", "when").with_zone(Zone::utc())
    };
    let mut builder = LogBuilder::new(options).with_blueprint(&PLAN.document);
    builder.push(batch.finish());
    builder.finish().unwrap()
}

fn events(rows: &[Row]) -> Vec<Event> {
    let event = |(i, row): (usize, &Row)| {
        Event::new(row.what, time(row))
            .id("", format!("e{i}"))
            .identity("member", format!("m{}", row.who))
            .with("n", row.n)
    };
    rows.iter().enumerate().map(event).collect()
}

/// Everything fed one by one; with `bytes` the whole engine goes through its bytes after every event.
fn streamed(
    plan: &Arc<Plan>,
    rows: &[Row],
    until: crate::Timestamp,
    bytes: bool,
) -> (Vec<Decision>, Vec<Vec<u8>>) {
    let mut engine = Engine::new(plan.clone());
    let mut decisions = Vec::new();
    for event in events(rows) {
        decisions.extend(engine.push(&event).unwrap());
        if bytes {
            engine = Engine::restore(plan.clone(), &engine.snapshot()).unwrap();
        }
    }
    decisions.extend(engine.advance(until));
    let keys = (0..4_u8).map(|who| crate::customer::identity::IdentityKey {
        kind: "member".into(),
        value: format!("m{who}").into(),
    });
    let states = keys.filter_map(|key| Some(engine.customer(&key)?.encode())).collect();
    decisions.sort_by(|a, b| (a.due, &a.customer).cmp(&(b.due, &b.customer)));
    (decisions, states)
}

fn replayed(plan: &Plan, log: &EventLog, threads: usize, until: Until) -> Replay {
    let options = ReplayOptions { until, states: true };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| plan.replay(log, options))
}

fn bytes(states: &[CustomerState]) -> Vec<Vec<u8>> {
    states.iter().map(CustomerState::encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn stream_and_replay_on_any_threads_give_one_answer(rows in rows()) {
        let plan = PLAN.clone();
        let log = log(&rows, true);
        let until = log.last().unwrap_or_default();
        let one = replayed(&plan, &log, 1, Until::LastEvent);
        prop_assert!(one.errors.is_empty(), "{:?}", one.errors);
        for threads in [2, 8] {
            let other = replayed(&plan, &log, threads, Until::LastEvent);
            prop_assert_eq!(&one.decisions, &other.decisions);
            prop_assert_eq!(&one.refusals, &other.refusals);
            prop_assert_eq!(&one.tickets, &other.tickets);
            prop_assert_eq!(bytes(&one.states), bytes(&other.states));
        }
        for through_bytes in [false, true] {
            let (decisions, states) = streamed(&plan, &rows, until, through_bytes);
            prop_assert_eq!(&one.decisions, &decisions);
            prop_assert_eq!(bytes(&one.states), states);
        }
    }

    #[test]
    fn rows_without_a_detour_give_the_same(rows in rows(), ids: bool) {
        let log = log(&rows, ids);
        for until in [Until::LastEvent, Until::EndOfWaits] {
            let [slow, direct] = [true, false].map(|states| PLAN.replay(&log, ReplayOptions { until, states }));
            prop_assert_eq!(&slow.decisions, &direct.decisions);
            prop_assert_eq!(&slow.refusals, &direct.refusals);
            prop_assert_eq!(&slow.outcomes, &direct.outcomes);
            prop_assert_eq!(&slow.waiting, &direct.waiting);
            prop_assert_eq!(&slow.tickets, &direct.tickets);
        }
    }

    #[test]
    fn at_the_end_of_waits_nobody_waits(rows in rows()) {
        let plan = PLAN.clone();
        let log = log(&rows, true);
        let ended = replayed(&plan, &log, 2, Until::EndOfWaits);
        prop_assert_eq!(&ended.waiting, &[]);
        let early = replayed(&plan, &log, 2, Until::LastEvent);
        prop_assert!(ended.decisions.len() >= early.decisions.len());
        // what was decided by the last event stays decided
        let ids: std::collections::BTreeSet<_> = ended.decisions.iter().map(|d| (d.due, d.id)).collect();
        prop_assert!(early.decisions.iter().all(|d| ids.contains(&(d.due, d.id))));
    }
}

#[test]
fn sums_of_a_replay() {
    let row = |who, what, minute| Row { who, what, minute, n: 1 };
    let rows = [
        row(0, "cart", 600),
        row(0, "visit", 601),
        row(0, "visit", 602),
        row(1, "complaint", 700),
        row(1, "visit", 701),
        row(1, "visit", 702),
    ];
    let replay = PLAN.replay(&log(&rows, true), ReplayOptions { until: Until::EndOfWaits, states: false });
    let text = format!(
        "{}\n{}\n{}\n{}",
        serde_json::to_string_pretty(&replay.refused()).unwrap(),
        serde_json::to_string_pretty(&replay.sent(&Zone::utc())).unwrap(),
        serde_json::to_string_pretty(&replay.overlap()).unwrap(),
        serde_json::to_string_pretty(&replay.tickets).unwrap(),
    );
    insta::assert_snapshot!(text);
}
