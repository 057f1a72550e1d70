//! How wide text is: columns of a terminal, and breaking it into lines of a width.
//!
//! Answers: display columns (CJK counts two), padding, wrapping, cutting. Does not know: fonts, languages.

/// Display columns: 2 for wide characters (CJK, full-width forms, emoji), 0 for marks and controls, else 1.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Fills up with spaces to `width` columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Cuts to at most `width` columns, with an ellipsis where something was cut.
pub(super) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += columns_of(c);
        if used + 1 > width {
            break;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// Breaks into at most `lines` lines of at most `width` columns: at spaces, and between wide characters.
/// What does not fit is cut with an ellipsis.
pub(super) fn wrap(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut rest = pieces(text).into_iter().peekable();
    while let Some(piece) = rest.peek() {
        let fits = columns(line.trim_end()) + columns(piece.trim_end()) <= width;
        if fits || line.is_empty() {
            line.push_str(piece);
            rest.next();
        } else if out.len() + 1 < lines {
            out.push(cut(line.trim(), width));
            line.clear();
        } else {
            line.push_str(&rest.collect::<String>());
            break;
        }
    }
    if !line.trim().is_empty() {
        out.push(cut(line.trim(), width));
    }
    out
}

/// Words with the space behind them; each wide character alone, closing punctuation kept with what it closes.
fn pieces(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }) {
        let joins = open && columns_of(c) < 2 || "，。、；：！？）」』》”’…".contains(c);
        match out.last_mut() {
            Some(last) if joins => last.push(c),
            _ => out.push(c.to_string()),
        }
        open = columns_of(c) < 2 && c != ' ';
    }
    out
}

fn columns_of(c: char) -> usize {
    match c as u32 {
        0..=0x1F | 0x7F..=0x9F => 0,
        0x0300..=0x036F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F900..=0x1F9FF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_two() {
        assert_eq!(columns("结账"), 4);
        assert_eq!(columns("NPS 净推荐值"), 12);
        assert_eq!(columns("e\u{301}\u{202e}"), 1);
        assert_eq!(pad("结账", 6), "结账  ");
        assert_eq!(pad("结账", 2), "结账");
    }

    #[test]
    fn lines_break_at_spaces_and_between_wide_characters() {
        assert_eq!(wrap("Confirm the order", 10, 2), ["Confirm", "the order"]);
        assert_eq!(wrap("加购后取消订单", 6, 3), ["加购后", "取消订", "单"]);
        assert_eq!(wrap("加购后取消订单", 6, 2), ["加购后", "取消…"]);
        assert_eq!(wrap("unbreakablewordhere", 8, 2), ["unbreak…"]);
        assert_eq!(wrap("等菜，品尝", 4, 3), ["等", "菜，", "品尝"]);
        assert!(wrap("", 8, 2).is_empty());
    }

    #[test]
    fn cutting_keeps_the_width() {
        for width in 1..12 {
            assert!(columns(&cut("加购 cart 后取消 order", width)) <= width.max(1), "{width}");
        }
    }
}
