//! Who a customer is: identities with the evidence that brought each.
//!
//! Answers: the customer's key, which identities it has and since when.
//! Does not know: other customers (see [`super::stitch`]).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;

/// Most identities of one customer.
pub const MAX_IDENTITIES: usize = 32;

/// Kind and value of an identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IdentityKey {
    /// Declared kind, as in `member`.
    pub kind: Arc<str>,
    /// The value, any text.
    pub value: Arc<str>,
}

/// One identity with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What it is.
    pub key: IdentityKey,
    /// Since when it belongs to the customer: the time of the event that brought it.
    pub since: Timestamp,
    /// Source of that event.
    pub source: Arc<str>,
    /// Id of that event; empty when it had none.
    pub event: Arc<str>,
    /// Whether it came by itself (with an event of its own) or only beside another one.
    pub own: bool,
}

/// The identities of one customer; the first is its key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
#[repr(C)]
pub struct Identities {
    /// The key in place: what every event looks at.
    first: Glance,
    list: Vec<Identity>,
    created: Timestamp,
}

/// The identities as bytes have them.
#[derive(Serialize, Deserialize)]
struct Written {
    list: Vec<Identity>,
    created: Timestamp,
}

impl From<Written> for Identities {
    fn from(Written { list, created }: Written) -> Self {
        let mut read = Self { list, created, first: Glance::default() };
        read.renew();
        read
    }
}

impl From<Identities> for Written {
    fn from(Identities { list, created, .. }: Identities) -> Self {
        Self { list, created }
    }
}

/// A short identity in place, so that comparing two looks nowhere else; nothing of one that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Glance([u8; 32]);

impl Glance {
    /// An identity in place: the lengths of kind and value, then both.
    pub fn of(key: &IdentityKey) -> Self {
        let mut all = [0; 32];
        let (kind, value) = (key.kind.as_bytes(), key.value.as_bytes());
        let lengths = u8::try_from(kind.len()).ok().zip(u8::try_from(value.len()).ok());
        let (Some((k, v)), [k_at, v_at, texts @ ..]) = (lengths, &mut all) else { return Self::default() };
        if kind.is_empty() || kind.len() + value.len() > texts.len() {
            return Self::default();
        }
        (*k_at, *v_at) = (k, v);
        texts.iter_mut().zip(kind.iter().chain(value)).for_each(|(place, byte)| *place = *byte);
        Self(all)
    }

    fn is_empty(&self) -> bool {
        self.0.first() == Some(&0)
    }
}

impl Identities {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.list.clear();
        self.created = Timestamp::default();
        self.first = Glance::default();
    }

    /// Whether the customer key is a short identity, by what is in place.
    pub fn leads_with(&self, glance: &Glance) -> bool {
        self.first == *glance && !glance.is_empty()
    }

    fn renew(&mut self) {
        self.first = self.key().map(Glance::of).unwrap_or_default();
    }

    /// The customer key: the identity that created the customer.
    pub fn key(&self) -> Option<&IdentityKey> {
        self.list.first().map(|i| &i.key)
    }

    /// When the customer was created.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// Every identity, the key first, then as they came.
    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.list.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nobody was named yet.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The number of an identity, as entries remember who brought them.
    pub fn number(&self, key: &IdentityKey) -> Option<u8> {
        self.list.iter().position(|i| i.key == *key).and_then(|n| u8::try_from(n).ok())
    }

    /// Adds an identity with its evidence; gives its number, or `None` beyond the limit of 32.
    pub fn add(&mut self, identity: Identity) -> Option<u8> {
        if let Some(n) = self.number(&identity.key) {
            return Some(n);
        }
        if self.list.len() >= MAX_IDENTITIES {
            return None;
        }
        if self.list.is_empty() {
            self.created = identity.since;
        }
        self.list.push(identity);
        if self.list.len() == 1 {
            self.renew();
        }
        u8::try_from(self.list.len() - 1).ok()
    }

    /// Whether this side keeps its key in a merge: the earlier created, ties by the smaller bytes.
    pub fn leads(&self, other: &Self) -> bool {
        match (self.key(), other.key()) {
            (Some(a), Some(b)) => (self.created, a) <= (other.created, b),
            (mine, _) => mine.is_some(),
        }
    }

    /// Unites both; gives the new number of each of the other's identities. The order is the leader's key first,
    /// then by (since, key), so that it does not depend on who was merged into whom.
    pub fn merge(&mut self, other: &Self) -> (Vec<u8>, Vec<u8>) {
        let leader = if self.leads(other) { self.key().cloned() } else { other.key().cloned() };
        let created = if self.leads(other) { self.created } else { other.created };
        let mut all: Vec<Identity> = self.list.clone();
        for theirs in &other.list {
            match all.iter_mut().find(|i| i.key == theirs.key) {
                Some(mine)
                    if (theirs.since, &theirs.source, &theirs.event)
                        < (mine.since, &mine.source, &mine.event) =>
                {
                    *mine = Identity { own: mine.own || theirs.own, ..theirs.clone() };
                }
                Some(mine) => mine.own |= theirs.own,
                None => all.push(theirs.clone()),
            }
        }
        all.sort_by(|a, b| {
            (Some(&a.key) != leader.as_ref(), a.since, &a.key).cmp(&(
                Some(&b.key) != leader.as_ref(),
                b.since,
                &b.key,
            ))
        });
        all.truncate(MAX_IDENTITIES);
        let numbers = |list: &[Identity]| {
            let find =
                |i: &Identity| all.iter().position(|a| a.key == i.key).and_then(|n| u8::try_from(n).ok());
            list.iter().map(|i| find(i).unwrap_or(0)).collect()
        };
        let maps = (numbers(&self.list), numbers(&other.list));
        self.list = all;
        self.created = created;
        self.renew();
        maps
    }

    /// Takes one identity out; gives the part that left, or `None` when it is not here or the only one.
    pub fn take(&mut self, key: &IdentityKey) -> Option<Self> {
        let place = self.list.iter().position(|i| i.key == *key)?;
        if self.list.len() < 2 {
            return None;
        }
        let gone = self.list.remove(place);
        if place == 0 {
            self.created = self.list.first().map_or(self.created, |i| i.since);
            self.renew();
        }
        Some(Self::from(Written { created: gone.since, list: vec![gone] }))
    }
}
