//! Tables of text as CSV and as Markdown.
//!
//! Answers: how cells are written so that a spreadsheet shows them as they are and runs nothing.
//! Does not know: what the cells mean.

/// The mark by which spreadsheets know that a CSV file is UTF-8; put it before a file that people open there.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// One line of CSV (RFC 4180, ended by a line feed), every cell taken as text.
///
/// A cell that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage
/// return) gets an apostrophe in front.
///
/// ```
/// use cjm_core::base::sheet::csv_line;
/// assert_eq!(csv_line(["a", "b,c", "=1+1", "说\"好\""]), "a,\"b,c\",'=1+1,\"说\"\"好\"\"\"\n");
/// ```
pub fn csv_line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push_csv(&mut line, cell.as_ref());
    }
    line.push('\n');
    line
}

fn push_csv(line: &mut String, cell: &str) {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = cell.contains([',', '"', '\n', '\r', '\t']) || cell.starts_with(' ') || cell.ends_with(' ');
    if quoted {
        line.push('"');
    }
    if formula {
        line.push('\'');
    }
    for c in cell.chars() {
        if c == '"' {
            line.push('"');
        }
        line.push(c);
    }
    if quoted {
        line.push('"');
    }
}

/// One row of a Markdown table. Bars, line breaks and markup in cells are shown, not obeyed.
///
/// ```
/// use cjm_core::base::sheet::markdown_row;
/// assert_eq!(markdown_row(["a|b", "<x>"]), "| a\\|b | &lt;x> |\n");
/// ```
pub fn markdown_row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let mut row = String::from("|");
    for cell in cells {
        row.push(' ');
        for c in cell.as_ref().chars() {
            match c {
                '|' | '\\' | '`' | '*' | '_' | '[' | ']' => row.extend(['\\', c]),
                '<' => row.push_str("&lt;"),
                '&' => row.push_str("&amp;"),
                '\n' | '\r' => row.push(' '),
                c => row.push(c),
            }
        }
        row.push_str(" |");
    }
    row.push('\n');
    row
}

/// The line between the head of a Markdown table of `columns` columns and its rows.
pub fn markdown_rule(columns: usize) -> String {
    format!("|{}\n", "---|".repeat(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        for cell in ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx"] {
            let line = csv_line([cell]);
            assert!(line.trim_start_matches('"').starts_with('\''), "{line:?}");
        }
        assert_eq!(csv_line(["a=1", ""]), "a=1,\n");
        assert_eq!(csv_line(["a\nb", " c"]), "\"a\nb\",\" c\"\n");
    }

    #[test]
    fn markdown_keeps_its_columns() {
        assert_eq!(markdown_row(["a\nb", "*c*"]), "| a b | \\*c\\* |\n");
        assert_eq!(markdown_rule(2), "|---|---|\n");
    }
}
