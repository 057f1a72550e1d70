//! One bit per row for a block of rows, laid out so that plain loops over columns become vector instructions.
//!
//! Answers: planes from columns and bits, their logic and how many bits are set. Does not know: conditions.
//!
//! Bit k of byte j is row k * [`WIDTH`] + j of the block: eight passes over a column each add one bit to all bytes.

/// Rows of a block.
pub(super) const BLOCK: usize = 4_096;
/// Bytes of a plane.
pub(super) const WIDTH: usize = BLOCK / 8;

/// One bit per row of a block.
pub(super) type Plane = [u8; WIDTH];

/// No row.
pub(super) const NONE: Plane = [0; WIDTH];

/// Sets the bits of the rows whose value passes; leaves the others as they are.
#[inline]
pub(super) fn fill<T: Copy>(plane: &mut Plane, values: &[T], passes: impl Fn(T) -> bool) {
    for (k, values) in values.chunks(WIDTH).take(8).enumerate() {
        let bit = 1_u8 << k;
        for (byte, value) in plane.iter_mut().zip(values) {
            *byte |= if passes(*value) { bit } else { 0 };
        }
    }
}

/// The first `n` rows.
pub(super) fn first(n: usize) -> Plane {
    let mut plane = NONE;
    fill(&mut plane, [true; BLOCK].get(..n).unwrap_or(&[true; BLOCK]), |all| all);
    plane
}

/// The rows of `words` in row order, 64 to a word, as a plane.
pub(super) fn of_words(words: &[u64]) -> Plane {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let mut plane = NONE;
    for (k, words) in words.chunks(WIDTH / 64).take(8).enumerate() {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        for (eight, bits) in plane.as_chunks_mut::<8>().0.iter_mut().zip(bytes) {
            // bit i of the byte to the lowest bit of byte i
            let spread = (u64::from(bits).wrapping_mul(EACH)) & 0x8040_2010_0804_0201;
            let low = (spread.wrapping_add(0x7f7f_7f7f_7f7f_7f7f) >> 7) & EACH;
            *eight = (u64::from_le_bytes(*eight) | low << k).to_le_bytes();
        }
    }
    plane
}

/// The rows of a plane in row order, 64 to a word.
pub(super) fn words(plane: &Plane) -> impl Iterator<Item = u64> + '_ {
    const EACH: u64 = 0x0101_0101_0101_0101;
    (0..8).flat_map(move |k| {
        plane.as_chunks::<64>().0.iter().map(move |stretch| {
            let bytes = stretch.as_chunks::<8>().0.iter().map(|eight| {
                let low = (u64::from_le_bytes(*eight) >> k) & EACH;
                low.wrapping_mul(0x0102_0408_1020_4080) >> 56
            });
            bytes.enumerate().fold(0, |word, (i, bits)| word | bits << (8 * i))
        })
    })
}

/// Where a row's bit is: its byte and the bit's value.
#[inline]
pub(super) fn place(row: usize) -> (usize, u8) {
    (row % WIDTH, 1 << (row / WIDTH % 8))
}

/// Keeps the rows that are in both.
#[inline]
pub(super) fn and(plane: &mut Plane, other: &Plane) {
    plane.iter_mut().zip(other).for_each(|(a, b)| *a &= b);
}

/// Adds the rows of another.
#[inline]
pub(super) fn or(plane: &mut Plane, other: &Plane) {
    plane.iter_mut().zip(other).for_each(|(a, b)| *a |= b);
}

/// Drops the rows of another.
#[inline]
pub(super) fn without(plane: &mut Plane, other: &Plane) {
    plane.iter_mut().zip(other).for_each(|(a, b)| *a &= !b);
}

/// Every other row.
#[inline]
pub(super) fn not(plane: &mut Plane) {
    plane.iter_mut().for_each(|a| *a = !*a);
}

/// How many rows there are.
#[inline]
pub(super) fn count(plane: &Plane) -> u64 {
    plane.as_chunks::<8>().0.iter().map(|eight| u64::from(u64::from_le_bytes(*eight).count_ones())).sum()
}
