//! An engine whose customers lie on a shelf, taken down when they are needed and put back after every call: the same
//! answers, the same bytes as by one that holds everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::{at, plan};
use crate::customer::identity::IdentityKey;
use crate::engine::host::shelf::{Base, OutboxEntry, refusal_bytes};
use crate::engine::host::{Engine, RefusedLink};
use crate::engine::{AckOutcome, Decision, Outcome};
use crate::outreach::DecisionId;
use crate::ticket::TicketId;
use crate::{Duration, Event, Plan, Result, Timestamp};

const SHOP: &str = r#"
cjm: 1
id: shop
zone: UTC
identities: [{ id: member }, { id: device, max_links: 2, deny: [till] }]
channels: [{ id: app, kind: digital }]
consent: { purposes: [{ id: care, default: allow }] }
events: { cart: { n: int }, paid: { n: int }, complaint: { n: int } }
offers: [{ id: cake, cost: 3, budget: { amount: 10, per: day } }]
messages: [{ id: hello, offer: cake }]
outreach: { order: [app], caps: [{ channel: app, at_most: 2, within: 1d }] }
tickets: { queues: [{ id: care, pool: [ann, bo] }] }
rules:
  - { id: forgot, when: { after: cart, without: paid, for: 30m, again: each }, do: [{ send: hello, purpose: care }], goal: { event: paid, within: 1d } }
  - { id: thank, when: { event: paid }, do: [{ call: thank, with: { n: event.n } }] }
  - { id: angry, when: { event: complaint }, do: [{ ticket: care, contact_within: 2h, clock: wall, escalate: [{ delay: 0m, to: care }] }] }
"#;

/// Rows as a store would keep them.
struct Shelf {
    plan: Arc<Plan>,
    engine: Engine,
    /// By row: identities, when it is due, the state.
    customers: BTreeMap<usize, (Vec<IdentityKey>, Option<Timestamp>, Vec<u8>)>,
    /// By number in the engine.
    held: BTreeMap<u32, usize>,
    n_rows: usize,
    outbox: Vec<(DecisionId, OutboxEntry)>,
    next: u64,
    links: Vec<(u64, u32)>,
    seats: BTreeMap<TicketId, Vec<u8>>,
    stage: Vec<u8>,
    refusals: Vec<Vec<u8>>,
    refused_links: Vec<RefusedLink>,
    outcomes: Vec<Outcome>,
}

impl Shelf {
    fn new(plan: &Arc<Plan>) -> Self {
        Self {
            plan: plan.clone(),
            engine: Engine::shelved(plan.clone(), Base::default()).unwrap(),
            customers: BTreeMap::new(),
            held: BTreeMap::new(),
            n_rows: 0,
            outbox: Vec::new(),
            next: 0,
            links: Vec::new(),
            seats: BTreeMap::new(),
            stage: Vec::new(),
            refusals: Vec::new(),
            refused_links: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    fn hold(&mut self, wanted: impl Fn(&[IdentityKey], Option<Timestamp>) -> bool) {
        for (row, (keys, due, state)) in &self.customers {
            if wanted(keys, *due) && !self.held.values().any(|held| held == row) {
                self.held.insert(self.engine.admit(state).unwrap(), *row);
            }
        }
    }

    fn named(&mut self, named: &[IdentityKey]) {
        self.hold(|keys, _| keys.iter().any(|key| named.contains(key)));
    }

    /// Forgets what names a customer beside the state.
    fn forget(&mut self, who: &IdentityKey) {
        let found = self.customers.values().find(|(keys, ..)| keys.contains(who));
        let keys = found.map(|(keys, ..)| keys.clone()).unwrap_or_default();
        self.refused_links.retain(|link| !keys.contains(&link.strong) && !keys.contains(&link.weak));
        let is_theirs = |id: DecisionId| {
            self.outbox.iter().any(|(own, entry)| *own == id && keys.contains(&entry.customer))
        };
        self.outcomes.retain(|outcome| !is_theirs(outcome.decision));
    }

    /// Writes down what changed.
    fn keep(&mut self) {
        let changes = self.engine.changes();
        for number in &changes.gone {
            if let Some(row) = self.held.remove(number) {
                self.customers.remove(&row);
            }
        }
        for changed in changes.customers.iter().map(|changed| changed.read().unwrap()) {
            let row = *self.held.entry(changed.number).or_insert_with(|| {
                self.n_rows += 1;
                self.n_rows
            });
            self.customers.insert(row, (changed.keys, changed.due, changed.state));
        }
        for row in changes.outbox {
            let before = self.outbox.iter().position(|(id, _)| *id == row.id);
            let Some(entry) = row.known else {
                before.map(|place| self.outbox.remove(place));
                continue;
            };
            if let Some((sequence, _)) = entry.open {
                self.next = self.next.max(sequence + 1);
            }
            match before {
                // what is heard of again keeps its place among those heard of
                Some(place) if self.outbox[place].1.open.is_none() && entry.open.is_none() => {
                    self.outbox[place].1 = entry;
                }
                place => {
                    place.map(|place| self.outbox.remove(place));
                    self.outbox.push((row.id, entry));
                }
            }
        }
        self.links.extend(changes.links);
        self.links.retain(|(whose, _)| !changes.unlinked.contains(whose));
        for (ticket, seat) in changes.seats {
            match seat {
                Some(seat) => self.seats.insert(ticket, seat),
                None => self.seats.remove(&ticket),
            };
        }
        self.stage = changes.stage.unwrap_or(std::mem::take(&mut self.stage));
        self.refusals.extend(changes.refusals.iter().map(refusal_bytes));
        self.refused_links.extend(changes.refused_links);
        self.outcomes.extend(changes.outcomes);
    }

    /// Puts everybody back, or begins again from the rows.
    fn put_back(&mut self, again: bool) {
        let held = std::mem::take(&mut self.held);
        if !again {
            held.keys().for_each(|number| self.engine.let_go(*number));
            assert_eq!(self.engine.n_customers(), 0);
            return;
        }
        let base = Base {
            now: self.engine.now(),
            next: self.next,
            outbox: self.outbox.clone(),
            links: self.links.clone(),
            stage: self.stage.clone(),
            seats: self.seats.clone().into_iter().collect(),
            refused: self.engine.refused().clone(),
        };
        self.engine = Engine::shelved(self.plan.clone(), base).unwrap();
    }
}

#[derive(Debug, Clone)]
enum Op {
    Push { who: [u8; 2], what: &'static str, minute: i64, id: u8 },
    Ack { place: usize, outcome: AckOutcome },
    Retract { who: u8, id: u8 },
    Advance(i64),
    Erase(u8),
}

fn ops() -> impl Strategy<Value = Vec<(Op, Option<bool>)>> {
    let what = prop::sample::select(vec!["cart", "cart", "paid", "complaint"]);
    let outcome = prop::sample::select(vec![AckOutcome::Delivered, AckOutcome::Failed, AckOutcome::Clicked]);
    let push = (prop::array::uniform2(0..5_u8), what, -20..40_i64, 0..60_u8);
    let op = prop_oneof![
        8 => push.prop_map(|(who, what, minute, id)| Op::Push { who, what, minute, id }),
        2 => (0..3_usize, outcome).prop_map(|(place, outcome)| Op::Ack { place, outcome }),
        1 => (0..4_u8, 0..60_u8).prop_map(|(who, id)| Op::Retract { who, id }),
        2 => (0..90_i64).prop_map(Op::Advance),
        1 => (0..4_u8).prop_map(Op::Erase),
    ];
    prop::collection::vec((op, prop::option::weighted(0.5, any::<bool>())), 0..50)
}

fn member(who: u8) -> IdentityKey {
    IdentityKey { kind: "member".into(), value: format!("m{who}").into() }
}

fn event([who, device]: [u8; 2], what: &str, time: Timestamp, id: u8) -> Event {
    let event = Event::new(what, time).id("web", format!("e{id}")).with("n", i64::from(id));
    let event = if who < 4 { event.identity("member", format!("m{who}")) } else { event };
    match device {
        0 | 1 => event.identity("device", format!("d{device}")),
        2 => event.identity("device", "till"),
        _ => event,
    }
}

/// What an engine says to an operation.
fn done(engine: &mut Engine, op: &Op, clock: Timestamp) -> Result<Vec<Decision>> {
    let minutes = |n: i64| Duration::from_micros(n * 60_000_000);
    match op {
        Op::Push { who, what, minute, id } => {
            engine.push(&event(*who, what, clock.plus(minutes(*minute)), *id))
        }
        Op::Ack { place, outcome } => {
            let id =
                engine.outbox().nth(*place).map_or("0".repeat(32).parse().unwrap(), |decision| decision.id);
            engine.ack(id, *outcome, None)
        }
        Op::Retract { who, id } => engine.retract(&member(*who), "web", &format!("e{id}")),
        Op::Advance(minute) => Ok(engine.advance(clock.plus(minutes(*minute)))),
        Op::Erase(who) => {
            engine.erase(&member(*who));
            Ok(Vec::new())
        }
    }
}

fn same(text: &str, ops: &[(Op, Option<bool>)]) -> std::result::Result<(), TestCaseError> {
    let plan = plan(text);
    let (mut whole, mut shelf) = (Engine::new(plan.clone()), Shelf::new(&plan));
    let mut clock = at("2026-03-01T10:00");
    for (op, back) in ops {
        match op {
            Op::Push { who, what, minute, id } => {
                let event = event(*who, what, clock.plus(Duration::from_micros(minute * 60_000_000)), *id);
                let key = |(kind, value): &(Arc<str>, Arc<str>)| IdentityKey {
                    kind: kind.clone(),
                    value: value.clone(),
                };
                let keys: Vec<IdentityKey> = event.identities.iter().map(key).collect();
                shelf.named(&keys);
            }
            Op::Ack { place, .. } => {
                let whose = shelf.engine.outbox().nth(*place).map(|decision| decision.customer.clone());
                shelf.named(whose.as_slice());
            }
            Op::Retract { who, .. } | Op::Erase(who) => shelf.named(&[member(*who)]),
            Op::Advance(minute) => {
                let now = clock.plus(Duration::from_micros(minute * 60_000_000));
                shelf.hold(|_, due| due.is_some_and(|due| due <= now));
            }
        }
        prop_assert_eq!(done(&mut whole, op, clock), done(&mut shelf.engine, op, clock), "{:?}", op);
        if let Op::Advance(minute) = op {
            clock = clock.plus(Duration::from_micros(minute * 60_000_000));
        }
        if let Op::Erase(who) = op {
            shelf.forget(&member(*who));
        }
        shelf.keep();
        prop_assert!(whole.outbox().eq(shelf.engine.outbox()));
        prop_assert_eq!(whole.next_due(), shelf.customers.values().filter_map(|(_, due, _)| *due).min());
        prop_assert_eq!(whole.n_customers(), shelf.customers.len());
        if let Some(again) = back {
            shelf.put_back(*again);
        }
    }
    shelf.put_back(true);
    shelf.hold(|_, _| true);
    prop_assert_eq!(whole.tickets(), shelf.engine.tickets());
    prop_assert_eq!(whole.stage(), shelf.engine.stage());
    prop_assert_eq!(whole.refused(), shelf.engine.refused());
    prop_assert_eq!(whole.refused_links().cloned().collect::<Vec<_>>(), shelf.refused_links);
    prop_assert_eq!(whole.take_outcomes(), shelf.outcomes);
    for who in 0..4 {
        let [one, other] = [&whole, &shelf.engine].map(|engine| engine.customer(&member(who)));
        prop_assert_eq!(one.map(|state| state.encode()), other.map(|state| state.encode()));
    }
    let rows: BTreeSet<&IdentityKey> = shelf.customers.values().flat_map(|(keys, ..)| keys).collect();
    prop_assert_eq!(rows.len(), shelf.customers.values().map(|(keys, ..)| keys.len()).sum::<usize>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("CJM_LONG").is_some() { 1_000 } else { 100 }))]

    #[test]
    fn customers_on_a_shelf_are_decided_the_same(ops in ops()) {
        same(SHOP, &ops)?;
    }

    #[test]
    fn and_where_sources_may_be_late(ops in ops()) {
        same(&SHOP.replace("channels:", "sources: [{ id: web, lateness: 10m }]\nchannels:"), &ops)?;
    }
}
