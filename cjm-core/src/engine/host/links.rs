//! Links between identities that are counted: how many stronger ones a weaker one was linked to.
//!
//! Answers: whether a link is known, how many there are of a weaker identity. Keeps stable hashes, no texts. Does not
//! know: policies.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::base::hash::stable_id;
use crate::customer::identity::IdentityKey;

/// Counted links: hashes of the weaker and the stronger identity.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    list: HashTable<(u64, u64)>,
    seed: RandomState,
}

/// A link between two identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    weak: u64,
    strong: u64,
}

impl Link {
    /// The link of a weaker identity with a stronger one.
    pub(super) fn of(weak: &IdentityKey, strong: &IdentityKey) -> Self {
        let id = |key: &IdentityKey| stable_id(&key.kind, &key.value);
        Self { weak: id(weak), strong: id(strong) }
    }
}

impl Links {
    /// Whether a link is known.
    pub(super) fn has(&self, link: Link) -> bool {
        self.of_weak(link.weak).any(|strong| strong == link.strong)
    }

    /// How many links the weaker identity of a link has.
    pub(super) fn n_of(&self, link: Link) -> usize {
        self.of_weak(link.weak).count()
    }

    /// Adds a link.
    pub(super) fn insert(&mut self, link: Link) {
        if !self.has(link) {
            let seed = &self.seed;
            let new = (link.weak, link.strong);
            self.list.insert_unique(seed.hash_one(new.0), new, |(weak, _)| seed.hash_one(weak));
        }
    }

    /// Every link, in order of its hashes.
    pub(super) fn all(&self) -> Vec<(u64, u64)> {
        let mut all: Vec<(u64, u64)> = self.list.iter().copied().collect();
        all.sort_unstable();
        all
    }

    /// The links that [`Links::all`] gave.
    pub(super) fn from_all(all: &[(u64, u64)]) -> Self {
        let mut links = Self::default();
        all.iter().for_each(|(weak, strong)| links.insert(Link { weak: *weak, strong: *strong }));
        links
    }

    fn of_weak(&self, weak: u64) -> impl Iterator<Item = u64> {
        let same = self.list.iter_hash(self.seed.hash_one(weak));
        same.filter(move |(known, _)| *known == weak).map(|(_, strong)| *strong)
    }
}
