//! The report through its public face: what is on the page, in both languages, for full, empty and hostile studies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod restaurant;

use std::path::PathBuf;

use cjm_core::Language;
use cjm_core::insight::rows::{StudyTables, Summary};
use cjm_core::report::{self, BadRows, ReportOptions};

fn options(language: Language) -> ReportOptions {
    let reason = match language {
        Language::En => "not a time",
        Language::Zh => "时间无法识别",
    };
    ReportOptions {
        language,
        title: None,
        source: Some("events.csv.gz".into()),
        bad_rows: vec![BadRows { reason: reason.into(), count: 12, example: Some("17".into()) }],
    }
}

/// Keeps a page where a person can look at it.
fn keep(name: &str, html: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, html).unwrap();
    path
}

/// The tables of a study that saw nothing.
fn nothing() -> StudyTables {
    StudyTables {
        summary: Summary {
            blueprint: "restaurant".into(),
            events: 0,
            customers: 0,
            first: None,
            last: None,
            until: None,
            unmapped: 0,
            unassigned: 0,
        },
        journeys: vec![],
        stages: vec![],
        touchpoints: vec![],
        lifecycle: vec![],
        moves: vec![],
        curve: vec![],
        curve_summary: vec![],
        scores: vec![],
        pains: vec![],
        losses: vec![],
        deviations: vec![],
        unmapped: vec![],
    }
}

#[test]
fn a_full_study_and_an_empty_one_are_drawn_in_both_languages() {
    for (language, tag) in [(Language::En, "en"), (Language::Zh, "zh")] {
        for (name, tables) in [("full", restaurant::tables()), ("empty", nothing())] {
            let html = report::html(&restaurant::document(), &tables, &options(language)).unwrap();
            keep(&format!("report-{name}-{tag}.html"), &html);
            assert!(html.contains("<html lang=\""), "{name}");
        }
    }
}
