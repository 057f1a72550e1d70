//! What simulated customers tell about themselves: consent and profile.
//!
//! Answers: the consent event as the blueprint names it, and the reserved event `profile_set`.
//! Does not know: what either allows.

use std::sync::Arc;

use super::walk::Walk;
use crate::base::time::{Duration, SECOND_US};
use crate::base::value::Value;

/// The reserved event that sets profile fields.
const PROFILE_SET: &str = "profile_set";

impl Walk<'_> {
    /// Most introduce themselves and say what they allow at the first visit; a few change it later.
    pub(super) fn hello(&mut self, first: bool) {
        if first && self.person.random.chance(0.8) {
            self.introduce();
        }
        if self.person.random.chance(if first { 0.7 } else { 0.02 }) {
            self.say_consent(first);
        }
    }

    fn introduce(&mut self) {
        let world = self.world;
        if world.profile.is_empty() {
            return;
        }
        let mut fields = Vec::new();
        for (name, kind) in &world.profile {
            if self.person.random.chance(0.8) {
                fields.push((name.clone(), self.value(name, kind, None, 0)));
            }
        }
        self.tell(&Arc::from(PROFILE_SET), fields);
    }

    /// Consent is given by most, and now and then withdrawn.
    fn say_consent(&mut self, first: bool) {
        let world = self.world;
        let Some(words) = &world.consent else { return };
        let purpose = words.purposes.get(self.person.random.popular(words.purposes.len())).cloned();
        let channel = self.person.random.pick(&words.channels).cloned();
        let granted = self.person.random.chance(if first { 0.85 } else { 0.3 });
        let said = [
            ("channel", channel.map(Value::Text)),
            ("purpose", purpose.map(Value::Text)),
            ("granted", Some(Value::Bool(granted))),
        ];
        let said = said.into_iter().filter_map(|(name, value)| Some((Arc::from(name), value?))).collect();
        self.tell(&words.event, said);
    }

    fn tell(&mut self, event: &Arc<str>, said: Vec<(Arc<str>, Value)>) {
        let source = self.world.own_source();
        self.person.add(event, self.clock, &source, None);
        self.person.fill(said);
        self.clock = self.clock.plus(Duration::from_micros(SECOND_US));
    }
}
