//! Floor 4: one customer: identity, profile, consent, features, lifecycle, segments.
//!
//! Answers: what is known of one customer and how each part changes. Does not know: journeys, rules, conditions;
//! the kernel evaluates those and hands over results.

pub mod consent;
pub mod feature;
pub mod identity;
pub mod lifecycle;
pub mod profile;
pub mod stitch;

use serde::{Deserialize, Serialize};

use self::consent::Consents;
use self::feature::FeatureState;
use self::identity::Identities;
use self::lifecycle::LifecycleState;
use self::profile::Profile;

/// Everything known of one customer besides trips. Positions follow the plan that made it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[repr(C)]
pub struct Facts {
    /// Who it is: what every event looks at stands first.
    pub identities: Identities,
    /// Profile fields and tags.
    pub profile: Profile,
    /// What the customer said about being contacted.
    pub consents: Consents,
    /// Running aggregates, by position in the plan.
    pub features: Vec<FeatureState>,
    /// Lifecycle state.
    pub lifecycle: LifecycleState,
    /// Segments the customer is in, a bit each.
    pub segments: u128,
}

impl Facts {
    /// Nothing known yet, for a plan with so many features, profile fields and tracked events.
    pub fn new(n_features: usize, n_fields: usize, n_tracked: usize) -> Self {
        Self {
            features: vec![FeatureState::default(); n_features],
            profile: Profile::new(n_fields),
            lifecycle: LifecycleState::new(n_tracked),
            ..Self::default()
        }
    }

    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.identities.clear();
        self.profile.clear();
        self.consents.clear();
        self.features.iter_mut().for_each(FeatureState::clear);
        self.lifecycle.clear();
        self.segments = 0;
    }
}
