//! Decoding: from the spanned tree to the typed model, with every finding on the way.
//!
//! Answers: what a document says, and all that is wrong with how it says it.
//! Does not know: whether names lead anywhere (see `plan::check`), nor conditions (see `expr`).
//!
//! A decoder never stops at the first finding: it reports, puts a default in place and goes on. Every key that a
//! decoder asks [`Fields`] for is a key of the format; what was not asked for is an unknown key.

mod customer;
mod document;
mod journey;
mod outreach;
mod rule;
mod words;

use indexmap::IndexMap;

use crate::base::catalogue::Entry as Kinds;
use crate::base::catalogue::blueprint as entry;
use crate::base::finding::{Finding, Position};
use crate::base::ids::nearest;

use super::model::{Document, Extra};
use super::paths::{self, DocPath};
use super::sink::{Sink, shown};
use super::tree::{Entry, Kind, Meaning, Node, Scalar, nfc};

pub(super) use self::words::is_hidden;
#[cfg(test)]
pub(super) use self::words::json;

/// Reads a whole document; findings go to `sink`.
pub(super) fn document(source: &str, root: &Node, sink: &mut Sink) -> Document {
    document::document(&At { source, node: root, trail: &Trail::TOP }, sink)
}

/// A decoder of one part.
type Decode<T> = fn(&At<'_>, &mut Sink) -> T;

/// How a part is reached, as a chain of steps that live on the stack.
struct Trail<'a> {
    parent: Option<&'a Trail<'a>>,
    step: Way<'a>,
}

#[derive(Clone, Copy)]
enum Way<'a> {
    Top,
    Key(&'a str),
    Id(&'a str),
    Index(usize),
}

impl Trail<'_> {
    const TOP: Trail<'static> = Trail { parent: None, step: Way::Top };

    fn path(&self) -> DocPath {
        let mut steps = vec![self.step];
        let mut above = self.parent;
        while let Some(trail) = above {
            steps.push(trail.step);
            above = trail.parent;
        }
        steps.iter().rev().fold(DocPath::root(), |path, step| match step {
            Way::Top => path,
            Way::Key(key) => path.key(key),
            Way::Id(id) => path.id(id),
            Way::Index(index) => path.index(*index),
        })
    }
}

/// A value of the document and how it was reached.
#[derive(Clone, Copy)]
struct At<'a> {
    source: &'a str,
    node: &'a Node,
    trail: &'a Trail<'a>,
}

impl<'a> At<'a> {
    /// The same way one step further down.
    fn down<'b>(&self, node: &'b Node, trail: &'b Trail<'b>) -> At<'b>
    where
        'a: 'b,
    {
        At { source: self.source, node, trail }
    }

    fn trail(&'a self, step: Way<'a>) -> Trail<'a> {
        Trail { parent: Some(self.trail), step }
    }

    fn finding(&self, kind: &'static Kinds) -> Finding {
        Finding::new(kind, self.trail.path(), self.node.position)
    }

    fn scalar(&self) -> Option<&'a Scalar> {
        match &self.node.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Whether nothing is written here: an absent optional part may be written as null.
    fn is_null(&self) -> bool {
        self.scalar().is_some_and(|s| s.meaning() == Meaning::Null)
    }

    /// Reports that something else is wanted here.
    fn wanted(&self, kind: &'static Kinds, sink: &mut Sink) {
        if self.node.kind != Kind::Refused {
            sink.push(self.finding(kind).with("found", found(self.node)));
        }
    }

    /// The items of a list, decoded in order; anything else is a finding.
    fn list<T>(&self, each: Decode<T>, sink: &mut Sink) -> Vec<T> {
        let Kind::List(items) = &self.node.kind else {
            self.wanted(&entry::NOT_A_LIST, sink);
            return Vec::new();
        };
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let step = paths::id_of(item).map_or(Way::Index(index), Way::Id);
            let trail = self.trail(step);
            out.push(each(&self.down(item, &trail), sink));
        }
        out
    }

    /// Reports a list without items.
    fn not_empty(&self, sink: &mut Sink) {
        if matches!(&self.node.kind, Kind::List(items) if items.is_empty()) {
            sink.push(self.finding(&entry::EMPTY_LIST));
        }
    }

    /// One item or a list of items.
    fn one_or_list<T>(&self, each: Decode<T>, sink: &mut Sink) -> Vec<T> {
        match &self.node.kind {
            Kind::List(_) => self.list(each, sink),
            _ => vec![each(self, sink)],
        }
    }

    /// The entries of a map whose keys the author chooses; `each_key` looks at the keys.
    fn map<T>(
        &self,
        each_key: fn(&Key<'_>, &mut Sink),
        each: Decode<T>,
        sink: &mut Sink,
    ) -> IndexMap<String, T> {
        let Kind::Map(entries) = &self.node.kind else {
            self.wanted(&entry::NOT_A_MAP, sink);
            return IndexMap::new();
        };
        let mut out = IndexMap::with_capacity(entries.len());
        for e in entries.iter() {
            let trail = self.trail(Way::Key(&e.key));
            each_key(&Key { entry: e, trail: &trail }, sink);
            out.insert(e.key.clone(), each(&self.down(&e.value, &trail), sink));
        }
        out
    }
}

/// A key that the author chose.
struct Key<'a> {
    entry: &'a Entry,
    trail: &'a Trail<'a>,
}

impl Key<'_> {
    fn finding(&self, kind: &'static Kinds) -> Finding {
        Finding::new(kind, self.trail.path(), self.entry.position).with("key", shown(&self.entry.key))
    }
}

/// What is written, as a message shows it.
fn found(node: &Node) -> String {
    match &node.kind {
        Kind::List(_) => "[…]".into(),
        Kind::Map(_) => "{…}".into(),
        Kind::Refused => "…".into(),
        Kind::Scalar(scalar) if scalar.meaning() == Meaning::Null => "null".into(),
        Kind::Scalar(scalar) => shown(&scalar.text),
    }
}

/// The keys of one part of the format.
///
/// Asking for a key makes it known; [`Fields::extra`] ends the part and reports every key nobody asked for.
struct Fields<'a> {
    at: At<'a>,
    entries: &'a [Entry],
    known: Vec<&'static str>,
    /// Nothing more is to be said: the part is no map, or none of its forms.
    silent: bool,
}

impl<'a> Fields<'a> {
    /// Opens a map; anything else is a finding, and every key then is absent without a further one.
    fn open(at: &At<'a>, sink: &mut Sink) -> Self {
        let (entries, silent): (&[Entry], bool) = match &at.node.kind {
            Kind::Map(entries) => (entries, false),
            _ => {
                at.wanted(&entry::NOT_A_MAP, sink);
                (&[], true)
            }
        };
        Self { at: *at, entries, known: Vec::with_capacity(16), silent }
    }

    fn find(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.known.push(key);
        self.entries.iter().find(|e| e.key == key)
    }

    /// Whether a key is written, without making it known.
    fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|e| e.key == key)
    }

    /// The value under a key; null counts as absent.
    fn optional<T>(&mut self, key: &'static str, decode: Decode<T>, sink: &mut Sink) -> Option<T> {
        let e = self.find(key)?;
        let trail = Trail { parent: Some(self.at.trail), step: Way::Key(key) };
        let at = self.at.down(&e.value, &trail);
        (!at.is_null()).then(|| decode(&at, sink))
    }

    /// The value under a key that must be there.
    fn required<T: Default>(&mut self, key: &'static str, decode: Decode<T>, sink: &mut Sink) -> T {
        let value = self.optional(key, decode, sink);
        value.unwrap_or_else(|| {
            self.missing(key, sink);
            T::default()
        })
    }

    /// The value under a key, or the default of its type.
    fn or_default<T: Default>(&mut self, key: &'static str, decode: Decode<T>, sink: &mut Sink) -> T {
        self.optional(key, decode, sink).unwrap_or_default()
    }

    /// The list under a key; empty when absent.
    fn list<T>(&mut self, key: &'static str, each: Decode<T>, sink: &mut Sink) -> Vec<T> {
        let Some(e) = self.find(key) else { return Vec::new() };
        let trail = Trail { parent: Some(self.at.trail), step: Way::Key(key) };
        let at = self.at.down(&e.value, &trail);
        if at.is_null() { Vec::new() } else { at.list(each, sink) }
    }

    /// The map under a key, its keys chosen by the author; empty when absent.
    fn map<T>(
        &mut self,
        key: &'static str,
        each_key: fn(&Key<'_>, &mut Sink),
        each: Decode<T>,
        sink: &mut Sink,
    ) -> IndexMap<String, T> {
        let Some(e) = self.find(key) else { return IndexMap::new() };
        let trail = Trail { parent: Some(self.at.trail), step: Way::Key(key) };
        let at = self.at.down(&e.value, &trail);
        if at.is_null() { IndexMap::new() } else { at.map(each_key, each, sink) }
    }

    /// Reports that a key must be there.
    fn missing(&self, key: &'static str, sink: &mut Sink) {
        if !self.silent {
            sink.push(self.at.finding(&entry::MISSING_KEY).with("key", key));
        }
    }

    /// Ends the part: keeps `x-` keys and reports the keys that nobody asked for.
    fn extra(self, sink: &mut Sink) -> Extra {
        let mut extra = Extra::new();
        let mut absent: Option<Vec<&'static str>> = None;
        for e in self.entries.iter().filter(|e| !self.known.contains(&e.key.as_str())) {
            if self.silent {
                break;
            } else if e.key.starts_with("x-") {
                extra.insert(e.key.clone(), words::json(&e.value));
            } else if sink.is_full() {
                sink.push(Finding::new(&entry::UNKNOWN_KEY, "", e.position));
            } else {
                let absent = absent.get_or_insert_with(|| self.absent());
                sink.push(self.unknown(e, absent));
            }
        }
        extra
    }

    /// Ends a part that has no room for `x-` keys.
    fn no_extra(self, sink: &mut Sink) {
        for e in self.entries.iter().filter(|e| e.key.starts_with("x-")) {
            let path = self.at.trail.path().key(&e.key);
            sink.push(Finding::new(&entry::EXTRA_HERE, path, e.position).with("key", shown(&e.key)));
        }
        self.extra(sink);
    }

    /// The known keys that are not written.
    fn absent(&self) -> Vec<&'static str> {
        self.known.iter().copied().filter(|k| !self.has(k)).collect()
    }

    fn unknown(&self, e: &Entry, absent: &[&'static str]) -> Finding {
        let path = self.at.trail.path().key(&e.key);
        let finding = Finding::new(&entry::UNKNOWN_KEY, path, e.position).with("key", shown(&e.key));
        let finding = match nearest(&nfc(&e.key), absent.iter().copied()) {
            Some(near) => finding.with("near", near),
            None => finding,
        };
        finding.with("known", self.known.join(", "))
    }
}

/// One of several forms, told apart by which distinguishing key is written.
///
/// None is a finding with the key that was probably meant; of two, the second excludes the first.
/// The answer is the first form that is written; the other forms' keys are then unknown where they stand.
fn one_of(fields: &mut Fields<'_>, forms: &[&'static str], sink: &mut Sink) -> Option<&'static str> {
    if fields.silent {
        return None;
    }
    let mut written = fields.entries.iter().filter_map(|e| Some((e, form_of(forms, &e.key)?)));
    let Some((_, form)) = written.next() else {
        let near = |e: &'_ Entry| nearest(&e.key, forms.iter().copied());
        let meant = fields.entries.iter().find_map(|e| Some((e, near(e)?)));
        let finding = match meant {
            Some((e, near)) => {
                let path = fields.at.trail.path().key(&e.key);
                Finding::new(&entry::NO_FORM, path, e.position).with("near", near)
            }
            None => fields.at.finding(&entry::NO_FORM),
        };
        sink.push(finding.with("forms", forms.join(", ")));
        // without a form nobody can say which other keys belong here
        fields.silent = true;
        return None;
    };
    let others: Vec<(&Entry, &'static str)> = written.collect();
    for (e, other) in others {
        fields.known.push(other);
        let path = fields.at.trail.path().key(&e.key);
        let finding = Finding::new(&entry::TWO_FORMS, path, e.position).with("first", form);
        sink.push(finding.with("second", other));
    }
    Some(form)
}

fn form_of(forms: &[&'static str], key: &str) -> Option<&'static str> {
    forms.iter().copied().find(|form| *form == key)
}
