//! What two blueprints make of one log differently: two replays side by side.
//!
//! Answers: which decisions are gone, new or changed, by rule and one by one; which refusals became more or fewer.
//! Does not know: what changed in the blueprints (see [`crate::Blueprint::diff`]), how decisions come about.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::base::time::Timestamp;
use crate::engine::decision::Decision;

use super::Replay;

/// What differs between two replays of one log.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Difference {
    /// By rule, in order of ids: rules that decided in either replay.
    pub rules: Vec<RuleDifference>,
    /// By rule and reason, in this order: refusals that are not as many in both.
    pub refused: Vec<RefusedDifference>,
    /// Every decision that is not the same in both, by (due, customer, rule, key, step, item).
    pub decisions: Vec<Differing>,
}

/// How a rule's decisions differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleDifference {
    /// The rule.
    pub rule: Arc<str>,
    /// Decisions before.
    pub before: u64,
    /// Decisions after.
    pub after: u64,
    /// Of those, the same in both: customer, key, due, what is done, by which channel, with which values.
    pub same: u64,
    /// For the same customer, key and instant, but something else is done, or otherwise.
    pub changed: u64,
    /// Before alone.
    pub gone: u64,
    /// After alone.
    pub new: u64,
}

/// How often a rule was refused for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedDifference {
    /// The rule.
    pub rule: Arc<str>,
    /// Name of the reason.
    pub reason: &'static str,
    /// How often before.
    pub before: u64,
    /// How often after.
    pub after: u64,
}

/// A decision that differs: gone without an `after`, new without a `before`, else changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Differing {
    /// As it was decided before.
    pub before: Option<Decision>,
    /// As it is decided after.
    pub after: Option<Decision>,
}

/// Which decision of a replay it is, whatever is done by it. Ids do not tell: they change with what a rule means.
type Which<'a> = (Timestamp, (&'a str, &'a str), &'a str, Option<&'a str>, u32, u32);

fn which(decision: &Decision) -> Which<'_> {
    let customer = (&*decision.customer.kind, &*decision.customer.value);
    (decision.due, customer, &decision.rule, decision.key.as_deref(), decision.step, decision.item)
}

/// Whether the same is done, by the same channel, with the same values.
fn is_same(one: &Decision, other: &Decision) -> bool {
    let done = |d: &Decision| (d.action, d.target.clone(), d.channel.clone(), d.arm.clone());
    done(one) == done(other) && one.arguments == other.arguments
}

impl Replay {
    /// What another replay of the same log, under another blueprint, decides differently; `self` is the one before.
    ///
    /// ```
    /// use cjm_core::event::{BatchBuilder, LogBuilder, Options};
    /// use cjm_core::{Blueprint, ReplayOptions, Until, Zone};
    /// let text = |minutes: u32| {
    ///     format!(
    ///         "cjm: 1\nid: shop\nzone: UTC\nidentities: [{{ id: member }}]\nevents: {{ cart: {{}}, paid: {{}} }}\n\
    ///          rules: [{{ id: forgot, when: {{ after: cart, without: paid, for: {minutes}m }}, do: [{{ call: remind }}] }}]"
    ///     )
    /// };
    /// let (before, after) = (Blueprint::from_yaml(&text(30))?, Blueprint::from_yaml(&text(60))?);
    /// let mut rows = BatchBuilder::default();
    /// let columns = ["who", "what", "when"].map(|name| rows.column(name));
    /// for (line, row) in [["a", "cart", "2026-03-01 12:00"], ["a", "paid", "2026-03-01 12:45"]].iter().enumerate() {
    ///     rows.begin_row(line as u64 + 1);
    ///     columns.iter().zip(row).for_each(|(column, text)| assert!(rows.push_text(*column, text)));
    /// }
    /// let options = Options::new("who", "what", "when").with_zone(Zone::utc());
    /// let mut log = LogBuilder::new(options).with_blueprint(before.document());
    /// log.push(rows.finish());
    /// let log = log.finish()?;
    /// let options = ReplayOptions { until: Until::EndOfWaits, ..ReplayOptions::default() };
    /// let difference = before.compile()?.replay(&log, options).diff(&after.compile()?.replay(&log, options));
    /// assert_eq!((difference.rules[0].before, difference.rules[0].after), (1, 0));
    /// assert_eq!(difference.rules[0].gone, 1);
    /// # Ok::<(), cjm_core::Error>(())
    /// ```
    pub fn diff(&self, after: &Self) -> Difference {
        let (mut rules, mut decisions) = (BTreeMap::new(), Vec::new());
        let (mine, theirs) = (in_order(self), in_order(after));
        let (mut mine, mut theirs) = (mine.into_iter().peekable(), theirs.into_iter().peekable());
        loop {
            let order = match (mine.peek(), theirs.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(mine), Some(theirs)) => which(mine).cmp(&which(theirs)),
            };
            let before = if order.is_le() { mine.next() } else { None };
            let after = if order.is_ge() { theirs.next() } else { None };
            let Some(rule) = before.or(after).map(|decision| &decision.rule) else { break };
            let row = rules.entry(rule.clone()).or_insert_with(|| RuleDifference::new(rule));
            if !row.count(before, after) {
                decisions.push(Differing { before: before.cloned(), after: after.cloned() });
            }
        }
        Difference { rules: rules.into_values().collect(), refused: refused(self, after), decisions }
    }
}

impl RuleDifference {
    fn new(rule: &Arc<str>) -> Self {
        Self { rule: rule.clone(), before: 0, after: 0, same: 0, changed: 0, gone: 0, new: 0 }
    }

    /// Counts a decision; gives whether it is the same in both.
    fn count(&mut self, before: Option<&Decision>, after: Option<&Decision>) -> bool {
        self.before += u64::from(before.is_some());
        self.after += u64::from(after.is_some());
        let kind = match (before, after) {
            (Some(before), Some(after)) if is_same(before, after) => &mut self.same,
            (Some(_), Some(_)) => &mut self.changed,
            (Some(_), None) => &mut self.gone,
            (None, _) => &mut self.new,
        };
        *kind += 1;
        before.zip(after).is_some_and(|(before, after)| is_same(before, after))
    }
}

/// The decisions by which they are; equals as they came.
fn in_order(replay: &Replay) -> Vec<&Decision> {
    let mut all: Vec<&Decision> = replay.decisions.iter().collect();
    all.sort_by(|a, b| which(a).cmp(&which(b)));
    all
}

fn refused(before: &Replay, after: &Replay) -> Vec<RefusedDifference> {
    let mut counts: BTreeMap<(Arc<str>, &'static str), (u64, u64)> = BTreeMap::new();
    for row in before.refused() {
        counts.entry((row.rule, row.reason)).or_default().0 += row.n;
    }
    for row in after.refused() {
        counts.entry((row.rule, row.reason)).or_default().1 += row.n;
    }
    let differs = |(_, (before, after)): &((Arc<str>, &'static str), (u64, u64))| before != after;
    let row = |((rule, reason), (before, after))| RefusedDifference { rule, reason, before, after };
    counts.into_iter().filter(differs).map(row).collect()
}
