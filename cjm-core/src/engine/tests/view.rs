//! A customer in the blueprint's names, and the arm that one falls into.

use std::sync::Arc;

use super::{at, event, plan};
use crate::customer::identity::IdentityKey;
use crate::engine::{CustomerState, Engine, Input};
use crate::error::ErrorCode;

const SHOP: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }, { id: phone }]
channels: [{ id: mail }, { id: sms }]
consent: { event: consent, purposes: [{ id: news, default: deny }] }
events:
  cart: { order_id: text, amount: money }
  paid: { order_id: text }
  consent: { channel: text, purpose: text, granted: bool }
customer:
  profile: { city: optional text }
  features: { carts: { count: cart }, last_amount: { last: cart.amount } }
  lifecycle:
    - { id: new }
    - { id: buyer, if: carts >= 1 }
  segments: [{ id: busy, if: carts >= 1 }, { id: idle, if: carts == 0 }]
journeys:
  - id: buy
    enter: cart
    goal: { event: paid }
    idle: 1d
    stages: [{ id: choose, touchpoints: [{ id: basket, event: cart }] }, { id: pay, touchpoints: [{ id: till, event: paid }] }]
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m, key: event.order_id }, experiment: nudge, do: [{ call: remind }] }
  - { id: plain, when: { event: paid }, do: [{ tag: payer }] }
experiments:
  - { id: nudge, salt: s, arms: [{ id: treated, share: 1 }, { id: control, share: 0, hold: true }] }
"#;

#[test]
fn a_customer_is_told_in_names() {
    let plan = plan(SHOP);
    let mut engine = Engine::new(plan);
    let lines = [
        "consent 2026-03-01T09:00 id=1 channel=mail purpose=news granted=true",
        "cart 2026-03-01T10:00 id=2 order_id=o1 amount=38",
        "paid 2026-03-01T10:05 id=3 member=other phone=5 order_id=o9",
        "cart 2026-03-01T10:10 id=4 order_id=o2 amount=40",
    ];
    for line in lines {
        engine.push(&event(line)).unwrap();
    }
    let profile = event("profile_set 2026-03-01T10:11 id=5 city=Xian");
    engine.push(&profile).unwrap();
    engine.advance(at("2026-03-01T10:35"));
    let view = engine.view(&IdentityKey { kind: "member".into(), value: "m".into() }).unwrap();
    insta::assert_json_snapshot!("view", view);
    let other = engine.view(&IdentityKey { kind: "phone".into(), value: "5".into() }).unwrap();
    assert_eq!(other.customer.map(|key| key.value), Some("other".into()));
    assert_eq!((other.tags, other.identities.len()), (vec!["payer".to_owned()], 2));
    assert!(engine.view(&IdentityKey { kind: "member".into(), value: "nobody".into() }).is_none());
}

#[test]
fn a_state_that_knows_nobody_has_an_empty_view() {
    let plan = plan(SHOP);
    let view = plan.view(&CustomerState::new(&plan));
    assert_eq!((view.customer, view.at, view.created, view.next_due), (None, None, None, None));
    assert!(view.trips.is_empty() && view.timers.is_empty() && view.arms.is_empty());
}

#[test]
fn an_arm_is_that_of_the_first_declared_identity() {
    let plan = plan(SHOP);
    let key = |kind: &str, value: &str| IdentityKey { kind: kind.into(), value: value.into() };
    assert_eq!(plan.arm("forgot", &[key("member", "m")]), Ok(Some("treated")));
    assert_eq!(plan.arm("nudge", &[key("phone", "5"), key("member", "m")]), Ok(Some("treated")));
    assert_eq!(plan.arm("plain", &[key("member", "m")]), Ok(None));
    assert_eq!(plan.arm("forgott", &[key("member", "m")]).unwrap_err().code(), ErrorCode::NotFound);
    assert!(plan.arm("nudg", &[key("member", "m")]).unwrap_err().message().contains("did you mean `nudge`"));
    assert_eq!(plan.arm("nudge", &[key("email", "x")]).unwrap_err().code(), ErrorCode::Argument);
    assert_eq!(plan.arm("nudge", &[]).unwrap_err().code(), ErrorCode::Argument);
}

#[test]
fn an_arm_is_the_one_that_the_engine_takes() {
    let text =
        SHOP.replace("share: 1 }, { id: control, share: 0,", "share: 0.5 }, { id: control, share: 0.5,");
    let plan = plan(&text);
    for number in 0..50 {
        let mut state = CustomerState::new(&plan);
        let who = format!("m{number}");
        let cart = event(&format!("cart 2026-03-01T10:00 id=1 member={who} order_id=o1 amount=38"));
        plan.step(&mut state, Input::Event(&cart)).unwrap();
        plan.step(&mut state, Input::Tick(at("2026-03-01T11:00"))).unwrap();
        let arms = plan.view(&state).arms;
        let key = IdentityKey { kind: "member".into(), value: Arc::from(who.as_str()) };
        assert_eq!(arms.first().map(|exposed| exposed.arm.as_str()), plan.arm("nudge", &[key]).unwrap());
    }
}
