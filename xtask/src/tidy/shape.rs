//! Sizes and words: how long files, functions and lines are, and what they must not say.
//!
//! Answers: violations of form. Does not know: what imports what.

use super::Violation;
use super::source::{Source, item_len};

/// Lines of a file, tests included.
const FILE_LINES: usize = 1000;
/// Lines of a function that ships.
const FUNCTION_LINES: usize = 70;
/// Characters of a line, the insides of literals not counted; rustfmt keeps code itself within 110.
const COLUMNS: usize = 130;

/// Words that say a thing is not finished.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("HA", "CK:"),
    concat!("for ", "now"),
    concat!("not yet ", "implemented"),
    concat!("in a ", "real "),
    concat!("simplified ", "version"),
    concat!("is a ", "stub"),
];

/// Starts of paths that exist on one machine alone.
const MACHINES: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/t", "mp/"),
];

/// The rules of form for Rust files.
pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut all = Vec::new();
    for source in sources {
        let n_lines = source.text.lines().count();
        if n_lines > FILE_LINES {
            all.push(Violation::new(&source.path, 0, format!("{n_lines} lines; {FILE_LINES} is the limit")));
        }
        let says = source.text.strip_prefix("//! ").and_then(|t| t.lines().next()).unwrap_or("");
        if says.chars().count() < 10 {
            all.push(Violation::new(
                &source.path,
                1,
                "the first line must be `//!` and say what the file answers",
            ));
        }
        check_lines(source, &mut all);
        for (name, line, length) in functions(&source.shipped) {
            if length > FUNCTION_LINES {
                let what = format!("`{name}` has {length} lines; {FUNCTION_LINES} is the limit");
                all.push(Violation::new(&source.path, line, what));
            }
        }
    }
    all
}

fn check_lines(source: &Source, all: &mut Vec<Violation>) {
    let lines = source.text.lines().zip(source.code.lines()).zip(source.shipped.lines());
    for (number, ((text, code), shipped)) in (1..).zip(lines) {
        let width = columns(text, shipped);
        if width > COLUMNS && !text.contains("://") {
            let what = format!("{width} columns; {COLUMNS} is the limit");
            all.push(Violation::new(&source.path, number, what));
        }
        if has_word(code, "unsafe") && !source.path.starts_with("cjm-ffi/") {
            all.push(Violation::new(&source.path, number, "unsafe code belongs to cjm-ffi alone"));
        }
        if text.trim_start().starts_with("#[ignore") && !text.contains('=') {
            all.push(Violation::new(&source.path, number, "an ignored test must say why"));
        }
    }
}

/// Characters of a comment, or of code that ships; what literals hold does not count.
fn columns(text: &str, shipped: &str) -> usize {
    if text.trim_start().starts_with("//") {
        return text.chars().count();
    }
    if shipped.trim().is_empty() {
        return 0;
    }
    let indent = text.len() - text.trim_start().len();
    indent + shipped.split_whitespace().map(|word| word.chars().count() + 1).sum::<usize>()
}

/// The rules for every text: nothing unfinished, no path of one machine.
pub(crate) fn check_texts(texts: &[(String, String)]) -> Vec<Violation> {
    let mut all = Vec::new();
    for (path, text) in texts.iter().filter(|(path, _)| !path.ends_with(".lock")) {
        for (number, line) in (1..).zip(text.lines()) {
            for word in UNFINISHED.iter().filter(|word| line.contains(**word)) {
                all.push(Violation::new(
                    path,
                    number,
                    format!("`{word}` says that something is not finished"),
                ));
            }
            if MACHINES.iter().any(|start| has_path(line, start)) {
                all.push(Violation::new(path, number, "a path that exists on one machine alone"));
            }
        }
    }
    all
}

fn has_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().last()).unwrap_or(' ');
        !(before.is_alphanumeric() || "._-}>/*)~".contains(before))
    })
}

fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|found| found == word)
}

/// Functions with a body: name, first line, lines.
fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut all = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let (before, item) = code.split_at(at);
        if before.chars().last().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let name: String = item.chars().skip(3).take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let body = item.split_at(item_len(item)).0;
        if !name.is_empty() && body.ends_with('}') {
            all.push((name, before.matches('\n').count() + 1, body.matches('\n').count() + 1));
        }
    }
    all
}

/// One line about the shape of what ships.
pub(crate) fn summary(sources: &[Source]) -> String {
    let shipped = sources.iter().filter(|s| !s.shipped.trim().is_empty());
    let mut files: Vec<usize> = shipped.map(|s| s.text.lines().count()).collect();
    let lengths = sources.iter().flat_map(|s| functions(&s.shipped));
    let mut lengths: Vec<usize> = lengths.map(|(_, _, length)| length).collect();
    files.sort_unstable();
    lengths.sort_unstable();
    let at = |sorted: &[usize], share: usize| sorted.get(sorted.len() * share / 100).copied().unwrap_or(0);
    format!(
        "{} files, median {} and at most {} lines; {} functions, median {}, nine in ten within {}, at most {} lines",
        files.len(),
        at(&files, 50),
        files.last().unwrap_or(&0),
        lengths.len(),
        at(&lengths, 50),
        at(&lengths, 90),
        lengths.last().unwrap_or(&0),
    )
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::{check, check_texts, functions};

    fn whats(text: &str) -> Vec<String> {
        check(&[Source::new("a.rs", text)]).into_iter().map(|v| format!("{}: {}", v.line, v.what)).collect()
    }

    #[test]
    fn each_rule_of_form_is_seen() {
        let first = "//! Answers nothing at all.\n";
        for (text, want) in [
            ("fn a() {}\n".to_owned(), "1: the first line"),
            (format!("{first}{}", "\n".repeat(1000)), "0: 1001 lines"),
            (format!("{first}fn long() {{\n{}}}\n", "a();\n".repeat(70)), "2: `long` has 72 lines"),
            (format!("{first}// {}\n", "x".repeat(130)), "2: 133 columns"),
            (format!("{first}{} {{ }}\n", concat!("uns", "afe")), "2: unsafe code"),
            (format!("{first}#[ignore]\n"), "2: an ignored test"),
        ] {
            let got = whats(&text);
            assert!(got.iter().any(|line| line.starts_with(want)), "{want}: {got:?}");
        }
        let long_literal = format!("{first}f(\"{}\");\n", "x".repeat(200));
        assert_eq!(whats(&long_literal), Vec::<String>::new());
    }

    #[test]
    fn unfinished_words_and_paths_of_machines_are_seen() {
        let text =
            [concat!("// TO", "DO: more"), concat!("see /ho", "me/anna/x"), "fine/work/here", "/workshop"];
        let texts = [("a.md".to_owned(), text.join("\n"))];
        let lines: Vec<usize> = check_texts(&texts).iter().map(|v| v.line).collect();
        assert_eq!(lines, [1, 2]);
    }

    #[test]
    fn functions_are_measured_from_name_to_brace() {
        let code = "impl A {\n    pub fn a(&self)\n    where\n        T: B,\n    {\n        if x { y }\n    }\n}\ntrait T { fn b(); }";
        assert_eq!(functions(code), [("a".to_owned(), 2, 6)]);
    }
}
