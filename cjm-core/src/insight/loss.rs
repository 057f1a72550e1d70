//! Losses: where and after what customers were lost, beside those who stayed.
//!
//! Answers: for each abandonment and each lapse the last touchpoint, its emotion, wait, complaint and stated reason.
//! Does not know: causes; it puts the lost beside those at the same touchpoint who stayed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::plan::Plan;
use crate::score::{EmotionAcc, Estimate, share};

use super::durations::Spread;
use super::journey::touchpoints;
use super::rows::{Group, LossRow};
use super::tally::Tally;
use super::tally::cells::{Fate, GroupCells, LapseCell, NowhereCell, TouchCell};

/// The table of losses.
pub fn losses(plan: &Plan, tally: &Tally) -> Vec<LossRow> {
    let mut groups: Vec<_> = tally.groups.iter().collect();
    groups.sort_by(|a, b| a.0.cmp(b.0));
    let mut rows = Vec::new();
    for (group, cells) in groups {
        let mut of_group = abandoned(plan, group, cells);
        of_group.extend(lapsed(plan, group, cells));
        of_group.sort_by(|a, b| b.customers.cmp(&a.customers).then_with(|| a.kind.cmp(&b.kind)));
        rows.extend(of_group);
    }
    rows
}

fn abandoned(plan: &Plan, group: &Group, cells: &GroupCells) -> Vec<LossRow> {
    let mut rows = Vec::new();
    for (journey, counted) in plan.document.journeys.iter().zip(&cells.journeys) {
        let NowhereCell { dropped, customers, complained, .. } = counted.nowhere;
        if dropped > 0 {
            rows.push(LossRow {
                kind: "abandoned".to_owned(),
                group: group.clone(),
                journey: Some(journey.id.clone()),
                losses: dropped,
                customers,
                of_losses: share(dropped, counted.abandoned),
                complained: share(complained, dropped),
                ..stayed(&EmotionAcc::new(), Spread::default(), (0, 0))
            });
        }
        for ((_, touchpoint), cell) in touchpoints(journey).zip(&counted.touchpoints) {
            let lost = cell.fate(Fate::Dropped);
            if lost.visits == 0 {
                continue;
            }
            rows.push(LossRow {
                kind: "abandoned".to_owned(),
                group: group.clone(),
                journey: Some(journey.id.clone()),
                state: None,
                touchpoint: Some(touchpoint.id.clone()),
                losses: lost.visits,
                customers: cell.harm().dropped,
                of_losses: share(lost.visits, counted.abandoned),
                emotion: lost.emotion.estimate(),
                median_wait_s: lost.waits.spread().median(),
                complained: share(lost.complained, lost.visits),
                reasons: reasons(&cell.reasons),
                ..went_on(cell)
            });
        }
    }
    rows
}

fn lapsed(plan: &Plan, group: &Group, cells: &GroupCells) -> Vec<LossRow> {
    let mut totals: BTreeMap<u32, u64> = BTreeMap::new();
    for ((state, _), cell) in &cells.lapses {
        *totals.entry(*state).or_default() += cell.losses;
    }
    let row = |((state, at), cell): (&(u32, Option<(u32, u32)>), &LapseCell)| {
        let place = at.and_then(|(j, t)| {
            let journey = plan.document.journeys.get(j as usize)?;
            let (_, touchpoint) = touchpoints(journey).nth(t as usize)?;
            Some((journey.id.clone(), touchpoint.id.clone()))
        });
        LossRow {
            kind: "lapsed".to_owned(),
            group: group.clone(),
            state: plan.names.lifecycle().get(*state as usize).map(|s| s.to_string()),
            journey: place.as_ref().map(|(j, _)| j.clone()),
            touchpoint: place.as_ref().map(|(_, t)| t.clone()),
            losses: cell.losses,
            customers: cell.customers,
            of_losses: share(cell.losses, totals.get(state).copied().unwrap_or(0)),
            emotion: cell.emotion.estimate(),
            median_wait_s: cell.waits.spread().median(),
            complained: share(cell.complained, cell.customers),
            reasons: reasons(&cell.reasons),
            ..stayed(
                &cell.stayed.emotion,
                cell.stayed.waits.spread(),
                (cell.stayed.complained, cell.stayed.customers),
            )
        }
    };
    cells.lapses.iter().map(row).collect()
}

/// Those who went on from the touchpoint.
fn went_on(cell: &TouchCell) -> LossRow {
    let went = cell.fate(Fate::Went);
    let waits = went.waits.spread();
    stayed(&went.emotion, waits, (went.complained, went.visits))
}

/// A row that says only how those did who stayed: their emotion and waits, how many had complained, of how many.
fn stayed(emotion: &EmotionAcc, waits: Spread, (complained, of): (u64, u64)) -> LossRow {
    LossRow {
        kind: String::new(),
        group: Group::default(),
        journey: None,
        state: None,
        touchpoint: None,
        losses: 0,
        customers: 0,
        of_losses: Estimate::none("wilson"),
        emotion: EmotionAcc::new().estimate(),
        emotion_stayed: emotion.estimate(),
        median_wait_s: Spread::default().median(),
        median_wait_stayed_s: waits.median(),
        complained: Estimate::none("wilson"),
        complained_stayed: share(complained, of),
        reasons: Vec::new(),
    }
}

fn reasons(counted: &BTreeMap<Arc<str>, u64>) -> Vec<(String, u64)> {
    let mut list: Vec<(String, u64)> = counted.iter().map(|(reason, n)| (reason.to_string(), *n)).collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}
