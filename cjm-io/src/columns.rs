//! Columns of text that find out what they hold.
//!
//! Answers: whether all values of a column are whole numbers, decimals, days or times, found in one pass.
//! Does not know: rows, files, what a column means beyond its role; booleans and rarer spellings of numbers and
//! times, which stay text here: the log looks into texts of a source that knows nothing else.
//!
//! A column keeps its values as compactly as their spelling allows **and can always write the texts again**: a
//! million whole numbers and then one `n/a` give a text column with the texts as they stood. So the answer never
//! depends on where in the file the odd value stands.

use std::sync::Arc;

use cjm_core::Zone;
use cjm_core::event::{BatchColumn, Bits, Cells, Codes, Interner, Strings, TimeUnit};

use crate::stamp::{self, Clock, Spelling};

/// Powers of ten that a float holds exactly, by exponent.
const POWERS: [f64; 19] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

/// Values looked at before a column of texts that hardly recur stops looking for recurring ones.
const SAMPLE: usize = 4_096;

/// What a column is for, as far as its type goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Whole numbers when all are, else text: customers, identities, ids.
    Key,
    /// Always text: event names, channels, sources, attributes declared as text.
    Text,
    /// An exact amount where all are numbers, else text.
    Money,
    /// Whatever its values say.
    Any,
}

/// A column that is being read.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    name: Arc<str>,
    role: Role,
    values: Values,
    valid: Bits,
    any_null: bool,
}

/// Values so far; rows that are null hold zero or an unused code.
#[derive(Debug, Clone)]
enum Values {
    /// Nothing but nulls.
    Nothing,
    /// Whole numbers without leading zeros.
    Ints(Vec<i64>),
    /// Decimals as digits and how many of them stand after the point.
    Decimals { digits: Vec<i64>, scales: Vec<u8> },
    /// Times as local microseconds and an index into the spellings met.
    Times { local: Vec<i64>, how: Vec<u8>, spellings: Vec<Spelling> },
    /// Texts that recur.
    Coded { codes: Vec<u32>, table: Interner },
    /// Texts that hardly recur.
    Texts(Strings),
}

impl Column {
    pub(crate) fn new(name: &str, role: Role) -> Self {
        let values = if role == Role::Text { coded() } else { Values::Nothing };
        Self { name: name.into(), role, values, valid: Bits::default(), any_null: false }
    }

    /// Adds a value; empty text is null.
    #[inline]
    pub(crate) fn push(&mut self, text: &str) {
        let row = self.valid.len();
        if text.is_empty() {
            self.any_null = true;
            self.valid.push(false);
            self.values.push_null();
            return;
        }
        self.valid.push(true);
        if self.values.push(text) {
            return;
        }
        self.widen(row, text);
    }

    /// The value does not fit: the column becomes one that holds all values so far and this one.
    fn widen(&mut self, row: usize, text: &str) {
        let before = std::mem::replace(&mut self.values, Values::Nothing);
        self.values = match before {
            Values::Nothing => first_guess(self.role, row, text),
            Values::Ints(digits) if self.role != Role::Key && read_decimal(text).is_some() => {
                let scales = vec![0; digits.len()];
                Values::Decimals { digits, scales }
            }
            Values::Coded { codes, table } => uncode(&codes, &table, &self.valid),
            other => retext(&other, row, &self.valid),
        };
        if !self.values.push(text) {
            self.widen(row, text);
        }
    }

    /// The finished column, typed by what all its values are; times without an offset are taken in `zone`.
    pub(crate) fn finish(self, zone: Option<&Zone>) -> BatchColumn {
        let Self { name, role, values, valid, any_null } = self;
        let n = valid.len();
        let cells = match values {
            Values::Nothing => Cells::Coded { codes: Codes::U8(vec![0; n]), texts: Arc::default() },
            Values::Ints(values) if role != Role::Money => Cells::Int(values.into()),
            Values::Decimals { digits, scales } if role == Role::Any => numbers(&digits, &scales),
            Values::Ints(_) | Values::Decimals { .. } if role == Role::Money => amounts(values, &valid),
            Values::Times { local, how, spellings } if role == Role::Any => {
                match times(&local, &how, &spellings, &valid, zone) {
                    Some(cells) => cells,
                    None => text_cells(retext(&Values::Times { local, how, spellings }, n, &valid)),
                }
            }
            Values::Coded { .. } | Values::Texts(_) => text_cells(values),
            other => text_cells(retext(&other, n, &valid)),
        };
        let untyped = matches!(cells, Cells::Text(_) | Cells::Coded { .. });
        BatchColumn { name, cells, validity: any_null.then_some(valid), untyped, said_null: None }
    }
}

fn coded() -> Values {
    Values::Coded { codes: Vec::new(), table: Interner::default() }
}

/// The narrowest kind of column that holds `text`, after `row` nulls.
fn first_guess(role: Role, row: usize, text: &str) -> Values {
    if read_int(text).is_some() {
        return Values::Ints(vec![0; row]);
    }
    if role != Role::Key && read_decimal(text).is_some() {
        return Values::Decimals { digits: vec![0; row], scales: vec![0; row] };
    }
    if role == Role::Any && stamp::read(text).is_some() {
        return Values::Times { local: vec![0; row], how: vec![0; row], spellings: Vec::new() };
    }
    Values::Coded { codes: vec![u32::MAX; row], table: Interner::default() }
}

impl Values {
    fn push_null(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Ints(values) => values.push(0),
            Self::Decimals { digits, scales } => {
                digits.push(0);
                scales.push(0);
            }
            Self::Times { local, how, .. } => {
                local.push(0);
                how.push(0);
            }
            Self::Coded { codes, .. } => codes.push(u32::MAX),
            Self::Texts(texts) => texts.push(""),
        }
    }

    /// Adds a value; `false` when this kind of column can not hold its exact text.
    #[inline]
    fn push(&mut self, text: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Ints(values) => read_int(text).map(|x| values.push(x)).is_some(),
            Self::Decimals { digits, scales } => match read_decimal(text) {
                Some((d, scale)) => {
                    digits.push(d);
                    scales.push(scale);
                    true
                }
                None => false,
            },
            Self::Times { local, how, spellings } => match stamp::read(text) {
                Some((us, spelling)) => push_time(us, spelling, local, how, spellings),
                None => false,
            },
            Self::Coded { codes, table } => {
                if codes.len() >= SAMPLE && table.len() > codes.len() / 2 {
                    return false;
                }
                codes.push(table.intern(text));
                true
            }
            Self::Texts(texts) => {
                texts.push(text);
                true
            }
        }
    }
}

fn push_time(
    us: i64,
    spelling: Spelling,
    local: &mut Vec<i64>,
    how: &mut Vec<u8>,
    spellings: &mut Vec<Spelling>,
) -> bool {
    let known = spellings.iter().position(|s| *s == spelling);
    let index = known.unwrap_or(spellings.len());
    let Ok(index) = u8::try_from(index) else { return false };
    if known.is_none() {
        spellings.push(spelling);
    }
    local.push(us);
    how.push(index);
    true
}

/// The first `rows` values as texts that recur.
fn retext(values: &Values, rows: usize, valid: &Bits) -> Values {
    let mut codes = Vec::with_capacity(rows);
    let mut table = Interner::default();
    let mut text = String::new();
    for row in 0..rows {
        if !valid.get(row) {
            codes.push(u32::MAX);
            continue;
        }
        text.clear();
        write_value(values, row, &mut text);
        codes.push(table.intern(&text));
    }
    Values::Coded { codes, table }
}

fn write_value(values: &Values, row: usize, to: &mut String) {
    use std::fmt::Write;
    match values {
        Values::Ints(values) => {
            let _ = write!(to, "{}", values.get(row).copied().unwrap_or_default());
        }
        Values::Decimals { digits, scales } => {
            let pair = digits.get(row).zip(scales.get(row));
            let _ = pair.map(|(d, scale)| write_decimal(*d, *scale, to));
        }
        Values::Times { local, how, spellings } => {
            let spelling = how.get(row).and_then(|i| spellings.get(usize::from(*i)));
            let _ = local.get(row).zip(spelling).map(|(us, spelling)| stamp::write(*us, *spelling, to));
        }
        Values::Coded { codes, table } => {
            to.push_str(codes.get(row).map_or("", |c| table.strings().get(*c as usize)));
        }
        Values::Texts(texts) => to.push_str(texts.get(row)),
        Values::Nothing => {}
    }
}

fn uncode(codes: &[u32], table: &Interner, valid: &Bits) -> Values {
    let mut texts = Strings::with_capacity(codes.len() * 2, codes.len() * 16);
    for (row, code) in codes.iter().enumerate() {
        texts.push(if valid.get(row) { table.strings().get(*code as usize) } else { "" });
    }
    Values::Texts(texts)
}

fn text_cells(values: Values) -> Cells {
    match values {
        Values::Coded { codes, table } => {
            let n = table.len();
            let codes = codes.into_iter().map(|c| c.min(n.saturating_sub(1) as u32)).collect();
            Cells::Coded { codes: Codes::narrowed(codes, n), texts: Arc::new(table.into_strings()) }
        }
        Values::Texts(texts) => Cells::Text(texts),
        _ => Cells::Coded { codes: Codes::U8(Vec::new()), texts: Arc::default() },
    }
}

fn numbers(digits: &[i64], scales: &[u8]) -> Cells {
    let values = digits.iter().zip(scales).map(|(d, scale)| to_float(*d, *scale));
    Cells::Number(values.collect::<Vec<f64>>().into())
}

/// Exact amounts.
fn amounts(values: Values, valid: &Bits) -> Cells {
    let (digits, scales) = match values {
        Values::Ints(digits) => {
            let scales = vec![0; digits.len()];
            (digits, scales)
        }
        Values::Decimals { digits, scales } => (digits, scales),
        other => return text_cells(retext(&other, valid.len(), valid)),
    };
    let exact = digits.iter().zip(&scales).map(|(d, scale)| {
        rust_decimal::Decimal::try_from_i128_with_scale(i128::from(*d), u32::from(*scale)).unwrap_or_default()
    });
    Cells::Money(exact.collect::<Vec<_>>().into())
}

/// Days or instants; `None` when days and times mix, or a time lacks both offset and zone.
fn times(
    local: &[i64],
    how: &[u8],
    spellings: &[Spelling],
    valid: &Bits,
    zone: Option<&Zone>,
) -> Option<Cells> {
    if spellings.iter().all(|s| s.is_date()) {
        let days = local.iter().map(|us| us.div_euclid(cjm_core::base::time::DAY_US) as i32);
        return Some(Cells::Date(days.collect::<Vec<i32>>().into()));
    }
    if spellings.iter().any(|s| s.is_date()) {
        return None;
    }
    let mut clock = Clock::new(zone.cloned());
    let mut ticks = Vec::with_capacity(local.len());
    for (row, (us, index)) in local.iter().zip(how).enumerate() {
        let spelling = spellings.get(usize::from(*index))?;
        ticks.push(if valid.get(row) { clock.instant(*us, *spelling)? } else { 0 });
    }
    Some(Cells::Time { ticks: ticks.into(), unit: TimeUnit::Micro })
}

/// A whole number as a table would write it again: no plus, no leading zeros, no `-0`.
#[inline]
pub(crate) fn read_int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let plain = match digits {
        [b'0'] => return (digits.len() == text.len()).then_some(0),
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !plain {
        return None;
    }
    if digits.len() < 19 {
        let value = digits.iter().fold(0_i64, |x, b| x * 10 + i64::from(b - b'0'));
        return Some(if digits.len() < text.len() { -value } else { value });
    }
    text.parse().ok()
}

/// A decimal of at most 18 digits, or a whole number, as digits and scale.
#[inline]
fn read_decimal(text: &str) -> Option<(i64, u8)> {
    let Some((whole, fraction)) = text.split_once('.') else { return read_int(text).map(|x| (x, 0)) };
    let bare = whole.strip_prefix('-').unwrap_or(whole);
    let natural = bare == "0" || !bare.starts_with('0');
    let n = bare.len() + fraction.len();
    if bare.is_empty() || fraction.is_empty() || !natural || n > 18 {
        return None;
    }
    let mut digits = 0_i64;
    for b in bare.bytes().chain(fraction.bytes()) {
        if !b.is_ascii_digit() {
            return None;
        }
        digits = digits * 10 + i64::from(b - b'0');
    }
    let negative = bare.len() < whole.len();
    // a negative zero could not be written again
    if negative && digits == 0 {
        None
    } else {
        Some((if negative { -digits } else { digits }, fraction.len() as u8))
    }
}

fn write_decimal(digits: i64, scale: u8, to: &mut String) {
    use std::fmt::Write;
    let unit = 10_u64.pow(u32::from(scale.min(18)));
    let sign = if digits < 0 { "-" } else { "" };
    let all = digits.unsigned_abs();
    let _ = match scale {
        0 => write!(to, "{digits}"),
        _ => write!(to, "{sign}{}.{:0width$}", all / unit, all % unit, width = usize::from(scale)),
    };
}

/// The float nearest to the decimal.
fn to_float(digits: i64, scale: u8) -> f64 {
    // both operands are exact below 2^53 and 10^22, and one division rounds once
    if let Some(unit) = POWERS.get(usize::from(scale)).filter(|_| digits.unsigned_abs() < 1 << 53) {
        return digits as f64 / unit;
    }
    let mut text = String::new();
    write_decimal(digits, scale, &mut text);
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use cjm_core::Zone;
    use proptest::prelude::*;

    use super::*;

    fn finish(role: Role, values: &[&str], zone: Option<&str>) -> BatchColumn {
        let mut column = Column::new("x", role);
        values.iter().for_each(|v| column.push(v));
        column.finish(zone.map(|z| Zone::named(z).unwrap()).as_ref())
    }

    fn kind(role: Role, values: &[&str], zone: Option<&str>) -> &'static str {
        match finish(role, values, zone).cells {
            Cells::Text(_) | Cells::Coded { .. } => "text",
            Cells::Int(_) => "int",
            Cells::Number(_) => "number",
            Cells::Money(_) => "money",
            Cells::Bool(_) => "bool",
            Cells::Time { .. } => "time",
            Cells::Date(_) => "date",
            Cells::Mixed(_) => "mixed",
        }
    }

    #[test]
    fn columns_find_out_what_they_hold() {
        for (values, expected) in [
            (&["1", "-2", "", "9223372036854775807"][..], "int"),
            (&["1", "9223372036854775808"], "text"),
            (&["1", "2.50", "-0.5"], "number"),
            (&["1.5e-05", "2"], "text"),
            (&["-0", "1"], "text"),
            (&["true", "False", ""], "text"),
            (&["2026-03-01", "2024-02-29"], "date"),
            (&["2026-03-01T12:00Z", "2026-03-01 12:00:00.5+02:00"], "time"),
            (&["2026-03-01T12:00:00.1234567Z", ""], "text"),
            (&["2026-03-01T12:00:00"], "text"),
            (&["2026-03-01", "2026-03-01T12:00:00Z"], "text"),
            (&["2026-02-30"], "text"),
            (&["007", "1"], "text"),
            (&["1,000"], "text"),
            (&["0x10"], "text"),
            (&["1e400"], "text"),
            (&["１２"], "text"),
            (&["+1"], "text"),
            (&["", ""], "text"),
            (&[], "text"),
        ] {
            assert_eq!(kind(Role::Any, values, None), expected, "{values:?}");
        }
        assert_eq!(kind(Role::Any, &["2026-03-01T12:00:00"], Some("UTC")), "time");
        assert_eq!(kind(Role::Key, &["1", "2"], None), "int");
        assert_eq!(kind(Role::Key, &["1", "2.5"], None), "text");
        assert_eq!(kind(Role::Key, &["01"], None), "text");
        assert_eq!(kind(Role::Text, &["1", "2"], None), "text");
        assert_eq!(kind(Role::Money, &["1", "2.50"], None), "money");
        assert_eq!(kind(Role::Money, &["1", "x"], None), "text");
    }

    fn texts(column: &BatchColumn) -> Vec<String> {
        (0..column.cells.len())
            .map(|row| match &column.cells {
                _ if !column.is_valid(row) => String::new(),
                Cells::Text(texts) => texts.get(row).to_owned(),
                Cells::Coded { codes, texts } => texts.get(codes.get(row) as usize).to_owned(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn amounts_and_floats_are_exact() {
        let Cells::Money(m) = finish(Role::Money, &["38.10", "-0.05", "7"], None).cells else { panic!() };
        assert_eq!(m.iter().map(ToString::to_string).collect::<Vec<_>>(), ["38.10", "-0.05", "7"]);
        let values = ["0.1", "123456789.123456789", "9007199254740993.5", "-2.675"];
        let Cells::Number(x) = finish(Role::Any, &values, None).cells else { panic!() };
        assert_eq!(x.to_vec(), values.map(|v| v.parse::<f64>().unwrap()));
    }

    #[test]
    fn many_different_texts_lose_their_dictionary_and_nothing_else() {
        let values: Vec<String> =
            (0..20_000).map(|i| if i % 7 == 0 { String::new() } else { format!("t{i}") }).collect();
        let refs: Vec<&str> = values.iter().map(String::as_str).collect();
        let column = finish(Role::Any, &refs, None);
        assert!(matches!(column.cells, Cells::Text(_)));
        assert_eq!(texts(&column), values);
    }

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            any::<i64>().prop_map(|x| x.to_string()),
            "-?[0-9]{1,3}(\\.[0-9]{1,4})?",
            "20[0-9]{2}-0[1-9]-1[0-9]([T ]1[0-9]:00(:0[0-9](\\.[0-9]{1,7})?)?(Z|\\+0[0-9]:30)?)?",
            "true|False|abc|é味",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn a_text_column_holds_every_text_as_it_stood(mut cells in prop::collection::vec(cell(), 0..40)) {
            cells.push("n/a".into());
            let refs: Vec<&str> = cells.iter().map(String::as_str).collect();
            for role in [Role::Any, Role::Key, Role::Money, Role::Text] {
                prop_assert_eq!(&texts(&finish(role, &refs, Some("UTC"))), &cells);
            }
        }

        #[test]
        fn the_type_does_not_depend_on_the_order(cells in prop::collection::vec(cell(), 0..12)) {
            let refs: Vec<&str> = cells.iter().map(String::as_str).collect();
            let mut sorted = refs.clone();
            sorted.sort_unstable();
            for role in [Role::Any, Role::Key, Role::Money] {
                prop_assert_eq!(kind(role, &refs, Some("UTC")), kind(role, &sorted, Some("UTC")));
            }
        }
    }
}
