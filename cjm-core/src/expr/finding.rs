//! What reading and checking an expression has to say: the entry, the byte range, the words it speaks of.
//!
//! Answers: one finding of an expression, and how it becomes a finding of a document.
//! Does not know: where in the document the expression stands.

use std::fmt;
use std::ops::Range;

use crate::base::catalogue::Entry;
use crate::base::finding::{Finding, Position, Severity};

/// One thing found in an expression, placed by its byte range in the expression's own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprFinding {
    /// The catalogue's entry.
    pub entry: &'static Entry,
    /// Bytes of the expression that the finding is about.
    pub range: Range<usize>,
    /// What the words speak of, by placeholder name.
    pub args: Vec<(&'static str, String)>,
}

impl ExprFinding {
    pub(super) fn new(entry: &'static Entry, range: Range<usize>) -> Self {
        Self { entry, range, args: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Adds an argument only when there is one to add; a help that lacks it is left out of the message.
    pub(super) fn with_some(self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.entry.severity
    }

    /// The finding in its document: under `path`, at the place that `position` gives for a byte offset.
    pub fn at(&self, path: impl Into<String>, position: impl FnOnce(usize) -> Position) -> Finding {
        Finding {
            entry: self.entry,
            path: path.into(),
            position: position(self.range.start),
            args: self.args.clone(),
        }
    }

    /// The finding of an expression that stands alone: line and column are those in `text`.
    pub fn alone(&self, text: &str) -> Finding {
        self.at("", |offset| position_in(text, offset))
    }
}

impl fmt::Display for ExprFinding {
    /// The message in English with the byte range: `unknown name `visit` at 0..5 (did you mean `visits`?)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finding = self.at("", |_| Position::default());
        write!(f, "{} at {}..{}", finding, self.range.start, self.range.end)
    }
}

/// Line and column of a byte offset.
fn position_in(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
    Position {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}
