//! What a rule has seen so far of one customer, as plain data to show.
//!
//! Answers: open and ended waits, partial matches with what comes next, totals of windows, the next civil time.
//! Does not know: names, words, what a match would lead to.

use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::base::value::Value;

use super::matched::Matched;
use super::matcher::Matcher;
use super::spec::{Form, Patterns};
use super::window::total;

/// A wait, open or ended.
#[derive(Debug, Clone)]
pub(crate) struct SeenWait {
    /// The rule's key.
    pub(crate) key: Value,
    /// When it was armed.
    pub(crate) since: Timestamp,
    /// When it comes about, or would have.
    pub(crate) due: Timestamp,
    /// What armed it.
    pub(crate) event: Option<Arc<Matched>>,
    /// Keys of the events that ended it; empty of an open one.
    pub(crate) ended_by: Vec<u64>,
}

/// A partial match.
#[derive(Debug, Clone)]
pub(crate) struct SeenRun {
    /// The rule's key.
    pub(crate) key: Value,
    /// The events taken, each with the position of its step.
    pub(crate) taken: Vec<(u32, Arc<Matched>)>,
    /// Positions of the steps that may take the next event.
    pub(crate) next: Vec<u32>,
    /// The last instant at which it can complete.
    pub(crate) until: Timestamp,
}

/// The window of one key at an instant.
#[derive(Debug, Clone)]
pub(crate) struct SeenWindow {
    /// The rule's key.
    pub(crate) key: Value,
    /// The count or the sum; `None` beyond the range of amounts.
    pub(crate) total: Option<Value>,
    /// When the oldest entry happened.
    pub(crate) oldest: Timestamp,
}

impl Matcher {
    /// The waits of a rule: open ones, then ended ones, each by due.
    pub(crate) fn seen_waits(&self, rule: u32) -> Vec<SeenWait> {
        let Some(memory) = &self.memory else { return Vec::new() };
        let open = memory.waits.open.iter().map(|wait| (wait, Vec::new()));
        let ended = memory.waits.ended.iter().map(|ended| (&ended.wait, ended.by.to_vec()));
        let all = open.chain(ended).filter(|(wait, _)| wait.rule == rule);
        all.map(|(wait, ended_by)| SeenWait {
            key: wait.key.clone(),
            since: wait.since,
            due: wait.due,
            event: wait.event.clone(),
            ended_by,
        })
        .collect()
    }

    /// The partial matches of a rule that can still complete at `at`, in the order in which they are kept.
    pub(crate) fn seen_runs(&self, patterns: &Patterns, rule: u32, at: Timestamp) -> Vec<SeenRun> {
        let Some(Form::Sequence(spec)) = patterns.spec(rule).map(|spec| &spec.form) else {
            return Vec::new();
        };
        let groups = self.memory.iter().flat_map(|memory| &memory.runs).filter(|runs| runs.rule == rule);
        let runs = groups.flat_map(|runs| runs.list.iter().map(|run| (&runs.key, run)));
        let alive = runs.filter(|(_, run)| run.lives(spec, at));
        alive
            .map(|(key, run)| {
                let here = run.taken.last().map_or(0, |taken| taken.step);
                let repeats = spec.step(here).is_some_and(|step| step.may_repeat(run.count));
                let enough = spec.step(here).is_some_and(|step| run.count >= step.least());
                let routes = spec.after(here).iter().filter(|route| route.guards & run.barred == 0);
                let next = repeats.then_some(here).into_iter();
                let next = next.chain(routes.filter(|_| enough).map(|route| route.step));
                SeenRun {
                    key: key.clone(),
                    taken: run.taken.iter().map(|taken| (taken.step, taken.event.clone())).collect(),
                    next: next.collect(),
                    until: run.began().plus(spec.within),
                }
            })
            .collect()
    }

    /// The windows of a rule as of `at`, in the order in which they are kept; empty ones left out.
    pub(crate) fn seen_windows(&self, patterns: &Patterns, rule: u32, at: Timestamp) -> Vec<SeenWindow> {
        let Some(Form::Total(spec)) = patterns.spec(rule).map(|spec| &spec.form) else { return Vec::new() };
        let edge = at.minus(spec.within);
        let windows = self.memory.iter().flat_map(|memory| &memory.windows);
        let windows = windows.filter(|window| window.rule == rule);
        let seen = windows.filter_map(|window| {
            let inside = || window.entries.iter().filter(|entry| entry.at > edge && entry.at <= at);
            let oldest = inside().map(|entry| entry.at).min()?;
            let n: u64 = inside().map(|entry| u64::from(entry.n)).sum();
            let total = match spec.attribute {
                None => i64::try_from(n).ok().map(Value::Int),
                Some(_) => total(inside().filter_map(|e| e.amount.as_deref())).map(|sum| sum.value()),
            };
            Some(SeenWindow { key: window.key.clone(), total, oldest })
        });
        seen.collect()
    }

    /// The next civil time of a scheduled rule.
    pub(crate) fn seen_next(&self, rule: u32) -> Option<Timestamp> {
        let clocks = self.memory.iter().flat_map(|memory| &memory.clocks);
        clocks.filter(|clock| clock.rule == rule).find_map(|clock| clock.next).map(|(at, _)| at)
    }
}
