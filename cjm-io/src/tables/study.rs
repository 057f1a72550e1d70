//! The columns of what a study answers with, and of the rows that its log did not take.
//!
//! Answers: which field stands in which column. Does not know: what the figures mean (see the rows themselves).

use arrow_array::RecordBatch;
use cjm_core::customer::stitch::LinkRefusal;
use cjm_core::event::RejectedRows;
use cjm_core::insight::rows::{
    CurveRow, CurveSummaryRow, DeviationRow, JourneyRow, LifecycleRow, LossRow, MoveRow, PainRow, ScoreRow,
    StageRow, TouchpointRow, UnmappedRow,
};
use cjm_core::study::RefusedIdentity;
use cjm_core::{Language, Result};

use super::{Rows, Table};

impl Rows for JourneyRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("journey", |row| &row.journey)
            .group(|row| &row.group)
            .count("customers", |row| row.customers)
            .count("trips", |row| row.trips)
            .count("reached", |row| row.reached)
            .estimate("reached_share", |row| &row.reached_share)
            .count("completed", |row| row.completed)
            .count("abandoned", |row| row.abandoned)
            .count("merged", |row| row.merged)
            .count("open", |row| row.open)
            .count("nowhere", |row| row.nowhere)
            .count("outside", |row| row.outside)
            .count("not_opened", |row| row.not_opened)
            .estimate("median_to_goal_s", |row| &row.median_to_goal_s)
            .count("conforming", |row| row.conforming)
            .finish()
    }
}

impl Rows for StageRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("journey", |row| &row.journey)
            .text("stage", |row| &row.stage)
            .group(|row| &row.group)
            .count("trips", |row| row.trips)
            .count("customers", |row| row.customers)
            .estimate("of_trips", |row| &row.of_trips)
            .count("entered", |row| row.entered)
            .count("left", |row| row.left)
            .count("completed", |row| row.completed)
            .count("dropped", |row| row.dropped)
            .count("merged", |row| row.merged)
            .estimate("drop_share", |row| &row.drop_share)
            .count("inside", |row| row.inside)
            .estimate("median_stay_s", |row| &row.median_stay_s)
            .maybe_number("q95_stay_s", |row| row.q95_stay_s)
            .finish()
    }
}

impl Rows for TouchpointRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("journey", |row| &row.journey)
            .text("stage", |row| &row.stage)
            .text("touchpoint", |row| &row.touchpoint)
            .group(|row| &row.group)
            .flag("has_event", |row| row.has_event)
            .count("customers", |row| row.customers)
            .count("trips", |row| row.trips)
            .count("visits", |row| row.visits)
            .estimate("next_rate", |row| &row.next_rate)
            .estimate("median_dwell_s", |row| &row.median_dwell_s)
            .maybe_number("expected_wait_s", |row| row.expected_wait_s)
            .count("waits", |row| row.waits)
            .estimate("median_wait_s", |row| &row.median_wait_s)
            .maybe_number("q95_wait_s", |row| row.q95_wait_s)
            .estimate("wait_over", |row| &row.wait_over)
            .estimate("bad_share", |row| &row.bad_share)
            .estimate("emotion", |row| &row.emotion)
            .finish()
    }
}

impl Rows for LifecycleRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("state", |row| &row.state)
            .group(|row| &row.group)
            .count("customers", |row| row.customers)
            .estimate("of_all", |row| &row.of_all)
            .count("moved_in", |row| row.moved_in)
            .count("moved_out", |row| row.moved_out)
            .finish()
    }
}

impl Rows for MoveRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .group(|row| &row.group)
            .maybe_text("source", |row| row.source.as_ref())
            .maybe_text("target", |row| row.target.as_ref())
            .count("count", |row| row.count)
            .count("customers", |row| row.customers)
            .finish()
    }
}

impl Rows for CurveRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("journey", |row| &row.journey)
            .text("stage", |row| &row.stage)
            .text("touchpoint", |row| &row.touchpoint)
            .group(|row| &row.group)
            .maybe_number("expected", |row| row.expected)
            .maybe_number("actual", |row| row.actual)
            .maybe_number("low", |row| row.low)
            .maybe_number("high", |row| row.high)
            .count("n", |row| row.n)
            .maybe_number("gap", |row| row.gap)
            .texts("sources", |row| &row.sources)
            .finish()
    }
}

impl Rows for CurveSummaryRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("journey", |row| &row.journey)
            .group(|row| &row.group)
            .count("n", |row| row.n)
            .point("peak", |row| row.peak.as_ref())
            .point("valley", |row| row.valley.as_ref())
            .point("end", |row| row.end.as_ref())
            .maybe_number("peak_end", |row| row.peak_end)
            .maybe_number("duration_weighted", |row| row.duration_weighted)
            .flag("unweighted", |row| row.unweighted)
            .maybe_number("slope", |row| row.slope)
            .point("moment_of_truth", |row| row.moment_of_truth.as_ref())
            .finish()
    }
}

impl Rows for PainRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .count("rank", |row| row.rank)
            .text("journey", |row| &row.journey)
            .text("stage", |row| &row.stage)
            .text("touchpoint", |row| &row.touchpoint)
            .group(|row| &row.group)
            .count("customers", |row| row.customers)
            .count("harmed", |row| row.harmed)
            .estimate("harmed_share", |row| &row.harmed_share)
            .factor("drop_off", |row| &row.drop_off)
            .factor("bad_score", |row| &row.bad_score)
            .factor("wait_over", |row| &row.wait_over)
            .texts("known", |row| &row.known)
            .texts("improvements", |row| &row.improvements)
            .finish()
    }
}

impl Rows for LossRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("kind", |row| &row.kind)
            .group(|row| &row.group)
            .maybe_text("journey", |row| row.journey.as_ref())
            .maybe_text("state", |row| row.state.as_ref())
            .maybe_text("touchpoint", |row| row.touchpoint.as_ref())
            .count("losses", |row| row.losses)
            .count("customers", |row| row.customers)
            .estimate("of_losses", |row| &row.of_losses)
            .estimate("emotion", |row| &row.emotion)
            .estimate("emotion_stayed", |row| &row.emotion_stayed)
            .estimate("median_wait_s", |row| &row.median_wait_s)
            .estimate("median_wait_stayed_s", |row| &row.median_wait_stayed_s)
            .estimate("complained", |row| &row.complained)
            .estimate("complained_stayed", |row| &row.complained_stayed)
            .list(
                "reasons",
                |row| &row.reasons,
                |reasons| reasons.text("reason", |(reason, _)| reason).count("count", |(_, count)| *count),
            )
            .finish()
    }
}

impl Rows for DeviationRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("journey", |row| &row.journey)
            .group(|row| &row.group)
            .maybe_text("after", |row| row.after.as_ref())
            .maybe_text("then", |row| row.then.as_ref())
            .text("kind", |row| &row.kind)
            .texts("skipped", |row| &row.skipped)
            .count("trips", |row| row.trips)
            .estimate("of_trips", |row| &row.of_trips)
            .finish()
    }
}

impl Rows for UnmappedRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("event", |row| &row.event)
            .flag("declared", |row| row.declared)
            .count("count", |row| row.count)
            .count("customers", |row| row.customers)
            .finish()
    }
}

impl Rows for ScoreRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("survey", |row| &row.survey)
            .text("question", |row| &row.question)
            .text("kind", |row| &row.kind)
            .maybe_text("touchpoint", |row| row.touchpoint.as_ref())
            .estimate("score", |row| &row.score)
            .estimate("mean", |row| &row.mean)
            .finish()
    }
}

impl Rows for RefusedIdentity {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("reason", |row| link_refusal(row.reason))
            .text("strong_identity", |row| &row.strong.0)
            .text("strong", |row| &row.strong.1)
            .text("weak_identity", |row| &row.weak.0)
            .text("weak", |row| &row.weak.1)
            .time("at", |row| row.at)
            .finish()
    }
}

/// The name of the reason, as every row of a refused link has it.
pub(super) const fn link_refusal(reason: LinkRefusal) -> &'static str {
    match reason {
        LinkRefusal::Denied => "denied",
        LinkRefusal::MaxLinks => "max_links",
    }
}

/// The `message` is English and shows the first example; `column` is empty where the whole row is meant.
impl Rows for RejectedRows {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("reason", |row| row.reason.slug())
            .text("column", |row| &row.column)
            .count("count", |row| row.count)
            .text("message", |row| row.finding().message(Language::En))
            .list(
                "examples",
                |row| &row.examples,
                |examples| examples.count("line", |at| at.line).text("text", |at| &at.text),
            )
            .finish()
    }
}
