//! Decoders of channels, messages, offers, surveys and tickets.
//!
//! Answers: these sections as written. Does not know: consent, caps and routing at work.

use super::rule::{budget, cap};
use super::words::*;
use super::*;
use crate::blueprint::model::*;

pub(super) fn channel(at: &At<'_>, sink: &mut Sink) -> Channel {
    let mut f = Fields::open(at, sink);
    Channel {
        id: f.required("id", id, sink),
        kind: f.optional("kind", super::journey::touchpoint_kind, sink),
        title: f.optional("title", words, sink),
        needs: f.optional("needs", field, sink),
        extra: f.extra(sink),
    }
}

pub(super) fn outreach(at: &At<'_>, sink: &mut Sink) -> Outreach {
    let mut f = Fields::open(at, sink);
    Outreach {
        order: f.list("order", id, sink),
        quiet: f.optional("quiet", quiet, sink),
        caps: f.list("caps", cap, sink),
        extra: f.extra(sink),
    }
}

fn quiet(at: &At<'_>, sink: &mut Sink) -> Quiet {
    let mut f = Fields::open(at, sink);
    Quiet {
        from: f.required("from", clock_time, sink),
        to: f.required("to", clock_time, sink),
        then: f.or_default("then", quiet_then, sink),
        max_hold: f.optional("max_hold", duration, sink),
        purposes: f.list("purposes", id, sink),
        extra: f.extra(sink),
    }
}

pub(super) fn message(at: &At<'_>, sink: &mut Sink) -> Message {
    let mut f = Fields::open(at, sink);
    Message {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        body: f.optional("body", words, sink),
        offer: f.optional("offer", id, sink),
        valid: f.optional("valid", positive_duration, sink),
        extra: f.extra(sink),
    }
}

pub(super) fn offer(at: &At<'_>, sink: &mut Sink) -> Offer {
    let mut f = Fields::open(at, sink);
    Offer {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        cost: f.optional("cost", cost, sink),
        valid: f.optional("valid", positive_duration, sink),
        budget: f.optional("budget", budget, sink),
        extra: f.extra(sink),
    }
}

pub(super) fn survey(at: &At<'_>, sink: &mut Sink) -> Survey {
    let mut f = Fields::open(at, sink);
    Survey {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        kind: f.or_default("kind", survey_kind, sink),
        scope: f.optional("scope", survey_scope, sink),
        at: f.optional("at", place_name, sink),
        questions: f.list("questions", question, sink),
        ask: f.optional("ask", ask, sink),
        extra: f.extra(sink),
    }
}

fn question(at: &At<'_>, sink: &mut Sink) -> Question {
    let mut f = Fields::open(at, sink);
    Question {
        id: f.required("id", id, sink),
        kind: f.required("kind", question_kind, sink),
        title: f.optional("title", words, sink),
        if_: f.optional("if", expr, sink),
        options: f.list("options", free_name, sink),
        of: f.optional("of", place_name, sink),
        optional: f.or_default("optional", bool, sink),
        extra: f.extra(sink),
    }
}

fn ask(at: &At<'_>, sink: &mut Sink) -> Ask {
    let mut f = Fields::open(at, sink);
    let purpose = f.optional("purpose", id, sink);
    if purpose.is_none() {
        f.missing("purpose", sink);
    }
    Ask {
        purpose,
        channels: f.list("channels", id, sink),
        delay: f.optional("delay", duration, sink),
        cool_down: f.optional("cool_down", duration, sink),
        sample: f.optional("sample", share, sink),
        extra: f.extra(sink),
    }
}

pub(super) fn tickets(at: &At<'_>, sink: &mut Sink) -> Tickets {
    let mut f = Fields::open(at, sink);
    Tickets {
        calendar: f.optional("calendar", calendar, sink),
        queues: f.list("queues", queue, sink),
        root_causes: f.list("root_causes", id, sink),
        close: f.optional("close", close, sink),
        extra: f.extra(sink),
    }
}

fn calendar(at: &At<'_>, sink: &mut Sink) -> Calendar {
    let mut f = Fields::open(at, sink);
    Calendar {
        days: f.list("days", |at, sink| choice(at, &WEEKDAYS, sink), sink),
        hours: f.optional("hours", hours, sink),
        holidays: f.list("holidays", date, sink),
        extra: f.extra(sink),
    }
}

fn queue(at: &At<'_>, sink: &mut Sink) -> Queue {
    let mut f = Fields::open(at, sink);
    Queue {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        kinds: f.list("kinds", free_name, sink),
        route: f.optional("route", expr, sink),
        pool: f.list("pool", free_name, sink),
        assign: f.optional("assign", assign, sink),
        extra: f.extra(sink),
    }
}

fn close(at: &At<'_>, sink: &mut Sink) -> Close {
    let mut f = Fields::open(at, sink);
    Close { requires: f.list("requires", id, sink), extra: f.extra(sink) }
}

choices! {
    quiet_then -> QuietThen { "defer" = Defer, "drop" = Drop }
    survey_kind -> SurveyKind { "nps" = Nps, "csat" = Csat, "ces" = Ces, "custom" = Custom }
    survey_scope -> SurveyScope { "relationship" = Relationship, "touchpoint" = Touchpoint }
    question_kind -> QuestionKind {
        "nps" = Nps, "csat" = Csat, "ces" = Ces, "text" = Text, "choice" = Choice, "multiple" = Multiple,
        "number" = Number, "bool" = Bool
    }
    assign -> Assign { "round_robin" = RoundRobin, "least_loaded" = LeastLoaded }
}
