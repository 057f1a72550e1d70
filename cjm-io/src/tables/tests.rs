//! Tables against the rows that they were made of: every column of every row, the nulls, and the schemas as a snapshot.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, TimestampMicrosecondType, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use cjm_core::customer::identity::IdentityKey;
use cjm_core::customer::stitch::LinkRefusal;
use cjm_core::engine::host::RefusedLink;
use cjm_core::engine::replay::{OverlapRow, RefusedDifference, RefusedRow, RuleDifference, SentRow, Waiting};
use cjm_core::engine::{Outcome, Refusal};
use cjm_core::event::{Event, EventLog, Rejected, RejectedRows, log_of};
use cjm_core::insight::rows::*;
use cjm_core::map::atlas::{Atlas, CommonRow, StageRow as AtlasStageRow};
use cjm_core::score::Estimate;
use cjm_core::simulate::{Options, simulate};
use cjm_core::study::RefusedIdentity;
use cjm_core::ticket::TicketRow;
use cjm_core::{
    Blueprint, Date, Decision, Engine, ReplayOptions, StudyOptions, Timestamp, Until, Value, Zone,
};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::Rows;

/// The table of rows, which has one row for each and the columns that it has without any.
#[track_caller]
fn table<R: Rows>(rows: &[R]) -> RecordBatch {
    let table = R::table(rows).unwrap();
    let none = R::table(&[]).unwrap();
    assert_eq!((table.num_rows(), none.num_rows()), (rows.len(), 0));
    assert_eq!(table.schema(), none.schema());
    table
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn cell(column: &dyn Array, row: usize) -> Json {
    if column.is_null(row) {
        return Json::Null;
    }
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::Boolean => json!(column.as_boolean().value(row)),
        DataType::UInt32 => json!(column.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => json!(column.as_primitive::<UInt64Type>().value(row)),
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => {
            json!(Date::from_days(column.as_primitive::<Date32Type>().value(row).into()).to_string())
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            json!(Timestamp::from_micros(micros).unwrap().to_string())
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|item| cell(&items, item)).collect()
        }
        DataType::Struct(_) => column.as_struct().columns().iter().map(|part| cell(part, row)).collect(),
        other => panic!("no column should be of type {other}"),
    }
}

/// A field as the columns that it should give.
fn columns_of(name: &str, value: &Json, has: impl Fn(&str) -> bool) -> Vec<(String, Json)> {
    let with = |end: &str| format!("{name}_{end}");
    let estimate = |x: &Json| {
        let parts = ["low", "high", "n"].map(|part| (with(part), x[part].clone()));
        [(name.to_owned(), x["value"].clone())].into_iter().chain(parts).collect::<Vec<_>>()
    };
    let identity = |kind: &Json, value: &Json| {
        let kind_name = if name == "customer" { "identity".to_owned() } else { with("identity") };
        vec![(kind_name, kind.clone()), (name.to_owned(), value.clone())]
    };
    match value {
        x if x.get("method").is_some() => estimate(x),
        x if x.get("share").is_some() => {
            let customers = (with("customers"), x["customers"].clone());
            [customers].into_iter().chain(estimate(&x["share"])).collect()
        }
        x if has(&with("touchpoint")) => {
            vec![(with("touchpoint"), x["touchpoint"].clone()), (name.to_owned(), x["value"].clone())]
        }
        x if x.get("kind").is_some() => identity(&x["kind"], &x["value"]),
        x if name == "strong" || name == "weak" => identity(&x[0], &x[1]),
        // a reason that says more than its name
        Json::Object(x) if name == "reason" => {
            vec![(name.to_owned(), json!(x.keys().next().unwrap()))]
        }
        Json::Array(items) => vec![(name.to_owned(), items.iter().map(fields_of).collect())],
        x => vec![(name.to_owned(), x.clone())],
    }
}

/// An item of a list as its cell is shown: of a structure the values alone.
fn fields_of(item: &Json) -> Json {
    match item {
        Json::Object(fields) => fields.values().cloned().collect(),
        other => other.clone(),
    }
}

/// Every column says what the field says, in the order of the fields.
#[track_caller]
fn check<R: Rows + Serialize>(rows: &[R]) -> RecordBatch {
    assert!(!rows.is_empty(), "there should be a {}", std::any::type_name::<R>());
    let table = table(rows);
    let schema = table.schema();
    for (place, row) in rows.iter().enumerate() {
        let row = serde_json::to_value(row).unwrap();
        let has = |name: &str| schema.column_with_name(name).is_some();
        let expect: Vec<(String, Json)> =
            row.as_object().unwrap().iter().flat_map(|(name, value)| columns_of(name, value, has)).collect();
        let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
        assert_eq!(names, expect.iter().map(|(name, _)| name).collect::<Vec<_>>());
        for ((name, value), column) in expect.iter().zip(table.columns()) {
            // the JSON of rows writes values with their types
            if !matches!(name.as_str(), "arguments" | "dimensions") {
                assert_eq!(cell(column, place), *value, "{name} of row {place}");
            }
        }
    }
    table
}

fn restaurant() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blueprints/restaurant.yaml");
    std::fs::read_to_string(path).unwrap()
}

fn simulated(blueprint: &Blueprint, customers: u64) -> EventLog {
    let options = Options { customers, days: 240, noise: 0.05, ..Options::default() };
    let events = simulate(blueprint.document(), options).unwrap();
    log_of(&events, Some(blueprint.document())).unwrap()
}

#[test]
fn schemas_of_all_tables() {
    let mut text = String::new();
    macro_rules! write_all { ($($row:ident)+) => { $(
        text += concat!(stringify!($row), "\n");
        for field in table::<$row>(&[]).schema().fields() {
            let null = if field.is_nullable() { " or null" } else { "" };
            text += &format!("  {}: {}{null}\n", field.name(), field.data_type());
        }
    )+ } }
    write_all! {
        JourneyRow StageRow TouchpointRow LifecycleRow MoveRow CurveRow CurveSummaryRow PainRow LossRow DeviationRow
        UnmappedRow ScoreRow RefusedIdentity RejectedRows
        Decision Refusal Outcome Waiting RefusedRow SentRow OverlapRow RuleDifference RefusedDifference TicketRow
        RefusedLink CommonRow AtlasStageRow
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_study_in_columns_says_what_its_rows_say() {
    let blueprint = Blueprint::from_yaml(&restaurant()).unwrap();
    let by = ["persona", "scenario", "segment", "store"].map(str::to_owned).to_vec();
    let options = StudyOptions { by, ..StudyOptions::default() };
    let study = blueprint.study(&simulated(&blueprint, 150), &options).unwrap();
    let tables = study.tables();
    let journeys = check(&tables.journeys);
    check(&tables.stages);
    check(&tables.touchpoints);
    check(&tables.lifecycle);
    check(&tables.moves);
    let curve = check(&tables.curve);
    check(&tables.curve_summary);
    check(&tables.scores);
    check(&tables.pains);
    let losses = check(&tables.losses);
    check(&tables.deviations);
    check(&tables.unmapped);

    // the same in the words of a host
    let trips: u64 = tables.journeys.iter().map(|row| row.trips).sum();
    let column = journeys["trips"].as_primitive::<UInt64Type>();
    assert_eq!(column.values().iter().sum::<u64>(), trips);
    assert!(journeys["by"].is_null(0) && journeys["value"].is_null(0), "the first row is of everyone");
    let sources = curve["sources"].as_list::<i32>();
    assert_eq!(
        sources.values().as_string::<i32>().iter().flatten().collect::<Vec<_>>(),
        tables.curve.iter().flat_map(|row| &row.sources).collect::<Vec<_>>()
    );
    let reasons = losses["reasons"].as_list::<i32>().values().as_struct().clone();
    assert_eq!(reasons.len(), tables.losses.iter().map(|row| row.reasons.len()).sum::<usize>());
    assert_eq!(reasons.column_names(), ["reason", "count"]);
}

#[test]
fn what_is_not_known_is_null() {
    let none = Estimate::none("wilson");
    let stage = StageRow {
        journey: "buy".into(),
        stage: "look".into(),
        group: Group::default(),
        trips: 0,
        customers: 0,
        of_trips: none,
        entered: 0,
        left: 0,
        completed: 0,
        dropped: 0,
        merged: 0,
        drop_share: Estimate { value: Some(0.0), n: 1, ..none },
        inside: 0,
        median_stay_s: none,
        q95_stay_s: None,
    };
    let stages = check(&[stage]);
    let nulls: Vec<&str> = null_columns(&stages).collect();
    let of_trips = ["of_trips", "of_trips_low", "of_trips_high"];
    let stays = ["median_stay_s", "median_stay_s_low", "median_stay_s_high", "q95_stay_s"];
    let expect = ["by", "value"].into_iter().chain(of_trips).chain(["drop_share_low", "drop_share_high"]);
    assert_eq!(nulls, expect.chain(stays).collect::<Vec<_>>());
    assert_eq!(cell(&stages["of_trips_n"], 0), json!(0));
    assert_eq!(cell(&stages["drop_share"], 0), json!(0.0));

    let peak = CurvePoint { touchpoint: "till".into(), value: -0.5 };
    let summary = CurveSummaryRow {
        journey: "buy".into(),
        group: Group { by: Some("store".into()), value: Some("east".into()) },
        n: 0,
        peak: Some(peak),
        valley: None,
        end: None,
        peak_end: None,
        duration_weighted: None,
        unweighted: true,
        slope: None,
        moment_of_truth: None,
    };
    let curves = check(&[summary]);
    assert_eq!((cell(&curves["peak_touchpoint"], 0), cell(&curves["peak"], 0)), (json!("till"), json!(-0.5)));
    let nulls: Vec<&str> = null_columns(&curves).collect();
    let points = ["valley_touchpoint", "valley", "end_touchpoint", "end", "peak_end", "duration_weighted"];
    let last = ["slope", "moment_of_truth_touchpoint", "moment_of_truth"];
    assert_eq!(nulls, points.into_iter().chain(last).collect::<Vec<_>>());
}

#[test]
fn maps_beside_each_other_in_columns() {
    let text = restaurant();
    let blueprint = Blueprint::from_yaml(&text).unwrap();
    let tables = Atlas::of([blueprint.document(), blueprint.document()], cjm_core::Language::En).tables();
    let shared = check(&tables.shared);
    check(&tables.pains);
    check(&tables.opportunities);
    check(&tables.stages);
    let row = tables.shared.first().unwrap();
    assert_eq!(cell(&shared["by"], 0), serde_json::to_value(row.by).unwrap());
    let first = &row.places[0];
    let place = json!([first.blueprint, first.journey, first.stage, first.touchpoint]);
    assert_eq!(cell(&shared["places"], 0)[0], place);
}

/// The columns whose first value is null.
fn null_columns(table: &RecordBatch) -> impl Iterator<Item = &str> {
    let fields = table.schema_ref().fields().iter();
    fields
        .zip(table.columns())
        .filter(|(_, column)| column.is_null(0))
        .map(|(field, _)| field.name().as_str())
}

#[test]
fn a_replay_in_columns_says_what_its_rows_say() {
    let text = restaurant();
    let (before, after) = (text.clone(), text.replace("for: 30m, key", "for: 20m, key"));
    let [before, after] = [before, after].map(|text| Blueprint::from_yaml(&text).unwrap());
    let log = simulated(&before, 150);
    let [plan, other] = [&before, &after].map(|blueprint| blueprint.compile().unwrap());
    let replay = plan.replay(&log, ReplayOptions::default());
    check(&replay.decisions);
    check(&replay.refusals);
    check(&replay.outcomes);
    check(&replay.waiting);
    check(&replay.tickets);
    check(&replay.refused());
    check(&replay.sent(&Zone::named("Asia/Shanghai").unwrap()));
    check(&replay.overlap());
    let options = ReplayOptions { until: Until::EndOfWaits, ..ReplayOptions::default() };
    let difference = replay.diff(&other.replay(&log, options));
    check(&difference.rules);
    check(&difference.refused);
}

const SHOP: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }, { id: device, max_links: 1, deny: [till] }]
dimensions: [store]
events:
  cart: { item: text, price: money, store: optional text }
  paid: {}
  moaned: {}
channels: [{ id: sms }]
consent: { purposes: [{ id: marketing, default: deny }] }
tickets: { queues: [{ id: care, pool: [ann] }] }
messages: [{ id: hello, body: Hello. }]
rules:
  - id: forgot
    when: { after: cart, without: paid, for: 30m, key: event.item }
    do: [{ call: remind, with: { item: event.item, price: event.price } }]
    goal: { event: paid, within: 1d }
  - { id: hello, when: { event: cart }, do: [{ send: hello, purpose: marketing, channels: [sms] }] }
  - { id: care, when: { event: moaned }, do: [{ ticket: care, contact_within: 1h, clock: wall }] }
"#;

fn event(name: &str, minute: u32, ids: &[(&str, &str)]) -> Event {
    let at = time(&format!("2026-03-01T{:02}:{:02}:00Z", 10 + minute / 60, minute % 60));
    let start = Event::new(name, at).id("web", format!("e{minute}"));
    ids.iter().fold(start, |event, (kind, value)| event.identity(*kind, *value))
}

#[test]
fn a_live_engine_in_columns() {
    let plan = Arc::new(Blueprint::from_yaml(SHOP).unwrap().compile().unwrap());
    let mut engine = Engine::new(plan);
    let cart = event("cart", 0, &[("member", "m1")]).with("item", "tea \"\u{8336}\"").with("store", "east");
    let cart = cart.with("price", cjm_core::base::money::parse("4.50").unwrap());
    engine.push(&cart).unwrap();
    let mut decisions = engine.advance(time("2026-03-01T10:31:00Z"));
    decisions.extend(engine.push(&event("moaned", 40, &[("member", "m1")])).unwrap());
    engine.push(&event("paid", 41, &[("member", "m1")])).unwrap();
    engine.push(&event("paid", 42, &[("member", "m2"), ("device", "till")])).unwrap();
    engine.advance(time("2026-03-01T12:00:00Z"));

    let dimensions = vec![("store".into(), Value::Text("east".into())), ("region".into(), Value::Null)];
    decisions.push(Decision { dimensions, ..decisions[0].clone() });
    let table = check(&decisions);
    assert_eq!(table.num_rows(), 3);
    for (row, decision) in decisions.iter().enumerate() {
        for name in ["arguments", "dimensions"] {
            let text = cell(&table[name], row);
            let object: Json = serde_json::from_str(text.as_str().unwrap()).unwrap();
            let expect = decision.to_json().get(name).cloned().unwrap_or_else(|| json!({}));
            assert_eq!(object, expect, "{name} of row {row}");
        }
    }
    let shown = ["rule", "identity", "customer", "key", "step", "action", "target", "channel", "applied"]
        .map(|name| cell(&table[name], 0));
    assert_eq!(
        json!(shown),
        json!(["forgot", "member", "m1", "tea \"\u{8336}\"", 0, "call", "remind", null, false])
    );
    assert_eq!(cell(&table["arguments"], 0), json!("{\"item\":\"tea \\\"\u{8336}\\\"\",\"price\":\"4.50\"}"));
    let dimensions = [0, 2].map(|row| cell(&table["dimensions"], row));
    assert_eq!(json!(dimensions), json!(["{}", "{\"store\":\"east\",\"region\":null}"]));
    assert_eq!(cell(&table["events"], 0), json!([["web", "e0"]]));

    let refusals = check(&engine.refusals());
    assert_eq!(
        (cell(&refusals["rule"], 0), cell(&refusals["reason"], 0)),
        (json!("hello"), json!("no_consent"))
    );
    let mut tickets = engine.tickets();
    let facts = [("by", "phone"), ("note", "")].map(|(name, value)| (name.into(), value.into()));
    tickets.push(TicketRow { facts: facts.into(), ..tickets[0].clone() });
    let tickets = check(&tickets);
    assert_eq!(cell(&tickets["facts"], 1), json!([["by", "phone"], ["note", ""]]));
    let shown = ["id", "queue", "person", "kind", "status", "accept_by", "contact_by", "overdue", "facts"]
        .map(|name| cell(&tickets[name], 0));
    let id = decisions[1].id.to_string();
    let by = "2026-03-01T11:40:00Z";
    assert_eq!(json!(shown), json!([id, "care", "ann", null, "assigned", null, by, ["contact"], []]));
    let outcomes = check(&engine.take_outcomes());
    assert_eq!(cell(&outcomes["decision"], 0), json!(decisions[0].id.to_string()));
    let links: Vec<RefusedLink> = engine.refused_links().cloned().collect();
    let links = check(&links);
    let shown =
        ["reason", "strong_identity", "strong", "weak_identity", "weak"].map(|name| cell(&links[name], 0));
    assert_eq!(json!(shown), json!(["denied", "member", "m2", "device", "till"]));
}

#[test]
fn refused_links_of_a_study_have_the_columns_of_an_engines() {
    let reasons = [LinkRefusal::Denied, LinkRefusal::MaxLinks];
    let at = time("1969-12-31T23:59:59.999999Z");
    let pair = |kind: &str, value: &str| (kind.to_owned(), value.to_owned());
    let of_study = reasons.map(|reason| {
        let (strong, weak) = (pair("member", "m1"), pair("device", ""));
        RefusedIdentity { reason, strong, weak, at }
    });
    let key = |kind: &str, value: &str| IdentityKey { kind: kind.into(), value: value.into() };
    let of_engine = reasons.map(|reason| {
        let (strong, weak) = (key("member", "m1"), key("device", ""));
        RefusedLink { reason, strong, weak, at }
    });
    assert_eq!(check(&of_study), check(&of_engine));
}

#[test]
fn rejected_rows_show_their_examples() {
    let mut rejected = Rejected::default();
    rejected.add(cjm_core::event::Reason::BadTime, "when", 7, "noon");
    rejected.add(cjm_core::event::Reason::BadTime, "when", 9, "night");
    rejected.add(cjm_core::event::Reason::MissingCustomer, "", 8, "");
    let rows: Vec<RejectedRows> = rejected.all().collect();
    let table = table(&rows);
    let shown = |row: usize| table.columns().iter().map(|column| cell(column, row)).collect::<Vec<_>>();
    let words = |row: usize| rows[row].finding().message(cjm_core::Language::En);
    assert_eq!(json!(shown(0)), json!(["missing_customer", "", 1, words(0), [[8, ""]]]));
    assert_eq!(json!(shown(1)), json!(["bad_time", "when", 2, words(1), [[7, "noon"], [9, "night"]]]));
}

#[test]
fn a_column_beyond_its_bounds_is_an_error() {
    let limit = i32::MAX as usize;
    assert_eq!(super::end_after(limit - 2, 2).unwrap(), i32::MAX);
    for (begin, length) in [(limit, 1), (1, limit), (usize::MAX, 1)] {
        assert_eq!(super::end_after(begin, length).unwrap_err().code(), cjm_core::ErrorCode::Limit);
    }
}
