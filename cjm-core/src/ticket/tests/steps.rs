//! Every transition in one table, what closing needs, and how steps and facts are read.

use super::super::*;
use super::story::{Story, at, check, id};
use crate::base::value::{Value, ValueRef};

/// Where a ticket stands after a step and which steps are new, or why it is refused.
fn result(before: &str, step: Step) -> String {
    let mut story = Story::of("care");
    story.closed_loop.requires.clear();
    story.feed(before);
    assert!(story.told.is_empty(), "{before}: {:?}", story.told);
    let known = story.tickets.clone();
    let ticket = id(1).to_string();
    match story.step(ValueRef::Text(&ticket), step.name(), ValueRef::Null, ValueRef::Null, at("9h")) {
        Ok(change) => {
            assert_eq!(change.before, known.ticket(id(1)).unwrap().status());
            assert_eq!(change.after, story.tickets.ticket(id(1)).unwrap().status());
            // an assignment again is another one
            let is_same = known == story.tickets;
            assert!(is_same == change.done.is_empty() || step == Step::Assigned, "{before}, {step:?}");
            let done: Vec<&str> = change.done.iter().map(|step| step.name()).collect();
            format!("{} = {}", change.after.name(), done.join(" ")).trim_end().to_owned()
        }
        Err(refusal) => {
            assert_eq!(known, story.tickets, "{before}, {step:?}");
            format!("! {}", refusal.slug())
        }
    }
}

/// Steps in the order of [`Step::ALL`]: reopened, assigned, accepted, contacted, resolved, told, closed.
#[test]
fn every_step_from_everywhere() {
    let fresh = [
        "! not_done",
        "assigned = assigned",
        "accepted = accepted",
        "contacted = accepted contacted",
        "resolved = accepted resolved",
        "told = accepted contacted resolved told",
        "closed = closed",
    ];
    let [_, assigned, accepted, contacted, resolved, told, closed] = fresh;
    for (before, expected) in [
        ("open 0s", fresh),
        ("open 0s, assigned 1h", ["! not_done", "assigned =", accepted, contacted, resolved, told, closed]),
        (
            "open 0s, accepted 1h",
            [
                "! not_done",
                "accepted = assigned",
                "accepted =",
                "contacted = contacted",
                "resolved = resolved",
                "told = contacted resolved told",
                closed,
            ],
        ),
        (
            "open 0s, contacted 1h",
            [
                "! not_done",
                "contacted = assigned",
                "contacted =",
                "contacted =",
                "resolved = resolved",
                "told = resolved told",
                closed,
            ],
        ),
        (
            "open 0s, resolved 1h",
            [
                "reopened = reopened",
                "resolved = assigned",
                "resolved =",
                "resolved = contacted",
                "resolved =",
                "told = contacted told",
                closed,
            ],
        ),
        (
            "open 0s, told 1h",
            ["reopened = reopened", "told = assigned", "told =", "told =", "told =", "told =", closed],
        ),
        (
            "open 0s, closed 1h",
            ["reopened = reopened", "! closed", "! closed", "! closed", "! closed", "! closed", "closed ="],
        ),
        (
            "open 0s, told 1h, closed 2h",
            ["reopened = reopened", "! closed", "closed =", "closed =", "closed =", "closed =", "closed ="],
        ),
        (
            "open 0s, resolved 1h, reopened 2h",
            ["reopened =", assigned, accepted, contacted, resolved, told, closed],
        ),
        (
            "open 0s, closed 1h, reopened 2h, contacted 3h",
            [
                "contacted =",
                "contacted = assigned",
                "contacted =",
                "contacted =",
                "resolved = resolved",
                "told = resolved told",
                closed,
            ],
        ),
    ] {
        for (step, expected) in Step::ALL.into_iter().zip(expected) {
            assert_eq!(result(before, step), expected, "{before}, {step:?}");
        }
    }
}

#[test]
fn the_first_time_of_a_step_counts_and_the_last_of_an_assignment() {
    let mut story = Story::of("care");
    story.feed("open 0s, assigned 1h by=ann, contacted 3h by=bo, contacted 5h by=cy, assigned 6h by=dee");
    let done = |story: &Story| -> Vec<String> {
        let ticket = story.tickets.ticket(id(1)).unwrap();
        let who = |d: &Done| d.who.as_deref().unwrap_or("-").to_owned();
        let one = |d: &Done| {
            let how = if d.implied { " too" } else { "" };
            format!("{} {} {}{how}", d.step.name(), d.at.since(at("0s")), who(d))
        };
        ticket.steps().iter().map(one).collect()
    };
    assert_eq!(done(&story), ["assigned 6h dee", "accepted 3h bo too", "contacted 3h bo"]);
    // an earlier one that comes late
    story.feed("accepted 2h by=ann, contacted 150m");
    assert_eq!(done(&story), ["assigned 6h dee", "accepted 2h ann", "contacted 150m -"]);
    assert_eq!(story.tickets.ticket(id(1)).unwrap().status(), Status::Contacted);
    assert!(story.told.is_empty(), "{:?}", story.told);
}

#[test]
fn closing_needs_what_is_required() {
    let all = "root_cause=cold_food action=refund";
    for (words, expected) in [
        ("closed 2h", "refused: missing"),
        (&*format!("closed 2h {all}"), "refused: missing"),
        (&*format!("closed 2h {all} told=unreachable"), ""),
        // having been told is as good as saying so
        (&*format!("told 1h, closed 2h {all}"), ""),
        (&*format!("told 1h {all}, closed 2h"), ""),
        // that it is not so is no reason; nor is a blank
        (&*format!("closed 2h {all} told=false"), "refused: missing"),
        ("told 1h root_cause=cold_food action=, closed 2h", "refused: missing"),
        ("told 1h root_cause=aliens", "refused: unknown_root_cause"),
        // once more after reopening
        (&*format!("told 1h {all}, closed 2h, reopened 3h, closed 4h"), "refused: missing"),
        (&*format!("told 1h {all}, closed 2h, reopened 3h, closed 4h {all}"), "refused: missing"),
        (&*format!("told 1h {all}, closed 2h, reopened 3h, told 4h, closed 5h {all}"), ""),
        // a closing again needs nothing more
        (&*format!("told 1h {all}, closed 2h, closed 3h"), ""),
        // before the closing, told late; after it, refused; unless it was done before
        (&*format!("resolved 1h {all}, closed 3h told=no, contacted 2h"), ""),
        (&*format!("resolved 1h {all}, closed 3h told=no, contacted 4h"), "refused: closed"),
        (&*format!("told 1h {all}, closed 3h, contacted 4h"), ""),
        // where it belongs: the round that it was done in
        (&*format!("told 1h {all}, closed 2h, reopened 5h, assigned 1h"), ""),
        ("reopened 1h", "refused: not_done"),
        ("resolved 3h, reopened 2h", "refused: not_done"),
    ] {
        check("care", &format!("open 0s, {words}"), expected);
    }
    let mut story = Story::of("care");
    story.feed("open 0s, told 1h action=refund");
    let ticket = id(1).to_string();
    let close = |story: &mut Story, facts: &str| {
        let refused =
            story.step(ValueRef::Text(&ticket), "closed", ValueRef::Null, ValueRef::Text(facts), at("2h"));
        refused.map_err(|refusal| crate::Error::from(refusal).to_string())
    };
    let missing = Err("bad_event: closing needs `root_cause`".to_owned());
    assert_eq!(close(&mut story, ""), missing);
    assert_eq!(close(&mut story, "free words"), missing);
    let near = "bad_event: `cold_fod` is no declared root cause; did you mean `cold_food`?";
    assert_eq!(close(&mut story, r#"{"root_cause": "cold_fod"}"#), Err(near.to_owned()));
    assert!(close(&mut story, r#"{"root_cause": "cold_food", "cost": 12.5}"#).is_ok());
    let facts = story.tickets.ticket(id(1)).unwrap().facts();
    let facts: Vec<(&str, &str)> = facts.iter().map(|f| (&*f.name, &*f.value)).collect();
    assert_eq!(facts, [("action", "refund"), ("cost", "12.5"), ("root_cause", "cold_food")]);
}

#[test]
fn where_nothing_is_required_or_declared() {
    let mut story = Story::of("care");
    story.closed_loop = ClosedLoop::of(None);
    story.feed("open 0s, closed 1h root_cause=anything, open 2h, reopened 2h t=1, resolved 1h t=2");
    assert_eq!(story.told, ["refused: before_opening"]);
    let status = |n| story.tickets.ticket(id(n)).map(Ticket::status);
    assert_eq!((status(1), status(2), status(3)), (Some(Status::Reopened), Some(Status::Open), None));
}

#[test]
fn a_ticket_reopened_again_and_again_stays_small() {
    let mut story = Story::of("care, resolve_within: 1h, escalate: [{to: boss}]");
    story.feed("open 0s");
    for n in 1..40 {
        story.feed(&format!("resolved {n}d, reopened {n}d"));
    }
    let ticket = story.tickets.ticket(id(1)).unwrap();
    assert_eq!(ticket.round(), 39);
    assert_eq!(ticket.steps().len(), 10, "three rounds of three steps and the last reopening");
    assert_eq!(ticket.escalated().len(), 3);
    let bytes = postcard::to_stdvec(&story.tickets).unwrap();
    assert!(bytes.len() < 400, "{}", bytes.len());
    assert_eq!(story.told.len(), 39 * 2, "each round missed its limit and was escalated once");
}

#[test]
fn what_can_not_be_read_is_refused_by_name() {
    let mut story = Story::of("care");
    story.feed("open 0s");
    let text = ValueRef::Text;
    let (own, other) = (id(1).to_string(), id(2).to_string());
    let long = "x".repeat(129);
    let much = "x".repeat(MAX_FACT_BYTES);
    let many =
        (0..9).fold(String::new(), |all, n| format!("{all}{}\"f{n}\": {n}", if n > 0 { ", " } else { "{" }));
    let many = format!("{many}}}");
    let nested = Value::List([Value::Int(1)].into());
    let fields = [("a".into(), nested)];
    let null = ValueRef::Null;
    for (ticket, step, by, facts, expected) in [
        (null, "told", null, null, "not_found: the customer has no ticket ``"),
        (text("t-1"), "told", null, null, "not_found: the customer has no ticket `t-1`"),
        (text(&other), "told", null, null, &*format!("not_found: the customer has no ticket `{other}`")),
        (
            text(&own),
            "contact",
            null,
            null,
            "bad_event: `contact` is no step of a ticket; did you mean `contacted`?",
        ),
        (text(&own), "open", null, null, "bad_event: `open` is no step of a ticket"),
        (text(&own), "", null, null, "bad_event: `` is no step of a ticket"),
        (text(&own), "told", text(&long), null, "limit: the name of a person has at most 128 bytes"),
        (
            text(&own),
            "told",
            null,
            text(&much),
            "limit: a ticket holds at most 8 facts of together 1024 bytes",
        ),
        (
            text(&own),
            "told",
            null,
            text(&many),
            "limit: a ticket holds at most 8 facts of together 1024 bytes",
        ),
        (
            text(&own),
            "told",
            null,
            text("{\"a\": "),
            "bad_event: `{\"a\": ` is no fact; write a name and a value, as in `root_cause` and `cold_food`",
        ),
        (
            text(&own),
            "told",
            null,
            text("{\"a\": [1]}"),
            "bad_event: `a` is no fact; write a name and a value, as in `root_cause` and `cold_food`",
        ),
        (
            text(&own),
            "told",
            null,
            ValueRef::Record(&fields),
            "bad_event: `a` is no fact; write a name and a value, as in `root_cause` and `cold_food`",
        ),
        (
            text(&own),
            "told",
            null,
            text("{\"\": 1}"),
            "bad_event: `` is no fact; write a name and a value, as in `root_cause` and `cold_food`",
        ),
    ] {
        let before = story.tickets.clone();
        let refusal = story.step(ticket, step, by, facts, at("1h")).unwrap_err();
        assert_eq!(crate::Error::from(refusal).to_string(), expected);
        assert_eq!(before, story.tickets);
    }
    let deep = format!("{{\"a\": {}", "[".repeat(8_000));
    assert!(story.step(text(&own), "told", null, text(&deep), at("1h")).is_err());
    assert!(story.step(text(&own), "told", text(" "), text("  "), at("1h")).is_ok());
    let ticket = story.tickets.ticket(id(1)).unwrap();
    assert_eq!(ticket.facts().iter().count(), 0);
    assert!(ticket.steps().iter().all(|done| done.who.is_none()));
}
