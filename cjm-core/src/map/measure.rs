//! How wide text is and where it may break, without a font: measured by character class.
//!
//! Answers: the width of a line in pixels, a text wrapped into lines, Chinese rules for line ends included.
//! Does not know: fonts, kerning, shaping. Widths are those of common sans-serif faces, a little generous.

use std::borrow::Cow;

/// Longest text in characters that is looked at; a drawing shows no more of it anyway.
const MAX_SHOWN_CHARS: usize = 1_000;

/// What closes a cut text.
const ELLIPSIS: char = '…';

/// Signs that must not begin a line, and signs that must not end one.
const NOT_FIRST: &str = "，。、；：！？）》」』】〉〕％…—·,.;:!?)]}%’”";
const NOT_LAST: &str = "（《「『【〈〔([{‘“";

/// The width of a text in pixels at a font size in pixels.
///
/// ```
/// use cjm_core::map::measure::text_width;
/// assert_eq!(text_width("上菜", 12.0), 24.0);
/// assert!(text_width("ill", 12.0) < text_width("MMM", 12.0));
/// ```
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// A text on one line as people may see it: control signs become spaces, signs that reverse or hide text are
/// left out, white space is one space, at most 1,000 characters.
pub fn plain(text: &str) -> String {
    let shown = text.chars().filter_map(|c| match c {
        c if c.is_whitespace() || c.is_control() => Some(' '),
        c if is_invisible(c) => None,
        '\u{FFFE}' | '\u{FFFF}' => Some('\u{FFFD}'),
        c => Some(c),
    });
    let mut line = String::new();
    for c in shown.take(MAX_SHOWN_CHARS) {
        if c != ' ' || !(line.is_empty() || line.ends_with(' ')) {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Wraps a text into at most `max_lines` lines no wider than `width` pixels; what does not fit ends in `…`.
/// No line for an empty text.
///
/// ```
/// use cjm_core::map::measure::wrap;
/// assert_eq!(wrap("wait for the bill", 12.0, 60.0, 3), ["wait for", "the bill"]);
/// assert_eq!(wrap("高峰期上菜慢。", 12.0, 72.0, 3), ["高峰期上菜", "慢。"]);
/// ```
pub fn wrap(text: &str, size: f64, width: f64, max_lines: usize) -> Vec<String> {
    let text = plain(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(&text) {
        for part in fitting(piece, size, width) {
            if !line.is_empty() && text_width(&line, size) + text_width(part.trim_end(), size) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(&part);
        }
        if lines.len() > max_lines {
            break;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    let cut = lines.len() > max_lines;
    lines.truncate(max_lines);
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    if let (true, Some(last)) = (cut, lines.last_mut()) {
        *last = shortened(last, size, width);
    }
    lines
}

/// A text on one line no wider than `width`, cut with `…` when it is longer.
pub fn fit(text: &str, size: f64, width: f64) -> String {
    let text = plain(text);
    if text_width(&text, size) <= width { text } else { shortened(&text, size, width) }
}

fn shortened(text: &str, size: f64, width: f64) -> String {
    let mut kept = String::new();
    let mut used = advance(ELLIPSIS) * size;
    for c in text.chars() {
        used += advance(c) * size;
        if used > width {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept.push(ELLIPSIS);
    kept
}

/// The pieces between which a line may break, each with its trailing spaces.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut chars = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((_, c)) = chars.next() {
            match chars.peek() {
                Some((at, next)) if may_break(c, *next) => {
                    end = *at;
                    break;
                }
                _ => {}
            }
        }
        let (piece, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(piece)
    })
}

fn may_break(before: char, after: char) -> bool {
    if after == ' ' || NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    before == ' ' || is_wide(before) || is_wide(after)
}

/// A piece as it is, or cut anywhere when it is wider than a whole line.
fn fitting(piece: &str, size: f64, width: f64) -> Vec<Cow<'_, str>> {
    if text_width(piece.trim_end(), size) <= width {
        return vec![Cow::Borrowed(piece)];
    }
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut used = 0.0;
    for c in piece.chars() {
        let more = advance(c) * size;
        if used + more > width && !part.is_empty() {
            parts.push(Cow::Owned(std::mem::take(&mut part)));
            used = 0.0;
        }
        part.push(c);
        used += more;
    }
    parts.push(Cow::Owned(part));
    parts
}

/// Width of a character in em.
fn advance(c: char) -> f64 {
    match c {
        c if is_wide(c) => 1.0,
        c if is_invisible(c) || c.is_control() => 0.0,
        '\u{300}'..='\u{36F}' => 0.0,
        ' ' | 'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | 'I' | '·' => 0.29,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' | '"' | '`' => 0.39,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '—' | '…' => 0.92,
        'A'..='Z' | '&' => 0.68,
        '0'..='9' | 'a'..='z' => 0.57,
        _ => 0.62,
    }
}

/// Characters as wide as they are high: Chinese, Japanese, Korean, their signs, emoji.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115F}' | '\u{2600}'..='\u{27BF}' | '\u{2E80}'..='\u{303E}' | '\u{3041}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF01}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}' | '\u{1F300}'..='\u{1F6FF}' | '\u{1F900}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}')
}

/// Characters that show nothing but can hide or reverse what stands around them.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, width: f64, max_lines: usize, lines: &[&str]) {
        assert_eq!(wrap(text, 10.0, width, max_lines), lines, "{text}");
    }

    #[test]
    fn lines_break_where_they_may() {
        check("", 100.0, 2, &[]);
        check("  \n\t ", 100.0, 2, &[]);
        check("one two", 100.0, 2, &["one two"]);
        check("one two", 20.0, 2, &["one", "two"]);
        check("结账离店", 20.0, 2, &["结账", "离店"]);
        check("（结账）离店", 30.0, 3, &["（结", "账）离", "店"]);
        check("上菜，结账", 20.0, 3, &["上", "菜，", "结账"]);
        check("用 App 下单", 40.0, 3, &["用 App", "下单"]);
        check("unbreakableword", 30.0, 9, &["unbre", "akabl", "ewor", "d"]);
        check("one two three four", 30.0, 2, &["one", "two…"]);
        check("a\u{202E}b\u{0}c", 100.0, 1, &["ab c"]);
    }

    #[test]
    fn a_name_of_ten_megabytes_is_cut() {
        let name = "长".repeat(10_000_000 / 3);
        assert_eq!(plain(&name).chars().count(), MAX_SHOWN_CHARS);
        assert_eq!(wrap(&name, 10.0, 50.0, 2), ["长长长长长", "长长长长…"]);
        assert_eq!(fit(&name, 10.0, 30.0), "长长…");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn no_line_is_wider_than_asked_and_nothing_is_lost(text in "[a-z上菜，（） ]{0,60}", width in 20.0..200.0_f64) {
            let lines = wrap(&text, 10.0, width, usize::MAX);
            for line in &lines {
                prop_assert!(text_width(line, 10.0) <= width + 1e-9, "{line:?}");
            }
            let solid = |t: &str| t.replace(' ', "");
            prop_assert_eq!(solid(&lines.concat()), solid(&text));
        }
    }
}
