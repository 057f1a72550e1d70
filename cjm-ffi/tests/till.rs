//! The till in C: `../shared/api/till.c` compiles as it stands with every compiler that is there, and runs twice in a
//! row against one file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod compile;

use std::path::{Path, PathBuf};
use std::process::Output;

use compile::{is_there, program, run, text};

/// A program of the contract; `None`, told, where it is not.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/api").join(name);
    if !path.is_file() {
        println!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn the_till_runs_twice_against_one_file() {
    let (Some(source), Some(blueprint)) = (shared("till.c"), shared("restaurant.yaml")) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for compiler in ["gcc", "clang"].into_iter().filter(|compiler| is_there(compiler)) {
        let (till, store) = (folder.path().join(compiler), folder.path().join(format!("{compiler}.db")));
        compile::compile(compiler, &["-std=c99"], &source, &till);
        let runs: Vec<Output> = (0..2).map(|_| run(program(&till).args([&blueprint, &store]))).collect();
        for done in &runs {
            assert!(done.status.success(), "{compiler}: {}", text(&done.stderr));
        }
        let told = text(&runs[0].stdout);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.starts_with("cancel_save send {\"id\":\""), "{told}");
        assert_eq!(text(&runs[1].stdout), "");
    }
}

#[test]
fn the_header_is_one_of_cpp_too() {
    if !is_there("g++") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (source, made) = (folder.path().join("one.cpp"), folder.path().join("one"));
    let text =
        "#include <cjm/cjm.h>\nint main() { return cjm_abi_check(CJM_ABI_VERSION) == CJM_OK ? 0 : 1; }\n";
    std::fs::write(&source, text).expect("it can be written");
    compile::compile("g++", &["-std=c++17"], &source, &made);
    assert!(run(&mut program(&made)).status.success());
}
