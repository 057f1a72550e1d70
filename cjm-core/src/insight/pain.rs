//! Pains: touchpoints ranked by the customers they harmed.
//!
//! Answers: how many customers dropped off, scored badly or waited too long at each touchpoint, with each factor's n.
//! Does not know: money at stake.

use crate::blueprint::model::{Document, Improvement, Journey, Touchpoint};
use crate::plan::Plan;
use crate::score::share;

use super::journey::{parts, touchpoints};
use super::rows::{Factor, PainRow};
use super::tally::Tally;

/// The ranked pains; within each group a ranking of its own.
pub fn pains(plan: &Plan, tally: &Tally) -> Vec<PainRow> {
    let mut rows = Vec::new();
    for part in parts(plan, tally) {
        for ((stage, touchpoint), cell) in touchpoints(part.journey).zip(&part.cell.touchpoints) {
            let harm = cell.harm();
            if harm.harmed == 0 {
                continue;
            }
            let known: Vec<String> = touchpoint.pains.iter().map(|p| p.id.clone()).collect();
            rows.push(PainRow {
                rank: 0,
                journey: part.journey.id.clone(),
                stage: stage.to_owned(),
                touchpoint: touchpoint.id.clone(),
                group: part.group.clone(),
                customers: cell.reach,
                harmed: harm.harmed,
                harmed_share: share(harm.harmed, cell.reach),
                drop_off: factor(harm.dropped, harm.decided),
                bad_score: factor(harm.bad, harm.scored),
                wait_over: factor(harm.over, harm.rated),
                improvements: improvements(&plan.document, part.journey, touchpoint),
                known,
            });
        }
    }
    // a stable sort keeps journeys and touchpoints of equal harm in map order
    rows.sort_by(|a, b| a.group.cmp(&b.group).then(b.harmed.cmp(&a.harmed)));
    let mut rank = 0;
    let mut group = None;
    for row in &mut rows {
        rank = if group.as_ref() == Some(&row.group) { rank + 1 } else { 1 };
        group = Some(row.group.clone());
        row.rank = rank;
    }
    rows
}

fn factor(customers: u64, of: u64) -> Factor {
    Factor { customers, share: share(customers, of) }
}

/// Improvements planned or under way that solve a pain of the touchpoint, in document order.
fn improvements(document: &Document, journey: &Journey, touchpoint: &Touchpoint) -> Vec<String> {
    let solves = |pain: &String| touchpoint.pains.iter().any(|own| names(pain, &journey.id, &own.id));
    let ahead = |i: &&Improvement| !matches!(i.status.as_deref(), Some("done" | "dropped"));
    let all = document.improvements.iter().filter(ahead);
    all.filter(|i| i.solves.iter().any(solves)).map(|i| i.id.clone()).collect()
}

/// Whether a name, `id` or `journey/id`, names something of a journey.
pub(crate) fn names(name: &str, journey: &str, id: &str) -> bool {
    match name.split_once('/') {
        Some((of, name)) => of == journey && name == id,
        None => name == id,
    }
}
