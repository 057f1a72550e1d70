//! The fuzz targets of `fuzz/`, each for a while.
//!
//! Answers: whether any target ended badly, and where its input lies. Does not know: what the targets read.

use std::path::Path;
use std::process::Command;

use crate::shell::{self, Done, cargo, root, run};

const TARGETS: &[&str] = &["blueprint", "expression", "jsonl", "csv", "xes", "state", "arrow", "c_calls"];
/// Where libFuzzer and the sanitizer are known to work on stable Rust.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// Coverage for libFuzzer, and the address sanitizer.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Zsanitizer=address";

/// What is missing to run the targets; `None` when they can run.
pub(crate) fn missing() -> Option<String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Some(format!("{PLATFORM}; the fuzz targets are not run"));
    }
    let compilers = ["c++", "g++", "clang++"];
    let found = compilers.iter().any(|name| shell::find(name).is_some());
    (!found).then(|| "a C++ compiler (Debian: apt-get install g++); the fuzz targets are not run".to_owned())
}

/// Builds all targets and runs each for so many seconds; errs with the names of those that ended badly.
pub(crate) fn run_all(seconds: u32) -> Done {
    let folder = root().join("target/fuzz");
    let manifest = root().join("fuzz/Cargo.toml");
    let mut build =
        cargo(&["build", "--release", "--locked", "--bins", "--target", PLATFORM, "--manifest-path"]);
    build.arg(manifest).arg("--target-dir").arg(&folder);
    build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS);
    run(build)?;
    let failed: Vec<&str> =
        TARGETS.iter().copied().filter(|target| run_one(&folder, target, seconds).is_err()).collect();
    match failed.as_slice() {
        [] => Ok(()),
        names => Err(format!("{}: the inputs lie in {}", names.join(", "), folder.join("found").display())),
    }
}

/// New inputs gather in a folder of the build; seeds are read and never written.
fn run_one(folder: &Path, target: &str, seconds: u32) -> Done {
    let corpus = folder.join("corpus").join(target);
    let found = folder.join("found");
    for new in [&corpus, &found] {
        std::fs::create_dir_all(new).map_err(|error| format!("`{}`: {error}", new.display()))?;
    }
    let mut command = Command::new(folder.join(PLATFORM).join("release").join(target));
    command.current_dir(root()).arg(corpus);
    // not every target has seeds: a batch of columns is made of any bytes
    let seeds = root().join("fuzz/seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    if target == "blueprint" {
        command.arg(root().join("examples/blueprints"));
    }
    command.arg(format!("-artifact_prefix={}/{target}-", found.display()));
    command.arg(format!("-max_total_time={seconds}"));
    command.args([
        "-max_len=65536",
        "-timeout=10",
        "-rss_limit_mb=3072",
        "-verbosity=0",
        "-print_final_stats=1",
    ]);
    println!("fuzz {target}, {seconds} s");
    run(command)
}
