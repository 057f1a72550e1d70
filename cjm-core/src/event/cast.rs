//! How a column of a batch becomes a column of its type in the log.
//!
//! Answers: the converted values and the rows whose value does not fit. Does not know: which column it is.

use std::sync::Arc;

use super::batch::{BatchColumn, Growing};
use super::cells::{Cells, TimeUnit};
use super::infer::{bool_of, int_of, number_of};
use super::layout::Target;
use super::reject::Reason;
use super::typed::whole_text;
use crate::base::money;
use crate::base::time::{TimeError, Timestamp};
use crate::base::value::{Value, ValueRef};
use crate::base::zone::{Date, Zone, parse_instant};
use crate::blueprint::model::{AttributeKind, AttributeType};

/// Most records of a list.
const MAX_LIST: usize = 64;
/// Deepest nesting of lists.
const MAX_DEPTH: usize = 8;

/// How texts and numbers of a column are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) zone: Option<&'a Zone>,
    pub(super) unit: Option<TimeUnit>,
    /// The source knows only text, so that texts may be numbers.
    pub(super) untyped: bool,
}

/// The reason a value of this time error is rejected for.
pub(super) fn time_reason(error: TimeError) -> Reason {
    match error {
        TimeError::Zoneless => Reason::TimeWithoutZone,
        TimeError::LeapSecond => Reason::LeapSecond,
        TimeError::OffsetContradiction => Reason::OffsetContradiction,
        TimeError::Range => Reason::TimeOutOfRange,
        _ => Reason::BadTime,
    }
}

/// The value of a row as it stands in the batch, validity aside.
pub(super) fn cell(cells: &Cells, row: usize) -> Result<ValueRef<'_>, Reason> {
    let found = match cells {
        Cells::Text(texts) => Some(ValueRef::Text(texts.get(row))),
        Cells::Coded { codes, texts } => {
            let code = codes.get(row) as usize;
            (code < texts.len()).then(|| ValueRef::Text(texts.get(code)))
        }
        Cells::Int(values) => values.get(row).copied().map(ValueRef::Int),
        Cells::Number(values) => values.get(row).copied().map(ValueRef::Number),
        Cells::Money(values) => values.get(row).copied().map(ValueRef::Money),
        Cells::Bool(bits) => Some(ValueRef::Bool(bits.get(row))),
        Cells::Time { ticks, unit } => {
            let ticks = ticks.get(row).copied().unwrap_or_default();
            let t = unit.micros(ticks).and_then(Timestamp::from_micros);
            Some(ValueRef::Time(t.ok_or(Reason::TimeOutOfRange)?))
        }
        Cells::Date(days) => {
            let days = i64::from(days.get(row).copied().unwrap_or_default());
            let date = Date::from_days(days);
            if i64::from(date.days()) != days {
                return Err(Reason::TimeOutOfRange);
            }
            Some(ValueRef::Date(date))
        }
        Cells::Mixed(values) => values.get(row).map(Value::as_ref),
    };
    Ok(found.unwrap_or_default())
}

/// What a value is called in an example.
pub(super) fn shown(cells: &Cells, row: usize) -> String {
    match cell(cells, row) {
        Ok(value) => show(value),
        Err(_) => match cells {
            Cells::Time { ticks, .. } => ticks.get(row).map(i64::to_string).unwrap_or_default(),
            Cells::Date(days) => days.get(row).map(i32::to_string).unwrap_or_default(),
            _ => String::new(),
        },
    }
}

pub(super) fn show(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Bool(b) => b.to_string(),
        ValueRef::Int(i) => i.to_string(),
        ValueRef::Number(x) => x.to_string(),
        ValueRef::Text(text) => text.to_owned(),
        ValueRef::Money(d) => d.to_string(),
        ValueRef::Time(t) => t.to_string(),
        ValueRef::Date(d) => d.to_string(),
        ValueRef::Duration(d) => d.to_string(),
        ValueRef::List(_) => "a list".to_owned(),
        ValueRef::Record(_) => "a record".to_owned(),
    }
}

/// Converts the rows that have a value and are `wanted`; the others become null.
///
/// `kind` names the type that a row's value must have. Rows whose value does not fit are returned with the reason,
/// in row order, and are null in the column.
pub(super) fn cast<'k>(
    column: &BatchColumn,
    kind: impl Fn(usize) -> Option<&'k AttributeKind>,
    reading: Reading<'_>,
) -> (BatchColumn, Vec<(usize, Reason)>) {
    let mut grown = Growing::new(&column.name, false);
    let mut bad = Vec::new();
    let mut known = Known::new(&column.cells);
    let n_rows = column.cells.len();
    for row in 0..n_rows {
        let Some(kind) = kind(row).filter(|_| column.is_valid(row)) else { continue };
        match known.convert(&column.cells, row, kind, reading) {
            Ok(value) => _ = grown.set(row, value.as_ref()),
            Err(reason) => bad.push((row, reason)),
        }
    }
    (grown.finish(n_rows), bad)
}

/// Conversions of texts that recur, done once for each text and kind.
struct Known<'k> {
    kind: Option<&'k AttributeKind>,
    by_code: Vec<Option<Result<Value, Reason>>>,
}

impl<'k> Known<'k> {
    fn new(cells: &Cells) -> Self {
        let n = if let Cells::Coded { texts, .. } = cells { texts.len() } else { 0 };
        Self { kind: None, by_code: vec![None; n] }
    }

    fn convert(
        &mut self,
        cells: &Cells,
        row: usize,
        kind: &'k AttributeKind,
        reading: Reading<'_>,
    ) -> Result<Value, Reason> {
        let Cells::Coded { codes, .. } = cells else { return convert(cell(cells, row)?, kind, reading, 0) };
        if self.kind.is_none_or(|known| !std::ptr::eq(known, kind)) {
            self.by_code.fill(None);
            self.kind = Some(kind);
        }
        let fresh = || cell(cells, row).and_then(|value| convert(value, kind, reading, 0));
        match self.by_code.get_mut(codes.get(row) as usize) {
            Some(slot) => slot.get_or_insert_with(fresh).clone(),
            None => fresh(),
        }
    }
}

/// The value as one of `kind`. Null stays null; so does the empty text of a source that knows only text.
pub(super) fn convert(
    value: ValueRef<'_>,
    kind: &AttributeKind,
    reading: Reading<'_>,
    depth: usize,
) -> Result<Value, Reason> {
    if value.is_null() || reading.untyped && value == ValueRef::Text("") {
        return Ok(Value::Null);
    }
    let wrong = Err(Reason::WrongType);
    match kind {
        AttributeKind::Text => text(value),
        AttributeKind::Enum(allowed) => match text(value)? {
            Value::Text(text) if allowed.iter().any(|a| a.as_str() == text.as_ref()) => Ok(Value::Text(text)),
            _ => wrong,
        },
        AttributeKind::Int => int(value).map(Value::Int),
        AttributeKind::IntRange(low, high) => match int(value)? {
            x if (*low..=*high).contains(&x) => Ok(Value::Int(x)),
            _ => wrong,
        },
        AttributeKind::Number => number(value).map(Value::Number),
        AttributeKind::Money => amount(value),
        AttributeKind::Bool => match value {
            ValueRef::Bool(b) => Ok(Value::Bool(b)),
            ValueRef::Text(text) => bool_of(text).map_or(wrong, |b| Ok(Value::Bool(b))),
            _ => wrong,
        },
        AttributeKind::Time => time(value, reading),
        AttributeKind::Date => match value {
            ValueRef::Date(date) => Ok(Value::Date(date)),
            ValueRef::Text(text) => Date::parse(text).map(Value::Date).map_err(|_| Reason::WrongType),
            _ => wrong,
        },
        AttributeKind::List(fields) => list(value, fields, reading, depth),
    }
}

fn text(value: ValueRef<'_>) -> Result<Value, Reason> {
    match value {
        ValueRef::Text(text) => Ok(Value::from(text)),
        other => whole_text(other).map(Value::from).ok_or(Reason::WrongType),
    }
}

fn int(value: ValueRef<'_>) -> Result<i64, Reason> {
    match value {
        ValueRef::Int(x) => Ok(x),
        ValueRef::Number(x) if x.fract() == 0.0 && x.abs() <= (1_u64 << 53) as f64 => Ok(x as i64),
        ValueRef::Text(text) => int_of(text).ok_or(Reason::WrongType),
        ValueRef::Number(x) if !x.is_finite() => Err(Reason::NotFinite),
        _ => Err(Reason::WrongType),
    }
}

fn number(value: ValueRef<'_>) -> Result<f64, Reason> {
    match value {
        ValueRef::Number(x) if x.is_finite() => Ok(x),
        ValueRef::Number(_) => Err(Reason::NotFinite),
        ValueRef::Int(x) if x.unsigned_abs() <= 1 << 53 => Ok(x as f64),
        ValueRef::Money(d) => Ok(money::to_float(d)),
        ValueRef::Text(text) => number_of(text).ok_or(Reason::WrongType),
        _ => Err(Reason::WrongType),
    }
}

fn amount(value: ValueRef<'_>) -> Result<Value, Reason> {
    let found = match value {
        ValueRef::Money(d) => Some(d),
        ValueRef::Int(x) => Some(x.into()),
        ValueRef::Number(x) if !x.is_finite() => return Err(Reason::NotFinite),
        ValueRef::Number(x) => money::of_float(x),
        ValueRef::Text(text) => money::parse(text),
        _ => None,
    };
    found.map(Value::Money).ok_or(Reason::WrongType)
}

fn time(value: ValueRef<'_>, reading: Reading<'_>) -> Result<Value, Reason> {
    match value {
        ValueRef::Time(t) => Ok(Value::Time(t)),
        ValueRef::Text(text) => parse_instant(text, reading.zone).map(Value::Time).map_err(time_reason),
        ValueRef::Int(ticks) => {
            let unit = reading.unit.ok_or(Reason::WrongType)?;
            let t = unit.micros(ticks).and_then(Timestamp::from_micros);
            t.map(Value::Time).ok_or(Reason::TimeOutOfRange)
        }
        _ => Err(Reason::WrongType),
    }
}

fn list(
    value: ValueRef<'_>,
    fields: &indexmap::IndexMap<String, AttributeType>,
    reading: Reading<'_>,
    depth: usize,
) -> Result<Value, Reason> {
    if let ValueRef::Text(text) = value {
        // a table has lists as JSON texts
        let json = serde_json::from_str(text).map_err(|_| Reason::WrongType)?;
        let value = crate::expr::json::value(&json).map_err(|_| Reason::WrongType)?;
        return if matches!(value, Value::List(_)) {
            list(value.as_ref(), fields, reading, depth)
        } else {
            Err(Reason::WrongType)
        };
    }
    let ValueRef::List(records) = value else { return Err(Reason::WrongType) };
    if records.len() > MAX_LIST || depth >= MAX_DEPTH {
        return Err(Reason::WrongType);
    }
    if fields.is_empty() {
        // a list of which nothing is declared, as the answers to a question of several choices
        return Ok(Value::List(records.into()));
    }
    let record = |record: &Value| -> Result<Value, Reason> {
        let Value::Record(given) = record else { return Err(Reason::WrongType) };
        let mut typed: Vec<(Arc<str>, Value)> = Vec::with_capacity(fields.len());
        for (name, declared) in fields {
            let found = given.iter().find(|(n, _)| n.as_ref() == name).map(|(_, v)| v.as_ref());
            let value = convert(found.unwrap_or_default(), &declared.kind, reading, depth + 1)?;
            typed.push((name.as_str().into(), value));
        }
        Ok(Value::Record(typed.into()))
    };
    let typed: Result<Vec<Value>, Reason> = records.iter().map(record).collect();
    Ok(Value::List(typed?.into()))
}

/// Whether a column can stand as it is: nothing to convert, nothing to refuse.
pub(super) fn stands(column: &BatchColumn, target: Target) -> bool {
    if column.untyped || !target.holds(&column.cells) {
        return false;
    }
    match &column.cells {
        // without an early end this is a few instructions for many rows
        Cells::Number(values) => values.iter().fold(true, |all, x| all & x.is_finite()),
        Cells::Time { ticks, unit } => *unit == TimeUnit::Micro && within(ticks, *unit),
        Cells::Date(days) => days.iter().all(|d| Date::from_days(i64::from(*d)).days() == *d),
        _ => true,
    }
}

/// Whether all instants lie in the years 1 to 9999.
pub(super) fn within(ticks: &[i64], unit: TimeUnit) -> bool {
    let ends = ticks.iter().fold((i64::MAX, i64::MIN), |(low, high), t| (low.min(*t), high.max(*t)));
    let inside = |t: i64| unit.micros(t).and_then(Timestamp::from_micros).is_some();
    ticks.is_empty() || inside(ends.0) && inside(ends.1)
}
