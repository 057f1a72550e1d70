//! Decoders of journeys and of what improves them.
//!
//! Answers: maps, stages, touchpoints, targets, improvements, topics as written. Does not know: graphs and trips.

use super::words::*;
use super::*;
use crate::blueprint::model::*;

pub(super) fn scenario(at: &At<'_>, sink: &mut Sink) -> Scenario {
    let mut f = Fields::open(at, sink);
    Scenario {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        if_: Some(f.required("if", expr, sink)),
        extra: f.extra(sink),
    }
}

pub(super) fn journey(at: &At<'_>, sink: &mut Sink) -> Journey {
    let mut f = Fields::open(at, sink);
    Journey {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        objective: f.optional("objective", words, sink),
        owner: f.optional("owner", text, sink),
        personas: f.list("personas", persona, sink),
        scenario: f.optional("scenario", words, sink),
        enter: f.or_default("enter", events, sink),
        goal: f.optional("goal", event_match, sink),
        exit: f.optional("exit", event_match, sink),
        idle: f.optional("idle", positive_duration, sink),
        reenter: f.optional("reenter", reenter, sink),
        stages: f.list("stages", stage, sink),
        flow: f.optional("flow", |at, sink| at.list(flow, sink), sink),
        extra: f.extra(sink),
    }
}

fn persona(at: &At<'_>, sink: &mut Sink) -> Persona {
    let mut f = Fields::open(at, sink);
    Persona {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        if_: f.optional("if", expr, sink),
        needs: f.list("needs", words, sink),
        goals: f.list("goals", words, sink),
        about: f.optional("about", words, sink),
        extra: f.extra(sink),
    }
}

/// `{event: A, where: EXPR}`; a name alone is the event.
pub(super) fn event_match(at: &At<'_>, sink: &mut Sink) -> EventMatch {
    if at.scalar().is_some() {
        return EventMatch { event: OneOrMany(vec![event(at, sink)]), ..EventMatch::default() };
    }
    let mut f = Fields::open(at, sink);
    EventMatch {
        event: f.required("event", events, sink),
        where_: f.optional("where", expr, sink),
        extra: f.extra(sink),
    }
}

/// `never`, `after_end`, `{after: D, clock: ..}` or `{concurrent: EXPR}`.
fn reenter(at: &At<'_>, sink: &mut Sink) -> Reenter {
    if at.scalar().is_some() {
        let never = choice(at, &[("after_end", false), ("never", true)], sink);
        return if never { Reenter::Never } else { Reenter::AfterEnd };
    }
    let mut f = Fields::open(at, sink);
    let reenter = match one_of(&mut f, &["after", "concurrent"], sink) {
        Some("after") => {
            let after = f.required("after", duration, sink);
            Reenter::After { after, clock: f.or_default("clock", reenter_clock, sink) }
        }
        Some("concurrent") => Reenter::Concurrent(f.required("concurrent", expr, sink)),
        _ => Reenter::default(),
    };
    f.no_extra(sink);
    reenter
}

fn flow(at: &At<'_>, sink: &mut Sink) -> Flow {
    let mut f = Fields::open(at, sink);
    Flow {
        from: f.required("from", id, sink),
        to: f.required("to", |at, sink| OneOrMany(at.one_or_list(id, sink)), sink),
        extra: f.extra(sink),
    }
}

fn stage(at: &At<'_>, sink: &mut Sink) -> Stage {
    let mut f = Fields::open(at, sink);
    Stage {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        goal: f.optional("goal", words, sink),
        owner: f.optional("owner", text, sink),
        touchpoints: f.list("touchpoints", touchpoint, sink),
        extra: f.extra(sink),
    }
}

fn touchpoint(at: &At<'_>, sink: &mut Sink) -> Touchpoint {
    let mut f = Fields::open(at, sink);
    Touchpoint {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        event: f.or_default("event", events, sink),
        where_: f.optional("where", expr, sink),
        kind: f.optional("kind", touchpoint_kind, sink),
        channel: f.optional("channel", id, sink),
        tier: f.optional("tier", tier, sink),
        owner: f.optional("owner", text, sink),
        system: f.optional("system", text, sink),
        expects: f.list("expects", expectation, sink),
        expected: f.optional("expected", emotion, sink),
        wait: f.optional("wait", duration, sink),
        feels: f.optional("feels", emotion, sink),
        score: f.optional("score", score, sink),
        optional: f.or_default("optional", bool, sink),
        repeat: f.or_default("repeat", bool, sink),
        pains: f.list("pains", pain, sink),
        opportunities: f.list("opportunities", opportunity, sink),
        topics: f.list("topics", id, sink),
        does: f.optional("does", words, sink),
        thinks: f.optional("thinks", words, sink),
        behind: f.list("behind", behind, sink),
        in_: f.map("in", id_key, in_scenario, sink),
        extra: f.extra(sink),
    }
}

fn expectation(at: &At<'_>, sink: &mut Sink) -> Expectation {
    let mut f = Fields::open(at, sink);
    Expectation {
        text: f.required("text", words, sink),
        measure: f.optional("measure", expr, sink),
        extra: f.extra(sink),
    }
}

/// Exactly one of `csat`, `ces`, `nps`.
fn score(at: &At<'_>, sink: &mut Sink) -> ScoreSource {
    let mut f = Fields::open(at, sink);
    let mut score = ScoreSource::default();
    match one_of(&mut f, &["csat", "ces", "nps"], sink) {
        Some("csat") => score.csat = Some(f.required("csat", expr, sink)),
        Some("ces") => score.ces = Some(f.required("ces", expr, sink)),
        Some("nps") => score.nps = Some(f.required("nps", expr, sink)),
        _ => {}
    }
    score.extra = f.extra(sink);
    score
}

fn pain(at: &At<'_>, sink: &mut Sink) -> Pain {
    let mut f = Fields::open(at, sink);
    Pain { id: f.required("id", id, sink), text: f.required("text", words, sink), extra: f.extra(sink) }
}

fn opportunity(at: &At<'_>, sink: &mut Sink) -> Opportunity {
    let mut f = Fields::open(at, sink);
    Opportunity {
        id: f.required("id", id, sink),
        text: f.required("text", words, sink),
        solves: f.list("solves", place_name, sink),
        extra: f.extra(sink),
    }
}

fn behind(at: &At<'_>, sink: &mut Sink) -> Behind {
    let mut f = Fields::open(at, sink);
    Behind {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        owner: f.optional("owner", text, sink),
        system: f.optional("system", text, sink),
        extra: f.extra(sink),
    }
}

fn in_scenario(at: &At<'_>, sink: &mut Sink) -> InScenario {
    let mut f = Fields::open(at, sink);
    InScenario {
        wait: f.optional("wait", duration, sink),
        expected: f.optional("expected", emotion, sink),
        expects: f.list("expects", expectation, sink),
        extra: f.extra(sink),
    }
}

pub(super) fn target(at: &At<'_>, sink: &mut Sink) -> Target {
    let mut f = Fields::open(at, sink);
    Target {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        metric: f.required("metric", id, sink),
        journey: f.optional("journey", id, sink),
        touchpoint: f.optional("touchpoint", place_name, sink),
        from: f.optional("from", number, sink),
        to: f.optional("to", number, sink),
        by: f.optional("by", date, sink),
        owner: f.optional("owner", text, sink),
        extra: f.extra(sink),
    }
}

pub(super) fn improvement(at: &At<'_>, sink: &mut Sink) -> Improvement {
    let mut f = Fields::open(at, sink);
    Improvement {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        kind: f.optional("kind", text, sink),
        solves: f.list("solves", place_name, sink),
        owner: f.optional("owner", text, sink),
        due: f.optional("due", date, sink),
        target: f.optional("target", id, sink),
        status: f.optional("status", status, sink),
        extra: f.extra(sink),
    }
}

/// planned, doing, done or dropped.
fn status(at: &At<'_>, sink: &mut Sink) -> String {
    const WORDS: [(&str, &str); 4] =
        [("planned", "planned"), ("doing", "doing"), ("done", "done"), ("dropped", "dropped")];
    choice(at, &WORDS, sink).to_owned()
}

pub(super) fn topic(at: &At<'_>, sink: &mut Sink) -> Topic {
    let mut f = Fields::open(at, sink);
    Topic {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        words: f.map("words", language_key, |at, sink| at.list(text, sink), sink),
        extra: f.extra(sink),
    }
}

choices! {
    touchpoint_kind -> TouchpointKind { "digital" = Digital, "physical" = Physical }
    reenter_clock -> ReenterClock { "entry" = Entry, "exit" = Exit, "decision" = Decision }
}
