//! The house rules, read from the tree: floors, sizes, words, snapshots, licences, locks.
//!
//! Answers: every violation with file and line, sorted by both. Does not know: how to mend one.

mod floors;
mod licences;
mod locks;
mod shape;
mod snapshots;
mod source;

use std::path::Path;

use crate::shell::{Done, root};
use source::Source;

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// Path from the project's top.
    pub(crate) file: String,
    /// Line from 1; 0 for the file as a whole.
    pub(crate) line: usize,
    /// What is the matter.
    pub(crate) what: String,
}

impl Violation {
    fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }
}

/// The task: prints all violations and errs when there are any.
pub(crate) fn run() -> Done {
    let tree = Tree::read(&root())?;
    let violations = tree.violations()?;
    for Violation { file, line, what } in &violations {
        println!("{file}:{line}: {what}");
    }
    println!("tidy: {}", shape::summary(&tree.sources));
    match violations.len() {
        0 => Ok(()),
        n => Err(format!("{n} house rule{} broken", if n == 1 { " is" } else { "s are" })),
    }
}

/// The files of the project that rules speak of.
struct Tree {
    /// Rust files, by path.
    sources: Vec<Source>,
    /// Every text file, by path: (path, text).
    texts: Vec<(String, String)>,
}

impl Tree {
    fn read(root: &Path) -> Result<Self, String> {
        let mut texts = Vec::new();
        walk(root, "", &mut texts, 0)?;
        texts.sort();
        let rust = texts.iter().filter(|(path, _)| path.ends_with(".rs"));
        let sources = rust.map(|(path, text)| Source::new(path, text)).collect();
        Ok(Self { sources, texts })
    }

    fn violations(&self) -> Result<Vec<Violation>, String> {
        let mut all = shape::check(&self.sources);
        all.extend(shape::check_texts(&self.texts));
        all.extend(floors::check(&self.sources));
        all.extend(snapshots::check(&self.texts));
        all.extend(licences::check(self.text_of("deny.toml")?)?);
        all.extend(locks::check(self)?);
        all.sort();
        Ok(all)
    }

    fn text_of(&self, path: &str) -> Result<&str, String> {
        let found = self.texts.iter().find(|(p, _)| p == path);
        found.map(|(_, text)| text.as_str()).ok_or_else(|| format!("there is no `{path}`"))
    }
}

/// Folders that hold nothing of ours.
const OUTSIDE: &[&str] = &[".git", "target", "node_modules", "__pycache__", "venv", ".venv"];

/// Endings of the files that are read.
const TEXTS: &[&str] =
    &[".rs", ".toml", ".lock", ".md", ".yaml", ".yml", ".json", ".snap", ".html", ".css", ".svg", ".txt"];

fn walk(root: &Path, folder: &str, texts: &mut Vec<(String, String)>, depth: usize) -> Done {
    if depth > 32 {
        return Err(format!("`{folder}` is too deep"));
    }
    let at = root.join(folder);
    let entries = std::fs::read_dir(&at).map_err(|e| format!("`{folder}` can not be read: {e}"))?;
    for entry in entries {
        let entry = entry.map_err(|e| format!("`{folder}` can not be read: {e}"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type().map_err(|e| format!("`{path}` can not be read: {e}"))?;
        if kind.is_dir() && !OUTSIDE.contains(&name.as_str()) {
            walk(root, &path, texts, depth + 1)?;
        } else if kind.is_file() && TEXTS.iter().any(|end| name.ends_with(end)) {
            let text = std::fs::read_to_string(entry.path()).map_err(|e| format!("`{path}`: {e}"))?;
            texts.push((path, text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Tree, root};

    #[test]
    fn the_tree_keeps_the_house_rules() {
        let tree = Tree::read(&root()).unwrap();
        assert!(tree.sources.len() > 20, "the tree was not found");
        let violations = tree.violations().unwrap();
        let lines: Vec<String> =
            violations.iter().map(|v| format!("{}:{}: {}", v.file, v.line, v.what)).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }
}
