//! Every call of the library from C, with every compiler that is there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod compile;

use std::path::Path;

/// Whether there is time for as much as the promises say.
fn is_long() -> bool {
    std::env::var_os("CJM_LONG").is_some()
}

/// Compiles a program with every compiler that is there, and runs it in a folder of its own.
fn passes(name: &str) {
    passes_with(name, &[]);
}

/// As [`passes`], with arguments behind the folder.
fn passes_with(name: &str, arguments: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/c/{name}.c"));
    for compiler in ["gcc", "clang"].into_iter().filter(|compiler| compile::is_there(compiler)) {
        let (made, place) = (folder.path().join(compiler), folder.path().join(format!("{compiler}.files")));
        std::fs::create_dir(&place).expect("it can be made");
        compile::compile(compiler, &["-std=c99", "-pedantic"], &source, &made);
        let done = compile::run(compile::program(&made).arg(&place).args(arguments));
        let told = compile::text(&done.stderr);
        assert!(done.status.success(), "{compiler}: {}: {told}", done.status);
        println!("{compiler}: {told}");
        assert_eq!(compile::text(&done.stdout), "ok\n");
    }
}

#[test]
fn every_call_does_what_the_header_says() {
    passes("calls");
}

#[test]
fn tables_over_the_c_data_interface_are_taken_in_or_refused() {
    passes("arrow");
}

#[test]
fn what_hostile_callers_hand_in_is_refused() {
    passes("hostile");
}

#[test]
fn eight_threads_lose_nothing_and_never_hang() {
    passes_with("threads", if is_long() { &["10000"] } else { &["200"] });
}

#[test]
fn a_forked_child_leaves_its_parent_alone() {
    passes("fork");
}

/// In the long form a million handles, with a thousand stores among them.
#[test]
fn nothing_leaks() {
    passes_with("leaks", if is_long() { &["24000"] } else { &["320"] });
}

#[test]
fn no_call_of_the_header_is_left_out_of_these_programs() {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(crate_dir.join(path)).expect("it is there");
    let programs = ["calls.c", "arrow.c", "check.h"].map(|name| read(&format!("tests/c/{name}")));
    let programs = programs.concat();
    let header = read("include/cjm/cjm.h");
    let declared = header.split_once("extern \"C\" {").expect("calls are declared").1;
    let named = |line: &str| {
        let name = line.split_once('(')?.0.rsplit(' ').next()?;
        (name.starts_with("cjm_") && !line.starts_with([' ', '/'])).then(|| name.to_owned())
    };
    let calls: Vec<String> = declared.lines().filter_map(named).collect();
    assert!(calls.len() > 50, "{calls:?}");
    let left: Vec<&String> = calls.iter().filter(|name| !programs.contains(&format!("{name}("))).collect();
    assert!(left.is_empty(), "{left:?}");
}
