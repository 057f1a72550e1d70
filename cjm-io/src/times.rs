//! Times of a source that knows only text.
//!
//! Answers: the instant of a text or epoch number, or the reason why there is none.
//! Does not know: rows, other columns.

#![cfg_attr(not(feature = "csv"), allow(dead_code))] // XES has times of one kind

use std::sync::Arc;

use cjm_core::base::time::TimeError;
use cjm_core::base::zone::parse_instant;
use cjm_core::event::{BatchColumn, Cells, Options, Reason, TimeUnit};
use cjm_core::{Timestamp, Zone};

use crate::stamp::{self, Clock};

/// Instants in microseconds, read text by text.
pub(crate) struct TimeColumn {
    pub(crate) name: Arc<str>,
    unit: Option<TimeUnit>,
    zone: Option<Zone>,
    clock: Clock,
    ticks: Vec<i64>,
}

impl TimeColumn {
    pub(crate) fn new(name: &str, options: &Options) -> Self {
        let zone = options.zone.clone();
        let clock = Clock::new(zone.clone());
        Self { name: name.into(), unit: options.time_unit, zone, clock, ticks: Vec::new() }
    }

    /// Adds the instant that `text` names; whether it was floored to the microsecond.
    pub(crate) fn read(&mut self, text: &str) -> Result<bool, Reason> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(Reason::MissingTime);
        }
        let (t, floored) = match epoch(text, self.unit)? {
            Some(found) => found,
            None => instant_of(text, &mut self.clock, self.zone.as_ref())?,
        };
        self.ticks.push(t.as_micros());
        Ok(floored)
    }

    /// The column.
    pub(crate) fn finish(self) -> BatchColumn {
        let cells = Cells::Time { ticks: self.ticks.into(), unit: TimeUnit::Micro };
        BatchColumn { name: self.name, ..BatchColumn::new("", cells) }
    }
}

/// The instant of a text, and whether it was floored to the microsecond.
#[inline]
pub(crate) fn instant_of(
    text: &str,
    clock: &mut Clock,
    zone: Option<&Zone>,
) -> Result<(Timestamp, bool), Reason> {
    let Some((us, spelling)) = stamp::read(text) else {
        return Ok((parse_instant(text, zone).map_err(reason_of)?, finer(text)));
    };
    if !spelling.is_zoned() && zone.is_none() {
        return Err(Reason::TimeWithoutZone);
    }
    let us = clock.instant(us, spelling);
    us.and_then(Timestamp::from_micros).map(|t| (t, false)).ok_or(Reason::TimeOutOfRange)
}

/// Why there is no instant, as a reason of the log.
fn reason_of(error: TimeError) -> Reason {
    match error {
        TimeError::Zoneless => Reason::TimeWithoutZone,
        TimeError::LeapSecond => Reason::LeapSecond,
        TimeError::OffsetContradiction => Reason::OffsetContradiction,
        TimeError::Range => Reason::TimeOutOfRange,
        _ => Reason::BadTime,
    }
}

/// Epoch numbers: whole or with a fraction, in the declared unit.
fn epoch(text: &str, unit: Option<TimeUnit>) -> Result<Option<(Timestamp, bool)>, Reason> {
    if text.as_bytes().get(4) == Some(&b'-') {
        return Ok(None);
    }
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || whole.len() > 30 || fraction.len() > 12 {
        return Ok(None);
    }
    let Some(unit) = unit else { return Err(Reason::TimeWithoutUnit) };
    let scale = 10_i128.pow(fraction.len() as u32);
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| Reason::TimeOutOfRange)?;
    let digits = if bare.len() < text.len() { -digits } else { digits };
    // nanoseconds are the finest unit: everything is exact in them times the scale
    let nanos = match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Milli => 1_000_000,
        TimeUnit::Micro => 1_000,
        TimeUnit::Nano => 1,
    };
    let all = digits.checked_mul(nanos).ok_or(Reason::TimeOutOfRange)?;
    let us = all.div_euclid(1_000 * scale);
    let instant = i64::try_from(us).ok().and_then(Timestamp::from_micros).ok_or(Reason::TimeOutOfRange)?;
    Ok(Some((instant, all.rem_euclid(1_000 * scale) != 0)))
}

/// Whether a time is written finer than a microsecond.
fn finer(text: &str) -> bool {
    let Some((_, fraction)) = text.split_once('.') else { return false };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit);
    digits.skip(6).any(|b| b != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, zone: Option<&str>, unit: Option<TimeUnit>) -> Result<(i64, bool), Reason> {
        let zone = zone.map(|z| Zone::named(z).unwrap());
        let mut column = TimeColumn::new("t", &Options { zone, time_unit: unit, ..Options::default() });
        let floored = column.read(text)?;
        Ok((column.ticks[0], floored))
    }

    #[test]
    fn texts_and_numbers_become_instants_or_reasons() {
        let s = Some(TimeUnit::Second);
        for (text, zone, unit, expected) in [
            ("1970-01-01T00:00:01Z", None, None, Ok((1_000_000, false))),
            ("1970-01-01T00:00:01.1234567Z", None, None, Ok((1_123_456, true))),
            ("1970-01-01T00:00:01.1234560Z", None, None, Ok((1_123_456, false))),
            ("1970-01-01 08:00:01", Some("Asia/Shanghai"), None, Ok((1_000_000, false))),
            ("1970-01-02", Some("UTC"), None, Ok((86_400_000_000, false))),
            ("1970-01-02", None, None, Err(Reason::TimeWithoutZone)),
            ("1970-01-01T08:00:01", None, None, Err(Reason::TimeWithoutZone)),
            ("1970-01-01T00:00:01+08:00[UTC]", None, None, Err(Reason::OffsetContradiction)),
            ("2016-12-31T23:59:60Z", None, None, Err(Reason::LeapSecond)),
            ("0000-12-31T23:59:59Z", None, None, Err(Reason::TimeOutOfRange)),
            ("9999-12-31T23:59:59-01:00", None, None, Err(Reason::TimeOutOfRange)),
            ("", None, None, Err(Reason::MissingTime)),
            ("yesterday", None, None, Err(Reason::BadTime)),
            ("１2", None, s, Err(Reason::BadTime)),
            ("1e9", None, s, Err(Reason::BadTime)),
            ("12", None, None, Err(Reason::TimeWithoutUnit)),
            ("12", None, s, Ok((12_000_000, false))),
            ("-1.5", None, s, Ok((-1_500_000, false))),
            ("1.0000001", None, s, Ok((1_000_000, true))),
            ("-1", None, Some(TimeUnit::Nano), Ok((-1, true))),
            ("99999999999999", None, s, Err(Reason::TimeOutOfRange)),
            ("999999999999999999999999999999", None, s, Err(Reason::TimeOutOfRange)),
        ] {
            assert_eq!(read(text, zone, unit), expected, "{text}");
        }
    }
}
