//! Tests of reading: what is said of which text, with line and column.

use super::*;

pub(super) fn restaurant() -> Option<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/api/restaurant.yaml");
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(_) => {
            eprintln!("SKIPPED: {path} is not there");
            None
        }
    }
}

#[test]
fn the_restaurant_reads_without_a_finding() {
    let Some(text) = restaurant() else { return };
    let (blueprint, findings) = Blueprint::read(&text);
    for finding in &findings {
        eprintln!("{finding}");
    }
    assert_eq!(findings, []);
    let blueprint = blueprint.unwrap();
    assert_eq!(blueprint.document().journeys[0].stages.len(), 6);
}

/// A text as plain JSON, as the tree has it.
pub(super) fn raw(text: &str) -> serde_json::Value {
    decode::json(&tree::read(text, &mut sink::Sink::default()).unwrap())
}
