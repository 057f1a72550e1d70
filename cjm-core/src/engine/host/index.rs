//! Whose an identity is: seeded hashes with numbers of customers, no text a second time.
//!
//! Answers: the customers who may have an identity, found by 32 bits of its hash; who asks looks whether one really
//! has it. Does not know: identities' texts, states.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::customer::identity::IdentityKey;

use super::table::{Entry, Table};

/// Who may have which identity. The seed is the process's own, as identities are anybody's to choose; no order of it
/// is ever shown.
#[derive(Debug, Clone)]
pub(super) struct Index {
    list: Table<Place>,
    seed: RandomState,
}

/// A hash, never 0, and a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    hash: u32,
    number: u32,
}

impl Entry for Place {
    const NONE: Self = Self { hash: 0, number: 0 };

    fn is_none(&self) -> bool {
        self.hash == 0
    }

    fn hash(&self, _: u64) -> u32 {
        self.hash
    }
}

impl Default for Index {
    fn default() -> Self {
        Self { list: Table::new(0), seed: RandomState::default() }
    }
}

impl Index {
    /// The customer whom an identity belongs to; `has` says whether a customer has it.
    pub(super) fn find(&self, key: &IdentityKey, has: impl Fn(u32) -> bool) -> Option<u32> {
        self.list.of(self.hash(key)).map(|place| place.number).find(|number| has(*number))
    }

    /// Lets a customer be found by an identity.
    pub(super) fn insert(&mut self, key: &IdentityKey, number: u32) {
        let new = Place { hash: self.hash(key), number };
        if self.list.of(new.hash).all(|known| known != new) {
            self.list.insert(new);
        }
    }

    /// Lets a customer be found by an identity no more.
    pub(super) fn remove(&mut self, key: &IdentityKey, number: u32) {
        self.list.remove(self.hash(key), |place| place.number == number);
    }

    fn hash(&self, key: &IdentityKey) -> u32 {
        (self.seed.hash_one((&*key.kind, &*key.value)) as u32).max(1)
    }
}
