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
  - id: tables
    enter: visit
    exit: { event: complaint }
    idle: 2h
    reenter: { concurrent: event.n }
    stages: [{ id: table, touchpoints: [{ id: sat, event: visit, repeat: true }, { id: ate, event: cart, repeat: true }] }]
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
  - { id: empty, when: { abandoned: tables }, do: [{ call: clear, with: { n: event.n } }] }
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
    // some at one instant
    let minute = prop_oneof![0..4_000_i64, (0..10_i64).prop_map(|n| n * 400)];
    let row =
        (0..4_u8, what, minute, 0..3_i64).prop_map(|(who, what, minute, n)| Row { who, what, minute, n });
    prop::collection::vec(row, 0..60).prop_map(|mut rows| {
        rows.sort_by_key(|row| row.minute);
        rows
    })
}

fn time(row: &Row) -> crate::Timestamp {
    at("2026-03-01T00:00:00Z").plus(crate::Duration::from_micros(row.minute * 60_000_000))
}

/// A rule made of numbers: what it waits for, how it is kept in bounds, what it does.
#[derive(Debug, Clone)]
struct Made {
    form: usize,
    events: [usize; 3],
    minutes: i64,
    n: i64,
    way: usize,
    policy: [usize; 3],
    does: usize,
}

fn rules() -> impl Strategy<Value = Vec<Made>> {
    let when = (0..20_usize, prop::array::uniform3(0..4_usize), 1..2_000_i64, 0..3_i64, 0..3_usize);
    let rule = (when, prop::array::uniform3(0..9_usize), 0..6_usize).prop_map(
        |((form, events, minutes, n, way), policy, does)| Made {
            form,
            events,
            minutes,
            n,
            way,
            policy,
            does,
        },
    );
    prop::collection::vec(rule, 1..7)
}

impl Made {
    /// The rule as a line of a blueprint; its id is its place.
    fn line(&self, place: usize) -> String {
        let (when, keyed) = self.when();
        let key = if keyed && self.n == 1 { ", key: event.n" } else { "" };
        let mut policy = String::from(if self.form == 15 && self.n == 1 { ", key: event.n" } else { "" });
        let mut then = "";
        for (at, one) in self.policy.iter().enumerate() {
            // each kind once, so that no key stands twice
            if self.policy.iter().take(at).any(|other| other == one) {
                continue;
            }
            match one {
                0 => policy += &format!(", cool_down: {}m", self.minutes),
                1 => policy += ", if: orders >= 1",
                2 => policy += ", goal: { event: paid, within: 1d, tag: back }",
                3 => policy += ", exit: { event: complaint }",
                4 => policy += ", ramp: 0.5",
                5 => policy += &format!(", priority: {}", self.n),
                6 => then = ", then: [{ delay: 2h, unless: orders >= 2, do: [{ call: again }] }]",
                _ => {}
            }
        }
        let does = [
            "{ call: note }",
            "{ send: hello, purpose: care }",
            "{ tag: keen }",
            "{ untag: keen }",
            "{ ticket: care, contact_within: 2h, escalate: [{ delay: 0m, to: care }] }",
            "{ send: hello, purpose: care }, { call: note }",
        ][self.does];
        format!("  - {{ id: r{place}, when: {{ {when}{key} }}{policy}, do: [{does}]{then} }}\n")
    }

    /// What it waits for, and whether that may have a key.
    fn when(&self) -> (String, bool) {
        let [a, b, c] = self.events.map(|event| ["cart", "paid", "visit", "complaint"][event]);
        let (m, n, at_least) = (self.minutes, self.n, self.n + 1);
        let again = ["keep", "restart", "each"][self.way];
        let fire = ["crossing", "each", "crossing"][self.way];
        match self.form {
            0 => (format!("event: {a}"), false),
            1 | 2 => (format!("event: {a}, where: event.n >= {n}"), false),
            3..=6 => (format!("after: {a}, without: {b}, for: {m}m, again: {again}"), true),
            7 | 8 => (
                format!(
                    "sequence: [{{ event: {a}, as: x }}, {{ event: {b}, where: event.n >= first.x.n }}], within: {m}m"
                ),
                true,
            ),
            9 => (
                format!("sequence: [{{ event: {a} }}, {{ not: {c} }}, {{ event: {b} }}], within: {m}m"),
                true,
            ),
            10 => {
                (format!("sequence: [{{ event: {a} }}, {{ event: {b} }}], order: strict, within: {m}m"), true)
            }
            11..=13 => (format!("count: {a}, at_least: {at_least}, within: {m}m, fire: {fire}"), true),
            14 => (format!("sum: {a}.n, at_least: {at_least}, within: {m}m, fire: {fire}"), true),
            15 => (format!("abandoned: {}", ["buy", "tables", "tables"][self.way]), false),
            16 => ("becomes: buyer".into(), false),
            17 => (format!("stay: look, for: {m}m"), false),
            18 => ("skip: buy/cart".into(), false),
            _ => ("every: 'day 09:00'".into(), false),
        }
    }
}

/// A blueprint of these rules; the error of one that a check refuses.
fn made(rules: &[Made]) -> crate::Result<Arc<Plan>> {
    let head = SHOP.split("rules:").next().unwrap_or_default();
    let lines: String = rules.iter().enumerate().map(|(place, rule)| rule.line(place)).collect();
    Ok(Arc::new(crate::Blueprint::from_yaml(&format!("{head}rules:\n{lines}"))?.compile()?))
}

/// The templates above are no nonsense: nearly every one of their blueprints compiles.
#[test]
fn most_blueprints_of_numbers_are_good() {
    let one = |form, way, does| Made {
        form,
        events: [0, 1, 2],
        minutes: 30,
        n: 1,
        way,
        policy: [form % 9, way, does],
        does,
    };
    let all: Vec<Made> = (0..20).flat_map(|form| (0..6).map(move |does| one(form, form % 3, does))).collect();
    let errors: Vec<String> = all
        .iter()
        .filter_map(|rule| Some(format!("{} {}", made(std::slice::from_ref(rule)).err()?, rule.line(0))))
        .collect();
    assert!(errors.is_empty(), "{} of {}, {}", errors.len(), all.len(), errors.join("\n"));
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

/// How an engine is fed.
#[derive(Clone, Copy, PartialEq)]
enum Feed {
    Plain,
    /// The whole engine goes through its bytes after every event.
    ThroughBytes,
    /// Events are typed before.
    Typed,
}

/// Everything fed one by one.
fn streamed(
    plan: &Arc<Plan>,
    rows: &[Row],
    until: crate::Timestamp,
    feed: Feed,
) -> (Vec<Decision>, Vec<Vec<u8>>) {
    let mut engine = Engine::new(plan.clone());
    let mut decisions = Vec::new();
    for event in events(rows) {
        decisions.extend(match feed {
            Feed::Typed => engine.push_typed(&plan.typed_own(event).unwrap()).unwrap(),
            Feed::Plain | Feed::ThroughBytes => engine.push(&event).unwrap(),
        });
        if feed == Feed::ThroughBytes {
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

/// Replayed on any number of threads or fed one by one, through bytes or not: the same comes of it.
fn one_answer(plan: &Arc<Plan>, rows: &[Row]) -> Result<(), TestCaseError> {
    let log = log(rows, true);
    let until = log.last().unwrap_or_default();
    let one = replayed(plan, &log, 1, Until::LastEvent);
    prop_assert!(one.errors.is_empty(), "{:?}", one.errors);
    for threads in [2, 8] {
        let other = replayed(plan, &log, threads, Until::LastEvent);
        prop_assert_eq!(&one.decisions, &other.decisions);
        prop_assert_eq!(&one.refusals, &other.refusals);
        prop_assert_eq!(&one.tickets, &other.tickets);
        prop_assert_eq!(bytes(&one.states), bytes(&other.states));
    }
    for feed in [Feed::Plain, Feed::ThroughBytes, Feed::Typed] {
        let (decisions, states) = streamed(plan, rows, until, feed);
        prop_assert_eq!(&one.decisions, &decisions);
        prop_assert_eq!(bytes(&one.states), states);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn stream_and_replay_on_any_threads_give_one_answer(rows in rows()) {
        one_answer(&PLAN, &rows)?;
    }

    /// The same over rules of any form, policy and action.
    #[test]
    fn any_blueprint_gives_one_answer(rules in rules(), rows in rows()) {
        let plan = made(&rules);
        prop_assume!(plan.is_ok());
        let plan = plan.unwrap();
        one_answer(&plan, &rows)?;
        for (ids, until) in [(true, Until::LastEvent), (false, Until::EndOfWaits)] {
            let log = self::log(&rows, ids);
            let [slow, direct] = [true, false].map(|states| plan.replay(&log, ReplayOptions { until, states }));
            prop_assert_eq!(&slow.decisions, &direct.decisions);
            prop_assert_eq!(&slow.refusals, &direct.refusals);
            prop_assert_eq!(&slow.waiting, &direct.waiting);
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

    /// A log replayed up to an instant gives what was known then: later events change nothing and are counted.
    #[test]
    fn replaying_up_to_an_instant_knows_nothing_later(rows in rows(), minute in 0_i64..4_000) {
        let known = rows.partition_point(|row| row.minute <= minute);
        let until = Until::At(at("2026-03-01T00:00:00Z").plus(crate::Duration::from_micros(minute * 60_000_000)));
        for states in [true, false] {
            let options = ReplayOptions { until, states };
            let [all, early] = [&rows, &rows[..known]].map(|rows| PLAN.replay(&log(rows, true), options));
            prop_assert_eq!((all.n_events, all.n_left_out), (known as u64, (rows.len() - known) as u64));
            prop_assert_eq!(&all.decisions, &early.decisions);
            prop_assert_eq!(&all.refusals, &early.refusals);
            prop_assert_eq!(&all.waiting, &early.waiting);
            prop_assert_eq!(&all.tickets, &early.tickets);
            prop_assert_eq!(bytes(&all.states), bytes(&early.states));
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
