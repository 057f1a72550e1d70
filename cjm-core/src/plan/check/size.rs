//! How large one customer's state can become under a blueprint, and how many scenarios and segments it can tell apart.
//!
//! Answers: an estimate of the worst case in bytes, from what the document declares; lists that are too long.
//! Does not know: the encoding itself; the engine sheds what is too much, oldest first, and counts it.

use super::*;
use crate::blueprint::model::{Aggregate, FeatureModel, Rule};
use crate::plan::{MAX_SCENARIOS, MAX_SEGMENTS};

/// Encoded state of one customer beyond which the engine sheds.
const LIMIT_BYTES: usize = 32 * 1024;
/// The recent events (256 of two hashes, a time and two ids) and the identities, profile and trips beside them.
const BASE_BYTES: usize = 256 * 40 + 2 * 1024;
/// Entries that a window keeps exactly.
const WINDOW_ENTRIES: usize = 256;
/// A time in a window, and a value beside it.
const TIME_BYTES: usize = 8;
const VALUE_BYTES: usize = 16;
/// Partial matches of one rule and key, and one matched event in them.
const PARTIAL_MATCHES: usize = 16;
const MATCHED_BYTES: usize = 24;

pub(super) fn check(check: &mut Check<'_>) {
    sets(check);
    let bytes = worst_case_bytes(check.document);
    if bytes > LIMIT_BYTES {
        let path = DocPath::root().key("customer").key("features");
        let finding = check.at(&entry::STATE_TOO_LARGE, &path).with("kib", bytes.div_ceil(1024).to_string());
        check.push(finding.with("limit", (LIMIT_BYTES / 1024).to_string()));
    }
}

/// A set of scenarios or segments has one bit for each.
fn sets(check: &mut Check<'_>) {
    let document = check.document;
    let root = DocPath::root();
    let n_segments = document.customer.as_ref().map_or(0, |c| c.segments.len());
    let sets = [
        (root.key("scenarios"), document.scenarios.len(), MAX_SCENARIOS),
        (root.key("customer").key("segments"), n_segments, MAX_SEGMENTS),
    ];
    for (path, n, limit) in sets.into_iter().filter(|(_, n, limit)| n > limit) {
        let finding = check.at_key(&entry::TOO_MANY_IN_SET, &path).with("section", path.as_str());
        check.push(finding.with("n", n.to_string()).with("limit", limit.to_string()));
    }
}

/// The bytes that one customer's state may need when every window, wait and partial match is full.
///
/// Windows count 256 entries; a sequence counts the partial matches of one key.
pub(crate) fn worst_case_bytes(document: &Document) -> usize {
    let features = document.customer.iter().flat_map(|c| c.features.values()).map(feature);
    let rules = document.rules.iter().map(rule);
    features.chain(rules).fold(BASE_BYTES, usize::saturating_add)
}

fn feature(feature: &FeatureModel) -> usize {
    use Aggregate as A;
    let entries = if feature.within.is_some() { WINDOW_ENTRIES } else { 1 };
    match feature.aggregate {
        A::Count => entries * TIME_BYTES,
        A::Since => TIME_BYTES,
        A::Distinct => WINDOW_ENTRIES * (TIME_BYTES + VALUE_BYTES),
        A::Sum | A::Min | A::Max | A::Mean | A::Last | A::First => entries * (TIME_BYTES + VALUE_BYTES),
    }
}

fn rule(rule: &Rule) -> usize {
    let when = &rule.when;
    let steps = when.sequence.as_ref().map_or(0, Vec::len);
    let total = match (&when.count, &when.sum) {
        (Some(_), _) => WINDOW_ENTRIES * TIME_BYTES,
        (_, Some(_)) => WINDOW_ENTRIES * (TIME_BYTES + VALUE_BYTES),
        _ => 0,
    };
    steps.saturating_mul(PARTIAL_MATCHES * MATCHED_BYTES).saturating_add(total)
}
