//! Writing anew what is generated: the schema, the snapshots, the generated docs.
//!
//! Answers: how committed files follow the code. Does not know: their content; the tests that compare them write them.

use crate::shell::{Done, cargo, run};

/// The task: runs the tests in the mode in which a comparison with a committed file writes that file.
pub(crate) fn run_regen() -> Done {
    let mut command = cargo(&["test", "--locked", "--no-fail-fast", "--quiet"]);
    command.env("INSTA_UPDATE", "always").env("CJM_REGEN", "1");
    run(command)?;
    println!("written; look at `git diff` before you commit");
    Ok(())
}
