//! The graph of one journey: which touchpoint may follow which.
//!
//! Answers: whether a succession is allowed, what was passed over, the shortest walk through the map.
//! Does not know: customers, events in time, conditions. `channel`, `system` and `owner` select nothing.
//!
//! Without `flow` a touchpoint is followed by the next one in document order; those that are `optional` or take
//! no event may be passed over, and a `repeat` one may follow any touchpoint of its stage, itself included.
//! With `flow` only what it lists is allowed; touchpoints without an event are walked through unseen.
//! A trip starts on any touchpoint that takes an `enter` event. It may end after the last required touchpoint,
//! where the `exit` event lands, and in a `flow` also where the goal lands or nothing follows.
//!
//! The graph keeps silent nodes for "about to meet touchpoint n" and "once more in this stage", as Petri nets do,
//! so that ten thousand optional touchpoints make twenty thousand edges and not fifty million.

use std::borrow::Cow;
use std::collections::VecDeque;

use indexmap::IndexMap;
use petgraph::algo::{dominators, kosaraju_scc};
use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use petgraph::visit::NodeFiltered;
use serde::Serialize;

use super::{MAX_STAGES, MAX_SUCCESSIONS, MAX_TOUCHPOINTS};
use crate::blueprint::model::{Flow, Journey, OneOrMany, Touchpoint};
use crate::error::{Error, ErrorCode, Result};

/// A touchpoint of one map, counted from 0 in document order. Means nothing outside its map: never store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TouchpointPos(u32);

/// A stage of one map, counted from 0 in document order. Means nothing outside its map: never store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StagePos(u32);

macro_rules! position {
    ($name:ident) => {
        impl $name {
            /// The position as an index into a table of this map.
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The position of the table row `index`; saturates far beyond every map.
            pub fn of_index(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    };
}
position!(TouchpointPos);
position!(StagePos);

/// One journey as a graph. Immutable once made; ids and positions go out, graph indices never do.
///
/// ```
/// use cjm_core::blueprint::model::{Journey, OneOrMany, Stage, Touchpoint};
/// use cjm_core::map::Map;
///
/// let touchpoint = |id: &str, optional| Touchpoint {
///     id: id.into(), event: OneOrMany(vec![id.into()]), optional, ..Touchpoint::default()
/// };
/// let stage = Stage {
///     id: "shop".into(),
///     touchpoints: vec![touchpoint("view", false), touchpoint("ask", true), touchpoint("pay", false)],
///     ..Stage::default()
/// };
/// let map = Map::new(&Journey { id: "buy".into(), stages: vec![stage], ..Journey::default() })?;
/// let at = |id| map.position(id);
/// let (view, pay) = (at("view"), at("pay").ok_or_else(|| cjm_core::Error::new(cjm_core::ErrorCode::NotFound, "pay"))?);
/// assert!(map.allows(view, pay), "`ask` is optional");
/// assert!(!map.allows(None, pay), "`view` is not");
/// assert_eq!(map.required_between(None, pay).len(), 1);
/// assert_eq!(map.shortest_path_len(), Some(2));
/// # Ok::<(), cjm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Map {
    id: String,
    stages: Vec<StageNode>,
    touchpoints: Vec<TouchpointNode>,
    ids: IndexMap<String, TouchpointPos>,
    takers: IndexMap<String, Vec<TouchpointPos>>,
    graph: Graph,
    order: Order,
    shortest: Option<u32>,
}

#[derive(Debug, Clone)]
struct StageNode {
    id: String,
    first: usize,
    len: usize,
}

#[derive(Debug, Clone)]
struct TouchpointNode {
    id: String,
    stage: StagePos,
    has_event: bool,
    optional: bool,
    repeat: bool,
    may_start: bool,
    may_end: bool,
}

impl TouchpointNode {
    /// Whether a customer must have been here: it takes an event and is not optional.
    fn required(&self) -> bool {
        self.has_event && !self.optional
    }
}

/// How successions are decided in constant time.
#[derive(Debug, Clone)]
enum Order {
    /// Document order: per position the first required one at or after it, and all required ones.
    Document { required_from: Vec<usize>, required: Vec<TouchpointPos> },
    /// A listed flow: one bit per pair, walks through touchpoints without event included.
    Flow { allowed: BitRows },
}

/// A succession worth drawing. What may be passed over is told by the touchpoints, not by one line per pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// From where; `None` is the start.
    pub from: Option<TouchpointPos>,
    /// To where; `None` is the end.
    pub to: Option<TouchpointPos>,
    /// Why.
    pub kind: StepKind,
}

/// Why one touchpoint follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A trip may start here.
    Enter,
    /// The next one in document order.
    Next,
    /// Again, as a `repeat` touchpoint may.
    Again,
    /// Listed in `flow`.
    Listed,
    /// A trip may end here.
    End,
}

/// What a node of the graph stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    /// Before the first landed event.
    Start,
    /// After the last.
    End,
    /// At a touchpoint.
    At(TouchpointPos),
    /// About to meet a touchpoint or pass it over.
    Before,
    /// About to repeat a touchpoint of a stage.
    Again,
}

#[derive(Debug, Clone)]
struct Graph {
    nodes: StableDiGraph<Node, (), u32>,
    start: NodeIndex,
    end: NodeIndex,
    at: Vec<NodeIndex>,
}

impl Map {
    /// Makes the graph of a journey.
    ///
    /// A succession to or from a touchpoint that does not exist is left out ([`super::check`] finds it); of two
    /// touchpoints with one id the first keeps it.
    ///
    /// # Errors
    /// [`ErrorCode::Limit`] beyond [`MAX_STAGES`], [`MAX_TOUCHPOINTS`] or [`MAX_SUCCESSIONS`].
    pub fn new(journey: &Journey) -> Result<Self> {
        if let Some((what, n, most)) = beyond_limit(journey) {
            let message = format!("journey `{}` has {n} {what}; at most {most} are allowed", journey.id);
            return Err(Error::new(ErrorCode::Limit, message));
        }
        let mut map = Self {
            id: journey.id.clone(),
            stages: Vec::with_capacity(journey.stages.len()),
            touchpoints: Vec::new(),
            ids: IndexMap::new(),
            takers: IndexMap::new(),
            graph: Graph::new(),
            order: Order::Document { required_from: Vec::new(), required: Vec::new() },
            shortest: None,
        };
        map.list_touchpoints(journey);
        map.rank_takers(journey);
        match &journey.flow {
            None => map.follow_document(journey),
            Some(flow) => map.follow_flow(journey, flow),
        }
        map.shortest = map.graph.shortest(&map.touchpoints);
        Ok(map)
    }

    /// Id of the journey.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many stages the map has.
    pub fn n_stages(&self) -> usize {
        self.stages.len()
    }

    /// How many touchpoints the map has.
    pub fn n_touchpoints(&self) -> usize {
        self.touchpoints.len()
    }

    /// The touchpoints in document order.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = TouchpointPos> + use<> {
        (0..self.touchpoints.len()).map(TouchpointPos::of_index)
    }

    /// Where the touchpoint with this id stands.
    pub fn position(&self, touchpoint: &str) -> Option<TouchpointPos> {
        self.ids.get(touchpoint).copied()
    }

    /// Where the stage with this id stands.
    pub fn stage_position(&self, stage: &str) -> Option<StagePos> {
        self.stages.iter().position(|s| s.id == stage).map(StagePos::of_index)
    }

    /// Id of the touchpoint at a position; empty when the position is of another, larger map.
    pub fn touchpoint_id(&self, at: TouchpointPos) -> &str {
        self.touchpoints.get(at.index()).map_or("", |t| t.id.as_str())
    }

    /// Id of the stage at a position; empty when the position is of another, larger map.
    pub fn stage_id(&self, at: StagePos) -> &str {
        self.stages.get(at.index()).map_or("", |s| s.id.as_str())
    }

    /// Stage of a touchpoint; the first when the position is of another, larger map.
    pub fn stage_of(&self, at: TouchpointPos) -> StagePos {
        self.touchpoints.get(at.index()).map_or(StagePos(0), |t| t.stage)
    }

    /// The touchpoints of a stage in document order.
    pub fn touchpoints_of(&self, stage: StagePos) -> impl ExactSizeIterator<Item = TouchpointPos> + use<> {
        let (first, len) = self.stages.get(stage.index()).map_or((0, 0), |s| (s.first, s.len));
        (first..first + len).map(TouchpointPos::of_index)
    }

    /// The touchpoints that take an event of this name, in the order in which they are asked: those with `where`
    /// first, then document order. The first whose `where` holds, or that has none, gets the event.
    pub fn takers(&self, event: &str) -> &[TouchpointPos] {
        self.takers.get(event).map_or(&[], Vec::as_slice)
    }

    /// The names of all events that some touchpoint takes, those of touchpoints with `where` first, then as written.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.takers.keys().map(String::as_str)
    }

    /// The touchpoint ids in document order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }

    /// Whether events land on the touchpoint at all; else surveys, comments or observation measure it.
    pub fn has_event(&self, at: TouchpointPos) -> bool {
        self.is(at, |t| t.has_event)
    }

    /// Whether a customer must come by: the touchpoint takes an event and is not `optional`.
    pub fn is_required(&self, at: TouchpointPos) -> bool {
        self.is(at, TouchpointNode::required)
    }

    /// Whether a trip may start here.
    pub fn may_start(&self, at: TouchpointPos) -> bool {
        self.is(at, |t| t.may_start)
    }

    /// Whether a trip may end here as the map says.
    pub fn may_end(&self, at: TouchpointPos) -> bool {
        self.is(at, |t| t.may_end)
    }

    /// Whether the map allows `to` right after `from` (`None`: as the first of a trip). Constant time.
    pub fn allows(&self, from: Option<TouchpointPos>, to: TouchpointPos) -> bool {
        let Some(from) = from else { return self.may_start(to) };
        match &self.order {
            Order::Flow { allowed } => allowed.has(from.index(), to.index()),
            Order::Document { required_from, .. } => {
                let Some(target) = self.touchpoints.get(to.index()) else { return false };
                let Some(source) = self.touchpoints.get(from.index()) else { return false };
                (target.repeat && target.stage == source.stage)
                    || (from < to && required_from.get(from.index() + 1).is_some_and(|r| *r >= to.index()))
            }
        }
    }

    /// The touchpoints that may come right after `from` (`None`: first), in document order.
    /// One look at each touchpoint of the map.
    pub fn successors(&self, from: Option<TouchpointPos>) -> impl Iterator<Item = TouchpointPos> + '_ {
        self.positions().filter(move |to| self.allows(from, *to))
    }

    /// The required touchpoints passed over by a step from `from` (`None`: the start) to `to`, in document order.
    ///
    /// Empty when the step is allowed or goes back. Those the trip has visited before are for the caller to leave
    /// out. In document order: the required ones between the two, without copying; in a `flow`: those on every
    /// allowed walk between the two, at the cost of a walk over the graph.
    pub fn required_between(
        &self,
        from: Option<TouchpointPos>,
        to: TouchpointPos,
    ) -> Cow<'_, [TouchpointPos]> {
        if self.allows(from, to) {
            return Cow::Borrowed(&[]);
        }
        match &self.order {
            Order::Document { required, .. } => {
                let first = from.map_or(0, |f| required.partition_point(|p| *p <= f));
                let last = required.partition_point(|p| *p < to);
                Cow::Borrowed(required.get(first..last).unwrap_or_default())
            }
            Order::Flow { .. } => Cow::Owned(self.on_every_walk(from, to)),
        }
    }

    /// The required touchpoints that a trip ending at `from` has not come to, in document order: empty where it
    /// may end. In a `flow`: those on every walk from there to an end.
    pub fn required_after(&self, from: TouchpointPos) -> Cow<'_, [TouchpointPos]> {
        if self.may_end(from) {
            return Cow::Borrowed(&[]);
        }
        match &self.order {
            Order::Document { required, .. } => {
                let first = required.partition_point(|p| *p <= from);
                Cow::Borrowed(required.get(first..).unwrap_or_default())
            }
            Order::Flow { .. } => {
                let start = self.graph.at.get(from.index()).copied();
                Cow::Owned(start.map_or_else(Vec::new, |s| self.dominating(s, self.graph.end)))
            }
        }
    }

    /// Landed events of the shortest walk from a start to an end; `None` when no end can be reached.
    pub fn shortest_path_len(&self) -> Option<u32> {
        self.shortest
    }

    /// The successions worth drawing: starts, then what follows what, then ends, each in document order. At most
    /// four per touchpoint, and those that `flow` lists.
    pub fn steps(&self) -> Vec<Step> {
        let step = |from, to, kind| Step { from, to, kind };
        let walked = |p: &TouchpointPos| self.has_flow() || self.has_event(*p);
        let mut steps: Vec<Step> = self
            .positions()
            .filter(|p| self.may_start(*p) && walked(p))
            .map(|p| step(None, Some(p), StepKind::Enter))
            .collect();
        match &self.order {
            Order::Flow { .. } => steps.extend(self.graph.nodes.edge_indices().filter_map(|e| {
                let (a, b) = self.graph.nodes.edge_endpoints(e)?;
                Some(step(Some(self.graph.touchpoint(a)?), Some(self.graph.touchpoint(b)?), StepKind::Listed))
            })),
            Order::Document { .. } => {
                for p in self.positions() {
                    if self.is_repeat(p) {
                        steps.push(step(Some(p), Some(p), StepKind::Again));
                    }
                    let next = TouchpointPos::of_index(p.index() + 1);
                    if next.index() < self.touchpoints.len() {
                        steps.push(step(Some(p), Some(next), StepKind::Next));
                    }
                }
            }
        }
        let is_end = |p: &TouchpointPos| {
            self.may_end(*p) && (self.has_event(*p) || p.index() + 1 == self.touchpoints.len())
        };
        steps.extend(self.positions().filter(is_end).map(|p| step(Some(p), None, StepKind::End)));
        steps
    }

    /// Whether successions come from a `flow`.
    pub fn has_flow(&self) -> bool {
        matches!(self.order, Order::Flow { .. })
    }

    /// Whether the touchpoint may follow itself and any other of its stage.
    pub fn is_repeat(&self, at: TouchpointPos) -> bool {
        self.is(at, |t| t.repeat)
    }

    /// Per touchpoint whether a trip can come there at all.
    pub(super) fn reachable(&self) -> Vec<bool> {
        let found = self.graph.walk(self.graph.start, petgraph::Direction::Outgoing);
        self.graph.marks(&found)
    }

    /// Per touchpoint whether a trip can come from there to an end.
    pub(super) fn can_end(&self) -> Vec<bool> {
        let found = self.graph.walk(self.graph.end, petgraph::Direction::Incoming);
        self.graph.marks(&found)
    }

    /// Groups of touchpoints that lead back to each other, each in document order, ordered by their first;
    /// single touchpoints are left out.
    pub(super) fn cycles(&self) -> Vec<Vec<TouchpointPos>> {
        let mut groups: Vec<Vec<TouchpointPos>> = kosaraju_scc(&self.graph.nodes)
            .into_iter()
            .map(|nodes| {
                let mut group: Vec<TouchpointPos> =
                    nodes.into_iter().filter_map(|n| self.graph.touchpoint(n)).collect();
                group.sort_unstable();
                group
            })
            .filter(|group| group.len() > 1)
            .collect();
        groups.sort();
        groups
    }

    fn is(&self, at: TouchpointPos, test: impl Fn(&TouchpointNode) -> bool) -> bool {
        self.touchpoints.get(at.index()).is_some_and(test)
    }

    fn on_every_walk(&self, from: Option<TouchpointPos>, to: TouchpointPos) -> Vec<TouchpointPos> {
        let node = |p: TouchpointPos| self.graph.at.get(p.index()).copied();
        let start = from.map_or(Some(self.graph.start), node);
        match (start, node(to)) {
            (Some(start), Some(end)) if start != end => self.dominating(start, end),
            _ => Vec::new(),
        }
    }

    fn dominating(&self, start: NodeIndex, end: NodeIndex) -> Vec<TouchpointPos> {
        let dominators = dominators::simple_fast(&self.graph.nodes, start);
        let between = dominators.strict_dominators(end).into_iter().flatten().filter(|n| *n != start);
        let mut required: Vec<TouchpointPos> =
            between.filter_map(|n| self.graph.touchpoint(n)).filter(|p| self.is_required(*p)).collect();
        required.sort_unstable();
        required
    }
}

// Making the map.
impl Map {
    fn list_touchpoints(&mut self, journey: &Journey) {
        for (n, stage) in journey.stages.iter().enumerate() {
            let first = self.touchpoints.len();
            self.stages.push(StageNode { id: stage.id.clone(), first, len: stage.touchpoints.len() });
            for t in &stage.touchpoints {
                let at = TouchpointPos::of_index(self.touchpoints.len());
                self.ids.entry(t.id.clone()).or_insert(at);
                self.touchpoints.push(TouchpointNode {
                    id: t.id.clone(),
                    stage: StagePos::of_index(n),
                    has_event: !t.event.is_empty(),
                    optional: t.optional,
                    repeat: t.repeat,
                    may_start: t.event.iter().any(|e| journey.enter.contains(e)),
                    may_end: lands(t, journey.exit.as_ref().map(|m| &m.event)),
                });
                self.graph.add_touchpoint(at);
            }
        }
    }

    fn rank_takers(&mut self, journey: &Journey) {
        let all = || journey.stages.iter().flat_map(|s| &s.touchpoints).enumerate();
        for wanted in [true, false] {
            for (n, t) in all().filter(|(_, t)| t.where_.is_some() == wanted) {
                for event in t.event.iter() {
                    let takers = self.takers.entry(event.to_owned()).or_default();
                    let at = TouchpointPos::of_index(n);
                    if takers.last() != Some(&at) {
                        takers.push(at);
                    }
                }
            }
        }
    }

    /// Lays the edges of document order and notes what is required from where on.
    fn follow_document(&mut self, journey: &Journey) {
        let n = self.touchpoints.len();
        let mut required_from = vec![n; n + 1];
        for (i, t) in self.touchpoints.iter().enumerate().rev() {
            let next = required_from.get(i + 1).copied().unwrap_or(n);
            if let Some(slot) = required_from.get_mut(i) {
                *slot = if t.required() { i } else { next };
            }
        }
        let entered = self.touchpoints.iter().any(|t| t.may_start);
        let first = required_from.first().copied().unwrap_or(n);
        for (i, t) in self.touchpoints.iter_mut().enumerate() {
            t.may_start |= !entered && i <= first;
            t.may_end |= required_from.get(i + 1).is_some_and(|r| *r == n);
        }
        let required = self.positions().filter(|p| self.is_required(*p)).collect();
        self.graph.lay_document(&self.touchpoints, journey.stages.len());
        self.order = Order::Document { required_from, required };
    }

    /// Lays the edges of a listed flow.
    fn follow_flow(&mut self, journey: &Journey, flow: &[Flow]) {
        let n = self.touchpoints.len();
        let mut listed = BitRows::new(n);
        for step in flow {
            let Some(from) = self.position(&step.from) else { continue };
            for to in step.to.iter().filter_map(|id| self.position(id)) {
                listed.set(from.index(), to.index());
            }
        }
        let entered = self.touchpoints.iter().any(|t| t.may_start);
        let mut follows = vec![false; n];
        for (_, to) in listed.pairs().filter(|(from, to)| from != to) {
            if let Some(mark) = follows.get_mut(to) {
                *mark = true;
            }
        }
        let cyclic = follows.iter().all(|f| *f);
        let all = journey.stages.iter().flat_map(|s| &s.touchpoints);
        for (i, (node, t)) in self.touchpoints.iter_mut().zip(all).enumerate() {
            let goes_on = listed.row(i).any(|to| to != i);
            let led_to = follows.get(i).copied().unwrap_or(false);
            node.may_start |= !entered && (if cyclic { i == 0 } else { !led_to && goes_on });
            node.may_end |= !goes_on || lands(t, journey.goal.as_ref().map(|m| &m.event));
        }
        self.graph.lay_flow(&self.touchpoints, &listed);
        let allowed = self.see_through(listed);
        self.start_and_end_unseen(&allowed);
        self.order = Order::Flow { allowed };
    }

    /// The listed successions plus those by way of touchpoints without event. Costs one union of rows per edge.
    fn see_through(&self, mut rows: BitRows) -> BitRows {
        let silent = |i: usize| self.touchpoints.get(i).is_some_and(|t| !t.has_event);
        let unseen = NodeFiltered::from_fn(&self.graph.nodes, |n| {
            self.graph.touchpoint(n).is_some_and(|p| silent(p.index()))
        });
        // Groups come with the last ones first, so the rows of whatever a group leads to are complete already;
        // the members of a group reach each other, so they share one row.
        for group in kosaraju_scc(&unseen) {
            let members: Vec<usize> = group
                .into_iter()
                .filter_map(|n| self.graph.touchpoint(n))
                .map(TouchpointPos::index)
                .collect();
            let Some(first) = members.first().copied() else { continue };
            for member in &members {
                let through: Vec<usize> = rows.row(*member).filter(|to| silent(*to)).collect();
                rows.unite(first, *member);
                through.into_iter().for_each(|via| rows.unite(first, via));
            }
            members.iter().for_each(|member| rows.unite(*member, first));
        }
        for from in (0..rows.n).filter(|i| !silent(*i)) {
            let through: Vec<usize> = rows.row(from).filter(|to| silent(*to)).collect();
            through.into_iter().for_each(|via| rows.unite(from, via));
        }
        rows
    }

    /// A trip may start after an unseen start, and end before an unseen end.
    fn start_and_end_unseen(&mut self, allowed: &BitRows) {
        let marks = |test: fn(&TouchpointNode) -> bool| -> Vec<usize> {
            self.touchpoints
                .iter()
                .enumerate()
                .filter(|(_, t)| !t.has_event && test(t))
                .map(|(i, _)| i)
                .collect()
        };
        let (starts, ends) = (marks(|t| t.may_start), marks(|t| t.may_end));
        for to in starts.into_iter().flat_map(|s| allowed.row(s)) {
            if let Some(t) = self.touchpoints.get_mut(to) {
                t.may_start = true;
            }
        }
        for (i, t) in self.touchpoints.iter_mut().enumerate() {
            t.may_end |= ends.iter().any(|end| allowed.has(i, *end));
        }
    }
}

fn lands(t: &Touchpoint, events: Option<&OneOrMany>) -> bool {
    events.is_some_and(|names| names.iter().any(|e| t.event.contains(e)))
}

/// What a journey has too much of: what, how many, the limit.
pub(super) fn beyond_limit(journey: &Journey) -> Option<(&'static str, usize, usize)> {
    let n_touchpoints: usize = journey.stages.iter().map(|s| s.touchpoints.len()).sum();
    let n_successions: usize = journey.flow.iter().flatten().map(|f| f.to.0.len()).sum();
    let counted = [
        ("stages", journey.stages.len(), MAX_STAGES),
        ("touchpoints", n_touchpoints, MAX_TOUCHPOINTS),
        ("successions", n_successions, MAX_SUCCESSIONS),
    ];
    counted.into_iter().find(|(_, n, most)| n > most)
}

impl Graph {
    fn new() -> Self {
        let mut nodes = StableDiGraph::default();
        let start = nodes.add_node(Node::Start);
        let end = nodes.add_node(Node::End);
        Self { nodes, start, end, at: Vec::new() }
    }

    fn add_touchpoint(&mut self, at: TouchpointPos) {
        let node = self.nodes.add_node(Node::At(at));
        self.at.push(node);
    }

    fn touchpoint(&self, node: NodeIndex) -> Option<TouchpointPos> {
        match self.nodes.node_weight(node) {
            Some(Node::At(p)) => Some(*p),
            _ => None,
        }
    }

    fn edge(&mut self, from: NodeIndex, to: NodeIndex) {
        self.nodes.add_edge(from, to, ());
    }

    fn lay_document(&mut self, touchpoints: &[TouchpointNode], n_stages: usize) {
        let again: Vec<NodeIndex> = (0..n_stages).map(|_| self.nodes.add_node(Node::Again)).collect();
        let entered = touchpoints.iter().any(|t| t.has_event && t.may_start);
        let mut next = self.end;
        for (t, at) in touchpoints.iter().zip(self.at.clone()).rev() {
            self.edge(at, next);
            let before = self.nodes.add_node(Node::Before);
            self.edge(before, at);
            if !t.required() {
                self.edge(before, next);
            }
            if t.may_start && t.has_event {
                self.edge(self.start, at);
            }
            if t.may_end {
                self.edge(at, self.end);
            }
            if let (true, Some(hub)) = (t.repeat && t.has_event, again.get(t.stage.index())) {
                self.edge(*hub, at);
            }
            if let (true, Some(hub)) = (t.has_event, again.get(t.stage.index())) {
                self.edge(at, *hub);
            }
            next = before;
        }
        if !entered {
            self.edge(self.start, next);
        }
    }

    fn lay_flow(&mut self, touchpoints: &[TouchpointNode], listed: &BitRows) {
        for (t, at) in touchpoints.iter().zip(self.at.clone()) {
            if t.may_start {
                self.edge(self.start, at);
            }
            if t.may_end {
                self.edge(at, self.end);
            }
        }
        for (from, to) in listed.pairs() {
            if let (Some(a), Some(b)) = (self.at.get(from).copied(), self.at.get(to).copied()) {
                self.edge(a, b);
            }
        }
    }

    /// Every node met on a walk from `first` along `direction`, as marks by node index.
    fn walk(&self, first: NodeIndex, direction: petgraph::Direction) -> Vec<bool> {
        let mut met = vec![false; self.nodes.node_count()];
        let mut open = vec![first];
        while let Some(node) = open.pop() {
            match met.get_mut(node.index()) {
                Some(mark) if !*mark => *mark = true,
                _ => continue,
            }
            open.extend(self.nodes.neighbors_directed(node, direction));
        }
        met
    }

    fn marks(&self, met: &[bool]) -> Vec<bool> {
        self.at.iter().map(|n| met.get(n.index()).copied().unwrap_or(false)).collect()
    }

    /// Fewest touchpoints with an event on a walk from start to end.
    fn shortest(&self, touchpoints: &[TouchpointNode]) -> Option<u32> {
        let cost = |node: NodeIndex| {
            let event = self.touchpoint(node).and_then(|p| touchpoints.get(p.index())).map(|t| t.has_event);
            u32::from(event == Some(true))
        };
        let mut best: Vec<Option<u32>> = vec![None; self.nodes.node_count()];
        let mut open = VecDeque::from([(self.start, 0)]);
        while let Some((node, length)) = open.pop_front() {
            match best.get_mut(node.index()) {
                Some(slot) if slot.is_none() => *slot = Some(length),
                _ => continue,
            }
            for next in self.nodes.neighbors(node) {
                match cost(next) {
                    0 => open.push_front((next, length)),
                    c => open.push_back((next, length + c)),
                }
            }
        }
        best.get(self.end.index()).copied().flatten()
    }
}

/// A square table of bits, one row per touchpoint.
#[derive(Debug, Clone)]
struct BitRows {
    n: usize,
    words: usize,
    bits: Vec<u64>,
}

impl BitRows {
    fn new(n: usize) -> Self {
        let words = n.div_ceil(64);
        Self { n, words, bits: vec![0; n * words] }
    }

    fn has(&self, row: usize, column: usize) -> bool {
        column < self.n
            && self.bits.get(row * self.words + column / 64).is_some_and(|w| w >> (column % 64) & 1 == 1)
    }

    fn set(&mut self, row: usize, column: usize) {
        if let Some(word) = self.bits.get_mut(row * self.words + column / 64) {
            *word |= 1 << (column % 64);
        }
    }

    /// Adds all bits of row `from` to row `to`.
    fn unite(&mut self, to: usize, from: usize) {
        for w in 0..self.words {
            let more = self.bits.get(from * self.words + w).copied().unwrap_or(0);
            if let Some(word) = self.bits.get_mut(to * self.words + w) {
                *word |= more;
            }
        }
    }

    fn row(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        let words = self.bits.get(row * self.words..(row + 1) * self.words).unwrap_or_default();
        words.iter().enumerate().flat_map(|(w, word)| {
            std::iter::successors(Some(*word), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|rest| *rest != 0)
                .map(move |rest| w * 64 + rest.trailing_zeros() as usize)
        })
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.n).flat_map(|from| self.row(from).map(move |to| (from, to)))
    }
}
