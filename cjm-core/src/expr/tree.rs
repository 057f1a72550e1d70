//! The tree of an expression: nodes in an arena, children always before their parent.
//!
//! Answers: what was written, and its canonical text. Does not know: what the names mean.

use std::ops::Range;
use std::sync::Arc;

/// Deepest nesting of an expression.
pub const MAX_DEPTH: usize = 64;
/// Most parts of an expression.
pub const MAX_NODES: usize = 4_096;
/// Longest expression in bytes.
pub const MAX_BYTES: usize = 4_096;
/// Longest pattern of `matches` in bytes.
pub const MAX_PATTERN_BYTES: usize = 256;

/// Index of a node. INVARIANT (children first): every child has a smaller index than its parent.
pub(super) type Id = u32;

/// A run of node ids in [`Tree::lists`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids {
    start: u32,
    len: u32,
}

/// Operators with two operands that are no logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

impl Binary {
    pub(super) const fn mark(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
        }
    }
}

/// Loops over a list, or over the keys of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loop {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

impl Loop {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "exists" => Self::Exists,
            "exists_one" | "existsOne" => Self::ExistsOne,
            "map" => Self::Map,
            "filter" => Self::Filter,
            _ => return None,
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exists => "exists",
            Self::ExistsOne => "exists_one",
            Self::Map => "map",
            Self::Filter => "filter",
        }
    }
}

/// A loop: what it walks, the name and level of its element, what it tests and what it makes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Looped {
    pub(super) kind: Loop,
    pub(super) over: Id,
    pub(super) name: Arc<str>,
    pub(super) level: u32,
    pub(super) test: Option<Id>,
    pub(super) make: Option<Id>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(Arc<str>),
    /// The first word of a path.
    Name(Arc<str>),
    /// The element of a loop: which loop (a number of its own), and how many loops stand around it.
    Element {
        scope: u32,
        level: u32,
    },
    Select(Id, Arc<str>),
    Index(Id, Id),
    Call {
        on: Option<Id>,
        name: Arc<str>,
        args: Ids,
    },
    Has(Id),
    Not(Id),
    Negate(Id),
    Binary(Binary, Id, Id),
    And(Ids),
    Or(Ids),
    If(Id, Id, Id),
    List(Ids),
    /// Keys and values in turn.
    Map(Ids),
    Loop(Box<Looped>),
}

/// A node with its bytes and its depth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    pub(super) depth: usize,
}

/// A whole expression.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    lists: Vec<Id>,
    /// For each loop by its number: the node it walks over and the name of its element.
    pub(super) scopes: Vec<(Id, Arc<str>)>,
    pub(super) root: Id,
}

impl Tree {
    pub(super) fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    pub(super) fn kind(&self, id: Id) -> &Kind {
        self.node(id).map_or(&Kind::Null, |node| &node.kind)
    }

    pub(super) fn range(&self, id: Id) -> Range<usize> {
        self.node(id).map_or(0..0, |node| node.range.clone())
    }

    pub(super) fn ids(&self, ids: Ids) -> &[Id] {
        let start = ids.start as usize;
        self.lists.get(start..start + ids.len as usize).unwrap_or(&[])
    }

    pub(super) fn list(&mut self, ids: &[Id]) -> Ids {
        let start = self.lists.len();
        self.lists.extend_from_slice(ids);
        Ids { start: index(start), len: index(ids.len()) }
    }

    /// Adds a node; an error when the tree would grow too deep or too large.
    pub(super) fn add(&mut self, kind: Kind, range: Range<usize>) -> Result<Id, Limit> {
        let depth = 1 + self
            .children(&kind)
            .into_iter()
            .map(|c| self.node(c).map_or(0, |n| n.depth))
            .max()
            .unwrap_or(0);
        if depth > MAX_DEPTH {
            return Err(Limit::Depth);
        }
        if self.nodes.len() >= MAX_NODES {
            return Err(Limit::Nodes);
        }
        self.nodes.push(Node { kind, range, depth });
        Ok(index(self.nodes.len() - 1))
    }

    /// Counts the brackets around a node as its own.
    pub(super) fn widen(&mut self, id: Id, range: Range<usize>) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.range = range;
        }
    }

    /// The nodes directly below a kind, in the order written.
    pub(super) fn children(&self, kind: &Kind) -> Vec<Id> {
        match kind {
            Kind::Select(a, _) | Kind::Has(a) | Kind::Not(a) | Kind::Negate(a) => vec![*a],
            Kind::Index(a, b) | Kind::Binary(_, a, b) => vec![*a, *b],
            Kind::If(a, b, c) => vec![*a, *b, *c],
            Kind::And(ids) | Kind::Or(ids) | Kind::List(ids) | Kind::Map(ids) => self.ids(*ids).to_vec(),
            Kind::Call { on, args, .. } => on.iter().chain(self.ids(*args)).copied().collect(),
            Kind::Loop(l) => [Some(l.over), l.test, l.make].into_iter().flatten().collect(),
            _ => Vec::new(),
        }
    }
}

/// Which bound of a tree was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Depth,
    Nodes,
}

/// A length that fits, because trees are bounded by [`MAX_BYTES`].
pub(super) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
