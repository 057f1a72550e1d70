//! The host's stage: what decisions of different customers share, budgets and persons.
//!
//! Answers: which decisions a spent budget refuses, who has which ticket. Decisions pass in the order of (due, id), so
//! the same calls in the same order give the same answer. Does not know: customers' own policy, which came before.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::base::value::Value;
use crate::blueprint::model::{Budget, Period};
use crate::customer::identity::IdentityKey;
use crate::error::{Error, ErrorCode, Result};
use crate::outreach::{RefusalReason, first_day};
use crate::plan::Plan;
use crate::ticket::{Desk, Request, Seat, TicketId};

use super::super::decision::{ActionKind, Decision, Refusal, TicketNews};

/// Budgets and desk.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Stage {
    /// Money spent by (budget, first day of the period, value of the dimension).
    #[serde(with = "amounts")]
    spent: Spent,
    desk: Desk,
}

type Spent = BTreeMap<(Arc<str>, i64, Arc<str>), Decimal>;

/// Amounts by their 16 bytes: a decimal by itself is a text that binary forms can not read back.
mod amounts {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Arc, Decimal, Spent};

    pub(super) fn serialize<S: Serializer>(spent: &Spent, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(spent.iter().map(|(key, amount)| (key, amount.serialize())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Spent, D::Error> {
        type Row = ((Arc<str>, i64, Arc<str>), [u8; 16]);
        let rows = Vec::<Row>::deserialize(d)?;
        Ok(rows.into_iter().map(|(key, amount)| (key, Decimal::deserialize(amount))).collect())
    }
}

/// What a plan charges to which budgets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Charges {
    /// By message: cost of its offer, and the offer's budget.
    messages: BTreeMap<Arc<str>, (Decimal, Option<Arc<Charge>>)>,
    /// By rule.
    rules: BTreeMap<Arc<str>, Arc<Charge>>,
}

/// One budget.
#[derive(Debug)]
struct Charge {
    name: Arc<str>,
    amount: Decimal,
    per: Option<Period>,
    by: Option<Arc<str>>,
}

/// Asks who, by the route of a queue, a ticket goes to.
pub(crate) type Route<'a> = dyn FnMut(&Decision, usize) -> Option<Arc<str>> + 'a;

impl Charges {
    /// What the blueprint of a plan says.
    pub(crate) fn of(plan: &Plan) -> Self {
        let document = &plan.document;
        let charge = |name: String, budget: &Budget| {
            let (amount, by) = (budget.amount.0, budget.by.as_deref().map(Arc::from));
            Arc::new(Charge { name: name.into(), amount, per: budget.per, by })
        };
        let message = |message: &crate::blueprint::model::Message| {
            let offer = document.offers.iter().find(|offer| Some(&offer.id) == message.offer.as_ref())?;
            let budget = offer.budget.as_ref().map(|budget| charge(format!("offer {}", offer.id), budget));
            let cost = offer.cost.map_or(Decimal::ZERO, |cost| cost.0);
            Some((message.id.as_str().into(), (cost, budget)))
        };
        let rule = |rule: &crate::blueprint::model::Rule| {
            let budget = rule.budget.as_ref()?;
            Some((rule.id.as_str().into(), charge(format!("rule {}", rule.id), budget)))
        };
        Self {
            messages: document.messages.iter().filter_map(message).collect(),
            rules: document.rules.iter().filter_map(rule).collect(),
        }
    }

    /// Cost of a decision and the budgets it is charged to.
    fn of_decision<'a>(&'a self, decision: &Decision) -> Option<(Decimal, impl Iterator<Item = &'a Charge>)> {
        let send = decision.action == ActionKind::Send;
        let (cost, offer) = self.messages.get(&decision.target).filter(|_| send)?;
        Some((*cost, offer.iter().chain(self.rules.get(&decision.rule)).map(|charge| &**charge)))
    }
}

impl Stage {
    /// Who has which ticket.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Money spent: budget, first day of its period as days since 1970 (0 without one), value of its dimension
    /// (empty without one), amount; in this order.
    pub fn spent(&self) -> impl Iterator<Item = (&str, i64, &str, Decimal)> {
        self.spent.iter().map(|((name, from, of), amount)| (&**name, *from, &**of, *amount))
    }

    /// Brings the decisions of one call through: a spent budget takes some out, tickets find their persons. What
    /// happened to tickets is followed between them, each at its instant, behind the decisions of that instant.
    /// The decisions that stay keep their order; the refusals come in the order in which they were decided.
    pub(crate) fn settle(
        &mut self,
        plan: &Plan,
        charges: &Charges,
        (decisions, news): (&mut Vec<Decision>, &mut Vec<TicketNews>),
        request: &dyn Fn(&Decision) -> Option<Request>,
        route: &mut Route<'_>,
    ) -> Vec<Refusal> {
        let concerned = |decision: &Decision| {
            matches!(decision.action, ActionKind::Send | ActionKind::Ticket | ActionKind::Escalate)
        };
        news.sort_by_key(TicketNews::at);
        let mut news = news.iter().peekable();
        if !decisions.iter().any(concerned) {
            news.for_each(|news| self.follow(news));
            return Vec::new();
        }
        let mut order: Vec<usize> = (0..decisions.len()).collect();
        order.sort_by_key(|place| decisions.get(*place).map(|d| (d.due, d.id)));
        let mut refusals = Vec::new();
        let mut gone = vec![false; decisions.len()];
        for place in order {
            let Some(decision) = decisions.get(place) else { continue };
            while let Some(before) = news.next_if(|news| news.at() < Some(decision.due)) {
                self.follow(before);
            }
            let refused = match decision.action {
                ActionKind::Send => self.charge(plan, charges, decision).then_some(RefusalReason::Budget),
                ActionKind::Ticket => request(decision).and_then(|request| {
                    let seat =
                        self.desk.assign(&plan.rules.closed_loop, &request, |queue| route(decision, queue));
                    seat.person.is_none().then_some(RefusalReason::Unrouted)
                }),
                ActionKind::Escalate => {
                    self.escalate(plan, decision, route);
                    None
                }
                _ => None,
            };
            let Some(reason) = refused else { continue };
            refusals.push(refusal(decision, reason));
            // an unrouted ticket is a decision still: somebody has to see it
            if let (RefusalReason::Budget, Some(gone)) = (reason, gone.get_mut(place)) {
                *gone = true;
            }
        }
        news.for_each(|news| self.follow(news));
        let mut gone = gone.into_iter();
        decisions.retain(|_| !gone.next().unwrap_or(false));
        refusals
    }

    /// Follows what happened to a ticket.
    fn follow(&mut self, news: &TicketNews) {
        match news {
            TicketNews::Done { step, change, .. } => self.desk.follow(step, change),
            TicketNews::Gone { ticket, .. } => self.desk.forget(*ticket),
            TicketNews::Missed(_) | TicketNews::Refused { .. } => {}
        }
    }

    /// Budgets and turns as bytes.
    pub(super) fn common_bytes(&self) -> Vec<u8> {
        let common = Self { spent: self.spent.clone(), desk: self.desk.without_seats() };
        postcard::to_stdvec(&common).unwrap_or_default()
    }

    /// The seat of a ticket as bytes; none of a ticket that the desk does not have.
    pub(super) fn seat_bytes(&self, ticket: TicketId) -> Option<Vec<u8>> {
        postcard::to_stdvec(self.desk.seat(ticket)?).ok()
    }

    /// Of such bytes; of none, nothing spent and the first in turn.
    pub(super) fn of_parts(common: &[u8], seats: Vec<(TicketId, Vec<u8>)>) -> Result<Self> {
        let damaged = |_| Error::new(ErrorCode::State, "the bytes are no budgets and seats");
        let common = if common.is_empty() {
            Self::default()
        } else {
            postcard::from_bytes(common).map_err(damaged)?
        };
        let seat = |(ticket, bytes): (TicketId, Vec<u8>)| {
            postcard::from_bytes::<Seat>(&bytes).map(|seat| (ticket, seat)).map_err(damaged)
        };
        let seats = seats.into_iter().map(seat).collect::<Result<Vec<_>>>()?;
        Ok(Self { desk: common.desk.with_seats(seats), ..common })
    }

    /// Forgets a ticket.
    pub(crate) fn forget(&mut self, ticket: TicketId) {
        self.desk.forget(ticket);
    }

    fn escalate(&mut self, plan: &Plan, decision: &Decision, route: &mut Route<'_>) {
        if let Some(id) = ticket_of(decision) {
            let queues = &plan.rules.closed_loop;
            self.desk.escalate(queues, id, &decision.target, |queue| route(decision, queue));
        }
    }

    /// Charges a decision to its budgets, all or none; `true` when one of them has not enough left.
    fn charge(&mut self, plan: &Plan, charges: &Charges, decision: &Decision) -> bool {
        let Some((cost, budgets)) = charges.of_decision(decision) else { return false };
        let mut after = Vec::new();
        for charge in budgets {
            let key = charge.key(plan, decision);
            let spent = self.spent.get(&key).copied().unwrap_or(Decimal::ZERO);
            match spent.checked_add(cost).filter(|total| *total <= charge.amount) {
                Some(total) => after.push((key, total)),
                None => return true,
            }
        }
        self.spent.extend(after);
        false
    }
}

/// The ticket that an escalation is about.
pub(super) fn ticket_of(decision: &Decision) -> Option<TicketId> {
    let named = decision.arguments.iter().find(|(name, _)| &**name == "ticket");
    let Some((_, Value::Text(id))) = named else { return None };
    TicketId::parse(id)
}

impl Charge {
    fn key(&self, plan: &Plan, decision: &Decision) -> (Arc<str>, i64, Arc<str>) {
        let from = self.per.map_or(0, |per| first_day(per, plan.zone.date(decision.due)));
        let value = self.by.as_ref().and_then(|by| {
            let (_, value) = decision.dimensions.iter().find(|(name, _)| name == by)?;
            Some(text_of(value))
        });
        (self.name.clone(), from, value.unwrap_or_default())
    }
}

/// A dimension's value as text; nothing for none.
fn text_of(value: &Value) -> Arc<str> {
    match value {
        Value::Null => "".into(),
        Value::Text(text) => text.clone(),
        Value::Bool(truth) => if *truth { "true" } else { "false" }.into(),
        Value::Int(number) => number.to_string().into(),
        Value::Number(number) => number.to_string().into(),
        Value::Money(amount) => amount.normalize().to_string().into(),
        other => serde_json::to_string(other).unwrap_or_default().into(),
    }
}

/// A decision that is not made after all.
fn refusal(decision: &Decision, reason: RefusalReason) -> Refusal {
    Refusal {
        reason,
        rule: decision.rule.clone(),
        customer: decision.customer.clone(),
        key: decision.key.clone(),
        due: decision.due,
        step: decision.step,
        item: Some(decision.item),
        channel: decision.channel.clone(),
    }
}

/// Puts decisions in the order of one call: (due, customer), then as each customer's own came.
pub(crate) fn sort(decisions: &mut [Decision]) {
    sort_by_rank(decisions, |decision| (decision.due, &decision.customer));
}

/// Puts refusals in the order of one call likewise.
pub(crate) fn sort_refusals(refusals: &mut [Refusal]) {
    sort_by_rank(refusals, |refusal| (refusal.due, &refusal.customer));
}

/// A stable sort of large things: their places are put in order first, so that each moves once.
fn sort_by_rank<T>(list: &mut [T], rank: impl Fn(&T) -> (Timestamp, &IdentityKey)) {
    if list.is_sorted_by(|a, b| rank(a) <= rank(b)) {
        return;
    }
    let customer = |place: usize| list.get(place).map(|one| rank(one).1);
    let mut order: Vec<(Timestamp, usize)> = list.iter().map(|one| rank(one).0).zip(0..).collect();
    order.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| customer(a.1).cmp(&customer(b.1))).then(a.1.cmp(&b.1))
    });
    let mut order: Vec<usize> = order.into_iter().map(|(_, place)| place).collect();
    for place in 0..order.len() {
        // what belongs here may have been moved away for an earlier place
        let mut from = order.get(place).copied().unwrap_or(place);
        while from < place {
            from = order.get(from).copied().unwrap_or(place);
        }
        if let Some(known) = order.get_mut(place) {
            *known = from;
        }
        list.swap(place, from);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Places first or things at once: the same order, equals as they came.
        #[test]
        fn sorts_as_a_stable_sort_does(list in prop::collection::vec((0..5_i64, 0..3_u8), 0..60)) {
            let one = |((at, who), n): ((i64, u8), usize)| {
                let key = IdentityKey { kind: "member".into(), value: who.to_string().into() };
                (Timestamp::saturating(at), key, n)
            };
            let mut list: Vec<_> = list.into_iter().zip(0..).map(one).collect();
            let mut expected = list.clone();
            expected.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            sort_by_rank(&mut list, |one| (one.0, &one.1));
            prop_assert_eq!(list, expected);
        }
    }
}
