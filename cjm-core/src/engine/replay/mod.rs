//! Replay: a log of the past through the live rules, everybody's policy included, on all cores.
//!
//! Answers: what would have been decided and refused, when, and what was still waiting at the end. Each person's
//! inputs pass the same steps as in a live engine; budgets and tickets' persons follow in one ordered pass over all.
//! Does not know: what the host did with decisions (nothing is acknowledged), formats of logs.

mod diff;
pub(super) mod person;
mod row;
mod sums;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::base::par;
use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::event::EventLog;
use crate::outreach::RefusalReason;
use crate::plan::Plan;
use crate::ticket::{TicketId, TicketRow};

use self::person::{Reader, Story};
use self::row::MOST_ROWS;
use super::decision::{Decision, Outcome, Refusal};
use super::host::RefusedLink;
use super::host::stage::{self, Charges, Stage};
use super::state::CustomerState;
use super::stitch;

pub use self::diff::{Difference, Differing, RefusedDifference, RuleDifference};
pub use self::sums::{OverlapRow, RefusedRow, SentRow};

/// Persons per piece of work.
const PIECE: usize = 1_024;

/// Up to when time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Until {
    /// Up to the log's last event: what waits then is listed as waiting.
    #[default]
    LastEvent,
    /// Up to an instant, as if it were now: later events are left out and counted.
    At(Timestamp),
    /// Until nobody waits for anything: every wait, step, trip and limit comes to its end, only schedules stop with
    /// the last of them.
    EndOfWaits,
}

/// How to replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplayOptions {
    /// Up to when.
    pub until: Until,
    /// Whether the states at the end are kept.
    pub states: bool,
}

/// Something that had not come about at the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waiting {
    /// When it would come about.
    pub due: Timestamp,
    /// For whom.
    pub customer: IdentityKey,
    /// The rule.
    pub rule: Arc<str>,
    /// The rule's key as text, where it has one.
    pub key: Option<Arc<str>>,
}

/// What a replay gives.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// Decisions by (due, customer, priority, document, item).
    pub decisions: Vec<Decision>,
    /// Refusals likewise.
    pub refusals: Vec<Refusal>,
    /// Goals that were met, by (time, decision).
    pub outcomes: Vec<Outcome>,
    /// What was still ahead, by (due, customer, rule).
    pub waiting: Vec<Waiting>,
    /// Tickets as they were at the end, by (opened, id).
    pub tickets: Vec<TicketRow>,
    /// Links between identities that were refused, by time.
    pub refused_links: Vec<RefusedLink>,
    /// Events that could not be taken in: by code of the error, how many and the first message.
    pub errors: BTreeMap<&'static str, (u64, String)>,
    /// Events that were taken in.
    pub n_events: u64,
    /// Events later than [`Until::At`]: left out.
    pub n_left_out: u64,
    /// The customers at the end, by key; only when asked for.
    pub states: Vec<CustomerState>,
}

impl Plan {
    /// What this plan would have done with the events of a log.
    ///
    /// ```
    /// use cjm_core::event::{BatchBuilder, LogBuilder, Options};
    /// use cjm_core::{Blueprint, ReplayOptions, Until, ValueRef, Zone};
    /// let text = r#"
    /// cjm: 1
    /// id: shop
    /// zone: UTC
    /// identities: [{ id: member }]
    /// events: { cart: {}, paid: {} }
    /// rules:
    ///   - { id: forgot, when: { after: cart, without: paid, for: 30m }, do: [{ call: remind }] }
    /// "#;
    /// let blueprint = Blueprint::from_yaml(text)?;
    /// let mut rows = BatchBuilder::default();
    /// let columns = ["who", "what", "when"].map(|name| rows.column(name));
    /// for (line, row) in [["a", "cart", "2026-03-01 12:00"], ["b", "cart", "2026-03-01 12:10"]].iter().enumerate() {
    ///     rows.begin_row(line as u64 + 1);
    ///     columns.iter().zip(row).for_each(|(column, text)| assert!(rows.push_text(*column, text)));
    /// }
    /// let options = Options::new("who", "what", "when").with_zone(Zone::utc());
    /// let mut log = LogBuilder::new(options).with_blueprint(blueprint.document());
    /// log.push(rows.finish());
    /// let log = log.finish()?;
    /// let plan = blueprint.compile()?;
    /// assert_eq!(plan.replay(&log, ReplayOptions::default()).waiting.len(), 2);
    /// let options = ReplayOptions { until: Until::EndOfWaits, ..ReplayOptions::default() };
    /// assert_eq!(plan.replay(&log, options).decisions.len(), 2);
    /// # Ok::<(), cjm_core::Error>(())
    /// ```
    pub fn replay(&self, log: &EventLog, options: ReplayOptions) -> Replay {
        let people = stitch::people(self, log, None);
        let n = people.groups.as_ref().map_or(log.n_customers(), Vec::len);
        let reader = Reader::new(self, log, &people, options);
        let direct = reader.is_direct();
        let pieces: Vec<_> = (0..n).step_by(PIECE).map(|from| from..(from + PIECE).min(n)).collect();
        let stories = par::map(pieces, |piece| {
            let mut story = Story::default();
            let mut state = CustomerState::new(self);
            for person in piece {
                match &people.groups {
                    None if direct && log.rows(person).len() <= MOST_ROWS => {
                        reader.customer(person, &mut state, &mut story);
                    }
                    None => reader.person(&[person as u32], &mut story),
                    Some(groups) => {
                        reader.person(groups.get(person).map_or(&[][..], Vec::as_slice), &mut story);
                    }
                }
            }
            story
        });
        self.told(stories)
    }

    /// Puts the stories of all persons together: their order, then the host's stage.
    fn told(&self, stories: Vec<Story>) -> Replay {
        let mut all = Story::default();
        stories.into_iter().for_each(|story| all.join(story));
        let Story { mut replay, mut news, requests, routes } = all;
        stage::sort(&mut replay.decisions);
        let mut stage = Stage::default();
        let request = |decision: &Decision| requests.get(&decision.id).cloned();
        let mut route = |decision: &Decision, queue: usize| routes.get(&(decision.id, queue)).cloned();
        let charges = Charges::of(self);
        let not = stage.settle(self, &charges, (&mut replay.decisions, &mut news), &request, &mut route);
        replay.refusals.extend(not);
        stage::sort_refusals(&mut replay.refusals);
        for row in &mut replay.tickets {
            if let Some(seat) = stage.desk().seat(row.id) {
                row.take_seat(seat);
            }
        }
        replay.outcomes.sort_by_key(|outcome| (outcome.at, outcome.decision));
        let of = |w: &Waiting| (w.due, w.customer.clone(), w.rule.clone(), w.key.clone());
        replay.waiting.sort_by_cached_key(of);
        replay.tickets.sort_by_key(|row| (row.opened, row.id));
        replay.refused_links.sort_by(|a, b| (a.at, &a.strong, &a.weak).cmp(&(b.at, &b.strong, &b.weak)));
        replay.states.sort_by(|a, b| a.key().cmp(&b.key()));
        replay
    }
}

impl Replay {
    /// The ticket of an id.
    pub fn ticket(&self, id: TicketId) -> Option<&TicketRow> {
        self.tickets.iter().find(|row| row.id == id)
    }

    /// How many refusals had a reason.
    pub fn n_refused(&self, reason: RefusalReason) -> usize {
        self.refusals.iter().filter(|refusal| refusal.reason == reason).count()
    }
}
