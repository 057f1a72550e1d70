//! Instants and durations: what a moment is, how it reads and prints.
//!
//! Answers: UTC microseconds in an `i64`, RFC 3339 text, exact durations (`30m`, `24h`, `7d`, ISO 8601).
//! Does not know: zones and civil time (see [`super::zone`]), nor what time it is now.

use std::fmt;
use std::str::FromStr;

/// Microseconds in one second.
pub const SECOND_US: i64 = 1_000_000;
/// Microseconds in one minute.
pub const MINUTE_US: i64 = 60 * SECOND_US;
/// Microseconds in one hour.
pub const HOUR_US: i64 = 60 * MINUTE_US;
/// Microseconds in one exact day of 86,400 seconds.
pub const DAY_US: i64 = 24 * HOUR_US;

/// An instant: UTC microseconds since 1970-01-01T00:00:00Z, years 1 to 9999.
///
/// ```
/// use cjm_core::Timestamp;
/// let t: Timestamp = "2026-03-01T12:00:00+08:00".parse()?;
/// assert_eq!(t.to_string(), "2026-03-01T04:00:00Z");
/// # Ok::<(), cjm_core::base::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a text is no instant or duration. Each reason is counted and shown by its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The text has no date and time in it.
    #[error("not a time; write RFC 3339, as in `2026-03-01T12:00:00+08:00`")]
    Syntax,
    /// A time without an offset, and no zone was declared.
    #[error("a time without an offset needs a zone")]
    Zoneless,
    /// Second 60: leap seconds are refused, not moved.
    #[error("second 60 is not accepted")]
    LeapSecond,
    /// The offset and the bracketed zone contradict each other.
    #[error("the offset contradicts the zone")]
    OffsetContradiction,
    /// Before the year 1 or after the last instant that every zone can show.
    #[error("outside 0001-01-01 to 9999-12-30T22:00Z")]
    Range,
    /// Not a duration.
    #[error("not a duration; write `30m`, `24h`, `7d` or ISO 8601 such as `PT30M`")]
    Duration,
    /// No such zone in the bundled time zone database.
    #[error("unknown time zone")]
    Zone,
}

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800 * SECOND_US);
    /// 9999-12-30T22:00:00Z: the last instant that every zone can show as a civil time.
    pub const MAX: Self = Self(253_402_207_200 * SECOND_US);

    /// From microseconds since the epoch, clamped to nothing: `None` outside the years 1 to 9999.
    pub const fn from_micros(us: i64) -> Option<Self> {
        if us < Self::MIN.0 || us > Self::MAX.0 { None } else { Some(Self(us)) }
    }

    /// The instant nearest to `us` that lies in the years 1 to 9999.
    pub const fn saturating(us: i64) -> Self {
        if us < Self::MIN.0 {
            Self::MIN
        } else if us > Self::MAX.0 {
            Self::MAX
        } else {
            Self(us)
        }
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This instant plus `d`; stays inside the years 1 to 9999.
    pub const fn plus(self, d: Duration) -> Self {
        Self::saturating(self.0.saturating_add(d.0))
    }

    /// This instant minus `d`; stays inside the years 1 to 9999.
    pub const fn minus(self, d: Duration) -> Self {
        Self::saturating(self.0.saturating_sub(d.0))
    }

    /// The time from `earlier` to this instant (negative when `earlier` is later).
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0 - earlier.0)
    }

    /// Reads RFC 3339 text; a text without an offset is [`TimeError::Zoneless`].
    ///
    /// Finer than a microsecond is floored. A bracketed zone must agree with the offset.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        super::zone::parse_instant(text, None)
    }

    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    pub(crate) fn of_jiff(t: jiff::Timestamp) -> Result<Self, TimeError> {
        let us = t.as_nanosecond().div_euclid(1_000);
        i64::try_from(us).ok().and_then(Self::from_micros).ok_or(TimeError::Range)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = super::zone::Date::from_days(self.0.div_euclid(DAY_US));
        let clock = self.0.rem_euclid(DAY_US);
        let (hour, minute) = (clock / HOUR_US, clock % HOUR_US / MINUTE_US);
        write!(f, "{date}T{hour:02}:{minute:02}:{:02}", clock % MINUTE_US / SECOND_US)?;
        let fraction = format!("{:06}", clock % SECOND_US);
        match fraction.trim_end_matches('0') {
            "" => f.write_str("Z"),
            digits => write!(f, ".{digits}Z"),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

/// An exact length of time in microseconds; a day is 86,400 seconds.
///
/// ```
/// use cjm_core::Duration;
/// let d: Duration = "1d12h".parse()?;
/// assert_eq!(d.as_micros(), 36 * 3_600 * 1_000_000);
/// assert_eq!(d.to_string(), "36h");
/// # Ok::<(), cjm_core::base::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From microseconds.
    pub const fn from_micros(us: i64) -> Self {
        Self(us)
    }

    /// Length in microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Length in seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / SECOND_US as f64
    }

    /// Reads `30m`, `24h`, `7d`, `1d12h`, `0s`, `90s`, `250ms` or ISO 8601 without months and years (`PT30M`, `P7D`).
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        if text.starts_with(['P', 'p']) { parse_iso(text) } else { parse_short(text) }
    }
}

const UNITS: [(&str, i64); 7] = [
    ("w", 7 * DAY_US),
    ("d", DAY_US),
    ("h", HOUR_US),
    ("m", MINUTE_US),
    ("s", SECOND_US),
    ("ms", 1_000),
    ("us", 1),
];

fn parse_short(text: &str) -> Result<Duration, TimeError> {
    let mut rest = text;
    let mut total = 0_i64;
    let mut last = i64::MAX;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at_checked(digits).ok_or(TimeError::Duration)?;
        let letters = tail.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, tail) = tail.split_at_checked(letters).ok_or(TimeError::Duration)?;
        let us = UNITS.iter().find(|(name, _)| *name == unit).map_or(0, |(_, us)| *us);
        if us == 0 || us >= last {
            return Err(TimeError::Duration);
        }
        let number: i64 = number.parse().map_err(|_| TimeError::Duration)?;
        total = number.checked_mul(us).and_then(|d| total.checked_add(d)).ok_or(TimeError::Range)?;
        last = us;
        rest = tail;
    }
    if last == i64::MAX { Err(TimeError::Duration) } else { Ok(Duration(total)) }
}

fn parse_iso(text: &str) -> Result<Duration, TimeError> {
    let span: jiff::Span = text.parse().map_err(|_| TimeError::Duration)?;
    if span.is_negative() || span.get_months() != 0 || span.get_years() != 0 {
        return Err(TimeError::Duration);
    }
    let exact =
        span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| TimeError::Duration)?;
    i64::try_from(exact.as_micros()).map(Duration).map_err(|_| TimeError::Range)
}

impl fmt::Display for Duration {
    /// The largest single unit that holds the length exactly: `36h`, `90s`, `7d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let exact = UNITS.iter().filter(|(name, _)| *name != "w").find(|(_, us)| self.0 % us == 0);
        match exact {
            Some((name, us)) => write!(f, "{}{name}", self.0 / us),
            None => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Duration {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        for (text, us, print) in [
            ("30m", 30 * MINUTE_US, "30m"),
            ("24h", DAY_US, "1d"),
            ("7d", 7 * DAY_US, "7d"),
            ("1w", 7 * DAY_US, "7d"),
            ("0s", 0, "0s"),
            ("1d12h", 36 * HOUR_US, "36h"),
            ("PT30M", 30 * MINUTE_US, "30m"),
            ("P7D", 7 * DAY_US, "7d"),
            ("250ms", 250_000, "250ms"),
        ] {
            let d = Duration::parse(text);
            assert_eq!(d, Ok(Duration(us)), "{text}");
            assert_eq!(Duration(us).to_string(), print);
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "30",
            "m",
            "30M",
            "-1h",
            "1h1d",
            "1h1h",
            "P1M",
            "P1Y",
            "3０m",
            "1.5h",
            "1h,30m",
            "9223372036854775807d",
        ] {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_and_the_last_instant_print() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00Z");
        assert_eq!(Timestamp::saturating(-1_500_000).to_string(), "1969-12-31T23:59:58.5Z");
    }

    #[test]
    fn instants_read_and_print() {
        let t = Timestamp::parse("2026-03-01T12:00:00+08:00");
        assert_eq!(t.map(|t| t.to_string()), Ok("2026-03-01T04:00:00Z".into()));
        assert_eq!(Timestamp::parse("2026-03-01T12:00:00"), Err(TimeError::Zoneless));
        assert_eq!(Timestamp::parse("2016-12-31T23:59:60Z"), Err(TimeError::LeapSecond));
        assert_eq!(Timestamp::parse("0000-12-31T23:59:59Z"), Err(TimeError::Range));
        assert_eq!(
            Timestamp::parse("2026-03-01T00:00:00.0000019Z").map(Timestamp::as_micros),
            Ok(1_772_323_200_000_001)
        );
        assert_eq!(Timestamp::parse("1969-12-31T23:59:59.9999999Z").map(Timestamp::as_micros), Ok(-1));
    }
}
