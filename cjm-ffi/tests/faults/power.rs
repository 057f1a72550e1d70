//! Power cuts and kills at every access to a disk: what returned is there, the rest is there whole or not at all.

use cjm_io::store::{Durability, Store};

use super::disk::{Access, Cut, Disk};
use super::story::{everything, is_long, next, open, pick, rows, step};
use super::vfs::Mounted;

/// Calls of the story.
const N: usize = 40;
/// Waits for the disk when it is told to, which is never within a story.
const BATCH: Durability = Durability::Batch(std::time::Duration::from_secs(1_000_000));

/// A story told without trouble: what lay on the disk after every call, and every change of the disk.
pub(crate) struct Told {
    pub(crate) rows: Vec<String>,
    trace: Vec<Access>,
    /// How many changes the disk had seen when each call returned.
    returned: Vec<usize>,
}

fn opened(disk: Disk, durability: Durability) -> (Mounted, Store) {
    let mounted = Mounted::new(disk);
    let store = open(&mounted.path(), durability).expect("it opens");
    (mounted, store)
}

/// The rows that lie on a disk.
fn rows_on(disk: &Disk) -> String {
    rows(&Mounted::new(disk.clone()).path())
}

pub(crate) fn tell(durability: Durability) -> Told {
    let (mounted, mut store) = opened(Disk { trace: Some(Vec::new()), ..Disk::default() }, durability);
    let now = |mounted: &Mounted| mounted.with(|disk| (disk.cut(Cut::Kill, &mut 0), disk.n_changes));
    let (disk, n) = now(&mounted);
    let mut told = Told { rows: vec![rows_on(&disk)], trace: Vec::new(), returned: vec![n] };
    for n in 0..N {
        step(&mut store, n).expect("there is no trouble");
        let (disk, n) = now(&mounted);
        told.rows.push(rows_on(&disk));
        told.returned.push(n);
    }
    store.close().expect("it is closed");
    told.trace = mounted.with(|disk| disk.trace.take()).expect("it was kept");
    told
}

impl Told {
    /// How many calls had returned when so many changes were done; none where not even the opening had.
    fn n_returned(&self, changes: usize) -> Option<usize> {
        self.returned.iter().rposition(|n| *n <= changes)
    }

    /// The call behind which a store stands, looked for from the last backwards.
    fn place(&self, rows: &str, from: usize, to: usize) -> Option<usize> {
        (from..=to.min(N)).rev().find(|place| self.rows[*place] == rows)
    }
}

/// Cuts a story at every `stride` th change in every way; gives how many cuts, and how many calls were lost at most.
fn cut_everywhere(durability: Durability, stride: usize) -> (usize, usize) {
    let told = tell(durability);
    let (mut disk, mut seed, mut n_cuts, mut lost) = (Disk::default(), 7, 0, 0);
    for (n, access) in told.trace.iter().enumerate() {
        disk.apply(access);
        if (n + 1) % stride != 0 && n + 1 != told.trace.len() {
            continue;
        }
        let returned = told.n_returned(n + 1);
        for cut in Cut::ALL {
            n_cuts += 1;
            let (mounted, store) = opened(disk.cut(cut, &mut seed), durability);
            // a crash of the program alone loses nothing, whatever the store waits for
            let keeps_all = durability == Durability::Full || cut == Cut::Kill;
            let least = if keeps_all { returned.unwrap_or(0) } else { 0 };
            store.close().expect("it is closed");
            let rows = rows_on(&mounted.with(|disk| disk.cut(Cut::Kill, &mut 0)));
            let place = told.place(&rows, least, returned.map_or(0, |n| n + 1));
            let place =
                place.unwrap_or_else(|| panic!("{cut:?} after change {n}, {returned:?} calls returned"));
            lost = lost.max(returned.unwrap_or(0).saturating_sub(place));
            if n_cuts % 5 == 0 {
                // goes on, and ends as if nothing had been
                let mut store = open(&mounted.path(), durability).expect("it opens again");
                for n in place..N {
                    step(&mut store, n).expect("it goes on");
                }
                store.close().expect("it is closed");
                assert_eq!(rows_on(&mounted.with(|disk| disk.clone())), told.rows[N], "{cut:?} {n}");
            }
        }
    }
    (n_cuts, lost)
}

#[test]
fn a_power_cut_at_any_change_of_the_disk_loses_nothing_that_returned() {
    let (n, lost) = cut_everywhere(Durability::Full, if is_long() { 1 } else { 20 });
    assert_eq!(lost, 0);
    println!("COUNTED: {n} power cuts and kills, nothing lost");
}

#[test]
fn a_power_cut_takes_the_last_calls_alone_where_no_call_waits_for_the_disk() {
    let (n, lost) = cut_everywhere(BATCH, if is_long() { 1 } else { 20 });
    assert!(lost > 0, "the disk is not waited for");
    println!("COUNTED: {n} power cuts and kills, at most {lost} of {N} calls lost");
}

#[test]
fn what_was_flushed_is_safe_however_the_disk_is_used_else() {
    let mut n_cuts = 0;
    for durability in [Durability::Full, BATCH, Durability::Off] {
        let (mounted, mut store) = opened(Disk::default(), durability);
        let mut size = 0;
        for n in 0..if is_long() { 6_000 } else { 600 } {
            step(&mut store, n).expect("there is no trouble");
            // at some moments, and when the log was just brought into the file
            let now = mounted.with(|disk| disk.size("till.db")).expect("it is there");
            if now == size && n % 200 != 199 {
                continue;
            }
            size = now;
            store.flush().expect("it is flushed");
            let all = mounted.with(|disk| disk.clone());
            let expected = rows_on(&all.cut(Cut::Kill, &mut 0));
            for cut in Cut::ALL {
                assert_eq!(rows_on(&all.cut(cut, &mut (n as u64))), expected, "{durability:?} {cut:?} {n}");
                n_cuts += 1;
            }
        }
    }
    println!("COUNTED: {n_cuts} power cuts after a flush, nothing lost");
}

/// What a store says, whatever the disk does later.
fn said(disk: &Disk) -> serde_json::Value {
    let (_mounted, mut store) = opened(disk.clone(), Durability::Full);
    everything(&mut store).expect("it is read")
}

#[test]
fn one_power_cut_after_the_other_also_while_a_store_is_opened() {
    let (mut seed, mut n_cuts, mut n_stories) = (11, 0, 0);
    let (_mounted, mut store) = opened(Disk::default(), Durability::Full);
    let mut expected = vec![everything(&mut store).expect("it is read")];
    for n in 0..N {
        step(&mut store, n).expect("there is no trouble");
        expected.push(everything(&mut store).expect("it is read"));
    }
    while n_cuts < if is_long() { 3_000 } else { 80 } {
        n_stories += 1;
        let (mut disk, mut done) = (Disk::default(), 0);
        while done < N {
            disk.off_at = Some(pick(&mut seed, 120));
            let mounted = Mounted::new(disk);
            if let Ok(mut store) = open(&mounted.path(), Durability::Full) {
                while done < N && step(&mut store, done).is_ok() {
                    done += 1;
                }
            }
            n_cuts += 1;
            let cut = Cut::ALL[next(&mut seed) as usize % Cut::ALL.len()];
            disk = mounted.with(|disk| disk.cut(cut, &mut seed));
            let said = said(&disk);
            let is_one = expected[done..].iter().take(2).any(|one| *one == said);
            assert!(is_one, "{cut:?} in story {n_stories}, {done} calls returned");
        }
    }
    println!("COUNTED: {n_cuts} power cuts in {n_stories} stories, the opening cut too");
}
