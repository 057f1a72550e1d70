//! How times and values are written: text where people read, numbers in binary forms; nesting is bounded on reading.
//!
//! Answers: serde for instants, durations, days and values. Does not know: envelopes and versions.

use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::de::{DeserializeSeed, EnumAccess, Error as _, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::time::{Duration, Timestamp};
use super::value::Value;
use super::zone::Date;

/// Deepest nesting of a value that is read back.
pub const MAX_VALUE_DEPTH: usize = 8;

/// Text for people, one integer for machines. The text bears the type's name, for hosts with a type of their own.
macro_rules! text_or_integer {
    ($type:ty, $integer:ty, $number:expr, $make:expr, $parse:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                let number: fn(&$type) -> $integer = $number;
                if s.is_human_readable() {
                    s.serialize_newtype_struct(stringify!($type), &Shown(self))
                } else {
                    number(self).serialize(s)
                }
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                if d.is_human_readable() {
                    let text = String::deserialize(d)?;
                    let parse: fn(&str) -> Result<$type, super::time::TimeError> = $parse;
                    return parse(&text).map_err(D::Error::custom);
                }
                let make: fn($integer) -> Option<$type> = $make;
                make(<$integer>::deserialize(d)?).ok_or_else(|| D::Error::custom("out of range"))
            }
        }
    };
}

text_or_integer!(Timestamp, i64, |t| t.as_micros(), Timestamp::from_micros, Timestamp::parse);
text_or_integer!(Duration, i64, |d| d.as_micros(), |us| Some(Duration::from_micros(us)), Duration::parse);
text_or_integer!(
    Date,
    i32,
    |d| d.days(),
    |days| Some(Date::from_days(i64::from(days))).filter(|d| d.days() == days),
    Date::parse
);

/// Something as its text.
struct Shown<'a, T>(&'a T);

impl<T: fmt::Display> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self.0)
    }
}

/// A decimal: its text for people, its 16 bytes for machines.
pub(crate) mod decimal {
    use super::{Decimal, Deserialize, Deserializer, Serialize, Serializer, Shown};

    pub(crate) fn serialize<S: Serializer>(d: &Decimal, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.serialize_newtype_struct("Decimal", &Shown(d))
        } else {
            d.serialize().serialize(s)
        }
    }

    pub(super) struct Written(pub(super) Decimal);

    impl<'de> Deserialize<'de> for Written {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            use serde::de::Error as _;
            if d.is_human_readable() {
                let text = String::deserialize(d)?;
                return crate::base::money::parse(&text)
                    .map(Self)
                    .ok_or_else(|| D::Error::custom("no decimal"));
            }
            let bytes = <[u8; 16]>::deserialize(d)?;
            let decimal = Decimal::deserialize(bytes);
            // bits that no decimal has are refused, so that reading and writing back gives the same bytes
            if decimal.serialize() == bytes { Ok(Self(decimal)) } else { Err(D::Error::custom("no decimal")) }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Depth(0).deserialize(d)
    }
}

/// Reads a value at a depth.
#[derive(Clone, Copy)]
struct Depth(usize);

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tag {
    Null,
    Bool,
    Int,
    Number,
    Text,
    Money,
    Time,
    Date,
    Duration,
    List,
    Record,
}

const TAGS: &[&str] =
    &["null", "bool", "int", "number", "text", "money", "time", "date", "duration", "list", "record"];

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        d.deserialize_enum("Value", TAGS, self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (tag, content) = data.variant::<Tag>()?;
        Ok(match tag {
            Tag::Null => {
                content.unit_variant()?;
                Value::Null
            }
            Tag::Bool => Value::Bool(content.newtype_variant()?),
            Tag::Int => Value::Int(content.newtype_variant()?),
            Tag::Number => Value::Number(content.newtype_variant()?),
            Tag::Text => Value::Text(content.newtype_variant()?),
            Tag::Money => Value::Money(content.newtype_variant::<decimal::Written>()?.0),
            Tag::Time => Value::Time(content.newtype_variant()?),
            Tag::Date => Value::Date(content.newtype_variant()?),
            Tag::Duration => Value::Duration(content.newtype_variant()?),
            Tag::List => Value::List(content.newtype_variant_seed(Items(self.0))?.into()),
            Tag::Record => Value::Record(content.newtype_variant_seed(Fields(self.0))?.into()),
        })
    }
}

struct Items(usize);
struct Fields(usize);
struct Named(usize);

impl<'de> DeserializeSeed<'de> for Items {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let depth = deeper::<A::Error>(self.0)?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Depth(depth))? {
            items.push(item);
        }
        Ok(items)
    }
}

impl<'de> DeserializeSeed<'de> for Fields {
    type Value = Vec<(Arc<str>, Value)>;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(Arc<str>, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("named values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let depth = deeper::<A::Error>(self.0)?;
        let mut fields = Vec::new();
        while let Some(field) = seq.next_element_seed(Named(depth))? {
            fields.push(field);
        }
        Ok(fields)
    }
}

impl<'de> DeserializeSeed<'de> for Named {
    type Value = (Arc<str>, Value);

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_tuple(2, self)
    }
}

impl<'de> Visitor<'de> for Named {
    type Value = (Arc<str>, Value);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let name = seq.next_element()?.ok_or_else(|| A::Error::custom("a name is missing"))?;
        let value = seq.next_element_seed(Depth(self.0))?;
        Ok((name, value.ok_or_else(|| A::Error::custom("a value is missing"))?))
    }
}

fn deeper<E: serde::de::Error>(depth: usize) -> Result<usize, E> {
    if depth < MAX_VALUE_DEPTH { Ok(depth + 1) } else { Err(E::custom("values are nested too deeply")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_and_deep_nesting_is_refused() {
        let mut value = Value::Record(
            [
                ("a".into(), Value::Time(Timestamp::MAX)),
                ("b".into(), Value::Null),
                ("c".into(), Value::Money(Decimal::new(-1250, 2))),
            ]
            .into(),
        );
        for _ in 0..MAX_VALUE_DEPTH - 1 {
            value = Value::List([value].into());
        }
        let bytes = postcard::to_stdvec(&value).unwrap();
        assert_eq!(postcard::from_bytes::<Value>(&bytes).unwrap(), value);
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
        // a list (tag 9) of one, a million times over
        let bomb: Vec<u8> = [9, 1].repeat(1_000_000);
        assert!(postcard::from_bytes::<Value>(&bomb).is_err());
    }
}
