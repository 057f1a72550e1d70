//! What a message body may hold, looked at before it is parsed: sizes, nesting, statements, operators.
//!
//! Answers: whether parsing it is bounded in stack and writing it in memory, or which limit it breaks where. Does
//! not know: the grammar inside tags, names and values.
//!
//! The parser and the compiler descend once per operator, dot, filter and `elif`, so a chain of many overflows the
//! stack; a tag is therefore short. Without `set`, macros, captures and multiplication nothing that is written can
//! grow faster than the text that writes it.

use super::BodyError;

/// Longest body in bytes.
pub const MAX_BODY_BYTES: usize = 8 * 1024;
/// Longest tag in bytes, its braces included.
pub const MAX_TAG_BYTES: usize = 256;
/// Most open brackets in a tag.
pub const MAX_BRACKETS: usize = 8;
/// Most open blocks.
pub const MAX_BLOCKS: usize = 8;
/// Most `elif` in a body.
pub const MAX_ELIFS: usize = 32;

/// What a body may state.
const STATEMENTS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];

/// What a body may do to a value.
const FILTERS: [&str; 14] = [
    "default",
    "d",
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "length",
    "first",
    "last",
    "round",
    "abs",
    "int",
    "float",
];
/// What a body may ask of a value.
const TESTS: [&str; 2] = ["defined", "undefined"];

/// Looks at a body from its first to its last byte, once.
pub(super) fn check(text: &str) -> Result<(), BodyError> {
    if text.len() > MAX_BODY_BYTES {
        return Err(BodyError::TooLong { n_bytes: text.len(), limit: MAX_BODY_BYTES });
    }
    let (mut rest, mut line) = (text, 1);
    let mut blocks = Blocks::default();
    while let Some((lead, marker, after)) = next_tag(rest) {
        line += n_lines(lead);
        let end = match marker {
            Marker::Comment => after.find("#}").ok_or(BodyError::Unclosed { line })?,
            Marker::Value => length(after, b"}}", line)?,
            Marker::Block => length(after, b"%}", line)?,
        };
        let (inner, tail) = after.split_at_checked(end).ok_or(BodyError::Unclosed { line })?;
        if marker == Marker::Block {
            blocks.take(inner, line)?;
        }
        if marker != Marker::Comment {
            names(inner, line)?;
        }
        line += n_lines(inner);
        rest = tail.get(2..).unwrap_or("");
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    Value,
    Block,
    Comment,
}

/// The text before the next tag, what kind of tag it is, the text behind its opening braces.
fn next_tag(text: &str) -> Option<(&str, Marker, &str)> {
    let found = text.as_bytes().windows(2).enumerate().find_map(|(place, pair)| match pair {
        b"{{" => Some((place, Marker::Value)),
        b"{%" => Some((place, Marker::Block)),
        b"{#" => Some((place, Marker::Comment)),
        _ => None,
    });
    let (place, marker) = found?;
    let (lead, tag) = text.split_at_checked(place)?;
    Some((lead, marker, tag.get(2..)?))
}

/// Bytes until the end of a tag, as the parser finds it: outside texts and brackets.
fn length(after: &str, end: &[u8; 2], line: usize) -> Result<usize, BodyError> {
    let bytes = after.as_bytes();
    let mut open = 0_usize;
    let mut quote: Option<u8> = None;
    let mut escaped = false;
    for (place, byte) in bytes.iter().copied().enumerate() {
        if place > MAX_TAG_BYTES - 4 {
            return Err(BodyError::TagTooLong { line, limit: MAX_TAG_BYTES });
        }
        if let Some(mark) = quote {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                _ if byte == mark => quote = None,
                _ => {}
            }
            continue;
        }
        if open == 0 && bytes.get(place..place + 2).is_some_and(|pair| pair == end) {
            return Ok(place);
        }
        match byte {
            b'\'' | b'"' => quote = Some(byte),
            b'(' | b'[' | b'{' if open == MAX_BRACKETS => {
                return Err(BodyError::TooManyBrackets { line, limit: MAX_BRACKETS });
            }
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.checked_sub(1).ok_or(BodyError::Unclosed { line })?,
            b'*' => return Err(BodyError::Operator { line, operator: "*" }),
            _ => {}
        }
    }
    Err(BodyError::Unclosed { line })
}

/// The blocks open at a place.
#[derive(Default)]
struct Blocks {
    open: usize,
    n_elifs: usize,
}

impl Blocks {
    fn take(&mut self, inner: &str, line: usize) -> Result<(), BodyError> {
        let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner).trim_ascii_start();
        let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let name = inner.get(..end).unwrap_or("");
        if !STATEMENTS.contains(&name) {
            return Err(BodyError::Statement { line, name: name.to_owned() });
        }
        match name {
            // a loop that calls itself keeps what it wrote
            "for" if inner.contains("recursive") => {
                return Err(BodyError::Statement { line, name: "for .. recursive".to_owned() });
            }
            "if" | "for" if self.open == MAX_BLOCKS => {
                return Err(BodyError::TooManyBlocks { line, limit: MAX_BLOCKS });
            }
            "if" | "for" => self.open += 1,
            "endif" | "endfor" => self.open = self.open.saturating_sub(1),
            "elif" if self.n_elifs == MAX_ELIFS => {
                return Err(BodyError::TooManyElifs { line, limit: MAX_ELIFS });
            }
            "elif" => self.n_elifs += 1,
            _ => {}
        }
        Ok(())
    }
}

/// Looks at the names behind `|` and `is`, outside texts.
fn names(inner: &str, line: usize) -> Result<(), BodyError> {
    #[derive(Clone, Copy)]
    enum Before {
        Pipe,
        Is,
        Other,
    }
    let (mut rest, mut before) = (inner, Before::Other);
    while let Some((token, tail)) = rest.split_at_checked(token_length(rest)).filter(|(t, _)| !t.is_empty()) {
        rest = tail;
        let name = || token.to_owned();
        before = match (before, token) {
            _ if token.trim_ascii().is_empty() => continue,
            (Before::Pipe, filter) if !FILTERS.contains(&filter) => {
                return Err(BodyError::Filter { line, name: name() });
            }
            (Before::Is, "not") => Before::Is,
            (Before::Is, test) if !TESTS.contains(&test) => {
                return Err(BodyError::Test { line, name: name() });
            }
            (_, "|") => Before::Pipe,
            (Before::Other, "is") => Before::Is,
            _ => Before::Other,
        };
    }
    Ok(())
}

/// Bytes of the word, the text in quotes or the single character that a text begins with.
fn token_length(text: &str) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let Some(first) = text.chars().next() else { return 0 };
    if is_word(first) {
        return text.find(|c| !is_word(c)).unwrap_or(text.len());
    }
    if first != '\'' && first != '"' {
        return first.len_utf8();
    }
    let mut escaped = false;
    let closes = |(place, c): (usize, char)| {
        let end = !escaped && c == first && place > 0;
        escaped = !escaped && c == '\\';
        end.then_some(place + 1)
    };
    text.char_indices().find_map(closes).unwrap_or(text.len())
}

fn n_lines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}
