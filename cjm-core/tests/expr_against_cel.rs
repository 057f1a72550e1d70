//! Random well-typed expressions give the same here as in the `cel` crate: an equal value, or an error in both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use cjm_core::expr::{self, Name, Scope, Type, Types};
use cjm_core::{Value, ValueRef, Zone};
use proptest::prelude::*;

/// Names with their types; the values are drawn for each case.
const NAMES: [(&str, Type); 10] = [
    ("i", Type::Int),
    ("j", Type::Int),
    ("x", Type::Number),
    ("y", Type::Number),
    ("s", Type::Text),
    ("t", Type::Text),
    ("b", Type::Bool),
    ("c", Type::Bool),
    ("l", Type::List),
    ("k", Type::List),
];

struct Facts {
    values: Vec<Value>,
    zone: Zone,
}

impl Types for Facts {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        let slot = NAMES.iter().position(|(name, _)| path == [*name])?;
        Some(Name { slot: u32::try_from(slot).unwrap(), ty: NAMES[slot].1 })
    }

    fn children(&self, _: &[&str]) -> Vec<String> {
        Vec::new()
    }
}

impl Scope for Facts {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        self.values[slot as usize].as_ref()
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

/// Expressions of each type, of one depth.
#[derive(Clone)]
struct Level {
    int: BoxedStrategy<String>,
    number: BoxedStrategy<String>,
    text: BoxedStrategy<String>,
    bool: BoxedStrategy<String>,
    ints: BoxedStrategy<String>,
    texts: BoxedStrategy<String>,
}

fn int_literal() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![-3_i64..10, Just(i64::MAX), Just(i64::MIN), any::<i64>()]
}

fn number_literal() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![
        Just(0.0),
        Just(1.0),
        Just(-2.5),
        Just(1e18),
        -100.0..100.0_f64,
        Just(9_223_372_036_854_775_808.0)
    ]
}

fn text_literal() -> impl Strategy<Value = String> + Clone {
    prop_oneof![Just(String::new()), "[ab]{1,3}", "[0-9]{1,3}", Just("aé中".to_owned())]
}

fn of<const N: usize>(names: [&'static str; N]) -> BoxedStrategy<String> {
    prop::sample::select(names.to_vec()).prop_map(str::to_owned).boxed()
}

fn leaves() -> Level {
    Level {
        int: prop_oneof![of(["i", "j"]), int_literal().prop_map(|i| format!("({i})"))].boxed(),
        number: prop_oneof![of(["x", "y"]), number_literal().prop_map(|x| format!("({x:?})"))].boxed(),
        text: prop_oneof![of(["s", "t"]), text_literal().prop_map(|t| format!("'{t}'"))].boxed(),
        bool: of(["b", "c", "true", "false"]),
        ints: of(["l", "[]", "[1, 2, 3]"]),
        texts: of(["k", "['a', 'b']", "['']"]),
    }
}

fn two(
    a: &BoxedStrategy<String>,
    ops: &'static [&'static str],
    b: &BoxedStrategy<String>,
) -> BoxedStrategy<String> {
    (a.clone(), prop::sample::select(ops), b.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")).boxed()
}

/// A template whose `{}` are filled in turn.
fn fill(template: &'static str, parts: &[&BoxedStrategy<String>]) -> BoxedStrategy<String> {
    let parts: Vec<BoxedStrategy<String>> = parts.iter().map(|part| (*part).clone()).collect();
    parts
        .prop_map(move |parts| {
            parts.iter().fold(template.to_owned(), |text, part| text.replacen("{}", part, 1))
        })
        .boxed()
}

const ORDER: &[&str] = &["==", "!=", "<", "<=", ">", ">="];

fn next(l: &Level) -> Level {
    let Level { int, number, text, bool, ints, texts } = l;
    Level {
        int: prop_oneof![
            3 => int.clone(),
            4 => two(int, &["+", "-", "*", "/", "%"], int),
            1 => fill("(-{})", &[int]),
            1 => fill("({} ? {} : {})", &[bool, int, int]),
            1 => fill("size({})", &[text]),
            1 => fill("{}.size()", &[ints]),
            1 => fill("{}[{}]", &[ints, int]),
            1 => fill("int({})", &[number]),
            1 => fill("{}.map(v, v + {})[0]", &[ints, int]),
        ]
        .boxed(),
        number: prop_oneof![
            2 => number.clone(),
            // no NaN: comparing it is false here and in the specification, an error in the crate
            4 => two(number, &["+", "-", "*"], number),
            1 => fill("({} / -0.5)", &[number]),
            1 => fill("(-{})", &[number]),
            1 => fill("double({})", &[int]),
            1 => fill("({} ? {} : {})", &[bool, number, number]),
        ]
        .boxed(),
        text: prop_oneof![
            2 => text.clone(),
            3 => two(text, &["+"], text),
            1 => fill("({} ? {} : {})", &[bool, text, text]),
            1 => fill("string({})", &[int]),
            1 => fill("{}[{}]", &[texts, int]),
        ]
        .boxed(),
        bool: prop_oneof![
            1 => bool.clone(),
            3 => two(bool, &["&&", "||", "==", "!="], bool),
            1 => fill("!{}", &[bool]),
            2 => two(int, ORDER, int),
            2 => two(number, ORDER, number),
            // beyond 2^53 the crate rounds the whole number first; here and in the specification both are exact
            2 => two(&fill("({} % 1000)", &[int]), ORDER, number),
            1 => two(number, ORDER, &fill("({} % 1000)", &[int])),
            2 => two(text, ORDER, text),
            1 => two(int, &["in"], ints),
            1 => two(text, &["in"], texts),
            1 => two(ints, &["==", "!="], ints),
            1 => fill("{}.contains({})", &[text, text]),
            1 => fill("{}.startsWith({})", &[text, text]),
            1 => fill("{}.endsWith({})", &[text, text]),
            1 => fill("{}.matches('^[ab]+$')", &[text]),
            1 => fill("{}.all(v, v > {})", &[ints, int]),
            1 => fill("{}.exists(v, v / {} == {})", &[ints, int, int]),
            1 => fill("{}.exists_one(v, v % 2 == {})", &[ints, int]),
            1 => fill("{}.exists(v, v + {} == {} && {})", &[texts, text, text, bool]),
        ]
        .boxed(),
        ints: prop_oneof![
            2 => ints.clone(),
            2 => two(ints, &["+"], ints),
            1 => fill("[{}, {}]", &[int, int]),
            1 => fill("{}.map(v, v * {})", &[ints, int]),
            1 => fill("{}.filter(v, v > {} || {})", &[ints, int, bool]),
            1 => fill("{}.map(v, {}, v - 1)", &[ints, bool]),
            1 => fill("{}.map(v, size(v))", &[texts]),
        ]
        .boxed(),
        texts: prop_oneof![
            2 => texts.clone(),
            1 => two(texts, &["+"], texts),
            1 => fill("[{}, {}]", &[text, text]),
            1 => fill("{}.map(v, v + {})", &[texts, text]),
            1 => fill("{}.map(v, string(v))", &[ints]),
        ]
        .boxed(),
    }
}

fn expressions() -> impl Strategy<Value = String> {
    let level = next(&next(&next(&leaves())));
    let Level { int, number, text, bool, ints, texts } = level;
    prop_oneof![3 => bool, 2 => int, 2 => number, 1 => text, 1 => ints, 1 => texts]
}

fn values() -> impl Strategy<Value = Vec<Value>> {
    let ints = prop::collection::vec(int_literal(), 0..4);
    let texts = prop::collection::vec(text_literal(), 0..4);
    let pair = (int_literal(), number_literal(), text_literal(), any::<bool>());
    (pair.clone(), pair, ints, texts).prop_map(|((i, x, s, b), (j, y, t, c), l, k)| {
        vec![
            Value::Int(i),
            Value::Int(j),
            Value::Number(x),
            Value::Number(y),
            Value::from(s),
            Value::from(t),
            Value::Bool(b),
            Value::Bool(c),
            Value::List(l.into_iter().map(Value::Int).collect()),
            Value::List(k.into_iter().map(Value::from).collect()),
        ]
    })
}

fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Bool(b) => cel::Value::Bool(*b),
        Value::Int(i) => cel::Value::Int(*i),
        Value::Number(x) => cel::Value::Float(*x),
        Value::Text(t) => cel::Value::from(t.to_string()),
        Value::List(items) => cel::Value::List(items.iter().map(to_cel).collect::<Vec<_>>().into()),
        other => panic!("{other:?}"),
    }
}

fn same(ours: &Value, theirs: &cel::Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), cel::Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::List(a), cel::Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (ours, theirs) => to_cel(ours) == *theirs,
    }
}

/// What both say about an expression; an error is `None`.
fn both(text: &str, values: &[Value]) -> (Option<Value>, Option<cel::Value>) {
    let facts = Facts { values: values.to_vec(), zone: Zone::utc() };
    let program = expr::compile_unchecked(text, &facts).unwrap_or_else(|f| panic!("{text}: {f:?}"));
    let ours = program.eval(&facts).ok();
    let mut context = cel::Context::default();
    for ((name, _), value) in NAMES.iter().zip(values) {
        context.add_variable_from_value(*name, to_cel(value));
    }
    let program = cel::Program::compile(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    (ours, program.execute(&context).ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_equal_value_or_an_error_in_both(text in expressions(), values in values()) {
        let (ours, theirs) = both(&text, &values);
        let agree = match (&ours, &theirs) {
            (Some(ours), Some(theirs)) => same(ours, theirs),
            (None, None) => true,
            _ => false,
        };
        prop_assert!(agree, "`{}` gives {:?}, in cel {:?}, over {:?}", text, ours, theirs, values);
    }

    #[test]
    fn well_typed_expressions_have_no_findings_of_types(text in expressions(), values in values()) {
        let facts = Facts { values, zone: Zone::utc() };
        if let Err(findings) = expr::compile(&text, &facts) {
            for finding in findings {
                prop_assert!(!["expr_operand", "expr_operands", "expr_unknown_name"].contains(&finding.entry.code),
                    "`{}`: {}", text, finding);
            }
        }
    }

    #[test]
    fn the_canonical_text_means_the_same(text in expressions(), values in values()) {
        let facts = Facts { values, zone: Zone::utc() };
        let first = expr::compile_unchecked(&text, &facts).unwrap();
        // loop elements are called by their level there, which only the language itself reads
        let again = (0..9).fold(first.canonical().to_owned(), |t, i| t.replace(&format!("${i}"), &format!("v{i}")));
        let second = expr::compile_unchecked(&again, &facts).unwrap();
        prop_assert_eq!(first.canonical(), second.canonical());
        prop_assert_eq!(format!("{:?}", first.eval(&facts).ok()), format!("{:?}", second.eval(&facts).ok()));
    }
}
