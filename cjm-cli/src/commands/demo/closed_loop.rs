//! One detractor's closed loop: a low score, a ticket, contact in time, the customer told, closed.
//!
//! Answers: the story line by line, as a live engine tells it. Does not know: what the rules are; a blueprint without a
//! rule that opens a ticket for a low score has no such story.

use std::sync::Arc;

use cjm_core::base::time::HOUR_US;
use cjm_core::blueprint::model::{Document, QuestionKind, Survey};
use cjm_core::engine::ActionKind;
use cjm_core::ticket::TicketRow;
use cjm_core::{Answer, Blueprint, Decision, Duration, Engine, Event, Language, Timestamp, Value, Zone};

use crate::failure::Failure;
use crate::words;

/// The answer that opens the loop, on a scale from 0 to 10.
const SCORE: i64 = 3;
/// What staff do, and how many hours after the answer.
const STEPS: [(&str, i64, words::Phrase); 5] = [
    ("accepted", 1, words::ACCEPTED),
    ("contacted", 5, words::CONTACTED),
    ("resolved", 26, words::RESOLVED),
    ("told", 27, words::TOLD),
    ("closed", 28, words::CLOSED),
];

/// The story of the first simulated customer; `None` where no rule opens a ticket for a low score.
pub(super) fn story(
    blueprint: &Blueprint,
    events: &[Event],
    language: Language,
) -> Result<Option<String>, Failure> {
    let document = blueprint.document();
    let Some((survey, first)) = asked(document).zip(events.first()) else { return Ok(None) };
    let Some((kind, value)) = first.identities.first().cloned() else { return Ok(None) };
    let own = || events.iter().filter(|event| event.identities.contains(&(kind.clone(), value.clone())));
    let mut engine = Engine::new(Arc::new(blueprint.compile()?));
    // what a simulated source sends twice or badly is refused here as anywhere
    let n_events = own().filter(|event| engine.push(event).is_ok()).count();
    let Some(last) = own().map(|event| event.time).max() else { return Ok(None) };
    let at = after(last, 2);
    let mut answer = Answer::new(survey.id.as_str(), at).id("demo").identity(kind.clone(), value.clone());
    for question in &survey.questions {
        let said = match question.kind {
            QuestionKind::Nps => Value::Int(SCORE),
            QuestionKind::Choice => {
                question.options.first().map(|option| option.as_str().into()).unwrap_or_default()
            }
            _ => Value::Null,
        };
        answer.values.push((question.id.as_str().into(), said));
    }
    let decisions = engine.answer(&answer)?;
    let Some(ticket) = decisions.iter().find(|decision| decision.action == ActionKind::Ticket) else {
        return Ok(None);
    };
    let teller = Teller { zone: document.zone.clone().unwrap_or_else(Zone::utc), language };
    let mut lines = vec![words::LOOP.say(language, &[])];
    let (customer, score, events) = (value.to_string(), SCORE.to_string(), n_events.to_string());
    lines.push(teller.line(at, words::LOOP_ANSWER, &[&customer, &events, &survey.id, &score]));
    lines.push(teller.opened(ticket, &row(&engine)));
    let person = row(&engine).and_then(|row| row.person);
    for (step, hours, name) in STEPS {
        let at = after(at, hours);
        engine.advance(at);
        let mut event = Event::new("ticket_step", at)
            .id("desk", step)
            .identity(kind.clone(), value.clone())
            .with("ticket", ticket.id.to_string())
            .with("step", step)
            .with("by", person.as_deref().unwrap_or("staff"));
        if step == "closed" {
            event = event.with("facts", facts(document));
        }
        engine.push(&event)?;
        let row = row(&engine);
        let overdue = row.as_ref().is_some_and(|row| !row.overdue.is_empty());
        let in_time = if overdue { words::LOOP_LATE } else { words::LOOP_IN_TIME }.say(language, &[]);
        lines.push(teller.line(
            at,
            words::LOOP_STEP,
            &[&name.say(language, &[]), person.as_deref().unwrap_or("staff"), &in_time],
        ));
    }
    Ok(Some(lines.join("\n")))
}

/// The first survey with an NPS question after whose answer some rule opens a ticket.
fn asked(document: &Document) -> Option<&Survey> {
    let tickets = document.rules.iter().filter(|rule| rule.do_.iter().any(|action| action.ticket.is_some()));
    let mut named = tickets.filter_map(|rule| rule.when.answer.as_deref());
    named.find_map(|id| {
        let nps = |survey: &&Survey| survey.questions.iter().any(|q| q.kind == QuestionKind::Nps);
        document.surveys.iter().find(|survey| survey.id == id).filter(nps)
    })
}

/// Everything that closing requires, with the first known root cause.
fn facts(document: &Document) -> String {
    let tickets = document.tickets.as_ref();
    let cause = tickets.and_then(|t| t.root_causes.first()).map_or("other", String::as_str);
    let required = tickets.and_then(|t| t.close.as_ref()).map_or(&[][..], |close| &close.requires);
    let fact = |name: &String| (name.clone(), if name == "root_cause" { cause } else { "yes" }.into());
    serde_json::Value::Object(required.iter().map(fact).collect()).to_string()
}

fn row(engine: &Engine) -> Option<TicketRow> {
    engine.tickets().into_iter().next()
}

fn after(at: Timestamp, hours: i64) -> Timestamp {
    at.plus(Duration::from_micros(hours * HOUR_US))
}

/// Writes lines in a language, times in a zone.
struct Teller {
    zone: Zone,
    language: Language,
}

impl Teller {
    fn line(&self, at: Timestamp, phrase: words::Phrase, values: &[&str]) -> String {
        format!("  {}  {}", self.time(at), phrase.say(self.language, values))
    }

    fn opened(&self, decision: &Decision, row: &Option<TicketRow>) -> String {
        let queue = row.as_ref().map_or_else(|| decision.target.to_string(), |row| row.queue.to_string());
        let person = row.as_ref().and_then(|row| row.person.as_deref()).unwrap_or("-").to_owned();
        let by =
            row.as_ref().and_then(|row| row.contact_by).map_or_else(|| "-".to_owned(), |at| self.time(at));
        self.line(decision.due, words::LOOP_TICKET, &[&decision.rule, &queue, &person, &by])
    }

    fn time(&self, at: Timestamp) -> String {
        let civil = self.zone.civil(at);
        format!("{} {:02}:{:02}", self.zone.date(at), civil.hour, civil.minute)
    }
}
