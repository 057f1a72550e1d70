//! Checks of rules and experiments.
//!
//! Answers: names that lead nowhere there, patterns that can never fire, rules that do nothing, arms that do not add up.
//! Does not know: conditions, nor whether two rules contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::base::catalogue::blueprint::{MISSING_KEY, TOO_MANY};
use crate::blueprint::model::{
    Action, AttributeKind, Clock, Experiment, Late, Rule, Skip, Step, Survey, When,
};
use crate::rule::MAX_STEPS;
use crate::ticket::MAX_ESCALATIONS;

pub(super) fn check(check: &mut Check<'_>) {
    let d = check.document;
    let unskipped = unskipped(d);
    let purposeless = purposeless(d);
    for rule in &d.rules {
        let path = DocPath::rule(&rule.id);
        pattern(check, &rule.when, &path.key("when"));
        moments(check, &rule.when, &path.key("when"), &unskipped);
        steps(check, rule, &path);
        policy(check, rule, &path);
        actions(check, &rule.do_, &path.key("do"), &purposeless);
        for (index, then) in rule.then.iter().enumerate() {
            actions(check, &then.do_, &path.key("then").index(index).key("do"), &purposeless);
        }
    }
    let served: BTreeSet<&str> = d.rules.iter().filter_map(|rule| rule.experiment.as_deref()).collect();
    for experiment in &d.experiments {
        arms(check, experiment);
        if !served.contains(experiment.id.as_str()) {
            let path = DocPath::root().key("experiments").id(&experiment.id);
            check.push(check.at(&entry::UNUSED_EXPERIMENT, &path).with("name", &experiment.id));
        }
    }
}

fn pattern(check: &mut Check<'_>, when: &When, path: &DocPath) {
    if let Some(events) = &when.event {
        check.events(&path.key("event"), events);
    }
    for (key, matches) in [("after", &when.after), ("without", &when.without)] {
        for (index, event) in matches.iter().flatten().enumerate() {
            check.events(&path.key(key).index(index).key("event"), &event.event);
        }
    }
    if let Some(event) = &when.count {
        check.name(Kind::Event, &path.key("count"), event);
    }
    if let Some(sum) = &when.sum {
        let here = path.key("sum");
        let (event, attribute) = check.event_path(&here, sum);
        let kind = attribute.and_then(|a| check.declared.attribute(event, a));
        if attribute.is_none() {
            check
                .push(check.at(&entry::ATTRIBUTE_NEEDED, &here).with("aggregate", "sum").with("name", event));
        } else if kind.is_some_and(|k| !customer::is_numeric(k)) {
            let finding = check.at(&entry::WRONG_ATTRIBUTE, &here).with("aggregate", "sum");
            check.push(finding.with("name", attribute.unwrap_or_default()));
        }
    }
}

fn moments(check: &mut Check<'_>, when: &When, path: &DocPath, unskipped: &BTreeMap<(usize, &str), bool>) {
    for (key, stage) in [("enter", &when.enter), ("leave", &when.leave), ("back", &when.back)] {
        if let Some(stage) = stage {
            check.place(PlaceKind::Stage, &path.key(key), stage);
        }
    }
    if let Some(stage) = &when.stay {
        check.place(PlaceKind::Stage, &path.key("stay"), stage);
        stay(check, when, stage, path);
    }
    if let Some(touchpoint) = &when.skip {
        check.place(PlaceKind::Touchpoint, &path.key("skip"), touchpoint);
        skipped(check, touchpoint, &path.key("skip"), unskipped);
    }
    let names = [
        ("reached", &when.reached, Kind::Journey),
        ("abandoned", &when.abandoned, Kind::Journey),
        ("becomes", &when.becomes, Kind::Lifecycle),
        ("joins", &when.joins, Kind::Segment),
        ("quits", &when.quits, Kind::Segment),
        ("segment", &when.segment, Kind::Segment),
        ("answer", &when.answer, Kind::Survey),
    ];
    for (key, name, kind) in names {
        if let Some(name) = name {
            check.name(kind, &path.key(key), name);
        }
    }
    if let Some(date) = &when.date {
        dated(check, date, &path.key("date"));
    }
}

/// A stay that outlasts the map's idle time never comes about: the trip ends before.
fn stay(check: &mut Check<'_>, when: &When, stage: &str, path: &DocPath) {
    let [journey] = check.declared.journeys_of(PlaceKind::Stage, stage)[..] else { return };
    let idle = check.document.journeys.get(journey).and_then(|j| j.idle);
    if let (Some(wanted), Some(idle)) = (when.for_, idle)
        && wanted >= idle
    {
        let finding = check.at(&entry::STAY_BEYOND_IDLE, &path.key("for")).with("stay", wanted.to_string());
        check.push(finding.with("idle", idle.to_string()));
    }
}

/// By journey and id: whether a touchpoint is never skipped, because it is optional or has no event.
fn unskipped(document: &Document) -> BTreeMap<(usize, &str), bool> {
    let mut all = BTreeMap::new();
    for (journey, model) in document.journeys.iter().enumerate() {
        for touchpoint in model.stages.iter().flat_map(|s| &s.touchpoints) {
            let never = touchpoint.optional || touchpoint.event.is_empty();
            all.entry((journey, touchpoint.id.as_str())).or_insert(never);
        }
    }
    all
}

/// Only required touchpoints with an event can be skipped.
fn skipped(check: &mut Check<'_>, name: &str, path: &DocPath, unskipped: &BTreeMap<(usize, &str), bool>) {
    let id = name.rsplit('/').next().unwrap_or(name);
    let journey = check.declared.journeys_of(PlaceKind::Touchpoint, name).first().copied();
    if journey.and_then(|journey| unskipped.get(&(journey, id))) == Some(&true) {
        check.push(check.at(&entry::SKIP_NEVER, path).with("name", name));
    }
}

/// `customer.FIELD` of a profile field that is a date or a time.
fn dated(check: &mut Check<'_>, date: &Path, path: &DocPath) {
    let Some(field) = date.customer_field() else {
        check.push(check.at(&entry::NOT_A_DATE_FIELD, path).with("name", &date.0));
        return;
    };
    check.name(Kind::Profile, path, field);
    let customer = check.document.customer.as_ref();
    let kind = customer.and_then(|c| c.profile.get(field)).map(|t| &t.kind);
    if kind.is_some_and(|k| !matches!(k, AttributeKind::Date | AttributeKind::Time)) {
        check.push(check.at(&entry::NOT_A_DATE_FIELD, path).with("name", &date.0));
    }
}

fn steps(check: &mut Check<'_>, rule: &Rule, path: &DocPath) {
    let list = path.key("when").key("sequence");
    let steps: &[Step] = rule.when.sequence.as_deref().unwrap_or_default();
    check.too_many(&list, steps.len(), MAX_STEPS);
    let mut names = BTreeSet::new();
    for (index, step) in steps.iter().enumerate() {
        let here = list.index(index);
        check.events(&here.key("event"), &step.event);
        check.events(&here.key("not"), &step.not);
        if let Some(name) = step.as_.as_deref()
            && !names.insert(name)
        {
            check.push(check.at(&entry::DUPLICATE_ID, &here.key("as")).with("name", name));
        }
    }
    if rule.when.sequence.is_some() && steps.iter().all(|s| s.event.is_empty() || s.optional) {
        check.report(&entry::EMPTY_SEQUENCE, &list);
    } else {
        let ends = [(0, &entry::LEADING_NOT), (steps.len().saturating_sub(1), &entry::TRAILING_NOT)];
        for (index, kind) in ends {
            if steps.get(index).is_some_and(|step| !step.not.is_empty()) {
                check.report(kind, &list.index(index));
            }
        }
    }
    match &rule.skip {
        Some(_) if rule.when.sequence.is_none() => {
            check.report(&entry::SKIP_WITHOUT_SEQUENCE, &path.key("skip"));
        }
        Some(Skip::ToLast(name)) if !names.contains(name.as_str()) => {
            check.unknown(&entry::UNKNOWN_STEP, &path.key("skip").key("to_last"), name, names);
        }
        _ => {}
    }
}

fn policy(check: &mut Check<'_>, rule: &Rule, path: &DocPath) {
    check.caps(&path.key("caps"), &rule.caps);
    check.budget(&path.key("budget"), rule.budget.as_ref());
    if let Some(goal) = &rule.goal {
        check.events(&path.key("goal").key("event"), &goal.event);
    }
    if let Some(exit) = &rule.exit {
        check.events(&path.key("exit").key("event"), &exit.event);
    }
    let several = rule.when.sequence.is_some() || rule.when.count.is_some() || rule.when.sum.is_some();
    if several && rule.late == Some(Late::FireIfValid) {
        check.push(check.at(&entry::LATE_IN_PART, &path.key("late")).with("name", &rule.id));
    }
    if rule.key.is_some() && rule.when.key.is_some() {
        check.report(&entry::TWO_KEYS, &path.key("key"));
    }
    if rule.do_.is_empty() && rule.then.iter().all(|then| then.do_.is_empty()) {
        check.push(check.at(&entry::RULE_DOES_NOTHING, path).with("name", &rule.id));
    }
    if rule.ramp == Some(0.0) {
        check.push(check.at(&entry::RAMP_OF_NOBODY, &path.key("ramp")).with("name", &rule.id));
    }
    let experiments = &check.document.experiments;
    if let Some(name) = &rule.experiment {
        check.name(Kind::Experiment, &path.key("experiment"), name);
    }
    let Some(arm) = &rule.arm else { return };
    let experiment = rule.experiment.as_ref().and_then(|name| experiments.iter().find(|x| x.id == *name));
    match experiment {
        Some(experiment) if experiment.arms.iter().any(|a| a.id == *arm) => {}
        Some(experiment) => {
            let known = experiment.arms.iter().map(|a| a.id.as_str());
            check.unknown(&entry::UNKNOWN_ARM, &path.key("arm"), arm, known);
        }
        None if rule.experiment.is_none() => check.report(&entry::ARM_WITHOUT_EXPERIMENT, &path.key("arm")),
        None => {}
    }
}

/// The surveys whose own `ask` names no purpose.
fn purposeless(document: &Document) -> BTreeSet<&str> {
    let names_one = |survey: &&Survey| survey.ask.as_ref().is_some_and(|ask| ask.purpose.is_some());
    document.surveys.iter().filter(|s| !names_one(s)).map(|s| s.id.as_str()).collect()
}

/// What goes to a person needs a purpose, else nobody's consent is asked for: its own, or that of the survey.
fn purpose(check: &mut Check<'_>, action: &Action, path: &DocPath, purposeless: &BTreeSet<&str>) {
    let asks = action.ask.as_deref().is_some_and(|survey| purposeless.contains(survey));
    if action.purpose.is_none() && (action.send.is_some() || asks) {
        check.push(check.at(&MISSING_KEY, path).with("key", "purpose"));
    }
}

fn actions(check: &mut Check<'_>, actions: &[Action], path: &DocPath, purposeless: &BTreeSet<&str>) {
    for (index, action) in actions.iter().enumerate() {
        let here = path.index(index);
        purpose(check, action, &here, purposeless);
        let names = [
            ("send", &action.send, Kind::Message),
            ("ask", &action.ask, Kind::Survey),
            ("ticket", &action.ticket, Kind::Queue),
            ("else", &action.else_, Kind::Queue),
            ("purpose", &action.purpose, Kind::Purpose),
        ];
        for (key, name, kind) in names {
            if let Some(name) = name {
                check.name(kind, &here.key(key), name);
            }
        }
        check.names(Kind::Channel, &here.key("channels"), &action.channels);
        if let Some(purpose) = &action.purpose {
            check.consent(&here, purpose, &action.channels);
        }
        for field in action.set.keys() {
            check.key(Kind::Profile, &here.key("set").key(field), field);
        }
        if let Some(event) = &action.emit {
            emitted(check, event, action, &here);
        }
        check.too_many(&here.key("escalate"), action.escalate.len(), MAX_ESCALATIONS);
        let calendar = check.document.tickets.as_ref().and_then(|tickets| tickets.calendar.as_ref());
        if action.clock == Some(Clock::Business) && calendar.is_none() {
            check.report(&entry::BUSINESS_WITHOUT_CALENDAR, &here.key("clock"));
        }
    }
}

impl Check<'_> {
    /// Reports a list that is longer than what the engine takes.
    fn too_many(&mut self, path: &DocPath, n: usize, limit: usize) {
        if n > limit {
            let finding = self.at(&TOO_MANY, path).with("n", n.to_string());
            self.push(finding.with("limit", limit.to_string()));
        }
    }
}

fn emitted(check: &mut Check<'_>, event: &str, action: &Action, path: &DocPath) {
    check.name(Kind::Event, &path.key("emit"), event);
    let Some(model) = check.document.events.get(event) else { return };
    for attribute in action.with.keys().filter(|a| !model.attributes.contains_key(*a)) {
        let known = model.attributes.keys().map(String::as_str);
        let finding = check.at_key(&entry::UNKNOWN_ATTRIBUTE, &path.key("with").key(attribute));
        check.push(check.near(finding, attribute, known));
    }
}

/// The shares of the arms are the whole.
fn arms(check: &mut Check<'_>, experiment: &Experiment) {
    let path = DocPath::root().key("experiments").id(&experiment.id);
    let sum: f64 = experiment.arms.iter().map(|arm| arm.share).sum();
    if experiment.arms.is_empty() {
        check.push(check.at(&entry::NO_ARMS, &path).with("name", &experiment.id));
    } else if (sum - 1.0).abs() > 1e-9 {
        let finding = check.at(&entry::SHARES_SUM, &path.key("arms")).with("name", &experiment.id);
        check.push(finding.with("sum", format!("{:.6}", sum).trim_end_matches('0').to_owned()));
    }
    if let Some(metric) = &experiment.metric {
        check.events(&path.key("metric").key("event"), &metric.event);
    }
    for (index, guard) in experiment.guard.iter().enumerate() {
        check.events(&path.key("guard").index(index).key("event"), &guard.event);
    }
}
