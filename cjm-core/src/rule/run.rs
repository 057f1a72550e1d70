//! Partial matches of sequences: what each event does to them.
//!
//! Answers: which partial matches begin, go on, end and complete. Does not know: waits and windows.

use std::sync::Arc;

use crate::base::pack::packs;
use crate::base::time::Timestamp;
use crate::base::value::Value;
use crate::event::EventId;

use super::matched::{Match, Matched, SoFar, Taken};
use super::sequence::{Route, SequenceSpec, SkipTo, StepSpec};
use super::{Ask, MAX_STEPS};

/// Most partial matches of one rule and key.
pub const MAX_RUNS: usize = 16;
/// Most events of a partial match.
pub const MAX_RUN_EVENTS: usize = 256;
/// Most keys of one rule.
pub const MAX_KEYS: usize = 64;

/// The partial matches of a rule for one key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Runs {
    /// Position of the rule.
    pub(super) rule: u32,
    /// The rule's key.
    pub(super) key: Value,
    /// The order of the next event that is taken.
    pub(super) n: u32,
    /// Partial matches in the order in which they began; no two began with the same event.
    pub(super) list: Vec<Run>,
}

/// A partial match.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// Its events in order; never empty.
    pub(super) taken: Vec<Taken>,
    /// How many of the last ones its last step took.
    pub(super) count: u32,
    /// Negated steps that an event has broken since the last one it took, a bit each.
    pub(super) barred: u64,
}

/// Asks each step once about the event at hand, unless its condition looks back.
pub(super) struct Tests<'a, A> {
    spec: &'a SequenceSpec,
    event: EventId,
    ask: &'a A,
    known: [Option<bool>; MAX_STEPS],
    /// Whether no partial match begins.
    pub(super) closed: bool,
}

/// What an event does to a partial match.
enum Move {
    /// It passes by.
    Stays,
    /// A step takes it.
    Takes(u32),
    /// Nothing can complete it any more.
    Ends,
}

impl<'a, A: Ask> Tests<'a, A> {
    pub(super) fn new(spec: &'a SequenceSpec, event: EventId, ask: &'a A) -> Self {
        Self { spec, event, ask, known: [None; MAX_STEPS], closed: false }
    }

    fn fits(&mut self, step: u32, taken: &[Taken]) -> bool {
        let Some(spec) = self.spec.step(step) else { return false };
        let test = || spec.test.takes(self.event, self.ask, SoFar::new(taken));
        if spec.looks_back {
            return test();
        }
        match self.known.get_mut(step as usize) {
            Some(known) => *known.get_or_insert_with(test),
            None => false,
        }
    }

    /// The step that begins a partial match with the event.
    pub(super) fn start(&mut self) -> Option<u32> {
        let spec = self.spec;
        let mut steps = spec.starts().iter().map(|r| r.step);
        steps.find(|s| spec.step(*s).is_some_and(|s| s.may_repeat(0)) && self.fits(*s, &[]))
    }
}

impl Run {
    /// When its first event happened.
    pub(super) fn began(&self) -> Timestamp {
        self.taken.first().map_or(Timestamp::MIN, |t| t.event.time)
    }

    fn start(&self) -> u32 {
        self.taken.first().map_or(0, |t| t.n)
    }

    fn last(&self) -> Option<(u32, Timestamp)> {
        self.taken.last().map(|t| (t.step, t.event.time))
    }

    /// Whether it can still complete with an event at `at` or later.
    pub(super) fn lives(&self, spec: &SequenceSpec, at: Timestamp) -> bool {
        let Some((step, last)) = self.last() else { return false };
        let Some(here) = spec.step(step) else { return false };
        let in_gap = |s: &StepSpec| s.gap.is_none_or(|gap| at <= last.plus(gap));
        let way_on = |r: &Route| r.guards & self.barred == 0 && spec.step(r.step).is_some_and(in_gap);
        at <= self.began().plus(spec.within)
            && ((here.may_repeat(self.count) && in_gap(here))
                || (self.count >= here.least() && spec.after(step).iter().any(way_on)))
    }

    fn meet<A: Ask>(&mut self, spec: &SequenceSpec, at: Timestamp, tests: &mut Tests<'_, A>) -> Move {
        let Some((step, last)) = self.last() else { return Move::Ends };
        let Some(here) = spec.step(step).filter(|_| at <= self.began().plus(spec.within)) else {
            return Move::Ends;
        };
        let in_gap = |s: &StepSpec| s.gap.is_none_or(|gap| at <= last.plus(gap));
        let may_pass = self.count >= here.least();
        let may_repeat = here.may_repeat(self.count) && in_gap(here);
        let gives_way = here.reluctant && may_pass;
        if may_repeat && !gives_way && tests.fits(step, &self.taken) {
            return Move::Takes(step);
        }
        if may_pass {
            let routes = spec.after(step);
            self.barred |= broken(routes, &self.taken, tests);
            for route in routes.iter().filter(|r| r.guards & self.barred == 0) {
                let open = spec.step(route.step).is_some_and(|s| s.may_repeat(0) && in_gap(s));
                if open && tests.fits(route.step, &self.taken) {
                    return Move::Takes(route.step);
                }
            }
        }
        if may_repeat && gives_way && tests.fits(step, &self.taken) {
            return Move::Takes(step);
        }
        if spec.strict || !self.lives(spec, at) { Move::Ends } else { Move::Stays }
    }

    fn take(&mut self, taken: Taken) {
        let repeats = self.last().is_some_and(|(step, _)| step == taken.step);
        self.count = if repeats { self.count.saturating_add(1) } else { 1 };
        self.barred = 0;
        self.taken.push(taken);
    }

    /// Forgets an event and what came to stand on it; gives whether anything is left.
    fn retract(&mut self, spec: Option<&SequenceSpec>, key: u64) -> bool {
        let Some(place) = self.taken.iter().position(|t| t.event.key == key) else { return true };
        let step = self.taken.get(place).map(|t| t.step);
        let of_step = self.taken.iter().filter(|t| Some(t.step) == step).count();
        let least = step.and_then(|s| spec?.step(s)).map_or(1, StepSpec::least);
        let strict = spec.is_none_or(|s| s.strict);
        let is_last_step = self.last().map(|(last, _)| last) == step;
        let enough = of_step > least as usize || (is_last_step && of_step > 1);
        if place > 0 && enough && !strict {
            self.taken.remove(place);
        } else {
            self.taken.truncate(place);
        }
        self.barred = 0;
        let last = self.last().map(|(step, _)| step);
        let count = self.taken.iter().rev().take_while(|t| Some(t.step) == last).count();
        self.count = u32::try_from(count).unwrap_or(u32::MAX);
        !self.taken.is_empty()
    }
}

/// The negated steps on any way from here that the event at hand breaks, a bit each.
fn broken<A: Ask>(routes: &[Route], taken: &[Taken], tests: &mut Tests<'_, A>) -> u64 {
    let mut guards = routes.iter().fold(0, |all, r| all | r.guards);
    let mut broken = 0;
    while guards != 0 {
        let step = guards.trailing_zeros();
        guards &= guards - 1;
        if tests.fits(step, taken) {
            broken |= 1 << step;
        }
    }
    broken
}

impl Runs {
    /// No partial match yet.
    pub(super) fn new(rule: u32, key: Value) -> Self {
        Self { rule, key, n: 0, list: Vec::new() }
    }

    /// Lets an event at `at` meet every partial match and perhaps begin one; gives how many gave way.
    pub(super) fn feed<A: Ask>(
        &mut self,
        tests: &mut Tests<'_, A>,
        at: Timestamp,
        matched: &dyn Fn() -> Option<Arc<Matched>>,
        out: &mut impl FnMut(Match),
    ) -> u32 {
        let spec = tests.spec;
        if self.n == u32::MAX {
            self.order();
        }
        let n = self.n;
        let (mut done, mut gave_way, mut used) = (Vec::new(), 0, false);
        self.list.retain_mut(|run| {
            let step = match run.meet(spec, at, tests) {
                Move::Stays => return true,
                Move::Ends => return false,
                Move::Takes(step) => step,
            };
            let Some(event) = matched() else { return true };
            used = true;
            run.take(Taken { step, n, event });
            if spec.completes(step, run.count) {
                done.push(std::mem::replace(run, Run { taken: Vec::new(), count: 0, barred: 0 }));
                return false;
            }
            gave_way += u32::from(run.taken.len() > MAX_RUN_EVENTS);
            run.taken.len() <= MAX_RUN_EVENTS
        });
        let start = if tests.closed { None } else { tests.start() };
        if let Some((step, event)) = start.and_then(|step| Some((step, matched()?))) {
            used = true;
            let run = Run { taken: vec![Taken { step, n, event }], count: 1, barred: 0 };
            if spec.completes(step, 1) { done.push(run) } else { self.list.push(run) }
        }
        self.n = n.saturating_add(u32::from(used));
        self.complete(spec, at, done, out);
        let surplus = self.list.len().saturating_sub(MAX_RUNS);
        self.list.drain(..surplus);
        gave_way.saturating_add(u32::try_from(surplus).unwrap_or(u32::MAX))
    }

    /// Hands over completed matches in the order in which they began, and skips as the rule says.
    fn complete(&mut self, spec: &SequenceSpec, at: Timestamp, done: Vec<Run>, out: &mut impl FnMut(Match)) {
        let mut go_on_from = 0;
        for run in done {
            if run.start() < go_on_from {
                continue;
            }
            let last_of = |step: u32| run.taken.iter().rev().find(|t| t.step == step).map(|t| t.n);
            go_on_from = match spec.skip {
                SkipTo::NoSkip => None,
                SkipTo::Next => Some(run.start().saturating_add(1)),
                SkipTo::PastLastEvent => run.taken.last().map(|t| t.n.saturating_add(1)),
                SkipTo::Last(step) => last_of(step),
            }
            .map_or(go_on_from, |from| from.max(go_on_from));
            out(Match {
                due: at,
                began: run.began(),
                nth: run.taken.first().map_or(0, |first| first.event.nth),
                steps: run.taken.iter().map(|t| t.step).collect(),
                events: run.taken.into_iter().map(|t| t.event).collect(),
                ..Match::of(self.rule, self.key.clone(), at, None)
            });
        }
        self.list.retain(|run| run.start() >= go_on_from);
    }

    /// Drops what can not complete with an event at `at` or later.
    pub(super) fn expire(&mut self, spec: &SequenceSpec, at: Timestamp) {
        self.list.retain(|run| run.lives(spec, at));
    }

    /// Forgets an event; gives whether it was there.
    pub(super) fn retract(&mut self, spec: Option<&SequenceSpec>, key: u64) -> bool {
        let known = self.list.iter().any(|r| r.taken.iter().any(|t| t.event.key == key));
        if known {
            self.list.retain_mut(|run| run.retract(spec, key));
        }
        known
    }

    /// When an event was last taken.
    pub(super) fn touched(&self) -> Option<Timestamp> {
        self.list.iter().filter_map(|r| r.last()).map(|(_, at)| at).max()
    }

    /// Unites the partial matches of two sides; of two that began with the same event the further one stays.
    /// Gives how many gave way.
    pub(super) fn merge(&mut self, other: Self) -> u32 {
        self.list.extend(other.list);
        self.order();
        self.list.dedup_by(|later, kept| later.start() == kept.start());
        let surplus = self.list.len().saturating_sub(MAX_RUNS);
        self.list.drain(..surplus);
        u32::try_from(surplus).unwrap_or(u32::MAX)
    }

    /// Numbers the events anew by time, so that it does not matter which side they came from.
    fn order(&mut self) {
        let mut ranks: Vec<_> = self.list.iter().flat_map(|r| &r.taken).map(|t| t.event.rank()).collect();
        ranks.sort_unstable();
        ranks.dedup();
        for taken in self.list.iter_mut().flat_map(|r| &mut r.taken) {
            let place = ranks.binary_search(&taken.event.rank()).unwrap_or_else(|place| place);
            taken.n = u32::try_from(place).unwrap_or(u32::MAX);
        }
        self.n = u32::try_from(ranks.len()).unwrap_or(u32::MAX);
        let furthest = |r: &Run| std::cmp::Reverse(r.taken.iter().map(|t| (t.step, t.n)).collect::<Vec<_>>());
        self.list.sort_by_cached_key(|r| (r.start(), furthest(r)));
    }
}

packs! {
    Runs { rule, key, n, list }
    Run { taken, count, barred }
}
