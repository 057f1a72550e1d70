//! Programs in C and C++ on their way to a test.
//!
//! Answers: a program compiled against the library that the tests were built with. Does not know: what it tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder that the library was built into: that of this program.
pub fn built() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    test.parent().expect("it is in a folder").to_path_buf()
}

pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether there is such a program; told where there is not.
pub fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success());
    if !found {
        println!("SKIPPED: there is no {program}");
    }
    found
}

/// Compiles a program against the library; warnings are errors.
pub fn compile(compiler: &str, arguments: &[&str], program: &Path, to: &Path) {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let made = run(Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror"])
        .args(arguments)
        .arg(program)
        .arg("-I")
        .arg(include)
        .arg("-L")
        .arg(built())
        .args(["-lcjm", "-pthread", "-o"])
        .arg(to));
    assert!(made.status.success(), "{compiler} {}: {}", program.display(), text(&made.stderr));
}

/// A program that was compiled so, ready to run.
pub fn program(made: &Path) -> Command {
    let mut command = Command::new(made);
    command.env("LD_LIBRARY_PATH", built());
    command
}
