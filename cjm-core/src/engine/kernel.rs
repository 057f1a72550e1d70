//! The kernel: what one event, or time alone, does to one customer.
//!
//! Answers: the order of effects inside one event: time, consent and profile, features, trips, lifecycle, segments.
//! Does not know: repeats and identities (see [`super::live`]), logs, decisions. It can not fail.

use std::cell::Cell;

use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::base::zone::Zone;
use crate::event::{AttributeId, EnvelopeField, EventId, EventView};
use crate::journey::{Ask, Situation};
use crate::plan::{ConsentSpec, Plan, Role};
use crate::signal::{Dated, Hear, Moment};

use super::bound;
use super::rules::Whose;
use super::scope::Asker;
use super::state::CustomerState;

/// Applies one event, after the timers that were due before it. `who` is asked where something remembers the event.
pub(crate) fn apply<E: EventView>(
    plan: &Plan,
    state: &mut CustomerState,
    event: &E,
    who: &impl Whose,
    out: &mut impl Hear,
) {
    let at = event.time();
    pass(plan, state, at, false, out);
    let late = is_late(state, at);
    let now = if late { state.clock.frontier.unwrap_or(at) } else { at };
    state.counters.events += 1;
    if late {
        state.counters.late = state.counters.late.saturating_add(1);
    } else {
        state.clock.frontier = Some(at);
        state.clock.closed = false;
    }
    let first = state.facts.lifecycle.evaluated.is_none();
    let moved = match event.event().and_then(|id| Some((id, plan.roles.get(id.index())?))) {
        Some((id, role)) => play(plan, state, event, (id, role), who, late, out),
        None => {
            state.counters.undeclared = state.counters.undeclared.saturating_add(1);
            false
        }
    };
    if moved || (first && plan.has_states()) {
        evaluate(plan, state, now, out);
    }
}

/// An event that nothing looks at: it is counted and time goes on to it. Gives whether that was all; where a timer
/// is due before it or time has passed it, nothing happened yet.
pub(crate) fn skim(state: &mut CustomerState, at: Timestamp) -> bool {
    if is_late(state, at) || state.next_timer().is_some_and(|due| due < at) {
        return false;
    }
    state.counters.events += 1;
    (state.clock.frontier, state.clock.closed) = (Some(at), false);
    true
}

/// Whether an instant is one that the customer's time has passed.
pub(crate) fn is_late(state: &CustomerState, at: Timestamp) -> bool {
    state.clock.frontier.is_some_and(|frontier| at < frontier || (at == frontier && state.clock.closed))
}

/// Applies a declared event to everything it has a role in. Gives whether lifecycle and segments may have moved.
fn play<E: EventView>(
    plan: &Plan,
    state: &mut CustomerState,
    event: &E,
    (id, role): (EventId, &Role),
    who: &impl Whose,
    late: bool,
    out: &mut impl Hear,
) -> bool {
    let said = role.says && say(plan, state, event, id, who.by());
    let fed = !role.feeds.is_empty() && feed(plan, state, event, &role.feeds, who);
    if !late && !role.concerns.is_empty() {
        land(plan, state, event, id, &role.concerns, out);
    }
    if let Some(place) = role.tracked {
        state.facts.lifecycle.see(place, event.time(), who.by());
    }
    (said && plan.profile_moves) || ((fed || role.tracked.is_some()) && role.moves)
}

/// Lets time pass: fires what is due before `until`, or at it too when `closed`.
pub(crate) fn pass(
    plan: &Plan,
    state: &mut CustomerState,
    until: Timestamp,
    closed: bool,
    out: &mut impl Hear,
) {
    while let Some(due) = state.clock.due().filter(|due| *due < until || (closed && *due == until)) {
        state.clock.frontier = state.clock.frontier.max(Some(due));
        // each source of the timer moves on strictly: trips end, entries leave, the evaluated instant grows
        if state.clock.trips_due.is_some_and(|t| t <= due) {
            state.trips.end_idle(&plan.journeys, due, out);
            state.clock.trips_due = state.trips.next_end(&plan.journeys);
        }
        if state.clock.facts_due.is_some_and(|t| t <= due) {
            for place in &plan.clocked {
                let feature = plan.features.get(*place as usize);
                if let (Some(f), Some(s)) = (feature, state.facts.features.get_mut(*place as usize)) {
                    s.expire(&f.spec, due);
                }
            }
            evaluate(plan, state, due, out);
        }
    }
}

/// A tick: lets time pass up to `now`, its own instant included, and closes it. A `now` below the frontier counts as
/// the last one, which has been heard: it changes nothing.
pub(crate) fn tick(plan: &Plan, state: &mut CustomerState, now: Timestamp, out: &mut impl Hear) {
    if state.clock.frontier.is_none_or(|frontier| now < frontier) {
        return;
    }
    pass(plan, state, now, true, out);
    state.clock.frontier = Some(now);
    state.clock.closed = true;
}

/// The lifecycle row and the segments that hold at `now`, and when they may next change by time alone.
pub(crate) fn evaluate(plan: &Plan, state: &mut CustomerState, now: Timestamp, out: &mut impl Hear) {
    let errors = Cell::new(0);
    let row = {
        let asker = customer_asker(plan, state, now, &errors);
        state.facts.lifecycle.holds(&plan.lifecycle, now, |c| asker.holds(c, Situation::default()))
    };
    state.facts.lifecycle.evaluated = state.facts.lifecycle.evaluated.max(Some(now));
    let before = state.facts.lifecycle.row;
    if row != before {
        state.facts.lifecycle.row = row;
        state.facts.lifecycle.since = now;
        if let Some(new) = row {
            out.hear(Dated { at: now, moment: Moment::Becomes { from: before, state: new } });
        }
    }
    let mut members = 0_u128;
    {
        let asker = customer_asker(plan, state, now, &errors);
        for (bit, segment) in plan.segments.iter().enumerate() {
            let holds = segment.as_ref().is_none_or(|c| asker.holds(c, Situation::default()));
            members |= u128::from(holds).checked_shl(bit as u32).unwrap_or(0);
        }
    }
    let changed = members ^ state.facts.segments;
    state.facts.segments = members;
    for segment in (0..plan.segments.len() as u32).filter(|s| changed.checked_shr(*s).unwrap_or(0) & 1 == 1) {
        let joins = members.checked_shr(segment).unwrap_or(0) & 1 == 1;
        let moment = if joins { Moment::Joins { segment } } else { Moment::Quits { segment } };
        out.hear(Dated { at: now, moment });
    }
    state.counters.condition_errors = state.counters.condition_errors.saturating_add(errors.get());
    state.clock.facts_due = facts_due(plan, state);
}

/// Both timers anew, after a state was read or changed as a whole.
pub(crate) fn renew_due(plan: &Plan, state: &mut CustomerState) {
    state.clock.trips_due = state.trips.next_end(&plan.journeys);
    state.clock.facts_due = facts_due(plan, state);
}

fn facts_due(plan: &Plan, state: &CustomerState) -> Option<Timestamp> {
    let lifecycle = state.facts.lifecycle.next_change(&plan.lifecycle);
    let clocked = plan.clocked.iter().filter_map(|place| {
        let feature = plan.features.get(*place as usize)?;
        state.facts.features.get(*place as usize)?.next_change(&feature.spec)
    });
    lifecycle.into_iter().chain(clocked).min()
}

fn customer_asker<'a>(
    plan: &'a Plan,
    state: &'a CustomerState,
    now: Timestamp,
    errors: &'a Cell<u32>,
) -> Asker<'a, NoEvent> {
    Asker::new(plan, &state.facts, state.zone.as_ref(), None, now, errors)
}

/// Consent and profile. Gives whether the profile may have changed.
fn say<E: EventView>(plan: &Plan, state: &mut CustomerState, event: &E, id: EventId, by: u8) -> bool {
    let at = event.time();
    if let Some(consent) = plan.consent.as_ref().filter(|c| c.event == Some(id)) {
        consents(plan, state, event, consent, by);
    }
    if plan.profile_set != Some(id) {
        return false;
    }
    let mut changed = false;
    for (field, name) in (0_usize..).zip(plan.names.fields().keys()) {
        let Some(attribute) = plan.names.attribute(name) else { continue };
        let value = event.attribute(attribute);
        if !value.is_null() || event.clears(attribute) {
            changed |= state.facts.profile.set(field, value.to_value(), at, by);
        }
    }
    if changed {
        renew_zone(plan, state);
    }
    changed
}

/// The customer's own zone as the profile names it; an unknown name leaves the blueprint's.
pub(crate) fn renew_zone(plan: &Plan, state: &mut CustomerState) {
    let field = plan.names.field("zone");
    let said = field.map_or(ValueRef::Null, |f| state.facts.profile.value(f as usize).as_ref());
    state.zone = match said {
        ValueRef::Text(name) => Zone::named(name).ok(),
        _ => None,
    };
}

/// A missing channel or purpose means all of them.
fn consents<E: EventView>(plan: &Plan, state: &mut CustomerState, event: &E, spec: &ConsentSpec, by: u8) {
    let ValueRef::Bool(granted) = event.attribute(spec.granted) else { return };
    let numbers = |attribute: AttributeId, names: &indexmap::IndexSet<std::sync::Arc<str>>| -> Vec<u32> {
        match event.attribute(attribute) {
            ValueRef::Text(name) => {
                names.get_index_of(name).and_then(|n| u32::try_from(n).ok()).into_iter().collect()
            }
            _ => (0..names.len() as u32).collect(),
        }
    };
    for channel in numbers(spec.channel, plan.names.channels()) {
        for purpose in numbers(spec.purpose, plan.names.purposes()) {
            state.facts.consents.say(channel, purpose, granted, event.time(), by);
        }
    }
}

/// Feeds the features of an event. Gives whether any took it.
fn feed<E: EventView>(
    plan: &Plan,
    state: &mut CustomerState,
    event: &E,
    list: &[u32],
    who: &impl Whose,
) -> bool {
    let at = event.time();
    let errors = Cell::new(0);
    let mut fed = false;
    for place in list {
        let Some(feature) = plan.features.get(*place as usize) else { continue };
        let taken = feature.condition.as_ref().is_none_or(|condition| {
            Asker::new(plan, &state.facts, state.zone.as_ref(), Some(event), at, &errors)
                .holds(condition, Situation::default())
        });
        let value = match feature.attribute {
            Some(attribute) => event.attribute(attribute),
            None => ValueRef::Bool(true),
        };
        if !taken || value.is_null() {
            continue;
        }
        if let Some(remembered) = state.facts.features.get_mut(*place as usize) {
            remembered.expire(&feature.spec, at);
            remembered.add_of(&feature.spec, at, value.to_value(), who.by(), who.key());
            fed = true;
        }
    }
    state.counters.condition_errors = state.counters.condition_errors.saturating_add(errors.get());
    fed
}

/// Moves the trips that the event concerns.
fn land<E: EventView>(
    plan: &Plan,
    state: &mut CustomerState,
    event: &E,
    id: EventId,
    concerned: &[u32],
    out: &mut impl Hear,
) {
    let at = event.time();
    let errors = Cell::new(0);
    let asker = Asker::new(plan, &state.facts, state.zone.as_ref(), Some(event), at, &errors);
    let mut crowded = 0;
    let known = state.trips.known(concerned);
    for place in concerned {
        if let Some(spec) = plan.journeys.get(*place as usize) {
            crowded += usize::from(state.trips.apply(*place, spec, id, at, &asker, out));
        }
    }
    bound::count(&mut state.counters.trips_shed, crowded);
    state.grow_trips(concerned, known);
    state.clock.trips_due = state.trips.next_end(&plan.journeys);
    state.counters.condition_errors = state.counters.condition_errors.saturating_add(errors.get());
}

/// No event: conditions about the customer alone.
pub(crate) struct NoEvent;

impl EventView for NoEvent {
    fn event(&self) -> Option<EventId> {
        None
    }

    fn time(&self) -> Timestamp {
        Timestamp::MIN
    }

    fn attribute(&self, _: AttributeId) -> ValueRef<'_> {
        ValueRef::Null
    }

    fn envelope(&self, _: EnvelopeField) -> ValueRef<'_> {
        ValueRef::Null
    }
}
