//! Answers to surveys: checked against the survey's questions and made the reserved event `answered`.
//!
//! Answers: the event of an answer, or which question it does not fit and why. Does not know: what the answer leads
//! to; it is an event like any other.

use std::sync::Arc;

use crate::base::ids::nearest;
use crate::base::time::Timestamp;
use crate::base::value::{Value, ValueRef};
use crate::blueprint::model::{Question, QuestionKind};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, typed};
use crate::plan::types::answer_type;
use crate::plan::{Plan, reserved};

/// Where answers come from unless said.
pub const ANSWERS: &str = "answers";

/// An answer to a survey.
///
/// ```
/// use cjm_core::{Answer, Timestamp};
/// let at: Timestamp = "2026-03-01T15:00:00+08:00".parse()?;
/// let answer = Answer::new("nps", at).id("a1").identity("member", "m-1").with("score", 3).with("area", "service");
/// assert_eq!(&*answer.source, "answers");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The survey.
    pub survey: Arc<str>,
    /// When it was given.
    pub at: Timestamp,
    /// By question: what was answered. A question left out, or null, was not answered.
    pub values: Vec<(Arc<str>, Value)>,
    /// (kind, value) of who answered.
    pub identities: Vec<(Arc<str>, Arc<str>)>,
    /// Where it came from; with `id` the idempotency key.
    pub source: Arc<str>,
    /// Its id within the source; empty when there is none.
    pub id: Arc<str>,
    /// The channel it came through.
    pub channel: Option<Arc<str>>,
}

impl Answer {
    /// An answer without values, of the source `answers`.
    pub fn new(survey: impl Into<Arc<str>>, at: Timestamp) -> Self {
        Self {
            survey: survey.into(),
            at,
            values: Vec::new(),
            identities: Vec::new(),
            source: ANSWERS.into(),
            id: "".into(),
            channel: None,
        }
    }

    /// Answers a question.
    #[must_use]
    pub fn with(mut self, question: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.values.push((question.into(), value.into()));
        self
    }

    /// Adds an identity of who answered.
    #[must_use]
    pub fn identity(mut self, kind: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.identities.push((kind.into(), value.into()));
        self
    }

    /// Sets the id within the source.
    #[must_use]
    pub fn id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets where it came from.
    #[must_use]
    pub fn source(mut self, source: impl Into<Arc<str>>) -> Self {
        self.source = source.into();
        self
    }

    /// Sets the channel it came through.
    #[must_use]
    pub fn channel(mut self, channel: impl Into<Arc<str>>) -> Self {
        self.channel = Some(channel.into());
        self
    }
}

impl Plan {
    /// The event `answered` of an answer, its values on their questions' scales.
    ///
    /// # Errors
    /// `not_found` for an unknown survey or question, `bad_event` for a value off its question's scale, not among its
    /// options, or given twice.
    pub fn answered(&self, answer: &Answer) -> Result<Event> {
        let surveys = &self.document.surveys;
        let Some(survey) = surveys.iter().find(|survey| *survey.id == *answer.survey) else {
            let known = surveys.iter().map(|survey| survey.id.as_str());
            return Err(unknown("survey", &answer.survey, nearest(&answer.survey, known)));
        };
        let mut event = Event {
            source: answer.source.clone(),
            id: answer.id.clone(),
            identities: answer.identities.clone(),
            channel: answer.channel.clone(),
            ..Event::new(reserved::ANSWERED, answer.at)
        }
        .with("survey", Value::Text(answer.survey.clone()));
        for (name, value) in &answer.values {
            let Some(question) = survey.questions.iter().find(|question| *question.id == **name) else {
                let known = survey.questions.iter().map(|question| question.id.as_str());
                return Err(unknown("question", name, nearest(name, known)));
            };
            if event.attributes.iter().any(|(known, _)| known == name) {
                let words = format!("the question `{name}` is answered twice");
                return Err(Error::new(ErrorCode::BadEvent, words));
            }
            let value = self.on_scale(question, value.as_ref()).ok_or_else(|| off_scale(question))?;
            event.attributes.push((name.clone(), value));
        }
        Ok(event)
    }

    /// An answer as its question has it; `None` when it does not fit.
    fn on_scale(&self, question: &Question, value: ValueRef<'_>) -> Option<Value> {
        let value = typed::typed(value, &answer_type(question.kind), self.document.zone.as_ref()).ok()?;
        let among = |value: &Value| match value {
            Value::Text(text) => question.options.iter().any(|option| *option == **text),
            _ => false,
        };
        let fits = match (question.kind, &value) {
            (_, Value::Null) => true,
            (QuestionKind::Choice, one) => among(one),
            (QuestionKind::Multiple, Value::List(some)) => some.iter().all(among),
            (QuestionKind::Multiple, _) => false,
            _ => true,
        };
        fits.then_some(value)
    }
}

fn unknown(what: &str, name: &str, near: Option<&str>) -> Error {
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Error::new(ErrorCode::NotFound, format!("there is no {what} `{name}`{hint}"))
}

fn off_scale(question: &Question) -> Error {
    let wanted = match question.kind {
        QuestionKind::Nps => "a whole number from 0 to 10".to_owned(),
        QuestionKind::Csat => "a whole number from 1 to 5".to_owned(),
        QuestionKind::Ces => "a whole number from 1 to 7".to_owned(),
        QuestionKind::Number => "a number".to_owned(),
        QuestionKind::Bool => "true or false".to_owned(),
        QuestionKind::Text => "a text".to_owned(),
        QuestionKind::Choice => format!("one of {}", quoted(&question.options)),
        QuestionKind::Multiple => format!("a list out of {}", quoted(&question.options)),
    };
    Error::new(ErrorCode::BadEvent, format!("the answer to `{}` has to be {wanted}", question.id))
}

fn quoted(options: &[String]) -> String {
    options.iter().map(|option| format!("`{option}`")).collect::<Vec<_>>().join(", ")
}
