//! Conditions that hold for all facts, or for none.
//!
//! Answers: whether the text alone decides: constants, a name held to two values or to an empty range, a thing and
//! its opposite. Does not know: what facts there really are. What it can not decide in bounded work it leaves open.

use std::cmp::Ordering;

use super::Program;
use super::code::{Body, Code};
use super::tree::{Binary, Id};
use super::val::{Budget, Items, Val, equal, order};

/// Most alternatives that are looked at, and most tests in one of them.
const MAX_ALTERNATIVES: usize = 128;

/// `Some(true)`: holds whatever the facts are. `Some(false)`: can never hold. `None`: depends, or is not decided.
///
/// ```
/// use cjm_core::expr::{compile, verdict, Name, Type, Types};
/// struct Visits;
/// impl Types for Visits {
///     fn lookup(&self, path: &[&str]) -> Option<Name> {
///         (path == ["visits"]).then_some(Name { slot: 0, ty: Type::Int })
///     }
///     fn children(&self, _: &[&str]) -> Vec<String> {
///         vec!["visits".into()]
///     }
/// }
/// let of = |text| verdict(&compile(text, &Visits).unwrap());
/// assert_eq!(of("visits > 5 && visits < 3"), Some(false));
/// assert_eq!(of("visits == null || visits != null"), Some(true));
/// assert_eq!(of("visits > 5"), None);
/// ```
pub fn verdict(program: &Program) -> Option<bool> {
    let judge = Judge { body: &program.0.body, text: &program.0.text };
    let root = judge.body.root;
    let impossible = |wanted| {
        let alternatives = judge.alternatives(root, wanted);
        alternatives.is_some_and(|all| all.iter().all(|tests| judge.contradicts(tests)))
    };
    if impossible(true) {
        Some(false)
    } else if judge.total(root) && impossible(false) || judge.certain(root, true) {
        Some(true)
    } else {
        None
    }
}

/// Two parts of a condition, as written, that can not both be what it needs to hold: a witness that it never does.
/// `None` where it may hold, or where no two parts alone keep it from that.
///
/// ```
/// use cjm_core::expr::{compile_unchecked, conflict, Name, Types};
/// struct Nothing;
/// impl Types for Nothing {
///     fn lookup(&self, path: &[&str]) -> Option<Name> {
///         (path.len() == 1).then_some(Name { slot: 0, ty: Default::default() })
///     }
///     fn children(&self, _: &[&str]) -> Vec<String> {
///         Vec::new()
///     }
/// }
/// let program = compile_unchecked("n > 5 && n < 3", &Nothing).unwrap();
/// assert_eq!(conflict(&program), Some(("n > 5".to_owned(), "n < 3".to_owned())));
/// ```
pub fn conflict(program: &Program) -> Option<(String, String)> {
    let judge = Judge { body: &program.0.body, text: &program.0.text };
    let alternatives = judge.alternatives(judge.body.root, true)?;
    let first = alternatives.first().filter(|tests| tests.len() <= MAX_ALTERNATIVES)?;
    if !alternatives.iter().all(|tests| judge.contradicts(tests)) {
        return None;
    }
    let written = |(id, wanted): &Test| {
        let source = judge.source(*id);
        if *wanted { source.to_owned() } else { format!("!({source})") }
    };
    first.iter().enumerate().find_map(|(i, a)| {
        let other = first.iter().skip(i + 1).find(|b| judge.contradicts(&[*a, **b]))?;
        Some((written(a), written(other)))
    })
}

/// A part of the condition and the truth that it must have.
type Test = (Id, bool);

struct Judge<'p> {
    body: &'p Body,
    text: &'p str,
}

impl<'p> Judge<'p> {
    /// Whether a part always has this truth, from its constants alone.
    fn certain(&self, id: Id, wanted: bool) -> bool {
        match self.body.at(id) {
            Code::Const(i) => matches!(self.body.value(*i), Val::Bool(b) if *b == wanted),
            Code::Not(a) => self.certain(*a, !wanted),
            Code::And(run) if wanted => self.body.ids(*run).iter().all(|a| self.certain(*a, true)),
            Code::And(run) => self.body.ids(*run).iter().any(|a| self.certain(*a, false)),
            Code::Or(run) if wanted => self.body.ids(*run).iter().any(|a| self.certain(*a, true)),
            Code::Or(run) => self.body.ids(*run).iter().all(|a| self.certain(*a, false)),
            _ => false,
        }
    }

    /// Whether a part can never end in an error.
    fn total(&self, id: Id) -> bool {
        match self.body.at(id) {
            Code::Const(i) => matches!(self.body.value(*i), Val::Bool(_)),
            Code::SlotIsNull { .. } => true,
            Code::Member { of, .. } => matches!(self.body.known(*of), Some(Val::Text(_))),
            Code::Not(a) => self.total(*a),
            Code::And(run) | Code::Or(run) => self.body.ids(*run).iter().all(|a| self.total(*a)),
            _ => false,
        }
    }

    /// The ways in which a part can have a truth, each a set of tests; `None` when there are too many.
    fn alternatives(&self, id: Id, wanted: bool) -> Option<Vec<Vec<Test>>> {
        match self.body.at(id) {
            Code::Const(i) => Some(match self.body.value(*i) {
                Val::Bool(b) if *b == wanted => vec![Vec::new()],
                _ => Vec::new(),
            }),
            Code::Not(a) => self.alternatives(*a, !wanted),
            Code::And(run) if wanted => self.together(self.body.ids(*run), wanted),
            Code::Or(run) if !wanted => self.together(self.body.ids(*run), wanted),
            Code::And(run) | Code::Or(run) => self.apart(self.body.ids(*run), wanted),
            _ => Some(vec![vec![(id, wanted)]]),
        }
    }

    fn together(&self, ids: &[Id], wanted: bool) -> Option<Vec<Vec<Test>>> {
        let mut all: Vec<Vec<Test>> = vec![Vec::new()];
        for id in ids {
            let next = self.alternatives(*id, wanted)?;
            if all.len() * next.len() > MAX_ALTERNATIVES {
                return None;
            }
            all = all.iter().flat_map(|a| next.iter().map(|b| [a.as_slice(), b].concat())).collect();
        }
        Some(all)
    }

    fn apart(&self, ids: &[Id], wanted: bool) -> Option<Vec<Vec<Test>>> {
        let mut all = Vec::new();
        for id in ids {
            all.extend(self.alternatives(*id, wanted)?);
            if all.len() > MAX_ALTERNATIVES {
                return None;
            }
        }
        Some(all)
    }

    /// Whether tests can not all come out as wanted.
    fn contradicts(&self, tests: &[Test]) -> bool {
        if tests.len() > MAX_ALTERNATIVES {
            return false;
        }
        let opposite = |a: &Test, b: &Test| {
            a.1 != b.1 && self.source(a.0) == self.source(b.0) && !self.source(a.0).is_empty()
        };
        if tests.iter().enumerate().any(|(i, a)| tests.iter().skip(i + 1).any(|b| opposite(a, b))) {
            return true;
        }
        let mut subjects: Vec<(Subject<'p>, Held<'p>)> = Vec::new();
        for (id, wanted) in tests {
            let Some((subject, test)) = self.read(*id, *wanted) else { continue };
            match subjects.iter_mut().find(|(known, _)| *known == subject) {
                Some((_, held)) => held.tests.push(test),
                None => subjects.push((subject, Held { tests: vec![test] })),
            }
        }
        subjects.iter().any(|(subject, held)| held.impossible(matches!(subject, Subject::Slot(_))))
    }

    fn source(&self, id: Id) -> &'p str {
        let (start, end) = self.body.ranges.get(id as usize).copied().unwrap_or_default();
        self.text.get(start as usize..end as usize).unwrap_or("").trim_matches(['(', ')', ' '])
    }

    /// What a test says of one thing.
    fn read(&self, id: Id, wanted: bool) -> Option<(Subject<'p>, Says<'p>)> {
        match *self.body.at(id) {
            Code::CompareSlot { op, slot, value } => {
                let op = if wanted { op } else { opposite(op) };
                Some((Subject::Slot(slot), Says::Compares(op, self.body.value(value))))
            }
            // a computed float may be no number at all, which is neither less nor not less
            Code::Compare(op, a, b) if wanted || matches!(op, Binary::Equal | Binary::NotEqual) => {
                let op = if wanted { op } else { opposite(op) };
                let value = self.body.known(b)?;
                Some((Subject::Text(self.source(a)), Says::Compares(op, value)))
            }
            Code::SlotIsNull { slot, negated } => Some((Subject::Slot(slot), Says::Null(negated != wanted))),
            Code::In(a, list) => {
                let Some(Val::List(items)) = self.body.known(list) else { return None };
                let subject = match self.body.at(a) {
                    Code::Slot(slot) => Subject::Slot(*slot),
                    _ => Subject::Text(self.source(a)),
                };
                Some((subject, Says::Among(items, wanted)))
            }
            _ => None,
        }
    }
}

/// What a test is about: a name, or a part as it is written.
#[derive(PartialEq)]
enum Subject<'p> {
    Slot(u32),
    Text(&'p str),
}

/// What a test says of its subject.
enum Says<'p> {
    Compares(Binary, &'p Val<'static>),
    /// Whether it is among these.
    Among(&'p Items<'static>, bool),
    /// Whether it has no value.
    Null(bool),
}

/// All that is said of one subject.
struct Held<'p> {
    tests: Vec<Says<'p>>,
}

impl Held<'_> {
    /// Whether no value fits. For a name, every test but that for null also says that it has a value.
    fn impossible(&self, named: bool) -> bool {
        let null = |wanted: bool| self.tests.iter().any(|t| matches!(t, Says::Null(n) if *n == wanted));
        let compared = self.tests.iter().any(|t| !matches!(t, Says::Null(_)));
        if null(true) && (null(false) || (named && compared)) {
            return true;
        }
        match self.candidates() {
            Some(candidates) => candidates.iter().all(|val| !self.allows(val)),
            None => self.empty_range(),
        }
    }

    /// The only values that can fit, when some test names them.
    fn candidates(&self) -> Option<Vec<Val<'_>>> {
        self.tests.iter().find_map(|test| match test {
            Says::Compares(Binary::Equal, val) => Some(vec![val.borrow()]),
            Says::Among(items, true) => Some((0..items.len()).filter_map(|i| items.at(i)).collect()),
            _ => None,
        })
    }

    fn allows(&self, val: &Val<'_>) -> bool {
        self.tests.iter().all(|test| match test {
            Says::Compares(op, other) => compares(*op, val, other),
            Says::Among(items, wanted) => {
                let mut values = (0..items.len()).filter_map(|i| items.at(i));
                values.any(|item| same(val, &item)) == *wanted
            }
            Says::Null(null) => matches!(val, Val::Null) == *null,
        })
    }

    fn empty_range(&self) -> bool {
        // an end that is open leaves its own value out
        let ends = |open: Binary, closed: Binary| {
            self.tests.iter().filter_map(move |test| match test {
                Says::Compares(op, val) if *op == open || *op == closed => Some((*op == open, *val)),
                _ => None,
            })
        };
        ends(Binary::Greater, Binary::GreaterEqual).any(|(open, low)| {
            ends(Binary::Less, Binary::LessEqual).any(|(shut, high)| match order(low, high) {
                Ok(Some(Ordering::Greater)) => true,
                Ok(Some(Ordering::Equal)) => open || shut || !self.allows(low),
                _ => false,
            })
        })
    }
}

fn same(a: &Val<'_>, b: &Val<'_>) -> bool {
    equal(a, b, &mut { Budget::FULL }).unwrap_or(true)
}

/// Whether a value passes a comparison; true where they can not be compared.
fn compares(op: Binary, a: &Val<'_>, b: &Val<'_>) -> bool {
    let ordered = |test: fn(Ordering) -> bool| order(a, b).ok().flatten().is_none_or(test);
    match op {
        Binary::Equal => same(a, b),
        Binary::NotEqual => !same(a, b) || matches!(a, Val::List(_) | Val::Map(_)),
        Binary::Less => ordered(Ordering::is_lt),
        Binary::LessEqual => ordered(Ordering::is_le),
        Binary::Greater => ordered(Ordering::is_gt),
        _ => ordered(Ordering::is_ge),
    }
}

/// The comparison that is true when the other is false.
const fn opposite(op: Binary) -> Binary {
    match op {
        Binary::Equal => Binary::NotEqual,
        Binary::NotEqual => Binary::Equal,
        Binary::Less => Binary::GreaterEqual,
        Binary::LessEqual => Binary::Greater,
        Binary::Greater => Binary::LessEqual,
        Binary::GreaterEqual => Binary::Less,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{Facts, Names};
    use super::super::{compile, verdict};
    use crate::base::value::Value;
    use crate::base::zone::Zone;

    fn of(text: &str) -> Option<bool> {
        let program = compile(text, &Names).unwrap_or_else(|findings| panic!("{text}: {findings:?}"));
        verdict(&program)
    }

    #[test]
    fn what_can_never_hold() {
        for text in [
            "false",
            "1 > 2",
            "visits > 5 && visits < 3",
            "visits >= 5 && visits < 5",
            "visits > 5 && !(visits > 5)",
            "5 < visits && visits <= 5.0",
            "event.amount > 19.99 && event.amount < 19.99",
            "event.store == 'a' && event.store == 'b'",
            "event.store == 'a' && event.store != 'a'",
            "event.store in ['a', 'b'] && event.store == 'c'",
            "event.store in ['a', 'b'] && !(event.store in ['b', 'a'])",
            "event.store == null && event.store == 'a'",
            "event.store == null && has(event.store)",
            "visits >= 5 && visits <= 5 && visits != 5",
            "'x' in customer.tags && !('x' in customer.tags)",
            "(visits > 5 || event.store == 'a') && visits < 3 && event.store == 'b'",
            "!(visits < 5 || visits >= 5)",
            "local(event.time).hour > 22 && local(event.time).hour < 4",
            "event.open && !event.open",
            "event.store == 'a' && false",
        ] {
            assert_eq!(of(text), Some(false), "{text}");
        }
    }

    #[test]
    fn two_parts_that_exclude_each_other() {
        for (text, expected) in [
            ("visits > 5 && event.party > 1 && visits < 3", Some(("visits > 5", "visits < 3"))),
            (
                "(event.store == 'a') && !(event.store in ['a', 'b'])",
                Some(("event.store == 'a'", "!(event.store in ['a', 'b'])")),
            ),
            ("event.open && !event.open", Some(("event.open", "!(event.open)"))),
            ("visits >= 5 && visits <= 5 && visits != 5", None),
            ("visits > 5", None),
            ("false", None),
        ] {
            let program = compile(text, &Names).unwrap();
            let found = super::conflict(&program);
            let found = found.as_ref().map(|(a, b)| (a.as_str(), b.as_str()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_always_holds() {
        for text in [
            "true",
            "1 < 2",
            "visits == null || visits != null",
            "has(event.store) || event.store == null",
            "'x' in customer.tags || !('x' in customer.tags)",
            "visits > 5 || 1 < 2",
        ] {
            assert_eq!(of(text), Some(true), "{text}");
        }
    }

    #[test]
    fn what_depends_on_the_facts() {
        for text in [
            "visits > 5",
            "visits > 5 && visits < 7",
            "visits >= 5 && visits <= 5",
            // an error when there is no value, so it does not always hold
            "visits > 5 || visits <= 5",
            "event.store == 'a' || event.store == 'b'",
            "event.store != 'a' && event.store != 'b'",
            "local(event.time).hour >= 22 || local(event.time).hour < 4",
            "'x' in customer.tags && 'y' in customer.tags",
            "visits > 5 && event.party < 3",
            "event.rate > 1.0 && !(event.rate * 2.0 < 1.0)",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn too_many_alternatives_are_left_open() {
        let pairs: Vec<String> = (0..40).map(|i| format!("(visits == {i} || event.party == {i})")).collect();
        assert_eq!(of(&pairs.join(" && ")), None);
    }

    /// Conditions over two whole numbers that may have no value.
    fn conditions() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec!["visits", "event.party"]);
        let op = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
        let atom = prop_oneof![
            6 => (name.clone(), op, 0..5).prop_map(|(name, op, n)| format!("{name} {op} {n}")),
            1 => (name.clone(), 0..5, 0..5).prop_map(|(name, a, b)| format!("{name} in [{a}, {b}]")),
            1 => name.clone().prop_map(|name| format!("{name} == null")),
            1 => name.prop_map(|name| format!("has({name})")),
        ];
        atom.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" && "))),
                prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" || "))),
                inner.prop_map(|a| format!("!({a})")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_verdict_is_what_every_fact_gives(text in conditions()) {
            let program = compile(&text, &Names).unwrap();
            let values = || std::iter::once(Value::Null).chain((-1..7).map(Value::Int));
            let mut held = Vec::new();
            for visits in values() {
                for party in values() {
                    let facts = Facts(vec![("visits", visits.clone()), ("event.party", party)], Zone::utc());
                    held.push(program.holds(&facts) == Ok(true));
                }
            }
            match verdict(&program) {
                Some(truth) => prop_assert!(held.iter().all(|h| *h == truth), "{text}: {truth}"),
                // only `n < x && x < n + 1` is empty without being seen: between whole numbers there are others
                None => prop_assert!(held.contains(&true) || text.contains('<') || text.contains('>'), "{text}"),
            }
        }
    }
}
