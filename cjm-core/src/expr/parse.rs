//! Tokens to a tree.
//!
//! Answers: how operators bind, which words are the elements of loops, where the syntax breaks.
//! Does not know: names, types, functions. Nesting is counted, so no text can exhaust the stack.

use std::ops::Range;
use std::sync::Arc;

use super::finding::ExprFinding;
use super::lex::{self, Placed, Token};
use super::tree::{Binary, Id, Ids, Kind, Limit, Loop, Looped, MAX_BYTES, MAX_DEPTH, MAX_NODES, Tree, index};
use crate::base::catalogue::expr as words;

/// Reads an expression; on a syntax error nothing but what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Tree, Vec<ExprFinding>> {
    if text.len() > MAX_BYTES {
        let finding = ExprFinding::new(&words::EXPR_TOO_LONG, 0..text.len());
        return Err(vec![finding.with("limit", MAX_BYTES.to_string())]);
    }
    let tokens = lex::lex(text)?;
    let tree = Tree::default();
    let mut parser = Parser { text, tokens, next: 0, tree, names: Vec::new(), nesting: 0, finding: None };
    match parser.whole() {
        Ok(root) => {
            parser.tree.root = root;
            Ok(parser.tree)
        }
        Err(Stop) => Err(parser.finding.into_iter().collect()),
    }
}

/// The syntax is broken; the finding is in the parser.
struct Stop;

type Parsed<T> = Result<T, Stop>;

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Placed>,
    next: usize,
    tree: Tree,
    /// Names of the elements of the loops around, innermost last, each with the number of its loop.
    names: Vec<(Arc<str>, u32)>,
    nesting: usize,
    finding: Option<ExprFinding>,
}

/// Words that can be no name (they may stand after a dot).
const RESERVED: [&str; 20] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
];

/// An operator that waits for its right side.
struct Waiting {
    operator: Operator,
    power: u8,
    operands: Vec<Id>,
}

#[derive(Clone, Copy, PartialEq)]
enum Operator {
    And,
    Or,
    Plain(Binary),
}

impl Parser<'_> {
    fn whole(&mut self) -> Parsed<Id> {
        if self.token() == &Token::End {
            return Err(self.fail(ExprFinding::new(&words::EXPR_EMPTY, 0..self.text.len())));
        }
        let root = self.expression()?;
        if self.token() == &Token::End { Ok(root) } else { Err(self.unexpected(None)) }
    }

    /// `a ? b : c ? d : e`, chained without recursion.
    fn expression(&mut self) -> Parsed<Id> {
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(self.limit(Limit::Depth));
        }
        let mut choices = Vec::new();
        let mut last = self.operators()?;
        while self.take("?") {
            let then = self.operators()?;
            self.expect(":")?;
            choices.push((last, then));
            last = self.operators()?;
        }
        for (test, then) in choices.into_iter().rev() {
            last = self.add(Kind::If(test, then, last), test, last)?;
        }
        self.nesting -= 1;
        Ok(last)
    }

    /// Operands and operators between them, by binding power.
    fn operators(&mut self) -> Parsed<Id> {
        let mut stack: Vec<Waiting> = Vec::new();
        loop {
            let mut operand = self.operand()?;
            let next = self.operator();
            let power = next.map_or(0, |(_, power)| power);
            while let Some(top) =
                stack.pop_if(|top| top.power > power || (top.power == power && !joins(top, next)))
            {
                operand = self.close(top, operand)?;
            }
            let Some((operator, power)) = next else { return Ok(operand) };
            self.next += 1;
            match stack.last_mut() {
                Some(top) if top.power == power => top.operands.push(operand),
                _ => stack.push(Waiting { operator, power, operands: vec![operand] }),
            }
        }
    }

    /// Builds the node of an operator once its last operand is known.
    fn close(&mut self, mut waiting: Waiting, last: Id) -> Parsed<Id> {
        let first = waiting.operands.first().copied().unwrap_or(last);
        let kind = match waiting.operator {
            Operator::Plain(binary) => Kind::Binary(binary, first, last),
            logic => {
                waiting.operands.push(last);
                let ids = self.tree.list(&waiting.operands);
                if logic == Operator::And { Kind::And(ids) } else { Kind::Or(ids) }
            }
        };
        self.add(kind, first, last)
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let plain = |binary, power| Some((Operator::Plain(binary), power));
        match self.token() {
            Token::Mark("||") => Some((Operator::Or, 1)),
            Token::Mark("&&") => Some((Operator::And, 2)),
            Token::Mark("==") => plain(Binary::Equal, 3),
            Token::Mark("!=") => plain(Binary::NotEqual, 3),
            Token::Mark("<") => plain(Binary::Less, 3),
            Token::Mark("<=") => plain(Binary::LessEqual, 3),
            Token::Mark(">") => plain(Binary::Greater, 3),
            Token::Mark(">=") => plain(Binary::GreaterEqual, 3),
            Token::Word if self.slice() == "in" => plain(Binary::In, 3),
            Token::Mark("+") => plain(Binary::Add, 4),
            Token::Mark("-") => plain(Binary::Subtract, 4),
            Token::Mark("*") => plain(Binary::Multiply, 5),
            Token::Mark("/") => plain(Binary::Divide, 5),
            Token::Mark("%") => plain(Binary::Remainder, 5),
            _ => None,
        }
    }

    /// Signs, a primary, and what follows it.
    fn operand(&mut self) -> Parsed<Id> {
        let mut signs = Vec::new();
        while let Token::Mark(mark @ ("!" | "-")) = *self.token() {
            signs.push((mark, self.range().start));
            self.next += 1;
            if signs.len() > MAX_DEPTH {
                return Err(self.limit(Limit::Depth));
            }
        }
        let negative = signs.pop_if(|(mark, _)| *mark == "-" && self.is_number());
        let mut value = match negative {
            Some((_, start)) => self.number(start, true)?,
            None => self.primary()?,
        };
        while let Token::Mark(mark @ ("." | "[")) = *self.token() {
            self.next += 1;
            value = if mark == "." { self.member(value)? } else { self.subscript(value)? };
        }
        for (mark, start) in signs.into_iter().rev() {
            let kind = if mark == "!" { Kind::Not(value) } else { Kind::Negate(value) };
            let range = start..self.tree.range(value).end;
            value = self.put(kind, range)?;
        }
        Ok(value)
    }

    fn is_number(&self) -> bool {
        matches!(self.token(), Token::Int(_) | Token::Number(_))
    }

    fn number(&mut self, start: usize, negative: bool) -> Parsed<Id> {
        let range = start..self.range().end;
        let kind = match *self.token() {
            Token::Int(n) if negative => 0_i64.checked_sub_unsigned(n).map(Kind::Int),
            Token::Int(n) => i64::try_from(n).ok().map(Kind::Int),
            Token::Number(x) => Some(Kind::Number(if negative { -x } else { x })),
            _ => None,
        };
        let Some(kind) = kind else {
            let found = self.text.get(range.clone()).unwrap_or("").to_owned();
            return Err(self.fail(ExprFinding::new(&words::EXPR_NUMBER, range).with("found", found)));
        };
        self.next += 1;
        self.put(kind, range)
    }

    fn primary(&mut self) -> Parsed<Id> {
        let range = self.range();
        match self.token() {
            Token::Int(_) | Token::Number(_) => self.number(range.start, false),
            Token::Text(text) => {
                let kind = Kind::Text(text.as_str().into());
                self.next += 1;
                self.put(kind, range)
            }
            Token::Word => self.word(false),
            Token::Mark(".") => {
                self.next += 1;
                if self.token() == &Token::Word { self.word(true) } else { Err(self.unexpected(None)) }
            }
            Token::Mark("(") => {
                self.next += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                self.tree.widen(inner, range.start..self.last_end());
                Ok(inner)
            }
            Token::Mark("[") => {
                self.next += 1;
                let ids = self.items("]")?;
                self.put(Kind::List(ids), range.start..self.last_end())
            }
            Token::Mark("{") => {
                self.next += 1;
                let ids = self.entries()?;
                self.put(Kind::Map(ids), range.start..self.last_end())
            }
            _ => Err(self.unexpected(None)),
        }
    }

    /// A word at the start of a path: a literal, an element of a loop, a function or a name.
    fn word(&mut self, absolute: bool) -> Parsed<Id> {
        let range = self.range();
        let word: Arc<str> = self.slice().into();
        let literal = match &*word {
            "null" => Some(Kind::Null),
            "true" => Some(Kind::Bool(true)),
            "false" => Some(Kind::Bool(false)),
            _ => None,
        };
        if let Some(kind) = literal {
            self.next += 1;
            return self.put(kind, range);
        }
        if RESERVED.contains(&&*word) {
            let finding = ExprFinding::new(&words::EXPR_RESERVED, range);
            return Err(self.fail(finding.with("name", &*word)));
        }
        self.next += 1;
        if self.take("(") {
            return self.call(None, word, range);
        }
        if self.token() == &Token::Mark("{") {
            let finding = ExprFinding::new(&words::EXPR_OUTSIDE, range);
            return Err(self.fail(finding.with("found", format!("{word}{{..}}"))));
        }
        let level = self.names.iter().rposition(|(name, _)| *name == word).filter(|_| !absolute);
        let kind = match level.and_then(|level| self.names.get(level).map(|(_, scope)| (level, *scope))) {
            Some((level, scope)) => Kind::Element { scope, level: index(level) },
            None => Kind::Name(word),
        };
        self.put(kind, range)
    }

    /// What follows a dot: a field or a method.
    fn member(&mut self, on: Id) -> Parsed<Id> {
        let range = self.range();
        let name: Arc<str> = match self.token() {
            Token::Word => self.slice().into(),
            Token::Quoted => self.slice().trim_matches('`').into(),
            Token::Mark("?") => return Err(self.outside(".?")),
            _ => return Err(self.unexpected(None)),
        };
        let method = self.token() == &Token::Word;
        self.next += 1;
        if method && self.take("(") {
            return self.call(Some(on), name, range);
        }
        if self.token() == &Token::Mark("{") {
            return Err(self.outside(&format!("{name}{{..}}")));
        }
        let range = self.tree.range(on).start..range.end;
        self.put(Kind::Select(on, name), range)
    }

    fn subscript(&mut self, on: Id) -> Parsed<Id> {
        if self.token() == &Token::Mark("?") {
            return Err(self.outside("[?"));
        }
        let key = self.expression()?;
        self.expect("]")?;
        let range = self.tree.range(on).start..self.last_end();
        self.put(Kind::Index(on, key), range)
    }

    /// The arguments of a function, a method or a loop, after the opening bracket.
    fn call(&mut self, on: Option<Id>, name: Arc<str>, word: Range<usize>) -> Parsed<Id> {
        let start = on.map_or(word.start, |on| self.tree.range(on).start);
        if let (Some(over), Some(kind)) = (on, Loop::named(&name)) {
            return self.looped(kind, over, word);
        }
        let args = self.items(")")?;
        let range = start..self.last_end();
        if on.is_none() && &*name == "has" {
            let [arg] = *self.tree.ids(args) else { return Err(self.arguments("has", "has(a.b)", word)) };
            if !matches!(self.tree.kind(arg), Kind::Select(..) | Kind::Name(_)) {
                return Err(self.fail(ExprFinding::new(&words::EXPR_HAS, range)));
            }
            return self.put(Kind::Has(arg), range);
        }
        self.put(Kind::Call { on, name, args }, range)
    }

    fn looped(&mut self, kind: Loop, over: Id, word: Range<usize>) -> Parsed<Id> {
        let range = self.range();
        let name: Arc<str> = self.slice().into();
        let plain = self.token() == &Token::Word && !RESERVED.contains(&&*name);
        let comma = self.tokens.get(self.next + 1).is_some_and(|t| t.token == Token::Mark(","));
        if !plain || !comma {
            let finding = ExprFinding::new(&words::EXPR_MACRO_NAME, range);
            return Err(self.fail(finding.with("name", kind.name())));
        }
        self.next += 2;
        let level = index(self.names.len());
        self.names.push((name.clone(), index(self.tree.scopes.len())));
        self.tree.scopes.push((over, name.clone()));
        let bodies = self.items(")")?;
        self.names.pop();
        let (test, make) = match (kind, self.tree.ids(bodies)) {
            (Loop::Map, [make]) => (None, Some(*make)),
            (Loop::Map, [test, make]) => (Some(*test), Some(*make)),
            (Loop::Map, _) => return Err(self.arguments(kind.name(), "map(x, ..)", word)),
            (_, [test]) => (Some(*test), None),
            _ => {
                let usage = format!("{}(x, ..)", kind.name());
                return Err(self.arguments(kind.name(), &usage, word));
            }
        };
        let range = self.tree.range(over).start..self.last_end();
        self.put(Kind::Loop(Box::new(Looped { kind, over, name, level, test, make })), range)
    }

    /// Expressions between commas up to a closing mark; a comma may stand before it.
    fn items(&mut self, close: &'static str) -> Parsed<Ids> {
        let mut ids = Vec::new();
        while !self.take(close) {
            if self.token() == &Token::Mark("?") {
                return Err(self.outside("?"));
            }
            ids.push(self.expression()?);
            if !self.take(",") {
                self.expect(close)?;
                break;
            }
        }
        Ok(self.tree.list(&ids))
    }

    fn entries(&mut self) -> Parsed<Ids> {
        let mut ids = Vec::new();
        while !self.take("}") {
            if self.token() == &Token::Mark("?") {
                return Err(self.outside("?"));
            }
            ids.push(self.expression()?);
            self.expect(":")?;
            ids.push(self.expression()?);
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(self.tree.list(&ids))
    }

    fn token(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |placed| &placed.token)
    }

    fn range(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.text.len()..self.text.len(), |placed| placed.range.clone())
    }

    fn slice(&self) -> &str {
        self.text.get(self.range()).unwrap_or("")
    }

    /// Where the token before the next one ends.
    fn last_end(&self) -> usize {
        self.next.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |placed| placed.range.end)
    }

    fn take(&mut self, mark: &'static str) -> bool {
        let found = self.token() == &Token::Mark(mark);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &'static str) -> Parsed<()> {
        if self.take(mark) { Ok(()) } else { Err(self.unexpected(Some(mark))) }
    }

    fn add(&mut self, kind: Kind, first: Id, last: Id) -> Parsed<Id> {
        let range = self.tree.range(first).start..self.tree.range(last).end;
        self.put(kind, range)
    }

    fn put(&mut self, kind: Kind, range: Range<usize>) -> Parsed<Id> {
        self.tree.add(kind, range).map_err(|limit| self.limit(limit))
    }

    #[cold]
    fn fail(&mut self, finding: ExprFinding) -> Stop {
        self.finding = Some(finding);
        Stop
    }

    #[cold]
    fn limit(&mut self, limit: Limit) -> Stop {
        let (entry, limit) = match limit {
            Limit::Depth => (&words::EXPR_TOO_DEEP, MAX_DEPTH),
            Limit::Nodes => (&words::EXPR_TOO_LARGE, MAX_NODES),
        };
        let finding = ExprFinding::new(entry, self.range());
        self.fail(finding.with("limit", limit.to_string()))
    }

    #[cold]
    fn outside(&mut self, found: &str) -> Stop {
        let finding = ExprFinding::new(&words::EXPR_OUTSIDE, self.range());
        self.fail(finding.with("found", found))
    }

    #[cold]
    fn arguments(&mut self, name: &str, usage: &str, word: Range<usize>) -> Stop {
        let finding = ExprFinding::new(&words::EXPR_ARGUMENTS, word);
        self.fail(finding.with("name", name).with("usage", usage))
    }

    #[cold]
    fn unexpected(&mut self, expected: Option<&'static str>) -> Stop {
        let meant = match self.slice() {
            "and" | "AND" => Some("&&"),
            "or" | "OR" => Some("||"),
            _ => expected,
        };
        let expected = meant.map(str::to_owned);
        let finding = if self.token() == &Token::End {
            ExprFinding::new(&words::EXPR_UNFINISHED, self.range())
        } else {
            let found = self.slice().to_owned();
            ExprFinding::new(&words::EXPR_UNEXPECTED, self.range()).with("found", found)
        };
        self.fail(finding.with_some("expected", expected))
    }
}

/// Whether the next operator continues the one that waits: `a && b && c` is one node of three.
fn joins(top: &Waiting, next: Option<(Operator, u8)>) -> bool {
    !matches!(top.operator, Operator::Plain(_)) && next.is_some_and(|(operator, _)| operator == top.operator)
}
