//! Rows of a store: what an engine begins again from, the customers that it needs, what its calls changed.
//!
//! Answers: reads and writes of all tables but `erased`. Does not know: when anything is read or written.
//!
//! Every body carries a hash of itself and of what names its row, so that a flipped bit is an error and never another
//! answer. States carry their own.

use std::sync::Arc;

use cjm_core::base::hash::sha256_fields;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::host::shelf::{Base, ChangedCustomer, OutboxEntry, OutboxRow, refusal_bytes};
use cjm_core::engine::host::{MAX_REFUSALS, RefusedLink};
use cjm_core::engine::{Outcome, Refusal};
use cjm_core::outreach::DecisionId;
use cjm_core::ticket::TicketId;
use cjm_core::{Error, ErrorCode, Result, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::file::failed;

/// Names of `meta`.
pub(super) mod meta {
    /// The blueprint, as JSON.
    pub(in crate::store) const BLUEPRINT: &str = "blueprint";
    /// The last time that everybody heard of, in microseconds.
    pub(in crate::store) const NOW: &str = "now";
    /// The sequence of the next decision.
    pub(in crate::store) const NEXT: &str = "next";
    /// How many customers there are.
    pub(in crate::store) const CUSTOMERS: &str = "customers";
    /// Budgets and turns.
    pub(in crate::store) const STAGE: &str = "stage";
    /// That the file is a copy that goes on.
    pub(in crate::store) const BACKUP: &str = "backup";
    /// That somebody was erased and the file was not written anew since.
    pub(in crate::store) const ERASED: &str = "erased";
    /// What hashes of erased keys are made with.
    pub(in crate::store) const SALT: &str = "salt";
}

/// Columns that name a customer beside its state and its identities.
const OF_CUSTOMERS: [(&str, &str); 5] = [
    ("event", "customer"),
    ("refusal", "customer"),
    ("outcome", "customer"),
    ("refused_link", "strong"),
    ("refused_link", "weak"),
];

/// Bytes of a hash behind a body.
const SEAL: usize = 8;
/// News that are kept, of each kind.
const MAX_NEWS: i64 = 100_000;

/// A customer as it lies in the store.
pub(super) struct Lying {
    pub(super) row: i64,
    pub(super) state: Vec<u8>,
}

/// An event that was taken in.
#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) customer: IdentityKey,
    pub(super) key: Option<u64>,
    pub(super) hash: u64,
    pub(super) body: Vec<u8>,
}

/// The first bytes of a hash over a body, its table, and what names its row.
fn hash_of_body(table: &str, names: &[&[u8]], body: &[u8]) -> [u8; SEAL] {
    let fields = [table.as_bytes(), body].into_iter().chain(names.iter().copied());
    *sha256_fields(fields).first_chunk().unwrap_or(&[0; SEAL])
}

/// A body with its hash behind it.
fn sealed(table: &str, names: &[&[u8]], body: &[u8]) -> Vec<u8> {
    [body, &hash_of_body(table, names, body)].concat()
}

/// The body that was sealed.
fn unsealed(table: &str, names: &[&[u8]], mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    match bytes.split_last_chunk::<SEAL>() {
        Some((body, hash)) if *hash == hash_of_body(table, names, body) => {
            bytes.truncate(bytes.len() - SEAL);
            Ok(bytes)
        }
        _ => Err(Error::new(ErrorCode::State, format!("a row of `{table}` is damaged"))),
    }
}

pub(super) fn blob(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    let mut find = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1").map_err(failed)?;
    let found: Option<Vec<u8>> = find.query_row([name], |row| row.get(0)).optional().map_err(failed)?;
    found.map(|bytes| unsealed("meta", &[name.as_bytes()], bytes)).transpose()
}

pub(super) fn number(connection: &Connection, name: &str) -> Result<Option<i64>> {
    let bytes = blob(connection, name)?;
    Ok(bytes.and_then(|bytes| bytes.first_chunk().copied()).map(i64::from_le_bytes))
}

pub(super) fn put(connection: &Connection, name: &str, value: &[u8]) -> Result<()> {
    let value = sealed("meta", &[name.as_bytes()], value);
    run(connection, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)", params![name, value])
}

pub(super) fn put_number(connection: &Connection, name: &str, value: i64) -> Result<()> {
    put(connection, name, &value.to_le_bytes())
}

pub(super) fn unput(connection: &Connection, name: &str) -> Result<()> {
    run(connection, "DELETE FROM meta WHERE name = ?1", [name])
}

/// Bytes that nobody knows.
pub(super) fn random(connection: &Connection) -> Result<Vec<u8>> {
    connection.query_row("SELECT randomblob(16)", [], |row| row.get(0)).map_err(failed)
}

/// All rows of a query.
fn all<T>(
    connection: &Connection,
    query: &str,
    of: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut query = connection.prepare(query).map_err(failed)?;
    let rows = query.query_map([], of).map_err(failed)?;
    rows.collect::<rusqlite::Result<Vec<T>>>().map_err(failed)
}

fn key_of(row: &Row<'_>, at: usize) -> rusqlite::Result<IdentityKey> {
    let text = |at: usize| row.get::<_, String>(at).map(Arc::<str>::from);
    Ok(IdentityKey { kind: text(at)?, value: text(at + 1)? })
}

/// What an engine begins again from.
pub(super) fn base(connection: &Connection) -> Result<Base> {
    let entry = |row: &Row<'_>| {
        let customer = key_of(row, 2)?;
        let id = DecisionId::from_bytes(row.get(0)?);
        Ok((id, row.get::<_, Option<i64>>(1)?, customer, row.get::<_, u16>(4)?, row.get::<_, Vec<u8>>(5)?))
    };
    let opened =
        |(id, sequence, customer, outcomes, body): (DecisionId, Option<i64>, IdentityKey, u16, _)| {
            let names = outbox_names(id, sequence, &customer, outcomes);
            let body = unsealed("outbox", &names.each_ref().map(Vec::as_slice), body)?;
            let open = sequence.map(|sequence| (sequence as u64, body));
            Ok((id, OutboxEntry { customer, outcomes, open }))
        };
    let outbox = "SELECT id, sequence, kind, value, outcomes, body FROM outbox ORDER BY heard, sequence";
    let refused = |row: &Row<'_>| {
        let text = |at: usize| row.get::<_, String>(at).map(Arc::<str>::from);
        Ok(((text(0)?, text(1)?), row.get::<_, i64>(2)? as u64))
    };
    let link = |row: &Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, u32>(1)?));
    let seat = |row: &Row<'_>| Ok((TicketId(row.get(0)?), row.get(1)?));
    let seats = all(connection, "SELECT ticket, body FROM seat ORDER BY ticket", seat)?;
    let taken = |(ticket, body): (TicketId, Vec<u8>)| Ok((ticket, unsealed("seat", &[&ticket.0], body)?));
    Ok(Base {
        now: number(connection, meta::NOW)?.map(Timestamp::saturating),
        next: number(connection, meta::NEXT)?.unwrap_or(0) as u64,
        outbox: all(connection, outbox, entry)?.into_iter().map(opened).collect::<Result<_>>()?,
        links: all(connection, "SELECT whose, other FROM link ORDER BY whose, other", link)?,
        stage: blob(connection, meta::STAGE)?.unwrap_or_default(),
        seats: seats.into_iter().map(taken).collect::<Result<_>>()?,
        refused: all(connection, "SELECT rule, reason, n FROM refused", refused)?.into_iter().collect(),
    })
}

/// The row of the customer who has an identity.
pub(super) fn row_of(connection: &Connection, key: &IdentityKey) -> Result<Option<i64>> {
    let find = "SELECT customer FROM identity WHERE kind = ?1 AND value = ?2";
    let mut find = connection.prepare_cached(find).map_err(failed)?;
    find.query_row([&*key.kind, &*key.value], |row| row.get(0)).optional().map_err(failed)
}

/// A customer's state.
pub(super) fn state(connection: &Connection, row: i64) -> Result<Vec<u8>> {
    let mut find = connection.prepare_cached("SELECT state FROM customer WHERE id = ?1").map_err(failed)?;
    find.query_row([row], |row| row.get(0)).map_err(failed)
}

/// Customers who want to hear of a time, or all of them, by row.
pub(super) fn due(connection: &Connection, by: Option<Timestamp>) -> Result<Vec<Lying>> {
    let lying = |row: &Row<'_>| Ok(Lying { row: row.get(0)?, state: row.get(1)? });
    match by {
        Some(by) => {
            let due = "SELECT id, state FROM customer WHERE due <= ?1 ORDER BY id";
            let mut find = connection.prepare_cached(due).map_err(failed)?;
            let rows = find.query_map([by.as_micros()], lying).map_err(failed)?;
            rows.collect::<rusqlite::Result<Vec<Lying>>>().map_err(failed)
        }
        None => all(connection, "SELECT id, state FROM customer ORDER BY id", lying),
    }
}

/// When the next customer wants to hear of time.
pub(super) fn next_due(connection: &Connection) -> Result<Option<Timestamp>> {
    let mut find =
        connection.prepare_cached("SELECT min(due) FROM customer WHERE due IS NOT NULL").map_err(failed)?;
    let due: Option<i64> = find.query_row([], |row| row.get(0)).map_err(failed)?;
    Ok(due.map(Timestamp::saturating))
}

pub(super) fn n_customers(connection: &Connection) -> Result<u64> {
    Ok(number(connection, meta::CUSTOMERS)?.unwrap_or(0) as u64)
}

/// The states of customers who have tickets, by row.
pub(super) fn with_tickets(connection: &Connection) -> Result<Vec<Vec<u8>>> {
    all(connection, "SELECT state FROM customer WHERE tickets > 0 ORDER BY id", |row| row.get(0))
}

/// Marks an event as taken back: it is known, and no longer part of the log.
pub(super) fn retract(connection: &Connection, key: u64) -> Result<()> {
    run(connection, "UPDATE event SET retracted = 1 WHERE key = ?1", [key as i64])
}

/// An event of a key as it lies in the store.
#[derive(Debug)]
pub(super) struct LyingEvent {
    /// Hash of the body, as it was read then.
    pub(super) hash: u64,
    body: Vec<u8>,
}

impl LyingEvent {
    /// The event, as bytes.
    ///
    /// # Errors
    /// `state` where it is damaged.
    pub(super) fn body(&self, key: u64) -> Result<Vec<u8>> {
        let names = [number_bytes(Some(key as i64)), self.hash.to_le_bytes().to_vec()];
        unsealed("event", &names.each_ref().map(Vec::as_slice), self.body.clone())
    }
}

/// The event that was taken in with a key.
pub(super) fn lying_event(connection: &Connection, key: u64) -> Result<Option<LyingEvent>> {
    let find = "SELECT hash, body FROM event WHERE key = ?1";
    let mut find = connection.prepare_cached(find).map_err(failed)?;
    let lying = |row: &Row<'_>| Ok(LyingEvent { hash: row.get::<_, i64>(0)? as u64, body: row.get(1)? });
    find.query_row([key as i64], lying).optional().map_err(failed)
}

/// The news of a table, oldest first.
pub(super) fn news<T: DeserializeOwned>(connection: &Connection, table: &str) -> Result<Vec<T>> {
    let query = format!("SELECT body FROM {table} ORDER BY id");
    let damaged = |_| Error::new(ErrorCode::State, format!("a row of `{table}` is damaged"));
    let bodies = bodies(connection, table, &query, [])?;
    bodies.iter().map(|body| serde_json::from_slice(body).map_err(damaged)).collect()
}

/// The events that were taken in, in that order: of everybody those that were not taken back, or all of one customer.
pub(super) fn events(connection: &Connection, row: Option<i64>) -> Result<Vec<Vec<u8>>> {
    match row {
        Some(row) => {
            let query = "SELECT key, hash, body FROM event WHERE customer = ?1 ORDER BY id";
            event_bodies(connection, query, [row])
        }
        None => {
            let query = "SELECT key, hash, body FROM event WHERE retracted = 0 ORDER BY id";
            event_bodies(connection, query, [])
        }
    }
}

/// The refusals that are kept: of everybody or of one customer, in the order in which they came.
pub(super) fn refusals(connection: &Connection, row: Option<i64>) -> Result<Vec<Vec<u8>>> {
    match row {
        Some(row) => {
            bodies(connection, "refusal", "SELECT body FROM refusal WHERE customer = ?1 ORDER BY id", [row])
        }
        None => bodies(connection, "refusal", "SELECT body FROM refusal ORDER BY id", []),
    }
}

/// The bodies of a query's first column, of rows that nothing but the table names.
fn bodies(
    connection: &Connection,
    table: &str,
    query: &str,
    with: impl rusqlite::Params,
) -> Result<Vec<Vec<u8>>> {
    let mut query = connection.prepare_cached(query).map_err(failed)?;
    let rows = query.query_map(with, |row| row.get::<_, Vec<u8>>(0)).map_err(failed)?;
    rows.map(|bytes| unsealed(table, &[], bytes.map_err(failed)?)).collect()
}

/// The bodies of events of a query for key, hash and body.
fn event_bodies(connection: &Connection, query: &str, with: impl rusqlite::Params) -> Result<Vec<Vec<u8>>> {
    let mut query = connection.prepare_cached(query).map_err(failed)?;
    let event = |row: &Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, i64>(1)?, row.get(2)?));
    let rows = query.query_map(with, event).map_err(failed)?;
    rows.map(|row| {
        let (key, hash, bytes): (_, _, Vec<u8>) = row.map_err(failed)?;
        unsealed("event", &[&number_bytes(key), &hash.to_le_bytes()], bytes)
    })
    .collect()
}

/// A number that may be missing, as bytes.
fn number_bytes(number: Option<i64>) -> Vec<u8> {
    number.map_or_else(Vec::new, |number| number.to_le_bytes().to_vec())
}

/// What names a row of the outbox.
fn outbox_names(
    id: DecisionId,
    sequence: Option<i64>,
    customer: &IdentityKey,
    outcomes: u16,
) -> [Vec<u8>; 5] {
    [
        id.as_bytes().to_vec(),
        number_bytes(sequence),
        customer.kind.as_bytes().to_vec(),
        customer.value.as_bytes().to_vec(),
        outcomes.to_le_bytes().to_vec(),
    ]
}

/// Writes a customer; gives its row.
pub(super) fn write_customer(
    connection: &Connection,
    row: Option<i64>,
    changed: &ChangedCustomer,
) -> Result<i64> {
    let ChangedCustomer { due, n_tickets, state, .. } = changed;
    let (due, n_tickets) = (due.map(Timestamp::as_micros), *n_tickets as i64);
    match row {
        Some(row) => {
            let put = "UPDATE customer SET due = ?2, tickets = ?3, state = ?4 WHERE id = ?1";
            run(connection, put, params![row, due, n_tickets, state])?;
            Ok(row)
        }
        None => {
            let put = "INSERT INTO customer (due, tickets, state) VALUES (?1, ?2, ?3)";
            let mut put = connection.prepare_cached(put).map_err(failed)?;
            put.insert(params![due, n_tickets, state]).map_err(failed)
        }
    }
}

/// Takes a customer's identities away.
pub(super) fn remove_identities(connection: &Connection, row: i64) -> Result<()> {
    run(connection, "DELETE FROM identity WHERE customer = ?1", [row])
}

/// Writes whose these identities are.
pub(super) fn write_identities(connection: &Connection, row: i64, keys: &[IdentityKey]) -> Result<()> {
    for key in keys {
        let put = "INSERT OR REPLACE INTO identity VALUES (?1, ?2, ?3)";
        run(connection, put, params![&*key.kind, &*key.value, row])?;
    }
    Ok(())
}

/// The identities of a customer.
pub(super) fn identities(connection: &Connection, row: i64) -> Result<Vec<IdentityKey>> {
    let find = "SELECT kind, value FROM identity WHERE customer = ?1 ORDER BY kind, value";
    let mut find = connection.prepare_cached(find).map_err(failed)?;
    let rows = find.query_map([row], |row| key_of(row, 0)).map_err(failed)?;
    rows.collect::<rusqlite::Result<_>>().map_err(failed)
}

/// Takes a customer's row away.
pub(super) fn remove_customer(connection: &Connection, row: i64) -> Result<()> {
    remove_identities(connection, row)?;
    run(connection, "DELETE FROM customer WHERE id = ?1", [row])
}

/// Gives what one customer had to another.
pub(super) fn hand_over(connection: &Connection, from: i64, to: i64) -> Result<()> {
    for (table, column) in OF_CUSTOMERS {
        let put = format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1");
        run(connection, &put, [from, to])?;
    }
    trim_refusals(connection, to)
}

/// Takes away the decisions that are known of a customer, and the seats of the tickets that they opened.
pub(super) fn remove_decisions(connection: &Connection, key: &IdentityKey) -> Result<()> {
    let of = [&*key.kind, &*key.value];
    let seats = "DELETE FROM seat WHERE ticket IN (SELECT id FROM outbox WHERE kind = ?1 AND value = ?2)";
    run(connection, seats, of)?;
    run(connection, "DELETE FROM outbox WHERE kind = ?1 AND value = ?2", of)
}

/// Takes away what a customer had.
pub(super) fn remove_belongings(connection: &Connection, row: i64) -> Result<()> {
    for (table, column) in OF_CUSTOMERS {
        run(connection, &format!("DELETE FROM {table} WHERE {column} = ?1"), [row])?;
    }
    Ok(())
}

/// Writes events that were taken in, each of the customer who has that row.
pub(super) fn write_events<'e>(
    connection: &Connection,
    events: impl IntoIterator<Item = (i64, &'e EventRow)>,
) -> Result<()> {
    let put = "INSERT OR IGNORE INTO event (customer, key, hash, body) VALUES (?1, ?2, ?3, ?4)";
    let mut put = connection.prepare_cached(put).map_err(failed)?;
    for (row, event) in events {
        let key = event.key.map(|key| key as i64);
        let body = sealed("event", &[&number_bytes(key), &event.hash.to_le_bytes()], &event.body);
        put.execute(params![row, key, event.hash as i64, body]).map_err(failed)?;
    }
    Ok(())
}

pub(super) fn write_outbox(connection: &Connection, changed: &OutboxRow) -> Result<()> {
    let id = changed.id.as_bytes().as_slice();
    let Some(entry) = &changed.known else {
        return run(connection, "DELETE FROM outbox WHERE id = ?1", [id]);
    };
    let (sequence, body) = match &entry.open {
        Some((sequence, body)) => (Some(*sequence as i64), body.as_slice()),
        None => (None, [].as_slice()),
    };
    let names = outbox_names(changed.id, sequence, &entry.customer, entry.outcomes);
    let body = sealed("outbox", &names.each_ref().map(Vec::as_slice), body);
    // what was heard of keeps its place among those heard of; the condition is that of the index
    let put = "
        INSERT INTO outbox (id, sequence, kind, value, outcomes, body, heard)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6,
          iif(?2 IS NULL, (SELECT coalesce(max(heard), 0) + 1 FROM outbox WHERE heard IS NOT NULL), NULL))
        ON CONFLICT (id) DO UPDATE SET sequence = ?2, kind = ?3, value = ?4, outcomes = ?5, body = ?6,
          heard = iif(?2 IS NULL, coalesce(heard, excluded.heard), NULL)";
    let OutboxEntry { customer, outcomes, .. } = entry;
    run(connection, put, params![id, sequence, &*customer.kind, &*customer.value, outcomes, body])
}

pub(super) fn write_seat(connection: &Connection, ticket: TicketId, seat: Option<&[u8]>) -> Result<()> {
    match seat {
        Some(seat) => {
            let body = sealed("seat", &[&ticket.0], seat);
            run(connection, "INSERT OR REPLACE INTO seat VALUES (?1, ?2)", params![ticket.0.as_slice(), body])
        }
        None => run(connection, "DELETE FROM seat WHERE ticket = ?1", [ticket.0.as_slice()]),
    }
}

pub(super) fn write_link(connection: &Connection, (whose, other): (u64, u32)) -> Result<()> {
    run(connection, "INSERT OR IGNORE INTO link VALUES (?1, ?2)", params![whose as i64, other])
}

pub(super) fn remove_links(connection: &Connection, whose: u64) -> Result<()> {
    run(connection, "DELETE FROM link WHERE whose = ?1", [whose as i64])
}

pub(super) fn write_refused(connection: &Connection, (rule, reason): (&str, &str), n: u64) -> Result<()> {
    run(connection, "INSERT OR REPLACE INTO refused VALUES (?1, ?2, ?3)", params![rule, reason, n as i64])
}

pub(super) fn write_refusal(connection: &Connection, row: i64, refusal: &Refusal) -> Result<()> {
    run(
        connection,
        "INSERT INTO refusal (customer, body) VALUES (?1, ?2)",
        params![row, sealed("refusal", &[], &refusal_bytes(refusal))],
    )
}

/// Keeps the last refusals of a customer alone.
pub(super) fn trim_refusals(connection: &Connection, row: i64) -> Result<()> {
    let cut = "
        DELETE FROM refusal WHERE customer = ?1 AND id <= (
          SELECT id FROM refusal WHERE customer = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    run(connection, cut, params![row, MAX_REFUSALS as i64])
}

pub(super) fn write_refused_link(
    connection: &Connection,
    (strong, weak): (Option<i64>, Option<i64>),
    link: &RefusedLink,
) -> Result<()> {
    let body = sealed("refused_link", &[], &serde_json::to_vec(link).unwrap_or_default());
    run(
        connection,
        "INSERT INTO refused_link (strong, weak, body) VALUES (?1, ?2, ?3)",
        params![strong, weak, body],
    )
}

pub(super) fn write_outcome(connection: &Connection, row: Option<i64>, outcome: &Outcome) -> Result<()> {
    let body = sealed("outcome", &[], &serde_json::to_vec(outcome).unwrap_or_default());
    run(connection, "INSERT INTO outcome (customer, body) VALUES (?1, ?2)", params![row, body])
}

/// Takes the refused links away that name one of these identities.
pub(super) fn remove_refused_links(connection: &Connection, keys: &[IdentityKey]) -> Result<()> {
    let mut find = connection.prepare_cached("SELECT id, body FROM refused_link").map_err(failed)?;
    let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
    let mut theirs = Vec::new();
    for row in rows {
        let (id, body): (i64, Vec<u8>) = row.map_err(failed)?;
        // one that nobody can read may name them
        let link = unsealed("refused_link", &[], body).ok();
        let link = link.and_then(|body| serde_json::from_slice::<RefusedLink>(&body).ok());
        if link.is_none_or(|link| keys.contains(&link.strong) || keys.contains(&link.weak)) {
            theirs.push(id);
        }
    }
    theirs.iter().try_for_each(|id| run(connection, "DELETE FROM refused_link WHERE id = ?1", [id]))
}

/// Events of others than a customer in which a text stands: row, key, hash and body.
pub(super) fn events_with(
    connection: &Connection,
    not_of: i64,
    text: &str,
) -> Result<Vec<(i64, Option<i64>, i64, Vec<u8>)>> {
    let find = "
        SELECT id, key, hash, body FROM event
        WHERE customer <> ?1 AND instr(body, CAST(?2 AS BLOB)) > 0 ORDER BY id";
    let mut find = connection.prepare_cached(find).map_err(failed)?;
    let event = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let rows = find.query_map(params![not_of, text], event).map_err(failed)?;
    rows.map(|row| {
        let (id, key, hash, bytes): (i64, Option<i64>, i64, Vec<u8>) = row.map_err(failed)?;
        let body = unsealed("event", &[&number_bytes(key), &hash.to_le_bytes()], bytes)?;
        Ok((id, key, hash, body))
    })
    .collect()
}

/// Writes the body of an event anew.
pub(super) fn rewrite_event(
    connection: &Connection,
    (id, key, hash): (i64, Option<i64>, i64),
    body: &[u8],
) -> Result<()> {
    let body = sealed("event", &[&number_bytes(key), &hash.to_le_bytes()], body);
    run(connection, "UPDATE event SET body = ?2 WHERE id = ?1", params![id, body])
}

/// Keeps the last news alone.
pub(super) fn trim_news(connection: &Connection) -> Result<()> {
    for table in ["refused_link", "outcome"] {
        let cut = format!("DELETE FROM {table} WHERE id <= (SELECT max(id) FROM {table}) - ?1");
        run(connection, &cut, [MAX_NEWS])?;
    }
    Ok(())
}

pub(super) fn run(connection: &Connection, statement: &str, with: impl rusqlite::Params) -> Result<()> {
    let mut statement = connection.prepare_cached(statement).map_err(failed)?;
    statement.execute(with).map(drop).map_err(failed)
}
