//! Where findings of a check are gathered, and how much work goes into suggesting names.
//!
//! Answers: the findings so far, the known name nearest to a wrong one while there is work left for it.
//! Does not know: what the findings are about.

use std::cell::Cell;

use crate::base::catalogue::blueprint::MORE_FINDINGS;
use crate::base::catalogue::map::MORE_WARNINGS;
use crate::base::finding::{self, Finding, Severity};
use crate::base::ids::nearest;
use crate::blueprint::MAX_FINDINGS;

/// Work that one check may spend on suggestions: characters compared. What lies beyond is told without one.
const MAX_SUGGESTING: usize = 2_000_000;

/// Findings gathered: at most [`MAX_FINDINGS`] errors and as many others; what is beyond is counted.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    findings: Vec<Finding>,
    n_errors: usize,
    n_others: usize,
}

impl Gathered {
    /// Keeps a finding; beyond the bound only counts it.
    pub(crate) fn push(&mut self, finding: Finding) {
        let n = match finding.severity() {
            Severity::Error => &mut self.n_errors,
            _ => &mut self.n_others,
        };
        *n += 1;
        if *n <= MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Whether findings of every kind are only counted by now, so that their place needs no looking up.
    pub(crate) fn is_full(&self) -> bool {
        self.n_errors.min(self.n_others) >= MAX_FINDINGS
    }

    /// Adds what another check found.
    pub(crate) fn append(&mut self, other: Self) {
        let dropped = (other.dropped_errors(), other.dropped_others());
        other.findings.into_iter().for_each(|finding| self.push(finding));
        self.n_errors += dropped.0;
        self.n_others += dropped.1;
    }

    fn dropped_errors(&self) -> usize {
        self.n_errors.saturating_sub(MAX_FINDINGS)
    }

    fn dropped_others(&self) -> usize {
        self.n_others.saturating_sub(MAX_FINDINGS)
    }

    /// All findings in their stated order; the one that counts what was left out comes last.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        finding::sort(&mut self.findings);
        let n = self.dropped_errors() + self.dropped_others();
        let entry = if self.dropped_errors() > 0 { &MORE_FINDINGS } else { &MORE_WARNINGS };
        if let Some(last) = self.findings.last().filter(|_| n > 0) {
            let more = Finding::new(entry, "", last.position).with("n", n.to_string());
            self.findings.push(more);
        }
        self.findings
    }
}

impl Extend<Finding> for Gathered {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, findings: T) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}

/// Finds near names as long as there is work left for it.
#[derive(Debug)]
pub(crate) struct Suggest(Cell<usize>);

impl Default for Suggest {
    fn default() -> Self {
        Self(Cell::new(MAX_SUGGESTING))
    }
}

impl Suggest {
    /// The known name nearest to `name`; none once the work is spent.
    pub(crate) fn nearest<'n>(
        &self,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        // a name of another length costs its own characters, one of about the same length their product
        let length = name.len();
        let within = known.into_iter().take_while(|known| {
            let alike = known.len().abs_diff(length) <= 12;
            self.spend(known.len() + if alike { known.len() * length } else { 0 })
        });
        nearest(name, within)
    }

    /// Takes work away; whether there was enough.
    pub(crate) fn spend(&self, work: usize) -> bool {
        let left = self.0.get().checked_sub(work.max(1));
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::catalogue::plan as entry;
    use crate::base::finding::Position;

    #[test]
    fn what_is_beyond_the_bound_is_counted() {
        let one = |kind| Finding::new(kind, "a", Position::default());
        let mut all = Gathered::default();
        (0..MAX_FINDINGS + 5).for_each(|_| all.push(one(&entry::LISTED_TWICE)));
        assert!(!all.is_full(), "an error has its place beside any number of warnings");
        let mut other = Gathered::default();
        (0..MAX_FINDINGS + 2).for_each(|_| other.push(one(&entry::DUPLICATE_ID)));
        all.append(other);
        assert!(all.is_full());
        let found = all.finish();
        assert_eq!(found.len(), 2 * MAX_FINDINGS + 1);
        assert_eq!(found.last().map(Finding::to_string).unwrap(), "error[more_findings] and 7 findings more");
    }

    #[test]
    fn suggestions_end_with_the_work_for_them() {
        let suggest = Suggest::default();
        assert_eq!(suggest.nearest("piad", ["left", "paid"]), Some("paid"));
        while suggest.spend(1_000) {}
        assert_eq!(suggest.nearest("piad", ["left", "paid"]), None);
    }
}
