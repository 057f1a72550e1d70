//! Tests of tracking plans: drawn from a blueprint, drawn from data, held against data.

use super::*;
use crate::base::text::Language;
use crate::blueprint::model::Document;
use crate::event::{Batch, BatchBuilder, LogBuilder, Options};
use crate::{Blueprint, ValueRef, Zone};

const SHOP: &str = r"
cjm: 1
id: shop
zone: UTC
sources: [{ id: web, lateness: 10m }]
events:
  seen:   { page: text }
  paid:   { order: text, amount: money, coupon: optional text, stars: { int: [1, 5] } }
  left:   {}
  nudged: {}
  agreed: { channel: text, purpose: text, granted: bool }
consent: { event: agreed, purposes: [{ id: marketing, default: deny }] }
journeys:
  - id: buy
    title: { en: Buying, zh: 购买 }
    owner: sales
    enter: seen
    goal: { event: paid }
    idle: 1d
    stages:
      - id: look
        title: { en: Looking, zh: 浏览 }
        touchpoints:
          - { id: page, title: { en: Page, zh: 页面 }, event: seen, channel: web, owner: product }
          - { id: help, title: { en: Help, zh: 咨询 }, event: asked }
      - id: pay
        touchpoints:
          - { id: till, title: { en: Till, zh: 结账 }, event: [paid, left], where: event.amount > 0 }
rules:
  - { id: nudge, when: { event: left }, do: [{ emit: nudged }] }
";

fn shop() -> Blueprint {
    Blueprint::from_yaml(SHOP).unwrap()
}

/// Rows of (minutes, customer, event, attributes).
fn batch(rows: &[(i64, &str, &str, &[(&str, ValueRef<'_>)])]) -> Batch {
    let mut builder = BatchBuilder::default();
    let [who, what, when] = ["who", "what", "when"].map(|name| builder.column(name));
    for (line, (minutes, customer, event, attributes)) in rows.iter().enumerate() {
        builder.begin_row(line as u64 + 1);
        builder.push_text(who, customer);
        builder.push_text(what, event);
        builder.push(when, ValueRef::Time(crate::Timestamp::saturating(minutes * 60_000_000)));
        for (name, value) in *attributes {
            let column = builder.column(name);
            builder.push(column, *value);
        }
    }
    builder.finish()
}

fn log(rows: &[(i64, &str, &str, &[(&str, ValueRef<'_>)])], blueprint: Option<&Document>) -> EventLog {
    let mut builder = LogBuilder::new(Options::new("who", "what", "when").with_zone(Zone::utc()));
    if let Some(document) = blueprint {
        builder = builder.with_blueprint(document);
    }
    builder.push(batch(rows));
    builder.finish().unwrap()
}

#[test]
fn the_plan_in_both_languages() {
    let rows = shop().tracking_plan();
    assert_eq!(rows.len(), 11);
    insta::assert_snapshot!(format!(
        "{}\n{}\n{}",
        plan_markdown(&rows, Language::En),
        plan_markdown(&rows, Language::Zh),
        plan_csv(&rows, Language::Zh)
    ));
}

#[test]
fn the_plan_as_rows() {
    let rows = shop().tracking_plan();
    let paid = rows.iter().find(|row| row.attribute.as_deref() == Some("stars")).unwrap();
    insta::assert_json_snapshot!(paid);
    let asked = rows.last().unwrap();
    assert!(asked.event == "asked" && !asked.declared && asked.kind.is_none());
    assert!(rows.iter().any(|row| row.event == "nudged" && row.emitted));
}

#[test]
fn what_a_log_lacks() {
    use ValueRef::{Int, Text};
    let rows: &[(i64, &str, &str, &[(&str, ValueRef<'_>)])] = &[
        (0, "a", "seen", &[("page", Text("home"))]),
        (1, "a", "seen", &[]),
        (2, "a", "paid", &[("order", Text("o1")), ("amount", Int(5)), ("extra", Text("x"))]),
        (3, "b", "paid", &[("order", Text("o2")), ("amount", Int(7))]),
        (4, "b", "surprise", &[("page", Text("p"))]),
        (5, "b", "agreed", &[("granted", ValueRef::Bool(true))]),
    ];
    let blueprint = shop();
    let told = |log: &EventLog| {
        let issues = blueprint.check_tracking(log);
        let words =
            issues.iter().map(|i| format!("{:?} {}: {}", i.issue, i.touchpoints.join(","), i.finding()));
        words.collect::<Vec<_>>().join("\n")
    };
    let open = told(&log(rows, None));
    let typed = told(&log(rows, Some(blueprint.document())));
    insta::assert_snapshot!(format!("read without the blueprint\n{open}\n\nread with it\n{typed}"));
    let issues = blueprint.check_tracking(&log(rows, None));
    insta::assert_snapshot!(
        "issues_zh",
        issues_markdown(&issues, Language::Zh) + &issues_csv(&issues, Language::En)
    );
}

#[test]
fn an_event_of_which_every_row_is_bad_is_refused_and_not_missing() {
    use ValueRef::{Int, Text};
    let bad: &[(&str, ValueRef<'_>)] = &[("order", Text("o1")), ("amount", Int(5)), ("stars", Text("many"))];
    let rows: &[(i64, &str, &str, &[(&str, ValueRef<'_>)])] = &[
        (0, "a", "seen", &[("page", Text("home"))]),
        (1, "a", "paid", bad),
        (2, "b", "paid", bad),
        (3, "", "left", &[]),
    ];
    let (blueprint, told) = (shop(), |issues: &[TrackingIssue]| {
        let first = issues.iter().filter(|i| matches!(i.issue, Issue::Missing | Issue::Refused));
        first.map(|i| format!("{} {} {}", i.finding().code(), i.finding().path, i.count)).collect::<Vec<_>>()
    });
    let issues = blueprint.check_tracking(&log(rows, Some(blueprint.document())));
    assert_eq!(
        told(&issues),
        [
            "tracking_missing events.agreed 0",
            "tracking_missing events.asked 0",
            "tracking_refused events.paid 2",
            "tracking_refused events.left 1"
        ]
    );
    assert!(issues_markdown(&issues, Language::Zh).contains("全部无效"));
}

#[test]
fn an_event_whose_name_holds_a_dot_is_used_by_what_names_it() {
    let text = "cjm: 1\nid: s\nevents: { order.paid: { n: int } }\ncustomer: { features: { a: { count: order.paid }, b: { sum: order.paid.n } } }\n\
                rules: [{ id: r, when: { sum: order.paid.n, at_least: 2, within: 1d }, do: [{ tag: x }] }]\n";
    let rows = Blueprint::from_yaml(text).unwrap().tracking_plan();
    let told: Vec<_> = rows.iter().map(|row| (row.event.as_str(), row.used_by.join(" "))).collect();
    assert_eq!(told, [("order.paid", "customer.features.a customer.features.b rules.r".to_owned())]);
}

#[test]
fn nothing_is_wrong_with_a_log_that_follows_its_plan() {
    let blueprint = Blueprint::from_yaml(
        "cjm: 1\nid: s\nevents: { a: { x: int }, b: {} }\njourneys:\n  - { id: j, enter: a, goal: { event: b }, stages: [{ id: s, touchpoints: [{ id: t, event: [a, b] }] }] }\n",
    )
    .unwrap();
    let rows: &[(i64, &str, &str, &[(&str, ValueRef<'_>)])] =
        &[(0, "c", "a", &[("x", ValueRef::Int(1))]), (1, "c", "b", &[])];
    assert_eq!(blueprint.check_tracking(&log(rows, Some(blueprint.document()))), []);
}

#[test]
fn late_rows_are_those_beyond_the_lateness_of_sources() {
    let rows: &[(i64, &str, &str, &[(&str, ValueRef<'_>)])] = &[
        (60, "a", "seen", &[]),
        (0, "b", "seen", &[]),
        (50, "a", "paid", &[]),
        (49, "a", "paid", &[]),
        (0, "a", "paid", &[]),
        (70, "a", "seen", &[]),
        (59, "a", "seen", &[]),
    ];
    let options = Options::new("who", "what", "when");
    let issues = late(shop().document(), &options, &[batch(rows)]);
    let found: Vec<_> = issues.iter().map(|i| (i.event.as_str(), i.count, i.of, i.worst_s)).collect();
    assert_eq!(found, [("seen", 1, 4, Some(660.0)), ("paid", 2, 3, Some(3600.0))]);
    // cutting the rows into batches changes nothing
    let (first, second) = rows.split_at(3);
    assert_eq!(late(shop().document(), &options, &[batch(first), batch(second)]), issues);
}

#[test]
fn a_plan_is_drawn_from_data() {
    use crate::Value;
    let items: Vec<Value> = vec![Value::Record(
        [("dish".into(), Value::from("rice")), ("n".into(), Value::Int(2))]
            .into_iter()
            .collect::<Vec<_>>()
            .into(),
    )];
    let mut rows: Vec<(i64, &str, &str, Vec<(&str, ValueRef<'_>)>)> = Vec::new();
    for i in 0..20 {
        let kind = if i % 2 == 0 { "food" } else { "bill" };
        rows.push((i, "a", "complaint", vec![("kind", ValueRef::Text(kind)), ("case:x", ValueRef::Int(1))]));
    }
    rows.push((30, "a", "paid", vec![("amount", ValueRef::Number(1.5)), ("items", ValueRef::List(&items))]));
    rows.push((31, "a", "paid", vec![("items", ValueRef::List(&items)), ("kind", ValueRef::Text("cash"))]));
    let borrowed: Vec<_> = rows.iter().map(|(t, c, e, a)| (*t, *c, *e, a.as_slice())).collect();
    let found = infer(&log(&borrowed, None));
    assert_eq!(found.skipped, ["case:x"]);
    insta::assert_json_snapshot!(found.events);
    assert_eq!(Blueprint::from_document(found.document("draft")).document().events, found.events);
}
