//! An engine of which somebody else keeps everything, and which itself holds some of the customers: what a store needs.
//!
//! Answers: what the calls since the last look changed, as rows and bytes; takes customers in by their bytes and lets
//! them go; begins again from rows. What is decided is the same as by an engine that holds everybody, as long as
//! everybody whom an input names is held. Does not know: files, databases, transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::outreach::DecisionId;
use crate::plan::Plan;
use crate::ticket::TicketId;

use super::super::decision::{ActionKind, Decision, Outcome, Refusal, TicketNews};
use super::super::recent::Known;
use super::super::state::CustomerState;
use super::super::typed::TypedEvent;
use super::outbox::{Kept, Outbox};
use super::people::{KeptState, keys_of};
use super::stage::{Stage, ticket_of};
use super::{Engine, RefusedLink};

/// What calls changed.
#[derive(Debug, Default)]
pub struct Changes {
    /// Customers whose state changed, by number; [`Changed::read`] says what they are now.
    pub customers: Vec<Changed>,
    /// Numbers of customers who are no more: forgotten, or united with another. They are given anew from here on.
    pub gone: Vec<u32>,
    /// Decisions of which anything changed between being decided and being forgotten, by id.
    pub outbox: Vec<OutboxRow>,
    /// Links that were counted.
    pub links: Vec<(u64, u32)>,
    /// Identities of which no links are counted any more, as [`Changes::links`] names them.
    pub unlinked: Vec<u64>,
    /// What was refused, in the order in which it came. The engine does not keep it.
    pub refusals: Vec<Refusal>,
    /// Links that were refused. The engine does not keep them.
    pub refused_links: Vec<RefusedLink>,
    /// Goals that were met. The engine does not keep them.
    pub outcomes: Vec<Outcome>,
    /// Seats of tickets that changed, as bytes; of those that are no more none. By ticket.
    pub seats: Vec<(TicketId, Option<Vec<u8>>)>,
    /// Budgets and turns as bytes, where they may have changed.
    pub stage: Option<Vec<u8>>,
    /// The sequence that the next decision is put into the outbox with.
    pub next: u64,
}

/// A copy of a customer whose state changed, as the engine keeps it: any thread can read it, which takes longer than
/// copying it.
#[derive(Debug)]
pub struct Changed {
    number: u32,
    kept: KeptState,
}

impl Changed {
    /// What the customer is now; `None` for one whom the engine does not hold.
    pub fn read(&self) -> Option<ChangedCustomer> {
        let (number, state) = (self.number, self.kept.open()?);
        let mut keys = keys_of(&state);
        let mut seen = BTreeSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        let (due, n_tickets) = (state.next_due(), state.tickets.iter().count());
        Some(ChangedCustomer { number, keys, due, n_tickets, state: state.encode() })
    }
}

/// A customer whose state changed.
#[derive(Debug)]
pub struct ChangedCustomer {
    /// Number in the engine, as long as it holds the customer.
    pub number: u32,
    /// Identities by which the customer is found, the key first.
    pub keys: Vec<IdentityKey>,
    /// When the customer next wants to hear of time.
    pub due: Option<Timestamp>,
    /// How many tickets the customer has.
    pub n_tickets: usize,
    /// The state, in the envelope of [`CustomerState::encode`].
    pub state: Vec<u8>,
}

/// What is known of a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Its id.
    pub id: DecisionId,
    /// Nothing more when it is forgotten.
    pub known: Option<OutboxEntry>,
}

/// What is known of a decision that is or was handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxEntry {
    /// Whose it is.
    pub customer: IdentityKey,
    /// What was heard of it, a bit for each outcome.
    pub outcomes: u16,
    /// Its sequence and itself as bytes, while it is to be handed over.
    pub open: Option<(u64, Vec<u8>)>,
}

/// What an engine begins again from.
#[derive(Debug, Default)]
pub struct Base {
    /// The last time that everybody heard of.
    pub now: Option<Timestamp>,
    /// The sequence that the next decision is put into the outbox with.
    pub next: u64,
    /// Decisions that are known: those to be handed over in any order, those heard of in the order in which they were.
    pub outbox: Vec<(DecisionId, OutboxEntry)>,
    /// Counted links.
    pub links: Vec<(u64, u32)>,
    /// Budgets and turns; empty when there were none.
    pub stage: Vec<u8>,
    /// Seats of tickets.
    pub seats: Vec<(TicketId, Vec<u8>)>,
    /// How often each rule was refused for each reason.
    pub refused: BTreeMap<(Arc<str>, Arc<str>), u64>,
}

/// What an engine remembers for the next look.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    tickets: BTreeSet<TicketId>,
    stage: bool,
    refusals: Vec<Refusal>,
}

impl Track {
    /// Notes which seats the decisions and the news of a call concern.
    pub(super) fn note(&mut self, decisions: &[Decision], news: &[TicketNews]) {
        self.tickets.extend(news.iter().filter_map(TicketNews::ticket));
        for decision in decisions {
            match decision.action {
                ActionKind::Ticket => self.tickets.extend([TicketId(*decision.id.as_bytes())]),
                ActionKind::Escalate => self.tickets.extend(ticket_of(decision)),
                ActionKind::Send => {}
                _ => continue,
            }
            self.stage = true;
        }
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
    }

    pub(super) fn forget(&mut self, ticket: TicketId) {
        self.tickets.insert(ticket);
    }
}

impl Engine {
    /// An engine that goes on from what somebody kept, holds nobody yet, and remembers what its calls change.
    ///
    /// # Errors
    /// `state` for bytes that are none of an engine.
    pub fn shelved(plan: Arc<Plan>, base: Base) -> Result<Self> {
        let mut engine = Self::new(plan);
        engine.people.set_links(&base.links);
        engine.people.track();
        engine.now = base.now;
        let outbox: Result<Vec<(DecisionId, Kept)>> = base.outbox.into_iter().map(kept).collect();
        engine.outbox = Outbox::of_rows(base.next, outbox?);
        engine.outbox.track();
        engine.stage = Stage::of_parts(&base.stage, base.seats)?;
        engine.refused = base.refused;
        engine.track = Some(Track::default());
        Ok(engine)
    }

    /// Takes in a customer whom somebody kept; gives the number under which the engine holds it.
    ///
    /// # Errors
    /// `state` for bytes that are damaged, `newer_format` for those of a newer version.
    pub fn admit(&mut self, state: &[u8]) -> Result<u32> {
        let state = CustomerState::decode(&self.plan, state)?;
        Ok(self.people.admit(state))
    }

    /// Lets a customer go whom somebody keeps; what changed since the last look must have been asked for.
    pub fn let_go(&mut self, number: u32) {
        self.people.let_go(number);
    }

    /// Lets everybody go, on the same condition.
    pub fn let_all_go(&mut self) {
        self.people.let_all_go();
    }

    /// The number under which the engine holds the customer who has an identity.
    pub fn number(&self, key: &IdentityKey) -> Option<u32> {
        self.people.number(key)
    }

    /// The customer's identity by which an event that was taken in is its: the strongest, but for one that gave way as its
    /// link was refused.
    pub fn customer_of(&self, event: &Event) -> Option<IdentityKey> {
        self.people.key_of(&self.plan, event)
    }

    /// The instant up to which a customer who is held has come; the last that everybody heard of, where that is later.
    pub fn clock_of(&self, key: &IdentityKey) -> Option<Timestamp> {
        let state = self.people.state(self.number(key)?)?;
        state.frontier().max(self.now)
    }

    /// How many decisions of a customer are known who goes by these identities.
    pub fn n_known(&self, keys: &[IdentityKey]) -> usize {
        self.outbox.n_of(|own| keys.contains(own))
    }

    /// The first decision that waits to be acknowledged behind a delivery sequence, or of all.
    pub fn delivery_after(&self, sequence: Option<u64>) -> Option<(u64, &Decision)> {
        self.outbox.after(sequence)
    }

    /// What waits to be acknowledged with its delivery sequence, in that order.
    pub fn deliveries(&self) -> impl Iterator<Item = (u64, &Decision)> {
        self.outbox.deliveries()
    }

    /// Whose a decision is; `None` when it is not remembered.
    pub fn whose(&self, id: DecisionId) -> Option<&IdentityKey> {
        self.outbox.customer(id)
    }

    /// Whether a customer whom it holds and whom the event names remembers that event, or one of its source and id.
    pub fn remembers(&self, event: &TypedEvent<'_>) -> bool {
        let Some(key) = event.key() else { return false };
        let knows = |state: &CustomerState| {
            let known = [state.recent.known(key, event.body()), state.waiting.known(key, event.body())];
            known.iter().any(|known| *known != Known::New)
        };
        let identity = |(kind, value): &(Arc<str>, Arc<str>)| {
            let number = self.number(&IdentityKey { kind: kind.clone(), value: value.clone() })?;
            self.people.state(number)
        };
        event.event().identities.iter().filter_map(identity).any(|state| knows(&state))
    }

    /// What the calls since the last look changed. Empty unless the engine is one of [`Engine::shelved`].
    pub fn changes(&mut self) -> Changes {
        let Some(track) = self.track.as_mut().map(std::mem::take) else { return Changes::default() };
        let touched = self.people.take_touched();
        let customer = |number: u32| Some(Changed { number, kept: self.people.kept(number)? });
        let customers = touched.changed.into_iter().filter_map(customer).collect();
        let seat = |ticket: TicketId| (ticket, self.stage.seat_bytes(ticket));
        Changes {
            customers,
            gone: touched.gone.into_iter().collect(),
            links: touched.links,
            unlinked: touched.unlinked,
            seats: track.tickets.into_iter().map(seat).collect(),
            stage: track.stage.then(|| self.stage.common_bytes()),
            outbox: self.outbox.take_touched().into_iter().map(row).collect(),
            refusals: track.refusals,
            refused_links: self.refused_links.drain(..).collect(),
            outcomes: self.outcomes.drain(..).collect(),
            next: self.outbox.next(),
        }
    }
}

fn row((id, kept): (DecisionId, Kept)) -> OutboxRow {
    let known = match kept {
        Kept::Open(sequence, decision, outcomes) => Some(OutboxEntry {
            customer: decision.customer.clone(),
            outcomes,
            open: Some((sequence, postcard::to_stdvec(&*decision).unwrap_or_default())),
        }),
        Kept::Heard(customer, outcomes) => Some(OutboxEntry { customer, outcomes, open: None }),
        Kept::Gone => None,
    };
    OutboxRow { id, known }
}

fn kept((id, entry): (DecisionId, OutboxEntry)) -> Result<(DecisionId, Kept)> {
    let kept = match entry.open {
        Some((sequence, bytes)) => Kept::Open(sequence, Box::new(decision_of(&bytes)?), entry.outcomes),
        None => Kept::Heard(entry.customer, entry.outcomes),
    };
    Ok((id, kept))
}

/// An event as bytes.
pub fn event_bytes(event: &Event) -> Vec<u8> {
    postcard::to_extend(event, Vec::with_capacity(256)).unwrap_or_default()
}

/// An event of such bytes.
///
/// # Errors
/// `state` for bytes that are no event.
pub fn event_of(bytes: &[u8]) -> Result<Event> {
    postcard::from_bytes(bytes).map_err(|_| Error::new(ErrorCode::State, "the bytes are no event"))
}

/// A refusal as bytes.
pub fn refusal_bytes(refusal: &Refusal) -> Vec<u8> {
    postcard::to_stdvec(refusal).unwrap_or_default()
}

/// A refusal of such bytes.
///
/// # Errors
/// `state` for bytes that are no refusal.
pub fn refusal_of(bytes: &[u8]) -> Result<Refusal> {
    postcard::from_bytes(bytes).map_err(|_| Error::new(ErrorCode::State, "the bytes are no refusal"))
}

/// A decision of its bytes.
///
/// # Errors
/// `state` for bytes that are no decision.
pub fn decision_of(bytes: &[u8]) -> Result<Decision> {
    postcard::from_bytes(bytes).map_err(|_| Error::new(ErrorCode::State, "the bytes are no decision"))
}
