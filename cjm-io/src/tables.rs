//! Lists of rows as Arrow tables, for hosts that work in columns.
//!
//! Answers: each list that cjm answers with, as one record batch whose columns are the same whatever the rows.
//! Does not know: how the rows come about, where the tables go.

mod atlas;
mod engine;
mod study;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, ListArray, RecordBatch, StructArray,
    TimestampMicrosecondArray, UInt32Array, UInt64Array,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, Field, Schema};
use cjm_core::customer::identity::IdentityKey;
use cjm_core::insight::rows::{CurvePoint, Factor, Group};
use cjm_core::score::Estimate;
use cjm_core::{Date, Error, ErrorCode, Result, Timestamp};

/// The zone of all instants.
const ZONE: &str = "UTC";

/// Rows that can stand in columns.
///
/// Columns have the names of the fields and their order, and do not depend on the rows: a table without rows has them
/// too. A column has nulls only where the field may be `None`.
///
/// | field | columns |
/// |---|---|
/// | a text, an id, a name of an enum | text |
/// | an instant; a day | microseconds in UTC; days |
/// | the cut of a study | `by`, `value` |
/// | an estimate `x` | `x`, `x_low`, `x_high` and its observations `x_n` |
/// | a factor `x` of a pain | `x_customers` and the four of its share, named as above |
/// | a point `x` of a curve | `x_touchpoint` and `x` |
/// | the customer | `identity`, as in `member`, and `customer` |
/// | another identity `x` | `x_identity` and `x` |
/// | a list | a list of texts, or of structs |
/// | values of any type by name | the text of a JSON object |
///
/// ```
/// use arrow_array::{cast::AsArray, types::UInt64Type};
/// use cjm_core::Blueprint;
/// use cjm_core::event::{Event, log_of};
/// use cjm_core::insight::rows::JourneyRow;
/// use cjm_io::tables::Rows;
/// let text = r#"
/// cjm: 1
/// id: shop
/// zone: UTC
/// identities: [{ id: member }]
/// events: { view: {}, pay: {} }
/// journeys:
///   - id: buy
///     enter: view
///     goal: { event: pay }
///     stages:
///       - { id: look, touchpoints: [{ id: page, event: view }] }
///       - { id: pay, touchpoints: [{ id: till, event: pay }] }
/// "#;
/// let blueprint = Blueprint::from_yaml(text)?;
/// let view = Event::new("view", "2026-03-01T12:00:00Z".parse()?).id("web", "1").identity("member", "m1");
/// let pay = Event::new("pay", "2026-03-01T12:05:00Z".parse()?).id("web", "2").identity("member", "m1");
/// let study = blueprint.study(&log_of(&[view, pay], Some(blueprint.document()))?, &Default::default())?;
/// let table = JourneyRow::table(&study.tables().journeys)?;
/// assert_eq!(table["journey"].as_string::<i32>().value(0), "buy");
/// assert_eq!(table["reached"].as_primitive::<UInt64Type>().value(0), 1);
/// assert_eq!(JourneyRow::table(&[])?.schema(), table.schema());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Rows: Sized {
    /// The rows as columns, in their order.
    ///
    /// # Errors
    /// [`ErrorCode::Limit`] when the texts of one column are beyond 2 GiB; [`ErrorCode::Format`] when the columns do
    /// not fit each other, which those of these rows always do.
    fn table(rows: &[Self]) -> Result<RecordBatch>;
}

/// A table under way: rows, and the columns that were made of them so far.
struct Table<'r, R> {
    rows: Vec<&'r R>,
    columns: Result<Vec<(Field, ArrayRef)>>,
}

impl<'r, R> Table<'r, R> {
    fn of(rows: impl IntoIterator<Item = &'r R>) -> Self {
        Self { rows: rows.into_iter().collect(), columns: Ok(Vec::new()) }
    }

    fn text<T: AsRef<str>>(self, name: &str, of: impl Fn(&'r R) -> T) -> Self {
        let column = texts(self.values(|row| Some(of(row))));
        self.with(name, false, column)
    }

    fn maybe_text<T: AsRef<str>>(self, name: &str, of: impl Fn(&'r R) -> Option<T>) -> Self {
        let column = texts(self.values(of));
        self.with(name, true, column)
    }

    fn flag(self, name: &str, of: impl Fn(&'r R) -> bool) -> Self {
        let column: BooleanArray = self.values(|row| Some(of(row))).collect();
        self.with(name, false, Ok(Arc::new(column)))
    }

    fn count(self, name: &str, of: impl Fn(&'r R) -> u64) -> Self {
        let column = UInt64Array::from_iter_values(self.values(of));
        self.with(name, false, Ok(Arc::new(column)))
    }

    /// A place in a list, from 0.
    fn place(self, name: &str, of: impl Fn(&'r R) -> u32) -> Self {
        let column = UInt32Array::from_iter_values(self.values(of));
        self.with(name, false, Ok(Arc::new(column)))
    }

    fn maybe_place(self, name: &str, of: impl Fn(&'r R) -> Option<u32>) -> Self {
        let column: UInt32Array = self.values(of).collect();
        self.with(name, true, Ok(Arc::new(column)))
    }

    fn maybe_number(self, name: &str, of: impl Fn(&'r R) -> Option<f64>) -> Self {
        let column: Float64Array = self.values(of).collect();
        self.with(name, true, Ok(Arc::new(column)))
    }

    fn time(self, name: &str, of: impl Fn(&'r R) -> Timestamp) -> Self {
        let micros = self.values(|row| of(row).as_micros());
        let column = TimestampMicrosecondArray::from_iter_values(micros).with_timezone(ZONE);
        self.with(name, false, Ok(Arc::new(column)))
    }

    fn maybe_time(self, name: &str, of: impl Fn(&'r R) -> Option<Timestamp>) -> Self {
        let micros = self.values(|row| of(row).map(Timestamp::as_micros));
        let column = micros.collect::<TimestampMicrosecondArray>().with_timezone(ZONE);
        self.with(name, true, Ok(Arc::new(column)))
    }

    fn day(self, name: &str, of: impl Fn(&'r R) -> Date) -> Self {
        let column = Date32Array::from_iter_values(self.values(|row| of(row).days()));
        self.with(name, false, Ok(Arc::new(column)))
    }

    fn group(self, of: impl Fn(&'r R) -> &'r Group) -> Self {
        self.maybe_text("by", |row| of(row).by.as_ref()).maybe_text("value", |row| of(row).value.as_ref())
    }

    fn estimate(self, name: &str, of: impl Fn(&'r R) -> &'r Estimate) -> Self {
        self.maybe_number(name, |row| of(row).value)
            .maybe_number(&format!("{name}_low"), |row| of(row).low)
            .maybe_number(&format!("{name}_high"), |row| of(row).high)
            .count(&format!("{name}_n"), |row| of(row).n)
    }

    fn factor(self, name: &str, of: impl Fn(&'r R) -> &'r Factor) -> Self {
        self.count(&format!("{name}_customers"), |row| of(row).customers).estimate(name, |row| &of(row).share)
    }

    fn point(self, name: &str, of: impl Fn(&'r R) -> Option<&'r CurvePoint>) -> Self {
        self.maybe_text(&format!("{name}_touchpoint"), |row| of(row).map(|point| &point.touchpoint))
            .maybe_number(name, |row| of(row).map(|point| point.value))
    }

    fn customer(self, of: impl Fn(&'r R) -> &'r IdentityKey) -> Self {
        self.text("identity", |row| &of(row).kind).text("customer", |row| &of(row).value)
    }

    /// A list of texts in each row.
    fn texts<T: AsRef<str>, I: IntoIterator<Item = T>>(self, name: &str, of: impl Fn(&'r R) -> I) -> Self {
        let column = texts(self.values(&of).flatten().map(Some))
            .and_then(|items| lists(self.values(|row| of(row).into_iter().count()), items));
        self.with(name, false, column)
    }

    /// A list of structs in each row, whose fields are the columns of a table of all items.
    fn list<I: 'r>(
        self,
        name: &str,
        of: impl Fn(&'r R) -> &'r [I],
        fields: impl FnOnce(Table<'r, I>) -> Table<'r, I>,
    ) -> Self {
        let column = fields(Table::of(self.values(&of).flatten()))
            .finish()
            .and_then(|items| lists(self.values(|row| of(row).len()), Arc::new(StructArray::from(items))));
        self.with(name, false, column)
    }

    fn finish(self) -> Result<RecordBatch> {
        let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = self.columns?.into_iter().unzip();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|error| failed(&error))
    }

    fn values<T>(&self, of: impl Fn(&'r R) -> T) -> impl Iterator<Item = T> {
        self.rows.iter().map(move |row| of(row))
    }

    fn with(mut self, name: &str, has_nulls: bool, column: Result<ArrayRef>) -> Self {
        self.columns = self.columns.and_then(|mut columns| {
            let column = column?;
            columns.push((Field::new(name, column.data_type().clone(), has_nulls), column));
            Ok(columns)
        });
        self
    }
}

fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> Result<ArrayRef> {
    let mut column = StringBuilder::with_capacity(values.size_hint().0, 0);
    for value in values {
        if let Some(text) = &value {
            // the builder itself would panic
            end_after(column.values_slice().len(), text.as_ref().len())?;
        }
        column.append_option(value);
    }
    Ok(Arc::new(column.finish()))
}

/// Lists of these lengths, whose items stand one after the other.
fn lists(lengths: impl Iterator<Item = usize>, items: ArrayRef) -> Result<ArrayRef> {
    let mut ends = vec![0];
    let mut end = 0;
    for length in lengths {
        let next = end_after(end, length)?;
        end += length;
        ends.push(next);
    }
    let item = Field::new(Field::LIST_FIELD_DEFAULT_NAME, items.data_type().clone(), false);
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    let lists = ListArray::try_new(Arc::new(item), offsets, items, None).map_err(|error| failed(&error))?;
    Ok(Arc::new(lists))
}

/// Where a value of that length ends that begins there.
fn end_after(begin: usize, length: usize) -> Result<i32> {
    let end = begin.checked_add(length).and_then(|end| i32::try_from(end).ok());
    end.ok_or_else(|| Error::new(ErrorCode::Limit, "a column is beyond 2 GiB; take fewer rows at a time"))
}

fn failed(error: &ArrowError) -> Error {
    Error::new(ErrorCode::Format, format!("the rows make no table: {error}"))
}
