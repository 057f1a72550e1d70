//! Checks of dimensions, channels, events, the customer and consent.
//!
//! Answers: names that lead nowhere there, features that can not be computed, lifecycle rows that make no sense.
//! Does not know: conditions.

use std::collections::BTreeSet;

use super::*;
use crate::blueprint::model::{Aggregate, AttributeKind, CustomerModel};

pub(super) fn check(check: &mut Check<'_>) {
    dimensions(check);
    events(check);
    channels(check);
    let d = check.document;
    if let Some(customer) = &d.customer {
        let path = DocPath::root().key("customer");
        fields(check, customer, &path);
        features(check, customer, &path.key("features"));
        lifecycle(check, customer, &path.key("lifecycle"));
    }
    consent(check);
}

/// A dimension is an attribute of some event or a profile field.
fn dimensions(check: &mut Check<'_>) {
    let d = check.document;
    let path = DocPath::root().key("dimensions");
    let attributes = d.events.values().flat_map(|e| e.attributes.keys()).map(String::as_str);
    let known = attributes.chain(check.declared.all(Kind::Profile).iter().copied()).chain(ENVELOPE);
    let known: BTreeSet<&str> = known.collect();
    for (index, name) in d.dimensions.iter().enumerate().filter(|(_, name)| !known.contains(name.as_str())) {
        check.unknown(&entry::UNKNOWN_FIELD, &path.index(index), name, known.iter().copied());
    }
    check.twice(&path, &d.dimensions);
}

fn events(check: &mut Check<'_>) {
    for name in check.document.events.keys().filter(|name| RESERVED_EVENTS.contains(&name.as_str())) {
        let path = DocPath::root().key("events").key(name);
        check.push(check.at_key(&entry::RESERVED_EVENT, &path).with("name", name));
    }
}

/// What a channel needs is an identity kind or a profile field.
fn channels(check: &mut Check<'_>) {
    let d = check.document;
    let identities = d.identities.iter().map(|i| i.id.as_str());
    let known: BTreeSet<&str> = identities.chain(check.declared.all(Kind::Profile).iter().copied()).collect();
    for channel in &d.channels {
        let Some(needs) = channel.needs.as_deref().filter(|needs| !known.contains(needs)) else { continue };
        let path = DocPath::root().key("channels").id(&channel.id).key("needs");
        check.unknown(&entry::UNKNOWN_NEED, &path, needs, known.iter().copied());
    }
}

/// Profile and features share the namespace of `customer`.
fn fields(check: &mut Check<'_>, customer: &CustomerModel, path: &DocPath) {
    for name in customer.profile.keys().filter(|name| CUSTOMER_NAMES.contains(&name.as_str())) {
        check.push(check.at_key(&entry::NAME_TAKEN, &path.key("profile").key(name)).with("name", name));
    }
    for name in customer.features.keys() {
        if CUSTOMER_NAMES.contains(&name.as_str()) || customer.profile.contains_key(name) {
            check.push(check.at_key(&entry::NAME_TAKEN, &path.key("features").key(name)).with("name", name));
        }
    }
}

fn features(check: &mut Check<'_>, customer: &CustomerModel, path: &DocPath) {
    for (name, feature) in &customer.features {
        let key = feature.aggregate.key();
        let here = path.key(name).key(key);
        let (event, attribute) = check.event_path(&here, &feature.of);
        let Some(attribute) = attribute else {
            if !matches!(feature.aggregate, Aggregate::Count | Aggregate::Since) {
                let finding = check.at(&entry::ATTRIBUTE_NEEDED, &here).with("aggregate", key);
                check.push(finding.with("name", event));
            }
            continue;
        };
        if matches!(feature.aggregate, Aggregate::Count | Aggregate::Since) {
            let finding = check.at(&entry::NO_ATTRIBUTE, &here).with("aggregate", key);
            check.push(finding.with("name", event));
        }
        let fits = match (feature.aggregate, check.declared.attribute(event, attribute)) {
            (Aggregate::Sum | Aggregate::Mean, Some(kind)) => is_numeric(kind),
            (Aggregate::Min | Aggregate::Max, Some(kind)) => {
                is_numeric(kind) || matches!(kind, AttributeKind::Time | AttributeKind::Date)
            }
            (Aggregate::Distinct, Some(AttributeKind::List(_))) => false,
            _ => true,
        };
        if !fits {
            let finding = check.at(&entry::WRONG_ATTRIBUTE, &here).with("aggregate", key);
            check.push(finding.with("name", attribute));
        }
    }
}

/// Whether values of a kind can be added up.
pub(super) fn is_numeric(kind: &AttributeKind) -> bool {
    use AttributeKind as K;
    matches!(kind, K::Int | K::IntRange(..) | K::Number | K::Money)
}

fn lifecycle(check: &mut Check<'_>, customer: &CustomerModel, path: &DocPath) {
    for (index, row) in customer.lifecycle.iter().enumerate() {
        let here = path.id(&row.id);
        if let Some(event) = &row.event {
            check.name(Kind::Event, &here.key("event"), event);
        }
        if let Some(idle) = &row.idle {
            check.name(Kind::Event, &here.key("idle").key("event"), &idle.event);
        }
        let conditional = row.event.is_some() || row.if_.is_some() || row.idle.is_some();
        if index == 0 && conditional {
            check.push(check.at(&entry::FIRST_ROW_CONDITION, &here).with("name", &row.id));
        }
        if index > 0 && !conditional {
            check.push(check.at(&entry::ROW_ALWAYS_HOLDS, &here).with("name", &row.id));
        }
    }
}

/// The consent event carries channel, purpose and granted.
fn consent(check: &mut Check<'_>) {
    let d = check.document;
    let Some(event) = d.consent.as_ref().and_then(|c| c.event.as_ref()) else { return };
    let path = DocPath::root().key("consent").key("event");
    check.name(Kind::Event, &path, event);
    let Some(model) = d.events.get(event) else { return };
    for attribute in ["channel", "purpose", "granted"] {
        if !model.attributes.contains_key(attribute) {
            let finding = check.at(&entry::CONSENT_ATTRIBUTE, &path).with("name", event);
            check.push(finding.with("attribute", attribute));
        }
    }
    let granted = model.attributes.get("granted");
    if granted.is_some_and(|t| t.kind != AttributeKind::Bool) {
        let finding = check.at(&entry::CONSENT_GRANTED, &path).with("name", event);
        check.push(finding);
    }
}
