//! Emotion curves, their summaries, survey scores: rows from cells.
//!
//! Answers: expected beside actual emotion per touchpoint with interval and n; peak, valley, end, moment of truth.
//! Does not know: how curves are drawn.

use crate::plan::Plan;
use crate::score::{CurveItem, CurvePlace, ScoreCounts, summarize_curve};

use super::journey::{Part, emotion_of, expectations, parts, touchpoints};
use super::rows::{CurvePoint, CurveRow, CurveSummaryRow, ScoreRow};
use super::tally::Tally;

/// The emotion curve of every journey and group.
pub fn curve(plan: &Plan, tally: &Tally) -> Vec<CurveRow> {
    parts(plan, tally).iter().flat_map(points).collect()
}

fn points(part: &Part<'_>) -> Vec<CurveRow> {
    let cells = &part.cell.touchpoints;
    let row = |((stage, touchpoint), cell): ((&str, &crate::blueprint::model::Touchpoint), _)| {
        let emotion = emotion_of(cell);
        let expected = expectations(part.group, touchpoint, cell).emotion;
        let estimate = emotion.estimate();
        CurveRow {
            journey: part.journey.id.clone(),
            stage: stage.to_owned(),
            touchpoint: touchpoint.id.clone(),
            group: part.group.clone(),
            expected,
            actual: estimate.value,
            low: estimate.low,
            high: estimate.high,
            n: estimate.n,
            gap: estimate.value.zip(expected).map(|(actual, expected)| actual - expected),
            sources: emotion.sources().map(str::to_owned).collect(),
        }
    };
    touchpoints(part.journey).zip(cells).map(row).collect()
}

/// The summary of every curve.
pub fn summaries(plan: &Plan, tally: &Tally) -> Vec<CurveSummaryRow> {
    parts(plan, tally).iter().map(summary).collect()
}

fn summary(part: &Part<'_>) -> CurveSummaryRow {
    let ids: Vec<&str> = touchpoints(part.journey).map(|(_, t)| t.id.as_str()).collect();
    let item = |cell: &super::tally::cells::TouchCell| CurveItem {
        emotion: emotion_of(cell).estimate().value,
        duration: cell.dwell.spread().median_s,
    };
    let items: Vec<CurveItem> = part.cell.touchpoints.iter().map(item).collect();
    let found = summarize_curve(&items);
    let point = |place: Option<CurvePlace>| {
        let (place, value) = place?;
        Some(CurvePoint { touchpoint: (*ids.get(place)?).to_owned(), value })
    };
    CurveSummaryRow {
        journey: part.journey.id.clone(),
        group: part.group.clone(),
        n: found.n as u64,
        peak: point(found.peak),
        valley: point(found.valley),
        end: point(found.end),
        peak_end: found.peak_end,
        duration_weighted: found.duration_weighted,
        unweighted: found.unweighted,
        slope: found.slope,
        moment_of_truth: point(found.largest_drop),
    }
}

/// Scores of surveys, then those that events carried.
pub fn scores(plan: &Plan, tally: &Tally) -> Vec<ScoreRow> {
    let touchpoint = |at: (u32, u32)| {
        let journey = plan.document.journeys.get(at.0 as usize)?;
        touchpoints(journey).nth(at.1 as usize).map(|(_, t)| t.id.clone())
    };
    let mut rows = Vec::new();
    for (s, survey) in (0_u32..).zip(&plan.surveys) {
        for (q, question) in (0_u32..).zip(&survey.questions) {
            if let Some(counts) = tally.scores.get(&(s, q)) {
                let at = question.at.and_then(touchpoint);
                rows.push(score_row(&survey.id, &question.id, at, counts));
            }
        }
    }
    for (at, counts) in &tally.event_scores {
        rows.push(score_row("event", counts.kind().name(), touchpoint(*at), counts));
    }
    rows
}

fn score_row(survey: &str, question: &str, touchpoint: Option<String>, counts: &ScoreCounts) -> ScoreRow {
    ScoreRow {
        survey: survey.to_owned(),
        question: question.to_owned(),
        kind: counts.kind().name().to_owned(),
        touchpoint,
        score: counts.score(),
        mean: counts.mean(),
    }
}
