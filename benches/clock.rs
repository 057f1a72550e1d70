//! The clock of the benches.
//!
//! Answers: the first call and the median of five more. Does not know: what runs.

use std::time::Instant;

/// How long a work took, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timed {
    /// The first call: cold caches of the work itself, warm files.
    pub first_s: f64,
    /// The median of the five calls after it.
    pub median_s: f64,
}

/// Runs a work six times; its last result and its times. Each result is dropped outside the clock.
pub fn timed<T>(mut work: impl FnMut() -> T) -> (T, Timed) {
    let mut once = || {
        let started = Instant::now();
        let result = work();
        (result, started.elapsed().as_secs_f64())
    };
    let (mut result, first_s) = once();
    let mut later = [0.0; 5];
    for at in &mut later {
        drop(result);
        let again = once();
        (result, *at) = again;
    }
    later.sort_by(f64::total_cmp);
    let [_, _, median_s, _, _] = later;
    (result, Timed { first_s, median_s })
}

/// Nanoseconds that this thread has run: on a busy machine less than the clock on the wall; that where it is unknown.
pub fn ran_ns(since: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ran = text.split(' ').next().and_then(|ns| ns.parse().ok());
    ran.unwrap_or(since.elapsed().as_nanos() as f64)
}
