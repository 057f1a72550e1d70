//! How one part of a condition is read from one column of a log, a block of rows at a time.
//!
//! Answers: for which rows of a block the part holds and for which it may be other than false, straight from codes
//! and numbers. Does not know: parts that look at several names or at what only a row by itself tells.

use std::cmp::Ordering;
use std::ops::Range;

use rust_decimal::Decimal;

use super::plane::{self, BLOCK, NONE, Plane, fill};
use crate::base::money;
use crate::base::par;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::event::{Bits, Codes, ColumnData, Strings};
use crate::expr::parts::{Constant, Part};
use crate::expr::{Fault, Scope};

/// What a part says: `may` is true where it holds or ends in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) holds: bool,
    pub(super) may: bool,
}

/// What a part says of the rows of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdicts {
    pub(super) holds: Plane,
    pub(super) may: Plane,
}

impl Verdict {
    pub(super) fn of(result: Result<bool, Fault>) -> Self {
        Self { holds: result == Ok(true), may: result != Ok(false) }
    }

    pub(super) fn fails(self) -> bool {
        self.may && !self.holds
    }
}

/// A part read from a column; where the column has no value from somewhere else.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    test: Test<'a>,
    valid: Option<&'a Bits>,
    null: Null<'a>,
}

/// What a part says of rows without a value.
#[derive(Debug)]
enum Null<'a> {
    Says(Verdict),
    Reads(Box<Reading<'a>>),
}

/// How rows with a value are read.
#[derive(Debug)]
enum Test<'a> {
    /// All of them say the same.
    Same(Verdict),
    Codes {
        codes: &'a Codes,
        holds: CodeSet,
        /// Where it may be other than false, when that is not where it holds.
        may: Option<CodeSet>,
    },
    Flags {
        bits: &'a Bits,
        yes: Verdict,
        no: Verdict,
    },
    Ints(&'a [i64], Span),
    Days(&'a [i32], Span),
    Floats(&'a [f64], u8, f64),
    Amounts {
        values: &'a [Decimal],
        /// Which of the block's lifted columns it is.
        column: usize,
        passes: u8,
        than: Decimal,
    },
}

/// Some of the codes of a column.
#[derive(Debug)]
enum CodeSet {
    /// Those of these atoms, or all but those.
    Atoms(Vec<usize>, bool),
    Table(Vec<bool>),
}

/// Whole numbers that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    None,
    All,
    Is(i64),
    IsNot(i64),
    From(i64),
    UpTo(i64),
}

/// What readings of a log share: which rows have a certain code, amounts at one scale.
#[derive(Debug, Default)]
pub(super) struct Shared<'a> {
    /// Codes, each with the column it is of.
    pub(super) atoms: Vec<(&'a Codes, u32)>,
    pub(super) amounts: Vec<&'a [Decimal]>,
}

/// Amounts of a block as whole numbers at one scale.
#[derive(Debug, Default, Clone)]
pub(super) struct Lifted {
    values: Vec<i64>,
    /// How many decimal digits they have; `None` when they do not fit.
    scale: Option<u32>,
}

/// Most codes that are looked for one by one; of more the column is read through a table.
const MOST_ATOMS: usize = 16;

impl<'a> Shared<'a> {
    /// The atom of a code.
    pub(super) fn atom(&mut self, codes: &'a Codes, code: u32) -> usize {
        let known = self.atoms.iter().position(|(c, known)| *known == code && std::ptr::eq(*c, codes));
        known.unwrap_or_else(|| {
            self.atoms.push((codes, code));
            self.atoms.len() - 1
        })
    }

    fn amounts(&mut self, values: &'a [Decimal]) -> usize {
        let known = self.amounts.iter().position(|known| std::ptr::eq(*known, values));
        known.unwrap_or_else(|| {
            self.amounts.push(values);
            self.amounts.len() - 1
        })
    }
}

/// The value of the one name that a part reads.
struct One<'v>(ValueRef<'v>, &'v Zone);

impl Scope for One<'_> {
    fn value(&self, _: u32) -> ValueRef<'_> {
        self.0
    }

    fn member(&self, _: u32, _: &str) -> bool {
        false
    }

    fn names(&self, _: u32) -> Vec<Value> {
        Vec::new()
    }

    fn zone(&self) -> &Zone {
        self.1
    }
}

/// What a part says of one value.
pub(super) fn verdict(part: &Part, value: ValueRef<'_>, zone: &Zone) -> Verdict {
    Verdict::of(part.holds(&One(value, zone)))
}

impl<'a> Reading<'a> {
    /// A part of which every row says the same.
    pub(super) fn same(verdict: Verdict) -> Self {
        Self { test: Test::Same(verdict), valid: None, null: Null::Says(verdict) }
    }

    /// A part read from codes into texts, all of them valid.
    pub(super) fn of_codes(
        part: &Part,
        codes: &'a Codes,
        texts: &Strings,
        zone: &Zone,
        shared: &mut Shared<'a>,
    ) -> Self {
        let null = verdict(part, ValueRef::Null, zone);
        Self { test: of_texts(part, codes, texts, zone, shared), valid: None, null: Null::Says(null) }
    }

    /// A part read from the times of events; `None` when rows have to be looked at one by one.
    pub(super) fn of_times(part: &Part, times_us: &'a [i64]) -> Option<Self> {
        let test = Test::Ints(times_us, of_time(part)?);
        Some(Self { test, valid: None, null: Null::Says(Verdict { holds: false, may: false }) })
    }

    /// A part read from a column whose numbers may be amounts of money; `None` when rows have to be looked at one by
    /// one.
    pub(super) fn of_column(
        part: &Part,
        (data, valid): (&'a ColumnData, Option<&'a Bits>),
        amounts: bool,
        zone: &Zone,
        shared: &mut Shared<'a>,
    ) -> Option<Self> {
        let null = Null::Says(verdict(part, ValueRef::Null, zone));
        let compared = part.comparison();
        let test = match data {
            ColumnData::Text { codes, texts } => of_texts(part, codes, texts, zone, shared),
            ColumnData::Bool(bits) => {
                let [yes, no] = [true, false].map(|flag| verdict(part, ValueRef::Bool(flag), zone));
                Test::Flags { bits, yes, no }
            }
            ColumnData::Int(values) => {
                let compared = compared?;
                let with = if amounts { exact(compared.with)? } else { compared.with };
                Test::Ints(values, span(compared.passes, with, 0)?)
            }
            ColumnData::Time(values) => Test::Ints(values, of_time(part)?),
            ColumnData::Date(values) => {
                let compared = compared?;
                let Constant::Day(day) = compared.with else { return None };
                Test::Days(values, of_floor(compared.passes, day.into(), true))
            }
            ColumnData::Number(values) if !amounts => {
                let compared = compared?;
                let than = match compared.with {
                    Constant::Number(x) => x,
                    Constant::Int(i) if i.unsigned_abs() <= 1 << 53 => i as f64,
                    _ => return None,
                };
                Test::Floats(values, compared.passes, than)
            }
            ColumnData::Money(values) => {
                let compared = compared?;
                let Constant::Money(than) = exact(compared.with)? else { return None };
                Test::Amounts { values, column: shared.amounts(values), passes: compared.passes, than }
            }
            ColumnData::Number(_) | ColumnData::List(_) => return None,
        };
        Some(Self { test, valid, null })
    }

    /// The same with something else to read where the column has no value.
    pub(super) fn or(self, other: Self) -> Self {
        Self { null: Null::Reads(Box::new(other)), ..self }
    }

    /// The same where the column without a value counts as one value.
    pub(super) fn or_says(self, verdict: Verdict) -> Self {
        Self { null: Null::Says(verdict), ..self }
    }

    /// Whether some row may end in an error.
    pub(super) fn may_fail(&self) -> bool {
        let valued = match &self.test {
            Test::Same(verdict) => verdict.fails(),
            Test::Codes { may, .. } => may.is_some(),
            Test::Flags { yes, no, .. } => yes.fails() || no.fails(),
            _ => false,
        };
        let valueless = match &self.null {
            Null::Says(verdict) => verdict.fails(),
            Null::Reads(other) => other.may_fail(),
        };
        valued || self.valid.is_some() && valueless
    }

    /// What it says of the rows of a block, whose place among all rows is a multiple of [`BLOCK`].
    pub(super) fn read(&self, rows: &Range<usize>, atoms: &[Plane], lifted: &[Lifted], out: &mut Verdicts) {
        self.test.read(rows, atoms, lifted, out);
        let Some(valid) = self.valid else { return };
        let words = valid.words().get(rows.start / 64..).unwrap_or_default();
        let valid = plane::of_words(words.get(..BLOCK / 64).unwrap_or(words));
        plane::and(&mut out.holds, &valid);
        plane::and(&mut out.may, &valid);
        let mut other = Verdicts { holds: NONE, may: NONE };
        match &self.null {
            Null::Says(verdict) => other.repeat(*verdict),
            Null::Reads(reading) => reading.read(rows, atoms, lifted, &mut other),
        }
        plane::without(&mut other.holds, &valid);
        plane::without(&mut other.may, &valid);
        plane::or(&mut out.holds, &other.holds);
        plane::or(&mut out.may, &other.may);
    }
}

impl Verdicts {
    fn repeat(&mut self, verdict: Verdict) {
        let byte = |bit: bool| if bit { u8::MAX } else { 0 };
        self.holds.fill(byte(verdict.holds));
        self.may.fill(byte(verdict.may));
    }
}

impl Test<'_> {
    fn read(&self, rows: &Range<usize>, atoms: &[Plane], lifted: &[Lifted], out: &mut Verdicts) {
        out.holds = NONE;
        match self {
            Self::Same(verdict) => return out.repeat(*verdict),
            Self::Codes { codes, holds, may } => {
                holds.read(codes, rows, atoms, &mut out.holds);
                if let Some(may) = may {
                    out.may = NONE;
                    return may.read(codes, rows, atoms, &mut out.may);
                }
            }
            Self::Flags { bits, yes, no } => {
                let words = bits.words().get(rows.start / 64..).unwrap_or_default();
                let set = plane::of_words(words.get(..BLOCK / 64).unwrap_or(words));
                let choose = |yes: bool, no: bool| match (yes, no) {
                    (true, true) => [u8::MAX; plane::WIDTH],
                    (true, false) => set,
                    (false, true) => set.map(|byte| !byte),
                    (false, false) => NONE,
                };
                out.holds = choose(yes.holds, no.holds);
                out.may = choose(yes.may, no.may);
                return;
            }
            Self::Ints(values, span) => span.read(stretch(values, rows), &mut out.holds),
            Self::Days(values, span) => match *span {
                Span::None => {}
                Span::All => out.holds.fill(u8::MAX),
                Span::Is(x) => fill(&mut out.holds, stretch(values, rows), |day| i64::from(day) == x),
                Span::IsNot(x) => fill(&mut out.holds, stretch(values, rows), |day| i64::from(day) != x),
                Span::From(x) => fill(&mut out.holds, stretch(values, rows), |day| i64::from(day) >= x),
                Span::UpTo(x) => fill(&mut out.holds, stretch(values, rows), |day| i64::from(day) <= x),
            },
            Self::Floats(values, passes, than) => {
                floats(stretch(values, rows), *passes, *than, &mut out.holds);
            }
            Self::Amounts { values, column, passes, than } => {
                match lifted
                    .get(*column)
                    .and_then(|l| Some((l, span(*passes, Constant::Money(*than), l.scale?)?)))
                {
                    Some((lifted, span)) => span.read(&lifted.values, &mut out.holds),
                    None => {
                        let order = |value: Decimal| passes & bit(value.cmp(than)) != 0;
                        fill(&mut out.holds, stretch(values, rows), order);
                    }
                }
            }
        }
        out.may = out.holds;
    }
}

fn stretch<'v, T>(values: &'v [T], rows: &Range<usize>) -> &'v [T] {
    values.get(rows.clone()).unwrap_or_default()
}

fn floats(values: &[f64], passes: u8, than: f64, plane: &mut Plane) {
    match passes {
        1 => fill(plane, values, |x| x < than),
        2 => fill(plane, values, |x| x == than),
        3 => fill(plane, values, |x| x <= than),
        4 => fill(plane, values, |x| x > than),
        5 => fill(plane, values, |x| x != than),
        _ => fill(plane, values, |x| x >= than),
    }
}

/// The bit of an ordering among those that pass.
const fn bit(ordering: Ordering) -> u8 {
    match ordering {
        Ordering::Less => 1,
        Ordering::Equal => 2,
        Ordering::Greater => 4,
    }
}

/// A number that an amount is compared with, as the decimal it then is.
fn exact(constant: Constant<'_>) -> Option<Constant<'_>> {
    Some(match constant {
        Constant::Int(i) => Constant::Money(Decimal::from(i)),
        Constant::Number(x) => Constant::Money(money::of_float(x)?),
        Constant::Money(amount) => Constant::Money(amount),
        _ => return None,
    })
}

/// The whole numbers that pass, each of them standing for itself divided by ten as often as `scale` says.
fn span(passes: u8, constant: Constant<'_>, scale: u32) -> Option<Span> {
    let ten = |n: u32| 10_i128.checked_pow(n);
    let (floor, is_exact) = match constant {
        Constant::Int(i) => (i128::from(i).checked_mul(ten(scale)?)?, true),
        Constant::Number(x) if x.is_nan() => return Some(if passes == 5 { Span::All } else { Span::None }),
        // beyond all whole numbers is beyond all, however far
        Constant::Number(x) => (x.clamp(-1e20, 1e20).floor() as i128, x.floor() == x),
        Constant::Money(amount) => match scale.checked_sub(amount.scale()) {
            Some(up) => (amount.mantissa().checked_mul(ten(up)?)?, true),
            None => {
                let unit = ten(amount.scale() - scale)?;
                (amount.mantissa().div_euclid(unit), amount.mantissa().rem_euclid(unit) == 0)
            }
        },
        _ => return None,
    };
    Some(of_floor(passes, floor, is_exact))
}

/// The microseconds that pass.
fn of_time(part: &Part) -> Option<Span> {
    let compared = part.comparison()?;
    let Constant::Nanos(ns) = compared.with else { return None };
    Some(of_floor(compared.passes, ns.div_euclid(1_000), ns.rem_euclid(1_000) == 0))
}

/// The whole numbers that pass against a bound: its floor, and whether that is the bound itself.
fn of_floor(passes: u8, floor: i128, is_exact: bool) -> Span {
    let up_to = |x: i128| match i64::try_from(x) {
        Ok(x) => Span::UpTo(x),
        Err(_) => {
            if x > 0 {
                Span::All
            } else {
                Span::None
            }
        }
    };
    let from = |x: i128| match i64::try_from(x) {
        Ok(x) => Span::From(x),
        Err(_) => {
            if x > 0 {
                Span::None
            } else {
                Span::All
            }
        }
    };
    let is = i64::try_from(floor).ok().filter(|_| is_exact);
    match passes {
        1 => up_to(if is_exact { floor - 1 } else { floor }),
        3 => up_to(floor),
        4 => from(floor + 1),
        6 => from(if is_exact { floor } else { floor + 1 }),
        2 => is.map_or(Span::None, Span::Is),
        _ => is.map_or(Span::All, Span::IsNot),
    }
}

impl Span {
    fn read(self, values: &[i64], plane: &mut Plane) {
        match self {
            Self::None => {}
            Self::All => plane.fill(u8::MAX),
            Self::Is(x) => fill(plane, values, |value| value == x),
            Self::IsNot(x) => fill(plane, values, |value| value != x),
            Self::From(x) => fill(plane, values, |value| value >= x),
            Self::UpTo(x) => fill(plane, values, |value| value <= x),
        }
    }
}

/// What a part says of each text of a dictionary, and where.
fn of_texts<'a>(
    part: &Part,
    codes: &'a Codes,
    texts: &Strings,
    zone: &Zone,
    shared: &mut Shared<'a>,
) -> Test<'a> {
    let each = |texts: Range<usize>, strings: &Strings| -> Vec<Verdict> {
        texts.map(|code| verdict(part, ValueRef::Text(strings.get(code)), zone)).collect()
    };
    const TOGETHER: usize = 4_096;
    let verdicts: Vec<Verdict> = if texts.len() <= TOGETHER {
        each(0..texts.len(), texts)
    } else {
        let ranges =
            (0..texts.len()).step_by(TOGETHER).map(|at| at..texts.len().min(at + TOGETHER)).collect();
        par::map(ranges, |range| each(range, texts)).into_iter().flatten().collect()
    };
    let fails = verdicts.iter().any(|verdict| verdict.fails());
    let mut set = |of: fn(&Verdict) -> bool| CodeSet::of(codes, verdicts.iter().map(of).collect(), shared);
    let holds = set(|verdict| verdict.holds);
    Test::Codes { codes, holds, may: fails.then(|| set(|verdict| verdict.may)) }
}

impl CodeSet {
    fn of<'a>(codes: &'a Codes, table: Vec<bool>, shared: &mut Shared<'a>) -> Self {
        let n_set = table.iter().filter(|set| **set).count();
        let inverted = n_set * 2 > table.len();
        if n_set.min(table.len() - n_set) > MOST_ATOMS {
            return Self::Table(table);
        }
        let atoms = (0_u32..).zip(&table).filter(|(_, set)| **set != inverted);
        Self::Atoms(atoms.map(|(code, _)| shared.atom(codes, code)).collect(), inverted)
    }

    fn read(&self, codes: &Codes, rows: &Range<usize>, atoms: &[Plane], plane: &mut Plane) {
        match self {
            Self::Atoms(list, inverted) => {
                list.iter().filter_map(|atom| atoms.get(*atom)).for_each(|atom| plane::or(plane, atom));
                if *inverted {
                    plane::not(plane);
                }
            }
            Self::Table(table) => {
                let has = |code: usize| table.get(code).copied().unwrap_or(false);
                match codes {
                    Codes::U8(codes) => {
                        let all: [bool; 256] = std::array::from_fn(has);
                        let has = |code: u8| all.get(usize::from(code)).copied().unwrap_or(false);
                        fill(plane, stretch(codes, rows), has);
                    }
                    Codes::U16(codes) => fill(plane, stretch(codes, rows), |code| has(usize::from(code))),
                    Codes::U32(codes) => fill(plane, stretch(codes, rows), |code| has(code as usize)),
                }
            }
        }
    }
}

/// The rows of a block that have a code.
pub(super) fn read_atom((codes, code): (&Codes, u32), rows: &Range<usize>, plane: &mut Plane) {
    *plane = NONE;
    match codes {
        Codes::U8(codes) => {
            let Ok(code) = u8::try_from(code) else { return };
            fill(plane, stretch(codes, rows), |other| other == code);
        }
        Codes::U16(codes) => {
            let Ok(code) = u16::try_from(code) else { return };
            fill(plane, stretch(codes, rows), |other| other == code);
        }
        Codes::U32(codes) => fill(plane, stretch(codes, rows), |other| other == code),
    }
}

impl Lifted {
    /// Takes the amounts of a block at the scale of the finest of them.
    pub(super) fn take(&mut self, values: &[Decimal], rows: &Range<usize>) {
        let values = stretch(values, rows);
        let scale = values.iter().map(Decimal::scale).max().unwrap_or(0);
        self.values.clear();
        let lift = |value: &Decimal| {
            let mantissa = i64::try_from(value.mantissa()).ok()?;
            match scale - value.scale() {
                0 => Some(mantissa),
                up => mantissa.checked_mul(10_i64.checked_pow(up)?),
            }
        };
        for value in values {
            let Some(value) = lift(value) else {
                self.scale = None;
                return;
            };
            self.values.push(value);
        }
        self.scale = Some(scale);
    }
}
