//! What a single event has that its blueprint does not declare, and what it lacks.
//!
//! Answers: the notices that the rows of a log get, for hosts that take events one by one. Does not know: columns, what
//! becomes of the event.

use std::sync::Arc;

use super::declared::Declared;
use super::reject::{Reason, Rejected};
use super::single::Event;
use super::whole::column_of;
use crate::blueprint::model::Document;

/// What a document expects of events.
///
/// ```
/// use cjm_core::{Blueprint, Event};
/// use cjm_core::event::{Expectations, Reason, Rejected};
/// let text = "cjm: 1\nid: shop\nidentities: [{ id: member }]\nevents: { paid: { amount: money } }\n";
/// let expected = Expectations::of(Blueprint::from_yaml(text)?.document());
/// let paid = Event::new("paid", "2026-03-01T12:00:00Z".parse()?).identity("member", "m1").with("tip", "1.00");
/// let mut found = Rejected::default();
/// expected.count(&paid, 7, &mut found);
/// let reasons: Vec<Reason> = found.noticed().iter().map(|rows| rows.reason).collect();
/// assert_eq!(reasons, [Reason::AttributeUndeclared, Reason::AttributeMissing]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Expectations {
    declared: Declared,
}

impl Expectations {
    /// What this document expects.
    pub fn of(document: &Document) -> Self {
        Self { declared: Declared::of(document) }
    }

    /// Counts what is to be noticed about the event of a line.
    pub fn count(&self, event: &Event, line: u64, found: &mut Rejected) {
        self.count_identities(&event.identities, line, found);
        let Some(attributes) = self.declared.event(&event.name) else {
            found.add(Reason::EventUndeclared, "", line, &event.name);
            return;
        };
        let given = event.attributes.iter().filter(|(_, value)| !value.is_null());
        for (name, _) in given.filter(|(name, _)| !attributes.contains_key(&**name)) {
            found.add(Reason::AttributeUndeclared, name, line, &event.name);
        }
        for (name, _) in attributes.iter().filter(|(_, declared)| !declared.optional) {
            if event.attribute(name).is_null() {
                found.add(Reason::AttributeMissing, name, line, &event.name);
            }
        }
    }

    /// Counts the identities, of whatever a line has, that are not declared.
    pub fn count_identities(&self, given: &[(Arc<str>, Arc<str>)], line: u64, found: &mut Rejected) {
        let given = given.iter().filter(|(_, value)| !value.is_empty());
        for (kind, _) in given.filter(|(kind, _)| !self.declared.takes(kind)) {
            found.add(Reason::IdentityUndeclared, &column_of(kind), line, kind);
        }
    }
}
