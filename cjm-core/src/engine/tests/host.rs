//! The live engine: the story of the restaurant, identities linked late, budgets, snapshots, time that goes back.

use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::engine::host::Engine;
use crate::engine::{AckOutcome, ActionKind, Answer};
use crate::error::ErrorCode;
use crate::outreach::DecisionId;
use crate::{Blueprint, Event, Plan};

fn plan(text: &str) -> Arc<Plan> {
    let blueprint = Blueprint::from_yaml(text).unwrap();
    Arc::new(blueprint.compile().unwrap_or_else(|error| panic!("{error}\n{:#?}", blueprint.check())))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn member(value: &str) -> IdentityKey {
    IdentityKey { kind: "member".into(), value: value.into() }
}

fn event(name: &str, at: &str, id: &str) -> Event {
    Event::new(name, time(at)).id("till-1", id).identity("member", "m-1")
}

fn restaurant() -> Arc<Plan> {
    plan(include_str!("../../../../examples/blueprints/restaurant.yaml"))
}

fn fed() -> Engine {
    let mut engine = Engine::new(restaurant());
    let consent = event("consent_changed", "2026-03-01T10:00:00+08:00", "e0")
        .with("channel", "wechat")
        .with("purpose", "marketing")
        .with("granted", true);
    assert_eq!(engine.push(&consent).unwrap(), []);
    assert_eq!(engine.push(&cart()).unwrap(), []);
    engine
}

fn cart() -> Event {
    event("add_to_cart", "2026-03-01T12:00:00+08:00", "e1")
        .with("order_id", "o-1")
        .with("dish", "noodles")
        .with("amount", "38.00")
}

#[test]
fn a_cart_left_behind_a_bad_score_a_ticket() {
    let mut engine = fed();
    assert_eq!(engine.next_due(), Some(time("2026-03-01T12:30:00+08:00")));
    let decisions = engine.advance(time("2026-03-01T12:31:00+08:00"));
    let [decision] = decisions.as_slice() else { panic!("{decisions:#?}") };
    assert_eq!(
        (&*decision.rule, decision.action, decision.channel.as_deref()),
        ("cart_rescue", ActionKind::Send, Some("wechat"))
    );
    assert_eq!(decision.due, time("2026-03-01T12:30:00+08:00"));
    assert_eq!(decision.arguments, [("dish".into(), "noodles".into())]);
    assert!(engine.still_valid(decision.id, None).unwrap());
    assert_eq!(engine.outbox().count(), 1);
    engine.ack(decision.id, AckOutcome::Delivered, None).unwrap();
    assert_eq!(engine.outbox().count(), 0);
    assert_eq!(engine.push(&cart()).unwrap(), []);
    let mut other = cart();
    other.attributes[1].1 = "soup".into();
    let before = engine.snapshot();
    assert_eq!(engine.push(&other).unwrap_err().code(), ErrorCode::Conflict);
    assert_eq!(engine.snapshot(), before, "an input that errs changes nothing");

    let answer = Answer::new("nps", time("2026-03-01T15:00:00+08:00"))
        .id("a1")
        .identity("member", "m-1")
        .with("score", 3)
        .with("area", "service");
    let decisions = engine.answer(&answer).unwrap();
    let [ticket] = decisions.as_slice() else { panic!("{decisions:#?}") };
    assert_eq!(ticket.action, ActionKind::Ticket);
    let tickets = engine.tickets();
    assert_eq!(&*tickets[0].queue, "care", "no manager known: `else`");
    assert_eq!(tickets[0].contact_by, Some(time("2026-03-02T15:00:00+08:00")), "wall clock");
    let snapshot = engine.snapshot();
    assert_eq!(Engine::restore(restaurant(), &snapshot).unwrap().snapshot(), snapshot);
    assert!(engine.erase(&member("m-1")));
    assert_eq!((engine.n_customers(), engine.outbox().count(), engine.tickets().len()), (0, 0, 0));
    assert_eq!(engine.next_due(), None);
}

#[test]
fn a_snapshot_that_was_damaged_is_an_error() {
    let (plan, bytes) = (restaurant(), fed().snapshot());
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        assert!(Engine::restore(plan.clone(), &flipped).is_err(), "byte {place}");
        assert!(Engine::restore(plan.clone(), &bytes[..place]).is_err(), "cut at {place}");
    }
    let mut newer = bytes;
    newer[4] = 9;
    assert_eq!(Engine::restore(plan, &newer).unwrap_err().code(), ErrorCode::NewerFormat);
}

const LINKS: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }, { id: device, max_links: 2, deny: [till] }]
events: { cart: {}, paid: {} }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }
"#;

#[test]
fn customers_become_one_when_an_event_links_them() {
    let mut engine = Engine::new(plan(LINKS));
    let at = |name: &str, minute: u32, ids: &[(&str, &str)]| {
        let start = Event::new(name, time(&format!("2026-03-01T10:{minute:02}:00Z")));
        ids.iter().fold(start, |event, (kind, value)| event.identity(*kind, *value))
    };
    engine.push(&at("cart", 0, &[("device", "d1")])).unwrap();
    engine.push(&at("cart", 1, &[("member", "m1")])).unwrap();
    assert_eq!(engine.n_customers(), 2);
    // the payment ends the wait of the device's cart too
    engine.push(&at("paid", 5, &[("member", "m1"), ("device", "d1")])).unwrap();
    assert_eq!(engine.n_customers(), 1);
    let key = IdentityKey { kind: "device".into(), value: "d1".into() };
    assert_eq!(engine.customer(&key).unwrap(), engine.customer(&member("m1")).unwrap());
    assert_eq!(engine.advance(time("2026-03-01T12:00:00Z")), []);

    // a device links two members at most, and the till's own never links
    engine.push(&at("cart", 6, &[("member", "m2"), ("device", "d1")])).unwrap();
    engine.push(&at("cart", 7, &[("member", "m3"), ("device", "d1")])).unwrap();
    engine.push(&at("cart", 8, &[("member", "m4"), ("device", "till")])).unwrap();
    let refused: Vec<_> = engine.refused_links().map(|l| (&*l.strong.value, &*l.weak.value)).collect();
    assert_eq!(refused, [("m3", "d1"), ("m4", "till")]);
    assert_eq!(engine.n_customers(), 3);
}

/// Whatever the host heard of time in between, what was due before a link happened to each customer alone.
#[test]
fn what_was_due_before_a_link_comes_about_whether_or_not_time_was_told() {
    let at = |name: &str, minute: u32, ids: &[(&str, &str)]| {
        let start = Event::new(name, time(&format!("2026-03-01T1{}:{:02}:00Z", minute / 60, minute % 60)));
        ids.iter().fold(start, |event, (kind, value)| event.identity(*kind, *value))
    };
    let told = |tick: bool| {
        let mut engine = Engine::new(plan(LINKS));
        engine.push(&at("cart", 0, &[("device", "d1")])).unwrap();
        engine.push(&at("cart", 25, &[("member", "m1")])).unwrap();
        let mut made = if tick { engine.advance(time("2026-03-01T10:39:00Z")) } else { vec![] };
        made.extend(engine.push(&at("paid", 40, &[("member", "m1"), ("device", "d1")])).unwrap());
        made.extend(engine.advance(time("2026-03-01T12:00:00Z")));
        let key = |d: &crate::Decision| (d.due, d.customer.clone(), d.id);
        made.iter().map(key).collect::<Vec<_>>()
    };
    let made = told(false);
    let [(due, customer, _)] = made.as_slice() else { panic!("{made:#?}") };
    assert_eq!((*due, &*customer.value), (time("2026-03-01T10:30:00Z"), "d1"));
    assert_eq!(made, told(true));
}

#[test]
fn time_never_goes_back_and_an_event_of_the_future_is_refused() {
    let mut engine = Engine::new(plan(LINKS));
    let cart = Event::new("cart", time("2026-03-01T10:00:00Z")).identity("member", "m1");
    let error = engine.push_at(&cart, time("2026-02-27T00:00:00Z")).unwrap_err();
    assert_eq!((error.code(), engine.n_customers()), (ErrorCode::Future, 0));
    engine.push_at(&cart, time("2026-03-01T09:59:00Z")).unwrap();
    assert_eq!(engine.advance(time("2026-03-01T10:30:00Z")).len(), 1);
    assert_eq!(engine.advance(time("2026-03-01T09:00:00Z")), []);
    assert_eq!((engine.set_back(), engine.now()), (1, Some(time("2026-03-01T10:30:00Z"))));
    // an event below what everybody has heard is late: it arms nothing
    engine.push(&Event::new("cart", time("2026-03-01T10:29:00Z")).identity("member", "m1")).unwrap();
    assert_eq!((engine.next_due(), engine.n_late()), (None, 1));
    // an earlier time counts as the last one: who came since hears of it
    engine.push(&Event::new("cart", time("2026-03-01T09:50:00Z")).identity("member", "m2")).unwrap();
    assert_eq!(engine.advance(time("2026-03-01T09:00:00Z")).len(), 1);
    assert_eq!((engine.set_back(), engine.n_late()), (2, 1));
}

const BUDGET: &str = r#"
cjm: 1
id: shop
zone: UTC
currency: CNY
dimensions: [store]
identities: [{ id: member }]
channels: [{ id: app, kind: digital }]
events: { visit: { store: text } }
consent: { purposes: [{ id: care, default: allow }] }
offers: [{ id: tea, cost: 4.00, budget: { amount: 8.00, per: day, by: store } }]
messages: [{ id: hello, offer: tea }]
outreach: { order: [app] }
rules:
  - { id: greet, when: { event: visit }, do: [{ send: hello, purpose: care }] }
"#;

#[test]
fn a_budget_is_spent_by_day_and_store_and_no_more() {
    let mut engine = Engine::new(plan(BUDGET));
    let mut visit = |n: u32, day: u32, store: &str| {
        let event = Event::new("visit", time(&format!("2026-03-{day:02}T10:00:00Z")))
            .id("till", n.to_string())
            .identity("member", format!("m{n}"))
            .with("store", store);
        engine.push(&event).unwrap().len()
    };
    assert_eq!([visit(1, 1, "a"), visit(2, 1, "a"), visit(3, 1, "a"), visit(4, 1, "b")], [1, 1, 0, 1]);
    assert_eq!(visit(5, 2, "a"), 1);
    let refused: Vec<_> = engine.refused().iter().map(|((rule, why), n)| (&**rule, &**why, *n)).collect();
    assert_eq!(refused, [("greet", "budget", 1)]);
    assert_eq!(engine.outbox().count(), 4);
    assert_eq!(engine.refusals()[0].customer, member("m3"));
    let unknown = DecisionId::from_bytes([0; 16]);
    assert_eq!(engine.ack(unknown, AckOutcome::Sent, None).unwrap_err().code(), ErrorCode::NotFound);
}

const LATE: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }]
sources: [{ id: web, lateness: 10m }]
events: { cart: {}, paid: {} }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }
"#;

#[test]
fn events_that_wait_for_late_ones_are_one_customer_and_are_kept() {
    let plan = plan(LATE);
    let mut engine = Engine::new(plan.clone());
    let at = |name: &str, minute: u32, id: &str| {
        Event::new(name, time(&format!("2026-03-01T10:{minute:02}:00Z")))
            .id("web", id)
            .identity("member", "m1")
    };
    engine.push(&at("paid", 8, "e2")).unwrap();
    engine.push(&at("cart", 3, "e1")).unwrap();
    assert_eq!(engine.n_customers(), 1);
    let bytes = engine.snapshot();
    let mut engine = Engine::restore(plan, &bytes).unwrap();
    assert_eq!((engine.n_customers(), engine.snapshot() == bytes), (1, true));
    engine.push(&at("cart", 9, "e3")).unwrap();
    assert_eq!(engine.n_customers(), 1);
    // the payment came after the first cart, the second was left behind
    let decisions = engine.advance(time("2026-03-01T12:00:00Z"));
    assert_eq!(decisions.iter().map(|d| d.due).collect::<Vec<_>>(), [time("2026-03-01T10:39:00Z")]);
    assert!(engine.erase(&member("m1")));
    assert_eq!((engine.n_customers(), engine.next_due()), (0, None));
}

#[test]
fn nobody_is_given_the_refusals_of_another() {
    let rule = "if: \"1 == 2\", when: { event: cart }, do: [{ call: remind }] }";
    let text =
        LINKS.replace("when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }", rule);
    let mut engine = Engine::new(plan(&text));
    let at = |name: &str, minute: u32, ids: &[(&str, &str)]| {
        let start = Event::new(name, time(&format!("2026-03-01T10:{minute:02}:00Z")));
        ids.iter().fold(start, |event, (kind, value)| event.identity(*kind, *value))
    };
    engine.push(&at("cart", 0, &[("member", "m1")])).unwrap();
    engine.push(&at("cart", 1, &[("device", "d1")])).unwrap();
    engine.push(&at("paid", 2, &[("member", "m1"), ("device", "d1")])).unwrap();
    engine.push(&at("paid", 3, &[("member", "m2")])).unwrap();
    assert_eq!([member("m1"), member("m2")].map(|key| engine.refusals_of(&key).count()), [2, 0]);
    assert!(engine.erase(&member("m1")));
    assert_eq!(engine.refusals(), []);
}

#[test]
fn what_a_side_waits_for_comes_about_though_another_side_is_further_on() {
    let text = "{cjm: 1, id: shop, zone: UTC, identities: [{id: member}, {id: phone}], events: {cart: {}, paid: {}, seen: {}}, \
        rules: [{id: forgot, when: {after: cart, without: paid, for: 1h}, do: [{call: remind}]}]}";
    let mut engine = Engine::new(plan(text));
    let event = |name: &str, at: &str, kind: &str| Event::new(name, time(at)).identity(kind, "1");
    engine.push(&event("seen", "2026-03-14T12:00:00Z", "member")).unwrap();
    engine.push(&event("cart", "2026-03-01T12:00:00Z", "phone")).unwrap();
    // an event from before both: its customer is on the 14th, with a wait that ends on the 1st
    let link = event("seen", "2026-03-01T10:00:00Z", "phone").identity("member", "1");
    assert_eq!(engine.push(&link).unwrap(), []);
    assert_eq!((engine.n_customers(), engine.next_due()), (1, Some(time("2026-03-01T13:00:00Z"))));
    let decisions = engine.advance(time("2026-03-02T00:00:00Z"));
    assert_eq!(
        decisions.iter().map(|decision| decision.due).collect::<Vec<_>>(),
        [time("2026-03-01T13:00:00Z")]
    );
    assert_eq!((engine.next_due(), engine.advance(time("2026-03-20T00:00:00Z"))), (None, Vec::new()));
}

/// With links that are made and refused, late events, repeats and events that are refused: the same bytes, the same
/// decisions and the same errors.
#[test]
fn typed_before_or_not_an_event_does_the_same() {
    let late = LINKS.replace("events:", "sources: [{ id: web, lateness: 10m }]\nevents:");
    for text in [LINKS, &late] {
        let plan = plan(text);
        let mut engines = [Engine::new(plan.clone()), Engine::new(plan.clone())];
        let at = |name: &str, minute: u32, ids: &[(&str, &str)]| {
            let start = Event::new(name, time(&format!("2026-03-01T10:{minute:02}:00Z"))).id("web", name);
            ids.iter().fold(start, |event, (kind, value)| event.identity(*kind, *value))
        };
        let long = "x".repeat(1 << 17);
        let events = [
            at("cart", 0, &[("device", "d1")]),
            at("cart", 1, &[("member", "m1")]).id("web", "2"),
            at("cart", 1, &[("member", "m1")]).id("web", "2"),
            at("cart", 2, &[("member", "m1")]).id("web", "2"),
            at("paid", 5, &[("member", "m1"), ("device", "d1")]),
            at("cart", 6, &[("member", "m2"), ("device", "d1")]).id("web", "3"),
            at("cart", 7, &[("member", "m3"), ("device", "d1")]).id("web", "4"),
            at("cart", 8, &[("member", "m4"), ("device", "till")]).id("web", "5"),
            at("cart", 8, &[("shop", "m4")]).id("web", "6"),
            at("cart", 9, &[("member", &long)]).id("web", "7"),
            at("cart", 4, &[("member", "m1")]).id("web", "8"),
        ];
        for event in events {
            let plain = engines[0].push(&event);
            let typed = match plan.typed_own(event.clone()) {
                Ok(typed) => engines[1].push_typed(&typed),
                Err(given) => {
                    assert_eq!(*given, event);
                    engines[1].push(&given)
                }
            };
            assert_eq!(plain, typed);
        }
        let [plain, typed] = &mut engines;
        assert!(plain.snapshot() == typed.snapshot());
        assert_eq!(plain.refused_links().count(), 2);
        let until = time("2026-03-01T12:00:00Z");
        let decided = plain.advance(until);
        assert!(!decided.is_empty());
        assert_eq!(decided, typed.advance(until));
        // one that another plan typed is typed again
        let other = self::plan(&text.replace("cart: {}", "cart: { dish: optional text }"));
        let foreign = other.typed_own(at("cart", 30, &[("member", "m9")]).id("web", "9")).unwrap();
        assert_eq!(typed.push_typed(&foreign), Ok(vec![]));
        assert!(typed.customer(&member("m9")).is_some());
    }
}
