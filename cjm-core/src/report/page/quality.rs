//! What the figures rest on: events that no touchpoint takes, rows refused, methods, definitions.
//!
//! Answers: how far the report can be trusted, and what its words mean. Does not know: journeys.

use std::collections::BTreeSet;

use minijinja::context;
use minijinja::value::Value;

use super::super::names::clip;
use super::super::say::w;
use super::View;
use super::table::{self, Table};
use crate::score::Estimate;

const ROWS: usize = 15;

impl View<'_> {
    pub(super) fn quality(&self) -> Value {
        let say = &self.say;
        let summary = &self.tables.summary;
        let outside = self.tables.journeys.iter().filter(|r| super::everyone(&r.group));
        let (outside, not_opened) = outside.fold((0_u64, 0_u64), |(outside, not_opened), r| {
            (outside.saturating_add(r.outside), not_opened.saturating_add(r.not_opened))
        });
        let facts: Vec<Value> = [
            (w!(say, "events"), summary.events),
            (w!(say, "events_later"), summary.left_out),
            (w!(say, "events_unmapped"), summary.unmapped),
            (w!(say, "events_outside"), outside),
            (w!(say, "trips_not_opened"), not_opened),
            (w!(say, "trips_unassigned"), summary.unassigned),
            (w!(say, "condition_errors"), summary.condition_errors),
            (w!(say, "refused_links"), summary.refused_links),
        ]
        .into_iter()
        .filter(|(label, n)| {
            *n > 0 || ![w!(say, "events_later"), w!(say, "trips_not_opened")].contains(label)
        })
        .map(|(label, n)| context! { label, figure => say.count(n) })
        .collect();
        context! { facts, unmapped => self.unmapped(), bad_rows => self.bad_rows() }
    }

    fn unmapped(&self) -> Option<Value> {
        let say = &self.say;
        let rows = &self.tables.unmapped;
        let table = Table::new(w!(say, "unmapped_table"))
            .words(w!(say, "event"))
            .words(w!(say, "in_tracking_plan"))
            .numbers(w!(say, "count"))
            .numbers(w!(say, "customers"))
            .rows(say, ROWS, rows.iter(), |r| {
                vec![
                    table::name(clip(&r.event)),
                    table::plain(if r.declared { w!(say, "yes") } else { w!(say, "no") }),
                    table::plain(say.count(r.count)),
                    table::plain(say.count(r.customers)),
                ]
            });
        (!rows.is_empty()).then(|| table.done())
    }

    fn bad_rows(&self) -> Option<Value> {
        let say = &self.say;
        let rows = &self.options.bad_rows;
        let table = Table::new(w!(say, "bad_row_table"))
            .words(w!(say, "reason"))
            .numbers(w!(say, "count"))
            .words(w!(say, "first_example"))
            .rows(say, ROWS, rows.iter(), |r| {
                vec![
                    table::name(clip(&r.reason)),
                    table::plain(say.count(r.count)),
                    r.example.as_deref().map_or_else(|| table::plain("–"), |e| table::name(clip(e))),
                ]
            });
        (!rows.is_empty()).then(|| table.done())
    }

    pub(super) fn method(&self) -> Value {
        let say = &self.say;
        let methods: Vec<String> =
            self.methods().into_iter().map(|m| say.known("method_", m).into_owned()).collect();
        let terms: Vec<Value> = [
            (w!(say, "n"), w!(say, "means_n")),
            (w!(say, "trip"), w!(say, "means_trip")),
            (w!(say, "dropped"), w!(say, "means_dropped")),
            (w!(say, "harmed"), w!(say, "means_harmed")),
            (w!(say, "emotion"), w!(say, "means_emotion")),
            (w!(say, "moment_of_truth"), w!(say, "means_moment_of_truth")),
            (w!(say, "peak_end"), w!(say, "means_peak_end")),
            (w!(say, "deviation"), w!(say, "means_deviation")),
            (w!(say, "score_nps"), w!(say, "means_nps")),
            (w!(say, "score_csat"), w!(say, "means_csat")),
            (w!(say, "score_ces"), w!(say, "means_ces")),
        ]
        .into_iter()
        .map(|(term, meaning)| context! { term, meaning })
        .collect();
        context! { methods => (!methods.is_empty()).then(|| say.list(&methods)), terms }
    }

    /// The interval methods behind the figures shown.
    fn methods(&self) -> BTreeSet<&'static str> {
        let t = self.tables;
        let all = (t.stages.iter().flat_map(|r| [r.of_trips, r.drop_share]))
            .chain(t.touchpoints.iter().flat_map(|r| [r.next_rate, r.wait_over, r.bad_share, r.emotion]))
            .chain(t.scores.iter().flat_map(|r| [r.score, r.mean]))
            .chain(t.journeys.iter().map(|r| r.reached_share))
            .chain(t.lifecycle.iter().map(|r| r.of_all))
            .chain(t.stages.iter().map(|r| r.median_stay_s))
            .chain(t.touchpoints.iter().flat_map(|r| [r.median_dwell_s, r.median_wait_s]))
            .chain(t.journeys.iter().map(|r| r.median_to_goal_s));
        all.filter(|e: &Estimate| e.value.is_some() && !e.method.is_empty()).map(|e| e.method).collect()
    }
}
