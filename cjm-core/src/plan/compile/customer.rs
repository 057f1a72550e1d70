//! Compiles the customer section: features, lifecycle, segments, consent; finds what changes with what.
//!
//! Answers: which events feed which features, which features move lifecycle and segments, also by time.
//! Does not know: values.

use crate::base::catalogue::plan as words;
use crate::base::finding::Finding;
use crate::blueprint::DocPath;
use crate::blueprint::model::{Aggregate, Document};
use crate::customer::feature::FeatureSpec;
use crate::customer::lifecycle::LifecycleSpec;
use crate::event::EventId;
use crate::expr::{Program, Type};

use super::super::slots::Slot;
use super::super::types::{Reach, type_of};
use super::super::{ConsentSpec, Feature, Names, Role};
use super::Builder;

impl Builder<'_> {
    /// Features in document order; each may read the features before it.
    pub(super) fn features(&mut self) -> Vec<Feature> {
        let Some(customer) = &self.document.customer else { return Vec::new() };
        let mut features = Vec::with_capacity(customer.features.len());
        for (place, (id, model)) in customer.features.iter().enumerate() {
            let (event, attribute) = self.document.event_of(&model.of);
            let events = self.events([event]);
            let attribute = attribute.and_then(|a| self.names.attribute(a));
            let reach = Reach {
                events: events.as_slice().into(),
                features: place,
                profile: true,
                ..Reach::default()
            };
            let path = DocPath::root().key("customer").key("features").key(id);
            let condition = self.condition(&path.key("where"), model.where_.as_ref(), &reach);
            let declared = events.first().and_then(|event| {
                let attributes = self.names.attributes_of(*event);
                attributes.iter().find(|(a, _)| Some(*a) == attribute).map(|(_, ty)| type_of(ty))
            });
            self.feature_types.push(feature_type(model.aggregate, declared));
            let spec = FeatureSpec { aggregate: model.aggregate, within: model.within };
            let event = events.first().copied();
            features.push(Feature { id: id.as_str().into(), spec, event, attribute, condition });
        }
        features
    }

    /// Events that lifecycle rows name, each once, in document order.
    pub(super) fn tracked(&self) -> Vec<EventId> {
        let rows = self.document.customer.iter().flat_map(|c| &c.lifecycle);
        let mut tracked = Vec::new();
        for row in rows {
            let names = row.event.as_deref().into_iter().chain(row.idle.as_ref().map(|i| i.event.as_str()));
            for event in self.events(names) {
                if !tracked.contains(&event) {
                    tracked.push(event);
                }
            }
        }
        tracked
    }

    /// Lifecycle rows; their conditions read features, profile and tags.
    pub(super) fn lifecycle(&mut self, tracked: &[EventId]) -> Vec<LifecycleSpec> {
        let rows = self.document.customer.as_ref().map_or(&[][..], |c| &c.lifecycle);
        let reach = Reach { features: self.names.features().len(), profile: true, ..Reach::default() };
        let number = |builder: &Self, event: &str| {
            let event = builder.names.event(event)?;
            tracked.iter().position(|t| *t == event).and_then(|n| u32::try_from(n).ok())
        };
        rows.iter()
            .map(|row| {
                let path = DocPath::root().key("customer").key("lifecycle").id(&row.id).key("if");
                let condition = self.condition(&path, row.if_.as_ref(), &reach);
                self.refuse_clock(&path, condition.as_ref());
                LifecycleSpec {
                    event: row.event.as_deref().and_then(|e| number(self, e)),
                    condition,
                    idle: row.idle.as_ref().and_then(|i| Some((number(self, &i.event)?, i.for_))),
                }
            })
            .collect()
    }

    /// Segments; their conditions read features, profile, tags and the lifecycle state.
    pub(super) fn segments(&mut self) -> Vec<Option<Program>> {
        let segments = self.document.customer.as_ref().map_or(&[][..], |c| &c.segments);
        let features = self.names.features().len();
        let reach = Reach { features, profile: true, lifecycle: true, ..Reach::default() };
        segments
            .iter()
            .map(|segment| {
                let path = DocPath::root().key("customer").key("segments").id(&segment.id).key("if");
                let condition = self.condition(&path, segment.if_.as_ref(), &reach);
                self.refuse_clock(&path, condition.as_ref());
                condition
            })
            .collect()
    }

    /// Scenarios; they read any landed event, the customer and the trip.
    pub(super) fn scenarios(&mut self) -> Vec<Option<Program>> {
        let touchpoints = self.document.journeys.iter().flat_map(|j| &j.stages).flat_map(|s| &s.touchpoints);
        let mut landed = self.events(touchpoints.flat_map(|t| t.event.iter()));
        landed.sort_unstable();
        landed.dedup();
        let reach = Reach { events: landed.into(), trip: true, ..self.customer_reach() };
        self.document
            .scenarios
            .iter()
            .map(|scenario| {
                let path = DocPath::root().key("scenarios").id(&scenario.id).key("if");
                self.condition(&path, scenario.if_.as_ref(), &reach)
            })
            .collect()
    }

    /// A `since` feature changes all the time: lifecycle and segments can not follow it.
    fn refuse_clock(&mut self, path: &DocPath, condition: Option<&Program>) {
        let Some(condition) = condition else { return };
        let models: Vec<_> = self.document.customer.iter().flat_map(|c| &c.features).collect();
        for slot in condition.slots() {
            let slot = self.slots.borrow().get_index(*slot as usize).copied();
            let Some(Slot::Feature(place)) = slot else { continue };
            let Some((id, model)) = models.get(place as usize) else { continue };
            if model.aggregate == Aggregate::Since {
                let position = self.blueprint.position(path.as_str());
                self.findings.push(
                    Finding::new(&words::READS_CLOCK, path.as_str(), position).with("name", id.as_str()),
                );
            }
        }
    }
}

/// How conditions see a feature.
fn feature_type(aggregate: Aggregate, attribute: Option<Type>) -> Type {
    match aggregate {
        Aggregate::Count | Aggregate::Distinct => Type::Int,
        Aggregate::Since => Type::Duration,
        Aggregate::Mean => match attribute {
            Some(Type::Money) => Type::Money,
            _ => Type::Number,
        },
        _ => attribute.unwrap_or(Type::Any),
    }
}

/// What changes with what.
pub(super) struct Dependence {
    /// By event: features fed, tracked place and whether lifecycle and segments may move.
    pub(super) roles: Vec<Role>,
    pub(super) clocked: Vec<u32>,
    pub(super) profile_moves: bool,
}

impl Dependence {
    pub(super) fn of(
        slots: &[Slot],
        features: &[Feature],
        lifecycle: &[LifecycleSpec],
        segments: &[Option<Program>],
        tracked: &[EventId],
        n_events: usize,
    ) -> Self {
        let conditions =
            lifecycle.iter().filter_map(|r| r.condition.as_ref()).chain(segments.iter().flatten());
        let mut read: Vec<Slot> =
            conditions.flat_map(Program::slots).filter_map(|n| slots.get(*n as usize).copied()).collect();
        // a feature's own condition may read earlier features: those move it
        for (place, feature) in features.iter().enumerate().rev() {
            if read.contains(&Slot::Feature(place as u32)) {
                let own = feature.condition.iter().flat_map(|c| c.slots());
                read.extend(own.filter_map(|n| slots.get(*n as usize).copied()));
            }
        }
        let mut roles = vec![Role::default(); n_events];
        for (place, feature) in (0_u32..).zip(features) {
            if let Some(role) = feature.event.and_then(|event| roles.get_mut(event.index())) {
                role.feeds.push(place);
                role.moves |= read.contains(&Slot::Feature(place));
            }
        }
        for (place, event) in (0_u32..).zip(tracked) {
            if let Some(role) = roles.get_mut(event.index()) {
                role.tracked = Some(place);
                role.moves = true;
            }
        }
        let clocked = (0_u32..)
            .zip(features)
            .filter(|(place, f)| f.spec.slides() && read.contains(&Slot::Feature(*place)))
            .map(|(place, _)| place)
            .collect();
        let of_profile = |s: &Slot| matches!(s, Slot::Profile(_) | Slot::Tags | Slot::Zone | Slot::Language);
        Self { roles, clocked, profile_moves: read.iter().any(of_profile) }
    }
}

/// How consent is said, by number.
pub(super) fn consent(document: &Document, names: &Names) -> Option<ConsentSpec> {
    let consent = document.consent.as_ref()?;
    Some(ConsentSpec {
        event: consent.event.as_deref().and_then(|e| names.event(e)),
        channel: names.attribute("channel")?,
        purpose: names.attribute("purpose")?,
        granted: names.attribute("granted")?,
    })
}
