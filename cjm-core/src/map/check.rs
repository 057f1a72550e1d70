//! What is wrong with a journey map, all of it.
//!
//! Answers: every finding about a map's shape, with its path and position. Does not know: the text behind the
//! document (the caller finds positions), what names of conditions mean, rules, surveys, what a reader of the file has refused.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Map, StagePos, TouchpointPos, beyond_limit};
use super::{MAX_MAPS, MAX_TOUCHPOINTS};
use crate::base::catalogue::blueprint::MORE_FINDINGS;
use crate::base::catalogue::plan::UNKNOWN_TOUCHPOINT;
use crate::base::catalogue::{Entry, map as entry};
use crate::base::finding::{self, Finding, Position, Severity};
use crate::base::ids::nearest;
use crate::blueprint::DocPath;
use crate::blueprint::model::{Document, Expr, Journey};
use crate::expr;

/// Most findings of one map; what goes beyond is counted in a last one.
const MAX_MAP_FINDINGS: usize = 1_000;
/// Names that are compared with a misspelt one, and misspelt ones that get a suggestion.
const MAX_NEAR: usize = 1_000;
const MAX_SUGGESTED: usize = 32;
/// Most pairs of conditions of a document that are held against each other.
const MAX_PAIRS: usize = 2_000;
/// Touchpoints of a cycle that a message names.
const MAX_NAMED: usize = 8;

/// Finds everything that is wrong with the maps of a document, by line, column, path and code.
///
/// `position` tells where in the text a path such as `journeys.dine_in.stages.arrive.touchpoints.seating.event`
/// stands; `&|_| Position::default()` when there is no text. Events that the document does not declare are not
/// looked for on the maps.
pub fn check_all(document: &Document, position: &dyn Fn(&str) -> Position) -> Vec<Finding> {
    let n_touchpoints: usize =
        document.journeys.iter().flat_map(|j| &j.stages).map(|s| s.touchpoints.len()).sum();
    let counted =
        [("journeys", document.journeys.len(), MAX_MAPS), ("touchpoints", n_touchpoints, MAX_TOUCHPOINTS)];
    if let Some((what, n, limit)) = counted.into_iter().find(|(_, n, limit)| n > limit) {
        let finding = Finding::new(&entry::TOO_MANY_MAPS, "journeys", position("journeys"));
        return vec![finding.with("n", n.to_string()).with("what", what).with("limit", limit.to_string())];
    }
    let declared = |event: &str| document.events.contains_key(event);
    let all = document.journeys.iter();
    let n_pairs = Cell::new(MAX_PAIRS);
    let mut findings: Vec<Finding> = all.flat_map(|j| Check::of(j, position, &declared, &n_pairs)).collect();
    finding::sort(&mut findings);
    findings
}

/// Finds everything that is wrong with one map, by line, column, path and code; see [`check_all`].
pub fn check(journey: &Journey, position: &dyn Fn(&str) -> Position) -> Vec<Finding> {
    Check::of(journey, position, &|_| true, &Cell::new(MAX_PAIRS))
}

struct Check<'a> {
    journey: &'a Journey,
    position: &'a dyn Fn(&str) -> Position,
    /// Whether an event is declared; of an undeclared one it is enough to say that.
    declared: &'a dyn Fn(&str) -> bool,
    /// Pairs of conditions that may still be held against each other.
    n_pairs: &'a Cell<usize>,
    findings: Vec<Finding>,
    n_more: usize,
    more_errors: bool,
    n_suggested: usize,
}

impl<'a> Check<'a> {
    fn of(
        journey: &'a Journey,
        position: &'a dyn Fn(&str) -> Position,
        declared: &'a dyn Fn(&str) -> bool,
        n_pairs: &'a Cell<usize>,
    ) -> Vec<Finding> {
        let mut check = Self {
            journey,
            position,
            declared,
            n_pairs,
            findings: Vec::new(),
            n_more: 0,
            more_errors: false,
            n_suggested: 0,
        };
        match Map::new(journey) {
            Ok(map) => check.map(&map),
            Err(_) => check.too_large(),
        }
        check.finish()
    }

    fn map(&mut self, map: &Map) {
        if map.n_touchpoints() == 0 {
            self.push(&entry::MAP_EMPTY, &self.path(), &[]);
            return;
        }
        self.empty_stages();
        self.flow(map);
        if map.positions().all(|p| !map.has_event(p)) {
            self.push(&entry::MAP_WITHOUT_EVENTS, &self.path(), &[]);
            return;
        }
        self.enter(map);
        self.goal(map);
        if self.journey.idle.is_none() {
            self.push(&entry::IDLE_MISSING, &self.path(), &[]);
        }
        self.reach(map);
        self.takers(map);
    }

    fn finish(mut self) -> Vec<Finding> {
        if self.n_more > 0 {
            let n = self.n_more.to_string();
            let path = self.path();
            let at = (self.position)(path.as_str());
            let entry = if self.more_errors { &MORE_FINDINGS } else { &entry::MORE_WARNINGS };
            self.findings.push(Finding::new(entry, path, at).with("n", n));
        }
        finding::sort(&mut self.findings);
        self.findings
    }

    fn path(&self) -> DocPath {
        DocPath::journey(&self.journey.id)
    }

    fn stage_path(&self, map: &Map, stage: StagePos) -> DocPath {
        DocPath::stage(&self.journey.id, map.stage_id(stage))
    }

    fn touchpoint_path(&self, map: &Map, at: TouchpointPos) -> DocPath {
        self.stage_path(map, map.stage_of(at)).key("touchpoints").id(map.touchpoint_id(at))
    }

    fn push(&mut self, entry: &'static Entry, path: &DocPath, args: &[(&'static str, &str)]) {
        if self.findings.len() >= MAX_MAP_FINDINGS {
            self.n_more += 1;
            self.more_errors |= entry.severity == Severity::Error;
            return;
        }
        let finding = Finding::new(entry, path, (self.position)(path.as_str()));
        self.findings.push(args.iter().fold(finding, |f, (name, value)| f.with(name, *value)));
    }

    /// As [`Check::push`] for the misspelt name behind `argument`, with the nearest of the known ones.
    fn push_near<'k>(
        &mut self,
        entry: &'static Entry,
        path: &DocPath,
        (argument, name): (&'static str, &str),
        known: impl Iterator<Item = &'k str>,
    ) {
        self.n_suggested += 1;
        let near = if self.n_suggested <= MAX_SUGGESTED { nearest(name, known.take(MAX_NEAR)) } else { None };
        match near {
            Some(near) => self.push(entry, path, &[(argument, name), ("near", near)]),
            None => self.push(entry, path, &[(argument, name)]),
        }
    }

    fn too_large(&mut self) {
        if let Some((what, n, limit)) = beyond_limit(self.journey) {
            let (n, limit) = (n.to_string(), limit.to_string());
            self.push(&entry::MAP_TOO_LARGE, &self.path(), &[("what", what), ("n", &n), ("limit", &limit)]);
        }
    }

    fn empty_stages(&mut self) {
        for stage in self.journey.stages.iter().filter(|s| s.touchpoints.is_empty()) {
            let path = DocPath::stage(&self.journey.id, &stage.id);
            self.push(&entry::STAGE_EMPTY, &path, &[("stage", &stage.id)]);
        }
    }

    fn enter(&mut self, map: &Map) {
        if self.journey.enter.is_empty() {
            self.push(&entry::ENTER_MISSING, &self.path(), &[]);
        }
        for (i, event) in self.journey.enter.iter().enumerate() {
            if map.takers(event).is_empty() && (self.declared)(event) {
                let path = self.path().key("enter").index(i);
                self.push_near(&entry::ENTER_LANDS_NOWHERE, &path, ("event", event), map.events());
            }
        }
    }

    fn goal(&mut self, map: &Map) {
        let Some(goal) = &self.journey.goal else {
            self.push(&entry::GOAL_MISSING, &self.path(), &[]);
            return;
        };
        for (i, event) in goal.event.iter().enumerate() {
            if map.takers(event).is_empty() && (self.declared)(event) {
                let path = self.path().key("goal").key("event").index(i);
                self.push_near(&entry::GOAL_LANDS_NOWHERE, &path, ("event", event), map.events());
            }
        }
        let reachable = map.reachable();
        let mut places = goal.event.iter().flat_map(|e| map.takers(e)).copied().peekable();
        let Some(first) = places.peek().copied() else { return };
        if places.all(|p| !reachable.get(p.index()).copied().unwrap_or(false)) {
            let path = self.path().key("goal");
            self.push(&entry::GOAL_UNREACHABLE, &path, &[("touchpoint", map.touchpoint_id(first))]);
        }
    }

    /// Stages and touchpoints that no trip comes to, and circles that none leaves.
    fn reach(&mut self, map: &Map) {
        let reachable = map.reachable();
        let reached = |p: &TouchpointPos| reachable.get(p.index()).copied().unwrap_or(false);
        let listed = self.listed(map);
        let is_listed =
            |p: &TouchpointPos| !map.has_flow() || listed.get(p.index()).copied().unwrap_or(false);
        for orphan in map.positions().filter(|p| map.has_event(*p) && !is_listed(p)) {
            let path = self.touchpoint_path(map, orphan);
            self.push(&entry::TOUCHPOINT_ORPHAN, &path, &[("touchpoint", map.touchpoint_id(orphan))]);
        }
        // Without a flow those that take no event are passed over, not reached; nobody misses them.
        let counts = |p: &TouchpointPos| is_listed(p) && (map.has_event(*p) || map.has_flow());
        for stage in (0..map.n_stages()).map(StagePos::of_index) {
            let counted: Vec<TouchpointPos> = map.touchpoints_of(stage).filter(counts).collect();
            if counted.len() > 1 && !counted.iter().any(reached) {
                let path = self.stage_path(map, stage);
                self.push(&entry::STAGE_UNREACHABLE, &path, &[("stage", map.stage_id(stage))]);
                continue;
            }
            for lost in counted.into_iter().filter(|p| !reached(p)) {
                let path = self.touchpoint_path(map, lost);
                self.push(&entry::TOUCHPOINT_UNREACHABLE, &path, &[("touchpoint", map.touchpoint_id(lost))]);
            }
        }
        self.cycles(map, reached);
    }

    fn cycles(&mut self, map: &Map, reached: impl Fn(&TouchpointPos) -> bool) {
        if !map.has_flow() {
            return;
        }
        let can_end = map.can_end();
        let stuck = |p: &TouchpointPos| reached(p) && !can_end.get(p.index()).copied().unwrap_or(false);
        for cycle in map.cycles().into_iter().filter(|c| c.iter().all(stuck)) {
            let named = cycle.iter().take(MAX_NAMED).map(|p| format!("`{}`", map.touchpoint_id(*p)));
            let mut touchpoints = named.collect::<Vec<_>>().join(", ");
            if cycle.len() > MAX_NAMED {
                touchpoints.push_str(", …");
            }
            let path = self.path().key("flow");
            self.push(&entry::CYCLE_WITHOUT_EXIT, &path, &[("touchpoints", &touchpoints)]);
        }
    }

    /// Per touchpoint whether the flow names it.
    fn listed(&self, map: &Map) -> Vec<bool> {
        let mut listed = vec![false; map.n_touchpoints()];
        let steps = self.journey.flow.iter().flatten();
        for id in steps.flat_map(|f| f.to.iter().chain(std::iter::once(f.from.as_str()))) {
            if let Some(mark) = map.position(id).and_then(|p| listed.get_mut(p.index())) {
                *mark = true;
            }
        }
        listed
    }

    fn flow(&mut self, map: &Map) {
        let Some(flow) = &self.journey.flow else { return };
        let path = self.path().key("flow");
        if flow.is_empty() {
            self.push(&entry::FLOW_EMPTY, &path, &[]);
        }
        let mut seen: BTreeSet<(TouchpointPos, TouchpointPos)> = BTreeSet::new();
        for (i, step) in flow.iter().enumerate() {
            let at = path.index(i);
            let from = map.position(&step.from);
            if from.is_none() {
                self.push_near(&UNKNOWN_TOUCHPOINT, &at.key("from"), ("name", &step.from), map.ids());
            }
            if step.to.is_empty() {
                self.push(&entry::FLOW_LEADS_NOWHERE, &at, &[]);
            }
            for (k, id) in step.to.iter().enumerate() {
                let at = || at.key("to").index(k);
                match (from, map.position(id)) {
                    (_, None) => self.push_near(&UNKNOWN_TOUCHPOINT, &at(), ("name", id), map.ids()),
                    (Some(a), Some(b)) if !seen.insert((a, b)) => {
                        self.push(&entry::FLOW_DUPLICATE, &at(), &[("from", &step.from), ("to", id)]);
                    }
                    (Some(a), Some(b)) if a == b && !map.is_repeat(a) => {
                        self.push(&entry::FLOW_SELF_LOOP, &at(), &[("touchpoint", id)]);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Touchpoints that want an event which another, equally specific one takes; one finding per touchpoint.
    fn takers(&mut self, map: &Map) {
        let touchpoints = self.journey.stages.iter().flat_map(|s| &s.touchpoints);
        let spelt = |w: &Expr| expr::canonical(&w.0).unwrap_or_else(|| w.0.trim().to_owned());
        let conditions: Vec<Option<String>> = touchpoints.map(|t| t.where_.as_ref().map(spelt)).collect();
        let mut told: BTreeMap<TouchpointPos, (bool, TouchpointPos, &str)> = BTreeMap::new();
        for event in map.events() {
            let mut first_of: BTreeMap<Option<&str>, TouchpointPos> = BTreeMap::new();
            let mut before: Vec<(TouchpointPos, &str)> = Vec::new();
            for taker in map.takers(event).iter().copied() {
                let condition = conditions.get(taker.index()).and_then(Option::as_deref);
                let equal = *first_of.entry(condition).or_insert(taker);
                let rival = if equal == taker {
                    let both = |(_, other): &&(TouchpointPos, &str)| {
                        condition.is_some_and(|own| self.can_both_hold(other, own))
                    };
                    let found = before.iter().find(both).map(|(rival, _)| (false, *rival));
                    before.extend(condition.map(|own| (taker, own)));
                    found
                } else {
                    Some((true, equal))
                };
                if let Some((certain, first)) = rival {
                    let row = told.entry(taker).or_insert((certain, first, event));
                    if certain && !row.0 {
                        *row = (certain, first, event);
                    }
                }
            }
        }
        for (taker, (certain, first, event)) in told {
            let entry = if certain { &entry::MATCH_AMBIGUOUS } else { &entry::MATCH_OVERLAP };
            let path = self.touchpoint_path(map, taker).key(if certain { "event" } else { "where" });
            let args = [
                ("touchpoint", map.touchpoint_id(taker)),
                ("event", event),
                ("first", map.touchpoint_id(first)),
            ];
            self.push(entry, &path, &args);
        }
    }
    /// Whether two conditions may hold of one event; taken for granted once comparing them got too much work.
    fn can_both_hold(&self, a: &str, b: &str) -> bool {
        let Some(left) = self.n_pairs.get().checked_sub(1) else { return true };
        self.n_pairs.set(left);
        !expr::exclusive(a, b)
    }
}
