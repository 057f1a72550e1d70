//! `cjm report`: a study as one self-contained HTML file.
//!
//! Answers: the file, and a summary on stdout. Does not know: how it is drawn.

use crate::args::Report;
use crate::failure::Failure;
use crate::files;
use crate::host::Host;
use crate::studies;
use crate::words;

/// Studies and writes the report.
pub(crate) fn run(args: &Report, host: &mut Host<'_>) -> Result<(), Failure> {
    let studied = studies::of(&args.input, host)?;
    let language = host.language_of(studied.blueprint.document());
    let html = studied.html(language)?;
    if args.out.as_os_str() == "-" {
        return host.say(&html);
    }
    files::write(&args.out, html.as_bytes())?;
    host.say(&studied.text(language))?;
    host.say(&words::WRITTEN.say(language, &[&args.out.display().to_string()]))
}
