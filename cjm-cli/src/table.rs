//! Text tables for terminals, with Chinese characters two columns wide.
//!
//! Answers: aligned lines. Does not know: what the cells mean.

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Lines of cells under a head, columns two blanks apart; no blanks at line ends.
pub(crate) fn lines(head: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell));
            cells.chain([width(name)]).max().unwrap_or(0)
        })
        .collect();
    let names: Vec<String> = head.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&names).chain(rows) {
        let mut line = String::new();
        for ((cell, (_, align)), to) in row.iter().zip(head).zip(&widths) {
            let blanks = " ".repeat(to.saturating_sub(width(cell)));
            match align {
                Align::Left => line.extend([cell, blanks.as_str(), "  "]),
                Align::Right => line.extend([blanks.as_str(), cell, "  "]),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

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
    use super::{Align, lines, width};

    #[test]
    fn columns_line_up_with_chinese_text() {
        let head = [("stage", Align::Left), ("n", Align::Right)];
        let rows = [vec!["到店".to_owned(), "5".to_owned()], vec!["pay".to_owned(), "120".to_owned()]];
        assert_eq!(lines(&head, &rows), "stage    n\n到店     5\npay    120\n");
        assert_eq!(width("e\u{301}店！"), 5);
    }
}
