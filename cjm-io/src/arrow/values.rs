//! Nested Arrow arrays as values.
//!
//! Answers: lists and records row by row. Does not know: how many records an event may have.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit as ArrowUnit};
use cjm_core::event::{Cells, TimeUnit};
use cjm_core::{Date, Duration, Result, Timestamp, Value};

use super::cells::{About, Texts, cells, no_place};

/// Deepest nesting of types.
const MAX_DEPTH: usize = 8;

/// The value of every row.
pub(super) fn all(about: About<'_>, array: &ArrayRef, depth: usize) -> Result<Vec<Value>> {
    if depth > MAX_DEPTH {
        return Err(no_place(about, array.data_type()));
    }
    let inner = |values: &ArrayRef| all(about, values, depth + 1);
    match array.data_type() {
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let ends =
                |row: usize| lists.value_offsets().get(row).map_or(0, |at| usize::try_from(*at).unwrap_or(0));
            Ok(runs(array, &inner(lists.values())?, |row| ends(row)..ends(row + 1)))
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            let ends =
                |row: usize| lists.value_offsets().get(row).map_or(0, |at| usize::try_from(*at).unwrap_or(0));
            Ok(runs(array, &inner(lists.values())?, |row| ends(row)..ends(row + 1)))
        }
        DataType::FixedSizeList(_, n) => {
            let n = usize::try_from(*n).unwrap_or(0);
            let values = inner(array.as_fixed_size_list().values())?;
            Ok(runs(array, &values, |row| row * n..(row + 1) * n))
        }
        DataType::Struct(fields) => {
            let columns: Result<Vec<Vec<Value>>> = array.as_struct().columns().iter().map(inner).collect();
            let names: Vec<Arc<str>> = fields.iter().map(|field| field.name().as_str().into()).collect();
            Ok(records(array, &names, &columns?))
        }
        DataType::Duration(unit) => Ok(durations(array, *unit)),
        DataType::Interval(_) | DataType::Union(..) | DataType::Map(..) => {
            Err(no_place(about, array.data_type()))
        }
        DataType::ListView(_) | DataType::LargeListView(_) => Err(no_place(about, array.data_type())),
        _ => leaves(about, array),
    }
}

fn runs(array: &ArrayRef, values: &[Value], range: impl Fn(usize) -> Range<usize>) -> Vec<Value> {
    let row = |row: usize| match values.get(range(row)) {
        Some(values) if array.is_valid(row) => Value::List(values.into()),
        _ => Value::Null,
    };
    (0..array.len()).map(row).collect()
}

fn records(array: &ArrayRef, names: &[Arc<str>], columns: &[Vec<Value>]) -> Vec<Value> {
    let row = |row: usize| {
        if !array.is_valid(row) {
            return Value::Null;
        }
        let values = columns.iter().map(|column| column.get(row).cloned().unwrap_or_default());
        Value::Record(names.iter().cloned().zip(values).collect())
    };
    (0..array.len()).map(row).collect()
}

/// Lengths of time, finer than a microsecond floored.
fn durations(array: &ArrayRef, unit: ArrowUnit) -> Vec<Value> {
    let (steps, unit): (&[i64], TimeUnit) = match unit {
        ArrowUnit::Second => (array.as_primitive::<DurationSecondType>().values(), TimeUnit::Second),
        ArrowUnit::Millisecond => (array.as_primitive::<DurationMillisecondType>().values(), TimeUnit::Milli),
        ArrowUnit::Microsecond => (array.as_primitive::<DurationMicrosecondType>().values(), TimeUnit::Micro),
        ArrowUnit::Nanosecond => (array.as_primitive::<DurationNanosecondType>().values(), TimeUnit::Nano),
    };
    let value = |(row, steps): (usize, &i64)| match unit.micros(*steps) {
        Some(us) if array.is_valid(row) => Value::Duration(Duration::from_micros(us)),
        None if array.is_valid(row) => Value::from(format!("{steps}")),
        _ => Value::Null,
    };
    steps.iter().enumerate().map(value).collect()
}

/// Values of a type that is not nested.
fn leaves(about: About<'_>, array: &ArrayRef) -> Result<Vec<Value>> {
    let (cells, valid) = cells(about, array, &mut Texts::default())?;
    let value = |row: usize| -> Value {
        if valid.as_ref().is_some_and(|valid| !valid.get(row)) {
            return Value::Null;
        }
        let found = match &cells {
            Cells::Text(texts) => Some(Value::from(texts.get(row))),
            Cells::Coded { codes, texts } => Some(Value::from(texts.get(codes.get(row) as usize))),
            Cells::Int(values) => values.get(row).copied().map(Value::Int),
            Cells::Number(values) => values.get(row).copied().filter(|x| x.is_finite()).map(Value::Number),
            Cells::Money(values) => values.get(row).copied().map(Value::Money),
            Cells::Bool(bits) => Some(Value::Bool(bits.get(row))),
            Cells::Time { ticks, unit } => {
                let t = ticks.get(row).and_then(|t| unit.micros(*t)).and_then(Timestamp::from_micros);
                t.map(Value::Time)
            }
            Cells::Date(days) => days.get(row).map(|days| Value::Date(Date::from_days(i64::from(*days)))),
            Cells::Mixed(values) => values.get(row).cloned(),
        };
        found.unwrap_or_default()
    };
    Ok((0..array.len()).map(value).collect())
}
