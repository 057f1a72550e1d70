//! When simulated customers come: days of the week, hours of the day, gaps between visits.
//!
//! Answers: the local instant at which a visit begins, how busy an hour is. Does not know: what happens then.

use super::world::World;
use crate::base::random::Random;
use crate::base::time::{DAY_US, Duration, HOUR_US, Timestamp};
use crate::base::zone::Date;

/// Customers by local hour where people come in person: two meals a day.
pub(super) const PHYSICAL_HOURS: [f64; 24] = [
    0.05, 0.03, 0.02, 0.0, 0.0, 0.0, 0.02, 0.08, 0.12, 0.15, 0.25, 0.55, 1.0, 0.55, 0.25, 0.2, 0.3, 0.55,
    1.0, 0.95, 0.55, 0.35, 0.2, 0.1,
];

/// Customers by local hour where people come on a screen: all day, most in the evening.
pub(super) const DIGITAL_HOURS: [f64; 24] = [
    0.25, 0.12, 0.07, 0.05, 0.05, 0.08, 0.15, 0.3, 0.45, 0.55, 0.6, 0.6, 0.65, 0.6, 0.55, 0.55, 0.55, 0.6,
    0.7, 0.85, 1.0, 1.0, 0.8, 0.5,
];

/// Customers by weekday, Monday first.
const WEEKDAYS: [f64; 7] = [0.7, 0.7, 0.75, 0.8, 0.95, 1.0, 1.0];

impl World {
    /// How busy the local hour of an instant is, from 0 to 1 (the busiest hour).
    pub(super) fn load(&self, t: Timestamp) -> f64 {
        let hour = usize::try_from(self.zone.civil(t).hour).unwrap_or(0);
        let most = self.hours.iter().copied().fold(0.0, f64::max);
        self.hours.get(hour).map_or(0.0, |weight| if most > 0.0 { weight / most } else { 0.0 })
    }

    /// Whether the local hour of an instant is one of the busiest.
    pub(super) fn is_busy(&self, t: Timestamp) -> bool {
        self.load(t) >= 0.9
    }
}

/// When a customer comes for the first time: any day of the span alike, but for weekdays and hours; `None` in a
/// span of no length.
pub(super) fn first_visit(
    world: &World,
    random: &mut Random,
    start: Timestamp,
    until: Timestamp,
) -> Option<Timestamp> {
    let span = until.since(start).as_micros();
    let drawn = start.plus(Duration::from_micros(random.between(0, span.max(1) - 1)));
    let suits = on_or_after(world, random, i64::from(world.zone.date(drawn).days()));
    // at the edges of the span the hour that suits may lie outside it
    (span > 0).then_some(if suits >= start && suits < until { suits } else { drawn })
}

/// When a customer comes again: at least a day after `end`, on average `gap_days` later.
pub(super) fn next_visit(world: &World, random: &mut Random, end: Timestamp, gap_days: f64) -> Timestamp {
    let gap = 1.0 + random.exponential((gap_days - 1.0).max(0.1));
    let day = i64::from(world.zone.date(end).days()) + (gap as i64).clamp(1, 10_000);
    on_or_after(world, random, day).max(end.plus(Duration::from_micros(DAY_US)))
}

/// An instant of the first day from `day` on that suits, at an hour by demand.
fn on_or_after(world: &World, random: &mut Random, day: i64) -> Timestamp {
    let mut date = Date::from_days(day);
    for later in 0..7 {
        date = Date::from_days(day + later);
        let weekday = usize::try_from(date.weekday()).unwrap_or(0);
        if random.chance(WEEKDAYS.get(weekday).copied().unwrap_or(1.0)) {
            break;
        }
    }
    let hour = random.weighted(&world.hours).unwrap_or(12) as i64;
    let inside = random.below(3_600_000) as i64 * 1_000;
    let time_of_day = Duration::from_micros(hour * HOUR_US + inside);
    world.zone.instant(date, time_of_day).unwrap_or(Timestamp::MAX)
}
