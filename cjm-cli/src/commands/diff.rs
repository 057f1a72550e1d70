//! `cjm diff`: what changed between two blueprints.
//!
//! Answers: one line per change, or the changes as JSON. Does not know: what a change does to customers.

use crate::args::Diff;
use crate::documents;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;
use crate::words;

/// Compares and prints; differences are no failure.
pub(crate) fn run(args: &Diff, host: &mut Host<'_>) -> Result<(), Failure> {
    let (before, after) = (documents::readable(&args.before)?, documents::readable(&args.after)?);
    let changes = before.diff(&after)?;
    if args.json {
        return host.say(&files::json(&changes)?);
    }
    if changes.is_empty() {
        return host.say(&words::NO_DIFFERENCE.say(host.language, &[]));
    }
    let lines: Vec<String> = changes.iter().map(|change| change.text(host.language)).collect();
    host.say(&lines.join("\n"))
}
