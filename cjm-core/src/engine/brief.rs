//! Five lines about one customer for front-line staff: where, last steps, mood, promises, open tickets.
//!
//! Answers: what a person at the counter or on the telephone has to know at once, as data and as five lines in English
//! and Chinese. Does not know: analysis over many customers. It sees what a state remembers: the last 256 events.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::base::catalogue::explain as say;
use crate::base::text::{Language, Text};
use crate::base::time::Timestamp;
use crate::base::value::ValueRef;
use crate::base::zone::Zone;
use crate::customer::identity::IdentityKey;
use crate::error::Result;
use crate::event::{EventLog, EventView};
use crate::journey::Situation;
use crate::plan::{Plan, reserved};
use crate::score::{ScoreKind, emotion_of};
use crate::ticket::{Desk, Limit, Status, TicketRow};

use super::ack::AckOutcome;
use super::explain::{local, unknown};
use super::host::Engine;
use super::live::Input;
use super::recent::{Again, RecentEvent};
use super::rules::present_trip;
use super::scope::Asker;
use super::state::CustomerState;

/// Most steps, sent messages, waits and tickets that are told.
const MAX_TOLD: usize = 5;
/// How many of them the five lines name; the rest is counted.
const MAX_NAMED: usize = 3;

/// What front-line staff has to know of one customer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Brief {
    /// The customer's key; `None` of a state that knows nobody yet.
    pub customer: Option<IdentityKey>,
    /// As of when: the customer's frontier.
    pub at: Option<Timestamp>,
    /// The open trip that an event landed on last.
    pub trip: Option<OnTrip>,
    /// The last five steps, oldest first.
    pub steps: Vec<Step>,
    /// How the customer last felt.
    pub mood: Option<Mood>,
    /// What was sent or called for last and did not fail, oldest first, at most five.
    pub sent: Vec<Sent>,
    /// What is still ahead, by due, at most five.
    pub ahead: Vec<Ahead>,
    /// Open tickets, by (opened, id).
    pub tickets: Vec<TicketRow>,
    /// The five lines.
    pub lines: [String; 5],
}

/// An open trip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OnTrip {
    /// The journey's id.
    pub journey: String,
    /// The stage's id; `None` before anything landed.
    pub stage: Option<String>,
    /// When it came into the stage.
    pub since: Timestamp,
    /// Whether the goal was reached.
    pub reached: bool,
}

/// Something the customer did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// What it is called: the touchpoint's title, a survey's, else the event's name.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

/// How a customer felt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mood {
    /// When it was said or shown.
    pub at: Timestamp,
    /// The touchpoint or survey, by its title.
    pub place: String,
    /// The scale of an answer; `None` where the touchpoint itself says how it feels.
    pub kind: Option<&'static str>,
    /// The answer on that scale.
    pub score: Option<i64>,
    /// The emotion, -1 to 1.
    pub emotion: f64,
    /// What it comes to.
    pub level: MoodLevel,
}

/// What a mood comes to: a detractor's, or a negative emotion, is bad; a promoter's, or a positive emotion, is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoodLevel {
    /// Negative.
    Bad,
    /// Neither.
    Fair,
    /// Positive.
    Good,
}

/// Something that was sent, asked or called for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sent {
    /// The rule, by its title.
    pub rule: String,
    /// The channel, by its title.
    pub channel: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Something that is still ahead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ahead {
    /// The rule, by its title.
    pub rule: String,
    /// When it comes about, unless something ends it.
    pub due: Timestamp,
}

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl Plan {
    /// Five lines about a customer, as of the state's frontier.
    ///
    /// ```
    /// use cjm_core::{Blueprint, CustomerState, Event, Input, Language};
    /// let text = r#"
    /// cjm: 1
    /// id: shop
    /// zone: UTC
    /// identities: [{ id: member }]
    /// events: { cart: {}, paid: {} }
    /// journeys:
    ///   - id: buy
    ///     title: Buying
    ///     enter: cart
    ///     stages: [{ id: choose, title: Choosing, touchpoints: [{ id: cart, title: Cart, event: cart }] }]
    /// rules:
    ///   - { id: forgot, title: Reminder, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }
    /// "#;
    /// let plan = Blueprint::from_yaml(text)?.compile()?;
    /// let mut state = CustomerState::new(&plan);
    /// let cart = Event::new("cart", "2026-03-01T12:00:00Z".parse()?).identity("member", "m1");
    /// plan.step(&mut state, Input::Event(&cart))?;
    /// let brief = plan.brief(&state, Language::En);
    /// assert_eq!(brief.lines[0], "Where: Buying, stage Choosing, since 12:00");
    /// assert_eq!(brief.lines[3], "Promises: Reminder due 12:30");
    /// assert_eq!(brief.to_string().lines().count(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn brief(&self, state: &CustomerState, language: Language) -> Brief {
        self.brief_of(state, state.tickets(), language)
    }

    /// Five lines about a customer of a log as of `at`; unless said, of the log's last event.
    ///
    /// # Errors
    /// `not_found` for a customer of whom the log has no event up to then.
    pub fn brief_log(
        &self,
        log: &EventLog,
        customer: &IdentityKey,
        at: Option<Timestamp>,
        language: Language,
    ) -> Result<Brief> {
        let at = at.or(log.last()).unwrap_or_default();
        let mut state = self.state_of_log(log, customer, at, None)?;
        self.step(&mut state, Input::Tick(at.plus(self.layout.lateness)))?;
        Ok(self.brief(&state, language))
    }

    fn brief_of(&self, state: &CustomerState, tickets: Vec<TicketRow>, language: Language) -> Brief {
        let briefing = Briefing { plan: self, state, language };
        let open = |row: &TicketRow| row.status != Status::Closed;
        let mut brief = Brief {
            customer: state.key().cloned(),
            at: state.frontier(),
            trip: briefing.trip(),
            steps: briefing.steps(),
            mood: briefing.mood(),
            sent: briefing.sent(),
            ahead: briefing.ahead(),
            tickets: tickets.into_iter().filter(open).collect(),
            lines: Default::default(),
        };
        brief.lines = briefing.lines(&brief);
        brief
    }
}

impl Engine {
    /// Five lines about the customer who has an identity, as of the last time the engine was told.
    ///
    /// # Errors
    /// `not_found` for an unknown customer.
    pub fn brief(&self, customer: &IdentityKey, language: Language) -> Result<Brief> {
        let state = self.customer(customer).ok_or_else(|| unknown(customer))?;
        let desk: &Desk = self.stage().desk();
        let tickets = state.tickets_at(desk);
        Ok(self.plan().brief_of(&state, tickets, language))
    }
}

/// One brief being made.
struct Briefing<'a> {
    plan: &'a Plan,
    state: &'a CustomerState,
    language: Language,
}

impl Briefing<'_> {
    fn trip(&self) -> Option<OnTrip> {
        let trip = present_trip(&self.state.trips.open)?;
        let journey = self.plan.document.journeys.get(trip.journey as usize)?;
        let stage = trip.stop.and_then(|stop| journey.stages.get(stop.stage as usize));
        Some(OnTrip {
            journey: journey.id.clone(),
            stage: stage.map(|stage| stage.id.clone()),
            since: if stage.is_some() { trip.stage_since } else { trip.opened },
            reached: trip.reached.is_some(),
        })
    }

    /// The recent events, the latest first; what the engine alone understands left out, answers kept.
    fn recent(&self) -> Vec<&RecentEvent> {
        let (plan, layout) = (self.plan, &self.plan.layout);
        let consent = plan.consent.as_ref().and_then(|consent| consent.event);
        let inner = |name: &str| reserved::ALL.contains(&name) && name != reserved::ANSWERED;
        let shown = |recent: &&RecentEvent| {
            let event = Again { recent, layout }.event();
            let name = event.and_then(|event| plan.names.event_name(event));
            !recent.retracted && name.is_some_and(|name| !inner(name)) && event != consent
        };
        let mut recent: Vec<&RecentEvent> = self.state.recent.iter().filter(shown).collect();
        recent.sort_by_key(|recent| (recent.at, recent.sequence));
        recent.reverse();
        recent
    }

    fn steps(&self) -> Vec<Step> {
        let step = |recent: &RecentEvent| {
            let event = Again { recent, layout: &self.plan.layout };
            let name = event.event().and_then(|event| self.plan.names.event_name(event));
            let survey = self.survey(&event).map(|survey| {
                let title = self.title(survey.title.as_ref(), &survey.id);
                self.words(say::STEP_ANSWER, &[("survey", &title)])
            });
            let landed = || self.landing(&event).map(|(journey, place)| self.touchpoint(journey, place));
            let what = survey.or_else(landed).or(name.map(|name| name.to_string()));
            Step { what: what.unwrap_or_default(), at: recent.at }
        };
        let mut steps: Vec<Step> = self.recent().into_iter().take(MAX_TOLD).map(step).collect();
        steps.reverse();
        steps
    }

    /// The survey that an event answers.
    fn survey(&self, event: &Again<'_>) -> Option<&crate::blueprint::model::Survey> {
        let answered = self.plan.names.event(reserved::ANSWERED);
        let ValueRef::Text(id) = event.attribute(self.plan.names.attribute("survey")?) else { return None };
        let surveys = self.plan.document.surveys.iter();
        surveys.filter(|_| event.event() == answered).find(|survey| survey.id == id)
    }

    /// Where an event landed, or would have: journey and touchpoint; of several journeys the first.
    fn landing(&self, event: &Again<'_>) -> Option<(u32, u32)> {
        let name = event.event()?;
        let journeys = (0_u32..).zip(&self.plan.journeys);
        let places = journeys.filter_map(|(number, journey)| {
            let place = self.asking(event, |asker, at| journey.lands(name, asker, at))?;
            Some((number, place))
        });
        let open = present_trip(&self.state.trips.open).map(|trip| trip.journey);
        places.min_by_key(|(journey, _)| (Some(*journey) != open, *journey))
    }

    fn asking<R>(&self, event: &Again<'_>, f: impl FnOnce(&Asker<'_, Again<'_>>, Situation<'_>) -> R) -> R {
        let errors = Cell::new(0);
        let (facts, zone) = (&self.state.facts, self.state.zone.as_ref());
        let asker = Asker::new(self.plan, facts, zone, Some(event), event.time(), &errors);
        f(&asker, Situation { trip: present_trip(&self.state.trips.open) })
    }

    fn mood(&self) -> Option<Mood> {
        self.recent().into_iter().find_map(|recent| {
            let event = Again { recent, layout: &self.plan.layout };
            self.answered(&event).or_else(|| self.felt(&event))
        })
    }

    /// The first score of an answer.
    fn answered(&self, event: &Again<'_>) -> Option<Mood> {
        let survey = self.survey(event)?;
        let spec = self.plan.surveys.iter().find(|spec| *spec.id == *survey.id)?;
        let scores = spec.questions.iter().filter_map(|question| {
            let value = event.attribute(question.attribute);
            Some((question.kind, question.kind.answer_of(value).ok()?))
        });
        let (kind, score) = { scores }.next()?;
        self.scored(event, self.title(survey.title.as_ref(), &survey.id), kind, score)
    }

    /// The score that an event carried, or how its touchpoint feels.
    fn felt(&self, event: &Again<'_>) -> Option<Mood> {
        let (journey, place) = self.landing(event)?;
        let spec = self.plan.journeys.get(journey as usize)?.touchpoint(place)?;
        let title = self.touchpoint(journey, place);
        let score = spec.score.as_ref().and_then(|score| {
            let value = self.asking(event, |asker, at| asker.compute(&score.value, at, &()));
            Some((score.kind, score.kind.answer_of(value.as_ref()).ok()?))
        });
        if let Some((kind, score)) = score {
            return self.scored(event, title, kind, score);
        }
        let emotion = spec.feels?;
        let level = level(emotion);
        Some(Mood { at: event.time(), place: title, kind: None, score: None, emotion, level })
    }

    fn scored(&self, event: &Again<'_>, place: String, kind: ScoreKind, score: i64) -> Option<Mood> {
        let emotion = emotion_of(kind, score).ok()?;
        let level = match kind {
            ScoreKind::Nps if score <= 6 => MoodLevel::Bad,
            ScoreKind::Nps if score >= 9 => MoodLevel::Good,
            ScoreKind::Nps => MoodLevel::Fair,
            ScoreKind::Csat | ScoreKind::Ces => level(emotion),
        };
        let kind = Some(kind.name());
        Some(Mood { at: event.time(), place, kind, score: Some(score), emotion, level })
    }

    fn sent(&self) -> Vec<Sent> {
        use super::decision::ActionKind;
        let failed = |outcome: Option<AckOutcome>| {
            use AckOutcome::{Expired, Failed, Rejected, Skipped};
            matches!(outcome, Some(Failed | Rejected | Skipped | Expired))
        };
        let made = self.state.rules.all_made().filter(|made| !made.withdrawn && !failed(made.last));
        let sent = made.filter_map(|made| {
            let rule = self.plan.rules.list.get(made.found.rule as usize)?;
            let promises = [ActionKind::Send, ActionKind::Ask, ActionKind::Call];
            made.action(rule).filter(|action| promises.contains(action))?;
            let channel = made.channel.and_then(|channel| self.plan.document.channels.get(channel as usize));
            let channel = channel.map(|channel| self.title(channel.title.as_ref(), &channel.id));
            Some(Sent { rule: self.rule(made.found.rule), channel, at: made.due })
        });
        let mut sent: Vec<Sent> = sent.collect();
        let surplus = sent.len().saturating_sub(MAX_TOLD);
        sent.drain(..surplus);
        sent
    }

    fn ahead(&self) -> Vec<Ahead> {
        let rules = &self.state.rules;
        let waits = rules.matcher.waits().map(|(rule, _, due)| (due, rule));
        let steps = rules.ahead.iter().map(|ahead| (ahead.due, ahead.found.rule));
        let mut all: Vec<(Timestamp, u32)> = waits.chain(steps).collect();
        all.sort_unstable();
        let told = all.into_iter().take(MAX_TOLD);
        told.map(|(due, rule)| Ahead { rule: self.rule(rule), due }).collect()
    }

    fn title(&self, title: Option<&Text>, id: &str) -> String {
        title.map_or(id, |title| title.get(self.language)).to_owned()
    }

    /// The title of a rule; of one that asks a survey, the survey's.
    fn rule(&self, number: u32) -> String {
        let document = &self.plan.document;
        let Some(rule) = self.plan.rules.list.get(number as usize) else { return String::new() };
        if let Some(model) = document.rules.iter().find(|model| *model.id == *rule.id) {
            return self.title(model.title.as_ref(), &model.id);
        }
        let asks = |id: &str| rule.id.strip_prefix("ask_") == Some(id);
        let survey = document.surveys.iter().find(|survey| asks(&survey.id));
        survey.map_or(rule.id.to_string(), |survey| self.title(survey.title.as_ref(), &survey.id))
    }

    fn touchpoint(&self, journey: u32, place: u32) -> String {
        let journey = self.plan.document.journeys.get(journey as usize);
        let touchpoints = journey.into_iter().flat_map(|j| j.stages.iter().flat_map(|s| &s.touchpoints));
        let found = { touchpoints }.nth(place as usize);
        found.map(|t| self.title(t.title.as_ref(), &t.id)).unwrap_or_default()
    }

    fn words(&self, words: crate::base::catalogue::Words, values: &[(&str, &str)]) -> String {
        words.fill(self.language, values)
    }

    /// A time by the customer's clock: of the frontier's day without the day, of its year without the year.
    fn time(&self, at: Timestamp) -> String {
        let zone: &Zone = self.state.zone.as_ref().unwrap_or(&self.plan.zone);
        let (text, now) = (local(zone, at), self.state.frontier().map(|now| local(zone, now)));
        let same = |n: usize| now.as_ref().is_some_and(|now| now.get(..n) == text.get(..n));
        let from = if same(11) {
            11
        } else if same(5) {
            5
        } else {
            0
        };
        text.get(from..).unwrap_or(&text).to_owned()
    }

    fn lines(&self, brief: &Brief) -> [String; 5] {
        let steps = brief.steps.iter().map(|step| format!("{} {}", step.what, self.time(step.at)));
        let steps = self.few(steps.collect(), MAX_TOLD, " > ");
        let sent = brief.sent.iter().rev().take(2).rev().map(|sent| {
            let channel = sent.channel.iter().map(|c| self.words(say::BY_CHANNEL, &[("channel", c)]));
            let what = std::iter::once(sent.rule.clone()).chain(channel).collect::<Vec<_>>().join(" ");
            self.words(say::PROMISE_SENT, &[("what", &what), ("at", &self.time(sent.at))])
        });
        let ahead = brief.ahead.iter().map(|ahead| {
            self.words(say::PROMISE_AHEAD, &[("rule", &ahead.rule), ("at", &self.time(ahead.due))])
        });
        let promises = self.few(sent.chain(ahead).collect(), MAX_NAMED + 1, self.comma());
        let tickets = brief.tickets.iter().map(|row| self.ticket(row, brief.at));
        let tickets = self.few(tickets.collect(), MAX_NAMED, self.comma());
        [
            self.where_line(brief),
            self.words(say::BRIEF_STEPS, &[("steps", &steps)]),
            self.mood_line(brief),
            self.words(say::BRIEF_PROMISES, &[("promises", &promises)]),
            self.words(say::BRIEF_TICKETS, &[("tickets", &tickets)]),
        ]
    }

    fn comma(&self) -> &'static str {
        if self.language == Language::Zh { "；" } else { "; " }
    }

    /// The first of a list, the rest counted.
    fn few(&self, mut list: Vec<String>, most: usize, mark: &str) -> String {
        if list.is_empty() {
            return self.words(say::NONE, &[]);
        }
        let more = list.len().saturating_sub(most);
        list.truncate(most);
        if more > 0 {
            list.push(self.words(say::MORE, &[("n", &more.to_string())]));
        }
        list.join(mark)
    }

    fn where_line(&self, brief: &Brief) -> String {
        let Some(trip) = &brief.trip else { return self.words(say::BRIEF_NO_TRIP, &[]) };
        let journey = self.plan.document.journeys.iter().find(|journey| journey.id == trip.journey);
        let stage = trip.stage.as_ref().and_then(|id| journey?.stages.iter().find(|stage| stage.id == *id));
        let stage = stage.map_or("-".to_owned(), |stage| self.title(stage.title.as_ref(), &stage.id));
        let journey = journey.map(|journey| self.title(journey.title.as_ref(), &journey.id));
        let words = if trip.reached { say::BRIEF_TRIP_REACHED } else { say::BRIEF_TRIP };
        let journey = journey.unwrap_or_default();
        self.words(words, &[("journey", &journey), ("stage", &stage), ("since", &self.time(trip.since))])
    }

    fn mood_line(&self, brief: &Brief) -> String {
        let Some(mood) = &brief.mood else { return self.words(say::BRIEF_NO_MOOD, &[]) };
        let level = match mood.level {
            MoodLevel::Bad => say::MOOD_BAD,
            MoodLevel::Fair => say::MOOD_FAIR,
            MoodLevel::Good => say::MOOD_GOOD,
        };
        let level = self.words(level, &[]);
        let answer = match (mood.kind, mood.score) {
            (Some(kind), Some(score)) => {
                let (kind, score) = (kind.to_uppercase(), score.to_string());
                self.words(say::BRIEF_SCORE, &[("mood", &level), ("kind", &kind), ("score", &score)])
            }
            _ => self.words(say::BRIEF_FEELS, &[("mood", &level), ("touchpoint", &mood.place)]),
        };
        self.words(say::BRIEF_MOOD, &[("answer", &answer), ("at", &self.time(mood.at))])
    }

    fn ticket(&self, row: &TicketRow, now: Option<Timestamp>) -> String {
        let status = match row.status {
            Status::Open | Status::Closed => say::STATUS_OPEN,
            Status::Assigned => say::STATUS_ASSIGNED,
            Status::Accepted => say::STATUS_ACCEPTED,
            Status::Contacted => say::STATUS_CONTACTED,
            Status::Resolved => say::STATUS_RESOLVED,
            Status::Told => say::STATUS_TOLD,
            Status::Reopened => say::STATUS_REOPENED,
        };
        let kind = row.kind.as_deref().map_or_else(|| self.rule_named(&row.rule), str::to_owned);
        let who = row.person.as_ref().unwrap_or(&row.queue);
        let by = limit_ahead(row);
        let words = match by {
            None => say::TICKET,
            Some(by) if now.is_some_and(|now| by < now) => say::TICKET_LATE,
            Some(_) => say::TICKET_DUE,
        };
        let by = by.map(|by| self.time(by)).unwrap_or_default();
        let status = self.words(status, &[]);
        self.words(words, &[("kind", &kind), ("who", who), ("status", &status), ("by", &by)])
    }

    fn rule_named(&self, id: &Arc<str>) -> String {
        let place = self.plan.rules.list.iter().position(|rule| rule.id == *id);
        let place = place.and_then(|place| u32::try_from(place).ok());
        place.map_or_else(|| id.to_string(), |place| self.rule(place))
    }
}

/// The limit that is next for a ticket: of the first step that is not done and has one; a missed one comes first.
fn limit_ahead(row: &TicketRow) -> Option<Timestamp> {
    let of = |limit: Limit| match limit {
        Limit::Accept => row.accept_by,
        Limit::Contact => row.contact_by,
        Limit::Resolve => row.resolve_by,
        Limit::Tell => row.tell_by,
    };
    let done = match row.status {
        Status::Open | Status::Assigned | Status::Reopened => 0,
        Status::Accepted => 1,
        Status::Contacted => 2,
        Status::Resolved => 3,
        Status::Told | Status::Closed => 4,
    };
    let missed = row.overdue.iter().filter_map(|limit| of(*limit)).min();
    let ahead = [Limit::Accept, Limit::Contact, Limit::Resolve, Limit::Tell].into_iter().skip(done);
    missed.or_else(|| ahead.filter_map(of).next())
}

/// What an emotion comes to.
fn level(emotion: f64) -> MoodLevel {
    if emotion < 0.0 {
        MoodLevel::Bad
    } else if emotion > 0.0 {
        MoodLevel::Good
    } else {
        MoodLevel::Fair
    }
}
