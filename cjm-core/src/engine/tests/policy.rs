//! Policy where its parts meet: a goal that is the trigger, siblings that quiet hours hold back, priorities at a
//! release, ramps and experiments over links, what a goal's tag changes, customers who become one.
//!
//! Each story runs step by step and, where several customers matter, through an engine and a replay.

use std::sync::Arc;

use super::complaints::{Story, told};
use super::rules::{fed, short};
use super::{at, event, plan};
use crate::base::time::Duration;
use crate::customer::identity::IdentityKey;
use crate::engine::explain::Fate;
use crate::engine::host::Engine;
use crate::engine::replay::{ReplayOptions, Until};
use crate::engine::{AckOutcome, CustomerState, Input};
use crate::event::{BatchBuilder, EventLog, LogBuilder, Options};
use crate::{Blueprint, Event, Plan, Zone};

const HEAD: &str = "
cjm: 1
id: t
zone: UTC
channels: [{ id: app, kind: digital }, { id: sms, kind: digital }]
identities: [{ id: member }, { id: phone }]
events: { cart: {}, paid: {}, view: {}, ping: {}, agreed: { channel: text, purpose: text, granted: bool } }
consent: { event: agreed, purposes: [{ id: ads, default: allow }] }
messages: [{ id: m1 }, { id: m2 }]
";

const QUIET: &str = "
outreach: { quiet: { from: '22:00', to: '08:00', then: defer, max_hold: 12h, purposes: [ads] } }
";

fn story(rest: &str) -> Story {
    Story::under(&format!("{HEAD}{rest}"))
}

#[test]
fn a_goal_that_is_the_trigger_is_not_reached_by_it() {
    let again = "rules: [{ id: r, when: { event: paid }, do: [{ call: thanks }], goal: { event: paid, within: 7d } }]";
    story(again).feed("paid 2026-03-01T10:00 id=1\npaid 2026-03-05T10:00 id=2").gives(&[
        "03-01T10:00 r call thanks",
        "03-05T10:00 r call thanks",
        "03-05T10:00 r goal",
    ]);
    let waits = "rules: [{ id: w, when: { after: paid, without: view, for: 1h }, do: [{ call: x }], goal: { event: paid } }]";
    story(waits).feed("paid 2026-03-01T10:00 id=1\ntick 2026-03-01T12:00").gives(&["03-01T11:00 w call x"]);
    story(waits)
        .feed("paid 2026-03-01T10:00 id=1\npaid 2026-03-01T10:30 id=2\ntick 2026-03-01T12:00")
        .gives(&["03-01T11:00 w -goal_reached"]);
    let joins = "
customer: { features: { pays: { count: paid } }, segments: [{ id: first, if: pays == 1 }] }
rules: [{ id: j, when: { joins: first }, do: [{ call: x }], goal: { event: paid } }]";
    story(joins).feed("paid 2026-03-01T10:00 id=1").gives(&["03-01T10:00 j call x"]);
    let exit = "rules: [{ id: e, when: { event: cart }, do: [{ call: x }], exit: { event: cart } }]";
    story(exit).feed("cart 2026-03-01T10:00 id=1").gives(&["03-01T10:00 e call x"]);
    let total = "rules: [{ id: c, when: { count: paid, at_least: 2, within: 1d }, do: [{ call: x }], goal: { event: paid } }]";
    story(total)
        .feed("paid 2026-03-01T10:00 id=1\npaid 2026-03-01T11:00 id=2")
        .gives(&["03-01T11:00 c call x"]);
}

#[test]
fn what_quiet_hours_hold_back_does_not_stand_in_the_way_of_its_own_match() {
    let send =
        |message: &str, channel: &str| format!("{{ send: {message}, purpose: ads, channels: [{channel}] }}");
    let (m1, m2) = (send("m1", "sms"), send("m2", "app"));
    let night = "cart 2026-03-01T23:00 id=1\ntick 2026-03-10T00:00";
    for limit in ["cool_down: 7d", "group: g"] {
        story(&format!("{QUIET}rules: [{{ id: r, when: {{ event: cart }}, {limit}, do: [{m1}, {m2}] }}]"))
            .feed(night)
            .gives(&["03-02T08:00 r send m1", "03-02T08:00 r send m2"]);
    }
    let then = format!("then: [{{ delay: 3d, do: [{m2}] }}]");
    story(&format!(
        "{QUIET}rules: [{{ id: r, when: {{ event: cart }}, cool_down: 7d, do: [{m1}], {then} }}]"
    ))
    .feed(night)
    .gives(&["03-02T08:00 r send m1", "03-05T08:00 r send m2"]);
    // another match of the rule is held off by what this one came to
    story(&format!("{QUIET}rules: [{{ id: r, when: {{ event: cart }}, cool_down: 7d, do: [{m1}, {m2}] }}]"))
        .feed("cart 2026-03-01T23:00 id=1\ncart 2026-03-02T09:00 id=2")
        .gives(&["03-02T08:00 r send m1", "03-02T08:00 r send m2", "03-02T09:00 r -cool_down"]);
}

#[test]
fn waits_of_one_grouped_rule_do_not_refuse_each_other() {
    let rules = "
rules:
  - { id: low, when: { after: cart, without: paid, for: 30m }, group: g, do: [{ call: low }] }
  - { id: high, priority: 5, when: { after: cart, without: paid, for: 30m, key: event.id, again: each }, group: g, do: [{ call: high }] }
";
    story(rules)
        .feed("cart 2026-03-01T10:00 id=1\ncart 2026-03-01T10:00 id=2\ntick 2026-03-01T12:00")
        .gives(&["03-01T10:30 high call high", "03-01T10:30 high call high", "03-01T10:30 low -group"]);
}

#[test]
fn what_is_held_back_is_released_by_priority() {
    let send = |message: &str| format!("do: [{{ send: {message}, purpose: ads, channels: [sms] }}]");
    let rules = format!(
        "
outreach:
  quiet: {{ from: '22:00', to: '08:00', then: defer, max_hold: 12h, purposes: [ads] }}
  caps: [{{ at_most: 1, within: 1d }}]
rules:
  - {{ id: low, priority: 1, when: {{ event: cart }}, {} }}
  - {{ id: high, priority: 100, when: {{ event: cart }}, {} }}
  - {{ id: due, priority: 50, when: {{ after: cart, without: paid, for: 9h }}, {} }}
",
        send("m1"),
        send("m2"),
        send("m1")
    );
    story(&rules).feed("cart 2026-03-01T23:00 id=1\ntick 2026-03-02T09:00").gives(&[
        "03-02T08:00 high send m2",
        "03-02T08:00 due -capped",
        "03-02T08:00 low -capped",
    ]);
}

#[test]
fn a_tag_that_a_goal_sets_is_seen_at_once() {
    let rules = "
customer: { segments: [{ id: promo, if: \"'promo' in customer.tags\" }] }
rules:
  - { id: r, when: { event: cart }, do: [{ call: x }], goal: { event: paid, within: 7d, tag: promo } }
  - { id: joined, when: { joins: promo }, do: [{ call: joined }] }
";
    story(rules).feed("cart 2026-03-01T10:00 id=1\npaid 2026-03-01T11:00 id=2").gives(&[
        "03-01T10:00 r call x",
        "03-01T11:00 joined call joined",
        "03-01T11:00 r goal",
    ]);
}

#[test]
fn an_arm_without_anything_is_held_out_where_each_rule_serves_one_arm() {
    let rules = "
experiments:
  - { id: x, arms: [{ id: a, share: 0 }, { id: b, share: 0 }, { id: h, share: 1, hold: true }] }
rules:
  - { id: ra, when: { event: cart }, experiment: x, arm: a, do: [{ call: a }], goal: { event: paid, within: 7d } }
  - { id: rb, when: { event: cart }, experiment: x, arm: b, do: [{ call: b }], goal: { event: paid, within: 7d } }
";
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    let cart = plan.step(&mut state, Input::Event(&event("cart 2026-03-01T10:00 id=1"))).unwrap();
    assert_eq!(told(&cart), ["03-01T10:00 ra -held_out", "03-01T10:00 rb -other_arm"]);
    let paid = plan.step(&mut state, Input::Event(&event("paid 2026-03-01T11:00 id=2"))).unwrap();
    let [outcome] = paid.outcomes.as_slice() else { panic!("{paid:#?}") };
    assert_eq!((&*outcome.rule, outcome.arm.as_deref(), outcome.held_out), ("ra", Some("h"), true));
}

/// The same lines as a log.
fn log_of(blueprint: &Blueprint, lines: &[(&str, &str, &str)]) -> EventLog {
    let mut rows = BatchBuilder::default();
    let columns = ["member", "phone", "what", "when", "source", "id"].map(|name| rows.column(name));
    for (place, (who, time, name)) in lines.iter().enumerate() {
        rows.begin_row(place as u64 + 1);
        let (member, phone) = (who.contains('m').then_some("m1"), who.contains('p').then_some("5"));
        let id = place.to_string();
        let values = [member, phone, Some(*name), Some(*time), Some("s"), Some(id.as_str())];
        for (column, value) in columns.iter().zip(values) {
            if let Some(value) = value {
                assert!(rows.push_text(*column, value));
            }
        }
    }
    let identities = ["member", "phone"].map(|kind| (kind.to_owned(), kind.to_owned())).into_iter().collect();
    let (source, id) = (Some("source".to_owned()), Some("id".to_owned()));
    let options = Options::new("member", "what", "when").with_zone(Zone::utc());
    let options = Options { customer: None, identities, source, id, ..options };
    let mut log = LogBuilder::new(options).with_blueprint(blueprint.document());
    log.push(rows.finish());
    log.finish().unwrap()
}

/// Events of two identities (`m` of `member`, `p` of `phone`, `mp` both), one at a time and as a log, each with what
/// is decided. With `ticks` the engine hears of every event's time before it.
fn both_ways(text: &str, lines: &[(&str, &str, &str)]) -> Vec<String> {
    let blueprint = Blueprint::from_yaml(&format!("{HEAD}{text}")).unwrap();
    let plan: Arc<Plan> = Arc::new(blueprint.compile().unwrap());
    let end = at(lines.last().unwrap().1).plus("30d".parse().unwrap());
    let live = |ticks: bool| {
        let mut engine = Engine::new(plan.clone());
        let mut made = Vec::new();
        for (place, (who, time, name)) in lines.iter().enumerate() {
            let mut event = Event::new(*name, at(time)).id("s", place.to_string());
            if who.contains('m') {
                event = event.identity("member", "m1");
            }
            if who.contains('p') {
                event = event.identity("phone", "5");
            }
            if ticks {
                made.extend(engine.advance(at(time).minus("1s".parse().unwrap())));
            }
            made.extend(engine.push(&event).unwrap());
        }
        made.extend(engine.advance(end));
        let who = |key: &IdentityKey| format!("{} {}", key.kind, key.value);
        let mut told: Vec<String> = made
            .iter()
            .map(|d| format!("{} {} {} {}", short(d.due), d.rule, d.target, who(&d.customer)))
            .chain(engine.refusals().iter().map(|r| format!("{} {} -{}", short(r.due), r.rule, r.reason)))
            .collect();
        told.sort();
        told
    };
    let log = log_of(&blueprint, lines);
    let options = ReplayOptions { until: Until::At(end), ..ReplayOptions::default() };
    let replay = plan.replay(&log, options);
    let who = |key: &IdentityKey| format!("{} {}", key.kind, key.value);
    let mut replayed: Vec<String> = replay
        .decisions
        .iter()
        .map(|d| format!("{} {} {} {}", short(d.due), d.rule, d.target, who(&d.customer)))
        .chain(replay.refusals.iter().map(|r| format!("{} {} -{}", short(r.due), r.rule, r.reason)))
        .collect();
    replayed.sort();
    let told = live(false);
    assert_eq!(told, live(true), "whether time is told between the events does not matter");
    assert_eq!(told, replayed, "a replay gives the same");
    told
}

#[test]
fn a_link_acts_from_its_own_time_on() {
    let waits = "rules: [{ id: w, when: { after: cart, without: paid, for: 30m }, do: [{ call: x }] }]";
    let lines = [
        ("m", "2026-03-01T12:00", "cart"),
        ("p", "2026-03-01T12:10", "paid"),
        ("mp", "2026-03-01T13:20", "view"),
    ];
    assert_eq!(both_ways(waits, &lines), ["03-01T12:30 w x member m1"]);
    let linked_in_time = [lines[0], lines[1], ("mp", "2026-03-01T12:20", "view")];
    assert_eq!(both_ways(waits, &linked_in_time), [""; 0]);
}

#[test]
fn whom_a_link_promotes_enters_at_the_link() {
    let rules = "
customer:
  features: { visits: { count: paid } }
  lifecycle: [{ id: new }, { id: act, if: visits >= 2 }]
  segments: [{ id: s, if: visits >= 2 }]
rules:
  - { id: b, when: { becomes: act }, do: [{ call: b }] }
  - { id: j, when: { joins: s }, do: [{ call: j }] }
";
    let lines = [
        ("m", "2026-03-01T12:00", "paid"),
        ("p", "2026-03-01T12:10", "paid"),
        ("mp", "2026-03-02T13:00", "ping"),
    ];
    assert_eq!(both_ways(rules, &lines), ["03-02T13:00 b b member m1", "03-02T13:00 j j member m1"]);
}

#[test]
fn who_was_inside_a_ramp_stays_inside_under_another_key() {
    let rules = "
rules:
  - { id: c, ramp: 0.5, when: { event: view }, do: [{ call: x }], then: [{ delay: 2d, do: [{ call: y }] }] }
";
    let inside = |kind, value| crate::outreach::in_ramp("c", 0.5, kind, value);
    assert!(inside("phone", "5") && !inside("member", "m1"), "the story needs such keys");
    let lines = [
        ("m", "2026-03-01T11:00", "ping"),
        ("p", "2026-03-01T12:00", "view"),
        ("mp", "2026-03-01T13:00", "ping"),
        ("m", "2026-03-05T13:00", "view"),
    ];
    assert_eq!(
        both_ways(rules, &lines),
        [
            "03-01T12:00 c x phone 5",
            "03-03T12:00 c y member m1",
            "03-05T13:00 c x member m1",
            "03-07T13:00 c y member m1"
        ]
    );
}

#[test]
fn explaining_an_event_that_links_tells_what_was_decided() {
    let rules = "
customer: { features: { carts: { count: cart } } }
rules: [{ id: i, when: { event: cart }, if: carts >= 3, do: [{ call: x }] }]
";
    let lines = [
        ("p", "2026-03-01T12:00", "cart"),
        ("m", "2026-03-01T12:10", "cart"),
        ("mp", "2026-03-01T12:20", "cart"),
    ];
    assert_eq!(
        both_ways(rules, &lines),
        ["03-01T12:00 i -if_false", "03-01T12:10 i -if_false", "03-01T12:20 i x phone 5"]
    );
    let blueprint = Blueprint::from_yaml(&format!("{HEAD}{rules}")).unwrap();
    let who = IdentityKey { kind: "member".into(), value: "m1".into() };
    let plan = blueprint.compile().unwrap();
    let explained = plan.explain_log(&log_of(&blueprint, &lines), &who, "i", None).unwrap();
    assert!(explained.fires && explained.result == Fate::Acts, "{explained:#?}");
    let refused: Vec<String> = explained.refusals.iter().map(|refusal| short(refusal.due)).collect();
    assert_eq!(refused, ["03-01T12:00", "03-01T12:10"], "those of both sides");
}

#[test]
fn what_happened_to_tickets_reaches_the_desk_at_its_instant() {
    let text = format!(
        "{HEAD}
tickets: {{ queues: [{{ id: care, pool: [c1, c2], assign: least_loaded }}, {{ id: boss, pool: [bb] }}] }}
rules:
  - {{ id: r, when: {{ event: cart }}, do: [{{ ticket: care, contact_within: 1h, escalate: [{{ to: boss }}] }}] }}
"
    );
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    let plan: Arc<Plan> = Arc::new(blueprint.compile().unwrap());
    let cart = |who: &str, time: &str| {
        Event::new("cart", at(time)).id("s", format!("{who} {time}")).identity("member", who)
    };
    let first = cart("a", "2026-03-01T12:00");
    let id = Engine::new(plan.clone()).push(&first).unwrap()[0].id.to_string();
    let step = |what: &str, time: &str| {
        let event = Event::new("ticket_step", at(time)).id("s", what).identity("member", "a");
        event.with("ticket", id.clone()).with("step", what).with("by", "mei")
    };
    // (events, until when, who has which ticket then)
    let cases = [
        (
            vec![
                first.clone(),
                step("contacted", "2026-03-01T12:20"),
                step("closed", "2026-03-01T12:30"),
                cart("b", "2026-03-02T12:00"),
            ],
            "2026-03-02T12:10",
            ["care c1", "care c1"],
        ),
        (
            vec![first, step("assigned", "2026-03-01T12:10"), cart("b", "2026-03-01T12:30")],
            "2026-03-05T00:00",
            ["boss bb", "boss bb"],
        ),
    ];
    for (events, end, wanted) in cases {
        let mut engine = Engine::new(plan.clone());
        let mut rows = BatchBuilder::default();
        let columns = ["member", "what", "when", "source", "id", "ticket", "step", "by"];
        let columns = columns.map(|name| rows.column(name));
        for (place, event) in events.iter().enumerate() {
            engine.push(event).unwrap();
            rows.begin_row(place as u64 + 1);
            let said = |name: &str| match event.attributes.iter().find(|(known, _)| &**known == name) {
                Some((_, crate::Value::Text(text))) => text.to_string(),
                _ => String::new(),
            };
            let (who, time) = (event.identities[0].1.to_string(), event.time.to_string());
            let own = [who, event.name.to_string(), time, event.source.to_string(), event.id.to_string()];
            for (column, text) in
                columns.iter().zip(own.into_iter().chain(["ticket", "step", "by"].map(said)))
            {
                assert!(rows.push_text(*column, &text));
            }
        }
        engine.advance(at(end));
        let (source, id) = (Some("source".to_owned()), Some("id".to_owned()));
        let options = Options { source, id, ..Options::new("member", "what", "when").with_zone(Zone::utc()) };
        let mut log = LogBuilder::new(options).with_blueprint(blueprint.document());
        log.push(rows.finish());
        let until = ReplayOptions { until: Until::At(at(end)), ..ReplayOptions::default() };
        let replay = plan.replay(&log.finish().unwrap(), until);
        let seats = |rows: &[crate::ticket::TicketRow]| -> Vec<String> {
            rows.iter().map(|row| format!("{} {}", row.queue, row.person.as_deref().unwrap_or("-"))).collect()
        };
        assert_eq!(seats(&engine.tickets()), wanted);
        assert_eq!(seats(&replay.tickets), wanted);
    }
}

#[test]
fn a_goal_or_exit_ends_what_began_before_it_in_order_also_at_one_instant() {
    let now = "rules: [{ id: r, when: { event: cart }, do: [{ call: x }], exit: { event: view }, goal: { event: paid } }]";
    let (view, paid) = ("view 2026-03-01T10:00 id=1", "paid 2026-03-01T10:00 id=2");
    let (cart, end) = ("cart 2026-03-01T10:00 id=3", "tick 2026-03-02T12:00");
    story(now).feed(&format!("{view}\n{paid}\n{cart}")).gives(&["03-01T10:00 r call x"]);
    for form in ["{ after: cart, without: ping, for: 1h }", "{ sequence: [cart, ping], within: 1h }"] {
        let rules = format!(
            "rules:
  - {{ id: g, when: {form}, do: [{{ call: x }}], goal: {{ event: paid }} }}
  - {{ id: e, when: {form}, do: [{{ call: y }}], exit: {{ event: view }} }}"
        );
        let done = if form.contains("after") { "" } else { "ping 2026-03-01T11:00 id=4" };
        let before = ["03-01T11:00 g call x", "03-01T11:00 e call y"];
        story(&rules).feed(&format!("{view}\n{paid}\n{cart}\n{done}\n{end}")).gives(&before);
        let after = ["03-01T11:00 g -goal_reached", "03-01T11:00 e -exited"];
        story(&rules).feed(&format!("{cart}\n{view}\n{paid}\n{done}\n{end}")).gives(&after);
        // where events wait for late ones their sequence puts them in order
        let waiting = format!("sources: [{{ id: s, lateness: 1h }}]\n{rules}");
        let lines = format!("{cart} sequence=2\n{view} sequence=1\n{paid} sequence=1\n{done}");
        story(&waiting).feed(&lines).feed("tick 2026-03-02T13:00").gives(&before);
    }
}

#[test]
fn what_time_brings_about_began_after_the_events_of_its_instant() {
    let rules = "
journeys:
  - id: j
    enter: [cart]
    idle: 1h
    stages: [{ id: s1, touchpoints: [{ id: t1, event: cart }] }]
rules:
  - id: r
    when: { abandoned: j }
    do: [{ call: x }]
    then: [{ delay: 1h, do: [{ call: y }] }]
    goal: { event: paid }
";
    let cart = "cart 2026-03-01T10:00 id=1";
    story(rules)
        .feed(&format!("{cart}\npaid 2026-03-01T11:00 id=2\ntick 2026-03-02T12:00"))
        .gives(&["03-01T11:00 r call x", "03-01T12:00 r call y"]);
    story(rules).feed(&format!("{cart}\npaid 2026-03-01T11:30 id=2\ntick 2026-03-02T12:00")).gives(&[
        "03-01T11:00 r call x",
        "03-01T11:30 r goal",
        "03-01T12:00 r -goal_reached",
    ]);
}

#[test]
fn a_step_after_quiet_hours_knows_the_decision_it_follows_and_comes_its_delay_later() {
    let rules = |delay: &str, unless: &str| {
        format!(
            "{QUIET}rules:
  - id: r
    when: {{ event: cart }}
    do: [{{ call: c }}, {{ send: m1, purpose: ads, channels: [app] }}]
    then: [{{ delay: {delay}, {unless} do: [{{ send: m2, purpose: ads, channels: [sms] }}] }}]"
        )
    };
    let cart = "cart 2026-03-01T23:00 id=1";
    story(&rules("9h", "")).feed(&format!("{cart}\ntick 2026-03-05T00:00")).gives(&[
        "03-01T23:00 r call c",
        "03-02T08:00 r send m1",
        "03-02T17:00 r send m2",
    ]);
    let plan = plan(&format!("{HEAD}{}", rules("36h", "unless: \"decision.outcome == 'opened'\",")));
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, cart);
    let sent = fed(&plan, &mut state, "tick 2026-03-02T08:00");
    let [decision] = sent.decisions.as_slice() else { panic!("{sent:#?}") };
    let opened = Input::Ack { id: decision.id, outcome: AckOutcome::Opened, at: None };
    plan.step(&mut state, opened).unwrap();
    assert_eq!(told(&fed(&plan, &mut state, "tick 2026-03-05T00:00")), ["03-03T20:00 r -unless"]);
    // of what was held back and refused the step knows nothing, but what was made before it
    let called = rules("36h", "unless: \"decision.action != 'call'\",");
    story(&called)
        .feed(cart)
        .feed(
            "ping 2026-03-01T23:10 id=2\nagreed 2026-03-02T07:00 id=3 channel=app purpose=ads granted=false",
        )
        .feed("tick 2026-03-05T00:00")
        .gives(&["03-01T23:00 r call c", "03-03T20:00 r send m2", "03-02T08:00 r -no_consent"]);
}

#[test]
fn an_open_goal_gives_way_to_live_ones_alone_and_is_counted() {
    let rules = "
rules:
  - { id: long, when: { event: cart }, do: [{ call: x }], goal: { event: paid, within: 60d, tag: won } }
  - { id: short, when: { event: view }, do: [{ tag: z }], goal: { event: ping, within: 1h } }
  - { id: open, when: { event: agreed }, do: [{ tag: y }], goal: { event: ping } }
";
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    let many = |state: &mut CustomerState, name: &str, n: i64| {
        for hour in 0..n {
            let time = at("2026-03-02T00:00").plus(Duration::from_micros(hour * 7_200_000_000));
            fed(&plan, state, &format!("{name} {time} id={name}{hour}"));
        }
    };
    fed(&plan, &mut state, "cart 2026-03-01T10:00 id=1");
    many(&mut state, "view", 200);
    assert_eq!(state.counters().goals_shed, 0, "those whose time is over go first");
    assert_eq!(
        told(&fed(&plan, &mut state.clone(), "paid 2026-03-20T10:00 id=2")),
        ["03-20T10:00 long goal"]
    );
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "cart 2026-03-01T10:00 id=1");
    many(&mut state, "agreed", 65);
    assert_eq!(state.counters().goals_shed, 2);
    assert_eq!(told(&fed(&plan, &mut state, "paid 2026-03-20T10:00 id=2")), [""; 0]);
}

#[test]
fn taking_an_event_back_gives_the_held_out_back_what_it_gives_the_treated() {
    let of = |hold: bool| {
        let rules = format!(
            "
rules:
  - id: r
    when: {{ event: cart }}
    experiment: x
    cool_down: 7d
    do: [{{ call: x }}, {{ tag: t }}]
    goal: {{ event: paid }}
experiments: [{{ id: x, arms: [{{ id: a, share: 0 }}, {{ id: b, share: 1, hold: {hold} }}] }}]
"
        );
        let plan = plan(&format!("{HEAD}{rules}"));
        let mut state = CustomerState::new(&plan);
        let feed = |state: &mut CustomerState, line: &str| fed(&plan, state, line);
        let first = feed(&mut state, "cart 2026-03-01T10:00 id=1");
        feed(&mut state, "cart 2026-03-01T11:00 id=2");
        assert_eq!(state.decisions_of("s", "1").len(), usize::from(!hold));
        let taken = plan.step(&mut state, Input::Retract { source: "s", id: "1" }).unwrap();
        assert_eq!(taken.withdrawn.len(), usize::from(!hold));
        if hold {
            let id = state.rules.made[0].id;
            let ack = Input::Ack { id, outcome: AckOutcome::Sent, at: None };
            let unknown = plan.step(&mut state, ack).unwrap_err();
            assert_eq!(unknown.code(), crate::error::ErrorCode::NotFound, "nobody was handed it");
        }
        let goals: Vec<_> = state.rules.goals.iter().map(|goal| goal.from).collect();
        let uses = state.rules.usage.iter().count();
        drop(first);
        (goals, uses)
    };
    assert_eq!(of(true), of(false));
    assert_eq!(of(true).0.len(), 1, "that of the tag, which is not taken back");
}

#[test]
fn what_decisions_used_up_and_exposed_goes_with_the_identity_that_brought_it() {
    let rules = "
rules: [{ id: r, ramp: 0.5, experiment: x, when: { event: view }, cool_down: 7d, do: [{ call: x }] }]
experiments: [{ id: x, arms: [{ id: a, share: 1 }] }]
";
    let plan = plan(&format!("{HEAD}{rules}"));
    let mut state = CustomerState::new(&plan);
    let both = event("ping 2026-03-01T10:00 id=1 phone=5").identity("member", "m1");
    plan.step(&mut state, Input::Event(&both)).unwrap();
    let (key, number) = {
        let identities = &state.facts.identities;
        let key = IdentityKey { kind: "phone".into(), value: "5".into() };
        (key.clone(), identities.number(&key).unwrap())
    };
    assert_eq!(number, 1, "the second identity");
    state.rules.arms.expose(crate::outreach::Exposure {
        experiment: crate::outreach::number_of_ramp(0),
        by: 0,
        since: at("2026-03-01T10:00"),
        arm: 0,
    });
    fed(&plan, &mut state, "view 2026-03-01T11:00 id=2 phone=5");
    assert_eq!(state.rules.usage.iter().count(), 1);
    let (left, _) = plan.unlink(&mut state, &key).unwrap();
    let of =
        |state: &CustomerState| (state.rules.usage.iter().count(), state.rules.arms.exposure(0).is_some());
    assert_eq!((of(&left), of(&state)), ((1, true), (0, false)));
}
