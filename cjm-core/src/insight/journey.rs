//! Journeys, stages, touchpoints, first deviations: rows from cells.
//!
//! Answers: counts, shares with intervals, stays, dwell and waits. Does not know: emotions beyond their mean.

use crate::blueprint::model::{Journey, Touchpoint};
use crate::plan::Plan;
use crate::score::{EmotionAcc, Estimate, share};

use super::rows::{DeviationRow, Group, JourneyRow, StageRow, TouchpointRow};
use super::tally::Tally;
use super::tally::cells::{Deviation, DeviationKind, JourneyCell, TouchCell};
use super::walk::{kind_of, passed_over};

/// One group's cells of one journey, with its model.
pub(super) struct Part<'a> {
    pub(super) journey: &'a Journey,
    pub(super) group: &'a Group,
    pub(super) cell: &'a JourneyCell,
}

/// Every (journey, group) in the stated order: journey, then everyone, then groups by cut and value.
pub(super) fn parts<'a>(plan: &'a Plan, tally: &'a Tally) -> Vec<Part<'a>> {
    let mut groups: Vec<_> = tally.groups.iter().collect();
    groups.sort_by(|a, b| a.0.cmp(b.0));
    let of_journey = |(place, journey): (usize, &'a Journey)| {
        groups
            .iter()
            .filter_map(|(group, cells)| Some(Part { journey, group, cell: cells.journeys.get(place)? }))
            .filter(|part| part.group.by.is_none() || part.cell.trips > 0 || part.cell.strays > 0)
            .collect::<Vec<_>>()
    };
    plan.document.journeys.iter().enumerate().flat_map(of_journey).collect()
}

/// Touchpoints of a journey with their stage, in map order.
pub(super) fn touchpoints(journey: &Journey) -> impl Iterator<Item = (&str, &Touchpoint)> {
    journey.stages.iter().flat_map(|s| s.touchpoints.iter().map(|t| (s.id.as_str(), t)))
}

/// The table of journeys.
pub fn journeys(plan: &Plan, tally: &Tally) -> Vec<JourneyRow> {
    let row = |part: Part<'_>| JourneyRow {
        journey: part.journey.id.clone(),
        group: part.group.clone(),
        customers: part.cell.customers,
        trips: part.cell.trips,
        reached: part.cell.reached,
        reached_share: of_goal(part.journey, part.cell.reached, part.cell.trips),
        completed: part.cell.completed,
        abandoned: part.cell.abandoned,
        merged: part.cell.merged,
        open: part.cell.open,
        nowhere: part.cell.nowhere.open,
        outside: part.cell.outside,
        not_opened: part.cell.not_opened,
        median_to_goal_s: part.cell.to_goal.spread().median(),
        conforming: part.cell.conforming,
    };
    parts(plan, tally).into_iter().map(row).collect()
}

/// The table of stages.
pub fn stages(plan: &Plan, tally: &Tally) -> Vec<StageRow> {
    let mut rows = Vec::new();
    for journey in &plan.document.journeys {
        let of_journey: Vec<_> =
            parts(plan, tally).into_iter().filter(|p| std::ptr::eq(p.journey, journey)).collect();
        for (stage_place, stage) in journey.stages.iter().enumerate() {
            for part in &of_journey {
                let Some(cell) = part.cell.stages.get(stage_place) else { continue };
                let stay = cell.stays.spread();
                rows.push(StageRow {
                    journey: journey.id.clone(),
                    stage: stage.id.clone(),
                    group: part.group.clone(),
                    trips: cell.trips,
                    customers: cell.customers,
                    of_trips: share(cell.trips, part.cell.trips),
                    entered: cell.entered,
                    left: cell.left,
                    completed: cell.completed,
                    dropped: cell.dropped,
                    merged: cell.merged,
                    drop_share: of_goal(journey, cell.dropped, cell.trips),
                    inside: cell.inside,
                    median_stay_s: stay.median(),
                    q95_stay_s: stay.q95_s,
                });
            }
        }
    }
    rows
}

/// The table of touchpoints.
pub fn touchpoint_rows(plan: &Plan, tally: &Tally) -> Vec<TouchpointRow> {
    let parts = parts(plan, tally);
    let mut rows = Vec::new();
    for journey in &plan.document.journeys {
        for (place, (stage, touchpoint)) in touchpoints(journey).enumerate() {
            for part in parts.iter().filter(|p| std::ptr::eq(p.journey, journey)) {
                if let Some(cell) = part.cell.touchpoints.get(place) {
                    let expected = expectations(part.group, touchpoint, cell);
                    rows.push(touchpoint_row(part, (stage, touchpoint), cell, expected.wait_s));
                }
            }
        }
    }
    rows
}

fn touchpoint_row(
    part: &Part<'_>,
    (stage, touchpoint): (&str, &Touchpoint),
    cell: &TouchCell,
    expected_wait_s: Option<f64>,
) -> TouchpointRow {
    let visits: u64 = cell.fates.iter().map(|f| f.visits).sum();
    let emotion = emotion_of(cell);
    TouchpointRow {
        journey: part.journey.id.clone(),
        stage: stage.to_owned(),
        touchpoint: touchpoint.id.clone(),
        group: part.group.clone(),
        has_event: !touchpoint.event.is_empty(),
        customers: cell.customers,
        trips: cell.trips,
        visits,
        next_rate: share(cell.next, cell.stops),
        median_dwell_s: cell.dwell.spread().median(),
        expected_wait_s,
        waits: cell.waits.n,
        median_wait_s: cell.waits.median(),
        q95_wait_s: cell.waits.q95_s,
        wait_over: share(cell.over, cell.rated),
        bad_share: emotion.bad_share(),
        emotion: emotion.estimate(),
    }
}

/// A share of trips that only a journey with a goal has.
fn of_goal(journey: &Journey, count: u64, trips: u64) -> Estimate {
    let known = share(count, trips);
    if journey.goal.is_some() { known } else { Estimate::none(known.method) }
}

/// What is expected at a touchpoint.
pub(super) struct Expectations {
    pub(super) wait_s: Option<f64>,
    pub(super) emotion: Option<f64>,
}

/// What is expected of a group's visits; where scenarios change it, the mean over the visits, and without a visit what
/// the group's own scenario says.
pub(super) fn expectations(group: &Group, touchpoint: &Touchpoint, cell: &TouchCell) -> Expectations {
    let of = |place: usize| place.checked_sub(1).and_then(|p| touchpoint.in_.get_index(p)).map(|(_, at)| at);
    let wait = |place| of(place).map_or(touchpoint.wait, |at| at.wait).map(|w| w.as_secs_f64());
    let emotion = |place| of(place).map_or(touchpoint.expected, |at| at.expected);
    let own = group.value.as_deref().filter(|_| group.by.as_deref() == Some("scenario"));
    let own = own.and_then(|own| touchpoint.in_.get(own));
    let places = || cell.expected.iter().enumerate();
    Expectations {
        wait_s: mean(places().map(|(place, [n, _])| (*n, wait(place))))
            .or(own.and_then(|at| at.wait).map(|w| w.as_secs_f64()))
            .or(wait(0)),
        emotion: mean(places().map(|(place, [_, n])| (*n, emotion(place))))
            .or(own.and_then(|at| at.expected))
            .or(emotion(0)),
    }
}

/// The mean of the values that are there, each so often.
fn mean(values: impl Iterator<Item = (u64, Option<f64>)>) -> Option<f64> {
    let known = values.filter_map(|(n, value)| Some((n, value?)));
    let (n, sum) = known.fold((0, 0.0), |(all, sum), (n, value)| (all + n, sum + n as f64 * value));
    (n > 0).then(|| sum / n as f64)
}

/// All emotions of a touchpoint, whatever became of the visit.
pub(super) fn emotion_of(cell: &TouchCell) -> EmotionAcc {
    let mut all = EmotionAcc::new();
    cell.fates.iter().for_each(|f| all.merge(&f.emotion));
    all
}

/// The table of first deviations.
pub fn deviations(plan: &Plan, tally: &Tally) -> Vec<DeviationRow> {
    let mut rows = Vec::new();
    for part in parts(plan, tally) {
        let place = plan.document.journeys.iter().position(|j| std::ptr::eq(j, part.journey));
        let Some(map) = place.and_then(|p| plan.maps.get(p)) else { continue };
        let ids: Vec<&str> = touchpoints(part.journey).map(|(_, t)| t.id.as_str()).collect();
        let id = |n: u32| ids.get(n as usize).map(|id| (*id).to_owned());
        for (deviation, trips) in &part.cell.deviations {
            let Deviation { after, then } = *deviation;
            rows.push(DeviationRow {
                journey: part.journey.id.clone(),
                group: part.group.clone(),
                after: after.and_then(id),
                then: then.and_then(id),
                kind: kind_of(map, deviation).name().to_owned(),
                skipped: passed_over(map, deviation).into_iter().filter_map(id).collect(),
                trips: *trips,
                of_trips: share(*trips, part.cell.trips),
            });
        }
    }
    rows.sort_by(|a, b| {
        let key = |r: &DeviationRow| (r.journey.clone(), r.after.clone(), r.then.clone(), r.kind.clone());
        a.group.cmp(&b.group).then(b.trips.cmp(&a.trips)).then_with(|| key(a).cmp(&key(b)))
    });
    rows
}

impl DeviationKind {
    /// The name used in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Back => "back",
            Self::Repeated => "repeated",
            Self::NotInFlow => "not_in_flow",
        }
    }
}
