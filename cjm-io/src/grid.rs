//! Rows whose fields come by name: the part that JSON lines and XES share.
//!
//! Answers: a batch of rows, bounded however many names the source invents.
//! Does not know: how fields are written, what they mean.

use cjm_core::event::{Batch, BatchBuilder, Options, Reason};
use cjm_core::{Error, ErrorCode, Result, ValueRef};

use crate::source::TextLimits;

/// Cells (rows times columns) that are always allowed.
const FREE_CELLS: u64 = 2 << 20;
/// Cells allowed per byte of text: rows that leave almost all columns empty reach it.
const CELLS_PER_BYTE: u64 = 8;

/// Rows by name.
pub(crate) struct Grid {
    rows: BatchBuilder,
    n_columns: usize,
    max_columns: usize,
    n_rejected: u64,
    strict: bool,
}

impl Grid {
    pub(crate) fn new(limits: &TextLimits, strict: bool) -> Self {
        let rows = BatchBuilder::default();
        Self { rows, n_columns: 0, max_columns: limits.max_columns, n_rejected: 0, strict }
    }

    /// Rows so far, good and bad.
    pub(crate) fn n_rows(&self) -> u64 {
        self.rows.n_rows() as u64 + self.n_rejected
    }

    /// The index of a column, made when it is new.
    pub(crate) fn column(&mut self, name: &str) -> Result<usize> {
        let index = self.rows.column(name);
        self.n_columns = self.n_columns.max(index + 1);
        if self.n_columns <= self.max_columns {
            return Ok(index);
        }
        let words = format!("there are more columns than `max_columns` {}", self.max_columns);
        Err(Error::new(ErrorCode::Limit, words))
    }

    /// Begins a row; the text read so far bounds how many cells there may be.
    pub(crate) fn begin_row(&mut self, line: u64, text_bytes: u64) -> Result<()> {
        let cells = (self.rows.n_rows() as u64 + 1).saturating_mul(self.n_columns as u64);
        if cells > FREE_CELLS.max(text_bytes.saturating_mul(CELLS_PER_BYTE)) {
            let words =
                format!("line {line}: the rows leave almost all of their {} columns empty", self.n_columns);
            return Err(Error::new(ErrorCode::Limit, words));
        }
        self.rows.begin_row(line);
        Ok(())
    }

    /// Sets a field of the current row; `false` when it has that field already.
    pub(crate) fn push(&mut self, column: usize, value: ValueRef<'_>) -> bool {
        self.rows.push(column, value)
    }

    /// Takes the current row back out.
    pub(crate) fn reject_row(&mut self, reason: Reason, column: &str, text: &str) -> Result<()> {
        self.rows.reject_row(reason, column, text);
        self.n_rejected += 1;
        self.refuse_if_strict()
    }

    /// Counts something that is not the fault of a whole row.
    #[cfg(feature = "xes")]
    pub(crate) fn notice(&mut self, reason: Reason, column: &str, line: u64, text: &str) {
        self.rows.reject(reason, column, line, text);
    }

    fn refuse_if_strict(&self) -> Result<()> {
        let error = if self.strict { self.rows.rejected().strict_error() } else { None };
        error.map_or(Ok(()), Err)
    }

    /// The batch. Where nothing at all was read, the columns that the options name are there and empty.
    pub(crate) fn finish(mut self, options: &Options) -> Batch {
        if self.rows.n_rows() == 0 {
            options.envelope().for_each(|name| {
                self.rows.column(name);
            });
        }
        self.rows.finish()
    }
}
