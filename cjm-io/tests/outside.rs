//! Outside data read in place: the figures that its READMEs and `expected.json` state.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::{BTreeMap, HashMap};

use cjm_core::Zone;
use cjm_core::event::{EventLog, Options};
use cjm_io::{EventReader, read_events};
use common::data;
use serde_json::Value;

fn expected(folder: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap()
}

/// Event names of a customer, in order.
fn trace(log: &EventLog, customer: usize) -> Vec<&str> {
    log.rows(customer).map(|row| &*log.event_names()[log.names().get(row) as usize]).collect()
}

fn traces(log: &EventLog) -> Vec<Vec<&str>> {
    (0..log.n_customers()).map(|customer| trace(log, customer)).collect()
}

fn counts<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u64> {
    names.fold(BTreeMap::new(), |mut all, name| {
        *all.entry(name).or_default() += 1;
        all
    })
}

fn as_counts(value: &Value) -> BTreeMap<&str, u64> {
    value.as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v.as_u64().unwrap())).collect()
}

/// Cases, events, activities, variants, most frequent variants, first and last activities, first and last instant.
fn check_process(log: &EventLog, figures: &Value, file: &str) {
    assert_eq!(log.n_events() as u64, figures["events"], "{file}");
    assert_eq!(log.n_customers() as u64, figures["cases"], "{file}");
    assert_eq!(log.event_names().len() as u64, figures["activities"], "{file}");
    assert_eq!(log.rejected().n_rejected(), 0, "{file}");
    let traces = traces(log);
    let mut variants: HashMap<&[&str], u64> = HashMap::new();
    traces.iter().for_each(|t| *variants.entry(t).or_default() += 1);
    assert_eq!(variants.len() as u64, figures["variants"], "{file}");
    for top in figures["top_variants"].as_array().unwrap() {
        let steps: Vec<&str> = top["trace"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        assert_eq!(variants.get(steps.as_slice()), top["count"].as_u64().as_ref(), "{file} {steps:?}");
    }
    assert_eq!(counts(traces.iter().map(|t| t[0])), as_counts(&figures["start_activities"]), "{file}");
    let ends = counts(traces.iter().map(|t| t[t.len() - 1]));
    for (name, n) in as_counts(&figures["end_activities"]) {
        assert_eq!(ends.get(name), Some(&n), "{file} ends with {name}");
    }
    let instant = |text: &Value| cjm_core::Timestamp::parse(&text.as_str().unwrap().replace(' ', "T")).ok();
    assert_eq!(log.first(), instant(&figures["first_event"]), "{file}");
    assert_eq!(log.last(), instant(&figures["last_event"]), "{file}");
}

#[test]
fn process_logs_have_the_stated_cases_events_activities_and_variants() {
    let Some(folder) = data("process-logs") else { return };
    let figures = expected(&folder);
    let tables = Options::new("case:concept:name", "concept:name", "time:timestamp");
    let logs = figures["logs"].as_object().unwrap();
    assert!(logs.len() >= 6, "{:?}", logs.keys());
    for (file, figures) in logs {
        let options = if file.contains(".csv") { tables.clone() } else { Options::default() };
        let log = read_events(folder.join(file), &options).unwrap();
        check_process(&log, figures, file);
    }
    let intervals = read_events(folder.join("interval_event_log.csv.gz"), &tables).unwrap();
    assert_eq!(intervals.n_events(), 8_109);
    let start = intervals.column("start_timestamp").unwrap();
    assert!(matches!(intervals.value(start, 0), cjm_core::ValueRef::Time(_)));
}

#[test]
fn a_table_and_a_process_log_of_the_same_events_are_the_same_log() {
    let Some(folder) = data("process-logs") else { return };
    let tables = Options::new("case:concept:name", "concept:name", "time:timestamp");
    let table = read_events(folder.join("running-example.csv"), &tables).unwrap();
    let log = read_events(folder.join("running-example.xes"), &Options::default()).unwrap();
    let by_case = |log: &EventLog| -> BTreeMap<String, Vec<(String, i64)>> {
        (0..log.n_customers())
            .map(|c| {
                let times = log.rows(c).map(|row| log.times_us()[row]);
                let steps = trace(log, c).into_iter().map(str::to_owned).zip(times);
                (log.customer_key(c).into_owned(), steps.collect())
            })
            .collect()
    };
    assert_eq!(by_case(&table), by_case(&log));
}

#[test]
fn one_transition_of_a_lifecycle_can_be_chosen() {
    let Some(folder) = data("process-logs") else { return };
    let all = read_events(folder.join("teleclaims.xes.gz"), &Options::default()).unwrap();
    let column = all.column("lifecycle:transition").unwrap();
    let complete = |row: &usize| all.value(column, *row) == cjm_core::ValueRef::Text("complete");
    let n = (0..all.n_events()).filter(complete).count();
    let chosen = EventReader::new().transition("COMPLETE");
    let chosen = chosen.read(folder.join("teleclaims.xes.gz"), &Options::default()).unwrap();
    assert_eq!(chosen.n_events(), n);
    assert!(n > 0 && n < all.n_events(), "{n} of {}", all.n_events());
}

#[test]
fn every_file_of_the_conformance_set_is_a_log_or_a_typed_error() {
    let Some(folder) = data("xes-conformance") else { return };
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "xes"));
    files.sort();
    assert_eq!(files.len(), 71);
    let outcomes = files.iter().map(|file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        let read = std::fs::File::open(file)
            .map(|f| EventReader::new().format(cjm_io::Format::Xes).read_from(f, &Options::default()));
        match read.unwrap() {
            Ok(log) => format!(
                "{name}: {} cases, {} events, {} rejected",
                log.n_customers(),
                log.n_events(),
                log.rejected().n_rejected()
            ),
            Err(e) => format!("{name}: {e}"),
        }
    });
    insta::assert_snapshot!(outcomes.collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_online_shop_has_its_users_events_and_transitions() {
    let Some(folder) = data("simple-onlineshop") else { return };
    let figures = expected(&folder);
    let options = Options::new("user_id", "event", "timestamp").with_zone(Zone::utc());
    let log = read_events(folder.join("events.csv.gz"), &options).unwrap();
    assert_eq!(log.n_events(), 32_283);
    assert_eq!(log.n_customers(), 3_751);
    assert_eq!(log.rejected().n_rejected(), 0);
    let traces = traces(&log);
    assert_eq!(counts(traces.iter().flatten().copied()), as_counts(&figures["events_by_type"]));
    assert_eq!(counts(traces.iter().map(|t| t[0])), as_counts(&figures["first_event_users"]));
    let lasts = counts(traces.iter().map(|t| t[t.len() - 1]));
    for (name, n) in as_counts(&figures["last_event_users"]) {
        assert_eq!(lasts.get(name), Some(&n), "{name}");
    }
    let mut edges: HashMap<(&str, &str), u64> = HashMap::new();
    for pair in traces.iter().flat_map(|t| t.windows(2)) {
        *edges.entry((pair[0], pair[1])).or_default() += 1;
    }
    assert_eq!(edges.len() as u64, figures["transitions_distinct"]);
    for edge in figures["transitions_top15"].as_array().unwrap() {
        let key = (edge["from"].as_str().unwrap(), edge["to"].as_str().unwrap());
        assert_eq!(edges.get(&key), edge["count"].as_u64().as_ref(), "{key:?}");
    }
}

#[test]
fn the_restaurant_has_its_orders_lines_and_hours() {
    let Some(folder) = data("restaurant-orders") else { return };
    let figures = expected(&folder);
    let options = Options {
        event_name: Some("ordered".into()),
        event: None,
        ..Options::new("order_id", "", "ordered_at").with_zone(Zone::utc())
    };
    let log = read_events(folder.join("order_details.csv.gz"), &options).unwrap();
    assert_eq!(log.n_customers() as u64, figures["orders"]);
    assert_eq!(log.n_events() as u64, figures["lines"]);
    let mut hours: BTreeMap<String, u64> = BTreeMap::new();
    for us in (0..log.n_customers()).map(|order| log.times_us()[log.rows(order).start]) {
        *hours.entry((us.rem_euclid(86_400_000_000) / 3_600_000_000).to_string()).or_default() += 1;
    }
    let stated: BTreeMap<String, u64> =
        as_counts(&figures["hours"]).into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    assert_eq!(hours, stated);
    let item = log.column("item_id").unwrap();
    let missing = (0..log.n_events()).filter(|row| log.value(item, *row).is_null()).count();
    assert_eq!(missing as u64, figures["null_item"]);
}

#[test]
fn days_alone_are_times_when_a_zone_is_given() {
    let Some(folder) = data("rfm-orders") else { return };
    let options = Options {
        event_name: Some("ordered".into()),
        event: None,
        ..Options::new("customer_id", "", "order_date").with_zone(Zone::named("Asia/Shanghai").unwrap())
    };
    let log = read_events(folder.join("orders.csv.gz"), &options).unwrap();
    assert_eq!((log.n_events(), log.n_customers()), (4_906, 995));
}
