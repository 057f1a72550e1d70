//! Laws of the state: encoding, merging, unlinking, atomicity, over random histories.

use proptest::prelude::*;

use super::*;
use crate::customer::identity::IdentityKey;
use crate::engine::encode::FORMAT;
use crate::error::ErrorCode;

const WORLD: &str = "
cjm: 1
id: world
zone: Asia/Shanghai
identities: [{ id: member }, { id: phone }]
channels: [{ id: sms }, { id: app }]
events:
  look: { n: optional int }
  buy: { amount: money, dish: optional text }
  moan: {}
  say: { channel: optional text, purpose: optional text, granted: bool }
consent: { event: say, purposes: [{ id: ads, default: deny }] }
customer:
  profile: { name: optional text }
  features:
    buys: { count: buy }
    spend: { sum: buy.amount, within: 3d }
    best: { max: buy.amount }
    dish: { last: buy.dish }
    dishes: { distinct: buy.dish }
  lifecycle:
    - { id: guest }
    - { id: buyer, if: buys >= 1 }
    - { id: rich, if: spend >= 50 }
    - { id: gone, idle: { event: buy, for: 5d } }
  segments: [{ id: noodle, if: dish == 'noodles' }]
scenarios: [{ id: night, if: local(event.time).hour < 6 }]
journeys:
  - id: shop
    personas: [{ id: known, if: buys >= 1 }]
    enter: look
    goal: { event: buy }
    exit: { event: moan }
    idle: 12h
    stages:
      - { id: look, touchpoints: [{ id: look, event: look, repeat: true }] }
      - { id: buy, touchpoints: [{ id: buy, event: buy, wait: 1h, in: { night: { wait: 2h } } }] }
      - { id: after, touchpoints: [{ id: moan, event: moan, feels: -1, optional: true }] }
";

fn random_event() -> impl Strategy<Value = Event> {
    let name = prop_oneof![3 => Just("look"), 3 => Just("buy"), 1 => Just("moan"), 1 => Just("say"), 1 => Just("profile_set"), 1 => Just("dance")];
    (name, 0_i64..20 * 24 * 60, 0_i64..80, 0_usize..3, any::<bool>()).prop_map(
        |(name, minute, n, pick, flag)| {
            let time = Timestamp::saturating(1_767_225_600_000_000 + minute * 60_000_000);
            let event = Event::new(name, time);
            match name {
                "look" if flag => event.with("n", n),
                "buy" => event.with("amount", n).with("dish", ["noodles", "soup", "tea"][pick]),
                "say" if pick == 0 => event.with("granted", flag),
                "say" => event.with("granted", flag).with("channel", ["sms", "app"][pick - 1]),
                "profile_set" => event.with("name", ["Li", "Wu", "Xu"][pick]),
                _ => event,
            }
        },
    )
}

/// A history in order of time, every event with a key of its own.
fn history(member: &'static str) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(random_event(), 0..40).prop_map(move |mut events| {
        events.sort_by_key(|e| e.time);
        let named = |(i, e): (usize, Event)| e.id(member, i.to_string()).identity("member", member);
        events.into_iter().enumerate().map(named).collect()
    })
}

fn state_of(plan: &Plan, events: &[Event]) -> CustomerState {
    let mut state = CustomerState::new(plan);
    for event in events {
        plan.observe(&mut state, Input::Event(event)).unwrap();
    }
    state
}

/// What a customer said: profile, consent, when tracked events came.
fn said(state: &CustomerState) -> impl PartialEq + std::fmt::Debug + use<> {
    let facts = &state.facts;
    (facts.profile.clone(), facts.consents.clone(), facts.lifecycle.seen.clone())
}

fn world() -> Arc<Plan> {
    plan(WORLD)
}

/// The same with several trips of a customer, of whose end by time a rule hears.
fn walks() -> Arc<Plan> {
    let text = WORLD.replace("    idle: 12h\n", "    idle: 12h\n    reenter: { concurrent: event.n }\n");
    assert_ne!(text, WORLD);
    let left =
        "{ id: left, when: { abandoned: shop }, key: event.n, do: [{ call: ask, with: { n: event.n } }] }";
    plan(&format!("{text}rules: [{left}]\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn encoding_after_every_event_changes_nothing(events in history("m")) {
        for plan in [world(), walks()] {
            let mut plain = CustomerState::new(&plan);
            let mut through = CustomerState::new(&plan);
            for event in &events {
                let a = plan.step(&mut plain, Input::Event(event)).unwrap();
                let b = plan.step(&mut through, Input::Event(event)).unwrap();
                prop_assert_eq!(a, b);
                let bytes = through.encode();
                through = CustomerState::decode(&plan, &bytes).unwrap();
                prop_assert_eq!(&through, &plain);
                prop_assert_eq!(through.encode(), bytes);
            }
        }
    }

    #[test]
    fn merge_is_commutative(a in history("a"), b in history("b")) {
        for plan in [world(), walks()] {
            let (a, b) = (state_of(&plan, &a), state_of(&plan, &b));
            let (ab, _) = plan.merge(&a, &b);
            let (ba, _) = plan.merge(&b, &a);
            prop_assert_eq!(ab.encode(), ba.encode());
        }
    }

    #[test]
    fn merge_is_associative_in_facts(a in history("a"), b in history("b"), c in history("c")) {
        for plan in [world(), walks()] {
            let [a, b, c] = [&a, &b, &c].map(|events| state_of(&plan, events));
            let (left, _) = plan.merge(&plan.merge(&a, &b).0, &c);
            let (right, _) = plan.merge(&a, &plan.merge(&b, &c).0);
            prop_assert_eq!(left.encode(), right.encode());
        }
    }

    #[test]
    fn unlinking_gives_back_what_was_not_folded(a in history("a"), b in history("b")) {
        let plan = world();
        let (a, b) = (state_of(&plan, &a), state_of(&plan, &b));
        prop_assume!(!a.facts.identities.is_empty() && !b.facts.identities.is_empty());
        let (mut both, _) = plan.merge(&a, &b);
        let key = IdentityKey { kind: "member".into(), value: "b".into() };
        let (left, _) = plan.unlink(&mut both, &key).unwrap();
        prop_assert_eq!(&left.facts.features, &b.facts.features);
        prop_assert_eq!(said(&left), said(&b));
        prop_assert_eq!(&both.facts.features, &a.facts.features);
        prop_assert_eq!(said(&both), said(&a));
        prop_assert_eq!(both.facts.identities.len(), 1);
    }

    /// Whoever says something while both are one: each side leaves with its own words.
    #[test]
    fn what_each_identity_says_while_they_are_one_goes_with_it(
        a in history("a"), b in history("b"), more in prop::collection::vec((random_event(), 0..3_usize), 0..30),
        whose in 0..3_usize,
    ) {
        let plan = world();
        let (a, b) = (state_of(&plan, &a), state_of(&plan, &b));
        prop_assume!(!a.facts.identities.is_empty() && !b.facts.identities.is_empty());
        let mut alone = [a.clone(), b.clone(), CustomerState::new(&plan)];
        let (mut all, _) = plan.merge(&a, &b);
        // all of it comes after what was said before, in any order among itself
        let names = ["a", "b", "c"];
        let first = event("linked 2026-02-01T00:00 id=c member=c").identity("member", "a");
        plan.observe(&mut all, Input::Event(&first)).unwrap();
        for (n, (event, of)) in more.into_iter().enumerate() {
            let time = event.time.plus(crate::base::time::Duration::from_micros(40 * crate::base::time::DAY_US));
            let event = Event { time, ..event }.id("more", n.to_string()).identity("member", names[of]);
            plan.observe(&mut all, Input::Event(&event)).unwrap();
            plan.observe(&mut alone[of], Input::Event(&event)).unwrap();
            prop_assert_eq!(CustomerState::decode(&plan, &all.encode()).unwrap(), all.clone());
        }
        let key = |name: &str| IdentityKey { kind: "member".into(), value: name.into() };
        for (name, alone) in names.iter().zip(&alone).cycle().skip(whose).take(2) {
            let (left, _) = plan.unlink(&mut all, &key(name)).unwrap();
            prop_assert_eq!(said(&left), said(alone));
        }
        prop_assert_eq!(said(&all), said(&alone[(whose + 2) % 3]));
    }

    #[test]
    fn timers_do_not_depend_on_how_time_is_told(events in history("m"), ticks in prop::collection::vec(0_i64..40 * 24 * 60, 0..20)) {
        let plan = world();
        let end = Timestamp::saturating(1_767_225_600_000_000 + 60 * crate::base::time::DAY_US);
        let mut once = CustomerState::new(&plan);
        let mut often = CustomerState::new(&plan);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for event in &events {
            // ticks strictly before the event close no instant that the event needs
            for minute in &ticks {
                let tick = Timestamp::saturating(1_767_225_600_000_000 + minute * 60_000_000 + 30_000_000);
                if tick < event.time {
                    b.extend(plan.observe(&mut often, Input::Tick(tick)).unwrap());
                }
            }
            a.extend(plan.observe(&mut once, Input::Event(event)).unwrap());
            b.extend(plan.observe(&mut often, Input::Event(event)).unwrap());
        }
        a.extend(plan.observe(&mut once, Input::Tick(end)).unwrap());
        b.extend(plan.observe(&mut often, Input::Tick(end)).unwrap());
        prop_assert_eq!(a, b);
        prop_assert_eq!(once, often);
    }

    #[test]
    fn any_bytes_are_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let plan = world();
        if let Ok(state) = CustomerState::decode(&plan, &bytes) {
            prop_assert_eq!(state.encode(), bytes);
        }
    }
}

type Parts = Vec<(u8, Vec<u8>)>;

/// The parts of a state, and a state of these parts whose envelope holds.
fn parts_of(bytes: &[u8]) -> Parts {
    postcard::from_bytes(&bytes[26..bytes.len() - 8]).unwrap()
}

fn sealed(plan: &Plan, parts: &Parts) -> Vec<u8> {
    let body = postcard::to_stdvec(parts).unwrap();
    let mut bytes = CustomerState::new(plan).encode();
    bytes.truncate(22);
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&body);
    let hash = crate::base::hash::sha256_fields([bytes.as_slice()]);
    bytes.extend_from_slice(&hash[..8]);
    bytes
}

proptest! {
    /// Parts in another order, twice, damaged or of later days: an error, or a state that encodes to itself.
    #[test]
    fn any_parts_are_an_error_or_a_state_that_keeps(
        picks in prop::collection::vec((0..64_usize, any::<u8>(), 0..12_usize, any::<u8>()), 0..12),
    ) {
        let plan = world();
        let lines = ["look 2026-01-01T10:00 id=1", "buy 2026-01-01T11:00 id=2 amount=60 dish=tea"];
        let known = parts_of(&state_of(&plan, &lines.map(event)).encode());
        let parts: Parts = picks
            .into_iter()
            .map(|(pick, tag, place, byte)| match known.get(pick) {
                Some((tag, bytes)) => {
                    let mut bytes = bytes.clone();
                    if let Some(b) = bytes.get_mut(place) {
                        *b = byte;
                    }
                    (*tag, bytes)
                }
                None => (tag, vec![byte; place]),
            })
            .collect();
        if let Ok(state) = CustomerState::decode(&plan, &sealed(&plan, &parts)) {
            prop_assert_eq!(CustomerState::decode(&plan, &state.encode()).unwrap(), state);
        }
    }
}

#[test]
fn parts_of_later_days_keep_their_order() {
    let plan = world();
    let state = CustomerState::decode(&plan, &sealed(&plan, &vec![(64, vec![]), (0, vec![])])).unwrap();
    assert_eq!(CustomerState::decode(&plan, &state.encode()).unwrap(), state);
}

#[test]
fn damaged_and_newer_states_are_told_apart() {
    let plan = world();
    let state =
        state_of(&plan, &[event("look 2026-01-01T10:00 id=1"), event("buy 2026-01-01T11:00 id=2 amount=60")]);
    let bytes = state.encode();
    for end in 0..bytes.len() {
        assert_eq!(
            CustomerState::decode(&plan, &bytes[..end]).unwrap_err().code(),
            ErrorCode::State,
            "cut at {end}"
        );
    }
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            let code = CustomerState::decode(&plan, &flipped).unwrap_err().code();
            let format = (4..6).contains(&place);
            assert!(
                code == ErrorCode::State || (format && code == ErrorCode::NewerFormat),
                "bit {bit} of {place}"
            );
        }
    }
    let mut newer = bytes.clone();
    newer[4..6].copy_from_slice(&(FORMAT + 1).to_le_bytes());
    assert_eq!(CustomerState::decode(&plan, &newer).unwrap_err().code(), ErrorCode::NewerFormat);
}

#[test]
fn another_plan_keeps_what_it_does_not_know() {
    let plan_a = world();
    let state = state_of(
        &plan_a,
        &[event("look 2026-01-01T10:00 id=1"), event("buy 2026-01-01T11:00 id=2 amount=60 dish=tea")],
    );
    let text = WORLD
        .replace("    best: { max: buy.amount }\n", "")
        .replace("{ id: rich, if: spend >= 50 }", "{ id: rich, if: spend >= 500 }");
    let plan_b = plan(&text);
    let under_b = CustomerState::decode(&plan_b, &state.encode()).unwrap();
    assert_eq!(under_b.unknown.len(), 1);
    let back = CustomerState::decode(&plan_a, &under_b.encode()).unwrap();
    assert_eq!(back.facts, state.facts);
    assert_eq!(back.trips, state.trips);
}

/// The bytes of format 1, never to change: a library of any later day reads them.
#[test]
fn golden_bytes_of_format_1() {
    let plan = world();
    let state = state_of(
        &plan,
        &[
            event("profile_set 2026-01-01T09:00 id=0 name=Li phone=555 member=m"),
            event("look 2026-01-01T10:00 id=1 member=m"),
            event("buy 2026-01-01T11:00 id=2 amount=60 dish=noodles member=m"),
        ],
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/state-1.hex");
    let hex = crate::base::hash::hex(&state.encode());
    if std::env::var_os("UPDATE_GOLDEN").is_some() && !std::path::Path::new(path).exists() {
        std::fs::write(path, &hex).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert_eq!(hex, golden.trim());
    let bytes: Vec<u8> = (0..golden.trim().len() / 2)
        .map(|i| u8::from_str_radix(&golden[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    assert_eq!(CustomerState::decode(&plan, &bytes).unwrap(), state);
}
