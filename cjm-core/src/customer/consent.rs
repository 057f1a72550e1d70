//! Consent per channel and purpose: what the customer said, when, and what holds where nothing was said.
//!
//! Answers: may this purpose use this channel. Does not know: channels' and purposes' names; the plan numbers them.

use serde::{Deserialize, Serialize};

use crate::base::pack::packs;
use crate::base::time::Timestamp;

/// What a customer said about being contacted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Consents {
    said: Vec<Said>,
}

/// One saying, the latest of its channel and purpose by its identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said {
    /// Position of the channel.
    pub channel: u32,
    /// Position of the purpose.
    pub purpose: u32,
    /// Number of the identity that said it.
    pub side: u8,
    /// When.
    pub at: Timestamp,
    /// Whether it was granted.
    pub granted: bool,
}

impl Consents {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.said.clear();
    }

    /// Records what was said for a channel and a purpose unless something later was said.
    pub fn say(&mut self, channel: u32, purpose: u32, granted: bool, at: Timestamp, side: u8) {
        let new = Said { channel, purpose, side, at, granted };
        let same = |s: &Said| (s.channel, s.purpose) == (channel, purpose);
        if self.said.iter().any(|s| same(s) && s.at > at) {
            return;
        }
        self.said.retain(|s| !same(s));
        self.insert(new);
    }

    /// What was said; `None` when nothing was, so that the purpose's default holds.
    /// Of the sides of a merged customer the most restrictive counts.
    pub fn said(&self, channel: u32, purpose: u32) -> Option<bool> {
        let mut said = self.said.iter().filter(|s| (s.channel, s.purpose) == (channel, purpose)).peekable();
        said.peek()?;
        Some(said.all(|s| s.granted))
    }

    /// How many sayings are remembered.
    pub fn len(&self) -> usize {
        self.said.len()
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// Unites two sides, keeping what each side said: a side that never said has no say.
    pub fn merge(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        for said in &other.said {
            self.insert(Said { side: renumber(said.side), ..*said });
        }
    }

    /// Takes out what an identity said.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let (gone, kept): (Vec<Said>, Vec<Said>) = self.said.drain(..).partition(|s| leaves(s.side));
        self.said = kept;
        let mut out = Self::default();
        gone.into_iter().for_each(|s| out.insert(Said { side: renumber(s.side), ..s }));
        out
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        let all: Vec<Said> = self.said.drain(..).collect();
        all.into_iter().for_each(|s| self.insert(Said { side: renumber(s.side), ..s }));
    }

    /// Everything that was said, by (channel, purpose, side).
    pub fn iter(&self) -> impl Iterator<Item = &Said> {
        self.said.iter()
    }

    /// Puts back what was said.
    pub fn insert(&mut self, new: Said) {
        if let Err(place) = self.said.binary_search(&new) {
            self.said.insert(place, new);
        }
    }
}

packs! {
    Consents { said }
    Said { channel, purpose, side, at, granted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_counts_and_sides_restrict() {
        let at = |s: i64| Timestamp::saturating(s);
        let mut a = Consents::default();
        assert_eq!(a.said(0, 0), None);
        a.say(0, 0, false, at(1), 0);
        a.say(0, 0, true, at(2), 0);
        a.say(0, 0, false, at(1), 0);
        assert_eq!(a.said(0, 0), Some(true));
        let mut b = Consents::default();
        b.say(0, 0, false, at(1), 0);
        b.say(1, 0, true, at(1), 0);
        a.merge(&b, &|n| n + 1);
        assert_eq!((a.said(0, 0), a.said(1, 0), a.said(2, 0)), (Some(false), Some(true), None));
        let back = a.split(&|n| n == 1, &|_| 0);
        assert_eq!((a.said(0, 0), back), (Some(true), b));
    }
}
