//! Business time: when so much open time has passed, and how much open time lies between two instants.
//!
//! Answers: both, in a given zone, exactly: a day's hours begin and end at civil times, a gap goes to the next valid
//! instant, a fold takes the first. Does not know: tickets, nor whose zone it is.

use crate::base::time::{DAY_US, Duration, MINUTE_US, SECOND_US, Timestamp};
use crate::base::zone::{Date, Zone};
use crate::blueprint::model;

/// How far ahead open time is looked for: a hundred years.
pub const HORIZON_DAYS: i64 = 36_525;

/// Open days and hours. Without any word everything is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// By day of the week, Monday first.
    weekdays: [bool; 7],
    /// After local midnight.
    from: Duration,
    /// After local midnight; not before `from`.
    to: Duration,
    /// Days since 1970-01-01, sorted.
    holidays: Vec<i64>,
}

/// A calendar in a zone.
///
/// ```
/// use cjm_core::blueprint::model;
/// use cjm_core::ticket::Calendar;
/// use cjm_core::{Duration, Timestamp, Zone};
///
/// let hours = model::Hours { from: model::ClockTime(9 * 60), to: model::ClockTime(21 * 60) };
/// let calendar = Calendar::of(&model::Calendar { hours: Some(hours), ..model::Calendar::default() });
/// let zone = Zone::named("Asia/Shanghai")?;
/// let time = calendar.in_zone(&zone);
/// let opened: Timestamp = "2026-03-01T20:00:00+08:00".parse()?;
/// let due = time.add(opened, "2h".parse()?);
/// assert_eq!(due, Some("2026-03-02T10:00:00+08:00".parse()?));
/// assert_eq!(time.between(opened, "2026-03-03T09:00:00+08:00".parse()?), "13h".parse::<Duration>()?);
/// # Ok::<(), cjm_core::base::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BusinessTime<'a> {
    calendar: &'a Calendar,
    zone: &'a Zone,
}

impl Default for Calendar {
    fn default() -> Self {
        let day = Duration::from_micros(DAY_US);
        Self { weekdays: [true; 7], from: Duration::ZERO, to: day, holidays: Vec::new() }
    }
}

impl Calendar {
    /// The calendar of a blueprint: every day where no days are named, the whole day where no hours are.
    pub fn of(written: &model::Calendar) -> Self {
        let mut calendar = Self::default();
        if !written.days.is_empty() {
            calendar.weekdays = [false; 7];
            for day in &written.days {
                if let Some(open) = calendar.weekdays.get_mut(*day as usize) {
                    *open = true;
                }
            }
        }
        if let Some(hours) = written.hours {
            let time = |at: model::ClockTime| Duration::from_micros(i64::from(at.0) * MINUTE_US);
            (calendar.from, calendar.to) = (time(hours.from), time(hours.to.max(hours.from)));
        }
        calendar.holidays = written.holidays.iter().map(|date| i64::from(date.days())).collect();
        calendar.holidays.sort_unstable();
        calendar.holidays.dedup();
        calendar
    }

    /// The calendar where the clocks are those of `zone`.
    pub fn in_zone<'a>(&'a self, zone: &'a Zone) -> BusinessTime<'a> {
        BusinessTime { calendar: self, zone }
    }

    /// Whether a day, counted from 1970-01-01, is open.
    fn opens(&self, day: i64) -> bool {
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        self.weekdays.get(weekday) == Some(&true) && self.holidays.binary_search(&day).is_err()
    }

    /// Open time of a week without holidays and without a change of the clock, in microseconds.
    fn week_us(&self) -> i64 {
        let days = self.weekdays.iter().map(|open| i64::from(*open)).sum::<i64>();
        days * (self.to.as_micros() - self.from.as_micros())
    }

    /// The first holiday at or after a day; the last of all days without one.
    fn holiday_from(&self, day: i64) -> i64 {
        let place = self.holidays.partition_point(|holiday| *holiday < day);
        self.holidays.get(place).copied().unwrap_or(i64::MAX)
    }
}

impl BusinessTime<'_> {
    /// The earliest instant at which so much open time has passed since `at`; `at` itself for no time or less.
    ///
    /// `None` when there is not so much open time in the hundred years that follow. The work is bounded: whole weeks
    /// without a holiday or a change of the clock are taken at once.
    pub fn add(self, at: Timestamp, length: Duration) -> Option<Timestamp> {
        let mut left = length.as_micros();
        if left <= 0 {
            return Some(at);
        }
        let week = Some(self.calendar.week_us()).filter(|week| *week > 0)?;
        // the day before too: where the clock goes back over midnight a local day comes twice
        let mut day = self.day(at) - 1;
        let last = day + HORIZON_DAYS;
        while day <= last {
            let weeks = if left > week { self.alike(day, last, at).min((left - 1) / week) } else { 0 };
            if weeks > 0 {
                left -= weeks * week;
                day += 7 * weeks;
                continue;
            }
            if let Some((from, to)) = self.open(day).filter(|(_, to)| at < *to) {
                let from = from.max(at);
                let room = to.since(from).as_micros();
                if left <= room {
                    return Some(from.plus(Duration::from_micros(left)));
                }
                left -= room;
            }
            day += 1;
        }
        None
    }

    /// The open time in `[a, b)`; negative when `b` is before `a`.
    pub fn between(self, a: Timestamp, b: Timestamp) -> Duration {
        if b < a {
            return Duration::from_micros(-self.between(b, a).as_micros());
        }
        let mut day = self.day(a) - 1;
        let last = self.day(b);
        let mut sum = 0;
        while day <= last.saturating_add(1) {
            let weeks = self.alike(day, last, a);
            if weeks > 0 {
                sum += weeks * self.calendar.week_us();
                day += 7 * weeks;
                continue;
            }
            if let Some((from, to)) = self.open(day) {
                sum += to.min(b).since(from.max(a)).as_micros().max(0);
            }
            day += 1;
        }
        Duration::from_micros(sum)
    }

    /// The local day of an instant, counted from 1970-01-01.
    fn day(self, at: Timestamp) -> i64 {
        i64::from(self.zone.date(at).days())
    }

    /// When a day opens and closes; `None` when it does not open at all.
    fn open(self, day: i64) -> Option<(Timestamp, Timestamp)> {
        let date = Some(Date::from_days(day)).filter(|date| i64::from(date.days()) == day)?;
        if !self.calendar.opens(day) {
            return None;
        }
        let from = self.zone.instant(date, self.calendar.from).ok()?;
        let to = self.zone.instant(date, self.calendar.to).ok()?;
        (from < to).then_some((from, to))
    }

    /// How many whole weeks from `day` on are all alike: none of their days is before `after`, on or after `last`, a
    /// holiday, or one in which the clock changes.
    fn alike(self, day: i64, last: i64, after: Timestamp) -> i64 {
        if last - day < 7 {
            return 0;
        }
        let Ok(start) = self.zone.instant(Date::from_days(day), Duration::ZERO) else { return 0 };
        let (offset_s, _, until) = self.zone.offset_span(start);
        let local = |t: Timestamp| t.as_micros() + i64::from(offset_s) * SECOND_US;
        if start < after || local(start) != day * DAY_US {
            return 0;
        }
        let changes = local(until).div_euclid(DAY_US);
        let end = last.min(changes).min(self.calendar.holiday_from(day));
        ((end - day) / 7).max(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::time::HOUR_US;
    use crate::base::zone::parse_instant;
    use crate::blueprint::model::{ClockTime, Hours, Weekday};

    const WEEK: [Weekday; 7] =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

    fn calendar(days: &[Weekday], hours: &str, holidays: &[&str]) -> Calendar {
        let (from, to) = hours.split_once('-').unwrap();
        let time = |text: &str| ClockTime::parse(text).unwrap();
        Calendar::of(&model::Calendar {
            days: days.to_vec(),
            hours: Some(Hours { from: time(from), to: time(to) }),
            holidays: holidays.iter().map(|d| Date::parse(d).unwrap()).collect(),
            ..model::Calendar::default()
        })
    }

    /// `add` in local time: `zone hours days holidays, from + length`.
    fn check(zone: &str, calendar: &Calendar, from: &str, length: &str, expected: &str) {
        let zone = Zone::named(zone).unwrap();
        let time = calendar.in_zone(&zone);
        let at = parse_instant(from, Some(&zone)).unwrap();
        let length = length.parse().unwrap();
        let due = time.add(at, length);
        let expected = parse_instant(expected, Some(&zone)).ok();
        assert_eq!(due, expected, "{from} + {length}");
        if let Some(due) = due {
            assert_eq!(time.between(at, due), length, "{from} to {due}");
        }
    }

    #[test]
    fn open_time_passes_on_open_days_alone() {
        let week = calendar(&WEEK[..5], "09:00-17:00", &["2026-03-04", "2026-03-05"]);
        for (from, length, expected) in [
            // within a day, over the night, over the weekend (6 March 2026 is a Friday)
            ("2026-03-02T10:00", "2h", "2026-03-02T12:00"),
            ("2026-03-02T16:00", "2h", "2026-03-03T10:00"),
            ("2026-03-06T16:00", "2h", "2026-03-09T10:00"),
            // outside hours it begins with the next opening
            ("2026-03-02T03:00", "1h", "2026-03-02T10:00"),
            ("2026-03-02T17:00", "1s", "2026-03-03T09:00:01"),
            ("2026-03-07T12:00", "1h", "2026-03-09T10:00"),
            // the end of a day is reached at closing, not at the next opening
            ("2026-03-02T09:00", "8h", "2026-03-02T17:00"),
            ("2026-03-02T20:00", "0s", "2026-03-02T20:00"),
            // two holidays
            ("2026-03-03T16:00", "2h", "2026-03-06T10:00"),
            ("2026-03-04T12:00", "8h", "2026-03-06T17:00"),
            // 52 weeks of 40 hours
            ("2026-03-09T09:00", "2080h", "2027-03-05T17:00"),
        ] {
            check("Asia/Shanghai", &week, from, length, expected);
        }
    }

    #[test]
    fn the_clock_may_change_within_hours() {
        let day = calendar(&[], "00:00-24:00", &[]);
        let night = calendar(&[], "02:15-02:45", &[]);
        let edge = calendar(&[], "01:30-03:00", &[]);
        let york = "America/New_York";
        for (calendar, from, length, expected) in [
            // 8 March 2026 has 23 hours, 1 November 25
            (&day, "2026-03-08T00:00", "23h", "2026-03-09T00:00"),
            (&day, "2026-11-01T00:00", "25h", "2026-11-02T00:00"),
            // hours that fall into the gap are no hours at all
            (&night, "2026-03-07T03:00", "30m", "2026-03-09T02:45"),
            // from before the gap to after it, and over the hour that comes twice
            (&edge, "2026-03-08T01:00", "30m", "2026-03-08T03:00"),
            (&edge, "2026-11-01T00:00", "150m", "2026-11-01T03:00"),
        ] {
            check(york, calendar, from, length, expected);
        }
        // a day that the zone never had
        check("Pacific/Apia", &day, "2011-12-29T00:00", "25h", "2011-12-31T01:00");
    }

    #[test]
    fn there_may_be_no_open_time() {
        let utc = Zone::utc();
        let at = parse_instant("2026-03-01T00:00:00Z", None).unwrap();
        let (hour, century): (Duration, Duration) = ("1h".parse().unwrap(), "36525d".parse().unwrap());
        let never = calendar(&[], "09:00-09:00", &[]);
        assert_eq!(never.in_zone(&utc).add(at, hour), None);
        assert_eq!(never.in_zone(&utc).between(at, Timestamp::MAX), Duration::ZERO);
        let always = Calendar::default();
        let time = always.in_zone(&utc);
        assert_eq!(time.add(at, century), Some(at.plus(century)));
        assert_eq!(time.add(at, Duration::from_micros(century.as_micros() + 1)), None);
        assert_eq!(time.add(Timestamp::MAX, hour), None);
        assert_eq!(time.add(Timestamp::MIN, Duration::from_micros(i64::MAX)), None);
        let far = parse_instant("9000-01-01T00:00:00Z", None).unwrap();
        assert_eq!(time.between(Timestamp::MIN, far), far.since(Timestamp::MIN));
    }

    const ZONES: [&str; 7] = [
        "UTC",
        "Asia/Shanghai",
        "America/New_York",
        "America/St_Johns",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ];

    /// Minutes since the epoch near which the clocks of these zones change.
    const CHANGES: [&str; 9] = [
        "2026-03-08T07:00:00Z",
        "2026-11-01T06:00:00Z",
        "2010-03-14T03:31:00Z",
        "2010-11-07T02:31:00Z",
        "2018-11-04T03:00:00Z",
        "2018-02-18T02:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-10-03T15:30:00Z",
        "2011-12-30T10:00:00Z",
    ];

    fn any_calendar() -> impl Strategy<Value = Calendar> {
        let some = prop::sample::subsequence(WEEK.to_vec(), 1..=7);
        let days = prop_oneof![Just(WEEK.to_vec()), some];
        // the clocks change at night: many hours begin before and end after
        let hours = prop_oneof![(0..=1440_u16, 0..=1440_u16), (0..=120_u16, 60..=1440_u16)];
        (days, hours, prop::collection::vec(-5..15_i64, 0..3)).prop_map(|(days, (a, b), holidays)| {
            let hours = Hours { from: ClockTime(a.min(b)), to: ClockTime(a.max(b)) };
            let mut calendar =
                Calendar::of(&model::Calendar { days, hours: Some(hours), ..model::Calendar::default() });
            calendar.holidays = holidays; // days around an instant, set by the test
            calendar
        })
    }

    /// Whether each minute of some days is open, by walking: a day opens when its local clock first reaches the
    /// opening hour or passes it, and closes when it first reaches the closing hour or passes it.
    fn walked(calendar: &Calendar, zone: &Zone, from: i64, minutes: i64) -> Vec<bool> {
        let margin = 3 * 1440;
        let local = |minute: i64| {
            let civil = zone.civil(Timestamp::saturating(minute * MINUTE_US));
            let date = Date::new(civil.year, civil.month, civil.day).unwrap();
            i64::from(date.days()) * 1440 + i64::from(civil.hour) * 60 + i64::from(civil.minute)
        };
        let (opens, closes) = (calendar.from.as_micros() / MINUTE_US, calendar.to.as_micros() / MINUTE_US);
        let mut reached = i64::MIN;
        let mut open = false;
        let mut list = Vec::new();
        for minute in from - margin..from + minutes {
            let now = local(minute);
            for mark in reached.max(now - 4 * 1440) + 1..=now {
                // closing first: one day may close at the instant at which the next opens
                let (day, clock) = (mark.div_euclid(1440), mark.rem_euclid(1440));
                if clock == closes || (closes == 1440 && clock == 0) {
                    open = false;
                }
                if clock == opens && opens < closes {
                    open = calendar.opens(day);
                }
            }
            reached = reached.max(now);
            if minute >= from {
                list.push(open);
            }
        }
        list
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::ticket::tests::cases(60)))]

        /// What is counted by days is what is counted minute by minute.
        #[test]
        fn days_agree_with_minutes(
            mut calendar in any_calendar(),
            zone in prop::sample::select(ZONES.to_vec()),
            near in prop::sample::select(CHANGES.to_vec()),
            before in 0..4320_i64,
            wanted in 1..6000_i64,
        ) {
            let zone = Zone::named(zone).unwrap();
            let from = parse_instant(near, None).unwrap().as_micros() / MINUTE_US - before;
            let today = from.div_euclid(1440);
            calendar.holidays.iter_mut().for_each(|h| *h += today);
            calendar.holidays.sort_unstable();
            calendar.holidays.dedup();
            let open = walked(&calendar, &zone, from, 12 * 1440);
            let at = |minute: i64| Timestamp::saturating((from + minute) * MINUTE_US);
            let time = calendar.in_zone(&zone);
            let mut passed = 0;
            let mut reached = None;
            for (minute, is_open) in (1_i64..).zip(&open) {
                passed += i64::from(*is_open);
                if passed == wanted && reached.is_none() {
                    reached = Some(minute);
                }
                if minute % 331 == 0 {
                    prop_assert_eq!(time.between(at(0), at(minute)).as_micros(), passed * MINUTE_US);
                }
            }
            let due = time.add(at(0), Duration::from_micros(wanted * MINUTE_US));
            match reached {
                Some(minute) => prop_assert_eq!(due, Some(at(minute))),
                None => prop_assert!(due.is_none_or(|due| due > at(12 * 1440))),
            }
        }

        /// Weeks taken at once are what their days are one by one.
        #[test]
        fn weeks_agree_with_days(
            mut calendar in any_calendar(),
            zone in prop::sample::select(ZONES.to_vec()),
            start in 0..20_000_i64,
            hours in 0..40_000_i64,
        ) {
            let zone = Zone::named(zone).unwrap();
            calendar.holidays.iter_mut().for_each(|h| *h += start + 300);
            calendar.holidays.sort_unstable();
            calendar.holidays.dedup();
            let time = calendar.in_zone(&zone);
            let a = Timestamp::saturating(start * DAY_US + HOUR_US);
            let b = a.plus(Duration::from_micros(hours * HOUR_US));
            let days = start - 2..=start + hours / 24 + 2;
            let length = |(from, to): (Timestamp, Timestamp)| to.min(b).since(from.max(a)).as_micros().max(0);
            let sum: i64 = days.filter_map(|day| time.open(day)).map(length).sum();
            prop_assert_eq!(time.between(a, b).as_micros(), sum);
            prop_assert_eq!(time.between(b, a).as_micros(), -sum);
            let due = time.add(a, Duration::from_micros(sum));
            prop_assert!(due.is_some_and(|due| due <= b && time.between(a, due).as_micros() == sum));
        }
    }
}
