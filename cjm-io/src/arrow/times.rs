//! Arrow timestamps as instants.
//!
//! Answers: the UTC steps of a timestamp column, those without a zone taken in the zone given.
//! Does not know: which column is the time of the events, beyond that it needs a zone.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::TimeUnit as ArrowUnit;
use cjm_core::base::time::DAY_US;
use cjm_core::event::{Cells, Shared, TimeUnit};
use cjm_core::{Date, Duration, Error, ErrorCode, Result, Timestamp, Zone};

use super::cells::About;

/// Timestamps with a zone: Arrow keeps them in UTC.
pub(super) fn instants(array: &ArrayRef, unit: ArrowUnit) -> Cells {
    let (ticks, unit) = ticks(array, unit);
    Cells::Time { ticks, unit }
}

/// Timestamps without a zone. `None` when none was given and they can stay texts.
pub(super) fn local(about: About<'_>, array: &ArrayRef, unit: ArrowUnit) -> Result<Option<Cells>> {
    let (ticks, unit) = ticks(array, unit);
    let Some(zone) = about.zone else {
        if about.is_time {
            let text = format!("the times in `{}` have no zone: name it, as in `Asia/Shanghai`", about.name);
            return Err(Error::new(ErrorCode::Argument, text));
        }
        return Ok(None);
    };
    if *zone == Zone::utc() {
        return Ok(Some(Cells::Time { ticks, unit }));
    }
    let mut clock = Clock { zone, offset_us: 0, from_us: i64::MAX, to_us: i64::MIN };
    let resolved = ticks.iter().enumerate().map(|(row, t)| {
        // a null row may hold anything
        if array.is_valid(row) { clock.instant(*t, unit) } else { 0 }
    });
    Ok(Some(Cells::Time { ticks: resolved.collect::<Vec<_>>().into(), unit }))
}

/// The steps of a timestamp column.
pub(super) fn ticks(array: &ArrayRef, unit: ArrowUnit) -> (Shared<i64>, TimeUnit) {
    match unit {
        ArrowUnit::Second => {
            (Shared::of(array.as_primitive::<TimestampSecondType>().values().clone()), TimeUnit::Second)
        }
        ArrowUnit::Millisecond => {
            (Shared::of(array.as_primitive::<TimestampMillisecondType>().values().clone()), TimeUnit::Milli)
        }
        ArrowUnit::Microsecond => {
            (Shared::of(array.as_primitive::<TimestampMicrosecondType>().values().clone()), TimeUnit::Micro)
        }
        ArrowUnit::Nanosecond => {
            (Shared::of(array.as_primitive::<TimestampNanosecondType>().values().clone()), TimeUnit::Nano)
        }
    }
}

/// Local times as instants, with the offset of the last one kept as long as it surely holds.
struct Clock<'a> {
    zone: &'a Zone,
    offset_us: i64,
    /// Local times in this range have that offset and no other.
    from_us: i64,
    to_us: i64,
}

impl Clock<'_> {
    /// The instant of a local time, in the same steps. What lies out of range stays out of range.
    fn instant(&mut self, local: i64, unit: TimeUnit) -> i64 {
        let Some(local_us) = unit.micros(local) else { return i64::MAX };
        if Timestamp::from_micros(local_us).is_none() {
            return i64::MAX;
        }
        if !(self.from_us..self.to_us).contains(&local_us) {
            let days = local_us.div_euclid(DAY_US);
            let time_of_day = Duration::from_micros(local_us.rem_euclid(DAY_US));
            let Ok(t) = self.zone.instant(Date::from_days(days), time_of_day) else { return i64::MAX };
            let offset_us = local_us - t.as_micros();
            if i64::from(self.zone.offset_s(t)) * 1_000_000 != offset_us {
                // in a gap: the instant after it
                return steps(t.as_micros(), unit);
            }
            let (_, from, to) = self.zone.offset_span(t);
            self.offset_us = offset_us;
            // a day inside of the changes no other offset can be meant
            self.from_us = from.as_micros().saturating_add(DAY_US);
            self.to_us = to.as_micros().saturating_sub(DAY_US);
        }
        local - steps(self.offset_us, unit)
    }
}

fn steps(us: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => us.div_euclid(1_000_000),
        TimeUnit::Milli => us.div_euclid(1_000),
        TimeUnit::Micro => us,
        TimeUnit::Nano => us.saturating_mul(1_000),
    }
}
