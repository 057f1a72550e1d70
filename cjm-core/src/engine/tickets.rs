//! Tickets inside one customer's state: opened by decisions, stepped by events, told of when a limit is missed.
//!
//! Answers: the rows and requests of a customer's tickets, which queue's person a route names, what a missed limit
//! leads to. Does not know: the desk; who has a ticket is the host's.

use std::cell::Cell;
use std::sync::Arc;

use crate::base::hash::hex;
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::event::Event;
use crate::journey::{Ask, Situation};
use crate::outreach::{DecisionFacts, DecisionId};
use crate::plan::{Plan, reserved};
use crate::ticket::{
    Change, Desk, Missed, Opening, Request, StepRefusal, TicketId, TicketMoment, TicketRow, TicketSpec,
    TicketStep, TooManyTickets,
};

use super::decision::{ActionKind, Decision};
use super::kernel::NoEvent;
use super::rules::present_trip;
use super::scope::Asker;
use super::state::CustomerState;

/// What an event `ticket_step` says beside its declared attributes: a record, JSON text of one, or a note.
pub(super) const FACTS: &str = "facts";

impl CustomerState {
    /// The customer's tickets as rows, by (opened, id). Who has them is the host's to know: queue and person are
    /// those of the blueprint; see [`CustomerState::tickets_at`].
    pub fn tickets(&self) -> Vec<TicketRow> {
        self.rows(|_| None)
    }

    /// The customer's tickets as rows, by (opened, id), with the queue and person that a desk gave them.
    pub fn tickets_at(&self, desk: &Desk) -> Vec<TicketRow> {
        self.rows(|id| desk.seat(id))
    }

    /// What a ticket asks of the desk; `None` when the customer has no such ticket.
    pub fn request(&self, ticket: TicketId) -> Option<Request> {
        let ticket = self.tickets.ticket(ticket)?;
        Some(Request::of(ticket.id(), ticket.opened(), ticket.spec(), ticket.kind().cloned()))
    }

    fn rows<'d>(&self, seat: impl Fn(TicketId) -> Option<&'d crate::ticket::Seat>) -> Vec<TicketRow> {
        let Some(customer) = self.key() else { return Vec::new() };
        self.tickets.iter().map(|ticket| TicketRow::of(ticket, customer, seat(ticket.id()))).collect()
    }

    fn zone_or<'a>(&'a self, plan: &'a Plan) -> &'a crate::Zone {
        self.zone.as_ref().unwrap_or(&plan.zone)
    }
}

impl Plan {
    /// The person whom the route of a queue names for the customer as the state knows them now, by the queue's place
    /// in document order; `None` where the queue has no route or it names nobody.
    pub fn route(&self, state: &CustomerState, queue: usize) -> Option<Arc<str>> {
        let route = self.rules.routes.get(queue)?.as_ref()?;
        let errors = Cell::new(0);
        let now = state.frontier().unwrap_or_default();
        let asker: Asker<'_, NoEvent> =
            Asker::new(self, &state.facts, state.zone.as_ref(), None, now, &errors);
        match asker.value(route, Situation { trip: present_trip(&state.trips.open) }) {
            Value::Text(person) if !person.trim().is_empty() => Some(person),
            _ => None,
        }
    }
}

/// The step that an event `ticket_step` tells; `None` for any other event.
///
/// # Errors
/// What can not be read of it.
pub(super) fn step_of(event: &Event) -> Result<Option<TicketStep>, StepRefusal> {
    if *event.name != *reserved::TICKET_STEP {
        return Ok(None);
    }
    let [ticket, step, by, facts] =
        ["ticket", "step", "by", FACTS].map(|name| event.attribute(name).as_ref());
    TicketStep::read(ticket, step, by, facts).map(Some)
}

/// Does a step of a ticket at the time of its event.
pub(super) fn step(
    plan: &Plan,
    state: &mut CustomerState,
    step: &TicketStep,
    at: Timestamp,
) -> Result<Change, StepRefusal> {
    let zone = state.zone.as_ref().unwrap_or(&plan.zone);
    state.tickets.step(step, at, &plan.rules.closed_loop, zone)
}

/// Opens the ticket of a decision. Gives the closed tickets that gave way.
pub(super) fn open(
    plan: &Plan,
    state: &mut CustomerState,
    id: DecisionId,
    (rule, spec): (&Arc<str>, &Arc<TicketSpec>),
    kind: Option<Arc<str>>,
    (at, by): (Timestamp, u8),
) -> Result<Vec<TicketId>, TooManyTickets> {
    let (rule, spec) = (rule.clone(), spec.clone());
    let opening = Opening { id: TicketId(*id.as_bytes()), rule, kind, at, by, spec };
    let zone = state.zone_or(plan).clone();
    state.tickets.open(opening, &plan.rules.closed_loop.calendar, &zone)
}

/// The decision that an escalation is; a limit that was missed alone is none.
pub(super) fn escalation(plan: &Plan, state: &CustomerState, missed: &TicketMoment) -> Option<Decision> {
    let Missed::Escalate { place, to } = &missed.what else { return None };
    let ticket = state.tickets.ticket(missed.ticket)?;
    let customer = state.key()?.clone();
    let rule = plan.rules.list.iter().find(|rule| rule.id == *ticket.rule());
    let name = hex(&missed.ticket.0);
    let id = DecisionFacts {
        rule: ticket.rule(),
        lineage: rule.map_or("", |rule| &rule.lineage),
        kind: &customer.kind,
        value: &customer.value,
        key: &name,
        events: &[("limit", missed.limit.name())],
        due: Some(missed.due),
        step: 0,
        item: u32::from(*place),
    }
    .id();
    let text = |text: &str| Value::Text(text.into());
    Some(Decision {
        id,
        rule: ticket.rule().clone(),
        customer,
        key: None,
        due: missed.due,
        step: 0,
        item: u32::from(*place),
        action: ActionKind::Escalate,
        target: to.clone(),
        channel: None,
        purpose: None,
        arguments: vec![("ticket".into(), text(&name)), ("limit".into(), text(missed.limit.name()))],
        arm: None,
        applied: false,
        events: Vec::new(),
        dimensions: Vec::new(),
    })
}

/// The kind of a ticket from the value of its item's `kind`.
pub(super) fn kind_of(value: ValueRef<'_>) -> Option<Arc<str>> {
    match value {
        ValueRef::Text(text) if !text.trim().is_empty() => Some(text.into()),
        ValueRef::Int(number) => Some(number.to_string().into()),
        ValueRef::Bool(truth) => Some(truth.to_string().into()),
        _ => None,
    }
}
