//! Who next wants to hear of time, and when: twelve bytes and what a tree adds, whoever sleeps.
//!
//! Answers: the first of all. Does not know: why somebody wants to hear.

use std::collections::BTreeSet;

use crate::base::time::Timestamp;

/// Deadlines in order of (instant, customer).
#[derive(Debug, Clone, Default)]
pub(super) struct Deadlines {
    list: BTreeSet<Deadline>,
}

/// An instant in two halves, so that nothing is lost to alignment, and a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    high: i32,
    low: u32,
    number: u32,
}

impl Deadline {
    fn of(due: Timestamp, number: u32) -> Self {
        let us = due.as_micros();
        Self { high: (us >> 32) as i32, low: us as u32, number }
    }

    fn due(&self) -> Timestamp {
        Timestamp::saturating(i64::from(self.high) << 32 | i64::from(self.low))
    }
}

impl Deadlines {
    /// The first instant and who waits for it.
    pub(super) fn first(&self) -> Option<(Timestamp, u32)> {
        self.list.first().map(|first| (first.due(), first.number))
    }

    /// Adds a deadline.
    pub(super) fn insert(&mut self, due: Timestamp, number: u32) {
        self.list.insert(Deadline::of(due, number));
    }

    /// Takes a deadline out.
    pub(super) fn remove(&mut self, due: Timestamp, number: u32) {
        self.list.remove(&Deadline::of(due, number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_come_in_order_and_whole() {
        let mut deadlines = Deadlines::default();
        let all = [Timestamp::MIN, Timestamp::saturating(-1), Timestamp::saturating(1 << 40), Timestamp::MAX];
        for (number, due) in (0_u32..4).zip(all).rev() {
            deadlines.insert(due, number);
        }
        for (number, due) in (0_u32..).zip(all) {
            assert_eq!(deadlines.first(), Some((due, number)));
            deadlines.remove(due, number);
        }
        assert_eq!(deadlines.first(), None);
    }
}
