//! What a replay adds up to: refusals by reason, what goes out by day and channel, rules that meet the same people.
//!
//! Answers: small tables over decisions and refusals. Does not know: how they came about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::base::zone::{Date, Zone};
use crate::customer::identity::IdentityKey;

use super::Replay;

/// How often a rule was refused for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedRow {
    /// The rule.
    pub rule: Arc<str>,
    /// Name of the reason.
    pub reason: &'static str,
    /// How often.
    pub n: u64,
}

/// How much goes out on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentRow {
    /// The day, in the zone asked for.
    pub day: Date,
    /// The channel; empty for tickets and calls, which have none.
    pub channel: Arc<str>,
    /// Decisions that are handed over.
    pub n: u64,
}

/// Two rules that decided for the same customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverlapRow {
    /// The rule of the smaller id.
    pub rule: Arc<str>,
    /// The other one.
    pub other: Arc<str>,
    /// Customers for whom both decided.
    pub customers: u64,
}

impl Replay {
    /// All of it as plain JSON, as hosts read it: `decisions` as [`Decision::to_json`](crate::Decision::to_json) has
    /// them, `refusals`, `outcomes`, `waiting` and `tickets`; the sums `refused`, `sent` by day in `zone`, `overlap`;
    /// `n_events` taken in, `n_left_out`, `refused_links`, and `errors`: of events that could not be taken in, `n` and
    /// the `first` message by code.
    pub fn to_json(&self, zone: &Zone) -> serde_json::Value {
        let errors = self
            .errors
            .iter()
            .map(|(code, (n, first))| ((*code).to_owned(), serde_json::json!({ "n": n, "first": first })));
        serde_json::json!({
            "decisions": self.decisions.iter().map(crate::Decision::to_json).collect::<Vec<_>>(),
            "refusals": self.refusals,
            "outcomes": self.outcomes,
            "waiting": self.waiting,
            "tickets": self.tickets,
            "refused": self.refused(),
            "sent": self.sent(zone),
            "overlap": self.overlap(),
            "n_events": self.n_events,
            "n_left_out": self.n_left_out,
            "refused_links": self.refused_links,
            "errors": errors.collect::<serde_json::Map<_, _>>(),
        })
    }

    /// Refusals by rule and reason, in this order.
    pub fn refused(&self) -> Vec<RefusedRow> {
        let mut counts: BTreeMap<(&Arc<str>, &'static str), u64> = BTreeMap::new();
        for refusal in &self.refusals {
            *counts.entry((&refusal.rule, refusal.reason.name())).or_default() += 1;
        }
        let row = |((rule, reason), n): ((&Arc<str>, &'static str), u64)| RefusedRow {
            rule: rule.clone(),
            reason,
            n,
        };
        counts.into_iter().map(row).collect()
    }

    /// What is handed over, by day in a zone and channel, in this order.
    pub fn sent(&self, zone: &Zone) -> Vec<SentRow> {
        let mut counts: BTreeMap<(Date, Arc<str>), u64> = BTreeMap::new();
        for decision in self.decisions.iter().filter(|decision| !decision.applied) {
            let channel = decision.channel.clone().unwrap_or_default();
            *counts.entry((zone.date(decision.due), channel)).or_default() += 1;
        }
        counts.into_iter().map(|((day, channel), n)| SentRow { day, channel, n }).collect()
    }

    /// Pairs of rules that decided for the same customers, those with most customers first.
    pub fn overlap(&self) -> Vec<OverlapRow> {
        let mut rules: BTreeMap<&IdentityKey, BTreeSet<&Arc<str>>> = BTreeMap::new();
        for decision in &self.decisions {
            rules.entry(&decision.customer).or_default().insert(&decision.rule);
        }
        let mut pairs: BTreeMap<(&Arc<str>, &Arc<str>), u64> = BTreeMap::new();
        for own in rules.values() {
            for (place, rule) in own.iter().enumerate() {
                for other in own.iter().skip(place + 1) {
                    *pairs.entry((rule, other)).or_default() += 1;
                }
            }
        }
        let row = |((rule, other), customers): ((&Arc<str>, &Arc<str>), u64)| OverlapRow {
            rule: rule.clone(),
            other: other.clone(),
            customers,
        };
        let mut rows: Vec<OverlapRow> = pairs.into_iter().map(row).collect();
        rows.sort_by(|a, b| {
            b.customers.cmp(&a.customers).then_with(|| (&a.rule, &a.other).cmp(&(&b.rule, &b.other)))
        });
        rows
    }
}
