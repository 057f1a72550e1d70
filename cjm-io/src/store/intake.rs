//! Events on their way in: what must be known of the file before they are decided, and what each of them comes to.
//!
//! Answers: which customers and events of the file a piece of events concerns; whether an event is new, a repeat or
//! another one of a key that is taken. Does not know: transactions, and in which thread the file is read.

use std::borrow::Borrow;

use cjm_core::base::hash::event_key;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::TypedEvent;
use cjm_core::engine::host::shelf::event_bytes;
use cjm_core::{Decision, Engine, Error, ErrorCode, Event, Result};
use hashbrown::{HashMap, HashSet};
use indexmap::IndexSet;
use rusqlite::Connection;

use super::rows::{EventRow, LyingEvent};
use super::{Held, Unwritten, erase, rows};

/// What a piece of events asks of the file.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Identities of which the engine holds nobody.
    identities: IndexSet<IdentityKey>,
    /// Keys of the events.
    events: Vec<u64>,
}

impl Wanted {
    pub(super) fn of<E: Borrow<Event>>(engine: &Engine, piece: &[E]) -> Self {
        let mut wanted = Self::default();
        for event in piece {
            let event = event.borrow();
            for (kind, value) in &event.identities {
                let key = IdentityKey { kind: kind.clone(), value: value.clone() };
                if engine.number(&key).is_none() {
                    wanted.identities.insert(key);
                }
            }
            if !event.id.is_empty() {
                wanted.events.push(event_key(&event.source, &event.id));
            }
        }
        // neighbours lie in the same pages
        wanted.events.sort_unstable();
        wanted
    }
}

/// What the file says to that.
#[derive(Debug, Default)]
pub(super) struct Known {
    customers: Vec<Asked>,
    events: HashMap<u64, LyingEvent>,
    /// Keys of events whose customers were erased.
    erased: HashSet<u64>,
}

/// A customer as it lies in the file.
#[derive(Debug)]
struct Asked {
    row: i64,
    state: Vec<u8>,
    /// Which of the identities asked for are this customer's.
    keys: Vec<IdentityKey>,
}

impl Known {
    /// Reads what is wanted, but for customers who are in memory and those whom `handed` names already.
    pub(super) fn read(
        connection: &Connection,
        held: &Held,
        handed: &mut HashSet<i64>,
        wanted: Wanted,
    ) -> Result<Self> {
        let (mut customers, mut places) = (Vec::<Asked>::new(), HashMap::new());
        for key in wanted.identities {
            let Some(row) = rows::row_of(connection, &key)? else { continue };
            if let Some(asked) = places.get(&row).and_then(|place: &usize| customers.get_mut(*place)) {
                asked.keys.push(key);
            } else if !held.numbers.contains_key(&row) && handed.insert(row) {
                places.insert(row, customers.len());
                customers.push(Asked { row, state: rows::state(connection, row)?, keys: vec![key] });
            }
        }
        let erased = erase::erased_of(connection, &wanted.events)?;
        let mut events = HashMap::new();
        for key in wanted.events {
            if let Some(lying) = rows::lying_event(connection, key)? {
                events.insert(key, lying);
            }
        }
        Ok(Self { customers, events, erased })
    }

    /// How much the states take.
    pub(super) fn bytes(&self) -> usize {
        self.customers.iter().map(|asked| asked.state.len()).sum()
    }

    /// Has the engine hold the customers; gives under which numbers, and what is wrong with those whom it can not.
    pub(super) fn admit(&mut self, engine: &mut Engine) -> Admitted {
        let mut admitted = Admitted::default();
        for Asked { row, state, keys } in self.customers.drain(..) {
            match engine.admit(&state) {
                Ok(number) => admitted.rows.push((number, row)),
                Err(error) => {
                    // who it is, so that something can be done about it
                    let least = keys.iter().min().map(|key| format!("`{}` `{}`", key.kind, key.value));
                    let error = error.at(&least.unwrap_or_default());
                    admitted.damaged.extend(keys.into_iter().map(|key| (key, error.clone())));
                }
            }
        }
        admitted
    }
}

/// Customers whom the engine holds from here on.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    /// Number in the engine, and row.
    pub(super) rows: Vec<(u32, i64)>,
    damaged: HashMap<IdentityKey, Error>,
}

/// Where events go in.
pub(super) struct Intake<'a> {
    pub(super) engine: &'a mut Engine,
    pub(super) known: &'a Known,
    pub(super) admitted: &'a Admitted,
    /// Keys and hashes of events that were taken in since the file was asked.
    pub(super) before: &'a HashMap<u64, u64>,
    pub(super) unwritten: &'a mut Unwritten,
}

impl Intake<'_> {
    /// Takes an event in; what it changed is not written yet.
    pub(super) fn take(&mut self, event: &Event) -> Result<Vec<Decision>> {
        let plan = self.engine.plan().clone();
        // an event beyond a limit is refused by the engine, in its own order of checks
        let Ok(typed) = plan.typed(event) else { return self.engine.push(event) };
        if !self.admitted.damaged.is_empty() {
            for (kind, value) in &event.identities {
                let key = IdentityKey { kind: kind.clone(), value: value.clone() };
                if let Some(error) = self.admitted.damaged.get(&key) {
                    return Err(error.clone());
                }
            }
        }
        let seen = typed.key().map(|key| self.seen(key, &typed)).transpose()?.unwrap_or_default();
        match seen {
            Seen::Never | Seen::Remembered | Seen::RememberedSame => {}
            Seen::Same => return Ok(Vec::new()),
            Seen::Other => {
                let (source, id) = (&event.source, &event.id);
                let words = format!("the event `{id}` of source `{source}` was seen with another body");
                return Err(Error::new(ErrorCode::Conflict, words));
            }
        }
        let decisions = match self.engine.push_typed(&typed) {
            // its customer remembers it without an identity that gave way, whom no link holds since it was erased
            Err(error) if seen == Seen::RememberedSame && error.code() == ErrorCode::Conflict => Vec::new(),
            pushed => pushed?,
        };
        if seen == Seen::Never
            && let Some(customer) = self.engine.customer_of(event)
        {
            let (key, hash) = (typed.key(), typed.body());
            self.unwritten.keys.extend(key.map(|key| (key, hash)));
            self.unwritten.events.push(EventRow { customer, key, hash, body: event_bytes(event) });
        }
        Ok(decisions)
    }

    /// What is known of an event's key.
    fn seen(&self, key: u64, typed: &TypedEvent<'_>) -> Result<Seen> {
        if self.known.erased.contains(&key) {
            return Ok(Seen::Same);
        }
        let lying = self.known.events.get(&key);
        let hash = self.unwritten.keys.get(&key).or_else(|| self.before.get(&key)).copied();
        Ok(match hash.or(lying.map(|lying| lying.hash)) {
            None => Seen::Never,
            // the engine counts and judges what its customer remembers
            Some(hash) if self.engine.remembers(typed) => {
                if hash == typed.body() {
                    Seen::RememberedSame
                } else {
                    Seen::Remembered
                }
            }
            Some(hash) if hash == typed.body() => Seen::Same,
            // a blueprint that changed since may read the same event otherwise
            Some(_) => match lying.map(|lying| lying.body(key)).transpose()? {
                Some(body) if body == event_bytes(typed.event()) => Seen::Same,
                _ => Seen::Other,
            },
        })
    }
}

/// What is known of the key of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Seen {
    /// Nothing.
    #[default]
    Never,
    /// The customer remembers an event of that key.
    Remembered,
    /// The same, and this very event was taken in.
    RememberedSame,
    /// It was taken in long ago.
    Same,
    /// Another event of that key was.
    Other,
}
