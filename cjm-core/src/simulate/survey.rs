//! Which surveys a simulated customer answers, and how.
//!
//! Answers: the event `answered` with a survey and its questions, scores by mood. Does not know: conditions that
//! speak of more than the answers; a question with such an `if` is answered by those whose first score is bad.

use std::sync::Arc;

use super::condition::Facts;
use super::route::Step;
use super::walk::Walk;
use super::world::Asked;
use crate::base::time::{Duration, MINUTE_US};
use crate::base::value::Value;
use crate::blueprint::model::{Question, QuestionKind};
use crate::score::{ScoreKind, emotion_of};

/// The reserved event that an answer is.
const ANSWERED: &str = "answered";
/// The source of answers.
const ANSWERS: &str = "answers";

impl Walk<'_> {
    /// Asks the surveys of a touchpoint; a sample is asked, strong feelings answer more often.
    pub(super) fn ask(&mut self, step: &Step) {
        let world = self.world;
        for place in &step.surveys {
            let Some(survey) = world.surveys.get(*place) else { continue };
            let asked = self.person.asked.get(*place).copied().flatten();
            let cool = Duration::from_micros(survey.cool_down_us);
            let may = asked.is_none_or(|before| before.plus(cool) <= self.clock);
            if !may || !self.person.random.chance(survey.sample) {
                continue;
            }
            if let Some(slot) = self.person.asked.get_mut(*place) {
                *slot = Some(self.clock);
            }
            if self.person.random.chance(0.4 + 0.3 * self.feeling.now.abs()) {
                self.answer_survey(survey);
            }
        }
    }

    fn answer_survey(&mut self, survey: &Asked) {
        let thinking = self.person.random.log_normal(8.0 * MINUTE_US as f64, 0.8) as i64;
        let after = Duration::from_micros(survey.delay_us.saturating_add(thinking / 1_000 * 1_000));
        let time = self.clock.plus(after);
        self.person.add(&Arc::from(ANSWERED), time, &Arc::from(ANSWERS), None);
        let mut said: Vec<(Arc<str>, Value)> = vec![("survey".into(), Value::Text(survey.id.clone()))];
        let mut first_score = None;
        for (((id, question), of), condition) in
            survey.questions.iter().zip(&survey.of).zip(&survey.conditions)
        {
            let zone = &self.world.zone;
            let facts = Facts { name: ANSWERED, time, channel: None, values: &said, zone };
            let asked = match (&question.if_, condition) {
                (None, _) => true,
                (Some(_), Some(condition)) => condition.holds(facts),
                (Some(_), None) => first_score.is_some_and(|emotion| emotion <= 0.2),
            };
            if !asked || (question.optional && self.person.random.chance(0.4)) {
                continue;
            }
            let (value, emotion) = self.answer_question(question, *of);
            first_score = first_score.or(emotion);
            said.push((id.clone(), value));
        }
        self.person.fill(said);
    }

    /// An answer, and its emotion when it is a score.
    fn answer_question(&mut self, question: &Question, of: Option<f64>) -> (Value, Option<f64>) {
        let elsewhere =
            of.map(|expected| expected + self.person.temper - 0.1 + 0.35 * self.person.random.normal());
        let score = |kind: ScoreKind, felt: f64, walk: &mut Self| {
            let answer = walk.answer(kind, elsewhere.unwrap_or(felt), 0.7);
            (Value::Int(answer), emotion_of(kind, answer).ok())
        };
        let (now, mood) = (self.feeling.now, self.feeling.mood());
        match question.kind {
            QuestionKind::Nps => score(ScoreKind::Nps, mood, self),
            QuestionKind::Csat => score(ScoreKind::Csat, now, self),
            QuestionKind::Ces => score(ScoreKind::Ces, now, self),
            QuestionKind::Text => (self.comment(&[], mood), None),
            QuestionKind::Choice => (self.option(&question.id, &question.options), None),
            QuestionKind::Multiple => {
                let option = self.option(&question.id, &question.options);
                (Value::List(Arc::from([option])), None)
            }
            QuestionKind::Number => (Value::Int(self.person.random.between(0, 10)), None),
            QuestionKind::Bool => (Value::Bool(self.person.random.chance(0.5 + 0.4 * mood)), None),
        }
    }
}
