//! One ticket: its terms, the steps done, the limits still running and what was told about missed ones.
//!
//! Answers: where the ticket stands, what comes due when, and what two records of one ticket say together.
//! Does not know: which steps are allowed (see `step`), who has it on the desk, other tickets.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::hash::hex;
use crate::base::time::{Duration, Timestamp};
use crate::base::zone::Zone;

use super::calendar::Calendar;
use super::facts::Facts;
use super::spec::{ByLimit, Limit, MAX_ESCALATIONS, TicketSpec};

/// How many times of being reopened a ticket remembers in full.
pub const MAX_ROUNDS: u32 = 4;
/// Steps of one round.
const ROUND_STEPS: usize = 7;
/// Timers of one round.
const ROUND_TIMERS: usize = 4 * (1 + MAX_ESCALATIONS);

/// A ticket's name: the id of the decision that opened it. As text 32 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TicketId(pub [u8; 16]);

/// Something done to a ticket, in the order of one round of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It was not settled after all: a new round begins.
    Reopened,
    /// Somebody was given it.
    Assigned,
    /// Somebody took it on.
    Accepted,
    /// The customer was spoken to.
    Contacted,
    /// The matter was put right.
    Resolved,
    /// The customer was told the result.
    Told,
    /// It is over.
    Closed,
}

/// Where a ticket stands: its furthest step of the present round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was done.
    #[default]
    Open,
    /// Somebody was given it.
    Assigned,
    /// Somebody took it on.
    Accepted,
    /// The customer was spoken to.
    Contacted,
    /// The matter was put right.
    Resolved,
    /// The customer was told the result.
    Told,
    /// It is over.
    Closed,
    /// It was reopened and nothing was done since.
    Reopened,
}

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// How often the ticket had been reopened by then.
    pub round: u32,
    /// What.
    pub step: Step,
    /// When: the time of the event.
    pub at: Timestamp,
    /// Who did it; for [`Step::Assigned`] who was given it. `None` when the event did not say.
    pub who: Option<Arc<str>>,
    /// Whether a later step counted it as done.
    pub implied: bool,
}

/// An instant at which a limit is missed or a missed one is escalated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timer {
    /// When it fires unless the step was done by then.
    pub(super) due: Timestamp,
    /// The round whose limit it is.
    pub(super) round: u32,
    /// Which limit.
    pub(super) limit: Limit,
    /// 0 for the limit itself, else the number of the escalation, from 1.
    pub(super) place: u8,
}

/// Something that came about because a step was not done in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketMoment {
    /// When it came about.
    pub due: Timestamp,
    /// Which ticket.
    pub ticket: TicketId,
    /// The limit that was missed.
    pub limit: Limit,
    /// What came about.
    pub what: Missed,
}

/// What a missed limit leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// The limit passed.
    Overdue,
    /// An escalation is due.
    Escalate {
        /// Its number in the item, from 1.
        place: u8,
        /// Queue or person.
        to: Arc<str>,
    },
}

/// What a decision opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The decision's id.
    pub id: TicketId,
    /// The rule.
    pub rule: Arc<str>,
    /// The value of the item's `kind`; `None` where it is null or not given.
    pub kind: Option<Arc<str>>,
    /// The decision's instant.
    pub at: Timestamp,
    /// Number of the customer's identity that brought the event behind it.
    pub by: u8,
    /// The item.
    pub spec: Arc<TicketSpec>,
}

/// A ticket of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub(super) id: TicketId,
    pub(super) rule: Arc<str>,
    pub(super) kind: Option<Arc<str>>,
    pub(super) opened: Timestamp,
    pub(super) by: u8,
    pub(super) spec: Arc<TicketSpec>,
    /// By (round, step), each once.
    pub(super) steps: Vec<Done>,
    pub(super) facts: Facts,
    pub(super) limits: ByLimit<Option<Timestamp>>,
    /// What may still fire, by rank.
    pub(super) timers: Vec<Timer>,
    /// What fired, by name.
    pub(super) fired: Vec<Timer>,
}

impl TicketId {
    /// Reads 32 hex digits.
    ///
    /// ```
    /// use cjm_core::ticket::TicketId;
    /// let id = TicketId::parse("000102030405060708090a0b0c0d0e0f");
    /// assert_eq!(id.map(|id| id.to_string()).as_deref(), Some("000102030405060708090a0b0c0d0e0f"));
    /// assert_eq!(TicketId::parse("t-1"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for TicketId {
    /// Text for people, 16 bytes for machines.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { self.0.serialize(s) }
    }
}

impl<'de> Deserialize<'de> for TicketId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            let text = String::deserialize(d)?;
            return Self::parse(&text).ok_or_else(|| serde::de::Error::custom("no ticket id"));
        }
        <[u8; 16]>::deserialize(d).map(Self)
    }
}

impl Step {
    /// Every step, in the order of a round.
    pub const ALL: [Self; 7] = [
        Self::Reopened,
        Self::Assigned,
        Self::Accepted,
        Self::Contacted,
        Self::Resolved,
        Self::Told,
        Self::Closed,
    ];

    /// The word in events and rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reopened => "reopened",
            Self::Assigned => "assigned",
            Self::Accepted => "accepted",
            Self::Contacted => "contacted",
            Self::Resolved => "resolved",
            Self::Told => "told",
            Self::Closed => "closed",
        }
    }

    /// The step of a word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    const fn status(self) -> Status {
        match self {
            Self::Reopened => Status::Reopened,
            Self::Assigned => Status::Assigned,
            Self::Accepted => Status::Accepted,
            Self::Contacted => Status::Contacted,
            Self::Resolved => Status::Resolved,
            Self::Told => Status::Told,
            Self::Closed => Status::Closed,
        }
    }
}

impl Status {
    /// The word in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assigned => Step::Assigned.name(),
            Self::Accepted => Step::Accepted.name(),
            Self::Contacted => Step::Contacted.name(),
            Self::Resolved => Step::Resolved.name(),
            Self::Told => Step::Told.name(),
            Self::Closed => Step::Closed.name(),
            Self::Reopened => Step::Reopened.name(),
        }
    }
}

impl Timer {
    /// What puts timers in order of time.
    fn rank(&self) -> (Timestamp, Limit, u8, u32) {
        (self.due, self.limit, self.place, self.round)
    }

    /// What makes it this one timer.
    fn name(&self) -> (u32, Limit, u8) {
        (self.round, self.limit, self.place)
    }
}

impl TicketMoment {
    /// What puts moments in order: (due, ticket, limit, place), a limit before its escalations.
    pub fn rank(&self) -> (Timestamp, TicketId, Limit, u8) {
        let place = match &self.what {
            Missed::Overdue => 0,
            Missed::Escalate { place, .. } => *place,
        };
        (self.due, self.ticket, self.limit, place)
    }
}

impl Ticket {
    /// Opens a ticket: its limits run from the decision's instant on.
    pub(super) fn open(opening: Opening, calendar: &Calendar, zone: &Zone) -> Self {
        let Opening { id, rule, kind, at, by, spec } = opening;
        let mut ticket = Self {
            id,
            rule,
            kind,
            opened: at,
            by,
            spec,
            steps: Vec::new(),
            facts: Facts::default(),
            limits: ByLimit::default(),
            timers: Vec::new(),
            fired: Vec::new(),
        };
        Limit::ALL.into_iter().for_each(|limit| ticket.start(limit, at, 0, calendar, zone));
        ticket
    }

    /// Its name.
    pub fn id(&self) -> TicketId {
        self.id
    }

    /// The rule that opened it.
    pub fn rule(&self) -> &Arc<str> {
        &self.rule
    }

    /// The terms it was opened under.
    pub fn spec(&self) -> &TicketSpec {
        &self.spec
    }

    /// What kind of matter it is.
    pub fn kind(&self) -> Option<&Arc<str>> {
        self.kind.as_ref()
    }

    /// When it was opened.
    pub fn opened(&self) -> Timestamp {
        self.opened
    }

    /// Number of the customer's identity it belongs to.
    pub fn by(&self) -> u8 {
        self.by
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        self.steps.last().map_or(Status::Open, |last| last.step.status())
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.status() == Status::Closed
    }

    /// How often it was reopened.
    pub fn round(&self) -> u32 {
        self.steps.last().map_or(0, |last| last.round)
    }

    /// The steps done, by (round, step); the last four rounds are kept.
    pub fn steps(&self) -> &[Done] {
        &self.steps
    }

    /// What staff said.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Until when each step was to be done; `None` without a limit, or where business hours never reach it.
    pub fn limits(&self) -> ByLimit<Option<Timestamp>> {
        self.limits
    }

    /// The limits that were told to be missed and whose step is still not done, in order.
    pub fn overdue(&self) -> impl Iterator<Item = Limit> {
        let missed = move |limit: &Limit| {
            let open = |t: &Timer| t.limit == *limit && t.place == 0 && !self.answered(t, Timestamp::MAX);
            self.fired.iter().any(open)
        };
        Limit::ALL.into_iter().filter(missed)
    }

    /// The escalations that came about: when, of which limit, to whom; in order of time.
    pub fn escalated(&self) -> Vec<(Timestamp, Limit, Arc<str>)> {
        let mut fired: Vec<&Timer> = self.fired.iter().filter(|t| t.place > 0).collect();
        fired.sort_by_key(|t| t.rank());
        fired.into_iter().filter_map(|t| Some((t.due, t.limit, self.escalation(t.place)?))).collect()
    }

    /// When a step of a round was done.
    pub(super) fn done(&self, round: u32, step: Step) -> Option<&Done> {
        let place = self.steps.binary_search_by_key(&(round, step), |d| (d.round, d.step)).ok()?;
        self.steps.get(place)
    }

    /// The round that an instant belongs to: the last one that had begun.
    pub(super) fn round_at(&self, at: Timestamp) -> u32 {
        let begun = self.steps.iter().filter(|d| d.step == Step::Reopened && d.at <= at);
        begun.map(|d| d.round).max().unwrap_or(0)
    }

    /// When the ticket was closed for good.
    pub(super) fn closed_at(&self) -> Option<Timestamp> {
        self.steps.last().filter(|last| last.step == Step::Closed).map(|last| last.at)
    }

    /// The next instant at which something fires.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.timers.first().map(|timer| timer.due)
    }

    /// Fires what is over, each thing once.
    pub(super) fn fire(&mut self, over: impl Fn(Timestamp) -> bool, out: &mut Vec<TicketMoment>) {
        let n = self.timers.partition_point(|timer| over(timer.due));
        let fired: Vec<Timer> = self.timers.drain(..n).collect();
        for timer in fired {
            let what = match timer.place {
                0 => Some(Missed::Overdue),
                place => self.escalation(place).map(|to| Missed::Escalate { place, to }),
            };
            let (due, limit) = (timer.due, timer.limit);
            out.extend(what.map(|what| TicketMoment { due, ticket: self.id, limit, what }));
            put_by(&mut self.fired, timer, Timer::name);
        }
    }

    /// Starts a limit of a round: when it is missed and when it is escalated.
    pub(super) fn start(
        &mut self,
        limit: Limit,
        from: Timestamp,
        round: u32,
        calendar: &Calendar,
        zone: &Zone,
    ) {
        let business = self.spec.business;
        let later = |at: Timestamp, length: Duration| {
            if business { calendar.in_zone(zone).add(at, length) } else { Some(at.plus(length)) }
        };
        let due = self.spec.within.of(limit).and_then(|within| later(from, within));
        self.limits.put(limit, due);
        let Some(due) = due else { return };
        put_by(&mut self.timers, Timer { due, round, limit, place: 0 }, Timer::rank);
        for (escalation, place) in self.spec.escalate.iter().zip(1..) {
            if let Some(due) = later(due, escalation.delay) {
                put_by(&mut self.timers, Timer { due, round, limit, place }, Timer::rank);
            }
        }
    }

    /// Records a step. Done twice, the first time counts; an assignment is the last one.
    pub(super) fn record(&mut self, done: Done) {
        match self.steps.binary_search_by_key(&(done.round, done.step), |d| (d.round, d.step)) {
            Err(place) => self.steps.insert(place, done),
            Ok(place) => {
                if let Some(known) = self.steps.get_mut(place) {
                    let when = |d: &Done| (d.at, d.implied, d.who.clone());
                    let wins = match done.step {
                        Step::Assigned => when(&done) > when(known),
                        _ => when(&done) < when(known),
                    };
                    if wins {
                        *known = done;
                    }
                }
            }
        }
    }

    /// Ends the timers whose step was done in time and forgets rounds long over.
    pub(super) fn settle(&mut self) {
        let mut timers = std::mem::take(&mut self.timers);
        timers.retain(|timer| !self.answered(timer, timer.due));
        self.timers = timers;
        let round = self.round();
        let recent = |of: u32| of.saturating_add(MAX_ROUNDS) > round;
        self.steps.retain(|done| recent(done.round));
        self.timers.retain(|timer| recent(timer.round));
        self.fired.retain(|timer| recent(timer.round));
    }

    /// Unites two records of one ticket: what either side knows to be done is done, what either told is told.
    pub(super) fn join(&mut self, other: Self) {
        let (mine, theirs) = (self.round(), other.round());
        if (other.opened, &other.rule, &other.kind, other.by) < (self.opened, &self.rule, &self.kind, self.by)
        {
            self.opened = other.opened;
            (self.rule, self.kind, self.by, self.spec) = (other.rule, other.kind, other.by, other.spec);
        }
        for limit in Limit::ALL {
            let (a, b) = (self.limits.of(limit), other.limits.of(limit));
            let due = match mine.cmp(&theirs) {
                std::cmp::Ordering::Less => b,
                std::cmp::Ordering::Greater => a,
                std::cmp::Ordering::Equal => a.into_iter().chain(b).min(),
            };
            self.limits.put(limit, due);
        }
        other.steps.into_iter().for_each(|done| self.record(done));
        self.facts.join(other.facts);
        other.fired.into_iter().for_each(|timer| put_earlier(&mut self.fired, timer));
        let mut timers: Vec<Timer> = Vec::new();
        let pending = std::mem::take(&mut self.timers).into_iter().chain(other.timers);
        pending.for_each(|timer| put_earlier(&mut timers, timer));
        timers.retain(|timer| self.fired.binary_search_by_key(&timer.name(), Timer::name).is_err());
        // one side reopened it at the very instant from which the other counted: the same limit is told once
        let same = |a: &Timer, b: &Timer| (a.due, a.limit, a.place) == (b.due, b.limit, b.place);
        let told = timers.extract_if(.., |timer| self.fired.iter().any(|fired| same(fired, timer)));
        for timer in told.collect::<Vec<_>>() {
            put_by(&mut self.fired, timer, Timer::name);
        }
        timers.sort_by_key(Timer::rank);
        self.timers = timers;
        self.settle();
    }

    /// Whether it is as this engine makes it.
    pub(super) fn is_sound(&self) -> bool {
        let rounds = MAX_ROUNDS as usize + 1;
        self.steps.len() <= rounds * ROUND_STEPS
            && self.steps.is_sorted_by(|a, b| (a.round, a.step) < (b.round, b.step))
            && self.facts.is_sound()
            && self.timers.len() <= rounds * ROUND_TIMERS
            && self.timers.is_sorted_by(|a, b| a.rank() < b.rank())
            && self.fired.len() <= rounds * ROUND_TIMERS
            && self.fired.is_sorted_by(|a, b| a.name() < b.name())
            && self.spec.escalate.len() <= MAX_ESCALATIONS
    }

    /// Whether the step a timer waits for was done by an instant, or is no longer waited for.
    fn answered(&self, timer: &Timer, by: Timestamp) -> bool {
        self.steps.iter().filter(|d| d.round >= timer.round && d.at <= by).any(|d| {
            let anew = d.step == Step::Reopened && d.round > timer.round && timer.limit.starts_anew();
            d.step == timer.limit.step() || d.step == Step::Closed || anew
        })
    }

    /// Where an escalation leads.
    fn escalation(&self, place: u8) -> Option<Arc<str>> {
        let place = usize::from(place).checked_sub(1)?;
        self.spec.escalate.get(place).map(|escalation| escalation.to.clone())
    }
}

/// Puts a timer into a list in order, unless it is there.
fn put_by<K: Ord>(list: &mut Vec<Timer>, timer: Timer, key: fn(&Timer) -> K) {
    if let Err(place) = list.binary_search_by_key(&key(&timer), key) {
        list.insert(place, timer);
    }
}

/// Puts a timer into a list by name; of two of one name the earlier stays.
fn put_earlier(list: &mut Vec<Timer>, timer: Timer) {
    match list.binary_search_by_key(&timer.name(), Timer::name) {
        Err(place) => list.insert(place, timer),
        Ok(place) => {
            if let Some(known) = list.get_mut(place) {
                known.due = known.due.min(timer.due);
            }
        }
    }
}
