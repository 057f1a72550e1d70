//! Customers who turn out to be one: identities over a log.

use crate::customer::stitch::LinkRefusal;
use crate::event::log_of;
use crate::insight::rows::MoveRow;
use crate::{Blueprint, Event, IdentityView, StudyOptions, Timestamp};

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
