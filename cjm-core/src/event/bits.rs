//! A packed list of booleans: validity of columns, columns of booleans.
//!
//! Answers: one bit per row, counts. Does not know: what a bit stands for.

/// Booleans packed 64 to a word; grows at its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// `len` equal bits.
    pub fn repeat(bit: bool, len: usize) -> Self {
        let mut bits = Self { words: vec![if bit { u64::MAX } else { 0 }; len.div_ceil(64)], len };
        bits.clear_tail();
        bits
    }

    /// Bits from words of 64, lowest bit first; bits beyond `len` are ignored, missing words are zero.
    pub fn from_words(words: Vec<u64>, len: usize) -> Self {
        let mut bits = Self { words, len };
        bits.words.resize(len.div_ceil(64), 0);
        bits.clear_tail();
        bits
    }

    fn clear_tail(&mut self) {
        let used = self.len % 64;
        if let Some(last) = self.words.last_mut().filter(|_| used > 0) {
            *last &= (1 << used) - 1;
        }
    }

    /// The words of 64 bits, lowest bit first; bits beyond the end are zero.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// How many bits there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no bit at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bit at `row`; false beyond the end.
    #[inline]
    pub fn get(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Changes the bit at `row`; nothing beyond the end.
    #[inline]
    pub fn set(&mut self, row: usize, bit: bool) {
        if row < self.len
            && let Some(word) = self.words.get_mut(row / 64)
        {
            *word = *word & !(1 << (row % 64)) | u64::from(bit) << (row % 64);
        }
    }

    /// Adds a bit at the end.
    #[inline]
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        if let Some(word) = self.words.last_mut() {
            *word |= u64::from(bit) << (self.len % 64);
        }
        self.len += 1;
    }

    /// Adds equal bits until there are `len`.
    pub fn pad(&mut self, bit: bool, len: usize) {
        while self.len < len {
            self.push(bit);
        }
    }

    /// Drops the bits from `len` on.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.len = len;
            self.words.truncate(len.div_ceil(64));
            self.clear_tail();
        }
    }

    /// How many bits are true.
    pub fn count_ones(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The bits in order.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.len).map(|row| self.get(row))
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut all = Self::default();
        bits.into_iter().for_each(|bit| all.push(bit));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_what_was_pushed() {
        let pattern: Vec<bool> = (0..200).map(|i| i % 3 == 0 || i % 7 == 0).collect();
        let mut bits: Bits = pattern.iter().copied().collect();
        assert_eq!(bits.iter().collect::<Vec<_>>(), pattern);
        assert_eq!(bits.count_ones(), pattern.iter().filter(|b| **b).count());
        bits.truncate(65);
        assert_eq!(bits.iter().collect::<Vec<_>>(), pattern[..65]);
        bits.pad(true, 70);
        assert_eq!((bits.get(64), bits.get(66), bits.get(70)), (pattern[64], true, false));
        bits.set(66, false);
        assert!(!bits.get(66) && bits.get(67));
    }

    #[test]
    fn equal_bits_and_words() {
        assert_eq!(Bits::repeat(true, 130).count_ones(), 130);
        assert_eq!(Bits::from_words(vec![u64::MAX], 70).count_ones(), 64);
        assert_eq!(Bits::from_words(vec![u64::MAX; 3], 3), Bits::repeat(true, 3));
    }
}
