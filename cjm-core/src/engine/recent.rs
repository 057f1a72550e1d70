//! The recent events of one customer: keys and bodies, so that a repeat has no effect and a conflict is told.
//!
//! Answers: was this key seen, with this body; what rules read of it, when they look at it again. Keeps the last 256,
//! however old.
//! Does not know: what the events did.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize, Serializer};
use smallvec::SmallVec;

use crate::base::hash::Fingerprint;
use crate::base::pack::{Pack, Packer, Unpacker};
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::event::{AttributeId, EnvelopeField, Event, EventId, EventView};
use crate::plan::{Layout, Plan};
use crate::rule::Read;

use super::encode::size_of;

/// How many recent events a customer remembers.
pub const MAX_RECENT: usize = 256;

/// The recent events, oldest first.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Written")]
pub struct Recent {
    list: VecDeque<RecentEvent>,
    /// A bit for the seven highest bits of every key, and perhaps of keys that are gone: most keys that were never
    /// seen have none, and then nothing is looked through. No part of what is remembered.
    marks: u128,
    /// How many bytes they have in an encoded state.
    bytes: usize,
}

/// The recent events as bytes have them.
#[derive(Deserialize)]
struct Written {
    list: VecDeque<RecentEvent>,
}

impl From<Written> for Recent {
    fn from(Written { list }: Written) -> Self {
        let marks = list.iter().fold(0, |marks, event| marks | mark(event.key));
        let bytes = list.iter().map(RecentEvent::n_bytes).sum();
        Self { list, marks, bytes }
    }
}

impl Serialize for Recent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Lent<'a> {
            list: &'a VecDeque<RecentEvent>,
        }
        Lent { list: &self.list }.serialize(serializer)
    }
}

impl PartialEq for Recent {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

/// Bytes of a number as it is written.
fn varint(number: u64) -> usize {
    (70 - (number | 1).leading_zeros() as usize) / 7
}

fn mark(key: u64) -> u128 {
    1 << (key >> 57)
}

/// One remembered event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecentEvent {
    /// Hash of source and id; of an event without an id the hash of what it says.
    pub key: u64,
    /// Hash of the typed body.
    pub body: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Stable id of its name.
    pub name: u64,
    /// Number of the identity that brought it.
    pub by: u8,
    /// Whether it was taken back.
    pub retracted: bool,
    /// Its order among events of one instant.
    pub sequence: i64,
    /// What some rule reads of it: stable ids of attributes, [`CHANNEL`] for its channel; the first 8 that are there,
    /// lists and texts of more than 128 bytes left out.
    pub values: Option<Box<[(u64, Value)]>>,
}

/// Number of no identity: of an event that was taken back before its turn came.
pub(super) const NOBODY: u8 = u8::MAX;

/// Most values that are kept of one event.
pub const MAX_VALUES: usize = 8;
/// Longest text that is kept of one.
pub const MAX_VALUE_BYTES: usize = 128;

/// Stands for the channel among the values of a recent event; no attribute has this id.
pub const CHANNEL: u64 = 0;

/// A recent event as rules look at it again.
pub(crate) struct Again<'a> {
    /// The event.
    pub(crate) recent: &'a RecentEvent,
    /// What its ids stand for.
    pub(crate) layout: &'a Layout,
}

impl RecentEvent {
    /// What some rule reads of an event.
    pub(crate) fn values_of<E: EventView>(plan: &Plan, event: &E) -> Option<Box<[(u64, Value)]>> {
        let kept = event.event().and_then(|id| plan.rules.kept.get(id.index()))?;
        let value = |read: &Read| {
            let (id, value) = match read {
                Read::Channel => (CHANNEL, event.envelope(EnvelopeField::Channel)),
                Read::Attribute(attribute) => {
                    (plan.layout.attributes.id(attribute.0)?, event.attribute(*attribute))
                }
            };
            let short = |value: &Value| match value {
                Value::Null | Value::List(_) | Value::Record(_) => false,
                Value::Text(text) => text.len() <= MAX_VALUE_BYTES,
                _ => true,
            };
            Some((id, value.to_value())).filter(|(_, value)| short(value))
        };
        let values: Vec<(u64, Value)> = kept.iter().filter_map(value).take(MAX_VALUES).collect();
        (!values.is_empty()).then(|| values.into())
    }

    /// How many bytes it has in an encoded state.
    fn n_bytes(&self) -> usize {
        let sequence = (self.sequence << 1) ^ (self.sequence >> 63);
        let hashes = varint(self.key) + varint(self.body) + varint(self.name);
        // beside them the number, whether it was taken back, and whether there are values
        let fixed = hashes + size_of(&self.at) + varint(sequence.cast_unsigned()) + 3;
        fixed + self.values.as_ref().map_or(0, size_of)
    }

    fn value(&self, id: u64) -> ValueRef<'_> {
        let found = self.values.iter().flatten().find(|(known, _)| *known == id);
        found.map_or(ValueRef::Null, |(_, value)| value.as_ref())
    }
}

impl EventView for Again<'_> {
    fn event(&self) -> Option<EventId> {
        self.layout.events.place(self.recent.name).map(EventId)
    }

    fn time(&self) -> Timestamp {
        self.recent.at
    }

    fn attribute(&self, attribute: AttributeId) -> ValueRef<'_> {
        self.layout.attributes.id(attribute.0).map_or(ValueRef::Null, |id| self.recent.value(id))
    }

    /// Source and id are known by their hash alone.
    fn envelope(&self, field: EnvelopeField) -> ValueRef<'_> {
        match field {
            EnvelopeField::Time => ValueRef::Time(self.recent.at),
            EnvelopeField::Sequence => ValueRef::Int(self.recent.sequence),
            EnvelopeField::Channel => self.recent.value(CHANNEL),
            EnvelopeField::Id | EnvelopeField::Source | EnvelopeField::Name => ValueRef::Null,
        }
    }
}

/// What a new event is beside the remembered ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Not seen before.
    New,
    /// Seen with the same body.
    Repeat,
    /// Seen with another body.
    Conflict,
}

impl Recent {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.list.clear();
        self.marks = 0;
        self.bytes = 0;
    }

    /// How many bytes they have when they are written.
    pub(super) fn n_bytes(&self) -> usize {
        varint(self.list.len() as u64) + self.bytes
    }

    /// The remembered events, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &RecentEvent> {
        self.list.iter()
    }

    /// Whether there may have been events after an instant that are no longer remembered.
    pub(crate) fn begins_after(&self, at: Timestamp) -> bool {
        self.list.len() >= MAX_RECENT && self.list.front().is_some_and(|oldest| oldest.at > at)
    }

    /// What an event of a key and body is beside the remembered ones.
    pub fn known(&self, key: u64, body: u64) -> Known {
        if self.marks & mark(key) == 0 {
            return Known::New;
        }
        match self.list.iter().rev().find(|r| r.key == key) {
            None => Known::New,
            Some(seen) if seen.body == body => Known::Repeat,
            Some(_) => Known::Conflict,
        }
    }

    /// Whether an event of a key is remembered.
    pub fn has(&self, key: u64) -> bool {
        self.marks & mark(key) != 0 && self.list.iter().any(|r| r.key == key)
    }

    /// An event of a key, to be changed.
    pub fn find_mut(&mut self, key: u64) -> Option<&mut RecentEvent> {
        self.list.iter_mut().rev().find(|r| r.key == key)
    }

    /// Remembers an event; the oldest gives way. Gives by how many bytes it grew and how many were saved.
    pub fn remember(&mut self, event: RecentEvent) -> (usize, usize) {
        let grown = event.n_bytes();
        self.marks |= mark(event.key);
        self.bytes += grown;
        self.list.push_back(event);
        let mut saved = 0;
        while self.list.len() > MAX_RECENT {
            saved += self.forget_oldest();
        }
        (grown, saved)
    }

    /// Forgets the oldest; gives the bytes that it had.
    fn forget_oldest(&mut self) -> usize {
        let saved = self.list.pop_front().map_or(0, |oldest| oldest.n_bytes());
        self.bytes = self.bytes.saturating_sub(saved);
        saved
    }

    /// Forgets the oldest until about so many bytes are saved; gives how many.
    pub(super) fn shed(&mut self, bytes: usize) -> usize {
        let before = self.list.len();
        let mut saved = 0;
        while saved < bytes && !self.list.is_empty() {
            saved += self.forget_oldest();
        }
        before - self.list.len()
    }

    /// Unites two sides in order of time, the same whoever is merged into whom.
    pub fn merge(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        let theirs = other.list.iter().map(|r| RecentEvent { by: renumber(r.by), ..r.clone() });
        let mut all: Vec<RecentEvent> = self.list.drain(..).chain(theirs).collect();
        all.sort_by_key(|r| (r.at, r.key, r.body, !r.retracted, r.by));
        all.dedup_by_key(|r| (r.at, r.key, r.body));
        let surplus = all.len().saturating_sub(MAX_RECENT);
        *self = Written { list: all.into_iter().skip(surplus).collect() }.into();
    }

    /// Takes out the events that an identity brought.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let (gone, kept): (Vec<_>, Vec<_>) = self.list.drain(..).partition(|r| leaves(r.by));
        *self = Written { list: kept.into() }.into();
        Written { list: gone.into_iter().map(|r| RecentEvent { by: renumber(r.by), ..r }).collect() }.into()
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        self.list.iter_mut().for_each(|r| r.by = renumber(r.by));
    }
}

/// The fingerprint of everything but the key. Attributes come as they are declared, and so do identities; the order of
/// neither matters.
pub fn body_of(
    event: &Event,
    mut identities: SmallVec<[(&str, &str); 4]>,
    attributes: &mut [(&str, &Value)],
) -> u64 {
    let mut body = Fingerprint::new("body");
    body.text(&event.name);
    body.number(event.time.as_micros() as u64);
    body.number(event.sequence as u64);
    body.text(event.channel.as_deref().unwrap_or(""));
    identities.sort_unstable();
    body.number(identities.len() as u64);
    for (kind, value) in identities {
        body.text(kind);
        body.text(value);
    }
    attributes.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in attributes {
        body.text(name);
        take_in(value, &mut body);
    }
    body.finish()
}

/// Takes a value into a fingerprint: its kind, then what it is. Its depth is bounded where events are checked.
fn take_in(value: &Value, into: &mut Fingerprint) {
    let (kind, number) = match value {
        Value::Null => (0, 0),
        Value::Bool(truth) => (1, u64::from(*truth)),
        Value::Int(number) => (2, *number as u64),
        Value::Number(number) => (3, number.to_bits()),
        Value::Text(text) => (4, text.len() as u64),
        Value::Money(amount) => (5, u64::from(amount.normalize().scale())),
        Value::Time(time) => (6, time.as_micros() as u64),
        Value::Date(date) => (7, date.days() as u64),
        Value::Duration(length) => (8, length.as_micros() as u64),
        Value::List(list) => (9, list.len() as u64),
        Value::Record(record) => (10, record.len() as u64),
    };
    into.number(kind);
    into.number(number);
    match value {
        Value::Text(text) => into.text(text),
        Value::Money(amount) => {
            let mantissa = amount.normalize().mantissa();
            into.number(mantissa as u64);
            into.number((mantissa >> 64) as u64);
        }
        Value::List(list) => list.iter().for_each(|value| take_in(value, into)),
        Value::Record(record) => record.iter().for_each(|(name, value)| {
            into.text(name);
            take_in(value, into);
        }),
        _ => {}
    }
}

/// Attributes as text, by name: the same for the same values, for ever.
pub fn attribute_texts<'a>(attributes: impl Iterator<Item = (&'a str, &'a Value)>) -> Vec<(&'a str, String)> {
    let text = |value: &Value| match value {
        Value::Money(amount) => format!("m{}", amount.normalize()),
        value => serde_json::to_string(value).unwrap_or_default(),
    };
    let mut texts: Vec<(&str, String)> = attributes.map(|(name, value)| (name, text(value))).collect();
    texts.sort_unstable();
    texts
}

impl Pack for Recent {
    fn pack(&self, to: &mut Packer<'_>) {
        self.list.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Written { list: Pack::unpack(from)? }.into())
    }
}

/// What a packed event has, beside the number of its identity in the lower bits.
mod has {
    /// The number is larger than the bits have room for.
    pub(super) const BY: u8 = 0x0f;
    pub(super) const VALUES: u8 = 0x10;
    pub(super) const RETRACTED: u8 = 0x20;
    pub(super) const SEQUENCE: u8 = 0x40;
    /// The key was packed before, or is 0.
    pub(super) const KNOWN: u8 = 0x80;
}

impl Pack for RecentEvent {
    fn pack(&self, to: &mut Packer<'_>) {
        let flag = |flag: u8, there: bool| if there { flag } else { 0 };
        let known = to.knows_hash(self.key);
        to.byte(
            self.by.min(has::BY)
                | flag(has::VALUES, self.values.is_some())
                | flag(has::RETRACTED, self.retracted)
                | flag(has::SEQUENCE, self.sequence != 0)
                | flag(has::KNOWN, known),
        );
        if known {
            to.hash(self.key);
        } else {
            to.new_hash(self.key);
        }
        to.lone(self.body);
        self.at.pack(to);
        to.known(self.name);
        if self.by >= has::BY {
            to.byte(self.by);
        }
        if self.sequence != 0 {
            self.sequence.pack(to);
        }
        for values in self.values.iter() {
            to.number(values.len() as u64);
            for (id, value) in values {
                to.known(*id);
                value.pack(to);
            }
        }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let has = from.byte()?;
        let key = if has & has::KNOWN != 0 { from.hash()? } else { from.new_hash()? };
        let (body, at, name) = (from.lone()?, Pack::unpack(from)?, from.known()?);
        let by = if has & has::BY == has::BY { from.byte()? } else { has & has::BY };
        let sequence = if has & has::SEQUENCE != 0 { Pack::unpack(from)? } else { 0 };
        let values = if has & has::VALUES != 0 { Some(unpack_values(from)?) } else { None };
        Some(Self { key, body, at, name, by, retracted: has & has::RETRACTED != 0, sequence, values })
    }
}

fn unpack_values(from: &mut Unpacker<'_>) -> Option<Box<[(u64, Value)]>> {
    let n = from.count()?;
    let mut values = from.room(n);
    for _ in 0..n {
        values.push((from.known()?, Value::unpack(from)?));
    }
    Some(values.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_differ_by_what_is_said_and_not_by_its_order() {
        let at = "2026-03-01T12:00:00Z".parse().unwrap();
        let said =
            [Value::Int(1), Value::Number(1.0), Value::Text("1".into()), Value::Bool(true), Value::Null];
        let base = Event::new("paid", at).identity("member", "m").identity("phone", "p");
        let of = |event: &Event, attributes: &[(&str, &Value)]| {
            let identities = event.identities.iter().filter(|(_, value)| !value.is_empty());
            let identities = identities.map(|(kind, value)| (&**kind, &**value)).collect();
            body_of(event, identities, &mut attributes.to_vec())
        };
        let mut bodies: Vec<u64> = said.iter().map(|value| of(&base, &[("a", value)])).collect();
        bodies.push(of(&base, &[]));
        bodies.push(of(&base, &[("b", &said[0])]));
        bodies.push(of(&base, &[("a", &said[0]), ("b", &said[0])]));
        bodies.push(of(&base, &[("a", &Value::List([said[0].clone()].into()))]));
        bodies.push(of(&base.clone().identity("email", "e"), &[("a", &said[0])]));
        bodies.push(of(&Event { sequence: 1, ..base.clone() }, &[("a", &said[0])]));
        bodies.push(of(&base.clone().channel("app"), &[("a", &said[0])]));
        let n = bodies.len();
        bodies.sort_unstable();
        bodies.dedup();
        assert_eq!(bodies.len(), n);
        let turned = Event::new("paid", at).identity("phone", "p").identity("member", "m");
        let (one, two) = (("a", &said[0]), ("b", &said[2]));
        assert_eq!(of(&base, &[one, two]), of(&turned, &[two, one]));
        let money = |text: &str| Value::Money(rust_decimal::Decimal::from_str_exact(text).unwrap());
        assert_eq!(of(&base, &[("a", &money("9.50"))]), of(&base, &[("a", &money("9.5"))]));
        assert_ne!(of(&base, &[("a", &money("9.50"))]), of(&base, &[("a", &money("-9.5"))]));
    }
}
