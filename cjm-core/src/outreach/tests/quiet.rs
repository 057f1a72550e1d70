//! Quiet hours by cases and against a walk minute by minute over days on which clocks change.

use proptest::prelude::*;

use super::super::{QuietSpec, Quieted, RefusalReason};
use super::{at, cases, zone};
use crate::base::time::{Duration, MINUTE_US, Timestamp};
use crate::base::zone::Zone;
use crate::blueprint::model::{ClockTime, QuietThen};

fn hours(text: &str) -> QuietSpec {
    let (from, to) = text.split_once('-').unwrap();
    QuietSpec {
        from: ClockTime::parse(from).unwrap(),
        to: ClockTime::parse(to).unwrap(),
        ..QuietSpec::default()
    }
}

/// Where an instant (with its offset) goes: `-` when it is outside, `never`, or the release, all in UTC.
fn check(quiet: &str, name: &str, instant: &str, expected: &str) {
    let (quiet, zone) = (hours(quiet), zone(name));
    let t = at(instant, &zone);
    let release = quiet.release(t, &zone);
    let found = match release {
        None => "never".to_owned(),
        Some(release) if release == t => "-".to_owned(),
        Some(release) => release.to_string(),
    };
    assert_eq!(found, expected, "{quiet:?} in {name} at {instant}");
    assert_eq!(quiet.inside(t, &zone), expected != "-", "{quiet:?} in {name} at {instant}");
}

#[test]
fn hours_of_plain_days() {
    let shanghai = "Asia/Shanghai";
    for (quiet, instant, expected) in [
        ("22:00-08:00", "2026-03-01T21:59:59.999999", "-"),
        ("22:00-08:00", "2026-03-01T22:00", "2026-03-02T00:00:00Z"),
        ("22:00-08:00", "2026-03-02T00:00", "2026-03-02T00:00:00Z"),
        ("22:00-08:00", "2026-03-02T07:59:59.999999", "2026-03-02T00:00:00Z"),
        ("22:00-08:00", "2026-03-02T08:00", "-"),
        ("12:00-14:00", "2026-03-02T11:59", "-"),
        ("12:00-14:00", "2026-03-02T12:00", "2026-03-02T06:00:00Z"),
        ("12:00-14:00", "2026-03-02T14:00", "-"),
        ("22:00-24:00", "2026-03-02T23:59", "2026-03-02T16:00:00Z"),
        ("22:00-00:00", "2026-03-02T23:59", "2026-03-02T16:00:00Z"),
        ("22:00-00:00", "2026-03-03T00:00", "-"),
        ("24:00-08:00", "2026-03-02T00:00", "2026-03-02T00:00:00Z"),
        ("00:00-08:00", "2026-03-01T23:59", "-"),
        ("00:01-00:00", "2026-03-02T00:00", "-"),
        ("00:01-00:00", "2026-03-02T00:01", "2026-03-02T16:00:00Z"),
        ("00:00-24:00", "2026-03-02T00:00", "never"),
        ("00:00-24:00", "2026-03-02T13:00", "never"),
        ("08:00-08:00", "2026-03-02T08:00", "-"),
        ("00:00-00:00", "2026-03-02T08:00", "-"),
        ("24:00-00:00", "2026-03-02T08:00", "-"),
        ("24:00-24:00", "2026-03-02T08:00", "-"),
    ] {
        check(quiet, shanghai, instant, expected);
    }
}

/// The same instant is inside or outside by the customer's own clock.
#[test]
fn the_customer_s_zone_counts() {
    check("22:00-08:00", "Asia/Shanghai", "2026-03-01T14:30:00Z", "2026-03-02T00:00:00Z");
    check("22:00-08:00", "Europe/London", "2026-03-01T14:30:00Z", "-");
    check("22:00-08:00", "America/New_York", "2026-03-01T14:30:00Z", "-");
    check("22:00-08:00", "America/Los_Angeles", "2026-03-01T14:30:00Z", "2026-03-01T16:00:00Z");
}

#[test]
fn gaps_and_folds() {
    let york = "America/New_York";
    for (quiet, instant, expected) in [
        // 2026-03-08 02:00 -> 03:00
        ("22:00-08:00", "2026-03-07T23:00-05:00", "2026-03-08T12:00:00Z"),
        ("22:00-02:30", "2026-03-08T01:59-05:00", "2026-03-08T07:00:00Z"),
        ("22:00-02:30", "2026-03-08T03:00-04:00", "-"),
        ("02:15-02:45", "2026-03-08T01:59:59-05:00", "-"),
        ("02:15-02:45", "2026-03-08T03:00-04:00", "-"),
        ("02:15-05:00", "2026-03-08T03:00-04:00", "2026-03-08T09:00:00Z"),
        // 2026-11-01 02:00 -> 01:00: the first 01:30 ends, the first 01:30 begins
        ("22:00-01:30", "2026-11-01T01:29-04:00", "2026-11-01T05:30:00Z"),
        ("22:00-01:30", "2026-11-01T01:30-04:00", "-"),
        ("22:00-01:30", "2026-11-01T01:10-05:00", "-"),
        ("01:30-03:00", "2026-11-01T01:29-04:00", "-"),
        ("01:30-03:00", "2026-11-01T01:30-04:00", "2026-11-01T08:00:00Z"),
        ("01:30-03:00", "2026-11-01T01:10-05:00", "2026-11-01T08:00:00Z"),
        ("22:00-08:00", "2026-10-31T23:00-04:00", "2026-11-01T13:00:00Z"),
    ] {
        check(quiet, york, instant, expected);
    }
    // no midnight: 2018-11-04 00:00 -> 01:00 (clocks of São Paulo)
    check("22:00-24:00", "America/Sao_Paulo", "2018-11-03T23:30-03:00", "2018-11-04T03:00:00Z");
    check("00:01-00:00", "America/Sao_Paulo", "2018-11-03T23:30-03:00", "2018-11-05T02:00:00Z");
    // no 30 December 2011 in Apia
    check("22:00-08:00", "Pacific/Apia", "2011-12-29T23:00-10:00", "2011-12-30T18:00:00Z");
}

#[test]
fn what_becomes_of_it() {
    let utc = Zone::utc();
    let night = at("2026-03-01T23:00", &utc);
    let morning = at("2026-03-02T08:00", &utc);
    let hold = |text: &str| Some(Duration::parse(text).unwrap());
    let base = hours("22:00-08:00");
    let refused = Quieted::Refused;
    for (quiet, purpose, due, expected) in [
        (QuietSpec { ..base.clone() }, Some(0), night, Quieted::Deferred(morning)),
        (QuietSpec { ..base.clone() }, None, night, Quieted::Deferred(morning)),
        (QuietSpec { purposes: vec![1, 2], ..base.clone() }, Some(0), night, Quieted::Free),
        (QuietSpec { purposes: vec![1, 2], ..base.clone() }, None, night, Quieted::Free),
        (QuietSpec { purposes: vec![1, 2], ..base.clone() }, Some(2), night, Quieted::Deferred(morning)),
        (
            QuietSpec { then: QuietThen::Drop, ..base.clone() },
            None,
            night,
            refused(RefusalReason::QuietDropped),
        ),
        (QuietSpec { max_hold: hold("9h"), ..base.clone() }, None, night, Quieted::Deferred(morning)),
        (
            QuietSpec { max_hold: hold("8h"), ..base.clone() },
            None,
            night,
            refused(RefusalReason::HeldTooLong),
        ),
        // held before already
        (
            QuietSpec { max_hold: hold("9h"), ..base.clone() },
            None,
            night.minus(Duration::from_micros(1)),
            refused(RefusalReason::HeldTooLong),
        ),
        (hours("00:00-24:00"), None, night, refused(RefusalReason::HeldTooLong)),
        (hours("08:00-22:00"), None, night, Quieted::Free),
    ] {
        assert_eq!(quiet.judge(purpose, night, due, &utc), expected, "{quiet:?} {purpose:?}");
    }
}

/// Days on which clocks change, by an hour, half an hour, at midnight, by a whole day.
const CHANGES: [(&str, &str); 12] = [
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("Europe/London", "2026-03-29T01:00:00Z"),
    ("Europe/London", "2026-10-25T01:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("America/Havana", "2026-03-08T05:00:00Z"),
    ("America/Havana", "2026-11-01T05:00:00Z"),
    ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Asia/Shanghai", "2026-03-01T16:00:00Z"),
];
const HALF_WALK_MIN: i64 = 4 * 24 * 60;
const LOOK_MIN: i64 = 16 * 60;

/// For each minute of a walk around a change: whether quiet hours are on. They are switched on by the first minute
/// of a local day at which the clock shows `from` or later, and off by the first that shows `to` or later.
fn walked(quiet: &QuietSpec, zone: &Zone, around: Timestamp) -> Vec<bool> {
    let minute = |n: i64| Timestamp::saturating(around.as_micros() + n * MINUTE_US);
    let clock: Vec<i64> = (-HALF_WALK_MIN..HALF_WALK_MIN)
        .map(|n| {
            let civil = zone.civil(minute(n));
            let days = i64::from(zone.date(minute(n)).days());
            days * 1_440 + i64::from(civil.hour) * 60 + i64::from(civil.minute)
        })
        .collect();
    let first = |shown: i64| clock.iter().position(|c| *c >= shown).unwrap_or(clock.len());
    let (from, to) = (i64::from(quiet.from.0), i64::from(quiet.to.0));
    let mut on = vec![false; clock.len()];
    if from % 1_440 == to % 1_440 && !(from == 0 && to == 1_440) {
        return on;
    }
    let from = from % 1_440;
    let to = if to < from { to + 1_440 } else { to };
    for day in clock[0] / 1_440 - 2..=clock[clock.len() - 1] / 1_440 {
        let (begin, end) = (first(day * 1_440 + from), first(day * 1_440 + to));
        on[begin..end.max(begin)].iter_mut().for_each(|m| *m = true);
    }
    on
}

fn clock_time() -> impl Strategy<Value = u16> {
    prop_oneof![0..=1_440_u16, (0..=48_u16).prop_map(|half| half * 30), 0..=200_u16]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(48)))]

    /// Inside and release are what a walk minute by minute finds.
    #[test]
    fn a_walk_minute_by_minute(
        (name, around) in prop::sample::select(CHANGES.to_vec()), from in clock_time(), to in clock_time(),
    ) {
        let quiet = QuietSpec { from: ClockTime(from), to: ClockTime(to), ..QuietSpec::default() };
        let zone = zone(name);
        let around: Timestamp = around.parse().unwrap();
        let on = walked(&quiet, &zone, around);
        let minute = |n: i64| Timestamp::saturating(around.as_micros() + n * MINUTE_US);
        for n in -LOOK_MIN..LOOK_MIN {
            let place = (n + HALF_WALK_MIN) as usize;
            prop_assert_eq!(quiet.inside(minute(n), &zone), on[place], "{} {:?}", minute(n), quiet);
            let later = minute(n).plus(Duration::from_micros(MINUTE_US - 1));
            prop_assert_eq!(quiet.inside(later, &zone), on[place], "{} {:?}", later, quiet);
            if n % 30 == 0 || on[place] != on[place - 1] {
                let off = on[place..].iter().position(|on| !on).map(|steps| minute(n + steps as i64));
                prop_assert_eq!(quiet.release(minute(n), &zone), off, "{} {:?}", minute(n), quiet);
            }
        }
    }

    /// What is released is not held again.
    #[test]
    fn released_is_free(us in -2_000_000_000_000_000..4_000_000_000_000_000_i64, from in clock_time(), to in clock_time()) {
        let quiet = QuietSpec { from: ClockTime(from), to: ClockTime(to), ..QuietSpec::default() };
        for (name, _) in CHANGES {
            let zone = zone(name);
            let t = Timestamp::saturating(us);
            if let Some(release) = quiet.release(t, &zone) {
                prop_assert!(release >= t && !quiet.inside(release, &zone), "{} {}", name, t);
            }
        }
    }
}

#[test]
fn the_first_and_the_last_instant() {
    for t in [Timestamp::MIN, Timestamp::MAX] {
        for (name, _) in CHANGES {
            let release = hours("22:00-08:00").release(t, &zone(name));
            assert!(release.is_none_or(|release| release >= t), "{name}");
        }
    }
}
