//! Acknowledgements by cases: what they give back, deny and set off; whether a decision may still go out.

use super::rules::{HEAD, fed, short};
use super::{at, plan};
use crate::engine::{AckOutcome, CustomerState, Decision, Input, Stepped};
use crate::error::ErrorCode;
use crate::outreach::{DecisionId, RefusalReason};
use crate::plan::Plan;

const RULES: &str = "
offers: [{ id: tea, valid: 2h }]
outreach: { quiet: { from: '22:00', to: '08:00', then: defer, purposes: [marketing] } }
rules:
  - id: hello
    when: { event: cancelled }
    do: [{ send: hello, purpose: service, channels: [wechat] }]
    then:
      - { delay: 1d, unless: \"decision.outcome in ['opened', 'clicked']\",
          do: [{ send: again, purpose: service, channels: [wechat], with: { before: decision.rule } }] }
    caps: [{ at_most: 2, within: 30d }]
    cool_down: 2h
    exit: { event: agreed, where: event.granted }
    goal: { event: paid }
  - id: happy
    when: { event: ack, where: \"event.outcome == 'clicked' && decision.rule == 'hello' && decision.step == 0\" }
    if: decision.channel == 'wechat' && event.channel == 'wechat'
    do: [{ call: note, with: { of: decision.id, how: decision.outcome } }]
  - id: cart
    when: { event: cart }
    do: [{ send: offer, purpose: marketing, channels: [wechat] }]
";

fn world() -> std::sync::Arc<Plan> {
    let head = HEAD.replace("{ id: again }", "{ id: again }, { id: offer, offer: tea }");
    plan(&format!("{head}{RULES}"))
}

/// A customer who was sent a message at noon.
fn sent(plan: &Plan) -> (CustomerState, Decision) {
    let mut state = CustomerState::new(plan);
    let stepped = fed(plan, &mut state, "cancelled 2026-03-01T04:00 id=1");
    (state, stepped.decisions[0].clone())
}

fn ack(plan: &Plan, state: &mut CustomerState, id: DecisionId, outcome: &str, time: Option<&str>) -> Stepped {
    let outcome = outcome.parse().unwrap();
    let stepped = plan.step(state, Input::Ack { id, outcome, at: time.map(at) }).unwrap();
    let bytes = state.encode();
    let back = CustomerState::decode(plan, &bytes).unwrap();
    assert_eq!((&back, back.encode()), (&*state, bytes));
    stepped
}

fn rules_of(stepped: &Stepped) -> Vec<String> {
    let made = stepped.decisions.iter().map(|d| format!("{} {}", short(d.due), d.rule));
    let refused = stepped.refusals.iter().map(|r| format!("{} {} -{}", short(r.due), r.rule, r.reason));
    made.chain(refused).collect()
}

#[test]
fn what_failed_gives_caps_and_cool_down_back() {
    let plan = world();
    for (outcome, again) in
        [("failed", true), ("rejected", true), ("skipped", true), ("expired", true), ("sent", false)]
    {
        let (mut state, first) = sent(&plan);
        ack(&plan, &mut state, first.id, outcome, Some("2026-03-01T04:10"));
        // the step ahead would stand in the way of another match
        state.rules.ahead.clear();
        let stepped = fed(&plan, &mut state, "cancelled 2026-03-01T05:00 id=2");
        let wanted = if again { "03-01T05:00 hello" } else { "03-01T05:00 hello -cool_down" };
        assert_eq!(rules_of(&stepped), [wanted], "{outcome}");
    }
}

#[test]
fn who_unsubscribes_gets_nothing_more_by_that_channel_and_purpose() {
    let plan = world();
    let (mut state, first) = sent(&plan);
    assert!(plan.still_valid(&state, first.id, at("2026-03-01T04:05")).unwrap());
    ack(&plan, &mut state, first.id, "unsubscribed", None);
    let objection = plan.objection(&state, first.id, at("2026-03-01T04:05")).unwrap();
    assert_eq!(objection, Some(RefusalReason::NoConsent));
    let stepped = fed(&plan, &mut state, "tick 2026-03-02T05:00");
    assert_eq!(rules_of(&stepped), ["03-02T04:00 hello -no_consent"]);
}

#[test]
fn rules_hear_acknowledgements_and_conditions_know_the_decision() {
    let plan = world();
    let (mut state, first) = sent(&plan);
    assert!(rules_of(&ack(&plan, &mut state, first.id, "delivered", Some("2026-03-01T04:01"))).is_empty());
    let clicked = ack(&plan, &mut state, first.id, "clicked", Some("2026-03-01T06:00"));
    assert_eq!(rules_of(&clicked), ["03-01T06:00 happy"]);
    let arguments = &clicked.decisions[0].arguments;
    assert_eq!(arguments[0].1, first.id.to_string().as_str().into());
    assert_eq!(arguments[1].1, "clicked".into());
    // a second time has no effect, whenever it is said to be
    let again = ack(&plan, &mut state, first.id, "clicked", Some("2026-03-01T07:00"));
    assert_eq!((again, state.counters().repeats), (Stepped::default(), 1));
    // the follow-up looks at what became of the first message
    assert_eq!(rules_of(&fed(&plan, &mut state, "tick 2026-03-03T00:00")), ["03-02T04:00 hello -unless"]);
    let (mut state, _) = sent(&plan);
    let follow = fed(&plan, &mut state, "tick 2026-03-03T00:00");
    assert_eq!(rules_of(&follow), ["03-02T04:00 hello"]);
    assert_eq!(follow.decisions[0].arguments, [("before".into(), "hello".into())]);
}

#[test]
fn an_acknowledgement_below_the_frontier_is_not_late() {
    let plan = world();
    for frontier in ["paid 2026-03-01T05:00 id=2 order=o", "tick 2026-03-01T05:00"] {
        let (mut state, first) = sent(&plan);
        fed(&plan, &mut state, frontier);
        let closed = state.clock.closed;
        let stepped = ack(&plan, &mut state, first.id, "clicked", Some("2026-03-01T04:30"));
        assert_eq!(rules_of(&stepped), ["03-01T05:00 happy"], "{frontier}");
        assert_eq!((state.frontier(), state.counters().late), (Some(at("2026-03-01T05:00")), 0));
        assert_eq!(state.clock.closed, closed, "a closed instant stays closed");
    }
    // ahead of it, what is due before comes first
    let (mut state, first) = sent(&plan);
    let stepped = ack(&plan, &mut state, first.id, "clicked", Some("2026-03-02T05:00"));
    assert_eq!(rules_of(&stepped), ["03-02T04:00 hello", "03-02T05:00 happy"]);
}

#[test]
fn an_unknown_decision_is_an_error_that_changes_nothing() {
    let plan = world();
    let (mut state, _) = sent(&plan);
    let before = state.clone();
    let id = DecisionId::from_bytes([7; 16]);
    let error = plan.step(&mut state, Input::Ack { id, outcome: AckOutcome::Sent, at: None }).unwrap_err();
    assert_eq!((error.code(), &state), (ErrorCode::NotFound, &before));
    assert_eq!(plan.still_valid(&state, id, at("2026-03-01T05:00")).unwrap_err().code(), ErrorCode::NotFound);
    let error = "deliverd".parse::<AckOutcome>().unwrap_err();
    assert_eq!(error.message(), "`deliverd` is no outcome of a decision; did you mean `delivered`?");
    for outcome in AckOutcome::ALL {
        assert_eq!(outcome.name().parse::<AckOutcome>().unwrap(), outcome);
    }
}

#[test]
fn what_speaks_against_a_decision_later() {
    let plan = world();
    let objection = |line: &str, now: &str| {
        let (mut state, first) = sent(&plan);
        if !line.is_empty() {
            fed(&plan, &mut state, line);
        }
        plan.objection(&state, first.id, at(now)).unwrap().map(RefusalReason::name)
    };
    let noon = "2026-03-01T05:00";
    assert_eq!(objection("", noon), None);
    assert_eq!(objection("paid 2026-03-01T05:00 id=2 order=o", noon), Some("goal_reached"));
    assert_eq!(
        objection("agreed 2026-03-01T05:00 id=2 channel=sms purpose=service granted=true", noon),
        Some("exited")
    );
    let refuses = "agreed 2026-03-01T05:00 id=2 channel=wechat purpose=service granted=false";
    assert_eq!(objection(refuses, noon), Some("no_consent"));
    // an offer of two hours, sent at noon in Shanghai; quiet hours begin at 22:00
    let mut state = CustomerState::new(&plan);
    fed(&plan, &mut state, "agreed 2026-03-01T02:00 id=0 channel=wechat purpose=marketing granted=true");
    let offer = fed(&plan, &mut state, "cart 2026-03-01T13:00 id=1 order=o dish=d").decisions[0].id;
    let at_ = |now: &str| plan.objection(&state, offer, at(now)).unwrap().map(RefusalReason::name);
    assert_eq!(at_("2026-03-01T13:59"), None);
    assert_eq!(at_("2026-03-01T14:00"), Some("quiet_dropped"));
    assert_eq!(at_("2026-03-02T00:00"), Some("invalid"));
    // what quiet hours hold back longer than the offer holds is refused when they end
    let held = fed(&plan, &mut state, "cart 2026-03-01T15:00 id=2 order=o dish=d");
    assert_eq!(held.decisions, []);
    assert_eq!(rules_of(&fed(&plan, &mut state, "tick 2026-03-02T00:00")), ["03-02T00:00 cart -invalid"]);
}

#[test]
fn the_last_64_decisions_are_remembered() {
    let plan = plan(&format!(
        "{HEAD}\nrules: [{{ id: note, when: {{ event: cancelled }}, do: [{{ call: note }}] }}]"
    ));
    let mut state = CustomerState::new(&plan);
    let mut ids = Vec::new();
    for n in 0..70 {
        let line = format!("cancelled 2026-03-01T{:02}:{:02} id={n}", 4 + n / 60, n % 60);
        ids.extend(
            plan.step(&mut state, Input::Event(&super::event(&line))).unwrap().decisions.iter().map(|d| d.id),
        );
    }
    let known = ids.iter().filter(|id| state.rules.made(**id).is_some()).count();
    assert_eq!((known, state.rules.made(ids[0]).is_some()), (64, false));
}
