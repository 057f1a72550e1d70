//! Compiles surveys: which answers are scores and where they count; checks the conditions of surveys and rules.
//!
//! Answers: scored questions with their touchpoints. Does not know: when a survey is asked, when a rule fires.

use crate::blueprint::DocPath;
use crate::blueprint::model::{Action, EventMatch, Goal, QuestionKind, Rule, Step, Survey, When};
use crate::event::{AttributeId, EventId};
use crate::score::ScoreKind;

use super::super::types::Reach;
use super::super::{ScoredQuestion, SurveySpec, reserved};
use super::Builder;

impl Builder<'_> {
    /// Surveys with their scored questions.
    pub(super) fn surveys(&mut self) -> Vec<SurveySpec> {
        self.document.surveys.iter().map(|survey| self.survey(survey)).collect()
    }

    fn survey(&mut self, survey: &Survey) -> SurveySpec {
        let questions: Vec<AttributeId> =
            survey.questions.iter().filter_map(|q| self.names.attribute(&q.id)).collect();
        let reach = Reach { bare: questions.clone(), answer: questions, ..self.customer_reach() };
        let path = DocPath::survey(&survey.id).key("questions");
        let mut scored = Vec::new();
        for question in &survey.questions {
            self.condition(&path.id(&question.id).key("if"), question.if_.as_ref(), &reach);
            let kind = match question.kind {
                QuestionKind::Nps => ScoreKind::Nps,
                QuestionKind::Csat => ScoreKind::Csat,
                QuestionKind::Ces => ScoreKind::Ces,
                _ => continue,
            };
            let at = question.of.as_deref().or(survey.at.as_deref()).and_then(|name| self.place(name));
            let Some(attribute) = self.names.attribute(&question.id) else { continue };
            scored.push(ScoredQuestion { id: question.id.as_str().into(), attribute, kind, at });
        }
        SurveySpec { id: survey.id.as_str().into(), questions: scored }
    }

    /// The touchpoint of a name: `order`, or `dine_in/order` where several journeys have one.
    fn place(&self, name: &str) -> Option<(u32, u32)> {
        let (journey, touchpoint) = name.split_once('/').map_or((None, name), |(j, t)| (Some(j), t));
        for (j, model) in (0_u32..).zip(&self.document.journeys) {
            if journey.is_some_and(|id| id != model.id) {
                continue;
            }
            let all = model.stages.iter().flat_map(|s| &s.touchpoints);
            if let Some((place, _)) = (0_u32..).zip(all).find(|(_, t)| t.id == touchpoint) {
                return Some((j, place));
            }
        }
        None
    }

    /// Checks every condition of the rules section; what they do is compiled by the engine that runs them.
    pub(super) fn rules(&mut self) {
        for rule in &self.document.rules {
            self.rule(rule);
        }
        for experiment in &self.document.experiments {
            let path = DocPath::root().key("experiments").id(&experiment.id);
            if let Some(metric) = &experiment.metric {
                let reach = Reach { events: self.events(metric.event.iter()), ..self.customer_reach() };
                self.condition(&path.key("metric").key("where"), metric.where_.as_ref(), &reach);
                if let Some(value) = &metric.value {
                    self.expression(&path.key("metric").key("value"), value, &reach);
                }
            }
            for (i, guard) in experiment.guard.iter().enumerate() {
                let reach = Reach { events: self.events(guard.event.iter()), ..self.customer_reach() };
                self.condition(&path.key("guard").index(i).key("where"), guard.where_.as_ref(), &reach);
            }
        }
        for queue in self.document.tickets.iter().flat_map(|t| &t.queues) {
            let path = DocPath::root().key("tickets").key("queues").id(&queue.id).key("route");
            let reach = self.rule_reach(self.all_events());
            if let Some(route) = &queue.route {
                self.expression(&path, route, &reach);
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let path = DocPath::rule(&rule.id);
        let reach = self.when(&path.key("when"), &rule.when);
        if let Some(key) = &rule.key {
            self.expression(&path.key("key"), key, &reach);
        }
        self.condition(&path.key("if"), rule.if_.as_ref(), &reach);
        self.actions(&path.key("do"), &rule.do_, &reach);
        for (i, then) in rule.then.iter().enumerate() {
            let path = path.key("then").index(i);
            self.condition(&path.key("unless"), then.unless.as_ref(), &reach);
            self.actions(&path.key("do"), &then.do_, &reach);
        }
        if let Some(Goal { event, where_, .. }) = &rule.goal {
            let reach = Reach { events: self.events(event.iter()), ..reach.clone() };
            self.condition(&path.key("goal").key("where"), where_.as_ref(), &reach);
        }
        if let Some(exit) = &rule.exit {
            let events = self.events(exit.event.iter());
            let own = if events.is_empty() { reach.clone() } else { Reach { events, ..reach.clone() } };
            self.condition(&path.key("exit").key("where"), exit.where_.as_ref(), &own);
            self.condition(&path.key("exit").key("if"), exit.if_.as_ref(), &reach);
        }
    }

    /// Checks the conditions of a pattern; gives what the rest of the rule may read.
    fn when(&mut self, path: &DocPath, when: &When) -> Reach {
        let answered = self.names.event(reserved::ANSWERED);
        let mut events: Vec<EventId> = Vec::new();
        let mut answer: Vec<AttributeId> = Vec::new();
        if let Some(names) = &when.event {
            events.extend(self.events(names.iter()));
        }
        events.extend(self.events(when.count.as_deref()));
        events.extend(self.events(when.sum.as_ref().map(|p| p.parts().0)));
        if let Some(survey) = &when.answer {
            events.extend(answered);
            let found = self.document.surveys.iter().find(|s| s.id == *survey);
            let questions = found.iter().flat_map(|s| &s.questions);
            answer = questions.filter_map(|q| self.names.attribute(&q.id)).collect();
        }
        for list in [&when.after, &when.without].into_iter().flatten() {
            events.extend(list.iter().flat_map(|m| self.events(m.event.iter())).collect::<Vec<_>>());
        }
        let steps = self.steps(when);
        events.extend(steps.iter().flat_map(|(_, e)| e.iter().copied()));
        if events.is_empty() {
            events = self.all_events();
        }
        events.sort_unstable();
        events.dedup();
        let named = steps.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        let reach = Reach { answer, steps: named, ..self.rule_reach(events) };
        self.condition(&path.key("where"), when.where_.as_ref(), &reach);
        if let Some(key) = &when.key {
            self.expression(&path.key("key"), key, &reach);
        }
        self.matches(&path.key("after"), when.after.as_deref(), &reach);
        self.matches(&path.key("without"), when.without.as_deref(), &reach);
        for (i, step) in when.sequence.iter().flatten().enumerate() {
            let own = self.events(step.event.iter().chain(step.not.iter()));
            let reach = Reach { events: own, ..reach.clone() };
            self.condition(&path.key("sequence").index(i).key("where"), step.where_.as_ref(), &reach);
        }
        reach
    }

    fn steps(&self, when: &When) -> Vec<(String, Vec<EventId>)> {
        let step = |s: &Step| (s.as_.clone().unwrap_or_default(), self.events(s.event.iter()));
        when.sequence.iter().flatten().map(step).collect()
    }

    fn matches(&mut self, path: &DocPath, list: Option<&[EventMatch]>, reach: &Reach) {
        for (i, test) in list.unwrap_or_default().iter().enumerate() {
            let reach = Reach { events: self.events(test.event.iter()), ..reach.clone() };
            self.condition(&path.index(i).key("where"), test.where_.as_ref(), &reach);
        }
    }

    fn actions(&mut self, path: &DocPath, actions: &[Action], reach: &Reach) {
        for (i, action) in actions.iter().enumerate() {
            let path = path.index(i);
            if let Some(kind) = &action.kind {
                self.expression(&path.key("kind"), kind, reach);
            }
            for (key, list) in [("with", &action.with), ("set", &action.set)] {
                for (name, text) in list {
                    self.expression(&path.key(key).key(name), text, reach);
                }
            }
        }
    }

    fn rule_reach(&self, events: Vec<EventId>) -> Reach {
        Reach {
            events,
            trip: true,
            touchpoint: true,
            scenarios: true,
            now: true,
            decision: true,
            ..self.customer_reach()
        }
    }
}
