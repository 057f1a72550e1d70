//! The desk, by cases: who a ticket goes to, turns, loads, escalations.

use proptest::prelude::*;

use super::super::*;
use super::story::{at, id, terms};

/// A request: `queue`, `queue/kind`, `queue/kind/else`.
fn request(n: u8, text: &str) -> Request {
    let mut words = text.split('/').map(|word| Some(word).filter(|w| !w.is_empty()));
    let mut next = || words.next().flatten().map(Into::into);
    let queue = next().unwrap();
    Request { due: at("0s"), ticket: id(n), queue, kind: next(), otherwise: next() }
}

fn name(seat: &Seat) -> String {
    format!("{}:{}", seat.queue, seat.person.as_deref().unwrap_or("-"))
}

/// Where requests go one after the other; managers have the route `manager`.
fn check(manager: Option<&str>, requests: &str, expected: &str) {
    let (closed_loop, _) = terms("ticket: care");
    let mut desk = Desk::default();
    let seats = (1..).zip(requests.split(' ')).map(|(n, text)| {
        let route = |queue: usize| if queue == 0 { manager.map(Into::into) } else { None };
        name(&desk.assign(&closed_loop, &request(n, text), route))
    });
    assert_eq!(seats.collect::<Vec<_>>().join(" "), expected, "{manager:?} {requests}");
}

#[test]
fn route_then_pool_then_kind_then_else() {
    check(Some("mei"), "managers managers/food/care", "managers:mei managers:mei");
    check(None, "managers/food/care", "kitchen:chef-east");
    check(Some(" "), "managers/food", "kitchen:chef-east");
    check(None, "managers/service/care", "care:care-1");
    check(None, "managers//care", "care:care-1");
    check(None, "managers/service", "managers:-");
    check(None, "managers/service/managers", "managers:-");
    check(None, "nobody/drink/care nobody//nobody", "kitchen:chef-east nobody:-");
    // in turn; the fewest open tickets, of equals the first
    check(None, "kitchen kitchen kitchen", "kitchen:chef-east kitchen:chef-west kitchen:chef-east");
    check(None, "care care care", "care:care-1 care:care-2 care:care-1");
    check(Some("care-1"), "managers care care", "managers:care-1 care:care-2 care:care-1");
}

#[test]
fn the_order_is_due_then_ticket() {
    let (closed_loop, _) = terms("ticket: care");
    let mut later = request(1, "kitchen");
    later.due = at("1h");
    let mut desk = Desk::default();
    let requests = vec![later, request(9, "kitchen"), request(5, "kitchen")];
    let seats = desk.assign_all(&closed_loop, requests.clone(), |_, _| None);
    let seats: Vec<(u8, String)> = seats.iter().map(|(id, seat)| (id.0[0], name(seat))).collect();
    let expected = [(5, "kitchen:chef-east"), (9, "kitchen:chef-west"), (1, "kitchen:chef-east")];
    assert_eq!(seats, expected.map(|(n, seat)| (n, seat.to_owned())));
    // asked again, everybody keeps the seat
    let before = desk.clone();
    desk.assign_all(&closed_loop, requests, |_, _| Some("other".into()));
    assert_eq!(desk, before);
}

#[test]
fn loads_follow_the_steps() {
    let (closed_loop, spec) = terms("ticket: managers, else: care");
    let mut desk = Desk::default();
    let zone = crate::Zone::utc();
    let mut tickets = Tickets::default();
    let opening =
        Opening { id: id(1), rule: "r".into(), kind: None, at: at("0s"), by: 0, spec: spec.clone().into() };
    tickets.open(opening, &closed_loop.calendar, &zone).unwrap();
    let seat = desk.assign(&closed_loop, &Request::of(id(1), at("0s"), &spec, None), |_| None);
    assert_eq!((name(&seat).as_str(), desk.load("care-1")), ("care:care-1", 1));
    let facts = "root_cause=other action=a told=b";
    for (words, who, expected) in [
        ("accepted", "care-1", [1, 0]),
        ("assigned", "care-2", [0, 1]),
        ("closed", "care-2", [0, 0]),
        ("reopened", "care-2", [0, 1]),
        ("assigned", "care-1", [1, 0]),
    ] {
        let said = facts.split(' ').map(|f| f.split_once('=').unwrap());
        let facts = said.map(|(name, value)| (name.into(), value.into())).collect();
        let step =
            TicketStep { ticket: id(1), step: Step::named(words).unwrap(), who: Some(who.into()), facts };
        let change = tickets.step(&step, at("1h"), &closed_loop, &zone).unwrap();
        desk.follow(&step, &change);
        assert_eq!([desk.load("care-1"), desk.load("care-2")], expected, "{words} {who}");
    }
    desk.forget(id(1));
    assert_eq!(desk, Desk::default());
}

#[test]
fn an_escalation_moves_a_ticket() {
    let (closed_loop, _) = terms("ticket: care");
    let mut desk = Desk::default();
    desk.assign(&closed_loop, &request(1, "care"), |_| None);
    desk.assign(&closed_loop, &request(2, "nobody"), |_| None);
    assert_eq!(desk.unrouted().collect::<Vec<_>>(), [id(2)]);
    for (n, to, expected) in [
        (1, "kitchen", "kitchen:chef-east"),
        (2, "kitchen", "kitchen:chef-west"),
        // a queue that can not route leaves it; another name is a person
        (1, "managers", "kitchen:chef-east"),
        (1, "boss", "kitchen:boss"),
        (2, "care", "care:care-1"),
    ] {
        let seat = desk.escalate(&closed_loop, id(n), &to.into(), |_| None).unwrap();
        assert_eq!(name(&seat), expected, "{n} {to}");
        assert_eq!(desk.seat(id(n)), Some(&seat));
    }
    assert_eq!(["boss", "care-1", "chef-east", "chef-west"].map(|person| desk.load(person)), [1, 1, 0, 0]);
    assert_eq!(desk.unrouted().count(), 0);
    assert_eq!(desk.escalate(&closed_loop, id(3), &"care".into(), |_| None), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::cases(60)))]

    /// Requests in any order give the same desk, loads are the open seats, and the desk reads back as written.
    #[test]
    fn a_desk_is_a_value(
        requests in prop::collection::vec(
            (prop::sample::select(vec!["care", "kitchen", "managers", "x"]), 0..3_i64), 0..12),
        order in any::<u64>(),
        closed in prop::collection::vec(0..12_u8, 0..4),
    ) {
        let (closed_loop, _) = terms("ticket: care");
        let mut list: Vec<Request> = (0..).zip(&requests).map(|(n, (queue, due))| {
            Request { due: at(&format!("{due}h")), ..request(n, queue) }
        }).collect();
        let mut desk = Desk::default();
        let seats = desk.assign_all(&closed_loop, list.clone(), |_, _| None);
        list.sort_by_key(|r| u64::from(r.ticket.0[0]).wrapping_mul(order | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut other = Desk::default();
        prop_assert_eq!(other.assign_all(&closed_loop, list, |_, _| None), seats);
        prop_assert_eq!(&other, &desk);
        for n in closed {
            desk.forget(id(n));
        }
        for person in ["care-1", "care-2", "chef-east", "chef-west"] {
            let seated = (0..12).filter_map(|n| desk.seat(id(n)));
            let n = seated.filter(|seat| seat.open && seat.person.as_deref() == Some(person)).count();
            prop_assert_eq!(desk.load(person) as usize, n);
        }
        let bytes = postcard::to_stdvec(&desk).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Desk>(&bytes).unwrap(), &desk);
        let json = serde_json::to_string(&desk).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Desk>(&json).unwrap(), &desk);
    }
}
