//! Where a command writes, and for whom.
//!
//! Answers: output, complaints and language. Does not know: what is written.

use std::io::{ErrorKind, Write};

use cjm_core::Language;

use crate::failure::Failure;

/// The surroundings of one command.
pub struct Host<'a> {
    /// Where answers go.
    pub out: &'a mut dyn Write,
    /// Where complaints and progress go.
    pub err: &'a mut dyn Write,
    /// The language of messages unless `--language` says otherwise.
    pub language: Language,
    /// Whether progress bars are drawn on the process's stderr (it is a terminal).
    pub progress: bool,
}

impl<'a> Host<'a> {
    /// A host that writes into two sinks, in English, without progress bars.
    pub fn of(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self { out, err, language: Language::En, progress: false }
    }

    /// Writes text and a line end as the answer.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Failure> {
        write(self.out, text)
    }

    /// Writes text and a line end beside the answer.
    pub(crate) fn complain(&mut self, text: &str) -> Result<(), Failure> {
        write(self.err, text)
    }
}

fn write(sink: &mut dyn Write, text: &str) -> Result<(), Failure> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let done = sink.write_all(text.as_bytes()).and_then(|()| sink.write_all(b"\n"));
    done.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::File("output".to_owned(), error),
    })
}

/// The language that the environment asks for (`LC_ALL`, `LC_MESSAGES`, `LANG`); English unless Chinese.
pub fn language_of_env() -> Language {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let tag = names.iter().find_map(|name| std::env::var(name).ok().filter(|tag| !tag.is_empty()));
    tag.and_then(|tag| Language::of_tag(&tag)).unwrap_or_default()
}
