//! Stitching: which identity values are one customer, over a whole log.
//!
//! Answers: which identities of an event say whose it is and which give way; the component of every identity value, the
//! links that were refused and why. Does not know: one customer's state. Events are told in their order, so the same
//! log gives the same answer.

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;

/// Why a link was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkRefusal {
    /// One of the values is on its kind's deny list.
    Denied,
    /// One of the values already links `max_links` others.
    MaxLinks,
}

/// Which side of a refused link is the shared value: an event that carries both is the other side's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// The weaker one.
    Weak,
    /// The stronger one.
    Strong,
}

/// A refused link: which value could not be linked to which, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLink {
    /// Why.
    pub reason: LinkRefusal,
    /// Whose kind's policy refused.
    pub shared: Shared,
    /// Number of the stronger identity.
    pub strong: u32,
    /// Number of the weaker identity.
    pub weak: u32,
    /// When.
    pub at: Timestamp,
}

/// Why two values do not link, and which of them is shared: first what is denied, then who has links enough.
pub fn refusal([strong, weak]: [bool; 2], full: impl Fn(Shared) -> bool) -> Option<(LinkRefusal, Shared)> {
    match (strong, weak) {
        (_, true) => Some((LinkRefusal::Denied, Shared::Weak)),
        (true, false) => Some((LinkRefusal::Denied, Shared::Strong)),
        (false, false) => {
            let side = [Shared::Weak, Shared::Strong].into_iter().find(|side| full(*side));
            side.map(|side| (LinkRefusal::MaxLinks, side))
        }
    }
}

/// The identities of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered<T> {
    /// Those that say whose it is, the strongest first, which the others are linked with.
    pub own: Vec<T>,
    /// Links that were refused: stronger, weaker, why and which of them is shared.
    pub refused: Vec<(T, T, (LinkRefusal, Shared))>,
}

/// Parts the identities of an event, the strongest first, by what refuses a link of a stronger and a weaker one. A
/// shared value gives way: the weaker one is left out, and the strongest one where the others may not link with it.
pub fn gather<T: Clone>(
    all: Vec<T>,
    mut refusal: impl FnMut(&T, &T) -> Option<(LinkRefusal, Shared)>,
) -> Gathered<T> {
    let mut refused = Vec::new();
    if all.len() < 2 {
        return Gathered { own: all, refused };
    }
    let mut rest = all.as_slice();
    while let Some((strong, weaker)) = rest.split_first() {
        let verdicts: Vec<_> = weaker.iter().map(|weak| (weak, refusal(strong, weak))).collect();
        let shared = verdicts.iter().find_map(|(weak, verdict)| {
            verdict.filter(|(_, shared)| *shared == Shared::Strong).map(|why| (*weak, why))
        });
        if let Some((weak, why)) = shared {
            refused.push((strong.clone(), weak.clone(), why));
            rest = weaker;
            continue;
        }
        let mut own = vec![strong.clone()];
        for (weak, verdict) in verdicts {
            match verdict {
                None => own.push(weak.clone()),
                Some(why) => refused.push((strong.clone(), weak.clone(), why)),
            }
        }
        return Gathered { own, refused };
    }
    Gathered { own: Vec::new(), refused }
}

/// An identity value of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its number among all values of all kinds.
    pub number: u32,
    /// Number of its kind, the strongest first.
    pub kind: u32,
    /// Whether it is on its kind's deny list.
    pub denied: bool,
}

/// Unites identity numbers in the order in which events are told.
#[derive(Debug, Clone, Default)]
pub struct Stitcher {
    parent: Vec<u32>,
    /// By kind: with how many values of stronger kinds, and of each weaker kind, a value may be linked.
    max_links: Vec<Option<u32>>,
    /// Of values of kinds with a bound: those of stronger kinds (under no kind) and of each weaker kind.
    counted: HashMap<(u32, Option<u32>), Vec<u32>, foldhash::fast::RandomState>,
    refused: Vec<RefusedLink>,
    /// Stronger and weaker value of each of them.
    unlinked: HashSet<(u32, u32), foldhash::fast::RandomState>,
}

impl Stitcher {
    /// So many identities, each a customer of its own; the bound of links by kind.
    pub fn new(n: u32, max_links: Vec<Option<u32>>) -> Self {
        Self { parent: (0..n).collect(), max_links, ..Self::default() }
    }

    /// Links the identities that an event carries, the strongest first; call in the order of events.
    pub fn event(&mut self, nodes: Vec<Node>, at: Timestamp) {
        let Gathered { own, refused } = gather(nodes, |strong, weak| {
            refusal([strong.denied, weak.denied], |side| self.is_full(side, *strong, *weak))
        });
        for (Node { number: strong, .. }, Node { number: weak, .. }, (reason, shared)) in refused {
            if self.unlinked.insert((strong, weak)) {
                self.refused.push(RefusedLink { reason, shared, strong, weak, at });
            }
        }
        let Some((strong, weaker)) = own.split_first() else { return };
        weaker.iter().for_each(|weak| self.link(*strong, *weak));
    }

    /// Whether a side of a new link has as many as it may.
    fn is_full(&self, side: Shared, strong: Node, weak: Node) -> bool {
        let (of, other) = counted(side, strong, weak);
        let Some(most) = self.most(side, strong, weak) else { return false };
        let known = self.counted.get(&of).map_or(&[][..], Vec::as_slice);
        known.len() >= most as usize && !known.contains(&other)
    }

    fn most(&self, side: Shared, strong: Node, weak: Node) -> Option<u32> {
        let kind = if side == Shared::Weak { weak.kind } else { strong.kind };
        self.max_links.get(kind as usize).copied().flatten()
    }

    fn link(&mut self, strong: Node, weak: Node) {
        for side in [Shared::Weak, Shared::Strong] {
            if self.most(side, strong, weak).is_none() {
                continue;
            }
            let (of, other) = counted(side, strong, weak);
            let known = self.counted.entry(of).or_default();
            if !known.contains(&other) {
                known.push(other);
            }
        }
        let (a, b) = (self.root(strong.number), self.root(weak.number));
        // the smaller number leads, so the answer does not depend on the order of equal links
        if let Some(place) = self.parent.get_mut(a.max(b) as usize) {
            *place = a.min(b);
        }
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

    /// The refused links in the order told, each once.
    pub fn refused(&self) -> &[RefusedLink] {
        &self.refused
    }
}

/// Under what a link counts for a side, and which value counts.
fn counted(side: Shared, strong: Node, weak: Node) -> ((u32, Option<u32>), u32) {
    match side {
        Shared::Weak => ((weak.number, None), strong.number),
        Shared::Strong => ((strong.number, Some(weak.kind)), weak.number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds: 0 without a bound, 1 at most two links, 2 without.
    fn told(n: u32, events: &[&[(u32, u32)]], denied: &[u32]) -> (Vec<u32>, Vec<(LinkRefusal, u32, u32)>) {
        let mut stitch = Stitcher::new(n, vec![None, Some(2), None]);
        for event in events {
            let node = |(kind, number): &(u32, u32)| Node {
                number: *number,
                kind: *kind,
                denied: denied.contains(number),
            };
            stitch.event(event.iter().map(node).collect(), Timestamp::default());
        }
        let roots = (0..n).map(|number| stitch.root(number)).collect();
        (roots, stitch.refused().iter().map(|r| (r.reason, r.strong, r.weak)).collect())
    }

    #[test]
    fn links_unite_until_a_value_is_shared_too_often() {
        use LinkRefusal::{Denied, MaxLinks};
        let pairs: [&[(u32, u32)]; 5] =
            [&[(0, 0), (1, 5)], &[(0, 1), (1, 5)], &[(0, 2), (1, 5)], &[(0, 0), (1, 5)], &[(0, 3), (1, 4)]];
        let (roots, refused) = told(6, &pairs, &[4]);
        assert_eq!(roots, [0, 0, 2, 3, 4, 0]);
        assert_eq!(refused, [(MaxLinks, 2, 5), (Denied, 3, 4)]);
    }

    #[test]
    fn a_shared_value_gives_way_to_weaker_ones_too() {
        use LinkRefusal::{Denied, MaxLinks};
        let pairs: [&[(u32, u32)]; 4] =
            [&[(1, 0), (2, 1)], &[(1, 0), (2, 2)], &[(1, 0), (2, 3)], &[(1, 0), (2, 1)]];
        assert_eq!(told(4, &pairs, &[]), (vec![0, 0, 0, 3], vec![(MaxLinks, 0, 3)]));
        assert_eq!(told(4, &pairs[..2], &[0]), (vec![0, 1, 2, 3], vec![(Denied, 0, 1), (Denied, 0, 2)]));
        // of two denied values the stronger one stays, and what stood beside a denied one is linked without it
        assert_eq!(told(3, &[&[(0, 0), (1, 1), (2, 2)]], &[0]).0, [0, 1, 1]);
        assert_eq!(told(3, &[&[(0, 0), (1, 1)]], &[0, 1]), (vec![0, 1, 2], vec![(Denied, 0, 1)]));
    }

    #[test]
    fn cycles_of_links_are_harmless() {
        let pairs: [&[(u32, u32)]; 4] =
            [&[(0, 0), (0, 1)], &[(0, 1), (0, 2)], &[(0, 0), (0, 2)], &[(0, 0), (0, 1)]];
        assert_eq!(told(3, &pairs, &[]).0, [0, 0, 0]);
    }
}
