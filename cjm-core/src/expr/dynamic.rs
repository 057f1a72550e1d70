//! Evaluating an expression over a tree of values, without declarations.
//!
//! Answers: what an expression gives for certain facts, for people who try one out.
//! Does not know: blueprints; every field of the facts is a name.

use std::collections::BTreeMap;
use std::fmt;

use super::{EvalError, ExprFinding, Name, Scope, Type, Types, compile};
use crate::base::finding::Severity;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::error::{Error, ErrorCode};

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It does not fit the language or the facts: all findings, in the order of the text.
    Findings(Vec<ExprFinding>),
    /// Its evaluation ended in an error.
    Eval(EvalError),
}

/// The value of an expression over facts: a record whose fields are the names.
///
/// # Errors
/// The findings of its text, or the error of its evaluation.
///
/// ```
/// use cjm_core::{Value, Zone, expr};
/// let facts = Value::Record([("visits".into(), Value::Int(3))].into());
/// assert_eq!(expr::evaluate("visits * 2", &facts, &Zone::utc()), Ok(Value::Int(6)));
/// assert!(expr::evaluate("visit * 2", &facts, &Zone::utc()).is_err());
/// ```
pub fn evaluate(text: &str, facts: &Value, zone: &Zone) -> Result<Value, Failure> {
    let facts = Facts::new(facts, zone);
    let program = compile(text, &facts).map_err(Failure::Findings)?;
    program.eval(&facts).map_err(Failure::Eval)
}

/// A record as names and values. Slots number its fields, the fields of its records too, depth first.
struct Facts<'a> {
    fields: Vec<&'a Value>,
    slots: BTreeMap<Vec<&'a str>, u32>,
    zone: &'a Zone,
}

/// Levels of records whose fields are names; deeper ones are selected from values.
const MAX_LEVELS: usize = 4;
/// Fields that are names; further ones are selected from values.
const MAX_FIELDS: usize = 10_000;

impl<'a> Facts<'a> {
    fn new(facts: &'a Value, zone: &'a Zone) -> Self {
        let mut all = Self { fields: Vec::new(), slots: BTreeMap::new(), zone };
        all.gather(&[], facts);
        all
    }

    fn gather(&mut self, path: &[&'a str], value: &'a Value) {
        let Value::Record(fields) = value else { return };
        if path.len() >= MAX_LEVELS {
            return;
        }
        for (name, value) in fields.iter() {
            if self.fields.len() >= MAX_FIELDS {
                return;
            }
            let below = [path, &[&**name]].concat();
            let slot = super::tree::index(self.fields.len());
            self.slots.entry(below.clone()).or_insert(slot);
            self.fields.push(value);
            self.gather(&below, value);
        }
    }
}

impl Types for Facts<'_> {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        let slot = *self.slots.get(path)?;
        let value = self.fields.get(slot as usize)?;
        Some(Name { slot, ty: type_of(value) })
    }

    fn children(&self, path: &[&str]) -> Vec<String> {
        let below = |known: &&Vec<&str>| known.len() == path.len() + 1 && known.starts_with(path);
        self.slots.keys().filter(below).filter_map(|known| known.last()).map(|w| (*w).to_owned()).collect()
    }
}

impl Scope for Facts<'_> {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        self.fields.get(slot as usize).map_or(ValueRef::Null, |value| value.as_ref())
    }

    fn member(&self, _: u32, _: &str) -> bool {
        false
    }

    fn names(&self, _: u32) -> Vec<Value> {
        Vec::new()
    }

    fn zone(&self) -> &Zone {
        self.zone
    }
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Any,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Number(_) => Type::Number,
        Value::Text(_) => Type::Text,
        Value::Money(_) => Type::Money,
        Value::Time(_) => Type::Time,
        Value::Date(_) => Type::Date,
        Value::Duration(_) => Type::Duration,
        Value::List(_) => Type::List,
        Value::Record(_) => Type::Record,
    }
}

impl Failure {
    /// The error of the engine for an expression's text: the first finding that is an error, or what failed.
    pub fn of_text(&self, text: &str) -> Error {
        match self {
            Self::Eval(error) => error.of_text(text),
            Self::Findings(all) => {
                let first = all.iter().find(|f| f.severity() == Severity::Error).or(all.first());
                let message = first.map(|f| f.alone(text).to_string()).unwrap_or_default();
                Error::new(ErrorCode::Condition, message)
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eval(error) => error.fmt(f),
            Self::Findings(all) => all.iter().try_for_each(|finding| writeln!(f, "{finding}")),
        }
    }
}

impl std::error::Error for Failure {}
