//! Values while an expression is evaluated: borrowed where they can be.
//!
//! Answers: what a value is, when two are equal, which is less, how they come from and go back to [`Value`].
//! Does not know: operators that make new values (see [`super::ops`]).

use std::cmp::Ordering;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::fault::Fault;
use super::time::{Instant, length_ns};
use crate::base::money;
use crate::base::time::Duration;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::{Civil, Date};

/// A value.
#[derive(Debug, Clone, Default)]
pub(super) enum Val<'a> {
    /// A name without a value: an error as an operand, but equal to `null`.
    #[default]
    Absent,
    /// `null` as written, or inside a list or map.
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(Words<'a>),
    Money(Decimal),
    Time(Instant),
    Date(Date),
    /// A length of time in nanoseconds.
    Length(i64),
    /// A local time, from `local(..)`.
    Local(Civil),
    List(Items<'a>),
    Map(Entries<'a>),
}

/// A text, borrowed or made.
#[derive(Debug, Clone)]
pub(super) enum Words<'a> {
    Borrowed(&'a str),
    Made(Arc<str>),
}

/// A list, borrowed or made.
#[derive(Debug, Clone)]
pub(super) enum Items<'a> {
    Values(&'a [Value]),
    Borrowed(&'a [Val<'a>]),
    Made(Arc<[Val<'a>]>),
}

/// A map, borrowed or made. What is made is sorted by key.
#[derive(Debug, Clone)]
pub(super) enum Entries<'a> {
    Record(&'a [(Arc<str>, Value)]),
    Borrowed(&'a [(Key, Val<'a>)]),
    Made(Arc<[(Key, Val<'a>)]>),
}

/// A key of a map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Bool(bool),
    Int(i64),
    Text(Arc<str>),
}

/// How much work and memory an evaluation may still take. Every element and every 16 bytes of text cost one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    left: u32,
    /// Levels of values that may still be entered.
    levels: u16,
}

impl Budget {
    /// Work of one evaluation, in values of at most 256 levels.
    pub(super) const FULL: Self = Self { left: 200_000, levels: 256 };

    pub(super) fn spend(&mut self, n: usize) -> Result<(), Fault> {
        let n = u32::try_from(n).map_err(|_| Fault::Budget)?;
        self.left = self.left.checked_sub(n).ok_or(Fault::Budget)?;
        Ok(())
    }

    /// Goes one level down into a value and up again.
    fn below<T>(&mut self, walk: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.levels = self.levels.checked_sub(1).ok_or(Fault::Budget)?;
        let result = walk(self);
        self.levels += 1;
        result
    }
}

impl Words<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(t) => t,
            Self::Made(t) => t,
        }
    }
}

impl<'a> Items<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Values(v) => v.len(),
            Self::Borrowed(v) => v.len(),
            Self::Made(v) => v.len(),
        }
    }

    /// The element at a position, from 0.
    pub(super) fn at(&self, i: usize) -> Option<Val<'a>> {
        match self {
            Self::Values(v) => v.get(i).map(Val::inside),
            Self::Borrowed(v) => v.get(i).map(Val::borrow),
            Self::Made(v) => v.get(i).cloned(),
        }
    }
}

impl<'a> Entries<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Record(v) => v.len(),
            Self::Borrowed(v) => v.len(),
            Self::Made(v) => v.len(),
        }
    }

    /// The key at a position, as a value.
    pub(super) fn key_at(&self, i: usize) -> Option<Val<'a>> {
        match self {
            Self::Record(v) => v.get(i).map(|(k, _)| Val::Text(Words::Borrowed(k))),
            Self::Borrowed(v) => v.get(i).map(|(k, _)| k.value()),
            Self::Made(v) => v.get(i).map(|(k, _)| k.value()),
        }
    }

    fn value_at(&self, i: usize) -> Option<Val<'a>> {
        match self {
            Self::Record(v) => v.get(i).map(|(_, x)| Val::inside(x)),
            Self::Borrowed(v) => v.get(i).map(|(_, x)| x.borrow()),
            Self::Made(v) => v.get(i).map(|(_, x)| x.clone()),
        }
    }

    /// The value under a text key.
    pub(super) fn field(&self, name: &str) -> Option<Val<'a>> {
        let sorted = |v: &[(Key, Val<'a>)]| {
            v.binary_search_by(|(k, _)| match k {
                Key::Text(t) => (**t).cmp(name),
                _ => Ordering::Less,
            })
        };
        let i = match self {
            Self::Record(v) => v.iter().position(|(k, _)| **k == *name),
            Self::Borrowed(v) => sorted(v).ok(),
            Self::Made(v) => sorted(v).ok(),
        };
        self.value_at(i?)
    }

    /// The value under any key; a float that is a whole number finds that number.
    pub(super) fn find(&self, key: &Val<'_>) -> Result<Option<Val<'a>>, Fault> {
        let key = match key {
            Val::Text(t) => return Ok(self.field(t.as_str())),
            Val::Bool(b) => Key::Bool(*b),
            Val::Int(i) => Key::Int(*i),
            Val::Number(x) => match whole(*x) {
                Some(i) => Key::Int(i),
                None => return Ok(None),
            },
            Val::Absent => return Err(Fault::Absent),
            _ => return Err(Fault::Operands),
        };
        let sorted = |v: &[(Key, Val<'a>)]| v.binary_search_by(|(k, _)| k.cmp(&key)).ok();
        let i = match self {
            Self::Record(_) => None,
            Self::Borrowed(v) => sorted(v),
            Self::Made(v) => sorted(v),
        };
        Ok(i.and_then(|i| self.value_at(i)))
    }
}

impl Key {
    pub(super) fn of(val: &Val<'_>) -> Result<Self, Fault> {
        Ok(match val {
            Val::Bool(b) => Self::Bool(*b),
            Val::Int(i) => Self::Int(*i),
            Val::Text(t) => Self::Text(t.as_str().into()),
            Val::Absent => return Err(Fault::Absent),
            _ => return Err(Fault::Operands),
        })
    }

    fn value<'a>(&self) -> Val<'a> {
        match self {
            Self::Bool(b) => Val::Bool(*b),
            Self::Int(i) => Val::Int(*i),
            Self::Text(t) => Val::Text(Words::Made(t.clone())),
        }
    }

    fn text(&self) -> Arc<str> {
        match self {
            Self::Bool(b) => b.to_string().into(),
            Self::Int(i) => i.to_string().into(),
            Self::Text(t) => t.clone(),
        }
    }
}

impl<'a> Val<'a> {
    /// The value of a name: nothing there is [`Val::Absent`].
    #[inline]
    pub(super) fn of(value: ValueRef<'a>) -> Result<Self, Fault> {
        Ok(match value {
            ValueRef::Null => Self::Absent,
            ValueRef::Bool(b) => Self::Bool(b),
            ValueRef::Int(i) => Self::Int(i),
            ValueRef::Number(x) => Self::Number(x),
            ValueRef::Text(t) => Self::Text(Words::Borrowed(t)),
            ValueRef::Money(d) => Self::Money(d),
            ValueRef::Time(t) => Self::Time(t.into()),
            ValueRef::Date(d) => Self::Date(d),
            ValueRef::Duration(d) => Self::Length(length_ns(d)?),
            ValueRef::List(v) => Self::List(Items::Values(v)),
            ValueRef::Record(v) => Self::Map(Entries::Record(v)),
        })
    }

    /// A value inside a list or record, where null is null. A length beyond 292 years is the longest there is.
    fn inside(value: &'a Value) -> Self {
        match (Self::of(value.as_ref()), value) {
            (Ok(Self::Absent), _) => Self::Null,
            (Ok(val), _) => val,
            (Err(_), Value::Duration(d)) if *d < Duration::ZERO => Self::Length(i64::MIN),
            (Err(_), _) => Self::Length(i64::MAX),
        }
    }

    /// The same value without copying what it holds.
    pub(super) fn borrow<'b>(&'b self) -> Val<'b>
    where
        'a: 'b,
    {
        match self {
            Self::Text(t) => Val::Text(Words::Borrowed(t.as_str())),
            Self::List(Items::Made(v)) => Val::List(Items::Borrowed(v)),
            Self::Map(Entries::Made(v)) => Val::Map(Entries::Borrowed(v)),
            other => other.clone(),
        }
    }

    /// The same value with nothing borrowed; `None` when it holds values of a scope or costs too much.
    pub(super) fn owned(&self, budget: &mut Budget) -> Option<Val<'static>> {
        budget.spend(1).ok()?;
        Some(match self {
            Self::Absent => Val::Absent,
            Self::Null => Val::Null,
            Self::Bool(b) => Val::Bool(*b),
            Self::Int(i) => Val::Int(*i),
            Self::Number(x) => Val::Number(*x),
            Self::Text(t) => Val::Text(Words::Made(t.as_str().into())),
            Self::Money(d) => Val::Money(*d),
            Self::Time(t) => Val::Time(*t),
            Self::Date(d) => Val::Date(*d),
            Self::Length(ns) => Val::Length(*ns),
            Self::Local(civil) => Val::Local(*civil),
            Self::List(Items::Values(_)) | Self::Map(Entries::Record(_)) => return None,
            Self::List(items) => {
                let items: Option<Vec<_>> = (0..items.len()).map(|i| items.at(i)?.owned(budget)).collect();
                Val::List(Items::Made(items?.into()))
            }
            Self::Map(Entries::Borrowed(v)) => owned_map(v, budget)?,
            Self::Map(Entries::Made(v)) => owned_map(v, budget)?,
        })
    }

    /// The text that it is.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(words) => Some(words.as_str()),
            _ => None,
        }
    }

    pub(super) fn made(text: String) -> Self {
        Self::Text(Words::Made(text.into()))
    }

    /// The value outside the expression: instants and lengths floored to microseconds, keys of maps as texts.
    pub(super) fn to_value(&self, budget: &mut Budget) -> Result<Value, Fault> {
        budget.spend(1)?;
        Ok(match self {
            Self::Absent | Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Int(i) => Value::Int(*i),
            Self::Number(x) => Value::Number(*x),
            Self::Text(Words::Borrowed(t)) => Value::Text((*t).into()),
            Self::Text(Words::Made(t)) => Value::Text(t.clone()),
            Self::Money(d) => Value::Money(*d),
            Self::Time(t) => Value::Time(t.floor()),
            Self::Date(d) => Value::Date(*d),
            Self::Length(ns) => Value::Duration(Duration::from_micros(ns.div_euclid(1_000))),
            Self::Local(civil) => Value::Text(local_text(civil).into()),
            Self::List(items) => budget.below(|budget| list_value(items, budget))?,
            Self::Map(entries) => budget.below(|budget| record_value(entries, budget))?,
        })
    }
}

fn owned_map(entries: &[(Key, Val<'_>)], budget: &mut Budget) -> Option<Val<'static>> {
    let entries: Option<Vec<_>> = entries.iter().map(|(k, v)| Some((k.clone(), v.owned(budget)?))).collect();
    Some(Val::Map(Entries::Made(entries?.into())))
}

fn list_value(items: &Items<'_>, budget: &mut Budget) -> Result<Value, Fault> {
    let mut values = Vec::with_capacity(items.len());
    for i in 0..items.len() {
        values.push(items.at(i).unwrap_or_default().to_value(budget)?);
    }
    Ok(Value::List(values.into()))
}

fn record_value(entries: &Entries<'_>, budget: &mut Budget) -> Result<Value, Fault> {
    let mut fields = Vec::with_capacity(entries.len());
    for i in 0..entries.len() {
        let key = match entries {
            Entries::Record(v) => v.get(i).map(|(k, _)| k.clone()),
            Entries::Borrowed(v) => v.get(i).map(|(k, _)| k.text()),
            Entries::Made(v) => v.get(i).map(|(k, _)| k.text()),
        };
        let value = entries.value_at(i).unwrap_or_default().to_value(budget)?;
        fields.push((key.unwrap_or_else(|| "".into()), value));
    }
    Ok(Value::Record(fields.into()))
}

/// `2026-03-01T12:00:00+08:00`.
pub(super) fn local_text(c: &Civil) -> String {
    let sign = if c.offset_s < 0 { '-' } else { '+' };
    let offset = c.offset_s.unsigned_abs();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
        c.year,
        c.month,
        c.day,
        c.hour,
        c.minute,
        c.second,
        offset / 3_600,
        offset / 60 % 60
    )
}

/// Whether two values are equal. Different kinds are unequal; numbers and money compare by what they are worth.
pub(super) fn equal(a: &Val<'_>, b: &Val<'_>, budget: &mut Budget) -> Result<bool, Fault> {
    Ok(match (a, b) {
        (Val::Absent, Val::Null) | (Val::Null, Val::Absent | Val::Null) => true,
        (Val::Absent, _) | (_, Val::Absent) => return Err(Fault::Absent),
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Text(a), Val::Text(b)) => {
            budget.spend(a.as_str().len() / 1_024)?;
            a.as_str() == b.as_str()
        }
        (Val::Time(a), Val::Time(b)) => a == b,
        (Val::Date(a), Val::Date(b)) => a == b,
        (Val::Length(a), Val::Length(b)) => a == b,
        (Val::Local(a), Val::Local(b)) => a == b,
        (Val::List(a), Val::List(b)) => budget.below(|budget| equal_lists(a, b, budget))?,
        (Val::Map(a), Val::Map(b)) => budget.below(|budget| equal_maps(a, b, budget))?,
        _ => numbers(a, b) == Some(Some(Ordering::Equal)),
    })
}

fn equal_lists(a: &Items<'_>, b: &Items<'_>, budget: &mut Budget) -> Result<bool, Fault> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for i in 0..a.len() {
        budget.spend(1)?;
        if !equal(&a.at(i).unwrap_or(Val::Null), &b.at(i).unwrap_or(Val::Null), budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_maps(a: &Entries<'_>, b: &Entries<'_>, budget: &mut Budget) -> Result<bool, Fault> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for i in 0..a.len() {
        budget.spend(1)?;
        let (Some(key), Some(x)) = (a.key_at(i), a.value_at(i)) else { return Ok(false) };
        let Some(y) = b.find(&key)? else { return Ok(false) };
        if !equal(&x, &y, budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Which of two values is less; `None` when one is not a number (NaN).
pub(super) fn order(a: &Val<'_>, b: &Val<'_>) -> Result<Option<Ordering>, Fault> {
    Ok(match (a, b) {
        (Val::Absent, _) | (_, Val::Absent) => return Err(Fault::Absent),
        (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
        (Val::Text(a), Val::Text(b)) => Some(a.as_str().cmp(b.as_str())),
        (Val::Time(a), Val::Time(b)) => Some(a.cmp(b)),
        (Val::Date(a), Val::Date(b)) => Some(a.cmp(b)),
        (Val::Length(a), Val::Length(b)) => Some(a.cmp(b)),
        _ => return numbers(a, b).ok_or(Fault::Operands),
    })
}

/// How two numbers compare, each whole, float or money; `None` when one is no number at all.
fn numbers(a: &Val<'_>, b: &Val<'_>) -> Option<Option<Ordering>> {
    Some(match (a, b) {
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
        (Val::Number(a), Val::Number(b)) => a.partial_cmp(b),
        (Val::Money(a), Val::Money(b)) => Some(money_order(*a, *b)),
        (Val::Int(a), Val::Number(b)) => int_order(*a, *b),
        (Val::Number(a), Val::Int(b)) => int_order(*b, *a).map(Ordering::reverse),
        (Val::Money(a), Val::Int(b)) => Some(money_order(*a, Decimal::from(*b))),
        (Val::Int(a), Val::Money(b)) => Some(money_order(Decimal::from(*a), *b)),
        (Val::Money(a), Val::Number(b)) => decimal_order(*a, *b),
        (Val::Number(a), Val::Money(b)) => decimal_order(*b, *a).map(Ordering::reverse),
        _ => return None,
    })
}

/// Compares two amounts; the common case of few digits without rescaling in 96 bits.
#[inline]
pub(super) fn money_order(a: Decimal, b: Decimal) -> Ordering {
    let (scale_a, scale_b) = (a.scale(), b.scale());
    if scale_a == scale_b {
        return a.mantissa().cmp(&b.mantissa());
    }
    match (i64::try_from(a.mantissa()), i64::try_from(b.mantissa())) {
        (Ok(x), Ok(y)) if scale_a <= 9 && scale_b <= 9 => {
            let lift = |m: i64, by: u32| i128::from(m) * i128::from(10_i64.pow(by));
            lift(x, scale_b.saturating_sub(scale_a)).cmp(&lift(y, scale_a.saturating_sub(scale_b)))
        }
        _ => a.cmp(&b),
    }
}

/// Compares a whole number with a float without rounding either.
fn int_order(a: i64, b: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() {
        return None;
    }
    if b >= LIMIT {
        return Some(Ordering::Less);
    }
    if b < -LIMIT {
        return Some(Ordering::Greater);
    }
    let whole = b.trunc();
    Some(a.cmp(&(whole as i64)).then(0.0.partial_cmp(&(b - whole)).unwrap_or(Ordering::Equal)))
}

/// Compares an amount with a float, taken as the decimal of its shortest text; beyond 28 digits as floats.
fn decimal_order(a: Decimal, b: f64) -> Option<Ordering> {
    match money::of_float(b) {
        Some(b) => Some(money_order(a, b)),
        None => money::to_float(a).partial_cmp(&b),
    }
}

/// The whole number that a float is.
pub(super) fn whole(x: f64) -> Option<i64> {
    let fits = x.trunc() == x && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x);
    fits.then_some(x as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_worth() {
        let money = |t: &str| Val::Money(money::parse(t).unwrap());
        for (a, b, expected) in [
            (Val::Int(1), Val::Number(1.0), Some(Ordering::Equal)),
            (Val::Int(i64::MAX), Val::Number(9_223_372_036_854_775_807.0), Some(Ordering::Less)),
            (Val::Int(i64::MIN), Val::Number(-9_223_372_036_854_775_808.0), Some(Ordering::Equal)),
            (Val::Int(9_007_199_254_740_993), Val::Number(9_007_199_254_740_992.0), Some(Ordering::Greater)),
            (Val::Int(-1), Val::Number(-1.5), Some(Ordering::Greater)),
            (Val::Int(0), Val::Number(f64::NAN), None),
            (money("38.10"), Val::Number(38.1), Some(Ordering::Equal)),
            (money("38.10"), money("38.1"), Some(Ordering::Equal)),
            (money("79228162514264337593543950335"), money("0.1"), Some(Ordering::Greater)),
            (money("-5"), Val::Int(-5), Some(Ordering::Equal)),
            (money("1"), Val::Number(f64::INFINITY), Some(Ordering::Less)),
            (money("0.1"), Val::Number(1e-30), Some(Ordering::Greater)),
        ] {
            assert_eq!(order(&a, &b), Ok(expected), "{a:?} {b:?}");
            assert_eq!(order(&b, &a), Ok(expected.map(Ordering::reverse)), "{b:?} {a:?}");
        }
    }
}
