//! One list of texts for a column of the whole log, from the lists of its batches.
//!
//! Answers: the code of every text, in the order in which good rows brought them. Does not know: the order of events.

use std::sync::Arc;

use super::batch::BatchColumn;
use super::cells::{Cells, Codes};
use super::judge::Judged;
use super::strings::{Interner, Strings};

/// The texts of a column and how the batches' own codes map to them.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    pub(super) texts: Strings,
    pub(super) batches: Vec<Mapping>,
}

/// From a batch to the codes of the log.
#[derive(Debug)]
pub(super) enum Mapping {
    /// By the batch's own code.
    ByCode(Vec<u32>),
    /// By row, for plain texts.
    ByRow(Vec<u32>),
    /// The batch has no such column, or no text in it.
    Nothing,
}

/// The code of a text that no good row has.
const UNUSED: u32 = u32::MAX;

impl Dictionary {
    /// The texts of one field over all batches.
    pub(super) fn of(batches: &[Judged], field: usize) -> Self {
        let mut table = Interner::default();
        let mut before: Option<(Arc<Strings>, Vec<u32>)> = None;
        let mut all = Vec::with_capacity(batches.len());
        for batch in batches {
            let column = batch.fields.get(field).and_then(Option::as_ref);
            all.push(match column.map(|column| (column, &column.cells)) {
                Some((column, Cells::Coded { codes, texts })) => {
                    // slices of one array share their texts: go on from the codes known already
                    let known = before.take().filter(|(shared, _)| Arc::ptr_eq(shared, texts));
                    let mut map = known.map_or_else(|| vec![UNUSED; texts.len()], |(_, map)| map);
                    by_code(batch, column, codes, texts, &mut table, &mut map);
                    before = Some((Arc::clone(texts), map.clone()));
                    Mapping::ByCode(map)
                }
                Some((column, Cells::Text(texts))) => {
                    Mapping::ByRow(by_row(batch, column, texts, &mut table))
                }
                _ => Mapping::Nothing,
            });
        }
        let mut texts = table.into_strings();
        texts.shrink();
        Self { texts, batches: all }
    }
}

fn is_good(batch: &Judged, column: &BatchColumn, row: usize) -> bool {
    column.is_valid(row) && !batch.bad.as_ref().is_some_and(|bad| bad.get(row))
}

fn by_code(
    batch: &Judged,
    column: &BatchColumn,
    codes: &Codes,
    texts: &Strings,
    table: &mut Interner,
    map: &mut [u32],
) {
    let mut missing = map.iter().filter(|code| **code == UNUSED).count();
    for (row, code) in codes.iter().enumerate() {
        if missing == 0 {
            return;
        }
        let Some(slot) = map.get_mut(code as usize).filter(|slot| **slot == UNUSED) else { continue };
        if is_good(batch, column, row) {
            *slot = table.intern(texts.get(code as usize));
            missing -= 1;
        }
    }
}

fn by_row(batch: &Judged, column: &BatchColumn, texts: &Strings, table: &mut Interner) -> Vec<u32> {
    let code = |(row, text): (usize, &str)| if is_good(batch, column, row) { table.intern(text) } else { 0 };
    texts.iter().enumerate().map(code).collect()
}
