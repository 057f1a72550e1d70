//! Compiles what holds rules back: caps, cool-downs, quiet hours, experiments, what channels need.
//!
//! Answers: the limits of every rule and of all together, by number. Does not know: what customers used up.

use crate::blueprint::model::{Cap, Channel, ConsentDefault, Experiment, Rule};
use crate::outreach::{ArmSpec, CapSpec, ExperimentSpec, QuietSpec, RuleLimits, Span};

use super::super::rule::Need;
use super::Builder;

impl Builder<'_> {
    /// The limits of a rule.
    pub(super) fn limits(&self, rule: &Rule) -> RuleLimits {
        RuleLimits {
            caps: self.caps(&rule.caps),
            cool_down: rule.cool_down,
            counts: rule.counts.unwrap_or(true),
            obeys: rule.obeys.unwrap_or(true),
        }
    }

    /// The caps that all rules share.
    pub(super) fn shared_caps(&self) -> Vec<CapSpec> {
        self.document.outreach.as_ref().map_or_else(Vec::new, |outreach| self.caps(&outreach.caps))
    }

    /// Caps in document order; one without a span, or of an unknown channel or purpose, is a finding elsewhere.
    fn caps(&self, caps: &[Cap]) -> Vec<CapSpec> {
        let cap = |cap: &Cap| {
            let span = match (cap.within, cap.per) {
                (Some(within), _) => Span::Rolling(within),
                (None, Some(period)) => Span::Calendar(period),
                (None, None) => return None,
            };
            let channel = match &cap.channel {
                Some(name) => Some(place(self.names.channels().get_index_of(name.as_str()))?),
                None => None,
            };
            let purpose = match &cap.purpose {
                Some(name) => Some(place(self.names.purposes().get_index_of(name.as_str()))?),
                None => None,
            };
            Some(CapSpec { at_most: cap.at_most, span, channel, purpose })
        };
        caps.iter().filter_map(cap).collect()
    }

    /// The quiet hours.
    pub(super) fn quiet(&self) -> Option<QuietSpec> {
        let quiet = self.document.outreach.as_ref()?.quiet.as_ref()?;
        let purpose = |name: &String| place(self.names.purposes().get_index_of(name.as_str()));
        Some(QuietSpec {
            from: quiet.from,
            to: quiet.to,
            then: quiet.then,
            max_hold: quiet.max_hold,
            purposes: quiet.purposes.iter().filter_map(purpose).collect(),
        })
    }

    /// By purpose: whether it is allowed until the customer says otherwise.
    pub(super) fn allowed(&self) -> Vec<bool> {
        let declared = self.document.consent.as_ref().map_or(&[][..], |consent| &consent.purposes);
        let default = |name: &std::sync::Arc<str>| {
            let purpose = declared.iter().find(|purpose| *purpose.id == **name);
            purpose.is_some_and(|purpose| purpose.default == ConsentDefault::Allow)
        };
        self.names.purposes().iter().map(default).collect()
    }

    /// What must be known to use a channel.
    pub(super) fn need(&self, channel: &Channel) -> Need {
        let Some(name) = &channel.needs else { return Need::Nothing };
        match self.names.field(name) {
            Some(field) => Need::Field(field),
            None => Need::Identity(name.as_str().into()),
        }
    }
}

/// An experiment with its salt and arms.
pub(super) fn experiment(model: &Experiment) -> ExperimentSpec {
    let arms = model.arms.iter().map(|arm| ArmSpec { share: arm.share, hold: arm.hold }).collect();
    ExperimentSpec { salt: model.salt.clone().unwrap_or_else(|| model.id.clone()), arms }
}

fn place(found: Option<usize>) -> Option<u32> {
    found.and_then(|place| u32::try_from(place).ok())
}
