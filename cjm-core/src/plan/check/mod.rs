//! Everything there is to say about a blueprint: reading, references, maps, conditions.
//!
//! Answers: all findings in their stated order. Does not know: how to mend them; the catalogue's help does.

use crate::base::finding::{self, Finding};
use crate::blueprint::Blueprint;

use super::compile;

impl Blueprint {
    /// All findings: what reading had to say, then references, maps and conditions; sorted by place.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = self.warnings().to_vec();
        findings.extend(compile::build(self).1);
        finding::sort(&mut findings);
        findings
    }
}
