//! The restaurant's blueprint over a few hand-written customers, with figures counted by hand.

use crate::Blueprint;
use crate::base::value::ValueRef;
use crate::event::{BatchBuilder, EventLog, LogBuilder, Options};

use super::StudyOptions;

const RESTAURANT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/api/restaurant.yaml");

/// Lines of `customer event time key=value ...`; times without an offset are Shanghai's.
fn log(blueprint: &Blueprint, text: &str) -> EventLog {
    let mut rows = BatchBuilder::default();
    for (line, row) in (1_u64..).zip(text.lines().map(str::trim).filter(|l| !l.is_empty())) {
        rows.begin_row(line);
        let mut words = row.split_whitespace();
        for name in ["member", "event", "time"] {
            let column = rows.column(name);
            rows.push(column, ValueRef::Text(words.next().unwrap()));
        }
        for word in words {
            let (name, value) = word.split_once('=').unwrap();
            let column = rows.column(name);
            let number = value.parse().map(ValueRef::Int);
            assert!(rows.push(column, number.unwrap_or(ValueRef::Text(value))));
        }
    }
    let options =
        Options::new("member", "event", "time").with_zone(crate::Zone::named("Asia/Shanghai").unwrap());
    let mut builder = LogBuilder::new(options).with_blueprint(blueprint.document());
    builder.push(rows.finish());
    builder.finish().unwrap()
}

const SHOP: &str = "
cjm: 1
id: shop
zone: Asia/Shanghai
identities: [{ id: member }]
dimensions: [store]
events:
  view: { store: optional text }
  cart: { amount: optional money }
  pay: { amount: money }
  cancel: { reason: { enum: [slow, dear] } }
  rate: { stars: { int: [1, 5] } }
customer:
  features:
    pays: { count: pay }
    spend_10d: { sum: pay.amount, within: 10d }
  lifecycle:
    - { id: guest }
    - { id: buyer, if: pays >= 1 }
    - { id: big, if: spend_10d >= 100 }
    - { id: asleep, idle: { event: pay, for: 20d } }
  segments:
    - { id: spender, if: spend_10d > 50 }
scenarios:
  - { id: night, if: local(event.time).hour >= 22 }
journeys:
  - id: buy
    personas: [{ id: known, if: pays >= 1 }]
    enter: [view]
    goal: { event: pay }
    idle: 1d
    stages:
      - id: look
        touchpoints:
          - { id: view, event: view, repeat: true, expected: 0.2 }
      - id: choose
        touchpoints:
          - { id: cart, event: cart, wait: 10m, in: { night: { wait: 30m } } }
          - { id: cancel, event: cancel, feels: -0.6, optional: true }
      - id: pay
        touchpoints:
          - { id: pay, event: pay }
          - { id: rate, event: rate, optional: true, score: { csat: event.stars } }
surveys:
  - { id: s, kind: csat, at: pay, questions: [{ id: score, kind: csat }] }
";

#[test]
fn a_small_shop_counted_by_hand() {
    let blueprint = Blueprint::from_yaml(SHOP).unwrap();
    let log = log(
        &blueprint,
        "a view 2026-01-01T10:00:00 store=east
         a cart 2026-01-01T10:20:00 amount=10
         a pay 2026-01-01T10:30:00 amount=120
         a rate 2026-01-01T10:40:00 stars=2
         a answered 2026-01-01T11:00:00 survey=s score=5
         b view 2026-01-02T22:00:00 store=west
         b cart 2026-01-02T22:20:00
         b cancel 2026-01-02T22:25:00 reason=slow
         c pay 2026-01-03T10:00:00 amount=5
         c view 2026-01-03T11:00:00
         c pay 2026-01-03T11:01:00 amount=6
         d view 2026-02-01T10:00:00
         d dance 2026-02-01T10:01:00",
    );
    assert_eq!(log.n_events(), 13);
    let options = StudyOptions {
        by: vec!["store".into(), "scenario".into(), "persona".into()],
        ..StudyOptions::default()
    };
    let study = blueprint.study(&log, &options).unwrap();
    let tables = study.tables();
    insta::assert_json_snapshot!("small_shop", tables);
    assert_eq!(blueprint.compile().unwrap().unmapped(&log), tables.unmapped);
    let all: Vec<_> = tables.stages.iter().filter(|r| r.group.by.is_none()).collect();
    for row in &all {
        assert_eq!(
            row.entered,
            row.left + row.completed + row.dropped + row.merged + row.inside,
            "{}",
            row.stage
        );
    }
}

#[test]
fn the_restaurants_blueprint_has_no_finding_and_compiles() {
    let Ok(text) = std::fs::read_to_string(RESTAURANT) else {
        eprintln!("SKIPPED: ../shared/api/restaurant.yaml is absent");
        return;
    };
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    assert_eq!(blueprint.check(), Vec::new());
    assert!(blueprint.compile().is_ok());
}

const TWO: &str = "
cjm: 1
id: two
zone: Asia/Shanghai
identities: [{ id: member }]
dimensions: [store]
events: { view: { store: optional text }, pay: {}, quit: { reason: { enum: [slow, dear] } } }
customer:
  features: { pays: { count: pay } }
  segments: [{ id: payer, if: pays >= 1 }]
journeys:
  - &map
    id: one
    enter: [view, pay]
    goal: { event: pay }
    idle: 1d
    stages: [{ id: all, touchpoints: [{ id: view, event: view, repeat: true }, { id: pay, event: pay }, { id: quit, event: quit }] }]
";

/// The blueprint with its map twice.
fn two() -> Blueprint {
    let text = TWO.replace("- &map\n    id", "- id");
    let (_, map) = text.split_once("journeys:\n").unwrap();
    Blueprint::from_yaml(&format!("{text}{}", map.replace("id: one", "id: two"))).unwrap()
}

#[test]
fn an_event_on_two_maps_tells_both_its_dimensions_and_reasons() {
    let blueprint = two();
    let log = log(
        &blueprint,
        "a view 2026-01-01T10:00:00 store=east\n a quit 2026-01-01T10:05:00 reason=dear\n b view 2026-01-09T10:00:00",
    );
    let study =
        blueprint.study(&log, &StudyOptions { by: vec!["store".into()], ..StudyOptions::default() }).unwrap();
    for journey in ["one", "two"] {
        let east = |r: &&crate::insight::rows::JourneyRow| {
            r.journey == journey && r.group.value.as_deref() == Some("east")
        };
        let row = study.tables().journeys.iter().find(east).unwrap();
        assert_eq!((row.trips, row.abandoned), (1, 1), "{journey}");
        let mut lost = study.tables().losses.iter().filter(|r| r.journey.as_deref() == Some(journey));
        assert_eq!(lost.next().unwrap().reasons, [("dear".to_owned(), 1)], "{journey}");
    }
}

#[test]
fn a_trip_belongs_to_the_segments_after_the_event_that_opened_it() {
    let blueprint = two();
    let log =
        log(&blueprint, "a pay 2026-01-01T10:00:00\n b view 2026-01-01T10:00:00\n b pay 2026-01-01T11:00:00");
    let study = blueprint
        .study(&log, &StudyOptions { by: vec!["segment".into()], ..StudyOptions::default() })
        .unwrap();
    let payer = |r: &&crate::insight::rows::JourneyRow| r.journey == "one" && r.group.by.is_some();
    let rows: Vec<_> = study.tables().journeys.iter().filter(payer).collect();
    assert_eq!(
        rows.iter().map(|r| (r.group.value.as_deref(), r.trips)).collect::<Vec<_>>(),
        [(Some("payer"), 1)]
    );
}

const VISITS: &str = "
cjm: 1
id: visits
zone: Asia/Shanghai
identities: [{ id: member }]
dimensions: [store]
events:
  visit: { store: optional text, stars: { int: [1, 5], optional: true } }
  sit: {}
  buy: {}
  leave: {}
customer:
  profile: { store: optional text }
  lifecycle:
    - { id: active }
    - { id: asleep, idle: { event: visit, for: 10d } }
scenarios: [{ id: night, if: local(event.time).hour >= 22 }]
journeys:
  - id: j
    enter: [visit]
    goal: { event: buy }
    exit: { event: leave }
    idle: 1d
    stages:
      - id: in
        touchpoints:
          - { id: visit, event: visit, repeat: true, score: { csat: event.stars } }
          - { id: sit, event: sit, optional: true, wait: 10m, expected: 0.5, in: { night: { wait: 30m, expected: -0.5 } } }
          - { id: taste }
      - { id: out, touchpoints: [{ id: buy, event: buy }, { id: leave, event: leave, optional: true }] }
surveys:
  - { id: s, kind: csat, at: visit, questions: [{ id: score, kind: csat }, { id: taste, kind: csat, of: taste }] }
";

fn tables(text: &str, lines: &str, by: &[&str]) -> crate::insight::rows::StudyTables {
    let blueprint = Blueprint::from_yaml(text).unwrap();
    let log = log(&blueprint, lines);
    let by = by.iter().map(|by| (*by).to_owned()).collect();
    let study = blueprint.study(&log, &StudyOptions { by, ..StudyOptions::default() });
    study.unwrap_or_else(|error| panic!("{error} {:#?}", blueprint.check())).tables().clone()
}

/// The count that a share rests on, and its n.
fn parts(share: &crate::score::Estimate) -> (f64, u64) {
    ((share.value.unwrap_or(0.0) * share.n as f64).round(), share.n)
}

#[test]
fn the_lapsed_stand_beside_customers_there_who_did_not_lapse_and_bad_answers_are_complaints() {
    let tables = tables(
        VISITS,
        "a visit 2026-01-01T10:00:00
         a answered 2026-01-01T11:00:00 survey=s score=1
         b visit 2026-01-01T10:00:00
         c visit 2026-01-30T10:00:00 stars=1
         d visit 2026-01-30T10:00:00
         e visit 2026-01-30T10:00:00
         e visit 2026-01-30T10:10:00",
        &[],
    );
    let of = |kind: &str| tables.losses.iter().find(|r| r.kind == kind).unwrap();
    let lapsed = of("lapsed");
    assert_eq!((lapsed.customers, lapsed.touchpoint.as_deref()), (2, Some("visit")));
    assert_eq!((parts(&lapsed.complained), parts(&lapsed.complained_stayed)), ((1.0, 2), (1.0, 3)));
    assert_eq!((lapsed.emotion_stayed.value, lapsed.emotion_stayed.n), (Some(-1.0), 1));
    let abandoned = of("abandoned");
    assert_eq!(parts(&abandoned.complained), (1.0, 2));
    assert_eq!(
        abandoned.complained_stayed.n, 0,
        "nobody went on; coming again to the same place is not going on"
    );
}

#[test]
fn what_came_after_a_lapse_is_neither_its_complaint_nor_its_reason() {
    let text = SHOP.replace("idle: 1d", "idle: 90d");
    let lapsed = |cancelled: &str| {
        let lines = format!(
            "a view 2026-01-01T10:00:00
             a pay 2026-01-01T10:30:00 amount=5
             a cancel {cancelled} reason=slow"
        );
        let tables = tables(&text, &format!("{lines}\n b view 2026-03-01T10:00:00"), &[]);
        let row = tables.losses.iter().find(|r| r.kind == "lapsed").unwrap();
        (row.touchpoint.clone().unwrap(), parts(&row.complained), row.reasons.clone())
    };
    assert_eq!(lapsed("2026-02-01T10:00:00"), ("pay".to_owned(), (0.0, 1), vec![]));
    let before = ("cancel".to_owned(), (1.0, 1), vec![("slow".to_owned(), 1)]);
    assert_eq!(lapsed("2026-01-21T10:30:00"), before, "at the instant of the lapse and before it in order");
}

#[test]
fn a_trip_that_no_event_landed_on_stands_nowhere_and_is_lost_nowhere() {
    let text = VISITS.replace("event: visit, repeat", "event: visit, where: event.stars == 5, repeat");
    let tables = tables(
        &text,
        "a visit 2026-01-01T10:00:00 stars=1
         a answered 2026-01-01T11:00:00 survey=s score=1
         a visit 2026-01-05T10:00:00 stars=1
         b visit 2026-01-05T10:00:00 stars=5
         c visit 2026-01-30T10:00:00 stars=1
         d visit 2026-01-30T10:00:00 stars=5",
        &[],
    );
    let row = &tables.journeys[0];
    assert_eq!((row.trips, row.abandoned, row.open, row.nowhere), (5, 3, 2, 1));
    let stage = &tables.stages[0];
    assert_eq!((stage.inside + row.nowhere, stage.dropped), (row.open, 1));
    let lost = tables.losses.iter().filter(|r| r.kind == "abandoned");
    let lost: Vec<_> = lost
        .map(|r| (r.touchpoint.as_deref(), r.losses, r.customers, parts(&r.of_losses), parts(&r.complained)))
        .collect();
    assert_eq!(
        lost,
        [(None, 2, 1, (2.0, 3), (1.0, 2)), (Some("visit"), 1, 1, (1.0, 3), (0.0, 1))],
        "a's two trips began with a visit that takes no touchpoint"
    );
}

#[test]
fn a_visit_of_a_stage_is_in_every_scenario_that_one_of_its_events_is_in() {
    let tables = tables(
        VISITS,
        "a visit 2026-01-01T21:50:00
         a visit 2026-01-01T22:10:00
         a buy 2026-01-01T22:20:00
         b visit 2026-01-01T21:50:00
         b buy 2026-01-01T22:20:00",
        &["scenario"],
    );
    let night = tables.stages.iter().filter(|r| r.group.value.as_deref() == Some("night"));
    let night: Vec<_> = night.map(|r| (r.stage.as_str(), r.trips, r.entered, r.left)).collect();
    assert_eq!(night, [("in", 1, 1, 1), ("out", 2, 2, 0)], "a was in for a visit by day and one by night");
}

#[test]
fn a_complaint_made_after_a_visit_went_on_is_not_of_that_visit() {
    let tables = tables(
        VISITS,
        "a visit 2026-01-01T10:00:00
         a sit 2026-01-01T10:05:00
         a answered 2026-01-01T10:06:00 survey=s score=1
         b visit 2026-01-01T10:00:00
         b answered 2026-01-01T10:01:00 survey=s score=1
         b sit 2026-01-01T10:05:00
         c visit 2026-01-01T10:00:00
         d visit 2026-01-30T10:00:00",
        &[],
    );
    let row = |t: &str| {
        let mut rows = tables.losses.iter().filter(|r| r.kind == "abandoned");
        rows.find(|r| r.touchpoint.as_deref() == Some(t)).unwrap()
    };
    assert_eq!(
        (parts(&row("visit").complained), parts(&row("visit").complained_stayed)),
        ((0.0, 1), (1.0, 2))
    );
    assert_eq!(parts(&row("sit").complained), (2.0, 2));
}

#[test]
fn cuts_have_the_answers_lifecycle_and_moves_that_everyone_has() {
    let tables = tables(
        VISITS,
        "a visit 2026-01-01T23:00:00 store=east
         a answered 2026-01-01T23:30:00 survey=s taste=2
         b visit 2026-01-01T10:00:00 store=east
         b visit 2026-01-05T10:00:00 store=west
         c profile_set 2026-01-01T10:00:00 store=south
         c answered 2026-01-01T11:00:00 survey=s taste=4
         d visit 2026-01-30T10:00:00 store=west",
        &["store", "scenario"],
    );
    let taste = |value: &str| {
        let mut rows = tables.touchpoints.iter().filter(|r| r.touchpoint == "taste");
        rows.find(|r| r.group.value.as_deref() == Some(value)).map(|r| (r.emotion.value, r.emotion.n))
    };
    assert_eq!((taste("east"), taste("south")), (Some((Some(-0.5), 1)), Some((Some(0.5), 1))));
    let asleep = |by: Option<&str>| {
        let rows = tables.lifecycle.iter().filter(|r| r.state == "asleep" && r.group.by.as_deref() == by);
        rows.map(|r| (r.group.value.clone().unwrap_or_default(), r.customers, r.of_all.n)).collect::<Vec<_>>()
    };
    let counts = [("east", 2, 2), ("south", 0, 1), ("west", 1, 2)].map(|(v, n, of)| (v.to_owned(), n, of));
    assert_eq!((asleep(Some("store")), asleep(Some("scenario"))), (counts.into(), vec![]));
    let slept = tables.moves.iter().filter(|r| r.target.as_deref() == Some("asleep") && r.source.is_some());
    let slept: Vec<_> = slept.map(|r| (r.group.value.as_deref(), r.customers)).collect();
    assert_eq!(slept, [(None, 2), (Some("east"), 2), (Some("west"), 1)]);
}

#[test]
fn what_a_scenario_expects_stands_in_its_rows_and_the_mean_in_everyones() {
    let tables = tables(
        VISITS,
        "a visit 2026-01-01T23:00:00
         a sit 2026-01-01T23:20:00
         b visit 2026-01-01T10:00:00
         b sit 2026-01-01T10:20:00
         c visit 2026-01-01T11:00:00
         c sit 2026-01-01T11:20:00
         d visit 2026-01-01T12:00:00
         d sit 2026-01-01T12:20:00",
        &["scenario"],
    );
    let waits = tables.touchpoints.iter().filter(|r| r.touchpoint == "sit");
    let waits: Vec<_> = waits.map(|r| (r.expected_wait_s, parts(&r.wait_over))).collect();
    assert_eq!(waits, [(Some(900.0), (3.0, 4)), (Some(1_800.0), (0.0, 1))]);
    let expected: Vec<_> =
        tables.curve.iter().filter(|r| r.touchpoint == "sit").map(|r| r.expected).collect();
    assert_eq!(expected, [Some(0.25), Some(-0.5)]);
}

#[test]
fn harm_is_shared_among_those_who_came_and_those_who_only_said_how_it_was() {
    let tables = tables(
        VISITS,
        "a visit 2026-01-01T10:00:00
         b visit 2026-01-01T10:00:00
         b buy 2026-01-01T10:10:00
         c answered 2026-01-01T10:00:00 survey=s score=5
         d answered 2026-01-01T10:00:00 survey=s score=5
         d visit 2026-01-30T10:00:00",
        &[],
    );
    let row = tables.pains.iter().find(|r| r.touchpoint == "visit").unwrap();
    assert_eq!((row.harmed, row.customers, row.harmed_share.n), (1, 4, 4));
}

#[test]
fn a_stay_has_a_length_only_where_an_event_ended_it() {
    let lines = "a visit 2026-01-01T10:00:00
         a buy 2026-01-01T10:10:00
         a leave 2026-01-01T10:30:00
         b visit 2026-01-01T10:00:00
         c visit 2026-01-01T10:00:00
         c leave 2026-01-01T10:05:00
         d visit 2026-01-30T10:00:00";
    let stages = |text: &str| {
        let rows = tables(text, lines, &[]).stages;
        rows.into_iter()
            .map(|r| (r.median_stay_s.value, r.median_stay_s.n, r.dropped, r.drop_share.value))
            .collect::<Vec<_>>()
    };
    let (inside, out) = ((Some(450.0), 2, 1, Some(0.25)), (Some(1_200.0), 1, 1, Some(0.5)));
    assert_eq!(
        stages(VISITS),
        [inside, out],
        "b ended by time alone, and c's leaving is where that stage began"
    );
}

#[test]
fn a_journey_without_a_goal_has_no_goal_rate_and_loses_nobody() {
    let text = VISITS.replace("    goal: { event: buy }\n", "");
    let tables = tables(&text, "a visit 2026-01-01T10:00:00\n b visit 2026-01-30T10:00:00", &[]);
    let row = &tables.journeys[0];
    assert_eq!((row.reached_share.value, row.completed, row.abandoned, row.open), (None, 1, 0, 1));
    let stage = &tables.stages[0];
    assert_eq!((stage.completed, stage.dropped, stage.drop_share.value), (1, 0, None));
    assert!(tables.losses.iter().all(|r| r.kind != "abandoned") && tables.pains.is_empty());
}

#[test]
fn visits_in_a_row_are_one_stop() {
    let tables = tables(
        VISITS,
        "a visit 2026-01-01T10:00:00
         a visit 2026-01-01T10:01:00
         a visit 2026-01-01T10:02:00
         a sit 2026-01-01T10:10:00
         a visit 2026-01-01T10:11:00",
        &[],
    );
    let visit = &tables.touchpoints[0];
    assert_eq!((visit.visits, parts(&visit.next_rate)), (4, (1.0, 2)));
    assert_eq!((visit.median_dwell_s.value, visit.median_dwell_s.n), (Some(600.0), 1));
}

#[test]
fn improvements_under_way_are_found_by_full_names_and_those_done_or_dropped_are_not_listed() {
    let text = VISITS.replace("repeat: true,", "repeat: true, pains: [{ id: slow, text: Slow }],");
    let text = format!(
        "{text}improvements:
  - {{ id: ahead, solves: [j/slow], owner: o, status: doing }}
  - {{ id: over, solves: [slow], owner: o, status: done }}
  - {{ id: gone, solves: [slow], owner: o, status: dropped }}
"
    );
    let tables = tables(&text, "a visit 2026-01-01T10:00:00\n b visit 2026-01-30T10:00:00", &[]);
    assert_eq!(tables.pains[0].improvements, ["ahead"]);
}
