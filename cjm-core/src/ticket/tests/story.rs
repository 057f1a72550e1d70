//! A stage for tickets: a ticket item in YAML, one customer, steps as words, what comes of them as words.

use std::sync::Arc;

use super::super::*;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::{Value, ValueRef};
use crate::base::zone::Zone;
use crate::blueprint::Blueprint;

/// The tickets section of all stories.
const SHOP: &str = "
tickets:
  calendar: { days: [mon, tue, wed, thu, fri], hours: '09:00-17:00', holidays: [2026-03-04] }
  queues:
    - { id: managers, route: customer.manager }
    - { id: kitchen, kinds: [food, drink], pool: [chef-east, chef-west] }
    - { id: care, kinds: [food], pool: [care-1, care-2], assign: least_loaded }
  root_causes: [slow_kitchen, cold_food, other]
  close: { requires: [root_cause, action, told] }
";

/// One customer's tickets. Instants are lengths of time since Monday, 2 March 2026, 00:00 UTC.
pub(super) struct Story {
    pub(super) tickets: Tickets,
    pub(super) closed_loop: ClosedLoop,
    pub(super) spec: Arc<TicketSpec>,
    pub(super) zone: Zone,
    pub(super) told: Vec<String>,
    n_opened: u8,
}

/// An instant of a story.
pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse("2026-03-02T00:00:00Z").unwrap().plus(Duration::parse(text).unwrap())
}

/// A story's ticket by its number.
pub(super) fn id(number: u8) -> TicketId {
    TicketId([number; 16])
}

/// The queues and terms of a ticket item, `{ticket: QUEUE, ..}` without its braces.
pub(super) fn terms(item: &str) -> (ClosedLoop, TicketSpec) {
    let rules = format!("rules: [{{id: r, when: {{event: a}}, do: [{{{item}}}]}}]\n");
    let blueprint = Blueprint::from_yaml(&format!("cjm: 1\nid: t\n{SHOP}{rules}"));
    let blueprint = blueprint.unwrap_or_else(|e| panic!("{item}: {:#?}", e.findings()));
    let document = blueprint.document();
    let spec = TicketSpec::of(&document.rules[0].do_[0]).unwrap();
    (ClosedLoop::of(document.tickets.as_ref()), spec)
}

impl Story {
    /// A customer before the first ticket of an item; the item begins with its queue.
    pub(super) fn of(item: &str) -> Self {
        let (closed_loop, spec) = terms(&format!("ticket: {item}"));
        let (tickets, told) = (Tickets::default(), Vec::new());
        Self { tickets, closed_loop, spec: spec.into(), zone: Zone::utc(), told, n_opened: 0 }
    }

    /// Feeds words separated by commas: `open 2h`, `tick 1d` (that instant over), `pass 1d` (all before it over), or
    /// a step, `closed 3h by=mei t=2 action=refund` with facts; of ticket 1 unless said.
    pub(super) fn feed(&mut self, text: &str) -> &mut Self {
        text.split(", ").filter(|word| !word.is_empty()).for_each(|word| self.word(word));
        self
    }

    fn word(&mut self, text: &str) {
        let mut words = text.split(' ');
        let (what, when) = (words.next().unwrap(), at(words.next().unwrap()));
        self.pass(when, what == "tick");
        match what {
            "tick" | "pass" => {}
            "open" => {
                self.n_opened += 1;
                if let Err(refusal) = self.open(self.n_opened, when) {
                    self.told.push(format!("refused: {refusal}"));
                }
            }
            step => {
                let given: Vec<(&str, &str)> = words.map(|w| w.split_once('=').unwrap()).collect();
                let of = |key: &str| given.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
                let facts = given.iter().filter(|(k, _)| !matches!(*k, "by" | "t"));
                let facts: Vec<(Arc<str>, Value)> = facts.map(|(k, v)| ((*k).into(), (*v).into())).collect();
                let ticket = id(of("t").map_or(1, |n| n.parse().unwrap())).to_string();
                let (by, facts) = (of("by").map_or(ValueRef::Null, ValueRef::Text), ValueRef::Record(&facts));
                if let Err(refusal) = self.step(ValueRef::Text(&ticket), step, by, facts, when) {
                    self.told.push(format!("refused: {}", refusal.slug()));
                }
            }
        }
    }

    /// Opens a ticket by its number.
    pub(super) fn open(&mut self, n: u8, at: Timestamp) -> Result<Vec<TicketId>, TooManyTickets> {
        let opening = Opening { id: id(n), rule: "r".into(), kind: None, at, by: 0, spec: self.spec.clone() };
        self.tickets.open(opening, &self.closed_loop.calendar, &self.zone)
    }

    /// Does a step as an event tells it.
    pub(super) fn step(
        &mut self,
        ticket: ValueRef<'_>,
        step: &str,
        by: ValueRef<'_>,
        facts: ValueRef<'_>,
        at: Timestamp,
    ) -> Result<Change, StepRefusal> {
        let step = TicketStep::read(ticket, ValueRef::Text(step), by, facts)?;
        self.tickets.step(&step, at, &self.closed_loop, &self.zone)
    }

    /// Lets time pass and tells what fires.
    pub(super) fn pass(&mut self, until: Timestamp, closed: bool) {
        let fired = self.tickets.fire(until, closed);
        self.told.extend(fired.iter().map(tell));
    }
}

/// `contact overdue@1d`, `t2 contact -> care@2d`.
fn tell(moment: &TicketMoment) -> String {
    let ticket = match moment.ticket.0[0] {
        1 => String::new(),
        n => format!("t{n} "),
    };
    let due = moment.due.since(at("0s"));
    let limit = moment.limit.name();
    match &moment.what {
        Missed::Overdue => format!("{ticket}{limit} overdue@{due}"),
        Missed::Escalate { to, .. } => format!("{ticket}{limit} -> {to}@{due}"),
    }
}

/// What an item's tickets tell, and that the state reads back as it was written.
pub(super) fn check(item: &str, words: &str, expected: &str) {
    let mut story = Story::of(item);
    story.feed(words);
    assert_eq!(story.told.join(", "), expected, "{item}: {words}");
    let bytes = postcard::to_stdvec(&story.tickets).unwrap();
    assert_eq!(postcard::from_bytes::<Tickets>(&bytes).unwrap(), story.tickets, "{words}");
}
