//! A program killed at any moment while it pushes into a store: what returned is there, what did not is there whole or
//! not at all, and in the end everything is as if nothing had happened.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cjm_core::customer::identity::IdentityKey;
use cjm_core::{Blueprint, Duration, Event, Language, Timestamp};
use cjm_io::store::Store;
use serde_json::Value as Json;

const SHOP: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }, { id: device }]
events: { cart: { n: int }, paid: { n: int }, complaint: { n: int } }
tickets: { queues: [{ id: care, pool: [ann, bo] }] }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m, again: each }, do: [{ call: remind, with: { n: event.n } }], goal: { event: paid, within: 1d } }
  - { id: thank, when: { event: paid }, do: [{ call: thank }] }
  - { id: angry, when: { event: complaint }, do: [{ ticket: care, contact_within: 2h, clock: wall }] }
"#;
/// Events of one story.
const N: usize = 120;
/// The test, which is the program that is killed too.
const NAME: &str = "a_program_that_is_killed_loses_nothing_that_returned";
/// Says where the store of the child is.
const PLACE: &str = "CJM_KILLED_STORE";

fn shop() -> Blueprint {
    Blueprint::from_yaml(SHOP).expect("the blueprint is good")
}

/// The next number of a sequence that every run has.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

fn at(minute: usize) -> Timestamp {
    let start: Timestamp = "2026-03-01T10:00:00Z".parse().expect("a time");
    start.plus(Duration::from_micros(i64::try_from(minute).expect("few") * 60_000_000))
}

fn event(n: usize) -> Event {
    let mut seed = n as u64;
    let pick = |seed: &mut u64, of: u64| next(seed) % of;
    next(&mut seed);
    let what = ["cart", "cart", "paid", "complaint"][pick(&mut seed, 4) as usize];
    let event = Event::new(what, at(n * 7)).id("till", format!("e{n}")).with("n", n as i64);
    let event = event.identity("member", format!("m{}", pick(&mut seed, 6)));
    if pick(&mut seed, 5) == 0 { event.identity("device", format!("d{}", pick(&mut seed, 3))) } else { event }
}

/// Everything that can be asked of a store, but for how often it heard the same thing twice.
fn everything(path: &Path) -> Json {
    let mut store = Store::open(path, &shop()).expect("it opens");
    let mut customers = Vec::new();
    for who in 0..6 {
        let key = IdentityKey { kind: "member".into(), value: format!("m{who}").into() };
        let view = store.view(&key).expect("it is read");
        let mut view = serde_json::to_value(view).expect("it is written");
        if let Some(fields) = view.as_object_mut() {
            fields.remove("counters");
        }
        let brief = store.brief(&key, Language::En).map(|brief| brief.to_string()).unwrap_or_default();
        customers.push((view, brief));
    }
    let outbox: Vec<(u64, String)> =
        store.deliveries().map(|(n, one)| (n, one.to_json().to_string())).collect();
    let ids: std::collections::BTreeSet<&str> = outbox.iter().map(|(_, one)| one.as_str()).collect();
    assert_eq!(ids.len(), outbox.len(), "nothing is decided twice");
    serde_json::json!({
        "customers": customers,
        "outbox": outbox,
        "tickets": store.tickets().expect("they are read"),
        "due": store.next_due().expect("it is read"),
        "now": store.now(),
        "n": store.n_customers(),
        "events": store.log().expect("it is read").n_events(),
    })
}

/// Pushes what is left of the story; says what returned.
fn push(path: &Path, told: &mut dyn FnMut(usize)) {
    let mut store = Store::open(path, &shop()).expect("it opens");
    // a host that does not know whether its last event arrived sends it again
    let done = store.log().expect("it is read").n_events();
    for n in done.saturating_sub(1)..N {
        store.push(&event(n)).expect("it is taken in");
        if n % 10 == 9 {
            store.advance(at(n * 7)).expect("time passes");
        }
        told(n);
    }
}

#[test]
fn a_program_that_is_killed_loses_nothing_that_returned() {
    // the program that is killed is this one, begun again
    if let Some(place) = std::env::var_os(PLACE) {
        return push(Path::new(&place), &mut |n| println!("\ndone {n}"));
    }
    let kills = if std::env::var_os("CJM_LONG").is_some() { 1_000 } else { 25 };
    let folder = tempfile::tempdir().expect("a folder");
    let calm = folder.path().join("calm.db");
    push(&calm, &mut |_| {});
    let expected = everything(&calm);
    let (mut seed, mut killed, mut stories) = (1, 0, 0);
    while killed < kills {
        stories += 1;
        let path = folder.path().join(format!("{stories}.db"));
        let mut last = None;
        loop {
            let mut child = Command::new(std::env::current_exe().expect("this program"))
                .args([NAME, "--exact", "--nocapture", "--test-threads=1"])
                .env(PLACE, &path)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("it starts");
            let lines = BufReader::new(child.stdout.take().expect("it has an output")).lines();
            let until = next(&mut seed) as usize % 40;
            let done =
                lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("done ")?.parse().ok());
            let mut seen = 0;
            for n in done {
                last = Some(n);
                seen += 1;
                if seen > until {
                    break;
                }
            }
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            killed += 1;
            if last == Some(N - 1) {
                break;
            }
            let store = Store::open(&path, &shop()).expect("it opens again");
            let n = store.log().expect("it is read").n_events();
            assert!(n >= last.map_or(0, |last| last + 1), "what returned is there: {n} after {last:?}");
        }
        assert_eq!(everything(&path), expected, "story {stories}");
    }
    println!("{killed} kills in {stories} stories");
}
