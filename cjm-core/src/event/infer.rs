//! Which type the values of a column have when nobody declared it.
//!
//! Answers: the narrowest type that every value fits, without losing a digit of what was written.
//! Does not know: declared types, other columns.

use super::batch::BatchColumn;
use super::cells::Cells;
use super::layout::Target;
use super::strings::Strings;
use crate::base::value::Value;
use crate::base::zone::{Date, Zone, parse_instant};

/// The types that all values seen so far fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds(Option<u8>);

const BOOL: u8 = 1;
const INT: u8 = 2;
const NUMBER: u8 = 4;
const MONEY: u8 = 8;
const DATE: u8 = 16;
const TIME: u8 = 32;
const TEXT: u8 = 64;

impl Kinds {
    /// The types that both fit.
    pub(super) fn join(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a & b)),
            (a, b) => Self(a.or(b)),
        }
    }

    /// The narrowest type; text when there was no value, mixed when nothing fits all of them.
    pub(super) fn target(self) -> Target {
        const ORDER: [(u8, Target); 7] = [
            (BOOL, Target::Bool),
            (INT, Target::Int),
            (NUMBER, Target::Number),
            (MONEY, Target::Money),
            (DATE, Target::Date),
            (TIME, Target::Time),
            (TEXT, Target::Text),
        ];
        let Some(kinds) = self.0 else { return Target::Text };
        ORDER.iter().find(|(kind, _)| kinds & kind != 0).map_or(Target::Mixed, |(_, target)| *target)
    }
}

/// The types that every value of the column fits. Texts of an untyped source are looked into; an empty one is null.
pub(super) fn infer(column: &BatchColumn, zone: Option<&Zone>) -> Kinds {
    let kinds = match &column.cells {
        Cells::Coded { texts, .. } if column.untyped => return of_texts(texts, zone),
        Cells::Text(texts) if column.untyped => return of_texts(texts, zone),
        Cells::Coded { texts, .. } if texts.is_empty() => return Kinds(None),
        Cells::Coded { .. } | Cells::Text(_) => TEXT,
        Cells::Int(_) => INT | NUMBER,
        Cells::Number(_) => NUMBER,
        Cells::Money(_) => MONEY,
        Cells::Bool(_) => BOOL,
        Cells::Time { .. } => TIME,
        Cells::Date(_) => DATE,
        Cells::Mixed(values) => return values.iter().map(of_value).fold(Kinds(None), Kinds::join),
    };
    if column.cells.is_empty() { Kinds(None) } else { Kinds(Some(kinds)) }
}

fn of_texts(texts: &Strings, zone: Option<&Zone>) -> Kinds {
    let mut all = Kinds(None);
    for text in texts.iter().filter(|text| !text.is_empty()) {
        all = all.join(Kinds(Some(of_text(text, zone))));
        if all.0 == Some(TEXT) {
            break;
        }
    }
    all
}

fn of_value(value: &Value) -> Kinds {
    Kinds(Some(match value {
        Value::Null => return Kinds(None),
        Value::Bool(_) => BOOL,
        Value::Int(_) => INT | NUMBER,
        Value::Number(_) => NUMBER,
        Value::Text(_) => TEXT,
        Value::Money(_) => MONEY,
        Value::Time(_) => TIME,
        Value::Date(_) => DATE,
        Value::Duration(_) | Value::List(_) | Value::Record(_) => 0,
    }))
}

fn of_text(text: &str, zone: Option<&Zone>) -> u8 {
    let first = text.bytes().next().unwrap_or(b' ');
    if !first.is_ascii_digit() && first != b'-' {
        return if bool_of(text).is_some() { BOOL | TEXT } else { TEXT };
    }
    if int_of(text).is_some() {
        return INT | NUMBER | TEXT;
    }
    if number_of(text).is_some() {
        return NUMBER | TEXT;
    }
    if Date::parse(text).is_ok() {
        return DATE | TEXT;
    }
    if text.len() > 10 && parse_instant(text, zone).is_ok() { TIME | TEXT } else { TEXT }
}

/// `true` or `false`, in any case.
pub(super) fn bool_of(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number that prints as it was written: no leading zeros, no plus sign.
pub(super) fn int_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = match digits.as_bytes() {
        [b'0'] => !text.starts_with('-'),
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if canonical { text.parse().ok() } else { None }
}

/// A finite number as JSON writes it. Whole numbers of more digits than a float holds are none.
pub(super) fn number_of(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
    let fits = match digits.as_bytes() {
        [b'0', rest @ ..] => rest.first().is_none_or(|b| matches!(b, b'.' | b'e' | b'E')),
        [b'1'..=b'9', ..] => digits.len() > whole || whole <= 15,
        _ => false,
    };
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if fits && plain && !digits.ends_with('.') {
        text.parse().ok().filter(|x: &f64| x.is_finite())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::BatchColumn;

    fn kind(texts: &[&str]) -> Target {
        let cells = Cells::Text(texts.iter().collect());
        infer(&BatchColumn { untyped: true, ..BatchColumn::new("c", cells) }, None).target()
    }

    #[test]
    fn the_narrowest_type_that_loses_nothing() {
        for (texts, target) in [
            (&["1", "-20", ""][..], Target::Int),
            (&["1", "2.50"], Target::Number),
            (&["1e3"], Target::Number),
            (&["007"], Target::Text),
            (&["+5"], Target::Text),
            (&["-0"], Target::Number),
            (&["12345678901234567890"], Target::Text),
            (&["9223372036854775807"], Target::Int),
            (&["True", "FALSE"], Target::Bool),
            (&["true", "1"], Target::Text),
            (&["2026-03-01", "2026-12-31"], Target::Date),
            (&["2026-03-01T10:00:00Z"], Target::Time),
            (&["2026-03-01 10:00:00"], Target::Text),
            (&["1", "x"], Target::Text),
            (&["NaN"], Target::Text),
            (&["1e400"], Target::Text),
            (&["１２"], Target::Text),
            (&["1,000"], Target::Text),
            (&["", ""], Target::Text),
        ] {
            assert_eq!(kind(texts), target, "{texts:?}");
        }
    }

    #[test]
    fn typed_columns_keep_their_type() {
        let typed = |cells| infer(&BatchColumn::new("c", cells), None);
        assert_eq!(typed(Cells::Text(["1"].iter().collect())).target(), Target::Text);
        let int = typed(Cells::Int(vec![1].into()));
        let number = typed(Cells::Number(vec![1.5].into()));
        assert_eq!(int.join(number).target(), Target::Number);
        assert_eq!(int.join(typed(Cells::Text(["x"].iter().collect()))).target(), Target::Mixed);
        assert_eq!(Kinds::default().join(int).target(), Target::Int);
    }
}
