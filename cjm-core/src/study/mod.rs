//! Floor 10: a blueprint laid over a log: every customer walks the maps once, on all cores.
//!
//! Answers: every table of a study, by persona, scenario, segment and dimension when asked.
//! Does not know: how tables are drawn. One thread and many give the same tables.

mod known;
mod walk;

#[cfg(test)]
mod identity_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::base::text::Language;
use crate::base::time::Timestamp;
use crate::blueprint::Blueprint;
use crate::engine::bind::Binding;
use crate::engine::stitch;
use crate::error::{Error, ErrorCode, Result};
use crate::event::EventLog;
use crate::insight::rows::{StudyTables, Summary, UnmappedRow};
use crate::insight::tally::{Cut, Tally};
use crate::insight::{curve, journey, lifecycle, loss, pain};
use crate::plan::Plan;

pub use crate::engine::stitch::RefusedIdentity;

/// What to study and how.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StudyOptions {
    /// Cuts beside everyone: `persona`, `scenario`, `segment` or a dimension of the blueprint.
    pub by: Vec<String>,
    /// As of which instant to look; the log's last event unless said. Later events and links are left out; idle trips
    /// end and lifecycle states change up to here.
    pub until: Option<Timestamp>,
    /// Since when two identities are one customer.
    pub identity: IdentityView,
}

/// Since when identities that a log links are one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdentityView {
    /// From the beginning: whoever is one customer at the end of the log always was.
    #[default]
    Final,
    /// From the event on that links them; before, each is a customer with trips of its own.
    AsKnown,
}

/// Everything computed from a log and a blueprint.
#[derive(Debug, Clone)]
pub struct Study {
    plan: Arc<Plan>,
    tables: StudyTables,
    refused: Vec<RefusedIdentity>,
}

impl Blueprint {
    /// Studies a log: every customer walks the maps once.
    ///
    /// ```
    /// use cjm_core::event::{BatchBuilder, LogBuilder, Options};
    /// use cjm_core::{Blueprint, ValueRef, Zone};
    /// let blueprint = Blueprint::from_yaml(
    ///     "cjm: 1\nid: shop\nevents: { view: {}, pay: {} }\njourneys:\n- { id: buy, enter: view, goal: { event: pay }, \
    ///     idle: 1d, stages: [{ id: look, touchpoints: [{ id: view, event: view, repeat: true }] }, \
    ///     { id: pay, touchpoints: [{ id: pay, event: pay }] }] }\n",
    /// )?;
    /// let mut rows = BatchBuilder::default();
    /// let columns = ["user", "event", "time"].map(|name| rows.column(name));
    /// for (line, (user, event, time)) in
    ///     (1..).zip([("u1", "view", "2026-01-01T10:00:00Z"), ("u1", "pay", "2026-01-01T10:05:00Z")])
    /// {
    ///     rows.begin_row(line);
    ///     for (column, text) in columns.into_iter().zip([user, event, time]) {
    ///         rows.push(column, ValueRef::Text(text));
    ///     }
    /// }
    /// let mut log = LogBuilder::new(Options::new("user", "event", "time")).with_blueprint(blueprint.document());
    /// log.push(rows.finish());
    /// let log = log.finish()?;
    /// let study = blueprint.study(&log, &Default::default())?;
    /// assert_eq!(study.tables().journeys[0].reached, 1);
    /// # Ok::<(), cjm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `blueprint` when the blueprint has errors, `argument` for a cut that the blueprint does not have.
    pub fn study(&self, log: &EventLog, options: &StudyOptions) -> Result<Study> {
        Arc::new(self.compile()?).study(log, options)
    }
}

impl Plan {
    /// Studies a log with a compiled blueprint; see [`Blueprint::study`].
    ///
    /// # Errors
    /// `argument` for a cut that the blueprint does not have.
    pub fn study(self: &Arc<Self>, log: &EventLog, options: &StudyOptions) -> Result<Study> {
        let cuts = self.cuts(&options.by)?;
        let until = options.until.or(log.last());
        let people = stitch::people(self, log, until);
        let mut tally = walk::walk(self, log, &people, &cuts, until, options.identity);
        tally.seal(self);
        let tables = tables(self, log, &tally, until, &people);
        Ok(Study { plan: self.clone(), tables, refused: people.refused })
    }

    /// Event names of a log that no touchpoint of any map takes, those aside that the engine itself understands, with
    /// how many events and customers of the log have them; count descending, then name. A study counts the same up to
    /// its instant, by person.
    pub fn unmapped(&self, log: &EventLog) -> Vec<UnmappedRow> {
        let binding = Binding::new(self, log);
        let codes = 0..u32::try_from(log.event_names().len()).unwrap_or(u32::MAX);
        let mut counts: Vec<Option<(u64, u64)>> =
            codes.map(|code| binding.is_unmapped(code).then_some((0, 0))).collect();
        let mut last = vec![usize::MAX; counts.len()];
        for customer in 0..log.n_customers() {
            for row in log.rows(customer) {
                let code = log.names().get(row) as usize;
                let Some(Some((events, customers))) = counts.get_mut(code) else { continue };
                *events += 1;
                if let Some(last) = last.get_mut(code).filter(|last| **last != customer) {
                    *last = customer;
                    *customers += 1;
                }
            }
        }
        unmapped_rows(self, log, counts.into_iter().map(Option::unwrap_or_default))
    }

    fn cuts(&self, by: &[String]) -> Result<Vec<Cut>> {
        let cut = |name: &String| match name.as_str() {
            "persona" => Ok(Cut::Persona),
            "scenario" => Ok(Cut::Scenario),
            "segment" => Ok(Cut::Segment),
            other if self.document.dimensions.iter().any(|d| d == other) => Ok(Cut::Dimension(other.into())),
            other => {
                let known = ["persona", "scenario", "segment"].into_iter();
                let all: Vec<&str> =
                    known.chain(self.document.dimensions.iter().map(String::as_str)).collect();
                let words = format!("can not cut by `{other}`; it can be one of {}", all.join(", "));
                Err(Error::new(ErrorCode::Argument, words))
            }
        };
        let mut cuts = by.iter().map(cut).collect::<Result<Vec<Cut>>>()?;
        cuts.sort();
        cuts.dedup();
        Ok(cuts)
    }
}

impl Study {
    /// Every table.
    pub fn tables(&self) -> &StudyTables {
        &self.tables
    }

    /// The compiled blueprint behind it.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Identity links that were refused, in order of time.
    pub fn refused_links(&self) -> &[RefusedIdentity] {
        &self.refused
    }

    /// Every table as JSON.
    ///
    /// # Errors
    /// `format` when a value can not be written as JSON; tables of a study always can.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(&self.tables)
            .map_err(|error| Error::new(ErrorCode::Format, format!("the tables can not be written: {error}")))
    }

    /// The language that the blueprint asks reports to be in.
    pub fn language(&self) -> Language {
        self.plan.language
    }
}

fn tables(
    plan: &Plan,
    log: &EventLog,
    tally: &Tally,
    until: Option<Timestamp>,
    people: &stitch::People<'_>,
) -> StudyTables {
    let everyone = tally.groups.everyone();
    let unassigned = everyone.iter().flat_map(|c| &c.journeys).map(|j| j.unassigned).sum();
    let unmapped = unmapped_rows(plan, log, tally.unmapped.iter().copied());
    let (first, last) = span(log, until);
    StudyTables {
        summary: Summary {
            blueprint: plan.document.id.clone(),
            events: tally.events,
            customers: tally.customers,
            first,
            last,
            until,
            left_out: (log.n_events() as u64).saturating_sub(tally.events),
            unmapped: unmapped.iter().map(|row| row.count).sum(),
            unassigned,
            condition_errors: tally.condition_errors,
            refused_links: people.refused.len() as u64,
        },
        journeys: journey::journeys(plan, tally),
        stages: journey::stages(plan, tally),
        touchpoints: journey::touchpoint_rows(plan, tally),
        lifecycle: lifecycle::states(plan, tally),
        moves: lifecycle::moves(plan, tally),
        curve: curve::curve(plan, tally),
        curve_summary: curve::summaries(plan, tally),
        scores: curve::scores(plan, tally),
        pains: pain::pains(plan, tally),
        losses: loss::losses(plan, tally),
        deviations: journey::deviations(plan, tally),
        unmapped,
    }
}

/// The first and the last event up to an instant.
fn span(log: &EventLog, until: Option<Timestamp>) -> (Option<Timestamp>, Option<Timestamp>) {
    match (log.first(), log.last(), until) {
        (first, Some(last), Some(until)) if until < last => {
            let known = log.times_us().iter().filter(|at| **at <= until.as_micros());
            let last = known.max().map(|at| Timestamp::saturating(*at));
            (first.filter(|first| *first <= until), last)
        }
        (first, last, _) => (first, last),
    }
}

fn unmapped_rows(plan: &Plan, log: &EventLog, counts: impl Iterator<Item = (u64, u64)>) -> Vec<UnmappedRow> {
    let mut rows: Vec<UnmappedRow> = log
        .event_names()
        .iter()
        .zip(counts)
        .filter(|(_, (count, _))| *count > 0)
        .map(|(name, (count, customers))| UnmappedRow {
            event: name.to_string(),
            declared: plan.names.event(name).is_some(),
            count,
            customers,
        })
        .collect();
    rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.event.cmp(&b.event)));
    rows
}
