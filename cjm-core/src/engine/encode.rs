//! A state as bytes: an envelope around tagged parts, each named by stable ids, never by positions.
//!
//! Answers: `encode`, and `decode` of any bytes as a state or a typed error. Parts that a plan does not know are
//! kept as they are. Does not know: what to do with a state of another plan; that is the install policy's.
//!
//! Envelope: `CJMS`, format (u16), lineage of the plan (16 bytes), length of the body (u32), body, first 8 bytes of
//! the SHA-256 of all before; integers little-endian. Body: parts as (tag, bytes), sorted.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::base::hash::sha256_fields;
use crate::base::time::{Duration, Timestamp};
use crate::base::value::Value;
use crate::customer::Facts;
use crate::customer::consent::{Apart, Said};
use crate::customer::feature::FeatureState;
use crate::customer::identity::Identities;
use crate::customer::lifecycle::{Seen, Share};
use crate::customer::profile::{Field, Tag};
use crate::error::{Error, ErrorCode, Result};
use crate::journey::{History, Stop, Trip, Visited};
use crate::plan::{Layout, Plan};
use crate::rule::LandedPart;
use crate::signal::TripId;
use crate::ticket::Tickets;

use super::keep::{ExposurePart, RulePart};
use super::kernel;
use super::recent::Recent;
use super::state::{Counters, CustomerState, UnknownPart};
use super::waiting::Waiting;

/// The format written; older ones are read, newer ones refused.
pub const FORMAT: u16 = 1;
const MAGIC: &[u8; 4] = b"CJMS";
const HEAD: usize = 4 + 2 + 16 + 4;
const HASH: usize = 8;
/// Longest encoded state that is read.
pub const MAX_STATE_BYTES: usize = 16 * 1024 * 1024;

/// Tags of the parts; never reused.
mod tag {
    pub(super) const IDENTITIES: u8 = 1;
    pub(super) const FIELD: u8 = 2;
    pub(super) const TAG: u8 = 3;
    pub(super) const CONSENT: u8 = 4;
    pub(super) const FEATURE: u8 = 5;
    pub(super) const LIFECYCLE: u8 = 6;
    pub(super) const SEEN: u8 = 7;
    pub(super) const SEGMENT: u8 = 8;
    pub(super) const TRIP: u8 = 9;
    pub(super) const HISTORY: u8 = 10;
    pub(super) const CLOCK: u8 = 11;
    pub(super) const COUNTERS: u8 = 12;
    pub(super) const RECENT: u8 = 13;
    pub(super) const RULE: u8 = 14;
    pub(super) const EXPOSURE: u8 = 15;
    pub(super) const TICKETS: u8 = 16;
    pub(super) const WAITING: u8 = 17;
    pub(super) const LANDED: u8 = 18;
    pub(super) const CONSENT_APART: u8 = 19;
    pub(super) const FIELD_APART: u8 = 20;
    pub(super) const TAG_APART: u8 = 21;
    pub(super) const SEEN_BY: u8 = 22;
}

#[derive(Serialize, Deserialize)]
struct LifecyclePart {
    row: Option<u64>,
    since: Timestamp,
    evaluated: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct ConsentPart {
    channel: u64,
    purpose: u64,
    side: u8,
    at: Timestamp,
    granted: bool,
}

impl ConsentPart {
    fn of(layout: &Layout, said: &Said) -> Option<Self> {
        let Said { side, at, granted, .. } = *said;
        let (channel, purpose) = (layout.channels.id(said.channel)?, layout.purposes.id(said.purpose)?);
        Some(Self { channel, purpose, side, at, granted })
    }

    fn said(&self, layout: &Layout) -> Option<Said> {
        let Self { side, at, granted, .. } = *self;
        let (channel, purpose) = (layout.channels.place(self.channel)?, layout.purposes.place(self.purpose)?);
        Some(Said { channel, purpose, side, at, granted })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct TripPart {
    journey: u64,
    origin: u64,
    number: u32,
    key: Value,
    opened: Timestamp,
    landed: Timestamp,
    stop: Option<(u64, u64, Option<Duration>)>,
    stage_since: Timestamp,
    before: Option<Timestamp>,
    steps: u32,
    reached: Option<Timestamp>,
    persona: Option<u64>,
    visited: Vec<u64>,
    told: Option<u64>,
}

/// Whither the parts of a state go that is read.
pub(super) trait Routed {
    /// Takes the part of a rule in; `false` when the plan does not know it.
    fn rule(&mut self, state: &mut CustomerState, id: u64, part: RulePart) -> bool;

    /// Puts a trip elsewhere.
    fn trip(&mut self, _: &mut TripPart) {}
}

/// Every part goes to what has its id.
struct ById<'a>(&'a Layout);

impl Routed for ById<'_> {
    fn rule(&mut self, state: &mut CustomerState, id: u64, part: RulePart) -> bool {
        self.0.rules.place(id).is_some_and(|rule| state.rules.take(self.0, rule, part))
    }
}

impl TripPart {
    /// The touchpoint and the stage where it stands.
    pub(super) fn place(&self) -> Option<(u64, (u64, u64))> {
        self.stop.map(|(touchpoint, stage, _)| (touchpoint, (self.journey, stage)))
    }

    /// Puts it into a stage of a plan: at its own touchpoint where that is there, else at the stage's first; nowhere
    /// when the stage has none.
    pub(super) fn stand(&mut self, plan: &Plan, (journey, stage): (u64, u64)) {
        let Some((touchpoint, _, wait)) = self.stop else { return };
        let layout = &plan.layout;
        let Some(place) = layout.journeys.place(journey) else { return };
        let parts = layout.parts.get(place as usize).zip(plan.journeys.get(place as usize));
        let Some((ids, spec)) = parts else { return };
        let Some(number) = ids.stages.place(stage) else { return };
        let here = |place: &u32| spec.touchpoints.get(*place as usize).is_some_and(|t| t.stage == number);
        let own = ids.touchpoints.place(touchpoint).filter(here);
        let found = own.or_else(|| (0..ids.touchpoints.len() as u32).find(|place| here(place)));
        self.stop =
            found.and_then(|place| ids.touchpoints.id(place)).map(|touchpoint| (touchpoint, stage, wait));
    }
}

impl CustomerState {
    /// The state as bytes: the same state always gives the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut parts = Parts::default();
        self.write(&mut parts);
        if !self.waiting.is_empty() {
            parts.add(tag::WAITING, &self.waiting);
        }
        parts.0.sort();
        let body = postcard::to_stdvec(&parts.0).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEAD + body.len() + HASH);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.layout.lineage);
        bytes.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&body);
        let hash = sha256_fields([bytes.as_slice()]);
        bytes.extend_from_slice(hash.first_chunk::<HASH>().unwrap_or(&[0; HASH]));
        bytes
    }

    /// How many bytes the state has, but for the events that wait.
    pub(super) fn n_bytes(&self) -> usize {
        let mut parts = Weight::default();
        self.write(&mut parts);
        size_of(&parts.n).saturating_add(parts.bytes).saturating_add(HEAD + HASH)
    }

    /// Writes every part but the events that wait.
    fn write(&self, parts: &mut impl PartsTo) {
        self.encode_facts(parts);
        self.encode_trips(parts);
        let matched = self.rules.matcher.rules();
        for rule in self.rules.remembered(&matched) {
            let part = self.rules.part(&self.layout, rule, matched.contains(&rule));
            parts.add_known(tag::RULE, self.layout.rules.id(rule), Some(&part));
        }
        let landed = self.rules.matcher.landed(&*self.layout);
        landed.iter().for_each(|part| parts.add(tag::LANDED, part));
        self.rules.exposures(&self.layout).iter().for_each(|part| parts.add(tag::EXPOSURE, part));
        if !self.tickets.is_empty() {
            parts.add(tag::TICKETS, &self.tickets);
        }
        parts.add(tag::CLOCK, &(self.clock.frontier, self.clock.closed));
        parts.add(tag::COUNTERS, &self.counters);
        if self.recent != Recent::default() {
            parts.add_recent(tag::RECENT, &self.recent);
        }
        self.unknown.iter().for_each(|unknown| parts.add_bytes(unknown.tag, &unknown.bytes));
    }

    /// Reads a state back under a plan, which may be another than the one it was written under.
    ///
    /// # Errors
    /// `state` for bytes that are damaged or no state at all, `newer_format` for a newer format.
    pub fn decode(plan: &Plan, bytes: &[u8]) -> Result<Self> {
        Self::decode_by(plan, bytes, &mut ById(&plan.layout))
    }

    /// The same, where `route` says whither rules' parts go and where trips stand.
    pub(super) fn decode_by(plan: &Plan, bytes: &[u8], route: &mut impl Routed) -> Result<Self> {
        let body = open(bytes)?;
        let mut state = Self::new(plan);
        for_each_part(body, |tag, bytes| {
            if !state.take(&plan.layout, tag, bytes, route)? {
                state.unknown.push(UnknownPart { tag, bytes: bytes.to_vec() });
            }
            Ok(())
        })?;
        state.size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        state.trips.sort();
        state.keep_landed(plan);
        state.renew_origin();
        state.unknown.sort();
        state.facts.profile.tags.sort_by(|a, b| a.name.cmp(&b.name));
        kernel::renew_zone(plan, &mut state);
        kernel::renew_due(plan, &mut state);
        Ok(state)
    }

    fn encode_facts(&self, parts: &mut impl PartsTo) {
        let layout = &self.layout;
        let facts = &self.facts;
        parts.add(tag::IDENTITIES, &facts.identities);
        for (place, field) in (0_u32..).zip(&facts.profile.fields) {
            parts.add_known(tag::FIELD, layout.fields.id(place), field.as_ref());
        }
        facts.profile.tags.iter().for_each(|t| parts.add(tag::TAG, t));
        for said in facts.consents.iter() {
            if let Some(part) = ConsentPart::of(layout, said) {
                parts.add(tag::CONSENT, &part);
            }
        }
        self.encode_apart(parts);
        for (place, feature) in (0_u32..).zip(&facts.features) {
            parts.add_known(tag::FEATURE, layout.features.id(place), Some(feature).filter(|f| !f.is_empty()));
        }
        let row = facts.lifecycle.row.and_then(|row| layout.lifecycle.id(row));
        let (since, evaluated) = (facts.lifecycle.since, facts.lifecycle.evaluated);
        parts.add(tag::LIFECYCLE, &LifecyclePart { row, since, evaluated });
        for (place, seen) in (0_u32..).zip(&facts.lifecycle.seen) {
            parts.add_known(tag::SEEN, layout.tracked.id(place), seen.as_ref());
        }
        for place in
            (0..layout.segments.len() as u32).filter(|s| facts.segments.checked_shr(*s).unwrap_or(0) & 1 == 1)
        {
            parts.add_known(tag::SEGMENT, layout.segments.id(place), Some(&()));
        }
    }

    /// Writes what counts only once another identity leaves.
    fn encode_apart(&self, parts: &mut impl PartsTo) {
        let (layout, facts) = (&self.layout, &self.facts);
        for apart in facts.consents.apart() {
            if let Some(part) = ConsentPart::of(layout, &apart.said) {
                parts.add(tag::CONSENT_APART, &(part, apart.over));
            }
        }
        for (field, apart) in &facts.profile.apart_fields {
            parts.add_known(tag::FIELD_APART, layout.fields.id(*field), Some(apart));
        }
        facts.profile.apart_tags.iter().for_each(|apart| parts.add(tag::TAG_APART, apart));
        for Share { tracked, by, seen } in &facts.lifecycle.shares {
            parts.add_known(tag::SEEN_BY, layout.tracked.id(*tracked), Some(&(by, seen)));
        }
    }

    fn encode_trips(&self, parts: &mut impl PartsTo) {
        for (place, history) in (0_u32..).zip(&self.trips.history) {
            let known = Some(history).filter(|h| **h != History::default());
            parts.add_known(tag::HISTORY, self.layout.journeys.id(place), known);
        }
        for trip in &self.trips.open {
            if let Some(part) = trip_part(&self.layout, trip) {
                parts.add(tag::TRIP, &part);
            }
        }
    }

    /// Takes one part in; `false` when the plan does not know what it speaks of.
    fn take(&mut self, layout: &Layout, tag: u8, bytes: &[u8], route: &mut impl Routed) -> Result<bool> {
        let facts = &mut self.facts;
        match tag {
            tag::IDENTITIES => facts.identities = read::<Identities>(bytes)?,
            tag::FIELD => {
                let (id, field): (u64, Field) = read(bytes)?;
                return Ok(put(&mut facts.profile.fields, layout.fields.place(id), Some(field)));
            }
            tag::TAG => facts.profile.tags.push(read::<Tag>(bytes)?),
            tag::CONSENT => {
                let Some(said) = read::<ConsentPart>(bytes)?.said(layout) else { return Ok(false) };
                facts.consents.insert(said);
            }
            tag::CONSENT_APART | tag::FIELD_APART | tag::TAG_APART | tag::SEEN_BY => {
                return take_apart(facts, layout, tag, bytes);
            }
            tag::FEATURE => {
                let (id, feature): (u64, FeatureState) = read(bytes)?;
                return Ok(put(&mut facts.features, layout.features.place(id), feature));
            }
            tag::LIFECYCLE => {
                let part: LifecyclePart = read(bytes)?;
                let row = part.row.map(|id| layout.lifecycle.place(id));
                if row == Some(None) {
                    return Ok(false);
                }
                facts.lifecycle.row = row.flatten();
                facts.lifecycle.since = part.since;
                facts.lifecycle.evaluated = part.evaluated;
            }
            tag::SEEN => {
                let (id, seen): (u64, Seen) = read(bytes)?;
                return Ok(put(&mut facts.lifecycle.seen, layout.tracked.place(id), Some(seen)));
            }
            tag::SEGMENT => {
                let (id, ()): (u64, ()) = read(bytes)?;
                let Some(place) = layout.segments.place(id) else { return Ok(false) };
                facts.segments |= 1_u128.checked_shl(place).unwrap_or(0);
            }
            tag::TRIP => {
                let mut part: TripPart = read(bytes)?;
                route.trip(&mut part);
                let Some(trip) = trip_of(layout, part) else { return Ok(false) };
                self.trips.open.push(trip);
            }
            tag::HISTORY => {
                let (id, history): (u64, History) = read(bytes)?;
                return Ok(put(&mut self.trips.history, layout.journeys.place(id), history));
            }
            tag::RULE => {
                let (id, part): (u64, RulePart) = read(bytes)?;
                return Ok(route.rule(self, id, part));
            }
            tag::LANDED => return Ok(self.rules.matcher.land(&read::<LandedPart>(bytes)?, layout)),
            tag::EXPOSURE => return Ok(self.rules.expose(layout, &read::<ExposurePart>(bytes)?)),
            tag::TICKETS => self.tickets = read::<Tickets>(bytes)?,
            tag::WAITING => self.waiting = read::<Waiting>(bytes)?,
            tag::CLOCK => (self.clock.frontier, self.clock.closed) = read(bytes)?,
            tag::COUNTERS => self.counters = read::<Counters>(bytes)?,
            tag::RECENT => self.recent = read(bytes)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Takes in what counts only once another identity leaves; `false` when the plan does not know what it speaks of.
fn take_apart(facts: &mut Facts, layout: &Layout, tag: u8, bytes: &[u8]) -> Result<bool> {
    match tag {
        tag::CONSENT_APART => {
            let (part, over): (ConsentPart, u8) = read(bytes)?;
            let Some(said) = part.said(layout) else { return Ok(false) };
            facts.consents.insert_apart(Apart { said, over });
        }
        tag::FIELD_APART => {
            let (id, field): (u64, Field) = read(bytes)?;
            let Some(place) = layout.fields.place(id) else { return Ok(false) };
            facts.profile.keep_field(place, field, |_, _| true);
        }
        tag::TAG_APART => facts.profile.keep_tag(read::<Tag>(bytes)?, |_, _| true),
        tag::SEEN_BY => {
            let (id, (by, seen)): (u64, (u8, Seen)) = read(bytes)?;
            let Some(tracked) = layout.tracked.place(id) else { return Ok(false) };
            facts.lifecycle.put(Share { tracked, by, seen });
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Whither the parts of a body are written.
trait PartsTo {
    fn add(&mut self, tag: u8, part: &impl Serialize);

    fn add_bytes(&mut self, tag: u8, bytes: &[u8]);

    fn add_recent(&mut self, tag: u8, recent: &Recent) {
        self.add(tag, recent);
    }

    fn add_known(&mut self, tag: u8, id: Option<u64>, part: Option<&impl Serialize>) {
        if let Some((id, part)) = id.zip(part) {
            self.add(tag, &(id, part));
        }
    }
}

/// The parts of a body.
#[derive(Default)]
struct Parts(Vec<(u8, Vec<u8>)>);

impl PartsTo for Parts {
    fn add(&mut self, tag: u8, part: &impl Serialize) {
        self.0.push((tag, postcard::to_stdvec(part).unwrap_or_default()));
    }

    fn add_bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.0.push((tag, bytes.to_vec()));
    }
}

/// How many parts there are, and how many bytes they have with their tags and lengths.
#[derive(Default)]
struct Weight {
    n: usize,
    bytes: usize,
}

impl Weight {
    fn count(&mut self, bytes: usize) {
        self.n += 1;
        self.bytes = self.bytes.saturating_add(1 + size_of(&bytes)).saturating_add(bytes);
    }
}

impl PartsTo for Weight {
    fn add(&mut self, _: u8, part: &impl Serialize) {
        self.count(size_of(part));
    }

    fn add_bytes(&mut self, _: u8, bytes: &[u8]) {
        self.count(bytes.len());
    }

    fn add_recent(&mut self, _: u8, recent: &Recent) {
        self.count(recent.n_bytes());
    }
}

/// How many bytes something has when it is written; nothing is.
pub(super) fn size_of(part: &impl Serialize) -> usize {
    postcard::serialize_with_flavor(part, postcard::ser_flavors::Size::default()).unwrap_or(usize::MAX)
}

/// The body inside an envelope that can be trusted.
fn open(bytes: &[u8]) -> Result<&[u8]> {
    let damaged = |why: &str| Error::new(ErrorCode::State, format!("the bytes are no state: {why}"));
    if bytes.len() > MAX_STATE_BYTES {
        return Err(Error::new(ErrorCode::Limit, format!("a state has at most {MAX_STATE_BYTES} bytes")));
    }
    let (magic, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| damaged("too short"))?;
    if magic != MAGIC {
        return Err(damaged("they do not begin with `CJMS`"));
    }
    let (format, rest) = rest.split_first_chunk::<2>().ok_or_else(|| damaged("too short"))?;
    let format = u16::from_le_bytes(*format);
    if format > FORMAT {
        let words = format!("the state has format {format}, this library reads up to {FORMAT}");
        return Err(Error::new(ErrorCode::NewerFormat, words));
    }
    let (_, rest) = rest.split_first_chunk::<16>().ok_or_else(|| damaged("too short"))?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(|| damaged("too short"))?;
    let length = u32::from_le_bytes(*length) as usize;
    let (body, hash) = rest.split_at_checked(length).ok_or_else(|| damaged("too short"))?;
    let signed = bytes.get(..HEAD + length).ok_or_else(|| damaged("too short"))?;
    let expected = sha256_fields([signed]);
    if expected.first_chunk::<HASH>().map(|h| h.as_slice()) != Some(hash) || format == 0 {
        return Err(damaged("the hash does not match"));
    }
    Ok(body)
}

/// Hands out the parts of a body one by one.
fn for_each_part(body: &[u8], mut take: impl FnMut(u8, &[u8]) -> Result<()>) -> Result<()> {
    let damaged = |_| Error::new(ErrorCode::State, "the parts of the state can not be read");
    let (n, mut rest) = postcard::take_from_bytes::<u64>(body).map_err(damaged)?;
    for _ in 0..n {
        let ((tag, bytes), behind) = postcard::take_from_bytes::<(u8, &[u8])>(rest).map_err(damaged)?;
        take(tag, bytes)?;
        rest = behind;
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(Error::new(ErrorCode::State, "bytes follow the state's last part"))
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(Error::new(ErrorCode::State, "a part of the state can not be read")),
    }
}

fn put<T>(list: &mut [T], place: Option<u32>, value: T) -> bool {
    match place.and_then(|p| list.get_mut(p as usize)) {
        Some(slot) => {
            *slot = value;
            true
        }
        None => false,
    }
}

fn trip_part(layout: &Layout, trip: &Trip) -> Option<TripPart> {
    let ids = layout.parts.get(trip.journey as usize)?;
    let all = 0..ids.touchpoints.len() as u32;
    Some(TripPart {
        journey: layout.journeys.id(trip.journey)?,
        origin: trip.id.origin,
        number: trip.id.number,
        key: trip.key.clone(),
        opened: trip.opened,
        landed: trip.landed,
        stop: trip
            .stop
            .and_then(|s| Some((ids.touchpoints.id(s.touchpoint)?, ids.stages.id(s.stage)?, s.wait))),
        stage_since: trip.stage_since,
        before: trip.before,
        steps: trip.steps,
        reached: trip.reached,
        persona: trip.persona.and_then(|p| ids.personas.id(p)),
        visited: all.filter(|p| trip.visited.has(*p)).filter_map(|p| ids.touchpoints.id(p)).collect(),
        told: trip.told.checked_sub(1).and_then(|p| ids.touchpoints.id(p)),
    })
}

fn trip_of(layout: &Layout, part: TripPart) -> Option<Trip> {
    let journey = layout.journeys.place(part.journey)?;
    let ids = layout.parts.get(journey as usize)?;
    let stop = match part.stop {
        None => None,
        Some((touchpoint, stage, wait)) => Some(Stop {
            journey,
            touchpoint: ids.touchpoints.place(touchpoint)?,
            stage: ids.stages.place(stage)?,
            wait,
        }),
    };
    let mut visited = Visited::default();
    part.visited.iter().filter_map(|id| ids.touchpoints.place(*id)).for_each(|p| visited.add(p));
    Some(Trip {
        journey,
        id: TripId { origin: part.origin, number: part.number },
        key: part.key,
        opened: part.opened,
        landed: part.landed,
        stop,
        stage_since: part.stage_since,
        before: part.before,
        steps: part.steps,
        reached: part.reached,
        persona: part.persona.and_then(|id| ids.personas.place(id)),
        visited,
        told: part.told.and_then(|id| ids.touchpoints.place(id)).map_or(0, |p| p + 1),
    })
}
