//! The signs of a Mermaid line: what is text, what divides, what is a comment.
//!
//! Answers: a line as marks, entity codes resolved. Does not know: what the parts of a line mean.

/// Words that begin a line of a `journey` diagram and are no task.
pub(super) const KEYWORDS: [&str; 5] = ["title", "section", "acctitle", "accdescr", "journey"];

/// One sign of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A character of a text.
    Text(char),
    /// A character written as an entity code: never part of a keyword.
    Coded(char),
    /// `:`
    Colon,
    /// `,`
    Comma,
}

/// The statements of a line: divided by `;`, ended by `#` or `%%`, entity codes as the text they stand for.
pub(super) fn statements(line: &str) -> Vec<Vec<Mark>> {
    let mut all = vec![Vec::new()];
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let tail = rest.strip_prefix(c).unwrap_or_default();
        let (mark, next) = match c {
            '#' => match entity(tail) {
                Some((c, after)) => (Some(Mark::Coded(c)), after),
                None => break,
            },
            '%' if tail.starts_with('%') => break,
            '<' => match line_break(tail) {
                Some(after) => (Some(Mark::Text('\n')), after),
                None => (Some(Mark::Text('<')), tail),
            },
            ';' => {
                all.push(Vec::new());
                (None, tail)
            }
            ':' => (Some(Mark::Colon), tail),
            ',' => (Some(Mark::Comma), tail),
            c => (Some(Mark::Text(c)), tail),
        };
        if let (Some(mark), Some(last)) = (mark, all.last_mut()) {
            last.push(mark);
        }
        rest = next;
    }
    all
}

/// The marks as text, trimmed; dividing signs stand for themselves.
pub(super) fn text(marks: &[Mark]) -> String {
    let all: String = marks
        .iter()
        .map(|m| match m {
            Mark::Text(c) | Mark::Coded(c) => *c,
            Mark::Colon => ':',
            Mark::Comma => ',',
        })
        .collect();
    all.trim().to_owned()
}

/// The character behind `58;` or `quot;`, and what follows.
fn entity(tail: &str) -> Option<(char, &str)> {
    let end = tail.bytes().take(9).position(|b| b == b';')?;
    let (name, rest) = tail.split_at_checked(end)?;
    let rest = rest.strip_prefix(';')?;
    let named = match name {
        "quot" => '"',
        "apos" => '\'',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => ' ',
        "colon" => ':',
        "comma" => ',',
        "semi" => ';',
        "num" => '#',
        digits if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            char::from_u32(digits.parse().ok()?)?
        }
        _ => return None,
    };
    Some((named, rest))
}

/// What follows `br>`, `br/>`, `/br />` ...
fn line_break(tail: &str) -> Option<&str> {
    let name = tail.strip_prefix('/').unwrap_or(tail);
    let head = name.get(..2).filter(|n| n.eq_ignore_ascii_case("br"))?;
    let after = name.strip_prefix(head)?.trim_start_matches([' ', '\t']);
    after.strip_prefix('/').unwrap_or(after).trim_start_matches([' ', '\t']).strip_prefix('>')
}
