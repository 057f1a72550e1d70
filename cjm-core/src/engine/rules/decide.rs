//! From match to decision: the stated order of checks, every refusal with its reason.
//!
//! Answers: what one match, or one step or item of it that time brings about, leads to. Does not know: how matches
//! are found, what the host does with a decision.

use std::cell::{Cell, OnceCell};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::customer::identity::IdentityKey;
use crate::engine::bound::{count, grows, match_bytes};
use crate::engine::decision::{ActionKind, Decision, Refusal, TicketNews};
use crate::engine::scope::Asker;
use crate::engine::state::CustomerState;
use crate::engine::tickets;
use crate::event::AttributeId;
use crate::event::EventView;
use crate::event::typed::typed;
use crate::expr::Program;
use crate::journey::Situation;
use crate::outreach::{
    CapPlace, Choice, Contact, DecisionFacts, DecisionId, Exposure, Quieted, Reach, RefusalReason, Use,
    choose, number_of_ramp,
};
use crate::plan::rule::{ItemSpec, StepSpec};
use crate::plan::{Need, Plan, RuleSpec};
use crate::rule::{Match, Matched};
use crate::ticket::{TicketId, TicketSpec, TooManyTickets};

use super::hear::present_trip;
use super::made;
use super::walk::Watched;
use super::{About, Ahead, Made, OpenGoal};

/// Most derived events at one instant; what would come beyond is refused.
const MAX_EMITTED: usize = 256;

/// What deciding a batch of matches of one input has come to.
#[derive(Default)]
pub(crate) struct Decided<'a> {
    /// Names events that have none yet.
    pub(crate) names: Option<&'a dyn Names>,
    /// Decisions with what puts them in order: due, priority, position of the rule.
    pub(crate) decisions: Vec<(Rank, Decision)>,
    /// Refusals likewise.
    pub(crate) refusals: Vec<(Rank, Refusal)>,
    /// Groups that got a decision of the input at hand, by instant, with the rule that made it.
    groups: Groups,
    /// What tickets have come to.
    pub(crate) tickets: Vec<TicketNews>,
    /// Derived events that are still to happen.
    pub(crate) emitted: Vec<Emitted>,
    /// How many there were at the instant at hand.
    pub(crate) n_emitted: usize,
    /// The rule whose matches are told as they are decided, where one is.
    pub(crate) watched: Option<Box<Watched>>,
}

/// Names events that go without until decisions rest on them.
pub(crate) trait Names {
    /// An event with its key, source and id.
    fn name(&self, event: &Matched) -> Matched;
}

/// An event that a rule derives.
#[derive(Debug)]
pub(crate) struct Emitted {
    /// The decision: the event's id.
    pub(crate) id: DecisionId,
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Its time: the decision's instant.
    pub(crate) at: Timestamp,
    /// Its attributes.
    pub(crate) attributes: Vec<(Arc<str>, Value)>,
    /// Number of the identity that brought what the decision rests on.
    pub(crate) by: u8,
}

/// Groups that decided: the instant, the group, the rule.
pub(super) type Groups = BTreeSet<(Timestamp, Arc<str>, u32)>;

/// What puts decisions and refusals of one call in order: due, higher priority, document order, step, item.
pub(crate) type Rank = (Timestamp, Reverse<i64>, u32, u32, u32);

/// One match at one of its steps.
pub(super) struct Case<'a> {
    pub(super) plan: &'a Plan,
    pub(super) rule: &'a RuleSpec,
    pub(super) number: u32,
    pub(super) ahead: Ahead,
    pub(super) customer: IdentityKey,
    /// Position of the arm and whether it gets nothing.
    pub(super) arm: Option<(u32, bool)>,
}

/// What became of an item.
enum Fate {
    Made(DecisionId),
    Refused,
    /// Held back until then.
    Deferred(Timestamp),
}

impl Decided<'_> {
    /// Whether nothing came of it, neither decisions nor refusals nor news.
    pub(crate) fn is_nothing(&self) -> bool {
        self.decisions.is_empty() && self.refusals.is_empty() && self.tickets.is_empty()
    }

    /// Decides a match at its first step.
    pub(crate) fn matched(&mut self, plan: &Plan, state: &mut CustomerState, found: Match) {
        let Some(rule) = plan.rules.list.get(found.rule as usize) else { return };
        let delay = rule.steps.first().map_or(crate::base::time::Duration::ZERO, |step| step.delay);
        let due = found.due.plus(delay);
        // the moment has told what it is; it holds positions, which a state never keeps
        let found = Match { moment: None, ..found };
        let ahead = Ahead { due, first_due: due, step: 0, item: None, made: Vec::new(), found };
        if due > ahead.found.due {
            self.later(plan, state, ahead);
        } else {
            self.step(plan, state, ahead);
        }
    }

    /// Leaves a step to time; without room among the customer's timers it is refused.
    fn later(&mut self, plan: &Plan, state: &mut CustomerState, ahead: Ahead) {
        if state.rules.has_room() {
            state.rules.put_ahead(ahead);
        } else {
            self.turn_down(plan, state, ahead, RefusalReason::TooManyWaits);
        }
    }

    /// Decides a step, or the item of it that was held back.
    pub(crate) fn step(&mut self, plan: &Plan, state: &mut CustomerState, ahead: Ahead) {
        let number = ahead.found.rule;
        let (Some(rule), Some(customer)) = (plan.rules.list.get(number as usize), state.key().cloned())
        else {
            return;
        };
        let mut case = Case { plan, rule, number, ahead, customer, arm: None };
        if let Some(names) = self.names {
            let nameless = case.ahead.found.events.iter_mut().filter(|event| event.id.is_empty());
            nameless.for_each(|event| *event = Arc::new(names.name(event)));
        }
        self.watch(&case, state);
        if let Err(reason) = case.admit(state, &self.groups) {
            self.refuse(&case, None, None, reason);
            return;
        }
        let Some(step) = rule.steps.get(case.ahead.step as usize) else { return };
        let mut made = case.ahead.made.clone();
        // the step is over when the last of it is released
        let (mut decides, mut over) = (false, case.ahead.due);
        for (item, spec) in (0_u32..).zip(&step.items) {
            if case.ahead.item.is_some_and(|only| only != item) {
                continue;
            }
            match self.item(&case, state, &made, item, spec) {
                Fate::Made(id) => {
                    decides = true;
                    made.push(id);
                }
                Fate::Deferred(release) => {
                    over = over.max(release);
                    made.push(case.id(item));
                }
                Fate::Refused => {}
            }
        }
        if decides && let Some(group) = &rule.group {
            self.groups.insert((case.ahead.due, group.clone(), number));
        }
        let next = case.ahead.step + 1;
        if let (None, Some(step)) = (case.ahead.item, rule.steps.get(next as usize)) {
            let due = over.plus(step.delay);
            let found = case.ahead.found;
            self.later(plan, state, Ahead { due, first_due: due, step: next, item: None, made, found });
        }
    }

    /// What follows is another input: groups that decided by then stand in nobody's way.
    pub(crate) fn begin_input(&mut self) {
        self.groups.clear();
    }

    /// Tells of a match of the rule that is watched.
    fn watch(&mut self, case: &Case<'_>, state: &CustomerState) {
        if let Some(watched) = self.watched.as_mut().filter(|watched| watched.rule == case.number) {
            watched.walks.push(case.walk(state, &self.groups));
        }
    }

    /// Tells of an item of it.
    fn watch_item(&mut self, case: &Case<'_>, state: &CustomerState, item: u32, spec: &ItemSpec) {
        if let Some(watched) = self.watched.as_mut().filter(|watched| watched.rule == case.number)
            && let Some(walk) = watched.walks.last_mut()
        {
            case.walk_item(state, item, spec, walk);
        }
    }

    fn item(
        &mut self,
        case: &Case<'_>,
        state: &mut CustomerState,
        made: &[DecisionId],
        item: u32,
        spec: &ItemSpec,
    ) -> Fate {
        self.watch_item(case, state, item, spec);
        let kind = made::kind_of(&spec.action);
        let channel = if kind.reaches() {
            match self.reach(case, state, made, item, spec) {
                Ok(channel) => Some(channel),
                Err(fate) => return fate,
            }
        } else {
            None
        };
        let held_out = case.arm.is_some_and(|(_, hold)| hold);
        let id = case.id(item);
        if kind == ActionKind::Emit && self.n_emitted >= MAX_EMITTED {
            self.refuse(case, Some(item), None, RefusalReason::TooDeep);
            return Fate::Refused;
        }
        if let Some(terms) = spec.ticket.as_ref().filter(|_| !held_out) {
            match case.open_ticket(state, id, spec, terms) {
                Ok(gone) => {
                    let at = case.ahead.due;
                    self.tickets.extend(gone.into_iter().map(|ticket| TicketNews::Gone { ticket, at }));
                }
                Err(TooManyTickets) => {
                    self.refuse(case, Some(item), None, RefusalReason::TooManyTickets);
                    return Fate::Refused;
                }
            }
        }
        state.rules.grown.add(grows::RULE);
        case.expose(state);
        let to = channel.map(|channel| Contact { rule: case.number, channel, purpose: spec.purpose });
        case.use_up(state, id, to, held_out);
        case.open_goal(state, id, held_out);
        if !kind.applies() || kind == ActionKind::Emit {
            state.rules.remember(Made { held_out, ..case.made(id, item, channel) });
        }
        if held_out {
            let name = channel.and_then(|channel| case.channel_name(channel));
            self.refuse(case, Some(item), name, RefusalReason::HeldOut);
        } else {
            let decision = case.decision(state, id, item, spec, channel);
            if kind == ActionKind::Emit {
                self.n_emitted += 1;
                self.emitted.push(Emitted {
                    id,
                    name: decision.target.clone(),
                    at: decision.due,
                    attributes: decision.arguments.clone(),
                    by: case.by(),
                });
            }
            self.decisions.push((case.rank(Some(item)), decision));
        }
        Fate::Made(id)
    }

    /// The channel by which something reaches the customer now; else what became of it.
    fn reach(
        &mut self,
        case: &Case<'_>,
        state: &mut CustomerState,
        made: &[DecisionId],
        item: u32,
        spec: &ItemSpec,
    ) -> Result<u32, Fate> {
        let choice = case.channel(state, spec);
        for (tried, reason) in &choice.refused {
            self.refuse(case, Some(item), case.channel_name(*tried), *reason);
        }
        let Some(channel) = choice.channel else {
            if choice.refused.is_empty() {
                self.refuse(case, Some(item), None, RefusalReason::NoChannel);
            }
            return Err(Fate::Refused);
        };
        let refused = match (case.room(state, channel, spec), case.quiet(state, spec)) {
            (Ok(()), Quieted::Free) if case.outlived(spec) => RefusalReason::Invalid,
            (Ok(()), Quieted::Free) => return Ok(channel),
            (Ok(()), Quieted::Deferred(_)) if !state.rules.has_room() => RefusalReason::TooManyWaits,
            (Ok(()), Quieted::Deferred(release)) => {
                let Ahead { first_due, step, found, .. } = case.ahead.clone();
                let made = made.to_vec();
                state.rules.put_ahead(Ahead { due: release, first_due, step, item: Some(item), made, found });
                return Err(Fate::Deferred(release));
            }
            (Err(reason), _) | (Ok(()), Quieted::Refused(reason)) => reason,
        };
        self.refuse(case, Some(item), case.channel_name(channel), refused);
        Err(Fate::Refused)
    }

    /// Refuses a match, or a step of it that is ahead, as a whole: something that time would have brought about found
    /// no room among the customer's timers, rules set each other off too deep, what it rests on was taken back.
    pub(crate) fn turn_down(
        &mut self,
        plan: &Plan,
        state: &CustomerState,
        ahead: Ahead,
        reason: RefusalReason,
    ) {
        let number = ahead.found.rule;
        let (Some(rule), Some(customer)) = (plan.rules.list.get(number as usize), state.key().cloned())
        else {
            return;
        };
        let case = Case { plan, rule, number, ahead, customer, arm: None };
        let item = case.ahead.item;
        self.refuse(&case, item, None, reason);
    }

    fn refuse(
        &mut self,
        case: &Case<'_>,
        item: Option<u32>,
        channel: Option<Arc<str>>,
        reason: RefusalReason,
    ) {
        let refusal = Refusal {
            reason,
            rule: case.rule.id.clone(),
            customer: case.customer.clone(),
            key: case.key(),
            due: case.ahead.due,
            step: case.ahead.step,
            item,
            channel,
        };
        self.refusals.push((case.rank(item), refusal));
    }
}

impl Case<'_> {
    /// The checks of the match as a whole, in their order; the first refusal ends it.
    fn admit(&mut self, state: &CustomerState, groups: &Groups) -> Result<(), RefusalReason> {
        let rule = self.rule;
        if let Some(condition) = &rule.condition {
            match self.holds(state, condition) {
                Some(true) => {}
                Some(false) => return Err(RefusalReason::IfFalse),
                None => return Err(RefusalReason::ConditionError),
            }
        }
        let step = rule.steps.get(self.ahead.step as usize);
        if let Some(unless) = step.and_then(|step| step.unless.as_ref())
            && self.holds(state, unless) == Some(true)
        {
            return Err(RefusalReason::Unless);
        }
        if let Some(reason) = self.ended(state) {
            return Err(reason);
        }
        let IdentityKey { kind, value } = &self.customer;
        if rule.ramp.is_some_and(|ramp| !state.rules.arms.in_ramp(&rule.id, ramp, kind, value)) {
            return Err(RefusalReason::Ramp);
        }
        if let Some((experiment, own)) = rule.experiment
            && let Some(spec) = self.plan.rules.experiments.get(experiment as usize)
            && let Some(arm) = state.rules.arms.assign(experiment, spec, kind, value)
        {
            if !self.serves(own, arm) {
                return Err(RefusalReason::OtherArm);
            }
            self.arm = Some((arm, spec.holds(arm)));
        }
        if self.ahead.step == 0 && self.running(state).is_some() {
            return Err(RefusalReason::Running);
        }
        if self.former_runs(state) {
            return Err(RefusalReason::Running);
        }
        if self.cools_until(state).is_some() {
            return Err(RefusalReason::CoolDown);
        }
        if self.is_taken(groups) {
            return Err(RefusalReason::Group);
        }
        Ok(())
    }

    /// Until when the rule rests after a decision, those of the match itself left out: neither its steps nor its items
    /// stand in each other's way, also where quiet hours hold one of them back.
    pub(super) fn cools_until(&self, state: &CustomerState) -> Option<Timestamp> {
        let begun = self.ahead.step > 0 || self.ahead.item.is_some();
        let all = OnceCell::new();
        let own = |id: DecisionId| {
            self.ahead.made.contains(&id) || (begun && all.get_or_init(|| self.ids()).contains(&id))
        };
        self.plan.rules.limits.cools_until(&state.rules.usage, self.number, self.ahead.due, own)
    }

    /// Whether a higher rule of the group, by priority, then document order, decided at this instant.
    pub(super) fn is_taken(&self, groups: &Groups) -> bool {
        let priority = |rule: u32| self.plan.rules.list.get(rule as usize).map_or(0, |rule| rule.priority);
        let rank = |rule: u32| (Reverse(priority(rule)), rule);
        self.rule.group.as_ref().is_some_and(|group| {
            let at = |rule| (self.ahead.due, group.clone(), rule);
            groups.range(at(0)..=at(u32::MAX)).any(|(_, _, rule)| rank(*rule) < rank(self.number))
        })
    }

    /// Whether the rule, which serves one arm alone where `own` says so, is the one to walk for a customer in an arm.
    pub(super) fn serves(&self, own: Option<u32>, arm: u32) -> bool {
        own.is_none_or(|own| own == arm || self.rule.holds_out.contains(&arm))
    }

    /// When the last step ahead of another match of the rule and key is due.
    pub(super) fn running(&self, state: &CustomerState) -> Option<Timestamp> {
        let found = &self.ahead.found;
        let same = |a: &&Ahead| a.found.rule == self.number && a.found.key == found.key && a.found != *found;
        let steps = state.rules.ahead.iter().filter(|a| a.step > 0 && same(a));
        steps.map(|a| a.due).max()
    }

    /// When the rule's goal and its exit last came, as events that the match does not rest on, each with whether the
    /// match had begun by then. Of one instant the order of the events tells.
    pub(super) fn ends(&self, state: &CustomerState) -> [Option<(Timestamp, bool)>; 2] {
        let found = &self.ahead.found;
        let own = |key: u64| found.rests_on(key);
        let begun = |(at, nth): (Timestamp, u32)| (at, (at, nth) > (found.began, found.nth));
        let ends = state.rules.ends(self.number);
        let (goal, exit) = (ends.map(|ends| &ends.goal), ends.map(|ends| &ends.exit));
        [goal, exit].map(|marks| marks.and_then(|marks| marks.last_but(own)).map(begun))
    }

    /// Whether the rule's goal or exit has come since the match began.
    fn ended(&self, state: &CustomerState) -> Option<RefusalReason> {
        let [goal, exit] = self.ends(state);
        if goal.is_some_and(|(_, begun)| begun) {
            return Some(RefusalReason::GoalReached);
        }
        let exits = self.rule.exit.as_ref().and_then(|exit| exit.when.as_ref());
        let exited = exit.is_some_and(|(_, begun)| begun)
            || exits.is_some_and(|when| self.holds(state, when) == Some(true));
        exited.then_some(RefusalReason::Exited)
    }

    /// Whether the message or its offer has run out since the item was first due.
    pub(super) fn outlived(&self, spec: &ItemSpec) -> bool {
        spec.valid.is_some_and(|valid| self.ahead.due.since(self.ahead.first_due) > valid)
    }

    /// What is remembered of the decision of an item.
    fn made(&self, id: DecisionId, item: u32, channel: Option<u32>) -> Made {
        let Ahead { due, first_due, step, found, .. } = &self.ahead;
        Made {
            id,
            due: *due,
            first_due: *first_due,
            step: *step,
            item,
            channel,
            arm: self.arm.map(|(arm, _)| arm),
            escalates: None,
            by: self.by(),
            outcomes: 0,
            last: None,
            withdrawn: false,
            held_out: false,
            found: found.clone(),
        }
    }

    /// The decision that conditions speak of: the one that was acknowledged, else the last that the match led to.
    fn about(&self, state: &CustomerState) -> Option<About> {
        if !self.plan.rules.of_decisions {
            return None;
        }
        let event = self.ahead.found.events.last();
        let acked = event.filter(|event| event.name.is_some() && event.name == self.plan.ack);
        let read = |event: &Arc<Matched>| match event.attribute(self.plan.names.attribute("decision")?) {
            ValueRef::Text(id) => id.parse().ok(),
            _ => None,
        };
        // of those that were held back some may not have been made
        let led_to = self.ahead.made.iter().filter_map(|id| state.rules.made(*id));
        let made = match acked {
            Some(event) => state.rules.made(read(event)?),
            None => led_to.max_by_key(|made| made.due),
        };
        About::of(self.plan, made?)
    }

    /// Whether a former version of the rule, which this one waits for, has something under way.
    pub(super) fn former_runs(&self, state: &CustomerState) -> bool {
        let is_former = |of: &RuleSpec| of.closed && of.id == self.rule.id;
        let mut former = (0_u32..).zip(&self.plan.rules.list).filter(|(_, of)| is_former(of));
        self.rule.drains && former.any(|(place, _)| state.rules.n_under_way(place) > 0)
    }

    /// Asks about the customer at the case's instant, over the event that the match ended with.
    pub(super) fn ask<R>(
        &self,
        state: &CustomerState,
        f: impl FnOnce(&Asker<'_, Matched>, Situation<'_>) -> R,
    ) -> R {
        let errors = Cell::new(0);
        let event = self.ahead.found.events.last().map(|event| &**event);
        let zone = state.zone.as_ref();
        let about = self.about(state);
        let asker = Asker::new(self.plan, &state.facts, zone, event, self.ahead.due, &errors);
        let asker = asker.about(about.as_ref());
        f(&asker, Situation { trip: present_trip(&state.trips.open) })
    }

    /// Whether a condition holds; `None` when it ends in an error.
    fn holds(&self, state: &CustomerState, condition: &Program) -> Option<bool> {
        self.ask(state, |asker, at| asker.test(condition, at, &self.ahead.found))
    }

    /// The decision of an item, with names instead of numbers.
    fn decision(
        &self,
        state: &CustomerState,
        id: DecisionId,
        item: u32,
        spec: &ItemSpec,
        channel: Option<u32>,
    ) -> Decision {
        let kind = made::kind_of(&spec.action);
        Decision {
            id,
            rule: self.rule.id.clone(),
            customer: self.customer.clone(),
            key: self.key(),
            due: self.ahead.due,
            step: self.ahead.step,
            item,
            action: kind,
            target: spec.target.clone(),
            channel: channel.and_then(|channel| self.channel_name(channel)),
            purpose: spec.purpose.and_then(|p| self.plan.names.purposes().get_index(p as usize)).cloned(),
            arguments: self.arguments(state, spec),
            arm: self.arm_name(),
            applied: kind.applies(),
            events: self.ahead.found.events.iter().map(|e| (e.source.clone(), e.id.clone())).collect(),
            dimensions: self.dimensions(state),
        }
    }

    fn arguments(&self, state: &CustomerState, spec: &ItemSpec) -> Vec<(Arc<str>, Value)> {
        self.ask(state, |asker, at| {
            let value = |program| asker.compute(program, at, &self.ahead.found);
            let field = |place: u32| self.plan.names.fields().get_index(place as usize);
            // a value of the wrong type is not set: what events say of the profile is refused then too
            let set = spec.set.iter().filter_map(|(place, program)| {
                let (name, ty) = field(*place)?;
                Some((
                    name.clone(),
                    typed(value(program).as_ref(), ty, self.plan.document.zone.as_ref()).ok()?,
                ))
            });
            let set = spec.kind.iter().map(|kind| ("kind".into(), value(kind))).chain(set);
            spec.with.iter().map(|(name, program)| (name.clone(), value(program))).chain(set).collect()
        })
    }

    /// The dimensions that budgets are split by, each with its value.
    fn dimensions(&self, state: &CustomerState) -> Vec<(Arc<str>, Value)> {
        let event = self.ahead.found.events.last();
        let value = |(name, attribute, field): &(Arc<str>, Option<AttributeId>, Option<u32>)| {
            let said = attribute.zip(event).map(|(attribute, event)| event.attribute(attribute).to_value());
            let known = || field.map(|field| state.facts.profile.value(field as usize).clone());
            (name.clone(), said.filter(|value| !value.is_null()).or_else(known).unwrap_or_default())
        };
        self.plan.rules.budget_by.iter().map(value).collect()
    }

    pub(super) fn zone<'s>(&'s self, state: &'s CustomerState) -> &'s Zone {
        state.zone.as_ref().unwrap_or(&self.plan.zone)
    }

    pub(super) fn channel(&self, state: &CustomerState, spec: &ItemSpec) -> Choice {
        choose(&spec.channels, &[], &Customer { case: self, state, purpose: spec.purpose })
    }

    /// Whether the caps leave room on a channel.
    fn room(&self, state: &CustomerState, channel: u32, spec: &ItemSpec) -> Result<(), RefusalReason> {
        let to = Contact { rule: self.number, channel, purpose: spec.purpose };
        let reached =
            self.plan.rules.limits.reached(&state.rules.usage, to, self.ahead.due, self.zone(state));
        reached.map_or(Ok(()), |cap| Err(RefusalReason::Capped(cap)))
    }

    pub(super) fn quiet(&self, state: &CustomerState, spec: &ItemSpec) -> Quieted {
        let quiet = self.plan.rules.quiet.as_ref();
        let (at, due) = (self.ahead.due, self.ahead.first_due);
        quiet.map_or(Quieted::Free, |quiet| quiet.judge(spec.purpose, at, due, self.zone(state)))
    }

    /// Opens the ticket of an item. Gives the closed tickets that gave way.
    fn open_ticket(
        &self,
        state: &mut CustomerState,
        id: DecisionId,
        spec: &ItemSpec,
        terms: &Arc<TicketSpec>,
    ) -> Result<Vec<TicketId>, TooManyTickets> {
        state.rules.grown.add(grows::TICKET + match_bytes(&self.ahead.found));
        let value = spec.kind.as_ref().map(|kind| self.value(state, kind));
        let kind = value.and_then(|value| tickets::kind_of(value.as_ref()));
        tickets::open(self.plan, state, id, (&self.rule.id, terms), kind, (self.ahead.due, self.by()))
    }

    /// Number of the identity that brought what the case rests on.
    fn by(&self) -> u8 {
        self.ahead.found.events.last().map_or(0, |event| event.by)
    }

    /// The value of an expression at the case's instant; null when it ends in an error.
    fn value(&self, state: &CustomerState, expression: &Program) -> Value {
        self.ask(state, |asker, at| asker.compute(expression, at, &self.ahead.found))
    }

    fn expose(&self, state: &mut CustomerState) {
        state.rules.grown.add(grows::EXPOSURE * usize::from(self.rule.ramp.is_some()));
        state.rules.grown.add(grows::EXPOSURE * usize::from(self.rule.experiment.is_some()));
        if let Some((_, ramp)) = self.rule.ramp {
            let experiment = number_of_ramp(ramp);
            state.rules.arms.expose(Exposure { experiment, by: self.by(), since: self.ahead.due, arm: 0 });
        }
        if let (Some((experiment, _)), Some((arm, _))) = (self.rule.experiment, self.arm) {
            state.rules.arms.expose(Exposure { experiment, by: self.by(), since: self.ahead.due, arm });
        }
    }

    fn use_up(&self, state: &mut CustomerState, id: DecisionId, to: Option<Contact>, held_out: bool) {
        let limits = &self.plan.rules.limits;
        let at = self.ahead.due;
        let new = Use {
            at,
            id,
            rule: self.number,
            channel: to.map(|to| to.channel),
            purpose: to.and_then(|to| to.purpose),
            by: self.by(),
            counts: self.rule.counts,
            held_out,
        };
        if state.rules.usage.use_up(limits, new) {
            state.rules.grown.add(grows::USE);
        }
    }

    fn open_goal(&self, state: &mut CustomerState, decision: DecisionId, held_out: bool) {
        let Some(goal) = &self.rule.goal else { return };
        let from = self.ahead.due;
        let open = &mut state.rules.goals;
        let until = goal.within.map(|within| from.plus(within));
        let arm = self.arm.map(|a| a.0);
        let goal = OpenGoal { rule: self.number, decision, from, until, arm, held_out };
        // the order in which bytes are read back
        let place = open.partition_point(|known| (known.from, known.decision) <= (from, decision));
        open.insert(place, goal);
        state.rules.grown.add(grows::GOAL);
        if open.len() > super::MAX_GOALS {
            let now = state.clock.frontier.unwrap_or(from);
            open.retain(|goal| goal.until.is_none_or(|until| until >= now));
            let surplus = open.len().saturating_sub(super::MAX_GOALS);
            open.drain(..surplus);
            count(&mut state.counters.goals_shed, surplus);
        }
    }

    /// The ids of everything that the match may lead to.
    fn ids(&self) -> Vec<DecisionId> {
        let items = |step: &StepSpec| 0..u32::try_from(step.items.len()).unwrap_or(u32::MAX);
        let steps = (0_u32..).zip(&self.rule.steps);
        steps.flat_map(|(number, step)| items(step).map(move |item| self.id_of(number, item))).collect()
    }

    /// The id of the decision of an item of the step at hand.
    fn id(&self, item: u32) -> DecisionId {
        self.id_of(self.ahead.step, item)
    }

    /// The id of the decision of an item: `due` takes part where time brought the match about.
    fn id_of(&self, step: u32, item: u32) -> DecisionId {
        let found = &self.ahead.found;
        let events: Vec<(&str, &str)> = found.events.iter().map(|e| (&*e.source, &*e.id)).collect();
        let by_event = found.events.last().is_some_and(|event| event.time == found.due);
        let key = self.key();
        DecisionFacts {
            rule: &self.rule.id,
            lineage: &self.rule.lineage,
            kind: &self.customer.kind,
            value: &self.customer.value,
            key: key.as_deref().unwrap_or(""),
            events: &events,
            due: (!by_event).then_some(found.due),
            step,
            item,
        }
        .id()
    }

    /// The rule's key as text.
    fn key(&self) -> Option<Arc<str>> {
        key_text(&self.ahead.found.key)
    }

    pub(super) fn channel_name(&self, channel: u32) -> Option<Arc<str>> {
        self.plan.names.channels().get_index(channel as usize).cloned()
    }

    fn arm_name(&self) -> Option<Arc<str>> {
        let (experiment, (arm, _)) = (self.rule.experiment?.0, self.arm?);
        let model = self.plan.document.experiments.get(experiment as usize)?;
        model.arms.get(arm as usize).map(|arm| arm.id.as_str().into())
    }

    fn rank(&self, item: Option<u32>) -> Rank {
        let item = item.map_or(0, |item| item + 1);
        (self.ahead.due, Reverse(self.rule.priority), self.number, self.ahead.step, item)
    }
}

/// A rule's key as text; `None` of null.
pub(crate) fn key_text(key: &Value) -> Option<Arc<str>> {
    match key {
        Value::Null => None,
        Value::Text(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(truth) => Some(if *truth { "true" } else { "false" }.into()),
        Value::Money(amount) => Some(amount.normalize().to_string().into()),
        Value::Time(time) => Some(time.to_string().into()),
        Value::Date(date) => Some(date.to_string().into()),
        Value::Duration(length) => Some(length.to_string().into()),
        Value::List(_) | Value::Record(_) => Some(serde_json::to_string(key).unwrap_or_default().into()),
    }
}

/// What speaks against a decision that was made going out at an instant.
pub(crate) fn objection(
    plan: &Plan,
    state: &CustomerState,
    made: &Made,
    now: Timestamp,
) -> Option<RefusalReason> {
    if made.withdrawn {
        return Some(RefusalReason::Retracted);
    }
    if let Some(ticket) = made.escalates {
        let open = state.tickets.ticket(ticket).is_some_and(|ticket| !ticket.is_closed());
        return (!open).then_some(RefusalReason::Exited);
    }
    let (number, customer) = (made.found.rule, state.key()?.clone());
    let rule = plan.rules.list.get(number as usize)?;
    let spec = rule.steps.get(made.step as usize)?.items.get(made.item as usize)?;
    let Made { first_due, step, item, .. } = *made;
    let (own, found) = (vec![made.id], made.found.clone());
    let ahead = Ahead { due: now, first_due, step, item: Some(item), made: own, found };
    let case = Case { plan, rule, number, ahead, customer, arm: None };
    if let Some(reason) = case.ended(state) {
        return Some(reason);
    }
    let person = Customer { case: &case, state, purpose: spec.purpose };
    if let Some(channel) = made.channel {
        if !person.consents(channel) {
            return Some(RefusalReason::NoConsent);
        }
        if !person.reaches(channel) {
            return Some(RefusalReason::Unreachable);
        }
        match case.quiet(state, spec) {
            Quieted::Free => {}
            Quieted::Deferred(_) => return Some(RefusalReason::QuietDropped),
            Quieted::Refused(reason) => return Some(reason),
        }
    }
    case.outlived(spec).then_some(RefusalReason::Invalid)
}

/// The customer as the choice of a channel sees it.
pub(super) struct Customer<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) state: &'a CustomerState,
    pub(super) purpose: Option<u32>,
}

impl Reach for Customer<'_> {
    fn consents(&self, channel: u32) -> bool {
        let Some(purpose) = self.purpose else { return false };
        let said = self.state.facts.consents.said(channel, purpose);
        said.unwrap_or_else(|| self.case.plan.rules.allowed.get(purpose as usize).copied().unwrap_or(false))
    }

    fn reaches(&self, channel: u32) -> bool {
        match self.case.plan.rules.needs.get(channel as usize) {
            Some(Need::Field(field)) => !self.state.facts.profile.value(*field as usize).is_null(),
            Some(Need::Identity(kind)) => self.state.facts.identities.iter().any(|i| i.key.kind == *kind),
            Some(Need::Nothing) | None => true,
        }
    }

    fn capped(&self, channel: u32) -> Option<CapPlace> {
        let case = self.case;
        let to = Contact { rule: case.number, channel, purpose: self.purpose };
        case.plan.rules.limits.channel_reached(
            &self.state.rules.usage,
            to,
            case.ahead.due,
            case.zone(self.state),
        )
    }
}
