//! Compiled patterns of all rules of a plan, and which of them hear an event or a moment.
//!
//! Answers: what each rule waits for, found by event, by moment and by clock. Does not know: what was heard.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::base::time::Duration;
use crate::base::value::ValueRef;
use crate::blueprint::model::{Again, Fire};
use crate::event::{AttributeId, EventId};
use crate::expr::{Program, Together};
use crate::signal::{Moment, TripEnd};

use super::schedule::ScheduleSpec;
use super::sequence::SequenceSpec;
use super::{Ask, Read, SoFar};

/// The pattern of one rule.
#[derive(Debug, Clone)]
pub struct PatternSpec {
    /// What it waits for.
    pub form: Form,
    /// Correlation inside a customer; an event for which it is null takes no part. Schedules have none.
    pub key: Option<Program>,
    /// Whether late events take part as if they were on time.
    pub hears_late: bool,
    /// Whether it begins nothing: a version of a rule of before an edit, which ends what was under way.
    pub closed: bool,
    /// What the rule reads of matched events after the match, and what its `first.` and `last.` read.
    pub reads: Vec<Read>,
}

/// The forms of patterns.
#[derive(Debug, Clone)]
pub enum Form {
    /// At the event. With a survey: at an answer to it.
    Event(EventTest, Option<(AttributeId, Arc<str>)>),
    /// At the event that completes it.
    Sequence(Box<SequenceSpec>),
    /// When something did not come in time.
    Absence(AbsenceSpec),
    /// When enough came in a window.
    Total(TotalSpec),
    /// At a moment.
    Moment(MomentTest),
    /// So long in a stage; the moment is the coming in.
    Stay(MomentTest, Duration),
    /// At a civil time.
    Schedule(ScheduleSpec),
}

/// Events, perhaps only where a condition holds.
#[derive(Debug, Clone, Default)]
pub struct EventTest {
    /// The events that count.
    pub events: Vec<EventId>,
    /// The condition.
    pub condition: Option<Program>,
}

/// After A without B for a time.
#[derive(Debug, Clone)]
pub struct AbsenceSpec {
    /// A: what arms the wait.
    pub after: Vec<EventTest>,
    /// B: what ends it.
    pub without: Vec<EventTest>,
    /// How long.
    pub lasts: Duration,
    /// What a second A does.
    pub again: Again,
}

/// So many events, or so much of an attribute, in a sliding window.
#[derive(Debug, Clone)]
pub struct TotalSpec {
    /// The events that count.
    pub test: EventTest,
    /// What is summed; `None` counts events.
    pub attribute: Option<AttributeId>,
    /// The bound.
    pub at_least: Decimal,
    /// The window (t-D, t].
    pub within: Duration,
    /// At the crossing or at each event.
    pub fire: Fire,
    /// The bound of a count as a whole number.
    pub(super) at_least_n: u64,
}

/// A moment, by positions in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MomentTest {
    /// A trip came into a stage.
    Enter {
        /// Position of the journey.
        journey: u32,
        /// Position of the stage.
        stage: u32,
    },
    /// A trip left a stage for another.
    Leave {
        /// Position of the journey.
        journey: u32,
        /// Position of the stage.
        stage: u32,
    },
    /// An event landed on a touchpoint, or would have if a trip had been open.
    Land {
        /// Position of the journey.
        journey: u32,
        /// Position of the touchpoint.
        touchpoint: u32,
    },
    /// A required touchpoint was passed over.
    Skip {
        /// Position of the journey.
        journey: u32,
        /// Position of the touchpoint.
        touchpoint: u32,
    },
    /// A trip came back to an earlier stage.
    Back {
        /// Position of the journey.
        journey: u32,
        /// Position of the stage.
        stage: u32,
    },
    /// The goal of a journey was reached.
    Reached {
        /// Position of the journey.
        journey: u32,
    },
    /// A trip ended without its goal.
    Abandoned {
        /// Position of the journey.
        journey: u32,
    },
    /// A lifecycle state began.
    Becomes {
        /// Position of the state.
        state: u32,
    },
    /// The customer joined a segment.
    Joins {
        /// Position of the segment.
        segment: u32,
    },
    /// The customer quit a segment.
    Quits {
        /// Position of the segment.
        segment: u32,
    },
}

/// The patterns of a plan, by position of the rule, and who hears what.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    specs: Vec<PatternSpec>,
    by_event: Vec<Vec<u32>>,
    of_every_event: Vec<u32>,
    by_moment: BTreeMap<MomentTest, Vec<u32>>,
    scheduled: Vec<u32>,
    reads: Vec<Vec<Read>>,
    /// By event: the rules that hear it by a condition alone, where there are several.
    alike: Vec<Option<Box<Alike>>>,
    /// By event: how many waits, windows and relaxed sequences it may take part in.
    keepers: Vec<usize>,
    moment_reads: Vec<Read>,
    /// Journeys of whose abandonment some rule hears, and what such rules read.
    armed: Vec<u32>,
    armed_reads: Vec<Read>,
    stays: bool,
}

/// Rules that hear one event and match where their condition holds: asked together.
#[derive(Debug, Clone)]
pub(super) struct Alike {
    /// The conditions.
    pub(super) conditions: Together,
    /// The rule of each condition, in document order.
    pub(super) rules: Vec<u32>,
    /// The other rules that hear the event, but those that hear every event; in document order.
    pub(super) others: Vec<u32>,
}

impl EventTest {
    /// The events of this list, without a condition.
    pub fn of(events: impl IntoIterator<Item = EventId>) -> Self {
        Self { events: events.into_iter().collect(), condition: None }
    }

    /// Whether the event counts.
    #[inline]
    pub(super) fn takes(&self, event: EventId, ask: &impl Ask, so_far: SoFar<'_>) -> bool {
        self.events.contains(&event) && self.condition.as_ref().is_none_or(|c| ask.holds(c, so_far))
    }
}

impl Alike {
    /// Those of the rules that hear an event, in document order; `None` of fewer than two.
    fn of(rules: &[u32], specs: &[PatternSpec]) -> Option<Self> {
        let condition = |rule: &u32| match &specs.get(*rule as usize)?.form {
            Form::Event(test, None) => test.condition.as_ref(),
            _ => None,
        };
        let alike: Vec<(u32, &Program)> =
            rules.iter().filter_map(|rule| Some((*rule, condition(rule)?))).collect();
        (alike.len() > 1).then(|| Self {
            conditions: Together::of(alike.iter().map(|(_, condition)| *condition)),
            rules: alike.iter().map(|(rule, _)| *rule).collect(),
            others: rules.iter().filter(|rule| condition(rule).is_none()).copied().collect(),
        })
    }
}

impl TotalSpec {
    /// A total of the events of a test: of an attribute, or their number.
    pub fn new(
        test: EventTest,
        attribute: Option<AttributeId>,
        at_least: Decimal,
        within: Duration,
        fire: Fire,
    ) -> Self {
        let at_least_n = if at_least.is_sign_negative() { 0 } else { u64::MAX };
        let at_least_n = u64::try_from(at_least.ceil()).unwrap_or(at_least_n);
        Self { test, attribute, at_least, within, fire, at_least_n }
    }
}

impl MomentTest {
    /// The test that a moment meets; `None` for moments that no rule hears.
    pub fn of(moment: &Moment) -> Option<Self> {
        Some(match *moment {
            Moment::Enter { journey, stage, .. } => Self::Enter { journey, stage },
            Moment::Leave { journey, stage, .. } => Self::Leave { journey, stage },
            Moment::Landed(landing) => {
                Self::Land { journey: landing.journey, touchpoint: landing.touchpoint }
            }
            Moment::Outside { journey, touchpoint } => Self::Land { journey, touchpoint },
            Moment::Skip { journey, touchpoint, .. } => Self::Skip { journey, touchpoint },
            Moment::Back { journey, stage, .. } => Self::Back { journey, stage },
            Moment::Reached { journey, .. } => Self::Reached { journey },
            Moment::Ended { journey, end: TripEnd::Abandoned, .. } => Self::Abandoned { journey },
            Moment::Becomes { state, .. } => Self::Becomes { state },
            Moment::Joins { segment } => Self::Joins { segment },
            Moment::Quits { segment } => Self::Quits { segment },
            Moment::Opened { .. } | Moment::Ended { .. } | Moment::Crowded { .. } => return None,
        })
    }
}

impl PatternSpec {
    /// A pattern without key, deaf to late events, that reads nothing back.
    pub fn new(form: Form) -> Self {
        Self { form, key: None, hears_late: false, closed: false, reads: Vec::new() }
    }

    /// Every program that looks at an event before it matches: the key and the conditions.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        let tests: Vec<&EventTest> = match &self.form {
            Form::Event(test, _) => vec![test],
            Form::Total(total) => vec![&total.test],
            Form::Sequence(sequence) => sequence.steps.iter().map(|step| &step.test).collect(),
            Form::Absence(absence) => absence.after.iter().chain(&absence.without).collect(),
            Form::Moment(_) | Form::Stay(..) | Form::Schedule(_) => Vec::new(),
        };
        self.key.iter().chain(tests.into_iter().filter_map(|test| test.condition.as_ref()))
    }

    /// The attribute that it looks at without a program: what a sum adds up, which survey an answer is to.
    pub fn attribute(&self) -> Option<AttributeId> {
        match &self.form {
            Form::Event(_, survey) => survey.as_ref().map(|(attribute, _)| *attribute),
            Form::Total(total) => total.attribute,
            _ => None,
        }
    }

    /// The events it names; every event may matter to a strict sequence beside them.
    pub fn events(&self) -> Vec<EventId> {
        let mut events: Vec<EventId> = match &self.form {
            Form::Event(test, _) => test.events.clone(),
            Form::Total(total) => total.test.events.clone(),
            Form::Sequence(sequence) => {
                sequence.steps.iter().flat_map(|s| s.test.events.iter().copied()).collect()
            }
            Form::Absence(absence) => {
                let tests = absence.after.iter().chain(&absence.without);
                tests.flat_map(|t| t.events.iter().copied()).collect()
            }
            Form::Moment(_) | Form::Stay(..) | Form::Schedule(_) => Vec::new(),
        };
        events.sort_unstable();
        events.dedup();
        events
    }

    fn is_strict(&self) -> bool {
        matches!(&self.form, Form::Sequence(sequence) if sequence.strict)
    }
}

impl Patterns {
    /// The patterns of a plan's rules in document order; the plan has so many event names.
    pub fn new(specs: Vec<PatternSpec>, n_events: usize) -> Self {
        let mut all = Self {
            by_event: vec![Vec::new(); n_events],
            reads: vec![Vec::new(); n_events],
            keepers: vec![0; n_events],
            ..Self::default()
        };
        for (spec, rule) in specs.iter().zip(0_u32..) {
            let strict = spec.is_strict();
            let keeps = matches!(spec.form, Form::Sequence(_) | Form::Absence(_) | Form::Stay(..));
            if spec.closed && !keeps {
                continue;
            }
            if strict {
                all.of_every_event.push(rule);
            }
            for event in spec.events() {
                if let Some(list) = all.by_event.get_mut(event.index()).filter(|_| !strict) {
                    list.push(rule);
                }
                let keeps = !strict && !matches!(spec.form, Form::Event(..));
                if let Some(n) = all.keepers.get_mut(event.index()) {
                    *n += usize::from(keeps);
                }
                if let Some(reads) = all.reads.get_mut(event.index()) {
                    add(reads, &spec.reads);
                }
            }
            match &spec.form {
                Form::Moment(test) | Form::Stay(test, _) => {
                    if !spec.closed {
                        all.by_moment.entry(*test).or_default().push(rule);
                    }
                    add(&mut all.moment_reads, &spec.reads);
                    if let MomentTest::Abandoned { journey } = test {
                        all.armed.push(*journey);
                        add(&mut all.armed_reads, &spec.reads);
                    }
                    all.stays |= matches!(spec.form, Form::Stay(..));
                }
                Form::Schedule(_) => all.scheduled.push(rule),
                _ => {}
            }
        }
        all.alike = all.by_event.iter().map(|rules| Alike::of(rules, &specs).map(Box::new)).collect();
        all.specs = specs;
        all
    }

    /// The same where only the trips of some journeys end by time alone.
    pub fn ending(mut self, by_time: impl Fn(u32) -> bool) -> Self {
        self.armed.retain(|journey| by_time(*journey));
        self
    }

    /// The pattern of a rule.
    pub fn spec(&self, rule: u32) -> Option<&PatternSpec> {
        self.specs.get(rule as usize)
    }

    /// Whether an event may matter to any rule.
    #[inline]
    pub fn hears(&self, event: EventId) -> bool {
        !self.of_every_event.is_empty() || self.by_event.get(event.index()).is_some_and(|l| !l.is_empty())
    }

    /// How many rules may keep something of an event.
    pub fn n_keepers(&self, event: EventId) -> usize {
        self.keepers.get(event.index()).copied().unwrap_or(0) + self.of_every_event.len()
    }

    /// The rules that an event may matter to, in document order among those of one kind.
    pub(super) fn hearers(&self, event: EventId) -> impl Iterator<Item = u32> {
        let named = self.by_event.get(event.index()).map_or(&[][..], Vec::as_slice);
        named.iter().chain(&self.of_every_event).copied()
    }

    /// The rules that hear an event by a condition alone, where there are several.
    #[inline]
    pub(super) fn alike(&self, event: EventId) -> Option<&Alike> {
        self.alike.get(event.index())?.as_deref()
    }

    /// The rules that hear every event.
    pub(super) fn of_every_event(&self) -> &[u32] {
        &self.of_every_event
    }

    /// The rules that hear a moment.
    pub(super) fn at_moment(&self, moment: &Moment) -> &[u32] {
        let test = if self.by_moment.is_empty() { None } else { MomentTest::of(moment) };
        test.and_then(|t| self.by_moment.get(&t)).map_or(&[], Vec::as_slice)
    }

    /// The rules that a clock drives.
    pub fn scheduled(&self) -> &[u32] {
        &self.scheduled
    }

    /// What is remembered of an event of this name.
    pub(super) fn reads(&self, event: EventId) -> &[Read] {
        self.reads.get(event.index()).map_or(&[], Vec::as_slice)
    }

    /// What is remembered of an event that causes a moment.
    pub(super) fn moment_reads(&self) -> &[Read] {
        &self.moment_reads
    }

    /// Whether some rule hears when a trip of this journey is abandoned by time alone.
    #[inline]
    pub(crate) fn arms(&self, journey: u32) -> bool {
        self.armed.contains(&journey)
    }

    /// What is remembered of the event that landed last on such a trip.
    pub(super) fn armed_reads(&self) -> &[Read] {
        &self.armed_reads
    }

    /// Whether a rule waits for a stay in a stage.
    pub(super) fn has_stays(&self) -> bool {
        self.stays
    }
}

fn add(list: &mut Vec<Read>, more: &[Read]) {
    list.extend_from_slice(more);
    list.sort_unstable();
    list.dedup();
}

/// Whether the event at hand answers a survey.
pub(super) fn answers(ask: &impl Ask, survey: Option<&(AttributeId, Arc<str>)>) -> bool {
    survey.is_none_or(|(attribute, id)| {
        ask.event().is_some_and(|e| e.attribute(*attribute) == ValueRef::Text(id))
    })
}
