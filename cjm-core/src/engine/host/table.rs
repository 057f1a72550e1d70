//! A table of small entries in order of their hashes, nearly full: hash tables that double are half empty half of the
//! time, and a million customers pay for each empty place.
//!
//! Answers: entries of a hash, adding and taking out. Grows by a quarter, in one sweep over neighbours. Does not know:
//! what entries mean.
//!
//! Each entry stands at the place that its hash has in the table, or behind it as near as the order allows.

/// What a table holds.
pub(super) trait Entry: Copy {
    /// Stands where nothing stands.
    const NONE: Self;

    /// Whether it is [`Entry::NONE`].
    fn is_none(&self) -> bool;

    /// What it is found by, well spread.
    fn hash(&self, salt: u64) -> u32;
}

/// Entries by hash.
#[derive(Debug, Clone)]
pub(super) struct Table<E> {
    slots: Vec<E>,
    /// Places that hashes have; behind them stands what found no room before the end.
    n_homes: usize,
    n: usize,
    salt: u64,
}

impl<E: Entry> Table<E> {
    /// An empty table; hashes are salted.
    pub(super) fn new(salt: u64) -> Self {
        Self { slots: Vec::new(), n_homes: 0, n: 0, salt }
    }

    /// The salt of hashes.
    pub(super) fn salt(&self) -> u64 {
        self.salt
    }

    /// Every entry of a hash.
    pub(super) fn of(&self, hash: u32) -> impl Iterator<Item = E> {
        let from = self.slots.get(self.home(hash)..).unwrap_or_default();
        let from = from.iter().take_while(|entry| !entry.is_none());
        let from = from.skip_while(move |entry| entry.hash(self.salt) < hash);
        from.take_while(move |entry| entry.hash(self.salt) == hash).copied()
    }

    /// Every entry.
    pub(super) fn iter(&self) -> impl Iterator<Item = E> {
        self.slots.iter().filter(|entry| !entry.is_none()).copied()
    }

    /// Adds an entry.
    pub(super) fn insert(&mut self, new: E) {
        if (self.n + 1) * 20 > self.n_homes * 17 {
            self.grow();
        }
        self.n += 1;
        let hash = new.hash(self.salt);
        let first = self.home(hash);
        let behind = self.slots.iter().skip(first);
        let passed = behind.take_while(|entry| !entry.is_none() && entry.hash(self.salt) <= hash).count();
        let mut moved = new;
        let last = self.slots.iter_mut().skip(first + passed).find_map(|slot| {
            let stood = std::mem::replace(slot, moved);
            moved = stood;
            stood.is_none().then_some(())
        });
        if last.is_none() {
            self.slots.push(moved);
        }
    }

    /// Takes an entry of a hash out.
    pub(super) fn remove(&mut self, hash: u32, is: impl Fn(&E) -> bool) {
        let first = self.home(hash);
        let behind = self.slots.iter().enumerate().skip(first).take_while(|(_, entry)| !entry.is_none());
        let mut same = behind.filter(|(_, entry)| entry.hash(self.salt) == hash && is(entry));
        let Some((mut place, _)) = same.next() else { return };
        self.n -= 1;
        // those behind it that do not stand at home move up
        while let Some(next) = self.slots.get(place + 1).copied()
            && !next.is_none()
            && self.home(next.hash(self.salt)) <= place
        {
            self.put(place, next);
            place += 1;
        }
        self.put(place, E::NONE);
    }

    fn put(&mut self, place: usize, entry: E) {
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = entry;
        }
    }

    /// The place of a hash: in the order of hashes.
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.n_homes as u64) >> 32) as usize
    }

    fn grow(&mut self) {
        let n_homes = self.n_homes + self.n_homes / 4 + 16;
        let old = std::mem::replace(&mut self.slots, vec![E::NONE; n_homes]);
        self.n_homes = n_homes;
        let mut free = 0;
        for entry in old.into_iter().filter(|entry| !entry.is_none()) {
            let place = self.home(entry.hash(self.salt)).max(free);
            if place < self.slots.len() {
                self.put(place, entry);
            } else {
                self.slots.push(entry);
            }
            free = place + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    impl Entry for (u32, u32) {
        const NONE: Self = (0, 0);
        fn is_none(&self) -> bool {
            *self == Self::NONE
        }
        fn hash(&self, _: u64) -> u32 {
            self.0
        }
    }

    proptest! {
        /// A table is the set of what was put in and not taken out, also where many hashes are near or the same.
        #[test]
        fn keeps_what_was_put_in(
            steps in prop::collection::vec((any::<bool>(), prop_oneof![0_u32..8, any::<u32>(), u32::MAX - 3..=u32::MAX], 1_u32..5), 0..400),
        ) {
            let mut table: Table<(u32, u32)> = Table::new(0);
            let mut known = BTreeSet::new();
            for (takes, hash, what) in steps {
                if takes {
                    table.remove(hash, |entry| entry.1 == what);
                    known.remove(&(hash, what));
                } else if known.insert((hash, what)) {
                    table.insert((hash, what));
                }
                let of: BTreeSet<u32> = table.of(hash).map(|entry| entry.1).collect();
                let expected: BTreeSet<u32> = known.range((hash, 0)..=(hash, u32::MAX)).map(|e| e.1).collect();
                prop_assert_eq!(of, expected);
            }
            prop_assert_eq!(table.iter().collect::<BTreeSet<_>>(), known);
        }
    }
}
