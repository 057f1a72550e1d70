//! The main job in one command: customers, a study, a report.
//!
//! Answers: how to see cjm work. Does not know: how; the `cjm` command does it all.

use std::time::Instant;

use crate::shell::{Done, cargo, run};

/// The task: builds the command in release, then lets it run its demo.
pub(crate) fn run_demo() -> Done {
    println!(
        "building the `cjm` command in release; a first build takes 4 to 10 minutes on 2 cores, a later one seconds"
    );
    let started = Instant::now();
    run(cargo(&["build", "--release", "--locked", "--package", "cjm-cli"]))?;
    println!("built in {:.0} s\n", started.elapsed().as_secs_f64());
    let started = Instant::now();
    run(cargo(&[
        "run",
        "--release",
        "--locked",
        "--quiet",
        "--package",
        "cjm-cli",
        "--",
        "demo",
        "--blueprint",
        "examples/blueprints/restaurant.yaml",
        "--out",
        "target/demo",
    ]))?;
    println!("\nthe demo took {:.1} s after the build", started.elapsed().as_secs_f64());
    Ok(())
}
