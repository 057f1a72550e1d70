//! Laws: no limit is lost or told twice however time jumps, records unite in any order, states read back as written.

use proptest::prelude::*;

use super::super::*;
use super::story::{Story, at, id};
use crate::base::time::{Duration, HOUR_US, Timestamp};
use crate::base::value::ValueRef;

const ITEM: &str = "care, accept_within: 2h, contact_within: 6h, resolve_within: 10h, tell_within: 12h, \
                    escalate: [{delay: 3h, to: boss}, {to: care}]";

/// Something that happens: so many hours after what came before.
#[derive(Debug, Clone)]
struct Act {
    after: i64,
    ticket: u8,
    /// `None` opens the ticket.
    step: Option<Step>,
    who: &'static str,
    note: &'static str,
}

fn act(tickets: std::ops::Range<u8>) -> impl Strategy<Value = Act> {
    let steps = prop::sample::select(vec![
        None,
        None,
        Some(Step::Assigned),
        Some(Step::Accepted),
        Some(Step::Contacted),
        Some(Step::Resolved),
        Some(Step::Resolved),
        Some(Step::Told),
        Some(Step::Closed),
        Some(Step::Reopened),
        Some(Step::Reopened),
    ]);
    let words = prop::sample::select(vec!["", "a", "b"]);
    (0..4_i64, tickets, steps, words.clone(), words).prop_map(|(after, ticket, step, who, note)| Act {
        after,
        ticket,
        step,
        who,
        note,
    })
}

fn acts(tickets: std::ops::Range<u8>, n: usize) -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(act(tickets), 0..n)
}

/// What happened to tickets: (ticket, when, steps newly done).
type Log = Vec<(u8, Timestamp, Vec<Step>)>;

/// A customer, what was done, and what was told.
struct Played {
    story: Story,
    now: Timestamp,
    log: Log,
    told: Vec<TicketMoment>,
}

impl Played {
    fn new() -> Self {
        let mut story = Story::of(ITEM);
        story.closed_loop.requires.clear();
        Self { story, now: at("0s"), log: Log::new(), told: Vec::new() }
    }

    /// The same customer as another machine knows it.
    fn copy(&self) -> Self {
        let mut copy = Self::new();
        copy.story.tickets = self.story.tickets.clone();
        copy.now = self.now;
        copy
    }

    fn pass(&mut self, until: Timestamp, closed: bool) {
        self.told.extend(self.story.tickets.fire(until, closed));
    }

    fn act(&mut self, act: &Act) {
        self.now = self.now.plus(Duration::from_micros(act.after * HOUR_US));
        let Some(step) = act.step else {
            let known = self.story.tickets.ticket(id(act.ticket)).is_some();
            if self.story.open(act.ticket, self.now).is_ok() && !known {
                self.log.push((act.ticket, self.now, Vec::new()));
            }
            return;
        };
        let ticket = id(act.ticket).to_string();
        let (who, note) = (ValueRef::Text(act.who), ValueRef::Text(act.note));
        if let Ok(change) = self.story.step(ValueRef::Text(&ticket), step.name(), who, note, self.now) {
            self.log.push((act.ticket, self.now, change.done));
        }
    }

    /// Everything told, in order.
    fn whole(mut self) -> Vec<TicketMoment> {
        self.pass(at("3650d"), true);
        self.told.sort_by_key(TicketMoment::rank);
        self.told
    }
}

/// What must be told, by the definition: each limit, from each start of it, unless answered by then.
fn defined(log: &Log, spec: &TicketSpec) -> Vec<TicketMoment> {
    let mut all = Vec::new();
    for (place, (number, from, steps)) in log.iter().enumerate() {
        let opens = steps.is_empty() && !log[..place].iter().any(|(n, ..)| n == number);
        for limit in Limit::ALL {
            let starts = opens || (steps.contains(&Step::Reopened) && limit.starts_anew());
            let Some(within) = spec.within.of(limit).filter(|_| starts) else { continue };
            let later = log[place + 1..].iter().filter(|(n, ..)| n == number);
            let ends = |steps: &[Step]| {
                steps.contains(&limit.step())
                    || steps.contains(&Step::Closed)
                    || (limit.starts_anew() && steps.contains(&Step::Reopened))
            };
            let end = later.filter(|(_, _, steps)| ends(steps)).map(|(_, at, _)| *at).next();
            let ticket = id(*number);
            let missed = from.plus(within);
            let mut tell = |due: Timestamp, what: Missed| {
                if end.is_none_or(|end| due < end) {
                    all.push(TicketMoment { due, ticket, limit, what });
                }
            };
            tell(missed, Missed::Overdue);
            for (escalation, place) in spec.escalate.iter().zip(1..) {
                tell(missed.plus(escalation.delay), Missed::Escalate { place, to: escalation.to.clone() });
            }
        }
    }
    all.sort_by_key(TicketMoment::rank);
    all
}

/// Whether a ticket was reopened more often than is remembered.
fn worn(log: &Log) -> bool {
    (0..=255).any(|n| {
        let times = log.iter().filter(|(ticket, _, steps)| *ticket == n && steps.contains(&Step::Reopened));
        times.count() >= MAX_ROUNDS as usize
    })
}

fn united(sides: &[&Tickets]) -> Tickets {
    let mut all = sides[0].clone();
    sides[1..].iter().for_each(|side| {
        all.merge(side, &|by| by);
    });
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::cases(200)))]

    /// However time passes between the steps, what is told is what the definition says, each once.
    #[test]
    fn nothing_is_lost_or_told_twice(
        acts in acts(0..3, 25),
        jumps in prop::collection::vec((-2..40_i64, any::<bool>()), 25),
    ) {
        let (mut eager, mut lazy, mut jumpy) = (Played::new(), Played::new(), Played::new());
        for (act, (hours, closed)) in acts.iter().zip(&jumps) {
            let next = eager.now.plus(Duration::from_micros(act.after * HOUR_US));
            eager.pass(next, false);
            // a clock that stands still, goes back or jumps ahead of the steps, as far as these leave it
            let jump = jumpy.now.plus(Duration::from_micros(hours * HOUR_US)).min(next);
            jumpy.pass(jump, *closed && jump < next);
            eager.act(act);
            lazy.act(act);
            jumpy.act(act);
        }
        prop_assume!(!worn(&eager.log));
        let expected = defined(&eager.log, &eager.story.spec);
        let (tickets, log) = (eager.story.tickets.clone(), eager.log.clone());
        prop_assert_eq!(&eager.whole(), &expected);
        prop_assert_eq!(&lazy.log, &log);
        prop_assert_eq!(&jumpy.log, &log);
        prop_assert_eq!(&lazy.whole(), &expected);
        prop_assert_eq!(&jumpy.whole(), &expected);
        // and nothing is pending that would not be told
        let mut rest = tickets.clone();
        let n_pending = rest.next_due().map(|_| rest.fire(at("3650d"), true).len());
        prop_assert!(n_pending != Some(0));
        prop_assert_eq!(rest.next_due(), None);
    }

    /// Written and read after every step: the same tickets, the same bytes, the same to tell.
    #[test]
    fn written_and_read_back(acts in acts(0..3, 25)) {
        let (mut kept, mut plain) = (Played::new(), Played::new());
        for act in &acts {
            kept.act(act);
            plain.act(act);
            let tickets = &kept.story.tickets;
            let bytes = postcard::to_stdvec(tickets).unwrap();
            let read: Tickets = postcard::from_bytes(&bytes).unwrap();
            prop_assert_eq!(&read, tickets);
            prop_assert_eq!(postcard::to_stdvec(&read).unwrap(), bytes);
            let json = serde_json::to_string(&read).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Tickets>(&json).unwrap(), &read);
            kept.story.tickets = read;
        }
        prop_assert_eq!(kept.whole(), plain.whole());
    }

    /// Any bytes are tickets or an error, and tickets of any bytes can be used.
    #[test]
    fn any_bytes_are_tickets_or_an_error(
        acts in acts(0..3, 12),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut played = Played::new();
        acts.iter().for_each(|act| played.act(act));
        let whole = played.story.tickets.clone();
        let mut bytes = postcard::to_stdvec(&whole).unwrap();
        for end in 0..bytes.len() {
            prop_assert!(postcard::from_bytes::<Tickets>(&bytes[..end]).is_err());
        }
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(read) = postcard::from_bytes::<Tickets>(&bytes) {
            played.story.tickets = united(&[&read, &whole]);
            acts.iter().for_each(|act| played.act(act));
            let _ = played.whole();
        }
    }

    /// Three machines that knew one customer and went on apart: united in any order they know the same.
    #[test]
    fn records_unite_in_any_order(
        common in acts(0..3, 10),
        sides in (acts(0..5, 10), acts(0..5, 10), acts(0..5, 10)),
        times in prop::array::uniform3(0..30_i64),
    ) {
        let mut base = Played::new();
        common.iter().for_each(|act| base.act(act));
        let mut told = base.told.clone();
        let mut side = |acts: &[Act], hours: i64| {
            let mut side = base.copy();
            acts.iter().for_each(|act| side.act(act));
            side.pass(base.now.plus(Duration::from_micros(hours * HOUR_US)), true);
            told.extend(side.told);
            side.story.tickets
        };
        let a = side(&sides.0, times[0]);
        let b = side(&sides.1, times[1]);
        let c = side(&sides.2, times[2]);
        let all = united(&[&a, &b, &c]);
        prop_assert_eq!(&united(&[&c, &b, &a]), &all);
        prop_assert_eq!(&united(&[&b, &a, &c]), &all);
        prop_assert_eq!(&united(&[&a, &united(&[&b, &c])]), &all);
        prop_assert_eq!(&united(&[&all, &a]), &all);
        prop_assert_eq!(&united(&[&a, &a]), &a);
        let bytes = postcard::to_stdvec(&all).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Tickets>(&bytes).unwrap(), &all);
        // what one of them told is not told again
        let again = all.clone().fire(at("3650d"), true).into_iter().find(|moment| told.contains(moment));
        prop_assert_eq!(again, None);
    }

    /// Two customers who are one and then two again have their own tickets.
    #[test]
    fn united_and_dealt_out_again(one in acts(0..4, 20), two in acts(4..8, 20)) {
        let played = |acts: &[Act], by: u8| {
            let mut side = Played::new();
            acts.iter().for_each(|act| side.act(act));
            side.story.tickets.renumber(&|_| by);
            side.story.tickets
        };
        let (a, b) = (played(&one, 0), played(&two, 0));
        let mut both = a.clone();
        prop_assert_eq!(both.merge(&b, &|by| by + 1), vec![]);
        prop_assert_eq!(both.len(), a.len() + b.len());
        prop_assert_eq!(both.next_due(), a.next_due().into_iter().chain(b.next_due()).min());
        let gone = both.split(&|by| by == 1, &|_| 0);
        prop_assert_eq!(&both, &a);
        prop_assert_eq!(&gone, &b);
    }

    /// Of more than sixteen the open ones stay, and of the closed ones those closed last.
    #[test]
    fn beyond_sixteen_open_tickets_stay(
        closed in prop::collection::vec(any::<bool>(), 40),
        first in any::<bool>(),
    ) {
        let side = |from: u8| {
            let mut side = Played::new();
            for n in from..from + 13 {
                side.act(&Act { after: 1, ticket: n, step: None, who: "", note: "" });
                if closed[usize::from(n)] {
                    side.act(&Act { after: 0, ticket: n, step: Some(Step::Closed), who: "", note: "" });
                }
            }
            side.story.tickets
        };
        let (a, b, c) = (side(0), side(13), side(26));
        let all = united(&[&a, &b, &c]);
        let other = if first { united(&[&c, &united(&[&b, &a])]) } else { united(&[&b, &c, &a]) };
        prop_assert_eq!(&all, &other);
        let n_open = closed[..39].iter().filter(|closed| !**closed).count();
        prop_assert_eq!(all.iter().filter(|t| !t.is_closed()).count(), n_open);
        prop_assert_eq!(all.len(), n_open.max(MAX_TICKETS));
    }
}
