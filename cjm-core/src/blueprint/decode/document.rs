//! Decoder of the top of a document.
//!
//! Answers: which sections a document has. Does not know: what stands in them.

use super::words::*;
use super::*;
use crate::blueprint::model::*;
use crate::blueprint::paths;

/// The version of the format that this library reads and writes.
const FORMAT: i64 = 1;
/// Most journeys of a document.
const MAX_JOURNEYS: usize = 1_024;
/// Most touchpoints of a document.
const MAX_TOUCHPOINTS: usize = 10_000;
/// Most rules of a document.
const MAX_RULES: usize = 10_000;

pub(super) fn document(at: &At<'_>, sink: &mut Sink) -> Document {
    let mut f = Fields::open(at, sink);
    let document = Document {
        cjm: f.required("cjm", format, sink),
        id: f.required("id", id, sink),
        version: f.optional("version", text, sink),
        title: f.optional("title", words, sink),
        zone: f.optional("zone", zone, sink).flatten(),
        language: f.optional("language", language, sink),
        currency: f.optional("currency", currency, sink),
        dimensions: f.list("dimensions", field, sink),
        channels: f.list("channels", outreach::channel, sink),
        sources: f.list("sources", source, sink),
        identities: f.list("identities", identity_kind, sink),
        events: f.map("events", event_key, event_model, sink),
        customer: f.optional("customer", customer::customer, sink),
        consent: f.optional("consent", customer::consent, sink),
        scenarios: f.list("scenarios", journey::scenario, sink),
        journeys: f.list("journeys", journey::journey, sink),
        targets: f.list("targets", journey::target, sink),
        improvements: f.list("improvements", journey::improvement, sink),
        topics: f.list("topics", journey::topic, sink),
        surveys: f.list("surveys", outreach::survey, sink),
        tickets: f.optional("tickets", outreach::tickets, sink),
        messages: f.list("messages", outreach::message, sink),
        offers: f.list("offers", outreach::offer, sink),
        outreach: f.optional("outreach", outreach::outreach, sink),
        rules: f.list("rules", rule::rule, sink),
        experiments: f.list("experiments", rule::experiment, sink),
        extra: f.extra(sink),
    };
    limits(at, &document, sink);
    document
}

fn limits(at: &At<'_>, document: &Document, sink: &mut Sink) {
    let stages = document.journeys.iter().flat_map(|j| &j.stages);
    let n_touchpoints = stages.map(|s| s.touchpoints.len()).sum();
    let counts = [
        ("journeys", document.journeys.len(), MAX_JOURNEYS),
        ("journeys", n_touchpoints, MAX_TOUCHPOINTS),
        ("rules", document.rules.len(), MAX_RULES),
    ];
    for (key, n, limit) in counts.into_iter().filter(|(_, n, limit)| n > limit) {
        let section = paths::resolve(at.node, key).0;
        let finding = Finding::new(&entry::TOO_MANY, DocPath::root().key(key), section.position);
        sink.push(finding.with("n", n.to_string()).with("limit", limit.to_string()));
    }
}

/// The version of the format; a newer one is refused, never guessed.
fn format(at: &At<'_>, sink: &mut Sink) -> u32 {
    let version = int(at, sink);
    let is_int = written_int(at).is_some();
    if is_int && version > FORMAT {
        sink.push(at.finding(&entry::NEWER_FORMAT).with("found", version.to_string()));
    } else if is_int && version < FORMAT {
        sink.push(at.finding(&entry::UNKNOWN_FORMAT).with("found", version.to_string()));
    }
    1
}

fn source(at: &At<'_>, sink: &mut Sink) -> Source {
    let mut f = Fields::open(at, sink);
    Source {
        id: f.required("id", free_name, sink),
        lateness: f.optional("lateness", duration, sink),
        extra: f.extra(sink),
    }
}

fn identity_kind(at: &At<'_>, sink: &mut Sink) -> IdentityKind {
    let mut f = Fields::open(at, sink);
    IdentityKind {
        id: f.required("id", id, sink),
        title: f.optional("title", words, sink),
        max_links: f.optional("max_links", count, sink),
        deny: f.list("deny", free_name, sink),
        extra: f.extra(sink),
    }
}

fn event_model(at: &At<'_>, sink: &mut Sink) -> EventModel {
    EventModel { attributes: attributes(at, sink) }
}
