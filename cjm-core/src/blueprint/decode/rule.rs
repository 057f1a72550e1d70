//! Decoders of rules and experiments.
//!
//! Answers: which form a pattern has, what a rule does and under which policy, as written.
//! Does not know: matching and policy at work.

use super::journey::event_match;
use super::words::*;
use super::*;
use crate::blueprint::model::*;

pub(super) fn rule(at: &At<'_>, sink: &mut Sink) -> Rule {
    let mut f = Fields::open(at, sink);
    Rule {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        when: f.required("when", when, sink),
        key: f.optional("key", expr, sink),
        if_: f.optional("if", expr, sink),
        priority: f.optional("priority", int, sink),
        group: f.optional("group", id, sink),
        do_: f.list("do", action, sink),
        then: f.list("then", then, sink),
        caps: f.list("caps", cap, sink),
        counts: f.optional("counts", bool, sink),
        obeys: f.optional("obeys", bool, sink),
        cool_down: f.optional("cool_down", duration, sink),
        ramp: f.optional("ramp", share, sink),
        goal: f.optional("goal", goal, sink),
        exit: f.optional("exit", exit, sink),
        experiment: f.optional("experiment", id, sink),
        arm: f.optional("arm", id, sink),
        skip: f.optional("skip", skip, sink),
        late: f.optional("late", late, sink),
        budget: f.optional("budget", budget, sink),
        edit: f.optional("edit", edit, sink),
        extra: f.extra(sink),
    }
}

/// The keys that tell the forms of a pattern apart.
pub(in crate::blueprint) const WHEN_FORMS: [&str; 18] = [
    "event",
    "sequence",
    "after",
    "count",
    "sum",
    "enter",
    "leave",
    "stay",
    "skip",
    "back",
    "reached",
    "abandoned",
    "becomes",
    "joins",
    "quits",
    "answer",
    "every",
    "date",
];

fn when(at: &At<'_>, sink: &mut Sink) -> When {
    let mut f = Fields::open(at, sink);
    let mut when = When::default();
    match one_of(&mut f, &WHEN_FORMS, sink) {
        Some("event") => when_event(&mut when, &mut f, sink),
        Some("sequence") => when_sequence(&mut when, &mut f, sink),
        Some("after") => when_absent(&mut when, &mut f, sink),
        Some("count") => {
            when.count = Some(f.required("count", event, sink));
            when_total(&mut when, &mut f, amount_from_one, sink);
        }
        Some("sum") => {
            when.sum = Some(f.required("sum", path, sink));
            when_total(&mut when, &mut f, amount, sink);
        }
        Some(form) => when_moment(&mut when, form, &mut f, sink),
        None => {}
    }
    when.extra = f.extra(sink);
    when
}

fn when_event(when: &mut When, f: &mut Fields<'_>, sink: &mut Sink) {
    when.event = Some(f.required("event", events, sink));
    when.where_ = f.optional("where", expr, sink);
    when.key = f.optional("key", expr, sink);
}

fn when_sequence(when: &mut When, f: &mut Fields<'_>, sink: &mut Sink) {
    when.sequence = Some(f.required("sequence", |at, sink| at.list(step, sink), sink));
    when.within = f.optional("within", positive_duration, sink);
    if when.within.is_none() {
        f.missing("within", sink);
    }
    when.order = f.optional("order", order, sink);
    when.key = f.optional("key", expr, sink);
}

fn when_absent(when: &mut When, f: &mut Fields<'_>, sink: &mut Sink) {
    when.after = Some(f.required("after", event_matches, sink));
    when.without = Some(f.required("without", event_matches, sink));
    when.for_ = Some(f.required("for", duration, sink));
    when.again = f.optional("again", again, sink);
    when.key = f.optional("key", expr, sink);
}

/// A count is never below 0, so that it is never below a bound of 0 either, nor crosses it.
fn when_total(when: &mut When, f: &mut Fields<'_>, bound: fn(&At<'_>, &mut Sink) -> Amount, sink: &mut Sink) {
    when.at_least = Some(f.required("at_least", bound, sink));
    when.within = f.optional("within", positive_duration, sink);
    if when.within.is_none() {
        f.missing("within", sink);
    }
    when.where_ = f.optional("where", expr, sink);
    when.fire = f.optional("fire", fire, sink);
    when.key = f.optional("key", expr, sink);
}

/// Moments of the map, of the customer, of surveys and of the calendar.
fn when_moment(when: &mut When, form: &'static str, f: &mut Fields<'_>, sink: &mut Sink) {
    match form {
        "enter" => when.enter = Some(f.required(form, place_name, sink)),
        "leave" => when.leave = Some(f.required(form, place_name, sink)),
        "back" => when.back = Some(f.required(form, place_name, sink)),
        "skip" => when.skip = Some(f.required(form, place_name, sink)),
        "stay" => {
            when.stay = Some(f.required(form, place_name, sink));
            when.for_ = Some(f.required("for", positive_duration, sink));
        }
        "reached" => when.reached = Some(f.required(form, id, sink)),
        "abandoned" => when.abandoned = Some(f.required(form, id, sink)),
        "becomes" => when.becomes = Some(f.required(form, id, sink)),
        "joins" => when.joins = Some(f.required(form, id, sink)),
        "quits" => when.quits = Some(f.required(form, id, sink)),
        "answer" => {
            when.answer = Some(f.required(form, id, sink));
            when.where_ = f.optional("where", expr, sink);
        }
        "every" => {
            when.every = Some(f.required(form, every, sink));
            when.segment = f.optional("segment", id, sink);
        }
        _ => {
            when.date = Some(f.required("date", path, sink));
            when.before = f.optional("before", duration, sink);
            when.at = f.optional("at", clock_time, sink);
            when.segment = f.optional("segment", id, sink);
        }
    }
}

/// An event or a list of events, each perhaps with a condition.
fn event_matches(at: &At<'_>, sink: &mut Sink) -> Vec<EventMatch> {
    at.not_empty(sink);
    at.one_or_list(event_match, sink)
}

/// A step of a sequence; a name alone is the event.
fn step(at: &At<'_>, sink: &mut Sink) -> Step {
    if at.scalar().is_some() {
        return Step { event: OneOrMany(vec![event(at, sink)]), ..Step::default() };
    }
    let mut f = Fields::open(at, sink);
    match one_of(&mut f, &["event", "not"], sink) {
        Some("not") => Step {
            not: f.required("not", events, sink),
            where_: f.optional("where", expr, sink),
            extra: f.extra(sink),
            ..Step::default()
        },
        _ => Step {
            event: f.required("event", events, sink),
            as_: f.optional("as", id, sink),
            where_: f.optional("where", expr, sink),
            times: f.optional("times", times, sink),
            optional: f.or_default("optional", bool, sink),
            reluctant: f.or_default("reluctant", bool, sink),
            gap: f.optional("gap", positive_duration, sink),
            extra: f.extra(sink),
            ..Step::default()
        },
    }
}

/// `past_last_event`, `to_next`, `no_skip` or `{to_last: NAME}`.
fn skip(at: &At<'_>, sink: &mut Sink) -> Skip {
    if at.scalar().is_some() {
        let words = [("past_last_event", 0), ("to_next", 1), ("no_skip", 2)];
        return match choice(at, &words, sink) {
            1 => Skip::ToNext,
            2 => Skip::NoSkip,
            _ => Skip::PastLastEvent,
        };
    }
    let mut f = Fields::open(at, sink);
    let name = f.required("to_last", id, sink);
    f.no_extra(sink);
    Skip::ToLast(name)
}

/// The keys that tell the kinds of an item apart.
pub(in crate::blueprint) const ACTION_FORMS: [&str; 8] =
    ["send", "ask", "ticket", "call", "tag", "untag", "set", "emit"];

fn action(at: &At<'_>, sink: &mut Sink) -> Action {
    let mut f = Fields::open(at, sink);
    let mut action = Action::default();
    match one_of(&mut f, &ACTION_FORMS, sink) {
        Some("send") => {
            action.send = Some(f.required("send", id, sink));
            outgoing(&mut action, &mut f, sink);
            if action.purpose.is_none() {
                f.missing("purpose", sink);
            }
        }
        Some("ask") => {
            action.ask = Some(f.required("ask", id, sink));
            outgoing(&mut action, &mut f, sink);
        }
        Some("ticket") => ticket(&mut action, &mut f, sink),
        Some("call") => {
            action.call = Some(f.required("call", id, sink));
            action.with = f.map("with", field_key, expr, sink);
        }
        Some("tag") => action.tag = Some(f.required("tag", free_name, sink)),
        Some("untag") => action.untag = Some(f.required("untag", free_name, sink)),
        Some("set") => action.set = f.required("set", fields_to_set, sink),
        Some("emit") => {
            action.emit = Some(f.required("emit", event, sink));
            action.with = f.map("with", field_key, expr, sink);
        }
        _ => {}
    }
    action.extra = f.extra(sink);
    action
}

fn fields_to_set(at: &At<'_>, sink: &mut Sink) -> IndexMap<String, Expr> {
    if matches!(&at.node.kind, Kind::Map(entries) if entries.is_empty()) {
        sink.push(at.finding(&entry::EMPTY_MAP));
    }
    at.map(field_key, expr, sink)
}

fn outgoing(action: &mut Action, f: &mut Fields<'_>, sink: &mut Sink) {
    action.purpose = f.optional("purpose", id, sink);
    action.channels = f.list("channels", id, sink);
    action.with = f.map("with", field_key, expr, sink);
}

fn ticket(action: &mut Action, f: &mut Fields<'_>, sink: &mut Sink) {
    action.ticket = Some(f.required("ticket", id, sink));
    action.else_ = f.optional("else", id, sink);
    action.kind = f.optional("kind", expr, sink);
    action.accept_within = f.optional("accept_within", positive_duration, sink);
    action.contact_within = f.optional("contact_within", positive_duration, sink);
    action.resolve_within = f.optional("resolve_within", positive_duration, sink);
    action.tell_within = f.optional("tell_within", positive_duration, sink);
    action.clock = f.optional("clock", clock, sink);
    action.escalate = f.list("escalate", escalation, sink);
    action.with = f.map("with", field_key, expr, sink);
}

fn escalation(at: &At<'_>, sink: &mut Sink) -> Escalation {
    let mut f = Fields::open(at, sink);
    Escalation {
        delay: f.optional("delay", duration, sink),
        to: f.required("to", free_name, sink),
        extra: f.extra(sink),
    }
}

fn then(at: &At<'_>, sink: &mut Sink) -> Then {
    let mut f = Fields::open(at, sink);
    Then {
        delay: f.required("delay", duration, sink),
        unless: f.optional("unless", expr, sink),
        do_: f.list("do", action, sink),
        extra: f.extra(sink),
    }
}

/// A cap has a rolling window or a calendar period, not both.
pub(super) fn cap(at: &At<'_>, sink: &mut Sink) -> Cap {
    let mut f = Fields::open(at, sink);
    let mut cap = Cap { at_most: f.required("at_most", count_from_zero, sink), ..Cap::default() };
    match one_of(&mut f, &["within", "per"], sink) {
        Some("within") => cap.within = Some(f.required("within", positive_duration, sink)),
        Some("per") => cap.per = Some(f.required("per", period, sink)),
        _ => {}
    }
    cap.channel = f.optional("channel", id, sink);
    cap.purpose = f.optional("purpose", id, sink);
    cap.extra = f.extra(sink);
    cap
}

fn goal(at: &At<'_>, sink: &mut Sink) -> Goal {
    let mut f = Fields::open(at, sink);
    Goal {
        event: f.required("event", events, sink),
        where_: f.optional("where", expr, sink),
        within: f.optional("within", positive_duration, sink),
        tag: f.optional("tag", free_name, sink),
        extra: f.extra(sink),
    }
}

/// `{event: E, where: EXPR}` or `{if: EXPR}`.
fn exit(at: &At<'_>, sink: &mut Sink) -> Exit {
    let mut f = Fields::open(at, sink);
    let mut exit = Exit::default();
    match one_of(&mut f, &["event", "if"], sink) {
        Some("if") => exit.if_ = Some(f.required("if", expr, sink)),
        _ => {
            exit.event = f.required("event", events, sink);
            exit.where_ = f.optional("where", expr, sink);
        }
    }
    exit.extra = f.extra(sink);
    exit
}

pub(super) fn budget(at: &At<'_>, sink: &mut Sink) -> Budget {
    let mut f = Fields::open(at, sink);
    Budget {
        amount: f.required("amount", cost, sink),
        per: f.optional("per", period, sink),
        by: f.optional("by", field, sink),
        extra: f.extra(sink),
    }
}

pub(super) fn experiment(at: &At<'_>, sink: &mut Sink) -> Experiment {
    let mut f = Fields::open(at, sink);
    Experiment {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        salt: f.optional("salt", text, sink),
        arms: f.list("arms", arm, sink),
        metric: f.optional("metric", metric, sink),
        guard: f.list("guard", guard, sink),
        extra: f.extra(sink),
    }
}

fn arm(at: &At<'_>, sink: &mut Sink) -> Arm {
    let mut f = Fields::open(at, sink);
    Arm {
        id: f.required("id", id, sink),
        share: f.required("share", share, sink),
        hold: f.or_default("hold", bool, sink),
        extra: f.extra(sink),
    }
}

fn metric(at: &At<'_>, sink: &mut Sink) -> Metric {
    let mut f = Fields::open(at, sink);
    Metric {
        event: f.required("event", events, sink),
        where_: f.optional("where", expr, sink),
        within: f.optional("within", positive_duration, sink),
        value: f.optional("value", expr, sink),
        extra: f.extra(sink),
    }
}

fn guard(at: &At<'_>, sink: &mut Sink) -> Guard {
    let mut f = Fields::open(at, sink);
    Guard {
        event: f.required("event", events, sink),
        where_: f.optional("where", expr, sink),
        within: f.optional("within", positive_duration, sink),
        max_increase: f.optional("max_increase", number, sink),
        extra: f.extra(sink),
    }
}

choices! {
    order -> Order { "relaxed" = Relaxed, "strict" = Strict }
    again -> Again { "keep" = Keep, "restart" = Restart, "each" = Each }
    fire -> Fire { "crossing" = Crossing, "each" = Each }
    late -> Late { "record" = Record, "fire_if_valid" = FireIfValid }
    edit -> Edit { "migrate" = Migrate, "pin" = Pin, "restart" = Restart, "drain" = Drain }
    clock -> Clock { "wall" = Wall, "business" = Business }
    period -> Period { "day" = Day, "week" = Week, "month" = Month }
}
