//! Floor 10: draws a study as one self-contained HTML file, or as a summary for a terminal. Computes nothing.
//!
//! Answers: the report that a customer-experience lead puts before a board, in Chinese or English.
//! Does not know: logs, how any figure came about, where the file goes.
//!
//! The file loads nothing and runs nothing: no script at all, a content security policy that allows only its own
//! style sheet (by hash), every text escaped, every text that comes from data set apart from its neighbours' direction.

mod names;
mod page;
mod say;
mod svg;
mod text;
pub mod vega;
mod width;

use crate::base::text::Language;
use crate::blueprint::model::Document;
use crate::error::Result;
use crate::event::EventLog;
use crate::insight::rows::StudyTables;

/// What a report is called and what it says beside the study.
///
/// ```
/// use cjm_core::{Language, report::ReportOptions};
/// let options = ReportOptions { language: Language::Zh, ..ReportOptions::default() };
/// assert!(options.title.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportOptions {
    /// Language of all words; names fall back to what the blueprint has.
    pub language: Language,
    /// Title instead of the blueprint's.
    pub title: Option<String>,
    /// Where the events came from, as in a file's name.
    pub source: Option<String>,
    /// Rows that became no events, by reason, in the order to be shown.
    pub bad_rows: Vec<BadRows>,
}

/// Rows of a source that became no events, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BadRows {
    /// Why, in the report's language.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// The first of them, as in `line 17`.
    pub example: Option<String>,
}

impl BadRows {
    /// The rows of a log's source that became no events, by reason, in a language.
    pub fn of(log: &EventLog, language: Language) -> Vec<Self> {
        let rows = log.rejected().rejected();
        let line = |line: u64| match language {
            Language::En => format!("line {line}"),
            Language::Zh => format!("第 {line} 行"),
        };
        rows.iter()
            .map(|rows| Self {
                reason: rows.finding().message(language),
                count: rows.count,
                example: rows.examples.first().map(|example| line(example.line)),
            })
            .collect()
    }
}

/// The report as one HTML document.
///
/// Shows the first of very long lists and says so; the study's JSON has all rows.
///
/// # Errors
/// [`crate::ErrorCode::Format`] when the page's own template fails, which a test excludes.
pub fn html(document: &Document, tables: &StudyTables, options: &ReportOptions) -> Result<String> {
    page::render(document, tables, options)
}

/// The study in a few lines for a terminal: what was looked at, the scores, the three worst pains.
pub fn text(document: &Document, tables: &StudyTables, language: Language) -> String {
    text::summary(document, tables, language)
}
