//! Tests of tickets: every transition, every limit to the instant, the desk, and laws over random stories.

mod desk;
mod laws;
mod limits;
mod steps;
mod story;

/// How many cases a law is tried with: so many unless the environment says otherwise.
pub(in crate::ticket) fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}
