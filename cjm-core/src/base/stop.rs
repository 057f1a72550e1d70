//! Long work that somebody may ask to stop.
//!
//! Answers: whether a stop was asked for, at places of the work where nothing is half done. Does not know: who asks,
//! and what the work is. Work that changes what outlives it is never stopped by this.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A wish to stop, shared between those who work and those who ask.
///
/// ```
/// use cjm_core::base::stop::{Stop, until};
/// let stop = Stop::default();
/// assert_eq!(until(&stop, || 1 + 1), Some(2));
/// stop.ask();
/// assert!(stop.is_asked());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// What unwinds the stack of work that stops.
struct Stopped;

thread_local! {
    /// The wish that the work of this thread heeds.
    static HEEDED: RefCell<Option<Stop>> = const { RefCell::new(None) };
}

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends the work here if somebody asked to stop.
    fn heed(&self) {
        if self.is_asked() {
            resume_unwind(Box::new(Stopped));
        }
    }
}

/// Does work that may be stopped: replays, studies, logs that are read. `None` when it was, and then nothing of it is
/// left. Of work that stops only between its pieces, what is done is `Some`, though a stop was asked for.
pub fn until<T>(stop: &Stop, work: impl FnOnce() -> T) -> Option<T> {
    let before = HEEDED.replace(Some(stop.clone()));
    let done = catch_unwind(AssertUnwindSafe(work));
    HEEDED.set(before);
    match done {
        Ok(done) => Some(done),
        Err(why) if why.is::<Stopped>() => None,
        Err(why) => resume_unwind(why),
    }
}

/// Ends the work of this thread here if it is asked to stop.
pub fn heed() {
    // the wish is taken out of the cell first: unwinding must not leave it borrowed
    if let Some(stop) = heeded() {
        stop.heed();
    }
}

/// The wish that the work of this thread heeds, for the threads that share it.
pub(crate) fn heeded() -> Option<Stop> {
    HEEDED.with_borrow(Clone::clone)
}

/// Ends work that was shared out here if it is asked to stop.
pub(crate) fn heed_of(stop: Option<&Stop>) {
    if let Some(stop) = stop {
        stop.heed();
    }
}

#[cfg(test)]
mod tests {
    use super::{Stop, heed, until};
    use crate::base::par;

    #[test]
    fn work_ends_between_its_pieces() {
        let stop = Stop::default();
        let done = until(&stop, || par::map((0..100).collect(), |x: u32| x + 1).len());
        assert_eq!(done, Some(100));
        let stopped = until(&stop, || {
            par::map((0..100_000_u32).collect(), |x| {
                if x == 7 {
                    stop.ask();
                }
                x
            })
            .len()
        });
        assert_eq!(stopped, None);
        // the wish is the work's own: what comes after it goes on
        assert_eq!(par::map((0..10_u32).collect(), |x| x).len(), 10);
        heed();
    }

    #[test]
    fn other_ends_of_work_go_on_unwinding() {
        let stop = Stop::default();
        let other = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            until(&stop, || std::panic::resume_unwind(Box::new("other")))
        }));
        assert_eq!(other.unwrap_err().downcast_ref::<&str>(), Some(&"other"));
    }
}
