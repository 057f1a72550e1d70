//! What the events and answers of a pipe lacked, and which came too late: counted while they go by, said at the end.
//!
//! Answers: the words that a file of these events gets, with first lines and counts; what `--strict` refuses.
//! Does not know: what the events led to.

use std::collections::BTreeMap;

use cjm_core::base::catalogue::log::TRACKING_LATE;
use cjm_core::base::finding::Position;
use cjm_core::blueprint::model::Document;
use cjm_core::event::{Expectations, Rejected};
use cjm_core::plan::reserved;
use cjm_core::{Answer, Error, Event, Finding};

use crate::events;
use crate::failure::Failure;
use crate::host::Host;

/// Event names that are counted one by one; the others are counted together.
const MAX_NAMES: usize = 1_024;

/// What is to be said at the end.
pub(super) struct Told {
    expected: Expectations,
    noticed: Rejected,
    by_name: BTreeMap<String, Late>,
}

/// How many events of a name there were, how many too late, and the line of the first of these.
#[derive(Default)]
struct Late {
    n: u64,
    late: u64,
    first: u64,
}

impl Told {
    /// Nothing yet, of what a document expects.
    pub(super) fn of(document: &Document) -> Self {
        Self { expected: Expectations::of(document), noticed: Rejected::default(), by_name: BTreeMap::new() }
    }

    /// What `--strict` refuses an event for.
    pub(super) fn strict_error(&self, event: &Event) -> Option<Error> {
        let mut noticed = Rejected::default();
        self.expected.count(event, 0, &mut noticed);
        noticed.strict_row().map(|(_, error)| error)
    }

    /// What `--strict` refuses an answer for.
    pub(super) fn strict_answer_error(&self, answer: &Answer) -> Option<Error> {
        let mut noticed = Rejected::default();
        self.expected.count_identities(&answer.identities, 0, &mut noticed);
        noticed.strict_row().map(|(_, error)| error)
    }

    /// Counts an event that was taken in.
    pub(super) fn take(&mut self, event: &Event, line: u64, is_late: bool) {
        self.expected.count(event, line, &mut self.noticed);
        self.take_name(&event.name, line, is_late);
    }

    /// Counts an answer that was taken in.
    pub(super) fn take_answer(&mut self, answer: &Answer, line: u64, is_late: bool) {
        self.expected.count_identities(&answer.identities, line, &mut self.noticed);
        self.take_name(reserved::ANSWERED, line, is_late);
    }

    fn take_name(&mut self, name: &str, line: u64, is_late: bool) {
        let known = self.by_name.contains_key(name) || self.by_name.len() < MAX_NAMES;
        let name = if known { name } else { "" };
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.to_owned(), Late::default());
        }
        let Some(seen) = self.by_name.get_mut(name) else { return };
        seen.n += 1;
        if is_late {
            seen.first = if seen.late == 0 { line } else { seen.first };
            seen.late += 1;
        }
    }

    /// Says it beside the answer.
    pub(super) fn say(&self, name: &str, host: &mut Host<'_>) -> Result<(), Failure> {
        events::say_rejected(name, &self.noticed, host)?;
        for (event, seen) in self.by_name.iter().filter(|(_, seen)| seen.late > 0) {
            let at = Position { line: u32::try_from(seen.first).unwrap_or(u32::MAX), column: 1 };
            let finding = Finding::new(&TRACKING_LATE, event, at)
                .with("event", event)
                .with("count", seen.late.to_string())
                .with("of", seen.n.to_string());
            events::say_rows(name, &finding, seen.late, host)?;
        }
        Ok(())
    }
}
