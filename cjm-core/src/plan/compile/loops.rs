//! Rules that set each other off.
//!
//! Answers: rules that fire themselves, circles of rules with one as a witness, pairs that undo each other. A rule
//! with a `cool_down` or caps of its own ends every circle. Does not know: how a change can set a rule off (see
//! `deeds`); chains through goals' tags.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use indexmap::IndexSet;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use crate::base::catalogue::{Entry, plan as entry};
use crate::base::finding::Finding;
use crate::blueprint::DocPath;
use crate::blueprint::model::Rule;
use crate::customer::lifecycle::LifecycleSpec;
use crate::expr::Program;

use super::super::Feature;
use super::Builder;
use super::deeds::{Deed, DeedKind, Occasion, World, deeds};

/// Rules of a possible circle whose links are looked at one by one; a larger one is left open.
const MAX_LINKED: usize = 128;
/// Rules of a circle that a message names.
const MAX_NAMED: usize = 8;

impl Builder<'_> {
    /// Finds the circles among the rules.
    pub(super) fn loops(
        &mut self,
        features: &[Feature],
        lifecycle: &[LifecycleSpec],
        segments: &[Option<Program>],
    ) {
        let found = {
            let world = World::new(self, features, lifecycle, segments);
            let rules = &self.document.rules;
            let rules: Vec<Linked<'_>> = rules.iter().filter_map(|rule| Linked::of(rule, &world)).collect();
            let circles = near_circles(&rules, &world);
            circles
                .iter()
                .flat_map(|circle| Circle { world: &world, rules: circle }.told())
                .collect::<Vec<_>>()
        };
        self.findings.extend(found);
    }
}

/// A rule that changes something and can be set off by changes.
struct Linked<'a> {
    rule: &'a Rule,
    deeds: Vec<Deed<'a>>,
    occasion: Occasion<'a>,
}

impl<'a> Linked<'a> {
    fn of(rule: &'a Rule, world: &World<'a, '_>) -> Option<Self> {
        let bounded = rule.cool_down.is_some() || !rule.caps.is_empty() || rule.ramp == Some(0.0);
        let deeds = if bounded { Vec::new() } else { deeds(rule) };
        if deeds.is_empty() {
            return None;
        }
        let occasion = world.occasion(rule);
        (!matches!(occasion, Occasion::Other)).then_some(Self { rule, deeds, occasion })
    }
}

/// What changes go through: a rule, or something that rules change and wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Hub<'a> {
    Rule(usize),
    Event(&'a str),
    Customer,
    Journey(usize),
}

/// Rules that may set each other off, as far as events, customers and journeys tell: sets of them in document order.
fn near_circles<'r, 'a>(rules: &'r [Linked<'a>], world: &World<'a, '_>) -> Vec<Vec<&'r Linked<'a>>> {
    let mut hubs: IndexSet<Hub<'a>> = (0..rules.len()).map(Hub::Rule).collect();
    let mut links: Vec<(usize, usize)> = Vec::new();
    let mut link =
        |from: Hub<'a>, to: Hub<'a>| links.push((hubs.insert_full(from).0, hubs.insert_full(to).0));
    for (place, linked) in rules.iter().enumerate() {
        for deed in &linked.deeds {
            link(
                Hub::Rule(place),
                match deed.kind {
                    DeedKind::Emit(event, _) => Hub::Event(event),
                    _ => Hub::Customer,
                },
            );
        }
        match &linked.occasion {
            Occasion::Events(tests, _) => {
                let names = tests.iter().flat_map(|(names, _)| names);
                names.for_each(|name| link(Hub::Event(name), Hub::Rule(place)));
            }
            Occasion::Stage(journey, ..) => link(Hub::Journey(*journey), Hub::Rule(place)),
            _ => link(Hub::Customer, Hub::Rule(place)),
        }
    }
    let emitted: BTreeSet<&str> = rules.iter().flat_map(|r| &r.deeds).filter_map(|d| emits(d.kind)).collect();
    for event in emitted {
        link(Hub::Event(event), Hub::Customer);
        for (place, journey) in world.builder.document.journeys.iter().enumerate() {
            let mut touchpoints = journey.stages.iter().flat_map(|s| &s.touchpoints);
            if touchpoints.any(|t| t.event.contains(event)) {
                link(Hub::Event(event), Hub::Journey(place));
            }
        }
    }
    let mut circles = Vec::new();
    for part in parts(hubs.len(), &links) {
        let mut within: Vec<usize> = part.into_iter().filter(|place| *place < rules.len()).collect();
        within.sort_unstable();
        if within.len() <= MAX_LINKED && !within.is_empty() {
            circles.push(within.into_iter().filter_map(|place| rules.get(place)).collect());
        }
    }
    circles
}

fn emits(kind: DeedKind<'_>) -> Option<&str> {
    matches!(kind, DeedKind::Emit(..)).then(|| kind.name())
}

/// The strongly connected parts of a graph that hold more than one node, or one that leads to itself.
fn parts(n: usize, links: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(n, links.len());
    let nodes: Vec<_> = (0..n).map(|_| graph.add_node(())).collect();
    let links: BTreeSet<(usize, usize)> = links.iter().copied().collect();
    for (from, to) in &links {
        if let (Some(from), Some(to)) = (nodes.get(*from), nodes.get(*to)) {
            graph.add_edge(*from, *to, ());
        }
    }
    let all = kosaraju_scc(&graph).into_iter();
    let mut all: Vec<Vec<usize>> =
        all.map(|part| part.into_iter().map(|node| node.index()).collect()).collect();
    all.retain(|part| part.len() > 1 || part.iter().any(|node| links.contains(&(*node, *node))));
    all.sort();
    all
}

/// Rules that may set each other off, looked at link by link.
struct Circle<'r, 'a, 'b> {
    world: &'r World<'a, 'b>,
    rules: &'r [&'r Linked<'a>],
}

/// From and to, with what leads there and whether it takes time.
type Links<'a> = BTreeMap<(usize, usize), (&'a str, bool)>;

impl<'a> Circle<'_, 'a, '_> {
    fn told(&self) -> Vec<Finding> {
        let links = self.links();
        let mut found = Vec::new();
        for ((place, to), (what, later)) in &links {
            if place == to && self.can_come_again(*place, &[*place], &links) {
                found.extend(self.itself(*place, what, *later));
            }
        }
        let others: Vec<(usize, usize)> = links.keys().copied().filter(|(from, to)| from != to).collect();
        let mut open = parts(self.rules.len(), &others);
        while let Some(part) = open.pop() {
            let live: Vec<usize> =
                part.iter().copied().filter(|at| self.can_come_again(*at, &part, &links)).collect();
            if live.len() == part.len() {
                found.extend(self.circle(&part, &links));
                continue;
            }
            // without those that come about once alone there may be a smaller circle
            let within = |(from, to): &(usize, usize)| live.contains(from) && live.contains(to);
            let rest: Vec<(usize, usize)> = others.iter().copied().filter(within).collect();
            open.extend(parts(self.rules.len(), &rest));
        }
        found
    }

    /// The links between rules.
    fn links(&self) -> Links<'a> {
        let mut links = Links::new();
        for (from, one) in self.rules.iter().enumerate() {
            for (to, other) in self.rules.iter().enumerate() {
                let Some((place, later)) = self.world.sets_off(&one.deeds, other.rule, &other.occasion)
                else {
                    continue;
                };
                let what = one.deeds.get(place).map_or("", |deed| deed.kind.name());
                links.insert((from, to), (what, later));
            }
        }
        links
    }

    /// Whether rules of a part, or those that they set off, can turn back what sets a rule off, and what its own deeds
    /// forbid. A rule alone changes tags and fields all at once, which does not turn anything there and back.
    fn can_come_again(&self, place: usize, part: &[usize], links: &Links<'_>) -> bool {
        let Some(linked) = self.rules.get(place) else { return false };
        let all = set_off_by(part, links);
        let deeds = || all.iter().filter_map(|other| self.rules.get(*other)).flat_map(|other| &other.deeds);
        let alone = all.len() == 1 && !matches!(linked.occasion, Occasion::Events(..));
        let turns = |deed: &Deed<'a>, to| self.world.turns(&linked.occasion, deed.kind, to, &[]);
        let heard = |deed: &Deed<'a>| emits(deed.kind).is_some() && (turns(deed, true) || turns(deed, false));
        let in_turns = deeds().any(|deed| deed.later || heard(deed));
        let back = deeds().any(|deed| turns(deed, false));
        let freed = || deeds().any(|deed| linked.deeds.iter().any(|own| own.kind.undoes(deed.kind)));
        (!alone || in_turns) && back && (self.world.allows(&linked.deeds, linked.rule) || freed())
    }

    fn itself(&self, place: usize, what: &str, later: bool) -> Option<Finding> {
        let id = &self.rules.get(place)?.rule.id;
        Some(match later {
            true => self.finding(&entry::RULE_LOOP_IN_TIME, place)?.with("names", format!("{id} -> {id}")),
            false => self.finding(&entry::RULE_FIRES_ITSELF, place)?.with("name", id).with("what", what),
        })
    }

    /// What is to be told of rules that set each other off, with the shortest way back to the first of them.
    fn circle(&self, part: &[usize], links: &Links<'a>) -> Option<Finding> {
        let way = part.iter().find_map(|first| way_back(*first, part, links))?;
        let first = *way.first()?;
        let pairs = || way.iter().zip(way.iter().cycle().skip(1));
        let later = pairs().any(|(from, to)| links.get(&(*from, *to)).is_some_and(|(_, later)| *later));
        if !later && let Some((by, place, what)) = self.undoing(&way) {
            let (by, name) = (self.rules.get(by)?, self.rules.get(place)?);
            let finding = self.finding(&entry::RULES_UNDO, place)?.with("name", &name.rule.id);
            return Some(finding.with("by", &by.rule.id).with("what", what));
        }
        let ids = way.iter().filter_map(|place| self.rules.get(*place)).map(|r| r.rule.id.as_str());
        let mut names: Vec<&str> = ids.take(MAX_NAMED).collect();
        if way.len() > MAX_NAMED {
            names.push("..");
        }
        names.extend(self.rules.get(first).map(|r| r.rule.id.as_str()));
        let kind = if later { &entry::RULE_LOOP_IN_TIME } else { &entry::RULE_LOOP };
        Some(self.finding(kind, first)?.with("names", names.join(" -> ")))
    }

    /// Two rules of which one takes back what the other does, the earlier first.
    fn undoing(&self, way: &[usize]) -> Option<(usize, usize, &'a str)> {
        let mut sorted = way.to_vec();
        sorted.sort_unstable();
        let deeds = |place: &usize| self.rules.get(*place).map_or(&[][..], |r| &r.deeds);
        sorted.iter().enumerate().find_map(|(at, one)| {
            sorted.iter().skip(at + 1).find_map(|other| {
                let back = |deed: &Deed<'a>| deeds(other).iter().any(|o| o.kind.undoes(deed.kind));
                let deed = deeds(one).iter().find(|deed| back(deed))?;
                Some((*one, *other, deed.kind.name()))
            })
        })
    }

    fn finding(&self, kind: &'static Entry, place: usize) -> Option<Finding> {
        let path = DocPath::rule(&self.rules.get(place)?.rule.id).key("do");
        Some(Finding::new(kind, &path, self.world.builder.blueprint.position(path.as_str())))
    }
}

/// The rules of a part and all that they set off, one by the other.
fn set_off_by(part: &[usize], links: &Links<'_>) -> BTreeSet<usize> {
    let mut all: BTreeSet<usize> = part.iter().copied().collect();
    let mut open = part.to_vec();
    while let Some(at) = open.pop() {
        let next = links.range((at, 0)..=(at, usize::MAX)).map(|((_, to), _)| *to);
        open.extend(next.filter(|to| all.insert(*to)));
    }
    all
}

/// The shortest way from a rule back to itself over other rules of a part.
fn way_back(first: usize, part: &[usize], links: &Links<'_>) -> Option<Vec<usize>> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(at) = queue.pop_front() {
        for ((_, to), _) in links.range((at, 0)..=(at, usize::MAX)) {
            if *to == first && at != first {
                let mut way = vec![at];
                while let Some(previous) = way.last().and_then(|last| before.get(last)) {
                    way.push(*previous);
                }
                way.reverse();
                return Some(way);
            }
            if *to != first && part.contains(to) && !before.contains_key(to) {
                before.insert(*to, at);
                queue.push_back(*to);
            }
        }
    }
    None
}
