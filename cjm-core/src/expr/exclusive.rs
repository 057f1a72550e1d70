//! Whether two conditions exclude each other, whatever their names mean.
//!
//! Answers: `event.kind == 'a'` and `event.kind == 'b'` never hold at once. Does not know: declarations; what it can
//! not decide from the two texts may hold.

use std::cell::RefCell;

use indexmap::IndexSet;

use super::tree::MAX_BYTES;
use super::verdict::verdict;
use super::{Name, Type, Types, canonical, compile_unchecked};

/// Whether two conditions can never hold at once, as far as their texts tell.
///
/// ```
/// use cjm_core::expr::exclusive;
/// assert!(exclusive("event.kind == 'a'", "event.kind == 'b'"));
/// assert!(exclusive("event.n > 5", "event.n <= 5 && event.kind == 'a'"));
/// assert!(!exclusive("event.n > 5", "event.n < 9"));
/// ```
pub fn exclusive(a: &str, b: &str) -> bool {
    let (Some(a), Some(b)) = (canonical(a), canonical(b)) else { return false };
    let both = format!("({a}) && ({b})");
    both.len() <= MAX_BYTES
        && compile_unchecked(&both, &Anything::default()).is_ok_and(|both| verdict(&both) == Some(false))
}

/// Every name, or the first field of what stands for several facts, has a value of a type that is not known.
#[derive(Default)]
struct Anything {
    names: RefCell<IndexSet<String>>,
}

/// Names that are nothing without a field.
const OF_FIELDS: [&str; 9] =
    ["event", "envelope", "customer", "trip", "touchpoint", "answer", "decision", "first", "last"];

impl Types for Anything {
    fn lookup(&self, path: &[&str]) -> Option<Name> {
        let known = match path {
            [name] => !OF_FIELDS.contains(name),
            ["first" | "last", _] => false,
            ["first" | "last", _, _] => true,
            [first, _] => OF_FIELDS.contains(first),
            _ => false,
        };
        let slot = known.then(|| self.names.borrow_mut().insert_full(path.join(".")).0)?;
        Some(Name { slot: u32::try_from(slot).ok()?, ty: Type::Any })
    }

    fn children(&self, _: &[&str]) -> Vec<String> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::exclusive;

    #[test]
    fn what_excludes_each_other() {
        for (a, b) in [
            ("event.kind == 'a'", "event.kind == 'b'"),
            ("event.kind == 'a' // first", "'b' == event.kind"),
            ("event.kind in ['a', 'b']", "event.kind == 'c'"),
            ("event.ok", "!event.ok"),
            ("event.n > 5", "event.n < 3 || event.n == 4"),
            ("event.kind == null", "event.kind == 'a'"),
            ("visits > 1", "visits < 1"),
        ] {
            assert!(exclusive(a, b), "{a} and {b}");
        }
        for (a, b) in [
            ("event.kind == 'a'", "event.kind != 'b'"),
            ("event.kind == 'a'", "envelope.kind == 'b'"),
            ("event.items.exists(i, i.dish == 'a')", "event.items.exists(i, i.dish == 'b')"),
            ("first.a.n == 1", "first.b.n == 2"),
            ("event.n > 5 || event.ok", "event.n < 3"),
            ("event.n >", "event.n < 3"),
            ("'a' in customer.tags", "'b' in customer.tags"),
        ] {
            assert!(!exclusive(a, b), "{a} and {b}");
        }
    }
}
