//! Hashes that must be the same everywhere and for ever: SHA-256 over fields, buckets, stable ids.
//!
//! Answers: which bucket a customer falls into, which 64-bit id a name has.
//! Does not know: what is hashed, nor the hashes of hash tables.

use sha2::{Digest, Sha256};

/// SHA-256 over fields, each as a 4-byte little-endian length and then its bytes.
pub fn sha256_fields<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for field in fields {
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        hasher.update(length.to_le_bytes());
        hasher.update(field);
    }
    hasher.finalize().into()
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

fn first_u64(digest: &[u8; 32]) -> u64 {
    digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Lower-case hex of bytes.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    let mut text = String::with_capacity(bytes.len() * 2);
    bytes.iter().for_each(|byte| text.extend([digit(byte >> 4), digit(byte & 15)]));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_bucket_vectors() {
        let digest = sha256_fields([b"2026-11".as_slice(), b"member", b"m-1"]);
        assert!(hex(&digest).starts_with("80a68a12790e73bbeb2cafd7d8a3a7d9"));
        assert_eq!(bucket("2026-11", "member", "m-1"), 0.502_541_188_726_405_7);
        assert_eq!(bucket("ramp:wake_up", "member", "m-1"), 0.057_533_434_087_427_17);
    }
}
