//! The order inside a partition: customers by first arrival, their events by time, sequence and arrival.
//!
//! Answers: the sorted columns of one partition, its customers, repeats and conflicts. Everything it touches fits
//! the cache. Does not know: other partitions.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use rust_decimal::Decimal;

use crate::base::value::Value;

/// Whole numbers are looked up by hash where their range is more than this many times the rows.
const SPARSE: usize = 8;

/// A partition's stretch of one column.
pub(super) enum Stretch<'a> {
    U8(&'a mut [u8]),
    U16(&'a mut [u16]),
    U32(&'a mut [u32]),
    I32(&'a mut [i32]),
    I64(&'a mut [i64]),
    F64(&'a mut [f64]),
    Money(&'a mut [Decimal]),
    Values(&'a mut [Value]),
}

/// Keys of the rows of a partition.
pub(super) enum Keys<'a> {
    /// Whole numbers, counted from the smallest.
    Narrow(&'a [u32]),
    Wide(&'a [i64]),
    /// Kind and text of a row.
    Text(Box<dyn Fn(usize) -> (u8, &'a str) + Send + 'a>),
}

/// Space that a thread uses for one partition after the other.
#[derive(Default)]
pub(super) struct Scratch {
    /// Customer of each row.
    local: Vec<u32>,
    first: Vec<u32>,
    keys: Vec<i64>,
    counts: Vec<u32>,
    /// Key, or hash of a text, and customer.
    table: HashTable<(u64, u32)>,
    /// Customer of each whole number of a narrow range.
    places: Vec<u32>,
    next: Vec<u32>,
    /// Rows in their final order.
    order: Vec<u32>,
    pairs: Vec<(i64, u32)>,
    u8: Vec<u8>,
    u16: Vec<u16>,
    u32: Vec<u32>,
    i32: Vec<i32>,
    i64: Vec<i64>,
    f64: Vec<f64>,
    money: Vec<Decimal>,
    values: Vec<Value>,
    seed: RandomState,
}

/// What a partition came to.
#[derive(Debug, Default)]
pub(super) struct Arranged {
    /// First row (in arrival order, within the partition) of each customer.
    pub(super) first: Vec<u32>,
    /// Key of each customer, where keys are whole numbers.
    pub(super) keys: Vec<i64>,
    /// Events of each customer.
    pub(super) counts: Vec<u32>,
    /// Rows that were dropped as repeats or conflicts, in arrival order.
    pub(super) dropped: Vec<Dropped>,
    /// Earliest time of an event that stays.
    pub(super) first_us: Option<i64>,
    /// Latest time of an event that stays.
    pub(super) last_us: Option<i64>,
}

/// A row that repeats the key of an earlier one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dropped {
    /// Row in arrival order, within the partition.
    pub(super) row: u32,
    /// Whether its body differs.
    pub(super) conflict: bool,
}

/// Which columns of a partition play a part in its order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    /// Order among events at one instant; 0 where there is none.
    pub(super) sequence: Option<usize>,
    /// Codes and validity of the event id.
    pub(super) id: Option<(usize, Option<usize>)>,
    /// Code of the empty id, which is none.
    pub(super) no_id: Option<u32>,
    /// Codes and validity of the source.
    pub(super) source: Option<(usize, Option<usize>)>,
    /// Numbers of the rows in the source, which are no part of an event.
    pub(super) arrival: Option<usize>,
}

/// Sorts a partition in place. Dropped rows end behind the others, in no stated order.
pub(super) fn arrange(
    scratch: &mut Scratch,
    keys: &Keys<'_>,
    times: &mut [i64],
    columns: &mut [Stretch<'_>],
    parts: Parts,
) -> Arranged {
    intern(scratch, keys, times.len());
    let dropped = repeats(scratch, times, columns, parts);
    group(scratch, &dropped);
    // what arrives in order of time is in order for every customer
    let in_order = parts.sequence.is_none() && times.is_sorted();
    gather(times, &scratch.order, &mut scratch.i64);
    if !in_order {
        sort(scratch, times, columns, parts);
    }
    let kept = times.get(..times.len() - dropped.len()).unwrap_or_default();
    let (first_us, last_us) = (kept.iter().copied().min(), kept.iter().copied().max());
    let Scratch { order, u8, u16, u32, i32, i64, f64, money, values, .. } = scratch;
    for column in columns {
        match column {
            Stretch::U8(slice) => gather(slice, order, u8),
            Stretch::U16(slice) => gather(slice, order, u16),
            Stretch::U32(slice) => gather(slice, order, u32),
            Stretch::I32(slice) => gather(slice, order, i32),
            Stretch::I64(slice) => gather(slice, order, i64),
            Stretch::F64(slice) => gather(slice, order, f64),
            Stretch::Money(slice) => gather(slice, order, money),
            Stretch::Values(slice) => gather(slice, order, values),
        }
    }
    Arranged {
        first: scratch.first.clone(),
        keys: scratch.keys.clone(),
        counts: scratch.counts.clone(),
        dropped,
        first_us,
        last_us,
    }
}

/// Numbers the customers of the rows by first arrival and counts their rows.
fn intern(scratch: &mut Scratch, keys: &Keys<'_>, n_rows: usize) {
    scratch.local.clear();
    scratch.first.clear();
    scratch.keys.clear();
    scratch.counts.clear();
    scratch.table.clear();
    match keys {
        Keys::Narrow(keys) => intern_narrow(scratch, keys),
        Keys::Wide(keys) => intern_whole(scratch, keys),
        Keys::Text(key) => intern_texts(scratch, key, n_rows),
    }
}

/// Numbers that lie close together are looked up by their place in their range.
fn intern_narrow(scratch: &mut Scratch, keys: &[u32]) {
    const NONE: u32 = u32::MAX;
    let (low, high) = keys.iter().fold((u32::MAX, 0), |(low, high), key| (low.min(*key), high.max(*key)));
    let width = high.saturating_sub(low) as usize + 1;
    if width > SPARSE * keys.len() {
        return intern_whole(scratch, keys);
    }
    let Scratch { local, first, keys: all, counts, places, .. } = scratch;
    places.clear();
    places.resize(width, NONE);
    for (row, key) in keys.iter().enumerate() {
        let Some(place) = places.get_mut((*key - low) as usize) else { continue };
        if *place == NONE {
            *place = first.len() as u32;
            first.push(row as u32);
            all.push(i64::from(*key));
            counts.push(0);
        }
        local.push(*place);
        if let Some(n) = counts.get_mut(*place as usize) {
            *n += 1;
        }
    }
}

fn intern_whole<K: Copy + Into<i64>>(scratch: &mut Scratch, keys: &[K]) {
    let Scratch { local, first, keys: all, counts, table, seed, .. } = scratch;
    for (row, key) in keys.iter().enumerate() {
        let key: i64 = (*key).into();
        let own = key.cast_unsigned();
        let hash = seed.hash_one(own);
        let customer = match table.find(hash, |(k, _)| *k == own) {
            Some((_, customer)) => *customer,
            None => {
                let customer = first.len() as u32;
                first.push(row as u32);
                all.push(key);
                counts.push(0);
                table.insert_unique(hash, (own, customer), |(k, _)| seed.hash_one(*k));
                customer
            }
        };
        local.push(customer);
        if let Some(n) = counts.get_mut(customer as usize) {
            *n += 1;
        }
    }
}

fn intern_texts<'a>(scratch: &mut Scratch, key: &dyn Fn(usize) -> (u8, &'a str), n_rows: usize) {
    let Scratch { local, first, counts, table, seed, .. } = scratch;
    for row in 0..n_rows {
        let own = key(row);
        let hash = seed.hash_one(own);
        let same = |(h, customer): &(u64, u32)| {
            *h == hash && first.get(*customer as usize).is_some_and(|row| key(*row as usize) == own)
        };
        let customer = match table.find(hash, same) {
            Some((_, customer)) => *customer,
            None => {
                let customer = first.len() as u32;
                first.push(row as u32);
                counts.push(0);
                table.insert_unique(hash, (hash, customer), |(h, _)| *h);
                customer
            }
        };
        local.push(customer);
        if let Some(n) = counts.get_mut(customer as usize) {
            *n += 1;
        }
    }
}

/// Rows whose customer, source and id an earlier row has.
fn repeats(scratch: &Scratch, times: &[i64], columns: &[Stretch<'_>], parts: Parts) -> Vec<Dropped> {
    let mut dropped = Vec::new();
    let Some((id, id_valid)) = parts.id else { return dropped };
    let valid = |column: Option<usize>, row: usize| {
        column.and_then(|c| columns.get(c)).is_none_or(|column| column.code(row) != Some(0))
    };
    let code = |column: usize, row: usize| columns.get(column).and_then(|column| column.code(row));
    let key = |row: usize| {
        let source = parts.source.filter(|(_, v)| valid(*v, row)).and_then(|(source, _)| code(source, row));
        (scratch.local.get(row).copied(), code(id, row), source)
    };
    let seed = &scratch.seed;
    let mut table: HashTable<u32> = HashTable::with_capacity(times.len());
    let named = |row: usize| parts.no_id.is_none() || code(id, row) != parts.no_id;
    for row in (0..times.len()).filter(|row| valid(id_valid, *row) && named(*row)) {
        let own = key(row);
        let hash = seed.hash_one(own);
        match table.find(hash, |earlier| key(*earlier as usize) == own) {
            Some(earlier) => {
                let earlier = *earlier as usize;
                let body = (0..).zip(columns).filter(|(place, _)| Some(*place) != parts.arrival);
                let same = times.get(earlier) == times.get(row)
                    && body.into_iter().all(|(_, column)| column.same(earlier, row));
                dropped.push(Dropped { row: row as u32, conflict: !same });
            }
            None => {
                _ = table.insert_unique(hash, row as u32, |earlier| seed.hash_one(key(*earlier as usize)))
            }
        }
    }
    dropped
}

/// Lays the rows out customer by customer in arrival order, dropped rows behind.
fn group(scratch: &mut Scratch, dropped: &[Dropped]) {
    let Scratch { local, counts, next, order, .. } = scratch;
    // dropped rows form a group of their own behind the last customer
    let behind = counts.len() as u32;
    for dropped in dropped {
        let Some(customer) = local.get_mut(dropped.row as usize) else { continue };
        if let Some(n) = counts.get_mut(*customer as usize) {
            *n -= 1;
        }
        *customer = behind;
    }
    next.clear();
    let end = counts.iter().fold(0, |from, n| {
        next.push(from);
        from + n
    });
    next.push(end);
    order.clear();
    order.resize(local.len(), 0);
    for (row, customer) in local.iter().enumerate() {
        if let Some(at) = next.get_mut(*customer as usize) {
            if let Some(slot) = order.get_mut(*at as usize) {
                *slot = row as u32;
            }
            *at += 1;
        }
    }
}

/// Sorts every customer's events, rows and times alike, by time and sequence; arrival order decides the rest.
fn sort(scratch: &mut Scratch, times: &mut [i64], columns: &[Stretch<'_>], parts: Parts) {
    let sequence = parts.sequence.and_then(|column| match columns.get(column) {
        Some(Stretch::I64(values)) => Some(&**values),
        _ => None,
    });
    let Scratch { counts, order, pairs, .. } = scratch;
    let (mut rows, mut times) = (order.as_mut_slice(), times);
    for n in counts {
        let n = *n as usize;
        let (Some(rows), Some(times)) = (rows.split_off_mut(..n), times.split_off_mut(..n)) else { return };
        if sequence.is_none() && times.is_sorted() {
            continue;
        }
        pairs.clear();
        pairs.extend(std::iter::zip(times.iter().copied(), rows.iter().copied()));
        match sequence {
            None => sort_by(pairs, |(t, _)| *t),
            Some(values) => sort_by(pairs, |(t, row)| (*t, values.get(*row as usize).copied().unwrap_or(0))),
        }
        for ((time, row), pair) in std::iter::zip(std::iter::zip(times, rows), pairs.iter()) {
            (*time, *row) = *pair;
        }
    }
}

/// Stable: arrival is nearly sorted, so short runs are sorted by insertion.
fn sort_by<K: Ord>(pairs: &mut [(i64, u32)], key: impl Fn(&(i64, u32)) -> K) {
    const SHORT: usize = 64;
    if pairs.is_sorted_by_key(&key) {
        return;
    }
    if pairs.len() > SHORT {
        pairs.sort_by_key(key);
        return;
    }
    for end in 1..pairs.len() {
        let Some(sorted) = pairs.get_mut(..=end) else { return };
        let Some((last, before)) = sorted.split_last() else { return };
        let at = before.iter().rposition(|earlier| key(earlier) <= key(last)).map_or(0, |i| i + 1);
        if let Some(run) = sorted.get_mut(at..) {
            run.rotate_right(1);
        }
    }
}

/// Puts a column into the order given.
fn gather<T: Clone + Default>(slice: &mut [T], order: &[u32], space: &mut Vec<T>) {
    space.clear();
    space.extend(order.iter().map(|row| slice.get(*row as usize).cloned().unwrap_or_default()));
    if space.len() == slice.len() {
        slice.clone_from_slice(space);
    }
}

impl Stretch<'_> {
    /// The code of a row, of a column of codes.
    fn code(&self, row: usize) -> Option<u32> {
        match self {
            Self::U8(values) => values.get(row).map(|c| u32::from(*c)),
            Self::U16(values) => values.get(row).map(|c| u32::from(*c)),
            Self::U32(values) => values.get(row).copied(),
            _ => None,
        }
    }

    /// Whether two rows have the same value. Rows without a value hold the default, so that they are the same.
    fn same(&self, a: usize, b: usize) -> bool {
        match self {
            Self::U8(values) => values.get(a) == values.get(b),
            Self::U16(values) => values.get(a) == values.get(b),
            Self::U32(values) => values.get(a) == values.get(b),
            Self::I32(values) => values.get(a) == values.get(b),
            Self::I64(values) => values.get(a) == values.get(b),
            Self::F64(values) => values.get(a) == values.get(b),
            Self::Money(values) => values.get(a) == values.get(b),
            Self::Values(values) => values.get(a) == values.get(b),
        }
    }
}
