//! Errors of the running engine: one table of slugs and numbers.
//!
//! Answers: what went wrong, with a slug and a number that never change. The same table makes the enum here,
//! the C header, the Python classes and the docs. Does not know: findings of documents (see [`crate::base::finding`]).

use std::fmt;

use crate::base::finding::Finding;
use crate::base::text::Language;

/// Declares the error table once: variant, slug, number, what it means.
macro_rules! error_table {
    ($( $(#[$doc:meta])* $name:ident = $slug:literal, $number:literal, $meaning:literal; )+) => {
        /// What kind of error it is. Numbers are never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $( $(#[$doc])* $name = $number, )+ }

        impl ErrorCode {
            /// Every code, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable slug.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }

            /// The stable number.
            pub const fn number(self) -> i32 {
                self as i32
            }

            /// What the error means, in one line for the docs.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }
        }
    };
}

error_table! {
    /// The blueprint has findings of severity error.
    Blueprint = "blueprint", 1, "the blueprint has errors; `check` lists them";
    /// A condition could not be read, checked or evaluated.
    Condition = "condition", 2, "a condition could not be read, checked or evaluated";
    /// A row or event does not fit the blueprint or the format.
    BadEvent = "bad_event", 3, "a row or event does not fit the format or its declared types";
    /// The same key with another body.
    Conflict = "conflict", 4, "an event with this source and id was seen with another body";
    /// Too many waiting inputs.
    Backpressure = "backpressure", 5, "too much is waiting; take the results first";
    /// An event later than now + max_ahead.
    Future = "future", 6, "the event is later than now allows";
    /// A retraction of an event that is no longer remembered.
    TooOld = "too_old", 7, "the event is no longer remembered";
    /// Bytes of a state that can not be trusted.
    State = "state", 8, "the bytes are no state of this engine, or were damaged";
    /// Bytes of a newer format.
    NewerFormat = "newer_format", 9, "the bytes are of a newer format than this library reads";
    /// A limit was reached.
    Limit = "limit", 10, "a limit was reached";
    /// Arithmetic left its range.
    Overflow = "overflow", 11, "a number left its range";
    /// No such thing.
    NotFound = "not_found", 12, "there is nothing of that name";
    /// A file or stream could not be read or written.
    Io = "io", 13, "a file or stream could not be read or written";
    /// A file is not what it claims to be.
    Format = "format", 14, "the file is not of the format it claims";
    /// An argument makes no sense.
    Argument = "argument", 15, "an argument is missing, contradicts another or makes no sense";
    /// The library itself is at fault.
    Internal = "internal", 16, "the library itself is at fault: please report what led to it";
    /// Somebody else has it open.
    Locked = "locked", 17, "the store is open elsewhere";
    /// A handle that names nothing.
    BadHandle = "bad_handle", 18, "the handle names nothing: it was closed, or is none of this type";
    /// A handle that another thread is using.
    Busy = "busy", 19, "another thread is using the handle";
}

/// How the place of an error that is of a row begins.
const ROW: &str = "row ";

/// An error of the engine: its code and a message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    message: String,
    findings: Vec<Finding>,
    /// Where it happened, in front of the message.
    place: String,
    /// What the catalogue has words for in other languages too.
    cause: Option<Box<Finding>>,
}

/// Results of the engine.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of a kind with a message (lower case, no final period, user input in backticks).
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), findings: Vec::new(), place: String::new(), cause: None }
    }

    /// An error that the catalogue has words for.
    pub fn of_finding(code: ErrorCode, cause: Finding) -> Self {
        let message = cause.message(Language::En);
        Self { cause: Some(Box::new(cause)), ..Self::new(code, message) }
    }

    /// The same error with the place where it happened in front of its message, as in `row 7`.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self.place =
            if self.place.is_empty() { place.to_owned() } else { format!("{place}: {}", self.place) };
        self
    }

    /// The same error with the row of a source where it happened; [`Error::in_file`] makes `FILE:ROW` of it.
    #[must_use]
    pub fn at_row(self, row: u64) -> Self {
        self.at(&format!("{ROW}{row}"))
    }

    /// The same error with the name of the file where it happened, as in `events.csv:7` where it is of a row.
    #[must_use]
    pub fn in_file(mut self, name: &str) -> Self {
        let row = self.place.strip_prefix(ROW).and_then(|row| row.parse::<u64>().ok());
        let Some(row) = row else { return self.at(&format!("`{name}`")) };
        let words = self.message.strip_prefix(&format!("{}: ", self.place)).map(str::to_owned);
        self.message = words.unwrap_or(self.message);
        self.place = String::new();
        self.at(&format!("{name}:{row}"))
    }

    /// The findings that keep a blueprint from being used.
    pub fn of_findings(findings: Vec<Finding>) -> Self {
        let n = findings.len();
        let first = findings.first().map(|f| format!(": {f}")).unwrap_or_default();
        let message = format!("the blueprint has {n} error{}{first}", if n == 1 { "" } else { "s" });
        Self { findings, ..Self::new(ErrorCode::Blueprint, message) }
    }

    /// What kind of error it is.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The message without the slug.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The message in a language, where the catalogue has words for it; else as [`Error::message`].
    pub fn message_in(&self, language: Language) -> String {
        let Some(cause) = &self.cause else { return self.message.clone() };
        let words = cause.message(language);
        if self.place.is_empty() { words } else { format!("{}: {words}", self.place) }
    }

    /// Where it happened, in front of the message, as in `row 7` or `events.csv:7`; empty where nobody said.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The row of a source where it happened, from 1.
    pub fn row(&self) -> Option<u64> {
        let number = self.place.strip_prefix(ROW).or_else(|| Some(self.place.rsplit_once(':')?.1));
        number.and_then(|number| number.parse().ok())
    }

    /// What the catalogue says of the error; of several findings the first.
    pub fn finding(&self) -> Option<&Finding> {
        self.cause.as_deref().or(self.findings.first())
    }

    /// The findings behind the error; empty unless the code is [`ErrorCode::Blueprint`].
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.slug(), self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorCode};

    #[test]
    fn a_row_of_a_file_is_told_as_one_place() {
        let error = || Error::new(ErrorCode::BadEvent, "no");
        assert_eq!(error().at_row(7).message(), "row 7: no");
        assert_eq!(error().at_row(7).in_file("a.csv").message(), "a.csv:7: no");
        assert_eq!(error().in_file("a.csv").message(), "`a.csv`: no");
        assert_eq!(
            [error(), error().at_row(7), error().at_row(7).in_file("a.csv")].map(|e| e.row()),
            [None, Some(7), Some(7)]
        );
    }

    #[test]
    fn slugs_and_numbers_are_unique_and_in_order() {
        let numbers: Vec<i32> = ErrorCode::ALL.iter().map(|c| c.number()).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        let mut slugs: Vec<&str> = ErrorCode::ALL.iter().map(|c| c.slug()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), ErrorCode::ALL.len());
    }
}
