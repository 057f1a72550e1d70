//! One person of a log through the engine's steps.
//!
//! Answers: the decisions, refusals and waits of one person. Does not know: other persons, budgets, the desk.
//!
//! Customers of the log who turn out to be one person are kept apart until an event links them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::customer::stitch::Gathered;
use crate::event::options::DEFAULT_IDENTITY;
use crate::event::{Column, Event, EventLog};
use crate::outreach::DecisionId;
use crate::plan::Plan;
use crate::ticket::{Request, TicketId};

use super::super::bind::Binding;
use super::super::decision::{ActionKind, Decision, Stepped, TicketNews};
use super::super::host::RefusedLink;
use super::super::host::people::{People, Pushed};
use super::super::rules::key_text;
use super::super::state::CustomerState;
use super::super::stitch;
use super::{Replay, ReplayOptions, Until, Waiting};

/// Most instants at which one person's waits are let end, beyond the log.
pub(super) const MAX_ROUNDS: usize = 100_000;

/// Reads persons of a log.
pub(in crate::engine) struct Reader<'a> {
    pub(super) plan: &'a Plan,
    pub(super) log: &'a EventLog,
    people: &'a stitch::People<'a>,
    pub(super) binding: Binding<'a>,
    /// The kind of customers where all have the same.
    pub(super) kind: Arc<str>,
    /// Whether nothing reads source or id of an event, so that rows may get their names when decisions rest on them.
    pub(super) late_names: bool,
    /// Stands for a name until then.
    pub(super) nameless: Arc<str>,
    /// Columns whose values are attributes, by name.
    attributes: Vec<(Arc<str>, usize)>,
    kinds: Vec<Arc<str>>,
    pub(super) options: ReplayOptions,
}

/// What some persons' stories came to.
#[derive(Default)]
pub(super) struct Story {
    pub(super) replay: Replay,
    /// What happened to tickets.
    pub(super) news: Vec<TicketNews>,
    /// What tickets ask of the desk.
    pub(super) requests: BTreeMap<DecisionId, Request>,
    /// Whom the routes of queues name, by decision and queue.
    pub(super) routes: BTreeMap<(DecisionId, usize), Arc<str>>,
}

impl Story {
    /// Puts another behind.
    pub(super) fn join(&mut self, other: Self) {
        let Self { replay: theirs, news, requests, routes } = other;
        let mine = &mut self.replay;
        mine.decisions.extend(theirs.decisions);
        mine.refusals.extend(theirs.refusals);
        mine.outcomes.extend(theirs.outcomes);
        mine.waiting.extend(theirs.waiting);
        mine.tickets.extend(theirs.tickets);
        mine.refused_links.extend(theirs.refused_links);
        mine.states.extend(theirs.states);
        mine.n_events += theirs.n_events;
        mine.n_left_out += theirs.n_left_out;
        for (code, (n, text)) in theirs.errors {
            mine.errors.entry(code).or_insert((0, text)).0 += n;
        }
        self.news.extend(news);
        self.requests.extend(requests);
        self.routes.extend(routes);
    }

    /// Takes in what a step gave; `state` is the customer's of a decision.
    pub(super) fn take<'s>(
        &mut self,
        plan: &Plan,
        state: &dyn Fn(&Decision) -> Option<Cow<'s, CustomerState>>,
        stepped: Stepped,
    ) {
        let Stepped { decisions, refusals, outcomes, tickets, .. } = stepped;
        for decision in &decisions {
            let desk = matches!(decision.action, ActionKind::Ticket | ActionKind::Escalate);
            if let Some(state) = Some(decision).filter(|_| desk).and_then(state) {
                let request = state.request(TicketId(*decision.id.as_bytes()));
                self.requests.extend(request.map(|request| (decision.id, request)));
                let routed = |queue| Some(((decision.id, queue), plan.route(&state, queue)?));
                self.routes.extend((0..plan.rules.routes.len()).filter_map(routed));
            }
        }
        self.replay.decisions.extend(decisions);
        self.replay.refusals.extend(refusals);
        self.replay.outcomes.extend(outcomes);
        self.news.extend(tickets);
    }

    fn pushed(&mut self, plan: &Plan, people: &People, pushed: Pushed) {
        self.replay.refused_links.extend(pushed.refused);
        let state = |decision: &Decision| people.state(people.number(&decision.customer)?);
        self.take(plan, &state, pushed.stepped);
    }
}

impl<'a> Reader<'a> {
    pub(in crate::engine) fn new(
        plan: &'a Plan,
        log: &'a EventLog,
        people: &'a stitch::People<'a>,
        options: ReplayOptions,
    ) -> Self {
        let columns = (0..).zip(log.columns()).map(|(place, column)| (column.name.clone(), place));
        Self {
            plan,
            log,
            people,
            binding: Binding::new(plan, log),
            kind: log.identity_kind().into(),
            late_names: !plan.slots.iter().any(|slot| slot.names_event()),
            nameless: "".into(),
            attributes: columns.collect(),
            kinds: log.identities().iter().map(|identity| identity.kind.clone()).collect(),
            options,
        }
    }

    /// Tells the story of the person who some customers of the log, or shares of them, are.
    pub(super) fn person(&self, members: &[u32], story: &mut Story) {
        let mut people = People::new(self.plan, usize::MAX);
        let rows = self.rows(members);
        story.replay.n_left_out += (self.people.all_rows(members).count() - rows.len()) as u64;
        for row in rows {
            story.replay.n_events += 1;
            let (event, refused) = self.event(row, members);
            match people.push(self.plan, &event, None) {
                Ok(pushed) => {
                    story.replay.refused_links.extend(refused);
                    story.pushed(self.plan, &people, pushed);
                }
                Err(error) => {
                    let code = error.code().slug();
                    story.replay.errors.entry(code).or_insert_with(|| (0, error.to_string())).0 += 1;
                }
            }
        }
        self.end(&mut people, story);
        for (_, state) in people.iter() {
            story.replay.waiting.extend(self.left(&state));
            story.replay.tickets.extend(state.tickets());
        }
        if self.options.states {
            story.replay.states.extend(people.iter().map(|(_, state)| state.into_owned()));
        }
    }

    /// The events of the person who some members are, up to `at`, in their order.
    pub(in crate::engine) fn events(&self, members: &[u32], at: Timestamp) -> impl Iterator<Item = Event> {
        let rows = self.rows(members).into_iter();
        let rows = rows.take_while(move |row| self.binding.time(*row) <= at);
        rows.map(move |row| self.event(row, members).0)
    }

    /// The rows of a customer of the log, without those after the instant up to which time passes.
    pub(super) fn own_rows(&self, customer: usize) -> Range<usize> {
        let rows = self.log.rows(customer);
        let Until::At(until) = self.options.until else { return rows };
        let times = self.log.times_us().get(rows.clone()).unwrap_or_default();
        rows.start..rows.start + times.partition_point(|at| *at <= until.as_micros())
    }

    /// The rows of some members in their order, without those after the instant up to which time passes.
    fn rows(&self, members: &[u32]) -> Vec<usize> {
        let until = match self.options.until {
            Until::At(until) => Some(until.as_micros()),
            Until::LastEvent | Until::EndOfWaits => None,
        };
        self.people.rows(members, until)
    }

    /// Lets time pass to the end.
    fn end(&self, people: &mut People, story: &mut Story) {
        let last = self.log.last().unwrap_or_default();
        let until = match self.options.until {
            Until::LastEvent | Until::EndOfWaits => last,
            Until::At(at) => at,
        };
        self.advance(people, until, story);
        if self.options.until != Until::EndOfWaits {
            return;
        }
        for _ in 0..MAX_ROUNDS {
            let next = people.iter().filter_map(|(_, state)| state.next_but_schedules()).min();
            let Some(next) = next else { return };
            // what waits for late events is past by so much
            self.advance(people, next.plus(self.plan.layout.lateness), story);
        }
    }

    fn advance(&self, people: &mut People, until: Timestamp, story: &mut Story) {
        for pushed in people.close(self.plan, until) {
            story.pushed(self.plan, people, pushed);
        }
    }

    /// What is still ahead of a customer.
    pub(super) fn left(&self, state: &CustomerState) -> Vec<Waiting> {
        let Some(customer) = state.key() else { return Vec::new() };
        let waits = state.rules.matcher.waits();
        let ahead = state.rules.ahead.iter().map(|ahead| (ahead.found.rule, &ahead.found.key, ahead.due));
        let waiting = |(rule, key, due): (u32, &crate::Value, Timestamp)| {
            let rule = self.plan.rules.list.get(rule as usize)?.id.clone();
            Some(Waiting { due, customer: customer.clone(), rule, key: key_text(key) })
        };
        waits.chain(ahead).filter_map(waiting).collect()
    }

    /// A row of some members as the event that a program would have handed over, less the identities whose link was
    /// refused, and those links.
    fn event(&self, row: usize, members: &[u32]) -> (Event, Vec<RefusedLink>) {
        let log = self.log;
        let view = self.binding.row(row);
        let name = log.event_names().get(view.code as usize).cloned().unwrap_or_default();
        let mut event = Event::new(name, self.binding.time(row));
        event.source = text(log.source(), row).unwrap_or_default();
        event.id = text(log.event_id(), row).unwrap_or_default();
        event.channel = text(log.channel(), row);
        event.sequence = self.binding.sequence(row);
        let known = self.kinds.iter().zip(log.identities());
        event.identities =
            known.filter_map(|(kind, i)| Some((kind.clone(), text(Some(&i.column), row)?))).collect();
        if let Some(customer) = self.people.whole(members).filter(|_| event.identities.is_empty()) {
            let (kind, kinds) = (log.customer_kind(customer), self.plan.names.kinds());
            // a log that was read without the blueprint does not know what its customers are called there
            let first = kinds.first().filter(|_| kind == DEFAULT_IDENTITY && !kinds.contains(kind));
            let kind = first.map_or(kind, |first| first);
            event.identities.push((kind.into(), log.customer_key(customer).into()));
        }
        let refused = self.part(&mut event, row);
        for (name, column) in &self.attributes {
            let value = log.value(*column, row);
            if !value.is_null() || log.columns().get(*column).is_some_and(|column| column.clears(row)) {
                event.attributes.push((name.clone(), value.to_value()));
            }
        }
        (event, refused)
    }

    /// Takes the identities out of a row's event whose link was refused in the whole log; gives those links.
    fn part(&self, event: &mut Event, row: usize) -> Vec<RefusedLink> {
        let Some(Gathered { own, refused }) = self.people.parted(row) else { return Vec::new() };
        let own: Vec<_> = own.into_iter().map(|node| self.people.key(node)).collect();
        event
            .identities
            .retain(|(kind, value)| own.iter().any(|key| key.kind == *kind && key.value == *value));
        let at = event.time;
        let key = |node: u32| self.people.key(node);
        let link =
            |(strong, weak, (reason, _))| RefusedLink { reason, strong: key(strong), weak: key(weak), at };
        refused.into_iter().map(link).collect()
    }
}

/// The text of a column at a row, numbers as they are written.
pub(super) fn text(column: Option<&Column>, row: usize) -> Option<Arc<str>> {
    match column?.value(row) {
        ValueRef::Text(text) => Some(Arc::from(text)),
        ValueRef::Int(number) => Some(Arc::from(number.to_string())),
        _ => None,
    }
}
