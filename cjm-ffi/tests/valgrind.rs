//! The C programs under valgrind, where it is there: no byte is read that was not written or is not the library's, and
//! nothing that was made is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod compile;

use std::path::Path;
use std::process::Command;

/// How valgrind ends where it found something.
const FOUND: i32 = 9;

/// Runs a program under valgrind, or tells that there is none.
fn passes(name: &str, arguments: &[&str], code: i32) {
    let compiler = ["gcc", "clang"].into_iter().find(|compiler| compile::is_there(compiler));
    let Some(compiler) = compiler.filter(|_| compile::is_there("valgrind")) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/c/{name}.c"));
    let made = folder.path().join(name);
    compile::compile(compiler, &["-std=c99", "-g"], &source, &made);
    let mut command = Command::new("valgrind");
    command.env("LD_LIBRARY_PATH", compile::prefix().join("lib"));
    command.args([
        "--quiet",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite,indirect",
        "--show-leak-kinds=definite,indirect",
    ]);
    command.arg(format!("--error-exitcode={FOUND}")).arg(&made);
    if code == 0 {
        command.arg(folder.path());
    }
    let start = std::time::Instant::now();
    let done = compile::run(command.args(arguments));
    println!("{name} {}: {} ms", arguments.join(" "), start.elapsed().as_millis());
    assert_eq!(done.status.code(), Some(code), "{}", compile::text(&done.stderr));
}

#[test]
fn valgrind_finds_nothing() {
    passes("calls", &[], 0);
    if std::env::var_os("CJM_LONG").is_some() {
        passes("arrow", &[], 0);
        passes("hostile", &[], 0);
        passes("leaks", &["48", "0"], 0);
    }
}

/// What it would find is found: a program reads beyond what it has, and one loses what it made.
#[test]
fn valgrind_finds_what_was_planted() {
    if std::env::var_os("CJM_LONG").is_some() {
        passes("planted", &["read"], FOUND);
        passes("planted", &["leak"], FOUND);
    }
}
