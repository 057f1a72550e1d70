//! Which customers of a log are one person, by the identities that its rows carry together.
//!
//! Answers: the log's customers grouped into people, and the links that were refused.
//! Does not know: what people do.

use hashbrown::{HashMap, HashSet};
use serde::Serialize;

use crate::base::time::Timestamp;
use crate::customer::stitch::{LinkPolicy, LinkRefusal, Stitcher};
use crate::event::EventLog;
use crate::plan::Plan;

/// The people of a log.
pub(crate) struct People {
    /// Customers of the log by person; `None` when every customer is a person.
    pub(crate) groups: Option<Vec<Vec<u32>>>,
    /// Refused links in order of time.
    pub(crate) refused: Vec<RefusedIdentity>,
    /// The same as pairs of nodes: stronger, weaker.
    pub(crate) unlinked: HashSet<(u32, u32), foldhash::fast::RandomState>,
}

/// A link between two identities that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedIdentity {
    /// Why.
    pub reason: LinkRefusal,
    /// Kind and value of the stronger identity.
    pub strong: (String, String),
    /// Kind and value of the weaker identity, whose kind's policy refused.
    pub weak: (String, String),
    /// When the event carried both.
    pub at: Timestamp,
}

/// Numbers identity values of all kinds in one range.
pub(crate) struct Nodes<'a> {
    log: &'a EventLog,
    offsets: Vec<u32>,
    n: u32,
}

impl<'a> Nodes<'a> {
    pub(crate) fn new(log: &'a EventLog) -> Self {
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
    pub(crate) fn of_row(&self, row: usize) -> impl Iterator<Item = u32> {
        (0..self.log.identities().len()).filter_map(move |kind| self.node(kind, row))
    }

    /// Kind and value of a node.
    pub(crate) fn name(&self, node: u32) -> (String, String) {
        let kind = self.offsets.partition_point(|o| *o <= node).saturating_sub(1);
        let offset = self.offsets.get(kind).copied().unwrap_or(0);
        let identity = self.log.identities().get(kind);
        let value = identity.and_then(|i| i.column.text(node - offset)).unwrap_or_default();
        (identity.map(|i| i.kind.to_string()).unwrap_or_default(), value.to_owned())
    }
}

/// Groups the customers of a log into people, by the links up to an instant or by all of them.
pub(crate) fn people(plan: &Plan, log: &EventLog, until: Option<Timestamp>) -> People {
    if log.identities().len() < 2 {
        return People { groups: None, refused: Vec::new(), unlinked: HashSet::default() };
    }
    let nodes = Nodes::new(log);
    let mut stitcher = Stitcher::new(nodes.n);
    let policy = |kind: &str| {
        let declared = plan.document.identities.iter().find(|k| k.id == kind);
        declared.map(LinkPolicy::of).unwrap_or_default()
    };
    let policies: Vec<LinkPolicy> = log.identities().iter().map(|i| policy(&i.kind)).collect();
    let known = |at: &Timestamp| until.is_none_or(|until| *at <= until);
    for (at, strong, weak, kind) in links(log, &nodes).into_iter().filter(|(at, ..)| known(at)) {
        let value = nodes.name(weak).1;
        if let Some(policy) = policies.get(kind) {
            stitcher.link(strong, weak, &value, policy, at);
        }
    }
    let refused = stitcher
        .refused()
        .iter()
        .map(|r| RefusedIdentity {
            reason: r.reason,
            strong: nodes.name(r.strong),
            weak: nodes.name(r.weak),
            at: r.at,
        })
        .collect();
    let unlinked = stitcher.refused().iter().map(|r| (r.strong, r.weak)).collect();
    People { groups: Some(groups(log, &nodes, &mut stitcher)), refused, unlinked }
}

/// Every pair of identities that a row carries, the strongest with each weaker one, at its first time, in order of time.
fn links(log: &EventLog, nodes: &Nodes<'_>) -> Vec<(Timestamp, u32, u32, usize)> {
    let mut first: HashMap<(u32, u32), (i64, usize), foldhash::fast::RandomState> = HashMap::default();
    let kinds = log.identities().len();
    for (row, at) in log.times_us().iter().enumerate() {
        let mut present = (0..kinds).filter_map(|kind| Some((kind, nodes.node(kind, row)?)));
        let Some((_, strong)) = present.next() else { continue };
        for (kind, weak) in present {
            let known = first.entry((strong, weak)).or_insert((*at, kind));
            known.0 = known.0.min(*at);
        }
    }
    let mut links: Vec<_> = first
        .into_iter()
        .map(|((strong, weak), (at, kind))| (Timestamp::saturating(at), strong, weak, kind))
        .collect();
    links.sort_by_cached_key(|(at, strong, weak, _)| (*at, nodes.name(*strong), nodes.name(*weak)));
    links
}

/// Customers by the component of their key, in order of their first customer.
fn groups(log: &EventLog, nodes: &Nodes<'_>, stitcher: &mut Stitcher) -> Vec<Vec<u32>> {
    let mut place: HashMap<u32, usize, foldhash::fast::RandomState> = HashMap::default();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for customer in 0..log.n_customers() {
        let kind = log.customer_kind(customer);
        let kind = log.identities().iter().position(|i| *i.kind == *kind);
        let node = kind.and_then(|kind| nodes.node(kind, log.rows(customer).start));
        let number = customer as u32;
        match node.map(|node| stitcher.root(node)) {
            None => groups.push(vec![number]),
            Some(root) => {
                let at = *place.entry(root).or_insert_with(|| {
                    groups.push(Vec::new());
                    groups.len() - 1
                });
                if let Some(group) = groups.get_mut(at) {
                    group.push(number);
                }
            }
        }
    }
    groups
}
