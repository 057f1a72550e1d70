//! The rows of a batch that were refused, and what was noticed about the others.
//!
//! Answers: is a row still good; each refused row counts for one reason, the first found. Does not know: the rules.

use super::batch::{Batch, BatchColumn};
use super::bits::Bits;
use super::cast::{cell, shown};
use super::cells::Cells;
use super::reject::{MAX_EXAMPLES, Reason, Rejected};
use crate::base::value::{Value, ValueRef};

/// The state of judging one batch.
pub(super) struct Marks<'a> {
    lines: &'a Batch,
    bad: Option<Bits>,
    rejected: Rejected,
}

impl<'a> Marks<'a> {
    pub(super) fn new(lines: &'a Batch) -> Self {
        Self { lines, bad: None, rejected: Rejected::default() }
    }

    /// How many rows there are, good and bad.
    pub(super) fn n_rows(&self) -> usize {
        self.lines.n_rows()
    }

    /// Whether the row was refused.
    pub(super) fn is_bad(&self, row: usize) -> bool {
        self.bad.as_ref().is_some_and(|bad| bad.get(row))
    }

    /// Refuses a row.
    pub(super) fn refuse(&mut self, row: usize, reason: Reason, column: &str, text: &str) {
        let n_rows = self.lines.n_rows();
        let bad = self.bad.get_or_insert_with(|| Bits::repeat(false, n_rows));
        if !bad.get(row) {
            bad.set(row, true);
            self.rejected.add(reason, column, self.lines.line(row), text);
        }
    }

    /// Refuses a row for the value that a column has in it.
    pub(super) fn refuse_cell(&mut self, column: &BatchColumn, row: usize, reason: Reason) {
        if !self.is_bad(row) {
            self.refuse(row, reason, &column.name, &shown(&column.cells, row));
        }
    }

    /// Refuses all rows.
    pub(super) fn refuse_all(&mut self, reason: Reason, column: &str) {
        (0..self.n_rows()).for_each(|row| self.refuse(row, reason, column, ""));
    }

    /// Refuses every row in which the column has no value.
    pub(super) fn refuse_nulls(&mut self, column: &BatchColumn, reason: Reason) {
        if column.validity.is_some() || matches!(column.cells, Cells::Mixed(_)) {
            let null = |row: &usize| !has_value(column, *row);
            (0..self.n_rows()).filter(null).for_each(|row| self.refuse(row, reason, &column.name, ""));
        }
    }

    /// Refuses every row whose text in the column is longer than `limit` bytes.
    pub(super) fn refuse_long(&mut self, column: &BatchColumn, limit: usize, reason: Reason) {
        let possible = match &column.cells {
            Cells::Text(texts) => texts.longest() > limit,
            Cells::Coded { texts, .. } => texts.longest() > limit,
            Cells::Mixed(_) => true,
            _ => false,
        };
        for row in (0..self.n_rows()).filter(|row| possible && column.is_valid(*row)) {
            if let Ok(ValueRef::Text(text)) = cell(&column.cells, row)
                && text.len() > limit
            {
                self.refuse(row, reason, &column.name, text);
            }
        }
    }

    /// Notes something about a row that stays.
    pub(super) fn notice(&mut self, row: usize, reason: Reason, column: &str, text: &str) {
        self.rejected.add(reason, column, self.lines.line(row), text);
    }

    /// Refused rows, and what was counted; the rows that the reader refused included.
    pub(super) fn done(self) -> (Option<Bits>, Rejected) {
        let mut rejected = self.rejected;
        rejected.merge(self.lines.rejected());
        (self.bad, rejected)
    }
}

/// Whether the row has a value, null values of any form aside.
pub(super) fn has_value(column: &BatchColumn, row: usize) -> bool {
    column.is_valid(row)
        && match &column.cells {
            Cells::Mixed(values) => values.get(row).is_some_and(|value| !Value::is_null(value)),
            _ => true,
        }
}

/// Counts notices by the code of the event name, with the first rows, so that a flood of them stays cheap.
pub(super) struct Tally {
    by_code: Vec<Option<(Reason, u64, Vec<usize>)>>,
}

impl Tally {
    pub(super) fn new(n_codes: usize) -> Self {
        Self { by_code: vec![None; n_codes] }
    }

    /// Counts a row. One code is always counted for one reason.
    pub(super) fn add(&mut self, reason: Reason, code: usize, row: usize) {
        let Some(slot) = self.by_code.get_mut(code) else { return };
        let (_, count, first) = slot.get_or_insert((reason, 0, Vec::new()));
        *count += 1;
        if first.len() <= MAX_EXAMPLES {
            first.push(row);
        }
    }

    /// Hands the counts over, each with the name behind its code as the text of the examples.
    pub(super) fn tell<'n>(self, name: impl Fn(usize) -> &'n str, column: &str, marks: &mut Marks<'_>) {
        for (code, slot) in self.by_code.into_iter().enumerate() {
            let Some((reason, count, first)) = slot else { continue };
            let (shown, rest) = first.split_at(first.len().min(MAX_EXAMPLES));
            shown.iter().for_each(|row| marks.notice(*row, reason, column, name(code)));
            if let Some(row) = rest.first() {
                let line = marks.lines.line(*row);
                marks.rejected.add_many(reason, column, count - shown.len() as u64, line, name(code));
            }
        }
    }
}
