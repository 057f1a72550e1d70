//! Two states that turn out to be one customer, and one that turns out to be two.
//!
//! Answers: `merge`, commutative and associative, and `unlink`, which deals the entries out again by the identity
//! that brought them. Does not know: which identities belong together (see `customer::stitch`).

use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::plan::Plan;
use crate::rule::Passed;
use crate::signal::Dated;

use super::bound::count;
use super::kernel;
use super::recent::NOBODY;
use super::rules::Hearing;
use super::state::{Counters, CustomerState};

impl Plan {
    /// Unites two customers into one; the key of the earlier created stays (ties: smaller bytes).
    /// Gives the united state and the moments of the merge: trips that ended as merged, lifecycle and segment changes.
    pub fn merge(&self, a: &CustomerState, b: &CustomerState) -> (CustomerState, Vec<Dated>) {
        let (mut one, two) =
            if a.facts.identities.leads(&b.facts.identities) { (a.clone(), b) } else { (b.clone(), a) };
        let (mine, theirs) = one.facts.identities.merge(&two.facts.identities);
        let by = |map: &[u8], n: u8| map.get(usize::from(n)).copied().unwrap_or(n);
        let (own, other) = (|n| by(&mine, n), |n| by(&theirs, n));
        one.facts.profile.renumber(&own);
        one.facts.consents.renumber(&own);
        one.recent.renumber(&own);
        one.rules.renumber(&own);
        one.tickets.renumber(&own);
        one.facts.profile.merge(&two.facts.profile, &other);
        one.facts.consents.merge(&two.facts.consents, &other);
        one.tickets.merge(&two.tickets, &other);
        one.waiting.merge(&two.waiting);
        for ((spec, mine), theirs) in
            self.features.iter().zip(&mut one.facts.features).zip(&two.facts.features)
        {
            mine.renumber(&own);
            mine.merge(&spec.spec, theirs, &other);
        }
        one.facts.lifecycle.renumber(&own);
        one.facts.lifecycle.merge(&two.facts.lifecycle, &other);
        one.facts.segments |= two.facts.segments;
        // the waits of either side are looked at with the other side's recent events, once the facts are one
        let mut rules = (std::mem::take(&mut one.rules), two.rules.clone());
        Hearing::recheck(self, &one, &mut rules.0.matcher, &two.recent, None);
        Hearing::recheck(self, &one, &mut rules.1.matcher, &one.recent, None);
        one.rules = rules.0;
        let gave_way = one.rules.merge(self, &rules.1, &other);
        one.recent.merge(&two.recent, &other);
        one.counters = one.counters.plus(&two.counters);
        one.counters.matches_gave_way = one.counters.matches_gave_way.saturating_add(gave_way);
        one.clock.closed = match one.clock.frontier.cmp(&two.clock.frontier) {
            std::cmp::Ordering::Less => two.clock.closed,
            std::cmp::Ordering::Equal => one.clock.closed || two.clock.closed,
            std::cmp::Ordering::Greater => one.clock.closed,
        };
        one.clock.frontier = one.clock.frontier.max(two.clock.frontier);
        one.unknown.extend(two.unknown.iter().cloned());
        one.unknown.sort();
        one.unknown.dedup();
        let now = one.clock.frontier.unwrap_or_default();
        let mut moments = Vec::new();
        let shed = one.trips.merge(&two.trips, now, &mut |m| moments.push(m));
        count(&mut one.counters.trips_shed, shed);
        one.keep_landed(self);
        self.renew(&mut one, now, &mut moments);
        one.size = one.size.saturating_add(two.size);
        self.bound(&mut one);
        (one, moments)
    }

    /// Takes one identity out of a customer, with everything it brought; what was folded stays with the rest.
    /// Trips stay with the rest too. Gives the state that left and the moments of those who stay.
    ///
    /// # Errors
    /// `not_found` when the customer does not have the identity or has no other.
    pub fn unlink(
        &self,
        state: &mut CustomerState,
        key: &IdentityKey,
    ) -> Result<(CustomerState, Vec<Dated>)> {
        let number = state.facts.identities.number(key);
        let gone = number.and_then(|n| {
            let mut rest = state.facts.identities.clone();
            Some((n, rest.take(key)?, rest))
        });
        let Some((number, gone, rest)) = gone else {
            let words = format!("the customer has no other identity beside `{}` `{}`", key.kind, key.value);
            return Err(Error::new(ErrorCode::NotFound, words));
        };
        let leaves = |n: u8| n == number;
        let first = |_: u8| 0;
        let stay = |n: u8| if n > number && n != NOBODY { n - 1 } else { n };
        let mut left = CustomerState::new(self);
        left.facts.identities = gone;
        left.facts.profile = state.facts.profile.split(&leaves, &first);
        left.facts.consents = state.facts.consents.split(&leaves, &first);
        left.facts.lifecycle = state.facts.lifecycle.split(&leaves, &first);
        left.recent = state.recent.split(&leaves, &first);
        left.rules = state.rules.split(&leaves, &first);
        let of_key = |event: &Event| event.identity_of(&key.kind) == Some(&*key.value);
        left.waiting = state.waiting.split(&of_key);
        left.tickets = state.tickets.split(&leaves, &first);
        let split = |(spec, mine): (_, &mut crate::customer::feature::FeatureState)| {
            let _: &crate::plan::Feature = spec;
            mine.split(&leaves, &first)
        };
        left.facts.features = self.features.iter().zip(&mut state.facts.features).map(split).collect();
        left.clock.frontier = state.clock.frontier;
        left.clock.closed = state.clock.closed;
        state.facts.identities = rest;
        state.facts.profile.renumber(&stay);
        state.facts.consents.renumber(&stay);
        state.facts.lifecycle.renumber(&stay);
        state.recent.renumber(&stay);
        state.rules.renumber(&stay);
        state.tickets.renumber(&stay);
        state.facts.features.iter_mut().for_each(|f| f.renumber(&stay));
        left.size = state.size;
        let now = state.clock.frontier.unwrap_or_default();
        let (mut moments, mut theirs) = (Vec::new(), Vec::new());
        self.renew(state, now, &mut moments);
        self.renew(&mut left, now, &mut theirs);
        Ok((left, moments))
    }

    /// Lifecycle, segments, zone, timers and clocks anew after facts changed as a whole.
    fn renew(&self, state: &mut CustomerState, now: Timestamp, moments: &mut Vec<Dated>) {
        // a merge is no event: errors of conditions are not counted, and the state's `since` stays what the sides
        // knew, so that the order of merges does not matter
        state.renew_origin();
        let (counters, since) = (state.counters, state.facts.lifecycle.since);
        kernel::renew_zone(self, state);
        kernel::evaluate(self, state, now, &mut |m| moments.push(m));
        state.counters = counters;
        state.facts.lifecycle.since = since;
        kernel::renew_due(self, state);
        state.timer = None;
        if !self.rules.patterns.scheduled().is_empty() && !state.facts.identities.is_empty() {
            let until = state.clock.frontier.unwrap_or(Timestamp::MIN);
            Hearing::schedule(self, state, Passed { until, closed: state.clock.closed });
        }
    }
}

impl Counters {
    fn plus(&self, other: &Self) -> Self {
        Self {
            events: self.events.saturating_add(other.events),
            late: self.late.saturating_add(other.late),
            undeclared: self.undeclared.saturating_add(other.undeclared),
            repeats: self.repeats.saturating_add(other.repeats),
            condition_errors: self.condition_errors.saturating_add(other.condition_errors),
            missing: self.missing.saturating_add(other.missing),
            dropped: self.dropped.saturating_add(other.dropped),
            identities_refused: self.identities_refused.saturating_add(other.identities_refused),
            refused_in_turn: self.refused_in_turn.saturating_add(other.refused_in_turn),
            entries_folded: self.entries_folded.saturating_add(other.entries_folded),
            recent_shed: self.recent_shed.saturating_add(other.recent_shed),
            matches_shed: self.matches_shed.saturating_add(other.matches_shed),
            matches_gave_way: self.matches_gave_way.saturating_add(other.matches_gave_way),
            goals_shed: self.goals_shed.saturating_add(other.goals_shed),
            trips_shed: self.trips_shed.saturating_add(other.trips_shed),
        }
    }
}
