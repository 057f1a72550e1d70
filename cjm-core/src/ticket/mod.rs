//! Floor 5: closed-loop tickets: a customer's tickets and their time limits, and the desk that hands them out.
//!
//! Answers: what a ticket's steps and limits are and what comes of a missed one; who a ticket goes to.
//! Does not know: events, plans, other customers; conditions are evaluated by who calls.
//!
//! # A ticket's life
//! A decision opens it; its limits are fixed then, in all time or in business time. Steps are told by events (see
//! [`TicketStep`]). At the instant of a limit whose step is not done the limit is told to be missed
//! ([`Missed::Overdue`]), and each escalation its own delay after it, in all time or business time as the limits are.
//! A step done at the very instant of its limit is in time; a step done late still ends the escalations to come.
//!
//! Statuses and steps stand in the table of `step`; the terms of a ticket are kept with it, so that a changed
//! blueprint does not move what was promised.
//!
//! # Bounds
//! 16 tickets per customer: the one closed first gives way, an open one never does (a further one is refused).
//! 16 escalations per item, 8 facts of together 1 KiB, the last four rounds of a ticket reopened again and again.

mod calendar;
mod desk;
mod facts;
mod row;
mod spec;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod tickets;

pub use self::calendar::{BusinessTime, Calendar, HORIZON_DAYS};
pub use self::desk::{Desk, Request, Seat};
pub use self::facts::{Fact, Facts, MAX_FACT_BYTES, MAX_FACTS, NOTE, ROOT_CAUSE, Said};
pub use self::row::TicketRow;
pub use self::spec::{ByLimit, ClosedLoop, EscalationSpec, Limit, MAX_ESCALATIONS, QueueSpec, TicketSpec};
pub use self::state::{Done, MAX_ROUNDS, Missed, Opening, Status, Step, Ticket, TicketId, TicketMoment};
pub use self::step::{Change, StepRefusal, TicketStep};
pub use self::tickets::{MAX_TICKETS, Tickets, TooManyTickets};
