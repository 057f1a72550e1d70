//! Decisions on their way to the host: handed over until something is heard of them.
//!
//! Answers: what is still to be handed over, in its order; whose a decision is, also after it was handed over.
//! Does not know: what an acknowledgement means to the customer's state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::customer::identity::IdentityKey;
use crate::outreach::DecisionId;

use super::super::ack::AckOutcome;
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
    known: HashMap<DecisionId, Known, foldhash::fast::RandomState>,
    /// Those something was heard of, in that order.
    heard: VecDeque<DecisionId>,
    /// Decisions of which anything changed since somebody last asked, where somebody does.
    touched: Option<BTreeSet<DecisionId>>,
}

/// What an outbox knows of a decision.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kept {
    /// It is to be handed over: its sequence, the decision, what was heard of it before it was revoked, a bit each.
    Open(u64, Box<Decision>, u16),
    /// It was handed over: whose it is, and what was heard of it, a bit each.
    Heard(IdentityKey, u16),
    /// Nothing: it was taken back, or so many were heard of since.
    Gone,
}

/// What is remembered of a decision that is or was handed over.
#[derive(Debug, Clone)]
struct Known {
    /// Its place among those that are open, while it is.
    open: Option<u64>,
    customer: IdentityKey,
    /// What was heard of it, a bit for each outcome.
    outcomes: u16,
}

/// An outbox as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OutboxPart {
    next: u64,
    open: Vec<(u64, Decision)>,
    heard: Vec<(DecisionId, IdentityKey, u16)>,
}

impl Outbox {
    /// Whether there is room for more.
    pub(super) fn has_room(&self) -> bool {
        self.open.len() < MAX_OPEN
    }

    /// Remembers from here on what changes.
    pub(super) fn track(&mut self) {
        self.touched.get_or_insert_default();
    }

    /// Every decision of which anything changed since this was last asked, as it is now; by id.
    pub(super) fn take_touched(&mut self) -> Vec<(DecisionId, Kept)> {
        let touched = self.touched.as_mut().map(std::mem::take).unwrap_or_default();
        touched.into_iter().map(|id| (id, self.kept(id))).collect()
    }

    fn kept(&self, id: DecisionId) -> Kept {
        let Some(known) = self.known.get(&id) else { return Kept::Gone };
        match known.open.and_then(|sequence| Some((sequence, self.open.get(&sequence)?))) {
            Some((sequence, decision)) => Kept::Open(sequence, Box::new(decision.clone()), known.outcomes),
            None => Kept::Heard(known.customer.clone(), known.outcomes),
        }
    }

    fn touch(&mut self, id: DecisionId) {
        if let Some(touched) = &mut self.touched {
            touched.insert(id);
        }
    }

    /// The sequence that the next decision is put in with.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// How many decisions are known of a customer who goes by one of these keys.
    pub(super) fn n_of(&self, is_theirs: impl Fn(&IdentityKey) -> bool) -> usize {
        self.known.values().filter(|known| is_theirs(&known.customer)).count()
    }

    /// The first that is to be handed over behind a sequence, or of all.
    pub(super) fn after(&self, sequence: Option<u64>) -> Option<(u64, &Decision)> {
        let from = sequence.map_or(Some(0), |sequence| sequence.checked_add(1))?;
        self.open.range(from..).next().map(|(sequence, decision)| (*sequence, decision))
    }

    /// What is to be handed over, with its sequence.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = (u64, &Decision)> {
        self.open.iter().map(|(sequence, decision)| (*sequence, decision))
    }

    /// What is to be handed over, in the order in which it was decided.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Decision> {
        self.open.values()
    }

    /// Puts a decision in. One that is known is not put in again, except for one that revokes it.
    pub(super) fn put(&mut self, decision: &Decision) {
        let known = self.known.get(&decision.id).map(|known| known.open.is_some());
        if known == Some(true) || (known.is_some() && decision.action != ActionKind::Revoke) {
            return;
        }
        if known.is_some() {
            self.heard.retain(|id| *id != decision.id);
        }
        let outcomes = self.known.get(&decision.id).map_or(0, |known| known.outcomes);
        let known = Known { open: Some(self.next), customer: decision.customer.clone(), outcomes };
        self.known.insert(decision.id, known);
        self.open.insert(self.next, decision.clone());
        self.next += 1;
        self.touch(decision.id);
    }

    /// Whose a decision is; `None` when it is not remembered.
    pub(super) fn customer(&self, id: DecisionId) -> Option<&IdentityKey> {
        self.known.get(&id).map(|known| &known.customer)
    }

    /// A decision that is still to be handed over.
    pub(super) fn open(&self, id: DecisionId) -> Option<&Decision> {
        self.open.get(&self.known.get(&id)?.open?)
    }

    /// Whether an outcome was heard of it.
    pub(super) fn told(&self, id: DecisionId, outcome: AckOutcome) -> bool {
        self.known.get(&id).is_some_and(|known| known.outcomes & outcome.bit() != 0)
    }

    /// Something was heard of it: it is handed over no more.
    pub(super) fn heard(&mut self, id: DecisionId, outcome: AckOutcome) {
        let Some(known) = self.known.get_mut(&id) else { return };
        known.outcomes |= outcome.bit();
        let sequence = known.open.take();
        self.touch(id);
        let Some(sequence) = sequence else { return };
        self.open.remove(&sequence);
        self.heard.push_back(id);
        if self.heard.len() > MAX_KNOWN
            && let Some(oldest) = self.heard.pop_front()
        {
            self.known.remove(&oldest);
            self.touch(oldest);
        }
    }

    /// It was taken back before anything was heard of it.
    pub(super) fn withdraw(&mut self, id: DecisionId) {
        if let Some(sequence) = self.known.get(&id).and_then(|known| known.open) {
            self.open.remove(&sequence);
            self.known.remove(&id);
            self.touch(id);
        }
    }

    /// Forgets everything of a customer, who goes by one of these keys.
    pub(super) fn forget(&mut self, is_theirs: impl Fn(&IdentityKey) -> bool) {
        self.open.retain(|_, decision| !is_theirs(&decision.customer));
        if let Some(touched) = &mut self.touched {
            let theirs = self.known.iter().filter(|(_, known)| is_theirs(&known.customer));
            touched.extend(theirs.map(|(id, _)| *id));
        }
        self.known.retain(|_, known| !is_theirs(&known.customer));
        self.heard.retain(|id| self.known.contains_key(id));
    }

    /// Of what was kept, those heard of in that order.
    pub(super) fn of_rows(next: u64, rows: Vec<(DecisionId, Kept)>) -> Self {
        let mut outbox = Self { next, ..Self::default() };
        for (id, kept) in rows {
            let known = match kept {
                Kept::Open(sequence, decision, outcomes) => {
                    let customer = decision.customer.clone();
                    outbox.open.insert(sequence, *decision);
                    outbox.next = outbox.next.max(sequence.saturating_add(1));
                    Known { open: Some(sequence), customer, outcomes }
                }
                Kept::Heard(customer, outcomes) => {
                    outbox.heard.push_back(id);
                    Known { open: None, customer, outcomes }
                }
                Kept::Gone => continue,
            };
            outbox.known.insert(id, known);
        }
        outbox
    }

    /// As it is kept.
    pub(super) fn part(&self) -> OutboxPart {
        let kept = |id: &DecisionId| {
            let known = self.known.get(id)?;
            Some((*id, known.customer.clone(), known.outcomes))
        };
        OutboxPart {
            next: self.next,
            open: self.open.iter().map(|(n, d)| (*n, d.clone())).collect(),
            heard: self.heard.iter().filter_map(kept).collect(),
        }
    }

    /// As it was kept.
    pub(super) fn of_part(part: OutboxPart) -> Self {
        let mut outbox = Self { next: part.next, ..Self::default() };
        for (sequence, decision) in part.open {
            let (open, customer) = (Some(sequence), decision.customer.clone());
            outbox.known.insert(decision.id, Known { open, customer, outcomes: 0 });
            outbox.open.insert(sequence, decision);
        }
        for (id, customer, outcomes) in part.heard {
            outbox.known.insert(id, Known { open: None, customer, outcomes });
            outbox.heard.push_back(id);
        }
        outbox
    }
}
