//! The README in both languages: its blueprint, its commands with what they print, its program.

use std::path::Path;

use crate::common::{cjm, compare, top};

/// A fenced block: the words after the fence, and the lines inside.
struct Block<'a> {
    kind: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut all: Vec<Block<'_>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(kind), false) => all.push(Block { kind, lines: Vec::new() }),
            (None, true) => all.last_mut().unwrap().lines.push(line),
            _ => {}
        }
        inside ^= line.starts_with("```");
    }
    all
}

/// The words of a command line, quotes taken off; names of files are put into the folder.
fn words(line: &str, folder: &Path) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            (' ', None) => all.push(String::new()),
            (c, _) => all.last_mut().unwrap().push(c),
        }
    }
    let is_file = |word: &str| ["yaml", "jsonl", "html"].iter().any(|end| word.ends_with(&format!(".{end}")));
    all.into_iter().map(|w| if is_file(&w) { folder.join(w).display().to_string() } else { w }).collect()
}

/// Runs the commands of a block and puts what they print in the place of what the block says they print.
/// Output that the block cuts with `...` is cut at the same line. What they complain about goes to `complaints`.
fn rerun(block: &Block<'_>, folder: &Path, complaints: &mut String) -> Vec<String> {
    let mut all = Vec::new();
    let starts: Vec<usize> = (0..block.lines.len()).filter(|at| block.lines[*at].starts_with("$ ")).collect();
    assert!(!starts.is_empty(), "a console block without a command");
    for (n, start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(block.lines.len());
        let (line, said) = (block.lines[*start], &block.lines[start + 1..end]);
        all.push(line.to_owned());
        let Some(command) = line.strip_prefix("$ cjm ") else {
            // the tests of the Python face install the package and run what the README shows of it
            let others = ["$ cargo xtask ", "$ pip install ./cjm-py"];
            assert!(said.is_empty() && others.iter().any(|other| line.starts_with(other)), "{line}");
            continue;
        };
        let words = words(command, folder);
        let ran = cjm(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{line}\n{}", ran.err);
        complaints.push_str(&ran.err);
        let printed = ran.out.replace(&format!("{}/", folder.display()), "");
        match said.iter().position(|line| *line == "...") {
            Some(cut) => all.extend(printed.lines().take(cut).map(str::to_owned).chain(["...".to_owned()])),
            None => all.extend(printed.lines().map(str::to_owned)),
        }
    }
    all
}

/// The README with its blocks as they would be written today.
fn rewritten(file: &str) -> String {
    let text = std::fs::read_to_string(top().join(file)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut out = text.clone();
    let (mut n_commands, mut complaints) = (0, String::new());
    for block in blocks(&text) {
        let now = match block.kind {
            "yaml shop.yaml" => {
                let blueprint = block.lines.join("\n");
                std::fs::write(folder.path().join("shop.yaml"), &blueprint).unwrap();
                continue;
            }
            "rust first_look.rs" => {
                let program = std::fs::read_to_string(top().join("examples/rust/first_look.rs")).unwrap();
                program.lines().map(str::to_owned).collect()
            }
            "console" => {
                n_commands += 1;
                rerun(&block, folder.path(), &mut complaints)
            }
            // what is shown of Python, C and C++ is run by the tests of those faces
            "sh" | "python" | "c" | "cpp" | "cmake" => continue,
            other => panic!("`{other}` is no kind of block of a README"),
        };
        let whole = |lines: &[String]| format!("```{}\n{}\n```", block.kind, lines.join("\n"));
        let was: Vec<String> = block.lines.iter().map(|line| (*line).to_owned()).collect();
        assert!(out.contains(&whole(&was)));
        out = out.replacen(&whole(&was), &whole(&now), 1);
    }
    assert!(n_commands >= 4);
    strangers(&out, &complaints)
}

/// The text with the event that nobody declares called as the commands call it.
fn strangers(text: &str, complaints: &str) -> String {
    const CODE: &str = "event_undeclared";
    let told = complaints.lines().find(|line| line.contains(CODE)).unwrap();
    let stranger = told.split('`').nth(1).unwrap();
    let (before, after) = text.split_once(&format!("`{CODE} ")).unwrap();
    let (_, after) = after.split_once('`').unwrap();
    format!("{before}`{CODE} {stranger}`{after}")
}

#[test]
fn english() {
    compare("README.md", &rewritten("README.md"));
}

#[test]
fn chinese() {
    compare("README.zh-CN.md", &rewritten("README.zh-CN.md"));
}

#[test]
fn both_show_the_same_blueprint() {
    let shop = |file: &str| {
        let text = std::fs::read_to_string(top().join(file)).unwrap();
        let block = blocks(&text).into_iter().find(|b| b.kind == "yaml shop.yaml").unwrap();
        block.lines.join("\n")
    };
    assert_eq!(shop("README.md"), shop("README.zh-CN.md"));
}
