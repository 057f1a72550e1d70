//! Events written as a table and read back are the same events.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use cjm_core::event::{EventLog, Options};
use cjm_core::{Timestamp, Value};
use cjm_io::{EventReader, Format};
use proptest::prelude::*;

/// One event: customer, name, time, attributes by column.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    customer: String,
    event: String,
    us: i64,
    attributes: [Value; 4],
}

/// A text that is none of the other types and not empty.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z味道 ,;\"'\n\r=@|-]{0,11}[a-z味]"
}

fn row(numeric: bool) -> impl Strategy<Value = Row> {
    let customer = if numeric { "[1-9][0-9]{0,3}".boxed() } else { "[a-c]0?[1-3]".boxed() };
    let maybe = |v: BoxedStrategy<Value>| prop_oneof![1 => Just(Value::Null), 3 => v];
    let attributes = (
        maybe(text().prop_map(Value::from).boxed()),
        maybe(any::<i64>().prop_map(Value::Int).boxed()),
        maybe((-1_000_000_i64..1_000_000).prop_map(|x| Value::Number(x as f64 / 64.0 + 0.007_812_5)).boxed()),
        maybe(any::<bool>().prop_map(Value::Bool).boxed()),
    );
    (customer, "[a-d]{1,2}|下单", 0_i64..4_000_000_000_000_000, attributes)
        .prop_map(|(customer, event, us, a)| Row { customer, event, us, attributes: [a.0, a.1, a.2, a.3] })
}

fn quoted(text: &str, delimiter: char) -> String {
    if text.contains([delimiter, '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(b) => b.to_string(),
        Value::Int(x) => x.to_string(),
        Value::Number(x) => format!("{x}"),
        Value::Text(t) => t.to_string(),
        other => panic!("{other:?}"),
    }
}

fn write(rows: &[Row], delimiter: char, line_end: &str) -> String {
    let d = delimiter;
    let mut out = format!("who{d}what{d}when{d}t{d}i{d}x{d}b{line_end}");
    for row in rows {
        let time = Timestamp::saturating(row.us).to_string();
        let cells = [row.customer.clone(), row.event.clone(), time]
            .into_iter()
            .chain(row.attributes.iter().map(plain));
        out.push_str(&cells.map(|c| quoted(&c, d)).collect::<Vec<_>>().join(&d.to_string()));
        out.push_str(line_end);
    }
    out
}

/// Rows by customer, in order of time, then as written.
fn sorted(rows: impl Iterator<Item = Row>) -> BTreeMap<String, Vec<Row>> {
    let mut all: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    rows.for_each(|row| all.entry(row.customer.clone()).or_default().push(row));
    all.values_mut().for_each(|rows| rows.sort_by_key(|row| row.us));
    all
}

fn rows_of(log: &EventLog) -> Vec<Row> {
    let columns = ["t", "i", "x", "b"].map(|name| log.column(name).unwrap());
    let mut rows = Vec::new();
    for customer in 0..log.n_customers() {
        for at in log.rows(customer) {
            rows.push(Row {
                customer: log.customer_key(customer).into_owned(),
                event: log.event_names()[log.names().get(at) as usize].to_string(),
                us: log.times_us()[at],
                attributes: columns.map(|c| log.value(c, at).to_value()),
            });
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_table_read_back_is_the_same_events(
        rows in prop_oneof![prop::collection::vec(row(true), 1..60), prop::collection::vec(row(false), 1..60)],
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        line_end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let table = write(&rows, delimiter, line_end);
        let reader = EventReader::new().format(Format::Csv);
        let log = reader.read_from(table.as_bytes(), &Options::new("who", "what", "when")).unwrap();
        prop_assert_eq!(log.rejected().n_rejected(), 0);
        let read = rows_of(&log);
        prop_assert_eq!(sorted(read.into_iter()), sorted(rows.into_iter()));
    }
}
