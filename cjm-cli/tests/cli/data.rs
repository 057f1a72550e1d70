//! Real events from outside: what the command says of them equals what is known of them.

use serde_json::Value;

use crate::common::{answer, cjm, outside, project};

/// Every table of a study.
fn study(words: &[&str]) -> Value {
    serde_json::from_str(&answer(&[&["study", "--format", "json"], words].concat())).unwrap()
}

/// A file of a data set that holds known figures.
fn expected(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The number in `field` of the row of a table whose `key` is `name`, over everyone.
fn figure(tables: &Value, table: &str, key: &str, name: &str, field: &str) -> u64 {
    let row = rows(tables, table).find(|row| row[key] == name && row["by"].is_null());
    row.unwrap_or_else(|| panic!("no {key} `{name}`"))[field].as_u64().unwrap()
}

fn rows<'a>(tables: &'a Value, table: &str) -> impl Iterator<Item = &'a Value> {
    tables[table].as_array().unwrap().iter()
}

const SHOP: [&str; 8] = ["--customer", "user_id", "--event", "event", "--time", "timestamp", "--zone", "UTC"];

#[test]
fn stage_counts_of_the_online_shop_are_those_of_its_data_set() {
    let (Some(events), Some(known)) =
        (outside("simple-onlineshop/events.csv.gz"), outside("simple-onlineshop/expected.json"))
    else {
        return;
    };
    let (known, blueprint) = (expected(&known), project("examples/blueprints/online_shop.yaml"));
    let tables = study(&[&["--blueprint", &blueprint, &events][..], &SHOP].concat());
    assert_eq!(tables["summary"]["events"], known["events"]);
    assert_eq!(tables["summary"]["customers"], known["users"]);
    assert_eq!(tables["summary"]["unmapped"], 0);
    let of_user = &known["users_by_event"];
    for (stage, event) in [
        ("arrive", "main"),
        ("browse", "catalog"),
        ("cart", "cart"),
        ("delivery", "delivery_choice"),
        ("payment", "payment_choice"),
        ("done", "payment_done"),
    ] {
        assert_eq!(
            Some(figure(&tables, "stages", "stage", stage, "customers")),
            of_user[event].as_u64(),
            "{stage}"
        );
    }
    let funnel = &known["funnels"][0]["users_reaching_at_least"];
    let stages = ["browse", "cart", "delivery", "payment", "done"];
    let reached = stages.map(|stage| figure(&tables, "stages", "stage", stage, "customers"));
    assert_eq!(serde_json::json!(reached), *funnel);
    let visits: u64 = rows(&tables, "touchpoints").filter_map(|row| row["visits"].as_u64()).sum();
    assert_eq!(Some(visits), known["events"].as_u64());
    let trips = figure(&tables, "journeys", "journey", "purchase", "trips");
    assert_eq!(Some(trips), known["sessions_gap_gt_30min"].as_u64());
}

#[test]
fn the_shop_gets_its_report() {
    let Some(events) = outside("simple-onlineshop/events.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("r.html").display().to_string();
    let blueprint = project("examples/blueprints/online_shop.yaml");
    let ran = cjm(&[&["report", "--blueprint", &blueprint, &events, "--out", &out][..], &SHOP].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let html = std::fs::read_to_string(&out).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.contains("Content-Security-Policy"));
    assert!(html.contains("32,283") && html.contains("3,751"), "the report says what was studied");
    assert!(!html.contains("<script"), "the report runs nothing");
    assert!(ran.out.contains("Online shop"), "{}", ran.out);
}

#[test]
fn a_till_without_customers_has_its_orders_lines_and_hours() {
    let (Some(events), Some(known)) =
        (outside("restaurant-orders/order_details.csv.gz"), outside("restaurant-orders/expected.json"))
    else {
        return;
    };
    let (known, blueprint) = (expected(&known), project("examples/blueprints/restaurant_till.yaml"));
    let columns =
        ["--customer", "order_id", "--event-name", "order_line", "--time", "ordered_at", "--zone", "UTC"];
    let tables = study(&[&["--blueprint", &blueprint, &events, "--by", "scenario"][..], &columns].concat());
    assert_eq!(tables["summary"]["customers"], known["orders"]);
    assert_eq!(tables["summary"]["events"], known["lines"]);
    let lines = figure(&tables, "touchpoints", "touchpoint", "dish", "visits");
    assert_eq!(
        Some(lines),
        known["lines"].as_u64().zip(known["null_item"].as_u64()).map(|(all, null)| all - null)
    );
    for (hour, orders) in known["hours"].as_object().unwrap() {
        let of_hour = rows(&tables, "stages").find(|row| row["value"] == format!("hour_{hour}")).unwrap();
        assert_eq!(of_hour["customers"], *orders, "hour {hour}");
    }
}
