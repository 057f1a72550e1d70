//! Decisions on their way to the host: handed over until something is heard of them.
//!
//! Answers: what is still to be handed over, in its order; whose a decision is, also after it was handed over.
//! Does not know: what an acknowledgement means to the customer's state.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::customer::identity::IdentityKey;
use crate::outreach::DecisionId;

use super::super::decision::{ActionKind, Decision};

/// Most decisions that nothing has been heard of; beyond, nothing more is taken in.
pub(super) const MAX_OPEN: usize = 100_000;
/// Most decisions handed over whose customer is remembered; those heard of first are forgotten first.
const MAX_KNOWN: usize = 100_000;

/// Decisions that are to be handed over, and whose those are that were.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox {
    next: u64,
    /// By sequence.
    open: BTreeMap<u64, Decision>,
    /// Sequence while it is open, and the customer.
    known: HashMap<DecisionId, (Option<u64>, IdentityKey), foldhash::fast::RandomState>,
    /// Those something was heard of, in that order.
    heard: VecDeque<DecisionId>,
}

/// An outbox as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OutboxPart {
    next: u64,
    open: Vec<(u64, Decision)>,
    heard: Vec<(DecisionId, IdentityKey)>,
}

impl Outbox {
    /// Whether there is room for more.
    pub(super) fn has_room(&self) -> bool {
        self.open.len() < MAX_OPEN
    }

    /// What is to be handed over, in the order in which it was decided.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Decision> {
        self.open.values()
    }

    /// Puts a decision in. One that is known is not put in again, except for one that revokes it.
    pub(super) fn put(&mut self, decision: &Decision) {
        let known = self.known.get(&decision.id).map(|(open, _)| open.is_some());
        if known == Some(true) || (known.is_some() && decision.action != ActionKind::Revoke) {
            return;
        }
        if known.is_some() {
            self.heard.retain(|id| *id != decision.id);
        }
        self.known.insert(decision.id, (Some(self.next), decision.customer.clone()));
        self.open.insert(self.next, decision.clone());
        self.next += 1;
    }

    /// Whose a decision is; `None` when it is not remembered.
    pub(super) fn customer(&self, id: DecisionId) -> Option<&IdentityKey> {
        self.known.get(&id).map(|(_, customer)| customer)
    }

    /// Something was heard of it: it is handed over no more.
    pub(super) fn heard(&mut self, id: DecisionId) {
        let Some(known) = self.known.get_mut(&id) else { return };
        let Some(sequence) = known.0.take() else { return };
        self.open.remove(&sequence);
        self.heard.push_back(id);
        if self.heard.len() > MAX_KNOWN
            && let Some(oldest) = self.heard.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// It was taken back before anything was heard of it.
    pub(super) fn withdraw(&mut self, id: DecisionId) {
        if let Some((Some(sequence), _)) = self.known.get(&id) {
            self.open.remove(sequence);
            self.known.remove(&id);
        }
    }

    /// Forgets everything of a customer, who goes by one of these keys.
    pub(super) fn forget(&mut self, is_theirs: impl Fn(&IdentityKey) -> bool) {
        self.open.retain(|_, decision| !is_theirs(&decision.customer));
        self.known.retain(|_, (_, customer)| !is_theirs(customer));
        self.heard.retain(|id| self.known.contains_key(id));
    }

    /// As it is kept.
    pub(super) fn part(&self) -> OutboxPart {
        let heard = self.heard.iter().filter_map(|id| Some((*id, self.known.get(id)?.1.clone())));
        OutboxPart {
            next: self.next,
            open: self.open.iter().map(|(n, d)| (*n, d.clone())).collect(),
            heard: heard.collect(),
        }
    }

    /// As it was kept.
    pub(super) fn of_part(part: OutboxPart) -> Self {
        let mut outbox = Self { next: part.next, ..Self::default() };
        for (sequence, decision) in part.open {
            outbox.known.insert(decision.id, (Some(sequence), decision.customer.clone()));
            outbox.open.insert(sequence, decision);
        }
        for (id, customer) in part.heard {
            outbox.known.insert(id, (None, customer));
            outbox.heard.push_back(id);
        }
        outbox
    }
}
