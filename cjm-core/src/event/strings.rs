//! Many texts in one buffer, and the table that gives equal texts one code.
//!
//! Answers: the text behind an index or a code. Does not know: what the texts mean.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Texts one after the other in a single buffer. As a dictionary, the index of a text is its code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// Room for `n` texts of `bytes` bytes together.
    pub fn with_capacity(n: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ends: Vec::with_capacity(n) }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a text at the end.
    #[inline]
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// Drops the texts from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// The text at `index`; empty beyond the end.
    #[inline]
    pub fn get(&self, index: usize) -> &str {
        self.text.get(self.range(index)).unwrap_or("")
    }

    #[inline]
    fn range(&self, index: usize) -> std::ops::Range<usize> {
        let from = index.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        from..self.ends.get(index).copied().unwrap_or(from)
    }

    /// Whether the text at `index` is `text`: bytes are compared, no character boundary is looked for.
    #[inline]
    fn is(&self, index: usize, text: &str) -> bool {
        self.text.as_bytes().get(self.range(index)) == Some(text.as_bytes())
    }

    /// The texts in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// The texts in order, each with what lies behind its beginning.
    pub(super) fn placed(&self) -> impl ExactSizeIterator<Item = Placed<'_>> {
        let bytes = self.text.as_bytes();
        (0..self.len()).map(move |i| (self.get(i), bytes.get(self.range(i).start..).unwrap_or_default()))
    }

    /// Length of the longest text, in bytes.
    pub fn longest(&self) -> usize {
        let ends = self.ends.iter().scan(0, |from, to| {
            let len = to - *from;
            *from = *to;
            Some(len)
        });
        ends.max().unwrap_or(0)
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>()
    }

    /// Gives back memory that is not needed.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl<T: AsRef<str>> FromIterator<T> for Strings {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text.as_ref()));
        all
    }
}

/// A text, and the bytes that lie from its beginning on: its own and any that happen to follow.
///
/// Columns keep their texts side by side; reading beyond a short one's end spares a loop over its bytes.
pub type Placed<'a> = (&'a str, &'a [u8]);

/// Gives equal texts one code, in the order in which they are first met.
///
/// The table is seeded at random, so hostile texts can not slow it down; nothing that it returns depends on the seed.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    strings: Strings,
    table: HashTable<(u32, u32)>,
    seed: RandomState,
}

impl Interner {
    /// The code of `text`, a new one if it was not met before.
    pub fn intern(&mut self, text: &str) -> u32 {
        let hash = self.seed.hash_one(text.as_bytes());
        let tag = hash as u32;
        let strings = &self.strings;
        let found = self.table.find(hash, |(t, code)| *t == tag && strings.is(*code as usize, text));
        if let Some((_, code)) = found {
            return *code;
        }
        let code = u32::try_from(self.strings.len()).unwrap_or(u32::MAX);
        self.strings.push(text);
        let (seed, strings) = (&self.seed, &self.strings);
        self.table
            .insert_unique(hash, (tag, code), |(_, c)| seed.hash_one(strings.get(*c as usize).as_bytes()));
        code
    }

    /// Whether `code` stands for `text`.
    #[inline]
    pub(super) fn is(&self, code: u32, text: &str) -> bool {
        self.strings.is(code as usize, text)
    }

    /// How many different texts were met.
    pub fn len(&self) -> usize {
        self.strings.len()
    }

    /// Whether no text was met.
    pub fn is_empty(&self) -> bool {
        self.strings.is_empty()
    }

    /// The texts by code.
    pub fn strings(&self) -> &Strings {
        &self.strings
    }

    /// The texts by code, without the table.
    pub fn into_strings(self) -> Strings {
        self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_first_appearance() {
        let mut table = Interner::default();
        let codes: Vec<u32> = ["b", "a", "b", "", "味道", "a", ""].iter().map(|t| table.intern(t)).collect();
        assert_eq!(codes, [0, 1, 0, 2, 3, 1, 2]);
        assert_eq!(table.into_strings().iter().collect::<Vec<_>>(), ["b", "a", "", "味道"]);
    }

    #[test]
    fn texts_beyond_the_end_are_empty() {
        let texts: Strings = ["x"].into_iter().collect();
        assert_eq!((texts.get(0), texts.get(1), texts.get(usize::MAX)), ("x", "", ""));
    }
}
