//! Checks of a whole blueprint that need no condition to be understood: names, doubles, sense, size.
//!
//! Answers: every finding about how the parts of a document fit each other, with path, line and column.
//! Does not know: conditions (see `plan`), the shape of maps (see `map`), events of a log.

mod customer;
mod declared;
mod doubles;
mod gathered;
mod journey;
#[cfg(feature = "messages")]
mod message;
mod outreach;
mod rule;
mod size;
mod twins;

use crate::base::catalogue::Entry;
use crate::base::finding::Finding;
use crate::blueprint::model::{Document, OneOrMany, Path};
use crate::blueprint::{Blueprint, DocPath};
use crate::map;

pub(crate) use self::declared::{CUSTOMER_NAMES, Declared, ENVELOPE, Kind, PlaceKind, RESERVED_EVENTS};
pub(crate) use self::gathered::{Gathered, Suggest};
use crate::base::catalogue::plan as entry;

impl Blueprint {
    /// Everything there is to say about the document: what reading had to say, and how its parts fit each other.
    ///
    /// Ordered by line, column, path and code. An empty list means that the blueprint compiles and nothing in it
    /// looks like a mistake. At most 1,000 errors and 1,000 others are told, a last finding counts the rest; a wrong
    /// name comes with the nearest known one while that is little work.
    ///
    /// ```
    /// let text = "cjm: 1\nid: shop\nevents: {paid: {}}\njourneys:\n- id: buy\n  enter: piad\n";
    /// let findings = cjm_core::Blueprint::from_yaml(text)?.check();
    /// assert_eq!(findings[0].to_string(), "warning[map_empty] 5:3 journeys.buy: the map has no touchpoint \
    ///     (add a stage with at least one touchpoint)");
    /// assert_eq!(findings[1].to_string(), "error[unknown_event] 6:10 journeys.buy.enter[0]: \
    ///     no event `piad` is declared (did you mean `paid`?)");
    /// # Ok::<(), cjm_core::Error>(())
    /// ```
    pub fn check(&self) -> Vec<Finding> {
        let mut all = references(self);
        all.extend(self.warnings().iter().cloned());
        all.append(super::compile::build(self, &[]).1);
        all.finish()
    }

    /// The bytes that one customer's state may need under this blueprint: when the recent events, every window of a
    /// feature or rule, and every partial match of one key are full. Further keys, open waits, tickets and what was
    /// decided lately come on top. Beyond 32 KiB the engine folds and drops old entries, and [`Blueprint::check`] says so.
    ///
    /// ```
    /// let text = "cjm: 1\nid: shop\nevents: {paid: {}}\ncustomer: {features: {n: {count: paid, within: 30d}}}\n";
    /// let blueprint = cjm_core::Blueprint::from_yaml(text)?;
    /// assert!(blueprint.worst_state_bytes() < 32 * 1024);
    /// # Ok::<(), cjm_core::Error>(())
    /// ```
    pub fn worst_state_bytes(&self) -> usize {
        size::worst_case_bytes(self.document())
    }
}

/// What is to be said about the references, doubles, sense and size of a document.
pub(crate) fn references(blueprint: &Blueprint) -> Gathered {
    let document = blueprint.document();
    let declared = Declared::of(document);
    let (findings, suggest) = Default::default();
    let mut check = Check { blueprint, document, declared, findings, suggest };
    doubles::check(&mut check);
    customer::check(&mut check);
    journey::check(&mut check);
    outreach::check(&mut check);
    rule::check(&mut check);
    twins::check(&mut check);
    #[cfg(feature = "messages")]
    message::check(&mut check);
    size::check(&mut check);
    let mut findings = check.findings;
    findings.extend(map::check_all(document, &|path| blueprint.position(path)));
    findings
}

/// A check under way.
struct Check<'a> {
    blueprint: &'a Blueprint,
    document: &'a Document,
    declared: Declared<'a>,
    findings: Gathered,
    suggest: Suggest,
}

impl<'a> Check<'a> {
    fn at(&self, kind: &'static Entry, path: &DocPath) -> Finding {
        let place = || self.blueprint.position(path.as_str());
        Finding::new(kind, path, if self.findings.is_full() { Default::default() } else { place() })
    }

    /// A finding about a key that the author chose.
    fn at_key(&self, kind: &'static Entry, path: &DocPath) -> Finding {
        Finding::new(kind, path, self.blueprint.position_of_key(path.as_str()))
    }

    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn report(&mut self, kind: &'static Entry, path: &DocPath) {
        self.push(self.at(kind, path));
    }

    fn unknown<'n>(
        &mut self,
        kind: &'static Entry,
        path: &DocPath,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        self.push(self.near(self.at(kind, path), name, known));
    }

    /// A finding about a name, with the known name that is nearest.
    fn near<'n>(&self, finding: Finding, name: &str, known: impl IntoIterator<Item = &'n str>) -> Finding {
        let finding = finding.with("name", name);
        match self.suggest.nearest(name, known) {
            Some(near) => finding.with("near", near),
            None => finding,
        }
    }

    /// Reports a key that nobody declares.
    fn key(&mut self, kind: Kind, path: &DocPath, name: &str) {
        if !self.declared.has(kind, name) {
            let finding = self.at_key(kind.unknown(), path);
            self.push(self.near(finding, name, self.declared.all(kind).iter().copied()));
        }
    }

    /// Reports a name that nobody declares.
    fn name(&mut self, kind: Kind, path: &DocPath, name: &str) {
        if !self.declared.has(kind, name) {
            let finding = self.at(kind.unknown(), path);
            self.push(self.near(finding, name, self.declared.all(kind).iter().copied()));
        }
    }

    /// Reports the names of a list that nobody declares, and those that stand in it twice.
    fn names(&mut self, kind: Kind, path: &DocPath, names: &[String]) {
        for (index, name) in names.iter().enumerate() {
            self.name(kind, &path.index(index), name);
        }
        self.twice(path, names);
    }

    /// Reports names that stand in a list twice.
    fn twice(&mut self, path: &DocPath, names: &[String]) {
        let mut seen = std::collections::HashSet::new();
        for (index, name) in names.iter().enumerate() {
            if !seen.insert(name.as_str()) {
                self.push(self.at(&entry::LISTED_TWICE, &path.index(index)).with("name", name));
            }
        }
    }

    /// Reports events that nobody declares.
    fn events(&mut self, path: &DocPath, events: &OneOrMany) {
        self.names(Kind::Event, path, &events.0);
    }

    /// Reports a place that no journey has, or several.
    fn place(&mut self, kind: PlaceKind, path: &DocPath, name: &str) {
        match self.declared.journeys_of(kind, name).as_slice() {
            [_] => {}
            [] => {
                let known = self.declared.place_ids(kind);
                self.push(self.near(self.at(kind.unknown(), path), name, known));
            }
            [first, ..] => {
                let journey = self.document.journeys.get(*first).map_or("", |j| j.id.as_str());
                let finding = self.at(&entry::AMBIGUOUS_PLACE, path).with("name", name);
                self.push(finding.with("example", format!("{journey}/{name}")));
            }
        }
    }

    fn places(&mut self, kind: PlaceKind, path: &DocPath, names: &[String]) {
        for (index, name) in names.iter().enumerate() {
            self.place(kind, &path.index(index), name);
        }
        self.twice(path, names);
    }

    /// Splits `EVENT` or `EVENT.ATTRIBUTE`; reports an unknown event or attribute.
    fn event_path<'p>(&mut self, path: &DocPath, of: &'p Path) -> (&'p str, Option<&'p str>) {
        let (event, attribute) = self.document.event_of(of);
        self.name(Kind::Event, path, event);
        if let Some(attribute) = attribute.filter(|_| self.declared.has(Kind::Event, event))
            && self.declared.attribute(event, attribute).is_none()
        {
            let finding = self.at(&entry::UNKNOWN_ATTRIBUTE, path);
            self.push(self.near(finding, attribute, self.declared.attributes(event)));
        }
        (event, attribute)
    }
}

#[cfg(test)]
mod tests;
