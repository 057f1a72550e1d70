//! Many events at once: while one piece of them is decided, another thread writes the piece before and reads what the
//! piece behind concerns.
//!
//! Answers: the same decisions, states and rows as one call for each event, in a fraction of the time. Does not know:
//! where the events come from.
//!
//! # Why what is read is never old
//! The thread with the file does what it is asked in turn: read for piece 1, read for 2, write 1, read for 3, write 2.
//! What is read for a piece may thus miss what the piece before changes. But whom that piece concerns, the engine holds
//! by then, and nobody who is held is asked for; of its events' keys, the deciding thread remembers those.

use std::borrow::Borrow;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, scope};

use cjm_core::{Decision, Engine, Error, ErrorCode, Event, Result};
use hashbrown::{HashMap, HashSet};
use rusqlite::Connection;

use super::intake::{Admitted, Intake, Known, Wanted};
use super::write::{self, Work, Written};
use super::{Durability, Held, Store, Unwritten, file};

/// Events of the first piece, and of the last ones; between them pieces grow and shrink, so that neither thread waits
/// long for the other.
const LEAST: usize = if cfg!(test) { 5 } else { 16_384 };
/// Most events of a piece, which is one transaction: the larger it is, the fewer states are written.
const MOST: usize = if cfg!(test) { 24 } else { 131_072 };
/// Bytes of names and attributes after which a piece takes no more events.
const WEIGHT: usize = 32 << 20;
/// Customers held in memory while many events are taken in, at least.
const HELD: usize = if cfg!(test) { 4 } else { 131_072 };
/// Bytes of states that are read and written before everybody is let go.
const BYTES: usize = 256 << 20;

/// What was taken in and written.
#[derive(Default)]
struct Taken {
    n: usize,
    decisions: Vec<Decision>,
    failed: Option<Error>,
}

impl Taken {
    fn add(&mut self, mut news: News) {
        self.n += news.n;
        self.decisions.append(&mut news.decisions);
    }
}

/// What was taken in and is not written yet.
struct News {
    n: usize,
    decisions: Vec<Decision>,
}

impl Store {
    /// Takes events in one after the other, up to 131,072 to a transaction, and stops at the first that errs. From 16,384
    /// events on, a second thread reads and writes while this one decides; it ends before the call returns.
    ///
    /// # Errors
    /// How many were taken in and are durable, their decisions, and the error.
    pub fn push_many<E: Borrow<Event>>(
        &mut self,
        events: impl IntoIterator<Item = E>,
    ) -> std::result::Result<Vec<Decision>, (usize, Vec<Decision>, Error)> {
        let mut taken = Taken { failed: self.ready().err(), ..Taken::default() };
        let mut events = Pieces { events: events.into_iter().fuse(), size: LEAST };
        let mut piece = events.next();
        while taken.failed.is_none()
            && let Some(first) = piece.take()
        {
            match events.next() {
                None => self.push_piece(&first, &mut taken),
                Some(second) => {
                    piece = self.push_pieces(first, second, &mut events, &mut taken);
                    self.let_go();
                }
            }
        }
        match taken.failed {
            None => Ok(taken.decisions),
            Some(error) => Err((taken.n, taken.decisions, error)),
        }
    }

    /// Takes one piece in.
    fn push_piece<E: Borrow<Event>>(&mut self, piece: &[E], taken: &mut Taken) {
        let wanted = Wanted::of(&self.engine, piece);
        let mut known = match Known::read(&self.connection, &self.held, &mut HashSet::new(), wanted) {
            Ok(known) => known,
            Err(error) => {
                taken.failed = Some(error);
                return;
            }
        };
        let admitted = known.admit(&mut self.engine);
        let mut decided = decide(&mut self.engine, piece, (&known, &admitted), &HashMap::new());
        decided.work.waits = self.waits();
        let waited = decided.work.waits;
        match write::commit(&self.connection, &mut self.held, &decided.work) {
            Ok(written) => {
                self.written(written, waited);
                taken.add(decided.news);
                taken.failed = decided.failed;
                self.let_go();
            }
            Err(error) => {
                let _adrift = self.begin_again();
                taken.failed = Some(error);
            }
        }
    }

    /// Takes pieces in until no more come, something fails or too many customers are held; gives a piece that was not
    /// begun.
    fn push_pieces<E: Borrow<Event>>(
        &mut self,
        first: Vec<E>,
        second: Vec<E>,
        rest: &mut impl Iterator<Item = Vec<E>>,
        taken: &mut Taken,
    ) -> Option<Vec<E>> {
        if let Err(error) = file::make_room(&self.connection, true) {
            taken.failed = Some(error);
            return None;
        }
        let (most, waits) =
            (self.options.hold.max(HELD), matches!(self.options.durability, Durability::Batch(_)));
        let Self { connection, engine, held, .. } = &mut *self;
        let mut told = Told::default();
        let left = scope(|scope| {
            let ((jobs, to_do), (done, results)) = (channel(), channel());
            let desk = Desk { connection, held };
            let spawned = Builder::new().spawn_scoped(scope, move || desk.serve(&to_do, &done));
            if let Err(error) = spawned {
                taken.failed =
                    Some(Error::new(ErrorCode::Io, format!("no thread could be started: {error}")));
                return None;
            }
            let ahead = Ahead { engine, jobs, results, most, waits, told: &mut told, taken };
            ahead.run(first, second, rest)
        });
        self.written(told.written, waits);
        if let Some(error) = told.not_written {
            // where that fails too, the next call tries again
            let _adrift = self.begin_again();
            taken.failed = Some(error);
        } else {
            // everything is written; that the file is large and much is in memory harms nothing
            let _roomy = file::make_room(&self.connection, false);
        }
        left
    }
}

/// What the thread with the file is asked for.
enum Job {
    Read(Wanted),
    Write(Box<Work>),
}

/// What it answers, in the same order.
enum Done {
    Read(Result<Known>),
    /// With what was written, to be dropped by the thread that made it: memory is got and given back faster so.
    Written(Result<(Written, Box<Work>)>),
}

/// The thread with the file.
struct Desk<'a> {
    connection: &'a mut Connection,
    held: &'a mut Held,
}

impl Desk<'_> {
    /// Does what it is asked until nobody asks any more or a write fails.
    fn serve(self, jobs: &Receiver<Job>, results: &Sender<Done>) {
        // rows that were read and of which no work has said yet that they are held
        let mut handed = HashSet::new();
        for job in jobs {
            let done = match job {
                Job::Read(wanted) => Done::Read(Known::read(self.connection, self.held, &mut handed, wanted)),
                Job::Write(work) => {
                    let written = write::commit(self.connection, self.held, &work);
                    Done::Written(written.map(|written| (written, work)))
                }
            };
            let is_over = matches!(done, Done::Written(Err(_)));
            if results.send(done).is_err() || is_over {
                return;
            }
        }
    }
}

/// What the desk told of its writes.
#[derive(Default)]
struct Told {
    written: Written,
    not_written: Option<Error>,
}

/// The thread that decides.
struct Ahead<'a> {
    engine: &'a mut Engine,
    jobs: Sender<Job>,
    results: Receiver<Done>,
    most: usize,
    waits: bool,
    told: &'a mut Told,
    taken: &'a mut Taken,
}

impl Ahead<'_> {
    /// Decides piece after piece; gives one that was not begun.
    fn run<E: Borrow<Event>>(
        mut self,
        first: Vec<E>,
        second: Vec<E>,
        rest: &mut impl Iterator<Item = Vec<E>>,
    ) -> Option<Vec<E>> {
        let (mut piece, mut next) = (first, Some(second));
        let (mut bytes, mut before, mut unwritten) = (0, HashMap::new(), None);
        self.ask(Job::Read(Wanted::of(self.engine, &piece)));
        let left = loop {
            let Some(mut known) = self.read() else { break None };
            bytes += known.bytes();
            let admitted = known.admit(self.engine);
            let goes_on = bytes + self.told.written.bytes < BYTES && self.engine.n_customers() < self.most;
            if let Some(next) = next.as_ref().filter(|_| goes_on) {
                self.ask(Job::Read(Wanted::of(self.engine, next)));
            }
            let Decided { mut work, news, failed } =
                decide(self.engine, &piece, (&known, &admitted), &before);
            before = work.take_keys();
            work.waits = self.waits;
            self.ask(Job::Write(Box::new(work)));
            if let Some(earlier) = unwritten.replace(news)
                && !self.wrote(earlier)
            {
                return None;
            }
            if failed.is_some() {
                self.taken.failed = failed;
                break None;
            }
            match next.take() {
                Some(begun) if goes_on => piece = begun,
                left => break left,
            }
            next = rest.next();
        };
        let is_written = unwritten.is_none_or(|last| self.wrote(last));
        left.filter(|_| is_written)
    }

    fn ask(&self, job: Job) {
        // where nobody listens any more, the answer that is missing says so
        let _unheard = self.jobs.send(job);
    }

    /// What was read for the piece that comes now.
    fn read(&mut self) -> Option<Known> {
        match self.results.recv() {
            Ok(Done::Read(Ok(known))) => return Some(known),
            Ok(Done::Read(Err(error)) | Done::Written(Err(error))) => self.taken.failed = Some(error),
            Ok(Done::Written(Ok(_))) | Err(_) => self.taken.failed = Some(gone()),
        }
        None
    }

    /// Hears of a write, and whether it was done; what was read in between for a piece that is not begun is let be.
    fn wrote(&mut self, news: News) -> bool {
        loop {
            match self.results.recv() {
                Ok(Done::Read(_)) => {}
                Ok(Done::Written(Ok((Written { n_new, n_gone, bytes }, _)))) => {
                    self.told.written.n_new += n_new;
                    self.told.written.n_gone += n_gone;
                    self.told.written.bytes += bytes;
                    self.taken.add(news);
                    return true;
                }
                Ok(Done::Written(Err(error))) => {
                    self.told.not_written = Some(error);
                    return false;
                }
                Err(_) => {
                    self.told.not_written = Some(gone());
                    return false;
                }
            }
        }
    }
}

/// What deciding a piece came to.
struct Decided {
    work: Work,
    news: News,
    failed: Option<Error>,
}

/// Takes the events of a piece into the engine, up to the first that errs.
fn decide<E: Borrow<Event>>(
    engine: &mut Engine,
    piece: &[E],
    (known, admitted): (&Known, &Admitted),
    before: &HashMap<u64, u64>,
) -> Decided {
    let (mut unwritten, mut decisions, mut n, mut failed) = (Unwritten::default(), Vec::new(), 0, None);
    let mut intake = Intake { engine: &mut *engine, known, admitted, before, unwritten: &mut unwritten };
    for event in piece {
        match intake.take(event.borrow()) {
            Ok(mut made) => decisions.append(&mut made),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
        n += 1;
    }
    let work = Work::of(engine, unwritten, admitted.rows.clone());
    Decided { work, news: News { n, decisions }, failed }
}

/// Events in pieces.
struct Pieces<I> {
    events: I,
    /// Of the next one.
    size: usize,
}

impl<E: Borrow<Event>, I: Iterator<Item = E>> Iterator for Pieces<I> {
    type Item = Vec<E>;

    fn next(&mut self) -> Option<Self::Item> {
        let size = match self.events.size_hint() {
            (_, Some(left)) => self.size.min(left / 2).max(LEAST),
            _ => self.size,
        };
        self.size = (2 * size).min(MOST);
        let (mut piece, mut weight) = (Vec::new(), 0);
        while piece.len() < size
            && weight < WEIGHT
            && let Some(event) = self.events.next()
        {
            weight += event.borrow().bytes();
            piece.push(event);
        }
        Some(piece).filter(|piece| !piece.is_empty())
    }
}

fn gone() -> Error {
    Error::new(ErrorCode::Internal, "the thread that writes is gone")
}
