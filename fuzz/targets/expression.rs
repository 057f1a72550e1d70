//! Any text as a condition over a few facts: findings, a typed error or a value.

#![no_main]

use std::sync::LazyLock;

use cjm_core::{Value, Zone, expr};

static FACTS: LazyLock<Value> = LazyLock::new(|| {
    let facts = serde_json::json!({
        "n": null, "b": true, "i": 7, "x": 1.5, "t": "text", "l": [1, null, "a"], "r": {"a": {"b": 2}},
    });
    expr::json::value(&facts).unwrap_or(Value::Null)
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = expr::evaluate(text, &FACTS, &Zone::utc());
});
