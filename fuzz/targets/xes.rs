//! Any bytes as XES: a log or a typed error.

#![no_main]

use cjm_core::event::Options;
use cjm_io::{Format, read_events_from};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = read_events_from(bytes, Some(Format::Xes), &Options::default());
});
