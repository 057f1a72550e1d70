//! Outreach by cases and by laws: short tables beside naive definitions.

mod arms;
#[cfg(feature = "messages")]
mod body;
mod caps;
#[cfg(feature = "messages")]
mod payload;
mod quiet;
mod usage;

use crate::base::time::Timestamp;
use crate::base::zone::{Zone, parse_instant};

/// How many cases a law is tried on: `PROPTEST_CASES` where it is set.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

/// An instant as the clocks of a zone show it.
fn at(text: &str, zone: &Zone) -> Timestamp {
    parse_instant(text, Some(zone)).unwrap_or_else(|e| panic!("{text}: {e}"))
}
