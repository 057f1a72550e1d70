//! `cjm study`: everything that events say about the maps of a blueprint.
//!
//! Answers: a summary to read, or every table as JSON. Does not know: what is computed.

use crate::args::{Study, StudyFormat};
use crate::failure::Failure;
use crate::files;
use crate::host::Host;
use crate::studies;

/// Studies and writes.
pub(crate) fn run(args: &Study, host: &mut Host<'_>) -> Result<(), Failure> {
    let studied = studies::of(&args.input, host)?;
    let language = host.language_of(studied.blueprint.document());
    let text = match args.format {
        StudyFormat::Text => studied.text(language),
        StudyFormat::Json => studied.study.to_json()?,
    };
    files::put(host, args.out.as_ref(), &text)
}
