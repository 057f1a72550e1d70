//! Rules, compiled: when each matches, under which conditions, and what it does.
//!
//! Answers: everything the engine needs of a rule, by number. Does not know: customers, caps' bookkeeping.

use std::sync::Arc;

use crate::base::time::Duration;
use crate::blueprint::model::{Action, Rule};
use crate::event::{AttributeId, EventId};
use crate::expr::Program;
use crate::outreach::{ExperimentSpec, Limits, QuietSpec};
use crate::rule::{Patterns, Read};
use crate::ticket::{ClosedLoop, TicketSpec};

/// What budgets are split by: name, attribute, profile field.
pub type BudgetBy = (Arc<str>, Option<AttributeId>, Option<u32>);

/// Every rule of a plan, the rules that surveys ask by included.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// By position: rules in document order, then one for each survey with `ask`.
    pub list: Vec<RuleSpec>,
    /// What each waits for, by the same position.
    pub patterns: Patterns,
    /// By event: positions of rules whose goal or exit may be that event.
    pub watched: Vec<Vec<u32>>,
    /// Caps and cool-downs, by the same position.
    pub limits: Limits,
    /// Quiet hours.
    pub quiet: Option<QuietSpec>,
    /// Experiments in document order.
    pub experiments: Vec<ExperimentSpec>,
    /// By purpose: whether it is allowed until the customer says otherwise.
    pub allowed: Vec<bool>,
    /// By channel: what must be known to use it.
    pub needs: Vec<Need>,
    /// What the blueprint says of tickets.
    pub closed_loop: ClosedLoop,
    /// By event: what some rule reads of it, so that a recent one can be looked at again.
    pub kept: Vec<Vec<Read>>,
    /// Whether a condition speaks of a decision.
    pub of_decisions: bool,
    /// The dimensions that budgets are split by.
    pub budget_by: Vec<BudgetBy>,
    /// By queue: what names its person.
    pub routes: Vec<Option<Program>>,
    /// Versions of before an edit that are kept for what is under way: the last of the list, in this order.
    pub versions: Vec<Rule>,
}

/// What must be known of a customer to use a channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Need {
    /// Nothing.
    #[default]
    Nothing,
    /// A profile field, by position.
    Field(u32),
    /// An identity of a kind.
    Identity(Arc<str>),
}

/// A compiled rule.
#[derive(Debug, Clone)]
pub struct RuleSpec {
    /// Its id.
    pub id: Arc<str>,
    /// The same wherever a state remembers it.
    pub stable: u64,
    /// Hash of what it means as hex, human text left out: an edit of a word changes no decision's id.
    pub lineage: Arc<str>,
    /// Whether it is a version of before an edit: it ends what was under way and begins nothing.
    pub closed: bool,
    /// Whether it decides nothing while a version of before has something under way.
    pub drains: bool,
    /// Rules of one group and one input: the higher goes first.
    pub priority: i64,
    /// Its group.
    pub group: Option<Arc<str>>,
    /// Only when this holds.
    pub condition: Option<Program>,
    /// What it does at the match, then later.
    pub steps: Vec<StepSpec>,
    /// Whether its decisions use up the caps of channels, purposes and the customer.
    pub counts: bool,
    /// Share of the customers it acts on, and its position among the rules that have one.
    pub ramp: Option<(f64, u32)>,
    /// The experiment it serves, and the one arm if it serves only that.
    pub experiment: Option<(u32, Option<u32>)>,
    /// Arms that get nothing and that no rule serves: the first rule of an experiment whose rules serve one arm each
    /// holds them out, so that every arm is exposed at the trigger.
    pub holds_out: Vec<u32>,
    /// What it is for.
    pub goal: Option<GoalSpec>,
    /// What ends it.
    pub exit: Option<ExitSpec>,
}

/// What a rule does at one time.
#[derive(Debug, Clone)]
pub struct StepSpec {
    /// How long after the match.
    pub delay: Duration,
    /// Not when this holds.
    pub unless: Option<Program>,
    /// What it does, in order.
    pub items: Vec<ItemSpec>,
}

/// One thing a rule does.
#[derive(Debug, Clone)]
pub struct ItemSpec {
    /// As the blueprint says it.
    pub action: Action,
    /// The message, survey, queue, call, tag, fields or event that it names.
    pub target: Arc<str>,
    /// Position of the purpose.
    pub purpose: Option<u32>,
    /// Positions of the channels to try, in order; the order of outreach when the item names none.
    pub channels: Vec<u32>,
    /// What the message is filled with.
    pub with: Vec<(Arc<str>, Program)>,
    /// Profile fields to set.
    pub set: Vec<(u32, Program)>,
    /// The kind of the ticket.
    pub kind: Option<Program>,
    /// How long its message and offer hold from when it is due.
    pub valid: Option<Duration>,
    /// The terms of the ticket, where it is one.
    pub ticket: Option<Arc<TicketSpec>>,
}

/// What counts as success.
#[derive(Debug, Clone)]
pub struct GoalSpec {
    /// Events that reach it.
    pub events: Vec<EventId>,
    /// Only where this holds.
    pub condition: Option<Program>,
    /// Up to so long after the decision is due.
    pub within: Option<Duration>,
    /// Tag to set when it is met.
    pub tag: Option<Arc<str>>,
}

/// What ends a rule.
#[derive(Debug, Clone)]
pub struct ExitSpec {
    /// Events that end it.
    pub events: Vec<EventId>,
    /// Only where this holds.
    pub condition: Option<Program>,
    /// Ended whenever this holds.
    pub when: Option<Program>,
}

impl RuleSpec {
    /// Every program that reads the match: its condition and what its items compute.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        let items = self.steps.iter().flat_map(|step| &step.items);
        let values = items.flat_map(|item| {
            let with = item.with.iter().map(|(_, program)| program);
            with.chain(item.set.iter().map(|(_, program)| program)).chain(&item.kind)
        });
        let steps = self.steps.iter().filter_map(|step| step.unless.as_ref());
        let exit = self.exit.iter().filter_map(|exit| exit.when.as_ref());
        self.condition.iter().chain(values).chain(steps).chain(exit)
    }
}
