//! A state as few bytes while nobody touches it: positions of the plan, short instants, nothing for what is empty.
//!
//! Answers: a state packed and the very same state unpacked under the same plan; whose identities are in packed bytes,
//! and whether there are tickets, without unpacking. Does not know: any form that outlives the process (see
//! [`super::encode`]), who is packed when.

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

use crate::base::pack::{Pack, Packer, Tables, Unpacker};
use crate::customer::Facts;
use crate::customer::consent::Apart;
use crate::customer::feature::FeatureState;
use crate::customer::identity::IdentityKey;
use crate::customer::profile::Profile;
use crate::plan::Layout;

use super::rules::RuleState;
use super::state::{Clock, Counters, CustomerState, UnknownPart};
use super::waiting::Waiting;

/// What a state has, a bit each; what is not there has no bytes.
mod has {
    pub(super) const TICKETS: u8 = 1;
    pub(super) const WAITING: u8 = 2;
    pub(super) const UNKNOWN: u8 = 4;
    pub(super) const ZONE: u8 = 8;
    pub(super) const RULES: u8 = 16;
    pub(super) const PROFILE: u8 = 32;
    pub(super) const SEGMENTS: u8 = 64;
    /// What counts only once another identity leaves.
    pub(super) const APART: u8 = 128;
}

/// A state as bytes that only its own process and plan can read.
#[derive(Debug, Clone, Default)]
pub(super) struct Packed(Box<[u8]>);

impl Packed {
    /// Packs a state.
    pub(super) fn of(state: &CustomerState, tables: &mut Tables) -> Self {
        let mut to = Packer::new(&state.layout.words, tables);
        let has = parts_of(state);
        to.byte(has);
        if has & has::WAITING != 0 {
            pack_keys(&state.waiting, &mut to);
        }
        state.facts.identities.pack(&mut to);
        // keys of events that other parts name by number
        state.recent.pack(&mut to);
        pack_facts(&state.facts, has, &mut to);
        state.trips.pack(&mut to);
        state.clock.pack(&mut to);
        state.counters.pack(&mut to);
        state.size.pack(&mut to);
        state.rules.grown.pack(&mut to);
        if has & has::RULES != 0 {
            state.rules.pack(&mut to);
        }
        if has & has::ZONE != 0 {
            state.zone.pack(&mut to);
        }
        if has & has::TICKETS != 0 {
            to.encoded(&state.tickets);
        }
        if has & has::WAITING != 0 {
            to.encoded(&state.waiting);
        }
        if has & has::UNKNOWN != 0 {
            state.unknown.pack(&mut to);
        }
        Self(to.finish())
    }

    /// The state that was packed; `None` of bytes that were packed under another plan, or of nobody's.
    pub(super) fn unpack(&self, layout: &Arc<Layout>) -> Option<CustomerState> {
        let mut from = Unpacker::new(&layout.words, &self.0);
        let has = from.byte()?;
        if has & has::WAITING != 0 {
            skip_keys(&mut from)?;
        }
        let identities = Pack::unpack(&mut from)?;
        let recent = Pack::unpack(&mut from)?;
        let facts = Facts { identities, ..unpack_facts(has, layout, &mut from)? };
        let (trips, clock) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
        let (counters, size) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
        let grown = Pack::unpack(&mut from)?;
        let known = |flag: u8| has & flag != 0;
        let mut rules = if known(has::RULES) { RuleState::unpack(&mut from)? } else { RuleState::default() };
        rules.grown = grown;
        let state = CustomerState {
            layout: layout.clone(),
            facts,
            trips,
            rules,
            clock,
            counters,
            recent,
            size,
            timer: None,
            zone: if known(has::ZONE) { Pack::unpack(&mut from)? } else { None },
            tickets: if known(has::TICKETS) { from.encoded()? } else { Default::default() },
            waiting: if known(has::WAITING) { from.encoded()? } else { Default::default() },
            unknown: if known(has::UNKNOWN) { Pack::unpack(&mut from)? } else { Vec::new() },
        };
        Some(state).filter(|_| from.is_at_end())
    }

    /// Whether the customer has tickets.
    pub(super) fn has_tickets(&self) -> bool {
        self.0.first().is_some_and(|has| has & has::TICKETS != 0)
    }

    /// Whether the customer has an identity, or an event that waits names it.
    pub(super) fn is_of(&self, layout: &Layout, key: &IdentityKey) -> bool {
        let mut from = Unpacker::new(&layout.words, &self.0);
        let waiting = from.byte().is_some_and(|has| has & has::WAITING != 0);
        (waiting && key.is_packed_in(&mut from) == Some(true)) || key.is_packed_in(&mut from) == Some(true)
    }
}

fn parts_of(state: &CustomerState) -> u8 {
    let CustomerState { facts, rules, tickets, waiting, .. } = state;
    let flag = |flag: u8, there: bool| if there { flag } else { 0 };
    let profile = &facts.profile;
    let said = profile.fields.iter().any(Option::is_some) || !profile.tags.is_empty();
    flag(has::TICKETS, !tickets.is_empty())
        | flag(has::WAITING, !waiting.is_empty())
        | flag(has::UNKNOWN, !state.unknown.is_empty())
        | flag(has::ZONE, state.zone.is_some())
        | flag(has::RULES, *rules != RuleState::default())
        | flag(has::PROFILE, said || !facts.consents.is_empty())
        | flag(has::SEGMENTS, facts.segments != 0)
        | flag(has::APART, is_apart(facts))
}

fn is_apart(facts: &Facts) -> bool {
    let profile = &facts.profile;
    let said = !(profile.apart_fields.is_empty() && profile.apart_tags.is_empty());
    said || facts.consents.apart().next().is_some() || !facts.lifecycle.shares.is_empty()
}

/// All facts but the identities.
fn pack_facts(facts: &Facts, has: u8, to: &mut Packer<'_>) {
    if has & has::PROFILE != 0 {
        facts.profile.pack(to);
        facts.consents.pack(to);
    }
    if has & has::SEGMENTS != 0 {
        facts.segments.pack(to);
    }
    to.sparse(&facts.features, FeatureState::is_empty);
    facts.lifecycle.pack(to);
    if has & has::APART != 0 {
        let Profile { apart_fields, apart_tags, .. } = &facts.profile;
        apart_fields.pack(to);
        apart_tags.pack(to);
        facts.consents.apart().copied().collect::<Vec<Apart>>().pack(to);
        facts.lifecycle.shares.pack(to);
    }
}

fn unpack_facts(has: u8, layout: &Layout, from: &mut Unpacker<'_>) -> Option<Facts> {
    let mut facts = Facts::new(0, 0, 0);
    if has & has::PROFILE != 0 {
        (facts.profile, facts.consents) = (Pack::unpack(from)?, Pack::unpack(from)?);
    } else {
        facts.profile.fields.resize(layout.fields.len(), None);
    }
    if has & has::SEGMENTS != 0 {
        facts.segments = Pack::unpack(from)?;
    }
    facts.features = from.sparse()?;
    facts.lifecycle = Pack::unpack(from)?;
    if has & has::APART != 0 {
        facts.profile.apart_fields = Pack::unpack(from)?;
        facts.profile.apart_tags = Pack::unpack(from)?;
        for apart in Vec::<Apart>::unpack(from)? {
            facts.consents.insert_apart(apart);
        }
        facts.lifecycle.shares = Pack::unpack(from)?;
    }
    Some(facts)
}

/// The identities of events that wait, found without unpacking the events.
fn pack_keys(waiting: &Waiting, to: &mut Packer<'_>) {
    let keys = || waiting.events().flat_map(|event| &event.identities);
    to.number(keys().count() as u64);
    for (kind, value) in keys() {
        to.text_alone(kind);
        to.text_alone(value);
    }
}

fn skip_keys(from: &mut Unpacker<'_>) -> Option<()> {
    for _ in 0..from.count()? {
        from.text()?;
        from.text()?;
    }
    Some(())
}

impl Pack for Clock {
    fn pack(&self, to: &mut Packer<'_>) {
        let Self { frontier, closed, trips_due, facts_due } = *self;
        let there = [frontier, trips_due, facts_due];
        let flags = there.iter().enumerate().map(|(bit, at)| u8::from(at.is_some()) << bit);
        to.byte(flags.sum::<u8>() | u8::from(closed) << 3);
        there.iter().flatten().for_each(|at| at.pack(to));
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let flags = from.byte()?;
        let mut at = [None; 3];
        for (_, at) in (0..).zip(&mut at).filter(|(bit, _)| flags >> bit & 1 == 1) {
            *at = Some(Pack::unpack(from)?);
        }
        let [frontier, trips_due, facts_due] = at;
        Some(Self { frontier, closed: flags & 8 != 0, trips_due, facts_due })
    }
}

impl Counters {
    fn small(&mut self) -> [&mut u32; 14] {
        let Self {
            events: _,
            late,
            undeclared,
            repeats,
            condition_errors,
            missing,
            dropped,
            identities_refused,
            refused_in_turn,
            entries_folded,
            recent_shed,
            matches_shed,
            matches_gave_way,
            goals_shed,
            trips_shed,
        } = self;
        [
            late,
            undeclared,
            repeats,
            condition_errors,
            missing,
            dropped,
            identities_refused,
            refused_in_turn,
            entries_folded,
            recent_shed,
            matches_shed,
            matches_gave_way,
            goals_shed,
            trips_shed,
        ]
    }
}

/// Most of what is counted never comes about.
impl Pack for Counters {
    fn pack(&self, to: &mut Packer<'_>) {
        let mut all = *self;
        to.number(all.events);
        let small = all.small();
        let flags = (0_u32..).zip(&small).map(|(bit, n)| u64::from(**n != 0) << bit);
        to.number(flags.sum());
        small.iter().filter(|n| ***n != 0).for_each(|n| n.pack(to));
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let mut all = Self { events: from.number()?, ..Self::default() };
        let flags = from.number()?;
        for (bit, n) in (0_u32..).zip(all.small()) {
            if flags >> bit & 1 == 1 {
                *n = Pack::unpack(from)?;
            }
        }
        Some(all)
    }
}

impl Pack for UnknownPart {
    fn pack(&self, to: &mut Packer<'_>) {
        to.byte(self.tag);
        self.bytes.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { tag: from.byte()?, bytes: Pack::unpack(from)? })
    }
}
