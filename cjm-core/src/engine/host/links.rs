//! Links between identities that are counted: how many stronger ones a weaker one was linked to.
//!
//! Answers: whether a link is known, how many there are of a weaker identity. Keeps stable hashes, no texts. Does not
//! know: policies.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::base::hash::stable_id;
use crate::customer::identity::IdentityKey;

use super::table::{Entry, Table};

/// Counted links.
#[derive(Debug, Clone)]
pub(super) struct Links {
    list: Table<Link>,
}

/// A link between two identities: a hash of the weaker one, and a shorter one of the stronger, which is only compared
/// with the others of the same weaker identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    weak: [u32; 2],
    strong: u32,
}

impl Link {
    /// The link of a weaker identity with a stronger one.
    pub(super) fn of(weak: &IdentityKey, strong: &IdentityKey) -> Self {
        let id = |key: &IdentityKey| stable_id(&key.kind, &key.value);
        Self::from_parts((id(weak), id(strong) as u32))
    }

    fn from_parts((weak, strong): (u64, u32)) -> Self {
        Self { weak: [(weak >> 32) as u32, weak as u32], strong }
    }

    fn parts(&self) -> (u64, u32) {
        (self.weak(), self.strong)
    }

    fn weak(&self) -> u64 {
        let [high, low] = self.weak;
        u64::from(high) << 32 | u64::from(low)
    }
}

impl Entry for Link {
    const NONE: Self = Self { weak: [0; 2], strong: 0 };

    fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// The weaker identity's alone, so that its links stand together.
    fn hash(&self, salt: u64) -> u32 {
        (self.weak().wrapping_mul(salt | 1) >> 32) as u32
    }
}

impl Default for Links {
    fn default() -> Self {
        Self { list: Table::new(RandomState::default().hash_one(0_u8)) }
    }
}

impl Links {
    /// Whether a link is known.
    pub(super) fn has(&self, link: Link) -> bool {
        self.of_weak(link).any(|known| known == link)
    }

    /// How many links the weaker identity of a link has.
    pub(super) fn n_of(&self, link: Link) -> usize {
        self.of_weak(link).count()
    }

    /// Adds a link.
    pub(super) fn insert(&mut self, link: Link) {
        if !self.has(link) {
            self.list.insert(link);
        }
    }

    /// Every link, in order of its hashes.
    pub(super) fn all(&self) -> Vec<(u64, u32)> {
        let mut all: Vec<(u64, u32)> = self.list.iter().map(|link| link.parts()).collect();
        all.sort_unstable();
        all
    }

    /// The links that [`Links::all`] gave.
    pub(super) fn from_all(all: &[(u64, u32)]) -> Self {
        let mut links = Self::default();
        all.iter().for_each(|parts| links.insert(Link::from_parts(*parts)));
        links
    }

    fn of_weak(&self, link: Link) -> impl Iterator<Item = Link> {
        let same = self.list.of(link.hash(self.list.salt()));
        same.filter(move |known| known.weak == link.weak)
    }
}
