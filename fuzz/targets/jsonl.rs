//! Any bytes as JSON lines: a log or a typed error.

#![no_main]

use cjm_core::Zone;
use cjm_core::event::Options;
use cjm_io::{Format, read_events_from};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let options = Options::new("user", "event", "at").with_zone(Zone::utc());
    let _ = read_events_from(bytes, Some(Format::JsonLines), &options);
});
