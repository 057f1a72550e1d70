//! Values against their declared types.
//!
//! Answers: the value as its declared type has it, or that it is of the wrong type. Text is read where the type
//! says how (`"38.00"` as money); a number is never read as text. Does not know: events, rows, counting.

use crate::base::money;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::{Date, Zone, parse_instant};
use crate::blueprint::model::{AttributeKind, AttributeType};

/// Most records of a list attribute.
pub const MAX_LIST: usize = 64;

/// The value as `ty` declares it; `None` when it is of the wrong type. Null stays null.
pub fn typed(value: ValueRef<'_>, ty: &AttributeType, zone: &Zone) -> Option<Value> {
    match (&ty.kind, value) {
        (_, ValueRef::Null) => Some(Value::Null),
        (AttributeKind::Text, ValueRef::Text(t)) => Some(Value::Text(t.into())),
        (AttributeKind::Enum(options), ValueRef::Text(t)) => {
            options.iter().any(|o| o == t).then(|| Value::Text(t.into()))
        }
        (AttributeKind::Int, value) => int(value).map(Value::Int),
        (AttributeKind::IntRange(low, high), value) => {
            int(value).filter(|i| (*low..=*high).contains(i)).map(Value::Int)
        }
        (AttributeKind::Number, value) => number(value).map(Value::Number),
        (AttributeKind::Money, value) => decimal(value).map(Value::Money),
        (AttributeKind::Bool, ValueRef::Bool(b)) => Some(Value::Bool(b)),
        (AttributeKind::Bool, ValueRef::Text("true")) => Some(Value::Bool(true)),
        (AttributeKind::Bool, ValueRef::Text("false")) => Some(Value::Bool(false)),
        (AttributeKind::Time, ValueRef::Time(t)) => Some(Value::Time(t)),
        (AttributeKind::Time, ValueRef::Text(t)) => parse_instant(t, Some(zone)).ok().map(Value::Time),
        (AttributeKind::Date, ValueRef::Date(d)) => Some(Value::Date(d)),
        (AttributeKind::Date, ValueRef::Text(t)) => Date::parse(t).ok().map(Value::Date),
        (AttributeKind::List(fields), ValueRef::List(items)) if items.len() <= MAX_LIST => {
            let items: Option<Vec<Value>> = items.iter().map(|item| record(item, fields, zone)).collect();
            items.map(|items| Value::List(items.into()))
        }
        _ => None,
    }
}

fn record(item: &Value, fields: &indexmap::IndexMap<String, AttributeType>, zone: &Zone) -> Option<Value> {
    if fields.is_empty() {
        return Some(item.clone());
    }
    let Value::Record(given) = item else { return None };
    let one = |(name, ty): (&String, &AttributeType)| {
        let value = given.iter().find(|(n, _)| **n == **name).map_or(&Value::Null, |(_, v)| v);
        if value.is_null() && !ty.optional {
            return None;
        }
        Some((name.as_str().into(), typed(value.as_ref(), ty, zone)?))
    };
    let typed: Option<Vec<_>> = fields.iter().map(one).collect();
    typed.map(|fields| Value::Record(fields.into()))
}

fn int(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Int(i) => Some(i),
        ValueRef::Number(x) if x.fract() == 0.0 && x.abs() < 9_007_199_254_740_992.0 => Some(x as i64),
        ValueRef::Text(t) if t.bytes().all(|b| b.is_ascii_digit() || b == b'-') => t.parse().ok(),
        _ => None,
    }
}

fn number(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Int(i) => Some(i as f64),
        ValueRef::Number(x) => Some(x).filter(|x| x.is_finite()),
        ValueRef::Money(d) => Some(money::to_float(d)),
        ValueRef::Text(t) if t.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            t.parse().ok().filter(|x: &f64| x.is_finite())
        }
        _ => None,
    }
}

fn decimal(value: ValueRef<'_>) -> Option<rust_decimal::Decimal> {
    match value {
        ValueRef::Int(i) => Some(i.into()),
        ValueRef::Number(x) => money::of_float(x),
        ValueRef::Money(d) => Some(d),
        ValueRef::Text(t) => money::parse(t),
        _ => None,
    }
}
