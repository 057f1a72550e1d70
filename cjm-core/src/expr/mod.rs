//! The condition language: CEL over declared names, with money and local time.
//!
//! Answers: whether a text is a valid condition over certain names, and whether it holds.
//! Does not know: blueprints, events or customers. Names come from [`Types`], values from [`Scope`].
//!
//! # The language
//! [CEL](https://cel.dev) without protobuf messages, bytes, unsigned integers, `type()` and `dyn()`:
//! literals, fields, `+ - * / %`, comparison, `in`, `&& || !`, `?:`, `has`, the loops `all exists exists_one map
//! filter`, `size contains startsWith endsWith matches`, `timestamp duration` with their `getHours()` family, and the
//! conversions `int double string bool`. Of its own it has:
//! - money: exact decimals. A number beside an amount is the decimal its digits say: `event.amount > 19.99`.
//!   Amounts mix with whole numbers and floats in arithmetic; the result is an amount.
//! - `local(time)`: the local time in the customer's zone, with the fields `year month day hour minute second weekday
//!   date` (months, days and weekdays from 1, Monday = 1).
//! - `date('2026-03-01')` and `money('38.00')`; dates compare, and their difference is a length of time.
//! - lengths of time with days and weeks: `duration('7d')`. A length is at most 292 years.
//! - whole numbers and floats compare with each other, and a name with another type is a finding.
//!
//! A declared name without a value is null: `x == null`, `x != null` and `has(x)` test it; as any other operand it
//! is an error. `&&` and `||` absorb errors as in CEL, and a condition that ends in an error does not hold.
//! Maps are walked in the order of their keys.
//!
//! # Bounds
//! 4 KiB of text, 64 levels, 4,096 parts, 8 patterns of 256 bytes, 200,000 steps of work: beyond is a
//! finding or [`Fault::Budget`], never an abort.
//!
//! ```
//! use cjm_core::{Value, Zone, expr};
//! let facts = expr::json::value(&serde_json::json!({"visits": 3, "tags": ["regular"]}))?;
//! let holds = expr::evaluate("visits >= 2 && 'regular' in tags", &facts, &Zone::utc());
//! assert_eq!(holds, Ok(Value::Bool(true)));
//! # Ok::<(), cjm_core::Error>(())
//! ```

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::base::catalogue::expr as words;
use crate::base::finding::Severity;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;

mod atoms;
mod canonical;
mod check;
mod code;
mod dynamic;
mod eval;
mod exclusive;
mod fault;
mod finding;
pub mod json;
mod lex;
mod lower;
mod ops;
mod parse;
pub(crate) mod parts;
mod quick;
#[cfg(test)]
mod tests;
mod time;
mod together;
mod tree;
mod val;
mod verdict;

pub use atoms::{Assessed, Atom, Needed, Operand};
pub use dynamic::{Failure, evaluate};
pub use exclusive::exclusive;
pub use fault::{EvalError, Fault};
pub use finding::ExprFinding;
pub use together::Together;
pub use tree::{MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_PATTERN_BYTES};
pub use verdict::{conflict, verdict};

/// What the parts of an expression can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Type {
    /// Not known before evaluation.
    #[default]
    Any,
    /// Only `null`.
    Null,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A float.
    Number,
    /// Text.
    Text,
    /// A decimal amount.
    Money,
    /// An instant.
    Time,
    /// A calendar day.
    Date,
    /// A length of time.
    Duration,
    /// Several values.
    List,
    /// Named values.
    Record,
    /// A set of names, such as tags: asked with `in` without building a list.
    Names,
    /// A local time, from `local(..)`.
    Local,
}

impl Type {
    /// The word that findings use for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Number => "number",
            Self::Text => "text",
            Self::Money => "money",
            Self::Time => "time",
            Self::Date => "date",
            Self::Duration => "duration",
            Self::List => "list",
            Self::Record => "record",
            Self::Names => "names",
            Self::Local => "local time",
        }
    }

    /// Whether values of the type compare as numbers.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Number | Self::Money)
    }
}

/// A declared name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// The number under which [`Scope`] is asked for its value.
    pub slot: u32,
    /// The type of its values.
    pub ty: Type,
}

/// What the names of expressions mean.
pub trait Types {
    /// The name at exactly this path, as in `["event", "amount"]`. The longest path that is a name wins;
    /// what follows it is selected from the value.
    fn lookup(&self, path: &[&str]) -> Option<Name>;

    /// The words that may follow a path (the first words for `[]`), to find the nearest known name.
    fn children(&self, path: &[&str]) -> Vec<String>;

    /// Fields of the record, or of the records in the list, at this path; empty when they are not known.
    fn fields(&self, _path: &[&str]) -> Vec<(String, Type)> {
        Vec::new()
    }

    /// The only texts that the name at this path can have, or hold; `None` when it may be any.
    fn choices(&self, _path: &[&str]) -> Option<Vec<String>> {
        None
    }
}

/// The values of names at the moment of an evaluation.
pub trait Scope {
    /// The value of a name; [`ValueRef::Null`] when it has none.
    fn value(&self, slot: u32) -> ValueRef<'_>;

    /// Whether `text` is among the members of a name of type [`Type::Names`].
    fn member(&self, slot: u32, text: &str) -> bool;

    /// The members of a name of type [`Type::Names`], as texts in a stable order.
    fn names(&self, slot: u32) -> Vec<Value>;

    /// The zone of `local(..)`.
    fn zone(&self) -> &Zone;
}

/// A checked and compiled expression; cheap to clone, shared by threads.
///
/// Two programs are equal when they say the same up to spacing, quotes, brackets and the names of loop elements.
#[derive(Clone)]
pub struct Program(Arc<Inner>);

struct Inner {
    body: code::Body,
    quick: Option<quick::Quick>,
    slots: Vec<u32>,
    ty: Type,
    text: String,
    canonical: String,
    warnings: Vec<ExprFinding>,
}

/// Compiles an expression over declared names; or every finding, in the order of the text.
///
/// # Errors
/// All findings when at least one of them is an error. Warnings alone are kept in [`Program::warnings`].
pub fn compile(text: &str, types: &dyn Types) -> Result<Program, Vec<ExprFinding>> {
    let program = build(text, types)?;
    let bad = program.0.warnings.iter().any(|f| f.severity() == Severity::Error);
    if bad { Err(program.0.warnings.clone()) } else { Ok(program) }
}

/// Compiles an expression that must be true or false.
///
/// # Errors
/// As [`compile`], and a finding when its type is another.
pub fn condition(text: &str, types: &dyn Types) -> Result<Program, Vec<ExprFinding>> {
    let program = compile(text, types)?;
    if matches!(program.ty(), Type::Bool | Type::Any) {
        return Ok(program);
    }
    let finding =
        ExprFinding::new(&words::EXPR_NOT_CONDITION, 0..text.len()).with("found", program.ty().word());
    Err(program.warnings().iter().cloned().chain([finding]).collect())
}

/// Compiles an expression and leaves unknown names and wrong types to the evaluation, where they are errors.
///
/// # Errors
/// Findings of the syntax and of bounds.
pub fn compile_unchecked(text: &str, types: &dyn Types) -> Result<Program, Vec<ExprFinding>> {
    build(text, types)
}

/// One spelling for all ways to write the same expression, whatever its names mean; `None` when it has no syntax.
///
/// ```
/// use cjm_core::expr::canonical;
/// assert_eq!(canonical("visits>1 && ('a' in tags)"), canonical("(visits > 1) && \"a\" in tags"));
/// assert_eq!(canonical("visits >"), None);
/// ```
pub fn canonical(text: &str) -> Option<String> {
    parse::parse(text).ok().map(|tree| canonical::canonical(&tree))
}

/// Findings of the syntax are errors; those of the check are kept as the program's warnings.
fn build(text: &str, types: &dyn Types) -> Result<Program, Vec<ExprFinding>> {
    let tree = parse::parse(text)?;
    let mut checked = check::check(&tree, text, types);
    let body = lower::lower(&tree, text, &mut checked);
    let ty = checked.info.get(tree.root as usize).map_or(Type::Any, |info| info.ty);
    Ok(Program(Arc::new(Inner {
        slots: lower::slots(&tree, &body),
        quick: quick::Quick::of(&body),
        body,
        ty,
        text: text.to_owned(),
        canonical: canonical::canonical(&tree),
        warnings: checked.findings,
    })))
}

impl Program {
    /// Whether the condition holds.
    ///
    /// # Errors
    /// When the evaluation ends in an error; the condition then does not hold.
    #[inline]
    pub fn holds<S: Scope + ?Sized>(&self, scope: &S) -> Result<bool, EvalError> {
        match &self.0.quick {
            Some(quick) => quick.holds(&self.0.body, scope),
            None => eval::holds(&self.0.body, scope),
        }
    }

    /// The value of the expression; null when it is a name without a value.
    ///
    /// # Errors
    /// When the evaluation ends in an error.
    pub fn eval<S: Scope + ?Sized>(&self, scope: &S) -> Result<Value, EvalError> {
        eval::value(&self.0.body, scope)
    }

    /// The value of an expression that reads no name; `None` when it reads one, or ends in an error.
    pub fn constant(&self) -> Option<Value> {
        if self.0.slots.is_empty() { self.eval(&lower::Nothing).ok() } else { None }
    }

    /// The slots of the names it reads, sorted, each once.
    pub fn slots(&self) -> &[u32] {
        &self.0.slots
    }

    /// The type of its value.
    pub fn ty(&self) -> Type {
        self.0.ty
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// One spelling for all ways to write the same expression.
    pub fn canonical(&self) -> &str {
        &self.0.canonical
    }

    /// What is probably not meant, in the order of the text; after [`compile_unchecked`] also what is wrong.
    pub fn warnings(&self) -> &[ExprFinding] {
        &self.0.warnings
    }
}

impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        self.0.canonical == other.0.canonical
    }
}

impl Eq for Program {}

impl Hash for Program {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.canonical.hash(state);
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({})", self.0.canonical)
    }
}
