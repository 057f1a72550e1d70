//! The floors of cjm-core: a module imports from lower floors alone, and modules on one floor do not know each other.
//!
//! Answers: every use of a module that stands too high. Does not know: what the modules do.

use std::collections::BTreeMap;

use super::Violation;
use super::source::Source;

/// The floors, lowest first. This is the one place that says what may know what.
const FLOORS: &[&[&str]] = &[
    &["base"],
    &["error"],
    &["expr"],
    &["blueprint"],
    &["map", "event", "signal"],
    &["customer", "score", "survey", "experiment", "recommend"],
    &["journey", "rule", "outreach", "ticket"],
    &["plan"],
    &["engine"],
    &["value", "insight"],
    &["study", "simulate"],
    &["report"],
];

/// Where the modules stand.
const CORE: &str = "cjm-core/src/";

/// The rules of floors over all files of cjm-core.
pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    let lib = sources.iter().find(|source| source.path == format!("{CORE}lib.rs"));
    let names = lib.map(|source| reexports(&source.code)).unwrap_or_default();
    let mut all = Vec::new();
    for source in sources {
        let Some(home) = source.path.strip_prefix(CORE).and_then(home_of) else { continue };
        let Some(own) = floor(home.module) else {
            all.push(Violation::new(&source.path, 0, format!("module `{}` stands on no floor", home.module)));
            continue;
        };
        for (line, name) in uses(&source.code, home.depth) {
            let module = names.get(name.as_str()).map_or(name.as_str(), String::as_str);
            let above = floor(module).filter(|other| *other >= own && module != home.module);
            if above.is_some() {
                let what = format!("`{}` must not know `{module}`: it stands no lower", home.module);
                all.push(Violation::new(&source.path, line, what));
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The module a file belongs to, and how many `super::` lead from it to the crate.
struct Home<'a> {
    module: &'a str,
    depth: usize,
}

fn home_of(path: &str) -> Option<Home<'_>> {
    let path = path.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let module = path.split('/').next().filter(|name| *name != "lib")?;
    Some(Home { module, depth: path.split('/').count() })
}

/// The names that the crate gives out at its top, with the module they come from.
fn reexports(lib: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (at, start) in lib.match_indices("pub use ") {
        let Some((path, _)) = lib.get(at + start.len()..).and_then(|tail| tail.split_once(';')) else {
            continue;
        };
        let Some((module, rest)) = path.split_once("::") else { continue };
        for word in rest.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            if word.starts_with(char::is_uppercase) || !rest.contains('{') && rest.ends_with(word) {
                names.insert(word.to_owned(), module.trim().to_owned());
            }
        }
    }
    names
}

/// Every name at the crate's top that the code reaches for: (line, name).
fn uses(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        let (before, tail) = code.split_at(at + start.len());
        if !before.trim_end_matches(start).ends_with('$') {
            all.extend(heads(tail).into_iter().map(|name| (line_of(before), name)));
        }
    }
    for (at, _) in code.match_indices("super::") {
        let (before, tail) = code.split_at(at);
        if before.ends_with("super::") {
            continue;
        }
        let names = tail.trim_start_matches("super::");
        let climbed = (tail.len() - names.len()) / "super::".len();
        if climbed == depth + inner_modules(before) {
            all.extend(heads(names).into_iter().map(|name| (line_of(before), name)));
        }
    }
    all
}

fn line_of(before: &str) -> usize {
    before.matches('\n').count() + 1
}

/// How many `mod x {` are open at the end of the code.
fn inner_modules(before: &str) -> usize {
    let mut open = Vec::new();
    let mut words = ["", ""];
    let mut word_from = 0;
    for (at, c) in before.char_indices() {
        if c.is_alphanumeric() || c == '_' {
            continue;
        }
        let word = before.get(word_from..at).unwrap_or("");
        if !word.is_empty() {
            words = [words[1], word];
        }
        word_from = at + c.len_utf8();
        match c {
            '{' => open.push(words[0] == "mod"),
            '}' => {
                open.pop();
            }
            _ => {}
        }
        if matches!(c, '{' | '}' | ';') {
            words = ["", ""];
        }
    }
    open.into_iter().filter(|is_module| *is_module).count()
}

/// The first names of a path or of a group of paths: `a::b` gives a, `{a::b, c}` gives a and c.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| -> Option<String> {
        let name: String =
            text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        (!name.is_empty()).then_some(name)
    };
    let Some(group) = path.strip_prefix('{') else { return name(path).into_iter().collect() };
    let mut all: Vec<String> = name(group).into_iter().collect();
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => all.extend(group.get(at + 1..).and_then(name)),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::check;

    fn broken(path: &str, text: &str) -> Vec<String> {
        let lib = Source::new(
            "cjm-core/src/lib.rs",
            "pub mod base;\npub use plan::{Plan, Step};\npub use error::Error;",
        );
        let all = check(&[lib, Source::new(path, text)]);
        all.into_iter().map(|v| format!("{}: {}", v.line, v.what)).collect()
    }

    #[test]
    fn a_module_knows_lower_floors_alone() {
        let ok: [&str; 0] = [];
        let map = "cjm-core/src/map/graph.rs";
        assert_eq!(broken(map, "use crate::base::ids;\nuse crate::blueprint::Blueprint;"), ok);
        assert_eq!(broken(map, "use crate::Error;\nuse super::edges;\nuse crate::map::x;"), ok);
        let told =
            |other: &str, line: u8| [format!("{line}: `map` must not know `{other}`: it stands no lower")];
        assert_eq!(broken(map, "\nuse crate::event::Event;"), told("event", 2));
        assert_eq!(broken(map, "use crate::{base::ids, plan::{A, B}};"), told("plan", 1));
        assert_eq!(broken(map, "fn f(p: &crate::Plan) {}"), told("plan", 1));
        assert_eq!(broken(map, "use super::super::engine::x;"), told("engine", 1));
        assert_eq!(
            broken("cjm-core/src/map/mod.rs", "mod inner {\n use super::super::plan::A;\n}"),
            told("plan", 2)
        );
        assert_eq!(broken("cjm-core/src/map/mod.rs", "mod inner {\n use super::plan;\n}"), ok);
        assert_eq!(broken(map, "// use crate::plan::A;"), ok);
        assert_eq!(broken("cjm-core/src/cellar.rs", ""), ["0: module `cellar` stands on no floor"]);
    }
}
