//! Quiet hours: from a local time of day until another, in the customer's zone.
//!
//! Answers: whether an instant lies inside, when it ends, what becomes of something due then. Does not know: what is
//! due, nor what time it is.
//!
//! Quiet hours of a day begin at the first instant of that day at which the clock shows `from` or later, and end at
//! the first at which it shows `to` or later: a time in a gap goes to the next valid instant, of a fold the first
//! counts. So the hour that a fold repeats is quiet as a whole when `from` stands in it, and not again when `to` does.

use crate::base::time::{Duration, MINUTE_US, Timestamp};
use crate::base::zone::{Date, Zone};
use crate::blueprint::model::{ClockTime, QuietThen};

use super::reason::RefusalReason;

/// Minutes of a day by the clock.
const DAY_MIN: u16 = 24 * 60;
/// Most days in a row whose quiet hours meet. Only the hours of `00:00` to `24:00` meet without end.
const MAX_MEETING: usize = 4;

/// Quiet hours [from, to) for some purposes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuietSpec {
    /// From, on each local day.
    pub from: ClockTime,
    /// To, on the same local day when it is later than `from`, else on the next. Equal ends are no quiet hours at
    /// all; `00:00` to `24:00` are quiet always.
    pub to: ClockTime,
    /// What they do to something due inside.
    pub then: QuietThen,
    /// Longest deferral; none when `None`.
    pub max_hold: Option<Duration>,
    /// Positions of the purposes they hold for; all, and what has none, when empty.
    pub purposes: Vec<u32>,
}

/// What becomes of something at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quieted {
    /// It may go out.
    Free,
    /// It waits until this instant and is checked again then.
    Deferred(Timestamp),
    /// It is refused.
    Refused(RefusalReason),
}

impl QuietSpec {
    /// What becomes of something for a purpose at `at` that was first due at `due`.
    ///
    /// Beyond `max_hold` after `due`, and where quiet hours never end, a deferral is refused at once.
    ///
    /// ```
    /// use cjm_core::blueprint::model::ClockTime;
    /// use cjm_core::outreach::{QuietSpec, Quieted};
    /// use cjm_core::{Timestamp, Zone};
    /// let night = QuietSpec { from: ClockTime(22 * 60), to: ClockTime(8 * 60), ..QuietSpec::default() };
    /// let zone = Zone::named("Asia/Shanghai")?;
    /// let late = Timestamp::parse("2026-03-01T23:30:00+08:00")?;
    /// let morning = Timestamp::parse("2026-03-02T08:00:00+08:00")?;
    /// assert_eq!(night.judge(None, late, late, &zone), Quieted::Deferred(morning));
    /// assert_eq!(night.judge(None, morning, late, &zone), Quieted::Free);
    /// # Ok::<(), cjm_core::base::time::TimeError>(())
    /// ```
    pub fn judge(&self, purpose: Option<u32>, at: Timestamp, due: Timestamp, zone: &Zone) -> Quieted {
        if !self.concerns(purpose) || !self.inside(at, zone) {
            return Quieted::Free;
        }
        if self.then == QuietThen::Drop {
            return Quieted::Refused(RefusalReason::QuietDropped);
        }
        let in_time = |release: &Timestamp| self.max_hold.is_none_or(|most| release.since(due) <= most);
        let release = self.release(at, zone).filter(in_time);
        release.map_or(Quieted::Refused(RefusalReason::HeldTooLong), Quieted::Deferred)
    }

    /// Whether they hold for a purpose.
    pub fn concerns(&self, purpose: Option<u32>) -> bool {
        self.purposes.is_empty() || purpose.is_some_and(|p| self.purposes.contains(&p))
    }

    /// Whether `at` lies inside.
    pub fn inside(&self, at: Timestamp, zone: &Zone) -> bool {
        self.always() || self.end_around(at, zone).is_some()
    }

    /// The first instant from `at` on that lies outside: `at` itself unless it lies inside. `None` when there is none.
    pub fn release(&self, at: Timestamp, zone: &Zone) -> Option<Timestamp> {
        if self.always() {
            return None;
        }
        let mut free = at;
        for _ in 0..MAX_MEETING {
            match self.end_around(free, zone) {
                None => return Some(free),
                Some(end) => free = end,
            }
        }
        Some(free)
    }

    fn always(&self) -> bool {
        self.from.0 == 0 && self.to.0 == DAY_MIN
    }

    /// The end of the quiet hours that an instant lies in.
    fn end_around(&self, at: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let (from, to) = (self.from.0 % DAY_MIN, self.to.0);
        if from == to % DAY_MIN {
            return None;
        }
        let last_day = i64::from(to < from);
        let today = i64::from(zone.date(at).days());
        // a zone may leave out a whole day, and hours over midnight began on the day before
        let ends = (today - 2..=today + 1).filter_map(|day| {
            let begin = instant(zone, day, from)?;
            let end = instant(zone, day + last_day, to)?;
            (begin <= at && at < end).then_some(end)
        });
        ends.max()
    }
}

fn instant(zone: &Zone, day: i64, minutes: u16) -> Option<Timestamp> {
    let time_of_day = Duration::from_micros(i64::from(minutes) * MINUTE_US);
    zone.instant(Date::from_days(day), time_of_day).ok()
}
