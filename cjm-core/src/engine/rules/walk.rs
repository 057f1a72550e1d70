//! The checks that decide a match, each made and told: the same questions in the same order as deciding asks them.
//!
//! Answers: every check of a match with what it found, also behind the first that refuses, and what they come to.
//! Does not know: how matches are found. It changes nothing.

use std::sync::Arc;

use crate::base::hash::bucket;
use crate::base::time::Timestamp;
use crate::blueprint::model::Period;
use crate::customer::identity::IdentityKey;
use crate::engine::explain::{Candidate, CapUse, Check, Fate, Happened, Test, Verdict, Walk};
use crate::engine::state::CustomerState;
use crate::event::EventId;
use crate::expr::{Assessed, Program};
use crate::outreach::{CapOf, CapPlace, CapSpec, Contact, Quieted, Reach, RefusalReason, Span};
use crate::plan::rule::ItemSpec;
use crate::plan::{Need, Plan};
use crate::rule::{MAX_TIMERS, Match};

use super::decide::{Case, Customer, Groups};
use super::{Ahead, key_text, made};

/// A rule whose matches are watched as they are decided.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watched {
    /// Position of the rule.
    pub(crate) rule: u32,
    /// Its matches in the order decided.
    pub(crate) walks: Vec<Walk>,
}

/// What a match of a rule would come to, with nothing else at that instant.
pub(crate) fn suppose(plan: &Plan, state: &CustomerState, found: Match) -> Option<Walk> {
    let number = found.rule;
    let rule = plan.rules.list.get(number as usize)?;
    let nobody = || IdentityKey { kind: "".into(), value: "".into() };
    let customer = state.key().cloned().unwrap_or_else(nobody);
    let case = Case { plan, rule, number, ahead: Ahead::of(found), customer, arm: None };
    let mut walk = case.walk(state, &Groups::new());
    let of_match = walk.result.clone();
    for (item, spec) in (0_u32..).zip(rule.steps.first().map_or(&[][..], |step| &step.items)) {
        case.walk_item(state, item, spec, &mut walk);
    }
    if of_match != Fate::Nothing {
        walk.result = of_match;
    }
    Some(walk)
}

impl Case<'_> {
    /// The checks of the match as a whole; its items are still to come, unless it is refused.
    pub(super) fn walk(&self, state: &CustomerState, groups: &Groups) -> Walk {
        let mut checks = Vec::new();
        let mut add = |test: Test, refuses: Option<RefusalReason>| {
            let verdict = refuses.map_or(Verdict::Passes, Verdict::Refuses);
            checks.push(Check { item: None, test, verdict });
        };
        if let Some(condition) = &self.rule.condition {
            let assessed = self.assess(state, condition, true);
            let refuses = match assessed.holds {
                Some(true) => None,
                Some(false) => Some(RefusalReason::IfFalse),
                None => Some(RefusalReason::ConditionError),
            };
            add(Test::If(assessed), refuses);
        }
        let step = self.rule.steps.get(self.ahead.step as usize);
        if let Some(unless) = step.and_then(|step| step.unless.as_ref()) {
            let assessed = self.assess(state, unless, false);
            let refuses = (assessed.holds == Some(true)).then_some(RefusalReason::Unless);
            add(Test::Unless(assessed), refuses);
        }
        for (test, refuses) in self.walk_ends(state) {
            add(test, refuses);
        }
        for (test, refuses) in self.walk_shares(state) {
            add(test, refuses);
        }
        for (test, refuses) in self.walk_rests(state, groups) {
            add(test, refuses);
        }
        let refused = checks.iter().find_map(|check| match check.verdict {
            Verdict::Refuses(reason) => Some(reason),
            _ => None,
        });
        Walk {
            candidate: candidate(self.plan, &self.ahead.found),
            at: self.ahead.due,
            step: self.ahead.step,
            checks,
            items: Vec::new(),
            result: refused.map_or(Fate::Nothing, Fate::Refused),
        }
    }

    /// The checks of one item, put behind those of the match, and what becomes of it.
    pub(super) fn walk_item(&self, state: &CustomerState, item: u32, spec: &ItemSpec, walk: &mut Walk) {
        let reaches = made::kind_of(&spec.action).reaches();
        let fate = if reaches { self.walk_reach(state, item, spec, &mut walk.checks) } else { Fate::Acts };
        let held = walk.checks.iter().any(|check| matches!(&check.test, Test::Arm { hold: true, .. }));
        let fate = match fate {
            Fate::Acts if held => Fate::Refused(RefusalReason::HeldOut),
            fate => fate,
        };
        walk.items.push((item, fate.clone()));
        if walk.items.len() == 1 || fate == Fate::Acts {
            walk.result = fate;
        }
    }

    fn walk_reach(&self, state: &CustomerState, item: u32, spec: &ItemSpec, checks: &mut Vec<Check>) -> Fate {
        let mut add = |test: Test, verdict: Verdict| checks.push(Check { item: Some(item), test, verdict });
        let choice = self.channel(state, spec);
        let mut tried = Vec::new();
        for channel in &spec.channels {
            if !tried.contains(channel) {
                tried.push(*channel);
                let (test, verdict) = self.walk_channel(state, spec, *channel);
                add(test, verdict);
            }
        }
        let chosen = choice.channel.or_else(|| spec.channels.first().copied());
        let Some(channel) = chosen else { return Fate::Refused(RefusalReason::NoChannel) };
        let mut fate = choice.reason().map_or(Fate::Acts, Fate::Refused);
        let mut turn = |reason: RefusalReason| {
            if fate == Fate::Acts {
                fate = Fate::Refused(reason);
            }
        };
        for (place, cap) in self.caps(state, spec, channel) {
            let full = cap.used >= cap.at_most;
            // what names a channel was asked of the channel already
            if choice.channel.is_some() || cap.channel.is_none() {
                let verdict =
                    if full { Verdict::Refuses(RefusalReason::Capped(place)) } else { Verdict::Passes };
                add(Test::Cap(cap), verdict);
            }
            if full {
                turn(RefusalReason::Capped(place));
            }
        }
        if let Some((test, verdict)) = self.walk_quiet(state, spec) {
            add(test, verdict);
            match verdict {
                Verdict::Refuses(reason) => turn(reason),
                Verdict::Waits(until) if fate == Fate::Acts => fate = self.held_back(state, until, &mut add),
                _ => {}
            }
        }
        if let Some(valid) = spec.valid {
            let out = self.outlived(spec);
            let verdict = if out { Verdict::Refuses(RefusalReason::Invalid) } else { Verdict::Passes };
            add(Test::Valid { until: self.ahead.first_due.plus(valid) }, verdict);
            if out && fate == Fate::Acts {
                fate = Fate::Refused(RefusalReason::Invalid);
            }
        }
        fate
    }

    fn held_back(
        &self,
        state: &CustomerState,
        until: Timestamp,
        add: &mut impl FnMut(Test, Verdict),
    ) -> Fate {
        let room = state.rules.has_room();
        let n = state.rules.matcher.n_timers() + state.rules.ahead.len();
        let refused = RefusalReason::TooManyWaits;
        let verdict = if room { Verdict::Passes } else { Verdict::Refuses(refused) };
        add(Test::Timers { n, at_most: MAX_TIMERS }, verdict);
        if room { Fate::Deferred(until) } else { Fate::Refused(refused) }
    }

    /// Goal and exit.
    fn walk_ends(&self, state: &CustomerState) -> Vec<(Test, Option<RefusalReason>)> {
        let since = self.ahead.found.began;
        let [reached, came] = self.ends(state);
        let mut list = Vec::new();
        let names = |events: &[EventId]| -> Vec<Arc<str>> {
            events.iter().filter_map(|event| self.plan.names.event_name(*event)).cloned().collect()
        };
        if let Some(goal) = &self.rule.goal {
            let refuses = reached.is_some_and(|(_, begun)| begun).then_some(RefusalReason::GoalReached);
            let reached = reached.map(|(at, _)| at);
            list.push((Test::Goal { since, events: names(&goal.events), reached }, refuses));
        }
        if let Some(exit) = &self.rule.exit {
            let condition = exit.when.as_ref().map(|when| self.assess(state, when, false));
            let holds = condition.as_ref().is_some_and(|condition| condition.holds == Some(true));
            let refuses = (holds || came.is_some_and(|(_, begun)| begun)).then_some(RefusalReason::Exited);
            let came = came.map(|(at, _)| at);
            list.push((Test::Exit { since, events: names(&exit.events), came, condition }, refuses));
        }
        list
    }

    /// Ramp and experiment.
    fn walk_shares(&self, state: &CustomerState) -> Vec<(Test, Option<RefusalReason>)> {
        let IdentityKey { kind, value } = &self.customer;
        let mut list = Vec::new();
        if let Some((share, ramp)) = self.rule.ramp {
            let refuses = !state.rules.arms.in_ramp(&self.rule.id, (share, ramp), kind, value);
            let bucket = bucket(&format!("ramp:{}", self.rule.id), kind, value);
            list.push((Test::Ramp { bucket, share }, refuses.then_some(RefusalReason::Ramp)));
        }
        if let Some((number, own)) = self.rule.experiment
            && let Some(spec) = self.plan.rules.experiments.get(number as usize)
            && let Some(arm) = state.rules.arms.assign(number, spec, kind, value)
            && let Some(model) = self.plan.document.experiments.get(number as usize)
        {
            let name =
                |arm: u32| model.arms.get(arm as usize).map_or("".into(), |arm| arm.id.as_str().into());
            let test = Test::Arm {
                experiment: model.id.as_str().into(),
                arm: name(arm),
                bucket: bucket(&spec.salt, kind, value),
                hold: spec.holds(arm),
                serves: own.map(name),
            };
            let other = (!self.serves(own, arm)).then_some(RefusalReason::OtherArm);
            list.push((test, other));
        }
        list
    }

    /// Re-entry, cool-down, group.
    fn walk_rests(&self, state: &CustomerState, groups: &Groups) -> Vec<(Test, Option<RefusalReason>)> {
        let mut list = Vec::new();
        if self.rule.steps.len() > 1 && self.ahead.step == 0 {
            let until = self.running(state);
            list.push((Test::Running { until }, until.map(|_| RefusalReason::Running)));
        }
        if self.former_runs(state) {
            let until = Some(state.rules.next_due().unwrap_or(self.ahead.due));
            list.push((Test::Running { until }, Some(RefusalReason::Running)));
        }
        let limits = &self.plan.rules.limits;
        if let Some(lasts) = limits.rule(self.number).and_then(|own| own.cool_down) {
            let until = self.cools_until(state);
            list.push((Test::CoolDown { lasts, until }, until.map(|_| RefusalReason::CoolDown)));
        }
        if let Some(group) = &self.rule.group {
            let taken = self.is_taken(groups);
            list.push((Test::Group { group: group.clone() }, taken.then_some(RefusalReason::Group)));
        }
        list
    }

    fn walk_channel(&self, state: &CustomerState, spec: &ItemSpec, channel: u32) -> (Test, Verdict) {
        let person = Customer { case: self, state, purpose: spec.purpose };
        let (consent, reachable) = (person.consents(channel), person.reaches(channel));
        let capped = person.capped(channel);
        let verdict = if !consent {
            Verdict::Refuses(RefusalReason::NoConsent)
        } else if !reachable {
            Verdict::Refuses(RefusalReason::Unreachable)
        } else {
            capped.map_or(Verdict::Passes, |place| Verdict::Refuses(RefusalReason::Capped(place)))
        };
        let needs = match self.plan.rules.needs.get(channel as usize) {
            Some(Need::Field(field)) => {
                self.plan.names.fields().get_index(*field as usize).map(|(name, _)| name.clone())
            }
            Some(Need::Identity(kind)) => Some(kind.clone()),
            Some(Need::Nothing) | None => None,
        };
        let caps = self.caps(state, spec, channel).into_iter().map(|(_, cap)| cap);
        let test = Test::Channel {
            channel: self.channel_name(channel).unwrap_or_default(),
            purpose: spec.purpose.and_then(|p| self.plan.names.purposes().get_index(p as usize)).cloned(),
            consent,
            reachable,
            needs,
            caps: caps.filter(|cap| cap.channel.is_some()).collect(),
        };
        (test, verdict)
    }

    /// The caps that speak of a channel and the item's purpose, in the order in which they are checked.
    fn caps(&self, state: &CustomerState, spec: &ItemSpec, channel: u32) -> Vec<(CapPlace, CapUse)> {
        let to = Contact { rule: self.number, channel, purpose: spec.purpose };
        let (usage, at, zone) = (&state.rules.usage, self.ahead.due, self.zone(state));
        let names = &self.plan.names;
        let told = |(place, cap, used): (CapPlace, CapSpec, u32)| {
            let own = matches!(place, CapPlace::Rule(_));
            let of = if own { CapOf::Rule(self.number) } else { CapOf::Outreach };
            let full = used >= cap.at_most;
            let told = CapUse {
                own,
                channel: cap.channel.and_then(|c| names.channels().get_index(c as usize)).cloned(),
                purpose: cap.purpose.and_then(|p| names.purposes().get_index(p as usize)).cloned(),
                span: match cap.span {
                    Span::Rolling(length) => length.to_string(),
                    Span::Calendar(Period::Day) => "day".to_owned(),
                    Span::Calendar(Period::Week) => "week".to_owned(),
                    Span::Calendar(Period::Month) => "month".to_owned(),
                },
                used,
                at_most: cap.at_most,
                frees: if full { usage.frees(&cap, of, at, zone) } else { None },
            };
            (place, told)
        };
        self.plan.rules.limits.counted(usage, to, at, zone).into_iter().map(told).collect()
    }

    fn walk_quiet(&self, state: &CustomerState, spec: &ItemSpec) -> Option<(Test, Verdict)> {
        let quiet = self.plan.rules.quiet.as_ref().filter(|quiet| quiet.concerns(spec.purpose))?;
        let (at, zone) = (self.ahead.due, self.zone(state));
        let until = if quiet.inside(at, zone) { quiet.release(at, zone) } else { None };
        let test = Test::Quiet { from: quiet.from.to_string(), to: quiet.to.to_string(), until };
        let verdict = match self.quiet(state, spec) {
            Quieted::Free => Verdict::Passes,
            Quieted::Deferred(release) => Verdict::Waits(release),
            Quieted::Refused(reason) => Verdict::Refuses(reason),
        };
        Some((test, verdict))
    }

    fn assess(&self, state: &CustomerState, condition: &Program, wanted: bool) -> Assessed {
        self.ask(state, |asker, at| asker.assess((condition, wanted), at, &self.ahead.found))
    }
}

/// A match with names.
pub(crate) fn candidate(plan: &Plan, found: &Match) -> Candidate {
    let event = |name: Option<EventId>| name.and_then(|name| plan.names.event_name(name)).cloned();
    let events = found.events.iter().map(|e| Happened { event: event(e.name), at: e.time });
    Candidate { key: key_text(&found.key), began: found.began, due: found.due, events: events.collect() }
}
