//! One transaction: what the calls of an engine changed, into the rows of a store.
//!
//! Answers: everything written, or nothing. Does not know: which calls those were.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::Engine;
use cjm_core::engine::host::shelf::Changes;
use cjm_core::{Result, Timestamp};
use hashbrown::HashMap;
use rusqlite::Connection;

use super::file::{failed, synchronize};
use super::rows::{self, meta};
use super::{Held, Unwritten, erase};

/// What calls changed, with all that writing it down asks of the engine.
#[derive(Debug)]
pub(super) struct Work {
    changes: Changes,
    unwritten: Unwritten,
    /// Customers whom the engine holds since the last work: number and row.
    admitted: Vec<(u32, i64)>,
    /// Numbers of the customers whose the events are.
    whose: Vec<Option<u32>>,
    /// Whose the decisions of the goals are that were met.
    met: Vec<Option<IdentityKey>>,
    /// Counts of the refusals that changed.
    refused: BTreeMap<(Arc<str>, &'static str), u64>,
    now: Option<Timestamp>,
    /// Whether to wait for the disk where the store usually does not.
    pub(super) waits: bool,
}

impl Work {
    /// What the calls since the last look changed, and `unwritten`.
    pub(super) fn of(engine: &mut Engine, unwritten: Unwritten, admitted: Vec<(u32, i64)>) -> Self {
        let changes = engine.changes();
        let n_of = |rule: &Arc<str>, reason: &'static str| {
            engine.refused().get(&(rule.clone(), reason.into())).copied().unwrap_or(0)
        };
        let counted = changes.refusals.iter().map(|refusal| {
            let (rule, reason) = (&refusal.rule, refusal.reason.name());
            ((rule.clone(), reason), n_of(rule, reason))
        });
        Self {
            refused: counted.collect(),
            whose: unwritten.events.iter().map(|event| engine.number(&event.customer)).collect(),
            met: changes.outcomes.iter().map(|outcome| engine.whose(outcome.decision).cloned()).collect(),
            now: engine.now(),
            waits: false,
            changes,
            unwritten,
            admitted,
        }
    }

    /// Takes the keys of the events that it takes in, with the hashes of their bodies.
    pub(super) fn take_keys(&mut self) -> HashMap<u64, u64> {
        std::mem::take(&mut self.unwritten.keys)
    }
}

/// How many customers came and went, and how much their states take.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) n_new: u64,
    pub(super) n_gone: u64,
    pub(super) bytes: usize,
}

/// Writes all of it, and notes where the customers lie.
pub(super) fn commit(connection: &Connection, held: &mut Held, work: &Work) -> Result<Written> {
    for (number, row) in &work.admitted {
        held.put(*number, *row, None);
    }
    if work.waits {
        synchronize(connection, true, false)?;
    }
    let done: Result<Placed> = (|| {
        let transaction = connection.unchecked_transaction().map_err(failed)?;
        let placed = write(connection, held, work)?;
        transaction.commit().map_err(failed)?;
        Ok(placed)
    })();
    if work.waits {
        synchronize(connection, false, false)?;
    }
    let Placed { placed, written } = done?;
    work.changes.gone.iter().for_each(|number| held.remove(*number));
    placed.into_iter().for_each(|(number, row, hash)| held.put(number, row, Some(hash)));
    Ok(written)
}

/// Where customers lie now.
#[derive(Debug, Default)]
struct Placed {
    /// Number in the engine, row, and a hash of the identities that lie there.
    placed: Vec<(u32, i64, u64)>,
    written: Written,
}

fn write(connection: &Connection, held: &Held, work: &Work) -> Result<Placed> {
    let (mut placed, mut written) = (Vec::new(), Written::default());
    let Work { changes, unwritten, .. } = work;
    if let Some(leaving) = &unwritten.erased {
        erase::leave(connection, leaving)?;
    }
    let mut former = Vec::new();
    for number in &changes.gone {
        // one that came and went between two writes never lay here
        let Some((row, _)) = held.row(*number) else { continue };
        former.push((row, rows::identities(connection, row)?));
        rows::remove_identities(connection, row)?;
        written.n_gone += 1;
    }
    for changed in &changes.customers {
        let Some(changed) = &changed.read() else { continue };
        let (before, hash) = (held.row(changed.number), hash_of(&changed.keys));
        let row = rows::write_customer(connection, before.map(|(row, _)| row), changed)?;
        written.bytes += changed.state.len();
        written.n_new += u64::from(before.is_none());
        if before.and_then(|(_, hash)| hash) != Some(hash) {
            if before.is_some() {
                rows::remove_identities(connection, row)?;
            }
            rows::write_identities(connection, row, &changed.keys)?;
        }
        placed.push((changed.number, row, hash));
    }
    write_events(connection, held, &placed, work)?;
    for (row, keys) in former {
        let mut owner = None;
        for key in &keys {
            owner = owner.or(rows::row_of(connection, key)?);
        }
        match owner {
            Some(owner) => rows::hand_over(connection, row, owner)?,
            None => rows::remove_belongings(connection, row)?,
        }
        // not before: a new customer would be given the row, and be taken for who had it
        rows::remove_customer(connection, row)?;
    }
    if let Some(key) = unwritten.retracted {
        rows::retract(connection, key)?;
    }
    let Written { n_new, n_gone, .. } = written;
    if (n_new, n_gone) != (0, 0) {
        let n = rows::n_customers(connection)?.saturating_add(n_new).saturating_sub(n_gone);
        rows::put_number(connection, meta::CUSTOMERS, n as i64)?;
    }
    write_host(connection, work)?;
    if let Some(text) = &unwritten.blueprint {
        rows::put(connection, meta::BLUEPRINT, text.as_bytes())?;
    }
    Ok(Placed { placed, written })
}

/// Writes the events that were taken in, in that order.
fn write_events(connection: &Connection, held: &Held, placed: &[(u32, i64, u64)], work: &Work) -> Result<()> {
    let placed: HashMap<u32, i64> = placed.iter().map(|(number, row, _)| (*number, *row)).collect();
    let row = |number: u32| placed.get(&number).copied().or_else(|| held.row(number).map(|(row, _)| row));
    let events = work.unwritten.events.iter().zip(&work.whose);
    rows::write_events(connection, events.filter_map(|(event, whose)| Some((whose.and_then(row)?, event))))
}

/// Writes what the host keeps beside the states.
fn write_host(connection: &Connection, work: &Work) -> Result<()> {
    let changes = &work.changes;
    for changed in &changes.outbox {
        rows::write_outbox(connection, changed)?;
    }
    for link in &changes.links {
        rows::write_link(connection, *link)?;
    }
    for whose in &changes.unlinked {
        rows::remove_links(connection, *whose)?;
    }
    for (ticket, seat) in &changes.seats {
        rows::write_seat(connection, *ticket, seat.as_deref())?;
    }
    if let Some(stage) = &changes.stage {
        rows::put(connection, meta::STAGE, stage)?;
    }
    let mut concerned = BTreeSet::new();
    for refusal in &changes.refusals {
        let Some(row) = rows::row_of(connection, &refusal.customer)? else { continue };
        rows::write_refusal(connection, row, refusal)?;
        concerned.insert(row);
    }
    for row in concerned {
        rows::trim_refusals(connection, row)?;
    }
    for ((rule, reason), n) in &work.refused {
        rows::write_refused(connection, (rule, reason), *n)?;
    }
    for link in &changes.refused_links {
        let of = (rows::row_of(connection, &link.strong)?, rows::row_of(connection, &link.weak)?);
        rows::write_refused_link(connection, of, link)?;
    }
    for (outcome, whose) in changes.outcomes.iter().zip(&work.met) {
        let row = whose.as_ref().map(|key| rows::row_of(connection, key)).transpose()?.flatten();
        rows::write_outcome(connection, row, outcome)?;
    }
    if !changes.refused_links.is_empty() || !changes.outcomes.is_empty() {
        rows::trim_news(connection)?;
    }
    if !changes.outbox.is_empty() {
        rows::put_number(connection, meta::NEXT, changes.next as i64)?;
    }
    if let Some(now) = work.now.map(Timestamp::as_micros)
        && rows::number(connection, meta::NOW)? != Some(now)
    {
        rows::put_number(connection, meta::NOW, now)?;
        erase::forget_keys(connection, now)?;
    }
    Ok(())
}

fn hash_of(keys: &[IdentityKey]) -> u64 {
    let mut hasher = DefaultHasher::new();
    keys.len().hash(&mut hasher);
    for key in keys {
        (&*key.kind, &*key.value).hash(&mut hasher);
    }
    hasher.finish()
}
