//! Conditions as far as a simulation can answer them: over the event at hand, its time, and answers given so far.
//!
//! Answers: whether drawn attributes satisfy a `where`, a scenario holds at an instant, a question is asked.
//! Does not know: customers and trips; a condition that speaks of them is no condition here and is left out.

use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::blueprint::model::{AttributeKind, Expr};
use crate::expr::{self, Name, Program, Scope, Type, Types};

/// A condition over facts that a simulation knows.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    program: Program,
    known: Known,
}

/// The names a condition may use, by slot.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Vec<(Vec<String>, Type, Fact)>);

/// Where the value of a name comes from.
#[derive(Debug, Clone)]
enum Fact {
    Named(String),
    Time,
    Event,
    Channel,
}

/// The facts of one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) name: &'a str,
    pub(super) time: Timestamp,
    pub(super) channel: Option<&'a str>,
    /// Attributes of the event, or answers of a survey.
    pub(super) values: &'a [(Arc<str>, Value)],
    pub(super) zone: &'a Zone,
}

impl Known {
    /// An event with these attributes.
    pub(super) fn event<'a>(attributes: impl Iterator<Item = (&'a str, &'a AttributeKind)>) -> Self {
        let mut known = Self::default();
        for (name, kind) in attributes {
            known.add(&["event", name], type_of(kind), Fact::Named(name.to_owned()));
        }
        for base in ["event", "envelope"] {
            known.add(&[base, "time"], Type::Time, Fact::Time);
            known.add(&[base, "name"], Type::Text, Fact::Event);
            known.add(&[base, "channel"], Type::Text, Fact::Channel);
        }
        known
    }

    /// The answers of a survey with these questions.
    pub(super) fn answers<'a>(questions: impl Iterator<Item = &'a str>) -> Self {
        let mut known = Self::default();
        for question in questions {
            known.add(&[question], Type::Any, Fact::Named(question.to_owned()));
            known.add(&["answer", question], Type::Any, Fact::Named(question.to_owned()));
        }
        known
    }

    /// Adds a name; one that is there already with another type is of any type.
    fn add(&mut self, path: &[&str], ty: Type, fact: Fact) {
        match self.0.iter_mut().find(|(known, _, _)| is(known, path)) {
            Some((_, there, _)) if *there != ty => *there = Type::Any,
            Some(_) => {}
            None => self.0.push((path.iter().map(|word| (*word).to_owned()).collect(), ty, fact)),
        }
    }
}

impl Condition {
    /// The condition of a text, when it speaks of nothing but what is known.
    pub(super) fn of(text: &Expr, known: Known) -> Option<Self> {
        let program = expr::condition(&text.0, &known).ok()?;
        Some(Self { program, known })
    }

    /// Whether it holds; an error is a no.
    pub(super) fn holds(&self, facts: Facts<'_>) -> bool {
        self.program.holds(&Moment { known: &self.known, facts }).unwrap_or(false)
    }
}

impl Types for Known {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        let slot = self.0.iter().position(|(known, _, _)| is(known, path))?;
        let (_, ty, _) = self.0.get(slot)?;
        Some(Name { slot: u32::try_from(slot).ok()?, ty: *ty })
    }

    fn children(&self, path: &[&str]) -> Vec<String> {
        let below = |known: &Vec<String>| known.get(..path.len()).is_some_and(|start| is(start, path));
        let under = self.0.iter().filter(|(known, _, _)| below(known));
        under.filter_map(|(known, _, _)| known.get(path.len()).cloned()).collect()
    }
}

/// The names with their words borrowed, so that they compare with the paths that are asked for.
fn is(known: &[String], path: &[&str]) -> bool {
    known.iter().map(String::as_str).eq(path.iter().copied())
}

struct Moment<'a> {
    known: &'a Known,
    facts: Facts<'a>,
}

impl Scope for Moment<'_> {
    fn value(&self, slot: u32) -> ValueRef<'_> {
        let Some((_, _, fact)) = self.known.0.get(slot as usize) else { return ValueRef::Null };
        match fact {
            Fact::Time => ValueRef::Time(self.facts.time),
            Fact::Event => ValueRef::Text(self.facts.name),
            Fact::Channel => self.facts.channel.map_or(ValueRef::Null, ValueRef::Text),
            Fact::Named(name) => {
                let value = self.facts.values.iter().find(|(known, _)| **known == **name);
                value.map_or(ValueRef::Null, |(_, value)| value.as_ref())
            }
        }
    }

    fn member(&self, _: u32, _: &str) -> bool {
        false
    }

    fn names(&self, _: u32) -> Vec<Value> {
        Vec::new()
    }

    fn zone(&self) -> &Zone {
        self.facts.zone
    }
}

const fn type_of(kind: &AttributeKind) -> Type {
    match kind {
        AttributeKind::Text | AttributeKind::Enum(_) => Type::Text,
        AttributeKind::Int | AttributeKind::IntRange(..) => Type::Int,
        AttributeKind::Number => Type::Number,
        AttributeKind::Money => Type::Money,
        AttributeKind::Bool => Type::Bool,
        AttributeKind::Time => Type::Time,
        AttributeKind::Date => Type::Date,
        AttributeKind::List(_) => Type::List,
    }
}
