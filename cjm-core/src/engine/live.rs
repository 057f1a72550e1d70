//! Single inputs to one customer's state: the repeat check, waiting for late ones, identities, then the kernel.
//!
//! Answers: what an event or a tick gives, or a typed error with the state untouched.
//! Does not know: decisions, other customers, logs, how an event is checked (see [`super::typed`]).

use crate::base::time::{Duration, Timestamp};
use crate::customer::identity::Identity;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::outreach::DecisionId;
use crate::plan::Plan;
use crate::rule::Identified;
use crate::signal::Dated;

use super::ack::AckOutcome;
use super::answer::Answer;
use super::kernel;
use super::recent::{Known, RecentEvent};
use super::rules::{Who, Whose};
use super::state::CustomerState;
use super::step::Stepping;
use super::typed::{Good, Live, TypedEvent};
use super::waiting::Waits;

/// What a state can be fed with.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// Something happened.
    Event(&'a Event),
    /// Something happened that was checked and typed before: see [`Plan::typed`].
    Typed(&'a TypedEvent<'a>),
    /// Somebody answered a survey.
    Answer(&'a Answer),
    /// Something became of a decision.
    Ack {
        /// The decision.
        id: DecisionId,
        /// What became of it.
        outcome: AckOutcome,
        /// When; below the customer's frontier, and unless said, it acts at the frontier and is never late.
        at: Option<Timestamp>,
    },
    /// An event is taken back: of the customer's last 256.
    Retract {
        /// Its source.
        source: &'a str,
        /// Its id.
        id: &'a str,
    },
    /// Time has passed up to here; an earlier one than before counts as the last.
    Tick(Timestamp),
}

impl Plan {
    /// Feeds one input to one customer's state and gives the moments it caused, in order.
    ///
    /// A repeat of a remembered event has no effect and gives nothing.
    ///
    /// # Errors
    /// `conflict` for a remembered key with another body, `bad_event` for an attribute of the wrong type or an event
    /// without identity, `limit` beyond a size limit. On an error the state is exactly what it was.
    pub fn observe(&self, state: &mut CustomerState, input: Input<'_>) -> Result<Vec<Dated>> {
        Ok(self.step(state, input)?.moments)
    }

    pub(super) fn take_event(
        &self,
        state: &mut CustomerState,
        event: &Event,
        stepping: &mut Stepping<'_>,
    ) -> Result<()> {
        let typed = self.typed(event)?;
        let waits = self.layout.lateness > Duration::ZERO;
        self.take_typed(state, &if waits { typed.into_owned() } else { typed }, stepping)
    }

    pub(super) fn take_typed(
        &self,
        state: &mut CustomerState,
        typed: &TypedEvent<'_>,
        stepping: &mut Stepping<'_>,
    ) -> Result<()> {
        let event = typed.event();
        let Some(checked) = typed.checked(self) else {
            return self.take_event(state, event, stepping);
        };
        let (key, body) = (checked.key, checked.body);
        let known = match key.map_or(Known::New, |key| state.recent.known(key, body)) {
            Known::New => key.map_or(Known::New, |key| state.waiting.known(key, body)),
            known => known,
        };
        match known {
            Known::New => {}
            Known::Repeat => {
                state.counters.repeats = state.counters.repeats.saturating_add(1);
                return Ok(());
            }
            Known::Conflict => {
                let (source, id) = (&event.source, &event.id);
                let words = format!("the event `{id}` of source `{source}` was seen with another body");
                return Err(Error::new(ErrorCode::Conflict, words));
            }
        }
        let good = checked.good.as_ref().map_err(Clone::clone)?;
        let lateness = self.layout.lateness;
        if lateness > Duration::ZERO && !kernel::is_late(state, event.time) {
            state.waiting.admit(Waits::of(typed.kept(), good.bytes), lateness)?;
            if let Some(edge) = state.waiting.edge(lateness) {
                self.release(state, edge, false, stepping);
            }
            return Ok(());
        }
        if let Some(step) = &good.step {
            let before = state.clone();
            if let Err(refusal) = stepping.ticket_step(state, step, event.time) {
                *state = before;
                return Err(refusal.into());
            }
        }
        self.play(state, (event, good), (key, body), stepping);
        Ok(())
    }

    /// Lets time pass up to `now`, less what sources may be late, and closes it.
    pub(super) fn take_tick(&self, state: &mut CustomerState, now: Timestamp, stepping: &mut Stepping<'_>) {
        let lateness = self.layout.lateness;
        stepping.decided.begin_input();
        if lateness == Duration::ZERO {
            return stepping.tick(state, now);
        }
        let edge = now.minus(lateness);
        self.release(state, edge, true, stepping);
        stepping.tick(state, edge);
    }

    /// Brings one side of a customer up to an event that links it with another: what is due before the event happens to
    /// the side alone. Where sources may be late, up to what they may still bring.
    pub(super) fn before_link(&self, state: &mut CustomerState, at: Timestamp, stepping: &mut Stepping<'_>) {
        let lateness = self.layout.lateness;
        let edge = if lateness == Duration::ZERO { at } else { at.minus(lateness) };
        self.release(state, edge, false, stepping);
        stepping.until(state, edge);
    }

    /// Lets the waiting events happen whose turn it is: those before `edge`, or at it too when it is `closed`. Each is
    /// an input of its own, and so is what comes after them.
    fn release(&self, state: &mut CustomerState, edge: Timestamp, closed: bool, stepping: &mut Stepping<'_>) {
        stepping.decided.begin_input();
        while let Some(waits) = state.waiting.take(edge, closed) {
            // it was found good when it came; under another plan since it may no longer be
            let kept = waits.kept(self);
            let good = kept.as_ref().ok().and_then(|kept| Some((kept, kept.checked.good.as_ref().ok()?)));
            let Some((kept, good)) = good else {
                state.counters.refused_in_turn = state.counters.refused_in_turn.saturating_add(1);
                continue;
            };
            if let Some(step) = &good.step
                && let Err(why) = stepping.ticket_step(state, step, kept.event.time)
            {
                state.counters.refused_in_turn = state.counters.refused_in_turn.saturating_add(1);
                stepping.refuse_step(step.clone(), why);
                continue;
            }
            self.play(state, (&kept.event, good), (kept.checked.key, kept.checked.body), stepping);
            stepping.decided.begin_input();
        }
    }

    /// Lets an event that was found good happen: who it concerns, what it does, that it is remembered.
    fn play(
        &self,
        state: &mut CustomerState,
        (event, good): (&Event, &Good),
        (key, body): (Option<u64>, u64),
        stepping: &mut Stepping<'_>,
    ) {
        let by = state.name(event, good);
        if state.trips.origin == 0 && !self.journeys.is_empty() {
            state.renew_origin();
        }
        if good.missing > 0 || good.dropped > 0 {
            let counters = &mut state.counters;
            counters.missing = counters.missing.saturating_add(good.missing);
            counters.dropped = counters.dropped.saturating_add(good.dropped);
        }
        state.rules.grown.add(good.grows);
        let live = Live { event, declared: &good.declared };
        let waits = state.rules.matcher.n_waits();
        let key = match key {
            Some(key) => {
                stepping.event(state, &live, &Named { event, key, by });
                key
            }
            None => {
                let who = state.unnamed(event, &good.texts, by);
                stepping.event(state, &live, &who);
                who.key
            }
        };
        state.grow_waits(event, state.rules.matcher.n_waits().saturating_sub(waits));
        let recent = RecentEvent {
            key,
            body,
            at: event.time,
            name: good.name,
            by,
            retracted: false,
            sequence: event.sequence,
            values: good.values.clone(),
        };
        let (more, saved) = state.recent.remember(recent);
        state.rules.grown.add(more);
        state.rules.grown.less(saved);
        self.bound(state);
    }
}

/// Who an event with an id is.
struct Named<'a> {
    event: &'a Event,
    key: u64,
    by: u8,
}

impl Whose for Named<'_> {
    fn by(&self) -> u8 {
        self.by
    }

    fn key(&self) -> u64 {
        self.key
    }

    fn identified(&self) -> Identified {
        Identified { source: self.event.source.clone(), id: self.event.id.clone() }
    }
}

impl CustomerState {
    /// Who an event without an id is to rules: the hash of what it says and its place among equals.
    fn unnamed(&self, event: &Event, texts: &[(Box<str>, String)], by: u8) -> Who {
        let time = event.time.as_micros().to_string();
        let customer = self.key().map_or("", |key| &key.value);
        let attributes = texts.iter().flat_map(|(name, value)| [&**name, value.as_str()]);
        let said: Vec<&str> = [customer, &time, &event.name].into_iter().chain(attributes).collect();
        Who::unnamed(event.source.clone(), &said, by, |key| self.recent.has(key))
    }

    /// Records who the event concerns, with the event as evidence. Gives the number of the strongest identity; those
    /// beyond the limit are counted.
    fn name(&mut self, event: &Event, good: &Good) -> u8 {
        if self.facts.identities.leads_with(&good.only) {
            return 0;
        }
        for (place, key) in good.identities.iter().enumerate() {
            if self.facts.identities.number(key).is_some() {
                continue;
            }
            let named = event.source.len() + event.id.len();
            self.rules.grown.add(key.kind.len() + key.value.len() + named + 32);
            let identity = Identity {
                key: key.clone(),
                since: event.time,
                source: event.source.clone(),
                event: event.id.clone(),
                own: place == 0,
            };
            if self.facts.identities.add(identity).is_none() {
                self.counters.identities_refused = self.counters.identities_refused.saturating_add(1);
            }
        }
        good.identities.first().and_then(|key| self.facts.identities.number(key)).unwrap_or(0)
    }
}
