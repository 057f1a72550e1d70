//! Tickets as rows of a list: what people see of each.
//!
//! Answers: one flat row per ticket. Does not know: how rows are filtered and drawn.

use std::sync::Arc;

use serde::Serialize;

use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;

use super::desk::Seat;
use super::spec::Limit;
use super::state::{Status, Ticket, TicketId};

/// One ticket of one customer, as listed. Lists stand in the order of (opened, id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TicketRow {
    /// The ticket's name: the id of its decision.
    pub id: TicketId,
    /// The customer's key.
    pub customer: IdentityKey,
    /// The rule that opened it.
    pub rule: Arc<str>,
    /// The queue that has it; the named one while nobody does.
    pub queue: Arc<str>,
    /// Who has it; `None` while nobody does.
    pub person: Option<Arc<str>>,
    /// What kind of matter it is.
    pub kind: Option<Arc<str>>,
    /// Where it stands; an open one that somebody has is assigned.
    pub status: Status,
    /// When it was opened.
    pub opened: Timestamp,
    /// Until when it was to be accepted; `None` without a limit.
    pub accept_by: Option<Timestamp>,
    /// Until when the customer was to be contacted.
    pub contact_by: Option<Timestamp>,
    /// Until when it was to be resolved, counted from the last reopening.
    pub resolve_by: Option<Timestamp>,
    /// Until when the customer was to be told, counted from the last reopening.
    pub tell_by: Option<Timestamp>,
    /// The limits that were missed and whose step is still not done.
    pub overdue: Vec<Limit>,
    /// What staff said last: name and value, by name.
    pub facts: Vec<(Arc<str>, Arc<str>)>,
}

impl TicketRow {
    /// Who has it, as the desk says.
    pub(crate) fn take_seat(&mut self, seat: &Seat) {
        self.queue = seat.queue.clone();
        self.person = seat.person.clone();
        if self.status == Status::Open && self.person.is_some() {
            self.status = Status::Assigned;
        }
    }

    /// The row of a ticket that sits there.
    pub fn of(ticket: &Ticket, customer: &IdentityKey, seat: Option<&Seat>) -> Self {
        let person = seat.and_then(|seat| seat.person.clone());
        let status = match ticket.status() {
            Status::Open if person.is_some() => Status::Assigned,
            status => status,
        };
        let limits = ticket.limits();
        Self {
            id: ticket.id(),
            customer: customer.clone(),
            rule: ticket.rule().clone(),
            queue: seat.map_or_else(|| ticket.spec().queue.clone(), |seat| seat.queue.clone()),
            person,
            kind: ticket.kind().cloned(),
            status,
            opened: ticket.opened(),
            accept_by: limits.accept,
            contact_by: limits.contact,
            resolve_by: limits.resolve,
            tell_by: limits.tell,
            overdue: ticket.overdue().collect(),
            facts: ticket.facts().iter().map(|fact| (fact.name.clone(), fact.value.clone())).collect(),
        }
    }
}
