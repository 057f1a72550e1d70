//! Rules that say the same, or that leave another nothing to say.
//!
//! Answers: rules of one occasion, condition and action; rules that one of higher priority in their group always comes
//! before; rules of one occasion that take back what the other does. Only what is sure is told. Does not know: rules
//! that set each other off (see `plan::compile`), which customers there are.

use std::collections::BTreeMap;

use super::*;
use crate::blueprint::model::{
    Action, Again, Expr, Extra, Fire, Late, OneOrMany, Order, Rule, Skip, Step, When,
};
use crate::expr;

/// Rules of a group that are looked at as those that come before another.
const MAX_BEFORE: usize = 64;

pub(super) fn check(check: &mut Check<'_>) {
    let d = check.document;
    let all: Vec<Said<'_>> = d.rules.iter().map(Said::of).collect();
    doubles(check, &all);
    shadowed(check, &all);
    undone(check, &all);
}

/// What a rule says, in one spelling.
struct Said<'a> {
    rule: &'a Rule,
    /// Pattern, key, skip and lateness.
    occasion: String,
    condition: Option<String>,
    does: String,
}

impl<'a> Said<'a> {
    fn of(rule: &'a Rule) -> Self {
        let occasion = (when(rule), rule.skip.as_ref().filter(|s| **s != Skip::PastLastEvent), late(rule));
        let then =
            |then: &crate::blueprint::model::Then| (then.delay, spelt(&then.unless), actions(&then.do_));
        let does = (actions(&rule.do_), rule.then.iter().map(then).collect::<Vec<_>>());
        Self {
            rule,
            occasion: json(&occasion),
            condition: rule.if_.as_ref().map(|text| spell(text).0),
            does: json(&does),
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn late(rule: &Rule) -> bool {
    rule.late == Some(Late::FireIfValid)
}

/// One spelling of an expression; as written when it has no syntax.
fn spell(text: &Expr) -> Expr {
    Expr(expr::canonical(&text.0).unwrap_or_else(|| text.0.clone()))
}

fn spelt(text: &Option<Expr>) -> Option<Expr> {
    text.as_ref().map(spell)
}

/// The pattern with what it says by saying nothing left out.
fn when(rule: &Rule) -> When {
    let mut when = rule.when.clone();
    when.key = spelt(&rule.key.clone().or(when.key));
    when.where_ = spelt(&when.where_);
    when.order = when.order.filter(|order| *order != Order::Relaxed);
    when.again = when.again.filter(|again| *again != Again::Keep);
    when.fire = when.fire.filter(|fire| *fire != Fire::Crossing);
    when.event = when.event.map(|events| sorted(&events));
    when.extra = Extra::default();
    for test in [&mut when.after, &mut when.without].into_iter().flatten().flatten() {
        test.event = sorted(&test.event);
        test.where_ = spelt(&test.where_);
        test.extra = Extra::default();
    }
    for step in when.sequence.iter_mut().flatten() {
        *step = Step {
            event: sorted(&step.event),
            not: sorted(&step.not),
            where_: spelt(&step.where_),
            times: step.times.filter(|times| *times != (1, Some(1))),
            extra: Extra::default(),
            ..step.clone()
        };
    }
    when
}

fn sorted(events: &OneOrMany) -> OneOrMany {
    let mut names = events.0.clone();
    names.sort_unstable();
    names.dedup();
    OneOrMany(names)
}

fn actions(actions: &[Action]) -> Vec<Action> {
    let one = |action: &Action| {
        let mut action = Action { kind: spelt(&action.kind), extra: Extra::default(), ..action.clone() };
        for text in action.with.values_mut().chain(action.set.values_mut()) {
            *text = spell(text);
        }
        action
    };
    actions.iter().map(one).collect()
}

fn doubles(check: &mut Check<'_>, all: &[Said<'_>]) {
    let mut first: BTreeMap<_, &str> = BTreeMap::new();
    for said in all.iter().filter(|said| !said.rule.do_.is_empty() || !said.rule.then.is_empty()) {
        let rule = said.rule;
        let arm = (&rule.experiment, &rule.arm);
        let before = first.entry((&said.occasion, &said.condition, &said.does, arm)).or_insert(&rule.id);
        if *before != rule.id {
            let path = DocPath::rule(&rule.id).key("when");
            let finding = check.at(&entry::RULE_DUPLICATE, &path).with("name", &rule.id);
            check.push(finding.with("by", *before));
        }
    }
}

/// Rules that never decide, because another of the group always decides before them.
fn shadowed(check: &mut Check<'_>, all: &[Said<'_>]) {
    let mut groups: BTreeMap<&str, Vec<&Said<'_>>> = BTreeMap::new();
    for said in all {
        if let Some(group) = &said.rule.group {
            groups.entry(group).or_default().push(said);
        }
    }
    for (group, mut members) in groups {
        // of one priority the document's order decides
        members.sort_by_key(|said| std::cmp::Reverse(said.rule.priority.unwrap_or(0)));
        let mut before: Vec<&Said<'_>> = Vec::new();
        for said in members {
            if let Some(by) = before.iter().find(|by| covers(by, said)) {
                let path = DocPath::rule(&said.rule.id).key("group");
                let finding = check.at(&entry::RULE_SHADOWED, &path).with("name", &said.rule.id);
                check.push(finding.with("by", &by.rule.id).with("group", group));
            }
            if before.len() < MAX_BEFORE && always_decides(said.rule) {
                before.push(said);
            }
        }
    }
}

/// Whether every match of a rule whose condition holds gives a decision: nothing in its policy can refuse it.
fn always_decides(rule: &Rule) -> bool {
    let free = rule.experiment.is_none() && rule.cool_down.is_none() && rule.caps.is_empty();
    let endless = rule.goal.is_none() && rule.exit.is_none() && rule.then.is_empty();
    let done = |action: &Action| action.send.is_none() && action.ask.is_none();
    free && endless && rule.ramp.is_none_or(|share| share >= 1.0) && rule.do_.iter().any(done)
}

/// Whether one rule matches, and its condition holds, whenever another does.
fn covers(by: &Said<'_>, other: &Said<'_>) -> bool {
    let condition = by.condition.is_none() || by.condition == other.condition;
    condition && (by.occasion == other.occasion || wider(by.rule, other.rule))
}

/// Whether one rule hears every event that another hears.
fn wider(by: &Rule, other: &Rule) -> bool {
    let (wide, narrow) = (when(by), when(other));
    let (Some(events), Some(within)) = (&wide.event, &narrow.event) else { return false };
    let same = |a: &Option<Expr>, b: &Option<Expr>| a.is_none() || a == b;
    within.iter().all(|name| events.contains(name))
        && same(&wide.where_, &narrow.where_)
        && same(&wide.key, &narrow.key)
        && (late(by) || !late(other))
}

/// Rules of one occasion and condition of which one sets what the other takes away.
fn undone(check: &mut Check<'_>, all: &[Said<'_>]) {
    // what is changed on an occasion: to what, and by which rule
    let mut changed: BTreeMap<_, (String, &str)> = BTreeMap::new();
    for said in all {
        for (what, value) in said.rule.do_.iter().flat_map(changes) {
            let rule = said.rule.id.as_str();
            let before =
                changed.entry((&said.occasion, &said.condition, what)).or_insert((value.clone(), rule));
            if before.0 != value && before.1 != rule {
                let path = DocPath::rule(rule).key("do");
                let finding = check.at(&entry::RULES_UNDO, &path).with("name", rule).with("by", before.1);
                check.push(finding.with("what", what));
            }
        }
    }
}

/// The tags and fields that an action changes, and to what.
fn changes(action: &Action) -> Vec<(&str, String)> {
    let tag = action.tag.as_deref().map(|tag| (tag, "tag".to_owned()));
    let untag = action.untag.as_deref().map(|tag| (tag, "untag".to_owned()));
    let set = action.set.iter().map(|(field, text)| (field.as_str(), format!("={}", spell(text).0)));
    tag.into_iter().chain(untag).chain(set).collect()
}
