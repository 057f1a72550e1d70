//! Arrow decimals as amounts.
//!
//! Answers: the exact amount, or its text where it has more digits than an amount holds.
//! Does not know: currencies.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Decimal256Type};
use arrow_array::{Array, ArrayRef};
use cjm_core::Value;
use cjm_core::event::Cells;
use rust_decimal::Decimal;

/// Most digits after the point.
const MAX_SCALE: u32 = 28;

pub(super) fn of_128(array: &ArrayRef, scale: i8) -> Cells {
    let values = array.as_primitive::<Decimal128Type>();
    amounts(array, |row| exact(values.value(row), scale), |row| values.value_as_string(row))
}

pub(super) fn of_256(array: &ArrayRef, scale: i8) -> Cells {
    let values = array.as_primitive::<Decimal256Type>();
    let amount = |row| values.value(row).to_i128().and_then(|digits| exact(digits, scale));
    amounts(array, amount, |row| values.value_as_string(row))
}

/// Amounts when all are; else texts where they are not.
fn amounts(
    array: &ArrayRef,
    amount: impl Fn(usize) -> Option<Decimal>,
    text: impl Fn(usize) -> String,
) -> Cells {
    let valid = |row: usize| array.is_valid(row);
    let all: Option<Vec<Decimal>> =
        (0..array.len()).map(|row| if valid(row) { amount(row) } else { Some(Decimal::ZERO) }).collect();
    match all {
        Some(all) => Cells::Money(all.into()),
        None => {
            let value = |row: usize| match amount(row) {
                _ if !valid(row) => Value::Null,
                Some(amount) => Value::Money(amount),
                None => Value::from(text(row)),
            };
            Cells::Mixed((0..array.len()).map(value).collect())
        }
    }
}

/// `digits` × 10^-`scale`, exactly or not at all.
fn exact(mut digits: i128, scale: i8) -> Option<Decimal> {
    let mut scale = i32::from(scale);
    while scale > MAX_SCALE as i32 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    if scale < 0 {
        digits = digits.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
        scale = 0;
    }
    Decimal::try_from_i128_with_scale(digits, u32::try_from(scale).ok()?).ok()
}
