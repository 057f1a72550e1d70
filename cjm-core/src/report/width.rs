//! How wide text is in a terminal.
//!
//! Answers: display columns (CJK counts two), padding. Does not know: fonts, languages, pixels (see `map::measure`).

/// Display columns: 2 for wide characters (CJK, full-width forms, emoji), 0 for marks and controls, else 1.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Fills up with spaces to `width` columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
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
}
