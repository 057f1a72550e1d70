//! Hashes that must be the same everywhere and for ever: SHA-256 over fields, buckets, stable ids, fingerprints.
//!
//! Answers: which bucket a customer falls into, which 64-bit id a name has, whether two things are the same.
//! Does not know: what is hashed, nor the hashes of hash tables.

use std::hash::Hasher;

use sha2::{Digest, Sha256};
use siphasher::sip::SipHasher24;
use smallvec::SmallVec;

/// SHA-256 over fields, each as a 4-byte little-endian length and then its bytes.
pub fn sha256_fields<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    // short fields are gathered first: one call costs less than one for each of them
    let mut short: SmallVec<[u8; 256]> = SmallVec::new();
    let mut hasher: Option<Sha256> = None;
    for field in fields {
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        if short.len() + 4 + field.len() > short.inline_size() {
            let hasher = hasher.get_or_insert_default();
            hasher.update(&short);
            short.clear();
            if 4 + field.len() > short.inline_size() {
                hasher.update(length.to_le_bytes());
                hasher.update(field);
                continue;
            }
        }
        short.extend_from_slice(&length.to_le_bytes());
        short.extend_from_slice(field);
    }
    match hasher {
        Some(hasher) => hasher.chain_update(&short).finalize().into(),
        None => Sha256::digest(&short).into(),
    }
}

/// A whole number as decimal text, without an allocation.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    /// The text of a number.
    pub fn of(number: i64) -> Self {
        let mut digits = [b'0'; 20];
        let mut rest = number.unsigned_abs();
        let mut start = digits.len();
        for place in digits.iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            start -= 1;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            // 19 digits at most stand behind it
            start -= 1;
            if let Some(place) = digits.get_mut(start) {
                *place = b'-';
            }
        }
        Self { digits, start }
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or_default()
    }
}

/// The bucket of a customer in [0, 1): the top 53 bits of the hash over (salt, kind, value).
///
/// ```
/// assert_eq!(cjm_core::base::hash::bucket("2026-11", "member", "m-1"), 0.502_541_188_726_405_74);
/// ```
pub fn bucket(salt: &str, kind: &str, value: &str) -> f64 {
    let digest = sha256_fields([salt.as_bytes(), kind.as_bytes(), value.as_bytes()]);
    (first_u64(&digest) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A stable 64-bit id of a named thing: the first 8 bytes of the hash over (kind, name).
pub fn stable_id(kind: &str, name: &str) -> u64 {
    first_u64(&sha256_fields([kind.as_bytes(), name.as_bytes()]))
}

/// What tells two things apart that one customer brought: 64 bits by SipHash-2-4, the same everywhere and for ever.
/// Of events there is one for the key and one for the body, so it is much cheaper than SHA-256; no id is made of it.
#[derive(Debug, Clone)]
pub struct Fingerprint(SipHasher24);

impl Fingerprint {
    /// Of nothing yet; things of different kinds never have the same.
    pub fn new(kind: &str) -> Self {
        let mut new = Self(SipHasher24::new_with_keys(0x636a_6d00, 1));
        new.text(kind);
        new
    }

    /// Takes in a text, with its length before it.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.write(text.as_bytes());
    }

    /// Takes in a number.
    pub fn number(&mut self, number: u64) {
        self.0.write(&number.to_le_bytes());
    }

    /// The fingerprint of what was taken in.
    pub fn finish(&self) -> u64 {
        self.0.finish()
    }
}

/// The key of an event with an id: what a customer's memory knows it by.
pub fn event_key(source: &str, id: &str) -> u64 {
    let mut key = Fingerprint::new("event");
    key.text(source);
    key.text(id);
    key.finish()
}

fn first_u64(digest: &[u8; 32]) -> u64 {
    digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Lower-case hex of bytes.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_stay_what_they_are_for_ever() {
        // what the reference implementation gives
        assert_eq!(event_key("till-1", "o-17"), 8_848_598_548_466_157_492);
        assert_ne!(event_key("till-1", "o-17"), event_key("till-", "1o-17"));
        assert_ne!(event_key("", ""), Fingerprint::new("body").finish());
    }

    #[test]
    fn decimal_text_is_that_of_the_standard_library() {
        for number in [0, 1, -1, 9, 10, -10, 1_772_339_400_000_000, i64::MAX, i64::MIN] {
            assert_eq!(Decimal::of(number).as_bytes(), number.to_string().as_bytes());
        }
    }

    /// Gathered or not, the same bytes are hashed.
    #[test]
    fn fields_of_any_length_hash_as_one_after_the_other() {
        for lengths in [&[0, 3][..], &[252], &[253], &[100, 148, 1], &[5, 1_000, 7, 250, 2], &[256, 256]] {
            let fields: Vec<Vec<u8>> = lengths.iter().map(|n| vec![7; *n]).collect();
            let mut plain = Sha256::new();
            for field in &fields {
                plain.update((field.len() as u32).to_le_bytes());
                plain.update(field);
            }
            let expected: [u8; 32] = plain.finalize().into();
            assert_eq!(sha256_fields(fields.iter().map(Vec::as_slice)), expected, "{lengths:?}");
        }
    }

    #[test]
    fn published_bucket_vectors() {
        let digest = sha256_fields([b"2026-11".as_slice(), b"member", b"m-1"]);
        assert!(hex(&digest).starts_with("80a68a12790e73bbeb2cafd7d8a3a7d9"));
        assert_eq!(bucket("2026-11", "member", "m-1"), 0.502_541_188_726_405_7);
        assert_eq!(bucket("ramp:wake_up", "member", "m-1"), 0.057_533_434_087_427_17);
    }
}
