//! Items of a list and entries of a map, in order and found by name.
//!
//! Answers: the part of a name, also among hundreds of thousands. Does not know: what a part is.

use std::ops::Deref;
use std::sync::OnceLock;

use super::paths;
use super::tree::{Entry, Node};

/// Parts up to which a search from the beginning is as good as any.
const FEW: usize = 16;

/// Something that may have a name among its neighbours.
pub(super) trait Named {
    fn name(&self) -> Option<&str>;
}

impl Named for Node {
    fn name(&self) -> Option<&str> {
        paths::id_of(self)
    }
}

impl Named for Entry {
    fn name(&self) -> Option<&str> {
        Some(&self.key)
    }
}

/// Parts in order.
#[derive(Debug, Clone)]
pub(super) struct Parts<T> {
    all: Vec<T>,
    /// Places of the parts that have a name, by name and place; made when many parts are first asked for one.
    by_name: OnceLock<Box<[u32]>>,
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_name: OnceLock::new() }
    }
}

impl<T: PartialEq> PartialEq for Parts<T> {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl<T> Deref for Parts<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.all
    }
}

impl<T: Named> Parts<T> {
    pub(super) fn push(&mut self, part: T) {
        self.by_name.take();
        self.all.push(part);
    }

    /// The first part of a name.
    pub(super) fn named(&self, name: &str) -> Option<&T> {
        if self.len() <= FEW {
            return self.iter().find(|part| part.name() == Some(name));
        }
        let name_at = |place: &u32| self.get(*place as usize).and_then(T::name);
        let by_name = self.by_name.get_or_init(|| {
            let mut places: Vec<u32> = (0..).take(self.len()).filter(|p| name_at(p).is_some()).collect();
            places.sort_by_key(|place| name_at(place));
            places.into()
        });
        let first = by_name.partition_point(|place| name_at(place) < Some(name));
        by_name
            .get(first)
            .and_then(|place| self.get(*place as usize))
            .filter(|part| part.name() == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, Parts};

    impl Named for (&str, usize) {
        fn name(&self) -> Option<&str> {
            Some(self.0).filter(|name| !name.is_empty())
        }
    }

    /// Few or many, before and after a push: always the first of a name.
    #[test]
    fn the_first_of_a_name_is_found_at_any_size() {
        let names = ["b", "", "a", "c", "a", "", "e"];
        let mut parts = Parts::default();
        for place in 0..100 {
            parts.push((names[place % names.len()], place));
            for name in ["a", "b", "c", "d", "e", ""] {
                let first = parts.iter().find(|part| !name.is_empty() && part.0 == name);
                assert_eq!(parts.named(name), first, "{name} of {}", parts.len());
            }
        }
    }
}
