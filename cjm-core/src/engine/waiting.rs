//! Events that wait inside the state until late ones can no longer come before them.
//!
//! Answers: which waiting events' turn it is, by (time, sequence, arrival). Bounded: 256 events of together 256 KiB,
//! beyond is `backpressure`.
//! Does not know: what an event does. Where no source may be late nothing ever waits.

use serde::{Deserialize, Serialize};

use crate::base::time::{Duration, Timestamp};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;

use super::recent::Known;

/// Most events that wait.
pub const MAX_WAITING: usize = 256;

/// Most bytes of all of them.
pub const MAX_WAITING_BYTES: usize = 256 * 1024;

/// The events that wait, in the order in which they will happen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Waiting {
    list: Vec<Waits>,
}

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Waits {
    /// Hash of source and id; 0 without an id.
    pub(crate) key: u64,
    /// Hash of the typed body.
    pub(crate) body: u64,
    /// Bytes of the event.
    pub(crate) bytes: u32,
    /// The event as it was handed in.
    pub(crate) event: Event,
}

impl Waits {
    fn rank(&self) -> (Timestamp, i64) {
        (self.event.time, self.event.sequence)
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
        self.list.iter().map(|waits| &waits.event)
    }

    /// When the first one happened.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.list.first().map(|waits| waits.event.time)
    }

    /// When the last one happened.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.list.last().map(|waits| waits.event.time)
    }

    /// The instant that late events may still be of, after the latest of those that wait: `lateness` before it.
    pub(crate) fn edge(&self, lateness: Duration) -> Option<Timestamp> {
        self.list.last().map(|waits| waits.event.time.minus(lateness))
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
        let latest = self.list.last().map_or(new.event.time, |last| last.event.time.max(new.event.time));
        let edge = latest.minus(lateness);
        let staying = self.list.iter().chain([&new]).filter(|waits| waits.event.time >= edge);
        let (n, bytes) = staying.fold((0, 0), |(n, bytes), waits| (n + 1, bytes + waits.bytes as usize));
        if n > MAX_WAITING || bytes > MAX_WAITING_BYTES {
            let words = format!("{n} events of the customer would wait for late ones; tell the time first");
            return Err(Error::new(ErrorCode::Backpressure, words));
        }
        let place = self.list.partition_point(|waits| waits.rank() <= new.rank());
        self.list.insert(place, new);
        Ok(())
    }

    /// Takes the first event, if it happened before `edge` or, where that instant is over too, at it.
    pub(crate) fn take(&mut self, edge: Timestamp, closed: bool) -> Option<Waits> {
        let over = self.first().is_some_and(|first| first < edge || (closed && first == edge));
        over.then(|| self.list.remove(0))
    }

    /// Takes out an event by its key.
    pub(crate) fn withdraw(&mut self, key: u64) -> Option<Waits> {
        let place = self.list.iter().position(|waits| waits.key == key && key != 0)?;
        Some(self.list.remove(place))
    }

    /// Unites two sides; what both have waits once.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.list.extend(other.list.iter().cloned());
        self.list.sort_by_key(|waits| (waits.rank(), waits.key, waits.body));
        self.list.dedup_by(|a, b| a.key != 0 && (a.key, a.body) == (b.key, b.body));
    }

    /// Takes out the events of an identity.
    pub(crate) fn split(&mut self, leaves: &dyn Fn(&Event) -> bool) -> Self {
        Self { list: self.list.extract_if(.., |waits| leaves(&waits.event)).collect() }
    }
}
