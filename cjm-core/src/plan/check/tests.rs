//! Tests of the reference checks: each finding with its line and column.

use crate::Blueprint;

fn restaurant() -> Option<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/api/restaurant.yaml");
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        eprintln!("SKIPPED: {path} is not there");
    }
    text
}

#[test]
fn the_restaurant_checks_without_a_finding() {
    let Some(text) = restaurant() else { return };
    let findings = Blueprint::from_yaml(&text).unwrap().check();
    assert_eq!(findings.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_restaurant_round_trips() {
    let Some(text) = restaurant() else { return };
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    let yaml = blueprint.to_yaml().unwrap();
    assert_eq!(Blueprint::from_yaml(&yaml).unwrap(), blueprint, "{yaml}");
    let json = blueprint.to_json().unwrap();
    assert_eq!(Blueprint::from_json(&json).unwrap(), blueprint, "{json}");
}
