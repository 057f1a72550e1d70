//! Explanations of any past instant: the customer's events of a log are gone through again.
//!
//! Answers: why a rule acted or not at an instant of a log, every match exactly as it was decided, and the state of
//! one customer then. Does not know: files, budgets.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::customer::identity::IdentityKey;
use crate::engine::CustomerState;
use crate::engine::host::people::People;
use crate::engine::live::Input;
use crate::engine::replay::{ReplayOptions, person::Reader};
use crate::engine::stitch;
use crate::error::Result;
use crate::event::{Event, EventLog};
use crate::plan::Plan;

use super::{Explanation, Past, unknown};

impl Plan {
    /// Why a rule did or did not act on a customer of a log at `at`; unless said, at the log's last event.
    ///
    /// ```
    /// use cjm_core::customer::identity::IdentityKey;
    /// use cjm_core::event::{BatchBuilder, LogBuilder, Options};
    /// use cjm_core::{Blueprint, Zone};
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
    /// for (line, row) in [["a", "cart", "2026-03-01 12:00"], ["a", "paid", "2026-03-01 12:50"]].iter().enumerate() {
    ///     rows.begin_row(line as u64 + 1);
    ///     columns.iter().zip(row).for_each(|(column, text)| assert!(rows.push_text(*column, text)));
    /// }
    /// let options = Options::new("who", "what", "when").with_zone(Zone::utc());
    /// let mut log = LogBuilder::new(options).with_blueprint(blueprint.document());
    /// log.push(rows.finish());
    /// let log = log.finish()?;
    /// let plan = blueprint.compile()?;
    /// let who = IdentityKey { kind: "member".into(), value: "a".into() };
    /// assert!(plan.explain_log(&log, &who, "forgot", Some("2026-03-01T12:30:00Z".parse()?))?.fires);
    /// assert!(!plan.explain_log(&log, &who, "forgot", Some("2026-03-01T12:29:00Z".parse()?))?.fires);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `not_found` for a customer of whom the log has no event up to then, and for a rule that the blueprint does not
    /// have.
    pub fn explain_log(
        &self,
        log: &EventLog,
        customer: &IdentityKey,
        rule: &str,
        at: Option<Timestamp>,
    ) -> Result<Explanation> {
        let number = self.rule_number(rule)?;
        let at = at.or(log.last()).unwrap_or_default();
        let mut past = Past::default();
        let state = self.state_of_log(log, customer, at, Some((number, &mut past)))?;
        Ok(self.explained(&state, number, at, past))
    }

    /// The state of a customer of a log after the events up to `at`; time has not passed since the last of them.
    ///
    /// # Errors
    /// `not_found` for a customer of whom the log has no event up to then.
    pub(in crate::engine) fn state_of_log(
        &self,
        log: &EventLog,
        customer: &IdentityKey,
        at: Timestamp,
        mut watched: Option<(u32, &mut Past)>,
    ) -> Result<CustomerState> {
        let stitched = stitch::people(self, log, None);
        let reader = Reader::new(self, log, &stitched, ReplayOptions::default());
        let members = members(&stitched, log, customer).ok_or_else(|| unknown(customer))?;
        let mut people = People::new(self, usize::MAX);
        for event in reader.events(&members, at) {
            if let Some((number, past)) = &mut watched {
                self.follow_one(&people, &event, *number, past);
            }
            // what errs is counted by a replay and changes nothing here
            let _taken = people.push(self, &event, None);
        }
        let found = people.number(customer).and_then(|number| people.state(number));
        found.map(Cow::into_owned).ok_or_else(|| unknown(customer))
    }

    /// Tells what an event comes to for a rule, on a copy of the customer it concerns.
    fn follow_one(&self, people: &People, event: &Event, number: u32, past: &mut Past) {
        let found = people.found_by(self, event, Some(number));
        let Ok((mut state, mut stepping, filtered)) = found else { return };
        let event = filtered.as_ref().unwrap_or(event);
        if self.take(&mut state, Input::Event(event), &mut stepping).is_ok() {
            past.take(self, number, stepping);
        }
    }
}

/// The members of the person who has an identity.
fn members(people: &stitch::People<'_>, log: &EventLog, key: &IdentityKey) -> Option<Vec<u32>> {
    let is = |customer: &usize| {
        log.customer_kind(*customer) == &*key.kind && log.customer_key(*customer) == *key.value
    };
    match &people.groups {
        None => (0..log.n_customers()).find(is).map(|customer| vec![customer as u32]),
        Some(groups) => {
            groups.iter().find(|members| people.all_rows(members).any(|row| people.is_of(row, key))).cloned()
        }
    }
}
