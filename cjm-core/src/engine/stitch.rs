//! Which customers of a log are one person, by the identities that its rows carry together.
//!
//! Answers: the log's customers grouped into people, the rows of each in order, and the links that were refused. A
//! customer of the log whose key is a shared value is several persons: each has a share of its rows.
//! Does not know: what people do.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};
use serde::Serialize;

use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::customer::stitch::{Gathered, LinkRefusal, Node, Shared, Stitcher, gather};
use crate::event::EventLog;
use crate::plan::Plan;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// The people of a log.
pub(crate) struct People<'a> {
    log: &'a EventLog,
    nodes: Nodes<'a>,
    /// Members by person: customers of the log, and beyond their numbers shares of customers; `None` when every
    /// customer is a person.
    pub(crate) groups: Option<Vec<Vec<u32>>>,
    /// Rows of customers who are several persons.
    shares: Vec<Vec<u32>>,
    /// Refused links in order of time.
    pub(crate) refused: Vec<RefusedIdentity>,
    /// The same as pairs of nodes: stronger, weaker.
    unlinked: Map<(u32, u32), (LinkRefusal, Shared)>,
}

/// A link between two identities that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedIdentity {
    /// Why.
    pub reason: LinkRefusal,
    /// Kind and value of the stronger identity.
    pub strong: (String, String),
    /// Kind and value of the weaker identity.
    pub weak: (String, String),
    /// When the event carried both.
    pub at: Timestamp,
}

/// Numbers identity values of all kinds in one range.
struct Nodes<'a> {
    log: &'a EventLog,
    offsets: Vec<u32>,
    n: u32,
}

impl<'a> Nodes<'a> {
    fn new(log: &'a EventLog) -> Self {
        let mut offsets = Vec::with_capacity(log.identities().len());
        let mut n = 0_u32;
        for identity in log.identities() {
            offsets.push(n);
            n = n.saturating_add(u32::try_from(identity.column.n_texts()).unwrap_or(u32::MAX));
        }
        Self { log, offsets, n }
    }

    fn node(&self, kind: usize, row: usize) -> Option<u32> {
        let code = self.log.identities().get(kind)?.column.code(row)?;
        self.offsets.get(kind)?.checked_add(code)
    }

    /// The nodes of a row's identities, the strongest first.
    fn of_row(&self, row: usize) -> impl Iterator<Item = u32> {
        (0..self.log.identities().len()).filter_map(move |kind| self.node(kind, row))
    }

    fn kind(&self, node: u32) -> usize {
        self.offsets.partition_point(|o| *o <= node).saturating_sub(1)
    }

    /// Kind and value of a node.
    fn name(&self, node: u32) -> (&'a str, &'a str) {
        let kind = self.kind(node);
        let offset = self.offsets.get(kind).copied().unwrap_or(0);
        let identity = self.log.identities().get(kind);
        let value = identity.and_then(|i| i.column.text(node - offset)).unwrap_or_default();
        (identity.map_or("", |i| &i.kind), value)
    }

    /// The nodes that the blueprint denies to link.
    fn denied(&self, plan: &Plan) -> HashSet<u32, foldhash::fast::RandomState> {
        let mut all = HashSet::default();
        for (identity, offset) in self.log.identities().iter().zip(&self.offsets) {
            let kind = plan.document.identities.iter().find(|kind| *kind.id == *identity.kind);
            let Some(kind) = kind.filter(|kind| !kind.deny.is_empty()) else { continue };
            let is_denied = |text: &str| kind.deny.iter().any(|denied| denied == text);
            let codes = 0..u32::try_from(identity.column.n_texts()).unwrap_or(u32::MAX);
            all.extend(codes.filter(|c| identity.column.text(*c).is_some_and(is_denied)).map(|c| offset + c));
        }
        all
    }
}

/// Groups the customers of a log into people, by the links up to an instant or by all of them.
pub(crate) fn people<'a>(plan: &Plan, log: &'a EventLog, until: Option<Timestamp>) -> People<'a> {
    let nodes = Nodes::new(log);
    let mut people =
        People { log, nodes, groups: None, shares: vec![], refused: vec![], unlinked: Map::default() };
    if log.identities().len() < 2 {
        return people;
    }
    let nodes = &people.nodes;
    let most = |kind: &str| plan.document.identities.iter().find(|k| k.id == kind)?.max_links;
    let mut stitcher = Stitcher::new(nodes.n, log.identities().iter().map(|i| most(&i.kind)).collect());
    let denied = nodes.denied(plan);
    let known = |at: Timestamp| until.is_none_or(|until| at <= until);
    for (at, together) in together(log, nodes).into_iter().filter(|(at, _)| known(*at)) {
        let node = |number: &u32| {
            let kind = u32::try_from(nodes.kind(*number)).unwrap_or(u32::MAX);
            Node { number: *number, kind, denied: denied.contains(number) }
        };
        stitcher.event(together.iter().map(node).collect(), at);
    }
    let text = |node: u32| {
        let (kind, value) = nodes.name(node);
        (kind.to_owned(), value.to_owned())
    };
    let all = stitcher.refused().iter();
    people.refused = all
        .map(|r| RefusedIdentity { reason: r.reason, strong: text(r.strong), weak: text(r.weak), at: r.at })
        .collect();
    people.unlinked = stitcher.refused().iter().map(|r| ((r.strong, r.weak), (r.reason, r.shared))).collect();
    people.group(&mut stitcher);
    people
}

/// All identities that rows carry together, the strongest first, with the time of the first such event; in the order of
/// those events.
fn together(log: &EventLog, nodes: &Nodes<'_>) -> Vec<(Timestamp, Box<[u32]>)> {
    let mut first: Map<Box<[u32]>, (i64, i64, u32)> = Map::default();
    let mut present = Vec::new();
    for row in 0..log.n_events() {
        present.clear();
        present.extend(nodes.of_row(row));
        if present.len() < 2 {
            continue;
        }
        let order = log.order(row);
        match first.get_mut(present.as_slice()) {
            Some(known) => *known = order.min(*known),
            None => _ = first.insert(present.as_slice().into(), order),
        }
    }
    let mut all: Vec<_> = first.into_iter().map(|(together, order)| (order, together)).collect();
    all.sort_unstable();
    all.into_iter().map(|((at, ..), together)| (Timestamp::saturating(at), together)).collect()
}

impl People<'_> {
    /// Puts customers, and shares of customers who are several persons, together by the component of who they are, in
    /// order of the first customer.
    fn group(&mut self, stitcher: &mut Stitcher) {
        let strong = |((strong, _), (_, shared)): (&(u32, u32), &(LinkRefusal, Shared))| {
            (*shared == Shared::Strong).then_some(*strong)
        };
        let shared: HashSet<u32, foldhash::fast::RandomState> =
            self.unlinked.iter().filter_map(strong).collect();
        let mut place: Map<u32, usize> = Map::default();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut put = |root: Option<u32>, member: u32| {
            let Some(root) = root else { return groups.push(vec![member]) };
            let at = *place.entry(root).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(at) {
                group.push(member);
            }
        };
        for customer in 0..self.log.n_customers() {
            let key = self.nodes.of_row(self.log.rows(customer).start).next();
            let number = customer as u32;
            if !key.is_some_and(|key| shared.contains(&key)) {
                put(key.map(|node| stitcher.root(node)), number);
                continue;
            }
            for (root, rows) in self.dealt(customer, stitcher) {
                put(root, (self.log.n_customers() + self.shares.len()) as u32);
                self.shares.push(rows);
            }
        }
        self.groups = Some(groups);
    }

    /// The rows of a customer by who they are, in order of the first row.
    fn dealt(&self, customer: usize, stitcher: &mut Stitcher) -> Vec<(Option<u32>, Vec<u32>)> {
        let mut place: Map<Option<u32>, usize> = Map::default();
        let mut all: Vec<(Option<u32>, Vec<u32>)> = Vec::new();
        for row in self.log.rows(customer) {
            let root = self.gathered(row).own.first().map(|node| stitcher.root(*node));
            let at = *place.entry(root).or_insert_with(|| {
                all.push((root, Vec::new()));
                all.len() - 1
            });
            if let Some((_, rows)) = all.get_mut(at) {
                rows.push(row as u32);
            }
        }
        all
    }

    /// The nodes of a row's identities: those that say whose it is, and the links that were refused.
    fn gathered(&self, row: usize) -> Gathered<u32> {
        let all: Vec<u32> = self.nodes.of_row(row).collect();
        if self.unlinked.is_empty() {
            return Gathered { own: all, refused: Vec::new() };
        }
        gather(all, |strong, weak| self.unlinked.get(&(*strong, *weak)).copied())
    }

    /// The nodes of the identities that say whose a row is, the strongest first.
    pub(crate) fn own(&self, row: usize) -> Vec<u32> {
        self.gathered(row).own
    }

    /// Kind and value of a node.
    pub(crate) fn key(&self, node: u32) -> IdentityKey {
        let (kind, value) = self.nodes.name(node);
        IdentityKey { kind: kind.into(), value: value.into() }
    }

    /// What a row tells of links that were refused, where any were.
    pub(crate) fn parted(&self, row: usize) -> Option<Gathered<u32>> {
        (!self.unlinked.is_empty()).then(|| self.gathered(row)).filter(|found| !found.refused.is_empty())
    }

    /// Whether an identity is among those that say whose a row is.
    pub(crate) fn is_of(&self, row: usize, key: &IdentityKey) -> bool {
        let kind = self.log.identities().iter().position(|identity| identity.kind == key.kind);
        let node = kind.and_then(|kind| self.nodes.node(kind, row));
        node.is_some_and(|node| self.nodes.name(node).1 == &*key.value && self.own(row).contains(&node))
    }

    /// The customer of the log who alone, and as a whole, a group of members is.
    pub(crate) fn whole(&self, members: &[u32]) -> Option<usize> {
        let [one] = members else { return None };
        Some(*one as usize).filter(|one| *one < self.log.n_customers())
    }

    /// The rows of some members, in no stated order.
    pub(crate) fn all_rows<'s>(&'s self, members: &'s [u32]) -> impl Iterator<Item = usize> + 's {
        members.iter().flat_map(move |member| {
            let share = (*member as usize).checked_sub(self.log.n_customers());
            let rows: Range<usize> = share.map_or_else(|| self.log.rows(*member as usize), |_| 0..0);
            let share = share.and_then(|share| self.shares.get(share)).into_iter().flatten();
            rows.chain(share.map(|row| *row as usize))
        })
    }

    /// The rows of some members up to an instant, in order of time, sequence and arrival.
    pub(crate) fn rows(&self, members: &[u32], until_us: Option<i64>) -> Vec<usize> {
        let known = |row: &usize| {
            let at = self.log.times_us().get(*row);
            until_us.is_none_or(|until| at.is_some_and(|at| *at <= until))
        };
        let mut rows: Vec<usize> = self.all_rows(members).filter(known).collect();
        if members.len() > 1 {
            rows.sort_by_key(|row| self.log.order(*row));
        }
        rows
    }
}
