//! One journey: its map with the emotion curve, stages, touchpoints, waits, first deviations, the map in words.
//!
//! Answers: which rows stand where. Does not know: customers outside journeys.

use minijinja::context;
use minijinja::value::Value;

use super::super::say::{Unit, w};
use super::super::svg::{bars, curve};
use super::pains::WORST;
use super::table::{self, Table, reading, shown_of};
use super::{View, drawing, everyone};
use crate::blueprint::model::{Touchpoint, TouchpointKind};
use crate::insight::rows::{
    CurvePoint, CurveRow, CurveSummaryRow, DeviationRow, Group, JourneyRow, StageRow, TouchpointRow,
};

/// Most drawings of one map; a longer one is drawn in its first part and told in its tables.
const PANELS: usize = 6;
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
            (w!(say, "median_to_goal"), say.duration_or(row.median_to_goal_s, row.reached)),
            (w!(say, "completed"), say.count(row.completed)),
            (w!(say, "abandoned"), say.count(row.abandoned)),
            (w!(say, "open"), say.count(row.open)),
            (w!(say, "conforming"), say.count(row.conforming)),
        ]
        .into_iter()
        .map(|(label, figure)| context! { label, figure })
        .collect()
    }

    // the map -------------------------------------------------------------------------------------------------

    fn map(&self, id: &str) -> Value {
        let say = &self.say;
        let summary = self.curve_summary_row(id);
        let declared = self.declared_curve(id);
        let mut bands: Vec<(String, curve::Band)> = Vec::new();
        let measured = self.tables.curve.iter().filter(|r| r.journey == id && everyone(&r.group));
        for row in measured.chain(&declared) {
            if bands.last().is_none_or(|(stage, _)| *stage != row.stage) {
                let name = self.names.stage(id, &row.stage);
                bands.push((row.stage.clone(), curve::Band { name, points: Vec::new() }));
            }
            if let Some((_, band)) = bands.last_mut() {
                band.points.push(self.point(row, summary));
            }
        }
        let words = curve::Words {
            label: say.fill(w!(say, "map_label"), &[("journey", &self.names.journey(id))]),
            positive: w!(say, "positive"),
            neutral: w!(say, "neutral"),
            negative: w!(say, "negative"),
        };
        let panels = curve::panels(bands.into_iter().map(|(_, band)| band).collect());
        let note = shown_of(say, PANELS, panels.len());
        let drawings: Vec<Value> =
            panels.iter().take(PANELS).map(|p| drawing(curve::draw(p, &words))).collect();
        context! { label => words.label, drawings, note }
    }

    /// The map as the blueprint has it, where the study has no curve of it: nothing is measured.
    fn declared_curve(&self, id: &str) -> Vec<CurveRow> {
        if self.tables.curve.iter().any(|r| r.journey == id && everyone(&r.group)) {
            return Vec::new();
        }
        let stages = self.names.journey_model(id).into_iter().flat_map(|j| &j.stages);
        let touchpoints = stages.flat_map(|s| s.touchpoints.iter().map(move |t| (s, t)));
        touchpoints
            .map(|(stage, t)| CurveRow {
                journey: id.to_owned(),
                stage: stage.id.clone(),
                touchpoint: t.id.clone(),
                group: Group::default(),
                expected: t.expected,
                actual: None,
                low: None,
                high: None,
                n: 0,
                gap: None,
                sources: Vec::new(),
            })
            .collect()
    }

    fn point(&self, row: &CurveRow, summary: Option<&CurveSummaryRow>) -> curve::Point {
        let say = &self.say;
        let rank = self
            .felt_pains()
            .into_iter()
            .take(WORST)
            .find(|p| p.journey == row.journey && p.touchpoint == row.touchpoint);
        curve::Point {
            name: self.names.touchpoint(&row.journey, &row.touchpoint),
            expected: row.expected,
            actual: row.actual,
            interval: row.low.zip(row.high),
            value: row.actual.map(|a| say.figure(a, Unit::Emotion)).unwrap_or_default(),
            n: if row.actual.is_some() { say.n(row.n) } else { say.unknown(row.n).to_owned() },
            marks: summary.map(|s| self.marks(row, s)).unwrap_or_default(),
            rank: rank.map(|p| p.rank),
        }
    }

    fn marks(&self, row: &CurveRow, summary: &CurveSummaryRow) -> Vec<&'static str> {
        let say = &self.say;
        let here = |p: &Option<CurvePoint>| p.as_ref().is_some_and(|p| p.touchpoint == row.touchpoint);
        [
            (here(&summary.peak), w!(say, "peak")),
            (here(&summary.valley), w!(say, "valley")),
            (here(&summary.moment_of_truth), w!(say, "moment_of_truth")),
            (here(&summary.end), w!(say, "end")),
        ]
        .into_iter()
        .filter_map(|(holds, word)| holds.then_some(word))
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
        let ended = row.completed.saturating_add(row.dropped).saturating_add(row.inside);
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
        let table = Table::new(w!(say, "stage_table"))
            .words(w!(say, "stage"))
            .numbers(w!(say, "trips"))
            .numbers(w!(say, "customers"))
            .numbers(w!(say, "entered"))
            .numbers(w!(say, "left"))
            .numbers(w!(say, "completed"))
            .numbers(w!(say, "dropped"))
            .numbers(w!(say, "inside"))
            .numbers(w!(say, "median_stay"))
            .numbers(w!(say, "q95_stay"))
            .rows(say, ROWS, rows.iter(), |r| {
                let mut cells = vec![table::name(self.names.stage(id, &r.stage))];
                let counts = [r.trips, r.customers, r.entered, r.left, r.completed, r.dropped, r.inside];
                cells.extend(counts.map(|n| table::plain(say.count(n))));
                let ended = r.entered.saturating_sub(r.inside);
                cells
                    .extend([r.median_stay_s, r.q95_stay_s].map(|s| table::plain(say.duration_or(s, ended))));
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
            cells.push(table::plain(say.duration_or(r.median_dwell_s, r.visits)));
        } else {
            cells.extend([(); 4].map(|()| table::plain(w!(say, "no_event"))));
        }
        cells.push(table::estimate(say, &r.emotion, Unit::Emotion));
        cells.push(table::estimate(say, &r.bad_share, Unit::Share));
        cells
    }

    /// Waits as multiples of what was expected, so that all rows share one scale.
    fn waits(&self, id: &str) -> Vec<Value> {
        let rows: Vec<&TouchpointRow> =
            self.touchpoint_rows(id).filter(|r| r.waits > 0 || r.expected_wait_s.is_some()).collect();
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
                    let (median, q95) = (multiple(r, r.median_wait_s), multiple(r, r.q95_wait_s));
                    drawing(bars::wait(median, q95, Some(1.0), to))
                });
                context! {
                    name => self.names.touchpoint(id, &r.touchpoint),
                    bar,
                    expected => r.expected_wait_s.map(|s| say.duration(s)),
                    median => say.duration_or(r.median_wait_s, r.waits),
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
        let rows: Vec<&DeviationRow> = self.tables.deviations.iter().filter(|r| r.journey == id).collect();
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

    /// What the team wrote on the map: expectations, doing, thinking, pains, opportunities, who answers for it.
    fn map_in_words(&self, id: &str) -> Option<Value> {
        let say = &self.say;
        let model = self.names.journey_model(id)?;
        let touchpoints: Vec<(&str, &Touchpoint)> =
            model.stages.iter().flat_map(|s| s.touchpoints.iter().map(move |t| (s.id.as_str(), t))).collect();
        let table = Table::new(w!(say, "map_in_words"))
            .words(w!(say, "touchpoint"))
            .words(w!(say, "answers_for_it"))
            .words(w!(say, "expects"))
            .words(w!(say, "does_thinks"))
            .words(w!(say, "pain_points"))
            .words(w!(say, "opportunities"))
            .rows(say, ROWS, touchpoints.iter(), |(stage, t)| self.words_row(id, stage, t));
        (!touchpoints.is_empty()).then(|| table.done())
    }

    fn words_row(&self, journey: &str, stage: &str, t: &Touchpoint) -> Vec<Value> {
        let say = &self.say;
        let kind = match t.kind {
            Some(TouchpointKind::Physical) => Some(w!(say, "physical").to_owned()),
            Some(TouchpointKind::Digital) => Some(w!(say, "digital").to_owned()),
            None => None,
        };
        let place = [t.channel.as_ref().map(|c| self.names.value("channel", c)), t.system.clone(), kind];
        let owner = t.owner.clone().into_iter().chain(place.into_iter().flatten()).collect();
        let mut expects: Vec<String> = t.expects.iter().map(|e| self.names.text(&e.text)).collect();
        expects.extend(
            t.wait.map(|d| say.fill(w!(say, "wait_at_most"), &[("wait", &say.duration(d.as_secs_f64()))])),
        );
        let does = [&t.does, &t.thinks].into_iter().flatten().map(|x| self.names.text(x)).collect();
        vec![
            table::name_under(self.names.touchpoint(journey, &t.id), self.names.stage(journey, stage)),
            table::names(owner, "–"),
            table::names(expects, "–"),
            table::names(does, "–"),
            table::names(t.pains.iter().map(|p| self.names.text(&p.text)).collect(), "–"),
            table::names(t.opportunities.iter().map(|o| self.names.text(&o.text)).collect(), "–"),
        ]
    }
}
