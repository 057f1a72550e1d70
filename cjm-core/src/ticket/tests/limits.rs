//! Limits and escalations, to the instant, by cases: the item, what happens, what is told.

use super::super::*;
use super::story::{Story, at, check, id};
use crate::customer::identity::IdentityKey;

const CALL_BACK: &str = "care, contact_within: 24h, resolve_within: 3d, escalate: [{delay: 24h, to: care}]";

#[test]
fn a_missed_limit_is_told_and_escalated_once() {
    for (words, expected) in [
        ("open 0s, pass 1d", ""),
        ("open 0s, tick 1d", "contact overdue@1d"),
        ("open 0s, tick 1d, tick 1d, pass 2d, tick 47h", "contact overdue@1d"),
        (
            "open 0s, tick 3650d",
            "contact overdue@1d, contact -> care@2d, resolve overdue@3d, resolve -> care@4d",
        ),
        // at the very instant of the limit a step is still in time
        ("open 0s, contacted 1d, tick 2d", ""),
        ("open 0s, pass 1d, contacted 1d, tick 2d", ""),
        // done late it ends the escalations to come
        ("open 0s, contacted 25h, tick 2d", "contact overdue@1d"),
        ("open 0s, contacted 2d, tick 2d", "contact overdue@1d"),
        ("open 0s, contacted 49h, tick 2d", "contact overdue@1d, contact -> care@2d"),
        // a step that comes late but was done in time
        ("open 0s, tick 30h, contacted 20h, tick 2d", "contact overdue@1d"),
        // who tells the result has resolved it and spoken to the customer; who resolves it has not
        ("open 0s, told 2h, tick 10d", ""),
        ("open 0s, resolved 2h, tick 10d", "contact overdue@1d, contact -> care@2d"),
        ("open 0s, resolved 2h, contacted 3h, tick 10d", ""),
        // closing ends everything
        ("open 0s, closed 2h root_cause=other action=none told=withdrawn, tick 10d", ""),
        ("open 0s, closed 2h, tick 1d", "refused: missing, contact overdue@1d"),
        // two tickets: in order of (due, ticket)
        ("open 0s, open 0s, tick 1d", "contact overdue@1d, t2 contact overdue@1d"),
        ("open 1h, open 0s, tick 25h", "t2 contact overdue@1d, contact overdue@25h"),
    ] {
        check(CALL_BACK, words, expected);
    }
}

#[test]
fn escalations_come_each_at_its_own_delay() {
    let item =
        "care, accept_within: 1h, escalate: [{to: boss}, {delay: 2h, to: last}, {delay: 1h, to: care}]";
    let all = "accept overdue@1h, accept -> boss@1h, accept -> care@2h, accept -> last@3h";
    check(item, "open 0s, tick 1d", all);
    check(item, "open 0s, tick 1h, accepted 2h, tick 1d", "accept overdue@1h, accept -> boss@1h");
    check("care, escalate: [{to: boss}]", "open 0s, tick 3650d", "");
}

#[test]
fn business_time_counts_open_hours_alone() {
    // Monday to Friday, nine to five, Wednesday a holiday
    let item = "care, contact_within: 4h, clock: business, escalate: [{delay: 4h, to: boss}]";
    check(item, "open 15h, tick 10d", "contact overdue@35h, contact -> boss@39h");
    check(item, "open 39h, tick 10d", "contact overdue@83h, contact -> boss@87h");
    // Saturday noon, to Monday
    check(item, "open 132h, tick 10d", "contact overdue@181h, contact -> boss@185h");
    // the clocks of the customer's zone
    let mut story = Story::of(item);
    story.zone = crate::Zone::named("Asia/Shanghai").unwrap();
    story.feed("open 0s, tick 10d");
    assert_eq!(story.told, ["contact overdue@5h", "contact -> boss@9h"]);
}

#[test]
fn reopening_starts_resolve_and_tell_anew() {
    let item =
        "care, contact_within: 24h, resolve_within: 3d, tell_within: 4d, escalate: [{delay: 24h, to: boss}]";
    for (words, expected) in [
        (
            "open 0s, told 2h, reopened 5h, tick 10d",
            "resolve overdue@77h, resolve -> boss@101h, tell overdue@101h, tell -> boss@125h",
        ),
        ("open 0s, told 2h, reopened 5h, told 77h, tick 10d", ""),
        ("open 0s, told 2h, reopened 5h, told 6h, reopened 10h, told 11h, tick 10d", ""),
        // a contact still owed stays owed
        ("open 0s, resolved 2h, reopened 5h, tick 2d", "contact overdue@1d, contact -> boss@2d"),
        ("open 0s, resolved 2h, reopened 5h, contacted 6h, tick 2d", ""),
        // what was missed before is not missed again
        ("open 0s, tick 1d, told 25h, reopened 26h, tick 3d", "contact overdue@1d"),
    ] {
        check(item, words, expected);
    }
}

#[test]
fn the_next_instant_is_known() {
    let mut story = Story::of(CALL_BACK);
    assert_eq!(story.tickets.next_due(), None);
    for (words, due) in [
        ("open 0s", Some("1d")),
        ("tick 1d", Some("2d")),
        ("contacted 25h", Some("3d")),
        ("told 26h", None),
        ("reopened 27h", Some("99h")),
    ] {
        assert_eq!(story.feed(words).tickets.next_due(), due.map(at), "{words}");
    }
}

#[test]
fn sixteen_tickets_of_which_closed_ones_give_way() {
    let mut story = Story::of(CALL_BACK);
    for n in 1..=MAX_TICKETS {
        story.feed(&format!("open {n}h"));
    }
    let full = story.tickets.clone();
    assert!(story.open(100, at("17h")).is_err());
    assert_eq!(story.tickets, full);
    assert_eq!(story.open(3, at("17h")), Ok(vec![]), "the same ticket again");
    assert_eq!(story.tickets, full);
    let facts = "root_cause=other action=a told=b";
    story.feed(&format!("closed 18h t=7 {facts}, closed 17h t=9 {facts}"));
    assert_eq!(story.open(100, at("19h")), Ok(vec![id(9)]));
    assert_eq!(story.open(101, at("19h")), Ok(vec![id(7)]));
    assert_eq!(story.tickets.len(), MAX_TICKETS);
    assert!(story.open(102, at("19h")).is_err());
    assert_eq!(story.tickets.withdraw(id(100)).map(|t| t.opened()), Some(at("19h")));
    assert_eq!(story.tickets.withdraw(id(100)), None);
    assert_eq!(crate::Error::from(TooManyTickets).code(), crate::ErrorCode::Limit);
}

#[test]
fn a_row_says_where_a_ticket_is() {
    let mut story = Story::of(CALL_BACK);
    story.feed("open 0s");
    let key = IdentityKey { kind: "member".into(), value: "m-1".into() };
    let row =
        |story: &Story, seat: Option<&Seat>| TicketRow::of(story.tickets.ticket(id(1)).unwrap(), &key, seat);
    let first = row(&story, None);
    assert_eq!((first.queue.as_ref(), first.person, first.status), ("care", None, Status::Open));
    assert_eq!((first.contact_by, first.resolve_by), (Some(at("1d")), Some(at("3d"))));
    assert_eq!((first.accept_by, first.tell_by), (None, None));
    let seat = Seat { queue: "kitchen".into(), person: Some("chef-east".into()), open: true };
    let seated = row(&story, Some(&seat));
    assert_eq!((seated.queue.as_ref(), seated.status), ("kitchen", Status::Assigned));
    // overdue is what was told and is still not done
    assert!(row(story.feed("pass 1d"), None).overdue.is_empty());
    assert_eq!(row(story.feed("tick 4d"), None).overdue, [Limit::Contact, Limit::Resolve]);
    story.feed("contacted 97h by=mei note=called");
    let late = row(&story, Some(&seat));
    assert_eq!((late.overdue, late.status), (vec![Limit::Resolve], Status::Contacted));
    assert_eq!(late.facts, vec![("note".into(), "called".into())]);
    let ticket = story.tickets.ticket(id(1)).unwrap();
    let escalated =
        vec![(at("2d"), Limit::Contact, "care".into()), (at("4d"), Limit::Resolve, "care".into())];
    assert_eq!(ticket.escalated(), escalated);
    story.feed("told 98h, reopened 99h");
    let again = row(&story, None);
    assert_eq!((again.status, again.overdue.len()), (Status::Reopened, 0));
    assert_eq!((again.contact_by, again.resolve_by), (Some(at("1d")), Some(at("171h"))));
    let json = serde_json::to_value(&again).unwrap();
    assert_eq!(json["id"], "01010101010101010101010101010101");
    assert_eq!((&json["status"], &json["resolve_by"]), (&"reopened".into(), &"2026-03-09T03:00:00Z".into()));
}
