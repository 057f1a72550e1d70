//! First deviations: where a trip first left what the map says.
//!
//! Answers: the first succession that the map does not allow, and what kind it is.
//! Does not know: optimal alignments; this is the plain first difference.

use crate::map::{Map, TouchpointPos};
use crate::signal::TripEnd;

use super::record::TripRecord;
use super::tally::cells::{Deviation, DeviationKind};

/// The first deviation of a trip; `None` when it conforms so far.
pub fn first_deviation(map: &Map, trip: &TripRecord) -> Option<Deviation> {
    let mut after: Option<TouchpointPos> = None;
    for step in &trip.steps {
        let then = TouchpointPos::of_index(step.touchpoint as usize);
        if !map.allows(after, then) {
            return Some(Deviation { after: after.map(number), then: Some(step.touchpoint) });
        }
        after = Some(then);
    }
    // a completed trip should have met everything the map requires to its end
    let last = after.filter(|_| trip.end == Some(TripEnd::Completed))?;
    let missing = !map.may_end(last) && !map.required_after(last).is_empty();
    missing.then(|| Deviation { after: Some(number(last)), then: None })
}

/// What kind of deviation it is.
pub fn kind_of(map: &Map, deviation: &Deviation) -> DeviationKind {
    let Some(then) = deviation.then else { return DeviationKind::Skipped };
    match deviation.after {
        Some(before) if before == then => DeviationKind::Repeated,
        Some(before) if then < before => DeviationKind::Back,
        after if !map.has_flow() && !map.required_between(after.map(place), place(then)).is_empty() => {
            DeviationKind::Skipped
        }
        _ => DeviationKind::NotInFlow,
    }
}

/// The required touchpoints that a deviation passed over.
pub fn passed_over(map: &Map, deviation: &Deviation) -> Vec<u32> {
    if kind_of(map, deviation) != DeviationKind::Skipped {
        return Vec::new();
    }
    let list = match (deviation.after.map(place), deviation.then.map(place)) {
        (after, Some(then)) => map.required_between(after, then),
        (Some(after), None) => map.required_after(after),
        (None, None) => return Vec::new(),
    };
    list.iter().map(|p| number(*p)).collect()
}

fn place(number: u32) -> TouchpointPos {
    TouchpointPos::of_index(number as usize)
}

fn number(place: TouchpointPos) -> u32 {
    u32::try_from(place.index()).unwrap_or(u32::MAX)
}
