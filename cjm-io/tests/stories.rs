//! The story of the till in Rust says what it says in C, C++ and Python.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::Command;

#[test]
fn the_till() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in a folder");
    let test = std::env::current_exe().expect("this program");
    let built = test.parent().and_then(Path::parent).expect("it is in two folders");
    // cargo builds the examples together with the tests, unless one test alone is asked for
    let till = built.join("examples").join(format!("till{}", std::env::consts::EXE_SUFFIX));
    if !till.is_file() {
        println!("SKIPPED: the example was not built; `cargo build -p cjm-io --example till` does it");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(till);
    command.arg(top.join("examples/blueprints/restaurant.yaml")).arg(folder.path().join("till.db"));
    let out = command.output().expect("it starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let told = String::from_utf8(out.stdout).expect("it is text");
    let file = top.join("examples/expected/till.txt");
    if std::env::var_os("CJM_REGEN").is_some() {
        std::fs::write(&file, &told).expect("it can be written");
    }
    assert_eq!(told, std::fs::read_to_string(&file).unwrap_or_default());
}
