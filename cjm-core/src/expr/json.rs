//! Values from JSON and back.
//!
//! Answers: which value a JSON text, number or object is. Does not know: declared types; a JSON text stays a text.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::base::binary;
use crate::base::value::Value;
use crate::error::{Error, ErrorCode, Result};

/// Deepest nesting of a JSON value.
const MAX_DEPTH: usize = 128;

/// The value of a JSON value: whole numbers of 64 bits are whole, others floats; objects keep their order.
///
/// # Errors
/// Nesting beyond 128 levels.
pub fn value(json: &serde_json::Value) -> Result<Value> {
    read(json, MAX_DEPTH)
}

fn read(json: &serde_json::Value, depth: usize) -> Result<Value> {
    use serde_json::Value as Json;
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Error::new(
            ErrorCode::Limit,
            format!("the value is nested deeper than {MAX_DEPTH} levels"),
        ));
    };
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => Value::Int(i),
            (None, Some(x)) => Value::Number(x),
            (None, None) => Value::Null,
        },
        Json::String(t) => Value::Text(t.as_str().into()),
        Json::Array(items) => {
            let items: Result<Vec<Value>> = items.iter().map(|item| read(item, depth)).collect();
            Value::List(items?.into())
        }
        Json::Object(fields) => {
            let fields: Result<Vec<(Arc<str>, Value)>> =
                fields.iter().map(|(k, v)| Ok((k.as_str().into(), read(v, depth)?))).collect();
            Value::Record(fields?.into())
        }
    })
}

/// The JSON value of a value. Amounts, instants, days and lengths are texts; so are floats that JSON has no number
/// for (`"NaN"`, `"Infinity"`, `"-Infinity"`).
pub fn json(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(i) => Json::from(*i),
        Value::Number(x) => match serde_json::Number::from_f64(*x) {
            Some(n) => Json::Number(n),
            None if x.is_nan() => Json::from("NaN"),
            None => Json::from(if *x > 0.0 { "Infinity" } else { "-Infinity" }),
        },
        Value::Text(t) => Json::from(&**t),
        Value::Money(d) => Json::from(d.to_string()),
        Value::Time(t) => Json::from(t.to_string()),
        Value::Date(d) => Json::from(d.to_string()),
        Value::Duration(d) => Json::from(d.to_string()),
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Record(fields) => Json::Object(fields.iter().map(|(k, v)| (k.to_string(), json(v))).collect()),
    }
}

/// Writes a value as what it is, without the name of its kind: for `serialize_with`.
pub(crate) fn plain<S: Serializer>(value: &Value, s: S) -> std::result::Result<S::Ok, S::Error> {
    Plain(value).serialize(s)
}

/// Writes named values as a map, each as what it is: for `serialize_with`.
pub(crate) fn named<S: Serializer>(
    pairs: &[(Arc<str>, Value)],
    s: S,
) -> std::result::Result<S::Ok, S::Error> {
    s.collect_map(pairs.iter().map(|(name, value)| (&**name, Plain(value))))
}

/// A value as what it is; amounts, instants, days and lengths bear the names of their types.
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => s.serialize_none(),
            Value::Bool(b) => s.serialize_bool(*b),
            Value::Int(i) => s.serialize_i64(*i),
            Value::Number(x) => s.serialize_f64(*x),
            Value::Text(text) => s.serialize_str(text),
            Value::Money(d) => binary::decimal::serialize(d, s),
            Value::Time(t) => t.serialize(s),
            Value::Date(d) => d.serialize(s),
            Value::Duration(d) => d.serialize(s),
            Value::List(items) => s.collect_seq(items.iter().map(Plain)),
            Value::Record(fields) => named(fields, s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_there_and_back() {
        let text = r#"{"a":[1,2.5,"x",null,true],"b":{"c":9223372036854775807}}"#;
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(json(&value(&read).unwrap()).to_string(), text);
    }

    #[test]
    fn depth_is_bounded() {
        let mut deep = serde_json::Value::Null;
        for _ in 0..127 {
            deep = serde_json::Value::Array(vec![deep]);
        }
        assert!(value(&deep).is_ok());
        assert!(value(&serde_json::Value::Array(vec![deep])).is_err());
    }
}
