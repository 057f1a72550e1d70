//! One condition over many facts: cjm beside `cel` and `zen-expression`, each with its facts ready in its own form.
//!
//! Answers: what one evaluation of `event.amount > 100 && customer.tier == "gold"` costs.
//! Does not know: what building the facts costs, which only cjm is spared in practice.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

use std::collections::HashMap;
use std::hint::black_box;

use cjm_core::base::money;
use cjm_core::expr::{self, Name, Scope, Type, Types};
use cjm_core::{Value, ValueRef, Zone};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;

const CONDITION: &str = r#"event.amount > 100 && customer.tier == "gold""#;
const N_ROWS: usize = 1_024;
/// Slots from here on are the customer's.
const CUSTOMER: u32 = 64;

const EVENT: [(&str, Type); 5] = [
    ("order_id", Type::Text),
    ("store", Type::Text),
    ("amount", Type::Money),
    ("party", Type::Int),
    ("coupon", Type::Text),
];
const PERSON: [(&str, Type); 8] = [
    ("name", Type::Text),
    ("region", Type::Text),
    ("visits", Type::Int),
    ("spend_365d", Type::Money),
    ("lifecycle", Type::Text),
    ("tier", Type::Text),
    ("language", Type::Text),
    ("last_dish", Type::Text),
];

struct Blueprint;

impl Types for Blueprint {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        let (fields, first): (&[(&str, Type)], u32) = match path {
            ["event", _] => (&EVENT, 0),
            ["customer", _] => (&PERSON, CUSTOMER),
            _ => return None,
        };
        let at = fields.iter().position(|(name, _)| *name == path[1])?;
        Some(Name { slot: first + u32::try_from(at).ok()?, ty: fields[at].1 })
    }

    fn children(&self, _: &[&str]) -> Vec<String> {
        Vec::new()
    }
}

/// An event and its customer, as an engine holds them.
struct Facts {
    event: Vec<Value>,
    customer: Vec<Value>,
    zone: Zone,
}

impl Scope for Facts {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        let (fields, at) =
            if slot < CUSTOMER { (&self.event, slot) } else { (&self.customer, slot - CUSTOMER) };
        fields.get(at as usize).map_or(ValueRef::Null, Value::as_ref)
    }

    fn member(&self, _: u32, _: &str) -> bool {
        false
    }

    fn names(&self, _: u32) -> Vec<Value> {
        Vec::new()
    }

    fn zone(&self) -> &Zone {
        &self.zone
    }
}

/// Amounts from 20.00 to 219.99 and three tiers, mixed without a pattern that a processor could learn.
fn rows() -> Vec<(i64, &'static str)> {
    let mut state = 42_u64;
    let mut next = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    (0..N_ROWS)
        .map(|_| (2_000 + next(20_000) as i64, ["gold", "silver", "bronze"][next(3) as usize]))
        .collect()
}

fn facts((cents, tier): (i64, &str)) -> Facts {
    let text = Value::from;
    let amount = Value::Money(money::parse(&format!("{}.{:02}", cents / 100, cents % 100)).unwrap());
    Facts {
        event: vec![text("o-1"), text("s-12"), amount.clone(), Value::Int(3), Value::Null],
        customer: vec![
            text("Li"),
            text("east"),
            Value::Int(7),
            amount,
            text("active"),
            text(tier),
            text("zh"),
            text("noodles"),
        ],
        zone: Zone::utc(),
    }
}

fn cel_facts((cents, tier): (i64, &str)) -> cel::Context<'static, 'static> {
    let amount = cel::Value::from(cents as f64 / 100.0);
    let text = |t: &str| cel::Value::from(t.to_owned());
    let event = HashMap::from([
        ("order_id", text("o-1")),
        ("store", text("s-12")),
        ("amount", amount.clone()),
        ("party", cel::Value::from(3_i64)),
    ]);
    let customer = HashMap::from([
        ("name", text("Li")),
        ("region", text("east")),
        ("visits", cel::Value::from(7_i64)),
        ("spend_365d", amount),
        ("lifecycle", text("active")),
        ("tier", text(tier)),
        ("language", text("zh")),
        ("last_dish", text("noodles")),
    ]);
    let mut context = cel::Context::default();
    context.add_variable_from_value("event", event);
    context.add_variable_from_value("customer", customer);
    context
}

fn zen_facts((cents, tier): (i64, &str)) -> zen_expression::Variable {
    let amount = cents as f64 / 100.0;
    json!({
        "event": {"order_id": "o-1", "store": "s-12", "amount": amount, "party": 3, "coupon": null},
        "customer": {"name": "Li", "region": "east", "visits": 7, "spend_365d": amount, "lifecycle": "active",
            "tier": tier, "language": "zh", "last_dish": "noodles"},
    })
    .into()
}

/// The condition counted over all rows by each, checked to agree.
struct Counts<'a> {
    ours: Box<dyn FnMut() -> usize + 'a>,
    cel: Box<dyn FnMut() -> usize + 'a>,
    zen: Box<dyn FnMut() -> usize + 'a>,
}

fn counts() -> Counts<'static> {
    let rows = rows();
    let expected = rows.iter().filter(|(cents, tier)| *cents > 10_000 && *tier == "gold").count();

    let program = expr::compile(CONDITION, &Blueprint).unwrap();
    let all: Vec<Facts> = rows.iter().map(|row| facts(*row)).collect();
    let mut ours: Box<dyn FnMut() -> usize> = Box::new(move || {
        let mut n = 0;
        for facts in &all {
            n += usize::from(program.holds(black_box(facts)) == Ok(true));
        }
        n
    });

    let program = cel::Program::compile(CONDITION).unwrap();
    let contexts: Vec<_> = rows.iter().map(|row| cel_facts(*row)).collect();
    let mut cel: Box<dyn FnMut() -> usize> = Box::new(move || {
        let mut n = 0;
        for context in &contexts {
            n += usize::from(program.execute(black_box(context)) == Ok(cel::Value::Bool(true)));
        }
        n
    });

    let program = zen_expression::compile_expression(&CONDITION.replace("&&", "and")).unwrap();
    let scopes: Vec<_> = rows.iter().map(|row| zen_expression::Scope::new(zen_facts(*row))).collect();
    let mut vm = zen_expression::vm::VM::new();
    let mut zen: Box<dyn FnMut() -> usize> = Box::new(move || {
        let mut n = 0;
        for scope in &scopes {
            let held = program.evaluate_with_scope(black_box(scope), &mut vm).unwrap();
            n += usize::from(held.as_bool() == Some(true));
        }
        n
    });
    assert_eq!((ours(), cel(), zen()), (expected, expected, expected));
    Counts { ours, cel, zen }
}

fn condition(c: &mut Criterion) {
    let mut counts = counts();
    let mut group = c.benchmark_group("condition");
    group.throughput(Throughput::Elements(N_ROWS as u64));
    group.bench_function("cjm", |b| b.iter(&mut counts.ours));
    group.bench_function("cel", |b| b.iter(&mut counts.cel));
    group.bench_function("zen-expression", |b| b.iter(&mut counts.zen));
    group.finish();
}

/// Nanoseconds of one evaluation: the median of nine rounds, in which the three take turns.
fn in_turns() -> [f64; 3] {
    let mut counts = counts();
    let mut all: [&mut dyn FnMut() -> usize; 3] = [&mut counts.ours, &mut counts.cel, &mut counts.zen];
    let mut rounds: [Vec<f64>; 3] = Default::default();
    let start = std::time::Instant::now();
    for _ in 0..9 {
        for (count, times) in all.iter_mut().zip(&mut rounds) {
            let n_calls = 200;
            let before = cjm_benches::clock::ran_ns(start);
            for _ in 0..n_calls {
                black_box(count());
            }
            times.push((cjm_benches::clock::ran_ns(start) - before) / (n_calls * N_ROWS) as f64);
        }
    }
    rounds.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

fn publish(_: &mut Criterion) {
    let [ours, cel, zen] = in_turns();
    let title = format!("One condition: `{CONDITION}`");
    let mut section = cjm_benches::Section::new("expr", &title, &["who", "one evaluation", "times cjm"]);
    for (who, ns) in [("cjm", ours), ("cel 0.15", cel), ("zen-expression 2.1", zen)] {
        section.row(&[who, &format!("{ns:.1} ns"), &format!("{:.1}", ns / ours)]);
    }
    section.note(
        "1,024 rows of an event and a customer, ready in each one's own form; one thread, its own running time; the median \
         of nine rounds in which the three take turns. cjm compares exact decimals, the others floats.",
    );
    section.publish().unwrap();
}

fn others(c: &mut Criterion) {
    let facts = facts((12_345, "gold"));
    let mut group = c.benchmark_group("condition_forms");
    for (name, text) in [
        ("range", "event.party >= 2 && event.party <= 6"),
        ("among", "customer.region in ['north', 'east', 'south']"),
        ("arithmetic", "event.amount * 0.9 > customer.spend_365d / 12"),
        ("pattern", "event.store.matches('^s-[0-9]+$')"),
        ("absent", "event.coupon == 'ten' || customer.visits > 3"),
        ("loop", "[1, 2, 3, 4].exists(x, x == event.party)"),
    ] {
        let program = expr::compile(text, &Blueprint).unwrap();
        group.bench_function(name, |b| b.iter(|| program.holds(black_box(&facts))));
    }
    let long = "event.amount > 100 && customer.tier == \"gold\" && local(event.time).hour in [12, 18]";
    group.bench_function("compile", |b| {
        b.iter(|| expr::compile_unchecked(black_box(long), &Blueprint).is_ok())
    });
    group.finish();
}

criterion_group!(benches, condition, others, publish);
criterion_main!(benches);
