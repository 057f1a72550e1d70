//! Questions in JSON, answers in JSON: everything rich that a typed call would only be in the way of.
//!
//! Answers: what each question of a blueprint, an engine or a store is answered with. Does not know: how any figure came
//! about.

use std::sync::{Arc, OnceLock};

use cjm_core::base::zone::parse_instant;
use cjm_core::blueprint::model::Edit;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::event::{EventLog, log_of};
use cjm_core::install::Policy;
use cjm_core::report::{self, BadRows, ReportOptions};
use cjm_core::{
    Blueprint, Error, ErrorCode, Event, IdentityView, Language, Plan, ReplayOptions, Result, StudyOptions,
    Timestamp, Until, Zone,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json as written};

use crate::answer::{self, cjm_answer};
use crate::blueprint::BLUEPRINTS;
use crate::engine::ENGINES;
use crate::guard::done;
use crate::host::Host;
use crate::status::cjm_status;
use crate::store::STORES;
use crate::text::cjm_text;

/// Asks a blueprint, an engine or a store something that has no call of its own. `handle` is the `raw` of a `cjm_blueprint`, a
/// `cjm_engine` or a `cjm_store`. Question and answer are JSON; the answer is yours to free, also where it is `null`.
///
/// Of all three, without changing anything:
///
/// - `{"ask": "check", "language"}`: the findings of the blueprint that are no errors, as a list;
/// - `{"ask": "blueprint"}`: the blueprint as JSON;
/// - `{"ask": "study", "events": [..], "by": [..], "until", "identity"}`: every table of a study. `by` are cuts, `identity`
///   is `final` or `as_known`. A store studies what it took in unless `events` are given;
/// - `{"ask": "report", "events", "by", "until", "identity", "language", "title"}`: the study as an HTML page, as text;
/// - `{"ask": "replay", "events", "until", "blueprint"}`: what the rules would have done, or those of another `blueprint`,
///   given as text. `until` is an instant, `last_event` or `end_of_waits`;
/// - `{"ask": "diff", "blueprint"}`: how another blueprint differs.
///
/// Of engines and stores, where `customer` is an identity, as `{"member": "m-1"}`:
///
/// - `{"ask": "status"}`: `now`, `customers`, `waiting` decisions, `next_due`, `restored_backup`;
/// - `{"ask": "customer", "customer"}`: all that is known of a customer; `null` when nobody is known as that;
/// - `{"ask": "brief", "customer", "language"}`: five `lines` about a customer for whoever stands in front of them;
/// - `{"ask": "explain", "customer", "rule", "at", "language"}`: why a rule did, does or does not act, with a `text`;
/// - `{"ask": "objection", "decision", "now"}`: what speaks against a decision going out; `null` when nothing does;
/// - `{"ask": "outbox"}`: what waits to be acknowledged, each with its `sequence`;
/// - `{"ask": "tickets"}`, `{"ask": "refusals", "customer"}`, `{"ask": "refused"}`, `{"ask": "refused_links"}`: lists;
/// - `{"ask": "outcomes"}`: the goals that were met since the last time this was asked: it takes them;
/// - `{"ask": "preview", "blueprint", "stages", "edits"}`: what installing another blueprint would do.
///
/// `events` are objects as `cjm_store_push_json` takes them. `language` is `en` or `zh`. Instants are RFC 3339 text.
///
/// `CJM_ARGUMENT` for a question that is none, with what is wrong with it; else the errors of what is asked, as
/// `CJM_NOT_FOUND` for a rule or a customer that there is not.
///
/// # Safety
/// `question` is as [`cjm_text`] says; `answer` may be written to.
///
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cjm_ask(handle: u64, question: cjm_text, answer: *mut cjm_answer) -> cjm_status {
    // SAFETY: the caller vouches for both
    done(|| unsafe {
        let question = Question::of(question.str("question")?)?;
        answer::put(answer, || match (handle >> 56) as u8 {
            ENGINE => ENGINES.with(handle, |open| question.of_host(&mut open.host)),
            STORE => STORES.with(handle, |open| {
                open.host.ready()?;
                question.of_host(&mut open.host)
            }),
            // what else there is no handle of is told by the table
            _ => BLUEPRINTS.with(handle, |blueprint| {
                let (plan, own) = (Arc::new(blueprint.compile()?), || blueprint.clone());
                question.of_blueprint(&plan, &own, None).unwrap_or_else(|| Err(question.unknown()))
            }),
        })
    })
}

/// The first byte of a handle of a store.
pub(crate) const STORE: u8 = 2;
/// The first byte of a handle of an engine.
pub(crate) const ENGINE: u8 = 3;

/// A question: what is asked, and the rest of it.
struct Question<'q> {
    ask: String,
    rest: Map<String, Value>,
    events: Option<Vec<&'q RawValue>>,
}

/// The log that a handle has, where one is kept.
type Own<'a> = Option<&'a dyn Fn() -> Result<Option<EventLog>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InLanguage {
    language: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Studied {
    #[serde(default)]
    by: Vec<String>,
    until: Option<String>,
    identity: Option<String>,
    language: Option<String>,
    title: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replayed {
    until: Option<String>,
    blueprint: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfBlueprint {
    blueprint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCustomer {
    customer: Option<Map<String, Value>>,
    language: Option<String>,
    rule: Option<String>,
    at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfDecision {
    decision: String,
    now: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Moves {
    stages: std::collections::BTreeMap<String, String>,
    edits: std::collections::BTreeMap<String, String>,
}

impl<'q> Question<'q> {
    fn of(text: &'q str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Events<'e> {
            #[serde(borrow)]
            events: Option<Vec<&'e RawValue>>,
        }
        let mut rest: Map<String, Value> = serde_json::from_str(text)
            .map_err(|e| refused(&format!("the question is no JSON object: {e}")))?;
        let events: Events<'q> =
            serde_json::from_str(text).map_err(|e| refused(&format!("`events` must be a list: {e}")))?;
        rest.remove("events");
        let ask = match rest.remove("ask") {
            Some(Value::String(ask)) => ask,
            _ => return Err(refused("the question does not say what it asks, as in {\"ask\": \"status\"}")),
        };
        Ok(Self { ask, rest, events: events.events })
    }

    /// The rest of the question, of which nothing may be left over.
    fn rest<T: DeserializeOwned>(&self) -> Result<T> {
        let rest = Value::Object(self.rest.clone());
        serde_json::from_value(rest).map_err(|e| refused(&format!("the question `{}`: {e}", self.ask)))
    }

    fn unknown(&self) -> Error {
        refused(&format!("`{}` is no question that this handle can be asked", self.ask))
    }

    /// What an engine or a store answers.
    fn of_host<H: Host>(&self, host: &mut H) -> Result<String> {
        if let Some(answer) = self.of_customer(host) {
            return answer;
        }
        match self.ask.as_str() {
            "status" => {
                let Nothing {} = self.rest()?;
                json(&written!({
                    "now": host.now(),
                    "customers": host.n_customers(),
                    "waiting": deliveries(host).count(),
                    "next_due": host.next_due()?,
                    "restored_backup": host.is_restored_backup(),
                }))
            }
            "objection" => {
                let OfDecision { decision, now } = self.rest()?;
                let now = self.some_time(now.as_deref(), host.plan())?;
                json(&host.objection(decision.parse()?, now)?.map(|reason| reason.name()))
            }
            "outbox" => {
                let Nothing {} = self.rest()?;
                let row = |(sequence, decision): (u64, &cjm_core::Decision)| {
                    let mut row = decision.to_json();
                    row.as_object_mut().map(|fields| fields.insert("sequence".to_owned(), sequence.into()));
                    row
                };
                json(&deliveries(host).map(row).collect::<Vec<_>>())
            }
            "tickets" => self.rest().and_then(|Nothing {}| json(&host.tickets()?)),
            "refused_links" => self.rest().and_then(|Nothing {}| json(&host.refused_links()?)),
            "outcomes" => self.rest().and_then(|Nothing {}| json(&host.take_outcomes()?)),
            "refused" => {
                let Nothing {} = self.rest()?;
                let row = |((rule, reason), n): ((&Arc<str>, &Arc<str>), &u64)| written!({ "rule": **rule, "reason": **reason, "n": n });
                let rows = host.refused().iter().map(|((rule, reason), n)| row(((rule, reason), n)));
                json(&rows.collect::<Vec<_>>())
            }
            "preview" => {
                let mut rest = self.rest.clone();
                let text = rest.remove("blueprint").unwrap_or_default();
                let text = text.as_str().ok_or_else(|| refused("`blueprint` must be text"))?;
                let policy = policy(&Value::Object(rest).to_string())?;
                json(&host.preview(&Blueprint::parse(text)?, &policy)?)
            }
            _ => {
                let plan = host.plan().clone();
                let (own, blueprint) = (|| host.log(), || Blueprint::from_document((*plan.document).clone()));
                self.of_blueprint(&plan, &blueprint, Some(&own)).unwrap_or_else(|| Err(self.unknown()))
            }
        }
    }

    /// What is asked about one customer.
    fn of_customer<H: Host>(&self, host: &mut H) -> Option<Result<String>> {
        let kinds = ["customer", "brief", "explain", "refusals"];
        kinds.contains(&self.ask.as_str()).then(|| {
            let rest: OfCustomer = self.rest()?;
            let plan = host.plan().clone();
            let language = language(rest.language.as_deref())?;
            let missing = |what: &str| refused(&format!("the question `{}` needs `{what}`", self.ask));
            let key = rest.customer.map(|customer| identity(&plan, &customer)).transpose()?;
            if self.ask == "refusals" {
                return json(&host.refusals(key.as_ref())?);
            }
            let key = key.ok_or_else(|| missing("customer"))?;
            match self.ask.as_str() {
                "customer" => json(&host.view(&key)?),
                "brief" => json(&host.brief(&key, language)?),
                _ => {
                    let rule = rest.rule.ok_or_else(|| missing("rule"))?;
                    let at = self.some_time(rest.at.as_deref(), &plan)?;
                    let why = host.explain(&key, &rule, at)?;
                    let mut answer = value(&why)?;
                    let text = why.text(&plan, language);
                    answer.as_object_mut().map(|fields| fields.insert("text".to_owned(), text.into()));
                    json(&answer)
                }
            }
        })
    }

    /// What a blueprint answers, of the events of the question or of `own` ones.
    fn of_blueprint(
        &self,
        plan: &Arc<Plan>,
        blueprint: &dyn Fn() -> Blueprint,
        own: Own<'_>,
    ) -> Option<Result<String>> {
        let answer = match self.ask.as_str() {
            "check" => self.rest().and_then(|InLanguage { language: tag }| {
                let language = language(tag.as_deref())?;
                let findings = blueprint().check();
                json(&findings.iter().map(|finding| in_words(finding, language)).collect::<Vec<_>>())
            }),
            "blueprint" => self.rest().and_then(|Nothing {}| blueprint().to_json()),
            "diff" => self.rest().and_then(|OfBlueprint { blueprint: later }| {
                json(&blueprint().diff(&Blueprint::parse(&later)?)?)
            }),
            "study" | "report" => self.studied(plan, own),
            "replay" => self.replayed(plan, own),
            _ => return None,
        };
        Some(answer)
    }

    fn studied(&self, plan: &Arc<Plan>, own: Own<'_>) -> Result<String> {
        let Studied { by, until, identity, language: tag, title } = self.rest()?;
        let identity = match identity.as_deref() {
            None | Some("final") => IdentityView::Final,
            Some("as_known") => IdentityView::AsKnown,
            Some(other) => return Err(refused(&format!("`identity` is final or as_known, not `{other}`"))),
        };
        let until = self.some_time(until.as_deref(), plan)?;
        let language = language(tag.as_deref())?;
        let log = self.log(plan, own)?;
        let study = plan.study(&log, &StudyOptions { by, until, identity })?;
        if self.ask == "study" {
            return study.to_json();
        }
        let bad_rows = BadRows::of(&log, language);
        let options = ReportOptions { language, title, source: None, bad_rows };
        json(&report::html(&plan.document, study.tables(), &options)?)
    }

    fn replayed(&self, plan: &Arc<Plan>, own: Own<'_>) -> Result<String> {
        let Replayed { until, blueprint } = self.rest()?;
        let until = match until.as_deref() {
            None | Some("last_event") => Until::LastEvent,
            Some("end_of_waits") => Until::EndOfWaits,
            Some(text) => Until::At(self.time(text, plan)?),
        };
        let log = self.log(plan, own)?;
        let other = blueprint.map(|text| Blueprint::parse(&text)?.compile().map(Arc::new)).transpose()?;
        let plan = other.as_ref().unwrap_or(plan);
        let zone = plan.document.zone.clone().unwrap_or_else(Zone::utc);
        json(&plan.replay(&log, ReplayOptions { until, ..ReplayOptions::default() }).to_json(&zone))
    }

    /// The events that are looked at.
    fn log(&self, plan: &Plan, own: Own<'_>) -> Result<EventLog> {
        not_forked()?;
        if let Some(events) = &self.events {
            let zone = plan.document.zone.as_ref();
            let read = |(row, event): (u64, &&RawValue)| {
                cjm_io::event_of_line(event.get().as_bytes(), zone).map_err(|error| error.at_row(row))
            };
            let events: Vec<Event> = (1..).zip(events).map(read).collect::<Result<_>>()?;
            return log_of(&events, Some(&plan.document));
        }
        let own = own.map(|own| own()).transpose()?.flatten();
        own.ok_or_else(|| {
            refused(&format!("the question `{}` needs `events`: no log is kept here", self.ask))
        })
    }

    fn time(&self, text: &str, plan: &Plan) -> Result<Timestamp> {
        let why = |e| refused(&format!("the question `{}`: `{text}`: {e}", self.ask));
        parse_instant(text, plan.document.zone.as_ref()).map_err(why)
    }

    fn some_time(&self, text: Option<&str>, plan: &Plan) -> Result<Option<Timestamp>> {
        text.map(|text| self.time(text, plan)).transpose()
    }
}

/// What waits to be handed over, in delivery order.
fn deliveries<H: Host>(host: &H) -> impl Iterator<Item = (u64, &cjm_core::Decision)> {
    std::iter::successors(host.delivery_after(None), |(sequence, _)| host.delivery_after(Some(*sequence)))
}

/// What becomes of stages that are gone and of rules that changed, as JSON says it; of no text, what the blueprint says.
pub(crate) fn policy(text: &str) -> Result<Policy> {
    if text.is_empty() {
        return Ok(Policy::default());
    }
    let Moves { stages, edits } = serde_json::from_str(text).map_err(|e| refused(&e.to_string()))?;
    let edit = |(rule, name): (String, String)| {
        let edit = match name.as_str() {
            "migrate" => Edit::Migrate,
            "pin" => Edit::Pin,
            "restart" => Edit::Restart,
            "drain" => Edit::Drain,
            other => {
                return Err(refused(&format!("`{other}` is no edit; give migrate, pin, restart or drain")));
            }
        };
        Ok((rule, edit))
    };
    Ok(Policy { stages, edits: edits.into_iter().map(edit).collect::<Result<_>>()? })
}

/// The identity that a customer is asked for by: of several, that of the kind that the blueprint declares first.
fn identity(plan: &Plan, customer: &Map<String, Value>) -> Result<IdentityKey> {
    let declared = &plan.document.identities;
    let place = |kind: &str| declared.iter().position(|own| *own.id == *kind).unwrap_or(usize::MAX);
    let first = customer.iter().min_by_key(|(kind, _)| place(kind));
    let (kind, value) = first.ok_or_else(|| refused("the customer has no identity"))?;
    let value = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(refused("an identity must be text, as in {\"member\": \"m-1\"}")),
    };
    Ok(IdentityKey { kind: kind.as_str().into(), value: value.into() })
}

fn language(tag: Option<&str>) -> Result<Language> {
    let Some(tag) = tag else { return Ok(Language::default()) };
    Language::of_tag(tag).ok_or_else(|| refused(&format!("`{tag}` is no language; give en or zh")))
}

/// A finding with its words in a language.
fn in_words(finding: &cjm_core::Finding, language: Language) -> Value {
    let mut row = serde_json::to_value(finding).unwrap_or_default();
    if let Some(fields) = row.as_object_mut() {
        fields.insert("message".to_owned(), finding.message(language).into());
        fields.insert("help".to_owned(), finding.help(language).into());
    }
    row
}

/// Work on all cores has threads, of which a forked process has none.
pub(crate) fn not_forked() -> Result<()> {
    static PROCESS: OnceLock<u32> = OnceLock::new();
    let own = std::process::id();
    if cjm_core::base::par::threads() == 1 || *PROCESS.get_or_init(|| own) == own {
        return Ok(());
    }
    let words =
        "a process that was forked can not do this after its parent did; ask in the parent, or run a program";
    Err(Error::new(ErrorCode::State, words))
}

/// The error of a customer whom nobody knows.
pub(crate) fn unknown(key: &IdentityKey) -> Error {
    Error::new(ErrorCode::NotFound, format!("nobody is known as `{}` `{}`", key.kind, key.value))
}

/// Something as JSON text.
pub(crate) fn json<T: Serialize + ?Sized>(of: &T) -> Result<String> {
    serde_json::to_string(of)
        .map_err(|e| Error::new(ErrorCode::Format, format!("the answer can not be written: {e}")))
}

fn value<T: Serialize>(of: &T) -> Result<Value> {
    serde_json::to_value(of)
        .map_err(|e| Error::new(ErrorCode::Format, format!("the answer can not be written: {e}")))
}

fn refused(words: &str) -> Error {
    Error::new(ErrorCode::Argument, words)
}
