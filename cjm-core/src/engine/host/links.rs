//! Links between identities that are counted: how many others one was linked with.
//!
//! Answers: whether a link is known, how many there are of an identity: with stronger ones, and with weaker ones of a
//! kind. Keeps stable hashes, no texts. Does not know: policies.

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

/// A link between two identities: a hash of the one for which it counts, and a shorter one of the other, which is only
/// compared with the others of the same identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    of: [u32; 2],
    other: u32,
}

impl Link {
    /// The link of a weaker identity with a stronger one, as it counts for the weaker one.
    pub(super) fn of(weak: &IdentityKey, strong: &IdentityKey) -> Self {
        Self::from_parts((stable_id(&weak.kind, &weak.value), Self::short(strong)))
    }

    /// The same link as it counts for the stronger one: among those with the kind of the weaker one.
    pub(super) fn with_weaker(strong: &IdentityKey, weak: &IdentityKey) -> Self {
        let kinds = format!("{}/{}", strong.kind, weak.kind);
        Self::from_parts((stable_id(&kinds, &strong.value), Self::short(weak)))
    }

    /// The hashes of an identity for which links count: of those with stronger ones, and with weaker ones of each kind.
    pub(super) fn all_of<'k>(
        key: &'k IdentityKey,
        kinds: impl Iterator<Item = &'k str> + 'k,
    ) -> impl Iterator<Item = u64> + 'k {
        let weaker = kinds.map(|kind| stable_id(&format!("{}/{kind}", key.kind), &key.value));
        std::iter::once(stable_id(&key.kind, &key.value)).chain(weaker)
    }

    fn short(key: &IdentityKey) -> u32 {
        stable_id(&key.kind, &key.value) as u32
    }

    fn from_parts((of, other): (u64, u32)) -> Self {
        Self { of: [(of >> 32) as u32, of as u32], other }
    }

    pub(super) fn parts(&self) -> (u64, u32) {
        (self.whose(), self.other)
    }

    fn whose(&self) -> u64 {
        let [high, low] = self.of;
        u64::from(high) << 32 | u64::from(low)
    }
}

impl Entry for Link {
    const NONE: Self = Self { of: [0; 2], other: 0 };

    fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// That of the identity for which it counts alone, so that its links stand together.
    fn hash(&self, salt: u64) -> u32 {
        (self.whose().wrapping_mul(salt | 1) >> 32) as u32
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
        self.of_same(link).any(|known| known == link)
    }

    /// How many links count for the identity of a link.
    pub(super) fn n_of(&self, link: Link) -> usize {
        self.of_same(link).count()
    }

    /// Adds a link.
    pub(super) fn insert(&mut self, link: Link) {
        if !self.has(link) {
            self.list.insert(link);
        }
    }

    /// Takes the links out that count for an identity, by its hash; gives whether there were any.
    pub(super) fn forget(&mut self, whose: u64) -> bool {
        let any = Link::from_parts((whose, 0));
        let known: Vec<Link> = self.of_same(any).collect();
        let hash = any.hash(self.list.salt());
        known.iter().for_each(|gone| self.list.remove(hash, |link| link == gone));
        !known.is_empty()
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

    fn of_same(&self, link: Link) -> impl Iterator<Item = Link> {
        let same = self.list.of(link.hash(self.list.salt()));
        same.filter(move |known| known.of == link.of)
    }
}
