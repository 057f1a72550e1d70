//! Tables of a page: a caption, columns, rows of cells, what was left out.
//!
//! Answers: the shape the template expects of every table and cell. Does not know: what the figures mean.

use minijinja::context;
use minijinja::value::Value;

use super::super::say::{Reading, Say, Unit, w};
use crate::score::Estimate;

/// A table in the making.
pub(super) struct Table {
    caption: &'static str,
    /// What of the data the caption speaks of.
    of: Option<String>,
    columns: Vec<Value>,
    rows: Vec<Value>,
    note: Option<String>,
}

impl Table {
    pub(super) fn new(caption: &'static str) -> Self {
        Self { caption, of: None, columns: Vec::new(), rows: Vec::new(), note: None }
    }

    /// Names what of the data the table speaks of.
    pub(super) fn of(mut self, name: Option<String>) -> Self {
        self.of = name;
        self
    }

    /// A column of words, titled by the report.
    pub(super) fn words(mut self, title: &str) -> Self {
        self.columns.push(context! { title, number => false, data => false });
        self
    }

    /// A column of figures, titled by the report.
    pub(super) fn numbers(mut self, title: &str) -> Self {
        self.columns.push(context! { title, number => true, data => false });
        self
    }

    /// A column of figures, titled by a name from the data.
    pub(super) fn numbers_of(mut self, name: String) -> Self {
        self.columns.push(context! { title => name, number => true, data => true });
        self
    }

    /// Fills in at most `limit` rows and says how many there are when there are more.
    pub(super) fn rows<T>(
        mut self,
        say: &Say,
        limit: usize,
        rows: impl ExactSizeIterator<Item = T>,
        cells: impl Fn(T) -> Vec<Value>,
    ) -> Self {
        self.note = shown_of(say, limit, rows.len());
        self.rows = rows.take(limit).map(|row| self.row(cells(row))).collect();
        self
    }

    /// Each cell knows its column's title: on a phone a row is read as a card.
    fn row(&self, cells: Vec<Value>) -> Value {
        self.columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| context! { column => column.clone(), ..cell })
            .collect()
    }

    pub(super) fn done(self) -> Value {
        context! { caption => self.caption, of => self.of, columns => self.columns, rows => self.rows, note => self.note }
    }
}

/// `the first 15 of 40`, when not all are shown.
pub(super) fn shown_of(say: &Say, shown: usize, all: usize) -> Option<String> {
    let (shown_text, all_text) = (say.count(shown as u64), say.count(all as u64));
    (all > shown).then(|| say.fill(w!(say, "shown_of"), &[("shown", &shown_text), ("all", &all_text)]))
}

/// A name from the data.
pub(super) fn name(text: String) -> Value {
    context! { kind => "name", text, under => () }
}

/// A name with another one under it.
pub(super) fn name_under(text: String, under: String) -> Value {
    context! { kind => "name", text, under => Some(under).filter(|u| !u.is_empty()) }
}

/// Names from the data, one under the other; words of the report where there are none.
pub(super) fn names(texts: Vec<String>, none: &str) -> Value {
    let items: Vec<Value> = texts.into_iter().map(|text| context! { text, figure => () }).collect();
    context! { kind => "names", items, none }
}

/// Names from the data, each with its figure; words of the report where there are none.
pub(super) fn counted_names(items: impl Iterator<Item = (String, String)>, none: &str) -> Value {
    let items: Vec<Value> = items.map(|(text, figure)| context! { text, figure }).collect();
    context! { kind => "names", items, none }
}

/// Words of the report, or a figure.
pub(super) fn plain(text: impl Into<String>) -> Value {
    context! { kind => "plain", text => text.into(), under => () }
}

/// Words of the report with a name from the data under them.
pub(super) fn plain_under(text: impl Into<String>, under: String) -> Value {
    context! { kind => "plain", text => text.into(), under }
}

/// A figure with its interval and n.
pub(super) fn estimate(say: &Say, e: &Estimate, unit: Unit) -> Value {
    context! { kind => "estimate", reading => reading(say.estimate(e, unit)) }
}

/// Two figures to compare: of the lost, then of those who stayed.
pub(super) fn pair(first: Reading, second: Reading) -> Value {
    context! { kind => "pair", first => reading(first), second => reading(second) }
}

/// A reading as the template takes it.
pub(super) fn reading(r: Reading) -> Value {
    context! { value => r.value, range => r.range, n => r.n, known => r.known }
}
