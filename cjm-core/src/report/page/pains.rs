//! The worst pains: the first three at length, the others in a table.
//!
//! Answers: each pain's evidence, what is known of it, what is done about it. Does not know: how pains are ranked.

use minijinja::context;
use minijinja::value::Value;

use super::super::say::{Unit, w};
use super::super::svg::bars::{self, Scale};
use super::table::{self, Table, reading};
use super::{View, drawing, everyone};
use crate::insight::pain::names;
use crate::insight::rows::{Factor, PainRow};

/// Pains shown at length.
pub(super) const WORST: usize = 3;
const MORE: usize = 20;

impl View<'_> {
    /// Pains that harmed someone, worst first.
    pub(super) fn felt_pains(&self) -> Vec<&PainRow> {
        self.tables.pains.iter().filter(|p| everyone(&p.group) && p.harmed > 0).collect()
    }

    pub(super) fn worst_pains(&self) -> Vec<Value> {
        let pains = self.felt_pains();
        let worst = pains.get(..WORST.min(pains.len())).unwrap_or_default();
        let shares = worst.iter().flat_map(|p| factors(p).map(|(_, f)| f.share));
        let largest = shares.filter_map(|e| e.high.or(e.value)).fold(0.0, f64::max);
        worst.iter().map(|p| self.pain(p, Scale::of_shares(largest))).collect()
    }

    fn pain(&self, p: &PainRow, scale: Scale) -> Value {
        let factors: Vec<Value> = factors(p).map(|(key, f)| self.factor(key, f, scale)).into();
        let improvements: Vec<Value> = p.improvements.iter().map(|i| self.improvement(i)).collect();
        context! {
            rank => p.rank,
            touchpoint => self.names.touchpoint(&p.journey, &p.touchpoint),
            journey => self.names.journey(&p.journey),
            stage => self.names.stage(&p.journey, &p.stage),
            harmed => self.say.count(p.harmed),
            of => self.say.fill(w!(self.say, "of_customers_here"), &[("n", &self.say.count(p.customers))]),
            share => reading(self.say.estimate(&p.harmed_share, Unit::Share)),
            factors,
            known => p.known.iter().map(|id| self.names.pain(&p.journey, id)).collect::<Vec<_>>(),
            improvements,
            opportunities => self.opportunities(p),
        }
    }

    fn factor(&self, key: &'static str, f: &Factor, scale: Scale) -> Value {
        let e = &f.share;
        let bar = e.value.map(|v| drawing(bars::share(v, e.low.zip(e.high), scale, "fill bad")));
        context! {
            label => self.say.known("factor_", key),
            customers => self.say.count(f.customers),
            reading => reading(self.say.estimate(e, Unit::Share)),
            bar,
        }
    }

    fn improvement(&self, id: &str) -> Value {
        let model = self.names.improvement_model(id);
        let due = model.and_then(|i| i.due).map(|d| d.parts());
        context! {
            title => self.names.improvement(id),
            owner => model.and_then(|i| i.owner.clone()),
            due => due.map(|(y, m, d)| self.say.ymd(y, m, d)),
            status => model.and_then(|i| i.status.as_deref()).map(|s| self.say.known("status_", s).into_owned()),
        }
    }

    /// Opportunities anywhere on the journey that would solve the pains known here.
    fn opportunities(&self, p: &PainRow) -> Vec<String> {
        let journey = self.names.journey_model(&p.journey);
        let touchpoints = journey.into_iter().flat_map(|j| &j.stages).flat_map(|s| &s.touchpoints);
        touchpoints
            .flat_map(|t| t.opportunities.iter().map(move |o| (t, o)))
            .filter(|(t, o)| t.id == p.touchpoint || o.solves.iter().any(|name| solves(name, p)))
            .map(|(_, o)| self.names.text(&o.text))
            .collect()
    }

    pub(super) fn more_pains(&self) -> Option<Value> {
        let pains = self.felt_pains();
        let rest = pains.get(WORST..).filter(|rest| !rest.is_empty())?;
        let say = &self.say;
        let table = Table::new(w!(say, "more_pains"))
            .words(w!(say, "touchpoint"))
            .numbers(w!(say, "rank"))
            .numbers(w!(say, "harmed"))
            .numbers(w!(say, "harmed_share"))
            .numbers(w!(say, "factor_drop_off"))
            .numbers(w!(say, "factor_bad_score"))
            .numbers(w!(say, "factor_wait_over"))
            .rows(say, MORE, rest.iter(), |p| self.pain_row(p));
        Some(table.done())
    }

    fn pain_row(&self, p: &PainRow) -> Vec<Value> {
        let say = &self.say;
        let mut cells = vec![
            table::name_under(
                self.names.touchpoint(&p.journey, &p.touchpoint),
                self.names.stage(&p.journey, &p.stage),
            ),
            table::plain(p.rank.to_string()),
            table::plain(say.count(p.harmed)),
            table::estimate(say, &p.harmed_share, Unit::Share),
        ];
        cells.extend(factors(p).map(|(_, f)| table::estimate(say, &f.share, Unit::Share)));
        cells
    }
}

/// Whether a name, `id` or `journey/id`, is one of the pains known at a touchpoint.
fn solves(name: &str, p: &PainRow) -> bool {
    p.known.iter().any(|id| names(name, &p.journey, id))
}

fn factors(p: &PainRow) -> [(&'static str, &Factor); 3] {
    [("drop_off", &p.drop_off), ("bad_score", &p.bad_score), ("wait_over", &p.wait_over)]
}
