//! Rows dealt out to partitions by their customer, and columns dealt out the same way.
//!
//! Answers: which partition a row belongs to, and a whole column laid out partition by partition in arrival order.
//! Does not know: the order inside a partition (see [`super::arrange`]).
//!
//! Every segment (a run of batches) writes to its own stretch of each partition, so threads never meet, and the
//! result is the arrival order whatever the number of segments.
//!
//! Each tile (a run of rows whose columns fit the cache) is sorted by partition once, as row numbers. A column is
//! then read in that order, which stays in the cache, and written in runs, one partition after the other.

use super::cast::cell;
use super::cells::Cells;
use super::envelope::Key;
use super::judge::Judged;
use super::layout::{Layout, Role};
use crate::base::par;
use crate::base::value::ValueRef;

/// Partition of rows that are no events: beyond all others.
const NOWHERE: u16 = u16::MAX;
/// Most rows of a tile: their values of one column fit a core's own cache, their numbers 16 bits.
const TILE_ROWS: usize = 1 << 15;
/// Rows that a partition should have about, so that it stays in the cache.
const ROWS_PER_PARTITION: usize = 20_000;
/// Most partitions.
const MAX_PARTITIONS: usize = 4_096;
/// A partition is crowded beyond this many times its share.
const CROWDED: usize = 8;
/// Whole numbers are dense when their range is at most this many times the rows.
const DENSE: u64 = 4;
/// Hashes that are tried until no partition is crowded.
const MAX_SEEDS: u64 = 4;

/// Good rows of a stretch of a batch, sorted by partition; in arrival order within one.
#[derive(Debug)]
struct Tile {
    /// Row of the batch that the tile begins with.
    from: usize,
    /// Rows, counted from there.
    rows: Vec<u16>,
    /// Partitions that have rows, with how many.
    runs: Vec<Run>,
}

/// Rows of a tile that go to one partition.
#[derive(Debug, Clone, Copy)]
struct Run {
    partition: u16,
    n: u16,
}

/// Which keys go to which partition.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Whole numbers by their place in their range, so that those of a partition lie close together.
    Range { low: i64, factor: u64 },
    /// By a hash.
    Hash(u64),
}

/// How rows are dealt out.
#[derive(Debug)]
pub(super) struct Deal {
    /// The good rows of each batch.
    tiles: Vec<Vec<Tile>>,
    /// Batches of each segment.
    segments: Vec<std::ops::Range<usize>>,
    /// Rows of each segment in each partition.
    counts: Vec<Vec<usize>>,
    /// Rows of each partition.
    pub(super) sizes: Vec<usize>,
}

impl Deal {
    /// Deals the good rows of all batches out. `ends` are the least and the greatest key, where all are whole numbers.
    ///
    /// Each way is fixed, so the order of customers is the same in every run. Dense numbers go by range; where that
    /// crowds a partition, and for all other keys, a hash decides. Ids that were made to crowd a partition meet
    /// another hash; a customer with very many events crowds any, which costs only balance.
    pub(super) fn of(batches: &[Judged], layout: &Layout, ends: Option<(i64, i64)>) -> Self {
        let n_rows: usize = batches.iter().map(|b| b.ticks.len()).sum();
        let n_partitions = (n_rows / ROWS_PER_PARTITION).next_power_of_two().clamp(1, MAX_PARTITIONS);
        let segments = segments(batches, par::threads());
        let tried = |way: Way| {
            let work: Vec<&Judged> = batches.iter().collect();
            let tiles =
                par::map(work, |batch| tiles(&partitions(batch, layout, way, n_partitions), n_partitions));
            let counts = count(&tiles, &segments, n_partitions);
            let sizes = sizes(&counts, n_partitions);
            Self { tiles, segments: segments.clone(), counts, sizes }
        };
        let largest = |deal: &Self| deal.sizes.iter().copied().max().unwrap_or(0);
        let by_range = ends.and_then(|ends| Way::by_range(ends, n_rows, n_partitions));
        let mut ways = by_range.into_iter().chain((0..MAX_SEEDS).map(Way::Hash));
        let mut best = tried(ways.next().unwrap_or(Way::Hash(0)));
        for way in ways {
            if n_partitions == 1 || largest(&best) <= CROWDED * (n_rows / n_partitions) {
                break;
            }
            let other = tried(way);
            if largest(&other) < largest(&best) {
                best = other;
            }
        }
        best
    }

    /// How many rows become events, repeats included.
    pub(super) fn n_rows(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// A column laid out by partition. `values` hands the values of one batch, given by its index, to
    /// [`Slots::put`].
    pub(super) fn column<T: Clone + Default + Send>(
        &self,
        values: impl Fn(usize, &mut Slots<'_, '_, T>) + Send + Sync,
    ) -> Vec<T> {
        let mut all = vec![T::default(); self.n_rows()];
        let mut by_segment: Vec<Vec<&mut [T]>> = self.segments.iter().map(|_| Vec::new()).collect();
        let mut rest = all.as_mut_slice();
        for partition in 0..self.sizes.len() {
            for (counts, slots) in std::iter::zip(&self.counts, &mut by_segment) {
                let n = counts.get(partition).copied().unwrap_or(0);
                slots.push(rest.split_off_mut(..n).unwrap_or_default());
            }
        }
        let work: Vec<_> = std::iter::zip(self.segments.iter().cloned(), by_segment).collect();
        par::map(work, |(batches, mut slots)| {
            for batch in batches {
                let tiles = self.tiles.get(batch).map_or(&[][..], Vec::as_slice);
                values(batch, &mut Slots { tiles, slots: &mut slots });
            }
        });
        all
    }
}

/// Where the values of one batch go.
pub(super) struct Slots<'a, 's, T> {
    tiles: &'a [Tile],
    /// What is left to write of the segment's stretch of each partition.
    slots: &'a mut [&'s mut [T]],
}

impl<T> Slots<'_, '_, T> {
    /// Writes the values of all rows of the batch that are events.
    #[inline]
    pub(super) fn put(&mut self, value: impl Fn(usize) -> T) {
        for tile in self.tiles {
            let mut rest = tile.rows.as_slice();
            for run in &tile.runs {
                let n = usize::from(run.n);
                let rows = rest.split_off(..n).unwrap_or_default();
                let slot = self.slots.get_mut(usize::from(run.partition));
                let own = slot.and_then(|slot| slot.split_off_mut(..n)).unwrap_or_default();
                std::iter::zip(own, rows).for_each(|(to, row)| *to = value(tile.from + usize::from(*row)));
            }
        }
    }

    /// Leaves the default values in all rows of the batch.
    pub(super) fn skip(&mut self) {
        for run in self.tiles.iter().flat_map(|tile| &tile.runs) {
            let slot = self.slots.get_mut(usize::from(run.partition));
            slot.and_then(|slot| slot.split_off_mut(..usize::from(run.n)));
        }
    }
}

/// Runs of batches with about as many rows each.
fn segments(batches: &[Judged], n: usize) -> Vec<std::ops::Range<usize>> {
    let total: usize = batches.iter().map(|b| b.ticks.len()).sum();
    let share = (total / n.max(1)).max(1);
    let mut all = Vec::new();
    let (mut from, mut rows) = (0, 0);
    for (index, batch) in batches.iter().enumerate() {
        rows += batch.ticks.len();
        if rows >= share {
            all.push(from..index + 1);
            (from, rows) = (index + 1, 0);
        }
    }
    if from < batches.len() {
        all.push(from..batches.len());
    }
    all
}

fn count(tiles: &[Vec<Tile>], segments: &[std::ops::Range<usize>], n_partitions: usize) -> Vec<Vec<usize>> {
    let of_segment = |batches: &std::ops::Range<usize>| {
        let mut counts = vec![0_usize; n_partitions];
        let tiles = tiles.get(batches.clone()).unwrap_or_default().iter().flatten();
        for run in tiles.flat_map(|tile| &tile.runs) {
            if let Some(n) = counts.get_mut(usize::from(run.partition)) {
                *n += usize::from(run.n);
            }
        }
        counts
    };
    segments.iter().map(of_segment).collect()
}

fn sizes(counts: &[Vec<usize>], n_partitions: usize) -> Vec<usize> {
    let mut sizes = vec![0; n_partitions];
    for counts in counts {
        std::iter::zip(&mut sizes, counts).for_each(|(size, n)| *size += n);
    }
    sizes
}

/// The rows of a batch tile by tile.
fn tiles(partitions: &[u16], n_partitions: usize) -> Vec<Tile> {
    let mut next = Vec::new();
    let tiles = partitions.chunks(TILE_ROWS).enumerate();
    tiles.map(|(index, own)| tile(index * TILE_ROWS, own, n_partitions, &mut next)).collect()
}

/// Sorts the rows of a tile by partition: counts them, then puts each into its place.
fn tile(from: usize, partitions: &[u16], n_partitions: usize, next: &mut Vec<u16>) -> Tile {
    next.clear();
    next.resize(n_partitions, 0);
    for partition in partitions {
        if let Some(n) = next.get_mut(usize::from(*partition)) {
            *n += 1;
        }
    }
    let mut runs = Vec::with_capacity(n_partitions.min(partitions.len()));
    let mut end = 0;
    for (partition, n) in next.iter_mut().enumerate() {
        if *n > 0 {
            runs.push(Run { partition: partition as u16, n: *n });
        }
        (*n, end) = (end, end + *n);
    }
    let mut rows = vec![0; usize::from(end)];
    for (row, partition) in partitions.iter().enumerate() {
        if let Some(at) = next.get_mut(usize::from(*partition)) {
            if let Some(slot) = rows.get_mut(usize::from(*at)) {
                *slot = row as u16;
            }
            *at += 1;
        }
    }
    Tile { from, rows, runs }
}

impl Way {
    /// By range, if the numbers from `low` to `high` are dense.
    fn by_range((low, high): (i64, i64), n_rows: usize, n_partitions: usize) -> Option<Self> {
        let width = u64::try_from(high.checked_sub(low)?).ok()?.checked_add(1)?;
        let dense = width <= DENSE.saturating_mul(n_rows as u64) && u32::try_from(width).is_ok();
        dense.then(|| Self::Range { low, factor: ((n_partitions as u64) << 32) / width })
    }
}

/// The partition of each row of a batch.
fn partitions(batch: &Judged, layout: &Layout, way: Way, n_partitions: usize) -> Vec<u16> {
    let bits = n_partitions.trailing_zeros();
    let of = |hash: u64| (hash.rotate_left(bits) & (n_partitions as u64 - 1)) as u16;
    let seed = if let Way::Hash(seed) = way { seed } else { 0 };
    let mut all: Vec<u16> = match (&batch.key, way) {
        (Key::Int(keys), Way::Range { low, factor }) => {
            keys.iter().map(|key| ((key.wrapping_sub(low) as u64 * factor) >> 32) as u16).collect()
        }
        (Key::Int(keys), Way::Hash(_)) => keys.iter().map(|key| of(hash_int(*key, seed))).collect(),
        (Key::Text(Cells::Coded { codes, texts }), _) => {
            let by_code: Vec<u16> = texts.iter().map(|text| of(hash_text(0, text, seed))).collect();
            codes.iter().map(|code| by_code.get(code as usize).copied().unwrap_or(0)).collect()
        }
        (key, _) => {
            let row = |row: usize| {
                let (kind, text) = key_text(key, &batch.fields, layout, row);
                of(hash_text(kind, text, seed))
            };
            (0..batch.ticks.len()).map(row).collect()
        }
    };
    if let Some(bad) = &batch.bad {
        std::iter::zip(&mut all, bad.iter()).filter(|(_, bad)| *bad).for_each(|(p, _)| *p = NOWHERE);
    }
    all
}

/// Kind and text of a row's key; whole numbers have neither.
pub(super) fn key_text<'a>(
    key: &'a Key,
    fields: &'a [Option<super::BatchColumn>],
    layout: &Layout,
    row: usize,
) -> (u8, &'a str) {
    let text = |cells: &'a Cells| match cell(cells, row) {
        Ok(ValueRef::Text(text)) => text,
        _ => "",
    };
    match key {
        Key::Int(_) => (0, ""),
        Key::Text(cells) => (0, text(cells)),
        Key::Kinds(kinds) => {
            let kind = kinds.get(row).copied().unwrap_or(0);
            let first = layout.role(Role::Identity).unwrap_or(fields.len());
            let column = fields.get(first + usize::from(kind)).and_then(Option::as_ref);
            (kind, column.map_or("", |column| text(&column.cells)))
        }
    }
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes a word into a hash: the two halves of a wide product.
fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word) * u128::from(MULTIPLIER);
    (product as u64) ^ (product >> 64) as u64
}

/// The hash that sends a customer with a whole number as key to a partition.
pub(super) fn hash_int(key: i64, seed: u64) -> u64 {
    mix(
        mix(seed.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ 0xa076_1d64_78bd_642f, key as u64),
        0xe703_7ed1_a0b4_28db,
    )
}

fn hash_text(kind: u8, text: &str, seed: u64) -> u64 {
    let mut hash = mix(seed.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ u64::from(kind), text.len() as u64);
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0_u8; 8];
        std::iter::zip(&mut word, chunk).for_each(|(to, from)| *to = *from);
        hash = mix(hash, u64::from_le_bytes(word));
    }
    mix(hash, 0xe703_7ed1_a0b4_28db)
}
