//! Where findings of reading are gathered: all of them, up to a bound.
//!
//! Answers: the findings so far. Does not know: what they are about.

use crate::base::catalogue::blueprint as entry;
use crate::base::finding::{Finding, Severity};

/// Most findings that one reading reports.
pub const MAX_FINDINGS: usize = 1_000;

/// Findings gathered while reading.
#[derive(Debug, Default)]
pub(super) struct Sink {
    findings: Vec<Finding>,
    n_dropped: usize,
    has_errors: bool,
}

impl Sink {
    /// Keeps a finding; beyond the bound only counts it.
    pub(super) fn push(&mut self, finding: Finding) {
        self.has_errors |= finding.severity() == Severity::Error;
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.n_dropped += 1;
        }
    }

    /// Keeps an error that is made only when there is room for it.
    pub(super) fn push_with(&mut self, finding: impl FnOnce() -> Finding) {
        if self.is_full() {
            self.has_errors = true;
            self.n_dropped += 1;
        } else {
            self.push(finding());
        }
    }

    /// Whether a finding more would only be counted.
    pub(super) fn is_full(&self) -> bool {
        self.findings.len() >= MAX_FINDINGS
    }

    /// Whether an error was found, kept or not.
    pub(super) fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// All findings in their stated order, the one that counts what was left out at the end.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        crate::base::finding::sort(&mut self.findings);
        if let Some(last) = self.findings.last().filter(|_| self.n_dropped > 0) {
            let more = Finding::new(&entry::MORE_FINDINGS, "", last.position);
            self.findings.push(more.with("n", self.n_dropped.to_string()));
        }
        self.findings
    }
}

/// User input as a message shows it: on one line, without control characters, not too long.
pub(super) fn shown(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    let clean =
        |c: char| if super::decode::is_hidden(c) || c == '`' { char::REPLACEMENT_CHARACTER } else { c };
    let mut out: String = text.chars().take(MAX_CHARS).map(clean).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::finding::Position;

    #[test]
    fn an_error_beyond_the_bound_is_an_error_still() {
        let (warning, error) = (&crate::base::catalogue::plan::LISTED_TWICE, &entry::NUL);
        let at = Position::default();
        let mut sink = Sink::default();
        (0..MAX_FINDINGS).for_each(|_| sink.push(Finding::new(warning, "", at)));
        assert!(!sink.has_errors());
        sink.push(Finding::new(error, "", at));
        assert!(sink.has_errors());
        let all = sink.finish();
        assert_eq!((all.len(), all.last().map(Finding::code)), (MAX_FINDINGS + 1, Some("more_findings")));
    }
}
