//! What the rules remember, as data: each rule on its own, events by stable ids, an event shared by several written
//! once.
//!
//! Answers: a rule's part of a matcher, and a matcher from parts, or that a part is damaged. Does not know: bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use crate::base::time::Timestamp;
use crate::base::value::Value;
use crate::event::{AttributeId, EventId};
use crate::signal::TripId;

use super::matched::{Match, Matched, Read, Taken};
use super::matcher::{Matcher, Memory};
use super::run::{Run, Runs};
use super::schedule::Clock;
use super::wait::{Ended, Stay, Wait};
use super::window::{Entry, Window};

/// Stable ids for the numbers of a plan. An id is never 0.
pub trait Ids {
    /// The id of an event name.
    fn event_id(&self, event: EventId) -> Option<u64>;
    /// The event name of an id.
    fn event(&self, id: u64) -> Option<EventId>;
    /// The id of an attribute.
    fn attribute_id(&self, attribute: AttributeId) -> Option<u64>;
    /// The attribute of an id.
    fn attribute(&self, id: u64) -> Option<AttributeId>;
    /// The id of a journey.
    fn journey_id(&self, journey: u32) -> Option<u64>;
    /// The position of a journey.
    fn journey(&self, id: u64) -> Option<u32>;
    /// The ids of a journey and one of its stages.
    fn stage_ids(&self, journey: u32, stage: u32) -> Option<(u64, u64)>;
    /// The positions of a journey and one of its stages.
    fn stage(&self, journey: u64, stage: u64) -> Option<(u32, u32)>;
}

/// What one rule remembers of one customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    events: Vec<WrittenEvent>,
    waits: Vec<WrittenWait>,
    ended: Vec<(WrittenWait, Vec<u64>, bool)>,
    runs: Vec<WrittenRuns>,
    windows: Vec<(Value, Vec<WrittenEntry>)>,
    clock: Option<Clock>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WrittenEvent {
    key: u64,
    source: Arc<str>,
    id: Arc<str>,
    name: u64,
    time: Timestamp,
    sequence: i64,
    nth: u32,
    by: u8,
    values: Vec<(u64, Value)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WrittenWait {
    due: Timestamp,
    key: Value,
    since: Timestamp,
    event: Option<u32>,
    /// Journey, origin and number of the trip, stage.
    stay: Option<(u64, u64, u32, u64)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WrittenRuns {
    key: Value,
    n: u32,
    list: Vec<(Vec<(u32, u32, u32)>, u64)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct WrittenEntry {
    at: Timestamp,
    event: u64,
    n: u32,
    by: u8,
    amount: Option<Value>,
}

/// What landed last on one open trip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LandedPart {
    journey: u64,
    origin: u64,
    number: u32,
    /// `None` once it was taken back.
    event: Option<WrittenEvent>,
}

/// A match as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchPart {
    key: Value,
    due: Timestamp,
    began: Timestamp,
    nth: u32,
    events: Vec<WrittenEvent>,
    steps: Vec<u32>,
    rests_on: Vec<u64>,
}

impl Part {
    /// How many waits and partial matches are under way.
    pub fn n_under_way(&self) -> usize {
        self.waits.len() + self.runs.iter().map(|runs| runs.list.len()).sum::<usize>()
    }

    /// What is under way, and windows and clock apart.
    pub fn part_ways(mut self) -> (Self, Self) {
        let windows = std::mem::take(&mut self.windows);
        let rest = Self { windows, ..Self::of_clock(self.clock.take()) };
        (self, rest)
    }

    /// Nothing but the clock.
    pub fn clock_alone(self) -> Self {
        Self::of_clock(self.clock)
    }

    fn of_clock(clock: Option<Clock>) -> Self {
        Self { events: vec![], waits: vec![], ended: vec![], runs: vec![], windows: vec![], clock }
    }

    /// Puts the stages of stays, by the ids of journey and stage, where others took their place in the same journey.
    pub fn restage(&mut self, stages: &BTreeMap<(u64, u64), (u64, u64)>) {
        let waits = self.waits.iter_mut().chain(self.ended.iter_mut().map(|(wait, _, _)| wait));
        for (journey, _, _, stage) in waits.filter_map(|wait| wait.stay.as_mut()) {
            if let Some((_, to)) = stages.get(&(*journey, *stage)).filter(|to| to.0 == *journey) {
                *stage = *to;
            }
        }
    }
}

impl Match {
    /// The match as data; the moment that it was is left out.
    pub fn part(&self, ids: &impl Ids) -> MatchPart {
        let mut writer = Writer { ids, events: Vec::new() };
        for event in &self.events {
            writer.event(event);
        }
        let Self { key, due, began, nth, steps, rests_on, .. } = self.clone();
        MatchPart { key, due, began, nth, events: writer.events, steps, rests_on }
    }

    /// The match of a rule from data.
    pub fn of_part(rule: u32, part: MatchPart, ids: &impl Ids) -> Self {
        let MatchPart { key, due, began, nth, events, steps, rests_on } = part;
        let reader = Reader { rule, ids, events: &events };
        let events = events.iter().map(|event| Arc::new(reader.event(event))).collect();
        Self { rule, key, due, began, nth, events, steps, rests_on, moment: None }
    }
}

impl Matcher {
    /// The rules of which something is remembered, by position.
    pub fn rules(&self) -> Vec<u32> {
        let Some(memory) = &self.memory else { return Vec::new() };
        let waits =
            memory.waits.open.iter().chain(memory.waits.ended.iter().map(|e| &e.wait)).map(|w| w.rule);
        let groups = memory.runs.iter().map(|r| r.rule).chain(memory.windows.iter().map(|w| w.rule));
        let mut rules: Vec<u32> = waits.chain(groups).chain(memory.clocks.iter().map(|c| c.rule)).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// What a rule remembers. A stay in a stage without an id is left out.
    pub fn part(&self, rule: u32, ids: &impl Ids) -> Part {
        let mut writer = Writer { ids, events: Vec::new() };
        let empty = Memory::default();
        let memory = self.memory.as_deref().unwrap_or(&empty);
        let waits = memory.waits.open.iter().filter(|w| w.rule == rule);
        let ended = memory.waits.ended.iter().filter(|e| e.wait.rule == rule);
        let runs = memory.runs.iter().filter(|r| r.rule == rule);
        let windows = memory.windows.iter().filter(|w| w.rule == rule);
        Part {
            waits: waits.filter_map(|w| writer.wait(w)).collect(),
            ended: ended.filter_map(|e| Some((writer.wait(&e.wait)?, e.by.to_vec(), e.sealed))).collect(),
            runs: runs.map(|r| writer.runs(r)).collect(),
            windows: windows.map(|w| (w.key.clone(), w.entries.iter().map(written).collect())).collect(),
            clock: memory.clocks.iter().find(|c| c.rule == rule).copied(),
            events: writer.events,
        }
    }

    /// What landed last on each open trip of whose end by time some rule hears.
    pub fn landed(&self, ids: &impl Ids) -> Vec<LandedPart> {
        let known = self.memory.iter().flat_map(|memory| memory.landed.iter());
        let part = |(journey, TripId { origin, number }, event): (u32, TripId, Option<&Arc<Matched>>)| {
            let mut writer = Writer { ids, events: Vec::new() };
            if let Some(event) = event {
                writer.event(event);
            }
            Some(LandedPart { journey: ids.journey_id(journey)?, origin, number, event: writer.events.pop() })
        };
        known.filter_map(part).collect()
    }

    /// Takes in what landed last on a trip; `false`, and nothing changed, when the plan does not know the journey.
    pub fn land(&mut self, part: &LandedPart, ids: &impl Ids) -> bool {
        let LandedPart { journey, origin, number, event } = part;
        let Some(journey) = ids.journey(*journey) else { return false };
        let reader = Reader { rule: 0, ids, events: &[] };
        let event = event.as_ref().map(|event| Arc::new(reader.event(event)));
        let trip = TripId { origin: *origin, number: *number };
        self.memory.get_or_insert_default().landed.put(journey, trip, event);
        true
    }

    /// Takes in what a rule remembered; `false`, and nothing changed, when the plan does not know a stage it speaks
    /// of or the part is damaged.
    pub fn take(&mut self, rule: u32, part: Part, ids: &impl Ids) -> bool {
        let Some(found) = Reader { rule, ids, events: &part.events }.memory(&part) else { return false };
        let memory = self.memory.get_or_insert_default();
        let mut whole = Matcher { memory: Some(std::mem::take(memory)) };
        whole.forget(rule);
        let mut united = whole.memory.unwrap_or_default();
        united.waits.merge(found.waits);
        let place = united.runs.partition_point(|r| r.rule < rule);
        united.runs.splice(place..place, found.runs);
        let place = united.windows.partition_point(|w| w.rule < rule);
        united.windows.splice(place..place, found.windows);
        let place = united.clocks.partition_point(|c| c.rule < rule);
        united.clocks.splice(place..place, found.clocks);
        self.memory = Some(united);
        self.tidy();
        true
    }
}

struct Writer<'a, I> {
    ids: &'a I,
    events: Vec<WrittenEvent>,
}

impl<I: Ids> Writer<'_, I> {
    fn event(&mut self, event: &Matched) -> u32 {
        let known = self.events.iter().position(|e| e.key == event.key && e.time == event.time);
        let place = known.unwrap_or_else(|| {
            let id = |read: Read| match read {
                Read::Channel => Some(0),
                Read::Attribute(attribute) => self.ids.attribute_id(attribute),
            };
            self.events.push(WrittenEvent {
                key: event.key,
                source: event.source.clone(),
                id: event.id.clone(),
                name: event.name.and_then(|n| self.ids.event_id(n)).unwrap_or(0),
                time: event.time,
                sequence: event.sequence,
                nth: event.nth,
                by: event.by,
                values: event.values.iter().filter_map(|(r, v)| Some((id(*r)?, v.clone()))).collect(),
            });
            self.events.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    fn wait(&mut self, wait: &Wait) -> Option<WrittenWait> {
        let stay = match wait.stay.as_deref() {
            None => None,
            Some(Stay { journey, trip, stage }) => {
                let (journey, stage) = self.ids.stage_ids(*journey, *stage)?;
                Some((journey, trip.origin, trip.number, stage))
            }
        };
        let event = wait.event.as_ref().map(|e| self.event(e));
        Some(WrittenWait { due: wait.due, key: wait.key.clone(), since: wait.since, event, stay })
    }

    fn runs(&mut self, runs: &Runs) -> WrittenRuns {
        let list = runs.list.iter().map(|run| {
            let taken = run.taken.iter().map(|t| (t.step, t.n, self.event(&t.event))).collect();
            (taken, run.barred)
        });
        WrittenRuns { key: runs.key.clone(), n: runs.n, list: list.collect() }
    }
}

fn written(entry: &Entry) -> WrittenEntry {
    let amount = entry.amount.as_deref().cloned();
    WrittenEntry { at: entry.at, event: entry.event, n: entry.n, by: entry.by, amount }
}

struct Reader<'a, I> {
    rule: u32,
    ids: &'a I,
    events: &'a [WrittenEvent],
}

impl<I: Ids> Reader<'_, I> {
    fn memory(&self, part: &Part) -> Option<Memory> {
        let events: Vec<Arc<Matched>> = self.events.iter().map(|e| Arc::new(self.event(e))).collect();
        let mut memory = Memory::default();
        for wait in &part.waits {
            memory.waits.open.push(self.wait(wait, &events)?);
        }
        for (wait, by, sealed) in &part.ended {
            let by: SmallVec<[u64; 2]> = by.iter().copied().collect();
            memory.waits.ended.push(Ended { wait: self.wait(wait, &events)?, by, sealed: *sealed });
        }
        for runs in &part.runs {
            memory.runs.push(self.runs(runs, &events)?);
        }
        memory.windows = part.windows.iter().map(|(key, entries)| self.window(key, entries)).collect();
        memory.clocks.extend(part.clock.map(|c| Clock { rule: self.rule, ..c }));
        Some(memory)
    }

    fn event(&self, event: &WrittenEvent) -> Matched {
        let read = |id: u64| match id {
            0 => Some(Read::Channel),
            id => self.ids.attribute(id).map(Read::Attribute),
        };
        Matched {
            key: event.key,
            source: event.source.clone(),
            id: event.id.clone(),
            name: self.ids.event(event.name),
            time: event.time,
            sequence: event.sequence,
            nth: event.nth,
            by: event.by,
            values: event.values.iter().filter_map(|(id, v)| Some((read(*id)?, v.clone()))).collect(),
        }
    }

    fn wait(&self, wait: &WrittenWait, events: &[Arc<Matched>]) -> Option<Wait> {
        let stay = match wait.stay {
            None => None,
            Some((journey, origin, number, stage)) => {
                let (journey, stage) = self.ids.stage(journey, stage)?;
                Some(Box::new(Stay { journey, trip: TripId { origin, number }, stage }))
            }
        };
        let event = match wait.event {
            None => None,
            Some(place) => Some(events.get(place as usize)?.clone()),
        };
        Some(Wait { due: wait.due, rule: self.rule, key: wait.key.clone(), since: wait.since, event, stay })
    }

    fn runs(&self, runs: &WrittenRuns, events: &[Arc<Matched>]) -> Option<Runs> {
        let mut list = Vec::with_capacity(runs.list.len());
        for (taken, barred) in &runs.list {
            let taken = taken.iter().map(|(step, n, event)| {
                Some(Taken { step: *step, n: *n, event: events.get(*event as usize)?.clone() })
            });
            let taken: Vec<Taken> = taken.collect::<Option<_>>()?;
            let last = taken.last()?.step;
            let count = taken.iter().rev().take_while(|t| t.step == last).count();
            list.push(Run { taken, count: u32::try_from(count).ok()?, barred: *barred });
        }
        Some(Runs { rule: self.rule, key: runs.key.clone(), n: runs.n, list })
    }

    fn window(&self, key: &Value, entries: &[WrittenEntry]) -> Window {
        let entry = |e: &WrittenEntry| {
            let amount = e.amount.clone().map(Box::new);
            Entry { at: e.at, event: e.event, n: e.n, by: e.by, amount }
        };
        Window { rule: self.rule, key: key.clone(), entries: entries.iter().map(entry).collect() }
    }
}

/// Numbers of one plan as they are, moved by one because an id is never 0.
struct Plain;

impl Ids for Plain {
    fn event_id(&self, event: EventId) -> Option<u64> {
        Some(u64::from(event.0) + 1)
    }
    fn event(&self, id: u64) -> Option<EventId> {
        id.checked_sub(1).and_then(|n| u32::try_from(n).ok()).map(EventId)
    }
    fn attribute_id(&self, attribute: AttributeId) -> Option<u64> {
        Some(u64::from(attribute.0) + 1)
    }
    fn attribute(&self, id: u64) -> Option<AttributeId> {
        id.checked_sub(1).and_then(|n| u32::try_from(n).ok()).map(AttributeId)
    }
    fn journey_id(&self, journey: u32) -> Option<u64> {
        Some(u64::from(journey) + 1)
    }
    fn journey(&self, id: u64) -> Option<u32> {
        id.checked_sub(1).and_then(|n| u32::try_from(n).ok())
    }
    fn stage_ids(&self, journey: u32, stage: u32) -> Option<(u64, u64)> {
        Some((u64::from(journey) + 1, u64::from(stage) + 1))
    }
    fn stage(&self, journey: u64, stage: u64) -> Option<(u32, u32)> {
        let number = |id: u64| id.checked_sub(1).and_then(|n| u32::try_from(n).ok());
        number(journey).zip(number(stage))
    }
}

impl Serialize for Matcher {
    /// By the numbers of the plan that made it.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let parts: Vec<(u32, Part)> = self.rules().into_iter().map(|r| (r, self.part(r, &Plain))).collect();
        (parts, self.landed(&Plain)).serialize(s)
    }
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut matcher = Self::default();
        let (parts, landed) = <(Vec<(u32, Part)>, Vec<LandedPart>)>::deserialize(d)?;
        for (rule, part) in parts {
            if !matcher.take(rule, part, &Plain) {
                return Err(D::Error::custom("a part points at an event it does not have"));
            }
        }
        if !landed.iter().all(|part| matcher.land(part, &Plain)) {
            return Err(D::Error::custom("a trip is of no journey"));
        }
        Ok(matcher)
    }
}
