//! Text to tokens.
//!
//! Answers: which words, numbers, texts and marks a text is made of, each with its bytes.
//! Does not know: what they mean together. Every bad token is a finding of its own.

use std::ops::Range;

use super::finding::ExprFinding;
use crate::base::catalogue::expr as words;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A word.
    Word,
    /// A word in backticks, allowed after a dot.
    Quoted,
    /// A whole number without its sign.
    Int(u64),
    /// A float without its sign.
    Number(f64),
    /// A text, escapes resolved.
    Text(String),
    /// An operator or bracket.
    Mark(&'static str),
    /// The end of the text.
    End,
}

/// A token and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) range: Range<usize>,
}

/// Splits a text into tokens, the last of them [`Token::End`]; or all that is wrong with it.
pub(super) fn lex(text: &str) -> Result<Vec<Placed>, Vec<ExprFinding>> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), findings: Vec::new() };
    while let Some(c) = lexer.peek() {
        lexer.step(c);
    }
    // not behind the line end of a block scalar
    lexer.push(Token::End, text.trim_ascii_end().len());
    if lexer.findings.is_empty() { Ok(lexer.tokens) } else { Err(lexer.findings) }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Placed>,
    findings: Vec<ExprFinding>,
}

/// Longest first, so that `<=` is found before `<`.
const MARKS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")",
    "[", "]", "{", "}",
];

/// Marks that people write for others.
const MISTAKES: [(&str, &str); 12] = [
    ("=", "=="),
    ("&", "&&"),
    ("|", "||"),
    ("＝", "=="),
    ("＞", ">"),
    ("＜", "<"),
    ("（", "("),
    ("）", ")"),
    ("，", ","),
    ("！", "!"),
    ("“", "\""),
    ("‘", "'"),
];

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, token: Token, start: usize) {
        self.tokens.push(Placed { token, range: start..self.at });
    }

    fn step(&mut self, c: char) {
        if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
            self.at += c.len_utf8();
        } else if self.rest().starts_with("//") {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        } else if let Some(prefix) = text_prefix(self.rest()) {
            self.text_literal(prefix);
        } else if c.is_ascii_alphabetic() || c == '_' {
            let start = self.at;
            self.at += word_len(self.rest());
            self.push(Token::Word, start);
        } else if c.is_ascii_digit() || (c == '.' && digit_at(self.rest(), 1)) {
            self.number();
        } else if c == '`' {
            self.quoted();
        } else if let Some(mark) = MARKS.iter().find(|m| self.rest().starts_with(**m)) {
            let start = self.at;
            self.at += mark.len();
            self.push(Token::Mark(mark), start);
        } else {
            self.stray(c);
        }
    }

    fn stray(&mut self, c: char) {
        let start = self.at;
        self.at += c.len_utf8();
        let near =
            MISTAKES.iter().find(|(wrong, _)| wrong.starts_with(c)).map(|(_, near)| (*near).to_owned());
        let finding = ExprFinding::new(&words::EXPR_CHARACTER, start..self.at);
        self.findings.push(finding.with("found", printable(c)).with_some("near", near));
    }

    fn quoted(&mut self) {
        let start = self.at;
        let inner = self.rest().get(1..).unwrap_or("");
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' ');
        let len = inner.bytes().take_while(|b| allowed(char::from(*b))).count();
        if len > 0 && inner.get(len..).is_some_and(|tail| tail.starts_with('`')) {
            self.at += len + 2;
            self.push(Token::Quoted, start);
        } else {
            self.at += 1 + len;
            self.findings.push(ExprFinding::new(&words::EXPR_TEXT_OPEN, start..self.at));
        }
    }

    fn number(&mut self) {
        let start = self.at;
        let body = self.rest();
        let (len, token) = if body.starts_with("0x") || body.starts_with("0X") {
            let hex = body.bytes().skip(2).take_while(u8::is_ascii_hexdigit).count();
            let value = body.get(2..2 + hex).and_then(|t| u64::from_str_radix(t, 16).ok());
            (2 + hex, value.map(Token::Int))
        } else {
            decimal(body)
        };
        self.at += len;
        let tail = word_len(self.rest());
        let suffix = self.rest().get(..tail).unwrap_or("");
        self.at += tail;
        let found = self.text.get(start..self.at).unwrap_or("").to_owned();
        match token {
            Some(token) if suffix.is_empty() => self.push(token, start),
            _ => {
                let unsigned = matches!(suffix, "u" | "U");
                let entry = if unsigned { &words::EXPR_OUTSIDE } else { &words::EXPR_NUMBER };
                self.findings.push(ExprFinding::new(entry, start..self.at).with("found", found));
            }
        }
    }

    fn text_literal(&mut self, prefix: Prefix) {
        let start = self.at;
        self.at += prefix.len;
        let mut value = String::new();
        loop {
            let Some(c) = self.peek() else { return self.text_open(start) };
            if self.rest().starts_with(prefix.quote) {
                self.at += prefix.quote.len();
                break;
            }
            if prefix.quote.len() == 1 && matches!(c, '\n' | '\r') {
                return self.text_open(start);
            }
            if c == '\\' && !prefix.raw {
                self.escape(&mut value);
            } else {
                value.push(c);
                self.at += c.len_utf8();
            }
        }
        if prefix.bytes {
            let found = self.text.get(start..self.at).unwrap_or("").to_owned();
            self.findings.push(ExprFinding::new(&words::EXPR_OUTSIDE, start..self.at).with("found", found));
        } else {
            self.push(Token::Text(value), start);
        }
    }

    fn text_open(&mut self, start: usize) {
        self.findings.push(ExprFinding::new(&words::EXPR_TEXT_OPEN, start..self.at));
    }

    fn escape(&mut self, value: &mut String) {
        let start = self.at;
        let body = self.rest();
        let (len, c) = read_escape(body);
        self.at += len;
        match c {
            Some(c) => value.push(c),
            None => {
                let found = body.get(..len).unwrap_or("").to_owned();
                let finding = ExprFinding::new(&words::EXPR_ESCAPE, start..self.at);
                self.findings.push(finding.with("found", found));
            }
        }
    }
}

/// How a text literal starts.
#[derive(Clone, Copy)]
struct Prefix {
    len: usize,
    quote: &'static str,
    raw: bool,
    bytes: bool,
}

fn text_prefix(text: &str) -> Option<Prefix> {
    let letters = text.bytes().take(2).take_while(|b| matches!(b, b'r' | b'R' | b'b' | b'B')).count();
    let head = text.get(..letters)?;
    let twice = |pair: [char; 2]| head.chars().filter(|c| pair.contains(c)).count();
    let (n_raw, n_bytes) = (twice(['r', 'R']), twice(['b', 'B']));
    let tail = text.get(letters..)?;
    let quote = ["'''", "\"\"\"", "'", "\""].into_iter().find(|q| tail.starts_with(q))?;
    if n_raw > 1 || n_bytes > 1 {
        return None;
    }
    Some(Prefix { len: letters + quote.len(), quote, raw: n_raw == 1, bytes: n_bytes == 1 })
}

fn word_len(text: &str) -> usize {
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
}

fn digit_at(text: &str, i: usize) -> bool {
    text.as_bytes().get(i).is_some_and(u8::is_ascii_digit)
}

/// Bytes and token of a decimal number: `12`, `1.5`, `.5`, `1e3`, `2.5e-3`.
fn decimal(text: &str) -> (usize, Option<Token>) {
    let digits = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let whole = digits(0);
    let mut len = whole;
    if text.get(len..).is_some_and(|t| t.starts_with('.')) && digit_at(text, len + 1) {
        len += 1 + digits(len + 1);
    }
    if text.get(len..).is_some_and(|t| t.starts_with(['e', 'E'])) {
        let sign = usize::from(text.get(len + 1..).is_some_and(|t| t.starts_with(['+', '-'])));
        let exponent = digits(len + 1 + sign);
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    let body = text.get(..len).unwrap_or("");
    let token = if len == whole {
        body.parse().ok().map(Token::Int)
    } else {
        body.parse().ok().filter(|x: &f64| x.is_finite()).map(Token::Number)
    };
    (len, token)
}

/// Bytes and character of an escape that starts with a backslash.
fn read_escape(text: &str) -> (usize, Option<char>) {
    let Some(kind) = text.chars().nth(1) else { return (text.len(), None) };
    let plain = match kind {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '?' | '"' | '\'' | '`' => kind,
        'x' | 'X' => return coded(text, 2, 2, 16),
        'u' => return coded(text, 2, 4, 16),
        'U' => return coded(text, 2, 8, 16),
        '0'..='3' => return coded(text, 1, 3, 8),
        _ => return (1 + kind.len_utf8(), None),
    };
    (2, Some(plain))
}

fn coded(text: &str, from: usize, len: usize, radix: u32) -> (usize, Option<char>) {
    let digits = text.chars().skip(from).take(len).take_while(|c| c.is_digit(radix)).count();
    let code = text.get(from..from + digits).and_then(|t| u32::from_str_radix(t, radix).ok());
    let c = code.and_then(char::from_u32).filter(|_| digits == len);
    (from + digits, c)
}

/// A character as a message shows it: control characters by their code.
fn printable(c: char) -> String {
    if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c) {
        format!("U+{:04X}", u32::from(c))
    } else {
        c.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        lex(text).unwrap().into_iter().map(|p| p.token).collect()
    }

    fn codes(text: &str) -> Vec<(&'static str, Range<usize>)> {
        lex(text).unwrap_err().into_iter().map(|f| (f.entry.code, f.range)).collect()
    }

    #[test]
    fn numbers() {
        use Token::{End, Int, Mark, Number, Word};
        for (text, expected) in [
            ("12", vec![Int(12), End]),
            ("0x1F", vec![Int(31), End]),
            ("9223372036854775808", vec![Int(1 << 63), End]),
            ("1.5e3", vec![Number(1500.0), End]),
            (".5", vec![Number(0.5), End]),
            ("1e-2", vec![Number(0.01), End]),
            ("1.size", vec![Int(1), Mark("."), Word, End]),
            ("1..2", vec![Int(1), Mark("."), Number(0.2), End]),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
        assert_eq!(
            codes("1u + 0x + 1abc"),
            [("expr_outside", 0..2), ("expr_number", 5..7), ("expr_number", 10..14)]
        );
        assert_eq!(codes("99999999999999999999"), [("expr_number", 0..20)]);
        assert_eq!(codes("1e999"), [("expr_number", 0..5)]);
    }

    #[test]
    fn texts() {
        for (text, value) in [
            ("'a\"b'", "a\"b"),
            (r#""\x41\u00e9\101\U0001F62C""#, "AéA\u{1F62C}"),
            ("r'\\n'", "\\n"),
            ("'''a'b\nc'''", "a'b\nc"),
            ("''", ""),
        ] {
            assert_eq!(tokens(text), [Token::Text(value.to_owned()), Token::End], "{text}");
        }
        assert_eq!(codes("'abc"), [("expr_text_open", 0..4)]);
        assert_eq!(codes(r"'\q\ud800'"), [("expr_escape", 1..3), ("expr_escape", 3..9)]);
        assert_eq!(codes("b'x'"), [("expr_outside", 0..4)]);
    }

    #[test]
    fn stray_characters_say_what_was_meant() {
        assert_eq!(codes("a = 1"), [("expr_character", 2..3)]);
        assert_eq!(lex("a ＝ 1").unwrap_err()[0].args, [("found", "＝".into()), ("near", "==".into())]);
        assert_eq!(lex("\u{202e}").unwrap_err()[0].args, [("found", "U+202E".into())]);
        assert_eq!(tokens("a // = 1\n+ b").len(), 4);
    }
}
