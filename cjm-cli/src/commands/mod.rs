//! The commands, one file each.
//!
//! Answers: which file does what was asked. Does not know: how.

mod check;
mod completions;
mod eval;
mod simulate;
mod tracking;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::host::Host;

/// Does what the command line asks.
pub(crate) fn run(cli: Cli, host: &mut Host<'_>) -> Result<(), Failure> {
    match cli.command {
        Command::Check(args) => check::run(&args, host),
        Command::Eval(args) => eval::run(&args, host),
        Command::Simulate(args) => simulate::run(&args, host),
        Command::Tracking(args) => tracking::run(&args, host),
        Command::Completions(args) => completions::run(&args, host),
    }
}
