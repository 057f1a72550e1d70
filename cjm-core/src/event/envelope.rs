//! The customer and the event name of each row of a batch.
//!
//! Answers: keys and name codes, and which rows have none. Does not know: attributes, other batches.

use std::sync::Arc;

use super::batch::BatchColumn;
use super::cast::cell;
use super::cells::{Cells, Codes, Shared};
use super::infer::int_of;
use super::judge::{Rules, find};
use super::layout::{Role, Target};
use super::marks::{Marks, Tally, has_value};
use super::reject::Reason;
use super::strings::{Interner, Strings};
use super::typed;
use crate::base::ids::MAX_ID_BYTES;
use crate::base::value::ValueRef;

/// The customer of each row; rows that were refused hold any.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// Whole numbers.
    Int(Shared<i64>),
    /// Texts: codes or plain.
    Text(Cells),
    /// The first identity that a row has, by index among the identity fields, which hold its text.
    Kinds(Vec<u8>),
}

/// Counts identities of kinds that the blueprint does not declare. They name nobody, but are judged as all identities.
pub(super) fn undeclared(columns: &[Option<BatchColumn>], rules: Rules<'_>, marks: &mut Marks<'_>) {
    for (kind, name) in &rules.layout.undeclared {
        let Some(column) = find(columns, name) else { continue };
        let mut tally = Tally::new(1);
        let given = |row: &usize| {
            has_value(column, *row)
                && cell(&column.cells, *row).is_ok_and(|value| value != ValueRef::Text(""))
        };
        (0..marks.n_rows()).filter(given).for_each(|row| tally.add(Reason::IdentityUndeclared, 0, row));
        tally.tell(|_| kind, name, marks);
        let ids = texts(column.clone(), marks);
        marks.refuse_long(&ids, MAX_ID_BYTES, Reason::IdTooLong);
    }
}

/// The key of a log with one customer column; `None` when several identity columns decide.
pub(super) fn customer(
    columns: &[Option<BatchColumn>],
    rules: Rules<'_>,
    marks: &mut Marks<'_>,
) -> Option<Key> {
    let (name, column) = match rules.layout.customers.as_slice() {
        // every kind is undeclared: nobody is named
        [] => ("", None),
        [(_, name)] => (&**name, find(columns, name)),
        _ => return None,
    };
    let Some(column) = column else {
        marks.refuse_all(Reason::MissingCustomer, name);
        return Some(Key::Int(vec![0; marks.n_rows()].into()));
    };
    marks.refuse_nulls(column, Reason::MissingCustomer);
    if let Cells::Int(keys) = &column.cells {
        return Some(Key::Int(keys.clone()));
    }
    let ids = texts(column.clone(), marks);
    refuse_empty(&ids, Reason::MissingCustomer, marks);
    marks.refuse_long(&ids, MAX_ID_BYTES, Reason::IdTooLong);
    Some(integers(&ids, marks).map_or(Key::Text(ids.cells), Key::Int))
}

/// The key of a log with several identity columns: the first that a row has.
pub(super) fn kinds(fields: &[Option<BatchColumn>], rules: Rules<'_>, marks: &mut Marks<'_>) -> Key {
    let identities: Vec<Option<&BatchColumn>> = std::iter::zip(&rules.layout.fields, fields)
        .filter(|(field, _)| field.role == Role::Identity)
        .map(|(_, column)| column.as_ref())
        .collect();
    let mut of = Vec::with_capacity(marks.n_rows());
    for row in 0..marks.n_rows() {
        let present = |c: &Option<&BatchColumn>| {
            c.is_some_and(|c| has_value(c, row) && cell(&c.cells, row).is_ok_and(|v| v != ValueRef::Text("")))
        };
        let first = identities.iter().position(present);
        if first.is_none() {
            let column = rules.layout.customers.first().map_or("", |(_, column)| column);
            marks.refuse(row, Reason::MissingCustomer, column, "");
        }
        of.push(first.and_then(|kind| u8::try_from(kind).ok()).unwrap_or(0));
    }
    Key::Kinds(of)
}

/// The event names, always as codes.
pub(super) fn names(columns: &[Option<BatchColumn>], name: &str, marks: &mut Marks<'_>) -> BatchColumn {
    let Some(column) = find(columns, name) else {
        marks.refuse_all(Reason::MissingEvent, name);
        let cells = Cells::Coded { codes: Codes::U8(vec![0; marks.n_rows()]), texts: Arc::default() };
        return BatchColumn::new(name, cells);
    };
    marks.refuse_nulls(column, Reason::MissingEvent);
    let mut names = texts(column.clone(), marks);
    if let Cells::Text(texts) = &names.cells {
        let mut table = Interner::default();
        let codes = texts.iter().map(|text| table.intern(text)).collect();
        let codes = Codes::narrowed(codes, table.len());
        names.cells = Cells::Coded { codes, texts: Arc::new(table.into_strings()) };
    }
    refuse_empty(&names, Reason::MissingEvent, marks);
    marks.refuse_long(&names, MAX_ID_BYTES, Reason::IdTooLong);
    names
}

fn refuse_empty(column: &BatchColumn, reason: Reason, marks: &mut Marks<'_>) {
    let any = match &column.cells {
        Cells::Text(texts) => texts.iter().any(str::is_empty),
        Cells::Coded { texts, .. } => texts.iter().any(str::is_empty),
        _ => false,
    };
    for row in (0..marks.n_rows()).filter(|_| any) {
        if cell(&column.cells, row) == Ok(ValueRef::Text("")) {
            marks.refuse(row, reason, &column.name, "");
        }
    }
}

/// Ids as texts: whole floats and whole numbers in decimal, other types refused.
pub(super) fn texts(column: BatchColumn, marks: &mut Marks<'_>) -> BatchColumn {
    if Target::Text.holds(&column.cells) {
        return column;
    }
    let mut texts = Strings::default();
    for row in 0..marks.n_rows() {
        let value = if column.is_valid(row) { cell(&column.cells, row) } else { Ok(ValueRef::Null) };
        match value.and_then(typed::id) {
            Ok(text) => texts.push(text.as_deref().unwrap_or_default()),
            Err(reason) => {
                marks.refuse_cell(&column, row, reason);
                texts.push("");
            }
        }
    }
    BatchColumn {
        cells: Cells::Text(texts),
        validity: column.validity.clone(),
        ..BatchColumn::new(&column.name, Cells::Mixed(Vec::new()))
    }
}

/// The ids as numbers when each of them prints as it is written, so that `7` and 7 are one customer.
fn integers(ids: &BatchColumn, marks: &Marks<'_>) -> Option<Shared<i64>> {
    let by_code: Vec<Option<i64>> = match &ids.cells {
        Cells::Coded { texts, .. } => texts.iter().map(int_of).collect(),
        _ => Vec::new(),
    };
    let key = |row: usize| match &ids.cells {
        Cells::Coded { codes, .. } => by_code.get(codes.get(row) as usize).copied().flatten(),
        Cells::Text(texts) => int_of(texts.get(row)),
        _ => None,
    };
    let keys: Option<Vec<i64>> =
        (0..marks.n_rows()).map(|row| if marks.is_bad(row) { Some(0) } else { key(row) }).collect();
    keys.map(Shared::from)
}
