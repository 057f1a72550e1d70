//! Evaluation of compiled expressions.
//!
//! Answers: the value of an expression in a scope, or the fault it ends in; errors are absorbed by `&&` and `||`.
//! Does not know: how names get their values. Work is bounded by a budget, depth by the tree.

use std::cmp::Ordering;

use super::Scope;
use super::code::{Body, Code, Run};
use super::fault::{EvalError, Fault};
use super::ops::{self, Function};
use super::time;
use super::tree::{Binary, Id, Loop};
use super::val::{Budget, Items, Key, Val, Words, equal, money_order, order};
use crate::base::value::{Value, ValueRef};

/// A fault and the instruction it arose in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    pub(super) fault: Fault,
    at: Id,
}

type Eval<T> = Result<T, Stop>;

/// Names a fault's instruction.
trait At<T> {
    fn at(self, id: Id) -> Eval<T>;
}

impl<T> At<T> for Result<T, Fault> {
    #[inline]
    fn at(self, id: Id) -> Eval<T> {
        self.map_err(|fault| Stop { fault, at: id })
    }
}

/// One evaluation under way.
pub(super) struct Evaluation<'a, S: ?Sized> {
    body: &'a Body,
    scope: &'a S,
    /// Elements of the loops around, outermost first.
    elements: Vec<Val<'a>>,
    pub(super) budget: Budget,
}

/// Whether the expression holds.
#[inline]
pub(super) fn holds<S: Scope + ?Sized>(body: &Body, scope: &S) -> Result<bool, EvalError> {
    Evaluation::new(body, scope, Budget::FULL).truth(body.root).map_err(|stop| placed(body, stop))
}

/// The value of the expression.
pub(super) fn value<S: Scope + ?Sized>(body: &Body, scope: &S) -> Result<Value, EvalError> {
    let mut evaluation = Evaluation::new(body, scope, Budget::FULL);
    let val = evaluation.eval(body.root).map_err(|stop| placed(body, stop))?;
    let value = val.to_value(&mut evaluation.budget).at(body.root);
    value.map_err(|stop| placed(body, stop))
}

fn placed(body: &Body, stop: Stop) -> EvalError {
    body.error(stop.fault, stop.at)
}

impl<'a, S: Scope + ?Sized> Evaluation<'a, S> {
    #[inline]
    pub(super) fn new(body: &'a Body, scope: &'a S, budget: Budget) -> Self {
        Self { body, scope, elements: Vec::new(), budget }
    }

    /// The value of an instruction as a condition.
    pub(super) fn truth(&mut self, id: Id) -> Eval<bool> {
        match self.body.at(id) {
            Code::And(run) => self.all(*run),
            Code::Or(run) => self.any(*run),
            Code::Not(a) => self.truth(*a).map(|b| !b),
            Code::CompareSlot { op, slot, value } => self.compare_slot(*op, *slot, *value).at(id),
            Code::SlotIsNull { slot, negated } => Ok(self.scope.value(*slot).is_null() != *negated),
            Code::Compare(op, a, b) => self.compare(id, *op, *a, *b),
            Code::IsNull { of, negated } => self.is_null(*of).map(|null| null != *negated),
            Code::In(a, list) => self.within(id, *a, *list),
            Code::Member { of, slot } => self.member(id, *of, *slot),
            Code::HasField(on, name) => self.has_field(id, *on, name),
            Code::Matches(text, pattern) => self.matches(id, *text, *pattern),
            _ => self.other_truth(id),
        }
    }

    #[inline(never)]
    fn other_truth(&mut self, id: Id) -> Eval<bool> {
        match self.eval(id)? {
            Val::Bool(b) => Ok(b),
            Val::Absent => Err(Stop { fault: Fault::Absent, at: id }),
            _ => Err(Stop { fault: Fault::Operands, at: id }),
        }
    }

    /// The value of an instruction.
    pub(super) fn eval(&mut self, id: Id) -> Eval<Val<'a>> {
        match self.body.at(id) {
            Code::Const(i) => Ok(self.body.value(*i).borrow()),
            Code::Slot(slot) => Val::of(self.scope.value(*slot)).at(id),
            Code::Names(slot) => self.names(id, *slot),
            Code::Element(level) => Ok(self.elements.get(*level as usize).cloned().unwrap_or_default()),
            Code::Negate(a) => self.negate(id, *a),
            Code::Arithmetic(op, a, b) => self.arithmetic(id, *op, *a, *b),
            Code::If(test, a, b) => {
                let next = if self.truth(*test)? { *a } else { *b };
                self.eval(next)
            }
            Code::Index(on, key) => self.index(id, *on, *key),
            Code::Select(on, name) => self.select(id, *on, name),
            Code::List(run) => self.list(id, *run),
            Code::Map(run) => self.map(id, *run),
            Code::CallOne(function, a) => self.call_one(id, *function, *a),
            Code::CallTwo(function, a, b) => self.call_two(id, *function, *a, *b),
            Code::Local(a) => self.local(id, *a),
            Code::Loop { kind, over, level, test, make } => {
                self.looped(id, *kind, *over, *level, *test, *make)
            }
            Code::Fail(fault) => Err(Stop { fault: *fault, at: id }),
            _ => self.truth(id).map(Val::Bool),
        }
    }

    /// `&&`: false if any is false, else the first error, else true.
    fn all(&mut self, run: Run) -> Eval<bool> {
        let mut result = Ok(true);
        for id in self.body.ids(run) {
            match self.truth(*id) {
                Ok(false) => return Ok(false),
                Ok(true) => {}
                Err(stop) => result = result.and(Err(stop)),
            }
        }
        result
    }

    /// `||`: true if any is true, else the first error, else false.
    fn any(&mut self, run: Run) -> Eval<bool> {
        let mut result = Ok(false);
        for id in self.body.ids(run) {
            match self.truth(*id) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(stop) => result = result.and(Err(stop)),
            }
        }
        result
    }

    #[inline]
    fn compare_slot(&mut self, op: Binary, slot: u32, value: u32) -> Result<bool, Fault> {
        let known = self.body.value(value);
        match (self.scope.value(slot), known) {
            (ValueRef::Int(a), Val::Int(b)) => Ok(ordered(op, a.cmp(b))),
            (ValueRef::Text(a), Val::Text(b)) => Ok(match op {
                Binary::Equal => a == b.as_str(),
                Binary::NotEqual => a != b.as_str(),
                _ => ordered(op, a.cmp(b.as_str())),
            }),
            (ValueRef::Number(a), Val::Number(b)) => {
                Ok(a.partial_cmp(b).map_or(op == Binary::NotEqual, |o| ordered(op, o)))
            }
            (ValueRef::Money(a), Val::Money(b)) => Ok(ordered(op, money_order(a, *b))),
            (value, known) => compare(op, &Val::of(value)?, known, &mut self.budget),
        }
    }

    #[inline(never)]
    fn compare(&mut self, id: Id, op: Binary, a: Id, b: Id) -> Eval<bool> {
        let left = self.eval(a)?;
        let right = self.eval(b)?;
        compare(op, &left, &right, &mut self.budget).at(id)
    }

    #[inline(never)]
    fn is_null(&mut self, of: Id) -> Eval<bool> {
        self.eval(of).map(|val| matches!(val, Val::Null | Val::Absent))
    }

    #[inline(never)]
    fn within(&mut self, id: Id, a: Id, list: Id) -> Eval<bool> {
        let left = self.eval(a)?;
        let right = self.eval(list)?;
        ops::within(&left, &right, &mut self.budget).at(id)
    }

    #[inline(never)]
    fn member(&mut self, id: Id, of: Id, slot: u32) -> Eval<bool> {
        match self.eval(of)? {
            Val::Text(text) => Ok(self.scope.member(slot, text.as_str())),
            Val::Absent => Err(Stop { fault: Fault::Absent, at: id }),
            _ => Ok(false),
        }
    }

    #[inline(never)]
    fn has_field(&mut self, id: Id, on: Id, name: &str) -> Eval<bool> {
        match self.eval(on)? {
            Val::Map(entries) => Ok(entries.field(name).is_some()),
            Val::Absent => Ok(false),
            _ => Err(Stop { fault: Fault::Operands, at: id }),
        }
    }

    #[inline(never)]
    fn matches(&mut self, id: Id, text: Id, pattern: u32) -> Eval<bool> {
        let text = self.eval(text)?;
        let pattern = self.body.patterns.get(pattern as usize);
        match (text, pattern) {
            (Val::Text(text), Some(pattern)) => {
                self.budget.spend(1 + text.as_str().len() / 16).at(id)?;
                Ok(pattern.is_match(text.as_str()))
            }
            (Val::Absent, _) => Err(Stop { fault: Fault::Absent, at: id }),
            _ => Err(Stop { fault: Fault::Operands, at: id }),
        }
    }

    #[inline(never)]
    fn names(&mut self, id: Id, slot: u32) -> Eval<Val<'a>> {
        let names = self.scope.names(slot);
        self.budget.spend(names.len()).at(id)?;
        let items: Vec<Val<'a>> = names.into_iter().filter_map(text_of).collect();
        Ok(Val::List(Items::Made(items.into())))
    }

    #[inline(never)]
    fn negate(&mut self, id: Id, a: Id) -> Eval<Val<'a>> {
        let val = self.eval(a)?;
        ops::negate(&val).at(id)
    }

    #[inline(never)]
    fn arithmetic(&mut self, id: Id, op: Binary, a: Id, b: Id) -> Eval<Val<'a>> {
        let left = self.eval(a)?;
        let right = self.eval(b)?;
        ops::arithmetic(op, left, right, &mut self.budget).at(id)
    }

    #[inline(never)]
    fn index(&mut self, id: Id, on: Id, key: Id) -> Eval<Val<'a>> {
        let on = self.eval(on)?;
        let key = self.eval(key)?;
        ops::index(&on, &key).at(id)
    }

    #[inline(never)]
    fn select(&mut self, id: Id, on: Id, name: &str) -> Eval<Val<'a>> {
        let on = self.eval(on)?;
        ops::select(&on, name).at(id)
    }

    #[inline(never)]
    fn list(&mut self, id: Id, run: Run) -> Eval<Val<'a>> {
        self.budget.spend(run.len as usize).at(id)?;
        let mut items = Vec::with_capacity(run.len as usize);
        for item in self.body.ids(run) {
            items.push(kept(self.eval(*item)?));
        }
        Ok(Val::List(Items::Made(items.into())))
    }

    #[inline(never)]
    fn map(&mut self, id: Id, run: Run) -> Eval<Val<'a>> {
        self.budget.spend(run.len as usize).at(id)?;
        let mut pairs = Vec::with_capacity(run.len as usize / 2);
        for pair in self.body.ids(run).chunks(2) {
            let [key, value] = *pair else { continue };
            let key = Key::of(&self.eval(key)?).at(id)?;
            pairs.push((key, kept(self.eval(value)?)));
        }
        ops::map_of(pairs).at(id)
    }

    #[inline(never)]
    fn call_one(&mut self, id: Id, function: Function, a: Id) -> Eval<Val<'a>> {
        let val = self.eval(a)?;
        ops::call_one(function, &val, &mut self.budget).at(id)
    }

    #[inline(never)]
    fn call_two(&mut self, id: Id, function: Function, a: Id, b: Id) -> Eval<Val<'a>> {
        let left = self.eval(a)?;
        let right = self.eval(b)?;
        ops::call_two(function, &left, &right, &mut self.budget).at(id)
    }

    #[inline(never)]
    fn local(&mut self, id: Id, a: Id) -> Eval<Val<'a>> {
        match self.eval(a)? {
            Val::Time(t) => {
                let offset_s = self.scope.zone().offset_s(t.floor());
                Ok(Val::Local(time::civil_of(t.micros(), offset_s)))
            }
            Val::Absent => Err(Stop { fault: Fault::Absent, at: id }),
            _ => Err(Stop { fault: Fault::Operands, at: id }),
        }
    }

    #[inline(never)]
    fn looped(
        &mut self,
        id: Id,
        kind: Loop,
        over: Id,
        level: u32,
        test: Option<Id>,
        make: Option<Id>,
    ) -> Eval<Val<'a>> {
        let list = self.eval(over)?;
        let len = match &list {
            Val::List(items) => items.len(),
            Val::Map(entries) => entries.len(),
            Val::Absent => return Err(Stop { fault: Fault::Absent, at: id }),
            _ => return Err(Stop { fault: Fault::Operands, at: id }),
        };
        let mut walk = Walk { kind, level: level as usize, found: 0, failed: None, made: Vec::new() };
        // children first: the nodes of the bodies lie between the list and the loop
        let cost = 1 + id.saturating_sub(over) as usize;
        for i in 0..len {
            self.budget.spend(cost).at(id)?;
            let element = match &list {
                Val::List(items) => items.at(i),
                Val::Map(entries) => entries.key_at(i),
                _ => None,
            };
            // a constant loop inside another is computed beforehand, without the elements around it
            self.elements.resize(level as usize, Val::Absent);
            self.elements.push(element.unwrap_or_default());
            if self.walk(&mut walk, test, make)? {
                break;
            }
        }
        self.elements.truncate(level as usize);
        walk.result()
    }

    /// One element of a loop; true when the rest can not change the result.
    fn walk(&mut self, walk: &mut Walk<'a>, test: Option<Id>, make: Option<Id>) -> Eval<bool> {
        let verdict = test.map_or(Ok(true), |test| self.truth(test));
        match (walk.kind, verdict) {
            (Loop::All | Loop::Exists, Err(stop)) => {
                walk.failed.get_or_insert(stop);
            }
            (_, Err(stop)) => return Err(stop),
            (Loop::All, Ok(holds)) => walk.found += usize::from(!holds),
            (Loop::Exists | Loop::ExistsOne, Ok(holds)) => walk.found += usize::from(holds),
            (Loop::Filter, Ok(true)) => {
                walk.made.push(kept(self.elements.get(walk.level).cloned().unwrap_or_default()));
            }
            (Loop::Map, Ok(true)) => {
                if let Some(make) = make {
                    let val = self.eval(make)?;
                    walk.made.push(kept(val));
                }
            }
            (_, Ok(_)) => {}
        }
        Ok(walk.found > 0 && matches!(walk.kind, Loop::All | Loop::Exists))
    }
}

/// A loop under way.
struct Walk<'a> {
    kind: Loop,
    level: usize,
    /// Elements that decide: failed tests for `all`, passed ones for the others.
    found: usize,
    failed: Option<Stop>,
    made: Vec<Val<'a>>,
}

impl<'a> Walk<'a> {
    fn result(self) -> Eval<Val<'a>> {
        let decided = self.found > 0;
        match (self.kind, self.failed) {
            (Loop::Map | Loop::Filter, _) => Ok(Val::List(Items::Made(self.made.into()))),
            (Loop::ExistsOne, _) => Ok(Val::Bool(self.found == 1)),
            (_, Some(stop)) if !decided => Err(stop),
            (Loop::All, _) => Ok(Val::Bool(!decided)),
            (Loop::Exists, _) => Ok(Val::Bool(decided)),
        }
    }
}

/// A value as lists and maps keep it: what is absent is null there.
fn kept(val: Val<'_>) -> Val<'_> {
    if matches!(val, Val::Absent) { Val::Null } else { val }
}

fn text_of<'a>(value: Value) -> Option<Val<'a>> {
    match value {
        Value::Text(t) => Some(Val::Text(Words::Made(t))),
        _ => None,
    }
}

#[inline]
fn ordered(op: Binary, ordering: Ordering) -> bool {
    match op {
        Binary::Equal => ordering.is_eq(),
        Binary::NotEqual => ordering.is_ne(),
        Binary::Less => ordering.is_lt(),
        Binary::LessEqual => ordering.is_le(),
        Binary::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
}

/// `== != < <= > >=` between two values.
pub(super) fn compare(op: Binary, a: &Val<'_>, b: &Val<'_>, budget: &mut Budget) -> Result<bool, Fault> {
    match op {
        Binary::Equal => equal(a, b, budget),
        Binary::NotEqual => equal(a, b, budget).map(|same| !same),
        _ => Ok(order(a, b)?.is_some_and(|ordering| ordered(op, ordering))),
    }
}
