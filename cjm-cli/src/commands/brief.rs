//! `cjm brief`: five lines about one customer of a log, for front-line staff.
//!
//! Answers: the lines to read, or everything as JSON. Does not know: where they come from.

use crate::args::{Brief, StudyFormat};
use crate::failure::Failure;
use crate::files;
use crate::host::Host;

use super::explain::{Asked, asked};

/// Writes the five lines.
pub(crate) fn run(args: &Brief, host: &mut Host<'_>) -> Result<(), Failure> {
    let asked = asked(&args.one, host)?;
    let Asked { blueprint, plan, log, customer, at } = &asked;
    let brief = plan.brief_log(log, customer, *at, host.language_of(blueprint.document()))?;
    let text = match args.one.format {
        StudyFormat::Text => brief.to_string(),
        StudyFormat::Json => files::json(&brief)?,
    };
    files::put(host, args.one.out.as_ref(), &text)
}
