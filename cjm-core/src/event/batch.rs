//! A chunk of rows in arrival order, column by column, with the names that the source gave.
//!
//! Answers: what a reader hands over. Does not know: which column is the customer or the time (see
//! [`super::options`]), which rows are good: the log's builder decides that for all readers alike. A reader
//! therefore hands texts over as texts (also times; `untyped` where the format has no types) and names only the
//! rows that it could not read at all.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::bits::Bits;
use super::cells::{Cells, Codes, Shared, TimeUnit};
use super::recent::Recent;
use super::reject::{Reason, Rejected};
use super::strings::{Interner, Placed, Strings};
use crate::base::value::{Value, ValueRef};
use crate::error::{Error, ErrorCode, Result};

/// Rows in arrival order as columns. Rows, not events: nothing has been judged yet.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    n_rows: usize,
    columns: Vec<BatchColumn>,
    lines: Lines,
    rejected: Rejected,
}

/// One column of a batch.
#[derive(Debug, Clone)]
pub struct BatchColumn {
    /// The name that the source gave.
    pub name: Arc<str>,
    /// The values.
    pub cells: Cells,
    /// Which rows have a value; all of them when there is none.
    pub validity: Option<Bits>,
    /// Whether the source knows only text (as CSV does), so that `12` may be read as a number.
    pub untyped: bool,
    /// Rows in which the source says null in so many words, as JSON can; none of them when absent.
    pub said_null: Option<Bits>,
}

/// Where each row stands in its source.
#[derive(Debug, Clone)]
enum Lines {
    From(u64),
    Each(Vec<u64>),
}

impl Default for Lines {
    fn default() -> Self {
        Self::From(1)
    }
}

impl Batch {
    /// Whole columns at once; row `i` counts as line `first_line + i` in messages.
    ///
    /// # Errors
    /// [`ErrorCode::Argument`] when columns differ in length, two have one name, or a code has no text.
    pub fn new(first_line: u64, n_rows: usize, columns: Vec<BatchColumn>) -> Result<Self> {
        let mut names: Vec<&str> = columns.iter().map(|c| c.name.as_ref()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair.first() == pair.last()) {
            let name = twice.first().copied().unwrap_or_default();
            return Err(Error::new(ErrorCode::Argument, format!("two columns are called `{name}`")));
        }
        for column in &columns {
            let lengths = [Some(column.cells.len()), column.validity.as_ref().map(Bits::len)];
            if let Some(n) = lengths.into_iter().flatten().find(|n| *n != n_rows) {
                let name = &column.name;
                return Err(Error::new(
                    ErrorCode::Argument,
                    format!("the column `{name}` has {n} rows where {n_rows} are expected"),
                ));
            }
            if column.has_code_beyond() {
                let name = &column.name;
                return Err(Error::new(
                    ErrorCode::Argument,
                    format!("the column `{name}` has codes without texts"),
                ));
            }
        }
        Ok(Self { n_rows, columns, lines: Lines::From(first_line), rejected: Rejected::default() })
    }

    /// The same rows with the line of each and with what the reader could not read; `lines` beyond the rows are
    /// ignored, rows beyond `lines` count as line 0.
    #[must_use]
    pub fn with_lines(mut self, lines: Vec<u64>, rejected: Rejected) -> Self {
        self.lines = Lines::Each(lines);
        self.rejected.merge(&rejected);
        self
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The columns in the source's order.
    pub fn columns(&self) -> &[BatchColumn] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&BatchColumn> {
        self.columns.iter().find(|column| column.name.as_ref() == name)
    }

    /// Moves the columns out; rows and lines stay.
    pub(super) fn take_columns(&mut self) -> Vec<BatchColumn> {
        std::mem::take(&mut self.columns)
    }

    /// The line (or row) of the source behind a row of the batch, from 1.
    pub fn line(&self, row: usize) -> u64 {
        match &self.lines {
            Lines::From(first) => first.saturating_add(row as u64),
            Lines::Each(lines) => lines.get(row).copied().unwrap_or(0),
        }
    }

    /// Rows that the reader could not read at all.
    pub fn rejected(&self) -> &Rejected {
        &self.rejected
    }

    /// Counts a row that could not be read at all; it is not among the rows of the batch.
    pub fn reject(&mut self, reason: Reason, column: &str, line: u64, text: &str) {
        self.rejected.add(reason, column, line, text);
    }

    /// Counts something that is not the fault of whole rows: `count` values of which the first is at `line`.
    pub fn notice(&mut self, reason: Reason, column: &str, count: u64, line: u64, text: &str) {
        self.rejected.add_many(reason, column, count, line, text);
    }
}

impl BatchColumn {
    /// A column whose values are as the source typed them.
    pub fn new(name: &str, cells: Cells) -> Self {
        Self { name: name.into(), cells, validity: None, untyped: false, said_null: None }
    }

    fn has_code_beyond(&self) -> bool {
        let Cells::Coded { codes, texts } = &self.cells else { return false };
        // without early ends these are a few instructions for many rows
        let largest = match codes {
            Codes::U8(codes) => u32::from(codes.iter().fold(0, |largest, c| (*c).max(largest))),
            Codes::U16(codes) => u32::from(codes.iter().fold(0, |largest, c| (*c).max(largest))),
            Codes::U32(codes) => codes.iter().fold(0, |largest, c| (*c).max(largest)),
        };
        let beyond = |code: u32| code as usize >= texts.len();
        beyond(largest) && codes.iter().enumerate().any(|(row, code)| beyond(code) && self.is_valid(row))
    }

    /// The value of a row as the source has it; null where there is none or it can not be a value.
    pub fn value(&self, row: usize) -> ValueRef<'_> {
        let found = if self.is_valid(row) { super::cast::cell(&self.cells, row).ok() } else { None };
        found.unwrap_or_default()
    }

    /// Whether the row has a value.
    #[inline]
    pub fn is_valid(&self, row: usize) -> bool {
        self.validity.as_ref().is_none_or(|bits| bits.get(row))
    }
}

/// Builds a batch row by row (JSON, XES) or column by column (CSV).
///
/// ```
/// use cjm_core::event::BatchBuilder;
/// use cjm_core::ValueRef;
/// let mut rows = BatchBuilder::default();
/// let user = rows.column("user");
/// let amount = rows.column("amount");
/// rows.begin_row(2);
/// rows.push(user, ValueRef::Text("u1"));
/// rows.begin_row(3);
/// rows.push(user, ValueRef::Text("u2"));
/// rows.push(amount, ValueRef::Int(12));
/// let batch = rows.finish();
/// assert_eq!((batch.n_rows(), batch.line(1)), (2, 3));
/// assert!(!batch.columns()[1].is_valid(0));
/// ```
#[derive(Debug, Clone, Default)]
pub struct BatchBuilder {
    columns: Vec<Growing>,
    by_name: Interner,
    lines: Vec<u64>,
    rejected: Rejected,
}

impl BatchBuilder {
    /// The column of that name, made when it is new. Columns keep the order in which they were first named.
    pub fn column(&mut self, name: &str) -> usize {
        let index = self.by_name.intern(name) as usize;
        if index == self.columns.len() {
            self.columns.push(Growing::new(name, false));
        }
        index
    }

    /// Like [`BatchBuilder::column`], for a source that knows only text.
    pub fn untyped_column(&mut self, name: &str) -> usize {
        let index = self.column(name);
        if let Some(column) = self.columns.get_mut(index) {
            column.untyped = true;
        }
        index
    }

    /// Begins the next row; its line (or row number) in the source is for messages.
    pub fn begin_row(&mut self, line: u64) {
        self.lines.push(line);
    }

    /// Takes the row that was begun last back out, and counts it as rejected.
    pub fn reject_row(&mut self, reason: Reason, column: &str, text: &str) {
        let Some(line) = self.lines.pop() else { return };
        self.rejected.add(reason, column, line, text);
        self.columns.iter_mut().for_each(|c| c.truncate(self.lines.len()));
    }

    /// Counts a row that was never begun as rejected.
    pub fn reject(&mut self, reason: Reason, column: &str, line: u64, text: &str) {
        self.rejected.add(reason, column, line, text);
    }

    /// Sets a value of the current row. A row that sets a column twice keeps the first value: `false` then.
    #[inline]
    pub fn push(&mut self, column: usize, value: ValueRef<'_>) -> bool {
        let row = self.lines.len();
        self.columns.get_mut(column).is_some_and(|c| row > 0 && c.set(row - 1, value))
    }

    /// Sets a text of the current row: `push` without the wrapping.
    #[inline]
    pub fn push_text(&mut self, column: usize, text: &str) -> bool {
        self.push(column, ValueRef::Text(text))
    }

    /// How many rows were begun.
    pub fn n_rows(&self) -> usize {
        self.lines.len()
    }

    /// Rows that could not be read at all, so far.
    pub fn rejected(&self) -> &Rejected {
        &self.rejected
    }

    /// The batch. Texts that recur become codes.
    pub fn finish(self) -> Batch {
        let n_rows = self.lines.len();
        let columns = self.columns.into_iter().map(|c| c.finish(n_rows)).collect();
        Batch { n_rows, columns, lines: Lines::Each(self.lines), rejected: self.rejected }
    }
}

/// A column that grows value by value and widens when a value does not fit.
#[derive(Debug, Clone)]
pub(super) struct Growing {
    name: Arc<str>,
    untyped: bool,
    values: GrowingValues,
    valid: Bits,
    any_null: bool,
    /// Rows that were set to null, up to the last of them.
    said_null: Bits,
}

#[derive(Debug, Clone)]
enum GrowingValues {
    Nulls,
    Text(Strings),
    Int(Vec<i64>),
    Number(Vec<f64>),
    Money(Vec<Decimal>),
    Bool(Bits),
    Time(Vec<i64>),
    Date(Vec<i32>),
    Mixed(Vec<Value>),
}

impl Growing {
    pub(super) fn new(name: &str, untyped: bool) -> Self {
        Self {
            name: name.into(),
            untyped,
            values: GrowingValues::Nulls,
            valid: Bits::default(),
            any_null: false,
            said_null: Bits::default(),
        }
    }

    pub(super) fn set(&mut self, row: usize, value: ValueRef<'_>) -> bool {
        if self.valid.len() > row {
            return false;
        }
        if value.is_null() {
            self.pad(row + 1);
            self.said_null.pad(false, row);
            self.said_null.push(true);
            return true;
        }
        self.pad(row);
        if !self.values.push(row, value) {
            self.values =
                std::mem::replace(&mut self.values, GrowingValues::Nulls).widened(value, &self.valid);
            self.values.push(row, value);
        }
        self.valid.push(true);
        true
    }

    /// Adds nulls until there are `len` rows.
    fn pad(&mut self, len: usize) {
        if self.valid.len() < len {
            self.any_null = true;
            self.valid.pad(false, len);
            self.values.pad(len);
        }
    }

    fn truncate(&mut self, len: usize) {
        self.valid.truncate(len);
        self.values.truncate(len);
        self.said_null.truncate(len);
    }

    pub(super) fn finish(mut self, n_rows: usize) -> BatchColumn {
        self.pad(n_rows);
        let cells = match self.values {
            GrowingValues::Nulls => Cells::Coded { codes: Codes::U8(vec![0; n_rows]), texts: Arc::default() },
            GrowingValues::Text(texts) => coded_when_it_pays(texts),
            GrowingValues::Int(values) => Cells::Int(values.into()),
            GrowingValues::Number(values) => Cells::Number(values.into()),
            GrowingValues::Money(values) => Cells::Money(values.into()),
            GrowingValues::Bool(bits) => Cells::Bool(bits),
            GrowingValues::Time(us) => Cells::Time { ticks: us.into(), unit: TimeUnit::Micro },
            GrowingValues::Date(days) => Cells::Date(Shared::from(days)),
            GrowingValues::Mixed(values) => Cells::Mixed(values),
        };
        let validity = self.any_null.then_some(self.valid);
        self.said_null.pad(false, if self.said_null.is_empty() { 0 } else { n_rows });
        let said_null = Some(self.said_null).filter(|said| said.count_ones() > 0);
        BatchColumn { name: self.name, cells, validity, untyped: self.untyped, said_null }
    }
}

impl GrowingValues {
    /// Adds `value` as row `row`; `false` when the column can not hold it.
    fn push(&mut self, row: usize, value: ValueRef<'_>) -> bool {
        if let Self::Nulls = self {
            *self = Self::of_kind(value);
            self.pad(row);
        }
        match (self, value) {
            (Self::Text(texts), ValueRef::Text(text)) => texts.push(text),
            (Self::Int(values), ValueRef::Int(x)) => values.push(x),
            (Self::Number(values), ValueRef::Number(x)) => values.push(x),
            (Self::Number(values), ValueRef::Int(x)) if exact(x) => values.push(x as f64),
            (Self::Money(values), ValueRef::Money(d)) => values.push(d),
            (Self::Bool(bits), ValueRef::Bool(b)) => bits.push(b),
            (Self::Time(us), ValueRef::Time(t)) => us.push(t.as_micros()),
            (Self::Date(days), ValueRef::Date(d)) => days.push(d.days()),
            (Self::Mixed(values), value) => values.push(value.to_value()),
            _ => return false,
        }
        true
    }

    fn of_kind(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Text(_) => Self::Text(Strings::default()),
            ValueRef::Int(_) => Self::Int(Vec::new()),
            ValueRef::Number(_) => Self::Number(Vec::new()),
            ValueRef::Money(_) => Self::Money(Vec::new()),
            ValueRef::Bool(_) => Self::Bool(Bits::default()),
            ValueRef::Time(_) => Self::Time(Vec::new()),
            ValueRef::Date(_) => Self::Date(Vec::new()),
            _ => Self::Mixed(Vec::new()),
        }
    }

    /// The same values in a kind of column that also holds `value`.
    fn widened(self, value: ValueRef<'_>, valid: &Bits) -> Self {
        match self {
            Self::Int(values) if matches!(value, ValueRef::Number(_)) && values.iter().all(|x| exact(*x)) => {
                Self::Number(values.into_iter().map(|x| x as f64).collect())
            }
            other => Self::Mixed((0..valid.len()).map(|row| other.value(row, valid.get(row))).collect()),
        }
    }

    fn value(&self, row: usize, valid: bool) -> Value {
        let found = match self {
            _ if !valid => None,
            Self::Nulls => None,
            Self::Text(texts) => Some(Value::from(texts.get(row))),
            Self::Int(values) => values.get(row).copied().map(Value::Int),
            Self::Number(values) => values.get(row).copied().map(Value::Number),
            Self::Money(values) => values.get(row).copied().map(Value::Money),
            Self::Bool(bits) => Some(Value::Bool(bits.get(row))),
            Self::Time(us) => us.get(row).map(|us| Value::Time(crate::Timestamp::saturating(*us))),
            Self::Date(days) => days.get(row).map(|d| Value::Date(crate::Date::from_days(i64::from(*d)))),
            Self::Mixed(values) => values.get(row).cloned(),
        };
        found.unwrap_or_default()
    }

    fn pad(&mut self, len: usize) {
        match self {
            Self::Nulls => {}
            Self::Text(texts) => (texts.len()..len).for_each(|_| texts.push("")),
            Self::Int(values) => values.resize(len, 0),
            Self::Number(values) => values.resize(len, 0.0),
            Self::Money(values) => values.resize(len, Decimal::ZERO),
            Self::Bool(bits) => bits.pad(false, len),
            Self::Time(us) => us.resize(len, 0),
            Self::Date(days) => days.resize(len, 0),
            Self::Mixed(values) => values.resize(len, Value::Null),
        }
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Self::Nulls => {}
            Self::Text(texts) => texts.truncate(len),
            Self::Int(values) => values.truncate(len),
            Self::Number(values) => values.truncate(len),
            Self::Money(values) => values.truncate(len),
            Self::Bool(bits) => bits.truncate(len),
            Self::Time(us) => us.truncate(len),
            Self::Date(days) => days.truncate(len),
            Self::Mixed(values) => values.truncate(len),
        }
    }
}

/// Whether a whole number is exactly a float.
fn exact(x: i64) -> bool {
    x.unsigned_abs() <= 1 << 53
}

/// Codes when texts recur, plain texts when most of them differ. Which of the two does not change any log.
pub fn coded_when_it_pays(texts: Strings) -> Cells {
    match coded(texts.placed()) {
        Some((codes, texts)) => Cells::Coded { codes, texts: Arc::new(texts) },
        None => Cells::Text(texts),
    }
}

/// Like [`coded_when_it_pays`], for texts that stand elsewhere: they are copied only where they differ.
pub fn cells_of_texts<'a>(texts: impl ExactSizeIterator<Item = Placed<'a>> + Clone) -> Cells {
    match coded(texts.clone()) {
        Some((codes, texts)) => Cells::Coded { codes, texts: Arc::new(texts) },
        None => Cells::Text(texts.map(|(text, _)| text).collect()),
    }
}

fn coded<'a>(texts: impl ExactSizeIterator<Item = Placed<'a>>) -> Option<(Codes, Strings)> {
    const SAMPLE: usize = 1_024;
    let (mut table, mut recent) = (Interner::default(), Recent::default());
    let mut codes: Vec<u32> = Vec::with_capacity(texts.len());
    for (row, text) in texts.enumerate() {
        if row == SAMPLE && table.len() > SAMPLE / 2 {
            return None;
        }
        codes.push(recent.code(&mut table, text));
    }
    Some((Codes::narrowed(codes, table.len()), table.into_strings()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn values(batch: &Batch, name: &str) -> Vec<Value> {
        let column = batch.column(name).unwrap();
        (0..batch.n_rows())
            .map(|row| match &column.cells {
                _ if !column.is_valid(row) => Value::Null,
                Cells::Text(texts) => Value::from(texts.get(row)),
                Cells::Coded { codes, texts } => Value::from(texts.get(codes.get(row) as usize)),
                Cells::Int(v) => Value::Int(v[row]),
                Cells::Number(v) => Value::Number(v[row]),
                Cells::Bool(v) => Value::Bool(v.get(row)),
                Cells::Time { ticks, .. } => Value::Time(Timestamp::saturating(ticks[row])),
                Cells::Mixed(v) => v[row].clone(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn built(rows: &[&[(&str, Value)]]) -> Batch {
        let mut b = BatchBuilder::default();
        for (i, row) in rows.iter().enumerate() {
            b.begin_row(i as u64 + 1);
            for (name, value) in *row {
                let column = b.column(name);
                assert!(b.push(column, value.as_ref()));
            }
        }
        b.finish()
    }

    #[test]
    fn columns_widen_and_gaps_are_null() {
        let batch = built(&[
            &[("a", 1.into()), ("c", Value::Null)],
            &[("b", "x".into())],
            &[("a", 2.5.into()), ("b", true.into())],
            &[("a", 4.into()), ("c", Value::Null)],
        ]);
        assert_eq!(values(&batch, "a"), [1.0.into(), Value::Null, 2.5.into(), 4.0.into()]);
        assert_eq!(values(&batch, "b"), [Value::Null, "x".into(), true.into(), Value::Null]);
        assert_eq!(values(&batch, "c"), [Value::Null, Value::Null, Value::Null, Value::Null]);
    }

    #[test]
    fn large_integers_are_never_rounded() {
        let batch = built(&[&[("a", i64::MAX.into())], &[("a", 0.5.into())]]);
        assert_eq!(values(&batch, "a"), [Value::Int(i64::MAX), 0.5.into()]);
    }

    #[test]
    fn a_rejected_row_leaves_nothing_behind() {
        let mut b = BatchBuilder::default();
        let (a, c) = (b.column("a"), b.column("c"));
        for line in 1..=3 {
            b.begin_row(line);
            b.push(a, ValueRef::Int(line as i64));
            b.push_text(c, "t");
            if line == 2 {
                b.reject_row(Reason::BadRow, "", "torn");
            }
        }
        assert!(!b.push(a, ValueRef::Int(9)), "a second value in one row is refused");
        let batch = b.finish();
        assert_eq!(values(&batch, "a"), [1.into(), 3.into()]);
        assert_eq!((batch.line(1), batch.rejected().n_rejected()), (3, 1));
    }

    #[test]
    fn lengths_and_names_must_agree() {
        let column = |name: &str, n: usize| BatchColumn::new(name, Cells::Int(vec![0; n].into()));
        assert!(Batch::new(1, 2, vec![column("a", 2), column("b", 2)]).is_ok());
        assert!(Batch::new(1, 2, vec![column("a", 2), column("b", 3)]).is_err());
        assert!(Batch::new(1, 2, vec![column("a", 2), column("a", 2)]).is_err());
    }

    #[test]
    fn texts_that_differ_stay_plain() {
        let many: Strings = (0..5_000).map(|i| i.to_string()).collect();
        assert!(matches!(coded_when_it_pays(many), Cells::Text(_)));
        let few: Strings = (0..5_000).map(|i| (i % 7).to_string()).collect();
        assert!(matches!(coded_when_it_pays(few), Cells::Coded { codes: Codes::U8(_), .. }));
    }
}
