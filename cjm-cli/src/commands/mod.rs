//! The commands, one file each.
//!
//! Answers: which file does what was asked. Does not know: how.

mod atlas;
mod brief;
mod check;
mod completions;
mod demo;
mod diff;
mod eval;
mod explain;
mod map;
mod replay;
mod report;
mod run;
mod schema;
mod simulate;
mod study;
mod tracking;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::host::Host;

/// Does what the command line asks.
pub(crate) fn run(cli: Cli, host: &mut Host<'_>) -> Result<(), Failure> {
    match cli.command {
        Command::Check(args) => check::run(&args, host),
        Command::Schema(args) => schema::run(&args, host),
        Command::Tracking(args) => tracking::run(&args, host),
        Command::Map(args) => map::run(&args, host),
        Command::Study(args) => study::run(&args, host),
        Command::Report(args) => report::run(&args, host),
        Command::Replay(args) => replay::run(&args, host),
        Command::Explain(args) => explain::run(&args, host),
        Command::Brief(args) => brief::run(&args, host),
        Command::Run(args) => run::run(&args, host),
        Command::Diff(args) => diff::run(&args, host),
        Command::Simulate(args) => simulate::run(&args, host),
        Command::Demo(args) => demo::run(&args, host),
        Command::Eval(args) => eval::run(&args, host),
        Command::Atlas(args) => atlas::run(&args, host),
        Command::Completions(args) => completions::run(&args, host),
    }
}
