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
        let Self { layout, list, seed, tables } = self;
        let (words, key) = (&layout.words, &refusal.customer);
        let hash = seed.hash_one((&*key.kind, &*key.value));
        if let Some(known) = list.find_mut(hash, |bytes| is_of(words, bytes, key)) {
            *known = appended(words, tables, known, refusal);
            return;
        }
        let new = packed(words, tables, refusal, None);
        let mut to = Packer::new(words, tables);
        to.text_alone(&key.kind);
        to.text_alone(&key.value);
        to.raw(&new);
        list.insert_unique(hash, to.finish(), |bytes| match Unpacked::of(words, bytes) {
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
}

/// A refusal behind the number of its bytes: what it does not share with the one before it.
fn packed(words: &Words, tables: &mut Tables, refusal: &Refusal, before: Option<&Refusal>) -> Box<[u8]> {
    let Refusal { reason, rule, customer: _, key, due, step, item, channel } = refusal;
    let same = before.is_some_and(|before| {
        let Refusal { rule: r, key: k, due: d, step: s, item: i, .. } = before;
        (r, k, d, s, i) == (rule, key, due, step, item)
    });
    let mut to = Packer::new(words, tables);
    to.byte(u8::from(same));
    to.encoded(reason);
    channel.pack(&mut to);
    if !same {
        rule.pack(&mut to);
        key.pack(&mut to);
        due.pack(&mut to);
        step.pack(&mut to);
        item.pack(&mut to);
    }
    let bytes = to.finish();
    let mut to = Packer::new(words, tables);
    to.number(bytes.len() as u64);
    to.raw(&bytes);
    to.finish()
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
        let mut all: Vec<Refusal> = Vec::new();
        while let Some(bytes) = next(&mut self.rest) {
            let new = unpacked(&self.key, Unpacker::new(self.words, bytes), all.last());
            all.extend(new);
        }
        (self.key, all)
    }
}

fn unpacked(customer: &IdentityKey, mut from: Unpacker<'_>, before: Option<&Refusal>) -> Option<Refusal> {
    let same = from.byte()? == 1;
    let (reason, channel) = (from.encoded()?, Pack::unpack(&mut from)?);
    if same {
        return Some(Refusal { reason, channel, ..before?.clone() });
    }
    let (rule, key, due) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
    let (step, item) = (Pack::unpack(&mut from)?, Pack::unpack(&mut from)?);
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
fn appended(words: &Words, tables: &mut Tables, known: &[u8], new: &Refusal) -> Box<[u8]> {
    let mut from = Unpacker::new(words, known);
    let _key = (from.text(), from.text());
    let head = known.len() - from.n_left();
    let mut starts = Vec::new();
    // the last that says all of itself: those behind it say the same but for reason and channel
    let mut whole = None;
    loop {
        let start = known.len() - from.n_left();
        let Some(bytes) = next(&mut from) else { break };
        starts.push(start);
        if bytes.first() == Some(&0) {
            whole = Some(bytes);
        }
    }
    let customer = &new.customer;
    let before = whole.and_then(|bytes| unpacked(customer, Unpacker::new(words, bytes), None));
    let added = packed(words, tables, new, before.as_ref());
    if starts.len() < MAX_REFUSALS {
        return [known, &added].concat().into();
    }
    let two = Unpacked::of(words, known).map(|known| known.all().1);
    let second = two.as_ref().and_then(|all| all.get(1)).map(|second| packed(words, tables, second, None));
    let third = starts.get(2).copied().unwrap_or(known.len());
    let parts = [known.get(..head), second.as_deref(), known.get(third..), Some(&added)];
    parts.into_iter().flatten().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Timestamp;
    use crate::outreach::{CapPlace, RefusalReason};

    fn one((who, reason, rule, due, channel): (u32, u32, u32, i64, u32)) -> Refusal {
        let reason =
            [RefusalReason::NoConsent, RefusalReason::Capped(CapPlace::Rule(reason))][reason as usize % 2];
        Refusal {
            reason,
            rule: format!("r{rule}").into(),
            customer: IdentityKey { kind: "member".into(), value: format!("m{who}").into() },
            key: (rule > 0).then(|| "order 7".into()),
            due: Timestamp::saturating(due),
            step: rule,
            item: (channel > 0).then_some(0),
            channel: (channel > 0).then(|| format!("c{channel}").into()),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn the_last_of_each_customer_come_back(
            picks in prop::collection::vec((0_u32..2, 0_u32..3, 0_u32..2, 0_i64..2, 0_u32..3), 0..700),
        ) {
            let mut refusals = Refusals::new(Arc::default());
            let all: Vec<Refusal> = picks.into_iter().map(one).collect();
            all.iter().for_each(|refusal| refusals.add(refusal));
            for who in 0..2 {
                let key = IdentityKey { kind: "member".into(), value: format!("m{who}").into() };
                let own: Vec<Refusal> = all.iter().filter(|refusal| refusal.customer == key).cloned().collect();
                let last = own.len().saturating_sub(MAX_REFUSALS);
                prop_assert_eq!(refusals.of(&key), &own[last..]);
                refusals.forget(std::slice::from_ref(&key));
                prop_assert_eq!(refusals.of(&key), []);
            }
            prop_assert_eq!(refusals.all(), []);
        }
    }
}
