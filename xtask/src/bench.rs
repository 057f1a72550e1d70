//! Measuring, beside other packages where they are installed.
//!
//! Answers: which programs measure what. Does not know: the figures; each program writes its own part of RESULTS.md.

use crate::install;
use crate::shell::{self, Done, cargo, run};

/// What can be measured, in the order of RESULTS.md.
const NAMES: &[&str] =
    &["expr", "log", "study", "engine", "memory", "steps", "conditions", "python", "store", "hostile"];

/// Threads that every program and every peer may use.
const THREADS: &str = "2";

/// The task: measures what is named, or all.
pub(crate) fn run_benches(names: &[&str]) -> Done {
    if let Some(name) = names.iter().find(|name| !NAMES.contains(name)) {
        return Err(format!("`{name}` is no bench; there are: {}", NAMES.join(", ")));
    }
    for variable in ["CJM_PEERS", "CJM_PEERS_DATA"] {
        if std::env::var_os(variable).is_none() {
            println!("{variable} is not set; see `cargo xtask help`");
        }
    }
    let chosen = |name: &str| names.is_empty() || names.contains(&name);
    // the library that the program in C of `store` is linked with
    let prefix = shell::target().join("installed");
    if chosen("store") {
        install::install_shipped(&prefix)?;
    }
    for name in NAMES.iter().filter(|name| chosen(name)) {
        let program = format!("bench-{name}");
        let mut command = match *name {
            "expr" => cargo(&["bench", "--locked", "--package", "cjm-benches", "--bench", name]),
            _ => cargo(&[
                "run",
                "--profile",
                "ship",
                "--locked",
                "--package",
                "cjm-benches",
                "--bin",
                &program,
            ]),
        };
        command
            .env("RAYON_NUM_THREADS", THREADS)
            .env("POLARS_MAX_THREADS", THREADS)
            .env("CJM_PREFIX", &prefix);
        run(command)?;
    }
    Ok(())
}
