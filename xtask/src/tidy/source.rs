//! Rust text with its comments, literals and tests told apart.
//!
//! Answers: which characters of a file are code, and which of those ship. Does not know: any rule.

/// One Rust file, three times: as written, code alone, code that ships. All have the same lines and columns.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path from the project's top, with `/`.
    pub(crate) path: String,
    /// As written.
    pub(crate) text: String,
    /// Comments and the insides of literals are blanks.
    pub(crate) code: String,
    /// `code` with the items under `#[cfg(test)]` blanked too; all blank in a test file.
    pub(crate) shipped: String,
}

impl Source {
    /// Tells a file's text apart.
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let code = code_of(&text);
        let shipped = if is_test_file(&path) { blank(&code) } else { without_tests(&code) };
        Self { path, text, code, shipped }
    }
}

/// Whether all of a file is test or example code.
fn is_test_file(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.any(|part| matches!(part, "tests" | "examples" | "tests.rs")) || path.starts_with("benches/")
}

fn blank(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { ' ' }).collect()
}

/// What the scanner stands in.
enum Within {
    Code,
    Line,
    Block(usize),
    Text,
    Raw(usize),
}

/// The text with comments and the insides of literals blanked.
fn code_of(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut within = Within::Code;
    let mut before = ' ';
    while let Some(next) = rest.chars().next() {
        let (taken, then) = step(&within, rest, next, before);
        let (piece, tail) = rest.split_at(taken.min(rest.len()));
        let keeps =
            matches!(within, Within::Code) && matches!(then, Within::Code | Within::Text | Within::Raw(_));
        let literal = matches!(within, Within::Code) && piece.starts_with('\'') && piece.len() > 1;
        match keeps && !literal {
            true => out.push_str(piece),
            false => out.push_str(&blank(piece)),
        }
        before = piece.chars().last().unwrap_or(' ');
        rest = tail;
        within = then;
    }
    out
}

/// How many bytes come next as one piece, and what the scanner stands in after them.
fn step(within: &Within, rest: &str, next: char, before: char) -> (usize, Within) {
    match within {
        Within::Code => step_code(rest, next, before),
        Within::Line if next == '\n' => (1, Within::Code),
        Within::Line => (next.len_utf8(), Within::Line),
        Within::Block(depth) if rest.starts_with("/*") => (2, Within::Block(depth + 1)),
        Within::Block(1) if rest.starts_with("*/") => (2, Within::Code),
        Within::Block(depth) if rest.starts_with("*/") => (2, Within::Block(depth - 1)),
        Within::Block(depth) => (next.len_utf8(), Within::Block(*depth)),
        Within::Text if next == '\\' => (1 + rest.chars().nth(1).map_or(0, char::len_utf8), Within::Text),
        Within::Text if next == '"' => (1, Within::Code),
        Within::Text => (next.len_utf8(), Within::Text),
        Within::Raw(hashes) if next == '"' && closes(rest, *hashes) => (1 + hashes, Within::Code),
        Within::Raw(hashes) => (next.len_utf8(), Within::Raw(*hashes)),
    }
}

fn step_code(rest: &str, next: char, before: char) -> (usize, Within) {
    if rest.starts_with("//") {
        return (2, Within::Line);
    }
    if rest.starts_with("/*") {
        return (2, Within::Block(1));
    }
    if next == '"' {
        return (1, Within::Text);
    }
    if next == '\'' {
        return (char_literal(rest).unwrap_or(1), Within::Code);
    }
    let word = before.is_alphanumeric() || before == '_';
    if let (false, Some(hashes)) = (word, raw_opens(rest)) {
        return (rest.find('"').map_or(1, |at| at + 1), Within::Raw(hashes));
    }
    (next.len_utf8(), Within::Code)
}

/// The hashes of a raw string that starts here.
fn raw_opens(rest: &str) -> Option<usize> {
    let tail = ["br", "cr", "r"].iter().find_map(|start| rest.strip_prefix(start))?;
    let hashes = tail.chars().take_while(|c| *c == '#').count();
    tail.chars().nth(hashes).filter(|c| *c == '"').map(|_| hashes)
}

fn closes(rest: &str, hashes: usize) -> bool {
    rest.chars().skip(1).take(hashes).filter(|c| *c == '#').count() == hashes
}

/// The bytes of a character literal that starts here; `None` for a lifetime.
fn char_literal(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        chars.next()?;
        return chars.take(10).find(|(_, c)| *c == '\'').map(|(at, _)| at + 1);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

/// Blanks every item that stands under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        let (before, item) = rest.split_at(at);
        let (item, after) = item.split_at(item_len(item));
        out.push_str(before);
        out.push_str(&blank(item));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The bytes of the item that starts here: up to its `;`, or to the brace that closes its first one.
pub(crate) fn item_len(code: &str) -> usize {
    let (mut braces, mut others) = (0_i64, 0_i64);
    for (at, c) in code.char_indices() {
        match c {
            '{' => braces += 1,
            '(' | '[' => others += 1,
            ')' | ']' => others -= 1,
            '}' => {
                braces -= 1;
                if braces <= 0 && others <= 0 {
                    return at + 1;
                }
            }
            ';' if braces == 0 && others == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::{Source, item_len};

    fn code(text: &str) -> String {
        Source::new("a.rs", text).code
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        for (text, want) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("f(\"x // y\") g", "f(\"      \") g"),
            ("f(\"\\\"{\") g", "f(\"   \") g"),
            ("r#\"a \" { \"# b", "r#\"         b"),
            ("let c = '{'; d", "let c =    ; d"),
            ("let c = '\\''; d", "let c =     ; d"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("bar\"x\"", "bar\" \""),
        ] {
            let got = code(text);
            assert_eq!(got.len(), text.len(), "{text}");
            assert_eq!(got.replace('"', " ").trim_end(), want.replace('"', " ").trim_end(), "{text}");
        }
    }

    #[test]
    fn tests_do_not_ship() {
        let source = Source::new("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { [1]; } }\nfn c() {}");
        assert!(source.shipped.contains("fn a") && source.shipped.contains("fn c"));
        assert!(!source.shipped.contains("fn b") && source.code.contains("fn b"));
        assert_eq!(source.shipped.lines().count(), source.text.lines().count());
        let source = Source::new("cjm-core/tests/laws.rs", "fn a() {}");
        assert_eq!(source.shipped.trim(), "");
    }

    #[test]
    fn an_item_ends_at_its_brace_or_semicolon() {
        assert_eq!(item_len("use a::{b, c}; fn x() {}"), 13);
        assert_eq!(item_len("mod a; fn x() {}"), 6);
        assert_eq!(item_len("fn x(a: [u8; 3]) { { } } fn y() {}"), 24);
    }
}
