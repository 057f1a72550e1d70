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
    let all: Vec<_> = tables.stages.iter().filter(|r| r.group.by.is_none()).collect();
    for row in &all {
        assert_eq!(row.entered, row.left + row.completed + row.dropped + row.inside, "{}", row.stage);
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
