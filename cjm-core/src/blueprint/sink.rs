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
}

impl Sink {
    /// Keeps a finding; beyond the bound only counts it.
    pub(super) fn push(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.n_dropped += 1;
        }
    }

    /// Whether a finding more would only be counted.
    pub(super) fn is_full(&self) -> bool {
        self.findings.len() >= MAX_FINDINGS
    }

    /// Whether an error was found.
    pub(super) fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity() == Severity::Error)
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
