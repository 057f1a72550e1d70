//! Findings: what a checker has to say about a document, all of it, with where and what to do.
//!
//! Answers: severity, stable code, path, line, column, message and help in both languages.
//! Does not know: how documents are read; the words live in [`super::catalogue`].

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::catalogue::Entry;
use super::text::Language;

/// How bad a finding is. Only errors keep a blueprint from compiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document can not be used.
    Error,
    /// The document works, but probably not as meant.
    Warning,
    /// Worth knowing.
    Hint,
}

/// A place in a text: line and column from 1, the column counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Position {
    /// Line, from 1; 0 when there is no text behind the document.
    pub line: u32,
    /// Column in characters, from 1; 0 when there is no text behind the document.
    pub column: u32,
}

/// One thing that a checker found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The catalogue's entry: code, severity, words.
    pub entry: &'static Entry,
    /// Where in the document, as in `journeys.dine_in.stages.arrive.touchpoints.seating.wait`.
    pub path: String,
    /// Where in the text.
    pub position: Position,
    /// What the words speak of, by placeholder name.
    pub args: Vec<(&'static str, String)>,
}

impl Finding {
    /// A finding without arguments.
    pub fn new(entry: &'static Entry, path: impl Into<String>, position: Position) -> Self {
        Self { entry, path: path.into(), position, args: Vec::new() }
    }

    /// Names what a placeholder of the words stands for.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// The stable code, as in `unknown_key`.
    pub fn code(&self) -> &'static str {
        self.entry.code
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.entry.severity
    }

    /// What is the matter, in a language.
    pub fn message(&self, language: Language) -> String {
        self.fill(self.entry.message.get(language))
    }

    /// What to do about it, in a language; empty when there is nothing to add.
    pub fn help(&self, language: Language) -> String {
        let help = self.fill(self.entry.help.get(language));
        // a help that could not be filled (no near name, say) is no help
        if help.contains('{') && help.contains('}') && self.unfilled(&help) { String::new() } else { help }
    }

    fn fill(&self, words: &str) -> String {
        let mut text = String::with_capacity(words.len() + 32);
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            match after.split_once('}') {
                Some((name, tail)) => {
                    match self.args.iter().find(|(n, _)| *n == name) {
                        Some((_, value)) => text.push_str(value),
                        None => {
                            text.push('{');
                            text.push_str(name);
                            text.push('}');
                        }
                    }
                    rest = tail;
                }
                None => {
                    text.push('{');
                    rest = after;
                }
            }
        }
        text.push_str(rest);
        text
    }

    fn unfilled(&self, text: &str) -> bool {
        self.entry
            .placeholders()
            .any(|name| self.args.iter().all(|(n, _)| *n != name) && text.contains(&format!("{{{name}}}")))
    }
}

/// Sorts findings into their stated order: line, column, path, code.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (a.position, &a.path, a.code()).cmp(&(b.position, &b.path, b.code())));
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        };
        write!(f, "{severity}[{}] ", self.code())?;
        if self.position.line > 0 {
            write!(f, "{}:{} ", self.position.line, self.position.column)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}", self.message(Language::En))?;
        let help = self.help(Language::En);
        if help.is_empty() { Ok(()) } else { write!(f, " ({help})") }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut row = s.serialize_struct("Finding", 7)?;
        row.serialize_field("severity", &self.severity())?;
        row.serialize_field("code", self.code())?;
        row.serialize_field("path", &self.path)?;
        row.serialize_field("line", &self.position.line)?;
        row.serialize_field("column", &self.position.column)?;
        row.serialize_field("message", &self.message(Language::En))?;
        row.serialize_field("help", &self.help(Language::En))?;
        row.end()
    }
}
