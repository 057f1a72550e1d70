//! Why a rule acted on one customer, or did not, and the nearest change that would have made it act.
//!
//! Answers: of one customer and rule at one instant what has been seen of the trigger, every comparison with its
//! values, every check of the policy with its verdict, past decisions and refusals, the fewest changes. It changes
//! nothing: time passes on a copy.
//! Does not know: other customers; budgets and persons, which are the host's.
//!
//! # How far back it sees
//! From a state: within its last 256 events, of each the attributes that some rule reads; conditions are looked at
//! with what is known of the customer now. A state has no way back: an instant before its frontier counts as the
//! frontier. From a log: any past instant, every match exactly as it was decided.

mod log;
mod nearest;
mod said;
mod text;
mod trigger;

use crate::base::ids;
use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::error::{Error, ErrorCode, Result};
use crate::plan::Plan;
use crate::rule::Match;

use super::decision::Refusal;
use super::host::Engine;
use super::live::Input;
use super::rules::walk;
use super::state::CustomerState;
use super::step::Stepping;

pub use self::said::{
    Candidate, CapUse, Change, Check, Explanation, Fate, Form, Happened, Part, Partial, PastDecision, Role,
    Seen, Test, Trigger, Verdict, Wait, Waiting, Walk, Window,
};
pub(super) use self::text::local;
use self::trigger::{Look, Looked};

/// Most decisions, refusals and matches of each kind in an explanation: the last ones.
const MAX_TOLD: usize = 16;

/// What is known beside the state: of a log, of a host.
#[derive(Debug, Default)]
pub(super) struct Past {
    walks: Vec<Walk>,
    refusals: Vec<Refusal>,
}

impl Plan {
    /// Why a rule does or does not act on a customer, as of `at`.
    ///
    /// ```
    /// use cjm_core::engine::explain::Change;
    /// use cjm_core::{Blueprint, CustomerState, Event, Input, Language};
    /// let text = r#"
    /// cjm: 1
    /// id: shop
    /// zone: UTC
    /// identities: [{ id: member }]
    /// events: { cart: { amount: money }, paid: {} }
    /// rules:
    ///   - { id: forgot, when: { after: cart, without: paid, for: 30m }, if: event.amount > 99.99, do: [{ call: remind }] }
    /// "#;
    /// let plan = Blueprint::from_yaml(text)?.compile()?;
    /// let mut state = CustomerState::new(&plan);
    /// let cart = Event::new("cart", "2026-03-01T12:00:00Z".parse()?).identity("member", "m1").with("amount", "80");
    /// plan.step(&mut state, Input::Event(&cart))?;
    ///
    /// let explained = plan.explain(&state, "forgot", "2026-03-01T12:10:00Z".parse()?)?;
    /// assert!(!explained.fires);
    /// let [Change::Wait { until, .. }, Change::Value { operand, to, .. }] = explained.nearest.as_slice() else {
    ///     panic!("{:#?}", explained.nearest)
    /// };
    /// assert_eq!((until.to_string().as_str(), operand.as_str()), ("2026-03-01T12:30:00Z", "event.amount"));
    /// assert_eq!(to, &Some(cjm_core::base::money::parse("100.00").ok_or("an amount")?.into()));
    /// println!("{}", explained.text(&plan, Language::Zh));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `not_found` for a rule that the blueprint does not have.
    pub fn explain(&self, state: &CustomerState, rule: &str, at: Timestamp) -> Result<Explanation> {
        let number = self.rule_number(rule)?;
        Ok(self.explained(state, number, at, Past::default()))
    }

    /// The position of a rule.
    fn rule_number(&self, rule: &str) -> Result<u32> {
        let found = (0_u32..).zip(&self.rules.list).find(|(_, spec)| *spec.id == *rule);
        found.map(|(number, _)| number).ok_or_else(|| {
            let near = ids::nearest(rule, self.rules.list.iter().map(|spec| &*spec.id));
            let near = near.map(|near| format!("; the nearest is `{near}`")).unwrap_or_default();
            Error::new(ErrorCode::NotFound, format!("the blueprint has no rule `{rule}`{near}"))
        })
    }

    fn explained(&self, state: &CustomerState, number: u32, at: Timestamp, mut past: Past) -> Explanation {
        let mut then = state.clone();
        let tick = Input::Tick(at.plus(self.layout.lateness));
        // time alone can not err
        let mut stepping = Stepping::new(self).watching(Some(number));
        if self.take(&mut then, tick, &mut stepping).is_ok() {
            past.take(self, number, stepping);
        }
        let at = then.frontier().map_or(at, |frontier| frontier.max(at));
        let look = Look { plan: self, state: &then, rule: number, at };
        let looked = look.look();
        let rule = self.rules.list.get(number as usize);
        let model = rule.and_then(|rule| self.document.rules.iter().find(|model| *model.id == *rule.id));
        let (trigger, found, pending, gap) = match looked {
            Some(Looked { trigger, found, pending, gap }) => (trigger, found, pending, gap),
            None => (Trigger::none(), None, false, Vec::new()),
        };
        let candidate = found.as_ref().map(|found| walk::candidate(self, found));
        let supposed = found.unwrap_or_else(|| Match::at(number, at));
        let supposed = Match { due: at, began: supposed.began.min(at), ..supposed };
        let now = past.walks.iter().rev().find(|walk| walk.at == at).cloned();
        let decided = now.is_some();
        let now = now.or_else(|| walk::suppose(self, &then, supposed));
        let made = then.rules.usage.iter().any(|u| u.rule == number && u.at == at && !u.held_out)
            || then.rules.all_made().any(|m| m.found.rule == number && m.due == at && m.escalates.is_none());
        let acts = past.walks.iter().any(|walk| walk.at == at && walk.result == Fate::Acts);
        let last = past.walks.last().filter(|walk| matches!(walk.result, Fate::Refused(_)));
        let nearest = match (acts || made, last.filter(|_| !pending), &now) {
            (true, ..) => Vec::new(),
            (false, Some(last), _) => nearest::obstacles(last),
            (false, None, now) => {
                let obstacles = now.as_ref().map(nearest::obstacles).unwrap_or_default();
                let mut changes: Vec<Change> = gap.into_iter().filter(|_| !decided).collect();
                for obstacle in obstacles {
                    if !changes.contains(&obstacle) {
                        changes.push(obstacle);
                    }
                }
                changes
            }
        };
        let zone = then.zone.as_ref().map_or_else(|| self.zone_name.to_string(), |zone| zone.name());
        Explanation {
            rule: rule.map(|rule| rule.id.clone()).unwrap_or_default(),
            title: model.and_then(|model| model.title.clone()),
            customer: then.key().cloned(),
            at,
            zone,
            fires: acts || made,
            trigger,
            candidate,
            result: now.as_ref().map_or(Fate::Nothing, |now| now.result.clone()),
            checks: now.map(|now| now.checks).unwrap_or_default(),
            decisions: self.past_decisions(&then, number, at),
            matches: last_of(past.walks),
            refusals: last_of(past.refusals),
            nearest,
        }
    }

    fn past_decisions(&self, state: &CustomerState, number: u32, at: Timestamp) -> Vec<PastDecision> {
        let Some(rule) = self.rules.list.get(number as usize) else { return Vec::new() };
        let own = state.rules.all_made().filter(|made| made.found.rule == number && made.due <= at);
        let told = own.map(|made| {
            let step = rule.steps.get(made.step as usize);
            let item = step.and_then(|step| step.items.get(made.item as usize));
            let item = item.filter(|_| made.escalates.is_none());
            let channel = made.channel.and_then(|c| self.names.channels().get_index(c as usize));
            PastDecision {
                id: made.id,
                due: made.due,
                step: made.step,
                item: made.item,
                action: made.action(rule),
                target: item.map(|item| item.target.clone()),
                channel: channel.cloned(),
                outcome: made.last,
                withdrawn: made.withdrawn,
            }
        });
        last_of(told.collect())
    }
}

impl Engine {
    /// Why a rule does or does not act on the customer who has an identity, as of `at`; unless said, as of the last
    /// time the engine was told, or of the customer's last event where that is later. With the refusals that the
    /// engine keeps.
    ///
    /// # Errors
    /// `not_found` for an unknown customer and for a rule that the blueprint does not have.
    pub fn explain(&self, customer: &IdentityKey, rule: &str, at: Option<Timestamp>) -> Result<Explanation> {
        let number = self.plan().rule_number(rule)?;
        let state = self.customer(customer).ok_or_else(|| unknown(customer))?;
        let at = at.or(self.now().max(state.frontier())).unwrap_or_default();
        let own = self.refusals_of(customer).filter(|refusal| *refusal.rule == *rule && refusal.due <= at);
        let past = Past { refusals: own.collect(), ..Past::default() };
        Ok(self.plan().explained(&state, number, at, past))
    }
}

impl Past {
    /// Takes in what one input gave.
    fn take(&mut self, plan: &Plan, number: u32, mut stepping: Stepping<'_>) {
        let walks = stepping.decided.watched.take().map(|watched| watched.walks).unwrap_or_default();
        let stepped = stepping.finish();
        let rule = plan.rules.list.get(number as usize).map(|rule| &rule.id);
        let own = stepped.refusals.into_iter().filter(|refusal| Some(&refusal.rule) == rule);
        self.refusals.extend(own);
        self.walks.extend(walks);
    }
}

impl Trigger {
    fn none() -> Self {
        Self {
            form: Form::Schedule { next: None },
            key: None,
            parts: Vec::new(),
            waits: Vec::new(),
            partial: Vec::new(),
            windows: Vec::new(),
        }
    }
}

/// Nobody has this identity.
pub(super) fn unknown(customer: &IdentityKey) -> Error {
    let words = format!("nobody is known as `{}` `{}`", customer.kind, customer.value);
    Error::new(ErrorCode::NotFound, words)
}

fn last_of<T>(mut list: Vec<T>) -> Vec<T> {
    let surplus = list.len().saturating_sub(MAX_TOLD);
    list.drain(..surplus);
    list
}
