//! Calls into the engine without the interpreter's lock: short ones in place, long ones that Ctrl-C ends.
//!
//! Answers: what the work gives, or the exception that ended it; a panic becomes an error and never crosses the border.
//! Threads are the process's own: a forked child has new ones. Does not know: what the work is.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use cjm_core::base::stop::{self, Stop};
use cjm_core::{Error, ErrorCode, Result};
use pyo3::prelude::*;
use pyo3::types::PyList;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::{OrRaise, error};

/// How often a long call asks whether somebody wants it to end.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// How often a call asks whether it is its turn.
const TRY_EVERY: Duration = Duration::from_millis(2);
/// After how many tries a turn of another process is taken to be one that never ends.
const TRIES_IN_VAIN: u32 = 50;
/// Most threads that may be asked for.
const MAX_THREADS: usize = 1_024;

/// The threads of one process.
struct Threads {
    process: u32,
    /// How many were asked for; as many as the machine has cores unless said.
    asked: Option<usize>,
    pool: Option<Arc<ThreadPool>>,
}

static THREADS: Mutex<Threads> = Mutex::new(Threads { process: 0, asked: None, pool: None });

/// Locks in spite of a panic elsewhere: what is locked here is whole at every instant.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pool() -> Result<Arc<ThreadPool>> {
    let mut threads = lock(&THREADS);
    let process = std::process::id();
    if threads.process != process {
        // the threads of the parent are not here; its pool must not be waited for
        std::mem::forget(threads.pool.take());
        threads.process = process;
    }
    if let Some(pool) = &threads.pool {
        return Ok(pool.clone());
    }
    let mut builder = ThreadPoolBuilder::new().thread_name(|n| format!("cjm-{n}"));
    if let Some(n) = threads.asked {
        builder = builder.num_threads(n);
    }
    let failed = |e: rayon::ThreadPoolBuildError| Error::new(ErrorCode::Limit, format!("no threads: {e}"));
    let pool = Arc::new(builder.build().map_err(failed)?);
    threads.pool = Some(pool.clone());
    Ok(pool)
}

/// Sets how many threads long calls use, 1 to 1,024; ``None`` is one for each core. No answer depends on it.
///
/// Raises ``ArgumentError`` for another number. Of this process: one that is forked has threads of its own.
///
///     >>> cjm.set_threads(2)
///     >>> cjm.threads()
///     2
///     >>> cjm.set_threads()
#[pyfunction]
#[pyo3(signature = (n=None))]
pub(crate) fn set_threads(py: Python<'_>, n: Option<i64>) -> PyResult<()> {
    let asked = n.map(|n| usize::try_from(n).ok().filter(|n| (1..=MAX_THREADS).contains(n)));
    if asked == Some(None) {
        return Err(error(py, ErrorCode::Argument, format!("threads are 1 to {MAX_THREADS}")));
    }
    let before = {
        let mut threads = lock(&THREADS);
        threads.asked = asked.flatten();
        threads.pool.take()
    };
    // whoever still works in the old threads keeps them
    py.detach(|| drop(before));
    Ok(())
}

/// How many threads long calls use.
///
///     >>> cjm.threads() >= 1
///     True
#[pyfunction]
pub(crate) fn threads(py: Python<'_>) -> PyResult<usize> {
    py.detach(pool).or_raise(py).map(|pool| pool.current_num_threads())
}

/// Work that takes no time to speak of and waits for nobody, in this thread.
pub(crate) fn short<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    py.detach(|| guarded(work)).or_raise(py)
}

/// Work that only reads and may take long, on all threads. Ctrl-C ends it; what it did is given up.
pub(crate) fn long<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> PyResult<T> {
    told(py, |_| work(), |_, ()| Ok(()))
}

/// Like [`long`], with what the work tells on its way: it is heard in the thread that called, which is where Python runs.
pub(crate) fn told<T: Send + 'static, M: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(&mut dyn FnMut(M)) -> Result<T> + Send + 'static,
    mut hear: impl FnMut(Python<'_>, M) -> PyResult<()>,
) -> PyResult<T> {
    let stop = Stop::default();
    let own = stop.clone();
    let pool = py.detach(pool).or_raise(py)?;
    let body = move |send: &Sender<Word<Option<T>, M>>| {
        let words = send.clone();
        let mut tell = move |word: M| {
            // whoever does not listen any more has asked to stop
            let _unheard = words.send(Word::Told(word));
            stop::heed();
        };
        pool.install(move || stop::until(&own, || work(&mut tell)).transpose())
    };
    let listen = |py: Python<'_>, word: M| hear(py, word).inspect_err(|_| stop.ask());
    match wait(py, spawn(py, body)?, &stop, false, listen)? {
        (_, Some(signal)) => Err(signal),
        (done, None) => done.flatten().ok_or_else(|| unheard(py)),
    }
}

/// Work that changes an engine, in a thread of its own and none of those that share work: whoever waits for a lock
/// there must not be handed other work that wants it too. Ctrl-C asks it to stop; what it came to is given with it.
pub(crate) fn changing<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
) -> PyResult<(T, Option<PyErr>)> {
    let stop = Stop::default();
    let own = stop.clone();
    let running = spawn(py, move |_: &Sender<Word<T, ()>>| work(&own))?;
    let (done, signal) = wait(py, running, &stop, true, |_, ()| Ok(()))?;
    Ok((done.ok_or_else(|| unheard(py))?, signal))
}

/// Like [`changing`], for work that can not stop half way: Ctrl-C ends the wait for it, not the work.
pub(crate) fn whole<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let running = spawn(py, move |_: &Sender<Word<T, ()>>| work())?;
    match wait(py, running, &Stop::default(), false, |_, ()| Ok(()))? {
        (_, Some(signal)) => Err(signal),
        (done, None) => done.ok_or_else(|| unheard(py)),
    }
}

/// What a thread that works says.
enum Word<T, M> {
    Told(M),
    Done(Result<T>),
}

/// Begins work in a thread of its own.
fn spawn<T: Send + 'static, M: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(&Sender<Word<T, M>>) -> Result<T> + Send + 'static,
) -> PyResult<Receiver<Word<T, M>>> {
    let (send, receive) = channel();
    let body = move || {
        let done = guarded(|| work(&send));
        // nobody listens any more once a signal ended the call
        let _unheard = send.send(Word::Done(done));
    };
    let failed = |e: std::io::Error| error(py, ErrorCode::Limit, format!("no thread: {e}"));
    std::thread::Builder::new().name("cjm-call".to_owned()).spawn(body).map_err(failed)?;
    Ok(receive)
}

/// Waits for work, hears what it tells, and asks it to stop when a signal comes: then waits for its end where it will
/// have something to say, and else gives up. What it came to, and the exception of the signal.
fn wait<T: Send, M: Send>(
    py: Python<'_>,
    mut receive: Receiver<Word<T, M>>,
    stop: &Stop,
    to_its_end: bool,
    mut hear: impl FnMut(Python<'_>, M) -> PyResult<()>,
) -> PyResult<(Option<T>, Option<PyErr>)> {
    let mut signal: Option<PyErr> = None;
    loop {
        let (back, heard) = py.detach(move || {
            let heard = receive.recv_timeout(ASK_EVERY);
            (receive, heard)
        });
        receive = back;
        match heard {
            Ok(Word::Done(done)) => return Ok((Some(done.or_raise(py)?), signal)),
            Ok(Word::Told(word)) if signal.is_none() => {
                signal = hear(py, word).err();
            }
            Ok(Word::Told(_)) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(unheard(py));
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Err(raised) = py.check_signals() {
                    stop.ask();
                    signal.get_or_insert(raised);
                }
            }
        }
        if signal.is_some() && !to_its_end {
            return Ok((None, signal));
        }
    }
}

fn unheard(py: Python<'_>) -> PyErr {
    error(py, ErrorCode::Internal, "the work ended without a word; please report it")
}

/// Something that threads of one process take turns at.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    inner: Mutex<T>,
    /// The process whose thread took the last turn.
    process: AtomicU32,
}

impl<T: Send> Turns<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner: Mutex::new(inner), process: AtomicU32::new(std::process::id()) }
    }

    /// Takes a turn in a thread that may wait.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let held = lock(&self.inner);
        self.process.store(std::process::id(), Ordering::Relaxed);
        held
    }

    /// Does something short when its turn comes; Ctrl-C ends the wait for it.
    ///
    /// # Errors
    /// Those of the work; `state` in a forked child whose parent was in the middle of another turn.
    pub(crate) fn take<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut T) -> Result<R> + Send,
    ) -> PyResult<R> {
        let mut work = Some(work);
        let mut in_vain = 0;
        loop {
            let done = py.detach(|| {
                let tried = match self.inner.try_lock() {
                    Ok(held) => Some(held),
                    Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                    Err(TryLockError::WouldBlock) => None,
                };
                match tried {
                    Some(mut held) => {
                        self.process.store(std::process::id(), Ordering::Relaxed);
                        work.take().map(|work| guarded(|| work(&mut held)))
                    }
                    None => {
                        std::thread::sleep(TRY_EVERY);
                        None
                    }
                }
            });
            if let Some(done) = done {
                return done.or_raise(py);
            }
            // a thread that was not copied into this process never ends its turn
            in_vain += 1;
            if self.process.load(Ordering::Relaxed) == std::process::id() {
                in_vain = 0;
            }
            if in_vain > TRIES_IN_VAIN {
                let words = "the engine was at work in another thread when the process was forked; restore a snapshot";
                return Err(error(py, ErrorCode::State, words));
            }
            py.check_signals()?;
        }
    }
}

/// Something done with the interpreter's lock; a panic is an error of the library.
pub(crate) fn caught<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|why| Err(crate::errors::raise(py, &panicked(&*why))))
}

/// How often a loop over many objects asks whether somebody wants it to end.
const OBJECTS: usize = 4_096;

/// The objects of an iterable, each made into something, with an ear for Ctrl-C.
pub(crate) fn each<'py, T>(
    objects: &Bound<'py, PyAny>,
    mut make: impl FnMut(Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    let mut all = Vec::new();
    for object in objects.try_iter()? {
        all.push(make(object?)?);
        if all.len() % OBJECTS == 0 {
            objects.py().check_signals()?;
        }
    }
    Ok(all)
}

/// A list of many objects, with an ear for Ctrl-C.
pub(crate) fn list<'py, T, O>(
    py: Python<'py>,
    all: Vec<T>,
    mut make: impl FnMut(T) -> PyResult<Bound<'py, O>>,
) -> PyResult<Bound<'py, PyList>> {
    let mut objects = Vec::with_capacity(all.len());
    for (n, one) in all.into_iter().enumerate() {
        objects.push(make(one)?.into_any());
        if n % OBJECTS == OBJECTS - 1 {
            py.check_signals()?;
        }
    }
    PyList::new(py, objects)
}

/// Does work; a panic is an error of the library.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|why| Err(panicked(&*why)))
}

fn panicked(why: &(dyn Any + Send)) -> Error {
    let words = why.downcast_ref::<&str>().copied().or(why.downcast_ref::<String>().map(String::as_str));
    let words = words.unwrap_or("it did not say why");
    Error::new(ErrorCode::Internal, format!("the engine stopped in the middle: {words}; please report it"))
}
