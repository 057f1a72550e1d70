//! The columns of what many maps have in common.
//!
//! Answers: which field stands in which column. Does not know: what the fields mean (see the rows themselves).

use arrow_array::RecordBatch;
use cjm_core::Result;
use cjm_core::map::atlas::{CommonRow, StageRow};

use super::{Rows, Table};

impl Rows for CommonRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("by", |row| row.by.name())
            .text("key", |row| &row.key)
            .count("maps", |row| row.maps)
            .list(
                "places",
                |row| &row.places,
                |places| {
                    places
                        .text("blueprint", |place| &place.blueprint)
                        .text("journey", |place| &place.journey)
                        .text("stage", |place| &place.stage)
                        .text("touchpoint", |place| &place.touchpoint)
                },
            )
            .texts("solved_by", |row| &row.solved_by)
            .finish()
    }
}

impl Rows for StageRow {
    fn table(rows: &[Self]) -> Result<RecordBatch> {
        Table::of(rows)
            .text("blueprint", |row| &row.blueprint)
            .text("journey", |row| &row.journey)
            .text("stage", |row| &row.stage)
            .text("title", |row| &row.title)
            .count("maps", |row| row.maps)
            .count("touchpoints", |row| row.touchpoints)
            .count("with_event", |row| row.with_event)
            .count("required", |row| row.required)
            .count("digital", |row| row.digital)
            .count("physical", |row| row.physical)
            .count("tier_1", |row| row.tier_1)
            .count("tier_2", |row| row.tier_2)
            .texts("owners", |row| &row.owners)
            .count("pains", |row| row.pains)
            .count("opportunities", |row| row.opportunities)
            .maybe_number("expected", |row| row.expected)
            .maybe_number("lowest_expected", |row| row.lowest_expected)
            .count("n_expected", |row| row.n_expected)
            .finish()
    }
}
