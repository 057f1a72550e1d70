//! The lock files: the project's own, and that of the fuzz targets, which are a workspace apart.
//!
//! Answers: a lock that is missing, and a dependency of ours that the fuzz targets' lock does not know, so that they
//! would not build. Does not know: versions, what optional dependencies the fuzz targets ask for.

use super::{Tree, Violation};

/// The lock of the fuzz targets.
const FUZZ: &str = "fuzz/Cargo.lock";
/// Our crates that the fuzz targets take.
const TAKEN: &[&str] = &["cjm-core", "cjm-io"];

pub(super) fn check(tree: &Tree) -> Result<Vec<Violation>, String> {
    let mut all = Vec::new();
    if tree.text_of("Cargo.lock").is_err() {
        all.push(Violation::new("Cargo.lock", 0, "the lock file must be committed"));
    }
    let lock = tree.text_of(FUZZ)?;
    for of in TAKEN {
        let manifest = tree.text_of(&format!("{of}/Cargo.toml"))?;
        let known = locked(lock, of);
        let missing = needed(manifest).into_iter().filter(|name| !known.contains(name));
        all.extend(missing.map(|name| {
            let words =
                format!("does not know `{name}` of {of}: `cargo check --manifest-path fuzz/Cargo.toml`");
            Violation::new(FUZZ, 0, words)
        }));
    }
    Ok(all)
}

/// The dependencies of a manifest that are not optional.
fn needed(manifest: &str) -> Vec<&str> {
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.contains("optional"));
    lines.filter_map(|line| line.split(['.', ' ', '=']).next()).filter(|name| !name.is_empty()).collect()
}

/// What a package of a lock file depends on.
fn locked<'a>(lock: &'a str, package: &str) -> Vec<&'a str> {
    let name = format!("name = \"{package}\"");
    let lines = lock.lines().skip_while(|line| *line != name).take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.strip_prefix(" \"")?.split(['"', ' ']).next()).collect()
}

#[cfg(test)]
mod tests {
    use super::{locked, needed};

    #[test]
    fn a_dependency_that_a_lock_does_not_know_is_found() {
        let manifest = "[package]\nname = \"a\"\n\n[dependencies]\nb.workspace = true\nc = { version = \"1\", optional = true }\nd = \"2\"\n\n[dev-dependencies]\ne = \"1\"\n";
        assert_eq!(needed(manifest), ["b", "d"]);
        let lock = "[[package]]\nname = \"a\"\nversion = \"0\"\ndependencies = [\n \"b\",\n \"d 2.0.0\",\n]\n\n[[package]]\nname = \"b\"\ndependencies = [\n \"x\",\n]\n";
        assert_eq!(locked(lock, "a"), ["b", "d"]);
        assert_eq!(locked(lock, "b"), ["x"]);
        assert!(locked(lock, "z").is_empty());
    }
}
