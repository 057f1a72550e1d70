//! Customers who are erased leave no byte on the disk, also when the erasure was interrupted at any access and done again.

use cjm_core::customer::identity::IdentityKey;
use cjm_core::{AckOutcome, Event};
use cjm_io::store::{Durability, Erased, Store};

use super::disk::{Cut, Disk, Fault, Kind};
use super::story::{at, is_long, next, open, pick};
use super::vfs::Mounted;

/// A customer of whom everything is told by texts that nobody else has.
pub(crate) struct Person {
    member: String,
    device: String,
    says: String,
    event: String,
}

/// A random text of 32 bytes.
fn canary(seed: &mut u64) -> String {
    const SIGNS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    (0..32).map(|_| char::from(SIGNS[next(seed) as usize % 32])).collect()
}

impl Person {
    fn new(seed: &mut u64) -> Self {
        Self { member: canary(seed), device: canary(seed), says: canary(seed), event: canary(seed) }
    }

    pub(crate) fn key(&self) -> IdentityKey {
        IdentityKey { kind: "member".into(), value: self.member.as_str().into() }
    }

    /// The n th of the person's events: by the member, by the device, by both, which links them.
    fn tells(&self, n: usize, minute: usize, what: &str) -> Event {
        let event = Event::new(what, at(minute)).id("till", format!("{}{n}", self.event));
        let event =
            event.with("n", n as i64).with("says", format!("{} {}", self.says, "very ".repeat(n % 60)));
        let event = if n % 3 == 1 { event } else { event.identity("member", self.member.as_str()) };
        if n.is_multiple_of(3) { event } else { event.identity("device", self.device.as_str()) }
    }

    /// What of the person lies on a disk.
    pub(crate) fn left_on(&self, disk: &Disk) -> Option<String> {
        [&self.member, &self.device, &self.says, &self.event]
            .into_iter()
            .find_map(|text| disk.holds(&text.as_bytes()[..12]).map(|file| format!("`{text}` in `{file}`")))
    }
}

/// A store with people of whom there is something in every table, mixed as they come.
pub(crate) fn crowd(
    mounted: &Mounted,
    (n_people, n_each): (usize, usize),
    durability: Durability,
) -> (Store, Vec<Person>) {
    let mut seed = 23;
    let people: Vec<Person> = (0..n_people).map(|_| Person::new(&mut seed)).collect();
    let mut store = open(&mounted.path(), durability).expect("it opens");
    for n in 0..n_people * n_each {
        let person = &people[pick(&mut seed, n_people)];
        let what = ["cart", "paid", "paid", "complaint"][pick(&mut seed, 4)];
        store.push(&person.tells(n, n, what)).expect("it is taken in");
        if n % 7 == 6 {
            store.advance(at(n)).expect("time passes");
        }
        let waiting = store.deliveries().nth(pick(&mut seed, 9)).map(|(_, decision)| decision.id);
        if let Some(id) = waiting.filter(|_| n % 5 == 4) {
            store.ack(id, AckOutcome::Delivered, None).expect("it is heard");
        }
    }
    // nobody is left whose parts were not linked
    for (n, person) in people.iter().enumerate() {
        let minute = n_people * n_each + n;
        store.push(&person.tells(100_001, minute, "cart")).expect("it is taken in");
        store.push(&person.tells(100_002, minute, "paid")).expect("it is taken in");
    }
    (store, people)
}

#[test]
fn who_is_erased_leaves_no_byte() {
    let size = if is_long() { (400, 12) } else { (150, 2) };
    let mut n_erased = 0;
    for durability in [Durability::Full, Durability::Batch(std::time::Duration::MAX), Durability::Off] {
        let mounted = Mounted::new(Disk::default());
        let (mut store, people) = crowd(&mounted, size, durability);
        assert!(people.iter().all(|person| mounted.with(|disk| person.left_on(disk)).is_some()));
        for pair in people.chunks(2).step_by(if is_long() { 1 } else { 5 }) {
            let stays = store.export(&pair[1].key()).expect("it is read");
            let receipt = store.erase(&pair[0].key()).expect("the person is erased");
            assert_eq!((receipt.customers, receipt.identities), (1, 2));
            assert_eq!(mounted.with(|disk| pair[0].left_on(disk)), None);
            assert_eq!(store.export(&pair[1].key()).expect("it is read"), stays);
            n_erased += 1;
        }
        drop(store);
    }
    println!("COUNTED: {n_erased} people erased, no byte left of any");
}

/// Erases a person of a crowd on a disk where that is interrupted; whether the person was there when it was opened again.
fn interrupted(before: &Disk, person: &Person, off_at: usize, cut: Cut, seed: &mut u64) -> bool {
    let mounted = Mounted::new(before.cut(Cut::Kill, seed));
    let mut store = open(&mounted.path(), Durability::Full).expect("it opens");
    let whole = store.export(&person.key()).expect("it is read");
    mounted.with(|disk| disk.off_at = Some(disk.n_changes + off_at));
    let erased = store.erase(&person.key());
    drop(store);
    let again = Mounted::new(mounted.with(|disk| disk.cut(cut, seed)));
    let mut store = open(&again.path(), Durability::Full).expect("it opens again");
    let now = store.export(&person.key()).expect("it is read");
    assert!(now.is_none() || (now == whole && erased.is_err()), "{cut:?} {off_at}: whole or gone");
    if now.is_none() {
        // what was interrupted was finished when it was opened
        assert_eq!(again.with(|disk| person.left_on(disk)), None, "{cut:?} {off_at}");
    }
    let receipt = store.erase(&person.key()).expect("the disk is well");
    assert_eq!(receipt == Erased::default(), now.is_none());
    assert_eq!(again.with(|disk| person.left_on(disk)), None, "{cut:?} {off_at}, erased again");
    now.is_some()
}

#[test]
fn an_erasure_that_was_interrupted_is_finished() {
    let mounted = Mounted::new(Disk::default());
    let (mut store, people) = crowd(&mounted, (12, 12), Durability::Full);
    let before = mounted.with(|disk| disk.clone());
    let n = mounted.with(|disk| disk.n_changes);
    store.erase(&people[3].key()).expect("the person is erased");
    let n = mounted.with(|disk| disk.n_changes) - n;
    let (mut seed, mut n_whole, mut n_gone) = (5, 0, 0);
    for off_at in (0..=n + 1).step_by(if is_long() { 1 } else { 17 }) {
        for cut in Cut::ALL {
            let is_whole = interrupted(&before, &people[3], off_at, cut, &mut seed);
            *if is_whole { &mut n_whole } else { &mut n_gone } += 1;
        }
    }
    assert!(n_whole > 0 && n_gone > 0);
    println!(
        "COUNTED: {} interrupted erasures, the person whole after {n_whole}, gone after {n_gone}",
        n_whole + n_gone
    );
}

#[test]
fn an_erasure_that_failed_is_finished_when_it_is_asked_for_again() {
    let mounted = Mounted::new(Disk::default());
    let (store, people) = crowd(&mounted, (12, 12), Durability::Full);
    let before = mounted.with(|disk| disk.cut(Cut::Kill, &mut 0));
    drop(store);
    let (mut n_faults, mut from) = (0, 0);
    loop {
        let mounted = Mounted::new(before.clone());
        let mut store = open(&mounted.path(), Durability::Full).expect("it opens");
        let kind = [Kind::Broken, Kind::Full][n_faults % 2];
        mounted
            .with(|disk| disk.fault = Some(Fault { from: disk.n_changes + from, n: 1 + n_faults % 5, kind }));
        let mut n_errors = 0;
        while store.erase(&people[5].key()).is_err() {
            n_errors += 1;
            assert!(n_errors < 20, "the disk is well again");
        }
        assert_eq!(mounted.with(|disk| people[5].left_on(disk)), None, "{kind:?} {from}");
        assert_eq!(store.customer(&people[5].key()).expect("it is read"), None);
        if mounted.with(|disk| disk.n_changes < from) {
            break;
        }
        n_faults += 1;
        from += if is_long() { 1 } else { 11 };
    }
    println!("COUNTED: {n_faults} erasures on disks that failed, no byte left of any");
}
