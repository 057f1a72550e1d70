//! The log against a naive sort, and the promises of reading: order, repeats, nulls, types, threads, hostile ids.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::base::value::{Value, ValueRef};
use crate::blueprint::model::{AttributeKind, AttributeType, Document, EventModel, IdentityKind};
use crate::{ErrorCode, Result, Timestamp, Zone};

/// Everything that a log says, in a form that can be compared.
fn dump(log: &EventLog) -> Vec<String> {
    let mut lines = Vec::new();
    for customer in 0..log.n_customers() {
        lines.push(format!("{} {}", log.customer_kind(customer), log.customer_key(customer)));
        for row in log.rows(customer) {
            let name = &log.event_names()[log.names().get(row) as usize];
            let mut line = format!("  {} {name}", Timestamp::saturating(log.times_us()[row]));
            let envelope = [log.channel(), log.source(), log.event_id(), log.sequence()];
            for column in envelope.into_iter().flatten().chain(log.columns()) {
                line += &format!(" {}={:?}", column.name, column.value(row));
            }
            for identity in log.identities() {
                line += &format!(" {}:{:?}", identity.kind, identity.column.value(row));
            }
            lines.push(line);
        }
    }
    lines.extend(log.rejected().all().map(|rows| {
        let examples: Vec<String> =
            rows.examples.iter().map(|e| format!("{} `{}`", e.line, e.text)).collect();
        format!("{} {} {}: {}", rows.reason.slug(), rows.column, rows.count, examples.join(", "))
    }));
    lines
}

/// Rows as `column=value` words; a value reads as a number when it is one, `~` is null.
fn batch(first_line: u64, rows: &[&str]) -> Batch {
    let mut b = BatchBuilder::default();
    for (i, row) in rows.iter().enumerate() {
        b.begin_row(first_line + i as u64);
        for word in row.split_whitespace() {
            let (name, text) = word.split_once('=').unwrap();
            let column = b.column(name);
            match (text, text.parse::<i64>(), text.parse::<f64>()) {
                ("~", ..) => b.push(column, ValueRef::Null),
                ("true" | "false", ..) => b.push(column, ValueRef::Bool(text == "true")),
                (_, Ok(x), _) => b.push(column, ValueRef::Int(x)),
                (_, _, Ok(x)) => b.push(column, ValueRef::Number(x)),
                _ => b.push_text(column, text),
            };
        }
    }
    b.finish()
}

fn untyped(rows: &[&str]) -> Batch {
    let mut b = BatchBuilder::default();
    for (i, row) in rows.iter().enumerate() {
        b.begin_row(2 + i as u64);
        for word in row.split_whitespace() {
            let (name, text) = word.split_once('=').unwrap();
            let column = b.untyped_column(name);
            b.push_text(column, text);
        }
    }
    b.finish()
}

fn options() -> Options {
    Options::new("c", "e", "t").with_unit(TimeUnit::Second)
}

fn log_of(options: Options, document: Option<&Document>, batches: Vec<Batch>) -> Result<EventLog> {
    let mut builder = LogBuilder::new(options);
    if let Some(document) = document {
        builder = builder.with_blueprint(document);
    }
    batches.into_iter().for_each(|batch| builder.push(batch));
    builder.finish()
}

/// Builds a log of one batch and compares all it says.
fn check(options: Options, document: Option<&Document>, rows: &[&str], expect: &[&str]) {
    let log = log_of(options, document, vec![batch(1, rows)]).unwrap();
    assert_eq!(dump(&log), expect, "{rows:#?}");
}

#[test]
fn events_are_in_order_of_time_sequence_arrival() {
    check(
        Options { sequence: Some("s".into()), ..options() },
        None,
        &[
            "c=1 e=a t=5 s=0 n=1",
            "c=2 e=a t=1 n=2",
            "c=1 e=b t=5 s=-1 n=3",
            "c=1 e=c t=5 n=4",
            "c=1 e=d t=5 s=0 n=5",
            "c=1 e=e t=4 s=9 n=6",
        ],
        &[
            "customer 1",
            "  1970-01-01T00:00:04Z e s=Int(9) n=Int(6)",
            "  1970-01-01T00:00:05Z b s=Int(-1) n=Int(3)",
            "  1970-01-01T00:00:05Z a s=Int(0) n=Int(1)",
            "  1970-01-01T00:00:05Z c s=Null n=Int(4)",
            "  1970-01-01T00:00:05Z d s=Int(0) n=Int(5)",
            "customer 2",
            "  1970-01-01T00:00:01Z a s=Null n=Int(2)",
        ],
    );
}

#[test]
fn repeats_are_dropped_and_conflicts_told() {
    let options = || Options { id: Some("id".into()), source: Some("src".into()), ..options() };
    let rows = [
        "c=1 e=a t=5 src=x id=i1 n=1",
        "c=1 e=a t=5 src=x id=i1 n=1",
        "c=1 e=a t=5 src=y id=i1 n=1",
        "c=1 e=a t=5 src=x id=i1 n=~",
        "c=1 e=a t=4 src=x n=7",
        "c=1 e=a t=4 src=x n=7",
        "c=2 e=a t=4 src=x id=i2",
    ];
    check(
        options(),
        None,
        &rows,
        &[
            "customer 1",
            "  1970-01-01T00:00:04Z a src=Text(\"x\") id=Null n=Int(7)",
            "  1970-01-01T00:00:04Z a src=Text(\"x\") id=Null n=Int(7)",
            "  1970-01-01T00:00:05Z a src=Text(\"x\") id=Text(\"i1\") n=Int(1)",
            "  1970-01-01T00:00:05Z a src=Text(\"y\") id=Text(\"i1\") n=Int(1)",
            "customer 2",
            "  1970-01-01T00:00:04Z a src=Text(\"x\") id=Text(\"i2\") n=Null",
            "event_conflict id 1: 4 `i1`",
            "event_repeat id 1: 2 `i1`",
        ],
    );
    let strict = log_of(Options { strict: true, ..options() }, None, vec![batch(1, &rows)]);
    assert_eq!(strict.unwrap_err().code(), ErrorCode::Conflict);
}

#[test]
fn bad_rows_are_counted_with_lines() {
    let long = format!("c={} e=a t=1", "x".repeat(129));
    let rows = [
        "c=u e=a t=1",
        "e=a t=1",
        "c=u t=1",
        "c=u e=a",
        "c=u e=a t=soon",
        "c=u e=a t=2026-03-01T00:00:00",
        "c=u e=a t=2016-12-31T23:59:60Z",
        "c=u e=a t=2026-03-01T00:00:00+07:00[Asia/Shanghai]",
        "c=u e=a t=999999999999",
        "c=u e=a t=2026-03-01T00:00:00.0000019Z",
        long.as_str(),
    ];
    let log = log_of(options(), None, vec![batch(10, &rows)]).unwrap();
    let told: Vec<String> = dump(&log).into_iter().skip(3).collect();
    assert_eq!(
        told,
        [
            "missing_customer c 1: 11 ``",
            "missing_event e 1: 12 ``",
            "missing_time t 1: 13 ``",
            "bad_time t 1: 14 `soon`",
            "time_without_zone t 1: 15 `2026-03-01T00:00:00`",
            "leap_second t 1: 16 `2016-12-31T23:59:60Z`",
            "offset_contradiction t 1: 17 `2026-03-01T00:00:00+07:00[Asia/Shanghai]`",
            "time_out_of_range t 1: 18 `999999999999`",
            &format!("id_too_long c 1: 20 `{}…`", "x".repeat(80)),
            "time_floored t 1: 19 `2026-03-01T00:00:00.0000019Z`",
        ]
    );
    assert_eq!(log.n_rows_read(), log.n_events() as u64 + log.rejected().n_rejected());
    let strict = log_of(Options { strict: true, ..options() }, None, vec![batch(10, &rows)]).unwrap_err();
    assert_eq!(strict.to_string(), "bad_event: row 11: the row has no customer");
}

#[test]
fn zero_rows_make_an_empty_log() {
    let log = log_of(options(), None, Vec::new()).unwrap();
    assert_eq!((log.n_events(), log.n_customers(), log.first()), (0, 0, None));
    let empty = || {
        let column = |name| BatchColumn::new(name, Cells::Int(Vec::new().into()));
        Batch::new(1, 0, ["c", "e", "t"].map(column).into()).unwrap()
    };
    let log = log_of(options(), None, vec![empty(), empty()]).unwrap();
    assert_eq!((log.n_events(), log.rows(0), log.names().len()), (0, 0..0, 0));
    assert_eq!(log.value(3, 7), ValueRef::Null);
}

#[test]
fn slips_in_the_options_are_told_at_once() {
    let error = |options: Options| {
        log_of(options, None, vec![batch(1, &["cust=1 e=a t=1"])]).unwrap_err().to_string()
    };
    assert_eq!(
        error(Options::new("cus", "e", "t")),
        "argument: there is no column `cus` for the customer; did you mean `cust`?"
    );
    assert_eq!(
        error(Options::new("person", "e", "t")),
        "argument: there is no column `person` for the customer; the columns are `cust`, `e`, `t`"
    );
    assert_eq!(
        error(Options::new("cust", "e", "t")),
        "argument: the times in `t` are numbers; give `time_unit`: s, ms, us or ns"
    );
    assert_eq!(
        error(Options { customer: None, ..options() }),
        "argument: no column was named for the customer"
    );
    assert_eq!(error(Options { event: None, ..options() }), "argument: no column was named for the event");
}

#[test]
fn every_row_may_be_the_same_event() {
    let options = Options { event: None, event_name: Some("line".into()), ..options() };
    check(options, None, &["c=9 t=1"], &["customer 9", "  1970-01-01T00:00:01Z line"]);
}

fn document(events: &[(&str, &[(&str, AttributeKind, bool)])]) -> Document {
    let event = |attributes: &[(&str, AttributeKind, bool)]| EventModel {
        attributes: attributes
            .iter()
            .map(|(name, kind, optional)| {
                ((*name).to_owned(), AttributeType { optional: *optional, kind: kind.clone() })
            })
            .collect(),
    };
    Document {
        events: events.iter().map(|(name, attributes)| ((*name).to_owned(), event(attributes))).collect(),
        ..Document::default()
    }
}

#[test]
fn declared_types_decide() {
    use AttributeKind::*;
    let kinds = Enum(vec!["food".into(), "bill".into()]);
    let document = document(&[
        ("paid", &[("amount", Money, false), ("coupon", Text, true)]),
        ("review", &[("stars", IntRange(1, 5), false), ("kind", kinds, true)]),
    ]);
    check(
        options(),
        Some(&document),
        &[
            "c=1 e=paid t=1 amount=38.10 coupon=12",
            "c=1 e=paid t=2 amount=ten",
            "c=1 e=paid t=3 stars=5",
            "c=1 e=review t=4 stars=5 kind=food",
            "c=1 e=review t=5 stars=6",
            "c=1 e=review t=6 stars=4 kind=smell",
            "c=1 e=wave t=7 stars=4 hand=left",
        ],
        &[
            "customer 1",
            "  1970-01-01T00:00:01Z paid amount=Money(38.1) coupon=Text(\"12\") stars=Null kind=Null hand=Null",
            "  1970-01-01T00:00:03Z paid amount=Null coupon=Null stars=Null kind=Null hand=Null",
            "  1970-01-01T00:00:04Z review amount=Null coupon=Null stars=Int(5) kind=Text(\"food\") hand=Null",
            "  1970-01-01T00:00:07Z wave amount=Null coupon=Null stars=Null kind=Null hand=Null",
            "wrong_type amount 1: 2 `ten`",
            "wrong_type kind 1: 6 `smell`",
            "wrong_type stars 1: 5 `6`",
            "attribute_undeclared stars 1: 3 `paid`",
            "attribute_missing amount 1: 3 `paid`",
            "event_undeclared  1: 7 `wave`",
        ],
    );
}

#[test]
fn one_name_may_be_declared_twice() {
    use AttributeKind::*;
    let document = document(&[("a", &[("x", Text, true)]), ("b", &[("x", Int, true)])]);
    check(
        options(),
        Some(&document),
        &["c=1 e=a t=1 x=red", "c=1 e=b t=2 x=7", "c=1 e=b t=3 x=red"],
        &[
            "customer 1",
            "  1970-01-01T00:00:01Z a x=Text(\"red\")",
            "  1970-01-01T00:00:02Z b x=Int(7)",
            "wrong_type x 1: 3 `red`",
        ],
    );
}

#[test]
fn untyped_sources_are_read_as_the_narrowest_type() {
    let rows = ["c=1 e=a t=1 n=12 p=1 z=007 f=", "c=1 e=b t=2 n=-3 p=2.5 z=8 f=true"];
    let log = log_of(options(), None, vec![untyped(&rows)]).unwrap();
    assert_eq!(
        dump(&log),
        [
            "customer 1",
            "  1970-01-01T00:00:01Z a n=Int(12) p=Number(1.0) z=Text(\"007\") f=Null",
            "  1970-01-01T00:00:02Z b n=Int(-3) p=Number(2.5) z=Text(\"8\") f=Bool(true)",
        ]
    );
}

#[test]
fn the_first_identity_that_a_row_has_names_its_customer() {
    let document = Document {
        identities: ["member", "phone"]
            .map(|id| IdentityKind { id: id.into(), ..IdentityKind::default() })
            .into(),
        ..document(&[("a", &[])])
    };
    let options = Options {
        customer: None,
        identities: [("phone", "tel"), ("member", "card")].map(|(k, c)| (k.to_owned(), c.to_owned())).into(),
        ..options()
    };
    check(
        options,
        Some(&document),
        &["e=a t=1 tel=55 card=m1", "e=a t=2 tel=55", "e=a t=3 card=m1", "e=a t=4 card=~"],
        &[
            "member m1",
            "  1970-01-01T00:00:01Z a member:Text(\"m1\") phone:Text(\"55\")",
            "  1970-01-01T00:00:03Z a member:Text(\"m1\") phone:Null",
            "phone 55",
            "  1970-01-01T00:00:02Z a member:Null phone:Text(\"55\")",
            "missing_customer card 1: 4 ``",
        ],
    );
}

#[test]
fn limits_are_named() {
    let wide: String = (0..65).map(|i| format!(" a{i}=1")).collect();
    let rows = [
        format!("c=1 e=a t=1{wide}"),
        "c=1 e=a t=2 a0=1".into(),
        format!("c=1 e=a t=3 s={}", "x".repeat(8_193)),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let log = log_of(options(), None, vec![batch(1, &rows)]).unwrap();
    let told: Vec<(Reason, u64)> = log.rejected().all().map(|r| (r.reason, r.count)).collect();
    assert_eq!((log.n_events(), told), (1, vec![(Reason::TextTooLong, 1), (Reason::TooManyAttributes, 1)]));
    let heavy: String = (0..9).map(|i| format!(" h{i}={}", "x".repeat(8_000))).collect();
    let log = log_of(options(), None, vec![batch(1, &[&format!("c=1 e=a t=1{heavy}")])]).unwrap();
    assert_eq!(log.rejected().count(Reason::EventTooLarge), 1);
}

/// A row of the naive model.
#[derive(Debug, Clone)]
struct Row {
    customer: u8,
    name: u8,
    t: i64,
    sequence: Option<i64>,
    x: Option<u8>,
    id: Option<u8>,
}

fn row() -> impl Strategy<Value = Row> {
    let id = proptest::option::weighted(0.3, 0..20_u8);
    (0..12_u8, 0..4_u8, 0..30_i64, proptest::option::of(-2..3_i64), proptest::option::of(0..9_u8), id)
        .prop_map(|(customer, name, t, sequence, x, id)| Row { customer, name, t, sequence, x, id })
}

/// Customer to its events: time, sequence, name, x.
type Naive = BTreeMap<String, Vec<(i64, Option<i64>, String, Option<i64>)>>;

fn naive(rows: &[Row], ids: bool) -> Naive {
    let mut seen = std::collections::HashSet::new();
    let mut all = Naive::new();
    for row in rows {
        if ids && row.id.is_some() && !seen.insert((row.customer, row.id)) {
            continue;
        }
        let event = (row.t * 1_000_000, row.sequence, format!("e{}", row.name), row.x.map(i64::from));
        all.entry(format!("c{}", row.customer)).or_default().push(event);
    }
    all.values_mut().for_each(|events| events.sort_by_key(|(t, s, ..)| (*t, s.unwrap_or(0))));
    all
}

fn of_log(log: &EventLog) -> Naive {
    let int = |value| if let ValueRef::Int(x) = value { Some(x) } else { None };
    let event = |row: usize| {
        let name = log.event_names()[log.names().get(row) as usize].to_string();
        let sequence = log.sequence().and_then(|column| int(column.value(row)));
        (log.times_us()[row], sequence, name, log.column("x").and_then(|x| int(log.value(x, row))))
    };
    (0..log.n_customers())
        .map(|c| (log.customer_key(c).into_owned(), log.rows(c).map(event).collect()))
        .collect()
}

fn cut(rows: &[Row], size: usize) -> Vec<Batch> {
    let text = |row: &Row| {
        let mut line = format!("c=c{} e=e{} t={}", row.customer, row.name, row.t);
        let optional = [("s", row.sequence), ("x", row.x.map(i64::from))];
        optional
            .into_iter()
            .for_each(|(name, x)| line += &x.map_or(String::new(), |x| format!(" {name}={x}")));
        line += &row.id.map_or(" id=~".to_owned(), |id| format!(" id=i{id}"));
        line + " s=~ x=~"
    };
    let lines: Vec<String> = rows.iter().map(text).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    lines.chunks(size).enumerate().map(|(i, chunk)| batch((i * size) as u64 + 1, chunk)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_log_is_what_a_naive_sort_gives(rows in prop::collection::vec(row(), 1..200), size in 1..80_usize, ids: bool) {
        let id = ids.then(|| "id".to_owned());
        let attributes = Attributes::Only(vec!["x".into()]);
        let options = Options { sequence: Some("s".into()), id, attributes, ..options() };
        let log = log_of(options.clone(), None, cut(&rows, size)).unwrap();
        prop_assert_eq!(of_log(&log), naive(&rows, ids));
        let n = log.n_events() as u64 + log.rejected().n_rejected() + log.rejected().n_repeated();
        prop_assert_eq!(n, rows.len() as u64);
        let whole = log_of(options, None, cut(&rows, rows.len())).unwrap();
        prop_assert_eq!(dump(&log), dump(&whole));
    }
}

/// Columns of many rows without going through text.
fn many(n: usize, n_batches: usize, customer: impl Fn(usize) -> i64) -> Vec<Batch> {
    let size = n.div_ceil(n_batches);
    let piece = |from: usize| {
        let rows = from..(from + size).min(n);
        let names: Strings = ["a", "b", "c"].iter().collect();
        let codes = Codes::U8(rows.clone().map(|i| (i % 3) as u8).collect());
        let columns = vec![
            BatchColumn::new("c", Cells::Int(rows.clone().map(&customer).collect::<Vec<_>>().into())),
            BatchColumn::new("e", Cells::Coded { codes, texts: names.into() }),
            BatchColumn::new(
                "t",
                Cells::Int(rows.clone().map(|i| (i * 7 % 1_000) as i64).collect::<Vec<_>>().into()),
            ),
            BatchColumn::new("n", Cells::Int(rows.clone().map(|i| i as i64).collect::<Vec<_>>().into())),
        ];
        Batch::new(from as u64 + 1, rows.len(), columns).unwrap()
    };
    (0..n).step_by(size).map(piece).collect()
}

fn spread(i: usize) -> i64 {
    ((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as i64
}

#[test]
#[cfg(feature = "parallel")]
fn threads_and_batches_change_nothing() {
    let build = |threads: usize, n_batches: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| log_of(options(), None, many(90_000, n_batches, spread)).unwrap())
    };
    let one = build(1, 1);
    assert!(one.n_customers() > 10_000, "several partitions");
    let all = dump(&one);
    for (threads, n_batches) in [(2, 1), (3, 17), (8, 90)] {
        let other = build(threads, n_batches);
        assert_eq!(one.times_us(), other.times_us());
        assert!(all == dump(&other), "{threads} threads, {n_batches} batches");
    }
}

#[test]
fn whatever_the_numbers_customers_keep_their_events() {
    const N: usize = 90_000;
    let dense = |i: usize| spread(i) % 30_000 - 7;
    let crowded = |i: usize| if i.is_multiple_of(50) { spread(i) } else { spread(i) % 16 };
    let sparse = |i: usize| spread(i) * 1_000_003;
    let extreme = |i: usize| if i.is_multiple_of(2) { i64::MIN + spread(i) } else { i64::MAX - spread(i) };
    let ways: [&dyn Fn(usize) -> i64; 4] = [&dense, &crowded, &sparse, &extreme];
    for (way, customer) in ways.iter().enumerate() {
        let log = log_of(options(), None, many(N, 5, customer)).unwrap();
        let mut expected: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for i in 0..N {
            let event = ((i * 7 % 1_000) as i64 * 1_000_000, i as i64);
            expected.entry(customer(i).to_string()).or_default().push(event);
        }
        expected.values_mut().for_each(|events| events.sort_unstable());
        let n = log.column("n").unwrap();
        let event = |row: usize| match log.value(n, row) {
            ValueRef::Int(i) => (log.times_us()[row], i),
            other => panic!("{other:?}"),
        };
        let found: BTreeMap<String, Vec<(i64, i64)>> = (0..log.n_customers())
            .map(|c| (log.customer_key(c).into_owned(), log.rows(c).map(event).collect()))
            .collect();
        assert!(found == expected, "way {way}");
    }
}

#[test]
fn one_customer_with_all_events() {
    let log = log_of(options(), None, many(100_000, 7, |_| 1)).unwrap();
    assert_eq!((log.n_customers(), log.rows(0)), (1, 0..100_000));
    assert!(log.times_us().is_sorted());
}

#[test]
fn numbers_and_texts_name_the_same_customer() {
    let typed = batch(1, &["c=7 e=a t=1", "c=8 e=a t=2"]);
    let text = untyped(&["c=7 e=a t=3", "c=x e=a t=4"]);
    let log = log_of(options(), None, vec![typed, text]).unwrap();
    let mut keys: Vec<String> = (0..log.n_customers()).map(|c| log.customer_key(c).into_owned()).collect();
    keys.sort();
    assert_eq!(keys, ["7", "8", "x"]);
    let csv = log_of(options(), None, vec![untyped(&["c=7 e=a t=1", "c=8 e=a t=2"])]).unwrap();
    let json = log_of(options(), None, vec![batch(2, &["c=7 e=a t=1", "c=8 e=a t=2"])]).unwrap();
    assert_eq!(dump(&csv), dump(&json));
}

#[test]
fn dates_and_zones() {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let log =
        log_of(Options::new("c", "e", "t").with_zone(zone), None, vec![batch(1, &["c=1 e=a t=2026-03-01"])]);
    assert_eq!(log.unwrap().first(), Timestamp::parse("2026-02-28T16:00:00Z").ok());
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    let column = |name: &str, cells| BatchColumn::new(name, cells);
    let columns = vec![
        column("c", Cells::Int(vec![1, 1, 1].into())),
        column("e", Cells::Text(["a", "a", "a"].iter().collect())),
        column("t", Cells::Number(vec![1.5, 2.0, f64::NAN].into())),
        column("x", Cells::Number(vec![1.0, f64::INFINITY, 2.0].into())),
    ];
    let log = log_of(options(), None, vec![Batch::new(1, 3, columns).unwrap()]).unwrap();
    assert_eq!(
        dump(&log),
        [
            "customer 1",
            "  1970-01-01T00:00:01.5Z a x=Number(1.0)",
            "bad_time t 1: 3 `NaN`",
            "not_finite x 1: 2 `inf`"
        ]
    );
}

#[test]
fn lists_keep_their_records() {
    use AttributeKind::*;
    let plain = |kind| AttributeType { optional: false, kind };
    let fields = [("dish", Text), ("quantity", Int)].map(|(name, kind)| (name.to_owned(), plain(kind)));
    let document = document(&[("order", &[("items", List(fields.into_iter().collect()), false)])]);
    let mut b = BatchBuilder::default();
    for (i, quantity) in [Value::Int(2), Value::from("two")].into_iter().enumerate() {
        b.begin_row(i as u64 + 1);
        for (name, value) in
            [("c", ValueRef::Int(1)), ("e", ValueRef::Text("order")), ("t", ValueRef::Int(1))]
        {
            let column = b.column(name);
            b.push(column, value);
        }
        let record = [("dish".into(), "rice".into()), ("quantity".into(), quantity)];
        let items = Value::List([Value::Record(record.into())].into());
        let column = b.column("items");
        b.push(column, items.as_ref());
    }
    let log = log_of(options(), Some(&document), vec![b.finish()]).unwrap();
    assert_eq!((log.n_events(), log.rejected().count(Reason::WrongType)), (1, 1));
    assert!(matches!(log.value(0, 0), ValueRef::List([Value::Record(_)])));
}
