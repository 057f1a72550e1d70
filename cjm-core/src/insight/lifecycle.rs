//! Lifecycle states and the moves between them: rows from cells.
//!
//! Answers: customers by state with their share, moves with counts. Does not know: why customers moved.

use crate::plan::Plan;
use crate::score::share;

use super::rows::{Group, LifecycleRow, MoveRow};
use super::tally::Tally;

/// The table of lifecycle states.
pub fn states(plan: &Plan, tally: &Tally) -> Vec<LifecycleRow> {
    let mut groups: Vec<_> = tally.groups.iter().collect();
    groups.sort_by(|a, b| a.0.cmp(b.0));
    let mut rows = Vec::new();
    for (place, id) in plan.names.lifecycle().iter().enumerate() {
        for (group, cells) in groups.iter().filter(|(group, _)| of_customers(group)) {
            let Some([customers, moved_in, moved_out]) = cells.lifecycle.get(place).copied() else {
                continue;
            };
            rows.push(LifecycleRow {
                state: id.to_string(),
                group: (*group).clone(),
                customers,
                of_all: share(customers, cells.customers),
                moved_in,
                moved_out,
            });
        }
    }
    rows
}

/// The table of moves.
pub fn moves(plan: &Plan, tally: &Tally) -> Vec<MoveRow> {
    let name = |n: u32| plan.names.lifecycle().get(n as usize).map(|id| id.to_string()).unwrap_or_default();
    let mut groups: Vec<_> = tally.groups.iter().collect();
    groups.sort_by(|a, b| a.0.cmp(b.0));
    let mut rows = Vec::new();
    for (group, cells) in groups {
        let mut moves: Vec<_> = cells.moves.iter().collect();
        moves.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
        rows.extend(moves.into_iter().map(|((from, to), (count, customers))| MoveRow {
            group: group.clone(),
            source: from.map(name),
            target: to.map(name),
            count: *count,
            customers: *customers,
        }));
    }
    rows
}

/// Whether customers as a whole belong to a group; in a scenario are events alone.
fn of_customers(group: &Group) -> bool {
    group.by.as_deref() != Some("scenario")
}
