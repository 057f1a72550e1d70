//! Stores with flipped bits: in a state or a body it is an error and never another answer, for that customer alone; and
//! nothing panics, wherever the bit lies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

use cjm_core::{ErrorCode, Event, Result};
use cjm_io::store::{Durability, Store};
use rusqlite::{Connection, params};
use serde_json::Value as Json;
use tempfile::TempDir;

use self::story::{at, everything, is_long, member, next, pick, step};

#[path = "common/story.rs"]
mod story;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("till.db");
    (folder, path)
}

fn open(path: &Path) -> Result<Store> {
    story::open(path, Durability::Off)
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// The n th event of a customer whose state is as long as everybody's.
fn of(who: usize, n: usize) -> Event {
    let what = ["cart", "complaint", "paid", "cart"][n % 4];
    let event = Event::new(what, at(n)).id("till", format!("{who:06}-{n}")).with("n", 1_i64);
    event.identity("member", format!("m{who:06}"))
}

#[test]
fn every_bit_of_a_state_is_watched() {
    let (_folder, path) = place();
    let n_events = if is_long() { 4 } else { 1 };
    let mut store = open(&path).expect("it opens");
    (0..n_events).for_each(|n| drop(store.push(&of(0, n)).expect("it is taken in")));
    let key = |who: usize| member(format!("{who:06}"));
    let state = store.customer(&key(0)).expect("it is read").expect("somebody").encode();
    let n_bits = state.len() * 8;
    // the n th customer gets this state with the n th bit flipped; the last is whole
    let events: Vec<Event> = (0..=n_bits).flat_map(|who| (0..n_events).map(move |n| of(who, n))).collect();
    for some in events.chunks(2_000) {
        store.push_many(some).expect("they are taken in");
        for (_, id) in store.deliveries().map(|(n, one)| (n, one.id)).collect::<Vec<_>>() {
            store.ack(id, cjm_core::AckOutcome::Delivered, None).expect("it is heard");
        }
    }
    store.close().expect("it is closed");
    let file = Connection::open(&path).expect("it opens");
    file.execute_batch("BEGIN").expect("it begins");
    for who in 0..n_bits {
        let find = "SELECT customer FROM identity WHERE value = ?1";
        let row: i64 = file.query_row(find, [&*key(who).value], |row| row.get(0)).expect("somebody");
        let mut flipped = state.clone();
        flip(&mut flipped, who);
        file.execute("UPDATE customer SET state = ?2 WHERE id = ?1", params![row, flipped])
            .expect("it is written");
    }
    file.execute_batch("COMMIT").expect("it is written");
    drop(file);

    let mut store = open(&path).expect("it opens");
    let n_found = (0..n_bits)
        .filter(|who| {
            let codes = [
                store.view(&key(*who)).map(drop).map_err(|e| e.code()),
                store.push(&of(*who, 99)).map(drop).map_err(|e| e.code()),
            ];
            codes[0] == codes[1] && matches!(codes[0], Err(ErrorCode::State | ErrorCode::NewerFormat))
        })
        .count();
    assert_eq!(n_found, n_bits);
    assert_eq!(store.advance(at(10_000)).unwrap_err().code(), ErrorCode::State);
    // everybody else goes on, and who is damaged can be taken away
    assert!(store.view(&key(n_bits)).expect("it is read").is_some());
    assert!(!store.push(&of(n_bits, 102)).expect("it is taken in").is_empty());
    let damaged: Vec<_> = (0..n_bits).step_by(n_bits / 20).map(key).collect();
    let erased = store.erase_all(&damaged).expect("they are erased");
    assert!(erased.iter().all(|erased| (erased.customers, erased.events) == (1, n_events as u64)));
    assert_eq!(store.n_customers() as usize, n_bits + 1 - erased.len());
    assert_eq!(store.push(&of(0, 0)).expect("it is known"), []);
    println!("COUNTED: {n_found} of {n_bits} flipped bits of states found");
}

/// A store of the story, closed.
fn tell(path: &Path, n_steps: usize) {
    let mut store = open(path).expect("it opens");
    (0..n_steps).for_each(|n| step(&mut store, n).expect("it is done"));
    let gone = store.erase(&member(5)).expect("it is erased");
    assert_eq!(gone.customers, 1);
    store.close().expect("it is closed");
}

/// Everything that a store says, its news too, and what it does with an event that is sent again and with a new one.
fn said(path: &Path) -> Result<Json> {
    let mut store = open(path)?;
    let mut all = everything(&mut store)?;
    all["links"] = serde_json::to_value(store.refused_links()?).expect("they are written");
    all["outcomes"] = serde_json::to_value(store.take_outcomes()?).expect("they are written");
    for n in [0, 1, 2, 4, 30, 31, 1_000, 1_001, 1_002] {
        let made = store.push(&story::event(n))?;
        all[format!("made of {n}")] = made.iter().map(|one| one.to_json().to_string()).collect();
    }
    let made = store.advance(at(100_000))?;
    all["advanced"] = made.iter().map(|one| one.to_json().to_string()).collect();
    Ok(all)
}

/// What came of flipped bits.
#[derive(Debug, Default)]
struct Came {
    found: usize,
    same: usize,
    /// Where another answer was given, and how often.
    other: std::collections::BTreeMap<String, usize>,
}

impl Came {
    fn note(&mut self, place: &str, answer: Result<Json>, expected: &Json) {
        match answer {
            Err(error) => {
                let codes = [ErrorCode::State, ErrorCode::NewerFormat, ErrorCode::Format, ErrorCode::Io];
                assert!(codes.contains(&error.code()), "{place}: {error}");
                self.found += 1;
            }
            Ok(answer) if answer == *expected => self.same += 1,
            Ok(_) => *self.other.entry(place.to_owned()).or_default() += 1,
        }
    }
}

#[test]
fn every_body_is_watched() {
    const BODIES: [&str; 8] = [
        "meta.value",
        "outbox.body",
        "seat.body",
        "event.body",
        "refusal.body",
        "refused_link.body",
        "outcome.body",
        "customer.state",
    ];
    let (folder, path) = place();
    let expected = {
        let copy = folder.path().join("asked.db");
        tell(&path, 60);
        std::fs::copy(&path, &copy).expect("it is copied");
        said(&copy).expect("it is whole")
    };
    let (mut came, mut seed) = (Came::default(), 3);
    for body in BODIES {
        let (table, column) = body.split_once('.').expect("two names");
        for _ in 0..if is_long() { 300 } else { 12 } {
            let copy = folder.path().join("flipped.db");
            std::fs::copy(&path, &copy).expect("it is copied");
            let file = Connection::open(&copy).expect("it opens");
            let find = format!("SELECT {column} FROM {table} ORDER BY {column}");
            let mut find = file.prepare(&find).expect("it is a column");
            let all = find.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("it has rows");
            let all = all.collect::<rusqlite::Result<Vec<_>>>().expect("they are bytes");
            assert!(!all.is_empty(), "there is something in `{table}`");
            let before = &all[pick(&mut seed, all.len())];
            let mut after = before.clone();
            flip(&mut after, pick(&mut seed, before.len() * 8));
            let put = format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1");
            file.execute(&put, params![before, after]).expect("it is written");
            drop(find);
            drop(file);
            came.note(body, said(&copy), &expected);
        }
    }
    assert_eq!(came.other, std::collections::BTreeMap::new());
    println!("COUNTED: flipped bits of bodies: {} found, {} in what nobody reads", came.found, came.same);
}

#[test]
fn no_bit_of_a_file_makes_anything_panic() {
    let (folder, path) = place();
    tell(&path, 60);
    let whole = std::fs::read(&path).expect("it is read");
    let copy = folder.path().join("flipped.db");
    std::fs::write(&copy, &whole).expect("it is written");
    let expected = said(&copy).expect("it is whole");
    let (mut came, mut seed) = (Came::default(), 5);
    for _ in 0..if is_long() { 10_000 } else { 250 } {
        let mut bytes = whole.clone();
        flip(&mut bytes, next(&mut seed) as usize % (whole.len() * 8));
        std::fs::write(&copy, bytes).expect("it is written");
        for beside in ["-wal", "-journal"] {
            let _none = std::fs::remove_file(folder.path().join(format!("flipped.db{beside}")));
        }
        came.note("the file", said(&copy), &expected);
    }
    let n_other: usize = came.other.values().sum();
    println!(
        "COUNTED: flipped bits of a file: {} found, {} in what nobody reads, {n_other} in numbers and keys without a hash",
        came.found, came.same
    );
}
