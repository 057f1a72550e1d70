//! Laws of a study over made-up customers: threads, order of arrival, conservation, cuts, growing logs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use cjm_core::event::log_of;
use cjm_core::insight::rows::StageRow;
use cjm_core::signal::{Moment, TripEnd};
use cjm_core::simulate::{self, simulate};
use cjm_core::{Blueprint, CustomerState, Event, Input, StudyOptions};
use proptest::prelude::*;

const RESTAURANT: &str = include_str!("../../examples/blueprints/restaurant.yaml");

fn restaurant() -> Blueprint {
    Blueprint::from_yaml(RESTAURANT).unwrap()
}

fn customers(blueprint: &Blueprint, customers: u64, seed: u64) -> Vec<Event> {
    let options = simulate::Options { customers, days: 60, seed, ..simulate::Options::default() };
    simulate(blueprint.document(), options).unwrap()
}

fn all_cuts() -> StudyOptions {
    let by = ["persona", "scenario", "segment", "store", "region"].map(str::to_owned).to_vec();
    StudyOptions { by, ..StudyOptions::default() }
}

fn studied(blueprint: &Blueprint, events: &[Event], options: &StudyOptions) -> String {
    let log = log_of(events, Some(blueprint.document())).unwrap();
    blueprint.study(&log, options).unwrap().to_json().unwrap()
}

#[test]
fn one_thread_and_many_give_the_same_tables() {
    let blueprint = restaurant();
    let events = customers(&blueprint, 400, 7);
    let with_threads = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        pool.install(|| studied(&blueprint, &events, &all_cuts()))
    };
    let one = with_threads(1);
    for n in [2, 3, 8] {
        assert!(with_threads(n) == one, "{n} threads differ from one");
    }
}

#[test]
fn counts_are_conserved() {
    let blueprint = restaurant();
    let events = customers(&blueprint, 500, 11);
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    let study = blueprint.study(&log, &all_cuts()).unwrap();
    let tables = study.tables();
    assert!(tables.summary.customers > 100, "{:?}", tables.summary);
    for row in &tables.stages {
        assert_eq!(
            row.entered,
            row.left + row.completed + row.dropped + row.merged + row.inside,
            "{} {:?}",
            row.stage,
            row.group
        );
        assert!(row.customers <= row.trips && row.trips <= row.entered);
    }
    for row in &tables.journeys {
        assert_eq!(row.trips, row.completed + row.abandoned + row.merged + row.open);
        assert!(row.completed <= row.reached && row.customers <= row.trips);
        if row.group.by.as_deref() != Some("scenario") {
            let sum = |count: fn(&StageRow) -> u64| -> u64 {
                let stages =
                    tables.stages.iter().filter(|s| s.group == row.group && s.journey == row.journey);
                stages.map(count).sum()
            };
            assert_eq!(sum(|s| s.inside) + row.nowhere, row.open, "open trips stand in one stage at most");
            let lost = tables.losses.iter().filter(|l| l.kind == "abandoned" && l.group == row.group);
            let lost = lost.filter(|l| l.journey.as_ref() == Some(&row.journey));
            let nowhere: u64 = lost.clone().filter(|l| l.touchpoint.is_none()).map(|l| l.losses).sum();
            assert_eq!(sum(|s| s.dropped) + nowhere, row.abandoned);
            assert_eq!((lost.map(|l| l.losses).sum::<u64>(), sum(|s| s.merged)), (row.abandoned, row.merged));
            assert_eq!(sum(|s| s.completed), row.completed);
        }
        let deviating: u64 = tables
            .deviations
            .iter()
            .filter(|d| d.group == row.group && d.journey == row.journey)
            .map(|d| d.trips)
            .sum();
        assert_eq!(deviating + row.conforming, row.trips);
    }
    let everyone = |by: Option<&str>| -> u64 {
        let rows = tables.lifecycle.iter().filter(|r| r.group.by.as_deref() == by);
        rows.map(|r| r.customers).sum()
    };
    assert_eq!(everyone(None), tables.summary.customers);
    let in_and_out = tables.lifecycle.iter().filter(|r| r.group.by.is_none());
    for row in in_and_out {
        assert_eq!(row.moved_in - row.moved_out, row.customers, "{}", row.state);
    }
    let personas: u64 =
        tables.journeys.iter().filter(|r| r.group.by.as_deref() == Some("persona")).map(|r| r.trips).sum();
    let trips: u64 = tables.journeys.iter().filter(|r| r.group.by.is_none()).map(|r| r.trips).sum();
    assert_eq!(personas, trips, "every trip has one persona or none, which is a group too");
}

#[test]
fn event_by_event_is_the_same_as_a_study_of_the_log() {
    let blueprint = restaurant();
    let plan = blueprint.compile().unwrap();
    let events = customers(&blueprint, 300, 17);
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    let study = blueprint.study(&log, &StudyOptions::default()).unwrap();
    let mut by_member: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in &events {
        by_member.entry(event.identity_of("member").unwrap()).or_default().push(event);
    }
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for events in by_member.values_mut() {
        events.sort_by_key(|e| e.time);
        let mut state = CustomerState::new(&plan);
        let mut moments = Vec::new();
        for event in events.iter() {
            moments.extend(plan.observe(&mut state, Input::Event(event)).unwrap());
            // a state may leave and come back at any moment
            state = CustomerState::decode(&plan, &state.encode()).unwrap();
        }
        moments.extend(plan.observe(&mut state, Input::Tick(log.last().unwrap())).unwrap());
        for dated in moments {
            let what = match dated.moment {
                Moment::Opened { .. } => "trips",
                Moment::Reached { .. } => "reached",
                Moment::Ended { end: TripEnd::Completed, .. } => "completed",
                Moment::Ended { end: TripEnd::Abandoned, .. } => "abandoned",
                Moment::Outside { .. } => "outside",
                Moment::Landed(_) => "landed",
                Moment::Becomes { .. } => "becomes",
                _ => continue,
            };
            *counted.entry(what).or_default() += 1;
        }
        if let Some(id) = state.lifecycle(&plan) {
            *counted.entry(id).or_default() += 1;
        }
    }
    let tables = study.tables();
    let row = tables.journeys.iter().find(|r| r.group.by.is_none()).unwrap();
    let mut expected: BTreeMap<&str, u64> = BTreeMap::from([
        ("trips", row.trips),
        ("reached", row.reached),
        ("completed", row.completed),
        ("abandoned", row.abandoned),
        ("outside", row.outside),
        ("landed", tables.touchpoints.iter().filter(|t| t.group.by.is_none()).map(|t| t.visits).sum()),
        ("becomes", tables.moves.iter().map(|m| m.count).sum()),
    ]);
    expected.extend(tables.lifecycle.iter().map(|r| (r.state.as_str(), r.customers)));
    expected.retain(|_, n| *n > 0);
    assert_eq!(counted, expected);
    assert!(row.trips > 300);
}

#[test]
fn pains_name_no_more_customers_than_there_were() {
    let blueprint = restaurant();
    let events = customers(&blueprint, 500, 13);
    let log = log_of(&events, Some(blueprint.document())).unwrap();
    let study = blueprint.study(&log, &StudyOptions::default()).unwrap();
    let pains = &study.tables().pains;
    assert!(!pains.is_empty());
    for (place, pain) in (1..).zip(pains) {
        assert_eq!(pain.rank, place);
        let factors = [&pain.drop_off, &pain.bad_score, &pain.wait_over];
        assert!(factors.iter().all(|f| f.customers <= pain.harmed && f.customers <= f.share.n));
        assert!(pain.harmed <= factors.iter().map(|f| f.customers).sum::<u64>());
        assert!(pain.harmed <= pain.customers);
    }
    assert!(pains.is_sorted_by(|a, b| a.harmed >= b.harmed));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_does_not_matter(seed in 0_u64..1_000, shuffle in any::<u64>()) {
        let blueprint = restaurant();
        let mut events = customers(&blueprint, 40, seed);
        // events of one customer at one instant keep their order, by their sequence
        for (sequence, event) in (1..).zip(&mut events) {
            event.sequence = sequence;
        }
        let before = studied(&blueprint, &events, &all_cuts());
        let mut random = shuffle | 1;
        for i in (1..events.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            events.swap(i, (random >> 33) as usize % (i + 1));
        }
        prop_assert!(studied(&blueprint, &events, &all_cuts()) == before);
    }

    #[test]
    fn repeats_do_not_count(seed in 0_u64..1_000) {
        let blueprint = restaurant();
        let mut events = customers(&blueprint, 30, seed);
        prop_assume!(events.iter().all(|e| !e.id.is_empty()));
        let before = studied(&blueprint, &events, &StudyOptions::default());
        let again = events.clone();
        events.extend(again);
        prop_assert!(studied(&blueprint, &events, &StudyOptions::default()) == before);
    }
}
