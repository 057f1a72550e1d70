//! What the command's tests share: running it, finding the project's files, comparing generated ones.

use std::path::{Path, PathBuf};

use cjm_core::Language;

/// How a command ended and what it wrote.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Exit code.
    pub(crate) code: i32,
    /// Stdout.
    pub(crate) out: String,
    /// Stderr.
    pub(crate) err: String,
}

/// Runs `cjm` with these words, in English.
pub(crate) fn cjm(words: &[&str]) -> Ran {
    cjm_in(Language::En, words)
}

/// Runs `cjm` with these words in a language.
pub(crate) fn cjm_in(language: Language, words: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut host = cjm_cli::Host::new(&mut out, &mut err).language(language);
    let code = cjm_cli::run(std::iter::once(&"cjm").chain(words), &mut host);
    Ran { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// What `cjm` answers when all goes well.
pub(crate) fn answer(words: &[&str]) -> String {
    let ran = cjm(words);
    assert_eq!(ran.code, 0, "cjm {}\n{}", words.join(" "), ran.err);
    ran.out
}

/// The project's top folder.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A file of the project, as a word of a command line.
pub(crate) fn project(path: &str) -> String {
    top().join(path).display().to_string()
}

/// A file of the outside data; `None`, and one loud line, when it is not there.
pub(crate) fn outside(path: &str) -> Option<String> {
    let file = top().join("../shared/data").join(path);
    if file.exists() {
        return Some(file.display().to_string());
    }
    println!("SKIPPED: ../shared/data/{path} is not there");
    None
}

/// Compares a generated text with the committed file; under `CJM_REGEN` writes it.
pub(crate) fn compare(path: &str, text: &str) {
    let file = top().join(path);
    if std::env::var_os("CJM_REGEN").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == text, "`{path}` is not what the code says; run `cargo xtask regen`");
}
