//! Arrow arrays as the cells of a batch.
//!
//! Answers: which kind of column each Arrow type becomes, without copying where memory already has that form.
//! Does not know: what a column means.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, GenericStringArray, OffsetSizeTrait, StringArrayType,
    StringViewArray,
};
use arrow_buffer::ArrowNativeType;
use arrow_data::ByteView;
use arrow_schema::DataType;
use cjm_core::event::batch::cells_of_texts;
use cjm_core::event::{Bits, Cells, Codes, Shared, Strings};
use cjm_core::{Error, ErrorCode, Result, Zone};

use super::{decimals, plain, times, values};

/// What the cells of a column depend on beside its array.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) name: &'a str,
    /// Zone of times without one.
    pub(super) zone: Option<&'a Zone>,
    /// Whether it is the time of the events.
    pub(super) is_time: bool,
}

/// Texts of dictionaries that were converted, so that the pieces of one table convert each dictionary once.
#[derive(Default)]
pub(crate) struct Texts {
    known: Vec<Known>,
}

struct Known {
    column: String,
    dictionary: ArrayRef,
    texts: Arc<Strings>,
}

impl Texts {
    fn of(&mut self, about: About<'_>, dictionary: &ArrayRef) -> Result<Arc<Strings>> {
        let at = self.known.iter().position(|known| known.column == about.name);
        if let Some(known) = at.and_then(|at| self.known.get(at))
            && (Arc::ptr_eq(&known.dictionary, dictionary)
                || known.dictionary.to_data().ptr_eq(&dictionary.to_data()))
        {
            return Ok(Arc::clone(&known.texts));
        }
        let texts = Arc::new(strings(about, dictionary)?);
        let (column, dictionary) = (about.name.to_owned(), Arc::clone(dictionary));
        let fresh = Known { column, dictionary, texts: Arc::clone(&texts) };
        match at.and_then(|at| self.known.get_mut(at)) {
            Some(slot) => *slot = fresh,
            None => self.known.push(fresh),
        }
        Ok(texts)
    }
}

/// The cells of an array, and which rows have a value.
pub(super) fn cells(about: About<'_>, array: &ArrayRef, texts: &mut Texts) -> Result<(Cells, Option<Bits>)> {
    let cells = match array.data_type() {
        DataType::Null => return Ok((no_text(array.len()), Some(Bits::repeat(false, array.len())))),
        DataType::Boolean => Cells::Bool(bits(array.as_boolean().values())),
        DataType::Int8 => ints::<Int8Type>(array),
        DataType::Int16 => ints::<Int16Type>(array),
        DataType::Int32 => ints::<Int32Type>(array),
        DataType::Int64 => Cells::Int(Shared::of(array.as_primitive::<Int64Type>().values().clone())),
        DataType::UInt8 => ints::<UInt8Type>(array),
        DataType::UInt16 => ints::<UInt16Type>(array),
        DataType::UInt32 => ints::<UInt32Type>(array),
        DataType::UInt64 => large(array),
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().values().iter();
            Cells::Number(values.map(|x| shortest(*x)).collect::<Vec<_>>().into())
        }
        DataType::Float64 => Cells::Number(Shared::of(array.as_primitive::<Float64Type>().values().clone())),
        DataType::Utf8 => texts_of(array.as_string::<i32>(), behind(array.as_string::<i32>())),
        DataType::LargeUtf8 => texts_of(array.as_string::<i64>(), behind(array.as_string::<i64>())),
        DataType::Utf8View => texts_of(array.as_string_view(), behind_view(array.as_string_view())),
        DataType::Date32 => Cells::Date(Shared::of(array.as_primitive::<Date32Type>().values().clone())),
        DataType::Timestamp(unit, Some(_)) => times::instants(array, *unit),
        DataType::Timestamp(unit, None) => match times::local(about, array, *unit)? {
            Some(cells) => cells,
            None => return as_simpler(about, array, texts),
        },
        DataType::Decimal128(_, scale) => decimals::of_128(array, *scale),
        DataType::Decimal256(_, scale) => decimals::of_256(array, *scale),
        DataType::Dictionary(_, inner) if is_text(inner) => return coded(about, array, texts),
        _ => return as_simpler(about, array, texts),
    };
    Ok((cells, validity(array)))
}

/// The cells of an array by way of a simpler one, or row by row.
fn as_simpler(about: About<'_>, array: &ArrayRef, texts: &mut Texts) -> Result<(Cells, Option<Bits>)> {
    match plain::simpler(about, array)? {
        Some(simpler) => cells(about, &simpler, texts),
        None => Ok((Cells::Mixed(values::all(about, array, 0)?), validity(array))),
    }
}

/// The number that the shortest text of a smaller float names: 38.1 is 38.1, not 38.099998.
fn shortest(x: f32) -> f64 {
    x.to_string().parse().unwrap_or(f64::from(x))
}

/// The error of a type that no log can hold.
pub(super) fn no_place(about: About<'_>, kind: &DataType) -> Error {
    let name = about.name;
    let text = format!(
        "the column `{name}` is of type {kind}, which a log does not hold; leave it out of the attributes"
    );
    Error::new(ErrorCode::Format, text)
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Which rows have a value; `None` when all have.
fn validity(array: &ArrayRef) -> Option<Bits> {
    array.nulls().filter(|nulls| nulls.null_count() > 0).map(|nulls| bits(nulls.inner()))
}

fn bits(buffer: &arrow_buffer::BooleanBuffer) -> Bits {
    Bits::from_words(buffer.bit_chunks().iter_padded().collect(), buffer.len())
}

fn no_text(n_rows: usize) -> Cells {
    Cells::Coded { codes: Codes::U8(vec![0; n_rows]), texts: Arc::default() }
}

fn ints<T: ArrowPrimitiveType>(array: &ArrayRef) -> Cells
where
    T::Native: Into<i64>,
{
    let values = array.as_primitive::<T>().values().iter();
    Cells::Int(values.map(|x| (*x).into()).collect::<Vec<i64>>().into())
}

/// Unsigned numbers; as texts when one of them is beyond the signed range, so that none changes.
fn large(array: &ArrayRef) -> Cells {
    let values = array.as_primitive::<UInt64Type>();
    let fits = values.iter().flatten().all(|x| i64::try_from(x).is_ok());
    if fits {
        Cells::Int(values.values().iter().map(|x| x.cast_signed()).collect::<Vec<_>>().into())
    } else {
        Cells::Text(values.values().iter().map(u64::to_string).collect())
    }
}

/// Texts as codes where they recur; nulls are empty. `behind` is what lies from the beginning of a row's text on.
fn texts_of<'a>(
    array: impl StringArrayType<'a>,
    behind: impl Fn(usize, &'a str) -> &'a [u8] + Copy,
) -> Cells {
    let text = |row: usize| {
        let text = array.value(row);
        (text, behind(row, text))
    };
    if array.null_count() == 0 {
        cells_of_texts((0..array.len()).map(text))
    } else {
        cells_of_texts((0..array.len()).map(|row| if array.is_null(row) { ("", &[][..]) } else { text(row) }))
    }
}

/// The bytes of an array from the beginning of a row's text on.
fn behind<'a, O: OffsetSizeTrait>(
    array: &'a GenericStringArray<O>,
) -> impl Fn(usize, &'a str) -> &'a [u8] + Copy {
    let (bytes, offsets) = (array.value_data(), array.value_offsets());
    move |row, _| offsets.get(row).and_then(|from| bytes.get(from.as_usize()..)).unwrap_or_default()
}

/// The bytes from the beginning of a row's text on: where a short text stands inside its view, the views themselves.
fn behind_view<'a>(array: &'a StringViewArray) -> impl Fn(usize, &'a str) -> &'a [u8] + Copy {
    const VIEW: usize = size_of::<u128>();
    const LEN: usize = size_of::<u32>();
    let (views, buffers) = (array.views(), array.data_buffers());
    let inside = views.inner().as_slice();
    move |row, text| {
        let bytes = if text.len() <= VIEW - LEN {
            inside.get(row * VIEW + LEN..)
        } else {
            let view = views.get(row).copied().map(ByteView::from).unwrap_or_default();
            let buffer = buffers.get(view.buffer_index as usize);
            buffer.and_then(|buffer| buffer.get(view.offset as usize..))
        };
        bytes.unwrap_or_default()
    }
}

/// The texts of a dictionary; nulls are empty.
fn strings(about: About<'_>, array: &ArrayRef) -> Result<Strings> {
    Ok(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(Option::unwrap_or_default).collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(Option::unwrap_or_default).collect(),
        DataType::Utf8View => array.as_string_view().iter().map(Option::unwrap_or_default).collect(),
        other => return Err(no_place(about, other)),
    })
}

/// A dictionary of texts keeps its codes.
fn coded(about: About<'_>, array: &ArrayRef, texts: &mut Texts) -> Result<(Cells, Option<Bits>)> {
    let dictionary = array.as_any_dictionary();
    let texts = texts.of(about, dictionary.values())?;
    let n = texts.len();
    let keys = dictionary.keys();
    let codes = match keys.data_type() {
        DataType::Int8 => narrow(keys.as_primitive::<Int8Type>().values(), n),
        DataType::Int16 => narrow(keys.as_primitive::<Int16Type>().values(), n),
        DataType::Int32 => narrow(keys.as_primitive::<Int32Type>().values(), n),
        DataType::Int64 => narrow(keys.as_primitive::<Int64Type>().values(), n),
        DataType::UInt8 => narrow(keys.as_primitive::<UInt8Type>().values(), n),
        DataType::UInt16 => narrow(keys.as_primitive::<UInt16Type>().values(), n),
        DataType::UInt32 => narrow(keys.as_primitive::<UInt32Type>().values(), n),
        DataType::UInt64 => narrow(keys.as_primitive::<UInt64Type>().values(), n),
        other => return Err(no_place(about, other)),
    };
    let mut valid = validity(array);
    if let Some(nulls) = dictionary.values().nulls().filter(|nulls| nulls.null_count() > 0) {
        let has_text = |row: usize| {
            let code = codes.get(row) as usize;
            array.is_valid(row) && code < n && nulls.is_valid(code)
        };
        valid = Some((0..array.len()).map(has_text).collect());
    }
    Ok((Cells::Coded { codes, texts }, valid))
}

/// Keys as narrow codes. Keys of null rows may be anything and stay so.
fn narrow<T: ArrowNativeType>(keys: &[T], n_texts: usize) -> Codes {
    if n_texts <= 1 << 8 {
        Codes::U8(keys.iter().map(|key| key.as_usize() as u8).collect())
    } else if n_texts <= 1 << 16 {
        Codes::U16(keys.iter().map(|key| key.as_usize() as u16).collect())
    } else {
        Codes::U32(keys.iter().map(|key| key.as_usize() as u32).collect())
    }
}
