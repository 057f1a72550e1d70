//! What a simulation takes from a blueprint, brought into the shape that walking needs.
//!
//! Answers: attribute shapes, surveys, scenarios, consent, sources, the demand of each hour (routes: see `route`).
//! Does not know: customers and chance.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Options;
use super::calendar::{DIGITAL_HOURS, PHYSICAL_HOURS};
use super::condition::{Condition, Known};
use super::route::Route;
use super::voice::Voice;
use crate::base::text::Language;
use crate::base::time::Duration;
use crate::base::zone::Zone;
use crate::blueprint::model::{
    AttributeType, Document, EventModel, Question, Scenario, Survey, TouchpointKind,
};

/// The blueprint as a simulation sees it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) routes: Vec<Route>,
    pub(super) zone: Zone,
    pub(super) hours: [f64; 24],
    pub(super) identities: Vec<Arc<str>>,
    pub(super) dimensions: Vec<Arc<str>>,
    pub(super) events: IndexMap<Arc<str>, Vec<(Arc<str>, AttributeType)>>,
    pub(super) surveys: Vec<Asked>,
    /// Scenarios that the time alone decides, by id.
    pub(super) scenarios: Vec<(String, Condition)>,
    pub(super) consent: Option<ConsentWords>,
    /// Fields of the profile.
    pub(super) profile: Vec<(Arc<str>, AttributeType)>,
    pub(super) voice: Voice,
    /// An event name that the blueprint does not declare.
    pub(super) unmapped: Arc<str>,
    /// Share of visits in which it happens.
    pub(super) noise: f64,
    sources: Vec<Arc<str>>,
}

/// How consent is said.
#[derive(Debug)]
pub(super) struct ConsentWords {
    pub(super) event: Arc<str>,
    pub(super) purposes: Vec<Arc<str>>,
    pub(super) channels: Vec<Arc<str>>,
}

/// A survey with what a simulation needs.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: Arc<str>,
    pub(super) questions: Vec<(Arc<str>, Question)>,
    /// When a question is asked, by question; `None` where that is not said or can not be answered here.
    pub(super) conditions: Vec<Option<Condition>>,
    /// Expected emotion of the touchpoint that a question is `of`, by question.
    pub(super) of: Vec<Option<f64>>,
    pub(super) sample: f64,
    pub(super) delay_us: i64,
    pub(super) cool_down_us: i64,
}

impl World {
    /// The world of a blueprint.
    pub(super) fn of(document: &Document, options: &Options) -> Self {
        let language = options.language.or_else(|| Language::of_tag(document.language.as_deref()?));
        let physical = document.channels.iter().any(|c| c.kind == Some(TouchpointKind::Physical));
        let hours = options.hours.unwrap_or(if physical { PHYSICAL_HOURS } else { DIGITAL_HOURS });
        let mut world = Self {
            routes: Vec::new(),
            zone: document.zone.clone().unwrap_or_else(Zone::utc),
            hours,
            identities: names(document.identities.iter().map(|kind| kind.id.as_str())),
            dimensions: names(document.dimensions.iter().map(String::as_str)),
            events: document
                .events
                .iter()
                .map(|(name, model)| (name.as_str().into(), shape(model)))
                .collect(),
            surveys: document.surveys.iter().map(|survey| asked(document, survey)).collect(),
            scenarios: scenarios(document),
            consent: consent(document),
            profile: document
                .customer
                .iter()
                .flat_map(|c| &c.profile)
                .map(|(n, k)| (n.as_str().into(), k.clone()))
                .collect(),
            voice: Voice::of(&document.topics, language.unwrap_or_default()),
            unmapped: unmapped(document),
            noise: options.noise,
            sources: names(document.sources.iter().map(|source| source.id.as_str())),
        };
        if world.identities.is_empty() {
            world.identities.push("customer".into());
        }
        world.routes =
            document.journeys.iter().filter_map(|journey| Route::of(&world, document, journey)).collect();
        world
    }

    /// The source that speaks for a channel: one of its name, else the first for the physical and the last for the
    /// digital.
    pub(super) fn source(&self, channel: Option<&str>, physical: bool) -> Arc<str> {
        let named = self.sources.iter().find(|source| Some(&***source) == channel);
        let other = if physical || channel.is_none() { self.sources.first() } else { self.sources.last() };
        named.or(other).cloned().unwrap_or_else(|| "simulated".into())
    }

    /// The source of what happens outside any touchpoint.
    pub(super) fn own_source(&self) -> Arc<str> {
        self.source(None, false)
    }
}

pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Arc<str>> {
    names.map(Arc::from).collect()
}

fn shape(model: &EventModel) -> Vec<(Arc<str>, AttributeType)> {
    model.attributes.iter().map(|(name, kind)| (name.as_str().into(), kind.clone())).collect()
}

fn asked(document: &Document, survey: &Survey) -> Asked {
    let ask = survey.ask.as_ref();
    let us = |duration: Option<Duration>| duration.map_or(0, Duration::as_micros);
    let touchpoints = || document.journeys.iter().flat_map(|j| &j.stages).flat_map(|s| &s.touchpoints);
    let expected_of = |question: &Question| {
        let of = question.of.as_deref()?;
        let id = of.rsplit('/').next()?;
        Some(touchpoints().find(|t| t.id == id).and_then(|t| t.expected).unwrap_or(0.2))
    };
    let condition = |question: &Question| {
        Condition::of(question.if_.as_ref()?, Known::answers(survey.questions.iter().map(|q| q.id.as_str())))
    };
    Asked {
        conditions: survey.questions.iter().map(condition).collect(),
        id: survey.id.as_str().into(),
        questions: survey.questions.iter().map(|q| (q.id.as_str().into(), q.clone())).collect(),
        of: survey.questions.iter().map(expected_of).collect(),
        sample: ask.and_then(|ask| ask.sample).unwrap_or(0.5),
        delay_us: us(ask.and_then(|ask| ask.delay)),
        cool_down_us: us(ask.and_then(|ask| ask.cool_down)),
    }
}

/// The scenarios that can be decided by the time of an event alone.
fn scenarios(document: &Document) -> Vec<(String, Condition)> {
    let by_time =
        |scenario: &Scenario| Condition::of(scenario.if_.as_ref()?, Known::event(std::iter::empty()));
    let found =
        document.scenarios.iter().filter_map(|scenario| Some((scenario.id.clone(), by_time(scenario)?)));
    found.collect()
}

fn consent(document: &Document) -> Option<ConsentWords> {
    let consent = document.consent.as_ref()?;
    let listed = document.outreach.as_ref().map(|outreach| outreach.order.as_slice()).unwrap_or_default();
    let digital = document.channels.iter().filter(|c| c.kind != Some(TouchpointKind::Physical));
    let channels = if listed.is_empty() {
        names(digital.map(|channel| channel.id.as_str()))
    } else {
        names(listed.iter().map(String::as_str))
    };
    Some(ConsentWords {
        event: consent.event.as_deref()?.into(),
        purposes: names(consent.purposes.iter().map(|purpose| purpose.id.as_str())),
        channels,
    })
}

fn unmapped(document: &Document) -> Arc<str> {
    let known = |name: &String| document.events.contains_key(name);
    let names = std::iter::once("app_open".to_owned()).chain((2_u32..).map(|n| format!("app_open_{n}")));
    names.into_iter().find(|name| !known(name)).unwrap_or_default().into()
}
