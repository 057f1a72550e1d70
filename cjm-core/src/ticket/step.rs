//! Steps of tickets: what the event `ticket_step` does, and when it is refused.
//!
//! Answers: which steps are allowed where a ticket stands, what they count as done, what closing needs.
//! Does not know: events; who reads them hands over their attributes. A refused step changes nothing.
//!
//! # What a step does
//! | step | refused where | counts as done with it |
//! |---|---|---|
//! | `assigned` | closed | - (done again it names another person) |
//! | `accepted` | closed | - |
//! | `contacted` | closed | accepted |
//! | `resolved` | closed | accepted |
//! | `told` | closed | accepted, contacted, resolved |
//! | `closed` | something required is missing | - |
//! | `reopened` | neither resolved, told nor closed | - (a new round begins) |
//!
//! A step counts an earlier one as done only where it can not be without it: who tells a result has one and speaks to
//! the customer. Resolving does not count as contacting: the limit of contact runs on until the customer is contacted
//! or told, and a contact may still be recorded after it. Closing ends all limits and counts nothing as done.
//!
//! A step done again has no effect but for the facts it brings; the earliest time counts. What an event's own time
//! says decides: a step that comes late, from before the closing or the reopening, is recorded where it belongs.
//!
//! Reopening starts the limits of resolve and tell anew from its own time; a contact still owed stays owed. Closing
//! needs everything that is required again: facts said since the reopening.

use std::sync::Arc;

use crate::base::ids::{MAX_ID_BYTES, nearest};
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::base::zone::Zone;
use crate::error::{Error, ErrorCode};

use super::facts::{self, Facts, MAX_FACT_BYTES, MAX_FACTS, ROOT_CAUSE, Said};
use super::spec::{ClosedLoop, Limit};
use super::state::{Done, Status, Step, Ticket, TicketId};
use super::tickets::Tickets;

/// A step as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketStep {
    /// Which ticket.
    pub ticket: TicketId,
    /// What was done.
    pub step: Step,
    /// Who did it; for [`Step::Assigned`] who was given the ticket.
    pub who: Option<Arc<str>>,
    /// What was said.
    pub facts: Said,
}

/// What a step changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which ticket.
    pub ticket: TicketId,
    /// Where it stood.
    pub before: Status,
    /// Where it stands.
    pub after: Status,
    /// The steps that are done now and were not, by (round, step); empty when the step had been done.
    pub done: Vec<Step>,
}

/// Why a step is refused. The message tells people; [`StepRefusal::slug`] tells machines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepRefusal {
    /// The customer has no such ticket, or has it no more.
    #[error("the customer has no ticket `{0}`")]
    UnknownTicket(String),
    /// No step has that name.
    #[error("`{name}` is no step of a ticket{}", did_you_mean(.near.as_deref()))]
    UnknownStep {
        /// As written.
        name: String,
        /// The nearest step, when one is near enough.
        near: Option<String>,
    },
    /// The step's time is before the opening.
    #[error("the step is earlier than the ticket")]
    BeforeOpening,
    /// The ticket was closed by then.
    #[error("the ticket is closed; reopen it first")]
    Closed,
    /// There is nothing to reopen.
    #[error("the ticket is {}; only one that is resolved, told or closed can be reopened", .0.name())]
    NotDone(Status),
    /// Closing needs more, in the order in which it is required.
    #[error("closing needs {}", listed(.0))]
    Missing(Vec<Arc<str>>),
    /// The root cause is not one of those declared.
    #[error("`{name}` is no declared root cause{}", did_you_mean(.near.as_deref()))]
    UnknownRootCause {
        /// As said.
        name: String,
        /// The nearest declared one, when one is near enough.
        near: Option<String>,
    },
    /// The facts are no flat record of names and values.
    #[error("`{0}` is no fact; write a name and a value, as in `root_cause` and `cold_food`")]
    BadFacts(String),
    /// The ticket would hold more facts than it may.
    #[error("a ticket holds at most {} facts of together {} bytes", MAX_FACTS, MAX_FACT_BYTES)]
    TooManyFacts,
    /// The name of who did it is too long.
    #[error("the name of a person has at most {} bytes", MAX_ID_BYTES)]
    LongName,
}

impl StepRefusal {
    /// The stable name of the reason.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::UnknownTicket(_) => "unknown_ticket",
            Self::UnknownStep { .. } => "unknown_step",
            Self::BeforeOpening => "before_opening",
            Self::Closed => "closed",
            Self::NotDone(_) => "not_done",
            Self::Missing(_) => "missing",
            Self::UnknownRootCause { .. } => "unknown_root_cause",
            Self::BadFacts(_) => "bad_facts",
            Self::TooManyFacts => "too_many_facts",
            Self::LongName => "long_name",
        }
    }
}

impl From<StepRefusal> for Error {
    fn from(refusal: StepRefusal) -> Self {
        let code = match refusal {
            StepRefusal::UnknownTicket(_) => ErrorCode::NotFound,
            StepRefusal::TooManyFacts | StepRefusal::LongName => ErrorCode::Limit,
            _ => ErrorCode::BadEvent,
        };
        Self::new(code, refusal.to_string())
    }
}

impl TicketStep {
    /// Reads the attributes of an event `ticket_step`. Facts are a record, JSON text of one, or a note.
    ///
    /// # Errors
    /// A refusal that names what can not be read.
    ///
    /// ```
    /// use cjm_core::ValueRef;
    /// use cjm_core::ticket::{Step, TicketStep};
    /// let text = ValueRef::Text;
    /// let id = "000102030405060708090a0b0c0d0e0f";
    /// let step = TicketStep::read(text(id), text("contacted"), text("mei"), text("called back"))?;
    /// assert_eq!((step.step, step.facts.len()), (Step::Contacted, 1));
    /// # Ok::<(), cjm_core::ticket::StepRefusal>(())
    /// ```
    pub fn read(
        ticket: ValueRef<'_>,
        step: ValueRef<'_>,
        by: ValueRef<'_>,
        facts: ValueRef<'_>,
    ) -> Result<Self, StepRefusal> {
        let (ticket, step) = (word(ticket), word(step));
        let id = TicketId::parse(ticket).ok_or_else(|| StepRefusal::UnknownTicket(ticket.into()))?;
        let step = Step::named(step).ok_or_else(|| StepRefusal::UnknownStep {
            name: step.into(),
            near: nearest(step, Step::ALL.map(Step::name)).map(Into::into),
        })?;
        let who = Some(word(by)).filter(|name| !name.trim().is_empty());
        if who.is_some_and(|name| name.len() > MAX_ID_BYTES) {
            return Err(StepRefusal::LongName);
        }
        Ok(Self { ticket: id, step, who: who.map(Into::into), facts: facts::read(facts)? })
    }
}

impl Tickets {
    /// Does a step at the time of its event; limits that start anew run by the clocks of `zone`.
    ///
    /// # Errors
    /// The reason why it is refused; nothing changed.
    pub fn step(
        &mut self,
        step: &TicketStep,
        at: Timestamp,
        closed_loop: &ClosedLoop,
        zone: &Zone,
    ) -> Result<Change, StepRefusal> {
        let ticket = self.list.iter_mut().find(|ticket| ticket.id == step.ticket);
        let ticket = ticket.ok_or_else(|| StepRefusal::UnknownTicket(step.ticket.to_string()))?;
        let round = judge(ticket, step.step, at)?;
        let facts = facts_after(ticket, step, round, at, closed_loop)?;
        let (before, known) = (ticket.status(), ticket.steps.clone());
        ticket.facts = facts;
        let anew = step.step == Step::Reopened && ticket.done(round, Step::Reopened).is_none() && round > 0;
        let done =
            |step, implied, who: &Option<Arc<str>>| Done { round, step, at, who: who.clone(), implied };
        if step.step != Step::Reopened || anew {
            ticket.record(done(step.step, false, &step.who));
        }
        for earlier in entailed(step.step) {
            ticket.record(done(*earlier, true, &step.who));
        }
        if anew {
            let limits = Limit::ALL.into_iter().filter(|limit| limit.starts_anew());
            limits.for_each(|limit| ticket.start(limit, at, round, &closed_loop.calendar, zone));
        }
        ticket.settle();
        let is_new = |d: &&Done| !known.iter().any(|k| (k.round, k.step) == (d.round, d.step));
        let done = ticket.steps.iter().filter(is_new).map(|d| d.step).collect();
        Ok(Change { ticket: ticket.id, before, after: ticket.status(), done })
    }
}

/// The round in which a step is to be recorded, when it is allowed.
fn judge(ticket: &Ticket, step: Step, at: Timestamp) -> Result<u32, StepRefusal> {
    if at < ticket.opened {
        return Err(StepRefusal::BeforeOpening);
    }
    let round = ticket.round_at(at);
    let was = |step: Step| ticket.done(round, step).is_some_and(|done| done.at <= at);
    if step == Step::Reopened {
        let finished = was(Step::Resolved) || was(Step::Told) || was(Step::Closed);
        return match (finished, round < ticket.round()) {
            (true, false) => Ok(round.saturating_add(1)),
            // it is known to have been reopened since
            (_, true) => Ok(round),
            (false, false) if round > 0 => Ok(round),
            (false, false) => Err(StepRefusal::NotDone(ticket.status())),
        };
    }
    let again = ticket.done(round, step).is_some() && step != Step::Assigned;
    if was(Step::Closed) && !again {
        return Err(StepRefusal::Closed);
    }
    Ok(round)
}

/// The ticket's facts with those of the step, when they are allowed and, for a closing, enough.
fn facts_after(
    ticket: &Ticket,
    step: &TicketStep,
    round: u32,
    at: Timestamp,
    closed_loop: &ClosedLoop,
) -> Result<Facts, StepRefusal> {
    let causes = &closed_loop.root_causes;
    let cause = step.facts.get(ROOT_CAUSE).filter(|cause| !causes.is_empty() && !causes.contains(cause));
    if let Some(cause) = cause {
        let near = nearest(cause, causes.iter().map(|known| &**known)).map(Into::into);
        return Err(StepRefusal::UnknownRootCause { name: cause.to_string(), near });
    }
    let mut facts = ticket.facts.clone();
    if !facts.say(&step.facts, round, at) {
        return Err(StepRefusal::TooManyFacts);
    }
    if step.step == Step::Closed && ticket.done(round, Step::Closed).is_none() {
        let given = |name: &str| {
            facts.gives(name, round) || Step::named(name).is_some_and(|s| ticket.done(round, s).is_some())
        };
        let missing: Vec<Arc<str>> =
            closed_loop.requires.iter().filter(|name| !given(name)).cloned().collect();
        if !missing.is_empty() {
            return Err(StepRefusal::Missing(missing));
        }
    }
    Ok(facts)
}

/// The steps without which a step can not be.
const fn entailed(step: Step) -> &'static [Step] {
    match step {
        Step::Contacted | Step::Resolved => &[Step::Accepted],
        Step::Told => &[Step::Accepted, Step::Contacted, Step::Resolved],
        Step::Reopened | Step::Assigned | Step::Accepted | Step::Closed => &[],
    }
}

/// A text; anything else is none.
fn word(value: ValueRef<'_>) -> &str {
    if let ValueRef::Text(text) = value { text } else { "" }
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn listed(names: &[Arc<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
