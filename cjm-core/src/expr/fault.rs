//! What goes wrong while an expression is evaluated.
//!
//! Answers: the kinds of evaluation errors and where in the text one arose. Does not know: findings of checking.

use std::fmt;
use std::ops::Range;

use crate::error::{Error, ErrorCode};

/// Why an evaluation has no value. A condition that ends in one does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// An operand is a name that has no value at the moment.
    Absent,
    /// An operator or function does not take such values.
    Operands,
    /// A map or record has no such key.
    NoSuchKey,
    /// An index beyond the list.
    OutOfBounds,
    /// Division or remainder by zero.
    DivideByZero,
    /// A number, instant or length left its range.
    Overflow,
    /// A value can not be converted.
    Conversion,
    /// A map written with the same key twice.
    RepeatedKey,
    /// A pattern that is no regular expression, or too large a one.
    Pattern,
    /// The work or the memory an evaluation may take is used up.
    Budget,
    /// A name or function that does not exist, in an expression compiled without checks.
    Unknown,
}

impl Fault {
    /// A stable slug.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Operands => "operands",
            Self::NoSuchKey => "no_such_key",
            Self::OutOfBounds => "out_of_bounds",
            Self::DivideByZero => "divide_by_zero",
            Self::Overflow => "overflow",
            Self::Conversion => "conversion",
            Self::RepeatedKey => "repeated_key",
            Self::Pattern => "pattern",
            Self::Budget => "budget",
            Self::Unknown => "unknown",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Absent => "has no value",
            Self::Operands => "does not work with these values",
            Self::NoSuchKey => "has no such key",
            Self::OutOfBounds => "is beyond the end of the list",
            Self::DivideByZero => "divides by zero",
            Self::Overflow => "left its range",
            Self::Conversion => "can not be converted",
            Self::RepeatedKey => "has the same key twice",
            Self::Pattern => "is no valid pattern, or too large a one",
            Self::Budget => "takes too much work",
            Self::Unknown => "is not known",
        }
    }
}

/// An evaluation that has no value: why, and which bytes of the expression's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EvalError {
    /// Why.
    pub fault: Fault,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl EvalError {
    /// Bytes of the expression that failed.
    pub const fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The error of the engine, naming the part of the expression's `text` that failed.
    pub fn of_text(&self, text: &str) -> Error {
        let code = match self.fault {
            Fault::Overflow => ErrorCode::Overflow,
            Fault::Budget => ErrorCode::Limit,
            _ => ErrorCode::Condition,
        };
        let part = text.get(self.range()).unwrap_or(text);
        Error::new(code, format!("`{part}` {}", self.fault.message()))
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the part at {}..{} {}", self.start, self.end, self.fault.message())
    }
}

impl std::error::Error for EvalError {}
