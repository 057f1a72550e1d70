//! Any bytes as an Arrow stream: every batch is checked in full and read as a log, or is a typed error.

#![no_main]

use std::panic;
use std::sync::Once;

use arrow_ipc::reader::StreamReader;
use cjm_core::Zone;
use cjm_core::event::{Options, TimeUnit};

/// Batches that are read of one stream.
const MAX_BATCHES: usize = 16;

static QUIET: Once = Once::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // a panic inside Arrow is caught, there and here; one of ours still ends the process
    QUIET.call_once(|| panic::set_hook(Box::new(|_| {})));
    let batches = panic::catch_unwind(|| {
        let reader = StreamReader::try_new(bytes, None).ok()?;
        Some(reader.take(MAX_BATCHES).map_while(Result::ok).collect::<Vec<_>>())
    });
    let tables = batches.ok().flatten().unwrap_or_default();
    let checked = tables.iter().filter_map(|table| cjm_io::arrow::checked_table(table).ok());
    let options = Options::new("user", "event", "ms").with_unit(TimeUnit::Milli).with_zone(Zone::utc());
    let _ = cjm_io::arrow::read(checked.map(Ok), &options, None);
});
