//! What the names of a tree mean and which types its parts have.
//!
//! Answers: every unknown name and every type that does not fit, each with its place and the nearest known one.
//! Does not know: values; a part whose type is [`Type::Any`] is left to the evaluation.

use super::finding::ExprFinding;
use super::ops::{FUNCTIONS, Form, Function, LOCAL_FIELDS};
use super::time::Part;
use super::tree::{Binary, Id, Kind, Loop, Tree};
use super::{Type, Types};
use crate::base::catalogue::expr as words;
use crate::base::ids::nearest;

/// What is known of a node.
#[derive(Debug, Clone, Default)]
pub(super) struct Info {
    pub(super) ty: Type,
    /// The type of the elements, when it is a list.
    element: Type,
    /// The number of the name it stands for.
    pub(super) slot: Option<u32>,
    /// A path that no name begins; reported by the node that uses it.
    pub(super) unknown: bool,
    /// Fields of the record, or of the records in the list.
    fields: Option<usize>,
}

/// A checked tree.
pub(super) struct Checked {
    /// By node id.
    pub(super) info: Vec<Info>,
    /// Errors and warnings in the order of the text.
    pub(super) findings: Vec<ExprFinding>,
}

/// Checks a tree against the names and types that are declared.
pub(super) fn check(tree: &Tree, text: &str, types: &dyn Types) -> Checked {
    let mut checker =
        Checker { tree, text, types, info: Vec::new(), findings: Vec::new(), shapes: Vec::new() };
    for id in 0..super::tree::index(tree.nodes.len()) {
        let info = checker.node(id);
        checker.info.push(info);
    }
    checker.used(tree.root);
    checker.findings.sort_by_key(|f| (f.range.start, f.range.end, f.entry.code));
    Checked { info: checker.info, findings: checker.findings }
}

/// The function of a name, in the form it is written; for the wrong form none.
pub(super) fn function_named(name: &str, method: bool) -> Option<Function> {
    let form = if method { Form::Method } else { Form::Plain };
    FUNCTIONS
        .iter()
        .find(|(known, _, takes, _)| *known == name && (*takes == form || *takes == Form::Either))
        .map(|(_, function, ..)| *function)
}

/// Findings after which the nearest names are no longer looked for: that compares with every known name.
const MAX_NEAR: usize = 16;

/// What other languages call things.
const ALIASES: [(&str, &str); 10] = [
    ("any", "exists"),
    ("some", "exists"),
    ("every", "all"),
    ("len", "size"),
    ("length", "size"),
    ("count", "size"),
    ("includes", "contains"),
    ("float", "double"),
    ("str", "string"),
    ("not", "!"),
];

struct Checker<'t> {
    tree: &'t Tree,
    text: &'t str,
    types: &'t dyn Types,
    info: Vec<Info>,
    findings: Vec<ExprFinding>,
    /// Fields of records by number.
    shapes: Vec<Vec<(String, Type)>>,
}

impl From<Type> for Info {
    fn from(ty: Type) -> Self {
        Self { ty, ..Self::default() }
    }
}

impl<'t> Checker<'t> {
    fn node(&mut self, id: Id) -> Info {
        let kind = self.tree.kind(id);
        // what stands inside an unknown function or loop is not looked at before that is put right
        let known = match kind {
            Kind::Call { on, name, .. } => function_named(name, on.is_some()).is_some(),
            kind => !matches!(kind, Kind::Select(..)),
        };
        if known {
            for child in self.tree.children(kind) {
                self.used(child);
            }
        }
        match kind {
            Kind::Null => Type::Null.into(),
            Kind::Bool(_) => Type::Bool.into(),
            Kind::Int(_) => Type::Int.into(),
            Kind::Number(_) => Type::Number.into(),
            Kind::Text(_) => Type::Text.into(),
            Kind::Name(_) => self.path(id).unwrap_or(Info { unknown: true, ..Info::default() }),
            Kind::Element { scope, .. } => self.element(*scope),
            Kind::Select(on, name) => self.select(id, *on, name),
            Kind::Index(on, key) => self.index(id, *on, *key),
            Kind::Call { on, name, args } => self.call(id, *on, name, self.tree.ids(*args)),
            Kind::Has(_) => Type::Bool.into(),
            Kind::Not(a) => self.logic("!", &[*a]),
            Kind::Negate(a) => self.negate(id, *a),
            Kind::Binary(op, a, b) => self.binary(id, *op, *a, *b),
            Kind::And(ids) => self.logic("&&", self.tree.ids(*ids)),
            Kind::Or(ids) => self.logic("||", self.tree.ids(*ids)),
            Kind::If(test, a, b) => {
                self.logic("?", &[*test]);
                self.either(*a, *b)
            }
            Kind::List(ids) => self.list(self.tree.ids(*ids)),
            Kind::Map(ids) => self.map(self.tree.ids(*ids)),
            Kind::Loop(l) => self.looped(id, l.kind, l.over, l.test, l.make),
        }
    }

    fn ty(&self, id: Id) -> Type {
        self.info.get(id as usize).map_or(Type::Any, |info| info.ty)
    }

    fn info(&self, id: Id) -> Info {
        self.info.get(id as usize).cloned().unwrap_or_default()
    }

    /// The words of a chain `a.b.c` that starts at a name.
    fn chain(&self, id: Id) -> Option<Vec<&'t str>> {
        let mut path = Vec::new();
        let mut at = id;
        loop {
            match self.tree.kind(at) {
                Kind::Select(on, name) => {
                    path.push(&**name);
                    at = *on;
                }
                Kind::Name(name) => {
                    path.push(&**name);
                    path.reverse();
                    return Some(path);
                }
                _ => return None,
            }
        }
    }

    /// A node that is exactly a declared name.
    fn path(&mut self, id: Id) -> Option<Info> {
        let path = self.chain(id)?;
        let name = self.types.lookup(&path)?;
        let mut info = Info { slot: Some(name.slot), ..name.ty.into() };
        if name.ty == Type::Names {
            info.element = Type::Text;
        }
        if matches!(name.ty, Type::List | Type::Record) {
            let fields = self.types.fields(&path);
            if !fields.is_empty() {
                info.fields = Some(self.shapes.len());
                info.element = Type::Record;
                self.shapes.push(fields);
            }
        }
        Some(info)
    }

    fn element(&self, scope: u32) -> Info {
        let Some((over, _)) = self.tree.scopes.get(scope as usize) else { return Info::default() };
        let over = self.info(*over);
        match over.ty {
            Type::List => Info { fields: over.fields, ..over.element.into() },
            Type::Names => Type::Text.into(),
            _ => Info::default(),
        }
    }

    fn select(&mut self, id: Id, on: Id, name: &str) -> Info {
        if let Some(info) = self.path(id) {
            return info;
        }
        let owner = self.info(on);
        match owner.ty {
            _ if owner.unknown => Info { unknown: true, ..Info::default() },
            Type::Local => match name {
                "date" => Type::Date.into(),
                _ if LOCAL_FIELDS.contains(&name) => Type::Int.into(),
                _ => self.unknown_field(id, name, LOCAL_FIELDS.iter().map(|f| (*f).to_owned()).collect()),
            },
            Type::Record => match owner.fields.and_then(|i| self.shapes.get(i)) {
                Some(fields) => match fields.iter().find(|(known, _)| known == name) {
                    Some((_, ty)) => (*ty).into(),
                    None => {
                        let known = fields.iter().map(|(known, _)| known.clone()).collect();
                        self.unknown_field(id, name, known)
                    }
                },
                None => Info::default(),
            },
            Type::Any => Info::default(),
            ty => {
                self.operand(id, &format!(".{name}"), ty, "record");
                Info::default()
            }
        }
    }

    fn unknown_field(&mut self, id: Id, name: &str, known: Vec<String>) -> Info {
        let near = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        self.report(id, &words::EXPR_UNKNOWN_FIELD, |f| f.with("name", name).with_some("near", near));
        Info::default()
    }

    fn index(&mut self, id: Id, on: Id, key: Id) -> Info {
        let owner = self.info(on);
        let key = self.ty(key);
        match owner.ty {
            Type::List | Type::Names => {
                if !matches!(key, Type::Int | Type::Number | Type::Any) {
                    self.operand(id, "[ ]", key, "int");
                }
                Info { fields: owner.fields, ..owner.element.into() }
            }
            Type::Record => {
                if !matches!(key, Type::Int | Type::Number | Type::Text | Type::Bool | Type::Any) {
                    self.operand(id, "[ ]", key, "text");
                }
                Info::default()
            }
            Type::Any => Info::default(),
            ty => {
                self.operand(id, "[ ]", ty, "list");
                Info::default()
            }
        }
    }

    fn logic(&mut self, mark: &str, ids: &[Id]) -> Info {
        for id in ids {
            let ty = self.ty(*id);
            if !matches!(ty, Type::Bool | Type::Any) {
                self.operand(*id, mark, ty, "bool");
            }
        }
        Type::Bool.into()
    }

    fn negate(&mut self, id: Id, a: Id) -> Info {
        let ty = self.ty(a);
        if !matches!(ty, Type::Int | Type::Number | Type::Money | Type::Duration | Type::Any) {
            self.operand(id, "-", ty, "int");
            return Info::default();
        }
        ty.into()
    }

    fn either(&self, a: Id, b: Id) -> Info {
        let (a, b) = (self.info(a), self.info(b));
        let same = a.ty == b.ty && a.ty != Type::Names;
        if same {
            Info { element: if a.element == b.element { a.element } else { Type::Any }, ..a.ty.into() }
        } else {
            Info::default()
        }
    }

    fn list(&self, ids: &[Id]) -> Info {
        let mut types = ids.iter().map(|id| self.ty(*id));
        let first = types.next().unwrap_or(Type::Any);
        let element = if types.all(|ty| ty == first) { first } else { Type::Any };
        Info { element, ..Type::List.into() }
    }

    fn map(&mut self, ids: &[Id]) -> Info {
        for key in ids.iter().step_by(2) {
            let ty = self.ty(*key);
            if !matches!(ty, Type::Text | Type::Int | Type::Bool | Type::Any) {
                self.operand(*key, "{ }", ty, "text");
            }
        }
        Type::Record.into()
    }

    fn looped(&mut self, id: Id, kind: Loop, over: Id, test: Option<Id>, make: Option<Id>) -> Info {
        let ty = self.ty(over);
        if !matches!(ty, Type::List | Type::Names | Type::Record | Type::Any) {
            self.operand(id, kind.name(), ty, "list");
        }
        if let Some(test) = test {
            self.logic(kind.name(), &[test]);
        }
        match kind {
            Loop::Map => {
                let element = make.map_or(Type::Any, |make| self.ty(make));
                Info { element, ..Type::List.into() }
            }
            Loop::Filter => {
                let over = self.info(over);
                Info { element: over.element, fields: over.fields, ..Type::List.into() }
            }
            _ => Type::Bool.into(),
        }
    }

    fn binary(&mut self, id: Id, op: Binary, a: Id, b: Id) -> Info {
        let (left, right) = (self.ty(a), self.ty(b));
        match op {
            Binary::Equal | Binary::NotEqual => {
                self.choices(a, b);
                self.choices(b, a);
                let nullable = left == Type::Null || right == Type::Null;
                if !nullable && !comparable(left, right) {
                    self.operands(id, op, a, b);
                }
                Type::Bool.into()
            }
            Binary::In => self.within(id, a, b),
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => {
                if !comparable(left, right) || !ordered(left) || !ordered(right) {
                    self.operands(id, op, a, b);
                }
                Type::Bool.into()
            }
            _ => match arithmetic(op, left, right) {
                Some(ty) => ty.into(),
                None => {
                    self.operands(id, op, a, b);
                    Info::default()
                }
            },
        }
    }

    fn within(&mut self, id: Id, a: Id, list: Id) -> Info {
        let (left, right) = (self.ty(a), self.info(list));
        match right.ty {
            Type::List | Type::Names => {
                if !comparable(left, right.element) && left != Type::Null && right.element != Type::Null {
                    self.operands(id, Binary::In, a, list);
                } else if right.ty == Type::Names {
                    self.choices(list, a);
                } else if let Kind::List(ids) = self.tree.kind(list) {
                    for item in self.tree.ids(*ids) {
                        self.choices(a, *item);
                    }
                }
            }
            Type::Record | Type::Any => {}
            ty => self.operand(id, "in", ty, "list"),
        }
        Type::Bool.into()
    }

    /// A text compared with a name that can only have certain values must be one of them.
    fn choices(&mut self, name: Id, literal: Id) {
        let Kind::Text(value) = self.tree.kind(literal) else { return };
        if self.info(name).slot.is_none() {
            return;
        }
        let Some(path) = self.chain(name) else { return };
        let Some(known) = self.types.choices(&path) else { return };
        if known.iter().all(|k| **k != **value) {
            let near = nearest(value, known.iter().map(String::as_str)).map(str::to_owned);
            self.report(literal, &words::EXPR_UNKNOWN_CHOICE, |f| {
                f.with("name", path.join(".")).with("value", &**value).with_some("near", near)
            });
        }
    }

    fn call(&mut self, id: Id, on: Option<Id>, name: &str, args: &[Id]) -> Info {
        let Some(function) = function_named(name, on.is_some()) else {
            self.unknown_function(id, name);
            return Info::default();
        };
        let all: Vec<Id> = on.iter().chain(args).copied().collect();
        let types: Vec<Type> = all.iter().map(|id| self.ty(*id)).collect();
        let usage = FUNCTIONS.iter().find(|(known, ..)| *known == name).map_or("", |(.., usage)| usage);
        let wanted = arguments(function, types.len(), types.first().copied().unwrap_or_default());
        if wanted.is_empty() {
            self.report(id, &words::EXPR_ARGUMENTS, |f| f.with("name", name).with("usage", usage));
            return result(function).into();
        }
        for ((arg, ty), wanted) in all.iter().zip(&types).zip(&wanted) {
            if *ty != Type::Any && !wanted.contains(ty) {
                let expected = wanted.first().map_or("", |ty| ty.word());
                self.operand(*arg, name, *ty, expected);
            }
        }
        result(function).into()
    }

    fn unknown_function(&mut self, id: Id, name: &str) {
        let written_otherwise = FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|(.., usage)| *usage);
        let elsewhere = ALIASES.iter().find(|(known, _)| *known == name).map(|(_, ours)| *ours);
        let loops = ["all", "exists", "exists_one", "map", "filter", "has"];
        let near = written_otherwise
            .or(elsewhere)
            .or_else(|| nearest(name, FUNCTIONS.iter().map(|(known, ..)| *known).chain(loops)))
            .map(str::to_owned);
        self.report(id, &words::EXPR_UNKNOWN_FUNCTION, |f| f.with("name", name).with_some("near", near));
    }

    /// Reports a child that is a path no name begins.
    fn used(&mut self, id: Id) {
        if !self.info(id).unknown {
            return;
        }
        let Some(path) = self.chain(id) else { return };
        let near = if self.findings.len() < MAX_NEAR { self.near(&path) } else { None };
        self.report(id, &words::EXPR_UNKNOWN_NAME, |f| {
            f.with("name", path.join(".")).with_some("near", near)
        });
    }

    /// The nearest declared name: wrong words put right one by one, or the last word where it is a name.
    fn near(&self, path: &[&str]) -> Option<String> {
        let mut right: Vec<String> = Vec::new();
        for word in path {
            let before: Vec<&str> = right.iter().map(String::as_str).collect();
            let known = self.types.children(&before);
            let near = nearest(word, known.iter().map(String::as_str));
            match near {
                Some(near) => right.push(near.to_owned()),
                None if known.is_empty() && !right.is_empty() => break,
                None => return self.elsewhere(path),
            }
        }
        let near = right.join(".");
        if near == path.join(".") { None } else { Some(near) }
    }

    /// The first root below which the last word of a path is a name.
    fn elsewhere(&self, path: &[&str]) -> Option<String> {
        let last = path.last()?;
        let mut roots = self.types.children(&[]).into_iter();
        let root = roots.find(|root| self.types.children(&[root]).iter().any(|known| known == last))?;
        Some(format!("{root}.{last}"))
    }

    fn operand(&mut self, id: Id, op: &str, found: Type, expected: &str) {
        self.report(id, &words::EXPR_OPERAND, |f| {
            f.with("op", op).with("found", found.word()).with("expected", expected)
        });
    }

    fn operands(&mut self, id: Id, op: Binary, a: Id, b: Id) {
        let (left, right) = (self.ty(a), self.ty(b));
        let source = |id: Id| self.text.get(self.tree.range(id)).unwrap_or("..").to_owned();
        let literal = |id: Id| {
            matches!(self.tree.kind(id), Kind::Int(_) | Kind::Number(_) | Kind::Text(_) | Kind::Bool(_))
        };
        // texts are never offered where an order or a number is asked for
        let as_text = matches!(op, Binary::Equal | Binary::NotEqual | Binary::Add | Binary::In);
        let convert = |id: Id, from: Type, to: Type| match conversion(from, to) {
            Some(function) => Some(format!("{function}({})", source(id))),
            None if literal(id) && to == Type::Duration => Some("duration('30m')".to_owned()),
            None if literal(id) && to == Type::Text && as_text => Some(format!("string({})", source(id))),
            None => None,
        };
        let (first, second) = if literal(b) {
            ((b, right, left), (a, left, right))
        } else {
            ((a, left, right), (b, right, left))
        };
        let convert = convert(first.0, first.1, first.2).or_else(|| convert(second.0, second.1, second.2));
        self.report(id, &words::EXPR_OPERANDS, |f| {
            f.with("op", op.mark())
                .with("left", left.word())
                .with("right", right.word())
                .with_some("convert", convert)
        });
    }

    fn report(
        &mut self,
        id: Id,
        entry: &'static crate::base::catalogue::Entry,
        fill: impl FnOnce(ExprFinding) -> ExprFinding,
    ) {
        self.findings.push(fill(ExprFinding::new(entry, self.tree.range(id))));
    }
}

/// Whether values of two types can be equal.
fn comparable(a: Type, b: Type) -> bool {
    let listed = |ty| matches!(ty, Type::List | Type::Names);
    a == Type::Any || b == Type::Any || a == b || (a.is_number() && b.is_number()) || (listed(a) && listed(b))
}

fn ordered(ty: Type) -> bool {
    !matches!(ty, Type::Null | Type::List | Type::Record | Type::Names | Type::Local)
}

/// The type of an arithmetic result; `None` when the operator does not take the types.
fn arithmetic(op: Binary, a: Type, b: Type) -> Option<Type> {
    use Type::{Any, Date, Duration, Int, List, Money, Names, Null, Number, Text, Time};
    Some(match (op, a, b) {
        (_, Null, _) | (_, _, Null) => return None,
        (_, Int, Int) => Int,
        (Binary::Remainder, Number, Number) => return None,
        (_, Number, Number) => Number,
        (_, Money, Money | Int | Number | Any) | (_, Int | Number | Any, Money) => Money,
        (Binary::Add, Text, Text) => Text,
        (Binary::Add, List | Names, List | Names) => List,
        (Binary::Add, Time, Duration) | (Binary::Add, Duration, Time) => Time,
        (Binary::Subtract, Time, Duration) => Time,
        (Binary::Subtract, Time, Time) | (Binary::Subtract, Date, Date) => Duration,
        (Binary::Add | Binary::Subtract, Duration, Duration) => Duration,
        (_, Any, _) | (_, _, Any) => Any,
        _ => return None,
    })
}

/// The function that turns one type into another.
fn conversion(from: Type, to: Type) -> Option<&'static str> {
    Some(match (from, to) {
        (Type::Text, Type::Time) => "timestamp",
        (Type::Text, Type::Duration) => "duration",
        (Type::Text, Type::Date) | (Type::Local, Type::Date) => "date",
        (Type::Text, Type::Money) => "money",
        (Type::Text, Type::Int) => "int",
        (Type::Text, Type::Bool) => "bool",
        (Type::Int | Type::Text, Type::Number) => "double",
        _ => return None,
    })
}

/// The types each argument may have; empty when there can not be so many arguments.
fn arguments(function: Function, n: usize, first: Type) -> Vec<&'static [Type]> {
    use Type::{Bool, Date, Duration, Int, List, Local, Money, Names, Number, Record, Text, Time};
    const TEXT: &[Type] = &[Text];
    let one: &'static [Type] = match function {
        Function::Size => &[List, Names, Record, Text],
        Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches => {
            return if n == 2 { vec![TEXT, TEXT] } else { vec![] };
        }
        Function::Part(part) => {
            return match n {
                1 => vec![part_types(part)],
                2 if matches!(first, Time | Type::Any) => vec![&[Time], TEXT],
                _ => vec![],
            };
        }
        Function::ToInt => &[Number, Int, Money, Text, Time, Duration],
        Function::ToDouble => &[Int, Number, Money, Text],
        Function::ToText => &[Int, Text, Bool, Number, Money, Time, Date, Duration, Local],
        Function::ToBool => &[Text, Bool],
        Function::ToTime => &[Text, Time, Int],
        Function::ToLength => &[Text, Duration],
        Function::ToMoney => &[Text, Money, Int, Number],
        Function::ToDate => &[Text, Date, Local],
        Function::Local => &[Time],
    };
    if n == 1 { vec![one] } else { vec![] }
}

fn part_types(part: Part) -> &'static [Type] {
    if part.of_duration() { &[Type::Time, Type::Duration] } else { &[Type::Time, Type::Date] }
}

fn result(function: Function) -> Type {
    match function {
        Function::Size | Function::Part(_) | Function::ToInt => Type::Int,
        Function::Contains
        | Function::StartsWith
        | Function::EndsWith
        | Function::Matches
        | Function::ToBool => Type::Bool,
        Function::ToDouble => Type::Number,
        Function::ToText => Type::Text,
        Function::ToTime => Type::Time,
        Function::ToLength => Type::Duration,
        Function::ToMoney => Type::Money,
        Function::ToDate => Type::Date,
        Function::Local => Type::Local,
    }
}
