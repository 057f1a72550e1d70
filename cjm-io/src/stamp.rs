//! Times as tables write them, read fast and without loss.
//!
//! Answers: the local microseconds and the exact spelling of a date or time, so that the text can be written
//! again from both. Does not know: zones (a spelling may lack its offset), unusual spellings: those are read by
//! `cjm_core::base::zone::parse_instant`, with which this agrees on everything that it takes.

#![cfg_attr(not(feature = "csv"), allow(dead_code))] // XES writes no times and has none without a date

use std::fmt::Write;

use cjm_core::base::time::{DAY_US, HOUR_US, MINUTE_US, SECOND_US};
use cjm_core::base::zone::Zone;
use cjm_core::{Date, Timestamp};

/// How a time was written: all of it that the microseconds do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spelling {
    /// Between date and time: `T` or a space; zero for a date alone.
    between: u8,
    /// Whether seconds were written.
    seconds: bool,
    /// Digits after the seconds' point, 0 to 6.
    digits: u8,
    /// What follows the time.
    pub(crate) offset: Offset,
}

/// The offset as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offset {
    /// None.
    None,
    /// `Z`.
    Utc,
    /// Minutes east of UTC, `+08:00`; the flag tells `-00:00` from `+00:00`.
    Minutes(i16, bool),
}

impl Spelling {
    /// Whether it is a calendar day without a time.
    pub(crate) fn is_date(self) -> bool {
        self.between == 0
    }

    /// Whether it names its own instant.
    pub(crate) fn is_zoned(self) -> bool {
        self.offset != Offset::None
    }
}

/// Reads `2026-03-01`, `2026-03-01T12:00`, `2026-03-01 12:00:00.123456`, each time with `Z`, `+08:00` or neither.
///
/// `None` for everything else: other spellings, days that do not exist, second 60, more than six digits.
#[inline]
pub(crate) fn read(text: &str) -> Option<(i64, Spelling)> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
    let year = i32::from(two(y1, y2)?) * 100 + i32::from(two(y3, y4)?);
    let day = Date::new(i16::try_from(year).ok()?, two(m1, m2)?, two(d1, d2)?)?;
    let midnight = i64::from(day.days()) * DAY_US;
    let mut how = Spelling { between: 0, seconds: false, digits: 0, offset: Offset::None };
    let Some((between, rest)) = rest.split_first() else { return Some((midnight, how)) };
    let (clock, rest) = rest.split_first_chunk::<5>()?;
    let [h1, h2, b':', n1, n2] = *clock else { return None };
    let (hour, minute) = (two(h1, h2)?, two(n1, n2)?);
    if !matches!(between, b'T' | b' ') || hour > 23 || minute > 59 {
        return None;
    }
    how.between = *between;
    let us = midnight + i64::from(hour) * HOUR_US + i64::from(minute) * MINUTE_US;
    let (seconds_us, rest) = read_seconds(rest, &mut how)?;
    how.offset = read_offset(rest)?;
    Some((us + seconds_us, how))
}

fn read_seconds<'a>(rest: &'a [u8], how: &mut Spelling) -> Option<(i64, &'a [u8])> {
    let Some((&[b':', s1, s2], rest)) = rest.split_first_chunk::<3>() else { return Some((0, rest)) };
    let second = two(s1, s2).filter(|s| *s < 60)?;
    how.seconds = true;
    let us = i64::from(second) * SECOND_US;
    let Some((b'.', fraction)) = rest.split_first() else { return Some((us, rest)) };
    let n = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    if n == 0 || n > 6 {
        return None;
    }
    let (digits, rest) = fraction.split_at_checked(n)?;
    let value = digits.iter().fold(0_i64, |x, b| x * 10 + i64::from(b - b'0'));
    how.digits = n as u8;
    Some((us + value * 10_i64.pow(6 - n as u32), rest))
}

fn read_offset(rest: &[u8]) -> Option<Offset> {
    match *rest {
        [] => Some(Offset::None),
        [b'Z'] => Some(Offset::Utc),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            let east = i16::from(hours) * 60 + i16::from(minutes);
            let valid = hours < 24 && minutes < 60;
            valid.then_some(Offset::Minutes(if sign == b'-' { -east } else { east }, sign == b'-'))
        }
        _ => None,
    }
}

#[inline]
fn two(a: u8, b: u8) -> Option<i8> {
    let (a, b) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'));
    if a < 10 && b < 10 { Some((a * 10 + b) as i8) } else { None }
}

/// Writes the text that [`read`] read.
pub(crate) fn write(us: i64, how: Spelling, to: &mut String) {
    let (year, month, day) = Date::from_days(us.div_euclid(DAY_US)).parts();
    let _ = write!(to, "{year:04}-{month:02}-{day:02}");
    if how.is_date() {
        return;
    }
    let clock = us.rem_euclid(DAY_US);
    let (hour, minute) = (clock / HOUR_US, clock % HOUR_US / MINUTE_US);
    let _ = write!(to, "{}{hour:02}:{minute:02}", char::from(how.between));
    if how.seconds {
        let _ = write!(to, ":{:02}", clock % MINUTE_US / SECOND_US);
    }
    if how.digits > 0 {
        let fraction = clock % SECOND_US / 10_i64.pow(6 - u32::from(how.digits));
        let _ = write!(to, ".{fraction:0width$}", width = usize::from(how.digits));
    }
    match how.offset {
        Offset::None => {}
        Offset::Utc => to.push('Z'),
        Offset::Minutes(east, west) => {
            let sign = if west { '-' } else { '+' };
            let _ = write!(to, "{sign}{:02}:{:02}", east.abs() / 60, east.abs() % 60);
        }
    }
}

/// Turns local microseconds into instants; remembers the stretch around the last one in which the offset holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    zone: Option<Zone>,
    offset_us: i64,
    /// Local times strictly inside have `offset_us` and no double meaning.
    from: i64,
    to: i64,
}

impl Clock {
    pub(crate) fn new(zone: Option<Zone>) -> Self {
        Self { zone, ..Self::default() }
    }

    /// The instant; `None` without an offset and a zone, or outside the years 1 to 9999.
    #[inline]
    pub(crate) fn instant(&mut self, us: i64, how: Spelling) -> Option<i64> {
        let utc = match how.offset {
            Offset::Utc => us,
            Offset::Minutes(east, _) => us - i64::from(east) * MINUTE_US,
            Offset::None if self.from < us && us < self.to => us - self.offset_us,
            Offset::None => self.resolve(us)?,
        };
        Timestamp::from_micros(utc).map(Timestamp::as_micros)
    }

    fn resolve(&mut self, us: i64) -> Option<i64> {
        let zone = self.zone.as_ref()?;
        let day = us.div_euclid(DAY_US);
        let time_of_day = cjm_core::Duration::from_micros(us.rem_euclid(DAY_US));
        let instant = zone.instant(Date::from_days(day), time_of_day).ok()?;
        let (offset_s, from, to) = zone.offset_span(instant);
        self.offset_us = i64::from(offset_s) * SECOND_US;
        // a change of offset moves the local clock by less than a day
        self.from = from.as_micros().saturating_add(self.offset_us).saturating_add(DAY_US);
        self.to = to.as_micros().saturating_add(self.offset_us).saturating_sub(DAY_US);
        Some(instant.as_micros())
    }
}

#[cfg(test)]
mod tests {
    use cjm_core::base::zone::parse_instant;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_are_read_and_written_again() {
        for text in [
            "2026-03-01",
            "2026-03-01T12:00",
            "2026-03-01 12:00:59",
            "2019-11-01 17:59:13.273932",
            "2011-10-11 13:45:40.276000+02:00",
            "2011-10-11T13:45:40.2Z",
            "0001-01-01 00:00:00.000001-00:00",
            "9999-12-31T23:59:59.999999",
            "1969-12-31T23:59:59.5-11:30",
        ] {
            let (us, how) = read(text).unwrap();
            let mut again = String::new();
            write(us, how, &mut again);
            assert_eq!(again, text);
        }
    }

    #[test]
    fn what_is_unusual_is_left_to_the_full_reader() {
        for text in [
            "",
            "2026",
            "2026-3-1",
            "2026-02-30",
            "0000-01-01",
            "2026-03-01T",
            "2026-03-01T12",
            "2026-03-01T24:00",
            "2026-03-01T12:60",
            "2016-12-31T23:59:60Z",
            "2026-03-01T12:00:00.",
            "2026-03-01T12:00:00.1234567",
            "2026-03-01T12:00:00+8",
            "2026-03-01T12:00:00+24:00",
            "2026-03-01T12:00:00 ",
            "2026-03-01x12:00:00",
            "２026-03-01",
            "2026-03-01T12:00:00Z[UTC]",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    fn spelled() -> impl Strategy<Value = (i64, Spelling)> {
        let offset = prop_oneof![
            Just(Offset::None),
            Just(Offset::Utc),
            (-14_i16 * 60..=14 * 60).prop_map(|m| Offset::Minutes(m, m < 0))
        ];
        let zoned = (-2_000_000_000_000_000_i64..4_000_000_000_000_000, 0_u8..=6, offset);
        zoned.prop_map(|(us, digits, offset)| {
            let step = 10_i64.pow(6 - u32::from(digits));
            (us - us.rem_euclid(step), Spelling { between: b'T', seconds: true, digits, offset })
        })
    }

    proptest! {
        #[test]
        fn agrees_with_the_full_reader((us, how) in spelled(), zone in prop_oneof![
            Just("UTC"), Just("Asia/Shanghai"), Just("America/New_York"), Just("Australia/Lord_Howe"), Just("+05:30")
        ], near in prop_oneof![Just(0_i64), Just(1_772_957_000_000_000), Just(1_793_508_000_000_000)]) {
            let us = if near == 0 { us } else { near + us % (2 * DAY_US) };
            let us = us - us.rem_euclid(10_i64.pow(6 - u32::from(how.digits)));
            let mut text = String::new();
            write(us, how, &mut text);
            prop_assert_eq!(read(&text), Some((us, how)));
            let zone = Zone::named(zone).unwrap();
            let mut clock = Clock::new(Some(zone.clone()));
            clock.instant(us - 40 * DAY_US, how);
            let slow = parse_instant(&text, Some(&zone)).ok().map(Timestamp::as_micros);
            prop_assert_eq!(clock.instant(us, how), slow, "{}", text);
        }
    }
}
