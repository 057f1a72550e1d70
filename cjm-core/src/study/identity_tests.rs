//! Customers who turn out to be one: identities over a log.

use std::sync::Arc;

use proptest::prelude::*;

use crate::customer::stitch::LinkRefusal;
use crate::engine::Engine;
use crate::event::log_of;
use crate::insight::rows::MoveRow;
use crate::{Blueprint, Event, IdentityView, ReplayOptions, StudyOptions, Timestamp};

const TEXT: &str = "
cjm: 1
id: t
identities: [{ id: member }, { id: phone, max_links: 2, deny: [till] }]
events: { a: {}, b: {} }
journeys:
  - id: j
    enter: [a]
    goal: { event: b }
    idle: 1d
    stages:
      - { id: one, touchpoints: [{ id: ta, event: a }] }
      - { id: two, touchpoints: [{ id: tb, event: b }] }
";

fn event(name: &str, minute: i64, identities: &[(&str, &str)]) -> Event {
    let time = Timestamp::saturating(1_767_225_600_000_000 + minute * 60_000_000);
    identities.iter().fold(Event::new(name, time), |e, (kind, value)| e.identity(*kind, *value))
}

#[test]
fn an_anonymous_beginning_belongs_to_the_member_it_links_to() {
    let blueprint = Blueprint::from_yaml(TEXT).unwrap();
    let events = [
        event("a", 0, &[("phone", "1")]),
        event("a", 2, &[("member", "m"), ("phone", "1")]),
        event("b", 5, &[("member", "m")]),
        event("a", 0, &[("member", "x")]),
    ];
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    let study = blueprint.study(&log, &StudyOptions::default()).unwrap();
    let row = &study.tables().journeys[0];
    assert_eq!((row.customers, row.trips, row.reached), (2, 2, 1));
    assert_eq!(row.median_to_goal_s.value, Some(300.0));
    assert!(study.refused_links().is_empty());
}

#[test]
fn shared_and_denied_values_link_nobody_and_say_so() {
    let blueprint = Blueprint::from_yaml(TEXT).unwrap();
    let events = [
        event("a", 0, &[("member", "m1"), ("phone", "1")]),
        event("a", 1, &[("member", "m2"), ("phone", "1")]),
        event("a", 2, &[("member", "m3"), ("phone", "1")]),
        event("a", 3, &[("member", "m4"), ("phone", "till")]),
        event("a", 4, &[("member", "m5"), ("phone", "till")]),
    ];
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    let study = blueprint.study(&log, &StudyOptions::default()).unwrap();
    assert_eq!(
        study.tables().summary.customers,
        4,
        "m1 and m2 share a phone; m3 comes too late; the till links none"
    );
    let reasons: Vec<_> = study.refused_links().iter().map(|r| (r.reason, r.strong.1.as_str())).collect();
    assert_eq!(
        reasons,
        [(LinkRefusal::MaxLinks, "m3"), (LinkRefusal::Denied, "m4"), (LinkRefusal::Denied, "m5")]
    );
}

#[test]
fn a_study_of_the_past_knows_no_later_link() {
    let blueprint = Blueprint::from_yaml(TEXT).unwrap();
    let events = [
        event("a", 0, &[("phone", "1")]),
        event("b", 2, &[("member", "m")]),
        event("a", 5, &[("member", "m"), ("phone", "1")]),
        event("a", 6, &[("member", "m4"), ("phone", "till")]),
        event("a", 7, &[("member", "new")]),
    ];
    let tables = |n: usize, identity| {
        let log = log_of(&events[..n], Some(blueprint.document())).unwrap();
        let until = Some(events[1].time);
        let options = StudyOptions { identity, until, ..StudyOptions::default() };
        let study = blueprint.study(&log, &options).unwrap();
        let left_out = study.tables().summary.left_out;
        let mut tables = study.tables().clone();
        tables.summary.left_out = 0;
        (tables, study.refused_links().len(), left_out)
    };
    for identity in [IdentityView::Final, IdentityView::AsKnown] {
        let (all, refused, left_out) = tables(5, identity);
        assert_eq!((all.summary.customers, all.summary.events, refused, left_out), (2, 2, 0, 3));
        assert_eq!(all, tables(2, identity).0);
    }
}

#[test]
fn a_trip_that_was_over_before_a_link_ended_by_itself() {
    let blueprint = Blueprint::from_yaml(TEXT).unwrap();
    let day = 24 * 60;
    let events = [
        event("a", 0, &[("phone", "1")]),
        event("a", day, &[("member", "m")]),
        event("b", day + 10, &[("member", "m"), ("phone", "1")]),
    ];
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    let options = StudyOptions { identity: IdentityView::AsKnown, ..StudyOptions::default() };
    let row = blueprint.study(&log, &options).unwrap().tables().journeys[0].clone();
    assert_eq!((row.trips, row.merged, row.abandoned, row.reached), (2, 0, 1, 1));
}

#[test]
fn before_a_link_is_known_there_are_two_customers() {
    let blueprint = Blueprint::from_yaml(TEXT).unwrap();
    let events = [
        event("a", 0, &[("phone", "1")]),
        event("a", 1, &[("member", "m")]),
        event("b", 2, &[("member", "m")]),
        event("a", 3, &[("member", "m")]),
        event("a", 4, &[("phone", "1")]),
        event("a", 5, &[("member", "m"), ("phone", "1")]),
        event("b", 7, &[("phone", "1")]),
        event("a", 0, &[("member", "x")]),
    ];
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    let row = |identity| {
        let study = blueprint.study(&log, &StudyOptions { identity, ..StudyOptions::default() }).unwrap();
        study.tables().journeys[0].clone()
    };
    let last = row(IdentityView::Final);
    assert_eq!((last.customers, last.trips, last.merged, last.reached), (2, 3, 0, 2));
    assert_eq!(last.median_to_goal_s.value, Some(180.0), "0 to 2 and 3 to 7 minutes");
    let known = row(IdentityView::AsKnown);
    // the phone's trip began at 0 and landed last at 4, so it stays; the member's second one ends as merged at 5
    assert_eq!((known.customers, known.trips, known.merged, known.reached), (2, 4, 1, 2));
    assert_eq!(known.median_to_goal_s.value, Some(240.0), "1 to 2 and 0 to 7 minutes");
}

const THREE: &str = "
cjm: 1
id: t
zone: UTC
identities: [{ id: member }, { id: phone, max_links: 2, deny: [till] }, { id: openid }]
events: { a: {}, b: {} }
customer: { features: { n_a: { count: a } } }
journeys:
  - id: j
    enter: [a]
    goal: { event: b }
    idle: 1d
    stages: [{ id: one, touchpoints: [{ id: ta, event: a, repeat: true }, { id: tb, event: b }] }]
rules:
  - { id: r, when: { event: b }, if: n_a >= 1, do: [{ call: hey }] }
";

/// What a live engine, a replay and studies make of events in their order; all of them make the same.
struct Told {
    customers: usize,
    /// Stronger and weaker value of refused links.
    refused: Vec<(String, String)>,
    decisions: usize,
}

fn told(text: &str, events: &[Event]) -> Told {
    let blueprint = Blueprint::from_yaml(text).unwrap();
    let plan = Arc::new(blueprint.compile().unwrap());
    let log = log_of(events, Some(blueprint.document())).unwrap();
    let mut engine = Engine::new(plan.clone());
    let decided: Vec<_> = events.iter().flat_map(|event| engine.push(event).unwrap()).collect();
    let pairs = |strong: &str, weak: &str| (strong.to_owned(), weak.to_owned());
    let mut live: Vec<_> = engine.refused_links().map(|l| pairs(&l.strong.value, &l.weak.value)).collect();

    let replay = plan.replay(&log, ReplayOptions { states: true, ..ReplayOptions::default() });
    let ids = |of: &[crate::Decision]| {
        let mut ids: Vec<_> = of.iter().map(|decision| decision.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&decided), ids(&replay.decisions));
    assert_eq!(engine.n_customers(), replay.states.len());
    for state in &replay.states {
        let live = engine.customer(state.key().unwrap()).unwrap();
        let keys = |state: &crate::CustomerState| {
            state.facts().identities.iter().map(|identity| identity.key.clone()).collect::<Vec<_>>()
        };
        assert_eq!(keys(&live), keys(state));
        assert_eq!(live.facts().features, state.facts().features);
    }
    let mut replayed: Vec<_> =
        replay.refused_links.iter().map(|l| pairs(&l.strong.value, &l.weak.value)).collect();
    live.sort();
    replayed.sort();
    assert_eq!(live, replayed);

    live.dedup();
    for identity in [IdentityView::Final, IdentityView::AsKnown] {
        let study = blueprint.study(&log, &StudyOptions { identity, ..StudyOptions::default() }).unwrap();
        assert_eq!(study.tables().summary.customers, replay.states.len() as u64);
        assert_eq!(study.tables().summary.events, events.len() as u64);
        let mut studied: Vec<_> =
            study.refused_links().iter().map(|l| pairs(&l.strong.1, &l.weak.1)).collect();
        studied.sort();
        assert_eq!(studied, live);
    }
    Told { customers: engine.n_customers(), refused: live, decisions: decided.len() }
}

#[test]
fn a_shared_value_is_nobody_whatever_its_rank() {
    let through = |phone: &str, kind: &str| {
        let event = |n: i64| event("a", n, &[("phone", phone), (kind, &format!("x{n}"))]);
        let told = told(THREE, &(0..5).map(event).collect::<Vec<_>>());
        (told.customers, told.refused.len())
    };
    assert_eq!([through("till", "member"), through("till", "openid")], [(5, 5); 2]);
    // two of the others may be the customer whose it is
    assert_eq!([through("p", "member"), through("p", "openid")], [(4, 3); 2]);

    let beside = [event("a", 0, &[("phone", "till"), ("openid", "o")]), event("a", 1, &[("phone", "till")])];
    let told = told(THREE, &beside);
    assert_eq!((told.customers, told.refused), (2, vec![("till".into(), "o".into())]));
}

/// Who links and who was there first is told by time, then by arrival, also where customers of the log are one.
#[test]
fn at_one_instant_linked_customers_keep_the_order_of_arrival() {
    let with = |first: Event, second: Event| {
        let both = [("member", "m"), ("phone", "p")];
        let events = [event("b", 0, &both), first, second, event("a", 9, &[("member", "m")])];
        told(THREE, &events).decisions
    };
    let (a, b) = (|| event("a", 3, &[("phone", "p")]), || event("b", 3, &[("member", "m")]));
    assert_eq!((with(a(), b()), with(b(), a())), (1, 0));
    assert_eq!((with(a().sequence(1), b().sequence(2)), with(b().sequence(1), a().sequence(2))), (1, 0));
}

fn any_event() -> impl Strategy<Value = Event> {
    let value = |all: &'static [&'static str]| prop::option::of(prop::sample::select(all));
    let who = (value(&["m0", "m1"]), value(&["p0", "p1", "till"]), value(&["o0", "o1", "o2", "o3"]));
    (who, 0..6_i64, any::<bool>()).prop_map(|((member, phone, openid), minute, flag)| {
        let all = [("member", member), ("phone", phone), ("openid", openid.or(phone.xor(member)))];
        let all: Vec<_> = all.into_iter().filter_map(|(kind, value)| Some((kind, value?))).collect();
        let all = if all.is_empty() { vec![("member", "m2")] } else { all };
        event(if flag { "a" } else { "b" }, minute, &all)
    })
}

proptest! {
    #[test]
    fn live_and_batch_agree_on_who_is_who(mut events in prop::collection::vec(any_event(), 1..24)) {
        events.sort_by_key(|event| event.time);
        told(THREE, &events);
    }
}

#[test]
fn what_follows_a_link_rests_on_the_step_landed_last_and_moves_balance_with_customers() {
    let text = TEXT.replace(
        "journeys:",
        "customer: { lifecycle: [{ id: p }, { id: asleep, idle: { event: a, for: 10d } }] }\njourneys:",
    );
    let blueprint = Blueprint::from_yaml(&text.replace("idle: 1d", "idle: 90d")).unwrap();
    // the phone's trip opens later, the member's lands later
    let events = [
        event("a", 0, &[("member", "m")]),
        event("a", 5, &[("phone", "1")]),
        event("b", 10, &[("member", "m")]),
        event("x", 20, &[("member", "m"), ("phone", "1")]),
        event("x", 60 * 24 * 60, &[("member", "n")]),
    ];
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    for (identity, united) in [(IdentityView::Final, 0), (IdentityView::AsKnown, 1)] {
        let study = blueprint.study(&log, &StudyOptions { identity, ..StudyOptions::default() }).unwrap();
        let tables = study.tables();
        let lapsed: Vec<_> = tables.losses.iter().filter(|r| r.kind == "lapsed").collect();
        assert_eq!(lapsed.len(), 1);
        assert_eq!((lapsed[0].touchpoint.as_deref(), lapsed[0].customers), (Some("tb"), 1), "{identity:?}");
        for row in &tables.lifecycle {
            let moves = |of: fn(&MoveRow) -> Option<&str>| -> u64 {
                let own = tables.moves.iter().filter(|m| of(m) == Some(row.state.as_str()));
                own.map(|m| m.count).sum()
            };
            let (into, out) = (moves(|m| m.target.as_deref()), moves(|m| m.source.as_deref()));
            assert_eq!((row.moved_in, row.moved_out), (into, out), "{identity:?} {}", row.state);
            assert_eq!(into - out, row.customers, "{identity:?} {}", row.state);
        }
        let gone: Vec<_> = tables.moves.iter().filter(|m| m.target.is_none()).collect();
        assert_eq!(gone.iter().map(|m| m.count).sum::<u64>(), united, "{gone:?}");
    }
}
