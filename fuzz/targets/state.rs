//! Any bytes as a state, and as the body of a state whose envelope holds: a value or a typed error, and what is read
//! encodes to bytes that read as the same.

#![no_main]

use std::sync::LazyLock;

use cjm_core::base::hash::sha256_fields;
use cjm_core::{Blueprint, CustomerState, Plan};

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let blueprint = Blueprint::from_yaml(include_str!("../../examples/blueprints/restaurant.yaml"));
    blueprint.and_then(|blueprint| blueprint.compile()).expect("the example compiles")
});

/// Magic, format, lineage, length.
const HEAD: usize = 4 + 2 + 16 + 4;
/// The hash at the end.
const HASH: usize = 8;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    read(&sealed(bytes));
});

fn read(bytes: &[u8]) {
    let Ok(state) = CustomerState::decode(&PLAN, bytes) else { return };
    let again = CustomerState::decode(&PLAN, &state.encode()).expect("what was read can be written and read");
    assert_eq!(again, state);
}

/// A body in an envelope that holds.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = CustomerState::new(&PLAN).encode();
    bytes.truncate(HEAD - 4);
    bytes.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(body);
    let hash = sha256_fields([bytes.as_slice()]);
    bytes.extend_from_slice(&hash[..HASH]);
    bytes
}
