//! Every state comes back from its packed form as it was.

use std::cell::Cell;

use super::*;

thread_local! {
    /// Steps of this thread, which is one test's.
    static STEPS: Cell<u32> = const { Cell::new(0) };
}

/// Whether a state comes back as it was: steps of every test of the engine end with this, the first 500 and then one
/// of 101.
pub(in crate::engine) fn comes_back(state: &CustomerState) {
    let n = STEPS.replace(STEPS.get().wrapping_add(1));
    if n > 500 && !n.is_multiple_of(101) {
        return;
    }
    let packed = Packed::of(state, &mut Tables::default());
    let back = packed.unpack(&state.layout).unwrap();
    assert_eq!(back, *state);
    assert_eq!(back.encode(), state.encode());
    let zone = |state: &CustomerState| state.zone.as_ref().map(|zone| zone.name());
    assert_eq!((zone(&back), back.size), (zone(state), state.size));
    assert_eq!(packed.has_tickets(), !state.tickets.is_empty());
    for identity in state.facts.identities.iter() {
        assert!(packed.is_of(&state.layout, &identity.key));
    }
    for (kind, value) in state.waiting.events().flat_map(|event| &event.identities) {
        assert!(packed.is_of(&state.layout, &IdentityKey { kind: kind.clone(), value: value.clone() }));
    }
    let nobody = IdentityKey { kind: "member".into(), value: "nobody of this value".into() };
    assert!(!packed.is_of(&state.layout, &nobody));
}
