//! What the rules remember of one customer, and what they do with an input.
//!
//! Answers: matches by event, moment and time, each brought to decisions, refusals and outcomes in the stated order.
//! Does not know: other customers, budgets and persons (the host's stage), how bytes are laid out.

pub(crate) mod act;
mod decide;
mod ends;
mod hear;
mod made;
mod record;
pub(crate) mod walk;

use crate::base::pack::{Pack, Packer, Unpacker, packs};
use crate::base::time::Timestamp;
use crate::engine::bound::{Grown, match_bytes};
use crate::outreach::{Arms, DecisionId, Usage};
use crate::plan::Plan;
use crate::rule::{MAX_TIMERS, Match, Matcher};

pub(crate) use self::decide::{Decided, Emitted, Names, key_text, objection};
pub(crate) use self::ends::{Ends, Marks};
pub(crate) use self::hear::{Hearing, Unasked, Who, Whose, present_trip};
pub(crate) use self::made::kind_of;
pub(crate) use self::record::{About, Made};

/// Most goals of one customer that are open: those whose time is over go first, then the oldest, which is counted.
pub(crate) const MAX_GOALS: usize = 64;

/// What the rules remember of one customer. Nothing of it is allocated before a rule remembers something.
#[derive(Debug, Clone, PartialEq, Default)]
#[repr(C)]
pub(crate) struct RuleState {
    /// What decisions have used up.
    pub(crate) usage: Usage,
    /// Arms of experiments the customer was exposed to.
    pub(crate) arms: Arms,
    /// Further steps and deferred items, by (due, rule, step, item).
    pub(crate) ahead: Vec<Ahead>,
    /// Goals that may still be met, by (decision).
    pub(crate) goals: Vec<OpenGoal>,
    /// By rule: when its goal and its exit last came.
    pub(crate) ends: Vec<Ends>,
    /// Decisions that were handed over lately, by (due, id).
    pub(crate) made: Vec<Made>,
    /// Partial matches, waits, windows, clocks.
    pub(crate) matcher: Matcher,
    /// What was added since the state's size was last looked at.
    pub(crate) grown: Grown,
}

impl Ahead {
    /// A match at its first step.
    pub(crate) fn of(found: Match) -> Self {
        let due = found.due;
        Self { due, first_due: due, step: 0, item: None, made: Vec::new(), found }
    }
}

/// A step, or one item of it, that time brings about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ahead {
    /// When it is looked at.
    pub(crate) due: Timestamp,
    /// When it was due before quiet hours held it back.
    pub(crate) first_due: Timestamp,
    /// Which step of the rule.
    pub(crate) step: u32,
    /// The item that quiet hours hold back; the whole step without one.
    pub(crate) item: Option<u32>,
    /// Decisions that the match has led to so far, those held back included: they do not stand in its own way.
    pub(crate) made: Vec<DecisionId>,
    /// What it rests on.
    pub(crate) found: Match,
}

/// A decision, made or held out, whose goal may still be met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OpenGoal {
    /// Position of the rule.
    pub(crate) rule: u32,
    /// The decision.
    pub(crate) decision: DecisionId,
    /// From when on.
    pub(crate) from: Timestamp,
    /// Up to when, itself included; without end when `None`.
    pub(crate) until: Option<Timestamp>,
    /// Position of the arm, where the rule serves an experiment.
    pub(crate) arm: Option<u32>,
    /// Whether the customer was held out.
    pub(crate) held_out: bool,
}

impl RuleState {
    /// Forgets everything, keeping its memory.
    pub(crate) fn clear(&mut self) {
        self.matcher.clear();
        self.usage.clear();
        self.arms.clear();
        self.ahead.clear();
        self.goals.clear();
        self.ends.clear();
        self.made.clear();
        self.grown = Grown::default();
    }

    /// Unites what two sides remember; `renumber` maps the other side's identity numbers to this side's. Gives how many
    /// partial matches and keys gave way.
    pub(crate) fn merge(&mut self, plan: &Plan, other: &Self, renumber: &dyn Fn(u8) -> u8) -> u32 {
        let mut theirs = other.matcher.clone();
        theirs.renumber(renumber);
        let gave_way = self.matcher.merge(&plan.rules.patterns, theirs);
        self.usage.merge(&other.usage, renumber);
        self.arms.merge(&other.arms, renumber);
        other.ahead.iter().for_each(|ahead| self.put_ahead(ahead.clone()));
        other.made.iter().for_each(|made| self.remember(Made { by: renumber(made.by), ..made.clone() }));
        self.goals.extend(other.goals.iter().copied());
        self.goals.sort_by_key(|goal| (goal.from, goal.decision));
        for theirs in &other.ends {
            if let Some(mine) = self.ends_mut(theirs.rule) {
                mine.merge(theirs);
            }
        }
        gave_way
    }

    /// Takes out what an identity brought: partial matches, waits, uses, exposures and remembered decisions. Steps
    /// ahead and goals stay.
    pub(crate) fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let mut matcher = self.matcher.split(leaves);
        matcher.renumber(renumber);
        let (usage, arms) = (self.usage.split(leaves, renumber), self.arms.split(leaves, renumber));
        let gone = self.made.extract_if(.., |made| leaves(made.by));
        let made = gone.map(|made| Made { by: renumber(made.by), ..made }).collect();
        Self { matcher, usage, arms, made, ..Self::default() }
    }

    /// Rewrites the identity numbers.
    pub(crate) fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        self.matcher.renumber(renumber);
        self.usage.renumber(renumber);
        self.arms.renumber(renumber);
        self.made.iter_mut().for_each(|made| made.by = renumber(made.by));
    }

    /// The next instant at which a rule does something by time alone.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let ahead = self.ahead.first().map(|ahead| ahead.due);
        self.matcher.next_due().into_iter().chain(ahead).min()
    }

    /// Puts a step or item ahead in its place.
    pub(crate) fn put_ahead(&mut self, new: Ahead) {
        self.grown.add(64 + 16 * new.made.len() + match_bytes(&new.found));
        let rank = |a: &Ahead| (a.due, a.found.rule, a.step, a.item, a.first_due, a.made.first().copied());
        let place = self.ahead.partition_point(|known| rank(known) <= rank(&new));
        self.ahead.insert(place, new);
    }

    /// Whether one more timer has room: waits of patterns and steps ahead share one bound.
    pub(crate) fn has_room(&self) -> bool {
        self.matcher.n_timers() + self.ahead.len() < MAX_TIMERS
    }

    /// How many matches of a rule are under way: waits, partial matches, steps and items ahead.
    pub(crate) fn n_under_way(&self, rule: u32) -> usize {
        let ahead = self.ahead.iter().filter(|ahead| ahead.found.rule == rule).count();
        self.matcher.n_under_way(rule) + ahead
    }

    /// How many steps and items are due by `due`.
    pub(crate) fn n_ahead_by(&self, due: Timestamp) -> usize {
        self.ahead.partition_point(|ahead| ahead.due <= due)
    }

    /// Takes the first step or item that is due by `due`.
    pub(crate) fn take_ahead(&mut self, due: Timestamp) -> Option<Ahead> {
        let is_due = self.ahead.first().is_some_and(|ahead| ahead.due <= due);
        is_due.then(|| self.ahead.remove(0))
    }

    /// When the goal and the exit of a rule last came.
    pub(crate) fn ends(&self, rule: u32) -> Option<&Ends> {
        let place = self.ends.binary_search_by_key(&rule, |ends| ends.rule);
        place.ok().and_then(|place| self.ends.get(place))
    }

    /// The same, to be changed.
    pub(crate) fn ends_mut(&mut self, rule: u32) -> Option<&mut Ends> {
        let place = match self.ends.binary_search_by_key(&rule, |ends| ends.rule) {
            Ok(place) => place,
            Err(place) => {
                self.ends.insert(place, Ends { rule, ..Ends::default() });
                place
            }
        };
        self.ends.get_mut(place)
    }
}

impl Pack for RuleState {
    /// A bit for each part, and the parts that are there. What has grown is the state's to keep.
    fn pack(&self, to: &mut Packer<'_>) {
        let Self { matcher, usage, arms, ahead, goals, ends, made, grown: _ } = self;
        let there = [
            *matcher != Matcher::default(),
            *usage != Usage::default(),
            *arms != Arms::default(),
            !ahead.is_empty(),
            !goals.is_empty(),
            !ends.is_empty(),
            !made.is_empty(),
        ];
        to.byte(there.iter().rev().fold(0, |flags, there| flags << 1 | u8::from(*there)));
        let [has_matcher, has_usage, has_arms, has_ahead, has_goals, has_ends, has_made] = there;
        has_matcher.then(|| matcher.pack(to));
        has_usage.then(|| usage.pack(to));
        has_arms.then(|| arms.pack(to));
        has_ahead.then(|| ahead.pack(to));
        has_goals.then(|| goals.pack(to));
        has_ends.then(|| ends.pack(to));
        has_made.then(|| made.pack(to));
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        fn part<T: Pack + Default>(flags: &mut u8, from: &mut Unpacker<'_>) -> Option<T> {
            let there = *flags & 1 == 1;
            *flags >>= 1;
            if there { T::unpack(from) } else { Some(T::default()) }
        }
        let mut flags = from.byte()?;
        Some(Self {
            matcher: part(&mut flags, from)?,
            usage: part(&mut flags, from)?,
            arms: part(&mut flags, from)?,
            ahead: part(&mut flags, from)?,
            goals: part(&mut flags, from)?,
            ends: part(&mut flags, from)?,
            made: part(&mut flags, from)?,
            grown: Grown::default(),
        })
    }
}

packs! {
    Ahead { due, first_due, step, item, made, found }
    OpenGoal { rule, decision, from, until, arm, held_out }
}
