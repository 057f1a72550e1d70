//! All tickets of one customer, as a part of the customer's state.
//!
//! Answers: opening, what comes due and fires, merging and dealing out by identity. Bounded: 16 tickets; the one that
//! was closed first gives way, an open one never does. Does not know: the desk, rules, other customers.

use serde::{Deserialize, Serialize, Serializer};

use crate::base::time::Timestamp;
use crate::base::zone::Zone;
use crate::error::{Error, ErrorCode};

use super::calendar::Calendar;
use super::state::{Opening, Ticket, TicketId, TicketMoment};

/// Most tickets of one customer.
pub const MAX_TICKETS: usize = 16;

/// The tickets of one customer, by (opened, id).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "Vec<Ticket>")]
pub struct Tickets {
    pub(super) list: Vec<Ticket>,
}

/// A ticket found no room: the customer has as many open ones as are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the customer has {} open tickets; close one first", MAX_TICKETS)]
pub struct TooManyTickets;

impl From<TooManyTickets> for Error {
    fn from(refusal: TooManyTickets) -> Self {
        Self::new(ErrorCode::Limit, refusal.to_string())
    }
}

impl Tickets {
    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Every ticket, by (opened, id).
    pub fn iter(&self) -> impl Iterator<Item = &Ticket> {
        self.list.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// A ticket by its name.
    pub fn ticket(&self, id: TicketId) -> Option<&Ticket> {
        self.list.iter().find(|ticket| ticket.id == id)
    }

    /// Opens a ticket; the limits run by the clocks of `zone`. Opening the same one again has no effect.
    /// Gives the closed tickets that gave way.
    ///
    /// # Errors
    /// [`TooManyTickets`] when 16 are open; nothing changed.
    pub fn open(
        &mut self,
        opening: Opening,
        calendar: &Calendar,
        zone: &Zone,
    ) -> Result<Vec<TicketId>, TooManyTickets> {
        if self.ticket(opening.id).is_some() {
            return Ok(Vec::new());
        }
        if self.list.iter().filter(|ticket| !ticket.is_closed()).count() >= MAX_TICKETS {
            return Err(TooManyTickets);
        }
        let gone = self.shed(MAX_TICKETS - 1);
        let ticket = Ticket::open(opening, calendar, zone);
        let place = self.list.partition_point(|t| rank(t) < rank(&ticket));
        self.list.insert(place, ticket);
        Ok(gone)
    }

    /// Takes a ticket away as if it had never been: the decision that opened it was revoked.
    pub fn withdraw(&mut self, id: TicketId) -> Option<Ticket> {
        let place = self.list.iter().position(|ticket| ticket.id == id)?;
        Some(self.list.remove(place))
    }

    /// Lets the tickets that were closed first give way until at most so many are left or the rest is open.
    pub fn shed(&mut self, most: usize) -> Vec<TicketId> {
        let mut gone = Vec::new();
        while self.list.len() > most {
            let closed = self.list.iter().enumerate();
            let first = closed.filter_map(|(place, t)| t.closed_at().map(|at| ((at, t.id), place))).min();
            let Some(((_, id), place)) = first else { break };
            self.list.remove(place);
            gone.push(id);
        }
        gone
    }

    /// The next instant at which a limit is missed or an escalation is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.list.iter().filter_map(Ticket::next_due).min()
    }

    /// Fires what came due before `until`, and at that very instant too when it is `closed`: a step done at the very
    /// instant of its limit is still in time. In order of (due, ticket, limit, place). Nothing fires twice, and
    /// nothing whose step was done by then.
    pub fn fire(&mut self, until: Timestamp, closed: bool) -> Vec<TicketMoment> {
        let mut fired = Vec::new();
        let over = |due: Timestamp| due < until || (closed && due == until);
        self.list.iter_mut().for_each(|ticket| ticket.fire(over, &mut fired));
        fired.sort_by_key(|fired| fired.rank());
        fired
    }

    /// Unites two sides: the tickets of both, the same one known to both as one. Beyond 16 those closed first give
    /// way and are told; open ones are all kept.
    pub fn merge(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) -> Vec<TicketId> {
        for theirs in &other.list {
            let theirs = Ticket { by: renumber(theirs.by), ..theirs.clone() };
            match self.list.iter_mut().find(|mine| mine.id == theirs.id) {
                Some(mine) => mine.join(theirs),
                None => self.list.push(theirs),
            }
        }
        self.list.sort_by_key(rank);
        self.shed(MAX_TICKETS)
    }

    /// Takes out the tickets of an identity.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let (gone, kept): (Vec<Ticket>, Vec<Ticket>) = self.list.drain(..).partition(|t| leaves(t.by));
        self.list = kept;
        let mut gone = Self { list: gone };
        gone.renumber(renumber);
        gone
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        self.list.iter_mut().for_each(|ticket| ticket.by = renumber(ticket.by));
    }
}

impl Serialize for Tickets {
    /// A list of tickets.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(s)
    }
}

impl TryFrom<Vec<Ticket>> for Tickets {
    type Error = &'static str;

    /// Takes what this engine wrote; a list out of order or a ticket beyond its bounds is refused.
    fn try_from(list: Vec<Ticket>) -> Result<Self, Self::Error> {
        if !list.is_sorted_by(|a, b| rank(a) < rank(b)) {
            return Err("tickets out of order");
        }
        if !list.iter().all(Ticket::is_sound) {
            return Err("a ticket is damaged");
        }
        Ok(Self { list })
    }
}

/// What puts tickets in order, whoever remembered them.
fn rank(ticket: &Ticket) -> (Timestamp, TicketId) {
    (ticket.opened, ticket.id)
}
