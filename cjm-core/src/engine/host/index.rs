//! Whose an identity is: seeded hashes with numbers of customers, no text a second time.
//!
//! Answers: the customers who may have an identity, found by 32 bits of its hash; who asks looks whether one really
//! has it. Does not know: identities' texts, states.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::customer::identity::IdentityKey;

/// Who may have which identity. The seed is the process's own, as identities are anybody's to choose; no order of it
/// is ever shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    list: HashTable<(u32, u32)>,
    seed: RandomState,
}

impl Index {
    /// The customer whom an identity belongs to; `has` says whether a customer has it.
    pub(super) fn find(&self, key: &IdentityKey, has: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = self.hash(key);
        let found = self.list.find(spread(hash), |(known, number)| *known == hash && has(*number));
        found.map(|(_, number)| *number)
    }

    /// Lets a customer be found by an identity.
    pub(super) fn insert(&mut self, key: &IdentityKey, number: u32) {
        let new = (self.hash(key), number);
        let again = |(hash, _): &(u32, u32)| spread(*hash);
        if self.list.find(spread(new.0), |known| *known == new).is_none() {
            self.list.insert_unique(spread(new.0), new, again);
        }
    }

    /// Lets a customer be found by an identity no more.
    pub(super) fn remove(&mut self, key: &IdentityKey, number: u32) {
        let gone = (self.hash(key), number);
        if let Ok(entry) = self.list.find_entry(spread(gone.0), |known| *known == gone) {
            entry.remove();
        }
    }

    fn hash(&self, key: &IdentityKey) -> u32 {
        self.seed.hash_one((&*key.kind, &*key.value)) as u32
    }
}

/// 64 bits for the table, which looks at both ends of them.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
