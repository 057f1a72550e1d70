//! `cjm completions`: a script that completes the command line.
//!
//! Answers: the script of a shell. Does not know: how to install it.

use crate::args::{self, Completions};
use crate::failure::Failure;
use crate::files;
use crate::host::Host;

/// Prints or writes the script.
pub(crate) fn run(args: &Completions, host: &mut Host<'_>) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(host.language), "cjm", &mut script);
    files::put(host, args.out.as_ref(), &String::from_utf8_lossy(&script))
}
