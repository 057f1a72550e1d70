//! Comparisons: the same figures by persona, scenario, segment or dimension, side by side.
//!
//! Answers: small tables with a column per value. Does not know: the main tables.

use minijinja::context;
use minijinja::value::Value;

use super::super::say::{Unit, w};
use super::View;
use super::table::{self, Table, shown_of};
use crate::insight::rows::{Group, JourneyRow, PainRow};
use crate::score::Estimate;

/// Most values side by side; the first in the order of the study.
const VALUES: usize = 6;
const ROWS: usize = 60;

/// One cell before it is placed: its row, its cut, its estimate.
struct Cell<'a> {
    row: &'a str,
    group: &'a Group,
    estimate: &'a Estimate,
}

impl View<'_> {
    pub(super) fn cuts(&self) -> Vec<Value> {
        self.cut_names().into_iter().map(|by| self.cut(by)).collect()
    }

    /// What the tables are cut by, in the order first met.
    fn cut_names(&self) -> Vec<&str> {
        let t = self.tables;
        let groups = (t.journeys.iter().map(|r| &r.group))
            .chain(t.stages.iter().map(|r| &r.group))
            .chain(t.touchpoints.iter().map(|r| &r.group))
            .chain(t.curve.iter().map(|r| &r.group))
            .chain(t.lifecycle.iter().map(|r| &r.group))
            .chain(t.pains.iter().map(|r| &r.group));
        let mut names: Vec<&str> = Vec::new();
        for by in groups.filter_map(|g| g.by.as_deref()) {
            if !names.contains(&by) {
                names.push(by);
            }
        }
        names
    }

    fn cut(&self, by: &str) -> Value {
        let say = &self.say;
        let mut tables: Vec<Value> = Vec::new();
        for journey in self.journey_ids() {
            tables.extend(self.cut_journey(by, journey));
            tables.extend(self.cut_stages(by, journey));
            tables.extend(self.cut_touchpoints(by, journey));
        }
        tables.extend(self.cut_pains(by));
        tables.extend(self.cut_lifecycle(by));
        let known = ["persona", "scenario", "segment"].contains(&by);
        context! {
            title => say.known("by_", by),
            data => !known,
            tables,
        }
    }

    fn cut_journey(&self, by: &str, journey: &str) -> Option<Value> {
        let say = &self.say;
        let of = |r: &&JourneyRow| r.journey == journey && r.group.by.as_deref() == Some(by);
        let rows: Vec<&JourneyRow> = self.tables.journeys.iter().filter(of).collect();
        let table = Table::new(w!(say, "cut_journey"))
            .of(self.cut_of(journey))
            .words(&say.known("by_", by))
            .numbers(w!(say, "customers"))
            .numbers(w!(say, "trips"))
            .numbers(w!(say, "goal_rate"))
            .numbers(w!(say, "median_to_goal"))
            .numbers(w!(say, "conforming"))
            .rows(say, ROWS, rows.iter(), |r| {
                vec![
                    table::name(self.names.group(say, &r.group, Some(journey))),
                    table::plain(say.count(r.customers)),
                    table::plain(say.count(r.trips)),
                    table::estimate(say, &r.reached_share, Unit::Share),
                    table::estimate(say, &r.median_to_goal_s, Unit::Time),
                    table::plain(say.count(r.conforming)),
                ]
            });
        (!rows.is_empty()).then(|| table.done())
    }

    fn cut_stages(&self, by: &str, journey: &str) -> Option<Value> {
        let cells: Vec<Cell<'_>> = (self.tables.stages.iter())
            .filter(|r| r.journey == journey && r.group.by.as_deref() == Some(by))
            .map(|r| Cell { row: &r.stage, group: &r.group, estimate: &r.drop_share })
            .collect();
        let say = &self.say;
        let caption = (w!(say, "cut_drop_off"), Some(journey));
        self.matrix(caption, w!(say, "stage"), Unit::Share, &cells, |s| self.names.stage(journey, s))
    }

    fn cut_touchpoints(&self, by: &str, journey: &str) -> Vec<Value> {
        let say = &self.say;
        let rows = || {
            self.tables
                .touchpoints
                .iter()
                .filter(|r| r.journey == journey && r.group.by.as_deref() == Some(by))
        };
        let name = |t: &str| self.names.touchpoint(journey, t);
        let emotion: Vec<Cell<'_>> =
            rows().map(|r| Cell { row: &r.touchpoint, group: &r.group, estimate: &r.emotion }).collect();
        let waits: Vec<Cell<'_>> =
            rows().map(|r| Cell { row: &r.touchpoint, group: &r.group, estimate: &r.wait_over }).collect();
        let head = w!(say, "touchpoint");
        let caption = |words| (words, Some(journey));
        [
            self.matrix(caption(w!(say, "cut_emotion")), head, Unit::Emotion, &emotion, name),
            self.matrix(caption(w!(say, "cut_wait")), head, Unit::Share, &waits, name),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The worst pain of each value: what is worst for all need not be worst for each.
    fn cut_pains(&self, by: &str) -> Option<Value> {
        let mut worst: Vec<&PainRow> = Vec::new();
        for row in self.tables.pains.iter().filter(|r| r.group.by.as_deref() == Some(by) && r.harmed > 0) {
            if worst.iter().all(|w| w.group != row.group) {
                worst.push(row);
            }
        }
        let say = &self.say;
        let table = Table::new(w!(say, "cut_pain"))
            .words(&say.known("by_", by))
            .words(w!(say, "touchpoint"))
            .numbers(w!(say, "harmed"))
            .numbers(w!(say, "harmed_share"))
            .rows(say, ROWS, worst.iter(), |r| {
                let touchpoint = self.names.touchpoint(&r.journey, &r.touchpoint);
                vec![
                    table::name(self.names.group(say, &r.group, Some(&r.journey))),
                    table::name_under(touchpoint, self.names.stage(&r.journey, &r.stage)),
                    table::plain(say.count(r.harmed)),
                    table::estimate(say, &r.harmed_share, Unit::Share),
                ]
            });
        (!worst.is_empty()).then(|| table.done())
    }

    fn cut_lifecycle(&self, by: &str) -> Option<Value> {
        let cells: Vec<Cell<'_>> = (self.tables.lifecycle.iter())
            .filter(|r| r.group.by.as_deref() == Some(by))
            .map(|r| Cell { row: &r.state, group: &r.group, estimate: &r.of_all })
            .collect();
        let say = &self.say;
        let caption = (w!(say, "cut_lifecycle"), None);
        self.matrix(caption, w!(say, "state"), Unit::Share, &cells, |s| self.names.value("state", s))
    }

    /// The journey's name, where there are several.
    fn cut_of(&self, journey: &str) -> Option<String> {
        (self.journey_ids().len() > 1).then(|| self.names.journey(journey))
    }

    /// Rows by values. Rows in which nothing is known for any value are left out.
    fn matrix(
        &self,
        (caption, journey): (&'static str, Option<&str>),
        head: &str,
        unit: Unit,
        cells: &[Cell<'_>],
        name: impl Fn(&str) -> String,
    ) -> Option<Value> {
        let say = &self.say;
        let mut values: Vec<&Group> = Vec::new();
        let mut rows: Vec<&str> = Vec::new();
        for cell in cells {
            if !values.contains(&cell.group) {
                values.push(cell.group);
            }
            if !rows.contains(&cell.row) && cell.estimate.value.is_some() {
                rows.push(cell.row);
            }
        }
        let note = shown_of(say, VALUES, values.len());
        values.truncate(VALUES);
        let mut table = Table::new(caption).of(journey.and_then(|j| self.cut_of(j))).words(head);
        for value in &values {
            table = table.numbers_of(self.names.group(say, value, journey));
        }
        let none = Estimate::none("");
        let table = table.rows(say, ROWS, rows.iter(), |row| {
            let mut line = vec![table::name(name(row))];
            line.extend(values.iter().map(|value| {
                let found = cells.iter().find(|c| c.row == *row && c.group == *value);
                table::estimate(say, found.map_or(&none, |c| c.estimate), unit)
            }));
            line
        });
        (!rows.is_empty()).then(|| context! { columns_note => note, ..table.done() })
    }
}
