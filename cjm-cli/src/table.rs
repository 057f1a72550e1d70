//! Text on terminals, with Chinese characters two columns wide.
//!
//! Answers: how wide a text is. Does not know: what the text means.

/// Columns that a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Columns of one character: 0 for combining and control ones, 2 for wide ones.
fn columns(c: char) -> usize {
    match u32::from(c) {
        0..0x20
        | 0x7f..0xa0
        | 0x300..0x370
        | 0x200b..0x2010
        | 0x202a..0x202f
        | 0x2066..0x206a
        | 0xfe00..0xfe10
        | 0xfeff => 0,
        0x1100..0x1160
        | 0x2e80..0x303f
        | 0x3041..0xa4d0
        | 0xac00..0xd7a4
        | 0xf900..0xfb00
        | 0xfe30..0xfe70
        | 0xff00..0xff61
        | 0xffe0..0xffe7
        | 0x1f300..0x1f650
        | 0x1f900..0x1fa00
        | 0x20000..0x3fffe => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::width;

    #[test]
    fn chinese_text_is_twice_as_wide() {
        assert_eq!(width("e\u{301}店！"), 5);
    }
}
