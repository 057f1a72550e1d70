//! What users of other systems complain of, each as a small story that shows that it can not happen here.
//!
//! After every input the state goes through bytes and must come back the same: each story is a story with restarts.

use std::sync::Arc;

use super::rules::{fed, short};
use super::{at, event, plan};
use crate::base::time::Duration;
use crate::base::zone::Zone;
use crate::engine::host::Engine;
use crate::engine::replay::{ReplayOptions, Until};
use crate::engine::{AckOutcome, Answer, CustomerState, Decision, Input, Stepped};
use crate::error::ErrorCode;
use crate::event::{BatchBuilder, LogBuilder, Options};
use crate::{Blueprint, Event, Plan};

const HEAD: &str = "
cjm: 1
id: t
zone: UTC
channels: [{ id: app, kind: digital }, { id: sms, kind: digital, needs: phone }]
identities: [{ id: member }, { id: phone }]
events: { seen: { n: optional int }, cart: { order: text }, paid: { order: text, amount: optional money }, left: {}, moan: {}, fill: {} }
consent: { purposes: [{ id: care, default: allow }] }
messages: [{ id: hello }, { id: again }]
";

/// One customer fed with lines (`tick TIME` lets time pass), and what came of it as short lines.
pub(super) struct Story {
    plan: Arc<Plan>,
    state: CustomerState,
    told: Vec<String>,
}

impl Story {
    fn of(rules: &str) -> Self {
        Self::under(&format!("{HEAD}{rules}"))
    }

    pub(super) fn under(text: &str) -> Self {
        let plan = plan(text);
        Self { state: CustomerState::new(&plan), plan, told: Vec::new() }
    }

    pub(super) fn feed(mut self, lines: &str) -> Self {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let stepped = fed(&self.plan, &mut self.state, line);
            self.told.extend(told(&stepped));
        }
        self
    }

    /// Takes what was told since the last time.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    #[track_caller]
    pub(super) fn gives(self, wanted: &[&str]) -> Self {
        assert_eq!(self.told, wanted);
        Self { told: Vec::new(), ..self }
    }
}

/// Decisions, refusals and goals as short lines.
pub(super) fn told(stepped: &Stepped) -> Vec<String> {
    let made =
        stepped.decisions.iter().map(|d| format!("{} {} {} {}", short(d.due), d.rule, d.action, d.target));
    let refused = stepped.refusals.iter().map(|r| format!("{} {} -{}", short(r.due), r.rule, r.reason));
    let goals = stepped.outcomes.iter().map(|o| format!("{} {} goal", short(o.at), o.rule));
    made.chain(refused).chain(goals).collect()
}

const LOST: &str = "
rules:
  - { id: lost, when: { after: cart, without: paid, for: 30m, key: event.order }, do: [{ call: no_path }] }
";

#[test]
fn a_no_path_decided_before_its_delay_ends() {
    let almost = "cart 2026-03-01T04:00 id=1 order=a
        seen 2026-03-01T04:10 id=2
        tick 2026-03-01T04:29:59
        seen 2026-03-01T04:30 id=3";
    // an event at the very instant does not end the delay: a payment of that instant may still follow
    let story = Story::of(LOST).feed(almost).gives(&[]);
    story.feed("paid 2026-03-01T04:30 id=4 order=a\n tick 2026-03-02T00:00").gives(&[]);
    let unpaid = Story::of(LOST).feed(almost).feed("tick 2026-03-01T04:30");
    unpaid.gives(&["03-01T04:30 lost call no_path"]);
}

#[test]
fn both_paths_run() {
    let both = "
rules:
  - { id: yes, when: { sequence: [cart, paid], within: 30m }, key: event.order, do: [{ call: yes_path }] }
  - { id: no, when: { after: cart, without: paid, for: 30m, key: event.order }, do: [{ call: no_path }] }
";
    for second in [1, 600, 1_799, 1_800, 1_801, 3_600] {
        let paid = at("2026-03-01T04:00").plus(Duration::from_micros(second * 1_000_000));
        let story = Story::of(both).feed("cart 2026-03-01T04:00 id=1 order=a");
        let story = story.feed(&format!("paid {paid} id=2 order=a\n tick 2026-03-02T00:00"));
        let path = if second <= 1_800 { "yes_path" } else { "no_path" };
        assert_eq!(story.told.len(), 1, "one path alone runs when paid after {second} s: {:?}", story.told);
        assert!(story.told[0].ends_with(path), "{:?}", story.told);
    }
}

fn engine(rules: &str) -> Engine {
    Engine::new(plan(&format!("{HEAD}{rules}")))
}

#[test]
fn the_same_message_twice_after_a_crash_or_a_resend() {
    let rules = "
rules: [{ id: greet, when: { event: cart }, do: [{ send: hello, purpose: care, channels: [app] }] }]
";
    let cart = event("cart 2026-03-01T04:00 id=1 order=a");
    let mut engine = engine(rules);
    let backup = engine.snapshot();
    let [first] = &engine.push(&cart).unwrap()[..] else { panic!("one message") };
    let first = first.clone();
    assert_eq!(engine.push(&cart).unwrap(), [], "a resend does nothing");
    // crashed after the event was taken in, before the message was acknowledged
    let restart = |bytes: &[u8]| Engine::restore(engine.plan().clone(), bytes).unwrap();
    let mut after = restart(&engine.snapshot());
    assert_eq!(after.push(&cart).unwrap(), [], "a resend after the crash does nothing");
    assert_eq!(after.outbox().collect::<Vec<_>>(), [&first], "it waits to be handed over, once");
    after.ack(first.id, AckOutcome::Sent, None).unwrap();
    assert_eq!(after.outbox().count(), 0);
    let mut again = restart(&after.snapshot());
    assert_eq!(again.push(&cart).unwrap(), []);
    assert_eq!(again.outbox().count(), 0, "what was acknowledged is not handed over again");
    // an old backup decides again, under the same id: whoever sends can tell
    assert_eq!(restart(&backup).push(&cart).unwrap()[0].id, first.id);
}

#[test]
fn a_restart_or_re_entry_ignored() {
    let restart = "
rules:
  - { id: lost, when: { after: cart, without: paid, for: 30m, again: restart }, do: [{ call: no_path }] }
";
    Story::of(restart)
        .feed(
            "cart 2026-03-01T04:00 id=1 order=a\n cart 2026-03-01T04:20 id=2 order=b\n tick 2026-03-01T04:49",
        )
        .gives(&[])
        .feed("tick 2026-03-01T04:50")
        .gives(&["03-01T04:50 lost call no_path"])
        // it is done: the next cart begins anew
        .feed("cart 2026-03-01T05:00 id=3 order=c\n tick 2026-03-01T06:00")
        .gives(&["03-01T05:30 lost call no_path"]);
    let re_entry = "
journeys:
  - id: j
    enter: seen
    exit: { event: left }
    idle: 1d
    stages: [{ id: one, touchpoints: [{ id: t, event: seen }] }]
rules:
  - { id: hello, when: { enter: one }, do: [{ call: greet }] }
";
    Story::of(re_entry)
        .feed("seen 2026-03-01T04:00 id=1\n left 2026-03-01T05:00 id=2\n seen 2026-03-01T06:00 id=3")
        .gives(&["03-01T04:00 hello call greet", "03-01T06:00 hello call greet"]);
}

#[test]
fn a_segment_flicker_that_deletes_scheduled_actions() {
    let text = format!(
        "{HEAD}customer: {{ features: {{ carts: {{ count: cart, within: 1h }} }}, segments: [{{ id: keen, if: carts >= 1 }}] }}
rules:
  - id: woo
    when: {{ joins: keen }}
    do: [{{ call: first }}]
    then: [{{ delay: 2d, do: [{{ call: second }}] }}]
"
    );
    // in, out after an hour, in again, out again: what was promised comes, once
    Story::under(&text)
        .feed(
            "cart 2026-03-01T04:00 id=1 order=a
            seen 2026-03-01T06:00 id=2
            cart 2026-03-01T07:00 id=3 order=b
            tick 2026-03-01T09:00
            tick 2026-03-10T00:00",
        )
        .gives(&["03-01T04:00 woo call first", "03-01T07:00 woo -running", "03-03T04:00 woo call second"]);
}

/// A rule of each form, how it is set off after 2 March, and when its message would have been due.
const FORMS: [(&str, &str); 13] = [
    ("{ event: moan }", "moan 2026-03-02T05:00 id=9"),
    ("{ sequence: [moan, left], within: 1h }", "moan 2026-03-02T05:00 id=9\n left 2026-03-02T05:01 id=10"),
    ("{ after: moan, without: left, for: 1h }", "moan 2026-03-02T05:00 id=9\n tick 2026-03-02T07:00"),
    ("{ count: moan, at_least: 1, within: 1h }", "moan 2026-03-02T05:00 id=9"),
    ("{ sum: paid.amount, at_least: 5, within: 1h }", "paid 2026-03-02T05:00 id=9 order=a amount=7"),
    ("{ enter: two }", "seen 2026-03-02T05:00 id=8\n cart 2026-03-02T05:01 id=9 order=a"),
    ("{ stay: one, for: 1h }", "seen 2026-03-02T05:00 id=8\n tick 2026-03-02T07:00"),
    ("{ skip: cart }", "seen 2026-03-02T05:00 id=8\n paid 2026-03-02T05:01 id=9 order=a"),
    ("{ abandoned: j }", "seen 2026-03-02T05:00 id=8\n tick 2026-03-06T00:00"),
    ("{ becomes: buyer }", "paid 2026-03-02T05:00 id=9 order=a"),
    ("{ joins: payers }", "paid 2026-03-02T05:00 id=9 order=a"),
    ("{ answer: nps }", "answered 2026-03-02T05:00 id=9 survey=nps score=3"),
    ("{ every: 'day 10:00' }", "seen 2026-03-02T05:00 id=8\n tick 2026-03-02T11:00"),
];

#[test]
fn caps_not_applied_to_one_kind_of_rule() {
    let world = |when: &str| {
        format!(
            "{HEAD}customer:
  features: {{ pays: {{ count: paid }} }}
  lifecycle: [{{ id: guest }}, {{ id: buyer, if: pays >= 1 }}]
  segments: [{{ id: payers, if: pays >= 1 }}]
journeys:
  - id: j
    enter: seen
    idle: 2d
    stages:
      - {{ id: one, touchpoints: [{{ id: look, event: seen }}] }}
      - {{ id: two, touchpoints: [{{ id: cart, event: cart }}, {{ id: bill, event: paid }}] }}
surveys: [{{ id: nps, kind: nps, at: bill, questions: [{{ id: score, kind: nps }}], ask: {{ purpose: care, channels: [app] }} }}]
outreach: {{ order: [app], caps: [{{ at_most: 2, within: 60d }}] }}
rules:
  - {{ id: fill, when: {{ event: fill }}, do: [{{ send: hello, purpose: care }}, {{ send: hello, purpose: care }}] }}
  - {{ id: one_more, when: {when}, do: [{{ send: again, purpose: care }}] }}
"
        )
    };
    for (when, lines) in FORMS {
        // without the two messages of before it goes out; after them it is capped, whatever set it off
        let free = Story::under(&world(when)).feed(lines).told;
        assert!(free.iter().any(|line| line.contains("one_more send again")), "{when}: {free:?}");
        let full = Story::under(&world(when)).feed("fill 2026-03-01T05:00 id=1").told;
        assert_eq!(full.iter().filter(|line| line.contains("fill send")).count(), 2);
        let capped = Story::under(&world(when)).feed("fill 2026-03-01T05:00 id=1").feed(lines).told;
        let sent = capped.iter().filter(|line| line.contains(" send ") || line.contains(" ask ")).count();
        assert!(capped.iter().any(|line| line.contains("one_more -capped")), "{when}: {capped:?}");
        assert_eq!(sent, 2, "{when}: {capped:?}");
    }
    // a survey that asks by itself is a rule like any other
    let asked = Story::under(&world("{ event: moan }")).feed("paid 2026-03-02T05:00 id=9 order=a").told;
    assert_eq!(asked, ["03-02T05:00 ask_nps ask nps"]);
    let lines = "fill 2026-03-01T05:00 id=1\n paid 2026-03-02T05:00 id=9 order=a";
    let capped = Story::under(&world("{ event: moan }")).feed(lines).told;
    assert_eq!(capped[2..], ["03-02T05:00 ask_nps -capped"]);
}

#[test]
fn quiet_hours_in_the_wrong_zone_or_over_a_dst_change() {
    let quiet = "
outreach: { quiet: { from: '22:00', to: '08:00', then: defer, max_hold: 12h, purposes: [care] } }
rules: [{ id: sorry, when: { event: moan }, do: [{ send: hello, purpose: care, channels: [app] }] }]
";
    for (zone, moan, due) in [
        // the blueprint's zone where the customer names none
        (None, "2026-03-01T23:00Z", "2026-03-02T08:00Z"),
        // noon of the blueprint is night for the customer, and the other way round
        (Some("America/Los_Angeles"), "2026-03-01T12:00Z", "2026-03-01T16:00Z"),
        (Some("Asia/Shanghai"), "2026-03-01T23:00Z", "2026-03-02T00:00Z"),
        (Some("Asia/Shanghai"), "2026-03-02T01:00Z", "2026-03-02T01:00Z"),
        // the night in which the clock goes forward is an hour shorter, back an hour longer
        (Some("America/New_York"), "2026-03-07T23:30-05:00", "2026-03-08T08:00-04:00"),
        (Some("America/New_York"), "2026-10-31T23:30-04:00", "2026-11-01T08:00-05:00"),
        (Some("America/New_York"), "2026-03-08T07:59-04:00", "2026-03-08T08:00-04:00"),
        (Some("America/New_York"), "2026-11-01T08:00-05:00", "2026-11-01T08:00-05:00"),
    ] {
        let mut story = Story::of(quiet);
        if let Some(zone) = zone {
            let set = Event::new("profile_set", at("2026-01-01T00:00")).id("s", "z").identity("member", "m");
            story.plan.step(&mut story.state, Input::Event(&set.with("zone", zone))).unwrap();
        }
        let (moan, due) = (at(moan), at(due));
        let story = story.feed(&format!("moan {moan} id=1\n tick {due}"));
        assert_eq!(story.told, [format!("{} sorry send hello", short(due))], "{zone:?} {moan}");
    }
}

#[test]
fn a_parked_wait_woken_early_by_an_unrelated_event() {
    let rules = "
outreach: { quiet: { from: '22:00', to: '08:00', then: defer, max_hold: 12h, purposes: [care] } }
rules:
  - { id: lost, when: { after: cart, without: paid, for: 3h, key: event.order }, do: [{ call: no_path }] }
  - { id: sorry, when: { event: moan }, do: [{ send: hello, purpose: care, channels: [app] }], then: [{ delay: 1d, do: [{ call: later }] }] }
";
    let mut story = Story::of(rules).feed(
        "cart 2026-03-01T22:00 id=1 order=a
        moan 2026-03-01T22:30 id=2",
    );
    for minute in 31..60 {
        story = story.feed(&format!("seen 2026-03-01T22:{minute} id=s{minute}"));
        story = story.feed(&format!("paid 2026-03-01T22:{minute} id=p{minute} order=other"));
    }
    story.gives(&[]).feed("tick 2026-03-02T00:59:59").gives(&[]).feed("seen 2026-03-04T00:00 id=x").gives(&[
        "03-02T01:00 lost call no_path",
        "03-02T08:00 sorry send hello",
        "03-03T08:00 sorry call later",
    ]);
}

#[test]
fn an_absence_that_cannot_be_correlated_by_order_id() {
    let story = Story::of(LOST).feed(
        "cart 2026-03-01T04:00 id=1 order=a
        cart 2026-03-01T04:05 id=2 order=b
        paid 2026-03-01T04:20 id=3 order=b",
    );
    let Story { plan, mut state, .. } = story;
    let stepped = fed(&plan, &mut state, "tick 2026-03-02T00:00");
    let keys: Vec<_> = stepped.decisions.iter().map(|d| (d.key.as_deref(), short(d.due))).collect();
    assert_eq!(keys, [(Some("a"), "03-01T04:30".to_owned())], "the order that was not paid, and it alone");
}

#[test]
fn timers_that_do_not_fire_without_further_events() {
    let mut engine = engine(LOST);
    for n in 0..1_000 {
        let cart = event(&format!("cart 2026-03-01T04:{:02} id={n} order=a member=m{n}", n % 60));
        assert_eq!(engine.push(&cart).unwrap(), []);
    }
    // no event comes any more; the engine says when it wants to hear of time, and ten years late is not too late
    assert_eq!(engine.next_due(), Some(at("2026-03-01T04:30")));
    let first = engine.advance(at("2026-03-01T04:35"));
    assert!(first.iter().all(|d| d.due <= at("2026-03-01T04:35")) && !first.is_empty());
    assert_eq!(engine.advance(at("2026-03-01T03:00")), [], "time that goes back changes nothing");
    let rest = engine.advance(at("2036-03-01T00:00"));
    assert_eq!(first.len() + rest.len(), 1_000, "each once");
    assert!(
        rest.iter().all(|d| d.due < at("2026-03-01T06:00")),
        "at its own instant, not when it was noticed"
    );
    assert_eq!((engine.advance(at("2046-01-01T00:00")), engine.next_due()), (Vec::new(), None));
}

#[test]
fn a_goal_missed_because_the_trip_had_ended() {
    let text = "
journeys:
  - id: j
    enter: seen
    exit: { event: left }
    idle: 1h
    stages: [{ id: one, touchpoints: [{ id: t, event: seen }, { id: bill, event: paid }] }]
rules:
  - { id: woo, when: { abandoned: j }, goal: { event: paid, within: 3d, tag: back }, do: [{ call: woo }] }
  - { id: cheer, when: { enter: one }, goal: { event: paid, within: 3d }, do: [{ call: cheer }] }
";
    let story = Story::of(text).feed(
        "seen 2026-03-01T04:00 id=1
        left 2026-03-01T04:10 id=2
        paid 2026-03-03T00:00 id=3 order=a",
    );
    assert!(story.state.trips().is_empty(), "the trip has long ended");
    assert!(story.state.facts().profile.has_tag("back"));
    story.gives(&[
        "03-01T04:00 cheer call cheer",
        "03-01T04:10 woo call woo",
        "03-03T00:00 woo goal",
        "03-03T00:00 cheer goal",
    ]);
}

#[test]
fn a_zero_score_treated_as_missing() {
    let text = format!(
        "{HEAD}customer: {{ features: {{ least: {{ min: seen.n }}, n: {{ count: seen, where: event.n != null }} }} }}
surveys: [{{ id: nps, kind: nps, questions: [{{ id: score, kind: nps }}] }}]
rules:
  - {{ id: detractor, when: {{ answer: nps, where: answer.score <= 6 }}, do: [{{ call: back, with: {{ score: answer.score }} }}] }}
  - {{ id: silent, when: {{ answer: nps, where: answer.score == null }}, do: [{{ call: ask_again }}] }}
  - {{ id: zero, when: {{ event: seen, where: event.n == 0 }}, if: least == 0 && n == 1, do: [{{ call: zero, with: {{ n: event.n }} }}] }}
"
    );
    let plan = plan(&text);
    let mut state = CustomerState::new(&plan);
    let zero = Answer::new("nps", at("2026-03-01T04:00")).id("a").identity("member", "m").with("score", 0);
    let stepped = plan.step(&mut state, Input::Answer(&zero)).unwrap();
    assert_eq!(told(&stepped), ["03-01T04:00 detractor call back"]);
    assert_eq!(stepped.decisions[0].arguments, [("score".into(), 0.into())]);
    let stepped = fed(&plan, &mut state, "seen 2026-03-01T05:00 id=1 n=0");
    assert_eq!(stepped.decisions[0].arguments, [("n".into(), 0.into())]);
    assert_eq!(state.counters().missing, 0);
    let empty = Answer::new("nps", at("2026-03-01T06:00")).id("b").identity("member", "m");
    let stepped = plan.step(&mut state, Input::Answer(&empty)).unwrap();
    assert_eq!(told(&stepped), ["03-01T06:00 silent call ask_again"], "and what is missing is no zero");
}

#[test]
fn a_stored_state_refused_because_a_rule_changed() {
    let old = format!(
        "{HEAD}customer: {{ features: {{ carts: {{ count: cart }} }}, segments: [{{ id: keen, if: carts >= 1 }}] }}
journeys: [{{ id: j, enter: seen, idle: 1d, stages: [{{ id: one, touchpoints: [{{ id: t, event: seen }}] }}] }}]
rules:
  - {{ id: lost, when: {{ after: cart, without: paid, for: 30m, key: event.order }}, do: [{{ call: no_path }}] }}
  - {{ id: gone, when: {{ sequence: [cart, paid], within: 1d }}, do: [{{ call: thank }}], then: [{{ delay: 1d, do: [{{ call: later }}] }}] }}
"
    );
    let story = Story::under(&old).feed("seen 2026-03-01T04:00 id=1\n cart 2026-03-01T04:01 id=2 order=a");
    let bytes = story.state.encode();
    let edits = [
        ("for: 30m", "for: 45m"),
        ("after: cart, without: paid", "after: cart, without: left"),
        ("sequence: [cart, paid]", "sequence: [seen, cart, paid]"),
        ("{ id: one,", "{ id: renamed,"),
        ("carts: { count: cart }", "carts: { count: seen, within: 3d }"),
        ("id: lost,", "id: other,"),
        ("event.order }", "event.order + '!' }"),
    ];
    for (from, to) in edits {
        assert!(old.contains(from), "{from}");
        let new = plan(&old.replace(from, to));
        let mut state = CustomerState::decode(&new, &bytes).unwrap_or_else(|error| panic!("{from}: {error}"));
        // it goes on under the new text, and nothing of what the old one knew is lost on the way
        let back = CustomerState::decode(&story.plan, &state.encode()).unwrap();
        assert_eq!(back.frontier(), story.state.frontier(), "{from}");
        fed(&new, &mut state, "seen 2026-03-01T04:02 id=3");
        new.step(&mut state, Input::Tick(at("2026-04-01T00:00"))).unwrap();
        assert_eq!(state.key(), story.state.key());
    }
    // where the rule is gone for good, what it waited for is kept as it was
    let without = plan(&old.replace("id: lost,", "id: other,"));
    let kept = CustomerState::decode(&without, &bytes).unwrap();
    let mut back = CustomerState::decode(&story.plan, &kept.encode()).unwrap();
    let stepped = fed(&story.plan, &mut back, "tick 2026-03-01T05:00");
    assert_eq!(told(&stepped), ["03-01T04:31 lost call no_path"]);
}

#[test]
fn an_invalid_rule_silently_not_saved() {
    let bad = |rule: &str| {
        format!(
            "{HEAD}rules:\n  - {{ id: fine, when: {{ event: cart }}, do: [{{ call: x }}] }}\n  - {rule}\n"
        )
    };
    for (rule, code) in [
        ("{ id: bad, when: { event: crat }, do: [{ call: x }] }", "unknown_event"),
        (
            "{ id: bad, when: { event: cart, where: event.ordre == 'a' }, do: [{ call: x }] }",
            "expr_unknown_name",
        ),
        ("{ id: bad, when: { event: cart, where: event.order + 1 }, do: [{ call: x }] }", "expr_"),
        ("{ id: bad, wehn: { event: cart }, do: [{ call: x }] }", "unknown_key"),
        ("{ id: bad, when: { event: cart }, ramp: 100.1, do: [{ call: x }] }", ""),
    ] {
        let text = bad(rule);
        // either the text is refused as it is read or when it is compiled; never is there a plan without the rule
        let error = match Blueprint::from_yaml(&text) {
            Ok(blueprint) => blueprint.compile().expect_err(rule),
            Err(error) => error,
        };
        assert_eq!(error.code(), ErrorCode::Blueprint, "{rule}");
        let line = text.lines().count() as u32;
        let found = error.findings().iter().find(|f| f.code().starts_with(code) && f.position.line == line);
        assert!(found.is_some_and(|f| f.path.contains("bad")), "{rule}: {:#?}", error.findings());
    }
}

#[test]
fn one_bad_rule_that_blocks_the_rest() {
    // conditions that end in errors: a division by zero, an absent value, a text that is no number
    let rules = "
rules:
  - { id: divide, when: { event: seen }, if: 1 / event.n > 0, do: [{ call: x }] }
  - { id: absent, when: { event: seen }, if: int(event.n) + 1 > 0, do: [{ call: x }] }
  - { id: parse, when: { event: cart, where: duration(event.order) > duration('1s') }, do: [{ call: x }] }
  - { id: argue, when: { event: seen }, do: [{ call: y, with: { n: 1 / event.n } }] }
  - { id: fine, when: { event: [seen, cart] }, do: [{ call: z }] }
";
    let story = Story::of(rules).feed("seen 2026-03-01T04:00 id=1 n=0").gives(&[
        "03-01T04:00 absent call x",
        "03-01T04:00 argue call y",
        "03-01T04:00 fine call z",
        "03-01T04:00 divide -condition_error",
    ]);
    let story = story.feed("seen 2026-03-01T04:01 id=2").gives(&[
        "03-01T04:01 argue call y",
        "03-01T04:01 fine call z",
        "03-01T04:01 divide -condition_error",
        "03-01T04:01 absent -condition_error",
    ]);
    let story = story.feed("cart 2026-03-01T04:02 id=3 order=none").gives(&["03-01T04:02 fine call z"]);
    assert!(story.state.counters().condition_errors > 0, "the error is counted");
    // a blueprint with one bad rule is refused as a whole, and what runs goes on as it is
    let both = format!("{HEAD}{rules}").replace("{ event: [seen, cart] }", "{ event: [nobody, cart] }");
    let error = Blueprint::from_yaml(&both).and_then(|b| b.compile()).unwrap_err();
    assert!(error.findings().iter().any(|f| f.path.contains("fine")), "{:#?}", error.findings());
    story
        .feed("cart 2026-03-01T04:03 id=4 order=7m")
        .gives(&["03-01T04:03 parse call x", "03-01T04:03 fine call z"]);
}

/// What a replay of one customer's rows decides: name, time, id and order of each.
fn rehearsed(plan: &Plan, rows: &[(&str, &str, &str)]) -> Vec<Decision> {
    let mut batch = BatchBuilder::default();
    let columns = ["member", "name", "time", "id", "source", "order"].map(|name| batch.column(name));
    for (i, (name, time, id)) in rows.iter().enumerate() {
        batch.begin_row(i as u64 + 1);
        for (column, text) in columns.iter().zip(["m", name, time, id, "s", "a"]) {
            assert!(batch.push_text(*column, text));
        }
    }
    let options = Options {
        id: Some("id".into()),
        source: Some("source".into()),
        ..Options::new("member", "name", "time").with_zone(Zone::utc())
    };
    let mut builder = LogBuilder::new(options).with_blueprint(&plan.document);
    builder.push(batch.finish());
    let options = ReplayOptions { until: Until::EndOfWaits, ..ReplayOptions::default() };
    plan.replay(&builder.finish().unwrap(), options).decisions
}

#[test]
fn a_test_action_that_works_while_the_real_one_never_arrives() {
    let text = format!(
        "{HEAD}outreach: {{ order: [sms, app], caps: [{{ at_most: 1, within: 30d }}] }}
rules:
  - {{ id: lost, when: {{ after: cart, without: paid, for: 30m }}, do: [{{ send: hello, purpose: care }}] }}
  - {{ id: failed, when: {{ event: ack, where: event.outcome == 'failed' }}, do: [{{ call: another_way }}] }}
"
    );
    let plan = plan(&text);
    let rows = [("cart", "2026-03-01T04:00:00Z", "1")];
    let [rehearsal] = &rehearsed(&plan, &rows)[..] else { panic!("one decision") };
    // the real one is the same to the byte, by the same channel: the one that can reach the customer
    let mut engine = Engine::new(plan);
    engine.push(&event("cart 2026-03-01T04:00 id=1 order=a")).unwrap();
    let real = engine.advance(at("2026-03-01T05:00"));
    assert_eq!(real.as_slice(), std::slice::from_ref(rehearsal));
    assert_eq!(real[0].channel.as_deref(), Some("app"), "no phone is known");
    let refused: Vec<_> = engine.refusals().iter().map(|r| r.reason.name()).collect();
    assert_eq!(refused, ["unreachable"], "and it is said why not by the first");
    // it is handed over until somebody says what became of it, also after a restart
    let mut engine = Engine::restore(engine.plan().clone(), &engine.snapshot()).unwrap();
    assert_eq!(engine.outbox().collect::<Vec<_>>(), [rehearsal]);
    // a failure is heard by rules, and the message that did not arrive has used up nothing
    let answer = engine.ack(real[0].id, AckOutcome::Failed, None).unwrap();
    assert_eq!(answer.iter().map(|d| &*d.rule).collect::<Vec<_>>(), ["failed"]);
    assert_eq!(engine.outbox().map(|d| &*d.rule).collect::<Vec<_>>(), ["failed"]);
    engine.push(&event("cart 2026-03-01T06:00 id=2 order=b")).unwrap();
    let next = engine.advance(at("2026-03-01T07:00"));
    assert_eq!(
        next.iter().map(|d| (&*d.rule, d.channel.as_deref())).collect::<Vec<_>>(),
        [("lost", Some("app"))]
    );
}
