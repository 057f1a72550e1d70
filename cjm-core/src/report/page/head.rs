//! The head of the report: what was looked at, the headline figures, one sentence.
//!
//! Answers: title, period, NPS, CSAT, CES, goal rate, drop-off. Does not know: details of any journey.

use minijinja::context;
use minijinja::value::Value;

use super::super::names::clip;
use super::super::say::{Unit, w};
use super::super::svg::bars::{self, Scale};
use super::table::reading;
use super::{View, drawing, everyone};
use crate::insight::rows::{JourneyRow, ScoreRow, StageRow};
use crate::score::Estimate;

impl View<'_> {
    pub(super) fn head(&self) -> Value {
        let summary = &self.tables.summary;
        let title = self.options.title.as_deref().map_or_else(|| self.names.blueprint(), clip);
        context! {
            title,
            blueprint => clip(&self.document.id),
            version => self.document.version.as_deref().map(clip),
            source => self.options.source.as_deref().map(clip),
            period => self.period(),
            zone => self.say.zone(),
            events => self.say.count(summary.events),
            customers => self.say.count(summary.customers),
            until => summary.until.map(|t| self.say.day(t)),
        }
    }

    fn period(&self) -> Option<String> {
        let (first, last) = self.tables.summary.first.zip(self.tables.summary.last)?;
        let (first, last) = (self.say.day(first), self.say.day(last));
        Some(if first == last { first } else { format!("{first} – {last}") })
    }

    /// The journey that most trips walked.
    pub(super) fn main_journey(&self) -> Option<&JourneyRow> {
        let rows = self.tables.journeys.iter().filter(|r| everyone(&r.group));
        rows.rev().max_by_key(|r| r.trips)
    }

    pub(super) fn figures(&self) -> Vec<Value> {
        let mut figures: Vec<Value> = ["nps", "csat", "ces"].map(|kind| self.score_figure(kind)).into();
        figures.push(self.goal_figure());
        figures.push(self.drop_figure());
        figures
    }

    /// The score of a kind that most answers stand behind.
    fn main_score(&self, kind: &str) -> Option<&ScoreRow> {
        self.tables.scores.iter().rev().filter(|r| r.kind == kind).max_by_key(|r| r.score.n)
    }

    fn score_figure(&self, kind: &'static str) -> Value {
        let row = self.main_score(kind);
        let (score, mean) = row.map_or((Estimate::none(""), Estimate::none("")), |r| (r.score, r.mean));
        let (e, unit, beside, scale) = match kind {
            "nps" => (score, Unit::Nps, None, Scale { from: -100.0, to: 100.0 }),
            "ces" => {
                (mean, Unit::Mean, Some((score, w!(self.say, "easy_share"))), Scale { from: 1.0, to: 7.0 })
            }
            _ => {
                (score, Unit::Share, Some((mean, w!(self.say, "mean_answer"))), Scale { from: 0.0, to: 1.0 })
            }
        };
        let beside_unit = if kind == "ces" { Unit::Share } else { Unit::Mean };
        let beside = beside
            .filter(|(e, _)| e.value.is_some())
            .map(|(e, label)| format!("{label} {}", self.say.line(&e, beside_unit)));
        let target = self.target(kind);
        let on_axis = target.filter(|to| target_unit(kind, *to) == unit);
        let place = row.map(|r| match &r.touchpoint {
            Some(touchpoint) => self.touchpoint_anywhere(touchpoint),
            None => self.names.value("survey", &r.survey),
        });
        let label = self.say.known("score_", kind);
        // the scale stands in brackets behind the name, and is not broken
        let (label, scale_words) = match label.split_once(" (") {
            Some((name, scale)) => (name.to_owned(), Some(format!("({scale}"))),
            None => (label.into_owned(), None),
        };
        context! {
            label,
            scale => scale_words,
            place,
            reading => reading(self.say.estimate(&e, unit)),
            axis => self.axis(&e, on_axis, scale),
            beside,
            target => target.map(|t| self.target_words(kind, t)),
        }
    }

    fn axis(&self, e: &Estimate, target: Option<f64>, scale: Scale) -> Option<Value> {
        e.value.map(|value| drawing(bars::dot(value, e.low.zip(e.high), target, scale)))
    }

    fn target(&self, kind: &str) -> Option<f64> {
        self.document.targets.iter().find(|t| t.metric == kind).and_then(|t| t.to).filter(|t| t.is_finite())
    }

    fn target_words(&self, kind: &str, to: f64) -> String {
        let by = self.document.targets.iter().find(|t| t.metric == kind).and_then(|t| t.by);
        let unit = target_unit(kind, to);
        let figure = self.say.figure(to, unit);
        // the figure that is not the headline's own says what it is
        let to = match (kind, unit) {
            ("csat", Unit::Mean) => self.say.beside(&figure, &w!(self.say, "mean_answer").to_lowercase()),
            ("ces", Unit::Share) => self.say.beside(&figure, &w!(self.say, "easy_share").to_lowercase()),
            _ => figure,
        };
        match by.map(|d| d.parts()) {
            Some((year, month, day)) => {
                let by = self.say.ymd(year, month, day);
                self.say.fill(w!(self.say, "target_by"), &[("to", &to), ("by", &by)])
            }
            None => self.say.fill(w!(self.say, "target_to"), &[("to", &to)]),
        }
    }

    fn goal_figure(&self) -> Value {
        let row = self.main_journey();
        let e = row.map_or(Estimate::none(""), |r| r.reached_share);
        context! {
            label => w!(self.say, "goal_rate"),
            scale => (),
            place => row.map(|r| self.names.journey(&r.journey)),
            reading => reading(self.say.estimate(&e, Unit::Share)),
            axis => self.axis(&e, None, Scale { from: 0.0, to: 1.0 }),
            beside => (),
            target => (),
        }
    }

    /// The stage of the main journey that surely loses the largest share: a few trips do not make a headline.
    fn worst_stage(&self) -> Option<&StageRow> {
        let journey = &self.main_journey()?.journey;
        let rows = self.tables.stages.iter().filter(|r| everyone(&r.group) && r.journey == *journey);
        let surely = |r: &StageRow| r.drop_share.low.or(r.drop_share.value).unwrap_or(0.0);
        let known = rows.rev().filter(|r| r.drop_share.value.is_some());
        known.max_by(|a, b| surely(a).total_cmp(&surely(b)))
    }

    fn drop_figure(&self) -> Value {
        let row = self.worst_stage();
        let e = row.map_or(Estimate::none(""), |r| r.drop_share);
        context! {
            label => w!(self.say, "largest_drop_off"),
            scale => (),
            place => row.map(|r| self.names.stage(&r.journey, &r.stage)),
            reading => reading(self.say.estimate(&e, Unit::Share)),
            axis => self.axis(&e, None, Scale { from: 0.0, to: 1.0 }),
            beside => (),
            target => (),
        }
    }

    /// One sentence: how the main journey ends, and where most customers are harmed.
    pub(super) fn lead(&self) -> Value {
        let journey = self.main_journey().filter(|j| j.reached_share.value.is_some());
        let pain = self.felt_pains().first().copied();
        let mut parts = Vec::new();
        if let Some(j) = journey {
            let share = self.say.percent(j.reached_share.value.unwrap_or(0.0));
            let args = [
                ("journey", self.names.journey(&j.journey)),
                ("trips", self.say.count(j.trips)),
                ("share", share),
            ];
            parts.extend(self.say.sentence(w!(self.say, "lead_goal"), &args, &["journey"]));
        }
        if let Some(p) = pain {
            let args = [
                ("touchpoint", self.names.touchpoint(&p.journey, &p.touchpoint)),
                ("harmed", self.say.count(p.harmed)),
                ("customers", self.say.count(p.customers)),
            ];
            parts.extend(self.say.sentence(w!(self.say, "lead_pain"), &args, &["touchpoint"]));
        }
        if parts.is_empty() {
            parts.extend(self.say.sentence(w!(self.say, "lead_nothing"), &[], &[]));
        }
        parts.into_iter().map(|(text, data)| context! { text, data }).collect()
    }

    /// The name of a touchpoint whose journey the row does not say.
    pub(super) fn touchpoint_anywhere(&self, touchpoint: &str) -> String {
        let (journey, id) = touchpoint.split_once('/').unwrap_or(("", touchpoint));
        let of = |j: &str| self.names.touchpoint(j, id);
        let known = self.document.journeys.iter().find(|j| {
            (journey.is_empty() || j.id == journey)
                && j.stages.iter().flat_map(|s| &s.touchpoints).any(|t| t.id == id)
        });
        known.map_or_else(|| clip(touchpoint), |j| of(&j.id))
    }
}

/// What a target is measured in: a CSAT or CES of at most 1 is a share of good answers, above it a mean answer.
fn target_unit(kind: &str, to: f64) -> Unit {
    match kind {
        "nps" => Unit::Nps,
        "csat" | "ces" if to <= 1.0 => Unit::Share,
        _ => Unit::Mean,
    }
}
