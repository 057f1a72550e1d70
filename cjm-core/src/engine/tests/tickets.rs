//! Tickets by cases: opened by decisions, stepped by events, escalated at their instants, kept in the state.

use super::rules::{HEAD, fed, short};
use super::{at, event, plan};
use crate::engine::{ActionKind, CustomerState, Decision, Input, Stepped, TicketNews};
use crate::error::ErrorCode;
use crate::plan::Plan;
use crate::ticket::{Desk, Limit, Status};
use crate::{Event, Value};

const CARE: &str = "
tickets:
  calendar: { days: [mon, tue, wed, thu, fri], hours: '09:00-17:00' }
  queues: [{ id: managers, route: customer.name }, { id: care, pool: [ann, bo] }]
  root_causes: [cold, slow]
  close: { requires: [root_cause, told] }
rules:
  - id: call_back
    when: { event: cancelled }
    do: [{ ticket: managers, else: care, kind: \"'food'\", accept_within: 1h, contact_within: 1d,
           escalate: [{ delay: 0s, to: care }, { delay: 2h, to: boss }] }]
";

fn world() -> std::sync::Arc<Plan> {
    plan(&format!("{HEAD}{CARE}"))
}

/// A customer whose ticket was opened at noon of 1 March, and the decision that opened it.
fn opened(plan: &Plan) -> (CustomerState, Decision) {
    let mut state = CustomerState::new(plan);
    let stepped = fed(plan, &mut state, "cancelled 2026-03-01T12:00 id=1");
    (state, stepped.decisions[0].clone())
}

fn step_event(ticket: &Decision, step: &str, time: &str) -> Event {
    let event = Event::new("ticket_step", at(time)).id("desk", format!("{step} {time}"));
    event.identity("member", "m").with("ticket", ticket.id.to_string()).with("step", step).with("by", "ann")
}

/// Decisions and news of an input as short lines.
fn told(stepped: &Stepped) -> Vec<String> {
    let decisions = stepped.decisions.iter().map(|d| format!("{} {} {}", short(d.due), d.action, d.target));
    let news = stepped.tickets.iter().map(|news| match news {
        TicketNews::Missed(m) => format!("{} {} {:?}", short(m.due), m.limit.name(), m.what),
        TicketNews::Done { change, .. } => format!("{:?} -> {:?}", change.before, change.after),
        TicketNews::Refused { why, .. } => format!("refused {}", why.slug()),
        TicketNews::Gone { ticket, .. } => format!("gone {ticket}"),
    });
    decisions.chain(news).collect()
}

#[test]
fn a_decision_opens_a_ticket_with_its_limits() {
    let plan = world();
    let (state, decision) = opened(&plan);
    assert_eq!((decision.action, &*decision.target), (ActionKind::Ticket, "managers"));
    assert_eq!(decision.arguments, [("kind".into(), Value::from("food"))]);
    let [row] = &state.tickets()[..] else { panic!("one ticket") };
    assert_eq!(row.id.to_string(), decision.id.to_string());
    assert_eq!((&*row.queue, row.kind.as_deref(), row.status), ("managers", Some("food"), Status::Open));
    assert_eq!(row.opened, at("2026-03-01T12:00"));
    assert_eq!((row.accept_by, row.contact_by), (Some(at("2026-03-01T13:00")), Some(at("2026-03-02T12:00"))));
    assert_eq!((row.resolve_by, row.tell_by), (None, None));
    assert_eq!(state.next_due(), Some(at("2026-03-01T13:00")));
}

#[test]
fn missed_limits_escalate_in_order_at_their_instants() {
    let plan = world();
    let (mut state, _) = opened(&plan);
    assert_eq!(told(&fed(&plan, &mut state, "tick 2026-03-01T12:59")), [""; 0]);
    let first = fed(&plan, &mut state, "tick 2026-03-01T13:00");
    let overdue = [
        "03-01T13:00 escalate care",
        "03-01T13:00 accept Overdue",
        "03-01T13:00 accept Escalate { place: 1, to: \"care\" }",
    ];
    assert_eq!(told(&first), overdue);
    assert_eq!(state.tickets()[0].overdue, [Limit::Accept]);
    let later = fed(&plan, &mut state, "paid 2026-03-02T12:00 id=2 order=o");
    assert_eq!(told(&later)[..1], ["03-01T15:00 escalate boss"]);
    let all = fed(&plan, &mut state, "tick 2026-03-09T00:00");
    assert_eq!(told(&all)[..2], ["03-02T12:00 escalate care", "03-02T14:00 escalate boss"]);
    assert_eq!(state.next_due(), None);
    // each has an id of its own, the same whenever time is told
    let (mut once, _) = opened(&plan);
    let stepped = fed(&plan, &mut once, "tick 2026-03-09T00:00");
    let ids: Vec<_> = stepped.decisions.iter().map(|d| d.id).collect();
    let apart: Vec<_> = [&first, &later, &all].iter().flat_map(|s| &s.decisions).map(|d| d.id).collect();
    assert_eq!(ids, apart);
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
}

#[test]
fn steps_end_limits_and_closing_needs_what_is_required() {
    let plan = world();
    let (mut state, ticket) = opened(&plan);
    let mut take = |step: Event| plan.step(&mut state, Input::Event(&step));
    let contacted = step_event(&ticket, "contacted", "2026-03-01T13:00").with("facts", "spoke to her");
    let done = take(contacted).unwrap();
    assert_eq!(told(&done), ["Open -> Contacted"], "the very instant of a limit is in time");
    let error = take(step_event(&ticket, "closed", "2026-03-01T14:00")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BadEvent);
    assert_eq!(error.message(), "closing needs `root_cause`, `told`");
    take(step_event(&ticket, "told", "2026-03-01T15:00")).unwrap();
    let closing = step_event(&ticket, "closed", "2026-03-01T16:00");
    let wrong = closing.clone().with("facts", "{\"root_cause\": \"colt\"}");
    assert!(take(wrong).unwrap_err().message().contains("did you mean `cold`?"));
    let closed = take(closing.with("facts", "{\"root_cause\": \"cold\"}")).unwrap();
    assert_eq!(told(&closed), ["Told -> Closed"]);
    assert_eq!(state.tickets()[0].status, Status::Closed);
    assert_eq!(state.next_due(), None, "no limit is left");
    assert_eq!(state.counters().dropped, 0, "facts are no unknown attribute");
}

#[test]
fn a_refused_step_changes_nothing() {
    let plan = world();
    let (state, ticket) = opened(&plan);
    let unknown = Event::new("ticket_step", at("2026-03-05T00:00")).id("desk", "9").identity("member", "m");
    for step in [
        unknown.clone(),
        unknown.clone().with("ticket", "t-1").with("step", "told"),
        unknown.with("ticket", "0".repeat(32)).with("step", "told"),
        step_event(&ticket, "tolld", "2026-03-05T00:00"),
        step_event(&ticket, "reopened", "2026-03-05T00:00"),
        step_event(&ticket, "accepted", "2026-02-01T00:00"),
        step_event(&ticket, "told", "2026-03-05T00:00").identity("phone", "1").with("facts", "{\"a\": []}"),
    ] {
        let mut after = state.clone();
        plan.step(&mut after, Input::Event(&step)).unwrap_err();
        assert_eq!(after, state, "{step:?}");
        assert_eq!(after.encode(), state.encode());
    }
}

#[test]
fn rules_hear_steps_and_tickets_are_merged_and_dealt_out() {
    let plan = plan(&format!(
        "{HEAD}{CARE}  - {{ id: thanks, when: {{ event: ticket_step, where: event.step == 'told' }}, do: [{{ call: thank }}] }}\n"
    ));
    let (mut state, ticket) = opened(&plan);
    let out = plan.step(&mut state, Input::Event(&step_event(&ticket, "told", "2026-03-01T12:30"))).unwrap();
    assert_eq!(told(&out), ["03-01T12:30 call thank", "Open -> Told"]);
    let mut other = CustomerState::new(&plan);
    fed(&plan, &mut other, "cancelled 2026-03-01T11:00 id=2 member=n");
    let (mut one, _) = plan.merge(&state, &other);
    assert_eq!(one.encode(), plan.merge(&other, &state).0.encode());
    assert_eq!(one.tickets().len(), 2);
    assert_eq!(one.next_due(), Some(at("2026-03-01T12:00")));
    let key = crate::customer::identity::IdentityKey { kind: "member".into(), value: "m".into() };
    let (left, _) = plan.unlink(&mut one, &key).unwrap();
    assert_eq!((left.tickets()[0].id, one.tickets()[0].id), (state.tickets()[0].id, other.tickets()[0].id));
}

#[test]
fn a_seventeenth_open_ticket_is_refused_and_the_desk_finds_people() {
    let plan = world();
    let mut state = CustomerState::new(&plan);
    let mut reasons = Vec::new();
    for n in 0..17 {
        let stepped = fed(&plan, &mut state, &format!("cancelled 2026-03-01T12:00 id={n}"));
        reasons.extend(stepped.refusals.iter().map(|r| r.reason.name()));
    }
    assert_eq!((state.tickets().len(), &reasons[..]), (16, &["too_many_tickets"][..]));
    fed(&plan, &mut state, "profile_set 2026-03-01T12:01 id=p name=eva");
    assert_eq!((plan.route(&state, 0).as_deref(), plan.route(&state, 1)), (Some("eva"), None));
    let mut desk = Desk::default();
    let rows = state.tickets();
    let requests = rows.iter().filter_map(|row| state.request(row.id)).collect();
    desk.assign_all(&plan.rules.closed_loop, requests, |_, queue| plan.route(&state, queue));
    let seated = state.tickets_at(&desk);
    assert!(seated.iter().all(|row| row.person.as_deref() == Some("eva") && row.status == Status::Assigned));
    assert!(state.request(crate::ticket::TicketId([7; 16])).is_none());
}

#[test]
fn held_out_customers_get_no_ticket() {
    let rules =
        CARE.replace("when: { event: cancelled }", "when: { event: cancelled }\n    experiment: half");
    let arms = "experiments:\n  - { id: half, salt: s, arms: [{ id: all, share: 0.0 }, { id: none, share: 1.0, hold: true }] }\n";
    let plan = plan(&format!("{HEAD}{rules}{arms}"));
    let mut state = CustomerState::new(&plan);
    let stepped = fed(&plan, &mut state, "cancelled 2026-03-01T12:00 id=1");
    assert_eq!(stepped.refusals[0].reason.name(), "held_out");
    assert!(state.tickets().is_empty());
    assert!(plan.step(&mut state, Input::Event(&event("cancelled 2026-03-01T13:00 id=2"))).is_ok());
}
