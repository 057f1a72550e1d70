//! Conditions asked together: what they have in common is looked at once.
//!
//! Answers: which of many conditions hold in one scope, the same as asking each. Does not know: what they are about.
//!
//! Most conditions are a few comparisons of names with constants, joined by `&&`. Of each name that they compare the
//! value is found once, and a table by value tells at once all the conditions that it leaves possible.

use std::cmp::Ordering;

use indexmap::IndexMap;

use super::fault::Fault;
use super::parts::{Constant, Formula, Part};
use super::quick::Amount;
use super::{Program, Scope};
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;

/// Conditions that are asked together.
#[derive(Debug, Clone, Default)]
pub struct Together {
    groups: Vec<Group>,
}

/// As many conditions as there are bits.
#[derive(Debug, Clone)]
struct Group {
    conditions: Vec<Program>,
    tables: Vec<Table>,
    /// Conditions that the tables alone do not decide.
    rest: u64,
}

/// What the values of one name, or the outcomes of one part, leave possible.
#[derive(Debug, Clone)]
struct Table {
    /// Conditions that look at it.
    of: u64,
    kind: Kind,
}

/// Conditions that are still possible, a bit each: `holds` without an error so far, `may` with one or without.
#[derive(Debug, Clone, Copy)]
struct Left {
    holds: u64,
    may: u64,
}

const ALL: Left = Left { holds: u64::MAX, may: u64::MAX };

#[derive(Debug, Clone)]
enum Kind {
    Name(Box<Name>),
    /// A part that several conditions have: what is left when it holds, does not, and ends in an error.
    Part(Box<(Part, [Left; 3])>),
}

/// A name that is compared with constants.
#[derive(Debug, Clone)]
struct Name {
    slot: u32,
    null: Left,
    values: Values,
    /// Its tests, each with the bit of its condition, for values of other types.
    tests: Vec<(u64, Part)>,
}

#[derive(Debug, Clone)]
enum Values {
    /// Only asked whether there is one.
    Any(Left),
    /// By the texts that are named, in order of their tags; else.
    Texts(Vec<(u64, Box<str>, Left)>, Left),
    /// Numbers in order; below the first, at the first, between it and the second ..
    Numbers(Vec<f64>, Vec<Left>),
    Amounts(Vec<Amount>, Vec<Left>),
}

/// What kind of constants a test compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Any,
    Text,
    Number,
    Money,
}

/// Whole numbers up to here are exact as floats.
const EXACT: u64 = 1 << 53;

impl Together {
    /// These conditions, by number from 0 in their order.
    pub fn of<'p>(conditions: impl IntoIterator<Item = &'p Program>) -> Self {
        let all: Vec<Program> = conditions.into_iter().cloned().collect();
        Self { groups: all.chunks(u64::BITS as usize).map(Group::of).collect() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The conditions in their order.
    pub fn conditions(&self) -> impl Iterator<Item = &Program> {
        self.groups.iter().flat_map(|group| &group.conditions)
    }

    /// Tells the numbers of the conditions that hold, in order; gives how many ended in an error.
    ///
    /// ```
    /// use cjm_core::expr::{self, Name, Scope, Together, Type, Types};
    /// use cjm_core::{Value, ValueRef, Zone};
    ///
    /// /// One name, `visits`.
    /// struct Visits(i64, Zone);
    /// impl Types for Visits {
    ///     fn lookup(&self, path: &[&str]) -> Option<Name> {
    ///         (path == ["visits"]).then_some(Name { slot: 0, ty: Type::Int })
    ///     }
    ///     fn children(&self, _: &[&str]) -> Vec<String> { vec!["visits".into()] }
    /// }
    /// impl Scope for Visits {
    ///     fn value(&self, _: u32) -> ValueRef<'_> { ValueRef::Int(self.0) }
    ///     fn member(&self, _: u32, _: &str) -> bool { false }
    ///     fn names(&self, _: u32) -> Vec<Value> { Vec::new() }
    ///     fn zone(&self) -> &Zone { &self.1 }
    /// }
    ///
    /// let visits = Visits(3, Zone::utc());
    /// let texts = ["visits > 5", "visits == 3", "visits >= 1 && visits < 4"];
    /// let conditions: Vec<_> = texts.iter().map(|text| expr::condition(text, &visits)).collect::<Result<_, _>>()?;
    /// let mut held = Vec::new();
    /// let failed = Together::of(&conditions).each(&visits, &mut |number| held.push(number));
    /// assert_eq!((held, failed), (vec![1, 2], 0));
    /// # Ok::<(), Vec<cjm_core::expr::ExprFinding>>(())
    /// ```
    #[inline]
    pub fn each<S: Scope + ?Sized>(&self, scope: &S, found: &mut dyn FnMut(u32)) -> u32 {
        let mut failed = 0;
        for (group, first) in self.groups.iter().zip((0_u32..).step_by(u64::BITS as usize)) {
            let left = group.ask(scope);
            failed += (left.may & !left.holds).count_ones();
            let mut holds = left.holds;
            while holds != 0 {
                found(first + holds.trailing_zeros());
                holds &= holds - 1;
            }
        }
        failed
    }
}

impl Group {
    fn of(conditions: &[Program]) -> Self {
        let mut rest = 0;
        let mut parts: Vec<(u64, Part)> = Vec::new();
        for (place, condition) in conditions.iter().enumerate() {
            let bit = 1_u64 << place;
            let list = match condition.formula() {
                _ if !condition.is_separable() => vec![Formula::Part(condition.whole())],
                Formula::All(list) => list,
                other => vec![other],
            };
            for formula in list {
                match formula {
                    Formula::Part(part) if condition.is_separable() => parts.push((bit, part)),
                    _ => rest |= bit,
                }
            }
        }
        let (tables, by_program) = tables(parts);
        Self { conditions: conditions.to_vec(), tables, rest: rest | by_program }
    }

    #[inline]
    fn ask<S: Scope + ?Sized>(&self, scope: &S) -> Left {
        let all = u64::MAX.checked_shr(u64::BITS - self.conditions.len() as u32).unwrap_or(0);
        let mut left = Left { holds: all, may: all };
        for table in &self.tables {
            if left.may & table.of != 0 {
                left.keep(table.kind.look(scope));
            }
        }
        let mut rest = left.may & self.rest;
        while rest != 0 {
            let place = rest.trailing_zeros();
            rest &= rest - 1;
            let result = self.conditions.get(place as usize).map(|condition| condition.holds(scope));
            if result != Some(Ok(true)) {
                left.holds &= !(1 << place);
            }
            if result == Some(Ok(false)) {
                left.may &= !(1 << place);
            }
        }
        left
    }
}

impl Left {
    #[inline]
    fn keep(&mut self, other: Self) {
        self.holds &= other.holds;
        self.may &= other.may;
    }

    /// What is left when tests say this.
    fn of<E>(said: impl IntoIterator<Item = (u64, Result<bool, E>)>) -> Self {
        said.into_iter().fold(ALL, |left, (bit, said)| match said {
            Ok(true) => left,
            Ok(false) => Self { holds: left.holds & !bit, may: left.may & !bit },
            Err(_) => Self { holds: left.holds & !bit, ..left },
        })
    }
}

/// The tables of the parts that are worth one, in order of first use, and the conditions whose other parts are not.
fn tables(parts: Vec<(u64, Part)>) -> (Vec<Table>, u64) {
    let mut classes: IndexMap<u32, Class> = IndexMap::new();
    for (slot, class) in parts.iter().filter_map(|(_, part)| class_of(part)) {
        let known = classes.entry(slot).or_insert(class);
        *known = if *known == Class::Any { class } else { *known };
    }
    let mut names: IndexMap<u32, Vec<(u64, Part)>> = IndexMap::new();
    let mut others: IndexMap<String, Vec<(u64, Part)>> = IndexMap::new();
    for (bit, part) in parts {
        match class_of(&part) {
            Some((slot, class)) if class == Class::Any || classes.get(&slot) == Some(&class) => {
                names.entry(slot).or_default().push((bit, part));
            }
            _ => others.entry(part.key()).or_default().push((bit, part)),
        }
    }
    let of = |tests: &[(u64, Part)]| tests.iter().fold(0, |of, (bit, _)| of | bit);
    let mut tables = Vec::new();
    for (slot, tests) in names {
        let class = classes.get(&slot).copied().unwrap_or(Class::Any);
        let name =
            Name { slot, null: said(&tests, ValueRef::Null), values: Values::of(class, &tests), tests };
        tables.push(Table { of: of(&name.tests), kind: Kind::Name(Box::new(name)) });
    }
    let mut rest = 0;
    for tests in others.into_values() {
        let of = of(&tests);
        match tests.into_iter().next() {
            Some((_, part)) if of.count_ones() > 1 => {
                let no = Left { holds: !of, may: !of };
                let error = Left { holds: !of, may: u64::MAX };
                tables.push(Table { of, kind: Kind::Part(Box::new((part, [ALL, no, error]))) });
            }
            _ => rest |= of,
        }
    }
    (tables, rest)
}

/// The name that a part is about and the constants that it compares it with, when a table by value can hold it.
fn class_of(part: &Part) -> Option<(u32, Class)> {
    if let Some(slot) = part.null_test() {
        return Some((slot, Class::Any));
    }
    if let Some((slot, _)) = part.among() {
        return Some((slot, Class::Text));
    }
    let compared = part.comparison()?;
    let class = match compared.with {
        Constant::Text(_) if matches!(compared.passes, 2 | 5) => Class::Text,
        Constant::Number(x) if !x.is_nan() => Class::Number,
        Constant::Int(i) if i.unsigned_abs() <= EXACT => Class::Number,
        Constant::Money(_) => Class::Money,
        _ => return None,
    };
    Some((compared.slot, class))
}

/// What a value leaves possible, asking each test.
fn said(tests: &[(u64, Part)], value: ValueRef<'_>) -> Left {
    Left::of(tests.iter().map(|(bit, part)| (*bit, part.holds(&One(value)))))
}

/// The value of the one name that a test is about.
struct One<'v>(ValueRef<'v>);

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
        static UTC: std::sync::LazyLock<Zone> = std::sync::LazyLock::new(Zone::utc);
        &UTC
    }
}

impl Values {
    fn of(class: Class, tests: &[(u64, Part)]) -> Self {
        match class {
            Class::Any => Self::Any(said(tests, ValueRef::Bool(true))),
            Class::Text => Self::of_texts(tests),
            Class::Number => {
                let number = |constant: Constant<'_>| match constant {
                    Constant::Number(x) => Some(x),
                    Constant::Int(i) => Some(i as f64),
                    _ => None,
                };
                let (numbers, left) = steps(tests, number, f64::total_cmp, |a, b| a.partial_cmp(b));
                Self::Numbers(numbers, left)
            }
            Class::Money => {
                let amount = |constant: Constant<'_>| match constant {
                    Constant::Money(amount) => Some(amount),
                    _ => None,
                };
                let (amounts, left) = steps(tests, amount, Ord::cmp, |a, b| Some(a.cmp(b)));
                Self::Amounts(amounts.into_iter().map(Amount::of).collect(), left)
            }
        }
    }

    fn of_texts(tests: &[(u64, Part)]) -> Self {
        let compared = tests.iter().filter_map(|(_, part)| part.comparison());
        let one = compared.filter_map(|compared| match compared.with {
            Constant::Text(text) => Some(text),
            _ => None,
        });
        let some = tests.iter().filter_map(|(_, part)| part.among()).flat_map(|(_, texts)| texts);
        let mut texts: Vec<&str> = one.chain(some).collect();
        texts.sort_unstable();
        texts.dedup();
        // longer than the longest is none of them
        let none = format!("{}.", texts.iter().max_by_key(|text| text.len()).unwrap_or(&""));
        let left = |text: &str| said(tests, ValueRef::Text(text));
        let mut known: Vec<_> = texts.iter().map(|text| (tag(text), Box::from(*text), left(text))).collect();
        known.sort_by_key(|(tag, ..)| *tag);
        Self::Texts(known, left(&none))
    }
}

/// The constants of comparisons in order, each once, and what is left below the first, at it, between it and the next ..
fn steps<T: Copy>(
    tests: &[(u64, Part)],
    constant: impl Fn(Constant<'_>) -> Option<T>,
    sort: impl FnMut(&T, &T) -> Ordering,
    order: impl Fn(&T, &T) -> Option<Ordering>,
) -> (Vec<T>, Vec<Left>) {
    let compared = |part: &Part| {
        let compared = part.comparison()?;
        Some((compared.passes, constant(compared.with)?))
    };
    let mut sort = sort;
    let mut all: Vec<T> = tests.iter().filter_map(|(_, part)| compared(part)).map(|(_, c)| c).collect();
    all.sort_by(&mut sort);
    all.dedup_by(|a, b| order(a, b) == Some(Ordering::Equal));
    let place = |c: T| all.partition_point(|known| order(known, &c) == Some(Ordering::Less));
    let placed = |part: &Part| compared(part).map(|(passes, c)| (passes, place(c)));
    // what asks only whether there is a value says the same of all of them
    let always = |part: &Part| part.holds(&One(ValueRef::Bool(true)));
    let tests: Vec<_> =
        tests.iter().map(|(bit, part)| (*bit, placed(part).ok_or_else(|| always(part)))).collect();
    let at = |step: usize| {
        let says = |test: &Result<(u8, usize), Result<bool, Fault>>| match test {
            Ok((passes, place)) => {
                let bit = match step.cmp(&(2 * place + 1)) {
                    Ordering::Less => 1,
                    Ordering::Equal => 2,
                    Ordering::Greater => 4,
                };
                Ok(passes & bit != 0)
            }
            Err(always) => *always,
        };
        Left::of(tests.iter().map(|(bit, test)| (*bit, says(test))))
    };
    let left = (0..=2 * all.len()).map(at).collect();
    (all, left)
}

impl Kind {
    #[inline]
    fn look<S: Scope + ?Sized>(&self, scope: &S) -> Left {
        match self {
            Self::Name(name) => name.look(scope.value(name.slot)),
            Self::Part(part) => {
                let (part, [yes, no, error]) = &**part;
                match part.holds(scope) {
                    Ok(true) => *yes,
                    Ok(false) => *no,
                    Err(_) => *error,
                }
            }
        }
    }
}

impl Name {
    #[inline]
    fn look(&self, value: ValueRef<'_>) -> Left {
        match (&self.values, value) {
            (_, ValueRef::Null) => self.null,
            (Values::Texts(known, else_), ValueRef::Text(text)) => {
                let tag = tag(text);
                let is = |(other, known, _): &&(u64, Box<str>, Left)| {
                    *other == tag && (text.len() < TAGGED || **known == *text)
                };
                known.iter().find(is).map_or(*else_, |(.., left)| *left)
            }
            (Values::Numbers(numbers, left), ValueRef::Number(x)) if !x.is_nan() => {
                at_number(numbers, left, x)
            }
            (Values::Numbers(numbers, left), ValueRef::Int(i)) if i.unsigned_abs() <= EXACT => {
                at_number(numbers, left, i as f64)
            }
            (Values::Amounts(amounts, left), ValueRef::Money(x)) => {
                let place = amounts.partition_point(|amount| amount.order(x) == Ordering::Greater);
                let is = amounts.get(place).is_some_and(|amount| amount.order(x) == Ordering::Equal);
                left.get(2 * place + usize::from(is)).copied().unwrap_or(ALL)
            }
            (Values::Any(left), _) => *left,
            (_, value) => said(&self.tests, value),
        }
    }
}

#[inline]
fn at_number(numbers: &[f64], left: &[Left], x: f64) -> Left {
    let place = numbers.partition_point(|number| *number < x);
    let is = numbers.get(place) == Some(&x);
    left.get(2 * place + usize::from(is)).copied().unwrap_or(ALL)
}

/// Texts shorter than this are told by their tags.
const TAGGED: usize = 8;

/// Length and first bytes of a text: equal texts have equal tags.
#[inline]
fn tag(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let first = match bytes.first_chunk::<8>() {
        Some(eight) => u64::from_le_bytes(*eight) & 0x00ff_ffff_ffff_ffff,
        None => bytes.iter().rev().fold(0, |tag, byte| tag << 8 | u64::from(*byte)),
    };
    first | (bytes.len().min(255) as u64) << 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::compile_unchecked;
    use super::super::tests::{Facts, Names};
    use super::*;
    use crate::base::money;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            (-2_i64..4).prop_map(Value::Int),
            prop::sample::select(vec![i64::MAX, 1 << 53, (1 << 53) + 1]).prop_map(Value::Int),
            (-20_i64..40).prop_map(|x| Value::Number(x as f64 / 10.0)),
            "[ab]{0,2}".prop_map(Value::from),
            prop::sample::select(vec!["abcdefg", "abcdefgh", "abcdefgi", "abcdefghi", "a\u{0}"])
                .prop_map(Value::from),
            any::<bool>().prop_map(Value::Bool),
            "-?[0-3]\\.[0-9]{1,8}".prop_map(|t| Value::Money(money::parse(&t).unwrap())),
        ]
    }

    fn test() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec!["visits", "spend_365d", "event.store", "event.rate"]);
        let op = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
        let known = prop_oneof![
            Just("null".to_owned()),
            (-2_i64..4).prop_map(|i| i.to_string()),
            "[0-3]\\.[0-9]{1,2}",
            "'[ab]{0,2}'",
            prop::sample::select(vec![
                "'abcdefgh'",
                "'abcdefgi'",
                "9007199254740993",
                "double('NaN')",
                "true"
            ])
            .prop_map(str::to_owned),
        ];
        let compared = (name, op, known).prop_map(|(name, op, known)| format!("{name} {op} {known}"));
        let other = prop::sample::select(vec![
            "event.store in ['a', 'abcdefghi']",
            "event.store in ['b', 1]",
            "event.store.startsWith('a')",
            "visits + 1 > event.rate",
            "event.store == visits",
            "[1, 2].exists(x, x == visits)",
            "(visits > 1 || event.rate > 1.5)",
            "!(event.store == 'a')",
            "'vip' in customer.tags",
        ]);
        prop_oneof![3 => compared, 1 => other.prop_map(str::to_owned)]
    }

    fn condition() -> impl Strategy<Value = String> {
        let join = prop::sample::select(vec![" && ", " && ", " || "]);
        (prop::collection::vec(test(), 1..4), join).prop_map(|(tests, join)| tests.join(join))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn together_say_what_each_says(
            texts in prop::collection::vec(condition(), 0..90), a in value(), b in value(), c in value(), d in value(),
        ) {
            let conditions: Vec<Program> =
                texts.iter().map(|text| compile_unchecked(text, &Names).unwrap()).collect();
            let facts = vec![("visits", a), ("spend_365d", b), ("event.store", c), ("event.rate", d)];
            let facts = Facts(facts, Zone::utc());
            let mut held = Vec::new();
            let failed = Together::of(&conditions).each(&facts, &mut |number| held.push(number));
            let each: Vec<_> = conditions.iter().map(|condition| condition.holds(&facts)).collect();
            let holds: Vec<u32> = (0..).zip(&each).filter(|(_, said)| **said == Ok(true)).map(|(n, _)| n).collect();
            prop_assert_eq!(held, holds, "{:?}", texts);
            prop_assert_eq!(failed as usize, each.iter().filter(|said| said.is_err()).count());
        }
    }

    #[test]
    fn what_conditions_share_is_looked_at_once() {
        let texts = [
            "event.store == 'a' && visits > 1",
            "event.store in ['a', 'b']",
            "visits < 1 && event.store != 'c'",
        ];
        let conditions: Vec<Program> =
            texts.iter().map(|text| compile_unchecked(text, &Names).unwrap()).collect();
        let together = Together::of(&conditions);
        let [group] = together.groups.as_slice() else { panic!("one group") };
        assert_eq!((group.tables.len(), group.rest), (2, 0));
        assert_eq!(together.conditions().count(), 3);
    }
}
