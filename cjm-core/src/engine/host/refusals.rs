//! The last refusals of each customer, packed: most customers have some, hardly anybody reads them.
//!
//! Answers: the refusals under a customer key, oldest first, at most [`MAX_REFUSALS`]. Does not know: why something was
//! refused, who has which key now.
//!
//! One piece of memory for each key: the key, then each refusal behind the number of its bytes.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::base::pack::{Pack, Packer, Tables, Unpacker, Words};
use crate::customer::identity::IdentityKey;
use crate::plan::Layout;

use super::super::decision::Refusal;

/// Most refusals whose whole text is kept of one customer; the others are counted.
pub const MAX_REFUSALS: usize = 256;

/// Refusals by the key that the customer then had: numbers are given again, keys are not.
#[derive(Debug, Clone)]
pub(super) struct Refusals {
    layout: Arc<Layout>,
    list: HashTable<Box<[u8]>>,
    seed: RandomState,
    tables: Tables,
}

impl Refusals {
    /// None yet, under a plan's words.
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        Self { layout, list: HashTable::new(), seed: RandomState::default(), tables: Tables::default() }
    }

    /// Keeps a refusal; the oldest of its customer gives way.
    pub(super) fn add(&mut self, refusal: &Refusal) {
        let new = self.packed(refusal);
        let (words, key) = (&self.layout.words, &refusal.customer);
        let hash = self.seed.hash_one((&*key.kind, &*key.value));
        if let Some(known) = self.list.find_mut(hash, |bytes| is_of(words, bytes, key)) {
            *known = appended(words, known, &new);
            return;
        }
        let mut to = Packer::new(words, &mut self.tables);
        to.text_alone(&key.kind);
        to.text_alone(&key.value);
        to.raw(&new);
        let bytes = to.finish();
        let seed = &self.seed;
        self.list.insert_unique(hash, bytes, |bytes| match Unpacked::of(words, bytes) {
            Some(known) => seed.hash_one((&*known.key.kind, &*known.key.value)),
            None => 0,
        });
    }

    /// Every key with its refusals, by key.
    pub(super) fn all(&self) -> Vec<(IdentityKey, Vec<Refusal>)> {
        let words = &self.layout.words;
        let known = self.list.iter().filter_map(|bytes| Unpacked::of(words, bytes));
        let mut all: Vec<(IdentityKey, Vec<Refusal>)> = known.map(Unpacked::all).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// The refusals under a key.
    pub(super) fn of(&self, key: &IdentityKey) -> Vec<Refusal> {
        let words = &self.layout.words;
        let hash = self.seed.hash_one((&*key.kind, &*key.value));
        let found = self.list.find(hash, |bytes| is_of(words, bytes, key));
        found.and_then(|bytes| Unpacked::of(words, bytes)).map_or_else(Vec::new, |known| known.all().1)
    }

    /// Forgets what is kept under some keys.
    pub(super) fn forget(&mut self, keys: &[IdentityKey]) {
        let words = &self.layout.words;
        for key in keys {
            let hash = self.seed.hash_one((&*key.kind, &*key.value));
            if let Ok(entry) = self.list.find_entry(hash, |bytes| is_of(words, bytes, key)) {
                entry.remove();
            }
        }
    }

    /// The same under another plan's words.
    pub(super) fn under(&self, layout: Arc<Layout>) -> Self {
        let mut new = Self::new(layout);
        self.all().iter().flat_map(|(_, all)| all).for_each(|refusal| new.add(refusal));
        new
    }

    /// A refusal behind the number of its bytes, readable alone.
    fn packed(&mut self, refusal: &Refusal) -> Box<[u8]> {
        let Refusal { reason, rule, customer: _, key, due, step, item, channel } = refusal;
        let mut to = Packer::new(&self.layout.words, &mut self.tables);
        to.encoded(reason);
        rule.pack(&mut to);
        key.pack(&mut to);
        due.pack(&mut to);
        step.pack(&mut to);
        item.pack(&mut to);
        channel.pack(&mut to);
        let bytes = to.finish();
        let mut to = Packer::new(&self.layout.words, &mut self.tables);
        to.number(bytes.len() as u64);
        to.raw(&bytes);
        to.finish()
    }
}

/// What is kept under a key, the refusals still packed.
struct Unpacked<'a> {
    words: &'a Words,
    key: IdentityKey,
    rest: Unpacker<'a>,
}

impl<'a> Unpacked<'a> {
    fn of(words: &'a Words, bytes: &'a [u8]) -> Option<Self> {
        let mut rest = Unpacker::new(words, bytes);
        let key = IdentityKey { kind: rest.text()?, value: rest.text()? };
        Some(Self { words, key, rest })
    }

    fn all(mut self) -> (IdentityKey, Vec<Refusal>) {
        let mut all = Vec::new();
        while let Some(bytes) = next(&mut self.rest) {
            all.extend(unpacked(&self.key, Unpacker::new(self.words, bytes)));
        }
        (self.key, all)
    }
}

fn unpacked(customer: &IdentityKey, mut from: Unpacker<'_>) -> Option<Refusal> {
    let reason = from.encoded()?;
    let (rule, key, due) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
    let (step, item) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
    let channel = Pack::unpack(&mut from)?;
    Some(Refusal { reason, rule, customer: customer.clone(), key, due, step, item, channel })
}

/// The bytes of the next refusal.
fn next<'a>(from: &mut Unpacker<'a>) -> Option<&'a [u8]> {
    let n = from.count()?;
    from.raw(n)
}

fn is_of(words: &Words, bytes: &[u8], key: &IdentityKey) -> bool {
    let mut from = Unpacker::new(words, bytes);
    from.is_text(&key.kind) == Some(true) && from.is_text(&key.value) == Some(true)
}

/// The bytes under a key with one refusal more; beyond the bound the oldest is left out.
fn appended(words: &Words, known: &[u8], new: &[u8]) -> Box<[u8]> {
    let mut from = Unpacker::new(words, known);
    let _key = (from.text(), from.text());
    let head = known.len() - from.n_left();
    let first = next(&mut from).map_or(head, |_| known.len() - from.n_left());
    let mut n = usize::from(first > head);
    while next(&mut from).is_some() {
        n += 1;
    }
    let kept = if n < MAX_REFUSALS { head } else { first };
    let parts = [known.get(..head), known.get(kept..), Some(new)];
    parts.into_iter().flatten().flatten().copied().collect()
}
