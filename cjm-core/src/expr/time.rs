//! Instants and lengths of time inside expressions, to the nanosecond, and their civil parts.
//!
//! Answers: how CEL reads, prints, adds and takes apart timestamps (years 1 to 9999) and durations.
//! Does not know: event times, which keep microseconds; zones come from [`crate::base::zone`].

use std::fmt::Write;

use super::fault::Fault;
use crate::base::time::{DAY_US, Duration, Timestamp};
use crate::base::zone::{Civil, Date, Zone};

const SECOND_NS: i64 = 1_000_000_000;
/// 0001-01-01T00:00:00Z to the last microsecond of 9999: a little more than instants of events reach.
const RANGE_US: std::ops::Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

/// An instant to the nanosecond, years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant {
    us: i64,
    /// Nanoseconds beyond the microsecond, 0 to 999.
    ns: u16,
}

impl From<Timestamp> for Instant {
    fn from(t: Timestamp) -> Self {
        Self { us: t.as_micros(), ns: 0 }
    }
}

impl Instant {
    /// Microseconds since the epoch, floored.
    pub(super) const fn micros(self) -> i64 {
        self.us
    }

    /// The instant as events have it: floored to the microsecond, the last hours of 9999 to the last one there is.
    pub(super) fn floor(self) -> Timestamp {
        Timestamp::saturating(self.us)
    }

    pub(super) fn of_seconds(s: i64) -> Result<Self, Fault> {
        Self::of_nanos(i128::from(s) * i128::from(SECOND_NS))
    }

    fn of_nanos(ns: i128) -> Result<Self, Fault> {
        let us = i64::try_from(ns.div_euclid(1_000)).ok().filter(|us| RANGE_US.contains(us));
        let us = us.ok_or(Fault::Overflow)?;
        Ok(Self { us, ns: u16::try_from(ns.rem_euclid(1_000)).unwrap_or(0) })
    }

    /// Nanoseconds since the epoch.
    pub(super) fn nanos(self) -> i128 {
        i128::from(self.us) * 1_000 + i128::from(self.ns)
    }

    /// Whole seconds since the epoch, floored.
    pub(super) fn seconds(self) -> i64 {
        self.us.div_euclid(1_000_000)
    }

    /// This instant `length_ns` nanoseconds later.
    pub(super) fn plus(self, length_ns: i64) -> Result<Self, Fault> {
        Self::of_nanos(self.nanos() + i128::from(length_ns))
    }

    /// This instant `length_ns` nanoseconds earlier.
    pub(super) fn minus(self, length_ns: i64) -> Result<Self, Fault> {
        Self::of_nanos(self.nanos() - i128::from(length_ns))
    }

    /// Nanoseconds since `earlier`, when they fit 64 bits (292 years).
    pub(super) fn since(self, earlier: Self) -> Result<i64, Fault> {
        i64::try_from(self.nanos() - earlier.nanos()).map_err(|_| Fault::Overflow)
    }

    /// Reads RFC 3339: `2026-03-01T12:00:00.123456789+08:00`.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        read_instant(text).ok_or(Fault::Conversion)?
    }

    /// RFC 3339 in UTC, as many digits of the second as it has.
    pub(super) fn text(self) -> String {
        let local = civil_of(self.us, 0);
        let (y, mo, d) = (local.year, local.month, local.day);
        let mut text =
            format!("{y:04}-{mo:02}-{d:02}T{:02}:{:02}:{:02}", local.hour, local.minute, local.second);
        let fraction = self.us.rem_euclid(1_000_000) * 1_000 + i64::from(self.ns);
        push_fraction(&mut text, fraction);
        text.push('Z');
        text
    }

    pub(super) fn millisecond(self) -> i64 {
        self.us.rem_euclid(1_000_000) / 1_000
    }
}

/// The local parts of an instant `offset_s` seconds east of UTC.
pub(super) fn civil_of(us: i64, offset_s: i32) -> Civil {
    let local = us.saturating_add(i64::from(offset_s) * 1_000_000);
    let (days, of_day) = (local.div_euclid(DAY_US), local.rem_euclid(DAY_US));
    let (year, month, day) = calendar(days);
    let second = of_day / 1_000_000;
    let small = |x: i64| i8::try_from(x).unwrap_or(0);
    Civil {
        year: i16::try_from(year).unwrap_or(0),
        month: small(month),
        day: small(day),
        hour: small(second / 3_600),
        minute: small(second / 60 % 60),
        second: small(second % 60),
        weekday: small((days + 3).rem_euclid(7)),
        offset_s,
    }
}

/// Year, month and day of a number of days since 1970-01-01 (proleptic Gregorian, years counted from March).
fn calendar(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970-01-01 of a day that exists.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)?;
    Some(i64::from(date.days()))
}

/// `None`: not RFC 3339. `Some(Err)`: RFC 3339 outside the years 1 to 9999.
fn read_instant(text: &str) -> Option<Result<Instant, Fault>> {
    let (date, clock) = text.split_once(['T', 't'])?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() < 4 {
        return None;
    }
    let (year, month, day) = (digits(year, year.len())?, digits(month, 2)?, digits(day, 2)?);
    let (clock, offset_s) = split_offset(clock)?;
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = whole.split(':');
    let (hour, minute, second) =
        (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || fraction.len() > 9 {
        return None;
    }
    let scale = 10_i64.pow(9 - u32::try_from(fraction.len()).ok()?);
    let fraction_ns = digits(fraction, fraction.len())? * scale;
    let Some(days) = day_number(year, month, day) else {
        let outside = !(1..=9_999).contains(&year);
        return outside.then_some(Err(Fault::Overflow));
    };
    let second = days * 86_400 + hour * 3_600 + minute * 60 + second - offset_s;
    Some(Instant::of_nanos(i128::from(second) * i128::from(SECOND_NS) + i128::from(fraction_ns)))
}

fn digits(text: &str, len: usize) -> Option<i64> {
    let plain =
        text.len() == len && !text.is_empty() && len <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn split_offset(clock: &str) -> Option<(&str, i64)> {
    if let Some(clock) = clock.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = clock.len().checked_sub(6)?;
    let (clock, offset) = clock.split_at_checked(at)?;
    offset.starts_with(['+', '-']).then_some(())?;
    Some((clock, offset_seconds(offset)?))
}

/// `+08:00`, `-02:30`, and `02:00` as CEL allows it.
fn offset_seconds(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.trim_start_matches(['+', '-']).split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Seconds east of UTC at an instant, in a zone named by a condition.
pub(super) fn offset_at(zone: &str, t: Instant) -> Result<i32, Fault> {
    if let Some(offset) = offset_seconds(zone) {
        return i32::try_from(offset).map_err(|_| Fault::Conversion);
    }
    Zone::named(zone).map(|zone| zone.offset_s(t.floor())).map_err(|_| Fault::Conversion)
}

/// Parts of an instant, a day, a local time or a length, by accessor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    FullYear,
    /// January = 0.
    Month,
    /// Day of the month from 1.
    Date,
    /// Day of the month from 0.
    DayOfMonth,
    /// Sunday = 0.
    DayOfWeek,
    /// Day of the year from 0.
    DayOfYear,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

impl Part {
    /// Whether a length of time has this part.
    pub(super) const fn of_duration(self) -> bool {
        matches!(self, Self::Hours | Self::Minutes | Self::Seconds | Self::Milliseconds)
    }

    /// Whether a calendar day has this part.
    pub(super) const fn of_date(self) -> bool {
        !self.of_duration()
    }

    pub(super) fn of(self, local: &Civil, millisecond: i64) -> i64 {
        match self {
            Self::FullYear => i64::from(local.year),
            Self::Month => i64::from(local.month) - 1,
            Self::Date => i64::from(local.day),
            Self::DayOfMonth => i64::from(local.day) - 1,
            Self::DayOfWeek => (i64::from(local.weekday) + 1) % 7,
            Self::DayOfYear => day_of_year(local),
            Self::Hours => i64::from(local.hour),
            Self::Minutes => i64::from(local.minute),
            Self::Seconds => i64::from(local.second),
            Self::Milliseconds => millisecond,
        }
    }

    /// The part of a length: whole hours, minutes or seconds of all of it; milliseconds of its last second.
    pub(super) const fn of_length(self, length_ns: i64) -> i64 {
        match self {
            Self::Hours => length_ns / (3_600 * SECOND_NS),
            Self::Minutes => length_ns / (60 * SECOND_NS),
            Self::Seconds => length_ns / SECOND_NS,
            _ => length_ns % SECOND_NS / 1_000_000,
        }
    }
}

fn day_of_year(local: &Civil) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let year = i64::from(local.year);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let before = usize::try_from(local.month - 1).ok().and_then(|m| BEFORE.get(m)).copied().unwrap_or(0);
    before + i64::from(leap && local.month > 2) + i64::from(local.day) - 1
}

/// The local parts of a day at its midnight.
pub(super) fn civil_of_date(date: Date) -> Civil {
    civil_of(i64::from(date.days()) * DAY_US, 0)
}

/// The day of a local time.
pub(super) fn date_of(local: &Civil) -> Date {
    day_number(local.year.into(), local.month.into(), local.day.into())
        .map_or(Date::from_days(if local.year < 1 { i64::MIN } else { i64::MAX }), Date::from_days)
}

/// Nanoseconds of a length kept in microseconds.
pub(super) fn length_ns(d: Duration) -> Result<i64, Fault> {
    d.as_micros().checked_mul(1_000).ok_or(Fault::Overflow)
}

/// Units of lengths; a day is 86,400 seconds.
const UNITS: [(&str, i64); 9] = [
    ("w", 7 * 86_400 * SECOND_NS),
    ("d", 86_400 * SECOND_NS),
    ("h", 3_600 * SECOND_NS),
    ("m", 60 * SECOND_NS),
    ("s", SECOND_NS),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// Reads a length: `1h30m`, `-1.5s`, `7d`, `0`, or ISO 8601 without months and years. In nanoseconds.
pub(super) fn parse_length(text: &str) -> Result<i64, Fault> {
    if text.starts_with('P') {
        return Duration::parse(text).map_err(|_| Fault::Conversion).and_then(length_ns);
    }
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => (-1, body),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if body == "0" {
        return Ok(0);
    }
    let mut rest = body;
    let mut total = 0_i128;
    while !rest.is_empty() {
        let (ns, tail) = one_length(rest).ok_or(Fault::Conversion)?;
        total = total.saturating_add(ns);
        rest = tail;
    }
    if body.is_empty() {
        return Err(Fault::Conversion);
    }
    i64::try_from(total.saturating_mul(sign)).map_err(|_| Fault::Overflow)
}

/// One number with its unit, in nanoseconds, and the text after it.
fn one_length(text: &str) -> Option<(i128, &str)> {
    let number = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, tail) = text.split_at_checked(number)?;
    let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
    let (unit, tail) = tail.split_at_checked(letters)?;
    let (_, unit_ns) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || whole.len() > 18 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut ns = whole * i128::from(*unit_ns);
    let mut place = i128::from(*unit_ns);
    for digit in fraction.bytes() {
        // the unit divides by ten at most 15 times before nothing is left of it
        ns += i128::from(digit - b'0') * place / 10;
        place /= 10;
    }
    Some((ns, tail))
}

/// A length as CEL prints it: in seconds, as many digits as it has.
pub(super) fn length_text(length_ns: i64) -> String {
    let mut text = String::new();
    if length_ns < 0 {
        text.push('-');
    }
    let size = length_ns.unsigned_abs();
    let _ = write!(text, "{}", size / SECOND_NS.unsigned_abs());
    push_fraction(&mut text, i64::try_from(size % SECOND_NS.unsigned_abs()).unwrap_or(0));
    text.push('s');
    text
}

fn push_fraction(text: &mut String, ns: i64) {
    if ns != 0 {
        let digits = format!("{ns:09}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_and_print() {
        for (text, printed) in [
            ("2009-02-13T23:31:30Z", "2009-02-13T23:31:30Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
            ("0001-01-01T00:00:00.1Z", "0001-01-01T00:00:00.1Z"),
            ("2026-03-01T12:00:00+08:00", "2026-03-01T04:00:00Z"),
            ("2024-02-29t00:00:00-00:30", "2024-02-29T00:30:00Z"),
        ] {
            assert_eq!(Instant::parse(text).map(Instant::text), Ok(printed.to_owned()), "{text}");
        }
        for (text, fault) in [
            ("10000-01-01T00:00:00Z", Fault::Overflow),
            ("0000-01-01T00:00:00Z", Fault::Overflow),
            ("9999-12-31T23:59:59-01:00", Fault::Overflow),
            ("2023-02-29T00:00:00Z", Fault::Conversion),
            ("2023-02-28T23:59:60Z", Fault::Conversion),
            ("2023-02-28T00:00:00", Fault::Conversion),
            ("2023-02-28 00:00:00Z", Fault::Conversion),
            ("2023-02-28T00:00:00.Z", Fault::Conversion),
            ("２023-02-28T00:00:00Z", Fault::Conversion),
            ("", Fault::Conversion),
        ] {
            assert_eq!(Instant::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn the_calendar_agrees_with_the_ground_floor() {
        for days in (-719_162..=2_932_896).step_by(97) {
            let (year, month, day) = calendar(days);
            let (y, m, d) = Date::from_days(days).parts();
            assert_eq!((year, month, day), (y.into(), m.into(), d.into()));
            assert_eq!(day_number(year, month, day), Some(days));
        }
    }

    #[test]
    fn lengths_read_and_print() {
        for (text, ns, printed) in [
            ("1h30m", 5_400 * SECOND_NS, "5400s"),
            ("-1.5s", -1_500_000_000, "-1.5s"),
            ("0", 0, "0s"),
            ("7d", 604_800 * SECOND_NS, "604800s"),
            ("1.000000001s", 1_000_000_001, "1.000000001s"),
            ("100ns", 100, "0.0000001s"),
            ("PT30M", 1_800 * SECOND_NS, "1800s"),
            (".5m", 30 * SECOND_NS, "30s"),
        ] {
            assert_eq!(parse_length(text), Ok(ns), "{text}");
            assert_eq!(length_text(ns), printed);
        }
        for text in ["", "-", "1", "1x", "h", "1h1", "1..5s", "--1s", "１s", "1 h"] {
            assert_eq!(parse_length(text), Err(Fault::Conversion), "{text}");
        }
        assert_eq!(parse_length("-320000000000s"), Err(Fault::Overflow));
    }
}
