//! A customer's data on demand: taken away, handed out; and copies of a whole store.
//!
//! Answers: what erasing removed, everything that is known of a customer, a copy that says of itself that it is one.
//! Does not know: when anybody asks for it.

use std::path::{Path, PathBuf};

use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::host::shelf::{event_bytes, event_of, refusal_of};
use cjm_core::engine::{CustomerView, Refusal};
use cjm_core::{Decision, Duration, Error, ErrorCode, Event, Result, Timestamp};
use hashbrown::HashSet;
use rusqlite::{Connection, OptionalExtension, backup::Backup, params};
use serde::Serialize;

use super::Store;
use super::file::{self, failed};
use super::rows::{self, meta};

/// How long the keys of an erased customer's events are kept, as hashes.
const KEPT: Duration = Duration::from_micros(7 * 24 * 3_600 * 1_000_000);

/// What erasing a customer removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Erased {
    /// Customers: 1, or 0 when nobody has the identity.
    pub customers: u64,
    /// Identities.
    pub identities: u64,
    /// Events.
    pub events: u64,
    /// Decisions that waited to be handed over or were remembered.
    pub decisions: u64,
    /// Tickets.
    pub tickets: u64,
    /// Refusals.
    pub refusals: u64,
}

/// Everything that is known of a customer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exported {
    /// The state in the blueprint's names.
    pub customer: CustomerView,
    /// Events, in the order in which they were taken in.
    pub events: Vec<Event>,
    /// Decisions that wait to be handed over.
    pub decisions: Vec<Decision>,
    /// Refusals that are kept, in the order in which they came.
    pub refusals: Vec<Refusal>,
}

impl Store {
    /// Takes away everything of the customer who has an identity: state, identities, timers, tickets, events,
    /// decisions, refusals. No byte of them stays in the file or beside it: the file is written anew, in memory first,
    /// which takes as long as copying it. Where that was interrupted, it is done when the store is opened or this is
    /// called again.
    ///
    /// Its identities leave the events of others as well, which name them where a link was refused. Hashes of its events'
    /// keys stay until seven days after the last time that it or [`Store::advance`] heard of, so that an event that is
    /// sent again does not bring the customer back.
    ///
    /// # Errors
    /// `io` when it can not be written; nothing changed, or the customer is gone and the file is still to be written anew.
    pub fn erase(&mut self, key: &IdentityKey) -> Result<Erased> {
        self.ready()?;
        let receipt = self.take_away(key)?;
        self.scrub()?;
        Ok(receipt)
    }

    /// [`Store::erase`] for many, with the file written anew once, when the last is gone. Gives what was removed of each.
    ///
    /// # Errors
    /// Those of [`Store::erase`]; customers before the one that errs are gone, and nothing of them is overwritten yet.
    /// Called again with the same keys, it goes on.
    pub fn erase_all(&mut self, keys: &[IdentityKey]) -> Result<Vec<Erased>> {
        self.ready()?;
        let receipts = keys.iter().map(|key| self.take_away(key)).collect::<Result<_>>()?;
        self.scrub()?;
        Ok(receipts)
    }

    /// Takes the rows of a customer away, in one transaction.
    fn take_away(&mut self, key: &IdentityKey) -> Result<Erased> {
        let Some(row) = rows::row_of(&self.connection, key)? else { return Ok(Erased::default()) };
        let is_damaged = match self.hold_key(key) {
            Err(error) if matches!(error.code(), ErrorCode::State | ErrorCode::NewerFormat) => true,
            held => held.map(|()| false)?,
        };
        let tickets = self.engine.customer(key).map_or(0, |state| state.tickets().len());
        let keys = rows::identities(&self.connection, row)?;
        let count = |query: &str| -> Result<u64> {
            let n: i64 = self.connection.query_row(query, [row], |row| row.get(0)).map_err(failed)?;
            Ok(n as u64)
        };
        let receipt = Erased {
            customers: 1,
            identities: keys.len() as u64,
            events: count("SELECT count(*) FROM event WHERE customer = ?1")?,
            decisions: self.engine.n_known(&keys) as u64,
            tickets: tickets as u64,
            refusals: count("SELECT count(*) FROM refusal WHERE customer = ?1")?,
        };
        if is_damaged {
            return self.take_damaged(row, keys).map(|()| receipt);
        }
        self.once(|store, unwritten| {
            let clock = store.engine.clock_of(key).unwrap_or_default();
            unwritten.erased = Some(Leaving { row, keys, until: clock.plus(KEPT) });
            store.engine.erase(key);
            Ok(())
        })?;
        Ok(receipt)
    }

    /// Takes away the rows of a customer whose state nobody can read; its tickets go with the decisions that opened them.
    fn take_damaged(&mut self, row: i64, keys: Vec<IdentityKey>) -> Result<()> {
        let last = rows::events(&self.connection, Some(row)).unwrap_or_default();
        let last = last.last().and_then(|event| event_of(event).ok()).map(|event| event.time);
        let clock = self.now().max(last).unwrap_or_default();
        let transaction = self.connection.unchecked_transaction().map_err(failed)?;
        let leaving = Leaving { row, keys, until: clock.plus(KEPT) };
        leave(&transaction, &leaving)?;
        leaving.keys.iter().try_for_each(|key| rows::remove_decisions(&transaction, key))?;
        rows::remove_customer(&transaction, row)?;
        rows::remove_belongings(&transaction, row)?;
        let n = rows::n_customers(&transaction)?.saturating_sub(1);
        rows::put_number(&transaction, meta::CUSTOMERS, n as i64)?;
        transaction.commit().map_err(failed)?;
        self.begin_again()
    }

    /// Writes the file anew when somebody was erased since that was done: what SQLite deletes it overwrites, but not the
    /// copies that it made when it moved rows between pages, nor those in the log.
    pub(super) fn scrub(&mut self) -> Result<()> {
        if rows::blob(&self.connection, meta::ERASED)?.is_none() {
            return Ok(());
        }
        let together = || self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").map_err(failed);
        self.connection.execute_batch("VACUUM;").map_err(failed)?;
        together()?;
        rows::unput(&self.connection, meta::ERASED)?;
        together()
    }

    /// Everything that is known of the customer who has an identity; `None` when nobody has it.
    ///
    /// # Errors
    /// `state` for what is damaged, `io` when it can not be read.
    pub fn export(&mut self, key: &IdentityKey) -> Result<Option<Exported>> {
        let Some(row) = rows::row_of(&self.connection, key)? else { return Ok(None) };
        let Some(customer) = self.view(key)? else { return Ok(None) };
        let keys = rows::identities(&self.connection, row)?;
        let events = rows::events(&self.connection, Some(row))?;
        let refusals = rows::refusals(&self.connection, Some(row))?;
        Ok(Some(Exported {
            customer,
            events: events.iter().map(|bytes| event_of(bytes)).collect::<Result<_>>()?,
            decisions: self.outbox().filter(|decision| keys.contains(&decision.customer)).cloned().collect(),
            refusals: refusals.iter().map(|bytes| refusal_of(bytes)).collect::<Result<_>>()?,
        }))
    }

    /// Copies the whole store into another file, which must not be there yet. Opened, the copy says
    /// [`Store::is_restored_backup`].
    ///
    /// # Errors
    /// `argument` when there is such a file, `io` when it can not be written.
    pub fn backup(&self, to: &Path) -> Result<()> {
        if self.is_adrift {
            return Err(Error::new(
                ErrorCode::Io,
                "the store: the file could not be read since a write failed",
            ));
        }
        let in_file = |error: Error| error.in_file(&to.display().to_string());
        let to = &*file::plain(to).map_err(in_file)?;
        if to.exists() {
            return Err(in_file(Error::new(ErrorCode::Argument, "there is such a file")));
        }
        // under another name until it says of itself that it is a copy
        let part = beside(&self.connection, to).map_err(in_file)?;
        let mut copy = Connection::open(&part).map_err(failed).map_err(in_file)?;
        let copied = (|| {
            let backup = Backup::new(&self.connection, &mut copy).map_err(failed)?;
            backup.run_to_completion(1_024, std::time::Duration::ZERO, None).map_err(failed)
        })();
        let copied = copied.and_then(|()| rows::put(&copy, meta::BACKUP, &[]));
        let closed = file::finish(copy);
        let named = || {
            let named = std::fs::rename(&part, to).and_then(|()| file::synchronize_folder(to));
            named.map_err(|error| Error::new(ErrorCode::Io, error.to_string()))
        };
        copied.and(closed).and_then(|()| named()).map_err(|error| {
            // half a copy is none
            let _gone = std::fs::remove_file(&part);
            in_file(error)
        })
    }
}

/// Which of these keys are of events whose customers were erased of late.
pub(super) fn erased_of(connection: &Connection, keys: &[u64]) -> Result<HashSet<u64>> {
    let mut any = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM erased)").map_err(failed)?;
    if keys.is_empty() || !any.query_row([], |row| row.get::<_, bool>(0)).map_err(failed)? {
        return Ok(HashSet::new());
    }
    let salt = salt(connection)?;
    let mut find = connection.prepare_cached("SELECT 1 FROM erased WHERE key = ?1").map_err(failed)?;
    let mut theirs = HashSet::new();
    for key in keys {
        let found: Option<i64> =
            find.query_row([hidden(&salt, *key)], |row| row.get(0)).optional().map_err(failed)?;
        theirs.extend(found.map(|_| *key));
    }
    Ok(theirs)
}

/// A customer who is erased.
#[derive(Debug)]
pub(super) struct Leaving {
    row: i64,
    keys: Vec<IdentityKey>,
    /// Until when hashes of the keys of its events are kept.
    until: Timestamp,
}

/// What goes with a customer and lies with others, and what stays for a while.
pub(super) fn leave(connection: &Connection, leaving: &Leaving) -> Result<()> {
    rows::put(connection, meta::ERASED, &[])?;
    keep_keys(connection, leaving.row, leaving.until)?;
    rows::remove_refused_links(connection, &leaving.keys)?;
    for key in &leaving.keys {
        // an event names an identity that is not its customer's where the link was refused
        for (id, event_key, hash, body) in rows::events_with(connection, leaving.row, &key.value)? {
            let mut event = event_of(&body)?;
            event.identities.retain(|(kind, value)| *kind != key.kind || *value != key.value);
            rows::rewrite_event(connection, (id, event_key, hash), &event_bytes(&event))?;
        }
    }
    Ok(())
}

/// Forgets the keys of events of customers who were erased so long ago that nobody sends them again.
pub(super) fn forget_keys(connection: &Connection, now: i64) -> Result<()> {
    rows::run(connection, "DELETE FROM erased WHERE until < ?1", [now])
}

/// Keeps hashes of the keys of a customer's events until an instant.
fn keep_keys(connection: &Connection, row: i64, until: Timestamp) -> Result<()> {
    let find = "SELECT key FROM event WHERE customer = ?1 AND key IS NOT NULL";
    let mut find = connection.prepare_cached(find).map_err(failed)?;
    let keys = find.query_map([row], |row| row.get::<_, i64>(0)).map_err(failed)?;
    let salt = salt(connection)?;
    for key in keys.collect::<rusqlite::Result<Vec<i64>>>().map_err(failed)? {
        let hash = hidden(&salt, key as u64);
        rows::run(
            connection,
            "INSERT OR REPLACE INTO erased VALUES (?1, ?2)",
            params![hash, until.as_micros()],
        )?;
    }
    Ok(())
}

/// A name beside a file that no other file has.
fn beside(connection: &Connection, file: &Path) -> Result<PathBuf> {
    let random = rows::random(connection)?;
    let random: String = random.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{random}.part"));
    Ok(PathBuf::from(name))
}

/// What hashes of erased keys are made with.
fn salt(connection: &Connection) -> Result<Vec<u8>> {
    Ok(rows::blob(connection, meta::SALT)?.unwrap_or_default())
}

/// A key that nobody knows again without the store's own salt.
fn hidden(salt: &[u8], key: u64) -> Vec<u8> {
    cjm_core::base::hash::sha256_fields([salt, &key.to_le_bytes()]).to_vec()
}
