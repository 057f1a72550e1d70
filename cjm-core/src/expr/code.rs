//! Compiled expressions: code over slots, one instruction per node of the tree.
//!
//! Answers: what an evaluation executes. Does not know: how it was written.

use std::sync::Arc;

use regex::Regex;

use super::fault::{EvalError, Fault};
use super::ops::Function;
use super::tree::{Binary, Id, Loop};
use super::val::Val;

/// A run of ids in [`Body::lists`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) start: u32,
    pub(super) len: u32,
}

/// One instruction. Operands are other instructions, by id.
#[derive(Debug, Clone)]
pub(super) enum Code {
    /// A value known beforehand.
    Const(u32),
    /// The value of a name.
    Slot(u32),
    /// The members of a name of type [`super::Type::Names`], as a list.
    Names(u32),
    /// The element of a loop, by how many loops stand around it.
    Element(u32),
    And(Run),
    Or(Run),
    Not(Id),
    Negate(Id),
    Arithmetic(Binary, Id, Id),
    /// `== != < <= > >=`.
    Compare(Binary, Id, Id),
    /// A name compared with a value known beforehand.
    CompareSlot {
        op: Binary,
        slot: u32,
        value: u32,
    },
    /// Whether something is null, or is not.
    IsNull {
        of: Id,
        negated: bool,
    },
    /// Whether a name has no value, or has one.
    SlotIsNull {
        slot: u32,
        negated: bool,
    },
    In(Id, Id),
    /// Whether a text is among the members of a name.
    Member {
        of: Id,
        slot: u32,
    },
    If(Id, Id, Id),
    Index(Id, Id),
    Select(Id, Arc<str>),
    HasField(Id, Arc<str>),
    List(Run),
    Map(Run),
    CallOne(Function, Id),
    CallTwo(Function, Id, Id),
    Local(Id),
    Matches(Id, u32),
    Loop {
        kind: Loop,
        over: Id,
        level: u32,
        test: Option<Id>,
        make: Option<Id>,
    },
    Fail(Fault),
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) code: Vec<Code>,
    pub(super) lists: Vec<Id>,
    pub(super) values: Vec<Val<'static>>,
    pub(super) patterns: Vec<Regex>,
    /// Bytes of the text behind each instruction.
    pub(super) ranges: Vec<(u32, u32)>,
    pub(super) root: Id,
}

impl Body {
    pub(super) fn at(&self, id: Id) -> &Code {
        self.code.get(id as usize).unwrap_or(&Code::Fail(Fault::Unknown))
    }

    pub(super) fn ids(&self, run: Run) -> &[Id] {
        let start = run.start as usize;
        self.lists.get(start..start + run.len as usize).unwrap_or(&[])
    }

    pub(super) fn value(&self, i: u32) -> &Val<'static> {
        self.values.get(i as usize).unwrap_or(&Val::Null)
    }

    /// A fault of an instruction, placed in the text.
    #[cold]
    pub(super) fn error(&self, fault: Fault, id: Id) -> EvalError {
        let (start, end) = self.ranges.get(id as usize).copied().unwrap_or_default();
        EvalError { fault, start, end }
    }

    /// The value of an instruction, when it is known beforehand.
    pub(super) fn known(&self, id: Id) -> Option<&Val<'static>> {
        match self.at(id) {
            Code::Const(i) => Some(self.value(*i)),
            _ => None,
        }
    }
}
