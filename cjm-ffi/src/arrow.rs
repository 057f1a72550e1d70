//! Tables over the Arrow C Data Interface: a whole batch of events in one call, without a copy.
//!
//! Answers: the rows of a table whose columns a mapping explains, or what is wrong with it. Does not know: what becomes
//! of the rows.
//!
//! The interface gives pointers without lengths, so who hands in a table vouches for its buffers. All that can be
//! checked is checked before it is read: a struct that was released, counts that do not fit the type, missing buffers,
//! offsets that go back or beyond, nesting without end.

use std::ffi::{CStr, c_char, c_void};

use arrow_array::{Array, RecordBatch, StructArray, ffi};
use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use cjm_core::blueprint::model::Document;
use cjm_core::event::{Attributes, Batch, Options, TimeUnit};
use cjm_core::{Error, ErrorCode, Result, Zone};
use indexmap::IndexMap;
use serde::Deserialize;

use crate::ask::not_forked;
use crate::guard::{null, panicked};

/// Deepest nesting of a column.
const MAX_NESTING: usize = 64;
/// Most columns, nested ones with them.
const MAX_COLUMNS: usize = 100_000;

/// A table with what its columns mean.
#[derive(Debug)]
pub(crate) struct Rows {
    table: RecordBatch,
    pub(crate) options: Options,
}

impl Rows {
    /// Takes a table over: the array is the library's from then on, the schema stays the caller's.
    ///
    /// # Safety
    /// Both are null or as the Arrow C Data Interface says.
    ///
    /// # Errors
    /// `argument` for a null pointer, a struct that was released and a mapping that makes no sense, `format` for what is
    /// no table, `limit` for one without end.
    pub(crate) unsafe fn take(
        schema: *const FFI_ArrowSchema,
        array: *mut FFI_ArrowArray,
        mapping: &str,
    ) -> Result<Self> {
        let options = options(mapping)?;
        if schema.is_null() {
            return Err(null("schema"));
        }
        if array.is_null() {
            return Err(null("array"));
        }
        // SAFETY: neither is null; the caller vouches for what they point to
        let table = unsafe {
            agree(schema.cast(), array.cast())?;
            let array = FFI_ArrowArray::from_raw(array);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| table(array, &*schema)))
        };
        Ok(Self { table: table.unwrap_or_else(|why| Err(panicked(&*why)))?, options })
    }

    /// Its rows, checked in full.
    pub(crate) fn batches(&self, document: &Document) -> Result<Vec<Batch>> {
        not_forked()?;
        let zone = self.options.zone.clone().or_else(|| document.zone.clone());
        let options = Options { zone, ..self.options.clone() };
        cjm_io::arrow::checked_batches(std::slice::from_ref(&self.table), &options, Some(document))
    }
}

/// # Safety
/// Both are as the interface says, and agree.
unsafe fn table(array: FFI_ArrowArray, schema: &FFI_ArrowSchema) -> Result<RecordBatch> {
    let failed = |e: arrow_schema::ArrowError| {
        Error::new(ErrorCode::Format, format!("the table can not be read: {e}"))
    };
    // SAFETY: the caller vouches for it
    let data = unsafe { ffi::from_ffi(array, schema) }.map_err(failed)?;
    data.validate().map_err(failed)?;
    let rows = StructArray::from(data);
    if rows.null_count() > 0 {
        return Err(Error::new(ErrorCode::Format, "the table can not be read: a whole row of it is null"));
    }
    Ok(RecordBatch::from(rows))
}

/// How the columns map to events, as JSON says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    customer: Option<String>,
    #[serde(default)]
    identities: IndexMap<String, String>,
    event: Option<String>,
    event_name: Option<String>,
    time: Option<String>,
    time_unit: Option<String>,
    zone: Option<String>,
    source: Option<String>,
    id: Option<String>,
    channel: Option<String>,
    sequence: Option<String>,
    attributes: Option<Vec<String>>,
}

fn options(json: &str) -> Result<Options> {
    let refused = |words: String| Error::new(ErrorCode::Argument, format!("`mapping`: {words}"));
    let said: Mapping = serde_json::from_str(json).map_err(|e| refused(e.to_string()))?;
    let unit = |text: String| {
        TimeUnit::parse(&text).ok_or_else(|| refused(format!("`{text}` is no unit; give s, ms, us or ns")))
    };
    let zone = |name: String| Zone::named(&name).map_err(|e| refused(e.to_string()));
    Ok(Options {
        customer: said.customer,
        identities: said.identities,
        event: said.event,
        event_name: said.event_name,
        time: said.time,
        time_unit: said.time_unit.map(unit).transpose()?,
        zone: said.zone.map(zone).transpose()?,
        source: said.source,
        id: said.id,
        channel: said.channel,
        sequence: said.sequence,
        attributes: said.attributes.map_or(Attributes::All, Attributes::Only),
        strict: false,
    })
}

/// `struct ArrowSchema`, field by field.
#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *const *const Schema,
    dictionary: *const Schema,
    release: *const c_void,
    private_data: *const c_void,
}

/// `struct ArrowArray`, field by field.
#[repr(C)]
struct Column {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *const *const c_void,
    children: *const *const Column,
    dictionary: *const Column,
    release: *const c_void,
    private_data: *const c_void,
}

/// Refuses what is no table, before anything behind it is read.
///
/// # Safety
/// Neither is null; both are as the interface says where they say that they are.
unsafe fn agree(schema: *const Schema, array: *const Column) -> Result<()> {
    let refused = |why: &str| Error::new(ErrorCode::Format, format!("the table can not be read: {why}"));
    let mut waiting = vec![(schema, array, 0)];
    let mut n = 0;
    while let Some((schema, array, depth)) = waiting.pop() {
        n += 1;
        if depth > MAX_NESTING || n > MAX_COLUMNS {
            return Err(endless());
        }
        // SAFETY: neither is null; the caller vouches for the rest
        let (schema, array) = unsafe { (&*schema, &*array) };
        if schema.release.is_null() || array.release.is_null() {
            return Err(Error::new(ErrorCode::Argument, "the table was released already"));
        }
        // SAFETY: the caller vouches for it
        let format = unsafe { one(schema, array) }.map_err(refused)?;
        if depth == 0 && format != b"+s" {
            return Err(refused("it is one column; give a struct of columns"));
        }
        let children = usize::try_from(schema.n_children).unwrap_or_default();
        if children > MAX_COLUMNS {
            return Err(endless());
        }
        for place in 0..children {
            // SAFETY: there are as many children
            let (child, column) = unsafe { (*schema.children.add(place), *array.children.add(place)) };
            if child.is_null() || column.is_null() {
                return Err(refused("a column of it is a null pointer"));
            }
            waiting.push((child, column, depth + 1));
        }
        if !schema.dictionary.is_null() {
            waiting.push((schema.dictionary, array.dictionary, depth + 1));
        }
    }
    Ok(())
}

fn endless() -> Error {
    let words = format!("a table has at most {MAX_COLUMNS} columns, nested {MAX_NESTING} levels at most");
    Error::new(ErrorCode::Limit, words)
}

/// Looks at one column and nothing below it; gives its format.
///
/// # Safety
/// As of [`agree`].
unsafe fn one<'s>(schema: &'s Schema, array: &Column) -> std::result::Result<&'s [u8], &'static str> {
    if schema.format.is_null() {
        return Err("a column of it has no format");
    }
    for text in [schema.format, schema.name] {
        // SAFETY: it is null or ends with a zero
        if !text.is_null() && unsafe { CStr::from_ptr(text) }.to_str().is_err() {
            return Err("a name or format of it is no UTF-8");
        }
    }
    // SAFETY: it is not null and ends with a zero
    let format = unsafe { CStr::from_ptr(schema.format) }.to_bytes();
    let children = [schema.n_children, array.n_children];
    if children[0] != children[1] || children[0] < 0 {
        return Err("its array has not the columns of its schema");
    }
    if children[0] > 0 && (schema.children.is_null() || array.children.is_null()) {
        return Err("its columns are a null pointer");
    }
    if schema.dictionary.is_null() != array.dictionary.is_null() {
        return Err("a dictionary of it is a null pointer");
    }
    let rows = array.length.checked_add(array.offset).filter(|_| array.length >= 0 && array.offset >= 0);
    let rows =
        rows.filter(|rows| *rows < i64::from(u32::MAX)).ok_or("a column of it has an impossible length")?;
    // SAFETY: the caller vouches for the buffers
    unsafe { buffers(format, rows as usize, array) }?;
    Ok(format)
}

/// Looks at the buffers of a column as far as it must be done before they can be read at all.
///
/// # Safety
/// As of [`agree`].
unsafe fn buffers(format: &[u8], rows: usize, array: &Column) -> std::result::Result<(), &'static str> {
    let least = match format {
        [b'n', ..] | [b'+', b'r', ..] => 0,
        [b'+', b's' | b'w' | b'u', ..] => 1,
        [b'u' | b'U' | b'z' | b'Z' | b'v', ..] | [b'+', b'v', ..] => 3,
        _ => 2,
    };
    if array.n_buffers < least || array.n_buffers > 1 << 16 {
        return Err("a column of it has not the buffers of its type");
    }
    if array.n_buffers > 0 && array.buffers.is_null() {
        return Err("the buffers of a column are a null pointer");
    }
    if least < 2 || rows == 0 || array.n_buffers == 0 {
        return Ok(());
    }
    // SAFETY: there are two at least
    let second = unsafe { *array.buffers.add(1) };
    if second.is_null() {
        return Err("a buffer of it is a null pointer");
    }
    let narrow = matches!(format, [b'u' | b'z', ..] | [b'+', b'l' | b'm', ..]);
    let wide = matches!(format, [b'U' | b'Z', ..] | [b'+', b'L', ..]);
    // SAFETY: there is an offset more than there are rows
    let last = unsafe {
        match (narrow, wide) {
            (true, _) => i64::from(second.cast::<i32>().add(rows).read_unaligned()),
            (_, true) => second.cast::<i64>().add(rows).read_unaligned(),
            _ => 0,
        }
    };
    if last < 0 {
        return Err("an offset of it is negative");
    }
    if matches!(format, [b'v', ..]) && array.n_buffers > 3 {
        let n = array.n_buffers as usize - 3;
        // SAFETY: the last buffer holds the lengths of all between
        let lengths = unsafe { (*array.buffers.add(n + 2)).cast::<i64>() };
        // SAFETY: there are n of them
        if lengths.is_null() || (0..n).any(|place| unsafe { lengths.add(place).read_unaligned() } < 0) {
            return Err("the lengths of its texts make no sense");
        }
    }
    Ok(())
}
