//! Licences: every package in the lock that is built here may be linked.
//!
//! Answers: which package's licence is not on the list of `deny.toml`; packages that were never downloaded here are, as
//! for a build. Does not know: advisories.

use std::collections::BTreeSet;

use super::Violation;
use crate::shell::{cargo, output};

/// Every package whose licence the list does not allow.
pub(crate) fn check(deny: &str) -> Result<Vec<Violation>, String> {
    let allowed = list(deny, "allow = [").ok_or("deny.toml has no list of allowed licences")?;
    let excepted = excepted(deny);
    let tree = cargo(&[
        "tree",
        "--workspace",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
        "--locked",
    ]);
    let rows: BTreeSet<String> =
        output(tree)?.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect();
    let mut all = Vec::new();
    for row in &rows {
        let Some((package, licence)) = row.split_once('|') else { continue };
        let name = package.split(' ').next().unwrap_or(package);
        let fine = holds(licence, &allowed) || excepted.iter().any(|e| e == name);
        if !fine {
            all.push(Violation::new("Cargo.lock", 0, format!("`{package}` has the licence `{licence}`")));
        }
    }
    Ok(all)
}

/// The quoted words between `start` and the next `]`.
fn list(text: &str, start: &str) -> Option<Vec<String>> {
    let (_, tail) = text.split_once(start)?;
    let (inside, _) = tail.split_once(']')?;
    Some(inside.split('"').skip(1).step_by(2).map(str::to_owned).collect())
}

/// The packages named by `exceptions`.
fn excepted(deny: &str) -> Vec<String> {
    let tails = deny.split("crate = \"").skip(1);
    let named = tails.filter(|tail| tail.split('}').next().is_some_and(|t| t.contains("allow =")));
    named.filter_map(|tail| tail.split('"').next()).map(str::to_owned).collect()
}

/// Whether an SPDX expression is allowed: all sides of AND, one side of OR (`/` is the old way to write OR).
fn holds(licence: &str, allowed: &[String]) -> bool {
    let licence = licence.trim().replace('/', " OR ");
    let sides = split_outside(&licence, " AND ");
    if sides.len() > 1 {
        return sides.iter().all(|side| holds(side, allowed));
    }
    let sides = split_outside(&licence, " OR ");
    if sides.len() > 1 {
        return sides.iter().any(|side| holds(side, allowed));
    }
    match licence.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => holds(inner, allowed),
        None => allowed.contains(&licence),
    }
}

/// Splits at a word that stands outside brackets.
fn split_outside<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let mut sides = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(word) {
        let side = text.get(from..at).unwrap_or("");
        if side.matches('(').count() == side.matches(')').count() {
            sides.push(side);
            from = at + word.len();
        }
    }
    sides.push(text.get(from..).unwrap_or(""));
    sides
}

#[cfg(test)]
mod tests {
    use super::{excepted, holds, list};

    #[test]
    fn expressions_are_read_by_their_sides() {
        let allowed = ["MIT".to_owned(), "Zlib".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
        for licence in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/Apache-2.0",
            "(MIT OR GPL-3.0) AND Zlib",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(holds(licence, &allowed), "{licence}");
        }
        for licence in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Zlib) AND GPL-3.0", "MITx"] {
            assert!(!holds(licence, &allowed), "{licence}");
        }
    }

    #[test]
    fn the_list_is_read() {
        let deny = "allow = [\n \"A\",\n \"B\",\n]\nexceptions = [{ crate = \"c\", allow = [\"D\"] }]\ndeny = [{ crate = \"e\" }]";
        assert_eq!(list(deny, "allow = [").unwrap(), ["A", "B"]);
        assert_eq!(excepted(deny), ["c"]);
    }
}
