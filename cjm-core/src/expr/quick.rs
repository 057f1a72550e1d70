//! Conditions that are a few comparisons of names with constants, joined by one `&&` or `||`: most of all there are.
//!
//! Answers: the same as the evaluation of the code they were compiled to, without walking it.
//! Does not know: any other form; those have no quick one.

use std::cmp::Ordering;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::Scope;
use super::code::{Body, Code};
use super::eval::compare;
use super::fault::{EvalError, Fault};
use super::tree::{Binary, Id};
use super::val::{Budget, Val, Words, money_order};
use crate::base::value::ValueRef;

/// A whole condition.
#[derive(Debug)]
pub(super) struct Quick {
    /// Joined by `||`; else by `&&`.
    any: bool,
    tests: Box<[Test]>,
}

/// One comparison.
#[derive(Debug)]
struct Test {
    slot: u32,
    op: Binary,
    /// Which orderings pass: bit 0 less, bit 1 equal, bit 2 greater.
    passes: u8,
    known: Known,
    id: Id,
}

/// What a name is compared with.
#[derive(Debug)]
enum Known {
    Int(i64),
    Text(Arc<str>),
    Money(Box<Amount>),
    /// Whether the name must have no value.
    Null(bool),
    Other(u32),
}

/// Scales at which amounts are kept ready.
const SCALES: u32 = 7;

/// An amount, ready to be compared at the usual scales without being rescaled.
#[derive(Debug, Clone)]
pub(super) struct Amount {
    exact: Decimal,
    /// The mantissa at scale 0, 1, 2 ..; `None` below the amount's own scale.
    at_scale: [Option<i128>; SCALES as usize],
}

impl Quick {
    /// The quick form of a body, when it has one.
    pub(super) fn of(body: &Body) -> Option<Self> {
        let (any, ids) = match body.at(body.root) {
            Code::And(run) => (false, body.ids(*run)),
            Code::Or(run) => (true, body.ids(*run)),
            _ => (false, std::slice::from_ref(&body.root)),
        };
        let tests: Option<Vec<Test>> = ids.iter().map(|id| Test::of(body, *id)).collect();
        tests.map(|tests| Self { any, tests: tests.into() })
    }

    /// Whether the condition holds; errors are absorbed as by `&&` and `||`.
    #[inline]
    pub(super) fn holds<S: Scope + ?Sized>(&self, body: &Body, scope: &S) -> Result<bool, EvalError> {
        let mut failed = None;
        for test in &self.tests {
            match test.holds(body, scope) {
                Ok(holds) if holds == self.any => return Ok(self.any),
                Ok(_) => {}
                Err(fault) => failed = failed.or(Some((fault, test.id))),
            }
        }
        match failed {
            None => Ok(!self.any),
            Some((fault, id)) => Err(body.error(fault, id)),
        }
    }
}

impl Test {
    fn of(body: &Body, id: Id) -> Option<Self> {
        match *body.at(id) {
            Code::CompareSlot { op, slot, value } => {
                let known = match body.value(value) {
                    Val::Int(i) => Known::Int(*i),
                    Val::Text(Words::Made(text)) => Known::Text(text.clone()),
                    Val::Money(amount) => Known::Money(Box::new(Amount::of(*amount))),
                    _ => Known::Other(value),
                };
                Some(Self { slot, op, passes: passes(op), known, id })
            }
            Code::SlotIsNull { slot, negated } => {
                Some(Self { slot, op: Binary::Equal, passes: 0, known: Known::Null(!negated), id })
            }
            _ => None,
        }
    }

    #[inline]
    fn holds<S: Scope + ?Sized>(&self, body: &Body, scope: &S) -> Result<bool, Fault> {
        match (scope.value(self.slot), &self.known) {
            (ValueRef::Text(a), Known::Text(b)) => Ok(match self.op {
                Binary::Equal => *a == **b,
                Binary::NotEqual => *a != **b,
                _ => self.passes(a.cmp(b)),
            }),
            (ValueRef::Int(a), Known::Int(b)) => Ok(self.passes(a.cmp(b))),
            (ValueRef::Money(a), Known::Money(b)) => Ok(self.passes(b.order(a))),
            (value, Known::Null(wanted)) => Ok(value.is_null() == *wanted),
            (ValueRef::Null, _) => Err(Fault::Absent),
            (value, _) => self.other(body, value),
        }
    }

    #[inline]
    fn passes(&self, ordering: Ordering) -> bool {
        let bit = match ordering {
            Ordering::Less => 1,
            Ordering::Equal => 2,
            Ordering::Greater => 4,
        };
        self.passes & bit != 0
    }

    /// Values of other types than the constant: a whole number against a float, say.
    #[inline(never)]
    fn other(&self, body: &Body, value: ValueRef<'_>) -> Result<bool, Fault> {
        let known = match &self.known {
            Known::Int(i) => Val::Int(*i),
            Known::Text(text) => Val::Text(Words::Borrowed(text)),
            Known::Money(amount) => Val::Money(amount.exact),
            Known::Null(_) => Val::Null,
            Known::Other(value) => body.value(*value).borrow(),
        };
        compare(self.op, &Val::of(value)?, &known, &mut { Budget::FULL })
    }
}

/// Which orderings pass an operator.
pub(super) const fn passes(op: Binary) -> u8 {
    match op {
        Binary::Less => 1,
        Binary::Equal => 2,
        Binary::LessEqual => 3,
        Binary::Greater => 4,
        Binary::NotEqual => 5,
        _ => 6,
    }
}

impl Amount {
    pub(super) fn of(exact: Decimal) -> Self {
        let mut at_scale = [None; SCALES as usize];
        for (scale, at) in (0_u32..).zip(&mut at_scale) {
            let up = scale.checked_sub(exact.scale());
            *at = up.and_then(|up| exact.mantissa().checked_mul(10_i128.pow(up)));
        }
        Self { exact, at_scale }
    }

    /// How a value compares with this amount.
    #[inline]
    pub(super) fn order(&self, value: Decimal) -> Ordering {
        match self.at_scale.get(value.scale() as usize) {
            Some(Some(mantissa)) => value.mantissa().cmp(mantissa),
            _ => money_order(value, self.exact),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::code::Body;
    use super::super::eval;
    use super::super::tests::{Facts, Names};
    use super::super::{Program, compile_unchecked};
    use crate::base::money;
    use crate::base::value::Value;
    use crate::base::zone::Zone;

    fn body(program: &Program) -> &Body {
        &program.0.body
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            (-2_i64..4).prop_map(Value::Int),
            (-20_i64..40).prop_map(|x| Value::Number(x as f64 / 10.0)),
            ("[ab]{0,2}").prop_map(Value::from),
            any::<bool>().prop_map(Value::Bool),
            ("-?[0-3]\\.[0-9]{1,8}").prop_map(|t| Value::Money(money::parse(&t).unwrap())),
            Just(Value::Money(money::parse("79228162514264337593543950335").unwrap())),
        ]
    }

    fn condition() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec!["visits", "spend_365d", "event.store", "event.rate"]);
        let op = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
        let known = prop_oneof![
            Just("null".to_owned()),
            (-2_i64..4).prop_map(|i| i.to_string()),
            "[0-3]\\.[0-9]{1,8}",
            "'[ab]{0,2}'",
            Just("true".to_owned()),
        ];
        let test = (name, op, known).prop_map(|(name, op, known)| format!("{name} {op} {known}"));
        let join = prop::sample::select(vec![" && ", " || "]);
        (prop::collection::vec(test, 1..4), join).prop_map(|(tests, join)| tests.join(join))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_quick_form_says_what_the_code_says(text in condition(), a in value(), b in value(), c in value()) {
            let program = compile_unchecked(&text, &Names).unwrap();
            let facts = vec![("visits", a.clone()), ("spend_365d", b), ("event.store", c), ("event.rate", a)];
            let facts = Facts(facts, Zone::utc());
            let quick = program.0.quick.as_ref().map(|quick| quick.holds(body(&program), &facts));
            let walked = eval::holds(body(&program), &facts);
            prop_assert!(quick.is_none_or(|quick| quick == walked), "`{}`: {:?}", text, walked);
        }
    }
}
