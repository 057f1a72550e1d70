//! Ids that are given twice.
//!
//! Answers: which id of a kind stands a second time, at the second place; texts that look alike (equal in
//! normal form C) are one. Does not know: what the ids name.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::*;

pub(super) fn check(check: &mut Check<'_>) {
    let d = check.document;
    let top = DocPath::root();
    check.doubles(&top.key("channels"), d.channels.iter().map(|x| &x.id));
    check.doubles(&top.key("sources"), d.sources.iter().map(|x| &x.id));
    check.doubles(&top.key("identities"), d.identities.iter().map(|x| &x.id));
    check.doubles(&top.key("scenarios"), d.scenarios.iter().map(|x| &x.id));
    check.doubles(&top.key("journeys"), d.journeys.iter().map(|x| &x.id));
    check.doubles(&top.key("targets"), d.targets.iter().map(|x| &x.id));
    check.doubles(&top.key("improvements"), d.improvements.iter().map(|x| &x.id));
    check.doubles(&top.key("topics"), d.topics.iter().map(|x| &x.id));
    check.doubles(&top.key("surveys"), d.surveys.iter().map(|x| &x.id));
    check.doubles(&top.key("messages"), d.messages.iter().map(|x| &x.id));
    check.doubles(&top.key("offers"), d.offers.iter().map(|x| &x.id));
    check.doubles(&top.key("rules"), d.rules.iter().map(|x| &x.id));
    check.doubles(&top.key("experiments"), d.experiments.iter().map(|x| &x.id));
    if let Some(customer) = &d.customer {
        let path = top.key("customer");
        check.doubles(&path.key("lifecycle"), customer.lifecycle.iter().map(|x| &x.id));
        check.doubles(&path.key("segments"), customer.segments.iter().map(|x| &x.id));
    }
    if let Some(consent) = &d.consent {
        check.doubles(&top.key("consent").key("purposes"), consent.purposes.iter().map(|x| &x.id));
    }
    if let Some(tickets) = &d.tickets {
        check.doubles(&top.key("tickets").key("queues"), tickets.queues.iter().map(|x| &x.id));
    }
    for survey in &d.surveys {
        check.doubles(&DocPath::survey(&survey.id).key("questions"), survey.questions.iter().map(|x| &x.id));
    }
    for experiment in &d.experiments {
        let path = top.key("experiments").id(&experiment.id);
        check.doubles(&path.key("arms"), experiment.arms.iter().map(|x| &x.id));
    }
    d.journeys.iter().for_each(|journey| journeys(check, journey));
}

/// Ids of stages, touchpoints, pains and opportunities are unique in their journey.
fn journeys(check: &mut Check<'_>, journey: &crate::blueprint::model::Journey) {
    let path = DocPath::journey(&journey.id);
    check.doubles(&path.key("personas"), journey.personas.iter().map(|x| &x.id));
    check.doubles(&path.key("stages"), journey.stages.iter().map(|x| &x.id));
    let (mut touchpoints, mut pains, mut opportunities) = (HashSet::new(), HashSet::new(), HashSet::new());
    for stage in &journey.stages {
        let list = path.key("stages").id(&stage.id).key("touchpoints");
        for (index, touchpoint) in stage.touchpoints.iter().enumerate() {
            let here = list.index(index);
            check.double(&mut touchpoints, &here, &touchpoint.id);
            for (index, pain) in touchpoint.pains.iter().enumerate() {
                check.double(&mut pains, &here.key("pains").index(index), &pain.id);
            }
            for (index, opportunity) in touchpoint.opportunities.iter().enumerate() {
                check.double(&mut opportunities, &here.key("opportunities").index(index), &opportunity.id);
            }
            check.doubles(&here.key("behind"), touchpoint.behind.iter().map(|x| &x.id));
        }
    }
}

impl Check<'_> {
    fn doubles<'i>(&mut self, list: &DocPath, ids: impl Iterator<Item = &'i String>) {
        let mut seen = HashSet::new();
        for (index, id) in ids.enumerate() {
            self.double(&mut seen, &list.index(index), id);
        }
    }

    fn double(&mut self, seen: &mut HashSet<String>, item: &DocPath, id: &str) {
        if !seen.insert(id.nfc().collect()) {
            self.push(self.at(&entry::DUPLICATE_ID, &item.key("id")).with("name", id));
        }
    }
}
