//! A program killed at any moment while it pushes into a store: what returned is there, what did not is there whole or
//! not at all, and in the end everything is as if nothing had happened.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cjm_io::store::Store;
use serde_json::Value as Json;

use self::story::{at, event, next, shop};

#[path = "common/story.rs"]
mod story;

/// Events of one story.
const N: usize = 120;
/// The test, which is the program that is killed too.
const NAME: &str = "a_program_that_is_killed_loses_nothing_that_returned";
/// Says where the store of the child is.
const PLACE: &str = "CJM_KILLED_STORE";

fn everything(path: &Path) -> Json {
    story::everything(&mut Store::open(path, &shop()).expect("it opens")).expect("it is read")
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
    let kills = if story::is_long() { 1_000 } else { 25 };
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
    println!("COUNTED: {killed} kills in {stories} stories");
}
