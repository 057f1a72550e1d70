//! The file of a store: its tables, its lock, its format, and what its errors mean.
//!
//! Answers: an open connection to a file that is a store of this format, made where there was none. Does not know: what
//! the rows mean.

use std::path::{Path, PathBuf};

use cjm_core::{Error, ErrorCode, Result};
use rusqlite::{Connection, ErrorCode as Sqlite, OpenFlags};

use super::Durability;

/// Marks a database as a store.
const APPLICATION: i32 = 0x43_4a_4d_31;
/// The format written; older ones are brought up to it, newer ones refused.
pub(super) const FORMAT: i32 = STEPS.len() as i32 + 1;
/// What makes a file of each format one of the next, the first of format 1. A step changes tables and rows by itself and
/// reads nothing of what the code knows, so that it does the same for ever; with it come new `TABLES`, and a file of the
/// format before it is kept in `tests/data`.
const STEPS: &[&str] = &[];

/// The tables of the format written.
///
/// | table | a row is |
/// |---|---|
/// | `meta` | one fact about the whole store |
/// | `customer` | a customer: when it next wants to hear of time, how many tickets it has, its state |
/// | `identity` | whose an identity is |
/// | `event` | an event that was taken in: hashes of its key and body, whether it was taken back, itself |
/// | `outbox` | a decision that is or was handed over |
/// | `link`, `seat`, `refused` | counted links, tickets with who has them, counts of refusals |
/// | `refusal`, `refused_link`, `outcome` | news, the last of them |
/// | `erased` | the hash of an event's key whose customer was erased, and until when it is kept |
const TABLES: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE customer (id INTEGER PRIMARY KEY, due INTEGER, tickets INTEGER NOT NULL, state BLOB NOT NULL);
CREATE INDEX customer_due ON customer (due) WHERE due IS NOT NULL;
CREATE INDEX customer_tickets ON customer (id) WHERE tickets > 0;
CREATE TABLE identity (kind TEXT NOT NULL, value TEXT NOT NULL, customer INTEGER NOT NULL, PRIMARY KEY (kind, value))
  WITHOUT ROWID;
CREATE INDEX identity_customer ON identity (customer);
CREATE TABLE event (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, key INTEGER, hash INTEGER NOT NULL,
  retracted INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL);
CREATE UNIQUE INDEX event_key ON event (key) WHERE key IS NOT NULL;
CREATE INDEX event_customer ON event (customer);
CREATE TABLE outbox (id BLOB PRIMARY KEY, sequence INTEGER, kind TEXT NOT NULL, value TEXT NOT NULL,
  outcomes INTEGER NOT NULL, body BLOB NOT NULL, heard INTEGER);
CREATE UNIQUE INDEX outbox_sequence ON outbox (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX outbox_heard ON outbox (heard) WHERE heard IS NOT NULL;
CREATE TABLE link (whose INTEGER NOT NULL, other INTEGER NOT NULL, PRIMARY KEY (whose, other)) WITHOUT ROWID;
CREATE TABLE seat (ticket BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE refused (rule TEXT NOT NULL, reason TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (rule, reason))
  WITHOUT ROWID;
CREATE TABLE refusal (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX refusal_customer ON refusal (customer);
CREATE TABLE refused_link (id INTEGER PRIMARY KEY, strong INTEGER, weak INTEGER, body BLOB NOT NULL);
CREATE TABLE outcome (id INTEGER PRIMARY KEY, customer INTEGER, body BLOB NOT NULL);
CREATE TABLE erased (key BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
";

/// Opens a store's file, or makes one. It is this process's alone until it is closed.
///
/// # Errors
/// `locked` when another process has it, `format` for a file that is no store, `newer_format` for one of a newer
/// version, `state` for a damaged one, `io` when it can not be read or written.
pub(super) fn open(path: &Path, durability: Durability) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let in_file = |error: Error| error.in_file(&path.display().to_string());
    let connection = plain(path).and_then(|path| Connection::open_with_flags(path, flags).map_err(failed));
    let connection = connection.map_err(in_file)?;
    prepare(&connection, durability).map_err(in_file)?;
    Ok(connection)
}

/// A path that the database takes for a file: to it, others are databases in memory, of no name, or URIs.
///
/// # Errors
/// `io` for an empty path, and for one with a zero byte.
pub(super) fn plain(path: &Path) -> Result<PathBuf> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.is_empty() || bytes.contains(&0) {
        return Err(Error::new(ErrorCode::Io, "a path is not empty and has no zero bytes"));
    }
    let is_special = bytes.starts_with(b":") || bytes.starts_with(b"file:");
    Ok(if is_special { Path::new(".").join(path) } else { path.to_owned() })
}

fn prepare(connection: &Connection, durability: Durability) -> Result<()> {
    connection.busy_timeout(std::time::Duration::ZERO).map_err(failed)?;
    // alone in the file, and no memory shared with anybody
    connection
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
        )
        .map_err(failed)?;
    let of =
        |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0)).map_err(failed);
    let (application, format, tables) = (of("application_id")?, of("user_version")?, n_tables(connection)?);
    match (application, format) {
        (APPLICATION, format) if format > FORMAT => {
            let words = format!("the store has format {format}; this version reads up to {FORMAT}");
            return Err(Error::new(ErrorCode::NewerFormat, words));
        }
        (APPLICATION, _) => {}
        (0, 0) if tables == 0 => {}
        _ => return Err(Error::new(ErrorCode::Format, "the file is a database of something else")),
    }
    // what a file is, is written with the disk waited for
    synchronize(connection, true, false)?;
    connection.execute_batch("PRAGMA journal_mode = WAL;").map_err(failed)?;
    if application == 0 {
        let make = format!(
            "BEGIN EXCLUSIVE; {TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
        );
        connection.execute_batch(&make).map_err(failed)?;
    } else {
        // takes the lock, which reading alone need not
        connection.execute_batch("BEGIN EXCLUSIVE; COMMIT;").map_err(failed)?;
        migrate(connection, format, STEPS)?;
    }
    synchronize(connection, durability == Durability::Full, durability == Durability::Off)
}

/// Brings a file of an older format up to the one that is written, in one transaction.
pub(super) fn migrate(connection: &Connection, format: i32, steps: &[&str]) -> Result<()> {
    let behind = usize::try_from(format).ok().and_then(|format| steps.get(format.checked_sub(1)?..));
    let Some(behind) = behind else {
        return Err(Error::new(ErrorCode::State, format!("there is no format {format} of a store")));
    };
    if behind.is_empty() {
        return Ok(());
    }
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    for step in behind {
        transaction.execute_batch(step).map_err(failed)?;
    }
    let now = steps.len() + 1;
    transaction.execute_batch(&format!("PRAGMA user_version = {now};")).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Brings the log into the file and waits for the disk; `unsynced` says that the disk was not waited for before.
pub(super) fn bring_together(connection: &Connection, unsynced: bool) -> Result<()> {
    if unsynced {
        // there may be nothing to bring, and yet nothing on the disk: a write makes sure that both are synced
        connection.execute_batch(&format!("PRAGMA user_version = {FORMAT};")).map_err(failed)?;
    }
    connection.execute_batch("PRAGMA wal_checkpoint(FULL);").map_err(failed)
}

/// Has the database keep much of the file in memory, or as much as usual; a log that grew large is made small then.
pub(super) fn make_room(connection: &Connection, large: bool) -> Result<()> {
    let pragmas = if large {
        "PRAGMA cache_size = -65536;"
    } else {
        "PRAGMA cache_size = -2000; PRAGMA wal_checkpoint(TRUNCATE);"
    };
    connection.execute_batch(pragmas).map_err(failed)
}

/// Closes a copy so that it is one file.
pub(super) fn finish(copy: Connection) -> Result<()> {
    copy.execute_batch("PRAGMA journal_mode = DELETE;").map_err(failed)?;
    copy.close().map_err(|(_, error)| failed(error))
}

/// Waits until the disk has the name of a file.
pub(super) fn synchronize_folder(file: &Path) -> std::io::Result<()> {
    // elsewhere a folder can not be opened
    if cfg!(unix) {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// Says whether a commit waits for the disk.
pub(super) fn synchronize(connection: &Connection, full: bool, off: bool) -> Result<()> {
    let level = match (full, off) {
        // while there is no log yet, that names of files are safe too
        (true, _) => "EXTRA",
        (_, true) => "OFF",
        _ => "NORMAL",
    };
    connection.execute_batch(&format!("PRAGMA synchronous = {level};")).map_err(failed)
}

fn n_tables(connection: &Connection) -> Result<i64> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)
}

/// What an error of the database means.
pub(super) fn failed(error: rusqlite::Error) -> Error {
    let code = match error.sqlite_error_code() {
        Some(Sqlite::DatabaseBusy | Sqlite::DatabaseLocked) => {
            return Error::new(ErrorCode::Locked, "another process has the store open");
        }
        Some(Sqlite::NotADatabase) => {
            return Error::new(ErrorCode::Format, "the file is no store");
        }
        Some(Sqlite::DatabaseCorrupt) => ErrorCode::State,
        Some(_) => ErrorCode::Io,
        // a column that is not what it was written as
        None => ErrorCode::State,
    };
    Error::new(code, format!("the store: {error}"))
}
