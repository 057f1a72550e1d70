//! Names written safely into other formats.
//!
//! Answers: how any text stands inside XML, DOT, Mermaid and JSON without ending what holds it.
//! Does not know: which format is being written.

use std::fmt::Write;

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

/// Text for a DOT string in double quotes.
pub(super) fn dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c => out.push(visible(c)),
        }
    }
    out
}

/// Text for a DOT label, where Graphviz reads entities such as `&lt;` too.
pub(super) fn dot_label(text: &str) -> String {
    dot(&text.replace('&', "&amp;"))
}

/// Text for Mermaid: every sign that means something there becomes an entity code such as `#58;`, a line break
/// `<br/>`.
pub(super) fn mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.trim().chars() {
        match c {
            '\n' => out.push_str("<br/>"),
            '\r' => {}
            '\t' => out.push(' '),
            c if "#;:,\"'`<>&{}[]()|\\%~".contains(c) => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(visible(c)),
        }
    }
    out
}

/// JSON text made safe inside a script element: signs of markup and direction as `\u` escapes. The value stays
/// the same.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if "<>&".contains(c) || is_invisible(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
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
            let m = mermaid(text);
            let m = m.replace("<br/>", "");
            assert!(!m.contains(['<', '>', '"', '\n', ':', ',', '\0', '\u{202E}']), "{m}");
            let d = dot(text);
            assert!(
                !d.replace("\\\\", "").replace("\\\"", "").contains(['"', '\n', '\0', '\u{202E}']),
                "{d}"
            );
            let j = json(&serde_json::to_string(text).unwrap());
            assert!(!j.contains(['<', '>', '&', '\u{202E}', '\u{2028}']), "{j}");
            assert_eq!(serde_json::from_str::<String>(&j).unwrap(), text);
        }
    }
}
