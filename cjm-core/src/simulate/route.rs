//! Journeys as routes of steps, the way a simulation walks them.
//!
//! Answers: which touchpoints follow, what each expects and lets in. Does not know: customers and chance.

use std::sync::Arc;

use super::condition::{Condition, Facts, Known};
use super::world::{World, names};
use crate::base::time::{DAY_US, Duration, Timestamp};
use crate::blueprint::model::{
    Document, EventMatch, Journey, ScoreSource, Survey, Touchpoint, TouchpointKind,
};
use crate::score::ScoreKind;

/// One journey as steps in map order; touchpoints without an event are no steps.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) steps: Vec<Step>,
    /// Steps that may open a trip, by position.
    pub(super) starts: Vec<usize>,
    /// Per step the steps that may follow, where the map declares a flow.
    pub(super) flow: Option<Vec<Vec<usize>>>,
    /// Longest gap inside a trip, in microseconds.
    pub(super) idle_us: i64,
    /// An event that opens a trip, when no touchpoint takes any of them.
    pub(super) loose_enter: Option<Arc<str>>,
    /// The goal's event when no touchpoint takes it.
    pub(super) loose_goal: Option<Arc<str>>,
}

/// One touchpoint with an event.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) events: Vec<Arc<str>>,
    /// What its events must satisfy; `None` when anything goes or it speaks of more than the event.
    condition: Option<Condition>,
    /// What its events must not satisfy, because they would land elsewhere.
    elsewhere: Vec<Condition>,
    /// The event that opens a trip here.
    pub(super) enter: Option<Arc<str>>,
    pub(super) optional: bool,
    pub(super) repeat: bool,
    pub(super) goal: bool,
    pub(super) exit: bool,
    pub(super) physical: bool,
    /// Has declared pains: slow in busy hours.
    pub(super) weak: bool,
    pub(super) wait_us: Option<i64>,
    /// Waits that scenarios declare here instead, by position of the scenario.
    wait_in_us: Vec<(usize, i64)>,
    pub(super) feels: Option<f64>,
    pub(super) expected: f64,
    pub(super) channel: Option<Arc<str>>,
    pub(super) source: Arc<str>,
    /// Kind of the score that the event carries, and the attribute that carries it.
    pub(super) score: Option<(ScoreKind, Arc<str>)>,
    pub(super) topics: Vec<String>,
    /// Surveys asked here, by position.
    pub(super) surveys: Vec<usize>,
}

impl Route {
    /// The route of a journey; `None` when none of its touchpoints has an event.
    pub(super) fn of(world: &World, document: &Document, journey: &Journey) -> Option<Self> {
        let touchpoints: Vec<&Touchpoint> =
            journey.stages.iter().flat_map(|s| &s.touchpoints).filter(|t| !t.event.is_empty()).collect();
        let mut steps: Vec<Step> =
            touchpoints.iter().map(|t| Step::of(world, document, journey, t)).collect();
        part(&mut steps);
        let opens = |(place, step): (usize, &Step)| step.enter.is_some().then_some(place);
        let mut starts: Vec<usize> = steps.iter().enumerate().filter_map(opens).collect();
        let loose_enter = journey.enter.iter().next().filter(|_| starts.is_empty());
        if starts.is_empty() {
            starts.push(0);
        }
        let goal = journey.goal.as_ref().and_then(|goal| goal.event.iter().next());
        let loose_goal = goal.filter(|_| steps.iter().all(|step| !step.goal));
        let idle_us = journey.idle.map_or(DAY_US, Duration::as_micros).clamp(1_000_000, 30 * DAY_US);
        (!steps.is_empty()).then(|| Self {
            flow: flow(journey, &touchpoints),
            starts,
            idle_us,
            loose_enter: loose_enter.map(Arc::from),
            loose_goal: loose_goal.map(Arc::from),
            steps,
        })
    }
}

/// Per touchpoint the ones that may follow, where the journey says so.
fn flow(journey: &Journey, touchpoints: &[&Touchpoint]) -> Option<Vec<Vec<usize>>> {
    let place_of = |id: &str| touchpoints.iter().position(|t| t.id == id);
    let mut follow = vec![Vec::new(); touchpoints.len()];
    for edge in journey.flow.as_ref()? {
        if let Some(from) = place_of(&edge.from).and_then(|place| follow.get_mut(place)) {
            from.extend(edge.to.iter().filter_map(place_of));
        }
    }
    Some(follow)
}

/// Tells steps without a condition which events land on a step that has one.
fn part(steps: &mut [Step]) {
    let conditions: Vec<(Vec<Arc<str>>, Condition)> =
        steps.iter().filter_map(|step| Some((step.events.clone(), step.condition.clone()?))).collect();
    for step in steps.iter_mut().filter(|step| step.condition.is_none()) {
        let shared =
            conditions.iter().filter(|(events, _)| events.iter().any(|event| step.events.contains(event)));
        step.elsewhere = shared.map(|(_, condition)| condition.clone()).collect();
    }
}

impl Step {
    fn of(world: &World, document: &Document, journey: &Journey, touchpoint: &Touchpoint) -> Self {
        let events = names(touchpoint.event.iter());
        let channel = touchpoint.channel.as_deref();
        let kind_of_channel =
            document.channels.iter().find(|c| Some(c.id.as_str()) == channel).and_then(|c| c.kind);
        let physical = touchpoint.kind.or(kind_of_channel) == Some(TouchpointKind::Physical);
        let is = |one: &Option<EventMatch>| {
            one.as_ref().is_some_and(|one| touchpoint.event.iter().any(|e| one.event.contains(e)))
        };
        let scenario = |id: &str| world.scenarios.iter().position(|(known, _)| known == id);
        let wait_in = touchpoint.in_.iter().filter_map(|(id, s)| Some((scenario(id)?, s.wait?.as_micros())));
        let at = (0..).zip(&document.surveys).filter(|(_, survey)| is_at(survey, journey, touchpoint));
        let known = || {
            Known::event(
                events
                    .iter()
                    .filter_map(|event| world.events.get(event))
                    .flat_map(|shape| shape.iter().map(|(name, kind)| (&**name, &kind.kind))),
            )
        };
        Self {
            condition: touchpoint.where_.as_ref().and_then(|text| Condition::of(text, known())),
            elsewhere: Vec::new(),
            enter: events.iter().find(|e| journey.enter.contains(e)).cloned(),
            optional: touchpoint.optional,
            repeat: touchpoint.repeat,
            goal: is(&journey.goal),
            exit: is(&journey.exit),
            physical,
            weak: !touchpoint.pains.is_empty(),
            wait_us: touchpoint.wait.map(Duration::as_micros),
            wait_in_us: wait_in.collect(),
            feels: touchpoint.feels,
            expected: touchpoint.expected.unwrap_or(0.3),
            channel: channel.map(Arc::from),
            source: world.source(channel, physical),
            score: touchpoint.score.as_ref().and_then(score),
            topics: touchpoint.topics.clone(),
            surveys: at.map(|(place, _)| place).collect(),
            events,
        }
    }

    /// Whether an event lands here rather than on another touchpoint.
    pub(super) fn takes(&self, facts: Facts<'_>) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(facts))
            && !self.elsewhere.iter().any(|condition| condition.holds(facts))
    }

    /// The wait that is expected of a landing at an instant: that of the first scenario that holds, else the usual.
    pub(super) fn wait_at(&self, world: &World, time: Timestamp) -> Option<i64> {
        let facts =
            Facts { name: "", time, channel: self.channel.as_deref(), values: &[], zone: &world.zone };
        let holds =
            |place: &usize| world.scenarios.get(*place).is_some_and(|(_, scenario)| scenario.holds(facts));
        self.wait_in_us.iter().find(|(place, _)| holds(place)).map(|(_, wait)| *wait).or(self.wait_us)
    }
}

/// Whether a survey is asked at a touchpoint; `journey/touchpoint` names one of several of that id.
fn is_at(survey: &Survey, journey: &Journey, touchpoint: &Touchpoint) -> bool {
    let at = survey.at.as_deref().unwrap_or_default();
    match at.split_once('/') {
        Some((map, id)) => map == journey.id && id == touchpoint.id,
        None => at == touchpoint.id,
    }
}

/// The kind of a score and the attribute that carries it, where it is read as `event.NAME`.
fn score(source: &ScoreSource) -> Option<(ScoreKind, Arc<str>)> {
    let kinds =
        [(ScoreKind::Csat, &source.csat), (ScoreKind::Ces, &source.ces), (ScoreKind::Nps, &source.nps)];
    kinds.into_iter().find_map(|(kind, text)| {
        let name = text.as_ref()?.0.trim().strip_prefix("event.")?;
        crate::base::ids::is_id(name).then(|| (kind, name.into()))
    })
}
