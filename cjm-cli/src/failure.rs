//! How a command fails, with which exit code, and how that is said.
//!
//! Answers: the message on stderr and the code. Does not know: what the command was doing.

use cjm_core::{Error, ErrorCode, Finding};

use crate::findings;
use crate::host::Host;
use crate::words;

/// What was looked at has errors.
pub(crate) const DATA: i32 = 1;
/// The command line makes no sense.
pub(crate) const USAGE: i32 = 2;
/// A file could not be read or written.
pub(crate) const IO: i32 = 3;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Everything was said already; the code is left.
    Told(i32),
    /// The command line makes no sense.
    Usage(String),
    /// A file could not be read or written.
    File(String, std::io::Error),
    /// A blueprint has findings that keep it from being used.
    Findings(Box<Document>),
    /// The engine or a reader refused.
    Engine(Error),
    /// Whoever reads our output has had enough.
    Closed,
}

/// A document and what was found in it.
#[derive(Debug)]
pub(crate) struct Document {
    /// How the user called it.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> i32 {
        match self {
            Self::Told(code) => *code,
            Self::Usage(_) => USAGE,
            Self::File(..) => IO,
            Self::Findings(_) => DATA,
            Self::Engine(error) => match error.code() {
                ErrorCode::Io => IO,
                ErrorCode::Argument => USAGE,
                _ => DATA,
            },
            Self::Closed => 0,
        }
    }

    /// Says on stderr what went wrong.
    pub(crate) fn tell(&self, host: &mut Host<'_>) {
        let language = host.language;
        // stderr itself may be closed; then there is nobody left to tell
        let _ = match self {
            Self::Told(_) | Self::Closed => Ok(()),
            Self::Usage(message) => host.complain(&words::BAD_USAGE.say(language, &[message])),
            Self::File(name, error) => {
                host.complain(&words::BAD_FILE.say(language, &[name, &error.to_string()]))
            }
            Self::Engine(error) => host
                .complain(&words::REFUSED.say(language, &[error.code().slug(), &error.message_in(language)])),
            Self::Findings(document) => {
                let text = findings::text(&document.name, &document.text, &document.findings, language);
                host.complain(&text)
            }
        };
    }

    /// The code of this failure, unless saying so failed in a way of its own.
    pub(crate) fn or(self, said: Result<(), Self>) -> i32 {
        match said {
            Ok(()) | Err(Self::Closed) => self.code(),
            Err(other) => other.code(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}
