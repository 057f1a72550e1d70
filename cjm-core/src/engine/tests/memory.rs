//! Who is packed when changes nothing: the same story told to engines that keep one, a few or all customers unpacked.

use std::sync::Arc;

use proptest::prelude::*;

use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::engine::host::Engine;
use crate::engine::{AckOutcome, Answer, Decision};
use crate::{Blueprint, Event, Plan};

const RESTAURANT: &str = include_str!("../../../../examples/blueprints/restaurant.yaml");
/// The minute that stories begin at.
const BEGIN: i64 = 1_767_225_600_000_000;
const MINUTE: i64 = 60_000_000;

/// The restaurant, and the same with a source that may be late.
fn plans() -> [Arc<Plan>; 2] {
    let late = RESTAURANT.replace("{ id: app,    lateness: 0s }", "{ id: app,    lateness: 2h }");
    assert_ne!(late, RESTAURANT);
    [RESTAURANT, late.as_str()].map(|text| Arc::new(Blueprint::from_yaml(text).unwrap().compile().unwrap()))
}

/// Something that is told to an engine.
#[derive(Debug, Clone)]
enum Told {
    Event(Event),
    Answer(Answer),
    Time(i64),
    Ack(usize, AckOutcome),
    Retract(u32, usize),
    Erase(u32),
}

const NAMES: [&str; 12] = [
    "seated",
    "menu_view",
    "add_to_cart",
    "add_to_cart",
    "order_placed",
    "order_cancelled",
    "served",
    "paid",
    "review",
    "complaint",
    "consent_changed",
    "profile_set",
];

fn named(event: Event, who: u32, pick: usize) -> Event {
    let event = event.identity("member", format!("m{}", who % 5));
    match pick {
        0 => event,
        // some share a phone: customers become one, and beyond three links are refused
        1 => event.identity("phone", format!("1380000000{}", who % 2)),
        _ => event.identity("openid", format!("o-{who}")),
    }
}

fn event((name, minute, n, who, pick): (usize, i64, i64, u32, usize)) -> Event {
    let at = Timestamp::saturating(BEGIN + minute * MINUTE + n);
    let event = named(Event::new(NAMES[name], at), who, pick);
    let event =
        if n % 7 == 0 { event } else { event.id(["till-1", "app"][pick % 2], format!("e{minute}-{who}")) };
    let order = format!("order {}", n % 3);
    match NAMES[name] {
        "seated" => event.with("store", "s-1").with("table", "4").with("party", n % 6),
        "menu_view" => event.with("dish", ["noodles", "soup"][pick % 2]),
        "add_to_cart" => event.with("order_id", order).with("dish", "tea").with("amount", n),
        "order_placed" | "paid" => event.with("order_id", order).with("amount", n * 100),
        "order_cancelled" => event.with("order_id", order).with("reason", "too_slow"),
        "review" => event.with("stars", 1 + n % 5).channel("app"),
        "complaint" => event.with("kind", "food"),
        "consent_changed" => {
            event.with("channel", "wechat").with("purpose", "marketing").with("granted", n % 3 > 0)
        }
        "profile_set" => event.with("zone", ["UTC", "Asia/Tokyo"][pick % 2]).with("manager", "Li"),
        _ => event,
    }
}

fn told() -> impl Strategy<Value = Told> {
    let pick = (0..NAMES.len(), 0_i64..90 * 24 * 60, 0_i64..60, 0_u32..6, 0_usize..3);
    prop_oneof![
        20 => pick.prop_map(|pick| Told::Event(event(pick))),
        3 => (0_i64..90 * 24 * 60, 0_i64..11, 0_u32..5).prop_map(|(minute, score, who)| {
            let answer = Answer::new("nps", Timestamp::saturating(BEGIN + minute * MINUTE));
            Told::Answer(answer.identity("member", format!("m{who}")).with("score", score).with("area", "food"))
        }),
        2 => (0_i64..90 * 24 * 60).prop_map(Told::Time),
        2 => (0_usize..8, 0..AckOutcome::ALL.len()).prop_map(|(n, of)| Told::Ack(n, AckOutcome::ALL[of])),
        1 => (0_u32..5, 0_usize..40).prop_map(|(who, n)| Told::Retract(who, n)),
        1 => (0_u32..5).prop_map(Told::Erase),
    ]
}

fn minute(told: &Told) -> Option<i64> {
    match told {
        Told::Event(event) => Some(event.time.as_micros()),
        Told::Answer(answer) => Some(answer.at.as_micros()),
        Told::Time(minute) => Some(BEGIN + minute * MINUTE),
        _ => None,
    }
}

fn member(who: u32) -> IdentityKey {
    IdentityKey { kind: "member".into(), value: format!("m{who}").into() }
}

/// What an engine says to a story, errors as their codes.
fn said(engine: &mut Engine, story: &[Told]) -> Vec<Result<Vec<Decision>, String>> {
    let tell = |told: &Told| match told {
        Told::Event(event) => engine.push(event),
        Told::Answer(answer) => engine.answer(answer),
        Told::Time(minute) => Ok(engine.advance(Timestamp::saturating(BEGIN + minute * MINUTE))),
        Told::Ack(n, outcome) => {
            let id = engine.outbox().nth(*n).map(|decision| decision.id);
            id.map_or(Ok(Vec::new()), |id| engine.ack(id, *outcome, None))
        }
        Told::Retract(who, n) => match story.get(*n) {
            Some(Told::Event(event)) => engine.retract(&member(*who), &event.source, &event.id),
            _ => Ok(Vec::new()),
        },
        Told::Erase(who) => {
            engine.erase(&member(*who));
            Ok(Vec::new())
        }
    };
    let all = story.iter().map(tell);
    all.map(|said| said.map_err(|error| error.to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_packed_the_same_is_decided(mut story in prop::collection::vec(told(), 0..60), sorted in any::<bool>()) {
        if sorted {
            story.sort_by_key(|told| minute(told).unwrap_or(i64::MAX));
        }
        for plan in plans() {
            let engine = |hot| Engine::new(plan.clone()).with_hot(hot);
            let mut engines = [0, 2, usize::MAX].map(engine);
            let [one, few, all] = engines.each_mut().map(|engine| said(engine, &story));
            prop_assert_eq!(&one, &all);
            prop_assert_eq!(&few, &all);
            let [one, few, all] = engines.each_ref();
            prop_assert_eq!(one.refusals(), all.refusals());
            prop_assert_eq!(one.tickets(), all.tickets());
            prop_assert_eq!((one.next_due(), one.n_customers()), (all.next_due(), all.n_customers()));
            prop_assert!(one.refused_links().eq(all.refused_links()));
            let bytes = all.snapshot();
            prop_assert!(one.snapshot() == bytes && few.snapshot() == bytes);
            let back = Engine::restore(plan.clone(), &bytes).unwrap();
            prop_assert!(back.snapshot() == bytes);
            for who in (0..5).map(member) {
                prop_assert_eq!(one.customer(&who), all.customer(&who));
                prop_assert!(one.refusals_of(&who).eq(all.refusals_of(&who)));
                prop_assert_eq!(back.customer(&who), all.customer(&who));
            }
        }
    }
}
