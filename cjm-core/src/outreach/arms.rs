//! Ramps and experiments: which share of customers a rule acts on, which arm a customer is in.
//!
//! Answers: the arm by the customer's bucket, and the arm a customer was first exposed to, which stays. Does not
//! know: outcomes and statistics.
//!
//! Shares are taken of [0, 1) in document order. A ramp that grows keeps everybody it had. When the shares of an
//! experiment change, those who were exposed stay where they are; of the others only those move whose bucket lies
//! between an old and a new border.

use serde::{Deserialize, Serialize};

use crate::base::hash::bucket;
use crate::base::pack::packs;
use crate::base::time::Timestamp;

/// An experiment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExperimentSpec {
    /// Salt of the buckets: the declared one, else the experiment's id.
    pub salt: String,
    /// Arms in document order.
    pub arms: Vec<ArmSpec>,
}

/// One arm.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ArmSpec {
    /// Share of customers, 0 to 1.
    pub share: f64,
    /// Gets nothing.
    pub hold: bool,
}

/// The arms and the ramps a customer was exposed to. Empty, it owns no memory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Arms {
    list: Vec<Exposure>,
}

/// The first exposure of one of a customer's identities to an experiment, or to a rule with a ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exposure {
    /// Position of the experiment, or the [`number_of_ramp`] of the rule.
    pub experiment: u32,
    /// Number of the identity that brought it.
    pub by: u8,
    /// Since when.
    pub since: Timestamp,
    /// Position of the arm.
    pub arm: u32,
}

/// Tells ramps from experiments.
const RAMP: u32 = 1 << 31;

/// What stands for a ramp where exposures name an experiment; `ramp` is its position among the rules that have one.
pub fn number_of_ramp(ramp: u32) -> u32 {
    ramp | RAMP
}

/// The position of the ramp that a number stands for; `None` of an experiment's.
pub fn ramp_of_number(number: u32) -> Option<u32> {
    (number & RAMP != 0).then_some(number & !RAMP)
}

/// Whether a customer is inside a rule's ramp: of the same customers more the larger `share` is.
///
/// ```
/// use cjm_core::outreach::in_ramp;
/// assert!(in_ramp("wake_up", 0.2, "member", "m-1")); // bucket 0.0575..
/// assert!(!in_ramp("wake_up", 0.05, "member", "m-1"));
/// assert!(in_ramp("wake_up", 1.0, "member", "m-1") && !in_ramp("wake_up", 0.0, "member", "m-1"));
/// ```
pub fn in_ramp(rule: &str, share: f64, kind: &str, value: &str) -> bool {
    bucket(&format!("ramp:{rule}"), kind, value) < share
}

impl ExperimentSpec {
    /// The arm of a customer key that was not exposed yet; `None` of an experiment in which no arm has a share.
    ///
    /// ```
    /// use cjm_core::outreach::{ArmSpec, ExperimentSpec};
    /// let arms = vec![ArmSpec { share: 0.9, hold: false }, ArmSpec { share: 0.1, hold: true }];
    /// let experiment = ExperimentSpec { salt: "2026-11".into(), arms };
    /// assert_eq!(experiment.arm("member", "m-1"), Some(0)); // bucket 0.5025..
    /// ```
    pub fn arm(&self, kind: &str, value: &str) -> Option<u32> {
        self.arm_of(bucket(&self.salt, kind, value))
    }

    /// The arm of a bucket in [0, 1). What rounding leaves over is the last arm's that has a share.
    pub fn arm_of(&self, bucket: f64) -> Option<u32> {
        let mut border = 0.0;
        let mut found = None;
        for (place, arm) in (0_u32..).zip(&self.arms) {
            if arm.share > 0.0 {
                border += arm.share;
                found = Some(place);
            }
            if bucket < border {
                break;
            }
        }
        found
    }

    /// Whether customers in this arm get nothing.
    pub fn holds(&self, arm: u32) -> bool {
        self.arms.get(arm as usize).is_some_and(|a| a.hold)
    }
}

impl Arms {
    /// The arm a customer is in: the one first exposed to while the experiment has it, else by the customer key.
    pub fn assign(&self, experiment: u32, spec: &ExperimentSpec, kind: &str, value: &str) -> Option<u32> {
        let known = self.exposure(experiment).map(|e| e.arm).filter(|arm| (*arm as usize) < spec.arms.len());
        known.or_else(|| spec.arm(kind, value))
    }

    /// Whether a customer is inside the ramp of a rule: whoever was exposed once is, also under another key, until
    /// nobody is.
    pub fn in_ramp(&self, rule: &str, (share, ramp): (f64, u32), kind: &str, value: &str) -> bool {
        let exposed = share > 0.0 && self.exposure(number_of_ramp(ramp)).is_some();
        exposed || in_ramp(rule, share, kind, value)
    }

    /// The exposure to an experiment that counts: the earliest, of equals that to the earlier arm.
    pub fn exposure(&self, experiment: u32) -> Option<&Exposure> {
        let of = self.list.iter().filter(|e| e.experiment == experiment);
        of.min_by_key(|e| (e.since, e.arm, e.by))
    }

    /// Records an exposure, unless the customer was exposed to the experiment before.
    pub fn expose(&mut self, new: Exposure) {
        if self.exposure(new.experiment).is_none_or(|known| new.since < known.since) {
            self.insert(new);
        }
    }

    /// Unites two sides, keeping what each side knew; `renumber` maps the other side's identity numbers to this
    /// side's. The earlier exposure counts.
    pub fn merge(&mut self, other: &Self, renumber: &dyn Fn(u8) -> u8) {
        other.list.iter().for_each(|e| self.insert(Exposure { by: renumber(e.by), ..*e }));
    }

    /// Takes out what an identity brought.
    pub fn split(&mut self, leaves: &dyn Fn(u8) -> bool, renumber: &dyn Fn(u8) -> u8) -> Self {
        let (gone, kept): (Vec<Exposure>, Vec<Exposure>) = self.list.drain(..).partition(|e| leaves(e.by));
        self.list = kept;
        let mut left = Self::default();
        gone.into_iter().for_each(|e| left.insert(Exposure { by: renumber(e.by), ..e }));
        left
    }

    /// Rewrites the identity numbers.
    pub fn renumber(&mut self, renumber: &dyn Fn(u8) -> u8) {
        let all = std::mem::take(&mut self.list);
        all.into_iter().for_each(|e| self.insert(Exposure { by: renumber(e.by), ..e }));
    }

    /// Forgets everything, keeping its memory.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Whether the customer was exposed to nothing.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Every exposure, by (experiment, identity).
    pub fn iter(&self) -> impl Iterator<Item = &Exposure> {
        self.list.iter()
    }

    /// Puts an exposure in; of one identity to one experiment the earliest stays.
    pub fn insert(&mut self, new: Exposure) {
        match self.list.binary_search_by_key(&(new.experiment, new.by), |e| (e.experiment, e.by)) {
            Ok(place) => {
                if let Some(known) = self.list.get_mut(place) {
                    *known = new.min(*known);
                }
            }
            Err(place) => {
                if self.list.len() < 4 {
                    self.list.reserve_exact(1);
                }
                self.list.insert(place, new);
            }
        }
    }
}

packs! {
    Arms { list }
    Exposure { experiment, by, since, arm }
}
