//! Snapshots: every committed `.snap` file belongs to a test that is still there.
//!
//! Answers: which snapshot no test speaks of. Does not know: whether it still holds; the test says that.

use super::Violation;

/// Every snapshot whose test file is gone, or no longer names it.
pub(crate) fn check(texts: &[(String, String)]) -> Vec<Violation> {
    let snaps = texts.iter().filter(|(path, _)| path.ends_with(".snap"));
    snaps
        .filter_map(|(path, text)| orphan(path, text, texts).map(|what| Violation::new(path, 0, what)))
        .collect()
}

fn orphan(path: &str, text: &str, texts: &[(String, String)]) -> Option<String> {
    let Some(source) = text.lines().find_map(|line| line.strip_prefix("source: ")) else {
        return Some("the snapshot does not say which test it is of".to_owned());
    };
    let Some((_, test)) =
        texts.iter().find(|(file, _)| file == source || source.ends_with(&format!("/{file}")))
    else {
        return Some(format!("its test file `{source}` is gone"));
    };
    let name = name_of(path);
    let named = test.contains(name) || test.contains("set_snapshot_suffix") || names_by_value(test);
    (!named).then(|| format!("`{source}` does not name `{name}`"))
}

/// What the test calls the snapshot: the last part of the file's name, without suffix and number.
fn name_of(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    let file = file.strip_suffix(".snap").unwrap_or(file);
    let name = file.rsplit("__").next().unwrap_or(file);
    let name = name.split('@').next().unwrap_or(name);
    name.rsplit_once('-').filter(|(_, n)| n.parse::<u32>().is_ok()).map_or(name, |(name, _)| name)
}

/// Whether the test file names snapshots by a variable, so that the name is data.
fn names_by_value(test: &str) -> bool {
    test.split("_snapshot!(").skip(1).any(|call| {
        let name = call.trim_start();
        let word = name.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
        name.starts_with("format!(")
            || (!word.is_empty() && name.get(word.len()..).is_some_and(|t| t.starts_with(',')))
    })
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_snapshot_without_its_test_is_seen() {
        let snap =
            |name: &str| (format!("a/snapshots/{name}.snap"), "---\nsource: a/src/b.rs\n---\nx".to_owned());
        let test = ("a/src/b.rs".to_owned(), "fn kept() { assert_snapshot!(x()); }".to_owned());
        let files = [snap("a__b__kept"), snap("a__b__kept-2"), snap("a__b__gone"), test];
        let whats: Vec<String> =
            check(&files).into_iter().map(|v| format!("{} {}", v.file, v.what)).collect();
        assert_eq!(whats, ["a/snapshots/a__b__gone.snap `a/src/b.rs` does not name `gone`"]);
        let alone = check(&files[..1]);
        assert_eq!(alone.len(), 1);
    }
}
