//! Arithmetic, functions and conversions on values.
//!
//! Answers: what `+`, `size`, `timestamp` and their like give, or the fault they end in.
//! Does not know: where the values came from, nor the text of the expression.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::fault::Fault;
use super::time::{self, Instant, Part};
use super::tree::{Binary, MAX_PATTERN_BYTES};
use super::val::{Budget, Entries, Items, Val, Words, local_text};
use crate::base::money;
use crate::base::zone::{Civil, Date};

type Made<'a> = Result<Val<'a>, Fault>;

/// `+ - * / %`.
pub(super) fn arithmetic<'a>(op: Binary, a: Val<'a>, b: Val<'a>, budget: &mut Budget) -> Made<'a> {
    match (a, b) {
        (Val::Absent, _) | (_, Val::Absent) => Err(Fault::Absent),
        (Val::Int(a), Val::Int(b)) => ints(op, a, b).map(Val::Int),
        (Val::Number(a), Val::Number(b)) => floats(op, a, b).map(Val::Number),
        (Val::Text(a), Val::Text(b)) if op == Binary::Add => join(&a, &b, budget),
        (Val::List(a), Val::List(b)) if op == Binary::Add => append(&a, &b, budget),
        (a @ Val::Money(_), b) | (a, b @ Val::Money(_)) => {
            amounts(op, decimal_of(&a)?, decimal_of(&b)?).map(Val::Money)
        }
        (a, b) => times(op, &a, &b),
    }
}

fn ints(op: Binary, a: i64, b: i64) -> Result<i64, Fault> {
    let zero = b == 0 && matches!(op, Binary::Divide | Binary::Remainder);
    if zero {
        return Err(Fault::DivideByZero);
    }
    match op {
        Binary::Add => a.checked_add(b),
        Binary::Subtract => a.checked_sub(b),
        Binary::Multiply => a.checked_mul(b),
        Binary::Divide => a.checked_div(b),
        Binary::Remainder => a.checked_rem(b),
        _ => return Err(Fault::Operands),
    }
    .ok_or(Fault::Overflow)
}

fn floats(op: Binary, a: f64, b: f64) -> Result<f64, Fault> {
    Ok(match op {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        _ => return Err(Fault::Operands),
    })
}

fn amounts(op: Binary, a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
    if b.is_zero() && matches!(op, Binary::Divide | Binary::Remainder) {
        return Err(Fault::DivideByZero);
    }
    match op {
        Binary::Add => a.checked_add(b),
        Binary::Subtract => a.checked_sub(b),
        Binary::Multiply => a.checked_mul(b),
        Binary::Divide => a.checked_div(b),
        Binary::Remainder => a.checked_rem(b),
        _ => return Err(Fault::Operands),
    }
    .ok_or(Fault::Overflow)
}

/// A number as the decimal it is written as.
fn decimal_of(val: &Val<'_>) -> Result<Decimal, Fault> {
    match val {
        Val::Money(d) => Ok(*d),
        Val::Int(i) => Ok(Decimal::from(*i)),
        Val::Number(x) => money::of_float(*x).ok_or(Fault::Overflow),
        Val::Absent => Err(Fault::Absent),
        _ => Err(Fault::Operands),
    }
}

fn times<'a>(op: Binary, a: &Val<'_>, b: &Val<'_>) -> Made<'a> {
    match (op, a, b) {
        (Binary::Add, Val::Time(t), Val::Length(d)) | (Binary::Add, Val::Length(d), Val::Time(t)) => {
            t.plus(*d).map(Val::Time)
        }
        (Binary::Add, Val::Length(a), Val::Length(b)) => length(a.checked_add(*b)),
        (Binary::Subtract, Val::Time(a), Val::Time(b)) => a.since(*b).map(Val::Length),
        (Binary::Subtract, Val::Time(t), Val::Length(d)) => t.minus(*d).map(Val::Time),
        (Binary::Subtract, Val::Length(a), Val::Length(b)) => length(a.checked_sub(*b)),
        (Binary::Subtract, Val::Date(a), Val::Date(b)) => {
            let days = i64::from(a.days()) - i64::from(b.days());
            length(days.checked_mul(86_400_000_000_000))
        }
        _ => Err(Fault::Operands),
    }
}

fn length<'a>(ns: Option<i64>) -> Made<'a> {
    ns.map(Val::Length).ok_or(Fault::Overflow)
}

fn join<'a>(a: &Words<'a>, b: &Words<'a>, budget: &mut Budget) -> Made<'a> {
    let (a, b) = (a.as_str(), b.as_str());
    budget.spend(1 + a.len().saturating_add(b.len()) / 16)?;
    Ok(Val::made([a, b].concat()))
}

fn append<'a>(a: &Items<'a>, b: &Items<'a>, budget: &mut Budget) -> Made<'a> {
    budget.spend(1 + a.len() + b.len())?;
    let items: Vec<Val<'a>> =
        (0..a.len()).filter_map(|i| a.at(i)).chain((0..b.len()).filter_map(|i| b.at(i))).collect();
    Ok(Val::List(Items::Made(items.into())))
}

/// The unary minus.
pub(super) fn negate<'a>(a: &Val<'_>) -> Made<'a> {
    match a {
        Val::Int(i) => i.checked_neg().map(Val::Int).ok_or(Fault::Overflow),
        Val::Number(x) => Ok(Val::Number(-x)),
        Val::Money(d) => Ok(Val::Money(-*d)),
        Val::Length(ns) => length(ns.checked_neg()),
        Val::Absent => Err(Fault::Absent),
        _ => Err(Fault::Operands),
    }
}

/// Functions by name. Methods take what they are called on as their first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    Part(Part),
    ToInt,
    ToDouble,
    ToText,
    ToBool,
    ToTime,
    ToLength,
    ToMoney,
    ToDate,
    Local,
}

/// Whether a function is written `f(a)`, `a.f()` or either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Method,
    Either,
}

/// Name, function, form, how it is used.
pub(super) const FUNCTIONS: [(&str, Function, Form, &str); 24] = [
    ("size", Function::Size, Form::Either, "size(x)"),
    ("contains", Function::Contains, Form::Method, "x.contains('part')"),
    ("startsWith", Function::StartsWith, Form::Method, "x.startsWith('start')"),
    ("endsWith", Function::EndsWith, Form::Method, "x.endsWith('end')"),
    ("matches", Function::Matches, Form::Either, "x.matches('pattern')"),
    ("getFullYear", Function::Part(Part::FullYear), Form::Method, "x.getFullYear()"),
    ("getMonth", Function::Part(Part::Month), Form::Method, "x.getMonth()"),
    ("getDate", Function::Part(Part::Date), Form::Method, "x.getDate()"),
    ("getDayOfMonth", Function::Part(Part::DayOfMonth), Form::Method, "x.getDayOfMonth()"),
    ("getDayOfWeek", Function::Part(Part::DayOfWeek), Form::Method, "x.getDayOfWeek()"),
    ("getDayOfYear", Function::Part(Part::DayOfYear), Form::Method, "x.getDayOfYear()"),
    ("getHours", Function::Part(Part::Hours), Form::Method, "x.getHours()"),
    ("getMinutes", Function::Part(Part::Minutes), Form::Method, "x.getMinutes()"),
    ("getSeconds", Function::Part(Part::Seconds), Form::Method, "x.getSeconds()"),
    ("getMilliseconds", Function::Part(Part::Milliseconds), Form::Method, "x.getMilliseconds()"),
    ("int", Function::ToInt, Form::Plain, "int(x)"),
    ("double", Function::ToDouble, Form::Plain, "double(x)"),
    ("string", Function::ToText, Form::Plain, "string(x)"),
    ("bool", Function::ToBool, Form::Plain, "bool('true')"),
    ("timestamp", Function::ToTime, Form::Plain, "timestamp('2026-03-01T12:00:00+08:00')"),
    ("duration", Function::ToLength, Form::Plain, "duration('30m')"),
    ("money", Function::ToMoney, Form::Plain, "money('38.00')"),
    ("date", Function::ToDate, Form::Plain, "date('2026-03-01')"),
    ("local", Function::Local, Form::Plain, "local(event.time).hour"),
];

/// What a function gives for one argument. Two-argument forms are [`call_two`]; `local` needs a zone.
pub(super) fn call_one<'a>(function: Function, a: &Val<'a>, budget: &mut Budget) -> Made<'a> {
    if matches!(a, Val::Absent) {
        return Err(Fault::Absent);
    }
    match function {
        Function::Size => size(a, budget),
        Function::Part(part) => part_of(part, a),
        Function::ToInt => to_int(a).map(Val::Int),
        Function::ToDouble => to_double(a).map(Val::Number),
        Function::ToText => to_text(a),
        Function::ToBool => to_bool(a).map(Val::Bool),
        Function::ToTime => to_time(a).map(Val::Time),
        Function::ToLength => to_length(a).map(Val::Length),
        Function::ToMoney => to_money(a).map(Val::Money),
        Function::ToDate => to_date(a).map(Val::Date),
        _ => Err(Fault::Operands),
    }
}

/// What a function gives for two arguments, the first the one it is called on.
pub(super) fn call_two<'a>(function: Function, a: &Val<'_>, b: &Val<'_>, budget: &mut Budget) -> Made<'a> {
    if let (Function::Part(part), Val::Time(t), Val::Text(zone)) = (function, a, b) {
        let local = time::civil_of(t.micros(), time::offset_at(zone.as_str(), *t)?);
        return Ok(Val::Int(part.of(&local, t.millisecond())));
    }
    match (a, b) {
        (Val::Absent, _) | (_, Val::Absent) => Err(Fault::Absent),
        (Val::Text(a), Val::Text(b)) => text_test(function, a.as_str(), b.as_str(), budget).map(Val::Bool),
        _ => Err(Fault::Operands),
    }
}

fn text_test(function: Function, a: &str, b: &str, budget: &mut Budget) -> Result<bool, Fault> {
    budget.spend(1 + a.len() / 64)?;
    match function {
        Function::Contains => Ok(a.contains(b)),
        Function::StartsWith => Ok(a.starts_with(b)),
        Function::EndsWith => Ok(a.ends_with(b)),
        Function::Matches => {
            // building a pattern costs far more than matching it
            budget.spend(10_000)?;
            Ok(pattern(b)?.is_match(a))
        }
        _ => Err(Fault::Operands),
    }
}

/// A regular expression that takes linear time and bounded memory.
pub(super) fn pattern(text: &str) -> Result<regex::Regex, Fault> {
    if text.len() > MAX_PATTERN_BYTES {
        return Err(Fault::Pattern);
    }
    regex::RegexBuilder::new(text)
        .size_limit(512 * 1_024)
        .dfa_size_limit(256 * 1_024)
        .nest_limit(32)
        .build()
        .map_err(|_| Fault::Pattern)
}

fn size<'a>(a: &Val<'_>, budget: &mut Budget) -> Made<'a> {
    let n = match a {
        Val::Text(t) => {
            budget.spend(t.as_str().len() / 64)?;
            t.as_str().chars().count()
        }
        Val::List(items) => items.len(),
        Val::Map(entries) => entries.len(),
        _ => return Err(Fault::Operands),
    };
    i64::try_from(n).map(Val::Int).map_err(|_| Fault::Overflow)
}

fn part_of<'a>(part: Part, a: &Val<'_>) -> Made<'a> {
    match a {
        Val::Time(t) => {
            let civil = time::civil_of(t.micros(), 0);
            Ok(Val::Int(part.of(&civil, t.millisecond())))
        }
        Val::Length(ns) if part.of_duration() => Ok(Val::Int(part.of_length(*ns))),
        Val::Date(d) if part.of_date() => Ok(Val::Int(part.of(&time::civil_of_date(*d), 0))),
        _ => Err(Fault::Operands),
    }
}

/// Fields of a local time, with what they are for.
pub(super) const LOCAL_FIELDS: [&str; 8] =
    ["year", "month", "day", "hour", "minute", "second", "weekday", "date"];

/// A field of a local time: months and days from 1, weekdays from Monday = 1 to Sunday = 7.
pub(super) fn local_field<'a>(c: &Civil, name: &str) -> Made<'a> {
    Ok(Val::Int(i64::from(match name {
        "year" => return Ok(Val::Int(c.year.into())),
        "month" => c.month,
        "day" => c.day,
        "hour" => c.hour,
        "minute" => c.minute,
        "second" => c.second,
        "weekday" => c.weekday + 1,
        "date" => return Ok(Val::Date(time::date_of(c))),
        _ => return Err(Fault::NoSuchKey),
    })))
}

fn to_int(a: &Val<'_>) -> Result<i64, Fault> {
    match a {
        Val::Int(i) => Ok(*i),
        Val::Number(x) => {
            let fits = x.abs() < 9_223_372_036_854_775_808.0;
            if fits { Ok(x.trunc() as i64) } else { Err(Fault::Overflow) }
        }
        Val::Money(d) => d.trunc().to_i64().ok_or(Fault::Overflow),
        Val::Text(t) => t.as_str().parse().map_err(|_| Fault::Conversion),
        Val::Time(t) => Ok(t.seconds()),
        Val::Length(ns) => Ok(ns / 1_000_000_000),
        _ => Err(Fault::Operands),
    }
}

fn to_double(a: &Val<'_>) -> Result<f64, Fault> {
    match a {
        Val::Int(i) => Ok(*i as f64),
        Val::Number(x) => Ok(*x),
        Val::Money(d) => Ok(money::to_float(*d)),
        Val::Text(t) => t.as_str().parse().map_err(|_| Fault::Conversion),
        _ => Err(Fault::Operands),
    }
}

fn to_text<'a>(a: &Val<'a>) -> Made<'a> {
    Ok(Val::made(match a {
        Val::Text(_) => return Ok(a.clone()),
        Val::Bool(b) => b.to_string(),
        Val::Int(i) => i.to_string(),
        Val::Number(x) => float_text(*x),
        Val::Money(d) => d.to_string(),
        Val::Time(t) => t.text(),
        Val::Date(d) => d.to_string(),
        Val::Length(ns) => time::length_text(*ns),
        Val::Local(c) => local_text(c),
        _ => return Err(Fault::Operands),
    }))
}

/// The shortest text of a float; with an exponent below 1e-4 and from 1e21 on, as CEL prints it.
fn float_text(x: f64) -> String {
    if !x.is_finite() {
        let name = if x.is_nan() {
            "NaN"
        } else if x > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        };
        return name.to_owned();
    }
    let short = format!("{x:e}");
    let (digits, exponent) = short.split_once('e').unwrap_or((&short, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..21).contains(&exponent) {
        return format!("{x}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

fn to_bool(a: &Val<'_>) -> Result<bool, Fault> {
    match a {
        Val::Bool(b) => Ok(*b),
        Val::Text(t) => match t.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err(Fault::Conversion),
        },
        _ => Err(Fault::Operands),
    }
}

fn to_time(a: &Val<'_>) -> Result<Instant, Fault> {
    match a {
        Val::Time(t) => Ok(*t),
        Val::Int(s) => Instant::of_seconds(*s),
        Val::Text(t) => Instant::parse(t.as_str()),
        _ => Err(Fault::Operands),
    }
}

fn to_length(a: &Val<'_>) -> Result<i64, Fault> {
    match a {
        Val::Length(ns) => Ok(*ns),
        Val::Text(t) => time::parse_length(t.as_str()),
        _ => Err(Fault::Operands),
    }
}

fn to_money(a: &Val<'_>) -> Result<Decimal, Fault> {
    match a {
        Val::Text(t) => money::parse(t.as_str()).ok_or(Fault::Conversion),
        _ => decimal_of(a),
    }
}

fn to_date(a: &Val<'_>) -> Result<Date, Fault> {
    match a {
        Val::Date(d) => Ok(*d),
        Val::Local(c) => Ok(time::date_of(c)),
        Val::Text(t) => Date::parse(t.as_str()).map_err(|_| Fault::Conversion),
        _ => Err(Fault::Operands),
    }
}

/// A field of a map or of a local time.
pub(super) fn select<'a>(a: &Val<'a>, name: &str) -> Made<'a> {
    match a {
        Val::Map(entries) => entries.field(name).ok_or(Fault::NoSuchKey),
        Val::Local(civil) => local_field(civil, name),
        Val::Absent => Err(Fault::Absent),
        _ => Err(Fault::Operands),
    }
}

/// An element of a list by position, or of a map by key.
pub(super) fn index<'a>(a: &Val<'a>, key: &Val<'_>) -> Made<'a> {
    match (a, key) {
        (Val::Absent, _) | (_, Val::Absent) => Err(Fault::Absent),
        (Val::Map(entries), key) => entries.find(key)?.ok_or(Fault::NoSuchKey),
        (Val::List(items), key) => {
            let at = match key {
                Val::Int(i) => Some(*i),
                Val::Number(x) => Some(super::val::whole(*x).ok_or(Fault::OutOfBounds)?),
                _ => None,
            };
            let at = usize::try_from(at.ok_or(Fault::Operands)?).map_err(|_| Fault::OutOfBounds)?;
            items.at(at).ok_or(Fault::OutOfBounds)
        }
        _ => Err(Fault::Operands),
    }
}

/// Whether a list holds a value, or a map a key.
pub(super) fn within(a: &Val<'_>, list: &Val<'_>, budget: &mut Budget) -> Result<bool, Fault> {
    match (a, list) {
        (Val::Absent, _) | (_, Val::Absent) => Err(Fault::Absent),
        (_, Val::List(items)) => {
            for i in 0..items.len() {
                budget.spend(1)?;
                if super::val::equal(a, &items.at(i).unwrap_or(Val::Null), budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Val::Null, Val::Map(_)) => Ok(false),
        (key, Val::Map(entries)) => Ok(entries.find(key)?.is_some()),
        _ => Err(Fault::Operands),
    }
}

/// A map of keys and values; the same key twice is a fault.
pub(super) fn map_of<'a>(pairs: Vec<(super::val::Key, Val<'a>)>) -> Made<'a> {
    let mut pairs = pairs;
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    let repeated = pairs.windows(2).any(|w| matches!(w, [(a, _), (b, _)] if a == b));
    if repeated { Err(Fault::RepeatedKey) } else { Ok(Val::Map(Entries::Made(Arc::from(pairs)))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_cel() {
        for (x, text) in [
            (-4.5e-3, "-0.0045"),
            (123.456, "123.456"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-07"),
            (1e20, "100000000000000000000"),
            (0.0, "0"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(float_text(x), text);
        }
    }

    #[test]
    fn every_function_is_listed_once() {
        let mut names: Vec<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FUNCTIONS.len());
    }
}
