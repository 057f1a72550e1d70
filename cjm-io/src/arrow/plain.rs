//! Arrow types of which a simpler one says the same.
//!
//! Answers: an array of the simpler type, or what of it can not be. Does not know: what becomes of the simpler ones.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Float16Type, Float64Type,
    Int16Type, Int32Type, Int64Type, RunEndIndexType, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType,
};
use arrow_array::{
    Array, ArrayRef, FixedSizeBinaryArray, LargeStringArray, RunArray, StringArray, StringViewArray,
    make_array,
};
use arrow_data::transform::MutableArrayData;
use arrow_schema::{DataType, TimeUnit as ArrowUnit};
use cjm_core::event::TimeUnit;
use cjm_core::{Date, Error, ErrorCode, Result};

use super::cells::About;
use super::times::ticks;

const DAY_MS: i64 = 86_400_000;
const DAY_NS: i64 = 86_400_000_000_000;

/// The array as one of a simpler type; nothing where there is none.
pub(super) fn simpler(about: About<'_>, array: &ArrayRef) -> Result<Option<ArrayRef>> {
    let refused = |why: String| {
        Error::new(ErrorCode::Format, format!("the column `{}` can not be read: {why}", about.name))
    };
    Ok(Some(match array.data_type() {
        DataType::Float16 => {
            Arc::new(array.as_primitive::<Float16Type>().unary::<_, Float64Type>(|x| x.to_f64()))
        }
        DataType::Date64 => {
            let day = |ms: i64| i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX);
            Arc::new(array.as_primitive::<Date64Type>().unary::<_, Date32Type>(day))
        }
        DataType::Decimal32(digits, scale) => {
            let wide = array.as_primitive::<Decimal32Type>().unary::<_, Decimal128Type>(i128::from);
            Arc::new(wide.with_data_type(DataType::Decimal128(*digits, *scale)))
        }
        DataType::Decimal64(digits, scale) => {
            let wide = array.as_primitive::<Decimal64Type>().unary::<_, Decimal128Type>(i128::from);
            Arc::new(wide.with_data_type(DataType::Decimal128(*digits, *scale)))
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let keys = dictionary.normalized_keys();
            picked(dictionary.values(), array.len(), |row| {
                keys.get(row).copied().filter(|_| array.is_valid(row))
            })
            .map_err(refused)?
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => expanded(array.as_run::<Int16Type>()),
            DataType::Int32 => expanded(array.as_run::<Int32Type>()),
            _ => expanded(array.as_run::<Int64Type>()),
        }
        .map_err(refused)?,
        DataType::Time32(_) | DataType::Time64(_) => {
            texts(array, |row| clock(time_of_day(array, row))).map_err(refused)?
        }
        DataType::Timestamp(unit, None) => {
            let (ticks, unit) = ticks(array, *unit);
            let step = nanos(unit);
            let local = |row: usize| {
                let tick = ticks.get(row).copied().unwrap_or_default();
                let day = Date::from_days(tick.div_euclid(DAY_NS / step));
                Ok(format!("{day}T{}", clock(tick.rem_euclid(DAY_NS / step) * step)?))
            };
            texts(array, local).map_err(refused)?
        }
        DataType::Binary => {
            let all = StringArray::try_from_binary(array.as_binary::<i32>().clone());
            Arc::new(all.map_err(|e| refused(e.to_string()))?)
        }
        DataType::LargeBinary => {
            let all = LargeStringArray::try_from_binary(array.as_binary::<i64>().clone());
            Arc::new(all.map_err(|e| refused(e.to_string()))?)
        }
        DataType::BinaryView => {
            let all: std::result::Result<StringViewArray, _> =
                array.as_binary_view().clone().to_string_view();
            Arc::new(all.map_err(|e| refused(e.to_string()))?)
        }
        DataType::FixedSizeBinary(_) => {
            let all: &FixedSizeBinaryArray = array.as_fixed_size_binary();
            let text = |row: usize| String::from_utf8(all.value(row).to_vec()).map_err(|e| e.to_string());
            texts(array, text).map_err(refused)?
        }
        _ => return Ok(None),
    }))
}

/// What one step is.
fn nanos(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Milli => 1_000_000,
        TimeUnit::Micro => 1_000,
        TimeUnit::Nano => 1,
    }
}

/// Rows of other places: a row of no place is null.
fn picked(
    values: &ArrayRef,
    n_rows: usize,
    place: impl Fn(usize) -> Option<usize>,
) -> std::result::Result<ArrayRef, String> {
    let data = values.to_data();
    let mut rows = MutableArrayData::new(vec![&data], true, n_rows);
    for row in 0..n_rows {
        let done = match place(row).filter(|place| *place < values.len()) {
            Some(place) => rows.try_extend(0, place, place + 1),
            None => rows.try_extend_nulls(1),
        };
        done.map_err(|e| e.to_string())?;
    }
    Ok(make_array(rows.freeze()))
}

/// Runs, row by row.
fn expanded<R: RunEndIndexType>(runs: &RunArray<R>) -> std::result::Result<ArrayRef, String> {
    picked(runs.values(), runs.len(), |row| Some(runs.get_physical_index(row)))
}

/// A text of every row that has a value.
fn texts(
    array: &ArrayRef,
    text: impl Fn(usize) -> std::result::Result<String, String>,
) -> std::result::Result<ArrayRef, String> {
    let row = |row: usize| array.is_valid(row).then(|| text(row)).transpose();
    let all: StringArray = (0..array.len()).map(row).collect::<std::result::Result<_, _>>()?;
    Ok(Arc::new(all))
}

/// Nanoseconds since midnight.
fn time_of_day(array: &ArrayRef, row: usize) -> i64 {
    match array.data_type() {
        DataType::Time32(ArrowUnit::Second) => {
            i64::from(array.as_primitive::<Time32SecondType>().value(row)).saturating_mul(1_000_000_000)
        }
        DataType::Time32(_) => {
            i64::from(array.as_primitive::<Time32MillisecondType>().value(row)).saturating_mul(1_000_000)
        }
        DataType::Time64(ArrowUnit::Microsecond) => {
            array.as_primitive::<Time64MicrosecondType>().value(row).saturating_mul(1_000)
        }
        _ => array.as_primitive::<Time64NanosecondType>().value(row),
    }
}

/// A time of day as text: `12:34:56`, with milli-, micro- or nanoseconds where it has them.
fn clock(ns: i64) -> std::result::Result<String, String> {
    if !(0..DAY_NS).contains(&ns) {
        return Err(format!("{ns} nanoseconds are no time of day"));
    }
    let (s, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
    let whole = format!("{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60);
    Ok(match rest {
        0 => whole,
        rest if rest % 1_000_000 == 0 => format!("{whole}.{:03}", rest / 1_000_000),
        rest if rest % 1_000 == 0 => format!("{whole}.{:06}", rest / 1_000),
        rest => format!("{whole}.{rest:09}"),
    })
}
