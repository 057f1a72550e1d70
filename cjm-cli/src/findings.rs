//! Findings as text: the line of the document, a caret under the place, what is the matter and what to do.
//!
//! Answers: how findings look on a terminal. Does not know: how they were found.

use cjm_core::{Finding, Language, Severity};

use crate::table::width;
use crate::words::{self, Phrase};

/// A line longer than this is cut around the place, so that one bad line does not fill the screen.
const MAX_COLUMNS: usize = 160;

/// All findings of a document, in their order, and a closing line that counts them.
pub(crate) fn text(name: &str, document: &str, findings: &[Finding], language: Language) -> String {
    let lines: Vec<&str> = document.lines().collect();
    let mut text = String::new();
    for finding in findings {
        one(&mut text, name, &lines, finding, language);
        text.push('\n');
    }
    text.push_str(&count(name, findings, language));
    text.push('\n');
    text
}

/// Whether any finding keeps the document from being used.
pub(crate) fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity() == Severity::Error)
}

fn one(text: &mut String, name: &str, lines: &[&str], finding: &Finding, language: Language) {
    let severity = severity_word(finding.severity()).say(language, &[]);
    text.push_str(&format!("{severity}[{}]: {}\n", finding.code(), finding.message(language)));
    let at = finding.position;
    if at.line == 0 {
        text.push_str(&format!("  --> {name}  {}\n", finding.path));
    } else {
        let arrow = format!("  --> {name}:{}:{}  {}", at.line, at.column, finding.path);
        text.push_str(&format!("{}\n", arrow.trim_end()));
        if let Some(line) = lines.get(at.line as usize - 1) {
            place(text, at.line, at.column as usize, line);
        }
    }
    let help = finding.help(language);
    if !help.is_empty() {
        text.push_str(&format!("   = {}: {help}\n", words::HELP.say(language, &[])));
    }
}

/// The line with its number, and a caret under the column.
fn place(text: &mut String, number: u32, column: usize, line: &str) {
    let before = column.saturating_sub(1);
    let from = if line.chars().count() > MAX_COLUMNS { before.saturating_sub(MAX_COLUMNS / 2) } else { 0 };
    let shown: String = line.chars().skip(from).take(MAX_COLUMNS).map(plain).collect();
    let lead: String = shown.chars().take(before - from).collect();
    let margin = " ".repeat(number.to_string().len());
    text.push_str(&format!("{margin} |\n{number} | {}\n", shown.trim_end()));
    text.push_str(&format!("{margin} | {}^\n", " ".repeat(width(&lead))));
}

/// Nothing that moves a terminal's cursor reaches it from a document.
fn plain(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            '\u{fffd}'
        }
        c => c,
    }
}

/// What a severity is called.
pub(crate) fn severity_word(severity: Severity) -> Phrase {
    match severity {
        Severity::Error => words::ERROR,
        Severity::Warning => words::WARNING,
        Severity::Hint => words::HINT,
    }
}

/// The closing line: how many findings of each severity there are.
fn count(name: &str, findings: &[Finding], language: Language) -> String {
    let counts = [
        (Severity::Error, words::N_ERROR, words::N_ERRORS),
        (Severity::Warning, words::N_WARNING, words::N_WARNINGS),
        (Severity::Hint, words::N_HINT, words::N_HINTS),
    ]
    .into_iter()
    .filter_map(|(severity, one, many)| match findings.iter().filter(|f| f.severity() == severity).count() {
        0 => None,
        1 => Some(one.say(language, &["1"])),
        n => Some(many.say(language, &[&n.to_string()])),
    })
    .collect::<Vec<_>>();
    match counts.as_slice() {
        [] => words::NO_FINDING.say(language, &[name]),
        _ => words::FINDINGS.say(language, &[name, &counts.join(&words::AND.say(language, &[]))]),
    }
}

#[cfg(test)]
mod tests {
    use cjm_core::base::catalogue::blueprint::UNKNOWN_KEY;
    use cjm_core::base::finding::Position;
    use cjm_core::{Finding, Language};

    use super::text;

    #[test]
    fn the_caret_stands_under_the_place() {
        let document = "id: a\n  店名: 1 # x\n";
        let at = Position { line: 2, column: 5 };
        let finding = Finding::new(&UNKNOWN_KEY, "店名", at).with("key", "店名").with("near", "stores");
        insta::assert_snapshot!(text("b.yaml", document, std::slice::from_ref(&finding), Language::En));
        insta::assert_snapshot!("in_chinese", text("b.yaml", document, &[finding], Language::Zh));
        let long = format!("{}x", " ".repeat(5000));
        let finding = Finding::new(&UNKNOWN_KEY, "", Position { line: 1, column: 5001 });
        let shown = text("b.yaml", &long, &[finding], Language::En);
        assert!(shown.lines().all(|line| line.chars().count() < 200), "{shown}");
    }
}
