//! Calls into the engine without the interpreter's lock: short ones in place, long ones that Ctrl-C ends.
//!
//! Answers: what the work gives, or the exception that ended it; a panic becomes an error and never crosses the border.
//! Threads are the process's own: a forked child has new ones. Does not know: what the work is.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cjm_core::base::stop::{self, Stop};
use cjm_core::{Error, ErrorCode, Result};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::{OrRaise, error};

/// How often a long call asks whether somebody wants it to end.
const ASK_EVERY: Duration = Duration::from_millis(50);
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
pub(crate) fn set_threads(py: Python<'_>, n: Option<usize>) -> PyResult<()> {
    if n.is_some_and(|n| n == 0 || n > MAX_THREADS) {
        return Err(error(py, ErrorCode::Argument, format!("threads are 1 to {MAX_THREADS}")));
    }
    let before = {
        let mut threads = lock(&THREADS);
        threads.asked = n;
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

/// Work that takes no time to speak of, in this thread.
pub(crate) fn short<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    py.detach(|| guarded(work)).or_raise(py)
}

/// Work that may take long, on all threads. Ctrl-C ends it: work that only reads stops, work that changes an engine
/// goes on to a place where nothing is half done.
pub(crate) fn long<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let stop = Stop::default();
    let (send, mut receive) = sync_channel(1);
    let own = stop.clone();
    let started = py.detach(|| -> Result<()> {
        let pool = pool()?;
        let body = move || {
            let done = guarded(|| pool.install(|| stop::until(&own, || work(&own)).transpose()));
            // nobody listens any more once a signal ended the call
            let _unheard = send.send(done);
        };
        let failed = |e: std::io::Error| Error::new(ErrorCode::Limit, format!("no thread: {e}"));
        std::thread::Builder::new().name("cjm-call".to_owned()).spawn(body).map(drop).map_err(failed)
    });
    started.or_raise(py)?;
    loop {
        let (back, heard) = py.detach(move || {
            let heard = receive.recv_timeout(ASK_EVERY);
            (receive, heard)
        });
        match heard {
            Ok(done) => {
                py.check_signals()?;
                return match done.or_raise(py)? {
                    Some(done) => Ok(done),
                    None => Err(error(py, ErrorCode::Internal, "the work was stopped and nobody asked")),
                };
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(error(py, ErrorCode::Internal, "the work ended without a word"));
            }
            Err(RecvTimeoutError::Timeout) => receive_again(py, &stop)?,
        }
        receive = back;
    }
}

fn receive_again(py: Python<'_>, stop: &Stop) -> PyResult<()> {
    py.check_signals().inspect_err(|_| stop.ask())
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
