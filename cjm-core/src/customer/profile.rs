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
        Self { fields: vec![None; n], tags: Vec::new() }
    }

    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.fields.iter_mut().for_each(|f| *f = None);
        self.tags.clear();
    }

    /// The value of a field; null when nothing was said.
    pub fn value(&self, field: usize) -> &Value {
        self.fields.get(field).and_then(Option::as_ref).map_or(&Value::Null, |f| &f.value)
    }

    /// Sets or clears a field unless something later was said.
    pub fn set(&mut self, field: usize, value: Value, at: Timestamp, by: u8) -> bool {
        match self.fields.get_mut(field) {
            Some(place) if place.as_ref().is_none_or(|known| known.at <= at) => {
                *place = Some(Field { value, at, by });
                true
            }
            _ => false,
        }
    }

    /// Whether a tag is set.
    pub fn has_tag(&self, name: &str) -> bool {
        self.place(name).ok().and_then(|place| self.tags.get(place)).is_some_and(|tag| tag.set)
    }

    /// Sets or takes away a tag unless something later was said; a tag beyond the limit is not taken.
    pub fn tag(&mut self, name: &str, set: bool, at: Timestamp, by: u8) -> bool {
        match self.place(name) {
            Ok(place) => match self.tags.get_mut(place) {
                Some(tag) if tag.at <= at => {
                    let changed = tag.set != set;
                    *tag = Tag { name: tag.name.clone(), set, at, by };
                    changed
                }
                _ => false,
            },
            Err(place) if self.tags.len() < MAX_TAGS => {
                self.tags.insert(place, Tag { name: name.into(), set, at, by });
                set
            }
            Err(_) => false,
        }
    }

    /// Unites two sides: per field and tag what was said later, at one instant the larger value's text, by the first
    /// of those who said so.
    pub fn merge(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        for (mine, theirs) in self.fields.iter_mut().zip(&other.fields) {
            let Some(theirs) = theirs else { continue };
            let by = renumber(theirs.by);
            let rank = |field: &Field, by: u8| (field.at, format!("{:?}", field.value), Reverse(by));
            if mine.as_ref().is_none_or(|m| rank(theirs, by) > rank(m, m.by)) {
                *mine = Some(Field { by, ..theirs.clone() });
            }
        }
        let rank = |tag: &Tag| (tag.at, tag.set, Reverse(tag.by));
        for theirs in &other.tags {
            let tag = Tag { by: renumber(theirs.by), ..theirs.clone() };
            match self.place(&tag.name) {
                Ok(place) => match self.tags.get_mut(place) {
                    Some(mine) if rank(&tag) > rank(mine) => *mine = tag,
                    _ => {}
                },
                Err(place) => self.tags.insert(place, tag),
            }
        }
        self.tags.truncate(MAX_TAGS);
    }

    /// Takes out what an identity brought.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let mut gone = Self::new(self.fields.len());
        for (mine, theirs) in self.fields.iter_mut().zip(&mut gone.fields) {
            if mine.as_ref().is_some_and(|f| leaves(f.by)) {
                *theirs = mine.take().map(|f| Field { by: renumber(f.by), ..f });
            }
        }
        let (out, kept): (Vec<Tag>, Vec<Tag>) = self.tags.drain(..).partition(|t| leaves(t.by));
        self.tags = kept;
        gone.tags = out.into_iter().map(|t| Tag { by: renumber(t.by), ..t }).collect();
        gone
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        self.fields.iter_mut().flatten().for_each(|f| f.by = renumber(f.by));
        self.tags.iter_mut().for_each(|t| t.by = renumber(t.by));
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.tags.binary_search_by(|tag| (*tag.name).cmp(name))
    }
}

packs! {
    Field { value, at, by }
    Tag { name, set, at, by }
}

impl Pack for Profile {
    fn pack(&self, to: &mut Packer<'_>) {
        to.sparse(&self.fields, Option::is_none);
        self.tags.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { fields: from.sparse()?, tags: Pack::unpack(from)? })
    }
}
