//! Patterns by cases: rules as a blueprint has them, lines of events, the matches they give.

mod forms;
mod golden;
mod laws;
mod naive;
mod sequences;
mod story;

/// How many cases a law is tried on: `PROPTEST_CASES` where it is set.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}
