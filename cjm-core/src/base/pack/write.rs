//! The writing half: bytes, and what was written so far.
//!
//! Answers: numbers, instants, hashes and texts as bytes. Does not know: what they belong to.

use super::words::Words;
use super::{EPOCH_US, read};

/// What a packer remembers while it writes. Handed from one packing to the next, it keeps its memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    bytes: Vec<u8>,
    times: Vec<i64>,
    hashes: Vec<u64>,
    digests: Vec<[u8; 16]>,
    texts: Vec<Written>,
    shared: Vec<usize>,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy)]
enum Written {
    /// As bytes: first and length.
    Bytes(usize, usize),
    /// As half bytes: first and length of the text.
    Halves(usize, usize),
    /// As a number.
    Number(u64),
}

/// Writes one value.
pub(crate) struct Packer<'p> {
    words: &'p Words,
    tables: &'p mut Tables,
}

impl<'p> Packer<'p> {
    /// A packer that has written nothing.
    pub(crate) fn new(words: &'p Words, tables: &'p mut Tables) -> Self {
        tables.bytes.clear();
        tables.times.clear();
        tables.hashes.clear();
        tables.digests.clear();
        tables.texts.clear();
        tables.shared.clear();
        Self { words, tables }
    }

    /// The bytes, as many as there are.
    pub(crate) fn finish(self) -> Box<[u8]> {
        self.tables.bytes.as_slice().into()
    }

    /// One byte.
    pub(crate) fn byte(&mut self, byte: u8) {
        self.tables.bytes.push(byte);
    }

    /// Bytes as they are; the reader knows how many.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.tables.bytes.extend_from_slice(bytes);
    }

    /// A number, the shorter the smaller it is.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// Microseconds since 1970, instants as a rule: one that was written before is a number.
    pub(crate) fn time(&mut self, us: i64) {
        if let Some(place) = self.tables.times.iter().position(|known| *known == us) {
            return self.number((place as u64) << 2);
        }
        let last = self.tables.times.last().copied().unwrap_or(EPOCH_US);
        let (unit, units) = match us.checked_sub(last) {
            Some(delta) if delta % 1_000_000 == 0 => (1, delta / 1_000_000),
            Some(delta) if delta % 1_000 == 0 => (2, delta / 1_000),
            Some(delta) if delta.unsigned_abs() < 1 << 60 => (3, delta),
            _ => {
                self.number((self.tables.times.len() as u64) << 2);
                self.raw(&us.to_le_bytes());
                return self.tables.times.push(us);
            }
        };
        self.number(read::zigzag(units) << 2 | unit);
        self.tables.times.push(us);
    }

    /// A hash that may stand elsewhere too: 0 and what was written before is a number.
    pub(crate) fn hash(&mut self, hash: u64) {
        match self.tables.hashes.iter().position(|known| *known == hash) {
            _ if hash == 0 => self.byte(1),
            Some(place) => self.number(place as u64 + 2),
            None => {
                self.byte(0);
                self.new_hash(hash);
            }
        }
    }

    /// Whether a hash is 0 or was written before.
    pub(crate) fn knows_hash(&self, hash: u64) -> bool {
        hash == 0 || self.tables.hashes.contains(&hash)
    }

    /// A hash that was not written before, and may stand elsewhere too.
    pub(crate) fn new_hash(&mut self, hash: u64) {
        self.lone(hash);
        self.tables.hashes.push(hash);
    }

    /// A long hash that may stand elsewhere too.
    pub(crate) fn digest(&mut self, digest: &[u8; 16]) {
        match self.tables.digests.iter().position(|known| known == digest) {
            Some(place) => self.number(place as u64 + 1),
            None => {
                self.byte(0);
                self.raw(digest);
                self.tables.digests.push(*digest);
            }
        }
    }

    /// The lower half of a hash that may have been written before.
    pub(crate) fn half(&mut self, half: u32) {
        match self.tables.hashes.iter().position(|known| *known as u32 == half) {
            _ if half == 0 => self.byte(1),
            Some(place) => self.number(place as u64 + 2),
            None => {
                self.byte(0);
                self.raw(&half.to_le_bytes());
            }
        }
    }

    /// A hash that stands nowhere else.
    pub(crate) fn lone(&mut self, hash: u64) {
        self.raw(&hash.to_le_bytes());
    }

    /// A stable id, one that the plan knows as a rule.
    pub(crate) fn known(&mut self, id: u64) {
        match self.words.id_place(id) {
            Some(place) => self.number(u64::from(place) + 1),
            None => {
                self.byte(0);
                self.lone(id);
            }
        }
    }

    /// A text: one that the plan knows, or that was written before, is a number.
    pub(crate) fn text(&mut self, text: &str) {
        let number = read::digits(text);
        let place = self.tables.texts.iter().position(|written| match written {
            Written::Bytes(first, n) => self.tables.bytes.get(*first..first + n) == Some(text.as_bytes()),
            Written::Halves(first, n) => {
                let halves = self.tables.bytes.get(*first..first + n.div_ceil(2)).unwrap_or_default();
                *n == text.len() && read::is_short(text) && read::halves(text).eq(halves.iter().copied())
            }
            Written::Number(known) => Some(*known) == number,
        });
        match place {
            Some(place) => self.number((place as u64) << 2 | 1),
            None => self.text_alone(text),
        }
    }

    /// A text without regard to those written before, so that it can be read without them.
    pub(crate) fn text_alone(&mut self, text: &str) {
        if let Some(place) = self.words.text_place(text) {
            return self.number(u64::from(place) << 2);
        }
        if let Some(number) = read::digits(text) {
            self.number(number << 2 | 3);
            return self.tables.texts.push(Written::Number(number));
        }
        let short = read::is_short(text);
        self.number((text.len() as u64) << 3 | u64::from(short) << 2 | 2);
        if short {
            let first = self.tables.bytes.len();
            self.tables.bytes.extend(read::halves(text));
            self.tables.texts.push(Written::Halves(first, text.len()));
        } else {
            self.tables.texts.push(Written::Bytes(self.tables.bytes.len(), text.len()));
            self.raw(text.as_bytes());
        }
    }

    /// Writes a number for what is shared at an address, if it was written before; gives whether it was.
    pub(super) fn sharer(&mut self, address: usize) -> bool {
        let place = self.tables.shared.iter().position(|known| *known == address);
        self.number(place.map_or(0, |place| place as u64 + 1));
        place.is_some()
    }

    /// Remembers what was written for an address.
    pub(super) fn share(&mut self, address: usize) {
        self.tables.shared.push(address);
    }
}
