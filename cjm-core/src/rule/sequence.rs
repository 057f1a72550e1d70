//! A compiled sequence: its steps, and from every place in it the steps that may come next.
//!
//! Answers: which steps may take the next event, in the order to try. Does not know: events and time.

use crate::base::time::Duration;

use super::spec::EventTest;

/// Most steps of a sequence.
pub const MAX_STEPS: usize = 64;

/// One step.
#[derive(Debug, Clone, Default)]
pub struct StepSpec {
    /// The events it takes; for a negated step those that must not come.
    pub test: EventTest,
    /// Whether the condition reads `first.` or `last.`.
    pub looks_back: bool,
    /// Such an event must not come before the next step.
    pub negated: bool,
    /// Least and most events; `None` is no limit.
    pub times: (u32, Option<u32>),
    /// May be missing.
    pub optional: bool,
    /// As few as possible.
    pub reluctant: bool,
    /// Longest time since the matched event before.
    pub gap: Option<Duration>,
}

/// Where matching goes on after a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SkipTo {
    /// After the last event of the match.
    #[default]
    PastLastEvent,
    /// After the first event of the match.
    Next,
    /// Everywhere.
    NoSkip,
    /// At the last event that the step at this position took; everywhere when it took none.
    Last(u32),
}

/// A compiled sequence.
#[derive(Debug, Clone)]
pub struct SequenceSpec {
    pub(super) steps: Vec<StepSpec>,
    pub(super) within: Duration,
    pub(super) strict: bool,
    pub(super) skip: SkipTo,
    /// By position + 1 of the step that was left, 0 before the first: the steps that may come next.
    routes: Vec<Vec<Route>>,
}

/// A step that may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    /// Position of the step.
    pub(super) step: u32,
    /// Negated steps on the way to it, a bit each.
    pub(super) guards: u64,
}

impl StepSpec {
    /// A step that takes one event.
    pub fn once(test: EventTest) -> Self {
        Self { test, times: (1, Some(1)), ..Self::default() }
    }

    pub(super) fn least(&self) -> u32 {
        self.times.0.max(1)
    }

    pub(super) fn may_repeat(&self, count: u32) -> bool {
        self.times.1.is_none_or(|most| count < most)
    }

    fn may_miss(&self) -> bool {
        self.negated || self.optional || self.times.0 == 0
    }
}

impl SequenceSpec {
    /// A sequence; `None` beyond [`MAX_STEPS`] steps.
    pub fn new(steps: Vec<StepSpec>, within: Duration, strict: bool, skip: SkipTo) -> Option<Self> {
        if steps.len() > MAX_STEPS {
            return None;
        }
        let routes = (0..=steps.len()).map(|from| routes(&steps, from)).collect();
        Some(Self { steps, within, strict, skip, routes })
    }

    /// Its steps in order.
    pub fn steps(&self) -> &[StepSpec] {
        &self.steps
    }

    /// The longest time from its first event to its last.
    pub fn within(&self) -> Duration {
        self.within
    }

    pub(super) fn step(&self, place: u32) -> Option<&StepSpec> {
        self.steps.get(place as usize)
    }

    /// The steps that may come first.
    pub(super) fn starts(&self) -> &[Route] {
        self.routes.first().map_or(&[], Vec::as_slice)
    }

    /// The steps that may come after one, in the order to try.
    pub(super) fn after(&self, step: u32) -> &[Route] {
        self.routes.get(step as usize + 1).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing more has to come once a step took so many events.
    pub(super) fn completes(&self, step: u32, count: u32) -> bool {
        let rest = self.steps.get(step as usize + 1..).unwrap_or_default();
        self.step(step).is_some_and(|s| count >= s.least()) && rest.iter().all(StepSpec::may_miss)
    }
}

/// The steps that may come next from a position on: up to the first that must come. An optional step goes before
/// those behind it, a reluctant one after them.
fn routes(steps: &[StepSpec], from: usize) -> Vec<Route> {
    let mut first = Vec::new();
    let mut last = Vec::new();
    let mut guards = 0_u64;
    for (step, place) in steps.iter().zip(0_u32..).skip(from) {
        let route = Route { step: place, guards };
        if step.negated {
            guards |= 1_u64.checked_shl(place).unwrap_or(0);
        } else if step.reluctant && step.may_miss() {
            last.push(route);
        } else {
            first.push(route);
        }
        if !step.may_miss() {
            break;
        }
    }
    first.extend(last.into_iter().rev());
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` once, `a?` optional, `a??` optional and reluctant, `!a` negated.
    fn sequence(text: &str) -> SequenceSpec {
        let step = |word: &str| StepSpec {
            negated: word.starts_with('!'),
            optional: word.contains('?'),
            reluctant: word.contains("??"),
            ..StepSpec::once(EventTest::default())
        };
        let steps = text.split_whitespace().map(step).collect();
        SequenceSpec::new(steps, Duration::ZERO, false, SkipTo::NoSkip).unwrap()
    }

    fn order(routes: &[Route]) -> Vec<(u32, u64)> {
        routes.iter().map(|r| (r.step, r.guards)).collect()
    }

    #[test]
    fn the_order_to_try() {
        for (text, from, expected) in [
            ("a b c", 0, &[(0, 0)][..]),
            ("a b c", 1, &[(1, 0)]),
            ("a b? c? d", 1, &[(1, 0), (2, 0), (3, 0)]),
            ("a b?? c d", 1, &[(2, 0), (1, 0)]),
            ("a b?? c?? d", 1, &[(3, 0), (2, 0), (1, 0)]),
            ("a b? c?? d", 1, &[(1, 0), (3, 0), (2, 0)]),
            ("a !b c", 1, &[(2, 0b10)]),
            ("a !b c? !d e", 1, &[(2, 0b10), (4, 0b1010)]),
            ("a? b", 0, &[(0, 0), (1, 0)]),
            ("a", 1, &[]),
        ] {
            let sequence = sequence(text);
            assert_eq!(order(&sequence.routes[from]), expected, "{text} from {from}");
        }
    }

    #[test]
    fn what_need_not_come_does_not_keep_a_match_back() {
        assert!(sequence("a b? !c").completes(0, 1));
        assert!(!sequence("a b").completes(0, 1));
        let many = vec![StepSpec::once(EventTest::default()); MAX_STEPS + 1];
        assert!(SequenceSpec::new(many, Duration::ZERO, false, SkipTo::NoSkip).is_none());
    }
}
