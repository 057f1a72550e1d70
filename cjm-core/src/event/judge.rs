//! Which rows of a batch become events: envelope, limits and types, row by row.
//!
//! Answers: the good rows of one batch with their fields in the log's types, and why the others are not good.
//! Does not know: other batches, the order of events, repeats.

use super::batch::{Batch, BatchColumn};
use super::bits::Bits;
use super::cast::{Reading, cast, cell, stands};
use super::cells::{Cells, Codes, Shared, TimeUnit};
use super::declared::Declared;
use super::envelope::{Key, customer, kinds, names, texts, undeclared};
use super::expect::Events;
use super::layout::{Field, Layout, Role, Target};
use super::marks::{Marks, has_value};
use super::options::Options;
use super::reject::{Reason, Rejected};
use super::ticks::ticks;
use crate::base::ids::MAX_ID_BYTES;
use crate::base::value::ValueRef;

/// Longest text of an attribute, in bytes.
const MAX_TEXT_BYTES: usize = 8 << 10;
/// Largest event, in bytes of its texts.
const MAX_EVENT_BYTES: usize = 64 << 10;
/// Most attributes of an event.
const MAX_ATTRIBUTES: usize = 64;

/// A batch whose rows have been judged.
#[derive(Debug)]
pub(super) struct Judged {
    /// The batch without its columns: for its lines.
    pub(super) lines: Batch,
    /// Rows that do not become events; none when absent.
    pub(super) bad: Option<Bits>,
    pub(super) key: Key,
    pub(super) ticks: Shared<i64>,
    pub(super) unit: TimeUnit,
    /// A column for each field of the layout that the batch has.
    pub(super) fields: Vec<Option<BatchColumn>>,
    pub(super) rejected: Rejected,
}

/// How rows are judged: the same for all batches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) options: &'a Options,
    pub(super) layout: &'a Layout,
    pub(super) declared: Option<&'a Declared>,
}

impl<'a> Rules<'a> {
    fn reading(self, column: &BatchColumn) -> Reading<'a> {
        Reading { zone: self.options.zone.as_ref(), unit: self.options.time_unit, untyped: column.untyped }
    }
}

/// Judges one batch.
pub(super) fn judge(mut lines: Batch, rules: Rules<'_>) -> Judged {
    let mut columns: Vec<Option<BatchColumn>> = lines.take_columns().into_iter().map(Some).collect();
    columns.iter_mut().flatten().filter(|column| column.untyped).for_each(blank_to_null);
    let mut marks = Marks::new(&lines);
    undeclared(&columns, rules, &mut marks);
    let key = customer(&columns, rules, &mut marks);
    let field = |role| rules.layout.role(role).and_then(|index| rules.layout.fields.get(index));
    let mut name = field(Role::Name).map(|field| names(&columns, &field.name, &mut marks));
    let (ticks, unit) = ticks(find(&columns, &rules.layout.time), rules, &mut marks);
    let says_null = columns.iter().flatten().any(|column| column.said_null.is_some());
    let events = Events::of(name.as_ref(), says_null, rules);
    let mut fields: Vec<Option<BatchColumn>> = Vec::with_capacity(rules.layout.fields.len());
    for (index, field) in rules.layout.fields.iter().enumerate() {
        let column = take(&mut columns, index, rules.layout);
        fields.push(match field.role {
            Role::Name => name.take(),
            Role::Attribute => attribute(field, column, &events, rules, &mut marks),
            _ => column.map(|column| envelope(field, column, rules, &mut marks)),
        });
    }
    let key = match key {
        Some(key) => key,
        None => kinds(&fields, rules, &mut marks),
    };
    sizes(&fields, rules.layout, &mut marks);
    events.count_unknown(&mut marks);
    let (bad, mut rejected) = marks.done();
    if let Some(bad) = &bad {
        count_names(bad, &fields, rules, &mut rejected);
    }
    Judged { lines, bad, key, ticks, unit, fields, rejected }
}

/// Counts the bad rows by the event that they say they are.
fn count_names(bad: &Bits, fields: &[Option<BatchColumn>], rules: Rules<'_>, rejected: &mut Rejected) {
    let Some(column) = rules.layout.role(Role::Name).and_then(|index| fields.get(index)?.as_ref()) else {
        let name = rules.options.event_name.as_deref().filter(|_| rules.options.event.is_none());
        return name.into_iter().for_each(|name| rejected.add_event(name, bad.count_ones() as u64));
    };
    let Cells::Coded { codes, texts } = &column.cells else { return };
    let mut counts = vec![0_u64; texts.len()];
    let said = |row: usize| bad.get(row) && column.is_valid(row);
    for (_, code) in codes.iter().enumerate().filter(|(row, _)| said(*row)) {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    let counted = texts.iter().zip(counts).filter(|(name, count)| *count > 0 && !name.is_empty());
    counted.for_each(|(name, count)| rejected.add_event(name, count));
}

/// The column of that name.
pub(super) fn find<'a>(columns: &'a [Option<BatchColumn>], name: &str) -> Option<&'a BatchColumn> {
    columns.iter().flatten().find(|column| column.name.as_ref() == name)
}

/// Moves the column of a field out, or copies it when a later field needs it too.
fn take(columns: &mut [Option<BatchColumn>], index: usize, layout: &Layout) -> Option<BatchColumn> {
    let name = &layout.fields.get(index)?.name;
    let slot = columns.iter_mut().find(|slot| slot.as_ref().is_some_and(|column| column.name == *name))?;
    let again = layout.fields.iter().skip(index + 1).any(|later| later.name == *name);
    if again { slot.clone() } else { slot.take() }
}

/// An empty text is no value: in a source that knows only text, and in the envelope of any.
fn blank_to_null(column: &mut BatchColumn) {
    let blank: Bits = match &column.cells {
        Cells::Text(texts) => texts.iter().map(str::is_empty).collect(),
        Cells::Coded { codes, texts } => match texts.iter().position(str::is_empty) {
            Some(empty) => codes.iter().map(|code| code as usize == empty).collect(),
            None => return,
        },
        _ => return,
    };
    if blank.count_ones() > 0 {
        let valid = (0..blank.len()).map(|row| column.is_valid(row) && !blank.get(row)).collect();
        column.validity = Some(valid);
    }
}

/// A field of the envelope in its type.
fn envelope(field: &Field, column: BatchColumn, rules: Rules<'_>, marks: &mut Marks<'_>) -> BatchColumn {
    let typed = if field.target == Target::Text {
        let mut ids = texts(column, marks);
        blank_to_null(&mut ids);
        ids
    } else {
        typed(field, column, rules, marks)
    };
    marks.refuse_long(&typed, MAX_ID_BYTES, Reason::IdTooLong);
    // a null of the envelope is as good as nothing
    BatchColumn { said_null: None, ..typed }
}

/// A column in the field's type, nothing being declared: what does not fit is refused.
fn typed(field: &Field, column: BatchColumn, rules: Rules<'_>, marks: &mut Marks<'_>) -> BatchColumn {
    if field.target == Target::Mixed {
        refuse_unfit(&column, marks);
        return column;
    }
    if is_text(&column, field.target) || stands(&column, field.target) {
        return column;
    }
    let kind = field.target.kind();
    let (typed, unfit) = cast(&column, |_| Some(&kind), rules.reading(&column));
    unfit.into_iter().for_each(|(row, reason)| marks.refuse_cell(&column, row, reason));
    typed
}

fn is_text(column: &BatchColumn, target: Target) -> bool {
    target == Target::Text && target.holds(&column.cells)
}

/// Refuses values that no column may hold: numbers that are not finite, instants out of range.
fn refuse_unfit(column: &BatchColumn, marks: &mut Marks<'_>) {
    if !matches!(column.cells, Cells::Number(_) | Cells::Time { .. } | Cells::Date(_) | Cells::Mixed(_)) {
        return;
    }
    for row in (0..marks.n_rows()).filter(|row| column.is_valid(*row)) {
        match cell(&column.cells, row) {
            Ok(ValueRef::Number(x)) if !x.is_finite() => marks.refuse_cell(column, row, Reason::NotFinite),
            Err(reason) => marks.refuse_cell(column, row, reason),
            Ok(_) => {}
        }
    }
}

/// An attribute in its type. With declared types, values that their event does not declare are dropped.
fn attribute(
    field: &Field,
    column: Option<BatchColumn>,
    events: &Events<'_>,
    rules: Rules<'_>,
    marks: &mut Marks<'_>,
) -> Option<BatchColumn> {
    let said_null = column.as_ref().and_then(|column| events.cleared(column));
    let Some(expected) = events.expect(&field.name) else {
        let typed = typed(field, column?, rules, marks);
        marks.refuse_long(&typed, MAX_TEXT_BYTES, Reason::TextTooLong);
        return Some(BatchColumn { said_null, ..typed });
    };
    let column = column.unwrap_or_else(|| all_null(&field.name, marks.n_rows()));
    events.count(&column, &expected, marks);
    let declared = |row: usize| events.of_row(&expected, row).and_then(|e| e.declared);
    let kind = field.target.kind();
    let plain = field.target != Target::Mixed
        && expected.iter().all(|e| e.declared.is_none_or(|declared| declared.kind == kind));
    let typed = if plain && (is_text(&column, field.target) || stands(&column, field.target)) {
        let valid = (0..marks.n_rows()).map(|row| column.is_valid(row) && declared(row).is_some()).collect();
        BatchColumn { validity: Some(valid), ..column }
    } else {
        let (typed, unfit) = cast(&column, |row| declared(row).map(|d| &d.kind), rules.reading(&column));
        unfit.into_iter().for_each(|(row, reason)| marks.refuse_cell(&column, row, reason));
        typed
    };
    marks.refuse_long(&typed, MAX_TEXT_BYTES, Reason::TextTooLong);
    Some(BatchColumn { said_null, ..typed })
}

fn all_null(name: &str, n_rows: usize) -> BatchColumn {
    let cells = Cells::Coded { codes: Codes::U8(vec![0; n_rows]), texts: Default::default() };
    BatchColumn { validity: Some(Bits::repeat(false, n_rows)), ..BatchColumn::new(name, cells) }
}

/// Refuses events with too many attributes or too much text in all.
fn sizes(fields: &[Option<BatchColumn>], layout: &Layout, marks: &mut Marks<'_>) {
    let attributes =
        std::iter::zip(&layout.fields, fields).filter(|(field, _)| field.role == Role::Attribute);
    let columns: Vec<&BatchColumn> = attributes.filter_map(|(_, column)| column.as_ref()).collect();
    if columns.len() > MAX_ATTRIBUTES {
        for row in 0..marks.n_rows() {
            let n = columns.iter().filter(|column| has_value(column, row)).count();
            if n > MAX_ATTRIBUTES {
                marks.refuse(row, Reason::TooManyAttributes, "", &n.to_string());
            }
        }
    }
    let longest = |column: &&BatchColumn| match &column.cells {
        Cells::Text(texts) => texts.longest(),
        Cells::Coded { texts, .. } => texts.longest(),
        Cells::Mixed(_) => MAX_EVENT_BYTES + 1,
        _ => 0,
    };
    if columns.iter().map(longest).sum::<usize>() > MAX_EVENT_BYTES {
        for row in 0..marks.n_rows() {
            let bytes: usize = columns.iter().filter(|c| c.is_valid(row)).map(|c| weight(c, row)).sum();
            if bytes > MAX_EVENT_BYTES {
                marks.refuse(row, Reason::EventTooLarge, "", &bytes.to_string());
            }
        }
    }
}

/// Bytes of text in a value.
fn weight(column: &BatchColumn, row: usize) -> usize {
    match cell(&column.cells, row) {
        Ok(ValueRef::Text(text)) => text.len(),
        Ok(ValueRef::List(values)) => list_weight(values),
        _ => 0,
    }
}

/// Bytes of text in a list of values, walked without recursion.
fn list_weight(values: &[crate::Value]) -> usize {
    use crate::Value;
    let mut waiting: Vec<&Value> = values.iter().collect();
    let mut bytes = 0;
    while let Some(value) = waiting.pop() {
        bytes += size_of::<Value>();
        match value {
            Value::Text(text) => bytes += text.len(),
            Value::List(values) => waiting.extend(values.iter()),
            Value::Record(fields) => waiting.extend(fields.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    bytes
}
