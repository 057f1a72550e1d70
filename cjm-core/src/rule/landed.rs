//! The event that landed last on each open trip: what the trip's end by time alone rests on.
//!
//! Answers: which event it was, or that it was taken back. Does not know: which trips are remembered, when they end.

use std::sync::Arc;

use crate::base::pack::packs;
use crate::signal::TripId;

use super::matched::Matched;

/// By trip: the event that opened it or landed on it last.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Landed {
    /// By (journey, trip).
    list: Vec<Last>,
}

/// What landed last on one trip.
#[derive(Debug, Clone, PartialEq)]
struct Last {
    journey: u32,
    trip: TripId,
    /// `None` once it was taken back.
    event: Option<Arc<Matched>>,
}

impl Last {
    fn place(&self) -> (u32, TripId) {
        (self.journey, self.trip)
    }

    /// What decides between two sides, whoever is merged into whom.
    fn rank(&self) -> Option<(crate::Timestamp, i64, u64)> {
        self.event.as_ref().map(|event| event.rank())
    }
}

impl Landed {
    /// Whether nothing is remembered.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The event that landed last on a trip; none where it was taken back.
    pub(super) fn of(&self, journey: u32, trip: TripId) -> Option<&Arc<Matched>> {
        let place = self.list.binary_search_by_key(&(journey, trip), Last::place).ok()?;
        self.list.get(place)?.event.as_ref()
    }

    /// Every trip with what landed on it last.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, TripId, Option<&Arc<Matched>>)> {
        self.list.iter().map(|last| (last.journey, last.trip, last.event.as_ref()))
    }

    /// Something landed on a trip, or what did was taken back.
    pub(super) fn put(&mut self, journey: u32, trip: TripId, event: Option<Arc<Matched>>) {
        let last = Last { journey, trip, event };
        match self.list.binary_search_by_key(&(journey, trip), Last::place) {
            Ok(place) => {
                if let Some(known) = self.list.get_mut(place) {
                    *known = last;
                }
            }
            Err(place) => self.list.insert(place, last),
        }
    }

    /// Forgets a trip; gives what landed on it last, `None` inside where that was taken back.
    #[expect(clippy::option_option, reason = "the outer one is that nothing is known")]
    pub(super) fn take(&mut self, journey: u32, trip: TripId) -> Option<Option<Arc<Matched>>> {
        let place = self.list.binary_search_by_key(&(journey, trip), Last::place).ok()?;
        Some(self.list.remove(place).event)
    }

    /// Forgets all other trips.
    pub(super) fn retain(&mut self, keep: impl Fn(u32, TripId) -> bool) {
        self.list.retain(|last| keep(last.journey, last.trip));
    }

    /// Takes an event back. Trips are not rewound: what landed before does not count again.
    pub(super) fn retract(&mut self, key: u64) -> bool {
        let mut changed = false;
        for last in self.list.iter_mut().filter(|last| last.event.as_ref().is_some_and(|e| e.key == key)) {
            (last.event, changed) = (None, true);
        }
        changed
    }

    /// Unites two sides.
    pub(super) fn merge(&mut self, other: Self) {
        for theirs in other.list {
            match self.list.binary_search_by_key(&theirs.place(), Last::place) {
                Ok(place) => {
                    if let Some(mine) = self.list.get_mut(place).filter(|mine| mine.rank() < theirs.rank()) {
                        *mine = theirs;
                    }
                }
                Err(place) => self.list.insert(place, theirs),
            }
        }
    }

    /// Trips stay when an identity leaves: what it brought is then of the first of those who stay.
    pub(super) fn stay_with(&mut self, leaves: &dyn Fn(u8) -> bool) {
        for event in self.events_mut().filter(|event| leaves(event.by)) {
            *event = Arc::new(Matched { by: 0, ..(**event).clone() });
        }
    }

    /// The events, to be changed.
    pub(super) fn events_mut(&mut self) -> impl Iterator<Item = &mut Arc<Matched>> {
        self.list.iter_mut().filter_map(|last| last.event.as_mut())
    }
}

packs! {
    Landed { list }
    Last { journey, trip, event }
}
