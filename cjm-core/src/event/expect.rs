//! What the events of a batch declare for its columns.
//!
//! Answers: the declared type of an attribute in a row, values nobody declared, values that are missing.
//! Does not know: how values are converted.

use std::sync::Arc;

use super::batch::BatchColumn;
use super::bits::Bits;
use super::cells::{Cells, Codes};
use super::judge::Rules;
use super::marks::{Marks, Tally, has_value};
use super::reject::Reason;
use super::strings::Strings;
use crate::blueprint::model::AttributeType;

/// The event that sets the profile.
const PROFILE_SET: &str = "profile_set";

/// The events of a batch by the code of their name. Without a blueprint it says nothing about any.
pub(super) struct Events<'a> {
    rules: Rules<'a>,
    codes: Option<(Codes, Arc<Strings>)>,
    constant: &'a str,
    /// Rows that set the profile, where nulls are said: only there a null is more than silence.
    profile: Option<Bits>,
}

/// What one event declares for one attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Whether the event is declared at all.
    known: bool,
    /// The attribute's type, when the event declares it.
    pub(super) declared: Option<&'a AttributeType>,
}

impl<'a> Events<'a> {
    /// Looks at the name column, which is coded; without one all rows are the event of the options.
    pub(super) fn of(name: Option<&BatchColumn>, says_null: bool, rules: Rules<'a>) -> Self {
        let constant = rules.options.event_name.as_deref().unwrap_or("");
        let profile = |row: usize| match name.map(|column| &column.cells) {
            Some(Cells::Coded { codes, texts }) => texts.get(codes.get(row) as usize) == PROFILE_SET,
            _ => constant == PROFILE_SET,
        };
        let n_rows = name.map_or(0, |column| column.cells.len());
        let profile = says_null.then(|| (0..n_rows).map(profile).collect());
        let codes = match name.map(|column| &column.cells) {
            Some(Cells::Coded { codes, texts }) if rules.declared.is_some() => {
                Some((codes.clone(), Arc::clone(texts)))
            }
            _ => None,
        };
        Self { rules, codes, constant, profile }
    }

    /// Rows in which the column says of a field of the profile that it is null, which clears it.
    pub(super) fn cleared(&self, column: &BatchColumn) -> Option<Bits> {
        let (said, profile) = (column.said_null.as_ref()?, self.profile.as_ref()?);
        let declared = self.rules.declared.and_then(|declared| declared.event(PROFILE_SET));
        if declared.is_some_and(|fields| !fields.contains_key(&*column.name)) {
            return None;
        }
        let cleared: Bits = (0..said.len()).map(|row| said.get(row) && profile.get(row)).collect();
        Some(cleared).filter(|cleared| cleared.count_ones() > 0)
    }

    fn n_names(&self) -> usize {
        self.codes.as_ref().map_or(1, |(_, texts)| texts.len())
    }

    fn name(&self, code: usize) -> &str {
        self.codes.as_ref().map_or(self.constant, |(_, texts)| texts.get(code))
    }

    fn code(&self, row: usize) -> usize {
        self.codes.as_ref().map_or(0, |(codes, _)| codes.get(row) as usize)
    }

    /// What each event name declares for an attribute; `None` without a blueprint.
    pub(super) fn expect(&self, attribute: &str) -> Option<Vec<Expected<'a>>> {
        let declared = self.rules.declared?;
        let expected = |code: usize| {
            let event = declared.event(self.name(code));
            Expected { known: event.is_some(), declared: event.and_then(|e| e.get(attribute)) }
        };
        Some((0..self.n_names()).map(expected).collect())
    }

    /// What the event of a row declares.
    pub(super) fn of_row<'e>(&self, expected: &'e [Expected<'a>], row: usize) -> Option<&'e Expected<'a>> {
        expected.get(self.code(row))
    }

    /// Counts values that their event does not declare, and declared values that are missing.
    pub(super) fn count(&self, column: &BatchColumn, expected: &[Expected<'a>], marks: &mut Marks<'_>) {
        let mut tally = Tally::new(expected.len());
        for row in (0..marks.n_rows()).filter(|row| !marks.is_bad(*row)) {
            let present = has_value(column, row);
            match self.of_row(expected, row) {
                Some(Expected { known: true, declared: None }) if present => {
                    tally.add(Reason::AttributeUndeclared, self.code(row), row);
                }
                Some(Expected { declared: Some(declared), .. }) if !present && !declared.optional => {
                    tally.add(Reason::AttributeMissing, self.code(row), row);
                }
                _ => {}
            }
        }
        tally.tell(|code| self.name(code), &column.name, marks);
    }

    /// Counts rows whose event is not declared.
    pub(super) fn count_unknown(&self, marks: &mut Marks<'_>) {
        let Some(declared) = self.rules.declared else { return };
        let known: Vec<bool> =
            (0..self.n_names()).map(|code| declared.event(self.name(code)).is_some()).collect();
        let mut tally = Tally::new(known.len());
        if known.contains(&false) {
            for row in (0..marks.n_rows()).filter(|row| !marks.is_bad(*row)) {
                if known.get(self.code(row)) == Some(&false) {
                    tally.add(Reason::EventUndeclared, self.code(row), row);
                }
            }
        }
        tally.tell(|code| self.name(code), "", marks);
    }
}
