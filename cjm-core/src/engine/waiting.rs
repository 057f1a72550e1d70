//! Events that wait inside the state until late ones can no longer come before them.
//!
//! Answers: which waiting events' turn it is, by (time, sequence, arrival). Bounded: 256 events of together 256 KiB,
//! beyond is `backpressure`.
//! Does not know: what an event does. Where no source may be late nothing ever waits.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::time::{Duration, Timestamp};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, MAX_EVENT_BYTES};
use crate::plan::Plan;

use super::recent::Known;
use super::typed::Kept;

/// Most events that wait.
pub const MAX_WAITING: usize = 256;

/// Most bytes of all of them.
pub const MAX_WAITING_BYTES: usize = 256 * 1024;

/// The events that wait, in the order in which they will happen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Waiting {
    list: VecDeque<Waits>,
}

/// An event that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(crate) struct Waits {
    /// Hash of source and id; 0 without an id.
    key: u64,
    /// Hash of the typed body.
    body: u64,
    /// Bytes of the event.
    bytes: u32,
    /// When it happened, and its order there.
    rank: (Timestamp, i64),
    what: What,
}

/// The event as it was handed in: checked, or as it was read from bytes.
#[derive(Debug, Clone)]
enum What {
    Kept(Arc<Kept>),
    Read(Box<Event>),
}

/// An event that waits, as bytes have it.
#[derive(Serialize, Deserialize)]
struct Written {
    key: u64,
    body: u64,
    bytes: u32,
    event: Event,
}

impl From<Written> for Waits {
    fn from(Written { key, body, bytes, event }: Written) -> Self {
        Self { key, body, bytes, rank: (event.time, event.sequence), what: What::Read(Box::new(event)) }
    }
}

impl From<Waits> for Written {
    fn from(waits: Waits) -> Self {
        Self { key: waits.key, body: waits.body, bytes: waits.bytes, event: waits.event().clone() }
    }
}

impl PartialEq for Waits {
    fn eq(&self, other: &Self) -> bool {
        (self.key, self.body, self.event()) == (other.key, other.body, other.event())
    }
}

impl Waits {
    /// An event of so many bytes that was found good.
    pub(super) fn of(kept: Arc<Kept>, bytes: usize) -> Self {
        Self {
            key: kept.checked.key.unwrap_or(0),
            body: kept.checked.body,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            rank: (kept.event.time, kept.event.sequence),
            what: What::Kept(kept),
        }
    }

    /// The event.
    pub(super) fn event(&self) -> &Event {
        match &self.what {
            What::Kept(kept) => &kept.event,
            What::Read(event) => event,
        }
    }

    /// The event with what checking it against a plan comes to.
    pub(super) fn kept(self, plan: &Plan) -> Result<Arc<Kept>> {
        let event = match self.what {
            What::Kept(kept) if kept.checked.is_of(plan) => return Ok(kept),
            What::Kept(kept) => kept.event.clone(),
            What::Read(event) => *event,
        };
        Ok(Arc::new(Kept { checked: plan.check_event(&event)?, event }))
    }

    /// Hash of the typed body.
    pub(super) fn body(&self) -> u64 {
        self.body
    }

    fn at(&self) -> Timestamp {
        self.rank.0
    }
}

impl Waiting {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Forgets everything, keeping its memory.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// The events in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.list.iter().map(Waits::event)
    }

    /// When the first one happened.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.list.front().map(|waits| waits.at())
    }

    /// When the last one happened.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.list.back().map(|waits| waits.at())
    }

    /// The instant that late events may still be of, after the latest of those that wait: `lateness` before it.
    pub(crate) fn edge(&self, lateness: Duration) -> Option<Timestamp> {
        self.list.back().map(|waits| waits.at().minus(lateness))
    }

    /// What an event of a key and body is beside those that wait.
    pub(crate) fn known(&self, key: u64, body: u64) -> Known {
        match self.list.iter().find(|waits| waits.key == key) {
            None => Known::New,
            Some(waits) if waits.body == body => Known::Repeat,
            Some(_) => Known::Conflict,
        }
    }

    /// Lets an event wait behind those of its instant and sequence.
    ///
    /// # Errors
    /// `backpressure` when, after those whose turn it is with this one, more than 256 or 256 KiB of them would wait;
    /// nothing changed.
    pub(crate) fn admit(&mut self, new: Waits, lateness: Duration) -> Result<()> {
        if self.list.len() < MAX_WAITING_BYTES / MAX_EVENT_BYTES {
            self.insert(new);
            return Ok(());
        }
        let latest = self.list.back().map_or(new.at(), |last| last.at().max(new.at()));
        let edge = latest.minus(lateness);
        let staying = self.list.iter().chain([&new]).filter(|waits| waits.at() >= edge);
        let (n, bytes) = staying.fold((0, 0), |(n, bytes), waits| (n + 1, bytes + waits.bytes as usize));
        if n > MAX_WAITING || bytes > MAX_WAITING_BYTES {
            let words = format!("{n} events of the customer would wait for late ones; tell the time first");
            return Err(Error::new(ErrorCode::Backpressure, words));
        }
        self.insert(new);
        Ok(())
    }

    fn insert(&mut self, new: Waits) {
        if self.list.back().is_none_or(|last| last.rank <= new.rank) {
            return self.list.push_back(new);
        }
        let place = self.list.partition_point(|waits| waits.rank <= new.rank);
        self.list.insert(place, new);
    }

    /// Takes the first event, if it happened before `edge` or, where that instant is over too, at it.
    pub(crate) fn take(&mut self, edge: Timestamp, closed: bool) -> Option<Waits> {
        let over = self.first().is_some_and(|first| first < edge || (closed && first == edge));
        if over { self.list.pop_front() } else { None }
    }

    /// Takes out an event by its key.
    pub(crate) fn withdraw(&mut self, key: u64) -> Option<Waits> {
        let place = self.list.iter().position(|waits| waits.key == key && key != 0)?;
        self.list.remove(place)
    }

    /// Unites two sides; what both have waits once.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.list.extend(other.list.iter().cloned());
        let mut all: Vec<Waits> = std::mem::take(&mut self.list).into();
        all.sort_by_key(|waits| (waits.rank, waits.key, waits.body));
        all.dedup_by(|a, b| a.key != 0 && (a.key, a.body) == (b.key, b.body));
        self.list = all.into();
    }

    /// Takes out the events of an identity.
    pub(crate) fn split(&mut self, leaves: &dyn Fn(&Event) -> bool) -> Self {
        let all = std::mem::take(&mut self.list).into_iter();
        let (gone, kept) = all.partition(|waits| leaves(waits.event()));
        self.list = kept;
        Self { list: gone }
    }
}
