//! One journey: its map with the emotion curve, stages, touchpoints, waits, first deviations, the map in words.
//!
//! Answers: which rows stand where. Does not know: customers outside journeys.

use minijinja::context;
use minijinja::value::Value;

use super::super::names::clip;
use super::super::say::{Unit, w};
use super::super::svg::bars;
use super::table::{self, Table, reading, shown_of};
use super::{View, drawing, everyone};
use crate::blueprint::model::{Journey, Touchpoint, TouchpointKind};
use crate::insight::rows::{CurvePoint, CurveSummaryRow, DeviationRow, JourneyRow, StageRow, TouchpointRow};
use crate::map::{self, svg::Style};

/// Most touchpoints of one map that are drawn; a longer one is drawn in its first part and told in its tables.
const DRAWN: usize = 96;
/// Most touchpoints side by side: what an A4 page holds in readable print.
const COLUMNS: usize = 8;
const ROWS: usize = 200;
const DEVIATIONS: usize = 15;

impl View<'_> {
    pub(super) fn journeys(&self) -> Vec<Value> {
        self.journey_ids().into_iter().enumerate().map(|(i, id)| self.journey(i, id)).collect()
    }

    fn journey(&self, index: usize, id: &str) -> Value {
        let model = self.names.journey_model(id);
        let text = |t: Option<&crate::Text>| t.map(|t| self.names.text(t)).filter(|t| !t.is_empty());
        context! {
            anchor => format!("journey-{}", index + 1),
            title => self.names.journey(id),
            objective => text(model.and_then(|j| j.objective.as_ref())),
            scenario => text(model.and_then(|j| j.scenario.as_ref())),
            facts => self.facts(id),
            map => self.map(id),
            summary => self.curve_summary(id),
            stages => self.stages(id),
            stage_table => self.stage_table(id),
            touchpoints => self.touchpoint_table(id),
            waits => self.waits(id),
            deviations => self.deviations(id),
            words => self.map_in_words(id),
        }
    }

    fn journey_row(&self, id: &str) -> Option<&JourneyRow> {
        self.tables.journeys.iter().find(|r| r.journey == id && everyone(&r.group))
    }

    fn facts(&self, id: &str) -> Vec<Value> {
        let Some(row) = self.journey_row(id) else { return Vec::new() };
        let say = &self.say;
        [
            (w!(say, "trips"), say.count(row.trips)),
            (w!(say, "customers"), say.count(row.customers)),
            (w!(say, "goal_rate"), say.line(&row.reached_share, Unit::Share)),
            (w!(say, "median_to_goal"), say.line(&row.median_to_goal_s, Unit::Time)),
            (w!(say, "completed"), say.count(row.completed)),
            (w!(say, "abandoned"), say.count(row.abandoned)),
            (w!(say, "merged"), say.count(row.merged)),
            (w!(say, "open"), say.count(row.open)),
            (w!(say, "open_nowhere"), say.count(row.nowhere)),
            (w!(say, "conforming"), say.count(row.conforming)),
        ]
        .into_iter()
        .filter(|(label, _)| row.merged > 0 || *label != w!(say, "merged"))
        .filter(|(label, _)| row.nowhere > 0 || *label != w!(say, "open_nowhere"))
        .map(|(label, figure)| context! { label, figure })
        .collect()
    }

    // the map -------------------------------------------------------------------------------------------------

    fn map(&self, id: &str) -> Value {
        let say = &self.say;
        let label = say.fill(w!(say, "map_label"), &[("journey", &self.names.journey(id))]);
        let Some(model) = self.names.journey_model(id) else {
            return context! { label, svg => (), note => () };
        };
        let n_touchpoints: usize = model.stages.iter().map(|s| s.touchpoints.len()).sum();
        if n_touchpoints == 0 {
            return context! { label, svg => (), note => () };
        }
        let drawn = first_touchpoints(model, DRAWN);
        let style = Style {
            id: &format!("map-{id}"),
            column_px: 104.0,
            max_columns: COLUMNS,
            channels: &self.document.channels,
            header: false,
            legend: true,
        };
        let svg = map::svg::draw(&drawn, Some(&self.curve(id)), say.language, &style);
        context! { label, svg => drawing(svg), note => shown_of(say, DRAWN, n_touchpoints) }
    }

    fn curve(&self, id: &str) -> Vec<map::svg::CurvePoint> {
        let rows = self.tables.curve.iter().filter(|r| r.journey == id && everyone(&r.group));
        rows.map(|r| map::svg::CurvePoint {
            touchpoint: r.touchpoint.clone(),
            expected: r.expected,
            actual: r.actual,
            low: r.low,
            high: r.high,
            n: r.n,
        })
        .collect()
    }

    fn curve_summary_row(&self, id: &str) -> Option<&CurveSummaryRow> {
        self.tables.curve_summary.iter().find(|r| r.journey == id && everyone(&r.group))
    }

    fn curve_summary(&self, id: &str) -> Vec<Value> {
        let Some(row) = self.curve_summary_row(id) else { return Vec::new() };
        let say = &self.say;
        let unknown = || (say.unknown(row.n).to_owned(), None);
        let point = |p: &Option<CurvePoint>| match p {
            Some(p) => (say.figure(p.value, Unit::Emotion), Some(self.names.touchpoint(id, &p.touchpoint))),
            None => unknown(),
        };
        let figure = |v: Option<f64>| v.map_or_else(unknown, |v| (say.figure(v, Unit::Emotion), None));
        let mean = if row.unweighted { w!(say, "plain_mean") } else { w!(say, "duration_weighted") };
        [
            (w!(say, "peak"), point(&row.peak)),
            (w!(say, "valley"), point(&row.valley)),
            (w!(say, "end"), point(&row.end)),
            (w!(say, "moment_of_truth"), point(&row.moment_of_truth)),
            (w!(say, "peak_end"), figure(row.peak_end)),
            (mean, figure(row.duration_weighted)),
            (w!(say, "slope"), figure(row.slope)),
            (w!(say, "measured_touchpoints"), (say.count(row.n), None)),
        ]
        .into_iter()
        .map(|(label, (figure, place))| context! { label, figure, place })
        .collect()
    }

    // stages ----------------------------------------------------------------------------------------------------

    fn stage_rows(&self, id: &str) -> impl Iterator<Item = &StageRow> {
        self.tables.stages.iter().filter(move |r| r.journey == id && everyone(&r.group))
    }

    fn stages(&self, id: &str) -> Vec<Value> {
        let trips = self.journey_row(id).map_or(0, |r| r.trips);
        let all = self.stage_rows(id).map(|r| r.trips).max().unwrap_or(0).max(trips);
        self.stage_rows(id).take(ROWS).map(|row| self.stage(row, all)).collect()
    }

    fn stage(&self, row: &StageRow, all: u64) -> Value {
        let say = &self.say;
        let of_all = |n: u64| if all == 0 { 0.0 } else { n as f64 / all as f64 };
        let ended = [row.completed, row.dropped, row.merged, row.inside];
        let ended = ended.into_iter().fold(0_u64, u64::saturating_add);
        let parts = [
            (of_all(row.trips.saturating_sub(ended)), "on"),
            (of_all(row.completed), "done"),
            (of_all(row.inside), "inside"),
            (of_all(row.dropped), "lost"),
        ];
        context! {
            name => self.names.stage(&row.journey, &row.stage),
            trips => say.count(row.trips),
            share => reading(say.estimate(&row.of_trips, Unit::Share)),
            drop => reading(say.estimate(&row.drop_share, Unit::Share)),
            dropped => say.count(row.dropped),
            bar => drawing(bars::parts(&parts)),
        }
    }

    fn stage_table(&self, id: &str) -> Option<Value> {
        let say = &self.say;
        let rows: Vec<&StageRow> = self.stage_rows(id).collect();
        let merges = rows.iter().any(|r| r.merged > 0);
        let mut table = Table::new(w!(say, "stage_table"))
            .words(w!(say, "stage"))
            .numbers(w!(say, "trips"))
            .numbers(w!(say, "customers"))
            .numbers(w!(say, "entered"))
            .numbers(w!(say, "left"))
            .numbers(w!(say, "completed"))
            .numbers(w!(say, "dropped"));
        if merges {
            table = table.numbers(w!(say, "merged"));
        }
        let table = table
            .numbers(w!(say, "inside"))
            .numbers(w!(say, "median_stay"))
            .numbers(w!(say, "q95_stay"))
            .rows(say, ROWS, rows.iter(), |r| {
                let mut cells = vec![table::name(self.names.stage(id, &r.stage))];
                let counts = [r.trips, r.customers, r.entered, r.left, r.completed, r.dropped];
                let counts = counts.into_iter().chain(merges.then_some(r.merged)).chain([r.inside]);
                cells.extend(counts.map(|n| table::plain(say.count(n))));
                cells.push(table::estimate(say, &r.median_stay_s, Unit::Time));
                cells.push(table::plain(say.duration_or(r.q95_stay_s, r.median_stay_s.n)));
                cells
            });
        (!rows.is_empty()).then(|| table.done())
    }

    // touchpoints -----------------------------------------------------------------------------------------------

    fn touchpoint_rows(&self, id: &str) -> impl Iterator<Item = &TouchpointRow> {
        self.tables.touchpoints.iter().filter(move |r| r.journey == id && everyone(&r.group))
    }

    fn touchpoint_table(&self, id: &str) -> Option<Value> {
        let say = &self.say;
        let rows: Vec<&TouchpointRow> = self.touchpoint_rows(id).collect();
        let table = Table::new(w!(say, "touchpoint_table"))
            .words(w!(say, "touchpoint"))
            .numbers(w!(say, "customers"))
            .numbers(w!(say, "visits"))
            .numbers(w!(say, "next_rate"))
            .numbers(w!(say, "median_dwell"))
            .numbers(w!(say, "emotion"))
            .numbers(w!(say, "bad_share"))
            .rows(say, ROWS, rows.iter(), |r| self.touchpoint_row(r));
        (!rows.is_empty()).then(|| table.done())
    }

    fn touchpoint_row(&self, r: &TouchpointRow) -> Vec<Value> {
        let say = &self.say;
        let name = self.names.touchpoint(&r.journey, &r.touchpoint);
        let mut cells = vec![table::name_under(name, self.names.stage(&r.journey, &r.stage))];
        if r.has_event {
            cells.push(table::plain(say.count(r.customers)));
            cells.push(table::plain(say.count(r.visits)));
            cells.push(table::estimate(say, &r.next_rate, Unit::Share));
            cells.push(table::estimate(say, &r.median_dwell_s, Unit::Time));
        } else {
            cells.extend([(); 4].map(|()| table::plain(w!(say, "no_event"))));
        }
        cells.push(table::estimate(say, &r.emotion, Unit::Emotion));
        cells.push(table::estimate(say, &r.bad_share, Unit::Share));
        cells
    }

    /// Waits where one is expected, as multiples of it, so that all rows share one scale.
    fn waits(&self, id: &str) -> Vec<Value> {
        let rows: Vec<&TouchpointRow> =
            self.touchpoint_rows(id).filter(|r| r.expected_wait_s.is_some()).collect();
        let multiple = |r: &TouchpointRow, s: Option<f64>| {
            r.expected_wait_s.filter(|e| *e > 0.0).zip(s).map(|(expected, s)| s / expected)
        };
        let largest = rows.iter().filter_map(|r| multiple(r, r.q95_wait_s)).fold(1.5, f64::max);
        let to = (largest * 1.05).clamp(1.5, 5.0);
        rows.into_iter()
            .take(ROWS)
            .map(|r| {
                let say = &self.say;
                let bar = r.expected_wait_s.filter(|e| *e > 0.0).map(|_| {
                    let (median, q95) = (multiple(r, r.median_wait_s.value), multiple(r, r.q95_wait_s));
                    drawing(bars::wait(median, q95, Some(1.0), to))
                });
                let median = say.estimate(&r.median_wait_s, Unit::Time);
                context! {
                    name => self.names.touchpoint(id, &r.touchpoint),
                    bar,
                    expected => r.expected_wait_s.map(|s| say.duration(s)),
                    median => median.value,
                    range => median.range,
                    q95 => say.duration_or(r.q95_wait_s, r.waits),
                    n => say.n(r.waits),
                    over => reading(say.estimate(&r.wait_over, Unit::Share)),
                }
            })
            .collect()
    }

    // deviations ------------------------------------------------------------------------------------------------

    fn deviations(&self, id: &str) -> Option<Value> {
        let say = &self.say;
        let rows: Vec<&DeviationRow> =
            self.tables.deviations.iter().filter(|r| r.journey == id && everyone(&r.group)).collect();
        let table = Table::new(w!(say, "deviation_table"))
            .words(w!(say, "after"))
            .words(w!(say, "deviation"))
            .words(w!(say, "then"))
            .words(w!(say, "skipped"))
            .numbers(w!(say, "trips"))
            .numbers(w!(say, "of_trips"))
            .rows(say, DEVIATIONS, rows.iter(), |r| {
                let touchpoint = |t: &Option<String>, none: &str| match t {
                    Some(t) => table::name(self.names.touchpoint(id, t)),
                    None => table::plain(none),
                };
                let skipped = r.skipped.iter().map(|t| self.names.touchpoint(id, t)).collect();
                vec![
                    touchpoint(&r.after, w!(say, "start")),
                    table::plain(say.known("deviation_", &r.kind)),
                    touchpoint(&r.then, w!(say, "trip_ended")),
                    table::names(skipped, "–"),
                    table::plain(say.count(r.trips)),
                    table::estimate(say, &r.of_trips, Unit::Share),
                ]
            });
        (!rows.is_empty()).then(|| table.done())
    }

    // the map in words ------------------------------------------------------------------------------------------

    /// What the team wrote on the map, touchpoints of which nothing is written left out.
    fn map_in_words(&self, id: &str) -> Option<Value> {
        let say = &self.say;
        let model = self.names.journey_model(id)?;
        let touchpoints: Vec<(&str, &Touchpoint)> = model
            .stages
            .iter()
            .flat_map(|s| s.touchpoints.iter().map(move |t| (s.id.as_str(), t)))
            .filter(|(_, t)| is_written_of(t))
            .collect();
        let table = Table::new(w!(say, "map_in_words"))
            .words(w!(say, "touchpoint"))
            .words(w!(say, "answers_for_it"))
            .words(w!(say, "expects"))
            .words(w!(say, "does_thinks"))
            .words(w!(say, "pain_points"))
            .words(w!(say, "opportunities"))
            .words(w!(say, "behind"))
            .rows(say, ROWS, touchpoints.iter(), |(stage, t)| self.words_row(id, stage, t));
        (!touchpoints.is_empty()).then(|| table.done())
    }

    fn words_row(&self, journey: &str, stage: &str, t: &Touchpoint) -> Vec<Value> {
        let say = &self.say;
        let kind = t.kind.map(|kind| match kind {
            TouchpointKind::Physical => w!(say, "map.physical").to_owned(),
            TouchpointKind::Digital => w!(say, "map.digital").to_owned(),
        });
        let place = [t.channel.as_ref().map(|c| self.names.value("channel", c)), t.system.clone(), kind];
        let owner = t.owner.clone().into_iter().chain(place.into_iter().flatten()).collect();
        let expects = t.expects.iter().map(|e| self.names.text(&e.text)).collect();
        let does = [&t.does, &t.thinks].into_iter().flatten().map(|x| self.names.text(x)).collect();
        let behind =
            t.behind.iter().map(|b| b.title.as_ref().map_or_else(|| clip(&b.id), |x| self.names.text(x)));
        vec![
            table::name_under(self.names.touchpoint(journey, &t.id), self.names.stage(journey, stage)),
            table::names(owner, "–"),
            table::names(expects, "–"),
            table::names(does, "–"),
            table::names(t.pains.iter().map(|p| self.names.text(&p.text)).collect(), "–"),
            table::names(t.opportunities.iter().map(|o| self.names.text(&o.text)).collect(), "–"),
            table::names(behind.collect(), "–"),
        ]
    }
}

fn is_written_of(t: &Touchpoint) -> bool {
    let lists = [t.expects.len(), t.pains.len(), t.opportunities.len(), t.behind.len()];
    lists.into_iter().any(|n| n > 0) || t.does.is_some() || t.thinks.is_some()
}

/// The journey with its first `n` touchpoints.
fn first_touchpoints(journey: &Journey, n: usize) -> Journey {
    let mut first = journey.clone();
    let mut room = n;
    for stage in &mut first.stages {
        stage.touchpoints.truncate(room);
        room -= stage.touchpoints.len();
    }
    first.stages.retain(|s| !s.touchpoints.is_empty());
    first
}
