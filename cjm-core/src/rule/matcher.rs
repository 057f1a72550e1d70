//! What one customer's rules have seen so far, and what the next event, moment or passing of time makes of it.
//!
//! Answers: matches, each at its instant; the next instant at which time alone gives one; merging, splitting and
//! taking an event back. Does not know: what a match leads to, nor in which order of priority.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::pack::packs;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::{Value, ValueRef};
use crate::blueprint::model::{Again, Fire};
use crate::event::EventId;
use crate::signal::{Dated, Moment};

use super::groups;
use super::matched::{Match, Matched, Outcome};
use super::run::{Run, Runs, Tests};
use super::schedule::{Calendar, Clock};
use super::sequence::SequenceSpec;
use super::spec::{AbsenceSpec, Alike, Form, PatternSpec, Patterns, TotalSpec, answers};
use super::wait::{NoRoom, Stay, Wait, Waits, wait};
use super::window::{Entry, Window};
use super::{Ask, Passed, SoFar};

/// What the rules of one customer remember: partial matches, waits, windows and clocks. A customer of whom nothing
/// is remembered costs one pointer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matcher {
    pub(super) memory: Option<Box<Memory>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Memory {
    pub(super) waits: Waits,
    pub(super) runs: Vec<Runs>,
    pub(super) windows: Vec<Window>,
    pub(super) clocks: Vec<Clock>,
}

/// An event as the matcher is fed with it.
#[derive(Debug, Clone, Copy)]
pub struct Feed {
    /// Its name.
    pub event: EventId,
    /// When it happened. Events come in order; one that does not is late.
    pub at: Timestamp,
    /// For a late event how far the customer's time has passed; only rules that hear late events hear it, sequences
    /// only where they have not gone on. Waits that it armed want [`Matcher::recheck`].
    pub late: Option<Passed>,
    /// Timers of the customer besides those of the matcher.
    pub timers: usize,
}

impl Matcher {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.memory.is_none()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.memory = None;
    }

    /// How many waits are open.
    pub fn n_timers(&self) -> usize {
        self.memory.as_ref().map_or(0, |m| m.waits.open.len())
    }

    /// How many waits and partial matches of a rule are under way.
    pub fn n_under_way(&self, rule: u32) -> usize {
        let Some(memory) = &self.memory else { return 0 };
        let runs = memory.runs.iter().filter(|runs| runs.rule == rule).map(|runs| runs.list.len());
        memory.waits.open.iter().filter(|wait| wait.rule == rule).count() + runs.sum::<usize>()
    }

    /// Computes the ends of a rule's waits anew, none before `from`; gives how many come earlier than before.
    pub fn retime(&mut self, rule: u32, lasts: Duration, from: Timestamp) -> usize {
        self.memory.as_mut().map_or(0, |memory| memory.waits.retime(rule, lasts, from))
    }

    /// How many waits are remembered, ended ones too.
    pub fn n_waits(&self) -> usize {
        self.memory.as_ref().map_or(0, |m| m.waits.open.len() + m.waits.ended.len())
    }

    /// Forgets what no event that may still come can bring to an end.
    pub fn forget_passed(&mut self, patterns: &Patterns, passed: Passed) {
        if let Some(memory) = &mut self.memory {
            memory.expire(patterns, passed);
        }
        self.tidy();
    }

    /// The next instant at which time alone gives a match.
    pub fn next_due(&self) -> Option<Timestamp> {
        let memory = self.memory.as_ref()?;
        let clocks = memory.clocks.iter().filter_map(|c| c.next).map(|(at, _)| at);
        memory.waits.next().into_iter().chain(clocks).min()
    }

    /// The next instant at which a wait comes to its end.
    pub fn next_wait(&self) -> Option<Timestamp> {
        self.memory.as_ref()?.waits.next()
    }

    /// Open waits: rule, key and end of each, by end.
    pub fn waits(&self) -> impl Iterator<Item = (u32, &Value, Timestamp)> {
        let open = self.memory.iter().flat_map(|memory| &memory.waits.open);
        open.map(|wait| (wait.rule, &wait.key, wait.due))
    }

    /// Lets the rules hear an event, after everything due before it was fired.
    pub fn feed(&mut self, patterns: &Patterns, feed: Feed, ask: &impl Ask, out: &mut impl FnMut(Outcome)) {
        let mut feeding = Feeding { memory: &mut self.memory, patterns, feed, ask, matched: OnceCell::new() };
        match patterns.alike(feed.event).filter(|_| feed.late.is_none()) {
            Some(alike) => feeding.alike(alike, out),
            None => patterns.hearers(feed.event).for_each(|rule| feeding.rule(rule, out)),
        }
        self.tidy();
    }

    /// Lets the rules hear a moment. `ask` has the event that caused it, or none when time did.
    pub fn hear(
        &mut self,
        patterns: &Patterns,
        dated: &Dated,
        timers: usize,
        ask: &impl Ask,
        out: &mut impl FnMut(Outcome),
    ) {
        self.leave(patterns, &dated.moment);
        let hearers = patterns.at_moment(&dated.moment);
        let mut matched: Option<Option<Arc<Matched>>> = None;
        for rule in hearers {
            let Some(spec) = patterns.spec(*rule) else { continue };
            let Some(key) = key_of(spec, ask) else { continue };
            let event = matched.get_or_insert_with(|| Matched::of(ask, patterns.moment_reads())).clone();
            match &spec.form {
                Form::Stay(_, lasts) => {
                    let stay = stay_of(&dated.moment).map(Box::new);
                    let wait = Wait { stay, ..wait(*rule, key, dated.at, *lasts, event) };
                    let memory = self.memory.get_or_insert_default();
                    arm(&mut memory.waits, wait, Again::Each, timers, out);
                }
                _ => {
                    let found = Match::of(*rule, key, dated.at, event);
                    out(Outcome::Match(Match { moment: Some(dated.moment), began: dated.at, ..found }));
                }
            }
        }
        self.tidy();
    }

    /// Lets time pass: gives the matches that are due, in order of (instant, rule), and forgets what can not matter
    /// any more.
    pub fn fire(
        &mut self,
        patterns: &Patterns,
        passed: Passed,
        calendar: &impl Calendar,
        out: &mut impl FnMut(Match),
    ) {
        let Some(memory) = &mut self.memory else { return };
        loop {
            let wait =
                memory.waits.open.first().map(|w| (w.due, w.rule)).filter(|(due, _)| passed.over(*due));
            let clocks = memory.clocks.iter().enumerate();
            let clock = clocks.filter_map(|(place, c)| c.next.map(|(due, _)| ((due, c.rule), place))).min();
            match (wait, clock.filter(|((due, _), _)| passed.over(*due))) {
                (Some(wait), clock) if clock.is_none_or(|(at, _)| wait <= at) => {
                    memory.fire_wait(patterns, out)
                }
                (_, Some((_, place))) => memory.fire_clock(patterns, place, calendar, out),
                (_, None) => break,
            }
        }
        memory.expire(patterns, passed);
        self.tidy();
    }

    /// Sets the clocks of scheduled rules anew: after the customer's first event and whenever segments, zone or a
    /// date that schedules read may have changed, a merge included.
    pub fn schedule(&mut self, patterns: &Patterns, passed: Passed, calendar: &impl Calendar) {
        for rule in patterns.scheduled() {
            let Some(Form::Schedule(spec)) = patterns.spec(*rule).map(|s| &s.form) else { continue };
            let clocks = self.memory.as_mut().map(|m| &mut m.clocks);
            let known = clocks.and_then(|list| list.iter_mut().find(|c| c.rule == *rule));
            let last = known.as_ref().and_then(|c| c.last);
            let next = spec.next(calendar, passed.until, passed.closed, last);
            match known {
                Some(clock) => clock.next = next,
                None if next.is_some() => {
                    let clocks = &mut self.memory.get_or_insert_default().clocks;
                    let place = clocks.partition_point(|c| c.rule < *rule);
                    clocks.insert(place, Clock { rule: *rule, next, last });
                }
                None => {}
            }
        }
        if let Some(memory) = &mut self.memory {
            memory.clocks.retain(|c| c.next.is_some() || c.last.is_some());
        }
        self.tidy();
    }

    /// Lets one of another side's recent events end the waits it would have ended: after [`Matcher::merge`], for
    /// each recent event of either side. After a late event, only the waits that it `armed`.
    pub fn recheck(
        &mut self,
        patterns: &Patterns,
        (event, at): (EventId, Timestamp),
        armed: Option<u64>,
        ask: &impl Ask,
    ) {
        let Some(memory) = self.memory.as_mut().filter(|m| !m.waits.is_empty()) else { return };
        let sequence = ask.event().map(sequence_of);
        for rule in patterns.hearers(event) {
            let Some(spec) = patterns.spec(rule) else { continue };
            let Form::Absence(absence) = &spec.form else { continue };
            if absence.without.iter().any(|t| t.takes(event, ask, SoFar::default()))
                && let Some(key) = key_of(spec, ask)
            {
                match armed {
                    None => memory.waits.end(rule, &key, ask.event_key(), at, sequence),
                    Some(armed) => {
                        memory.waits.end_armed(armed, (rule, &key), ask.event_key(), (at, sequence));
                    }
                }
            }
        }
    }

    /// Takes an event back by its key: waits it armed are dropped, those it ended and that are not yet due open
    /// again, partial matches and windows forget it. Gives whether anything rested on it.
    pub fn retract(&mut self, patterns: &Patterns, key: u64, passed: Passed) -> bool {
        let Some(memory) = &mut self.memory else { return false };
        let mut changed = memory.waits.retract(key, passed);
        for runs in &mut memory.runs {
            changed |= runs.retract(sequence_spec(patterns, runs.rule), key);
        }
        memory.windows.iter_mut().for_each(|w| changed |= w.retract(key));
        memory.forget_empty();
        self.tidy();
        changed
    }

    /// Unites two sides of one customer: waits, partial matches and window entries of both. Then
    /// [`Matcher::recheck`] the recent events and [`Matcher::schedule`] the clocks. Gives how many partial matches
    /// and keys gave way.
    pub fn merge(&mut self, patterns: &Patterns, other: Self) -> u32 {
        // uniting with nothing puts keys in the same order as uniting with something
        let other = *other.memory.unwrap_or_default();
        let memory = self.memory.get_or_insert_default();
        let mut gave_way = 0;
        memory.waits.merge(other.waits);
        groups::merge(&mut memory.runs, other.runs, |mine, theirs| gave_way += mine.merge(theirs));
        groups::merge(&mut memory.windows, other.windows, |mine, theirs| {
            mine.merge(total_spec(patterns, mine.rule), theirs);
        });
        let rules = |list: &mut dyn Iterator<Item = u32>| list.collect::<std::collections::BTreeSet<u32>>();
        for rule in rules(&mut memory.runs.iter().map(|r| r.rule)) {
            gave_way += groups::make_room(&mut memory.runs, rule, |_| {});
        }
        for rule in rules(&mut memory.windows.iter().map(|w| w.rule)) {
            gave_way += groups::make_room(&mut memory.windows, rule, |_| {});
        }
        for theirs in other.clocks {
            match memory.clocks.iter_mut().find(|c| c.rule == theirs.rule) {
                Some(mine) => {
                    mine.last = mine.last.max(theirs.last);
                    mine.next = mine.next.max(theirs.next);
                }
                None => memory.clocks.push(theirs),
            }
        }
        memory.clocks.sort_by_key(|c| c.rule);
        self.tidy();
        gave_way
    }

    /// Takes out what an identity brought: waits by what armed them, window entries, and partial matches that are
    /// its alone. Clocks stay.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool) -> Self {
        let mut left = Self::default();
        let Some(memory) = &mut self.memory else { return left };
        let gone = left.memory.get_or_insert_default();
        let armed = |w: &Wait| w.event.as_ref().is_some_and(|e| leaves(e.by));
        gone.waits.open = memory.waits.open.extract_if(.., |w| armed(w)).collect();
        gone.waits.ended = memory.waits.ended.extract_if(.., |e| armed(&e.wait)).collect();
        for runs in &mut memory.runs {
            let own = |r: &mut Run| r.taken.iter().all(|t| leaves(t.event.by));
            let list = runs.list.extract_if(.., own).collect();
            gone.runs.push(Runs { key: runs.key.clone(), list, ..*runs });
        }
        for window in &mut memory.windows {
            let entries = window.entries.extract_if(.., |e| leaves(e.by)).collect();
            gone.windows.push(Window { key: window.key.clone(), entries, ..*window });
        }
        memory.forget_empty();
        gone.forget_empty();
        self.tidy();
        left.tidy();
        left
    }

    /// Rewrites the numbers of the identities that brought events.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        let Some(memory) = &mut self.memory else { return };
        let mut fresh: BTreeMap<u64, Arc<Matched>> = BTreeMap::new();
        memory.each_event(&mut |event| {
            let by = renumber(event.by);
            let new = fresh.entry(event.key).or_insert_with(|| Arc::new(Matched { by, ..(**event).clone() }));
            *event = new.clone();
        });
        memory.windows.iter_mut().flat_map(|w| &mut w.entries).for_each(|e| e.by = renumber(e.by));
    }

    /// Drops the oldest partial match, or the least recently touched window when there is none, to make the state
    /// smaller; gives its rule. Waits are never dropped.
    pub fn shed(&mut self) -> Option<u32> {
        let memory = self.memory.as_mut()?;
        let runs = memory.runs.iter().enumerate();
        let oldest = runs.filter_map(|(place, r)| Some((r.list.first()?.began(), place))).min();
        let rule = if let Some((_, place)) = oldest {
            let runs = memory.runs.get_mut(place)?;
            runs.list.remove(0);
            runs.rule
        } else {
            let windows = memory.windows.iter().enumerate();
            let (_, place) = windows.map(|(place, w)| (w.touched(), place)).min()?;
            memory.windows.remove(place).rule
        };
        memory.forget_empty();
        self.tidy();
        Some(rule)
    }

    /// Drops everything of a rule.
    pub fn forget(&mut self, rule: u32) {
        let Some(memory) = &mut self.memory else { return };
        memory.waits.open.retain(|w| w.rule != rule);
        memory.waits.ended.retain(|e| e.wait.rule != rule);
        memory.runs.retain(|r| r.rule != rule);
        memory.windows.retain(|w| w.rule != rule);
        memory.clocks.retain(|c| c.rule != rule);
        self.tidy();
    }

    /// Ends the stays of a trip that left its stage or ended.
    fn leave(&mut self, patterns: &Patterns, moment: &Moment) {
        let (Moment::Leave { journey, trip, .. } | Moment::Ended { journey, trip, .. }) = *moment else {
            return;
        };
        if let Some(memory) = self.memory.as_mut().filter(|_| patterns.has_stays()) {
            memory.waits.leave(journey, trip);
        }
    }

    /// Gives memory back when nothing is remembered.
    pub(super) fn tidy(&mut self) {
        let empty = self.memory.as_ref().is_some_and(|m| {
            m.waits.is_empty() && m.runs.is_empty() && m.windows.is_empty() && m.clocks.is_empty()
        });
        if empty {
            self.memory = None;
        }
    }
}

impl Memory {
    fn fire_wait(&mut self, patterns: &Patterns, out: &mut impl FnMut(Match)) {
        let form = |rule: u32| patterns.spec(rule).map(|s| &s.form);
        let again = |rule: u32| match form(rule) {
            Some(Form::Absence(absence)) => absence.again,
            _ => Again::Each,
        };
        let Some(wait) = self.waits.take_due(again) else { return };
        if !matches!(
            (form(wait.rule), &wait.stay),
            (Some(Form::Absence(_)), None) | (Some(Form::Stay(..)), Some(_))
        ) {
            return;
        }
        let moment =
            wait.stay.as_ref().map(|s| Moment::Enter { journey: s.journey, trip: s.trip, stage: s.stage });
        let found = Match::of(wait.rule, wait.key, wait.due, wait.event);
        out(Match { moment, began: wait.since, ..found });
    }

    fn fire_clock(
        &mut self,
        patterns: &Patterns,
        place: usize,
        calendar: &impl Calendar,
        out: &mut impl FnMut(Match),
    ) {
        let Some(clock) = self.clocks.get_mut(place) else { return };
        let Some((due, number)) = clock.next.take() else { return };
        let Some(Form::Schedule(spec)) = patterns.spec(clock.rule).map(|s| &s.form) else { return };
        clock.last = Some(number);
        clock.next = spec.next(calendar, due, true, clock.last);
        if spec.segment.is_none_or(|s| calendar.member(s)) {
            out(Match::of(clock.rule, Value::Null, due, None));
        }
    }

    /// Forgets what no event that may still come can bring to an end.
    fn expire(&mut self, patterns: &Patterns, passed: Passed) {
        self.waits.forget(passed);
        let next = passed.next();
        for runs in &mut self.runs {
            if let Some(spec) = sequence_spec(patterns, runs.rule) {
                runs.expire(spec, next);
            }
        }
        for window in &mut self.windows {
            if let Some(spec) = total_spec(patterns, window.rule) {
                window.expire(spec.within, next);
            }
        }
        self.forget_empty();
    }

    pub(super) fn forget_empty(&mut self) {
        self.runs.retain(|r| !r.list.is_empty());
        self.windows.retain(|w| !w.entries.is_empty());
    }

    fn each_event(&mut self, change: &mut dyn FnMut(&mut Arc<Matched>)) {
        let ended = self.waits.ended.iter_mut().map(|e| &mut e.wait);
        self.waits.open.iter_mut().chain(ended).filter_map(|w| w.event.as_mut()).for_each(&mut *change);
        let runs = self.runs.iter_mut().flat_map(|r| &mut r.list).flat_map(|r| &mut r.taken);
        runs.map(|t| &mut t.event).for_each(change);
    }
}

/// One event on its way through the rules that hear it.
struct Feeding<'a, A> {
    memory: &'a mut Option<Box<Memory>>,
    patterns: &'a Patterns,
    feed: Feed,
    ask: &'a A,
    matched: OnceCell<Option<Arc<Matched>>>,
}

impl<A: Ask> Feeding<'_, A> {
    /// Lets several rules hear an event by conditions that are asked together; every match in its rule's turn.
    fn alike(&mut self, alike: &Alike, out: &mut impl FnMut(Outcome)) {
        let (ask, mut others) = (self.ask, alike.others.iter().copied().peekable());
        ask.each_that_holds(&alike.conditions, &mut |number| {
            let Some(rule) = alike.rules.get(number as usize).copied() else { return };
            while let Some(other) = others.next_if(|other| *other < rule) {
                self.rule(other, out);
            }
            if let Some(spec) = self.patterns.spec(rule) {
                self.matches(rule, spec, out);
            }
        });
        others.chain(self.patterns.of_every_event().iter().copied()).for_each(|rule| self.rule(rule, out));
    }

    fn rule(&mut self, rule: u32, out: &mut impl FnMut(Outcome)) {
        if let Some(spec) = self.patterns.spec(rule).filter(|s| self.feed.late.is_none() || s.hears_late) {
            self.hear(rule, spec, out);
        }
    }

    /// A match of the event at hand alone.
    fn matches(&self, rule: u32, spec: &PatternSpec, out: &mut impl FnMut(Outcome)) {
        if let Some(key) = key_of(spec, self.ask) {
            out(Outcome::Match(Match::of(rule, key, self.feed.at, self.matched())));
        }
    }

    fn hear(&mut self, rule: u32, spec: &PatternSpec, out: &mut impl FnMut(Outcome)) {
        match &spec.form {
            Form::Event(test, survey) => {
                let takes = answers(self.ask, survey.as_ref())
                    && test.takes(self.feed.event, self.ask, SoFar::default());
                if takes {
                    self.matches(rule, spec, out);
                }
            }
            Form::Absence(absence) => self.absence(rule, spec, absence, out),
            Form::Total(total) => self.total(rule, spec, total, out),
            Form::Sequence(sequence) => self.sequence(rule, spec, sequence, out),
            Form::Moment(_) | Form::Stay(..) | Form::Schedule(_) => {}
        }
    }

    /// The small copy of the event, made once.
    fn matched(&self) -> Option<Arc<Matched>> {
        let reads = self.patterns.reads(self.feed.event);
        self.matched.get_or_init(|| Matched::of(self.ask, reads)).clone()
    }

    /// First what the event ends, then what it arms.
    fn absence(
        &mut self,
        rule: u32,
        spec: &PatternSpec,
        absence: &AbsenceSpec,
        out: &mut impl FnMut(Outcome),
    ) {
        let Feed { event, at, late, timers } = self.feed;
        let waiting = self.memory.as_ref().is_some_and(|m| !m.waits.is_empty());
        let takes =
            |tests: &[super::EventTest]| tests.iter().any(|t| t.takes(event, self.ask, SoFar::default()));
        let ends = waiting && takes(&absence.without);
        let arms = !spec.closed
            && takes(&absence.after)
            && late.is_none_or(|passed| !passed.over(at.plus(absence.lasts)));
        if !ends && !arms {
            return;
        }
        let Some(key) = key_of(spec, self.ask) else { return };
        if ends && let Some(memory) = self.memory {
            let sequence = late.and_then(|_| self.ask.event().map(sequence_of));
            memory.waits.end(rule, &key, self.ask.event_key(), at, sequence);
        }
        if arms {
            let wait = wait(rule, key, at, absence.lasts, self.matched());
            arm(&mut self.memory.get_or_insert_default().waits, wait, absence.again, timers, out);
        }
    }

    fn total(&mut self, rule: u32, spec: &PatternSpec, total: &TotalSpec, out: &mut impl FnMut(Outcome)) {
        let Feed { event, at, late, .. } = self.feed;
        if late.is_some_and(|passed| passed.over(at.plus(total.within)))
            || !total.test.takes(event, self.ask, SoFar::default())
        {
            return;
        }
        let amount = match total.attribute {
            None => None,
            Some(attribute) => match self.ask.event().map_or(ValueRef::Null, |e| e.attribute(attribute)) {
                value @ (ValueRef::Int(_) | ValueRef::Number(_) | ValueRef::Money(_)) => {
                    Some(Box::new(value.to_value()))
                }
                _ => return,
            },
        };
        let Some(key) = key_of(spec, self.ask) else { return };
        let windows = &mut self.memory.get_or_insert_default().windows;
        let mut window = groups::take(windows, rule, &key).unwrap_or_else(|| Window {
            rule,
            key: key.clone(),
            entries: Vec::new(),
        });
        let (event, by) = (self.ask.event_key(), self.ask.brought_by());
        let (before, after) = window.add(total, Entry { at, event, n: 1, by, amount }, late);
        let fires = after && (total.fire == Fire::Each || !before);
        let rests_on = if fires { window.keys(total.within, at, (event, late)) } else { Vec::new() };
        groups::put(windows, window);
        let gave_way = groups::make_room(windows, rule, |w| w.expire(total.within, at));
        tell(rule, gave_way, out);
        if fires {
            out(Outcome::Match(Match { rests_on, ..Match::of(rule, key, at, self.matched()) }));
        }
    }

    /// Whether a sequence has gone on past a late event: partial matches keep nothing to go back by.
    fn gone_on(&self, rule: u32, spec: &PatternSpec, key: &Value) -> bool {
        let runs = self.memory.iter().flat_map(|memory| &memory.runs);
        let mut own = runs.filter(|runs| runs.rule == rule && runs.key == *key);
        let hears = |event: EventId| self.patterns.hearers(event).any(|hearer| hearer == rule);
        own.any(|runs| runs.touched() > Some(self.feed.at))
            || self.ask.came_after(&hears, (spec.key.as_ref(), key))
    }

    fn sequence(
        &mut self,
        rule: u32,
        spec: &PatternSpec,
        sequence: &SequenceSpec,
        out: &mut impl FnMut(Outcome),
    ) {
        let Feed { event, at, late, .. } = self.feed;
        let Some(key) = key_of(spec, self.ask) else { return };
        if late.is_some() && self.gone_on(rule, spec, &key) {
            return;
        }
        let known = self.memory.as_mut().and_then(|m| groups::take(&mut m.runs, rule, &key));
        let mut tests = Tests::new(sequence, event, self.ask);
        tests.closed = spec.closed || late.is_some_and(|passed| passed.over(at.plus(sequence.within)));
        let mut runs = match known {
            Some(mut runs) => {
                late.into_iter().for_each(|passed| runs.expire(sequence, passed.next()));
                runs
            }
            None if !tests.closed && tests.start().is_some() => Runs::new(rule, key),
            None => return,
        };
        let mut gave_way = runs.feed(&mut tests, at, &|| self.matched(), &mut |found| {
            out(Outcome::Match(found));
        });
        let list = &mut self.memory.get_or_insert_default().runs;
        groups::put(list, runs);
        gave_way += groups::make_room(list, rule, |r| r.expire(sequence, at));
        tell(rule, gave_way, out);
    }
}

/// The key of the event at hand under a rule; `None` when it takes no part.
fn key_of(spec: &PatternSpec, ask: &impl Ask) -> Option<Value> {
    let Some(key) = &spec.key else { return Some(Value::Null) };
    match ask.value(key) {
        Value::Null => None,
        Value::Number(x) if x.is_nan() => None,
        key => Some(key),
    }
}

fn arm(waits: &mut Waits, wait: Wait, again: Again, timers: usize, out: &mut impl FnMut(Outcome)) {
    if let Err(NoRoom(Wait { rule, key, since, event, .. })) = waits.arm(wait, again, timers) {
        out(Outcome::TooManyWaits { rule, key, at: since, event });
    }
}

fn tell(rule: u32, n: u32, out: &mut impl FnMut(Outcome)) {
    if n > 0 {
        out(Outcome::GaveWay { rule, n });
    }
}

fn stay_of(moment: &Moment) -> Option<Stay> {
    match *moment {
        Moment::Enter { journey, trip, stage } => Some(Stay { journey, trip, stage }),
        _ => None,
    }
}

fn sequence_of(event: &dyn crate::event::EventView) -> i64 {
    match event.envelope(crate::event::EnvelopeField::Sequence) {
        ValueRef::Int(sequence) => sequence,
        _ => 0,
    }
}

fn sequence_spec(patterns: &Patterns, rule: u32) -> Option<&SequenceSpec> {
    match patterns.spec(rule).map(|s| &s.form) {
        Some(Form::Sequence(sequence)) => Some(sequence),
        _ => None,
    }
}

fn total_spec(patterns: &Patterns, rule: u32) -> Option<&TotalSpec> {
    match patterns.spec(rule).map(|s| &s.form) {
        Some(Form::Total(total)) => Some(total),
        _ => None,
    }
}

packs! {
    Matcher { memory }
    Memory { waits, runs, windows, clocks }
}
