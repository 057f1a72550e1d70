//! Arrow data that nobody vouches for, checked before they are trusted.
//!
//! Answers: whether an array keeps to its type; what a column leaves to be checked part by part. Does not know: what
//! the columns mean.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, make_array};
use arrow_buffer::Buffer;
use arrow_data::{ArrayData, ByteView};
use arrow_schema::DataType;
use cjm_core::Result;

use super::{failed, guarded};

/// An array of data that nobody vouches for (from C, from another process): checked in full, so that no offset,
/// null bitmap, dictionary key or text can lead astray later.
///
/// # Errors
/// [`ErrorCode::Format`](cjm_core::ErrorCode::Format) when the data contradict their type.
pub fn checked(data: ArrayData) -> Result<ArrayRef> {
    guarded(|| {
        data.validate_full().map_err(|error| failed(&error))?;
        Ok(make_array(data))
    })
}

/// A record batch whose arrays nobody vouches for: every one is checked in full.
///
/// # Errors
/// [`ErrorCode::Format`](cjm_core::ErrorCode::Format) when the data contradict their type.
pub fn checked_table(table: &RecordBatch) -> Result<RecordBatch> {
    let columns: Result<Vec<ArrayRef>> =
        table.columns().iter().map(|array| checked(array.to_data())).collect();
    RecordBatch::try_new(Arc::clone(table.schema_ref()), columns?).map_err(|error| failed(&error))
}

/// What a column leaves to be checked of each part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing.
    Nothing,
    /// Views of texts.
    Views {
        /// Whether what is behind them is ASCII, of which any part is a text.
        is_ascii: bool,
    },
}

/// Checks a column as far as parts of it can not be checked at the cost of a part.
pub(super) fn whole(column: &ArrayRef) -> Result<Left> {
    match column.data_type() {
        DataType::Utf8View => {
            let is_ascii = column.as_string_view().data_buffers().iter().all(|buffer| buffer.is_ascii());
            Ok(Left::Views { is_ascii })
        }
        DataType::BinaryView => Ok(Left::Views { is_ascii: false }),
        _ => validate(column).map(|()| Left::Nothing),
    }
}

/// Checks what is left of a part of a column.
pub(super) fn part(part: &ArrayRef, left: Left) -> Result<()> {
    let Left::Views { is_ascii } = left else { return Ok(()) };
    let texts = part.as_string_view_opt().filter(|_| is_ascii);
    if texts.is_some_and(|texts| are_good(texts.views(), texts.data_buffers())) {
        return Ok(());
    }
    validate(part)
}

fn validate(array: &ArrayRef) -> Result<()> {
    guarded(|| array.to_data().validate_full().map_err(|error| failed(&error)))
}

/// Whether all views are good as they stand: short ones hold an ASCII text themselves, others are a part of a buffer
/// of ASCII and begin as it does.
fn are_good(views: &[u128], buffers: &[Buffer]) -> bool {
    const INSIDE: u32 = 12;
    const NOT_ASCII: u128 = 0x8080_8080_8080_8080_8080_8080;
    views.iter().all(|view| {
        let (len, text) = (*view as u32, view >> 32);
        if len <= INSIDE {
            return text & NOT_ASCII == 0 && text.checked_shr(len * 8).unwrap_or(0) == 0;
        }
        let ByteView { prefix, buffer_index, offset, .. } = ByteView::from(*view);
        let buffer = buffers.get(buffer_index as usize);
        let text = buffer.and_then(|buffer| buffer.get(offset as usize..)?.get(..len as usize));
        text.is_some_and(|text| text.starts_with(&prefix.to_le_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use arrow_array::{Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn views_that_lead_astray_are_not_good() {
        let texts =
            StringViewArray::from(vec!["", "twelve bytes", "more than twelve", "and once more than that"]);
        let (views, buffers) = (texts.views().to_vec(), texts.data_buffers());
        assert!(are_good(&views, buffers));
        let long = |change: &dyn Fn(&mut ByteView)| {
            let mut view = ByteView::from(views[2]);
            change(&mut view);
            are_good(&[views[0], view.as_u128()], buffers)
        };
        assert!(long(&|_| {}));
        let end = buffers[0].len() as u32;
        assert!(!long(&|view| view.offset = end - view.length + 1), "beyond the buffer");
        assert!(!long(&|view| view.offset = u32::MAX), "beyond the buffer");
        assert!(!long(&|view| view.length = u32::MAX), "beyond the buffer");
        assert!(!long(&|view| view.buffer_index = 1), "no such buffer");
        assert!(!long(&|view| view.prefix ^= 1), "another beginning");
        let short = |text: &[u8]| {
            let text = text.iter().rev().fold(0, |text, byte| text << 8 | u128::from(*byte));
            are_good(&[3 | text << 32], buffers)
        };
        assert!(short(b"abc"));
        assert!(!short(b"abcd"), "something behind the text");
        assert!(!short(b"ab\xff"), "no ASCII");
    }

    #[test]
    fn only_views_leave_something_to_their_parts() {
        let views = |text| whole(&(Arc::new(StringViewArray::from(vec![text])) as ArrayRef));
        assert_eq!(views("more than twelve"), Ok(Left::Views { is_ascii: true }));
        assert_eq!(views("味味味味味"), Ok(Left::Views { is_ascii: false }));
        assert_eq!(whole(&(Arc::new(Int64Array::from(vec![1])) as ArrayRef)), Ok(Left::Nothing));
        for text in ["", "味", "more than twelve", "味味味味味"] {
            let column = Arc::new(StringViewArray::from(vec![text, "a"])) as ArrayRef;
            assert_eq!(part(&column, whole(&column).unwrap()), Ok(()));
        }
    }
}
