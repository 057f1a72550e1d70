//! Compiles rules: patterns, conditions, what they do; checks every condition of rules, experiments and queues.
//!
//! Answers: the rules of a plan with their patterns. Does not know: how a pattern is matched, how a policy decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::hash::{hex, sha256_fields, stable_id};
use crate::base::time::Duration;
use crate::blueprint::DocPath;
use crate::blueprint::model::{Action, Document, Expr, Goal, Rule, Survey, When};
use crate::event::EnvelopeField;
use crate::event::{AttributeId, EventId};
use crate::expr::Program;
use crate::outreach::{Limits, RuleLimits};
use crate::rule::{Form, MomentTest, PatternSpec, Patterns, Place, Read, Resolve};
use crate::ticket::{ClosedLoop, TicketSpec};

use super::super::Names;
use super::super::reserved;
use super::super::rule::{BudgetBy, ExitSpec, GoalSpec, ItemSpec, RuleSpec, Rules, StepSpec};
use super::super::slots::Slot;
use super::super::types::{Reach, StepReach};
use super::Builder;
use super::fit::Taker;
use super::outreach::experiment;

impl Builder<'_> {
    /// The rules in document order, then one for each survey that is asked.
    pub(super) fn rules(&mut self) -> Rules {
        let document = self.document;
        let mut list = Vec::with_capacity(document.rules.len());
        let mut limits = Vec::with_capacity(document.rules.len());
        let mut patterns = Vec::with_capacity(document.rules.len());
        for rule in &document.rules {
            if let Some((spec, pattern)) = self.rule(&DocPath::rule(&rule.id), rule) {
                list.push(spec);
                patterns.push(pattern);
                limits.push(self.limits(rule));
            }
        }
        for survey in &document.surveys {
            if let Some((spec, pattern, own)) = self.asks(survey) {
                list.push(spec);
                patterns.push(pattern);
                limits.push(own);
            }
        }
        for version in self.versions {
            if let Some((spec, pattern)) = self.rule(&DocPath::rule(&version.id), version) {
                list.push(spec.of_before());
                patterns.push(PatternSpec { closed: true, ..pattern });
                limits.push(self.limits(version));
            }
        }
        number_ramps(&mut list);
        self.hold_out(&mut list);
        self.experiments();
        let routes = self.routes();
        let mut watched = vec![Vec::new(); self.names.n_events()];
        for (place, rule) in (0_u32..).zip(&list) {
            let goal = rule.goal.iter().flat_map(|goal| &goal.events);
            for event in goal.chain(rule.exit.iter().flat_map(|exit| &exit.events)) {
                if let Some(rules) = watched.get_mut(event.index()).filter(|rules| !rules.contains(&place)) {
                    rules.push(place);
                }
            }
        }
        let kept = self.kept(&list, &patterns);
        let ends = |journey: u32| document.journeys.get(journey as usize).is_some_and(|j| j.idle.is_some());
        Rules {
            list,
            kept,
            patterns: Patterns::new(patterns, self.names.n_events()).ending(ends),
            watched,
            limits: Limits { rules: limits, outreach: self.shared_caps() },
            quiet: self.quiet(),
            experiments: document.experiments.iter().map(experiment).collect(),
            allowed: self.allowed(),
            needs: document.channels.iter().map(|channel| self.need(channel)).collect(),
            of_decisions: self.slots.borrow().iter().any(|slot| matches!(slot, Slot::Decision(_))),
            closed_loop: ClosedLoop::of(document.tickets.as_ref()),
            budget_by: self.budget_by.clone(),
            routes,
            versions: self.versions.to_vec(),
        }
    }

    fn rule(&mut self, path: &DocPath, rule: &Rule) -> Option<(RuleSpec, PatternSpec)> {
        let reach = self.reach_of(&rule.when);
        let mut pattern =
            PatternSpec::compile(rule, &mut InRule { builder: self, path, rule, reach: &reach });
        let condition = self.condition(&path.key("if"), rule.if_.as_ref(), &reach);
        // `where` of these forms has let pass the very event that `if` speaks of
        if let (Some(condition), Some(before)) = (&condition, &rule.when.where_) {
            self.judge_after(&path.key("if"), condition, before, &reach);
        }
        let mut steps = vec![StepSpec {
            delay: Duration::ZERO,
            unless: None,
            items: self.items(&path.key("do"), &rule.do_, &reach),
        }];
        for (i, then) in rule.then.iter().enumerate() {
            let path = path.key("then").index(i);
            let unless = self.condition(&path.key("unless"), then.unless.as_ref(), &reach);
            let items = self.items(&path.key("do"), &then.do_, &reach);
            steps.push(StepSpec { delay: then.delay, unless, items });
        }
        let goal = rule.goal.as_ref().map(|goal| self.goal(&path.key("goal"), goal, &reach));
        let exit = self.exit(&path.key("exit"), rule, &reach);
        let arm = |experiment: &str, arm: Option<&str>| {
            let place = self.document.experiments.iter().position(|e| e.id == experiment)?;
            let arms = &self.document.experiments.get(place)?.arms;
            let arm = arm.and_then(|id| arms.iter().position(|a| a.id == id));
            Some((u32::try_from(place).ok()?, arm.and_then(|arm| u32::try_from(arm).ok())))
        };
        let experiment = rule.experiment.as_deref().and_then(|e| arm(e, rule.arm.as_deref()));
        let spec = RuleSpec { condition, steps, experiment, goal, exit, ..RuleSpec::of(rule) };
        if let Some(pattern) = &mut pattern {
            self.reads(&spec, pattern);
            // by time the key is that of an event long past
            if let (Form::Moment(MomentTest::Abandoned { .. }), Some(key)) = (&pattern.form, &pattern.key) {
                let reads = self.reads_of(key);
                pattern.reads.extend(reads);
            }
        }
        Some((spec, pattern?))
    }

    /// The rule `ask_<survey>` of a survey that is asked: when an event lands on its touchpoint, after the delay.
    fn asks(&mut self, survey: &Survey) -> Option<(RuleSpec, PatternSpec, RuleLimits)> {
        let ask = survey.ask.as_ref()?;
        let (journey, touchpoint) = self.place(survey.at.as_deref()?)?;
        let action = Action {
            ask: Some(survey.id.clone()),
            purpose: ask.purpose.clone(),
            channels: ask.channels.clone(),
            ..Action::default()
        };
        let model = Rule {
            id: format!("ask_{}", survey.id),
            do_: vec![action],
            cool_down: ask.cool_down,
            ramp: ask.sample,
            ..Rule::default()
        };
        let reach = self.rule_reach(self.all.events.clone());
        let path = DocPath::survey(&survey.id).key("ask");
        let delay = ask.delay.unwrap_or(Duration::ZERO);
        let steps = vec![StepSpec { delay, unless: None, items: self.items(&path, &model.do_, &reach) }];
        let spec = RuleSpec { steps, ..RuleSpec::of(&model) };
        let pattern = PatternSpec::new(Form::Moment(MomentTest::Land { journey, touchpoint }));
        Some((spec, pattern, self.limits(&model)))
    }

    /// Lets the first rule of an experiment stand for the arms without anything that no rule serves.
    fn hold_out(&self, list: &mut [RuleSpec]) {
        for (number, experiment) in (0_u32..).zip(&self.document.experiments) {
            let of = |rule: &RuleSpec| rule.experiment.filter(|(e, _)| *e == number && !rule.closed);
            let served: Vec<Option<u32>> = list.iter().filter_map(of).map(|(_, arm)| arm).collect();
            let arms = (0_u32..).zip(&experiment.arms).filter(|(_, arm)| arm.hold);
            let unserved: Vec<u32> =
                arms.map(|(arm, _)| arm).filter(|a| !served.contains(&Some(*a))).collect();
            if !served.contains(&None)
                && let Some(first) = list.iter_mut().find(|rule| of(rule).is_some())
            {
                first.holds_out = unserved;
            }
        }
    }

    /// What the rule reads of its events once they have matched.
    fn reads(&self, spec: &RuleSpec, pattern: &mut PatternSpec) {
        let slots = self.slots.borrow();
        let read = |number: &u32| match slots.get_index(*number as usize)? {
            Slot::Attribute(attribute) | Slot::AttributeOr(attribute, _) => Some(Read::Attribute(*attribute)),
            Slot::Envelope(EnvelopeField::Channel) => Some(Read::Channel),
            Slot::Step { read, .. } => Some(*read),
            Slot::Decision(_) => self.names.attribute("decision").map(Read::Attribute),
            _ => None,
        };
        let shared = self.budget_by.iter().filter_map(|(_, attribute, _)| *attribute).map(Read::Attribute);
        for found in spec.programs().flat_map(|program| program.slots()).filter_map(read).chain(shared) {
            if !pattern.reads.contains(&found) {
                pattern.reads.push(found);
            }
        }
    }

    fn goal(&mut self, path: &DocPath, goal: &Goal, reach: &Reach) -> GoalSpec {
        let events = self.events(goal.event.iter());
        let reach = Reach { events: events.as_slice().into(), ..reach.clone() };
        let condition = self.condition(&path.key("where"), goal.where_.as_ref(), &reach);
        GoalSpec { events, condition, within: goal.within, tag: goal.tag.as_deref().map(Arc::from) }
    }

    fn exit(&mut self, path: &DocPath, rule: &Rule, reach: &Reach) -> Option<ExitSpec> {
        let exit = rule.exit.as_ref()?;
        let events = self.events(exit.event.iter());
        let own = match events.as_slice() {
            [] => reach.clone(),
            some => Reach { events: some.into(), ..reach.clone() },
        };
        let condition = self.condition(&path.key("where"), exit.where_.as_ref(), &own);
        let when = self.condition(&path.key("if"), exit.if_.as_ref(), reach);
        Some(ExitSpec { events, condition, when })
    }

    fn items(&mut self, path: &DocPath, actions: &[Action], reach: &Reach) -> Vec<ItemSpec> {
        let mut items = Vec::with_capacity(actions.len());
        for (i, action) in actions.iter().enumerate() {
            let path = path.index(i);
            let kind = action.kind.as_ref();
            let kind = kind.and_then(|kind| self.value(&path.key("kind"), kind, reach, Taker::Kind));
            let mut with = Vec::with_capacity(action.with.len());
            for (name, text) in &action.with {
                let path = path.key("with").key(name);
                let program = match &action.emit {
                    Some(event) => self.value(&path, text, reach, Taker::Attribute(event, name)),
                    None => self.expression(&path, text, reach),
                };
                with.extend(program.map(|program| (Arc::from(name.as_str()), program)));
            }
            let mut set = Vec::with_capacity(action.set.len());
            for (name, text) in &action.set {
                let program = self.value(&path.key("set").key(name), text, reach, Taker::Field(name));
                set.extend(self.names.field(name).zip(program));
            }
            items.push(ItemSpec {
                purpose: self.purpose(action),
                channels: self.channels(action),
                with,
                set,
                kind,
                valid: self.valid(action),
                ticket: TicketSpec::of(action).map(Arc::new),
                target: target_of(action),
                action: action.clone(),
            });
        }
        items
    }

    /// How long the message of an item and the offer it carries hold.
    fn valid(&self, action: &Action) -> Option<Duration> {
        let name = action.send.as_deref()?;
        let message = self.document.messages.iter().find(|message| message.id == name)?;
        let named = |id: &str| self.document.offers.iter().find(|offer| offer.id == id);
        let offer = message.offer.as_deref().and_then(named);
        message.valid.into_iter().chain(offer.and_then(|offer| offer.valid)).min()
    }

    fn purpose(&self, action: &Action) -> Option<u32> {
        let asked = action.ask.as_deref().and_then(|id| self.document.surveys.iter().find(|s| s.id == id));
        let asked = asked.and_then(|survey| survey.ask.as_ref()).and_then(|ask| ask.purpose.as_deref());
        let place = self.names.purposes().get_index_of(action.purpose.as_deref().or(asked)?)?;
        u32::try_from(place).ok()
    }

    /// The channels to try, in order: the item's own, else those of outreach.
    fn channels(&self, action: &Action) -> Vec<u32> {
        let order = self.document.outreach.as_ref().map_or(&[][..], |outreach| &outreach.order);
        let names = if action.channels.is_empty() { order } else { &action.channels };
        let place = |name: &String| u32::try_from(self.names.channels().get_index_of(name.as_str())?).ok();
        names.iter().filter_map(place).collect()
    }

    /// Checks the conditions of experiments.
    fn experiments(&mut self) {
        for experiment in &self.document.experiments {
            let path = DocPath::root().key("experiments").id(&experiment.id);
            if let Some(metric) = &experiment.metric {
                let reach =
                    Reach { events: self.events(metric.event.iter()).into(), ..self.customer_reach() };
                self.condition(&path.key("metric").key("where"), metric.where_.as_ref(), &reach);
                if let Some(value) = &metric.value {
                    let path = path.key("metric").key("value");
                    self.value(&path, value, &reach, Taker::Number("value"));
                }
            }
            for (i, guard) in experiment.guard.iter().enumerate() {
                let reach = Reach { events: self.events(guard.event.iter()).into(), ..self.customer_reach() };
                self.condition(&path.key("guard").index(i).key("where"), guard.where_.as_ref(), &reach);
            }
        }
    }

    /// How tickets find their person, by queue.
    fn routes(&mut self) -> Vec<Option<Program>> {
        let queues = self.document.tickets.iter().flat_map(|t| &t.queues);
        let mut routes = Vec::new();
        for queue in queues {
            let path = DocPath::root().key("tickets").key("queues").id(&queue.id).key("route");
            let reach = self.rule_reach(self.all.events.clone());
            routes.push(
                queue.route.as_ref().and_then(|route| self.value(&path, route, &reach, Taker::Text("route"))),
            );
        }
        routes
    }

    /// What the conditions of a rule may read.
    pub(super) fn reach_of(&self, when: &When) -> Reach {
        let answered = self.names.event(reserved::ANSWERED);
        let mut events: Vec<EventId> = Vec::new();
        let mut answer: Vec<AttributeId> = Vec::new();
        if let Some(names) = &when.event {
            events.extend(self.events(names.iter()));
        }
        events.extend(self.events(when.count.as_deref()));
        events.extend(self.events(when.sum.as_ref().map(|path| self.document.event_of(path).0)));
        if let Some(survey) = &when.answer {
            events.extend(answered);
            let found = self.document.surveys.iter().find(|s| s.id == *survey);
            let questions = found.iter().flat_map(|s| &s.questions);
            answer = questions.filter_map(|q| self.names.attribute(&q.id)).collect();
        }
        for list in [&when.after, &when.without].into_iter().flatten() {
            events.extend(list.iter().flat_map(|m| self.events(m.event.iter())).collect::<Vec<_>>());
        }
        let mut steps = Vec::new();
        for (place, step) in (0_u32..).zip(when.sequence.iter().flatten()) {
            let own = self.events(step.event.iter());
            events.extend(own.iter().copied());
            steps.extend(step.as_.clone().map(|name| StepReach { name, place, events: own }));
        }
        events.sort_unstable();
        events.dedup();
        let events = if events.is_empty() { self.all.events.clone() } else { events.into() };
        Reach { answer, steps, ..self.rule_reach(events) }
    }

    fn rule_reach(&self, events: Arc<[EventId]>) -> Reach {
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

/// The message, survey, queue, call, tag, fields or event that an action names.
fn target_of(action: &Action) -> Arc<str> {
    let names =
        [&action.send, &action.ask, &action.ticket, &action.call, &action.tag, &action.untag, &action.emit];
    match names.into_iter().flatten().next() {
        Some(name) => name.as_str().into(),
        None => action.set.keys().map(String::as_str).collect::<Vec<_>>().join(",").into(),
    }
}

impl RuleSpec {
    /// What a rule says by itself; its conditions, steps, goal and exit are compiled apart.
    fn of(rule: &Rule) -> Self {
        Self {
            id: rule.id.as_str().into(),
            stable: stable_id("rule", &rule.id),
            lineage: hex(&lineage(rule)).into(),
            closed: false,
            drains: false,
            priority: rule.priority.unwrap_or(0),
            group: rule.group.as_deref().map(Arc::from),
            condition: None,
            steps: Vec::new(),
            counts: rule.counts.unwrap_or(true),
            ramp: rule.ramp.map(|share| (share, 0)),
            experiment: None,
            holds_out: Vec::new(),
            goal: None,
            exit: None,
        }
    }

    /// The same as a version of before an edit: remembered apart from what the rule says now.
    fn of_before(self) -> Self {
        let name = format!("{}@{}", self.id, self.lineage);
        Self { stable: stable_id("rule", &name), closed: true, ..self }
    }
}

/// What a rule means, human text left out, and what an edit of it does to what is under way.
pub(crate) fn lineage(rule: &Rule) -> [u8; 16] {
    let meaning = Rule { title: None, edit: None, extra: Default::default(), ..rule.clone() };
    let text = serde_json::to_string(&meaning).unwrap_or_default();
    let hash = sha256_fields([b"rule".as_slice(), text.as_bytes()]);
    hash.first_chunk::<16>().copied().unwrap_or_default()
}

/// Names and conditions of one rule for its pattern.
struct InRule<'r, 'b, 'd> {
    builder: &'b mut Builder<'d>,
    path: &'r DocPath,
    rule: &'r Rule,
    reach: &'r Reach,
}

impl Resolve for InRule<'_, '_, '_> {
    fn event(&self, name: &str) -> Option<EventId> {
        self.builder.names.event(name)
    }

    fn attribute(&self, name: &str) -> Option<AttributeId> {
        self.builder.names.attribute(name)
    }

    fn stage(&self, name: &str) -> Option<(u32, u32)> {
        self.builder.find(&self.builder.stages, name)
    }

    fn touchpoint(&self, name: &str) -> Option<(u32, u32)> {
        self.builder.place(name)
    }

    fn journey(&self, name: &str) -> Option<u32> {
        let place = self.builder.document.journeys.iter().position(|j| j.id == name)?;
        u32::try_from(place).ok()
    }

    fn state(&self, name: &str) -> Option<u32> {
        let place = self.builder.names.lifecycle().iter().position(|id| **id == *name)?;
        u32::try_from(place).ok()
    }

    fn segment(&self, name: &str) -> Option<u32> {
        let place = self.builder.names.segments().iter().position(|id| **id == *name)?;
        u32::try_from(place).ok()
    }

    fn field(&self, name: &str) -> Option<u32> {
        self.builder.names.field(name)
    }

    fn answered(&self) -> Option<(EventId, AttributeId)> {
        Some((self.builder.names.event(reserved::ANSWERED)?, self.builder.names.attribute("survey")?))
    }

    fn program(&mut self, place: Place, text: &Expr) -> Option<Program> {
        let when = self.path.key("when");
        let one = |events: Vec<EventId>| Reach { events: events.into(), ..self.reach.clone() };
        let (path, reach) = match place {
            Place::Where => (when.key("where"), self.reach.clone()),
            Place::Key if self.rule.key.is_some() => (self.path.key("key"), self.reach.clone()),
            Place::Key => (when.key("key"), self.reach.clone()),
            Place::Step(i) => {
                let step = self.rule.when.sequence.as_ref()?.get(i)?;
                let own = self.builder.events(step.event.iter().chain(step.not.iter()));
                (when.key("sequence").index(i).key("where"), one(own))
            }
            Place::After(i) => {
                let test = self.rule.when.after.as_ref()?.get(i)?;
                (when.key("after").index(i).key("where"), one(self.builder.events(test.event.iter())))
            }
            Place::Without(i) => {
                let test = self.rule.when.without.as_ref()?.get(i)?;
                (when.key("without").index(i).key("where"), one(self.builder.events(test.event.iter())))
            }
        };
        match place {
            Place::Key => self.builder.expression(&path, text, &reach),
            _ => self.builder.condition(&path, Some(text), &reach),
        }
    }

    fn looks_back(&self, program: &Program) -> bool {
        let slots = self.builder.slots.borrow();
        let of_step = |number: &u32| matches!(slots.get_index(*number as usize), Some(Slot::Step { .. }));
        program.slots().iter().any(of_step)
    }
}

/// The dimensions that budgets are split by.
pub(super) fn budget_by(document: &Document, names: &Names) -> Vec<BudgetBy> {
    let offers = document.offers.iter().filter_map(|offer| offer.budget.as_ref());
    let rules = document.rules.iter().filter_map(|rule| rule.budget.as_ref());
    let all: BTreeSet<&str> = offers.chain(rules).filter_map(|budget| budget.by.as_deref()).collect();
    let found = |name: &str| (name.into(), names.attribute(name), names.field(name));
    all.into_iter().map(found).collect()
}

/// Numbers the rules that have a ramp; versions of one rule share the number.
fn number_ramps(list: &mut [RuleSpec]) {
    let mut known: Vec<Arc<str>> = Vec::new();
    for rule in list {
        let Some((_, number)) = &mut rule.ramp else { continue };
        let place = known.iter().position(|id| *id == rule.id).unwrap_or_else(|| {
            known.push(rule.id.clone());
            known.len() - 1
        });
        *number = u32::try_from(place).unwrap_or(u32::MAX);
    }
}
