//! Measuring, beside other packages where they are installed.
//!
//! Answers: which programs measure what. Does not know: the figures; each program writes its own part of RESULTS.md.

use crate::shell::{Done, cargo, run};

/// The programs of the benches crate, in the order of RESULTS.md.
const PROGRAMS: &[&str] = &[];

/// The task: runs the named programs, or all.
pub(crate) fn run_benches(names: &[&str]) -> Done {
    if let Some(name) = names.iter().find(|name| !PROGRAMS.contains(name)) {
        return Err(format!("`{name}` is no bench; there are: {}", PROGRAMS.join(", ")));
    }
    for name in PROGRAMS.iter().filter(|name| names.is_empty() || names.contains(name)) {
        run(cargo(&["run", "--release", "--locked", "--package", "cjm-benches", "--bin", name]))?;
    }
    Ok(())
}
