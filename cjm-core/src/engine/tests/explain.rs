//! Explanations: stories of the restaurant in both languages, every form of trigger, and the law that what is
//! explained is what a step does.

use std::sync::Arc;

use proptest::prelude::*;

use super::{at, event, plan};
use crate::base::money;
use crate::base::value::Value;
use crate::customer::identity::IdentityKey;
use crate::engine::explain::{Change, Explanation, Fate, Test, Verdict, Waiting};
use crate::engine::step::Stepping;
use crate::engine::{AckOutcome, CustomerState, Engine, Input};
use crate::error::ErrorCode;
use crate::event::EventLog;
use crate::outreach::RefusalReason;
use crate::{Blueprint, Event, Language, Plan, Timestamp};

fn restaurant() -> Arc<Plan> {
    plan(include_str!("../../../../examples/blueprints/restaurant.yaml"))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn member(value: &str) -> IdentityKey {
    IdentityKey { kind: "member".into(), value: value.into() }
}

/// The state after some lines; times without a zone are in Shanghai.
fn fed(plan: &Plan, lines: &str) -> CustomerState {
    let mut state = CustomerState::new(plan);
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("tick ") {
            Some(to) => plan.step(&mut state, Input::Tick(time(to))).unwrap(),
            None => plan.step(&mut state, Input::Event(&event(line))).unwrap(),
        };
    }
    state
}

const CONSENT: &str =
    "consent_changed 2026-03-01T10:00+08:00 id=0 channel=wechat purpose=marketing granted=true";
const CART: &str = "add_to_cart 2026-03-01T12:00+08:00 id=1 order_id=o-1 dish=noodles amount=38";

/// Both languages, one below the other.
fn both(plan: &Plan, told: &Explanation) -> String {
    [Language::En, Language::Zh].map(|language| told.text(plan, language)).join("\n\n")
}

fn cart_rescue(lines: &[&str], member: &str, to: &str) -> String {
    let plan = restaurant();
    let lines: Vec<String> = lines.iter().map(|line| format!("{line} member={member}")).collect();
    let state = fed(&plan, &lines.join("\n"));
    both(&plan, &plan.explain(&state, "cart_rescue", time(to)).unwrap())
}

#[test]
fn a_cart_before_its_time() {
    insta::assert_snapshot!(cart_rescue(&[CONSENT, CART], "m-1", "2026-03-01T12:10:00+08:00"));
}

#[test]
fn a_cart_at_its_time_and_after() {
    insta::assert_snapshot!("at", cart_rescue(&[CONSENT, CART], "m-1", "2026-03-01T12:30:00+08:00"));
    insta::assert_snapshot!("after", cart_rescue(&[CONSENT, CART], "m-1", "2026-03-01T14:00:00+08:00"));
}

#[test]
fn a_cart_that_was_paid() {
    let paid = "paid 2026-03-01T12:20+08:00 id=2 order_id=o-1 amount=38";
    insta::assert_snapshot!(cart_rescue(&[CONSENT, CART, paid], "m-1", "2026-03-01T12:25:00+08:00"));
}

#[test]
fn a_cart_refused_for_want_of_consent() {
    insta::assert_snapshot!(cart_rescue(&[CART], "m-1", "2026-03-01T12:30:00+08:00"));
}

#[test]
fn a_cart_in_quiet_hours() {
    let late = "add_to_cart 2026-03-01T22:00+08:00 id=1 order_id=o-1 dish=noodles amount=38";
    insta::assert_snapshot!(cart_rescue(&[CONSENT, late], "m-1", "2026-03-01T22:30:00+08:00"));
}

#[test]
fn a_cart_of_a_customer_held_out() {
    let plan = restaurant();
    let held = (0..100).map(|n| format!("m-{n}")).find(|m| {
        let spec = &plan.rules.experiments[0];
        spec.holds(spec.arm("member", m).unwrap())
    });
    insta::assert_snapshot!(cart_rescue(&[CONSENT, CART], &held.unwrap(), "2026-03-01T12:30:00+08:00"));
}

#[test]
fn a_cap_used_up() {
    let plan = restaurant();
    let menus = "order_placed 2026-03-01T11:00+08:00 id=0 order_id=o amount=9
        paid 2026-03-01T11:10+08:00 id=1 order_id=o amount=9
        paid 2026-03-01T11:20+08:00 id=2 order_id=p amount=9
        add_to_cart 2026-03-01T11:30+08:00 id=3 order_id=q dish=noodles amount=9
        menu_view 2026-03-01T12:00+08:00 id=4 dish=soup
        menu_view 2026-03-01T13:00+08:00 id=5 dish=soup";
    let state = fed(&plan, menus);
    let told = plan.explain(&state, "your_usual", time("2026-03-01T13:00:00+08:00")).unwrap();
    assert_eq!(told.nearest, [Change::Wait { until: time("2026-03-02T00:00:00+08:00"), what: Waiting::Cap }]);
    insta::assert_snapshot!(both(&plan, &told));
}

#[test]
fn a_rule_that_never_touched_the_customer() {
    let plan = restaurant();
    let state = fed(&plan, "seated 2026-03-01T12:00+08:00 id=1 store=s table=t party=2");
    let at = time("2026-03-01T13:00:00+08:00");
    let told = |rule: &str| plan.explain(&state, rule, at).unwrap();
    insta::assert_snapshot!("never_touched", both(&plan, &told("cart_rescue")));
    insta::assert_snapshot!("never_dormant", both(&plan, &told("wake_up")));
    insta::assert_snapshot!("never_counted", both(&plan, &told("repeat_canceller")));
    // every rule has its explanation, of a state that knows nobody too
    for rule in &plan.rules.list {
        for state in [&state, &CustomerState::new(&plan)] {
            let told = plan.explain(state, &rule.id, at).unwrap();
            assert!(!told.fires && !told.nearest.is_empty(), "{}: {:#?}", rule.id, told.nearest);
            assert!(told.decisions.is_empty() && !both(&plan, &told).contains('{'), "{}", rule.id);
        }
    }
}

#[test]
fn it_is_plain_json() {
    let plan = restaurant();
    let state = fed(&plan, &format!("{CONSENT}\n{CART}"));
    let told = plan.explain(&state, "cart_rescue", time("2026-03-01T12:10:00+08:00")).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}

const SHOP: &str = "
cjm: 1
id: shop
zone: Asia/Shanghai
identities: [{ id: member }]
channels: [{ id: sms, needs: phone }, { id: app }]
customer: { profile: { phone: optional text }, features: { pays: { count: paid } } }
events: { look: { n: int }, visit: {}, cart: { amount: money }, paid: { amount: money }, agreed: { channel: optional text, purpose: optional text, granted: bool } }
consent: { event: agreed, purposes: [{ id: ads, default: deny }] }
messages: [{ id: hello }]
rules:
";

#[track_caller]
fn nearest(rules: &str, lines: &str, to: &str) -> Vec<Change> {
    let plan = plan(&format!("{SHOP}{rules}"));
    let state = fed(&plan, lines);
    let told = plan.explain(&state, &plan.rules.list[0].id, at(to)).unwrap();
    assert!(!both(&plan, &told).contains('{'));
    told.nearest
}

fn happens(event: &str, n: u64, within: Option<&str>, until: Option<&str>) -> Change {
    let (within, until) = (within.map(|d| d.parse().unwrap()), until.map(at));
    Change::Event { events: vec![event.into()], n, until, within }
}

#[test]
fn the_nearest_change() {
    let amount = |text: &str| Some(Value::Money(money::parse(text).unwrap()));
    let value = |operand: &str, from: Option<Value>, than: Value, to: Option<Value>| Change::Value {
        operand: operand.into(),
        from,
        relation: Some(">"),
        than: Some(than),
        to,
    };
    let big = "  - { id: big, when: { event: cart, where: event.amount > 99.99 }, do: [{ call: x }] }";
    let wanted = value("event.amount", amount("80"), amount("99.99").unwrap(), amount("100.00"));
    assert_eq!(nearest(big, "cart 2026-03-01T10:00 id=1 amount=80", "2026-03-01T11:00"), [wanted]);
    let thrice = "  - { id: thrice, when: { count: visit, at_least: 3, within: 1h }, do: [{ call: x }] }";
    let visits = "visit 2026-03-01T10:00 id=1\nvisit 2026-03-01T10:10 id=2";
    assert_eq!(nearest(thrice, visits, "2026-03-01T10:20"), [happens("visit", 1, Some("1h"), None)]);
    assert_eq!(nearest(thrice, visits, "2026-03-01T11:05"), [happens("visit", 2, Some("1h"), None)]);
    let sum = "  - { id: sum, when: { sum: paid.amount, at_least: 50, within: 1d }, do: [{ call: x }] }";
    let missing = Change::Amount {
        attribute: "amount".into(),
        missing: amount("12.5").unwrap(),
        within: "1d".parse().unwrap(),
    };
    assert_eq!(nearest(sum, "paid 2026-03-01T10:00 id=1 amount=37.5", "2026-03-01T11:00"), [missing]);
    let steps = "  - { id: steps, when: { sequence: [visit, cart, paid], within: 1d }, do: [{ call: x }] }";
    let begun = "visit 2026-03-01T10:00 id=1\ncart 2026-03-01T11:00 id=2 amount=1";
    let next = happens("paid", 1, None, Some("2026-03-02T10:00"));
    assert_eq!(nearest(steps, begun, "2026-03-01T12:00"), [next]);
    assert_eq!(nearest(steps, "", "2026-03-01T12:00"), [happens("visit", 1, None, None)]);
    let absent = "  - { id: absent, when: { after: cart, without: paid, for: 1h }, do: [{ call: x }] }";
    let paid = "cart 2026-03-01T10:00 id=1 amount=1\npaid 2026-03-01T10:30 id=2 amount=1";
    let without = Change::Without { events: vec!["paid".into()], at: at("2026-03-01T10:30") };
    assert_eq!(nearest(absent, paid, "2026-03-01T12:00"), [without]);
    let send =
        "  - { id: send, when: { event: visit }, do: [{ send: hello, purpose: ads, channels: [sms, app] }] }";
    let consent = Change::Consent { purpose: "ads".into(), channel: "app".into() };
    assert_eq!(nearest(send, "visit 2026-03-01T10:00 id=1", "2026-03-01T10:00"), [consent]);
    let agreed = "agreed 2026-03-01T09:00 id=0 channel=sms granted=true\nvisit 2026-03-01T10:00 id=1";
    let known = Change::Known { what: "phone".into(), channel: "sms".into() };
    assert_eq!(nearest(send, agreed, "2026-03-01T10:00"), [known]);
    let cool = "  - { id: cool, when: { event: visit }, do: [{ call: x }], cool_down: 1d }";
    let until = Change::Wait { until: at("2026-03-02T10:00"), what: Waiting::CoolDown };
    assert_eq!(nearest(cool, visits, "2026-03-01T10:20"), [until]);
    assert_eq!(nearest(cool, "visit 2026-03-01T10:00 id=1", "2026-03-01T10:00"), [], "it acted");
    let none = "  - { id: none, when: { event: visit }, ramp: 0, do: [{ call: x }] }";
    let ramp = nearest(none, visits, "2026-03-01T10:20");
    assert!(matches!(ramp.as_slice(), [Change::Ramp { share: 0.0, above }] if *above > 0.0), "{ramp:?}");
}

#[test]
fn unknown_rules_and_customers_are_told() {
    let plan = restaurant();
    let mut engine = Engine::new(plan.clone());
    let error = plan.explain(&CustomerState::new(&plan), "cart_resque", Timestamp::default()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert_eq!(error.message(), "the blueprint has no rule `cart_resque`; the nearest is `cart_rescue`");
    let error = engine.explain(&member("m-1"), "cart_rescue", None).unwrap_err();
    assert_eq!(error.to_string(), "not_found: nobody is known as `member` `m-1`");
    engine.push(&event(&format!("{CART} member=m-1"))).unwrap();
    let told = engine.explain(&member("m-1"), "cart_rescue", None).unwrap();
    assert_eq!((told.fires, told.at), (false, time("2026-03-01T12:00:00+08:00")));
    engine.advance(time("2026-03-01T12:31:00+08:00"));
    let told = engine.explain(&member("m-1"), "cart_rescue", None).unwrap();
    let reasons: Vec<_> = told.refusals.iter().map(|r| (r.reason, r.channel.as_deref())).collect();
    let no = RefusalReason::NoConsent;
    assert_eq!(reasons, [(no, Some("wechat")), (no, Some("sms"))], "the engine keeps them");
}

#[test]
fn what_became_of_a_decision_is_told() {
    let plan = restaurant();
    let mut engine = Engine::new(plan);
    engine.push(&event(&format!("{CONSENT} member=m-1"))).unwrap();
    engine.push(&event(&format!("{CART} member=m-1"))).unwrap();
    let decisions = engine.advance(time("2026-03-01T12:30:00+08:00"));
    engine.ack(decisions[0].id, AckOutcome::Delivered, None).unwrap();
    let told = engine.explain(&member("m-1"), "cart_rescue", None).unwrap();
    assert!(told.fires && told.nearest.is_empty());
    let told: Vec<_> = told.decisions.iter().map(|d| (d.id, d.channel.as_deref(), d.outcome)).collect();
    assert_eq!(told, [(decisions[0].id, Some("wechat"), Some(AckOutcome::Delivered))]);
}

/// A log of lines `event time who order amount`.
fn log(blueprint: &Blueprint, lines: &str) -> EventLog {
    use crate::event::{BatchBuilder, LogBuilder, Options};
    let mut rows = BatchBuilder::default();
    let columns = ["what", "when", "who", "order_id", "amount"].map(|name| rows.column(name));
    for (line, row) in lines.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        rows.begin_row(line as u64 + 1);
        for (column, text) in columns.iter().zip(row.split_whitespace()) {
            assert!(rows.push_text(*column, text));
        }
    }
    let options = Options::new("who", "what", "when");
    let mut log = LogBuilder::new(options).with_blueprint(blueprint.document());
    log.push(rows.finish());
    log.finish().unwrap()
}

#[test]
fn a_past_instant_of_a_log() {
    let blueprint =
        Blueprint::from_yaml(include_str!("../../../../examples/blueprints/restaurant.yaml")).unwrap();
    let plan = blueprint.compile().unwrap();
    let log = log(
        &blueprint,
        "add_to_cart 2026-03-01T12:00:00+08:00 m-1 o-1 38
         add_to_cart 2026-03-01T12:00:00+08:00 m-2 o-9 38
         add_to_cart 2026-03-02T12:00:00+08:00 m-1 o-2 38
         paid 2026-03-02T12:10:00+08:00 m-1 o-2 38
         add_to_cart 2026-03-03T12:00:00+08:00 m-1 o-3 38",
    );
    let told = |to: &str| plan.explain_log(&log, &member("m-1"), "cart_rescue", Some(time(to))).unwrap();
    let first = told("2026-03-01T12:30:00+08:00");
    assert!(!first.fires);
    let [walk] = first.matches.as_slice() else { panic!("{:#?}", first.matches) };
    assert_eq!(walk.result, Fate::Refused(RefusalReason::NoConsent));
    let consent = Change::Consent { purpose: "marketing".into(), channel: "wechat".into() };
    assert_eq!(first.nearest, [consent]);
    let last = told("2026-03-10T12:00:00+08:00");
    let results: Vec<_> = last.matches.iter().map(|w| (w.at, w.candidate.key.as_deref())).collect();
    let (one, three) = (time("2026-03-01T12:30:00+08:00"), time("2026-03-03T12:30:00+08:00"));
    assert_eq!(results, [(one, Some("o-1")), (three, Some("o-3"))], "the second was paid");
    assert_eq!(last.refusals.len(), 4, "two channels each");
    insta::assert_snapshot!(both(&plan, &last));
    let error = plan.explain_log(&log, &member("m-3"), "cart_rescue", None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    let before = plan.explain_log(&log, &member("m-1"), "cart_rescue", Some(time("2026-02-01T00:00:00Z")));
    assert_eq!(before.unwrap_err().code(), ErrorCode::NotFound, "no event up to then");
}

pub(super) const RULES: &str = "
cjm: 1
id: t
zone: Asia/Shanghai
channels: [{ id: wechat, kind: digital }, { id: sms, kind: digital, needs: phone }]
identities: [{ id: member }, { id: phone }]
events:
  cart: { order: text, amount: money }
  paid: { order: text }
  cancelled: {}
  agreed: { channel: text, purpose: text, granted: bool }
consent: { event: agreed, purposes: [{ id: ads, default: deny }, { id: service, default: allow }] }
customer:
  profile: { name: optional text }
  features: { pays: { count: paid, within: 1d } }
  lifecycle: [{ id: new }, { id: buyer, if: pays >= 1 }, { id: gone, idle: { event: paid, for: 1d } }]
messages: [{ id: hello, offer: ten }, { id: again }]
offers: [{ id: ten, valid: 9h }]
outreach:
  order: [wechat, sms]
  quiet: { from: '22:00', to: '08:00', then: defer, max_hold: 8h, purposes: [ads] }
  caps: [{ channel: wechat, at_most: 2, within: 1d }, { at_most: 5, per: week }]
experiments:
  - { id: x, salt: s, arms: [{ id: yes, share: 0.5 }, { id: hold, share: 0.5, hold: true }] }
rules:
  - id: absent
    when: { after: cart, without: paid, for: 30m, key: event.order }
    if: event.amount > 20
    do: [{ send: hello, purpose: ads, channels: [sms, wechat] }, { tag: asked }]
    cool_down: 6h
    goal: { event: paid, within: 1d }
    experiment: x
  - id: steps
    when: { sequence: [cart, paid], within: 1d }
    do: [{ send: again, purpose: service }]
    then: [{ delay: 3h, unless: pays >= 2, do: [{ call: back }] }]
    caps: [{ at_most: 2, per: day }]
    group: g
  - { id: thrice, when: { count: cart, at_least: 2, within: 8h }, do: [{ call: ring }], group: g, priority: 5 }
  - { id: event, when: { event: cart, where: event.amount >= 40 || pays > 0 }, ramp: 0.6, do: [{ send: again, purpose: service }] }
  - { id: leaves, when: { event: cart }, exit: { event: cancelled }, do: [{ ask: nps, purpose: service }], then: [{ delay: 1h, do: [{ tag: later }] }] }
  - { id: becomes, when: { becomes: gone }, do: [{ send: hello, purpose: ads }] }
  - { id: daily, when: { every: 'day 09:00' }, if: pays > 0, do: [{ set: { name: \"'x'\" } }] }
surveys: [{ id: nps, title: Nps, kind: nps, scope: relationship, questions: [{ id: score, kind: nps }] }]
";

fn random_event() -> impl Strategy<Value = Event> {
    let name = prop_oneof![6 => Just("cart"), 3 => Just("paid"), 1 => Just("cancelled"), 3 => Just("agreed")];
    (name, 0_i64..4 * 24 * 60, 0_i64..60, 0_usize..3, any::<bool>()).prop_map(
        |(name, minute, amount, pick, flag)| {
            let at = Timestamp::saturating(1_767_225_600_000_000 + minute * 60_000_000);
            let event = Event::new(name, at);
            let order = ["o1", "o2", "o3"][pick];
            match name {
                "cart" => event.with("order", order).with("amount", amount),
                "paid" => event.with("order", order),
                "agreed" => event
                    .with("granted", flag || pick > 0)
                    .with("channel", ["wechat", "sms", "wechat"][pick])
                    .with("purpose", "ads"),
                _ => event,
            }
        },
    )
}

pub(super) fn history() -> impl Strategy<Value = (String, Vec<Event>)> {
    (0_u32..20, prop::collection::vec(random_event(), 0..30)).prop_map(|(who, mut events)| {
        events.sort_by_key(|event| event.time);
        let member = format!("m-{who}");
        let named = |(i, event): (usize, Event)| {
            let event = event.id("s", i.to_string()).identity("member", member.as_str());
            if i % 4 == 3 { event.identity("phone", "555") } else { event }
        };
        let events = events.into_iter().enumerate().map(named).collect();
        (member, events)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// What the checks say of every match is what the step did with it.
    #[test]
    fn the_checks_say_what_a_step_does((_, events) in history()) {
        let plan = plan(RULES);
        let mut state = CustomerState::new(&plan);
        let end = events.last().map(|event| event.time.plus("3d".parse().unwrap())).unwrap_or_default();
        let inputs = events.iter().map(Input::Event).chain([Input::Tick(end)]);
        for input in inputs {
            for (number, rule) in (0_u32..).zip(&plan.rules.list) {
                let mut copy = state.clone();
                let mut stepping = Stepping::new(&plan).watching(Some(number));
                plan.take(&mut copy, input, &mut stepping).unwrap();
                let walks = stepping.decided.watched.take().unwrap().walks;
                let stepped = stepping.finish();
                let mut acted: Vec<(Timestamp, u32, u32)> = Vec::new();
                let mut refused: Vec<(Timestamp, u32, Option<u32>, RefusalReason)> = Vec::new();
                for walk in &walks {
                    for (item, fate) in &walk.items {
                        match fate {
                            Fate::Acts => acted.push((walk.at, walk.step, *item)),
                            Fate::Refused(reason) => refused.push((walk.at, walk.step, Some(*item), *reason)),
                            Fate::Deferred(_) | Fate::Nothing => {}
                        }
                    }
                    if let (true, Fate::Refused(reason)) = (walk.items.is_empty(), &walk.result) {
                        refused.push((walk.at, walk.step, None, *reason));
                    }
                }
                let mut made: Vec<_> = stepped.decisions.iter().filter(|d| d.rule == rule.id).map(|d| (d.due, d.step, d.item)).collect();
                acted.sort_unstable();
                made.sort_unstable();
                prop_assert_eq!(acted, made, "{}", rule.id);
                let told: Vec<_> = stepped.refusals.iter().filter(|r| r.rule == rule.id).map(|r| (r.due, r.step, r.item, r.reason)).collect();
                for one in &refused {
                    prop_assert!(told.contains(one), "{} {:?} not in {:?}", rule.id, one, told);
                }
                prop_assert!(told.iter().all(|one| refused.iter().any(|r| (r.0, r.1, r.2) == (one.0, one.1, one.2)) || acts_elsewhere(&walks, one.0)), "{:?} {:?}", told, refused);
            }
            plan.step(&mut state, input).unwrap();
        }
    }

    /// Any state, any rule, any instant: an explanation, and it fires exactly when a step decides then.
    #[test]
    fn it_fires_when_a_step_decides((_, events) in history(), minutes in prop::collection::vec(0_i64..7 * 24 * 60, 4)) {
        let plan = plan(RULES);
        let mut state = CustomerState::new(&plan);
        let mut decided = Vec::new();
        for event in &events {
            let stepped = plan.step(&mut state, Input::Event(event)).unwrap();
            decided.extend(stepped.decisions.into_iter().map(|d| (d.rule, d.due)));
        }
        let random = minutes.iter().map(|minute| Timestamp::saturating(1_767_225_600_000_000 + minute * 60_000_000));
        let mut instants: Vec<Timestamp> = random.collect();
        let mut later = state.clone();
        for _ in 0..4 {
            let Some(due) = later.next_due() else { break };
            instants.push(due);
            plan.step(&mut later, Input::Tick(due)).unwrap();
        }
        for at in instants {
            let at = state.frontier().map_or(at, |frontier| frontier.max(at));
            let mut copy = state.clone();
            let now = plan.step(&mut copy, Input::Tick(at)).unwrap().decisions;
            let now: Vec<_> = now.into_iter().map(|d| (d.rule, d.due)).collect();
            for rule in &plan.rules.list {
                let told = plan.explain(&state, &rule.id, at).unwrap();
                prop_assert_eq!(told.at, at);
                let acts = decided.iter().chain(&now).any(|(by, due)| *by == rule.id && *due == at);
                prop_assert_eq!(told.fires, acts, "{} at {}", rule.id, at);
                prop_assert!(told.fires || !told.nearest.is_empty() || told.result == Fate::Acts, "{} {:#?}", rule.id, told);
                for language in [Language::En, Language::Zh] {
                    prop_assert!(told.text(&plan, language).lines().count() > 5);
                }
            }
        }
    }
}

/// Whether a channel before the one chosen was refused at that instant.
fn acts_elsewhere(walks: &[crate::engine::explain::Walk], at: Timestamp) -> bool {
    let refused = |check: &crate::engine::explain::Check| {
        matches!((&check.test, check.verdict), (Test::Channel { .. }, Verdict::Refuses(_)))
    };
    walks.iter().any(|walk| walk.at == at && walk.checks.iter().any(refused))
}
