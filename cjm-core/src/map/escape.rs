//! Names written safely into other formats.
//!
//! Answers: how any text stands inside XML, DOT, Mermaid and JSON without ending what holds it.
//! Does not know: which format is being written.

use super::measure::is_invisible;

/// Text for XML content and quoted attributes. What XML can not hold becomes U+FFFD.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c => out.push(visible(c)),
        }
    }
    out
}

/// The character, or U+FFFD for controls, noncharacters and signs that reverse or hide text.
fn visible(c: char) -> char {
    let unseen = c.is_control() || is_invisible(c) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    if unseen { char::REPLACEMENT_CHARACTER } else { c }
}

/// The hostile names that every export is tried with.
#[cfg(test)]
pub(super) const HOSTILE: [&str; 12] = [
    "</script><script>alert(1)</script>",
    "\"quoted\" 'single' `tick`",
    "line\nbreak\r\nand\ttab",
    "\u{202E}reversed\u{202C}",
    "nul\0byte",
    "a: 5: Bob, Eve",
    "#59; ; %% comment",
    "]] --> [[",
    "back\\slash \\\" \\n",
    "]]><!--&amp;-->",
    "\u{FFFE}\u{FEFF}\u{200B}\u{2028}",
    "点餐：下单，结账；完",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out() {
        for text in HOSTILE {
            let x = xml(text);
            assert!(!x.contains(['<', '>', '"', '\'', '\0', '\u{202E}', '\u{FFFE}']), "{x}");
        }
    }
}
