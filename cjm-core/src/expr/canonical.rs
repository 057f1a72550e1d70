//! The canonical text of a tree: one spelling for every way to write the same expression.
//!
//! Answers: whether two expressions say the same, up to spacing, quotes, brackets and the names of loop elements.
//! Does not know: algebra; `a + b` and `b + a` differ.

use std::fmt::Write;

use super::tree::{Id, Kind, Looped, Tree};

/// The canonical text; every operation in brackets, loop elements named by their level.
pub(super) fn canonical(tree: &Tree) -> String {
    // children first: each text is taken by its one parent
    let mut texts: Vec<String> = Vec::with_capacity(tree.nodes.len());
    for node in &tree.nodes {
        let text = one(tree, &node.kind, &mut texts);
        texts.push(text);
    }
    texts.get_mut(tree.root as usize).map(std::mem::take).unwrap_or_default()
}

fn one(tree: &Tree, kind: &Kind, texts: &mut [String]) -> String {
    let mut take = |id: Id| texts.get_mut(id as usize).map(std::mem::take).unwrap_or_default();
    let mut joined = |ids: &[Id], mark: &str| {
        let parts: Vec<String> = ids.iter().map(|id| take(*id)).collect();
        parts.join(mark)
    };
    match kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(b) => b.to_string(),
        Kind::Int(i) => i.to_string(),
        Kind::Number(x) => format!("{x:?}"),
        Kind::Text(t) => quoted(t),
        Kind::Name(name) => name.to_string(),
        Kind::Element { level, .. } => format!("${level}"),
        Kind::Select(on, name) => format!("{}.{}", take(*on), field(name)),
        Kind::Index(on, key) => format!("{}[{}]", take(*on), take(*key)),
        Kind::Call { on, name, args } => {
            let args = joined(tree.ids(*args), ", ");
            let on = on.map(|on| format!("{}.", joined(&[on], ""))).unwrap_or_default();
            format!("{on}{name}({args})")
        }
        Kind::Has(a) => format!("has({})", take(*a)),
        Kind::Not(a) => format!("!{}", take(*a)),
        Kind::Negate(a) => format!("-({})", take(*a)),
        Kind::Binary(op, a, b) => format!("({} {} {})", take(*a), op.mark(), take(*b)),
        Kind::And(ids) => format!("({})", joined(tree.ids(*ids), " && ")),
        Kind::Or(ids) => format!("({})", joined(tree.ids(*ids), " || ")),
        Kind::If(a, b, c) => format!("({} ? {} : {})", take(*a), take(*b), take(*c)),
        Kind::List(ids) => format!("[{}]", joined(tree.ids(*ids), ", ")),
        Kind::Map(ids) => {
            let pairs: Vec<String> = tree.ids(*ids).chunks(2).map(|pair| joined(pair, ": ")).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Kind::Loop(l) => loop_text(l, &mut take),
    }
}

fn loop_text(l: &Looped, take: &mut dyn FnMut(Id) -> String) -> String {
    let bodies = [l.test, l.make].into_iter().flatten();
    let mut text = format!("{}.{}(${}", take(l.over), l.kind.name(), l.level);
    for body in bodies {
        text.push_str(", ");
        text.push_str(&take(body));
    }
    text.push(')');
    text
}

fn field(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain { name.to_owned() } else { format!("`{name}`") }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn form(text: &str) -> String {
        match parse(text) {
            Ok(tree) => canonical(&tree),
            Err(findings) => findings.iter().map(|f| format!("{}@{:?}", f.entry.code, f.range)).collect(),
        }
    }

    #[test]
    fn operators_bind_as_in_cel() {
        for (text, expected) in [
            ("1+2*3", "(1 + (2 * 3))"),
            ("(1+2)*3", "((1 + 2) * 3)"),
            ("1-2-3", "((1 - 2) - 3)"),
            ("a||b&&c||d", "(a || (b && c) || d)"),
            ("a && (b && c)", "(a && (b && c))"),
            ("a==b in c", "((a == b) in c)"),
            ("!a.b && -c < - 1", "(!a.b && (-(c) < -1))"),
            ("--1", "-(-1)"),
            ("a?b:c?d:e", "(a ? b : (c ? d : e))"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("x.all(y, y.exists(z, z == y))", "x.all($0, $0.exists($1, ($1 == $0)))"),
            ("x.map(a, a > 1, a)", "x.map($0, ($0 > 1), $0)"),
            ("{'a': 1, 2: [3,],}['a'].`b-c`", "{\"a\": 1, 2: [3]}[\"a\"].`b-c`"),
            ("f(1, 'x').g()", "f(1, \"x\").g()"),
            ("x.all(x, .x == x)", "x.all($0, (x == $0))"),
            ("has(a.b)", "has(a.b)"),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    #[test]
    fn what_breaks_the_syntax_is_placed() {
        for (text, expected) in [
            ("", "expr_empty@0..0"),
            ("  ", "expr_empty@0..2"),
            ("a &&", "expr_unfinished@4..4"),
            ("a b", "expr_unexpected@2..3"),
            ("(a", "expr_unfinished@2..2"),
            ("a ? b", "expr_unfinished@5..5"),
            ("if", "expr_reserved@0..2"),
            ("9223372036854775808", "expr_number@0..19"),
            ("-9223372036854775809", "expr_number@0..20"),
            ("x.all(1, true)", "expr_macro_name@6..7"),
            ("x.all(y)", "expr_macro_name@6..7"),
            ("x.all(y, 1, 2)", "expr_arguments@2..5"),
            ("has(1)", "expr_has@0..6"),
            ("has()", "expr_arguments@0..3"),
            ("A{b: 1}", "expr_outside@0..1"),
            ("a.?b", "expr_outside@2..3"),
            ("[1 2]", "expr_unexpected@3..4"),
        ] {
            assert_eq!(form(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_is_counted_not_run_into() {
        for (open, middle, close) in
            [("(", "1", ")"), ("[", "1", "]"), ("-", "x", ""), ("!", "x", ""), ("x[", "1", "]")]
        {
            let nested = |n: usize| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
            assert!(!form(&nested(60)).contains("expr_"), "{open}");
            assert!(form(&nested(70)).starts_with("expr_too_deep"), "{open}");
        }
        assert!(form(&"1+".repeat(70)).starts_with("expr_too_deep"));
        assert!(!form(&format!("{}true", "true&&".repeat(600))).contains("expr_"));
    }
}
