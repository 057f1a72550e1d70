//! The columns of a log while it is built: laid out by partition, then sorted in place.
//!
//! Answers: how values of batches become one array of the column's type. Does not know: what a column is for.

use rust_decimal::Decimal;

use super::arrange::Stretch;
use super::batch::BatchColumn;
use super::bits::Bits;
use super::cast::cell;
use super::cells::{Cells, Codes};
use super::deal::{Deal, Slots};
use super::dictionary::{Dictionary, Mapping};
use super::judge::Judged;
use super::layout::Target;
use super::log::ColumnData;
use super::marks::has_value;
use crate::base::value::Value;

/// One array of a log that is being built. Rows without a value hold the default.
#[derive(Debug)]
pub(super) enum Plane {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F64(Vec<f64>),
    Money(Vec<Decimal>),
    Values(Vec<Value>),
}

/// Applies one expression to whichever array a plane is.
macro_rules! each {
    ($plane:expr, $values:ident => $do:expr) => {
        match $plane {
            Plane::U8($values) => $do,
            Plane::U16($values) => $do,
            Plane::U32($values) => $do,
            Plane::I32($values) => $do,
            Plane::I64($values) => $do,
            Plane::F64($values) => $do,
            Plane::Money($values) => $do,
            Plane::Values($values) => $do,
        }
    };
}

impl Plane {
    /// The array cut into stretches of these lengths.
    pub(super) fn stretches(&mut self, sizes: &[usize]) -> Vec<Stretch<'_>> {
        match self {
            Self::U8(values) => cut(values, sizes).map(Stretch::U8).collect(),
            Self::U16(values) => cut(values, sizes).map(Stretch::U16).collect(),
            Self::U32(values) => cut(values, sizes).map(Stretch::U32).collect(),
            Self::I32(values) => cut(values, sizes).map(Stretch::I32).collect(),
            Self::I64(values) => cut(values, sizes).map(Stretch::I64).collect(),
            Self::F64(values) => cut(values, sizes).map(Stretch::F64).collect(),
            Self::Money(values) => cut(values, sizes).map(Stretch::Money).collect(),
            Self::Values(values) => cut(values, sizes).map(Stretch::Values).collect(),
        }
    }

    /// Keeps the first `kept` of each stretch.
    pub(super) fn compact(&mut self, sizes: &[usize], kept: &[usize]) {
        each!(self, values => compact(values, sizes, kept));
    }
}

/// Cuts a slice into consecutive stretches.
pub(super) fn cut<'a, T>(values: &'a mut [T], sizes: &[usize]) -> impl Iterator<Item = &'a mut [T]> {
    let mut rest = values;
    sizes.iter().map(move |n| {
        let (own, tail) = std::mem::take(&mut rest).split_at_mut_checked(*n).unwrap_or_default();
        rest = tail;
        own
    })
}

/// Keeps the first `kept` of each stretch of a vector.
pub(super) fn compact<T>(values: &mut Vec<T>, sizes: &[usize], kept: &[usize]) {
    let keep = std::iter::zip(sizes, kept).flat_map(|(size, kept)| (0..*size).map(move |i| i < *kept));
    let mut keep = keep.collect::<Vec<bool>>().into_iter();
    values.retain(|_| keep.next().unwrap_or(true));
    values.shrink_to_fit();
}

/// One field's array, and the validity of its rows when some have no value.
pub(super) fn of_field(
    deal: &Deal,
    batches: &[Judged],
    field: usize,
    target: Target,
    dictionary: &Dictionary,
) -> (Plane, Option<Plane>) {
    let column = |batch: usize| batches.get(batch).and_then(|b| b.fields.get(field)).and_then(Option::as_ref);
    let plane = match target {
        Target::Text if dictionary.texts.len() <= 1 << 8 => {
            Plane::U8(deal.column(|b, slots| codes(column(b), dictionary.batches.get(b), slots, |c| c as u8)))
        }
        Target::Text if dictionary.texts.len() <= 1 << 16 => Plane::U16(
            deal.column(|b, slots| codes(column(b), dictionary.batches.get(b), slots, |c| c as u16)),
        ),
        Target::Text => {
            Plane::U32(deal.column(|b, slots| codes(column(b), dictionary.batches.get(b), slots, |c| c)))
        }
        Target::Int => Plane::I64(deal.column(|b, slots| match column(b).map(|c| (c, &c.cells)) {
            Some((c, Cells::Int(values))) => put(c, copied(values), slots),
            _ => slots.skip(),
        })),
        Target::Time => Plane::I64(deal.column(|b, slots| match column(b).map(|c| (c, &c.cells)) {
            Some((c, Cells::Time { ticks, unit })) => {
                let ticks = copied(ticks);
                put(c, |row| unit.micros(ticks(row)).unwrap_or_default(), slots);
            }
            _ => slots.skip(),
        })),
        Target::Number => Plane::F64(deal.column(|b, slots| match column(b).map(|c| (c, &c.cells)) {
            Some((c, Cells::Number(values))) => put(c, copied(values), slots),
            _ => slots.skip(),
        })),
        Target::Money => Plane::Money(deal.column(|b, slots| match column(b).map(|c| (c, &c.cells)) {
            Some((c, Cells::Money(values))) => put(c, copied(values), slots),
            _ => slots.skip(),
        })),
        Target::Bool => Plane::U8(deal.column(|b, slots| match column(b).map(|c| (c, &c.cells)) {
            Some((c, Cells::Bool(bits))) => put(c, |row| u8::from(bits.get(row)), slots),
            _ => slots.skip(),
        })),
        Target::Date => Plane::I32(deal.column(|b, slots| match column(b).map(|c| (c, &c.cells)) {
            Some((c, Cells::Date(days))) => put(c, copied(days), slots),
            _ => slots.skip(),
        })),
        Target::Mixed => Plane::Values(deal.column(|b, slots| match column(b) {
            Some(c) => {
                put(c, |row| cell(&c.cells, row).unwrap_or_default().to_value(), slots);
            }
            None => slots.skip(),
        })),
    };
    (plane, validity(deal, batches, field))
}

/// The values of a slice by row.
fn copied<T: Copy + Default>(values: &[T]) -> impl Fn(usize) -> T {
    move |row| values.get(row).copied().unwrap_or_default()
}

/// Writes values, the default where a row has none.
fn put<T: Default>(column: &BatchColumn, value: impl Fn(usize) -> T, slots: &mut Slots<'_, '_, T>) {
    match &column.validity {
        None => slots.put(value),
        Some(valid) => slots.put(|row| if valid.get(row) { value(row) } else { T::default() }),
    }
}

/// Writes the log's codes of a batch's texts.
fn codes<T: Copy + Default>(
    column: Option<&BatchColumn>,
    mapping: Option<&Mapping>,
    slots: &mut Slots<'_, '_, T>,
    narrow: impl Fn(u32) -> T,
) {
    match (column.map(|c| (c, &c.cells)), mapping) {
        (Some((c, Cells::Coded { codes, .. })), Some(Mapping::ByCode(map))) => {
            let map: Vec<T> = map.iter().map(|code| narrow(*code)).collect();
            let of = |code: usize| map.get(code).copied().unwrap_or_default();
            match codes {
                Codes::U8(codes) => {
                    // one entry for each possible code, so that no row needs a check
                    let all: [T; 256] = std::array::from_fn(of);
                    let code = copied(codes);
                    put(c, |row| all.get(usize::from(code(row))).copied().unwrap_or_default(), slots);
                }
                Codes::U16(codes) => put(c, |row| of(usize::from(copied(codes)(row))), slots),
                Codes::U32(codes) => put(c, |row| of(copied(codes)(row) as usize), slots),
            }
        }
        (Some((c, _)), Some(Mapping::ByRow(codes))) => put(c, |row| narrow(copied(codes)(row)), slots),
        _ => slots.skip(),
    }
}

/// In a plane of validity: the row has a value.
const VALUE: u8 = 1;
/// In a plane of validity: the row says that there is none.
const SAID_NULL: u8 = 2;

/// [`VALUE`] where a row has one, [`SAID_NULL`] where it says null, else 0; nothing when all rows have a value.
fn validity(deal: &Deal, batches: &[Judged], field: usize) -> Option<Plane> {
    let column = |batch: usize| batches.get(batch).and_then(|b| b.fields.get(field)).and_then(Option::as_ref);
    let some_null = |batch: usize| match column(batch) {
        None => batches.get(batch).is_some_and(|b| !b.ticks.is_empty()),
        Some(c) => c.validity.is_some() || matches!(c.cells, Cells::Mixed(_)),
    };
    if !(0..batches.len()).any(some_null) {
        return None;
    }
    Some(Plane::U8(deal.column(|b, slots| match column(b) {
        Some(c @ BatchColumn { said_null: Some(said), .. }) => {
            slots.put(|row| if said.get(row) { SAID_NULL } else { u8::from(has_value(c, row)) });
        }
        Some(c) if matches!(c.cells, Cells::Mixed(_)) => {
            slots.put(|row| u8::from(has_value(c, row)));
        }
        Some(BatchColumn { validity: Some(valid), .. }) => slots.put(|row| u8::from(valid.get(row))),
        Some(_) => slots.put(|_| VALUE),
        None => slots.skip(),
    })))
}

/// A finished array as the column of a log.
pub(super) fn finish(plane: Plane, target: Target, dictionary: Dictionary) -> ColumnData {
    let texts = dictionary.texts.into();
    match (plane, target) {
        (Plane::U8(values), Target::Bool) => ColumnData::Bool(bits(&values)),
        (Plane::U8(values), _) => ColumnData::Text { codes: Codes::U8(values), texts },
        (Plane::U16(values), _) => ColumnData::Text { codes: Codes::U16(values), texts },
        (Plane::U32(values), _) => ColumnData::Text { codes: Codes::U32(values), texts },
        (Plane::I32(values), _) => ColumnData::Date(values),
        (Plane::I64(values), Target::Time) => ColumnData::Time(values),
        (Plane::I64(values), _) => ColumnData::Int(values),
        (Plane::F64(values), _) => ColumnData::Number(values),
        (Plane::Money(values), _) => ColumnData::Money(values),
        (Plane::Values(values), _) => ColumnData::List(values),
    }
}

/// Validity as bits, nothing when it turns out that all rows have a value; and the rows that say null, where any does.
pub(super) fn valid_bits(plane: Option<Plane>) -> (Option<Bits>, Option<Bits>) {
    let Some(Plane::U8(values)) = plane else { return (None, None) };
    let valid = bits(&values);
    let said = values.contains(&SAID_NULL).then(|| values.iter().map(|v| *v == SAID_NULL).collect());
    ((valid.count_ones() < valid.len()).then_some(valid), said)
}

fn bits(values: &[u8]) -> Bits {
    let word = |chunk: &[u8]| {
        chunk.iter().enumerate().fold(0_u64, |word, (i, bit)| word | u64::from(*bit == VALUE) << i)
    };
    Bits::from_words(values.chunks(64).map(word).collect(), values.len())
}
