//! Consent per channel and purpose: what the customer said, when, and what holds where nothing was said.
//!
//! Answers: may this purpose use this channel. Does not know: channels' and purposes' names; the plan numbers them.

use serde::{Deserialize, Serialize};

use crate::base::pack::{Pack, Packer, Unpacker, packs};
use crate::base::time::Timestamp;

/// What a customer said about being contacted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Consents {
    said: Vec<Said>,
    /// What does not count while another identity of the customer said something later: one of each channel, purpose
    /// and identity.
    apart: Vec<Apart>,
}

/// A saying that another identity's stands over: it counts again when that identity leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Apart {
    /// What was said.
    pub said: Said,
    /// Number of the identity that said something later.
    pub over: u8,
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
        self.apart.clear();
    }

    /// Records what was said for a channel and a purpose: it stands over what any identity of the customer said
    /// earlier, and counts for its own identity alone where another one said something later.
    pub fn say(&mut self, channel: u32, purpose: u32, granted: bool, at: Timestamp, side: u8) {
        let new = Said { channel, purpose, side, at, granted };
        let same = |s: &Said| (s.channel, s.purpose) == (channel, purpose);
        let own = |s: &Said| same(s) && s.side == side;
        let mut known = self.said.iter().chain(self.apart.iter().map(|apart| &apart.said));
        if known.any(|s| own(s) && s.at > at) {
            return;
        }
        let counted = self.said.iter().any(own);
        let later = self.said.iter().find(|s| same(s) && s.at > at).map(|s| s.side);
        self.said.retain(|s| !own(s));
        self.apart.retain(|apart| !own(&apart.said));
        match later {
            Some(over) if !counted => self.insert_apart(Apart { said: new, over }),
            Some(_) => self.insert(new),
            None => {
                let (over, kept) = self.said.drain(..).partition(same);
                self.said = kept;
                let over: Vec<Said> = over;
                over.into_iter().for_each(|said| self.insert_apart(Apart { said, over: side }));
                self.insert(new);
            }
        }
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
        for apart in &other.apart {
            self.insert_apart(apart.renumbered(renumber));
        }
    }

    /// Takes out what an identity said; what it stood over counts again.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let (gone, kept): (Vec<Said>, Vec<Said>) = self.said.drain(..).partition(|s| leaves(s.side));
        self.said = kept;
        let all = self.apart.drain(..);
        let (gone_apart, kept): (Vec<Apart>, Vec<Apart>) = all.partition(|apart| leaves(apart.said.side));
        for apart in kept {
            let same =
                |other: &Said| (other.channel, other.purpose) == (apart.said.channel, apart.said.purpose);
            let by = |other: &&Apart| same(&other.said) && other.said.side == apart.over;
            // what stood over the one that left stands over this too
            let above = gone_apart.iter().find(by).map(|other| other.over).filter(|over| !leaves(*over));
            match above {
                None if leaves(apart.over) => self.insert(apart.said),
                None => self.insert_apart(apart),
                Some(over) => self.insert_apart(Apart { over, ..apart }),
            }
        }
        let mut out = Self::default();
        let gone = gone.into_iter().chain(gone_apart.into_iter().map(|apart| apart.said));
        gone.for_each(|s| out.insert(Said { side: renumber(s.side), ..s }));
        out
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        let all: Vec<Said> = self.said.drain(..).collect();
        all.into_iter().for_each(|s| self.insert(Said { side: renumber(s.side), ..s }));
        let all: Vec<Apart> = self.apart.drain(..).collect();
        all.into_iter().for_each(|apart| self.insert_apart(apart.renumbered(renumber)));
    }

    /// What does not count at present, in order.
    pub fn apart(&self) -> impl Iterator<Item = &Apart> {
        self.apart.iter()
    }

    /// Puts back what does not count at present.
    pub fn insert_apart(&mut self, new: Apart) {
        if let Err(place) = self.apart.binary_search(&new) {
            self.apart.insert(place, new);
        }
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

impl Apart {
    fn renumbered(self, renumber: &dyn Fn(u8) -> u8) -> Self {
        let said = Said { side: renumber(self.said.side), ..self.said };
        Self { said, over: renumber(self.over) }
    }
}

impl Pack for Consents {
    /// What does not count at present is left out: the state packs it where there is any.
    fn pack(&self, to: &mut Packer<'_>) {
        self.said.pack(to);
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { said: Pack::unpack(from)?, apart: Vec::new() })
    }
}

packs! {
    Apart { said, over }
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
    #[test]
    fn what_another_identity_stood_over_counts_again_when_it_leaves() {
        let at = |s: i64| Timestamp::saturating(s);
        let mut all = Consents::default();
        for (granted, when, side) in [(false, 1, 0), (true, 2, 1), (false, 3, 2), (true, 2, 0)] {
            all.say(0, 0, granted, at(when), side);
        }
        assert_eq!((all.said(0, 0), all.len()), (Some(false), 1));
        let mut last = all.clone();
        let of = |consents: &Consents| consents.iter().map(|s| (s.granted, s.at)).collect::<Vec<_>>();
        assert_eq!(of(&last.split(&|n| n == 2, &|_| 0)), [(false, at(3))]);
        assert_eq!(last.said(0, 0), Some(true), "what the second one said");
        // the one in the middle leaves: the last one stands over all the same
        assert_eq!(of(&all.split(&|n| n == 1, &|_| 0)), [(true, at(2))]);
        assert_eq!(all.said(0, 0), Some(false));
        assert_eq!(of(&all.split(&|n| n == 2, &|_| 0)), [(false, at(3))]);
        assert_eq!(of(&all), [(true, at(2))]);
    }
}
