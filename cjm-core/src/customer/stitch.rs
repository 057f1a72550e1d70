//! Stitching: which identity values are one customer, over a whole log.
//!
//! Answers: the component of every identity value, the links that were refused and why.
//! Does not know: one customer's state. Links are applied in order of time, so the same log gives the same answer.

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::blueprint::model::IdentityKind;

/// How identities of one kind may link.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkPolicy {
    /// A value may stand beside at most so many different values of stronger kinds.
    pub max_links: Option<u32>,
    /// Values that never link.
    pub deny: Vec<String>,
}

/// Why a link was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkRefusal {
    /// The value is on the kind's deny list.
    Denied,
    /// The value already links `max_links` others.
    MaxLinks,
}

/// A refused link: which value could not be linked to which, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedLink {
    /// Why.
    pub reason: LinkRefusal,
    /// Number of the stronger identity.
    pub strong: u32,
    /// Number of the weaker identity, whose policy refused.
    pub weak: u32,
    /// When.
    pub at: Timestamp,
}

/// Unites identity numbers in the order in which links are told.
#[derive(Debug, Clone, Default)]
pub struct Stitcher {
    parent: Vec<u32>,
    links: Vec<Vec<u32>>,
    refused: Vec<RefusedLink>,
}

impl LinkPolicy {
    /// The policy of a declared kind.
    pub fn of(kind: &IdentityKind) -> Self {
        Self { max_links: kind.max_links, deny: kind.deny.clone() }
    }
}

impl Stitcher {
    /// So many identities, each a customer of its own.
    pub fn new(n: u32) -> Self {
        Self { parent: (0..n).collect(), links: vec![Vec::new(); n as usize], refused: Vec::new() }
    }

    /// Links a stronger and a weaker identity at a time; call in order of time. Gives whether the link holds.
    pub fn link(&mut self, strong: u32, weak: u32, value: &str, policy: &LinkPolicy, at: Timestamp) -> bool {
        let known = self.links.get(weak as usize).is_some_and(|l| l.contains(&strong));
        if known {
            return true;
        }
        let refusal = if policy.deny.iter().any(|d| d == value) {
            Some(LinkRefusal::Denied)
        } else {
            let n = self.links.get(weak as usize).map_or(0, Vec::len);
            policy.max_links.filter(|most| n >= *most as usize).map(|_| LinkRefusal::MaxLinks)
        };
        if let Some(reason) = refusal {
            self.refused.push(RefusedLink { reason, strong, weak, at });
            return false;
        }
        if let Some(links) = self.links.get_mut(weak as usize) {
            links.push(strong);
        }
        let (a, b) = (self.root(strong), self.root(weak));
        // the smaller number leads, so the answer does not depend on the order of equal links
        if let Some(place) = self.parent.get_mut(a.max(b) as usize) {
            *place = a.min(b);
        }
        true
    }

    /// The smallest identity number of the component.
    pub fn root(&mut self, of: u32) -> u32 {
        let mut at = of;
        while let Some(up) = self.parent.get(at as usize).copied().filter(|up| *up != at) {
            let above = self.parent.get(up as usize).copied().unwrap_or(up);
            if let Some(place) = self.parent.get_mut(at as usize) {
                *place = above;
            }
            at = above;
        }
        at
    }

    /// The refused links in the order told.
    pub fn refused(&self) -> &[RefusedLink] {
        &self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_unite_until_a_value_is_shared_too_often() {
        let mut stitch = Stitcher::new(6);
        let policy = LinkPolicy { max_links: Some(2), deny: vec!["till".into()] };
        let at = Timestamp::default();
        assert!(stitch.link(0, 5, "p", &policy, at));
        assert!(stitch.link(1, 5, "p", &policy, at));
        assert!(!stitch.link(2, 5, "p", &policy, at));
        assert!(stitch.link(0, 5, "p", &policy, at));
        assert!(!stitch.link(3, 4, "till", &policy, at));
        assert_eq!([0, 1, 2, 3, 5].map(|n| stitch.root(n)), [0, 0, 2, 3, 0]);
        let reasons: Vec<_> = stitch.refused().iter().map(|r| r.reason).collect();
        assert_eq!(reasons, [LinkRefusal::MaxLinks, LinkRefusal::Denied]);
    }

    #[test]
    fn cycles_of_links_are_harmless() {
        let mut stitch = Stitcher::new(3);
        let free = LinkPolicy::default();
        for (a, b) in [(0, 1), (1, 2), (0, 2), (0, 1)] {
            assert!(stitch.link(a, b, "x", &free, Timestamp::default()));
        }
        assert_eq!([0, 1, 2].map(|n| stitch.root(n)), [0, 0, 0]);
    }
}
