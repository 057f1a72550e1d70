//! Programs in C and C++ on their way to a test.
//!
//! Answers: a program compiled against the installed library, and what it says. Does not know: what it tests.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Names an installed tree of the shipped library, which is tested then.
pub const SHIPPED: &str = "CJM_SHIPPED_PREFIX";

/// The project's top folder.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in a folder").to_path_buf()
}

/// The folder that the library was built into: that of this program.
pub fn built() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    test.parent().expect("it is in a folder").to_path_buf()
}

/// An installed tree: that of the shipped library, else one of the libraries that were built with this program.
pub fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        if let Some(shipped) = std::env::var_os(SHIPPED) {
            return PathBuf::from(shipped);
        }
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("installed");
        let mut install = Command::new(env!("CARGO"));
        install.args(["run", "--quiet", "--locked", "--package", "xtask", "--", "install", "--prefix"]);
        said(install.arg(&prefix).arg("--built").arg(built()).current_dir(top()));
        prefix
    })
}

pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a program that ends well writes.
pub fn said(command: &mut Command) -> String {
    let out = run(command);
    assert!(out.status.success(), "{command:?}: {}\n{}{}", out.status, text(&out.stdout), text(&out.stderr));
    text(&out.stdout)
}

/// Whether there is such a program; told where there is not.
pub fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success());
    if !found {
        println!("SKIPPED: there is no {program}");
    }
    found
}

/// A program of the contract; `None`, told, where it is not.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = top().join("../shared/api").join(name);
    if !path.is_file() {
        println!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// Compiles a program against the library; warnings are errors.
pub fn compile(compiler: &str, arguments: &[&str], program: &Path, to: &Path) {
    let made = run(Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror"])
        .args(arguments)
        .arg(program)
        .arg("-I")
        .arg(prefix().join("include"))
        .arg("-L")
        .arg(prefix().join("lib"))
        .args(["-lcjm", "-pthread", "-o"])
        .arg(to));
    assert!(made.status.success(), "{compiler} {}: {}", program.display(), text(&made.stderr));
}

/// A program that was compiled so, ready to run.
pub fn program(made: &Path) -> Command {
    let mut command = Command::new(made);
    command.env("LD_LIBRARY_PATH", prefix().join("lib"));
    command.env("DYLD_LIBRARY_PATH", prefix().join("lib"));
    command
}

/// What pkg-config says of the installed library, word by word.
pub fn pkg_config(words: &[&str]) -> Vec<String> {
    let mut ask = Command::new("pkg-config");
    let told = said(ask.args(words).arg("cjm").env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig")));
    told.split_whitespace().map(str::to_owned).collect()
}
