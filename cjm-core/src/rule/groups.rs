//! What is kept by rule and key: found by rule, in each rule the least recently touched first.
//!
//! Answers: the group of a key, making room for one more. Does not know: what groups hold.

use crate::base::time::Timestamp;
use crate::base::value::Value;

use super::run::{MAX_KEYS, Runs};
use super::window::Window;

/// Something kept by rule and key.
pub(super) trait Group {
    /// Position of the rule.
    fn rule(&self) -> u32;
    /// The rule's key.
    fn key(&self) -> &Value;
    /// Whether nothing is left in it.
    fn is_empty(&self) -> bool;
    /// When its last event happened.
    fn touched(&self) -> Option<Timestamp>;
}

impl Group for Runs {
    fn rule(&self) -> u32 {
        self.rule
    }
    fn key(&self) -> &Value {
        &self.key
    }
    fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
    fn touched(&self) -> Option<Timestamp> {
        self.touched()
    }
}

impl Group for Window {
    fn rule(&self) -> u32 {
        self.rule
    }
    fn key(&self) -> &Value {
        &self.key
    }
    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
    fn touched(&self) -> Option<Timestamp> {
        self.touched()
    }
}

/// Takes the group of a rule and key out, if there is one.
pub(super) fn take<G: Group>(list: &mut Vec<G>, rule: u32, key: &Value) -> Option<G> {
    let place = range(list, rule).find(|p| list.get(*p).is_some_and(|g| g.key() == key))?;
    Some(list.remove(place))
}

/// Puts a group in as the most recently touched of its rule; an empty one is forgotten.
pub(super) fn put<G: Group>(list: &mut Vec<G>, group: G) {
    if group.is_empty() {
        return;
    }
    let place = range(list, group.rule()).end;
    if list.len() < 4 {
        list.reserve_exact(1);
    }
    list.insert(place, group);
}

/// Makes room: of more than the allowed keys of a rule the least recently touched give way. Gives how many.
pub(super) fn make_room<G: Group>(list: &mut Vec<G>, rule: u32, expire: impl Fn(&mut G)) -> u32 {
    let places = range(list, rule);
    if places.len() <= MAX_KEYS {
        return 0;
    }
    let mut of_rule: Vec<G> = list.drain(places.clone()).collect();
    of_rule.iter_mut().for_each(expire);
    of_rule.retain(|g| !g.is_empty());
    let surplus = of_rule.len().saturating_sub(MAX_KEYS);
    list.splice(places.start..places.start, of_rule.into_iter().skip(surplus));
    u32::try_from(surplus).unwrap_or(u32::MAX)
}

/// Unites two sides; `join` unites two groups of one key.
pub(super) fn merge<G: Group>(list: &mut Vec<G>, other: Vec<G>, mut join: impl FnMut(&mut G, G)) {
    for theirs in other {
        match list.iter_mut().find(|g| g.rule() == theirs.rule() && g.key() == theirs.key()) {
            Some(mine) => join(mine, theirs),
            None => list.push(theirs),
        }
    }
    list.sort_by_cached_key(|g| (g.rule(), g.touched(), format!("{:?}", g.key())));
}

fn range<G: Group>(list: &[G], rule: u32) -> std::ops::Range<usize> {
    list.partition_point(|g| g.rule() < rule)..list.partition_point(|g| g.rule() <= rule)
}
