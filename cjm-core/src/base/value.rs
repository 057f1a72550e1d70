//! Values of attributes and profile fields, owned and borrowed, and the types they are declared with.
//!
//! Answers: what a value is, whether it has a declared type. Does not know: where it came from.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Serialize;

use super::time::{Duration, Timestamp};
use super::zone::Date;

/// A value that an event or a profile carries. Absence is [`Value::Null`], never zero.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Number(f64),
    /// Text.
    Text(Arc<str>),
    /// A decimal amount.
    Money(#[serde(serialize_with = "super::binary::decimal::serialize")] Decimal),
    /// An instant.
    Time(Timestamp),
    /// A calendar day.
    Date(Date),
    /// A length of time.
    Duration(Duration),
    /// Several values.
    List(Arc<[Value]>),
    /// Named values in a stable order.
    Record(Arc<[(Arc<str>, Value)]>),
}

/// A borrowed [`Value`]: what a row of a log or a state hands out without copying.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ValueRef<'a> {
    /// Absent.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Number(f64),
    /// Text.
    Text(&'a str),
    /// A decimal amount.
    Money(Decimal),
    /// An instant.
    Time(Timestamp),
    /// A calendar day.
    Date(Date),
    /// A length of time.
    Duration(Duration),
    /// Several values.
    List(&'a [Value]),
    /// Named values in a stable order.
    Record(&'a [(Arc<str>, Value)]),
}

impl Value {
    /// Borrows the value.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(b) => ValueRef::Bool(*b),
            Self::Int(i) => ValueRef::Int(*i),
            Self::Number(x) => ValueRef::Number(*x),
            Self::Text(t) => ValueRef::Text(t),
            Self::Money(d) => ValueRef::Money(*d),
            Self::Time(t) => ValueRef::Time(*t),
            Self::Date(d) => ValueRef::Date(*d),
            Self::Duration(d) => ValueRef::Duration(*d),
            Self::List(v) => ValueRef::List(v),
            Self::Record(v) => ValueRef::Record(v),
        }
    }

    /// Whether the value is absent.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl ValueRef<'_> {
    /// Copies the value.
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Int(i) => Value::Int(i),
            Self::Number(x) => Value::Number(x),
            Self::Text(t) => Value::Text(t.into()),
            Self::Money(d) => Value::Money(d),
            Self::Time(t) => Value::Time(t),
            Self::Date(d) => Value::Date(d),
            Self::Duration(d) => Value::Duration(d),
            Self::List(v) => Value::List(v.into()),
            Self::Record(v) => Value::Record(v.into()),
        }
    }

    /// Whether the value is absent.
    pub const fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as a float, when it is a number or money.
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Self::Int(i) => Some(i as f64),
            Self::Number(x) => Some(x),
            Self::Money(d) => Some(super::money::to_float(d)),
            _ => None,
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $make:expr),+ $(,)?) => { $(
        impl From<$from> for Value {
            fn from(x: $from) -> Self {
                let make: fn($from) -> Value = $make;
                make(x)
            }
        }
    )+ };
}

value_from! {
    bool => Value::Bool,
    i64 => Value::Int,
    i32 => |x| Value::Int(i64::from(x)),
    f64 => Value::Number,
    &str => |x| Value::Text(x.into()),
    String => |x| Value::Text(x.into()),
    Decimal => Value::Money,
    Timestamp => Value::Time,
    Date => Value::Date,
    Duration => Value::Duration,
}
