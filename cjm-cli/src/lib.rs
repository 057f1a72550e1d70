//! The `cjm` command as a library: the same words for the program, for tests and for other hosts.
//!
//! Answers: what each command prints and how it ends. Does not know: how anything is computed (see `cjm_core`).
//!
//! ```
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let mut host = cjm_cli::Host::new(&mut out, &mut err);
//! assert_eq!(cjm_cli::run(["cjm", "eval", "1 + 1"], &mut host), 0);
//! assert_eq!(out, b"2\n");
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod args;
mod chinese;
mod commands;
mod documents;
mod events;
mod failure;
mod files;
mod findings;
mod host;
mod progress;
mod studies;
mod table;
mod words;

use std::ffi::OsString;

use clap::FromArgMatches;

pub use host::{Host, language_of_env};

use args::Cli;
use failure::{Failure, USAGE};

/// Runs one command line (the first word is the program's name) and says how it ended:
///
/// | code | meaning |
/// |---|---|
/// | 0 | done |
/// | 1 | what was looked at has errors: findings, a condition, bad events under `--strict` |
/// | 2 | the command line makes no sense |
/// | 3 | a file could not be read or written |
pub fn run<I, W>(words: I, host: &mut Host<'_>) -> i32
where
    I: IntoIterator<Item = W>,
    W: Into<OsString> + Clone,
{
    let code = answer(words.into_iter().map(Into::into).collect(), host);
    match host.flush() {
        Ok(()) => code,
        // whoever reads us may have had enough; that is no error of ours
        Err(Failure::Closed) => code,
        Err(failure) if code == 0 => {
            failure.tell(host);
            failure.code()
        }
        Err(_) => code,
    }
}

fn answer(words: Vec<OsString>, host: &mut Host<'_>) -> i32 {
    host.asked = args::language_asked(&words);
    host.language = host.asked.unwrap_or(host.language);
    let mut grammar = args::command(host.language);
    if !host.progress {
        grammar = grammar.term_width(WIDTH);
    }
    let matches = match grammar.try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(shown) => return show(&shown, host),
    };
    let done = match Cli::from_arg_matches(&matches) {
        Ok(cli) => commands::run(cli, host),
        Err(shown) => return show(&shown, host),
    };
    match done {
        Ok(()) => 0,
        Err(failure) => {
            failure.tell(host);
            failure.code()
        }
    }
}

/// Columns of help where no terminal says otherwise.
const WIDTH: usize = 100;

/// Shows clap's help, version or complaint.
fn show(shown: &clap::Error, host: &mut Host<'_>) -> i32 {
    let text = shown.render().to_string();
    if shown.use_stderr() {
        Failure::Told(USAGE).or(host.complain(&text))
    } else {
        Failure::Told(0).or(host.say(text.trim_end()))
    }
}
