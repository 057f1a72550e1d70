//! Everyone an engine knows: states by customer, who has which identity, when each next wants to hear of time.
//!
//! Answers: the customer of an event, uniting customers whom an event links, letting time pass for those it concerns.
//! Who was not touched lately is packed; who is packed when changes nothing of what is decided.
//! Does not know: budgets, persons, what becomes of decisions.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::pack::Tables;
use crate::base::time::Timestamp;
use crate::blueprint::model::IdentityKind;
use crate::customer::identity::IdentityKey;
use crate::customer::stitch::{Gathered, LinkRefusal, Shared, gather, refusal};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::plan::{Layout, Plan};

use super::super::decision::Decision;
use super::super::live::Input;
use super::super::pack::Packed;
use super::super::state::{Clock, CustomerState};
use super::super::step::Stepping;
use super::super::typed::TypedEvent;
use super::super::{Answer, Stepped};
use super::RefusedLink;
use super::deadlines::Deadlines;
use super::hot::Hot;
use super::index::Index;
use super::links::{Link, Links};

/// How many customers are kept unpacked, unless said. Tests keep one, so that everyone is packed all the time.
pub(in crate::engine) const HOT: usize = if cfg!(test) { 1 } else { 1_024 };

/// All customers.
#[derive(Debug, Clone)]
pub(in crate::engine) struct People {
    /// Of the plan under which all of them stand.
    layout: Arc<Layout>,
    /// By number; empty of whom is hot, and of a number whose customer was united with another or forgotten: it is
    /// free.
    packed: Vec<Packed>,
    free: Vec<u32>,
    hot: Hot,
    index: Index,
    /// Who next wants to hear of time, and when.
    deadlines: Deadlines,
    /// Of identities of kinds with `max_links`.
    links: Links,
    tables: Tables,
    /// Events that came later than their customer's time allows.
    n_late: u64,
    /// What changed, where somebody wants to know.
    touched: Option<Touched>,
}

/// What changed since somebody last asked.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Touched {
    /// Whose state.
    pub(in crate::engine) changed: BTreeSet<u32>,
    /// Whose customer is no more; the number is given to nobody until this was asked for.
    pub(in crate::engine) gone: BTreeSet<u32>,
    /// Links that were counted.
    pub(in crate::engine) links: Vec<(u64, u32)>,
    /// Identities of which no links are counted any more, by hash.
    pub(in crate::engine) unlinked: Vec<u64>,
}

/// A state as it is kept.
#[derive(Debug)]
pub(in crate::engine) enum KeptState {
    Whole(Box<CustomerState>),
    Packed(Packed, Arc<Layout>),
}

impl KeptState {
    /// The state; none where nobody was kept.
    pub(in crate::engine) fn open(&self) -> Option<Cow<'_, CustomerState>> {
        match self {
            Self::Whole(state) => Some(Cow::Borrowed(state)),
            Self::Packed(packed, layout) => packed.unpack(layout).map(Cow::Owned),
        }
    }
}

/// Whom an event concerns.
#[derive(Default)]
struct Concerned {
    /// The event without the identities whose link was refused, where any was.
    filtered: Option<Event>,
    /// Links that were refused.
    refused: Vec<RefusedLink>,
    /// Links that are counted.
    links: Vec<Link>,
    /// Known customers it names, each once, in the order of identities.
    known: Vec<u32>,
    /// The identities that are the customer's.
    keys: Vec<IdentityKey>,
}

/// What one input came to.
pub(in crate::engine) struct Pushed {
    /// What the step gave.
    pub(in crate::engine) stepped: Stepped,
    /// Links that were refused.
    pub(in crate::engine) refused: Vec<RefusedLink>,
}

impl People {
    /// Nobody yet, under a plan; at most so many of those to come are kept unpacked.
    pub(in crate::engine) fn new(plan: &Plan, hot: usize) -> Self {
        Self {
            layout: plan.layout.clone(),
            packed: Vec::new(),
            free: Vec::new(),
            hot: Hot::new(hot),
            index: Index::default(),
            deadlines: Deadlines::default(),
            links: Links::default(),
            tables: Tables::default(),
            n_late: 0,
            touched: None,
        }
    }

    /// Remembers from here on what changes.
    pub(in crate::engine) fn track(&mut self) {
        self.touched.get_or_insert_default();
    }

    /// What changed since this was last asked.
    pub(in crate::engine) fn take_touched(&mut self) -> Touched {
        let Some(touched) = &mut self.touched else { return Touched::default() };
        let touched = std::mem::take(touched);
        self.free.extend(&touched.gone);
        touched
    }

    /// Takes a customer in whom somebody kept elsewhere.
    pub(in crate::engine) fn admit(&mut self, state: CustomerState) -> u32 {
        let touched = self.touched.take();
        let number = self.put(None, state);
        self.touched = touched;
        number
    }

    /// Lets a customer go whom somebody keeps elsewhere.
    pub(in crate::engine) fn let_go(&mut self, number: u32) {
        let touched = self.touched.take();
        self.take(number);
        self.touched = touched;
    }

    /// Lets everybody go whom somebody keeps elsewhere.
    pub(in crate::engine) fn let_all_go(&mut self) {
        self.packed.clear();
        self.free.clear();
        self.hot = Hot::new(self.hot.most());
        self.index = Index::default();
        self.deadlines = Deadlines::default();
    }

    fn touch(&mut self, number: u32) {
        if let Some(touched) = &mut self.touched {
            touched.changed.insert(number);
        }
    }

    /// The same people, their states changed one by one to states of another plan.
    ///
    /// # Errors
    /// Those of `change`.
    pub(in crate::engine) fn changed(
        &self,
        plan: &Plan,
        mut change: impl FnMut(&CustomerState) -> Result<CustomerState>,
    ) -> Result<Self> {
        let mut new = Self::new(plan, self.hot.most());
        new.packed.resize_with(self.packed.len(), Packed::default);
        for (number, state) in self.iter() {
            let state = change(&state)?;
            new.renew(number, None, state.next_due());
            new.pack(number, &state);
        }
        let (free, index, links) = (self.free.clone(), self.index.clone(), self.links.clone());
        let touched = self
            .touched
            .clone()
            .map(|before| Touched { changed: self.iter().map(|(number, _)| number).collect(), ..before });
        Ok(Self { free, index, links, n_late: self.n_late, touched, ..new })
    }

    /// Keeps so many customers unpacked from here on.
    pub(in crate::engine) fn keep_hot(&mut self, most: usize) {
        for (number, state) in std::mem::replace(&mut self.hot, Hot::new(most)).into_states() {
            self.keep(number, state);
        }
    }

    /// How many events came later than their customer's time allows.
    pub(in crate::engine) fn n_late(&self) -> u64 {
        self.n_late
    }

    /// How many customers.
    pub(in crate::engine) fn len(&self) -> usize {
        let gone = self.touched.as_ref().map_or(0, |touched| touched.gone.len());
        self.packed.len() - self.free.len() - gone
    }

    /// The customer who has an identity.
    pub(in crate::engine) fn number(&self, key: &IdentityKey) -> Option<u32> {
        self.index.find(key, |number| self.has(number, key))
    }

    /// Whether a customer has an identity, or an event that waits names it.
    fn has(&self, number: u32, key: &IdentityKey) -> bool {
        match self.hot.state(number) {
            Some(state) => has_key(state, key),
            None => self.packed.get(number as usize).is_some_and(|packed| packed.is_of(&self.layout, key)),
        }
    }

    /// A customer's state.
    pub(in crate::engine) fn state(&self, number: u32) -> Option<Cow<'_, CustomerState>> {
        if let Some(state) = self.hot.state(number) {
            return Some(Cow::Borrowed(state));
        }
        self.packed.get(number as usize)?.unpack(&self.layout).map(Cow::Owned)
    }

    /// A copy of a state as it is kept, which another thread can open.
    pub(in crate::engine) fn kept(&self, number: u32) -> Option<KeptState> {
        match self.hot.state(number) {
            Some(state) => Some(KeptState::Whole(Box::new(state.clone()))),
            None => Some(KeptState::Packed(self.packed.get(number as usize)?.clone(), self.layout.clone())),
        }
    }

    /// Every customer with its number, by number.
    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = (u32, Cow<'_, CustomerState>)> {
        self.numbers().filter_map(|number| Some((number, self.state(number)?)))
    }

    /// Every customer who has tickets, by number.
    pub(in crate::engine) fn with_tickets(&self) -> impl Iterator<Item = Cow<'_, CustomerState>> {
        let packed = |number: u32| self.packed.get(number as usize).is_some_and(Packed::has_tickets);
        let hot = |number| self.hot.state(number).is_some_and(|state| !state.tickets.is_empty());
        self.numbers().filter(move |number| packed(*number) || hot(*number)).filter_map(|n| self.state(n))
    }

    fn numbers(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.packed.len()).unwrap_or(u32::MAX)
    }

    /// A customer unpacked, to be changed.
    fn wake(&mut self, number: u32) -> Option<&mut CustomerState> {
        if self.hot.state(number).is_none() {
            let packed = std::mem::take(self.packed.get_mut(number as usize)?);
            let state = packed.unpack(&self.layout)?;
            self.keep(number, state);
        }
        self.hot.touch(number)
    }

    /// Keeps a customer unpacked who is not; another one is packed where room is short.
    fn keep(&mut self, number: u32, state: CustomerState) {
        if let Some((cold, state)) = self.hot.put(number, state) {
            self.pack(cold, &state);
        }
    }

    fn pack(&mut self, number: u32, state: &CustomerState) {
        if let Some(slot) = self.packed.get_mut(number as usize) {
            *slot = Packed::of(state, &mut self.tables);
        }
    }

    /// Takes a state out, wherever it is.
    fn take_state(&mut self, number: u32) -> Option<CustomerState> {
        let packed = std::mem::take(self.packed.get_mut(number as usize)?);
        self.hot.take(number).or_else(|| packed.unpack(&self.layout))
    }

    /// The next instant at which somebody wants to hear of time.
    pub(in crate::engine) fn next_due(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(due, _)| due)
    }

    /// The counted links.
    pub(in crate::engine) fn links(&self) -> Vec<(u64, u32)> {
        self.links.all()
    }

    /// Takes the counted links over.
    pub(in crate::engine) fn set_links(&mut self, links: &[(u64, u32)]) {
        self.links = Links::from_all(links);
    }

    /// Counts no links of these identities any more.
    pub(in crate::engine) fn forget_links(&mut self, plan: &Plan, keys: &[IdentityKey]) {
        for key in keys {
            for whose in Link::all_of(key, plan.document.identities.iter().map(|kind| &*kind.id)) {
                if self.links.forget(whose)
                    && let Some(touched) = &mut self.touched
                {
                    touched.unlinked.push(whose);
                }
            }
        }
    }

    /// The customer's identity by which an event that was taken in is its: none that gave way, as its link was refused.
    pub(in crate::engine) fn key_of(&self, plan: &Plan, event: &Event) -> Option<IdentityKey> {
        let all = plan.identities_of(event).ok()?;
        let Gathered { own, .. } = gather(all, |strong, weak| self.refusal(plan, strong, weak));
        own.into_iter().find(|key| self.number(key).is_some())
    }

    /// Feeds an event to whom it concerns; customers whom it links become one first. `now` is the time up to which
    /// everybody has heard.
    ///
    /// # Errors
    /// Those of [`Plan::step`]; nothing changed.
    pub(in crate::engine) fn push(
        &mut self,
        plan: &Plan,
        event: &Event,
        now: Option<Timestamp>,
    ) -> Result<Pushed> {
        self.feed(plan, (event, Input::Event(event)), now)
    }

    /// The same of an event that was checked and typed before.
    ///
    /// # Errors
    /// As of [`People::push`].
    pub(in crate::engine) fn push_typed(
        &mut self,
        plan: &Plan,
        event: &TypedEvent<'_>,
        now: Option<Timestamp>,
    ) -> Result<Pushed> {
        self.feed(plan, (event.event(), Input::Typed(event)), now)
    }

    fn feed(
        &mut self,
        plan: &Plan,
        (event, input): (&Event, Input<'_>),
        now: Option<Timestamp>,
    ) -> Result<Pushed> {
        let Concerned { filtered, refused, links, known, keys } = self.concerned(plan, event)?;
        // what is left of an event whose links were refused is another one
        let (event, input) = filtered.as_ref().map_or((event, input), |left| (left, Input::Event(left)));
        let (number, stepped) = match known.as_slice() {
            [one] => (*one, self.step(plan, *one, input, now)?),
            many => self.unite(plan, many, (event.time, input), now)?,
        };
        // also while the event itself waits for late ones
        self.find_by(number, &keys);
        for link in links {
            if let Some(touched) = self.touched.as_mut().filter(|_| !self.links.has(link)) {
                touched.links.push(link.parts());
            }
            self.links.insert(link);
        }
        Ok(Pushed { stepped, refused })
    }

    /// Feeds an event to a new customer, or to the one whom several turn out to be.
    fn unite(
        &mut self,
        plan: &Plan,
        many: &[u32],
        (at, input): (Timestamp, Input<'_>),
        now: Option<Timestamp>,
    ) -> Result<(u32, Stepped)> {
        let (mut state, mut stepping) = self.united(Stepping::new(plan), many, at, now);
        let late = state.counters.late;
        plan.take(&mut state, input, &mut stepping)?;
        self.n_late += u64::from(state.counters.late.saturating_sub(late));
        let stepped = stepping.finish();
        for gone in many.get(1..).unwrap_or_default() {
            self.take(*gone);
        }
        Ok((self.put(many.first().copied(), state), stepped))
    }

    /// The one customer whom several turn out to be by an event at an instant, and what that has come to so far: each
    /// side has gone its own way up to there. A new customer when there is nobody.
    fn united<'p>(
        &self,
        mut stepping: Stepping<'p>,
        many: &[u32],
        at: Timestamp,
        now: Option<Timestamp>,
    ) -> (CustomerState, Stepping<'p>) {
        let plan = stepping.plan;
        let mut united: Option<CustomerState> = None;
        for side in many.iter().filter_map(|number| self.state(*number)) {
            let mut side = side.into_owned();
            if let Some(now) = behind(&side, now) {
                plan.take_tick(&mut side, now, &mut stepping);
            }
            if many.len() > 1 {
                plan.before_link(&mut side, at, &mut stepping);
            }
            united = Some(match united {
                None => side,
                Some(so_far) => {
                    let (mut state, moments) = plan.merge(&so_far, &side);
                    stepping.united(&mut state, moments);
                    state
                }
            });
        }
        (united.unwrap_or_else(|| CustomerState::new(plan)), stepping)
    }

    /// The customer whom an event concerns as the event finds it, with the event less the identities whose link is
    /// refused. What has come of it until then gathers in what is given.
    pub(in crate::engine) fn found_by<'p>(
        &self,
        plan: &'p Plan,
        event: &Event,
        watched: Option<u32>,
    ) -> Result<(CustomerState, Stepping<'p>, Option<Event>)> {
        let Concerned { filtered, known, .. } = self.concerned(plan, event)?;
        let stepping = Stepping::new(plan).watching(watched);
        let (state, stepping) = self.united(stepping, &known, event.time, None);
        Ok((state, stepping, filtered))
    }

    /// Feeds an answer to whom it concerns, likewise.
    ///
    /// # Errors
    /// Those of [`Plan::step`]; nothing changed.
    pub(in crate::engine) fn answer(
        &mut self,
        plan: &Plan,
        answer: &Answer,
        now: Option<Timestamp>,
    ) -> Result<Pushed> {
        self.push(plan, &plan.answered(answer)?, now)
    }

    /// Feeds any input to a customer.
    ///
    /// # Errors
    /// Those of [`Plan::step`]; nothing changed.
    pub(in crate::engine) fn step(
        &mut self,
        plan: &Plan,
        number: u32,
        input: Input<'_>,
        now: Option<Timestamp>,
    ) -> Result<Stepped> {
        self.step_holding(plan, number, (input, Vec::new()), now)
    }

    /// The same where these decisions of the customer wait to be handed over.
    ///
    /// # Errors
    /// Those of [`Plan::step`]; nothing changed.
    pub(in crate::engine) fn step_holding(
        &mut self,
        plan: &Plan,
        number: u32,
        (input, held): (Input<'_>, Vec<Decision>),
        now: Option<Timestamp>,
    ) -> Result<Stepped> {
        self.with(plan, number, now, |state| plan.step_holding(state, input, held))
    }

    /// Lets a customer hear of the time that has passed for everybody and then of something more; where that errs,
    /// nothing changed.
    fn with(
        &mut self,
        plan: &Plan,
        number: u32,
        now: Option<Timestamp>,
        then: impl FnOnce(&mut CustomerState) -> Result<Stepped>,
    ) -> Result<Stepped> {
        let nobody = || Error::new(ErrorCode::NotFound, "no such customer");
        let state = self.wake(number).ok_or_else(nobody)?;
        let (before, late) = (Before::of(state, behind(state, now)), state.counters.late);
        let caught_up = catch_up(plan, state, now);
        match then(state) {
            Ok(stepped) => {
                let after = state.next_due();
                self.n_late += u64::from(state.counters.late.saturating_sub(late));
                self.touch(number);
                self.renew(number, before.next_due, after);
                Ok(joined(caught_up, stepped))
            }
            Err(error) => {
                before.restore(state);
                Err(error)
            }
        }
    }

    /// Lets a customer be found by identities.
    fn find_by(&mut self, number: u32, keys: &[IdentityKey]) {
        for key in keys {
            // one beyond the bound of identities is not the customer's
            if self.has(number, key) {
                self.index.insert(key, number);
            }
        }
    }

    /// Lets time pass for everybody whom it concerns, each at its own instants.
    pub(in crate::engine) fn advance(&mut self, plan: &Plan, now: Timestamp) -> Vec<Pushed> {
        let (mut all, mut left) = (Vec::new(), Vec::new());
        while let Some((due, number)) = self.deadlines.first().filter(|(due, _)| *due <= now) {
            match self.step(plan, number, Input::Tick(now), None) {
                Ok(stepped) => all.push(Pushed { stepped, refused: Vec::new() }),
                Err(_) => self.deadlines.remove(due, number),
            }
            // whoever still wants to hear of the same instant has heard of it: nobody may keep the others waiting
            if self.deadlines.first() == Some((due, number)) {
                debug_assert!(false, "the deadline {due} of {number} comes again at {now}");
                self.deadlines.remove(due, number);
                left.push((due, number));
            }
        }
        left.into_iter().for_each(|(due, number)| self.deadlines.insert(due, number));
        all
    }

    /// Lets time pass for everybody up to `now` and closes it, also for those whom it does not concern.
    pub(in crate::engine) fn close(&mut self, plan: &Plan, now: Timestamp) -> Vec<Pushed> {
        let numbers: Vec<u32> = self.iter().map(|(number, _)| number).collect();
        let step = |number| self.step(plan, number, Input::Tick(now), None).ok();
        let all = numbers.into_iter().filter_map(step);
        all.map(|stepped| Pushed { stepped, refused: Vec::new() }).collect()
    }

    /// The state of a customer as of `now`.
    pub(in crate::engine) fn state_at(
        &self,
        plan: &Plan,
        number: u32,
        now: Option<Timestamp>,
    ) -> Option<CustomerState> {
        let mut state = self.state(number)?.into_owned();
        let _nothing_due = catch_up(plan, &mut state, now);
        Some(state)
    }

    /// Puts a state in: under its number, or as a new customer.
    pub(in crate::engine) fn put(&mut self, number: Option<u32>, state: CustomerState) -> u32 {
        let number = number.or_else(|| self.free.pop()).unwrap_or_else(|| {
            self.packed.push(Packed::default());
            u32::try_from(self.packed.len() - 1).unwrap_or(u32::MAX)
        });
        let before = self.take_state(number).and_then(|state| state.next_due());
        let (after, keys) = (state.next_due(), keys_of(&state));
        self.keep(number, state);
        self.touch(number);
        self.renew(number, before, after);
        self.find_by(number, &keys);
        number
    }

    /// Takes a customer out, with its identities.
    pub(in crate::engine) fn take(&mut self, number: u32) -> Option<CustomerState> {
        let state = self.take_state(number)?;
        self.renew(number, state.next_due(), None);
        keys_of(&state).iter().for_each(|key| self.index.remove(key, number));
        match &mut self.touched {
            Some(touched) => {
                touched.changed.remove(&number);
                touched.gone.insert(number);
            }
            None => self.free.push(number),
        }
        Some(state)
    }

    fn renew(&mut self, number: u32, before: Option<Timestamp>, after: Option<Timestamp>) {
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.deadlines.remove(before, number);
        }
        if let Some(after) = after {
            self.deadlines.insert(after, number);
        }
    }

    /// Whom an event concerns, the strongest identity first.
    fn concerned(&self, plan: &Plan, event: &Event) -> Result<Concerned> {
        let all = plan.identities_of(event)?;
        let Gathered { own, refused } = gather(all, |strong, weak| self.refusal(plan, strong, weak));
        let mut concerned = Concerned::default();
        for number in own.iter().filter_map(|key| self.number(key)) {
            if !concerned.known.contains(&number) {
                concerned.known.push(number);
            }
        }
        if let Some((strong, weaker)) = own.split_first() {
            let links = weaker.iter().flat_map(|weak| counted(plan, strong, weak));
            concerned.links.extend(links.map(|(_, link, _)| link));
        }
        if !refused.is_empty() {
            let stays = |(kind, value): &(Arc<str>, Arc<str>)| {
                own.iter().any(|key| key.kind == *kind && key.value == *value)
            };
            let filtered = concerned.filtered.insert(event.clone());
            filtered.identities.retain(stays);
        }
        let link = |(strong, weak, (reason, _))| RefusedLink { reason, strong, weak, at: event.time };
        concerned.refused = refused.into_iter().map(link).collect();
        concerned.keys = own;
        Ok(concerned)
    }

    /// Why two identities do not link by the policies of their kinds, and which of them is shared.
    fn refusal(
        &self,
        plan: &Plan,
        strong: &IdentityKey,
        weak: &IdentityKey,
    ) -> Option<(LinkRefusal, Shared)> {
        let is_denied = |key: &IdentityKey| {
            kind_of(plan, key).is_some_and(|kind| kind.deny.iter().any(|denied| **denied == *key.value))
        };
        refusal([is_denied(strong), is_denied(weak)], |side| {
            counted(plan, strong, weak).any(|(of, link, most)| {
                of == side && !self.links.has(link) && self.links.n_of(link) >= most as usize
            })
        })
    }
}

fn kind_of<'p>(plan: &'p Plan, key: &IdentityKey) -> Option<&'p IdentityKind> {
    plan.document.identities.iter().find(|kind| *kind.id == *key.kind)
}

/// The links of two identities that are counted: for which side, and how many that side may have.
fn counted(
    plan: &Plan,
    strong: &IdentityKey,
    weak: &IdentityKey,
) -> impl Iterator<Item = (Shared, Link, u32)> {
    let most = |key: &IdentityKey| kind_of(plan, key).and_then(|kind| kind.max_links);
    let weaker = most(weak).map(|most| (Shared::Weak, Link::of(weak, strong), most));
    let stronger = most(strong).map(|most| (Shared::Strong, Link::with_weaker(strong, weak), most));
    weaker.into_iter().chain(stronger)
}

/// The identities of a customer, its key first; those of events that wait for late ones too.
pub(in crate::engine) fn keys_of(state: &CustomerState) -> Vec<IdentityKey> {
    let own = state.facts().identities.iter().map(|identity| identity.key.clone());
    let waiting = state.waiting.events().flat_map(|event| &event.identities);
    let waiting = waiting.map(|(kind, value)| IdentityKey { kind: kind.clone(), value: value.clone() });
    own.chain(waiting).collect()
}

/// Whether a customer has an identity, or an event that waits names it.
fn has_key(state: &CustomerState, key: &IdentityKey) -> bool {
    let named = |(kind, value): &(Arc<str>, Arc<str>)| *kind == key.kind && *value == key.value;
    state.facts().identities.number(key).is_some()
        || state.waiting.events().flat_map(|event| &event.identities).any(named)
}

/// What a customer was before hearing of time.
struct Before {
    next_due: Option<Timestamp>,
    clock: Clock,
    /// All of it, where something is due by then; else the clock is all that time moves.
    whole: Option<Box<CustomerState>>,
}

impl Before {
    /// Before hearing of a time.
    fn of(state: &CustomerState, now: Option<Timestamp>) -> Self {
        let next_due = state.next_due();
        let moves = next_due.zip(now).is_some_and(|(due, now)| due <= now);
        Self { next_due, clock: state.clock, whole: moves.then(|| Box::new(state.clone())) }
    }

    fn restore(self, state: &mut CustomerState) {
        match self.whole {
            Some(whole) => *state = *whole,
            None => (state.clock, state.timer) = (self.clock, None),
        }
    }
}

/// Lets a customer hear of the time that has passed for everybody: its frontier follows.
fn catch_up(plan: &Plan, state: &mut CustomerState, now: Option<Timestamp>) -> Option<Stepped> {
    behind(state, now).and_then(|now| plan.step(state, Input::Tick(now)).ok())
}

/// The time that has passed for everybody, where a customer is behind it.
fn behind(state: &CustomerState, now: Option<Timestamp>) -> Option<Timestamp> {
    let behind = state.frontier().zip(now).filter(|(frontier, now)| frontier <= now);
    behind.map(|(_, now)| now)
}

/// What two inputs gave, one after the other.
fn joined(first: Option<Stepped>, mut then: Stepped) -> Stepped {
    let Some(mut first) = first else { return then };
    first.decisions.append(&mut then.decisions);
    first.refusals.append(&mut then.refusals);
    first.outcomes.append(&mut then.outcomes);
    first.moments.append(&mut then.moments);
    first.tickets.append(&mut then.tickets);
    first.withdrawn.append(&mut then.withdrawn);
    first
}
