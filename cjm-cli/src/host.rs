//! Where a command writes, and for whom.
//!
//! Answers: output, complaints and language. Does not know: what is written.

use std::io::{ErrorKind, Write};

use cjm_core::Language;
use cjm_core::blueprint::model::Document;

use crate::failure::Failure;

/// The surroundings of one command.
pub struct Host<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    /// The language of messages.
    pub(crate) language: Language,
    /// The language that the command line asks for.
    pub(crate) asked: Option<Language>,
    /// Whether progress bars are drawn.
    pub(crate) progress: bool,
}

impl<'a> Host<'a> {
    /// A host that takes answers into `out` and complaints into `err`, speaks English and shows no progress.
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self { out, err, language: Language::En, asked: None, progress: false }
    }

    /// Speaks this language unless the command line asks for another.
    #[must_use]
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Draws progress bars on the process's stderr: for a terminal.
    #[must_use]
    pub fn progress(mut self, progress: bool) -> Self {
        self.progress = progress;
        self
    }

    /// The language of what is made from a blueprint: as asked, else the blueprint's, else that of messages.
    pub(crate) fn language_of(&self, document: &Document) -> Language {
        let own = document.language.as_deref().and_then(Language::of_tag);
        self.asked.or(own).unwrap_or(self.language)
    }

    /// Writes text and a line end as the answer.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Failure> {
        write(self.out, text)
    }

    /// Hands over at once what was said so far: whoever reads a pipe waits for it.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(failure)
    }

    /// Writes text and a line end beside the answer.
    pub(crate) fn complain(&mut self, text: &str) -> Result<(), Failure> {
        write(self.err, text)
    }
}

fn write(sink: &mut dyn Write, text: &str) -> Result<(), Failure> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let done = sink.write_all(text.as_bytes()).and_then(|()| sink.write_all(b"\n"));
    done.map_err(failure)
}

fn failure(error: std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::File("output".to_owned(), error),
    }
}

/// The language that the environment asks for (`LC_ALL`, `LC_MESSAGES`, `LANG`); English unless Chinese.
pub fn language_of_env() -> Language {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let tag = names.iter().find_map(|name| std::env::var(name).ok().filter(|tag| !tag.is_empty()));
    tag.and_then(|tag| Language::of_tag(&tag)).unwrap_or_default()
}
