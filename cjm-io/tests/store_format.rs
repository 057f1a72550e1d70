//! Files of every format that a store ever had open and answer as they did when they were written.
//!
//! `tests/data/store-N.db.gz` is a store of format N, closed; `store-N.json` is what it said. They are written once, by
//! this test with `CJM_WRITE_STORE=1`, when format N is released or before, and never again: a later version brings a
//! copy of the file up to its own format and has to answer the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use cjm_io::store::Durability;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value as Json;

use self::story::{everything, open, step};

#[path = "common/story.rs"]
mod story;

/// Calls of the story that the files were told, and of what they are told now.
const TOLD: usize = 30;
const TOLD_NOW: usize = 60;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// What the store says, before and after it is told more.
fn said(path: &Path) -> Json {
    let mut store = open(path, Durability::Full).expect("it opens");
    let before = everything(&mut store).expect("it is read");
    (TOLD..TOLD_NOW).for_each(|n| step(&mut store, n).expect("it goes on"));
    serde_json::json!({ "as it lies": before, "later": everything(&mut store).expect("it is read") })
}

fn write(folder: &Path, format: u32) {
    let path = folder.join("new.db");
    let mut store = open(&path, Durability::Full).expect("it opens");
    (0..TOLD).for_each(|n| step(&mut store, n).expect("it is done"));
    store.close().expect("it is closed");
    let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
    zipped.write_all(&std::fs::read(&path).expect("it is read")).expect("it is zipped");
    let zipped = zipped.finish().expect("it is zipped");
    std::fs::write(data(&format!("store-{format}.db.gz")), zipped).expect("it is written");
    let words = serde_json::to_string_pretty(&said(&path)).expect("it is text");
    std::fs::write(data(&format!("store-{format}.json")), words + "\n").expect("it is written");
}

#[test]
fn a_file_of_every_format_answers_as_it_did() {
    let folder = tempfile::tempdir().expect("a folder");
    if std::env::var_os("CJM_WRITE_STORE").is_some() {
        write(folder.path(), 1);
    }
    for format in 1..=1 {
        let zipped = std::fs::read(data(&format!("store-{format}.db.gz"))).expect("it is in the tree");
        assert!(zipped.len() < 64 * 1024);
        let mut bytes = Vec::new();
        GzDecoder::new(zipped.as_slice()).read_to_end(&mut bytes).expect("it is unzipped");
        let path = folder.path().join(format!("{format}.db"));
        std::fs::write(&path, bytes).expect("it is written");
        let expected = std::fs::read(data(&format!("store-{format}.json"))).expect("it is in the tree");
        let expected: Json = serde_json::from_slice(&expected).expect("it is JSON");
        assert_eq!(said(&path), expected, "format {format}");
    }
}
