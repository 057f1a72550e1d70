//! A durable engine: everything that it knows lies in one SQLite file, and what a call changed is there when it returns.
//!
//! Answers: the calls of [`Engine`], on a file; reopened, it goes on exactly where it was, after a crash or a power cut
//! too. One process at a time, one thread at a time. Does not know: channels, clocks (time is an argument; only
//! [`Durability::Batch`] measures how long the disk was not waited for).
//!
//! # What is in a transaction
//! The events of a call, the customers that they change, decisions, tickets, refusals and counts are written together or
//! not at all. A call that errs changes nothing. Where a write fails (a full disk, a broken one), the call errs, and the
//! store goes on from what the file says.
//!
//! # Memory
//! Customers are taken from the file when a call needs them and stay for a while, at most as many as
//! [`StoreOptions::hold`] says. Decisions that wait to be handed over, tickets' seats and counted links are all held.

mod bulk;
mod erase;
mod file;
mod intake;
mod rows;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration as Elapsed, Instant};

use cjm_core::base::hash::event_key;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::engine::host::shelf::{Base, event_of, refusal_of};
use cjm_core::engine::host::{Refused, RefusedLink};
use cjm_core::engine::{Answer, CustomerView, MAX_AHEAD, Outcome, Refusal};
use cjm_core::event::{EventLog, log_of};
use cjm_core::install::{Installed, Policy};
use cjm_core::outreach::{DecisionId, RefusalReason};
use cjm_core::ticket::TicketRow;
use cjm_core::{
    AckOutcome, Blueprint, Brief, CustomerState, Decision, Duration, Engine, Error, ErrorCode, Event,
    Explanation, Language, Plan, Result, Timestamp,
};
use hashbrown::{HashMap, HashSet};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use self::file::failed;
use self::intake::{Intake, Known, Wanted};
use self::rows::{EventRow, meta};
use self::write::{Work, Written};

pub use self::erase::{Erased, Exported};

/// When a call waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Before it returns: nothing that returned is lost, whatever happens.
    #[default]
    Full,
    /// When so long has passed since a call last did. A crash of the program loses nothing; a power cut loses at most the
    /// calls since then. What came last waits for the next call, [`Store::flush`] or the end.
    Batch(Elapsed),
    /// Never. A crash of the program loses nothing; a power cut may lose everything since the file was last brought
    /// together, or the file.
    Off,
}

/// How a store is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// When a call waits for the disk.
    pub durability: Durability,
    /// The last delivery sequence that the host has seen, where it remembers it: a file that stands below it is an old
    /// copy, see [`Store::is_restored_backup`].
    pub last_sequence: Option<u64>,
    /// Most customers held in memory between calls.
    pub hold: usize,
    /// How far an event may be ahead of [`Store::push_at`]'s `now`.
    pub max_ahead: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { durability: Durability::Full, last_sequence: None, hold: 10_000, max_ahead: MAX_AHEAD }
    }
}

/// A durable engine.
///
/// ```
/// use cjm_core::{AckOutcome, Blueprint, Event};
/// use cjm_io::store::Store;
/// let text = r#"
/// cjm: 1
/// id: shop
/// zone: UTC
/// identities: [{ id: member }]
/// events: { cart: {}, paid: {} }
/// rules: [{ id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }]
/// "#;
/// let blueprint = Blueprint::from_yaml(text)?;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("till.db");
/// let mut store = Store::open(&path, &blueprint)?;
/// store.push(&Event::new("cart", "2026-03-01T12:00:00Z".parse()?).id("web", "e1").identity("member", "m1"))?;
/// drop(store); // or the power goes
///
/// let mut store = Store::open(&path, &blueprint)?;
/// let decisions = store.advance("2026-03-01T12:31:00Z".parse()?)?;
/// assert_eq!(&*decisions[0].rule, "forgot");
/// store.ack(decisions[0].id, AckOutcome::Delivered, None)?;
/// assert_eq!(store.outbox().count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    engine: Engine,
    options: StoreOptions,
    held: Held,
    n_customers: u64,
    restored_backup: bool,
    /// When a call last waited for the disk.
    synced: Instant,
    /// Whether memory and file may differ: a write failed, and the file could not be read since.
    is_adrift: bool,
}

/// Which customers are in memory.
#[derive(Debug, Default)]
struct Held {
    /// By number in the engine: the row, and a hash of the identities as they lie there, where it is known.
    rows: HashMap<u32, (i64, Option<u64>)>,
    numbers: HashMap<i64, u32>,
}

/// What calls have done that is not written yet.
#[derive(Debug, Default)]
struct Unwritten {
    events: Vec<EventRow>,
    /// Hashes of bodies by key.
    keys: HashMap<u64, u64>,
    /// The text of a blueprint that was installed.
    blueprint: Option<String>,
    /// A customer who was erased.
    erased: Option<erase::Leaving>,
    /// The key of an event that was taken back.
    retracted: Option<u64>,
}

impl Store {
    /// Opens a store, or makes one, with the usual options.
    ///
    /// # Errors
    /// Those of [`Store::open_with`].
    pub fn open(path: &Path, blueprint: &Blueprint) -> Result<Self> {
        Self::open_with(path, blueprint, StoreOptions::default())
    }

    /// Opens a store, or makes one. A blueprint that changed since is installed with what it says of edits; where that
    /// is refused, the file stays as it is.
    ///
    /// # Errors
    /// `locked` when it is open elsewhere, `blueprint` for a blueprint with errors, `format` for a file that is no store,
    /// `newer_format` for one of a newer version, `state` for a damaged one, `io` when it can not be read or written,
    /// `argument` for a sequence that no decision can have; those of [`Store::install`].
    pub fn open_with(path: &Path, blueprint: &Blueprint, options: StoreOptions) -> Result<Self> {
        let plan = Arc::new(blueprint.compile()?);
        let connection = file::open(path, options.durability)?;
        let text = blueprint.to_json()?;
        let before = rows::blob(&connection, meta::BLUEPRINT)?;
        let (start, changed) = match &before {
            Some(before) if before == text.as_bytes() => (plan.clone(), false),
            // one that this version refuses was good enough for the version that wrote it
            Some(before) => (plan_of(before).unwrap_or_else(|_| plan.clone()), true),
            None => {
                let transaction = connection.unchecked_transaction().map_err(failed)?;
                rows::put(&connection, meta::BLUEPRINT, text.as_bytes())?;
                rows::put(&connection, meta::SALT, &rows::random(&connection)?)?;
                transaction.commit().map_err(failed)?;
                (plan.clone(), false)
            }
        };
        let mut base = rows::base(&connection)?;
        if let Some(last) = options.last_sequence.filter(|last| base.next <= *last) {
            base.next = restored(&connection, last)?;
        }
        let restored_backup = rows::blob(&connection, meta::BACKUP)?.is_some();
        let mut store = Self {
            n_customers: rows::n_customers(&connection)?,
            engine: Engine::shelved(start, base)?.with_max_ahead(options.max_ahead),
            connection,
            held: Held::default(),
            restored_backup,
            synced: Instant::now(),
            is_adrift: false,
            options,
        };
        // an erasure that was interrupted is finished
        store.scrub()?;
        if changed {
            store.install_plan(&plan, &text, &Policy::default())?;
        }
        Ok(store)
    }

    /// Whether the file is a copy made by [`Store::backup`], or stood below the delivery sequence that the host has seen
    /// when it was opened: what came since has to be sent again. True until [`Store::caught_up`], also when it is closed
    /// and opened before. A delivery sequence that the host has seen is given to no other decision.
    pub fn is_restored_backup(&self) -> bool {
        self.restored_backup
    }

    /// Says that what came since a backup was sent again.
    ///
    /// # Errors
    /// `io` when it can not be written.
    pub fn caught_up(&mut self) -> Result<()> {
        self.ready()?;
        rows::unput(&self.connection, meta::BACKUP)?;
        self.restored_backup = false;
        Ok(())
    }

    /// The plan it works by.
    pub fn plan(&self) -> &Arc<Plan> {
        self.engine.plan()
    }

    /// Takes an event in: [`Engine::push`], durable when it returns.
    ///
    /// An event that was taken in before is a repeat, however long ago that was: it gives nothing, and with another
    /// body it errs.
    ///
    /// # Errors
    /// Those of [`Engine::push`]; `io` when it can not be written. Nothing changed.
    pub fn push(&mut self, event: &Event) -> Result<Vec<Decision>> {
        self.once(|store, unwritten| {
            let wanted = Wanted::of(&store.engine, &[event]);
            let mut known = Known::read(&store.connection, &store.held, &mut HashSet::new(), wanted)?;
            let admitted = known.admit(&mut store.engine);
            admitted.rows.iter().for_each(|(number, row)| store.held.put(*number, *row, None));
            let Store { engine, .. } = store;
            let before = HashMap::new();
            Intake { engine, known: &known, admitted: &admitted, before: &before, unwritten }.take(event)
        })
    }

    /// Takes an event in as of `now`: [`Engine::push_at`].
    ///
    /// # Errors
    /// `future` for an event too far ahead; else those of [`Store::push`].
    pub fn push_at(&mut self, event: &Event, now: Timestamp) -> Result<Vec<Decision>> {
        self.ready()?;
        self.engine.check_ahead(event, now)?;
        self.push(event)
    }

    /// Takes the answer to a survey in: [`Engine::answer`].
    ///
    /// # Errors
    /// Those of [`Engine::answer`] and [`Store::push`].
    pub fn answer(&mut self, answer: &Answer) -> Result<Vec<Decision>> {
        self.ready()?;
        let event = self.engine.plan().answered(answer)?;
        self.push(&event)
    }

    /// Lets time pass for everybody: [`Engine::advance`].
    ///
    /// # Errors
    /// `io` when it can not be read or written, `state` where the state of a customer is damaged who wants to hear of
    /// time, and who is named: until that customer is erased, time passes for nobody. Nothing changed.
    pub fn advance(&mut self, now: Timestamp) -> Result<Vec<Decision>> {
        self.once(|store, _| {
            // as the engine does: an earlier time counts as the last one
            let by = store.now().map_or(now, |last| last.max(now));
            for lying in rows::due(&store.connection, Some(by))? {
                store.hold(lying.row, &lying.state)?;
            }
            Ok(store.engine.advance(now))
        })
    }

    /// Tells what became of a decision: [`Engine::ack`].
    ///
    /// # Errors
    /// Those of [`Engine::ack`]; `io` when it can not be written.
    pub fn ack(
        &mut self,
        id: DecisionId,
        outcome: AckOutcome,
        at: Option<Timestamp>,
    ) -> Result<Vec<Decision>> {
        self.once(|store, _| {
            store.hold_whose(id)?;
            store.engine.ack(id, outcome, at)
        })
    }

    /// Takes an event of a customer back: [`Engine::retract`].
    ///
    /// # Errors
    /// Those of [`Engine::retract`]; `io` when it can not be written.
    pub fn retract(&mut self, customer: &IdentityKey, source: &str, id: &str) -> Result<Vec<Decision>> {
        self.once(|store, unwritten| {
            store.hold_key(customer)?;
            let decisions = store.engine.retract(customer, source, id)?;
            unwritten.retracted = Some(event_key(source, id));
            Ok(decisions)
        })
    }

    /// Whether a decision may still go out: [`Engine::still_valid`].
    ///
    /// # Errors
    /// Those of [`Engine::still_valid`].
    pub fn still_valid(&mut self, id: DecisionId, now: Option<Timestamp>) -> Result<bool> {
        Ok(self.objection(id, now)?.is_none())
    }

    /// What speaks against a decision going out: [`Engine::objection`].
    ///
    /// # Errors
    /// Those of [`Engine::objection`].
    pub fn objection(&mut self, id: DecisionId, now: Option<Timestamp>) -> Result<Option<RefusalReason>> {
        self.asked(|store| {
            store.hold_whose(id)?;
            store.engine.objection(id, now)
        })
    }

    /// What waits to be acknowledged, in delivery order.
    pub fn outbox(&self) -> impl Iterator<Item = &Decision> {
        self.engine.outbox()
    }

    /// The same with delivery sequences: each is larger than those before it and never given again.
    pub fn deliveries(&self) -> impl Iterator<Item = (u64, &Decision)> {
        self.engine.deliveries()
    }

    /// The first of them behind a sequence, or of all.
    pub fn delivery_after(&self, sequence: Option<u64>) -> Option<(u64, &Decision)> {
        self.engine.delivery_after(sequence)
    }

    /// When it next wants to be told of time.
    ///
    /// # Errors
    /// `io` when it can not be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>> {
        rows::next_due(&self.connection)
    }

    /// The last time it was told.
    pub fn now(&self) -> Option<Timestamp> {
        self.engine.now()
    }

    /// How many customers it knows.
    pub fn n_customers(&self) -> u64 {
        self.n_customers
    }

    /// The state of the customer who has an identity.
    ///
    /// # Errors
    /// `state` for one that is damaged, `io` when it can not be read.
    pub fn customer(&mut self, key: &IdentityKey) -> Result<Option<CustomerState>> {
        self.asked(|store| {
            store.hold_key(key)?;
            Ok(store.engine.customer(key))
        })
    }

    /// A customer in the blueprint's names: [`Engine::view`].
    ///
    /// # Errors
    /// As of [`Store::customer`].
    pub fn view(&mut self, key: &IdentityKey) -> Result<Option<CustomerView>> {
        self.asked(|store| {
            store.hold_key(key)?;
            Ok(store.engine.view(key))
        })
    }

    /// Five lines about a customer for front-line staff: [`Engine::brief`].
    ///
    /// # Errors
    /// Those of [`Engine::brief`]; as of [`Store::customer`].
    pub fn brief(&mut self, key: &IdentityKey, language: Language) -> Result<Brief> {
        self.asked(|store| {
            store.hold_key(key)?;
            store.engine.brief(key, language)
        })
    }

    /// Why a rule did, does or does not act on a customer: [`Engine::explain`].
    ///
    /// # Errors
    /// Those of [`Engine::explain`]; as of [`Store::customer`].
    pub fn explain(&mut self, key: &IdentityKey, rule: &str, at: Option<Timestamp>) -> Result<Explanation> {
        self.asked(|store| {
            store.hold_key(key)?;
            store.engine.explain(key, rule, at)
        })
    }

    /// Every ticket, by (opened, id), with who has it.
    ///
    /// # Errors
    /// As of [`Store::customer`].
    pub fn tickets(&mut self) -> Result<Vec<TicketRow>> {
        self.asked(|store| {
            let desk = store.engine.stage().desk().clone();
            let mut all = Vec::new();
            for state in rows::with_tickets(&store.connection)? {
                all.extend(CustomerState::decode(store.engine.plan(), &state)?.tickets_at(&desk));
            }
            all.sort_by_key(|row| (row.opened, row.id));
            Ok(all)
        })
    }

    /// The refusals that are kept of everybody, at most 256 of each customer, by (due, customer).
    ///
    /// # Errors
    /// `state` for one that is damaged, `io` when they can not be read.
    pub fn refusals(&self) -> Result<Vec<Refusal>> {
        let all = rows::refusals(&self.connection, None)?;
        let mut all = all.iter().map(|bytes| refusal_of(bytes)).collect::<Result<Vec<_>>>()?;
        all.sort_by(|a, b| (a.due, &a.customer).cmp(&(b.due, &b.customer)));
        Ok(all)
    }

    /// Those of the customer who has an identity, in the order in which they came.
    ///
    /// # Errors
    /// As of [`Store::refusals`].
    pub fn refusals_of(&self, key: &IdentityKey) -> Result<Vec<Refusal>> {
        let Some(row) = rows::row_of(&self.connection, key)? else { return Ok(Vec::new()) };
        rows::refusals(&self.connection, Some(row))?.iter().map(|bytes| refusal_of(bytes)).collect()
    }

    /// How often each rule was refused for each reason, ever.
    pub fn refused(&self) -> &Refused {
        self.engine.refused()
    }

    /// Links between identities that were refused; the last 100,000.
    ///
    /// # Errors
    /// `state` for one that is damaged, `io` when they can not be read.
    pub fn refused_links(&self) -> Result<Vec<RefusedLink>> {
        rows::news(&self.connection, "refused_link")
    }

    /// Takes the goals that were met since the last call; beyond 100,000 the oldest are lost.
    ///
    /// # Errors
    /// `state` for one that is damaged, `io` when it can not be written.
    pub fn take_outcomes(&mut self) -> Result<Vec<Outcome>> {
        self.ready()?;
        let all = rows::news(&self.connection, "outcome")?;
        rows::run(&self.connection, "DELETE FROM outcome", [])?;
        Ok(all)
    }

    /// Every event that was taken in and neither taken back nor erased, as a log to be studied and replayed.
    ///
    /// # Errors
    /// `state` for one that is damaged, `io` when they can not be read.
    pub fn log(&self) -> Result<EventLog> {
        let events = rows::events(&self.connection, None)?;
        let events: Vec<Event> = events.iter().map(|bytes| event_of(bytes)).collect::<Result<_>>()?;
        log_of(&events, Some(&self.engine.plan().document))
    }

    /// Goes on under another blueprint with everybody moved to it: [`Engine::install`].
    ///
    /// # Errors
    /// Those of [`Engine::install`]; `io` when it can not be written. Nothing changed.
    pub fn install(&mut self, blueprint: &Blueprint, policy: &Policy) -> Result<Installed> {
        let (plan, text) = (Arc::new(blueprint.compile()?), blueprint.to_json()?);
        self.install_plan(&plan, &text, policy)
    }

    /// What [`Store::install`] would do. Nothing changes.
    ///
    /// # Errors
    /// Those of [`Engine::preview`]; as of [`Store::customer`].
    pub fn preview(&mut self, blueprint: &Blueprint, policy: &Policy) -> Result<Installed> {
        let plan = Arc::new(blueprint.compile()?);
        self.asked(|store| {
            store.hold_all()?;
            store.engine.preview(&plan, policy)
        })
    }

    fn install_plan(&mut self, plan: &Arc<Plan>, text: &str, policy: &Policy) -> Result<Installed> {
        self.once(|store, unwritten| {
            store.hold_all()?;
            unwritten.blueprint = Some(text.to_owned());
            store.engine.install(plan, policy)
        })
    }

    /// Waits for the disk: what returned before is durable then, whatever [`Durability`] says.
    ///
    /// # Errors
    /// `io` when it can not be written.
    pub fn flush(&mut self) -> Result<()> {
        self.ready()?;
        let is_off = self.options.durability == Durability::Off;
        file::synchronize(&self.connection, true, false)?;
        let done = file::bring_together(&self.connection, is_off);
        file::synchronize(&self.connection, self.is_full(), is_off)?;
        done?;
        self.synced = Instant::now();
        Ok(())
    }

    /// Closes the file, with everything in it.
    ///
    /// # Errors
    /// `io` when it can not be written.
    pub fn close(mut self) -> Result<()> {
        self.flush()?;
        self.connection.close().map_err(|(_, error)| failed(error))
    }

    /// Lets go of a file that was opened before this process was forked: the parent has it. Nothing is written, and the
    /// parent's locks stay; only afterwards, and when the parent has closed it, can this process open the file itself.
    ///
    /// # Errors
    /// `io` when it can not be let go of.
    pub fn leave(self) -> Result<()> {
        // who closes a file last clears up beside it, and of the parent this process knows nothing
        let still = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        if let Err(error) = still {
            std::mem::forget(self);
            return Err(failed(error));
        }
        self.connection.close().map_err(|(connection, error)| {
            std::mem::forget(connection);
            failed(error)
        })
    }

    fn is_full(&self) -> bool {
        self.options.durability == Durability::Full
    }

    /// Sees to it that memory says what the file says. Every call that gives a `Result` does; what else is asked after a
    /// write failed ([`Store::outbox`], [`Store::now`]) says nothing of anybody until the file could be read again.
    ///
    /// # Errors
    /// `io` or `state` when the file can not be read.
    pub fn ready(&mut self) -> Result<()> {
        if self.is_adrift {
            self.begin_again()?;
        }
        Ok(())
    }

    /// Does something and writes down what it changed, all or nothing.
    fn once<T>(&mut self, work: impl FnOnce(&mut Self, &mut Unwritten) -> Result<T>) -> Result<T> {
        self.ready()?;
        let mut unwritten = Unwritten::default();
        match work(self, &mut unwritten) {
            Ok(done) => self.write(unwritten).map(|()| done),
            Err(error) => {
                self.let_go();
                Err(error)
            }
        }
    }

    /// Asks something that changes nothing.
    fn asked<T>(&mut self, ask: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.ready()?;
        let answer = ask(self);
        self.let_go();
        answer
    }

    /// Holds the customer who has an identity, where there is one.
    fn hold_key(&mut self, key: &IdentityKey) -> Result<()> {
        if self.engine.number(key).is_some() {
            return Ok(());
        }
        match rows::row_of(&self.connection, key)? {
            Some(row) if !self.held.numbers.contains_key(&row) => {
                let state = rows::state(&self.connection, row)?;
                self.hold(row, &state)
            }
            _ => Ok(()),
        }
    }

    /// Holds the customer whose decision it is.
    fn hold_whose(&mut self, id: DecisionId) -> Result<()> {
        match self.engine.whose(id).cloned() {
            Some(key) => self.hold_key(&key),
            None => Ok(()),
        }
    }

    fn hold_all(&mut self) -> Result<()> {
        for lying in rows::due(&self.connection, None)? {
            self.hold(lying.row, &lying.state)?;
        }
        Ok(())
    }

    fn hold(&mut self, row: i64, state: &[u8]) -> Result<()> {
        if self.held.numbers.contains_key(&row) {
            return Ok(());
        }
        let number = self.engine.admit(state).map_err(|error| {
            // who it is, so that something can be done about it
            match rows::identities(&self.connection, row).unwrap_or_default().first() {
                Some(key) => error.at(&format!("`{}` `{}`", key.kind, key.value)),
                None => error,
            }
        })?;
        self.held.put(number, row, None);
        Ok(())
    }

    /// Lets everybody go when too many are held.
    fn let_go(&mut self) {
        if self.held.rows.len() > self.options.hold {
            self.engine.let_all_go();
            self.held = Held::default();
        }
    }

    /// Writes down what changed; where that fails, goes on from what the file says.
    fn write(&mut self, unwritten: Unwritten) -> Result<()> {
        let mut work = Work::of(&mut self.engine, unwritten, Vec::new());
        work.waits = self.waits();
        match write::commit(&self.connection, &mut self.held, &work) {
            Ok(written) => {
                self.written(written, work.waits);
                self.let_go();
                Ok(())
            }
            Err(error) => {
                // where that fails too, the next call tries again
                let _adrift = self.begin_again();
                Err(error)
            }
        }
    }

    /// Whether to wait for the disk where the store usually does not.
    fn waits(&self) -> bool {
        match self.options.durability {
            Durability::Batch(at_least) => self.synced.elapsed() >= at_least,
            Durability::Full | Durability::Off => false,
        }
    }

    /// Counts what was written.
    fn written(&mut self, Written { n_new, n_gone, .. }: Written, waited: bool) {
        self.n_customers = self.n_customers.saturating_add(n_new).saturating_sub(n_gone);
        if waited {
            self.synced = Instant::now();
        }
    }

    /// Goes on from what the file says; where it can not be read, says nothing of anybody until it can.
    fn begin_again(&mut self) -> Result<()> {
        self.is_adrift = true;
        self.held = Held::default();
        self.set_engine(self.engine.plan().clone(), Base::default())?;
        let text = rows::blob(&self.connection, meta::BLUEPRINT)?;
        let plan = text.as_deref().map_or_else(|| Ok(self.engine.plan().clone()), plan_of)?;
        self.set_engine(plan, rows::base(&self.connection)?)?;
        self.n_customers = rows::n_customers(&self.connection)?;
        self.is_adrift = false;
        Ok(())
    }

    fn set_engine(&mut self, plan: Arc<Plan>, base: Base) -> Result<()> {
        self.engine = Engine::shelved(plan, base)?.with_max_ahead(self.options.max_ahead);
        Ok(())
    }
}

impl Held {
    fn put(&mut self, number: u32, row: i64, identities: Option<u64>) {
        self.rows.insert(number, (row, identities));
        self.numbers.insert(row, number);
    }

    fn remove(&mut self, number: u32) {
        if let Some((row, _)) = self.rows.remove(&number) {
            self.numbers.remove(&row);
        }
    }

    /// The row of a customer, and a hash of the identities that lie there, where that is known.
    fn row(&self, number: u32) -> Option<(i64, Option<u64>)> {
        self.rows.get(&number).copied()
    }
}

/// Notes that a file stands below what its host has seen; gives the sequence that the next decision has then.
fn restored(connection: &Connection, last: u64) -> Result<u64> {
    let next = last.checked_add(1).and_then(|next| Some((next, i64::try_from(next).ok()?)));
    let too_far = || Error::new(ErrorCode::Argument, format!("there is no delivery sequence {last}"));
    let (next, stored) = next.ok_or_else(too_far)?;
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    rows::put(connection, meta::BACKUP, &[])?;
    rows::put_number(connection, meta::NEXT, stored)?;
    transaction.commit().map_err(failed)?;
    Ok(next)
}

/// The plan of a blueprint's text.
fn plan_of(text: &[u8]) -> Result<Arc<Plan>> {
    let damaged = |_| Error::new(ErrorCode::State, "the store's blueprint is damaged");
    let blueprint = Blueprint::parse(std::str::from_utf8(text).map_err(damaged)?)?;
    blueprint.compile().map(Arc::new)
}
