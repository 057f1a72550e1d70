//! Decoders of the customer and consent sections.
//!
//! Answers: profile, features, lifecycle, segments, purposes as written. Does not know: how they are computed.

use super::words::*;
use super::*;
use crate::blueprint::model::*;

pub(super) fn customer(at: &At<'_>, sink: &mut Sink) -> CustomerModel {
    let mut f = Fields::open(at, sink);
    CustomerModel {
        profile: f.map("profile", field_key, attribute_type, sink),
        features: f.map("features", id_key, feature, sink),
        lifecycle: f.list("lifecycle", lifecycle_row, sink),
        segments: f.list("segments", segment, sink),
        extra: f.extra(sink),
    }
}

/// A feature is written with its aggregate as the key: `{sum: paid.amount, within: 30d}`.
fn feature(at: &At<'_>, sink: &mut Sink) -> FeatureModel {
    let mut f = Fields::open(at, sink);
    let forms = Aggregate::ALL.map(|(key, _)| key);
    let form = one_of(&mut f, &forms, sink);
    let aggregate = Aggregate::ALL.iter().find(|(key, _)| Some(*key) == form);
    let of = form.map(|key| f.required(key, path, sink)).unwrap_or_default();
    FeatureModel {
        aggregate: aggregate.map(|(_, a)| *a).unwrap_or_default(),
        of,
        where_: f.optional("where", expr, sink),
        within: f.optional("within", positive_duration, sink),
        title: f.optional("title", words, sink),
        extra: f.extra(sink),
    }
}

fn lifecycle_row(at: &At<'_>, sink: &mut Sink) -> LifecycleRow {
    let mut f = Fields::open(at, sink);
    LifecycleRow {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        event: f.optional("event", event, sink),
        if_: f.optional("if", expr, sink),
        idle: f.optional("idle", idle, sink),
        extra: f.extra(sink),
    }
}

fn idle(at: &At<'_>, sink: &mut Sink) -> Idle {
    let mut f = Fields::open(at, sink);
    Idle {
        event: f.required("event", event, sink),
        for_: f.required("for", positive_duration, sink),
        extra: f.extra(sink),
    }
}

fn segment(at: &At<'_>, sink: &mut Sink) -> Segment {
    let mut f = Fields::open(at, sink);
    Segment {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        if_: Some(f.required("if", expr, sink)),
        extra: f.extra(sink),
    }
}

pub(super) fn consent(at: &At<'_>, sink: &mut Sink) -> Consent {
    let mut f = Fields::open(at, sink);
    Consent {
        event: f.optional("event", event, sink),
        purposes: f.list("purposes", purpose, sink),
        extra: f.extra(sink),
    }
}

fn purpose(at: &At<'_>, sink: &mut Sink) -> Purpose {
    let mut f = Fields::open(at, sink);
    Purpose {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        default: f.required("default", consent_default, sink),
        extra: f.extra(sink),
    }
}

choices! {
    consent_default -> ConsentDefault { "deny" = Deny, "allow" = Allow }
}
