//! One customer as people and hosts read it: names instead of positions.
//!
//! Answers: what the engine knows of a customer as plain rows, and which arm of an experiment a customer falls into.
//! Does not know: what to do with it; for front-line staff in words see [`super::brief`].

use serde::Serialize;

use crate::base::ids::nearest;
use crate::base::time::Timestamp;
use crate::base::value::Value;
use crate::blueprint::model::Experiment;
use crate::customer::identity::IdentityKey;
use crate::error::{Error, ErrorCode, Result};
use crate::expr::json::{named, plain};
use crate::outreach::ramp_of_number;
use crate::plan::Plan;
use crate::ticket::TicketRow;

use super::Engine;
use super::rules::key_text;
use super::state::{Counters, CustomerState};

/// Everything that is known of one customer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomerView {
    /// The customer's key; `None` of a state that knows nobody yet.
    pub customer: Option<IdentityKey>,
    /// As of when: the customer's frontier.
    pub at: Option<Timestamp>,
    /// When the customer was first heard of.
    pub created: Option<Timestamp>,
    /// Every identity with since when it belongs to the customer; the key first, then in order of their coming.
    pub identities: Vec<KnownIdentity>,
    /// Profile fields that are set, in the blueprint's order.
    #[serde(serialize_with = "named")]
    pub profile: Vec<(std::sync::Arc<str>, Value)>,
    /// Tags that are set, by name.
    pub tags: Vec<String>,
    /// What was said of consent, by (channel, purpose) in the blueprint's order; unsaid ones have their default.
    pub consents: Vec<SaidConsent>,
    /// The lifecycle state's id.
    pub lifecycle: Option<String>,
    /// Ids of the segments the customer is in, in the blueprint's order.
    pub segments: Vec<String>,
    /// Features in the blueprint's order; null where there is nothing to tell.
    #[serde(serialize_with = "named")]
    pub features: Vec<(std::sync::Arc<str>, Value)>,
    /// Open trips, by (journey, number).
    pub trips: Vec<OpenTrip>,
    /// What is waited for, by (due, rule, key).
    pub timers: Vec<Timer>,
    /// Experiments that the customer was exposed to, by (experiment, since).
    pub arms: Vec<Exposed>,
    /// Tickets, by (opened, id).
    pub tickets: Vec<TicketRow>,
    /// When something next comes about by time alone.
    pub next_due: Option<Timestamp>,
    /// What was counted.
    pub counters: Counters,
}

/// An identity of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownIdentity {
    /// Declared kind, as in `member`.
    pub kind: String,
    /// The value, any text.
    pub value: String,
    /// Since when it belongs to the customer.
    pub since: Timestamp,
}

/// What the customer said of messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SaidConsent {
    /// The channel's id.
    pub channel: String,
    /// The purpose's id.
    pub purpose: String,
    /// Whether it was granted.
    pub granted: bool,
}

/// A trip that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenTrip {
    /// The journey's id.
    pub journey: String,
    /// What keeps concurrent trips apart; null otherwise.
    #[serde(serialize_with = "plain")]
    pub key: Value,
    /// The persona's id; `None` is unassigned.
    pub persona: Option<String>,
    /// The stage's id; `None` before anything landed.
    pub stage: Option<String>,
    /// The touchpoint's id; `None` before anything landed.
    pub touchpoint: Option<String>,
    /// When it opened.
    pub opened: Timestamp,
    /// When it came into the stage.
    pub since: Timestamp,
    /// When an event last landed, or it opened.
    pub landed: Timestamp,
    /// Landed events.
    pub steps: u32,
    /// When the goal was reached.
    pub reached: Option<Timestamp>,
}

/// Something that a rule waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Timer {
    /// When it comes about, unless something ends it.
    pub due: Timestamp,
    /// The rule.
    pub rule: String,
    /// The rule's key as text, where it has one.
    pub key: Option<String>,
}

/// An arm that the customer was exposed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposed {
    /// The experiment's id.
    pub experiment: String,
    /// The arm's id.
    pub arm: String,
    /// Since when.
    pub since: Timestamp,
}

impl Plan {
    /// A customer's state in the blueprint's names.
    ///
    /// ```
    /// use cjm_core::{Blueprint, CustomerState, Event, Input};
    /// let text = r#"
    /// cjm: 1
    /// id: shop
    /// zone: UTC
    /// identities: [{ id: member }]
    /// events: { cart: {}, paid: {} }
    /// customer: { features: { carts: { count: cart } } }
    /// rules:
    ///   - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }
    /// "#;
    /// let plan = Blueprint::from_yaml(text)?.compile()?;
    /// let mut state = CustomerState::new(&plan);
    /// let cart = Event::new("cart", "2026-03-01T12:00:00Z".parse()?).identity("member", "m1");
    /// plan.step(&mut state, Input::Event(&cart))?;
    /// let view = plan.view(&state);
    /// assert_eq!(view.features[0].0.as_ref(), "carts");
    /// assert_eq!(view.timers[0].due.to_string(), "2026-03-01T12:30:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn view(&self, state: &CustomerState) -> CustomerView {
        let identities = &state.facts.identities;
        let known = identities.iter().map(|identity| KnownIdentity {
            kind: identity.key.kind.to_string(),
            value: identity.key.value.to_string(),
            since: identity.since,
        });
        let tags = state.facts.profile.tags.iter().filter(|tag| tag.set);
        CustomerView {
            customer: state.key().cloned(),
            at: state.frontier(),
            created: state.key().map(|_| identities.created()),
            identities: known.collect(),
            profile: self.profile_of(state),
            tags: tags.map(|tag| tag.name.to_string()).collect(),
            consents: self.consents_of(state),
            lifecycle: state.lifecycle(self).map(str::to_owned),
            segments: self.segments_of(state),
            features: self.features_of(state),
            trips: state.trips.open.iter().filter_map(|trip| self.trip_of(trip)).collect(),
            timers: self.timers_of(state),
            arms: self.arms_of(state),
            tickets: state.tickets(),
            next_due: state.next_due(),
            counters: *state.counters(),
        }
    }

    /// The arm that a customer falls into who was not exposed to the experiment yet: by the id of the experiment, or
    /// of a rule that serves it. Of several identities the first kind of the blueprint is the customer's key. `None` of
    /// a rule without an experiment, and of an experiment in which no arm has a share.
    ///
    /// # Errors
    /// `not_found` for an unknown rule or experiment, `argument` without an identity that the blueprint declares.
    pub fn arm(&self, id: &str, customer: &[IdentityKey]) -> Result<Option<&str>> {
        let key = self.strongest(customer)?;
        let rule = self.document.rules.iter().position(|rule| rule.id == id);
        let place = match rule.and_then(|place| self.rules.list.get(place)) {
            Some(rule) => match rule.experiment {
                Some((experiment, _)) => experiment as usize,
                None => return Ok(None),
            },
            None => {
                let found = self.document.experiments.iter().position(|experiment| experiment.id == id);
                found.ok_or_else(|| self.no_experiment(id))?
            }
        };
        let arm = self.rules.experiments.get(place).and_then(|spec| spec.arm(&key.kind, &key.value));
        let model = self.document.experiments.get(place);
        Ok(arm.zip(model).and_then(|(arm, model)| arm_id(model, arm)))
    }

    /// The identity of the kind that the blueprint declares first.
    fn strongest<'k>(&self, customer: &'k [IdentityKey]) -> Result<&'k IdentityKey> {
        let kinds = self.names.kinds();
        let ranked = customer.iter().filter_map(|key| Some((kinds.get_index_of(&key.kind)?, key)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, key)| key).ok_or_else(|| {
            let all: Vec<&str> = kinds.iter().map(|kind| &**kind).collect();
            let words = format!("the customer has no identity of a declared kind ({})", all.join(", "));
            Error::new(ErrorCode::Argument, words)
        })
    }

    fn no_experiment(&self, id: &str) -> Error {
        let rules = self.document.rules.iter().map(|rule| rule.id.as_str());
        let near = nearest(id, rules.chain(self.document.experiments.iter().map(|e| e.id.as_str())));
        let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Error::new(ErrorCode::NotFound, format!("there is no rule or experiment `{id}`{help}"))
    }

    fn profile_of(&self, state: &CustomerState) -> Vec<(std::sync::Arc<str>, Value)> {
        let fields = self.names.fields().keys().enumerate();
        let set = fields.map(|(place, name)| (name.clone(), state.facts.profile.value(place).clone()));
        set.filter(|(_, value)| !value.is_null()).collect()
    }

    fn features_of(&self, state: &CustomerState) -> Vec<(std::sync::Arc<str>, Value)> {
        let now = state.frontier().unwrap_or_default();
        let features = self.features.iter().zip(&state.facts.features);
        features
            .map(|(feature, own)| (feature.id.clone(), own.value(&feature.spec, now).to_value()))
            .collect()
    }

    fn consents_of(&self, state: &CustomerState) -> Vec<SaidConsent> {
        let (channels, purposes) = (self.names.channels(), self.names.purposes());
        let mut all = Vec::new();
        for (c, channel) in (0_u32..).zip(channels) {
            for (p, purpose) in (0_u32..).zip(purposes) {
                if let Some(granted) = state.facts.consents.said(c, p) {
                    let (channel, purpose) = (channel.to_string(), purpose.to_string());
                    all.push(SaidConsent { channel, purpose, granted });
                }
            }
        }
        all
    }

    fn segments_of(&self, state: &CustomerState) -> Vec<String> {
        let inside = |place: &usize| state.facts.segments.checked_shr(*place as u32).unwrap_or(0) & 1 == 1;
        let all = self.names.segments().iter().enumerate();
        all.filter(|(place, _)| inside(place)).map(|(_, id)| id.to_string()).collect()
    }

    fn trip_of(&self, trip: &crate::journey::Trip) -> Option<OpenTrip> {
        let journey = self.document.journeys.get(trip.journey as usize)?;
        let map = self.maps.get(trip.journey as usize)?;
        let persona = trip.persona.and_then(|place| journey.personas.get(place as usize));
        let stage = trip.stop.and_then(|stop| journey.stages.get(stop.stage as usize));
        let touchpoint = trip.stop.and_then(|stop| map.ids().nth(stop.touchpoint as usize));
        Some(OpenTrip {
            journey: journey.id.clone(),
            key: trip.key.clone(),
            persona: persona.map(|persona| persona.id.clone()),
            stage: stage.map(|stage| stage.id.clone()),
            touchpoint: touchpoint.map(str::to_owned),
            opened: trip.opened,
            since: trip.stage_since,
            landed: trip.landed,
            steps: trip.steps,
            reached: trip.reached,
        })
    }

    fn timers_of(&self, state: &CustomerState) -> Vec<Timer> {
        let ahead = state.rules.ahead.iter().map(|ahead| (ahead.found.rule, &ahead.found.key, ahead.due));
        let timer = |(rule, key, due): (u32, &Value, Timestamp)| {
            let rule = self.rules.list.get(rule as usize)?.id.to_string();
            Some(Timer { due, rule, key: key_text(key).map(|key| key.to_string()) })
        };
        let mut all: Vec<Timer> = state.rules.matcher.waits().chain(ahead).filter_map(timer).collect();
        all.sort();
        all
    }

    fn arms_of(&self, state: &CustomerState) -> Vec<Exposed> {
        let own = state.rules.arms.iter().filter(|one| ramp_of_number(one.experiment).is_none());
        let mut all: Vec<(u32, Exposed)> = own
            .filter_map(|one| {
                let model = self.document.experiments.get(one.experiment as usize)?;
                let arm = arm_id(model, one.arm)?.to_owned();
                let exposed = Exposed { experiment: model.id.clone(), arm, since: one.since };
                Some((one.experiment, exposed))
            })
            .collect();
        all.sort_by(|a, b| (a.0, a.1.since, &a.1.arm).cmp(&(b.0, b.1.since, &b.1.arm)));
        all.into_iter().map(|(_, exposed)| exposed).collect()
    }
}

fn arm_id(model: &Experiment, arm: u32) -> Option<&str> {
    model.arms.get(arm as usize).map(|arm| arm.id.as_str())
}

impl Engine {
    /// Everything known of the customer who has an identity, as of the last time the engine was told, with tickets as
    /// the desk has them; `None` of an unknown one.
    pub fn view(&self, customer: &IdentityKey) -> Option<CustomerView> {
        let state = self.customer(customer)?;
        let tickets = state.tickets_at(self.stage().desk());
        Some(CustomerView { tickets, ..self.plan().view(&state) })
    }
}
