//! The peers: the same work done by other packages, in the same run.
//!
//! Answers: their times, from Python programs beside this file. Does not know: how they do it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::clock::Timed;

/// What one peer reached.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Package and version.
    pub name: String,
    /// First call and median of five.
    pub time: Timed,
    /// What it did, and the check value of its answer.
    pub remark: String,
}

/// The folder with the event files (`events_1m.parquet` ..), from `CJM_PEERS_DATA`.
pub fn data() -> Option<PathBuf> {
    std::env::var_os("CJM_PEERS_DATA").map(PathBuf::from).filter(|folder| folder.is_dir())
}

/// Runs `benches/peers/<program>.py` with the python of `CJM_PEERS`; no peer when there is none.
/// The program prints one JSON object per peer: `{"peer", "first_s", "median_s", "remark"}`.
pub fn run(program: &str, words: &[&str]) -> Vec<Peer> {
    let Some(python) = std::env::var_os("CJM_PEERS") else {
        eprintln!("CJM_PEERS is not set: no peers in this run");
        return Vec::new();
    };
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers").join(program).with_extension("py");
    let out =
        match Command::new(python).arg(script).args(words).stderr(std::process::Stdio::inherit()).output() {
            Ok(out) => out,
            Err(error) => {
                eprintln!("the python of CJM_PEERS did not start: {error}");
                return Vec::new();
            }
        };
    String::from_utf8_lossy(&out.stdout).lines().filter_map(peer).collect()
}

fn peer(line: &str) -> Option<Peer> {
    let row: Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |key: &str| row.get(key).and_then(Value::as_f64);
    let time = Timed { first_s: number("first_s")?, median_s: number("median_s")? };
    Some(Peer { name: text("peer")?, time, remark: text("remark").unwrap_or_default() })
}
