//! The one entry of the project: everything a person runs, in one program without dependencies.
//!
//! Answers: which task to run. Does not know: what cjm computes; it only calls cargo and the `cjm` command.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod bench;
mod demo;
mod fuzz;
mod install;
mod python;
mod regen;
mod sanitize;
mod shell;
mod test;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask TASK

  demo            simulate restaurant customers, study them, write a report, show the three worst pains
  test [--long]   everything that must hold: format, house rules, lints, tests, README commands;
                  --long adds more random cases, the benches, a minute of every fuzz target, and the C
                  programs under sanitizers, the C library and the wheel as they ship
  bench [NAME..]  measure, beside other packages where they are installed; figures go to benches/RESULTS.md
  regen           write anew what is generated: schema, snapshots, docs
  tidy            the house rules alone
  sanitize        the C programs under the sanitizers of addresses, leaks and threads
  install --prefix FOLDER [--destdir FOLDER]
                  the C face: libraries, headers, cjm.pc and a CMake package; --destdir stages the tree below
                  another folder
  package [--out FOLDER]
                  the same tree as a tarball, in target/package unless said; it may be unpacked anywhere
                  both build in the profile `ship-c`: --profile NAME says otherwise (`ship` is larger and
                  faster), --built FOLDER takes the libraries that lie there

environment
  CJM_PEERS        a python with polars, chdb and pyarrow: `bench` then measures them in the same run; for
                   `bench python` with the wheel of cjm too
  CJM_PEERS_FLINK  a python with apache-flink and Java 17: `bench engine` then measures Flink in the same run
  CJM_PEERS_DATA   the folder with events_1m.parquet and events_10m.parquet for `bench`
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["demo"] => demo::run_demo(),
        ["test"] => test::run(test::Extent::Usual),
        ["test", "--long"] => test::run(test::Extent::Long),
        ["bench", names @ ..] => bench::run_benches(names),
        ["regen"] => regen::run_regen(),
        ["tidy"] => tidy::run(),
        ["install", words @ ..] => install::run_install(words),
        ["package", words @ ..] => install::run_package(words),
        ["sanitize"] => sanitize::run_all(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("`{}` is no task\n\n{HELP}", words.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
