//! Rows that did not become events, and what else was counted while reading: by reason, with the first examples.
//!
//! Answers: how many rows, why, which lines. Does not know: how a reason is found out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::catalogue::{Entry, log as words};
use crate::base::finding::{Finding, Position};
use crate::base::value::ValueRef;
use crate::error::{Error, ErrorCode};

/// Examples kept of each reason.
pub const MAX_EXAMPLES: usize = 5;
/// Longest example text in characters; longer ones are cut and end in `…`.
const MAX_EXAMPLE_CHARS: usize = 80;
/// Different (reason, column) pairs kept apart; beyond it the column is left out.
const MAX_KINDS: usize = 1_024;

/// Declares the reasons with their words and what they mean for the row.
macro_rules! reasons {
    ($( $(#[$doc:meta])* $name:ident = $entry:ident, $effect:ident; )+) => {
        /// Why a row was not taken, or what else was noticed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Reason { $( $(#[$doc])* $name, )+ }

        impl Reason {
            /// Every reason in its stated order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The words behind the reason.
            pub fn entry(self) -> &'static Entry {
                match self { $(Self::$name => &words::$entry,)+ }
            }

            /// What the reason means for the row.
            pub const fn effect(self) -> Effect {
                match self { $(Self::$name => Effect::$effect,)+ }
            }
        }
    };
}

/// What a reason means for its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The row is not in the log.
    Rejected,
    /// The row is not in the log because the log has it already.
    Repeated,
    /// The row is in the log.
    Noticed,
}

reasons! {
    /// An identity of a kind that the blueprint does not declare, left out.
    IdentityUndeclared = IDENTITY_UNDECLARED, Noticed;
    /// No customer.
    MissingCustomer = MISSING_CUSTOMER, Rejected;
    /// No event name.
    MissingEvent = MISSING_EVENT, Rejected;
    /// No time.
    MissingTime = MISSING_TIME, Rejected;
    /// Not a time.
    BadTime = BAD_TIME, Rejected;
    /// A number as time and no unit named.
    TimeWithoutUnit = TIME_WITHOUT_UNIT, Rejected;
    /// A time without offset and no zone named.
    TimeWithoutZone = TIME_WITHOUT_ZONE, Rejected;
    /// Second 60.
    LeapSecond = LEAP_SECOND, Rejected;
    /// The offset contradicts the zone.
    OffsetContradiction = OFFSET_CONTRADICTION, Rejected;
    /// Before the year 1 or after 9999-12-30T22:00Z, the last instant that every zone can show.
    TimeOutOfRange = TIME_OUT_OF_RANGE, Rejected;
    /// An id or name beyond 128 bytes.
    IdTooLong = ID_TOO_LONG, Rejected;
    /// A text beyond 8 KiB.
    TextTooLong = TEXT_TOO_LONG, Rejected;
    /// More than 64 attributes.
    TooManyAttributes = TOO_MANY_ATTRIBUTES, Rejected;
    /// More than 64 KiB.
    EventTooLarge = EVENT_TOO_LARGE, Rejected;
    /// Not of the declared type.
    WrongType = WRONG_TYPE, Rejected;
    /// NaN or infinite.
    NotFinite = NOT_FINITE, Rejected;
    /// Bytes that are no text.
    BadText = BAD_TEXT, Rejected;
    /// A row that can not be read at all.
    BadRow = BAD_ROW, Rejected;
    /// Same source and id, another body.
    Conflict = EVENT_CONFLICT, Rejected;
    /// Same source and id, same body.
    Repeat = EVENT_REPEAT, Repeated;
    /// Finer than a microsecond, floored.
    TimeFloored = TIME_FLOORED, Noticed;
    /// An attribute its event does not declare, dropped.
    AttributeUndeclared = ATTRIBUTE_UNDECLARED, Noticed;
    /// A declared attribute that is missing.
    AttributeMissing = ATTRIBUTE_MISSING, Noticed;
    /// An event the blueprint does not declare, kept.
    EventUndeclared = EVENT_UNDECLARED, Noticed;
    /// Attributes nested in an attribute, left out.
    NestedLeftOut = NESTED_LEFT_OUT, Noticed;
}

impl Reason {
    /// The reason as a finding about the value of a column.
    pub fn of_value(self, column: &str, value: ValueRef<'_>) -> Finding {
        Finding::new(self.entry(), column, Position::default())
            .with("column", column)
            .with("text", cut(&super::cast::show(value)))
    }

    /// The stable slug.
    pub fn slug(self) -> &'static str {
        self.entry().code
    }
}

/// One example: where, and the text that is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    /// Line of a text file (from 1, the header included) or row of a table (from 1).
    pub line: u64,
    /// The text that is meant, cut to 80 characters.
    pub text: String,
}

/// The rows of one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRows {
    /// Why.
    pub reason: Reason,
    /// The column or attribute that is meant; empty where the whole row is.
    pub column: Arc<str>,
    /// How many.
    pub count: u64,
    /// The first five by line.
    pub examples: Vec<Example>,
}

impl RejectedRows {
    /// The rows as a finding that shows the first example.
    pub fn finding(&self) -> Finding {
        let first = self.examples.first();
        let line = first.map_or(0, |e| u32::try_from(e.line).unwrap_or(u32::MAX));
        Finding::new(self.reason.entry(), self.column.as_ref(), Position { line, column: 1 })
            .with("column", self.column.as_ref())
            .with("text", first.map_or("", |e| e.text.as_str()))
    }
}

/// What was counted while reading: rejected rows, repeats and notices, by reason and column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rejected {
    kinds: BTreeMap<(Reason, Arc<str>), (u64, Vec<Example>)>,
    /// Rejected rows by the event that they say they are.
    events: BTreeMap<Arc<str>, u64>,
}

impl Rejected {
    /// Counts one row.
    pub fn add(&mut self, reason: Reason, column: &str, line: u64, text: &str) {
        self.add_many(reason, column, 1, line, text);
    }

    /// Counts `count` rows of which the first is at `line`.
    pub fn add_many(&mut self, reason: Reason, column: &str, count: u64, line: u64, text: &str) {
        let entry = self.kind(reason, column);
        entry.0 += count;
        let full = entry.1.len() >= MAX_EXAMPLES;
        if !full || entry.1.last().is_some_and(|e| line < e.line) {
            entry.1.push(Example { line, text: cut(text) });
            entry.1.sort();
            entry.1.truncate(MAX_EXAMPLES);
        }
    }

    /// Counts rejected rows of an event. Of more names than are kept the first by text stay, whatever the order of rows.
    pub(super) fn add_event(&mut self, name: &str, count: u64) {
        match self.events.get_mut(name) {
            Some(known) => *known += count,
            None => drop(self.events.insert(name.into(), count)),
        }
        if self.events.len() > MAX_KINDS {
            self.events.pop_last();
        }
    }

    /// How many rows of an event were rejected for what they say. Of 1,024 names at most, the first by text.
    pub fn n_of_event(&self, name: &str) -> u64 {
        self.events.get(name).copied().unwrap_or(0)
    }

    fn kind(&mut self, reason: Reason, column: &str) -> &mut (u64, Vec<Example>) {
        let known = self.kinds.len() < MAX_KINDS;
        let mut key = (reason, Arc::from(column));
        if !known && !self.kinds.contains_key(&key) {
            key.1 = Arc::from("");
        }
        self.kinds.entry(key).or_default()
    }

    /// Adds what another part of the rows gave; the result does not depend on the order of parts.
    pub fn merge(&mut self, other: &Self) {
        for ((reason, column), (count, examples)) in &other.kinds {
            let entry = self.kind(*reason, column);
            entry.0 += count;
            entry.1.extend(examples.iter().cloned());
            entry.1.sort();
            entry.1.truncate(MAX_EXAMPLES);
        }
        other.events.iter().for_each(|(name, count)| self.add_event(name, *count));
    }

    /// Everything counted, ordered by reason (as [`Reason::ALL`]), then column.
    pub fn all(&self) -> impl Iterator<Item = RejectedRows> + '_ {
        self.kinds.iter().map(|((reason, column), (count, examples))| RejectedRows {
            reason: *reason,
            column: Arc::clone(column),
            count: *count,
            examples: examples.clone(),
        })
    }

    /// Rows that are not in the log and should have been, in the order of [`Rejected::all`].
    pub fn rejected(&self) -> Vec<RejectedRows> {
        self.all().filter(|rows| rows.reason.effect() == Effect::Rejected).collect()
    }

    /// Repeats and notices: nothing is missing for them, in the order of [`Rejected::all`].
    pub fn noticed(&self) -> Vec<RejectedRows> {
        self.all().filter(|rows| rows.reason.effect() != Effect::Rejected).collect()
    }

    /// How many rows were rejected (a row is counted for one reason only).
    pub fn n_rejected(&self) -> u64 {
        self.total(Effect::Rejected)
    }

    /// How many rows repeat an event of the log.
    pub fn n_repeated(&self) -> u64 {
        self.total(Effect::Repeated)
    }

    fn total(&self, effect: Effect) -> u64 {
        self.kinds.iter().filter(|((r, _), _)| r.effect() == effect).map(|(_, (count, _))| count).sum()
    }

    /// Rows counted for one reason.
    pub fn count(&self, reason: Reason) -> u64 {
        self.kinds.iter().filter(|((r, _), _)| *r == reason).map(|(_, (count, _))| count).sum()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// What `strict` makes of it: the first row that was rejected, or that the blueprint does not know, as an error.
    pub fn strict_error(&self) -> Option<Error> {
        self.strict_row().map(|(line, error)| error.at_row(line))
    }

    /// The line of that row, and the error without it.
    pub fn strict_row(&self) -> Option<(u64, Error)> {
        let strict = |reason: Reason| {
            reason.effect() == Effect::Rejected
                || matches!(
                    reason,
                    Reason::IdentityUndeclared
                        | Reason::AttributeUndeclared
                        | Reason::AttributeMissing
                        | Reason::EventUndeclared
                )
        };
        let first = self
            .all()
            .filter(|rows| strict(rows.reason))
            .min_by_key(|rows| rows.examples.first().map_or(u64::MAX, |e| e.line))?;
        let code = if first.reason == Reason::Conflict { ErrorCode::Conflict } else { ErrorCode::BadEvent };
        let line = first.examples.first().map_or(0, |e| e.line);
        Some((line, Error::of_finding(code, first.finding())))
    }
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_EXAMPLE_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_the_first_lines_however_they_arrive() {
        let mut a = Rejected::default();
        let mut b = Rejected::default();
        for line in (1..=20).rev() {
            a.add(Reason::BadTime, "when", line, "x");
            if line % 2 == 0 { &mut a } else { &mut b }.add(Reason::WrongType, "n", line, "y");
        }
        let mut ab = a.clone();
        ab.merge(&b);
        let mut ba = b.clone();
        ba.merge(&a);
        assert_eq!(ab, ba);
        let rows = ab.rejected();
        assert_eq!(
            rows.iter().map(|r| (r.reason, r.count)).collect::<Vec<_>>(),
            [(Reason::BadTime, 20), (Reason::WrongType, 20)]
        );
        assert!(rows.iter().all(|r| r.examples.iter().map(|e| e.line).eq(1..=5)));
        assert_eq!(ab.n_rejected(), 40);
    }

    #[test]
    fn names_of_rejected_rows_stay_bounded_whatever_their_order() {
        let count = |names: &mut dyn Iterator<Item = u32>| {
            let mut rows = Rejected::default();
            names.for_each(|i| rows.add_event(&format!("e{i:05}"), 1));
            rows
        };
        let (up, down) = (count(&mut (0..3_000).chain(0..3_000)), count(&mut (0..3_000).rev()));
        let mut both = down.clone();
        both.merge(&down);
        assert_eq!((&both, both.events.len()), (&up, MAX_KINDS));
        assert_eq!((up.n_of_event("e00007"), up.n_of_event("e02999")), (2, 0));
    }

    #[test]
    fn strict_names_the_first_row() {
        let mut rows = Rejected::default();
        rows.add(Reason::Repeat, "id", 1, "e1");
        assert!(rows.strict_error().is_none());
        rows.add(Reason::WrongType, "amount", 9, "abc");
        rows.add(Reason::Conflict, "id", 7, "e1");
        let error = rows.strict_error().unwrap();
        assert_eq!(error.to_string(), "conflict: row 7: the event `e1` was seen before with another body");
    }

    #[test]
    fn a_flood_of_columns_stays_bounded() {
        let mut rows = Rejected::default();
        for i in 0..5_000 {
            rows.add(Reason::WrongType, &format!("c{i}"), i, &"长".repeat(500));
        }
        assert!(rows.all().count() <= MAX_KINDS + 1);
        assert_eq!(rows.n_rejected(), 5_000);
        assert!(rows.all().all(|r| r.examples.iter().all(|e| e.text.chars().count() <= 81)));
    }
}
