//! A condition taken apart: how `&&`, `||` and `!` join its parts, and what each part alone says.
//!
//! Answers: the parts that many conditions share, which of them compare one name with a constant, whether a part holds.
//! Does not know: where values come from; who asks joins the parts again, an error being neither true nor false.

use std::fmt::Write;

use rust_decimal::Decimal;

use super::code::{Body, Code, Run};
use super::eval::Evaluation;
use super::fault::Fault;
use super::quick;
use super::tree::Id;
use super::val::{Budget, Items, Val};
use super::{Program, Scope};

/// A condition as a formula over its parts. Of an `All` one false part makes false whatever the others are, of an
/// `Any` one true part makes true; else an error of a part is an error of the whole, and `Not` of an error is one.
#[derive(Debug)]
pub(crate) enum Formula {
    /// `&&`.
    All(Vec<Formula>),
    /// `||`.
    Any(Vec<Formula>),
    /// `!`.
    Not(Box<Formula>),
    /// Something that is true, false or an error by itself.
    Part(Part),
}

/// One part of a condition; the whole of it when it was not taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    program: Program,
    id: Id,
}

/// A name compared with a constant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparison<'p> {
    /// The name.
    pub(crate) slot: u32,
    /// Which orderings of the name's value against the constant pass: bit 0 less, bit 1 equal, bit 2 greater.
    pub(crate) passes: u8,
    /// The constant.
    pub(crate) with: Constant<'p>,
}

/// What a name is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Constant<'p> {
    /// A whole number.
    Int(i64),
    /// A float.
    Number(f64),
    /// An exact decimal.
    Money(Decimal),
    /// A text.
    Text(&'p str),
    /// An instant in nanoseconds since 1970.
    Nanos(i128),
    /// A calendar day since 1970-01-01.
    Day(i32),
}

/// How much work the evaluation of a condition can be.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    instructions: u64,
    /// Values in constant lists.
    listed: u64,
    /// Texts that are put together.
    joined: u64,
    /// Bytes of constant texts.
    bytes: u64,
}

impl Program {
    /// The condition as a formula over its parts; nesting is bounded as that of the text is.
    pub(crate) fn formula(&self) -> Formula {
        formula(self, self.0.body.root)
    }

    /// The condition in one piece.
    pub(crate) fn whole(&self) -> Part {
        Part { program: self.clone(), id: self.0.body.root }
    }

    /// Whether two values are compared of which neither is known beforehand: they may be lists.
    fn compares_values(&self) -> bool {
        let body = &self.0.body;
        let mut next = vec![body.root];
        while let Some(id) = next.pop() {
            match *body.at(id) {
                Code::Compare(_, a, b) if body.known(a).is_none() && body.known(b).is_none() => return true,
                Code::In(_, list) if body.known(list).is_none() => return true,
                _ => next.extend(children(body, id)),
            }
        }
        false
    }

    /// Whether its parts may be evaluated one by one whatever an event holds.
    pub(super) fn is_separable(&self) -> bool {
        /// Longest text of an event in bytes.
        const LONGEST: usize = 8_192;
        !self.compares_values() && self.is_light(LONGEST)
    }

    /// Whether its parts evaluated one by one can not need more work than the whole of it may, when no text that a
    /// name has is longer than `longest` bytes and no name is a list. Loops always may.
    pub(crate) fn is_light(&self, longest: usize) -> bool {
        let body = &self.0.body;
        let mut work = Work::default();
        let mut next = vec![body.root];
        while let Some(id) = next.pop() {
            if !work.add(body, body.at(id)) {
                return false;
            }
            next.extend(children(body, id));
        }
        // every text is at most all names and constants that were joined to it, one after the other
        let longest = longest.max(64) as u64;
        let text = longest.saturating_mul(work.joined + 1).saturating_add(work.bytes);
        let each = text / 16 + 2;
        let listed = work.listed.saturating_mul(text / 1_024 + 1);
        work.instructions.saturating_mul(each).saturating_add(listed) < 100_000
    }
}

impl Work {
    /// Counts one instruction; false when its work depends on more than the length of texts.
    fn add(&mut self, body: &Body, code: &Code) -> bool {
        self.instructions += 1;
        match code {
            Code::Const(value) | Code::CompareSlot { value, .. } => match body.value(*value) {
                Val::Text(text) => self.bytes += text.as_str().len() as u64,
                Val::List(items) => self.listed += items.len() as u64,
                Val::Map(_) => return false,
                _ => {}
            },
            Code::Arithmetic(..) => self.joined += 1,
            Code::Loop { .. } | Code::List(_) | Code::Map(_) | Code::Names(_) | Code::Index(..) => {
                return false;
            }
            _ => {}
        }
        true
    }
}

fn formula(program: &Program, id: Id) -> Formula {
    let body = &program.0.body;
    let each = |run: Run| body.ids(run).iter().map(|id| formula(program, *id)).collect();
    match body.at(id) {
        Code::And(run) => Formula::All(each(*run)),
        Code::Or(run) => Formula::Any(each(*run)),
        Code::Not(a) => Formula::Not(Box::new(formula(program, *a))),
        _ => Formula::Part(Part { program: program.clone(), id }),
    }
}

impl Part {
    /// Whether it holds.
    ///
    /// # Errors
    /// When its evaluation ends in an error.
    pub(crate) fn holds<S: Scope + ?Sized>(&self, scope: &S) -> Result<bool, Fault> {
        let body = &self.program.0.body;
        if self.id == body.root && self.program.0.quick.is_some() {
            return self.program.holds(scope).map_err(|error| error.fault);
        }
        Evaluation::new(body, scope, Budget::FULL).truth(self.id).map_err(|stop| stop.fault)
    }

    /// The names it reads, sorted, each once.
    pub(crate) fn slots(&self) -> Vec<u32> {
        let body = &self.program.0.body;
        let mut slots = Vec::new();
        let mut next = vec![self.id];
        while let Some(id) = next.pop() {
            match body.at(id) {
                Code::Slot(slot)
                | Code::Names(slot)
                | Code::Member { slot, .. }
                | Code::SlotIsNull { slot, .. }
                | Code::CompareSlot { slot, .. } => slots.push(*slot),
                _ => {}
            }
            next.extend(children(body, id));
        }
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// A text that only parts have that say the same of the same names.
    pub(crate) fn key(&self) -> String {
        let mut key = String::new();
        write_key(&self.program.0.body, self.id, &mut key);
        key
    }

    /// The comparison that it is, when it is one of a name with a constant that has an order.
    pub(crate) fn comparison(&self) -> Option<Comparison<'_>> {
        let body = &self.program.0.body;
        let Code::CompareSlot { op, slot, value } = *body.at(self.id) else { return None };
        let with = match body.value(value) {
            Val::Int(i) => Constant::Int(*i),
            Val::Number(x) => Constant::Number(*x),
            Val::Money(amount) => Constant::Money(*amount),
            Val::Text(text) => Constant::Text(text.as_str()),
            Val::Time(instant) => Constant::Nanos(instant.nanos()),
            Val::Date(day) => Constant::Day(day.days()),
            _ => return None,
        };
        Some(Comparison { slot, passes: quick::passes(op), with })
    }

    /// The name that it asks for a value of, when that is all it does.
    pub(super) fn null_test(&self) -> Option<u32> {
        match *self.program.0.body.at(self.id) {
            Code::SlotIsNull { slot, .. } => Some(slot),
            _ => None,
        }
    }

    /// The texts that a name is looked for in, when that is all it does: `event.channel in ['app', 'web']`.
    pub(crate) fn among(&self) -> Option<(u32, Vec<&str>)> {
        let body = &self.program.0.body;
        let Code::In(of, list) = *body.at(self.id) else { return None };
        let (Code::Slot(slot), Some(Val::List(Items::Made(items)))) = (body.at(of), body.known(list)) else {
            return None;
        };
        let texts: Option<Vec<&str>> = items.iter().map(Val::text).collect();
        Some((*slot, texts?))
    }
}

/// The instructions directly below one, in the order written.
fn children(body: &Body, id: Id) -> Vec<Id> {
    match *body.at(id) {
        Code::And(run) | Code::Or(run) | Code::List(run) | Code::Map(run) => body.ids(run).to_vec(),
        Code::Not(a)
        | Code::Negate(a)
        | Code::IsNull { of: a, .. }
        | Code::Member { of: a, .. }
        | Code::Select(a, _)
        | Code::HasField(a, _)
        | Code::CallOne(_, a)
        | Code::Local(a)
        | Code::Matches(a, _) => vec![a],
        Code::Arithmetic(_, a, b)
        | Code::Compare(_, a, b)
        | Code::In(a, b)
        | Code::Index(a, b)
        | Code::CallTwo(_, a, b) => vec![a, b],
        Code::If(test, a, b) => vec![test, a, b],
        Code::Loop { over, test, make, .. } => [Some(over), test, make].into_iter().flatten().collect(),
        Code::Const(_)
        | Code::Slot(_)
        | Code::Names(_)
        | Code::Element(_)
        | Code::CompareSlot { .. }
        | Code::SlotIsNull { .. }
        | Code::Fail(_) => Vec::new(),
    }
}

/// The instruction and all below it with constants and patterns written out, in brackets.
fn write_key(body: &Body, id: Id, key: &mut String) {
    let value = |i: u32| body.value(i);
    // writing into a String does not fail
    let _ = match body.at(id) {
        Code::Const(i) => write!(key, "{:?}", value(*i)),
        Code::Slot(slot) => write!(key, "slot {slot}"),
        Code::Names(slot) => write!(key, "names {slot}"),
        Code::Element(level) => write!(key, "element {level}"),
        Code::And(_) => write!(key, "and"),
        Code::Or(_) => write!(key, "or"),
        Code::Not(_) => write!(key, "not"),
        Code::Negate(_) => write!(key, "negate"),
        Code::Arithmetic(op, ..) | Code::Compare(op, ..) => write!(key, "{op:?}"),
        Code::CompareSlot { op, slot, value: i } => write!(key, "slot {slot} {op:?} {:?}", value(*i)),
        Code::IsNull { negated, .. } => write!(key, "null {negated}"),
        Code::SlotIsNull { slot, negated } => write!(key, "slot {slot} null {negated}"),
        Code::In(..) => write!(key, "in"),
        Code::Member { slot, .. } => write!(key, "member {slot}"),
        Code::If(..) => write!(key, "if"),
        Code::Index(..) => write!(key, "index"),
        Code::Select(_, name) => write!(key, "select {name:?}"),
        Code::HasField(_, name) => write!(key, "has {name:?}"),
        Code::List(_) => write!(key, "list"),
        Code::Map(_) => write!(key, "map"),
        Code::CallOne(function, _) | Code::CallTwo(function, ..) => write!(key, "call {function:?}"),
        Code::Local(_) => write!(key, "local"),
        Code::Matches(_, i) => {
            write!(key, "matches {:?}", body.patterns.get(*i as usize).map(|p| p.as_str()))
        }
        Code::Loop { kind, level, test, .. } => write!(key, "{kind:?} {level} {}", test.is_some()),
        Code::Fail(fault) => write!(key, "fail {fault:?}"),
    };
    for child in children(body, id) {
        key.push('(');
        write_key(body, child, key);
        key.push(')');
    }
}
