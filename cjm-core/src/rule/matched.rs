//! What is remembered of matched events, and what a match carries.
//!
//! Answers: a small copy of an event with the attributes some rule reads later. Does not know: patterns.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::base::pack::{Pack, Packer, Unpacker, packs};
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::event::{AttributeId, EnvelopeField, EventId, EventView};
use crate::signal::Moment;

use super::Ask;

/// Something that is remembered of a matched event beside its id, name and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// The channel it came through.
    Channel,
    /// An attribute.
    Attribute(AttributeId),
}

/// Who an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Where it came from.
    pub source: Arc<str>,
    /// Its id within the source; its hash when it has none.
    pub id: Arc<str>,
}

/// A matched event: small, shared by everything that rests on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// Hash of source and id: the number under which it can be taken back.
    pub key: u64,
    /// Where it came from.
    pub source: Arc<str>,
    /// Its id within the source; its hash when it has none.
    pub id: Arc<str>,
    /// Its name; `None` when the plan no longer declares it.
    pub name: Option<EventId>,
    /// When it happened.
    pub time: Timestamp,
    /// Its order among events of one instant.
    pub sequence: i64,
    /// How many events the customer had by then, itself included: its order among those of one time and sequence.
    pub nth: u32,
    /// Number of the customer's identity that brought it.
    pub by: u8,
    /// What some rule reads of it later; absent values are left out.
    pub values: Box<[(Read, Value)]>,
}

impl Matched {
    /// A copy of the event at hand; `None` without one.
    pub(super) fn of(ask: &impl Ask, reads: &[Read]) -> Option<Arc<Self>> {
        let event = ask.event()?;
        let Identified { source, id } = ask.identified();
        let value = |read: &Read| {
            let value = match read {
                Read::Channel => event.envelope(EnvelopeField::Channel),
                Read::Attribute(attribute) => event.attribute(*attribute),
            };
            Some((*read, value.to_value())).filter(|(_, value)| !value.is_null())
        };
        Some(Arc::new(Self {
            key: ask.event_key(),
            source,
            id,
            name: event.event(),
            time: event.time(),
            sequence: match event.envelope(EnvelopeField::Sequence) {
                ValueRef::Int(sequence) => sequence,
                _ => 0,
            },
            nth: ask.nth(),
            by: ask.brought_by(),
            values: reads.iter().filter_map(value).collect(),
        }))
    }

    fn value(&self, read: Read) -> ValueRef<'_> {
        self.values.iter().find(|(r, _)| *r == read).map_or(ValueRef::Null, |(_, value)| value.as_ref())
    }

    /// What puts matched events in order, whoever remembered them.
    pub(super) fn rank(&self) -> (Timestamp, i64, u64) {
        (self.time, self.sequence, self.key)
    }
}

impl EventView for Matched {
    fn event(&self) -> Option<EventId> {
        self.name
    }

    fn time(&self) -> Timestamp {
        self.time
    }

    fn attribute(&self, attribute: AttributeId) -> ValueRef<'_> {
        self.value(Read::Attribute(attribute))
    }

    /// The name is null: it is the plan that knows it.
    fn envelope(&self, field: EnvelopeField) -> ValueRef<'_> {
        match field {
            EnvelopeField::Id => ValueRef::Text(&self.id),
            EnvelopeField::Source => ValueRef::Text(&self.source),
            EnvelopeField::Time => ValueRef::Time(self.time),
            EnvelopeField::Sequence => ValueRef::Int(self.sequence),
            EnvelopeField::Channel => self.value(Read::Channel),
            EnvelopeField::Name => ValueRef::Null,
        }
    }
}

/// A matched event of a sequence and the step that took it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taken {
    /// Position of the step.
    pub(super) step: u32,
    /// Order among the events that the rule took for this key.
    pub(super) n: u32,
    /// The event.
    pub(super) event: Arc<Matched>,
}

/// The events that a sequence took before the one at hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoFar<'a> {
    taken: &'a [Taken],
}

impl<'a> SoFar<'a> {
    pub(super) fn new(taken: &'a [Taken]) -> Self {
        Self { taken }
    }

    /// The first event that a step took, by the step's position.
    pub fn first(self, step: u32) -> Option<&'a Matched> {
        self.taken.iter().find(|t| t.step == step).map(|t| &*t.event)
    }

    /// The last event that a step took, by the step's position.
    pub fn last(self, step: u32) -> Option<&'a Matched> {
        self.taken.iter().rev().find(|t| t.step == step).map(|t| &*t.event)
    }
}

/// A pattern that came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Position of the rule.
    pub rule: u32,
    /// The rule's key; null without one.
    pub key: Value,
    /// The instant of the match.
    pub due: Timestamp,
    /// When its first event happened; `due` without one.
    pub began: Timestamp,
    /// How many events the customer had by then: of one instant, what came before it and what after.
    pub nth: u32,
    /// The triggering events in match order; for a wait the event that armed it. Of a count or sum the last one.
    pub events: SmallVec<[Arc<Matched>; 1]>,
    /// By event: the step of the sequence that took it; empty for other forms.
    pub steps: Vec<u32>,
    /// Keys of further events that it rests on: those in the window of a count or sum.
    pub rests_on: Vec<u64>,
    /// The moment that it is, for those forms.
    pub moment: Option<Moment>,
}

impl Match {
    /// A match of a rule at an instant, without key and events.
    pub fn at(rule: u32, due: Timestamp) -> Self {
        Self::of(rule, Value::Null, due, None)
    }

    /// A match of one event or none.
    pub(super) fn of(rule: u32, key: Value, due: Timestamp, event: Option<Arc<Matched>>) -> Self {
        let (began, nth) = event.as_ref().map_or((due, 0), |e| (e.time, e.nth));
        let events = event.into_iter().collect();
        Self { rule, key, due, began, nth, events, steps: Vec::new(), rests_on: Vec::new(), moment: None }
    }

    /// Whether it would not be, or not so, without the event of this key.
    pub fn rests_on(&self, key: u64) -> bool {
        self.events.iter().any(|e| e.key == key) || self.rests_on.contains(&key)
    }
}

/// What feeding a rule gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The rule matched.
    Match(Match),
    /// A wait was not opened, because the customer has all the timers that are allowed.
    TooManyWaits {
        /// Position of the rule.
        rule: u32,
        /// The rule's key.
        key: Value,
        /// When it would have begun.
        at: Timestamp,
        /// The event that would have armed it.
        event: Option<Arc<Matched>>,
    },
    /// So many partial matches, windows or keys of a rule gave way to younger ones.
    GaveWay {
        /// Position of the rule.
        rule: u32,
        /// How many.
        n: u32,
    },
}

packs! {
    Matched { key as hash, source, id, name, time, sequence, nth, by, values }
    Taken { step, n, event }
}

impl Pack for Read {
    fn pack(&self, to: &mut Packer<'_>) {
        match self {
            Self::Channel => to.byte(0),
            Self::Attribute(attribute) => to.number(u64::from(attribute.0) + 1),
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(match from.number()? {
            0 => Self::Channel,
            place => Self::Attribute(AttributeId(u32::try_from(place - 1).ok()?)),
        })
    }
}

impl Pack for Match {
    /// What is remembered of a match never has its moment.
    fn pack(&self, to: &mut Packer<'_>) {
        self.rule.pack(to);
        self.key.pack(to);
        self.due.pack(to);
        self.began.pack(to);
        self.nth.pack(to);
        self.events.pack(to);
        self.steps.pack(to);
        to.hashes(&self.rests_on);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let (rule, key) = (Pack::unpack(from)?, Pack::unpack(from)?);
        let (due, began) = (Pack::unpack(from)?, Pack::unpack(from)?);
        let nth = Pack::unpack(from)?;
        let (events, steps, rests_on) = (Pack::unpack(from)?, Pack::unpack(from)?, from.hashes()?);
        Some(Self { rule, key, due, began, nth, events, steps, rests_on, moment: None })
    }
}
