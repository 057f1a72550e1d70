//! From blueprint to plan: every name resolved, every condition compiled, all findings collected.
//!
//! Answers: the plan, or everything that keeps it from being one. Does not know: references that carry no condition
//! (those are `plan::check`).

mod customer;
mod deeds;
mod fit;
mod journey;
mod kept;
mod loops;
mod outreach;
mod rule;
mod sense;
mod survey;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::base::catalogue::expr as words;
use crate::base::catalogue::plan::DECLARED_LATER;
use crate::base::finding::{self, Finding, Severity};
use crate::base::text::Language;
use crate::base::zone::Zone;
use crate::blueprint::model::{Document, EventMatch, Expr, Rule};
use crate::blueprint::{Blueprint, DocPath};
use crate::error::{Error, Result};
use crate::event::EventId;
use crate::expr::{self, ExprFinding, Program, Type};
use crate::journey::EventTest;
use crate::map::Map;

use super::check::{Gathered, Suggest};
use super::rule::BudgetBy;
use super::slots::Slot;
use super::types::{AllEvents, InReach, Reach};
use super::{Layout, Names, Plan, reserved};

impl Blueprint {
    /// Compiles the blueprint into an immutable plan to share between threads and engines.
    ///
    /// # Errors
    /// [`crate::ErrorCode::Blueprint`] with every finding of severity error.
    pub fn compile(&self) -> Result<Plan> {
        let mut errors = self.check();
        errors.retain(|f| f.severity() == Severity::Error);
        if !errors.is_empty() {
            return Err(Error::of_findings(errors));
        }
        build(self, &[]).0.map_err(|mut found| {
            finding::sort(&mut found);
            Error::of_findings(found)
        })
    }

    /// The same with versions of rules of before an edit, which end what is under way and begin nothing.
    ///
    /// # Errors
    /// Those of [`Blueprint::compile`], for the versions too: what they name must still be declared.
    pub fn compile_with(&self, versions: &[Rule]) -> Result<Plan> {
        let plan = self.compile()?;
        if versions.is_empty() {
            return Ok(plan);
        }
        for version in versions {
            let alone = Document { rules: vec![version.clone()], ..self.document().clone() };
            let mut errors = Blueprint::from_document(alone).check();
            errors.retain(|f| f.severity() == Severity::Error);
            if !errors.is_empty() {
                return Err(Error::of_findings(errors));
            }
        }
        let (built, found) = build(self, versions);
        let mut found: Vec<Finding> = found.finish();
        found.retain(|f| f.severity() == Severity::Error);
        match built {
            Ok(plan) if found.is_empty() => Ok(plan),
            Ok(_) => Err(Error::of_findings(found)),
            Err(found) => Err(Error::of_findings(found)),
        }
    }
}

/// The plan of a blueprint, and what was found in its conditions. Gives no plan when a map can not be built.
pub(crate) fn build(
    blueprint: &Blueprint,
    versions: &[Rule],
) -> (std::result::Result<Plan, Vec<Finding>>, Gathered) {
    let document = blueprint.document();
    let mut builder = Builder::new(blueprint, versions);
    let features = builder.features();
    let tracked = builder.tracked();
    let lifecycle = builder.lifecycle(&tracked);
    let segments = builder.segments();
    let scenarios = builder.scenarios();
    let journeys: Vec<_> = document.journeys.iter().map(|j| builder.journey(j)).collect();
    let maps: Result<Vec<Map>> = document.journeys.iter().map(Map::new).collect();
    let surveys = builder.surveys();
    let mut rules = builder.rules();
    builder.keep_scores(&mut rules.kept, &journeys, &surveys);
    builder.loops(&features, &lifecycle, &segments);
    let findings = std::mem::take(&mut builder.findings);
    let names = builder.names;
    let slots: Vec<Slot> = builder.slots.into_inner().into_iter().collect();
    let dependence =
        customer::Dependence::of(&slots, &features, &lifecycle, &segments, &tracked, names.n_events());
    let mut roles = dependence.roles;
    for (event, role) in (0_u32..).zip(&mut roles) {
        let event = EventId(event);
        let concerned = (0_u32..).zip(&journeys).filter(|(_, journey)| journey.concerns(event));
        role.concerns = concerned.map(|(place, _)| place).collect();
    }
    let maps = match maps {
        Ok(maps) => maps,
        Err(error) => return (Err(error.findings().to_vec()), findings),
    };
    let profile_set = names.event(reserved::PROFILE_SET);
    let consent = customer::consent(document, &names);
    let says = profile_set.into_iter().chain(consent.as_ref().and_then(|c| c.event));
    for event in says {
        if let Some(role) = roles.get_mut(event.index()) {
            role.says = true;
        }
    }
    let mut plan = Plan {
        document: Arc::new(document.clone()),
        zone_name: document.zone.clone().unwrap_or_else(Zone::utc).name().into(),
        zone: document.zone.clone().unwrap_or_else(Zone::utc),
        language: document.language.as_deref().and_then(Language::of_tag).unwrap_or_default(),
        layout: Arc::new(Layout::of(document, &names, &tracked, &rules.list)),
        profile_set,
        ack: names.event(reserved::ACK),
        consent,
        roles,
        clocked: dependence.clocked,
        profile_moves: dependence.profile_moves,
        names,
        slots,
        features,
        tracked,
        lifecycle,
        segments,
        scenarios,
        journeys,
        maps,
        surveys,
        rules,
        idle: Vec::new(),
    };
    plan.idle = plan.idle_events();
    (Ok(plan), findings)
}

/// Id to (journey, position).
type Places<'a> = BTreeMap<&'a str, Vec<(u32, u32)>>;

/// What is known while compiling.
struct Builder<'a> {
    blueprint: &'a Blueprint,
    document: &'a Document,
    /// Rules of before an edit.
    versions: &'a [Rule],
    names: Names,
    slots: RefCell<IndexSet<Slot>>,
    /// The dimensions that budgets are split by.
    budget_by: Vec<BudgetBy>,
    feature_types: Vec<Type>,
    all: AllEvents,
    /// Id to the journeys and positions of the stages that have it, in document order; likewise the touchpoints.
    stages: Places<'a>,
    touchpoints: Places<'a>,
    /// Conditions that may still be judged against what is declared.
    n_judged: usize,
    findings: Gathered,
    suggest: Suggest,
}

impl<'a> Builder<'a> {
    fn new(blueprint: &'a Blueprint, versions: &'a [Rule]) -> Self {
        let document = blueprint.document();
        let names = Names::of(document);
        let (mut stages, mut touchpoints) = (Places::new(), Places::new());
        for (journey, model) in (0_u32..).zip(&document.journeys) {
            for (place, stage) in (0_u32..).zip(&model.stages) {
                stages.entry(&stage.id).or_default().push((journey, place));
            }
            for (place, touchpoint) in (0_u32..).zip(model.stages.iter().flat_map(|s| &s.touchpoints)) {
                touchpoints.entry(&touchpoint.id).or_default().push((journey, place));
            }
        }
        Self {
            blueprint,
            document,
            versions,
            all: AllEvents::of(document, &names),
            budget_by: rule::budget_by(document, &names),
            stages,
            touchpoints,
            names,
            slots: RefCell::default(),
            feature_types: Vec::new(),
            n_judged: 0,
            findings: Gathered::default(),
            suggest: Suggest::default(),
        }
    }

    /// Compiles an expression of any type.
    fn expression(&mut self, path: &DocPath, text: &Expr, reach: &Reach) -> Option<Program> {
        let scope = InReach {
            names: &self.names,
            document: self.document,
            feature_types: &self.feature_types,
            reach,
            slots: &self.slots,
            all: &self.all,
            suggest: Some(&self.suggest),
        };
        let compiled = expr::compile(&text.0, &scope);
        let found = compiled.as_ref().map_or_else(Vec::as_slice, Program::warnings);
        let place = |offset| self.blueprint.position_in(path.as_str(), offset);
        let told = |f: &ExprFinding| {
            let said = f.at(path.as_str(), place);
            match self.declared_later(f, reach) {
                Some(name) => Finding::new(&DECLARED_LATER, said.path, said.position).with("name", name),
                None => said,
            }
        };
        self.findings.extend(found.iter().map(told).collect::<Vec<_>>());
        compiled.ok()
    }

    /// The feature that an unknown name means and that is only declared after what reads it.
    fn declared_later<'f>(&self, finding: &'f ExprFinding, reach: &Reach) -> Option<&'f str> {
        let unknown = finding.entry.code == words::EXPR_UNKNOWN_NAME.code;
        let (_, name) = finding.args.iter().find(|(key, _)| unknown && *key == "name")?;
        let id = name.strip_prefix("customer.").unwrap_or(name);
        self.names.features().get_index_of(id).filter(|place| *place >= reach.features).map(|_| id)
    }

    /// Compiles a condition: it must be true or false; one that always or never holds is worth a finding.
    fn condition(&mut self, path: &DocPath, text: Option<&Expr>, reach: &Reach) -> Option<Program> {
        let program = self.expression(path, text?, reach)?;
        let position = self.blueprint.position(path.as_str());
        if !matches!(program.ty(), Type::Bool | Type::Any) {
            let finding = Finding::new(&words::EXPR_NOT_CONDITION, path.as_str(), position);
            self.findings.push(finding.with("found", program.ty().word()));
            return None;
        }
        self.judge(path, &program, reach);
        Some(program)
    }

    /// Journey and position of a stage or touchpoint by its id, or by `journey/id`: the first in the document.
    fn find(&self, places: &Places<'a>, name: &str) -> Option<(u32, u32)> {
        let (journey, id) = name.split_once('/').map_or((None, name), |(journey, id)| (Some(journey), id));
        let of = |place: &&(u32, u32)| {
            let model = self.document.journeys.get(place.0 as usize);
            journey.is_none_or(|id| model.is_some_and(|model| model.id == id))
        };
        places.get(id)?.iter().find(of).copied()
    }

    /// The numbers of declared events among names; unknown ones are findings of `plan::check`.
    fn events<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<EventId> {
        names.into_iter().filter_map(|name| self.names.event(name)).collect()
    }

    /// One flag by event.
    fn flags(&self, events: &[EventId]) -> Vec<bool> {
        let mut flags = vec![false; self.names.n_events()];
        for event in events {
            if let Some(flag) = flags.get_mut(event.index()) {
                *flag = true;
            }
        }
        flags
    }

    fn event_test(&mut self, path: &DocPath, test: &EventMatch, reach: &Reach) -> EventTest {
        let events = self.events(test.event.iter());
        let reach = Reach { events: events.as_slice().into(), ..reach.clone() };
        let condition = self.condition(&path.key("where"), test.where_.as_ref(), &reach);
        EventTest { events: self.flags(&events), condition }
    }

    /// Everything about the customer: what rules, scenarios and maps may read.
    fn customer_reach(&self) -> Reach {
        Reach {
            features: self.names.features().len(),
            profile: true,
            lifecycle: true,
            segments: true,
            ..Reach::default()
        }
    }
}

#[cfg(test)]
mod tests;
