//! The story that the fault tests of the store tell: a shop, its events, a host's calls; and all that a store says.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::Path;

use cjm_core::customer::identity::IdentityKey;
use cjm_core::{AckOutcome, Blueprint, Duration, Event, Language, Result, Timestamp};
use cjm_io::store::{Durability, Store, StoreOptions};
use rusqlite::{Connection, types::ValueRef};
use serde_json::Value as Json;

const SHOP: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }, { id: device, max_links: 2 }]
channels: [{ id: app, kind: digital }]
consent: { purposes: [{ id: care, default: allow }] }
events: { cart: { n: int, says: optional text }, paid: { n: int, says: optional text }, complaint: { n: int, says: optional text } }
offers: [{ id: cake, cost: 3, budget: { amount: 10, per: day } }]
messages: [{ id: hello, offer: cake }]
outreach: { order: [app], caps: [{ channel: app, at_most: 2, within: 1d }] }
tickets: { queues: [{ id: care, pool: [ann, bo] }] }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m, again: each }, do: [{ call: remind, with: { n: event.n, says: event.says } }], goal: { event: paid, within: 1d } }
  - { id: thank, when: { event: paid }, do: [{ send: hello, purpose: care }] }
  - { id: angry, when: { event: complaint }, do: [{ ticket: care, contact_within: 2h, clock: wall }] }
"#;

/// How many members the events are of.
pub(crate) const MEMBERS: u64 = 6;

pub(crate) fn shop() -> Blueprint {
    Blueprint::from_yaml(SHOP).expect("the blueprint is good")
}

/// Whether the test is run at its full length.
pub(crate) fn is_long() -> bool {
    std::env::var_os("CJM_LONG").is_some()
}

/// The next number of a sequence that every run has.
pub(crate) fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// The same, below a number.
pub(crate) fn pick(seed: &mut u64, below: usize) -> usize {
    next(seed) as usize % below
}

pub(crate) fn at(minute: usize) -> Timestamp {
    let start: Timestamp = "2026-03-01T10:00:00Z".parse().expect("a time");
    start.plus(Duration::from_micros(i64::try_from(minute).expect("few") * 60_000_000))
}

pub(crate) fn member(who: impl std::fmt::Display) -> IdentityKey {
    IdentityKey { kind: "member".into(), value: format!("m{who}").into() }
}

pub(crate) fn event(n: usize) -> Event {
    let mut seed = n as u64;
    next(&mut seed);
    let what = ["cart", "cart", "paid", "complaint"][pick(&mut seed, 4)];
    let event = Event::new(what, at(n * 7)).id("till", format!("e{n}")).with("n", n as i64);
    let event = event.identity("member", format!("m{}", next(&mut seed) % MEMBERS));
    if pick(&mut seed, 5) == 0 { event.identity("device", format!("d{}", pick(&mut seed, 3))) } else { event }
}

/// One call of the story; made twice it does what it does once.
pub(crate) fn step(store: &mut Store, n: usize) -> Result<()> {
    match n % 10 {
        3 | 7 => {
            // the decision that was handed over n / 10 th, once
            let sequence = (n / 5) as u64;
            let waiting = store.deliveries().find(|(own, _)| *own == sequence).map(|(_, one)| one.id);
            let outcome = if n % 20 == 7 { AckOutcome::Failed } else { AckOutcome::Delivered };
            waiting.map_or(Ok(()), |id| store.ack(id, outcome, None).map(drop))
        }
        9 => store.advance(at(n * 7)).map(drop),
        _ => store.push(&event(n)).map(drop),
    }
}

pub(crate) fn open(path: &Path, durability: Durability) -> Result<Store> {
    Store::open_with(path, &shop(), StoreOptions { durability, ..StoreOptions::default() })
}

/// Everything that can be asked of a store, but for how often it heard the same thing twice.
pub(crate) fn everything(store: &mut Store) -> Result<Json> {
    let mut customers = Vec::new();
    for who in 0..MEMBERS {
        let view = store.view(&member(who))?;
        let mut view = serde_json::to_value(view).expect("it is written");
        if let Some(fields) = view.as_object_mut() {
            fields.remove("counters");
        }
        let brief = store.brief(&member(who), Language::En).map(|brief| brief.to_string());
        customers.push((view, brief.unwrap_or_default()));
    }
    let outbox: Vec<(u64, String)> =
        store.deliveries().map(|(n, one)| (n, one.to_json().to_string())).collect();
    let ids: BTreeSet<&str> = outbox.iter().map(|(_, one)| one.as_str()).collect();
    assert_eq!(ids.len(), outbox.len(), "nothing is decided twice");
    let refused: Vec<_> =
        store.refused().iter().map(|((rule, why), n)| format!("{rule} {why} {n}")).collect();
    Ok(serde_json::json!({
        "customers": customers,
        "outbox": outbox,
        "tickets": store.tickets()?,
        "refusals": store.refusals()?,
        "refused": refused,
        "due": store.next_due()?,
        "now": store.now(),
        "n": store.n_customers(),
        "events": store.log()?.n_events(),
    }))
}

/// Every row of every table of a store that nobody has open, but for its salt and what is made with it.
pub(crate) fn rows(path: &Path) -> String {
    let file = Connection::open(path).expect("it opens");
    file.execute_batch("PRAGMA locking_mode = EXCLUSIVE;").expect("it is locked");
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut find = file.prepare(names).expect("there are tables");
    let tables = find.query_map([], |row| row.get::<_, String>(0)).expect("they have names");
    let mut all = String::new();
    for table in tables {
        let table = table.expect("it is read");
        let rows = match table.as_str() {
            "meta" => "SELECT * FROM meta WHERE name <> 'salt' ORDER BY name".to_owned(),
            "erased" => "SELECT until FROM erased ORDER BY until".to_owned(),
            _ => format!("SELECT * FROM {table} ORDER BY 1, 2"),
        };
        let mut rows = file.prepare(&rows).expect("it is a table");
        let n = rows.column_count();
        let mut rows = rows.query([]).expect("it has rows");
        while let Some(row) = rows.next().expect("it is read") {
            all.push_str(&table);
            for column in 0..n {
                match row.get_ref(column).expect("it is a column") {
                    ValueRef::Null => all.push_str(" -"),
                    ValueRef::Integer(n) => all.push_str(&format!(" {n}")),
                    ValueRef::Real(n) => all.push_str(&format!(" {n}")),
                    ValueRef::Text(text) => all.push_str(&format!(" '{}'", String::from_utf8_lossy(text))),
                    ValueRef::Blob(bytes) => all.push_str(&format!(" {}", cjm_core::base::hash::hex(bytes))),
                }
            }
            all.push('\n');
        }
    }
    all
}
