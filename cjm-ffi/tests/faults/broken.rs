//! Disks that are full, broken or unreadable at any access, for a while: the call errs and says so, nothing changed, and
//! when the disk is well again everything goes on.

use cjm_core::ErrorCode;
use cjm_io::store::Durability;

use super::disk::{Disk, Fault, Kind};
use super::story::{everything, is_long, open, step};
use super::vfs::Mounted;

/// Calls of the story.
const N: usize = 40;

/// Tells the story on a disk with a fault, every call until it is done; gives the errors on the way.
fn through(
    fault: Option<Fault>,
    expected: Option<&serde_json::Value>,
) -> (Disk, serde_json::Value, Vec<String>) {
    let mounted = Mounted::new(Disk { fault, ..Disk::default() });
    let mut errors = Vec::new();
    let mut erred = |error: cjm_core::Error| {
        assert_eq!(error.code(), ErrorCode::Io, "{fault:?}: {error}");
        // but for the file's name in front of it
        errors
            .push(error.message().rsplit_once("`: ").map_or(error.message(), |(_, words)| words).to_owned());
        assert!(errors.len() < 100, "{fault:?}: {error}");
    };
    let begin = |erred: &mut dyn FnMut(cjm_core::Error)| loop {
        match open(&mounted.path(), Durability::Full) {
            Ok(store) => break store,
            Err(error) => erred(error),
        }
    };
    let mut store = begin(&mut erred);
    for n in 0..N {
        if n % 8 == 7 {
            drop(store);
            store = begin(&mut erred);
        }
        while let Err(error) = step(&mut store, n) {
            erred(error);
        }
    }
    let all = loop {
        match everything(&mut store) {
            Ok(all) => break all,
            Err(error) => erred(error),
        }
    };
    if let Some(expected) = expected {
        assert_eq!(all, *expected, "{fault:?}");
        while let Err(error) = store.flush() {
            erred(error);
        }
        drop(store);
        let mut store = open(&mounted.path(), Durability::Full).expect("the disk is well");
        assert_eq!(everything(&mut store).expect("it is read"), *expected, "{fault:?}, opened again");
    }
    (mounted.with(|disk| disk.clone()), all, errors)
}

/// Tells it with a fault of a kind at every `stride` th access, short and long ones.
fn everywhere(kind: Kind, stride: usize) -> (usize, usize, Vec<String>) {
    let (calm, expected, errors) = through(None, None);
    assert_eq!(errors, Vec::<String>::new());
    let n = if kind == Kind::Unread { calm.n_reads } else { calm.n_changes };
    let (mut n_faults, mut n_errors, mut words) = (0, 0, Vec::new());
    for from in (0..n).step_by(stride) {
        let fault = Fault { from, n: [1, 2, 7, 30][n_faults % 4], kind };
        let (disk, _, mut errors) = through(Some(fault), Some(&expected));
        n_faults += usize::from(disk.n_failed > 0);
        n_errors += errors.len();
        words.append(&mut errors);
        words.sort();
        words.dedup();
    }
    (n_faults, n_errors, words)
}

fn stride(short: usize) -> usize {
    if is_long() { 1 } else { short }
}

#[test]
fn a_full_disk_is_an_error_that_passes() {
    let (n, errors, words) = everywhere(Kind::Full, stride(20));
    assert!(
        words.iter().all(|words| words.contains("full") || words.contains("unable to open")),
        "{words:?}"
    );
    println!("COUNTED: a full disk {n} times, {errors} errors: {words:?}");
}

#[test]
fn a_disk_that_does_not_write_is_an_error_that_passes() {
    let (n, errors, words) = everywhere(Kind::Broken, stride(20));
    println!("COUNTED: a disk that does not write, sync or truncate {n} times, {errors} errors: {words:?}");
}

#[test]
fn a_disk_that_does_not_read_is_an_error_that_passes() {
    let (n, errors, words) = everywhere(Kind::Unread, stride(3));
    println!("COUNTED: a disk that does not read {n} times, {errors} errors: {words:?}");
}
