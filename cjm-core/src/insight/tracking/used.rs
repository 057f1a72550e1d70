//! Where a blueprint uses an event.
//!
//! Answers: touchpoints that take it, and other parts that read it, in document order.
//! Does not know: attributes, conditions beyond their text.

use indexmap::IndexMap;

use super::plan::TrackedAt;
use crate::blueprint::model::{Document, EventMatch, Journey, Rule};

/// Uses of one event.
#[derive(Debug, Clone, Default)]
pub(super) struct Used {
    /// Touchpoints that take it.
    pub(super) at: Vec<TrackedAt>,
    /// Paths of other parts that read it, as in `journeys.dine_in.goal`.
    pub(super) by: Vec<String>,
    /// A rule makes it: no source has to send it.
    pub(super) emitted: bool,
}

/// Uses by event, in the order in which the document first uses them.
pub(super) fn uses(document: &Document) -> IndexMap<String, Used> {
    let mut all: IndexMap<String, Used> = IndexMap::new();
    for journey in &document.journeys {
        of_journey(journey, &mut all);
    }
    if let Some(event) = document.consent.as_ref().and_then(|c| c.event.as_ref()) {
        read(&mut all, event, "consent".into());
    }
    if let Some(customer) = &document.customer {
        for (id, feature) in &customer.features {
            read(&mut all, document.event_of(&feature.of).0, format!("customer.features.{id}"));
        }
        for row in &customer.lifecycle {
            let idle = row.idle.as_ref().map(|idle| &idle.event);
            for event in row.event.iter().chain(idle) {
                read(&mut all, event, format!("customer.lifecycle.{}", row.id));
            }
        }
    }
    for rule in &document.rules {
        of_rule(document, rule, &mut all);
    }
    all
}

fn read(all: &mut IndexMap<String, Used>, event: &str, path: String) {
    // `customer.FIELD` is a path too, but of no event
    if event.is_empty() || event == "customer" {
        return;
    }
    let used = all.entry(event.to_owned()).or_default();
    if used.by.last() != Some(&path) {
        used.by.push(path);
    }
}

fn of_journey(journey: &Journey, all: &mut IndexMap<String, Used>) {
    for stage in &journey.stages {
        for touchpoint in &stage.touchpoints {
            for event in touchpoint.event.iter() {
                let owner = touchpoint.owner.as_ref().or(stage.owner.as_ref()).or(journey.owner.as_ref());
                all.entry(event.to_owned()).or_default().at.push(TrackedAt {
                    journey: journey.id.clone(),
                    stage: stage.id.clone(),
                    touchpoint: touchpoint.id.clone(),
                    journey_title: journey.title.clone(),
                    stage_title: stage.title.clone(),
                    title: touchpoint.title.clone(),
                    condition: touchpoint.where_.as_ref().map(|x| x.0.clone()),
                    channel: touchpoint.channel.clone(),
                    owner: owner.cloned(),
                });
            }
        }
    }
    let path = |part: &str| format!("journeys.{}.{part}", journey.id);
    journey.enter.iter().for_each(|event| read(all, event, path("enter")));
    for (part, events) in [("goal", &journey.goal), ("exit", &journey.exit)] {
        events.iter().flat_map(|m| m.event.iter()).for_each(|event| read(all, event, path(part)));
    }
}

fn of_rule(document: &Document, rule: &Rule, all: &mut IndexMap<String, Used>) {
    let path = format!("rules.{}", rule.id);
    let when = &rule.when;
    let steps = when.sequence.iter().flatten().flat_map(|step| step.event.iter().chain(step.not.iter()));
    let waits = [&when.after, &when.without].into_iter().flatten().flatten();
    let single = when.event.iter().flat_map(|e| e.iter());
    let events = single.chain(steps).chain(waits.flat_map(|m: &EventMatch| m.event.iter()));
    let sum = when.sum.as_ref().map(|path| document.event_of(path).0);
    for event in events.chain(when.count.as_deref()).chain(sum) {
        read(all, event, path.clone());
    }
    for event in rule.goal.iter().flat_map(|goal| goal.event.iter()) {
        read(all, event, path.clone());
    }
    let actions = rule.do_.iter().chain(rule.then.iter().flat_map(|then| &then.do_));
    for event in actions.filter_map(|action| action.emit.as_ref()) {
        all.entry(event.clone()).or_default().emitted = true;
    }
}
