//! The fewest changes that would have made a rule act.
//!
//! Answers: for each check that refuses what would have to be otherwise; of several channels or items the one that
//! needs least. Does not know: triggers and states; it reads the checks alone.

use crate::expr::Assessed;
use crate::outreach::RefusalReason;

use super::said::{CapUse, Change, Check, Fate, Test, Verdict, Waiting, Walk};

/// What the checks of a match and its items would need to let it act.
pub(super) fn obstacles(walk: &Walk) -> Vec<Change> {
    let of_match = walk.checks.iter().filter(|check| check.item.is_none());
    let mut changes: Vec<Change> = of_match.flat_map(of_check).collect();
    let held = walk.checks.iter().find_map(|check| match &check.test {
        Test::Arm { experiment, arm, hold: true, .. } => {
            Some(Change::Arm { experiment: experiment.clone(), from: arm.clone() })
        }
        _ => None,
    });
    changes.extend(held.filter(|held| !changes.contains(held)));
    let free = walk.items.iter().any(|(_, fate)| *fate == Fate::Acts);
    if !free {
        let items = walk.items.iter().map(|(item, _)| of_item(walk, *item));
        changes.extend(items.min_by_key(Vec::len).unwrap_or_default());
    }
    changes.dedup();
    changes
}

/// What a condition would need.
pub(super) fn values(condition: &Assessed) -> Vec<Change> {
    let needs = condition.needs.iter().map(|need| Change::Value {
        operand: need.operand.clone(),
        from: need.from.clone(),
        relation: need.relation,
        than: need.than.clone(),
        to: need.to.clone(),
    });
    needs.collect()
}

fn of_item(walk: &Walk, item: u32) -> Vec<Change> {
    let own = || walk.checks.iter().filter(move |check| check.item == Some(item));
    let channels = || own().filter(|check| matches!(check.test, Test::Channel { .. }));
    let mut changes = Vec::new();
    if !channels().any(|check| check.verdict == Verdict::Passes) {
        changes = channels().map(of_check).min_by_key(Vec::len).unwrap_or_default();
    }
    let others = own().filter(|check| !matches!(check.test, Test::Channel { .. }));
    changes.extend(others.flat_map(of_check));
    if changes.is_empty()
        && let Some((_, Fate::Refused(reason))) = walk.items.iter().find(|(known, _)| *known == item)
        && *reason != RefusalReason::HeldOut
    {
        changes.push(Change::Other { reason: *reason });
    }
    changes
}

/// What one check would need; nothing when it passes.
fn of_check(check: &Check) -> Vec<Change> {
    let reason = match check.verdict {
        Verdict::Passes => return Vec::new(),
        Verdict::Waits(until) => return vec![Change::Wait { until, what: Waiting::Quiet }],
        Verdict::Refuses(reason) => reason,
    };
    let other = || vec![Change::Other { reason }];
    let wait = |until: Option<_>, what: Waiting| {
        until.map_or_else(other, |until| vec![Change::Wait { until, what }])
    };
    match &check.test {
        Test::If(condition) | Test::Unless(condition) => {
            Some(values(condition)).filter(|changes| !changes.is_empty()).unwrap_or_else(other)
        }
        Test::Goal { reached: Some(at), events, .. } => {
            vec![Change::Without { events: events.clone(), at: *at }]
        }
        Test::Exit { came: Some(at), since, events, .. } if at >= since => {
            vec![Change::Without { events: events.clone(), at: *at }]
        }
        Test::Exit { condition: Some(condition), .. } => {
            Some(values(condition)).filter(|changes| !changes.is_empty()).unwrap_or_else(other)
        }
        Test::Ramp { bucket, share } => vec![Change::Ramp { share: *share, above: *bucket }],
        Test::Arm { experiment, arm, .. } => {
            vec![Change::Arm { experiment: experiment.clone(), from: arm.clone() }]
        }
        Test::Running { until } => wait(*until, Waiting::Running),
        Test::CoolDown { until, .. } => wait(*until, Waiting::CoolDown),
        Test::Cap(cap) => wait(cap.frees, Waiting::Cap),
        Test::Quiet { until, .. } => wait(*until, Waiting::Quiet),
        Test::Channel { channel, purpose, consent, reachable, needs, caps } => {
            let consent = purpose.as_ref().filter(|_| !consent).map(|purpose| {
                let (purpose, channel) = (purpose.clone(), channel.clone());
                Change::Consent { purpose, channel }
            });
            let known = needs.as_ref().filter(|_| !reachable);
            let known = known.map(|what| Change::Known { what: what.clone(), channel: channel.clone() });
            let full = caps.iter().filter(|cap| cap.used >= cap.at_most);
            let full = full.flat_map(|cap: &CapUse| wait(cap.frees, Waiting::Cap));
            consent.into_iter().chain(known).chain(full).collect()
        }
        Test::Goal { .. }
        | Test::Exit { .. }
        | Test::Group { .. }
        | Test::Valid { .. }
        | Test::Timers { .. } => other(),
    }
}
