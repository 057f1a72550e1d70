//! Checks of journeys, targets and improvements.
//!
//! Answers: names that lead nowhere there, touchpoints nothing measures, stages that are departments,
//! improvements without an owner. Does not know: the shape of the map (see `map`).

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::base::text::Text;
use crate::blueprint::model::{Journey, Stage, Touchpoint};

pub(super) fn check(check: &mut Check<'_>) {
    let d = check.document;
    let departments = departments(d);
    let asked = asked(d);
    for journey in &d.journeys {
        let path = DocPath::journey(&journey.id);
        check.events(&path.key("enter"), &journey.enter);
        for (key, event) in [("goal", &journey.goal), ("exit", &journey.exit)] {
            if let Some(event) = event {
                check.events(&path.key(key).key("event"), &event.event);
            }
        }
        for stage in &journey.stages {
            department(check, stage, &path.key("stages").id(&stage.id), &departments);
            for touchpoint in &stage.touchpoints {
                let here = DocPath::touchpoint(&journey.id, &stage.id, &touchpoint.id);
                references(check, touchpoint, &here);
                measured(check, journey, touchpoint, &here, &asked);
            }
        }
    }
    targets(check);
    improvements(check);
}

fn references(check: &mut Check<'_>, touchpoint: &Touchpoint, path: &DocPath) {
    check.events(&path.key("event"), &touchpoint.event);
    if touchpoint.event.is_empty() {
        if touchpoint.where_.is_some() {
            check.report(&entry::WHERE_WITHOUT_EVENT, &path.key("where"));
        }
        if touchpoint.score.is_some() {
            check.report(&entry::SCORE_WITHOUT_EVENT, &path.key("score"));
        }
    }
    if let Some(channel) = &touchpoint.channel {
        check.name(Kind::ChannelLabel, &path.key("channel"), channel);
    }
    check.names(Kind::Topic, &path.key("topics"), &touchpoint.topics);
    for scenario in touchpoint.in_.keys() {
        check.key(Kind::Scenario, &path.key("in").key(scenario), scenario);
    }
    for opportunity in &touchpoint.opportunities {
        let here = path.key("opportunities").id(&opportunity.id).key("solves");
        check.places(PlaceKind::Pain, &here, &opportunity.solves);
    }
}

/// The touchpoints that surveys name, as they name them.
fn asked(document: &Document) -> BTreeSet<&str> {
    let surveys = &document.surveys;
    let questions = surveys.iter().flat_map(|survey| &survey.questions).filter_map(|q| q.of.as_deref());
    surveys.iter().filter_map(|survey| survey.at.as_deref()).chain(questions).collect()
}

/// A touchpoint without event, survey question and topic never gets a number.
fn measured(
    check: &mut Check<'_>,
    journey: &Journey,
    touchpoint: &Touchpoint,
    path: &DocPath,
    asked: &BTreeSet<&str>,
) {
    if !touchpoint.event.is_empty() || !touchpoint.topics.is_empty() {
        return;
    }
    let full = format!("{}/{}", journey.id, touchpoint.id);
    if !asked.contains(touchpoint.id.as_str()) && !asked.contains(full.as_str()) {
        check.push(check.at(&entry::UNMEASURED, path).with("name", &touchpoint.id));
    }
}

/// The owners of touchpoints, stages and internal steps, in small letters.
fn departments(document: &Document) -> BTreeMap<String, String> {
    let stages = || document.journeys.iter().flat_map(|j| &j.stages);
    let touchpoints = || stages().flat_map(|s| &s.touchpoints);
    let owners = stages().filter_map(|s| s.owner.as_ref());
    let owners = owners.chain(touchpoints().filter_map(|t| t.owner.as_ref()));
    let owners = owners.chain(touchpoints().flat_map(|t| &t.behind).filter_map(|b| b.owner.as_ref()));
    owners.map(|owner| (owner.to_lowercase(), owner.clone())).collect()
}

/// A stage named like a department is drawn from the inside of the company.
fn department(check: &mut Check<'_>, stage: &Stage, path: &DocPath, departments: &BTreeMap<String, String>) {
    let titles: Vec<&str> = match &stage.title {
        None => Vec::new(),
        Some(Text::One(title)) => vec![title],
        Some(Text::Many(titles)) => titles.values().map(String::as_str).collect(),
    };
    let mut names = [stage.id.as_str()].into_iter().chain(titles);
    if let Some(owner) = names.find_map(|name| departments.get(&name.to_lowercase())) {
        let finding = check.at(&entry::STAGE_IS_DEPARTMENT, path).with("name", &stage.id);
        check.push(finding.with("owner", owner));
    }
}

fn targets(check: &mut Check<'_>) {
    let d = check.document;
    for target in &d.targets {
        let path = DocPath::root().key("targets").id(&target.id);
        if let Some(journey) = &target.journey {
            check.name(Kind::Journey, &path.key("journey"), journey);
        }
        if let Some(touchpoint) = &target.touchpoint {
            check.place(PlaceKind::Touchpoint, &path.key("touchpoint"), touchpoint);
        }
    }
}

fn improvements(check: &mut Check<'_>) {
    let d = check.document;
    for improvement in &d.improvements {
        let path = DocPath::root().key("improvements").id(&improvement.id);
        check.places(PlaceKind::Pain, &path.key("solves"), &improvement.solves);
        if let Some(target) = &improvement.target {
            check.name(Kind::Target, &path.key("target"), target);
        }
        if improvement.owner.is_none() {
            check.push(check.at(&entry::IMPROVEMENT_WITHOUT_OWNER, &path).with("name", &improvement.id));
        }
    }
}
