//! Rules that a calendar drives: every day, week or month, or around a customer's own date.
//!
//! Answers: the next occurrence in the customer's zone, each once. Does not know: segments and profiles (it asks).

use serde::{Deserialize, Serialize};

use crate::base::pack::packs;
use crate::base::time::{DAY_US, Duration, MINUTE_US, Timestamp};
use crate::base::zone::{Date, Zone};
use crate::blueprint::model::ClockTime;

/// How far ahead the next day of a week or month may lie.
const MAX_DAYS: i64 = 70;

/// A civil time that comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleSpec {
    /// On which days.
    pub when: When,
    /// At which local time of day; a gap goes to the next valid instant, a fold takes the first.
    pub at: ClockTime,
    /// Only for members of the segment at this position.
    pub segment: Option<u32>,
}

/// The days of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Days of the calendar.
    Every(Every),
    /// So long before each anniversary of a profile field, the date itself included. 29 February is the 28th in
    /// other years. Whole days go back in the calendar, what is left over in exact time.
    Date {
        /// Position of the profile field.
        field: u32,
        /// How long before.
        before: Duration,
    },
}

/// Days that come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Each day.
    Day,
    /// A day of the week, Monday = 0.
    Week(i8),
    /// A day of the month, 1 to 31; the last day of shorter months.
    Month(i8),
}

/// What schedules ask of a customer.
pub trait Calendar {
    /// The customer's zone.
    fn zone(&self) -> &Zone;

    /// Whether the customer is in the segment at this position.
    fn member(&self, segment: u32) -> bool;

    /// The day in the profile field at this position; a time counts by its local day.
    fn date(&self, field: u32) -> Option<Date>;
}

/// How far one scheduled rule has come for one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Clock {
    /// Position of the rule.
    pub(super) rule: u32,
    /// The instant of the next occurrence and its number; `None` while not a member.
    pub(super) next: Option<(Timestamp, i32)>,
    /// The last occurrence that came: the days of its date, or its year.
    pub(super) last: Option<i32>,
}

impl ScheduleSpec {
    /// Reads `day 10:00`, `mon 10:00` or `month 1 10:00`.
    ///
    /// ```
    /// use cjm_core::rule::ScheduleSpec;
    /// assert!(ScheduleSpec::every("mon 10:00").is_some());
    /// assert!(ScheduleSpec::every("monday").is_none());
    /// ```
    pub fn every(text: &str) -> Option<Self> {
        let (days, at) = text.rsplit_once(' ')?;
        let at = ClockTime::parse(at)?;
        let every = match days.split_once(' ') {
            None if days == "day" => Every::Day,
            None => {
                let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
                Every::Week(i8::try_from(names.iter().position(|n| *n == days)?).ok()?)
            }
            Some(("month", day)) => Every::Month(day.parse().ok().filter(|d| (1..=31).contains(d))?),
            Some(_) => return None,
        };
        Some(Self { when: When::Every(every), at, segment: None })
    }

    /// The first occurrence at or after `from` (after it when `from` is over) with a number above `last`.
    pub(super) fn next(
        &self,
        calendar: &impl Calendar,
        from: Timestamp,
        over: bool,
        last: Option<i32>,
    ) -> Option<(Timestamp, i32)> {
        if self.segment.is_some_and(|s| !calendar.member(s)) {
            return None;
        }
        let ahead = |(t, n): &(Timestamp, i32)| {
            (if over { *t > from } else { *t >= from }) && last.is_none_or(|last| *n > last)
        };
        match self.when {
            When::Every(every) => self.days(every, calendar.zone(), from).find(ahead),
            When::Date { field, before } => {
                let date = calendar.date(field)?;
                self.anniversaries(date, before, calendar.zone(), from).find(ahead)
            }
        }
    }

    fn days(&self, every: Every, zone: &Zone, from: Timestamp) -> impl Iterator<Item = (Timestamp, i32)> {
        let today = i64::from(zone.date(from).days());
        let days = (-1..MAX_DAYS).map(move |n| Date::from_days(today + n)).filter(move |d| every.has(*d));
        days.filter_map(move |date| Some((zone.instant(date, time_of_day(self.at)).ok()?, date.days())))
    }

    fn anniversaries(
        &self,
        date: Date,
        before: Duration,
        zone: &Zone,
        from: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, i32)> {
        let (first, month, day) = date.parts();
        let year = zone.date(from.plus(before)).parts().0;
        let (days, rest) = (before.as_micros().div_euclid(DAY_US), before.as_micros().rem_euclid(DAY_US));
        let years = (year.saturating_sub(1)..=year.saturating_add(2)).filter(move |y| *y >= first);
        years.filter_map(move |year| {
            let date = Date::new(year, month, day).or_else(|| Date::new(year, 2, 28))?;
            let date = Date::from_days(i64::from(date.days()) - days);
            let instant = zone.instant(date, time_of_day(self.at)).ok()?;
            Some((instant.minus(Duration::from_micros(rest)), i32::from(year)))
        })
    }
}

impl Every {
    fn has(self, date: Date) -> bool {
        match self {
            Self::Day => true,
            Self::Week(weekday) => date.weekday() == weekday,
            Self::Month(wanted) => {
                let (year, month, day) = date.parts();
                day == wanted || (day < wanted && Date::new(year, month, day + 1).is_none())
            }
        }
    }
}

fn time_of_day(at: ClockTime) -> Duration {
    Duration::from_micros(i64::from(at.0) * MINUTE_US)
}

packs! {
    Clock { rule, next, last }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::zone::parse_instant;

    struct Person(Zone, Option<Date>, bool);

    impl Calendar for Person {
        fn zone(&self) -> &Zone {
            &self.0
        }
        fn member(&self, _: u32) -> bool {
            self.2
        }
        fn date(&self, _: u32) -> Option<Date> {
            self.1
        }
    }

    /// The next three occurrences from a local time on, in local time.
    fn three(spec: ScheduleSpec, person: &Person, from: &str) -> Vec<String> {
        let mut from = parse_instant(from, Some(&person.0)).unwrap();
        let (mut last, mut over, mut list) = (None, false, Vec::new());
        while let Some((t, n)) = spec.next(person, from, over, last).filter(|_| list.len() < 3) {
            let c = person.0.civil(t);
            list.push(format!("{}-{:02}-{:02} {:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute));
            (from, over, last) = (t, true, Some(n));
        }
        list
    }

    #[test]
    fn days_weeks_and_months() {
        let person = Person(Zone::named("Asia/Shanghai").unwrap(), None, true);
        for (every, from, expected) in [
            ("day 10:00", "2026-03-01T10:00", ["2026-03-01 10:00", "2026-03-02 10:00", "2026-03-03 10:00"]),
            ("day 10:00", "2026-03-01T10:01", ["2026-03-02 10:00", "2026-03-03 10:00", "2026-03-04 10:00"]),
            ("mon 09:30", "2026-03-03T00:00", ["2026-03-09 09:30", "2026-03-16 09:30", "2026-03-23 09:30"]),
            (
                "month 1 00:00",
                "2026-03-01T00:00",
                ["2026-03-01 00:00", "2026-04-01 00:00", "2026-05-01 00:00"],
            ),
            (
                "month 31 08:00",
                "2026-01-31T09:00",
                ["2026-02-28 08:00", "2026-03-31 08:00", "2026-04-30 08:00"],
            ),
        ] {
            assert_eq!(three(ScheduleSpec::every(every).unwrap(), &person, from), expected, "{every} {from}");
        }
        for text in ["", "day", "day 9:00", "day  09:00", "week 09:00", "month 0 09:00", "month 32 09:00"] {
            assert_eq!(ScheduleSpec::every(text), None, "{text}");
        }
    }

    #[test]
    fn a_gap_goes_on_and_a_fold_comes_once() {
        let person = Person(Zone::named("America/New_York").unwrap(), None, true);
        let spec = |text| ScheduleSpec::every(text).unwrap();
        let spring = three(spec("day 02:30"), &person, "2026-03-07T12:00");
        assert_eq!(spring, ["2026-03-08 03:00", "2026-03-09 02:30", "2026-03-10 02:30"]);
        let autumn = three(spec("day 01:30"), &person, "2026-10-31T12:00");
        assert_eq!(autumn, ["2026-11-01 01:30", "2026-11-02 01:30", "2026-11-03 01:30"]);
    }

    #[test]
    fn anniversaries() {
        let born = |date: &str| Person(Zone::named("Asia/Shanghai").unwrap(), Date::parse(date).ok(), true);
        let spec = |before: &str, at: &str| ScheduleSpec {
            when: When::Date { field: 0, before: before.parse().unwrap() },
            at: ClockTime::parse(at).unwrap(),
            segment: None,
        };
        for (date, before, at, from, expected) in [
            (
                "1990-05-01",
                "3d",
                "10:00",
                "2026-03-01",
                ["2026-04-28 10:00", "2027-04-28 10:00", "2028-04-28 10:00"],
            ),
            (
                "1992-02-29",
                "0s",
                "10:00",
                "2026-02-28",
                ["2026-02-28 10:00", "2027-02-28 10:00", "2028-02-29 10:00"],
            ),
            (
                "1990-01-02",
                "3d",
                "00:00",
                "2026-12-30T00:00",
                ["2026-12-30 00:00", "2027-12-30 00:00", "2028-12-30 00:00"],
            ),
            (
                "2027-05-01",
                "1d",
                "24:00",
                "2026-03-01",
                ["2027-05-01 00:00", "2028-05-01 00:00", "2029-05-01 00:00"],
            ),
            (
                "1990-05-01",
                "36h",
                "12:00",
                "2026-03-01",
                ["2026-04-30 00:00", "2027-04-30 00:00", "2028-04-30 00:00"],
            ),
            (
                "1990-05-01",
                "400d",
                "10:00",
                "2026-03-01",
                ["2026-03-27 10:00", "2027-03-28 10:00", "2028-03-27 10:00"],
            ),
        ] {
            assert_eq!(three(spec(before, at), &born(date), from), expected, "{date} {before} {at} {from}");
        }
        let never = Person(Zone::utc(), None, true);
        assert_eq!(three(spec("0s", "10:00"), &never, "2026-03-01"), [""; 0]);
    }

    #[test]
    fn only_members_and_each_occurrence_once() {
        let spec = ScheduleSpec { segment: Some(3), ..ScheduleSpec::every("day 10:00").unwrap() };
        let person = |member| Person(Zone::utc(), None, member);
        let from = parse_instant("2026-03-01T10:00:00Z", None).unwrap();
        assert_eq!(spec.next(&person(false), from, false, None), None);
        let today = spec.next(&person(true), from, false, None).unwrap();
        assert_eq!(today.0, from);
        // another zone comes to the same date again: it came already
        let west = Person(Zone::named("America/New_York").unwrap(), None, true);
        let again = spec.next(&west, from, true, Some(today.1)).unwrap();
        assert_eq!(again.0.to_string(), "2026-03-02T15:00:00Z");
    }
}
