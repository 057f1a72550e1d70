//! Patterns from their definition, without any state: slow, plain, and compared with the matcher on random logs.
//!
//! A sequence is defined by its words: the step lists that its repeats and optional steps allow. From each event
//! that may stand first, one match may grow: each further event is taken by the step that is preferred among those
//! that keep the list the beginning of a word, hold their conditions, bounds and gaps, and break no `not` between.

use proptest::prelude::*;

use super::story::{Story, Word, at};
use crate::base::value::Value;

/// An event: its letter, its second and its number.
#[derive(Debug, Clone, Copy)]
struct Happening {
    letter: char,
    second: i64,
    n: i64,
}

#[derive(Debug, Clone)]
struct NaiveStep {
    letters: Vec<char>,
    /// Least and most.
    times: (usize, Option<usize>),
    optional: bool,
    reluctant: bool,
    negated: bool,
    gap: Option<i64>,
    /// `event.n > last.NAME.n` of the step at this position.
    above: Option<usize>,
}

#[derive(Debug, Clone)]
struct NaiveSequence {
    steps: Vec<NaiveStep>,
    within: i64,
    strict: bool,
    skip: &'static str,
}

/// A match in the making: (step, place of the event).
type List = Vec<(usize, usize)>;

impl NaiveStep {
    fn least(&self) -> usize {
        self.times.0.max(1)
    }
}

impl NaiveSequence {
    /// Whether a step takes an event after a list.
    fn fits(&self, log: &[Happening], list: &List, place: usize, step: usize) -> bool {
        let wanted = &self.steps[step];
        let look = wanted.above.is_none_or(|above| {
            let last = list.iter().rev().find(|(s, _)| *s == above);
            last.is_some_and(|(_, p)| log[place].n > log[*p].n)
        });
        wanted.letters.contains(&log[place].letter) && look
    }

    /// Whether steps that took so many events each are a word, or the beginning of one that ends in `last`.
    fn is_word(&self, list: &List, last: Option<usize>) -> bool {
        self.steps.iter().enumerate().filter(|(_, s)| !s.negated).all(|(place, step)| {
            let n = list.iter().filter(|(s, _)| *s == place).count();
            let most = step.times.1.is_none_or(|most| n <= most);
            let least = n >= step.least() || (n == 0 && (step.optional || step.times.0 == 0));
            most && (least || last.is_some_and(|last| place >= last))
        })
    }

    fn may_take(&self, log: &[Happening], list: &List, place: usize, step: usize) -> bool {
        if self.steps[step].negated || !self.fits(log, list, place, step) {
            return false;
        }
        let mut longer = list.clone();
        longer.push((step, place));
        if !self.is_word(&longer, Some(step)) {
            return false;
        }
        let Some((before, since)) = list.last().copied() else { return true };
        let broken = |between: usize| {
            let nots = (before + 1..step).filter(|s| self.steps[*s].negated);
            nots.into_iter().any(|s| self.fits(log, list, between, s))
        };
        step >= before
            && log[place].second <= log[list[0].1].second + self.within
            && self.steps[step].gap.is_none_or(|gap| log[place].second <= log[since].second + gap)
            && !(since + 1..=place).any(broken)
    }

    /// The step that takes an event: the nearer one, unless it is reluctant.
    fn preferred(&self, log: &[Happening], list: &List, place: usize) -> Option<usize> {
        let able = (0..self.steps.len()).filter(|s| self.may_take(log, list, place, *s));
        able.reduce(|near, far| if self.steps[near].reluctant { far } else { near })
    }

    /// The match that begins with an event.
    fn from(&self, log: &[Happening], start: usize) -> Option<List> {
        let mut list = List::new();
        for place in start..log.len() {
            match self.preferred(log, &list, place) {
                Some(step) => list.push((step, place)),
                None if list.is_empty() || self.strict => return None,
                None => {}
            }
            if self.is_word(&list, None) {
                return Some(list);
            }
        }
        None
    }

    /// All matches, in the order in which they complete, then begin.
    fn matches(&self, log: &[Happening]) -> Vec<Vec<usize>> {
        let mut all: Vec<List> = (0..log.len()).filter_map(|start| self.from(log, start)).collect();
        all.sort_by_key(|list| (list.last().map(|l| l.1), list[0].1));
        let mut go_on_from = 0;
        let mut kept = Vec::new();
        for list in all {
            let (start, end) = (list[0].1, list[list.len() - 1].1);
            if start < go_on_from {
                continue;
            }
            go_on_from = match self.skip {
                "past_last_event" => end + 1,
                "to_next" => start + 1,
                "no_skip" => 0,
                _ => list.iter().filter(|(s, _)| *s == 0).map(|(_, p)| *p).max().unwrap_or(0),
            };
            kept.push(list.iter().map(|(_, p)| *p).collect());
        }
        kept
    }

    /// The same as a rule.
    fn rule(&self) -> String {
        let step = |(place, s): (usize, &NaiveStep)| {
            let letters: Vec<String> = s.letters.iter().map(char::to_string).collect();
            let above = s.above.map_or(String::new(), |a| format!(", where: event.n > last.s{a}.n"));
            if s.negated {
                return format!("{{not: [{}]{above}}}", letters.join(", "));
            }
            let most = s.times.1.map_or("null".to_owned(), |m| m.to_string());
            let gap = s.gap.map_or(String::new(), |g| format!(", gap: {g}s"));
            format!(
                "{{event: [{}], as: s{place}, times: [{}, {most}], optional: {}, reluctant: {}{gap}{above}}}",
                letters.join(", "),
                s.times.0,
                s.optional,
                s.reluctant
            )
        };
        let steps: Vec<String> = self.steps.iter().enumerate().map(step).collect();
        let order = if self.strict { "strict" } else { "relaxed" };
        let within = self.within;
        format!("sequence: [{}], within: {within}s, order: {order}; skip: {}", steps.join(", "), self.skip)
    }
}

fn log() -> impl Strategy<Value = Vec<Happening>> {
    let one = (prop::sample::select(vec!['a', 'b', 'c']), 0..3_i64, 0..4_i64);
    prop::collection::vec(one, 1..12).prop_map(|list| {
        let mut second = 0;
        let happening = |(letter, wait, n)| {
            second += wait;
            Happening { letter, second, n }
        };
        list.into_iter().map(happening).collect()
    })
}

fn step() -> impl Strategy<Value = NaiveStep> {
    let letters = prop::sample::subsequence(vec!['a', 'b', 'c'], 1..=2);
    let times = prop::sample::select(vec![
        (1, Some(1)),
        (1, Some(1)),
        (1, None),
        (0, None),
        (2, Some(3)),
        (1, Some(2)),
        (0, Some(1)),
    ]);
    let gap = prop::option::weighted(0.2, 1..4_i64);
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.3), prop::bool::weighted(0.2));
    (letters, times, flags, gap, prop::bool::weighted(0.3)).prop_map(|(letters, times, flags, gap, look)| {
        let (optional, reluctant, negated) = flags;
        let above = look.then_some(0);
        NaiveStep { letters, times, optional, reluctant, negated, gap, above }
    })
}

fn sequence() -> impl Strategy<Value = NaiveSequence> {
    let skips = vec!["past_last_event", "to_next", "no_skip", "{to_last: s0}"];
    (prop::collection::vec(step(), 1..5), 2..15_i64, any::<bool>(), prop::sample::select(skips)).prop_map(
        |(mut steps, within, strict, skip)| {
            // the first step begins: it is not negated and has nothing before it to look at
            steps[0] = NaiveStep { negated: false, above: None, ..steps[0].clone() };
            // a sequence of which nothing need come completes at once
            let all_optional = steps.iter().all(|s| s.negated || s.optional || s.times.0 == 0);
            if all_optional {
                steps[0] = NaiveStep { optional: false, times: (1, Some(1)), ..steps[0].clone() };
            }
            let place = steps.len() - 1;
            steps[place].negated = false;
            NaiveSequence { steps, within, strict, skip }
        },
    )
}

fn word(place: usize, h: Happening) -> Word {
    let values = vec![Value::Int(h.n), Value::Null, Value::Null, Value::Null];
    Word { name: h.letter.to_string(), id: place.to_string(), time: at(h.second), values, by: 0 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sequences_are_as_defined(sequence in sequence(), log in log()) {
        let mut story = Story::of(&sequence.rule());
        for (place, h) in log.iter().enumerate() {
            story.event(&word(place, *h));
        }
        let ids = |m: &super::super::Match| m.events.iter().map(|e| e.id.parse().unwrap()).collect::<Vec<usize>>();
        let found: Vec<Vec<usize>> = story.found.iter().map(ids).collect();
        prop_assert_eq!(found, sequence.matches(&log), "{}", sequence.rule());
    }
}

/// After A without B, from the definition: (place of A, instant).
fn absences(log: &[Happening], lasts: i64, again: &str) -> Vec<(usize, i64)> {
    let ends = |from: usize, due: i64| {
        log.iter().enumerate().any(|(p, h)| p > from && h.letter == 'b' && h.second <= due)
    };
    let starts: Vec<usize> = (0..log.len()).filter(|p| log[*p].letter == 'a').collect();
    let due = |place: usize| log[place].second + lasts;
    let mut found = Vec::new();
    let mut waits_until: Option<(usize, i64)> = None;
    for start in &starts {
        let stands = waits_until.filter(|(by, until)| {
            let ended = log[*by + 1..*start].iter().any(|h| h.letter == 'b' && h.second <= *until);
            !ended && log[*start].second <= *until
        });
        match (again, stands) {
            ("keep", Some(_)) => continue,
            ("restart", Some((by, _))) => found.retain(|(p, _)| *p != by),
            _ => {}
        }
        waits_until = Some((*start, due(*start)));
        found.push((*start, due(*start)));
    }
    found.retain(|(start, due)| !ends(*start, *due));
    found.sort_by_key(|(_, due)| *due);
    found
}

/// When the total of `a` over (t-D, t] reaches the bound: places.
fn totals(log: &[Happening], within: i64, bound: i64, sum: bool, each: bool) -> Vec<usize> {
    let total = |place: usize, upto: usize| {
        let now = log[place].second;
        let inside =
            log[..upto].iter().filter(|h| h.letter == 'a' && h.second > now - within && h.second <= now);
        inside.map(|h| if sum { h.n } else { 1 }).sum::<i64>()
    };
    let crosses = |place: &usize| total(*place, *place) < bound && total(*place, *place + 1) >= bound;
    let enough = |place: &usize| total(*place, *place + 1) >= bound;
    let all = (0..log.len()).filter(|p| log[*p].letter == 'a');
    if each { all.filter(enough).collect() } else { all.filter(crosses).collect() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn absences_are_as_defined(
        log in log(),
        lasts in 0..8_i64,
        again in prop::sample::select(vec!["keep", "restart", "each"]),
    ) {
        let mut story = Story::of(&format!("after: a, without: b, for: {lasts}s, again: {again}"));
        for (place, h) in log.iter().enumerate() {
            story.event(&word(place, *h));
        }
        story.feed("tick 1000");
        let second = |m: &super::super::Match| m.due.as_micros() / 1_000_000;
        let mut found: Vec<(usize, i64)> =
            story.found.iter().map(|m| (m.events[0].id.parse().unwrap(), second(m))).collect();
        prop_assert!(found.is_sorted_by_key(|(_, due)| *due));
        found.sort_by_key(|(place, due)| (*due, *place));
        prop_assert_eq!(found, absences(&log, lasts, again));
    }

    #[test]
    fn totals_are_as_defined(
        log in log(),
        within in 1..8_i64,
        bound in 1..5_i64,
        sum in any::<bool>(),
        each in any::<bool>(),
    ) {
        let of = if sum { "sum: a.n" } else { "count: a" };
        let fire = if each { "each" } else { "crossing" };
        let rule = format!("{of}, at_least: {bound}, within: {within}s, fire: {fire}");
        let mut story = Story::of(&rule);
        for (place, h) in log.iter().enumerate() {
            story.event(&word(place, *h));
        }
        let found: Vec<usize> = story.found.iter().map(|m| m.events[0].id.parse().unwrap()).collect();
        prop_assert_eq!(found, totals(&log, within, bound, sum, each), "{}", rule);
    }
}
