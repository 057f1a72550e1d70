//! One transaction: what the calls of an engine changed, into the rows of a store.
//!
//! Answers: everything written, or nothing. Does not know: which calls those were.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use cjm_core::Result;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::Engine;
use cjm_core::engine::host::shelf::Changes;
use rusqlite::Connection;

use super::file::{failed, synchronize};
use super::rows::{self, meta};
use super::{Held, Unwritten, erase};

/// Where customers lie now.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// Number in the engine, row, and a hash of the identities that lie there.
    pub(super) placed: Vec<(u32, i64, u64)>,
    pub(super) n_new: u64,
    pub(super) n_gone: u64,
}

/// Writes all of it; `waits` says whether to wait for the disk where the store usually does not.
pub(super) fn commit(
    connection: &Connection,
    engine: &Engine,
    held: &Held,
    (changes, unwritten): (&Changes, &Unwritten),
    waits: bool,
) -> Result<Placed> {
    if waits {
        synchronize(connection, true, false)?;
    }
    let done = (|| {
        let transaction = connection.unchecked_transaction().map_err(failed)?;
        let placed = write(connection, engine, held, (changes, unwritten))?;
        transaction.commit().map_err(failed)?;
        Ok(placed)
    })();
    if waits {
        synchronize(connection, false, false)?;
    }
    done
}

fn write(
    connection: &Connection,
    engine: &Engine,
    held: &Held,
    (changes, unwritten): (&Changes, &Unwritten),
) -> Result<Placed> {
    let mut placed = Placed::default();
    if let Some(leaving) = &unwritten.erased {
        erase::leave(connection, leaving)?;
    }
    let mut former = Vec::new();
    for number in &changes.gone {
        // one that came and went between two writes never lay here
        let Some((row, _)) = held.row(*number) else { continue };
        former.push((row, rows::identities(connection, row)?));
        rows::remove_customer(connection, row)?;
        placed.n_gone += 1;
    }
    for changed in &changes.customers {
        let (before, hash) = (held.row(changed.number), hash_of(&changed.keys));
        let row = rows::write_customer(connection, before.map(|(row, _)| row), changed)?;
        placed.n_new += u64::from(before.is_none());
        if before.and_then(|(_, hash)| hash) != Some(hash) {
            rows::write_identities(connection, row, &changed.keys)?;
        }
        placed.placed.push((changed.number, row, hash));
    }
    for event in &unwritten.events {
        if let Some(row) = rows::row_of(connection, &event.customer)? {
            rows::write_event(connection, row, event)?;
        }
    }
    for (row, keys) in former {
        let mut owner = None;
        for key in &keys {
            owner = owner.or(rows::row_of(connection, key)?);
        }
        match owner {
            Some(owner) => rows::hand_over(connection, row, owner)?,
            None => rows::remove_belongings(connection, row)?,
        }
    }
    if let Some(key) = unwritten.retracted {
        rows::retract(connection, key)?;
    }
    if (placed.n_new, placed.n_gone) != (0, 0) {
        let n = rows::n_customers(connection)?.saturating_add(placed.n_new).saturating_sub(placed.n_gone);
        rows::put_number(connection, meta::CUSTOMERS, n as i64)?;
    }
    write_host(connection, engine, changes)?;
    if let Some(text) = &unwritten.blueprint {
        rows::put(connection, meta::BLUEPRINT, text.as_bytes())?;
    }
    Ok(placed)
}

/// Writes what the host keeps beside the states.
fn write_host(connection: &Connection, engine: &Engine, changes: &Changes) -> Result<()> {
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
    let counted: BTreeSet<(&str, &str)> =
        changes.refusals.iter().map(|refusal| (&*refusal.rule, refusal.reason.name())).collect();
    for (rule, reason) in counted {
        let n = engine.refused().get(&(rule.into(), reason.into())).copied().unwrap_or(0);
        rows::write_refused(connection, (rule, reason), n)?;
    }
    for link in &changes.refused_links {
        let of = (rows::row_of(connection, &link.strong)?, rows::row_of(connection, &link.weak)?);
        rows::write_refused_link(connection, of, link)?;
    }
    for outcome in &changes.outcomes {
        let whose = engine.whose(outcome.decision);
        let row = whose.map(|key| rows::row_of(connection, key)).transpose()?.flatten();
        rows::write_outcome(connection, row, outcome)?;
    }
    if !changes.refused_links.is_empty() || !changes.outcomes.is_empty() {
        rows::trim_news(connection)?;
    }
    if !changes.outbox.is_empty() {
        rows::put_number(connection, meta::NEXT, changes.next as i64)?;
    }
    if let Some(now) = engine.now().map(cjm_core::Timestamp::as_micros)
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
