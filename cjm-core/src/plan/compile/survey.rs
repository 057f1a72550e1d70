//! Compiles surveys: which answers are scores and where they count; checks the conditions of their questions.
//!
//! Answers: scored questions with their touchpoints. Does not know: when a survey is asked.

use crate::blueprint::DocPath;
use crate::blueprint::model::{QuestionKind, Survey};
use crate::event::AttributeId;
use crate::score::ScoreKind;

use super::super::types::Reach;
use super::super::{ScoredQuestion, SurveySpec};
use super::Builder;

impl Builder<'_> {
    /// Surveys with their scored questions.
    pub(super) fn surveys(&mut self) -> Vec<SurveySpec> {
        self.document.surveys.iter().map(|survey| self.survey(survey)).collect()
    }

    fn survey(&mut self, survey: &Survey) -> SurveySpec {
        let questions: Vec<AttributeId> =
            survey.questions.iter().filter_map(|q| self.names.attribute(&q.id)).collect();
        let reach = Reach { bare: questions.clone(), answer: questions, ..self.customer_reach() };
        let path = DocPath::survey(&survey.id).key("questions");
        let mut scored = Vec::new();
        for question in &survey.questions {
            self.condition(&path.id(&question.id).key("if"), question.if_.as_ref(), &reach);
            let kind = match question.kind {
                QuestionKind::Nps => ScoreKind::Nps,
                QuestionKind::Csat => ScoreKind::Csat,
                QuestionKind::Ces => ScoreKind::Ces,
                _ => continue,
            };
            let at = question.of.as_deref().or(survey.at.as_deref()).and_then(|name| self.place(name));
            let Some(attribute) = self.names.attribute(&question.id) else { continue };
            scored.push(ScoredQuestion { id: question.id.as_str().into(), attribute, kind, at });
        }
        SurveySpec { id: survey.id.as_str().into(), questions: scored }
    }

    /// The touchpoint of a name: `order`, or `dine_in/order` where several journeys have one.
    pub(super) fn place(&self, name: &str) -> Option<(u32, u32)> {
        self.find(&self.touchpoints, name)
    }
}
