//! The desk: who has which ticket, over all customers. The host keeps it beside the customers' states.
//!
//! Answers: the person a ticket goes to, in the order of (due, decision id), and how many open tickets each has.
//! Does not know: the states of tickets; it is told of steps. Routes are values that the caller evaluated.
//!
//! A ticket goes to the named queue: to the person its route names, else to one of its pool, in turn or the one with
//! the fewest open tickets (of equals the first of the pool). A queue without either can not route; then comes the
//! first queue that takes the ticket's kind and can, then `else`, and if nobody is found the ticket is unrouted.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::blueprint::model::Assign;

use super::spec::{ClosedLoop, QueueSpec, TicketSpec};
use super::state::{Status, Step, TicketId};
use super::step::{Change, TicketStep};

/// A ticket that wants a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The decision's instant.
    pub due: Timestamp,
    /// The ticket.
    pub ticket: TicketId,
    /// The named queue.
    pub queue: Arc<str>,
    /// The queue named by `else`.
    pub otherwise: Option<Arc<str>>,
    /// What kind of matter it is.
    pub kind: Option<Arc<str>>,
}

/// Where a ticket is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The queue that took it; the named one when nobody did.
    pub queue: Arc<str>,
    /// Who has it; `None` is unrouted.
    pub person: Option<Arc<str>>,
    /// Whether it is still open, so that it counts as that person's load.
    pub open: bool,
}

/// Who has which ticket and whose turn it is.
///
/// ```
/// use cjm_core::ticket::{ClosedLoop, Desk, QueueSpec, Request, TicketId};
/// let pool = vec!["ann".into(), "bo".into()];
/// let care = QueueSpec { id: "care".into(), kinds: vec![], pool, assign: Default::default() };
/// let closed_loop = ClosedLoop { queues: vec![care], ..ClosedLoop::default() };
/// let mut desk = Desk::default();
/// let ask = |n| Request {
///     due: Default::default(), ticket: TicketId([n; 16]), queue: "care".into(), otherwise: None, kind: None,
/// };
/// let taken = desk.assign_all(&closed_loop, vec![ask(2), ask(1)], |_, _| None);
/// assert_eq!(taken[0].0, TicketId([1; 16]));
/// assert_eq!(taken[0].1.person.as_deref(), Some("ann"));
/// assert_eq!(taken[1].1.person.as_deref(), Some("bo"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Desk {
    /// By queue: the place in its pool whose turn is next.
    turns: BTreeMap<Arc<str>, u32>,
    seats: BTreeMap<TicketId, Seat>,
    /// By person: open tickets. Follows from the seats.
    #[serde(skip)]
    loads: BTreeMap<Arc<str>, u32>,
}

/// A desk as it is read back.
#[derive(Deserialize)]
struct Written {
    turns: BTreeMap<Arc<str>, u32>,
    seats: BTreeMap<TicketId, Seat>,
}

impl From<Written> for Desk {
    fn from(written: Written) -> Self {
        let mut desk = Self { turns: written.turns, seats: written.seats, loads: BTreeMap::new() };
        for seat in desk.seats.values().filter(|seat| seat.open) {
            if let Some(person) = &seat.person {
                let load = desk.loads.entry(person.clone()).or_default();
                *load = load.saturating_add(1);
            }
        }
        desk
    }
}

impl Request {
    /// What a ticket opened under these terms asks for.
    pub fn of(ticket: TicketId, due: Timestamp, spec: &TicketSpec, kind: Option<Arc<str>>) -> Self {
        Self { due, ticket, queue: spec.queue.clone(), otherwise: spec.otherwise.clone(), kind }
    }
}

impl Desk {
    /// Finds a person for each ticket, in the order of (due, ticket). `route` gives the value of a queue's route (by
    /// its place in document order) for a request; blank is none. A ticket that has a seat keeps it.
    pub fn assign_all(
        &mut self,
        closed_loop: &ClosedLoop,
        mut requests: Vec<Request>,
        mut route: impl FnMut(&Request, usize) -> Option<Arc<str>>,
    ) -> Vec<(TicketId, Seat)> {
        requests.sort_by_key(|request| (request.due, request.ticket));
        let assign = |request: Request| {
            let seat = self.assign(closed_loop, &request, |queue| route(&request, queue));
            (request.ticket, seat)
        };
        requests.into_iter().map(assign).collect()
    }

    /// Finds a person for one ticket. A ticket that has a seat keeps it.
    pub fn assign(
        &mut self,
        closed_loop: &ClosedLoop,
        request: &Request,
        mut route: impl FnMut(usize) -> Option<Arc<str>>,
    ) -> Seat {
        if let Some(seat) = self.seats.get(&request.ticket) {
            return seat.clone();
        }
        let queues = &closed_loop.queues;
        let takes = |queue: &QueueSpec| request.kind.as_ref().is_some_and(|kind| queue.kinds.contains(kind));
        let by_kind = queues.iter().enumerate().filter(|(_, queue)| takes(queue)).map(|(place, _)| place);
        let named = closed_loop.queue(&request.queue);
        let otherwise = request.otherwise.as_ref().and_then(|queue| closed_loop.queue(queue));
        let order = named.into_iter().chain(by_kind).chain(otherwise);
        let mut seat = Seat { queue: request.queue.clone(), person: None, open: true };
        for place in order {
            let Some(queue) = queues.get(place) else { continue };
            if let Some(person) = self.choose(queue, route(place)) {
                seat = Seat { queue: queue.id.clone(), person: Some(person), open: true };
                break;
            }
        }
        self.sit(request.ticket, seat.clone());
        seat
    }

    /// Moves an open ticket to where an escalation leads: a queue, else the person of that name. It stays where it is
    /// when that queue can not route. Gives where it is then; `None` when it has no seat or is closed.
    pub fn escalate(
        &mut self,
        closed_loop: &ClosedLoop,
        ticket: TicketId,
        to: &Arc<str>,
        mut route: impl FnMut(usize) -> Option<Arc<str>>,
    ) -> Option<Seat> {
        let seat = self.seats.get(&ticket).filter(|seat| seat.open)?.clone();
        let place = closed_loop.queue(to);
        let moved = match place.and_then(|place| Some((place, closed_loop.queues.get(place)?))) {
            None => Some(Seat { person: Some(to.clone()), ..seat.clone() }),
            Some((place, queue)) => {
                let person = self.choose(queue, route(place));
                person.map(|person| Seat { queue: queue.id.clone(), person: Some(person), open: true })
            }
        };
        let seat = moved.unwrap_or(seat);
        self.sit(ticket, seat.clone());
        Some(seat)
    }

    /// Follows a step: an assignment hands the ticket over, closing and reopening change whose load it is.
    pub fn follow(&mut self, step: &TicketStep, change: &Change) {
        let Some(mut seat) = self.seats.get(&change.ticket).cloned() else { return };
        if let (Step::Assigned, Some(person)) = (step.step, &step.who) {
            seat.person = Some(person.clone());
        }
        seat.open = change.after != Status::Closed;
        self.sit(change.ticket, seat);
    }

    /// Forgets a ticket that its customer's state no longer holds.
    pub fn forget(&mut self, ticket: TicketId) {
        if let Some(seat) = self.seats.remove(&ticket) {
            self.count(&seat, false);
        }
    }

    /// Whose turn it is, and no ticket.
    pub fn without_seats(&self) -> Self {
        Self { turns: self.turns.clone(), ..Self::default() }
    }

    /// The same with these tickets.
    #[must_use]
    pub fn with_seats(mut self, seats: impl IntoIterator<Item = (TicketId, Seat)>) -> Self {
        seats.into_iter().for_each(|(ticket, seat)| self.sit(ticket, seat));
        self
    }

    /// Where a ticket is; `None` when the desk never had it.
    pub fn seat(&self, ticket: TicketId) -> Option<&Seat> {
        self.seats.get(&ticket)
    }

    /// How many open tickets a person has.
    pub fn load(&self, person: &str) -> u32 {
        self.loads.get(person).copied().unwrap_or(0)
    }

    /// The open tickets that nobody has, by id.
    pub fn unrouted(&self) -> impl Iterator<Item = TicketId> {
        self.seats.iter().filter(|(_, seat)| seat.open && seat.person.is_none()).map(|(id, _)| *id)
    }

    /// The person of a queue whose turn it is; `None` when it can not route.
    fn choose(&mut self, queue: &QueueSpec, route: Option<Arc<str>>) -> Option<Arc<str>> {
        if let Some(person) = route.filter(|person| !person.trim().is_empty()) {
            return Some(person);
        }
        match queue.assign {
            Assign::LeastLoaded => queue.pool.iter().min_by_key(|person| self.load(person)).cloned(),
            Assign::RoundRobin => {
                let next = self.turns.get(&queue.id).copied().unwrap_or(0);
                let place = usize::try_from(next).ok()?.checked_rem(queue.pool.len())?;
                let after = (place + 1).checked_rem(queue.pool.len())?;
                self.turns.insert(queue.id.clone(), u32::try_from(after).unwrap_or(0));
                queue.pool.get(place).cloned()
            }
        }
    }

    fn sit(&mut self, ticket: TicketId, seat: Seat) {
        self.count(&seat, true);
        if let Some(before) = self.seats.insert(ticket, seat) {
            self.count(&before, false);
        }
    }

    fn count(&mut self, seat: &Seat, more: bool) {
        let Some(person) = seat.person.as_ref().filter(|_| seat.open) else { return };
        let load = self.loads.entry(person.clone()).or_default();
        *load = if more { load.saturating_add(1) } else { load.saturating_sub(1) };
        if *load == 0 {
            self.loads.remove(person);
        }
    }
}
