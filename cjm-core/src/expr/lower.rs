//! A checked tree to code: constants computed, names to slots, the usual comparisons to one instruction.
//!
//! Answers: what to execute, and which constant parts can only fail.
//! Does not know: the names, which are numbers here.

use rust_decimal::Decimal;

use super::check::{Checked, Info, function_named};
use super::code::{Body, Code, Run};
use super::eval::Evaluation;
use super::fault::Fault;
use super::finding::ExprFinding;
use super::ops::{self, FUNCTIONS, Function};
use super::tree::{Binary, Id, Ids, Kind, Looped, MAX_PATTERN_BYTES, Tree, index};
use super::val::{Budget, Val, Words};
use super::{Scope, Type};
use crate::base::catalogue::expr as words;
use crate::base::money;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;

/// Most patterns in one expression: each may take 512 KiB.
const MAX_PATTERNS: usize = 8;

/// Compiles a checked tree. Findings about constants are added to those of the check.
pub(super) fn lower(tree: &Tree, text: &str, checked: &mut Checked) -> Body {
    let ranges = tree.nodes.iter().map(|n| (index(n.range.start), index(n.range.end))).collect();
    let body = Body {
        code: Vec::with_capacity(tree.nodes.len()),
        lists: Vec::new(),
        values: Vec::new(),
        patterns: Vec::new(),
        ranges,
        root: tree.root,
    };
    let info = std::mem::take(&mut checked.info);
    let mut lowering = Lowering {
        tree,
        text,
        info: &info,
        wrong: &checked.findings,
        body,
        open: Vec::new(),
        budget: Budget::FULL,
        findings: Vec::new(),
    };
    for id in 0..index(tree.nodes.len()) {
        lowering.node(id);
    }
    let Lowering { body, findings, .. } = lowering;
    checked.findings.extend(findings);
    checked.findings.sort_by_key(|f| (f.range.start, f.range.end, f.entry.code));
    checked.info = info;
    body
}

struct Lowering<'t> {
    tree: &'t Tree,
    text: &'t str,
    info: &'t [Info],
    /// What the check found: a part that is wrong is not also reported as failing.
    wrong: &'t [ExprFinding],
    body: Body,
    /// For each node what its value depends on.
    open: Vec<Open>,
    /// Work that computing constants may take, all of them together.
    budget: Budget,
    findings: Vec<ExprFinding>,
}

/// What a value depends on beside the expression itself.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    /// Names or the zone.
    facts: bool,
    /// Elements of loops, one bit per level.
    elements: u64,
}

impl Lowering<'_> {
    fn node(&mut self, id: Id) {
        let kind = self.tree.kind(id);
        let code = self.code(id, kind);
        let open = self.depends(&code, kind);
        self.body.code.push(code);
        self.open.push(open);
        if !open.facts && open.elements == 0 {
            self.fold(id, kind);
        }
    }

    fn info(&self, id: Id) -> Info {
        self.info.get(id as usize).cloned().unwrap_or_default()
    }

    fn depends(&self, code: &Code, kind: &Kind) -> Open {
        let mut open = Open::default();
        match code {
            Code::Slot(_) | Code::Names(_) | Code::SlotIsNull { .. } | Code::Fail(_) => {
                return Open { facts: true, elements: 0 };
            }
            Code::Local(_) | Code::CompareSlot { .. } | Code::Member { .. } => open.facts = true,
            Code::Element(level) => open.elements = 1 << level.min(&63),
            _ => {}
        }
        for child in self.tree.children(kind) {
            let below = self.open.get(child as usize).copied().unwrap_or_default();
            open.facts |= below.facts;
            open.elements |= below.elements;
        }
        if let Kind::Loop(l) = kind {
            open.elements &= !(1 << l.level.min(63));
        }
        open
    }

    fn constant(&mut self, val: Val<'static>) -> Code {
        self.body.values.push(val);
        Code::Const(index(self.body.values.len() - 1))
    }

    fn run(&mut self, ids: Ids) -> Run {
        let start = index(self.body.lists.len());
        let ids = self.tree.ids(ids);
        self.body.lists.extend_from_slice(ids);
        Run { start, len: index(ids.len()) }
    }

    fn code(&mut self, id: Id, kind: &Kind) -> Code {
        let info = self.info(id);
        if info.unknown {
            return Code::Fail(Fault::Unknown);
        }
        if let Some(slot) = info.slot {
            return if info.ty == Type::Names { Code::Names(slot) } else { Code::Slot(slot) };
        }
        match kind {
            Kind::Null => self.constant(Val::Null),
            Kind::Bool(b) => self.constant(Val::Bool(*b)),
            Kind::Int(i) => self.constant(Val::Int(*i)),
            Kind::Number(x) => self.constant(Val::Number(*x)),
            Kind::Text(t) => self.constant(Val::Text(Words::Made(t.clone()))),
            Kind::Name(_) => Code::Fail(Fault::Unknown),
            Kind::Element { level, .. } => Code::Element(*level),
            Kind::Select(on, name) => Code::Select(*on, name.clone()),
            Kind::Index(on, key) => Code::Index(*on, *key),
            Kind::Call { on, name, args } => self.call(id, *on, name, *args),
            Kind::Has(a) => self.has(*a),
            Kind::Not(a) => Code::Not(*a),
            Kind::Negate(a) => Code::Negate(*a),
            Kind::Binary(op, a, b) => self.binary(*op, *a, *b),
            Kind::And(ids) => Code::And(self.run(*ids)),
            Kind::Or(ids) => Code::Or(self.run(*ids)),
            Kind::If(test, a, b) => Code::If(*test, *a, *b),
            Kind::List(ids) => Code::List(self.run(*ids)),
            Kind::Map(ids) => Code::Map(self.run(*ids)),
            Kind::Loop(l) => loop_code(l),
        }
    }

    fn has(&mut self, a: Id) -> Code {
        match (self.body.at(a).clone(), self.tree.kind(a)) {
            (Code::Slot(slot), _) => Code::SlotIsNull { slot, negated: true },
            (Code::Names(_), _) => self.constant(Val::Bool(true)),
            (Code::Select(on, name), _) => Code::HasField(on, name),
            // a constant record, selected from beforehand
            (Code::Const(_), Kind::Select(..)) => self.constant(Val::Bool(true)),
            (Code::Fail(fault), _) => Code::Fail(fault),
            _ => Code::Fail(Fault::Operands),
        }
    }

    fn binary(&mut self, op: Binary, a: Id, b: Id) -> Code {
        let money = |id| self.info(id).ty == Type::Money;
        let (left, right) = (money(a), money(b));
        if left {
            self.exact(b);
        }
        if right {
            self.exact(a);
        }
        match op {
            Binary::In => match self.body.at(b) {
                Code::Names(slot) => Code::Member { of: a, slot: *slot },
                _ => Code::In(a, b),
            },
            Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Remainder => {
                Code::Arithmetic(op, a, b)
            }
            _ => self
                .comparison(op, a, b)
                .or_else(|| self.comparison(mirrored(op), b, a))
                .unwrap_or(Code::Compare(op, a, b)),
        }
    }

    /// A comparison with a constant on the right.
    fn comparison(&self, op: Binary, a: Id, b: Id) -> Option<Code> {
        let Code::Const(value) = *self.body.at(b) else { return None };
        let negated = op == Binary::NotEqual;
        match (self.body.at(a), self.body.value(value)) {
            (Code::Slot(slot), Val::Null) if negated || op == Binary::Equal => {
                Some(Code::SlotIsNull { slot: *slot, negated })
            }
            (_, Val::Null) if negated || op == Binary::Equal => Some(Code::IsNull { of: a, negated }),
            (Code::Slot(slot), _) => Some(Code::CompareSlot { op, slot: *slot, value }),
            _ => None,
        }
    }

    /// Turns a number written beside an amount into the decimal that its digits say.
    fn exact(&mut self, id: Id) {
        let Code::Const(value) = *self.body.at(id) else { return };
        let range = self.tree.range(id);
        let digits: String =
            self.text.get(range).unwrap_or("").chars().filter(|c| !c.is_whitespace()).collect();
        let exact = match self.body.value(value) {
            Val::Int(i) => Some(Decimal::from(*i)),
            Val::Number(x) => money::parse(&digits).or_else(|| money::of_float(*x)),
            _ => None,
        };
        if let (Some(exact), Some(slot)) = (exact, self.body.values.get_mut(value as usize)) {
            *slot = Val::Money(exact);
        }
    }

    fn call(&mut self, id: Id, on: Option<Id>, name: &str, args: Ids) -> Code {
        let Some(function) = function_named(name, on.is_some()) else { return Code::Fail(Fault::Unknown) };
        let all: Vec<Id> = on.iter().chain(self.tree.ids(args)).copied().collect();
        match *all {
            [a] if function == Function::Local => Code::Local(a),
            [a] => Code::CallOne(function, a),
            [a, b] if function == Function::Matches => self.matches(id, a, b),
            [a, b] => Code::CallTwo(function, a, b),
            _ => Code::Fail(Fault::Operands),
        }
    }

    /// A pattern known beforehand is built once.
    fn matches(&mut self, id: Id, text: Id, pattern: Id) -> Code {
        let Some(Val::Text(words)) = self.body.known(pattern) else {
            return Code::CallTwo(Function::Matches, text, pattern);
        };
        let built = if self.body.patterns.len() < MAX_PATTERNS {
            ops::pattern(words.as_str())
        } else {
            Err(Fault::Pattern)
        };
        match built {
            Ok(built) => {
                self.body.patterns.push(built);
                Code::Matches(text, index(self.body.patterns.len() - 1))
            }
            Err(fault) => {
                let written = words.as_str().to_owned();
                let range = self.tree.range(pattern);
                self.findings.push(if written.len() > MAX_PATTERN_BYTES {
                    let limit = MAX_PATTERN_BYTES.to_string();
                    ExprFinding::new(&words::EXPR_PATTERN_LONG, range).with("limit", limit)
                } else if self.body.patterns.len() >= MAX_PATTERNS {
                    let limit = MAX_PATTERNS.to_string();
                    ExprFinding::new(&words::EXPR_PATTERNS, self.tree.range(id)).with("limit", limit)
                } else {
                    ExprFinding::new(&words::EXPR_PATTERN, range).with("pattern", written)
                });
                Code::Fail(fault)
            }
        }
    }

    /// Computes a part that depends on nothing, once its own parts are computed.
    fn fold(&mut self, id: Id, kind: &Kind) {
        let ready = match kind {
            Kind::Loop(l) => self.body.known(l.over).is_some(),
            _ => self.tree.children(kind).iter().all(|child| self.body.known(*child).is_some()),
        };
        if !ready || matches!(self.body.at(id), Code::Const(_)) {
            return;
        }
        let mut evaluation = Evaluation::new(&self.body, &Nothing, self.budget);
        let result = evaluation.eval(id);
        let mut budget = evaluation.budget;
        let result = result.map(|val| val.owned(&mut budget));
        self.budget = budget;
        match result {
            Ok(Some(val)) => {
                let code = self.constant(val);
                if let Some(slot) = self.body.code.get_mut(id as usize) {
                    *slot = code;
                }
            }
            Ok(None) => {}
            Err(stop) if stop.fault == Fault::Budget => {}
            Err(_) => self.fails(id, kind),
        }
    }

    /// A constant part that can only fail.
    fn fails(&mut self, id: Id, kind: &Kind) {
        let range = self.tree.range(id);
        // children first: the next node is the parent, and `has` asks just whether this fails
        if matches!(self.tree.kind(id + 1), Kind::Has(a) if *a == id) {
            return;
        }
        if self.wrong.iter().any(|f| f.range.start >= range.start && f.range.end <= range.end) {
            return;
        }
        let found = self.text.get(range.clone()).unwrap_or("").to_owned();
        let example = match kind {
            Kind::Call { name, .. } => FUNCTIONS.iter().find(|(known, ..)| **known == **name),
            _ => None,
        };
        self.findings.push(match example {
            Some((.., usage)) => {
                ExprFinding::new(&words::EXPR_LITERAL, range).with("found", found).with("example", *usage)
            }
            None => ExprFinding::new(&words::EXPR_ALWAYS_FAILS, range).with("found", found),
        });
    }
}

fn loop_code(l: &Looped) -> Code {
    Code::Loop { kind: l.kind, over: l.over, level: l.level, test: l.test, make: l.make }
}

/// The operator that says the same with its sides exchanged.
const fn mirrored(op: Binary) -> Binary {
    match op {
        Binary::Less => Binary::Greater,
        Binary::LessEqual => Binary::GreaterEqual,
        Binary::Greater => Binary::Less,
        Binary::GreaterEqual => Binary::LessEqual,
        other => other,
    }
}

/// A scope without facts.
pub(super) struct Nothing;

impl Scope for Nothing {
    fn value(&self, _: u32) -> ValueRef<'_> {
        ValueRef::Null
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

/// The names that an expression reads, sorted, each once.
pub(super) fn slots(tree: &Tree, body: &Body) -> Vec<u32> {
    let mut slots = Vec::new();
    let mut next = vec![body.root];
    while let Some(id) = next.pop() {
        match body.at(id) {
            Code::Slot(slot)
            | Code::Names(slot)
            | Code::SlotIsNull { slot, .. }
            | Code::CompareSlot { slot, .. } => {
                slots.push(*slot);
            }
            Code::Member { of, slot } => {
                slots.push(*slot);
                next.push(*of);
            }
            Code::Const(_) | Code::Fail(_) | Code::Element(_) => {}
            _ => next.extend(tree.children(tree.kind(id))),
        }
    }
    slots.sort_unstable();
    slots.dedup();
    slots
}
