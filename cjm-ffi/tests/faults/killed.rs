//! A program that kills itself before a change of its files, at every one of them: what returned is there, what did not
//! is there whole or not at all.

use std::path::Path;
use std::process::Command;

use cjm_io::store::Durability;

use super::power::tell;
use super::story::{is_long, open, rows, step};
use super::vfs::{kill_in, left};

/// Calls of the story.
const N: usize = 40;
/// The test, which is the program that is killed too.
const NAME: &str = "killed::a_program_killed_before_any_write_loses_nothing_that_returned";
/// Say where the store of the child is, and before which change it is killed.
const PLACE: &str = "CJM_FAULTS_STORE";
const CHANGE: &str = "CJM_FAULTS_CHANGE";

/// Tells the story; after every call says which it was.
fn child(path: &Path) {
    let change = std::env::var(CHANGE).ok().and_then(|change| change.parse().ok()).expect("a number");
    kill_in(change);
    let mut store = open(path, Durability::Full).expect("it opens");
    for n in 0..N {
        step(&mut store, n).expect("it is done");
        println!("\ndone {n}");
    }
    store.close().expect("it is closed");
    println!("\nleft {}", left());
}

/// Runs the child; gives how many calls returned, and how many changes it did where it was not killed.
fn run(path: &Path, change: i64) -> (usize, Option<i64>) {
    let out = Command::new(std::env::current_exe().expect("this program"))
        .args([NAME, "--exact", "--nocapture", "--test-threads=1"])
        .env(PLACE, path)
        .env(CHANGE, change.to_string())
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&out.stdout);
    let left = text.lines().find_map(|line| line.strip_prefix("left ")?.parse::<i64>().ok());
    assert_eq!(out.status.code().is_none(), left.is_none(), "killed or done: {text}");
    (text.lines().filter(|line| line.starts_with("done ")).count(), left.map(|left| change - left))
}

#[test]
fn a_program_killed_before_any_write_loses_nothing_that_returned() {
    if let Some(place) = std::env::var_os(PLACE) {
        return child(Path::new(&place));
    }
    let told = tell(Durability::Full).rows;
    let folder = tempfile::tempdir().expect("a folder");
    let (done, changes) = run(&folder.path().join("calm.db"), 1_000_000);
    let (changes, mut n_kills, mut n_more) = (changes.expect("it was not killed"), 0, 0);
    assert_eq!(done, N);
    for change in (0..changes).step_by(if is_long() { 1 } else { 37 }) {
        let path = folder.path().join(format!("{change}.db"));
        let (done, left) = run(&path, change);
        assert_eq!(left, None, "it was killed");
        n_kills += 1;
        let open = || open(&path, Durability::Full).expect("it opens again");
        open().close().expect("it is closed");
        let after = rows(&path);
        let place = (done..=(done + 1).min(N)).find(|place| told[*place] == after);
        let place = place.unwrap_or_else(|| panic!("killed before change {change}, {done} calls returned"));
        n_more += usize::from(place > done);
        let mut store = open();
        for n in place..N {
            step(&mut store, n).expect("it goes on");
        }
        store.close().expect("it is closed");
        assert_eq!(rows(&path), told[N], "killed before change {change}");
    }
    println!(
        "COUNTED: {n_kills} kills, each before another of {changes} changes of files; {n_more} calls done that had not returned"
    );
}
