//! Compiles one journey map: landing by event, enter, goal and exit, personas, scenarios' own expectations.
//!
//! Answers: the journey as the trip machine wants it. Does not know: the graph (see `map`).

use crate::blueprint::DocPath;
use crate::blueprint::model::{Journey, Reenter, ReenterClock, Touchpoint};
use crate::event::EventId;
use crate::journey::{Alternative, JourneySpec, PersonaSpec, ReenterSpec, ScoreSpec, TouchpointSpec};
use crate::score::ScoreKind;

use super::super::types::Reach;
use super::Builder;
use super::fit::Taker;

impl Builder<'_> {
    /// Compiles a journey.
    pub(super) fn journey(&mut self, journey: &Journey) -> JourneySpec {
        let path = DocPath::journey(&journey.id);
        let enter = self.events(journey.enter.iter());
        let trip = Reach { trip: true, ..self.customer_reach() };
        let mut spec = JourneySpec {
            n_stages: u32::try_from(journey.stages.len()).unwrap_or(u32::MAX),
            landing: vec![Vec::new(); self.names.n_events()],
            enter: self.flags(&enter),
            goal: journey.goal.as_ref().map(|g| self.event_test(&path.key("goal"), g, &trip)),
            exit: journey.exit.as_ref().map(|e| self.event_test(&path.key("exit"), e, &trip)),
            idle: journey.idle,
            reenter: self.reenter(&path, journey),
            ..JourneySpec::default()
        };
        spec.personas = self.personas(&path, journey, &enter);
        for (stage_place, stage) in (0_u32..).zip(&journey.stages) {
            for touchpoint in &stage.touchpoints {
                let place = u32::try_from(spec.touchpoints.len()).unwrap_or(u32::MAX);
                let path = DocPath::touchpoint(&journey.id, &stage.id, &touchpoint.id);
                let compiled = self.touchpoint(&path, touchpoint, stage_place);
                for event in self.events(touchpoint.event.iter()) {
                    if let Some(list) = spec.landing.get_mut(event.index()) {
                        list.push(place);
                    }
                }
                spec.touchpoints.push(compiled);
            }
        }
        let conditional: Vec<bool> = spec.touchpoints.iter().map(|t| t.condition.is_some()).collect();
        for list in &mut spec.landing {
            list.sort_by_key(|place| (!conditional.get(*place as usize).copied().unwrap_or(false), *place));
        }
        spec
    }

    fn personas(&mut self, path: &DocPath, journey: &Journey, enter: &[EventId]) -> Vec<PersonaSpec> {
        let reach = Reach { events: enter.into(), trip: true, ..self.customer_reach() };
        let compile = |persona: &crate::blueprint::model::Persona| {
            let path = path.key("personas").id(&persona.id).key("if");
            PersonaSpec { condition: self.condition(&path, persona.if_.as_ref(), &reach) }
        };
        journey.personas.iter().map(compile).collect()
    }

    fn reenter(&mut self, path: &DocPath, journey: &Journey) -> ReenterSpec {
        match journey.reenter.as_ref().unwrap_or(&Reenter::AfterEnd) {
            Reenter::Never => ReenterSpec::Never,
            Reenter::AfterEnd => ReenterSpec::AfterEnd,
            Reenter::After { after, clock: ReenterClock::Entry } => ReenterSpec::AfterEntry(*after),
            Reenter::After { after, clock: ReenterClock::Exit } => ReenterSpec::AfterExit(*after),
            Reenter::After { after, clock: ReenterClock::Decision } => ReenterSpec::AfterDecision(*after),
            Reenter::Concurrent(key) => {
                let touchpoints = journey.stages.iter().flat_map(|s| &s.touchpoints);
                let names = touchpoints.flat_map(|t| t.event.iter()).chain(journey.enter.iter());
                let reach = Reach { events: self.events(names).into(), ..self.customer_reach() };
                let path = path.key("reenter").key("concurrent");
                let program = self.expression(&path, key, &reach);
                program.map_or(ReenterSpec::AfterEnd, ReenterSpec::Concurrent)
            }
        }
    }

    fn touchpoint(&mut self, path: &DocPath, touchpoint: &Touchpoint, stage: u32) -> TouchpointSpec {
        let events = self.events(touchpoint.event.iter());
        let event = Reach { events: events.into(), trip: true, ..self.customer_reach() };
        let landed = Reach { touchpoint: true, scenarios: true, ..event.clone() };
        for (i, expectation) in touchpoint.expects.iter().enumerate() {
            self.condition(
                &path.key("expects").index(i).key("measure"),
                expectation.measure.as_ref(),
                &landed,
            );
        }
        TouchpointSpec {
            stage,
            condition: self.condition(&path.key("where"), touchpoint.where_.as_ref(), &event),
            required: !touchpoint.optional && !touchpoint.event.is_empty(),
            wait: touchpoint.wait,
            alternatives: self.alternatives(path, touchpoint, &landed),
            score: self.score(path, touchpoint, &landed),
            feels: touchpoint.feels,
        }
    }

    fn alternatives(&mut self, path: &DocPath, touchpoint: &Touchpoint, landed: &Reach) -> Vec<Alternative> {
        let mut alternatives = Vec::new();
        for (scenario, changed) in &touchpoint.in_ {
            let path = path.key("in").key(scenario).key("expects");
            for (i, expectation) in changed.expects.iter().enumerate() {
                self.condition(&path.index(i).key("measure"), expectation.measure.as_ref(), landed);
            }
            let place = self.names.scenarios().iter().position(|s| **s == **scenario);
            let bit = place.and_then(|p| 1_u128.checked_shl(u32::try_from(p).ok()?));
            if let Some(scenario) = bit {
                alternatives.push(Alternative { scenario, wait: changed.wait, expected: changed.expected });
            }
        }
        alternatives
    }

    fn score(&mut self, path: &DocPath, touchpoint: &Touchpoint, landed: &Reach) -> Option<ScoreSpec> {
        let source = touchpoint.score.as_ref()?;
        let kinds =
            [(ScoreKind::Csat, &source.csat), (ScoreKind::Ces, &source.ces), (ScoreKind::Nps, &source.nps)];
        let (kind, text) = kinds.into_iter().find_map(|(kind, text)| Some((kind, text.as_ref()?)))?;
        let path = path.key("score").key(kind.name());
        let value = self.value(&path, text, landed, Taker::Number(kind.name()))?;
        Some(ScoreSpec { kind, value })
    }
}
