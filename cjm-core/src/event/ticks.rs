//! The time of each row of a batch.
//!
//! Answers: instants as steps of a unit, shared with the source where it can be, and which rows have no good time.
//! Does not know: what happened then.

use super::batch::BatchColumn;
use super::cast::{cell, time_reason, within};
use super::cells::{Cells, Shared, TimeUnit};
use super::infer::int_of;
use super::judge::Rules;
use super::marks::Marks;
use super::reject::Reason;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::ValueRef;
use crate::base::zone::{Zone, parse_instant};

/// The time column as steps and their unit: all good rows lie in the years 1 to 9999.
pub(super) fn ticks(
    column: Option<&BatchColumn>,
    rules: Rules<'_>,
    marks: &mut Marks<'_>,
) -> (Shared<i64>, TimeUnit) {
    let Some(column) = column else {
        marks.refuse_all(Reason::MissingTime, &rules.layout.time);
        return (vec![0; marks.n_rows()].into(), TimeUnit::Micro);
    };
    marks.refuse_nulls(column, Reason::MissingTime);
    let (steps, unit) = match (&column.cells, rules.options.time_unit) {
        (Cells::Time { ticks, unit }, _) => (ticks, *unit),
        (Cells::Int(steps), Some(unit)) => (steps, unit),
        _ => return (read(column, rules, marks).into(), TimeUnit::Micro),
    };
    if !within(steps, unit) {
        for (row, t) in steps.iter().enumerate().filter(|(row, _)| column.is_valid(*row)) {
            if unit.micros(*t).and_then(Timestamp::from_micros).is_none() {
                marks.refuse(row, Reason::TimeOutOfRange, &column.name, &t.to_string());
            }
        }
    }
    if unit == TimeUnit::Nano {
        for (row, t) in steps.iter().enumerate().filter(|(_, t)| *t % 1_000 != 0) {
            if !marks.is_bad(row) {
                marks.notice(row, Reason::TimeFloored, &column.name, &t.to_string());
            }
        }
    }
    (steps.clone(), unit)
}

/// Instants in microseconds, value by value.
fn read(column: &BatchColumn, rules: Rules<'_>, marks: &mut Marks<'_>) -> Vec<i64> {
    let (zone, unit) = (rules.options.zone.as_ref(), rules.options.time_unit);
    let mut all = Vec::with_capacity(marks.n_rows());
    for row in 0..marks.n_rows() {
        if marks.is_bad(row) {
            all.push(0);
            continue;
        }
        let value = cell(&column.cells, row);
        match value.and_then(|value| instant(value, zone, unit)) {
            Ok(t) => all.push(t.as_micros()),
            Err(reason) => {
                marks.refuse_cell(column, row, reason);
                all.push(0);
            }
        }
        if let Ok(ValueRef::Text(text)) = value
            && finer_than_micros(text)
            && !marks.is_bad(row)
        {
            marks.notice(row, Reason::TimeFloored, &column.name, text);
        }
    }
    all
}

pub(super) fn instant(
    value: ValueRef<'_>,
    zone: Option<&Zone>,
    unit: Option<TimeUnit>,
) -> Result<Timestamp, Reason> {
    match value {
        ValueRef::Null => Err(Reason::MissingTime),
        ValueRef::Time(t) => Ok(t),
        ValueRef::Int(steps) => of_steps(steps, unit),
        ValueRef::Number(x) => of_float(x, unit),
        ValueRef::Date(date) => {
            let zone = zone.ok_or(Reason::TimeWithoutZone)?;
            zone.instant(date, Duration::ZERO).map_err(time_reason)
        }
        ValueRef::Text(text) => match int_of(text) {
            Some(steps) => of_steps(steps, unit),
            None => parse_instant(text, zone).map_err(time_reason),
        },
        _ => Err(Reason::BadTime),
    }
}

fn of_steps(steps: i64, unit: Option<TimeUnit>) -> Result<Timestamp, Reason> {
    let unit = unit.ok_or(Reason::TimeWithoutUnit)?;
    unit.micros(steps).and_then(Timestamp::from_micros).ok_or(Reason::TimeOutOfRange)
}

/// A fraction of a step counts down to the microsecond.
fn of_float(x: f64, unit: Option<TimeUnit>) -> Result<Timestamp, Reason> {
    let unit = unit.ok_or(Reason::TimeWithoutUnit)?;
    let per_step = match unit {
        TimeUnit::Second => 1e6,
        TimeUnit::Milli => 1e3,
        TimeUnit::Micro => 1.0,
        TimeUnit::Nano => 1e-3,
    };
    let us = (x * per_step).floor();
    if !us.is_finite() {
        return Err(Reason::BadTime);
    }
    Timestamp::from_micros(us as i64).ok_or(Reason::TimeOutOfRange)
}

/// Whether a text has digits beyond the microsecond that are not zero.
fn finer_than_micros(text: &str) -> bool {
    let Some((_, fraction)) = text.split_once(['.', ',']) else { return false };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit);
    digits.skip(6).any(|digit| digit != b'0')
}
