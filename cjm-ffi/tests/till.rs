//! The till in C: `../shared/api/till.c` compiles as it stands with every compiler that is there, and runs twice in a
//! row against one file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder that the library was built into: that of this program.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    test.parent().expect("it is in a folder").to_path_buf()
}

/// A program of the contract; `None`, told, where it is not.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/api").join(name);
    if !path.is_file() {
        println!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether there is such a compiler; told where there is not.
fn is_there(compiler: &str) -> bool {
    let found = Command::new(compiler).arg("--version").output().is_ok_and(|out| out.status.success());
    if !found {
        println!("SKIPPED: there is no {compiler}");
    }
    found
}

#[test]
fn the_till_runs_twice_against_one_file() {
    let (Some(program), Some(blueprint)) = (shared("till.c"), shared("restaurant.yaml")) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for compiler in ["gcc", "clang"].into_iter().filter(|compiler| is_there(compiler)) {
        let (till, store) = (folder.path().join(compiler), folder.path().join(format!("{compiler}.db")));
        let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
        let made = run(Command::new(compiler)
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror"])
            .arg(&program)
            .arg("-I")
            .arg(include)
            .arg("-L")
            .arg(built())
            .args(["-lcjm", "-o"])
            .arg(&till));
        assert!(made.status.success(), "{compiler}: {}", text(&made.stderr));
        let runs: Vec<Output> = (0..2)
            .map(|_| run(Command::new(&till).args([&blueprint, &store]).env("LD_LIBRARY_PATH", built())))
            .collect();
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
    let program = folder.path().join("one.cpp");
    let text =
        "#include <cjm/cjm.h>\nint main() { return cjm_abi_check(CJM_ABI_VERSION) == CJM_OK ? 0 : 1; }\n";
    std::fs::write(&program, text).expect("it can be written");
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let mut compile = Command::new("g++");
    compile.args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-I"]).arg(include).arg(&program);
    let made = run(compile.arg("-L").arg(built()).args(["-lcjm", "-o"]).arg(folder.path().join("one")));
    assert!(made.status.success(), "{}", self::text(&made.stderr));
    let done = run(Command::new(folder.path().join("one")).env("LD_LIBRARY_PATH", built()));
    assert!(done.status.success());
}
