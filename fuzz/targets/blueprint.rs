//! Any text as a blueprint: read, checked, compiled; a text that gives no blueprint gives a finding.

#![no_main]

use cjm_core::Blueprint;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (blueprint, findings) = Blueprint::read(text);
    assert!(blueprint.is_some() || !findings.is_empty());
    let Some(blueprint) = blueprint else { return };
    for finding in blueprint.check() {
        let _ = finding.to_string();
    }
    let _ = blueprint.compile();
});
