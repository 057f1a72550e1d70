//! What the tests of this crate share: outside data in place, batches as text.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::PathBuf;

use cjm_core::event::{Batch, Cells, Options};
use cjm_core::{Error, Zone};
use cjm_io::{EventReader, Format};

/// A folder of outside data, or a loud line that the test was skipped.
pub(crate) fn data(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("SKIPPED: the outside data `{folder}` is not at {}", path.display());
    None
}

/// Columns user, event and at, times in UTC.
pub(crate) fn options() -> Options {
    Options::new("user", "event", "at").with_zone(Zone::utc())
}

/// Reads bytes of a format.
pub(crate) fn read(format: Format, bytes: &[u8], options: &Options) -> Result<Batch, Error> {
    EventReader::new().format(format).batch_from(bytes, options).map(|(batch, _)| batch)
}

/// A batch as text: its columns with their kinds, its rows, what was rejected.
pub(crate) fn show(batch: &Batch) -> String {
    let mut out = String::new();
    let columns = batch.columns().iter().map(|c| format!("{}:{}", c.name, kind(&c.cells)));
    out.push_str(&columns.collect::<Vec<_>>().join(" "));
    for row in 0..batch.n_rows() {
        let cells =
            batch.columns().iter().map(|c| if c.is_valid(row) { cell(&c.cells, row) } else { "-".into() });
        out.push_str(&format!("\n{}: {}", batch.line(row), cells.collect::<Vec<_>>().join(" | ")));
    }
    for rows in batch.rejected().all() {
        let places = rows.examples.iter().map(|e| format!("{} `{}`", e.line, e.text));
        let places = places.collect::<Vec<_>>().join(", ");
        out.push_str(&format!("\n! {} {} x{}: {places}", rows.reason.slug(), rows.column, rows.count));
    }
    out
}

fn kind(cells: &Cells) -> &'static str {
    match cells {
        Cells::Text(_) | Cells::Coded { .. } => "text",
        Cells::Int(_) => "int",
        Cells::Number(_) => "number",
        Cells::Money(_) => "money",
        Cells::Bool(_) => "bool",
        Cells::Time { .. } => "time",
        Cells::Date(_) => "date",
        Cells::Mixed(_) => "mixed",
    }
}

fn cell(cells: &Cells, row: usize) -> String {
    match cells {
        Cells::Text(texts) => texts.get(row).to_owned(),
        Cells::Coded { codes, texts } => texts.get(codes.get(row) as usize).to_owned(),
        Cells::Int(values) => values[row].to_string(),
        Cells::Number(values) => format!("{:?}", values[row]),
        Cells::Money(values) => values[row].to_string(),
        Cells::Bool(bits) => bits.get(row).to_string(),
        Cells::Time { ticks, unit } => {
            cjm_core::Timestamp::saturating(unit.micros(ticks[row]).unwrap()).to_string()
        }
        Cells::Date(days) => cjm_core::Date::from_days(i64::from(days[row])).to_string(),
        Cells::Mixed(values) => format!("{:?}", values[row]),
    }
}
