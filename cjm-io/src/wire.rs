//! Lines of JSON that a live engine is fed with: events, answers, time, acknowledgements, retractions.
//!
//! Answers: what one line says, or what is wrong with it. Does not know: what it leads to.
//!
//! An event is `{"name", "time", "source", "id", "sequence", "channel", "identities": {kind: value}, "attributes": {}}`;
//! the other lines are `{"tick": TIME}`, `{"ack": DECISION, "outcome", "at"}`,
//! `{"answer": SURVEY, "values": {}, "at", "identities", "id", "source", "channel"}` and
//! `{"retract": {"source", "id"}, "identities": {kind: value}}`.

use std::sync::Arc;

use cjm_core::base::zone::parse_instant;
use cjm_core::customer::identity::IdentityKey;
use cjm_core::event::typed;
use cjm_core::outreach::DecisionId;
use cjm_core::{AckOutcome, Answer, Error, ErrorCode, Event, Timestamp, Zone, expr};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// What a line says.
#[derive(Debug, PartialEq)]
pub enum Line {
    /// Something happened.
    Event(Event),
    /// Somebody answered a survey.
    Answer(Answer),
    /// It is so late.
    Tick(Timestamp),
    /// Something became of a decision.
    Ack(DecisionId, AckOutcome, Option<Timestamp>),
    /// An event of a customer is taken back: source and id.
    Retract(IdentityKey, String, String),
}

/// What a line may say that is no event.
#[derive(Deserialize)]
struct Others {
    tick: Option<IgnoredAny>,
    ack: Option<IgnoredAny>,
    answer: Option<IgnoredAny>,
    retract: Option<IgnoredAny>,
}

/// Reads a line; times without an offset are of `zone`. What is wrong with an event is what a file would say of it.
///
/// # Errors
/// `bad_event` for a line that says nothing of the kind, `limit` for an event that says too much.
///
/// ```
/// use cjm_io::wire::{Line, line};
/// let tick = line(r#"{"tick": "2026-03-01T12:00:00Z"}"#, None)?;
/// assert_eq!(tick, Line::Tick("2026-03-01T12:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn line(line: &str, zone: Option<&Zone>) -> Result<Line, Error> {
    let others = serde_json::from_str::<Others>(line).ok();
    let other = others.is_some_and(|Others { tick, ack, answer, retract }| {
        [tick, ack, answer, retract].iter().any(Option::is_some)
    });
    if !other {
        return crate::event_of_line(line.as_bytes(), zone).map(Line::Event);
    }
    let value: Value =
        serde_json::from_str(line).map_err(|error| bad(&format!("this is no JSON: {error}")))?;
    let Value::Object(mut fields) = value else { return Err(bad("a line must be a JSON object")) };
    let said = if let Some(tick) = fields.remove("tick") {
        Line::Tick(time("tick", &tick, zone)?)
    } else if let Some(id) = fields.remove("ack") {
        ack(&id, &mut fields, zone)?
    } else if let Some(survey) = fields.remove("answer") {
        Line::Answer(answer(&survey, &mut fields, zone)?)
    } else {
        let event = fields.remove("retract").unwrap_or_default();
        retract(&event, &mut fields)?
    };
    match fields.keys().next() {
        None => Ok(said),
        Some(key) => Err(bad(&format!("the key `{key}` means nothing here"))),
    }
}

/// The line that an event is, as [`line`] reads it: `{"name", "time", "source", "id", "channel", "sequence",
/// "identities", "attributes"}`, what is empty left out.
///
/// ```
/// use cjm_io::wire::{Line, event_json, line};
/// let event = cjm_core::Event::new("paid", "2026-03-01T12:00:00Z".parse()?).identity("member", "m-1").with("n", 2);
/// assert_eq!(line(&event_json(&event).to_string(), None)?, Line::Event(event));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn event_json(event: &Event) -> Value {
    let mut line = Map::new();
    line.insert("name".into(), (&*event.name).into());
    line.insert("time".into(), event.time.to_string().into());
    let channel = event.channel.as_deref().unwrap_or_default();
    for (key, text) in [("source", &*event.source), ("id", &*event.id), ("channel", channel)] {
        if !text.is_empty() {
            line.insert(key.into(), text.into());
        }
    }
    if event.sequence != 0 {
        line.insert("sequence".into(), event.sequence.into());
    }
    let identities = event.identities.iter().map(|(kind, value)| (kind.to_string(), (&**value).into()));
    line.insert("identities".into(), Value::Object(identities.collect()));
    let attributes = event.attributes.iter().map(|(name, value)| (name.to_string(), expr::json::json(value)));
    line.insert("attributes".into(), Value::Object(attributes.collect()));
    Value::Object(line)
}

fn answer(survey: &Value, fields: &mut Map<String, Value>, zone: Option<&Zone>) -> Result<Answer, Error> {
    let survey = survey.as_str().ok_or_else(|| bad("`answer` must name a survey"))?;
    let at = needed("at", fields.remove("at"))?;
    let mut answer = Answer::new(survey, time("at", &at, zone)?);
    answer.source = text(fields, "source")?.unwrap_or(answer.source);
    answer.id = text(fields, "id")?.unwrap_or_default();
    answer.channel = text(fields, "channel")?;
    answer.identities = identities(fields)?;
    answer.values = values(fields, "values")?;
    Ok(answer)
}

fn ack(id: &Value, fields: &mut Map<String, Value>, zone: Option<&Zone>) -> Result<Line, Error> {
    let id = id.as_str().ok_or_else(|| bad("`ack` must be the id of a decision"))?.parse()?;
    let outcome = needed("outcome", text(fields, "outcome")?)?.parse()?;
    let at = fields.remove("at").filter(|at| !at.is_null());
    Ok(Line::Ack(id, outcome, at.map(|at| time("at", &at, zone)).transpose()?))
}

fn retract(event: &Value, fields: &mut Map<String, Value>) -> Result<Line, Error> {
    let part = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = needed("id", part("id"))?;
    let (kind, value) = needed("identities", identities(fields)?.into_iter().next())?;
    Ok(Line::Retract(IdentityKey { kind, value }, part("source").unwrap_or_default(), id))
}

fn identities(fields: &mut Map<String, Value>) -> Result<Vec<(Arc<str>, Arc<str>)>, Error> {
    let wrong = || bad("`identities` must be an object of texts, as in {\"member\": \"m-1\"}");
    match fields.remove("identities") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(pairs)) => {
            let mut identities = Vec::new();
            for (kind, value) in pairs {
                let value = expr::json::value(&value)?;
                if let Some(id) = typed::id(value.as_ref()).map_err(|_| wrong())? {
                    identities.push((kind.into(), id.as_ref().into()));
                }
            }
            Ok(identities)
        }
        Some(_) => Err(wrong()),
    }
}

fn values(fields: &mut Map<String, Value>, name: &str) -> Result<Vec<(Arc<str>, cjm_core::Value)>, Error> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(pairs)) => {
            pairs.into_iter().map(|(name, value)| Ok((name.into(), expr::json::value(&value)?))).collect()
        }
        Some(_) => Err(bad(&format!("`{name}` must be an object"))),
    }
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Result<Option<Arc<str>>, Error> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.into())),
        Some(Value::Number(number)) => Ok(Some(number.to_string().into())),
        Some(_) => Err(bad(&format!("`{name}` must be text"))),
    }
}

fn time(name: &str, value: &Value, zone: Option<&Zone>) -> Result<Timestamp, Error> {
    let text = value.as_str().ok_or_else(|| bad(&format!("`{name}` must be a time as text")))?;
    parse_instant(text, zone).map_err(|error| bad(&format!("`{name}`: {error}")))
}

fn needed<T>(name: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| bad(&format!("`{name}` is missing")))
}

fn bad(words: &str) -> Error {
    Error::new(ErrorCode::BadEvent, words)
}

#[cfg(test)]
mod tests {
    use super::{Line, line as read};

    #[test]
    fn every_kind_of_line_is_read() {
        let kind = |line: &str| match read(line, None).unwrap() {
            Line::Event(event) => format!("{} {} {}", event.name, event.time, event.attributes.len()),
            Line::Answer(answer) => format!("{} {}", answer.survey, answer.values.len()),
            Line::Tick(at) => at.to_string(),
            Line::Ack(id, outcome, at) => format!("{id} {outcome} {}", at.is_some()),
            Line::Retract(key, source, id) => format!("{} {source} {id}", key.value),
        };
        let lines = [
            r#"{"name": "paid", "time": "2026-03-01T10:00:00Z", "identities": {"member": "m1"}, "attributes": {"a": 1, "b": [1]}}"#,
            r#"{"answer": "nps", "at": "2026-03-01T10:00:00Z", "values": {"score": 0}, "identities": {"member": 7}}"#,
            r#"{"tick": "2026-03-01T10:00:00+08:00"}"#,
            r#"{"ack": "2997364d4b72d25cfd0f5a4a144ea7c2", "outcome": "sent"}"#,
            r#"{"retract": {"source": "till", "id": "e1"}, "identities": {"member": "m1"}}"#,
        ];
        assert_eq!(
            lines.map(kind),
            [
                "paid 2026-03-01T10:00:00Z 2",
                "nps 1",
                "2026-03-01T02:00:00Z",
                "2997364d4b72d25cfd0f5a4a144ea7c2 sent false",
                "m1 till e1"
            ]
        );
    }

    #[test]
    fn a_line_that_says_nothing_is_told_what_is_wrong() {
        let why = |line: &str| read(line, None).unwrap_err().message().to_owned();
        assert!(why("{").contains("EOF while parsing"));
        assert!(why("[]").contains("one object a line"));
        assert_eq!(why(r#"{"time": "2026-03-01T10:00:00Z"}"#), "the row has no event name");
        assert!(why(r#"{"name": "a", "time": "2026-03-01 10:00"}"#).contains("no zone was named"));
        assert!(why(r#"{"nam": "a", "time": "2026-03-01T10:00:00Z"}"#).contains("no field `nam`"));
        assert_eq!(why(r#"{"tick": 5}"#), "`tick` must be a time as text");
        assert_eq!(why(r#"{"tick": "2026-03-01T10:00:00Z", "x": 1}"#), "the key `x` means nothing here");
        assert!(why(r#"{"ack": "2997364d4b72d25cfd0f5a4a144ea7c2", "outcome": "snt"}"#).contains("`sent`"));
        assert!(
            why(r#"{"name": "a", "time": "2026-03-01T10:00:00Z", "identities": []}"#).contains("an object")
        );
    }
}
