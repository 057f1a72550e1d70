//! Rules by cases: a blueprint, inputs, and what is decided or refused, as short lines.
//!
//! After every input the state goes through bytes and must come back the same.

use super::{at, event, plan};
use crate::engine::{CustomerState, Input, Stepped};
use crate::plan::Plan;

pub(super) const HEAD: &str = "
cjm: 1
id: t
zone: Asia/Shanghai
channels: [{ id: wechat, kind: digital }, { id: sms, kind: digital, needs: phone }]
identities: [{ id: member }, { id: phone }]
events:
  cart: { order: text, dish: text }
  paid: { order: text }
  cancelled: {}
  agreed: { channel: text, purpose: text, granted: bool }
consent: { event: agreed, purposes: [{ id: marketing, default: deny }, { id: service, default: allow }] }
customer: { profile: { name: optional text, vip: optional bool }, features: { pays: { count: paid } } }
messages: [{ id: hello }, { id: again }]
";

pub(super) fn fed(plan: &Plan, state: &mut CustomerState, line: &str) -> Stepped {
    let stepped = match line.strip_prefix("tick ") {
        Some(time) => plan.step(state, Input::Tick(at(time))).unwrap(),
        None => plan.step(state, Input::Event(&event(line))).unwrap(),
    };
    let bytes = state.encode();
    let back = CustomerState::decode(plan, &bytes).unwrap();
    assert_eq!(back, *state, "after {line}");
    assert_eq!(back.encode(), bytes);
    stepped
}

/// What the inputs gave: `time rule action target channel`, `time rule -reason channel`, `time rule goal`.
fn told(plan: &Plan, lines: &str) -> Vec<String> {
    let mut state = CustomerState::new(plan);
    let mut told = Vec::new();
    for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let stepped = fed(plan, &mut state, line);
        let text =
            |t: &Option<std::sync::Arc<str>>| t.as_deref().map(|t| format!(" {t}")).unwrap_or_default();
        told.extend(stepped.decisions.iter().map(|d| {
            let channel = text(&d.channel);
            format!("{} {} {} {}{channel}", short(d.due), d.rule, d.action, d.target)
        }));
        told.extend(
            stepped
                .refusals
                .iter()
                .map(|r| format!("{} {} -{}{}", short(r.due), r.rule, r.reason, text(&r.channel))),
        );
        told.extend(stepped.outcomes.iter().map(|o| {
            let held = if o.held_out { " held out" } else { "" };
            format!("{} {} goal{held}", short(o.at), o.rule)
        }));
    }
    told
}

pub(super) fn short(time: crate::Timestamp) -> String {
    time.to_string().get(5..16).unwrap_or_default().to_owned()
}

#[track_caller]
fn check(rules: &str, lines: &str, wanted: &[&str]) {
    let plan = plan(&format!("{HEAD}{rules}"));
    assert_eq!(told(&plan, lines), wanted);
}

const RESCUE: &str = "
rules:
  - id: rescue
    when: { after: cart, without: paid, for: 30m, key: event.order }
    do: [{ send: hello, purpose: marketing, channels: [wechat, sms], with: { dish: event.dish } }]
    cool_down: 7d
    goal: { event: paid, within: 1d, tag: saved }
";
const AGREED: &str = "agreed 2026-03-01T02:00 id=0 channel=wechat purpose=marketing granted=true";

#[test]
fn an_absence_is_decided_at_its_deadline_and_not_before() {
    let lines = "cart 2026-03-01T04:00 id=1 order=o1 dish=noodles
        tick 2026-03-01T04:29
        tick 2026-03-01T04:31";
    check(RESCUE, lines, &["03-01T04:30 rescue -no_consent wechat", "03-01T04:30 rescue -no_consent sms"]);
    let paid = "cart 2026-03-01T04:00 id=1 order=o1 dish=noodles
        paid 2026-03-01T04:30 id=2 order=o1
        tick 2026-03-02T00:00";
    check(RESCUE, paid, &[]);
    let other_order = "cart 2026-03-01T04:00 id=1 order=o1 dish=noodles
        paid 2026-03-01T04:10 id=2 order=o2
        tick 2026-03-02T00:00";
    check(RESCUE, other_order, &["03-01T04:30 rescue -goal_reached"]);
}

#[test]
fn the_state_is_bytes_while_a_wait_is_pending_and_after() {
    let plan = plan(&format!("{HEAD}{RESCUE}"));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, AGREED);
    fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=o1 dish=noodles");
    assert_eq!(state.next_due(), Some(at("2026-03-01T04:30")));
    let stepped = fed(&plan, &mut state, "tick 2026-03-01T04:31");
    let decision = &stepped.decisions[0];
    assert_eq!(decision.arguments, [("dish".into(), "noodles".into())]);
    assert_eq!((decision.channel.as_deref(), decision.key.as_deref()), (Some("wechat"), Some("o1")));
    assert_eq!(decision.events, [("s".into(), "1".into())]);
    // the goal is met once and sets its tag; the rule rests for a week
    let met = fed(&plan, &mut state, "paid 2026-03-01T10:00 id=2 order=o1");
    assert_eq!(met.outcomes.len(), 1);
    assert_eq!((met.outcomes[0].decision, met.outcomes[0].held_out), (decision.id, false));
    assert!(state.facts().profile.has_tag("saved"));
    let again = plan.step(&mut state, Input::Event(&event("paid 2026-03-01T10:00 id=2 order=o1"))).unwrap();
    assert_eq!(again, Stepped::default(), "a repeat has no effect");
    fed(&plan, &mut state, "cart 2026-03-02T04:00 id=3 order=o2 dish=soup");
    let second = fed(&plan, &mut state, "tick 2026-03-02T04:30");
    assert_eq!(second.refusals[0].reason.name(), "cool_down");
}

#[test]
fn quiet_hours_hold_back_until_the_morning_in_the_customers_zone() {
    let rules = "
outreach: { quiet: { from: '22:00', to: '08:00', then: defer, max_hold: 12h, purposes: [marketing] } }
rules:
  - id: sorry
    when: { event: cancelled }
    do: [{ send: hello, purpose: marketing, channels: [wechat] }]
";
    let lines = format!(
        "{AGREED}
        cancelled 2026-03-01T15:00 id=1
        tick 2026-03-01T23:59
        tick 2026-03-02T00:00
        cancelled 2026-03-02T03:00 id=2"
    );
    // 23:00 in Shanghai waits until 08:00 there; 11:00 goes out at once
    check(rules, &lines, &["03-02T00:00 sorry send hello wechat", "03-02T03:00 sorry send hello wechat"]);
}

#[test]
fn caps_count_what_was_made_and_steps_follow_until_the_goal() {
    let rules = "
rules:
  - id: wake
    when: { event: cancelled }
    do: [{ send: hello, purpose: service, channels: [wechat] }, { tag: sad }]
    then: [{ delay: 7d, do: [{ send: again, purpose: service, channels: [wechat] }] }]
    caps: [{ at_most: 2, within: 30d }]
    goal: { event: paid, within: 21d }
";
    check(
        rules,
        "cancelled 2026-03-01T04:00 id=1
        cancelled 2026-03-02T04:00 id=2
        tick 2026-03-09T00:00
        cancelled 2026-03-10T04:00 id=3
        paid 2026-03-10T05:00 id=4 order=o",
        &[
            "03-01T04:00 wake send hello wechat",
            "03-01T04:00 wake tag sad",
            "03-02T04:00 wake -running",
            "03-08T04:00 wake send again wechat",
            "03-10T04:00 wake tag sad",
            "03-10T04:00 wake -capped wechat",
            "03-10T05:00 wake goal",
            "03-10T05:00 wake goal",
            "03-10T05:00 wake goal",
            "03-10T05:00 wake goal",
        ],
    );
    let reached = "cancelled 2026-03-01T04:00 id=1
        paid 2026-03-02T04:00 id=2 order=o
        tick 2026-03-20T00:00";
    check(
        rules,
        reached,
        &[
            "03-01T04:00 wake send hello wechat",
            "03-01T04:00 wake tag sad",
            "03-02T04:00 wake goal",
            "03-02T04:00 wake goal",
            "03-08T04:00 wake -goal_reached",
        ],
    );
}

#[test]
fn the_held_out_walk_everything_and_get_nothing() {
    let rules = "
rules:
  - id: offer
    when: { event: cancelled }
    do: [{ send: hello, purpose: service, channels: [wechat] }]
    goal: { event: paid, within: 1d }
    experiment: half
experiments:
  - { id: half, salt: s, arms: [{ id: all, share: 0.0 }, { id: none, share: 1.0, hold: true }], metric: { event: paid } }
";
    check(
        rules,
        "cancelled 2026-03-01T04:00 id=1
        paid 2026-03-01T05:00 id=2 order=o",
        &["03-01T04:00 offer -held_out wechat", "03-01T05:00 offer goal held out"],
    );
}

#[test]
fn tags_are_seen_at_once_by_other_rules() {
    let rules = "
rules:
  - { id: mark, when: { event: cancelled }, do: [{ tag: risky }] }
  - { id: care, when: { event: cancelled }, if: \"'risky' in customer.tags\", do: [{ call: phone_them }] }
";
    check(
        rules,
        "cancelled 2026-03-01T04:00 id=1
        cancelled 2026-03-02T04:00 id=2",
        &[
            "03-01T04:00 mark tag risky",
            "03-01T04:00 care -if_false",
            "03-02T04:00 mark tag risky",
            "03-02T04:00 care call phone_them",
        ],
    );
}

#[test]
fn waits_of_two_customers_go_on_when_they_turn_out_to_be_one() {
    let plan = plan(&format!("{HEAD}{RESCUE}"));
    let side = |member: &str, order: &str, minute: u32| {
        let mut state = CustomerState::new(&plan);
        let line =
            format!("cart 2026-03-01T04:{minute:02} id={order} order={order} dish=soup member={member}");
        fed(&plan, &mut state, &line);
        state
    };
    let (a, b) = (side("a", "o1", 0), side("b", "o2", 5));
    let (mut one, _) = plan.merge(&a, &b);
    let (other, _) = plan.merge(&b, &a);
    assert_eq!(one.encode(), other.encode());
    assert_eq!(one.next_due(), Some(at("2026-03-01T04:30")));
    let stepped = fed(&plan, &mut one, "tick 2026-03-01T05:00");
    let dues: Vec<String> = stepped.refusals.iter().map(|r| short(r.due)).collect();
    assert_eq!(
        dues,
        ["03-01T04:30", "03-01T04:30", "03-01T04:35", "03-01T04:35"],
        "no consent on either channel"
    );
}

#[test]
fn steps_ahead_are_bounded_and_what_finds_no_room_is_told() {
    let rules = "
rules:
  - id: follow
    when: { event: cart }
    key: event.order
    do: [{ call: note }]
    then: [{ delay: 7d, do: [{ call: later }] }]
";
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    let (mut made, mut refused) = (0, 0);
    for n in 0..140 {
        let line = format!("cart 2026-03-01T04:00 id={n} order=o{n} dish=soup");
        let stepped = plan.step(&mut state, Input::Event(&event(&line))).unwrap();
        made += stepped.decisions.len();
        refused += stepped.refusals.iter().filter(|r| r.reason.name() == "too_many_waits").count();
    }
    assert_eq!((made, refused), (140, 12));
    let later = fed(&plan, &mut state, "tick 2026-03-09T00:00");
    assert_eq!(later.decisions.len(), 128, "none that had room is dropped");
}

#[test]
fn a_wait_ends_by_what_the_other_side_had_done() {
    let rules = "
rules:
  - id: lost
    when: { after: cart, without: { event: paid, where: \"event.channel != 'web'\" }, for: 30m, key: event.order, again: each }
    do: [{ call: note }]
";
    let plan = plan(&format!("{HEAD}{rules}"));
    let side = |lines: &[&str]| {
        let mut state = CustomerState::new(&plan);
        lines.iter().for_each(|line| drop(fed(&plan, &mut state, line)));
        state
    };
    let carts = side(&[
        "cart 2026-03-01T04:00 id=1 order=o1 dish=soup member=a",
        "cart 2026-03-01T04:00 id=2 order=o2 dish=soup member=a",
        "cart 2026-03-01T04:00 id=3 order=o3 dish=soup member=a",
    ]);
    let mut pays = CustomerState::new(&plan);
    for (line, channel) in [
        ("paid 2026-03-01T03:10 id=5 order=o2 member=b", "shop"),
        ("paid 2026-03-01T04:10 id=4 order=o1 member=b", "shop"),
        ("paid 2026-03-01T04:11 id=6 order=o3 member=b", "web"),
    ] {
        plan.step(&mut pays, Input::Event(&event(line).channel(channel))).unwrap();
    }
    let (one, _) = plan.merge(&carts, &pays);
    assert_eq!(one.encode(), plan.merge(&pays, &carts).0.encode());
    let mut one = CustomerState::decode(&plan, &one.encode()).unwrap();
    let keys = |stepped: &Stepped| {
        let keys: std::collections::BTreeSet<_> =
            stepped.decisions.iter().filter_map(|d| d.key.clone()).collect();
        keys.iter().map(|key| key.to_string()).collect::<Vec<_>>()
    };
    let mut back = one.clone();
    assert_eq!(keys(&fed(&plan, &mut one, "tick 2026-03-01T05:00")), ["o2", "o3"]);
    // taking the payment back opens the wait again
    plan.step(&mut back, Input::Retract { source: "s", id: "4" }).unwrap();
    assert_eq!(keys(&fed(&plan, &mut back, "tick 2026-03-01T05:00")), ["o1", "o2", "o3"]);
}

#[test]
fn recent_events_keep_what_rules_read_and_no_more() {
    let rules =
        "\nrules: [{ id: a, when: { event: cart, where: event.dish != 'x' }, do: [{ call: note }] }]\n";
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "cart 2026-03-01T04:00 id=1 order=o1 dish=soup");
    fed(&plan, &mut state, "paid 2026-03-01T04:01 id=2 order=o1");
    let long = event("cart 2026-03-01T04:02 id=3 order=o1").with("dish", "soup".repeat(33).as_str());
    plan.step(&mut state, Input::Event(&long)).unwrap();
    let kept: Vec<_> =
        state.recent.iter().map(|recent| recent.values.as_ref().map(|values| values.len())).collect();
    assert_eq!(kept, [Some(1), None, None]);
}

/// A document that a program made may name no purpose: nobody can have consented then.
#[test]
fn what_has_no_purpose_goes_to_nobody() {
    let rules = "
surveys: [{ id: nps, questions: [{ id: score, kind: nps }] }]
rules: [{ id: leaves, when: { event: cancelled }, do: [{ ask: nps, purpose: service, channels: [wechat] }] }]
";
    let mut plan = std::sync::Arc::into_inner(plan(&format!("{HEAD}{rules}"))).unwrap();
    let asked = "cancelled 2026-03-01T04:00 id=1";
    assert_eq!(told(&plan, asked), ["03-01T04:00 leaves ask nps wechat"]);
    plan.rules.list[0].steps[0].items[0].purpose = None;
    assert_eq!(told(&plan, asked), ["03-01T04:00 leaves -no_consent wechat"]);
}

#[test]
fn names_of_events_may_hold_dots() {
    let text = "
cjm: 1
id: t
identities: [{ id: member }]
events: { order.paid: { amount: int }, order: { paid: text } }
customer: { features: { n: { count: order.paid }, spent: { sum: order.paid.amount } } }
rules:
  - { id: often, when: { event: order.paid }, if: n >= 2 && spent == 12, do: [{ tag: a }] }
  - { id: much, when: { sum: order.paid.amount, at_least: 12, within: 1d }, if: event.amount == 7, do: [{ tag: b }] }
";
    let lines = "order.paid 2026-03-01T04:00 id=1 amount=5
        order.paid 2026-03-01T05:00 id=2 amount=7";
    let wanted = ["03-01T04:00 often -if_false", "03-01T05:00 often tag a", "03-01T05:00 much tag b"];
    assert_eq!(told(&plan(text), lines), wanted);
}

/// What the check can not know of a value is refused at the field, as what an event says of the profile is.
#[test]
fn a_field_is_set_to_values_of_its_type_alone() {
    let text = "
cjm: 1
id: t
identities: [{ id: member }]
events: { a: { x: int }, b: { x: text } }
customer: { profile: { level: { int: [1, 3] }, share: number, word: text } }
rules: [{ id: r, when: { event: [a, b] }, do: [{ set: { level: event.x, share: event.x, word: event.x } }] }]
";
    let plan = plan(text);
    let mut state = CustomerState::new(&plan);
    for (line, set, known) in [
        (
            "a 2026-03-01T04:00 id=1 x=2",
            r#"[["level",{"int":2}],["share",{"number":2.0}],["word",{"text":"2"}]]"#,
            r#"[{"int":2},{"number":2.0},{"text":"2"}]"#,
        ),
        (
            "a 2026-03-01T05:00 id=2 x=9",
            r#"[["share",{"number":9.0}],["word",{"text":"9"}]]"#,
            r#"[{"int":2},{"number":9.0},{"text":"9"}]"#,
        ),
        (
            "b 2026-03-01T06:00 id=3 x=much",
            r#"[["word",{"text":"much"}]]"#,
            r#"[{"int":2},{"number":9.0},{"text":"much"}]"#,
        ),
    ] {
        let stepped = fed(&plan, &mut state, line);
        assert_eq!(serde_json::to_string(&stepped.decisions[0].arguments).unwrap(), set, "{line}");
        let profile = &state.facts().profile;
        let values: Vec<_> = (0..3).map(|field| profile.value(field).clone()).collect();
        assert_eq!(serde_json::to_string(&values).unwrap(), known, "{line}");
    }
}
