//! Profile fields and tags of one customer, each with when and by which identity it came.
//!
//! Answers: the latest value of a field, whether a tag is set. Does not know: declared types; values arrive checked.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::pack::{Pack, Packer, Unpacker, packs};
use crate::base::time::Timestamp;
use crate::base::value::Value;

/// Most tags of one customer.
pub const MAX_TAGS: usize = 128;

/// Profile and tags.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Fields by position in the plan.
    pub fields: Vec<Option<Field>>,
    /// Tags, sorted by name.
    pub tags: Vec<Tag>,
    /// What other identities said of fields, with their positions: by (field, identity).
    pub apart_fields: Vec<(u32, Field)>,
    /// What other identities said of tags: by (name, identity).
    pub apart_tags: Vec<Tag>,
}

/// A profile field's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The value; null after it was cleared.
    pub value: Value,
    /// When it was said.
    pub at: Timestamp,
    /// Number of the identity that brought it.
    pub by: u8,
}

/// A tag that is set, or was taken away at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// Any text of at most 128 bytes.
    pub name: Arc<str>,
    /// Whether it is set; a tag taken away is remembered so that a merge does not bring it back.
    pub set: bool,
    /// When.
    pub at: Timestamp,
    /// Number of the identity that brought it.
    pub by: u8,
}

impl Profile {
    /// An empty profile with room for `n` fields.
    pub fn new(n: usize) -> Self {
        Self { fields: vec![None; n], ..Self::default() }
    }

    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.fields.iter_mut().for_each(|f| *f = None);
        self.tags.clear();
        self.apart_fields.clear();
        self.apart_tags.clear();
    }

    /// The value of a field; null when nothing was said.
    pub fn value(&self, field: usize) -> &Value {
        self.fields.get(field).and_then(Option::as_ref).map_or(&Value::Null, |f| &f.value)
    }

    /// Sets or clears a field unless something later was said. What another identity said is kept apart.
    pub fn set(&mut self, field: usize, value: Value, at: Timestamp, by: u8) -> bool {
        let Some(place) = self.fields.get_mut(field) else { return false };
        let (new, number) = (Field { value, at, by }, field as u32);
        if place.as_ref().is_some_and(|known| known.at > at) {
            if place.as_ref().is_some_and(|known| known.by != by) {
                self.keep_field(number, new, |new, known| new.at >= known.at);
            }
            return false;
        }
        let before = place.replace(new).filter(|before| before.by != by);
        self.apart_fields.retain(|(of, apart)| (*of, apart.by) != (number, by));
        if let Some(before) = before {
            self.keep_field(number, before, |_, _| true);
        }
        true
    }

    /// Keeps what an identity said of a field beside what counts.
    pub fn keep_field(&mut self, field: u32, new: Field, wins: impl Fn(&Field, &Field) -> bool) {
        match self.apart_fields.binary_search_by_key(&(field, new.by), |(of, apart)| (*of, apart.by)) {
            Ok(place) => match self.apart_fields.get_mut(place) {
                Some((_, known)) if wins(&new, known) => *known = new,
                _ => {}
            },
            Err(place) => self.apart_fields.insert(place, (field, new)),
        }
    }

    /// Keeps what an identity said of a tag beside what counts; one beyond the limit is not kept.
    pub fn keep_tag(&mut self, new: Tag, wins: impl Fn(&Tag, &Tag) -> bool) {
        let place = self.apart_tags.binary_search_by(|t| (&t.name, t.by).cmp(&(&new.name, new.by)));
        match place {
            Ok(place) => match self.apart_tags.get_mut(place) {
                Some(known) if wins(&new, known) => *known = new,
                _ => {}
            },
            Err(place) if self.apart_tags.len() < MAX_TAGS => self.apart_tags.insert(place, new),
            Err(_) => {}
        }
    }

    /// Whether a tag is set.
    pub fn has_tag(&self, name: &str) -> bool {
        self.place(name).ok().and_then(|place| self.tags.get(place)).is_some_and(|tag| tag.set)
    }

    /// Sets or takes away a tag unless something later was said; a tag beyond the limit is not taken.
    pub fn tag(&mut self, name: &str, set: bool, at: Timestamp, by: u8) -> bool {
        match self.place(name) {
            Ok(place) => {
                let Some(known) = self.tags.get_mut(place) else { return false };
                let new = Tag { name: known.name.clone(), set, at, by };
                if known.at > at {
                    if known.by != by {
                        self.keep_tag(new, |new, known| new.at >= known.at);
                    }
                    return false;
                }
                let before = std::mem::replace(known, new);
                let changed = before.set != set;
                self.apart_tags.retain(|apart| (&*apart.name, apart.by) != (name, by));
                if before.by != by {
                    self.keep_tag(before, |_, _| true);
                }
                changed
            }
            Err(place) if self.tags.len() < MAX_TAGS => {
                self.tags.insert(place, Tag { name: name.into(), set, at, by });
                set
            }
            Err(_) => false,
        }
    }

    /// Unites two sides: per field and tag what was said later, at one instant the larger value's text, by the first
    /// of those who said so. What others said is kept apart.
    pub fn merge(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        let field = |f: &Field| Field { by: renumber(f.by), ..f.clone() };
        let later = |new: &Field, known: &Field| field_rank(new) > field_rank(known);
        for (number, theirs) in (0_u32..).zip(&other.fields) {
            let Some(new) = theirs.as_ref().map(field) else { continue };
            let Some(place) = self.fields.get_mut(number as usize) else { continue };
            match place.take() {
                None => *place = Some(new),
                Some(mine) => {
                    let (first, rest) = if later(&new, &mine) { (new, mine) } else { (mine, new) };
                    *place = Some(first);
                    self.keep_field(number, rest, later);
                }
            }
        }
        for (number, theirs) in &other.apart_fields {
            self.keep_field(*number, field(theirs), later);
        }
        let fields = &self.fields;
        let counts =
            |of: u32, by: u8| fields.get(of as usize).and_then(Option::as_ref).map(|f| f.by) == Some(by);
        self.apart_fields.retain(|(of, apart)| !counts(*of, apart.by));
        self.merge_tags(other, renumber);
    }

    fn merge_tags(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        let later = |new: &Tag, known: &Tag| tag_rank(new) > tag_rank(known);
        let mut apart: Vec<Tag> = Vec::new();
        for theirs in &other.tags {
            let tag = Tag { by: renumber(theirs.by), ..theirs.clone() };
            match self.place(&tag.name) {
                Ok(place) => match self.tags.get_mut(place) {
                    Some(mine) if later(&tag, mine) => apart.push(std::mem::replace(mine, tag)),
                    _ => apart.push(tag),
                },
                Err(place) => self.tags.insert(place, tag),
            }
        }
        self.tags.truncate(MAX_TAGS);
        let theirs = other.apart_tags.iter().map(|t| Tag { by: renumber(t.by), ..t.clone() });
        apart.into_iter().chain(theirs).for_each(|tag| self.keep_tag(tag, later));
        let mut apart = std::mem::take(&mut self.apart_tags);
        apart.retain(|tag| {
            let counts = self.place(&tag.name).ok().and_then(|place| self.tags.get(place));
            counts.is_some_and(|counts| counts.by != tag.by)
        });
        self.apart_tags = apart;
    }

    /// Takes out what an identity brought; what others said counts again.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let mut gone = Self::new(self.fields.len());
        let all = std::mem::take(&mut self.apart_fields);
        (gone.apart_fields, self.apart_fields) = all.into_iter().partition(|(_, f)| leaves(f.by));
        for (mine, theirs) in self.fields.iter_mut().zip(&mut gone.fields) {
            if mine.as_ref().is_some_and(|f| leaves(f.by)) {
                *theirs = mine.take();
            }
        }
        let all = std::mem::take(&mut self.tags);
        (gone.tags, self.tags) = all.into_iter().partition(|t| leaves(t.by));
        let all = std::mem::take(&mut self.apart_tags);
        (gone.apart_tags, self.apart_tags) = all.into_iter().partition(|t| leaves(t.by));
        gone.count_again();
        self.count_again();
        gone.renumber(renumber);
        gone
    }

    /// Of each field and tag of which nothing counts, the latest of what was kept apart does.
    fn count_again(&mut self) {
        for (number, place) in (0_u32..).zip(&mut self.fields) {
            let of_field = self.apart_fields.iter().enumerate().filter(|(_, (of, _))| *of == number);
            let latest = of_field.max_by_key(|(_, (_, field))| field_rank(field)).map(|(at, _)| at);
            if let Some(at) = latest.filter(|_| place.is_none()) {
                *place = Some(self.apart_fields.remove(at).1);
            }
        }
        let mut free: Vec<Tag> = Vec::new();
        self.apart_tags.retain(|tag| {
            let is_free = self.tags.binary_search_by(|known| known.name.cmp(&tag.name)).is_err();
            if is_free {
                free.push(tag.clone());
            }
            !is_free
        });
        free.sort_by(|a, b| (&a.name, tag_rank(a)).cmp(&(&b.name, tag_rank(b))));
        while let Some(tag) = free.pop() {
            match self.place(&tag.name) {
                Err(place) => self.tags.insert(place, tag),
                Ok(_) => self.keep_tag(tag, |_, _| true),
            }
        }
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        self.fields.iter_mut().flatten().for_each(|f| f.by = renumber(f.by));
        self.tags.iter_mut().for_each(|t| t.by = renumber(t.by));
        self.apart_fields.iter_mut().for_each(|(_, f)| f.by = renumber(f.by));
        self.apart_tags.iter_mut().for_each(|t| t.by = renumber(t.by));
        self.sort_apart();
    }

    /// Brings what is kept apart into its order.
    pub fn sort_apart(&mut self) {
        self.apart_fields.sort_by_key(|(field, apart)| (*field, apart.by));
        self.apart_tags.sort_by(|a, b| (&a.name, a.by).cmp(&(&b.name, b.by)));
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.tags.binary_search_by(|tag| (*tag.name).cmp(name))
    }
}

/// What decides between two sayings of one field, whoever is merged into whom.
fn field_rank(field: &Field) -> (Timestamp, String, Reverse<u8>) {
    (field.at, format!("{:?}", field.value), Reverse(field.by))
}

fn tag_rank(tag: &Tag) -> (Timestamp, bool, Reverse<u8>) {
    (tag.at, tag.set, Reverse(tag.by))
}

packs! {
    Field { value, at, by }
    Tag { name, set, at, by }
}

impl Pack for Profile {
    /// What is kept apart is left out: the state packs it where there is any.
    fn pack(&self, to: &mut Packer<'_>) {
        to.sparse(&self.fields, Option::is_none);
        self.tags.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let (fields, tags) = (from.sparse()?, Pack::unpack(from)?);
        Some(Self { fields, tags, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_identity_said_counts_again_when_it_leaves() {
        let at = |s: i64| Timestamp::saturating(s);
        let mut all = Profile::new(1);
        for (when, by) in [(1, 0), (5, 1), (3, 2), (2, 2)] {
            all.set(0, Value::Int(when), at(when), by);
            all.tag("keen", when != 3, at(when), by);
        }
        assert_eq!((all.value(0), all.has_tag("keen")), (&Value::Int(5), true));
        assert_eq!((all.apart_fields.len(), all.apart_tags.len()), (2, 2));
        let gone = all.split(&|n| n == 1, &|_| 0);
        assert_eq!((gone.value(0), gone.has_tag("keen"), gone.apart_fields.len()), (&Value::Int(5), true, 0));
        assert_eq!((all.value(0), all.has_tag("keen")), (&Value::Int(3), false));
        let gone = all.split(&|n| n == 2, &|_| 0);
        assert_eq!((gone.value(0), gone.has_tag("keen")), (&Value::Int(3), false));
        assert_eq!((all.value(0), all.has_tag("keen")), (&Value::Int(1), true));
        assert!(all.apart_fields.is_empty() && all.apart_tags.is_empty());
    }
}
