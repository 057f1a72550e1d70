//! The heart: one input to one customer's state gives decisions and refusals.
//!
//! Answers: what is to be done after an event, or after time has passed. Does not know: other customers, budgets,
//! persons, stores. On an error the state is exactly what it was.

use std::cmp::Reverse;

use crate::base::time::{DAY_US, Duration, Timestamp};
use crate::error::{Error, ErrorCode, Result};
use crate::event::EventView;
use crate::outreach::{DecisionId, RefusalReason};
use crate::plan::Plan;
use crate::rule::{Match, Passed};
use crate::signal::Dated;
use crate::ticket::{StepRefusal, TicketStep};

use super::ack;
use super::bound;
use super::decision::{Decision, Stepped, TicketNews};
use super::kernel;
use super::live::Input;
use super::rules::walk::Watched;
use super::rules::{About, Ahead, Decided, Hearing, Names, Whose, act};
use super::state::CustomerState;
use super::tickets;
use super::typed::Live;

/// How often what rules change may set off rules again at one instant, through timers of no length too.
const MAX_DEPTH: usize = 8;

impl Plan {
    /// Feeds one input to one customer's state: what is to be done, what is not and why.
    ///
    /// A repeat of a remembered event has no effect and gives nothing.
    ///
    /// # Errors
    /// `conflict` for a remembered key with another body, `bad_event` for an attribute of the wrong type or an event
    /// without identity, `limit` beyond a size limit, `not_found` for an answer to an unknown survey or question and
    /// for a decision that is not remembered, `backpressure` when too many events wait, `too_old` for a retraction
    /// of an event that is not among the last 256. A step of a ticket that is refused is an error too. On an error the
    /// state is exactly what it was.
    pub fn step(&self, state: &mut CustomerState, input: Input<'_>) -> Result<Stepped> {
        self.step_holding(state, input, Vec::new())
    }

    /// The same where these decisions wait to be handed over.
    pub(super) fn step_holding(
        &self,
        state: &mut CustomerState,
        input: Input<'_>,
        held: Vec<Decision>,
    ) -> Result<Stepped> {
        let mut stepping = Stepping::new(self).holding(held);
        self.take(state, input, &mut stepping)?;
        #[cfg(test)]
        super::pack::tests::comes_back(state);
        Ok(stepping.finish())
    }

    /// Lets an input do what it does; the results gather in `stepping`.
    pub(super) fn take(
        &self,
        state: &mut CustomerState,
        input: Input<'_>,
        stepping: &mut Stepping<'_>,
    ) -> Result<()> {
        match input {
            Input::Tick(now) => {
                self.take_tick(state, now, stepping);
                Ok(())
            }
            Input::Event(event) => self.take_event(state, event, stepping),
            Input::Typed(event) => self.take_typed(state, event, stepping),
            Input::Answer(answer) => self.take_event(state, &self.answered(answer)?, stepping),
            Input::Ack { id, outcome, at } => {
                state.timer = None;
                self.take_ack(state, (id, outcome, at), stepping)?;
                state.rules.grown.add(bound::NOTE);
                self.bound(state);
                Ok(())
            }
            Input::Retract { source, id } => {
                state.timer = None;
                self.take_retract(state, (source, id), stepping)?;
                state.rules.grown.add(bound::NOTE);
                self.bound(state);
                Ok(())
            }
        }
    }
}

/// How far ahead of `now` an event may be, unless said.
pub const MAX_AHEAD: Duration = Duration::from_micros(DAY_US);

impl Plan {
    /// The same with the host's time: an input of more than a day after `now` is refused. What is decided does not
    /// depend on `now`.
    ///
    /// # Errors
    /// `future` for an input later than [`MAX_AHEAD`] after `now`; else those of [`Plan::step`].
    pub fn step_at(&self, state: &mut CustomerState, input: Input<'_>, now: Timestamp) -> Result<Stepped> {
        self.step_within(state, input, now, MAX_AHEAD)
    }

    /// The same with a bound of its own.
    ///
    /// # Errors
    /// `future` for an input later than `max_ahead` after `now`; else those of [`Plan::step`].
    pub fn step_within(
        &self,
        state: &mut CustomerState,
        input: Input<'_>,
        now: Timestamp,
        max_ahead: Duration,
    ) -> Result<Stepped> {
        let at = match input {
            Input::Event(event) => Some(event.time),
            Input::Typed(event) => Some(event.time()),
            Input::Answer(answer) => Some(answer.at),
            Input::Ack { at, .. } => at,
            Input::Tick(_) | Input::Retract { .. } => None,
        };
        if let Some(at) = at.filter(|at| *at > now.plus(max_ahead)) {
            let words = format!("`{at}` is more than {max_ahead} after `{now}`");
            return Err(Error::new(ErrorCode::Future, words));
        }
        self.step(state, input)
    }
}

/// What is to be decided at an instant.
enum Due {
    /// A step, or an item that quiet hours held back.
    Ahead(Ahead),
    Match(Match),
}

impl Due {
    /// When, and the position of the rule.
    fn place(&self) -> (Timestamp, u32) {
        match self {
            Self::Ahead(ahead) => (ahead.due, ahead.found.rule),
            Self::Match(found) => (found.due, found.rule),
        }
    }

    fn ahead(self) -> Ahead {
        match self {
            Self::Ahead(ahead) => ahead,
            Self::Match(found) => Ahead::of(Match { moment: None, ..found }),
        }
    }
}

/// One input being worked off.
pub(super) struct Stepping<'a> {
    pub(super) plan: &'a Plan,
    pub(super) decided: Decided<'a>,
    pub(super) out: Stepped,
    /// Decisions that wait to be handed over: what they are is known also where the customer no longer remembers them.
    pub(super) held: Vec<Decision>,
}

impl<'a> Stepping<'a> {
    /// Nothing done yet.
    pub(super) fn new(plan: &'a Plan) -> Self {
        Stepping { plan, decided: Decided::default(), out: Stepped::default(), held: Vec::new() }
    }

    /// The same where every match of a rule is told as it is decided.
    pub(super) fn watching(mut self, rule: Option<u32>) -> Self {
        self.decided.watched = rule.map(|rule| Box::new(Watched { rule, walks: Vec::new() }));
        self
    }

    /// The same where these decisions wait to be handed over.
    pub(super) fn holding(mut self, held: Vec<Decision>) -> Self {
        self.held = held;
        self
    }

    /// One of those.
    pub(super) fn held(&self, id: DecisionId) -> Option<&Decision> {
        self.held.iter().find(|decision| decision.id == id)
    }

    /// The same where events get their names only when decisions rest on them.
    pub(super) fn naming(mut self, names: &'a dyn Names) -> Self {
        self.decided.names = Some(names);
        self
    }
}

impl Stepping<'_> {
    /// Lets time pass up to `now` and closes it.
    pub(super) fn tick(&mut self, state: &mut CustomerState, now: Timestamp) {
        let Some(frontier) = state.clock.frontier else { return };
        if now < frontier {
            // of sides that a late event united, one may have been further on than what the others waited for
            if state.next_timer().is_some_and(|due| due <= now) {
                state.timer = None;
                self.pass(state, now, true);
                state.know_timer();
            }
            return;
        }
        state.timer = None;
        self.pass(state, now, true);
        kernel::tick(self.plan, state, now, &mut |dated| self.out.moments.push(dated));
        state.know_timer();
    }

    /// Lets time pass up to `now`, which stays open; a side of a customer that has not begun stays so.
    pub(super) fn until(&mut self, state: &mut CustomerState, now: Timestamp) {
        if state.clock.frontier.is_none_or(|frontier| now <= frontier) {
            return;
        }
        state.timer = None;
        self.pass(state, now, false);
        (state.clock.frontier, state.clock.closed) = (Some(now), false);
        state.know_timer();
    }

    /// An event whose place in time is known: what is due before it, then the event itself.
    pub(super) fn event<E: EventView, W: Whose>(&mut self, state: &mut CustomerState, event: &E, who: &W) {
        let plan = self.plan;
        let at = event.time();
        if event.event().is_some_and(|id| plan.is_idle(id)) && kernel::skim(state, at) {
            return;
        }
        state.timer = None;
        self.pass(state, at, false);
        let acked = event.event().filter(|id| plan.ack == Some(*id)).and_then(|_| ack::read(plan, event));
        // what became of a decision is never late: at a closed frontier it acts before the frontier closes again
        let closes = acked.is_some() && state.clock.closed && state.clock.frontier == Some(at);
        state.clock.closed &= !closes;
        if let Some((decision, outcome)) = acked {
            ack::note(plan, state, self.held(decision), (decision, outcome), at);
        }
        let first = state.clock.frontier.is_none();
        let about = acked.and_then(|(decision, outcome)| match state.rules.made(decision) {
            Some(made) => About::of(plan, made),
            None => self.held(decision).map(|held| About::held(held, outcome)),
        });
        let mut hearing = Hearing::default();
        self.happen(state, event, who, about, &mut hearing);
        self.decide(state, hearing, at, 0);
        if first || !plan.rules.patterns.scheduled().is_empty() {
            Hearing::schedule(plan, state, self::passed(state));
        }
        state.clock.closed |= closes;
        state.know_timer();
    }

    /// Lets time pass: everything due before `until`, or at it too when `closed`, at its own instant.
    fn pass(&mut self, state: &mut CustomerState, until: Timestamp, closed: bool) {
        let plan = self.plan;
        let over = |due: &Timestamp| *due < until || (closed && *due == until);
        let mut before: Option<(Timestamp, usize, bool)> = None;
        while let Some(due) = state.next_timer().filter(over) {
            // timers that what rules changed brought about at their very instant are one deeper than that change
            let depth = before.filter(|(at, ..)| *at == due).map_or(0, |(_, depth, deeper)| {
                let deeper = deeper || state.next_but_steps().is_some_and(|next| next <= due);
                (depth + usize::from(deeper)).min(MAX_DEPTH)
            });
            if state.clock.frontier.is_none_or(|frontier| frontier < due) {
                (state.clock.frontier, state.clock.closed) = (Some(due), false);
            }
            let mut moments = Vec::new();
            kernel::pass(plan, state, due, true, &mut |dated| moments.push(dated));
            let mut hearing = Hearing::default();
            hearing.time(plan, state, Passed { until: due, closed: true }, &moments);
            let scheduled = !moments.is_empty() && !plan.rules.patterns.scheduled().is_empty();
            self.out.moments.append(&mut moments);
            hearing.ahead.extend(std::iter::from_fn(|| state.rules.take_ahead(due)));
            before = Some((due, depth, self.decide(state, hearing, due, depth)));
            self.miss(state, due);
            if scheduled {
                Hearing::schedule(plan, state, self::passed(state));
            }
            plan.bound(state);
        }
    }

    /// Lets the rules hear what uniting two sides of a customer changed.
    pub(super) fn united(&mut self, state: &mut CustomerState, mut moments: Vec<Dated>) {
        if moments.is_empty() {
            return;
        }
        let (plan, until) = (self.plan, state.clock.frontier.unwrap_or(Timestamp::MIN));
        state.timer = None;
        let mut hearing = Hearing::default();
        hearing.time(plan, state, passed(state), &moments);
        self.out.moments.append(&mut moments);
        self.decide(state, hearing, until, 0);
        state.know_timer();
    }

    /// Lifecycle, segments and clocks anew at the frontier, after something was taken back, and what comes of it.
    pub(super) fn settle(&mut self, state: &mut CustomerState) {
        let (plan, until) = (self.plan, state.clock.frontier.unwrap_or(Timestamp::MIN));
        if plan.has_states() {
            let mut moments = Vec::new();
            kernel::evaluate(plan, state, until, &mut |dated| moments.push(dated));
            let mut hearing = Hearing::default();
            hearing.time(plan, state, passed(state), &moments);
            self.out.moments.append(&mut moments);
            self.decide(state, hearing, until, 0);
        }
        if !plan.rules.patterns.scheduled().is_empty() {
            Hearing::schedule(plan, state, passed(state));
        }
    }

    /// Tells of the limits of tickets that are missed at an instant; their escalations are decisions.
    fn miss(&mut self, state: &mut CustomerState, due: Timestamp) {
        if state.tickets.next_due().is_none_or(|next| next > due) {
            return;
        }
        for missed in state.tickets.fire(due, true) {
            if let Some(decision) = tickets::escalation(self.plan, state, &missed) {
                let rank = (missed.due, Reverse(0), u32::MAX, 0, decision.item);
                state.rules.remember_escalation(self.plan, &decision, missed.ticket);
                self.decided.decisions.push((rank, decision));
            }
            self.decided.tickets.push(TicketNews::Missed(missed));
        }
    }

    /// Does a step of a ticket after what is due before it.
    pub(super) fn ticket_step(
        &mut self,
        state: &mut CustomerState,
        step: &TicketStep,
        at: Timestamp,
    ) -> std::result::Result<(), StepRefusal> {
        state.timer = None;
        self.pass(state, at, false);
        let change = tickets::step(self.plan, state, step, at)?;
        self.decided.tickets.push(TicketNews::Done { step: step.clone(), change, at });
        Ok(())
    }

    /// Tells that a step that had waited was refused.
    pub(super) fn refuse_step(&mut self, step: TicketStep, why: StepRefusal) {
        self.decided.tickets.push(TicketNews::Refused { step, why });
    }

    /// Brings what was heard to decisions, and what these change to further matches, from a depth on. Gives whether
    /// such further matches left steps to this very instant.
    fn decide(
        &mut self,
        state: &mut CustomerState,
        mut hearing: Hearing,
        at: Timestamp,
        from: usize,
    ) -> bool {
        let plan = self.plan;
        let mut deeper = false;
        self.decided.n_emitted = 0;
        for depth in from..=MAX_DEPTH {
            for (rule, key, at) in hearing.no_room.drain(..) {
                let ahead = Ahead::of(Match { key, ..Match::at(rule, at) });
                self.decided.turn_down(plan, state, ahead, RefusalReason::TooManyWaits);
            }
            // steps and items that were ahead stand beside the matches of their instant
            let mut all: Vec<Due> = hearing.ahead.drain(..).map(Due::Ahead).collect();
            all.extend(hearing.matches.drain(..).map(Due::Match));
            if all.is_empty() {
                break;
            }
            let rank = |due: &Due| {
                let (at, number) = due.place();
                let priority = plan.rules.list.get(number as usize).map_or(0, |rule| rule.priority);
                (at, Reverse(priority), number)
            };
            all.sort_by_key(rank);
            if depth == MAX_DEPTH {
                all.into_iter().for_each(|due| {
                    self.decided.turn_down(plan, state, due.ahead(), RefusalReason::TooDeep);
                });
                break;
            }
            let (before, steps) = (self.decided.decisions.len(), state.rules.n_ahead_by(at));
            for due in all {
                match due {
                    Due::Ahead(ahead) => self.decided.step(plan, state, ahead),
                    Due::Match(found) => self.decided.matched(plan, state, found),
                }
            }
            deeper |= depth > from && state.rules.n_ahead_by(at) > steps;
            hearing = self.follow(state, before, at);
        }
        deeper
    }

    /// What the decisions made since `before` change at once: profile and tags, then derived events in their order.
    fn follow(&mut self, state: &mut CustomerState, before: usize, at: Timestamp) -> Hearing {
        let plan = self.plan;
        let mut hearing = Hearing::default();
        // what a late event led to changes the customer of now
        let at = state.clock.frontier.map_or(at, |frontier| at.max(frontier));
        let made = self.decided.decisions.get(before..).unwrap_or_default();
        let mut changed = false;
        for (_, decision) in made.iter().filter(|(_, decision)| decision.applied) {
            changed |= act::apply(plan, state, decision);
        }
        if changed {
            let mut moments = Vec::new();
            kernel::renew_zone(plan, state);
            kernel::evaluate(plan, state, at, &mut |dated| moments.push(dated));
            hearing.time(plan, state, Passed { until: at, closed: false }, &moments);
            self.out.moments.append(&mut moments);
        }
        for emitted in std::mem::take(&mut self.decided.emitted) {
            let Some((event, who)) = plan.derived(state, emitted) else { continue };
            let declared = plan.lenient(&event);
            state.rules.grown.add(bound::growth(plan, &event, declared.id, event.bytes()));
            let derived = Live { event: &event, declared: &declared };
            self.happen(state, &derived, &who, None, &mut hearing);
        }
        if changed && !plan.rules.patterns.scheduled().is_empty() {
            Hearing::schedule(plan, state, passed(state));
        }
        hearing
    }

    /// Applies an event and lets the rules hear it.
    fn happen<E: EventView, W: Whose>(
        &mut self,
        state: &mut CustomerState,
        event: &E,
        who: &W,
        about: Option<About>,
        hearing: &mut Hearing,
    ) {
        let plan = self.plan;
        let late = kernel::is_late(state, event.time());
        let mut moments = Vec::new();
        kernel::apply(plan, state, event, who, &mut |dated| moments.push(dated));
        if let Some(id) = event.event() {
            let (outcomes, tagged) = act::watch(plan, state, event, id, who);
            self.out.outcomes.extend(outcomes);
            if tagged {
                let now = state.clock.frontier.map_or(event.time(), |frontier| frontier.max(event.time()));
                kernel::evaluate(plan, state, now, &mut |dated| moments.push(dated));
            }
            let passed = late.then(|| passed(state));
            hearing.about = about;
            if !moments.is_empty() || plan.rules.patterns.hears(id) {
                hearing.event(plan, state, (event, id, passed), who, &moments);
            }
        }
        self.out.moments.append(&mut moments);
    }

    /// What it came to, in order.
    pub(super) fn finish(mut self) -> Stepped {
        if self.decided.is_nothing() {
            return self.out;
        }
        self.decided.decisions.sort_by_key(|(rank, _)| *rank);
        self.decided.refusals.sort_by_key(|(rank, _)| *rank);
        self.out.decisions = self.decided.decisions.into_iter().map(|(_, decision)| decision).collect();
        self.out.tickets = self.decided.tickets;
        self.out.refusals = self.decided.refusals.into_iter().map(|(_, refusal)| refusal).collect();
        self.out
    }
}

fn passed(state: &CustomerState) -> Passed {
    Passed { until: state.clock.frontier.unwrap_or(Timestamp::MIN), closed: state.clock.closed }
}
