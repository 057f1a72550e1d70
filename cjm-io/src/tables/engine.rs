//! The columns of what an engine and a replay answer with.
//!
//! Answers: which field stands in which column. Does not know: what the fields mean (see the rows themselves).

use std::sync::Arc;

use arrow_array::RecordBatch;
use cjm_core::engine::host::RefusedLink;
use cjm_core::engine::replay::{OverlapRow, RefusedDifference, RefusedRow, RuleDifference, SentRow, Waiting};
use cjm_core::engine::{Decision, Outcome, Refusal};
use cjm_core::expr::json::json;
use cjm_core::ticket::TicketRow;
use cjm_core::{Result, Value};

use super::study::link_refusal;
use super::{Rows, Table};

/// `arguments` and `dimensions` are texts of JSON objects, as [`Decision::to_json`] has them.
impl Rows for Decision {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("id", |row| row.id.to_string())
            .text("rule", |row| &row.rule)
            .customer(|row| &row.customer)
            .maybe_text("key", |row| row.key.as_ref())
            .time("due", |row| row.due)
            .place("step", |row| row.step)
            .place("item", |row| row.item)
            .text("action", |row| row.action.name())
            .text("target", |row| &row.target)
            .maybe_text("channel", |row| row.channel.as_ref())
            .maybe_text("purpose", |row| row.purpose.as_ref())
            .text("arguments", |row| object(&row.arguments))
            .maybe_text("arm", |row| row.arm.as_ref())
            .flag("applied", |row| row.applied)
            .list(
                "events",
                |row| &row.events,
                |events| events.text("source", |(source, _)| source).text("id", |(_, id)| id),
            )
            .text("dimensions", |row| object(&row.dimensions))
            .finish()
    }
}

/// Values by name as the text of a JSON object.
fn object(pairs: &[(Arc<str>, Value)]) -> String {
    let fields = pairs.iter().map(|(name, value)| (name.to_string(), json(value)));
    serde_json::Value::Object(fields.collect()).to_string()
}

/// `reason` is the stable name, as in `capped`; which cap it was stands in the refusal alone.
impl Rows for Refusal {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("reason", |row| row.reason.name())
            .text("rule", |row| &row.rule)
            .customer(|row| &row.customer)
            .maybe_text("key", |row| row.key.as_ref())
            .time("due", |row| row.due)
            .place("step", |row| row.step)
            .maybe_place("item", |row| row.item)
            .maybe_text("channel", |row| row.channel.as_ref())
            .finish()
    }
}

impl Rows for Outcome {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("decision", |row| row.decision.to_string())
            .text("rule", |row| &row.rule)
            .maybe_text("arm", |row| row.arm.as_ref())
            .flag("held_out", |row| row.held_out)
            .time("at", |row| row.at)
            .finish()
    }
}

impl Rows for Waiting {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .time("due", |row| row.due)
            .customer(|row| &row.customer)
            .text("rule", |row| &row.rule)
            .maybe_text("key", |row| row.key.as_ref())
            .finish()
    }
}

impl Rows for RefusedRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("rule", |row| &row.rule)
            .text("reason", |row| row.reason)
            .count("n", |row| row.n)
            .finish()
    }
}

/// `channel` is empty for tickets and calls.
impl Rows for SentRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .day("day", |row| row.day)
            .text("channel", |row| &row.channel)
            .count("n", |row| row.n)
            .finish()
    }
}

impl Rows for OverlapRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("rule", |row| &row.rule)
            .text("other", |row| &row.other)
            .count("customers", |row| row.customers)
            .finish()
    }
}

impl Rows for RuleDifference {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("rule", |row| &row.rule)
            .count("before", |row| row.before)
            .count("after", |row| row.after)
            .count("same", |row| row.same)
            .count("changed", |row| row.changed)
            .count("gone", |row| row.gone)
            .count("new", |row| row.new)
            .finish()
    }
}

impl Rows for RefusedDifference {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("rule", |row| &row.rule)
            .text("reason", |row| row.reason)
            .count("before", |row| row.before)
            .count("after", |row| row.after)
            .finish()
    }
}

impl Rows for TicketRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("id", |row| row.id.to_string())
            .customer(|row| &row.customer)
            .text("rule", |row| &row.rule)
            .text("queue", |row| &row.queue)
            .maybe_text("person", |row| row.person.as_ref())
            .maybe_text("kind", |row| row.kind.as_ref())
            .text("status", |row| row.status.name())
            .time("opened", |row| row.opened)
            .maybe_time("accept_by", |row| row.accept_by)
            .maybe_time("contact_by", |row| row.contact_by)
            .maybe_time("resolve_by", |row| row.resolve_by)
            .maybe_time("tell_by", |row| row.tell_by)
            .texts("overdue", |row| row.overdue.iter().map(|limit| limit.name()))
            .list(
                "facts",
                |row| &row.facts,
                |facts| facts.text("name", |(name, _)| name).text("value", |(_, value)| value),
            )
            .finish()
    }
}

impl Rows for RefusedLink {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("reason", |row| link_refusal(row.reason))
            .text("strong_identity", |row| &row.strong.kind)
            .text("strong", |row| &row.strong.value)
            .text("weak_identity", |row| &row.weak.kind)
            .text("weak", |row| &row.weak.value)
            .time("at", |row| row.at)
            .finish()
    }
}
