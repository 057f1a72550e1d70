//! The texts met last, so that a text that recurs costs no look into a large table.
//!
//! Answers: the code of a text, mostly by two comparisons of words. Does not know: codes of its own; what it has
//! forgotten it asks the [`Interner`] for, so no result depends on what it remembers.

use super::strings::{Interner, Placed};

/// Slots: few enough for a core's own cache, enough for the columns whose texts recur most.
const N_SLOTS: usize = 512;
/// Bytes of a text that a slot holds itself.
const HEAD: usize = 16;
/// The bytes that belong to a text of so many bytes.
const MASKS: [u128; HEAD + 1] = masks();

/// A small memory of texts and their codes.
#[derive(Debug)]
pub(super) struct Recent {
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The first bytes, zero behind the end.
    head: u128,
    /// Length in bytes; more than any text has while the slot is empty.
    len: usize,
    code: u32,
}

impl Default for Recent {
    fn default() -> Self {
        Self { slots: vec![Slot { head: 0, len: usize::MAX, code: 0 }; N_SLOTS] }
    }
}

impl Recent {
    /// The code that the table has, or now gives, for the text.
    #[inline]
    pub(super) fn code(&mut self, table: &mut Interner, (text, behind): Placed<'_>) -> u32 {
        let (head, len) = (head(text.len(), behind), text.len());
        let Some(slot) = self.slots.get_mut(place(head, len)) else { return table.intern(text) };
        if slot.head != head || slot.len != len || len > HEAD && !table.is(slot.code, text) {
            *slot = Slot { head, len, code: table.intern(text) };
        }
        slot.code
    }
}

/// The first bytes of a text as a number, zero behind its end.
#[inline]
fn head(len: usize, behind: &[u8]) -> u128 {
    let mask = MASKS.get(len.min(HEAD)).copied().unwrap_or_default();
    let word = match behind.first_chunk::<HEAD>() {
        Some(bytes) => u128::from_le_bytes(*bytes),
        None => last_word(behind),
    };
    word & mask
}

/// The last bytes of a buffer, fewer than a head has.
#[cold]
fn last_word(bytes: &[u8]) -> u128 {
    let mut word = [0; HEAD];
    std::iter::zip(&mut word, bytes).for_each(|(to, from)| *to = *from);
    u128::from_le_bytes(word)
}

#[inline]
fn place(head: u128, len: usize) -> usize {
    let word = head as u64 ^ ((head >> 64) as u64).rotate_left(23) ^ len as u64;
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - N_SLOTS.trailing_zeros())) as usize
}

const fn masks() -> [u128; HEAD + 1] {
    let mut all = [u128::MAX; HEAD + 1];
    let mut rest = all.as_mut_slice();
    let mut bits = 0;
    while let Some((first, tail)) = rest.split_first_mut() {
        if bits < u128::BITS {
            *first = (1 << bits) - 1;
        }
        bits += 8;
        rest = tail;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of all lengths around the head's, many of which differ in their last byte alone or share a slot.
    fn texts() -> Vec<String> {
        let lengths = (0..40).flat_map(|len| (0..40).map(move |i| (len, i)));
        let text = |(len, i): (usize, usize)| {
            let mut text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"[..len].to_owned();
            text.push(char::from(b'a' + (i % 26) as u8));
            if i % 3 == 0 {
                text.push('味')
            } else {
                text.truncate(len)
            }
            text
        };
        lengths.map(text).chain(["\0".to_owned(), "\0\0".to_owned(), String::new()]).collect()
    }

    #[test]
    fn codes_are_those_of_the_table() {
        let texts = texts();
        let all: String = texts.concat();
        let (mut plain, mut table, mut recent) =
            (Interner::default(), Interner::default(), Recent::default());
        for _ in 0..3 {
            let mut from = 0;
            for text in &texts {
                let behind = &all.as_bytes()[from..];
                from += text.len();
                let code = plain.intern(text);
                assert_eq!(recent.code(&mut table, (text, behind)), code, "{text:?}");
                assert_eq!(recent.code(&mut table, (text, text.as_bytes())), code, "{text:?}");
            }
        }
        assert_eq!(plain.strings(), table.strings());
    }
}
