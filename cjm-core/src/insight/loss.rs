//! Losses: where and after what customers were lost, beside those who stayed.
//!
//! Answers: for each abandonment and each lapse the last touchpoint, its emotion, wait, complaint and stated reason.
//! Does not know: causes; it puts the lost beside those who went on from the same touchpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::plan::Plan;
use crate::score::{EmotionAcc, Estimate, share};

use super::journey::touchpoints;
use super::rows::{Group, LossRow};
use super::tally::Tally;
use super::tally::cells::{Fate, GroupCells, LapseCell, TouchCell};

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
                customers: cell.harm.dropped,
                of_losses: share(lost.visits, counted.abandoned),
                emotion: lost.emotion.estimate(),
                median_wait_s: lost.waits.spread().median_s,
                complained: share(lost.complained, lost.visits),
                reasons: reasons(&cell.reasons),
                ..stayed(Some(cell))
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
            let counted = cells.journeys.get(j as usize)?.touchpoints.get(t as usize);
            Some((journey.id.clone(), touchpoint.id.clone(), counted))
        });
        let counted = place.as_ref().and_then(|(_, _, counted)| *counted);
        LossRow {
            kind: "lapsed".to_owned(),
            group: group.clone(),
            state: plan.names.lifecycle().get(*state as usize).map(|s| s.to_string()),
            journey: place.as_ref().map(|(j, ..)| j.clone()),
            touchpoint: place.as_ref().map(|(_, t, _)| t.clone()),
            losses: cell.losses,
            customers: cell.customers,
            of_losses: share(cell.losses, totals.get(state).copied().unwrap_or(0)),
            emotion: cell.emotion.estimate(),
            median_wait_s: cell.waits.spread().median_s,
            complained: share(cell.complained, cell.customers),
            reasons: reasons(&cell.reasons),
            ..stayed(counted)
        }
    };
    cells.lapses.iter().map(row).collect()
}

/// A row that says only how those did who went on from the touchpoint.
fn stayed(cell: Option<&TouchCell>) -> LossRow {
    let went = cell.map(|c| c.fate(Fate::Went));
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
        emotion_stayed: went.map_or_else(|| EmotionAcc::new().estimate(), |w| w.emotion.estimate()),
        median_wait_s: None,
        median_wait_stayed_s: went.and_then(|w| w.waits.spread().median_s),
        complained: Estimate::none("wilson"),
        complained_stayed: went.map_or(Estimate::none("wilson"), |w| share(w.complained, w.visits)),
        reasons: Vec::new(),
    }
}

fn reasons(counted: &BTreeMap<Arc<str>, u64>) -> Vec<(String, u64)> {
    let mut list: Vec<(String, u64)> = counted.iter().map(|(reason, n)| (reason.to_string(), *n)).collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}
