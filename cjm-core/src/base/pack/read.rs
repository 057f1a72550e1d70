//! The reading half: the very values that were written.
//!
//! Answers: numbers, instants, hashes and texts from bytes, or `None` when they are none. Does not know: what they
//! belong to.

use std::any::Any;
use std::sync::Arc;

use smallvec::SmallVec;

use super::words::Words;
use super::{EPOCH_US, Pack};

/// Reads one value.
pub(crate) struct Unpacker<'p> {
    words: &'p Words,
    rest: &'p [u8],
    times: SmallVec<[i64; 16]>,
    hashes: SmallVec<[u64; 8]>,
    digests: SmallVec<[[u8; 16]; 4]>,
    texts: SmallVec<[Arc<str>; 8]>,
    shared: Vec<Arc<dyn Any + Send + Sync>>,
}

impl<'p> Unpacker<'p> {
    /// A reader at the first byte.
    pub(crate) fn new(words: &'p Words, bytes: &'p [u8]) -> Self {
        Self {
            words,
            rest: bytes,
            times: Default::default(),
            hashes: Default::default(),
            digests: Default::default(),
            texts: Default::default(),
            shared: Default::default(),
        }
    }

    /// Whether everything was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub(crate) fn n_left(&self) -> usize {
        self.rest.len()
    }

    /// One byte.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    /// So many bytes as they are.
    pub(crate) fn raw(&mut self, n: usize) -> Option<&'p [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(bytes)
    }

    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*bytes)
    }

    /// A number.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// How many items follow; no more than bytes are left.
    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// Room for so many items, no more than there can be.
    pub(crate) fn room<T>(&self, n: usize) -> Vec<T> {
        Vec::with_capacity(n.min(self.rest.len()))
    }

    /// Microseconds since 1970.
    pub(crate) fn time(&mut self) -> Option<i64> {
        let code = self.number()?;
        let last = || self.times.last().copied().unwrap_or(EPOCH_US);
        let units = unzigzag(code >> 2);
        let us = match code & 3 {
            0 => match self.times.get(usize::try_from(code >> 2).ok()?) {
                Some(known) => return Some(*known),
                None => i64::from_le_bytes(self.chunk()?),
            },
            1 => last().checked_add(units.checked_mul(1_000_000)?)?,
            2 => last().checked_add(units.checked_mul(1_000)?)?,
            _ => last().checked_add(units)?,
        };
        self.times.push(us);
        Some(us)
    }

    /// A hash that may stand elsewhere too.
    pub(crate) fn hash(&mut self) -> Option<u64> {
        match self.number()? {
            0 => self.new_hash(),
            1 => Some(0),
            place => self.hashes.get(usize::try_from(place - 2).ok()?).copied(),
        }
    }

    /// A hash that was not written before, and may stand elsewhere too.
    pub(crate) fn new_hash(&mut self) -> Option<u64> {
        let hash = self.lone()?;
        self.hashes.push(hash);
        Some(hash)
    }

    /// A long hash that may stand elsewhere too.
    pub(crate) fn digest(&mut self) -> Option<[u8; 16]> {
        match self.number()? {
            0 => {
                let digest = self.chunk()?;
                self.digests.push(digest);
                Some(digest)
            }
            place => self.digests.get(usize::try_from(place - 1).ok()?).copied(),
        }
    }

    /// The lower half of a hash.
    pub(crate) fn half(&mut self) -> Option<u32> {
        match self.number()? {
            0 => Some(u32::from_le_bytes(self.chunk()?)),
            1 => Some(0),
            place => self.hashes.get(usize::try_from(place - 2).ok()?).map(|hash| *hash as u32),
        }
    }

    /// A hash that stands nowhere else.
    pub(crate) fn lone(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.chunk()?))
    }

    /// A stable id.
    pub(crate) fn known(&mut self) -> Option<u64> {
        match self.number()? {
            0 => self.lone(),
            place => self.words.id(place - 1),
        }
    }

    /// A text.
    pub(crate) fn text(&mut self) -> Option<Arc<str>> {
        let code = self.number()?;
        let text: Arc<str> = match code & 3 {
            0 => return self.words.text(code >> 2).cloned(),
            1 => return self.texts.get(usize::try_from(code >> 2).ok()?).cloned(),
            2 => self.bytes_of_text(code >> 2)?,
            _ => Digits::of(code >> 2).text().into(),
        };
        self.texts.push(text.clone());
        Some(text)
    }

    fn bytes_of_text(&mut self, code: u64) -> Option<Arc<str>> {
        let n = usize::try_from(code >> 1).ok()?;
        if code & 1 == 0 {
            return str::from_utf8(self.raw(n)?).ok().map(Arc::from);
        }
        let halves = self.raw(n.div_ceil(2))?.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let text: Option<SmallVec<[u8; 64]>> =
            halves.take(n).map(|half| SHORT.get(usize::from(half)).copied()).collect();
        str::from_utf8(&text?).ok().map(Arc::from)
    }

    /// Reads a text that was written alone; gives whether it is this one.
    pub(crate) fn is_text(&mut self, text: &str) -> Option<bool> {
        let code = self.number()?;
        match code & 3 {
            0 => Some(**self.words.text(code >> 2)? == *text),
            2 => {
                let (n, is_short) = (usize::try_from(code >> 3).ok()?, code & 4 != 0);
                let bytes = self.raw(if is_short { n.div_ceil(2) } else { n })?;
                let same = if is_short {
                    self::is_short(text) && halves(text).eq(bytes.iter().copied())
                } else {
                    bytes == text.as_bytes()
                };
                Some(same && n == text.len())
            }
            3 => Some(digits(text) == Some(code >> 2)),
            _ => None,
        }
    }

    /// Something shared.
    pub(crate) fn shared<T: Pack + Send + Sync + 'static>(&mut self) -> Option<Arc<T>> {
        match self.number()? {
            0 => {
                let value = Arc::new(T::unpack(self)?);
                self.shared.push(value.clone());
                Some(value)
            }
            place => self.shared.get(usize::try_from(place - 1).ok()?)?.clone().downcast().ok(),
        }
    }
}

/// Small numbers for small ones of either sign.
pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// The number that [`zigzag`] stands for.
pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// The number that a text is the digits of, where it fits beside two bits: `42`, but neither `042` nor an empty text.
pub(super) fn digits(text: &str) -> Option<u64> {
    if text.len() > 18 || text.is_empty() || text.starts_with('0') {
        return None;
    }
    text.bytes()
        .try_fold(0_u64, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0')))
}

/// The signs that take half a byte: those of numbered things, as in `20260302-17`.
const SHORT: &[u8; 16] = b"0123456789-_:./#";

fn half(byte: u8) -> Option<u8> {
    SHORT.iter().zip(0..).find(|(known, _)| **known == byte).map(|(_, half)| half)
}

/// Whether all signs of a text take half a byte.
pub(super) fn is_short(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || half(byte).is_some())
}

/// A text two signs a byte.
pub(super) fn halves(text: &str) -> impl Iterator<Item = u8> {
    let half_of = |byte: Option<&u8>| byte.and_then(|byte| half(*byte)).unwrap_or_default();
    text.as_bytes().chunks(2).map(move |two| half_of(two.first()) << 4 | half_of(two.get(1)))
}

/// The digits of a number.
struct Digits {
    bytes: [u8; 20],
    first: usize,
}

impl Digits {
    fn of(mut number: u64) -> Self {
        let mut digits = Self { bytes: [b'0'; 20], first: 20 };
        for (place, byte) in digits.bytes.iter_mut().enumerate().rev() {
            *byte = b'0' + (number % 10) as u8;
            digits.first = place;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        digits
    }

    fn text(&self) -> &str {
        self.bytes.get(self.first..).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}
