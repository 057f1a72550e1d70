//! Stores against engines that hold everything: the same answers through any number of restarts, nothing lost, nothing
//! twice; and what a file may be that is no store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cjm_core::customer::identity::IdentityKey;
use cjm_core::install::Policy;
use cjm_core::{AckOutcome, Blueprint, Decision, Duration, Engine, ErrorCode, Event, Result, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use super::{Durability, Store, StoreOptions};

const SHOP: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member, max_links: 2, deny: [m3] }, { id: device, max_links: 2, deny: [till] }]
channels: [{ id: app, kind: digital }]
consent: { purposes: [{ id: care, default: allow }] }
events: { cart: { n: int }, paid: { n: int }, complaint: { n: int } }
offers: [{ id: cake, cost: 3, budget: { amount: 10, per: day } }]
messages: [{ id: hello, offer: cake }]
outreach: { order: [app], caps: [{ channel: app, at_most: 2, within: 1d }] }
tickets: { queues: [{ id: care, pool: [ann, bo] }] }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m, again: each }, do: [{ send: hello, purpose: care }], goal: { event: paid, within: 1d } }
  - { id: thank, when: { event: paid }, do: [{ call: thank, with: { n: event.n } }] }
  - { id: angry, when: { event: complaint }, do: [{ ticket: care, contact_within: 2h, clock: wall, escalate: [{ delay: 0m, to: care }] }] }
"#;

fn shop() -> Blueprint {
    Blueprint::from_yaml(SHOP).unwrap()
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    (folder, path)
}

fn at(minute: i64) -> Timestamp {
    "2026-03-01T10:00:00Z".parse::<Timestamp>().unwrap().plus(Duration::from_micros(minute * 60_000_000))
}

fn member(who: u8) -> IdentityKey {
    IdentityKey { kind: "member".into(), value: format!("m{who}").into() }
}

fn event([who, device]: [u8; 2], what: &str, minute: i64, id: u32) -> Event {
    let event = Event::new(what, at(minute)).id("web", format!("e{id}")).with("n", i64::from(id));
    let event = if who < 4 { event.identity("member", format!("m{who}")) } else { event };
    match device {
        0 | 1 => event.identity("device", format!("d{device}")),
        2 => event.identity("device", "till"),
        _ => event,
    }
}

/// What of a decision is compared.
fn shown(decisions: &[Decision]) -> Vec<String> {
    decisions.iter().map(|decision| decision.to_json().to_string()).collect()
}

/// Commits are quick where tests wait for no disk.
fn open(path: &Path, hold: usize) -> Result<Store> {
    Store::open_with(
        path,
        &shop(),
        StoreOptions { durability: Durability::Off, hold, ..StoreOptions::default() },
    )
}

#[derive(Debug, Clone)]
enum Op {
    Push {
        who: [u8; 2],
        what: &'static str,
        minute: i64,
    },
    /// Events of before once more.
    Again(usize),
    Ack {
        place: usize,
        outcome: AckOutcome,
    },
    Retract {
        who: u8,
        id: u32,
    },
    Advance(i64),
    Erase(u8),
    Reopen,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let what = prop::sample::select(vec!["cart", "cart", "paid", "complaint"]);
    let outcome = prop::sample::select(vec![AckOutcome::Delivered, AckOutcome::Failed, AckOutcome::Clicked]);
    let push = (prop::array::uniform2(0..5_u8), what, -20..40_i64);
    let op = prop_oneof![
        8 => push.prop_map(|(who, what, minute)| Op::Push { who, what, minute }),
        1 => (0..50_usize).prop_map(Op::Again),
        2 => (0..3_usize, outcome).prop_map(|(place, outcome)| Op::Ack { place, outcome }),
        1 => (0..4_u8, 0..50_u32).prop_map(|(who, id)| Op::Retract { who, id }),
        2 => (-30..90_i64).prop_map(Op::Advance),
        1 => (0..4_u8).prop_map(Op::Erase),
        2 => Just(Op::Reopen),
    ];
    prop::collection::vec(op, 0..40)
}

fn same(ops: &[Op], hold: usize) -> std::result::Result<(), TestCaseError> {
    let (_folder, path) = place();
    let mut engine = Engine::new(Arc::new(shop().compile().unwrap()));
    let mut store = open(&path, hold).unwrap();
    let (mut clock, mut sent, mut erased) = (0, Vec::<Event>::new(), false);
    for op in ops {
        let both: [Result<Vec<Decision>>; 2] = match op {
            Op::Push { who, what, minute } => {
                let event = event(*who, what, clock + minute, u32::try_from(sent.len()).unwrap());
                sent.push(event.clone());
                [engine.push(&event), store.push(&event)]
            }
            // who was erased does not come back to the store by what is sent again
            Op::Again(_) if erased => continue,
            Op::Again(place) => match sent.get(*place) {
                Some(event) => [engine.push(event), store.push(event)],
                None => continue,
            },
            Op::Ack { place, outcome } => {
                let waiting = engine.outbox().nth(*place).map(|decision| decision.id);
                let Some(id) = waiting else { continue };
                [engine.ack(id, *outcome, None), store.ack(id, *outcome, None)]
            }
            Op::Retract { who, id } => {
                let (who, id) = (member(*who), format!("e{id}"));
                [engine.retract(&who, "web", &id), store.retract(&who, "web", &id)]
            }
            Op::Advance(minute) => {
                clock += minute;
                [Ok(engine.advance(at(clock))), store.advance(at(clock))]
            }
            Op::Erase(who) => {
                let was_there = engine.erase(&member(*who));
                prop_assert_eq!(store.erase(&member(*who)).unwrap().customers == 1, was_there);
                erased |= was_there;
                continue;
            }
            Op::Reopen => {
                store = {
                    drop(store);
                    open(&path, hold).unwrap()
                };
                continue;
            }
        };
        let [one, other] = both;
        prop_assert_eq!(&one, &other, "{:?}", op);
        prop_assert_eq!(engine.next_due(), store.next_due().unwrap());
        prop_assert_eq!(engine.n_customers() as u64, store.n_customers());
    }
    drop(store);
    let mut store = open(&path, hold).unwrap();
    prop_assert!(engine.outbox().eq(store.outbox()));
    prop_assert_eq!(engine.tickets(), store.tickets().unwrap());
    prop_assert_eq!(engine.refused(), store.refused());
    prop_assert_eq!(engine.refusals(), store.refusals().unwrap());
    prop_assert_eq!(engine.refused_links().cloned().collect::<Vec<_>>(), store.refused_links().unwrap());
    prop_assert_eq!(engine.take_outcomes(), store.take_outcomes().unwrap());
    for who in 0..4 {
        let (one, other) = (engine.customer(&member(who)), store.customer(&member(who)).unwrap());
        prop_assert_eq!(one.map(|state| state.encode()), other.map(|state| state.encode()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("CJM_LONG").is_some() { 500 } else { 40 }))]

    #[test]
    fn a_store_that_is_closed_and_opened_decides_as_an_engine_that_is_not(ops in ops(), hold in 0..3_usize) {
        same(&ops, hold)?;
    }
}

/// What a store says of everything.
fn everything(store: &mut Store) -> Vec<String> {
    let mut all = vec![
        shown(&store.outbox().cloned().collect::<Vec<_>>()).join("\n"),
        format!("{:?}", store.refusals().unwrap()),
        format!("{:?}", store.refused_links().unwrap()),
        format!("{:?}", store.tickets().unwrap()),
        format!("{:?} {:?} {}", store.refused(), store.next_due().unwrap(), store.n_customers()),
    ];
    let events = super::rows::events(&store.connection, None).unwrap();
    all.extend(events.iter().map(|event| format!("{:?}", super::event_of(event).unwrap())));
    for who in 0..5 {
        let state = store.customer(&member(who)).unwrap().map(|state| state.encode());
        all.push(format!("{state:?}"));
        all.push(serde_json::to_string(&store.export(&member(who)).unwrap()).unwrap());
    }
    all
}

/// That both say the same, line by line.
fn told(one: &[String], other: &[String]) -> std::result::Result<(), TestCaseError> {
    prop_assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        prop_assert_eq!(one, other);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("CJM_LONG").is_some() { 2_000 } else { 100 }))]

    #[test]
    fn many_events_at_once_come_to_what_they_come_to_one_by_one(
        all in prop::collection::vec(
            (prop::array::uniform2(0..5_u8), prop::sample::select(vec!["cart", "cart", "paid", "complaint", "who knows"]), 0..60_i64, prop::sample::select(vec![0_usize, 0, 0, 1, 5])),
            0..160,
        ),
        odd in 0..400_usize,
        taken in 0..400_usize,
        cuts in prop::collection::vec(0..160_usize, 0..3),
        hold in 0..12_usize,
    ) {
        // an event of an unknown name is an error, as one of an id that is taken: usually there is none of them
        let name = |n: usize, what: &'static str| if n == odd || what != "who knows" { what } else { "paid" };
        let mut events = Vec::<Event>::new();
        for (n, (who, what, minute, back)) in all.iter().enumerate() {
            let before = events.len().checked_sub(1 + 4 * *back).filter(|_| *back > 0);
            let id = if n == taken { n.saturating_sub(7) } else { n };
            let new = event(*who, name(n, what), n as i64 + minute, u32::try_from(id).unwrap());
            events.push(before.and_then(|before| events.get(before)).cloned().unwrap_or(new));
        }
        let [(_one, one), (_other, other)] = [place(), place()];
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(events.len())).collect();
        cuts.sort_unstable();
        let bounds: Vec<usize> = [0].into_iter().chain(cuts).chain([events.len()]).collect();
        for bound in bounds.windows(2) {
            let piece = &events[bound[0]..bound[1]];
            let mut slow = open(&one, hold).unwrap();
            let (mut n, mut decisions, mut failed) = (0, Vec::new(), None);
            for event in piece {
                match slow.push(event) {
                    Ok(mut made) => decisions.append(&mut made),
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
                n += 1;
            }
            let mut fast = open(&other, hold).unwrap();
            let came = match fast.push_many(piece) {
                Ok(decisions) => (piece.len(), decisions, None),
                Err((n, decisions, error)) => (n, decisions, Some(error)),
            };
            prop_assert_eq!((n, decisions, failed), came);
            told(&everything(&mut slow), &everything(&mut fast))?;
        }
        // what was said of memory holds of the file
        let [mut one, mut other] = [open(&one, hold).unwrap(), open(&other, hold).unwrap()];
        told(&everything(&mut one), &everything(&mut other))?;
    }
}

#[test]
fn who_comes_in_the_call_in_which_another_goes_is_not_taken_for_them() {
    let (_folder, path) = place();
    let mut store = open(&path, 100).unwrap();
    store.push_many(&[event([0, 1], "cart", 0, 0), event([2, 0], "cart", 1, 1)]).unwrap();
    // the second customer becomes one with the first, and its row is free
    store.push_many(&[event([0, 0], "cart", 2, 2), event([3, 9], "cart", 3, 3)]).unwrap();
    let ids = |of: u8, store: &mut Store| {
        let exported = store.export(&member(of)).unwrap().unwrap();
        exported.events.iter().map(|event| event.id.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((ids(0, &mut store), ids(3, &mut store)), ("e0 e1 e2".to_owned(), "e3".to_owned()));
}

#[test]
fn whose_state_is_damaged_stops_many_events_at_the_first_of_theirs() {
    let (_folder, path) = place();
    let events: Vec<Event> =
        (0..60_u32).map(|n| event([(n % 3) as u8, 9], "paid", i64::from(n), n)).collect();
    let mut store = open(&path, 100).unwrap();
    store.push_many(&events).unwrap();
    drop(store);
    let file = rusqlite::Connection::open(&path).unwrap();
    let row: i64 =
        file.query_row("SELECT customer FROM identity WHERE value = 'm2'", [], |row| row.get(0)).unwrap();
    let mut state: Vec<u8> =
        file.query_row("SELECT state FROM customer WHERE id = ?1", [row], |row| row.get(0)).unwrap();
    *state.last_mut().unwrap() ^= 1;
    file.execute("UPDATE customer SET state = ?2 WHERE id = ?1", rusqlite::params![row, state]).unwrap();
    file.close().unwrap();

    let mut store = open(&path, 100).unwrap();
    let more: Vec<Event> =
        (0..60_u32).map(|n| event([u8::from(n > 40) * 2, 9], "paid", 100 + i64::from(n), 100 + n)).collect();
    let (n, decisions, error) = store.push_many(&more).unwrap_err();
    assert_eq!((n, decisions.len(), error.code()), (41, 41, ErrorCode::State));
    assert!(error.to_string().contains("`member` `m2`"), "{error}");
    // again: nobody takes the customer for a new one
    let (n, _, error) = store.push_many(&more[41..]).unwrap_err();
    assert_eq!((n, error.code()), (0, ErrorCode::State));
    assert_eq!(store.n_customers(), 3);
    assert_eq!(store.log().unwrap().n_events(), 101);
    // the others go on
    assert_eq!(store.push_many(&[event([1, 9], "paid", 200, 500)]).unwrap().len(), 1);
}

#[test]
fn a_repeat_is_known_however_long_ago_it_was() {
    let (_folder, path) = place();
    let mut store = open(&path, 100).unwrap();
    let events: Vec<Event> = (0..600).map(|n| event([1, 9], "paid", i64::from(n), n)).collect();
    assert_eq!(store.push_many(&events).unwrap().len(), 600);
    // the customer itself remembers the last 256
    drop(store);
    let mut store = open(&path, 100).unwrap();
    assert_eq!(store.push_many(&events).unwrap(), []);
    let other = event([1, 9], "paid", 5, 0);
    let (n, decisions, error) = store.push_many(&[events[0].clone(), other, events[1].clone()]).unwrap_err();
    assert_eq!((n, decisions.len(), error.code()), (1, 0, ErrorCode::Conflict));
    assert_eq!(store.log().unwrap().n_events(), 600);
    assert_eq!(store.outbox().count(), 600);
}

#[test]
fn nobody_else_has_the_file_while_it_is_open() {
    let (_folder, path) = place();
    let store = open(&path, 10).unwrap();
    assert_eq!(open(&path, 10).unwrap_err().code(), ErrorCode::Locked);
    store.close().unwrap();
    open(&path, 10).unwrap();
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let (_folder, path) = place();
    std::fs::write(&path, "till, 2026\n".repeat(1_000)).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(open(&path, 10).unwrap_err().code(), ErrorCode::Format);
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let (_folder, path) = place();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE orders (id INTEGER)").unwrap();
    drop(other);
    assert_eq!(open(&path, 10).unwrap_err().code(), ErrorCode::Format);

    let (_folder, path) = place();
    open(&path, 10).unwrap().close().unwrap();
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(newer);
    assert_eq!(open(&path, 10).unwrap_err().code(), ErrorCode::NewerFormat);
    let folder = path.parent().unwrap();
    assert_eq!(open(folder, 10).unwrap_err().code(), ErrorCode::Io);
}

#[test]
fn who_is_erased_leaves_nothing_and_does_not_come_back() {
    let (_folder, path) = place();
    let canary = "canary-7c1e";
    let mut store = open(&path, 10).unwrap();
    let of = |id: u32| event([9, 9], "complaint", i64::from(id), id).identity("member", canary);
    for id in 0..10 {
        store.push(&of(id)).unwrap();
        store.push(&event([1, 9], "complaint", i64::from(id), 100 + id)).unwrap();
    }
    let key = IdentityKey { kind: "member".into(), value: canary.into() };
    let exported = store.export(&key).unwrap().unwrap();
    assert_eq!((exported.events.len(), exported.decisions.len()), (10, 10));
    assert!(holding(&path, canary) > 0);
    let receipt = store.erase(&key).unwrap();
    let counts = (receipt.customers, receipt.identities, receipt.events, receipt.decisions, receipt.tickets);
    assert_eq!(counts, (1, 1, 10, 10, exported.customer.tickets.len() as u64));
    assert_eq!(holding(&path, canary), 0);
    assert_eq!(store.erase(&key).unwrap(), Default::default());
    assert_eq!(store.export(&key).unwrap(), None);
    assert_eq!((store.n_customers(), store.outbox().count()), (1, 10));
    // an event that is sent again, also after a restart
    drop(store);
    let mut store = open(&path, 10).unwrap();
    assert_eq!(store.push(&of(3)).unwrap(), []);
    assert_eq!((store.n_customers(), store.customer(&key).unwrap()), (1, None));
    // a new one is of a new customer
    store.push(&of(60)).unwrap();
    assert_eq!(store.n_customers(), 2);
}

/// Which files of the folder of a store hold a text.
fn holding(path: &Path, text: &str) -> usize {
    let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let files = folder.map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.filter(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes())).count()
}

#[test]
fn an_event_is_its_customers_whichever_identity_gave_way() {
    let shared = "
cjm: 1
id: shop
zone: UTC
identities: [{ id: phone, max_links: 2, deny: ['0000'] }, { id: openid }]
events: { paid: { n: int } }
";
    let (_folder, path) = place();
    let blueprint = Blueprint::from_yaml(shared).unwrap();
    let mut store = Store::open(&path, &blueprint).unwrap();
    let paid = |phone: &str, openid: &str, id: u32| {
        let event = Event::new("paid", at(i64::from(id))).id("web", format!("e{id}"));
        event.identity("phone", phone).identity("openid", openid)
    };
    let key = |kind: &str, value: &str| IdentityKey { kind: kind.into(), value: value.into() };
    for (id, (phone, openid)) in
        [("p-family", "o-one"), ("p-family", "o-two"), ("p-family", "o-canary"), ("0000", "o-canary")]
            .into_iter()
            .enumerate()
    {
        store.push(&paid(phone, openid, id as u32)).unwrap();
    }
    let n_events = |store: &mut Store, key| store.export(&key).unwrap().unwrap().events.len();
    assert_eq!(n_events(&mut store, key("openid", "o-canary")), 2);
    assert_eq!(n_events(&mut store, key("phone", "p-family")), 2);
    // the event that named the family's phone stays its own, without it
    let family = store.erase(&key("phone", "p-family")).unwrap();
    assert_eq!((family.customers, family.events), (1, 2));
    assert_eq!((holding(&path, "p-family"), holding(&path, "o-one"), holding(&path, "o-two")), (0, 0, 0));
    assert_eq!((n_events(&mut store, key("openid", "o-canary")), store.log().unwrap().n_events()), (2, 2));
    assert_eq!(store.refused_links().unwrap().len(), 1);
    // none of them is new, also after a restart
    drop(store);
    let mut store = Store::open(&path, &blueprint).unwrap();
    for (phone, openid, id) in [("p-family", "o-two", 1), ("p-family", "o-canary", 2)] {
        assert_eq!(store.push(&paid(phone, openid, id)).unwrap(), []);
    }
    assert_eq!(store.n_customers(), 1);
    let last = store.erase(&key("openid", "o-canary")).unwrap();
    assert_eq!((last.customers, last.events, store.n_customers()), (1, 2, 0));
    assert_eq!(holding(&path, "o-canary"), 0);
    // of links nothing is left either
    let n: i64 = store.connection.query_row("SELECT count(*) FROM link", [], |row| row.get(0)).unwrap();
    assert_eq!((n, store.refused_links().unwrap().len()), (0, 0));
}

#[test]
fn a_link_that_was_refused_before_anybody_had_it_is_erased_with_whom_it_names() {
    let (_folder, path) = place();
    let mut store = open(&path, 10).unwrap();
    store.push(&event([1, 2], "paid", 0, 0)).unwrap();
    store.push(&Event::new("paid", at(1)).id("web", "e1").identity("device", "till")).unwrap();
    let till = IdentityKey { kind: "device".into(), value: "till".into() };
    assert_eq!(store.refused_links().unwrap().len(), 1);
    assert_eq!(store.erase(&till).unwrap().events, 1);
    assert_eq!(store.refused_links().unwrap().len(), 0);
    assert_eq!((store.log().unwrap().n_events(), store.n_customers()), (1, 1));
    let events = store.export(&member(1)).unwrap().unwrap().events;
    assert_eq!(events[0].identities.len(), 1);
}

#[test]
fn keys_of_who_was_erased_are_kept_for_seven_days_of_time_that_passed() {
    const DAY: i64 = 24 * 60;
    let (_folder, path) = place();
    let mut store = open(&path, 10).unwrap();
    store.push(&event([1, 9], "paid", 0, 0)).unwrap();
    // of another year, as told by a wrong clock
    store.push(&event([2, 9], "paid", 400 * DAY, 1)).unwrap();
    store.erase(&member(1)).unwrap();
    store.erase(&member(2)).unwrap();
    let kept = |store: &Store| -> i64 {
        store.connection.query_row("SELECT count(*) FROM erased", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(kept(&store), 2);
    store.advance(at(6 * DAY)).unwrap();
    assert_eq!(store.push(&event([1, 9], "paid", 0, 0)).unwrap(), []);
    assert_eq!((kept(&store), store.n_customers()), (2, 0));
    store.advance(at(8 * DAY)).unwrap();
    assert_eq!(kept(&store), 1);
    store.advance(at(408 * DAY)).unwrap();
    assert_eq!(kept(&store), 0);
}

#[test]
fn an_old_copy_says_so_and_gives_the_same_ids() {
    let (folder, path) = place();
    let mut store = open(&path, 10).unwrap();
    store.push(&event([1, 9], "paid", 0, 0)).unwrap();
    let copy = folder.path().join("copy.db");
    // whatever lies beside it is left alone
    let part = folder.path().join("copy.db.part");
    std::fs::write(&part, "somebody's").unwrap();
    store.backup(&copy).unwrap();
    assert_eq!(std::fs::read(&part).unwrap(), b"somebody's");
    let names = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with("copy.db")).count(), 2);
    assert_eq!(store.backup(&copy).unwrap_err().code(), ErrorCode::Argument);
    let later = event([2, 9], "paid", 1, 1);
    let decided = store.push(&later).unwrap();
    let last = store.deliveries().last().unwrap().0;

    let mut restored = open(&copy, 10).unwrap();
    assert!(restored.is_restored_backup() && !store.is_restored_backup());
    assert_eq!(shown(&restored.push(&later).unwrap()), shown(&decided));
    restored.caught_up().unwrap();
    drop(restored);
    assert!(!open(&copy, 10).unwrap().is_restored_backup());

    // a file that was copied behind the store's back is known by what the host has seen
    drop(store);
    let seen = |last| {
        let options = StoreOptions { last_sequence: Some(last), ..StoreOptions::default() };
        Store::open_with(&path, &shop(), options).unwrap().is_restored_backup()
    };
    assert_eq!((seen(last), seen(last + 1)), (false, true));
    // it says so until everything was sent again, however often that is interrupted
    assert!(seen(last) && open(&path, 10).unwrap().is_restored_backup());
    let mut behind = open(&path, 10).unwrap();
    behind.push(&event([3, 9], "paid", 2, 2)).unwrap();
    // no sequence that the host has seen is given to another decision
    assert_eq!(behind.deliveries().last().unwrap().0, last + 2);
    assert!(behind.is_restored_backup());
    behind.caught_up().unwrap();
    drop(behind);
    assert!(!seen(last + 1));
    let beyond = StoreOptions { last_sequence: Some(u64::MAX), ..StoreOptions::default() };
    assert_eq!(Store::open_with(&path, &shop(), beyond).unwrap_err().code(), ErrorCode::Argument);
    assert!(!open(&path, 10).unwrap().is_restored_backup());
}

#[test]
fn another_blueprint_is_installed_when_the_file_is_opened() {
    let (_folder, path) = place();
    let mut store = open(&path, 10).unwrap();
    store.push(&event([1, 9], "cart", 0, 0)).unwrap();
    drop(store);
    let later = Blueprint::from_yaml(&SHOP.replace("for: 30m", "for: 1h")).unwrap();
    let mut store = Store::open(&path, &later).unwrap();
    assert_eq!(store.next_due().unwrap(), Some(at(60)));
    // what an event of before says is read as it was then
    assert_eq!(store.push(&event([1, 9], "cart", 0, 0)).unwrap(), []);
    let back = shop();
    assert_eq!(store.preview(&back, &Policy::default()).unwrap().total.moved, 1);
    assert_eq!(store.next_due().unwrap(), Some(at(60)));
    store.install(&back, &Policy::default()).unwrap();
    drop(store);
    assert_eq!(open(&path, 10).unwrap().next_due().unwrap(), Some(at(30)));
}

/// The format of a file, and whether it has a table.
fn format_and(path: &Path, table: &str) -> (i32, bool) {
    let file = rusqlite::Connection::open(path).unwrap();
    let format = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    (format, file.table_exists(None, table).unwrap())
}

#[test]
fn an_older_file_is_brought_up_step_by_step_or_stays_as_it_was() {
    const STEPS: [&str; 2] = [
        "CREATE TABLE shelf (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO shelf SELECT id, tickets FROM customer;",
        "ALTER TABLE shelf ADD COLUMN place TEXT; UPDATE shelf SET place = 'front';",
    ];
    let migrate = |path: &Path, format, steps: &[&str]| {
        super::file::migrate(&rusqlite::Connection::open(path).unwrap(), format, steps)
    };
    let (folder, path) = place();
    let mut store = open(&path, 10).unwrap();
    store.push(&event([1, 9], "complaint", 0, 0)).unwrap();
    store.close().unwrap();
    let before = std::fs::read(&path).unwrap();

    // a step that can not be done leaves what the steps before it did undone
    let wrong = [STEPS[0], "UPDATE nowhere SET place = 'front';"];
    assert_eq!(migrate(&path, 1, &wrong).unwrap_err().code(), ErrorCode::Io);
    assert_eq!(format_and(&path, "shelf"), (1, false));
    assert_eq!(migrate(&path, 0, &STEPS).unwrap_err().code(), ErrorCode::State);

    // so does one that is interrupted when it has reached the disk
    let copy = folder.path().join("copy.db");
    let beside = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    let halfway = rusqlite::Connection::open(&path).unwrap();
    halfway.execute_batch("PRAGMA cache_size = 1; BEGIN EXCLUSIVE;").unwrap();
    halfway.execute_batch(STEPS[0]).unwrap();
    halfway.execute_batch("CREATE TABLE more (text); INSERT INTO more VALUES (zeroblob(900000));").unwrap();
    std::fs::copy(&path, &copy).unwrap();
    assert!(std::fs::copy(beside(&path), beside(&copy)).unwrap() > 500_000);
    drop(halfway);
    assert_eq!(format_and(&copy, "shelf"), (1, false));
    assert_eq!(open(&copy, 10).unwrap().n_customers(), 1);

    // one step, then the other, or both at once
    migrate(&path, 1, &STEPS[..1]).unwrap();
    assert_eq!(format_and(&path, "shelf"), (2, true));
    migrate(&path, 2, &STEPS).unwrap();
    assert_eq!(format_and(&path, "shelf"), (3, true));
    std::fs::write(&path, before).unwrap();
    migrate(&path, 1, &STEPS).unwrap();
    assert_eq!(format_and(&path, "shelf"), (3, true));
    let file = rusqlite::Connection::open(&path).unwrap();
    let row: (i64, String) =
        file.query_row("SELECT n, place FROM shelf", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(row, (1, "front".to_owned()));
    drop(file);
    // and this version refuses what is newer than itself
    assert_eq!(open(&path, 10).unwrap_err().code(), ErrorCode::NewerFormat);
}

#[test]
fn how_far_an_event_may_be_ahead_is_said_when_it_is_opened() {
    let (_folder, path) = place();
    let ahead = |max_ahead| {
        let options = StoreOptions { max_ahead, ..StoreOptions::default() };
        let mut store = Store::open_with(&path, &shop(), options).unwrap();
        store.push_at(&event([1, 9], "paid", 120, 0), at(0)).map(drop).map_err(|error| error.code())
    };
    let hours = |n: i64| Duration::from_micros(n * 3_600_000_000);
    assert_eq!((ahead(hours(1)), ahead(hours(2))), (Err(ErrorCode::Future), Ok(())));
}

#[test]
fn a_path_is_that_of_a_file_whatever_the_database_would_take_it_for() {
    for none in ["", "a\0b"] {
        assert_eq!(open(Path::new(none), 1).unwrap_err().code(), ErrorCode::Io);
    }
    for special in [":memory:", "file:x?mode=memory", "file::memory:"] {
        assert_eq!(super::file::plain(Path::new(special)).unwrap(), Path::new(".").join(special));
    }
    for usual in ["till.db", "/a/:memory:", "a:b"] {
        assert_eq!(super::file::plain(Path::new(usual)).unwrap(), Path::new(usual));
    }
}

#[test]
fn memory_that_may_differ_from_the_file_is_read_anew_before_it_says_anything() {
    let (_folder, path) = place();
    let mut store = open(&path, 10).unwrap();
    store.push(&event([1, 9], "paid", 0, 0)).unwrap();
    // as after a write that failed, and a read that failed too
    store.is_adrift = true;
    store.set_engine(store.plan().clone(), super::Base::default()).unwrap();
    assert_eq!(store.outbox().count(), 0);
    assert_eq!(store.backup(&path.with_extension("copy")).unwrap_err().code(), ErrorCode::Io);
    store.ready().unwrap();
    assert_eq!((store.outbox().count(), store.n_customers()), (1, 1));
}
