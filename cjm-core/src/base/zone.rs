//! Civil time: zones, local dates and hours, and how a text without an offset becomes an instant.
//!
//! Answers: which instant a local time is (a gap goes forward, a fold takes the first), which local hour an instant is.
//! Does not know: the machine's own zone or clock; zone data is the bundled database, the same on every machine.

use std::fmt;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::time::{Duration, TimeError, Timestamp};

/// A named time zone of the bundled database.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Zone(TimeZone);

/// A calendar day without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i32,
}

/// A local date and time of day with its parts, as conditions and groupings need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Civil {
    /// Year, 1 to 9999.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month, 1 to 31.
    pub day: i8,
    /// Hour, 0 to 23.
    pub hour: i8,
    /// Minute, 0 to 59.
    pub minute: i8,
    /// Second, 0 to 59.
    pub second: i8,
    /// Day of the week, Monday = 0.
    pub weekday: i8,
    /// Seconds east of UTC at that instant.
    pub offset_s: i32,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Looks a zone up by its IANA name (`Asia/Shanghai`), in any case, or a fixed offset (`+08:00`).
    pub fn named(name: &str) -> Result<Self, TimeError> {
        if name.eq_ignore_ascii_case("utc") || name == "Z" {
            return Ok(Self::utc());
        }
        if name.starts_with(['+', '-']) {
            return fixed_offset(name);
        }
        jiff::tz::db().get(name).map(Self).map_err(|_| TimeError::Zone)
    }

    /// The IANA name, or the offset of a fixed zone.
    pub fn name(&self) -> String {
        match self.0.iana_name() {
            Some(name) => name.to_string(),
            None => offset_name(self.0.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds()),
        }
    }

    /// The local date and time at `t`.
    pub fn civil(&self, t: Timestamp) -> Civil {
        let instant = t.to_jiff();
        let offset = self.0.to_offset(instant);
        let local = offset.to_datetime(instant);
        Civil {
            year: local.year(),
            month: local.month(),
            day: local.day(),
            hour: local.hour(),
            minute: local.minute(),
            second: local.second(),
            weekday: local.weekday().to_monday_zero_offset(),
            offset_s: offset.seconds(),
        }
    }

    /// Seconds east of UTC at `t`.
    pub fn offset_s(&self, t: Timestamp) -> i32 {
        self.0.to_offset(t.to_jiff()).seconds()
    }

    /// The instant range `[from, to)` around `t` in which this zone keeps one offset: a cache for hot loops.
    pub fn offset_span(&self, t: Timestamp) -> (i32, Timestamp, Timestamp) {
        let instant = t.to_jiff();
        let next = jiff::Timestamp::from_microsecond(t.as_micros().saturating_add(1)).unwrap_or(instant);
        let from =
            self.0.preceding(next).next().map_or(Ok(Timestamp::MIN), |x| Timestamp::of_jiff(x.timestamp()));
        let to = self
            .0
            .following(instant)
            .next()
            .map_or(Ok(Timestamp::MAX), |x| Timestamp::of_jiff(x.timestamp()));
        (self.0.to_offset(instant).seconds(), from.unwrap_or(Timestamp::MIN), to.unwrap_or(Timestamp::MAX))
    }

    /// The local day at `t`.
    pub fn date(&self, t: Timestamp) -> Date {
        let local = i64::from(self.offset_s(t)).saturating_mul(1_000_000).saturating_add(t.as_micros());
        Date::from_days(local.div_euclid(super::time::DAY_US))
    }

    /// The instant of `date` at `time_of_day` after local midnight; a gap goes to the next valid instant, a fold takes the first.
    pub fn instant(&self, date: Date, time_of_day: Duration) -> Result<Timestamp, TimeError> {
        let us = i64::from(date.days) * super::time::DAY_US + time_of_day.as_micros();
        let local = jiff::tz::Offset::UTC
            .to_datetime(jiff::Timestamp::from_microsecond(us).map_err(|_| TimeError::Range)?);
        self.resolve(local)
    }

    fn resolve(&self, local: civil::DateTime) -> Result<Timestamp, TimeError> {
        let t = match self.0.to_ambiguous_timestamp(local).offset() {
            jiff::tz::AmbiguousOffset::Gap { .. } => self.after_gap(local)?,
            _ => self.0.to_ambiguous_timestamp(local).compatible().map_err(|_| TimeError::Range)?,
        };
        Timestamp::of_jiff(t)
    }

    /// The first valid instant after a gap: the transition itself.
    fn after_gap(&self, local: civil::DateTime) -> Result<jiff::Timestamp, TimeError> {
        let late = self.0.to_ambiguous_timestamp(local).later().map_err(|_| TimeError::Range)?;
        let early = self.0.to_ambiguous_timestamp(local).earlier().map_err(|_| TimeError::Range)?;
        let (low, high) = if early < late { (early, late) } else { (late, early) };
        let found = self.0.following(low).next().map(|x| x.timestamp());
        Ok(found.filter(|t| *t <= high).unwrap_or(late))
    }
}

/// An offset as [`Zone::named`] reads it: `+08:00`.
fn offset_name(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn fixed_offset(text: &str) -> Result<Zone, TimeError> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..).and_then(|t| t.split_once(':')).ok_or(TimeError::Zone)?;
    let two_digits = |t: &str| t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit());
    let part = |t: &str| if two_digits(t) { t.parse::<i32>().ok() } else { None };
    let (h, m) = part(hours).zip(part(minutes)).filter(|(_, m)| *m < 60).ok_or(TimeError::Zone)?;
    let offset = jiff::tz::Offset::from_seconds(sign * (h * 3600 + m * 60)).map_err(|_| TimeError::Zone)?;
    Ok(Zone(TimeZone::fixed(offset)))
}

/// Reads an instant; a text without an offset is taken in `zone` when there is one.
///
/// Accepts `T` or a space between date and time, and a date alone when `zone` is given (its local midnight).
pub fn parse_instant(text: &str, zone: Option<&Zone>) -> Result<Timestamp, TimeError> {
    let text = text.trim_ascii();
    if has_second_60(text) {
        return Err(TimeError::LeapSecond);
    }
    if year_of(text).is_none_or(|year| year == 0) {
        return Err(if text.starts_with("0000") { TimeError::Range } else { TimeError::Syntax });
    }
    let (plain, bracket) = match text.split_once('[') {
        Some((plain, name)) => (plain, Some(name.strip_suffix(']').ok_or(TimeError::Syntax)?)),
        None => (text, None),
    };
    if has_offset(plain) {
        // what reads as a date and time, and still is no instant, lies beyond the last
        let reads = || plain.trim_end_matches(['Z', 'z']).parse::<civil::DateTime>().is_ok();
        let wrong = || if reads() { TimeError::Range } else { TimeError::Syntax };
        let t: jiff::Timestamp = plain.parse().map_err(|_| wrong())?;
        return agree(t, plain, bracket);
    }
    let local: civil::DateTime = plain.parse().map_err(|_| TimeError::Syntax)?;
    match (bracket, zone) {
        (Some(name), _) => Zone::named(name)?.resolve(local),
        (None, Some(zone)) => zone.resolve(local),
        (None, None) => Err(TimeError::Zoneless),
    }
}

/// An offset that contradicts its bracketed zone is refused.
fn agree(t: jiff::Timestamp, plain: &str, bracket: Option<&str>) -> Result<Timestamp, TimeError> {
    if let Some(name) = bracket {
        let zone = Zone::named(name)?;
        let local: civil::DateTime = plain.trim_end_matches('Z').parse().map_err(|_| TimeError::Syntax)?;
        let written = i64::from(zone.0.to_offset(t).seconds());
        let stated = local.to_zoned(TimeZone::UTC).map_err(|_| TimeError::Range)?.timestamp().as_second()
            - t.as_second();
        if written != stated && !plain.ends_with('Z') {
            return Err(TimeError::OffsetContradiction);
        }
    }
    Timestamp::of_jiff(t)
}

fn year_of(text: &str) -> Option<u32> {
    text.get(..4).filter(|t| t.bytes().all(|b| b.is_ascii_digit())).and_then(|t| t.parse().ok())
}

/// Whether the time of day says second 60, with or without colons: the parser would make it 59.
fn has_second_60(text: &str) -> bool {
    let clock = text.split_once(['T', 't', ' ']).map_or("", |(_, clock)| clock);
    let mut digits = clock.bytes().filter(|b| *b != b':');
    // after two characters of the hour and two of the minute
    (digits.nth(4), digits.next()) == (Some(b'6'), Some(b'0'))
}

/// Whether the part after the date ends in `Z` or `+hh:mm`.
fn has_offset(text: &str) -> bool {
    let clock = text.get(10..).unwrap_or("");
    clock.ends_with(['Z', 'z']) || clock.contains(['+', '-'])
}

impl Date {
    /// From days since 1970-01-01, held inside the years 1 to 9999.
    pub fn from_days(days: i64) -> Self {
        Self { days: days.clamp(-719_162, 2_932_896) as i32 }
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.days
    }

    /// From year, month and day of the month.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        let (y, m, d) = (i32::from(year), i32::from(month), i32::from(day));
        let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
        let length = match m {
            2 => 28 + i32::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if !(1..=9999).contains(&y) || !(1..=12).contains(&m) || !(1..=length).contains(&d) {
            return None;
        }
        // years that begin in March put the leap day last
        let (y, m) = if m > 2 { (y, m - 3) } else { (y - 1, m + 9) };
        Some(Self { days: y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d - 1 - 719_468 })
    }

    /// Reads `2026-03-01`.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let date: civil::Date = text.parse().map_err(|_| TimeError::Syntax)?;
        if text.len() != 10 {
            return Err(TimeError::Syntax);
        }
        Self::new(date.year(), date.month(), date.day()).ok_or(TimeError::Range)
    }

    /// Year, month, day of the month.
    pub fn parts(self) -> (i16, i8, i8) {
        let since_march = self.days + 719_468;
        let (era, day) = (since_march.div_euclid(146_097), since_march.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year + i32::from(month <= 2);
        (year as i16, month as i8, day as i8)
    }

    /// Day of the week, Monday = 0.
    pub fn weekday(self) -> i8 {
        (i64::from(self.days) + 3).rem_euclid(7) as i8
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl From<Zone> for String {
    fn from(z: Zone) -> Self {
        z.name()
    }
}

impl TryFrom<String> for Zone {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::named(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> Result<String, TimeError> {
        parse_instant(text, Some(&Zone::named(zone)?)).map(|t| t.to_string())
    }

    #[test]
    fn zoneless_texts_take_the_zone() {
        assert_eq!(at("2019-11-01 17:59:13.273932", "UTC"), Ok("2019-11-01T17:59:13.273932Z".into()));
        assert_eq!(at("2026-03-01", "Asia/Shanghai"), Ok("2026-02-28T16:00:00Z".into()));
        assert_eq!(at("2026-03-01T00:00:00+14:00", "UTC"), Ok("2026-02-28T10:00:00Z".into()));
        assert_eq!(at("2011-10-11 13:45:40.276000+02:00", "UTC"), Ok("2011-10-11T11:45:40.276Z".into()));
    }

    #[test]
    fn gap_goes_to_the_next_valid_instant_and_fold_takes_the_first() {
        assert_eq!(at("2026-03-08T02:30:00", "America/New_York"), Ok("2026-03-08T07:00:00Z".into()));
        assert_eq!(at("2026-11-01T01:30:00", "America/New_York"), Ok("2026-11-01T05:30:00Z".into()));
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(
            at("2026-03-01T00:00:00+07:00[Asia/Shanghai]", "UTC"),
            Err(TimeError::OffsetContradiction)
        );
        assert_eq!(at("2026-03-01T00:00:00+08:00[Asia/Shanghai]", "UTC"), Ok("2026-02-28T16:00:00Z".into()));
        assert_eq!(Zone::named("Mars/Base"), Err(TimeError::Zone));
        for name in ["UTC", "+08:00", "-03:30", "Asia/Shanghai"] {
            assert_eq!(Zone::named(name).map(|zone| zone.name()), Ok(name.into()));
        }
    }

    #[test]
    fn second_60_is_refused_however_it_is_written() {
        for text in
            ["2016-12-31T23:59:60Z", "2016-12-31 23:59:60.5", "20161231T235960Z", "2016-12-31t235960z"]
        {
            assert_eq!(at(text, "UTC"), Err(TimeError::LeapSecond), "{text}");
        }
        assert_eq!(at("2016-12-31T235959Z", "UTC"), Ok("2016-12-31T23:59:59Z".into()));
        assert_eq!(at("2016-12-31T23:59-06:00", "UTC"), Ok("2017-01-01T05:59:00Z".into()));
    }

    #[test]
    fn offsets_are_digits() {
        for name in ["+-8:00", "+08:+5", "-+3:30", "+8:00", "+０８:00"] {
            assert_eq!(Zone::named(name), Err(TimeError::Zone), "{name}");
        }
    }

    #[test]
    fn civil_parts() {
        let zone = Zone::named("Asia/Shanghai").unwrap_or_else(|_| Zone::utc());
        let civil = zone.civil(Timestamp::parse("2026-03-01T16:30:00Z").unwrap_or_default());
        assert_eq!((civil.day, civil.hour, civil.minute, civil.weekday), (2, 0, 30, 0));
        assert_eq!(Date::parse("2026-03-02").map(Date::weekday), Ok(0));
        assert_eq!(Date::new(2023, 2, 29), None);
    }

    #[test]
    fn days_agree_with_the_calendar_from_the_first_to_the_last() {
        for days in (-719_162..=2_932_896).step_by(17).chain([2_932_896, -719_162, -1, 0, 59, 11_016]) {
            let date = Date::from_days(days);
            let (year, month, day) = date.parts();
            assert_eq!(Date::new(year, month, day), Some(date));
            let known = civil::Date::new(year, month, day).unwrap();
            assert_eq!(civil::Date::constant(1970, 1, 1).until(known).unwrap().get_days(), date.days());
            assert_eq!(known.to_string(), date.to_string());
            assert_eq!(known.weekday().to_monday_zero_offset(), date.weekday());
        }
        assert_eq!(Date::from_days(i64::MAX).to_string(), "9999-12-31");
        assert_eq!(Date::from_days(i64::MIN).to_string(), "0001-01-01");
    }
}
